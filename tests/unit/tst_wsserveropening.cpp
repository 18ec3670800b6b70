// SPDX-License-Identifier: MIT

// Every way in which a server's opening handshake goes, fed in one piece and byte by byte.

#include "net/server/wsserveropening.h"

#include "connectiontesting.h"
#include "net/server/wshttpdate.h"

#include <QtCore/qloggingcategory.h>
#include <QtCore/qpromise.h>

#include <limits>

using namespace ConnectionTesting;
using Scenario = std::function<void(Side &)>;

namespace {
WsOptions smallOptions()
{
    WsOptions options;
    options.setHandshakeTimeout(10s);
    options.setCloseTimeout(5s);
    options.setMaxHandshakeSize(512);
    return options;
}

void addColumns()
{
    QTest::addColumn<Scenario>("prepare");
    QTest::addColumn<Scenario>("happens");
    QTest::addColumn<QString>("told");
    QTest::addColumn<QString>("answer");
    QTest::addColumn<QString>("fate");
}

void row(const char *name, const char *told, const char *answer, const char *fate, const Scenario &happens,
         const Scenario &prepare = {})
{
    QTest::newRow(name) << prepare << happens << QString::fromUtf8(told) << QString::fromUtf8(answer)
                        << QString::fromUtf8(fate);
}

Scenario requesting(const QByteArray &bytes)
{
    return [bytes](Side &s) { s.feed(bytes); };
}

Scenario requestingThen(const QByteArray &bytes, const Scenario &then)
{
    return [bytes, then](Side &s) {
        s.feed(bytes);
        then(s);
    };
}

void end(Side &side)
{
    side.wire->end();
}

void halfEnd(Side &side)
{
    side.wire->halfEnd();
}

void reset(Side &side)
{
    side.wire->reset();
}

void timeOut(Side &)
{
    pass(10s);
}

// What the server tells goes between what its connection tells.
void logServer(Side &side)
{
    WsServer *const server = side.server.get();
    const auto add = [&side](const QString &event) { side.log->all.append(event); };
    QObject::connect(server, &WsServer::newConnection, server, [add] { add(u"new"_s); });
    QObject::connect(server, &WsServer::errorOccurred, server, [add] { add(u"misuse"_s); });
    QObject::connect(server, &WsServer::connectionRejected, server, [add](const WsError &error) {
        add(u"rejected %1"_s.arg(error.httpStatus() > 0 ? QString::number(error.httpStatus())
                                                        : nameOfValue(error.kind())));
    });
}

// The status of an HTTP answer, and the frames after one that accepts.
QString answerIn(const QByteArray &bytes)
{
    if (bytes.isEmpty())
        return {};
    const QString status =
        bytes.startsWith("HTTP/1.1 ") ? QString::fromLatin1(bytes.sliced(9, 3)) : u"no HTTP"_s;
    const qsizetype headEnd = bytes.indexOf("\r\n\r\n");
    if (headEnd < 0)
        return status + u" in part"_s;
    const QByteArray rest = bytes.sliced(headEnd + 4);
    return status != u"101" || rest.isEmpty() ? status : status + u", "_s + describedFrames(rest);
}

Scenario handling(const WsServer::RequestHandler &handler)
{
    return [handler](Side &s) { s.server->setRequestHandler(handler); };
}

// Answers later: to be fulfilled by the test.
using Promise = std::shared_ptr<QPromise<WsResponse>>;

Promise handleLater(Side &side)
{
    auto promise = std::make_shared<QPromise<WsResponse>>();
    promise->start();
    side.server->setRequestHandler([promise](const WsRequest &) { return promise->future(); });
    return promise;
}

void fulfil(const Promise &promise, const WsResponse &response)
{
    promise->addResult(response);
    promise->finish();
}
} // namespace

using Condition = bool FakeWire::*;
Q_DECLARE_METATYPE(Condition)

class TestWsServerOpening : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void accepts_data();
    void accepts();
    void refuses_data();
    void refuses() { accepts(); }
    void refusesByItsHandler_data();
    void refusesByItsHandler() { accepts(); }
    void refusesByAFuture_data();
    void refusesByAFuture() { accepts(); }
    void clientGoesBeforeTheAnswer_data();
    void clientGoesBeforeTheAnswer() { accepts(); }
    void timeRunsOut_data();
    void timeRunsOut() { accepts(); }
    void requestThatWaitsForItsTurnIsInTime_data();
    void requestThatWaitsForItsTurnIsInTime() { accepts(); }
    void answers_data();
    void answers() { accepts(); }
    void serverCloses_data();
    void serverCloses() { accepts(); }
    void handlerAnswersLate_data();
    void handlerAnswersLate() { accepts(); }

    void nothingIsReadWhileTheHandlerThinks();
    void handlerMayDeleteTheServer_data();
    void handlerMayDeleteTheServer();
    void futureMayOutliveTheServer();
    void connectionHandlerMayDeleteIt();
    void endThatCameFirstLeavesNothing();
    void settingsAreThoseOfTheArrival();
    void urlOfALinkLocalAddressHasItsZone();
    void hostThatIsNotAllowedIsRefusedBeforeTheHandler();
    void whatIsBehindTheHeadIsNotKept();
    void whatIsBeyondTheLargestHeadIsNotRead();
    void largestHeadMayBeOfAnySize();
    void answerHasTheDate();
    void oldestPendingClientGivesWay();
    void nobodyGivesWayAtOnce();
    void clientThatIsNotReadyIsCutWithoutAnAnswer();
    void clientThatHasGotOnGivesNoWay_data();
    void clientThatHasGotOnGivesNoWay();
    void clientThatIsNotSilentGivesNoWay_data();
    void clientThatIsNotSilentGivesNoWay();
    void onlyARequestKeepsOneOfTooManyOfAnAddress_data();
    void onlyARequestKeepsOneOfTooManyOfAnAddress();
    void errorThatTlsForgetsFails();
    void clientThatHasNotBegunGivesWayLate();
    void roomIsToldOnceItIsThere();
    void clientWithARequestGivesNoWay();
    void refusedClientGivesWay();
    void refusedClientGivesItsPlaceBack_data();
    void refusedClientGivesItsPlaceBack();
    void pendingClientsOfOneAddressAreLimited();
    void socketThatOutlivesARefusalIsPending();
    void everyOutcomeIsOneLineOfTheLog_data();
    void everyOutcomeIsOneLineOfTheLog();
    void logHasNoSecrets();
};

