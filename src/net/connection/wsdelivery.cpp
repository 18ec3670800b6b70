// SPDX-License-Identifier: MIT

// How events reach the application. wsdelivery_frames.cpp contains the signals for frames,
// wsdelivery_pull.cpp receive() and the like, wsdelivery_stream.cpp streams.

#include "net/connection/wsdelivery.h"

#include "net/connection/wsbytestream_p.h"
#include "net/connection/wsconnection_p.h"
#include "net/connection/wsmessagestream_p.h"
#include "net/loop/wslogging.h"
#include "net/loop/wsthreadcontext.h"
#include "net/loop/wsthrown.h"
#include "protocol/wsmemory.h"
#include "protocol/wsutf16.h"

#include <QtCore/qmetaobject.h>

#include <cstring>

namespace {
// Up to this size, copying a payload costs less than taking its memory.
constexpr qsizetype MaxCopied = 512;
// What is inflated between two looks at the clock.
constexpr qint64 InflatedPerLook = 256 * 1024;

std::atomic<bool> mayBeScripts{false};

// Never null: in QML a null array is a detached ArrayBuffer.
QByteArray copyOf(QByteArrayView payload)
{
    return payload.isEmpty() ? QByteArray("", 0) : payload.toByteArray();
}
} // namespace

WsDelivery::~WsDelivery()
{
    keepRunningHandler();
    WsWaitingReceivers waiting = takeWaiting();
    wsAnswerEmpty(&waiting);
}

void WsDelivery::reset()
{
    updateParts();
    m_backlog.reset();
    m_finalText.reset();
    if (m_nextHandler)
        m_handler = *std::exchange(m_nextHandler, {});
    if (m_pulling)
        m_pulling->clear(); // messages of an earlier opening
    m_dropsRest = false;
}

// --- events

bool WsDelivery::deliverEvents(WsLifeGuard &guard, WsTimeBudget &budget)
{
    if (budget.isUsedUp())
        return false;
    (void)listeners();       // or the engine may not know that frames are wanted
    m_shownPayloads.clear(); // no slot of an event is on the stack, only one of the opening may have been
    const bool wasUnfinished = d.link.protocol().isUnfinished();
    while (guard && !d.life.opening() && d.link.mayDeliver()) {
        if (m_backlog && deliverKept(guard)) {
            if (!budget.spend())
                return false;
            continue;
        }
        WsEvent event = d.link.protocol().nextEvent(InflatedPerLook);
        if (Q_UNLIKELY(d.link.isRateLimited()))
            d.link.countEvent(&event);
        if (event.type == WsEvent::NeedsBytes) {
            WsThreadContext::current().giveReadBuffer(d.link.protocol().takeSpentBytes());
            return true;
        }
        if (event.type == WsEvent::Unfinished) {
            if (!budget.spend(InflatedPerLook))
                return false;
            continue;
        }
        const qsizetype size = event.payload.size();
        if (Q_LIKELY(event.type == WsEvent::Message))
            deliverMessage(event, guard);
        else
            deliver(event, guard);
        if (!guard.lives())
            return true;
        if (!m_shownPayloads.isEmpty())
            m_shownPayloads.clear();
        if (Q_UNLIKELY(wasUnfinished) && guard && !d.link.protocol().isUnfinished())
            return false; // others have waited for the end of this message
        if (!budget.spend(size))
            return false;
    }
    if (guard && d.link.isHeld(WsHold::Paused) && !d.life.opening())
        return collectEvents(budget); // pings are answered in a pause too
    return true;
}

// Returns false if nothing is kept.
bool WsDelivery::deliverKept(WsLifeGuard &guard)
{
    if (m_backlog->events.empty()) {
        m_backlog.reset();
        if (m_dropsRest)
            dropMessages();
        return false;
    }
    KeptEvent kept = std::move(m_backlog->events.front());
    m_backlog->events.pop_front();
    m_backlog->size -= sizeOf(kept);
    kept.event.payload = kept.payload;
    m_keptPayload = &kept.payload;
    updateReading(); // before a slot may move the connection, which ends this function
    deliver(kept.event, guard);
    if (guard.lives())
        m_keptPayload = nullptr;
    return true;
}

