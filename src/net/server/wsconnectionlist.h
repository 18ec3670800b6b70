// SPDX-License-Identifier: MIT
#ifndef WSCONNECTIONLIST_H
#define WSCONNECTIONLIST_H

#include <QtCore/qlist.h>

class WsConnection;

// A list that a connection can leave in constant time, because it knows its own place.
class WsConnectionList
{
public:
    void add(WsConnection *connection);
    bool remove(WsConnection *connection);
    bool contains(const WsConnection *connection) const;
    const QList<WsConnection *> &all() const { return m_connections; }

private:
    QList<WsConnection *> m_connections;
};

#endif // WSCONNECTIONLIST_H
