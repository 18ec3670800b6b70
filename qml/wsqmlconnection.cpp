// SPDX-License-Identifier: MIT
#include "wsqmlconnection.h"

#include "wsqmlclient.h"
#include "wsqmlscript.h"

#include <QtCore/qpointer.h>
#include <QtQml/qqmlengine.h>

namespace {
// As soon as the module is loaded, also for connections that C++ has created and shows to QML.
const bool areScriptsExpected = (WsQmlConnection::expectScripts(), true);
} // namespace

/*!
    \qmltype WsConnection
    \inqmlmodule WsKit
    \instantiates WsConnection
    \brief One WebSocket, at either end.

    A WsServer creates one for each client and passes it to the handlers of WsServer::newConnection. A
    WsClient is a WsConnection too. The type cannot be created in QML.

    \qml
    WsServer {
        listening: true
        onNewConnection: connection => {
            connection.textMessageReceived.connect(text => connection.broadcast(text))
            connection.closed.connect((code, reason, wasClean) => console.log("gone", code, reason))
        }
    }
    \endqml

    JavaScript adds and removes handlers with the functions \c connect() and \c disconnect() of a signal, like
    \c addEventListener() and \c removeEventListener() in a web page.

    A server owns its connections. They are not garbage-collected, even if nothing refers to them. The server
    deletes a connection after it has closed; a property that referred to it is then \c null. A
    WsConnectionModel keeps the connections that it shows a little longer.
*/

/*!
    \qmlproperty enumeration WsConnection::state
    \readonly
    \brief \c Ws.Connecting, \c Ws.Open, \c Ws.Closing or \c Ws.Closed.
*/

/*!
    \qmlproperty url WsConnection::url
    \brief The address of the server. It can be changed on a WsClient.
*/

/*!
    \qmlproperty string WsConnection::subprotocol
    \readonly
    \brief The subprotocol that both sides agreed on, or an empty string if there is none.
*/

/*!
    \qmlproperty string WsConnection::extensions
    \readonly
    \brief The extensions that both sides agreed on, for example \c permessage-deflate, or an empty string if
    there are none.
*/

/*!
    \qmlproperty real WsConnection::bufferedAmount
    \readonly
    \brief The number of bytes that have been accepted for sending but not yet passed to the operating system.
*/

/*!
    \qmlproperty bool WsConnection::paused
    \brief Whether the application has paused the delivery of messages. Pings of the peer are still answered
    while no more than \c options.highWaterMark has arrived.
*/

/*!
    \qmlproperty enumeration WsConnection::binaryType
    \brief How messages are delivered: complete (\c Ws.ByteArray, the default), or as streams (\c Ws.Stream).

    Streams can only be read in C++, see \l [CPP] WsConnection::messageStarted(). With \c Ws.Stream, no
    message, text or binary, reaches the handlers in QML.
*/

/*!
    \qmlproperty int WsConnection::closeCode
    \readonly
    \brief The code with which the connection was closed.
*/

/*!
    \qmlproperty string WsConnection::closeReason
    \readonly
    \brief The reason that the peer gave for closing.
*/

/*!
    \qmlproperty real WsConnection::id
    \readonly
    \brief A number that identifies the connection within the process.
*/

/*!
    \qmlproperty bool WsConnection::inBroadcasts
    \brief Whether the connection receives broadcasts. The default is \c true.
*/

/*!
    \qmlproperty wsOptions WsConnection::options
    \brief Limits and timeouts, for example \c {options.maxMessageSize: 65536}.

    Compression is set with \l {WsClient::}{compression}, because its values are nested one level deeper.

    Since Qt 6.5 a JavaScript object can be assigned to \c options, \c compression and \c reconnect as a
    whole, also by a script. The values that it does not name get their defaults:

    \qml
    WsClient {
        options: ({ maxMessageSize: 65536, compression: { enabled: true } })
        reconnect: ({ enabled: true, maxDelay: 2000 })
    }
    \endqml
*/

/*!
    \qmlproperty wsRequest WsConnection::request
    \readonly
    \brief The HTTP request of the opening handshake.
*/

/*!
    \qmlproperty wsResponse WsConnection::response
    \readonly
    \brief The answer to that request.
*/

/*!
    \qmlproperty bool WsConnection::isEncrypted
    \readonly
    \brief Whether the connection uses TLS.
*/

/*!
    \qmlproperty bool WsConnection::isServerSide
    \readonly
    \brief Whether this is the server's end of the connection.
*/

/*!
    \qmlsignal WsConnection::opened()
    \brief Emitted when the connection is open.
*/

/*!
    \qmlsignal WsConnection::textMessageReceived(string text)
    \brief Emitted when the text message \a text has arrived.
*/

/*!
    \qmlsignal WsConnection::binaryMessageReceived(ArrayBuffer data)
    \brief Emitted when a binary message with the payload \a data has arrived.

    As in a browser, a handler may write into \a data, and the other handlers of this signal, also slots in
    C++, then see what it has written. If they must not, it writes into a copy: \c {data.slice()}.
*/

