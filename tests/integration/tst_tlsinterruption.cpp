// SPDX-License-Identifier: MIT

// QSslConfiguration::setHandshakeMustInterruptOnError(): the handshake stands still in the middle of the
// verification, the program decides, and the other side gets an alert that names the reason.

#include "opensslclient.h"
#include "opensslserver.h"

#include <QtCore/qeventloop.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qsslpresharedkeyauthenticator.h>

using namespace IntegrationTesting;

namespace {
using Alert = std::pair<QSsl::AlertLevel, QSsl::AlertType>;

const Alert UnknownCa(QSsl::AlertLevel::Fatal, QSsl::AlertType::UnknownCa);

QSslConfiguration interrupted(QSslConfiguration configuration, QSsl::SslProtocol protocol)
{
    configuration.setHandshakeMustInterruptOnError(true);
    configuration.setProtocol(protocol);
    return configuration;
}

// A client that does not know the server's authority, and everything that both tell.
class Interrupted : public Pair
{
public:
    explicit Interrupted(QSsl::SslProtocol protocol = QSsl::TlsV1_3, int threadCount = 0) : Pair(true)
    {
        server.setThreadCount(threadCount);
        QSslConfiguration tls = serverTls();
        tls.setCaCertificates({}); // so that the certificate is sent alone
        server.setSslConfiguration(tls);
        client.setSslConfiguration(interrupted(tls, protocol));
        QObject::connect(&client, &WsClient::handshakeInterruptedOnError, &client,
                         [this](const QSslError &error) {
                             errors.append(error);
                             if (inSlot)
                                 inSlot();
                         });
        QObject::connect(&client, &WsClient::alertSent, &client,
                         [this](QSsl::AlertLevel level, QSsl::AlertType type, const QString &description) {
                             QVERIFY(!description.isEmpty());
                             sent.append({level, type});
                         });
        QObject::connect(&client, &WsClient::sslErrors, &client, [this](const QList<QSslError> &all) {
            allErrors = all;
            if (inSslErrors)
                inSslErrors();
        });
        QObject::connect(&client, &WsClient::peerVerifyError, &client, [this] { ++verifyCount; });
        QObject::connect(&server, &WsServer::alertReceived, &server,
                         [this](const QHostAddress &address, quint16 port, QSsl::AlertLevel level,
                                QSsl::AlertType type, const QString &description) {
                             QVERIFY(!description.isEmpty());
                             QCOMPARE(QThread::currentThread(), server.thread());
                             received.append({level, type});
                             from = {address, port};
                         });
        QObject::connect(&server, &WsServer::connectionRejected, &server, [this] { ++rejectionCount; });
    }

    // Whether both ends fail, and the server learns why.
    bool fails()
    {
        return start()
               && waitFor([this] { return events.isClosed() && rejectionCount == 1 && !received.isEmpty(); })
               && events.ending() == u"error Tls, closed 1015 '' unclean" && sent == QList({UnknownCa})
               && received.constFirst() == UnknownCa;
    }

