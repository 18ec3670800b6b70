// SPDX-License-Identifier: MIT
#ifndef WSBROKERHUB_H
#define WSBROKERHUB_H

#include "net/connection/wsconflation.h"
#include "net/loop/wsturnmember.h"
#include "net/server/wsbrokernumbers.h"

#include <WsKit/wsbroker.h>

#include <QtCore/qset.h>

#include <atomic>
#include <deque>
#include <memory>
#include <vector>

class WsServerHome;

// What is between the servers of a process and their broker: it carries what any thread publishes to the
// thread of the broker, in order, and what the broker delivers to all servers. It outlives the broker, so
// that late calls from other threads are safe.
class WsBrokerHub final : public WsTurnMember, public std::enable_shared_from_this<WsBrokerHub>
{
public:
    // The memory that a message takes while it waits, besides its payload.
    static constexpr qint64 Cost = 256;

    explicit WsBrokerHub(WsBroker *broker) : WsTurnMember(broker), m_broker(broker) { }
    static std::shared_ptr<WsBrokerHub> of(const WsBroker *broker) { return broker->d; }

    // From any thread:
    WsBroker *broker() const { return m_broker; } // null once it is deleted
    Ws::State state() const { return m_state; }
    // Sends it to other processes, and to the subscribers of the servers here but \a from, which has done
    // so itself. Returns whether it goes to other processes.
    bool publish(const WsManyMessage &message, const WsServerHome *from = nullptr);
    void attach(const std::shared_ptr<WsServerHome> &home);
    void detach(const WsServerHome *home);
    // Somebody has subscribed to these topics, or nobody in one of the threads does any more.
    void noteTopics(const QStringList &topics);
    QStringList topics() const;

    // In the thread of the broker:
    void setState(Ws::State state);
    void deliver(const QString &topic, const QByteArray &data);
    // The broker is about to be deleted.
    void forgetBroker();

    std::atomic<bool> queuesMessages{false};
    std::atomic<qint64> maxBufferedAmount{64 * 1024 * 1024};
    std::atomic<qint64> maxMessageSize{16 * 1024 * 1024};
    std::atomic<qint64> unsent{0};
    std::atomic<qint64> missed{0};

    // WsTurnMember
    void onTurnEnd() override { }
    void onNestedTurn() override { }
    void onCheck(WsTime) override { }
    void onArrived() override { }
    void onThreadEnd() override { }

private:
    struct Outgoing
    {
        QString topic;
        QByteArray data;
        qint64 size() const { return data.size() + Cost; }
    };
    using Homes = std::vector<std::shared_ptr<WsServerHome>>;

    Homes homes() const;
    bool enqueue(const WsManyMessage &message);
    bool mayQueue() const { return m_broker && (m_state == Ws::Open || queuesMessages); }
    void sendQueued();
    bool takeNext(Outgoing *next);
    void dropQueued();
    void updateTopics();
    void updateTopic(const QString &topic);

    std::atomic<WsBroker *> m_broker;
    std::atomic<Ws::State> m_state{Ws::Closed};
    const QUuid m_origin = QUuid::createUuid();
    WsBrokerGaps m_gaps;       // only in the thread of the broker
    bool m_isSending = false;  // the same
    mutable QMutex m_hubMutex; // guards what follows
    std::vector<std::weak_ptr<WsServerHome>> m_homes;
    QSet<QString> m_changedTopics; // of which is to be found out whether they have subscribers
    QSet<QString> m_topics;        // that the broker was told to subscribe to
    std::deque<Outgoing> m_queue;
    qint64 m_queuedSize = 0;
    bool m_isSendingPosted = false;
    WsBrokerNumbers m_numbers;
};

#endif // WSBROKERHUB_H
