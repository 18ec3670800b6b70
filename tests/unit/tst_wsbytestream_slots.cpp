// SPDX-License-Identifier: MIT
#include "connectiontesting.h"
#include "heldmemory.h"

#include <WsKit/WsByteStream>

#include <QtCore/qdatastream.h>
#include <QtCore/qregularexpression.h>

using namespace ConnectionTesting;

// A byte stream whose user does what the peer, or the rest of the program, does not expect.
class TestWsByteStreamSlots : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void errorOfATextMayEndAnything_data();
    void errorOfATextMayEndAnything();
    void textAfterOwnCloseIsNoError();
    void writesInASlotComeAfterWhatIsBeingSent_data();
    void writesInASlotComeAfterWhatIsBeingSent();
    void smallMessagesOfABlockTakeLittleMemory_data();
    void smallMessagesOfABlockTakeLittleMemory();
    void errorFromBeforeIsNotTheReasonOfTheEnd();
    void errorOfAnAttemptIsForgottenOnceOpen();
    void streamThatIsClosedBeforeTheClientIsOpenHasEnded();
    void takingMessagesIsRefused();
    void messageHandlerIsCalledAgainAfterTheStream();
    void missingConnectionIsRefused();
};

// --- the peer sends text

void TestWsByteStreamSlots::errorOfATextMayEndAnything_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<bool>("isKept");
    QTest::addColumn<QString>("action");
    for (const char *action : {"delete the stream", "delete the connection", "abort", "close the stream"}) {
        for (const char *content : {"hello", ""}) {
            for (const bool isKept : {false, true})
                QTest::addRow("\"%s\"%s: %s", content, isKept ? " after a pause" : "", action)
                    << QByteArray(content) << isKept << QString::fromLatin1(action);
        }
    }
}

void TestWsByteStreamSlots::errorOfATextMayEndAnything()
{
    QFETCH(const QByteArray, content);
    QFETCH(const bool, isKept);
    QFETCH(const QString, action);
    for (const WsRole role : {WsRole::Client, WsRole::Server}) {
        Side side(role);
        QVERIFY(side.open());
        QObject owner;
        side.connection->setPaused(isKept);
        QPointer<WsByteStream> stream = isKept ? nullptr : new WsByteStream(side.connection, &owner);
        int count = 0;
        connect(side.connection, &WsConnection::errorOccurred, &owner, [&] {
            ++count;
            if (action == u"delete the stream")
                delete stream;
            else if (action == u"delete the connection")
                side.remove();
            else if (action == u"abort")
                side.connection->abort();
            else
                stream->close();
        });
        side.receive({text(content), binary("a")});
        if (isKept)
            stream = new WsByteStream(side.connection, &owner);
        if (isKept)
            side.connection->setPaused(false);
        settle();
        QCOMPARE(count, 1);
        QVERIFY(!stream || stream->bytesAvailable() == 0);
    }
}

void TestWsByteStreamSlots::textAfterOwnCloseIsNoError()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    WsByteStream stream(side.connection);
    side.connection->close();
    side.receive({text(""), text("a")});
    settle();
    QCOMPARE(side.told(), u"Closing"_s);
}

// --- order

void TestWsByteStreamSlots::writesInASlotComeAfterWhatIsBeingSent_data()
{
    QTest::addColumn<bool>("isBeforeOpening");
    QTest::newRow("while open") << false;
    QTest::newRow("before the opening") << true;
}

void TestWsByteStreamSlots::writesInASlotComeAfterWhatIsBeingSent()
{
    QFETCH(const bool, isBeforeOpening);
    Side side(WsRole::Client);
    WsByteStream stream(side.connection);
    stream.setMessageSize(4);
    int count = 0;
    connect(side.connection, &WsConnection::messageSent, &stream, [&] {
        if (++count > 1)
            return;
        QCOMPARE(stream.write("vwxyz"), 5);
        QVERIFY(stream.bytesToWrite() >= 5);
    });
    if (isBeforeOpening)
        stream.write("abcdefghij");
    QVERIFY(side.open());
    if (!isBeforeOpening)
        stream.write("abcdefghij");
    settle();
    QByteArray sent;
    for (const SentFrame &frame : framesIn(side.wire->takeWritten()))
        sent += frame.payload;
    QCOMPARE(sent, QByteArray("abcdefghijvwxyz"));
    QCOMPARE(stream.bytesToWrite(), 0);
}

// --- memory

void TestWsByteStreamSlots::smallMessagesOfABlockTakeLittleMemory_data()
{
    QTest::addColumn<bool>("peeks");
    QTest::newRow("transactions") << false;
    QTest::newRow("peek()") << true;
}

