// SPDX-License-Identifier: MIT
#include "wsqmlnamespace.h"

#include "wsqmlscript.h"
#include "wsqmlvalues.h"

#include <QtQml/qjsengine.h>

namespace {
// A string as UTF-8, an ArrayBuffer as it is, an object as JSON: as it would be sent.
QByteArray bodyOf(const QObject *object, const QJSValue &value)
{
    QJSEngine *engine = qjsEngine(object);
    if (!engine || value.isUndefined())
        return {};
    const auto message = wsToMessage(*engine, value);
    return message ? message->data() : QByteArray();
}
} // namespace

/*!
    \qmltype Ws
    \inqmlmodule WsKit
    \brief The enumerations, and the answers of a request handler.

    \qml
    Text { text: client.state === Ws.Open ? "connected" : "not connected" }
    \endqml

    The values of Ws::State, Ws::MessageType and Ws::CloseCode are properties: \c Ws.Open, \c Ws.Text,
    \c Ws.GoingAway. Those of Ws::ErrorKind stand behind its name: \c Ws.ErrorKind.Timeout.

    \sa WsServer::requestHandler
*/

/*!
    \qmlmethod wsResponse Ws::accept(string subprotocol, var headers)
    \brief Returns the answer that opens the WebSocket, with \a subprotocol and \a headers.

    Both may be left out; the server then chooses the subprotocol.
*/

/*!
    \qmlmethod wsResponse Ws::reject(int status, var body, var headers)
    \brief Returns an answer with \a status and without a WebSocket.

    \a body and \a headers may be left out. A string as \a body is sent as UTF-8, an \c ArrayBuffer as it
    is, an object as JSON. A list as the value of a header stands for several headers of that name.
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
WsResponse WsQmlNamespace::accept(const QString &subprotocol, const QVariantMap &headers) const
{
    return WsResponse::accept(subprotocol, wsHeadersFromMap(headers));
}

WsResponse WsQmlNamespace::reject(int status, const QJSValue &body, const QVariantMap &headers) const
{
    return WsResponse::reject(status, bodyOf(this, body), wsHeadersFromMap(headers));
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
