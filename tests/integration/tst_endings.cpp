// SPDX-License-Identifier: MIT

// Every way in which a connection ends: exactly one closed(), with the right code, reason and cleanness, behind
// the error if one caused it.

#include "integrationtesting.h"

using namespace IntegrationTesting;

class TestEndings : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void eitherSideCloses_data();
    void eitherSideCloses();
    void bothCloseAtOnce_data() { addSchemes(); }
    void bothCloseAtOnce();
    void emptyCloseIs1005_data() { addSchemes(); }
    void emptyCloseIs1005();
    void codesThatMayNotBeSentAreRefused_data();
    void codesThatMayNotBeSentAreRefused();
    void codesThatMayBeSentArrive_data();
    void codesThatMayBeSentArrive();
    void longReasonIsCutBetweenCharacters();
    void messagesBeforeTheCloseArriveBeforeIt_data() { addSchemes(); }
    void messagesBeforeTheCloseArriveBeforeIt();
    void closeFollowsAllThatIsBuffered_data() { addSchemes(); }
    void closeFollowsAllThatIsBuffered();
    void messagesOfThePeerAfterOwnCloseAreDelivered();
    void whatFollowsACloseIsIgnored();
    void peerVanishesWithoutAClose_data();
    void peerVanishesWithoutAClose();
    void peerVanishesInsideAMessage();
    void peerVanishesAfterOwnClose();
    void peerThatNeverAnswersTheCloseIsCut_data() { addSchemes(); }
    void peerThatNeverAnswersTheCloseIsCut();
    void serverThatNeverAnswersTheCloseIsLeft();
    void serverThatNeverEndsTcpIsLeftCleanly();
    void peerThatNeverReadsTheCloseIsCut_data() { addSchemes(); }
    void peerThatNeverReadsTheCloseIsCut();
    void peerThatTakesNothingIsCutByItsMissingPong_data() { addSchemes(); }
    void peerThatTakesNothingIsCutByItsMissingPong();
    void peerThatNeverAnswersPingsIsCut();
    void serverThatNeverAnswersPingsIsLeft();
    void peerThatAnswersWithDataOnlyLives();
    void brokenRulesAreToldToTheClient_data();
    void brokenRulesAreToldToTheClient();
    void brokenRulesAreToldToTheClientOverTls_data() { brokenRulesAreToldToTheClient_data(); }
    void brokenRulesAreToldToTheClientOverTls();
    void brokenRulesAreToldToTheServer_data();
    void brokenRulesAreToldToTheServer();
    void brokenRuleAfterOwnCloseEndsIt();
    void limitsAreToldToThePeer_data();
    void limitsAreToldToThePeer();
    void failureBetweenOurOwnEndsIsTold_data() { addSchemes(); }
    void failureBetweenOurOwnEndsIsTold();
    void refusedConnectionIsTold_data() { addSchemes(); }
    void refusedConnectionIsTold();
    void unknownHostIsTold_data() { addSchemes(); }
    void unknownHostIsTold();
    void abortEndsAtOnce_data();
    void abortEndsAtOnce();
    void closeWhileConnectingEndsAtOnce();
    void abortOfAClosedClientDoesNothing();
    void closePropertiesTellTheEnding();
};

namespace {
// A server and a client of it that is written by hand.
struct RawPair : Pair
{
    using Pair::Pair;
    bool upgrade()
    {
        return server.listen() && raw.upgrade(server)
            && waitFor([this] { return peer != nullptr; });
    }
    RawPeer raw;
};

QString lost()
{
    return u"error Network, closed 1006 '' unclean"_s;
}
} // namespace

void TestEndings::eitherSideCloses_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<bool>("isClientFirst");
    QTest::newRow("client, ws") << false << true;
    QTest::newRow("server, ws") << false << false;
    QTest::newRow("client, wss") << true << true;
    QTest::newRow("server, wss") << true << false;
}