// A slot that runs an event loop may still use its payload afterwards.
void WsDelivery::keepShownPayload()
{
    // Once for each payload, however many turns that event loop has. Otherwise each turn would keep a read
    // buffer.
    if (!m_keptPayload && m_shownPayloads.isEmpty())
        m_shownPayloads += d.link.protocol().payloadStorage();
}

bool WsDelivery::collectEvents(WsTimeBudget &budget, bool isLimited)
{
    WsProtocol &protocol = d.link.protocol();
    const bool wasUnfinished = protocol.isUnfinished();
    while (d.link.mayRead() && (!isLimited || hasRoom())) {
        if (budget.isUsedUp() || (wasUnfinished && !protocol.isUnfinished()))
            return false;
        WsEvent event = protocol.nextEvent(InflatedPerLook);
        if (d.link.isRateLimited())
            d.link.countEvent(&event);
        if (event.type == WsEvent::NeedsBytes) {
            WsThreadContext::current().giveReadBuffer(protocol.takeSpentBytes());
            break;
        }
        if (event.type == WsEvent::Unfinished) {
            budget.spend(InflatedPerLook);
            continue;
        }
        budget.spend(event.payload.size());
        if (!isWanted(event))
            continue;
        if (!m_backlog)
            m_backlog = std::make_unique<Backlog>();
        if (!hasRoomFor(event))
            continue;
        KeptEvent kept{event, payloadToKeep(event)};
        m_backlog->size += sizeOf(kept);
        m_backlog->events.push_back(std::move(kept));
        updateReading();
    }
    return true;
}

void WsDelivery::collectUpToMark()
{
    bool isDone = false;
    while (!isDone) {
        WsTimeBudget budget;
        isDone = collectEvents(budget, true);
    }
}

void WsDelivery::dropBacklog()
{
    m_backlog.reset();
    m_halfDelivered.reset();
}

bool WsDelivery::hasRoom() const
{
    return !m_backlog || m_backlog->size <= d.sending.highWaterMark();
}

qint64 WsDelivery::sizeOf(const KeptEvent &kept)
{
    return wsMemoryOf(kept.payload) + qint64(sizeof(KeptEvent));
}

// After our own Close nothing stops reading, so what arrives is kept only as long as there is room.
bool WsDelivery::hasRoomFor(const WsEvent &event)
{
    const bool isOfTheEnd =
        event.type == WsEvent::Close || event.type == WsEvent::Eof || event.type == WsEvent::Failure;
    if (isOfTheEnd || d.life.state() != Ws::Closing)
        return true;
    if (!hasRoom())
        dropRest();
    return !m_dropsRest;
}

// Also what would fit again later: the application gets a beginning of what the peer has sent, without holes.
void WsDelivery::dropRest()
{
    if (!std::exchange(m_dropsRest, true))
        qCDebug(wsNetLog) << "connection" << d.id
                          << "closes and keeps more than highWaterMark: what still arrives is dropped";
}

// The payload of the event that is being delivered, moved if it can be.
QByteArray WsDelivery::takePayload()
{
    return m_keptPayload ? std::move(*m_keptPayload) : d.link.protocol().takePayload();
}

QByteArray WsDelivery::payloadToKeep(const WsEvent &event)
{
    switch (event.type) {
    case WsEvent::Message:
    case WsEvent::FramedMessage:
    case WsEvent::MessageData:
        return d.link.protocol().takePayload();
    case WsEvent::Frame:
    case WsEvent::FinalFrame:
        return d.link.protocol().frameOf(event);
    default:
        return copyOf(event.payload);
    }
}

