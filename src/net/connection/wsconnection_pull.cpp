// SPDX-License-Identifier: MIT

// How the messages of a WsConnection are taken instead of told: pulled, waited for, or read as streams.

#include <WsKit/wsconnection.h>

#include "net/connection/wsconnection_p.h"
#include "net/connection/wsmessagestream_p.h"
#include "net/loop/wsthreadcontext.h"

#include <QtCore/qpointer.h>

#include <algorithm>
#include <limits>

using namespace std::chrono;

namespace {
int remainingMs(const QDeadlineTimer &deadline, WsTime other)
{
    qint64 ms = deadline.isForever() ? std::numeric_limits<int>::max() : deadline.remainingTime();
    if (other != WsTime::max())
        ms = std::min<qint64>(ms, ceil<milliseconds>(other - steady_clock::now()).count());
    return int(std::clamp<qint64>(ms, 0, std::numeric_limits<int>::max()));
}
} // namespace

// --- pulling

namespace {
// Where the connection is deleted before it comes to it, the future is empty as at any other end.
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
    d->isPulled = true; // at once, in whatever thread: what comes before the own one knows who waits is kept
    if (isOwnThread()) {
        addReceiver(std::move(promise));
    } else {
        const auto receiver = std::make_shared<ReceiverOnItsWay>(std::move(promise));
        post([receiver](WsConnection &connection) {
            receiver->isThere = true;
            connection.addReceiver(std::move(receiver->promise));
        });
    }
    return future;
}

void WsConnection::addReceiver(QPromise<std::optional<WsMessage>> receiver)
{
    startPulling();
    if (d->pulling->isEmpty() && d->state != Ws::Closed) {
        d->pulling->wait(std::move(receiver));
        return;
    }
    if (d->pulling->isEmpty())
        receiver.addResult(WsPulling::Result());
    else if (receiver.addResult(
                 WsPulling::Result(d->pulling->first()))) // not where it was cancelled on its way
        (void)takeUnread();
    receiver.finish();
}

void WsConnection::startPulling()
{
    d->isPulled = true;
    if (d->pulling)
        return;
    d->pulling = std::make_unique<WsPulling>();
    updateStreaming();
}

void WsConnection::pullMessage(const WsMessage &message)
{
    WsLifeGuard guard(d.get());
    while (guard && d->pulling->hasWaiting()) {
        QPromise<WsPulling::Result> promise = d->pulling->takeFirstWaiting();
        const bool isTaken = promise.addResult(WsPulling::Result(message)); // not where it was cancelled
        promise.finish();
        if (isTaken)
            return;
    }
    // Behind our own Close what nobody asks for is kept as far as there is room.
    if (!guard || (d->state == Ws::Closing && d->pulling->size() > d->highWaterMark))
        return;
    d->pulling->keep(message);
    updateReading();
}

WsMessage WsConnection::takeUnread()
{
    const WsMessage message = d->pulling->take();
    updateReading();
    if (d->isEndHeld && !hasUnread())
        completeEndSoon();
    return message;
}

// --- whoever is slow holds up the peer

bool WsConnection::hasUnread() const
{
    return (d->pulling && !d->pulling->isEmpty()) || (d->readStream && d->readStream->unread() > 0);
}

bool WsConnection::isConsumerBehind() const
{
    // Once it is behind, it has half of it to catch up.
    const qint64 mark = d->isBehind ? d->highWaterMark / 2 : d->highWaterMark;
    if (d->pulling && d->pulling->size() > mark)
        return true;
    if (!d->readStream)
        return false;
    const qint64 unread = d->readStream->unread();
    return unread > mark || (d->readStream->d->isEnded && unread > 0);
}

void WsConnection::updateReading()
{
    const bool isBehind = isConsumerBehind();
    if (std::exchange(d->isBehind, isBehind) == isBehind)
        return;
    d->deadlines.setReading(steady_clock::now(), !d->isPaused && !isBehind);
    scheduleDeadlines();
    if (!isBehind)
        pumpSoon();
}

void WsConnection::completeEndSoon()
{
    const auto complete = [this, session = d->session.load()] {
        if (d->isEndHeld && d->session == session)
            completeEnd();
    };
    QMetaObject::invokeMethod(this, complete, Qt::QueuedConnection);
}

// --- streams that are read

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
    return d->binaryType;
}

void WsConnection::setBinaryType(Ws::BinaryType type)
{
    if (!isOwnThread()) {
        post([type](WsConnection &connection) { connection.setBinaryType(type); });
        return;
    }
    if (d->binaryType.exchange(type) == type)
        return;
    updateStreaming();
    Q_EMIT binaryTypeChanged(type);
}

void WsConnection::updateStreaming()
{
    d->protocol.setStreaming(d->binaryType == Ws::Stream && !d->pulling);
}

