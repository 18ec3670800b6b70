// SPDX-License-Identifier: MIT
#include <WsKit/wsconnection.h>

#include "net/connection/wsconnection_p.h"
#include "protocol/wsclosecode.h"
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

// Returns false if \a text is not all ASCII.
bool copyAscii(QStringView text, char *out)
{
    char16_t bits = 0;
    for (const QChar character : text) {
        bits |= character.unicode();
        *out++ = char(character.unicode());
    }
    return bits < 0x80;
}
} // namespace

/*!
    \class WsConnection
    \inmodule WsKit
    \inheaderfile WsKit/WsConnection
    \brief One WebSocket, seen from either side.

    Programs do not make one: a WsServer hands one out for each of its clients, and a WsClient is one.

    \code
    QObject::connect(&server, &WsServer::newConnection, &server, [](WsConnection *connection) {
        QObject::connect(connection, &WsConnection::textMessageReceived, connection,
                         [connection](const QString &text) { connection->sendText(text.toUpper()); });
        QObject::connect(connection, &WsConnection::closed, connection,
                         [](quint16 code, const QString &reason) { qInfo() << "closed:" << code << reason; });
    });
    \endcode

    \section1 Sending

    Every function that sends puts the message in line and returns at once. It returns \c false where
    the connection is not open, where the message is not what its type promises, or where more than
    WsOptions::maxBufferedAmount() would wait; then nothing is sent, the connection stays as it was, and
    errorString() tells the cause. \c true does not promise that the message arrives: the protocol
    acknowledges nothing.

    What one slot sends leaves in as few writes as possible, at the latest when control returns to the
    event loop.

    \section1 Receiving

    Messages arrive whole and in the order in which they were sent. Connect messageReceived() for all of
    them, or textMessageReceived() and binaryMessageReceived() for one type each; what a signal carries is
    only made if somebody is connected to it. setMessageHandler() is for programs to which a copy matters.

    \section1 Peers that are slow

    A client that asks for much and takes little is held up, not paid for in memory: above
    WsOptions::highWaterMark() a server reads nothing more from it until half of that is left, which drained()
    tells. If a peer takes nothing for WsOptions::pingInterval() and WsOptions::pongTimeout() together, 40
    seconds by default, it counts as dead and the connection is cut; as long as it takes something, it lives
    (see \l {Time Limits}). A program that is itself too slow for its
    peer pauses the connection, see \l paused.

    \section1 The end

    closed() comes exactly once for each opening, after the last message. An error that ends the
    connection reaches errorOccurred() first. The code is that of the Close frame that was \e received,
    whoever closed first (RFC 6455 §7.1.5):

    \list
    \li Any code of Ws::CloseCode from 1000 on, or 3000 to 4999: the peer's, with its reason.
    \li Ws::NoStatus (1005): the peer's Close frame carried no code.
    \li Ws::Abnormal (1006): there was none. The network failed, a time ran out, the opening handshake was
        refused, abort() or close() ended it while it was opening, or the peer broke a rule; what the peer
        was told in that case is WsError::closeCode().
    \li Ws::TlsHandshake (1015): TLS did not come about, as with a certificate that is not trusted.
    \endlist

    \section1 Ownership, slots and threads

    A server's connection belongs to the server, which deletes it after closed(), from the event loop. To
    keep one for longer than a slot, use a QPointer. Deleting an open connection tells the peer
    Ws::GoingAway and emits nothing more, neither closed() nor any other signal of its own.

    Any slot may close or delete the connection, move it to another thread, or open a client again. A slot of
    errorOccurred() that calls open() opens the client again after closed(). While a slot runs an event loop
    of its own, as a dialog does, the connection answers pings and the peer's Close frame, and what it sends
    leaves; it delivers nothing more until the slot has returned. At most WsOptions::highWaterMark() is read
    ahead. A timeout for pongs does not run out meanwhile.

    Signals come from the thread that the connection lives in: for a client the one that it was made in, for a
    server's connection the server's, or one of its threads, see WsServer::threadCount.
    QObject::moveToThread() moves a connection at any time, also an open one: what others ask of it meanwhile
    waits until it has arrived. A message handler that moves its connection must not look at the payload after
    that. If the thread of an open connection ends, the connection is cut off as if it were deleted: it is
    Ws::Closed and emits nothing more.

    The functions of this class may be called from any thread, as long as the connection is not deleted
    meanwhile. What another thread asks for is done by the connection's own thread, in the order of the calls,
    and \c true then means that it was passed on; what is to be sent is dropped if the connection closes
    before. If the connection's thread has ended, they return \c false, and errorString() says so. Only
    streams (openMessage()) and the functions that wait are for the connection's own thread. In that thread,
    no lock is taken for a message.

    After \c fork(), a child must neither use nor delete the connections of its parent.

    \sa WsServer, WsClient, WsOptions
*/

