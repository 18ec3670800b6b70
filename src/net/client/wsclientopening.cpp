// SPDX-License-Identifier: MIT
#include "net/client/wsclientopening.h"

#include "net/client/wsclient_p.h"
#include "net/socket/wsstillsocket.h"
#include "protocol/wsclientheadlimits.h"

#include <QtNetwork/qauthenticator.h>
#include <QtNetwork/qsslsocket.h>

#include <algorithm>
#include <utility>

using std::chrono::milliseconds;

void WsIgnoredSslErrors::add(const WsIgnoredSslErrors &others)
{
    areAll = areAll || others.areAll;
    some += others.some;
}

bool WsIgnoredSslErrors::contain(const QList<QSslError> &errors) const
{
    return areAll || std::all_of(errors.begin(), errors.end(), [this](const QSslError &error) {
               return some.contains(error);
           });
}

bool WsIgnoredSslErrors::nameCertificates() const
{
    return !areAll && std::none_of(some.begin(), some.end(), [](const QSslError &error) {
        return error.certificate().isNull();
    });
}

namespace {
// The rest of a limit, but at least 1 ms, because 0 stands for no limit, as in WsDeadlines.
milliseconds leftUntil(WsTime limit)
{
    if (limit == WsTime::max())
        return milliseconds::zero();
    return std::max(std::chrono::ceil<milliseconds>(limit - WsClock::now()), milliseconds(1));
}

// Servers that speak TLS answer an HTTP request with an alert (RFC 8446 §5.1). No HTTP answer begins so.
bool beginsTlsRecord(const QByteArray &bytes)
{
    return bytes.startsWith('\x15') || bytes.startsWith('\x16');
}
} // namespace

WsClientOpening::WsClientOpening(WsClientPrivate *client, WsUpgradeRequest request, const QUrl &url)
    : d(*client), m_ownRequest(std::move(request)),
      m_hops(url, client->cookiesFor(url), client->read(client->maxRedirects)),
      m_cookieJar(client->cookieJar), m_maxHeaders(WsClientHeadLimits(client->options).maxHeaders),
      m_headBudget(WsClientHeadLimits(client->options).maxSize), m_head(m_headBudget, WsReading::Lenient),
      m_ignoredSslErrors(client->ignoredSslErrors())
{
}

// --- the way to the server

// Once it has passed, there is none any more, but what arrived before may still be read.
WsTime WsClientOpening::currentLimit() const
{
    const WsDeadlines &deadlines = d.life.deadlines();
    return deadlines.isIdle() ? WsClock::now() : deadlines.next();
}

void WsClientOpening::limitConnecting()
{
    endConnecting();
    const milliseconds timeout = d.options.connectTimeout();
    const WsTime now = WsClock::now();
    const WsTime limit = currentLimit();
    if (wsTimeAfter(now, timeout) >= limit)
        return;
    m_limitAfterConnecting = limit;
    m_connectTimeout = timeout;
    d.life.deadlines().startHandshake(now, timeout);
    d.life.scheduleDeadlines();
}

void WsClientOpening::endConnecting()
{
    const std::optional<WsTime> limit = std::exchange(m_limitAfterConnecting, {});
    if (!limit)
        return;
    d.life.deadlines().startHandshake(WsClock::now(), leftUntil(*limit));
    d.life.scheduleDeadlines();
}

// Slots may run a dialog.
void WsClientOpening::holdLimit()
{
    m_heldSince = WsClock::now();
    m_heldLimit = leftUntil(currentLimit());
    d.life.deadlines().stop();
}

void WsClientOpening::resumeLimit()
{
    const WsTime now = WsClock::now();
    if (m_limitAfterConnecting && *m_limitAfterConnecting != WsTime::max())
        *m_limitAfterConnecting += now - m_heldSince;
    d.life.deadlines().startHandshake(now, m_heldLimit);
    d.life.scheduleDeadlines();
}

void WsClientOpening::onStep(Ws::OpeningStep step)
{
    if (step == Ws::Connected)
        endConnecting();
    reportStep(step);
}

// Returns whether the opening goes on here.
bool WsClientOpening::reportStep(Ws::OpeningStep step)
{
    using std::chrono::microseconds;
    const auto elapsed = std::chrono::duration_cast<microseconds>(WsClock::now() - m_start);
    WsLifeGuard guard(d);
    Q_EMIT d.client()->openingProgressed(step, elapsed.count());
    return guard.isStillIn(this);
}

