// SPDX-License-Identifier: MIT

// What TLS tells a server about its clients: alerts in both directions, and each error of a certificate.

#include "opensslclient.h"

#include <QtCore/qeventloop.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qthread.h>

using namespace IntegrationTesting;

namespace {
using Alert = std::pair<QSsl::AlertLevel, QSsl::AlertType>;
using Client = std::pair<QHostAddress, quint16>;

const Alert UnknownCa(QSsl::AlertLevel::Fatal, QSsl::AlertType::UnknownCa);
const Alert CloseNotify(QSsl::AlertLevel::Warning, QSsl::AlertType::CloseNotify);

// A client that says goodbye in TLS alone.
class Leaving : public RawPeer
{
public:
    void leave() { socket->disconnectFromHost(); }
};

struct Alerts
{
    QList<Alert> all;
    QList<Client> clients;
};

// Everything that \a signal reports, in the thread of the server.
void record(WsServer *server,
            void (WsServer::*signal)(const QHostAddress &, quint16, QSsl::AlertLevel, QSsl::AlertType,
                                     const QString &),
            Alerts *alerts)
{
    QObject::connect(server, signal, server,
                     [server, alerts](const QHostAddress &address, quint16 port, QSsl::AlertLevel level,
                                      QSsl::AlertType type, const QString &description) {
                         QVERIFY(!description.isEmpty());
                         QCOMPARE(QThread::currentThread(), server->thread());
                         alerts->all.append({level, type});
                         alerts->clients.append({address, port});
                     });
}

void addThreadCounts()
{
    QTest::addColumn<int>("threadCount");
    QTest::newRow("own thread") << 0;
    QTest::newRow("two threads") << 2;
}

// What the server's certificate is verified against at the client: this authority has not signed it.
const QString Distrustful = u"-verify_return_error -CAfile "_s;
} // namespace

class TestTlsAlertsServer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void clientThatDoesNotTrustIsHeard_data();
    void clientThatDoesNotTrustIsHeard();
    void endOfAConnectionIsReportedAtBothEnds_data() { addThreadCounts(); }
    void endOfAConnectionIsReportedAtBothEnds();
    void slotMayBeConnectedLate_data() { addThreadCounts(); }
    void slotMayBeConnectedLate();
    void alertsOfAConnectionThatMovesAreReported();
    void socketThatIsHandedOverIsHeardToo();
    void eachErrorOfTheVerificationIsReported_data() { addThreadCounts(); }
    void eachErrorOfTheVerificationIsReported();
    void missingCertificateIsReported();
    void errorsOutlastAnEventLoopInASlot();
    void slotsMayDeleteTheServer_data();
    void slotsMayDeleteTheServer();
    void slotsMayCloseTheServer_data() { slotsMayDeleteTheServer_data(); }
    void slotsMayCloseTheServer();
    void slotOfAnAlertMayRunAnEventLoop();
    void slotOfAnAlertMaySend();

private:
    // Has a client make \a server emit the signal \a name, in which \a slot is called.
    bool provoke(const QString &name, WsServer *server, const std::function<void()> &slot);

    OpenSslFolder m_folder;
    OpenSslClient m_client;
    std::unique_ptr<WsClient> m_own;
};

void TestTlsAlertsServer::clientThatDoesNotTrustIsHeard_data()
{
    QTest::addColumn<int>("threadCount");
    QTest::addColumn<QString>("protocol");
    for (const int threadCount : {0, 2}) {
        for (const QString &protocol : {u"-tls1_2"_s, u"-tls1_3"_s})
            QTest::addRow("%s, %d threads", qPrintable(protocol), threadCount) << threadCount << protocol;
    }
}

