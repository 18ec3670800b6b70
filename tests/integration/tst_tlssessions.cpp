// SPDX-License-Identifier: MIT
#include "../opendescriptors.h"
#include "opensslserver.h"

#include "../unit/heldmemory.h"

using namespace IntegrationTesting;

class TestTlsSessions : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void nextOpeningResumesTheSession_data() { addVersions(); }
    void nextOpeningResumesTheSession();
    void changedSettingsBeginASession_data();
    void changedSettingsBeginASession();
    void anotherNameIsVerified();
    void authorityThatIsTrustedNoMoreIsNoticed();
    void ignoredErrorsAreReportedAgain();
    void certificateThatHasExpiredSinceIsNoticed_data() { addVersions(); }
    void certificateThatHasExpiredSinceIsNoticed();
    void serverWithAnExpiredCertificateIsNoticed();
    void serverThatHasLostItsTicketsIsOpened();
    void resumingTransfersLess();
    void manyOpeningsLeaveNothingBehind();

private:
    static void addVersions()
    {
        QTest::addColumn<QString>("version");
        QTest::newRow("TLS 1.2") << u" -tls1_2"_s;
        QTest::newRow("TLS 1.3") << u" -tls1_3"_s;
    }
    QSslConfiguration settings() const
    {
        QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
        configuration.setCaCertificates({m_folder.certificate(u"root"_s)});
        return configuration;
    }
    static QString withTls(const QString &certificate, const QString &more = {})
    {
        return u"-cert %1.crt -key %1.key -cert_chain middle.crt"_s.arg(certificate) + more;
    }

    OpenSslFolder m_folder;
};

void TestTlsSessions::initTestCase()
{
    m_folder.makeCertificate(u"root"_s, {}, true);
    m_folder.makeCertificate(u"other"_s, {}, true);
    m_folder.makeCertificate(u"middle"_s, u"root"_s, true);
    m_folder.makeCertificate(u"leaf"_s, u"middle"_s, false);
    m_folder.makeEndingCertificate(u"expired"_s, u"middle"_s, QDateTime::currentDateTimeUtc().addSecs(-60));
    QVERIFY(!m_folder.certificate(u"leaf"_s).isNull());
    QVERIFY(!m_folder.certificate(u"expired"_s).isNull());
}

namespace {
bool open(WsClient &client, const QUrl &url)
{
    client.abort();
    return client.open(url)
           && waitFor([&] { return client.state() == Ws::Open || client.state() == Ws::Closed; })
           && client.state() == Ws::Open;
}
} // namespace

void TestTlsSessions::nextOpeningResumesTheSession()
{
    QFETCH(const QString, version);
    OpenSslServer server;
    QVERIFY(server.start(m_folder, withTls(u"leaf"_s, version)));
    WsClient client;
    client.setSslConfiguration(settings());
    for (int i = 0; i < 4; ++i) {
        QVERIFY(open(client, server.url()));
        WS_TRY_COMPARE(server.resumedCount(), i);
        QCOMPARE(client.sslConfiguration().peerCertificate(), m_folder.certificate(u"leaf"_s));
    }
    QCOMPARE(server.handshakeCount(), 4);
}

void TestTlsSessions::changedSettingsBeginASession_data()
{
    QTest::addColumn<QString>("setting");
    QTest::newRow("host") << u"host"_s;
    QTest::newRow("name") << u"name"_s;
    QTest::newRow("authorities") << u"authorities"_s;
    QTest::newRow("verification") << u"verification"_s;
    QTest::newRow("ignored errors") << u"ignored"_s;
    QTest::newRow("pins") << u"pins"_s;
    QTest::newRow("sessions turned off") << u"off"_s;
}

void TestTlsSessions::changedSettingsBeginASession()
{
    QFETCH(const QString, setting);
    OpenSslServer server;
    QVERIFY(server.start(m_folder, withTls(u"leaf"_s)));
    WsClient client;
    QSslConfiguration tls = settings();
    client.setSslConfiguration(tls);
    QVERIFY(open(client, server.url()));
    client.abort();
    if (setting == u"authorities")
        tls.setCaCertificates(tls.caCertificates() + QList{m_folder.certificate(u"other"_s)});
    else if (setting == u"verification")
        tls.setPeerVerifyDepth(5);
    else if (setting == u"ignored")
        client.ignoreSslErrors(QList<QSslError>());
    else if (setting == u"name")
        client.setPeerVerifyName(u"127.0.0.1"_s);
    else if (setting == u"pins")
        QVERIFY(client.setPinnedCertificates({WsClient::certificatePin(m_folder.certificate(u"leaf"_s))}));
    else if (setting == u"off")
        tls.setSslOption(QSsl::SslOptionDisableSessionTickets, true);
    client.setSslConfiguration(tls);
    QVERIFY(open(client, server.url(setting == u"host" ? u"127.0.0.1"_s : u"localhost"_s)));
    WS_TRY_COMPARE(server.handshakeCount(), 2);
    QVERIFY(open(client, server.url(setting == u"host" ? u"127.0.0.1"_s : u"localhost"_s)));
    WS_TRY_COMPARE(server.handshakeCount(), 3);
    QCOMPARE(server.resumedCount(), setting == u"off" ? 0 : 1); // the third
}

