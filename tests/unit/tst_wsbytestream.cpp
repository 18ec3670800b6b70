// SPDX-License-Identifier: MIT
#include "connectiontesting.h"
#include "net/connection/wsbytestream_p.h"

#include <WsKit/WsByteStream>

#include <QtCore/qdatastream.h>
#include <QtCore/qregularexpression.h>

#include <thread>

using namespace ConnectionTesting;

// A connection as a device, on a fake transport.
class TestWsByteStream : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // reading
    void messagesAreReadAsBytes_data() { addRoles(); }
    void messagesAreReadAsBytes();
    void fragmentsAreReadAsTheyArrive();
    void messageBeyondTheLimitsIsRead();
    void emptyMessageIsIgnored();
    void linesAreRead();
    void messageThatWasKeptInAPauseIsRead();
    void messageThatWasArrivingIsRead();
    void otherSignalsForMessagesAreNotEmitted();
    void unreadBytesHoldUpThePeer_data();
    void unreadBytesHoldUpThePeer();
    void bytesOfAFailedTransactionHoldUpThePeer();
    void peekedBytesHoldUpThePeer();
    void pingsAreAnsweredBetweenBytes();
    void textIsRefused_data();
    void textIsRefused();

    // writing
    void writesOfOneTurnAreOneMessage_data() { addRoles(); }
    void writesOfOneTurnAreOneMessage();
    void messagesAreNotLargerThanMessageSize();
    void messageSizeMustBePositive();
    void flushSendsAtOnce();
    void flushWritesWhatWaitsInBuffers();
    void waitsOfTheConnectionSendWhatWasWritten_data() { addRoles(); }
    void waitsOfTheConnectionSendWhatWasWritten();
    void writeTakesWhatThereIsRoomFor();
    void bytesWrittenAddUp_data() { addRoles(); }
    void bytesWrittenAddUp();
    void roomThatOtherMessagesHadIsReported();
    void writesBeforeTheOpeningAreKept();
    void writeIsRefusedAfterTheEnd();

    // the end
    void closeSendsWhatIsLeft();
    void slotOfAboutToCloseMayWrite();
    void closeOfTheConnectionSendsWhatIsLeft();
    void deletionOfTheConnectionSendsWhatIsLeft();
    void deletionOfTheStreamClosesTheConnection();
    void peersCloseEndsTheStream();
    void unreadBytesOutliveTheConnection();
    void lossOfTheConnectionIsReported();
    void codeOfThePeerIsReported();
    void nothingIsReadAfterOwnClose();
    void streamEndsWhenAClientIsOpenedAgain();
    void failedAttemptOfAReconnectingClientKeepsTheStream();
    void failedOpeningEndsTheStream();
    void clientThatStaysClosedEndsTheStream_data();
    void clientThatStaysClosedEndsTheStream();
    void streamOfAClientThatWaitsEndsWithTheWait();
    void streamForTheNextOpeningStays();
    void anythingInTheSlotsOfAStream_data();
    void anythingInTheSlotsOfAStream();

    // misuse
    void secondStreamIsRefused();
    void pulledConnectionIsRefused();
    void closedConnectionIsRefused();
    void otherThreadIsRefused();

private:
    static void addRoles()
    {
        QTest::addColumn<WsRole>("role");
        for (const WsRole role : {WsRole::Client, WsRole::Server})
            QTest::newRow(nameOf(role)) << role;
    }
};

namespace {
// One end with a stream, and what the stream told.
struct Ended : Side
{
    explicit Ended(WsRole ownRole = WsRole::Server, const WsOptions &ownOptions = {})
        : Side(ownRole, ownOptions)
    {
    }

    bool open() { return Side::open() && begin(); }
    bool begin()
    {
        stream = new WsByteStream(connection, &owner);
        QObject::connect(stream, &QIODevice::readyRead, &owner, [this] {
            ++readyReads;
            if (readsAtOnce)
                received += stream->readAll();
        });
        QObject::connect(stream, &QIODevice::bytesWritten, &owner, [this](qint64 size) {
            writtenSize += size;
            ++writtenCount;
        });
        const auto add = [this](const char *event) { events.append(QString::fromLatin1(event)); };
        QObject::connect(stream, &QIODevice::readChannelFinished, &owner, [add] { add("finished"); });
        QObject::connect(stream, &QIODevice::aboutToClose, &owner, [add] { add("about to close"); });
        QObject::connect(stream, &WsByteStream::disconnected, &owner, [add] { add("disconnected"); });
        return stream->isOpen();
    }
    QString streamTold() { return std::exchange(events, {}).join(u", "_s); }
    qint64 unread() const { return wire->unread.size(); }

