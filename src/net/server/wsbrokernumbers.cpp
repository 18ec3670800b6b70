// SPDX-License-Identifier: MIT
#include "net/server/wsbrokernumbers.h"

#include <utility>

quint64 WsBrokerNumbers::next(const QString &topic)
{
    const auto known = m_last.find(topic);
    if (known != m_last.end())
        return ++*known;
    if (m_last.size() >= m_maxTopics) {
        m_last.clear();
        ++m_era;
    }
    return *m_last.insert(topic, (m_era << EraShift) + 1);
}

WsBrokerGaps::Arrival WsBrokerGaps::arrive(const QString &topic, const QUuid &origin, quint64 number)
{
    QHash<QUuid, quint64> &origins = m_last[topic];
    const auto last = origins.find(origin);
    if (last == origins.end()) {
        if (origins.size() >= MaxOrigins) // of servers that were restarted, most of them
            origins.clear();
        origins.insert(origin, number);
        return {};
    }
    if (number <= *last)
        return {0, false};
    const quint64 before = std::exchange(*last, number);
    constexpr int Shift = WsBrokerNumbers::EraShift;
    const bool isSameEra = number >> Shift == before >> Shift;
    return {isSameEra ? qint64(number - before - 1) : 0, true};
}
