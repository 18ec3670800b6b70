// SPDX-License-Identifier: MIT

// WsClient through the proxies of other projects.

#include "forwardproxy.h"

#include "integrationtesting.h"

#include <QtCore/qthread.h>
#include <QtNetwork/qauthenticator.h>

using namespace IntegrationTesting;
using Program = ForwardProxy::Program;

namespace {
struct ProgramRow
{
    const char *name;
    Program program;
};
constexpr std::array<ProgramRow, 7> Programs = {{{"tinyproxy", Program::Tinyproxy},
                                                 {"tinyproxy, Basic", Program::TinyproxyBasic},
                                                 {"squid, Basic", Program::SquidBasic},
                                                 {"squid, Digest", Program::SquidDigest},
                                                 {"microsocks", Program::Microsocks},
                                                 {"microsocks, password", Program::MicrosocksPassword},
                                                 {"dante", Program::Dante}}};

// The host is a name, which the proxy looks up.
struct ProxiedPair : Pair
{
    explicit ProxiedPair(Program program, bool isTls = false) : Pair(isTls), proxy(program)
    {
        WsOptions options = patientOptions();
        options.setMaxMessageSize(16 * MiB);
        options.setMaxBufferedAmount(32 * MiB);
        setOptions(options);
    }

    bool start(const QString &password = u"secret"_s)
    {
        const bool isReady = server.listen() && proxy.start();
        client.setProxy(proxy.asks() ? proxy.proxy(u"user"_s, password) : proxy.proxy());
        return isReady;
    }
    bool open() { return start() && client.open(url()) && waitUntilOpen(); }
    QString failure()
    {
        if (!client.open(url()) || !waitFor([this] { return events.isClosed(); }))
            return client.errorString();
        return events.ending();
    }

    ForwardProxy proxy;
};
} // namespace

class TestForwardProxies : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void messagesPassBothWays_data() { addPrograms(true); }
    void messagesPassBothWays();
    void slotAnswersTheProxy_data() { addPrograms(false, true); }
    void slotAnswersTheProxy();
    void wrongPasswordFails_data() { addPrograms(false, true); }
    void wrongPasswordFails();
    void abortedConnectionEndsAtTheServer_data() { addPrograms(false); }
    void abortedConnectionEndsAtTheServer();
    void threadWithoutEventLoopWaits_data() { addPrograms(false); }
    void threadWithoutEventLoopWaits();
    void openClientMoves_data() { addPrograms(false); }
    void openClientMoves();
    void clientSeesThatTheProxyDies_data() { addPrograms(false); }
    void clientSeesThatTheProxyDies();
    void missingServerIsAnErrorOfTheProxy_data() { addPrograms(false); }
    void missingServerIsAnErrorOfTheProxy();
    void applicationProxyIsUsed();

private:
    static void addPrograms(bool withTls, bool thatAsk = false)
    {
        QTest::addColumn<Program>("program");
        QTest::addColumn<bool>("isTls");
        for (const ProgramRow &row : Programs) {
            if (thatAsk && !ForwardProxy(row.program).asks())
                continue;
            QTest::addRow("ws, %s", row.name) << row.program << false;
            if (withTls)
                QTest::addRow("wss, %s", row.name) << row.program << true;
        }
    }
};

void TestForwardProxies::messagesPassBothWays()
{
    QFETCH(const Program, program);
    QFETCH(const bool, isTls);
    ProxiedPair pair(program, isTls);
    QVERIFY2(pair.open(), qPrintable(pair.client.errorString()));
    QCOMPARE(pair.client.isEncrypted(), isTls);
    const QByteArray message = pattern(16 * MiB);
    QList<QByteArray> received;
    pair.events.keepsMessages = pair.peerEvents->keepsMessages = false;
    for (WsConnection *end : {static_cast<WsConnection *>(&pair.client), pair.peer.get()}) {
        connect(end, &WsConnection::binaryMessageReceived, this,
                [&received](const QByteArray &data) { received.append(data); });
    }
    // One after the other: microsocks stops reading from one end while the other takes nothing.
    QVERIFY(pair.client.sendBinary(message));
    WS_TRY_COMPARE(received.size(), 1);
    QVERIFY(pair.peer->sendBinary(message));
    WS_TRY_COMPARE(received.size(), 2);
    QVERIFY(received[0] == message && received[1] == message);
    QVERIFY(pair.peer->close(Ws::Normal, u"bye"_s));
    WS_TRY_VERIFY(pair.events.isClosed() && pair.peerEvents->isClosed());
    QCOMPARE(pair.events.ending(), u"closed 1000 'bye' clean"_s);
    QCOMPARE(pair.peerEvents->ending(), u"closed 1000 'bye' clean"_s);
}

void TestForwardProxies::slotAnswersTheProxy()
{
    QFETCH(const Program, program);
    ProxiedPair pair(program);
    QVERIFY(pair.start());
    pair.client.setProxy(pair.proxy.proxy());
    int count = 0;
    connect(&pair.client, &WsClient::proxyAuthenticationRequired, this,
            [&](const QNetworkProxy &proxy, QAuthenticator *authenticator) {
                ++count;
                QCOMPARE(proxy.port(), pair.proxy.proxy().port());
                authenticator->setUser(u"user"_s);
                authenticator->setPassword(u"secret"_s);
            });
    QVERIFY(pair.client.open(pair.url()) && pair.waitUntilOpen());
    QCOMPARE(count, 1);
}

