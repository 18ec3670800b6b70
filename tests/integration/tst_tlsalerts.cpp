// SPDX-License-Identifier: MIT
#include "opensslserver.h"

#include <QtNetwork/qsslpresharedkeyauthenticator.h>

using namespace IntegrationTesting;

// What TLS tells a client besides the errors of a certificate, and what it asks.
class TestTlsAlerts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void alertDuringTheOpeningIsReported();
    void alertAfterTheHandshakeIsReported();
    void alertOfAnOpenConnectionIsReported();
    void eachErrorOfTheVerificationIsReported();
    void preSharedKeyOpens();
    void wrongPreSharedKeyFails();
    void missingPreSharedKeyFails();
    void slotsMayEndTheOpening_data();
    void slotsMayEndTheOpening();
    void slotsMayOpenAgain_data();
    void slotsMayOpenAgain();
    void slotsMayMoveTheClient_data();
    void slotsMayMoveTheClient();
    void slotOfAnAlertMayEndAnOpenConnection_data();
    void slotOfAnAlertMayEndAnOpenConnection();
    void http11IsOffered();
    void ownProtocolsAreOffered();
    void serverThatChoosesHttp2Fails();
    void serverThatKnowsOnlyHttp2Fails();
    void certificatesOfAFailureCanBeRead_data();
    void certificatesOfAFailureCanBeRead();
    void certificatesAreFreedByTheNextOpening();

private:
    bool start(OpenSslServer *server, const QString &more = {}) const
    {
        return server->start(m_folder, u"-cert leaf.crt -key leaf.key -cert_chain middle.crt"_s + more);
    }
    QSslConfiguration settings() const
    {
        QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
        configuration.setCaCertificates({m_folder.certificate(u"root"_s)});
        return configuration;
    }
    // Makes \a client emit the signal \a name while it opens, and calls \a slot with it.
    bool provoke(const QString &name, OpenSslServer *server, WsClient *client,
                 const std::function<void()> &slot);

    OpenSslFolder m_folder;
};

void TestTlsAlerts::initTestCase()
{
    m_folder.makeCertificate(u"root"_s, {}, true);
    m_folder.makeCertificate(u"other"_s, {}, true);
    m_folder.makeCertificate(u"middle"_s, u"root"_s, true);
    m_folder.makeCertificate(u"leaf"_s, u"middle"_s, false);
    QVERIFY(!m_folder.certificate(u"leaf"_s).isNull());
}

namespace {
using Alert = std::pair<QSsl::AlertLevel, QSsl::AlertType>;

QList<Alert> *recordAlerts(WsClient *client, QList<Alert> *alerts)
{
    QObject::connect(client, &WsClient::alertReceived, client,
                     [alerts](QSsl::AlertLevel level, QSsl::AlertType type, const QString &description) {
                         QVERIFY(!description.isEmpty());
                         alerts->append({level, type});
                     });
    return alerts;
}

const QString pskArguments = QStringLiteral("-psk 0123456789abcdef -nocert -psk_hint hint");

// Sets the key for each server that asks.
// Directly: a slot before may move the client, and the authenticator does not outlive the signal.
void answerWith(WsClient *client, const QByteArray &key)
{
    const auto answer = [key](QSslPreSharedKeyAuthenticator *authenticator) {
        authenticator->setIdentity("Client_identity");
        authenticator->setPreSharedKey(key);
    };
    QObject::connect(client, &WsClient::preSharedKeyAuthenticationRequired, client, answer, Qt::DirectConnection);
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setPeerVerifyMode(QSslSocket::VerifyNone);
    client->setSslConfiguration(configuration);
}
} // namespace

void TestTlsAlerts::alertDuringTheOpeningIsReported()
{
    OpenSslServer server;
    QVERIFY(start(&server, u" -tls1_2 -Verify 1"_s)); // wants a certificate
    WsClient client;
    Events events(&client);
    QList<Alert> alerts;
    recordAlerts(&client, &alerts);
    client.setSslConfiguration(settings());
    QVERIFY(client.open(server.url()));
    WS_TRY_VERIFY(events.isClosed());
    QCOMPARE(events.ending(), u"error Tls, closed 1015 '' unclean"_s);
    QCOMPARE(alerts, QList({Alert(QSsl::AlertLevel::Fatal, QSsl::AlertType::HandshakeFailure)}));
}

