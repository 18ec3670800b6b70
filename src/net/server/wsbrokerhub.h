// SPDX-License-Identifier: MIT
#ifndef WSBROKERHUB_H
#define WSBROKERHUB_H

#include "net/connection/wsconflation.h"
#include "net/loop/wssharedfunction.h"
#include "net/loop/wsturnmember.h"
#include "net/server/wsbrokerhistory.h"
#include "net/server/wsbrokernumbers.h"
#include "net/server/wspresence.h"
#include "net/server/wstopicpatterns.h"

#include <WsKit/wsbroker.h>

#include <QtCore/qhash.h>
#include <QtCore/qset.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

class WsConnection;
class WsServerHome;
struct WsBrokerEnvelope;

// How much is kept of a topic.
struct WsHistoryLimits
{
    qint64 maxMessages = 0;
    std::chrono::seconds timeToLive{0};
};

// What is between the servers of a process and their broker: it carries what any thread publishes to the
// thread of the broker, in order, and what the broker delivers to all servers. It outlives the broker, so
// that late calls from other threads are safe. Once the broker is deleted, or its thread has ended, it does
// nothing any more.
class WsBrokerHub final : public WsTurnMember, public std::enable_shared_from_this<WsBrokerHub>
{
public:
    // The memory that a message takes while it waits, besides its payload, topic and key.
    static constexpr qint64 Cost = 256;

    explicit WsBrokerHub(WsBroker *broker) : WsTurnMember(broker), m_broker(broker) { }
    static std::shared_ptr<WsBrokerHub> of(const WsBroker *broker) { return broker->d; }

    // From any thread:
    WsBroker *broker() const { return m_broker; } // null once it is deleted
    Ws::State state() const { return m_state; }
    // Sends it to other processes, and to the subscribers of the servers here, but not to \a except of \a
    // from. Those get a message for the history when it comes back, or at once if it cannot be kept.
    struct Publishing
    {
        bool isSent = false;      // to other processes
        bool isLeftToHub = false; // the server has nothing to do
        std::optional<int> reached = {}; // how many of the server's connections have accepted it
    };
    Publishing publish(const WsManyMessage &message, const WsServerHome *from = nullptr,
                       const WsConnection *except = nullptr);
    void attach(const std::shared_ptr<WsServerHome> &home);
    void detach(const WsServerHome *home);
    // Somebody has subscribed to these topics, or nobody in one of the threads does any more.
    void noteTopics(const QStringList &topics);
    QStringList topics() const;

    void setQueueMessages(bool queue);
    // The same; they are carried out in the thread of the broker.
    void setState(Ws::State state);
    void deliver(const WsBrokerMessage &message);
    void confirm(const QString &topic);
    void onRead(int number, const QList<WsBrokerMessage> &messages, bool isLast, bool isComplete);
    // The service has not taken a message.
    void refuse(const WsBrokerMessage &message);

    // History, from any thread. No limits: the topic has none.
    void setHistory(const QString &topics, const WsHistoryLimits &limits);
    std::optional<WsHistoryLimits> historyOf(const QString &topic) const;
    void setHistoryEnvelope(WsBroker::HistoryEnvelope envelope);
    void readHistory(const std::shared_ptr<WsReplayRequest> &request);

    // In the thread of the broker:
    // The broker moves to another thread.
    void leaveWithBroker();
    // The broker is about to be deleted, and can still send: all that waits is sent, if it is connected.
    void sendAll();
    // The broker is about to be deleted.
    void forgetBroker();
    // For WsBrokerHistory:
    void reportGap(const QString &topic, const WsHistoryId &position);
    // The ids of \a topic have begun anew, so those that connections have got are no measure any more.
    void restartReplays(const QString &topic);
    void askForHistory(int number, const QString &topic, const QString &after);
    // The end of its history is known, or not of interest any more.
    void sendWhatWaitedFor(const QString &topic);
    // To the subscribers of all servers here.
    void deliverKept(const WsBrokerMessage &message);
    // A message that was kept, without a look at its number.
    std::optional<WsManyMessage> unpackedKept(const WsBrokerMessage &message);
    // Past everything that waits, if the broker is connected; what cannot be sent is not counted.
    void sendNow(const WsBrokerMessage &message);

    std::atomic<bool> queuesMessages{false};
    std::atomic<qint64> maxBufferedAmount{64 * 1024 * 1024};
    std::atomic<qint64> maxMessageSize{16 * 1024 * 1024};
    std::atomic<qint64> unsent{0};
    std::atomic<qint64> missed{0};
    WsPresence presence{*this};

