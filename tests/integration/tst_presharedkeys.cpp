// SPDX-License-Identifier: MIT

// Servers that know their clients by a pre-shared key, and clients that know their server by one.

#include "opensslclient.h"
#include "opensslserver.h"

#include <QtCore/qmutex.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qsslpresharedkeyauthenticator.h>

#include <stdexcept>

using namespace IntegrationTesting;

namespace {
const QByteArray Key = "0123456789abcdef"_ba;

// Without a certificate.
QSslConfiguration keyTls(QSsl::SslProtocol protocol = QSsl::TlsV1_2)
{
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setPeerVerifyMode(QSslSocket::VerifyNone);
    configuration.setProtocol(protocol);
    return configuration;
}

// A server that gives "sensor" the key, and a client that has one.
class Keyed : public Pair
{
public:
    explicit Keyed(int threadCount = 0)
    {
        server.setThreadCount(threadCount);
        QSslConfiguration tls = keyTls();
        tls.setPreSharedKeyIdentityHint("hint");
        server.setSslConfiguration(tls);
        server.setPreSharedKeyHandler([this](QSslPreSharedKeyAuthenticator *authenticator) {
            const QMutexLocker locker(&mutex);
            identities.append(authenticator->identity());
            handlerThread = QThread::currentThread();
            if (authenticator->identity() == "sensor")
                authenticator->setPreSharedKey(Key);
        });
        client.setSslConfiguration(keyTls());
        QObject::connect(&client, &WsClient::preSharedKeyAuthenticationRequired, &client,
                         [this](QSslPreSharedKeyAuthenticator *authenticator) {
                             hints.append(authenticator->identityHint());
                             authenticator->setIdentity(identity);
                             authenticator->setPreSharedKey(key);
                         });
        QObject::connect(&server, &WsServer::connectionRejected, &server,
                         [this](const WsError &error) { rejections.append(error); });
        QObject::connect(&server, &WsServer::errorOccurred, &server,
                         [this](const WsError &error) { serverErrors.append(error); });
    }

    // Whether both ends fail, without a request.
    bool fails()
    {
        return start() && waitFor([this] { return events.isClosed() && rejections.size() == 1; })
               && events.ending() == u"error Tls, closed 1015 '' unclean"
               && rejections.constFirst().kind() == Ws::ErrorKind::Tls && !peer;
    }

    QByteArray identity = "sensor";
    QByteArray key = Key;
    QByteArrayList hints;
    QList<WsError> rejections;
    QList<WsError> serverErrors;
    QMutex mutex;
    QByteArrayList identities;
    QThread *handlerThread = nullptr;
};

const QString ClientArguments = u"-psk_identity sensor -psk "_s + QString::fromLatin1(Key.toHex());
} // namespace

class TestPreSharedKeys : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keyOpens_data() { addThreadCounts(); }
    void keyOpens();
    void opensslGetsInByItsKey_data() { addThreadCounts(); }
    void opensslGetsInByItsKey();
    void opensslGetsInByItsKeyWithTls13();
    void opensslWithAnotherKeyFails();
    void otherKeyFails();
    void otherIdentityFails();
    void serverWithoutAHandlerGivesNoKey();
    void handlerThatWasRemovedIsNotAsked();
    void handlerThatThrowsGivesNoKey_data() { addThreadCounts(); }
    void handlerThatThrowsGivesNoKey();
    void handlerMayDeleteTheServer();
    void keyIsAskedForAgainOnReconnection();
    void keyIsAskedForInEachOpening();

private:
    void addThreadCounts();

    OpenSslFolder m_folder;
};

void TestPreSharedKeys::addThreadCounts()
{
    QTest::addColumn<int>("threadCount");
    QTest::newRow("own thread") << 0;
    QTest::newRow("two threads") << 2;
}

void TestPreSharedKeys::keyOpens()
{
    QFETCH(const int, threadCount);
    Keyed keyed(threadCount);
    QVERIFY(keyed.open());
    QVERIFY(keyed.client.isEncrypted());
    QCOMPARE(keyed.hints, QByteArrayList({"hint"}));
    QCOMPARE(keyed.identities, QByteArrayList({"sensor"}));
    QCOMPARE(keyed.handlerThread == QThread::currentThread(), threadCount == 0);
    QCOMPARE(keyed.handlerThread, keyed.peer->thread());
}

void TestPreSharedKeys::opensslGetsInByItsKey()
{
    QFETCH(const int, threadCount);
    Keyed keyed(threadCount);
    QVERIFY(keyed.server.listen());
    OpenSslClient client;
    QVERIFY(client.start(m_folder, keyed.server, ClientArguments + u" -tls1_2"_s));
    WS_TRY_VERIFY(client.isAccepted());
    QVERIFY2(client.output().contains("PSK identity hint: hint"), client.output().constData());
}

void TestPreSharedKeys::opensslGetsInByItsKeyWithTls13()
{
    Keyed keyed;
    keyed.server.setSslConfiguration(keyTls(QSsl::TlsV1_3));
    QVERIFY(keyed.server.listen());
    OpenSslClient client;
    QVERIFY(client.start(m_folder, keyed.server, ClientArguments + u" -tls1_3"_s));
    WS_TRY_VERIFY(client.isAccepted());
    QCOMPARE(keyed.identities, QByteArrayList({"sensor"}));
}

