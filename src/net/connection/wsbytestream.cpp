// SPDX-License-Identifier: MIT
#include "net/connection/wsbytestream_p.h"

#include "net/connection/wsconnection_p.h"
#include "net/loop/wslogging.h"
#include "protocol/wshttphead.h"
#include "protocol/wsoutput.h"

#include <QtCore/qpointer.h>

#include <utility>

namespace {
QString textOf(quint16 code, const QString &reason)
{
    if (code == Ws::Normal || code == Ws::GoingAway)
        return {};
    return QStringLiteral("the connection was closed with %1 %2").arg(code).arg(wsQuoted(reason.toUtf8()));
}
} // namespace

/*!
    \class WsByteStream
    \inmodule WsKit
    \inheaderfile WsKit/WsByteStream
    \brief A connection as a sequential device: bytes in both directions.

    Everything that works on a QIODevice works over a WebSocket with this class: QDataStream, QTextStream, Qt
    Remote Objects, the protocol of a broker or a database, or a tunnel for TCP. The page
    \l {Byte Streams over a WebSocket} has examples.

    \snippet 13-mqtt/main.cpp stream

    Both ends see a stream of bytes. The borders of messages have no meaning: one message may contain parts of
    several blocks of the application's protocol, and one block may come in several messages. The peer need
    not use WsKit, as long as it sends and expects binary messages.

    \section1 Writing

    What is written in one turn of the event loop leaves as one binary message when control returns to the
    event loop, or earlier, if messageSize is reached. flush() sends it immediately.

    write() accepts as many bytes as fit into WsOptions::maxBufferedAmount(). If that limit is reached, it
    returns fewer bytes than it was given, or 0. bytesWritten() is emitted as the bytes are passed to the
    operating system, and with 0 bytes if there is only room again because other messages of the connection
    have left. write() returns -1 if the connection has ended; errorString() says so. What is written before a
    client is open is kept until it is.

    \section1 Reading

    readyRead() is emitted for all data that arrives, in binary messages of any size. The limits of WsOptions
    on messages and frames do not apply. If more than WsOptions::highWaterMark() has not been read, the
    connection stops reading, and TCP slows the peer down. Unread data counts with the memory that it takes,
    which is a little more than its size. A program must therefore not wait for a line or block of that size
    without reading what is there. Data that a transaction has rolled back counts as not read.

    A text message is an error: errorString() quotes it, the connection reports the same text with
    WsConnection::errorOccurred(), and it is closed with 1003 (RFC 6455 §7.4.1). A message without payload
    is ignored.

    \section1 The end

    close() sends what has been written, and then closes the connection with 1000. WebSockets have no
    half-closed state: what the peer sends after that is dropped.

    If the connection ends otherwise, readChannelFinished() and disconnected() are emitted, after everything
    that has arrived can be read. Data that has not been read stays readable, even if the connection is
    deleted. errorString() says why the connection has ended, unless the peer closed it with 1000 or 1001.

    The stream also ends if a client with WsClient::reconnect loses its connection, because bytes were lost
    that nobody can name. When the client is open again, create another stream, for example in a slot of
    WsConnection::opened(), and begin the protocol anew. Only an attempt that fails before the first one has
    succeeded does not end the stream.

    \section1 What belongs to the stream

    There can be one stream for a connection at a time. It gets all messages: the signals of the connection
    are not emitted, a message handler is not called, and WsConnection::receive() is refused. The constructor
    also sets WsConnection::inBroadcasts to \c false. Do not send other binary messages on the connection,
    because they would become part of the stream.

    \section1 Ownership and threads

    The stream does not own the connection, nor the connection the stream. Each may be deleted before the
    other, in any slot. Deleting the stream closes the connection, as close() does, but emits no signal of the
    stream. The stream lives in the thread of its connection, and its functions may only be called there. To
    move both to another thread, make the stream a child of the connection: then they move together, and
    nothing arrives in between. waitForReadyRead() and waitForBytesWritten() are for threads without an event
    loop; see WsConnection::waitForMessage().

    \sa WsMessageStream
*/

