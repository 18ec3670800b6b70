// SPDX-License-Identifier: MIT

// Routes and request bodies.

#include <WsKit/wsserver.h>

#include "net/server/wsserver_p.h"

/*!
    \property WsServer::maxRequestBody
    \brief how large the body of a plain HTTP request may be, in bytes.

    The default is 0: a WebSocket server expects no bodies, and what is not read takes no memory. A request
   that announces a body is then answered by 413 (Content Too Large), and its connection is closed. The same
   happens to a larger body, at once if its \c Content-Length says so.

    The request handler is asked once the body is complete; WsRequest::body() returns it. Until then it takes
    at most twice the memory of what has arrived, and never more than this limit. Multiply it by \l
   maxConnections to get what all clients together can take. It is freed when the request has been answered.

    Both forms of HTTP/1.1 are read: bodies with a \c Content-Length, and chunked ones. Extensions of chunks
   and trailers are checked and skipped; all of one body together may have WsOptions::maxHandshakeSize bytes.
   A client that sends \c {Expect: 100-continue} gets 100 (Continue) if its body will be read, and the final
    answer otherwise. A request with both lengths, or with another coding than \c chunked, is refused.

    A client may take WsOptions::handshakeTimeout without sending any byte of a body, and has to send at least
    1,024 bytes a second on average. Otherwise it is answered by 408 (Request Timeout).

    A request for a WebSocket has no body; with one it is answered by 400 (Bad Request). A negative value
   counts as 0. A change applies to requests that begin after it, as far as the client connects then or has
   been answered before.

    RFC 9110 §10.1.1 and §15.5.14; RFC 9112 §6 and §7.1.

    \sa {HTTP Requests}
*/
qint64 WsServer::maxRequestBody() const
{
    return d->read(d->settings)->maxRequestBody;
}

void WsServer::setMaxRequestBody(qint64 value)
{
    d->run([value](WsServerPrivate &data) {
        if (data.changeSetting(&WsServerSettings::maxRequestBody, qMax<qint64>(value, 0)))
            Q_EMIT data.q->maxRequestBodyChanged();
    });
}

bool WsServer::addRoute(const QString &, RequestHandler)
{
    return false;
}

bool WsServer::addAsyncRoute(const QString &, AsyncRequestHandler)
{
    return false;
}

bool WsServer::removeRoute(const QString &)
{
    return false;
}

QStringList WsServer::routes() const
{
    return {};
}
