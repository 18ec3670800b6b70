// SPDX-License-Identifier: MIT
#include "net/socket/wsdevicetransport.h"

#include "devicepair.h"
#include "net/socket/wsbufferedtransport.h"
#include "net/socket/wslocaltransport.h"
#include "transporttesting.h"

#include <QtCore/qthread.h>
#include <QtCore/quuid.h>
#include <QtNetwork/qlocalserver.h>
#include <QtNetwork/qlocalsocket.h>

using namespace TransportTesting;

namespace {
enum class Kind { Local, Pair };

struct DeviceEnds : Ends
{
    explicit DeviceEnds(Kind kind)
    {
        if (kind == Kind::Local)
            connectLocally();
        else
            connectPair();
    }

    void connectLocally()
    {
        QLocalServer server;
        auto *const socket = new QLocalSocket;
        isConnected = server.listen(u"wskit-"_s + QUuid::createUuid().toString(QUuid::Id128));
        socket->connectToServer(server.serverName());
        isConnected = isConnected && socket->waitForConnected(Patient::Patience)
                      && server.waitForNewConnection(Patient::Patience);
        other.reset(server.nextPendingConnection());
        other->setParent(nullptr);
        setTransport(WsDeviceTransport::of(socket));
    }

    void connectPair()
    {
        auto *const end = new DeviceEnd;
        const auto otherEnd = std::make_shared<DeviceEnd>();
        DeviceEnd::connectEnds(end, otherEnd.get());
        other = otherEnd;
        setTransport(WsDeviceTransport::of(end));
        isConnected = true;
    }

    void setCapacityOfOther(qint64 capacity) const
    {
        if (auto *const socket = qobject_cast<QLocalSocket *>(other.get()))
            socket->setReadBufferSize(capacity);
        else
            static_cast<DeviceEnd *>(other.get())->setCapacity(capacity);
    }
};

void addKinds()
{
    QTest::addColumn<Kind>("kind");
    QTest::newRow("local sockets") << Kind::Local;
    QTest::newRow("two devices") << Kind::Pair;
}
} // namespace

class TestWsDeviceTransport : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsWhatCame_data() { addKinds(); }
    void readsWhatCame() { check(TransportTesting::readsWhatCame); }
    void readsTheRestBeforeTheEnd_data() { addKinds(); }
    void readsTheRestBeforeTheEnd();
    void writesManyPieces_data() { addKinds(); }
    void writesManyPieces() { check(TransportTesting::writesManyPieces); }
    void keepsWhatIsNotTaken_data() { addKinds(); }
    void keepsWhatIsNotTaken();
    void dropsWhatNobodyGets_data() { addKinds(); }
    void dropsWhatNobodyGets();
    void finishSendsWhatIsWritten_data() { addKinds(); }
    void finishSendsWhatIsWritten();
    void finishWithNothingToSendEndsAtOnce_data() { addKinds(); }
    void finishWithNothingToSendEndsAtOnce();
    void cutEndsAtOnce_data() { addKinds(); }
    void cutEndsAtOnce() { check(TransportTesting::cutEndsAtOnce); }
    void destructionEndsAtOnce_data() { addKinds(); }
    void destructionEndsAtOnce() { check(TransportTesting::destructionEndsAtOnce); }
    void waitEndsWithBytes_data() { addKinds(); }
    void waitEndsWithBytes() { check(TransportTesting::waitEndsWithBytes); }
    void waitWritesWhatIsPending_data() { addKinds(); }
    void waitWritesWhatIsPending();
    void waitMayEndTheTransport();
    void endDropsWhatIsPending();

    void endOfEachDirectionIsReportedOnce();
    void deviceThatIsClosedTakesNothingMore();
    void failedWriteDropsTheRest();
    void failedWriteEndsTheTransportAfterTheRest();
    void knowsWhatTheSystemHas();
    void hasNoEndpoints();
    void isDeletedAfterItsThread();
    void socketHasATransportOfItsOwn();

private:
    static void check(void (*holds)(Ends &))
    {
        QFETCH(const Kind, kind);
        DeviceEnds ends(kind);
        holds(ends);
    }
};

void TestWsDeviceTransport::readsTheRestBeforeTheEnd()
{
    QFETCH(const Kind, kind);
    DeviceEnds ends(kind);
    TransportTesting::readsTheRestBeforeTheEnd(ends, [&] {
        while (ends.other->bytesToWrite() > 0)
            ends.other->waitForBytesWritten(1000);
        ends.other->close();
    });
    WS_TRY_COMPARE(ends.user.endedCount, 1);
    QCOMPARE(ends.transport->lostError().kind(), Ws::ErrorKind::Network);
}