    QObject owner;
    QPointer<WsByteStream> stream;
    QByteArray received;
    QStringList events;
    qint64 writtenSize = 0;
    int writtenCount = 0;
    int readyReads = 0;
    bool readsAtOnce = true;
};

// Until nothing is read any more.
void settleAll()
{
    for (int i = 0; i < 100; ++i)
        settle();
}

WsOptions withMark(qint64 size)
{
    WsOptions options;
    options.setHighWaterMark(size);
    return options;
}
} // namespace

// --- reading

void TestWsByteStream::messagesAreReadAsBytes()
{
    QFETCH(const WsRole, role);
    for (const Feeding feeding : {Whole, WholeToBuffers, ByteByByte}) {
        Ended side(role);
        QVERIFY(side.open());
        QVERIFY(side.stream->isSequential());
        side.setFeeding(feeding);
        side.receive({binary("ab"), binary("c"), binary("def")});
        settle();
        QCOMPARE(side.received, QByteArray("abcdef"));
        QVERIFY(side.stream->atEnd());
    }
}

void TestWsByteStream::fragmentsAreReadAsTheyArrive()
{
    Ended side;
    QVERIFY(side.open());
    side.receive({binary("ab").notFinal()});
    QCOMPARE(side.received, QByteArray("ab"));
    side.receive({continuation("").notFinal(), continuation("c").notFinal()});
    QCOMPARE(side.received, QByteArray("abc"));
    side.receive({continuation("d"), binary("e")});
    QCOMPARE(side.received, QByteArray("abcde"));
}

void TestWsByteStream::messageBeyondTheLimitsIsRead()
{
    WsOptions options;
    options.setMaxMessageSize(1000);
    options.setMaxFrameSize(1000);
    Ended side(WsRole::Client, options);
    QVERIFY(side.open());
    const QByteArray bytes(100000, 'x');
    side.receive({binary(bytes)});
    settle();
    QCOMPARE(side.received, bytes);
}

void TestWsByteStream::emptyMessageIsIgnored()
{
    Ended side;
    QVERIFY(side.open());
    side.receive({binary(""), binary("a"), binary("")});
    QCOMPARE(side.received, QByteArray("a"));
    QCOMPARE(side.readyReads, 1);
}

void TestWsByteStream::linesAreRead()
{
    Ended side;
    side.readsAtOnce = false;
    QVERIFY(side.open());
    side.receive({binary("one"), binary("\ntw")});
    QVERIFY(side.stream->canReadLine());
    QCOMPARE(side.stream->readLine(), QByteArray("one\n"));
    QVERIFY(!side.stream->canReadLine());
    side.receive({binary("o"), closing()});
    settle();
    QVERIFY(side.stream->canReadLine()); // there is no more of the last one
    QCOMPARE(side.stream->readLine(), QByteArray("two"));
    QCOMPARE(side.stream->read(1), QByteArray());
    char byte;
    QCOMPARE(side.stream->read(&byte, 1), -1);
}

void TestWsByteStream::messageThatWasKeptInAPauseIsRead()
{
    Ended side;
    QVERIFY(side.Side::open());
    side.connection->setPaused(true);
    side.receive({binary("ab"), binary("cd")});
    QVERIFY(side.begin());
    side.connection->setPaused(false);
    settle();
    side.receive({binary("ef")});
    QCOMPARE(side.received, QByteArray("abcdef"));
}

void TestWsByteStream::messageThatWasArrivingIsRead()
{
    Ended side;
    QVERIFY(side.Side::open());
    side.receive({binary("ab").notFinal()});
    QVERIFY(side.begin());
    side.receive({continuation("cd"), binary("ef")});
    QCOMPARE(side.received, QByteArray("abcdef"));
}

void TestWsByteStream::otherSignalsForMessagesAreNotEmitted()
{
    Ended side;
    QVERIFY(side.open());
    side.receive({binary("ab")});
    QCOMPARE(side.told(), QString());
    QVERIFY(!side.connection->inBroadcasts());
}

void TestWsByteStream::unreadBytesHoldUpThePeer_data()
{
    QTest::addColumn<int>("messageSize");
    QTest::newRow("messages of one byte") << 1;
    QTest::newRow("messages of 3,000 bytes") << 3000;
    QTest::newRow("one message") << 1000000;
}

