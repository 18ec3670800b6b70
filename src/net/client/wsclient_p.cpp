// SPDX-License-Identifier: MIT
#include "net/client/wsclient_p.h"

#include "net/client/wsproxy.h"
#include "net/connection/wslocalurl.h"
#include "net/connection/wsshownurl.h"
#include "net/loop/wslogging.h"
#include "net/socket/wsbufferedtransport.h"
#include "net/socket/wslocaltransport.h"
#include "net/socket/wstcptransport.h"

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

// The headers that the application has set, with its Host if there is one.
WsHeaders headersOf(const WsUpgradeRequest &request, const QByteArray &usualHost)
{
    WsHeaders headers = request.headers;
    if (request.host != usualHost)
        headers.prepend({"Host", request.host});
    return headers;
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

QByteArray basicAuthorization(const QUrl &url)
{
    const QString credentials =
        url.userName(QUrl::FullyDecoded) + QLatin1Char(':') + url.password(QUrl::FullyDecoded);
    return "Basic " + credentials.toUtf8().toBase64();
}

// The URL as cookies need it.
QUrl httpUrl(QUrl url)
{
    if (wsIsLocalUrl(url)) {
        url.setHost(QStringLiteral("localhost"));
        url.setPath(QString::fromLatin1(wsLocalRequestPath(url)));
    }
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

// False if it is empty, or only the path that will follow the address of a server that does not listen yet.
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
    if (const QByteArray host = wsHeader(request.headers, "Host");
        wsHeaderCount(request.headers, "Host") == 1) {
        request.host = host;
        wsSetHeader(&request.headers, "Host", {});
    }
    if (!target.url.userInfo().isEmpty() && wsHeader(request.headers, "Authorization").isNull())
        request.headers.append({"Authorization", basicAuthorization(target.url)});
    return request;
}

QString WsClientPrivate::checkTarget(const WsOpeningTarget &target, WsUpgradeRequest *request) const
{
    const QUrl &url = target.url;
    if (url.isEmpty())
        return QStringLiteral("it is empty");
    if (!url.isValid())
        return wsUrlProblem(url);
    if (url.scheme() == QLatin1String("wss+unix"))
        return QStringLiteral("TLS is not offered over local sockets: write ws+unix");
    if (!isKnownScheme(url.scheme()))
        return QStringLiteral("its scheme is not ws, wss, http, https or ws+unix");
    if (const QString problem = wsIsLocalUrl(url) ? wsLocalUrlProblem(url) : QString(); !problem.isEmpty())
        return problem;
    if (url.host().isEmpty() && !wsIsLocalUrl(url))
        return QStringLiteral("it has no host");
    *request = requestTo(target);
    return wsCheckOwnRequest(*request);
}

// Programs that were ported from QWebSocket may not check the result.
bool WsClientPrivate::refuseToOpen(const QUrl &url, const QString &problem)
{
    return misuse(QStringLiteral("the URL \"%1\" cannot be opened: %2").arg(wsShownUrl(url), problem),
                  wsHandshakeLog());
}

bool WsClientPrivate::openFromAnyThread(const WsOpeningTarget &target)
{
    if (threads.isOwnThread())
        return start(target);
    WsUpgradeRequest request;
    if (const QString problem = checkTarget(target, &request); !problem.isEmpty())
        return refuseToOpen(target.url, problem);
    return threads.run([this, target] { openOrReport(target); });
}

bool WsClientPrivate::start(const WsOpeningTarget &target)
{
    WsUpgradeRequest request;
    if (life.state() != Ws::Closed && !life.isEnding())
        return refuseToOpen(target.url, QStringLiteral("the connection is not closed"));
    if (const QString problem = checkTarget(target, &request); !problem.isEmpty())
        return refuseToOpen(target.url, problem);
    if (life.state() != Ws::Closed) { // called in a slot of errorOccurred()
        m_next = target;
        return true;
    }
    const QByteArray cookies = cookieJar ? cookieHeader(*cookieJar, target.url) : QByteArray();
    if (!cookies.isEmpty() && wsHeader(request.headers, "Cookie").isNull())
        request.headers.append({"Cookie", cookies});
    if (const QString problem = wsCheckOwnRequest(request); !problem.isEmpty())
        return refuseToOpen(target.url, problem);
    const QUrl url = target.url; // the target may refer to the property, which slots can change
    WsLifeGuard guard(*this);
    setUrl(url);
    if (guard)
        changeActive(true);
    if (!guard || life.state() != Ws::Closed || !isActive)
        return false; // a slot has deleted it, opened it itself or wants it closed
    WsRequest sent;
    sent.setMethod("GET");
    sent.setTarget(request.target);
    sent.setHeaders(headersOf(request, hostHeader(url)));
    store(m_request, sent);
    life.startOpening(std::make_unique<WsClientOpening>(this, std::move(request), httpUrl(url)));
    if (guard)
        startTransport(url);
    return true;
}

void WsClientPrivate::startTransport(const QUrl &url)
{
    const bool isTls = isTlsScheme(url.scheme());
    const auto port = quint16(url.port(defaultPort(isTls)));
    const QString host = wsIsLocalUrl(url) ? wsLocalPath(url) : url.host();
    if (makeTransport)
        link.attach(makeTransport(isTls));
    else if (wsIsLocalUrl(url))
        link.attach(std::make_unique<WsLocalTransport>());
    else
        link.attach(newTransport(isTls, wsProxyTo(host, port, read(proxy))));
    WsTransport &transport = *link.transport();
    const QString name = read(peerVerifyName);
    transport.setPeerVerifyName(name.isEmpty() ? withoutZone(url.host()) : name);
    transport.setPauseOnSslErrors(m_pausesOnSslErrors);
    transport.connectTo(host, port);
}

std::unique_ptr<WsTransport> WsClientPrivate::newTransport(bool isTls, const QNetworkProxy &through) const
{
    const bool isDirect = through.type() == QNetworkProxy::NoProxy;
    if (!isTls && isDirect)
        return std::make_unique<WsTcpTransport>();
    std::unique_ptr<QTcpSocket> socket;
    if (isTls) {
        auto sslSocket = std::make_unique<QSslSocket>();
        sslSocket->setSslConfiguration(tls());
        socket = std::move(sslSocket);
    } else {
        socket = std::make_unique<QTcpSocket>();
    }
    auto transport = std::make_unique<WsBufferedTransport>(socket.release());
    transport->setProxy(through);
    return transport;
}

// --- TLS

QSslConfiguration WsClientPrivate::tls() const
{
    const QMutexLocker locker(&threads.mutex());
    return m_tls;
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

void WsClientPrivate::setPeerVerifyName(const QString &name)
{
    if (peerVerifyName == name)
        return;
    store(peerVerifyName, name);
    Q_EMIT client()->peerVerifyNameChanged();
}

// --- reconnection

bool WsClientPrivate::reconnectNow()
{
    return decline("reconnectNow() has no effect: the client does not wait");
}
