// SPDX-License-Identifier: MIT

// Which bytes are written and read, and when: flush(), readBufferSize and the mask generator.

#include <WsKit/WsByteStream>
#include <WsKit/WsConnection>

#include "connectiontesting.h"

#include <QtCore/qset.h>
#include <QtTest/qsignalspy.h>

#include <stdexcept>
#include <thread>

using namespace ConnectionTesting;

namespace {
void addRoles()
{
    QTest::addColumn<WsRole>("role");
    QTest::newRow("client") << WsRole::Client;
    QTest::newRow("server") << WsRole::Server;
}

WsOptions readBufferOptions(qint64 size)
{
    WsOptions options;
    options.setReadBufferSize(size);
    return options;
}

// 1, 2, 3 ... in the first byte on the wire.
std::function<quint32()> countingKeys()
{
    return [key = quint32(0)]() mutable { return key += 0x01000000; };
}

QByteArrayList keysIn(const QByteArray &bytes)
{
    QByteArrayList keys;
    for (const SentFrame &frame : framesIn(bytes))
        keys.append(frame.maskingKey.toHex());
    return keys;
}
} // namespace

class TestWsConnectionBytes : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // flush()
    void flushWritesWithinASlot_data() { addRoles(); }
    void flushWritesWithinASlot();
    void flushWritesBeforeTheEventLoop_data() { addRoles(); }
    void flushWritesBeforeTheEventLoop();
    void flushWritesOnlyWhatTheSystemTakes();
    void flushWritesWhatWaitsInBuffers();
    void flushInEveryState_data() { addRoles(); }
    void flushInEveryState();
    void flushWithinAWriteDoesNothing();
    void flushInASlotOfBytesWritten();
    void flushQueuesWhatAStreamHasCollected();
    void flushOfAnotherThreadIsPassedOn();
    void slotOfMessageSentMayDeleteTheConnection();

    // readBufferSize
    void noMoreIsReadAtATime_data() { addRoles(); }
    void noMoreIsReadAtATime();
    void readBufferSizeChangesWhileOpen_data() { addRoles(); }
    void readBufferSizeChangesWhileOpen();
    void openingHasItsOwnReadBuffer();

    // masking keys
    void generatedKeysAreInNetworkByteOrder();
    void everyFrameHasAGeneratedKey();
    void noGeneratorMeansRandomKeys();
    void generatorStaysForLaterOpenings();
    void generatorMayBeSetByAnotherThread();
    void throwingGeneratorClosesTheConnection();
    void throwingGeneratorIsAskedAgainInTheNextOpening();
    void generatorThatThrowsForTheCloseFrameIsReported();
    void generatorThatThrowsForTheLastFrameIsForgotten();
};

// --- flush()

void TestWsConnectionBytes::flushWritesWithinASlot()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    QList<qint64> reported;
    connect(side.connection, &WsConnection::bytesWritten, this,
            [&](qint64 bytes) { reported.append(bytes); });
    connect(side.connection, &WsConnection::textMessageReceived, side.connection, [&] {
        side.connection->sendText("answer");
        QCOMPARE(side.wire->written.size(), 0);
        QVERIFY(side.connection->flush());
        QCOMPARE(side.sent(), u"text 'answer'"_s);
        QCOMPARE(side.connection->bufferedAmount(), 0);
        QVERIFY(!side.connection->flush());
        QCOMPARE(reported.size(), 0);
    });
    side.receive({text("question")});
    settle();
    QCOMPARE(reported, QList<qint64>({role == WsRole::Client ? 12 : 8}));
}

void TestWsConnectionBytes::flushWritesBeforeTheEventLoop()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    QSignalSpy amounts(side.connection, &WsConnection::bufferedAmountChanged);
    QSignalSpy written(side.connection, &WsConnection::bytesWritten);
    side.connection->sendText("now");
    QVERIFY(side.connection->flush());
    QCOMPARE(side.sent(), u"text 'now'"_s);
    QCOMPARE(written.size(), 0);
    settle();
    QCOMPARE(written.size(), 1);
    QCOMPARE(side.sent(), QString());
}

void TestWsConnectionBytes::flushWritesOnlyWhatTheSystemTakes()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    side.wire->room = 3;
    side.connection->sendText("text");
    QVERIFY(side.connection->flush());
    QCOMPARE(side.wire->written.size(), 3);
    QCOMPARE(side.connection->bufferedAmount(), 3);
    QVERIFY(!side.connection->flush());
    side.wire->takeAll();
    settle();
    QCOMPARE(side.sent(), u"text 'text'"_s);
}