/*!
    \typedef WsConnection::MessageHandler
    A function that gets each message; see setMessageHandler().
*/

/*! \internal */
WsConnection::WsConnection(std::unique_ptr<WsConnectionPrivate> data, QObject *parent)
    : QObject(parent), d(std::move(data))
{
    d->q = this;
    d->threads.setObject(this);
    d->setOptions(WsOptions());
}

/*!
    Constructs a server's end of a connection, for a subclass that WsServer::createConnection() returns.
*/
WsConnection::WsConnection()
    : WsConnection(std::make_unique<WsConnectionPrivate>(WsRole::Server), nullptr) { }

/*!
    Ends the connection. Where it is open, the peer is told Ws::GoingAway (1001); what has not left yet is
    lost, and closed() is not emitted.

    \sa close()
*/
WsConnection::~WsConnection()
{
    if (d->threads.isOwnThread())
        d->life.sayGoodbye();
    d->life.dropGuards();
    d->threads.detach();
    d->delivery.forgetStreams();
    WsWaitingReceivers waiting = d->delivery.takeWaiting();
    wsAnswerEmpty(&waiting);
    if (d->link.transport() && d->link.transport()->pending() == 0)
        d->link.finish();
    if (const auto owner = std::move(d->owner))
        owner->onDeleted(this);
}

// --- properties

/*!
    \property WsConnection::state
    \brief how far the connection is: connecting, open, closing or closed.

    Only an open connection sends. A closing one still receives what the peer sent before its own Close
    frame.

    RFC 6455 §4.1 and §7.1.
*/
Ws::State WsConnection::state() const
{
    return d->life.state();
}

/*!
    \property WsConnection::url
    \brief the URL of the WebSocket.

    On a client the one to open, see WsClient::url. On a server it is made of the request's Host header and
    target, so that its host is what the client claims.

    RFC 6455 §3.
*/
QUrl WsConnection::url() const
{
    return d->url();
}

/*!
    \property WsConnection::subprotocol
    \brief the subprotocol that both sides agreed on; empty for none.

    RFC 6455 §1.9.

    \sa WsServer::subprotocols, WsClient::subprotocols
*/
QString WsConnection::subprotocol() const
{
    return d->read(d->subprotocol);
}

/*!
    \property WsConnection::extensions
    \brief the extensions that both sides agreed on, as the header \c Sec-WebSocket-Extensions writes
    them; empty for none.

    RFC 6455 §9.
*/
QString WsConnection::extensions() const
{
    return d->read(d->extensions);
}

/*!
    \property WsConnection::bufferedAmount
    \brief how many bytes wait to be taken by the operating system, frame headers included.

    It grows with each message and falls as the system takes them. A message that is still on its way from
    another thread, or that waits behind one that is not finished, counts with what it takes in memory besides
    its bytes. bufferedAmountChanged() comes once for all that a turn of the event loop wrote, not for each
    message.

    \sa WsOptions::highWaterMark(), WsOptions::maxBufferedAmount(), drained(), {Memory}
*/
qint64 WsConnection::bufferedAmount() const
{
    return d->sending.bufferedAmount();
}

