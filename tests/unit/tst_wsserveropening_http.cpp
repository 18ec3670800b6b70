// SPDX-License-Identifier: MIT

// Plain HTTP at a server: requests that follow each other, their bodies, and files.

#include "net/server/wsserveropening.h"

#include "connectiontesting.h"
#include "loglines.h"
#include "net/server/wshttpdate.h"

#include <QtCore/qpromise.h>
#include <QtCore/qtemporarydir.h>
#include <QtTest/qsignalspy.h>

using namespace ConnectionTesting;
using Scenario = std::function<void(Side &)>;

namespace {
WsOptions httpOptions()
{
    WsOptions options;
    options.setHandshakeTimeout(10s);
    options.setCloseTimeout(4s);
    options.setKeepAliveTimeout(5s);
    options.setMaxHandshakeSize(512);
    return options;
}

QByteArray get(const QByteArray &target, const QByteArray &headers = {})
{
    return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}

QByteArray post(const QByteArray &body, const QByteArray &headers = {})
{
    return "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n"
           + headers + "\r\n" + body;
}

QByteArray chunked(const QByteArray &chunks, const QByteArray &headers = {})
{
    return "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" + headers + "\r\n" + chunks;
}

QByteArray headerOf(QByteArrayView head, QByteArrayView name)
{
    const QByteArray lower = head.toByteArray().toLower();
    const qsizetype at = lower.indexOf("\r\n" + name.toByteArray().toLower() + ": ");
    const qsizetype from = at + name.size() + 4;
    return at < 0 ? QByteArray() : head.sliced(from, head.indexOf("\r\n", from) - from).toByteArray();
}

// All answers in \a bytes: "200 'body', 404 'Not Found'", and what is left of them; a body with \a isHead is
// not expected.
QString answersIn(QByteArrayView bytes, bool isHead = false)
{
    QStringList answers;
    while (!bytes.isEmpty()) {
        const qsizetype headSize = bytes.indexOf("\r\n\r\n") + 4;
        if (!bytes.startsWith("HTTP/1.1 ") || headSize < 4) {
            answers.append(u"rest '%1'"_s.arg(QString::fromUtf8(bytes)));
            break;
        }
        const QByteArrayView head = bytes.first(headSize);
        const QString status = QString::fromLatin1(head.sliced(9, 3));
        bytes = bytes.sliced(headSize);
        if (status == u"101") {
            answers.append(status);
            continue;
        }
        const qsizetype size = isHead ? 0 : headerOf(head, "Content-Length").toLongLong();
        const QByteArray body = bytes.first(qMin(size, bytes.size())).toByteArray();
        bytes = bytes.sliced(body.size());
        QString text = body.isEmpty() ? status : u"%1 '%2'"_s.arg(status, QString::fromUtf8(body.trimmed()));
        if (headerOf(head, "Connection").contains("close"))
            text += u" close"_s;
        answers.append(text);
    }
    return answers.join(u", ");
}

// Answers with the target and the body of the request, and 404 to those that contain "none".
void echo(Side &side)
{
    side.server->setRequestHandler([](const WsRequest &request) {
        if (request.isWebSocketUpgrade())
            return WsResponse(request.path() == u"/chat"_s ? 101 : 403);
        if (request.path().contains(u"none"_s))
            return WsResponse::notFound();
        return WsResponse::text(request.target() + (request.body().isEmpty() ? "" : " " + request.body()));
    });
}

// Answers later, one after the other.
struct Later
{
    explicit Later(Side &side)
    {
        side.server->setRequestHandler([this](const WsRequest &request) {
            asked.append(QString::fromLatin1(request.target()));
            promises.emplace_back();
            promises.back().start();
            return promises.back().future();
        });
    }
    void answer(size_t index, const WsResponse &response)
    {
        promises[index].addResult(response);
        promises[index].finish();
        settle();
    }

    QStringList asked;
    std::vector<QPromise<WsResponse>> promises;
};

WsAdmission &admissionOf(Side &side)
{
    return WsServerPrivate::of(side.server.get())->home->admission;
}

bool isPlaceFree(Side &side)
{
    side.server->setMaxConnections(1);
    const QHostAddress other(u"192.0.2.7"_s);
    const WsAdmission::Number number = admissionOf(side).enter(other);
    const bool isFree = !admissionOf(side).admit(number, other);
    if (isFree) {
        admissionOf(side).removeConnection(other);
        admissionOf(side).endUndecided();
    } else {
        admissionOf(side).leave(number);
    }
    return isFree;
}

// A file with \a content in a folder that is removed with it.
struct ServedFile
{
    explicit ServedFile(const QByteArray &content, const QString &name = u"a.txt"_s)
        : path(folder.filePath(name))
    {
        QFile file(path);
        isWritten = file.open(QIODevice::WriteOnly) && file.write(content) == content.size();
    }
    void truncate(qint64 size) { QFile(path).resize(size); }

    QTemporaryDir folder;
    QString path;
    bool isWritten = false;
};
} // namespace