void TestWsByteStream::unreadBytesHoldUpThePeer()
{
    QFETCH(const int, messageSize);
    Ended side(WsRole::Client, withMark(20000));
    side.prepareWire = [](FakeWire &wire) { wire.chunk = 1000; };
    side.readsAtOnce = false;
    QVERIFY(side.open());
    const QByteArray bytes(1000000, 'x');
    Frames frames;
    for (qsizetype at = 0; at < bytes.size(); at += messageSize)
        frames.append(binary(bytes.mid(at, messageSize)));
    side.receive(frames);
    settleAll();
    const qint64 held = WsByteStreamPrivate::of(side.stream)->heldUnread();
    QVERIFY2(held > 20000 && held < 30000, qPrintable(QString::number(held)));
    QVERIFY(side.unread() > 900000);

    QByteArray received;
    while (received.size() < bytes.size() && side.stream->bytesAvailable() > 0) {
        received += side.stream->read(7000);
        settle();
        QVERIFY(WsByteStreamPrivate::of(side.stream)->heldUnread() < 30000);
    }
    QCOMPARE(received, bytes);
}

// A peer that announces a large block must not fill the memory of a program that waits for its end.
void TestWsByteStream::bytesOfAFailedTransactionHoldUpThePeer()
{
    Ended side(WsRole::Client, withMark(20000));
    side.prepareWire = [](FakeWire &wire) { wire.chunk = 1000; };
    side.readsAtOnce = false;
    QVERIFY(side.open());
    QDataStream in(side.stream);
    QObject::connect(side.stream, &QIODevice::readyRead, &side.owner, [&] {
        QByteArray block;
        in.startTransaction();
        in >> block;
        QVERIFY(!in.commitTransaction());
    });
    const QByteArray bytes = QByteArray::fromHex("000f4240") + QByteArray(1000000, 'x');
    side.receive({binary(bytes)});
    settleAll();
    QVERIFY2(side.stream->bytesAvailable() < 30000,
             qPrintable(QString::number(side.stream->bytesAvailable())));
    QVERIFY(side.unread() > 900000);
}

void TestWsByteStream::peekedBytesHoldUpThePeer()
{
    Ended side(WsRole::Client, withMark(20000));
    side.prepareWire = [](FakeWire &wire) { wire.chunk = 1000; };
    side.readsAtOnce = false;
    QVERIFY(side.open());
    QObject::connect(side.stream, &QIODevice::readyRead, &side.owner,
                     [&] { side.stream->peek(side.stream->bytesAvailable()); });
    side.receive({binary(QByteArray(1000000, 'x'))});
    settleAll();
    QVERIFY(side.stream->bytesAvailable() < 30000);
    side.stream->readAll();
    settleAll();
    QVERIFY(side.stream->bytesAvailable() > 1000); // it goes on
}

void TestWsByteStream::pingsAreAnsweredBetweenBytes()
{
    Ended side;
    QVERIFY(side.open());
    side.receive({binary("ab").notFinal(), ping("p"), continuation("c")});
    settle();
    QCOMPARE(side.sent(), u"pong 'p'"_s);
    QCOMPARE(side.received, QByteArray("abc"));
}

void TestWsByteStream::textIsRefused_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("quoted");
    QTest::newRow("short") << QByteArray("hello") << u"\"hello\""_s;
    QTest::newRow("empty") << QByteArray("") << u"\"\""_s;
    QTest::newRow("long") << QByteArray(1000, 'x') << u'"' + QString(100, u'x') + u"…\""_s;
}

void TestWsByteStream::textIsRefused()
{
    QFETCH(const QByteArray, content);
    QFETCH(const QString, quoted);
    for (const bool isKept : {false, true}) {
        Ended side;
        QVERIFY(side.Side::open());
        side.connection->setPaused(isKept);
        if (!isKept)
            QVERIFY(side.begin());
        side.receive({binary("ab"), text(content), binary("c")});
        if (isKept)
            QVERIFY(side.begin());
        side.connection->setPaused(false);
        settle();
        const QString error = u"a text message has arrived on a stream of bytes: "_s + quoted;
        QCOMPARE(side.received, QByteArray("ab"));
        QCOMPARE(side.stream->errorString(), error);
        QCOMPARE(side.sent(), u"close 1003 'only binary messages are accepted'"_s);
        QCOMPARE(side.log->errors.size(), 1);
        QCOMPARE(side.log->errors.constFirst().text(), error);
        QCOMPARE(side.log->errors.constFirst().kind(), Ws::ErrorKind::Protocol);
        side.receive({closing(1003)});
        settle();
        QCOMPARE(side.streamTold(), u"finished, disconnected"_s);
        QCOMPARE(side.stream->errorString(), error);
    }
}

// --- writing

