// SPDX-License-Identifier: MIT

// Connections that this side cannot go on with: a handler has thrown, or the peer is too slow a subscriber.

#include "net/loop/wsthrown.h"

#include "connectiontesting.h"

#include <QtCore/qexception.h>
#include <QtCore/qpromise.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qtcpsocket.h>
#include <QtTest/qsignalspy.h>

using namespace ConnectionTesting;

class TestWsLifeGivingUp : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void textOfWhatIsThrown_data();
    void textOfWhatIsThrown();
    void messageHandlerThatThrowsClosesTheConnection_data();
    void messageHandlerThatThrowsClosesTheConnection();
    void messageHandlerIsNotCalledAgainBeforeTheNextOpening();
    void handlerSetAfterTheThrowIsForTheNextOpening();
    void slotOfTheErrorOpensAgain();
    void whatFollowsIsNoSecondError_data();
    void whatFollowsIsNoSecondError();
    void messageHandlerMayThrowAfterItHasEndedItsConnection_data();
    void messageHandlerMayThrowAfterItHasEndedItsConnection();
    void messageHandlerMayThrowAfterItHasMovedItsConnection();
    void messageHandlerMayThrowAfterItsOwnClose();
    void connectionHandlerThatThrowsClosesTheConnection();
    void connectionHandlerMayThrowAfterItHasMovedItsConnection();
    void errorBeforeTheAnnouncementFollowsIt_data();
    void errorBeforeTheAnnouncementFollowsIt();
    void connectionHandlerInAnotherThreadMayThrow();
    void requestHandlerThatThrowsIsAnsweredBy500_data();
    void requestHandlerThatThrowsIsAnsweredBy500();
    void requestHandlerMayThrowAfterItHasDeletedTheServer();
    void connectionFilterThatThrowsRefusesTheClient();
    void slowSubscriberIsToldOfTheOverflow();
};

namespace {
[[noreturn]] void throwBoom()
{
#ifdef __cpp_exceptions
    throw std::runtime_error("boom");
#else
    abort();
#endif
}

[[noreturn]] void throwNumber()
{
#ifdef __cpp_exceptions
    throw 7;
#else
    abort();
#endif
}

// What a server reports: "Handler boom".
struct ServerErrors : QStringList
{
    explicit ServerErrors(WsServer *server)
    {
        QObject::connect(server, &WsServer::errorOccurred, server, [this](const WsError &error) {
            append(nameOfValue(error.kind()) + u' ' + error.text());
        });
    }
};

using MessageHandler = WsConnection::MessageHandler;
} // namespace

void TestWsLifeGivingUp::initTestCase()
{
#ifndef __cpp_exceptions
    QSKIP("built without exceptions");
#endif
}

void TestWsLifeGivingUp::textOfWhatIsThrown_data()
{
    QTest::addColumn<std::function<void()>>("call");
    QTest::addColumn<QString>("text");
    using Call = std::function<void()>;
    QTest::newRow("nothing") << Call([] {}) << QString();
#ifdef __cpp_exceptions
    QTest::newRow("std::runtime_error") << Call(throwBoom) << u"boom"_s;
    QTest::newRow("not ASCII") << Call([] { throw std::runtime_error("\u00e9\u20ac"); }) << u"\u00e9\u20ac"_s;
    QTest::newRow("an empty text") << Call([] { throw std::runtime_error(""); })
                                   << u"an exception without a text"_s;
    QTest::newRow("a number") << Call(throwNumber)
                              << u"an exception that is not derived from std::exception"_s;
    QTest::newRow("wrapped by Qt") << Call([] {
        throw QUnhandledException(std::make_exception_ptr(std::runtime_error("inner")));
    }) << u"inner"_s;
#endif
}

void TestWsLifeGivingUp::textOfWhatIsThrown()
{
    QFETCH(const std::function<void()>, call);
    QTEST(wsThrownBy(call), "text");
    QCOMPARE(wsThrownBy(call).isNull(), QString::fromLatin1(QTest::currentDataTag()) == u"nothing");
}

// --- the message handler

void TestWsLifeGivingUp::messageHandlerThatThrowsClosesTheConnection_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Feeding>("feeding");
    for (const WsRole role : {WsRole::Client, WsRole::Server}) {
        QTest::addRow("%s, whole", nameOf(role)) << role << Whole;
        QTest::addRow("%s, byte by byte", nameOf(role)) << role << ByteByByte;
    }
}

