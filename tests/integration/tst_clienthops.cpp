// SPDX-License-Identifier: MIT

// Openings of more than one request, over real sockets: redirects and logins.

#include "../opendescriptors.h"
#include "../unit/heldmemory.h"
#include "integrationtesting.h"

#include <QtCore/qthread.h>
#include <QtNetwork/qauthenticator.h>
#include <QtNetwork/qnetworkcookiejar.h>

#include <atomic>

using namespace IntegrationTesting;

namespace {
const QByteArray Login = "Basic " + QByteArray("user:right").toBase64();

// Answers /to/<n> with a redirect to what is set for it, /private with 401 unless the login is right, and
// accepts the rest. In a thread of its own, so that clients may block theirs.
class HopServer : public WsServer
{
public:
    explicit HopServer(const QSslConfiguration &tls = {})
    {
        setThreadCount(1);
        if (!tls.isNull())
            setSslConfiguration(tls);
        setRequestHandler([this](const WsRequest &request) {
            ++requestCount;
            if (request.path() == u"/private" && request.header("Authorization") != Login)
                return WsResponse::reject(401, "who?", {{"WWW-Authenticate", "Basic realm=\"home\""}});
            if (request.path().startsWith(u"/to/"))
                return WsResponse::reject(302, {},
                                          {{"Location", location}, {"Set-Cookie", "seen=1; Path=/"}});
            return WsResponse::accept();
        });
        setConnectionHandler([](WsConnection *connection) {
            const WsRequest request = connection->request();
            connection->sendText(u"%1 auth=%2 cookie=%3 certificate=%4"_s.arg(
                request.path(), QString::fromLatin1(request.header("Authorization")),
                QString::fromLatin1(request.header("Cookie")),
                connection->sslConfiguration().peerCertificate().subjectDisplayName()));
        });
    }

    QUrl url(const QString &path) const
    {
        QUrl url = serverUrl();
        url.setHost(u"localhost"_s);
        url.setPath(path);
        return url;
    }

    QByteArray location; // before it listens to anybody
    std::atomic<int> requestCount{0};
};

QSslConfiguration askingTls()
{
    QSslConfiguration tls = serverTls();
    tls.setPeerVerifyMode(QSslSocket::QueryPeer);
    return tls;
}

// Opens and returns the first message, or the ending.
QString openedWith(WsClient *client, const QUrl &url)
{
    Events events(client);
    if (!client->open(url))
        return client->errorString();
    if (!waitFor([&] { return !events.messages().isEmpty() || events.isClosed(); }))
        return u"nothing happens"_s;
    return events.messages().isEmpty() ? events.ending() + u": "_s + client->errorString()
                                       : events.messages().constFirst();
}

void logIn(WsClient *client)
{
    QObject::connect(client, &WsClient::authenticationRequired, client, [](QAuthenticator *authenticator) {
        authenticator->setUser(u"user"_s);
        authenticator->setPassword(u"right"_s);
    });
}
} // namespace

class TestClientHops : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void redirectIsFollowed_data();
    void redirectIsFollowed();
    void redirectOutOfTlsIsNotFollowed();
    void redirectsOfTwoServersToEachOtherEnd();
    void loginOpensTheConnection_data() { addSchemes(); }
    void loginOpensTheConnection();
    void hopsGoOnInAThreadWithoutAnEventLoop_data() { addSchemes(); }
    void hopsGoOnInAThreadWithoutAnEventLoop();
    void slotMayMoveTheClient_data();
    void slotMayMoveTheClient();
    void slotOfTheFirstStateMayMoveTheClient();
    void filterMayMoveTheClient();
    void thousandOpeningsLeaveNothing_data();
    void thousandOpeningsLeaveNothing();
};

void TestClientHops::redirectIsFollowed_data()
{
    QTest::addColumn<bool>("isFirstTls");
    QTest::addColumn<bool>("isSecondTls");
    QTest::addColumn<bool>("isSameServer");
    QTest::addColumn<QString>("expected");
    const QString none = u"text /b auth= cookie= certificate="_s;
    const QString all = u"text /b auth=Bearer x cookie=seen=1 certificate="_s;
    // Cookies do not know ports (RFC 6265 §8.5).
    const QString cookie = u"text /b auth= cookie=seen=1 certificate="_s;
    QTest::newRow("ws to ws") << false << false << false << cookie;
    QTest::newRow("ws to wss") << false << true << false << cookie;
    QTest::newRow("wss to wss") << true << true << false << cookie;
    QTest::newRow("ws to itself") << false << false << true << all;
    QTest::newRow("wss to itself") << true << true << true << all + u"WsKit test client"_s;
}

