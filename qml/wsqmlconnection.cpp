// SPDX-License-Identifier: MIT
#include "wsqmlconnection.h"

#include "wsqmlscript.h"

#include <QtQml/qqmlengine.h>

/*!
    \qmltype WsConnection
    \inqmlmodule WsKit
    \instantiates WsConnection
    \brief One WebSocket, at either end.

    A WsServer hands out one for each client, by WsServer::newConnection; a WsClient is one. It cannot be
    created otherwise.

    \qml
    WsServer {
        listening: true
        onNewConnection: connection => {
            connection.textMessageReceived.connect(text => connection.broadcast(text))
            connection.closed.connect((code, reason, wasClean) => console.log("gone", code, reason))
        }
    }
    \endqml

    Handlers are added and removed from JavaScript with \c connect() and \c disconnect() of the signal, as
    \c addEventListener() and \c removeEventListener() do in a page.

    A server's connection belongs to the server: it is not collected while nothing refers to it, and is
    deleted once it is closed, whereupon a property that held it is \c null.
*/

/*!
    \qmlproperty enumeration WsConnection::state
    \readonly
    \brief \c Ws.Connecting, \c Ws.Open, \c Ws.Closing or \c Ws.Closed.
*/

/*!
    \qmlproperty url WsConnection::url
    \brief The address of the server; it may be changed on a WsClient.
*/

/*!
    \qmlproperty string WsConnection::subprotocol
    \readonly
    \brief The subprotocol that both sides agreed upon; empty for none.
*/

/*!
    \qmlproperty string WsConnection::extensions
    \readonly
    \brief The extensions that both sides agreed upon, as \c permessage-deflate; empty for none.
*/

/*!
    \qmlproperty real WsConnection::bufferedAmount
    \readonly
    \brief How many bytes are accepted for sending and not yet handed to the operating system.
*/

/*!
    \qmlproperty bool WsConnection::paused
    \brief Whether no messages are delivered for now. Pings of the peer are still answered, as long as what has
    arrived meanwhile is no more than \c options.highWaterMark.
*/

/*!
    \qmlproperty enumeration WsConnection::binaryType
    \brief \c Ws.ByteArray, the default: messages, text or binary, come whole. \c Ws.Stream hands them to C++ as
    they arrive.

    A program that has parts in C++ reads such streams there, see \l [CPP] WsConnection::messageStarted(). QML
    cannot: with \c Ws.Stream no message reaches its handlers.
*/

/*!
    \qmlproperty int WsConnection::closeCode
    \readonly
    \brief The code that the connection was closed with.
*/

/*!
    \qmlproperty string WsConnection::closeReason
    \readonly
    \brief The reason that the peer gave for closing.
*/

/*!
    \qmlproperty real WsConnection::id
    \readonly
    \brief A number that no other connection of the process has.
*/

/*!
    \qmlproperty bool WsConnection::inBroadcasts
    \brief Whether the connection takes part in broadcasts; \c true by default.
*/

/*!
    \qmlproperty wsOptions WsConnection::options
    \brief Limits and timeouts: \c {options.maxMessageSize: 65536}.

    Compression, whose values are two levels below, is set by \l {WsClient::}{compression}.
*/

/*!
    \qmlproperty wsRequest WsConnection::request
    \readonly
    \brief The request that the connection began with.
*/

/*!
    \qmlproperty wsResponse WsConnection::response
    \readonly
    \brief The answer to it.
*/

/*!
    \qmlproperty bool WsConnection::isEncrypted
    \readonly
    \brief Whether the connection is one over TLS.
*/

/*!
    \qmlproperty bool WsConnection::isServerSide
    \readonly
    \brief Whether this is a server's end.
*/

/*!
    \qmlsignal WsConnection::opened()
    \brief The connection is open.
*/

/*!
    \qmlsignal WsConnection::textMessageReceived(string text)
    \brief A text message, \a text, has come.
*/

/*!
    \qmlsignal WsConnection::binaryMessageReceived(ArrayBuffer data)
    \brief A binary message, \a data, has come.
*/

