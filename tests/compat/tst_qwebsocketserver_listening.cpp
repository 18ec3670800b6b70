// SPDX-License-Identifier: MIT

// QWebSocketServer: its properties, and when it listens.

#include "servertesting.h"

#include <QtCore/qscopeguard.h>
#include <QtNetwork/qnetworkproxy.h>
#include <QtNetwork/qtcpserver.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace ServerTesting;

namespace {
bool hasIpv6()
{
    QTcpServer server;
    return server.listen(QHostAddress::LocalHostIPv6);
}
} // namespace

class TestListening : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void constructorSetsNameModeAndParent();
    void newServerHasDefaults();
    void serverNameCanBeChanged();
    void maximumOfPendingConnectionsCanBeChanged();
    void handshakeTimeoutIsInMilliseconds();
    void subprotocolsCanBeChanged();
    void onlyTheCurrentVersionIsSupported();
    void sslConfigurationIsKeptIfSecure();
    void sslConfigurationIsIgnoredIfNotSecure();
    void proxyIsKept();
    void loopbackAddressesNeedNoProxy_data();
    void loopbackAddressesNeedNoProxy();
    void proxyThatCannotListenIsAnError_data();
    void proxyThatCannotListenIsAnError();
    void proxyOfTheApplicationCounts();
    void listensOnAnyByDefault();
    void anyIsReachableByBothFamilies();
    void listensOnTheLocalHostOnly_data();
    void listensOnTheLocalHostOnly();
    void listensOnThePortThatIsAskedFor();
    void usedPortIsAnError();
    void addressOfAnotherHostIsAnError();
    void secondListenIsRefused();
    void urlHasTheSchemeOfTheMode_data();
    void urlHasTheSchemeOfTheMode();
    void urlOfAnyHasAHostThatWorks();
    void serverThatDoesNotListenHasNoAddress();
    void closeEndsListening();
    void closedServerListensAgain();
    void closeOfAServerThatDoesNotListen();
    void closeStopsAccepting();
    void pausedServerAcceptsLater();
    void socketDescriptorIsThatOfTheSystem();
    void descriptorOfAListeningSocketIsTakenOver();
    void descriptorThatDoesNotListenIsRefused();
    void invalidDescriptorIsRefused();
};

void TestListening::constructorSetsNameModeAndParent()
{
    QObject parent;
    auto *const server = new QWebSocketServer(u"a name"_s, QWebSocketServer::NonSecureMode, &parent);
    QCOMPARE(server->serverName(), u"a name"_s);
    QCOMPARE(server->secureMode(), QWebSocketServer::NonSecureMode);
    QCOMPARE(server->parent(), &parent);
    const QWebSocketServer secure(QString(), QWebSocketServer::SecureMode);
    QCOMPARE(secure.secureMode(), QWebSocketServer::SecureMode);
    QCOMPARE(secure.serverName(), QString());
    QCOMPARE(secure.parent(), nullptr);
}

void TestListening::newServerHasDefaults()
{
    QWebSocketServer server(u"a name"_s, QWebSocketServer::NonSecureMode);
    QVERIFY(!server.isListening());
    QCOMPARE(server.maxPendingConnections(), 30);
    QCOMPARE(server.handshakeTimeoutMS(), 10000);
    QCOMPARE(server.handshakeTimeout(), 10s);
    QCOMPARE(server.error(), QWebSocketProtocol::CloseCodeNormal);
    QCOMPARE(server.errorString(), QString());
    QVERIFY(!server.hasPendingConnections());
    QCOMPARE(server.nextPendingConnection(), nullptr);
    QCOMPARE(server.supportedSubprotocols(), QStringList());
    QCOMPARE(server.proxy().type(), QNetworkProxy::DefaultProxy);
}

void TestListening::serverNameCanBeChanged()
{
    Server server;
    server.setServerName(u"another"_s);
    QCOMPARE(server.serverName(), u"another"_s);
    QVERIFY(server.start());
    server.setServerName(QString());
    QCOMPARE(server.serverName(), QString());
}

