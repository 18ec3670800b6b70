// SPDX-License-Identifier: MIT
#ifndef WSDEADLINES_H
#define WSDEADLINES_H

#include "net/socket/wssendlimit.h"

#include <chrono>

// The timeouts of one connection as arithmetic: callers pass the time in, and nothing waits here. What each
// limit counts from, and what counts as progress, is on the page "Time limits".
//
// A time that next() once returned is never too late, whatever heard() is told afterwards: a timer set
// to it may stay as it is. It may be too early, though; check() then says None and next() tells more.
class WsDeadlines
{
public:
    enum class Action { None, HandshakeTimedOut, AnswerTimedOut, SendPing, PongTimedOut, CloseTimedOut };

    static constexpr std::chrono::milliseconds Grace = WsSendLimit::Grace;

    // Each timeout and interval of 0 stands for "never".
    //
    // The opening handshake has one absolute limit: bytes do not put it off.
    void startHandshake(WsTime now, std::chrono::milliseconds timeout);
    // An HTTP answer is sent instead: the client has \a timeout from the last bytes that it took.
    void startAnswer(WsTime now, std::chrono::milliseconds timeout, const WsSendProgress &progress);
    void startOpen(WsTime now, std::chrono::milliseconds pingInterval, std::chrono::milliseconds pongTimeout);
    // The closing handshake has begun: the peer has \a timeout from the last bytes that it took.
    void startClose(WsTime now, std::chrono::milliseconds timeout, const WsSendProgress &progress);
    void stop();

    // Other values for an open connection. The silence so far counts; a pong that is awaited has
    // \a pongTimeout from now.
    void setKeepAlive(WsTime now, std::chrono::milliseconds pingInterval,
                      std::chrono::milliseconds pongTimeout);

    // Whether what arrives is being read and delivered. While it is not, no ping is due and no pong is
    // missed, and the silence starts anew afterwards. Stays through all the other calls.
    void setReading(WsTime now, bool reading);

    // Something arrived. Called for each read, hence so little.
    void heard(WsTime now)
    {
        m_silentSince = now;
        m_awaitsPong = false;
    }

    bool awaitsPong() const { return m_awaitsPong; }
    // When check() has something to do; WsTime::max() for never.
    WsTime next() const { return m_next; }
    bool isIdle() const { return m_phase == Phase::Idle; }
    bool isDue(WsTime now) const { return now >= m_next; }
    // What is due. SendPing starts to wait for the pong; a timeout is told once and ends everything. While
    // \a progress shows that the peer works off what waits for it, it is alive.
    Action check(WsTime now, const WsSendProgress &progress = {});
    // Why the last check() told of a timeout, and how long that was.
    WsSendLimit::Verdict verdict() const { return m_verdict; }
    std::chrono::milliseconds timeout() const { return m_limit.timeout(); }

private:
    enum class Phase : unsigned char { Idle, Handshake, Answering, Open, Closing };

    void startLimit(Phase phase, WsTime now, std::chrono::milliseconds timeout,
                    WsSendLimit::Rate rate = WsSendLimit::Rate::Any, const WsSendProgress &progress = {});
    void awaitPong(WsTime now, const WsSendProgress &progress);
    void armOpen();
    void armPong(WsTime now);
    Action checkOpen(WsTime now, const WsSendProgress &progress);
    Action checkLimit(WsTime now, Action action, const WsSendProgress &progress = {});

    WsTime m_next = WsTime::max();
    WsSendLimit m_limit; // of the handshake, the answer, the pong or the closing handshake
    WsTime m_silentSince;
    std::chrono::milliseconds m_pingInterval{0};
    std::chrono::milliseconds m_pongTimeout{0};
    WsSendLimit::Verdict m_verdict = WsSendLimit::Verdict::InTime;
    Phase m_phase = Phase::Idle;
    bool m_awaitsPong = false;
    bool m_isReading = true;
};

#endif // WSDEADLINES_H
