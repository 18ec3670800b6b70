// SPDX-License-Identifier: MIT
#include "net/client/wsreconnection.h"

#include "net/client/wsclient_p.h"
#include "net/client/wsreconnectrules.h"
#include "net/loop/wslogging.h"
#include "net/loop/wsthrown.h"
#include "protocol/wsintms.h"
#include "protocol/wsretryafter.h"

#include <QtCore/qrandom.h>

#include <algorithm>
#include <limits>
#include <utility>

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {
qint64 secondsNow()
{
    return std::chrono::duration_cast<seconds>(WsWallClock::now().time_since_epoch()).count();
}
} // namespace

WsReconnection::WsReconnection(WsClientPrivate &client)
    : random([] { return QRandomGenerator::global()->generateDouble(); }), d(client)
{
}

// --- whether it is opened again

void WsReconnection::setWanted(bool isWanted)
{
    m_isWanted = isWanted;
    update();
}

void WsReconnection::update()
{
    m_hasNext = d.hasNext();
    m_reconnects = m_isWanted && d.reconnect.enabled();
    const bool isToOpen = m_isWanted || m_hasNext;
    d.sending.setKeepsMessages(isToOpen && d.reconnect.enabled() && d.reconnect.queueMessages());
}

bool WsReconnection::isOpeningPosted() const
{
    return d.postedOpenings > 0;
}

void WsReconnection::begin(Begin how)
{
    cancelWaiting();
    m_error = {};
    m_isReconnectedOwed = m_isOnlineAgain = false;
    m_suspendWatch.start(WsClock::now(), WsWallClock::now());
    setWanted(true);
    if (how == Begin::Again)
        return;
    m_begunWish = m_lastWish;
    m_wasOpen = false;
    m_backOff.reset();
    setAttempt(0);
}

bool WsReconnection::stop()
{
    const bool wouldReopen = mayReopen();
    const bool wasWaiting = m_isWaiting;
    setWanted(false);
    d.forgetNext();
    cancelWaiting();
    if (wasWaiting)
        stayClosed();
    return wouldReopen;
}

void WsReconnection::onError(const WsError &error)
{
    if (d.life.state() != Ws::Closed)
        m_error = error;
}

WsError WsReconnection::lastError() const
{
    if (m_error.kind() != Ws::ErrorKind::None)
        return m_error;
    return WsError(Ws::ErrorKind::None, d.life.ending().reason, d.life.ending().code);
}

bool WsReconnection::isWorthAnAttempt() const
{
    return wsReopensAfter(lastError(), m_wasOpen);
}

bool WsReconnection::isToBeReopened()
{
    if (!m_reconnects)
        return false;
    const int attempt = m_backOff.nextAttempt();
    const int most = d.reconnect.maxAttempts();
    if (most < 0 || attempt <= most)
        return decide();
    if (most > 0 && isWorthAnAttempt())
        d.store(d.errorString, QStringLiteral("gave up after %1 attempts to reconnect: %2")
                                   .arg(QString::number(most), lastError().text()));
    return false;
}

bool WsReconnection::decide()
{
    if (!d.reconnectFilter)
        return isWorthAnAttempt();
    bool isWanted = false;
    WsLifeGuard guard(d);
    const auto filter = d.reconnectFilter; // which may replace itself
    const QString thrown = wsThrownBy([&] { isWanted = filter(lastError()); });
    if (!thrown.isNull() && guard)
        d.life.report(WsError(Ws::ErrorKind::Handler, thrown));
    return thrown.isNull() && isWanted;
}

std::optional<seconds> WsReconnection::retryAfter() const
{
    if (m_error.httpStatus() == 0)
        return {};
    return wsRetryAfter(d.response.header("Retry-After"), d.response.header("Date"), secondsNow());
}

// --- waiting

// The network has come back, or the machine has been suspended, while an attempt was running that may have
// failed only because it began too early. If the server has answered, there was a network.
bool WsReconnection::isMachineBack(WsTime now)
{
    const bool hasSlept = m_suspendWatch.hasSlept(now, WsWallClock::now());
    const Ws::ErrorKind kind = m_error.kind();
    const bool hasReached =
        kind != Ws::ErrorKind::Network && kind != Ws::ErrorKind::Timeout && kind != Ws::ErrorKind::Proxy;
    return !hasReached && (hasSlept || m_isOnlineAgain);
}

void WsReconnection::startWaiting()
{
    const WsTime now = WsClock::now();
    const int attempt = m_backOff.nextAttempt();
    m_delay = WsBackOff::delayAfter(d.reconnect, isMachineBack(now) ? 1 : attempt, random(), retryAfter());
    m_backOff.onAttempt();
    m_isWaiting = m_isReconnectingOwed = true;
    m_suspendWatch.start(now, WsWallClock::now());
    d.life.deadlines().startRetry(now, m_delay);
    d.life.scheduleDeadlines();
    watchNetwork();
    qCDebug(wsHandshakeLog) << "connection" << d.id << "waits" << m_delay.count() << "ms for attempt"
                            << attempt << "to reconnect";
    WsLifeGuard guard(d);
    setAttempt(attempt);
    if (guard)
        emitReconnecting();
}

