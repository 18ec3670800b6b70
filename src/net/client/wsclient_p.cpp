// SPDX-License-Identifier: MIT
#include "net/client/wsclient_p.h"

#include "net/client/wsclientopening.h"
#include "net/socket/wsbufferedtransport.h"
#include "net/socket/wstcptransport.h"

#include <QtNetwork/qsslsocket.h>

#include <utility>

namespace {
bool isTlsScheme(const QString &scheme)
{
    return scheme == QLatin1String("wss") || scheme == QLatin1String("https");
}

bool isKnownScheme(const QString &scheme)
{
    return isTlsScheme(scheme) || scheme == QLatin1String("ws") || scheme == QLatin1String("http");
}

int defaultPort(bool isTls)
{
    return isTls ? 443 : 80;
}

QByteArray hostHeader(const QUrl &url)
{
    QByteArray host = url.host(QUrl::FullyEncoded).toLatin1();
    if (host.contains(':'))
        host = '[' + host + ']';
    const int port = url.port();
    if (port != -1 && port != defaultPort(isTlsScheme(url.scheme())))
        host += ':' + QByteArray::number(port);
    return host;
}

QByteArray requestTarget(const QUrl &url)
{
    QByteArray target = url.path(QUrl::FullyEncoded).toLatin1();
    if (target.isEmpty())
        target = "/";
    if (url.hasQuery())
        target += '?' + url.query(QUrl::FullyEncoded).toLatin1();
    return target;
}

QByteArray basicAuthorization(const QUrl &url)
{
    const QString credentials =
        url.userName(QUrl::FullyDecoded) + QLatin1Char(':') + url.password(QUrl::FullyDecoded);
    return "Basic " + credentials.toUtf8().toBase64();
}

// What cookies and redirects know the URL by.
QUrl httpUrl(QUrl url)
{
    url.setScheme(isTlsScheme(url.scheme()) ? QStringLiteral("https") : QStringLiteral("http"));
    return url;
}

QByteArray cookieHeader(const QNetworkCookieJar &jar, const QUrl &url)
{
    QByteArrayList pairs;
    const QList<QNetworkCookie> cookies = jar.cookiesForUrl(httpUrl(url));
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

WsClientPrivate::WsClientPrivate() : WsConnectionPrivate(WsRole::Client) { }

// --- what is to be opened

void WsClientPrivate::setUrl(const QUrl &url)
{
    if (m_url == url)
        return;
    store(m_url, url);
    WsLifeGuard guard(*this);
    if (isActive && life.state() != Ws::Closed)
        reopen({url, {}});
    if (guard.lives())
        Q_EMIT q->urlChanged();
}

// Not while it is empty, or only the path that goes behind the address of a server that does not listen yet.
bool WsClientPrivate::isUrl(const QUrl &url)
{
    return !url.isRelative() || !(url.path().isEmpty() || url.path().startsWith(QLatin1Char('/')));
}

void WsClientPrivate::setSubprotocols(const QStringList &list)
{
    if (subprotocols == list)
        return;
    store(subprotocols, list);
    Q_EMIT client()->subprotocolsChanged();
}

void WsClientPrivate::setActive(bool active)
{
    if (active == isActive)
        return;
    if (!active) {
        m_next.reset();
        WsLifeGuard guard(*this);
        changeActive(false);
        if (guard)
            client()->close();
    } else if (life.state() == Ws::Closing) {
        reopen({m_url, {}});
        changeActive(true);
    } else {
        openOrReport({m_url, {}});
    }
}

void WsClientPrivate::openOrReport(const WsOpeningTarget &target)
{
    WsLifeGuard guard(*this);
    if (!start(target) && guard && life.state() == Ws::Closed)
        life.report(WsError(Ws::ErrorKind::Misuse, client()->errorString()));
}

void WsClientPrivate::changeActive(bool active)
{
    if (isActive.exchange(active) != active)
        Q_EMIT client()->activeChanged();
}

void WsClientPrivate::reopen(const WsOpeningTarget &target)
{
    m_next = target;
    if (life.state() != Ws::Closing)
        client()->close();
}

void WsClientPrivate::openAgainIfWanted()
{
    if (life.state() != Ws::Closed)
        return; // opened again by a slot
    const std::optional<WsOpeningTarget> next = std::exchange(m_next, {});
    const bool isReopening = next && isUrl(next->url);
    WsLifeGuard guard(*this);
    if ((isReopening && start(*next)) || !guard)
        return;
    changeActive(false);
    if (guard && isReopening)
        life.report(WsError(Ws::ErrorKind::Misuse, client()->errorString()));
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
    if (!target.url.userInfo().isEmpty() && wsHeader(request.headers, "Authorization").isNull())
        request.headers.append({"Authorization", basicAuthorization(target.url)});
    return request;
}

QString WsClientPrivate::checkTarget(const WsOpeningTarget &target, WsUpgradeRequest *request) const
{
    const QUrl &url = target.url;
    if (!url.isValid() || url.host().isEmpty() || !isKnownScheme(url.scheme()))
        return QStringLiteral("the URL \"%1\" is not one of ws, wss, http or https with a host")
            .arg(url.isValid() ? url.toDisplayString() : url.errorString());
    *request = requestTo(target);
    return wsCheckOwnRequest(*request);
}

bool WsClientPrivate::openFromAnyThread(const WsOpeningTarget &target)
{
    if (threads.isOwnThread())
        return start(target);
    WsUpgradeRequest request;
    if (const QString problem = checkTarget(target, &request); !problem.isEmpty())
        return misuse(problem);
    return threads.run([this, target] { openOrReport(target); });
}

bool WsClientPrivate::start(const WsOpeningTarget &target)
{
    WsUpgradeRequest request;
    if (life.state() != Ws::Closed && !life.isEnding())
        return misuse("the connection is not closed");
    if (const QString problem = checkTarget(target, &request); !problem.isEmpty())
        return misuse(problem);
    if (life.state() != Ws::Closed) { // a slot that is told of the error tries again
        m_next = target;
        return true;
    }
    const QByteArray cookies = cookieJar ? cookieHeader(*cookieJar, target.url) : QByteArray();
    if (!cookies.isEmpty() && wsHeader(request.headers, "Cookie").isNull())
        request.headers.append({"Cookie", cookies});
    if (const QString problem = wsCheckOwnRequest(request); !problem.isEmpty())
        return misuse(problem);
    const QUrl url = target.url; // the target may be the property that slots change
    WsLifeGuard guard(*this);
    setUrl(url);
    if (guard)
        changeActive(true);
    if (!guard || life.state() != Ws::Closed || !isActive)
        return false; // a slot has deleted it, opened it itself or wants it closed
    WsRequest sent;
    sent.setMethod("GET");
    sent.setTarget(request.target);
    sent.setHeaders(request.headers);
    store(m_request, sent);
    life.startOpening(std::make_unique<WsClientOpening>(this, std::move(request), httpUrl(url)));
    if (guard)
        startTransport(url);
    return true;
}

void WsClientPrivate::startTransport(const QUrl &url)
{
    const bool isTls = isTlsScheme(url.scheme());
    link.attach(makeTransport ? makeTransport(isTls) : newTransport(isTls));
    link.transport()->connectTo(url.host(), quint16(url.port(defaultPort(isTls))));
}

std::unique_ptr<WsTransport> WsClientPrivate::newTransport(bool isTls) const
{
    if (!isTls)
        return std::make_unique<WsTcpTransport>();
    auto *const socket = new QSslSocket;
    socket->setSslConfiguration(tls());
    return std::make_unique<WsBufferedTransport>(socket);
}

// --- TLS

QSslConfiguration WsClientPrivate::tls() const
{
    const QMutexLocker locker(&threads.mutex());
    return m_tls;
}

// They belong to the opening that is under way, or else to all that follow.
void WsClientPrivate::ignoreSslErrors(const WsIgnoredSslErrors &errors)
{
    WsTransport *const transport = link.transport();
    if (!transport || !transport->usesTls())
        m_ignoredSslErrors = errors;
    else if (errors.areAll)
        transport->ignoreSslErrors();
    else
        transport->ignoreSslErrors(errors.some);
}

void WsClientPrivate::reportSslErrors(const QList<QSslError> &errors)
{
    if (m_ignoredSslErrors.areAll)
        link.transport()->ignoreSslErrors();
    else if (!m_ignoredSslErrors.some.isEmpty())
        link.transport()->ignoreSslErrors(m_ignoredSslErrors.some);
    Q_EMIT client()->sslErrors(errors);
}
