// SPDX-License-Identifier: MIT
#include "interoptest.h"

#include "integrationtesting.h"

#include <QtNetwork/qnetworkcookiejar.h>

using namespace IntegrationTesting;

namespace {
const QString ClientGoodbye = u"client goodbye ü"_s;
const QString ServerGoodbye = u"server goodbye ü"_s;
constexpr int BurstSize = 10000;

QList<WsMessage> numbers()
{
    QList<WsMessage> messages;
    for (int number = 0; number < BurstSize; ++number)
        messages.append(WsMessage::text(QString::number(number)));
    return messages;
}

QByteArray everyByte()
{
    QByteArray bytes(256, '\0');
    for (int byte = 0; byte < 256; ++byte)
        bytes[byte] = char(byte);
    return bytes;
}

// A WsClient that keeps what it is told.
struct Client
{
    explicit Client(const QUrl &server)
    {
        client.setSslConfiguration(tlsConfiguration());
        client.setUrl(server);
        QObject::connect(&client, &WsClient::messageReceived, &client,
                         [this](const WsMessage &message) { messages.append(message); });
        QObject::connect(&client, &WsClient::errorOccurred, &client,
                         [this](const WsError &error) { errors.append(error); });
        QObject::connect(&client, &WsClient::closed, &client,
                         [this](quint16 code, const QString &reason, bool wasClean) {
                             endings.append({{}, code, reason, wasClean});
                         });
    }

    // At the path of the server's URL.
    bool open(const QString &path)
    {
        QUrl url = client.url();
        url.setPath(path);
        return client.open(url) && QTest::qWaitFor([this] { return client.state() != Ws::Connecting; }, 20000)
               && client.state() == Ws::Open;
    }

    bool close(quint16 code = Ws::Normal, const QString &reason = {})
    {
        return client.close(code, reason) && QTest::qWaitFor([this] { return !endings.isEmpty(); }, 20000)
               && endings.first().code == code && endings.first().wasClean;
    }

    WsClient client;
    QList<WsMessage> messages;
    QList<WsError> errors;
    QList<InteropServer::Ending> endings;
};
} // namespace

struct InteropTest::ClientScenario
{
    const char *name;
    void (InteropTest::*play)();
    bool isForTlsOnly = false;
    Peer::Abilities needs = {};
};

struct InteropTest::ServerScenario
{
    const char *name;
    const char *path;
    quint16 closeCode = Ws::Normal;
    const char *reason = "";
    bool isForTlsOnly = false;
    Peer::Abilities needs = {};
};

InteropTest::InteropTest(std::unique_ptr<Peer> peer) : m_peer(std::move(peer)) { }
InteropTest::~InteropTest() = default;

// --- WsClient against the peer's server

const QList<InteropTest::ClientScenario> &InteropTest::clientScenarios()
{
    static const QList<ClientScenario> scenarios{
        {"text", &InteropTest::echoesText},
        {"text that is not ASCII", &InteropTest::echoesNonAscii},
        {"a text that begins with U+FEFF", &InteropTest::echoesByteOrderMark, false,
         Peer::KeepsByteOrderMarks},
        {"empty messages", &InteropTest::echoesEmptyMessages},
        {"every byte", &InteropTest::echoesEveryByte},
        {"1 MiB of text", &InteropTest::echoesLargeText},
        {"1 MiB of bytes", &InteropTest::echoesLargeBinary},
        {"a prepared message", &InteropTest::echoesPreparedMessage},
        {"fragments sent", &InteropTest::echoesFragments},
        {"characters cut by fragments", &InteropTest::echoesCutCharacters, false, Peer::JoinsCharacters},
        {"fragments received", &InteropTest::receivesFragments},
        {"10,000 messages sent at once", &InteropTest::echoesBurst},
        {"10,000 messages received at once", &InteropTest::receivesBurst},
        {"a ping sent", &InteropTest::pings},
        {"a ping received", &InteropTest::answersPing},
        {"Close sent", &InteropTest::closes},
        {"Close without a code sent", &InteropTest::closesWithoutCode},
        {"Close received", &InteropTest::isClosed},
        {"a subprotocol", &InteropTest::negotiatesSubprotocol},
        {"a header and a cookie", &InteropTest::sendsHeaderAndCookie},
        {"the name of the host", &InteropTest::connectsByName},
        {"403", &InteropTest::isRefused, false, Peer::Refuses},
        {"a certificate of an unknown authority", &InteropTest::doesNotTrust, true},
    };
    return scenarios;
}

