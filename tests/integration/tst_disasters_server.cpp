// SPDX-License-Identifier: MIT

// What has brought servers of other libraries down, tried out on a WsServer: a test for each class of known
// vulnerabilities, with the advisories of which it is an example. Unless a test says otherwise the options
// are the defaults. The page "Security Checklist" of the reference lists the classes and all tests that
// belong to them.

#include "disastertesting.h"

#include <QtCore/qpromise.h>

#include <memory>

using namespace IntegrationTesting;

class TestDisastersServer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void hugeLengthAllocatesNothing_data() { addHugeLengths(); }
    void hugeLengthAllocatesNothing();
    void decompressionBombIsRefused_data();
    void decompressionBombIsRefused();
    void badWindowBitsAreDeclined_data() { addBadWindowBits(); }
    void badWindowBitsAreDeclined();
    void floodOfEmptyFragmentsIsCut_data();
    void floodOfEmptyFragmentsIsCut();
    void nothingIsReadBeforeTheHandlerHasDecided();
    void bodyOfAnUpgradeRequestIsNotRead();
    void clientThatReadsNothingIsHeldBack();
    void clientThatReadsNothingIsSentNoMore();
    void floodOfPingsTakesNoMemory();
    void slowHandshakeIsCut_data();
    void slowHandshakeIsCut();
    void longHandshakeIsRefused_data();
    void longHandshakeIsRefused();
    void tooManyHeadersAreRefused_data();
    void tooManyHeadersAreRefused();
    void pagesOfOtherOriginsAreRefused_data();
    void pagesOfOtherOriginsAreRefused();
    void requestWithLineBreaksIsRefused_data();
    void requestWithLineBreaksIsRefused();
    void lineBreaksInAnAnswerAreNotSent_data();
    void lineBreaksInAnAnswerAreNotSent();
    void closeAndPongContainNothingElse();
    void clientThatNeverFinishesIsForgotten_data();
    void clientThatNeverFinishesIsForgotten();
    void noBytesKeepTheServerBusy_data() { addPatterns(true); }
    void noBytesKeepTheServerBusy();
};

namespace {
const QByteArray Deflate = "Sec-WebSocket-Extensions: permessage-deflate\r\n";

// A server that echoes, with a client that behaves and one that does not.
struct Scene
{
    explicit Scene(const WsOptions &options = {})
    {
        server.setOptions(options);
        server.setConnectionHandler([this](WsConnection *connection) {
            ends.append(connection);
            connection->setMessageHandler([](WsConnection &own, Ws::MessageType type,
                                             QByteArrayView payload) { (void)own.send(type, payload); });
        });
    }

    bool start()
    {
        return server.listen() && good.open(server.serverUrl())
               && waitFor([this] { return good.state() == Ws::Open; });
    }
    bool upgrade(const QByteArray &headers = {}) { return start() && bad.upgrade(server, headers); }
    // Sends a request as it is, and waits for the head of the answer.
    bool request(const QByteArray &bytes)
    {
        if (!bad.connectTo(server))
            return false;
        bad.send(bytes);
        return isAnswered();
    }
    bool isAnswered()
    {
        return waitFor([this] { return bad.received.contains("\r\n\r\n"); });
    }
    // The end of the client that does not behave.
    WsConnection *end() const { return ends.value(1); }
    // Whether the other client is served as if nothing were. It also lets the server do all that it wants.
    bool servesOthers()
    {
        for (int i = 0; i < 20; ++i) {
            const qint64 before = goodEvents.messageCount;
            if (!good.sendText("still there?") || !waitFor([&] { return goodEvents.messageCount > before; }))
                return false;
        }
        return true;
    }
    // Whether all of \a bytes have left this process; a server that holds the client back does not let them.
    bool sendAll(const QByteArray &bytes)
    {
        bad.send(bytes);
        return waitFor([this] { return bad.socket->bytesToWrite() == 0; });
    }

    QList<QPointer<WsConnection>> ends;
    WsClient good;
    Events goodEvents{&good};
    RawPeer bad;
    WsServer server; // the first to be destroyed: it calls the handler
};

WsOptions compressing()
{
    return compressedOptions(true);
}

QByteArray requestWith(const QByteArray &headers, const QByteArray &target = "/")
{
    return RawPeer::upgradeRequest(headers, target);
}
} // namespace