    std::function<void()> inSlot;
    std::function<void()> inSslErrors;
    QList<QSslError> errors;
    QList<QSslError> allErrors;
    int verifyCount = 0;
    int rejectionCount = 0;
    QList<Alert> sent;
    QList<Alert> received;
    std::pair<QHostAddress, quint16> from;
};

void addProtocols()
{
    QTest::addColumn<QSsl::SslProtocol>("protocol");
    QTest::addColumn<int>("threadCount");
    for (const int threadCount : {0, 2}) {
        QTest::addRow("TLS 1.2, %d threads", threadCount) << QSsl::TlsV1_2 << threadCount;
        QTest::addRow("TLS 1.3, %d threads", threadCount) << QSsl::TlsV1_3 << threadCount;
    }
}

// A server that interrupts handshakes, and a client with a certificate that it does not know.
class InterruptingServer : public Pair
{
public:
    explicit InterruptingServer(QSsl::SslProtocol protocol = QSsl::TlsV1_3, int threadCount = 0)
    {
        server.setThreadCount(threadCount);
        tls = interrupted(serverTls(), protocol);
        tls.setPeerVerifyMode(QSslSocket::VerifyPeer);
        server.setSslConfiguration(tls);
        client.setSslConfiguration(tlsConfiguration(u"stranger"_s));
        QObject::connect(&server, &WsServer::handshakeInterruptedOnError, &server,
                         [this](const QHostAddress &address, quint16 port, const QSslError &error) {
                             QCOMPARE(QThread::currentThread(), server.thread());
                             errors.append(error);
                             from = {address, port};
                         });
        QObject::connect(&server, &WsServer::peerVerifyError, &server, [this] { ++verifyCount; });
        QObject::connect(&server, &WsServer::sslErrors, &server, [this] { ++sslErrorsCount; });
        QObject::connect(&server, &WsServer::connectionRejected, &server, [this] { ++rejectionCount; });
        QObject::connect(&server, &WsServer::alertSent, &server,
                         [this](const QHostAddress &address, quint16 port, QSsl::AlertLevel level,
                                QSsl::AlertType type, const QString &description) {
                             QVERIFY(!description.isEmpty());
                             QCOMPARE(QThread::currentThread(), server.thread());
                             sent.append({level, type});
                             sentTo = {address, port};
                         });
        QObject::connect(&client, &WsClient::alertReceived, &client,
                         [this](QSsl::AlertLevel level, QSsl::AlertType type) {
                             received.append({level, type});
                         });
    }

    bool isRefused()
    {
        return start()
               && waitFor([this] { return events.isClosed() && rejectionCount == 1 && !sent.isEmpty(); })
               && !peer;
    }

    QSslConfiguration tls;
    QList<QSslError> errors;
    std::pair<QHostAddress, quint16> from;
    std::pair<QHostAddress, quint16> sentTo;
    int verifyCount = 0;
    int sslErrorsCount = 0;
    int rejectionCount = 0;
    QList<Alert> sent;
    QList<Alert> received;
};
} // namespace

class TestTlsInterruption : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void handshakeFailsUnlessItIsContinued_data() { addProtocols(); }
    void handshakeFailsUnlessItIsContinued();
    void continuedHandshakeOpensIfAllErrorsAreIgnored_data() { addProtocols(); }
    void continuedHandshakeOpensIfAllErrorsAreIgnored();
    void continuedHandshakeFailsUnlessAllErrorsAreIgnored();
    void errorsMayBeIgnoredInTheInterruption();
    void ignoredErrorsDoNotContinue();
    void eachErrorInterrupts();
    void trustedServerDoesNotInterrupt();
    void otherNameDoesNotInterrupt();
    void lateAnswerDoesNotContinue();
    void lateAnswerTrustsNoOtherServer();
    void nextOpeningInterruptsAgain();
    void slotsMayEndTheOpening_data();
    void slotsMayEndTheOpening();
    void slotMayOpenAgain();
    void slotMayMoveTheClient_data();
    void slotMayMoveTheClient();
    void slotMayRunAnEventLoop_data();
    void slotMayRunAnEventLoop();
    void keyMayBeAskedForInAnEventLoop();

    void serverRefusesAnUnknownCertificate_data() { addProtocols(); }
    void serverRefusesAnUnknownCertificate();
    void filterOfTheServerDecidesAtTheEnd_data();
    void filterOfTheServerDecidesAtTheEnd();
    void missingCertificateMayBeFatal();
    void slotMayDeleteTheServer();
};

// --- clients

void TestTlsInterruption::handshakeFailsUnlessItIsContinued()
{
    QFETCH(const QSsl::SslProtocol, protocol);
    QFETCH(const int, threadCount);
    Interrupted pair(protocol, threadCount);
    QVERIFY(pair.fails());
    QCOMPARE(pair.errors.size(), 1);
    QCOMPARE(pair.errors.constFirst().certificate(), certificate(u"server"_s));
    QCOMPARE(pair.events.errors.constFirst().text(), pair.errors.constFirst().errorString());
    QCOMPARE(pair.allErrors, QList<QSslError>());
    QCOMPARE(pair.verifyCount, 0);
    QVERIFY(pair.from.first.isLoopback());
    QVERIFY(pair.from.second > 0);
}

