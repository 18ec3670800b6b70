// SPDX-License-Identifier: MIT
#include "integrationtesting.h"

#include <QtCore/qeventloop.h>
#include <QtCore/qsemaphore.h>
#include <QtCore/qthread.h>

#include <atomic>

using namespace IntegrationTesting;

class TestTls : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void bothEndsAreEncrypted();
    void clientSeesTheServersCertificate();
    void addressesAreVerifiedToo_data();
    void addressesAreVerifiedToo();
    void clientAsksForTheNameItWants();
    void untrustedCertificateFails();
    void certificateOfAnotherNameFails();
    void certificateOfAnotherNameFailsForAnAddress();
    void ignoringAllErrorsBeforeOpeningHolds();
    void ignoringAllErrorsInTheSlotHoldsForThisOpening();
    void ignoringTheExpectedErrorsWorks();
    void ignoringOtherErrorsDoesNot();
    void userMayTakeTime_data();
    void userMayTakeTime();
    void threadWithoutAnEventLoopMayAnswerLater();
    void otherThreadMayAnswerWhoWaits();
    void slotMayRunADialog();
    void serverMayLeaveDuringADialog();
    void serverMayLeaveWhileWhoWaitsAsks();
    void slotCannotWait_data();
    void slotCannotWait();
    void answerInPlainTextIsNoAnswer();
    void lateAnswerMakesNoOtherServerTrusted();
    void listOfErrorsIsGoodForOneCertificateAlone();
    void nameThatIsVerifiedMayBeAnotherThanTheHost();
    void ignoringAnEmptyListIgnoresNothing_data();
    void ignoringAnEmptyListIgnoresNothing();
    void requiredClientCertificateIsSeenByTheServer();
    void missingClientCertificateFails();
    void unknownClientCertificateFails();
    void requestedClientCertificateMayBeMissing();
    void plainServerFails();
    void plainServerThatAnswersLateFails();
    void plainClientIsRejected();
    void serverWithoutACertificateFails();
    void serverThatEndsDuringTheHandshakeFails();
    void clientThatRejectsTheCertificateIsToldAtTheServer();
    void configurationOfTheServerMayChange();
    void configurationIsTheConnectionsOwn();
    void filesAloneMakeBothEnds_data();
    void filesAloneMakeBothEnds();
    void missingClientCertificateFailsWithFiles();
    void certificateOfAListeningServerMayChange();
    void urlChangesWithTls();
    void filesLeaveTheOtherSettings();
    void filesThatCannotBeUsedChangeNothing();
};

void TestTls::initTestCase()
{
    QVERIFY(QSslSocket::supportsSsl());
    for (const QString &name : {u"ca"_s, u"server"_s, u"elsewhere"_s, u"client"_s, u"stranger"_s}) {
        QVERIFY(!certificate(name).isNull());
        QVERIFY(!privateKey(name).isNull());
    }
}

namespace {
QString tlsFailure()
{
    return u"error Tls, closed 1015 '' unclean"_s;
}

void prepareTls12(QSslSocket *socket)
{
    QSslConfiguration configuration = serverTls();
    configuration.setProtocol(QSsl::TlsV1_2);
    socket->setSslConfiguration(configuration);
}
} // namespace

void TestTls::bothEndsAreEncrypted()
{
    Pair pair(true);
    QVERIFY(!pair.client.isEncrypted());
    QVERIFY(pair.open());
    QVERIFY(pair.client.isEncrypted());
    QVERIFY(pair.peer->isEncrypted());
    QCOMPARE(pair.server.serverUrl().scheme(), u"wss"_s);
    Pair plain;
    QVERIFY(plain.open());
    QVERIFY(!plain.client.isEncrypted());
    QVERIFY(!plain.peer->isEncrypted());
    QVERIFY(plain.client.sslConfiguration().peerCertificate().isNull());
}

void TestTls::clientSeesTheServersCertificate()
{
    Pair pair(true);
    QSignalSpy errors(&pair.client, &WsClient::sslErrors);
    QVERIFY(pair.open());
    QCOMPARE(pair.client.sslConfiguration().peerCertificate(), certificate(u"server"_s));
    QVERIFY(pair.client.sslConfiguration().sessionProtocol() >= QSsl::TlsV1_2);
    QVERIFY(pair.peer->sslConfiguration().peerCertificate().isNull()); // none was asked for
    QCOMPARE(errors.size(), 0);
}

void TestTls::addressesAreVerifiedToo_data()
{
    QTest::addColumn<QHostAddress>("address");
    QTest::newRow("IPv4") << QHostAddress(QHostAddress::LocalHost);
    QTest::newRow("IPv6") << QHostAddress(QHostAddress::LocalHostIPv6);
}