class TestWsServerOpeningHttp : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void requestsAreAnsweredInTheirOrder_data();
    void requestsAreAnsweredInTheirOrder();
    void nextRequestWaitsForTheAnswerToTheLast();
    void connectionIsKeptOrNot_data();
    void connectionIsKeptOrNot();
    void webSocketFollowsRequests();
    void silenceAfterAnAnswerEndsTheConnection();
    void emptyLineAfterARequestIsSilence();
    void crOfNoEmptyLineIsRefused();
    void silenceBeginsWhenTheAnswerIsTaken();
    void requestThatHasBegunHasItsOwnTime();
    void requestThatWaitsForTheThreadIsNotLate();
    void idleClientHasNoPlace();
    void idleClientGivesWayAtOnce();
    void idleClientThatIsNotSilentGivesNoWay();
    void idleClientIsClosedWithTheServer();
    void idleConnectionKeepsNothing();
    void answerIsSentToItsEndWhenTheServerCloses();
    void clientThatGoesWhileItIsAnsweredEndsIt();
    void eachRequestIsOneLineOfTheLog();
    void tenThousandRequestsAtOnceAreAnswered();
    void answerThatComesTooLateIsNotForTheNextRequest();
    void nextRequestIsForTheHandlerOfNow();

    void bodyComesWithTheRequest_data();
    void bodyComesWithTheRequest();
    void bodyIsRefused_data();
    void bodyIsRefused();
    void handlerIsAskedWhenTheBodyIsComplete();
    void bodyIsFreedWithTheAnswer();
    void continueIsSentBeforeTheBody_data();
    void continueIsSentBeforeTheBody();
    void slowBodyIsRefused();
    void bodyThatIsFastEnoughMayTakeLong();
    void bodyDoesNotHoldUpTheEndOfTheServer();
    void clientMayGoWithinABody();

    void fileIsSentAsTheClientTakesIt();
    void fileThatIsNotTakenEndsTheConnection();
    void fileThatShrinksEndsTheConnection();
    void fileIsNotReadForAClientThatHasGone();
    void headOfAFileHasNoBody();
    void fileIsNotSentTwice();
    void missingFileIs404();
    void fileThatDoesNotFitIsARefusal_data();
    void fileThatDoesNotFitIsARefusal();
};

void TestWsServerOpeningHttp::requestsAreAnsweredInTheirOrder_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("answers");
    QTest::newRow("one") << get("/1") << u"200 '/1'"_s;
    QTest::newRow("three") << get("/1") + get("/none") + get("/3")
                           << u"200 '/1', 404 'Not Found', 200 '/3'"_s;
    QTest::newRow("with bodies") << post("a") + chunked("1\r\nb\r\n0\r\n\r\n") + get("/3")
                                 << u"200 '/p a', 200 '/p b', 200 '/3'"_s;
    QTest::newRow("with empty lines between them")
        << get("/1") + "\r\n" + get("/2") + "\r\n\r\n" + get("/3") << u"200 '/1', 200 '/2', 200 '/3'"_s;
    QTest::newRow("until one asks for the end")
        << get("/1") + get("/2", "Connection: close\r\n") + get("/3") << u"200 '/1', 200 '/2' close"_s;
    QTest::newRow("until one is broken")
        << get("/1") + "GET /\r\n\r\n" + get("/3")
        << u"200 '/1', 400 'request line is not a method, a target and a version, "
           "parted by one space each' close"_s;
    QTest::newRow("until a body is longer than announced")
        << post("a") + "bc\r\n\r\n" + get("/3")
        << u"200 '/p a', 400 'request line is not a method, a target and a version, parted by one space "
           u"each' "
           "close"_s;
    QTest::newRow("until a WebSocket is refused")
        << get("/1") + upgradeRequest().replace("/chat", "/no") + get("/3") << u"200 '/1', 403 close"_s;
    QTest::newRow("and then a WebSocket") << get("/1") + upgradeRequest() << u"200 '/1', 101"_s;
}

void TestWsServerOpeningHttp::requestsAreAnsweredInTheirOrder()
{
    QFETCH(const QByteArray, bytes);
    for (const Feeding feeding : {Whole, WholeToBuffers, ByteByByte}) {
        Side side(WsRole::Server, httpOptions());
        side.server->setMaxRequestBody(10);
        echo(side);
        side.start();
        side.setFeeding(feeding);
        side.feed(bytes);
        for (int i = 0; i < 10; ++i)
            settle();
        QTEST(answersIn(side.wire->written), "answers");
        QCOMPARE(side.fate(), u"kept"_s);
    }
}

void TestWsServerOpeningHttp::nextRequestWaitsForTheAnswerToTheLast()
{
    Side side(WsRole::Server, httpOptions());
    Later later(side);
    side.start();
    side.feed(get("/1") + get("/2"));
    settle();
    QCOMPARE(later.asked, QStringList{u"/1"_s});
    side.wire->room = 0;
    later.answer(0, WsResponse::text("one"));
    QCOMPARE(later.asked, QStringList{u"/1"_s}); // not before the client has taken it, either
    side.wire->takeAll();
    settle();
    QCOMPARE(later.asked, (QStringList{u"/1"_s, u"/2"_s}));
    later.answer(1, WsResponse::text("two"));
    QCOMPARE(answersIn(side.wire->written), u"200 'one', 200 'two'"_s);
}

