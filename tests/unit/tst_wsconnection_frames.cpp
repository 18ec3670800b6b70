// SPDX-License-Identifier: MIT

// The signals for the frames of messages, on a fake transport.

#include <WsKit/WsByteStream>
#include <WsKit/WsConnection>

#include "connectiontesting.h"

#include <QtCore/qeventloop.h>

#include <stdexcept>

using namespace ConnectionTesting;

namespace {
void addRoles()
{
    QTest::addColumn<WsRole>("role");
    QTest::newRow("client") << WsRole::Client;
    QTest::newRow("server") << WsRole::Server;
}

void addFeedings()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Feeding>("feeding");
    for (const WsRole role : BothRoles) {
        addRow(role, "whole") << Whole;
        addRow(role, "whole, to buffers") << WholeToBuffers;
        addRow(role, "byte by byte") << ByteByByte;
    }
}

// From now on what the side tells contains the frames: "frame 'a', final frame 'b', text ab".
void tellFrames(Side &side)
{
    const auto tell = [log = side.log.get()](const QString &frame, bool isFinal) {
        log->all.append((isFinal ? u"final frame '"_s : u"frame '"_s) + frame + u'\'');
    };
    QObject::connect(side.connection, &WsConnection::textFrameReceived, side.log.get(), tell);
    QObject::connect(
        side.connection, &WsConnection::binaryFrameReceived, side.log.get(),
        [tell](const QByteArray &frame, bool isFinal) { tell(QString::fromUtf8(frame), isFinal); });
}

const Frames twoFrames{text("a").notFinal(), continuation("b")};
const QString twoFramesTold = u"frame 'a', final frame 'b', text ab"_s;
} // namespace

class TestWsConnectionFrames : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void framesComeBeforeTheirMessage_data() { addFeedings(); }
    void framesComeBeforeTheirMessage();
    void aFrameIsReportedBeforeTheNextOneArrives();
    void cutCharactersGoWithTheNextFrame();
    void messageSharesItsOnlyFrame_data() { addRoles(); }
    void messageSharesItsOnlyFrame();
    void messageOfSeveralFramesIsWhole();
    void messageIsNeverTheFrameOfAnEarlierOne();
    void eachTypeHasItsOwnSignal();
    void handlerIsCalledAfterTheFrames();
    void noFramesOfMessagesThatAreTaken();
    void noFramesOfStreams();
    void noFramesOfAByteStream();
    void connectingInASlotCountsFromTheNextMessage_data() { addFeedings(); }
    void connectingInASlotCountsFromTheNextMessage();
    void connectingWithinAMessageCountsFromTheNext();
    void disconnectingEndsThem_data() { addFeedings(); }
    void disconnectingEndsThem();
    void pausingInASlotHoldsTheMessageBack_data() { addFeedings(); }
    void pausingInASlotHoldsTheMessageBack();
    void framesOfAPauseComeAfterIt_data() { addFeedings(); }
    void framesOfAPauseComeAfterIt();
    void keptFramesCountAgainstTheMark();
    void emptyFramesOfAPauseCountAgainstTheMark();
    void nothingIsDeliveredWhileASlotRunsALoop_data() { addFeedings(); }
    void nothingIsDeliveredWhileASlotRunsALoop();
    void endingInASlotIsTheEnd_data() { addRoles(); }
    void endingInASlotIsTheEnd();
    void closingInASlotDeliversTheMessage_data() { addRoles(); }
    void closingInASlotDeliversTheMessage();
    void deletingInASlotIsSafe_data() { addRoles(); }
    void deletingInASlotIsSafe();
    void reopeningInASlotIsSafe();
    void framesBeforeAWrongOneAreReported_data() { addFeedings(); }
    void framesBeforeAWrongOneAreReported();
    void noFramesAfterAHandlerHasThrown();
};

void TestWsConnectionFrames::framesComeBeforeTheirMessage()
{
    QFETCH(const WsRole, role);
    QFETCH(const Feeding, feeding);
    Side side(role);
    QVERIFY(side.open());
    side.setFeeding(feeding);
    tellFrames(side);
    side.receive({text("a").notFinal(), ping("p"), continuation("b"), binary("whole"), text(""),
                  binary("").notFinal(), continuation("z").notFinal(), continuation("")});
    settle();
    QCOMPARE(
        side.told(),
        u"frame 'a', ping p, final frame 'b', text ab, final frame 'whole', binary whole, final frame '', "
        "text , frame '', frame 'z', final frame '', binary z"_s);
}