// A length is a claim: nothing is allocated for it, and sums of lengths do not overflow. CVE-2018-21035 (Qt
// WebSockets), CVE-2022-35922 (rust-websocket), CVE-2020-27813 (gorilla/websocket), CVE-2026-1528 (undici).
void TestDisastersServer::hugeLengthAllocatesNothing()
{
    QFETCH(const bool, isUnlimited);
    QFETCH(const quint64, before);
    QFETCH(const quint64, declared);
    QFETCH(const int, code);
    Scene scene(isUnlimited ? unlimitedOptions() : WsOptions());
    QVERIFY(scene.upgrade());
    QVERIFY(scene.servesOthers()); // there is a buffer to read into
    const AllocationMeter meter;
    scene.bad.send(framesOf(before, declared, true));
    if (code != 0)
        WS_TRY_COMPARE(scene.bad.frames().value(0).closeCode(), code);
    QVERIFY(scene.servesOthers());
    QCOMPARE_LT(qint64(meter.largest()), 128 * KiB);
    QCOMPARE(scene.bad.frames().size(), code == 0 ? 0 : 1);
}

void TestDisastersServer::decompressionBombIsRefused_data()
{
    QTest::addColumn<qsizetype>("frameSize");
    QTest::newRow("one frame") << qsizetype(MiB);
    QTest::newRow("frames of 100 bytes") << qsizetype(100);
}

// The limit of a message is that of what is inside. CVE-2018-1000518 (Python websockets), CVE-2026-1526
// (undici).
void TestDisastersServer::decompressionBombIsRefused()
{
    QFETCH(const qsizetype, frameSize);
    Scene scene(compressing());
    QVERIFY(scene.upgrade(Deflate));
    const QByteArray bytes = bomb(64 * MiB, frameSize, true);
    QCOMPARE_LT(bytes.size(), MiB);
    const AllocationMeter meter;
    scene.bad.send(bytes);
    WS_TRY_COMPARE(scene.bad.frames().value(0).closeCode(), 1009);
    QCOMPARE_LE(qint64(meter.largest()), scene.server.options().maxMessageSize() + 64 * KiB);
    QVERIFY(scene.servesOthers());
}

// CVE-2026-2229 (undici): zlib knows 8 to 15, and fails for anything else. The offer is declined, so that the
// connection goes on without compression, and a compressed message breaks a rule.
void TestDisastersServer::badWindowBitsAreDeclined()
{
    QFETCH(const QByteArray, bits);
    for (const QByteArray name : {"server_max_window_bits", "client_max_window_bits"}) {
        Scene scene(compressing());
        QVERIFY(scene.start());
        QVERIFY(scene.request(requestWith(Deflate.chopped(2) + "; " + name + '=' + bits + "\r\n")));
        QCOMPARE(scene.bad.httpStatus(), 101);
        QCOMPARE(scene.bad.header("Sec-WebSocket-Extensions"), QByteArray());
        scene.bad.received = scene.bad.body();
        scene.bad.send(frame(TextFrame, "plain") + bomb(10, 100, true));
        WS_TRY_COMPARE(scene.bad.frames().size(), 2);
        QCOMPARE(scene.bad.frames().at(0).payload, QByteArray("plain"));
        QCOMPARE(scene.bad.frames().at(1).closeCode(), 1002);
        QVERIFY(scene.servesOthers());
    }
}

void TestDisastersServer::floodOfEmptyFragmentsIsCut_data()
{
    QTest::addColumn<QByteArray>("payload");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("one byte") << QByteArray("x");
}

// What is kept of a fragment is its payload, and there are not endlessly many. CVE-2026-48779 (ws).
void TestDisastersServer::floodOfEmptyFragmentsIsCut()
{
    QFETCH(const QByteArray, payload);
    Scene scene;
    QVERIFY(scene.upgrade());
    const int most = scene.server.options().maxFragments();
    constexpr int Block = 1024;
    const QByteArray block = frame(Continuation, payload, false).repeated(Block);
    const HeldMemory memory;
    QVERIFY(scene.sendAll(frame(TextFrame, payload, false)));
    for (int sent = 1; sent + Block <= most; sent += Block)
        QVERIFY(scene.sendAll(block));
    QVERIFY(scene.sendAll(frame(PingFrame, "read")));
    WS_TRY_COMPARE(scene.bad.frames().value(0).payload, QByteArray("read"));
    if (HeldMemory::IsAvailable)
        QCOMPARE_LT(memory.growth(), 2 * most + 256 * KiB);
    scene.bad.send(block);
    WS_TRY_COMPARE(scene.bad.frames().value(1).closeCode(), 1008);
    QVERIFY(scene.servesOthers());
}

