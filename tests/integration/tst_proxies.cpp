// SPDX-License-Identifier: MIT

// Clients that connect through a proxy. tests/interop/tst_proxies does the same with real ones.

#include "../heldport.h"
#include "../opendescriptors.h"
#include "../unit/heldmemory.h"
#include "integrationtesting.h"
#include "proxytesting.h"

#include <QtCore/qeventloop.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qauthenticator.h>
#include <QtNetwork/qhostinfo.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <thread>

using namespace IntegrationTesting;

namespace {
constexpr auto Http = QNetworkProxy::HttpProxy;
constexpr auto Socks = QNetworkProxy::Socks5Proxy;

void addTypes()
{
    QTest::addColumn<QNetworkProxy::ProxyType>("type");
    QTest::newRow("HTTP") << Http;
    QTest::newRow("SOCKS5") << Socks;
}

// A server of which only the proxy knows the name.
struct ProxiedPair : Pair
{
    explicit ProxiedPair(bool isTls = false) : Pair(isTls)
    {
        isListening = server.listen();
        client.setPeerVerifyName(u"localhost"_s);
    }
    QUrl url() const
    {
        QUrl url = server.serverUrl();
        url.setHost(u"only.the.proxy.knows.test"_s);
        return url;
    }
    QString destination() const { return url().host() + u':' + QString::number(server.serverPort()); }
    bool open() { return isListening && client.open(url()) && waitUntilOpen(); }
    bool fail()
    {
        return isListening && client.open(url()) && waitFor([this] { return events.isClosed(); });
    }
    bool echoes(const QByteArray &payload)
    {
        const qsizetype before = events.messages().size();
        return client.sendBinary(payload) && waitFor([&] { return peerEvents->messageCount > 0; })
               && peer->sendBinary(payload) && waitFor([&] { return events.messages().size() > before; })
               && peerEvents->messages().last() == u"binary "_s + QString::fromUtf8(payload)
               && events.messages().last() == u"binary "_s + QString::fromUtf8(payload);
    }

    bool isListening = false;
};

// Answers proxyAuthenticationRequired() with one password after the other.
struct Answers
{
    Answers(WsClient *client, const QStringList &passwords)
    {
        QObject::connect(client, &WsClient::proxyAuthenticationRequired, client,
                         [this, passwords](const QNetworkProxy &, QAuthenticator *authenticator) {
                             const QString password = passwords.value(count++, passwords.last());
                             authenticator->setUser(u"user"_s);
                             authenticator->setPassword(password);
                         });
    }
    int count = 0;
};

class ApplicationProxy
{
public:
    explicit ApplicationProxy(const QNetworkProxy &proxy) { QNetworkProxy::setApplicationProxy(proxy); }
    ~ApplicationProxy() { QNetworkProxy::setApplicationProxy(QNetworkProxy::NoProxy); }
    Q_DISABLE_COPY_MOVE(ApplicationProxy)
};

class Factory : public QNetworkProxyFactory
{
public:
    explicit Factory(const QList<QNetworkProxy> &proxies) : m_proxies(proxies) { }
    QList<QNetworkProxy> queryProxy(const QNetworkProxyQuery &query) override
    {
        queries.append(u"%1:%2 %3"_s.arg(query.peerHostName()).arg(query.peerPort()).arg(query.queryType()));
        return m_proxies;
    }
    static inline QStringList queries;

private:
    const QList<QNetworkProxy> m_proxies;
};

// Listens on a port of 127.0.0.1, but accepts nobody, and more clients than it has are not answered.
class BusyPort
{
public:
    explicit BusyPort(quint16 port)
    {
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        const auto *const anyAddress = reinterpret_cast<const sockaddr *>(&address);
        const int on = 1;
        ::setsockopt(m_server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (::bind(m_server, anyAddress, sizeof address) != 0 || ::listen(m_server, 0) != 0)
            return;
        m_isFull = ::connect(m_client, anyAddress, sizeof address) == 0;
    }
    ~BusyPort()
    {
        ::close(m_client);
        ::close(m_server);
    }
    Q_DISABLE_COPY_MOVE(BusyPort)

    bool isFull() const { return m_isFull; }

private:
    const int m_server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int m_client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool m_isFull = false;
};
} // namespace

class TestProxies : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { QNetworkProxyFactory::setApplicationProxyFactory(nullptr); }
    void clientConnectsThroughTheProxy_data();
    void clientConnectsThroughTheProxy();
    void credentialsOfTheProxyAreUsedWithoutAsking_data() { addTypes(); }
    void credentialsOfTheProxyAreUsedWithoutAsking();
    void slotAnswersTheProxy_data() { addTypes(); }
    void slotAnswersTheProxy();
    void slotMayCorrectItsAnswer();
    void openingFailsWithoutAnAnswer_data() { addTypes(); }
    void openingFailsWithoutAnAnswer();
    void wrongAnswerIsNotRepeated();
    void answerIsUsedAgain_data() { addTypes(); }
    void answerIsUsedAgain();
    void answerIsUsedAgainAfterARedirect();
    void answerIsUsedAgainAlthoughTheServerCannotBeReached();
    void answerIsForgottenOnceTheProxyRejectsIt_data() { addTypes(); }
    void answerIsForgottenOnceTheProxyRejectsIt();
    void timeLimitStandsStillWhileSlotsAnswer();
    void slotMayEndTheClient_data();
    void slotMayEndTheClient();
    void slotOfAWaitMayRunAnEventLoop_data();
    void slotOfAWaitMayRunAnEventLoop();
    void slotMayMoveTheClient();
    void errorIsNotLostInAMove_data() { addTypes(); }
    void errorIsNotLostInAMove();
    void addressOfIpv6NeedsSocks();
    void falseAnswerFailsTheOpening_data();
    void falseAnswerFailsTheOpening();
    void endlessAnswerIsCutOff();
    void silentProxyIsNamed_data() { addTypes(); }
    void silentProxyIsNamed();
    void unreachableProxyIsNamed();
    void applicationProxyIsUsed();
    void loopbackIsNotProxiedByTheApplicationsProxy();
    void loginOfTheUrlIsNotSentUnaskedThroughAProxy_data() { addTypes(); }
    void loginOfTheUrlIsNotSentUnaskedThroughAProxy();
    void factoryIsAsked();
    void proxyThatCannotTunnelIsAnError_data();
    void proxyThatCannotTunnelIsAnError();
    void noProxyOptsOut();
    void urlSetsTheProxy_data();
    void urlSetsTheProxy();
    void wrongUrlIsMisuse_data();
    void wrongUrlIsMisuse();
    void threadWithoutEventLoopWaitsForTheProxy_data() { addTypes(); }
    void threadWithoutEventLoopWaitsForTheProxy();
    void waitingForASilentProxyEnds_data();
    void waitingForASilentProxyEnds();
    void waitForTheNextAddressOfAProxyEndsInTime_data() { addTypes(); }
    void waitForTheNextAddressOfAProxyEndsInTime();
    void shortWaitsReachTheServer_data() { addTypes(); }
    void shortWaitsReachTheServer();
    void threadOfTheSystemWaitsForTheProxy_data() { addTypes(); }
    void threadOfTheSystemWaitsForTheProxy();
    void openClientMovesToAnotherThread_data() { addTypes(); }
    void openClientMovesToAnotherThread();
    void endOfTheProxyEndsTheConnection();
    void unreadMessagesHoldThePeerUp_data() { addTypes(); }
    void unreadMessagesHoldThePeerUp();
    void serverUsesNoDescriptorOfAProxiedSocket();
    void cyclesLeaveNothing_data() { addTypes(); }
    void cyclesLeaveNothing();
};

