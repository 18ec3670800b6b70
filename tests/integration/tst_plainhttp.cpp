// SPDX-License-Identifier: MIT

// Plain HTTP on the port of a WebSocket server: several requests on a connection, bodies, files.

#include "../unit/heldmemory.h"
#include "integrationtesting.h"

#include <QtCore/qpromise.h>
#include <QtCore/qtemporarydir.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qlocalsocket.h>

#include <algorithm>
#include <optional>
#include <vector>

using namespace IntegrationTesting;

namespace {
QByteArray get(const QByteArray &target, const QByteArray &headers = {})
{
    return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}

QByteArray post(const QByteArray &body)
{
    return "POST /post HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + QByteArray::number(body.size())
           + "\r\n\r\n" + body;
}

// Takes the first answer, if it is there as a whole, from what \a peer has received. Nothing else is.
struct Answer
{
    int status = 0;
    QByteArray head;
    QByteArray body;
};

// Only looks at the head, however much has arrived behind it.
qint64 contentLength(const QByteArray &head)
{
    static const QByteArray name = "\r\ncontent-length: ";
    const qsizetype at = head.toLower().indexOf(name);
    const qsizetype from = at + name.size();
    return at < 0 ? 0 : head.sliced(from, head.indexOf("\r\n", from) - from).toLongLong();
}

std::optional<Answer> takeAnswer(RawPeer &peer)
{
    const qsizetype headSize = peer.received.indexOf("\r\n\r\n") + 4;
    if (headSize < 4)
        return {};
    const QByteArray head = peer.received.first(headSize);
    const qint64 size = contentLength(head);
    if (peer.received.size() < headSize + size)
        return {};
    Answer answer{peer.httpStatus(), head, peer.received.sliced(headSize, size)};
    peer.received.remove(0, headSize + size);
    return answer;
}

// Sends \a request and waits for its answer; status 0 if there is none.
Answer ask(RawPeer &peer, const QByteArray &request)
{
    peer.send(request);
    std::optional<Answer> answer;
    (void)waitFor([&] { return peer.hasEnded || (answer = takeAnswer(peer)); });
    if (!answer)
        answer = takeAnswer(peer);
    return answer.value_or(Answer());
}

WsResponse echo(const WsRequest &request)
{
    if (request.isWebSocketUpgrade())
        return WsResponse::accept();
    return WsResponse::text(request.method() + ' ' + request.target() + ' ' + request.body());
}

// The ways in which a server runs.
void addServers()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<int>("threads");
    QTest::newRow("plain") << false << 0;
    QTest::newRow("TLS") << true << 0;
    QTest::newRow("plain, in threads") << false << 2;
    QTest::newRow("TLS, in threads") << true << 2;
}

void prepare(WsServer &server)
{
    QFETCH(const bool, isTls);
    QFETCH(const int, threads);
    if (isTls)
        server.setSslConfiguration(serverTls());
    server.setThreadCount(threads);
    server.setRequestHandler(&echo);
    WsOptions options = patientOptions();
    options.setKeepAliveTimeout(std::chrono::milliseconds(Patience));
    server.setOptions(options);
}
} // namespace

class TestPlainHttp : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void requestsFollowEachOther_data() { addServers(); }
    void requestsFollowEachOther();
    void requestsOfOneWriteAreAllAnswered_data() { addServers(); }
    void requestsOfOneWriteAreAllAnswered();
    void largeBodyArrives_data() { addServers(); }
    void largeBodyArrives();
    void largeFileArrives_data() { addServers(); }
    void largeFileArrives();
    void idleClientIsClosed_data() { addServers(); }
    void idleClientIsClosed();
    void idleClientsKeepNobodyOut_data() { addServers(); }
    void idleClientsKeepNobodyOut();
    void manyIdleClientsKeepNobodyOut_data() { addServers(); }
    void manyIdleClientsKeepNobodyOut();
    void serverClosesWithIdleClients_data() { addServers(); }
    void serverClosesWithIdleClients();
    void lastRequestOverALocalSocketIsAnswered();
    void clientThatDoesNotReadIsNotAnsweredWithoutEnd();
    void clientThatSendsWithoutEndGetsItsAnswer_data();
    void clientThatSendsWithoutEndGetsItsAnswer();
    void clientThatEndsItsDirectionGetsTheWholeAnswer_data();
    void clientThatEndsItsDirectionGetsTheWholeAnswer();
    void hugeFileTakesLittleMemory();
    void requestsOfALocalSocketFollowEachOther();
    void localSocketMayUpgradeForAnyHostAfterRequests();
    void serverMayMoveBetweenRequests();
    void largestBodyIsAProperty();
};