// A request is read up to its end, and nothing that follows it until the application has decided.
// CVE-2018-12541 (Vert.x).
void TestDisastersServer::nothingIsReadBeforeTheHandlerHasDecided()
{
    constexpr qint64 Size = 64 * MiB;
    Scene scene;
    const auto promise = std::make_shared<QPromise<WsResponse>>();
    promise->start();
    bool isAsked = false;
    QVERIFY(scene.start());
    scene.server.setRequestHandler([&](const WsRequest &) {
        isAsked = true;
        return promise->future();
    });
    QVERIFY(scene.bad.connectTo(scene.server));
    const QByteArray bytes = requestWith({}) + frame(BinaryFrame, QByteArray(MiB, 'x')).repeated(Size / MiB);
    scene.bad.send(bytes);
    const AllocationMeter meter;
    WS_TRY_VERIFY(isAsked);
    QVERIFY(scene.servesOthers());
    QCOMPARE_LT(qint64(meter.total()), 4 * MiB);
    QCOMPARE_GT(scene.bad.socket->bytesToWrite(), Size / 2); // the rest waits at the client
    promise->addResult(WsResponse::reject(401));
    promise->finish();
    WS_TRY_COMPARE(scene.bad.httpStatus(), 401);
    QCOMPARE_LT(qint64(meter.total()), 4 * MiB);
}

// The same for what the request itself announces.
void TestDisastersServer::bodyOfAnUpgradeRequestIsNotRead()
{
    Scene scene;
    QVERIFY(scene.start());
    const QByteArray bytes = requestWith("Content-Length: 1073741824\r\n") + QByteArray(64 * MiB, 'x');
    QVERIFY(scene.bad.connectTo(scene.server));
    scene.bad.send(bytes);
    const AllocationMeter meter;
    QVERIFY(scene.isAnswered());
    QCOMPARE(scene.bad.httpStatus(), 400);
    QVERIFY(scene.servesOthers());
    QCOMPARE_LT(qint64(meter.largest()), 512 * KiB); // twice as much as is read at a time
}

// CVE-2020-35896 (ws-rs): answers that nobody reads pile up. Nothing more is read from such a client.
void TestDisastersServer::clientThatReadsNothingIsHeldBack()
{
    Scene scene;
    QVERIFY(scene.upgrade());
    scene.bad.stopReading();
    const QByteArray block = frame(BinaryFrame, QByteArray(16 * KiB, 'x')).repeated(16);
    const qint64 highWaterMark = scene.server.options().highWaterMark();
    qint64 most = 0;
    for (int i = 0; i < 1024 && scene.bad.socket->bytesToWrite() == 0;
         ++i) { // the system takes some megabytes
        scene.bad.send(block);
        (void)waitFor([&] {
            most = qMax(most, scene.end()->bufferedAmount());
            return scene.bad.socket->bytesToWrite() == 0 || most > highWaterMark;
        });
    }
    for (int i = 0; i < 128; ++i)
        scene.bad.send(block);
    QVERIFY(scene.servesOthers());
    most = qMax(most, scene.end()->bufferedAmount());
    QCOMPARE_GT(most, highWaterMark);
    QCOMPARE_LT(most, highWaterMark + 2 * scene.server.options().readBufferSize());
    QCOMPARE_GT(scene.bad.socket->bytesToWrite(), 8 * MiB);
}