/*!
    \property WsConnection::paused
    \brief whether the application has stopped reading.

    While it is \c true no message is delivered, not even one that is already here. Sending goes on, and pings
    of the peer are answered. For that, what arrives is read and kept, up to WsOptions::highWaterMark() and
    the rest of one message. Beyond that nothing is read any more, TCP holds the peer up, and its pings are
    not answered: a peer that sends much and pings cuts a connection that stays paused for longer than it
    waits for a pong.

    A paused connection reports nothing: no Close frame and no loss of the network before it goes on. A
    Close frame is answered, though, and nothing can be sent after that. No ping is sent meanwhile, and the
    peer's silence is not held against it.

    Set to \c false, it delivers what was held back from the event loop, not from within the call. close()
    ends a pause, because the peer's Close frame is behind what was held back, and so does the end of the
    connection. It cannot be paused while it closes. Paused in WsServer::newConnection() or before
    WsClient::open(), it opens, and holds back the first message.

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
    \brief the code of closed(); Ws::NoStatus (1005) before the peer's Close frame or the end has come.

    RFC 6455 §7.1.5.
*/
quint16 WsConnection::closeCode() const
{
    return d->read(d->life.ending()).code;
}

/*!
    \property WsConnection::closeReason
    \brief the reason of closed(), which the peer gave; often empty. A peer that only answers our Close frame
    usually echoes our code and reason, as WsKit does itself (RFC 6455 §5.5.1).

    RFC 6455 §7.1.6.
*/
QString WsConnection::closeReason() const
{
    return d->read(d->life.ending()).reason;
}

/*!
    \property WsConnection::id
    \brief a number that no other connection of this process has or had.

    A client keeps its own when it is opened again.
*/
quint64 WsConnection::id() const
{
    return d->id;
}

/*!
    \property WsConnection::inBroadcasts
    \brief whether broadcasts reach this connection.

    The default is \c true. A server may set it to \c false until a client has logged in, say. It does
    not keep the connection from broadcasting to others.

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

    A server's connection begins with WsServer::options, a client with the defaults. What concerns
    messages, pings, buffers and closing applies from now on; what concerns the opening, from the next
    one on.
*/
WsOptions WsConnection::options() const
{
    return d->read(d->options);
}

void WsConnection::setOptions(const WsOptions &options)
{
    d->threads.run([this, options] {
        d->setOptions(options);
        Q_EMIT optionsChanged();
    });
}

/*!
    \property WsConnection::request
    \brief the request of the opening handshake.

    On a server all that the client sent, with its headers, cookies and address; it is kept as it came and
    read anew by each call, so that an idle connection takes little memory. On a client only the method, the
    target and the headers that the handshake does not need: those that the program added, the cookies of its
    jar and the credentials of the URL; empty before open().

    RFC 6455 §4.1.
*/
WsRequest WsConnection::request() const
{
    return d->request();
}

/*!
    \property WsConnection::response
    \brief the answer to the opening handshake.

    On a client the server's answer with all its headers; of a refusal also the body, as far as it fits
    into WsOptions::maxHandshakeSize(). Its status is 0 before the answer. On a server what the request
    handler returned.

    RFC 6455 §4.2.2.
*/
WsResponse WsConnection::response() const
{
    return d->read(d->response);
}

/*!
    Returns the address of the other end of the TCP connection: that of the proxy where there is one. An
    IPv4 address is one, even if the server listens on both kinds. Kept after the end.

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
    \brief whether the connection runs over TLS (\c wss); \c false before TLS is there and after the end.
*/
bool WsConnection::isEncrypted() const
{
    const WsTransport *const transport = d->threads.isOwnThread() ? d->link.transport() : nullptr;
    return transport ? transport->isEncrypted() : d->isEncrypted.load();
}

/*!
    Returns the TLS configuration in use, with the peer's certificate, the protocol and the cipher; null
    without TLS and after the end.

    \sa isEncrypted
*/
QSslConfiguration WsConnection::sslConfiguration() const
{
    const WsTransport *const transport = d->threads.isOwnThread() ? d->link.transport() : nullptr;
    if (transport)
        return transport->sslConfiguration();
    return d->isEncrypted ? d->read(d->sslConfiguration).value_or(QSslConfiguration()) : QSslConfiguration();
}

