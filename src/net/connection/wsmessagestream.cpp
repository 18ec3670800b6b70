// SPDX-License-Identifier: MIT
#include "net/connection/wsmessagestream_p.h"

#include <WsKit/wsconnection.h>

#include "net/connection/wsconnection_p.h"

#include <QtCore/qpointer.h>

#include <algorithm>
#include <cstring>

namespace {
// What arrives in small pieces is joined up to this size: each piece by itself takes more than its bytes.
constexpr qsizetype JoinUpTo = 16 * 1024;
// What a message that is first in line may always hold, however much waits behind it.
constexpr qint64 LeastRoom = 64 * 1024;
} // namespace

/*!
    \class WsMessageStream
    \inmodule WsKit
    \inheaderfile WsKit/WsMessageStream
    \brief One message as a sequential device, of any size, in little memory.

    \section1 Writing

    WsConnection::openMessage() begins a message. What is written to it leaves in fragments (RFC 6455
    §5.4) as it is produced, at the latest when control returns to the event loop; close() ends the message.

    \code
    WsMessageStream *stream = connection->openMessage(Ws::Binary);
    const auto sendMore = [stream, file] {
        while (!file->atEnd() && stream->bytesToWrite() < 1024 * 1024)
            stream->write(file->read(64 * 1024));
        if (file->atEnd())
            stream->close();
    };
    QObject::connect(stream, &QIODevice::bytesWritten, stream, sendMore);
    sendMore();
    \endcode

    write() accepts what fits into WsOptions::maxBufferedAmount(): it returns fewer bytes than it was given,
    or 0, where that is reached, and bytesWritten() tells when to go on, with 0 bytes where it was other
    messages that made room. The first message in line may always hold 64 KiB, however much waits behind it.
    write() returns -1 where the connection is not open any more, or where text is not UTF-8; a character may
    be divided among two calls. One that is not complete when the stream is closed becomes U+FFFD.

    Messages that the connection is given meanwhile, and other streams, go behind this one and count in the
    same limit; pings and pongs go
    between its fragments. If the connection is closed before the stream is, the message is cut off. If some of
    it has left by then, what waits behind it is lost.

    \section1 Reading

    With WsConnection::binaryType of Ws::Stream, WsConnection::messageStarted() hands out each message as it
    begins to arrive. readyRead() tells of more, readChannelFinished() of its end; then isComplete() tells
    whether the message is whole or was cut off with the connection.

    \code
    connection->setBinaryType(Ws::Stream);
    QObject::connect(connection, &WsConnection::messageStarted, file, [file](WsMessageStream *stream) {
        QObject::connect(stream, &QIODevice::readyRead, file, [file, stream] { file->write(stream->readAll()); });
    });
    \endcode

    The limits of WsOptions on messages and frames do not apply to it. Where more than
    WsOptions::highWaterMark() has not been read, the connection stops reading, and the peer is held up by
    TCP: nothing more comes for who waits for a longer line, or a larger block, without taking what is there.
    The next message, and whatever else is behind, is not looked at before this one has been read to its end,
    closed or deleted. Closed early, the rest of the message is dropped as it arrives. WsConnection::close()
    gives up what has not arrived yet, of this message and of those behind it.

    \section1 Ownership and threads

    A stream belongs to its connection, which deletes it, from the event loop, once it has been read to the
    end, or closed, or with itself. It may be deleted earlier: that is close() first. It lives in its
    connection's thread, and its functions may only be called there. waitForReadyRead() and
    waitForBytesWritten() are for threads without an event loop, see WsConnection::waitForMessage().

    See also \l [CPP] WsConnection::openMessage(), \l [CPP] WsConnection::messageStarted(),
    \l [CPP] WsConnection::sendFragments().
*/

WsMessageStream::WsMessageStream(WsConnection *connection, Ws::MessageType type, OpenMode mode)
    : QIODevice(connection), d(std::make_unique<WsMessageStreamPrivate>(this))
{
    d->connection = WsConnectionPrivate::of(connection);
    d->type = type;
    open(mode | Unbuffered);
    if (mode == WriteOnly)
        connect(connection, &WsConnection::bytesWritten, this, [this] { d->onWritten(); });
}

/*! Closes the stream, as close() does, but emits nothing. */
WsMessageStream::~WsMessageStream()
{
    if (isOpen())
        d->closeNow();
}

/*!
    \property WsMessageStream::messageType
    \brief whether the message is text, then in UTF-8, or binary.
*/
Ws::MessageType WsMessageStream::messageType() const
{
    return d->type;
}

/*! Returns whether messageType is Ws::Text. */
bool WsMessageStream::isText() const
{
    return d->type == Ws::Text;
}