void TestWsByteStream::writesOfOneTurnAreOneMessage()
{
    QFETCH(const WsRole, role);
    Ended side(role);
    QVERIFY(side.open());
    QCOMPARE(side.stream->write("ab"), 2);
    QCOMPARE(side.stream->write("c"), 1);
    QCOMPARE(side.stream->write(""), 0);
    QCOMPARE(side.stream->bytesToWrite(), 3);
    QCOMPARE(side.sent(), QString());
    settle();
    QCOMPARE(side.sent(), u"binary 'abc'"_s);
    QCOMPARE(side.stream->bytesToWrite(), 0);
    side.stream->write("d");
    settle();
    QCOMPARE(side.sent(), u"binary 'd'"_s);
}

void TestWsByteStream::messagesAreNotLargerThanMessageSize()
{
    Ended side;
    QVERIFY(side.open());
    side.stream->setMessageSize(4);
    QCOMPARE(side.stream->write("abcdefghij"), 10);
    settle();
    QCOMPARE(side.sent(), u"binary 'abcd', binary 'efgh', binary 'ij'"_s);
}

void TestWsByteStream::messageSizeMustBePositive()
{
    Ended side;
    QVERIFY(side.open());
    QTest::ignoreMessage(QtWarningMsg, "WsByteStream::messageSize must be at least 1, not 0");
    side.stream->setMessageSize(0);
    QCOMPARE(side.stream->messageSize(), 64 * 1024);
}

void TestWsByteStream::flushSendsAtOnce()
{
    Ended side;
    QVERIFY(side.open());
    QVERIFY(!side.stream->flush());
    side.stream->write("ab");
    QVERIFY(side.stream->flush());
    QCOMPARE(side.sent(), u"binary 'ab'"_s);
    QCOMPARE(side.writtenSize, 0);
    side.connection->ping("p");
    side.stream->write("c");
    settle();
    QCOMPARE(side.sent(), u"ping 'p', binary 'c'"_s);
    QCOMPARE(side.writtenSize, 3);
}

// As flush() of the connection does.
void TestWsByteStream::flushWritesWhatWaitsInBuffers()
{
    Ended side;
    QVERIFY(side.open());
    side.wire->room = 0;
    side.wire->bufferSize = 1000;
    side.stream->write("ab");
    QVERIFY(side.stream->flush());
    QCOMPARE(side.sent(), QString());
    side.wire->room = 100; // nobody says so, because the thread is busy
    QVERIFY(!side.stream->flush());
    QCOMPARE(side.sent(), u"binary 'ab'"_s);
    settle();
    QCOMPARE(side.writtenSize, 2);
}

void TestWsByteStream::waitsOfTheConnectionSendWhatWasWritten()
{
    QFETCH(const WsRole, role);
    WsOptions options;
    options.setHighWaterMark(2);
    Ended side(role, options);
    QVERIFY(side.open());
    side.stream->write("ab");
    QVERIFY(side.connection->waitForDrained(QDeadlineTimer(0)));
    QCOMPARE(side.sent(), u"binary 'ab'"_s);
    side.stream->write("quit");
    bool isQuit = false;
    side.wire->onWait = [&] {
        if (side.sent() != u"binary 'quit'" || std::exchange(isQuit, true))
            return;
        side.receive({closing(1000)});
        side.wire->end();
    };
    QVERIFY(side.connection->waitForClosed(QDeadlineTimer(0)));
    QVERIFY(isQuit);
}

void TestWsByteStream::writeTakesWhatThereIsRoomFor()
{
    WsOptions options;
    options.setMaxBufferedAmount(10);
    Ended side(WsRole::Server, options);
    side.prepareWire = [](FakeWire &wire) { wire.room = 1000; };
    QVERIFY(side.open());
    side.wire->room = 0;
    QCOMPARE(side.stream->write("abcdefghijkl"), 10);
    QCOMPARE(side.stream->write("k"), 0);
    settle();
    QCOMPARE(side.stream->write("k"), 0);
    QCOMPARE(side.writtenCount, 0);
    side.wire->takeAll();
    settle();
    QCOMPARE(side.writtenSize, 10);
    QCOMPARE(side.stream->write("kl"), 2);
    settle();
    QCOMPARE(side.sent(), u"binary 'abcdefghij', binary 'kl'"_s);
}