void TestProxies::clientConnectsThroughTheProxy_data()
{
    QTest::addColumn<QNetworkProxy::ProxyType>("type");
    QTest::addColumn<bool>("isTls");
    for (const bool isTls : {false, true}) {
        QTest::addRow("%s through HTTP", isTls ? "wss" : "ws") << Http << isTls;
        QTest::addRow("%s through SOCKS5", isTls ? "wss" : "ws") << Socks << isTls;
    }
}

void TestProxies::clientConnectsThroughTheProxy()
{
    QFETCH(const QNetworkProxy::ProxyType, type);
    QFETCH(const bool, isTls);
    WorkingProxy proxy(type);
    ProxiedPair pair(isTls);
    pair.client.setProxy(proxy.proxy());
    QVERIFY(pair.open());
    QCOMPARE(proxy.destinations, QStringList(pair.destination()));
    QCOMPARE(pair.client.isEncrypted(), isTls);
    QCOMPARE(pair.peer->request().header("Host"), pair.destination().toLatin1());
    QCOMPARE(pair.client.peerPort(), proxy.serverPort());
    QVERIFY(pair.echoes("hello"));
    QVERIFY(pair.client.close(Ws::Normal, u"bye"_s));
    WS_TRY_VERIFY(pair.events.isClosed() && pair.peerEvents->isClosed());
    QCOMPARE(pair.events.ending(), u"closed 1000 'bye' clean"_s);
    QCOMPARE(pair.peerEvents->ending(), u"closed 1000 'bye' clean"_s);
}

void TestProxies::credentialsOfTheProxyAreUsedWithoutAsking()
{
    QFETCH(const QNetworkProxy::ProxyType, type);
    WorkingProxy proxy(type);
    proxy.credentials = "user:secret";
    ProxiedPair pair;
    const Answers answers(&pair.client, {u"wrong"_s});
    pair.client.setProxy(proxy.proxy(u"user"_s, u"secret"_s));
    QVERIFY(pair.open());
    QCOMPARE(answers.count, 0);
}

void TestProxies::slotAnswersTheProxy()
{
    QFETCH(const QNetworkProxy::ProxyType, type);
    WorkingProxy proxy(type);
    proxy.credentials = "user:secret";
    ProxiedPair pair;
    const Answers answers(&pair.client, {u"secret"_s});
    pair.client.setProxy(proxy.proxy());
    QVERIFY(pair.open());
    QCOMPARE(answers.count, 1);
}

void TestProxies::slotMayCorrectItsAnswer()
{
    WorkingProxy proxy(Http);
    proxy.credentials = "user:secret";
    ProxiedPair pair;
    const Answers answers(&pair.client, {u"wrong"_s, u"wrong too"_s, u"secret"_s});
    pair.client.setProxy(proxy.proxy());
    QVERIFY(pair.open());
    QCOMPARE(answers.count, 3);
}

void TestProxies::openingFailsWithoutAnAnswer()
{
    QFETCH(const QNetworkProxy::ProxyType, type);
    WorkingProxy proxy(type);
    proxy.credentials = "user:secret";
    ProxiedPair pair;
    pair.client.setProxy(proxy.proxy());
    QVERIFY(pair.fail());
    QCOMPARE(pair.events.ending(), u"error Proxy, closed 1006 '' unclean"_s);
    QCOMPARE(pair.events.errors.first().socketError(), QAbstractSocket::ProxyAuthenticationRequiredError);
}

void TestProxies::wrongAnswerIsNotRepeated()
{
    WorkingProxy proxy(Http);
    proxy.credentials = "user:secret";
    ProxiedPair pair;
    const Answers answers(&pair.client, {u"wrong"_s});
    pair.client.setProxy(proxy.proxy());
    QVERIFY(pair.fail());
    QCOMPARE(pair.events.ending(), u"error Proxy, closed 1006 '' unclean"_s);
    const QString text = pair.events.errors.first().text();
    QVERIFY2(text.contains(u"127.0.0.1:%1 "_s.arg(proxy.serverPort())) && text.contains(pair.destination()),
             qPrintable(text));
    QVERIFY(!text.contains(u"wrong"_s));
    QCOMPARE(answers.count, 2);
    QCOMPARE(proxy.refusalCount, 2); // without credentials and with the wrong ones
}