void TestListening::maximumOfPendingConnectionsCanBeChanged()
{
    Server server;
    server.setMaxPendingConnections(1);
    QCOMPARE(server.maxPendingConnections(), 1);
    QVERIFY(server.start());
    server.setMaxPendingConnections(100);
    QCOMPARE(server.maxPendingConnections(), 100);
}

void TestListening::handshakeTimeoutIsInMilliseconds()
{
    Server server;
    server.setHandshakeTimeout(1500);
    QCOMPARE(server.handshakeTimeoutMS(), 1500);
    QCOMPARE(server.handshakeTimeout(), 1500ms);
    server.setHandshakeTimeout(3s);
    QCOMPARE(server.handshakeTimeoutMS(), 3000);
    server.setHandshakeTimeout(-1);
    QCOMPARE(server.handshakeTimeoutMS(), -1);
    QCOMPARE(server.handshakeTimeout(), -1ms);
}

void TestListening::subprotocolsCanBeChanged()
{
    Server server;
    server.setSupportedSubprotocols({u"one"_s, u"two"_s});
    QCOMPARE(server.supportedSubprotocols(), QStringList({u"one"_s, u"two"_s}));
    QVERIFY(server.start());
    server.setSupportedSubprotocols({});
    QCOMPARE(server.supportedSubprotocols(), QStringList());
}

void TestListening::onlyTheCurrentVersionIsSupported()
{
    const Server server;
    QCOMPARE(server.supportedVersions(), QList<QWebSocketProtocol::Version>{QWebSocketProtocol::Version13});
    QCOMPARE(QWebSocketProtocol::VersionLatest, QWebSocketProtocol::Version13);
}

void TestListening::sslConfigurationIsKeptIfSecure()
{
    Server server(QWebSocketServer::SecureMode);
    QCOMPARE(server.sslConfiguration(), QSslConfiguration::defaultConfiguration());
    server.setSslConfiguration(serverTls());
    QCOMPARE(server.sslConfiguration().localCertificate(), certificate(u"server"_s));
    QCOMPARE(server.sslConfiguration(), serverTls());
}

void TestListening::sslConfigurationIsIgnoredIfNotSecure()
{
    Server server;
    server.setSslConfiguration(serverTls());
    QVERIFY(server.sslConfiguration().localCertificate().isNull());
}

void TestListening::proxyIsKept()
{
    Server server;
    QCOMPARE(server.proxy().type(), QNetworkProxy::NoProxy);
    const QNetworkProxy proxy(QNetworkProxy::Socks5Proxy, u"127.0.0.1"_s, 1080);
    server.setProxy(proxy);
    QCOMPARE(server.proxy(), proxy);
}

void TestListening::loopbackAddressesNeedNoProxy_data()
{
    QTest::addColumn<QHostAddress>("address");
    QTest::newRow("IPv4") << QHostAddress(QHostAddress::LocalHost);
    QTest::newRow("IPv6") << QHostAddress(QHostAddress::LocalHostIPv6);
}

void TestListening::loopbackAddressesNeedNoProxy()
{
    QFETCH(const QHostAddress, address);
    Server server;
    server.setProxy(QNetworkProxy(QNetworkProxy::Socks5Proxy, u"127.0.0.1"_s, 1));
    QVERIFY(server.listen(address));
    server.close();
    server.setProxy(QNetworkProxy(QNetworkProxy::HttpProxy, u"127.0.0.1"_s, 1));
    QVERIFY(server.listen(address));
    QCOMPARE(server.errors.size(), 0);
}

void TestListening::proxyThatCannotListenIsAnError_data()
{
    QTest::addColumn<QNetworkProxy>("proxy");
    const auto named = [](QNetworkProxy::ProxyType type) { return QNetworkProxy(type, u"127.0.0.1"_s, 1); };
    QNetworkProxy limited = named(QNetworkProxy::Socks5Proxy);
    limited.setCapabilities(QNetworkProxy::TunnelingCapability);
    QTest::newRow("HTTP") << named(QNetworkProxy::HttpProxy);
    QTest::newRow("FTP") << named(QNetworkProxy::FtpCachingProxy);
    QTest::newRow("SOCKS5 without listening") << limited;
    QTest::newRow("SOCKS5 that is not there") << named(QNetworkProxy::Socks5Proxy);
}

