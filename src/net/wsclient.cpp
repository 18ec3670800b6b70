// SPDX-License-Identifier: MIT
#include <WsKit/wsclient.h>

#include "net/wsclientopening.h"
#include "net/wsconnection_p.h"

#include <QtNetwork/qnetworkproxy.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qsslerror.h>
#include <QtNetwork/qsslsocket.h>

struct WsClientPrivate : WsConnectionPrivate
{
    WsClientPrivate() : WsConnectionPrivate(WsRole::Client) { }

    QStringList subprotocols;
    WsHeaders headers;
    QSslConfiguration sslConfiguration = QSslConfiguration::defaultConfiguration();
    QList<QSslError> ignoredSslErrors;
    bool ignoresSslErrors = false;
    bool isActive = false;
    bool isReopening = false; // as soon as it is closed
    QPointer<QNetworkCookieJar> cookieJar;
};

namespace {
bool isSame(const QByteArray &name, const QByteArray &other)
{
    return name.compare(other, Qt::CaseInsensitive) == 0;
}

void setHeaderIn(WsHeaders &headers, const QByteArray &name, const QByteArray &value)
{
    headers.removeIf([&](const auto &header) { return isSame(header.first, name); });
    if (!value.isNull())
        headers.append({name, value});
}

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

WsClient::WsClient(QObject *parent) : WsConnection(std::make_unique<WsClientPrivate>(), parent)
{
    connect(this, &WsConnection::opened, this, [this] { Q_EMIT connected(this); });
}

WsClient::~WsClient() = default;

WsClientPrivate *WsClient::data() const
{
    return static_cast<WsClientPrivate *>(d.get());
}

void WsClient::setUrl(const QUrl &url)
{
    if (d->url == url)
        return;
    d->url = url;
    if (data()->isActive && d->state != Ws::Closed)
        reopen();
    Q_EMIT urlChanged();
}

bool WsClient::active() const
{
    return data()->isActive;
}

void WsClient::setActive(bool active)
{
    if (active == data()->isActive)
        return;
    if (!active) {
        data()->isReopening = false;
        changeActive(false);
        close();
    } else if (d->state == Ws::Closing) {
        reopen();
        changeActive(true);
    } else {
        open();
    }
}

void WsClient::changeActive(bool active)
{
    if (std::exchange(data()->isActive, active) != active)
        Q_EMIT activeChanged();
}

void WsClient::reopen()
{
    data()->isReopening = true;
    close();
}

void WsClient::afterClosed()
{
    if (d->state != Ws::Closed)
        return; // opened again by a slot
    const bool isReopened = std::exchange(data()->isReopening, false) && open();
    if (!isReopened)
        changeActive(false);
}

QStringList WsClient::subprotocols() const
{
    return data()->subprotocols;
}

void WsClient::setSubprotocols(const QStringList &subprotocols)
{
    if (data()->subprotocols == subprotocols)
        return;
    data()->subprotocols = subprotocols;
    Q_EMIT subprotocolsChanged();
}

bool WsClient::setHeader(const QByteArray &name, const QByteArray &value)
{
    WsUpgradeRequest probe;
    probe.host = "localhost";
    probe.target = "/";
    probe.headers = {{name, value}};
    if (const QString problem = wsCheckOwnRequest(probe); !problem.isEmpty()) {
        d->errorString = problem;
        return false;
    }
    setHeaderIn(data()->headers, name, value);
    return true;
}

WsHeaders WsClient::headers() const
{
    return data()->headers;
}

void WsClient::setSslConfiguration(const QSslConfiguration &configuration)
{
    data()->sslConfiguration = configuration;
}

void WsClient::ignoreSslErrors(const QList<QSslError> &errors)
{
    auto *socket = qobject_cast<QSslSocket *>(d->transport.socket());
    if (!socket) {
        data()->ignoresSslErrors = true;
        data()->ignoredSslErrors = errors;
    } else if (errors.isEmpty()) {
        socket->ignoreSslErrors();
    } else {
        socket->ignoreSslErrors(errors);
    }
}

void WsClient::setCookieJar(QNetworkCookieJar *jar)
{
    data()->cookieJar = jar;
}

QNetworkCookieJar *WsClient::cookieJar() const
{
    return data()->cookieJar;
}

bool WsClient::open()
{
    return start(d->url, {});
}

bool WsClient::open(const QUrl &url)
{
    return start(url, {});
}

bool WsClient::open(const QNetworkRequest &request)
{
    WsHeaders headers;
    const QList<QByteArray> names = request.rawHeaderList();
    for (const QByteArray &name : names)
        headers.append({name, request.rawHeader(name)});
    return start(request.url(), headers);
}

bool WsClient::start(const QUrl &url, const WsHeaders &headers)
{
    if (d->state != Ws::Closed)
        return misuse("the connection is not closed");
    if (!url.isValid() || url.host().isEmpty() || !isKnownScheme(url.scheme()))
        return misuse("the URL is not one of ws, wss, http or https with a host");
    WsUpgradeRequest request;
    request.host = hostHeader(url);
    request.target = requestTarget(url);
    request.key = wsNewKey();
    request.subprotocols = data()->subprotocols;
    request.headers = data()->headers;
    for (const auto &[name, value] : headers)
        setHeaderIn(request.headers, name, value);
    if (!url.userInfo().isEmpty() && wsHeader(request.headers, "Authorization").isNull())
        request.headers.append({"Authorization", basicAuthorization(url)});
    const QByteArray cookies = data()->cookieJar ? cookieHeader(*data()->cookieJar, url) : QByteArray();
    if (!cookies.isEmpty() && wsHeader(request.headers, "Cookie").isNull())
        request.headers.append({"Cookie", cookies});
    if (const QString problem = wsCheckOwnRequest(request); !problem.isEmpty()) {
        d->errorString = problem;
        return false;
    }
    d->request = {};
    d->request.setMethod("GET");
    d->request.setTarget(request.target);
    d->request.setHeaders(request.headers);
    d->subprotocol.clear();
    d->extensions.clear();
    const bool isTls = isTlsScheme(url.scheme());
    d->opening = std::make_unique<WsClientOpening>(this, std::move(request), data()->cookieJar, httpUrl(url));
    WsLifeGuard guard(d.get());
    setUrl(url);
    if (guard)
        changeActive(true);
    if (guard)
        startOpening();
    if (guard)
        connectSocket(url.host(), quint16(url.port(defaultPort(isTls))), isTls);
    return true;
}

void WsClient::connectSocket(const QString &host, quint16 port, bool isTls)
{
    const auto onConnected = [this] {
        if (d->opening)
            d->opening->onConnected();
    };
    if (!isTls) {
        auto *socket = new QAbstractSocket(QAbstractSocket::TcpSocket, nullptr);
        attachSocket(socket, true);
        connect(socket, &QAbstractSocket::connected, this, onConnected);
        socket->setProxy(QNetworkProxy::NoProxy);
        socket->connectToHost(host, port, QIODevice::ReadWrite | QIODevice::Unbuffered);
        return;
    }
    auto *socket = new QSslSocket;
    attachSocket(socket, false);
    connect(socket, &QSslSocket::encrypted, this, onConnected);
    connect(socket, &QSslSocket::sslErrors, this, &WsClient::onSslErrors);
    socket->setProxy(QNetworkProxy::NoProxy);
    socket->setSslConfiguration(data()->sslConfiguration);
    socket->connectToHostEncrypted(host, port);
}

void WsClient::onSslErrors(const QList<QSslError> &errors)
{
    auto *socket = static_cast<QSslSocket *>(d->transport.socket());
    if (data()->ignoresSslErrors && data()->ignoredSslErrors.isEmpty())
        socket->ignoreSslErrors();
    else if (data()->ignoresSslErrors)
        socket->ignoreSslErrors(data()->ignoredSslErrors);
    Q_EMIT sslErrors(errors);
}
