// SPDX-License-Identifier: MIT
#include <WsKit/wsrequest.h>

#include "protocol/wsserverhandshake.h"

#include <QtCore/qurl.h>

#include <optional>
#include <utility>

class WsRequestData : public QSharedData
{
public:
    WsRequestHead head;
    QHostAddress peerAddress;
    quint16 peerPort = 0;
    bool isEncrypted = false;
    QHostAddress proxyAddress;
    QByteArray body;
    QVariantMap parameters;
    QString user;
    std::optional<QSslCertificate> peerCertificate; // even a null one would load Qt's TLS
};

namespace {
// All empty requests share one object. Never destroyed, because servers may be static.
const QSharedDataPointer<WsRequestData> &noRequest()
{
    static const auto *const data = new QSharedDataPointer<WsRequestData>(new WsRequestData);
    return *data;
}

QUrl urlOf(const QByteArray &target)
{
    // With an authority in front of it, so that a target like "//name/path" is not parsed as one.
    return QUrl::fromEncoded(target.startsWith('/') ? "ws://host" + target : target);
}

// RFC 6265 §4.2.1: "name=value; name=value". Quotes belong to the value.
void appendCookies(QByteArrayView field, QList<QNetworkCookie> &cookies)
{
    while (!field.isEmpty()) {
        const qsizetype semicolon = field.indexOf(';');
        const QByteArrayView pair = semicolon < 0 ? field : field.first(semicolon);
        field = semicolon < 0 ? QByteArrayView() : field.sliced(semicolon + 1);
        const qsizetype equals = pair.indexOf('=');
        if (equals < 0)
            continue;
        const QByteArrayView name = pair.first(equals).trimmed();
        if (!name.isEmpty())
            cookies.append(
                QNetworkCookie(name.toByteArray(), pair.sliced(equals + 1).trimmed().toByteArray()));
    }
}
} // namespace

/*!
    \class WsRequest
    \inmodule WsKit
    \inheaderfile WsKit/WsRequest
    \brief An HTTP request: that of an opening handshake, or any other.

    The request handler of a server gets each request before anything is answered. WsConnection::request()
    returns the request as long as the connection exists.

    \code
    server.setRequestHandler([](const WsRequest &request) {
        if (request.path() != u"/chat")
            return WsResponse::notFound();
        if (!isKnown(request.header("Authorization")))
            return WsResponse::reject(401, "who are you?", {{"WWW-Authenticate", "Basic"}});
        return WsResponse::accept();
    });
    \endcode

    Everything in it is set by the peer and cannot be trusted, except peerAddress(), peerPort(),
    isEncrypted() and proxyAddress(). The class is implicitly shared.

    RFC 6455 §4.1 and §4.2.1.
*/

/*! Constructs an empty request. */
WsRequest::WsRequest() : d(noRequest()) { }

WsRequest::WsRequest(const WsRequest &) = default;
WsRequest::WsRequest(WsRequest &&) noexcept = default;
WsRequest &WsRequest::operator=(const WsRequest &) = default;
WsRequest &WsRequest::operator=(WsRequest &&) noexcept = default;
WsRequest::~WsRequest() = default;

/*!
    \property WsRequest::method
    \brief the method of the request line. For a WebSocket it is \c GET.
*/
QByteArray WsRequest::method() const
{
    return d->head.method;
}

void WsRequest::setMethod(const QByteArray &method)
{
    d->head.method = method;
}

/*!
    \property WsRequest::target
    \brief the path and the query exactly as they were sent, for example \c {/chat?room=a%20b}.
*/
QByteArray WsRequest::target() const
{
    return d->head.target;
}

void WsRequest::setTarget(const QByteArray &target)
{
    d->head.target = target;
}

/*!
    \property WsRequest::path
    \brief the path of the target, percent-decoded, without the query.

    It is decoded as by QUrl::path(): dots and double slashes are kept, and a decoded \c %2F looks like any
    other slash. Before you use it as the path of a file, clean it and check that it is inside the intended
    folder.
*/
QString WsRequest::path() const
{
    const QString path = urlOf(d->head.target).path(QUrl::FullyDecoded);
    return path.isEmpty() && !d->head.target.isEmpty() ? QStringLiteral("/") : path;
}

/*!
    \property WsRequest::query
    \brief the query of the target.

    A plus sign is not decoded to a space; see QUrlQuery.
*/
QUrlQuery WsRequest::query() const
{
    return QUrlQuery(urlOf(d->head.target));
}

/*!
    \property WsRequest::headers
    \brief the header fields, in the order and with the names in which they were sent.
*/
WsHeaders WsRequest::headers() const
{
    return d->head.headers;
}

void WsRequest::setHeaders(const WsHeaders &headers)
{
    d->head.headers = headers;
}

/*!
    \fn void WsRequest::setHeaders(const QHttpHeaders &headers)
    \overload

    Sets the header fields to \a headers. This function needs Qt 6.7 or newer.
*/

/*!
    \fn QHttpHeaders WsRequest::httpHeaders() const
    Returns the header fields as a \c QHttpHeaders. This function needs Qt 6.7 or newer, and an include of
    \c <QHttpHeaders>.

    \sa headers
*/

/*!
    Returns the value of the first header with the given \a name, or a null array if there is none. The case
    of the name does not matter.

    \sa hasHeader(), headers()
*/
QByteArray WsRequest::header(QByteArrayView name) const
{
    return wsHeader(d->head.headers, name);
}

