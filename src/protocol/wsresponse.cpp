// SPDX-License-Identifier: MIT
#include <WsKit/wsresponse.h>

#include "protocol/wshttphead.h"

/*!
    \class WsResponse
    \inmodule WsKit
    \inheaderfile WsKit/WsResponse
    \brief The answer of a server to an HTTP request.

    The request handler of a WsServer returns one for every request, be it for a WebSocket or plain
    HTTP: accept() opens the WebSocket, everything else is an HTTP answer, behind which the connection
    is closed.

    \code
    server.setRequestHandler([](const WsRequest &request) {
        if (request.path() == u"/chat")
            return WsResponse::accept();
        if (request.path() == u"/")
            return WsResponse::html(page);
        return WsResponse::notFound();
    });
    \endcode

    The handshake writes the headers \c Connection, \c Upgrade, \c Content-Length,
    \c Transfer-Encoding and all that begin with \c Sec-WebSocket- itself. A response that has one of
    them, a header name that is no token, a line break or another control character in a header, or a
    subprotocol that is no token is not sent: the client gets 500 (Internal Server Error) instead.

    The class is a value: it may be copied and passed between threads.

    \sa {WsServer::setRequestHandler}{setRequestHandler()}, WsRequest
*/

/*!
    \fn WsResponse::WsResponse()
    Constructs a response with status 0, which is none that can be sent.
*/

/*!
    \fn WsResponse::WsResponse(int status, const QByteArray &body, const WsHeaders &headers)
    Constructs an answer with \a status, \a body and \a headers, and nothing added to them.
*/

/*!
    \property WsResponse::status
    \brief The HTTP status: 101 accepts the WebSocket, 200 to 599 answer without one.

    Other values cannot be sent. 0, the default, is no status.
*/

/*!
    \property WsResponse::headers
    \brief The headers, in the order in which they are sent.

    The handshake's own headers do not belong here; the class description lists them.
*/

/*!
    \property WsResponse::body
    \brief The bytes behind the head of an HTTP answer.

    Empty by default. Its \c Content-Length is written by itself. Answers with status 101, 204, 205 and
    304 have none.
*/

/*!
    \property WsResponse::subprotocol
    \brief The subprotocol that an accepted WebSocket uses.

    It must be one of those that the client offers (RFC 6455 §4.2.2). Empty by default: the server
    picks the first of its own subprotocols that the client offers too, or none.
*/

/*!
    \fn bool WsResponse::isAccept() const
    Returns whether the response opens the WebSocket: its status is 101.
*/

/*!
    Returns the response that opens the WebSocket, with \a subprotocol, which the client must have
    offered, and \a headers besides those of the handshake, for example \c Set-Cookie.

    An empty \a subprotocol leaves the choice to the server. A plain HTTP request cannot be accepted;
    it is answered with 426 (Upgrade Required).
*/
WsResponse WsResponse::accept(const QString &subprotocol, const WsHeaders &headers)
{
    WsResponse response(101, {}, headers);
    response.m_subprotocol = subprotocol;
    return response;
}

/*!
    Returns an answer with \a status, which says why there is no WebSocket, \a body and \a headers.

    A body without a \c Content-Type among \a headers is declared to be plain text in UTF-8, so that no
    browser takes what it quotes for HTML.

    \code
    return WsResponse::reject(401, "log in first\n", {{"WWW-Authenticate", "Basic realm=\"chat\""}});
    \endcode
*/
WsResponse WsResponse::reject(int status, const QByteArray &body, const WsHeaders &headers)
{
    WsResponse response(status, body, headers);
    if (!body.isEmpty() && wsHeaderCount(headers, "Content-Type") == 0)
        response.m_headers.prepend({"Content-Type", "text/plain; charset=utf-8"});
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

/*! Returns the answer for a path that the server does not know: status 404 and a line of text. */
WsResponse WsResponse::notFound()
{
    return reject(404, "Not Found\n");
}

/*!
    Returns the value of the first header \a name, whose case does not matter; a null array where there
    is none.
*/
QByteArray WsResponse::header(QByteArrayView name) const
{
    return wsHeader(m_headers, name);
}