void TestWsByteStream::bytesWrittenAddUp()
{
    QFETCH(const WsRole, role);
    Ended side(role);
    QVERIFY(side.open());
    side.wire->room = 0;
    side.stream->write(QByteArray(200000, 'x'));
    settle();
    QCOMPARE(side.writtenSize, 0);
    for (int i = 0; i < 10; ++i) {
        const qint64 before = side.stream->bytesToWrite();
        side.wire->take(15000);
        settle();
        QCOMPARE(side.writtenSize + side.stream->bytesToWrite(), 200000);
        QVERIFY(side.stream->bytesToWrite() < before);
    }
    side.wire->takeAll();
    settle();
    QCOMPARE(side.writtenSize, 200000);
}

void TestWsByteStream::roomThatOtherMessagesHadIsReported()
{
    WsOptions options;
    options.setMaxBufferedAmount(10);
    Ended side(WsRole::Server, options);
    QVERIFY(side.open());
    side.wire->room = 0;
    side.connection->sendText("0123456789");
    QCOMPARE(side.stream->write("ab"), 0);
    settle();
    QCOMPARE(side.writtenCount, 0);
    side.wire->takeAll();
    settle();
    QCOMPARE(side.writtenCount, 1);
    QCOMPARE(side.stream->write("ab"), 2);
}

void TestWsByteStream::writesBeforeTheOpeningAreKept()
{
    Ended side(WsRole::Client);
    QVERIFY(side.begin()); // even before there is a URL
    side.stream->setMessageSize(4);
    QCOMPARE(side.stream->write("abc"), 3);
    settle();
    side.start();
    QCOMPARE(side.stream->write("def"), 3);
    settle();
    side.wire->connect();
    side.wire->feed(acceptanceOf(side.wire->takeWritten()));
    settle();
    QCOMPARE(side.sent(), u"binary 'abcd', binary 'ef'"_s);
    QCOMPARE(side.writtenSize, 6);
    side.receive({binary("g")});
    QCOMPARE(side.received, QByteArray("g"));
}

void TestWsByteStream::writeIsRefusedAfterTheEnd()
{
    Ended side;
    QVERIFY(side.open());
    side.stream->write("ab"); // which nobody can get any more
    side.wire->reset();
    settle();
    QCOMPARE(side.stream->write("c"), -1);
    QCOMPARE(side.stream->bytesToWrite(), 0);
    QVERIFY2(side.stream->errorString().contains(u"ended without a Close frame"_s),
             qPrintable(side.stream->errorString()));
}

// --- the end

void TestWsByteStream::closeSendsWhatIsLeft()
{
    Ended side;
    QVERIFY(side.open());
    side.stream->write("ab");
    side.stream->close();
    QVERIFY(!side.stream->isOpen());
    settle();
    QCOMPARE(side.sent(), u"binary 'ab', close 1000 ''"_s);
    QCOMPARE(side.streamTold(), u"about to close"_s);
    side.receive({closing(1000)});
    settle();
    QCOMPARE(side.streamTold(), u"finished, disconnected"_s);
    QCOMPARE(side.writtenSize, 2);
}

void TestWsByteStream::slotOfAboutToCloseMayWrite()
{
    Ended side;
    QVERIFY(side.open());
    QObject::connect(side.stream, &QIODevice::aboutToClose, &side.owner, [&] { side.stream->write("bye"); });
    side.stream->close();
    settle();
    QCOMPARE(side.sent(), u"binary 'bye', close 1000 ''"_s);
}

void TestWsByteStream::closeOfTheConnectionSendsWhatIsLeft()
{
    Ended side;
    QVERIFY(side.open());
    side.stream->write("ab");
    side.connection->close(Ws::GoingAway);
    settle();
    QCOMPARE(side.sent(), u"binary 'ab', close 1001 ''"_s);
    QCOMPARE(side.stream->write("c"), -1);
    QCOMPARE(side.stream->errorString(), u"the connection is not open"_s);
}

void TestWsByteStream::deletionOfTheConnectionSendsWhatIsLeft()
{
    Ended side;
    QVERIFY(side.open());
    side.stream->write("ab");
    side.remove();
    QCOMPARE(side.sent(), u"binary 'ab', close 1001 ''"_s);
    QCOMPARE(side.stream->connection(), nullptr);
    QCOMPARE(side.stream->write("c"), -1);
    settle();
    QCOMPARE(side.streamTold(), u"finished, disconnected"_s);
    QCOMPARE(side.stream->errorString(), u"the connection was deleted"_s);
}

void TestWsByteStream::deletionOfTheStreamClosesTheConnection()
{
    Ended side;
    QVERIFY(side.open());
    side.stream->write("ab");
    delete side.stream;
    settle();
    QCOMPARE(side.sent(), u"binary 'ab', close 1000 ''"_s);
    QCOMPARE(side.streamTold(), QString());
    side.receive({closing(1000)});
    settle();
    QCOMPARE(side.told(), u"Closing, Closed, closed 1000 '' clean"_s);
}