// The same for what the server sends by itself.
void TestDisastersServer::clientThatReadsNothingIsSentNoMore()
{
    Scene scene;
    QVERIFY(scene.upgrade());
    scene.bad.stopReading();
    const qint64 most = scene.server.options().maxBufferedAmount();
    const QByteArray payload(MiB, 'x');
    int refusals = 0;
    for (int i = 0; i < 128 && refusals == 0; ++i) {
        refusals += scene.end()->sendBinary(payload) ? 0 : 1;
        QCOMPARE_LE(scene.end()->bufferedAmount(), most + payload.size() + 64);
    }
    QCOMPARE(refusals, 1);
    QCOMPARE(scene.server.broadcast(payload), 1); // to the other one
    QCOMPARE_LE(scene.end()->bufferedAmount(), most + payload.size() + 64);
    QVERIFY(scene.servesOthers());
}

// Answers to pings are few, and the latest counts. CVE-2025-5399 (curl): a ping that comes while nothing can
// be sent makes a program run in circles.
void TestDisastersServer::floodOfPingsTakesNoMemory()
{
    WsOptions options;
    options.setHighWaterMark(64 * MiB); // with the default, pings would not even be read
    Scene scene(options);
    QVERIFY(scene.upgrade());
    scene.bad.stopReading();
    const QByteArray payload(16 * MiB, 'x');
    QVERIFY(scene.end()->sendBinary(payload)); // more than the system takes
    QVERIFY(scene.servesOthers());
    const QByteArray block = frame(PingFrame, QByteArray(125, 'p')).repeated(1000);
    const HeldMemory memory;
    for (int i = 0; i < 100; ++i)
        QVERIFY(scene.sendAll(block));
    QVERIFY(scene.sendAll(frame(PingFrame, "the last")));
    QVERIFY(scene.servesOthers());
    if (HeldMemory::IsAvailable)
        QCOMPARE_LT(memory.growth(), 512 * KiB);
    QVERIFY(becomesIdle());
    scene.bad.readAgain();
    const qint64 messageSize =
        frameHeader(BinaryFrame, quint64(payload.size()), true, false).size() + payload.size();
    const auto pongs = [&] { return framesBehind(scene.bad.received, messageSize); };
    WS_TRY_COMPARE(pongs().value(pongs().size() - 1).payload, QByteArray("the last"));
    QCOMPARE_LT(pongs().size(), 200);
}

void TestDisastersServer::slowHandshakeIsCut_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("silence") << false << QByteArray();
    QTest::newRow("silence instead of TLS") << true << QByteArray();
    QTest::newRow("a request byte by byte")
        << false << requestWith("X: " + QByteArray(10'000, 'x')).chopped(4);
    QTest::newRow("empty lines one by one") << false << QByteArray("\r\n").repeated(5000);
}

// Bytes do not extend the time that an opening has. The attack is called Slowloris; the time limit is the
// default of 10 seconds, made shorter for the test.
void TestDisastersServer::slowHandshakeIsCut()
{
    QFETCH(const bool, isTls);
    QFETCH(const QByteArray, bytes);
    WsServer server;
    WsOptions options;
    options.setHandshakeTimeout(300ms);
    server.setOptions(options);
    if (isTls)
        server.setSslConfiguration(serverTls());
    QVERIFY(server.listen());
    RawPeer bad;
    bad.socket->connectToHost(server.serverAddress(), server.serverPort());
    qsizetype sent = 0;
    WS_TRY_VERIFY(bad.socket->state() == QAbstractSocket::ConnectedState);
    QVERIFY(waitFor([&] {
        if (sent < bytes.size() && !bad.hasEnded && bad.received.isEmpty())
            bad.send(bytes.sliced(sent++, 1));
        return bad.hasEnded || bad.received.contains("\r\n\r\n");
    }));
    QCOMPARE(bad.httpStatus(), isTls ? 0 : 408);
}

void TestDisastersServer::longHandshakeIsRefused_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("status");
    constexpr int Size = 8 * 1024 * 1024;
    const QByteArray start = "GET / HTTP/1.1\r\nHost: localhost\r\n";
    QTest::newRow("one line") << QByteArray(Size, 'x') << 414;
    QTest::newRow("target") << "GET /" + QByteArray(Size, 'x') << 414;
    QTest::newRow("header") << start + "X: " + QByteArray(Size, 'x') << 431;
    QTest::newRow("name of a header") << start + QByteArray(Size, 'x') << 431;
    QTest::newRow("headers") << start + QByteArray("a:b\r\n").repeated(Size / 5) << 431;
    QTest::newRow("empty lines") << QByteArray("\r\n").repeated(Size / 2) << 414;
}

