// SPDX-License-Identifier: MIT
#ifndef WSSERVERTHREAD_H
#define WSSERVERTHREAD_H

#include "net/connection/wsconnectionowner.h"
#include "net/loop/wsturnmember.h"
#include "net/server/wsconnectionlist.h"
#include "net/server/wsserversettings.h"
#include "net/server/wssubscriptions.h"

#include <QtCore/qhash.h>
#include <QtCore/qpointer.h>
#include <QtCore/qthread.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

class WsServerHome;
class WsServerThread;
class WsTransport;

using WsServerThreads = std::vector<std::shared_ptr<WsServerThread>>;

// The connections of a server that live in one thread: the server's own (WsServerHome), one that the server
// has started, or one that somebody has moved a connection to, which is then the only one in here. Its
// functions are called in that thread unless they say otherwise.
class WsServerThread : public WsConnectionOwner,
                       public WsTurnMember,
                       public std::enable_shared_from_this<WsServerThread>
{
public:
    // For a thread that is started, or that a connection is moved to.
    explicit WsServerThread(std::shared_ptr<WsServerHome> home);
    ~WsServerThread() override;

    // In the server's thread: starts a thread of its own; returns what is wrong.
    QString startThread(int number);
    // Ends the thread that was started, with its connections.
    void stop();
    bool isStarted() const { return m_thread != nullptr; }
    // How many clients were given to it and have not gone; of the server's thread.
    int load = 0;

    // From any thread:
    WsServerHome &home();
    bool isHome() const { return !m_home; }
    // Of one connection that somebody has moved to it.
    bool isHost() const { return m_home && !m_thread; }
    // Calls \a task at once if the thread is the current one, else has it called there, unless the thread has
    // ended.
    void run(std::function<void()> task);
    int openCount() const { return m_openCount; }
    const WsSubscriptions &subscriptions() const { return m_subscriptions; }
    // Has the thread send, in the order of the calls.
    using Sending = std::function<int(WsServerThread &)>;
    void sendLater(const Sending &send);

    // In this thread:
    void accept(const WsAcceptedClient &client);
    // Returns null if it has ended already.
    WsConnection *start(std::unique_ptr<WsTransport> transport, const WsAcceptedClient &client);
    // Its request is complete: it gets a place among the connections, or is told why not.
    WsHttpError admit(WsConnection *connection);
    // It is refused after all: it gives its place back, and is pending until it has gone.
    void dismiss(WsConnection *connection);
    void open(WsConnection *connection, const WsServerSettings &settings);
    const QList<WsConnection *> &openConnections() const { return m_open.all(); }
    QList<WsConnection *> all() const;
    void closeAll();
    void deleteAll();

    // Returns how many it was sent to.
    int broadcastHere(const WsPreparedMessage &message, const WsConnection *except);
    int publishHere(const QString &topic, const WsPreparedMessage &message, const WsConnection *except);
    int sendNow(const Sending &send);
    void subscribe(WsConnection *connection, const QString &topic);
    void unsubscribe(WsConnection *connection, const QString &topic);

    // WsConnectionOwner
    void onEnded(WsConnection *connection) override;
    void onDeleted(WsConnection *connection) override;
    void onDeparting(WsConnection *connection) override;
    void onArrived(WsConnection *connection) override;
    std::shared_ptr<void> keepPlace(const WsConnection *connection) override;
    void broadcast(const WsPreparedMessage &message, const WsConnection *except) override;

    // WsTurnMember
    void onTurnEnd() override { }
    void onNestedTurn() override { }
    void onCheck(WsTime) override { }
    void onArrived() override { }
    void onThreadEnd() override;

protected:
    explicit WsServerThread(QObject *server);

    virtual bool isMovingAlong(const WsConnection *) const { return false; }

private:
    void announce(WsConnection *connection);
    WsRemovedClient take(WsConnection *connection);
    void adopt(WsConnection *connection, const WsRemovedClient &from, bool isAnnounced);
    void sendNext();
    void leaveIfHost();
    int send(const QList<WsConnection *> &connections, const WsPreparedMessage &message,
             const WsConnection *except);

    const std::shared_ptr<WsServerHome> m_home; // null for the home itself
    std::unique_ptr<QThread> m_thread;          // null unless it was started
    quint64 m_takenCount = 0;                   // how many have left
    WsConnectionList m_unplaced;                // without a place: the request is not complete, or refused
    WsConnectionList m_opening;                 // with one, until they are open
    WsConnectionList m_open;
    QHash<const WsConnection *, WsAdmission::Number> m_numbers; // of those that are pending
    QList<QPointer<WsConnection>> m_leaving; // to be deleted when the server's thread has let go of them
    WsConnection *m_unannounced =
        nullptr; // in its connection handler: newConnection() is still to be emitted
    QMutex m_pendingMutex;
    std::deque<Sending> m_pending; // what is to be sent here; with the lock
    WsSubscriptions m_subscriptions;
    std::atomic<int> m_openCount{0};
};

#endif // WSSERVERTHREAD_H