void TestTls::addressesAreVerifiedToo()
{
    QFETCH(const QHostAddress, address);
    Pair pair(true);
    QVERIFY(pair.server.listen(address));
    QVERIFY(pair.client.open(pair.server.serverUrl()));
    QVERIFY(pair.waitUntilOpen());
    QCOMPARE(pair.client.peerAddress(), address);
}

// RFC 6066 §3: the name stands readable in the first message of TLS.
void TestTls::clientAsksForTheNameItWants()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    WsClient client;
    QVERIFY(client.open(QUrl(u"wss://localhost:%1"_s.arg(server.serverPort()))));
    WS_TRY_VERIFY(server.hasPendingConnections());
    QTcpSocket *socket = server.nextPendingConnection();
    WS_TRY_VERIFY(socket->bytesAvailable() > 0);
    const QByteArray hello = socket->readAll();
    QCOMPARE(hello.at(0), '\x16');
    QVERIFY(hello.contains(QByteArray("\0\0\x09localhost", 12)));
}

void TestTls::untrustedCertificateFails()
{
    Pair pair(true);
    pair.client.setSslConfiguration(QSslConfiguration::defaultConfiguration());
    QSignalSpy errors(&pair.client, &WsClient::sslErrors);
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    QVERIFY(pair.start());
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.events.all, QStringList({u"error Tls"_s, u"closed 1015 '' unclean"_s}));
    QCOMPARE(pair.events.errors.at(0).closeCode(), Ws::TlsHandshake);
    QCOMPARE(pair.events.errors.at(0).socketError(), QAbstractSocket::SslHandshakeFailedError);
    QCOMPARE(pair.client.closeCode(), Ws::TlsHandshake);
    QCOMPARE(errors.size(), 1);
    QVERIFY(!errors.at(0).at(0).value<QList<QSslError>>().isEmpty());
    WS_TRY_COMPARE(rejected.size(), 1);
    QVERIFY(!pair.peer);
}

void TestTls::certificateOfAnotherNameFails()
{
    Pair pair(true);
    pair.server.setSslConfiguration(tlsConfiguration(u"elsewhere"_s));
    QList<QSslError> errors;
    connect(&pair.client, &WsClient::sslErrors, this, [&](const QList<QSslError> &list) { errors = list; });
    QVERIFY(pair.start());
    WS_TRY_COMPARE(pair.events.ending(), tlsFailure());
    QCOMPARE(errors.size(), 1);
    QCOMPARE(errors.at(0).error(), QSslError::HostNameMismatch);
}

void TestTls::certificateOfAnotherNameFailsForAnAddress()
{
    Pair pair(true);
    pair.server.setSslConfiguration(tlsConfiguration(u"elsewhere"_s));
    QVERIFY(pair.server.listen());
    QVERIFY(pair.client.open(pair.server.serverUrl()));
    WS_TRY_COMPARE(pair.events.ending(), tlsFailure());
}

void TestTls::ignoringAllErrorsBeforeOpeningHolds()
{
    Pair pair(true);
    pair.server.setSslConfiguration(tlsConfiguration(u"elsewhere"_s));
    pair.client.setSslConfiguration(QSslConfiguration::defaultConfiguration());
    pair.client.ignoreSslErrors();
    QSignalSpy errors(&pair.client, &WsClient::sslErrors);
    for (int i = 1; i <= 2; ++i) {
        QVERIFY(pair.open());
        QCOMPARE(errors.size(), i); // told all the same
        pair.client.abort();
    }
}

void TestTls::ignoringAllErrorsInTheSlotHoldsForThisOpening()
{
    Pair pair(true);
    pair.client.setSslConfiguration(QSslConfiguration::defaultConfiguration());
    auto ignoring = connect(&pair.client, &WsClient::sslErrors, this, [&] { pair.client.ignoreSslErrors(); });
    QVERIFY(pair.open());
    pair.client.abort();
    disconnect(ignoring);
    pair.events.all.clear();
    QVERIFY(pair.client.open());
    WS_TRY_COMPARE(pair.events.ending(), tlsFailure());
}