void TestForwardProxies::wrongPasswordFails()
{
    QFETCH(const Program, program);
    ProxiedPair pair(program);
    QVERIFY(pair.start(u"hush"_s));
    int count = 0;
    connect(&pair.client, &WsClient::proxyAuthenticationRequired, this,
            [&count](const QNetworkProxy &, QAuthenticator *authenticator) {
                ++count;
                authenticator->setUser(u"user"_s);
                authenticator->setPassword(u"wrong"_s);
            });
    QCOMPARE(pair.failure(), u"error Proxy, closed 1006 '' unclean"_s);
    const WsError error = pair.events.errors.first();
    if (program != Program::TinyproxyBasic) // which answers with 401 instead of 407
        QCOMPARE(error.socketError(), QAbstractSocket::ProxyAuthenticationRequiredError);
    QVERIFY(!error.text().contains(u"wrong"_s) && !error.text().contains(u"hush"_s));
    QCOMPARE_LE(count, 2);
}

void TestForwardProxies::abortedConnectionEndsAtTheServer()
{
    QFETCH(const Program, program);
    ProxiedPair pair(program);
    QVERIFY(pair.open());
    pair.client.abort();
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->ending(), u"error Network, closed 1006 '' unclean"_s);
}

void TestForwardProxies::threadWithoutEventLoopWaits()
{
    QFETCH(const Program, program);
    ProxiedPair pair(program);
    QVERIFY(pair.start());
    pair.server.setConnectionHandler([](WsConnection *connection) {
        connect(connection, &WsConnection::messageReceived, connection,
                [connection](const WsMessage &message) { connection->send(message); });
    });
    const QUrl url = pair.url();
    const QNetworkProxy proxy = pair.client.proxy();
    QByteArray received;
    std::unique_ptr<QThread> thread(QThread::create([&] {
        WsClient client;
        client.setOptions(patientOptions());
        client.setSslConfiguration(tlsConfiguration());
        client.setProxy(proxy);
        if (!client.open(url) || !client.waitForOpened(std::chrono::milliseconds(Patience))) {
            received = "not open: " + client.errorString().toUtf8();
            return;
        }
        client.sendText("hello");
        if (const auto message = client.waitForMessage(std::chrono::milliseconds(Patience)))
            received = message->data();
    }));
    thread->start();
    WS_TRY_VERIFY(thread->isFinished());
    QCOMPARE(received, "hello");
}

void TestForwardProxies::openClientMoves()
{
    QFETCH(const Program, program);
    ProxiedPair pair(program);
    QVERIFY(pair.open());
    QThread thread;
    thread.start();
    pair.client.moveToThread(&thread);
    QVERIFY(pair.peer->sendText("after the move"));
    WS_TRY_COMPARE(pair.events.messages(), QStringList(u"text after the move"_s));
    QVERIFY(pair.client.sendText("from another thread"));
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList(u"text from another thread"_s));
    QMetaObject::invokeMethod(
        &pair.client, [&] { pair.client.moveToThread(QCoreApplication::instance()->thread()); },
        Qt::BlockingQueuedConnection);
    thread.quit();
    QVERIFY(thread.wait());
}

void TestForwardProxies::clientSeesThatTheProxyDies()
{
    QFETCH(const Program, program);
    ProxiedPair pair(program);
    QVERIFY(pair.open());
    pair.proxy.kill();
    WS_TRY_VERIFY(pair.events.isClosed() && pair.peerEvents->isClosed());
    QCOMPARE(pair.events.ending(), u"error Network, closed 1006 '' unclean"_s);
}

void TestForwardProxies::missingServerIsAnErrorOfTheProxy()
{
    QFETCH(const Program, program);
    ProxiedPair pair(program);
    QVERIFY(pair.start());
    const QUrl url = pair.url();
    pair.server.close();
    QVERIFY(pair.client.open(url));
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.events.ending(), u"error Proxy, closed 1006 '' unclean"_s);
    const QString text = pair.events.errors.first().text();
    QVERIFY(text.startsWith(u"the proxy 127.0.0.1:%1 has not connected to localhost:%2: "_s.arg(
        QString::number(pair.proxy.proxy().port()), QString::number(url.port()))));
}

// Qt itself connects to loopback directly, so the name is one that only stands for it.
void TestForwardProxies::applicationProxyIsUsed()
{
    ProxiedPair pair(Program::Microsocks);
    QVERIFY(pair.start());
    pair.client.setProxy(QNetworkProxy::DefaultProxy);
    QNetworkProxy::setApplicationProxy(pair.proxy.proxy());
    QUrl url = pair.url();
    url.setHost(u"ip6-localhost"_s);
    QVERIFY(pair.client.open(url));
    WS_TRY_VERIFY(pair.client.state() != Ws::Connecting);
    const quint16 port = pair.client.peerPort();
    QNetworkProxy::setApplicationProxy(QNetworkProxy::NoProxy);
    if (pair.client.state() == Ws::Open)
        QCOMPARE(port, pair.proxy.proxy().port());
    else
        QCOMPARE(pair.events.errors.first().kind(), Ws::ErrorKind::Proxy); // it listens on IPv4 alone
}

QTEST_GUILESS_MAIN(TestForwardProxies)
#include "tst_forwardproxies.moc"