void TestProxies::answerIsUsedAgain()
{
    QFETCH(const QNetworkProxy::ProxyType, type);
    WorkingProxy proxy(type);
    proxy.credentials = "user:secret";
    ProxiedPair pair;
    Answers answers(&pair.client, {u"secret"_s});
    pair.client.setProxy(proxy.proxy());
    for (int i = 0; i < 2; ++i) {
        QVERIFY(pair.open());
        QCOMPARE(answers.count, 1);
        pair.client.abort();
    }
    QCOMPARE(pair.client.proxy(), proxy.proxy()); // which says nothing about the answer
    pair.client.setProxy(proxy.proxy());
    QVERIFY(pair.open());
    QCOMPARE(answers.count, 2);
}

void TestProxies::answerIsUsedAgainAfterARedirect()
{
    WorkingProxy proxy(Http);
    proxy.credentials = "user:secret";
    ProxiedPair pair;
    pair.server.setRequestHandler([](const WsRequest &request) {
        return request.path() == u"/new" ? WsResponse::accept()
                                         : WsResponse::reject(307, {}, {{"Location", "/new"}});
    });
    Answers answers(&pair.client, {u"secret"_s});
    pair.client.setProxy(proxy.proxy());
    pair.client.setMaxRedirects(1);
    QVERIFY(pair.open());
    QCOMPARE(proxy.destinations.size(), 2);
    QCOMPARE(answers.count, 1);
}

// A client that reconnects must not ask its user at each attempt.
void TestProxies::answerIsUsedAgainAlthoughTheServerCannotBeReached()
{
    QTcpServer proxy;
    QVERIFY(proxy.listen(QHostAddress::LocalHost));
    connect(&proxy, &QTcpServer::newConnection, this, [&] {
        QTcpSocket *const socket = proxy.nextPendingConnection();
        connect(socket, &QIODevice::readyRead, socket, [socket] {
            const bool isWelcome = socket->readAll().contains("Proxy-Authorization: Basic ");
            socket->write(isWelcome ? "HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n"
                                    : "HTTP/1.1 407 Who\r\nContent-Length: 0\r\n"
                                      "Proxy-Authenticate: Basic realm=\"test\"\r\n\r\n");
        });
    });
    ProxiedPair pair;
    Answers answers(&pair.client, {u"secret"_s});
    pair.client.setProxy(QNetworkProxy(Http, u"127.0.0.1"_s, proxy.serverPort()));
    for (int i = 0; i < 3; ++i) {
        pair.events.all.clear();
        QVERIFY(pair.fail());
        QCOMPARE(answers.count, 1);
    }
}

void TestProxies::answerIsForgottenOnceTheProxyRejectsIt()
{
    QFETCH(const QNetworkProxy::ProxyType, type);
    WorkingProxy proxy(type);
    proxy.credentials = "user:secret";
    ProxiedPair pair;
    Answers answers(&pair.client, {u"secret"_s, u"other"_s});
    pair.client.setProxy(proxy.proxy());
    QVERIFY(pair.open());
    pair.client.abort();
    proxy.credentials = "user:other";
    QVERIFY(pair.open());
    QCOMPARE(answers.count, 2);
}

void TestProxies::timeLimitStandsStillWhileSlotsAnswer()
{
    WorkingProxy proxy(Http);
    proxy.credentials = "user:secret";
    ProxiedPair pair;
    WsOptions options;
    options.setHandshakeTimeout(1500ms);
    pair.client.setOptions(options);
    pair.client.setProxy(proxy.proxy());
    connect(&pair.client, &WsClient::proxyAuthenticationRequired, this,
            [](const QNetworkProxy &, QAuthenticator *authenticator) {
                QEventLoop dialog;
                QTimer::singleShot(1600ms, &dialog, &QEventLoop::quit);
                dialog.exec();
                authenticator->setUser(u"user"_s);
                authenticator->setPassword(u"secret"_s);
            });
    QVERIFY(pair.open());
}

void TestProxies::slotMayEndTheClient_data()
{
    QTest::addColumn<QNetworkProxy::ProxyType>("type");
    QTest::addColumn<QString>("how");
    for (const QString &how : {u"abort"_s, u"delete"_s, u"reopen"_s}) {
        QTest::addRow("%s, HTTP", qPrintable(how)) << Http << how;
        QTest::addRow("%s, SOCKS5", qPrintable(how)) << Socks << how;
    }
}

void TestProxies::slotMayEndTheClient()
{
    QFETCH(const QNetworkProxy::ProxyType, type);
    QFETCH(const QString, how);
    WorkingProxy proxy(type);
    proxy.credentials = "user:secret";
    ProxiedPair pair;
    auto *const client = new WsClient;
    const QPointer<WsClient> pointer(client);
    Events events(client);
    client->setProxy(proxy.proxy());
    connect(client, &WsClient::proxyAuthenticationRequired, this, [&] {
        if (how == u"delete") {
            delete client;
            return;
        }
        client->abort();
        if (how == u"reopen") {
            client->setProxy(QNetworkProxy::NoProxy);
            (void)client->open(pair.server.serverUrl());
        }
    });
    QVERIFY(pair.isListening && client->open(pair.url()));
    if (how == u"delete") {
        WS_TRY_VERIFY(!pointer);
        WS_TRY_VERIFY(proxy.tunnels.isEmpty() || !proxy.tunnels.first());
        return;
    }
    if (how == u"reopen")
        WS_TRY_COMPARE(client->state(), Ws::Open);
    else
        WS_TRY_COMPARE(client->state(), Ws::Closed);
    WS_TRY_VERIFY(!proxy.tunnels.first());
    QVERIFY(events.errors.isEmpty());
    delete client;
}

