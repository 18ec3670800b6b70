// SPDX-License-Identifier: MIT
#include <WsKit/wsconnection.h>

#include "net/connection/wsconnection_p.h"
#include "protocol/wsclosecode.h"
#include "protocol/wsutf16.h"
#include "protocol/wsutf8.h"

#include <QtCore/qcoreevent.h>
#include <QtCore/qjsonarray.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qjsonobject.h>
#include <QtCore/qjsonvalue.h>
#include <QtCore/qmetaobject.h>
#include <QtNetwork/qsslconfiguration.h>

#include <array>
#include <utility>

namespace {
QByteArray toJson(const QJsonValue &value)
{
    if (value.isObject())
        return QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact);
    const bool isArray = value.isArray();
    const QByteArray json =
        QJsonDocument(isArray ? value.toArray() : QJsonArray{value}).toJson(QJsonDocument::Compact);
    return isArray ? json : json.sliced(1, json.size() - 2); // a scalar has no document of its own
}

// Texts up to this size are encoded on the stack.
constexpr qsizetype MaxShortText = 1024;
} // namespace

/*!
    \class WsConnection
    \inmodule WsKit
    \inheaderfile WsKit/WsConnection
    \brief One end of a WebSocket.

    Programs do not create connections themselves: a WsServer creates one for each of its clients, and a
    WsClient is one.

    \code
    QObject::connect(&server, &WsServer::newConnection, &server, [](WsConnection *connection) {
        QObject::connect(connection, &WsConnection::textMessageReceived, connection,
                         [connection](const QString &text) { connection->sendText(text.toUpper()); });
        QObject::connect(connection, &WsConnection::closed, connection,
                         [](quint16 code, const QString &reason) { qInfo() << "closed:" << code << reason; });
    });
    \endcode

    \section1 Sending

    Every function that sends adds the message to a queue and returns immediately. It returns \c false if the
    connection is not open, if the message is not valid for its type, or if more than
    WsOptions::maxBufferedAmount() would be queued. In these cases nothing is sent, the connection is
    unchanged, and errorString() returns the reason. \c true does not mean that the message arrives: the
    protocol has no acknowledgements.

    What one slot sends is written in as few writes as possible, at the latest when control returns to the
    event loop.

    \section1 Receiving

    Messages are delivered whole and in the order in which they were sent. Connect to messageReceived() for
    all of them, or to textMessageReceived() and binaryMessageReceived() for one type each. The argument of a
    signal is only created if something is connected to it. If even one copy matters, use setMessageHandler().
    textFrameReceived() and binaryFrameReceived() report the frames of a message as they arrive.

    \section1 Slow peers

    A client that requests much and reads little is slowed down instead of filling the memory of the server:
    if more than WsOptions::highWaterMark() waits to be sent to it, the server reads nothing more from it
    until half of that is left and drained() is emitted. If such a peer takes nothing for
    WsOptions::pingInterval() and WsOptions::pongTimeout() together, 40 seconds by default, it counts as dead
    and the connection is cut. As long as it takes something, it counts as alive (see \l {Time Limits}). A
    program that is itself too slow for its peer can pause the connection, see \l paused.

    \section1 The end

    closed() is emitted exactly once for each opening, after the last message. If an error ends the
    connection, errorOccurred() is emitted first. The code is that of the Close frame that was \e received,
    whichever side closed first (RFC 6455 §7.1.5):

    \list
    \li Any code of Ws::CloseCode from 1000 on, or 3000 to 4999: the code that the peer sent, with its reason.
    \li Ws::NoStatus (1005): the peer's Close frame contained no code.
    \li Ws::Abnormal (1006): no Close frame was received. The network failed, a time limit was exceeded, the
        opening handshake was refused, abort() or close() ended the connection while it was opening, or the
        peer broke a rule. In the last case WsError::closeCode() is the code that the peer was sent.
    \li Ws::TlsHandshake (1015): the TLS handshake failed, for example because a certificate is not trusted.
    \endlist

    A peer that leaves without waiting for this side may have sent messages and a Close frame before. They are
    received over TCP and local sockets, even if this side notices the end because it can no longer send. Over
    TLS, and over sockets that were passed to WsServer::handleConnection(), they may then be lost: Qt reads
    nothing more once a write has failed.

    \section1 Ownership, slots and threads

    A server's connection belongs to the server, which deletes it from the event loop after closed(). To keep
    a pointer to it for longer than a slot, use a QPointer. If an open connection is deleted, the peer is sent
    Ws::GoingAway, and no signal is emitted, not even closed().

    Any slot may close or delete the connection, move it to another thread, or open a client again. If a slot
    of errorOccurred() calls open(), the client is opened again after closed(). While a slot runs an event
    loop of its own, as a dialog does, the connection answers pings and the peer's Close frame and sends what
    is queued, but it delivers nothing until the slot has returned. At most WsOptions::highWaterMark() is read
    ahead. No pong is missed in the meantime.

    Signals are emitted in the thread that the connection lives in. For a client this is the thread in which
    it was created; for a server's connection it is the thread of the server, or one of its own threads (see
    WsServer::threadCount). QObject::moveToThread() moves a connection at any time, also while it is open.
    Calls from other threads wait until the move is complete. A message handler that moves its connection must
    not use the payload after that. If the thread of an open connection ends, the connection is cut as if it
    were deleted: its state is Ws::Closed, and no signal is emitted.

    The functions of this class may be called from any thread, as long as the connection is not deleted in the
    meantime. A call from another thread is carried out by the connection's own thread, in the order of the
    calls. \c true then means that the call was passed on; a message is dropped if the connection closes
    before it is sent; a client reports that by WsClient::messagesLost(). If the connection's thread has ended,
    functions return \c false, and errorString() says so. Only streams (openMessage()) and the functions that
    wait can only be used in the connection's own thread. In that thread, no lock is taken for a message.

    After \c fork(), a child process must neither use nor delete the connections of its parent.

    \sa WsServer, WsClient, WsOptions
*/

