// SPDX-License-Identifier: MIT
#include "net/connection/wsmessagestream_p.h"

#include <WsKit/wsconnection.h>

#include "net/connection/wsconnection_p.h"

#include <QtCore/qpointer.h>

namespace {
// The first message in the queue may always hold this much, however much waits after it.
constexpr qint64 LeastRoom = 64 * 1024;

QString cutText()
{
    return QStringLiteral("the connection was closed before the message was complete");
}
} // namespace

/*!
    \class WsMessageStream
    \inmodule WsKit
    \inheaderfile WsKit/WsMessageStream
    \brief One message of any size, as a sequential device.

    \section1 Writing

    WsConnection::openMessage() begins a message. The data that is written to the stream is sent in fragments
    (RFC 6455 §5.4), at the latest when control returns to the event loop. close() ends the message.

    \code
    WsMessageStream *stream = connection->openMessage(Ws::Binary);
    const auto sendMore = [stream, file] {
        while (!file->atEnd() && stream->bytesToWrite() < 1024 * 1024) {
            const qint64 taken = stream->write(file->peek(64 * 1024));
            if (taken <= 0)
                return; // until bytesWritten(), when there is room again
            file->skip(taken);
        }
        if (file->atEnd())
            stream->close();
    };
    QObject::connect(stream, &QIODevice::bytesWritten, stream, sendMore);
    sendMore();
    \endcode

    write() accepts as many bytes as fit into WsOptions::maxBufferedAmount(). If that limit is reached, it
    returns fewer bytes than it was given, or 0. bytesWritten() is emitted when there is room again, with 0
    bytes if the room comes from other messages. The first message in the queue may always hold 64 KiB,
    however much waits after it. write() returns -1 if the connection is no longer open, or if text is not
    UTF-8. A character may be split between two calls; one that is incomplete when the stream is closed
    becomes U+FFFD.

    Messages that are sent on the connection in the meantime, and other streams, wait until this message has
    ended, and count towards the same limit. Pings and pongs are sent between its fragments. If the connection
    is closed before the stream, the message is cut off. If a part of it has been sent by then, everything that
    waits after it is lost.

    \section1 Reading

    If WsConnection::binaryType is Ws::Stream, WsConnection::messageStarted() is emitted with a stream for
    each message that begins to arrive. The stream emits readyRead() when there is more to read, and
    readChannelFinished() at the end. isComplete() then returns whether the message is complete, or was cut
    off because the connection ended.

    \code
    connection->setBinaryType(Ws::Stream);
    QObject::connect(connection, &WsConnection::messageStarted, file, [file](WsMessageStream *stream) {
        QObject::connect(stream, &QIODevice::readyRead, file, [file, stream] { file->write(stream->readAll()); });
    });
    \endcode

    The limits of WsOptions on messages and frames do not apply to streams. If more than
    WsOptions::highWaterMark() has not been read, the connection stops reading, and TCP slows the peer down.
    Unread data counts with the memory that it takes, which is a little more than its size. A program must
    therefore not wait for a line or block of that size without reading what is there. Data that a transaction
    has rolled back counts as not read.

    The next message, and everything else that follows, is not processed before this stream has been read to
    its end, closed or deleted. If the stream is closed early, the rest of the message is dropped as it
    arrives. WsConnection::close() drops everything that has not arrived yet, of this message and of later
    ones.

    \section1 Ownership and threads

    A stream belongs to its connection. The connection deletes it from the event loop after it has been read
    to the end or closed, or together with the connection. In a thread without an event loop, the next
    function that waits for the connection or for another stream deletes it, before it waits. The application
    may delete it earlier, which also closes it. With another parent (QObject::setParent()), the stream can
    outlive its connection: it is cut off then, and what has arrived can still be read. The stream lives in
    the thread of its connection, and its functions may only be called there. It moves to another thread
    together with the connection, unless it has another parent. waitForReadyRead() and waitForBytesWritten()
    are for threads without an event loop; see WsConnection::waitForMessage().

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
    \brief whether the message is binary or text, which is UTF-8.
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
    \brief whether the message is complete: a message that is read has arrived completely, or one that is
    written was closed while the connection was open.
*/
bool WsMessageStream::isComplete() const
{
    return d->isComplete;
}

/*! Returns the connection, or \c nullptr if the stream no longer belongs to one. */
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

/*! Returns the number of bytes that can be read now. */
qint64 WsMessageStream::bytesAvailable() const
{
    return QIODevice::bytesAvailable() + d->unread.size();
}

/*! Returns whether a complete line can be read. The last line need not end with a line break. */
bool WsMessageStream::canReadLine() const
{
    return d->canReadLine();
}

/*! \internal */
qint64 WsMessageStream::readData(char *data, qint64 maxSize)
{
    const qint64 done = d->unread.read(data, maxSize);
    d->onRead(done, maxSize);
    if (d->isEnded && d->unread.isEmpty())
        d->deleteSoon();
    return done == 0 && d->isEnded ? -1 : done;
}

// --- writing