/*!
    Creates a stream over \a connection, which may not be open yet. \a parent is the parent of the object. The
    stream is open at once, for reading and writing. If \a connection is null, belongs to another thread or
    has a stream already, or if its messages are taken by WsConnection::receive(), a warning is logged, the
    stream is not open, and errorString() says why.
*/
WsByteStream::WsByteStream(WsConnection *connection, QObject *parent)
    : QIODevice(parent), d(std::make_unique<WsByteStreamPrivate>(this))
{
    if (const QString error = d->attach(connection); !error.isEmpty()) {
        d->isEnded = true;
        setErrorString(error);
        return;
    }
    connect(connection, &WsConnection::opened, this, [this] { d->onOpened(); });
    connect(connection, &WsConnection::bytesWritten, this, [this] { d->onWritten(); });
    connect(connection, &WsConnection::errorOccurred, this,
            [this](const WsError &error) { d->lastError = error.text(); });
    connect(connection, &WsConnection::closed, this,
            [this](quint16 code, const QString &reason) { d->onClosed(code, reason); });
    open(ReadWrite | Unbuffered);
}

/*! Closes the stream and the connection, as close() does, but emits nothing. */
WsByteStream::~WsByteStream()
{
    if (!d->connection)
        return;
    const QPointer<WsConnection> owner = d->connection->q;
    const bool isLeftOpen = isOpen();
    if (isLeftOpen)
        d->send();
    d->detach();
    if (isLeftOpen && owner)
        (void)WsConnectionPrivate::of(owner)->life.closeUnlessClosing(Ws::Normal);
}

/*! Returns the connection, or \c nullptr if it has ended. */
WsConnection *WsByteStream::connection() const
{
    return d->connection ? d->connection->q : nullptr;
}

/*!
    \property WsByteStream::messageSize
    \brief the most bytes that are sent in one message.

    The default is 64 KiB. Many peers keep a message until it is complete and limit its size, often to 1 MiB,
    and larger messages save nothing. The value must be at least 1.
*/
qint64 WsByteStream::messageSize() const
{
    return d->messageSize;
}

void WsByteStream::setMessageSize(qint64 size)
{
    if (size > 0)
        d->messageSize = size;
    else
        qCWarning(wsNetLog) << "WsByteStream::messageSize must be at least 1, not" << size;
}

/*!
    Passes what has been written to the operating system, as far as it takes it, without waiting until control
    returns to the event loop. Returns whether there was something to send, and the connection is open.
*/
bool WsByteStream::flush()
{
    const bool isSent = !d->pending.isEmpty() && d->maySend();
    const QPointer<WsByteStream> guard(this);
    d->send();
    if (guard && d->maySend())
        (void)d->connection->link.flushNow();
    return isSent;
}

/*!
    \fn void WsByteStream::disconnected()
    This signal is emitted after readChannelFinished(), when the connection has ended. It has the name of the
    signal of QAbstractSocket, which some users of devices look for.
*/

/*! Returns \c true. */
bool WsByteStream::isSequential() const
{
    return true;
}

// --- reading

/*! Returns the number of bytes that can be read now. */
qint64 WsByteStream::bytesAvailable() const
{
    return QIODevice::bytesAvailable() + d->unread.size();
}

/*! Returns whether a complete line can be read. The last line need not end with a line break. */
bool WsByteStream::canReadLine() const
{
    return d->canReadLine();
}

/*! \internal */
qint64 WsByteStream::readData(char *data, qint64 maxSize)
{
    const qint64 size = d->unread.read(data, maxSize);
    d->noteRead(size, maxSize);
    return size == 0 && d->isEnded ? -1 : size;
}

/*! \internal */
qint64 WsByteStream::readLineData(char *data, qint64 maxSize)
{
    const qint64 size = d->unread.readLine(data, maxSize);
    d->noteRead(size, maxSize);
    return size == 0 && d->isEnded ? -1 : size;
}

// --- writing

/*! Returns the number of bytes that have been written but not yet passed to the operating system. */
qint64 WsByteStream::bytesToWrite() const
{
    return d->notSent() + d->unwritten;
}

/*! \internal */
qint64 WsByteStream::writeData(const char *data, qint64 size)
{
    if (!d->mayWrite()) {
        if (d->connection)
            setErrorString(QStringLiteral("the connection is not open"));
        else if (d->hasEndedWell)
            setErrorString(QStringLiteral("the connection has ended"));
        return -1;
    }
    const qint64 accepted = qBound<qint64>(0, d->room(), size);
    d->wasShort = accepted < size;
    d->add(QByteArrayView(data, accepted));
    return accepted;
}

// --- both

/*!
    Sends what has been written, and closes the connection with 1000. What has not been read is dropped. A
    client that is not open yet stops connecting, and what was written is lost.
*/
void WsByteStream::close()
{
    if (d->beginClosing())
        d->closeNow();
}