void TestTlsInterruption::continuedHandshakeOpensIfAllErrorsAreIgnored()
{
    QFETCH(const QSsl::SslProtocol, protocol);
    QFETCH(const int, threadCount);
    Interrupted pair(protocol, threadCount);
    pair.inSlot = [&] { QVERIFY(pair.client.continueInterruptedHandshake()); };
    pair.inSslErrors = [&] { pair.client.ignoreSslErrors(); };
    QVERIFY(pair.open());
    QCOMPARE(pair.client.sslConfiguration().sessionProtocol(), protocol);
    QCOMPARE(pair.allErrors, pair.errors);
    QCOMPARE(pair.verifyCount, 0);
    QCOMPARE(pair.sent, QList<Alert>());
}

void TestTlsInterruption::continuedHandshakeFailsUnlessAllErrorsAreIgnored()
{
    Interrupted pair;
    pair.inSlot = [&] { QVERIFY(pair.client.continueInterruptedHandshake()); };
    QVERIFY(pair.start());
    WS_TRY_COMPARE(pair.events.ending(), u"error Tls, closed 1015 '' unclean"_s);
    QCOMPARE(pair.allErrors, pair.errors);
    QVERIFY(!pair.sent.contains(UnknownCa));
}

void TestTlsInterruption::errorsMayBeIgnoredInTheInterruption()
{
    Interrupted pair;
    pair.inSlot = [&] {
        pair.client.ignoreSslErrors({pair.errors.constLast()});
        QVERIFY(pair.client.continueInterruptedHandshake());
    };
    QVERIFY(pair.open());
    QVERIFY(pair.errors.size() >= 1);
}

void TestTlsInterruption::ignoredErrorsDoNotContinue()
{
    Interrupted pair;
    pair.client.ignoreSslErrors();
    QVERIFY(pair.fails());
}

void TestTlsInterruption::eachErrorInterrupts()
{
    Interrupted pair;
    pair.inSlot = [&] {
        if (pair.errors.size() == 1)
            QVERIFY(pair.client.continueInterruptedHandshake());
    };
    QVERIFY(pair.start());
    WS_TRY_COMPARE(pair.events.ending(), u"error Tls, closed 1015 '' unclean"_s);
    QCOMPARE(pair.errors.size(), 2);
    QCOMPARE(pair.events.errors.constFirst().text(), pair.errors.constLast().errorString());
    QCOMPARE(pair.allErrors, QList<QSslError>());
}

void TestTlsInterruption::trustedServerDoesNotInterrupt()
{
    Interrupted pair;
    pair.client.setSslConfiguration(interrupted(tlsConfiguration(), QSsl::TlsV1_3));
    QVERIFY(pair.open());
    QCOMPARE(pair.errors, QList<QSslError>());
}

// Qt compares the name itself, when the handshake is complete.
void TestTlsInterruption::otherNameDoesNotInterrupt()
{
    Interrupted pair;
    pair.client.setSslConfiguration(interrupted(tlsConfiguration(), QSsl::TlsV1_3));
    pair.client.setPeerVerifyName(u"elsewhere.test"_s);
    QVERIFY(pair.start());
    WS_TRY_COMPARE(pair.events.ending(), u"error Tls, closed 1015 '' unclean"_s);
    QCOMPARE(pair.errors, QList<QSslError>());
    QCOMPARE(pair.verifyCount, 1);
    QCOMPARE(pair.allErrors.size(), 1);
}

void TestTlsInterruption::lateAnswerDoesNotContinue()
{
    Interrupted pair;
    const QRegularExpression warning(u"continueInterruptedHandshake\\(\\) has no effect"_s);
    bool isAnswered = false;
    pair.inSlot = [&] {
        QTimer::singleShot(0, &pair.client, [&] {
            isAnswered = true;
            QTest::ignoreMessage(QtWarningMsg, warning);
            QVERIFY(!pair.client.continueInterruptedHandshake());
        });
    };
    QTest::ignoreMessage(QtWarningMsg, warning);
    QVERIFY(!pair.client.continueInterruptedHandshake());
    QVERIFY(pair.fails());
    WS_TRY_VERIFY(isAnswered);
}

