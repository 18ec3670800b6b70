// SPDX-License-Identifier: MIT
#include "net/client/wsclient_p.h"

#include "net/client/wsalpn.h"
#include "net/client/wspins.h"
#include "net/client/wsproxy.h"
#include "net/connection/wslocalurl.h"
#include "net/connection/wsshownurl.h"
#include "net/loop/wslogging.h"
#include "net/loop/wsthreadcontext.h"
#include "net/loop/wsthrown.h"
#include "net/socket/wsbufferedtransport.h"
#include "net/socket/wslocaltransport.h"
#include "net/socket/wstcptransport.h"
#include "protocol/wsmask.h"

#include <QtCore/qendian.h>
#include <QtCore/qmetaobject.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qsslkey.h>
#include <QtNetwork/qsslsocket.h>
#include <QtNetwork/qtcpsocket.h>

#include <utility>

namespace {
bool isTlsScheme(const QString &scheme)
{
    return scheme == QLatin1String("wss") || scheme == QLatin1String("https");
}

bool isKnownScheme(const QString &scheme)
{
    return isTlsScheme(scheme) || scheme == QLatin1String("ws") || scheme == QLatin1String("http")
           || scheme == QLatin1String("ws+unix");
}

int defaultPort(bool isTls)
{
    return isTls ? 443 : 80;
}

// RFC 6874 §4: the zone of an IPv6 address has a meaning only on this machine.
QString withoutZone(const QString &host)
{
    const qsizetype zoneAt = host.contains(QLatin1Char(':')) ? host.indexOf(QLatin1Char('%')) : -1;
    return zoneAt < 0 ? host : host.first(zoneAt);
}

QString verifiedName(const QUrl &url, bool isAtOrigin, const WsClientRoute &route)
{
    const QString name = isAtOrigin ? route.peerVerifyName : QString();
    return name.isEmpty() ? withoutZone(url.host()) : name;
}

QByteArray hostHeader(const QUrl &url)
{
    if (wsIsLocalUrl(url))
        return "localhost";
    QByteArray host = withoutZone(url.host(QUrl::FullyEncoded)).toLatin1();
    if (host.contains(':'))
        host = '[' + host + ']';
    const int port = url.port();
    if (port != -1 && port != defaultPort(isTlsScheme(url.scheme())))
        host += ':' + QByteArray::number(port);
    return host;
}

QByteArray requestTarget(const QUrl &url)
{
    QByteArray target = wsIsLocalUrl(url) ? wsLocalRequestPath(url) : url.path(QUrl::FullyEncoded).toLatin1();
    if (target.isEmpty())
        target = "/";
    if (url.hasQuery())
        target += '?' + url.query(QUrl::FullyEncoded).toLatin1();
    return target;
}

QByteArray cookieHeader(const QNetworkCookieJar &jar, const QUrl &url)
{
    QByteArrayList pairs;
    const QList<QNetworkCookie> cookies = jar.cookiesForUrl(wsHttpUrl(url));
    for (const QNetworkCookie &cookie : cookies)
        pairs.append(cookie.toRawForm(QNetworkCookie::NameAndValueOnly));
    return pairs.join("; ");
}
} // namespace

void wsSetHeader(WsHeaders *headers, const QByteArray &name, const QByteArray &value)
{
    headers->removeIf(
        [&](const auto &header) { return header.first.compare(name, Qt::CaseInsensitive) == 0; });
    if (!value.isNull())
        headers->append({name, value});
}

void wsTakeHost(WsUpgradeRequest *request)
{
    if (wsHeaderCount(request->headers, "Host") != 1)
        return;
    request->host = wsHeader(request->headers, "Host");
    wsSetHeader(&request->headers, "Host", {});
}

QUrl wsHttpUrl(QUrl url)
{
    if (wsIsLocalUrl(url)) {
        url.setHost(QStringLiteral("localhost"));
        url.setPath(QString::fromLatin1(wsLocalRequestPath(url)));
    }
    url.setScheme(isTlsScheme(url.scheme()) ? QStringLiteral("https") : QStringLiteral("http"));
    return url;
}

WsClientPrivate::WsClientPrivate() : WsConnectionPrivate(WsRole::Client)
{
    reopener = &reconnection;
}

// --- opening

