// SPDX-License-Identifier: MIT
#include "connectiontesting.h"
#include "heldmemory.h"

#include <WsKit/WsMessageStream>

#include <QtCore/qdatastream.h>
#include <QtCore/qendian.h>
#include <QtCore/qregularexpression.h>

using namespace ConnectionTesting;

// A message that is read as a stream, by a program that waits for all of a block.
class TestWsMessageStream : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void blockThatIsNotCompleteHoldsUpThePeer_data() { addRows(); }
    void blockThatIsNotCompleteHoldsUpThePeer();
    void smallFragmentsOfABlockTakeLittleMemory_data() { addRows(); }
    void smallFragmentsOfABlockTakeLittleMemory();
    void writtenStreamWithAnotherParentIsCutWithItsConnection_data() { addRoles(); }
    void writtenStreamWithAnotherParentIsCutWithItsConnection();
    void writtenStreamOutlivesTheDeletedConnection_data() { addRoles(); }
    void writtenStreamOutlivesTheDeletedConnection();
    void streamWritesNothingToTheNextOpening();
    void readStreamOutlivesTheDeletedConnection_data() { addRoles(); }
    void readStreamOutlivesTheDeletedConnection();

private:
    static void addRoles()
    {
        QTest::addColumn<WsRole>("role");
        for (const WsRole role : {WsRole::Client, WsRole::Server})
            QTest::newRow(nameOf(role)) << role;
    }
    static void addRows()
    {
        QTest::addColumn<bool>("peeks");
        QTest::newRow("transactions") << false;
        QTest::newRow("peek()") << true;
    }
};

namespace {
// Reads one block of QDataStream.
struct Reader
{
    Reader(WsConnection *connection, bool peeksFirst) : peeks(peeksFirst)
    {
        connection->setBinaryType(Ws::Stream);
        QObject::connect(connection, &WsConnection::messageStarted, &owner, [this](WsMessageStream *started) {
            stream = started;
            QObject::connect(stream, &QIODevice::readyRead, &owner, [this] { read(); });
        });
    }

    void read()
    {
        if (!waitsForAll)
            return;
        if (peeks) {
            const QByteArray all = stream->peek(stream->bytesAvailable());
            if (all.size() < 4 || all.size() - 4 < qFromBigEndian<qint32>(all.constData()))
                return;
        }
        QDataStream in(stream);
        in.startTransaction();
        in >> block;
        if (!in.commitTransaction())
            block.clear();
    }

    const bool peeks;
    bool waitsForAll = true;
    QObject owner;
    QPointer<WsMessageStream> stream;
    QByteArray block;
};

QByteArray blockOf(int size)
{
    QByteArray bytes;
    QDataStream out(&bytes, QIODevice::WriteOnly);
    out << QByteArray(size, 'x');
    return bytes;
}
} // namespace

// A peer that announces a large block must not fill the memory of a program that waits for its end.
void TestWsMessageStream::blockThatIsNotCompleteHoldsUpThePeer()
{
    QFETCH(const bool, peeks);
    WsOptions options;
    options.setHighWaterMark(20000);
    Side side(WsRole::Client, options);
    side.prepareWire = [](FakeWire &wire) { wire.chunk = 1000; };
    QVERIFY(side.open());
    Reader reader(side.connection, peeks);
    side.receive({binary(blockOf(1000000))});
    for (int i = 0; i < 100; ++i)
        settle();
    QVERIFY(reader.stream);
    const qint64 available = reader.stream->bytesAvailable();
    QVERIFY2(available > 19000 && available < 30000, qPrintable(QString::number(available)));
    QVERIFY(side.wire->unread.size() > 900000);

    reader.waitsForAll = false;
    QByteArray all;
    while (reader.stream && all.size() < 1000004 && reader.stream->bytesAvailable() > 0) {
        all += reader.stream->read(7000);
        settle();
    }
    QCOMPARE(all, blockOf(1000000));
}