/*!
    Returns whether there is a header with the given \a name. The case of the name does not matter.

    \sa header()
*/
bool WsRequest::hasHeader(QByteArrayView name) const
{
    return wsHeaderCount(d->head.headers, name) > 0;
}

/*!
    \property WsRequest::cookies
    \brief the names and values of all \c Cookie headers, in the order in which they were sent.

    A value is returned as it was sent, including quotes. Cookies without a name are left out. The other
    properties of a cookie, such as its path, are not part of a request.

    RFC 6265 §5.4.
*/
QList<QNetworkCookie> WsRequest::cookies() const
{
    QList<QNetworkCookie> cookies;
    for (const auto &[name, value] : std::as_const(d->head.headers)) {
        if (name.compare("Cookie", Qt::CaseInsensitive) == 0)
            appendCookies(value, cookies);
    }
    return cookies;
}

/*!
    \property WsRequest::subprotocols
    \brief the subprotocols that the client offers, in its order of preference.

    RFC 6455 §1.9.
*/
QStringList WsRequest::subprotocols() const
{
    return wsOfferedSubprotocols(d->head.headers);
}

/*!
    \property WsRequest::origin
    \brief the origin of the page that sent the request, for example \c {https://example.com}; empty if there
    is none.

    Browsers always send it, and a page cannot change it. Other programs can send any origin or none.

    RFC 6455 §10.2.

    \sa WsServer::allowedOrigins
*/
QString WsRequest::origin() const
{
    return QString::fromUtf8(header("Origin"));
}

/*!
    Returns whether the request asks for a WebSocket, rather than for a web page or anything else.
*/
bool WsRequest::isWebSocketUpgrade() const
{
    return wsIsUpgradeRequest(d->head);
}

/*!
    \property WsRequest::peerAddress
    \brief the address that the request came from. If there is a proxy in front of the server, it is that of
    the proxy, unless the proxy is one of WsServer::trustedProxies: then it is that of the client, as the proxy
    has told it, or null if the proxy does not know it.
*/
QHostAddress WsRequest::peerAddress() const
{
    return d->peerAddress;
}

void WsRequest::setPeerAddress(const QHostAddress &address)
{
    d->peerAddress = address;
}

/*!
    \property WsRequest::peerPort
    \brief the port that the request came from; 0 if a trusted proxy has not told it.
*/
quint16 WsRequest::peerPort() const
{
    return d->peerPort;
}

void WsRequest::setPeerPort(quint16 port)
{
    d->peerPort = port;
}

/*!
    \property WsRequest::isEncrypted
    \brief whether the request came over TLS (\c wss). What a trusted proxy tells of its connection with the
    client counts more than the connection of the proxy.
*/
bool WsRequest::isEncrypted() const
{
    return d->isEncrypted;
}

void WsRequest::setEncrypted(bool encrypted)
{
    d->isEncrypted = encrypted;
}

/*!
    \property WsRequest::proxyAddress
    \brief the address of the trusted proxy that has passed the request on; null if there is none, and for a
    proxy that has connected to a local socket.

    \sa WsServer::trustedProxies
*/
QHostAddress WsRequest::proxyAddress() const
{
    return d->proxyAddress;
}

void WsRequest::setProxyAddress(const QHostAddress &proxyAddress)
{
    d->proxyAddress = proxyAddress;
}

/*!
    \property WsRequest::body
    \brief the body of a plain HTTP request, as the client sent it: chunks are joined, and nothing is decoded.

    It is empty if there is none, which is the default of a server: see WsServer::maxRequestBody. The request
    handler gets it; WsConnection::request() does not return it any more once the request has been answered.

    RFC 9112 §6.

    \sa WsServer::maxRequestBody
*/
QByteArray WsRequest::body() const
{
    return d->body;
}

void WsRequest::setBody(const QByteArray &body)
{
    d->body = body;
}

/*!
    \property WsRequest::parameters
    \brief the parameters of the path, by their names in the pattern of the route: strings, percent-decoded.

    It is empty if no route of the server matches, or if the pattern of the route contains no parameters. The
    filter of WsServer::setRequestFilter() sees them as well.

    \sa {WsServer::route}{WsServer::route()}, parameter()
*/
QVariantMap WsRequest::parameters() const
{
    return d->parameters;
}

void WsRequest::setParameters(const QVariantMap &parameters)
{
    d->parameters = parameters;
}

/*!
    Returns the parameter of the path that the pattern of the route calls \a name, or an empty string.

    \sa parameters
*/
QString WsRequest::parameter(const QString &name) const
{
    return d->parameters.value(name).toString();
}

/*!
    \property WsRequest::user
    \brief the user that the certificate of the client stands for; empty without a certificate mapper, and
    if the client has no certificate that can be trusted.

    \sa {WsServer::setCertificateMapper}{WsServer::setCertificateMapper()}, WsConnection::user
*/
QString WsRequest::user() const
{
    return d->user;
}

void WsRequest::setUser(const QString &user)
{
    d->user = user;
}

/*!
    Returns the certificate that the client has shown, or a null certificate.

    With QSslSocket::QueryPeer it may be one that nobody vouches for.
    \l [CPP] {WsServer::setCertificateMapper()} only
    sees those that can be trusted.

    \sa user, {WsServer::setCaCertificates}{WsServer::setCaCertificates()}
*/
QSslCertificate WsRequest::peerCertificate() const
{
    return d->peerCertificate.value_or(QSslCertificate());
}

/*! Sets the certificate of the client to \a certificate. */
void WsRequest::setPeerCertificate(const QSslCertificate &certificate)
{
    d->peerCertificate = certificate;
}
