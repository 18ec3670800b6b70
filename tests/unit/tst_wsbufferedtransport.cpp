// SPDX-License-Identifier: MIT
#include "net/socket/wsbufferedtransport.h"

#include "transporttesting.h"

#include <QtTest/qsignalspy.h>

using namespace TransportTesting;

namespace {
enum class Kind { Plain, TlsClient, TlsServer };

// A server that leaves the socket to the test.
class DescriptorServer : public QTcpServer
{
public:
    DescriptorServer() { listen(QHostAddress::LocalHost); }
    bool waitForClient()
    {
        return Patient::waitFor([this] { return descriptor >= 0; });
    }

    qintptr descriptor = -1;

protected:
    void incomingConnection(qintptr incoming) override { descriptor = incoming; }
};

struct BufferedEnds : Ends
{
    BufferedEnds(Kind kind, const QSslConfiguration &tls)
    {
        switch (kind) {
        case Kind::Plain:
            connectPlain();
            break;
        case Kind::TlsClient:
            connectTls(tls);
            break;
        case Kind::TlsServer:
            acceptTls(tls);
            break;
        }
    }

    void connectPlain()
    {
        setTransport(std::make_unique<WsBufferedTransport>(new QTcpSocket));
        transport->connectTo(u"127.0.0.1"_s, server.serverPort());
        isConnected = server.waitForClient() && Patient::waitFor([this] { return user.connectedCount == 1; });
        const auto socket = std::make_shared<QTcpSocket>();
        socket->setSocketDescriptor(server.descriptor);
        other = socket;
    }

    void connectTls(const QSslConfiguration &tls)
    {
        setTransport(std::make_unique<WsBufferedTransport>(new QSslSocket));
        transport->connectTo(u"127.0.0.1"_s, server.serverPort());
        if (!server.waitForClient())
            return;
        const auto socket = std::make_shared<QSslSocket>();
        socket->setSslConfiguration(tls);
        socket->setSocketDescriptor(server.descriptor);
        socket->startServerEncryption();
        other = socket;
        isConnected = QTest::qWaitFor([&] { return user.connectedCount == 1 && socket->isEncrypted(); });
    }

    void acceptTls(const QSslConfiguration &tls)
    {
        const auto socket = std::make_shared<QSslSocket>();
        socket->setPeerVerifyMode(QSslSocket::VerifyNone);
        socket->connectToHostEncrypted(u"127.0.0.1"_s, server.serverPort());
        other = socket;
        if (!server.waitForClient())
            return;
        auto *const ownSocket = new QSslSocket;
        ownSocket->setSocketDescriptor(server.descriptor);
        auto made = std::make_unique<WsBufferedTransport>(ownSocket);
        WsBufferedTransport &encrypting = *made;
        setTransport(std::move(made));
        encrypting.startServerEncryption(tls);
        isConnected = QTest::qWaitFor([&] { return user.connectedCount == 1 && socket->isEncrypted(); });
    }

    QAbstractSocket *otherSocket() const { return static_cast<QAbstractSocket *>(other.get()); }

    DescriptorServer server;
};

void addKinds()
{
    QTest::addColumn<Kind>("kind");
    QTest::newRow("QTcpSocket") << Kind::Plain;
    QTest::newRow("QSslSocket of a client") << Kind::TlsClient;
    QTest::newRow("QSslSocket of a server") << Kind::TlsServer;
}
} // namespace

