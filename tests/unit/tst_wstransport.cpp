// SPDX-License-Identifier: MIT
#include "net/socket/wstransport.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qpointer.h>
#include <QtNetwork/qhostaddress.h>
#include <QtNetwork/qtcpserver.h>
#include <QtNetwork/qtcpsocket.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <sys/socket.h>

namespace {
constexpr qint64 MiB = 1024 * 1024;

// A transport and the other end of its connection.
struct Ends
{
    explicit Ends(WsTransport::Mode mode)
    {
        server.listen(QHostAddress::LocalHost);
        if (mode == WsTransport::Mode::Direct) {
            socket = new QAbstractSocket(QAbstractSocket::TcpSocket, nullptr);
            socket->connectToHost(QHostAddress::LocalHost, server.serverPort(),
                                  QIODevice::ReadWrite | QIODevice::Unbuffered);
        } else {
            socket = new QTcpSocket;
            socket->connectToHost(QHostAddress::LocalHost, server.serverPort());
        }
        transport.setSocket(socket, mode);
        isConnected = socket->waitForConnected() && server.waitForNewConnection(5000);
        other = server.nextPendingConnection();
    }

    QByteArray read(qint64 size = 64 * 1024)
    {
        QByteArray bytes(size, Qt::Uninitialized);
        const qint64 count = transport.read(bytes.data(), size);
        lastCount = count;
        return bytes.first(qMax<qint64>(count, 0));
    }

    // Takes all that the other end sends and reads at the same time.
    bool writeAll(WsOutput &output, QByteArray *received)
    {
        QDeadlineTimer deadline(20000);
        while (!output.isEmpty() || transport.pending() > 0) {
            transport.write(output);
            QCoreApplication::processEvents();
            *received += other->readAll();
            if (deadline.hasExpired())
                return false;
        }
        return true;
    }

    QTcpServer server;
    WsTransport transport;
    QPointer<QAbstractSocket> socket;
    QTcpSocket *other = nullptr;
    bool isConnected = false;
    qint64 lastCount = 0;
};

void addModes()
{
    QTest::addColumn<WsTransport::Mode>("mode");
    QTest::newRow("direct") << WsTransport::Mode::Direct;
    QTest::newRow("buffered") << WsTransport::Mode::Buffered;
}

QByteArray pattern(qint64 size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    for (qsizetype i = 0; i < bytes.size(); ++i)
        bytes[i] = char(i * 31 + i / 253);
    return bytes;
}
} // namespace

class TestWsTransport : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsWhatCame_data() { addModes(); }
    void readsWhatCame();
    void readsNothingWhileConnecting_data() { addModes(); }
    void readsNothingWhileConnecting();
    void readsTheRestBeforeTheEnd_data() { addModes(); }
    void readsTheRestBeforeTheEnd();
    void writesManyPieces_data() { addModes(); }
    void writesManyPieces();
    void keepsWhatTheSystemDoesNotTake_data() { addModes(); }
    void keepsWhatTheSystemDoesNotTake();
    void dropsWhatNobodyGets_data() { addModes(); }
    void dropsWhatNobodyGets();
    void shutdownEndsOneDirectionOnly_data() { addModes(); }
    void shutdownEndsOneDirectionOnly();
    void releaseSendsWhatIsWritten_data() { addModes(); }
    void releaseSendsWhatIsWritten();
    void releaseByCuttingEndsAtOnce_data() { addModes(); }
    void releaseByCuttingEndsAtOnce();
    void noDelayIsSet_data() { addModes(); }
    void noDelayIsSet();
    void bufferedSocketIsKeptShort();
};