void TestPlainHttp::requestsFollowEachOther()
{
    WsServer server;
    prepare(server);
    server.setMaxRequestBody(1000);
    QVERIFY(server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(server));
    for (int i = 0; i < 10; ++i) {
        const QByteArray target = "/" + QByteArray::number(i);
        const Answer answer = ask(raw, get(target));
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.body, "GET " + target + ' ');
        QVERIFY(!answer.head.contains("Connection:"));
        QCOMPARE(ask(raw, post("body")).body, "POST /post body"_ba);
    }
    raw.send(RawPeer::upgradeRequest() + frame(TextFrame, "hello"));
    WS_TRY_VERIFY(raw.received.contains("\r\n\r\n"));
    QCOMPARE(raw.httpStatus(), 101);
    WS_TRY_COMPARE(server.connectionCount(), 1);
    raw.send(frame(CloseFrame, closePayload(1000)));
    WS_TRY_VERIFY(raw.hasEnded);
}

void TestPlainHttp::requestsOfOneWriteAreAllAnswered()
{
    WsServer server;
    prepare(server);
    server.setMaxRequestBody(1000);
    QVERIFY(server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(server));
    constexpr int Count = 1000;
    QByteArray requests;
    for (int i = 0; i < Count; ++i)
        requests += i % 2 == 0 ? get("/" + QByteArray::number(i)) : post(QByteArray::number(i));
    raw.send(requests + get("/last", "Connection: close\r\n"));
    WS_TRY_VERIFY(raw.hasEnded);
    for (int i = 0; i < Count; ++i) {
        const auto answer = takeAnswer(raw);
        QVERIFY(answer);
        const QByteArray number = QByteArray::number(i);
        QCOMPARE(answer->body, i % 2 == 0 ? "GET /" + number + ' ' : "POST /post " + number);
    }
    QCOMPARE(takeAnswer(raw)->body, "GET /last "_ba);
    QCOMPARE(raw.received, QByteArray());
}

void TestPlainHttp::largeBodyArrives()
{
    WsServer server;
    prepare(server);
    const QByteArray body = pattern(5 * MiB);
    server.setMaxRequestBody(body.size());
    QVERIFY(server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(server));
    QVERIFY(ask(raw, post(body)).body == "POST /post " + body);
    QByteArray chunks = "POST /post HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (qsizetype at = 0; at < body.size(); at += 10'000) {
        const QByteArray chunk = body.sliced(at, qMin<qsizetype>(10'000, body.size() - at));
        chunks += QByteArray::number(chunk.size(), 16) + "\r\n" + chunk + "\r\n";
    }
    QVERIFY(ask(raw, chunks + "0\r\n\r\n").body == "POST /post " + body);
    QCOMPARE(ask(raw, post(body + 'x')).status, 413);
    WS_TRY_VERIFY(raw.hasEnded);
}

void TestPlainHttp::largeFileArrives()
{
    QTemporaryDir folder;
    const QByteArray content = pattern(20 * MiB);
    QFile file(folder.filePath(u"a.bin"_s));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(content) == content.size());
    file.close();
    WsServer server;
    prepare(server);
    server.setRequestHandler(
        [root = folder.path()](const WsRequest &request) { return WsResponse::file(root, request); });
    QVERIFY(server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(server));
    for (int i = 0; i < 2; ++i) {
        const Answer answer = ask(raw, get("/a.bin"));
        QCOMPARE(answer.status, 200);
        QVERIFY(answer.body == content);
    }
    QVERIFY(ask(raw, get("/a.bin", "Range: bytes=1000000-1999999\r\n")).body
            == content.sliced(1'000'000, 1'000'000));
    QCOMPARE(ask(raw, get("/none")).status, 404);
    raw.send(get("/a.bin", "Connection: close\r\n"));
    WS_TRY_VERIFY(raw.hasWholeAnswer());
    QVERIFY(raw.body() == content);
}