void TestWsConnectionBytes::flushWritesWhatWaitsInBuffers()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    side.wire->room = 0;
    side.wire->bufferSize = 1000;
    side.connection->sendText("text");
    QVERIFY(side.connection->flush()); // to the buffer
    QCOMPARE(side.connection->bufferedAmount(), 6);
    QVERIFY(!side.connection->flush());
    side.wire->room = 100;
    QVERIFY(side.connection->flush());
    QCOMPARE(side.connection->bufferedAmount(), 0);
    QCOMPARE(side.sent(), u"text 'text'"_s);
}

void TestWsConnectionBytes::flushInEveryState()
{
    QFETCH(const WsRole, role);
    Side side(role);
    if (side.connection)
        QVERIFY(!side.connection->flush());
    side.start();
    QVERIFY(!side.connection->flush());
    side.connection->abort();
    settle();
    QVERIFY(side.open());
    side.connection->close();
    QVERIFY(side.connection->flush());
    QCOMPARE(side.sent(), u"close 1000 ''"_s);
    side.receive({closing(1000)});
    QVERIFY(!side.connection || !side.connection->flush());
    side.wire->end();
    if (side.connection)
        QVERIFY(!side.connection->flush());
    settle();
    QCOMPARE(side.told(), u"Closing, Closed, closed 1000 '' clean"_s);
}

void TestWsConnectionBytes::flushWithinAWriteDoesNothing()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    bool hasWritten = true;
    side.wire->onWrite = [&] { hasWritten = side.connection->flush(); };
    side.connection->sendText("text");
    settle();
    QVERIFY(!hasWritten);
    QCOMPARE(side.sent(), u"text 'text'"_s);
}

void TestWsConnectionBytes::flushInASlotOfBytesWritten()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    int sent = 0;
    connect(side.connection, &WsConnection::bytesWritten, side.connection, [&] {
        if (++sent > 3)
            return;
        side.connection->sendText("more");
        QVERIFY(side.connection->flush());
    });
    side.connection->sendText("first");
    settle();
    QCOMPARE(side.sent(), u"text 'first', text 'more', text 'more', text 'more'"_s);
    QCOMPARE(sent, 4);
}

void TestWsConnectionBytes::flushQueuesWhatAStreamHasCollected()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    WsByteStream stream(side.connection);
    QCOMPARE(stream.write("bytes"), 5);
    QVERIFY(side.connection->flush());
    QCOMPARE(side.sent(), u"binary 'bytes'"_s);
}

void TestWsConnectionBytes::flushOfAnotherThreadIsPassedOn()
{
    Side side(WsRole::Server);
    QVERIFY(side.open());
    side.connection->sendText("text");
    bool hasWritten = true;
    std::thread([&] { hasWritten = side.connection->flush(); }).join();
    QVERIFY(!hasWritten);
    settle();
    QCOMPARE(side.sent(), u"text 'text'"_s);
}

void TestWsConnectionBytes::slotOfMessageSentMayDeleteTheConnection()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    WsByteStream stream(side.connection);
    stream.write("bytes");
    connect(side.connection, &WsConnection::messageSent, this, [&] { side.remove(); });
    QVERIFY(!side.connection->flush());
    QVERIFY(!side.connection);
}

// --- readBufferSize

void TestWsConnectionBytes::noMoreIsReadAtATime()
{
    QFETCH(const WsRole, role);
    Side side(role, readBufferOptions(2000));
    QVERIFY(side.open());
    QCOMPARE(side.wire->readBufferSize, 2000);
    QSignalSpy messages(side.connection, &WsConnection::binaryMessageReceived);
    side.receive({binary(QByteArray(1000000, 'x'))});
    QCOMPARE(side.wire->readSize, 2000);
    QVERIFY(side.wire->unread.size() > 900000); // it was the turn of others
    for (int i = 0; i < 1000 && messages.isEmpty(); ++i)
        settle();
    QCOMPARE(messages.size(), 1);
    QCOMPARE(messages.first().first().toByteArray().size(), 1000000);
}

void TestWsConnectionBytes::readBufferSizeChangesWhileOpen()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    QCOMPARE(side.wire->readBufferSize, WsOptions().readBufferSize());
    side.receive({text("a")});
    QCOMPARE(side.wire->readSize, WsOptions().readBufferSize());
    side.connection->setOptions(readBufferOptions(5000));
    QCOMPARE(side.wire->readBufferSize, 5000);
    side.receive({text("a")});
    QCOMPARE(side.wire->readSize, 5000);
}

void TestWsConnectionBytes::openingHasItsOwnReadBuffer()
{
    Side side(WsRole::Server, readBufferOptions(100000));
    side.start();
    QCOMPARE(side.wire->readBufferSize, 4096);
    side.connection->setOptions(readBufferOptions(50000));
    QCOMPARE(side.wire->readBufferSize, 4096);
    side.feed(upgradeRequest());
    QCOMPARE(side.wire->readBufferSize, 50000);
}

// --- masking keys