void TestClientHops::redirectIsFollowed()
{
    QFETCH(const bool, isFirstTls);
    QFETCH(const bool, isSecondTls);
    QFETCH(const bool, isSameServer);
    QFETCH(const QString, expected);
    HopServer first(isFirstTls ? askingTls() : QSslConfiguration());
    HopServer second(isSecondTls ? askingTls() : QSslConfiguration());
    QVERIFY(first.listen() && second.listen());
    first.location = isSameServer ? "/b"_ba : second.url(u"/b"_s).toEncoded();
    WsClient client;
    QNetworkCookieJar jar;
    client.setCookieJar(&jar);
    client.setSslConfiguration(tlsConfiguration(u"client"_s));
    client.setHeader("Authorization", "Bearer x");
    client.setMaxRedirects(1);
    QSignalSpy redirected(&client, &WsClient::redirected);
    QCOMPARE(openedWith(&client, first.url(u"/to/b"_s)), expected);
    QCOMPARE(redirected.count(), 1);
    QCOMPARE(redirected.at(0).at(0).toUrl(), (isSameServer ? first : second).url(u"/b"_s));
    QCOMPARE(client.isEncrypted(), isSecondTls);
    QCOMPARE(client.url(), first.url(u"/to/b"_s));
    QVERIFY(client.close());
    WS_TRY_COMPARE(client.state(), Ws::Closed);
    QCOMPARE(client.closeCode(), quint16(Ws::Normal));
}

void TestClientHops::redirectOutOfTlsIsNotFollowed()
{
    HopServer first(serverTls());
    HopServer second;
    QVERIFY(first.listen() && second.listen());
    first.location = second.url(u"/b"_s).toEncoded();
    WsClient client;
    client.setSslConfiguration(tlsConfiguration());
    client.setMaxRedirects(1);
    QVERIFY(openedWith(&client, first.url(u"/to/b"_s)).contains(u"it leads from wss to ws"_s));
    QCOMPARE(second.requestCount.load(), 0);
}

void TestClientHops::redirectsOfTwoServersToEachOtherEnd()
{
    HopServer first;
    HopServer second;
    QVERIFY(first.listen() && second.listen());
    first.location = second.url(u"/to/a"_s).toEncoded();
    second.location = first.url(u"/to/b"_s).toEncoded();
    WsClient client;
    client.setMaxRedirects(20);
    const QString a = u'"' + first.url(u"/to/b"_s).toString() + u'"';
    const QString b = u'"' + second.url(u"/to/a"_s).toString() + u'"';
    QVERIFY(openedWith(&client, first.url(u"/to/b"_s))
                .endsWith(u"round in a circle: "_s + a + u" -> "_s + b + u" -> "_s + a));
    QCOMPARE(first.requestCount.load() + second.requestCount.load(), 2);
}

void TestClientHops::loginOpensTheConnection()
{
    QFETCH(const bool, isTls);
    HopServer server(isTls ? serverTls() : QSslConfiguration());
    QVERIFY(server.listen());
    WsClient client;
    client.setSslConfiguration(tlsConfiguration());
    logIn(&client);
    int asked = 0;
    connect(&client, &WsClient::authenticationRequired, &client, [&] { ++asked; });
    const QString expected = u"text /private auth="_s + QString::fromLatin1(Login);
    QVERIFY(openedWith(&client, server.url(u"/private"_s)).startsWith(expected));
    client.abort();
    QVERIFY(openedWith(&client, server.url(u"/private"_s)).startsWith(expected));
    QCOMPARE(asked, 1);
    QCOMPARE(server.requestCount.load(), 3);
}

void TestClientHops::hopsGoOnInAThreadWithoutAnEventLoop()
{
    QFETCH(const bool, isTls);
    HopServer server(isTls ? serverTls() : QSslConfiguration());
    QVERIFY(server.listen());
    server.location = "/private";
    const QUrl url = server.url(u"/to/b"_s);
    QString text;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        WsClient client;
        client.setSslConfiguration(tlsConfiguration());
        client.setMaxRedirects(1);
        logIn(&client);
        for (int i = 0; i < 3; ++i) {
            if (!client.open(url) || !client.waitForOpened(std::chrono::milliseconds(Patience))) {
                text = client.errorString();
                return;
            }
            text = client.waitForMessage(std::chrono::milliseconds(Patience)).value_or(WsMessage()).text();
            client.close();
            client.waitForClosed(std::chrono::milliseconds(Patience));
        }
    }));
    thread->start();
    WS_TRY_VERIFY(thread->isFinished());
    QVERIFY2(text.startsWith(u"/private auth="_s + QString::fromLatin1(Login)), qPrintable(text));
    QCOMPARE(server.requestCount.load(), 3 + 2 + 2);
}

void TestClientHops::slotMayMoveTheClient_data()
{
    addSchemes();
}

