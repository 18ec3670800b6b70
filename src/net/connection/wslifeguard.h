// SPDX-License-Identifier: MIT
#ifndef WSLIFEGUARD_H
#define WSLIFEGUARD_H

#include <QtCore/qglobal.h>

#include <functional>

class WsConnectionPrivate;
class WsOpening;
struct WsDeparture;

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
    // The same, and \a opening still goes on. It may be called in an opening that has been deleted.
    bool isStillIn(const WsOpening *opening) const;
    // If a slot has moved the connection to another thread: posts \a action to it there. Returns false if it
    // has not moved, or is deleted.
    bool postAfterMove(std::function<void(WsConnectionPrivate &)> action) const;

private:
    friend class WsLife;

    WsConnectionPrivate *m_connection;
    WsDeparture *m_departure = nullptr; // exists as long as a socket is on the stack
    WsLifeGuard *const m_outer;
    const quint32 m_session;
};

#endif // WSLIFEGUARD_H