void TestTlsAlertsServer::clientThatDoesNotTrustIsHeard()
{
    QFETCH(const int, threadCount);
    QFETCH(const QString, protocol);
    WsServer server;
    server.setThreadCount(threadCount);
    QSslConfiguration tls = serverTls();
    tls.setCaCertificates({}); // so that the certificate is sent alone
    server.setSslConfiguration(tls);
    Alerts received;
    record(&server, &WsServer::alertReceived, &received);
    QStringList told;
    connect(&server, &WsServer::alertReceived, this, [&] { told.append(u"alert"_s); });
    connect(&server, &WsServer::connectionRejected, this,
            [&](const WsError &error, const QHostAddress &address) {
                told.append(u"rejected"_s);
                QVERIFY2(error.text().contains(u"unknown ca"_s), qPrintable(error.text()));
                QCOMPARE(address, QHostAddress(QHostAddress::LocalHost));
            });
    QVERIFY(server.listen());
    OpenSslClient client;
    QVERIFY(client.start(m_folder, server, Distrustful + certificateFile(u"stranger.crt "_s) + protocol));
    WS_TRY_COMPARE(told.join(u", "_s), u"alert, rejected"_s);
    QCOMPARE(received.all, QList({UnknownCa}));
    QCOMPARE(received.clients.constFirst().first, QHostAddress(QHostAddress::LocalHost));
    QVERIFY(received.clients.constFirst().second != 0);
}

void TestTlsAlertsServer::endOfAConnectionIsReportedAtBothEnds()
{
    QFETCH(const int, threadCount);
    Pair pair(true);
    pair.server.setThreadCount(threadCount);
    Alerts received;
    Alerts sent;
    record(&pair.server, &WsServer::alertReceived, &received);
    record(&pair.server, &WsServer::alertSent, &sent);
    QList<Alert> clientReceived;
    QList<Alert> clientSent;
    connect(&pair.client, &WsClient::alertReceived, this, [&](QSsl::AlertLevel level, QSsl::AlertType type) {
        clientReceived.append({level, type});
    });
    connect(&pair.client, &WsClient::alertSent, this, [&](QSsl::AlertLevel level, QSsl::AlertType type) {
        clientSent.append({level, type});
    });
    QVERIFY(pair.open());
    const Client client(pair.client.localAddress(), pair.client.localPort());
    QCOMPARE(received.all + sent.all + clientReceived + clientSent, QList<Alert>());
    pair.client.close();
    WS_TRY_COMPARE(pair.events.ending(), u"closed 1000 '' clean"_s);
    WS_TRY_COMPARE(sent.all, QList({CloseNotify}));
    QCOMPARE(sent.clients, QList({client}));
    WS_TRY_COMPARE(clientReceived, QList({CloseNotify}));
    WS_TRY_COMPARE(clientSent, QList({CloseNotify}));
}

void TestTlsAlertsServer::slotMayBeConnectedLate()
{
    QFETCH(const int, threadCount);
    Pair pair(true);
    pair.server.setThreadCount(threadCount);
    QVERIFY(pair.server.listen());
    Leaving client;
    QVERIFY(client.upgrade(pair.server));
    Alerts received;
    record(&pair.server, &WsServer::alertReceived, &received);
    client.leave();
    WS_TRY_COMPARE(received.all, QList({CloseNotify}));
}

void TestTlsAlertsServer::alertsOfAConnectionThatMovesAreReported()
{
    Pair pair(true);
    Alerts received;
    record(&pair.server, &WsServer::alertReceived, &received);
    QVERIFY(pair.server.listen());
    QThread thread;
    const auto end = qScopeGuard([&thread] {
        thread.quit();
        thread.wait();
    });
    thread.start();
    Leaving client;
    QVERIFY(client.upgrade(pair.server));
    WS_TRY_VERIFY(pair.peer);
    pair.peer->moveToThread(&thread);
    client.leave();
    WS_TRY_COMPARE(received.all, QList({CloseNotify}));
    WS_TRY_COMPARE(pair.server.connectionCount(), 0);
}

namespace {
// Accepts for a server that does not listen, with TLS of its own.
class Door : public QTcpServer
{
public:
    explicit Door(WsServer *server) : m_server(server) { }

protected:
    void incomingConnection(qintptr descriptor) override
    {
        auto *const socket = new QSslSocket;
        QVERIFY(socket->setSocketDescriptor(descriptor));
        socket->setSslConfiguration(serverTls());
        socket->startServerEncryption();
        QVERIFY(m_server->handleConnection(socket));
    }

private:
    WsServer *const m_server;
};
} // namespace