void TestTls::ignoringTheExpectedErrorsWorks()
{
    Pair pair(true);
    pair.server.setSslConfiguration(tlsConfiguration(u"elsewhere"_s));
    pair.client.ignoreSslErrors({QSslError(QSslError::HostNameMismatch, certificate(u"elsewhere"_s))});
    QVERIFY(pair.open());
    pair.client.abort();
    WsClient other;
    other.setSslConfiguration(tlsConfiguration());
    connect(&other, &WsClient::sslErrors, this,
            [&](const QList<QSslError> &errors) { other.ignoreSslErrors(errors); });
    QVERIFY(other.open(pair.url()));
    WS_TRY_COMPARE(other.state(), Ws::Open);
}

void TestTls::ignoringOtherErrorsDoesNot()
{
    Pair pair(true);
    pair.server.setSslConfiguration(tlsConfiguration(u"elsewhere"_s));
    pair.client.ignoreSslErrors({QSslError(QSslError::HostNameMismatch, certificate(u"server"_s)),
                                 QSslError(QSslError::CertificateExpired, certificate(u"elsewhere"_s))});
    QVERIFY(pair.start());
    WS_TRY_COMPARE(pair.events.ending(), tlsFailure());
}

void TestTls::userMayTakeTime_data()
{
    QTest::addColumn<bool>("trusts");
    QTest::addColumn<bool>("aborts");
    QTest::newRow("and trusts") << true << false;
    QTest::newRow("and does not trust") << false << false;
    QTest::newRow("and gives up") << false << true;
}

// The opening waits while the event loop goes on.
void TestTls::userMayTakeTime()
{
    QFETCH(const bool, trusts);
    QFETCH(const bool, aborts);
    Pair pair(true);
    pair.client.setSslConfiguration(QSslConfiguration::defaultConfiguration());
    pair.client.setPauseOnSslErrors(true);
    QList<QSslError> errors;
    QTimer dialog;
    dialog.setSingleShot(true);
    connect(&pair.client, &WsClient::sslErrors, this, [&](const QList<QSslError> &list) {
        errors = list;
        dialog.start(0);
    });
    connect(&dialog, &QTimer::timeout, this, [&] {
        if (aborts) {
            pair.client.abort();
            return;
        }
        if (trusts)
            pair.client.ignoreSslErrors(errors);
        QVERIFY(pair.client.continueOpening());
    });
    QVERIFY(pair.start());
    if (trusts) {
        QVERIFY(pair.waitUntilOpen());
        QVERIFY(pair.client.sendText(u"text"_s));
        WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList{u"text text"_s});
        return;
    }
    WS_TRY_COMPARE(pair.events.ending(), aborts ? u"closed 1006 '' unclean"_s : tlsFailure());
    QVERIFY(!errors.isEmpty());
}

void TestTls::threadWithoutAnEventLoopMayAnswerLater()
{
    Pair pair(true);
    QVERIFY(pair.server.listen());
    const std::unique_ptr<QThread> thread(QThread::create([url = pair.url()] {
        WsClient client;
        client.setSslConfiguration(QSslConfiguration::defaultConfiguration());
        client.setPauseOnSslErrors(true);
        QSignalSpy errors(&client, &WsClient::sslErrors);
        QVERIFY(client.open(url));
        while (errors.isEmpty() && client.state() == Ws::Connecting)
            client.waitForOpened(QDeadlineTimer(10));
        QCOMPARE(client.state(), Ws::Connecting);
        client.ignoreSslErrors();
        QVERIFY(client.continueOpening());
        QVERIFY(client.waitForOpened());
        client.abort();
    }));
    thread->start();
    WS_TRY_VERIFY(thread->isFinished());
}

void TestTls::slotMayRunADialog()
{
    Pair pair(true);
    pair.client.setSslConfiguration(QSslConfiguration::defaultConfiguration());
    connect(&pair.client, &WsClient::sslErrors, this, [&] {
        QEventLoop dialog;
        QTimer::singleShot(0, &dialog, &QEventLoop::quit);
        dialog.exec();
        pair.client.ignoreSslErrors();
    });
    QVERIFY(pair.open());
}

void TestTls::otherThreadMayAnswerWhoWaits()
{
    Pair pair(true);
    QVERIFY(pair.server.listen());
    std::atomic<WsClient *> asking{nullptr};
    std::atomic<bool> hasOpened{false};
    QSemaphore answered;
    const std::unique_ptr<QThread> thread(QThread::create([&, url = pair.url()] {
        WsClient client;
        client.setOptions(patientOptions());
        client.setSslConfiguration(QSslConfiguration::defaultConfiguration());
        client.setPauseOnSslErrors(true);
        connect(&client, &WsClient::sslErrors, &client, [&] { asking = &client; });
        QVERIFY(client.open(url));
        hasOpened = client.waitForOpened(QDeadlineTimer(Patience));
        answered.acquire();
    }));
    thread->start();
    WS_TRY_VERIFY(asking);
    asking.load()->ignoreSslErrors();
    QVERIFY(asking.load()->continueOpening());
    answered.release();
    WS_TRY_VERIFY(thread->isFinished());
    QVERIFY(hasOpened);
}

