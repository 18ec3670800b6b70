// SPDX-License-Identifier: MIT

// What wskit.protocol says of one engine.

#include "loglines.h"
#include "protocol/wsprotocollog.h"
#include "protocoltesting.h"

using namespace ProtocolTesting;
using namespace Qt::StringLiterals;

class TestWsProtocolLog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void receivedFramesAreNamed();
    void sentFramesAreNamed();
    void closeHasItsCodeAndReason();
    void closeMayHaveNoCode();
    void failureSaysWhatIsWrong();
    void givingUpIsAFailure();
    void unloggedEngineIsSilent();
};

void TestWsProtocolLog::receivedFramesAreNamed()
{
    WsProtocol client(WsRole::Client, {}, 7);
    deflating()(client);
    const LogLines lines("wskit.protocol");
    client.receive(
        fromPeerOf(WsRole::Client, {text("secret").notFinal(), ping("secret"), continuation("secret"),
                                    pong("secret"), binary({}), text("\0"_ba).compressed()}));
    while (client.nextEvent().type != WsEvent::NeedsBytes) {
    }
    QCOMPARE(LogLines::all(), (QStringList{u"connection 7 received text, 6 bytes"_s,
                                           u"connection 7 received ping, fin, 6 bytes"_s,
                                           u"connection 7 sent pong, fin, 6 bytes"_s,
                                           u"connection 7 received continuation, fin, 6 bytes"_s,
                                           u"connection 7 received pong, fin, 6 bytes"_s,
                                           u"connection 7 received binary, fin, 0 bytes"_s,
                                           u"connection 7 received text, fin, compressed, 1 bytes"_s}));
}

void TestWsProtocolLog::sentFramesAreNamed()
{
    for (const WsRole role : BothRoles) {
        WsProtocol protocol(role, {}, 8);
        const LogLines lines("wskit.protocol");
        QVERIFY(protocol.sendMessage(Ws::Text, "secret"));
        QVERIFY(protocol.sendMessage(Ws::Binary, QByteArray(70'000, 's'))); // which a server shares
        QVERIFY(protocol.send(WsPreparedMessage::text(u"secret"_s)));
        QVERIFY(protocol.sendFragments(Ws::Text, {"a", "bc"}));
        QVERIFY(protocol.sendPing("secret"));
        QVERIFY(protocol.sendPong({}));
        drain(protocol);
        QCOMPARE(
            LogLines::all(),
            (QStringList{u"connection 8 sent text, fin, 6 bytes"_s,
                         u"connection 8 sent binary, fin, 70000 bytes"_s,
                         u"connection 8 sent text, fin, 6 bytes"_s, u"connection 8 sent ping, fin, 6 bytes"_s,
                         u"connection 8 sent pong, fin, 0 bytes"_s, u"connection 8 sent text, 1 bytes"_s,
                         u"connection 8 sent continuation, fin, 2 bytes"_s}));
    }
    WsProtocol server(WsRole::Server, {}, 9);
    deflating()(server);
    const LogLines lines("wskit.protocol");
    QVERIFY(server.sendMessage(Ws::Text, QByteArray(1000, 's')));
    QCOMPARE(LogLines::all().size(), 1);
    QVERIFY2(LogLines::all().first().startsWith(u"connection 9 sent text, fin, compressed, "_s),
             qPrintable(LogLines::all().first()));
}

void TestWsProtocolLog::closeHasItsCodeAndReason()
{
    WsProtocol asking(WsRole::Server, {}, 1);
    WsProtocol asked(WsRole::Client, {}, 2);
    const LogLines lines("wskit.protocol");
    QVERIFY(asking.sendClose(4000, "line\nbreak"));
    asked.receive(drain(asking));
    QCOMPARE(asked.nextEvent().type, WsEvent::Close);
    QCOMPARE(LogLines::all(), (QStringList{u"connection 1 sent Close 4000 \"line\\nbreak\""_s,
                                           u"connection 2 received Close 4000 \"line\\nbreak\""_s,
                                           u"connection 2 sent Close 4000 \"line\\nbreak\""_s}));
}

void TestWsProtocolLog::closeMayHaveNoCode()
{
    WsProtocol server(WsRole::Server, {}, 3);
    const LogLines lines("wskit.protocol");
    QVERIFY(server.sendClose(Ws::NoStatus, "not sent either"));
    server.receive(fromPeerOf(WsRole::Server, {closing()}));
    QCOMPARE(server.nextEvent().type, WsEvent::Close);
    QCOMPARE(LogLines::all(), (QStringList{u"connection 3 sent Close without a code"_s,
                                           u"connection 3 received Close without a code"_s}));
}

void TestWsProtocolLog::failureSaysWhatIsWrong()
{
    WsProtocol server(WsRole::Server, {}, 4);
    const LogLines lines("wskit.protocol");
    server.receive(fromPeerOf(WsRole::Server, {frame(0x3)}));
    QCOMPARE(server.nextEvent().type, WsEvent::Failure);
    QCOMPARE(LogLines::all(), (QStringList{u"connection 4 fails with 1002: \"the opcode is reserved\""_s,
                                           u"connection 4 sent Close 1002 \"the opcode is reserved\""_s}));
}

// The peer is not told the text, which may say what does not concern it.
void TestWsProtocolLog::givingUpIsAFailure()
{
    WsProtocol server(WsRole::Server, {}, 5);
    const LogLines lines("wskit.protocol");
    server.giveUp(Ws::ErrorKind::Handler, Ws::InternalError, u"boom"_s, "sorry");
    QCOMPARE(server.state(), WsProtocol::State::ClosedByUs);
    QCOMPARE(server.failure().kind, Ws::ErrorKind::Handler);
    QCOMPARE(LogLines::all(), (QStringList{u"connection 5 sent Close 1011 \"sorry\""_s,
                                           u"connection 5 fails with 1011: \"boom\""_s}));
    const QList<SentFrame> frames = sentBy(server);
    QCOMPARE(frames.size(), 1);
    QCOMPARE(frames.first().payload, closing(1011, "sorry").payload);

    server.giveUp(Ws::ErrorKind::Timeout, Ws::GoingAway, u"later"_s); // there is nothing to give up any more
    QCOMPARE(server.failure().text, u"boom"_s);
    QCOMPARE(LogLines::all().size(), 2);
    QVERIFY(sentBy(server).isEmpty());
}

void TestWsProtocolLog::unloggedEngineIsSilent()
{
    const LogLines lines("wskit.protocol", QtInfoMsg);
    WsProtocol server(WsRole::Server, {}, 6);
    server.receive(fromPeerOf(WsRole::Server, {text("a"), ping("b"), frame(0x3)}));
    while (server.nextEvent().type != WsEvent::Failure) {
    }
    QVERIFY(!server.send(WsPreparedMessage::text(u"c"_s)));
    QCOMPARE(LogLines::all(), QStringList());
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsProtocolLog)
#include "tst_wsprotocollog.moc"
