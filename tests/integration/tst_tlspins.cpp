// SPDX-License-Identifier: MIT
#include "opensslserver.h"

#include <QtNetwork/qsslpresharedkeyauthenticator.h>

using namespace IntegrationTesting;

class TestTlsPins : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void pinnedServerOpens_data();
    void pinnedServerOpens();
    void otherServerGetsNoRequest();
    void strangerWhoSendsThePinnedCertificateFails();
    void pinsHoldAlthoughErrorsAreIgnored();
    void pinsHoldOnTopOfTheVerification();
    void serverWithoutACertificateFails();
    void resumedSessionStaysPinned_data();
    void resumedSessionStaysPinned();
    void pinsMayChangeDuringAnOpening();
    void plainUrlIsRefused_data();
    void plainUrlIsRefused();
    void malformedPinChangesNothing();
    void pinsAreAProperty();
    void malformedPropertyOpensNothing();

private:
    QSslConfiguration trusting(const QString &authority) const
    {
        QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
        configuration.setCaCertificates({m_folder.certificate(authority)});
        return configuration;
    }
    QString pin(const QString &name) const { return WsClient::certificatePin(m_folder.certificate(name)); }

    OpenSslFolder m_folder;
};

void TestTlsPins::initTestCase()
{
    m_folder.makeCertificate(u"root"_s, {}, true);
    m_folder.makeCertificate(u"middle"_s, u"root"_s, true);
    m_folder.makeCertificate(u"leaf"_s, u"middle"_s, false);
    m_folder.makeCertificate(u"alone"_s, {}, false);
    m_folder.makeCertificate(u"other"_s, {}, true);
    m_folder.makeCertificate(u"stranger"_s, u"other"_s, false);
    m_folder.write(u"mixed.crt"_s, m_folder.bytes(u"leaf.crt"_s) + m_folder.bytes(u"middle.crt"_s));
    QCOMPARE(pin(u"leaf"_s).size(), 44);
}

namespace {
QString withTls(const QString &certificate, const QString &chain)
{
    return u"-cert %1.crt -key %1.key -cert_chain %2.crt"_s.arg(certificate, chain);
}

QString tlsFailure()
{
    return u"error Tls, closed 1015 '' unclean"_s;
}
} // namespace

void TestTlsPins::pinnedServerOpens_data()
{
    QTest::addColumn<QString>("pinned");
    QTest::newRow("its own") << u"leaf"_s;
    QTest::newRow("its issuer, which it sends") << u"middle"_s;
    QTest::newRow("its root, which it does not send") << u"root"_s;
}

void TestTlsPins::pinnedServerOpens()
{
    QFETCH(const QString, pinned);
    OpenSslServer server;
    QVERIFY(server.start(m_folder, withTls(u"leaf"_s, u"middle"_s)));
    WsClient client;
    client.setSslConfiguration(trusting(u"root"_s));
    QVERIFY(client.setPinnedCertificates({pin(u"other"_s), u"sha256/"_s + pin(pinned)}));
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
}

void TestTlsPins::otherServerGetsNoRequest()
{
    OpenSslServer server;
    QVERIFY(server.start(m_folder, withTls(u"leaf"_s, u"middle"_s)));
    WsClient client;
    Events events(&client);
    client.setSslConfiguration(trusting(u"root"_s));
    QVERIFY(client.setPinnedCertificates({pin(u"alone"_s)}));
    QList<QSslCertificate> chain;
    connect(&client, &WsClient::errorOccurred, this,
            [&] { chain = client.sslConfiguration().peerCertificateChain(); });
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(events.ending(), tlsFailure());
    QCOMPARE(events.errors.at(0).closeCode(), Ws::TlsHandshake);
    QVERIFY(events.errors.at(0).text().contains(pin(u"leaf"_s)));
    QCOMPARE(chain, QList({m_folder.certificate(u"leaf"_s), m_folder.certificate(u"middle"_s)}));
    QVERIFY(client.setPinnedCertificates({}));
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QCOMPARE(server.requestCount(), 1); // the second
}

