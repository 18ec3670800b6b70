// SPDX-License-Identifier: MIT
#ifndef WSLOCALCONNECTING_H
#define WSLOCALCONNECTING_H

#include "net/socket/wsconnecting.h"

#include <chrono>

// Unix: connects to a local socket. As long as its server has no room for another client, which Linux says at
// once, it tries again. A QLocalSocket would try without a pause, only for 30 seconds, and block without an
// event loop.
class WsLocalConnecting final : public WsConnecting
{
public:
    // \a name is the path of the socket.
    WsLocalConnecting(Owner *owner, const QString &name) : m_owner(owner), m_name(name) { arrive(); }
    ~WsLocalConnecting() override;

    void start() override;

    void onCheck(WsTime) override { proceed(); }
    void onArrived() override { schedule(); }
    void onThreadEnd() override { }

protected:
    void waitOnce(int ms) override;

private:
    void proceed();
    int connect();
    void schedule();
    WsError describe(int error) const;

    Owner *const m_owner;
    const QString m_name;
    qintptr m_descriptor = -1;
    std::chrono::milliseconds m_pause{0}; // before the next attempt
    WsTime m_nextAttempt = WsTime::max();
};

#endif // WSLOCALCONNECTING_H