/*!
    \typedef WsConnection::MessageHandler
    A function that is called with each message; see setMessageHandler().
*/

/*! \internal */
WsConnection::WsConnection(std::unique_ptr<WsConnectionPrivate> data, QObject *parent)
    : QObject(parent), d(std::move(data))
{
    d->q = this;
    d->threads.setObject(this);
    d->setOptions(WsOptions());
}

/*! Constructs the server's end of a connection, for a subclass that WsServer::createConnection() returns. */
WsConnection::WsConnection()
    : WsConnection(std::make_unique<WsConnectionPrivate>(WsRole::Server), nullptr) { }

/*!
    Ends the connection. If it is open, the peer is sent Ws::GoingAway (1001). After close(), the peer is sent its
    code and reason. Data that the system does not take at once is lost, and closed() is not emitted.

    \sa close()
*/
WsConnection::~WsConnection()
{
    if (d->threads.isOwnThread())
        d->life.sayGoodbye();
    d->life.dropGuards();
    d->threads.detach();
    d->delivery.forgetStreams();
    d->link.release(); // before slots and continuations run, perhaps with an event loop
    WsWaitingReceivers waiting = d->delivery.takeWaiting();
    if (const auto owner = std::move(d->owner))
        owner->onDeleted(this);
    wsAnswerEmpty(&waiting);
}

// --- properties

/*!
    \property WsConnection::state
    \brief the state of the connection: connecting, open, closing or closed.

    Messages can be sent only while the connection is open. A closing connection still receives what the peer
    sent before its own Close frame.

    RFC 6455 §4.1 and §7.1.
*/
Ws::State WsConnection::state() const
{
    return d->life.state();
}

/*!
    \property WsConnection::url
    \brief the URL of the WebSocket.

    On a client this is the URL to open, see WsClient::url. On a server it is composed from the Host header
    and the target of the request, so its host is what the client claims. If one of WsServer::trustedProxies
    tells the scheme or the host that the client has used, they are those.

    RFC 6455 §3.
*/
QUrl WsConnection::url() const
{
    return d->url();
}

/*!
    \property WsConnection::subprotocol
    \brief the subprotocol that both sides agreed on, or an empty string if there is none.

    After the end it stays readable until a client is opened again.

    RFC 6455 §1.9.

    \sa WsServer::subprotocols, WsClient::subprotocols
*/
QString WsConnection::subprotocol() const
{
    return d->read(d->subprotocol);
}

/*!
    \property WsConnection::extensions
    \brief the extensions that both sides agreed on, in the format of the header \c Sec-WebSocket-Extensions;
    empty if there are none.

    After the end they stay readable until a client is opened again.

    RFC 6455 §9.
*/
QString WsConnection::extensions() const
{
    return d->read(d->extensions);
}

/*!
    \property WsConnection::bufferedAmount
    \brief the number of bytes, including frame headers, that wait to be taken by the operating system.

    It grows with each message and falls as the operating system takes data. Two kinds of messages count with
    the memory that they use besides their bytes: a message on its way from another thread, which counts 256
    bytes more, and a message that waits behind an unfinished one. bufferedAmountChanged() is emitted once for
    everything that was written in a turn of the event loop, not for each message.

    \sa WsOptions::highWaterMark(), WsOptions::maxBufferedAmount(), drained(), {Memory}
*/
qint64 WsConnection::bufferedAmount() const
{
    return d->sending.bufferedAmount();
}

/*!
    \property WsConnection::paused
    \brief whether the application has paused the delivery of messages.

    While it is \c true, no message is delivered, not even one that has already arrived. Sending continues,
    and pings of the peer are answered. For that, what arrives is read and kept, up to
    WsOptions::highWaterMark() and the rest of one message. Beyond that nothing more is read: TCP slows the
    peer down, and its pings are not answered. So a peer that sends much and pings cuts a connection that
    stays paused for longer than the peer waits for a pong.

    A paused connection reports nothing: neither a Close frame nor the loss of the network is noticed by the
    application before the pause ends. A Close frame is answered, though, and nothing can be sent after that.
    No ping is sent during a pause, and the silence of the peer does not count.

    After it is set to \c false, the messages that were held back are delivered from the event loop, not from
    within the call. close() ends a pause, because the peer's Close frame comes after the messages that were
    held back. The end of the connection also ends a pause. A closing connection cannot be paused. If a
    connection is paused in a slot of WsServer::newConnection(), or before WsClient::open(), it opens and
    holds back the first message.

    The default is \c false.
*/
bool WsConnection::paused() const
{
    return d->link.isHeld(WsHold::Paused);
}

void WsConnection::setPaused(bool paused)
{
    d->threads.run([this, paused] { d->delivery.setPaused(paused); });
}

/*!
    \property WsConnection::closeCode
    \brief the code that closed() reports; Ws::NoStatus (1005) before the peer's Close frame or the end.

    RFC 6455 §7.1.5.
*/
quint16 WsConnection::closeCode() const
{
    return d->read(d->life.ending()).code;
}

