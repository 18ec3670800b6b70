// SPDX-License-Identifier: MIT

// A server that asks for certificates: whom it tells of those that are not trusted, and who decides.

#include "integrationtesting.h"

#include <QtCore/qmutex.h>
#include <QtCore/qthread.h>

#include <stdexcept>

using namespace IntegrationTesting;

namespace {
QSslConfiguration askingTls(QSslSocket::PeerVerifyMode mode)
{
    QSslConfiguration configuration = serverTls();
    configuration.setPeerVerifyMode(mode);
    return configuration;
}

// A server that asks, a client with a certificate or without one, and what the server tells.
class Asking : public Pair
{
public:
    explicit Asking(const QString &name, QSslSocket::PeerVerifyMode mode = QSslSocket::VerifyPeer, int threadCount = 0)
    {
        server.setSslConfiguration(askingTls(mode));
        server.setThreadCount(threadCount);
        client.setSslConfiguration(tlsConfiguration(name));
        QObject::connect(&server, &WsServer::sslErrors, &server,
                         [this](const QHostAddress &address, quint16 port, const QList<QSslError> &errors) {
                             told.append(u"untrusted"_s);
                             reported = errors;
                             from = {address, port};
                         });
        QObject::connect(&server, &WsServer::connectionRejected, &server, [this](const WsError &error) {
            told.append(u"rejected"_s);
            rejection = error;
        });
    }

    // Has the filter count its calls, and answer \a isTrusted.
    void setFilter(bool isTrusted)
    {
        server.setSslErrorFilter([this, isTrusted](const QList<QSslError> &errors, const QSslConfiguration &tls) {
            const QMutexLocker locker(&mutex);
            ++filterCalls;
            filterThread = QThread::currentThread();
            asked = errors;
            shown = tls.peerCertificate();
            return isTrusted;
        });
    }

    // A connection is reported to the server's thread, unlike the connection handler.
    bool openWithPeer()
    {
        return open() && waitFor([this] { return server.connectionCount() == 1; });
    }

    QStringList told;
    QList<QSslError> reported;
    std::pair<QHostAddress, quint16> from;
    WsError rejection;
    QMutex mutex;
    int filterCalls = 0;
    QThread *filterThread = nullptr;
    QList<QSslError> asked;
    QSslCertificate shown;
};

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
        socket->setSslConfiguration(askingTls(QSslSocket::VerifyPeer));
        socket->startServerEncryption();
        QVERIFY(m_server->handleConnection(socket));
    }

private:
    WsServer *const m_server;
};

QString refusal()
{
    return u"untrusted, rejected"_s;
}
} // namespace

class TestClientCertificates : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void untrustedCertificateIsReportedAndRefused_data() { addThreadCounts(); }
    void untrustedCertificateIsReportedAndRefused();
    void missingCertificateIsReportedAndRefused_data() { addThreadCounts(); }
    void missingCertificateIsReportedAndRefused();
    void trustedCertificateIsNotReported();
    void filterMayTrustACertificate_data() { addThreadCounts(); }
    void filterMayTrustACertificate();
    void filterMayTrustACertificateWithAnOldTls();
    void filterMayRefuseACertificate_data() { addThreadCounts(); }
    void filterMayRefuseACertificate();
    void queriedCertificateNeedNotBeTrusted_data() { addThreadCounts(); }
    void queriedCertificateNeedNotBeTrusted();
    void filterMayRefuseAQueriedCertificate_data() { addThreadCounts(); }
    void filterMayRefuseAQueriedCertificate();
    void filterThatRefusesLetsInWhoeverHasNoQueriedCertificate();
    void filterIsCalledInTheThreadOfTheConnection();
    void filterThatThrowsTrustsNobody_data() { addThreadCounts(); }
    void filterThatThrowsTrustsNobody();
    void filterThatWasRemovedIsNotAsked();
    void socketThatIsHandedOverIsFilteredToo();
    void slotMayDeleteTheServer();
    void filterMayDeleteTheServer();

private:
    void addThreadCounts();
};

void TestClientCertificates::addThreadCounts()
{
    QTest::addColumn<int>("threadCount");
    QTest::newRow("own thread") << 0;
    QTest::newRow("two threads") << 2;
}