void TestWsServerOpeningHttp::connectionIsKeptOrNot_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<QByteArray>("connection");
    QTest::addColumn<Scenario>("prepare");
    const Scenario none;
    const QByteArray old = "GET / HTTP/1.0\r\n";
    QTest::newRow("HTTP/1.1") << get("/") << ""_ba << none;
    QTest::newRow("HTTP/1.1 that says so") << get("/", "Connection: keep-alive\r\n") << ""_ba << none;
    QTest::newRow("HTTP/1.1 that asks for the end")
        << get("/", "Connection: close\r\n") << "close"_ba << none;
    QTest::newRow("HTTP/1.1 that asks for the end among others")
        << get("/", "Connection: TE, Close\r\n") << "close"_ba << none;
    QTest::newRow("HTTP/1.0") << old + "\r\n"
                              << "close"_ba << none;
    QTest::newRow("HTTP/1.0 that asks for more") << old + "Connection: Keep-Alive\r\n\r\n"
                                                 << "keep-alive"_ba << none;
    QTest::newRow("an answer of the application that refuses") << get("/none") << ""_ba << none;
    QTest::newRow("a request that is no upgrade")
        << get("/") << "Upgrade"_ba << Scenario([](Side &s) { s.server->setRequestHandler(nullptr); });
    QTest::newRow("an upgrade that is refused")
        << upgradeRequest().replace("/chat", "/none") << "close"_ba << none;
    QTest::newRow("a broken request") << "GET / HTTP/1.1\r\n\r\n"_ba
                                      << "close"_ba << none;
    QTest::newRow("a body that is not read") << post("body") << "close"_ba << none;
    QTest::newRow("an expectation that is not known") << get("/", "Expect: more\r\n") << "close"_ba << none;
    QTest::newRow("keepAliveTimeout is 0") << get("/") << "close"_ba << Scenario([](Side &s) {
        WsOptions options = httpOptions();
        options.setKeepAliveTimeout(0s);
        s.server->setOptions(options);
    });
}

void TestWsServerOpeningHttp::connectionIsKeptOrNot()
{
    QFETCH(const QByteArray, request);
    QFETCH(const QByteArray, connection);
    QFETCH(const Scenario, prepare);
    Side side(WsRole::Server, httpOptions());
    echo(side);
    if (prepare)
        prepare(side);
    side.start();
    side.feed(request);
    settle();
    const QByteArray answer = side.wire->takeWritten();
    QCOMPARE(headerOf(answer, "Connection"), connection);
    const bool isKept = connection != "close";
    QCOMPARE(side.wire->isShut, !isKept);
    side.feed(get("/2"));
    settle();
    QCOMPARE(side.wire->takeWritten().isEmpty(), !isKept);
}

void TestWsServerOpeningHttp::webSocketFollowsRequests()
{
    Side side(WsRole::Server, httpOptions());
    side.server->setMaxRequestBody(10);
    echo(side);
    side.start();
    side.feed(get("/1"));
    settle();
    side.feed(post("body"));
    settle();
    side.wire->takeWritten();
    side.feed(upgradeRequest() + fromPeerOf(WsRole::Server, {text("a")}));
    settle();
    QCOMPARE(side.told(), u"Open, opened, text a"_s);
    QCOMPARE(side.connection->request().target(), "/chat"_ba);
    QCOMPARE(side.connection->request().body(), QByteArray());
    pass(1h);
    QCOMPARE(side.connection->state(), Ws::Open); // neither of the time limits is left
    QCOMPARE(admissionOf(side).pendingCount(), 0);
}

void TestWsServerOpeningHttp::silenceAfterAnAnswerEndsTheConnection()
{
    Side side(WsRole::Server, httpOptions());
    echo(side);
    side.start();
    const auto rejected = std::make_shared<int>(0);
    QObject::connect(side.server.get(), &WsServer::connectionRejected, this, [rejected] { ++*rejected; });
    side.feed(get("/1"));
    settle();
    pass(4s);
    side.feed(get("/2"));
    settle();
    pass(4s);
    QCOMPARE(side.told(), QString());
    QCOMPARE(answersIn(side.wire->takeWritten()), u"200 '/1', 200 '/2'"_s);
    pass(1s);
    QCOMPARE(side.told(), u"Closed, closed 1006 '' unclean"_s);
    QCOMPARE(side.fate(), u"finished"_s);
    QCOMPARE(side.wire->written, QByteArray());
    QCOMPARE(*rejected, 0);
}

// RFC 9112 §2.2: it begins no request that could be late.
void TestWsServerOpeningHttp::emptyLineAfterARequestIsSilence()
{
    for (const Feeding feeding : {Whole, WholeToBuffers, ByteByByte}) {
        Side side(WsRole::Server, httpOptions());
        echo(side);
        side.start();
        side.setFeeding(feeding);
        const auto rejected = std::make_shared<int>(0);
        QObject::connect(side.server.get(), &WsServer::connectionRejected, this,
                         [rejected] { ++*rejected; });
        side.feed(get("/1") + "\r\n");
        settle();
        side.feed("\r\n\r\n");
        side.feed(get("/2"));
        settle();
        side.feed("\r\n");
        settle();
        QCOMPARE(answersIn(side.wire->takeWritten()), u"200 '/1', 200 '/2'"_s);
        pass(5s);
        QCOMPARE(side.told(), u"Closed, closed 1006 '' unclean"_s);
        pass(10s);
        QCOMPARE(side.wire->written, QByteArray());
        QCOMPARE(*rejected, 0);
    }
}

void TestWsServerOpeningHttp::crOfNoEmptyLineIsRefused()
{
    for (const Feeding feeding : {Whole, WholeToBuffers, ByteByByte}) {
        Side side(WsRole::Server, httpOptions());
        echo(side);
        side.start();
        side.setFeeding(feeding);
        side.feed(get("/1"));
        settle();
        side.wire->takeWritten();
        side.feed("\r" + get("/2"));
        settle();
        QVERIFY(side.wire->takeWritten().startsWith("HTTP/1.1 400 "));
    }
}

