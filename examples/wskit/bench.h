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
    qint64 messageCount = 0; // of all clients together; 0 means no limit
    qint64 size = 64;
    double seconds = 0; // 0 means no limit
    double rate = 0;    // messages per second of all clients together; 0 means as fast as the echoes arrive
    int clientCount = 10;
    int inFlight = 1; // of each client
    Ws::MessageType type = Ws::Text;
    QString message; // a template; if empty, `size` characters
};

struct BenchResult
{
    LatencyHistogram latencies;  // one for each echo
    QMap<QString, int> failures; // each failure, and the number of clients it happened to
    double seconds = 0;
    int connected = 0;
    int served = 0; // clients that were connected until the end and received only correct echoes
};

// The load: clients that send messages to an echo server. Each first sends as many as may be in flight, and
// then one for every echo; or all together send at a fixed rate.
class Bench : public QObject
{
    Q_OBJECT

public:
    using Clock = std::chrono::steady_clock;

    explicit Bench(const BenchSettings &settings);

    // Returns an empty text, or why no client can be opened.
    QString start();
    // Ends early with the results so far. A second call ends immediately.
    void interrupt();
    // The results so far.
    BenchResult result() const;

Q_SIGNALS:
    void finished();

private:
    enum class Phase { Opening, Measuring, Closing, Finished };

    struct InFlight
    {
        Clock::time_point due; // when it was due to be sent
        QByteArray payload;
    };

    struct Client
    {
        WsClient connection;
        std::queue<InFlight> inFlight;
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
    QByteArray nextPayload() const;
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
    bool m_isHeldUp = false; // messages were due, but no client was free
    int m_openingCount = 0;
    int m_openCount = 0;
    qint64 m_sent = 0;
    qint64 m_lost = 0;           // messages of clients that have failed
    qint64 m_receivedBefore = 0; // at the last check of whether echoes arrive
};

#endif // BENCH_H