/*!
    \property WsConnection::closeReason
    \brief the reason that closed() reports. It is the one that the peer sent, and often empty. A peer that
    only answers our Close frame usually echoes our code and reason, as WsKit does (RFC 6455 §5.5.1).

    Until a Close frame of the peer arrives, the string is null.

    RFC 6455 §7.1.6.
*/
QString WsConnection::closeReason() const
{
    return d->read(d->life.ending()).reason;
}

/*!
    \property WsConnection::id
    \brief a number that identifies the connection. No other connection of this process has or had the same.

    A client keeps its number when it is opened again.
*/
quint64 WsConnection::id() const
{
    return d->id;
}

/*!
    \property WsConnection::inBroadcasts
    \brief whether the connection receives broadcasts.

    The default is \c true. A server may set it to \c false until a client has logged in, for example. The
    connection can still broadcast to others.

    \sa WsServer::broadcast(), broadcast()
*/
bool WsConnection::inBroadcasts() const
{
    return d->inBroadcasts;
}

void WsConnection::setInBroadcasts(bool takesPart)
{
    d->threads.run([this, takesPart] {
        if (d->inBroadcasts.exchange(takesPart) != takesPart)
            Q_EMIT inBroadcastsChanged(takesPart);
    });
}

/*!
    \property WsConnection::options
    \brief the limits and timeouts of this connection.

    A server's connection starts with WsServer::options, a client with the defaults. A change of the options
    for messages, pings, buffers and closing takes effect at once, a change of those for the opening with the
    next opening.
*/
WsOptions WsConnection::options() const
{
    return d->read(d->options);
}

void WsConnection::setOptions(const WsOptions &options)
{
    d->threads.run([this, options] {
        if (d->options == options) {
            d->store(d->options, options); // whether a limit of the head is set is not compared
            return;
        }
        d->setOptions(options);
        Q_EMIT optionsChanged();
    });
}

/*!
    \property WsConnection::request
    \brief the request of the opening handshake.

    On a server it is everything that the client sent, with its headers, cookies and address. It is kept as it
    was received and parsed again in each call, so that an idle connection takes little memory. On a client it
    is the last request that was sent, with all its headers in their order: those of the handshake, those that
    the program added, the cookies of its jar and the credentials of the URL. After open() and until the
    request is ready to be sent, the headers of the handshake are missing. It is empty before open().

    RFC 6455 §4.1.
*/
WsRequest WsConnection::request() const
{
    return d->request();
}

/*!
    \property WsConnection::response
    \brief the answer to the opening handshake.

    On a client it is the server's answer with all its headers. If the server has refused, it also contains
    the body, up to the size of WsOptions::maxHandshakeSize(). The status is 0 before the answer arrives. On a
    server it is what the request handler returned.

    RFC 6455 §4.2.2.
*/
WsResponse WsConnection::response() const
{
    return d->read(d->response);
}

/*!
    \property WsConnection::user
    \brief the name of the user, on a server.

    It is that of the response which has accepted the connection (WsResponse::user), or else that of the client's
    certificate (WsServer::setCertificateMapper()). The default is empty. It can be read in any thread.
*/
QString WsConnection::user() const
{
    const QString named = response().user();
    if (!named.isEmpty())
        return named;
    const auto details = d->read(d->requestDetails);
    return details ? details->user : QString();
}

/*!
    Returns the address of the other end of the TCP connection. If there is a proxy in between, this is the
    address of the proxy. An IPv4 address is returned as such, even if the server listens on both IPv4 and
    IPv6. The address is still available after the end of the connection, until a client is opened again.

    \sa peerPort(), localAddress()
*/
QHostAddress WsConnection::peerAddress() const
{
    return d->read(d->endpoints).peerAddress;
}

/*! Returns the port of the other end of the TCP connection. */
quint16 WsConnection::peerPort() const
{
    return d->read(d->endpoints).peerPort;
}

/*! Returns the address of this end of the TCP connection. */
QHostAddress WsConnection::localAddress() const
{
    return d->read(d->endpoints).localAddress;
}

/*! Returns the port of this end of the TCP connection. */
quint16 WsConnection::localPort() const
{
    return d->read(d->endpoints).localPort;
}

/*!
    \property WsConnection::isEncrypted
    \brief whether the connection uses TLS (\c wss). It is \c false until TLS is established, and after the
    end.

    On a server behind one of WsServer::trustedProxies, it is whether the client uses TLS with the proxy, if the
    proxy tells. sslConfiguration() is of this connection alone.
*/
bool WsConnection::isEncrypted() const
{
    return d->isEncryptedNow();
}

/*!
    Returns the TLS configuration in use, with the peer's certificates, the protocol and the cipher. It is null
    without TLS.

    After the end it stays readable until the next opening, which frees it. So a slot of errorOccurred() can
    show the certificates of a peer that was not trusted, see QSslConfiguration::peerCertificateChain(). They
    are the certificates as the peer has sent them. A TLS session that was resumed has no chain, only
    QSslConfiguration::peerCertificate(), because the peer does not send its certificates again. If an
    opening ends before the peer has sent a certificate, the configuration is null.

    \sa isEncrypted
*/
QSslConfiguration WsConnection::sslConfiguration() const
{
    const WsTransport *const transport = d->threads.isOwnThread() ? d->link.transport() : nullptr;
    if (transport)
        return transport->sslConfiguration();
    return d->read(d->sslConfiguration).value_or(QSslConfiguration());
}

/*!
    \property WsConnection::isServerSide
    \brief whether this is a server's end of the connection.
*/
bool WsConnection::isServerSide() const
{
    return d->role == WsRole::Server;
}

