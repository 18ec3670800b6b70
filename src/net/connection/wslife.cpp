// SPDX-License-Identifier: MIT
#include "net/connection/wslife.h"

#include "net/connection/wsconnection_p.h"
#include "net/connection/wsshownurl.h"
#include "net/loop/wslogging.h"
#include "protocol/wsutf16.h"

#include <QtCore/qurl.h>

#include <utility>

// --- guards

WsLifeGuard::WsLifeGuard(WsConnectionPrivate &connection)
    : m_connection(&connection), m_outer(connection.life.m_guards), m_session(connection.life.session())
{
    connection.life.m_guards = this;
}

WsLifeGuard::~WsLifeGuard()
{
    if (m_connection)
        m_connection->life.m_guards = m_outer;
}

WsLife::~WsLife() = default;

void WsLife::dropGuards(WsDeparture *departure)
{
    if (m_guards)
        m_left = m_owed == Owed::Nothing ? Owed::Rest : m_owed;
    m_owed = Owed::Nothing;
    for (WsLifeGuard *guard = std::exchange(m_guards, nullptr); guard; guard = guard->m_outer) {
        guard->m_connection = nullptr;
        guard->m_departure = departure;
    }
}

// Nothing else changes the state and emits stateChanged().
void WsLife::setState(Ws::State state)
{
    if (m_state.exchange(state) != state)
        Q_EMIT d.q->stateChanged(state);
}

// --- the opening

void WsLife::startOpening(std::unique_ptr<WsOpening> opening, WsTime begun)
{
    m_opening = std::move(opening);
    m_owed = Owed::Nothing; // a slot of closed() may open the client, and wait in an event loop of its own
    d.link.reset();
    d.counters.reset();
    d.store(d.response, WsResponse());
    d.store(m_ending, WsEnding());
    d.store(d.errorString, QString());
    d.store(d.sslConfiguration, std::nullopt);
    d.sending.reset();
    d.delivery.reset();
    m_isTorn = m_isEndReported = m_hasOpened = false;
    m_heldError.reset();
    m_deadlines.setReading(WsClock::now(), !d.link.isHeld(WsHold::Paused));
    m_deadlines.startHandshake(begun, d.options.handshakeTimeout());
    scheduleDeadlines();
    if (d.role == WsRole::Server)
        setState(Ws::Connecting);
    else
        connectAnew();
}

void WsLife::establish(const WsAgreement &agreement, const QByteArray &rest)
{
    const std::unique_ptr<WsOpening> opening = std::move(m_opening);
    m_deadlines.startOpen(WsClock::now(), d.options.pingInterval(), d.options.pongTimeout());
    scheduleDeadlines();
    d.link.establish(agreement, rest);
    const QString extensions = QString::fromLatin1(agreement.extensions);
    m_untold = {Untold::Beginning, Untold::State, Untold::Opened};
    m_untold.setFlag(Untold::Extensions, d.extensions != extensions);
    m_untold.setFlag(Untold::Subprotocol, d.subprotocol != agreement.subprotocol);
    d.store(d.extensions, extensions);
    d.store(d.subprotocol, agreement.subprotocol);
    d.storeEncryption();
    m_state = Ws::Open; // reported below, or when the server's thread knows the connection
    m_hasOpened = true;
    WsLifeGuard guard(d);
    opening->onEstablished();
    if (guard && m_untold && !d.link.isHeld(WsHold::Announcing))
        emitOpened();
}

void WsLife::endAnnouncing()
{
    d.link.hold(WsHold::Announcing, false);
    WsLifeGuard guard(d);
    if (const std::unique_ptr<WsError> error = std::move(m_heldError)) // of the connection handler
        report(*error);
    if (!guard)
        return;
    if (m_isEndHeld && !d.delivery.hasUnread())
        completeEnd();
    else
        emitOpened();
}

void WsLife::failOpening(const WsError &error, quint16 closeCode)
{
    d.storePeerCertificates();
    end({closeCode, {}, false}, true, error);
}

// --- closing

void WsLife::startClosing()
{
    m_deadlines.startClose(WsClock::now(), d.options.closeTimeout(), d.link.progress());
    scheduleDeadlines();
}

