// SPDX-License-Identifier: MIT
#ifndef BROKERPAIRS_H
#define BROKERPAIRS_H

#include "brokertesting.h"

#include <WsKit/WsMemoryBroker>

#include <array>

namespace BrokerTesting {
// Records what it is told, and can deliver anything.
class RecordingBroker : public WsMemoryBroker
{
public:
    using WsBroker::deliver;
    using WsBroker::setState;
    using WsMemoryBroker::WsMemoryBroker;

    QStringList calls;
    std::function<void()> onSend;

protected:
    bool send(const WsBrokerMessage &message) override
    {
        if (onSend)
            onSend();
        return WsMemoryBroker::send(message);
    }
    void subscribe(const QString &topic) override
    {
        calls.append(u'+' + topic);
        WsMemoryBroker::subscribe(topic);
    }
    void unsubscribe(const QString &topic) override
    {
        calls.append(u'-' + topic);
        WsMemoryBroker::unsubscribe(topic);
    }
};

// Two servers, as in two processes.
struct Two
{
    explicit Two(int threads = 0) : one(&brokers[0], threads), other(&brokers[1], threads) { }
    // Of the other server.
    Subscriber *subscribe(const QString &topic)
    {
        Subscriber *const subscriber = other.subscribe(topic);
        (void)waitFor([&] { return brokers[1].topics().contains(topic); });
        return subscriber;
    }
    std::array<RecordingBroker, 2> brokers;
    Site one;
    Site other;
};

inline void addThreads()
{
    QTest::addColumn<int>("threads");
    QTest::newRow("the server's thread") << 0;
    QTest::newRow("two threads") << 2;
}
} // namespace BrokerTesting

#endif // BROKERPAIRS_H
