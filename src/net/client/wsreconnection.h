// SPDX-License-Identifier: MIT
#ifndef WSRECONNECTION_H
#define WSRECONNECTION_H

#include "net/client/wsbackoff.h"
#include "net/client/wsnetworkwatch.h"
#include "net/connection/wspulling.h"
#include "net/connection/wsreopener.h"

#include <atomic>
#include <functional>
#include <memory>

class WsClientPrivate;
class WsLifeGuard;

// When a client is opened again, and what it reports of that. WsClientPrivate opens it.
class WsReconnection final : public WsReopener
{
public:
    explicit WsReconnection(WsClientPrivate &client);

    bool mayReopen() const override { return m_reconnects || m_hasNext; }
    bool isWaiting() const override { return m_isWaiting; }
    quint32 lastWish() const override { return m_lastWish; }
    bool hasBegunAfter(quint32 wish) const override { return qint32(m_begunWish - wish) > 0; }
    bool isOpeningPosted() const override;
    // Whether the application has opened it, and not closed it.
    bool isWanted() const { return m_isWanted; }
    // Whether it reconnects, for as long as the application has opened it and not closed it.
    bool reconnects() const { return m_reconnects; }
    // What ended the connection, or the attempt; none if there was no error.
    const WsError &error() const { return m_error; }
    // From any thread: the number of the attempt that comes or is running; 0 if there is none.
    int attempt() const { return m_attempt; }

    // In the client's thread. An opening begins: one of the application, or another attempt.
    enum class Begin : quint8 { Anew, Again };
    void begin(Begin how);
    // closed() has been emitted. Returns whether the client is to wait for another attempt. Calls the filter.
    bool isToBeReopened();
    void startWaiting();
    // Ends the wait without a signal.
    void cancelWaiting();
    bool tryNow();
    // The client stays closed, whether or not it has ever tried to reconnect: reports that, and all that was
    // lost.
    void stayClosed();
    // The value of WsReconnect has changed.
    void onChanged();
    // The application wants something to be opened next.
    void noteWish() { ++m_lastWish; }
    // What depends on that value, on whether the client is wanted, and on WsClientPrivate::hasNext().
    void update();
    // Reports messages that were lost.
    void reportLost();

    bool stop() override;
    void onError(const WsError &error) override;
    void onEnd() override;
    void beforeOpened() override;
    void afterOpened() override;
    void beforeClosed() override;
    void onWaiting(bool isOver) override;
    void onLateLoss() override;
    void onArrived() override;
    void onThreadEnd() override;

    // At least 0 and less than 1. Tests replace it.
    std::function<double()> random;

private:
    WsError lastError() const;
    bool isWorthAnAttempt() const;
    bool decide();
    bool isMachineBack(WsTime now);
    std::optional<std::chrono::seconds> retryAfter() const;
    void setWanted(bool isWanted);
    void setAttempt(int attempt);
    void emitReconnecting();
    void watchNetwork();
    void onOnline();

    WsClientPrivate &d;
    WsBackOff m_backOff;
    WsSuspendWatch m_suspendWatch;
    WsError m_error; // the last one of this opening
    std::chrono::milliseconds m_delay{0};
    std::shared_ptr<void> m_networkWatch;
    std::atomic<int> m_attempt{0};
    std::atomic<quint32> m_lastWish{0};
    quint32 m_begunWish = 0; // of the last opening
    std::atomic<bool> m_reconnects{false};
    std::atomic<bool> m_hasNext{false}; // as WsClientPrivate::hasNext()
    std::atomic<bool> m_isWaiting{false};
    bool m_isWanted = false;           // the application has opened it, and not closed it
    bool m_wasOpen = false;            // since the application has opened it
    bool m_isOnlineAgain = false;      // since this attempt has begun
    bool m_isReconnectingOwed = false; // reconnecting() is about to be emitted
    bool m_isReconnectedOwed = false;  // the same for reconnected()
};

#endif // WSRECONNECTION_H