void TestWsLifeGivingUp::messageHandlerThatThrowsClosesTheConnection()
{
    QFETCH(const WsRole, role);
    QFETCH(const Feeding, feeding);
    Side side(role);
    side.prepareWire = [&](FakeWire &wire) { wire.isBuffered = feeding == WholeToBuffers; };
    QVERIFY(side.open());
    side.setFeeding(feeding);
    int calls = 0;
    side.connection->setMessageHandler([&](WsConnection &, Ws::MessageType, QByteArrayView) {
        ++calls;
        throwBoom();
    });
    side.receive({text("a"), text("b"), ping("p")});
    settle();
    QCOMPARE(side.told(), u"Closing, error Handler, ping p"_s);
    QCOMPARE(side.log->errors.constLast().text(), u"boom"_s);
    QCOMPARE(side.log->errors.constLast().closeCode(), quint16(Ws::InternalError));
    QCOMPARE(side.connection->errorString(), u"boom"_s);
    QCOMPARE(side.sent(), u"close 1011 ''"_s); // the text is not for the peer
    side.receive({text("c"), closing(1011)});
    side.wire->end();
    settle();
    QCOMPARE(side.told(), u"Closed, closed 1011 '' clean"_s);
    QCOMPARE(calls, 1);
}

void TestWsLifeGivingUp::messageHandlerIsNotCalledAgainBeforeTheNextOpening()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    QByteArrayList got;
    side.connection->setMessageHandler([&](WsConnection &, Ws::MessageType, QByteArrayView payload) {
        got.append(payload.toByteArray());
        if (payload == "bad")
            throwBoom();
    });
    side.receive({text("a"), text("bad"), text("b"), closing(1011)});
    side.wire->end();
    settle();
    QCOMPARE(side.connection->state(), Ws::Closed);
    QVERIFY(side.open());
    side.receive({text("c")});
    QCOMPARE(got, (QByteArrayList{"a", "bad", "c"}));
}

void TestWsLifeGivingUp::handlerSetAfterTheThrowIsForTheNextOpening()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    QByteArrayList got;
    side.connection->setMessageHandler([](WsConnection &, Ws::MessageType, QByteArrayView) { throwBoom(); });
    side.receive({text("a")});
    side.connection->setMessageHandler([&](WsConnection &, Ws::MessageType, QByteArrayView payload) {
        got.append(payload.toByteArray());
    });
    side.receive({text("b"), closing(1011)});
    side.wire->end();
    settle();
    QVERIFY(got.isEmpty());
    QVERIFY(side.open());
    side.receive({text("c")});
    QCOMPARE(got, QByteArrayList{"c"});
    side.connection->setMessageHandler({});
    side.told();
    side.receive({text("d")});
    QCOMPARE(side.told(), u"text d"_s);
}

void TestWsLifeGivingUp::slotOfTheErrorOpensAgain()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    side.connection->setMessageHandler([](WsConnection &, Ws::MessageType, QByteArrayView) { throwBoom(); });
    bool isAccepted = false;
    QObject::connect(side.client(), &WsConnection::errorOccurred, side.client(),
                     [&] { isAccepted = side.client()->open(); });
    side.receive({text("a"), closing(1011)});
    side.wire->end();
    settle();
    QVERIFY(isAccepted);
    QCOMPARE(side.connection->state(), Ws::Connecting);
    QCOMPARE(side.openingCount, 2);
}

void TestWsLifeGivingUp::whatFollowsIsNoSecondError_data()
{
    using Scenario = std::function<void(Side &)>;
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Scenario>("then");
    for (const WsRole role : {WsRole::Client, WsRole::Server}) {
        const auto add = [role](const char *name, const Scenario &then) {
            QTest::addRow("%s, %s", nameOf(role), name) << role << then;
        };
        add("the peer goes", [](Side &side) { side.wire->end(); });
        add("it is reset", [](Side &side) { side.wire->reset(); });
        add("it does not answer", [](Side &side) {
            for (int i = 0; i < 60; ++i)
                pass(side.options.closeTimeout() / 10);
        });
    }
}

