// SPDX-License-Identifier: MIT
#include "net/connection/wssending.h"

#include "net/connection/wsconnection_p.h"
#include "net/loop/wslogging.h"
#include "net/loop/wsthreadcontext.h"
#include "protocol/wsmemory.h"
#include "protocol/wspreparedmessage_p.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace {
// From this amount on, data is written before the turn of the event loop ends.
constexpr qint64 EagerWriteFrom = 64 * 1024;
constexpr qsizetype MaxAwaitedPongs = 64;
} // namespace

void WsSending::setLimits(const WsOptions &options)
{
    m_highWaterMark = options.highWaterMark();
    m_maxBufferedAmount.set(options.maxBufferedAmount());
    m_slowSubscriber = options.slowSubscriber();
}

void WsSending::reset()
{
    m_sentPings.clear();
    m_amount.set(0);
    m_unreportedBytes = 0;
    m_isCloseAsked = m_isCutAsked = m_isSystemQueueShort = false;
    m_arrivedCount = 0;
    m_countsLosses = true;
}

// --- whether it may be queued

// Whether \a size bytes more may wait. What was accepted must not be missing between what comes before and
// after it.
bool WsSending::mayQueueBehind(qint64 buffered, qint64 size, Entry entry, bool mustBeOpen)
{
    if (mustBeOpen && d.life.state() != Ws::Open)
        return refuse(entry, "the connection is not open");
    if (mustHaveRoom(entry) && size > maxBufferedAmount() - buffered)
        return refuse(entry, "more than maxBufferedAmount would be buffered");
    return true;
}

// The error of a connection that has failed stays readable while the others are told that it leaves.
bool WsSending::refuse(Entry entry, const char *text)
{
    if (entry == Entry::Ask)
        return d.decline(text);
    qCDebug(wsNetLog, "connection %llu: %s", qulonglong(d.id), text);
    return false;
}

// In the connection's thread, which knows it exactly.
qint64 WsSending::buffered() const
{
    return d.link.queuedAmount() + m_arriving.load(std::memory_order_relaxed);
}

bool WsSending::mayQueue(qint64 size, Entry entry)
{
    return mayQueueBehind(buffered(), size, entry, true);
}

// In a pause, or while a slot runs an event loop, the peer's Close is answered at once but delivered later.
// The program cannot know of it, so its call is no mistake.
bool WsSending::refuseAfterClose(Entry entry)
{
    if (d.link.protocol().state() == WsProtocol::State::Failed)
        return refuse(entry, "the peer broke a rule of the protocol");
    return d.link.protocol().state() != WsProtocol::State::Open
           && refuse(entry, "the peer has closed the connection");
}

// Makes the connection's thread call \a send, if \a size more bytes may be queued. Until then they count as
// buffered, together with \a cost.
bool WsSending::postSending(Sent what, qint64 size, std::function<bool()> send, qint64 cost, Entry entry)
{
    const qint64 taken = size + cost;
    const bool mustBeOpen = what == Sent::Control || !keepsMessages();
    qint64 arriving = m_arriving;
    do {
        if (!mayQueueBehind(m_amount.value() + arriving, size, entry, mustBeOpen))
            return false;
    } while (!m_arriving.compare_exchange_weak(arriving, arriving + taken));
    const qint64 counted = countArriving(taken);
    const auto task = [this, what, taken, counted, send = std::move(send), session = d.life.session()] {
        m_arriving -= taken;
        endArriving(counted);
        onArrived(what, d.life.session() == session, send);
    };
    const bool isPosted = d.threads.post(task);
    if (!isPosted) {
        m_arriving -= taken;
        endArriving(counted);
    }
    return isPosted;
}

// What was accepted is sent, kept or counted as lost, whatever has become of the connection in the meantime.
void WsSending::onArrived(Sent what, bool isSameSession, const std::function<bool()> &send)
{
    const bool maySend = isSameSession || (what == Sent::Message && keepsMessages());
    const WsLifeGuard guard(d);
    if (!(maySend && send()) && guard.lives() && what == Sent::Message)
        noteLateLoss();
}

qint64 WsSending::bufferedAmount() const
{
    return d.threads.isOwnThread() ? buffered() : m_amount.value() + m_arriving;
}

// --- messages that are kept until the client is open

// Messages of other threads, and of slots that hear of the first, do not overtake those that were kept before.
inline bool WsSending::isKept(Entry entry) const
{
    if (Q_LIKELY(!keepsMessages()) || entry == Entry::Kept)
        return false;
    const bool isOpen = d.life.state() == Ws::Open && d.link.protocol().state() == WsProtocol::State::Open;
    return !isOpen || ((entry == Entry::Accepted || m_isSendingKept) && m_kept);
}

