// SPDX-License-Identifier: MIT
#ifndef WSSERVERHOME_H
#define WSSERVERHOME_H

#include "net/connection/wsbuffertotal.h"
#include "net/connection/wscounters.h"
#include "net/loop/wssharedfunction.h"
#include "net/server/wsmemberreports.h"
#include "net/server/wsserverthread.h"

#include <QtCore/qalgorithms.h>
#include <QtCore/qdatetime.h>
#include <QtCore/qhash.h>
#include <QtCore/qreadwritelock.h>
#include <QtCore/qset.h>

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <unordered_set>
#include <vector>

class WsBrokerHub;
class WsReplayRequest;

// What a server that leaves says to its connections.
struct WsLeaving
{
    quint16 code = Ws::GoingAway;
    QString reason;
};

// The thread that a server lives in, its connections there, and everything that the server's other threads
// use. It outlives the server, so that late calls from other threads are safe.
class WsServerHome final : public WsServerThread
{
public:
    explicit WsServerHome(WsServer *server);

    // From any thread: calls \a task in the server's thread, at once if that is the current one. The task is
    // dropped if the server has been deleted by then or the thread has ended. Returns false if this is known.
    bool callServer(std::function<void(WsServer &)> task);
    // From any thread: makes the server report an exception of a handler.
    void reportThrown(const QString &text);
    // The server is about to be deleted.
    void forgetServer() { m_server = nullptr; }
    bool hasServer() const { return m_server != nullptr; }
    // The same, and in the current thread: slots may have deleted the server, or moved it to another thread.
    // Then callServer() goes on where it is.
    bool isServerHere() const { return isOwnThread() && hasServer(); }
    // Creates the object for a client, in any of the server's threads, which all end before the server does.
    WsConnection *createConnection() const;

    // From any thread. Other threads than this one:
    std::shared_ptr<const WsServerThreads> threads() const;
    void addThread(std::shared_ptr<WsServerThread> thread);
    void removeThread(const WsServerThread *thread);

    // From any thread. Each returns how many have accepted it.
    int broadcastToAll(const WsPreparedMessage &message, const WsConnection *except);
    int publishToAll(const WsManyMessage &message, const WsConnection *except);
    // The same of several servers. Returns how many of \a from have accepted it, to which alone \a except
    // applies.
    static int publishToAll(const std::vector<std::shared_ptr<WsServerHome>> &homes,
                            const WsManyMessage &message, const WsServerHome *from = nullptr,
                            const WsConnection *except = nullptr);
    // The same, and to other servers with the same broker, which are not counted.
    int publish(const WsManyMessage &message, const WsConnection *except);
    // Null if there is none.
    std::shared_ptr<WsBrokerHub> brokerHub() const;
    void setBrokerHub(const std::shared_ptr<WsBrokerHub> &hub);
    // If there is none, the answer is that there is nothing.
    void askBroker(const std::shared_ptr<WsReplayRequest> &request);
    // Whether one was set. Without, nobody has to be told of topics.
    bool hasBroker() const { return m_hasBroker.load(std::memory_order_relaxed); }
    // Whether a topic of the broker may have presence.
    bool hasPresence() const { return m_hasPresence.load(std::memory_order_relaxed); }
    void beginPresence();
    // One of the threads has got its first subscriber of each of these topics, or has lost its last one.
    void noteTopics(const QStringList &topics);
    bool hasSubscribers(const QString &topic) const;
    // Also those to which somebody is about to be subscribed.
    QStringList topicsForBroker() const;
    void reportGapToAll(const QString &topic, const WsHistoryId &position);
    // From now on messages of \a topic, or of all topics, have ids of another \a era. Calls no slots.
    void restartReplays(const std::optional<QString> &topic, quint64 era);
    // The latest that the broker of now has begun.
    quint64 historyEra() const override { return m_historyEra; }
    quint64 brokerEra() const override { return m_brokerEra; }
    // A connection of another thread was taken, and waits until the next call lets it read, and report what
    // has happened; or it has ended.
    void addTaken(WsConnection *connection);
    void endAnnouncingOfTaken();
    void forgetTaken(WsConnection *connection);
    int openCountOfAll() const;
    QStringList allTopics() const;
    int allSubscribers(const QString &topic) const;
    WsServerStatistics statistics() const;
    // For the statistics, in which threads remain that have ended. A member has this object as its home.
    void countMember(const WsServerThread *member);
    void uncountMember(const WsServerThread *member);

    // Held while a connection, with its subscriptions, moves from one of the threads to another.
    QReadWriteLock &moveLock() { return m_moveLock; }

