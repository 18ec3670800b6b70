// SPDX-License-Identifier: MIT

// The same as tst_disasters_server.cpp, tried out on a WsClient by servers that mean no good.

#include "disastertesting.h"

#include <QtCore/qrandom.h>
#include <QtCore/qset.h>
#include <QtNetwork/qauthenticator.h>
#include <QtNetwork/qnetworkcookiejar.h>

#include <array>
#include <cmath>
#include <cstring>

using namespace IntegrationTesting;

class TestDisastersClient : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void hugeLengthAllocatesNothing_data() { addHugeLengths(); }
    void hugeLengthAllocatesNothing();
    void decompressionBombIsRefused_data();
    void decompressionBombIsRefused();
    void badWindowBitsFailTheOpening_data() { addBadWindowBits(); }
    void badWindowBitsFailTheOpening();
    void floodOfEmptyFragmentsIsCut();
    void longAnswerFailsTheOpening_data();
    void longAnswerFailsTheOpening();
    void serverThatReadsNothingIsSentNoMore();
    void floodOfPingsTakesNoMemory();
    void slowHandshakeIsCut_data();
    void slowHandshakeIsCut();
    void tooManyHeadersFailTheOpening_data();
    void tooManyHeadersFailTheOpening();
    void maskingKeysFollowNoPattern();
    void maskingKeysAreNotThoseOfATwister();
    void certificateIsVerifiedEachTime_data();
    void certificateIsVerifiedEachTime();
    void lineBreaksAreNotSent_data();
    void lineBreaksAreNotSent();
    void lineBreaksAreNotSentToAProxy_data();
    void lineBreaksAreNotSentToAProxy();
    void closeAndPongContainNothingElse();
    void serverThatNeverFinishesIsLeft_data();
    void serverThatNeverFinishesIsLeft();
    void noBytesKeepTheClientBusy_data() { addPatterns(false); }
    void noBytesKeepTheClientBusy();
};

namespace {
constexpr const char *Deflate = "Sec-WebSocket-Extensions: permessage-deflate";

RawServer::Answer acceptingWith(const QByteArray &headers)
{
    return [headers](const QByteArray &key) { return RawServer::acceptanceWith(key, headers); };
}

// A client of a server that does not behave.
struct Scene
{
    explicit Scene(const WsOptions &options = {}, RawServer::Answer answer = &RawServer::acceptance)
        : bad(std::move(answer))
    {
        client.setOptions(options);
    }

    bool open()
    {
        return client.open(bad.url()) && waitFor([this] { return client.state() == Ws::Open && bad.peer; });
    }
    // Whether the opening fails.
    bool fails()
    {
        return client.open(bad.url()) && waitFor([this] { return events.isClosed(); })
               && events.startingWith(u"opened"_s).isEmpty();
    }
    bool sendAll(const QByteArray &bytes)
    {
        bad.peer->send(bytes);
        return waitFor([this] { return bad.peer->socket->bytesToWrite() == 0; });
    }
    // Lets the client read what has been sent.
    bool isRead(const QByteArray &mark)
    {
        return sendAll(unmaskedFrame(PingFrame, mark))
               && waitFor([&] { return !frames().isEmpty() && frames().constLast().payload == mark; });
    }
    QList<ReceivedFrame> frames() const { return bad.peer->frames(); }

    WsClient client;
    Events events{&client};
    RawServer bad;
};
} // namespace

// CVE-2018-21035 (Qt WebSockets), CVE-2022-35922 (rust-websocket), CVE-2020-27813 (gorilla/websocket),
// CVE-2026-1528 (undici).
void TestDisastersClient::hugeLengthAllocatesNothing()
{
    QFETCH(const bool, isUnlimited);
    QFETCH(const quint64, before);
    QFETCH(const quint64, declared);
    QFETCH(const int, code);
    Scene scene(isUnlimited ? unlimitedOptions() : WsOptions());
    QVERIFY(scene.open());
    QVERIFY(scene.isRead("begun")); // there is a buffer to read into
    scene.bad.peer->received.clear();
    const AllocationMeter meter;
    QVERIFY(scene.sendAll(framesOf(before, declared, false)));
    if (code != 0)
        WS_TRY_COMPARE(scene.frames().value(0).closeCode(), code);
    QVERIFY(becomesIdle());
    QCOMPARE_LT(qint64(meter.largest()), 128 * KiB);
    QCOMPARE(scene.frames().size(), code == 0 ? 0 : 1);
}

