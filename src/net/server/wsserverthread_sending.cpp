// SPDX-License-Identifier: MIT

// How a server's thread sends to many connections, and who subscribes to what.

#include "net/server/wsserverthread.h"

#include "net/connection/wsconnection_p.h"
#include "net/loop/wsthreadcontext.h"
#include "net/loop/wsthrown.h"
#include "net/server/wsbrokerhub.h"
#include "net/server/wsrunningsending.h"
#include "net/server/wsserverhome.h"
#include "protocol/wspreparedmessage_p.h"

#include <algorithm>
#include <utility>

qint64 WsSendingToMany::size() const
{
    const qint64 payload = message.size();
    const qint64 frame = qMin<qint64>(payload, WsOutput::ShareFrom); // which contains a small payload again
    const qint64 compressed = formCount * (payload + WsPreparedFrame::FormCost);
    return payload + frame + compressed + namesSize() + Cost + qint64(refusals.size() * sizeof(quint64));
}

// A copy: what is sent may end a connection, and so change the list.
QList<WsConnection *> WsServerThread::receivers(const WsSendingToMany &sending) const
{
    QList<WsConnection *> connections =
        sending.isToAll ? m_open.all() : m_subscriptions.subscribers(sending.topic);
    connections.removeIf([&](const WsConnection *connection) {
        return connection == sending.except || (sending.isToAll && !connection->inBroadcasts());
    });
    return connections;
}

// Called in any thread with the lock, so that no connection is deleted. Returns how many connections get the
// message, and stores to which it is not sent.
WsServerThread::Decision WsServerThread::decide(WsSendingToMany *sending, qint64 waiting) const
{
    leaveOut(sending);
    Decision decision;
    const std::vector<quint64> known = sending->refusals;
    const auto ask = [&](WsConnection *connection) {
        WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
        if (d.life.state() != Ws::Open || std::binary_search(known.begin(), known.end(), d.id))
            return;
        WsReplays *const replays = sending->id.isNull() ? nullptr : d.sharedReplays.load();
        if (Q_UNLIKELY(replays) && replays->takeNote(*sending)) {
            ++decision.noted;
            sending->refusals.push_back(d.id);
        } else if (d.sending.hasRoom(*sending, waiting)) {
            ++decision.accepted;
        } else {
            sending->refusals.push_back(d.id);
            d.sending.skip(*sending, d.sending.hasRoom(*sending));
        }
    };
    if (sending->isToAll) {
        for (WsConnection *connection : m_open.all()) {
            if (connection->inBroadcasts())
                ask(connection);
        }
    } else {
        m_subscriptions.visit(sending->topic, ask);
    }
    std::sort(sending->refusals.begin(), sending->refusals.end());
    sending->isAccepted = true;
    return decision;
}

// With the lock. The one that is left out may be deleted by now: only here is it known to exist.
void WsServerThread::leaveOut(WsSendingToMany *sending) const
{
    const WsConnection *const except = std::exchange(sending->except, nullptr);
    if (except && m_open.all().contains(except))
        sending->refusals.push_back(WsConnectionPrivate::of(except)->id);
}

int WsServerThread::sendLater(WsSendingToMany sending, bool mayBeMore)
{
    const QMutexLocker locker(&m_sharedMutex);
    sending.formCount = home().windowCount();
    WsSendingToMany *const same = mayBeMore ? nullptr : findSame(sending);
    const Decision decision = decide(&sending, m_pendingSize - (same ? same->size() : 0));
    if (decision.accepted > 0 && same && replace(same, &sending))
        return decision.all();
    const bool hasRoom = sending.message.size() <= home().maxBufferedAmount.value() - m_pendingSize;
    if (decision.accepted == 0 && !(mayBeMore && hasRoom))
        return decision.noted;
    return push(std::move(sending)) ? decision.all() : decision.noted;
}

int WsServerThread::sendFirst(WsSendingToMany sending)
{
    const QMutexLocker locker(&m_sharedMutex);
    sending.formCount = home().windowCount();
    Decision decision;
    if (!sending.isAccepted) {
        decision = decide(&sending, m_pendingSize);
        if (decision.accepted == 0)
            return decision.noted;
    }
    return push(std::move(sending), Turn::First) ? decision.all() : decision.noted;
}

// With the lock: one that waits and has the same topic and key.
WsSendingToMany *WsServerThread::findSame(const WsSendingToMany &sending)
{
    if (!sending.key)
        return nullptr;
    const auto same = m_keyed.constFind({sending.topic, *sending.key});
    return same == m_keyed.constEnd() ? nullptr : &m_pending.at(size_t(*same - m_firstPending));
}

// With the lock. Only if the same connections get it, of which none would lack the one before. Returns
// whether it has taken its place.
bool WsServerThread::replace(WsSendingToMany *same, WsSendingToMany *sending)
{
    if (same->refusals != sending->refusals)
        return false;
    sending->replaced = same->replaced + 1;
    m_pendingSize += sending->size() - same->size();
    *same = std::move(*sending);
    return true;
}

// Called with the lock. Each message is a task, to keep its order among the other tasks of the thread.
bool WsServerThread::push(WsSendingToMany sending, Turn turn)
{
    if (!post([self = shared_from_this()] { self->sendNext(); }))
        return false;
    m_pendingSize += sending.size();
    if (turn == Turn::First) {
        m_pending.push_front(std::move(sending));
        --m_firstPending;
        return true;
    }
    if (sending.key)
        m_keyed.insert({sending.topic, *sending.key}, m_firstPending + qint64(m_pending.size()));
    m_pending.push_back(std::move(sending));
    return true;
}