void TestPlainHttp::idleClientIsClosed()
{
    WsServer server;
    prepare(server);
    WsOptions options = server.options();
    options.setKeepAliveTimeout(50ms);
    server.setOptions(options);
    QSignalSpy rejected(&server, &WsServer::connectionRejected);
    QVERIFY(server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(server));
    QCOMPARE(ask(raw, get("/")).status, 200);
    WS_TRY_VERIFY(raw.hasEnded);
    QCOMPARE(raw.received, QByteArray());
    QCOMPARE(rejected.size(), 0);
}

void TestPlainHttp::idleClientsKeepNobodyOut()
{
    WsServer server;
    prepare(server);
    server.setMaxPendingHandshakes(3);
    server.setMaxConnections(1);
    QVERIFY(server.listen());
    std::vector<std::unique_ptr<RawPeer>> peers;
    for (int i = 0; i < 10; ++i) {
        peers.push_back(std::make_unique<RawPeer>());
        QVERIFY(peers.back()->connectTo(server));
        QCOMPARE(ask(*peers.back(), get("/")).status, 200);
        // The client may have its answer a moment before its place is free.
        WS_TRY_COMPARE(server.statistics().pendingHandshakes, std::min(i + 1, 3));
    }
    QVERIFY(peers.back()->upgrade(server));
}

void TestPlainHttp::serverClosesWithIdleClients()
{
    WsServer server;
    prepare(server);
    QVERIFY(server.listen());
    RawPeer idle;
    QVERIFY(idle.connectTo(server));
    QCOMPARE(ask(idle, get("/")).status, 200);
    RawPeer open;
    QVERIFY(open.upgrade(server));
    QSignalSpy closed(&server, &WsServer::closed);
    server.close();
    WS_TRY_VERIFY(idle.hasEnded);
    open.send(frame(CloseFrame, closePayload(1001)));
    WS_TRY_COMPARE(closed.size(), 1);
}

// Their requests were not pending while they were being answered.
void TestPlainHttp::manyIdleClientsKeepNobodyOut()
{
    constexpr int Count = 64;
    WsServer server;
    prepare(server);
    server.setMaxPendingHandshakes(2);
    std::vector<std::unique_ptr<QPromise<WsResponse>>> asked;
    server.setRequestHandler([&asked](const WsRequest &) {
        asked.push_back(std::make_unique<QPromise<WsResponse>>());
        asked.back()->start();
        return asked.back()->future();
    });
    QVERIFY(server.listen());
    std::vector<std::unique_ptr<RawPeer>> peers;
    for (int i = 0; i < Count; ++i) {
        peers.push_back(std::make_unique<RawPeer>());
        QVERIFY(peers.back()->connectTo(server));
        peers.back()->send(get("/"));
        WS_TRY_COMPARE(asked.size(), size_t(i + 1));
    }
    for (const auto &promise : asked) {
        promise->addResult(WsResponse::text("late"));
        promise->finish();
    }
    WS_TRY_COMPARE(server.statistics().pendingHandshakes, Count);
    server.setRequestHandler(&echo);
    RawPeer last;
    QVERIFY(last.connectTo(server));
    QCOMPARE(ask(last, get("/")).status, 200);
}

// As that of a client over TCP does, which the system tells of.
void TestPlainHttp::lastRequestOverALocalSocketIsAnswered()
{
    const QTemporaryDir folder;
    WsServer server;
    server.setRequestHandler(&echo);
    const QString path = folder.filePath(u"socket"_s);
    QVERIFY(server.listen(path));
    QLocalSocket idle;
    idle.connectToServer(path);
    QVERIFY(idle.waitForConnected(Patience));
    idle.write(get("/1"));
    WS_TRY_VERIFY(idle.bytesAvailable() > 0);
    QVERIFY(idle.readAll().startsWith("HTTP/1.1 200 "));
    WS_TRY_COMPARE(server.statistics().pendingHandshakes, 1);
    QSignalSpy closed(&server, &WsServer::closed);
    idle.write(get("/2"));
    QVERIFY(idle.flush());
    server.close(); // before the server has read it
    WS_TRY_VERIFY(idle.bytesAvailable() > 0);
    QVERIFY(idle.readAll().startsWith("HTTP/1.1 503 "));
    WS_TRY_COMPARE(closed.size(), 1);
}