// QIODevice alone would take 16 KiB for each of these bytes.
void TestWsByteStreamSlots::smallMessagesOfABlockTakeLittleMemory()
{
    if (!HeldMemory::IsAvailable)
        QSKIP("the memory of the program is not known");
    QFETCH(const bool, peeks);
    constexpr int Size = 4000;
    Side side(WsRole::Server);
    QVERIFY(side.open());
    WsByteStream stream(side.connection);
    QDataStream in(&stream);
    QByteArray block;
    connect(&stream, &QIODevice::readyRead, &stream, [&] {
        if (peeks && stream.peek(Size + 4).size() < Size + 4)
            return;
        in.startTransaction();
        in >> block;
        in.commitTransaction();
    });
    const HeldMemory memory;
    side.receive({binary(QByteArray::fromHex("00000fa0"))}); // 4000
    qint64 most = 0;
    for (int i = 0; i < Size; ++i) {
        side.receive({binary(QByteArray(1, char('a' + i % 26)))});
        most = qMax(most, memory.growth());
    }
    settle();
    QCOMPARE(block.size(), Size);
    QCOMPARE(block.left(30), QByteArray("abcdefghijklmnopqrstuvwxyzabcd"));
    QCOMPARE(block.right(2), QByteArray("uv"));
    QVERIFY2(most < 512 * 1024, qPrintable(QString::number(most)));
}

// --- the end

void TestWsByteStreamSlots::errorFromBeforeIsNotTheReasonOfTheEnd()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    WsByteStream stream(side.connection);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"has a WsByteStream already"_s));
    const WsByteStream second(side.connection);
    side.receive({closing(1000)});
    side.wire->end();
    settle();
    QCOMPARE(stream.connection(), nullptr);
    QCOMPARE(stream.errorString(), u"Unknown error"_s); // none
}

void TestWsByteStreamSlots::errorOfAnAttemptIsForgottenOnceOpen()
{
    Side side(WsRole::Client);
    WsReconnect reconnect;
    reconnect.setEnabled(true);
    side.client()->setReconnect(reconnect);
    WsByteStream stream(side.connection);
    side.start();
    side.wire->reset();
    pass(10s);
    side.wire->connect();
    side.wire->feed(acceptanceOf(side.wire->takeWritten()));
    settle();
    side.receive({closing(1011, "sorry")});
    side.wire->end();
    settle();
    QCOMPARE(stream.errorString(), u"the connection was closed with 1011 \"sorry\""_s);
}

void TestWsByteStreamSlots::streamThatIsClosedBeforeTheClientIsOpenHasEnded()
{
    Side side(WsRole::Client);
    QStringList events;
    WsByteStream stream(side.connection);
    connect(&stream, &QIODevice::readChannelFinished, &stream, [&] { events.append(u"finished"_s); });
    connect(&stream, &WsByteStream::disconnected, &stream, [&] { events.append(u"disconnected"_s); });
    stream.close();
    QCOMPARE(events.join(u", "), u"finished, disconnected"_s);
    QCOMPARE(stream.connection(), nullptr);
    WsByteStream another(side.connection);
    QVERIFY2(another.isOpen(), qPrintable(another.errorString()));
    QVERIFY(side.open());
    side.receive({binary("ab")});
    QCOMPARE(another.readAll(), QByteArray("ab"));
}

// --- others who want the messages

void TestWsByteStreamSlots::takingMessagesIsRefused()
{
    const QRegularExpression refusal(u"the messages of the connection go to a WsByteStream"_s);
    Side side(WsRole::Client);
    QVERIFY(side.open());
    WsByteStream stream(side.connection);
    QTest::ignoreMessage(QtWarningMsg, refusal);
    const auto future = side.connection->receive();
    QVERIFY(future.isFinished());
    QVERIFY(!future.result());
    QTest::ignoreMessage(QtWarningMsg, refusal);
    QVERIFY(!side.connection->waitForMessage(QDeadlineTimer(0)));
    side.connection->setPaused(true);
    side.receive({binary("ab")});
    side.connection->setPaused(false);
    settle();
    QCOMPARE(stream.readAll(), QByteArray("ab"));
}

void TestWsByteStreamSlots::messageHandlerIsCalledAgainAfterTheStream()
{
    Side side(WsRole::Client);
    WsReconnect reconnect;
    reconnect.setEnabled(true);
    side.client()->setReconnect(reconnect);
    QByteArray handled;
    side.connection->setMessageHandler(
        [&](WsConnection &, Ws::MessageType, QByteArrayView payload) { handled += payload; });
    QVERIFY(side.open());
    WsByteStream stream(side.connection);
    side.receive({binary("ab")});
    side.wire->reset();
    pass(10s);
    side.wire->connect();
    side.wire->feed(acceptanceOf(side.wire->takeWritten()));
    settle();
    side.receive({binary("cd")});
    settle();
    QCOMPARE(stream.readAll(), QByteArray("ab"));
    QCOMPARE(handled, QByteArray("cd"));
}

void TestWsByteStreamSlots::missingConnectionIsRefused()
{
    QTest::ignoreMessage(QtWarningMsg, "a WsByteStream needs a connection");
    WsByteStream stream(nullptr);
    QVERIFY(!stream.isOpen());
    QCOMPARE(stream.connection(), nullptr);
    QCOMPARE(stream.errorString(), u"there is no connection"_s);
    stream.close();
}

#include "tst_wsbytestream_slots.moc"

#include "../testprogram.h"
WSKIT_TEST(TestWsByteStreamSlots)