// Whether there is any use in keeping it.
bool WsDelivery::isWanted(const WsEvent &event)
{
    if (event.type == WsEvent::Frame || event.type == WsEvent::FinalFrame)
        return wantsFrame(event.messageType);
    return event.type != WsEvent::Ping || (listeners() & Pings);
}

void WsDelivery::deliver(const WsEvent &event, const WsLifeGuard &guard)
{
    switch (event.type) {
    case WsEvent::NeedsBytes:
    case WsEvent::Unfinished:
        break;
    case WsEvent::Message:
        deliverMessage(event, guard);
        break;
    case WsEvent::FramedMessage: {
        const std::unique_ptr<FinalText> finalText = std::move(m_finalText);
        deliverMessage(event, guard, finalText.get());
        break;
    }
    case WsEvent::Frame:
    case WsEvent::FinalFrame:
        deliverFrame(event, guard);
        break;
    case WsEvent::MessageStart:
        startStream(event.messageType);
        break;
    case WsEvent::MessageData:
        continueStream(event.payload);
        break;
    case WsEvent::MessageEnd:
        endStream();
        break;
    case WsEvent::Ping:
        deliverPing(event.payload);
        break;
    case WsEvent::Pong:
        deliverPong(copyOf(event.payload));
        break;
    case WsEvent::Close:
        d.life.onPeerClose(event);
        break;
    case WsEvent::Eof:
        d.life.onEof();
        break;
    case WsEvent::Failure:
        d.life.onFailure();
        break;
    }
}

inline QString WsDelivery::textOf(QByteArrayView payload, FinalText *frame)
{
    if (Q_UNLIKELY(frame != nullptr))
        return textAfterFrame(payload, frame);
    QString text = d.link.pumpContext().spareText.take(payload.size());
    wsDecodeUtf8(payload, &text);
    return text;
}

inline QByteArray WsDelivery::arrayOf(const WsEvent &event)
{
    const QByteArrayView payload = event.payload;
    const bool isCopied = event.type == WsEvent::Message && !payload.isEmpty() && payload.size() <= MaxCopied;
    if (m_keptPayload || !isCopied) // a message of which frames were delivered shares its memory with them
        return takePayload();
    QByteArray data = d.link.pumpContext().spareArray.take(payload.size());
    std::memcpy(data.data(), payload.data(), size_t(payload.size()));
    return data;
}

void WsDelivery::deliverMessage(const WsEvent &event, const WsLifeGuard &guard, FinalText *finalText)
{
    d.counters.messagesReceived.add(1);
    d.counters.payloadBytesReceived.add(event.payload.size());
    if (d.tally)
        d.tally->received.add(event.payload.size());
    if (Q_UNLIKELY(m_byteStream != nullptr)) {
        takeWholeMessage(event);
        return;
    }
    if (isPulled()) {
        startPulling();
        pullMessage(WsMessage(event.messageType, takePayload()));
        return;
    }
    if (const WsConnection::MessageHandler *handler = m_handler.get()) {
        wsCatch([&] { (*handler)(*d.q, event.messageType, event.payload); },
                [this, &guard](const QString &text) { onHandlerThrew(text, guard); });
        return;
    }
    const bool isText = event.messageType == Ws::Text;
    const quint16 wanted = listeners();
    if (Q_UNLIKELY(wanted & Messages))
        deliverTwice(event, guard, finalText);
    else if (isText && (wanted & Texts))
        emitText(textOf(event.payload, finalText), guard);
    else if (!isText && (wanted & Binaries))
        emitArray(arrayOf(event), guard);
}