void TestWsConnectionFrames::aFrameIsReportedBeforeTheNextOneArrives()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    tellFrames(side);
    side.receive({text("a").notFinal()});
    QCOMPARE(side.told(), u"frame 'a'"_s);
    side.receive({continuation("b")});
    QCOMPARE(side.told(), u"final frame 'b', text ab"_s);
}

void TestWsConnectionFrames::cutCharactersGoWithTheNextFrame()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    tellFrames(side);
    side.receive(
        {text("1\xE2\x82").notFinal(), continuation("\xAC\xF0\x9F").notFinal(), continuation("\x98\x80")});
    QCOMPARE(side.told(), u"frame '1', frame '\u20AC', final frame '\U0001F600', text 1\u20AC\U0001F600"_s);
}

void TestWsConnectionFrames::messageSharesItsOnlyFrame()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    QString textFrame;
    QByteArray binaryFrame;
    int same = 0;
    connect(side.connection, &WsConnection::textFrameReceived, this,
            [&](const QString &frame) { textFrame = frame; });
    connect(side.connection, &WsConnection::textMessageReceived, this,
            [&](const QString &text) { same += text.constData() == textFrame.constData(); });
    connect(side.connection, &WsConnection::binaryFrameReceived, this,
            [&](const QByteArray &frame) { binaryFrame = frame; });
    connect(side.connection, &WsConnection::binaryMessageReceived, this,
            [&](const QByteArray &data) { same += data.constData() == binaryFrame.constData(); });
    side.receive({text("some text"), binary("some data"), binary(QByteArray(400000, 'x'))});
    settle();
    QCOMPARE(same, 3);
    side.connection->setPaused(true);
    side.receive({text("some text"), binary("some data")});
    settle();
    side.connection->setPaused(false);
    settle();
    QCOMPARE(same, 5);
}

// Its last frame may be as long as one of a former message.
void TestWsConnectionFrames::messageOfSeveralFramesIsWhole()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    QStringList texts;
    connect(side.connection, &WsConnection::textFrameReceived, this, [] {});
    connect(side.connection, &WsConnection::textMessageReceived, this,
            [&](const QString &text) { texts.append(text); });
    side.receive({text("abcd"), text("12").notFinal(), continuation("3456"), text("3456"), text("")});
    QCOMPARE(texts, QStringList({u"abcd"_s, u"123456"_s, u"3456"_s, u""_s}));
}

// Nobody wanted the text of the first message after its frame, and the second one is as long.
void TestWsConnectionFrames::messageIsNeverTheFrameOfAnEarlierOne()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    QStringList texts;
    QMetaObject::Connection forTexts;
    const auto listen = [&] {
        forTexts = connect(side.connection, &WsConnection::textMessageReceived, this,
                           [&](const QString &text) { texts.append(text); });
    };
    listen();
    connect(side.connection, &WsConnection::textFrameReceived, this, [&](const QString &frame) {
        if (frame == u"first"_s)
            disconnect(forTexts);
        else
            listen();
    });
    side.receive({text("first"), text("other")});
    QCOMPARE(texts, QStringList{u"other"_s});
}

void TestWsConnectionFrames::eachTypeHasItsOwnSignal()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    connect(side.connection, &WsConnection::binaryFrameReceived, side.log.get(),
            [&](const QByteArray &frame) { side.log->all.append(QString::fromUtf8(frame)); });
    side.receive({text("t"), binary("b")});
    QCOMPARE(side.told(), u"text t, b, binary b"_s);
}

void TestWsConnectionFrames::handlerIsCalledAfterTheFrames()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    tellFrames(side);
    side.connection->setMessageHandler([&](WsConnection &, Ws::MessageType, QByteArrayView payload) {
        side.log->all.append(u"handled "_s + QString::fromUtf8(payload));
    });
    side.receive({text("a").notFinal(), continuation("b"), binary("c")});
    QCOMPARE(side.told(), u"frame 'a', final frame 'b', handled ab, final frame 'c', handled c"_s);
}

void TestWsConnectionFrames::noFramesOfMessagesThatAreTaken()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    tellFrames(side);
    side.receive({text("a").notFinal()});
    QCOMPARE(side.told(), u"frame 'a'"_s);
    const auto first = side.connection->receive();
    side.receive({continuation("b"), text("c").notFinal(), continuation("d")});
    QCOMPARE(side.told(), QString());
    QCOMPARE(first.result()->text(), u"ab"_s);
    QCOMPARE(side.take(), u"cd"_s);
}