void TestDisastersClient::decompressionBombIsRefused_data()
{
    QTest::addColumn<qsizetype>("frameSize");
    QTest::newRow("one frame") << qsizetype(MiB);
    QTest::newRow("frames of 100 bytes") << qsizetype(100);
}

// CVE-2018-1000518 (Python websockets), CVE-2026-1526 (undici).
void TestDisastersClient::decompressionBombIsRefused()
{
    QFETCH(const qsizetype, frameSize);
    Scene scene(compressedOptions(true), acceptingWith(QByteArray(Deflate) + "\r\n"));
    QVERIFY(scene.open());
    const QByteArray bytes = bomb(64 * MiB, frameSize, false);
    QCOMPARE_LT(bytes.size(), MiB);
    const AllocationMeter meter;
    scene.bad.peer->send(bytes);
    WS_TRY_COMPARE(scene.frames().value(0).closeCode(), 1009);
    QCOMPARE_LE(qint64(meter.largest()), scene.client.options().maxMessageSize() + 64 * KiB);
    QCOMPARE(scene.events.messageCount, 0);
}

// CVE-2026-2229 (undici): a server that answers so ends the program.
void TestDisastersClient::badWindowBitsFailTheOpening()
{
    QFETCH(const QByteArray, bits);
    for (const QByteArray name : {"server_max_window_bits", "client_max_window_bits"}) {
        const QByteArray answer = QByteArray(Deflate) + "; " + name + '=' + bits + "\r\n";
        Scene scene(compressedOptions(true), acceptingWith(answer));
        scene.bad.afterAnswer = bomb(10, 100, false);
        QVERIFY(scene.fails());
        QCOMPARE(scene.events.errors.constFirst().kind(), Ws::ErrorKind::Handshake);
        QVERIFY(scene.events.errors.constFirst().text().contains(QString::fromLatin1(name)));
        scene.bad.answer = &RawServer::acceptance;
        scene.bad.afterAnswer.clear();
        QVERIFY(scene.open());
    }
}

// CVE-2026-48779 (ws).
void TestDisastersClient::floodOfEmptyFragmentsIsCut()
{
    Scene scene;
    QVERIFY(scene.open());
    const int most = scene.client.options().maxFragments();
    constexpr int Block = 1024;
    const QByteArray block = unmaskedFrame(Continuation, {}, false).repeated(Block);
    const HeldMemory memory;
    QVERIFY(scene.sendAll(unmaskedFrame(TextFrame, {}, false)));
    for (int sent = 1; sent + Block <= most; sent += Block)
        QVERIFY(scene.sendAll(block));
    QVERIFY(scene.isRead("read"));
    if (HeldMemory::IsAvailable)
        QCOMPARE_LT(memory.growth(), 512 * KiB);
    scene.bad.peer->send(block);
    WS_TRY_COMPARE(scene.frames().value(1).closeCode(), 1008);
}