    // The server moves to another thread, and its connections with it.
    void leaveWithServer();

    // From any thread.
    WsSharedFunction<WsServer::SkipHandler> skipHandler;
    WsSharedFunction<WsServer::ReplayHandler> replayHandler;
    WsSharedFunction<WsServer::PresenceName> presenceName;
    WsMemberReports memberReports{*this};
    WsAdmission admission;
    // Has the server try again to hand on those that wait for room.
    void enterWaitingAt(WsTime time);
    // Has the server look at the time limit of its close().
    void checkLeavingAt(WsTime time) { enterWaitingAt(time); }
    void onCheck(WsTime) override { checkServer(); }
    void onSettled() override { checkServer(); }
    // A client that was counted there has gone.
    void uncount(const WsRemovedClient &client);

    // What has been set last, for the next request of a client that has been answered; null: nothing has been
    // set yet.
    void storeSettings(std::shared_ptr<const WsServerSettings> settings);
    std::shared_ptr<const WsServerSettings> latestSettings() const;

    std::atomic<bool> isClosing{false};
    // Its time is over: what is left is cut.
    std::atomic<bool> isCutting{false};
    void startLeaving(const WsLeaving &leaving);
    WsLeaving leaving() const;
    // Whether a slot was ever connected to a signal of the server about alerts.
    std::atomic<bool> reportsAlerts{false};
    // Of the server's options.
    WsCounter maxBufferedAmount;
    // A client has agreed to get what is compressed with windows of this size: messages to many are kept in
    // one form for each size from then on.
    void noteWindow(int windowBits) { m_windows.fetch_or(1u << windowBits, std::memory_order_relaxed); }
    int windowCount() const { return qPopulationCount(m_windows.load(std::memory_order_relaxed)); }
    // What all connections have queued.
    const std::shared_ptr<WsBufferTotal> bufferTotal = std::make_shared<WsBufferTotal>();
    void setMaxTotalBufferedAmount(qint64 limit);
    // From any thread: cuts the connections that have the most queued, until the rest is within the limit.
    void cutSlowest() const;
    // Also owned by subscriptions that have been posted. Until they have been carried out, the number of
    // subscribers is not reliable.
    const std::shared_ptr<int> subscribing = std::make_shared<int>();
    // The same for a subscription to \a topic: as long as the result exists, the broker takes the topic for
    // one that has subscribers. Messages that are published after the subscription reach it then.
    std::shared_ptr<void> beginSubscribing(const QString &topic);

    using WsServerThread::onArrived;
    void onArrived(WsConnection *connection) override;

protected:
    bool isMovingAlong(const WsConnection *connection) const override;

private:
    void enterWaiting();
    void checkServer();
    int sendByThreads(const WsSendingToMany &sending);
    int beginSending(const WsSendingToMany &sending, std::list<WsRunningSending> *begun);
    void attachTo(WsBrokerHub &hub);
    void endSubscribing(const QString &topic);

    std::atomic<WsServer *> m_server;
    const QDateTime m_startTime;
    WsLeaving m_leaving; // guarded by mutex()
    mutable QReadWriteLock m_moveLock;
    mutable QMutex m_membersMutex; // for the next two; locked after m_moveLock
    std::unordered_set<const WsServerThread *> m_members;
    WsServerStatistics m_past; // of members that no longer exist
    mutable QMutex m_settingsMutex;
    std::shared_ptr<const WsServerSettings> m_settings;
    QMutex m_takenMutex; // for the next one, from which connections are removed before they are deleted
    QSet<WsConnection *> m_taken;
    mutable QMutex m_subscribingMutex;    // for the next one
    QHash<QString, int> m_topicsOnTheWay; // how many subscriptions to each
    mutable QMutex m_threadsMutex;
    // With the same lock. While it is being attached, it does not know the topics, and would drop requests.
    std::shared_ptr<WsBrokerHub> m_brokerHub;
    bool m_isAttaching = false;
    std::vector<std::shared_ptr<WsReplayRequest>> m_earlyRequests;
    std::atomic<bool> m_hasBroker{false};
    std::atomic<bool> m_hasPresence{false};
    std::atomic<quint64> m_historyEra{0};
    std::atomic<quint64> m_brokerEra{0};
    std::atomic<quint32> m_windows{0}; // a bit for each size
    WsServerThreads m_threads; // each knows its place, and leaves it in constant time
    mutable std::shared_ptr<const WsServerThreads> m_sharedThreads; // a copy; null if they have changed since
};

#endif // WSSERVERHOME_H