// RFC 8446 §4.4.2.4: the client is already connected.
void TestTlsAlerts::alertAfterTheHandshakeIsReported()
{
    OpenSslServer server;
    QVERIFY(start(&server, u" -tls1_3 -Verify 1"_s));
    WsClient client;
    Events events(&client);
    QList<Alert> alerts;
    recordAlerts(&client, &alerts);
    client.setSslConfiguration(settings());
    QVERIFY(client.open(server.url()));
    WS_TRY_VERIFY(events.isClosed());
    QVERIFY(events.ending().startsWith(u"error "_s));
    QCOMPARE(alerts.value(0).first, QSsl::AlertLevel::Fatal);
}

void TestTlsAlerts::alertOfAnOpenConnectionIsReported()
{
    Pair pair(true);
    QList<Alert> alerts;
    recordAlerts(&pair.client, &alerts);
    QVERIFY(pair.open());
    QCOMPARE(alerts, QList<Alert>());
    pair.peer->close();
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(alerts, QList({Alert(QSsl::AlertLevel::Warning, QSsl::AlertType::CloseNotify)}));
}

void TestTlsAlerts::eachErrorOfTheVerificationIsReported()
{
    OpenSslServer server;
    QVERIFY(start(&server));
    WsClient client;
    QStringList told;
    QList<QSslError> single;
    QList<QSslError> all;
    connect(&client, &WsClient::peerVerifyError, this, [&](const QSslError &error) {
        QVERIFY(all.isEmpty());
        single.append(error);
    });
    connect(&client, &WsClient::sslErrors, this, [&](const QList<QSslError> &errors) { all = errors; });
    client.setPeerVerifyName(u"elsewhere.test"_s);
    client.setSslConfiguration(settings());
    QVERIFY(client.setCaCertificates(m_folder.path(u"other.crt"_s)));
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(client.state(), Ws::Closed);
    QVERIFY(all.size() >= 2); // unknown authority, other name
    for (const QSslError &error : std::as_const(single))
        QVERIFY(all.contains(error));
    QVERIFY(!single.isEmpty());
}

void TestTlsAlerts::preSharedKeyOpens()
{
    OpenSslServer server;
    QVERIFY(server.start(m_folder, pskArguments + u" -tls1_2"_s));
    WsClient client;
    QByteArrayList hints;
    connect(
        &client, &WsClient::preSharedKeyAuthenticationRequired, this,
        [&](QSslPreSharedKeyAuthenticator *authenticator) { hints.append(authenticator->identityHint()); });
    answerWith(&client, QByteArray::fromHex("0123456789abcdef"));
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QVERIFY(client.isEncrypted());
    QCOMPARE(hints, QByteArrayList({"hint"}));
    QCOMPARE(server.requestCount(), 1);
}

void TestTlsAlerts::wrongPreSharedKeyFails()
{
    OpenSslServer server;
    QVERIFY(server.start(m_folder, pskArguments + u" -tls1_2"_s));
    WsClient client;
    Events events(&client);
    answerWith(&client, "other");
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(events.ending(), u"error Tls, closed 1015 '' unclean"_s);
    QCOMPARE(server.requestCount(), 0);
}

void TestTlsAlerts::missingPreSharedKeyFails()
{
    OpenSslServer server;
    QVERIFY(server.start(m_folder, pskArguments + u" -tls1_2"_s));
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(events.ending(), u"error Tls, closed 1015 '' unclean"_s);
}

// --- what slots may do

bool TestTlsAlerts::provoke(const QString &name, OpenSslServer *server, WsClient *client,
                            const std::function<void()> &slot)
{
    if (name == u"preSharedKey") {
        connect(client, &WsClient::preSharedKeyAuthenticationRequired, client, slot);
        answerWith(client, QByteArray::fromHex("0123456789abcdef"));
        return server->start(m_folder, pskArguments + u" -tls1_2"_s) && client->open(server->url());
    }
    client->setSslConfiguration(settings());
    if (name == u"alert") {
        connect(client, &WsClient::alertReceived, client, slot);
        return start(server, u" -tls1_2 -Verify 1"_s) && client->open(server->url());
    }
    connect(client, &WsClient::peerVerifyError, client, slot);
    client->setPeerVerifyName(u"elsewhere.test"_s);
    return start(server) && client->open(server->url());
}

namespace {
void addSignals()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("alertReceived()") << u"alert"_s;
    QTest::newRow("preSharedKeyAuthenticationRequired()") << u"preSharedKey"_s;
    QTest::newRow("peerVerifyError()") << u"peerVerify"_s;
}
} // namespace