/*!
    \property WsMessageStream::complete
    \brief whether the whole message has arrived, or, of one that is written, was closed while the connection
    was open.
*/
bool WsMessageStream::isComplete() const
{
    return d->isComplete;
}

/*! Returns the connection, or \c nullptr where the stream has nothing to do with it any more. */
WsConnection *WsMessageStream::connection() const
{
    return d->connection ? d->connection->q : nullptr;
}

/*! Returns \c true. */
bool WsMessageStream::isSequential() const
{
    return true;
}

// --- reading

/*! Returns how many bytes can be read at once. */
qint64 WsMessageStream::bytesAvailable() const
{
    return QIODevice::bytesAvailable() + d->unread;
}

/*! Returns whether a whole line can be read, or the last one, which need not end. */
bool WsMessageStream::canReadLine() const
{
    const auto hasLineEnd = [this](const QByteArray &chunk) {
        return chunk.indexOf('\n', &chunk == &d->chunks.constFirst() ? d->offset : 0) >= 0;
    };
    return QIODevice::canReadLine() || std::any_of(d->chunks.cbegin(), d->chunks.cend(), hasLineEnd)
           || (d->isEnded && bytesAvailable() > 0);
}

/*! \internal */
qint64 WsMessageStream::readData(char *data, qint64 maxSize)
{
    qint64 done = 0;
    while (done < maxSize && !d->chunks.isEmpty()) {
        const QByteArrayView chunk = QByteArrayView(d->chunks.constFirst()).sliced(d->offset);
        const qsizetype size = qMin(chunk.size(), qsizetype(maxSize - done));
        std::memcpy(data + done, chunk.data(), size_t(size));
        done += size;
        d->offset += size;
        if (size == chunk.size()) {
            d->chunks.removeFirst();
            d->offset = 0;
        }
    }
    d->unread -= done;
    if (done > 0 && d->connection)
        d->connection->delivery.onStreamRead();
    if (d->isEnded && d->unread == 0)
        d->deleteSoon();
    return done == 0 && d->isEnded ? -1 : done;
}

// --- writing

/*! Returns how many bytes were accepted and wait in the connection. */
qint64 WsMessageStream::bytesToWrite() const
{
    return d->unwritten;
}

/*! \internal */
qint64 WsMessageStream::writeData(const char *data, qint64 size)
{
    if (!d->connection || d->connection->life.state() != Ws::Open) {
        setErrorString(QStringLiteral("the connection is not open"));
        return -1;
    }
    WsConnectionPrivate &connection = *d->connection;
    const QByteArrayView bytes(data, qBound<qint64>(0, d->room(), size));
    d->wasShort = bytes.size() < size;
    const WsUtf8Validator before = d->utf8;
    if (isText() && !d->utf8.feed(bytes)) {
        d->utf8 = before;
        setErrorString(QStringLiteral("the text is not UTF-8"));
        return -1;
    }
    connection.link.protocol().continueMessage(
        d->message, isText() ? QByteArrayView(d->completeCharacters(bytes)) : bytes);
    connection.counters.payloadBytesSent.add(bytes.size());
    d->unwritten += bytes.size();
    connection.sending.afterQueueing();
    if (!d->partialCharacter.isEmpty() && connection.link.queuedAmount() == 0) // nothing else will tell
        QMetaObject::invokeMethod(this, [this] { d->onWritten(); }, Qt::QueuedConnection);
    return bytes.size();
}

// --- both

/*!
    Ends the message that is written; of one that is read, drops what has not been read and what is still
    to come. The connection then deletes the stream, from the event loop.
*/
void WsMessageStream::close()
{
    if (!isOpen() || std::exchange(d->isClosing, true))
        return;
    const QPointer<WsMessageStream> guard(this);
    Q_EMIT aboutToClose(); // in whose slot the last of it may still be written
    if (guard)
        d->closeNow();
}

/*!
    Waits for \a msecs milliseconds, or without a limit where it is -1, until more has arrived. Returns
    whether it has; \c false at once where the connection does not read, because it is paused or more than
    WsOptions::highWaterMark() waits to be read. Neither an event loop nor any other object's work goes on
    meanwhile.

    See also \l [CPP] WsConnection::waitForMessage().
*/
bool WsMessageStream::waitForReadyRead(int msecs)
{
    if (!d->connection || !isReadable() || d->isEnded || !d->connection->link.mayRead())
        return false;
    const QPointer<WsMessageStream> guard(this);
    const qint64 before = d->arrived;
    const auto isDone = [&] { return !guard || d->arrived > before || d->isEnded; };
    (void)d->connection->waiting.waitUntil(isDone, QDeadlineTimer(msecs));
    return guard && d->arrived > before;
}