void TestProxies::slotOfAWaitMayRunAnEventLoop_data()
{
    QTest::addColumn<bool>("isAsked");
    QTest::newRow("the proxy refuses") << false;
    QTest::newRow("the proxy asks") << true;
}

// What the transport has posted to its socket, which lives on, must not reach the transport, which does not.
void TestProxies::slotOfAWaitMayRunAnEventLoop()
{
    QFETCH(const bool, isAsked);
    const HeldPort nobody;
    WorkingProxy proxy(Http);
    proxy.credentials = "user:secret";
    const QNetworkProxy used = isAsked ? proxy.proxy() : QNetworkProxy(Http, u"127.0.0.1"_s, nobody.number());
    int loopCount = 0;
    Ws::State state = Ws::Open;
    std::unique_ptr<QThread> thread(QThread::create([&] {
        WsClient client;
        client.setProxy(used);
        const auto runLoop = [&] {
            ++loopCount;
            QEventLoop loop;
            QMetaObject::invokeMethod(&loop, &QEventLoop::quit, Qt::QueuedConnection);
            loop.exec();
        };
        connect(&client, &WsClient::proxyAuthenticationRequired, &client, [&] {
            client.abort();
            runLoop();
        });
        connect(&client, &WsConnection::errorOccurred, &client, runLoop);
        if (client.open(QUrl(u"ws://server.test/"_s)) && !client.waitForOpened())
            state = client.state();
    }));
    thread->start();
    WS_TRY_VERIFY(thread->isFinished());
    QCOMPARE(loopCount, 1);
    QCOMPARE(state, Ws::Closed);
}

void TestProxies::slotMayMoveTheClient()
{
    WorkingProxy proxy(Http);
    proxy.credentials = "user:secret";
    ProxiedPair pair;
    QThread thread;
    thread.start();
    auto *const client = new WsClient;
    client->setProxy(proxy.proxy());
    connect(
        client, &WsClient::proxyAuthenticationRequired, client,
        [&](const QNetworkProxy &, QAuthenticator *authenticator) {
            authenticator->setUser(u"user"_s);
            authenticator->setPassword(u"secret"_s);
            client->moveToThread(&thread);
        },
        Qt::DirectConnection);
    QVERIFY(pair.isListening && client->open(pair.url()));
    WS_TRY_COMPARE(client->state(), Ws::Open);
    QCOMPARE(client->thread(), &thread);
    client->deleteLater();
    thread.quit();
    QVERIFY(thread.wait());
}

void TestProxies::errorIsNotLostInAMove()
{
    QFETCH(const QNetworkProxy::ProxyType, type);
    WorkingProxy proxy(type);
    proxy.credentials = "user:secret";
    ProxiedPair pair;
    QThread thread;
    const auto end = qScopeGuard([&thread] {
        thread.quit();
        thread.wait();
    });
    thread.start();
    auto *const client = new WsClient;
    connect(&thread, &QThread::finished, client, &QObject::deleteLater);
    client->setProxy(proxy.proxy());
    connect(
        client, &WsClient::proxyAuthenticationRequired, client, [&] { client->moveToThread(&thread); },
        Qt::DirectConnection);
    QVERIFY(pair.isListening && client->open(pair.url()));
    WS_TRY_COMPARE(client->state(), Ws::Closed);
    const QString text = client->errorString();
    QVERIFY2(text.startsWith(u"the proxy 127.0.0.1:%1 has not connected to %2: "_s.arg(
                 QString::number(proxy.serverPort()), pair.destination())),
             qPrintable(text));
}

void TestProxies::addressOfIpv6NeedsSocks()
{
    ProxiedPair pair;
    QUrl url = pair.url();
    url.setHost(u"2001:db8::1"_s);
    WorkingProxy socks(Socks);
    pair.client.setProxy(socks.proxy());
    QVERIFY(pair.client.open(url) && pair.waitUntilOpen());
    QCOMPARE(socks.destinations, QStringList(u"2001:db8::1:%1"_s.arg(url.port())));
    QVERIFY(pair.echoes("hello"));
    pair.client.abort();
    pair.events.all.clear();
    WorkingProxy http(Http);
    pair.client.setProxy(http.proxy());
    QVERIFY(pair.client.open(url));
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.events.ending(), u"error Proxy, closed 1006 '' unclean"_s);
    QCOMPARE(pair.events.errors.last().text(),
             u"the proxy 127.0.0.1:%1 has not connected to [2001:db8::1]:%2: Qt cannot ask an HTTP proxy for "
             "an IPv6 address; use the name of the host, or SOCKS5"_s.arg(QString::number(http.serverPort()),
                                                                          QString::number(url.port())));
    QCOMPARE(http.destinations, QStringList());
}