/*! Returns how much has been sent and received since the connection was opened. */
WsStatistics WsConnection::statistics() const
{
    return d->counters.statistics();
}

/*!
    Returns why the last function returned \c false, or the text of the last error, whichever came later. It
    is empty after an opening in which nothing went wrong.

    \sa errorOccurred()
*/
QString WsConnection::errorString() const
{
    const QMutexLocker locker(&d->threads.mutex());
    return d->errorString;
}

/*!
    Calls \a handler with each message, without a copy, instead of emitting the signals for messages.

    The bytes belong to the connection. They are valid until the handler returns or the connection is deleted.
    Text is valid UTF-8. The handler may do everything that a slot may do. An empty handler brings the signals
    back.

    If the handler throws an exception, errorOccurred() reports an error of the kind Ws::ErrorKind::Handler
    with the text of \c what(), and the connection is closed with Ws::InternalError (1011). The text is not
    sent to the peer. Everything that still arrives in this opening is dropped; after the next opening the
    handler is called again. If the handler has moved the connection to another thread before it throws, this
    happens there. If it has deleted or ended the connection, the text is logged as a warning in \c wskit.net
    instead. Exceptions from slots are not caught: as everywhere in Qt, an exception must not leave a slot.

    \code
    connection->setMessageHandler([](WsConnection &from, Ws::MessageType type, QByteArrayView payload) {
        if (type == Ws::Binary)
            from.sendText(QByteArray::number(payload.size()));
    });
    \endcode
*/
void WsConnection::setMessageHandler(MessageHandler handler)
{
    d->threads.run([this, handler = std::move(handler)] { d->delivery.setMessageHandler(handler); });
}

// --- sending

/*!
    Sends \a text, encoded in UTF-8. Unpaired surrogates are replaced, as by QString::toUtf8().

    Returns \c false and sends nothing if the connection is not open or if more than
    WsOptions::maxBufferedAmount() would be queued.

    RFC 6455 §5.6.

    \sa messageSent(), errorString()
*/
bool WsConnection::sendText(const QString &text)
{
    std::array<char, MaxShortText> ascii;
    if (text.size() <= MaxShortText && wsEncodeAscii(text, ascii.data()))
        return d->sending.queueCopy(Ws::Text, {ascii.data(), text.size()});
    return d->sending.queueMessage(Ws::Text, wsUtf8From(text));
}

/*!
    \overload
    Sends a copy of \a utf8. Also returns \c false if it is not valid UTF-8.
*/
bool WsConnection::sendText(QUtf8StringView utf8)
{
    const QByteArrayView bytes(utf8.data(), utf8.size());
    if (!wsIsValidUtf8(bytes))
        return d->misuse("the text is not UTF-8");
    return d->sending.queueCopy(Ws::Text, bytes);
}

/*!
    \overload
    Sends the text \a utf8. Also returns \c false if it is not valid UTF-8. This is the cheapest overload,
    because the text does not have to be encoded.
*/
bool WsConnection::sendText(const QByteArray &utf8)
{
    if (!wsIsValidUtf8(utf8))
        return d->misuse("the text is not UTF-8");
    return d->sending.queueMessage(Ws::Text, utf8);
}

/*!
    \overload
    Sends the null-terminated text \a utf8. Also returns \c false if it is not valid UTF-8.
*/
bool WsConnection::sendText(const char *utf8)
{
    return sendText(QUtf8StringView(utf8));
}

/*!
    Sends \a data as a binary message. A server does not copy a large array; it shares it until it has been
    sent.

    Returns \c false and sends nothing if the connection is not open or if more than
    WsOptions::maxBufferedAmount() would be queued.

    RFC 6455 §5.6.
*/
bool WsConnection::sendBinary(const QByteArray &data)
{
    return d->sending.queueMessage(Ws::Binary, data);
}

/*!
    Sends \a value as compact JSON in a text message. A value that is neither an object nor an array is sent
    by itself, for example a string in its quotation marks.

    Returns \c false and sends nothing if sendText() would, or if \a value is undefined.
*/
bool WsConnection::sendJson(const QJsonValue &value)
{
    if (value.isUndefined())
        return d->misuse("an undefined value cannot be converted to JSON");
    return d->sending.queueMessage(Ws::Text, toJson(value));
}

/*!
    Sends \a message as text or binary, depending on its type.

    Returns \c false and sends nothing if sendText() or sendBinary() would.
*/
bool WsConnection::send(const WsMessage &message)
{
    return message.isText() ? sendText(message.data()) : sendBinary(message.data());
}

/*!
    \overload
    Sends the prepared \a message, which many connections can share. Also returns \c false if it is null.
*/
bool WsConnection::send(const WsPreparedMessage &message)
{
    return message.isNull() ? d->misuse("the prepared message is null") : d->sending.send(message);
}

/*!
    \overload
    Sends a copy of \a payload as a message of the given \a type. Use this for a part of a larger array, and
    for the payload that a message handler receives.
*/
bool WsConnection::send(Ws::MessageType type, QByteArrayView payload)
{
    if (type == Ws::Text && !wsIsValidUtf8(payload))
        return d->misuse("the text is not UTF-8");
    return d->sending.queueCopy(type, payload);
}

