// SPDX-License-Identifier: MIT
#include "bench.h"

#include "console.h"
#include "messagetemplate.h"
#include "texts.h"

#include <algorithm>

using namespace std::chrono_literals;

namespace {
// Handshakes at a time: as many as fit into the queue of a server that accepts one after another.
constexpr int MaxOpening = 32;
// The longest time that a server may be silent.
constexpr auto patience = 10s;

// Printable ASCII, which is valid as text and as binary.
QByteArray makePayload(qint64 size)
{
    QByteArray payload(qsizetype(size), Qt::Uninitialized);
    for (qsizetype i = 0; i < payload.size(); ++i)
        payload[i] = char('!' + i % 89);
    return payload;
}

// Never stops reading, however much waits to be sent. Otherwise an echo server that stops reading above a
// limit of its own and this client could wait for each other.
WsOptions optionsFor(const BenchSettings &settings)
{
    WsOptions options;
    const qint64 allInFlight = (settings.size + 16) * settings.inFlight;
    options.setMaxMessageSize(std::max(options.maxMessageSize(), settings.size));
    options.setMaxFrameSize(std::max(options.maxFrameSize(), settings.size));
    options.setMaxBufferedAmount(std::max(options.maxBufferedAmount(), 2 * allInFlight));
    options.setHighWaterMark(std::max(options.highWaterMark(), 2 * allInFlight));
    return options;
}
} // namespace

Bench::Bench(const BenchSettings &settings) : m_settings(settings), m_payload(makePayload(settings.size))
{
    m_endTimer.setSingleShot(true);
    m_endTimer.setTimerType(Qt::PreciseTimer);
    m_rateTimer.setTimerType(Qt::PreciseTimer);
    connect(&m_endTimer, &QTimer::timeout, this, &Bench::close);
    connect(&m_rateTimer, &QTimer::timeout, this, &Bench::sendDue);
    connect(&m_silenceTimer, &QTimer::timeout, this, &Bench::onSilence);
}

QString Bench::start()
{
    for (int i = 0; i < m_settings.clientCount; ++i) {
        m_clients.push_back(std::make_unique<Client>());
        const QString error = prepare(*m_clients.back());
        if (!error.isEmpty())
            return error;
    }
    openMore();
    return {};
}

// --- opening

QString Bench::prepare(Client &client)
{
    WsClient &connection = client.connection;
    connection.setOptions(optionsFor(m_settings));
    connection.setMessageHandler(
        [this, &client](WsConnection &, Ws::MessageType type, QByteArrayView payload) {
            onMessage(client, type, payload);
        });
    connect(&connection, &WsClient::opened, this, [this, &client] { onOpened(client); });
    connect(&connection, &WsClient::errorOccurred, this,
            [&client](const WsError &error) { client.error = error.text(); });
    connect(&connection, &WsClient::closed, this,
            [this, &client](quint16 code, const QString &reason, bool wasClean) {
                onClosed(client,
                         client.error.isEmpty() ? describeClose(code, reason, wasClean) : client.error);
            });
    return configureClient(connection, m_settings.client);
}

void Bench::openMore()
{
    while (m_phase == Phase::Opening && m_openingCount < MaxOpening && m_nextToOpen < m_clients.size()) {
        Client &client = *m_clients[m_nextToOpen++];
        if (client.connection.open(m_settings.client.url))
            ++m_openingCount;
        else
            fail(client, client.connection.errorString());
    }
    if (m_phase == Phase::Opening && m_openingCount == 0)
        startMeasuring();
}

void Bench::onOpened(Client &client)
{
    client.wasOpened = true;
    ++m_openCount;
    ++m_result.connected;
    onOpeningEnded();
}

void Bench::onOpeningEnded()
{
    --m_openingCount;
    openMore();
}

void Bench::startMeasuring()
{
    m_phase = Phase::Measuring;
    m_begin = Clock::now();
    m_silenceTimer.start(patience);
    if (m_settings.seconds > 0)
        m_endTimer.start(std::chrono::milliseconds(qint64(m_settings.seconds * 1000)));
    if (m_openCount == 0) {
        close();
    } else if (m_settings.rate > 0) {
        m_rateTimer.start(1ms);
    } else {
        for (int i = 0; i < m_settings.inFlight; ++i) {
            for (const auto &client : m_clients)
                send(*client, Clock::now());
        }
    }
}

// --- measuring

void Bench::send(Client &client, Clock::time_point due)
{
    const bool isLimitReached = m_settings.messageCount > 0 && m_sent == m_settings.messageCount;
    if (m_phase != Phase::Measuring || isLimitReached || client.connection.state() != Ws::Open)
        return;
    const QByteArray payload = nextPayload();
    const bool isSent = m_settings.type == Ws::Text ? client.connection.sendText(payload)
                                                    : client.connection.sendBinary(payload);
    if (!isSent) {
        fail(client, client.connection.errorString());
        return;
    }
    client.inFlight.push({due, payload});
    ++m_sent;
}