// What a server sends proves nothing: only certificates that vouch for its own do.
void TestTlsPins::strangerWhoSendsThePinnedCertificateFails()
{
    OpenSslServer server;
    QVERIFY(server.start(m_folder, withTls(u"stranger"_s, u"mixed"_s)));
    for (const QString &pinned : {u"leaf"_s, u"middle"_s}) {
        WsClient client;
        Events events(&client);
        client.setSslConfiguration(trusting(u"other"_s));
        QVERIFY(client.setPinnedCertificates({pin(pinned)}));
        QVERIFY(client.open(server.url()));
        WS_TRY_COMPARE(events.ending(), tlsFailure());
        QVERIFY(client.sslConfiguration().peerCertificateChain().contains(m_folder.certificate(pinned)));
        QCOMPARE(server.requestCount(), 0);
    }
}

// As a program does that knows the self-signed certificate of its server.
void TestTlsPins::pinsHoldAlthoughErrorsAreIgnored()
{
    OpenSslServer server;
    QVERIFY(server.start(m_folder, u"-cert alone.crt -key alone.key"_s));
    WsClient client;
    Events events(&client);
    client.setSslConfiguration(trusting(u"other"_s));
    client.ignoreSslErrors({QSslError(QSslError::SelfSignedCertificate, m_folder.certificate(u"alone"_s))});
    QVERIFY(client.setPinnedCertificates({pin(u"alone"_s)}));
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    client.abort();
    events.all.clear();
    client.ignoreSslErrors();
    QVERIFY(client.setPinnedCertificates({pin(u"leaf"_s)}));
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(events.ending(), tlsFailure());
}

void TestTlsPins::pinsHoldOnTopOfTheVerification()
{
    OpenSslServer server;
    QVERIFY(server.start(m_folder, u"-cert alone.crt -key alone.key"_s));
    WsClient client;
    Events events(&client);
    client.setSslConfiguration(trusting(u"other"_s));
    QVERIFY(client.setPinnedCertificates({pin(u"alone"_s)}));
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(events.ending(), tlsFailure());
}

void TestTlsPins::serverWithoutACertificateFails()
{
    OpenSslServer server;
    QVERIFY(server.start(m_folder, u"-psk 0123456789abcdef -nocert -tls1_2"_s));
    WsClient client;
    Events events(&client);
    connect(&client, &WsClient::preSharedKeyAuthenticationRequired, this,
            [](QSslPreSharedKeyAuthenticator *authenticator) {
                authenticator->setPreSharedKey(QByteArray::fromHex("0123456789abcdef"));
            });
    client.ignoreSslErrors();
    QVERIFY(client.setPinnedCertificates({pin(u"alone"_s)}));
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(events.ending(), tlsFailure());
    QVERIFY(events.errors.at(0).text().contains(u"no certificate"_s));
    QCOMPARE(server.requestCount(), 0);
}

void TestTlsPins::resumedSessionStaysPinned_data()
{
    QTest::addColumn<QString>("version");
    QTest::newRow("TLS 1.2") << u" -tls1_2"_s;
    QTest::newRow("TLS 1.3") << u" -tls1_3"_s;
}

// The certificate with the pin is not sent again.
void TestTlsPins::resumedSessionStaysPinned()
{
    QFETCH(const QString, version);
    OpenSslServer server;
    QVERIFY(server.start(m_folder, withTls(u"leaf"_s, u"middle"_s) + version));
    WsClient client;
    client.setSslConfiguration(trusting(u"root"_s));
    QVERIFY(client.setPinnedCertificates({pin(u"middle"_s)}));
    for (int i = 0; i < 3; ++i) {
        QVERIFY(client.open(server.url()));
        WS_TRY_COMPARE(client.state(), Ws::Open);
        client.abort();
    }
    WS_TRY_COMPARE(server.handshakeCount(), 3);
    QCOMPARE(server.resumedCount(), 2);
    Events events(&client);
    QVERIFY(client.setPinnedCertificates({pin(u"other"_s)}));
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(events.ending(), tlsFailure());
}