/*!
    \property WsConnection::isServerSide
    \brief whether this is a server's end of the connection.
*/
bool WsConnection::isServerSide() const
{
    return d->role == WsRole::Server;
}

/*! Returns what was sent and received since the connection was opened. */
WsStatistics WsConnection::statistics() const
{
    return d->counters.statistics();
}

/*!
    Returns why the last function returned \c false, or the text of the last error, whichever came later;
    empty after an opening that nothing went wrong with.

    \sa errorOccurred()
*/
QString WsConnection::errorString() const
{
    const QMutexLocker locker(&d->threads.mutex());
    return d->errorString;
}

/*!
    Has each message handed to \a handler instead of the signals for messages, without a copy.

    The bytes belong to the connection: they are there until the handler returns or the connection is
    deleted. Text is valid UTF-8. The handler may do all that a slot may. An empty one brings the signals
    back.

    If the handler throws an exception, errorOccurred() reports an error of the kind Ws::ErrorKind::Handler
    with the text of \c what(), and the connection is closed with Ws::InternalError (1011). The peer does not
    get the text. What else arrives of that opening is dropped; the next opening calls the handler again. If
    the handler has moved the connection to another thread before it throws, this happens there. If it has
    deleted or ended the connection, the text is a warning in \c wskit.net instead. What a slot throws is not caught, as everywhere in Qt: an exception must not leave
    a slot.

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
    Sends \a text, encoded in UTF-8. Half a surrogate pair is replaced as QString::toUtf8() does it.

    Returns \c false, and sends nothing, where the connection is not open or more than
    WsOptions::maxBufferedAmount() would wait.

    RFC 6455 §5.6.

    \sa messageSent(), errorString()
*/
bool WsConnection::sendText(const QString &text)
{
    std::array<char, MaxShortText> ascii;
    if (text.size() <= MaxShortText && copyAscii(text, ascii.data()))
        return d->sending.queueCopy(Ws::Text, {ascii.data(), text.size()});
    return d->sending.queueMessage(Ws::Text, text.toUtf8());
}

/*!
    \overload
    Sends \a utf8, which is copied; returns \c false also where it is not UTF-8.
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
    Sends the text \a utf8; returns \c false also where it is not UTF-8. This is the cheapest form: what
    is already encoded is not encoded again.
*/
bool WsConnection::sendText(const QByteArray &utf8)
{
    if (!wsIsValidUtf8(utf8))
        return d->misuse("the text is not UTF-8");
    return d->sending.queueMessage(Ws::Text, utf8);
}

/*!
    \overload
    Sends the null-terminated \a utf8; returns \c false also where it is not UTF-8.
*/
bool WsConnection::sendText(const char *utf8)
{
    return sendText(QUtf8StringView(utf8));
}

/*!
    Sends \a data as a binary message. A server shares a large array until it has left, without a copy.

    Returns \c false, and sends nothing, where the connection is not open or more than
    WsOptions::maxBufferedAmount() would wait.

    RFC 6455 §5.6.
*/
bool WsConnection::sendBinary(const QByteArray &data)
{
    return d->sending.queueMessage(Ws::Binary, data);
}

/*!
    Sends \a value as compact JSON in a text message; a value that is neither object nor array goes as it
    is, a string in its quotation marks.

    Returns \c false, and sends nothing, where sendText() does, or where \a value is undefined.
*/
bool WsConnection::sendJson(const QJsonValue &value)
{
    if (value.isUndefined())
        return d->misuse("an undefined value has no JSON");
    return d->sending.queueMessage(Ws::Text, toJson(value));
}

/*!
    Sends \a message as text or binary, as its type says.

    Returns \c false, and sends nothing, where sendText() or sendBinary() does.
*/
bool WsConnection::send(const WsMessage &message)
{
    return message.isText() ? sendText(message.data()) : sendBinary(message.data());
}