bool WsLife::close(quint16 code, const QString &reason)
{
    const bool isClosed = state() == Ws::Closed;
    if (d.reopener->stop() && isClosed)
        return true;
    return closeForNext(code, reason);
}

bool WsLife::closeForNext(quint16 code, const QString &reason)
{
    if (state() == Ws::Connecting) {
        failOpening({});
        return true;
    }
    if (m_isEndHeld) { // by unread messages, which are dropped now
        completeEndSoon();
        return true;
    }
    if (state() != Ws::Open)
        return d.decline("the connection is not open");
    WsLifeGuard guard(d);
    d.delivery.sendPending();
    if (guard)
        d.sending.sendAllHeld(guard);
    if (!guard || state() != Ws::Open) // a slot has closed it
        return guard.lives();
    d.link.protocol().sendClose(code, reason.toUtf8());
    startClosing();
    d.sending.afterQueueing();
    setState(Ws::Closing);
    afterClose(guard);
    return true;
}

bool WsLife::closeUnlessClosing(quint16 code, const QString &reason)
{
    const bool isClosing = state() == Ws::Closing && !m_isEndHeld;
    if (!isClosing && state() != Ws::Closed)
        return d.q->close(code, reason);
    (void)d.reopener->stop();
    return true;
}

// Our Close is queued. From now on nothing may hold up what the peer sends before its own Close.
void WsLife::afterClose(WsLifeGuard &guard)
{
    if (guard)
        d.delivery.abandonStream();
    if (guard)
        d.delivery.endPause();
    if (guard)
        d.link.pumpSoon();
}

void WsLife::giveUp(const WsError &error, const QString &reason)
{
    if (d.link.protocol().state() != WsProtocol::State::Open) { // it is closing already
        reportOrHold(error);
        return;
    }
    d.link.protocol().giveUp(error.kind(), error.closeCode(), error.text(), reason.toUtf8());
    startClosing();
    d.sending.afterQueueing();
    WsLifeGuard guard(d);
    m_owed = Owed::Failure;
    setState(Ws::Closing);
    if (guard)
        reportFailure();
    afterClose(guard);
}

// Also if it is closing, which may take long with much queued data.
void WsLife::giveUpAtOnce(const WsError &error, QByteArrayView reason)
{
    if (!d.link.transport())
        return;
    d.link.protocol().giveUp(error.kind(), error.closeCode(), error.text(), reason);
    d.link.writeAnyway();
    end({Ws::Abnormal, {}, false}, true, error);
}

void WsLife::abort()
{
    d.sending.ignoreLosses();
    endNow(true);
}

void WsLife::endNow(bool isCut)
{
    const bool isClosed = state() == Ws::Closed;
    if ((d.reopener->stop() && isClosed) || m_isEndReported)
        return;
    if (m_isEndHeld) {
        completeEnd();
        return;
    }
    WsLifeGuard guard(d);
    if (m_isTorn) { // in a slot of errorOccurred()
        d.delivery.endStreams();
        if (guard)
            completeEnd();
        return;
    }
    d.delivery.abandonStream();
    if (guard)
        d.delivery.clearUnread();
    if (guard)
        end({Ws::Abnormal, {}, false}, isCut);
}

void WsLife::sayGoodbye()
{
    if (!d.link.transport())
        return;
    if (state() == Ws::Open) {
        d.delivery.sendPendingSilently();
        if (d.link.protocol().sendClose(Ws::GoingAway, {}))
            d.link.writeAnyway();
    } else if (state() == Ws::Closing) {
        d.link.writeAnyway(); // its Close frame may still be queued
    }
}

void WsLife::endBeforeThread()
{
    d.link.hold(WsHold::Announcing, false);
    WsLifeGuard guard(d);
    sayGoodbye();
    endNow(!d.link.transport() || d.link.transport()->pending() > 0);
    if (guard.lives()) // nobody has moved it on
        d.threads.leaveThread();
}

void WsLife::endSilently()
{
    dropGuards();
    m_opening.reset();
    m_deadlines.stop();
    d.link.cut();
    d.link.leaveThread();
    d.delivery.letGoOfStreams();
    m_owed = m_left = Owed::Nothing;
    m_isEndHeld = m_isTorn = m_isEndReported = false;
    m_untold = {};
    m_heldError.reset();
    d.reopener->onThreadEnd();
    m_state = Ws::Closed;
    ++m_session;
    WsWaitingReceivers waiting = d.delivery.takeWaiting();
    d.store(m_ending, WsEnding{Ws::Abnormal, {}, false});
    wsAnswerEmpty(&waiting);
}

