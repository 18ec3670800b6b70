// SPDX-License-Identifier: MIT

// Routes and request bodies.

#include <WsKit/wsserver.h>

#include "net/server/wsserver_p.h"
#include "protocol/wsintms.h"

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

void WsServer::setMaxRequestBodyNumber(double bytes)
{
    setMaxRequestBody(wsBytes(bytes));
}

namespace {
// Any thread may call this, and finds its changes at once; requests follow the settings.
void changeRoutes(WsServerPrivate &server, const std::function<void(WsRoutes &)> &change)
{
    {
        const QMutexLocker locker(&server.home->mutex());
        change(server.routes);
    }
    server.run([](WsServerPrivate &data) {
        QMutexLocker locker(&data.home->mutex());
        const WsRoutes routes = data.routes;
        locker.unlock();
        data.setSetting(&WsServerSettings::routes, routes);
    });
}

bool addRoute(WsServerPrivate &server, const QString &pattern, WsRoute route)
{
    if (const QString problem = WsRoutePattern::parse(pattern, &route.pattern); !problem.isEmpty())
        return server.misuse(problem);
    if (!route.handler && !route.asyncHandler)
        return server.misuse(QStringLiteral("the route \"%1\" has no handler").arg(pattern));
    changeRoutes(server, [&route](WsRoutes &routes) { routes.add(std::move(route)); });
    return true;
}
} // namespace

/*!
    \fn template <typename Handler> bool WsServer::route(const QString &pattern, Handler handler)
    Answers requests for the paths that match \a pattern with \a handler, as setRequestHandler() does for all
    requests: it is a function that takes a WsRequest and returns a WsResponse or a \c QFuture<WsResponse>,
    for a WebSocket or plain HTTP.

    \code
    server.route("/", [](const WsRequest &) { return WsResponse::html(page); });
    server.route("/chat/{room}", [](const WsRequest &request) {
        return isRoom(request.parameter("room")) ? WsResponse::accept() : WsResponse::notFound();
    });
    server.route("/files/{path...}", [](const WsRequest &request) {
        return answerWithFile(request.parameter("path"));
    });
    \endcode

    \table
    \header \li Pattern \li Matches \li Not
    \row \li \c {/chat} \li \c {/chat}, \c {/chat?from=7}, \c {/ch%61t} \li \c {/chat/}, \c {/Chat}
    \row \li \c {/chat/{room}} \li \c {/chat/qt}, \c {/chat/a%2Fb} (the room is \c {a/b})
         \li \c {/chat/}, \c {/chat/qt/7}
    \row \li \c {/files/{path...}} \li \c {/files/a/b} (the path is \c {a/b}), \c {/files/} (it is empty)
         \li \c {/files}
    \endtable

    A parameter in braces stands for everything between two slashes, which must not be empty. If three dots
    follow its name, it stands for the rest of the path, however long or empty, and has to be the last one.
    Each segment of a path is percent-decoded after it has been separated from the others, so that a \c %2F
    remains inside its parameter. In the rest of a path it looks like any other slash. A path with a percent
    sign that two hexadecimal digits do not follow is not decoded, as by WsRequest::path(). Patterns are
    written without percent-encoding. A slash at the end makes a difference, and so does the case of letters. Dots
    and double slashes of a path are kept: clean a parameter before you use it as the name of a file.

    If several patterns match, the most specific one is used, whichever was added first. They are compared
    segment by segment from the left: fixed text comes before a parameter, and that before the rest of a path.
    A pattern that matches the same paths as an earlier one, which may have called its parameters differently,
    replaces that one.

    A request is first shown to the filter of setRequestFilter(), then to the route, and if no route
    matches, to the handler of setRequestHandler(). If there are routes but no such handler, a request that
    no route matches is answered with 404, even if it asks for a WebSocket. The parameters are in
    WsRequest::parameters(), also in that of WsConnection::request(), as long as the connection exists.

    The handler is called as that of setRequestHandler() is: in the server's thread, and with the same answers
    if it throws or takes too long. It may change the routes. This function can be called in any thread.
    A change applies to clients that connect from then on, and to further requests of those that have been
    answered before.

    Returns \c false and changes nothing if \a handler is an empty function, or if \a pattern does not begin
    with a slash, contains a query, a parameter without a name, two parameters of one name, a brace without
    its counterpart, a parameter beside other text (\c {/chat-{room}}), or anything after the rest of the
    path; errorString() then quotes it.

    \sa removeRoute(), routes(), WsRequest::parameter(), WsResponse
*/
bool WsServer::addRoute(const QString &pattern, RequestHandler handler)
{
    return ::addRoute(*d, pattern, {{}, std::move(handler), {}});
}

bool WsServer::addAsyncRoute(const QString &pattern, AsyncRequestHandler handler)
{
    return ::addRoute(*d, pattern, {{}, {}, std::move(handler)});
}

/*!
    Removes the route with the given \a pattern, or with one that matches the same paths. This function can be
    called in any thread.

    Returns \c false if there is none; errorString() then quotes the pattern. A client that is
    already connected but has not sent its first request is still answered by the route.

    \sa route()
*/
bool WsServer::removeRoute(const QString &pattern)
{
    WsRoutePattern parsed;
    if (const QString problem = WsRoutePattern::parse(pattern, &parsed); !problem.isEmpty())
        return d->misuse(problem);
    bool isThere = false;
    changeRoutes(*d, [&parsed, &isThere](WsRoutes &routes) {
        isThere = routes.contains(parsed);
        routes.remove(parsed);
    });
    return isThere || d->misuse(QStringLiteral("there is no route \"%1\"").arg(pattern));
}

/*!
    Returns the patterns of all routes, in the order in which they are compared with a path: the most specific
    first. This function can be called in any thread.

    \sa route()
*/
QStringList WsServer::routes() const
{
    const QMutexLocker locker(&d->home->mutex());
    return d->routes.patterns();
}