void TestWsDeviceTransport::keepsWhatIsNotTaken()
{
    QFETCH(const Kind, kind);
    DeviceEnds ends(kind);
    QVERIFY(ends.isConnected);
    ends.setCapacityOfOther(1);
    const QByteArray bytes = pattern(8 * MiB);
    WsOutput output;
    output.appendShared(bytes);
    ends.transport->write(output);
    QVERIFY(output.size() > 0);
    QCOMPARE_LE(ends.transport->pending(), 2 * WsTransport::MaxPending);
    ends.setCapacityOfOther(kind == Kind::Local ? 0 : 64 * 1024);
    QByteArray received;
    QVERIFY(ends.writeAll(output, &received));
    WS_TRY_VERIFY((received += ends.other->readAll(), received.size() >= bytes.size()));
    QVERIFY(received == bytes);
    QVERIFY(ends.user.writtenCount > 0);
}

void TestWsDeviceTransport::dropsWhatNobodyGets()
{
    QFETCH(const Kind, kind);
    DeviceEnds ends(kind);
    ends.other->close();
    WS_TRY_COMPARE(ends.user.endedCount, 1);
    ends.device->close();
    QVERIFY(ends.transport->hasEnded());
    WsOutput output;
    output.append("into the void");
    ends.transport->write(output);
    QVERIFY(output.isEmpty());
    QVERIFY(output.hasLost());
    QCOMPARE(ends.transport->pending(), 0);
    ends.read();
    QCOMPARE(ends.lastCount, -1);
}

void TestWsDeviceTransport::finishSendsWhatIsWritten()
{
    QFETCH(const Kind, kind);
    DeviceEnds ends(kind);
    TransportTesting::finishSendsWhatIsWritten(ends, true);
}

void TestWsDeviceTransport::finishWithNothingToSendEndsAtOnce()
{
    QFETCH(const Kind, kind);
    DeviceEnds ends(kind);
    bool isPlaceKept = false;
    ends.transport->finish(5s, [&] {
        isPlaceKept = true;
        return nullptr;
    });
    QVERIFY(!isPlaceKept);
    QVERIFY(!ends.device->isOpen());
    WS_TRY_VERIFY(!ends.device);
}

void TestWsDeviceTransport::waitWritesWhatIsPending()
{
    QFETCH(const Kind, kind);
    DeviceEnds ends(kind);
    WsOutput output;
    output.append("hello");
    ends.transport->write(output);
    QByteArray received;
    QDeadlineTimer deadline(Patient::Patience);
    while (received.size() < 5 && !deadline.hasExpired()) {
        ends.transport->wait(false, 1);
        ends.other->waitForReadyRead(1);
        received += ends.other->readAll();
    }
    QCOMPARE(received, QByteArray("hello"));
    QCOMPARE(ends.transport->pending(), 0);
}

// The end is reported within the call, and the connection drops the transport then.
void TestWsDeviceTransport::waitMayEndTheTransport()
{
    DeviceEnds ends(Kind::Local);
    ends.user.whenEnded = [&] { ends.transport.reset(); };
    ends.setCapacityOfOther(1);
    WsOutput output;
    output.appendShared(pattern(MiB));
    ends.transport->write(output);
    QVERIFY(ends.transport->pending() > 0);
    ends.other.reset();
    QDeadlineTimer deadline(Patient::Patience);
    while (ends.transport && !deadline.hasExpired())
        ends.transport->wait(true, 1);
    QVERIFY(!ends.transport);
}

// The other end leaves, with bytes that it has not read, while more of them than fit wait here.
void TestWsDeviceTransport::endDropsWhatIsPending()
{
    DeviceEnds ends(Kind::Local);
    QVERIFY(ends.isConnected);
    ends.setCapacityOfOther(1);
    WsOutput output;
    output.appendShared(pattern(8 * MiB));
    ends.transport->write(output);
    QCOMPARE_GE(ends.transport->pending(), WsTransport::MaxPending);
    bool hasEnded = false;
    ends.user.whenEnded = [&] {
        ends.transport->noteEnd();
        ends.transport->write(output);
        hasEnded = ends.transport->hasEnded() && ends.transport->pending() == 0 && output.isEmpty();
    };
    ends.other.reset();
    WS_TRY_COMPARE(ends.user.endedCount, 1);
    QVERIFY(hasEnded);
    QVERIFY(output.hasLost());
}