/*!
    Sends one message of the given \a type, with each element of \a fragments in a frame of its own (RFC 6455
    §5.4). If \a fragments is empty, the message is empty. To send a message that is not complete yet, use
    openMessage().

    Returns \c false and sends nothing if sendText() or sendBinary() would, given the whole message. A
    character of a text may be split between fragments.
*/
bool WsConnection::sendFragments(Ws::MessageType type, const QByteArrayList &fragments)
{
    qint64 size = 0;
    WsUtf8Validator utf8;
    for (const QByteArray &fragment : fragments) {
        size += fragment.size();
        if (type == Ws::Text && !utf8.feed(fragment))
            return d->misuse("the text is not UTF-8");
    }
    if (!utf8.isComplete())
        return d->misuse("the text is not UTF-8");
    if (fragments.isEmpty())
        return d->sending.queueMessage(type, {});
    return d->sending.sendFragments(type, fragments, size);
}

/*!
    \fn template <typename Range, std::enable_if_t<!std::is_convertible_v<Range &&, const QByteArrayList &>, bool> = true> bool WsConnection::sendFragments(Ws::MessageType type, Range &&fragments)
    \overload
    Sends one message of the given \a type, with each element of the range \a fragments in a frame of its own.
    The elements can be of any type that converts to QByteArray.
*/

/*!
    Begins a message of the given \a type, of any size, and returns the device to which it is written piece by
    piece. Messages that are sent in the meantime, and other streams, are sent after it.

    Returns \c nullptr if the connection is not open, if more than WsOptions::maxBufferedAmount() is queued
    already, or if it is called from another thread. messageSent() is not emitted for the message.

    RFC 6455 §5.4.

    \sa WsMessageStream, sendFragments()
*/
WsMessageStream *WsConnection::openMessage(Ws::MessageType type)
{
    if (d->threads.isOwnThread())
        return d->delivery.openMessage(type);
    (void)d->misuse("only the connection's own thread can open a message");
    return nullptr;
}

/*!
    Sends \a message to every other open connection of the same server whose inBroadcasts is \c true. It is
    encoded once.

    Returns \c false if the text is not UTF-8, if this is a client, or if the connection no longer belongs to
    a server. In a slot of closed() it still does, so the slot can notify the others. \c true does not mean
    that any connection has accepted the message: connections on which more than
    WsOptions::maxBufferedAmount() would be queued miss it or are closed, depending on
    WsOptions::slowSubscriber().

    \sa inBroadcasts, WsServer::broadcast()
*/
bool WsConnection::broadcast(const WsMessage &message)
{
    const std::shared_ptr<WsConnectionOwner> owner = d->read(d->owner);
    if (!owner)
        return isServerSide() ? d->decline("the connection no longer belongs to a server")
                              : d->misuse("only a server's connection can broadcast");
    const WsPreparedMessage prepared(message);
    if (prepared.isNull())
        return d->misuse("the text is not UTF-8");
    owner->broadcast(prepared, this);
    return true;
}

/*!
    \overload
    Broadcasts \a text.
*/
bool WsConnection::broadcast(const QString &text)
{
    return broadcast(WsMessage::text(text));
}

/*!
    \overload
    Broadcasts \a data as a binary message.
*/
bool WsConnection::broadcast(const QByteArray &data)
{
    return broadcast(WsMessage::binary(data));
}

/*!
    \overload
    Broadcasts the null-terminated text \a utf8.
*/
bool WsConnection::broadcast(const char *utf8)
{
    return broadcast(WsMessage::text(utf8));
}

/*!
    Sends a ping with \a payload, of which at most 125 bytes are sent. pongReceived() is emitted when the
    answer arrives.

    It is not needed to keep a connection alive, because WsOptions::pingInterval() does that. Returns \c false
    and sends nothing if sendBinary() would.

    RFC 6455 §5.5.2.
*/
bool WsConnection::ping(const QByteArray &payload)
{
    return d->sending.ping(payload.left(WsFrameHeader::MaxControlPayload));
}

/*!
    Sends an unsolicited pong with \a payload, of which at most 125 bytes are sent. It is not needed to answer
    pings, which happens automatically. Returns \c false and sends nothing if sendBinary() would.

    RFC 6455 §5.5.3.
*/
bool WsConnection::pong(const QByteArray &payload)
{
    return d->sending.pong(payload.left(WsFrameHeader::MaxControlPayload));
}

/*!
    Starts to close the connection: everything that is queued is sent first, followed by a Close frame with
    \a code and \a reason, of which at most 123 bytes of UTF-8 are sent. closed() is emitted when the peer has
    answered. If the peer does not answer, it is emitted at the latest WsOptions::closeTimeout() after the
    peer has last taken some of what is queued (see \l {Time Limits}). Messages that the peer sent before its
    answer are still delivered, unless they are read as streams. Nothing holds up the answer: if more than
    WsOptions::highWaterMark() of them waits to be taken (receive()), or for a slot that runs an event loop,
    the rest is dropped, and a debug line in \c wskit.net says so.

    The default \a code is Ws::Normal (1000). Applications may use 3000 to 4999. With Ws::NoStatus neither a
    code nor a reason is sent. A connection that is still opening is ended at once, with Ws::Abnormal and
    without an error. A pause ends.

    A client stays closed from then on. The call ends the wait for another attempt (\l Reconnection), and
    cancels what is to be opened next: the URL of WsClient::setUrl(), or what a slot of errorOccurred() or
    closed() has asked for by WsClient::open() or WsClient::active. If the client is closed already, the
    result is \c true in these cases, and closed() is not emitted again. A slot of closed() that calls close()
    or abort() thus prevents that the client is opened again.

    Returns \c false if the connection is closing, if it is closed and nothing was to be opened again, or if
    \a code may not be sent. Nothing happens then, except that a client that is closing will not be opened
    again.

    RFC 6455 §7.1.2 and §7.4.

    \sa abort()
*/
bool WsConnection::close(quint16 code, const QString &reason)
{
    if (code != Ws::NoStatus && !wsMayBeOnTheWire(code))
        return d->misuse(QStringLiteral("the close code %1 may not be sent").arg(code));
    const Ws::State state = d->life.state();
    // What this thread has sent before it became the connection's own may still wait: it comes first.
    if (d->threads.isInOrder() || (state != Ws::Open && d->threads.isOwnThread()))
        return d->life.close(code, reason);
    if (state != Ws::Open && state != Ws::Connecting && !d->life.isEndHeld()
        && !d->reopener->mayReopen() && !d->reopener->isOpeningPosted())
        return d->decline("the connection is not open");
    return d->threads.postEnding([this, code, reason] { d->life.close(code, reason); });
}