void TestEndings::eitherSideCloses()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isClientFirst);
    Pair pair(isTls);
    QVERIFY(pair.open());
    const QPointer<WsConnection> peer = pair.peer;
    QVERIFY(isClientFirst ? pair.client.close(3000, u"bye"_s) : pair.peer->close(3000, u"bye"_s));
    WS_TRY_VERIFY(pair.events.isClosed() && pair.peerEvents->isClosed());
    const QString ending = u"closed 3000 'bye' clean"_s; // the code and the reason come back
    QCOMPARE(pair.events.ending(), ending);
    QCOMPARE(pair.peerEvents->ending(), ending);
    const QList<Ws::State> states{Ws::Open, Ws::Closing, Ws::Closed};
    QCOMPARE(pair.events.states.sliced(1), states);
    QCOMPARE(pair.peerEvents->states, states);
    WS_TRY_VERIFY(!peer);
    QCOMPARE(pair.server.connectionCount(), 0);
}

void TestEndings::bothCloseAtOnce()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    QVERIFY(pair.client.close(3001, u"client"_s));
    QVERIFY(pair.peer->close(3002, u"server"_s));
    WS_TRY_VERIFY(pair.events.isClosed() && pair.peerEvents->isClosed());
    QCOMPARE(pair.events.ending(), u"closed 3002 'server' clean"_s);
    QCOMPARE(pair.peerEvents->ending(), u"closed 3001 'client' clean"_s);
}

void TestEndings::emptyCloseIs1005()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    QVERIFY(pair.client.close(Ws::NoStatus));
    WS_TRY_VERIFY(pair.events.isClosed() && pair.peerEvents->isClosed());
    QCOMPARE(pair.events.ending(), u"closed 1005 '' clean"_s);
    QCOMPARE(pair.peerEvents->ending(), u"closed 1005 '' clean"_s);
}

void TestEndings::codesThatMayNotBeSentAreRefused_data()
{
    QTest::addColumn<quint16>("code");
    for (const int code : {0, 1, 999, 1004, 1006, 1015, 1016, 2000, 2999, 5000, 65535})
        QTest::addRow("%d", code) << quint16(code);
}

void TestEndings::codesThatMayNotBeSentAreRefused()
{
    QFETCH(const quint16, code);
    Pair pair;
    QVERIFY(pair.open());
    QVERIFY(!pair.client.close(code));
    QCOMPARE(pair.client.state(), Ws::Open);
    QVERIFY(!pair.client.errorString().isEmpty());
    pair.client.sendText("still open");
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 1);
}

void TestEndings::codesThatMayBeSentArrive_data()
{
    QTest::addColumn<quint16>("code");
    for (const int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999})
        QTest::addRow("%d", code) << quint16(code);
}

void TestEndings::codesThatMayBeSentArrive()
{
    QFETCH(const quint16, code);
    Pair pair;
    QVERIFY(pair.open());
    QVERIFY(pair.peer->close(code));
    WS_TRY_COMPARE(pair.events.ending(), u"closed %1 '' clean"_s.arg(code));
}

void TestEndings::longReasonIsCutBetweenCharacters()
{
    Pair pair;
    QVERIFY(pair.open());
    QVERIFY(pair.client.close(1000, u"x"_s + QString(100, u'€')));
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->ending(), u"closed 1000 'x%1' clean"_s.arg(QString(40, u'€')));
}

void TestEndings::messagesBeforeTheCloseArriveBeforeIt()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    QVERIFY(pair.peer->sendText("1"));
    QVERIFY(pair.peer->sendText("2"));
    QVERIFY(pair.peer->close());
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.events.all,
             QStringList({u"opened"_s, u"text 1"_s, u"text 2"_s, u"closed 1000 '' clean"_s}));
}

void TestEndings::closeFollowsAllThatIsBuffered()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    pair.events.keepsMessages = false;
    for (int i = 0; i < 30; ++i)
        QVERIFY(pair.peer->sendBinary(QByteArray(MiB, 'x')));
    QVERIFY(pair.peer->close(3000, u"done"_s));
    WS_TRY_VERIFY(pair.events.isClosed() && pair.peerEvents->isClosed());
    QCOMPARE(pair.events.messageCount, 30);
    QCOMPARE(pair.events.ending(), u"closed 3000 'done' clean"_s);
    QCOMPARE(pair.peerEvents->ending(), u"closed 3000 'done' clean"_s);
}