void TestListening::proxyThatCannotListenIsAnError()
{
    QFETCH(const QNetworkProxy, proxy);
    Server server;
    server.setProxy(proxy);
    QVERIFY(!server.listen(QHostAddress::Any));
    QVERIFY(!server.isListening());
    QVERIFY(!server.errorString().isEmpty());
    QCOMPARE(server.errors, {QWebSocketProtocol::CloseCodeAbnormalDisconnection});
    server.setProxy(QNetworkProxy::NoProxy);
    QVERIFY(server.listen(QHostAddress::LocalHost));
}

void TestListening::proxyOfTheApplicationCounts()
{
    const auto reset =
        qScopeGuard([] { QNetworkProxy::setApplicationProxy(QNetworkProxy(QNetworkProxy::NoProxy)); });
    QNetworkProxy::setApplicationProxy(QNetworkProxy(QNetworkProxy::HttpProxy, u"127.0.0.1"_s, 1));
    Server server;
    server.setProxy(QNetworkProxy::DefaultProxy);
    QVERIFY(!server.listen(QHostAddress::Any));
    QCOMPARE(server.errors, {QWebSocketProtocol::CloseCodeAbnormalDisconnection});
    server.setProxy(QNetworkProxy::NoProxy);
    QVERIFY(server.listen(QHostAddress::Any));
}

void TestListening::listensOnAnyByDefault()
{
    Server server;
    QVERIFY(server.listen());
    QVERIFY(server.isListening());
    QCOMPARE(server.serverAddress(), QHostAddress(QHostAddress::Any));
    QVERIFY(server.serverPort() > 0);
    QCOMPARE(server.error(), QWebSocketProtocol::CloseCodeNormal);
}

void TestListening::anyIsReachableByBothFamilies()
{
    Server server;
    QVERIFY(server.listen(QHostAddress::Any));
    Client client4;
    QVERIFY(client4.openAndWait(server.url()));
    QCOMPARE(client4.peerAddress(), QHostAddress(QHostAddress::LocalHost));
    if (!hasIpv6())
        QSKIP("this machine has no address ::1");
    Client client6;
    QVERIFY(client6.openAndWait(QUrl(u"ws://[::1]:%1"_s.arg(server.serverPort()))));
    QCOMPARE(client6.peerAddress(), QHostAddress(QHostAddress::LocalHostIPv6));
    WS_TRY_COMPARE(server.newConnections, 2);
    QCOMPARE(server.taken[1]->peerAddress(), QHostAddress(QHostAddress::LocalHostIPv6));
    QVERIFY(server.taken[0]->peerAddress().isEqual(QHostAddress(QHostAddress::LocalHost),
                                                   QHostAddress::ConvertV4MappedToIPv4));
}

void TestListening::listensOnTheLocalHostOnly_data()
{
    QTest::addColumn<QHostAddress>("address");
    QTest::addColumn<QString>("host");
    QTest::newRow("IPv4") << QHostAddress(QHostAddress::LocalHost) << u"127.0.0.1"_s;
    QTest::newRow("IPv6") << QHostAddress(QHostAddress::LocalHostIPv6) << u"[::1]"_s;
}

void TestListening::listensOnTheLocalHostOnly()
{
    QFETCH(const QHostAddress, address);
    QFETCH(const QString, host);
    if (address.protocol() == QAbstractSocket::IPv6Protocol && !hasIpv6())
        QSKIP("this machine has no address ::1");
    Server server;
    QVERIFY(server.listen(address));
    QCOMPARE(server.serverAddress(), address);
    QCOMPARE(server.serverUrl(), QUrl(u"ws://%1:%2"_s.arg(host).arg(server.serverPort())));
    Client client;
    QVERIFY(client.openAndWait(server.serverUrl()));
    WS_TRY_COMPARE(server.newConnections, 1);
    QCOMPARE(server.last()->localAddress(), address);
    QCOMPARE(server.last()->localPort(), server.serverPort());
    QCOMPARE(server.last()->peerPort(), client.localPort());
}