    // WsTurnMember
    void onTurnEnd() override { }
    void onNestedTurn() override { }
    void onCheck(WsTime now) override { presence.onCheck(now); }
    void onArrived() override { presence.onArrived(); }
    void onThreadEnd() override { end(); }

private:
    using Homes = std::vector<std::shared_ptr<WsServerHome>>;
    // The servers, and the era that all of them have begun.
    struct Receivers
    {
        Homes homes;
        quint64 era = 0;
    };
    // Each is logged once.
    enum class Warning : quint8 { TooLarge = 1, LongName = 2, NotUnderstood = 4, Refused = 8 };

    static qint64 costOf(const WsBrokerMessage &message);
    bool isFirst(Warning warning);
    Homes homes() const;
    Receivers receivers() const;
    void end();

    // Returns the number of the message in the queue, or 0 if it is not sent.
    quint64 enqueue(const WsManyMessage &message, bool isKept);
    bool mayBeSent(const WsManyMessage &message);
    bool hasRoom(qint64 size) const;
    bool mayQueue() const { return m_state == Ws::Open || queuesMessages; }
    bool postSending();
    // Returns false if the broker has refused the message with the number \a asked, which a function that
    // publishes wants to know. Without one, the event loop calls it.
    bool sendQueued(quint64 asked = 0);
    bool prepareNext(bool isInEventLoop);
    std::optional<QString> nextKept() const;
    void setNextAside(const QString &topic);
    qsizetype queuedCount() const;
    // Returns its number, or 0 if there is nothing to send.
    quint64 takeNext(WsBrokerMessage *next);
    void dropQueued();
    void putBack();
    void reportState();

    std::optional<WsManyMessage> unpacked(const WsBrokerMessage &message);
    std::optional<WsBrokerEnvelope> decoded(const WsBrokerMessage &message);
    std::optional<WsManyMessage> opened(const WsBrokerMessage &message, const WsBrokerEnvelope &envelope);
    std::optional<WsManyMessage> enveloped(WsManyMessage message);
    static void deliverTo(const Receivers &receivers, std::optional<WsManyMessage> message);
    quint64 subscriptionOf(const QString &topic) const;

    void postUpdate();
    void updateTopics();
    bool takeChanged(QString *topic);
    void updateTopic(const QString &topic);
    bool setSubscribed(const QString &topic, bool isWanted);
    bool isToBeUpdated(const QString &topic) const;
    void reportEnvelope(const QString &text);

    std::atomic<WsBroker *> m_broker;
    std::atomic<Ws::State> m_state{Ws::Closed};
    std::atomic<bool> m_hasEnded{false}; // the broker was deleted, or its thread has ended
    std::atomic<quint8> m_warnings{0};
    const QUuid m_origin = QUuid::createUuid();

    // Only in the thread of the broker:
    WsBrokerGaps m_gaps;
    WsBrokerHistory m_history{*this};
    bool m_isSending = false;
    bool m_isStateReported = true;
    bool m_isLeaving = false;            // sendAll() was called
    bool m_isConnectionReported = false; // connected() was emitted, and disconnected() was not

    mutable QMutex m_historyMutex; // guards the next one
    WsTopicPatterns<WsHistoryLimits> m_histories;
    std::atomic<bool> m_hasHistories{false};
    WsSharedFunction<WsBroker::HistoryEnvelope> m_envelope;

    mutable QMutex m_hubMutex; // guards what follows
    std::vector<std::weak_ptr<WsServerHome>> m_homes;
    quint64 m_historyEra = 0; // the last that one of them has begun with this broker
    // Of which is to be found out whether they have subscribers; also in the order in which they came.
    QSet<QString> m_changed;
    std::deque<QString> m_changedInOrder;
    bool m_isUpdatePosted = false;
    // That the broker was told to subscribe to, with a number for each time that it was.
    QHash<QString, quint64> m_topics;
    quint64 m_subscriptions = 0;
    std::deque<WsBrokerMessage> m_queue;
    // By topic, what was in front of the queue, but waits for the end of the history.
    QHash<QString, std::deque<WsBrokerMessage>> m_aside;
    quint64 m_lastQueued = 0; // the number of the last one, from 1 on
    qint64 m_queuedSize = 0;  // of both
    bool m_isSendingPosted = false;
    WsBrokerNumbers m_numbers;
};

#endif // WSBROKERHUB_H