void WsClientOpening::onConnected()
{
    if (std::exchange(m_isConnected, true))
        return;
    endConnecting();
    // TLS has forgotten that the certificate is not trusted.
    if (m_singleError && !WsStillSocket::MayErrorsVanish && !d.link.transport()->hasSslErrors()) {
        fail(tlsError(m_singleError->errorString()));
        return;
    }
    if (const QString problem = d.checkTls(!m_sslErrors.isEmpty()); !problem.isEmpty()) {
        fail(tlsError(problem));
        return;
    }
    m_trust = Trust::Given;
    d.link.transport()->setNoDelay(d.options.tcpNoDelay());
    d.storeEndpoints();
    d.link.protocol().output().append(wsRequestBytes(m_request));
    if (!d.link.transport()->isEncrypted() || reportStep(Ws::Encrypted))
        d.link.flush();
}

void WsClientOpening::onWritten()
{
    if (m_isConnected && !std::exchange(m_isRequested, true))
        reportStep(Ws::Requested);
}

// --- the answer

void WsClientOpening::onBytes(QByteArray bytes)
{
    if (!endWaiting())
        return;
    if (m_body) {
        readBody(bytes);
        return;
    }
    if (!std::exchange(m_hasHeadBegun, true) && !d.q->isEncrypted() && beginsTlsRecord(bytes)) {
        failHandshake(QStringLiteral("the server speaks TLS here; use wss:// instead of ws://"));
        return;
    }
    WsHeadReader::Result result = m_head.receive(bytes);
    while (result == WsHeadReader::Result::Complete) {
        WsResponseHead head;
        const QString problem = wsParseResponseHead(m_head.head(), m_maxHeaders, &head);
        if (!problem.isEmpty()) {
            failHandshake(problem);
            return;
        }
        const bool isInterim = head.status < 200 && head.status != 101; // RFC 9110 §15.2
        if (!isInterim) {
            onFinalHead(head);
            return;
        }
        if (++m_interimCount > MaxInterimAnswers) {
            failHandshake(
                QStringLiteral("the server sent more than %1 interim answers").arg(MaxInterimAnswers));
            return;
        }
        m_headBudget = std::max<qsizetype>(m_headBudget - m_head.head().size(), 0);
        const QByteArray rest = m_head.takeRest();
        m_head = WsHeadReader(m_headBudget, WsReading::Lenient);
        m_hasHeadBegun = !rest.isEmpty();
        result = m_head.receive(rest);
    }
    if (result == WsHeadReader::Result::TooLarge)
        failHandshake(QStringLiteral("the head of the answer is larger than maxHandshakeSize"));
}

void WsClientOpening::onFinalHead(const WsResponseHead &head)
{
    WsResponse response(head.status);
    response.setHeaders(head.headers);
    d.store(d.response, response);
    storeCookies(head.headers);
    if (head.status != 401)
        d.login.onAnswer(head.headers);
    if (head.status == 101)
        onAcceptance(head);
    else if (m_hops.follows(head.status))
        redirect(head.headers);
    else if (head.status != 401 || !logIn(head))
        onRefusal(head);
}

void WsClientOpening::onAcceptance(const WsResponseHead &head)
{
    WsAgreement agreement;
    const QString problem = wsCheckAcceptance(head, m_request, &agreement);
    if (problem.isEmpty())
        d.life.establish(agreement, m_head.takeRest());
    else
        failHandshake(problem);
}

// The body of a refusal may contain the reason, so it is read, up to a limit.
void WsClientOpening::onRefusal(const WsResponseHead &head)
{
    m_body.emplace(head, d.options.maxHandshakeSize());
    m_bodyLimit = currentLimit();
    const QByteArray rest = m_head.takeRest();
    WsLifeGuard guard(d);
    if (reportStep(Ws::Answered)) {
        readBody(rest);
    } else {
        (void)guard.postAfterMove([rest](WsConnectionPrivate &moved) {
            if (auto *const opening = static_cast<WsClientOpening *>(moved.life.opening()))
                opening->readBody(rest);
        });
    }
}

// Slots may move the connection here, which is open already.
void WsClientOpening::onEstablished()
{
    d.setDistrusted(false);
    reportStep(Ws::Answered);
}