void TestWsLifeGivingUp::whatFollowsIsNoSecondError()
{
    using Scenario = std::function<void(Side &)>;
    QFETCH(const WsRole, role);
    QFETCH(const Scenario, then);
    Side side(role);
    QVERIFY(side.open());
    side.data().life.giveUp(WsError(Ws::ErrorKind::Handler, u"boom"_s, Ws::InternalError));
    then(side);
    settle();
    QCOMPARE(side.told(), u"Closing, error Handler, Closed, closed 1006 '' unclean"_s);
}

void TestWsLifeGivingUp::messageHandlerMayThrowAfterItHasEndedItsConnection_data()
{
    QTest::addColumn<MessageHandler>("end");
    QTest::newRow("deleted") << MessageHandler([](WsConnection &it, auto, auto) { delete &it; });
    QTest::newRow("aborted") << MessageHandler([](WsConnection &it, auto, auto) { it.abort(); });
}

void TestWsLifeGivingUp::messageHandlerMayThrowAfterItHasEndedItsConnection()
{
    QFETCH(const MessageHandler, end);
    for (const WsRole role : {WsRole::Client, WsRole::Server}) {
        Side side(role);
        QVERIFY(side.open());
        side.connection->setMessageHandler([end](WsConnection &it, Ws::MessageType type, QByteArrayView payload) {
            end(it, type, payload);
            throwBoom();
        });
        QTest::ignoreMessage(QtWarningMsg,
                             "a message handler threw after it had ended its connection: \"boom\"");
        side.receive({text("a"), text("b")});
        settle();
        QVERIFY(side.log->errors.isEmpty());
    }
}

void TestWsLifeGivingUp::messageHandlerMayThrowAfterItHasMovedItsConnection()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    QThread thread;
    QByteArrayList got;
    side.connection->setMessageHandler([&](WsConnection &it, Ws::MessageType, QByteArrayView payload) {
        got.append(payload.toByteArray());
        it.moveToThread(&thread);
        throwBoom();
    });
    QObject::connect(
        side.client(), &WsConnection::errorOccurred, side.client(),
        [&] {
            side.connection->moveToThread(QCoreApplication::instance()->thread());
            thread.quit();
        },
        Qt::DirectConnection);
    side.log.reset(); // it stays in this thread
    side.receive({text("a"), text("b")});
    settle();
    thread.start();
    const bool hasEnded = thread.wait(QDeadlineTimer(30s));
    thread.quit();
    thread.wait();
    settle();
    QVERIFY(hasEnded);
    QCOMPARE(side.connection->errorString(), u"boom"_s);
    QCOMPARE(side.connection->state(), Ws::Closing);
    QCOMPARE(got, QByteArrayList{"a"});
    QCOMPARE(side.sent(), u"close 1011 ''"_s);
}

void TestWsLifeGivingUp::messageHandlerMayThrowAfterItsOwnClose()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    side.connection->setMessageHandler([](WsConnection &it, Ws::MessageType, QByteArrayView) {
        it.close(4000, u"bye"_s);
        throwNumber();
    });
    side.receive({text("a"), text("b"), closing(4000)});
    settle();
    QCOMPARE(side.told(), u"Closing, error Handler, Closed, closed 4000 '' clean"_s);
    QCOMPARE(side.sent(), u"close 4000 'bye'"_s);
}

// --- the handlers of a server

void TestWsLifeGivingUp::connectionHandlerThatThrowsClosesTheConnection()
{
    Side side(WsRole::Server);
    const ServerErrors serverErrors(side.server.get());
    side.server->setConnectionHandler([](WsConnection *) { throwBoom(); });
    QStringList events;
    QObject::connect(side.server.get(), &WsServer::newConnection, this, [&](WsConnection *connection) {
        events.append(u"new "_s + nameOfValue(connection->state()));
        QObject::connect(connection, &WsConnection::errorOccurred, this,
                         [&](const WsError &error) { events.append(error.text()); });
        QObject::connect(connection, &WsConnection::messageReceived, this,
                         [&] { events.append(u"message"_s); });
        QObject::connect(connection, &WsConnection::closed, this,
                         [&](quint16 code) { events.append(u"closed %1"_s.arg(code)); });
    });
    QVERIFY(!side.open());
    QVERIFY(side.connection);
    side.receive({text("a"), closing(1011)});
    settle();
    QCOMPARE(events, (QStringList{u"new Closing"_s, u"boom"_s, u"closed 1011"_s}));
    QCOMPARE(serverErrors, QStringList{u"Handler boom"_s});
    QVERIFY(!side.told().contains(u"opened"));
}

