// SPDX-License-Identifier: MIT

// QWebSocket: proxies, logins and threads.

#include "compattesting.h"
#include "proxytesting.h"

#include <QtCore/qsemaphore.h>
#include <QtCore/qthread.h>

using namespace CompatTesting;

class tst_QWebSocketNetwork : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void throughAProxy_data();
    void throughAProxy();
    void proxyOfTheApplication();
    void proxyOfAFactory_data();
    void proxyOfAFactory();
    void proxyOfTheSystem();
    void noProxyOverridesTheApplication();
    void proxyAsksForALogin_data();
    void proxyAsksForALogin();
    void proxyGetsNoLogin_data();
    void proxyGetsNoLogin();
    void proxyThatIsNotThere();
    void proxyThatRefuses();
    void statusUnauthorized();
    void authenticationRequired_data();
    void authenticationRequired();
    void loginOfTheUrl();
    void loginOfTheUrlComesFirst();
    void wrongLogin();
    void objectMovesBeforeOpen();
    void objectMovesWhileOpen();
    void socketInAWorker();
};

namespace {
constexpr auto Http = QNetworkProxy::HttpProxy;
constexpr auto Socks = QNetworkProxy::Socks5Proxy;

void addTypes()
{
    QTest::addColumn<QNetworkProxy::ProxyType>("type");
    QTest::newRow("HTTP") << Http;
    QTest::newRow("SOCKS5") << Socks;
}

QUrl named(QUrl url)
{
    url.setHost(u"only-the-proxy-knows.test"_s);
    return url;
}

class Factory : public QNetworkProxyFactory
{
public:
    Factory(const QNetworkProxy &proxy, QList<QNetworkProxyQuery> *queries)
        : m_proxy(proxy), m_queries(queries)
    {
    }
    QList<QNetworkProxy> queryProxy(const QNetworkProxyQuery &query) override
    {
        m_queries->append(query);
        return {m_proxy};
    }

private:
    QNetworkProxy m_proxy;
    QList<QNetworkProxyQuery> *m_queries;
};

// Ends its thread with itself.
struct Worker
{
    Worker() { thread.start(); }
    ~Worker()
    {
        thread.quit();
        thread.wait();
    }
    // Waits for what \a function does in the thread.
    template <typename Function>
    void call(QObject *object, Function function)
    {
        QMetaObject::invokeMethod(object, function, Qt::BlockingQueuedConnection);
    }

    QThread thread;
};
} // namespace

void tst_QWebSocketNetwork::throughAProxy_data()
{
    addTypes();
}

void tst_QWebSocketNetwork::throughAProxy()
{
    QFETCH(QNetworkProxy::ProxyType, type);
    RawServer server;
    server.afterAnswer = unmaskedFrame(TextFrame, "hello");
    WorkingProxy proxy(type);
    Client client;
    client.socket.setProxy(proxy.proxy());
    client.socket.open(named(server.url()));
    WS_TRY_VERIFY(client.reports.all.contains(u"text hello"_s));
    QCOMPARE(client.reports.order(), u"state Connecting, state Connected, connected, text hello"_s);
    QCOMPARE(proxy.destinations, QStringList(u"only-the-proxy-knows.test:%1"_s.arg(server.serverPort())));
    QCOMPARE(client.socket.sendTextMessage(u"answer"_s), 6);
    WS_TRY_COMPARE(server.peer->frames().size(), 1);
    client.socket.close();
    QVERIFY(client.waitUntilDisconnected());
    WS_TRY_COMPARE(server.peer->frames().size(), 2);
}

void tst_QWebSocketNetwork::proxyOfTheApplication()
{
    RawServer server;
    WorkingProxy proxy(Http);
    QNetworkProxy::setApplicationProxy(proxy.proxy());
    QWebSocket socket;
    SocketSignals reports(&socket);
    socket.open(named(server.url()));
    WS_TRY_VERIFY(reports.all.contains(u"connected"_s));
    QNetworkProxy::setApplicationProxy(QNetworkProxy::NoProxy);
    QCOMPARE(proxy.destinations.size(), 1);
}

void tst_QWebSocketNetwork::proxyOfAFactory_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<QString>("tag");
    QTest::newRow("ws") << u"ws"_s << u"http"_s;
    QTest::newRow("wss") << u"wss"_s << u"https"_s;
}