/*!
    Waits until more data has arrived, for at most \a msecs milliseconds, or without a limit if it is -1.
    Returns whether data has arrived. Returns \c false immediately if the connection does not read, because it
    is paused or because more than WsOptions::highWaterMark() has not been read. Meanwhile neither an event
    loop nor any other object of the thread runs. What has been written before is sent.

    See also \l [CPP] WsConnection::waitForMessage().
*/
bool WsByteStream::waitForReadyRead(int msecs)
{
    const QPointer<WsByteStream> guard(this);
    d->send();
    return guard && d->waitForArrival(msecs);
}

/*!
    Waits until some of the written data has been passed to the operating system, for at most \a msecs
    milliseconds, or without a limit if it is -1. Returns whether this has happened.

    See also \l [CPP] WsConnection::waitForDrained().
*/
bool WsByteStream::waitForBytesWritten(int msecs)
{
    const QPointer<WsByteStream> guard(this);
    const qint64 before = d->written;
    d->send();
    return guard && d->waitForWritten(before, msecs);
}

// --- the connection

QString WsByteStreamPrivate::attach(WsConnection *owner)
{
    if (!owner) {
        qCWarning(wsNetLog) << "a WsByteStream needs a connection";
        return QStringLiteral("there is no connection");
    }
    WsConnectionPrivate *const data = WsConnectionPrivate::of(owner);
    if (!data->threads.isOwnThread()) {
        data->misuse("a WsByteStream must be created in the thread of its connection");
        return owner->errorString();
    }
    const Ws::State state = data->life.state();
    if (data->role == WsRole::Server && state == Ws::Closed) {
        data->decline("the connection is closed");
        return owner->errorString();
    }
    if (!data->delivery.attach(this))
        return owner->errorString();
    connection = data;
    hasBeenOpen = state == Ws::Open || state == Ws::Closing;
    awaitsAttempt = state == Ws::Closed && data->reopener->mayReopen();
    owner->setInBroadcasts(false);
    return {};
}

void WsByteStreamPrivate::detach()
{
    if (WsConnectionPrivate *const left = std::exchange(connection, nullptr))
        left->delivery.detach();
}

void WsByteStreamPrivate::onConnectionDeleted()
{
    connection = nullptr;
    q->setErrorString(QStringLiteral("the connection was deleted"));
    QMetaObject::invokeMethod(
        q, [this] { end(); }, Qt::QueuedConnection);
}

void WsByteStreamPrivate::onOpened()
{
    hasBeenOpen = true;
    awaitsAttempt = false;
    lastError.clear(); // of an earlier attempt
    send();
}

// Before the first opening, a client that tries again has lost nothing.
void WsByteStreamPrivate::onClosed(quint16 code, const QString &reason)
{
    if (!connection)
        return;
    awaitsAttempt = !hasBeenOpen && connection->reopener->mayReopen();
    if (!awaitsAttempt)
        endWith(lastError.isEmpty() ? textOf(code, reason) : lastError);
}

// If the client has reported no error in an attempt, its URL may be why there is no other one.
void WsByteStreamPrivate::onStayingClosed()
{
    if (!awaitsAttempt)
        return;
    const WsEnding &ending = connection->life.ending();
    const QString error = lastError.isEmpty() ? connection->errorString : lastError;
    endWith(error.isEmpty() ? textOf(ending.code, ending.reason) : error);
}

void WsByteStreamPrivate::endWith(const QString &error)
{
    hasEndedWell = error.isEmpty();
    if (!hasEndedWell)
        q->setErrorString(error);
    detach();
    end();
}

void WsByteStreamPrivate::end()
{
    if (std::exchange(isEnded, true))
        return;
    pending.clear();
    late.clear();
    unwritten = 0;
    const QPointer<WsByteStream> guard(q);
    Q_EMIT q->readChannelFinished();
    if (guard)
        Q_EMIT q->disconnected();
}

void WsByteStreamPrivate::closeNow()
{
    const QPointer<WsByteStream> guard(q);
    send();
    if (!guard)
        return;
    finishClosing();
    if (connection)
        (void)connection->life.closeUnlessClosing(Ws::Normal);
    if (!guard || !connection || connection->life.state() != Ws::Closed)
        return;
    detach(); // a client that was closed before: closed() is not emitted
    end();
}

// --- reading

void WsByteStreamPrivate::startMessage(Ws::MessageType type)
{
    isInMessage = true;
    isInText = type == Ws::Text;
}

