// SPDX-License-Identifier: MIT
#ifndef TRANSPORTTESTING_H
#define TRANSPORTTESTING_H

#include "net/socket/wstransport.h"

#include "../patience.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qfile.h>
#include <QtCore/qpointer.h>
#include <QtCore/qprocess.h>
#include <QtCore/qsocketnotifier.h>
#include <QtCore/qtemporarydir.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qsslkey.h>
#include <QtNetwork/qsslsocket.h>
#include <QtNetwork/qtcpserver.h>
#include <QtNetwork/qtcpsocket.h>
#include <QtTest/qtest.h>

#ifdef Q_OS_WIN
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#endif

// What the tests of the transports share: a transport with the other end of its connection, and the checks
// that hold for every kind.
namespace TransportTesting {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

constexpr qint64 MiB = 1024 * 1024;

// Bytes that no shift or loss leaves as they are.
inline QByteArray pattern(qint64 size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    char *const data = bytes.data();
    for (qsizetype i = 0; i < size; ++i)
        data[i] = char(i * 31 + i / 253);
    return bytes;
}

// Counts what it is told.
class User final : public WsTransport::User
{
public:
    void onConnected() override { ++connectedCount; }
    void onReadable() override { ++readableCount; }
    void onWritten() override { ++writtenCount; }
    void onEnded() override
    {
        ++endedCount;
        if (whenEnded)
            whenEnded();
    }
    void onError(const WsError &error) override { errors.append(error); }
    void onSslErrors(const QList<QSslError> &) override
    {
        ++sslErrorsCount;
        if (ignoresSslErrors)
            transport->ignoreSslErrors();
    }

    void onAlert(const WsAlert &alert) override
    {
        if (whenAlert)
            whenAlert(alert);
    }
    void onStep(Ws::OpeningStep step) override
    {
        if (whenStep)
            whenStep(step);
    }

    WsTransport *transport = nullptr;
    std::function<void()> whenEnded;
    std::function<void(const WsAlert &)> whenAlert;
    std::function<void(Ws::OpeningStep)> whenStep;
    QList<WsError> errors;
    int connectedCount = 0;
    int readableCount = 0;
    int writtenCount = 0;
    int endedCount = 0;
    int sslErrorsCount = 0;
    bool ignoresSslErrors = true;
};

// A transport and the other end of its connection.
struct Ends
{
    void setTransport(std::unique_ptr<WsTransport> made)
    {
        transport = std::move(made);
        user.transport = transport.get();
        transport->setUser(&user);
        findObject();
    }
    // Of a transport without a device: once it is connected.
    void findObject()
    {
        QObject owner;
        transport->setOwner(&owner);
        object = owner.children().value(0);
        device = qobject_cast<QIODevice *>(object);
        transport->setOwner(nullptr);
    }
    // What the other end does not read stays in the buffers of the system, which are soon full.
    void setReadBufferSizeOfOther(qint64 size) const
    {
        if (auto *socket = qobject_cast<QAbstractSocket *>(other.get()))
            socket->setReadBufferSize(size);
        else
            other->setProperty("readBufferSize", size);
    }

    QByteArray read(qint64 size = 64 * 1024)
    {
        QByteArray bytes(size, Qt::Uninitialized);
        const qint64 count = transport->read(bytes.data(), size);
        lastCount = count;
        return bytes.first(qMax<qint64>(count, 0));
    }

    // Takes all that the other end sends and reads at the same time.
    bool writeAll(WsOutput &output, QByteArray *received) const
    {
        QDeadlineTimer deadline(Patient::Patience);
        while (!output.isEmpty() || transport->pending() > 0) {
            transport->write(output);
            QCoreApplication::processEvents();
            *received += other->readAll();
            if (deadline.hasExpired())
                return false;
        }
        return true;
    }