QByteArray Bench::nextPayload() const
{
    if (m_settings.message.isEmpty())
        return m_payload;
    MessageTemplate::Values values;
    values.counter = m_sent + 1;
    return MessageTemplate(m_settings.message).expand(values).text.toUtf8();
}

// The latency of a message that had to wait for a free client is measured from the time when it was due, so
// that a server that stalls does not hide the messages it delays. The delay of our timer, up to one tick, is
// not counted.
void Bench::sendDue()
{
    const Clock::time_point now = Clock::now();
    const double elapsed = std::chrono::duration<double>(now - m_begin).count();
    const auto dueCount = qint64(elapsed * m_settings.rate) + 1;
    while (m_sent < dueCount) {
        Client *client = nextFreeClient();
        m_isHeldUp = m_isHeldUp || !client;
        if (!client)
            return;
        const std::chrono::duration<double> dueAfter(double(m_sent) / m_settings.rate);
        const qint64 sentBefore = m_sent;
        send(*client, m_isHeldUp ? m_begin + std::chrono::duration_cast<Clock::duration>(dueAfter) : now);
        if (m_sent == sentBefore)
            return;
    }
    m_isHeldUp = false;
}

Bench::Client *Bench::nextFreeClient()
{
    for (size_t tried = 0; tried < m_clients.size(); ++tried) {
        Client &client = *m_clients[m_nextToSend++ % m_clients.size()];
        if (client.connection.state() == Ws::Open && client.inFlight.size() < size_t(m_settings.inFlight))
            return &client;
    }
    return nullptr;
}

void Bench::onMessage(Client &client, Ws::MessageType type, QByteArrayView payload)
{
    if (m_phase != Phase::Measuring)
        return;
    if (client.inFlight.empty() || type != m_settings.type || payload != client.inFlight.front().payload) {
        fail(client, Tool::tr("what came is not an echo of what was sent"));
        return;
    }
    const Clock::time_point now = Clock::now();
    m_result.latencies.add(now - client.inFlight.front().due);
    client.inFlight.pop();
    ++client.received;
    if (isComplete())
        close();
    else if (m_settings.rate == 0)
        send(client, now);
}

void Bench::onClosed(Client &client, const QString &how)
{
    if (client.wasOpened)
        --m_openCount;
    if (m_phase == Phase::Closing && m_openCount == 0)
        finish();
    if (m_phase != Phase::Opening && m_phase != Phase::Measuring)
        return;
    fail(client, how);
    if (!client.wasOpened)
        onOpeningEnded();
    else if (m_phase == Phase::Measuring && (m_openCount == 0 || isComplete()))
        close();
}

void Bench::onSilence()
{
    const qint64 received = m_result.latencies.count();
    const bool isAnyDue = m_sent > received + m_lost;
    if (isAnyDue && received == m_receivedBefore) {
        for (const auto &client : m_clients) {
            if (!client->inFlight.empty())
                fail(*client, Tool::tr("no echo for %1 s").arg(patience.count()));
        }
    }
    m_receivedBefore = received;
}

void Bench::fail(Client &client, const QString &text)
{
    if (client.hasFailed)
        return;
    client.hasFailed = true;
    ++m_result.failures[text];
    m_lost += qint64(client.inFlight.size());
    client.inFlight = {};
    client.connection.abort();
}

bool Bench::isComplete() const
{
    return m_settings.messageCount > 0 && m_result.latencies.count() + m_lost >= m_settings.messageCount;
}

// --- ending

void Bench::interrupt()
{
    if (m_phase == Phase::Closing)
        finish();
    else
        close();
}

void Bench::close()
{
    if (m_phase != Phase::Opening && m_phase != Phase::Measuring)
        return;
    m_result = result();
    m_phase = Phase::Closing;
    for (QTimer *timer : {&m_endTimer, &m_rateTimer, &m_silenceTimer})
        timer->stop();
    for (const auto &client : m_clients) {
        if (client->connection.state() == Ws::Open)
            client->connection.close(Ws::Normal);
        else
            client->connection.abort();
    }
    if (m_openCount == 0)
        finish();
}

void Bench::finish()
{
    if (m_phase == Phase::Finished)
        return;
    m_phase = Phase::Finished;
    Q_EMIT finished();
}

BenchResult Bench::result() const
{
    if (m_phase != Phase::Measuring)
        return m_result;
    BenchResult result = m_result;
    result.seconds = std::chrono::duration<double>(Clock::now() - m_begin).count();
    result.served = int(std::count_if(m_clients.cbegin(), m_clients.cend(),
                                      [this](const auto &client) { return isServed(*client); }));
    return result;
}

// If there are fewer messages than clients, a client without messages counts as served if it is connected.
bool Bench::isServed(const Client &client) const
{
    return client.wasOpened && !client.hasFailed && (client.received > 0 || client.inFlight.empty());
}