void tst_QWebSocketNetwork::proxyOfAFactory()
{
    QFETCH(QString, scheme);
    QFETCH(QString, tag);
    RawServer server;
    WorkingProxy proxy(Http);
    QList<QNetworkProxyQuery> queries;
    QNetworkProxyFactory::setApplicationProxyFactory(new Factory(proxy.proxy(), &queries));
    QWebSocket socket;
    socket.open(named(server.url(scheme)));
    WS_TRY_COMPARE(proxy.destinations.size(), 1);
    socket.abort();
    QNetworkProxyFactory::setApplicationProxyFactory(nullptr);
    QNetworkProxy::setApplicationProxy(QNetworkProxy::NoProxy);
    QVERIFY(!queries.isEmpty());
    const QNetworkProxyQuery query = queries.first();
    QCOMPARE(query.queryType(), QNetworkProxyQuery::TcpSocket);
    QCOMPARE(query.peerHostName(), named(server.url()).host());
    QCOMPARE(query.peerPort(), int(server.serverPort()));
    QCOMPARE(query.protocolTag(), tag);
}

void tst_QWebSocketNetwork::proxyOfTheSystem()
{
    RawServer server;
    WorkingProxy proxy(Http);
    qputenv("http_proxy", "http://127.0.0.1:" + QByteArray::number(proxy.serverPort()));
    QNetworkProxyFactory::setUseSystemConfiguration(true);
    QWebSocket socket;
    SocketSignals reports(&socket);
    socket.open(named(server.url()));
    WS_TRY_VERIFY(reports.contains(u"connected"_s) || reports.contains(u"error"_s));
    QNetworkProxyFactory::setUseSystemConfiguration(false);
    QNetworkProxy::setApplicationProxy(QNetworkProxy::NoProxy);
    qunsetenv("http_proxy");
    QVERIFY(reports.all.contains(u"connected"_s));
    QCOMPARE(proxy.destinations.size(), 1);
}

void tst_QWebSocketNetwork::noProxyOverridesTheApplication()
{
    RawServer server;
    WorkingProxy proxy(Http);
    QNetworkProxy::setApplicationProxy(proxy.proxy());
    Client client; // has NoProxy
    client.socket.open(server.url());
    QVERIFY(client.waitUntilConnected());
    QNetworkProxy::setApplicationProxy(QNetworkProxy::NoProxy);
    QCOMPARE(proxy.destinations.size(), 0);
}

void tst_QWebSocketNetwork::proxyAsksForALogin_data()
{
    addTypes();
}

void tst_QWebSocketNetwork::proxyAsksForALogin()
{
    QFETCH(QNetworkProxy::ProxyType, type);
    RawServer server;
    WorkingProxy proxy(type);
    proxy.credentials = "ann:secret";
    Client client;
    client.socket.setProxy(proxy.proxy());
    QNetworkProxy asking;
    connect(&client.socket, &QWebSocket::proxyAuthenticationRequired, &client.socket,
            [&asking](const QNetworkProxy &asker, QAuthenticator *authenticator) {
                asking = asker;
                authenticator->setUser(u"ann"_s);
                authenticator->setPassword(u"secret"_s);
            });
    client.socket.open(server.url());
    QVERIFY(client.waitUntilConnected());
    QCOMPARE(client.reports.startingWith(u"proxyAuthenticationRequired"_s).size(), 1);
    QCOMPARE(asking.hostName(), u"127.0.0.1"_s);
    QCOMPARE(asking.port(), proxy.serverPort());
}

void tst_QWebSocketNetwork::proxyGetsNoLogin_data()
{
    addTypes();
}

void tst_QWebSocketNetwork::proxyGetsNoLogin()
{
    QFETCH(QNetworkProxy::ProxyType, type);
    RawServer server;
    WorkingProxy proxy(type);
    proxy.credentials = "ann:secret";
    Client client;
    client.socket.setProxy(proxy.proxy());
    client.socket.open(server.url());
    QVERIFY(waitFor(
        [&] { return client.reports.contains(u"error"_s) && client.reports.contains(u"disconnected"_s); }));
    QVERIFY(!client.socket.errorString().isEmpty());
    QVERIFY(!client.reports.all.contains(u"connected"_s));
    QCOMPARE(client.socket.error(), QAbstractSocket::ProxyAuthenticationRequiredError);
    QCOMPARE(client.reports.order(), u"state Connecting, proxyAuthenticationRequired, state Unconnected, "
                                     "disconnected 1000, error ProxyAuthenticationRequired"_s);
}