// By messageReceived(), and by the signal for its type if that is connected too.
void WsDelivery::deliverTwice(const WsEvent &event, const WsLifeGuard &guard, FinalText *finalText)
{
    const bool isText = event.messageType == Ws::Text;
    const bool wantsString = isText && (listeners() & Texts);
    const bool wantsArray = !isText && (listeners() & Binaries);
    const QString text = wantsString ? textOf(event.payload, finalText) : QString();
    const QByteArray data = arrayOf(event);
    if (wantsString || wantsArray) // a slot may move the connection between the two signals
        m_halfDelivered = std::make_unique<WsMessage>(event.messageType, data);
    Q_EMIT d.q->messageReceived(WsMessage(event.messageType, data));
    if (guard.lives())
        m_halfDelivered.reset();
    if (guard && wantsString)
        emitText(text, guard);
    else if (guard && wantsArray)
        emitArray(unshared(data), guard);
}

// In QML an ArrayBuffer shares the memory of the array that it is made of, and what a script writes into it
// shows in all others that share it.
QByteArray WsDelivery::unshared(const QByteArray &data)
{
    return (listeners() & Scripts) ? QByteArray(data.constData(), data.size()) : data;
}

inline void WsDelivery::emitText(QString text, const WsLifeGuard &guard)
{
    Q_EMIT d.q->textMessageReceived(text);
    if (guard)
        d.link.pumpContext().spareText.give(std::move(text));
}

inline void WsDelivery::emitArray(QByteArray data, const WsLifeGuard &guard)
{
    Q_EMIT d.q->binaryMessageReceived(data);
    if (guard)
        d.link.pumpContext().spareArray.give(std::move(data));
}

void WsDelivery::onHandlerThrew(const QString &text, const WsLifeGuard &guard)
{
    const auto giveUp = [error = WsError(Ws::ErrorKind::Handler, text, Ws::InternalError)](auto &connection) {
        connection.delivery.dropMessages();
        connection.life.giveUp(error);
    };
    if (guard)
        giveUp(d);
    else if (!guard.postAfterMove(giveUp)) // there is nothing left to be closed
        qCWarning(wsNetLog) << "a message handler threw after it had ended its connection:" << text;
}

void WsDelivery::arriveInThread()
{
    if (!std::exchange(m_isHalfLeft, false))
        return;
    const std::unique_ptr<WsMessage> rest = std::move(m_halfDelivered);
    if (rest && rest->isText())
        Q_EMIT d.q->textMessageReceived(rest->text());
    else if (rest)
        Q_EMIT d.q->binaryMessageReceived(unshared(rest->data()));
}

void WsDelivery::deliverPing(QByteArrayView payload)
{
    if (listeners() & Pings)
        Q_EMIT d.q->pinged(copyOf(payload));
}

void WsDelivery::deliverPong(const QByteArray &payload)
{
    const qint64 roundTripUs = d.sending.roundTripUs(payload);
    if (roundTripUs >= 0)
        d.counters.roundTripUs.set(roundTripUs);
    if (roundTripUs >= 0 && d.tally)
        d.tally->roundTrip.add(std::chrono::microseconds(roundTripUs));
    Q_EMIT d.q->pongReceived(payload, roundTripUs);
}

// --- connected signals

void WsDelivery::expectScripts()
{
    mayBeScripts = true;
}

void WsDelivery::findListeners()
{
    m_areListenersKnown = true; // first, so that a change meanwhile is not missed
    static const std::pair<QMetaMethod, quint16> signalFlags[] = {
        {QMetaMethod::fromSignal(&WsConnection::messageReceived), Messages},
        {QMetaMethod::fromSignal(&WsConnection::textMessageReceived), Texts},
        {QMetaMethod::fromSignal(&WsConnection::binaryMessageReceived), Binaries},
        {QMetaMethod::fromSignal(&WsConnection::pinged), Pings},
        {QMetaMethod::fromSignal(&WsConnection::messageSent), Sent},
        {QMetaMethod::fromSignal(&WsConnection::bufferedAmountChanged), Amounts},
        {QMetaMethod::fromSignal(&WsConnection::messageStarted), Streams},
        {QMetaMethod::fromSignal(&WsConnection::textFrameReceived), TextFrames},
        {QMetaMethod::fromSignal(&WsConnection::binaryFrameReceived), BinaryFrames}};
    m_listeners = 0;
    for (const auto &[signal, flag] : signalFlags)
        m_listeners = quint16(m_listeners | (d.isSignalConnected(signal) ? flag : 0));
    if (mayBeScripts)
        m_listeners = quint16(m_listeners | Scripts);
    const bool wantsFrames = m_listeners & (TextFrames | BinaryFrames);
    if (std::exchange(m_expectsFrames, wantsFrames) != wantsFrames)
        updateParts();
}