// With TLS 1.2 the server is ready before the client has looked at its certificate.
void TestTls::serverMayLeaveDuringADialog()
{
    RawServer server;
    server.prepareTls = prepareTls12;
    WsClient client;
    Events events(&client);
    client.setSslConfiguration(QSslConfiguration::defaultConfiguration());
    int askedCount = 0;
    connect(&client, &WsClient::sslErrors, this, [&] {
        ++askedCount;
        server.peer->socket->disconnectFromHost();
        QVERIFY(waitFor([&] { return server.peer->hasEnded; }));
        for (int i = 0; i < 100; ++i)
            QCoreApplication::processEvents();
    });
    QVERIFY(client.open(server.url(u"wss"_s)));
    WS_TRY_COMPARE(events.ending(), tlsFailure());
    QCOMPARE(askedCount, 1);
}

// In a thread without an event loop. Nothing of the server is read before there is an answer, and what is
// left of handshakeTimeout() stays as it was.
void TestTls::serverMayLeaveWhileWhoWaitsAsks()
{
    RawServer server;
    server.prepareTls = prepareTls12;
    std::atomic<int> askedCount{0};
    QString end;
    QSemaphore hasLeft;
    const std::unique_ptr<QThread> thread(QThread::create([&, url = server.url(u"wss"_s)] {
        WsClient client;
        Events events(&client);
        client.setOptions(patientOptions());
        client.setSslConfiguration(QSslConfiguration::defaultConfiguration());
        client.setPauseOnSslErrors(true);
        connect(&client, &WsClient::sslErrors, &client, [&] { ++askedCount; });
        QVERIFY(client.open(url));
        const QDeadlineTimer deadline(Patience);
        while (askedCount == 0 && !deadline.hasExpired())
            QVERIFY(!client.waitForOpened(10ms));
        hasLeft.acquire();
        QVERIFY(!client.waitForOpened(200ms));
        QCOMPARE(client.state(), Ws::Connecting);
        QVERIFY(client.continueOpening());
        QVERIFY(!client.waitForOpened(QDeadlineTimer(Patience)));
        end = events.ending();
    }));
    thread->start();
    (void)waitFor([&] { return askedCount > 0; });
    if (server.peer)
        server.peer->socket->disconnectFromHost();
    (void)waitFor([&] { return server.peer && server.peer->hasEnded; });
    hasLeft.release();
    WS_TRY_VERIFY(thread->isFinished());
    QCOMPARE(askedCount, 1);
    QCOMPARE(end, tlsFailure());
}

void TestTls::slotCannotWait_data()
{
    QTest::addColumn<bool>("isAsked");
    QTest::newRow("sslErrors()") << true;
    QTest::newRow("openingProgressed()") << false;
}

void TestTls::slotCannotWait()
{
    QFETCH(const bool, isAsked);
    Pair pair(true);
    pair.client.setSslConfiguration(QSslConfiguration::defaultConfiguration());
    int count = 0;
    const auto wait = [&] {
        ++count;
        QTest::ignoreMessage(QtWarningMsg,
                             QRegularExpression(u"a slot of the connection cannot wait for it"_s));
        QVERIFY(!pair.client.waitForOpened(QDeadlineTimer(Patience)));
    };
    if (!isAsked) {
        connect(&pair.client, &WsClient::openingProgressed, this, [&](Ws::OpeningStep step) {
            if (step == Ws::Connected)
                wait();
        });
    }
    connect(&pair.client, &WsClient::sslErrors, this, [&] {
        if (isAsked)
            wait();
        pair.client.ignoreSslErrors();
    });
    QVERIFY(pair.open());
    QCOMPARE(count, 1);
}

// Anybody on the way can send it, so TLS has to reject it.
void TestTls::answerInPlainTextIsNoAnswer()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    WsClient client;
    Events events(&client);
    client.setMaxRedirects(1);
    QSignalSpy redirected(&client, &WsClient::redirected);
    connect(&client, &WsClient::openingProgressed, this, [&](Ws::OpeningStep step) {
        if (step != Ws::Connected)
            return;
        QVERIFY(waitFor([&] { return server.hasPendingConnections(); }));
        QTcpSocket *const injecting = server.nextPendingConnection();
        injecting->write("HTTP/1.1 302 Found\r\nLocation: wss://elsewhere.test/\r\n\r\n");
        QVERIFY(injecting->flush());
        for (int i = 0; i < 100; ++i)
            QCoreApplication::processEvents();
    });
    QVERIFY(client.open(QUrl(u"wss://127.0.0.1:%1"_s.arg(server.serverPort()))));
    WS_TRY_COMPARE(events.ending(), tlsFailure());
    QCOMPARE(redirected.size(), 0);
}