void WsReconnection::emitReconnecting()
{
    if (std::exchange(m_isReconnectingOwed, false) && m_isWaiting)
        Q_EMIT d.client()->reconnecting(m_attempt, wsIntMs(m_delay));
}

void WsReconnection::cancelWaiting()
{
    m_isReconnectingOwed = false;
    if (m_isWaiting.exchange(false))
        d.life.deadlines().stop();
}

bool WsReconnection::tryNow()
{
    if (!m_isWaiting)
        return false;
    cancelWaiting();
    d.openAgain();
    return true;
}

void WsReconnection::onWaiting(bool isOver)
{
    if (isOver || m_suspendWatch.hasSlept(WsClock::now(), WsWallClock::now()))
        (void)tryNow();
}

void WsReconnection::onChanged()
{
    update();
    if (m_isWaiting && !m_reconnects)
        (void)stop();
    else if (m_reconnects && d.life.state() == Ws::Open)
        watchNetwork();
}

void WsReconnection::watchNetwork()
{
    if (m_networkWatch)
        return;
    m_networkWatch = WsNetworkWatch::watch([this] { d.threads.callLater([this] { onOnline(); }); });
}

// Back online: what was open may have been lost without a sign of it.
void WsReconnection::onOnline()
{
    if (tryNow())
        return;
    m_isOnlineAgain = d.life.state() == Ws::Connecting;
    if (d.life.state() != Ws::Open || !m_reconnects)
        return;
    d.life.deadlines().hurryPing(WsClock::now());
    d.life.scheduleDeadlines();
}

// --- signals

void WsReconnection::setAttempt(int attempt)
{
    if (m_attempt.exchange(attempt) != attempt)
        Q_EMIT d.client()->reconnectAttemptChanged();
}

void WsReconnection::reportLost()
{
    if (const int count = d.sending.takeLost(); count > 0)
        Q_EMIT d.client()->messagesLost(count);
}

void WsReconnection::stayClosed()
{
    setWanted(false);
    cancelWaiting();
    m_networkWatch.reset();
    m_backOff.reset();
    d.sending.loseKept();
    WsWaitingReceivers receivers = d.delivery.takeWaiting();
    WsLifeGuard guard(d);
    setAttempt(0);
    if (guard.lives())
        reportLost();
    wsAnswerEmpty(&receivers);
    if (guard && !m_isWanted) // unless a slot has opened it
        d.delivery.onStayingClosed();
    if (guard && !m_isWanted)
        d.changeActive(false);
}

void WsReconnection::onEnd()
{
    m_backOff.onEnded(WsClock::now(), d.reconnect.stableAfter());
}

void WsReconnection::beforeOpened()
{
    m_wasOpen = true;
    m_isOnlineAgain = false;
    m_backOff.onOpened(WsClock::now());
    d.forgetAwaited();
    if (m_reconnects)
        watchNetwork();
    m_isReconnectedOwed = m_isReconnectedOwed || m_attempt > 0;
    setAttempt(0);
}

void WsReconnection::afterOpened()
{
    WsLifeGuard guard(d);
    d.sending.sendKept(guard);
    if (guard && d.life.state() == Ws::Open && std::exchange(m_isReconnectedOwed, false))
        Q_EMIT d.client()->reconnected();
}

// If it will not be opened again, what was kept is lost too.
void WsReconnection::beforeClosed()
{
    if (!mayReopen())
        d.sending.loseKept();
    reportLost();
}

void WsReconnection::onLateLoss()
{
    if (d.life.state() != Ws::Closing)
        reportLost();
}

void WsReconnection::onArrived()
{
    const Ws::State state = d.life.state();
    if (!d.isActive && (m_isWaiting || state == Ws::Open || state == Ws::Connecting))
        (void)d.client()->close(); // a slot of activeChanged() has moved it before that was done
    else if (m_isWaiting)
        emitReconnecting();
    else if (state == Ws::Open)
        afterOpened();
    else if (state == Ws::Closed && (d.isActive || d.hasNext()))
        d.afterClosed(); // a slot has moved it before that was decided, or before it was opened
}

void WsReconnection::onThreadEnd()
{
    cancelWaiting();
    setWanted(false);
    d.forgetNext();
    d.sending.ignoreLosses();
    d.sending.loseKept();
    m_networkWatch.reset();
    m_attempt = 0;
    d.isActive = false;
}