WsUpgradeRequest WsClientPrivate::requestTo(const WsOpeningTarget &target) const
{
    WsUpgradeRequest request;
    request.host = hostHeader(target.url);
    request.target = requestTarget(target.url);
    request.key = wsNewKey();
    request.subprotocols = read(subprotocols);
    request.compression = read(options).compression();
    request.headers = read(headers);
    for (const auto &[name, value] : target.headers)
        wsSetHeader(&request.headers, name, value);
    wsTakeHost(&request);
    return request;
}

void WsClientPrivate::setCookieJar(QNetworkCookieJar *jar)
{
    if (!threads.isOwnThread() || (jar && jar->thread() != QThread::currentThread()))
        misuse("only the client's own thread can set a cookie jar, which has to live there");
    else
        cookieJar = jar;
}

bool WsClientPrivate::movesAlong(const QObject *object) const
{
    while (object && object != q)
        object = object->parent();
    return object != nullptr;
}

// The old thread may use the jar at any time, and the client will do so in the new one.
void WsClientPrivate::onLeaving()
{
    if (!cookieJar || movesAlong(cookieJar))
        return;
    cookieJar = nullptr;
    qCWarning(wsNetLog,
              "connection %llu: the client moves to another thread without its cookie jar, which is no child "
              "of it: from now on it has none",
              qulonglong(id));
}

QByteArray WsClientPrivate::cookiesFor(const QUrl &url) const
{
    return cookieJar ? cookieHeader(*cookieJar, url) : QByteArray();
}

WsUpgradeRequest WsClientPrivate::requestOfHop(const WsUpgradeRequest &own, const QUrl &url,
                                               bool isAtOrigin) const
{
    WsUpgradeRequest request = own;
    request.key = wsNewKey();
    request.target = requestTarget(url);
    if (!isAtOrigin) {
        request.host = hostHeader(url);
        for (const char *const name : {"Authorization", "Cookie", "Proxy-Authorization"})
            wsSetHeader(&request.headers, name, {});
    }
    const QByteArray cookies = cookiesFor(url);
    if (!cookies.isEmpty() && wsHeader(request.headers, "Cookie").isNull())
        request.headers.append({"Cookie", cookies});
    return request;
}

WsRequest WsClientPrivate::sentRequest(const WsUpgradeRequest &request, const QUrl &url)
{
    WsRequest result = shownRequest(request, url);
    result.setHeaders(wsRequestHeaders(request));
    return result;
}

WsRequest WsClientPrivate::shownRequest(const WsUpgradeRequest &request, const QUrl &url)
{
    WsRequest result;
    result.setMethod("GET");
    result.setTarget(request.target);
    result.setHeaders(WsHeaders{{"Host", request.host}} + request.headers);
    result.setEncrypted(isTlsScheme(url.scheme()));
    return result;
}

QString WsClientPrivate::checkTarget(const WsOpeningTarget &target, WsUpgradeRequest *request) const
{
    const QUrl &url = target.url;
    if (!url.isValid())
        return url.isEmpty() ? QStringLiteral("it is empty") : wsUrlProblem(url);
    if (url.scheme() == QLatin1String("wss+unix"))
        return QStringLiteral("TLS is not offered over local sockets: write ws+unix");
    if (!isKnownScheme(url.scheme()))
        return QStringLiteral("its scheme is not ws, wss, http, https or ws+unix");
    const QString problem = wsIsLocalUrl(url) ? wsLocalUrlProblem(url) : wsHostProblem(url);
    if (!problem.isEmpty())
        return problem;
    if (const QString pinProblem = pinsProblem(url); !pinProblem.isEmpty())
        return pinProblem;
    *request = requestTo(target);
    return wsCheckOwnRequest(*request);
}

QString WsClientPrivate::pinsProblem(const QUrl &url) const
{
    const QStringList pins = read(pinnedCertificates);
    if (const QString problem = wsPinProblem(pins); !problem.isEmpty())
        return QStringLiteral("pinnedCertificates: ") + problem;
    if (!pins.isEmpty() && !isTlsScheme(url.scheme()))
        return QStringLiteral("pinnedCertificates is set, and only wss has certificates");
    return {};
}

// Programs that were ported from QWebSocket may not check the result.
bool WsClientPrivate::refuseToOpen(const QUrl &url, const QString &problem)
{
    return misuse(QStringLiteral("the URL \"%1\" cannot be opened: %2").arg(wsShownUrl(url), problem),
                  wsHandshakeLog());
}

bool WsClientPrivate::openFromAnyThread(const WsOpeningTarget &target)
{
    WsUpgradeRequest request;
    if (threads.isOwnThread())
        return mayStart(target, &request) && start(target, std::move(request));
    if (const QString problem = checkTarget(target, &request); !problem.isEmpty())
        return refuseToOpen(target.url, problem);
    return runOpening([this, target] { openOrReport(target); });
}