class TestWsBufferedTransport : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(m_certificate.make()); }

    void readsWhatCame_data() { addKinds(); }
    void readsWhatCame() { check(TransportTesting::readsWhatCame); }
    void readsNothingWhileConnecting();
    void readsTheRestBeforeTheEnd_data() { addKinds(); }
    void readsTheRestBeforeTheEnd();
    void restIsStillThereAfterTheEnd_data() { addKinds(); }
    void restIsStillThereAfterTheEnd();
    void writesManyPieces_data() { addKinds(); }
    void writesManyPieces() { check(TransportTesting::writesManyPieces); }
    void keepsWhatTheSystemDoesNotTake_data() { addKinds(); }
    void keepsWhatTheSystemDoesNotTake() { check(TransportTesting::keepsWhatTheSystemDoesNotTake); }
    void inFlightIsWhatTheOtherEndHasNotTaken_data() { addKinds(); }
    void inFlightIsWhatTheOtherEndHasNotTaken()
    {
        check(TransportTesting::inFlightIsWhatTheOtherEndHasNotTaken);
    }
    void dropsWhatNobodyGets_data() { addKinds(); }
    void dropsWhatNobodyGets() { check(TransportTesting::dropsWhatNobodyGets); }
    void shutdownEndsOneDirectionOnly();
    void shutdownOfTlsLeavesTcpOpen_data();
    void shutdownOfTlsLeavesTcpOpen();
    void readBufferCanBeMadeShorter_data() { addKinds(); }
    void readBufferCanBeMadeShorter();
    void finishSendsWhatIsWritten_data() { addKinds(); }
    void finishSendsWhatIsWritten();
    void cutEndsAtOnce_data() { addKinds(); }
    void cutEndsAtOnce();
    void destructionEndsAtOnce_data() { addKinds(); }
    void destructionEndsAtOnce() { check(TransportTesting::destructionEndsAtOnce); }
    void noDelayIsSet_data() { addKinds(); }
    void noDelayIsSet() { check(TransportTesting::noDelayIsSet); }
    void knowsItsEndpoints_data() { addKinds(); }
    void knowsItsEndpoints() { check(TransportTesting::knowsItsEndpoints); }
    void waitEndsWithBytes_data() { addKinds(); }
    void waitEndsWithBytes() { check(TransportTesting::waitEndsWithBytes); }
    void waitWritesWhatIsPending_data() { addKinds(); }
    void waitWritesWhatIsPending();
    void socketIsKeptShort_data() { addKinds(); }
    void socketIsKeptShort();
    void encryptionIsKnown_data() { addKinds(); }
    void encryptionIsKnown();

    void isReadyOnceEncrypted();
    void waitMakesTheEncryption();
    void untrustedCertificateIsReported();
    void waitAfterAContinuedHandshakeIsAnOrdinaryOne();
    void heldHandshakeIsLeftAlone();
    void nothingIsReadBeforeTls_data();
    void nothingIsReadBeforeTls();
    void socketStandsStillInTheReportOfAnAlert();
    void listedErrorsAreIgnored();
    void plainSocketHasNoErrorsToIgnore();

private:
    void check(void (*holds)(Ends &)) const
    {
        QFETCH(const Kind, kind);
        BufferedEnds ends(kind, m_certificate.configuration);
        holds(ends);
    }

    Certificate m_certificate;
};

void TestWsBufferedTransport::readsNothingWhileConnecting()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    Ends ends;
    ends.setTransport(std::make_unique<WsBufferedTransport>(new QTcpSocket));
    ends.transport->connectTo(u"127.0.0.1"_s, server.serverPort());
    QVERIFY(!ends.transport->isReady());
    ends.read();
    QCOMPARE(ends.lastCount, 0);
    WS_TRY_COMPARE(ends.user.connectedCount, 1);
    ends.read();
    QCOMPARE(ends.lastCount, 0);
}

void TestWsBufferedTransport::readsTheRestBeforeTheEnd()
{
    QFETCH(const Kind, kind);
    BufferedEnds ends(kind, m_certificate.configuration);
    TransportTesting::readsTheRestBeforeTheEnd(ends, [&] { ends.otherSocket()->disconnectFromHost(); });
    WS_TRY_VERIFY(ends.transport->hasEnded());
    WS_TRY_VERIFY(ends.user.endedCount > 0);
}

// Nobody has read until the socket has disconnected.
void TestWsBufferedTransport::restIsStillThereAfterTheEnd()
{
    QFETCH(const Kind, kind);
    BufferedEnds ends(kind, m_certificate.configuration);
    QVERIFY(ends.isConnected);
    ends.other->write("last words");
    ends.otherSocket()->disconnectFromHost();
    WS_TRY_VERIFY(ends.transport->hasEnded());
    QCOMPARE(ends.read(), "last words");
}

