// SPDX-License-Identifier: MIT
#include <WsKit/wsrequest.h>

#include "protocol/wsserverhandshake.h"

#include <QtCore/qurl.h>

#include <utility>

class WsRequestData : public QSharedData
{
public:
    WsRequestHead head;
    QHostAddress peerAddress;
    quint16 peerPort = 0;
    bool isEncrypted = false;
};

namespace {
// All empty ones share one object.
const QSharedDataPointer<WsRequestData> &noRequest()
{
    static const QSharedDataPointer<WsRequestData> data(new WsRequestData);
    return data;
}

QUrl urlOf(const QByteArray &target)
{
    // Behind an authority, so that a target like "//name/path" is not taken for one.
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
    \brief The HTTP request of an opening handshake, or of something that is none.

    A server's request handler gets one for each request, before anything is answered, and
    WsConnection::request() keeps it for the life of the connection.

    \code
    server.setRequestHandler([](const WsRequest &request) {
        if (request.path() != u"/chat")
            return WsResponse::notFound();
        if (!isKnown(request.header("Authorization")))
            return WsResponse::reject(401, "who are you?", {{"WWW-Authenticate", "Basic"}});
        return WsResponse::accept();
    });
    \endcode

    Everything in it but peerAddress(), peerPort() and isEncrypted() is what the peer claims. The class
    is implicitly shared.

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
    \brief the method of the request line, as \c GET, which it is for every WebSocket.
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
    \brief the path and the query exactly as sent, as \c {/chat?room=a%20b}.
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

    As QUrl::path() gives it: dots and double slashes are kept, and a decoded \c %2F cannot be told from
    a slash. To open a file by it, clean it first and check where it leads.
*/
QString WsRequest::path() const
{
    const QString path = urlOf(d->head.target).path(QUrl::FullyDecoded);
    return path.isEmpty() && !d->head.target.isEmpty() ? QStringLiteral("/") : path;
}

/*!
    \property WsRequest::query
    \brief the query of the target.

    A plus sign stays one; see QUrlQuery.
*/
QUrlQuery WsRequest::query() const
{
    return QUrlQuery(urlOf(d->head.target));
}

/*!
    \property WsRequest::headers
    \brief the header fields in their order, with their names as they were sent.
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
    Returns the value of the first header \a name, in whatever case, or a null array where there is
    none.

    \sa hasHeader(), headers()
*/
QByteArray WsRequest::header(QByteArrayView name) const
{
    return wsHeader(d->head.headers, name);
}

/*!
    Returns whether there is a header \a name, in whatever case.

    \sa header()
*/
bool WsRequest::hasHeader(QByteArrayView name) const
{
    return wsHeaderCount(d->head.headers, name) > 0;
}

/*!
    \property WsRequest::cookies
    \brief the names and values of all \c Cookie headers, in their order.

    A value is as it was sent, with its quotes where it has them. What has no name is left out. Other
    than these two a request tells nothing about a cookie.

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
    \brief the origin of the page that asks, as \c {https://example.com}; empty where none was sent.

    Browsers always send it, and a page cannot change it; other programs may send none or any.

    RFC 6455 §10.2.

    \sa WsServer::allowedOrigins
*/
QString WsRequest::origin() const
{
    return QString::fromUtf8(header("Origin"));
}

/*!
    Returns whether the request asks for a WebSocket, rather than for a page or anything else that HTTP
    serves.
*/
bool WsRequest::isWebSocketUpgrade() const
{
    return wsIsUpgradeRequest(d->head);
}

/*!
    \property WsRequest::peerAddress
    \brief the address that the request came from: that of the proxy where there is one.
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
    \brief the port that the request came from.
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
    \brief whether the request came over TLS (\c wss).
*/
bool WsRequest::isEncrypted() const
{
    return d->isEncrypted;
}

void WsRequest::setEncrypted(bool encrypted)
{
    d->isEncrypted = encrypted;
}