void InteropTest::wsClient_data()
{
    QTest::addColumn<bool>("isEncrypted");
    QTest::addColumn<qsizetype>("index");
    for (const bool isEncrypted : {false, true}) {
        for (qsizetype i = 0; i < clientScenarios().size(); ++i) {
            const ClientScenario &scenario = clientScenarios().at(i);
            const bool isPossible = (m_peer->abilities() & scenario.needs) == scenario.needs;
            if (isPossible && (isEncrypted || !scenario.isForTlsOnly))
                QTest::addRow("%s: %s", isEncrypted ? "wss" : "ws", scenario.name) << isEncrypted << i;
        }
    }
}

void InteropTest::wsClient()
{
    QFETCH(bool, isEncrypted);
    QFETCH(qsizetype, index);
    m_url = m_peer->startServer(isEncrypted);
    QVERIFY2(m_url.isValid() && !m_url.isEmpty(), "the peer's server does not start");
    m_peer->clearEvents();
    (this->*clientScenarios().at(index).play)();
}

void InteropTest::echoes(const QList<WsMessage> &messages, qint64 fragmentSize)
{
    Client client(m_url);
    WsOptions options = client.client.options();
    options.setFragmentSize(fragmentSize);
    client.client.setOptions(options);
    QVERIFY(client.open(u"/echo"_s));
    for (const WsMessage &message : messages)
        QVERIFY(client.client.send(message));
    WS_TRY_COMPARE(client.messages.size(), messages.size());
    QVERIFY(client.messages == messages);
    QVERIFY(client.close());
    QVERIFY(client.errors.isEmpty());
    WS_TRY_COMPARE(m_peer->lastEvent(u"closed"_s, u"/echo"_s)["code"_L1].toInt(), 1000);
}

void InteropTest::echoesText()
{
    echoes({WsMessage::text("Hello"), WsMessage::text("again")});
}

void InteropTest::echoesNonAscii()
{
    echoes({WsMessage::text(u"Grüße, 世界 😀"_s + QChar(0)), WsMessage::text(u"é\uFFFF\uFEFF"_s)});
}

void InteropTest::echoesByteOrderMark()
{
    echoes({WsMessage::text(u"\uFEFFé"_s)});
}

void InteropTest::echoesEmptyMessages()
{
    echoes({WsMessage::text(""), WsMessage::binary({}), WsMessage::text("")});
}

void InteropTest::echoesEveryByte()
{
    echoes({WsMessage::binary(everyByte())});
}

void InteropTest::echoesLargeText()
{
    echoes({WsMessage::text(u"0123456789aäé\n"_s.repeated(1 << 16))});
}

void InteropTest::echoesLargeBinary()
{
    echoes({WsMessage::binary(everyByte().repeated(4096)), WsMessage::binary(everyByte())});
}

void InteropTest::echoesPreparedMessage()
{
    const WsMessage message = WsMessage::text(u"prepared €"_s);
    Client client(m_url);
    QVERIFY(client.open(u"/echo"_s));
    const WsPreparedMessage prepared(message);
    QVERIFY(client.client.send(prepared) && client.client.send(prepared));
    WS_TRY_COMPARE(client.messages.size(), 2);
    QVERIFY(client.messages == QList<WsMessage>({message, message}));
    QVERIFY(client.close());
}

void InteropTest::echoesFragments()
{
    echoes({WsMessage::text(u"Gr€ß-"_s.repeated(100)), WsMessage::binary(everyByte())}, 8);
}

void InteropTest::echoesCutCharacters()
{
    echoes({WsMessage::text(u"Grüße 世界 😀 "_s.repeated(100))}, 1);
    echoes({WsMessage::text(u"Grüße 世界 😀 "_s.repeated(100))}, 7);
}

void InteropTest::echoesBurst()
{
    echoes(numbers());
}

void InteropTest::receivesFragments()
{
    Client client(m_url);
    QVERIFY(client.open(u"/fragments"_s));
    WS_TRY_COMPARE(client.messages.size(), 2);
    QVERIFY(client.messages.at(0) == WsMessage::text(u"one two thrée 😀"_s));
    QVERIFY(client.messages.at(1) == WsMessage::binary("\x00\x01\xFE\xFF"_ba));
    QVERIFY(client.close());
}

