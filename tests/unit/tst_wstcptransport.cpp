// SPDX-License-Identifier: MIT
#include "net/socket/wstcptransport.h"

#include "net/socket/wslocaltransport.h"
#include "transporttesting.h"

#include <QtCore/qsemaphore.h>
#include <QtCore/qthread.h>
#include <QtCore/quuid.h>
#include <QtNetwork/qlocalserver.h>
#include <QtNetwork/qlocalsocket.h>

using namespace TransportTesting;

namespace {
enum class End { Client, Server, Local };

// A server that hands out what it is connected to.
class DescriptorServer : public QTcpServer
{
public:
    qintptr descriptor = -1;

protected:
    void incomingConnection(qintptr incoming) override { descriptor = incoming; }
};

struct TcpEnds : Ends
{
    explicit TcpEnds(End end)
    {
        if (end == End::Client)
            connectToOther();
        else if (end == End::Server)
            acceptOther();
        else
            connectLocally();
    }

    void connectToOther()
    {
        QTcpServer server;
        server.listen(QHostAddress::LocalHost);
        setTransport(std::make_unique<WsTcpTransport>());
        transport->connectTo(u"127.0.0.1"_s, server.serverPort());
        isConnected = Patient::waitFor([&server] { return server.hasPendingConnections(); });
        other.reset(server.nextPendingConnection());
        other->setParent(nullptr);
        while (user.connectedCount == 0 && user.errors.isEmpty())
            transport->wait(true, Patient::Patience);
        isConnected = isConnected && user.connectedCount == 1;
        findObject();
    }

    void connectLocally()
    {
        QLocalServer server;
        isConnected = server.listen(u"wskit-"_s + QUuid::createUuid().toString(QUuid::Id128));
        setTransport(wsLocalTransport());
        transport->connectTo(server.serverName(), 0);
        isConnected = isConnected && Patient::waitFor([&] {
                          return server.hasPendingConnections() && user.connectedCount == 1;
                      });
        other.reset(server.nextPendingConnection());
        other->setParent(nullptr);
        findObject();
    }

    void acceptOther()
    {
        DescriptorServer server;
        server.listen(QHostAddress::LocalHost);
        auto socket = std::make_shared<QTcpSocket>();
        socket->connectToHost(QHostAddress::LocalHost, server.serverPort());
        isConnected =
            socket->waitForConnected(Patient::Patience) && server.waitForNewConnection(Patient::Patience);
        other = socket;
        setTransport(std::make_unique<WsTcpTransport>(server.descriptor));
    }

    QAbstractSocket *otherSocket() const { return static_cast<QAbstractSocket *>(other.get()); }
    QLocalSocket *otherLocalSocket() const { return static_cast<QLocalSocket *>(other.get()); }
};

void addEnds()
{
    QTest::addColumn<End>("end");
    QTest::newRow("client") << End::Client;
    QTest::newRow("server") << End::Server;
}

void addAllEnds()
{
    addEnds();
    QTest::newRow("local") << End::Local;
}
} // namespace

class TestWsTcpTransport : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsWhatCame_data() { addAllEnds(); }
    void readsWhatCame() { check(TransportTesting::readsWhatCame); }
    void readsNothingWhileConnecting();
    void awaitsNoTls();
    void readsTheRestBeforeTheEnd_data() { addAllEnds(); }
    void readsTheRestBeforeTheEnd();
    void readsTheRestAlthoughAWriteFails();
    void peerThatHasGoneIsNoticedByAWrite_data() { addEnds(); }
    void peerThatHasGoneIsNoticedByAWrite();
    void writesManyPieces_data() { addAllEnds(); }
    void writesManyPieces() { check(TransportTesting::writesManyPieces); }
    void keepsWhatTheSystemDoesNotTake_data() { addEnds(); }
    void keepsWhatTheSystemDoesNotTake() { check(TransportTesting::keepsWhatTheSystemDoesNotTake); }
    void inFlightIsWhatTheOtherEndHasNotTaken_data() { addEnds(); }
    void inFlightIsWhatTheOtherEndHasNotTaken()
    {
        check(TransportTesting::inFlightIsWhatTheOtherEndHasNotTaken);
    }
    void dropsWhatNobodyGets_data() { addEnds(); }
    void dropsWhatNobodyGets() { check(TransportTesting::dropsWhatNobodyGets); }
    void shutdownEndsOneDirectionOnly_data() { addEnds(); }
    void shutdownEndsOneDirectionOnly() { check(TransportTesting::shutdownEndsOneDirectionOnly); }
    void finishSendsWhatIsWritten_data() { addEnds(); }
    void finishSendsWhatIsWritten();
    void cutEndsAtOnce_data() { addEnds(); }
    void cutEndsAtOnce();
    void destructionEndsAtOnce_data() { addAllEnds(); }
    void destructionEndsAtOnce() { check(TransportTesting::destructionEndsAtOnce); }
    void noDelayIsSet_data() { addEnds(); }
    void noDelayIsSet() { check(TransportTesting::noDelayIsSet); }
    void knowsItsEndpoints_data() { addEnds(); }
    void knowsItsEndpoints() { check(TransportTesting::knowsItsEndpoints); }
    void waitEndsWithBytes_data() { addAllEnds(); }
    void waitEndsWithBytes() { check(TransportTesting::waitEndsWithBytes); }
    void waitWritesWhatIsPending_data() { addEnds(); }
    void waitWritesWhatIsPending();

    void isUnbuffered();
    void readableIsReportedOnce();
    void resetIsAnEnd();
    void hostThatIsNotThereIsReported();
    void descriptorThatIsNoSocketHasEnded();
    void movesWithItsOwner();
    void isDeletedAfterItsThread();