void TestDisastersClient::longAnswerFailsTheOpening_data()
{
    QTest::addColumn<QByteArray>("start");
    QTest::addColumn<QByteArray>("repeated");
    QTest::newRow("one line") << QByteArray() << QByteArray("x");
    QTest::newRow("reason") << QByteArray("HTTP/1.1 101 ") << QByteArray("x");
    QTest::newRow("header") << QByteArray("HTTP/1.1 101 Yes\r\nX: ") << QByteArray("x");
    QTest::newRow("headers") << QByteArray("HTTP/1.1 101 Yes\r\n") << QByteArray("a:b\r\n");
    QTest::newRow("folded header") << QByteArray("HTTP/1.1 101 Yes\r\nX: a\r\n") << QByteArray(" b\r\n");
    QTest::newRow("empty lines") << QByteArray() << QByteArray("\r\n");
    QTest::newRow("answers before the answer") << QByteArray() << QByteArray("HTTP/1.1 103 Soon\r\n\r\n");
    QTest::newRow("page of a refusal") << QByteArray("HTTP/1.1 403 No\r\n\r\n") << QByteArray("x");
    QTest::newRow("huge page of a refusal")
        << QByteArray("HTTP/1.1 403 No\r\nContent-Length: 9223372036854775807\r\n\r\n") << QByteArray("x");
    QTest::newRow("chunks of a refusal")
        << QByteArray("HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n") << QByteArray("1\r\nx\r\n");
    QTest::newRow("extension of a chunk")
        << QByteArray("HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n1;") << QByteArray("x");
}

// Nobody knows yet whether it is a WebSocket server at all. CVE-2018-12541 (Vert.x), CVE-2023-43669
// (tungstenite).
void TestDisastersClient::longAnswerFailsTheOpening()
{
    QFETCH(const QByteArray, start);
    QFETCH(const QByteArray, repeated);
    Scene scene(WsOptions(), [](const QByteArray &) { return QByteArray(); });
    QVERIFY(scene.client.open(scene.bad.url()));
    WS_TRY_VERIFY(!scene.bad.request.isEmpty());
    scene.bad.peer->send(start + repeated.repeated(16 * MiB / repeated.size()));
    const AllocationMeter meter;
    WS_TRY_VERIFY(scene.events.isClosed());
    QCOMPARE(scene.events.ending(), u"error Handshake, closed 1006 '' unclean"_s);
    QCOMPARE_LT(qint64(meter.largest()), 2 * MiB);
}

// CVE-2020-35896 (ws-rs).
void TestDisastersClient::serverThatReadsNothingIsSentNoMore()
{
    Scene scene;
    QVERIFY(scene.open());
    scene.bad.peer->stopReading();
    const qint64 most = scene.client.options().maxBufferedAmount();
    const QByteArray payload(MiB, 'x');
    int refusals = 0;
    for (int i = 0; i < 128 && refusals == 0; ++i) {
        refusals += scene.client.sendBinary(payload) ? 0 : 1;
        QCOMPARE_LE(scene.client.bufferedAmount(), most + payload.size() + 64);
    }
    QCOMPARE(refusals, 1);
    QCOMPARE(scene.client.state(), Ws::Open);
}

// CVE-2025-5399 (curl): a ping that comes while nothing can be sent makes the program run in circles.
void TestDisastersClient::floodOfPingsTakesNoMemory()
{
    Scene scene;
    QVERIFY(scene.open());
    scene.bad.peer->stopReading();
    const QByteArray payload(16 * MiB, 'x');
    QVERIFY(scene.client.sendBinary(payload)); // more than the system takes
    const QByteArray block = unmaskedFrame(PingFrame, QByteArray(125, 'p')).repeated(1000);
    const HeldMemory memory;
    for (int i = 0; i < 100; ++i)
        QVERIFY(scene.sendAll(block));
    QVERIFY(
        scene.sendAll(unmaskedFrame(PingFrame, "the last") + unmaskedFrame(TextFrame, "after the pings")));
    WS_TRY_COMPARE(scene.events.messageCount, 1);
    if (HeldMemory::IsAvailable)
        QCOMPARE_LT(memory.growth(), 512 * KiB);
    QVERIFY(becomesIdle());
    scene.bad.peer->readAgain();
    const qint64 messageSize =
        frameHeader(BinaryFrame, quint64(payload.size()), true, true).size() + payload.size();
    const auto pongs = [&] { return framesBehind(scene.bad.peer->received, messageSize); };
    WS_TRY_COMPARE(pongs().value(pongs().size() - 1).payload, QByteArray("the last"));
    QCOMPARE_LT(pongs().size(), 200);
}

