// SPDX-License-Identifier: MIT

// QWebSocketServer in secure mode.

#include "servertesting.h"

#include <QtNetwork/qsslcipher.h>
#include <QtNetwork/qsslpresharedkeyauthenticator.h>
#include <QtNetwork/qsslsocket.h>
#include <QtNetwork/qtcpserver.h>

using namespace ServerTesting;

namespace {
constexpr auto Secure = QWebSocketServer::SecureMode;

QSslConfiguration askingTls(QSslSocket::PeerVerifyMode mode)
{
    QSslConfiguration configuration = serverTls();
    configuration.setPeerVerifyMode(mode);
    return configuration;
}

// TLS 1.2 with a key that both know, and no certificate.
QSslConfiguration pskTls()
{
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setProtocol(QSsl::TlsV1_2);
    configuration.setPeerVerifyMode(QSslSocket::VerifyNone);
    return configuration;
}

// A secure server, and what it emits about TLS.
class SecureServer : public Server
{
public:
    explicit SecureServer(const QSslConfiguration &configuration = serverTls()) : Server(Secure)
    {
        setSslConfiguration(configuration);
        connect(this, &QWebSocketServer::peerVerifyError, this,
                [this](const QSslError &error) { verifyErrors.append(error.error()); });
        connect(this, &QWebSocketServer::sslErrors, this, [this](const QList<QSslError> &list) {
            for (const QSslError &error : list)
                reported.append(error.error());
        });
        connect(this, &QWebSocketServer::alertReceived, this,
                [this](QSsl::AlertLevel, QSsl::AlertType type, const QString &text) {
                    received.append(int(type));
                    texts.append(text);
                });
        connect(this, &QWebSocketServer::alertSent, this,
                [this](QSsl::AlertLevel, QSsl::AlertType type) { sent.append(int(type)); });
        connect(this, &QWebSocketServer::handshakeInterruptedOnError, this,
                [this](const QSslError &error) { interruptions.append(error.error()); });
    }

    QList<QSslError::SslError> verifyErrors;
    QList<QSslError::SslError> reported;
    QList<QSslError::SslError> interruptions;
    QList<int> received;
    QList<int> sent;
    QStringList texts;
};

// A client that trusts the authority of the tests; with \a name has that certificate.
class SecureClient : public Client
{
public:
    explicit SecureClient(const QString &name = {}) { setSslConfiguration(tlsConfiguration(name)); }
};
} // namespace

class TestTls : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void secureClientIsAccepted();
    void acceptedSocketHasTheConfiguration();
    void configurationCountsForTheNextClients();
    void clientThatDoesNotTrustTheServerIsNotAccepted();
    void serverWithoutACertificateAcceptsNobody();
    void plainClientIsNotAccepted();
    void silentClientIsCut();
    void secureClientOfAPlainServerIsNotAccepted();
    void certificateOfAClientIsSeen();
    void clientNeedsNoCertificateByDefault();
    void untrustedCertificateIsReported_data();
    void untrustedCertificateIsReported();
    void certificateThatIsQueriedNeedNotBeTrusted();
    void noCertificateIsAskedForIfNoneIsVerified();
    void alertOfTheClientIsReported();
    void endOfTlsIsNoAlertOfTheServer();
    void handshakeThatIsInterruptedIsReported();
    void preSharedKeyIsAsked();
    void wrongPreSharedKeyIsRefused();
    void encryptedSocketIsAccepted();
    void manyMessagesOverTls();
};

void TestTls::secureClientIsAccepted()
{
    SecureServer server;
    QVERIFY(server.start());
    SecureClient client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    QCOMPARE(server.last()->requestUrl(), server.url(u"/"_s));
    QCOMPARE(server.last()->state(), QAbstractSocket::ConnectedState);
    server.last()->sendTextMessage(u"hello"_s);
    WS_TRY_COMPARE(client.messages, QStringList(u"hello"_s));
    QCOMPARE(server.verifyErrors.size(), 0);
    QCOMPARE(server.reported.size(), 0);
    QCOMPARE(server.errors.size(), 0);
    QCOMPARE(server.acceptErrors.size(), 0);
}

void TestTls::acceptedSocketHasTheConfiguration()
{
    SecureServer server;
    QVERIFY(server.start());
    SecureClient client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    const QSslConfiguration used = server.last()->sslConfiguration();
    QCOMPARE(used.localCertificate(), certificate(u"server"_s));
    QVERIFY(!used.sessionCipher().isNull());
    QCOMPARE(client.sslConfiguration().peerCertificate(), certificate(u"server"_s));
}

void TestTls::configurationCountsForTheNextClients()
{
    SecureServer server(tlsConfiguration(u"elsewhere"_s));
    QVERIFY(server.start());
    SecureClient before;
    QVERIFY(!before.openAndWait(server.url()));
    server.setSslConfiguration(serverTls());
    SecureClient after;
    QVERIFY(after.openAndWait(server.url()));
}

