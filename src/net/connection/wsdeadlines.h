// SPDX-License-Identifier: MIT
#ifndef WSDEADLINES_H
#define WSDEADLINES_H

#include <chrono>

using WsTime = std::chrono::steady_clock::time_point;

// The timeouts of one connection as arithmetic: the time is handed in, nothing waits here.
//
// A time that next() once returned is never too late, whatever heard() is told afterwards: a timer set
// to it may stay as it is. It may be too early, though; check() then says None and next() tells more.
class WsDeadlines
{
public:
    enum class Action { None, HandshakeTimedOut, SendPing, PongTimedOut, CloseTimedOut };

    // A check that comes later than this was held up by a busy thread, for which what the peer sent in
    // time may still lie unread: nothing is declared dead before that much more time for reading it.
    static constexpr std::chrono::milliseconds Grace{1000};

    // Each timeout and interval of 0 stands for "never".
    void startHandshake(WsTime now, std::chrono::milliseconds timeout);
    void startOpen(WsTime now, std::chrono::milliseconds pingInterval, std::chrono::milliseconds pongTimeout);
    void startClose(WsTime now, std::chrono::milliseconds timeout);
    void stop();

    // Other values for an open connection. The silence so far counts; a pong that is awaited has
    // \a pongTimeout from now.
    void setKeepAlive(WsTime now, std::chrono::milliseconds pingInterval,
                      std::chrono::milliseconds pongTimeout);

    // Whether what arrives is being read. While it is not, no pong can be seen: no ping is due and no
    // pong is missed, and the silence starts anew afterwards. Stays through all the other calls.
    void setReading(WsTime now, bool reading);

    // Something arrived. Called for each read, hence so little.
    void heard(WsTime now)
    {
        m_silentSince = now;
        m_awaitsPong = false;
    }

    // When check() has something to do; WsTime::max() for never.
    WsTime next() const { return m_next; }
    // What is due. SendPing starts to wait for the pong; a timeout is told once and ends everything.
    Action check(WsTime now);

private:
    enum class Phase : unsigned char { Idle, Handshake, Open, Closing };

    void startLimit(Phase phase, WsTime now, std::chrono::milliseconds timeout);
    void awaitPong(WsTime now);
    void armOpen();
    Action checkOpen(WsTime now);
    Action checkLimit(WsTime now, Action action);

    WsTime m_next = WsTime::max();
    WsTime m_limit = WsTime::max(); // of the handshake, the pong or the closing handshake
    WsTime m_silentSince;
    std::chrono::milliseconds m_pingInterval{0};
    std::chrono::milliseconds m_pongTimeout{0};
    Phase m_phase = Phase::Idle;
    bool m_awaitsPong = false;
    bool m_isReading = true;
    bool m_hadGrace = false;
};

#endif // WSDEADLINES_H