void TestWsByteStream::peersCloseEndsTheStream()
{
    Ended side;
    side.readsAtOnce = false;
    QVERIFY(side.open());
    side.receive({binary("ab"), closing(1000)});
    settle();
    QCOMPARE(side.streamTold(), u"finished, disconnected"_s);
    QCOMPARE(side.told(), u"Closing, Closed, closed 1000 '' clean"_s);
    QVERIFY(side.stream->isOpen());
    QVERIFY(!side.stream->atEnd());
    QCOMPARE(side.stream->readAll(), QByteArray("ab"));
    QVERIFY(side.stream->atEnd());
    QCOMPARE(side.stream->errorString(), u"Unknown error"_s); // none
    QCOMPARE(side.stream->write("c"), -1);
    QCOMPARE(side.stream->errorString(), u"the connection has ended"_s);
}

void TestWsByteStream::unreadBytesOutliveTheConnection()
{
    Ended side;
    side.readsAtOnce = false;
    QVERIFY(side.open());
    side.receive({binary("ab")});
    side.remove();
    settle();
    QCOMPARE(side.stream->readAll(), QByteArray("ab"));
    side.stream->close();
    QCOMPARE(side.streamTold(), u"finished, disconnected, about to close"_s);
}

void TestWsByteStream::lossOfTheConnectionIsReported()
{
    Ended side;
    side.readsAtOnce = false;
    QVERIFY(side.open());
    side.receive({binary("ab").notFinal()});
    side.wire->reset();
    settle();
    QCOMPARE(side.streamTold(), u"finished, disconnected"_s);
    QCOMPARE(side.stream->readAll(), QByteArray("ab"));
    QVERIFY2(side.stream->errorString().contains(u"ended without a Close frame"_s),
             qPrintable(side.stream->errorString()));
}

void TestWsByteStream::codeOfThePeerIsReported()
{
    Ended side;
    QVERIFY(side.open());
    side.receive({closing(1011, "no target")});
    settle();
    QCOMPARE(side.stream->errorString(), u"the connection was closed with 1011 \"no target\""_s);
}

void TestWsByteStream::nothingIsReadAfterOwnClose()
{
    Ended side(WsRole::Client, withMark(1000));
    side.readsAtOnce = false;
    QVERIFY(side.open());
    side.receive({binary("ab").notFinal()});
    side.connection->close();
    settle();
    for (int i = 0; i < 100; ++i) { // nothing stops the reading any more
        side.receive({continuation(QByteArray(10000, 'x')).notFinal()});
        settle();
    }
    QCOMPARE(side.unread(), 0);
    QCOMPARE(side.stream->readAll(), QByteArray("ab"));
}

void TestWsByteStream::streamEndsWhenAClientIsOpenedAgain()
{
    Ended side(WsRole::Client);
    QVERIFY(side.open());
    WsReconnect reconnect;
    reconnect.setEnabled(true);
    side.client()->setReconnect(reconnect);
    side.wire->reset();
    settle();
    QCOMPARE(side.streamTold(), u"finished, disconnected"_s);
    QCOMPARE(side.stream->connection(), nullptr);
    pass(10s);
    side.wire->connect();
    side.wire->feed(acceptanceOf(side.wire->takeWritten()));
    side.receive({text("not for the stream")});
    settle();
    QVERIFY(side.told().endsWith(u"opened, text not for the stream"_s));
    QCOMPARE(side.stream->write("a"), -1);
    QVERIFY(side.begin()); // another stream
    side.receive({binary("ab")});
    QCOMPARE(side.received, QByteArray("ab"));
}

void TestWsByteStream::failedAttemptOfAReconnectingClientKeepsTheStream()
{
    Ended side(WsRole::Client);
    WsReconnect reconnect;
    reconnect.setEnabled(true);
    side.client()->setReconnect(reconnect);
    QVERIFY(side.begin());
    side.start();
    side.stream->write("ab");
    side.wire->reset();
    settle();
    QVERIFY(side.told().contains(u"closed 1006"_s));
    QCOMPARE(side.stream->write("c"), 1);
    pass(10s);
    side.wire->connect();
    side.wire->feed(acceptanceOf(side.wire->takeWritten()));
    settle();
    QCOMPARE(side.streamTold(), QString());
    QCOMPARE(side.sent(), u"binary 'abc'"_s);
    side.receive({binary("d")});
    QCOMPARE(side.received, QByteArray("d"));
}

