// SPDX-License-Identifier: MIT
#ifndef WSSENDING_H
#define WSSENDING_H

#include "net/connection/wsbuffertotal.h"
#include "net/connection/wsconflation.h"
#include "net/connection/wscounters.h"
#include "net/connection/wskeptmessages.h"
#include "net/loop/wstime.h"

#include <WsKit/wspreparedmessage.h>

#include <QtCore/qbytearraylist.h>
#include <QtCore/qlist.h>

#include <atomic>
#include <functional>
#include <memory>

class WsConnection;
class WsConnectionPrivate;
class WsLifeGuard;
class WsOptions;

// What one connection sends, and how much may wait for the network.
class WsSending
{
public:
    explicit WsSending(WsConnectionPrivate &connection) : d(connection) { }
    ~WsSending();
    Q_DISABLE_COPY_MOVE(WsSending)

    void setLimits(const WsOptions &options);
    qint64 highWaterMark() const { return m_highWaterMark; }
    qint64 maxBufferedAmount() const { return m_maxBufferedAmount.value(); }
    void reset();

    // From any thread. Each returns whether the message was accepted; errorString says why it was not.
    bool queueMessage(Ws::MessageType type, const QByteArray &payload);
    // The same for a payload that is only valid during the call.
    bool queueCopy(Ws::MessageType type, QByteArrayView payload);
    // The same without a look at the room, which the caller has asked for before.
    bool queueAccepted(Ws::MessageType type, const QByteArray &payload);
    bool send(const WsPreparedMessage &message);
    bool sendFragments(Ws::MessageType type, const QByteArrayList &fragments, qint64 size);
    bool ping(const QByteArray &payload);
    // In the connection's thread: the same, however much is queued.
    void keepAlive(const QByteArray &payload) { (void)pingHere(payload, Entry::Accepted); }
    bool pong(const QByteArray &payload);
    // Includes frame headers, and messages on their way from other threads.
    qint64 bufferedAmount() const;

    // From any thread: whether \a message may be queued, after \a arriving bytes that bufferedAmount() does
    // not count. What it may replace is not counted either.
    bool hasRoom(const WsManyMessage &message, qint64 arriving = 0) const;
    // Of a message of \a size bytes that can wait: whether the total has room for it too. If so, it is counted
    // already, and has to be queued next.
    bool takeFromTotal(qint64 size);
    // From any thread: \a message is not sent, because the connection, or only its thread, is too slow. Does
    // later what the options say. Only if the client follows a history, and so can come back for what it
    // has missed, it is closed because of its thread. Calls no function of the application.
    void skip(const WsManyMessage &message, bool isThreadSlow);

    // Whether there must be room for a message, or it was accepted before, whatever waits by now: in another
    // thread, or while the client was not open. Only a call that asks for this connection alone finds out by
    // errorString() why it is refused.
    enum class Entry : quint8 { Ask, AskForMany, Accepted, Kept };
    // If it does not fit, the options say what happens.
    bool sendAsOneOfMany(const WsManyMessage &message, Entry entry);
    // In the connection's thread: sends what was read from a history, and has waited for room there. It does
    // not wait among messages to many, where it could be dropped, and what follows could overtake it.
    bool sendOfHistory(const WsPreparedMessage &message);

    // Of a server's connection, before other threads know of it: what it adds its queued bytes to.
    void setTotal(std::shared_ptr<WsBufferTotal> total);
    // From any thread: what is in the queue, or on the way to it.
    qint64 waitingAmount() const { return m_amount.value() + m_arriving.load(std::memory_order_relaxed); }
    // From any thread: the total is exceeded, and this connection is one of the slowest. Cuts it later, if
    // the total is still exceeded by then. Calls no function of the application.
    void cutLater();
    // The connection has ended.
    void leaveTotal();

    // From any thread: whether messages that are sent while the client is not open are kept until it is.
    bool keepsMessages() const { return m_keepsMessages.load(std::memory_order_relaxed); }

    // In the connection's thread:
    // Whether messages to many wait until the network takes something.
    bool isHolding() const { return m_held != nullptr; }
    // Sends some of them, if it is their turn. Returns whether it did.
    bool sendHeld(const WsLifeGuard &guard);
    void sendAllHeld(const WsLifeGuard &guard);
    // The connection has unsubscribed from \a topic.
    void forgetHeld(const QString &topic);
    // It is about to read the history of \a topic after \a id, so what waits of that need not. None: all of
    // it. But not what is of an era before \a era. Returns the first id that it has.
    std::optional<WsHistoryId> forgetHeldAfter(const QString &topic, const std::optional<WsHistoryId> &id,
                                               quint64 era);
    void setKeepsMessages(bool keeps) { m_keepsMessages = keeps; }
    // Sends what was kept, as long as \a guard holds.
    void sendKept(const WsLifeGuard &guard);
    // Counts what was kept as lost.
    void loseKept();
    // The connection ends: counts the messages that are not known to have arrived.
    void noteEnd(bool wasClean);
    // The application does not want to know what is lost until the next opening.
    void ignoreLosses();
    // How many messages were lost since the last call.
    int takeLost();

    bool mayQueue(qint64 size, Entry entry = Entry::Ask);
    // Returns false, and says why, if the engine sends nothing any more although the connection seems open.
    bool refuseAfterClose(Entry entry = Entry::Ask);
    void afterQueueing();
    // The transport took \a more bytes, \a written in all.
    void noteWritten(qint64 written, qint64 more);
    void noteAmount();
    void reportWritten();
    // Emits bufferedAmountChanged() if it has, and if anything is connected.
    void reportAmount();
    // Returns how long the pong to \a payload took, -1 if there was no such ping.
    qint64 roundTripUs(const QByteArray &payload);

private:
    // The memory that a message takes on its way from another thread, besides its bytes. Without it a flood
    // of empty messages would have no limit.
    static constexpr qint64 TaskCost = 256;