void TestTlsAlerts::slotsMayEndTheOpening_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("action");
    for (const QString &name : {u"alert"_s, u"preSharedKey"_s, u"peerVerify"_s}) {
        for (const QString &action : {u"abort"_s, u"close"_s, u"delete"_s})
            QTest::addRow("%s, %s", qPrintable(name), qPrintable(action)) << name << action;
    }
}

void TestTlsAlerts::slotsMayEndTheOpening()
{
    QFETCH(const QString, name);
    QFETCH(const QString, action);
    OpenSslServer server;
    QPointer<WsClient> client = new WsClient;
    Events events(client);
    bool isDone = false;
    QVERIFY(provoke(name, &server, client, [&] {
        isDone = true;
        if (action == u"abort")
            client->abort();
        else if (action == u"close")
            client->close();
        else
            delete client.get();
    }));
    WS_TRY_VERIFY(isDone);
    WS_TRY_VERIFY(!client || events.isClosed());
    QCOMPARE(client.isNull(), action == u"delete");
    if (client)
        QCOMPARE(events.ending(), u"closed 1006 '' unclean"_s);
    QCOMPARE(server.requestCount(), 0);
    delete client;
}

void TestTlsAlerts::slotsMayOpenAgain_data()
{
    addSignals();
}

void TestTlsAlerts::slotsMayOpenAgain()
{
    QFETCH(const QString, name);
    OpenSslServer server;
    OpenSslServer other;
    QVERIFY(start(&other));
    WsClient client;
    bool isDone = false;
    QVERIFY(provoke(name, &server, &client, [&] {
        if (std::exchange(isDone, true))
            return;
        client.abort();
        client.setSslConfiguration(settings());
        client.setPeerVerifyName({});
        QVERIFY(client.open(other.url()));
    }));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QCOMPARE(client.peerPort(), other.port());
}

void TestTlsAlerts::slotsMayMoveTheClient_data()
{
    addSignals();
}

void TestTlsAlerts::slotsMayMoveTheClient()
{
    QFETCH(const QString, name);
    OpenSslServer server;
    QThread thread;
    thread.start();
    auto *const client = new WsClient;
    std::atomic<bool> isDone{false};
    std::atomic<bool> hasEnded{false};
    connect(client, &WsClient::opened, client, [&] { hasEnded = true; });
    connect(client, &WsClient::closed, client, [&] { hasEnded = true; });
    const bool isProvoked = provoke(name, &server, client, [&, client] {
        if (!isDone.exchange(true))
            client->moveToThread(&thread);
    });
    WS_TRY_VERIFY(isDone);
    WS_TRY_VERIFY(hasEnded);
    QMetaObject::invokeMethod(
        client, [client] { delete client; }, Qt::BlockingQueuedConnection);
    thread.quit();
    thread.wait();
    QVERIFY(isProvoked);
}

void TestTlsAlerts::slotOfAnAlertMayEndAnOpenConnection_data()
{
    QTest::addColumn<QString>("action");
    QTest::newRow("abort") << u"abort"_s;
    QTest::newRow("close") << u"close"_s;
    QTest::newRow("delete") << u"delete"_s;
    QTest::newRow("open again") << u"open"_s;
}

void TestTlsAlerts::slotOfAnAlertMayEndAnOpenConnection()
{
    QFETCH(const QString, action);
    Pair pair(true);
    QVERIFY(pair.server.listen());
    QPointer<WsClient> client = new WsClient;
    Events events(client);
    client->setSslConfiguration(tlsConfiguration());
    bool isDone = false;
    connect(client, &WsClient::alertReceived, this, [&] {
        if (std::exchange(isDone, true))
            return;
        if (action == u"close")
            client->close();
        else if (action == u"delete")
            delete client.get();
        else
            client->abort();
        if (action == u"open")
            QVERIFY(client->open(pair.url()));
    });
    QVERIFY(client->open(pair.url()));
    WS_TRY_VERIFY(client->state() == Ws::Open && pair.peer);
    pair.peer->close();
    WS_TRY_VERIFY(isDone);
    WS_TRY_VERIFY(!client || events.isClosed());
    QCOMPARE(client.isNull(), action == u"delete");
    if (action == u"open")
        WS_TRY_COMPARE(client->state(), Ws::Open);
    delete client;
}

// --- protocols

