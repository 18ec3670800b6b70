// SPDX-License-Identifier: MIT
#ifndef WSTHREADCONTEXT_H
#define WSTHREADCONTEXT_H

#include "net/wsdeadlines.h"

#include <QtCore/qobject.h>
#include <QtCore/qtimer.h>

#include <set>
#include <utility>
#include <vector>

class WsConnection;

// What all connections of one thread share: the buffer that is read into, one timer for all their
// deadlines, and the flush at the end of the current turn of the event loop.
class WsThreadContext : public QObject
{
public:
    static constexpr qsizetype ReadSize = 64 * 1024;

    static WsThreadContext &current();

    // ReadSize bytes to read into; to be given back when they are used up.
    QByteArray takeReadBuffer();
    void giveReadBuffer(QByteArray buffer);

    // Grows whenever the thread's event loop wakes up: tells whether a slot ran a loop of its own.
    quint64 turn() const { return m_turn; }

    void scheduleFlush(WsConnection *connection);
    // Has \a connection look at its deadlines at \a time, or earlier where that was asked for before.
    void scheduleCheck(WsConnection *connection, WsTime time);
    // Forgets a connection that leaves the thread.
    void forget(WsConnection *connection);

protected:
    bool event(QEvent *event) override;

private:
    WsThreadContext();
    void flushAll();
    void checkDeadlines();
    void startTimer();

    QByteArray m_readBuffer;
    quint64 m_turn = 0;
    std::vector<WsConnection *> m_toFlush;
    std::vector<WsConnection *> m_flushing;
    std::set<std::pair<WsTime, WsConnection *>> m_checks;
    QTimer m_timer;
    WsTime m_timerTime = WsTime::max();
};

#endif // WSTHREADCONTEXT_H