void TestClientCertificates::untrustedCertificateIsReportedAndRefused()
{
    QFETCH(const int, threadCount);
    Asking pair(u"stranger"_s, QSslSocket::VerifyPeer, threadCount);
    QVERIFY(pair.start());
    WS_TRY_COMPARE(pair.told.join(u", "_s), refusal());
    QVERIFY(!pair.reported.isEmpty());
    QCOMPARE(pair.reported.constFirst().certificate(), certificate(u"stranger"_s));
    QCOMPARE(pair.from.first, QHostAddress(QHostAddress::LocalHost));
    QVERIFY(pair.from.second != 0);
    QCOMPARE(pair.rejection.kind(), Ws::ErrorKind::Tls);
    QCOMPARE(pair.rejection.text(), pair.reported.constFirst().errorString());
    WS_TRY_VERIFY(pair.events.isClosed());
    QVERIFY(!pair.peer);
}

void TestClientCertificates::missingCertificateIsReportedAndRefused()
{
    QFETCH(const int, threadCount);
    Asking pair({}, QSslSocket::VerifyPeer, threadCount);
    QVERIFY(pair.start());
    WS_TRY_COMPARE(pair.told.join(u", "_s), refusal());
    QCOMPARE(pair.reported.size(), 1);
    QCOMPARE(pair.reported.constFirst().error(), QSslError::NoPeerCertificate);
}

void TestClientCertificates::trustedCertificateIsNotReported()
{
    Asking pair(u"client"_s);
    pair.setFilter(false);
    QVERIFY(pair.openWithPeer());
    QCOMPARE(pair.told, QStringList());
    QCOMPARE(pair.filterCalls, 0);
}

void TestClientCertificates::filterMayTrustACertificate()
{
    QFETCH(const int, threadCount);
    Asking pair(u"stranger"_s, QSslSocket::VerifyPeer, threadCount);
    pair.setFilter(true);
    QVERIFY(pair.openWithPeer());
    QCOMPARE(pair.filterCalls, 1);
    QCOMPARE(pair.shown, certificate(u"stranger"_s));
    QCOMPARE(pair.told, QStringList(u"untrusted"_s));
    QCOMPARE(pair.asked, pair.reported);
    QCOMPARE(pair.server.connections().constFirst()->sslConfiguration().peerCertificate(), pair.shown);
    pair.client.sendText("hello");
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 1);
}

// The client then learns of the decision before the handshake is complete.
void TestClientCertificates::filterMayTrustACertificateWithAnOldTls()
{
    Asking pair(u"stranger"_s);
    QSslConfiguration old = askingTls(QSslSocket::VerifyPeer);
    old.setProtocol(QSsl::TlsV1_2);
    pair.server.setSslConfiguration(old);
    pair.setFilter(true);
    QVERIFY(pair.openWithPeer());
    QCOMPARE(pair.filterCalls, 1);
}

void TestClientCertificates::filterMayRefuseACertificate()
{
    QFETCH(const int, threadCount);
    Asking pair(u"stranger"_s, QSslSocket::VerifyPeer, threadCount);
    pair.setFilter(false);
    QVERIFY(pair.start());
    WS_TRY_COMPARE(pair.told.join(u", "_s), refusal());
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.filterCalls, 1);
}

void TestClientCertificates::queriedCertificateNeedNotBeTrusted()
{
    QFETCH(const int, threadCount);
    Asking pair(u"stranger"_s, QSslSocket::QueryPeer, threadCount);
    QVERIFY(pair.openWithPeer());
    QCOMPARE(pair.told, QStringList(u"untrusted"_s));
}

void TestClientCertificates::filterMayRefuseAQueriedCertificate()
{
    QFETCH(const int, threadCount);
    Asking pair(u"stranger"_s, QSslSocket::QueryPeer, threadCount);
    pair.setFilter(false);
    QVERIFY(pair.start());
    WS_TRY_COMPARE(pair.told.join(u", "_s), refusal());
    QCOMPARE(pair.rejection.kind(), Ws::ErrorKind::Tls);
    QCOMPARE(pair.rejection.text(), pair.reported.constFirst().errorString());
    WS_TRY_VERIFY(pair.events.isClosed());
    QVERIFY(!pair.peer);
}