void TestTlsAlertsServer::socketThatIsHandedOverIsHeardToo()
{
    WsServer server;
    Alerts received;
    record(&server, &WsServer::alertReceived, &received);
    Door door(&server);
    QVERIFY(door.listen(QHostAddress::LocalHost));
    Leaving client;
    client.socket->connectToHostEncrypted(u"localhost"_s, door.serverPort());
    WS_TRY_VERIFY(client.socket->isEncrypted());
    client.leave();
    WS_TRY_COMPARE(received.all, QList({CloseNotify}));
}

// --- certificates of clients

namespace {
QSslConfiguration askingTls()
{
    QSslConfiguration configuration = serverTls();
    configuration.setPeerVerifyMode(QSslSocket::VerifyPeer);
    return configuration;
}
} // namespace

void TestTlsAlertsServer::eachErrorOfTheVerificationIsReported()
{
    QFETCH(const int, threadCount);
    Pair pair;
    pair.server.setThreadCount(threadCount);
    pair.server.setSslConfiguration(askingTls());
    pair.client.setSslConfiguration(tlsConfiguration(u"stranger"_s));
    QList<QSslError> single;
    QList<QSslError> all;
    QList<Client> clients;
    connect(&pair.server, &WsServer::peerVerifyError, this,
            [&](const QHostAddress &address, quint16 port, const QSslError &error) {
                QVERIFY(all.isEmpty());
                QCOMPARE(QThread::currentThread(), pair.server.thread());
                single.append(error);
                clients.append({address, port});
            });
    connect(&pair.server, &WsServer::sslErrors, this,
            [&](const QHostAddress &address, quint16 port, const QList<QSslError> &errors) {
                all = errors;
                QVERIFY(!clients.isEmpty());
                QCOMPARE(clients.constLast(), Client(address, port));
            });
    QVERIFY(pair.start());
    WS_TRY_VERIFY(!all.isEmpty());
    QCOMPARE(single, all);
}

void TestTlsAlertsServer::missingCertificateIsReported()
{
    Pair pair;
    pair.server.setSslConfiguration(askingTls());
    QList<QSslError::SslError> errors;
    connect(&pair.server, &WsServer::peerVerifyError, this,
            [&](const QHostAddress &, quint16, const QSslError &error) { errors.append(error.error()); });
    QVERIFY(pair.start());
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(errors, QList({QSslError::NoPeerCertificate}));
}

// The client sends its request and goes meanwhile.
void TestTlsAlertsServer::errorsOutlastAnEventLoopInASlot()
{
    WsServer server;
    server.setSslConfiguration(askingTls());
    int mappedCount = 0;
    server.setCertificateMapper([&](const QSslCertificate &) { return ++mappedCount, u"ada"_s; });
    int handledCount = 0;
    server.setRequestHandler([&](const WsRequest &) { return ++handledCount, WsResponse::accept(); });
    Leaving client;
    client.socket->setSslConfiguration(tlsConfiguration(u"stranger"_s));
    connect(client.socket, &QSslSocket::encrypted, this, [&] {
        client.send(RawPeer::upgradeRequest());
        client.leave();
    });
    int singleCount = 0;
    connect(&server, &WsServer::peerVerifyError, this, [&] {
        ++singleCount;
        QVERIFY(waitFor([&] { return client.hasEnded; }));
        for (int i = 0; i < 100; ++i)
            QCoreApplication::processEvents();
    });
    QSignalSpy errors(&server, &WsServer::sslErrors);
    QSignalSpy rejected(&server, &WsServer::connectionRejected);
    QVERIFY(server.listen());
    client.socket->connectToHostEncrypted(u"localhost"_s, server.serverPort());
    WS_TRY_COMPARE(rejected.size(), 1);
    QCOMPARE(rejected.at(0).at(0).value<WsError>().kind(), Ws::ErrorKind::Tls);
    QVERIFY(singleCount > 0);
    QCOMPARE(errors.size(), 1);
    QCOMPARE(errors.at(0).at(2).value<QList<QSslError>>().size(), singleCount);
    QCOMPARE(mappedCount, 0);
    QCOMPARE(handledCount, 0);
}

// --- what slots may do