/*!
    Waits for \a msecs milliseconds, or without a limit where it is -1, until something of what was written
    has left. Returns whether something has.

    See also \l [CPP] WsConnection::waitForDrained().
*/
bool WsMessageStream::waitForBytesWritten(int msecs)
{
    if (!d->connection || d->unwritten == 0)
        return false;
    const QPointer<WsMessageStream> guard(this);
    const qint64 before = d->written;
    (void)d->connection->waiting.waitUntil([&] { return !guard || d->written > before; }, QDeadlineTimer(msecs));
    return guard && d->written > before;
}

// --- what the connection does with it

WsMessageStream *WsMessageStreamPrivate::create(WsConnectionPrivate &connection, Ws::MessageType type,
                                                QIODevice::OpenMode mode)
{
    return new WsMessageStream(connection.q, type, mode);
}

void WsMessageStreamPrivate::append(const QByteArray &bytes)
{
    if (!chunks.isEmpty() && chunks.constLast().size() + bytes.size() <= JoinUpTo)
        chunks.last().append(bytes);
    else
        chunks.append(bytes);
    unread += bytes.size();
    arrived += bytes.size();
    Q_EMIT q->readyRead();
}

// Nothing more comes.
void WsMessageStreamPrivate::endReading(bool isWhole)
{
    if (std::exchange(isEnded, true))
        return;
    isComplete = isWhole;
    if (!isWhole)
        q->setErrorString(QStringLiteral("the connection ended within the message"));
    if (unread == 0)
        deleteSoon();
    Q_EMIT q->readChannelFinished();
}

// From the event loop, so that whoever reads sees the end of it first.
void WsMessageStreamPrivate::deleteSoon()
{
    QMetaObject::invokeMethod(q, [this] { deleteIfRead(); }, Qt::QueuedConnection);
}

// QIODevice keeps what was peeked at, or read within a transaction, and may hand it out again.
void WsMessageStreamPrivate::deleteIfRead()
{
    if (q->bytesAvailable() == 0 && !q->isTransactionStarted())
        q->deleteLater();
}

// The most that the connection can still hold of this message; other messages may be part of it.
qint64 WsMessageStreamPrivate::held() const
{
    const WsProtocol &protocol = connection->link.protocol();
    return protocol.unencodedSize(message) + connection->link.queuedAmount() - protocol.outputSize()
           + protocol.encodedSize();
}

// What waits behind the first in line waits for its end: it must not take the room that this needs.
qint64 WsMessageStreamPrivate::room() const
{
    const qint64 most = connection->sending.maxBufferedAmount();
    const qint64 room = most - connection->link.queuedAmount();
    if (!connection->link.protocol().isFirstInLine(message))
        return room;
    return qMax(room, qMin(LeastRoom, most) - held());
}

// All that is there but the beginning of a character, which waits for the rest of it.
QByteArray WsMessageStreamPrivate::completeCharacters(QByteArrayView bytes)
{
    QByteArray all = std::exchange(partialCharacter, {});
    all.append(bytes);
    if (!utf8.isComplete()) {
        qsizetype start = all.size() - 1;
        while ((quint8(all.at(start)) & 0xC0) == 0x80)
            --start;
        partialCharacter = all.sliced(start);
        all.truncate(start);
    }
    return all;
}

// The connection has handed something to the system.
void WsMessageStreamPrivate::onWritten()
{
    if (!connection)
        return;
    const qint64 left = qMin(unwritten, held());
    const qint64 more = unwritten - left;
    unwritten = left;
    written += more;
    const bool hasRoomAgain = wasShort && room() > 0;
    wasShort = wasShort && !hasRoomAgain;
    if (more > 0 || hasRoomAgain)
        Q_EMIT q->bytesWritten(more);
}

void WsMessageStreamPrivate::endWriting()
{
    WsConnectionPrivate &sender = *std::exchange(connection, nullptr);
    WsProtocol &protocol = sender.link.protocol();
    if (!partialCharacter.isEmpty())
        protocol.continueMessage(message, "\xEF\xBF\xBD");
    isComplete = protocol.endMessage(message);
    if (isComplete)
        sender.counters.messagesSent.add(1);
    sender.sending.afterQueueing();
}

// The connection has ended, or is about to.
void WsMessageStreamPrivate::cutWriting()
{
    connection = nullptr;
    q->setErrorString(QStringLiteral("the connection was closed within the message"));
    q->close();
}

void WsMessageStreamPrivate::closeNow()
{
    if (connection && q->isWritable())
        endWriting();
    {
        const QSignalBlocker blocker(q); // aboutToClose() has been emitted
        q->QIODevice::close();
    }
    chunks.clear();
    unread = 0;
    if (WsConnectionPrivate *const reader = std::exchange(connection, nullptr))
        reader->delivery.onStreamRead();
    q->deleteLater();
}