void TestTlsAlerts::http11IsOffered()
{
    OpenSslServer server;
    QVERIFY(start(&server, u" -alpn h2,http/1.1"_s));
    WsClient client;
    client.setSslConfiguration(settings());
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QVERIFY(server.output().contains("ALPN protocols advertised by the client: http/1.1\n"));
    QVERIFY(server.output().contains("ALPN protocols selected: http/1.1\n"));
    QCOMPARE(client.sslConfiguration().nextNegotiatedProtocol(), "http/1.1");
}

void TestTlsAlerts::ownProtocolsAreOffered()
{
    OpenSslServer server;
    QVERIFY(start(&server, u" -alpn own"_s));
    WsClient client;
    QSslConfiguration tls = settings();
    tls.setAllowedNextProtocols({"own", "http/1.1"});
    client.setSslConfiguration(tls);
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QCOMPARE(client.sslConfiguration().nextNegotiatedProtocol(), "own");
}

void TestTlsAlerts::serverThatChoosesHttp2Fails()
{
    OpenSslServer server;
    QVERIFY(start(&server, u" -alpn h2,http/1.1"_s));
    WsClient client;
    Events events(&client);
    QSslConfiguration tls = settings();
    tls.setAllowedNextProtocols({"h2", "http/1.1"});
    client.setSslConfiguration(tls);
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(events.ending(), u"error Tls, closed 1015 '' unclean"_s);
    QVERIFY2(events.errors.at(0).text().contains(u"\"h2\""_s), qPrintable(events.errors.at(0).text()));
    QCOMPARE(server.requestCount(), 0);
}

void TestTlsAlerts::serverThatKnowsOnlyHttp2Fails()
{
    OpenSslServer server;
    QVERIFY(start(&server, u" -alpn h2"_s));
    WsClient client;
    Events events(&client);
    QList<Alert> alerts;
    recordAlerts(&client, &alerts);
    client.setSslConfiguration(settings());
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(events.ending(), u"error Tls, closed 1015 '' unclean"_s);
    QCOMPARE(alerts, QList({Alert(QSsl::AlertLevel::Fatal, QSsl::AlertType::NoApplicationProtocol)}));
    QVERIFY2(events.errors.at(0).text().contains(u"no application protocol"_s),
             qPrintable(events.errors.at(0).text()));
}

// --- certificates

void TestTlsAlerts::certificatesOfAFailureCanBeRead_data()
{
    QTest::addColumn<QString>("authority");
    QTest::addColumn<QString>("name");
    QTest::newRow("unknown authority") << u"other"_s << u"localhost"_s;
    QTest::newRow("other name") << u"root"_s << u"elsewhere.test"_s;
}

void TestTlsAlerts::certificatesOfAFailureCanBeRead()
{
    QFETCH(const QString, authority);
    QFETCH(const QString, name);
    OpenSslServer server;
    QVERIFY(start(&server));
    WsClient client;
    QVERIFY(client.setCaCertificates(m_folder.path(authority + u".crt"_s)));
    client.setPeerVerifyName(name);
    const QList<QSslCertificate> sent = {m_folder.certificate(u"leaf"_s), m_folder.certificate(u"middle"_s)};
    QList<QSslCertificate> inSslErrors;
    QList<QSslCertificate> inErrorOccurred;
    connect(&client, &WsClient::sslErrors, this,
            [&] { inSslErrors = client.sslConfiguration().peerCertificateChain(); });
    connect(&client, &WsClient::errorOccurred, this,
            [&] { inErrorOccurred = client.sslConfiguration().peerCertificateChain(); });
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(client.state(), Ws::Closed);
    QCOMPARE(inSslErrors, sent);
    QCOMPARE(inErrorOccurred, sent);
    QCOMPARE(client.sslConfiguration().peerCertificateChain(), sent);
    QVERIFY(!client.isEncrypted());
}

void TestTlsAlerts::certificatesAreFreedByTheNextOpening()
{
    OpenSslServer server;
    QVERIFY(start(&server));
    WsClient client;
    QVERIFY(client.setCaCertificates(m_folder.path(u"other.crt"_s)));
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(client.state(), Ws::Closed);
    QVERIFY(!client.sslConfiguration().peerCertificate().isNull());
    RawServer plain;
    QVERIFY(client.open(plain.url()));
    QVERIFY(client.sslConfiguration().isNull());
    WS_TRY_COMPARE(client.state(), Ws::Open);
    client.abort();
    QVERIFY(client.sslConfiguration().isNull());
}

#include "tst_tlsalerts.moc"

#include "../testprogram.h"

WSKIT_TEST(TestTlsAlerts)