void TestEndings::messagesOfThePeerAfterOwnCloseAreDelivered()
{
    RawPair pair;
    QVERIFY(pair.upgrade());
    QVERIFY(pair.peer->close());
    WS_TRY_COMPARE(pair.raw.frames().size(), 1);
    pair.raw.send(frame(TextFrame, "was under way") + frame(PingFrame, "unanswered")
                  + frame(CloseFrame, closePayload(1000)));
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->all,
             QStringList({u"opened"_s, u"text was under way"_s, u"closed 1000 '' clean"_s}));
    WS_TRY_VERIFY(pair.raw.hasEnded);
    QCOMPARE(pair.raw.frames().size(), 1); // RFC 6455 §5.5.1: nothing follows a Close
}

void TestEndings::whatFollowsACloseIsIgnored()
{
    RawPair pair;
    QVERIFY(pair.upgrade());
    pair.raw.send(frame(CloseFrame, closePayload(3000, "bye")) + frame(TextFrame, "ignored")
                  + QByteArray(100'000, '\xFF'));
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->all, QStringList({u"opened"_s, u"closed 3000 'bye' clean"_s}));
}

void TestEndings::peerVanishesWithoutAClose_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<bool>("isReset");
    QTest::newRow("FIN, ws") << false << false;
    QTest::newRow("reset, ws") << false << true;
    QTest::newRow("FIN, wss") << true << false;
    QTest::newRow("reset, wss") << true << true;
}

void TestEndings::peerVanishesWithoutAClose()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isReset);
    RawPair pair(isTls);
    QVERIFY(pair.upgrade());
    if (isReset)
        pair.raw.reset();
    else
        pair.raw.socket->disconnectFromHost();
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->ending(), lost());
    QCOMPARE(pair.peerEvents->states, QList<Ws::State>({Ws::Open, Ws::Closed}));

    if (isTls)
        return; // the hand-made server is a plain one
    RawServer server;
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    if (isReset)
        server.peer->reset();
    else
        server.peer->socket->disconnectFromHost();
    WS_TRY_VERIFY(events.isClosed());
    QCOMPARE(events.ending(), lost());
}

void TestEndings::peerVanishesInsideAMessage()
{
    RawPair pair;
    QVERIFY(pair.upgrade());
    pair.raw.send(frame(TextFrame, "whole") + frameHeader(TextFrame, 1000) + "half");
    pair.raw.socket->disconnectFromHost();
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->messages(), QStringList{u"text whole"_s});
    QCOMPARE(pair.peerEvents->ending(), lost());
}

void TestEndings::peerVanishesAfterOwnClose()
{
    RawPair pair;
    QVERIFY(pair.upgrade());
    QVERIFY(pair.peer->close());
    WS_TRY_COMPARE(pair.raw.frames().size(), 1);
    pair.raw.socket->disconnectFromHost();
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->ending(), lost());
}

// CVE-2024-23672 (Tomcat).
void TestEndings::peerThatNeverAnswersTheCloseIsCut()
{
    QFETCH(const bool, isTls);
    RawPair pair(isTls);
    WsOptions options;
    options.setCloseTimeout(100ms);
    pair.setOptions(options);
    QVERIFY(pair.upgrade());
    QVERIFY(pair.peer->close(3000));
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->ending(), u"error Timeout, closed 1006 '' unclean"_s);
    WS_TRY_VERIFY(pair.raw.hasEnded);
    QCOMPARE(pair.raw.frames().at(0).closeCode(), 3000);
}

void TestEndings::serverThatNeverAnswersTheCloseIsLeft()
{
    RawServer server;
    WsClient client;
    Events events(&client);
    WsOptions options;
    options.setCloseTimeout(100ms);
    client.setOptions(options);
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QVERIFY(client.close());
    WS_TRY_VERIFY(events.isClosed());
    QCOMPARE(events.ending(), u"error Timeout, closed 1006 '' unclean"_s);
    WS_TRY_VERIFY(server.peer->hasEnded);
}