void TestTlsSessions::anotherNameIsVerified()
{
    OpenSslServer server;
    QVERIFY(server.start(m_folder, withTls(u"leaf"_s)));
    WsClient client;
    client.setSslConfiguration(settings());
    QVERIFY(open(client, server.url()));
    QSignalSpy errors(&client, &WsClient::sslErrors);
    client.setPeerVerifyName(u"elsewhere.test"_s);
    QVERIFY(!open(client, server.url()));
    QCOMPARE(errors.size(), 1);
    QCOMPARE(errors.at(0).at(0).value<QList<QSslError>>().value(0).error(), QSslError::HostNameMismatch);
}

// OpenSSL would resume the session without a word.
void TestTlsSessions::authorityThatIsTrustedNoMoreIsNoticed()
{
    OpenSslServer server;
    QVERIFY(server.start(m_folder, withTls(u"leaf"_s)));
    WsClient client;
    client.setSslConfiguration(settings());
    QVERIFY(open(client, server.url()));
    QVERIFY(client.setCaCertificates(m_folder.path(u"other.crt"_s)));
    QSignalSpy errors(&client, &WsClient::sslErrors);
    QVERIFY(!open(client, server.url()));
    QCOMPARE(errors.size(), 1);
    QCOMPARE(client.closeCode(), Ws::TlsHandshake);
}

void TestTlsSessions::ignoredErrorsAreReportedAgain()
{
    OpenSslServer server;
    QVERIFY(server.start(m_folder, withTls(u"leaf"_s)));
    WsClient client;
    client.setSslConfiguration(settings());
    QVERIFY(client.setCaCertificates(m_folder.path(u"other.crt"_s)));
    QSignalSpy errors(&client, &WsClient::sslErrors);
    client.ignoreSslErrors();
    for (int i = 1; i <= 3; ++i) {
        QVERIFY(open(client, server.url()));
        QCOMPARE(errors.size(), i);
    }
    WS_TRY_COMPARE(server.handshakeCount(), 3);
    QCOMPARE(server.resumedCount(), 0);
    client.abort();
    client.ignoreSslErrors(QList<QSslError>());
    QVERIFY(!open(client, server.url()));
}

void TestTlsSessions::certificateThatHasExpiredSinceIsNoticed()
{
    QFETCH(const QString, version);
    OpenSslServer server;
    WsClient client;
    client.setSslConfiguration(settings());
    // A loaded machine may need longer for the first opening than the certificate is valid.
    for (int seconds = 3; client.state() != Ws::Open && seconds < 100; seconds *= 3) {
        const QDateTime end = QDateTime::currentDateTimeUtc().addSecs(seconds);
        m_folder.makeEndingCertificate(u"short"_s, u"middle"_s, end);
        server.stop();
        QVERIFY(server.start(m_folder, withTls(u"short"_s, version)));
        (void)open(client, server.url());
    }
    QCOMPARE(client.state(), Ws::Open);
    client.abort();
    const QDateTime expiry = m_folder.certificate(u"short"_s).expiryDate();
    WS_TRY_VERIFY(QDateTime::currentDateTimeUtc() > expiry.addSecs(1));
    QList<QSslError> errors;
    connect(&client, &WsClient::sslErrors, this, [&](const QList<QSslError> &list) { errors = list; });
    QVERIFY(!open(client, server.url()));
    QCOMPARE(errors.size(), 1);
    QCOMPARE(errors.at(0).error(), QSslError::CertificateExpired);
    QCOMPARE(client.closeCode(), Ws::TlsHandshake);
}

void TestTlsSessions::serverWithAnExpiredCertificateIsNoticed()
{
    OpenSslServer server;
    QVERIFY(server.start(m_folder, withTls(u"leaf"_s)));
    WsClient client;
    client.setSslConfiguration(settings());
    QVERIFY(open(client, server.url()));
    client.abort();
    server.stop();
    QVERIFY(server.start(m_folder, withTls(u"expired"_s), server.port()));
    QList<QSslError> errors;
    connect(&client, &WsClient::sslErrors, this, [&](const QList<QSslError> &list) { errors = list; });
    QVERIFY(!open(client, server.url()));
    QCOMPARE(errors.size(), 1);
    QCOMPARE(errors.at(0).error(), QSslError::CertificateExpired);
}