void tst_QWebSocketNetwork::proxyThatIsNotThere()
{
    RawServer server;
    QTcpServer closed;
    closed.listen(QHostAddress::LocalHost);
    const QNetworkProxy proxy(Http, u"127.0.0.1"_s, closed.serverPort());
    closed.close();
    Client client;
    client.socket.setProxy(proxy);
    client.socket.open(server.url());
    QVERIFY(waitFor(
        [&] { return client.reports.contains(u"error"_s) && client.reports.contains(u"disconnected"_s); }));
    QCOMPARE(client.socket.error(), QAbstractSocket::ProxyConnectionRefusedError);
    QCOMPARE(client.reports.order(),
             u"state Connecting, state Unconnected, disconnected 1000, error ProxyConnectionRefused"_s);
}

void tst_QWebSocketNetwork::proxyThatRefuses()
{
    RawServer server;
    FalseProxy proxy("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", true);
    Client client;
    client.socket.setProxy(proxy.proxy(Http));
    client.socket.open(server.url());
    QVERIFY(waitFor(
        [&] { return client.reports.contains(u"error"_s) && client.reports.contains(u"disconnected"_s); }));
    QCOMPARE(client.reports.order(),
             u"state Connecting, state Unconnected, disconnected 1000, error SocketAccess"_s);
}

static QByteArray unauthorized(const QByteArray &challenge)
{
    return "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: " + challenge
           + "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
}

void tst_QWebSocketNetwork::statusUnauthorized()
{
    RawServer server([](const QByteArray &) { return unauthorized("Basic realm=\"here\""); });
    server.endsAfterAnswer = true;
    Client client;
    client.socket.open(server.url());
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(client.reports.startingWith(u"error"_s).first(), u"error ConnectionRefused"_s);
}

// A signal of Qt 6.6.
void tst_QWebSocketNetwork::authenticationRequired_data()
{
    QTest::addColumn<QByteArray>("challenge");
    QTest::addColumn<QByteArray>("start");
    QTest::newRow("Basic") << QByteArray("Basic realm=\"here\"")
                           << QByteArray("Authorization: Basic YW5uOnNlY3JldA==");
    QTest::newRow("Digest") << QByteArray("Digest realm=\"here\", nonce=\"abc\", qop=\"auth\"")
                            << QByteArray("Authorization: Digest username=\"ann\"");
}

void tst_QWebSocketNetwork::authenticationRequired()
{
#if COMPAT_INTERFACE >= QT_VERSION_CHECK(6, 6, 0)
    QFETCH(QByteArray, challenge);
    QFETCH(QByteArray, start);
    int count = 0;
    RawServer server([&](const QByteArray &key) {
        return ++count == 1 ? unauthorized(challenge) : RawServer::acceptance(key);
    });
    Client client;
    QString realm;
    connect(&client.socket, &QWebSocket::authenticationRequired, &client.socket,
            [&realm](QAuthenticator *authenticator) {
                realm = authenticator->realm();
                authenticator->setUser(u"ann"_s);
                authenticator->setPassword(u"secret"_s);
            });
    client.socket.open(server.url());
    QVERIFY(client.waitUntilConnected());
    QCOMPARE(realm, u"here"_s);
    QVERIFY(server.request.contains(start));
    QVERIFY(!client.reports.contains(u"error"_s));
    QVERIFY(!client.reports.contains(u"disconnected"_s));
#endif
}

void tst_QWebSocketNetwork::loginOfTheUrl()
{
    int count = 0;
    RawServer server([&](const QByteArray &key) {
        return ++count == 1 ? unauthorized("Basic realm=\"here\"") : RawServer::acceptance(key);
    });
    QUrl url = server.url();
    url.setUserName(u"ann"_s);
    url.setPassword(u"secret"_s);
    Client client;
    client.socket.open(url);
    const bool isNew = COMPAT_INTERFACE >= QT_VERSION_CHECK(6, 6, 0); // Qt uses it too
    if (isNew || compatDiffers("login in the URL")) {
        QVERIFY(client.waitUntilConnected());
        QVERIFY(server.request.contains("Authorization: Basic YW5uOnNlY3JldA==\r\n"));
    } else {
        QVERIFY(waitFor([&] { return client.reports.contains(u"error"_s); }));
        QVERIFY(client.socket.errorString().contains(u"401"_s));
    }
}