bool WsSending::keep(Ws::MessageType type, const QByteArray &payload, Entry entry)
{
    return keep(WsKeptMessage::whole(type, payload), entry);
}

bool WsSending::keep(WsKeptMessage message, Entry entry)
{
    const qint64 cost = message.cost();
    if (entry == Entry::Ask && cost > maxBufferedAmount() - buffered())
        return d.decline("more than maxBufferedAmount would be buffered");
    m_arriving += cost;
    if (!m_kept)
        m_kept = std::make_unique<WsKeptMessages>();
    m_kept->append(std::move(message));
    reportAmountLater();
    return true;
}

void WsSending::sendKept(const WsLifeGuard &guard)
{
    m_isSendingKept = false; // a slot may have moved the connection while the last one was sent
    const auto isOpen = [this] {
        return d.life.state() == Ws::Open && d.link.protocol().state() == WsProtocol::State::Open;
    };
    while (guard && m_kept && isOpen()) {
        const WsKeptMessage message = m_kept->takeFirst();
        m_arriving -= message.cost();
        if (m_kept->isEmpty())
            m_kept.reset();
        m_isSendingKept = true;
        (void)sendKeptMessage(message);
        if (guard.lives())
            m_isSendingKept = false;
    }
}

bool WsSending::sendKeptMessage(const WsKeptMessage &message)
{
    if (!message.isFragmented)
        return queueHere(message.type, message.pieces.constFirst(), Entry::Kept);
    qint64 size = 0;
    for (const QByteArray &piece : message.pieces)
        size += piece.size();
    return sendFragmentsHere(message.type, message.pieces, size, Entry::Kept);
}

void WsSending::loseKept()
{
    const std::unique_ptr<WsKeptMessages> kept = std::move(m_kept);
    if (!kept)
        return;
    m_arriving -= kept->cost();
    m_lostCount += m_countsLosses ? kept->count() : 0;
    reportAmountLater();
}

// --- messages that are lost

// What the peer has answered with a pong has arrived, and so has everything if it has answered our own Close.
void WsSending::noteEnd(bool wasClean)
{
    const WsProtocol &protocol = d.link.protocol();
    dropHeld();
    if (!m_countsLosses)
        return;
    const bool isAnswered = wasClean && protocol.state() == WsProtocol::State::Closed;
    m_lostCount += isAnswered ? protocol.droppedCount() : d.counters.messagesSent.value() - m_arrivedCount;
}

void WsSending::ignoreLosses()
{
    m_countsLosses = false;
    m_lostCount = 0;
}

int WsSending::takeLost()
{
    return int(std::min<qint64>(std::exchange(m_lostCount, 0), std::numeric_limits<int>::max()));
}

// Of a message that another thread had sent. If closed() has been emitted already, it is reported later.
void WsSending::noteLateLoss()
{
    if (d.role == WsRole::Server || !m_countsLosses)
        return;
    const bool isFirst = m_lostCount++ == 0;
    if (isFirst && d.life.state() != Ws::Closing)
        d.threads.callLater([this] { d.reopener->onLateLoss(); });
}

// --- sending

void WsSending::countMessage(qint64 size)
{
    d.counters.messagesSent.add(1);
    d.counters.payloadBytesSent.add(size);
    if (d.tally)
        d.tally->sent.add(size);
}

inline void WsSending::countQueued(qint64 size)
{
    countMessage(size);
    afterQueueing();
}

// From then on drained() has to be emitted.
void WsSending::holdIfAbove(qint64 amount)
{
    const WsTransport *const transport = d.link.transport();
    if (amount > m_highWaterMark && transport && !transport->isBroken())
        d.link.hold(WsHold::HeldBack);
}

inline void WsSending::noteQueued(qint64 amount)
{
    m_amount.set(amount);
    // Otherwise it only waits for the end of the turn, which counts what is left.
    if (isTotalLimited() && d.link.isStuck())
        countInTotal();
    holdIfAbove(amount);
    if (!d.link.isFlushedByPump())
        d.threads.scheduleFlush();
}

// Most messages are short, and nothing special applies to them. Returns false if something does.
inline bool WsSending::queueShort(Ws::MessageType type, QByteArrayView payload)
{
    const qint64 queued = d.link.queuedAmount();
    const qint64 room = maxBufferedAmount() - queued - m_arriving.load(std::memory_order_relaxed);
    const bool isPlain = d.life.state() == Ws::Open && !(d.delivery.listeners() & WsDelivery::Sent);
    if (!isPlain || payload.size() > room || !d.link.protocol().sendShort(type, payload))
        return false;
    countMessage(payload.size());
    if (d.link.protocol().outputSize() < EagerWriteFrom)
        noteQueued(queued + WsFrameHeader::ShortSize + payload.size());
    else
        afterQueueing();
    return true;
}

