// SPDX-License-Identifier: MIT
#include <WsKit/wsresponse.h>

#include "protocol/wshttphead.h"

class WsResponseData : public QSharedData
{
public:
    WsHeaders headers;
    QByteArray body;
    QString filePath;
    QString subprotocol;
    QString user;
    std::optional<WsOptions> options;
    int status = 0;
};

namespace {
// All empty responses share one object. Never destroyed, because servers may be static.
const QSharedDataPointer<WsResponseData> &noResponse()
{
    static const auto *const data = new QSharedDataPointer<WsResponseData>(new WsResponseData);
    return *data;
}
} // namespace

/*!
    \class WsResponse
    \inmodule WsKit
    \inheaderfile WsKit/WsResponse
    \brief The answer of a server to an HTTP request.

    The request handler of a WsServer returns a response for every request, for a WebSocket or plain HTTP.
    accept() opens the WebSocket. Everything else is an HTTP answer. After it the client may send its next
    request, see WsOptions::keepAliveTimeout, unless it has asked for a WebSocket.

    \code
    server.setRequestHandler([](const WsRequest &request) {
        if (request.path() == u"/chat")
            return WsResponse::accept();
        if (request.path() == u"/")
            return WsResponse::html(page);
        return WsResponse::notFound();
    });
    \endcode

    The server writes the headers \c Connection, \c Upgrade, \c Content-Length, \c Transfer-Encoding and those
    that begin with \c Sec-WebSocket- itself. A response must not contain any of them, a header name that is
    not a token, a line break or another control character in a header, or a subprotocol that is not a token.
    Such a response is not sent; the client receives 500 (Internal Server Error) instead.

    The class is a value class: it can be copied and passed between threads.

    \sa {WsServer::setRequestHandler}{setRequestHandler()}, WsRequest
*/

/*!
    Constructs a response with status 0, which cannot be sent.
*/
WsResponse::WsResponse() : d(noResponse()) { }

WsResponse::WsResponse(const WsResponse &) = default;
WsResponse::WsResponse(WsResponse &&) noexcept = default;
WsResponse &WsResponse::operator=(const WsResponse &) = default;
WsResponse &WsResponse::operator=(WsResponse &&) noexcept = default;
WsResponse::~WsResponse() = default;

/*!
    Constructs an answer with \a status, \a body and \a headers. No header is added to them.
*/
WsResponse::WsResponse(int status, const QByteArray &body, const WsHeaders &headers) : d(new WsResponseData)
{
    d->status = status;
    d->body = body;
    d->headers = headers;
}

/*!
    \property WsResponse::status
    \brief The HTTP status: 101 accepts the WebSocket, 200 to 599 answer without one.

    Other values cannot be sent. The default is 0, which means no status.
*/
int WsResponse::status() const
{
    return d->status;
}

void WsResponse::setStatus(int status)
{
    d->status = status;
}

/*!
    \property WsResponse::headers
    \brief The headers, in the order in which they are sent.

    They must not contain the headers that the server writes itself, see
    \l {WsResponse}{the class description}.
*/
WsHeaders WsResponse::headers() const
{
    return d->headers;
}

void WsResponse::setHeaders(const WsHeaders &headers)
{
    d->headers = headers;
}

/*!
    \fn void WsResponse::setHeaders(const QHttpHeaders &headers)
    \overload

    Sets the headers to \a headers. This function needs Qt 6.7 or newer.
*/

/*!
    \fn QHttpHeaders WsResponse::httpHeaders() const
    Returns the headers as a \c QHttpHeaders. This function needs Qt 6.7 or newer, and an include of
    \c <QHttpHeaders>.

    \sa headers
*/

/*!
    \property WsResponse::body
    \brief The body of an HTTP answer.

    The default is empty. The server writes the \c Content-Length. Answers with status 101, 204, 205 and 304
    have no body.
*/
QByteArray WsResponse::body() const
{
    return d->body;
}

void WsResponse::setBody(const QByteArray &body)
{
    d->body = body;
}

/*!
    \property WsResponse::subprotocol
    \brief The subprotocol that an accepted WebSocket uses.

    It must be one of those that the client offers (RFC 6455 §4.2.2). The default is empty: the server chooses
    the first of its own subprotocols that the client offers too, or none.
*/
QString WsResponse::subprotocol() const
{
    return d->subprotocol;
}

void WsResponse::setSubprotocol(const QString &subprotocol)
{
    d->subprotocol = subprotocol;
}

/*!
    \property WsResponse::filePath
    \brief the file whose content is the body of the answer.

    The default is empty: the answer has the \l body. An answer cannot have both; it is not sent, as if a
    header were wrong.

    The file is opened when the answer is sent, in the thread of the connection, and read piece by piece as
    the client takes it, so that no more than about 64 KiB of it are in memory. Reading blocks that thread
    while the disk is slow. A path that begins with a colon names a Qt resource.

    \sa file()
*/
QString WsResponse::filePath() const
{
    return d->filePath;
}

void WsResponse::setFilePath(const QString &filePath)
{
    d->filePath = filePath;
}

/*!
    \property WsResponse::user
    \brief the name of the user whom the application has recognized, for WsConnection::user() and the access
    log.

    It is not sent to the client. The default is empty: the user is that of the client's certificate, if
    WsServer::setCertificateMapper() names one.
*/
QString WsResponse::user() const
{
    return d->user;
}