/*!
    Ends the connection at once, without a Close frame. Data that has not been sent yet is lost. closed() is
    emitted with Ws::Abnormal (1006) and without an error, from within the call unless the call comes from
    another thread or the connection has not been announced by WsServer::newConnection() yet. If the call comes
    from a slot that reports the end, closed() follows once.

    As after close(), a client is not opened again, whatever was to be opened next. Otherwise nothing happens
    if the connection is closed.

    \sa close()
*/
void WsConnection::abort()
{
    (void)d->threads.runEnding([this] { d->life.abort(); });
}

/*!
    Writes what is queued now, as far as the operating system takes it without blocking, instead of when control
    returns to the event loop. Returns whether anything was written. What is left is written as usual, when the
    operating system takes more. With TLS, data that was encrypted before and waits in Qt's buffer counts too.

    It is hardly ever needed: the queue is written at the end of the slot or of the turn of the event loop
    anyway, and a large message immediately. It is useful before the program blocks the thread for long, for
    example.

    The function may be called in any slot. bytesWritten(), bufferedAmountChanged() and drained() are not
    emitted within the call, but from the event loop. The bytes that a WsByteStream has collected are queued
    first, for which messageSent() is emitted as usual.

    Returns \c false if nothing is queued, if the operating system takes nothing at the moment, and if the
    connection is still opening or is closed. From another thread the call is passed on, and the result is
    always \c false.

    \sa bufferedAmount, bytesWritten(), waitForDrained()
*/
bool WsConnection::flush()
{
    if (d->threads.isOwnThread())
        return d->link.flushNow();
    (void)d->threads.run([this] { (void)d->link.flushNow(); });
    return false;
}

// --- messages that the application takes

namespace {
// If the connection is deleted before its thread gets to it, the future is empty, as after any other end.
struct ReceiverOnItsWay
{
    explicit ReceiverOnItsWay(QPromise<WsPulling::Result> receiver) : promise(std::move(receiver)) { }
    ~ReceiverOnItsWay()
    {
        if (isThere)
            return;
        promise.addResult(WsPulling::Result());
        promise.finish();
    }
    Q_DISABLE_COPY_MOVE(ReceiverOnItsWay)

    QPromise<WsPulling::Result> promise;
    bool isThere = false;
};
} // namespace

/*!
    Returns the next message as a future. The result is empty if the connection has closed and no message is
    left.

    The first call permanently switches the connection from delivering messages to having them taken: from the
    next message on, messages are no longer delivered by signals, to the handler or as streams. No message is
    lost or reordered by the switch. If a future is canceled before its message has arrived, the message goes
    to the next one. Several futures can be pending at a time; they get messages in the order in which they
    were requested.

    Messages that arrive before they are requested are kept, up to WsOptions::highWaterMark(). Beyond that
    nothing is read, and TCP slows the peer down. closed() is emitted after the last message has been taken,
    unless the program itself closes the connection. After close() the peer is not slowed down any more:
    what is beyond that limit then is dropped, and so is everything after it.

    If a WsByteStream gets the messages of the connection, the result is empty, and a warning is logged in
    \c wskit.net.

    \code
    // With QCoro
    while (const auto message = co_await connection->receive())
        connection->sendText(answerTo(message->text()));
    \endcode

    A server deletes a connection after closed(), possibly while a coroutine waits for something else.
    Therefore keep the connection in a QPointer and check it after each \c co_await.

    The function may be called on a client that is still opening, or that waits to be opened again
    (\l Reconnection). Continuations run in the connection's thread.

    \sa waitForMessage()
*/
QFuture<std::optional<WsMessage>> WsConnection::receive()
{
    QPromise<WsPulling::Result> promise;
    promise.start();
    const QFuture<WsPulling::Result> future = promise.future();
    d->delivery.announcePulling(); // at once, in any thread: what arrives in the meantime is kept
    const auto receiver = std::make_shared<ReceiverOnItsWay>(std::move(promise));
    d->threads.run([this, receiver] {
        receiver->isThere = true;
        d->delivery.addReceiver(std::move(receiver->promise));
    });
    return future;
}

/*!
    \property WsConnection::binaryType
    \brief whether messages, text or binary, are delivered whole (\c Ws::ByteArray) or as they arrive
    (\c Ws::Stream).

    With \c Ws::Stream, messageStarted() is emitted for each message, whatever its size, and the message is
    read from a WsMessageStream. The other signals for messages are not emitted. A change takes effect with
    the next message. The default is \c Ws::ByteArray.

    \sa messageStarted()
*/
Ws::BinaryType WsConnection::binaryType() const
{
    return d->delivery.binaryType();
}

void WsConnection::setBinaryType(Ws::BinaryType type)
{
    d->threads.run([this, type] { d->delivery.setBinaryType(type); });
}

