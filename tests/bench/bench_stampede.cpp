// SPDX-License-Identifier: MIT

// How the clients of a server come back that has restarted: how many attempts there are in each 100 ms, what
// the largest burst is, and when all are connected again.
//
//     bench_stampede [CLIENTS [DOWN_MS [JITTER]]]      1,000 clients, 3,000 ms, and the default

#include <WsKit/WsClient>
#include <WsKit/WsEventDispatcher>
#include <WsKit/WsServer>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qelapsedtimer.h>
#include <QtCore/qthread.h>
#include <QtCore/qtimer.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <vector>

#include <sys/resource.h>

namespace {
constexpr int BinMs = 100;
constexpr int BurstUs = 10'000;
constexpr int BarWidth = 60;

struct Settings
{
    int clients = 1000;
    int downMs = 3000;
    double jitter = WsReconnect().jitter();
};

Settings readSettings(const QStringList &arguments)
{
    Settings settings;
    if (arguments.size() > 1)
        settings.clients = std::max(arguments[1].toInt(), 1);
    if (arguments.size() > 2)
        settings.downMs = arguments[2].toInt();
    if (arguments.size() > 3)
        settings.jitter = arguments[3].toDouble();
    return settings;
}

void raiseDescriptorLimit()
{
    rlimit limit = {};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

// The server, in a thread of its own. Outside the range of the ports that the system gives to clients.
class Restarting
{
public:
    Restarting()
    {
        m_thread.setEventDispatcher(new WsEventDispatcher);
        m_context.moveToThread(&m_thread);
        m_thread.start();
        start();
    }
    ~Restarting()
    {
        stop();
        m_thread.quit();
        m_thread.wait();
    }

    void start()
    {
        inThread([this] {
            m_server = std::make_unique<WsServer>();
            m_server->setMaxPendingHandshakes(100'000);
            while (!m_server->listen(QHostAddress::LocalHost, m_port))
                ++m_port;
        });
    }
    void stop()
    {
        inThread([this] { m_server.reset(); });
    }
    QUrl url() const { return QUrl(QStringLiteral("ws://127.0.0.1:%1").arg(m_port)); }

private:
    template <typename Action>
    void inThread(Action action)
    {
        QMetaObject::invokeMethod(&m_context, action, Qt::BlockingQueuedConnection);
    }

    QThread m_thread;
    QObject m_context;
    std::unique_ptr<WsServer> m_server;
    quint16 m_port = 21'000;
};

// What all clients do, in microseconds since the server has gone.
struct Record
{
    QElapsedTimer clock;
    std::vector<qint64> attempts;
    std::vector<qint64> openings;
    std::vector<qint64> due; // when attempts would begin if everything but waiting took no time
};

qint64 largestBurst(std::vector<qint64> times)
{
    std::sort(times.begin(), times.end());
    qint64 largest = 0;
    auto first = times.begin();
    for (auto last = times.begin(); last != times.end(); ++last) {
        while (*last - *first >= BurstUs)
            ++first;
        largest = std::max<qint64>(largest, last - first + 1);
    }
    return largest;
}

std::vector<int> binned(const std::vector<qint64> &times)
{
    std::vector<int> bins;
    for (const qint64 time : times) {
        const size_t bin = size_t(time / 1000 / BinMs);
        if (bin >= bins.size())
            bins.resize(bin + 1);
        ++bins[bin];
    }
    return bins;
}

void print(const Settings &settings, const Record &record)
{
    const std::vector<int> attempts = binned(record.attempts);
    std::vector<int> openings = binned(record.openings);
    openings.resize(std::max(openings.size(), attempts.size()));
    const int most = std::max(1, *std::max_element(attempts.begin(), attempts.end()));
    std::printf("%d clients, down for %d ms, jitter %.2f\n\n   ms after   attempts   opened\n",
                settings.clients, settings.downMs, settings.jitter);
    for (size_t i = 0; i < attempts.size(); ++i) {
        std::printf("%6d-%5d %8d %8d  %s\n", int(i) * BinMs, int(i + 1) * BinMs, attempts[i], openings[i],
                    std::string(size_t(attempts[i] * BarWidth / most), '#').c_str());
    }
    std::printf("\nattempts: %zu, that is %.2f for each client\nlargest burst: %lld attempts in 10 ms; by "
                "the delays alone %lld\n"
                "the last client is back after %.2f s, %.2f s after the server\n",
                record.attempts.size(), double(record.attempts.size()) / settings.clients,
                static_cast<long long>(largestBurst(record.attempts)),
                static_cast<long long>(largestBurst(record.due)), double(record.openings.back()) / 1e6,
                double(record.openings.back()) / 1e6 - settings.downMs / 1e3);
}

class Crowd
{
public:
    Crowd(const Settings &settings, const QUrl &url, Record *record)
    {
        WsReconnect reconnect;
        reconnect.setEnabled(true);
        reconnect.setJitter(settings.jitter);
        for (int i = 0; i < settings.clients; ++i) {
            auto client = std::make_unique<WsClient>();
            client->setReconnect(reconnect);
            QObject::connect(client.get(), &WsConnection::stateChanged, client.get(), [=](Ws::State state) {
                if (record->clock.isValid() && state == Ws::Connecting)
                    record->attempts.push_back(record->clock.nsecsElapsed() / 1000);
                if (record->clock.isValid() && state == Ws::Open)
                    record->openings.push_back(record->clock.nsecsElapsed() / 1000);
            });
            QObject::connect(client.get(), &WsClient::reconnecting, client.get(),
                             [record, due = qint64(0)](int, int delayMs) mutable {
                                 due += delayMs * 1000LL;
                                 record->due.push_back(due);
                             });
            (void)client->open(url);
            m_clients.push_back(std::move(client));
        }
    }

    bool areAll(Ws::State state) const
    {
        return std::all_of(m_clients.begin(), m_clients.end(),
                           [=](const auto &client) { return client->state() == state; });
    }

private:
    std::vector<std::unique_ptr<WsClient>> m_clients;
};

template <typename Condition>
void waitFor(Condition condition)
{
    while (!condition())
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
}
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication::setEventDispatcher(new WsEventDispatcher);
    QCoreApplication application(argc, argv);
    raiseDescriptorLimit();
    const Settings settings = readSettings(application.arguments());
    Restarting server;
    Record record;
    const Crowd crowd(settings, server.url(), &record);
    waitFor([&] { return crowd.areAll(Ws::Open); });
    QTimer stable; // so that the back-off is what a connection that has lasted leaves
    stable.setSingleShot(true);
    stable.start(WsReconnect().stableAfter());
    waitFor([&] { return !stable.isActive(); });
    record.clock.start();
    server.stop();
    QTimer::singleShot(settings.downMs, &application, [&] { server.start(); });
    waitFor([&] { return record.openings.size() == size_t(settings.clients); });
    print(settings, record);
    return 0;
}