void TestWsTransport::readsWhatCame()
{
    QFETCH(const WsTransport::Mode, mode);
    Ends ends(mode);
    QVERIFY(ends.isConnected);
    QCOMPARE(ends.transport.mode(), mode);
    QVERIFY(ends.transport);
    QCOMPARE(ends.read(), QByteArray());
    QCOMPARE(ends.lastCount, 0);
    QSignalSpy readyRead(ends.socket, &QIODevice::readyRead);
    ends.other->write("hello");
    QTRY_VERIFY(!readyRead.isEmpty());
    QCOMPARE(ends.read(2), QByteArray("he"));
    QCOMPARE(ends.read(), QByteArray("llo"));
    QCOMPARE(ends.read(), QByteArray());
    QCOMPARE(ends.lastCount, 0);
}

void TestWsTransport::readsNothingWhileConnecting()
{
    QFETCH(const WsTransport::Mode, mode);
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    WsTransport transport;
    auto *socket = new QTcpSocket;
    transport.setSocket(socket, mode);
    socket->connectToHost(QHostAddress::LocalHost, server.serverPort());
    char byte = 0;
    QCOMPARE(transport.read(&byte, 1), 0);
    QVERIFY(socket->waitForConnected());
    QCOMPARE(transport.read(&byte, 1), 0);
}

void TestWsTransport::readsTheRestBeforeTheEnd()
{
    QFETCH(const WsTransport::Mode, mode);
    Ends ends(mode);
    QVERIFY(ends.isConnected);
    QSignalSpy readyRead(ends.socket, &QIODevice::readyRead);
    ends.other->write("last words");
    ends.other->disconnectFromHost();
    QTRY_VERIFY(!readyRead.isEmpty());
    QByteArray received;
    QTRY_VERIFY((received += ends.read(), ends.lastCount < 0));
    QCOMPARE(received, QByteArray("last words"));
    QCOMPARE(ends.read(), QByteArray());
    QCOMPARE(ends.lastCount, -1);
}

void TestWsTransport::writesManyPieces()
{
    QFETCH(const WsTransport::Mode, mode);
    Ends ends(mode);
    QVERIFY(ends.isConnected);
    WsOutput output;
    QByteArray expected;
    for (int i = 0; i < 100; ++i) { // more than go into one system call
        const QByteArray piece(WsOutput::ShareFrom, char('a' + i % 26));
        output.append(QByteArrayView(piece).first(i));
        output.appendShared(piece);
        expected += piece.first(i) + piece;
    }
    QByteArray received;
    QVERIFY(ends.writeAll(output, &received));
    QTRY_VERIFY((received += ends.other->readAll(), received.size() >= expected.size()));
    QVERIFY(received == expected);
    QCOMPARE(output.written(), expected.size());
}

void TestWsTransport::keepsWhatTheSystemDoesNotTake()
{
    QFETCH(const WsTransport::Mode, mode);
    Ends ends(mode);
    QVERIFY(ends.isConnected);
    ends.other->setReadBufferSize(1);
    const QByteArray bytes = pattern(32 * MiB);
    WsOutput output;
    output.appendShared(bytes);
    ends.transport.write(output);
    QVERIFY(output.size() > 0);
    QCOMPARE_LE(ends.transport.pending(), 2 * WsTransport::MaxPending); // no more is added from MaxPending on
    const qint64 left = output.size();
    ends.transport.write(output); // there is still no room
    QCOMPARE_LE(left - output.size(), 4 * MiB);

    ends.other->setReadBufferSize(0);
    QByteArray received;
    QVERIFY(ends.writeAll(output, &received));
    QTRY_VERIFY((received += ends.other->readAll(), received.size() >= bytes.size()));
    QVERIFY(received == bytes);
}

void TestWsTransport::dropsWhatNobodyGets()
{
    QFETCH(const WsTransport::Mode, mode);
    Ends ends(mode);
    QVERIFY(ends.isConnected);
    const linger noTime = {1, 0};
    ::setsockopt(int(ends.other->socketDescriptor()), SOL_SOCKET, SO_LINGER, &noTime, sizeof noTime);
    ends.other->abort();
    WsOutput output;
    QTRY_VERIFY((output.append("into the void"), ends.transport.write(output), ends.transport.noteEnd(),
                 ends.socket->state() == QAbstractSocket::UnconnectedState || output.isEmpty()));
    QTRY_VERIFY((ends.read(), ends.lastCount < 0));
    ends.transport.noteEnd();
    output.append("and this too");
    ends.transport.write(output);
    QVERIFY(output.isEmpty());
    QCOMPARE(ends.transport.pending(), 0);
}