// --- waiting without an event loop

/*!
    Waits until \a deadline for the next message and returns it. The result is empty if no message has arrived
    by then, or if the connection has closed. Like receive(), it switches the connection from delivering
    messages to having them taken.

    This function is for threads without an event loop, for example a worker that talks to a server step by
    step. In the meantime only this connection is served, with its pings and timeouts, and calls from other
    threads to objects of this thread are carried out. Signals are emitted from within the call. Do not call
    it in a slot of the connection or from another thread: it then returns at once.

    \code
    WsClient client;
    client.open(url);
    if (client.waitForOpened(5s) && client.sendText("hello")) {
        if (const auto answer = client.waitForMessage(5s))
            print(answer->text());
    }
    client.close();
    client.waitForClosed();
    \endcode

    \sa receive(), waitForClosed(), waitForDrained()
*/
std::optional<WsMessage> WsConnection::waitForMessage(QDeadlineTimer deadline)
{
    if (!d->waiting.mayWait() || !d->delivery.mayPull())
        return {};
    d->delivery.startPulling();
    if (!d->delivery.hasMessage() && d->link.isHeld(WsHold::Paused)) {
        d->misuse("the connection is paused");
        return {};
    }
    WsLifeGuard guard(*d);
    (void)d->waiting.waitUntil([this] { return d->delivery.hasMessage(); }, deadline);
    if (!guard.lives() || !d->delivery.hasMessage())
        return {};
    return d->delivery.takeMessage();
}

/*!
    Returns the messages of the connection as a range. A loop over it waits for each message, and ends when
    the connection has closed and no message is left. It waits without a deadline; use waitForMessage() to
    wait with one.

    \code
    WsClient client;
    if (client.open(url) && client.waitForOpened(5s)) {
        for (const WsMessage &message : client.messages()) {
            if (message.text() == u"bye")
                client.close(); // the loop goes on with what the server sent before it answers
            else
                client.sendText(answerTo(message.text()));
        }
    }
    \endcode

    Like receive(), it switches the connection from delivering messages to having them taken. Like
    waitForMessage(), it is for the connection's own thread, and not for a slot of the connection. Otherwise,
    and while the connection is \l paused, the loop ends at once; errorString() says why, and a warning is
    logged in \c wskit.net.

    The body of the loop may leave the loop, close the connection or delete it. Messages that have not been
    taken are still there after the loop.

    \sa waitForMessage(), receive(), WsMessageRange
*/
WsMessageRange WsConnection::messages()
{
    return WsMessageRange(this);
}

/*!
    Waits until \a deadline for closed(), and returns whether the connection is closed. Messages that have not
    been taken do not delay it, and can still be taken afterwards. Returns \c false at once if the connection
    is open but does not read, because it is paused or because more than WsOptions::highWaterMark() waits to
    be taken. It would never notice the end in this case.

    \sa waitForMessage(), close()
*/
bool WsConnection::waitForClosed(QDeadlineTimer deadline)
{
    if (!d->waiting.mayWait())
        return false;
    WsLifeGuard guard(*d);
    const auto doesNotRead = [this] {
        const bool isHeld = d->link.isHeld(WsHold::Paused) || d->link.isHeld(WsHold::Behind);
        return d->life.state() == Ws::Open && isHeld;
    };
    const auto isDone = [this, doesNotRead] {
        return d->life.state() == Ws::Closed || d->life.isEndHeld() || doesNotRead();
    };
    (void)d->waiting.waitUntil(isDone, deadline);
    if (guard.lives() && d->life.isEndHeld())
        d->life.completeEnd();
    if (guard.lives() && doesNotRead())
        return d->decline("the connection does not read: it is paused, or messages wait to be taken");
    return guard.lives() && d->life.state() == Ws::Closed;
}

/*!
    Waits until \a deadline for bufferedAmount to fall to half of WsOptions::highWaterMark() or less, and
    returns whether it has.

    \sa drained(), waitForMessage()
*/
bool WsConnection::waitForDrained(QDeadlineTimer deadline)
{
    const auto isDrained = [this] { return d->sending.bufferedAmount() <= d->sending.highWaterMark() / 2; };
    return d->waiting.mayWait() && d->waiting.waitUntil(isDrained, deadline) && d->life.state() != Ws::Closed;
}

// --- connected signals

// These two may be called in any thread, with Qt's locks held. So the set of connected signals is determined
// later.
void WsConnection::connectNotify(const QMetaMethod &signal)
{
    d->delivery.noteConnected(signal);
}

void WsConnection::disconnectNotify(const QMetaMethod &)
{
    d->delivery.forgetListeners();
}

/*! \reimp */
bool WsConnection::event(QEvent *event)
{
    if (event->type() == QEvent::ThreadChange)
        d->threads.leave();
    else if (WsTurnMember::isArrival(this, event))
        return d->threads.isOwnThread();
    return QObject::event(event);
}

// --- signals

/*!
    \fn void WsConnection::opened()
    This signal is emitted when the opening handshake is complete. Messages can be sent, and none has been
    delivered yet.

    On a server it follows WsServer::newConnection(), so a slot of that signal can still connect to it.
*/

/*!
    \fn void WsConnection::messageReceived(const WsMessage &message)
    This signal is emitted when the peer has sent \a message, text or binary.
*/

/*!
    \fn void WsConnection::textMessageReceived(const QString &text)
    This signal is emitted when the peer has sent \a text, after messageReceived() for the same message.
*/