    // A ping whose pong is awaited.
    struct SentPing
    {
        QByteArray payload;
        WsTime time;
        qint64 messagesBefore; // sent and completely encoded
    };

    bool isClosedWhenSlow() const;
    // Of a message to many: how much more than \a own bytes may be queued.
    qint64 roomForMany(qint64 size, qint64 own) const;
    bool isOverShare(const WsManyMessage &message) const;
    void setAmount(qint64 amount)
    {
        m_amount.set(amount);
        countIfLimited();
    }
    bool isTotalLimited() const { return m_total && Q_UNLIKELY(m_total->isLimited()); }
    void countIfLimited()
    {
        if (isTotalLimited())
            countInTotal();
    }
    Q_DECL_COLD_FUNCTION void countInTotal();
    qint64 countArriving(qint64 size);
    void endArriving(qint64 counted);
    void reportExceededTotal();
    // Why a message of \a size bytes to many is too much.
    QString tooBusyText() const;
    QString tooMuchText(qint64 size) const;
    void closeIfSlow(const QString &text);
    void closeLater(qint64 size, bool isThreadSlow);
    bool isConflated(const WsManyMessage &message) const;
    bool isToBeHeld(const WsManyMessage &message);
    bool sendManyHere(const WsManyMessage &message, Entry entry);
    bool hold(const WsManyMessage &message, Entry entry);
    bool makeRoom(const WsManyMessage &message);
    void putHeld(const WsManyMessage &message);
    void onHeldRemoved();
    void sendFirstHeld();
    void dropHeld();
    WsManyMessage takeFirstHeld();
    void noteHeldCost();
    qint64 heldCost() const { return m_held ? m_held->cost() : 0; }
    qint64 buffered() const;
    static bool mustHaveRoom(Entry entry) { return entry <= Entry::AskForMany; }
    bool mayQueueBehind(qint64 buffered, qint64 size, Entry entry, bool mustBeOpen);
    Q_DECL_COLD_FUNCTION bool refuse(Entry entry, const char *text);
    // What a task of another thread sends. Messages are counted if they are lost.
    enum class Sent : quint8 { Message, Control };

    bool postSending(Sent what, qint64 size, std::function<bool()> send, qint64 cost = TaskCost,
                     Entry entry = Entry::Ask);
    void onArrived(Sent what, bool isSameSession, const std::function<bool()> &send);
    bool isKept(Entry entry) const;
    // Not inline, because it is not for each message.
    Q_DECL_COLD_FUNCTION bool keep(Ws::MessageType type, const QByteArray &payload, Entry entry);
    bool keep(WsKeptMessage message, Entry entry);
    bool sendKeptMessage(const WsKeptMessage &message);
    void noteLateLoss();
    qint64 shownAmount() const;
    void reportAmountLater();
    void reportDrained(const WsLifeGuard &guard);
    bool postMessage(const WsPreparedMessage &message, Entry entry);
    bool postToMany(const WsManyMessage &message, Entry entry);
    bool postFragments(Ws::MessageType type, const QByteArrayList &fragments, qint64 size);
    bool queueHere(Ws::MessageType type, const QByteArray &payload, Entry entry);
    bool queueShort(Ws::MessageType type, QByteArrayView payload);
    bool sendHere(const WsPreparedMessage &message, Entry entry);
    bool sendFragmentsHere(Ws::MessageType type, const QByteArrayList &fragments, qint64 size, Entry entry);
    bool pingHere(const QByteArray &payload, Entry entry);
    void forgetOldestPing();
    bool pongHere(const QByteArray &payload, Entry entry);
    void countMessage(qint64 size);
    void countQueued(qint64 size);
    void noteQueued(qint64 amount);
    void holdIfAbove(qint64 amount);

    WsConnectionPrivate &d;
    WsCounter m_maxBufferedAmount;
    WsCounter m_amount; // the last bufferedAmount(), without messages on their way
    // Accepted, but not in the link's queue: on the way from other threads, kept until the client is open, or
    // held until the network takes them.
    std::atomic<qint64> m_arriving{0};
    std::shared_ptr<WsBufferTotal> m_total;   // null on a client
    qint64 m_countedAmount = 0;               // in the total
    std::atomic<qint64> m_countedArriving{0}; // the same of m_arriving
    std::unique_ptr<WsKeptMessages> m_kept;
    bool m_isSendingKept = false;
    std::unique_ptr<WsConflation> m_held; // messages to many; null if there are none
    WsCounter m_heldCost;                 // their part of m_arriving
    qint64 m_arrivedCount = 0;            // messages that a pong has confirmed
    qint64 m_lostCount = 0;               // not reported yet
    qint64 m_highWaterMark = 0;
    qint64 m_unreportedBytes = 0; // written, but bytesWritten() has not said so yet
    qint64 m_reportedAmount = 0;  // what bufferedAmountChanged() said last
    QList<SentPing> m_sentPings;
    std::atomic<bool> m_keepsMessages{false};
    bool m_countsLosses = true;
    bool m_isAmountReportDue = false;
    bool m_isSystemQueueShort = false;
    std::atomic<Ws::SlowSubscriber> m_slowSubscriber{Ws::SkipMessage};
    std::atomic<bool> m_isCutAsked{false};   // because all clients together have too much queued
    std::atomic<bool> m_isCloseAsked{false}; // posted by another thread, because the peer is too slow
};

#endif // WSSENDING_H