void TestWsServerOpeningHttp::silenceBeginsWhenTheAnswerIsTaken()
{
    Side side(WsRole::Server, httpOptions());
    echo(side);
    side.start();
    side.wire->inSystem = 100'000; // of the answer, which is in the system
    side.feed(get("/1"));
    settle();
    for (int i = 0; i < 5; ++i) {
        side.wire->inSystem -= 20'000;
        pass(2s);
    }
    QCOMPARE(side.fate(), u"kept"_s);
    pass(5s);
    QCOMPARE(side.fate(), u"finished"_s);
}

void TestWsServerOpeningHttp::requestThatHasBegunHasItsOwnTime()
{
    Side side(WsRole::Server, httpOptions());
    echo(side);
    side.start();
    side.feed(get("/1"));
    settle();
    side.wire->takeWritten();
    pass(4s);
    side.feed("GET /2");
    pass(9s);
    QCOMPARE(side.wire->written, QByteArray());
    pass(1s);
    QCOMPARE(answersIn(side.wire->takeWritten()), u"408 'no request within handshakeTimeout' close"_s);
}

void TestWsServerOpeningHttp::requestThatWaitsForTheThreadIsNotLate()
{
    Side side(WsRole::Server, httpOptions());
    echo(side);
    side.start();
    side.feed(get("/1"));
    settle();
    side.wire->takeWritten();
    side.wire->hasUnread = true;
    pass(5s);
    QCOMPARE(side.fate(), u"kept"_s);
    side.wire->hasUnread = false;
    side.feed(get("/2"));
    settle();
    QCOMPARE(answersIn(side.wire->takeWritten()), u"200 '/2'"_s);
}

void TestWsServerOpeningHttp::idleClientHasNoPlace()
{
    Side side(WsRole::Server, httpOptions());
    Later later(side);
    side.start();
    side.feed(get("/1"));
    QVERIFY(!isPlaceFree(side));
    later.answer(0, WsResponse::text("one"));
    QVERIFY(isPlaceFree(side));
    QCOMPARE(admissionOf(side).pendingCount(), 1);
    side.feed(get("/2"));
    QVERIFY(!isPlaceFree(side));
    QCOMPARE(admissionOf(side).pendingCount(), 0);
    later.answer(1, WsResponse::notFound());
    QVERIFY(isPlaceFree(side));
    side.wire->end();
    settle();
    QCOMPARE(admissionOf(side).pendingCount(), 0);
    QVERIFY(isPlaceFree(side));
}

// It has been served. One that has not been asks for some patience.
void TestWsServerOpeningHttp::idleClientGivesWayAtOnce()
{
    Side side(WsRole::Server, httpOptions());
    echo(side);
    side.server->setMaxPendingHandshakes(1);
    side.start();
    const auto rejected = std::make_shared<int>(0);
    QObject::connect(side.server.get(), &WsServer::connectionRejected, this, [rejected] { ++*rejected; });
    side.feed(get("/1"));
    settle();
    QVERIFY(admissionOf(side).enter(QHostAddress(u"192.0.2.7"_s)) > 0);
    settle();
    QCOMPARE(side.told(), u"Closed, closed 1006 '' unclean"_s);
    QCOMPARE(*rejected, 0);
}

void TestWsServerOpeningHttp::idleClientThatIsNotSilentGivesNoWay()
{
    Side side(WsRole::Server, httpOptions());
    echo(side);
    side.server->setMaxPendingHandshakes(1);
    side.start();
    side.feed(get("/1"));
    settle();
    side.wire->hasUnread = true;
    QVERIFY(admissionOf(side).enter(QHostAddress(u"192.0.2.7"_s)) > 0);
    settle();
    QCOMPARE(side.fate(), u"kept"_s);
}

void TestWsServerOpeningHttp::idleClientIsClosedWithTheServer()
{
    Side side(WsRole::Server, httpOptions());
    echo(side);
    side.start();
    side.feed(get("/1"));
    settle();
    QSignalSpy closed(side.server.get(), &WsServer::closed);
    side.server->close();
    settle();
    QVERIFY(!side.connection);
    QCOMPARE(closed.size(), 1);
}

void TestWsServerOpeningHttp::idleConnectionKeepsNothing()
{
    Side side(WsRole::Server, httpOptions());
    echo(side);
    side.start();
    side.feed(get("/1", "X: " + QByteArray(300, 'x') + "\r\n"));
    settle();
    QVERIFY(side.data().requestHead.isEmpty());
    QCOMPARE(side.connection->request().target(), QByteArray());
}

void TestWsServerOpeningHttp::answerIsSentToItsEndWhenTheServerCloses()
{
    Side side(WsRole::Server, httpOptions());
    echo(side);
    side.prepareWire = [](FakeWire &wire) { wire.room = 5; };
    side.start();
    side.feed(get("/1"));
    side.server->close();
    settle();
    QCOMPARE(side.fate(), u"kept"_s);
    side.wire->takeAll();
    settle();
    QCOMPARE(answersIn(side.wire->takeWritten()), u"200 '/1'"_s);
    QVERIFY(side.wire->isShut);
    side.wire->end();
    settle();
    QCOMPARE(side.fate(), u"finished"_s);
}