// RFC 6455 §7.1.1: the server ends TCP first, but the client need not wait for ever.
void TestEndings::serverThatNeverEndsTcpIsLeftCleanly()
{
    RawServer server;
    WsClient client;
    Events events(&client);
    WsOptions options;
    options.setCloseTimeout(2s); // in which the answer arrives
    client.setOptions(options);
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QVERIFY(client.close(3000));
    WS_TRY_COMPARE(server.peer->frames().size(), 1);
    server.peer->send(unmaskedFrame(CloseFrame, closePayload(3000, "ok")));
    WS_TRY_VERIFY(events.isClosed());
    QCOMPARE(events.ending(), u"closed 3000 'ok' clean"_s);
    WS_TRY_VERIFY(server.peer->hasEnded);
}

void TestEndings::peerThatNeverReadsTheCloseIsCut()
{
    QFETCH(const bool, isTls);
    RawPair pair(isTls);
    WsOptions options;
    options.setCloseTimeout(100ms);
    pair.setOptions(options);
    QVERIFY(pair.upgrade());
    pair.raw.stopReading();
    for (int i = 0; i < 30; ++i)
        QVERIFY(pair.peer->sendBinary(QByteArray(MiB, 'x')));
    QVERIFY(pair.peer->close());
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->ending(), u"error Timeout, closed 1006 '' unclean"_s);
    const QString text = pair.peerEvents->errors.first().text();
    static const QRegularExpression expected(
        u"^[\\d,]{9,} bytes were still queued; the peer took none for closeTimeout \\(100 ms\\)$"_s);
    QVERIFY2(text.contains(expected), qPrintable(text));
}

void TestEndings::peerThatTakesNothingIsCutByItsMissingPong()
{
    QFETCH(const bool, isTls);
    RawPair pair(isTls);
    WsOptions options;
    options.setPingInterval(50ms);
    options.setPongTimeout(100ms);
    pair.setOptions(options);
    QVERIFY(pair.upgrade());
    pair.raw.stopReading();
    for (int i = 0; i < 30; ++i)
        QVERIFY(pair.peer->sendBinary(QByteArray(MiB, 'x')));
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->ending(), u"error Timeout, closed 1006 '' unclean"_s);
    const QString text = pair.peerEvents->errors.first().text();
    static const QRegularExpression expected(
        u"^[\\d,]{9,} bytes were still queued; the peer took none for pongTimeout \\(100 ms\\)$"_s);
    QVERIFY2(text.contains(expected), qPrintable(text));
}

void TestEndings::peerThatNeverAnswersPingsIsCut()
{
    RawPair pair;
    WsOptions options;
    options.setPingInterval(50ms);
    options.setPongTimeout(100ms);
    pair.setOptions(options);
    QVERIFY(pair.upgrade());
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->ending(), u"error Timeout, closed 1006 '' unclean"_s);
    WS_TRY_VERIFY(pair.raw.hasEnded);
    const QList<ReceivedFrame> frames = pair.raw.frames();
    QCOMPARE(frames.size(), 2);
    QCOMPARE(frames.at(0).opcode, quint8(PingFrame));
    QCOMPARE(frames.at(1).opcode, quint8(CloseFrame));
    QCOMPARE(frames.at(1).closeCode(), pair.peerEvents->errors.at(0).closeCode());
}

void TestEndings::serverThatNeverAnswersPingsIsLeft()
{
    RawServer server;
    WsClient client;
    Events events(&client);
    WsOptions options;
    options.setPingInterval(50ms);
    options.setPongTimeout(100ms);
    client.setOptions(options);
    QVERIFY(client.open(server.url()));
    WS_TRY_VERIFY(events.isClosed());
    QCOMPARE(events.ending(), u"error Timeout, closed 1006 '' unclean"_s);
}