void TestClientCertificates::filterThatRefusesLetsInWhoeverHasNoQueriedCertificate()
{
    Asking pair({}, QSslSocket::QueryPeer);
    pair.setFilter(false);
    QVERIFY(pair.openWithPeer());
    QCOMPARE(pair.filterCalls, 0);
}

void TestClientCertificates::filterIsCalledInTheThreadOfTheConnection()
{
    Asking pair(u"stranger"_s, QSslSocket::VerifyPeer, 1);
    pair.setFilter(true);
    QVERIFY(pair.openWithPeer());
    QVERIFY(pair.filterThread != QThread::currentThread());
    QCOMPARE(pair.filterThread, pair.server.connections().constFirst()->thread());
}

void TestClientCertificates::filterThatThrowsTrustsNobody()
{
    QFETCH(const int, threadCount);
    Asking pair(u"stranger"_s, QSslSocket::VerifyPeer, threadCount);
    pair.server.setSslErrorFilter([](const QList<QSslError> &, const QSslConfiguration &) -> bool {
        throw std::runtime_error("no list of friends");
    });
    QSignalSpy errors(&pair.server, &WsServer::errorOccurred);
    QVERIFY(pair.start());
    WS_TRY_COMPARE(pair.told.join(u", "_s), refusal());
    QCOMPARE(errors.size(), 1);
    const auto error = errors.at(0).at(0).value<WsError>();
    QCOMPARE(error.kind(), Ws::ErrorKind::Handler);
    QCOMPARE(error.text(), u"no list of friends"_s);
}

void TestClientCertificates::filterThatWasRemovedIsNotAsked()
{
    Asking pair(u"stranger"_s);
    pair.setFilter(true);
    pair.server.setSslErrorFilter({});
    QVERIFY(pair.start());
    WS_TRY_COMPARE(pair.told.join(u", "_s), refusal());
    QCOMPARE(pair.filterCalls, 0);
}

void TestClientCertificates::socketThatIsHandedOverIsFilteredToo()
{
    Asking pair(u"stranger"_s);
    pair.setFilter(true);
    Door door(&pair.server);
    QVERIFY(door.listen(QHostAddress::LocalHost));
    QVERIFY(pair.client.open(QUrl(u"wss://localhost:%1"_s.arg(door.serverPort()))));
    QVERIFY(pair.waitUntilOpen());
    QCOMPARE(pair.filterCalls, 1);
}

void TestClientCertificates::slotMayDeleteTheServer()
{
    auto server = std::make_unique<WsServer>();
    server->setSslConfiguration(askingTls(QSslSocket::VerifyPeer));
    int asked = 0;
    server->setSslErrorFilter([&](const QList<QSslError> &, const QSslConfiguration &) { return ++asked > 0; });
    connect(server.get(), &WsServer::sslErrors, this, [&] { server.reset(); });
    QVERIFY(server->listen());
    WsClient client;
    Events events(&client);
    client.setSslConfiguration(tlsConfiguration(u"stranger"_s));
    QVERIFY(client.open(QUrl(u"wss://localhost:%1"_s.arg(server->serverPort()))));
    WS_TRY_VERIFY(!server);
    WS_TRY_VERIFY(events.isClosed());
    QCOMPARE(asked, 0);
}

void TestClientCertificates::filterMayDeleteTheServer()
{
    auto server = std::make_unique<WsServer>();
    server->setSslConfiguration(askingTls(QSslSocket::VerifyPeer));
    server->setSslErrorFilter([&](const QList<QSslError> &, const QSslConfiguration &) {
        server.reset();
        return true;
    });
    QVERIFY(server->listen());
    WsClient client;
    Events events(&client);
    client.setSslConfiguration(tlsConfiguration(u"stranger"_s));
    QVERIFY(client.open(QUrl(u"wss://localhost:%1"_s.arg(server->serverPort()))));
    WS_TRY_VERIFY(!server);
    WS_TRY_VERIFY(events.isClosed());
}

#include "../testprogram.h"
WSKIT_TEST(TestClientCertificates)
#include "tst_clientcertificates.moc"