void TestWsServerOpeningHttp::clientThatGoesWhileItIsAnsweredEndsIt()
{
    Side side(WsRole::Server, httpOptions());
    echo(side);
    side.prepareWire = [](FakeWire &wire) { wire.room = 5; };
    side.start();
    side.feed(get("/1"));
    side.wire->end();
    settle();
    QCOMPARE(side.told(), u"Closed, closed 1006 '' unclean"_s);
}

void TestWsServerOpeningHttp::eachRequestIsOneLineOfTheLog()
{
    LogLines lines("wskit.handshake");
    {
        Side side(WsRole::Server, httpOptions());
        echo(side);
        side.start();
        side.feed(get("/1") + get("/none") + upgradeRequest());
        settle();
    }
    {
        Side side(WsRole::Server, httpOptions());
        echo(side);
        side.start();
        side.feed(get("/1"));
        settle();
        side.feed("GET"); // and the server goes
    }
    QCOMPARE(
        lines.all(),
        (QStringList{
            u"answered 192.0.2.1:1000 with 200: GET \"/1\""_s,
            u"refused 192.0.2.1:1000 with 404: the request handler refused GET of \"/none\" with 404"_s,
            u"accepted 192.0.2.1:1000 with 101: GET \"/chat\""_s,
            u"answered 192.0.2.1:1000 with 200: GET \"/1\""_s,
            u"refused 192.0.2.1:1000: the server ended the connection before its request was answered"_s}));
}

void TestWsServerOpeningHttp::tenThousandRequestsAtOnceAreAnswered()
{
    constexpr int Count = 10'000;
    Side side(WsRole::Server, httpOptions());
    int asked = 0;
    side.server->setRequestHandler([&asked](const WsRequest &) {
        ++asked;
        return WsResponse(200);
    });
    side.start();
    side.feed(get("/").repeated(Count));
    QVERIFY(side.wire->unread.size() > get("/").size() * (Count - 100)); // it stays in the system
    for (int i = 0; i < Count && asked < Count; ++i)
        settle();
    settle();
    QCOMPARE(asked, Count);
    QCOMPARE(side.wire->written.count("HTTP/1.1 200"), Count);
    QCOMPARE(side.fate(), u"kept"_s);
}

void TestWsServerOpeningHttp::answerThatComesTooLateIsNotForTheNextRequest()
{
    Side side(WsRole::Server, httpOptions());
    Later later(side);
    side.start();
    side.feed(get("/1") + get("/2"));
    pass(10s);
    later.answer(0, WsResponse::text("secret of 1"));
    pass(0s);
    QCOMPARE(answersIn(side.wire->written),
             u"503 'the request handler did not answer within handshakeTimeout' close"_s);
    QCOMPARE(later.asked, QStringList{u"/1"_s});
}

// What the earlier handler uses may not exist any more.
void TestWsServerOpeningHttp::nextRequestIsForTheHandlerOfNow()
{
    Side side(WsRole::Server, httpOptions());
    side.server->setRequestHandler([](const WsRequest &) { return WsResponse::text("first"); });
    side.start();
    side.feed(get("/") + get("/"));
    side.server->setRequestHandler([](const WsRequest &) { return WsResponse::text("second"); });
    settle();
    QCOMPARE(answersIn(side.wire->takeWritten()), u"200 'first', 200 'second'"_s);
    side.server->setMaxRequestBody(10);
    side.feed(post("body"));
    settle();
    QCOMPARE(answersIn(side.wire->takeWritten()), u"200 'second'"_s);
}

// --- bodies

void TestWsServerOpeningHttp::bodyComesWithTheRequest_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<QString>("answer");
    QTest::newRow("length") << post("hello") << u"200 '/p hello'"_s;
    QTest::newRow("length of 0") << post("") << u"200 '/p'"_s;
    QTest::newRow("chunks") << chunked("3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nA: b\r\n\r\n") << u"200 '/p hello'"_s;
    QTest::newRow("the largest") << post("0123456789") << u"200 '/p 0123456789'"_s;
    QTest::newRow("of another method") << post("a").replace("POST", "DELETE") << u"200 '/p a'"_s;
    QTest::newRow("of HTTP/1.0") << post("a").replace("HTTP/1.1", "HTTP/1.0") << u"200 '/p a' close"_s;
}

void TestWsServerOpeningHttp::bodyComesWithTheRequest()
{
    QFETCH(const QByteArray, request);
    for (const Feeding feeding : {Whole, WholeToBuffers, ByteByByte}) {
        Side side(WsRole::Server, httpOptions());
        side.server->setMaxRequestBody(10);
        echo(side);
        side.start();
        side.setFeeding(feeding);
        side.feed(request);
        settle();
        QTEST(answersIn(side.wire->written), "answer");
    }
}