void TestDisastersClient::slowHandshakeIsCut_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("silence") << QByteArray();
    QTest::newRow("an answer byte by byte") << "HTTP/1.1 101 Yes\r\nX: " + QByteArray(10'000, 'x');
    QTest::newRow("empty lines one by one") << QByteArray("\r\n").repeated(5000);
    QTest::newRow("a refusal byte by byte")
        << "HTTP/1.1 403 No\r\nContent-Length: 10001\r\n\r\n" + QByteArray(10'000, 'x');
}

// The time limit is the default of 10 seconds, made shorter for the test.
void TestDisastersClient::slowHandshakeIsCut()
{
    QFETCH(const QByteArray, bytes);
    WsOptions options;
    options.setHandshakeTimeout(300ms);
    Scene scene(options, [](const QByteArray &) { return QByteArray(); });
    QVERIFY(scene.client.open(scene.bad.url()));
    WS_TRY_VERIFY(!scene.bad.request.isEmpty());
    qsizetype sent = 0;
    QVERIFY(waitFor([&] {
        if (sent < bytes.size() && !scene.events.isClosed())
            scene.bad.peer->send(bytes.sliced(sent++, 1));
        return scene.events.isClosed();
    }));
    QCOMPARE(scene.events.startingWith(u"opened"_s), QStringList());
    WS_TRY_VERIFY(scene.bad.peer->hasEnded);
}

void TestDisastersClient::tooManyHeadersFailTheOpening_data()
{
    QTest::addColumn<int>("count");
    QTest::addColumn<bool>("isAccepted");
    QTest::newRow("1,000") << 1000 << true;
    QTest::newRow("1,001") << 1001 << false;
    QTest::newRow("10,000") << 10'000 << false;
}

// CVE-2024-37890 (ws).
void TestDisastersClient::tooManyHeadersFailTheOpening()
{
    QFETCH(const int, count);
    QFETCH(const bool, isAccepted);
    constexpr int Own = 3; // that every acceptance has
    Scene scene(WsOptions(), acceptingWith(QByteArray("a:b\r\n").repeated(count - Own)));
    QCOMPARE(isAccepted ? scene.open() : scene.fails(), true);
    QCOMPARE(scene.events.errors.isEmpty(), isAccepted);
}

namespace {
QList<quint32> keysOf(int count)
{
    Scene scene;
    if (!scene.open())
        return {};
    for (int i = 0; i < count; ++i)
        (void)scene.client.sendText("x");
    (void)waitFor([&] { return scene.bad.peer->received.size() >= count * 7; });
    QList<quint32> keys;
    for (const ReceivedFrame &received : scene.frames()) {
        quint32 key = 0;
        std::memcpy(&key, received.maskingKey.constData(),
                    qMin(sizeof key, size_t(received.maskingKey.size())));
        keys.append(key);
    }
    return keys;
}

// How far the bits of \a words are from being set half of the time, in standard deviations.
double largestDeviation(const QList<quint32> &words)
{
    std::array<int, 32> counts{};
    for (const quint32 word : words) {
        for (size_t bit = 0; bit < counts.size(); ++bit)
            counts[bit] += word >> bit & 1;
    }
    double largest = 0;
    for (const int count : counts)
        largest = qMax(largest, qAbs(count - double(words.size()) / 2) / std::sqrt(double(words.size()) / 4));
    return largest;
}
} // namespace

// CVE-2025-10148 (curl): one key for all frames of a connection lets a server choose the bytes that a client
// sends, which a proxy takes for HTTP (RFC 6455 §10.3). By chance this test fails once in a billion runs.
void TestDisastersClient::maskingKeysFollowNoPattern()
{
    constexpr int Count = 4096;
    const QList<quint32> keys = keysOf(Count);
    QCOMPARE(keys.size(), Count);
    QCOMPARE_GE(QSet<quint32>(keys.begin(), keys.end()).size(), Count - 1);
    QList<quint32> changes;
    QSet<quint32> steps;
    for (int i = 1; i < Count; ++i) {
        changes.append(keys.at(i) ^ keys.at(i - 1));
        steps.insert(keys.at(i) - keys.at(i - 1));
    }
    QCOMPARE_LT(largestDeviation(keys), 7.0);
    QCOMPARE_LT(largestDeviation(changes), 7.0);
    QCOMPARE_GE(steps.size(), Count - 4);
}

namespace {
// What a Mersenne twister has in its state if it returns \a word.
quint32 untempered(quint32 word)
{
    const auto undone = [](quint32 result, auto shifted) {
        quint32 before = result;
        for (int i = 0; i < 5; ++i)
            before = result ^ shifted(before);
        return before;
    };
    word = undone(word, [](quint32 w) { return w >> 18; });
    word = undone(word, [](quint32 w) { return w << 15 & 0xEFC60000; });
    word = undone(word, [](quint32 w) { return w << 7 & 0x9D2C5680; });
    return undone(word, [](quint32 w) { return w >> 11; });
}

// How many of \a words are what MT19937 returns after the 624 before them.
int predictedByTwister(const QList<quint32> &words)
{
    int count = 0;
    for (qsizetype i = 624; i < words.size(); ++i) {
        const auto state = [&](qsizetype before) { return untempered(words.at(i - before)); };
        const quint32 mixed = (state(624) & 0x80000000) | (state(623) & 0x7FFFFFFF);
        const quint32 next = state(227) ^ mixed >> 1 ^ (mixed & 1 ? 0x9908B0DF : 0);
        count += untempered(words.at(i)) == next;
    }
    return count;
}
} // namespace

// QRandomGenerator::global(), and every other that is not the system's, is a generator whose next values
// follow from those that a server has seen.
void TestDisastersClient::maskingKeysAreNotThoseOfATwister()
{
    constexpr int Count = 1200;
    QList<quint32> twisted(Count);
    QRandomGenerator(1).fillRange(twisted.data(), twisted.size());
    QCOMPARE(predictedByTwister(twisted), Count - 624);
    const QList<quint32> keys = keysOf(Count);
    QCOMPARE(keys.size(), Count);
    QCOMPARE_LE(predictedByTwister(keys), 1);
}

void TestDisastersClient::certificateIsVerifiedEachTime_data()
{
    QTest::addColumn<QString>("way");
    QTest::addColumn<QString>("certificate");
    for (const QString &way : {u"at first"_s, u"after a redirect"_s, u"after a reconnection"_s}) {
        for (const QString &name : {u"elsewhere"_s, u"selfsigned"_s})
            QTest::addRow("%s, %s", qPrintable(name), qPrintable(way)) << way << name;
    }
}

// CVE-2020-15133 (faye-websocket): certificates were not verified. Here they are, by default and for each
// server that an opening leads to, and no request is sent before.
void TestDisastersClient::certificateIsVerifiedEachTime()
{
    QFETCH(const QString, way);
    QFETCH(const QString, certificate);
    WsServer good;
    WsServer bad;
    int requestCount = 0;
    good.setSslConfiguration(serverTls());
    bad.setSslConfiguration(tlsConfiguration(certificate));
    bad.setRequestHandler([&requestCount](const WsRequest &) {
        ++requestCount;
        return WsResponse::accept();
    });
    QVERIFY(good.listen());
    WsClient client;
    Events events(&client);
    client.setSslConfiguration(tlsConfiguration());
    client.setMaxRedirects(5);
    if (way == u"after a redirect") {
        QVERIFY(bad.listen());
        good.setRequestHandler([url = bad.serverUrl().toEncoded()](const WsRequest &) {
            return WsResponse(302, {}, {{"Location", url}});
        });
        QVERIFY(client.open(good.serverUrl()));
    } else if (way == u"after a reconnection") {
        WsReconnect reconnect;
        reconnect.setEnabled(true);
        reconnect.setInitialDelay(1ms);
        client.setReconnect(reconnect);
        QVERIFY(client.open(good.serverUrl()));
        WS_TRY_COMPARE(client.state(), Ws::Open);
        const quint16 port = good.serverPort();
        good.close();
        QVERIFY(waitFor([&] { return bad.listen(QHostAddress::LocalHost, port); }));
    } else {
        QVERIFY(bad.listen());
        QVERIFY(client.open(bad.serverUrl()));
    }
    const auto isTlsError = [](const WsError &error) { return error.kind() == Ws::ErrorKind::Tls; };
    WS_TRY_VERIFY(std::any_of(events.errors.begin(), events.errors.end(), isTlsError));
    QCOMPARE(requestCount, 0);
    QCOMPARE(events.startingWith(u"opened"_s).size(), way == u"after a reconnection" ? 1 : 0);
}

namespace {
// How an opening ends into which somebody wants to inject a header.
enum class Injection { RefusedBySetter, RefusedByOpen, FailsLater, IsEncoded };

using Setting = std::function<bool(WsClient *client, const QByteArray &text)>;

bool setFilter(WsClient *client, std::function<void(WsRequest &)> filter)
{
    client->setRequestFilter(std::move(filter));
    return true;
}

class OpenJar : public QNetworkCookieJar
{
public:
    using QNetworkCookieJar::setAllCookies;
};

bool setCookie(WsClient *client, const QByteArray &text)
{
    auto *const jar = new OpenJar;
    jar->setParent(client);
    QNetworkCookie cookie("a", text);
    cookie.setDomain(u"127.0.0.1"_s);
    cookie.setPath(u"/"_s);
    jar->setAllCookies({cookie});
    client->setCookieJar(jar);
    return true;
}

bool answerDigest(WsClient *client, const QByteArray &text)
{
    QObject::connect(client, &WsClient::authenticationRequired, client,
                     [text](QAuthenticator *authenticator) {
                         authenticator->setUser(QString::fromLatin1(text));
                         authenticator->setPassword(u"b"_s);
                     });
    return true;
}
} // namespace

void TestDisastersClient::lineBreaksAreNotSent_data()
{
    QTest::addColumn<Setting>("setting");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<Injection>("expected");
    using I = Injection;
    const std::tuple<const char *, I, Setting> places[] = {
        {"value", I::RefusedBySetter, [](auto *c, const auto &text) { return c->setHeader("A", text); }},
        {"name", I::RefusedBySetter, [](auto *c, const auto &text) { return c->setHeader(text, "a"); }},
        {"Host", I::RefusedBySetter, [](auto *c, const auto &text) { return c->setHeader("Host", text); }},
        {"Origin", I::RefusedBySetter,
         [](auto *c, const auto &text) { return c->setHeader("Origin", "http://" + text); }},
        {"subprotocol", I::RefusedByOpen,
         [](auto *c, const auto &text) { return c->setSubprotocols({QString::fromLatin1(text)}), true; }},
        {"target of a filter", I::FailsLater,
         [](auto *c, const auto &text) {
             return setFilter(c, [text](auto &r) { r.setTarget("/" + text); });
         }},
        {"header of a filter", I::FailsLater,
         [](auto *c, const auto &text) {
             return setFilter(c, [text](auto &r) { r.setHeaders({{"A", text}}); });
         }},
        {"cookie", I::RefusedByOpen, &setCookie},
        {"user of Digest", I::FailsLater, &answerDigest},
        {"path", I::IsEncoded,
         [](auto *c, const auto &text) {
             QUrl url = c->url();
             url.setPath(u'/' + QString::fromLatin1(text));
             url.setQuery(QString::fromLatin1(text));
             return c->setUrl(url), true;
         }},
    };
    for (const auto &[name, expected, setting] : places) {
        QTest::addRow("CRLF in %s", name) << setting << QByteArray("a\r\nX: y") << expected;
        QTest::addRow("LF in %s", name) << setting << QByteArray("a\nX: y") << expected;
        QTest::addRow("CR in %s", name) << setting << QByteArray("a\rX: y") << expected;
        QTest::addRow("NUL in %s", name) << setting << QByteArray("a\0X: y", 6) << expected;
    }
}

// What a program gets from elsewhere and puts into a request cannot begin a header or another request.
// CVE-2026-1527 (undici), CWE-93.
void TestDisastersClient::lineBreaksAreNotSent()
{
    QFETCH(const Setting, setting);
    QFETCH(const QByteArray, text);
    QFETCH(const Injection, expected);
    QByteArray requests;
    Scene scene;
    scene.bad.answer = [&](const QByteArray &key) {
        requests += scene.bad.request;
        const bool asks = requests == scene.bad.request && expected == Injection::FailsLater;
        return asks ? QByteArray("HTTP/1.1 401 Who\r\nWWW-Authenticate: Digest realm=\"a\", nonce=\"b\"\r\n"
                                 "Content-Length: 0\r\n\r\n")
                    : RawServer::acceptance(key);
    };
    scene.client.setUrl(scene.bad.url());
    const bool isSet = setting(&scene.client, text);
    QCOMPARE(isSet, expected != Injection::RefusedBySetter);
    const bool isOpening = scene.client.open();
    QCOMPARE(isOpening, expected != Injection::RefusedByOpen);
    if (isOpening)
        WS_TRY_VERIFY(scene.client.state() == Ws::Open || scene.events.isClosed());
    QCOMPARE(scene.events.errors.isEmpty(), expected != Injection::FailsLater);
    for (const char *const end : {"\r", "\n", "\0"})
        QVERIFY2(!requests.contains(QByteArray(end, 1) + "X: y"), requests.constData());
}

void TestDisastersClient::lineBreaksAreNotSentToAProxy_data()
{
    QTest::addColumn<QNetworkProxy>("proxy");
    QTest::addColumn<QString>("answer"); // to the proxy, as a user name
    QTest::addColumn<QByteArray>("scheme");
    const QString text = u"a\r\nX: y"_s;
    const auto proxy = [](const QString &user, const QString &password) {
        return QNetworkProxy(QNetworkProxy::HttpProxy, u"127.0.0.1"_s, 1, user, password);
    };
    const QByteArray basic = "Basic realm=\"a\"";
    const QByteArray digest = "Digest realm=\"a\", nonce=\"b\", qop=\"auth\"";
    QTest::newRow("user, Basic") << proxy(text, u"b"_s) << QString() << basic;
    QTest::newRow("user, Digest") << proxy(text, u"b"_s) << QString() << digest;
    QTest::newRow("password, Digest") << proxy(u"b"_s, text) << QString() << digest;
    QTest::newRow("answer, Digest") << proxy({}, {}) << text << digest;
    QNetworkProxy value = proxy(u"a"_s, u"b"_s);
    value.setRawHeader("A", text.toLatin1());
    QTest::newRow("value of a header") << value << QString() << basic;
    QNetworkProxy name = proxy(u"a"_s, u"b"_s);
    name.setRawHeader("A: b\r\nX", "y");
    QTest::newRow("name of a header") << name << QString() << basic;
}

// Qt asks the proxy, and writes what it gets into the request as it is.
void TestDisastersClient::lineBreaksAreNotSentToAProxy()
{
    QFETCH(QNetworkProxy, proxy);
    QFETCH(const QString, answer);
    QFETCH(const QByteArray, scheme);
    QByteArray requests;
    Scene scene;
    scene.bad.answer = [&](const QByteArray &) {
        requests += scene.bad.request;
        return "HTTP/1.1 407 Who\r\nProxy-Authenticate: " + scheme
               + "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    };
    scene.bad.endsAfterAnswer = true;
    proxy.setPort(scene.bad.serverPort());
    scene.client.setProxy(proxy);
    connect(&scene.client, &WsClient::proxyAuthenticationRequired, &scene.client,
            [&answer](const QNetworkProxy &, QAuthenticator *authenticator) {
                authenticator->setUser(answer);
                authenticator->setPassword(u"b"_s);
            });
    QVERIFY(scene.client.open(QUrl(u"ws://example.test/"_s)));
    WS_TRY_VERIFY(scene.events.isClosed());
    QCOMPARE(scene.events.errors.constFirst().kind(), Ws::ErrorKind::Proxy);
    QVERIFY2(!requests.contains("\nX: y"), requests.constData());
}

// CVE-2026-45736 (ws).
void TestDisastersClient::closeAndPongContainNothingElse()
{
    Scene scene;
    QVERIFY(scene.open());
    constexpr qsizetype HeaderSize = 6;
    for (const int size : {0, 1, 2, 3, 64, 123, 124, 125}) {
        const QByteArray payload = pattern(size, size);
        const QByteArray ping = unmaskedFrame(PingFrame, payload);
        scene.bad.peer->received.clear();
        QVERIFY(scene.sendAll(ping.first(ping.size() / 2))); // part of it is kept
        QVERIFY(becomesIdle());
        scene.bad.peer->send(ping.sliced(ping.size() / 2));
        WS_TRY_VERIFY(scene.bad.peer->received.size() >= HeaderSize + size);
        QCOMPARE(scene.frames(), QList<ReceivedFrame>({ReceivedFrame{PongFrame, payload}}));
        QCOMPARE(scene.bad.peer->received.size(), HeaderSize + size);
    }
    for (const int size : {0, 1, 2, 3, 64, 122, 123, 124, 200}) {
        Scene closing;
        QVERIFY(closing.open());
        QVERIFY(closing.client.close(3000, QString(size, u'r')));
        const QByteArray payload = closePayload(3000, QByteArray(qMin(size, 123), 'r'));
        WS_TRY_VERIFY(closing.bad.peer->received.size() >= HeaderSize + payload.size());
        QCOMPARE(closing.frames(), QList<ReceivedFrame>({ReceivedFrame{CloseFrame, payload}}));
        QCOMPARE(closing.bad.peer->received.size(), HeaderSize + payload.size());
    }
}

void TestDisastersClient::serverThatNeverFinishesIsLeft_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("isClosing"); // the client
    QTest::addColumn<bool>("isEnding");  // the server ends TCP
    const QByteArray close = unmaskedFrame(CloseFrame, closePayload(1000));
    QTest::newRow("no answer to a Close") << QByteArray() << true << false;
    QTest::newRow("pings instead of an answer") << unmaskedFrame(PingFrame).repeated(100) << true << false;
    QTest::newRow("half a Close") << close.first(3) << true << false;
    QTest::newRow("a message without an end")
        << frameHeader(BinaryFrame, 100'000, true, false) << true << false;
    QTest::newRow("a Close, but TCP stays") << close << false << false;
    QTest::newRow("broken rule, but TCP stays") << QByteArray("\xFF\xFF") << false << false;
    QTest::newRow("TCP without a Close") << QByteArray() << false << true;
    QTest::newRow("TCP in the middle of a frame")
        << frameHeader(BinaryFrame, 100, true, false) + "x" << false << true;
}

// CVE-2024-23672 (Tomcat), CVE-2017-2670 (Undertow).
void TestDisastersClient::serverThatNeverFinishesIsLeft()
{
    QFETCH(const QByteArray, bytes);
    QFETCH(const bool, isClosing);
    QFETCH(const bool, isEnding);
    WsOptions options;
    options.setCloseTimeout(200ms);
    Scene scene(options);
    QVERIFY(scene.open());
    if (isClosing)
        QVERIFY(scene.client.close());
    scene.bad.peer->send(bytes);
    if (isEnding)
        scene.bad.peer->socket->disconnectFromHost();
    else
        scene.bad.peer->stopReading(); // or else the socket ends with the client's end
    WS_TRY_VERIFY(scene.events.isClosed());
    QCOMPARE(scene.events.startingWith(u"closed "_s).size(), 1);
    QVERIFY(becomesIdle());
}

// CVE-2024-52532 (libsoup).
void TestDisastersClient::noBytesKeepTheClientBusy()
{
    QFETCH(const QByteArray, bytes);
    for (const bool isCompressing : {false, true}) {
        const RawServer::Answer compressing = acceptingWith(QByteArray(Deflate) + "\r\n");
        Scene scene(compressedOptions(isCompressing), isCompressing ? compressing : &RawServer::acceptance);
        QVERIFY(scene.open());
        QVERIFY(scene.sendAll(bytes));
        QVERIFY(becomesIdle());
    }
}

QTEST_GUILESS_MAIN(TestDisastersClient)
#include "tst_disasters_client.moc"