bool WsSending::queueMessage(Ws::MessageType type, const QByteArray &payload)
{
    if (d.threads.isInOrder())
        return queueShort(type, payload) || queueHere(type, payload, Entry::Ask);
    return postSending(Sent::Message, payload.size(), [this, type, payload = wsFitting(payload)] {
        return queueHere(type, payload, Entry::Accepted);
    });
}

bool WsSending::queueAccepted(Ws::MessageType type, const QByteArray &payload)
{
    if (d.threads.isInOrder())
        return queueHere(type, payload, Entry::Accepted);
    return postSending(
        Sent::Message, payload.size(),
        [this, type, payload = wsFitting(payload)] { return queueHere(type, payload, Entry::Accepted); },
        TaskCost, Entry::Accepted);
}

bool WsSending::queueHere(Ws::MessageType type, const QByteArray &payload, Entry entry)
{
    if (isKept(entry))
        return keep(type, payload, entry);
    if (!mayQueue(payload.size(), entry))
        return false;
    if (!d.link.protocol().sendMessage(type, payload))
        return refuseAfterClose(entry);
    countQueued(payload.size());
    if (d.delivery.listeners() & WsDelivery::Sent)
        Q_EMIT d.q->messageSent(WsMessage(type, payload));
    return true;
}

bool WsSending::queueCopy(Ws::MessageType type, QByteArrayView payload)
{
    if (!d.threads.isInOrder())
        return queueMessage(type, payload.toByteArray());
    if (queueShort(type, payload))
        return true;
    const bool outlivesCall =
        payload.size() >= WsOutput::ShareFrom || (d.delivery.listeners() & WsDelivery::Sent);
    return queueHere(
        type, outlivesCall ? payload.toByteArray() : QByteArray::fromRawData(payload.data(), payload.size()),
        Entry::Ask);
}

bool WsSending::send(const WsPreparedMessage &message)
{
    return d.threads.isInOrder() ? sendHere(message, Entry::Ask) : postMessage(message, Entry::Ask);
}

bool WsSending::sendHere(const WsPreparedMessage &message, Entry entry)
{
    const qint64 size = message.size();
    if (isKept(entry)) { // on a client, to which its frames are of no use
        const WsMessage plain = message.message();
        return keep(plain.type(), plain.data(), entry);
    }
    if (!mayQueue(size, entry))
        return false;
    if (!d.link.protocol().send(message))
        return refuseAfterClose(entry);
    countQueued(size);
    if (d.delivery.listeners() & WsDelivery::Sent)
        Q_EMIT d.q->messageSent(message.message());
    return true;
}

bool WsSending::postMessage(const WsPreparedMessage &message, Entry entry)
{
    return postSending(
        Sent::Message, message.size(), [this, message] { return sendHere(message, Entry::Accepted); },
        TaskCost + WsPreparedFrame::deflatedSize(message), entry);
}

bool WsSending::sendFragments(Ws::MessageType type, const QByteArrayList &fragments, qint64 size)
{
    return d.threads.isInOrder() ? sendFragmentsHere(type, fragments, size, Entry::Ask)
                                 : postFragments(type, fragments, size);
}

bool WsSending::sendFragmentsHere(Ws::MessageType type, const QByteArrayList &fragments, qint64 size,
                                  Entry entry)
{
    if (isKept(entry))
        return keep(WsKeptMessage::fragmented(type, fragments), entry);
    if (!mayQueue(size, entry))
        return false;
    if (!d.link.protocol().sendFragments(type, fragments))
        return refuseAfterClose(entry);
    countQueued(size);
    if (d.delivery.listeners() & WsDelivery::Sent)
        Q_EMIT d.q->messageSent(WsMessage(type, fragments.join()));
    return true;
}

bool WsSending::postFragments(Ws::MessageType type, const QByteArrayList &fragments, qint64 size)
{
    QByteArrayList fitting;
    fitting.reserve(fragments.size());
    for (const QByteArray &fragment : fragments)
        fitting.append(wsFitting(fragment));
    const qint64 cost = TaskCost + fragments.size() * qint64(sizeof(QByteArray) + WsArrayCost);
    return postSending(
        Sent::Message, size,
        [this, type, fitting, size] { return sendFragmentsHere(type, fitting, size, Entry::Accepted); },
        cost);
}