bool WsClientPrivate::openFromAnyThread()
{
    const QUrl ownUrl = url();
    if (threads.isOwnThread())
        return openFromAnyThread(targetOf(ownUrl));
    WsUpgradeRequest request;
    if (const QString problem = checkTarget({ownUrl, {}}, &request); !problem.isEmpty())
        return refuseToOpen(ownUrl, problem);
    return runOpening([this, ownUrl] { openOrReport(targetOf(ownUrl)); });
}

// An end that is posted after it applies to what it opens.
bool WsClientPrivate::runOpening(const std::function<void()> &action)
{
    if (threads.isOwnThread()) {
        action();
        return true;
    }
    ++postedOpenings;
    const bool isPosted = threads.run([this, action] {
        --postedOpenings;
        action();
    });
    if (!isPosted)
        --postedOpenings;
    return isPosted;
}

// Whether the client waits for another attempt, or a slot is called between an end and what follows from it.
bool WsClientPrivate::isBetweenAttempts() const
{
    const bool hasEnded = life.state() == Ws::Closed || life.isEnding();
    return reconnection.isWaiting() || (reconnection.reconnects() && hasEnded);
}

// An attempt has the headers of the first one. Who names a URL or a request means that, and nothing of an
// earlier one, which may contain a login.
WsOpeningTarget WsClientPrivate::targetOf(const QUrl &url) const
{
    return isBetweenAttempts() && url == m_target.url ? m_target : WsOpeningTarget{url, {}};
}

// Whether \a target can be opened now or, in a slot that reports an end, as soon as it has closed.
bool WsClientPrivate::mayStart(const WsOpeningTarget &target, WsUpgradeRequest *request)
{
    if (life.state() != Ws::Closed && !life.isEnding())
        return refuseToOpen(target.url, QStringLiteral("the connection is not closed"));
    if (const QString problem = checkTarget(target, request); !problem.isEmpty())
        return refuseToOpen(target.url, problem);
    if (const QString problem = wsCheckOwnRequest(requestOfHop(*request, target.url, true));
        !problem.isEmpty())
        return refuseToOpen(target.url, problem);
    return true;
}

bool WsClientPrivate::start(const WsOpeningTarget &target, WsUpgradeRequest request, bool isAnotherAttempt)
{
    setNext(target); // for slots, which may also move the client: then it is opened on arrival
    if (life.state() != Ws::Closed || life.isClosedOwed())
        return true;
    const QUrl url = target.url; // the target may refer to the property, which slots can change
    const bool isSame = isAnotherAttempt || (reconnection.isWaiting() && url == m_target.url);
    m_target = target;
    WsLifeGuard guard(*this);
    const bool isWanted = announce(url, isSame ? WsReconnection::Begin::Again : WsReconnection::Begin::Anew);
    if (!guard.lives())
        return true;
    if (!isWanted || life.state() != Ws::Closed) {
        if (life.state() == Ws::Closed && !reconnection.isWaiting()) {
            forgetNext();
            reconnection.stayClosed();
        }
        return guard.lives() && decline("a slot has closed the client, or opened it itself");
    }
    if (m_next->url != url) { // which a slot has set
        openAgainIfWanted();
        return true;
    }
    forgetNext();
    setRequest(shownRequest(requestOfHop(request, url, true), url));
    login.start(url);
    life.startOpening(std::make_unique<WsClientOpening>(this, std::move(request), url), WsClock::now());
    if (guard)
        clientOpening()->begin();
    return true;
}

// Emits the signals of a beginning. Returns whether it is still wanted.
bool WsClientPrivate::announce(const QUrl &url, WsReconnection::Begin how)
{
    WsLifeGuard guard(*this);
    const auto isWanted = [&] { return guard && m_next; };
    reconnection.begin(how);
    if (isWanted())
        change(m_url, url, &WsConnection::urlChanged);
    if (isWanted())
        changeActive(true);
    return isWanted();
}

WsClientRoute WsClientPrivate::route() const
{
    return {tls(), read(peerVerifyName), read(proxy)};
}

QNetworkProxy WsClientPrivate::proxyTo(const QUrl &url, const QNetworkProxy &own)
{
    if (wsIsLocalUrl(url))
        return QNetworkProxy(QNetworkProxy::NoProxy);
    const bool isTls = isTlsScheme(url.scheme());
    const auto port = quint16(url.port(defaultPort(isTls)));
    return proxyLogins.begin(wsProxyTo(url.host(), port, isTls, own));
}