void TestTlsPins::pinsMayChangeDuringAnOpening()
{
    OpenSslServer server;
    QVERIFY(server.start(m_folder, withTls(u"leaf"_s, u"middle"_s)));
    WsClient client;
    Events events(&client);
    client.setSslConfiguration(trusting(u"root"_s));
    QVERIFY(client.open(server.url()));
    QVERIFY(client.setPinnedCertificates({pin(u"other"_s)}));
    WS_TRY_COMPARE(events.ending(), tlsFailure());
    QVERIFY(client.open(server.url()));
    QVERIFY(client.setPinnedCertificates({pin(u"leaf"_s)}));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    client.abort();
    // What was verified by another pin is not resumed.
    QVERIFY(client.setPinnedCertificates({pin(u"other"_s)}));
    events.all.clear();
    QVERIFY(client.open(server.url()));
    WS_TRY_COMPARE(events.ending(), tlsFailure());
    QCOMPARE(server.resumedCount(), 0);
    // Nor does a session that is resumed fulfil other pins than its own.
    QVERIFY(client.setPinnedCertificates({pin(u"leaf"_s)}));
    for (const QString &later : {u"leaf"_s, u"other"_s}) {
        client.abort();
        events.all.clear();
        QVERIFY(client.open(server.url()));
        QVERIFY(client.setPinnedCertificates({pin(later)}));
        WS_TRY_VERIFY(client.state() == Ws::Open || client.state() == Ws::Closed);
    }
    QCOMPARE(events.ending(), tlsFailure());
}

void TestTlsPins::plainUrlIsRefused_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::newRow("ws") << u"ws"_s;
    QTest::newRow("http") << u"http"_s;
}

void TestTlsPins::plainUrlIsRefused()
{
    QFETCH(const QString, scheme);
    WsClient client;
    Events events(&client);
    QVERIFY(client.setPinnedCertificates({pin(u"leaf"_s)}));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"pinnedCertificates is set"_s));
    QVERIFY(!client.open(QUrl(scheme + u"://localhost:1/"_s)));
    QVERIFY(client.errorString().contains(u"pinnedCertificates"_s));
    QCOMPARE(events.all, QStringList());
}

void TestTlsPins::malformedPinChangesNothing()
{
    WsClient client;
    const QStringList pins = {pin(u"leaf"_s)};
    QVERIFY(client.setPinnedCertificates(pins));
    QSignalSpy changes(&client, &WsClient::pinnedCertificatesChanged);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"\"sha256/leaf\""_s));
    QVERIFY(!client.setPinnedCertificates({pin(u"middle"_s), u"sha256/leaf"_s}));
    QVERIFY(client.errorString().contains(u"\"sha256/leaf\""_s));
    QCOMPARE(client.pinnedCertificates(), pins);
    QCOMPARE(changes.size(), 0);
}

void TestTlsPins::pinsAreAProperty()
{
    WsClient client;
    QSignalSpy changes(&client, &WsClient::pinnedCertificatesChanged);
    const QStringList pins = {pin(u"leaf"_s), u"sha256//"_s + pin(u"middle"_s)};
    QVERIFY(client.setProperty("pinnedCertificates", pins));
    QCOMPARE(client.property("pinnedCertificates").toStringList(), pins);
    QCOMPARE(changes.size(), 1);
}

// Who sets a property, as QML does, is not told that it could not be.
void TestTlsPins::malformedPropertyOpensNothing()
{
    WsClient client;
    QVERIFY(client.setProperty("pinnedCertificates", QStringList{u"sha256/leaf"_s}));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"\"sha256/leaf\""_s));
    QVERIFY(!client.open(QUrl(u"wss://localhost:1/"_s)));
    QVERIFY(client.errorString().contains(u"\"sha256/leaf\""_s));
    QVERIFY(client.setPinnedCertificates({}));
    QVERIFY(client.open(QUrl(u"wss://localhost:1/"_s)));
}

#include "tst_tlspins.moc"

#include "../testprogram.h"

WSKIT_TEST(TestTlsPins)