/*!
    \overload
    Sends \a message, which many connections may share; returns \c false also where it is null.
*/
bool WsConnection::send(const WsPreparedMessage &message)
{
    return message.isNull() ? d->misuse("the prepared message is null") : d->sending.send(message);
}

/*!
    \overload
    Sends \a payload as a message of the \a type. It is copied: this is for a part of something larger, and
    for what a message handler gets.
*/
bool WsConnection::send(Ws::MessageType type, QByteArrayView payload)
{
    if (type == Ws::Text && !wsIsValidUtf8(payload))
        return d->misuse("the text is not UTF-8");
    return d->sending.queueCopy(type, payload);
}

/*!
    Sends one message of the \a type, each element of \a fragments in a frame of its own (RFC 6455 §5.4). All
    are there already: for a message that is still being made, see openMessage(). No fragments are an empty
    message.

    Returns \c false, and sends nothing, where sendText() or sendBinary() of the whole does. A character of a
    text may be divided among fragments.
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
    Sends one message of the \a type, each element of the range \a fragments, whatever becomes a QByteArray,
    in a frame of its own.
*/

/*!
    Begins a message of the \a type that is written bit by bit, of any size, and returns the device to write
    it to; \c nullptr where the connection is not open. Messages sent meanwhile, and other streams, go behind
    it.

    messageSent() does not tell of it.

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
    Sends \a message to every other open connection of the same server that takes part in broadcasts. It
    is encoded once.

    Returns \c false where the text is not UTF-8, on a client, and once the server has let go of the
    connection; in a slot connected to closed() it has not, so that the others can still be told. \c true
    does not say that anybody got it: connections on which more than WsOptions::maxBufferedAmount() would
    wait miss it or are closed, as WsOptions::slowSubscriber() says.

    \sa inBroadcasts, WsServer::broadcast()
*/
bool WsConnection::broadcast(const WsMessage &message)
{
    const std::shared_ptr<WsConnectionOwner> owner = d->read(d->owner);
    if (!owner)
        return isServerSide() ? d->decline("the server has let go of the connection")
                              : d->misuse("only a server's connection has others to broadcast to");
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
    Sends a ping with \a payload, cut to 125 bytes; pongReceived() brings the answer.

    There is no need for it to keep a connection alive: WsOptions::pingInterval() does that. Returns
    \c false, and sends nothing, where sendBinary() does.

    RFC 6455 §5.5.2.
*/
bool WsConnection::ping(const QByteArray &payload)
{
    return d->sending.ping(payload.left(WsFrameHeader::MaxControlPayload));
}

/*!
    Sends a pong that nobody asked for, with \a payload, cut to 125 bytes. Pings of the peer are answered
    without it. Returns \c false, and sends nothing, where sendBinary() does.

    RFC 6455 §5.5.3.
*/
bool WsConnection::pong(const QByteArray &payload)
{
    return d->sending.pong(payload.left(WsFrameHeader::MaxControlPayload));
}

/*!
    Begins to close the connection: what was sent before still leaves, then a Close frame with \a code and
    \a reason, cut to 123 bytes of UTF-8. closed() follows when the peer has answered, at the latest
    WsOptions::closeTimeout() after the peer has taken the last bytes; messages that it sent before its answer
    still arrive, unless they come as streams.

    The code is Ws::Normal (1000) by default. Applications may use 3000 to 4999. Ws::NoStatus sends
    neither code nor reason. A connection that is still opening is ended at once, with Ws::Abnormal and
    without an error. A paused one goes on.

    Returns \c false, and does nothing, where the connection is closing or closed, or \a code is none that
    may be sent.

    RFC 6455 §7.1.2 and §7.4.

    \sa abort()
*/
bool WsConnection::close(quint16 code, const QString &reason)
{
    if (code != Ws::NoStatus && !wsMayBeOnTheWire(code))
        return d->misuse(QStringLiteral("the close code %1 is not one that may be sent").arg(code));
    if (d->threads.isOwnThread())
        return d->life.close(code, reason);
    const Ws::State state = d->life.state();
    if (state != Ws::Open && state != Ws::Connecting && !d->life.isEndHeld())
        return d->decline("the connection is not open");
    return d->threads.runInOpening([this, code, reason] { d->life.close(code, reason); });
}

/*!
    Ends the connection at once, without a Close frame; what has not left yet is lost. closed() follows with
    Ws::Abnormal (1006) and without an error: from within the call, unless the call comes from another thread
    or the connection has not been announced by WsServer::newConnection() yet. Does nothing where it is closed.

    \sa close()
*/
void WsConnection::abort()
{
    (void)d->threads.runInOpening([this] { d->life.abort(); });
}

// --- messages that are taken instead of told

namespace {
// If the connection is deleted before it comes to it, the future is empty as at any other end.
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
    Returns the next message as a future, which is empty where the connection has closed and nothing is left.

    The first call switches the connection from pushing to pulling, for good: from the next message on none
    comes by the signals for messages, to the handler or as a stream any more. Nothing is lost or reordered in
    the switch, or where a future is cancelled before its message has come: the next one gets it. Several may
    be asked for at a time, and are served in that order.

    Messages that have come before they were asked for are kept up to WsOptions::highWaterMark(); beyond it,
    nothing is read, and the peer is held up by TCP. closed() comes behind the last message that is
    taken, unless the program itself closes the connection.

    \code
    // With QCoro
    while (const auto message = co_await connection->receive())
        connection->sendText(answerTo(message->text()));
    \endcode

    A server deletes a connection behind closed(), which may be while a coroutine waits for something else:
    hold it by a QPointer, and look at that after each \c co_await.

    It may be called on a client that is still opening. Continuations run in the connection's thread.

    \sa waitForMessage()
*/
QFuture<std::optional<WsMessage>> WsConnection::receive()
{
    QPromise<WsPulling::Result> promise;
    promise.start();
    const QFuture<WsPulling::Result> future = promise.future();
    d->delivery.announcePulling(); // at once, in whatever thread: what comes meanwhile is kept
    const auto receiver = std::make_shared<ReceiverOnItsWay>(std::move(promise));
    d->threads.run([this, receiver] {
        receiver->isThere = true;
        d->delivery.addReceiver(std::move(receiver->promise));
    });
    return future;
}

/*!
    \property WsConnection::binaryType
    \brief whether messages, text or binary, come whole (\c Ws::ByteArray) or as they arrive (\c Ws::Stream).

    With \c Ws::Stream each message, whatever its size, is told by messageStarted() and read from a
    WsMessageStream, and by none of the other signals. It takes effect with the next message. The default is
    \c Ws::ByteArray.

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
    Waits until \a deadline for the next message and returns it; empty where none has come by then, or the
    connection has closed. Like receive(), it switches the connection from pushing to pulling.

    This is for threads without an event loop, as a worker that talks to a server step by step. Only this
    connection is worked meanwhile, with its pings and timeouts, and what other threads ask of the connections
    of this one; signals are emitted from within the call. Not to be called from a slot of the connection,
    where it returns at once, or from another thread.

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
    if (!d->waiting.mayWait())
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
    Returns the messages of the connection, for a loop that blocks until the next one has come and ends when
    the connection has closed and nothing is left. It waits without a deadline; use waitForMessage() for one.

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

    Like receive(), it switches the connection from pushing to pulling. Like waitForMessage(), it is for the
    connection's own thread and not for a slot of the connection: elsewhere, and while the connection is
    \l paused, the loop ends at once; errorString() says why, and a warning is logged in \c wskit.net.

    The body of the loop may leave it, close the connection or delete it. A message that has not been taken is
    still there after the loop.

    \sa waitForMessage(), receive(), WsMessageRange
*/
WsMessageRange WsConnection::messages()
{
    return WsMessageRange(this);
}

/*!
    Waits until \a deadline for closed(), and returns whether the connection is closed. Messages that nobody
    has taken do not keep it waiting; they can still be. Returns \c false at once, though, where the
    connection is open but does not read, because it is paused or more than WsOptions::highWaterMark() waits
    to be taken: the end would never be seen.

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
    const auto isDrained = [this] { return d->link.queuedAmount() <= d->sending.highWaterMark() / 2; };
    return d->waiting.mayWait() && d->waiting.waitUntil(isDrained, deadline) && d->life.state() != Ws::Closed;
}

// --- who listens

// These two may be called from any thread and with Qt's locks held: who listens is found out later.
void WsConnection::connectNotify(const QMetaMethod &)
{
    d->delivery.forgetListeners();
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
    The opening handshake is done: messages can be sent, and none has been delivered yet.

    On a server it follows WsServer::newConnection(), in whose slot it can still be connected to.
*/

/*!
    \fn void WsConnection::messageReceived(const WsMessage &message)
    The peer sent \a message, text or binary.
*/

/*!
    \fn void WsConnection::textMessageReceived(const QString &text)
    The peer sent \a text. It comes after messageReceived() for the same message.
*/

/*!
    \fn void WsConnection::binaryMessageReceived(const QByteArray &data)
    The peer sent \a data. It comes after messageReceived() for the same message.
*/

/*!
    \fn void WsConnection::messageStarted(WsMessageStream *stream)
    A message begins to arrive, to be read from \a stream; with a binaryType of Ws::Stream alone. The stream
    belongs to the connection. If nobody is connected to this signal, messages are dropped.

    \sa WsMessageStream
*/

/*!
    \fn void WsConnection::messageSent(const WsMessage &message)
    One of the functions that send accepted \a message, or a broadcast did. It has been put in line; how
    far it got, bufferedAmount tells.
*/

/*!
    \fn void WsConnection::pinged(const QByteArray &payload)
    The peer sent a ping with \a payload, which is answered without further ado.

    Of many pings in a row only the latest may be answered (RFC 6455 §5.5.3), so that a flood of them
    costs no memory.
*/

/*!
    \fn void WsConnection::pongReceived(const QByteArray &payload, qint64 roundTripUs)
    The peer answered the ping with \a payload after \a roundTripUs microseconds; -1 where no such ping
    was sent.

    The pings of WsOptions::pingInterval() are answered here too, with a payload of their own.

    \sa ping(), WsStatistics::roundTripUs
*/

/*!
    \fn void WsConnection::bytesWritten(qint64 bytes)
    The socket took \a bytes more, of the opening handshake, frame headers and payload, before TLS.
*/

/*!
    \fn void WsConnection::drained()
    bufferedAmount was above WsOptions::highWaterMark() and has fallen to half of it or less: the moment
    to send more. Reading, which had stopped, goes on.
*/

/*!
    \fn void WsConnection::errorOccurred(const WsError &error)
    Something ended the connection or kept it from opening: \a error. closed() follows immediately, or, if the
    peer is sent a Close frame because of it, when the peer has answered or gone, at the latest
    WsOptions::closeTimeout() after it has taken the last bytes. The latter applies to a rule that the peer broke,
    a handler that has thrown (Ws::ErrorKind::Handler) and a subscriber that is too slow (Ws::ErrorKind::Overflow).

    What a function refuses is told by its return value, and not here. Only what has no return value is
    reported here as Ws::ErrorKind::Misuse, without a closed(): the property WsClient::active if the client
    cannot be opened, and WsClient::open() from another thread.
*/

/*!
    \fn void WsConnection::closed(quint16 code, const QString &reason, bool wasClean)
    The connection has ended, with the \a code and the \a reason that the peer gave. \a wasClean tells
    whether both sides sent a Close frame and nothing was cut off.

    It comes exactly once for each opening, after every message and error. A client may be opened again
    from within a slot.

    RFC 6455 §7.1.4 to §7.1.6.

    \sa {The end}, Ws::CloseCode
*/

/*!
    \fn void WsConnection::afterClosed()
    \internal
*/