void WsResponse::setUser(const QString &user)
{
    d->user = user;
}

/*!
    Returns the options of the connection, or \c std::nullopt if it keeps those of the server.

    \sa setOptions()
*/
std::optional<WsOptions> WsResponse::options() const
{
    return d->options;
}

/*!
    Sets the \a options of the connection that the response accepts, in place of those of the server.

    They take effect before the response is sent, so that they also decide about compression, and apply to
    everything that the client sends after its request. All of them are replaced: begin with WsServer::options
    and change what has to be different. WsConnection::options() returns them. Responses that do not open a
    WebSocket ignore them.

    \code
    server.setRequestHandler([&server](const WsRequest &request) {
        WsResponse response = WsResponse::accept();
        if (request.path() == u"/upload") {
            WsOptions options = server.options();
            options.setMaxMessageSize(256 * 1024 * 1024);
            response.setOptions(options);
        }
        return response;
    });
    \endcode

    \sa WsServer::options
*/
void WsResponse::setOptions(const WsOptions &options)
{
    d->options = options;
}

/*!
    \fn bool WsResponse::isAccept() const
    Returns whether the response opens the WebSocket: its status is 101.
*/

/*!
    Returns the response that opens the WebSocket with \a subprotocol, which the client must have offered, and
    with additional \a headers, for example \c Set-Cookie.

    If \a subprotocol is empty, the server chooses. A plain HTTP request cannot be accepted; it is answered
    with 426 (Upgrade Required).
*/
WsResponse WsResponse::accept(const QString &subprotocol, const WsHeaders &headers)
{
    // All connections of most servers share one. Never destroyed, because servers may be static.
    static const auto *const plain = new WsResponse(101);
    if (subprotocol.isEmpty() && headers.isEmpty())
        return *plain;
    WsResponse response(101, {}, headers);
    response.setSubprotocol(subprotocol);
    return response;
}

/*!
    Returns an answer with \a status, \a body and \a headers that does not open a WebSocket.

    If there is a body but no \c Content-Type in \a headers, the body is declared as plain text in UTF-8, so
    that no browser interprets quoted input as HTML.

    \code
    return WsResponse::reject(401, "log in first\n", {{"WWW-Authenticate", "Basic realm=\"chat\""}});
    \endcode
*/
WsResponse WsResponse::reject(int status, const QByteArray &body, const WsHeaders &headers)
{
    WsResponse response(status, body, headers);
    if (!body.isEmpty() && wsHeaderCount(headers, "Content-Type") == 0)
        response.d->headers.prepend({"Content-Type", "text/plain; charset=utf-8"});
    return response;
}

/*! Returns an answer with status 200 and the HTML page \a body, in UTF-8. */
WsResponse WsResponse::html(const QByteArray &body)
{
    return WsResponse(200, body, {{"Content-Type", "text/html; charset=utf-8"}});
}

/*! Returns an answer with status 200 and the plain text \a body, in UTF-8. */
WsResponse WsResponse::text(const QByteArray &body)
{
    return WsResponse(200, body, {{"Content-Type", "text/plain; charset=utf-8"}});
}

/*! Returns an answer with status 404 and a line of text, for a path that the server does not know. */
WsResponse WsResponse::notFound()
{
    return reject(404, "Not Found\n");
}

/*!
    Returns an answer with status 200 and the content of the file at \a path, which is trusted: use the other
    overload for a path that comes from the client.

    The server adds these headers, unless the application has set them in the response:

    \list
    \li \c Content-Type, by QMimeDatabase; text is declared as UTF-8
    \li \c Last-Modified
    \li \c ETag, a strong one, from the size of the file and the time of its last change
    \li \c {Accept-Ranges: bytes}
    \endlist

    If the client has the file already, because \c If-None-Match names its \c ETag or, without that header,
    because it has not changed since \c If-Modified-Since, the answer is 304 (Not Modified) without the
    content. If it wants another version of the file, because \c If-Match does not name the \c ETag or, without
    that header, because the file has changed since \c If-Unmodified-Since, the answer is 412 (Precondition
    Failed). A \c GET with \c Range for a single part gets that part with 206 (Partial Content), or 416 (Range
    Not Satisfiable) if there is no such part; \c If-Range is respected. All this requires that the status of
    the response is 200. \c HEAD gets the same headers without the content.

    If there is no file at \a path, it is not a regular file, or it may not be read, the answer is 404 (Not
    Found). If no descriptor is left for it, the answer is 503.

    The client has to take at least 1,024 bytes a second on average, and something within
    WsOptions::closeTimeout, as it has to for each answer. If the file becomes shorter while it is sent, the
    connection is cut, so that the client notices.

    RFC 9110 §8.8, §13 and §14.

    \sa filePath
*/
WsResponse WsResponse::file(const QString &path)
{
    WsResponse response(200);
    response.setFilePath(path);
    return response;
}

/*!
    Returns the value of the first header with the given \a name, or a null array if there is none. The case
    of the name does not matter.
*/
QByteArray WsResponse::header(QByteArrayView name) const
{
    return wsHeader(d->headers, name);
}