void TestWsConnectionFrames::noFramesOfStreams()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    tellFrames(side);
    side.receive({text("a").notFinal()});
    side.connection->setBinaryType(Ws::Stream);
    side.receive({continuation("b"), text("c").notFinal(), continuation("d")});
    QCOMPARE(side.told(), twoFramesTold);
    side.connection->setBinaryType(Ws::ByteArray);
    side.receive(twoFrames);
    QCOMPARE(side.told(), twoFramesTold);
}

void TestWsConnectionFrames::noFramesOfAByteStream()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    tellFrames(side);
    side.receive({binary("a").notFinal()});
    QCOMPARE(side.told(), u"frame 'a'"_s);
    WsByteStream stream(side.connection);
    side.receive({continuation("b"), binary("c")});
    QCOMPARE(side.told(), QString());
    QCOMPARE(stream.readAll(), QByteArray("abc"));
}

void TestWsConnectionFrames::connectingInASlotCountsFromTheNextMessage()
{
    QFETCH(const WsRole, role);
    QFETCH(const Feeding, feeding);
    Side side(role);
    QVERIFY(side.open());
    side.setFeeding(feeding);
    bool hasConnected = false;
    side.connection->setMessageHandler([&](WsConnection &, Ws::MessageType, QByteArrayView) {
        if (!std::exchange(hasConnected, true))
            tellFrames(side);
    });
    side.receive({text("one"), text("two"), text("three")});
    settle();
    QCOMPARE(side.told(), u"final frame 'two', final frame 'three'"_s);
}

void TestWsConnectionFrames::connectingWithinAMessageCountsFromTheNext()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    side.receive({text("a").notFinal()});
    tellFrames(side);
    side.receive({continuation("b"), text("c")});
    QCOMPARE(side.told(), u"text ab, final frame 'c', text c"_s);
}

void TestWsConnectionFrames::disconnectingEndsThem()
{
    QFETCH(const WsRole, role);
    QFETCH(const Feeding, feeding);
    Side side(role);
    QVERIFY(side.open());
    side.setFeeding(feeding);
    QMetaObject::Connection connected;
    connected =
        connect(side.connection, &WsConnection::textFrameReceived, side.log.get(), [&](const QString &frame) {
            side.log->all.append(u"frame "_s + frame);
            disconnect(connected);
        });
    side.receive({text("a").notFinal(), continuation("b"), text("c")});
    settle();
    QCOMPARE(side.told(), u"frame a, text ab, text c"_s);
    tellFrames(side);
    side.receive({text("d")});
    settle();
    QCOMPARE(side.told(), u"final frame 'd', text d"_s);
}

void TestWsConnectionFrames::pausingInASlotHoldsTheMessageBack()
{
    QFETCH(const WsRole, role);
    QFETCH(const Feeding, feeding);
    Side side(role);
    QVERIFY(side.open());
    side.setFeeding(feeding);
    tellFrames(side);
    connect(side.connection, &WsConnection::textFrameReceived, side.connection,
            [&](const QString &, bool isFinal) { side.connection->setPaused(isFinal); });
    side.receive(twoFrames);
    settle();
    QCOMPARE(side.told(), u"frame 'a', final frame 'b'"_s);
    side.connection->setPaused(false);
    settle();
    QCOMPARE(side.told(), u"text ab"_s);
}

void TestWsConnectionFrames::framesOfAPauseComeAfterIt()
{
    QFETCH(const WsRole, role);
    QFETCH(const Feeding, feeding);
    Side side(role);
    QVERIFY(side.open());
    side.setFeeding(feeding);
    tellFrames(side);
    side.connection->setPaused(true);
    side.receive(twoFrames);
    settle();
    QCOMPARE(side.told(), QString());
    side.connection->setPaused(false);
    settle();
    QCOMPARE(side.told(), twoFramesTold);
}

void TestWsConnectionFrames::keptFramesCountAgainstTheMark()
{
    WsOptions options;
    options.setHighWaterMark(10000);
    Side side(WsRole::Server, options);
    QVERIFY(side.open());
    side.wire->chunk = 1000;
    tellFrames(side);
    side.connection->setPaused(true);
    Frames frames{text(QByteArray(1000, 'x')).notFinal()};
    for (int i = 0; i < 100; ++i)
        frames += continuation(QByteArray(1000, 'y')).notFinal();
    side.receive(frames);
    settle();
    QVERIFY(side.wire->unread.size() > 85000);
    side.connection->setPaused(false);
    for (int i = 0; i < 100 && !side.wire->unread.isEmpty(); ++i)
        settle();
    QCOMPARE(side.wire->unread.size(), 0);
    QCOMPARE(side.told().count(u"frame"_s), 101);
}