void TestWsLifeGivingUp::connectionHandlerMayThrowAfterItHasMovedItsConnection()
{
    QThread thread;
    thread.start();
    WsServer server;
    const ServerErrors serverErrors(&server);
    server.setConnectionHandler([&](WsConnection *connection) {
        connection->moveToThread(&thread);
        throwBoom();
    });
    QVERIFY(server.listen());
    WsClient client;
    QSignalSpy closed(&client, &WsConnection::closed);
    QVERIFY(client.open(server.serverUrl()));
    QVERIFY(closed.wait(30000));
    QCOMPARE(client.closeCode(), quint16(Ws::InternalError));
    QCOMPARE(serverErrors, QStringList{u"Handler boom"_s});
    thread.quit();
    QVERIFY(thread.wait());
}

void TestWsLifeGivingUp::errorBeforeTheAnnouncementFollowsIt_data()
{
    using Scenario = std::function<void(Side &)>;
    QTest::addColumn<Scenario>("before");
    QTest::addColumn<Scenario>("meanwhile");
    QTest::addColumn<QString>("told");
    const Scenario nothing = [](Side &) { };
    const QString closing = u"Closing, error Handler"_s;
    const QString closed = u"Closing, error Handler, Closed, closed 1006 '' unclean"_s;
    QTest::newRow("at once") << nothing << nothing << closing;
    QTest::newRow("after closeTimeout") << nothing << Scenario([](Side &) {
        for (int i = 0; i < 10; ++i)
            pass(1h);
    }) << closing;
    QTest::newRow("after abort()") << nothing << Scenario([](Side &side) { side.connection->abort(); }) << closed;
    QTest::newRow("after a move") << nothing << Scenario([](Side &side) { side.data().life.arriveInThread(); })
                                  << closing;
    QTest::newRow("after its own close()")
        << Scenario([](Side &side) { side.connection->close(); }) << nothing << closing;
}

void TestWsLifeGivingUp::errorBeforeTheAnnouncementFollowsIt()
{
    using Scenario = std::function<void(Side &)>;
    QFETCH(const Scenario, before);
    QFETCH(const Scenario, meanwhile);
    QFETCH(const QString, told);
    Side side(WsRole::Server);
    QVERIFY(side.open());
    side.link().hold(WsHold::Announcing);
    before(side);
    side.data().life.giveUp(WsError(Ws::ErrorKind::Handler, u"boom"_s, Ws::InternalError));
    meanwhile(side);
    QCOMPARE(side.told(), u"Closing"_s);
    side.data().life.endAnnouncing();
    settle();
    QCOMPARE(u"Closing, "_s + side.told(), told);
}

void TestWsLifeGivingUp::connectionHandlerInAnotherThreadMayThrow()
{
    WsServer server;
    const ServerErrors serverErrors(&server);
    server.setThreadCount(1);
    server.setConnectionHandler([](WsConnection *) { throwBoom(); });
    QVERIFY(server.listen());
    WsClient client;
    QSignalSpy closed(&client, &WsConnection::closed);
    QVERIFY(client.open(server.serverUrl()));
    QVERIFY(closed.wait(30000));
    QCOMPARE(client.closeCode(), quint16(Ws::InternalError));
    QCOMPARE(serverErrors, QStringList{u"Handler boom"_s});
}

