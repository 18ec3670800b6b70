// SPDX-License-Identifier: MIT

// What a client opens, and what it opens next.

#include "net/client/wsclient_p.h"

#include <utility>

void WsClientPrivate::setUrl(const QUrl &url)
{
    if (m_url == url)
        return;
    store(m_url, url);
    WsLifeGuard guard(*this);
    if (isToStayOpen() && life.state() != Ws::Closed)
        reopen({url, {}});
    else if (reconnection.isWaiting())
        reopenNow({url, {}});
    else if (m_next) // in a slot, before it is opened
        setNext(WsOpeningTarget{url, {}});
    if (guard.lives())
        Q_EMIT q->urlChanged();
}

// False if it is empty, or only the path that will follow the address of a server that does not listen yet.
bool WsClientPrivate::isUrl(const QUrl &url)
{
    return !url.isRelative() || !(url.path().isEmpty() || url.path().startsWith(QLatin1Char('/')));
}

void WsClientPrivate::setActive(bool active)
{
    const Ws::State state = life.state();
    if (!active) {
        if (!isActive && !hasNext())
            return;
        WsLifeGuard guard(*this);
        changeActive(false);
        if (guard && !isActive) // unless a slot has set it again
            (void)life.closeUnlessClosing(Ws::Normal);
    } else if (isActive) {
        const bool isUndecided = state == Ws::Closed && !reconnection.isWaiting(); // in a slot of closed()
        setNext(m_next, isUndecided || state == Ws::Closing);
    } else if (state == Ws::Closing) {
        reopen({m_url, {}});
        changeActive(true);
    } else if (state != Ws::Closed) { // in a slot that is told of false, before the client is closed
        changeActive(true);
    } else if (!m_next) { // otherwise a slot has been faster than the signal
        openOrReport({m_url, {}});
    }
}

void WsClientPrivate::openOrReport(const WsOpeningTarget &target)
{
    WsUpgradeRequest request;
    if (mayStart(target, &request)) {
        (void)start(target, std::move(request));
        return;
    }
    if (life.state() != Ws::Closed)
        return;
    // A report that comes late must not be taken for an error of what has been opened in the meantime.
    m_refusal.run(client(), [this, error = WsError(Ws::ErrorKind::Misuse, client()->errorString())] {
        if (life.state() == Ws::Closed)
            life.report(error);
    });
}

void WsClientPrivate::changeActive(bool active)
{
    if (isActive.exchange(active) != active)
        Q_EMIT client()->activeChanged();
}

void WsClientPrivate::setNext(const std::optional<WsOpeningTarget> &next, bool isWantedAgain)
{
    const bool wasWished = hasNext();
    m_next = next;
    m_isWantedAgain = isWantedAgain;
    if (hasNext() && !wasWished)
        reconnection.noteWish();
    reconnection.update();
}

void WsClientPrivate::reopen(const WsOpeningTarget &target)
{
    setNext(target);
    if (threads.isInOrder() || life.state() != Ws::Open) {
        (void)(life.state() != Ws::Closing && life.closeForNext());
        return;
    }
    threads.callLater([this, session = life.session()] {
        if (life.session() == session && life.state() != Ws::Closing && m_next)
            (void)life.closeForNext();
    });
}

// The client waits to be opened again: another target is opened at once.
void WsClientPrivate::reopenNow(const WsOpeningTarget &target)
{
    setNext(target);
    reconnection.cancelWaiting();
    afterClosed();
}

// After closed(): opens what a slot wants to be opened, waits for another attempt, or stays closed.
void WsClientPrivate::openAgainIfWanted()
{
    if (life.state() != Ws::Closed)
        return; // opened again by a slot
    WsLifeGuard guard(*this);
    reconnection.reportLost();
    const bool isReopened = guard && !m_next && hasUrl() && reconnection.isToBeReopened();
    if (!guard || life.state() != Ws::Closed)
        return;
    if (isReopened && reconnection.reconnects() && !m_next) {
        forgetNext();
        reconnection.startWaiting();
        return;
    }
    // It stays what is wanted until it begins: other threads may close the client at any time.
    const WsOpeningTarget next = m_next ? *m_next : WsOpeningTarget{m_url, {}};
    if (hasNext() && isUrl(next.url)) {
        startOrStayClosed(next, false);
        return;
    }
    forgetNext();
    reconnection.stayClosed();
}

void WsClientPrivate::openAgain()
{
    const bool isSame = m_url == m_target.url; // unless a slot of closed() has changed it
    startOrStayClosed(isSame ? WsOpeningTarget(m_target) : WsOpeningTarget{m_url, {}}, true);
}

void WsClientPrivate::startOrStayClosed(const WsOpeningTarget &target, bool isAnotherAttempt)
{
    WsUpgradeRequest request;
    if (mayStart(target, &request)) {
        (void)start(target, std::move(request), isAnotherAttempt);
        return;
    }
    const QString problem = client()->errorString();
    WsLifeGuard guard(*this);
    forgetNext();
    reconnection.stayClosed();
    if (guard && life.state() == Ws::Closed && !isActive) // a slot may have opened another URL
        life.report(WsError(Ws::ErrorKind::Misuse, problem));
}

// --- reconnection

void WsClientPrivate::setReconnect(const WsReconnect &value)
{
    WsLifeGuard guard(*this);
    change(reconnect, value, &WsClient::reconnectChanged);
    if (guard.lives())
        reconnection.onChanged();
}

bool WsClientPrivate::reconnectNow()
{
    return reconnection.tryNow() || decline("reconnectNow() has no effect: the client does not wait");
}