void WsClientOpening::readBody(const QByteArray &bytes)
{
    const WsBodyReader::Result result = m_body->receive(bytes);
    WsResponse response = d.response;
    response.setBody(m_body->body());
    d.store(d.response, response);
    if (result != WsBodyReader::Result::NeedsBytes)
        refuse();
    else if (m_body->endsWithConnection())
        awaitSilence();
}

// Many servers keep the connection open for another request, and never end it.
void WsClientOpening::awaitSilence()
{
    const milliseconds left = leftUntil(m_bodyLimit);
    const bool isUnlimited = left == milliseconds::zero();
    d.life.deadlines().startHandshake(WsClock::now(),
                                      isUnlimited ? BodySilence : std::min(left, BodySilence));
    d.life.scheduleDeadlines();
}

// --- the end

void WsClientOpening::refuse()
{
    const int status = d.response.status();
    QString text = QStringLiteral("the server answered with HTTP status %1").arg(status) + m_refusalNote;
    if (status == 400 && !d.q->isEncrypted() && d.response.body().contains("HTTPS port"))
        text += QStringLiteral(": the server speaks TLS here; use wss:// instead of ws://"); // nginx, Apache
    if (const QString problem = m_body->problem(); !problem.isEmpty())
        text += QStringLiteral(" and a body that cannot be read: ") + problem;
    WsError error(Ws::ErrorKind::Handshake, text);
    error.setHttpStatus(status);
    fail(error);
}

void WsClientOpening::onEnd()
{
    if (!endWaiting())
        return;
    if (m_body)
        refuse();
    else if (m_trust == Trust::Denied && isPeerVerified())
        fail(distrustError());
    else if (const WsError *const error = d.link.transport()->connectError())
        fail(WsError(*error)); // nobody has been told: the connection was on its way to another thread
    else if (m_isConnected)
        fail(WsError(Ws::ErrorKind::Network,
                     QStringLiteral("the server ended the TCP connection before it answered")));
    else
        fail(WsError(Ws::ErrorKind::Network,
                     QStringLiteral("the server ended the TCP connection while waiting for ") + awaited()));
}

void WsClientOpening::onTimeout()
{
    const WsTransport *const transport = d.link.transport();
    if (m_body) {
        refuse();
    } else if (m_limitAfterConnecting && transport && !transport->isConnecting()) {
        endConnecting(); // it connected while it was on its way to another thread
    } else {
        const QString limit = m_limitAfterConnecting
                                  ? QStringLiteral("connectTimeout (%1)").arg(wsTimeText(m_connectTimeout))
                                  : QStringLiteral("handshakeTimeout");
        fail(WsError(Ws::ErrorKind::Timeout,
                     limit + QStringLiteral(" has passed while waiting for ") + awaited()));
    }
}

QString WsClientOpening::awaited() const
{
    if (!m_isConnected) {
        const WsTransport *const transport = d.link.transport(); // null in a slot of stateChanged()
        if (transport)
            return transport->awaited();
        return m_hops.isFirst() ? QStringLiteral("a slot of stateChanged()")
                                : QStringLiteral("a slot of redirected()");
    }
    if (m_hasHeadBegun)
        return QStringLiteral("the rest of the head of the HTTP answer");
    return m_interimCount > 0 ? QStringLiteral("the final HTTP answer") : QStringLiteral("the HTTP answer");
}

void WsClientOpening::onFailure(const WsError &error)
{
    if (m_next == Next::Login) // the server does not wait as long as the user thinks
        m_hasLostTransport = true;
    else if (m_interruption == Interruption::Refused)
        fail(distrustError()); // TLS only says that the handshake has failed
    else if (m_body)
        refuse();
    else
        fail(error);
}

void WsClientOpening::failHandshake(const QString &text)
{
    WsError error(Ws::ErrorKind::Handshake, text);
    error.setHttpStatus(d.response.status());
    fail(error);
}

void WsClientOpening::fail(const WsError &error)
{
    if (error.kind() == Ws::ErrorKind::Proxy)
        d.proxyLogins.onFailure(error.socketError());
    d.life.failOpening(error, error.closeCode());
}

void WsClientOpening::storeCookies(const WsHeaders &headers)
{
    if (!m_cookieJar)
        return;
    for (const auto &[name, value] : headers) {
        if (name.compare("Set-Cookie", Qt::CaseInsensitive) == 0)
            m_cookieJar->setCookiesFromUrl(QNetworkCookie::parseCookies(value), wsHttpUrl(m_hops.url()));
    }
}