void WsClientPrivate::startTransport(const QUrl &url, bool isAtOrigin, const WsClientRoute &route)
{
    const bool isTls = isTlsScheme(url.scheme());
    const auto port = quint16(url.port(defaultPort(isTls)));
    const bool isLocal = wsIsLocalUrl(url);
    const QString host = isLocal ? wsLocalPath(url) : url.host();
    if (makeTransport)
        link.attach(makeTransport(isTls));
    else if (isLocal)
        link.attach(wsLocalTransport());
    else
        link.attach(newTransport(isTls ? std::optional(tlsFor(url, isAtOrigin, route)) : std::nullopt,
                                 route.proxy.type() == QNetworkProxy::NoProxy));
    WsTransport &transport = *link.transport();
    transport.setProxy(route.proxy);
    transport.setPeerVerifyName(verifiedName(url, isAtOrigin, route));
    transport.setPauseOnSslErrors(m_pausesOnSslErrors);
    if (WsClientOpening *const opening = clientOpening())
        opening->limitConnecting();
    transport.connectTo(host, port);
}

std::unique_ptr<WsTransport>
WsClientPrivate::newTransport(const std::optional<QSslConfiguration> &configuration, bool isDirect)
{
    if (!configuration && isDirect)
        return wsPlainTransport();
    std::unique_ptr<QTcpSocket> socket;
    if (configuration) {
        auto sslSocket = std::make_unique<QSslSocket>();
        sslSocket->setSslConfiguration(*configuration);
        socket = std::move(sslSocket);
    } else {
        socket = std::make_unique<QTcpSocket>();
    }
    return std::make_unique<WsBufferedTransport>(socket.release());
}

bool WsClientPrivate::declineAsNotOpen(bool isTooLate)
{
    const WsClientOpening *const opening = clientOpening();
    if (isTooLate && opening) {
        m_awaited = QStringLiteral("the client is not open yet: it waits for ") + opening->awaited();
        store(errorString, m_awaited);
    } else if (isTooLate && life.state() == Ws::Closing)
        decline("the connection is still closing");
    else if (isTooLate && reconnection.isWaiting() && reconnection.error().text().isEmpty())
        decline("the client waits for its next attempt");
    else if (isTooLate && reconnection.isWaiting())
        store(errorString, reconnection.error().text());
    else if (errorString.isEmpty())
        decline("the client is closed");
    return false;
}

void WsClientPrivate::forgetAwaited()
{
    if (!m_awaited.isEmpty() && read(errorString) == std::exchange(m_awaited, {}))
        store(errorString, QString());
}

// --- masking keys

void WsClientPrivate::setMaskGenerator(const std::function<quint32()> &generator)
{
    if (!generator) {
        link.setMaskGenerator(nullptr);
        return;
    }
    link.setMaskGenerator(std::make_shared<const std::function<WsMaskingKey()>>(
        [this, generator] { return nextMaskingKey(generator); }));
}

// It is called while a frame is encoded, so the connection is closed later.
WsMaskingKey WsClientPrivate::nextMaskingKey(const std::function<quint32()> &generator)
{
    if (m_sessionOfThrow == life.session())
        return wsNewMaskingKey();
    WsMaskingKey key = 0;
    wsCatch([&] { key = qToBigEndian(generator()); },
            [this, &key](const QString &text) {
                key = wsNewMaskingKey();
                m_sessionOfThrow = life.session();
                const WsError error(Ws::ErrorKind::Handler, text, Ws::InternalError);
                threads.callLater([this, error] {
                    if (m_sessionOfThrow == life.session())
                        life.giveUp(error);
                });
            });
    return key;
}

// --- TLS

QSslConfiguration WsClientPrivate::tls() const
{
    const QMutexLocker locker(&threads.mutex());
    return m_tls;
}

// Everything about TLS of the opening to \a url, except the name in the certificate and ignored errors.
QSslConfiguration WsClientPrivate::tlsFor(const QUrl &url, bool isAtOrigin, const WsClientRoute &route)
{
    QSslConfiguration own = route.tls;
    if (!isAtOrigin) {
        own.setLocalCertificateChain({});
        own.setPrivateKey({});
    }
    const WsTlsTarget target{url.host(), url.port(defaultPort(true)), verifiedName(url, isAtOrigin, route),
                             own, read(pinnedCertificates)};
    QSslConfiguration configuration = m_tlsSessions.begin(target, QDateTime::currentDateTimeUtc());
    if (configuration.allowedNextProtocols().isEmpty())
        configuration.setAllowedNextProtocols({QSslConfiguration::NextProtocolHttp1_1});
    return configuration;
}