// A TLS socket of Qt's ends both directions when it is told of the end of one: see the next test.
void TestWsBufferedTransport::shutdownEndsOneDirectionOnly()
{
    BufferedEnds ends(Kind::Plain, m_certificate.configuration);
    TransportTesting::shutdownEndsOneDirectionOnly(ends);
}

void TestWsBufferedTransport::shutdownOfTlsLeavesTcpOpen_data()
{
    QTest::addColumn<Kind>("kind");
    QTest::newRow("QSslSocket of a client") << Kind::TlsClient;
    QTest::newRow("QSslSocket of a server") << Kind::TlsServer;
}

// RFC 8446 §6.1. TCP stays open until the other end goes too, or a reset would overtake what it has not read.
void TestWsBufferedTransport::shutdownOfTlsLeavesTcpOpen()
{
    QFETCH(const Kind, kind);
    BufferedEnds ends(kind, m_certificate.configuration);
    QVERIFY(ends.isConnected);
    QAbstractSocket *const other = ends.otherSocket();
    QSignalSpy errors(other, &QAbstractSocket::errorOccurred);
    WsOutput output;
    output.append("before");
    QByteArray received;
    QVERIFY(ends.writeAll(output, &received));
    other->write(pattern(32 * 1024)); // which nobody reads
    WS_TRY_COMPARE((other->flush(), other->bytesToWrite()), 0);
    QVERIFY(ends.transport->shutdownWrite());
    QVERIFY(ends.transport->shutdownWrite());
    QCOMPARE(ends.transport->pending(), 0);
    QVERIFY(ends.transport->isEncrypted());
    QVERIFY(ends.transport->usesTls());
    QVERIFY(!ends.transport->sslConfiguration().isNull());
    QVERIFY(!ends.transport->hasEnded());
    QByteArray dropped;
    WS_TRY_VERIFY((dropped += ends.read(), ends.user.endedCount > 0));
    WS_TRY_VERIFY(ends.transport->hasEnded());
    received += other->readAll();
    QCOMPARE(received, QByteArray("before"));
    QCOMPARE(dropped, QByteArray());
    QVERIFY(ends.user.errors.isEmpty());
    for (const QList<QVariant> &error : errors)
        QCOMPARE(error.first().value<QAbstractSocket::SocketError>(), QAbstractSocket::RemoteHostClosedError);
}

void TestWsBufferedTransport::readBufferCanBeMadeShorter()
{
    QFETCH(const Kind, kind);
    BufferedEnds ends(kind, m_certificate.configuration);
    QVERIFY(ends.isConnected);
    // QSslSocket decrypts what it has read by then, and at least a record of 16 KiB at a time.
    const qint64 record = kind == Kind::Plain ? 0 : 16 * 1024;
    ends.transport->setReadBufferSize(4096);
    ends.other->write(pattern(MiB));
    WS_TRY_VERIFY(ends.user.readableCount > 0);
    for (int i = 0; i < 1000; ++i)
        QCoreApplication::processEvents();
    QCOMPARE_LE(ends.device->bytesAvailable(), record + 4096);
    ends.transport->setReadBufferSize(MiB); // more than it may be
    WS_TRY_VERIFY(ends.device->bytesAvailable() > record + 4096);
    for (int i = 0; i < 1000; ++i)
        QCoreApplication::processEvents();
    QCOMPARE_LE(ends.device->bytesAvailable(), 2 * WsTransport::MaxPending);
    QByteArray received;
    WS_TRY_COMPARE((received += ends.read(), received.size()), MiB);
    QCOMPARE(received, pattern(MiB));
}

void TestWsBufferedTransport::finishSendsWhatIsWritten()
{
    QFETCH(const Kind, kind);
    BufferedEnds ends(kind, m_certificate.configuration);
    TransportTesting::finishSendsWhatIsWritten(ends, true);
    WS_TRY_COMPARE(ends.otherSocket()->state(), QAbstractSocket::UnconnectedState);
}

