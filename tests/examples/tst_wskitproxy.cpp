// SPDX-License-Identifier: MIT

// `wskit proxy` between a client and a server of the test, and the schedule of its messages.

#include "proxylane.h"
#include "wskittool.h"

#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QNetworkProxy>
#include <QtNetwork/QTcpSocket>
#include <QtTest/QtTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Clock = ProxySchedule::Clock;

namespace {
constexpr int ClosedCleanly = 0;

struct Closing
{
    quint16 code = 0;
    QString reason;
};
} // namespace

class tst_WskitProxy : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void scheduleDelaysWithinTheJitter();
    void scheduleKeepsTheOrder();
    void scheduleLimitsTheRate();
    void scheduleDropsAShare();
    void scheduleBlocksByPattern();

    void messagesPassInBothDirections();
    void serverSeesWhatTheClientAsksFor();
    void clientSeesWhatTheServerAnswers();
    void refusalOfTheServerIsThatOfTheProxy();
    void serverThatIsNotThereIsABadGateway();
    void closeOfTheClientReachesTheServer();
    void closeOfTheServerReachesTheClient();
    void lostConnectionIsLostOnTheOtherSide();
    void pingsArePassedOn();
    void pingsThatNobodyReadsTakeLittleMemory();
    void compressionIsTheMatterOfEachSide();
    void droppedMessagesAreShownAndDoNotArrive();
    void delayedMessagesArriveBeforeTheClose();
    void interruptWaitsForDelayedMessages_data();
    void interruptWaitsForDelayedMessages();
    void slowClientSlowsTheServerDown();
    void sessionsAreRecorded();
    void recordsOfEarlierRunsStay();

private:
    QString file(const QString &name) const { return m_directory->filePath(name); }
    std::unique_ptr<WskitTool> startProxy(const QStringList &options = {});
    bool connectThrough(WskitTool *proxy, WsClient *client, const QString &path = u"/"_s);

    std::optional<QTemporaryDir> m_directory;
    std::unique_ptr<WsServer> m_server;
    QPointer<WsConnection> m_connection;
    QList<WsRequest> m_requests;
    QStringList m_texts;
    QByteArrayList m_pings;
    std::optional<Closing> m_serverClosing;
    std::function<WsResponse(const WsRequest &)> m_handler;
};

void tst_WskitProxy::init()
{
    m_directory.emplace();
    m_requests.clear();
    m_texts.clear();
    m_pings.clear();
    m_serverClosing.reset();
    m_handler = [](const WsRequest &) { return WsResponse::accept(); };
    m_server = std::make_unique<WsServer>();
    m_server->setSubprotocols({u"v2"_s});
    m_server->setRequestHandler([this](const WsRequest &request) {
        m_requests.append(request);
        return m_handler(request);
    });
    m_server->setConnectionHandler([this](WsConnection *connection) {
        m_connection = connection;
        connect(connection, &WsConnection::messageReceived, this,
                [this, connection](const WsMessage &message) {
                    m_texts.append(message.text());
                    connection->send(message);
                });
        connect(connection, &WsConnection::pinged, this,
                [this](const QByteArray &payload) { m_pings.append(payload); });
        connect(connection, &WsConnection::closed, this, [this](quint16 code, const QString &reason) {
            m_serverClosing = {code, reason};
        });
    });
    QVERIFY(m_server->listen());
}

std::unique_ptr<WskitTool> tst_WskitProxy::startProxy(const QStringList &options)
{
    return std::make_unique<WskitTool>(QStringList{u"proxy"_s, u"--details"_s, u"always"_s} + options
                                           + QStringList{m_server->serverUrl().toString()},
                                       m_directory->path());
}

bool tst_WskitProxy::connectThrough(WskitTool *proxy, WsClient *client, const QString &path)
{
    return client->open(QUrl(proxy->url() + path))
           && Patient::waitFor([client] { return client->state() == Ws::Open; });
}

// --- the schedule