// As for sslErrors(): an answer that comes after the end is not one about the next server.
void TestTlsInterruption::lateAnswerTrustsNoOtherServer()
{
    Interrupted pair;
    QVERIFY(pair.fails());
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"ignoreSslErrors\\(\\) came too late"_s));
    pair.client.ignoreSslErrors();
    QSslConfiguration tls = pair.client.sslConfiguration();
    tls.setHandshakeMustInterruptOnError(false);
    pair.client.setSslConfiguration(tls);
    QVERIFY(pair.client.open(pair.url()));
    WS_TRY_COMPARE(pair.events.startingWith(u"closed "_s).size(), 2);
    QCOMPARE(pair.events.startingWith(u"opened"_s).size(), 0);
}

// A session with errors is not resumed, which would not verify it again.
void TestTlsInterruption::nextOpeningInterruptsAgain()
{
    Interrupted pair;
    pair.inSlot = [&] { pair.client.continueInterruptedHandshake(); };
    pair.inSslErrors = [&] { pair.client.ignoreSslErrors(); };
    QVERIFY(pair.open());
    const qsizetype count = pair.errors.size();
    QVERIFY(count > 0);
    pair.client.close();
    WS_TRY_COMPARE(pair.client.state(), Ws::Closed);
    pair.peer.clear();
    QVERIFY(pair.open());
    QCOMPARE(pair.errors.size(), 2 * count);
}

void TestTlsInterruption::slotsMayEndTheOpening_data()
{
    QTest::addColumn<QString>("signal");
    QTest::addColumn<QString>("action");
    QTest::addColumn<bool>("isContinued");
    for (const QString &signal : {u"interrupted"_s, u"alertSent"_s}) {
        for (const QString &action : {u"abort"_s, u"close"_s, u"delete"_s}) {
            QTest::addRow("%s, %s", qPrintable(signal), qPrintable(action)) << signal << action << false;
            if (signal == u"interrupted")
                QTest::addRow("continued, %s", qPrintable(action)) << signal << action << true;
        }
    }
}

void TestTlsInterruption::slotsMayEndTheOpening()
{
    QFETCH(const QString, signal);
    QFETCH(const QString, action);
    QFETCH(const bool, isContinued);
    WsServer server;
    server.setSslConfiguration(serverTls());
    int rejectionCount = 0;
    connect(&server, &WsServer::connectionRejected, this, [&] { ++rejectionCount; });
    QVERIFY(server.listen());
    QPointer<WsClient> client = new WsClient;
    Events events(client);
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setCaCertificates({});
    client->setSslConfiguration(interrupted(tls, QSsl::TlsV1_3));
    bool isDone = false;
    const auto end = [&] {
        isDone = true;
        if (isContinued)
            QVERIFY(client->continueInterruptedHandshake());
        if (action == u"abort")
            client->abort();
        else if (action == u"close")
            client->close();
        else
            delete client.get();
    };
    if (signal == u"alertSent")
        connect(client, &WsClient::alertSent, this, end);
    else
        connect(client, &WsClient::handshakeInterruptedOnError, this, end);
    QVERIFY(client->open(QUrl(u"wss://127.0.0.1:%1"_s.arg(server.serverPort()))));
    WS_TRY_VERIFY(isDone);
    WS_TRY_COMPARE(rejectionCount, 1);
    QCOMPARE(client.isNull(), action == u"delete");
    if (client)
        QCOMPARE(events.ending(), u"closed 1006 '' unclean"_s);
    QCOMPARE(server.connectionCount(), 0);
    delete client;
}

void TestTlsInterruption::slotMayOpenAgain()
{
    Interrupted pair;
    pair.inSlot = [&] {
        pair.client.abort();
        pair.client.setSslConfiguration(tlsConfiguration());
        QVERIFY(pair.client.open(pair.url()));
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"continueInterruptedHandshake"_s));
        QVERIFY(!pair.client.continueInterruptedHandshake()); // of the earlier opening
    };
    QVERIFY(pair.open());
    QCOMPARE(pair.errors.size(), 1);
}