/*!
    \fn void WsConnection::binaryMessageReceived(const QByteArray &data)
    This signal is emitted when the peer has sent \a data, after messageReceived() for the same message.
*/

/*!
    \fn void WsConnection::textFrameReceived(const QString &frame, bool isFinal)
    This signal is emitted with each \a frame of a text message, when all of the frame has arrived: for a message
    in several frames while the rest of it is still on its way. \a isFinal is \c true for the last frame of
    the message; the signals for the whole message follow it, or the call of the handler of
    setMessageHandler().

    All frames of a message together are exactly the message. A character that a frame cuts is part of the next
    frame, so a frame may be shorter than it was sent, or empty. A frame that was sent empty is reported too.
    With permessage-deflate, a frame contains what could be inflated when it had arrived, which may be nothing;
    how the peer distributes a message over its frames then says little about what arrives when.

    Frames have no meaning of their own in WebSockets: senders and proxies may split and join them as they like
    (RFC 6455 §5.4). Use WsMessageStream to process large messages as they arrive. It reports parts of a frame,
    too, and keeps no message in memory.

    The limits are those of messages: WsOptions::maxMessageSize(), WsOptions::maxFrameSize() and
    WsOptions::maxFragments(). If a later frame breaks a rule or exceeds a limit, or if the connection ends within
    the message, the frames before were reported and the message is not.

    While the connection is \l paused, or a slot runs an event loop of its own, frames are kept as messages are.
    The signal is not emitted for messages that are taken by receive() or waitForMessage(), read as a
    WsMessageStream, or given to a WsByteStream, nor after a message handler has thrown.

    The signal costs nothing if nothing is connected to it. A connection that is made in the connection's own
    thread takes effect with the next message that begins. If it is made in another thread, messages that have
    arrived already may be reported without their frames. While something is connected, the text of a message of
    several frames is created twice: for the frames, and for the message. The text of a single frame is shared.

    RFC 6455 §5.4.

    \sa binaryFrameReceived(), textMessageReceived(), sendFragments()
*/

/*!
    \fn void WsConnection::binaryFrameReceived(const QByteArray &frame, bool isFinal)
    This signal is emitted with each \a frame of a binary message, as textFrameReceived() is for text. \a isFinal
    is \c true for the last frame of the message. If the message has one frame, \a frame shares its memory with
    the argument of binaryMessageReceived().

    \sa textFrameReceived()
*/

/*!
    \fn void WsConnection::messageStarted(WsMessageStream *stream)
    This signal is emitted when a message begins to arrive, which can be read from \a stream. It is emitted
    only if binaryType is Ws::Stream. The stream belongs to the connection. If nothing is connected to this
    signal, messages are dropped.

    \sa WsMessageStream
*/

/*!
    \fn void WsConnection::messageSent(const WsMessage &message)
    This signal is emitted when \a message has been accepted for sending, by one of the functions that send or
    by a broadcast. It is only queued at that time; bufferedAmount shows how much still waits.
*/

/*!
    \fn void WsConnection::pinged(const QByteArray &payload)
    This signal is emitted when the peer has sent a ping with \a payload. The ping is answered automatically.

    If many pings arrive in a row, only the latest may be answered (RFC 6455 §5.5.3), so that a flood of pings
    costs no memory.
*/

/*!
    \fn void WsConnection::pongReceived(const QByteArray &payload, qint64 roundTripUs)
    This signal is emitted when the peer has answered the ping with \a payload after \a roundTripUs
    microseconds, or -1 if no such ping was sent.

    It is also emitted for the pings of WsOptions::pingInterval(), which have a payload of their own.

    \sa ping(), WsStatistics::roundTripUs
*/

/*!
    \fn void WsConnection::bytesWritten(qint64 bytes)
    This signal is emitted when \a bytes more have been written to the socket: the opening handshake, frame
    headers and payload, before TLS.
*/

/*!
    \fn void WsConnection::drained()
    This signal is emitted when bufferedAmount was above WsOptions::highWaterMark() and has fallen to half of
    it or less. This is the time to send more. If the connection had stopped reading, it continues.
*/

/*!
    \fn void WsConnection::errorOccurred(const WsError &error)
    This signal is emitted when \a error has ended the connection or kept it from opening. closed() usually
    follows immediately. If the peer is sent a Close frame because of the error, closed() follows when the
    peer has answered or gone, at the latest WsOptions::closeTimeout() after it has last taken some of what is
    queued. This applies if the peer has broken a rule, a handler has thrown (Ws::ErrorKind::Handler), or a
    subscriber is too slow (Ws::ErrorKind::Overflow).

    If a function refuses a call, its return value says so, and this signal is not emitted. Only calls without
    a result for the caller are reported here, with the kind Ws::ErrorKind::Misuse and without a closed() of
    their own: the properties WsClient::active and WsClient::url if the client cannot be opened, and
    WsClient::open() from another thread.
*/

/*!
    \fn void WsConnection::closed(quint16 code, const QString &reason, bool wasClean)
    This signal is emitted when the connection has ended, with the \a code and the \a reason that the peer
    sent. \a wasClean is \c true if both sides sent a Close frame and nothing was cut off.

    It is emitted exactly once for each opening, after every message and error. A slot may open a client
    again.

    RFC 6455 §7.1.4 to §7.1.6.

    \sa {The end}, Ws::CloseCode
*/

/*!
    \fn void WsConnection::afterClosed()
    \internal
*/

/*!
    \internal
    Arrays of signals may be written to from now on, which QML does: each signal gets an array of its own.
*/
void WsConnection::expectScripts()
{
    WsDelivery::expectScripts();
}