void TestTls::clientThatDoesNotTrustTheServerIsNotAccepted()
{
    SecureServer server(tlsConfiguration(u"selfsigned"_s));
    QVERIFY(server.start());
    SecureClient client;
    QVERIFY(!client.openAndWait(server.url()));
    QCOMPARE(client.errors.value(0), QAbstractSocket::SslHandshakeFailedError);
    QCOMPARE(server.newConnections, 0);
}

void TestTls::serverWithoutACertificateAcceptsNobody()
{
    SecureServer server{QSslConfiguration::defaultConfiguration()};
    QVERIFY(server.start());
    SecureClient client;
    QVERIFY(!client.openAndWait(server.url()));
    QCOMPARE(server.newConnections, 0);
    QVERIFY(!client.isValid());
    QCOMPARE(client.errors.value(0), QAbstractSocket::SslHandshakeFailedError);
    QCOMPARE(server.errors.size(), 0);
}

void TestTls::plainClientIsNotAccepted()
{
    SecureServer server;
    QVERIFY(server.start());
    RawClient client(server.url(), RawClient::request());
    WS_TRY_VERIFY(client.isEnded());
    QVERIFY(!client.received().contains("101"));
    QCOMPARE(server.newConnections, 0);
    QCOMPARE(server.errors.size(), 0);
    QCOMPARE(server.acceptErrors.size(), 0);
}

void TestTls::silentClientIsCut()
{
    SecureServer server;
    server.setHandshakeTimeout(50);
    QVERIFY(server.start());
    RawClient client(server.url());
    WS_TRY_COMPARE(client.socket.state(), QAbstractSocket::ConnectedState);
    WS_TRY_VERIFY(client.isEnded());
    QCOMPARE(server.newConnections, 0);
}

void TestTls::secureClientOfAPlainServerIsNotAccepted()
{
    Server server;
    server.setHandshakeTimeout(200); // which Qt waits for
    QVERIFY(server.start());
    QUrl url = server.url();
    url.setScheme(u"wss"_s);
    SecureClient client;
    QVERIFY(!client.openAndWait(url));
    QCOMPARE(server.newConnections, 0);
}

void TestTls::certificateOfAClientIsSeen()
{
    SecureServer server(askingTls(QSslSocket::VerifyPeer));
    QVERIFY(server.start());
    SecureClient client(u"client"_s);
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    QCOMPARE(server.last()->sslConfiguration().peerCertificate(), certificate(u"client"_s));
    QCOMPARE(server.verifyErrors.size(), 0);
}

void TestTls::clientNeedsNoCertificateByDefault()
{
    SecureServer server;
    QVERIFY(server.start());
    SecureClient client(u"stranger"_s);
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    QCOMPARE(server.last()->sslConfiguration().peerCertificate(), certificate(u"stranger"_s));
    SecureClient none;
    QVERIFY(none.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 2);
    QVERIFY(server.last()->sslConfiguration().peerCertificate().isNull());
}

// What the server emits, by the certificate of the client.
void TestTls::untrustedCertificateIsReported_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QSslError::SslError>("error");
    QTest::newRow("nobody vouches for it") << u"stranger"_s << QSslError::SelfSignedCertificate;
    QTest::newRow("none") << QString() << QSslError::NoPeerCertificate;
}

void TestTls::untrustedCertificateIsReported()
{
    QFETCH(const QString, name);
    QFETCH(const QSslError::SslError, error);
    SecureServer server(askingTls(QSslSocket::VerifyPeer));
    QVERIFY(server.start());
    SecureClient client(name);
    client.open(server.url());
    WS_TRY_VERIFY(!client.errors.isEmpty());
    QCOMPARE(server.verifyErrors, QList{error});
    QCOMPARE(server.reported, QList{error});
    QCOMPARE(server.interruptions.size(), 0);
    QCOMPARE(server.newConnections, 0);
    QCOMPARE(server.errors.size(), 0);
    WS_TRY_COMPARE(client.state(), QAbstractSocket::UnconnectedState);
}

void TestTls::certificateThatIsQueriedNeedNotBeTrusted()
{
    SecureServer server(askingTls(QSslSocket::QueryPeer));
    QVERIFY(server.start());
    SecureClient client(u"stranger"_s);
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    QCOMPARE(server.verifyErrors, QList{QSslError::SelfSignedCertificate});
    QCOMPARE(server.reported, QList{QSslError::SelfSignedCertificate});
}

void TestTls::noCertificateIsAskedForIfNoneIsVerified()
{
    SecureServer server(askingTls(QSslSocket::VerifyNone));
    QVERIFY(server.start());
    SecureClient client(u"client"_s);
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    QVERIFY(server.last()->sslConfiguration().peerCertificate().isNull());
    QCOMPARE(server.reported.size(), 0);
}

void TestTls::alertOfTheClientIsReported()
{
    SecureServer server(tlsConfiguration(u"selfsigned"_s));
    QVERIFY(server.start());
    SecureClient client;
    QSslConfiguration configuration = tlsConfiguration();
    configuration.setHandshakeMustInterruptOnError(true); // which sends the alert
    client.setSslConfiguration(configuration);
    QVERIFY(!client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.received, QList{int(QSsl::AlertType::UnknownCa)});
    QVERIFY(!server.texts.value(0).isEmpty());
    QCOMPARE(server.newConnections, 0);
}

