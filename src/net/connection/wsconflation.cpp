// SPDX-License-Identifier: MIT
#include "net/connection/wsconflation.h"

#include "protocol/wspreparedmessage_p.h"

namespace {
qint64 costOf(const WsManyMessage &message)
{
    return message.message.size() + WsPreparedFrame::deflatedSize(message.message) + message.namesSize()
           + WsConflation::Cost;
}
} // namespace

qint64 WsConflation::costOfSame(const WsManyMessage &message) const
{
    if (!message.key)
        return 0;
    const auto same = m_keyed.constFind({message.topic, *message.key});
    return same == m_keyed.constEnd() ? 0 : (*same)->cost;
}

bool WsConflation::put(const WsManyMessage &message)
{
    const qint64 cost = costOf(message);
    m_cost += cost;
    if (message.key) {
        const Key key(message.topic, *message.key);
        if (const auto same = m_keyed.constFind(key); same != m_keyed.constEnd()) {
            m_cost -= std::exchange((*same)->cost, cost);
            (*same)->message.message = message.message;
            return true;
        }
        m_keyed.insert(key, m_messages.insert(m_messages.end(), {message, cost}));
    } else {
        m_messages.push_back({message, cost});
    }
    return false;
}

WsManyMessage WsConflation::takeFirst()
{
    WsManyMessage message = std::move(m_messages.front().message);
    m_cost -= m_messages.front().cost;
    m_messages.pop_front();
    if (message.key)
        m_keyed.remove({message.topic, *message.key});
    return message;
}

void WsConflation::removeKeyed(const QString &topic)
{
    for (auto held = m_messages.begin(); held != m_messages.end();) {
        if (!held->message.key || held->message.topic != topic) {
            ++held;
            continue;
        }
        held = remove(held);
    }
}

std::optional<WsHistoryId> WsConflation::removeAfter(const QString &topic,
                                                     const std::optional<WsHistoryId> &id, quint64 era)
{
    std::optional<WsHistoryId> first;
    for (auto held = m_messages.begin(); held != m_messages.end();) {
        const WsManyMessage &message = held->message;
        const bool isMeant = !message.id.isNull() && message.topic == topic && message.era >= era;
        if (!isMeant || (id && message.id <= *id)) {
            ++held;
            continue;
        }
        first = first.value_or(message.id);
        held = remove(held);
    }
    return first;
}

// Returns the one after it.
WsConflation::Messages::iterator WsConflation::remove(Messages::iterator held)
{
    m_cost -= held->cost;
    if (held->message.key)
        m_keyed.remove({held->message.topic, *held->message.key});
    return m_messages.erase(held);
}