void TestTls::lateAnswerMakesNoOtherServerTrusted()
{
    Pair pair(true);
    pair.client.setSslConfiguration(QSslConfiguration::defaultConfiguration());
    bool hasAnswered = false;
    connect(&pair.client, &WsClient::sslErrors, this, [&] {
        QTimer::singleShot(0, this, [&] {
            pair.client.ignoreSslErrors();
            hasAnswered = true;
        });
    });
    for (int i = 0; i < 2; ++i) {
        hasAnswered = false;
        pair.events.all.clear();
        QVERIFY(pair.start());
        WS_TRY_COMPARE(pair.events.ending(), tlsFailure());
        WS_TRY_VERIFY(hasAnswered);
    }
}

// A list can come late, because it is about one certificate.
void TestTls::listOfErrorsIsGoodForOneCertificateAlone()
{
    Pair pair(true);
    pair.client.setSslConfiguration(QSslConfiguration::defaultConfiguration());
    QList<QSslError> errors;
    connect(&pair.client, &WsClient::sslErrors, this, [&](const QList<QSslError> &list) { errors = list; });
    QVERIFY(pair.start());
    WS_TRY_COMPARE(pair.events.ending(), tlsFailure());
    const QList<QSslError> first = errors;
    pair.events.all.clear();
    QVERIFY(pair.client.open());
    pair.client.ignoreSslErrors(); // is refused
    WS_TRY_COMPARE(pair.events.ending(), tlsFailure());
    pair.events.all.clear();
    QVERIFY(pair.client.open());
    pair.client.ignoreSslErrors(first);
    QVERIFY(pair.waitUntilOpen());
    pair.client.abort();
    pair.events.all.clear();
    pair.server.setSslConfiguration(tlsConfiguration(u"elsewhere"_s));
    QVERIFY(pair.client.open());
    pair.client.ignoreSslErrors(first);
    WS_TRY_COMPARE(pair.events.ending(), tlsFailure());
}

void TestTls::nameThatIsVerifiedMayBeAnotherThanTheHost()
{
    Pair pair(true);
    pair.server.setSslConfiguration(tlsConfiguration(u"elsewhere"_s));
    QVERIFY(pair.server.listen());
    QVERIFY(pair.client.open(pair.server.serverUrl()));
    WS_TRY_COMPARE(pair.events.ending(), tlsFailure());
    pair.client.setPeerVerifyName(certificate(u"elsewhere"_s).subjectAlternativeNames().values(QSsl::DnsEntry).value(0));
    QVERIFY(!pair.client.peerVerifyName().isEmpty());
    QVERIFY(pair.client.open(pair.server.serverUrl()));
    QVERIFY(pair.waitUntilOpen());
}

void TestTls::ignoringAnEmptyListIgnoresNothing_data()
{
    QTest::addColumn<bool>("isInSlot");
    QTest::newRow("before") << false;
    QTest::newRow("in the slot") << true;
}

// As programs written for other classes do: ignoreSslErrors(expectedOf(errors)).
void TestTls::ignoringAnEmptyListIgnoresNothing()
{
    QFETCH(const bool, isInSlot);
    Pair pair(true);
    pair.client.setSslConfiguration(QSslConfiguration::defaultConfiguration());
    const QList<QSslError> none;
    if (isInSlot)
        connect(&pair.client, &WsClient::sslErrors, this, [&] { pair.client.ignoreSslErrors(none); });
    else
        pair.client.ignoreSslErrors(none);
    QVERIFY(pair.start());
    WS_TRY_COMPARE(pair.events.ending(), tlsFailure());
}

namespace {
QSslConfiguration demandingTls(QSslSocket::PeerVerifyMode mode = QSslSocket::VerifyPeer)
{
    QSslConfiguration configuration = serverTls();
    configuration.setPeerVerifyMode(mode);
    return configuration;
}

// TLS 1.3 is complete for the client before the server has seen its certificate: what the client sees of the
// refusal is the end of the connection.
void checkRefusedByTheServer(const Pair &pair, const QSignalSpy &rejected)
{
    QVERIFY(pair.events.ending().startsWith(u"error "_s));
    QVERIFY(pair.events.ending().endsWith(u" unclean"_s));
    QCOMPARE(pair.events.all.size(), 2); // the error and the end, and no opened()
    QCOMPARE(rejected.size(), 1);
    QCOMPARE(rejected.at(0).at(0).value<WsError>().kind(), Ws::ErrorKind::Tls);
    QVERIFY(!pair.peer);
}
} // namespace