void TestTlsInterruption::slotMayMoveTheClient_data()
{
    QTest::addColumn<bool>("isContinued");
    QTest::newRow("continued") << true;
    QTest::newRow("not continued") << false;
}

void TestTlsInterruption::slotMayMoveTheClient()
{
    QFETCH(const bool, isContinued);
    WsServer server;
    server.setSslConfiguration(serverTls());
    QVERIFY(server.listen());
    QThread thread;
    thread.start();
    auto *const client = new WsClient;
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setCaCertificates({});
    client->setSslConfiguration(interrupted(tls, QSsl::TlsV1_3));
    std::atomic<bool> isMoved{false};
    std::atomic<bool> hasOpened{false};
    std::atomic<bool> hasClosed{false};
    const auto decide = [&, client] {
        if (isContinued)
            QVERIFY(client->continueInterruptedHandshake());
        if (!isMoved.exchange(true))
            client->moveToThread(&thread);
    };
    connect(client, &WsClient::handshakeInterruptedOnError, client, decide, Qt::DirectConnection);
    connect(
        client, &WsClient::sslErrors, client, [client] { client->ignoreSslErrors(); }, Qt::DirectConnection);
    connect(client, &WsClient::opened, client, [&] { hasOpened = true; });
    connect(client, &WsClient::closed, client, [&] { hasClosed = true; });
    QVERIFY(client->open(QUrl(u"wss://localhost:%1"_s.arg(server.serverPort()))));
    WS_TRY_VERIFY(isMoved);
    WS_TRY_VERIFY(hasOpened || hasClosed);
    if (!isContinued)
        QVERIFY(!hasOpened);
    QMetaObject::invokeMethod(
        client, [client] { delete client; }, Qt::BlockingQueuedConnection);
    thread.quit();
    thread.wait();
}

void TestTlsInterruption::slotMayRunAnEventLoop_data()
{
    QTest::addColumn<bool>("isContinued");
    QTest::newRow("continued") << true;
    QTest::newRow("not continued") << false;
}

// The server goes away meanwhile. Qt alone frees what OpenSSL uses after the loop.
void TestTlsInterruption::slotMayRunAnEventLoop()
{
    QFETCH(const bool, isContinued);
    Interrupted pair(QSsl::TlsV1_2);
    pair.inSlot = [&] {
        if (pair.errors.size() == 1) {
            bool isServerClosed = false;
            connect(&pair.server, &WsServer::closed, this, [&] { isServerClosed = true; });
            pair.server.close();
            QVERIFY(waitFor([&] { return isServerClosed; }));
        }
        QEventLoop loop;
        QTimer::singleShot(0, &loop, &QEventLoop::quit);
        loop.exec();
        QVERIFY(!pair.events.isClosed());
        if (isContinued)
            QVERIFY(pair.client.continueInterruptedHandshake());
    };
    pair.inSslErrors = [&] { pair.client.ignoreSslErrors(); };
    QVERIFY(pair.start());
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.events.startingWith(u"opened"_s).size(), 0);
}

void TestTlsInterruption::keyMayBeAskedForInAnEventLoop()
{
    OpenSslFolder folder;
    auto server = std::make_unique<OpenSslServer>();
    QVERIFY(server->start(folder, u"-psk 0123456789abcdef -nocert -tls1_2"_s));
    WsClient client;
    Events events(&client);
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setPeerVerifyMode(QSslSocket::VerifyNone);
    client.setSslConfiguration(tls);
    connect(&client, &WsClient::preSharedKeyAuthenticationRequired, this,
            [&](QSslPreSharedKeyAuthenticator *authenticator) {
                authenticator->setIdentity("Client_identity");
                authenticator->setPreSharedKey(QByteArray::fromHex("0123456789abcdef"));
                server.reset();
                QEventLoop loop;
                QTimer::singleShot(0, &loop, &QEventLoop::quit);
                loop.exec();
                QVERIFY(!events.isClosed());
            });
    QVERIFY(client.open(server->url()));
    WS_TRY_VERIFY(events.isClosed());
    QCOMPARE(events.startingWith(u"opened"_s).size(), 0);
}