// Its requests stay in its own system.
void TestPlainHttp::clientThatDoesNotReadIsNotAnsweredWithoutEnd()
{
    WsServer server;
    int asked = 0;
    server.setRequestHandler([&asked](const WsRequest &request) {
        if (request.path() == u"/other")
            return WsResponse::text("short");
        ++asked;
        return WsResponse::text(QByteArray(100'000, 'x'));
    });
    server.setOptions(patientOptions());
    QVERIFY(server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(server));
    RawPeer other;
    QVERIFY(other.connectTo(server));
    raw.stopReading();
    raw.send(get("/").repeated(10'000));
    WS_TRY_VERIFY(asked > 0);
    int before = 0;
    while (before != asked) { // until the server answers others, again and again, and asks for none of these
        before = asked;
        for (int i = 0; i < 100; ++i)
            QCOMPARE(ask(other, get("/other")).status, 200);
    }
    QVERIFY2(asked < 1000, qPrintable(QString::number(asked)));
    raw.readAgain();
    WS_TRY_VERIFY(asked > before);
}

void TestPlainHttp::clientThatSendsWithoutEndGetsItsAnswer_data()
{
    const QByteArray chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    QTest::addColumn<QByteArray>("begin");
    QTest::addColumn<QByteArray>("repeated");
    QTest::addColumn<int>("status");
    QTest::newRow("small chunks") << chunked << "1\r\na\r\n"_ba.repeated(20) << 413;
    QTest::newRow("large chunks") << chunked << "2710\r\n" + QByteArray(10'000, 'x') + "\r\n" << 413;
    QTest::newRow("an extension") << chunked + "1;" << QByteArray(10'000, 'x') << 400;
    QTest::newRow("many extensions") << chunked << "1;" + QByteArray(1000, 'x') + "\r\na\r\n" << 400;
    QTest::newRow("trailers") << chunked + "0\r\n" << QByteArray("A: b\r\n").repeated(1000) << 400;
    QTest::newRow("a body that is too large")
        << "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n"_ba << QByteArray(10'000, 'x')
        << 413;
    QTest::newRow("more than announced")
        << "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"_ba << QByteArray(10'000, 'x') << 200;
}

void TestPlainHttp::clientThatSendsWithoutEndGetsItsAnswer()
{
    QFETCH(const QByteArray, begin);
    QFETCH(const QByteArray, repeated);
    WsServer server;
    server.setRequestHandler(&echo);
    server.setMaxRequestBody(100'000);
    server.setOptions(patientOptions());
    QVERIFY(server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(server));
    raw.send(begin);
    const HeldMemory memory;
    for (int i = 0; i < 10'000 && !raw.hasEnded; ++i) {
        raw.send(repeated);
        WS_TRY_VERIFY(raw.socket->bytesToWrite() == 0 || raw.hasEnded);
    }
    WS_TRY_VERIFY(raw.hasEnded);
    QTEST(raw.httpStatus(), "status");
    if (HeldMemory::IsAvailable)
        QVERIFY2(memory.growth() < MiB, qPrintable(QString::number(memory.growth())));
}

void TestPlainHttp::clientThatEndsItsDirectionGetsTheWholeAnswer_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<qint64>("size");
    QTest::newRow("large answer") << "GET / HTTP/1.0\r\n\r\n"_ba << 16 * MiB;
    QTest::newRow("large body, and the end with it")
        << post(pattern(8192)).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n") << KiB;
}

// As nc -N does.
void TestPlainHttp::clientThatEndsItsDirectionGetsTheWholeAnswer()
{
    QFETCH(const QByteArray, request);
    QFETCH(const qint64, size);
    const QByteArray body = pattern(size);
    WsServer server;
    server.setMaxRequestBody(MiB);
    server.setRequestHandler([&body](const WsRequest &) { return WsResponse::text(body); });
    QVERIFY(server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(server));
    raw.stopReading();
    raw.send(request);
    raw.endSending();
    // The server has read all of it once it has answered.
    WS_TRY_VERIFY(raw.socket->bytesAvailable() > 0);
    raw.readAgain();
    WS_TRY_VERIFY(raw.hasEnded);
    QVERIFY(raw.body() == body);
}

void TestPlainHttp::hugeFileTakesLittleMemory()
{
    if (!HeldMemory::IsAvailable)
        QSKIP("the allocator does not say how much it has given out");
    constexpr qint64 Huge = 5 * 1024 * MiB;
    QTemporaryDir folder;
    const QString path = folder.filePath(u"huge"_s);
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.resize(Huge)); // which takes no room on the disk
    file.close();
    WsServer server;
    server.setRequestHandler([path](const WsRequest &) { return WsResponse::file(path); });
    QVERIFY(server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(server));
    const HeldMemory memory;
    raw.send(get("/"));
    WS_TRY_VERIFY(raw.received.contains("\r\n\r\n"));
    QCOMPARE(raw.header("Content-Length"), QByteArray::number(Huge));
    qint64 taken = 0;
    while (taken < 100 * MiB) {
        WS_TRY_VERIFY(!raw.received.isEmpty());
        taken += raw.received.size();
        raw.received = QByteArray();
        QVERIFY2(memory.growth() < MiB, qPrintable(QString::number(memory.growth())));
    }
    raw.reset();
    QSignalSpy closed(&server, &WsServer::closed);
    server.close();
    WS_TRY_COMPARE(closed.size(), 1);
}

void TestPlainHttp::requestsOfALocalSocketFollowEachOther()
{
    QTemporaryDir folder;
    WsServer server;
    server.setRequestHandler(&echo);
    QVERIFY2(server.listen(folder.filePath(u"socket"_s)), qPrintable(server.errorString()));
    QLocalSocket socket;
    socket.connectToServer(folder.filePath(u"socket"_s));
    QVERIFY(waitFor([&] { return socket.state() == QLocalSocket::ConnectedState; }));
    QByteArray received;
    connect(&socket, &QIODevice::readyRead, this, [&] { received += socket.readAll(); });
    for (int i = 1; i <= 3; ++i) {
        socket.write(get("/"));
        WS_TRY_COMPARE(received.count("GET / "), i);
    }
    QCOMPARE(received.count("HTTP/1.1 200 OK"), 3);
}

void TestPlainHttp::localSocketMayUpgradeForAnyHostAfterRequests()
{
    QTemporaryDir folder;
    WsServer server;
    server.setRequestHandler(&echo);
    QVERIFY(server.listen(QHostAddress::LocalHost)); // which alone allows loopback's own names
    QVERIFY2(server.listen(folder.filePath(u"socket"_s)), qPrintable(server.errorString()));
    QLocalSocket socket;
    socket.connectToServer(folder.filePath(u"socket"_s));
    QByteArray received;
    connect(&socket, &QIODevice::readyRead, this, [&] { received += socket.readAll(); });
    socket.write(get("/"));
    WS_TRY_VERIFY(received.contains("HTTP/1.1 200 OK"));
    socket.write(RawPeer::upgradeRequest("Origin: http://chat.example.com\r\n")
                     .replace("localhost", "chat.example.com"));
    WS_TRY_VERIFY(received.contains("HTTP/1.1 101 ") || received.contains("HTTP/1.1 403 "));
    QVERIFY2(!received.contains(" 403 "), received.constData());
}

void TestPlainHttp::serverMayMoveBetweenRequests()
{
    QThread thread;
    auto *const server = new WsServer;
    server->setRequestHandler(&echo);
    QVERIFY(server->listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(*server));
    QCOMPARE(ask(raw, get("/1")).status, 200);
    server->moveToThread(&thread);
    connect(&thread, &QThread::finished, server, &QObject::deleteLater);
    thread.start();
    QCOMPARE(ask(raw, get("/2")).body, "GET /2 "_ba);
    thread.quit();
    QVERIFY(thread.wait(Patience));
}

void TestPlainHttp::largestBodyIsAProperty()
{
    WsServer server;
    QSignalSpy changed(&server, &WsServer::maxRequestBodyChanged);
    QCOMPARE(server.maxRequestBody(), 0);
    server.setMaxRequestBody(5 * MiB);
    server.setMaxRequestBody(5 * MiB);
    QCOMPARE(server.property("maxRequestBody").toLongLong(), 5 * MiB);
    QCOMPARE(changed.size(), 1);
    server.setMaxRequestBody(-1);
    QCOMPARE(server.maxRequestBody(), 0);
    QCOMPARE(changed.size(), 2);
    QVERIFY(server.setProperty("maxRequestBody", 100));
    QCOMPARE(server.maxRequestBody(), 100);
    QCOMPARE(changed.size(), 3);
}

#include "../testprogram.h"
WSKIT_TEST(TestPlainHttp)
#include "tst_plainhttp.moc"