void TestWsTransport::shutdownEndsOneDirectionOnly()
{
    QFETCH(const WsTransport::Mode, mode);
    Ends ends(mode);
    QVERIFY(ends.isConnected);
    const int descriptor = int(ends.other->socketDescriptor());
    WsOutput output;
    output.append("before");
    QByteArray received;
    QVERIFY(ends.writeAll(output, &received));
    // QTcpSocket would end both directions, so the other end speaks to the system itself.
    ends.other->write("still read");
    QVERIFY(ends.other->flush());
    ends.transport.shutdownWrite();
    QByteArray stillRead;
    QTRY_VERIFY((stillRead += ends.read(), stillRead == "still read"));
    char byte = 0;
    QTRY_VERIFY(ends.other->state() != QAbstractSocket::ConnectedState
                || ::recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0);
    received += ends.other->readAll();
    QCOMPARE(received, QByteArray("before"));
}

void TestWsTransport::releaseSendsWhatIsWritten()
{
    QFETCH(const WsTransport::Mode, mode);
    Ends ends(mode);
    QVERIFY(ends.isConnected);
    const QByteArray bytes = pattern(48 * 1024);
    WsOutput output;
    output.append(bytes);
    ends.transport.write(output);
    QVERIFY(output.isEmpty());
    ends.transport.release(false);
    QVERIFY(!ends.transport);
    QCOMPARE(ends.transport.pending(), 0);
    QTRY_COMPARE(ends.other->state(), QAbstractSocket::UnconnectedState);
    QVERIFY(ends.other->readAll() == bytes);
    QTRY_VERIFY(!ends.socket);
}

void TestWsTransport::releaseByCuttingEndsAtOnce()
{
    QFETCH(const WsTransport::Mode, mode);
    Ends ends(mode);
    QVERIFY(ends.isConnected);
    ends.other->setReadBufferSize(1);
    WsOutput output;
    output.appendShared(pattern(32 * MiB));
    ends.transport.write(output);
    QSignalSpy signalled(ends.socket, &QAbstractSocket::disconnected);
    ends.transport.release(true);
    QCOMPARE(signalled.size(), 0); // nobody is told of an end that was asked for
    QCOMPARE(ends.socket->state(), QAbstractSocket::UnconnectedState);
    QTRY_VERIFY(!ends.socket);
    ends.other->setReadBufferSize(0);
    QTRY_COMPARE(ends.other->state(), QAbstractSocket::UnconnectedState);
}

void TestWsTransport::noDelayIsSet()
{
    QFETCH(const WsTransport::Mode, mode);
    Ends ends(mode);
    QVERIFY(ends.isConnected);
    for (const bool noDelay : {true, false}) {
        ends.transport.setNoDelay(noDelay);
        QCOMPARE(ends.socket->socketOption(QAbstractSocket::LowDelayOption).toBool(), noDelay);
    }
}

void TestWsTransport::bufferedSocketIsKeptShort()
{
    Ends ends(WsTransport::Mode::Buffered);
    QVERIFY(ends.isConnected);
    ends.other->write(pattern(4 * MiB));
    QSignalSpy written(ends.other, &QIODevice::bytesWritten);
    while (written.wait(100)) { }
    QVERIFY(ends.socket->bytesAvailable() > 0);
    QCOMPARE_LE(ends.socket->bytesAvailable(), WsTransport::MaxPending);
}

QTEST_GUILESS_MAIN(TestWsTransport)
#include "tst_wstransport.moc"