    User user; // outlives the transport
    std::unique_ptr<WsTransport> transport;
    QPointer<QObject> object;   // of the transport: its device, or what watches its descriptor
    QPointer<QIODevice> device; // the same
    std::shared_ptr<QIODevice> other;
    bool isConnected = false;
    qint64 lastCount = 0;
};

// --- for every kind of transport

inline void readsWhatCame(Ends &ends)
{
    QVERIFY(ends.isConnected);
    QVERIFY(ends.transport->isReady());
    QVERIFY(!ends.transport->hasEnded());
    QCOMPARE(ends.read(), QByteArray());
    QCOMPARE(ends.lastCount, 0);
    ends.user.readableCount = 0;
    ends.other->write("hello");
    WS_TRY_VERIFY(ends.user.readableCount > 0);
    QVERIFY(ends.transport->hasUnread());
    QCOMPARE(ends.read(2), QByteArray("he"));
    QVERIFY(ends.transport->hasUnread());
    QCOMPARE(ends.read(), QByteArray("llo"));
    QCOMPARE(ends.read(), QByteArray());
    QCOMPARE(ends.lastCount, 0);
}

inline void readsTheRestBeforeTheEnd(Ends &ends, const std::function<void()> &endByOther)
{
    QVERIFY(ends.isConnected);
    ends.other->write("last words");
    endByOther();
    QByteArray received;
    WS_TRY_VERIFY((received += ends.read(), ends.lastCount < 0));
    QCOMPARE(received, QByteArray("last words"));
    QCOMPARE(ends.read(), QByteArray());
    QCOMPARE(ends.lastCount, -1);
    QVERIFY(ends.user.errors.isEmpty());
}

inline void writesManyPieces(Ends &ends)
{
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
    WS_TRY_VERIFY((received += ends.other->readAll(), received.size() >= expected.size()));
    QVERIFY(received == expected);
    QCOMPARE(output.written(), expected.size());
    QVERIFY(!output.hasLost());
}

inline void keepsWhatTheSystemDoesNotTake(Ends &ends)
{
    QVERIFY(ends.isConnected);
    ends.setReadBufferSizeOfOther(1);
    const QByteArray bytes = pattern(32 * MiB);
    WsOutput output;
    output.appendShared(bytes);
    ends.transport->write(output);
    QVERIFY(output.size() > 0);
    QCOMPARE_LE(ends.transport->pending(),
                2 * WsTransport::MaxPending); // no more is added from MaxPending on
    const qint64 left = output.size();
    ends.transport->write(output); // there is still no room
    QCOMPARE_LE(left - output.size(), 4 * MiB);

    ends.setReadBufferSizeOfOther(0);
    QByteArray received;
    QVERIFY(ends.writeAll(output, &received));
    WS_TRY_VERIFY((received += ends.other->readAll(), received.size() >= bytes.size()));
    QVERIFY(received == bytes);
    QVERIFY(ends.user.writtenCount > 0);
}

// In the system, too.
inline void inFlightIsWhatTheOtherEndHasNotTaken(Ends &ends)
{
    QVERIFY(ends.isConnected);
    QCOMPARE(ends.transport->pending(), 0);
    ends.setReadBufferSizeOfOther(1);
    const QByteArray bytes = pattern(32 * MiB);
    WsOutput output;
    output.appendShared(bytes);
    ends.transport->write(output);
    QVERIFY(ends.transport->inFlight() > ends.transport->pending());

    ends.setReadBufferSizeOfOther(0);
    QByteArray received;
    QVERIFY(ends.writeAll(output, &received));
    WS_TRY_VERIFY((received += ends.other->readAll(), received.size() >= bytes.size()));
    WS_TRY_COMPARE(ends.transport->inFlight(), 0);
}

inline void finishSendsWhatIsWritten(Ends &ends, bool mayLinger)
{
    QVERIFY(ends.isConnected);
    const QByteArray bytes = pattern(48 * 1024);
    WsOutput output;
    output.append(bytes);
    ends.transport->write(output);
    QVERIFY(output.isEmpty());
    std::weak_ptr<void> place;
    ends.transport->finish(5s, [&place] {
        const auto made = std::make_shared<int>(1);
        place = made;
        return made;
    });
    QVERIFY(mayLinger || place.expired());
    QByteArray received;
    WS_TRY_VERIFY((received += ends.other->readAll(), received.size() >= bytes.size()));
    QVERIFY(received == bytes);
    WS_TRY_VERIFY(!ends.object);
    QVERIFY(place.expired());
    QCOMPARE(ends.user.endedCount, 0);
    QVERIFY(ends.user.errors.isEmpty());
}

inline void cutEndsAtOnce(Ends &ends)
{
    QVERIFY(ends.isConnected);
    ends.setReadBufferSizeOfOther(1);
    WsOutput output;
    output.appendShared(QByteArray(32 * MiB, 'x'));
    ends.transport->write(output);
    QVERIFY(ends.object);
    ends.transport->cut();
    QVERIFY(!ends.device || !ends.device->isOpen());
    QCOMPARE(ends.user.endedCount, 0); // nobody is told of an end that was asked for
    QVERIFY(ends.user.errors.isEmpty());
    WS_TRY_VERIFY(!ends.object);
    ends.transport->cut(); // once is enough
}

inline void destructionEndsAtOnce(Ends &ends)
{
    QVERIFY(ends.isConnected);
    QVERIFY(ends.object);
    ends.transport.reset();
    WS_TRY_VERIFY(!ends.object);
    QCOMPARE(ends.user.endedCount, 0);
}

// --- for sockets

inline void reset(QAbstractSocket *socket)
{
    const linger noTime = {1, 0};
    ::setsockopt(int(socket->socketDescriptor()), SOL_SOCKET, SO_LINGER, &noTime, sizeof noTime);
    socket->abort();
}

inline void dropsWhatNobodyGets(Ends &ends)
{
    QVERIFY(ends.isConnected);
    reset(static_cast<QAbstractSocket *>(ends.other.get()));
    WsOutput output;
    WS_TRY_VERIFY((output.append("into the void"), ends.transport->write(output), ends.transport->noteEnd(),
                 ends.transport->hasEnded() || output.isEmpty()));
    WS_TRY_VERIFY((ends.read(), ends.lastCount < 0));
    ends.transport->noteEnd();
    output.append("and this too");
    ends.transport->write(output);
    QVERIFY(output.isEmpty());
    QVERIFY(output.hasLost());
    QCOMPARE(ends.transport->pending(), 0);
}

inline void shutdownEndsOneDirectionOnly(Ends &ends)
{
    QVERIFY(ends.isConnected);
    auto *const other = static_cast<QAbstractSocket *>(ends.other.get());
    const auto descriptor = decltype(::socket(0, 0, 0))(other->socketDescriptor()); // which does not block
    WsOutput output;
    output.append("before");
    QByteArray received;
    QVERIFY(ends.writeAll(output, &received));
    // QTcpSocket would end both directions, so the other end speaks to the system itself.
    other->write("still read");
    QVERIFY(other->flush());
    ends.transport->shutdownWrite();
    QByteArray stillRead;
    WS_TRY_VERIFY((stillRead += ends.read(), stillRead == "still read"));
    char byte = 0;
    WS_TRY_VERIFY(other->state() != QAbstractSocket::ConnectedState
                || ::recv(descriptor, &byte, 1, MSG_PEEK) == 0);
    received += other->readAll();
    QCOMPARE(received, QByteArray("before"));
}

inline qintptr descriptorOf(const Ends &ends)
{
    if (const auto *socket = qobject_cast<QAbstractSocket *>(ends.device))
        return socket->socketDescriptor();
    return static_cast<QSocketNotifier *>(ends.object.get())->socket();
}

inline void noDelayIsSet(Ends &ends)
{
    QVERIFY(ends.isConnected);
    for (const bool noDelay : {true, false}) {
        ends.transport->setNoDelay(noDelay);
        int isOn = -1;
        socklen_t size = sizeof isOn;
        QCOMPARE(::getsockopt(decltype(::socket(0, 0, 0))(descriptorOf(ends)), IPPROTO_TCP, TCP_NODELAY,
                              reinterpret_cast<char *>(&isOn), &size),
                 0);
        QCOMPARE(isOn != 0, noDelay);
    }
}

inline void knowsItsEndpoints(Ends &ends)
{
    QVERIFY(ends.isConnected);
    const auto *const other = static_cast<QAbstractSocket *>(ends.other.get());
    const WsEndpoints endpoints = ends.transport->endpoints();
    QCOMPARE(endpoints.peerAddress, wsUnmapped(other->localAddress()));
    QCOMPARE(endpoints.peerPort, other->localPort());
    QCOMPARE(endpoints.localAddress, wsUnmapped(other->peerAddress()));
    QCOMPARE(endpoints.localPort, other->peerPort());
}

inline void waitEndsWithBytes(Ends &ends)
{
    QVERIFY(ends.isConnected);
    ends.transport->wait(true, 0); // there is nothing yet
    QVERIFY(ends.other->write("x") == 1);
    ends.other->waitForBytesWritten(0);
    QDeadlineTimer deadline(Patient::Patience);
    QByteArray received;
    while (received.isEmpty() && !deadline.hasExpired()) {
        ends.transport->wait(true, Patient::Patience);
        received = ends.read();
    }
    QCOMPARE(received, QByteArray("x"));
    ends.transport->wait(false, 1); // for time alone
}

// Without an event loop of this thread.
inline void waitWritesWhatIsPending(Ends &ends, qint64 size)
{
    QVERIFY(ends.isConnected);
    ends.setReadBufferSizeOfOther(1);
    WsOutput output;
    output.appendShared(QByteArray(size, 'x'));
    ends.transport->write(output);
    QVERIFY(ends.transport->isFull());
    ends.setReadBufferSizeOfOther(0);
    QByteArray received;
    QDeadlineTimer deadline(Patient::Patience);
    while (received.size() < size && !deadline.hasExpired()) {
        ends.other->waitForReadyRead(0);
        received += ends.other->readAll();
        ends.transport->wait(false, 1);
        ends.transport->write(output);
    }
    QCOMPARE(received.size(), size);
    QCOMPARE(ends.transport->pending(), 0);
}

// --- TLS

// A certificate that nobody trusts, made by the openssl program.
class Certificate
{
public:
    bool make()
    {
        const QString arguments = u"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
                                  "-subj /CN=localhost -keyout test.key -out test.crt"_s;
        QProcess program;
        program.setWorkingDirectory(m_directory.path());
        program.start(u"openssl"_s, arguments.split(u' '));
        if (!program.waitForFinished(Patient::Patience) || program.exitCode() != 0)
            return false;
        QFile keyFile(m_directory.filePath(u"test.key"_s));
        if (!keyFile.open(QIODevice::ReadOnly))
            return false;
        configuration = QSslConfiguration::defaultConfiguration();
        configuration.setLocalCertificate(
            QSslCertificate::fromPath(m_directory.filePath(u"test.crt"_s)).value(0));
        configuration.setPrivateKey(QSslKey(&keyFile, QSsl::Ec));
        configuration.setPeerVerifyMode(QSslSocket::VerifyNone);
        return !configuration.privateKey().isNull();
    }

    QSslConfiguration configuration;

private:
    QTemporaryDir m_directory;
};

} // namespace TransportTesting

#endif // TRANSPORTTESTING_H