/*! Returns the number of bytes that have been accepted but not yet passed to the operating system. */
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
    WsProtocol &protocol = connection.link.protocol();
    const bool isAccepted =
        protocol.continueMessage(d->message, isText() ? QByteArrayView(d->completeCharacters(bytes)) : bytes);
    if (!isAccepted) {
        setErrorString(cutText()); // the peer's Close, or what it did wrong, was read ahead
        return -1;
    }
    connection.counters.payloadBytesSent.add(bytes.size());
    d->writtenSize += bytes.size();
    d->unwritten += bytes.size();
    connection.sending.afterQueueing();
    if (!d->partialCharacter.isEmpty() && connection.link.queuedAmount() == 0) // nothing else reports it
        QMetaObject::invokeMethod(this, [this] { d->onWritten(); }, Qt::QueuedConnection);
    return bytes.size();
}

// --- both

/*!
    Ends the message if it is being written. If it is being read, drops what has not been read and what is
    still to arrive. The connection then deletes the stream from the event loop.
*/
void WsMessageStream::close()
{
    if (d->beginClosing())
        d->closeNow();
}

/*!
    Waits until more data has arrived, for at most \a msecs milliseconds, or without a limit if it is -1.
    Returns whether data has arrived. Returns \c false immediately if the connection does not read, because it
    is paused or because more than WsOptions::highWaterMark() has not been read. Meanwhile neither an event
    loop nor any other object of the thread runs.

    See also \l [CPP] WsConnection::waitForMessage().
*/
bool WsMessageStream::waitForReadyRead(int msecs)
{
    return d->waitForArrival(msecs);
}

/*!
    Waits until some of the written data has been passed to the operating system, for at most \a msecs
    milliseconds, or without a limit if it is -1. Returns whether this has happened.

    See also \l [CPP] WsConnection::waitForDrained().
*/
bool WsMessageStream::waitForBytesWritten(int msecs)
{
    return d->waitForWritten(d->written, msecs);
}

// --- called by the connection

WsMessageStream *WsMessageStreamPrivate::create(WsConnectionPrivate &connection, Ws::MessageType type,
                                                QIODevice::OpenMode mode)
{
    connection.delivery.noteStream();
    return new WsMessageStream(connection.q, type, mode);
}

void WsMessageStreamPrivate::append(const QByteArray &bytes)
{
    unread.append(bytes);
    reportArrived(bytes.size());
}

void WsMessageStreamPrivate::onRead(qint64 size, qint64 wanted)
{
    if (connection && size > 0 && (isReadToEnd() || !q->isTransactionStarted()))
        connection->delivery.onStreamRead();
    noteRead(size, wanted);
}

// There is no more data.
void WsMessageStreamPrivate::endReading(bool isWhole)
{
    if (std::exchange(isEnded, true))
        return;
    isComplete = isWhole;
    if (!isWhole)
        q->setErrorString(QStringLiteral("the connection ended before the message was complete"));
    if (unread.isEmpty())
        deleteSoon();
    Q_EMIT q->readChannelFinished();
}

// From the event loop, so that the reader sees the end of the stream first.
void WsMessageStreamPrivate::deleteSoon()
{
    QMetaObject::invokeMethod(q, [this] { deleteIfRead(); }, Qt::QueuedConnection);
}

// QIODevice keeps data that was peeked at, or read within a transaction, and may return it again.
void WsMessageStreamPrivate::deleteIfRead()
{
    if (!hasUnread())
        q->deleteLater();
}

// The most that the connection can still hold of this message. It may include other messages.
qint64 WsMessageStreamPrivate::held() const
{
    const WsProtocol &protocol = connection->link.protocol();
    return protocol.unencodedSize(message) + connection->link.queuedAmount() - protocol.outputSize()
           + protocol.encodedSize();
}

// Messages after the first one wait for its end. They must not take the room that it needs.
qint64 WsMessageStreamPrivate::room() const
{
    const qint64 most = connection->sending.maxBufferedAmount();
    const qint64 room = most - connection->link.queuedAmount();
    if (!connection->link.protocol().isFirstInLine(message))
        return room;
    return qMax(room, qMin(LeastRoom, most) - held());
}

// Everything except the beginning of a character at the end, which is kept until the rest arrives.
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

// The connection has passed data to the operating system.
void WsMessageStreamPrivate::onWritten()
{
    if (connection)
        reportWritten(held(), room());
}

void WsMessageStreamPrivate::endWriting()
{
    WsConnectionPrivate &sender = *connection;
    sender.delivery.letGoOfWritten(q);
    WsProtocol &protocol = sender.link.protocol();
    if (!partialCharacter.isEmpty())
        protocol.continueMessage(message, "\xEF\xBF\xBD");
    isComplete = protocol.endMessage(message);
    if (isComplete)
        sender.counters.messagesSent.add(1);
    if (isComplete && sender.tally)
        sender.tally->sent.add(writtenSize);
    sender.sending.afterQueueing();
}

// The connection has ended, or is about to.
void WsMessageStreamPrivate::cutWriting()
{
    if (connection)
        connection->delivery.letGoOfWritten(q);
    q->setErrorString(cutText());
    q->close();
}

void WsMessageStreamPrivate::onConnectionDeleted()
{
    const auto end = [this] {
        if (q->isWritable())
            cutWriting();
        else if (q->isOpen())
            endReading(false);
    };
    QMetaObject::invokeMethod(q, end, Qt::QueuedConnection);
}

void WsMessageStreamPrivate::closeNow()
{
    if (connection && q->isWritable())
        endWriting();
    finishClosing();
    if (WsConnectionPrivate *const reader = std::exchange(connection, nullptr))
        reader->delivery.onStreamRead();
    q->deleteLater();
}