// After a Close of this side nothing stops reading, so nothing is kept.
bool WsByteStreamPrivate::isTaking() const
{
    return isInMessage && connection->life.state() == Ws::Open && q->isOpen();
}

// Returns false if the bytes are dropped. Then this object may be deleted.
bool WsByteStreamPrivate::takesBytes(QByteArrayView bytes)
{
    if (!isTaking() || !isInText)
        return isTaking();
    refuseText(bytes);
    return false;
}

void WsByteStreamPrivate::append(const QByteArray &bytes)
{
    if (!takesBytes(bytes))
        return;
    unread.append(bytes);
    reportArrived(bytes.size());
}

void WsByteStreamPrivate::appendCopy(QByteArrayView bytes)
{
    if (!takesBytes(bytes))
        return;
    unread.appendCopy(bytes);
    reportArrived(bytes.size());
}

// The last one of a message. May delete this object.
void WsByteStreamPrivate::endMessage()
{
    if (isTaking() && isInText)
        refuseText({});
    else
        isInMessage = false;
}

// May delete this object.
void WsByteStreamPrivate::refuseText(QByteArrayView text)
{
    isInMessage = false;
    const QString error =
        QStringLiteral("a text message has arrived on a stream of bytes: %1").arg(wsQuoted(text));
    q->setErrorString(error);
    connection->life.giveUp(WsError(Ws::ErrorKind::Protocol, error, Ws::UnsupportedData),
                            QStringLiteral("only binary messages are accepted"));
}

// --- writing

bool WsByteStreamPrivate::mayWrite() const
{
    return connection && (maySend() || (!hasBeenOpen && connection->life.state() != Ws::Closing));
}

bool WsByteStreamPrivate::maySend() const
{
    return connection && connection->life.state() == Ws::Open
           && connection->link.protocol().state() == WsProtocol::State::Open;
}

qint64 WsByteStreamPrivate::room() const
{
    const WsSending &sending = connection->sending;
    return sending.maxBufferedAmount() - sending.bufferedAmount() - notSent();
}

void WsByteStreamPrivate::add(QByteArrayView bytes)
{
    if (isSending) { // in a slot of the connection: it comes after what is being sent
        late.append(bytes);
        return;
    }
    const QPointer<WsByteStream> guard(q);
    isSending = true;
    while (guard && !bytes.isEmpty() && mayWrite()) {
        const qint64 most = maySend() ? qMax<qint64>(messageSize - pending.size(), 0) : bytes.size();
        const QByteArrayView piece = bytes.first(qMin<qsizetype>(bytes.size(), most));
        bytes = bytes.sliced(piece.size());
        pending.append(piece);
        if (pending.size() >= messageSize)
            sendPending();
    }
    if (!guard)
        return;
    endSending();
    if (!pending.isEmpty())
        sendSoon();
}

void WsByteStreamPrivate::sendSoon()
{
    if (!std::exchange(isSendDue, true))
        QMetaObject::invokeMethod(
            q,
            [this] {
                isSendDue = false;
                send();
            },
            Qt::QueuedConnection);
}

void WsByteStreamPrivate::send()
{
    if (std::exchange(isSending, true))
        return;
    const QPointer<WsByteStream> guard(q);
    sendPending();
    if (guard)
        endSending();
}

void WsByteStreamPrivate::endSending()
{
    isSending = false;
    if (late.isEmpty())
        return;
    pending.append(std::exchange(late, {}));
    sendSoon();
}

void WsByteStreamPrivate::sendPending()
{
    if (pending.isEmpty() || !maySend())
        return;
    const QPointer<WsByteStream> guard(q);
    QByteArray bytes = std::exchange(pending, {});
    if (bytes.size() <= messageSize) {
        sendMessage(bytes);
    } else { // written before the client was open
        for (qint64 at = 0; guard && at < bytes.size() && maySend(); at += messageSize)
            sendMessage(bytes.mid(at, messageSize));
    }
    // The engine copies small messages, so their array can be used again.
    if (guard && pending.isEmpty() && bytes.size() < WsOutput::ShareFrom) {
        bytes.resize(0);
        pending = std::move(bytes);
    }
}

// Its slots may delete this object.
void WsByteStreamPrivate::sendMessage(const QByteArray &message)
{
    unwritten += message.size();
    (void)connection->sending.queueAccepted(Ws::Binary, message);
}

void WsByteStreamPrivate::onWritten()
{
    if (connection)
        reportWritten(connection->sending.bufferedAmount(), room());
}
