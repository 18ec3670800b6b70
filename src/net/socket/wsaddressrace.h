// SPDX-License-Identifier: MIT
#ifndef WSADDRESSRACE_H
#define WSADDRESSRACE_H

#include "net/socket/wsaddressschedule.h"
#include "net/socket/wsconnectattempt.h"
#include "net/socket/wsconnecting.h"

#include <functional>
#include <memory>
#include <vector>

class QHostInfo;
class QSocketNotifier;
class WsLookup;

// RFC 8305: looks a host up, unless it is an address, and tries its addresses, until there is a TCP
// connection to one of them.
class WsAddressRace final : public WsConnecting
{
public:
    using Connector = std::function<std::unique_ptr<WsConnectAttempt>(const QHostAddress &, quint16)>;

    // Tests replace \a connect.
    WsAddressRace(Owner *owner, const QString &host, quint16 port, Connector connect = wsConnectTo);
    ~WsAddressRace() override;

    void start() override;
    bool isLookingUp() const override { return m_lookup != nullptr; }
    qsizetype tried() const override { return m_schedule.tried(); }
    // Looks what has become of the attempts, and starts another one if it is due.
    void proceed();

    void onLoopBegin() override { schedule(); }
    void onCheck(WsTime) override { proceed(); }
    void onArrived() override;
    void onThreadEnd() override;

protected:
    void onLeaving() override;
    void waitOnce(int ms) override;

private:
    struct Attempt
    {
        QHostAddress address;
        std::unique_ptr<WsConnectAttempt> connecting;
        std::vector<QSocketNotifier *> notifiers;
    };
    struct Failure
    {
        QHostAddress address;
        WsError error;
    };

    void onLookedUp(const QHostInfo &info);
    void begin(const QList<QHostAddress> &addresses);
    void removeFailed();
    bool startNext();
    void giveUpOldest();
    void watch(Attempt *attempt);
    static void unwatch(Attempt *attempt);
    void schedule();
    WsError error() const;

    Owner *const m_owner;
    const QString m_host;
    const quint16 m_port;
    const Connector m_connect;
    std::shared_ptr<WsLookup> m_lookup; // until the host has been looked up
    WsAddressSchedule m_schedule;
    std::vector<Attempt> m_attempts; // that have not failed; the oldest first
    std::vector<Failure> m_failures;
    bool m_hasBegun = false;  // the addresses are known
    bool *m_isGone = nullptr; // set when this is destroyed, or moves to another thread
};

#endif // WSADDRESSRACE_H