void WsConnection::startStream(Ws::MessageType type)
{
    // Where nobody would read it, and behind our own Close, where nothing holds it up, it goes nowhere.
    if (d->state != Ws::Open || !(listeners() & WsConnectionPrivate::Streams))
        return;
    d->readStream = new WsMessageStream(this, type, QIODevice::ReadOnly);
    Q_EMIT messageStarted(d->readStream);
}

void WsConnection::continueStream(QByteArrayView bytes)
{
    d->counters.payloadBytesReceived.add(bytes.size());
    if (!d->readStream)
        return;
    WsLifeGuard guard(d.get());
    d->readStream->append(d->protocol.takePayload());
    if (guard)
        updateReading();
}

void WsConnection::endStream()
{
    d->counters.messagesReceived.add(1);
    if (!d->readStream)
        return;
    WsLifeGuard guard(d.get());
    d->readStream->endReading(true);
    if (guard)
        onStreamRead();
}

// Something of the stream has been read, or it was closed, or has ended.
void WsConnection::onStreamRead()
{
    const WsMessageStream *stream = d->readStream;
    if (stream && (!stream->isOpen() || (stream->d->isEnded && stream->unread() == 0)))
        std::exchange(d->readStream, nullptr)->d->connection = nullptr;
    updateReading();
    if (d->isEndHeld && !hasUnread())
        completeEndSoon();
}

// What is still to come of the message goes nowhere.
void WsConnection::abandonStream()
{
    WsMessageStream *stream = std::exchange(d->readStream, nullptr);
    if (!stream)
        return;
    stream->d->connection = nullptr;
    WsLifeGuard guard(d.get());
    stream->endReading(false);
    if (guard)
        updateReading();
}

// The connection has ended: streams end within their messages.
void WsConnection::endStreams()
{
    const QList<WsMessageStream *> all = findChildren<WsMessageStream *>(Qt::FindDirectChildrenOnly);
    const QList<QPointer<WsMessageStream>> streams(all.begin(), all.end());
    WsLifeGuard guard(d.get());
    for (const QPointer<WsMessageStream> &stream : streams) {
        if (guard && stream && stream->d->connection && stream->isWritable())
            stream->cutWriting();
        else if (guard && stream && stream == d->readStream)
            stream->endReading(false);
    }
    if (guard && d->readStream && d->readStream->unread() == 0)
        onStreamRead();
}

void WsConnection::forgetStreams()
{
    const QList<WsMessageStream *> streams = findChildren<WsMessageStream *>(Qt::FindDirectChildrenOnly);
    for (WsMessageStream *stream : streams)
        stream->d->connection = nullptr;
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
    if (!mayWait())
        return {};
    startPulling();
    if (d->pulling->isEmpty() && d->isPaused) {
        misuse("the connection is paused");
        return {};
    }
    WsLifeGuard guard(d.get());
    (void)waitUntil([this] { return !d->pulling->isEmpty(); }, deadline);
    if (!guard.lives() || d->pulling->isEmpty())
        return {};
    return takeUnread();
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
    if (!mayWait())
        return false;
    WsLifeGuard guard(d.get());
    const auto isDone = [this] {
        return d->state == Ws::Closed || d->isEndHeld
               || (d->state == Ws::Open && (d->isPaused || d->isBehind));
    };
    (void)waitUntil(isDone, deadline);
    if (guard.lives() && d->isEndHeld)
        completeEnd();
    if (guard.lives() && d->state == Ws::Open && isDone())
        return misuse("the connection does not read: it is paused, or messages wait to be taken");
    return guard.lives() && d->state == Ws::Closed;
}

/*!
    Waits until \a deadline for bufferedAmount to fall to half of WsOptions::highWaterMark() or less, and
    returns whether it has.

    \sa drained(), waitForMessage()
*/
bool WsConnection::waitForDrained(QDeadlineTimer deadline)
{
    return mayWait() && waitUntil([this] { return queuedAmount() <= d->highWaterMark / 2; }, deadline)
           && d->state != Ws::Closed;
}

bool WsConnection::mayWait()
{
    return isOwnThread() || misuse("only the connection's own thread can wait for it");
}

// Works the connection until \a isDone, its end or the \a deadline; returns whether it is done.
bool WsConnection::waitUntil(const std::function<bool()> &isDone, QDeadlineTimer deadline)
{
    if (d->isPumping || d->isWriting)
        return misuse("a slot of the connection cannot wait for it");
    const WsSocketCall call;
    WsLifeGuard guard(d.get());
    while (!isDone()) {
        call.context().runTasks();
        if (guard)
            flush();
        if (guard)
            pump();
        if (!guard.lives() || isDone())
            break;
        if (!guard || !d->transport || deadline.hasExpired() || (d->transport.hasEnded() && !isReading()))
            break;
        d->transport.wait(isReading(), remainingMs(deadline, d->deadlines.next()));
        if (guard && d->transport && d->transport.hasEnded())
            onTransportEnd();
        if (guard)
            checkDeadlines(steady_clock::now());
        if (!guard.lives())
            return false;
    }
    if (guard && d->isEndHeld && !hasUnread())
        completeEnd();
    return guard.lives() && isDone();
}