/*!
    \qmlsignal WsConnection::messageReceived(wsMessage message)
    \brief A message of either type, \a message, has come; send() takes it as it is.
*/

/*!
    \qmlsignal WsConnection::messageSent(wsMessage message)
    \brief A \a message has been accepted for sending.
*/

/*!
    \qmlsignal WsConnection::pongReceived(ArrayBuffer payload, real roundTripUs)
    \brief The answer to a ping() with \a payload has come, \a roundTripUs microseconds later.

    Where it answers no ping, \a roundTripUs is -1.
*/

/*!
    \qmlsignal WsConnection::drained()
    \brief bufferedAmount was above \c options.highWaterMark and has fallen to half of it: the moment to send more.
*/

/*!
    \qmlsignal WsConnection::errorOccurred(wsError error)
    \brief Something failed, as \a error tells; if that ends the connection, closed() follows.
*/

/*!
    \qmlsignal WsConnection::closed(int code, string reason, bool wasClean)
    \brief The connection has ended: once for each opening, behind its last message.

    \a code and \a reason are those of the peer. As in a browser, \a code is 1006 where there was no closing
    handshake, and \a wasClean is then \c false.
*/

/*!
    \qmlmethod bool WsConnection::send(var value)
    \brief Sends \a value as a message, by its type in JavaScript.

    \list
    \li A string is sent as text.
    \li An \c ArrayBuffer, a typed array or a \c DataView is sent as binary: of a view, what it shows.
    \li A number or a boolean is sent as its text.
    \li A wsMessage is sent as it is.
    \li Any other object, an array and \c null are sent as their JSON text.
    \endlist

    \c undefined, a function, a symbol and an object without JSON throw a \c TypeError. Returns \c false
    where the connection is not open or more than \c options.maxBufferedAmount would be buffered.
*/

/*!
    \qmlmethod bool WsConnection::broadcast(var value)
    \brief Sends \a value, as send() does, to every other connection of the same server.

    Returns \c false on a client, which has no others.
*/

/*!
    \qmlmethod bool WsConnection::close(int code = 1000, string reason = "")
    \brief Closes the connection, and tells the peer \a code and \a reason.

    As in a browser, a \a code that is neither 1000 nor from 3000 to 4999 throws an
    \c InvalidAccessError, and a \a reason of more than 123 bytes of UTF-8 a \c SyntaxError. Returns
    \c false where the connection is not open.
*/

/*!
    \qmlmethod bool WsConnection::ping(var payload)
    \brief Sends a ping with \a payload, which may be left out; pongReceived() tells of the answer.

    Returns \c false where the connection is not open.
*/

/*!
    \qmlmethod void WsConnection::abort()
    \brief Cuts the connection without a closing handshake.
*/

/*!
    \qmlmethod wsStatistics WsConnection::statistics()
    \brief Returns how many messages and bytes went both ways, before and after compression.
*/

/*!
    \qmlmethod string WsConnection::errorString()
    \brief Returns what failed last, for example why send() returned \c false.
*/
WsConnectionExtension::WsConnectionExtension(QObject *connection)
    : QObject(connection), m_connection(*qobject_cast<WsConnection *>(connection))
{
}

bool WsConnectionExtension::send(const QJSValue &value)
{
    return wsSendValue(m_connection, value);
}

bool WsConnectionExtension::broadcast(const QJSValue &value)
{
    return wsBroadcastValue(m_connection, value);
}

bool WsConnectionExtension::close(const QJSValue &code, const QJSValue &reason)
{
    return wsCloseAsBrowser(m_connection, code, reason);
}

WsQmlConnection::WsQmlConnection()
{
    // Its server owns it, whatever scripts hold of it.
    QQmlEngine::setObjectOwnership(this, QQmlEngine::CppOwnership);
}

bool WsQmlConnection::send(const QJSValue &value)
{
    return wsSendValue(*this, value);
}

bool WsQmlConnection::broadcast(const QJSValue &value)
{
    return wsBroadcastValue(*this, value);
}

bool WsQmlConnection::close(const QJSValue &code, const QJSValue &reason)
{
    return wsCloseAsBrowser(*this, code, reason);
}