void TestTls::requiredClientCertificateIsSeenByTheServer()
{
    Pair pair;
    pair.server.setSslConfiguration(demandingTls());
    pair.client.setSslConfiguration(tlsConfiguration(u"client"_s));
    QVERIFY(pair.open());
    QCOMPARE(pair.peer->sslConfiguration().peerCertificate(), certificate(u"client"_s));
    pair.client.sendText("hello");
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 1);
}

void TestTls::missingClientCertificateFails()
{
    Pair pair;
    pair.server.setSslConfiguration(demandingTls());
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    QVERIFY(pair.start());
    WS_TRY_VERIFY(pair.events.isClosed());
    checkRefusedByTheServer(pair, rejected);
}

void TestTls::unknownClientCertificateFails()
{
    Pair pair;
    pair.server.setSslConfiguration(demandingTls());
    pair.client.setSslConfiguration(tlsConfiguration(u"stranger"_s));
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    QVERIFY(pair.start());
    WS_TRY_VERIFY(pair.events.isClosed());
    checkRefusedByTheServer(pair, rejected);
}

void TestTls::requestedClientCertificateMayBeMissing()
{
    Pair pair;
    pair.server.setSslConfiguration(demandingTls(QSslSocket::QueryPeer));
    QVERIFY(pair.open());
    QVERIFY(pair.peer->sslConfiguration().peerCertificate().isNull());
}

void TestTls::plainServerFails()
{
    Pair pair;
    QVERIFY(pair.server.listen());
    QUrl url = pair.url();
    url.setScheme(u"wss"_s);
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    QVERIFY(pair.client.open(url));
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.events.ending(), tlsFailure());
    QVERIFY(!pair.peer);
}

void TestTls::plainServerThatAnswersLateFails()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(QUrl(u"wss://localhost:%1"_s.arg(server.serverPort()))));
    WS_TRY_VERIFY(server.hasPendingConnections());
    QTcpSocket *socket = server.nextPendingConnection();
    WS_TRY_VERIFY(socket->bytesAvailable() > 0);
    socket->write("HTTP/1.1 400 Bad Request\r\n\r\n");
    WS_TRY_COMPARE(events.ending(), tlsFailure());
}

void TestTls::plainClientIsRejected()
{
    Pair pair(true);
    QVERIFY(pair.server.listen());
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    QUrl url = pair.url();
    url.setScheme(u"ws"_s);
    QVERIFY(pair.client.open(url));
    WS_TRY_VERIFY(pair.events.isClosed());
    QVERIFY(pair.events.ending().endsWith(u"closed 1006 '' unclean"_s));
    QCOMPARE(rejected.size(), 1);
    QCOMPARE(rejected.at(0).at(0).value<WsError>().kind(), Ws::ErrorKind::Tls);
    QCOMPARE(pair.server.connectionCount(), 0);
}

void TestTls::serverWithoutACertificateFails()
{
    Pair pair;
    pair.server.setSslConfiguration(QSslConfiguration::defaultConfiguration());
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    QVERIFY(pair.start());
    WS_TRY_VERIFY(pair.events.isClosed());
    QVERIFY(pair.events.ending().endsWith(u"unclean"_s));
    WS_TRY_COMPARE(rejected.size(), 1);
}

void TestTls::serverThatEndsDuringTheHandshakeFails()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(QUrl(u"wss://localhost:%1"_s.arg(server.serverPort()))));
    WS_TRY_VERIFY(server.hasPendingConnections());
    QTcpSocket *socket = server.nextPendingConnection();
    WS_TRY_VERIFY(socket->bytesAvailable() > 0);
    socket->readAll();
    socket->disconnectFromHost();
    WS_TRY_VERIFY(events.isClosed());
    QCOMPARE(events.ending(), u"error Network, closed 1006 '' unclean"_s);
}

void TestTls::clientThatRejectsTheCertificateIsToldAtTheServer()
{
    Pair pair(true);
    pair.client.setSslConfiguration(QSslConfiguration::defaultConfiguration());
    QSignalSpy rejected(&pair.server, &WsServer::connectionRejected);
    QVERIFY(pair.start());
    WS_TRY_COMPARE(rejected.size(), 1);
    QCOMPARE(rejected.at(0).at(1).value<QHostAddress>(), QHostAddress(QHostAddress::LocalHost));
    QVERIFY(!rejected.at(0).at(0).value<WsError>().text().isEmpty());
}

