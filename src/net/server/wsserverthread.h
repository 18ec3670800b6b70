// SPDX-License-Identifier: MIT
#ifndef WSSERVERTHREAD_H
#define WSSERVERTHREAD_H

#include "net/connection/wsconflation.h"
#include "net/connection/wsconnectionowner.h"
#include "net/loop/wsturnmember.h"
#include "net/server/wsconnectionlist.h"
#include "net/server/wsserversettings.h"
#include "net/server/wsservertally.h"
#include "net/server/wssubscriptions.h"

#include <QtCore/qhash.h>
#include <QtCore/qpointer.h>
#include <QtCore/qset.h>
#include <QtCore/qthread.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

class WsPreambles;
class WsConnectionPrivate;
class WsReplays;
class WsRunningSending;
class WsServerHome;
class WsServerThread;
class WsTransport;
struct WsReplayStart;

// A message to many connections, all of them or the subscribers of a topic.
struct WsSendingToMany : WsManyMessage
{
    // The memory that it takes while it waits, besides its message.
    static constexpr qint64 Cost = 512;

    const WsConnection *except = nullptr; // not once it waits: another one may have the address by then
    bool isToAll = true;
    bool isAccepted = false;            // it has waited, and which connections do not get it has been decided
    std::vector<quint64> refusals = {}; // the ids of those that do not, sorted
    qint64 replaced = 0;                // how many it has taken the place of, while it waited
    int formCount = 0;                  // how many compressed forms there may be while it waits

    // How much memory it takes while it waits.
    qint64 size() const;
};

// What one connection has queued.
struct WsQueuedAmount
{
    qint64 amount;
    quint64 id;
};

using WsServerThreads = std::vector<std::shared_ptr<WsServerThread>>;