void tst_WskitProxy::scheduleDelaysWithinTheJitter()
{
    ProxySchedule schedule({200ms, 50ms, 0, 0, {}}, 1);
    const Clock::time_point begin{};
    bool differs = false;
    for (int i = 0; i < 100; ++i) {
        const Clock::time_point now = begin + i * 1s;
        const auto due = schedule.admit(WsMessage::text("x"), now);
        QVERIFY(due && *due >= now + 200ms && *due <= now + 250ms);
        differs = differs || *due > now + 225ms;
    }
    QVERIFY(differs);
}

void tst_WskitProxy::scheduleKeepsTheOrder()
{
    ProxySchedule schedule({0ms, 1000ms, 0, 0, {}}, 1);
    Clock::time_point last{};
    for (int i = 0; i < 100; ++i) {
        const auto due = schedule.admit(WsMessage::text("x"), Clock::time_point() + i * 1ms);
        QVERIFY(due && *due >= last);
        last = *due;
    }
}

void tst_WskitProxy::scheduleLimitsTheRate()
{
    ProxySchedule schedule({0ms, 0ms, 0, 10, {}}, 1);
    const Clock::time_point begin{};
    for (int i = 0; i < 5; ++i)
        QCOMPARE(*schedule.admit(WsMessage::text("x"), begin) - begin, i * 100ms);
    QCOMPARE(*schedule.admit(WsMessage::text("x"), begin + 9s) - begin, 9s);
}

