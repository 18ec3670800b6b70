// SPDX-License-Identifier: MIT
#include "wsqmlnamespace.h"

#include "wsqmlresponse.h"
#include "wsqmlscript.h"
#include "wsqmlvalues.h"

#include <QtQml/qjsengine.h>

namespace {
// Converted as for sending: a string to UTF-8, an ArrayBuffer unchanged, an object to JSON.
QByteArray bodyOf(const QObject *object, const QJSValue &value)
{
    QJSEngine *engine = qjsEngine(object);
    if (!engine || value.isUndefined())
        return {};
    const auto message = wsToMessage(*engine, value);
    return message ? message->data() : QByteArray();
}

WsHeaders headersOf(const QObject *object, const QVariantMap &map)
{
    QString problem;
    WsHeaders headers = wsHeadersFromMap(map, &problem);
    QJSEngine *engine = problem.isEmpty() ? nullptr : qjsEngine(object);
    if (engine)
        engine->throwError(QJSValue::TypeError, problem);
    return headers;
}
} // namespace

/*!
    \qmltype Ws
    \inqmlmodule WsKit
    \brief The enumerations of WsKit, and functions that create the answers of a request handler.

    \qml
    Text { text: client.state === Ws.Open ? "connected" : "not connected" }
    \endqml

    The values of Ws::State, Ws::MessageType, Ws::OpeningStep and Ws::CloseCode are properties: \c Ws.Open,
    \c Ws.Text, \c Ws.Connected, \c Ws.GoingAway. Those of Ws::ErrorKind include its name: \c Ws.ErrorKind.Timeout.

    \sa WsServer::requestHandler
*/

/*!
    \qmlmethod wsResponse Ws::accept(string subprotocol, var headers)
    \brief Returns the answer that opens the WebSocket, with \a subprotocol and \a headers.

    Both can be omitted. Without \a subprotocol, the server chooses one.
*/

/*!
    \qmlmethod wsResponse Ws::reject(int status, var body, var headers)
    \brief Returns an answer with the HTTP \a status that does not open a WebSocket.

    \a body and \a headers can be omitted. If \a body is a string, it is sent as UTF-8; an \c ArrayBuffer is
    sent unchanged, an object as JSON. If the value of a header is a list, one header is sent for each
    element; any other object is sent as JSON, too. A value that cannot be sent throws a \c TypeError.
*/

/*!
    \qmlmethod wsResponse Ws::html(var body)
    \brief Returns an answer with the HTML page \a body.
*/

/*!
    \qmlmethod wsResponse Ws::text(var body)
    \brief Returns an answer with the plain text \a body.
*/

/*!
    \qmlmethod wsResponse Ws::notFound()
    \brief Returns the answer for a path that the server does not know.
*/

/*!
    \qmlmethod wsResponse Ws::file(url file, wsRequest request)
    \brief Returns the answer with the content of \a file, a path or a URL of a file or a resource.

    With a \a request, \a file is a folder, and the path of the request says which file of it is sent; nothing
    outside the folder ever is. See WsResponse::file() for the headers, \c HEAD, and what is sent only if it
    has changed.

    \qml
    requestHandler: request => request.isWebSocketUpgrade ? Ws.accept()
                                                          : Ws.file(Qt.resolvedUrl("www"), request)
    \endqml
*/

/*!
    \qmlmethod wsResponse Ws::metrics(WsServer server)
    \brief Returns an answer with the metrics of \a server for Prometheus.

    \sa {Monitoring a Server}
*/
WsResponse WsQmlNamespace::accept(const QString &subprotocol, const QVariantMap &headers) const
{
    return WsResponse::accept(subprotocol, headersOf(this, headers));
}

WsResponse WsQmlNamespace::reject(int status, const QJSValue &body, const QVariantMap &headers) const
{
    return WsResponse::reject(status, bodyOf(this, body), headersOf(this, headers));
}

WsResponse WsQmlNamespace::html(const QJSValue &body) const
{
    return WsResponse::html(bodyOf(this, body));
}

WsResponse WsQmlNamespace::text(const QJSValue &body) const
{
    return WsResponse::text(bodyOf(this, body));
}

WsResponse WsQmlNamespace::notFound() const
{
    return WsResponse::notFound();
}

WsResponse WsQmlNamespace::file(const QString &pathOrUrl) const
{
    return WsResponse::file(wsLocalPath(pathOrUrl));
}

WsResponse WsQmlNamespace::file(const QString &rootOrUrl, const WsRequest &request) const
{
    return WsResponse::file(wsLocalPath(rootOrUrl), request);
}

WsResponse WsQmlNamespace::metrics(const WsServer *server) const
{
    return server ? WsResponse::metrics(*server) : WsResponse::reject(500, "there is no server\n");
}