void TestWsServerOpening::accepts_data()
{
    addColumns();
    const QByteArray behind = fromPeerOf(WsRole::Server, {text("a"), ping("b")});
    const QByteArray close = fromPeerOf(WsRole::Server, {text("a"), closing(1000, "bye")});
    const QByteArray broken = fromPeerOf(WsRole::Server, {frame(0x3)});
    row("at once", "new, Open, opened", "101", "kept", requesting(upgradeRequest()));
    row("after an empty line", "new, Open, opened", "101", "kept", requesting("\r\n" + upgradeRequest()));
    row("by the handler", "new, Open, opened", "101", "kept", requesting(upgradeRequest()),
        handling([](const WsRequest &r) { return WsResponse(r.target() == "/chat" ? 101 : 404); }));
    row("by a future that has its answer", "new, Open, opened", "101", "kept", requesting(upgradeRequest()),
        [](Side &s) { fulfil(handleLater(s), WsResponse::accept()); });
    for (const char *host : {"[fe80::1%25eth0]:9001", "[fe80::1%eth0]", "[fe80::1]:9001"}) {
        row(host, "new, Open, opened", "101", "kept",
            requesting(upgradeRequest().replace("example.com", host)));
    }
    row("then the end of TCP", "new, Open, opened, error Network, Closed, closed 1006 '' unclean", "101",
        "cut", requestingThen(upgradeRequest(), end));
    row("with frames directly behind the head", "new, Open, opened, text a, ping b", "101, pong 'b'", "kept",
        requesting(upgradeRequest() + behind));
    row("with a Close directly behind the head",
        "new, Open, opened, text a, Closing, Closed, closed 1000 'bye' clean", "101, close 1000 'bye'",
        "finished", requesting(upgradeRequest() + close));
    row("with a broken rule directly behind the head", "new, Open, opened, Closing, error Protocol",
        "101, close 1002 'the opcode is reserved'", "kept", requesting(upgradeRequest() + broken));
    row("while the client takes nothing", "new, Open, opened, text a, ping b", "101 in part", "kept",
        requesting(upgradeRequest() + behind),
        [](Side &s) { s.prepareWire = [](FakeWire &w) { w.room = 20; }; });
}

void TestWsServerOpening::accepts()
{
    QFETCH(const Scenario, prepare);
    QFETCH(const Scenario, happens);
    QFETCH(const QString, told);
    QFETCH(const QString, answer);
    QFETCH(const QString, fate);
    for (const Feeding feeding : {Whole, WholeToBuffers, ByteByByte}) {
        Side side(WsRole::Server, smallOptions());
        logServer(side);
        if (prepare)
            prepare(side);
        side.start();
        side.setFeeding(feeding);
        happens(side);
        settle();
        QCOMPARE(side.told(), told);
        QCOMPARE(answerIn(side.wire->written), answer);
        QCOMPARE(side.fate(), fate);
        if (fate == u"kept" || !side.server)
            continue;
        side.wire->feed("more");
        side.wire->end();
        pass(1h);
        QCOMPARE(side.told(), QString());
        QVERIFY(!side.connection);
        QCOMPARE(side.server->connectionCount(), 0);
        QCOMPARE(WsServerPrivate::of(side.server.get())->home->load, 0);
    }
}

