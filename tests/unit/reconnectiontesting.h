// SPDX-License-Identifier: MIT
#ifndef RECONNECTIONTESTING_H
#define RECONNECTIONTESTING_H

#include "connectiontesting.h"

#include <functional>
#include <memory>
#include <utility>

// A client that reconnects, without chance: on a fake transport, with fake clocks and a fake network.
namespace ReconnectionTesting {
using namespace ConnectionTesting;

// Starts \a thread, does there what waits for \a client, and brings that back. Returns false if the thread
// does not end.
inline bool visit(QThread *thread, WsClient *client)
{
    const auto comeBack = [client, thread] {
        client->moveToThread(QCoreApplication::instance()->thread());
        thread->quit();
    };
    QMetaObject::invokeMethod(client, comeBack, Qt::QueuedConnection);
    thread->start();
    return thread->wait(QDeadlineTimer(std::chrono::seconds(30)));
}

// The time of day, which the test sets.
class FakeWallClock
{
public:
    FakeWallClock()
    {
        s_offset = {};
        WsWallClock::replace(
            [] { return WsWallClock::Time(FakeClock::now().time_since_epoch()) + s_offset; });
    }
    ~FakeWallClock() { WsWallClock::replace(nullptr); }
    Q_DISABLE_COPY_MOVE(FakeWallClock)

    // The machine is suspended for \a time, in which only the time of day goes on.
    static void sleep(std::chrono::milliseconds time) { s_offset += time; }

private:
    static inline std::chrono::milliseconds s_offset{0};
};

// What QNetworkInformation would tell.
class FakeNetwork
{
public:
    FakeNetwork()
    {
        WsNetworkWatch::replace([](WsNetworkWatch::Callback onOnline) -> std::shared_ptr<void> {
            const auto callback = std::make_shared<WsNetworkWatch::Callback>(std::move(onOnline));
            s_watches.append(callback);
            return callback;
        });
    }
    ~FakeNetwork()
    {
        WsNetworkWatch::replace(nullptr);
        s_watches.clear();
    }
    Q_DISABLE_COPY_MOVE(FakeNetwork)

    static void goOnline()
    {
        for (const auto &watch : s_watches) {
            if (const auto callback = watch.lock())
                (*callback)();
        }
        settle();
    }
    static qsizetype watchCount()
    {
        return std::count_if(s_watches.begin(), s_watches.end(),
                             [](const auto &one) { return !one.expired(); });
    }

private:
    static inline QList<std::weak_ptr<WsNetworkWatch::Callback>> s_watches;
};

inline WsReconnect enabled(const std::function<void(WsReconnect &)> &change = {})
{
    WsReconnect settings;
    settings.setEnabled(true);
    if (change)
        change(settings);
    return settings;
}

inline WsReconnect queueing()
{
    return enabled([](WsReconnect &settings) { settings.setQueueMessages(true); });
}

inline WsOptions withPings()
{
    WsOptions options;
    options.setPingInterval(20s);
    options.setPongTimeout(10s);
    return options;
}

// A client that waits for half a second, then for one and so on.
class ReconnectingSide : public Side
{
public:
    explicit ReconnectingSide(const WsReconnect &settings = enabled(),
                              const WsOptions &ownOptions = withPings())
        : Side(WsRole::Client, ownOptions)
    {
        WsClientPrivate::of(client())->reconnection.random = [] { return 0.0; };
        client()->setReconnect(settings);
        Log &all = *log;
        const auto add = [&all](const QString &event) { all.all.append(event); };
        QObject::connect(client(), &WsClient::reconnecting, log.get(), [add](int attempt, int delayMs) {
            add(u"reconnecting %1 %2"_s.arg(attempt).arg(delayMs));
        });
        QObject::connect(client(), &WsClient::reconnected, log.get(), [add] { add(u"reconnected"_s); });
        QObject::connect(client(), &WsClient::messagesLost, log.get(),
                         [add](int count) { add(u"lost %1"_s.arg(count)); });
        QObject::connect(client(), &WsClient::activeChanged, log.get(),
                         [add, this] { add(client()->active() ? u"active"_s : u"inactive"_s); });
    }

    // The peer accepts the attempt that runs.
    void accept()
    {
        wire->connect();
        wire->feed(acceptanceOf(wire->takeWritten()));
        settle();
    }
    // The peer answers the attempt that runs with an error.
    void answer(const QByteArray &head)
    {
        wire->connect();
        wire->feed("HTTP/1.1 " + head + "\r\nContent-Length: 0\r\n\r\n");
        settle();
    }
    void refuse()
    {
        wire->fail(WsError(Ws::ErrorKind::Network, u"Connection refused"_s));
        settle();
    }
    void lose()
    {
        wire->reset();
        settle();
    }
    bool isWaiting() const { return WsClientPrivate::of(client())->reconnection.isWaiting(); }
    Ws::State state() const { return client()->state(); }

    FakeWallClock wallClock;
    FakeNetwork network;
};

} // namespace ReconnectionTesting

#endif // RECONNECTIONTESTING_H