private:
    static void check(void (*holds)(Ends &))
    {
        QFETCH(const End, end);
        TcpEnds ends(end);
        holds(ends);
    }
};

void TestWsTcpTransport::readsNothingWhileConnecting()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    Ends ends;
    ends.setTransport(std::make_unique<WsTcpTransport>());
    ends.transport->connectTo(u"127.0.0.1"_s, server.serverPort());
    ends.read();
    QCOMPARE(ends.lastCount, 0);
    WS_TRY_COMPARE(ends.user.connectedCount, 1);
    ends.read();
    QCOMPARE(ends.lastCount, 0);
}

void TestWsTcpTransport::readsTheRestBeforeTheEnd()
{
    QFETCH(const End, end);
    TcpEnds ends(end);
    TransportTesting::readsTheRestBeforeTheEnd(ends, [&] {
        if (end == End::Local)
            ends.otherLocalSocket()->disconnectFromServer();
        else
            ends.otherSocket()->disconnectFromHost();
    });
    QVERIFY(!ends.transport->hasEnded()); // it may have ended only its own direction
    QVERIFY(!ends.transport->isBroken());
    QCOMPARE(ends.transport->lostError().kind(), Ws::ErrorKind::Network);
    QCOMPARE(ends.transport->lostError().socketError(), QAbstractSocket::RemoteHostClosedError);
}

// The other end has gone before this one has read anything, and a write is the first to notice.
void TestWsTcpTransport::readsTheRestAlthoughAWriteFails()
{
    TcpEnds ends(End::Local);
    QVERIFY(ends.isConnected);
    const QByteArray bytes = pattern(100 * 1024);
    ends.other->write(bytes);
    QVERIFY(ends.otherLocalSocket()->flush() && ends.other->bytesToWrite() == 0);
    ends.other.reset();
    WsOutput output;
    output.append("nobody reads this");
    ends.transport->write(output);
    QVERIFY(ends.transport->isBroken());
    QByteArray received;
    WS_TRY_VERIFY((received += ends.read(), ends.lastCount < 0));
    QVERIFY(received == bytes);
}

// That nothing arrives is known once the system has tried.
void TestWsTcpTransport::peerThatHasGoneIsNoticedByAWrite()
{
    QFETCH(const End, end);
    TcpEnds ends(end);
    ends.otherSocket()->disconnectFromHost();
    WS_TRY_VERIFY((ends.read(), ends.lastCount < 0));
    WS_TRY_COMPARE(ends.otherSocket()->state(), QAbstractSocket::UnconnectedState);
    WsOutput output;
    WS_TRY_VERIFY((output.append("x"), ends.transport->write(output), ends.transport->hasEnded()));
    QVERIFY(output.isEmpty());
    QCOMPARE(ends.user.endedCount, 1);
    ends.read();
    QCOMPARE(ends.lastCount, -1);
}

void TestWsTcpTransport::finishSendsWhatIsWritten()
{
    QFETCH(const End, end);
    TcpEnds ends(end);
    TransportTesting::finishSendsWhatIsWritten(ends, false);
    WS_TRY_COMPARE(ends.otherSocket()->state(), QAbstractSocket::UnconnectedState);
}

void TestWsTcpTransport::cutEndsAtOnce()
{
    QFETCH(const End, end);
    TcpEnds ends(end);
    TransportTesting::cutEndsAtOnce(ends);
    ends.setReadBufferSizeOfOther(0);
    WS_TRY_COMPARE(ends.otherSocket()->state(), QAbstractSocket::UnconnectedState);
}

void TestWsTcpTransport::waitWritesWhatIsPending()
{
    QFETCH(const End, end);
    TcpEnds ends(end);
    TransportTesting::waitWritesWhatIsPending(ends, 16 * MiB);
}