void TestWsConnectionFrames::emptyFramesOfAPauseCountAgainstTheMark()
{
    WsOptions options;
    options.setHighWaterMark(10000);
    Side side(WsRole::Client, options);
    QVERIFY(side.open());
    side.wire->chunk = 100;
    tellFrames(side);
    side.connection->setPaused(true);
    Frames frames{text("").notFinal()};
    for (int i = 0; i < 5000; ++i)
        frames += continuation("").notFinal();
    side.receive(frames);
    settle();
    QVERIFY(side.wire->unread.size() > 9000);
}

void TestWsConnectionFrames::nothingIsDeliveredWhileASlotRunsALoop()
{
    QFETCH(const WsRole, role);
    QFETCH(const Feeding, feeding);
    Side side(role);
    QVERIFY(side.open());
    side.setFeeding(feeding);
    tellFrames(side);
    bool hasRun = false;
    connect(side.connection, &WsConnection::textFrameReceived, side.connection, [&](const QString &frame) {
        if (std::exchange(hasRun, true))
            return;
        const QString before = frame;
        side.receive({continuation("b"), text("c").notFinal(), continuation("d")});
        QEventLoop().processEvents();
        side.link().readAhead();
        QCOMPARE(frame, before);
        side.log->all.append(u"returns"_s);
    });
    side.receive({text("a").notFinal()});
    settle();
    QCOMPARE(side.told(),
             u"frame 'a', returns, final frame 'b', text ab, frame 'c', final frame 'd', text cd"_s);
}

void TestWsConnectionFrames::endingInASlotIsTheEnd()
{
    QFETCH(const WsRole, role);
    for (const bool isFinalOne : {false, true}) {
        Side side(role);
        QVERIFY(side.open());
        connect(side.connection, &WsConnection::textFrameReceived, side.connection,
                [&](const QString &, bool isFinal) {
                    if (isFinal == isFinalOne)
                        side.connection->abort();
                });
        side.receive(twoFrames);
        settle();
        QCOMPARE(side.told(), u"Closed, closed 1006 '' unclean"_s);
    }
}

void TestWsConnectionFrames::closingInASlotDeliversTheMessage()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    tellFrames(side);
    connect(side.connection, &WsConnection::textFrameReceived, side.connection,
            [&] { side.connection->close(); });
    side.receive({text("a").notFinal(), continuation("b"), closing(1000)});
    settle();
    side.wire->end();
    settle();
    QCOMPARE(side.told(), u"frame 'a', Closing, final frame 'b', text ab, Closed, closed 1000 '' clean"_s);
}

void TestWsConnectionFrames::deletingInASlotIsSafe()
{
    QFETCH(const WsRole, role);
    for (const bool isFinalOne : {false, true}) {
        Side side(role);
        QVERIFY(side.open());
        connect(side.connection, &WsConnection::textFrameReceived, this, [&](const QString &, bool isFinal) {
            if (isFinal == isFinalOne)
                side.remove();
        });
        side.receive(twoFrames);
        settle();
        QVERIFY(!side.connection);
        QCOMPARE(side.told(), QString());
    }
}

void TestWsConnectionFrames::reopeningInASlotIsSafe()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    tellFrames(side);
    const auto connected = connect(side.connection, &WsConnection::textFrameReceived, side.connection, [&] {
        side.connection->abort();
        (void)side.client()->open();
    });
    side.receive({text("same"), text("next")});
    disconnect(connected);
    settle();
    side.wire->connect();
    side.wire->feed(acceptanceOf(side.wire->takeWritten()));
    settle();
    (void)side.told();
    side.receive({text("1234").notFinal(), continuation("5678")});
    settle();
    QCOMPARE(side.told(), u"frame '1234', final frame '5678', text 12345678"_s);
}

void TestWsConnectionFrames::framesBeforeAWrongOneAreReported()
{
    QFETCH(const WsRole, role);
    QFETCH(const Feeding, feeding);
    Side side(role);
    QVERIFY(side.open());
    side.setFeeding(feeding);
    tellFrames(side);
    side.receive({text("good").notFinal(), continuation("ba\xFF")});
    settle();
    QVERIFY(side.told().startsWith(u"frame 'good', Closing, error Protocol"_s));
}

void TestWsConnectionFrames::noFramesAfterAHandlerHasThrown()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    tellFrames(side);
    side.connection->setMessageHandler(
        [](WsConnection &, Ws::MessageType, QByteArrayView) { throw std::runtime_error("broken"); });
    side.receive({text("a"), text("b").notFinal(), continuation("c")});
    settle();
    QCOMPARE(side.told(), u"final frame 'a', Closing, error Handler"_s);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsConnectionFrames)
#include "tst_wsconnection_frames.moc"
