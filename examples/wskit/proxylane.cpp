// SPDX-License-Identifier: MIT
#include "proxylane.h"

#include <algorithm>
#include <utility>

using namespace std::chrono_literals;
using Clock = ProxySchedule::Clock;

namespace {
// While more waits, nothing is read from the source.
constexpr size_t MaxWaiting = 1000;
constexpr qint64 MaxWaitingBytes = 4 * 1024 * 1024;
} // namespace

std::optional<Clock::time_point> ProxySchedule::admit(const WsMessage &message, Clock::time_point now)
{
    const bool isBlocked =
        m_rules.block && message.isText() && m_rules.block->match(message.text()).hasMatch();
    if (isBlocked || (m_rules.dropShare > 0 && m_random.generateDouble() < m_rules.dropShare))
        return {};
    const std::chrono::duration<double, std::milli> jitter(double(m_rules.jitter.count())
                                                           * m_random.generateDouble());
    Clock::time_point due = now + m_rules.delay + std::chrono::duration_cast<Clock::duration>(jitter);
    if (m_last) {
        const std::chrono::duration<double> distance(m_rules.perSecond > 0 ? 1 / m_rules.perSecond : 0);
        due = std::max(due, *m_last + std::chrono::duration_cast<Clock::duration>(distance));
    }
    m_last = due;
    return due;
}

ProxyLane::ProxyLane(WsConnection *source, WsConnection *target, const ProxyRules &rules)
    : m_source(source), m_target(target), m_schedule(rules, QRandomGenerator::global()->generate())
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &ProxyLane::sendDue);
    connect(source, &WsConnection::messageReceived, this, &ProxyLane::onMessage);
    connect(source, &WsConnection::pinged, target, [target](const QByteArray &payload) {
        if (target->bufferedAmount() <= target->options().highWaterMark()) // more would not help anyone
            target->ping(payload);
    });
    connect(target, &WsConnection::drained, this, &ProxyLane::sendDue);
}

void ProxyLane::onMessage(const WsMessage &message)
{
    const std::optional<Clock::time_point> due = m_schedule.admit(message, Clock::now());
    Q_EMIT messageCame(message, due ? Fate::Passed : Fate::Dropped);
    if (!due)
        return;
    m_waiting.push_back({message, *due});
    m_waitingBytes += message.data().size();
    sendDue();
}

void ProxyLane::sendDue()
{
    while (!m_waiting.empty() && m_target && m_target->state() == Ws::Open) {
        if (m_target->bufferedAmount() > m_target->options().highWaterMark())
            break; // drained() goes on
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(m_waiting.front().due - Clock::now());
        if (left > 0ms) {
            m_timer.start(left);
            break;
        }
        const WsMessage message = std::move(m_waiting.front().message);
        m_waiting.pop_front();
        m_waitingBytes -= message.data().size();
        if (!m_target->send(message))
            Q_EMIT failed(m_target->errorString());
    }
    updatePause();
    if (m_waiting.empty() && m_ending)
        closeTarget();
}

void ProxyLane::updatePause()
{
    if (!m_source)
        return;
    const bool isFull = m_waiting.size() > MaxWaiting || m_waitingBytes > MaxWaitingBytes;
    m_source->setPaused(isFull || (m_isFinishing && m_source->state() == Ws::Open));
}

void ProxyLane::finish(quint16 code, const QString &reason, bool wasClean)
{
    m_ending = Ending{code, reason, wasClean};
    m_isFinishing = true;
    sendDue();
}

// A connection that is lost without a closing handshake is lost on the other side too.
void ProxyLane::closeTarget()
{
    const std::optional<Ending> ending = std::exchange(m_ending, std::nullopt);
    if (!m_target || m_target->state() == Ws::Closing || m_target->state() == Ws::Closed)
        return;
    if (ending->wasClean)
        m_target->close(ending->code, ending->reason);
    else
        m_target->abort();
}