void TestWsServerOpeningHttp::bodyIsRefused_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<QString>("answer");
    QTest::newRow("larger than it may be")
        << post("0123456789a")
        << u"413 'body of the request has \"11\" bytes, and maxRequestBody is 10' close"_s;
    QTest::newRow("larger, in chunks")
        << chunked("6\r\n012345\r\n6\r\n")
        << u"413 'body of the request is larger than maxRequestBody (10 bytes)' close"_s;
    QTest::newRow("broken chunk") << chunked("x\r\n")
                                  << u"400 'the size of a chunk is not a hexadecimal number: \"x\"' close"_s;
    QTest::newRow("endless extension")
        << chunked("1;" + QByteArray(1'000'000, 'x'))
        << u"400 'extensions of chunks and trailers are larger than maxHandshakeSize' close"_s;
    QTest::newRow("endless small extensions")
        << chunked(QByteArray("1;" + QByteArray(100, 'x') + "\r\na\r\n").repeated(10))
        << u"400 'extensions of chunks and trailers are larger than maxHandshakeSize' close"_s;
    QTest::newRow("both lengths") << chunked("", "Content-Length: 5\r\n")
                                  << u"400 'request has both Content-Length and Transfer-Encoding' close"_s;
    QTest::newRow("two lengths")
        << post("a", "Content-Length: 2\r\n")
        << u"400 'Content-Length header appears more than once: \"1\", \"2\"' close"_s;
    QTest::newRow("another coding") << chunked("").replace(
        "chunked",
        "gzip, chunked") << u"501 'Transfer-Encoding is \"gzip, chunked\" instead of chunked' close"_s;
    QTest::newRow("chunked is not the last")
        << chunked("").replace("chunked", "chunked, gzip")
        << u"400 'Transfer-Encoding is \"chunked, gzip\" instead of chunked' close"_s;
    QTest::newRow("chunks of HTTP/1.0") << chunked("").replace("HTTP/1.1", "HTTP/1.0")
                                        << u"400 'request of HTTP/1.0 has a Transfer-Encoding' close"_s;
    QTest::newRow("of an upgrade") << upgradeRequest("Content-Length: 1\r\n") + "a"
                                   << u"400 'upgrade request has a body' close"_s;
    QTest::newRow("not wanted after all, before it comes")
        << post("0123456789a", "Expect: 100-continue\r\n").chopped(11)
        << u"413 'body of the request has \"11\" bytes, and maxRequestBody is 10' close"_s;
}

void TestWsServerOpeningHttp::bodyIsRefused()
{
    QFETCH(const QByteArray, request);
    for (const Feeding feeding : {Whole, WholeToBuffers}) {
        Side side(WsRole::Server, httpOptions());
        side.server->setMaxRequestBody(10);
        int asked = 0;
        side.server->setRequestHandler([&asked](const WsRequest &) {
            ++asked;
            return WsResponse(200);
        });
        side.start();
        side.setFeeding(feeding);
        side.feed(request + get("/smuggled"));
        settle();
        QTEST(answersIn(side.wire->written), "answer");
        QCOMPARE(asked, 0);
        QVERIFY(side.wire->isShut);
    }
}

void TestWsServerOpeningHttp::handlerIsAskedWhenTheBodyIsComplete()
{
    Side side(WsRole::Server, httpOptions());
    side.server->setMaxRequestBody(10);
    Later later(side);
    side.start();
    side.feed(post("hello").chopped(1));
    settle();
    QCOMPARE(later.asked, QStringList());
    QVERIFY(!isPlaceFree(side)); // it has one already
    side.feed("o" + get("/2"));
    QCOMPARE(later.asked, QStringList{u"/p"_s});
    QCOMPARE(side.connection->request().body(), "hello"_ba);
}

void TestWsServerOpeningHttp::bodyIsFreedWithTheAnswer()
{
    Side side(WsRole::Server, httpOptions());
    side.server->setMaxRequestBody(10);
    Later later(side);
    side.prepareWire = [](FakeWire &wire) { wire.room = 0; };
    side.start();
    side.feed(post("hello"));
    QCOMPARE(side.connection->request().body(), "hello"_ba);
    later.answer(0, WsResponse::text("one"));
    QCOMPARE(side.connection->request().body(), QByteArray());
    QVERIFY(!side.data().requestDetails);
}

void TestWsServerOpeningHttp::continueIsSentBeforeTheBody_data()
{
    QTest::addColumn<QByteArray>("head");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("interim");
    const QByteArray expecting = post("hello", "Expect: 100-continue\r\n").chopped(5);
    const QByteArray interim = "HTTP/1.1 100 Continue\r\n\r\n";
    QTest::newRow("if it is expected") << expecting << "hello"_ba << interim;
    QTest::newRow("in another case") << post("hello", "expect: 100-Continue\r\n").chopped(5) << "hello"_ba
                                     << interim;
    QTest::newRow("of chunks") << chunked("", "Expect: 100-continue\r\n") << "1\r\na\r\n0\r\n\r\n"_ba
                               << interim;
    QTest::newRow("not if it is there already") << expecting + "h"
                                                << "ello"_ba
                                                << ""_ba;
    QTest::newRow("not if it is not expected") << post("hello").chopped(5) << "hello"_ba
                                               << ""_ba;
    QTest::newRow("not by HTTP/1.0") << QByteArray(expecting).replace("HTTP/1.1", "HTTP/1.0") << "hello"_ba
                                     << ""_ba;
}

void TestWsServerOpeningHttp::continueIsSentBeforeTheBody()
{
    QFETCH(const QByteArray, head);
    QFETCH(const QByteArray, body);
    Side side(WsRole::Server, httpOptions());
    side.server->setMaxRequestBody(10);
    echo(side);
    side.start();
    side.feed(head);
    settle();
    QTEST(side.wire->takeWritten(), "interim");
    side.feed(body);
    settle();
    QVERIFY(answersIn(side.wire->takeWritten()).startsWith(u"200 '/p "_s));
}