// CVE-2023-43669 (tungstenite): a head without an end, looked at again with every piece. Here it ends at
// maxHandshakeSize, and what follows is not kept. That each byte is looked at once is shown by work.py.
void TestDisastersServer::longHandshakeIsRefused()
{
    QFETCH(const QByteArray, bytes);
    QFETCH(const int, status);
    Scene scene;
    QVERIFY(scene.start());
    QVERIFY(scene.bad.connectTo(scene.server));
    scene.bad.send(bytes);
    const AllocationMeter meter;
    QVERIFY(scene.isAnswered());
    QCOMPARE(scene.bad.httpStatus(), status);
    QVERIFY(scene.servesOthers());
    QCOMPARE_LT(qint64(meter.largest()), 512 * KiB); // twice as much as is read at a time
}

void TestDisastersServer::tooManyHeadersAreRefused_data()
{
    QTest::addColumn<int>("count");
    QTest::addColumn<int>("status");
    QTest::newRow("100") << 100 << 101;
    QTest::newRow("101") << 101 << 431;
    QTest::newRow("2,000") << 2000 << 431;
}

// CVE-2024-37890 (ws): with too many headers, those that are needed are missing, and nobody has expected
// that.
void TestDisastersServer::tooManyHeadersAreRefused()
{
    QFETCH(const int, count);
    QFETCH(const int, status);
    const qsizetype own = requestWith({}).count("\r\n") - 2; // without the first and the last line
    const QByteArray many = QByteArray("a:b\r\n").repeated(count - own);
    Scene scene;
    QVERIFY(scene.start());
    for (const bool areFirst : {false, true}) {
        const QByteArray start = "GET / HTTP/1.1\r\n";
        scene.bad.received.clear();
        QVERIFY(scene.request(areFirst ? requestWith({}).replace(start, start + many) : requestWith(many)));
        QCOMPARE(scene.bad.httpStatus(), status);
        scene.bad.socket->abort();
    }
    QVERIFY(scene.servesOthers());
}

void TestDisastersServer::pagesOfOtherOriginsAreRefused_data()
{
    QTest::addColumn<QByteArray>("headers");
    QTest::addColumn<int>("status");
    const auto add = [](const char *name, int status, const QByteArray &origin, const QByteArray &more = {}) {
        QTest::newRow(name) << "Origin: " + origin + "\r\n" + more << status;
    };
    QTest::newRow("no browser") << QByteArray() << 101;
    add("own page", 101, "http://localhost:8080");
    add("own page in capital letters", 101, "HTTP://LOCALHOST:8080");
    add("own page with a dot at the end", 101, "http://localhost.:8080");
    add("null, as in a sandboxed frame", 403, "null");
    add("a file", 403, "file://");
    add("other host", 403, "http://evil.example:8080");
    add("other port", 403, "http://localhost:8081");
    add("no port", 403, "http://localhost");
    add("host in a name in front", 403, "http://localhost.evil.example:8080");
    add("host at the end of another", 403, "http://evillocalhost:8080");
    add("subdomain", 403, "http://evil.localhost:8080");
    add("host as the user", 403, "http://localhost:8080@evil.example");
    add("host as the path", 403, "http://evil.example/localhost:8080");
    add("backslash", 403, "http://evil.example\\localhost:8080");
    add("two dots at the end", 403, "http://localhost..:8080");
    add("two in one line", 403, "http://localhost:8080 http://evil.example");
    add("two with a comma", 403, "http://localhost:8080, http://evil.example");
    add("no scheme", 403, "localhost:8080");
    add("scheme of the WebSocket", 403, "ws://localhost:8080");
    add("extension of a browser", 403, "chrome-extension://localhost:8080");
    add("two headers", 400, "http://localhost:8080", "Origin: http://evil.example\r\n");
    add("two headers in other letters", 400, "http://localhost:8080", "origin: http://evil.example\r\n");
    add("two equal headers", 400, "http://localhost:8080", "ORIGIN: http://localhost:8080\r\n");
    add("two hosts", 400, "http://evil.example", "Host: evil.example\r\n");
}