void TestWsBufferedTransport::cutEndsAtOnce()
{
    QFETCH(const Kind, kind);
    BufferedEnds ends(kind, m_certificate.configuration);
    TransportTesting::cutEndsAtOnce(ends);
    ends.setReadBufferSizeOfOther(0);
    WS_TRY_COMPARE((ends.other->readAll(), ends.otherSocket()->state()), QAbstractSocket::UnconnectedState);
}

void TestWsBufferedTransport::waitWritesWhatIsPending()
{
    QFETCH(const Kind, kind);
    BufferedEnds ends(kind, m_certificate.configuration);
    TransportTesting::waitWritesWhatIsPending(ends, 16 * MiB);
}

void TestWsBufferedTransport::socketIsKeptShort()
{
    QFETCH(const Kind, kind);
    BufferedEnds ends(kind, m_certificate.configuration);
    QVERIFY(ends.isConnected);
    QVERIFY(ends.transport->isBuffered());
    ends.other->write(pattern(4 * MiB));
    WS_TRY_VERIFY(ends.user.readableCount > 0);
    for (int i = 0; i < 1000; ++i)
        QCoreApplication::processEvents();
    QVERIFY(ends.device->bytesAvailable() > 0);
    // QSslSocket decrypts what it has read by then.
    QCOMPARE_LE(ends.device->bytesAvailable(), (kind == Kind::Plain ? 1 : 2) * WsTransport::MaxPending);
}

void TestWsBufferedTransport::encryptionIsKnown()
{
    QFETCH(const Kind, kind);
    BufferedEnds ends(kind, m_certificate.configuration);
    QVERIFY(ends.isConnected);
    QCOMPARE(ends.transport->isEncrypted(), kind != Kind::Plain);
    QCOMPARE(ends.transport->sslConfiguration().isNull(), kind == Kind::Plain);
    QCOMPARE(ends.user.sslErrorsCount, kind == Kind::TlsClient ? 1 : 0);
}

void TestWsBufferedTransport::isReadyOnceEncrypted()
{
    DescriptorServer server;
    Ends ends;
    ends.setTransport(std::make_unique<WsBufferedTransport>(new QSslSocket));
    ends.transport->connectTo(u"127.0.0.1"_s, server.serverPort());
    QVERIFY(server.waitForClient());
    WS_TRY_VERIFY(!ends.transport->isConnecting());
    QVERIFY(!ends.transport->hasEnded());
    QVERIFY(!ends.transport->isReady());
    QCOMPARE(ends.user.connectedCount, 0);
    QAbstractSocket closes(QAbstractSocket::TcpSocket, nullptr);
    closes.setSocketDescriptor(server.descriptor);
}

// Without an event loop of this thread.
void TestWsBufferedTransport::waitMakesTheEncryption()
{
    DescriptorServer server;
    Ends ends;
    ends.setTransport(std::make_unique<WsBufferedTransport>(new QSslSocket));
    ends.transport->connectTo(u"127.0.0.1"_s, server.serverPort());
    QVERIFY(server.waitForClient());
    QSslSocket other;
    other.setSslConfiguration(m_certificate.configuration);
    other.setSocketDescriptor(server.descriptor);
    other.startServerEncryption();
    QDeadlineTimer deadline(Patient::Patience);
    while (!ends.transport->isReady() && !deadline.hasExpired()) {
        ends.transport->wait(true, 1);
        other.waitForEncrypted(1);
    }
    QVERIFY(ends.transport->isReady());
    QCOMPARE(ends.user.connectedCount, 1);
}