void TestTlsSessions::serverThatHasLostItsTicketsIsOpened()
{
    OpenSslServer server;
    QVERIFY(server.start(m_folder, withTls(u"leaf"_s)));
    WsClient client;
    client.setSslConfiguration(settings());
    QVERIFY(open(client, server.url()));
    client.abort();
    server.stop();
    QVERIFY(server.start(m_folder, withTls(u"leaf"_s), server.port()));
    QVERIFY(open(client, server.url()));
    WS_TRY_COMPARE(server.handshakeCount(), 1);
    QCOMPARE(server.resumedCount(), 0);
    QVERIFY(open(client, server.url()));
    WS_TRY_COMPARE(server.resumedCount(), 1);
}

namespace {
// Passes everything between a client and a server on, and counts it.
class Relay : public QTcpServer
{
public:
    explicit Relay(quint16 serverPort) : m_serverPort(serverPort) { listen(QHostAddress::LocalHost); }

    qint64 sent = 0;     // by the client
    qint64 received = 0; // by the client
    int flights = 0;     // changes of the direction

protected:
    void incomingConnection(qintptr descriptor) override
    {
        auto *const client = new QTcpSocket(this);
        client->setSocketDescriptor(descriptor);
        auto *const server = new QTcpSocket(client);
        server->setProxy(QNetworkProxy::NoProxy);
        server->connectToHost(QHostAddress::LocalHost, m_serverPort);
        connect(client, &QIODevice::readyRead, server, [=, this] { pass(client, server, &sent); });
        connect(server, &QIODevice::readyRead, client, [=, this] { pass(server, client, &received); });
        connect(client, &QAbstractSocket::disconnected, client, [=] {
            server->abort();
            client->deleteLater();
        });
    }

private:
    void pass(QTcpSocket *from, QTcpSocket *to, qint64 *count)
    {
        const QByteArray bytes = from->readAll();
        *count += bytes.size();
        if (std::exchange(m_last, from) != from)
            ++flights;
        to->write(bytes);
    }

    const quint16 m_serverPort;
    const QTcpSocket *m_last = nullptr;
};
} // namespace

void TestTlsSessions::resumingTransfersLess()
{
    OpenSslServer server;
    QVERIFY(server.start(m_folder, withTls(u"leaf"_s)));
    Relay relay(server.port());
    WsClient client;
    client.setSslConfiguration(settings());
    const QUrl url(u"wss://localhost:%1/"_s.arg(relay.serverPort()));
    QVERIFY(open(client, url));
    const qint64 full = relay.received;
    if (qEnvironmentVariableIsSet("WSKIT_SHOW_MEMORY"))
        qInfo("full: %lld sent, %lld received, %d flights", relay.sent, full, relay.flights);
    relay.sent = relay.received = relay.flights = 0;
    QVERIFY(open(client, url));
    if (qEnvironmentVariableIsSet("WSKIT_SHOW_MEMORY"))
        qInfo("resumed: %lld sent, %lld received, %d flights", relay.sent, relay.received, relay.flights);
    QVERIFY2(relay.received < full * 3 / 4, qPrintable(u"%1 of %2"_s.arg(relay.received).arg(full)));
}

void TestTlsSessions::manyOpeningsLeaveNothingBehind()
{
    constexpr int Count = 200;
    OpenSslServer server;
    QVERIFY(server.start(m_folder, withTls(u"leaf"_s)));
    WsClient client;
    client.setSslConfiguration(settings());
    const auto openMany = [&](int count) {
        for (int i = 0; i < count; ++i) {
            if (!open(client, server.url()))
                return false;
        }
        client.abort();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        return true;
    };
    QVERIFY(openMany(20));
    const qsizetype outputBefore = server.output().capacity();
    const qsizetype descriptorsBefore = openDescriptorCount();
    const HeldMemory memory;
    QVERIFY(openMany(Count));
    QVERIFY(server.resumedCount() >= Count);
    WS_TRY_VERIFY(openDescriptorCount() <= descriptorsBefore);
    if (HeldMemory::IsAvailable) {
        const qint64 growth = memory.growth() - (server.output().capacity() - outputBefore);
        QVERIFY2(growth < 64 * KiB, qPrintable(QString::number(growth)));
    }
}

#include "tst_tlssessions.moc"

#include "../testprogram.h"

WSKIT_TEST(TestTlsSessions)