void WsLife::onPeerClose(const WsEvent &event)
{
    d.store(m_ending, WsEnding{event.closeCode, wsStringFromUtf8(event.payload), false});
    if (state() == Ws::Open)
        startClosing();
    setState(Ws::Closing); // the rest follows when our answer is written
}

void WsLife::onEof()
{
    const WsProtocol &protocol = d.link.protocol();
    if (protocol.isCloseComplete() || protocol.state() == WsProtocol::State::Failed) {
        // The peer may have ended only its own direction, as TLS allows, and still read.
        const bool isWriting = d.link.queuedAmount() > 0 && !d.link.transport()->hasEnded();
        if (!isWriting)
            endClosing(d.link.queuedAmount() > 0);
        return;
    }
    end({Ws::Abnormal, {}, false}, true, d.link.transport()->lostError());
}

void WsLife::onFailure()
{
    startClosing();
    WsLifeGuard guard(d);
    m_owed = Owed::Failure;
    setState(Ws::Closing);
    if (guard)
        reportFailure();
}

void WsLife::reportFailure()
{
    m_owed = Owed::Nothing;
    const WsFailure failure = d.link.protocol().failure();
    const WsError error(failure.kind, failure.text, failure.closeCode);
    logError(error, Ws::Open);
    reportOrHold(error);
}

// Those who are to hear of it may not know of the connection yet.
void WsLife::reportOrHold(const WsError &error)
{
    if (d.link.isHeld(WsHold::Announcing))
        m_heldError = std::make_unique<WsError>(error);
    else
        report(error);
}

// All queued Close frames have been written.
void WsLife::continueClosing()
{
    if (d.delivery.hasBacklog())
        return; // a slot runs an event loop of its own, and the peer's Close has not been delivered
    const WsProtocol &protocol = d.link.protocol();
    const bool isPeerGone = protocol.hasReturnedEof();
    if (d.role == WsRole::Client && !isPeerGone)
        return; // RFC 6455 §7.1.1: the server closes TCP first
    // After a broken rule the peer is expected to close first. If we closed at once, the system would answer
    // further data with a reset, and the peer might never read our Close frame.
    const bool hasFailed = protocol.state() == WsProtocol::State::Failed;
    if (protocol.isCloseComplete() || isPeerGone || (hasFailed && !d.link.shutdownWrite()))
        endClosing(false);
}

// RFC 6455 §7.1.5: the code is that of the Close frame that was received, whichever side closed first.
void WsLife::endClosing(bool isCut, const WsError &error)
{
    const bool isComplete = d.link.protocol().isCloseComplete();
    isCut = isCut || d.link.protocol().hasLostOutput(); // our own Close, last of all
    const quint16 code = isComplete ? m_ending.code : quint16(Ws::Abnormal);
    end({code, m_ending.reason, isComplete && !isCut}, isCut, error);
}

// --- the end

bool WsLife::isEnding() const
{
    return m_isTorn || m_isEndReported
           || (state() == Ws::Closing && d.link.protocol().failure().kind != Ws::ErrorKind::None);
}

// Of several errors only the first is reported: it has ended the connection, the others follow from it.
void WsLife::end(const WsEnding &ending, bool isCut, const WsError &error)
{
    const bool isReported = isEnding();
    if (state() == Ws::Closed || m_isEndReported || std::exchange(m_isTorn, true))
        return;
    const std::unique_ptr<WsOpening> opening = std::move(m_opening);
    m_deadlines.stop();
    d.threads.unschedule();
    d.sending.noteEnd(ending.wasClean);
    if (isCut)
        d.link.cut();
    else
        d.link.finish();
    d.delivery.dropBacklog();
    d.sending.noteAmount();
    d.sending.leaveTotal();
    d.isEncrypted = false;
    d.store(m_ending, ending);
    d.reopener->onEnd();
    const Ws::State before = m_state.exchange(Ws::Closing); // slots cannot send any more
    WsLifeGuard guard(d);
    m_owed = Owed::End;
    if (error.kind() != Ws::ErrorKind::None) {
        logError(error, before);
        if (!isReported)
            report(error);
    }
    if (guard)
        holdOrCompleteEnd(before);
}