// The program is asked only if the login of the URL is wrong.
void tst_QWebSocketNetwork::loginOfTheUrlComesFirst()
{
#if COMPAT_INTERFACE >= QT_VERSION_CHECK(6, 6, 0)
    for (const auto &[password, isAsked] : {std::pair(u"secret"_s, false), std::pair(u"wrong"_s, true)}) {
        RawServer server([&server](const QByteArray &key) {
            return server.request.contains("Authorization: Basic YW5uOnNlY3JldA==\r\n")
                       ? RawServer::acceptance(key)
                       : unauthorized("Basic realm=\"here\"");
        });
        QUrl url = server.url();
        url.setUserName(u"ann"_s);
        url.setPassword(password);
        Client client;
        int count = 0;
        connect(&client.socket, &QWebSocket::authenticationRequired, &client.socket,
                [&count](QAuthenticator *authenticator) {
                    ++count;
                    authenticator->setPassword(u"secret"_s);
                });
        client.socket.open(url);
        QVERIFY(client.waitUntilConnected());
        QCOMPARE(count > 0, isAsked);
    }
#endif
}

void tst_QWebSocketNetwork::wrongLogin()
{
#if COMPAT_INTERFACE >= QT_VERSION_CHECK(6, 6, 0)
    RawServer server([](const QByteArray &) { return unauthorized("Basic realm=\"here\""); });
    Client client;
    int count = 0;
    connect(&client.socket, &QWebSocket::authenticationRequired, &client.socket,
            [&count](QAuthenticator *authenticator) {
                if (++count == 1) {
                    authenticator->setUser(u"ann"_s);
                    authenticator->setPassword(u"wrong"_s);
                }
            });
    client.socket.open(server.url());
    QVERIFY(waitFor([&] { return client.reports.contains(u"error"_s); }));
    QVERIFY(!client.reports.all.contains(u"connected"_s));
    QVERIFY(count >= 1);
#endif
}

void tst_QWebSocketNetwork::objectMovesBeforeOpen()
{
    RawServer server;
    server.afterAnswer = unmaskedFrame(TextFrame, "hello");
    Worker worker;
    QPointer<QWebSocket> socket = new QWebSocket;
    QThread *inThread = nullptr;
    QSemaphore received;
    connect(socket, &QWebSocket::textMessageReceived, socket, [&](const QString &text) {
        inThread = QThread::currentThread();
        socket->sendTextMessage(u"re: "_s + text);
        received.release();
    });
    socket->moveToThread(&worker.thread);
    QMetaObject::invokeMethod(socket, [&] {
        socket->setProxy(QNetworkProxy::NoProxy);
        socket->open(server.url());
    });
    WS_TRY_VERIFY(received.available() > 0);
    QCOMPARE(inThread, &worker.thread);
    WS_TRY_COMPARE(server.peer->frames().size(), 1);
    QCOMPARE(server.peer->frames().first().payload, "re: hello");
    worker.call(socket, [&] { delete socket; });
    WS_TRY_VERIFY(server.peer->hasEnded);
}

void tst_QWebSocketNetwork::objectMovesWhileOpen()
{
    RawServer server;
    Worker worker;
    QPointer<QWebSocket> socket = new QWebSocket;
    SocketSignals reports(socket);
    socket->setProxy(QNetworkProxy::NoProxy);
    socket->open(server.url());
    WS_TRY_VERIFY(reports.all.contains(u"connected"_s));
    disconnect(socket, nullptr, &reports, nullptr);
    QThread *inThread = nullptr;
    QSemaphore received;
    connect(socket, &QWebSocket::textMessageReceived, socket, [&] {
        inThread = QThread::currentThread();
        received.release();
    });
    socket->moveToThread(&worker.thread);
    worker.call(socket, [&] { socket->sendTextMessage(u"from the worker"_s); });
    WS_TRY_COMPARE(server.peer->frames().size(), 1);
    server.peer->send(unmaskedFrame(TextFrame, "hello"));
    WS_TRY_VERIFY(received.available() > 0);
    QCOMPARE(inThread, &worker.thread);
    worker.call(socket, [&] { delete socket; });
    WS_TRY_VERIFY(server.peer->hasEnded);
}

void tst_QWebSocketNetwork::socketInAWorker()
{
    RawServer server;
    server.afterAnswer =
        unmaskedFrame(TextFrame, "hello") + unmaskedFrame(CloseFrame, closePayload(4000, "bye"));
    QStringList all;
    QSemaphore ended;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        Client client;
        client.socket.open(server.url());
        client.waitUntilDisconnected();
        all = client.reports.all;
        ended.release();
    }));
    thread->start();
    WS_TRY_VERIFY(ended.available() > 0);
    QVERIFY(thread->wait());
    QVERIFY(all.contains(u"text hello"_s));
    QVERIFY(all.contains(u"disconnected 4000 bye"_s));
}

QTEST_GUILESS_MAIN(tst_QWebSocketNetwork)
#include "tst_qwebsocket_network.moc"
