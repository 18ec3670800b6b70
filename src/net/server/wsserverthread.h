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

// A message to many connections, all of them or the subscribers of a topic.
struct WsSendingToMany
{
    // What one that waits takes besides its message.
    static constexpr qint64 Cost = 384;

    WsPreparedMessage message;
    const WsConnection *except = nullptr;
    QString topic;
    bool isToAll = true;
    bool isAccepted = false;       // it has waited, and those that had no room for it are known
    std::vector<quint64> refusals; // the ids of those, in their order

    // How much memory it takes while it waits.
    qint64 size() const;
};

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
    // Has the thread send, in the order of the calls; returns to how many. Whether each connection has room
    // is decided now: what waits on the way to the thread counts for it as well. \a mayBeMore: connections
    // that cannot be seen yet may be among the subscribers by then.
    int sendLater(WsSendingToMany sending, bool mayBeMore = false);

    // In this thread:
    void accept(const WsAcceptedClient &client);
    // Returns null if it has ended already.
    WsConnection *start(std::unique_ptr<WsTransport> transport, const WsAcceptedClient &client);
    // Its request is complete: it gets a place among the connections, or is told why not.
    WsHttpError admit(WsConnection *connection);
    // It is refused after all: it gives its place back, and is pending until it has gone.
    void dismiss(WsConnection *connection);
    // A pending one has got a step further, or was not silent: it need not give way soon.
    void renew(WsConnection *connection);
    // 0 if it is not pending.
    WsAdmission::Number numberOf(const WsConnection *connection) const { return m_numbers.value(connection); }
    void open(WsConnection *connection, const WsServerSettings &settings);
    const QList<WsConnection *> &openConnections() const { return m_open.all(); }
    QList<WsConnection *> all() const;
    void closeAll();
    void deleteAll();

    // Returns how many it was sent to.
    int sendNow(const WsSendingToMany &sending);
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
    void callHandler(const WsServer::ConnectionHandler &handler, WsConnection *connection);
    bool setNumber(WsConnection *connection, WsAdmission::Number number);
    WsRemovedClient take(WsConnection *connection);
    void adopt(WsConnection *connection, const WsRemovedClient &from, bool isAnnounced);
    int decide(WsSendingToMany *sending) const;
    bool push(WsSendingToMany sending);
    void sendNext();
    int send(const WsSendingToMany &sending);
    int sendTo(const QList<WsConnection *> &connections, const WsSendingToMany &sending);
    void leaveIfHost();

    const std::shared_ptr<WsServerHome> m_home; // null for the home itself
    std::unique_ptr<QThread> m_thread;          // null unless it was started
    quint64 m_takenCount = 0;                   // how many have left
    WsConnectionList m_unplaced;                // without a place: the request is not complete, or refused
    WsConnectionList m_opening;                 // with one, until they are open
    WsConnectionList m_open;
    QHash<const WsConnection *, WsAdmission::Number> m_numbers; // of those that are pending
    QList<QPointer<WsConnection>> m_leaving; // to be deleted when the server's thread has let go of them
    WsConnection *m_unannounced =
        nullptr;                  // in its connection handler: newConnection() is still to be emitted
    mutable QMutex m_sharedMutex; // of the list of open connections, which others look at, and these two:
    std::deque<WsSendingToMany> m_pending; // to be sent here
    qint64 m_pendingSize = 0;              // with the one that is being sent
    WsSubscriptions m_subscriptions;
    std::atomic<int> m_openCount{0};
};

#endif // WSSERVERTHREAD_H
