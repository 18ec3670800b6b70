// SPDX-License-Identifier: MIT
#include "net/connection/wsconflation.h"

#include "protocol/wspreparedmessage_p.h"

qint64 WsConflation::costOf(const WsManyMessage &message)
{
    return message.message.size() + WsPreparedFrame::deflatedSize(message.message) + message.namesSize()
           + Cost;
}

qint64 WsConflation::costOfSame(const WsManyMessage &message) const
{
    if (!message.key)
        return 0;
    const auto same = m_keyed.constFind({message.topic, *message.key});
    return same == m_keyed.constEnd() ? 0 : costOf(**same);
}

bool WsConflation::put(const WsManyMessage &message)
{
    m_cost += costOf(message);
    if (message.key) {
        const Key key(message.topic, *message.key);
        if (const auto same = m_keyed.constFind(key); same != m_keyed.constEnd()) {
            m_cost -= costOf(**same);
            (*same)->message = message.message;
            return true;
        }
        m_keyed.insert(key, m_messages.insert(m_messages.end(), message));
    } else {
        m_messages.push_back(message);
    }
    return false;
}

WsManyMessage WsConflation::takeFirst()
{
    WsManyMessage message = std::move(m_messages.front());
    m_messages.pop_front();
    m_cost -= costOf(message);
    if (message.key)
        m_keyed.remove({message.topic, *message.key});
    return message;
}

void WsConflation::removeKeyed(const QString &topic)
{
    for (auto message = m_messages.begin(); message != m_messages.end();) {
        if (!message->key || message->topic != topic) {
            ++message;
            continue;
        }
        m_cost -= costOf(*message);
        m_keyed.remove({message->topic, *message->key});
        message = m_messages.erase(message);
    }
}