void TestTls::configurationOfTheServerMayChange()
{
    Pair pair(true);
    QVERIFY(pair.open());
    pair.server.setSslConfiguration(tlsConfiguration(u"elsewhere"_s));
    QCOMPARE(pair.server.sslConfiguration().localCertificate(), certificate(u"elsewhere"_s));
    WsClient other;
    other.setSslConfiguration(tlsConfiguration());
    QList<QSslError> errors;
    connect(&other, &WsClient::sslErrors, this, [&](const QList<QSslError> &list) { errors = list; });
    QVERIFY(other.open(pair.url()));
    WS_TRY_COMPARE(errors.size(), 1);
    WS_TRY_COMPARE(other.state(), Ws::Closed);
    QCOMPARE(pair.client.state(), Ws::Open); // who is in stays in

    pair.server.setSslConfiguration(QSslConfiguration());
    QCOMPARE(pair.server.serverUrl().scheme(), u"ws"_s);
    QVERIFY(other.open(pair.server.serverUrl()));
    WS_TRY_COMPARE(other.state(), Ws::Open);
}

void TestTls::configurationIsTheConnectionsOwn()
{
    Pair pair(true);
    QVERIFY(pair.open());
    pair.client.setSslConfiguration(QSslConfiguration::defaultConfiguration()); // for the next opening
    QCOMPARE(pair.client.sslConfiguration().peerCertificate(), certificate(u"server"_s));
    pair.client.abort();
    pair.events.all.clear();
    QVERIFY(pair.client.open());
    WS_TRY_COMPARE(pair.events.ending(), tlsFailure());
}

// --- from files

namespace {
struct Files
{
    bool setServer(bool isCertificateFirst = true)
    {
        return isCertificateFirst ? setServerCertificate() && setServerAuthorities()
                                  : setServerAuthorities() && setServerCertificate();
    }
    bool setServerCertificate(const QString &name = u"server"_s)
    {
        return server.setLocalCertificate(certificateFile(name + u".crt"_s),
                                          certificateFile(name + u".key"_s));
    }
    bool setServerAuthorities() { return server.setCaCertificates(certificateFile(u"ca.crt"_s)); }
    bool setClientCertificate()
    {
        return client.setLocalCertificate(certificateFile(u"client.crt"_s), certificateFile(u"client.key"_s));
    }
    bool setClientAuthorities() { return client.setCaCertificates(certificateFile(u"ca.crt"_s)); }
    bool start()
    {
        QUrl url = server.serverUrl();
        url.setHost(u"localhost"_s);
        return client.open(url);
    }

    WsServer server;
    WsClient client;
    Events events{&client};
};
} // namespace

void TestTls::filesAloneMakeBothEnds_data()
{
    QTest::addColumn<bool>("isCertificateFirst");
    QTest::newRow("the server's certificate first") << true;
    QTest::newRow("the server's authorities first") << false;
}

void TestTls::filesAloneMakeBothEnds()
{
    QFETCH(const bool, isCertificateFirst);
    Files files;
    QVERIFY(files.setServer(isCertificateFirst));
    QVERIFY(files.setClientAuthorities());
    QVERIFY(files.setClientCertificate());
    connect(&files.server, &WsServer::newConnection, this, [](WsConnection *connection) {
        connection->sendText(connection->sslConfiguration().peerCertificate().subjectDisplayName());
    });
    QVERIFY(files.server.listen());
    QCOMPARE(files.server.serverUrl().scheme(), u"wss"_s);
    QVERIFY(files.start());
    WS_TRY_COMPARE(files.events.messages(), QStringList({u"text WsKit test client"_s}));
    QCOMPARE(files.client.sslConfiguration().peerCertificate(), certificate(u"server"_s));
}

void TestTls::missingClientCertificateFailsWithFiles()
{
    Files files;
    QVERIFY(files.setServer());
    QVERIFY(files.setClientAuthorities());
    QSignalSpy rejected(&files.server, &WsServer::connectionRejected);
    QVERIFY(files.server.listen());
    QVERIFY(files.start());
    WS_TRY_VERIFY(files.events.isClosed());
    WS_TRY_COMPARE(rejected.size(), 1);
    QCOMPARE(files.server.connectionCount(), 0);
}

