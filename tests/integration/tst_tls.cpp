// SPDX-License-Identifier: MIT
#include "integrationtesting.h"

using namespace IntegrationTesting;

// TLS on both sides: who is trusted, who is not, and what is told of it.
class TestTls : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bothSidesAreEncrypted();
    void serverIsKnownByItsCertificate();
    void strangeServerIsRefused_data();
    void strangeServerIsRefused();
    void ignoredErrorsLetTheClientIn_data();
    void ignoredErrorsLetTheClientIn();
    void otherErrorsThanTheIgnoredStillCount();
    void serverDemandsAClientCertificate_data();
    void serverDemandsAClientCertificate();
    void plainServerIsNoTlsServer();
    void plainClientIsRefusedByATlsServer();
};

void TestTls::bothSidesAreEncrypted()
{
    Pair pair(true);
    QVERIFY(pair.open());
    QCOMPARE(pair.server.serverUrl().scheme(), u"wss"_s);
    QVERIFY(pair.client.isEncrypted());
    QVERIFY(pair.peer->isEncrypted());
    QVERIFY(pair.peer->request().isEncrypted());
    QVERIFY(pair.client.sendText(QByteArray(200000, 'a')));
    WS_TRY_COMPARE(pair.peerEvents->payloadSize, qint64(200000));
    QVERIFY(pair.client.close());
    WS_TRY_COMPARE(pair.events.ending(), u"closed 1000 '' clean"_s);
}

void TestTls::serverIsKnownByItsCertificate()
{
    Pair pair(true);
    QVERIFY(pair.open());
    QCOMPARE(pair.client.sslConfiguration().peerCertificate(), certificate(u"server"_s));
    QVERIFY(pair.peer->sslConfiguration().peerCertificate().isNull());
}

void TestTls::strangeServerIsRefused_data()
{
    QTest::addColumn<QString>("serverCertificate");
    QTest::addColumn<bool>("isAuthorityTrusted");
    QTest::newRow("authority that is not trusted") << u"server"_s << false;
    QTest::newRow("another host's name") << u"elsewhere"_s << true;
}

void TestTls::strangeServerIsRefused()
{
    QFETCH(QString, serverCertificate);
    QFETCH(bool, isAuthorityTrusted);
    Pair pair(true);
    pair.server.setSslConfiguration(tlsConfiguration(serverCertificate));
    if (!isAuthorityTrusted)
        pair.client.setSslConfiguration(QSslConfiguration::defaultConfiguration());
    QSignalSpy sslErrors(&pair.client, &WsClient::sslErrors);
    QSignalSpy rejections(&pair.server, &WsServer::connectionRejected);
    QVERIFY(pair.start());
    WS_TRY_COMPARE(pair.events.ending(), u"error Tls, closed 1015 '' unclean"_s);
    QCOMPARE(sslErrors.size(), 1);
    QCOMPARE(pair.client.state(), Ws::Closed);
    QVERIFY(!pair.client.errorString().isEmpty());
    WS_TRY_COMPARE(rejections.size(), 1);
    QCOMPARE(pair.server.connectionCount(), 0);
}

void TestTls::ignoredErrorsLetTheClientIn_data()
{
    QTest::addColumn<bool>("areListed");
    QTest::addColumn<bool>("isInTheSlot");
    QTest::newRow("all, before") << false << false;
    QTest::newRow("all, in the slot") << false << true;
    QTest::newRow("listed, before") << true << false;
    QTest::newRow("listed, in the slot") << true << true;
}

void TestTls::ignoredErrorsLetTheClientIn()
{
    QFETCH(bool, areListed);
    QFETCH(bool, isInTheSlot);
    Pair pair(true);
    pair.server.setSslConfiguration(tlsConfiguration(u"elsewhere"_s));
    const QList<QSslError> listed{QSslError(QSslError::HostNameMismatch, certificate(u"elsewhere"_s))};
    const QList<QSslError> ignored = areListed ? listed : QList<QSslError>();
    if (isInTheSlot)
        connect(&pair.client, &WsClient::sslErrors, &pair.client, [&] { pair.client.ignoreSslErrors(ignored); });
    else
        pair.client.ignoreSslErrors(ignored);
    QVERIFY(pair.open());
    QVERIFY(pair.client.isEncrypted());
    QVERIFY(pair.events.errors.isEmpty());
}

void TestTls::otherErrorsThanTheIgnoredStillCount()
{
    Pair pair(true);
    pair.server.setSslConfiguration(tlsConfiguration(u"elsewhere"_s));
    pair.client.ignoreSslErrors({QSslError(QSslError::CertificateExpired, certificate(u"elsewhere"_s))});
    QVERIFY(pair.start());
    WS_TRY_COMPARE(pair.events.ending(), u"error Tls, closed 1015 '' unclean"_s);
}

void TestTls::serverDemandsAClientCertificate_data()
{
    QTest::addColumn<QString>("clientCertificate");
    QTest::addColumn<bool>("isAdmitted");
    QTest::newRow("known client") << u"client"_s << true;
    QTest::newRow("none") << QString() << false;
    QTest::newRow("stranger") << u"stranger"_s << false;
}

void TestTls::serverDemandsAClientCertificate()
{
    QFETCH(QString, clientCertificate);
    QFETCH(bool, isAdmitted);
    Pair pair(true);
    QSslConfiguration tls = serverTls();
    tls.setPeerVerifyMode(QSslSocket::VerifyPeer);
    pair.server.setSslConfiguration(tls);
    pair.client.setSslConfiguration(tlsConfiguration(clientCertificate));
    QSignalSpy rejections(&pair.server, &WsServer::connectionRejected);
    if (isAdmitted) {
        QVERIFY(pair.open());
        QCOMPARE(pair.peer->sslConfiguration().peerCertificate(), certificate(clientCertificate));
        return;
    }
    QVERIFY(pair.start());
    WS_TRY_COMPARE(rejections.size(), 1);
    QCOMPARE(rejections.first().first().value<WsError>().kind(), Ws::ErrorKind::Tls);
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.server.connectionCount(), 0);
}

void TestTls::plainServerIsNoTlsServer()
{
    Pair pair;
    QVERIFY(pair.server.listen());
    QUrl url = pair.url();
    url.setScheme(u"wss"_s);
    QVERIFY(pair.client.open(url));
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.events.ending(), u"error Tls, closed 1015 '' unclean"_s);
}

void TestTls::plainClientIsRefusedByATlsServer()
{
    Pair pair(true);
    QSignalSpy rejections(&pair.server, &WsServer::connectionRejected);
    QVERIFY(pair.server.listen());
    QUrl url = pair.url();
    url.setScheme(u"ws"_s);
    QVERIFY(pair.client.open(url));
    WS_TRY_VERIFY(pair.events.isClosed());
    QVERIFY(pair.events.startingWith(u"opened"_s).isEmpty());
    WS_TRY_COMPARE(rejections.size(), 1);
    QCOMPARE(rejections.first().first().value<WsError>().kind(), Ws::ErrorKind::Tls);
}

QTEST_GUILESS_MAIN(TestTls)

#include "tst_tls.moc"
