// SPDX-License-Identifier: MIT
#include "net/server/wsconnectionlist.h"

#include "net/connection/wsconnection_p.h"

#include <utility>

void WsConnectionList::add(WsConnection *connection)
{
    WsConnectionPrivate::of(connection)->ownerIndex = m_connections.size();
    m_connections.append(connection);
}

bool WsConnectionList::contains(const WsConnection *connection) const
{
    const qsizetype index = WsConnectionPrivate::of(connection)->ownerIndex;
    return index >= 0 && index < m_connections.size() && m_connections.at(index) == connection;
}

bool WsConnectionList::remove(WsConnection *connection)
{
    if (!contains(connection))
        return false;
    const qsizetype index = std::exchange(WsConnectionPrivate::of(connection)->ownerIndex, -1);
    WsConnection *const last = m_connections.takeLast();
    if (last != connection) {
        m_connections[index] = last;
        WsConnectionPrivate::of(last)->ownerIndex = index;
    }
    return true;
}
