// SPDX-License-Identifier: MIT
#ifndef BENCH_H
#define BENCH_H

#include "clientoptions.h"
#include "latencyhistogram.h"

#include <QtCore/qmap.h>
#include <QtCore/qtimer.h>

#include <memory>
#include <queue>
#include <vector>

struct BenchSettings
{
    ClientSettings client;
    qint64 messageCount = 0; // of all clients together; 0: no such limit
    qint64 size = 64;
    double seconds = 0; // 0: no such limit
    double rate = 0;    // messages a second of all clients together; 0: as fast as the echoes come
    int clientCount = 10;
    int inFlight = 1; // of each client
    Ws::MessageType type = Ws::Text;
};

struct BenchResult
{
    LatencyHistogram latencies;  // one for each echo
    QMap<QString, int> failures; // what went wrong, and how many clients met it
    double seconds = 0;
    int connected = 0;
    int served = 0; // connected to the end, with nothing but right echoes
};

// The load: clients that send to an echo server, each as many messages as may be in flight and then one for
// every echo, or all of them together at a fixed rate.
class Bench : public QObject
{
    Q_OBJECT

public:
    using Clock = std::chrono::steady_clock;

    explicit Bench(const BenchSettings &settings);

    // Empty, or why no client can be opened.
    QString start();
    // Ends early, with what has been measured; the second time at once.
    void interrupt();
    // What has been measured so far.
    BenchResult result() const;

Q_SIGNALS:
    void finished();

private:
    enum class Phase { Opening, Measuring, Closing, Finished };

    struct Client
    {
        WsClient connection;
        std::queue<Clock::time_point> due; // of the messages in flight, when each was to be sent
        qint64 received = 0;
        QString error;
        bool wasOpened = false;
        bool hasFailed = false;
    };

    QString prepare(Client &client);
    void openMore();
    void onOpened(Client &client);
    void onOpeningEnded();
    void startMeasuring();
    void send(Client &client, Clock::time_point due);
    void sendDue();
    Client *nextFreeClient();
    void onMessage(Client &client, Ws::MessageType type, QByteArrayView payload);
    void onClosed(Client &client, const QString &how);
    void onSilence();
    void fail(Client &client, const QString &text);
    bool isComplete() const;
    bool isServed(const Client &client) const;
    void close();
    void finish();

    BenchSettings m_settings;
    QByteArray m_payload;
    std::vector<std::unique_ptr<Client>> m_clients;
    QTimer m_endTimer;
    QTimer m_rateTimer;
    QTimer m_silenceTimer;
    Clock::time_point m_begin;
    BenchResult m_result;
    Phase m_phase = Phase::Opening;
    size_t m_nextToOpen = 0;
    size_t m_nextToSend = 0;
    bool m_isHeldUp = false; // messages were due, and no client was free
    int m_openingCount = 0;
    int m_openCount = 0;
    qint64 m_sent = 0;
    qint64 m_lost = 0;           // sent, and the client has failed
    qint64 m_receivedBefore = 0; // when it was last looked whether echoes come
};

#endif // BENCH_H