void TestPreSharedKeys::opensslWithAnotherKeyFails()
{
    Keyed keyed;
    QVERIFY(keyed.server.listen());
    OpenSslClient client;
    QVERIFY(client.start(m_folder, keyed.server, u"-psk_identity sensor -psk 00 -tls1_2"_s));
    WS_TRY_VERIFY(client.hasEnded());
    WS_TRY_COMPARE(keyed.rejections.size(), 1);
    QVERIFY(!client.isAccepted());
}

void TestPreSharedKeys::otherKeyFails()
{
    Keyed keyed;
    keyed.key = "other";
    QVERIFY(keyed.fails());
    QCOMPARE(keyed.identities, QByteArrayList({"sensor"}));
}

void TestPreSharedKeys::otherIdentityFails()
{
    Keyed keyed;
    keyed.identity = "stranger";
    QVERIFY(keyed.fails());
    QCOMPARE(keyed.identities, QByteArrayList({"stranger"}));
}

void TestPreSharedKeys::serverWithoutAHandlerGivesNoKey()
{
    Keyed keyed;
    keyed.server.setPreSharedKeyHandler({});
    QVERIFY(keyed.fails());
}

void TestPreSharedKeys::handlerThatWasRemovedIsNotAsked()
{
    Keyed keyed;
    QVERIFY(keyed.open());
    keyed.server.setPreSharedKeyHandler({});
    WsClient other;
    Events events(&other);
    other.setSslConfiguration(keyTls());
    connect(&other, &WsClient::preSharedKeyAuthenticationRequired, &other,
            [](QSslPreSharedKeyAuthenticator *authenticator) {
                authenticator->setIdentity("sensor");
                authenticator->setPreSharedKey(Key);
            });
    QVERIFY(other.open(keyed.url()));
    WS_TRY_COMPARE(events.ending(), u"error Tls, closed 1015 '' unclean"_s);
    QCOMPARE(keyed.identities.size(), 1);
}

void TestPreSharedKeys::handlerThatThrowsGivesNoKey()
{
    QFETCH(const int, threadCount);
    Keyed keyed(threadCount);
    keyed.server.setPreSharedKeyHandler([](QSslPreSharedKeyAuthenticator *authenticator) {
        authenticator->setPreSharedKey(Key);
        throw std::runtime_error("no database");
    });
    QVERIFY(keyed.fails());
    WS_TRY_COMPARE(keyed.serverErrors.size(), 1);
    QCOMPARE(keyed.serverErrors.constFirst().kind(), Ws::ErrorKind::Handler);
    QCOMPARE(keyed.serverErrors.constFirst().text(), u"no database"_s);
}

void TestPreSharedKeys::handlerMayDeleteTheServer()
{
    QPointer<WsServer> server = new WsServer;
    server->setSslConfiguration(keyTls());
    server->setPreSharedKeyHandler([server](QSslPreSharedKeyAuthenticator *authenticator) {
        authenticator->setPreSharedKey(Key);
        delete server.get();
    });
    QVERIFY(server->listen());
    OpenSslClient client;
    QVERIFY(client.start(m_folder, *server, ClientArguments + u" -tls1_2"_s));
    WS_TRY_VERIFY(server.isNull());
    WS_TRY_VERIFY(client.hasEnded());
    QVERIFY(!client.isAccepted());
}

void TestPreSharedKeys::keyIsAskedForAgainOnReconnection()
{
    Keyed keyed;
    WsReconnect reconnect;
    reconnect.setEnabled(true);
    reconnect.setInitialDelay(0ms);
    keyed.client.setReconnect(reconnect);
    QVERIFY(keyed.open());
    keyed.peer->abort();
    WS_TRY_VERIFY(keyed.events.startingWith(u"opened"_s).size() == 2);
    QCOMPARE(keyed.hints.size(), 2);
}

// There is no certificate by which the client could tell that a resumed session is the same server's.
void TestPreSharedKeys::keyIsAskedForInEachOpening()
{
    OpenSslServer server;
    QVERIFY(server.start(m_folder, u"-nocert -tls1_2 -psk "_s + QString::fromLatin1(Key.toHex())));
    WsClient client;
    client.setSslConfiguration(keyTls());
    int count = 0;
    connect(&client, &WsClient::preSharedKeyAuthenticationRequired, &client,
            [&count](QSslPreSharedKeyAuthenticator *authenticator) {
                ++count;
                authenticator->setIdentity("Client_identity");
                authenticator->setPreSharedKey(Key);
            });
    for (int opening = 1; opening <= 2; ++opening) {
        QVERIFY(client.open(server.url()));
        WS_TRY_COMPARE(client.state(), Ws::Open);
        client.abort();
        QCOMPARE(count, opening);
    }
    WS_TRY_COMPARE(server.handshakeCount(), 2);
    QCOMPARE(server.resumedCount(), 0);
}

#include "tst_presharedkeys.moc"

#include "../testprogram.h"

WSKIT_TEST(TestPreSharedKeys)