void TestWsServerOpeningHttp::slowBodyIsRefused()
{
    Side side(WsRole::Server, httpOptions());
    side.server->setMaxRequestBody(1'000'000);
    echo(side);
    side.start();
    side.feed(post(QByteArray(1'000'000, 'x')).first(200));
    for (int second = 0; second < 11; ++second) { // some all the time, but too little
        pass(1s);
        side.feed(QByteArray(100, 'x'));
    }
    QCOMPARE(answersIn(side.wire->written),
             u"408 'the body of the request came too slowly for handshakeTimeout' close"_s);
}

void TestWsServerOpeningHttp::bodyThatIsFastEnoughMayTakeLong()
{
    Side side(WsRole::Server, httpOptions());
    side.server->setMaxRequestBody(1'000'000);
    echo(side);
    side.start();
    side.feed(post(QByteArray(200'000, 'x')).chopped(200'000));
    for (int i = 0; i < 20; ++i) {
        pass(9s);
        QCOMPARE(side.wire->written, QByteArray());
        side.feed(QByteArray(10'000, 'x'));
    }
    settle();
    QVERIFY(side.wire->written.startsWith("HTTP/1.1 200 "));
}

// However fast it comes.
void TestWsServerOpeningHttp::bodyDoesNotHoldUpTheEndOfTheServer()
{
    Side side(WsRole::Server, httpOptions());
    side.server->setMaxRequestBody(1'000'000);
    echo(side);
    side.start();
    side.feed(post(QByteArray(200'000, 'x')).chopped(200'000));
    pass(2s);
    side.feed(QByteArray(10'000, 'x'));
    side.server->close();
    pass(500ms); // when its progress is looked at
    side.feed(QByteArray(10'000, 'x'));
    pass(499ms);
    QCOMPARE(side.wire->written, QByteArray());
    pass(1ms);
    settle();
    QCOMPARE(answersIn(side.wire->takeWritten()), u"503 'the server is shutting down' close"_s);
}

void TestWsServerOpeningHttp::clientMayGoWithinABody()
{
    Side side(WsRole::Server, httpOptions());
    side.server->setMaxRequestBody(10);
    echo(side);
    side.start();
    QSignalSpy rejected(side.server.get(), &WsServer::connectionRejected);
    side.feed(post("hello").chopped(1));
    side.wire->end();
    settle();
    QCOMPARE(side.told(), u"Closed, closed 1006 '' unclean"_s);
    QCOMPARE(rejected.size(), 1);
    QCOMPARE(side.wire->written, QByteArray());
}

// --- files

void TestWsServerOpeningHttp::fileIsSentAsTheClientTakesIt()
{
    const ServedFile file(QByteArray(1'000'000, 'x'));
    QVERIFY(file.isWritten);
    Side side(WsRole::Server, httpOptions());
    side.server->setRequestHandler([&](const WsRequest &) { return WsResponse::file(file.path); });
    side.prepareWire = [](FakeWire &wire) { wire.room = 1000; };
    side.start();
    side.feed(get("/") + get("/"));
    settle();
    QVERIFY(side.link().queuedAmount() <= WsServedFile::PieceSize + 1000);
    while (side.wire->written.size() < 1'000'000) {
        const qsizetype before = side.wire->written.size();
        side.wire->take(10'000);
        settle();
        QVERIFY(side.wire->written.size() > before);
        QVERIFY(side.link().queuedAmount() <= WsServedFile::PieceSize);
    }
    side.wire->takeAll();
    for (int i = 0; i < 10; ++i)
        settle();
    const QByteArray head = side.wire->written.first(side.wire->written.indexOf("\r\n\r\n") + 2);
    QCOMPARE(headerOf(head, "Content-Length"), "1000000"_ba);
    QCOMPARE(headerOf(head, "Content-Type"), "text/plain; charset=utf-8"_ba);
    QCOMPARE(side.wire->written.size(), 2 * (head.size() + 2 + 1'000'000));
    QCOMPARE(side.fate(), u"kept"_s);
}

void TestWsServerOpeningHttp::fileThatIsNotTakenEndsTheConnection()
{
    const ServedFile file(QByteArray(1'000'000, 'x'));
    Side side(WsRole::Server, httpOptions());
    side.server->setRequestHandler([&](const WsRequest &) { return WsResponse::file(file.path); });
    side.prepareWire = [](FakeWire &wire) { wire.room = 1000; };
    side.start();
    side.feed(get("/"));
    for (int i = 0; i < 10; ++i) {
        side.wire->take(10'000);
        pass(3s);
        QCOMPARE(side.fate(), u"kept"_s);
    }
    pass(4s);
    QCOMPARE(side.fate(), u"cut"_s);
}

void TestWsServerOpeningHttp::fileThatShrinksEndsTheConnection()
{
    ServedFile file(QByteArray(300'000, 'x'));
    Side side(WsRole::Server, httpOptions());
    side.server->setRequestHandler([&](const WsRequest &) { return WsResponse::file(file.path); });
    side.prepareWire = [](FakeWire &wire) { wire.room = 1000; };
    side.start();
    side.feed(get("/"));
    settle();
    file.truncate(100'000);
    LogLines lines("wskit.net");
    side.wire->takeAll();
    for (int i = 0; i < 10; ++i)
        settle();
    QCOMPARE(side.fate(), u"cut"_s);
    QVERIFY(side.wire->written.size() < 110'000);
    QCOMPARE(lines.all().filter(u"has become shorter"_s).size(), 1);
}

void TestWsServerOpeningHttp::fileIsNotReadForAClientThatHasGone()
{
    const ServedFile file(QByteArray(1'000'000, 'x'));
    for (const char *headers : {"", "Connection: close\r\n"}) {
        Side side(WsRole::Server, httpOptions());
        side.server->setRequestHandler([&](const WsRequest &) { return WsResponse::file(file.path); });
        side.prepareWire = [](FakeWire &wire) { wire.room = 1000; };
        side.start();
        side.feed(get("/", headers));
        settle();
        side.wire->end();
        for (int i = 0; i < 3; ++i)
            settle();
        QVERIFY(!side.connection);
    }
}

void TestWsServerOpeningHttp::headOfAFileHasNoBody()
{
    WsHttpDate::replace([] { return qint64(784111777); });
    const ServedFile file("hello");
    Side side(WsRole::Server, httpOptions());
    side.server->setRequestHandler([&](const WsRequest &) { return WsResponse::file(file.path); });
    side.start();
    side.feed(get("/").replace("GET", "HEAD"));
    settle();
    const QByteArray head = side.wire->takeWritten();
    QVERIFY(head.startsWith("HTTP/1.1 200 OK\r\n") && head.endsWith("\r\n\r\n"));
    QCOMPARE(headerOf(head, "Content-Length"), "5"_ba);
    side.feed(get("/"));
    settle();
    const QByteArray whole = side.wire->takeWritten();
    WsHttpDate::replace(nullptr);
    QCOMPARE(whole.chopped(5), head);
    QVERIFY(whole.endsWith("\r\n\r\nhello"));
}

void TestWsServerOpeningHttp::fileIsNotSentTwice()
{
    const ServedFile file("hello");
    Side side(WsRole::Server, httpOptions());
    side.server->setRequestHandler([&](const WsRequest &) { return WsResponse::file(file.path); });
    side.start();
    side.feed(get("/"));
    settle();
    const QByteArray first = side.wire->takeWritten();
    side.feed(get("/", "If-None-Match: " + headerOf(first, "ETag") + "\r\n"));
    settle();
    const QByteArray byTag = side.wire->takeWritten();
    QVERIFY(byTag.startsWith("HTTP/1.1 304 Not Modified\r\n") && byTag.endsWith("\r\n\r\n"));
    QCOMPARE(headerOf(byTag, "ETag"), headerOf(first, "ETag"));
    QVERIFY(headerOf(byTag, "Content-Length").isNull());
    side.feed(get("/", "If-Modified-Since: " + headerOf(first, "Last-Modified") + "\r\n"));
    settle();
    QVERIFY(side.wire->takeWritten().startsWith("HTTP/1.1 304 "));
    side.feed(get("/", "Range: bytes=1-3\r\n"));
    settle();
    const QByteArray part = side.wire->takeWritten();
    QVERIFY(part.startsWith("HTTP/1.1 206 Partial Content\r\n") && part.endsWith("\r\n\r\nell"));
    QCOMPARE(headerOf(part, "Content-Range"), "bytes 1-3/5"_ba);
    side.feed(get("/", "Range: bytes=5-\r\n"));
    settle();
    const QByteArray nothing = side.wire->takeWritten();
    QVERIFY(nothing.startsWith("HTTP/1.1 416 "));
    QCOMPARE(headerOf(nothing, "Content-Range"), "bytes */5"_ba);
    QCOMPARE(headerOf(nothing, "Content-Length"), "0"_ba);
}

void TestWsServerOpeningHttp::missingFileIs404()
{
    const QTemporaryDir folder;
    for (const QString &path : {folder.filePath(u"none"_s), folder.path()}) {
        Side side(WsRole::Server, httpOptions());
        side.server->setRequestHandler([&](const WsRequest &) { return WsResponse::file(path); });
        side.start();
        QSignalSpy rejected(side.server.get(), &WsServer::connectionRejected);
        side.feed(get("/"));
        settle();
        QCOMPARE(answersIn(side.wire->written), u"404 'Not Found'"_s);
        QCOMPARE(rejected.size(), 1);
    }
}

void TestWsServerOpeningHttp::fileThatDoesNotFitIsARefusal_data()
{
    QTest::addColumn<QByteArray>("headers");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("text");
    QTest::newRow("412") << "If-Match: \"another\"\r\n"_ba << 412
                         << u"the request is for another version of the file"_s;
    QTest::newRow("416") << "Range: bytes=5-\r\n"_ba << 416
                         << u"the file ends before the range that the request asks for"_s;
}

void TestWsServerOpeningHttp::fileThatDoesNotFitIsARefusal()
{
    QFETCH(const QByteArray, headers);
    QFETCH(const int, status);
    const ServedFile file("hello");
    Side side(WsRole::Server, httpOptions());
    side.server->setRequestHandler([&](const WsRequest &) { return WsResponse::file(file.path); });
    side.start();
    QList<WsError> rejected;
    QObject::connect(side.server.get(), &WsServer::connectionRejected, side.server.get(),
                     [&](const WsError &error) { rejected.append(error); });
    side.feed(get("/", headers));
    settle();
    QVERIFY(side.wire->takeWritten().startsWith("HTTP/1.1 " + QByteArray::number(status) + ' '));
    QCOMPARE(rejected.size(), 1);
    QCOMPARE(rejected.constFirst().httpStatus(), status);
    QTEST(rejected.constFirst().text(), "text");
    QCOMPARE(side.server->statistics().rejected, (QMap<int, qint64>{{status, 1}}));
}

#include "../testprogram.h"
WSKIT_TEST(TestWsServerOpeningHttp)
#include "tst_wsserveropening_http.moc"
