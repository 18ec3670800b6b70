// SPDX-License-Identifier: MIT
#include "interoptest.h"

#include "interopclient.h"

#include <QtCore/qrandom.h>
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

const QByteArray Piece = u"0123456789aäé\n"_s.repeated(4096).toUtf8();

// With the defaults, but for messages of every size.
WsCompression compression(bool isEnabled)
{
    WsCompression compression;
    compression.setEnabled(isEnabled);
    compression.setThreshold(0);
    return compression;
}

QByteArray randomBytes(qsizetype size)
{
    QByteArray bytes(size, '\0');
    QRandomGenerator generator(1);
    for (char &byte : bytes)
        byte = char(generator.generate());
    return bytes;
}

// However long the peer takes for all of them.
bool waitForMessages(const InteropClient &client, qsizetype count)
{
    const auto received = [&client] { return client.messages.size(); };
    return waitWhileItMoves([&] { return received() >= count || client.client.state() == Ws::Closed; }, received)
           && received() == count;
}

QByteArray everyByte()
{
    QByteArray bytes(256, '\0');
    for (int byte = 0; byte < 256; ++byte)
        bytes[byte] = char(byte);
    return bytes;
}
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
    bool isCompressible = false; // 1 MiB or more that repeats itself
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
        {"1 MiB of random bytes", &InteropTest::echoesRandomBytes},
        {"a prepared message", &InteropTest::echoesPreparedMessage},
        {"fragments sent", &InteropTest::echoesFragments},
        {"characters cut by fragments", &InteropTest::echoesCutCharacters, false, Peer::JoinsCharacters},
        {"fragments received", &InteropTest::receivesFragments},
        {"fragments sent of which some are empty", &InteropTest::echoesEmptyFragments},
        {"fragments sent with pings between them", &InteropTest::echoesPieces},
        {"a message sent as a stream, with pings in it", &InteropTest::echoesStream},
        {"fragments received with pings between them", &InteropTest::receivesPieces, false,
         Peer::Interleaves},
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

// Rows of the scenarios that the peer can play: over ws:// and wss://, and over ws:// compressed.
template <typename Scenario>
void InteropTest::addRows(const QList<Scenario> &scenarios) const
{
    QTest::addColumn<bool>("isEncrypted");
    QTest::addColumn<bool>("isCompressed");
    QTest::addColumn<qsizetype>("index");
    struct Way
    {
        const char *name;
        bool isEncrypted;
        bool isCompressed;
    };
    for (const Way way :
         {Way{"ws", false, false}, Way{"wss", true, false}, Way{"ws compressed", false, true}}) {
        for (qsizetype i = 0; i < scenarios.size(); ++i) {
            const Scenario &scenario = scenarios.at(i);
            const Peer::Abilities needs =
                scenario.needs | (way.isCompressed ? Peer::Compresses : Peer::Abilities());
            const bool isPossible = (m_peer->abilities() & needs) == needs;
            if (isPossible && (way.isEncrypted || !scenario.isForTlsOnly))
                QTest::addRow("%s: %s", way.name, scenario.name) << way.isEncrypted << way.isCompressed << i;
        }
    }
}

void InteropTest::wsClient_data()
{
    addRows(clientScenarios());
}

void InteropTest::wsClient()
{
    QFETCH(bool, isEncrypted);
    QFETCH(bool, isCompressed);
    QFETCH(qsizetype, index);
    m_compression = compression(isCompressed);
    m_url = m_peer->startServer(isEncrypted);
    QVERIFY2(m_url.isValid() && !m_url.isEmpty(), "the peer's server does not start");
    m_peer->clearEvents();
    (this->*clientScenarios().at(index).play)();
}

void InteropTest::echoes(const QList<WsMessage> &messages, qint64 fragmentSize, Content content)
{
    InteropClient client(m_url, m_compression);
    WsOptions options = client.client.options();
    options.setFragmentSize(fragmentSize);
    client.client.setOptions(options);
    QVERIFY(client.open(u"/echo"_s));
    for (const WsMessage &message : messages)
        QVERIFY(client.client.send(message));
    QVERIFY(waitForMessages(client, messages.size()));
    QVERIFY(client.messages == messages);
    QCOMPARE(client.client.extensions().startsWith(u"permessage-deflate"), m_compression.enabled());
    if (content == Content::Compressible)
        checkTraffic(client.client.statistics(), m_compression.enabled());
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
    echoes({WsMessage::text(u"0123456789aäé\n"_s.repeated(1 << 16))}, 0, Content::Compressible);
}