bool WsSending::ping(const QByteArray &payload)
{
    if (d.threads.isInOrder())
        return pingHere(payload, Entry::Ask);
    return postSending(Sent::Control, payload.size(),
                       [this, payload] { return pingHere(payload, Entry::Accepted); });
}

bool WsSending::pingHere(const QByteArray &payload, Entry entry)
{
    if (!mayQueue(payload.size(), entry))
        return false;
    if (!d.link.protocol().sendPing(payload))
        return refuseAfterClose(entry);
    const qint64 messagesBefore = d.counters.messagesSent.value() - d.link.protocol().unencodedCount();
    m_sentPings.append({payload, WsClock::now(), messagesBefore});
    if (m_sentPings.size() > MaxAwaitedPongs)
        forgetOldestPing();
    afterQueueing();
    return true;
}

// Its pong will be taken for that of the next ping with the same payload, which must confirm no more than it.
void WsSending::forgetOldestPing()
{
    SentPing oldest = m_sentPings.takeFirst();
    for (SentPing &later : m_sentPings) {
        if (later.payload == oldest.payload)
            std::swap(later, oldest);
    }
}

bool WsSending::pong(const QByteArray &payload)
{
    if (d.threads.isInOrder())
        return pongHere(payload, Entry::Ask);
    return postSending(Sent::Control, payload.size(),
                       [this, payload] { return pongHere(payload, Entry::Accepted); });
}

bool WsSending::pongHere(const QByteArray &payload, Entry entry)
{
    if (!mayQueue(payload.size(), entry))
        return false;
    if (!d.link.protocol().sendPong(payload))
        return refuseAfterClose(entry);
    afterQueueing();
    return true;
}

qint64 WsSending::roundTripUs(const QByteArray &payload)
{
    const auto ping = std::find_if(m_sentPings.begin(), m_sentPings.end(),
                                   [&](const SentPing &sent) { return sent.payload == payload; });
    if (ping == m_sentPings.end())
        return -1;
    using std::chrono::microseconds;
    const qint64 time = std::chrono::duration_cast<microseconds>(WsClock::now() - ping->time).count();
    m_arrivedCount = std::max(m_arrivedCount, ping->messagesBefore);
    // RFC 6455 §5.5.3: a pong may answer only the latest of several pings.
    m_sentPings.erase(m_sentPings.begin(), ping + 1);
    return time;
}

// --- queued data

void WsSending::afterQueueing()
{
    if (d.link.protocol().outputSize() >= EagerWriteFrom)
        d.link.write();
    noteQueued(d.link.queuedAmount());
}

void WsSending::noteAmount()
{
    setAmount(d.link.queuedAmount());
}

void WsSending::noteWritten(qint64 written, qint64 more)
{
    noteAmount();
    if (more == 0)
        return;
    d.counters.wireBytesSent.set(written);
    m_unreportedBytes += more;
}

void WsSending::reportWritten()
{
    holdIfAbove(d.link.queuedAmount() + heldCost());
    WsLifeGuard guard(d);
    if (m_unreportedBytes > 0)
        Q_EMIT d.q->bytesWritten(std::exchange(m_unreportedBytes, 0));
    if (guard)
        reportAmount();
    if (guard && d.link.isHeld(WsHold::HeldBack))
        reportDrained(guard);
    if (guard && Q_UNLIKELY(d.replays))
        d.replays->goOn();
}

// Not if a slot of the other signals has sent so much that there is too much again.
void WsSending::reportDrained(const WsLifeGuard &guard)
{
    if (d.link.queuedAmount() + heldCost() > m_highWaterMark / 2)
        return;
    d.link.hold(WsHold::HeldBack, false);
    Q_EMIT d.q->drained();
    if (guard)
        d.link.pumpSoon();
}

// Without messages on their way from other threads.
qint64 WsSending::shownAmount() const
{
    return d.link.queuedAmount() + heldCost() + (m_kept ? m_kept->cost() : 0);
}

void WsSending::reportAmount()
{
    if (!(d.delivery.listeners() & WsDelivery::Amounts) || m_reportedAmount == shownAmount())
        return;
    m_reportedAmount = shownAmount();
    Q_EMIT d.q->bufferedAmountChanged(m_reportedAmount);
}

// From the event loop, because nothing is written that would report it.
void WsSending::reportAmountLater()
{
    if (!(d.delivery.listeners() & WsDelivery::Amounts) || std::exchange(m_isAmountReportDue, true))
        return;
    d.threads.callLater([this] {
        m_isAmountReportDue = false;
        reportAmount();
    });
}