// The connections of a server that live in one thread: the server's own (WsServerHome), a thread that the
// server has started, or a thread to which the application has moved a connection, which is then the only one
// in here. Its functions are called in that thread unless they say otherwise.
class WsServerThread : public WsConnectionOwner,
                       public WsTurnMember,
                       public std::enable_shared_from_this<WsServerThread>
{
public:
    // For a thread that is started, or to which a connection is moved.
    explicit WsServerThread(std::shared_ptr<WsServerHome> home);
    ~WsServerThread() override;

    // In the server's thread: starts a thread of its own. Returns an error text, or an empty string.
    QString startThread(int number);
    // Ends the thread that was started, with its connections.
    void stop();
    // How many clients were passed to it and have not gone. Only the server's thread uses it.
    int load = 0;
    size_t homeIndex = 0; // its place among the threads of the home, which guards it
    // The outermost first; of this thread.
    std::vector<WsRunningSending *> running;

    // From any thread:
    WsServerHome &home();
    const WsServerHome &home() const;
    bool isHome() const { return !m_home; }
    // Whether it is for a single connection that the application has moved.
    bool isHost() const { return m_home && !m_thread; }
    // Calls \a task at once if the thread is the current one. Otherwise posts it, unless the thread has
    // ended.
    void run(std::function<void()> task);
    int openCount() const { return m_openCount; }
    const WsSubscriptions &subscriptions() const { return m_subscriptions; }
    // What it counts, and its connections.
    void addStatistics(WsServerStatistics *to) const;
    // Makes the thread send, in the order of the calls. Returns the number of connections that accept the
    // message, which is decided now: messages on their way to the thread count as well. \a mayBeMore: there
    // may be other subscribers by then, which are not known yet.
    int sendLater(WsSendingToMany sending, bool mayBeMore = false);
    // How much the connections have queued, and the same in the thread itself after it has begun to matter.
    void collectQueued(std::vector<WsQueuedAmount> *amounts) const;
    void countQueued();
    // Cuts those of its connections with these \a ids, which are sorted, if too much is still queued then.
    void cutSlow(const std::vector<quint64> &ids) const;
    // What its connections know of histories; only of the subscribers of \a topic, if there is one.
    void visitReplays(const std::optional<QString> &topic,
                      const std::function<void(WsReplays &)> &visit) const;
    // As reportGap(), also to those that move to another thread meanwhile.
    void reportGapLater(const QString &topic, const WsHistoryId &position) const;
    WsServerTally tally;

    // In this thread:
    // Begins with a client, once everything is known of it that has to be known first.
    void accept(const WsAcceptedClient &client);
    void begin(const WsAcceptedClient &client);
    // Of a client without a connection, which has been cut: reports why, and that it has gone.
    void refuse(const WsAcceptedClient &client, const QString &reason);
    // The same for a server that ends.
    void cut(const WsAcceptedClient &client, bool isReported);
    // Returns null if the connection has already ended.
    WsConnection *start(std::unique_ptr<WsTransport> transport, const WsAcceptedClient &client);
    // The request is complete: gives the connection a place, or returns why there is none.
    WsHttpError admit(WsConnection *connection);
    // The client is refused after that: it gives its place back, and is pending until it has gone.
    void dismiss(WsConnection *connection);
    // A pending one has got a step further, or is not silent: it need not give way soon. Returns false if it
    // is none, or still has to: it was asked to, and its address has too many without it.
    bool renew(WsConnection *connection);
    // Its request is answered, and it may send another one: gives its place back, if it has one. It has been
    // served, so it may have to give way at once.
    void setIdle(WsConnection *connection);
    // 0 if it is not pending.
    WsAdmission::Number numberOf(const WsConnection *connection) const { return m_numbers.value(connection); }
    void open(WsConnection *connection, const WsServerSettings &settings);
    const QList<WsConnection *> &openConnections() const { return m_open.all(); }
    QList<WsConnection *> all() const;
    // The server leaves: closes them, and answers requests with 503.
    void closeAll();
    // The time for that is over.
    void cutAll();
    void deleteAll();

    // The connections that the message is to be sent to now.
    QList<WsConnection *> receivers(const WsSendingToMany &sending) const;
    // Makes connections that have just moved, or are about to, get what was begun before, ahead of everything
    // else that waits for them. Returns how many accept it, of a sending that was not accepted.
    int sendFirst(WsSendingToMany sending);
    void subscribe(WsConnection *connection, const QString &topic);
    // The same to a topic with history, of which it first gets what has been published since \a start.
    void subscribe(WsConnection *connection, const QString &topic, const WsReplayStart &start);
    void unsubscribe(WsConnection *connection, const QString &topic);
    // Makes its subscribers members of their topics, unless they are.
    void notePresence();

    // WsConnectionOwner
    void onEnded(WsConnection *connection) override;
    void onDeleted(WsConnection *connection) override;
    void onDeparting(WsConnection *connection) override;
    void onArrived(WsConnection *connection) override;
    void onAlert(const WsEndpoints &client, const WsAlert &alert) override;
    std::function<void(const WsAlert &)> lateAlerts(const WsEndpoints &client) override;
    std::shared_ptr<void> keepPlace(const WsConnection *connection) override;
    void onSkipped(WsConnection *connection, const QString &topic, qint64 count) override;
    void readHistory(const std::shared_ptr<WsReplayRequest> &request) override;
    quint64 historyEra() const override;
    quint64 brokerEra() const override;
    void onReplayed(WsConnection *connection, const QString &topic,
                    const std::optional<WsHistoryId> &position, bool isComplete) override;
    // The history of the topic does not reach back to what its subscribers have got.
    void reportGap(const QString &topic, const WsHistoryId &position);
    void broadcast(const WsPreparedMessage &message, const WsConnection *except) override;
    void onTotalExceeded() override;

    // WsTurnMember
    void onTurnEnd() override { }
    void onNestedTurn() override { }
    void onCheck(WsTime) override { }
    void onArrived() override { }
    void onThreadEnd() override;

protected:
    explicit WsServerThread(QObject *server);

    // Has those that something has to be read of first begin anew, after a move.
    void postponePreambles();
    virtual bool isMovingAlong(const WsConnection *) const { return false; }
    // Whether nextPendingConnection() has returned it, so that the server does not own it.
    static bool isTaken(WsConnection *connection);
    // Passes it to a host of its own, which the server then knows.
    std::shared_ptr<WsServerThread> passToHost(WsConnection *connection);
    // It is about to move.
    void breakOffRounds();

private:
    // A call of forEach() or reportGap(), whose slots may do anything.
    struct Round
    {
        QSet<WsConnection *> left; // they are still here, and their turn has not come
        std::function<void(WsConnectionPrivate &)> beforeMove; // for those that are, but are about to move
        bool hasMoved = false;
    };

    // Those that were taken belong to the application.
    enum class Whose : quint8 { Server, Application };
    bool forEach(Whose whose, const std::function<void(WsConnectionPrivate &)> &action);
    void startReading(WsConnectionPrivate &connection, bool isLocal);
    void countOpened(WsConnection *connection);
    void endPreambles(bool isReported);
    void leavePreambles();
    void noteRefusal(const WsAcceptedClient &client, const QString &reason);
    void forget(const WsAcceptedClient &client, bool isReported);
    void announce(WsConnection *connection);
    void callHandler(const WsServer::ConnectionHandler &handler, WsConnection *connection);
    bool setNumber(WsConnection *connection, WsAdmission::Number number,
                   std::chrono::milliseconds patience = WsAdmission::Patience);
    WsAdmission::Number takePlace(WsConnection *connection);
    // Whether it has gone for good, and is counted as such, or lives on in another thread.
    enum class Leaving : quint8 { Ending, Moving };
    WsRemovedClient take(WsConnection *connection, Leaving leaving);
    void countEnd(const WsConnection *connection, bool wasOpen);
    static void logEnd(const WsConnectionPrivate &connection);
    WsRemovedClient remove(WsConnection *connection);
    void reportRemoved(const WsRemovedClient &removed);
    void endTaken();
    void adopt(WsConnection *connection, const WsRemovedClient &from, bool isAnnounced);
    // How many connections get a message: as it is sent, and from the history, as they have not caught up.
    struct Decision
    {
        int accepted = 0;
        int noted = 0;
        int all() const { return accepted + noted; }
    };
    Decision decide(WsSendingToMany *sending, qint64 waiting) const;
    WsSendingToMany *findSame(const WsSendingToMany &sending);
    bool replace(WsSendingToMany *same, WsSendingToMany *sending);
    void leaveOut(WsSendingToMany *sending) const;
    enum class Turn : quint8 { First, Last };
    bool push(WsSendingToMany sending, Turn turn = Turn::Last);
    void sendNext();
    void callForConnection(WsConnection *connection, const std::function<void()> &handler);
    void leaveIfHost();
    bool isSubscriber(const WsConnection *connection, const QString &topic) const;
    void joinPresence(WsConnection *connection, const QString &topic);
    void leavePresence(const WsConnection *connection, const QStringList &topics);
    QString presenceNameOf(WsConnection *connection, const QString &otherwise);

    const std::shared_ptr<WsServerHome> m_home; // null for the home itself
    std::unique_ptr<QThread> m_thread;          // null unless it was started
    std::unique_ptr<WsPreambles> m_preambles;   // made for the first that needs it
    WsConnectionList m_unplaced; // without a place, because the request is not complete or refused
    WsConnectionList m_opening;  // with one, until they are open
    WsConnectionList m_open;
    QHash<const WsConnection *, WsAdmission::Number> m_numbers; // of those that are pending
    QList<QPointer<WsConnection>> m_leaving; // to be deleted when the server's thread no longer uses them
    std::vector<Round *> m_rounds;
    WsConnection *m_unannounced = nullptr;   // in its connection handler, before newConnection()
    mutable QMutex m_sharedMutex;            // guards m_open, which other threads read, and the next four
    std::deque<WsSendingToMany> m_pending;   // to be sent here
    qint64 m_firstPending = 0;               // the number of the first of them; each has the next one
    QHash<std::pair<QString, QString>, qint64> m_keyed; // by topic and key: the number of the last one
    qint64 m_pendingSize = 0;                           // with the one that is being sent
    WsSubscriptions m_subscriptions;
    std::atomic<int> m_openCount{0};
};

#endif // WSSERVERTHREAD_H