void TestProxies::falseAnswerFailsTheOpening_data()
{
    QTest::addColumn<QNetworkProxy::ProxyType>("type");
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<bool>("ends");
    const auto addHttp = [](const char *name, const QByteArray &answer, bool ends) {
        QTest::addRow("HTTP: %s", name) << Http << answer << ends;
    };
    addHttp("nothing", {}, true);
    addHttp("nonsense", "what do you want?\r\n\r\n", true);
    addHttp("half a head", "HTTP/1.1 200 OK\r\nVia: ", true);
    addHttp("400", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", false);
    addHttp("403", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", false);
    addHttp("404", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", false);
    addHttp("407 of an unknown kind",
            "HTTP/1.1 407 No\r\nProxy-Authenticate: Magic\r\nContent-Length: 0\r\n\r\n", false);
    addHttp("407 without a kind", "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", false);
    addHttp("502", "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", false);
    addHttp("503", "HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n", false);
    addHttp("101", "HTTP/1.1 101 Switching Protocols\r\n\r\n", true);
    addHttp("more than asked for", "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n", false);
    const auto addSocks = [](const char *name, const QByteArray &answer, bool ends) {
        QTest::addRow("SOCKS5: %s", name) << Socks << answer << ends;
    };
    addSocks("nothing", {}, true);
    addSocks("nonsense", "HTTP/1.1 200 OK\r\n\r\n", true);
    addSocks("another version", QByteArray("\4\0", 2), true);
    addSocks("no method", "\5\xff", true);
    addSocks("an unknown method", "\5\x77", true);
    addSocks("wrong password", "\5\2\1\1", true);
    for (char reply = 1; reply <= 9; ++reply) {
        addSocks(qPrintable(u"reply %1"_s.arg(int(reply))),
                 QByteArray("\5\0\5", 3) + reply + QByteArray("\0\1\0\0\0\0\0\0", 8), true);
    }
    addSocks("half a reply", QByteArray("\5\0\5\0\0", 5), true);
    addSocks("unknown address", QByteArray("\5\0\5\0\0\7\0\0\0\0\0\0", 12), true);
}

void TestProxies::falseAnswerFailsTheOpening()
{
    QFETCH(const QNetworkProxy::ProxyType, type);
    QFETCH(const QByteArray, answer);
    QFETCH(const bool, ends);
    FalseProxy proxy(answer, ends);
    ProxiedPair pair;
    pair.client.setProxy(proxy.proxy(type));
    QVERIFY(pair.fail());
    const WsError error = pair.events.errors.value(0);
    QVERIFY2(pair.events.ending() == u"error Proxy, closed 1006 '' unclean"_s,
             qPrintable(pair.events.ending() + u": "_s + error.text()));
    QVERIFY2(error.text().contains(u"127.0.0.1:%1 "_s.arg(proxy.serverPort()))
                 && error.text().contains(pair.destination()) && !error.text().contains(u"secret"_s),
             qPrintable(error.text()));
}

void TestProxies::endlessAnswerIsCutOff()
{
    FalseProxy proxy("HTTP/1.1 200 OK\r\nX: " + QByteArray(64 * KiB, 'x'), false);
    proxy.answer.append("\r\n" + ("X: " + QByteArray(4096, 'x') + "\r\n").repeated(64));
    proxy.isEndless = true;
    ProxiedPair pair;
    pair.client.setProxy(proxy.proxy(Http));
    QVERIFY(pair.fail());
    QCOMPARE(pair.events.ending(), u"error Proxy, closed 1006 '' unclean"_s);
    QVERIFY2(pair.events.errors.first().text().endsWith(u"its answer is too long"_s),
             qPrintable(pair.events.errors.first().text()));
    QCOMPARE_LE(proxy.sentSize, 16 * MiB); // with what the system keeps
}

void TestProxies::silentProxyIsNamed()
{
    QFETCH(const QNetworkProxy::ProxyType, type);
    FalseProxy proxy({}, false);
    ProxiedPair pair;
    WsOptions options;
    options.setHandshakeTimeout(100ms);
    pair.client.setOptions(options);
    pair.client.setProxy(proxy.proxy(type));
    QVERIFY(pair.fail());
    QCOMPARE(pair.events.ending(), u"error Timeout, closed 1006 '' unclean"_s);
    QCOMPARE(pair.events.errors.first().text(),
             u"handshakeTimeout has passed while waiting for the proxy 127.0.0.1:%1 to connect to %2"_s.arg(
                 QString::number(proxy.serverPort()), pair.destination()));
}

void TestProxies::unreachableProxyIsNamed()
{
    const HeldPort nobody;
    const QNetworkProxy unreachable(Http, u"127.0.0.1"_s, nobody.number(), u"user"_s, u"secret"_s);
    ProxiedPair pair;
    pair.client.setProxy(unreachable);
    QVERIFY(pair.fail());
    QCOMPARE(pair.events.errors.first().kind(), Ws::ErrorKind::Proxy);
    QCOMPARE(pair.events.errors.first().socketError(), QAbstractSocket::ProxyConnectionRefusedError);
    QVERIFY(pair.events.errors.first().text().startsWith(
        u"the proxy 127.0.0.1:%1 has not connected to %2: "_s.arg(QString::number(unreachable.port()),
                                                                  pair.destination())));
}

void TestProxies::applicationProxyIsUsed()
{
    WorkingProxy proxy(Socks);
    const ApplicationProxy application(proxy.proxy());
    ProxiedPair pair;
    QCOMPARE(pair.client.proxy().type(), QNetworkProxy::DefaultProxy);
    QVERIFY(pair.open());
    QCOMPARE(proxy.destinations, QStringList(pair.destination()));
}

void TestProxies::loopbackIsNotProxiedByTheApplicationsProxy()
{
    WorkingProxy proxy(Http);
    Pair pair;
    {
        const ApplicationProxy application(proxy.proxy());
        QVERIFY(pair.open());
    }
    QCOMPARE(proxy.destinations, QStringList());
    pair.client.abort();
    pair.client.setProxy(proxy.proxy());
    QVERIFY(pair.open());
    QCOMPARE(proxy.destinations, QStringList(u"localhost:%1"_s.arg(pair.server.serverPort())));
}

// For which "localhost" is another machine.
void TestProxies::loginOfTheUrlIsNotSentUnaskedThroughAProxy()
{
    QFETCH(const QNetworkProxy::ProxyType, type);
    WorkingProxy proxy(type);
    Pair pair;
    QList<QByteArray> logins;
    pair.server.setRequestHandler([&](const WsRequest &request) {
        logins.append(request.header("Authorization"));
        return WsResponse::accept();
    });
    QVERIFY(pair.server.listen());
    QUrl url = pair.url();
    url.setUserInfo(u"user:secret"_s);
    QVERIFY(pair.client.open(url) && pair.waitUntilOpen());
    pair.client.abort();
    pair.client.setProxy(proxy.proxy());
    QVERIFY(pair.client.open(url) && pair.waitUntilOpen());
    QCOMPARE(logins, (QList<QByteArray>{"Basic " + "user:secret"_ba.toBase64(), QByteArray()}));
}

void TestProxies::factoryIsAsked()
{
    WorkingProxy proxy(Http);
    Factory::queries.clear();
    QNetworkProxy caching = proxy.proxy();
    caching.setType(QNetworkProxy::HttpCachingProxy);
    QNetworkProxyFactory::setApplicationProxyFactory(new Factory({caching, proxy.proxy()}));
    ProxiedPair pair;
    QVERIFY(pair.open());
    QCOMPARE(proxy.destinations, QStringList(pair.destination()));
    QCOMPARE(Factory::queries, QStringList(pair.destination() + u" 0"_s)); // QNetworkProxyQuery::TcpSocket
}

void TestProxies::proxyThatCannotTunnelIsAnError_data()
{
    QTest::addColumn<bool>("isOfFactory");
    QTest::newRow("set") << false;
    QTest::newRow("of a factory") << true;
}

void TestProxies::proxyThatCannotTunnelIsAnError()
{
    QFETCH(const bool, isOfFactory);
    ProxiedPair pair;
    const QNetworkProxy caching(QNetworkProxy::HttpCachingProxy, u"127.0.0.1"_s, 3128);
    if (isOfFactory)
        QNetworkProxyFactory::setApplicationProxyFactory(new Factory({caching}));
    else
        pair.client.setProxy(caching);
    QVERIFY(pair.fail());
    QCOMPARE(pair.events.ending(), u"error Proxy, closed 1006 '' unclean"_s);
    QCOMPARE(pair.events.errors.first().text(),
             u"the proxy 127.0.0.1:3128 has not connected to %1: a proxy of this type does not carry other "
             "protocols than its own"_s.arg(pair.destination()));
}

void TestProxies::noProxyOptsOut()
{
    Factory::queries.clear();
    const FalseProxy proxy("no", true);
    QNetworkProxyFactory::setApplicationProxyFactory(new Factory({proxy.proxy(Http)}));
    ProxiedPair pair;
    pair.client.setProxy(QNetworkProxy::NoProxy);
    QVERIFY(pair.client.open(pair.server.serverUrl()) && pair.waitUntilOpen());
    QCOMPARE(Factory::queries, QStringList());
}

void TestProxies::urlSetsTheProxy_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QNetworkProxy>("proxy");
    QTest::newRow("http") << u"http://proxy.test:3128"_s << QNetworkProxy(Http, u"proxy.test"_s, 3128);
    QTest::newRow("http, a slash") << u"http://proxy.test:3128/"_s
                                   << QNetworkProxy(Http, u"proxy.test"_s, 3128);
    QTest::newRow("http, default port")
        << u"http://proxy.test"_s << QNetworkProxy(Http, u"proxy.test"_s, 8080);
    QTest::newRow("http, password") << u"HTTP://us%40er:p%3Ass@proxy.test:3128"_s
                                    << QNetworkProxy(Http, u"proxy.test"_s, 3128, u"us@er"_s, u"p:ss"_s);
    QTest::newRow("socks5") << u"socks5://[::1]:1081"_s << QNetworkProxy(Socks, u"::1"_s, 1081);
    QTest::newRow("socks5h, default port")
        << u"socks5h://user@127.0.0.1"_s << QNetworkProxy(Socks, u"127.0.0.1"_s, 1080, u"user"_s);
    QTest::newRow("direct") << u"direct:"_s << QNetworkProxy(QNetworkProxy::NoProxy);
    QTest::newRow("empty") << QString() << QNetworkProxy(QNetworkProxy::DefaultProxy);
}

void TestProxies::urlSetsTheProxy()
{
    QFETCH(const QString, url);
    QFETCH(const QNetworkProxy, proxy);
    WsClient client;
    client.setProxy(QNetworkProxy(Http, u"other.test"_s, 1));
    QVERIFY(client.setProxy(QUrl(url)));
    QCOMPARE(client.proxy(), proxy);
}

void TestProxies::wrongUrlIsMisuse_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("text");
    QTest::newRow("https")
        << u"https://user:secret@proxy.test:3128"_s
        << u"the proxy \"https://proxy.test:3128\" cannot be used: its scheme is not http, "
           "socks5, socks5h or direct"_s;
    QTest::newRow("no scheme") << u"proxy.test"_s
                               << u"the proxy \"proxy.test\" cannot be used: its scheme is not http, socks5, "
                                  "socks5h or direct"_s;
    QTest::newRow("no host") << u"http:"_s << u"the proxy \"http:\" cannot be used: it has no host"_s;
    QTest::newRow("port 0") << u"socks5://user:secret@proxy.test:0"_s
                            << u"the proxy \"socks5://proxy.test:0\" cannot be used: its port is 0"_s;
    QTest::newRow("a path") << u"http://user:secret@proxy.test/pac"_s
                            << u"the proxy \"http://proxy.test/pac\" cannot be used: there is more than host "
                               "and port"_s;
    QTest::newRow("invalid") << u"http://user:secret@proxy.test:port"_s
                             << u"the proxy \"http://proxy.test:port\" cannot be used: Invalid port or port "
                                "number out of range"_s;
}

void TestProxies::wrongUrlIsMisuse()
{
    QFETCH(const QString, url);
    QFETCH(const QString, text);
    WsClient client;
    QVERIFY(!client.setProxy(QUrl(url)));
    QCOMPARE(client.errorString(), text);
    QCOMPARE(client.proxy().type(), QNetworkProxy::DefaultProxy);
}

void TestProxies::threadWithoutEventLoopWaitsForTheProxy()
{
    QFETCH(const QNetworkProxy::ProxyType, type);
    WorkingProxy proxy(type);
    proxy.credentials = "user:secret";
    ProxiedPair pair;
    pair.server.setConnectionHandler([](WsConnection *connection) {
        connect(connection, &WsConnection::messageReceived, connection,
                [connection](const WsMessage &message) { connection->send(message); });
    });
    const QUrl url = pair.url();
    QByteArray received;
    std::unique_ptr<QThread> thread(QThread::create([&] {
        WsClient client;
        client.setProxy(proxy.proxy(u"user"_s, u"secret"_s));
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

void TestProxies::waitingForASilentProxyEnds_data()
{
    QTest::addColumn<QNetworkProxy::ProxyType>("type");
    QTest::addColumn<QString>("end");
    for (const auto &end : {u"handshakeTimeout"_s, u"limit of the call"_s, u"another thread"_s}) {
        QTest::addRow("HTTP, %s", qPrintable(end)) << Http << end;
        QTest::addRow("SOCKS5, %s", qPrintable(end)) << Socks << end;
    }
}

void TestProxies::waitingForASilentProxyEnds()
{
    QFETCH(const QNetworkProxy::ProxyType, type);
    QFETCH(const QString, end);
    const FalseProxy proxy({}, false);
    QList<Ws::ErrorKind> kinds;
    Ws::State state = Ws::Open;
    bool isOpen = true;
    std::atomic<WsClient *> waiting{nullptr};
    std::unique_ptr<QThread> thread(QThread::create([&] {
        WsClient client;
        WsOptions options;
        options.setHandshakeTimeout(end == u"handshakeTimeout" ? 100ms : 0ms);
        client.setOptions(options);
        client.setProxy(proxy.proxy(type));
        connect(&client, &WsConnection::errorOccurred, &client,
                [&kinds](const WsError &error) { kinds.append(error.kind()); });
        (void)client.open(QUrl(u"ws://server.test/"_s));
        const bool isLimited = end == u"limit of the call";
        if (end == u"another thread")
            (void)client.waitForOpened(50ms); // so that it has begun
        waiting = &client;
        isOpen =
            client.waitForOpened(isLimited ? QDeadlineTimer(100) : QDeadlineTimer(QDeadlineTimer::Forever));
        state = client.state();
    }));
    thread->start();
    if (end == u"another thread") {
        WS_TRY_VERIFY(waiting.load());
        waiting.load()->abort();
    }
    WS_TRY_VERIFY(thread->isFinished());
    QVERIFY(!isOpen);
    QCOMPARE(state, end == u"limit of the call" ? Ws::Connecting : Ws::Closed);
    QCOMPARE(kinds, end == u"handshakeTimeout" ? QList{Ws::ErrorKind::Timeout} : QList<Ws::ErrorKind>());
}

// The first address refuses, and the second one does not answer.
void TestProxies::waitForTheNextAddressOfAProxyEndsInTime()
{
    QFETCH(const QNetworkProxy::ProxyType, type);
    const QList<QHostAddress> addresses = QHostInfo::fromName(u"localhost"_s).addresses();
    if (addresses != QList{QHostAddress(QHostAddress::LocalHostIPv6), QHostAddress(QHostAddress::LocalHost)})
        QSKIP("localhost has not an address of each kind here");
    const HeldPort port;
    const BusyPort busy(port.number());
    if (!busy.isFull())
        QSKIP("the system refuses clients, or accepts them");
    QList<Ws::ErrorKind> kinds;
    Ws::State state = Ws::Open;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        WsClient client;
        client.setProxy(QNetworkProxy(type, u"localhost"_s, port.number()));
        connect(&client, &WsConnection::errorOccurred, &client,
                [&kinds](const WsError &error) { kinds.append(error.kind()); });
        (void)client.open(QUrl(u"ws://server.test/"_s));
        for (int i = 0; i < 5; ++i)
            (void)client.waitForOpened(20ms);
        state = client.state();
    }));
    thread->start();
    WS_TRY_VERIFY(thread->isFinished());
    QCOMPARE(kinds, QList<Ws::ErrorKind>());
    QCOMPARE(state, Ws::Connecting);
}

// Nobody else drives the opening meanwhile, and the end of a wait is not that of the opening.
void TestProxies::shortWaitsReachTheServer()
{
    QFETCH(const QNetworkProxy::ProxyType, type);
    WorkingProxy proxy(type);
    proxy.credentials = "user:secret";
    ProxiedPair pair;
    const QUrl url = pair.url();
    bool isOpen = false;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        WsClient client;
        client.setProxy(proxy.proxy(u"user"_s, u"secret"_s));
        (void)client.open(url);
        for (int i = 0; i < 100 && !isOpen; ++i)
            isOpen = client.waitForOpened(1ms);
        isOpen = isOpen || client.waitForOpened(std::chrono::milliseconds(Patience));
    }));
    thread->start();
    WS_TRY_VERIFY(thread->isFinished());
    QVERIFY(isOpen);
}

