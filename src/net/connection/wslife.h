// SPDX-License-Identifier: MIT
#ifndef WSLIFE_H
#define WSLIFE_H

#include "net/connection/wsdeadlines.h"
#include "net/connection/wsopening.h"
#include "net/connection/wspulling.h"

#include <WsKit/wserror.h>

#include <QtCore/qstring.h>

#include <atomic>
#include <memory>

class WsConnectionPrivate;
class WsLifeGuard;
struct WsAgreement;
struct WsDeparture;
struct WsEvent;

// How a connection ended.
struct WsEnding
{
    quint16 code = Ws::NoStatus;
    QString reason; // null until the peer's Close has arrived, which may contain none
    bool wasClean = false;
};

// The state of one connection: opening, open, closing, closed. All endings lead to end().
class WsLife
{
public:
    explicit WsLife(WsConnectionPrivate &connection) : d(connection) { }
    ~WsLife();
    Q_DISABLE_COPY_MOVE(WsLife)

    // From any thread.
    Ws::State state() const { return m_state.load(std::memory_order_relaxed); }
    quint32 session() const { return m_session; }
    // Whether closed() waits until unread messages have been taken, or until the connection has been
    // announced.
    bool isEndHeld() const { return m_isEndHeld; }
    // Whether the end is being reported, and the connection is not Closed yet: slots may run.
    bool isEndReported() const { return m_isEndReported; }

    const WsEnding &ending() const { return m_ending; }
    WsOpening *opening() const { return m_opening.get(); }
    WsDeadlines &deadlines() { return m_deadlines; }

    // The time limit counts from \a begun: what came before the connection existed has taken its part.
    void startOpening(std::unique_ptr<WsOpening> opening, WsTime begun);
    // The handshake has succeeded. \a rest was received after it.
    void establish(const WsAgreement &agreement, const QByteArray &rest);
    // The handshake has failed.
    void failOpening(const WsError &error, quint16 closeCode = Ws::Abnormal);
    // The server's thread has emitted newConnection().
    void endAnnouncing();

    bool close(quint16 code, const QString &reason);
    // The same if the client is to be opened again as soon as it has closed.
    bool closeForNext(quint16 code = Ws::Normal, const QString &reason = {});
    // For parts of the library, which may find the connection closing, or closed, already. That is no error.
    bool closeUnlessClosing(quint16 code, const QString &reason = {});
    void abort();
    // The connection is being deleted: sends a Close frame, if none has been sent.
    void sayGoodbye();
    // The thread is about to end, and the connection does before it: with a Close frame and its signals.
    void endBeforeThread();
    // The thread of the connection ends, and so does the connection, without a signal.
    void endSilently();

    // Events of the engine, and what was written.
    void onPeerClose(const WsEvent &event);
    void onEof();
    void onFailure();
    void continueClosing();

    // This side cannot continue: reports \a error, and closes the connection with its code. The peer is sent
    // only \a reason, not the text of the error.
    void giveUp(const WsError &error, const QString &reason = {});
    // The same without waiting until queued data is written: the connection is cut.
    void giveUpAtOnce(const WsError &error, QByteArrayView reason);

    void end(const WsEnding &ending, bool isCut, const WsError &error = {});
    // Complete an end that is held: at once, from the event loop, or if nothing holds it any more.
    void completeEnd();
    void completeEndSoon();
    void releaseEnd();
    // An error has been reported, or is being reported, and closed() has not been emitted yet.
    bool isEnding() const;
    // A slot of stateChanged(Closed) is running: closed() follows.
    bool isClosedOwed() const { return m_owed == Owed::State; }

    // The error string, and errorOccurred(); it has been logged.
    void report(const WsError &error);
    void checkDeadlines(WsTime now);
    // When to call that, at the latest.
    WsTime nextCheck() const;
    void scheduleDeadlines();

    // Functions on the stack must not continue: the connection is being deleted or leaves the thread.
    void dropGuards(WsDeparture *departure = nullptr);
    void arriveInThread();

private:
    friend class WsLifeGuard;

    // What is about to be emitted while slots run, one of which may move the connection to another thread.
    // Rest: what follows from the state.
    enum class Owed : quint8 { Nothing, Failure, End, State, Aftermath, Rest };

    // What has not been emitted yet of a connection that is being opened, or has become open.
    enum class Untold : quint8 { Subprotocol = 1, Extensions = 2, Beginning = 4, State = 8, Opened = 16 };
    Q_DECLARE_FLAGS(UntoldParts, Untold)

    void setState(Ws::State state);
    void endNow(bool isCut);
    void afterClose(WsLifeGuard &guard);
    void reportFailure();
    void reportOrHold(const WsError &error);
    void logError(const WsError &error, Ws::State before) const;
    void holdOrCompleteEnd(Ws::State before);
    void emitEnd(Owed from, const WsEnding &ending, WsWaitingReceivers waiting);
    WsWaitingReceivers takeReceivers();
    void connectAnew();
    void emitConnecting();
    void emitOpened();
    void goOnWithOpening();
    bool takeUntold(Untold part);
    void startClosing();
    void endClosing(bool isCut, const WsError &error = {});
    void onHandshakeTimeout();
    void onCloseTimeout(qint64 waiting);
    void sendKeepAlive();
    void endByPongTimeout(qint64 waiting);
    WsError closeTimeoutError(qint64 waiting) const;

    WsConnectionPrivate &d;
    std::unique_ptr<WsOpening> m_opening; // until it has succeeded or failed
    WsLifeGuard *m_guards = nullptr;
    WsDeadlines m_deadlines;
    WsEnding m_ending;                 // with the connection's lock
    std::atomic<quint32> m_session{0}; // counts the endings
    std::atomic<Ws::State> m_state{Ws::Closed};
    std::atomic<bool> m_isEndHeld{false};
    // Reported once the server's thread has told of the connection.
    std::unique_ptr<WsError> m_heldError;
    Owed m_owed = Owed::Nothing;
    Owed m_left = Owed::Nothing;    // the same, of functions that it has left in another thread
    bool m_isTorn = false;          // it has ended, but completeEnd() has not been called
    bool m_isEndReported = false;   // from completeEnd() until it is Closed: slots may run
    bool m_hasOpened = false;       // in this opening
    UntoldParts m_untold;
};

#endif // WSLIFE_H
