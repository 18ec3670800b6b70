// SPDX-License-Identifier: MIT
#ifndef WSLIFEGUARD_H
#define WSLIFEGUARD_H

#include <QtCore/qglobal.h>

class WsConnectionPrivate;

// Shows, after a signal, whether the connection still exists and is in the same opening. The guard is false
// if it was deleted or moved to another thread.
class WsLifeGuard
{
public:
    explicit WsLifeGuard(WsConnectionPrivate &connection);
    ~WsLifeGuard();
    Q_DISABLE_COPY_MOVE(WsLifeGuard)

    bool lives() const { return m_connection != nullptr; }
    explicit operator bool() const;

private:
    friend class WsLife;

    WsConnectionPrivate *m_connection;
    WsLifeGuard *const m_outer;
    const quint32 m_session;
};

#endif // WSLIFEGUARD_H