void TestWsConnectionBytes::generatedKeysAreInNetworkByteOrder()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    side.client()->setMaskGenerator([] { return 0x01020304U; });
    side.client()->sendText("AAAAA");
    settle();
    QCOMPARE(side.wire->takeWritten().toHex(' '), QByteArray("81 85 01 02 03 04 40 43 42 45 40"));
}

void TestWsConnectionBytes::everyFrameHasAGeneratedKey()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    side.client()->setMaskGenerator(countingKeys());
    side.client()->sendText("a");
    side.client()->sendFragments(Ws::Binary, QByteArrayList({"b", "c"}));
    side.client()->ping("d");
    settle();
    QCOMPARE(keysIn(side.wire->takeWritten()),
             QByteArrayList({"01000000", "02000000", "03000000", "04000000"}));
    side.receive({ping("e")});
    side.client()->close();
    settle();
    QCOMPARE(keysIn(side.wire->takeWritten()), QByteArrayList({"05000000", "06000000"}));
}

void TestWsConnectionBytes::noGeneratorMeansRandomKeys()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    side.client()->setMaskGenerator([] { return 7U; });
    side.client()->sendText("a");
    side.client()->setMaskGenerator({});
    for (int i = 0; i < 20; ++i)
        side.client()->sendText("b");
    settle();
    const QByteArrayList keys = keysIn(side.wire->takeWritten());
    QCOMPARE(keys.size(), 21);
    QCOMPARE(QSet<QByteArray>(keys.begin(), keys.end()).size(), 21);
}

void TestWsConnectionBytes::generatorStaysForLaterOpenings()
{
    Side side(WsRole::Client);
    side.client()->setMaskGenerator(countingKeys());
    for (const QByteArray key : {"01000000", "02000000"}) {
        QVERIFY(side.open());
        side.client()->sendText("a");
        settle();
        QCOMPARE(keysIn(side.wire->takeWritten()), QByteArrayList{key});
        side.client()->abort();
        settle();
    }
}

void TestWsConnectionBytes::generatorMayBeSetByAnotherThread()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    std::thread([&] { side.client()->setMaskGenerator(countingKeys()); }).join();
    settle();
    side.client()->sendText("a");
    settle();
    QCOMPARE(keysIn(side.wire->takeWritten()), QByteArrayList{"01000000"});
}

void TestWsConnectionBytes::throwingGeneratorClosesTheConnection()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    int calls = 0;
    side.client()->setMaskGenerator([&]() -> quint32 {
        ++calls;
        throw std::runtime_error("no more keys");
    });
    QVERIFY(side.client()->sendText("a"));
    QVERIFY(side.client()->sendText("b"));
    QCOMPARE(side.told(), QString()); // not within the call
    settle();
    QCOMPARE(side.told(), u"Closing, error Handler"_s);
    QCOMPARE(side.log->errors.constLast().text(), u"no more keys"_s);
    QCOMPARE(calls, 1);
    QCOMPARE(side.sent(), u"text 'a', text 'b', close 1011 ''"_s);
}

void TestWsConnectionBytes::throwingGeneratorIsAskedAgainInTheNextOpening()
{
    Side side(WsRole::Client);
    int calls = 0;
    side.client()->setMaskGenerator([&]() -> quint32 {
        ++calls;
        throw 1;
    });
    for (int i = 1; i <= 2; ++i) {
        QVERIFY(side.open());
        side.client()->sendText("a");
        settle();
        QCOMPARE(side.told(), u"Closing, error Handler"_s);
        QCOMPARE(calls, i);
        side.wire->end();
        settle();
        QCOMPARE(side.client()->state(), Ws::Closed);
    }
}

void TestWsConnectionBytes::generatorThatThrowsForTheCloseFrameIsReported()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    side.client()->setMaskGenerator([]() -> quint32 { throw std::runtime_error("no key"); });
    side.client()->close();
    settle();
    QCOMPARE(side.told(), u"Closing, error Handler"_s);
    QCOMPARE(side.sent(), u"close 1000 ''"_s);
    side.receive({closing(1000)});
    side.wire->end();
    settle();
    QCOMPARE(side.told(), u"Closed, closed 1000 '' clean"_s);
}

// The connection has ended, or is deleted, before it could be closed.
void TestWsConnectionBytes::generatorThatThrowsForTheLastFrameIsForgotten()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    side.client()->setMaskGenerator([]() -> quint32 { throw std::runtime_error("no key"); });
    side.client()->sendText("a");
    side.client()->abort();
    settle();
    QCOMPARE(side.told(), u"Closed, closed 1006 '' unclean"_s);
    QVERIFY(side.open());
    side.remove();
    settle();
    QCOMPARE(side.sent(), u"close 1001 ''"_s);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsConnectionBytes)
#include "tst_wsconnection_bytes.moc"