void TestProxies::threadOfTheSystemWaitsForTheProxy()
{
    QFETCH(const QNetworkProxy::ProxyType, type);
    WorkingProxy proxy(type);
    ProxiedPair pair;
    const QUrl url = pair.url();
    bool isOpen = false;
    std::atomic<bool> isDone{false};
    std::thread thread([&] { // in which Qt's sockets have no notifiers
        WsClient client;
        client.setProxy(proxy.proxy());
        isOpen = client.open(url) && client.waitForOpened(std::chrono::milliseconds(Patience));
        client.close();
        (void)client.waitForClosed(std::chrono::milliseconds(Patience));
        isDone = true;
    });
    WS_TRY_VERIFY(isDone.load());
    thread.join();
    QVERIFY(isOpen);
}

void TestProxies::openClientMovesToAnotherThread()
{
    QFETCH(const QNetworkProxy::ProxyType, type);
    WorkingProxy proxy(type);
    ProxiedPair pair;
    pair.client.setProxy(proxy.proxy());
    QVERIFY(pair.open());
    QThread thread;
    thread.start();
    pair.client.moveToThread(&thread);
    pair.peer->sendText("after the move");
    WS_TRY_COMPARE(pair.events.messages(), QStringList(u"text after the move"_s));
    QVERIFY(pair.client.sendText("from another thread"));
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList(u"text from another thread"_s));
    QMetaObject::invokeMethod(
        &pair.client, [&] { pair.client.moveToThread(QCoreApplication::instance()->thread()); },
        Qt::BlockingQueuedConnection);
    thread.quit();
    QVERIFY(thread.wait());
}