// Cross-site WebSocket hijacking: a page of another site uses the cookies of its visitor. CVE-2014-3429
// (IPython), CVE-2015-0259 (OpenStack). By default only pages of the server itself are accepted, which the
// whole origin decides and not a part of it.
void TestDisastersServer::pagesOfOtherOriginsAreRefused()
{
    QFETCH(const QByteArray, headers);
    QFETCH(const int, status);
    Scene scene;
    QVERIFY(scene.start());
    QVERIFY(scene.request(requestWith(headers).replace("Host: localhost\r\n", "Host: localhost:8080\r\n")));
    QCOMPARE(scene.bad.httpStatus(), status);
    QCOMPARE(scene.ends.size(), status == 101 ? 2 : 1);
}

void TestDisastersServer::requestWithLineBreaksIsRefused_data()
{
    QTest::addColumn<QByteArray>("request");
    const QByteArray good =
        requestWith("Cookie: a=b\r\nOrigin: http://localhost\r\nSec-WebSocket-Protocol: chat\r\n");
    const std::pair<const char *, QByteArray> breaks[] = {
        {"CR", "\rX: y"}, {"LF", "\nX: y"}, {"NUL", QByteArray("\0X: y", 5)}, {"folded", "\r\n X: y"}};
    const std::pair<const char *, QByteArray> places[] = {{"target", "GET /"},
                                                          {"Host", "Host: localhost"},
                                                          {"Origin", "http://localhost"},
                                                          {"cookie", "Cookie: a"},
                                                          {"subprotocol", "chat"},
                                                          {"name", "Upgr"},
                                                          {"key", "Sec-WebSocket-Key: dGhl"}};
    for (const auto &[what, bytes] : breaks) {
        for (const auto &[where, before] : places) {
            QByteArray request = good;
            QTest::addRow("%s in %s", what, where)
                << request.insert(good.indexOf(before) + before.size(), bytes);
        }
    }
}

// A request that two readers understand in two ways lets others smuggle headers past one of them.
// CVE-2024-52530 (libsoup, NUL in a header), CWE-444.
void TestDisastersServer::requestWithLineBreaksIsRefused()
{
    QFETCH(const QByteArray, request);
    Scene scene;
    QVERIFY(scene.start());
    QVERIFY(scene.request(request));
    QCOMPARE(scene.bad.httpStatus(), 400);
    QCOMPARE(scene.ends.size(), 1);
}

void TestDisastersServer::lineBreaksInAnAnswerAreNotSent_data()
{
    QTest::addColumn<WsResponse>("response");
    for (const QByteArray &text :
         {QByteArray("a\r\nX: y"), QByteArray("a\nX: y"), QByteArray("a\rX: y"), QByteArray("a\0X", 3)}) {
        const QByteArray shown =
            QByteArray(text).replace('\0', "\\0").replace('\r', "\\r").replace('\n', "\\n");
        const char *const name = shown.constData();
        QTest::addRow("header %s", name) << WsResponse::accept({}, {{"Set-Cookie", text}});
        QTest::addRow("header of a refusal %s", name) << WsResponse::reject(403, {}, {{"Set-Cookie", text}});
        QTest::addRow("redirect %s", name) << WsResponse(302, {}, {{"Location", "/" + text}});
        QTest::addRow("name %s", name) << WsResponse::accept({}, {{text, "b"}});
        QTest::addRow("subprotocol %s", name) << WsResponse::accept(QString::fromLatin1(text));
    }
}

// What an application copies from a request into the answer cannot begin a header or another answer. CWE-113.
void TestDisastersServer::lineBreaksInAnAnswerAreNotSent()
{
    QFETCH(const WsResponse, response);
    Scene scene;
    QVERIFY(scene.start());
    scene.server.setRequestHandler([&response](const WsRequest &) { return response; });
    QVERIFY(scene.request(requestWith("Sec-WebSocket-Protocol: a\r\n")));
    QCOMPARE(scene.bad.httpStatus(), 500);
    QCOMPARE(scene.bad.header("X"), QByteArray());
    QCOMPARE(scene.bad.header("Set-Cookie"), QByteArray());
    QCOMPARE(scene.bad.header("Location"), QByteArray());
}

