// SPDX-License-Identifier: MIT
#include "demoload.h"

#include <array>
#include <chrono>
#include <cmath>

using namespace std::chrono_literals;

namespace {
constexpr auto TurnInterval = 100ms;
constexpr int ClientCount = 60;
constexpr int SlowCount = 3;
constexpr std::array<const char16_t *, 4> Symbols = {u"prices/EUR", u"prices/GBP", u"prices/JPY",
                                                     u"prices/SEK"};
constexpr double TurnsPerWave = 400; // the load swells and ebbs
} // namespace

DemoLoad::DemoLoad(QObject *parent) : QObject(parent)
{
    WsOptions options = m_server.options();
    options.setPingInterval(1s); // each ping measures a round trip
    options.setMaxBufferedAmount(256 * 1024);
    options.setSlowSubscriber(Ws::SkipMessage);
    m_server.setOptions(options);
    m_server.setRequestHandler([this](const WsRequest &request) { return answer(request); });
    connect(&m_server, &WsServer::newConnection, this, [this](WsConnection *connection) {
        m_server.subscribe(connection, connection->request().path().mid(1));
        connect(connection, &WsConnection::textMessageReceived, connection,
                [connection](const QString &text) { connection->sendText(text); });
    });
    connect(&m_timer, &QTimer::timeout, this, &DemoLoad::turn);
}

void DemoLoad::start()
{
    if (!m_server.listen(QHostAddress::LocalHost)) {
        qWarning("The demo cannot listen: %s", qUtf8Printable(m_server.errorString()));
        return;
    }
    for (int i = 0; i < ClientCount; ++i)
        addClient(QString::fromUtf16(Symbols[size_t(i) % Symbols.size()]));
    for (int i = 0; i < SlowCount; ++i)
        addClient(QStringLiteral("pictures"), true);
    m_timer.start(TurnInterval);
}

QUrl DemoLoad::metricsUrl() const
{
    QUrl url = m_server.serverUrl();
    url.setScheme(QStringLiteral("http"));
    url.setPath(QStringLiteral("/metrics"));
    return url;
}

WsResponse DemoLoad::answer(const WsRequest &request) const
{
    const QString path = request.path();
    if (path == u"/metrics")
        return WsResponse::metrics(m_server);
    if (path == u"/admin")
        return WsResponse::reject(403);
    const bool isKnown = path.startsWith(u"/prices/") || path == u"/chat" || path == u"/pictures";
    return isKnown ? WsResponse::accept() : WsResponse::notFound();
}

void DemoLoad::addClient(const QString &path, bool isSlow)
{
    auto *client = new WsClient(this);
    (isSlow ? m_slow : m_clients).append(client);
    connect(client, &WsConnection::closed, this, [this, client] {
        m_clients.removeOne(client);
        m_slow.removeOne(client);
        client->deleteLater();
    });
    QUrl url = m_server.serverUrl();
    url.setPath(u'/' + path);
    client->setUrl(url);
    client->setActive(true);
}

void DemoLoad::turn()
{
    ++m_turns;
    publishPrices();
    chat();
    comeAndGo();
}

void DemoLoad::publishPrices()
{
    for (const char16_t *symbol : Symbols) {
        const QString topic = QString::fromUtf16(symbol);
        m_server.publish(
            topic, QStringLiteral("{\"topic\":\"%1\",\"price\":%2}").arg(topic).arg(m_random.bounded(2.0)));
    }
    // Slow readers get less than there is.
    constexpr int PictureSize = 96 * 1024;
    constexpr int TurnsPaused = 150;
    m_server.publish(QStringLiteral("pictures"), QByteArray(PictureSize, 'p'));
    for (WsClient *client : std::as_const(m_slow))
        client->setPaused(m_turns / TurnsPaused % 2 == 0);
}

void DemoLoad::chat()
{
    const double wave = 0.6 + 0.4 * std::sin(2 * M_PI * m_turns / TurnsPerWave);
    for (WsClient *client : std::as_const(m_clients)) {
        if (client->state() != Ws::Open || m_random.generateDouble() > wave)
            continue;
        // Most texts are short, few are long.
        const int size = int(20 * std::pow(10.0, 2.5 * std::pow(m_random.generateDouble(), 3)));
        client->sendText(QString(size, u'x'));
    }
}

void DemoLoad::comeAndGo()
{
    constexpr int Rarely = 7;
    if (m_turns % Rarely != 0 || m_clients.isEmpty())
        return;
    let(m_clients.at(m_random.bounded(int(m_clients.size()))));
    const int wanted = ClientCount + int(20 * std::sin(2 * M_PI * m_turns / TurnsPerWave));
    while (m_clients.size() < wanted)
        addClient(m_random.bounded(3) == 0
                      ? QStringLiteral("chat")
                      : QString::fromUtf16(Symbols[m_random.bounded(quint32(Symbols.size()))]));
    if (m_turns % (5 * Rarely) == 0)
        addClient(m_random.bounded(3) == 0 ? QStringLiteral("nowhere") : QStringLiteral("admin"));
}

void DemoLoad::let(WsClient *leave)
{
    switch (m_random.bounded(6)) {
    case 0:
        leave->abort();
        break;
    case 1:
        leave->close(4001, QStringLiteral("bored"));
        break;
    case 2:
        leave->close(Ws::GoingAway);
        break;
    default:
        leave->close();
    }
}
