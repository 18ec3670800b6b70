// SPDX-License-Identifier: MIT
#ifndef WSRUNNINGSENDING_H
#define WSRUNNINGSENDING_H

#include <QtCore/qlist.h>

#include <memory>

class WsConnection;
class WsServerThread;
struct WsSendingToMany;

// A message to many while a thread sends it to its connections. Slots that this calls may end any of them, or
// move it to another thread, and the server as well.
class WsRunningSending
{
public:
    // In \a thread, to its \a connections. \a sending outlives it.
    WsRunningSending(std::shared_ptr<WsServerThread> thread, const WsSendingToMany &sending,
                     QList<WsConnection *> connections);
    ~WsRunningSending();
    Q_DISABLE_COPY_MOVE(WsRunningSending)

    // Returns how many have accepted it. Those that the thread has begun before come first.
    int run();
    // Whether \a connection, which still exists, is to get it.
    bool awaits(const WsConnection *connection) const;
    // It leaves the thread.
    void remove(const WsConnection *connection);
    // \a host, which it has been moved to, sends it.
    void goOnIn(WsServerThread *host);
    // The thread moves with all of its connections, and sends it to the others later.
    void goOnLater();

private:
    void sendOn();
    bool sendTo(WsConnection *connection);

    const std::shared_ptr<WsServerThread> m_thread;
    const WsSendingToMany &m_sending;
    QList<WsConnection *> m_connections; // null for those that have left since
    qsizetype m_next = 0;                // those before it have been reached, and may be deleted
    int m_reached = 0;
    bool m_isRunning = true;
};

#endif // WSRUNNINGSENDING_H