void InteropTest::echoesLargeBinary()
{
    echoes({WsMessage::binary(everyByte().repeated(4096)), WsMessage::binary(everyByte())}, 0,
           Content::Compressible);
}

void InteropTest::echoesRandomBytes()
{
    echoes({WsMessage::binary(randomBytes(MiB)), WsMessage::text("behind it")});
}

void InteropTest::echoesPreparedMessage()
{
    const WsMessage message = WsMessage::text(u"prepared €"_s);
    InteropClient client(m_url, m_compression);
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

void InteropTest::echoesEmptyFragments()
{
    InteropClient client(m_url, m_compression);
    QVERIFY(client.open(u"/echo"_s));
    QVERIFY(client.client.sendFragments(Ws::Text, QByteArrayList{"", "Grü", "", "ße", ""}));
    QVERIFY(client.client.sendFragments(Ws::Binary, QByteArrayList{"", "", ""}));
    client.client.openMessage(Ws::Text)->close();
    QVERIFY(client.client.sendText("behind them"));
    WS_TRY_COMPARE(client.messages.size(), 4);
    QVERIFY(client.messages
            == QList<WsMessage>({WsMessage::text(u"Grüße"_s), WsMessage::binary({}), WsMessage::text(""),
                                 WsMessage::text("behind them")}));
    QVERIFY(client.close());
}

void InteropTest::echoesPieces()
{
    InteropClient client(m_url, m_compression);
    QSignalSpy pongs(&client.client, &WsClient::pongReceived);
    QVERIFY(client.open(u"/echo"_s));
    QVERIFY(client.client.sendFragments(Ws::Text, QByteArrayList(16, Piece)));
    while (client.messages.isEmpty() && client.client.state() == Ws::Open) {
        client.client.ping();
        QVERIFY(waitFor([&, count = pongs.size()] { return pongs.size() > count; }));
    }
    QCOMPARE(client.messages.size(), 1);
    QVERIFY(client.messages.first() == WsMessage::text(Piece.repeated(16)));
    checkTraffic(client.client.statistics(), m_compression.enabled());
    QVERIFY(client.close());
}

void InteropTest::echoesStream()
{
    InteropClient client(m_url, m_compression);
    QSignalSpy pongs(&client.client, &WsClient::pongReceived);
    QVERIFY(client.open(u"/echo"_s));
    WsMessageStream *stream = client.client.openMessage(Ws::Text);
    QVERIFY(stream);
    for (int piece = 0; piece < 16; ++piece) {
        QCOMPARE(stream->write(Piece), Piece.size());
        QVERIFY(client.client.ping("ping " + QByteArray::number(piece)));
        WS_TRY_COMPARE(pongs.size(), piece + 1); // and so the peer has had the beginning of the message
    }
    stream->close();
    QVERIFY(client.client.sendText("behind it"));
    WS_TRY_COMPARE(client.messages.size(), 2);
    QVERIFY(client.messages.first() == WsMessage::text(Piece.repeated(16)));
    QVERIFY(client.messages.last() == WsMessage::text("behind it"));
    checkTraffic(client.client.statistics(), m_compression.enabled());
    QVERIFY(client.close());
}

void InteropTest::receivesPieces()
{
    InteropClient client(m_url, m_compression);
    QSignalSpy pings(&client.client, &WsClient::pinged);
    QVERIFY(client.open(u"/pieces"_s));
    WS_TRY_COMPARE(client.messages.size(), 1);
    QVERIFY(client.messages.first() == WsMessage::text(Piece.repeated(16)));
    WS_TRY_COMPARE(pings.size(), 16);
    QVERIFY(client.close());
}

void InteropTest::echoesBurst()
{
    echoes(numbers());
}

void InteropTest::receivesFragments()
{
    InteropClient client(m_url, m_compression);
    QVERIFY(client.open(u"/fragments"_s));
    WS_TRY_COMPARE(client.messages.size(), 2);
    QVERIFY(client.messages.at(0) == WsMessage::text(u"one two thrée 😀"_s));
    QVERIFY(client.messages.at(1) == WsMessage::binary("\x00\x01\xFE\xFF"_ba));
    QVERIFY(client.close());
}

void InteropTest::receivesBurst()
{
    InteropClient client(m_url, m_compression);
    QVERIFY(client.open(u"/burst"_s));
    QVERIFY(waitForMessages(client, BurstSize));
    QVERIFY(client.messages == numbers());
    QVERIFY(client.close());
}

void InteropTest::pings()
{
    InteropClient client(m_url, m_compression);
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
    InteropClient client(m_url, m_compression);
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
    InteropClient client(m_url, m_compression);
    QVERIFY(client.open(u"/echo"_s));
    QVERIFY(client.close(4001, ClientGoodbye));
    WS_TRY_COMPARE(m_peer->lastEvent(u"closed"_s, u"/echo"_s)["code"_L1].toInt(), 4001);
    QCOMPARE(m_peer->lastEvent(u"closed"_s, u"/echo"_s)["reason"_L1].toString(), ClientGoodbye);
    QVERIFY(client.errors.isEmpty());
}

void InteropTest::closesWithoutCode()
{
    InteropClient client(m_url, m_compression);
    QVERIFY(client.open(u"/echo"_s));
    QVERIFY(client.client.close(Ws::NoStatus));
    WS_TRY_COMPARE(client.endings.size(), 1);
    QVERIFY(client.endings.first().wasClean);
    WS_TRY_VERIFY(!m_peer->lastEvent(u"closed"_s, u"/echo"_s).isEmpty());
}

void InteropTest::isClosed()
{
    InteropClient client(m_url, m_compression);
    (void)client.open(u"/close"_s); // may be closed again before that returns
    WS_TRY_COMPARE(client.endings.size(), 1);
    QVERIFY(client.endings.first() == InteropServer::Ending({{}, 4002, ServerGoodbye, true}));
    QVERIFY(client.errors.isEmpty());
}

void InteropTest::negotiatesSubprotocol()
{
    InteropClient client(m_url, m_compression);
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
    InteropClient client(m_url, m_compression);
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
    InteropClient client(m_url, m_compression);
    QVERIFY(!client.open(u"/refused"_s));
    WS_TRY_COMPARE(client.endings.size(), 1);
    QVERIFY(client.endings.first() == InteropServer::Ending({{}, Ws::Abnormal, {}, false}));
    QCOMPARE(client.errors.size(), 1);
    QCOMPARE(client.errors.first().kind(), Ws::ErrorKind::Handshake);
    QCOMPARE(client.errors.first().httpStatus(), 403);
}

void InteropTest::doesNotTrust()
{
    InteropClient client(m_url, m_compression);
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
        {"large-text", "/echo", Ws::Normal, "", false, {}, true},
        {"large-binary", "/echo", Ws::Normal, "", false, {}, true},
        {"random", "/echo", Ws::Normal, "", false, Peer::Compresses},
        {"fragments-out", "/echo"},
        {"fragments-in", "/fragments"},
        {"pieces-out", "/echo", Ws::Normal, "", false, Peer::Interleaves, true},
        {"pieces-in", "/pieces", Ws::Normal, "", false, Peer::Interleaves},
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
    addRows(serverScenarios());
}

void InteropTest::wsServer()
{
    QFETCH(bool, isEncrypted);
    QFETCH(bool, isCompressed);
    QFETCH(qsizetype, index);
    const ServerScenario &scenario = serverScenarios().at(index);
    const QString name = QString::fromLatin1(scenario.name);
    const QString path = QString::fromLatin1(scenario.path);
    InteropServer server;
    server.setCompression(compression(isCompressed));
    QVERIFY(server.listen(m_peer->isEncryptedAtServer(isEncrypted)));
    const QString error = m_peer->playClient(name, server.url(), isEncrypted, {});
    QVERIFY2(error.isEmpty(), qPrintable(error));
    if (scenario.closeCode == 0) {
        QVERIFY(server.endings().isEmpty());
    } else {
        WS_TRY_COMPARE(server.endings().size(), 1);
        const InteropServer::Ending ending = server.endings().first();
        QCOMPARE(ending.code, scenario.closeCode);
        QCOMPARE(ending.reason, QString::fromUtf8(scenario.reason));
        QVERIFY(ending.wasClean && ending.path == path);
        const InteropServer::Traffic traffic = server.traffic().first();
        QCOMPARE(traffic.extensions.startsWith(u"permessage-deflate"), isCompressed);
        if (scenario.isCompressible)
            checkTraffic(traffic.statistics, isCompressed);
    }
    checkRequest(name, path, server);
}

// Of large messages that repeat themselves.
void InteropTest::checkTraffic(const WsStatistics &statistics, bool isCompressed)
{
    const qint64 payload = statistics.payloadBytesSent + statistics.payloadBytesReceived;
    const qint64 wire = statistics.wireBytesSent + statistics.wireBytesReceived;
    QVERIFY(payload >= 1024 * KiB);
    QVERIFY2(isCompressed ? wire < payload / 20 : wire > payload, qPrintable(QString::number(wire)));
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
