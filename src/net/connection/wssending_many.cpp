// SPDX-License-Identifier: MIT

// Messages to many: what becomes of them if the connection is slow.

#include "net/connection/wssending.h"

#include "net/connection/wsconnection_p.h"
#include "protocol/wspreparedmessage_p.h"

namespace {
// How much is encoded at a time of what was held. It cannot be replaced any more.
constexpr qint64 HeldBatch = 16 * 1024;
} // namespace

// --- too slow

// Whether it can take the place of what waits, or be replaced there.
bool WsSending::isConflated(const WsManyMessage &message) const
{
    return message.key || m_slowSubscriber.load(std::memory_order_relaxed) == Ws::DropOldest;
}

bool WsSending::hasRoom(const WsManyMessage &message, qint64 arriving) const
{
    const qint64 replaceable = isConflated(message) ? m_heldCost.value() : 0;
    const qint64 size = message.message.size();
    return size <= roomForMany(size, waitingAmount() - replaceable) - arriving;
}

bool WsSending::isClosedWhenSlow() const
{
    return d.life.state() == Ws::Open
           && m_slowSubscriber.load(std::memory_order_relaxed) == Ws::CloseConnection;
}

// Not if the peer's Close has been read ahead: then it is closing already.
void WsSending::closeIfSlow(const QString &text)
{
    if (!isClosedWhenSlow() || d.link.protocol().state() != WsProtocol::State::Open)
        return;
    d.life.giveUp(WsError(Ws::ErrorKind::Overflow, text, Ws::PolicyViolation), QStringLiteral("too slow"));
}

void WsSending::closeLater(qint64 size, bool isThreadSlow)
{
    if (m_isCloseAsked.exchange(true))
        return;
    const QString text = isThreadSlow ? tooBusyText() : tooMuchText(size); // which may be different by then
    (void)d.threads.post([this, text] {
        m_isCloseAsked = false;
        closeIfSlow(text);
    });
}

void WsSending::skip(const WsManyMessage &message, bool isThreadSlow)
{
    const bool canComeBack = !message.id.isNull() && d.sharedReplays.load();
    if ((!isThreadSlow || canComeBack) && isClosedWhenSlow())
        closeLater(message.message.size(), isThreadSlow);
    else if (d.life.state() == Ws::Open)
        d.skips.note(message.topic);
}

// --- sending

bool WsSending::sendAsOneOfMany(const WsManyMessage &message, Entry entry)
{
    const bool isHere = d.threads.isInOrder();
    const bool isOver = entry == Entry::AskForMany && isOverShare(message);
    if (!isOver && (isHere ? sendManyHere(message, entry) : postToMany(message, entry)))
        return true;
    if (entry == Entry::Accepted && !isConflated(message)) // whatever refused it, that was not the room
        return false;
    const bool isFull =
        isHere ? message.message.size() > roomForMany(message.message.size(), buffered()) : !hasRoom(message);
    if (!isFull && !isOver)
        return false;
    if (isHere && isClosedWhenSlow())
        closeIfSlow(tooMuchText(message.message.size()));
    else
        skip(message, false);
    return false;
}

bool WsSending::sendOfHistory(const WsPreparedMessage &message)
{
    return d.threads.isInOrder() ? sendHere(message, Entry::Accepted) : postMessage(message, Entry::Accepted);
}

bool WsSending::postToMany(const WsManyMessage &message, Entry entry)
{
    return postSending(
        Sent::Message, message.message.size(),
        [this, message] { return sendManyHere(message, Entry::Accepted); },
        TaskCost + WsPreparedFrame::deflatedSize(message.message), entry);
}

bool WsSending::sendManyHere(const WsManyMessage &message, Entry entry)
{
    return isToBeHeld(message) ? hold(message, entry) : sendHere(message.message, entry);
}

// --- waiting for the network

// Messages to many stay in order. What is queued in this turn, but was not written yet, holds nothing up.
bool WsSending::isToBeHeld(const WsManyMessage &message)
{
    if (Q_LIKELY(!m_held && !isConflated(message)))
        return false;
    if (d.life.state() != Ws::Open)
        return false;
    if (!m_isSystemQueueShort && isConflated(message)) {
        m_isSystemQueueShort = true;
        d.link.transport()->keepSystemQueueShort();
    }
    if (m_held || d.link.isStuck())
        return true;
    if (message.message.size() <= maxBufferedAmount() - buffered())
        return false;
    d.link.write();
    return d.link.isStuck();
}