void tst_WskitProxy::scheduleDropsAShare()
{
    ProxySchedule schedule({0ms, 0ms, 0.25, 0, {}}, 1);
    int dropped = 0;
    for (int i = 0; i < 10'000; ++i)
        dropped += !schedule.admit(WsMessage::text("x"), Clock::time_point());
    QVERIFY2(dropped > 2'300 && dropped < 2'700, qPrintable(QString::number(dropped)));
    ProxySchedule all({0ms, 0ms, 1, 0, {}}, 1);
    QVERIFY(!all.admit(WsMessage::text("x"), Clock::time_point()));
}

void tst_WskitProxy::scheduleBlocksByPattern()
{
    ProxySchedule schedule({0ms, 0ms, 0, 0, QRegularExpression(u"^secret"_s)}, 1);
    QVERIFY(!schedule.admit(WsMessage::text("secret 1"), Clock::time_point()));
    QVERIFY(schedule.admit(WsMessage::text("no secret"), Clock::time_point()));
    QVERIFY(schedule.admit(WsMessage::binary("secret"), Clock::time_point()));
}

// --- a session

void tst_WskitProxy::messagesPassInBothDirections()
{
    const auto proxy = startProxy();
    WsClient client;
    QStringList texts;
    connect(&client, &WsClient::messageReceived, this,
            [&texts](const WsMessage &message) { texts.append(message.text()); });
    QVERIFY(connectThrough(proxy.get(), &client));
    client.sendText(u"one"_s);
    client.sendText(u"two"_s);
    WS_TRY_COMPARE(texts, (QStringList{u"one"_s, u"two"_s}));
    QVERIFY(proxy->prints("#1 > text 3 B  one\n"));
    QVERIFY(proxy->prints("#1 < text 3 B  two\n"));
    proxy->interrupt();
    QCOMPARE(proxy->status(), ClosedCleanly);
    WS_TRY_COMPARE(client.state(), Ws::Closed);
    QCOMPARE(client.closeCode(), quint16(Ws::GoingAway));
}

void tst_WskitProxy::serverSeesWhatTheClientAsksFor()
{
    const auto proxy = startProxy({u"--forward"_s, u"Cookie"_s, u"-H"_s, u"X-Proxy: 1"_s});
    WsClient client;
    client.setSubprotocols({u"v1"_s, u"v2"_s});
    client.setHeader("Cookie", "a=b");
    client.setHeader("X-Other", "1");
    QVERIFY(connectThrough(proxy.get(), &client, u"/feed?room=1"_s));
    QCOMPARE(client.subprotocol(), u"v2"_s);
    QCOMPARE(m_requests.size(), 1);
    QCOMPARE(m_requests.at(0).target(), "/feed?room=1");
    QCOMPARE(m_requests.at(0).header("Cookie"), "a=b");
    QCOMPARE(m_requests.at(0).header("X-Proxy"), "1");
    QVERIFY(!m_requests.at(0).hasHeader("X-Other"));
}

void tst_WskitProxy::clientSeesWhatTheServerAnswers()
{
    const WsHeaders headers{{"Set-Cookie", "a=b"}, {"Set-Cookie", "c=d"}, {"X-Other", "1"}};
    m_handler = [headers](const WsRequest &request) {
        return request.path() == u"/in" ? WsResponse::accept({}, headers)
                                        : WsResponse::reject(401, {}, headers);
    };
    const auto proxy = startProxy({u"--forward"_s, u"set-cookie"_s});
    for (const QString &path : {u"/in"_s, u"/out"_s}) {
        WsClient client;
        QVERIFY(client.open(QUrl(proxy->url() + path)));
        WS_TRY_VERIFY(client.response().status() != 0);
        QCOMPARE(client.response().status(), path == u"/in" ? 101 : 401);
        QByteArrayList cookies;
        for (const auto &[name, value] : client.response().headers()) {
            if (name.compare("Set-Cookie", Qt::CaseInsensitive) == 0)
                cookies.append(value);
        }
        QCOMPARE(cookies, (QByteArrayList{"a=b", "c=d"}));
        QVERIFY(client.response().header("X-Other").isEmpty());
    }
}

void tst_WskitProxy::refusalOfTheServerIsThatOfTheProxy()
{
    m_handler = [](const WsRequest &) { return WsResponse::reject(403, "not you"); };
    const auto proxy = startProxy();
    WsClient client;
    QVERIFY(client.open(QUrl(proxy->url())));
    WS_TRY_COMPARE(client.state(), Ws::Closed);
    QCOMPARE(client.response().status(), 403);
    QCOMPARE(client.response().body(), "not you");
}

void tst_WskitProxy::serverThatIsNotThereIsABadGateway()
{
    const auto proxy = startProxy();
    QVERIFY(!proxy->url().isEmpty());
    m_server.reset();
    WsClient client;
    QVERIFY(client.open(QUrl(proxy->url())));
    WS_TRY_COMPARE(client.state(), Ws::Closed);
    QCOMPARE(client.response().status(), 502);
}

void tst_WskitProxy::closeOfTheClientReachesTheServer()
{
    const auto proxy = startProxy();
    WsClient client;
    QVERIFY(connectThrough(proxy.get(), &client));
    client.close(4001, u"done"_s);
    WS_TRY_VERIFY(m_serverClosing);
    QCOMPARE(m_serverClosing->code, quint16(4001));
    QCOMPARE(m_serverClosing->reason, u"done"_s);
}

void tst_WskitProxy::closeOfTheServerReachesTheClient()
{
    const auto proxy = startProxy();
    WsClient client;
    QVERIFY(connectThrough(proxy.get(), &client));
    WS_TRY_VERIFY(m_connection);
    m_connection->sendText(u"last"_s);
    m_connection->close(4002, u"enough"_s);
    WS_TRY_COMPARE(client.state(), Ws::Closed);
    QCOMPARE(client.closeCode(), quint16(4002));
    QCOMPARE(client.closeReason(), u"enough"_s);
}

void tst_WskitProxy::lostConnectionIsLostOnTheOtherSide()
{
    const auto proxy = startProxy();
    WsClient client;
    QVERIFY(connectThrough(proxy.get(), &client));
    WS_TRY_VERIFY(m_connection);
    m_connection->abort();
    WS_TRY_COMPARE(client.state(), Ws::Closed);
    QCOMPARE(client.closeCode(), quint16(Ws::Abnormal));
}

void tst_WskitProxy::pingsArePassedOn()
{
    const auto proxy = startProxy();
    WsClient client;
    QVERIFY(connectThrough(proxy.get(), &client));
    QVERIFY(client.ping("are you there"));
    WS_TRY_COMPARE(m_pings, QByteArrayList{"are you there"});
}

void tst_WskitProxy::pingsThatNobodyReadsTakeLittleMemory()
{
    const auto proxy = startProxy();
    QTcpSocket client; // reads nothing
    client.setProxy(QNetworkProxy::NoProxy);
    client.setReadBufferSize(1024);
    const QUrl url(proxy->url());
    client.connectToHost(url.host(), quint16(url.port()));
    client.write("GET / HTTP/1.1\r\nHost: " + url.authority().toUtf8()
                 + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n");
    WS_TRY_VERIFY(m_connection && client.bytesAvailable() > 0);
    const QByteArray payload(125, 'p');
    int count = 0;
    QVERIFY(Patient::waitFor([&] {
        for (int i = 0; i < 1000 && count < 600'000 && m_connection->bufferedAmount() < 1'000'000;
             ++i, ++count)
            m_connection->ping(payload);
        return count == 600'000 && m_connection->bufferedAmount() == 0;
    }));
    // What is in front of the last pings has been read by now.
    m_connection->sendText(u"the end"_s);
    QVERIFY(proxy->prints("the end"));
    QVERIFY2(proxy->peakMemory() < 48 * 1024 * 1024, qPrintable(QString::number(proxy->peakMemory())));
}

void tst_WskitProxy::compressionIsTheMatterOfEachSide()
{
    WsCompression compression;
    compression.setEnabled(true);
    WsOptions options;
    options.setCompression(compression);
    m_server->setOptions(options);
    const auto proxy = startProxy({u"--compress"_s});
    WsClient client;
    client.setOptions(options);
    QVERIFY(connectThrough(proxy.get(), &client));
    QCOMPARE(client.extensions(), QString());
    WS_TRY_VERIFY(m_connection);
    QVERIFY(m_connection->extensions().contains(u"permessage-deflate"_s));
}

void tst_WskitProxy::droppedMessagesAreShownAndDoNotArrive()
{
    const auto proxy = startProxy({u"--block"_s, u"^no"_s, u"--direction"_s, u"up"_s});
    WsClient client;
    QVERIFY(connectThrough(proxy.get(), &client));
    client.sendText(u"no"_s);
    client.sendText(u"yes"_s);
    WS_TRY_COMPARE(m_texts, QStringList(u"yes"_s));
    QVERIFY(proxy->prints("#1 > dropped text 2 B  no\n"));
}

void tst_WskitProxy::delayedMessagesArriveBeforeTheClose()
{
    const auto proxy = startProxy({u"--delay"_s, u"0.05s"_s, u"--jitter"_s, u"5ms"_s});
    WsClient client;
    QVERIFY(connectThrough(proxy.get(), &client));
    client.sendText(u"one"_s);
    client.sendText(u"two"_s);
    client.close(4001, u"done"_s);
    WS_TRY_VERIFY(m_serverClosing);
    QCOMPARE(m_texts, (QStringList{u"one"_s, u"two"_s}));
    QCOMPARE(m_serverClosing->code, quint16(4001));
}

void tst_WskitProxy::interruptWaitsForDelayedMessages_data()
{
    QTest::addColumn<QString>("direction");
    QTest::addColumn<bool>("isClosedBefore");
    QTest::newRow("of a client") << u"up"_s << false;
    QTest::newRow("of a client that has gone") << u"up"_s << true;
    QTest::newRow("of a server") << u"down"_s << false;
    QTest::newRow("of a server that has gone") << u"down"_s << true;
}

void tst_WskitProxy::interruptWaitsForDelayedMessages()
{
    QFETCH(const QString, direction);
    QFETCH(const bool, isClosedBefore);
    const bool isUp = direction == u"up";
    const auto proxy = startProxy({u"--delay"_s, u"0.5s"_s, u"--direction"_s, direction});
    WsClient client;
    QStringList answers;
    connect(&client, &WsClient::textMessageReceived, this,
            [&](const QString &text) { answers.append(text); });
    QVERIFY(connectThrough(proxy.get(), &client));
    client.sendText(u"one"_s);
    QVERIFY(proxy->prints(isUp ? "#1 > text 3 B  one\n" : "#1 < text 3 B  one\n"));
    if (isClosedBefore) {
        (isUp ? static_cast<WsConnection *>(&client) : m_connection.data())->close(4001);
        QVERIFY2(proxy->says(isUp ? "client closed: 4001" : "server closed: 4001"), proxy->notices());
    }
    proxy->interrupt();
    QCOMPARE(proxy->status(), ClosedCleanly);
    QCOMPARE(m_texts, QStringList(u"one"_s));
    WS_TRY_VERIFY(m_serverClosing);
    WS_TRY_COMPARE(client.state(), Ws::Closed);
    const quint16 code = isClosedBefore ? 4001 : Ws::GoingAway;
    QCOMPARE(m_serverClosing->code, code);
    if (!isUp)
        QCOMPARE(answers, QStringList(u"one"_s));
    QCOMPARE(client.closeCode(), code);
}

// The client reads nothing; the proxy must not take everything that the server has.
void tst_WskitProxy::slowClientSlowsTheServerDown()
{
    constexpr qsizetype Size = 256 * 1024;
    constexpr int Count = 400; // 100 MiB
    const auto proxy = startProxy({u"--grep"_s, u"nothing"_s});
    WsClient client;
    QVERIFY(connectThrough(proxy.get(), &client));
    WS_TRY_VERIFY(m_connection);
    client.setPaused(true);
    int sent = 0;
    int received = 0;
    const auto sendMore = [&] {
        while (sent < Count && m_connection && m_connection->bufferedAmount() < 4 * Size)
            sent += m_connection->sendBinary(QByteArray(Size, 'x'));
    };
    connect(m_connection, &WsConnection::drained, this, sendMore);
    connect(m_connection, &WsConnection::bytesWritten, this, sendMore);
    sendMore();
    // It stands still once the buffers between the two are full.
    (void)Patient::waitFor([&] { return sent == Count; }, 2000);
    QVERIFY2(sent < Count / 2, qPrintable(QString::number(sent)));
    connect(&client, &WsClient::messageReceived, this, [&received] { ++received; });
    client.setPaused(false);
    QVERIFY(Patient::waitWhileItMoves([&] { return received == Count; }, [&] { return received; }));
}

void tst_WskitProxy::sessionsAreRecorded()
{
    QVERIFY(QDir(m_directory->path()).mkdir(u"records"_s));
    const auto proxy = startProxy({u"--record"_s, file(u"records"_s)});
    WsClient client;
    QVERIFY(connectThrough(proxy.get(), &client));
    client.sendText(u"one"_s);
    WS_TRY_COMPARE(m_texts, QStringList(u"one"_s));
    QVERIFY(proxy->prints("#1 < text"));
    client.close(4001);
    WS_TRY_VERIFY(m_serverClosing);
    QVERIFY(proxy->says("server closed: 4001"));
    QFile record(file(u"records/session-0001.jsonl"_s));
    QVERIFY(record.open(QIODevice::ReadOnly));
    const QByteArray lines = record.readAll();
    QVERIFY2(lines.contains("\"direction\":\"sent\",\"text\":\"one\""), lines);
    QVERIFY2(lines.contains("\"direction\":\"received\",\"text\":\"one\""), lines);
    QVERIFY2(lines.contains("\"code\":4001,\"direction\":\"sent\""), lines);
}

void tst_WskitProxy::recordsOfEarlierRunsStay()
{
    QVERIFY(QDir(m_directory->path()).mkdir(u"records"_s));
    for (const QString &text : {u"one"_s, u"two"_s}) {
        const auto proxy = startProxy({u"--record"_s, file(u"records"_s)});
        WsClient client;
        QVERIFY(connectThrough(proxy.get(), &client));
        client.sendText(text);
        QVERIFY(proxy->prints(text.toUtf8()));
        client.close();
        QVERIFY(proxy->says("server closed: "));
        proxy->interrupt();
        QCOMPARE(proxy->status(), ClosedCleanly);
    }
    const QDir records(file(u"records"_s));
    QCOMPARE(records.entryList(QDir::Files), (QStringList{u"session-0001.jsonl"_s, u"session-0002.jsonl"_s}));
    QFile first(records.filePath(u"session-0001.jsonl"_s));
    QVERIFY(first.open(QIODevice::ReadOnly));
    QVERIFY(first.readAll().contains("\"text\":\"one\""));
}

QTEST_GUILESS_MAIN(tst_WskitProxy)
#include "tst_wskitproxy.moc"