void WsDelivery::setMessageHandler(WsConnection::MessageHandler handler)
{
    auto next = handler ? std::make_shared<WsConnection::MessageHandler>(std::move(handler)) : nullptr;
    if (m_nextHandler) {
        m_nextHandler = std::move(next);
        return;
    }
    keepRunningHandler();
    m_handler = std::move(next);
}

void WsDelivery::dropMessages()
{
    if (m_nextHandler)
        return;
    keepRunningHandler();
    m_nextHandler = std::exchange(m_handler, std::make_shared<WsConnection::MessageHandler>(
                                                 [](WsConnection &, Ws::MessageType, QByteArrayView) {}));
}

void WsDelivery::keepRunningHandler()
{
    if (m_handler && d.link.isPumping())
        d.link.keepForStack(m_handler);
}

void WsDelivery::leaveThread()
{
    keepRunningHandler();
    if (!m_shownPayloads.isEmpty())
        d.link.keepForStack(std::make_shared<QByteArrayList>(std::exchange(m_shownPayloads, {})));
    m_keptPayload = nullptr;
    m_isHalfLeft = m_halfDelivered != nullptr;
}

// --- when reading stops

void WsDelivery::setPaused(bool paused)
{
    if (!paused) {
        endPause();
        return;
    }
    if (d.life.state() == Ws::Closing || !d.link.hold(WsHold::Paused))
        return;
    d.life.deadlines().setReading(WsClock::now(), false);
    Q_EMIT d.q->pausedChanged(true);
}

// Messages that were held back are delivered from the event loop, not from within the call.
void WsDelivery::endPause()
{
    if (!d.link.hold(WsHold::Paused, false))
        return;
    d.life.deadlines().setReading(WsClock::now(), d.link.isListening());
    d.life.scheduleDeadlines();
    d.link.pumpSoon();
    Q_EMIT d.q->pausedChanged(false);
}

bool WsDelivery::isAbove(qint64 size, WsHold hold) const
{
    // Once it is above the mark, it has to fall to half of it.
    const qint64 mark = d.sending.highWaterMark();
    return size > (d.link.isHeld(hold) ? mark / 2 : mark);
}

bool WsDelivery::isConsumerBehind() const
{
    if (m_pulling && isAbove(m_pulling->size(), WsHold::Behind))
        return true;
    if (m_byteStream && isAbove(m_byteStream->heldUnread(), WsHold::Behind))
        return true;
    if (!m_readStream)
        return false;
    const WsMessageStreamPrivate &stream = *WsMessageStreamPrivate::of(m_readStream);
    return isAbove(stream.heldUnread(), WsHold::Behind) || (stream.isEnded && !stream.unread.isEmpty());
}

void WsDelivery::updateReading()
{
    const bool isBehind = isConsumerBehind();
    const bool isAhead = m_backlog && isAbove(m_backlog->size, WsHold::Ahead);
    const bool hasConsumerChanged = d.link.hold(WsHold::Behind, isBehind);
    if (!d.link.hold(WsHold::Ahead, isAhead) && !hasConsumerChanged)
        return;
    d.life.deadlines().setReading(WsClock::now(), d.link.isListening());
    d.life.scheduleDeadlines();
    if (!isBehind) // what was read ahead is delivered, even if nothing more may be read before that
        d.link.pumpSoon();
}