void TestWsTcpTransport::isUnbuffered()
{
    TcpEnds ends(End::Client);
    QVERIFY(!ends.transport->isBuffered());
    QVERIFY(!ends.transport->isEncrypted());
    QVERIFY(ends.transport->sslConfiguration().isNull());
    ends.other->write("x");
    WS_TRY_VERIFY(ends.user.readableCount > 0);
    QVERIFY(ends.transport->hasUnread());
}

// Until somebody reads: otherwise the event loop would report it in every turn.
void TestWsTcpTransport::readableIsReportedOnce()
{
    TcpEnds ends(End::Server);
    ends.other->write("x");
    WS_TRY_COMPARE(ends.user.readableCount, 1);
    const auto *const notifier = static_cast<QSocketNotifier *>(ends.object.get());
    QVERIFY(!notifier->isEnabled());
    QCOMPARE(ends.read(), QByteArray("x"));
    QVERIFY(notifier->isEnabled());
    ends.other->write("y");
    WS_TRY_COMPARE(ends.user.readableCount, 2);
    ends.other->close();
    QCOMPARE(ends.read(), QByteArray("y"));
    WS_TRY_VERIFY((ends.read(), ends.lastCount < 0));
    QVERIFY(!notifier->isEnabled()); // the end stays
}

void TestWsTcpTransport::resetIsAnEnd()
{
    TcpEnds ends(End::Server);
    reset(ends.otherSocket());
    WS_TRY_VERIFY((ends.read(), ends.lastCount < 0));
    QVERIFY(ends.transport->hasEnded());
    QCOMPARE(ends.transport->lostError().kind(), Ws::ErrorKind::Network);
}

void TestWsTcpTransport::hostThatIsNotThereIsReported()
{
    quint16 port = 0;
    {
        QTcpServer server; // which goes again
        QVERIFY(server.listen(QHostAddress::LocalHost));
        port = server.serverPort();
    }
    Ends ends;
    ends.setTransport(std::make_unique<WsTcpTransport>());
    ends.transport->connectTo(u"127.0.0.1"_s, port);
    WS_TRY_COMPARE(ends.user.errors.size(), 1);
    QCOMPARE(ends.user.errors.first().socketError(), QAbstractSocket::ConnectionRefusedError);
    QVERIFY(ends.transport->hasEnded());
}

void TestWsTcpTransport::descriptorThatIsNoSocketHasEnded()
{
    Ends ends;
    ends.setTransport(std::make_unique<WsTcpTransport>(-1));
    QVERIFY(ends.transport->hasEnded());
    ends.read();
    QCOMPARE(ends.lastCount, -1);
    WsOutput output;
    output.append("x");
    ends.transport->write(output);
    QVERIFY(output.isEmpty());
}

void TestWsTcpTransport::movesWithItsOwner()
{
    TcpEnds ends(End::Client);
    QThread thread;
    thread.start();
    auto owner = std::make_unique<QObject>();
    ends.transport->setOwner(owner.get());
    owner->moveToThread(&thread);
    QCOMPARE(ends.object->thread(), &thread);
    QSemaphore done;
    QByteArray received;
    QMetaObject::invokeMethod(owner.get(), [&] {
        ends.transport->setOwner(nullptr);
        received = ends.read();
        ends.transport->moveToThread(QCoreApplication::instance()->thread());
        done.release();
    });
    done.acquire();
    QCOMPARE(ends.object->thread(), QThread::currentThread());
    owner.release()->deleteLater();
    thread.quit();
    QVERIFY(thread.wait());
    ends.other->write("x");
    WS_TRY_VERIFY((received += ends.read(), received == "x"));
}

void TestWsTcpTransport::isDeletedAfterItsThread()
{
    TcpEnds ends(End::Client);
    QThread thread;
    ends.transport->moveToThread(&thread);
    thread.start();
    thread.quit();
    QVERIFY(thread.wait());
    ends.transport.reset();
    QVERIFY(!ends.object); // at once: no event loop would do it
}

void TestWsTcpTransport::awaitsNoTls()
{
    WsTcpTransport transport;
    User user;
    transport.setUser(&user);
    transport.connectTo(u"255.255.255.255"_s, 80); // TCP has no broadcast
    QCOMPARE(transport.awaited(), u"the TCP connection to 255.255.255.255:80"_s);
    WS_TRY_COMPARE(user.errors.size(), 1);
    QVERIFY(transport.connectError());
    QCOMPARE(transport.awaited(), u"the TCP connection to 255.255.255.255:80"_s);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsTcpTransport)
#include "tst_wstcptransport.moc"
