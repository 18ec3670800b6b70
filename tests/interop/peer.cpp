// SPDX-License-Identifier: MIT
#include "peer.h"

#include <algorithm>

using namespace Qt::StringLiterals;

QJsonObject Peer::lastEvent(const QString &name, const QString &path) const
{
    const auto found = std::find_if(m_events.rbegin(), m_events.rend(), [&](const QJsonObject &event) {
        return event["event"_L1].toString() == name && event["path"_L1].toString() == path;
    });
    return found == m_events.rend() ? QJsonObject() : *found;
}