void InteropTest::receivesBurst()
{
    Client client(m_url);
    QVERIFY(client.open(u"/burst"_s));
    WS_TRY_COMPARE(client.messages.size(), BurstSize);
    QVERIFY(client.messages == numbers());
    QVERIFY(client.close());
}

void InteropTest::pings()
{
    Client client(m_url);
    QVERIFY(client.open(u"/echo"_s));
    QSignalSpy pongs(&client.client, &WsClient::pongReceived);
    QVERIFY(client.client.ping("client ping"));
    WS_TRY_COMPARE(pongs.size(), 1);
    QCOMPARE(pongs.first().first().toByteArray(), "client ping");
    QVERIFY(pongs.first().last().toLongLong() > 0);
    QVERIFY(client.close());
}

void InteropTest::answersPing()
{
    Client client(m_url);
    QSignalSpy pings(&client.client, &WsClient::pinged);
    QVERIFY(client.open(u"/ping"_s));
    WS_TRY_COMPARE(client.messages.size(), 1);
    QVERIFY(client.messages.first() == WsMessage::text("pong server ping"));
    QCOMPARE(pings.size(), 1);
    QCOMPARE(pings.first().first().toByteArray(), "server ping");
    QVERIFY(client.close());
}

void InteropTest::closes()
{
    Client client(m_url);
    QVERIFY(client.open(u"/echo"_s));
    QVERIFY(client.close(4001, ClientGoodbye));
    WS_TRY_COMPARE(m_peer->lastEvent(u"closed"_s, u"/echo"_s)["code"_L1].toInt(), 4001);
    QCOMPARE(m_peer->lastEvent(u"closed"_s, u"/echo"_s)["reason"_L1].toString(), ClientGoodbye);
    QVERIFY(client.errors.isEmpty());
}

void InteropTest::closesWithoutCode()
{
    Client client(m_url);
    QVERIFY(client.open(u"/echo"_s));
    QVERIFY(client.client.close(Ws::NoStatus));
    WS_TRY_COMPARE(client.endings.size(), 1);
    QVERIFY(client.endings.first().wasClean);
    WS_TRY_VERIFY(!m_peer->lastEvent(u"closed"_s, u"/echo"_s).isEmpty());
}

void InteropTest::isClosed()
{
    Client client(m_url);
    (void)client.open(u"/close"_s); // may be closed again before that returns
    WS_TRY_COMPARE(client.endings.size(), 1);
    QVERIFY(client.endings.first() == InteropServer::Ending({{}, 4002, ServerGoodbye, true}));
    QVERIFY(client.errors.isEmpty());
}

void InteropTest::negotiatesSubprotocol()
{
    Client client(m_url);
    client.client.setSubprotocols({u"unknown"_s, u"chat.v1"_s});
    QVERIFY(client.open(u"/echo"_s));
    QCOMPARE(client.client.subprotocol(), u"chat.v1"_s);
    WS_TRY_COMPARE(m_peer->lastEvent(u"opened"_s, u"/echo"_s)["subprotocol"_L1].toString(), u"chat.v1"_s);
    QVERIFY(client.close());
}

void InteropTest::sendsHeaderAndCookie()
{
    QNetworkCookieJar jar;
    QVERIFY(jar.setCookiesFromUrl({QNetworkCookie("session", "abc123")}, m_url));
    Client client(m_url);
    client.client.setCookieJar(&jar);
    QVERIFY(client.client.setHeader("X-Interop", "header value"));
    QVERIFY(client.open(u"/echo"_s));
    WS_TRY_COMPARE(m_peer->lastEvent(u"opened"_s, u"/echo"_s)["header"_L1].toString(), u"header value"_s);
    QCOMPARE(m_peer->lastEvent(u"opened"_s, u"/echo"_s)["cookie"_L1].toString(), u"session=abc123"_s);
    QVERIFY(client.close());
}

void InteropTest::connectsByName()
{
    m_url.setHost(u"localhost"_s);
    echoesText();
}

void InteropTest::isRefused()
{
    Client client(m_url);
    QVERIFY(!client.open(u"/refused"_s));
    WS_TRY_COMPARE(client.endings.size(), 1);
    QVERIFY(client.endings.first() == InteropServer::Ending({{}, Ws::Abnormal, {}, false}));
    QCOMPARE(client.errors.size(), 1);
    QCOMPARE(client.errors.first().kind(), Ws::ErrorKind::Handshake);
    QCOMPARE(client.errors.first().httpStatus(), 403);
}