void TestWsServerOpening::refuses_data()
{
    addColumns();
    const auto refused = [](const char *name, int status, const QByteArray &request,
                            const Scenario &prepare = {}) {
        const QByteArray told = "rejected " + QByteArray::number(status) + ", Closed, closed 1006 '' unclean";
        row(name, told, QByteArray::number(status), "finished", requestingThen(request, end), prepare);
    };
    const QByteArray endlessLine = "GET /" + QByteArray(600, 'x');
    const QByteArray endlessHead = "GET / HTTP/1.1\r\nX: " + QByteArray(600, 'x');
    const QByteArray withoutKey =
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    refused("TLS", 400, "\x16\x03\x01");
    refused("a request without a host", 400, "GET / HTTP/1.1\r\n\r\n");
    refused("a first line without end", 414, endlessLine);
    refused("a head without end", 431, endlessHead);
    refused("HTTP/2", 505, "GET / HTTP/2.0\r\n\r\n");
    refused("no upgrade", 426, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    refused("another method", 405,
            "POST / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    refused("no key", 400, withoutKey + "Sec-WebSocket-Version: 13\r\n\r\n");
    refused("another version", 426, withoutKey + "Sec-WebSocket-Version: 12\r\n\r\n");
    refused("another origin", 403, upgradeRequest("Origin: http://evil.example\r\n"));
    refused("another host", 403, upgradeRequest(), [](Side &s) { s.server->setAllowedHosts({u"a"_s}); });
    refused("a page under another name on loopback", 403, upgradeRequest("Origin: http://example.com\r\n"),
            [](Side &s) { s.server->listen(QHostAddress::LocalHost); });
    refused("a client too many", 503, upgradeRequest(), [](Side &s) {
        s.server->setMaxConnections(1);
        WsServerPrivate::of(s.server.get())->home->admission.addConnection(QHostAddress(u"192.0.2.9"_s));
    });
    refused("what follows is dropped", 426,
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\n\r\n");
}

void TestWsServerOpening::refusesByItsHandler_data()
{
    addColumns();
    const char *const told = "rejected 403, Closed, closed 1006 '' unclean";
    const char *const misused = "misuse, rejected 500, Closed, closed 1006 '' unclean";
    const Scenario requestAndEnd = requestingThen(upgradeRequest(), end);
    row("by its status", told, "403", "finished", requestAndEnd,
        handling([](const WsRequest &) { return WsResponse::reject(403); }));
    row("by an answer that cannot be sent", misused, "500", "finished", requestAndEnd,
        handling([](const WsRequest &) {
            return WsResponse(200, {}, {{"X", "a\r\nb"}});
        }));
    row("by a subprotocol that was not offered", misused, "500", "finished", requestAndEnd,
        handling([](const WsRequest &) { return WsResponse::accept(u"chat"_s); }));
    row("not at all: another answer is no refusal", "Closed, closed 1006 '' unclean", "200", "finished",
        requestAndEnd, handling([](const WsRequest &) { return WsResponse::text("hello"); }));
    row("not at all: a page for a browser", "Closed, closed 1006 '' unclean", "200", "finished",
        requestingThen("GET / HTTP/1.1\r\nHost: a\r\n\r\n", end),
        handling([](const WsRequest &) { return WsResponse::html("<p>"); }));
}

void TestWsServerOpening::refusesByAFuture_data()
{
    addColumns();
    const char *const told = "rejected 403, Closed, closed 1006 '' unclean";
    const Scenario refuseLater = [](Side &s) { fulfil(handleLater(s), WsResponse::reject(403)); };
    row("that has its answer", told, "403", "finished",
        requestingThen(upgradeRequest(),
                       [](Side &s) {
                           settle();
                           s.wire->end();
                       }),
        refuseLater);
    row("that has no answer", "rejected 500", "500", "kept", requesting(upgradeRequest()),
        [](Side &s) { handleLater(s)->finish(); });
    row("the client has ended its direction meanwhile", told, "403", "finished",
        requestingThen(upgradeRequest(), halfEnd), refuseLater);
    row("the client has gone meanwhile", told, "", "finished", requestingThen(upgradeRequest(), end),
        refuseLater);
    row(
        "the client has sent more meanwhile, which is dropped", "rejected 403", "403", "kept",
        [](Side &s) {
            s.feed(upgradeRequest());
            s.feed(upgradeRequest());
            settle();
            QCOMPARE(s.wire->unread, QByteArray());
        },
        refuseLater);
}

void TestWsServerOpening::clientGoesBeforeTheAnswer_data()
{
    addColumns();
    const char *const told = "rejected Network, Closed, closed 1006 '' unclean";
    row("by the end of TCP, at once", told, "", "finished", end);
    row("by the end of TCP, inside the head", told, "", "finished",
        requestingThen("GET / HTTP/1.1\r\n", end));
    row("by the end of its direction, at once", told, "", "finished", halfEnd);
    row("by the end of its direction, inside the head", told, "", "finished",
        requestingThen("GET / HTTP/1.1\r\n", halfEnd));
    row("by a reset, at once", told, "", "cut", reset);
    row("by a reset, inside the head", told, "", "cut", requestingThen("GET / HTTP/1.1\r\n", reset));
    row("by a reset, while the handler thinks", told, "", "cut", requestingThen(upgradeRequest(), reset),
        [](Side &s) { handleLater(s); });
    row("by the end of TCP, while the handler thinks: it is not read", "", "", "kept",
        requestingThen(upgradeRequest(), end), [](Side &s) { handleLater(s); });
    row("by a failure of TLS", "rejected Tls, Closed, closed 1006 '' unclean", "", "cut",
        [](Side &s) { s.wire->fail(WsError(Ws::ErrorKind::Tls, u"no shared cipher"_s, Ws::TlsHandshake)); });
}

void TestWsServerOpening::requestThatWaitsForItsTurnIsInTime_data()
{
    addColumns();
    const auto late = [](const QByteArray &bytes) {
        return [bytes](Side &s) {
            WsTimeBudget &budget = WsThreadContext::current().workBudget();
            budget.begin(FakeClock::now());
            FakeClock::pass(1s); // others had all of the turn
            budget.look(FakeClock::now());
            s.feed(bytes);
            QCOMPARE(s.wire->unread, bytes);
            FakeClock::advance(9s); // until the timeout
            FakeClock::advance(2s); // and its grace
        };
    };
    row("a whole one", "new, Open, opened", "101", "kept", late(upgradeRequest()));
    row("half of one", "rejected 408", "408", "kept", late("GET / HTTP/1.1\r\n"));
    row("and its handler may think", "", "", "kept", late(upgradeRequest()), [](Side &s) { handleLater(s); });
}

void TestWsServerOpening::timeRunsOut_data()
{
    addColumns();
    const Scenario neverAnswers = [](Side &s) { handleLater(s); };
    const QByteArray badRequest = "GET / HTTP/1.1\r\n\r\n";
    row("without a request", "rejected 408", "408", "kept", timeOut);
    row("inside the head", "rejected 408", "408", "kept", requestingThen("GET / HTTP/1.1\r\n", timeOut));
    row("while the handler thinks", "rejected 503", "503", "kept", requestingThen(upgradeRequest(), timeOut),
        neverAnswers);
    row("after the answer, if the client stays", "rejected 400, Closed, closed 1006 '' unclean", "400", "cut",
        requestingThen(badRequest, [](Side &) { pass(5s); }));
    row("after the answer, if the client takes nothing", "rejected 400, Closed, closed 1006 '' unclean", "",
        "cut", requestingThen(badRequest, [](Side &) { pass(5s); }),
        [](Side &s) { s.prepareWire = [](FakeWire &w) { w.room = 0; }; });
    row("not while the client takes the answer", "rejected 400", "400 in part", "kept",
        requestingThen(badRequest,
                       [](Side &s) {
                           s.wire->inSystem = 100'000;
                           pass(0s);
                           for (int i = 0; i < 10; ++i) {
                               s.wire->inSystem -= 9000;
                               pass(4s);
                           }
                       }),
        [](Side &s) { s.prepareWire = [](FakeWire &w) { w.room = 40, w.inSystem = 100'000; }; });
    row("after the answer to a request that came too late", "rejected 408, Closed, closed 1006 '' unclean",
        "408", "cut", [](Side &) {
            pass(10s);
            pass(5s);
        });
}

// A peer may end its own direction alone and go on reading: nothing is cut before it is written.
void TestWsServerOpening::answers_data()
{
    addColumns();
    const QByteArray badRequest = "GET / HTTP/1.1\r\n\r\n";
    const Scenario takingNothing = [](Side &s) { s.prepareWire = [](FakeWire &w) { w.room = 0; }; };
    const Scenario takeSlowly = [](Side &s) {
        s.wire->take(1);
        s.wire->take(30);
        settle();
    };
    row("and waits for the client to go", "rejected 400", "400", "kept", requesting(badRequest));
    row("a client that has ended its direction", "rejected 400, Closed, closed 1006 '' unclean", "400",
        "finished", requestingThen(badRequest, halfEnd));
    row("a client that has ended its direction and does not take it yet", "rejected 400", "400 in part",
        "kept",
        requestingThen(badRequest,
                       [=](Side &s) {
                           s.wire->halfEnd();
                           takeSlowly(s);
                       }),
        takingNothing);
    row("a client that has ended its direction and takes it late",
        "rejected 400, Closed, closed 1006 '' unclean", "400", "finished",
        requestingThen(badRequest,
                       [=](Side &s) {
                           s.wire->halfEnd();
                           takeSlowly(s);
                           s.wire->takeAll();
                       }),
        takingNothing);
    row("a client that has ended its direction and never takes it",
        "rejected 400, Closed, closed 1006 '' unclean", "400 in part", "cut",
        requestingThen(badRequest,
                       [=](Side &s) {
                           s.wire->halfEnd();
                           takeSlowly(s);
                           pass(5s);
                       }),
        takingNothing);
    row("a client that has gone before it is written", "rejected 400, Closed, closed 1006 '' unclean", "",
        "finished", requestingThen(badRequest, end), takingNothing);
}

void TestWsServerOpening::serverCloses_data()
{
    addColumns();
    const auto close = [](Side &s) { s.server->close(); };
    const auto closeAndWait = [](std::chrono::milliseconds time) {
        return [time](Side &s) {
            s.server->close();
            pass(time);
        };
    };
    const char *const cut = "rejected Handshake, Closed, closed 1006 '' unclean";
    row("before the request", "", "", "kept", closeAndWait(999ms));
    row("before the request, which does not come", cut, "", "finished", closeAndWait(1s));
    row("before the request, which comes in time", "rejected 503", "503", "kept", [](Side &s) {
        s.server->close();
        pass(999ms);
        s.feed(upgradeRequest());
    });
    row("inside the head", "", "", "kept", requestingThen("GET / HTTP/1.1\r\n", closeAndWait(999ms)));
    row("inside the head, whose rest does not come", "rejected 503", "503", "kept",
        requestingThen("GET / HTTP/1.1\r\n", closeAndWait(1s)));
    row("shortly before handshakeTimeout", "rejected 503", "503", "kept", [](Side &s) {
        s.feed("GET / HTTP/1.1\r\n");
        pass(9500ms);
        s.server->close();
        pass(500ms);
    });
    row("while the handler thinks", "", "", "kept", requestingThen(upgradeRequest(), closeAndWait(4999ms)),
        [](Side &s) { handleLater(s); });
    row("while the handler thinks too long", "rejected 503", "503", "kept",
        requestingThen(upgradeRequest(), closeAndWait(5s)), [](Side &s) { handleLater(s); });
    const auto promise = std::make_shared<Promise>();
    const auto thinks = [promise](Side &s) { *promise = handleLater(s); };
    const auto closeThenAnswer = [=](const WsResponse &response) {
        return requestingThen(upgradeRequest(), [=](Side &s) {
            close(s);
            fulfil(*promise, response);
        });
    };
    row("before the handler accepts", "rejected 503", "503", "kept", closeThenAnswer(WsResponse::accept()),
        thinks);
    row("before the handler answers", "", "200", "kept", closeThenAnswer(WsResponse::text("hello")), thinks);
    row("before the handler refuses", "rejected 403", "403", "kept", closeThenAnswer(WsResponse::reject(403)),
        thinks);
    row("while the answer is being written", "rejected 400, Closed, closed 1006 '' unclean", "400",
        "finished",
        requestingThen("GET / HTTP/1.1\r\n\r\n",
                       [close](Side &s) {
                           close(s);
                           s.wire->takeAll();
                           settle();
                           s.wire->end();
                       }),
        [](Side &s) { s.prepareWire = [](FakeWire &w) { w.room = 5; }; });
    row("while the answer is being written, which the client never takes",
        "rejected 400, Closed, closed 1006 '' unclean", "400 in part", "cut",
        requestingThen("GET / HTTP/1.1\r\n\r\n",
                       [close](Side &s) {
                           close(s);
                           pass(5s);
                       }),
        [](Side &s) { s.prepareWire = [](FakeWire &w) { w.room = 15; }; });
    row("once it is open", "new, Open, opened, Closing", "101, close 1001 ''", "kept",
        requestingThen(upgradeRequest(), close));
}

void TestWsServerOpening::handlerAnswersLate_data()
{
    addColumns();
    const auto later = [](const char *name, const char *told, const char *answer, const char *fate,
                          const Scenario &before) {
        const auto promise = std::make_shared<Promise>();
        row(name, told, answer, fate,
            requestingThen(upgradeRequest(),
                           [=](Side &s) {
                               before(s);
                               fulfil(*promise, WsResponse::accept());
                           }),
            [promise](Side &s) { *promise = handleLater(s); });
    };
    later("in time", "new, Open, opened", "101", "kept", [](Side &) { pass(9s); });
    later("in time, with frames that have waited", "new, Open, opened, text a", "101", "kept", [](Side &s) {
        s.receive({text("a")});
        pass(9s);
    });
    later("in time, but the client has gone",
          "new, Open, opened, error Network, Closed, closed 1006 '' unclean", "", "cut", end);
    later("in time, but the client was reset", "rejected Network, Closed, closed 1006 '' unclean", "", "cut",
          reset);
    later("too late", "rejected 503", "503", "kept", timeOut);
    later("too late, and the client has gone", "rejected 503, Closed, closed 1006 '' unclean", "503",
          "finished", [](Side &s) {
              pass(10s);
              s.wire->end();
              settle();
          });
    later("in time, but the server has closed", "rejected 503", "503", "kept", [](Side &s) {
        s.server->close();
        settle();
    });
}

void TestWsServerOpening::nothingIsReadWhileTheHandlerThinks()
{
    Side side(WsRole::Server, smallOptions());
    const Promise promise = handleLater(side);
    side.start();
    side.feed(upgradeRequest());
    QVERIFY(!side.link().mayRead());
    const QByteArray frames = fromPeerOf(side.role, {text("a")});
    side.feed(frames);
    settle();
    QCOMPARE(side.wire->unread, frames);
    fulfil(promise, WsResponse::accept());
    settle();
    QCOMPARE(side.told(), u"Open, opened, text a"_s);
}

void TestWsServerOpening::handlerMayDeleteTheServer_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<int>("status");
    QTest::newRow("and accept") << upgradeRequest() << 101;
    QTest::newRow("and refuse") << upgradeRequest() << 403;
    QTest::newRow("and answer what cannot be sent") << upgradeRequest() << 1;
    QTest::newRow("and answer a page") << QByteArray("GET / HTTP/1.1\r\nHost: a\r\n\r\n") << 200;
}

void TestWsServerOpening::handlerMayDeleteTheServer()
{
    QFETCH(const QByteArray, request);
    QFETCH(const int, status);
    for (const Feeding feeding : {Whole, ByteByByte}) {
        Side side(WsRole::Server, smallOptions());
        side.server->setRequestHandler([&side, status](const WsRequest &) {
            side.server.reset();
            return WsResponse(status);
        });
        side.start();
        side.setFeeding(feeding);
        side.feed(request);
        settle();
        QVERIFY(!side.connection);
        QVERIFY(!side.wire->isKept());
        QCOMPARE(side.wire->written, QByteArray());
        QCOMPARE(side.told(), QString());
    }
}

void TestWsServerOpening::futureMayOutliveTheServer()
{
    Side side(WsRole::Server, smallOptions());
    const Promise promise = handleLater(side);
    side.start();
    side.feed(upgradeRequest());
    side.server.reset();
    QVERIFY(!side.connection);
    fulfil(promise, WsResponse::accept());
    settle();
    QCOMPARE(side.told(), QString());
}

void TestWsServerOpening::connectionHandlerMayDeleteIt()
{
    for (const bool deletesServer : {false, true}) {
        Side side(WsRole::Server, smallOptions());
        bool isAnnounced = false;
        side.server->setConnectionHandler([&side, deletesServer](WsConnection *connection) {
            if (deletesServer)
                side.server.reset();
            else
                delete connection;
        });
        QObject::connect(side.server.get(), &WsServer::newConnection, this, [&] { isAnnounced = true; });
        side.start();
        side.feed(upgradeRequest() + fromPeerOf(WsRole::Server, {text("a")}));
        settle();
        QVERIFY(!side.connection);
        QVERIFY(!isAnnounced);
        QCOMPARE(side.told(), QString());
        QVERIFY(!side.wire->isKept());
    }
}

// A socket that cannot be, say.
void TestWsServerOpening::endThatCameFirstLeavesNothing()
{
    Side side(WsRole::Server, smallOptions());
    side.prepareWire = [](FakeWire &wire) { wire.hasEnded = wire.hasPeerEnded = true; };
    side.start();
    settle();
    QVERIFY(!side.connection);
    QVERIFY(side.wire->isCut);
    QCOMPARE(WsServerPrivate::of(side.server.get())->home->load, 0);
}

void TestWsServerOpening::settingsAreThoseOfTheArrival()
{
    Side side(WsRole::Server, smallOptions());
    side.server->setSubprotocols({u"chat"_s});
    side.start();
    side.server->setSubprotocols({u"other"_s});
    side.feed(upgradeRequest("Sec-WebSocket-Protocol: other, chat\r\n"));
    QCOMPARE(side.connection->subprotocol(), u"chat"_s);
    QCOMPARE(side.connection->request().target(), QByteArray("/chat"));
    QCOMPARE(side.connection->peerAddress(), QHostAddress(u"192.0.2.1"_s));
    QVERIFY(side.wire->isNoDelay);
}

// RFC 6874
void TestWsServerOpening::urlOfALinkLocalAddressHasItsZone()
{
    WsServer server;
    WsServerPrivate &data = *WsServerPrivate::of(&server);
    data.store(data.waysIn, QList<WsWayIn>{{QHostAddress(u"fe80::1%eth0"_s), 9001, {}, -1}});
    QCOMPARE(server.serverUrl().toEncoded(), "ws://[fe80::1%25eth0]:9001"_ba);
    QCOMPARE(server.serverUrl().host(), u"fe80::1%eth0"_s);
}

void TestWsServerOpening::hostThatIsNotAllowedIsRefusedBeforeTheHandler()
{
    Side side(WsRole::Server, smallOptions());
    logServer(side);
    int asked = 0;
    side.server->setRequestHandler([&asked](const WsRequest &) {
        ++asked;
        return WsResponse::accept();
    });
    side.server->setAllowedHosts({u"example.org"_s});
    side.start();
    side.feed(upgradeRequest());
    QCOMPARE(side.told(), u"rejected 403"_s);
    QCOMPARE(asked, 0);
    QVERIFY(side.wire->written.endsWith("\r\n\r\nhost \"example.com\" is not in allowedHosts\n"));
}

void TestWsServerOpening::whatIsBehindTheHeadIsNotKept()
{
    Side side(WsRole::Server, smallOptions()); // a head of 512 bytes at most
    const Promise promise = handleLater(side);
    side.start();
    const QByteArray behind = fromPeerOf(side.role, {text("a"), binary(QByteArray(100'000, 'x')), text("b")});
    side.feed(upgradeRequest() + behind);
    settle();
    QVERIFY(side.wire->unread.size() >= behind.size() - 512);
    fulfil(promise, WsResponse::accept());
    settle();
    QCOMPARE(side.wire->unread, QByteArray());
    QVERIFY(side.told().endsWith(u"text b"_s)); // nothing is lost either
}

void TestWsServerOpening::whatIsBeyondTheLargestHeadIsNotRead()
{
    Side side(WsRole::Server, smallOptions());
    side.prepareWire = [](FakeWire &wire) { wire.isBuffered = true; };
    side.start();
    side.feed("GET /" + QByteArray(507, 'x'));
    WsOpening *const opening = side.data().life.opening();
    QCOMPARE(opening->maxRead(), 1); // that one byte makes it too large
    side.feed("x");
    QVERIFY(side.wire->written.startsWith("HTTP/1.1 414 "));
    QVERIFY(opening->maxRead() > 1'000'000); // to be dropped
}

void TestWsServerOpening::largestHeadMayBeOfAnySize()
{
    WsOptions options;
    options.setMaxHandshakeSize(std::numeric_limits<int>::max());
    Side side(WsRole::Server, options);
    side.start();
    QCOMPARE(side.data().life.opening()->maxRead(), qint64(std::numeric_limits<int>::max()) + 1);
    side.feed(upgradeRequest());
    QCOMPARE(side.connection->state(), Ws::Open);
}

void TestWsServerOpening::answerHasTheDate()
{
    static qint64 now = 784111777;
    WsHttpDate::replace([] { return now; });
    for (const char *date : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:38 GMT"}) {
        Side side(WsRole::Server);
        side.start();
        side.feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        QVERIFY(side.wire->written.contains("\r\nDate: " + QByteArray(date) + "\r\n"));
        ++now;
    }
    Side accepted(WsRole::Server);
    accepted.start();
    accepted.feed(upgradeRequest());
    QVERIFY(accepted.wire->written.startsWith("HTTP/1.1 101 ") && !accepted.wire->written.contains("Date"));
    WsHttpDate::replace(nullptr);
}

// --- clients without a place

namespace {
WsAdmission &admissionOf(Side &side)
{
    return WsServerPrivate::of(side.server.get())->home->admission;
}

// One that was there before: returns its number.
WsAdmission::Number enterAnother(Side &side, int *gaveWay, const QString &address = u"192.0.2.7"_s)
{
    const WsAdmission::Number number = admissionOf(side).enter(QHostAddress(address));
    admissionOf(side).setGiveWay(number, [gaveWay] { ++*gaveWay; });
    return number;
}
} // namespace

void TestWsServerOpening::oldestPendingClientGivesWay()
{
    Side side(WsRole::Server, smallOptions());
    logServer(side);
    side.server->setMaxPendingHandshakes(2);
    side.start();
    side.feed("GET / HTTP/1.1\r\n");
    int otherGaveWay = 0;
    QVERIFY(enterAnother(side, &otherGaveWay) > 0);
    settle();
    QCOMPARE(side.told(), QString());
    pass(WsAdmission::Patience);
    QVERIFY(enterAnother(side, &otherGaveWay) > 0);
    settle();
    QCOMPARE(side.told(), u"rejected Handshake, Closed, closed 1006 '' unclean"_s);
    QCOMPARE(side.fate(), u"cut"_s);
    QCOMPARE(otherGaveWay, 0);
    QCOMPARE(admissionOf(side).pendingCount(), 2);
    QVERIFY(enterAnother(side, &otherGaveWay) > 0);
    QCOMPARE(otherGaveWay, 1);
}

void TestWsServerOpening::nobodyGivesWayAtOnce()
{
    Side side(WsRole::Server, smallOptions());
    logServer(side);
    side.server->setMaxPendingHandshakes(1);
    side.start();
    pass(WsAdmission::Patience - 1ms);
    int otherGaveWay = 0;
    QCOMPARE(enterAnother(side, &otherGaveWay), WsAdmission::Number(0));
    settle();
    QCOMPARE(side.fate(), u"kept"_s);
    side.feed(upgradeRequest());
    QVERIFY(side.wire->takeWritten().startsWith("HTTP/1.1 101 "));
    QVERIFY(enterAnother(side, &otherGaveWay) > 0);
}

// What it is answered would go into a socket that is not encrypted yet.
void TestWsServerOpening::clientThatIsNotReadyIsCutWithoutAnAnswer()
{
    Side side(WsRole::Server, smallOptions());
    logServer(side);
    side.start();
    side.wire->isConnected = false;
    pass(10s);
    settle();
    QCOMPARE(side.told(), u"rejected Handshake, Closed, closed 1006 '' unclean"_s);
    QCOMPARE(side.fate(), u"cut"_s);
    QCOMPARE(side.wire->written, QByteArray());
    QCOMPARE(admissionOf(side).pendingCount(), 0);
}

// It was asked to give way, and got on before it heard of that.
void TestWsServerOpening::clientThatHasGotOnGivesNoWay_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<QByteArray>("status");
    QTest::newRow("accepted") << upgradeRequest() << "101"_ba;
    QTest::newRow("refused by the handler") << upgradeRequest().replace("/chat", "/none") << "404"_ba;
    QTest::newRow("refused before it has a place") << "GET / HTTP/1.1\r\n\r\n"_ba
                                                   << "400"_ba;
}

void TestWsServerOpening::clientThatHasGotOnGivesNoWay()
{
    QFETCH(const QByteArray, request);
    QFETCH(const QByteArray, status);
    Side side(WsRole::Server, smallOptions());
    side.server->setMaxPendingHandshakes(1);
    side.server->setRequestHandler([](const WsRequest &asked) {
        return asked.path() == u"/none"_s ? WsResponse::notFound() : WsResponse::accept();
    });
    side.start();
    pass(WsAdmission::Patience);
    int otherGaveWay = 0;
    QVERIFY(enterAnother(side, &otherGaveWay) > 0);
    side.wire->chunk = request.size();
    side.feed(request); // before the posted task
    settle();
    QCOMPARE(side.fate(), u"kept"_s);
    QCOMPARE(side.wire->takeWritten().sliced(9, 3), status);
}

// A thread that is too busy to read is not the client's fault, and a TLS handshake takes its time.
void TestWsServerOpening::clientThatIsNotSilentGivesNoWay_data()
{
    QTest::addColumn<Condition>("reason");
    QTest::newRow("not read") << Condition(&FakeWire::hasUnread);
    QTest::newRow("in its TLS handshake") << Condition(&FakeWire::isHandshaking);
}

void TestWsServerOpening::clientThatIsNotSilentGivesNoWay()
{
    QFETCH(const Condition, reason);
    Side side(WsRole::Server, smallOptions());
    side.server->setMaxPendingHandshakes(1);
    side.start();
    (*side.wire).*reason = true;
    pass(WsAdmission::Patience);
    int otherGaveWay = 0;
    QVERIFY(enterAnother(side, &otherGaveWay) > 0);
    settle();
    QCOMPARE(side.fate(), u"kept"_s);
    (*side.wire).*reason = false;
    pass(WsAdmission::Patience);
    QVERIFY(enterAnother(side, &otherGaveWay) > 0);
    settle();
    pass(0ms);
    enterAnother(side, &otherGaveWay);
    settle();
    QCOMPARE(side.fate(), u"cut"_s);
}

void TestWsServerOpening::onlyARequestKeepsOneOfTooManyOfAnAddress_data()
{
    QTest::addColumn<bool>("isAnswered"); // before
    QTest::addColumn<Condition>("reason");
    QTest::addColumn<QByteArray>("sent");
    QTest::addColumn<QString>("fate");
    const Condition notRead = &FakeWire::hasUnread;
    QTest::newRow("in its TLS handshake")
        << false << Condition(&FakeWire::isHandshaking) << QByteArray() << u"cut"_s;
    QTest::newRow("with half a request, not read") << false << notRead << "GET / HTTP/1.1\r\n"_ba << u"cut"_s;
    QTest::newRow("with a request, not read") << false << notRead << upgradeRequest() << u"kept"_s;
    QTest::newRow("with half of its second one") << true << notRead << "GET / HTTP/1.1\r\n"_ba << u"cut"_s;
    QTest::newRow("with its second one") << true << notRead << upgradeRequest() << u"kept"_s;
}

// Its place is taken by then. Otherwise an address would get one place more each time.
void TestWsServerOpening::onlyARequestKeepsOneOfTooManyOfAnAddress()
{
    QFETCH(const bool, isAnswered);
    QFETCH(const Condition, reason);
    QFETCH(const QByteArray, sent);
    QFETCH(const QString, fate);
    Side side(WsRole::Server, smallOptions());
    side.server->setMaxConnectionsPerAddress(1);
    side.server->setRequestHandler([](const WsRequest &request) {
        return request.isWebSocketUpgrade() ? WsResponse::accept() : WsResponse(204);
    });
    side.start();
    if (isAnswered)
        side.feed("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
    QCOMPARE(side.wire->takeWritten().startsWith("HTTP/1.1 204 "), isAnswered);
    int otherGaveWay = 0;
    for (int i = 0; i < 63; ++i)
        QVERIFY(enterAnother(side, &otherGaveWay, u"192.0.2.1"_s) > 0);
    pass(WsAdmission::Patience);
    (*side.wire).*reason = true;
    side.wire->unread = sent;
    QVERIFY(enterAnother(side, &otherGaveWay, u"192.0.2.1"_s) > 0);
    settle();
    QCOMPARE(side.fate(), fate);
    QCOMPARE(otherGaveWay, 0);
    QCOMPARE(admissionOf(side).pendingCount(), 64);
}

// A slot may have let it go on with the handshake.
void TestWsServerOpening::errorThatTlsForgetsFails()
{
    const QSslError error(QSslError::SelfSignedCertificate);
    for (const bool isForgotten : {true, false}) {
        Side side(WsRole::Server, smallOptions());
        side.start();
        side.link().onPeerVerifyError(error);
        if (!isForgotten)
            side.link().onSslErrors({error});
        side.link().onConnected();
        QCOMPARE(side.fate(), isForgotten ? u"cut"_s : u"kept"_s);
    }
}

void TestWsServerOpening::clientThatHasNotBegunGivesWayLate()
{
    const FakeClock clock;
    WsAdmission admission;
    admission.setLimits({0, 0, 1});
    const QHostAddress address(u"192.0.2.7"_s);
    const WsAdmission::Number first = admission.enter(address);
    FakeClock::pass(WsAdmission::Patience);
    QCOMPARE(admission.enter(address), WsAdmission::Number(0));
    FakeClock::pass(WsAdmission::PatienceBeforeBegin - WsAdmission::Patience);
    QVERIFY(admission.enter(address) > 0);
    QVERIFY(!admission.setGiveWay(first, [] {}));
    QCOMPARE(admission.pendingCount(), 1);
}

void TestWsServerOpening::roomIsToldOnceItIsThere()
{
    const FakeClock clock;
    int told = 0;
    WsAdmission admission([&told] { ++told; });
    admission.setLimits({0, 0, 1});
    QVERIFY(!admission.waitForRoom());
    const WsAdmission::Number first = admission.enter(QHostAddress(u"192.0.2.7"_s));
    int asked = 0;
    QVERIFY(admission.setGiveWay(first, [&asked] { ++asked; }));
    QCOMPARE(admission.waitForRoom(), std::optional(FakeClock::now() + WsAdmission::Patience));
    QCOMPARE(asked, 0);
    FakeClock::pass(WsAdmission::Patience);
    QVERIFY(admission.waitForRoom()); // until it has gone
    QCOMPARE(asked, 1);
    QCOMPARE(told, 0);
    const WsAdmission::Number renewed = admission.renew(first); // or has not
    QVERIFY(admission.setGiveWay(renewed, [&asked] { ++asked; }));
    QCOMPARE(told, 0);
    QCOMPARE(admission.waitForRoom(), std::optional(FakeClock::now() + WsAdmission::Patience));
    admission.leave(renewed);
    QCOMPARE(told, 1);
    QVERIFY(!admission.waitForRoom());
    (void)admission.enter(QHostAddress(u"192.0.2.7"_s));
    QVERIFY(admission.waitForRoom());
    admission.setLimits({0, 0, 2});
    QCOMPARE(told, 2);
}

void TestWsServerOpening::clientWithARequestGivesNoWay()
{
    Side side(WsRole::Server, smallOptions());
    side.server->setMaxPendingHandshakes(1);
    const Promise promise = handleLater(side);
    side.start();
    side.feed(upgradeRequest());
    QCOMPARE(admissionOf(side).pendingCount(), 0);
    int otherGaveWay = 0;
    enterAnother(side, &otherGaveWay);
    FakeClock::pass(WsAdmission::Patience);
    enterAnother(side, &otherGaveWay);
    settle();
    QCOMPARE(otherGaveWay, 1);
    fulfil(promise, WsResponse::accept());
    settle();
    QCOMPARE(side.connection->state(), Ws::Open);
}

void TestWsServerOpening::refusedClientGivesWay()
{
    Side side(WsRole::Server, smallOptions());
    logServer(side);
    side.server->setMaxPendingHandshakes(1);
    side.start();
    side.feed("GET / HTTP/1.1\r\n\r\n");
    QCOMPARE(admissionOf(side).pendingCount(), 1);
    int otherGaveWay = 0;
    pass(WsAdmission::Patience);
    enterAnother(side, &otherGaveWay);
    settle();
    QCOMPARE(side.told(), u"rejected 400, Closed, closed 1006 '' unclean"_s); // once
    QCOMPARE(side.fate(), u"cut"_s);
    QCOMPARE(admissionOf(side).pendingCount(), 1);
}

void TestWsServerOpening::refusedClientGivesItsPlaceBack_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<bool>("isPlaceFree");
    QTest::newRow("refused") << 404 << true;
    QTest::newRow("a page") << 200 << false;
    QTest::newRow("a WebSocket") << 101 << false;
}

void TestWsServerOpening::refusedClientGivesItsPlaceBack()
{
    QFETCH(const int, status);
    QFETCH(const bool, isPlaceFree);
    Side side(WsRole::Server, smallOptions());
    side.server->setMaxConnections(1);
    side.server->setRequestHandler([status](const WsRequest &) { return WsResponse(status); });
    side.start();
    side.feed(upgradeRequest());
    settle();
    QCOMPARE(admissionOf(side).pendingCount(), isPlaceFree ? 1 : 0);
    int gaveWay = 0;
    const WsAdmission::Number other = enterAnother(side, &gaveWay);
    QCOMPARE(admissionOf(side).admit(other, QHostAddress(u"192.0.2.7"_s)).status, isPlaceFree ? 0 : 503);
    side.wire->end();
    settle();
    QCOMPARE(admissionOf(side).pendingCount(), isPlaceFree ? 0 : 1);
    const WsAdmission::Number next = enterAnother(side, &gaveWay);
    QCOMPARE(admissionOf(side).admit(next, QHostAddress(u"192.0.2.7"_s)).status, isPlaceFree ? 503 : 0);
}

void TestWsServerOpening::pendingClientsOfOneAddressAreLimited()
{
    Side side(WsRole::Server, smallOptions());
    side.server->setMaxConnectionsPerAddress(1);
    int otherGaveWay = 0;
    enterAnother(side, &otherGaveWay);
    int sameGaveWay = 0;
    for (int i = 0; i < 64; ++i)
        enterAnother(side, &sameGaveWay, u"192.0.2.8"_s);
    QCOMPARE(enterAnother(side, &sameGaveWay, u"192.0.2.8"_s), WsAdmission::Number(0));
    QCOMPARE(sameGaveWay, 0);
    FakeClock::pass(WsAdmission::Patience);
    QVERIFY(enterAnother(side, &sameGaveWay, u"192.0.2.8"_s) > 0);
    QCOMPARE(sameGaveWay, 1);
    QCOMPARE(otherGaveWay, 0);
    QCOMPARE(admissionOf(side).pendingCount(), 65);
}

void TestWsServerOpening::socketThatOutlivesARefusalIsPending()
{
    Side side(WsRole::Server, smallOptions());
    side.server->setMaxConnections(1);
    side.server->setMaxPendingHandshakes(1);
    side.prepareWire = [](FakeWire &wire) { wire.lingers = true; };
    side.start();
    side.feed("GET / HTTP/1.1\r\n\r\n");
    side.wire->end();
    settle();
    QVERIFY(!side.connection);
    QCOMPARE(admissionOf(side).pendingCount(), 1);
    QCOMPARE(admissionOf(side).enter(QHostAddress(u"192.0.2.7"_s)),
             WsAdmission::Number(0)); // it cannot give way
    side.wire->place.reset();
    QCOMPARE(admissionOf(side).pendingCount(), 0);
    QVERIFY(admissionOf(side).enter(QHostAddress(u"192.0.2.7"_s)) > 0);
}

// --- the log

namespace {
QStringList handshakeLog;

void keepHandshakeLog(QtMsgType, const QMessageLogContext &context, const QString &text)
{
    if (qstrcmp(context.category, "wskit.handshake") == 0)
        handshakeLog.append(text);
}

QStringList logOf(const std::function<void()> &action)
{
    handshakeLog.clear();
    QLoggingCategory::setFilterRules(u"wskit.handshake=true"_s);
    const QtMessageHandler before = qInstallMessageHandler(keepHandshakeLog);
    action();
    qInstallMessageHandler(before);
    QLoggingCategory::setFilterRules({});
    return handshakeLog;
}
} // namespace

void TestWsServerOpening::everyOutcomeIsOneLineOfTheLog_data()
{
    QTest::addColumn<Scenario>("prepare");
    QTest::addColumn<Scenario>("happens");
    QTest::addColumn<QString>("line");
    const auto add = [](const char *name, const char *line, const Scenario &happens,
                        const Scenario &prepare = {}) {
        QTest::newRow(name) << prepare << happens << QString::fromUtf8(line);
    };
    const Scenario thinking = [](Side &s) { handleLater(s); };
    add("accepted", "accepted 192.0.2.1:1000 with 101: GET \"/chat\"", requesting(upgradeRequest()));
    add("a page", "answered 192.0.2.1:1000 with 200: GET \"/a\"",
        requesting("GET /a?b HTTP/1.1\r\nHost: a\r\n\r\n"),
        handling([](const WsRequest &) { return WsResponse::text("hello"); }));
    add("a broken rule", "refused 192.0.2.1:1000 with 400: Host header is missing",
        requesting("GET / HTTP/1.1\r\n\r\n"));
    add("the origin",
        "refused 192.0.2.1:1000 with 403: origin http://evil.example is not host example.com:80, and not in "
        "allowedOrigins",
        requesting(upgradeRequest("Origin: http://evil.example\r\n")));
    add("the host", "refused 192.0.2.1:1000 with 403: host \"example.com\" is not in allowedHosts",
        requesting(upgradeRequest()), [](Side &s) { s.server->setAllowedHosts({u"a"_s}); });
    add("the handler",
        "refused 192.0.2.1:1000 with 404: the request handler refused GET of \"/chat\" with 404",
        requesting(upgradeRequest()), handling([](const WsRequest &) { return WsResponse::notFound(); }));
    add("an answer that cannot be sent", "refused 192.0.2.1:1000 with 500: the answer could not be sent",
        requesting(upgradeRequest()), handling([](const WsRequest &) { return WsResponse(1); }));
    add("too many connections", "refused 192.0.2.1:1000 with 503: the server has reached maxConnections (1)",
        requesting(upgradeRequest()), [](Side &s) {
            s.server->setMaxConnections(1);
            admissionOf(s).addConnection(QHostAddress(u"192.0.2.9"_s));
        });
    add("too many from the address",
        "refused 192.0.2.1:1000 with 503: the address has reached maxConnectionsPerAddress (1)",
        requesting(upgradeRequest()), [](Side &s) {
            s.server->setMaxConnectionsPerAddress(1);
            admissionOf(s).addConnection(QHostAddress(u"192.0.2.1"_s));
        });
    add("no request in time", "refused 192.0.2.1:1000 with 408: no request within handshakeTimeout", timeOut);
    add("no request in time, and the client stays",
        "refused 192.0.2.1:1000 with 408: no request within handshakeTimeout", [](Side &) {
            pass(10s);
            pass(5s);
        });
    add("no answer in time",
        "refused 192.0.2.1:1000 with 503: the request handler did not answer within handshakeTimeout",
        requestingThen(upgradeRequest(), timeOut), thinking);
    add("the client goes", "refused 192.0.2.1:1000: the client disconnected before its request was answered",
        end);
    add("the client goes after its answer", "refused 192.0.2.1:1000 with 400: Host header is missing",
        requestingThen("GET / HTTP/1.1\r\n\r\n", reset));
    add("TLS", "refused 192.0.2.1:1000: no shared cipher",
        [](Side &s) { s.wire->fail(WsError(Ws::ErrorKind::Tls, u"no shared cipher"_s, Ws::TlsHandshake)); });
    add("it gives way",
        "refused 192.0.2.1:1000: the oldest unfinished handshake has given way to a new client: too many for "
        "maxPendingHandshakes, or from one address",
        [](Side &s) {
            s.server->setMaxPendingHandshakes(1);
            pass(WsAdmission::Patience);
            int other = 0;
            enterAnother(s, &other);
        });
    add("the server closes",
        "refused 192.0.2.1:1000: the server ended the connection before its request was answered",
        [](Side &s) { s.server->close(); });
    add("the server is deleted",
        "refused 192.0.2.1:1000: the server ended the connection before its request was answered",
        [](Side &s) { s.server.reset(); });
}

void TestWsServerOpening::everyOutcomeIsOneLineOfTheLog()
{
    QFETCH(const Scenario, prepare);
    QFETCH(const Scenario, happens);
    QFETCH(const QString, line);
    const QStringList log = logOf([&] {
        Side side(WsRole::Server, smallOptions());
        if (prepare)
            prepare(side);
        side.start();
        happens(side);
        settle();
    });
    QCOMPARE(log, QStringList{line});
}

void TestWsServerOpening::logHasNoSecrets()
{
    const auto outcomeOf = [](int status) {
        return logOf([status] {
            Side side(WsRole::Server);
            side.server->setRequestHandler([status](const WsRequest &) { return WsResponse(status); });
            side.start();
            side.feed(upgradeRequest("Cookie: secret\r\nAuthorization: Bearer secret\r\n")
                          .replace("/chat", "/chat?token=secret"));
            settle();
        });
    };
    for (const int status : {101, 200, 403}) {
        const QStringList log = outcomeOf(status);
        QCOMPARE(log.size(), 1);
        QVERIFY2(!log.first().contains(u"secret"_s), qPrintable(log.first()));
    }
}

#include "../testprogram.h"
WSKIT_TEST(TestWsServerOpening)
#include "tst_wsserveropening.moc"