void TestWsDeviceTransport::endOfEachDirectionIsReportedOnce()
{
    DeviceEnds ends(Kind::Pair);
    ends.other->close();
    WS_TRY_COMPARE(ends.user.endedCount, 1);
    QVERIFY(!ends.transport->hasEnded());
    bool hasEnded = false;
    ends.user.whenEnded = [&] { hasEnded = ends.transport->hasEnded(); };
    ends.device->close();
    QCOMPARE(ends.user.endedCount, 2);
    QVERIFY(hasEnded);
    ends.device->open(QIODevice::ReadWrite);
    ends.device->close();
    QCOMPARE(ends.user.endedCount, 2);
}

void TestWsDeviceTransport::deviceThatIsClosedTakesNothingMore()
{
    DeviceEnds ends(Kind::Pair);
    ends.setCapacityOfOther(1);
    WsOutput output;
    output.appendShared(pattern(MiB));
    ends.transport->write(output);
    QCOMPARE_GE(ends.transport->pending(), WsTransport::MaxPending);
    ends.user.whenEnded = [&] { ends.transport->write(output); };
    ends.device->close();
    QCOMPARE(ends.user.endedCount, 1);
    QVERIFY(output.isEmpty());
    QVERIFY(output.hasLost());
    QCOMPARE(ends.transport->pending(), 0);
}

void TestWsDeviceTransport::failedWriteDropsTheRest()
{
    DeviceEnds ends(Kind::Pair);
    static_cast<DeviceEnd *>(ends.device.get())->isBroken = true;
    WsOutput output;
    output.append("x");
    ends.transport->write(output);
    QVERIFY(output.isEmpty());
    QVERIFY(output.hasLost());
    QCOMPARE(ends.transport->pending(), 0);
}

// Before Qt has read it.
void TestWsDeviceTransport::knowsWhatTheSystemHas()
{
#ifdef Q_OS_UNIX
    DeviceEnds ends(Kind::Local);
    QVERIFY(!ends.transport->hasUnread());
    ends.other->write("x");
    QVERIFY(static_cast<QLocalSocket *>(ends.other.get())->flush());
    QCOMPARE(ends.device->bytesAvailable(), 0);
    QVERIFY(ends.transport->hasUnread());
    QCOMPARE(ends.user.readableCount, 0);
#endif
}

void TestWsDeviceTransport::failedWriteEndsTheTransportAfterTheRest()
{
    DeviceEnds ends(Kind::Pair);
    ends.other->write("rest");
    WS_TRY_VERIFY(ends.device->bytesAvailable() == 4);
    static_cast<DeviceEnd *>(ends.device.get())->isBroken = true;
    WsOutput output;
    output.append("x");
    ends.transport->write(output);
    QCOMPARE(ends.user.endedCount, 1);
    QVERIFY(ends.transport->hasEnded());
    QByteArray rest(10, '-');
    QCOMPARE(ends.transport->read(rest.data(), rest.size()), 4);
    QCOMPARE(rest.left(4), "rest"_ba);
    QCOMPARE(ends.transport->read(rest.data(), rest.size()), -1);
    QCOMPARE(ends.transport->lostError().text(), u"the device does not take data: broken"_s);
}

void TestWsDeviceTransport::hasNoEndpoints()
{
    DeviceEnds ends(Kind::Pair);
    ends.transport->connectTo(u"example.com"_s, 80);
    ends.transport->setNoDelay(true);
    ends.transport->shutdownWrite();
    ends.transport->ignoreSslErrors();
    ends.transport->ignoreSslErrors({});
    QVERIFY(ends.transport->endpoints().peerAddress.isNull());
    QVERIFY(!ends.transport->isEncrypted());
    QVERIFY(ends.transport->sslConfiguration().isNull());
    QVERIFY(ends.transport->isBuffered());
    TransportTesting::readsWhatCame(ends);
}

void TestWsDeviceTransport::isDeletedAfterItsThread()
{
    DeviceEnds ends(Kind::Pair);
    QThread thread;
    ends.transport->moveToThread(&thread);
    thread.start();
    thread.quit();
    QVERIFY(thread.wait());
    ends.transport.reset();
    QVERIFY(!ends.device);
}

void TestWsDeviceTransport::socketHasATransportOfItsOwn()
{
    const std::unique_ptr<WsTransport> transport = WsDeviceTransport::of(new QTcpSocket);
    QVERIFY(dynamic_cast<WsBufferedTransport *>(transport.get()));
    const std::unique_ptr<WsTransport> local = WsDeviceTransport::of(new QLocalSocket);
    QVERIFY(dynamic_cast<WsLocalTransport *>(local.get()));
}

#include "../testprogram.h"
WSKIT_TEST(TestWsDeviceTransport)
#include "tst_wsdevicetransport.moc"