void TestTls::certificateOfAListeningServerMayChange()
{
    Files files;
    QVERIFY(files.server.listen());
    QVERIFY(files.start());
    WS_TRY_COMPARE(files.client.state(), Ws::Open);
    QVERIFY(files.setServerCertificate());
    QCOMPARE(files.server.serverUrl().scheme(), u"wss"_s);
    QCOMPARE(files.client.state(), Ws::Open); // who is in stays in, without TLS
    files.client.abort();
    QVERIFY(files.setClientAuthorities());
    QVERIFY(files.start());
    WS_TRY_COMPARE(files.client.state(), Ws::Open);
    QCOMPARE(files.client.sslConfiguration().peerCertificate(), certificate(u"server"_s));
    QVERIFY(files.setServerCertificate(u"elsewhere"_s));
    files.client.abort();
    files.events.all.clear();
    QVERIFY(files.start());
    WS_TRY_COMPARE(files.events.ending(), tlsFailure());
}

void TestTls::filesLeaveTheOtherSettings()
{
    Files files;
    QSslConfiguration asking = QSslConfiguration::defaultConfiguration();
    asking.setPeerVerifyMode(QSslSocket::QueryPeer);
    asking.setProtocol(QSsl::TlsV1_2);
    files.server.setSslConfiguration(asking);
    QVERIFY(files.setServer());
    QCOMPARE(files.server.sslConfiguration().peerVerifyMode(), QSslSocket::QueryPeer);
    QCOMPARE(files.server.sslConfiguration().protocol(), QSsl::TlsV1_2);
    files.server.setSslConfiguration(QSslConfiguration());
    QVERIFY(files.setServerCertificate());
    QCOMPARE(files.server.sslConfiguration().peerVerifyMode(), QSslSocket::VerifyNone); // begun anew
    QCOMPARE(files.server.sslConfiguration().protocol(), QSsl::SecureProtocols);
    QVERIFY(files.setServerAuthorities());
    QCOMPARE(files.server.sslConfiguration().peerVerifyMode(), QSslSocket::VerifyPeer);
}

void TestTls::filesThatCannotBeUsedChangeNothing()
{
    const QString nowhere = certificateFile(u"nowhere.pem"_s);
    const QString key = certificateFile(u"server.key"_s);
    Files files;
    QVERIFY(!files.server.setLocalCertificate(nowhere, key));
    QCOMPARE(files.server.errorString(), nowhere + u": no such file"_s);
    QVERIFY(files.server.sslConfiguration().isNull());
    QVERIFY(files.setServer());
    QVERIFY(files.setClientAuthorities());
    QVERIFY(files.setClientCertificate());

    const QSslConfiguration before = files.server.sslConfiguration();
    QVERIFY(!files.server.setLocalCertificate(certificateFile(u"client.crt"_s), key));
    QCOMPARE(files.server.errorString(),
             u"%1: the private key does not match the certificate in %2"_s.arg(
                 key, certificateFile(u"client.crt"_s)));
    QVERIFY(!files.server.setCaCertificates(key));
    QCOMPARE(files.server.errorString(), key + u": contains no certificate in PEM format, only a private key"_s);
    QCOMPARE(files.server.sslConfiguration(), before);

    QVERIFY(!files.client.setLocalCertificate(certificateFile(u"ca.crt"_s), nowhere));
    QCOMPARE(files.client.errorString(), nowhere + u": no such file"_s);
    QVERIFY(!files.client.setCaCertificates(nowhere));
    QCOMPARE(files.client.errorString(), nowhere + u": no such file"_s);
    QVERIFY(files.server.listen());
    QVERIFY(files.start());
    WS_TRY_COMPARE(files.client.state(), Ws::Open);
}

// Who shows it is told.
void TestTls::urlChangesWithTls()
{
    WsServer server;
    QSignalSpy changed(&server, &WsServer::listeningChanged);
    server.setSslConfiguration(serverTls());
    server.setSslConfiguration({});
    QCOMPARE(changed.size(), 0); // it does not listen
    QVERIFY(server.listen());
    QCOMPARE(changed.size(), 1);
    server.setSslConfiguration(serverTls());
    QCOMPARE(changed.size(), 2);
    QCOMPARE(server.serverUrl().scheme(), u"wss"_s);
    server.setSslConfiguration(serverTls());
    QCOMPARE(changed.size(), 2);
    server.setSslConfiguration({});
    QCOMPARE(changed.size(), 3);
    QCOMPARE(server.serverUrl().scheme(), u"ws"_s);
}

#include "../testprogram.h"
WSKIT_TEST(TestTls)
#include "tst_tls.moc"