bool TestTlsAlertsServer::provoke(const QString &name, WsServer *server, const std::function<void()> &slot)
{
    server->setSslConfiguration(name == u"peerVerifyError" ? askingTls() : serverTls());
    if (name == u"peerVerifyError")
        connect(server, &WsServer::peerVerifyError, this, slot);
    else if (name == u"alertReceived")
        connect(server, &WsServer::alertReceived, this, slot);
    else
        connect(server, &WsServer::alertSent, this, slot);
    if (!server->listen())
        return false;
    if (name == u"alertReceived")
        return m_client.start(m_folder, *server, Distrustful + certificateFile(u"stranger.crt"_s));
    m_own = std::make_unique<WsClient>();
    m_own->setSslConfiguration(tlsConfiguration(u"stranger"_s));
    connect(m_own.get(), &WsConnection::opened, m_own.get(), [this] { m_own->close(); });
    return m_own->open(QUrl(u"wss://localhost:%1"_s.arg(server->serverPort())));
}

void TestTlsAlertsServer::slotsMayDeleteTheServer_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("threadCount");
    for (const QString &name : {u"peerVerifyError"_s, u"alertReceived"_s, u"alertSent"_s}) {
        for (const int threadCount : {0, 2})
            QTest::addRow("%s, %d threads", qPrintable(name), threadCount) << name << threadCount;
    }
}

void TestTlsAlertsServer::slotsMayDeleteTheServer()
{
    QFETCH(const QString, name);
    QFETCH(const int, threadCount);
    QPointer<WsServer> server = new WsServer;
    server->setThreadCount(threadCount);
    QVERIFY(provoke(name, server, [server] { delete server.get(); }));
    WS_TRY_VERIFY(server.isNull());
    WS_TRY_VERIFY(!m_own || m_own->state() == Ws::Closed);
    m_own.reset();
    m_client.stop();
}

void TestTlsAlertsServer::slotsMayCloseTheServer()
{
    QFETCH(const QString, name);
    QFETCH(const int, threadCount);
    WsServer server;
    server.setThreadCount(threadCount);
    bool isClosed = false;
    connect(&server, &WsServer::closed, this, [&] { isClosed = true; });
    QVERIFY(provoke(name, &server, [&server] { server.close(); }));
    WS_TRY_VERIFY(isClosed);
    WS_TRY_VERIFY(!m_own || m_own->state() == Ws::Closed);
    m_own.reset();
    m_client.stop();
}

// OpenSSL is on the stack, and the client goes away meanwhile.
void TestTlsAlertsServer::slotOfAnAlertMayRunAnEventLoop()
{
    Pair pair(true);
    int count = 0;
    connect(&pair.server, &WsServer::alertReceived, this, [&] {
        ++count;
        QEventLoop loop;
        QTimer::singleShot(0, &loop, &QEventLoop::quit);
        loop.exec();
    });
    QVERIFY(pair.server.listen());
    Leaving client;
    QVERIFY(client.upgrade(pair.server));
    WS_TRY_VERIFY(pair.peer);
    client.leave();
    WS_TRY_COMPARE(count, 1);
    WS_TRY_VERIFY(pair.peer.isNull());
    QCOMPARE(pair.peerEvents->ending().count(u"closed "_s), 1);
}

// More than Qt's buffers take, while OpenSSL is on the stack.
void TestTlsAlertsServer::slotOfAnAlertMaySend()
{
    Pair pair(true);
    Leaving client;
    int count = 0;
    connect(&pair.server, &WsServer::alertReceived, this, [&] {
        ++count;
        QVERIFY(pair.peer->sendBinary(pattern(100 * KiB)));
        QVERIFY(!pair.peer->flush());
        client.reset();
        for (int i = 0; i < 100; ++i)
            QCoreApplication::processEvents();
    });
    QVERIFY(pair.server.listen());
    QVERIFY(client.upgrade(pair.server));
    WS_TRY_VERIFY(pair.peer);
    client.leave();
    WS_TRY_COMPARE(count, 1);
    WS_TRY_VERIFY(pair.peer.isNull());
    QCOMPARE(pair.peerEvents->ending().count(u"closed "_s), 1);
}

#include "tst_tlsalerts_server.moc"

#include "../testprogram.h"

WSKIT_TEST(TestTlsAlertsServer)