// --- servers

void TestTlsInterruption::serverRefusesAnUnknownCertificate()
{
    QFETCH(const QSsl::SslProtocol, protocol);
    QFETCH(const int, threadCount);
    InterruptingServer pair(protocol, threadCount);
    QVERIFY(pair.isRefused());
    QCOMPARE(pair.errors.size(), 1);
    QCOMPARE(pair.from, pair.sentTo);
    QVERIFY(pair.from.first.isLoopback());
    QVERIFY(pair.from.second > 0);
    QCOMPARE(pair.sslErrorsCount, 0);
    QCOMPARE(pair.verifyCount, 0);
    QCOMPARE(pair.sent, QList({UnknownCa}));
    WS_TRY_COMPARE(pair.received, QList({UnknownCa}));
}

void TestTlsInterruption::filterOfTheServerDecidesAtTheEnd_data()
{
    QTest::addColumn<int>("threadCount");
    QTest::addColumn<bool>("isTrusted");
    QTest::newRow("trusted, own thread") << 0 << true;
    QTest::newRow("trusted, two threads") << 2 << true;
    QTest::newRow("refused, own thread") << 0 << false;
    QTest::newRow("refused, two threads") << 2 << false;
}

void TestTlsInterruption::filterOfTheServerDecidesAtTheEnd()
{
    QFETCH(const int, threadCount);
    QFETCH(const bool, isTrusted);
    InterruptingServer pair(QSsl::TlsV1_3, threadCount);
    std::atomic<int> asked{0};
    pair.server.setSslErrorFilter([&](const QList<QSslError> &errors,
                                      const QSslConfiguration &configuration) {
        ++asked;
        return isTrusted && !errors.isEmpty() && configuration.peerCertificate() == certificate(u"stranger"_s);
    });
    if (isTrusted) {
        QVERIFY(pair.open());
    } else {
        QVERIFY(pair.start());
        WS_TRY_VERIFY(pair.events.isClosed() && pair.rejectionCount == 1);
        QVERIFY(!pair.sent.contains(UnknownCa));
    }
    QCOMPARE(asked, 1);
    QVERIFY(!pair.errors.isEmpty());
    QCOMPARE(pair.sslErrorsCount, 1);
}

void TestTlsInterruption::missingCertificateMayBeFatal()
{
    InterruptingServer pair;
    pair.tls.setMissingCertificateIsFatal(true);
    pair.server.setSslConfiguration(pair.tls);
    pair.client.setSslConfiguration(tlsConfiguration());
    QVERIFY(pair.isRefused());
    QCOMPARE(pair.errors, QList<QSslError>());
    QCOMPARE(pair.sslErrorsCount, 0);
    QCOMPARE(pair.sent.size(), 1);
    QCOMPARE(pair.sent.constFirst().first, QSsl::AlertLevel::Fatal);
}

void TestTlsInterruption::slotMayDeleteTheServer()
{
    QPointer<WsServer> server = new WsServer;
    QSslConfiguration tls = interrupted(serverTls(), QSsl::TlsV1_3);
    tls.setPeerVerifyMode(QSslSocket::VerifyPeer);
    server->setSslConfiguration(tls);
    connect(server, &WsServer::handshakeInterruptedOnError, this, [&] { delete server.get(); });
    QVERIFY(server->listen());
    WsClient client;
    Events events(&client);
    client.setSslConfiguration(tlsConfiguration(u"stranger"_s));
    QVERIFY(client.open(QUrl(u"wss://localhost:%1"_s.arg(server->serverPort()))));
    WS_TRY_VERIFY(server.isNull());
    WS_TRY_VERIFY(events.isClosed());
}

#include "tst_tlsinterruption.moc"

#include "../testprogram.h"

WSKIT_TEST(TestTlsInterruption)