void WsLife::holdOrCompleteEnd(Ws::State before)
{
    WsLifeGuard guard(d);
    d.delivery.endStreams();
    if (guard)
        d.sending.reportAmount(); // the queue was dropped
    if (!guard)
        return;
    m_owed = Owed::Nothing;
    // The side that closes gives up its unread messages. Otherwise the end comes after the last message.
    const WsProtocol::State protocol = d.link.protocol().state();
    const bool isOurs = protocol == WsProtocol::State::ClosedByUs || protocol == WsProtocol::State::Closed;
    m_isEndHeld = d.link.isHeld(WsHold::Announcing) || (d.delivery.hasUnread() && !isOurs);
    if (!m_isEndHeld)
        completeEnd();
    else if (before != Ws::Closing)
        Q_EMIT d.q->stateChanged(Ws::Closing);
}

void WsLife::releaseEnd()
{
    if (m_isEndHeld && !d.delivery.hasUnread())
        completeEnd();
}

void WsLife::completeEnd()
{
    if (d.link.isHeld(WsHold::Announcing))
        return; // newConnection() comes first
    ++m_session;
    m_left = Owed::Nothing;
    m_isEndHeld = m_isTorn = false;
    m_isEndReported = true;
    d.delivery.letGoOfStream(); // its data can still be read
    emitEnd(Owed::State, m_ending, takeReceivers());
}

// Those who have asked for the first message of a connection get it from the attempt that succeeds.
WsWaitingReceivers WsLife::takeReceivers()
{
    const bool isNextAwaited = !m_hasOpened && d.reopener->mayReopen();
    return isNextAwaited ? WsWaitingReceivers() : d.delivery.takeWaiting();
}

// \a ending is a copy: a slot may open the client again.
void WsLife::emitEnd(Owed from, const WsEnding &ending, WsWaitingReceivers waiting)
{
    const WsEnding told = ending;
    WsLifeGuard guard(d);
    m_owed = from;
    if (from == Owed::State) {
        d.delivery.endPause();
        if (guard.lives())
            d.skips.report();
        if (guard.lives())
            d.reopener->beforeClosed();
        if (guard.lives()) {
            m_isEndReported = false;
            setState(Ws::Closed);
        }
    }
    wsAnswerEmpty(&waiting);
    if (guard.lives() && from != Owed::Aftermath) {
        m_owed = Owed::Aftermath;
        Q_EMIT d.q->closed(told.code, told.reason, told.wasClean);
    }
    if (guard.lives()) {
        m_owed = Owed::Nothing;
        if (const auto owner = d.owner)
            owner->onEnded(d.q);
    }
    if (guard) // and no slot has opened it again
        d.afterClosed();
}

void WsLife::completeEndSoon()
{
    d.threads.callLater([this, session = session()] {
        if (m_isEndHeld && m_session == session)
            completeEnd();
    });
}

// A failed opening is logged as one line in wskit.handshake.
void WsLife::logError(const WsError &error, Ws::State before) const
{
    if (before == Ws::Connecting)
        qCDebug(wsHandshakeLog).noquote()
            << "connection" << d.id << "to" << wsShownUrl(d.url()) << "did not open:" << error;
    else
        qCDebug(wsNetLog) << "connection" << d.id << error;
}

void WsLife::report(const WsError &error)
{
    d.store(d.errorString, error.text());
    d.reopener->onError(error);
    Q_EMIT d.q->errorOccurred(error);
}

void WsLife::arriveInThread()
{
    scheduleDeadlines();
    const Owed owed = std::exchange(m_left, Owed::Nothing);
    switch (owed) {
    case Owed::Nothing:
        break;
    case Owed::Rest:
        goOnWithOpening();
        break;
    case Owed::Failure:
        reportFailure();
        break;
    case Owed::End:
        holdOrCompleteEnd(Ws::Closing);
        break;
    case Owed::State:
    case Owed::Aftermath:
        emitEnd(owed, m_ending, {});
        break;
    }
}