void InteropTest::doesNotTrust()
{
    Client client(m_url);
    client.client.setSslConfiguration(QSslConfiguration::defaultConfiguration());
    QVERIFY(!client.open(u"/echo"_s));
    WS_TRY_COMPARE(client.endings.size(), 1);
    QCOMPARE(client.errors.size(), 1);
    QCOMPARE(client.errors.first().kind(), Ws::ErrorKind::Tls);
    QVERIFY(m_peer->lastEvent(u"opened"_s, u"/echo"_s).isEmpty());
}

// --- the peer's client against WsServer

const QList<InteropTest::ServerScenario> &InteropTest::serverScenarios()
{
    static const QList<ServerScenario> scenarios{
        {"text", "/echo"},
        {"non-ascii", "/echo"},
        {"empty-text", "/echo"},
        {"empty-binary", "/echo"},
        {"binary", "/echo"},
        {"large-text", "/echo"},
        {"large-binary", "/echo"},
        {"fragments-out", "/echo"},
        {"fragments-in", "/fragments"},
        {"characters-in", "/characters", Ws::Normal, "", false, Peer::JoinsCharacters},
        {"burst-out", "/echo"},
        {"burst-in", "/burst"},
        {"ping-out", "/echo"},
        {"ping-in", "/ping"},
        {"close-out", "/echo", 4001, "client goodbye ü"},
        {"close-in", "/close", 4002, "server goodbye ü"},
        {"subprotocol", "/echo"},
        {"headers", "/echo"},
        {"refused", "/refused", 0},
        {"untrusted", "/echo", 0, "", true},
    };
    return scenarios;
}

void InteropTest::wsServer_data()
{
    QTest::addColumn<bool>("isEncrypted");
    QTest::addColumn<qsizetype>("index");
    for (const bool isEncrypted : {false, true}) {
        for (qsizetype i = 0; i < serverScenarios().size(); ++i) {
            const ServerScenario &scenario = serverScenarios().at(i);
            const bool isPossible = (m_peer->abilities() & scenario.needs) == scenario.needs;
            if (isPossible && (isEncrypted || !scenario.isForTlsOnly))
                QTest::addRow("%s: %s", isEncrypted ? "wss" : "ws", scenario.name) << isEncrypted << i;
        }
    }
}

void InteropTest::wsServer()
{
    QFETCH(bool, isEncrypted);
    QFETCH(qsizetype, index);
    const ServerScenario &scenario = serverScenarios().at(index);
    const QString name = QString::fromLatin1(scenario.name);
    const QString path = QString::fromLatin1(scenario.path);
    InteropServer server;
    QVERIFY(server.listen(m_peer->isEncryptedAtServer(isEncrypted)));
    const QString error = m_peer->playClient(name, server.url(), isEncrypted);
    QVERIFY2(error.isEmpty(), qPrintable(error));
    if (scenario.closeCode == 0) {
        QVERIFY(server.endings().isEmpty());
    } else {
        WS_TRY_COMPARE(server.endings().size(), 1);
        const InteropServer::Ending ending = server.endings().first();
        QCOMPARE(ending.code, scenario.closeCode);
        QCOMPARE(ending.reason, QString::fromUtf8(scenario.reason));
        QVERIFY(ending.wasClean && ending.path == path);
    }
    checkRequest(name, path, server);
}

// What the server knows of the client's request.
void InteropTest::checkRequest(const QString &scenario, const QString &path, const InteropServer &server)
{
    if (scenario == u"untrusted") {
        QVERIFY(server.requests().isEmpty());
        return;
    }
    QCOMPARE(server.requests().size(), 1);
    const WsRequest request = server.requests().first();
    QCOMPARE(request.path(), path);
    if (scenario == u"refused") {
        QVERIFY(server.subprotocols().isEmpty());
        return;
    }
    QCOMPARE(server.subprotocols(), QStringList(scenario == u"subprotocol" ? u"chat.v1"_s : QString()));
    if (scenario == u"subprotocol")
        QCOMPARE(request.subprotocols(), QStringList({u"unknown"_s, u"chat.v1"_s}));
    if (scenario == u"headers") {
        QCOMPARE(request.header("x-interop"), "header value");
        QCOMPARE(request.cookies().size(), 1);
        QCOMPARE(request.cookies().first().toRawForm(), "session=abc123");
    }
}