void TestProxies::endOfTheProxyEndsTheConnection()
{
    WorkingProxy proxy(Http);
    ProxiedPair pair;
    pair.client.setProxy(proxy.proxy());
    QVERIFY(pair.open());
    proxy.end();
    WS_TRY_VERIFY(pair.events.isClosed() && pair.peerEvents->isClosed());
    QCOMPARE(pair.events.ending(), u"error Network, closed 1006 '' unclean"_s);
}

void TestProxies::unreadMessagesHoldThePeerUp()
{
    QFETCH(const QNetworkProxy::ProxyType, type);
    WorkingProxy proxy(type);
    ProxiedPair pair;
    pair.client.setProxy(proxy.proxy());
    QVERIFY(pair.open());
    pair.client.setPaused(true);
    const QByteArray message = pattern(MiB);
    qint64 sent = 0;
    for (; sent < 8 && pair.peer->sendBinary(message); ++sent) {
    }
    QVERIFY(pair.client.ping());
    WS_TRY_VERIFY(pair.peer->bufferedAmount() > 0);
    QCOMPARE_LE(pair.client.statistics().wireBytesReceived, 2 * MiB);
    pair.events.keepsMessages = false;
    pair.client.setPaused(false);
    WS_TRY_COMPARE(pair.events.messageCount, sent);
    QCOMPARE(pair.events.payloadSize, sent * MiB);
}