bool WsSending::hold(const WsManyMessage &message, Entry entry)
{
    if (d.link.protocol().state() != WsProtocol::State::Open)
        return refuseAfterClose(entry);
    const bool mustFit = mustHaveRoom(entry) || isConflated(message);
    if (!makeRoom(message) && mustFit)
        return refuse(entry, "more than maxBufferedAmount would be buffered");
    putHeld(message);
    return true;
}

bool WsSending::makeRoom(const WsManyMessage &message)
{
    const auto fits = [&](qint64 replaced) {
        return message.message.size() <= roomForMany(message.message.size(), buffered() - replaced);
    };
    if (!m_held)
        return fits(0);
    const bool isDroppingOfUse = m_slowSubscriber == Ws::DropOldest && fits(m_held->cost());
    if (!isDroppingOfUse)
        return fits(m_held->costOfSame(message));
    // The share of the total may change meanwhile.
    while (!m_held->isEmpty() && !fits(m_held->costOfSame(message)))
        d.skips.note(takeFirstHeld().topic);
    const bool hasFound = fits(m_held->costOfSame(message));
    if (m_held->isEmpty())
        m_held.reset();
    return hasFound;
}

void WsSending::putHeld(const WsManyMessage &message)
{
    if (!m_held) {
        m_held = std::make_unique<WsConflation>();
        m_held->turnAt = d.link.protocol().writtenSize() + d.link.protocol().encodedSize();
    }
    WsManyMessage waiting = message;
    waiting.message = d.link.protocol().waiting(message.message);
    const bool isReplacing = m_held->put(waiting);
    noteHeldCost();
    if (isReplacing)
        d.skips.note(message.topic);
    holdIfAbove(d.link.queuedAmount() + heldCost());
    reportAmountLater();
    if (!d.link.isStuck() && !d.link.isFlushedByPump())
        d.threads.scheduleFlush();
}

WsManyMessage WsSending::takeFirstHeld()
{
    const WsManyMessage message = m_held->takeFirst();
    noteHeldCost();
    return message;
}

void WsSending::noteHeldCost()
{
    m_arriving += heldCost() - m_heldCost.value();
    m_heldCost.set(heldCost());
    countIfLimited();
}

void WsSending::dropHeld()
{
    if (!m_held)
        return;
    m_held.reset();
    noteHeldCost();
    reportAmountLater();
}

void WsSending::forgetHeld(const QString &topic)
{
    if (!m_held)
        return;
    m_held->removeKeyed(topic);
    onHeldRemoved();
}

std::optional<WsHistoryId> WsSending::forgetHeldAfter(const QString &topic,
                                                      const std::optional<WsHistoryId> &id, quint64 era)
{
    if (!m_held)
        return {};
    const std::optional<WsHistoryId> first = m_held->removeAfter(topic, id, era);
    onHeldRemoved();
    return first;
}

void WsSending::onHeldRemoved()
{
    if (m_held->isEmpty())
        m_held.reset();
    noteHeldCost();
    reportAmountLater();
}

// They have their turn if the network takes data, or has taken all that was queued before the first of them.
bool WsSending::sendHeld(const WsLifeGuard &guard)
{
    const WsProtocol &protocol = d.link.protocol();
    if (d.life.state() != Ws::Open || protocol.state() != WsProtocol::State::Open) {
        dropHeld();
        return false;
    }
    const bool isTurn =
        !d.link.isStuck() || (!protocol.hasUnencoded() && protocol.writtenSize() >= m_held->turnAt);
    if (!isTurn)
        return false;
    do
        sendFirstHeld();
    while (guard && m_held && d.link.protocol().outputSize() < HeldBatch);
    if (guard && m_held)
        m_held->turnAt = d.link.protocol().writtenSize() + d.link.protocol().encodedSize();
    return true;
}

void WsSending::sendAllHeld(const WsLifeGuard &guard)
{
    while (guard && m_held)
        sendFirstHeld();
}

void WsSending::sendFirstHeld()
{
    const WsPreparedMessage message = takeFirstHeld().message;
    if (m_held->isEmpty())
        m_held.reset();
    if (!d.link.protocol().send(message))
        return;
    countMessage(message.size());
    noteAmount();
    if (d.delivery.listeners() & WsDelivery::Sent)
        Q_EMIT d.q->messageSent(message.message());
}