void TestClientHops::slotMayMoveTheClient()
{
    QFETCH(const bool, isTls);
    for (const bool isRedirect : {true, false}) {
        for (const bool isAnswered : {true, false}) {
            HopServer server(isTls ? serverTls() : QSslConfiguration());
            QVERIFY(server.listen());
            server.location = "/b";
            QThread thread;
            thread.start();
            auto *const client = new WsClient;
            client->setSslConfiguration(tlsConfiguration());
            client->setMaxRedirects(1);
            QObject context;
            const auto move = [&] { client->moveToThread(&thread); };
            std::atomic<bool> hasOpened{false};
            std::atomic<bool> hasClosed{false};
            connect(client, &WsClient::opened, client,
                    [&] { hasOpened = QThread::currentThread() == &thread; });
            connect(client, &WsClient::closed, client,
                    [&] { hasClosed = QThread::currentThread() == &thread; });
            if (isRedirect)
                connect(client, &WsClient::redirected, &context, move, Qt::DirectConnection);
            else
                connect(
                    client, &WsClient::authenticationRequired, &context,
                    [&](QAuthenticator *authenticator) {
                        if (isAnswered) {
                            authenticator->setUser(u"user"_s);
                            authenticator->setPassword(u"right"_s);
                        }
                        move();
                        authenticator->setPassword(u"too late"_s);
                    },
                    Qt::DirectConnection);
            QVERIFY(client->open(server.url(isRedirect ? u"/to/b"_s : u"/private"_s)));
            const bool opens = isRedirect || isAnswered;
            WS_TRY_VERIFY(opens ? hasOpened.load() : hasClosed.load());
            if (!opens)
                QCOMPARE(client->response().body(), "who?"_ba);
            client->deleteLater();
            thread.quit();
            QVERIFY(thread.wait());
        }
    }
}

// Once it then never connected.
void TestClientHops::slotOfTheFirstStateMayMoveTheClient()
{
    HopServer server;
    QVERIFY(server.listen());
    QThread thread;
    thread.start();
    auto *const client = new WsClient;
    std::atomic<bool> hasOpened{false};
    connect(client, &WsClient::opened, client, [&] { hasOpened = QThread::currentThread() == &thread; });
    QObject context;
    connect(
        client, &WsClient::stateChanged, &context,
        [&] {
            if (client->thread() != &thread)
                client->moveToThread(&thread);
        },
        Qt::DirectConnection);
    QVERIFY(client->open(server.url(u"/"_s)));
    WS_TRY_VERIFY(hasOpened);
    client->deleteLater();
    thread.quit();
    QVERIFY(thread.wait());
}

void TestClientHops::filterMayMoveTheClient()
{
    HopServer server;
    QVERIFY(server.listen());
    QThread thread;
    thread.start();
    auto *const client = new WsClient;
    std::atomic<bool> hasOpened{false};
    std::atomic<int> count{0};
    connect(client, &WsClient::opened, client, [&] { hasOpened = QThread::currentThread() == &thread; });
    client->setRequestFilter([&](WsRequest &) {
        if (count++ == 0)
            client->moveToThread(&thread);
    });
    QVERIFY(client->open(server.url(u"/"_s)));
    WS_TRY_VERIFY(hasOpened);
    QCOMPARE(count.load(), 2); // again in the new thread
    client->deleteLater();
    thread.quit();
    QVERIFY(thread.wait());
}

void TestClientHops::thousandOpeningsLeaveNothing_data()
{
    QTest::addColumn<QString>("path");
    QTest::newRow("redirect") << u"/to/b"_s;
    QTest::newRow("login") << u"/private"_s;
}

void TestClientHops::thousandOpeningsLeaveNothing()
{
    QFETCH(const QString, path);
    HopServer server;
    QVERIFY(server.listen());
    server.location = "/b";
    const auto openOnce = [&] {
        WsClient client; // a new one, which knows no login
        client.setMaxRedirects(1);
        logIn(&client);
        return client.open(server.url(path)) && waitFor([&] { return client.state() == Ws::Open; });
    };
    for (int i = 0; i < 200; ++i)
        QVERIFY(openOnce());
    WS_TRY_COMPARE(server.connectionCount(), 0);
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    const qsizetype descriptorsBefore = openDescriptorCount();
    const HeldMemory memory;
    for (int i = 0; i < 1000; ++i)
        QVERIFY(openOnce());
    WS_TRY_COMPARE(server.connectionCount(), 0);
    WS_TRY_VERIFY(openDescriptorCount() <= descriptorsBefore); // one more may have been closing then
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    QVERIFY2(memory.growth() < 100 * KiB, QByteArray::number(memory.growth()));
}

#include "../testprogram.h"
WSKIT_TEST(TestClientHops)
#include "tst_clienthops.moc"
