// SPDX-License-Identifier: MIT
#ifndef WSREPLAYS_H
#define WSREPLAYS_H

#include "net/connection/wsconflation.h"

#include <QtCore/qhash.h>
#include <QtCore/qmutex.h>
#include <QtCore/qset.h>

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

class WsConnectionPrivate;

// Whenever the ids of a topic begin anew, or are those of another broker, a new era begins. Returns its
// number, which is greater than all before. From any thread.
quint64 wsNextHistoryEra();

// A part of the history of a topic, in order.
struct WsReplayPage
{
    std::deque<WsManyMessage> messages = {};
    WsHistoryId end = {}; // of the last message, or where the connection stands if there is none; can be null
    bool isLast = true;   // there was nothing more when it was read
    bool isComplete = true; // what followed the id that was asked for is still there
    bool isAnswer = true;   // false: nobody who knows the history has been asked
};

// Where a connection begins with a topic.
struct WsReplayStart
{
    std::optional<WsHistoryId> after = {}; // which the connection has got; none: what comes from now on
    bool isEverything = false; // after the null id: what is kept is all that is wanted, however little it is
};

// A connection that waits for such parts, as others see it. It may end at any time.
class WsReplayTarget
{
public:
    explicit WsReplayTarget(WsConnectionPrivate *connection) : m_connection(connection) { }
    Q_DISABLE_COPY_MOVE(WsReplayTarget)

    // From any thread.
    void deliver(quint64 number, const std::shared_ptr<WsReplayPage> &page);
    void forget();
    bool hasGone() const;

private:
    mutable QMutex m_mutex;
    WsConnectionPrivate *m_connection; // null once it has gone
};

// What a connection asks for: the next part of a topic after an id. Once nobody has it any more, the answer
// is that there is nothing.
class WsReplayRequest
{
public:
    WsReplayRequest(std::shared_ptr<WsReplayTarget> target, quint64 number)
        : m_target(std::move(target)), m_number(number)
    {
    }
    ~WsReplayRequest();
    Q_DISABLE_COPY_MOVE(WsReplayRequest)

    // From any thread.
    void answer(const std::shared_ptr<WsReplayPage> &page);
    bool isOfUse() const { return !m_target->hasGone(); }

    QString topic;
    WsHistoryId after;
    bool isFromEnd = false;       // only where the history ends is wanted
    bool takesWhatIsKept = false; // so that nothing can be missing before it

private:
    const std::shared_ptr<WsReplayTarget> m_target;
    const quint64 m_number;
    bool m_isAnswered = false;
};

// The topics with history to which a server's connection has subscribed, and of which it gets what it has
// missed. Until it has caught up, new messages only tell that there is more to be read, so that it gets each
// of them once and in order. One part of one topic is in memory at a time, and the next one is asked for when
// the network has taken what it contains. Lives in the connection's thread.
class WsReplays
{
public:
    explicit WsReplays(WsConnectionPrivate &connection);
    ~WsReplays();
    Q_DISABLE_COPY_MOVE(WsReplays)

    void start(const QString &topic, const WsReplayStart &start);
    void remove(const QString &topic);
    bool has(const QString &topic) const { return m_replays.contains(topic); }
    // The connection has ended.
    void end();
    // Of a message with an id, to a topic to which the connection has subscribed: whether it is to be sent
    // now.
    bool mayPass(const WsManyMessage &message);
    // From any thread: of such a message, whether the connection reads it from the history later, so that
    // it needs no room now. If so, this is noted.
    bool takeNote(const WsManyMessage &message);
    // From any thread, as long as the connection is sure to exist: with \a era, the ids of \a topic, or of
    // all topics, have begun anew, or are those of another broker. What was noted is forgotten at once, so
    // that nothing of the new era is, and everything else before it is used again. Calls no slots.
    void restart(const QString &topic, quint64 era);
    void restartAll(quint64 era);
    void onPage(quint64 number, const std::shared_ptr<WsReplayPage> &page);
    // There may be room for more.
    void goOn();

private:
    struct Replay
    {
        std::optional<WsHistoryId> after; // which the connection has got; none: it does not matter
        WsHistoryId seenWhenAsked;        // the latest that had passed by when the last part was asked for
        quint64 number = 0;               // of the request that is under way for it
        bool isFirst = true;
        bool hasSent = false; // something, so that what the connection has got is known
        bool isComplete = true;
        bool isEverything = false; // nothing before the first message that it gets can be missing
        bool isAnswered = true;    // the last request was
        quint64 era = 0;           // once it has caught up
        bool canMiss() const { return after && !(isEverything && after->isNull()); }
    };

    // What has passed by since a topic has begun to catch up.
    struct Passed
    {
        WsHistoryId first = {};
        WsHistoryId last = {};
        quint64 era = 0;           // of older ones nothing is noted: they are sent
        bool isRestarted = false;  // which its Replay does not know yet
        bool hasForgotten = false; // something that had passed by before that
    };

    // Of another topic: up to where the connection has got everything.
    struct Position
    {
        WsHistoryId id;
        quint64 era = 0;
    };

    void drop(const QString &topic);
    static void restart(Passed *passed, quint64 era);
    void carryOutRestarts();
    void giveUpPage();
    void rewind(const QString &topic, bool hasForgotten);
    void goOnLater();
    bool mayGoOn();
    Replay *current();
    void askNext();
    bool sendPage();
    bool send(const WsManyMessage &message);
    void endPage();
    bool advance(Replay *replay, const WsReplayPage &page);
    void finish();
    bool mayRead() const;
    bool isTooLarge(const WsManyMessage &message) const;
    bool takeRoom(const WsManyMessage &message);

    WsConnectionPrivate &d;
    const std::shared_ptr<WsReplayTarget> m_target;
    QHash<QString, Replay> m_replays;        // of topics that have not caught up
    QMutex m_passedMutex;                    // guards the next three, which other threads change as well
    QHash<QString, Passed> m_passed;         // of the same topics
    QSet<QString> m_restarted;               // whose positions are to be forgotten
    bool m_areAllRestarted = false;          // the same of all topics
    std::atomic<bool> m_isRestartDue{false}; // there is something of that kind
    QHash<QString, Position> m_positions;    // of others, until something newer comes
    std::deque<QString> m_turns;             // of those that wait
    QString m_topic;                         // of which a part was asked for, or is being sent
    std::shared_ptr<WsReplayPage> m_page;
    quint64 m_number = 0; // of the last request; 0: nothing is under way
    quint64 m_lastNumber = 0;
    bool m_isAsked = false;
};

#endif // WSREPLAYS_H