void TestEndings::peerThatAnswersWithDataOnlyLives()
{
    RawPair pair;
    WsOptions options;
    options.setPingInterval(100ms);
    options.setPongTimeout(1s);
    pair.setOptions(options);
    QVERIFY(pair.upgrade());
    for (int pings = 1; pings <= 5; ++pings) {
        WS_TRY_COMPARE(pair.raw.frames().size(), pings);
        pair.raw.send(frame(TextFrame, "no pong, but alive"));
        WS_TRY_COMPARE(pair.peerEvents->messageCount, pings);
    }
    QVERIFY(!pair.peerEvents->isClosed());
}

void TestEndings::brokenRulesAreToldToTheClient_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("code");
    QTest::newRow("unmasked") << unmaskedFrame(TextFrame, "a") << 1002;
    QTest::newRow("reserved bit") << "\xC1\x80\0\0\0\0"_ba << 1002;
    QTest::newRow("reserved opcode") << frame(3) << 1002;
    QTest::newRow("reserved control opcode") << frame(11) << 1002;
    QTest::newRow("long control frame") << frame(PingFrame, QByteArray(126, 'x')) << 1002;
    QTest::newRow("fragmented control frame") << frame(PingFrame, {}, false) << 1002;
    QTest::newRow("continuation of nothing") << frame(Continuation, "a") << 1002;
    QTest::newRow("message inside a message") << frame(TextFrame, "a", false) + frame(TextFrame, "b") << 1002;
    QTest::newRow("length not minimal") << "\x81\xFE\0\x05\0\0\0\0hello"_ba << 1002;
    QTest::newRow("negative length") << frameHeader(BinaryFrame, Q_UINT64_C(1) << 63) << 1002;
    QTest::newRow("text not UTF-8") << frame(TextFrame, "caf\xE9") << 1007;
    QTest::newRow("text not UTF-8, first bytes") << frameHeader(TextFrame, 1000) + "\xFF" << 1007;
    QTest::newRow("Close of one byte") << frame(CloseFrame, "x") << 1002;
    QTest::newRow("Close with 1005") << frame(CloseFrame, closePayload(1005)) << 1002;
    QTest::newRow("Close with 999") << frame(CloseFrame, closePayload(999)) << 1002;
    QTest::newRow("Close reason not UTF-8") << frame(CloseFrame, closePayload(1000, "\xFF")) << 1007;
}

namespace {
void checkBrokenRule(bool isTls)
{
    QFETCH(const QByteArray, bytes);
    QFETCH(const int, code);
    RawPair pair(isTls);
    WsOptions options;
    options.setCloseTimeout(60s); // it must not take that long
    pair.setOptions(options);
    QVERIFY(pair.upgrade());
    pair.raw.send(frame(TextFrame, "before") + bytes + frame(TextFrame, "after"));
    WS_TRY_COMPARE(pair.raw.frames().size(), 1);
    QCOMPARE(pair.raw.frames().at(0).opcode, quint8(CloseFrame));
    QCOMPARE(pair.raw.frames().at(0).closeCode(), code);
    pair.raw.send(frame(CloseFrame, closePayload(quint16(code)))); // as the RFC asks of it
    WS_TRY_VERIFY(pair.raw.hasEnded);
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->all, QStringList({u"opened"_s, u"text before"_s, u"error Protocol"_s,
                                                u"closed 1006 '' unclean"_s}));
    const WsError error = pair.peerEvents->errors.at(0);
    QCOMPARE(error.closeCode(), code);
    QCOMPARE(QString::fromUtf8(pair.raw.frames().at(0).payload.sliced(2)), error.text());
}
} // namespace

void TestEndings::brokenRulesAreToldToTheClient()
{
    checkBrokenRule(false);
}

void TestEndings::brokenRulesAreToldToTheClientOverTls()
{
    checkBrokenRule(true);
}