QString WsClientPrivate::checkTls(bool hasErrors)
{
    if (!link.transport()->usesTls())
        return {};
    const QSslConfiguration configuration = link.transport()->sslConfiguration();
    const QByteArray protocol = configuration.nextNegotiatedProtocol();
    if (!wsIsSpokenProtocol(protocol, configuration.allowedNextProtocols()))
        return QStringLiteral("the server has chosen the protocol \"%1\" by ALPN, not \"http/1.1\"")
            .arg(QString::fromLatin1(protocol));
    const QStringList pins = read(pinnedCertificates);
    const bool areSamePins = pins == m_tlsSessions.pins(); // if not, the property has changed meanwhile
    const bool isKnown = areSamePins && m_tlsSessions.isKnownPeer(configuration.peerCertificate());
    if (!pins.isEmpty() && !isKnown) {
        if (const QString problem = wsPinMismatch(pins, configuration); !problem.isEmpty())
            return problem;
    }
    m_tlsSessions.establish(WsTlsOutcome(configuration), QDateTime::currentDateTimeUtc(),
                            areSamePins && !hasErrors);
    return {};
}

void WsClientPrivate::onAlert(const WsAlert &alert)
{
    if (alert.isSent)
        Q_EMIT client()->alertSent(alert.level, alert.type, alert.description);
    else
        Q_EMIT client()->alertReceived(alert.level, alert.type, alert.description);
}

// The client may be deleted or moved meanwhile. In its destructor it is no WsClient any more.
WsLateAlerts WsClientPrivate::lateAlerts()
{
    const QPointer told(qobject_cast<WsClient *>(q));
    if (!told || !isSignalConnected(QMetaMethod::fromSignal(&WsClient::alertSent)))
        return {};
    return [told](const WsAlert &alert) {
        WsThreadContext::current().callSoon([told, alert] {
            if (told && told->thread() == QThread::currentThread())
                WsClientPrivate::of(told)->onAlert(alert);
        });
    };
}

void WsClientPrivate::onSessionTicket()
{
    const QSslConfiguration configuration = link.transport()->sslConfiguration();
    m_tlsSessions.keepTicket(configuration.sessionTicket(), configuration.sessionTicketLifeTimeHint(),
                             QDateTime::currentDateTimeUtc());
}

// During an opening, errors are ignored for that opening only; before one, for all later ones. Once a server
// was not trusted, a call may be the late answer about it, however that opening has ended. It must not make
// another opening less safe, which may be to another server.
void WsClientPrivate::ignoreSslErrors(const WsIgnoredSslErrors &errors)
{
    if (WsClientOpening *const opening = clientOpening()) {
        if (!opening->ignoreSslErrors(errors))
            misuse(
                "ignoreSslErrors() came too late, or may be meant for an earlier server: call it in a slot "
                "of sslErrors(), or see setPauseOnSslErrors()");
    } else if (life.state() != Ws::Closed) {
        misuse("ignoreSslErrors() has no effect: the connection is not closed, and not opening");
    } else if (m_isDistrusted) {
        misuse("ignoreSslErrors() came too late, after the opening has ended: call it in a slot of "
               "sslErrors(), or see setPauseOnSslErrors()");
    } else {
        m_ignoredSslErrors = errors;
        m_tlsSessions.clear();
    }
}

void WsClientPrivate::setPauseOnSslErrors(bool pauses)
{
    if (m_pausesOnSslErrors.exchange(pauses) == pauses)
        return;
    if (WsTransport *const transport = life.opening() ? link.transport() : nullptr)
        transport->setPauseOnSslErrors(pauses);
    Q_EMIT client()->pauseOnSslErrorsChanged();
}

bool WsClientPrivate::continueOpening(bool isTrusted)
{
    WsClientOpening *const opening = clientOpening();
    return (opening && opening->continueOpening(isTrusted))
           || misuse("continueOpening() has no effect: no opening waits for an answer to sslErrors()");
}

bool WsClientPrivate::continueInterruptedHandshake()
{
    WsClientOpening *const opening = clientOpening();
    return (opening && opening->continueInterruptedHandshake())
           || misuse("continueInterruptedHandshake() has no effect: call it in a slot of "
                     "handshakeInterruptedOnError() that is connected directly");
}
