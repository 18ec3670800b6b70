// SPDX-License-Identifier: MIT
#ifndef WSBROKERHISTORY_H
#define WSBROKERHISTORY_H

#include "net/connection/wsreplays.h"
#include "net/loop/wstime.h"

#include <WsKit/wsbrokermessage.h>

#include <QtCore/qhash.h>
#include <QtCore/qlist.h>

#include <chrono>
#include <deque>
#include <optional>

class WsBrokerHub;

// The topics with history to which a process has subscribed at its broker, in the thread of that. After a
// subscription and after an interruption, it reads what has been published since, so that every message
// arrives once and in order. It also reads what single connections have missed.
//
// How a topic is brought up to date: the end of its history is read before it is subscribed. Once the
// subscription is confirmed, what has come after that end is read. Messages that arrive meanwhile are
// not delivered, but tell that there is more to be read. So nothing has to be kept.
//
// A message that arrives after a later one comes a second time, or the service has lost the history and
// begins anew. The end of the history shows which it is, unless the new one is past the position already. It
// is asked for beside everything else: second deliveries are more likely, and must hold up nothing.
class WsBrokerHistory
{
public:
    explicit WsBrokerHistory(WsBrokerHub &hub) : m_hub(hub) { }
    Q_DISABLE_COPY_MOVE(WsBrokerHistory)

    bool has(const QString &topic) const;
    // Whether it is not known yet where the history ends, so that what is added now would be taken for older
    // than the subscription. The hub is told once it is known.
    bool isWaitingForEnd(const QString &topic) const;
    // The broker is told to subscribe to the topic, and has done so.
    void add(const QString &topic);
    void confirm(const QString &topic);
    void remove(const QString &topic);
    // All topics are subscribed, and none is any more.
    void connect();
    void disconnect();
    // The broker has gone.
    void end();

    // A message with an id has arrived. Returns whether it is to be delivered now. May call slots that delete
    // the broker.
    bool arrive(const QString &topic, const WsHistoryId &id);
    // Those that wait for a topic that is not subscribed in the end are answered that there is nothing.
    void read(const std::shared_ptr<WsReplayRequest> &request);
    // What the broker has read. It may call slots that delete the broker.
    void onRead(int number, const QList<WsBrokerMessage> &messages, bool isLast, bool isComplete);

private:
    using Request = std::shared_ptr<WsReplayRequest>;
    using Requests = std::deque<Request>;
    static constexpr size_t LookFrom = 1000;

    struct Topic
    {
        std::optional<WsHistoryId> position; // up to which everything was delivered
        WsHistoryId seen;                    // the latest that was not delivered when it arrived
        WsHistoryId seenWhenAsked;
        WsHistoryId arrived;                 // the last one
        std::optional<WsHistoryId> doubtful; // which has arrived after a later one
        bool isInDoubt = false;              // because of that, and the end has not been asked for since
        bool isAskingInDoubt = false;        // the end was asked for because of one before
        Requests waiting;                    // until the position is known
        size_t lookAgainAt = LookFrom;
        bool isSubscribed = false; // the broker has been told
        bool isConfirmed = false;
        bool isPositionValid = false; // since the broker is connected
        bool isReading = false;
        bool isLive = false; // what arrives is delivered
        bool hasGap = false; // the history does not reach back to the position
        // How many messages have followed the beginning of a history of which it is not known to have all.
        std::optional<qsizetype> sinceBeginning;
        bool mayHaveExpired = false; // the interruption has lasted for longer than messages are kept
    };
    // What the broker has been asked for: for a connection, or for the topic.
    struct Reading
    {
        QString topic;
        Request request = {};
        std::optional<WsHistoryId> positionInDoubt = {}; // the one of the topic, if only that is asked
    };

    void clearUp(const QString &topic);
    void onClearedUp(const Reading &reading, const WsHistoryId &end);
    void goOn(const QString &topic);
    void ask(const Reading &reading, const QString &after);
    void onPosition(const QString &topic, const QList<WsBrokerMessage> &messages);
    bool isExpired(const QString &topic, std::chrono::seconds interruption) const;
    bool takeGap(const QString &topic);
    void onMissed(const QString &topic, const QList<WsBrokerMessage> &messages, bool isLast);
    void answer(WsReplayRequest *request, const QList<WsBrokerMessage> &messages, bool isLast,
                bool isComplete);
    void startReplays();
    void answerWithEnd(WsReplayRequest *request);
    static void forgetUseless(Requests *requests, size_t *lookAgainAt);

    WsBrokerHub &m_hub;
    QHash<QString, Topic> m_topics;
    QHash<int, Reading> m_readings;
    int m_lastReading = 0;
    Requests m_replays; // whose turn has not come
    size_t m_lookAgainAt = LookFrom;
    int m_replaysRunning = 0;
    bool m_isConnected = false;
    // The service goes on while this machine is suspended.
    WsWallClock::Time m_disconnectedAt{};
};

#endif // WSBROKERHISTORY_H