void TestListening::listensOnThePortThatIsAskedFor()
{
    QTcpServer finder;
    QVERIFY(finder.listen(QHostAddress::LocalHost));
    const quint16 port = finder.serverPort();
    finder.close();
    Server server;
    QVERIFY(server.listen(QHostAddress::LocalHost, port));
    QCOMPARE(server.serverPort(), port);
}

void TestListening::usedPortIsAnError()
{
    Server first;
    QVERIFY(first.start());
    Server second;
    QVERIFY(!second.listen(QHostAddress::LocalHost, first.serverPort()));
    QVERIFY(!second.isListening());
    QCOMPARE(second.error(), QWebSocketProtocol::CloseCodeAbnormalDisconnection);
    QVERIFY(!second.errorString().isEmpty());
    QCOMPARE(second.errors, QList{QWebSocketProtocol::CloseCodeAbnormalDisconnection});
    QCOMPARE(second.acceptErrors.size(), 0);
    QVERIFY(second.start());
}

void TestListening::addressOfAnotherHostIsAnError()
{
    Server server;
    QVERIFY(!server.listen(QHostAddress(u"192.0.2.1"_s)));
    QVERIFY(!server.isListening());
    QVERIFY(!server.errorString().isEmpty());
}

void TestListening::secondListenIsRefused()
{
    Server server;
    QVERIFY(server.start());
    const quint16 port = server.serverPort();
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"listening"_s));
    QVERIFY(!server.listen(QHostAddress::LocalHost));
    QCOMPARE(server.errors, QList{QWebSocketProtocol::CloseCodeAbnormalDisconnection});
    QCOMPARE(server.error(), QWebSocketProtocol::CloseCodeAbnormalDisconnection);
    QVERIFY(server.isListening());
    QCOMPARE(server.serverPort(), port);
    Client client;
    QVERIFY(client.openAndWait(server.url()));
}

void TestListening::urlHasTheSchemeOfTheMode_data()
{
    QTest::addColumn<QWebSocketServer::SslMode>("mode");
    QTest::addColumn<QString>("scheme");
    QTest::newRow("not secure") << QWebSocketServer::NonSecureMode << u"ws"_s;
    QTest::newRow("secure") << QWebSocketServer::SecureMode << u"wss"_s;
}

void TestListening::urlHasTheSchemeOfTheMode()
{
    QFETCH(const QWebSocketServer::SslMode, mode);
    QFETCH(const QString, scheme);
    Server server(mode);
    QVERIFY(server.start());
    QCOMPARE(server.serverUrl().toString(), u"%1://127.0.0.1:%2"_s.arg(scheme).arg(server.serverPort()));
}

void TestListening::urlOfAnyHasAHostThatWorks()
{
    Server server;
    QVERIFY(server.listen());
    const QUrl url = server.serverUrl();
    QCOMPARE(url.scheme(), u"ws"_s);
    QCOMPARE(url.port(), server.serverPort());
    QVERIFY(!url.host().isEmpty());
}

void TestListening::serverThatDoesNotListenHasNoAddress()
{
    const Server server;
    QCOMPARE(server.serverPort(), 0);
    QCOMPARE(server.serverAddress(), QHostAddress());
    QCOMPARE(server.serverUrl(), QUrl());
    QCOMPARE(server.socketDescriptor(), -1);
}

