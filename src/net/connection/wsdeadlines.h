// SPDX-License-Identifier: MIT
#ifndef WSDEADLINES_H
#define WSDEADLINES_H

#include "net/socket/wssendlimit.h"

#include <chrono>

// The timeouts of one connection as arithmetic: callers pass the time in, and nothing waits here. The page
// "Time Limits" says from when each limit counts, and what counts as progress.
//
// A time that next() has returned is never too late, even if heard() is called afterwards, so a timer for it
// can stay as it is. It may be too early; then check() returns None and next() returns a later time.
class WsDeadlines
{
public:
    enum class Action {
        None,
        HandshakeTimedOut,
        AnswerTimedOut,
        SendPing,
        PongTimedOut,
        CloseTimedOut,
        LookAround,
        Retry
    };

    static constexpr std::chrono::milliseconds Grace = WsSendLimit::Grace;
    // While a client waits for the next attempt, check() returns LookAround this often.
    static constexpr std::chrono::milliseconds LookInterval{1000};

    // A timeout or interval of 0 means "never".
    //
    // The opening handshake has one absolute limit, which bytes do not extend.
    void startHandshake(WsTime now, std::chrono::milliseconds timeout);
    // The body of an HTTP request is received: the client has \a timeout from the last bytes that it sent,
    // and has to send at the rate at which others have to take.
    void startReceiving(WsTime now, std::chrono::milliseconds timeout, qint64 received);
    // An HTTP answer is sent instead: the client has \a timeout from the last bytes that it took. The same
    // for its next request, once it has taken the answer.
    void startAnswer(WsTime now, std::chrono::milliseconds timeout, const WsSendProgress &progress);
    void startOpen(WsTime now, std::chrono::milliseconds pingInterval, std::chrono::milliseconds pongTimeout);
    // The closing handshake has begun: the peer has \a timeout from the last bytes that it took.
    void startClose(WsTime now, std::chrono::milliseconds timeout, const WsSendProgress &progress);
    // The client is closed, and is to be opened again after \a delay.
    void startRetry(WsTime now, std::chrono::milliseconds delay);
    void stop();

    // Other values for an open connection. The silence so far counts; a pong that is awaited has
    // \a pongTimeout from now.
    void setKeepAlive(WsTime now, std::chrono::milliseconds pingInterval,
                      std::chrono::milliseconds pongTimeout);

    // The network may have changed: if the connection is open, the next ping is due now.
    void hurryPing(WsTime now);

    // Whether what arrives is being read and delivered. While it is not, no ping is due and no pong is
    // missed, and the silence starts anew afterwards. Stays through all the other calls.
    void setReading(WsTime now, bool reading);

    // Something has arrived. It is called for each read, so it does little.
    void heard(WsTime now)
    {
        m_silentSince = now;
        m_awaitsPong = false;
    }

    bool awaitsPong() const { return m_awaitsPong; }
    // Whether check() wants to know what was received, as the progress of the peer.
    bool isReceiving() const { return m_phase == Phase::Receiving; }
    static WsSendProgress receivingProgress(qint64 received)
    {
        return {received, WsSendLimit::Negligible + 1};
    }
    // When check() has something to do; WsTime::max() for never.
    WsTime next() const { return m_next; }
    bool isIdle() const { return m_phase == Phase::Idle; }
    bool isDue(WsTime now) const { return now >= m_next; }
    // Returns what is due. SendPing starts to wait for the pong. A timeout is returned once and stops
    // everything. As long as \a progress shows that the peer takes bytes that wait for it, it is alive.
    Action check(WsTime now, const WsSendProgress &progress = {});
    // Why the last check() returned a timeout, and how long the timeout was.
    WsSendLimit::Verdict verdict() const { return m_verdict; }
    std::chrono::milliseconds timeout() const { return m_limit.timeout(); }

private:
    enum class Phase : unsigned char { Idle, Handshake, Receiving, Answering, Open, Closing, Waiting };

    void startLimit(Phase phase, WsTime now, std::chrono::milliseconds timeout,
                    WsSendLimit::Rate rate = WsSendLimit::Rate::Any, const WsSendProgress &progress = {});
    void awaitPong(WsTime now, const WsSendProgress &progress);
    void armOpen();
    void armPong(WsTime now);
    void armWaiting(WsTime now);
    Action checkOpen(WsTime now, const WsSendProgress &progress);
    Action checkWaiting(WsTime now);
    Action checkLimit(WsTime now, Action action, const WsSendProgress &progress = {});

    WsTime m_next = WsTime::max();
    WsSendLimit m_limit; // of the handshake, the body, the answer, the pong or the closing handshake
    WsTime m_silentSince;
    WsTime m_retryTime;
    std::chrono::milliseconds m_pingInterval{0};
    std::chrono::milliseconds m_pongTimeout{0};
    WsSendLimit::Verdict m_verdict = WsSendLimit::Verdict::InTime;
    Phase m_phase = Phase::Idle;
    bool m_awaitsPong = false;
    bool m_isReading = true;
};

#endif // WSDEADLINES_H