void TestEndings::brokenRulesAreToldToTheServer_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("code");
    QTest::newRow("masked") << frame(TextFrame, "a") << 1002;
    QTest::newRow("reserved bit") << "\xC1\0"_ba << 1002;
    QTest::newRow("reserved opcode") << unmaskedFrame(5) << 1002;
    QTest::newRow("text not UTF-8") << unmaskedFrame(TextFrame, "\xC0\x80") << 1007;
    QTest::newRow("Close of one byte") << unmaskedFrame(CloseFrame, "x") << 1002;
    QTest::newRow("too large") << frameHeader(BinaryFrame, 1 << 30, true, false) << 1009;
}

void TestEndings::brokenRulesAreToldToTheServer()
{
    QFETCH(const QByteArray, bytes);
    QFETCH(const int, code);
    RawServer server;
    server.afterAnswer = unmaskedFrame(TextFrame, "before") + bytes + unmaskedFrame(TextFrame, "after");
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(server.url()));
    WS_TRY_VERIFY(server.peer && server.peer->frames().size() == 1);
    QCOMPARE(server.peer->frames().at(0).closeCode(), code);
    server.peer->send(unmaskedFrame(CloseFrame, closePayload(quint16(code))));
    server.peer->socket->disconnectFromHost();
    WS_TRY_VERIFY(events.isClosed());
    QCOMPARE(events.messages(), QStringList{u"text before"_s});
    QCOMPARE(events.ending(), u"error %1, closed 1006 '' unclean"_s.arg(code == 1009 ? u"TooLarge"_s
                                                                                    : u"Protocol"_s));
}

void TestEndings::brokenRuleAfterOwnCloseEndsIt()
{
    RawPair pair;
    QVERIFY(pair.upgrade());
    QVERIFY(pair.peer->close());
    WS_TRY_COMPARE(pair.raw.frames().size(), 1);
    pair.raw.send(unmaskedFrame(TextFrame, "wrong"));
    WS_TRY_VERIFY(pair.raw.hasEnded);
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->ending(), u"error Protocol, closed 1006 '' unclean"_s);
    QCOMPARE(pair.raw.frames().size(), 1);
}

void TestEndings::limitsAreToldToThePeer_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("code");
    QTest::newRow("message") << frameHeader(BinaryFrame, 2001) << 1009;
    QTest::newRow("message in fragments")
        << frame(BinaryFrame, QByteArray(1000, 'x'), false) + frameHeader(Continuation, 1001) << 1009;
    QTest::newRow("frame") << frameHeader(BinaryFrame, 1501) << 1009;
    QTest::newRow("fragments")
        << frame(TextFrame, "a", false) + frame(Continuation, "b", false).repeated(10) << 1008;
}

void TestEndings::limitsAreToldToThePeer()
{
    QFETCH(const QByteArray, bytes);
    QFETCH(const int, code);
    RawPair pair;
    WsOptions options;
    options.setMaxMessageSize(2000);
    options.setMaxFrameSize(1500);
    options.setMaxFragments(10);
    pair.setOptions(options);
    QVERIFY(pair.upgrade());
    pair.raw.send(frame(BinaryFrame, QByteArray(1000, 'x'), false) + frame(Continuation, QByteArray(1000, 'x')));
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 1);
    pair.raw.send(bytes);
    WS_TRY_COMPARE(pair.raw.frames().size(), 1);
    QCOMPARE(pair.raw.frames().at(0).closeCode(), code);
    pair.raw.socket->disconnectFromHost();
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->ending(), u"error TooLarge, closed 1006 '' unclean"_s);
}

void TestEndings::failureBetweenOurOwnEndsIsTold()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    WsOptions options;
    options.setMaxMessageSize(1000);
    options.setCloseTimeout(60s);
    pair.server.setOptions(options);
    QVERIFY(pair.open());
    QVERIFY(pair.client.sendBinary(QByteArray(20 * MiB, 'x'))); // much is still under way when it fails
    WS_TRY_VERIFY(pair.events.isClosed() && pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->ending(), u"error TooLarge, closed 1006 '' unclean"_s);
    QVERIFY(pair.events.ending().startsWith(u"closed 1009 'the frame"_s)
            || pair.events.ending().startsWith(u"closed 1009 'the message"_s));
}