/*!
    \qmlsignal WsConnection::messageReceived(wsMessage message)
    \brief Emitted when \a message, text or binary, has arrived. It can be passed to send().
*/

/*!
    \qmlsignal WsConnection::textFrameReceived(string frame, bool isFinal)
    \brief Emitted for each \a frame of a text message when it has arrived. \a isFinal is \c true for the last one,
    which textMessageReceived() follows.

    Frames have no meaning of their own, see \l [CPP] WsConnection::textFrameReceived().
*/

/*!
    \qmlsignal WsConnection::binaryFrameReceived(ArrayBuffer frame, bool isFinal)
    \brief Emitted for each \a frame of a binary message when it has arrived. \a isFinal is \c true for the last
    one, which binaryMessageReceived() follows.

    What a handler writes into \a frame is seen by the other handlers of this signal, and changes no message.
*/

/*!
    \qmlsignal WsConnection::messageSent(wsMessage message)
    \brief Emitted when \a message has been accepted for sending.
*/

/*!
    \qmlsignal WsConnection::pongReceived(ArrayBuffer payload, real roundTripUs)
    \brief Emitted when the answer to a ping() with \a payload has arrived, after \a roundTripUs microseconds.

    If the pong does not answer a ping, \a roundTripUs is -1.
*/

/*!
    \qmlsignal WsConnection::drained()
    \brief Emitted when bufferedAmount was above \c options.highWaterMark and has fallen to half of it. This
    is the time to send more.
*/

/*!
    \qmlsignal WsConnection::errorOccurred(wsError error)
    \brief Emitted when \a error has occurred. If it ends the connection, closed() follows.
*/

/*!
    \qmlsignal WsConnection::closed(int code, string reason, bool wasClean)
    \brief Emitted when the connection has ended: once for each opening, after the last message.

    \a code and \a reason are those of the peer's Close frame. As in a browser, \a code is 1006 and
    \a wasClean is \c false if there was no closing handshake.
*/

/*!
    \qmlmethod bool WsConnection::send(var value)
    \brief Sends \a value as a message. Its JavaScript type determines how:

    \list
    \li A string is sent as text.
    \li An \c ArrayBuffer, a typed array or a \c DataView is sent as binary. Of a view, only the viewed part
        is sent.
    \li A number or a boolean is sent as its text.
    \li A wsMessage is sent unchanged.
    \li Any other object, an array and \c null are sent as JSON text.
    \endlist

    \c undefined, a function, a symbol and an object that has no JSON text throw a \c TypeError. Returns
    \c false if the connection is not open, or if more than \c options.maxBufferedAmount would be buffered.
*/

/*!
    \qmlmethod bool WsConnection::broadcast(var value)
    \brief Sends \a value, as send() does, to every other connection of the same server.

    Returns \c false on a client, because it has no other connections.
*/

/*!
    \qmlmethod bool WsConnection::close(int code = 1000, string reason = "")
    \brief Closes the connection and sends \a code and \a reason to the peer.

    As in a browser, a WsClient throws an \c InvalidAccessError for a \a code that is neither 1000 nor from
    3000 to 4999. The connection of a WsServer takes every code that an endpoint may send, for example
    \c Ws.PolicyViolation (1008) and \c Ws.InternalError (1011), and throws for others. A \a reason of more
    than 123 bytes of UTF-8 throws a \c SyntaxError. Returns \c false if the connection is not open.

    A WsClient that waits, for a URL or for another attempt, stops waiting and returns \c true.
*/

/*!
    \qmlmethod bool WsConnection::ping(var payload)
    \brief Sends a ping with \a payload, which can be omitted. pongReceived() is emitted when the answer
    arrives.

    Returns \c false if the connection is not open.
*/

/*!
    \qmlmethod void WsConnection::abort()
    \brief Ends the connection immediately, without a closing handshake.

    A WsClient that waits, for a URL or for another attempt, stops waiting.
*/

/*!
    \qmlmethod bool WsConnection::flush()
    \brief Writes what is queued now, as far as the operating system takes it, and returns whether anything was
    written. It is hardly ever needed, because this happens at the end of each handler.
*/

/*!
    \qmlmethod wsStatistics WsConnection::statistics()
    \brief Returns the number of messages and bytes sent and received, before and after compression.
*/

/*!
    \qmlmethod string WsConnection::errorString()
    \brief Returns a description of the last error, for example why send() returned \c false.
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
    return wsCloseByScript(m_connection, code, reason);
}

void WsConnectionExtension::abort()
{
    const QPointer<WsConnection> connection(&m_connection);
    if (auto *const client = qobject_cast<WsQmlClient *>(&m_connection))
        client->stopWaiting();
    if (connection)
        connection->abort();
}

WsQmlConnection::WsQmlConnection()
{
    // The server owns it, even if scripts refer to it.
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
    return wsCloseByScript(*this, code, reason);
}