// A device behind a proxy, as with a relay that passes on calls from outside. To end its direction alone, the
// server would use the descriptor, which is not one of the system.
void TestProxies::serverUsesNoDescriptorOfAProxiedSocket()
{
    WorkingProxy proxy(Socks);
    QTcpServer relay;
    QVERIFY(relay.listen(QHostAddress::LocalHost));
    // What Qt returns as the descriptor is a number that may be that of something else: it counts the
    // sockets.
    QTcpSocket *socket = nullptr;
    QTcpSocket *call = nullptr;
    int number = -1;
    do {
        delete socket;
        socket = new QTcpSocket;
        socket->setProxy(proxy.proxy());
        socket->connectToHost(u"relay.test"_s, relay.serverPort());
        WS_TRY_COMPARE(socket->state(), QAbstractSocket::ConnectedState);
        WS_TRY_VERIFY(relay.hasPendingConnections());
        call = relay.nextPendingConnection();
        number = int(socket->socketDescriptor());
    } while (::fcntl(number, F_GETFD) >= 0);
    std::array<int, 2> other = {};
    QVERIFY(::socketpair(AF_UNIX, SOCK_STREAM, 0, other.data()) == 0);
    for (const int end : other)
        QVERIFY(::fcntl(end, F_SETFL, O_NONBLOCK) == 0);
    QVERIFY(::dup2(other[0], number) == number);
    WsServer server;
    std::unique_ptr<Events> events;
    server.setConnectionHandler(
        [&events](WsConnection *connection) { events = std::make_unique<Events>(connection); });
    QVERIFY(server.handleConnection(socket));
    call->write(RawPeer::upgradeRequest());
    WS_TRY_VERIFY(events);
    call->write(frame(3)); // an opcode that is reserved
    WS_TRY_VERIFY(events->isClosed());
    QCOMPARE(events->ending(), u"error Protocol, closed 1006 '' unclean"_s);
    char byte = 0;
    QVERIFY(::recv(other[1], &byte, 1, 0) < 0 && errno == EAGAIN); // neither ended nor written to
    for (const int descriptor : {other[0], other[1], number})
        ::close(descriptor);
    WS_TRY_VERIFY((call->readAll(), call->state() == QAbstractSocket::UnconnectedState));
}

void TestProxies::cyclesLeaveNothing()
{
    QFETCH(const QNetworkProxy::ProxyType, type);
    WorkingProxy proxy(type);
    ProxiedPair pair;
    pair.client.setProxy(proxy.proxy());
    std::optional<HeldMemory> memory;
    qsizetype descriptors = 0;
    for (int cycle = 0; cycle < 1000; ++cycle) {
        if (cycle == 100) { // until then, caches are filled
            memory.emplace();
            descriptors = openDescriptorCount();
        }
        QVERIFY2(pair.open(), qPrintable(pair.client.errorString()));
        pair.client.close();
        WS_TRY_VERIFY(pair.client.state() == Ws::Closed && pair.server.connectionCount() == 0);
        WS_TRY_VERIFY(!proxy.tunnels.last());
        proxy.tunnels.clear();
        proxy.destinations.clear();
        pair.events.all.clear();
        pair.events.states.clear();
    }
    QCOMPARE_LE(openDescriptorCount(), descriptors);
    QCOMPARE_LE(memory->growth(), 64 * KiB);
}

#include "../testprogram.h"
WSKIT_TEST(TestProxies)
#include "tst_proxies.moc"