// close_notify, which both sides send, is an alert for clients only.
void TestTls::endOfTlsIsNoAlertOfTheServer()
{
    SecureServer server;
    QVERIFY(server.start());
    SecureClient client;
    QList<int> sent;
    connect(&client, &QWebSocket::alertSent, this,
            [&sent](QSsl::AlertLevel, QSsl::AlertType type) { sent.append(int(type)); });
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    QWebSocket *const accepted = server.last();
    client.close();
    WS_TRY_COMPARE(accepted->state(), QAbstractSocket::UnconnectedState);
    SecureClient next;
    QVERIFY(next.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 2);
    server.last()->close();
    WS_TRY_COMPARE(next.state(), QAbstractSocket::UnconnectedState);
    QCOMPARE(sent, QList{int(QSsl::AlertType::CloseNotify)});
    QCOMPARE(server.sent, QList<int>());
}

void TestTls::handshakeThatIsInterruptedIsReported()
{
    QSslConfiguration configuration = askingTls(QSslSocket::VerifyPeer);
    configuration.setHandshakeMustInterruptOnError(true);
    SecureServer server(configuration);
    QVERIFY(server.start());
    SecureClient client(u"stranger"_s);
    client.open(server.url());
    WS_TRY_VERIFY(!client.errors.isEmpty());
    QCOMPARE(server.interruptions, QList{QSslError::SelfSignedCertificate});
    QCOMPARE(server.verifyErrors.size(), 0);
    QCOMPARE(server.reported.size(), 0);
    QCOMPARE(server.sent, QList{int(QSsl::AlertType::UnknownCa)});
    QCOMPARE(server.newConnections, 0);
}

void TestTls::preSharedKeyIsAsked()
{
    SecureServer server(pskTls());
    connect(&server, &QWebSocketServer::preSharedKeyAuthenticationRequired, this,
            [](QSslPreSharedKeyAuthenticator *authenticator) {
                if (authenticator->identity() == "the client")
                    authenticator->setPreSharedKey("the key");
            });
    QVERIFY(server.start());
    Client client;
    client.setSslConfiguration(pskTls());
    connect(&client, &QWebSocket::preSharedKeyAuthenticationRequired, this,
            [](QSslPreSharedKeyAuthenticator *authenticator) {
                authenticator->setIdentity("the client");
                authenticator->setPreSharedKey("the key");
            });
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    QVERIFY(server.last()->sslConfiguration().sessionCipher().name().contains(u"PSK"));
}

void TestTls::wrongPreSharedKeyIsRefused()
{
    SecureServer server(pskTls());
    connect(
        &server, &QWebSocketServer::preSharedKeyAuthenticationRequired, this,
        [](QSslPreSharedKeyAuthenticator *authenticator) { authenticator->setPreSharedKey("another key"); });
    QVERIFY(server.start());
    Client client;
    client.setSslConfiguration(pskTls());
    connect(&client, &QWebSocket::preSharedKeyAuthenticationRequired, this,
            [](QSslPreSharedKeyAuthenticator *authenticator) {
                authenticator->setIdentity("the client");
                authenticator->setPreSharedKey("the key");
            });
    QVERIFY(!client.openAndWait(server.url()));
    QCOMPARE(server.newConnections, 0);
}

void TestTls::encryptedSocketIsAccepted()
{
    class Door : public QTcpServer
    {
    public:
        explicit Door(QWebSocketServer *server) : m_server(server) { listen(QHostAddress::LocalHost); }
        void incomingConnection(qintptr descriptor) override
        {
            auto *const socket = new QSslSocket;
            socket->setSocketDescriptor(descriptor);
            socket->setSslConfiguration(serverTls());
            QObject::connect(socket, &QSslSocket::encrypted, m_server,
                             [this, socket] { m_server->handleConnection(socket); });
            socket->startServerEncryption();
        }

    private:
        QWebSocketServer *const m_server;
    };
    Server server(Secure);
    Door door(&server);
    SecureClient client;
    QVERIFY(client.openAndWait(QUrl(u"wss://127.0.0.1:%1"_s.arg(door.serverPort()))));
    WS_TRY_COMPARE(server.newConnections, 1);
    server.last()->sendTextMessage(u"hello"_s);
    WS_TRY_COMPARE(client.messages, QStringList(u"hello"_s));
}

void TestTls::manyMessagesOverTls()
{
    SecureServer server;
    QVERIFY(server.start());
    SecureClient client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    qint64 size = 0;
    connect(server.last(), &QWebSocket::binaryMessageReceived, this,
            [&size](const QByteArray &message) { size += message.size(); });
    for (int i = 0; i < 100; ++i)
        client.sendBinaryMessage(QByteArray(20000, char(i)));
    WS_TRY_COMPARE(size, 100 * 20000);
}

QTEST_GUILESS_MAIN(TestTls)
#include "tst_qwebsocketserver_tls.moc"