void TestWsBufferedTransport::untrustedCertificateIsReported()
{
    DescriptorServer server;
    Ends ends;
    ends.user.ignoresSslErrors = false;
    ends.setTransport(std::make_unique<WsBufferedTransport>(new QSslSocket));
    ends.transport->connectTo(u"127.0.0.1"_s, server.serverPort());
    QVERIFY(server.waitForClient());
    QSslSocket other;
    other.setSslConfiguration(m_certificate.configuration);
    other.setSocketDescriptor(server.descriptor);
    other.startServerEncryption();
    WS_TRY_COMPARE(ends.user.errors.size(), 1);
    QCOMPARE(ends.user.errors.first().kind(), Ws::ErrorKind::Tls);
    QCOMPARE(ends.user.errors.first().closeCode(), Ws::TlsHandshake);
    QCOMPARE(ends.user.sslErrorsCount, 1);
    QCOMPARE(ends.user.connectedCount, 0);
}

// The event loop has done what a thread without one leaves to its next wait.
void TestWsBufferedTransport::waitAfterAContinuedHandshakeIsAnOrdinaryOne()
{
    DescriptorServer server;
    Ends ends;
    ends.user.ignoresSslErrors = false;
    auto *const socket = new QSslSocket;
    ends.setTransport(std::make_unique<WsBufferedTransport>(socket));
    ends.transport->setPauseOnSslErrors(true);
    ends.transport->connectTo(u"127.0.0.1"_s, server.serverPort());
    QVERIFY(server.waitForClient());
    QSslSocket other;
    other.setSslConfiguration(m_certificate.configuration);
    other.setSocketDescriptor(server.descriptor);
    other.startServerEncryption();
    WS_TRY_COMPARE(ends.user.sslErrorsCount, 1);
    ends.transport->ignoreSslErrors();
    ends.transport->continueAfterSslErrors();
    WS_TRY_COMPARE(ends.user.connectedCount, 1);
    bool isDelivered = false;
    QMetaObject::invokeMethod(
        socket, [&] { isDelivered = true; }, Qt::QueuedConnection);
    ends.transport->wait(false, 1); // for nothing of the socket
    QVERIFY(!isDelivered);
}

// Qt would find the same errors again.
void TestWsBufferedTransport::heldHandshakeIsLeftAlone()
{
    DescriptorServer server;
    Ends ends;
    ends.user.ignoresSslErrors = false;
    ends.setTransport(std::make_unique<WsBufferedTransport>(new QSslSocket));
    ends.transport->setPauseOnSslErrors(true);
    ends.transport->connectTo(u"127.0.0.1"_s, server.serverPort());
    QVERIFY(server.waitForClient());
    QSslSocket other;
    other.setSslConfiguration(m_certificate.configuration);
    other.setSocketDescriptor(server.descriptor);
    other.startServerEncryption();
    WS_TRY_COMPARE(ends.user.sslErrorsCount, 1);
    for (int i = 0; i < 3; ++i) {
        ends.transport->wait(true, 1);
        QVERIFY(!ends.transport->flush());
        ends.read();
        QCOMPARE(ends.lastCount, 0);
        QCoreApplication::processEvents();
    }
    QCOMPARE(ends.user.sslErrorsCount, 1);
    ends.transport->ignoreSslErrors();
    ends.transport->continueAfterSslErrors();
    WS_TRY_COMPARE(ends.user.connectedCount, 1);
}

void TestWsBufferedTransport::nothingIsReadBeforeTls_data()
{
    QTest::addColumn<bool>("ends");
    QTest::newRow("the connection goes on") << false;
    QTest::newRow("the connection ends") << true;
}