void TestWsLifeGivingUp::requestHandlerThatThrowsIsAnsweredBy500_data()
{
    QTest::addColumn<std::function<void(WsServer &)>>("prepare");
    QTest::addColumn<QString>("error");
    using Prepare = std::function<void(WsServer &)>;
    QTest::newRow("at once") << Prepare([](WsServer &server) {
        server.setRequestHandler([](const WsRequest &) -> WsResponse { throwBoom(); });
    }) << u"Handler boom"_s;
    QTest::newRow("no std::exception") << Prepare([](WsServer &server) {
        server.setRequestHandler([](const WsRequest &) -> WsResponse { throwNumber(); });
    }) << u"Handler an exception that is not derived from std::exception"_s;
    QTest::newRow("instead of a future") << Prepare([](WsServer &server) {
        server.setRequestHandler([](const WsRequest &) -> QFuture<WsResponse> { throwBoom(); });
    }) << u"Handler boom"_s;
#ifdef __cpp_exceptions
    QTest::newRow("by a future") << Prepare([](WsServer &server) {
        server.setRequestHandler([](const WsRequest &) {
            QPromise<WsResponse> promise;
            promise.start();
            promise.setException(std::make_exception_ptr(std::runtime_error("later")));
            promise.finish();
            return promise.future();
        });
    }) << u"Handler later"_s;
    QTest::newRow("by a future that has an answer too") << Prepare([](WsServer &server) {
        server.setRequestHandler([](const WsRequest &) {
            QPromise<WsResponse> promise;
            promise.start();
            promise.addResult(WsResponse::accept());
            promise.setException(std::make_exception_ptr(std::runtime_error("later")));
            promise.finish();
            return promise.future();
        });
    }) << u"Handler later"_s;
#endif
}

void TestWsLifeGivingUp::requestHandlerThatThrowsIsAnsweredBy500()
{
    QFETCH(const std::function<void(WsServer &)>, prepare);
    Side side(WsRole::Server);
    const ServerErrors serverErrors(side.server.get());
    QList<int> rejections;
    QObject::connect(side.server.get(), &WsServer::connectionRejected, this,
                     [&](const WsError &error) { rejections.append(error.httpStatus()); });
    prepare(*side.server);
    side.start();
    side.wire->feed(upgradeRequest());
    settle();
    const QByteArray answer = side.wire->takeWritten();
    QVERIFY2(answer.startsWith("HTTP/1.1 500 "), answer);
    QVERIFY(!answer.contains("boom") && !answer.contains("later"));
    QTEST(serverErrors.join(u", "), "error");
    QCOMPARE(rejections, QList<int>{500});
}

void TestWsLifeGivingUp::requestHandlerMayThrowAfterItHasDeletedTheServer()
{
    Side side(WsRole::Server);
    side.server->setRequestHandler([&](const WsRequest &) -> WsResponse {
        side.server.reset();
        throwBoom();
    });
    side.start();
    QTest::ignoreMessage(QtWarningMsg, "a handler threw after its server had been deleted: \"boom\"");
    side.wire->feed(upgradeRequest());
    settle();
    QVERIFY(!side.connection);
}

void TestWsLifeGivingUp::connectionFilterThatThrowsRefusesTheClient()
{
    WsServer server;
    const ServerErrors serverErrors(&server);
    server.setConnectionFilter([](const QHostAddress &) -> bool { throwBoom(); });
    QVERIFY(server.listen());
    QTcpSocket socket;
    QSignalSpy disconnected(&socket, &QTcpSocket::disconnected);
    socket.connectToHost(server.serverAddress(), server.serverPort());
    QVERIFY(disconnected.wait(30000));
    QCOMPARE(serverErrors, QStringList{u"Handler boom"_s});
    QVERIFY(server.isListening());
}

// --- slow subscribers

void TestWsLifeGivingUp::slowSubscriberIsToldOfTheOverflow()
{
    WsOptions options;
    options.setMaxBufferedAmount(1000);
    options.setSlowSubscriber(Ws::CloseConnection);
    Side side(WsRole::Server, options);
    QVERIFY(side.open());
    side.wire->room = 0;
    QVERIFY(side.server->subscribe(side.connection, u"news"_s));
    QCOMPARE(side.server->publish(u"news"_s, QByteArray(900, 'x')), 1);
    QCOMPARE(side.server->publish(u"news"_s, QByteArray(900, 'y')), 0);
    QCOMPARE(side.told(), u"Closing, error Overflow"_s);
    const WsError error = side.log->errors.constLast();
    QCOMPARE(error.text(), u"a message to many would exceed maxBufferedAmount (1000 bytes)"_s);
    QCOMPARE(error.closeCode(), quint16(Ws::PolicyViolation));
    side.wire->takeAll();
    settle();
    QVERIFY(side.sent().endsWith(u"close 1008 'too slow'"));
    side.receive({text("still told"), closing(1008, "too slow")});
    settle();
    QCOMPARE(side.told(), u"text still told, Closed, closed 1008 'too slow' clean"_s);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsLifeGivingUp)
#include "tst_wslife_givingup.moc"