// QIODevice alone would take up to 16 KiB for each of these bytes.
void TestWsMessageStream::smallFragmentsOfABlockTakeLittleMemory()
{
    if (!HeldMemory::IsAvailable)
        QSKIP("the memory of the program is not known");
    QFETCH(const bool, peeks);
    Side side(WsRole::Server);
    QVERIFY(side.open());
    Reader reader(side.connection, peeks);
    const QByteArray bytes = blockOf(4000);
    const HeldMemory memory;
    side.receive({binary(bytes.left(1)).notFinal()});
    qint64 most = 0;
    for (qsizetype i = 1; i < bytes.size(); ++i) {
        side.receive({continuation(bytes.mid(i, 1)).notFinal()});
        most = qMax(most, memory.growth());
    }
    QCOMPARE(reader.block, QByteArray(4000, 'x'));
    QVERIFY2(most < 512 * 1024, qPrintable(QString::number(most)));
}

// --- streams with other parents

void TestWsMessageStream::writtenStreamWithAnotherParentIsCutWithItsConnection()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    const auto job = std::make_unique<QObject>();
    const QPointer<WsMessageStream> stream = side.connection->openMessage(Ws::Binary);
    stream->setParent(job.get());
    int closedCount = 0;
    connect(stream, &QIODevice::aboutToClose, this, [&] { ++closedCount; });
    QCOMPARE(stream->write("abc"), 3);
    side.wire->reset();
    QCOMPARE(closedCount, 1);
    QVERIFY(!stream->isOpen());
    QCOMPARE(stream->errorString(), u"the connection was closed before the message was complete"_s);
    QCOMPARE(stream->connection(), nullptr);
    settle();
    QVERIFY(!stream);
}

void TestWsMessageStream::writtenStreamOutlivesTheDeletedConnection()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    const auto job = std::make_unique<QObject>();
    const QPointer<WsMessageStream> stream = side.connection->openMessage(Ws::Binary);
    const QPointer<WsMessageStream> other = side.connection->openMessage(Ws::Text);
    stream->setParent(job.get());
    side.remove();
    QVERIFY(!other);
    QVERIFY(stream && stream->isOpen());
    QCOMPARE(stream->connection(), nullptr);
    QCOMPARE(stream->write("abc"), -1);
    QVERIFY(!stream->waitForBytesWritten(0));
    int closedCount = 0;
    connect(stream, &QIODevice::aboutToClose, this, [&] { ++closedCount; });
    settle();
    QCOMPARE(closedCount, 1);
    QVERIFY(!stream);
}

// The engine of the next opening counts its messages from the beginning again.
void TestWsMessageStream::streamWritesNothingToTheNextOpening()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    const auto job = std::make_unique<QObject>();
    WsMessageStream *const stream = side.connection->openMessage(Ws::Binary);
    stream->setParent(job.get());
    side.wire->reset(); // the stream is deleted from the event loop
    side.start();
    side.wire->connect();
    side.wire->feed(acceptanceOf(side.wire->takeWritten()));
    QCOMPARE(side.connection->state(), Ws::Open);
    WsMessageStream *const next = side.connection->openMessage(Ws::Binary);
    QCOMPARE(next->write("new"), 3);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"QIODevice::write .*device not open"_s));
    QCOMPARE(stream->write("old"), -1);
    next->close();
    settle();
    QCOMPARE(side.sent(), u"binary 'new'"_s);
}

void TestWsMessageStream::readStreamOutlivesTheDeletedConnection()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    side.connection->setBinaryType(Ws::Stream);
    const auto job = std::make_unique<QObject>();
    QPointer<WsMessageStream> stream;
    connect(side.connection, &WsConnection::messageStarted, this, [&](WsMessageStream *started) {
        started->setParent(job.get());
        stream = started;
    });
    side.receive({text("beginning").notFinal()});
    QVERIFY(stream);
    int finishedCount = 0;
    connect(stream, &QIODevice::readChannelFinished, this, [&] { ++finishedCount; });
    side.remove();
    QCOMPARE(stream->connection(), nullptr);
    QCOMPARE(stream->read(3), QByteArray("beg"));
    QVERIFY(!stream->waitForReadyRead(0));
    settle();
    QCOMPARE(finishedCount, 1);
    QVERIFY(!stream->isComplete());
    QCOMPARE(stream->readAll(), QByteArray("inning"));
    settle();
    QVERIFY(!stream);
}

#include "tst_wsmessagestream.moc"

#include "../testprogram.h"
WSKIT_TEST(TestWsMessageStream)