// A slot that runs an event loop when TCP is connected gives anybody on the way the time to send something.
void TestWsBufferedTransport::nothingIsReadBeforeTls()
{
    QFETCH(const bool, ends);
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    Ends client;
    QByteArray received;
    bool wasReady = false;
    bool wasStill = false;
    const auto read = [&] {
        wasReady = wasReady || client.transport->isReady();
        received += client.read();
    };
    client.user.whenStep = [&](Ws::OpeningStep step) {
        if (step != Ws::Connected)
            return;
        wasStill = client.transport->isStill();
        QVERIFY(Patient::waitFor([&server] { return server.hasPendingConnections(); }));
        QTcpSocket *const injecting = server.nextPendingConnection();
        injecting->write("HTTP/1.1 302 Found\r\n\r\n");
        QVERIFY(injecting->flush());
        QVERIFY(Patient::waitFor([&client] { return client.user.readableCount > 0; }));
        read();
        if (!ends)
            return;
        injecting->disconnectFromHost();
        QVERIFY(Patient::waitFor([&client] { return client.user.endedCount > 0; }));
        read();
        QCOMPARE(client.lastCount, -1);
        client.transport.reset(); // as its connection does
    };
    client.setTransport(std::make_unique<WsBufferedTransport>(new QSslSocket));
    client.transport->connectTo(u"127.0.0.1"_s, server.serverPort());
    if (ends) {
        WS_TRY_VERIFY(client.object.isNull());
    } else {
        WS_TRY_COMPARE(client.user.errors.size(), 1);
        QCOMPARE(client.user.errors.first().kind(), Ws::ErrorKind::Tls);
    }
    QCOMPARE(received, QByteArray());
    QVERIFY(!wasReady);
    QVERIFY(wasStill);
}

// OpenSSL is on the stack.
void TestWsBufferedTransport::socketStandsStillInTheReportOfAnAlert()
{
    BufferedEnds ends(Kind::TlsServer, m_certificate.configuration);
    QVERIFY(ends.isConnected);
    WsOutput output;
    const QByteArray bytes = pattern(2 * WsTransport::MaxPending);
    int alertCount = 0;
    int writtenCount = 0;
    ends.user.whenAlert = [&](const WsAlert &alert) {
        if (alert.isSent || ++alertCount > 1)
            return;
        writtenCount = ends.user.writtenCount;
        output.appendShared(bytes);
        ends.transport->write(output);
        QCOMPARE(output.size(), bytes.size());
        QVERIFY(!ends.transport->flush());
        ends.read();
        QCOMPARE(ends.lastCount, 0);
        ends.transport->wait(true, Patient::Patience); // for nothing
        bool isDelivered = false;
        QMetaObject::invokeMethod(
            ends.object, [&isDelivered] { isDelivered = true; }, Qt::QueuedConnection);
        QCoreApplication::processEvents();
        QVERIFY(!isDelivered); // nor what QSslSocket has posted to itself
        QVERIFY(ends.transport->isStill());
        QCOMPARE(ends.user.writtenCount, writtenCount);
    };
    ends.otherSocket()->disconnectFromHost();
    WS_TRY_COMPARE(alertCount, 1);
    QVERIFY(!ends.transport->isStill());
    WS_TRY_VERIFY(ends.user.writtenCount > writtenCount); // the user is asked to write again
}

void TestWsBufferedTransport::listedErrorsAreIgnored()
{
    const QSslCertificate certificate = m_certificate.configuration.localCertificate();
    DescriptorServer server;
    Ends ends;
    ends.user.ignoresSslErrors = false;
    ends.setTransport(std::make_unique<WsBufferedTransport>(new QSslSocket));
    ends.transport->ignoreSslErrors({QSslError(QSslError::SelfSignedCertificate, certificate),
                                     QSslError(QSslError::HostNameMismatch, certificate)});
    ends.transport->connectTo(u"127.0.0.1"_s, server.serverPort());
    QVERIFY(server.waitForClient());
    QSslSocket other;
    other.setSslConfiguration(m_certificate.configuration);
    other.setSocketDescriptor(server.descriptor);
    other.startServerEncryption();
    WS_TRY_COMPARE(ends.user.connectedCount, 1);
    QVERIFY(ends.transport->isEncrypted());
}

void TestWsBufferedTransport::plainSocketHasNoErrorsToIgnore()
{
    BufferedEnds ends(Kind::Plain, m_certificate.configuration);
    ends.transport->ignoreSslErrors();
    ends.transport->ignoreSslErrors({});
    TransportTesting::readsWhatCame(ends);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsBufferedTransport)
#include "tst_wsbufferedtransport.moc"