void TestWsByteStream::failedOpeningEndsTheStream()
{
    Ended side(WsRole::Client);
    QVERIFY(side.begin());
    side.start();
    side.stream->write("ab");
    side.wire->reset();
    settle();
    QCOMPARE(side.streamTold(), u"finished, disconnected"_s);
    QVERIFY2(side.stream->errorString().contains(u"reset by the peer"_s),
             qPrintable(side.stream->errorString()));
}

void TestWsByteStream::clientThatStaysClosedEndsTheStream_data()
{
    using Scenario = std::function<void(Ended &)>;
    QTest::addColumn<bool>("reconnects");
    QTest::addColumn<Scenario>("happens");
    QTest::addColumn<QString>("error");
    const auto afterwards = [](const Scenario &then) {
        return Scenario([then](Ended &side) {
            side.wire->reset();
            settle();
            then(side);
        });
    };
    const auto row = [](const char *name, bool reconnects, const Scenario &happens, const QString &error) {
        QTest::newRow(name) << reconnects << happens << error;
    };
    const QString reset = u"reset by the peer"_s;
    row(
        "refusal", true,
        [](Ended &side) {
            side.wire->connect();
            side.wire->feed("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
        },
        u"HTTP status 404"_s);
    row("last attempt", true, afterwards([](Ended &side) {
            WsReconnect once = side.client()->reconnect();
            once.setMaxAttempts(1);
            side.client()->setReconnect(once);
            pass(10s);
            side.wire->reset();
        }),
        reset);
    row(
        "close() in a slot of closed()", true,
        [](Ended &side) {
            QObject::connect(side.client(), &WsConnection::closed, side.client(),
                             [&side] { side.client()->close(); });
            side.wire->reset();
        },
        reset);
    row("close() while it waits", true, afterwards([](Ended &side) { side.client()->close(); }), reset);
    row("abort() while it waits", true, afterwards([](Ended &side) { side.client()->abort(); }), reset);
    row("active while it waits", true, afterwards([](Ended &side) { side.client()->setActive(false); }),
        reset);
    row("no reconnection any more", true, afterwards([](Ended &side) { side.client()->setReconnect({}); }),
        reset);
    const Scenario setUnusableUrl = [](Ended &side) { side.client()->setUrl(QUrl(u"ftp://example.com"_s)); };
    row("URL that cannot be opened, while it waits", true, afterwards(setUnusableUrl), reset);
    row("URL that cannot be opened", false, setUnusableUrl, u"its scheme is not ws"_s);
}

void TestWsByteStream::clientThatStaysClosedEndsTheStream()
{
    QFETCH(const bool, reconnects);
    QFETCH(const std::function<void(Ended &)>, happens);
    QFETCH(const QString, error);
    Ended side(WsRole::Client);
    WsReconnect reconnect;
    reconnect.setEnabled(reconnects);
    side.client()->setReconnect(reconnect);
    QVERIFY(side.begin());
    side.start();
    side.stream->write("ab");
    happens(side);
    settle();
    QVERIFY(!side.client()->active());
    QCOMPARE(side.streamTold(), u"finished, disconnected"_s);
    QCOMPARE(side.stream->connection(), nullptr);
    QCOMPARE(side.stream->write("c"), -1);
    QVERIFY2(side.stream->errorString().contains(error), qPrintable(side.stream->errorString()));
}

void TestWsByteStream::streamOfAClientThatWaitsEndsWithTheWait()
{
    Ended side(WsRole::Client);
    WsReconnect reconnect;
    reconnect.setEnabled(true);
    side.client()->setReconnect(reconnect);
    side.start();
    side.wire->reset();
    settle();
    QVERIFY(side.begin());
    QVERIFY(side.client()->close());
    QCOMPARE(side.streamTold(), u"finished, disconnected"_s);
    // The same if the stream is closed.
    side.start();
    side.wire->reset();
    settle();
    QVERIFY(side.begin());
    side.stream->close();
    QCOMPARE(side.streamTold(), u"about to close, finished, disconnected"_s);
    QVERIFY(!side.client()->active());
}

// A slot that learns of the end may create it, and open the client later.
void TestWsByteStream::streamForTheNextOpeningStays()
{
    Ended side(WsRole::Client);
    QObject::connect(side.client(), &WsConnection::closed, &side.owner, [&] { QVERIFY(side.begin()); });
    side.start();
    side.wire->reset();
    settle();
    QVERIFY(!side.client()->active());
    QCOMPARE(side.stream->write("ab"), 2);
    QCOMPARE(side.streamTold(), QString());
    QVERIFY(side.client()->open());
    side.wire->connect();
    side.wire->feed(acceptanceOf(side.wire->takeWritten()));
    settle();
    QCOMPARE(side.sent(), u"binary 'ab'"_s);
}

void TestWsByteStream::anythingInTheSlotsOfAStream_data()
{
    QTest::addColumn<QByteArray>("signal");
    QTest::addColumn<int>("action");
    const QByteArray signalNames[] = {SIGNAL(readyRead()), SIGNAL(bytesWritten(qint64)),
                                      SIGNAL(readChannelFinished()), SIGNAL(disconnected()),
                                      SIGNAL(aboutToClose())};
    const char *const actions[] = {"delete the stream", "delete the connection", "close the stream",
                                   "close the connection", "abort"};
    for (const QByteArray &signal : signalNames) {
        for (int action = 0; action < 5; ++action)
            QTest::addRow("%s: %s", signal.mid(1).constData(), actions[action]) << signal << action;
    }
}

void TestWsByteStream::anythingInTheSlotsOfAStream()
{
    QFETCH(const QByteArray, signal);
    QFETCH(const int, action);
    for (const WsRole role : {WsRole::Client, WsRole::Server}) {
        Ended side(role);
        side.readsAtOnce = false;
        QVERIFY(side.open());
        int count = 0;
        const auto act = [&] {
            if (++count > 1)
                return;
            if (action == 0)
                delete side.stream;
            else if (action == 1)
                side.remove();
            else if (action == 2)
                side.stream->close();
            else if (action == 3)
                side.connection->close();
            else
                side.connection->abort();
        };
        if (signal == SIGNAL(readyRead()))
            QObject::connect(side.stream, &QIODevice::readyRead, &side.owner, act);
        else if (signal == SIGNAL(bytesWritten(qint64)))
            QObject::connect(side.stream, &QIODevice::bytesWritten, &side.owner, act);
        else if (signal == SIGNAL(readChannelFinished()))
            QObject::connect(side.stream, &QIODevice::readChannelFinished, &side.owner, act);
        else if (signal == SIGNAL(disconnected()))
            QObject::connect(side.stream, &WsByteStream::disconnected, &side.owner, act);
        else
            QObject::connect(side.stream, &QIODevice::aboutToClose, &side.owner, act);
        side.stream->write("ab");
        side.receive({binary("cd"), binary("ef")});
        settle();
        if (side.stream && side.connection && signal == SIGNAL(aboutToClose()))
            side.stream->close();
        if (side.connection)
            side.receive({closing(1000)});
        if (side.connection && role == WsRole::Client)
            side.wire->end();
        settle();
        QCOMPARE(count, 1);
    }
}

// --- misuse

void TestWsByteStream::secondStreamIsRefused()
{
    Ended side;
    QVERIFY(side.open());
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"has a WsByteStream already"_s));
    WsByteStream second(side.connection);
    QVERIFY(!second.isOpen());
    QCOMPARE(second.errorString(), u"the connection has a WsByteStream already"_s);
    QCOMPARE(second.write("a"), -1);
    side.receive({binary("ab")});
    QCOMPARE(side.received, QByteArray("ab"));
}