// CVE-2026-45736 (ws): a length that is not that of the payload sends what memory contained before.
void TestDisastersServer::closeAndPongContainNothingElse()
{
    Scene scene;
    QVERIFY(scene.upgrade());
    QByteArray expected;
    for (const int size : {0, 1, 2, 3, 64, 123, 124, 125}) {
        const QByteArray payload = pattern(size, size);
        const QByteArray ping = frame(PingFrame, payload);
        QVERIFY(scene.sendAll(ping.first(ping.size() / 2))); // part of it is kept
        QVERIFY(scene.servesOthers());
        scene.bad.send(ping.sliced(ping.size() / 2));
        expected += unmaskedFrame(PongFrame, payload);
        WS_TRY_COMPARE(scene.bad.received, expected);
    }
    scene.bad.socket->abort();
    for (const int size : {0, 1, 2, 3, 64, 122, 123, 124, 200}) {
        const QByteArray reason(size, 'r');
        scene.bad.received.clear();
        QVERIFY(scene.bad.upgrade(scene.server));
        QVERIFY(scene.ends.constLast()->close(3000, QString::fromLatin1(reason)));
        const QByteArray close = unmaskedFrame(CloseFrame, closePayload(3000, reason.first(qMin(size, 123))));
        WS_TRY_COMPARE(scene.bad.received, close);
        scene.bad.send(frame(CloseFrame, QByteArray(1, '\x0b'))); // half a code is a mistake, not a code
        WS_TRY_VERIFY(scene.bad.hasEnded);
        QCOMPARE(scene.bad.received, close);
    }
}

void TestDisastersServer::clientThatNeverFinishesIsForgotten_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("isClosing"); // the server
    QTest::addColumn<bool>("isEnding");  // the client ends TCP
    const QByteArray close = frame(CloseFrame, closePayload(1000));
    QTest::newRow("no answer to a Close") << QByteArray() << true << false;
    QTest::newRow("pings instead of an answer") << frame(PingFrame).repeated(100) << true << false;
    QTest::newRow("half a Close") << close.first(3) << true << false;
    QTest::newRow("a message without an end") << frameHeader(BinaryFrame, 100'000) << true << false;
    QTest::newRow("a Close, but TCP stays") << close << false << false;
    QTest::newRow("broken rule, but TCP stays") << QByteArray("\xFF\xFF") << false << false;
    QTest::newRow("TCP without a Close") << QByteArray() << false << true;
    QTest::newRow("TCP in the middle of a frame") << frameHeader(BinaryFrame, 100) + "x" << false << true;
}

// CVE-2024-23672 (Tomcat): clients that do not finish the closing handshake keep the connection.
// CVE-2017-2670 (Undertow): the end of TCP without it keeps a thread busy for ever.
void TestDisastersServer::clientThatNeverFinishesIsForgotten()
{
    QFETCH(const QByteArray, bytes);
    QFETCH(const bool, isClosing);
    QFETCH(const bool, isEnding);
    WsOptions options;
    options.setCloseTimeout(200ms);
    Scene scene(options);
    QVERIFY(scene.upgrade());
    if (isClosing)
        QVERIFY(scene.end()->close());
    scene.bad.send(bytes);
    if (isEnding)
        scene.bad.socket->disconnectFromHost();
    else
        scene.bad.stopReading(); // or else the socket ends with the server's end
    WS_TRY_COMPARE(scene.server.connectionCount(), 1);
    WS_TRY_VERIFY(!scene.end());
    QVERIFY(becomesIdle());
    QVERIFY(scene.servesOthers());
}

// CVE-2024-52532 (libsoup): some bytes make the reader turn in circles.
void TestDisastersServer::noBytesKeepTheServerBusy()
{
    QFETCH(const QByteArray, bytes);
    for (const bool isCompressing : {false, true}) {
        Scene scene(compressedOptions(isCompressing));
        QVERIFY(scene.upgrade(isCompressing ? Deflate : QByteArray()));
        QVERIFY(scene.sendAll(bytes));
        QVERIFY(scene.servesOthers());
        QVERIFY(becomesIdle());
    }
}

QTEST_GUILESS_MAIN(TestDisastersServer)
#include "tst_disasters_server.moc"