void TestListening::closeEndsListening()
{
    Server server;
    QVERIFY(server.start());
    const QUrl url = server.url();
    server.close();
    QVERIFY(!server.isListening());
    QCOMPARE(server.serverPort(), 0);
    QCOMPARE(server.serverUrl(), QUrl());
    QCOMPARE(server.closings, 0); // which comes from the event loop
    WS_TRY_COMPARE(server.closings, 1);
    Client client;
    QVERIFY(!client.openAndWait(url));
    QCOMPARE(client.errors.value(0), QAbstractSocket::ConnectionRefusedError);
}

void TestListening::closedServerListensAgain()
{
    Server server;
    for (int i = 1; i <= 3; ++i) {
        QVERIFY(server.start());
        Client client;
        QVERIFY(client.openAndWait(server.url()));
        WS_TRY_COMPARE(server.newConnections, i);
        server.close();
        WS_TRY_COMPARE(server.closings, i);
    }
}

void TestListening::closeOfAServerThatDoesNotListen()
{
    Server server;
    server.close();
    WS_TRY_COMPARE(server.closings, 1);
    QVERIFY(server.start());
    server.close();
    server.close();
    WS_TRY_COMPARE(server.closings, 3);
}

void TestListening::closeStopsAccepting()
{
    Server server;
    QVERIFY(server.start());
    Client before;
    QVERIFY(before.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    Client after;
    const QUrl url = server.url();
    server.close();
    QVERIFY(!after.openAndWait(url));
    QCOMPARE(server.newConnections, 1);
}

void TestListening::pausedServerAcceptsLater()
{
    Server server;
    QVERIFY(server.start());
    server.pauseAccepting();
    QVERIFY(server.isListening());
    RawClient waiting(server.url(), RawClient::request());
    WS_TRY_COMPARE(waiting.socket.state(), QAbstractSocket::ConnectedState); // in the queue of the system
    WS_TRY_COMPARE(waiting.socket.bytesToWrite(), 0);
    QCoreApplication::processEvents();
    QCOMPARE(server.newConnections, 0);
    server.resumeAccepting();
    WS_TRY_COMPARE(server.newConnections, 1);
    QCOMPARE(waiting.status(), 101);
}

void TestListening::socketDescriptorIsThatOfTheSystem()
{
    Server server;
    QVERIFY(server.start());
    QVERIFY(server.socketDescriptor() >= 0);
    sockaddr_in address{};
    socklen_t size = sizeof address;
    QCOMPARE(getsockname(int(server.socketDescriptor()), reinterpret_cast<sockaddr *>(&address), &size), 0);
    QCOMPARE(ntohs(address.sin_port), server.serverPort());
    server.close();
    QCOMPARE(server.socketDescriptor(), -1);
}

void TestListening::descriptorOfAListeningSocketIsTakenOver()
{
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost));
    const quint16 port = other.serverPort();
    const int descriptor = dup(int(other.socketDescriptor()));
    other.close();
    Server server;
    QVERIFY(server.setSocketDescriptor(descriptor));
    QVERIFY(server.isListening());
    QCOMPARE(server.socketDescriptor(), descriptor);
    QCOMPARE(server.serverPort(), port);
    QCOMPARE(server.serverAddress(), QHostAddress(QHostAddress::LocalHost));
    Client client;
    QVERIFY(client.openAndWait(server.url()));
    WS_TRY_COMPARE(server.newConnections, 1);
    server.close();
    QCOMPARE(fcntl(descriptor, F_GETFD), -1);
}

void TestListening::descriptorThatDoesNotListenIsRefused()
{
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    auto guard = qScopeGuard([descriptor] { close(descriptor); });
    Server server;
    const bool isTaken = !compatDiffers("descriptor that does not listen");
    QCOMPARE(server.setSocketDescriptor(descriptor), isTaken);
    QCOMPARE(server.isListening(), isTaken);
    if (isTaken)
        guard.dismiss();
}

void TestListening::invalidDescriptorIsRefused()
{
    Server server;
    QVERIFY(!server.setSocketDescriptor(-1));
    QVERIFY(!server.isListening());
}

QTEST_GUILESS_MAIN(TestListening)
#include "tst_qwebsocketserver_listening.moc"