void TestEndings::refusedConnectionIsTold()
{
    QFETCH(const bool, isTls);
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    const QUrl url(u"%1://127.0.0.1:%2"_s.arg(isTls ? u"wss"_s : u"ws"_s).arg(server.serverPort()));
    server.close();
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(url));
    WS_TRY_VERIFY(events.isClosed());
    QCOMPARE(events.ending(), lost());
    QCOMPARE(events.errors.at(0).socketError(), QAbstractSocket::ConnectionRefusedError);
    QCOMPARE(client.closeCode(), 1006);
    QVERIFY(!client.errorString().isEmpty());
}

void TestEndings::unknownHostIsTold()
{
    QFETCH(const bool, isTls);
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(QUrl(isTls ? u"wss://host.invalid/"_s : u"ws://host.invalid/"_s)));
    WS_TRY_VERIFY(events.isClosed());
    QCOMPARE(events.ending(), lost());
    QCOMPARE(events.errors.at(0).socketError(), QAbstractSocket::HostNotFoundError);
}

void TestEndings::abortEndsAtOnce_data()
{
    QTest::addColumn<int>("state");
    QTest::addColumn<bool>("isTls");
    for (const bool isTls : {false, true}) {
        QTest::addRow("connecting, %s", isTls ? "wss" : "ws") << int(Ws::Connecting) << isTls;
        QTest::addRow("open, %s", isTls ? "wss" : "ws") << int(Ws::Open) << isTls;
        QTest::addRow("closing, %s", isTls ? "wss" : "ws") << int(Ws::Closing) << isTls;
    }
}

void TestEndings::abortEndsAtOnce()
{
    QFETCH(const int, state);
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(state == Ws::Connecting ? pair.start() : pair.open());
    if (state == Ws::Closing)
        QVERIFY(pair.client.close());
    QCOMPARE(pair.client.state(), state);
    pair.client.abort();
    QCOMPARE(pair.client.state(), Ws::Closed);
    QCOMPARE(pair.events.ending(), u"closed 1006 '' unclean"_s);
    if (state == Ws::Open) {
        WS_TRY_VERIFY(pair.peerEvents->isClosed());
        QCOMPARE(pair.peerEvents->ending(), lost());
    }
    WS_TRY_COMPARE(pair.server.connectionCount(), 0);
}

void TestEndings::closeWhileConnectingEndsAtOnce()
{
    Pair pair;
    QVERIFY(pair.start());
    QVERIFY(pair.client.close(3000, u"too late"_s));
    QCOMPARE(pair.events.all, QStringList{u"closed 1006 '' unclean"_s});
    QCOMPARE(pair.events.states, QList<Ws::State>({Ws::Connecting, Ws::Closed}));
    QVERIFY(pair.open()); // and it can be opened again
}

void TestEndings::abortOfAClosedClientDoesNothing()
{
    Pair pair;
    pair.client.abort();
    QVERIFY(pair.events.all.isEmpty());
    QVERIFY(pair.open());
    pair.client.close();
    WS_TRY_VERIFY(pair.events.isClosed());
    pair.client.abort();
    QCOMPARE(pair.events.ending(), u"closed 1000 '' clean"_s);
}

void TestEndings::closePropertiesTellTheEnding()
{
    Pair pair;
    QVERIFY(pair.open());
    QCOMPARE(pair.client.closeCode(), Ws::NoStatus);
    connect(&pair.client, &WsConnection::closed, this, [&](quint16 code, const QString &reason) {
        QCOMPARE(pair.client.state(), Ws::Closed);
        QCOMPARE(pair.client.closeCode(), code);
        QCOMPARE(pair.client.closeReason(), reason);
    });
    pair.peer->close(4001, u"why"_s);
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.client.closeCode(), 4001);
    QCOMPARE(pair.client.closeReason(), u"why"_s);
    QVERIFY(pair.client.open());
    QCOMPARE(pair.client.closeCode(), Ws::NoStatus);
    QVERIFY(pair.client.closeReason().isEmpty());
}

#include "../testprogram.h"
WSKIT_TEST(TestEndings)
#include "tst_endings.moc"