void TestWsByteStream::pulledConnectionIsRefused()
{
    Ended side;
    QVERIFY(side.Side::open());
    const auto future = side.connection->receive();
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"are taken by receive"_s));
    WsByteStream stream(side.connection);
    QVERIFY(!stream.isOpen());
    QCOMPARE(stream.errorString(), u"the messages of the connection are taken by receive()"_s);
}

void TestWsByteStream::closedConnectionIsRefused()
{
    Ended side;
    QVERIFY(side.Side::open());
    QString error;
    bool isOpen = true;
    QObject::connect(side.connection, &WsConnection::closed, &side.owner, [&] {
        WsByteStream stream(side.connection);
        isOpen = stream.isOpen();
        error = stream.errorString();
    });
    side.wire->reset();
    settle();
    QVERIFY(!isOpen);
    QCOMPARE(error, u"the connection is closed"_s);
}

void TestWsByteStream::otherThreadIsRefused()
{
    Ended side;
    QVERIFY(side.open());
    delete side.stream;
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"must be created in the thread"_s));
    QString error;
    std::thread([&] {
        const WsByteStream stream(side.connection);
        error = stream.errorString();
    }).join();
    QCOMPARE(error, u"a WsByteStream must be created in the thread of its connection"_s);
}

#include "tst_wsbytestream.moc"

#include "../testprogram.h"
WSKIT_TEST(TestWsByteStream)