void WsServerThread::sendNext()
{
    WsSendingToMany sending;
    {
        const QMutexLocker locker(&m_sharedMutex);
        sending = std::move(m_pending.front());
        m_pending.pop_front();
        const qint64 number = m_firstPending++;
        if (sending.key && m_keyed.value({sending.topic, *sending.key}, -1) == number)
            m_keyed.remove({sending.topic, *sending.key});
    }
    const qint64 size = sending.size();
    (void)WsRunningSending(shared_from_this(), sending, receivers(sending)).run();
    const QMutexLocker locker(&m_sharedMutex);
    m_pendingSize -= size;
}

void WsServerThread::broadcast(const WsPreparedMessage &message, const WsConnection *except)
{
    home().broadcastToAll(message, except);
}

void WsServerThread::subscribe(WsConnection *connection, const QString &topic)
{
    if (m_subscriptions.add(connection, topic) && home().hasBroker())
        home().noteTopics({topic});
    if (Q_UNLIKELY(home().hasPresence()))
        joinPresence(connection, topic);
}

void WsServerThread::subscribe(WsConnection *connection, const QString &topic, const WsReplayStart &start)
{
    WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
    const WsLifeGuard guard(d);
    subscribe(connection, topic);
    if (!guard || !d.owner) // a slot has ended it
        return;
    if (!d.replays)
        d.replays = std::make_unique<WsReplays>(d);
    d.sharedReplays = d.replays.get();
    d.replays->start(topic, start);
}

void WsServerThread::unsubscribe(WsConnection *connection, const QString &topic)
{
    const bool wasLast = m_subscriptions.remove(connection, topic);
    WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
    d.sending.forgetHeld(topic);
    if (d.replays)
        d.replays->remove(topic);
    if (wasLast && home().hasBroker())
        home().noteTopics({topic});
    if (Q_UNLIKELY(home().hasPresence()))
        leavePresence(connection, {topic});
}

// If nobody takes the request, the answer is that there is nothing.
void WsServerThread::readHistory(const std::shared_ptr<WsReplayRequest> &request)
{
    home().askBroker(request);
}

quint64 WsServerThread::historyEra() const
{
    return home().historyEra();
}

quint64 WsServerThread::brokerEra() const
{
    return home().brokerEra();
}

// With the lock, so that no connection is deleted.
void WsServerThread::visitReplays(const std::optional<QString> &topic,
                                  const std::function<void(WsReplays &)> &visit) const
{
    const QMutexLocker locker(&m_sharedMutex);
    const auto see = [&visit](WsConnection *connection) {
        if (WsReplays *const replays = WsConnectionPrivate::of(connection)->sharedReplays)
            visit(*replays);
    };
    if (topic) {
        m_subscriptions.visit(*topic, see);
        return;
    }
    for (WsConnection *connection : m_open.all())
        see(connection);
}

// Where a history that is empty ends is "0-0": a client that comes back with it gets what came next.
// Without an id, it would miss that.
void WsServerThread::onReplayed(WsConnection *connection, const QString &topic,
                                const std::optional<WsHistoryId> &position, bool isComplete)
{
    const QString lastId = position ? position->toString() : QString();
    if (const auto handler = home().replayHandler.get())
        callForConnection(connection, [&] { (*handler)(connection, topic, lastId, isComplete); });
}

namespace {
// One that is catching up is told at the end of that.
void reportGapOf(WsConnectionPrivate &d, const QString &topic, const WsHistoryId &position)
{
    const std::shared_ptr<WsConnectionOwner> owner = d.owner;
    const bool isSubscribed = d.topics && d.topics->contains(topic);
    if (owner && isSubscribed && !(d.replays && d.replays->has(topic)))
        owner->onReplayed(d.q, topic, position, false);
}
} // namespace

void WsServerThread::reportGap(const QString &topic, const WsHistoryId &position)
{
    if (!isOwnThread()) { // a handler has moved it
        reportGapLater(topic, position);
        return;
    }
    const auto self = shared_from_this();
    const QList<WsConnection *> connections = m_subscriptions.subscribers(topic);
    const auto reportLater = [topic, position](WsConnectionPrivate &d) {
        (void)d.threads.post([&d, topic, position] { reportGapOf(d, topic, position); });
    };
    Round round{{connections.begin(), connections.end()}, reportLater};
    m_rounds.push_back(&round);
    for (WsConnection *connection : connections) {
        if (round.left.remove(connection))
            reportGapOf(*WsConnectionPrivate::of(connection), topic, position);
    }
    if (!round.hasMoved)
        std::erase(m_rounds, &round);
}

void WsServerThread::reportGapLater(const QString &topic, const WsHistoryId &position) const
{
    const QMutexLocker locker(&m_sharedMutex);
    m_subscriptions.visit(topic, [&](WsConnection *connection) {
        WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
        (void)d.threads.post([&d, topic, position] { reportGapOf(d, topic, position); });
    });
}

void WsServerThread::onSkipped(WsConnection *connection, const QString &topic, qint64 count)
{
    if (const auto handler = home().skipHandler.get())
        callForConnection(connection, [&] { (*handler)(connection, topic, count); });
}

// If the handler throws, the connection is closed.
void WsServerThread::callForConnection(WsConnection *connection, const std::function<void()> &handler)
{
    WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
    const WsLifeGuard guard(d);
    const std::shared_ptr<WsServerThread> self = shared_from_this();
    const WsSocketCall call(d.link.transport()); // if the handler moves the connection, it arrives after this
    const QString thrown = wsThrownBy(handler);
    if (thrown.isNull())
        return;
    const auto giveUp = [thrown](WsConnectionPrivate &failed) {
        failed.life.giveUp(WsError(Ws::ErrorKind::Handler, thrown, Ws::InternalError));
    };
    if (guard)
        giveUp(d);
    else
        (void)guard.postAfterMove(giveUp);
    home().reportThrown(thrown);
}
