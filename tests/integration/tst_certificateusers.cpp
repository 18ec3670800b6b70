// SPDX-License-Identifier: MIT

// Which user the certificate of a client stands for.

#include "../unit/loglines.h"
#include "integrationtesting.h"

#include <QtCore/qmutex.h>
#include <QtCore/qthread.h>

#include <stdexcept>

using namespace IntegrationTesting;

namespace {
void addThreadCounts()
{
    QTest::addColumn<int>("threadCount");
    QTest::newRow("the server's thread") << 0;
    QTest::newRow("threads") << 2;
}

// A server that asks for certificates and has a mapper, and a client with the certificate \a name, or without
// one.
class Mapping : public Pair
{
public:
    explicit Mapping(const QString &name, int threadCount = 0,
                     QSslSocket::PeerVerifyMode mode = QSslSocket::VerifyPeer)
    {
        QSslConfiguration tls = serverTls();
        tls.setPeerVerifyMode(mode);
        server.setSslConfiguration(tls);
        server.setThreadCount(threadCount);
        client.setSslConfiguration(tlsConfiguration(name));
        server.setCertificateMapper([this](const QSslCertificate &certificate) {
            asked.append(certificate);
            askedIn = QThread::currentThread();
            return user;
        });
        server.setRequestFilter([this](const WsRequest &request) -> std::optional<WsResponse> {
            filtered.append(request.user());
            return std::nullopt;
        });
        server.setRequestHandler([this](const WsRequest &request) {
            handled.append(request.user());
            shown = request.peerCertificate();
            return WsResponse::accept();
        });
        QObject::connect(&server, &WsServer::errorOccurred, &server,
                         [this](const WsError &error) { errors.append(error.text()); });
    }

    QString user = u"ada"_s;
    QList<QSslCertificate> asked;
    QThread *askedIn = nullptr;
    QStringList filtered;
    QStringList handled;
    QSslCertificate shown;
    QStringList errors;
};

// Accepts for a server that does not listen, and encrypts before the server gets the socket.
class Door : public QTcpServer
{
public:
    explicit Door(WsServer *server) : m_server(server) { }

protected:
    void incomingConnection(qintptr descriptor) override
    {
        auto *const socket = new QSslSocket(this);
        QVERIFY(socket->setSocketDescriptor(descriptor));
        QSslConfiguration tls = serverTls();
        tls.setPeerVerifyMode(QSslSocket::QueryPeer);
        socket->setSslConfiguration(tls);
        const auto pass = [this, socket] { QVERIFY(m_server->handleConnection(socket)); };
        connect(socket, &QSslSocket::encrypted, m_server, pass, Qt::QueuedConnection);
        socket->startServerEncryption();
    }

private:
    WsServer *const m_server;
};
} // namespace

class TestCertificateUsers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void certificateNamesTheUser_data() { addThreadCounts(); }
    void certificateNamesTheUser();
    void routeGetsTheUser();
    void userIsNamedWithoutAHandler();
    void handlerMayNameAnotherUser();
    void handlerMayRefuseAnUnknownUser_data() { addThreadCounts(); }
    void handlerMayRefuseAnUnknownUser();
    void untrustedCertificateIsNotMapped_data() { addThreadCounts(); }
    void untrustedCertificateIsNotMapped();
    void missingCertificateIsNotMapped();
    void acceptedCertificateIsMapped_data() { addThreadCounts(); }
    void acceptedCertificateIsMapped();
    void throwingMapperIsReported_data() { addThreadCounts(); }
    void throwingMapperIsReported();
    void everyRequestIsMapped();
    void refusedRequestHasNoUser();
    void plainConnectionHasNoUser();
    void socketWithIgnoredErrorsIsNotMapped();
    void mapperMayDeleteTheServer();
};

void TestCertificateUsers::certificateNamesTheUser()
{
    QFETCH(const int, threadCount);
    Mapping mapping(u"client"_s, threadCount);
    QVERIFY(mapping.open());
    QCOMPARE(mapping.asked, QList<QSslCertificate>{certificate(u"client"_s)});
    QCOMPARE(mapping.askedIn, QThread::currentThread());
    QCOMPARE(mapping.filtered, QStringList{u"ada"_s});
    QCOMPARE(mapping.handled, QStringList{u"ada"_s});
    QCOMPARE(mapping.shown, certificate(u"client"_s));
    QCOMPARE(mapping.peer->user(), u"ada"_s);
    QCOMPARE(mapping.peer->request().user(), u"ada"_s);
    QCOMPARE(mapping.peer->request().peerCertificate(), certificate(u"client"_s));
}

void TestCertificateUsers::routeGetsTheUser()
{
    Mapping mapping(u"client"_s);
    QString user;
    QVERIFY(mapping.server.route(u"/"_s, [&user](const WsRequest &request) {
        user = request.user();
        return WsResponse::accept();
    }));
    QVERIFY(mapping.open());
    QCOMPARE(user, u"ada"_s);
}

void TestCertificateUsers::userIsNamedWithoutAHandler()
{
    Mapping mapping(u"client"_s);
    mapping.server.setRequestFilter({});
    mapping.server.setRequestHandler(nullptr);
    QVERIFY(mapping.open());
    QCOMPARE(mapping.peer->user(), u"ada"_s);
}

void TestCertificateUsers::handlerMayNameAnotherUser()
{
    Mapping mapping(u"client"_s);
    mapping.server.setRequestHandler([](const WsRequest &request) {
        WsResponse response = WsResponse::accept();
        response.setUser(request.user() + u" lovelace"_s);
        return response;
    });
    QVERIFY(mapping.open());
    QCOMPARE(mapping.peer->user(), u"ada lovelace"_s);
    QCOMPARE(mapping.peer->request().user(), u"ada"_s);
}

void TestCertificateUsers::handlerMayRefuseAnUnknownUser()
{
    QFETCH(const int, threadCount);
    Mapping mapping(u"client"_s, threadCount);
    mapping.user.clear();
    mapping.server.setRequestHandler([](const WsRequest &request) {
        return request.user().isEmpty() ? WsResponse::reject(403, "unknown certificate")
                                        : WsResponse::accept();
    });
    QVERIFY(mapping.start());
    WS_TRY_VERIFY(mapping.events.isClosed());
    QCOMPARE(mapping.client.response().status(), 403);
    QCOMPARE(mapping.asked.size(), 1);
}

void TestCertificateUsers::untrustedCertificateIsNotMapped()
{
    QFETCH(const int, threadCount);
    Mapping mapping(u"stranger"_s, threadCount, QSslSocket::QueryPeer);
    QVERIFY(mapping.open());
    QCOMPARE(mapping.asked, QList<QSslCertificate>());
    QCOMPARE(mapping.handled, QStringList{QString()});
    QCOMPARE(mapping.shown, certificate(u"stranger"_s));
    QCOMPARE(mapping.peer->user(), QString());
}

void TestCertificateUsers::missingCertificateIsNotMapped()
{
    Mapping mapping({}, 0, QSslSocket::QueryPeer);
    QVERIFY(mapping.open());
    QCOMPARE(mapping.asked, QList<QSslCertificate>());
    QVERIFY(mapping.shown.isNull());
    QCOMPARE(mapping.peer->user(), QString());
}

void TestCertificateUsers::acceptedCertificateIsMapped()
{
    QFETCH(const int, threadCount);
    Mapping mapping(u"stranger"_s, threadCount);
    mapping.server.setSslErrorFilter(
        [](const QList<QSslError> &, const QSslConfiguration &) { return true; });
    QVERIFY(mapping.open());
    QCOMPARE(mapping.asked, QList<QSslCertificate>{certificate(u"stranger"_s)});
    QCOMPARE(mapping.peer->user(), u"ada"_s);
}

void TestCertificateUsers::throwingMapperIsReported()
{
    QFETCH(const int, threadCount);
    Mapping mapping(u"client"_s, threadCount);
    mapping.server.setCertificateMapper(
        [](const QSslCertificate &) -> QString { throw std::runtime_error("no database"); });
    QVERIFY(mapping.start());
    WS_TRY_VERIFY(mapping.events.isClosed());
    QCOMPARE(mapping.client.response().status(), 500);
    QCOMPARE(mapping.handled, QStringList());
    QVERIFY(mapping.errors.join(u' ').contains(u"no database"_s));
}

// Another request of the same connection may be of another user by then.
void TestCertificateUsers::everyRequestIsMapped()
{
    Mapping mapping(u"client"_s);
    mapping.server.setRequestHandler([&mapping](const WsRequest &request) {
        mapping.handled.append(request.user());
        return request.path() == u"/page"_s ? WsResponse::html("page") : WsResponse::accept();
    });
    QVERIFY(mapping.server.listen());
    RawPeer peer;
    peer.socket->setSslConfiguration(tlsConfiguration(u"client"_s));
    QVERIFY(peer.connectTo(mapping.server));
    peer.send("GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n");
    WS_TRY_VERIFY(peer.received.endsWith("page"));
    mapping.user = u"grace"_s;
    peer.send(RawPeer::upgradeRequest());
    WS_TRY_VERIFY(mapping.peer);
    QCOMPARE(mapping.handled, QStringList({u"ada"_s, u"grace"_s}));
    QCOMPARE(mapping.peer->user(), u"grace"_s);
}

// Not that of the request before it: the mapper was not asked.
void TestCertificateUsers::refusedRequestHasNoUser()
{
    Mapping mapping(u"client"_s);
    mapping.server.setRequestHandler([](const WsRequest &) { return WsResponse::html("page"); });
    const LogLines lines("wskit.access");
    QVERIFY(mapping.server.listen());
    RawPeer peer;
    peer.socket->setSslConfiguration(tlsConfiguration(u"client"_s));
    QVERIFY(peer.connectTo(mapping.server));
    peer.send("GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n");
    WS_TRY_COMPARE(LogLines::all().size(), 1);
    QVERIFY(LogLines::all().last().contains(u" user=\"ada\" "_s));
    peer.send("GET /page\r\n\r\n");
    WS_TRY_COMPARE(LogLines::all().size(), 2);
    QVERIFY(LogLines::all().last().contains(u" user=\"\" "_s));
}

void TestCertificateUsers::plainConnectionHasNoUser()
{
    Mapping mapping(u"client"_s);
    mapping.server.setSslConfiguration({});
    QVERIFY(mapping.open());
    QCOMPARE(mapping.asked, QList<QSslCertificate>());
    QCOMPARE(mapping.peer->user(), QString());
}

// It was encrypted before the server got it, so nobody has seen its errors.
void TestCertificateUsers::socketWithIgnoredErrorsIsNotMapped()
{
    Mapping mapping(u"client"_s);
    Door door(&mapping.server);
    QVERIFY(door.listen(QHostAddress::LocalHost));
    for (const QString &name : {u"stranger"_s, u"client"_s}) {
        WsClient client;
        client.setSslConfiguration(tlsConfiguration(name));
        QVERIFY(client.open(QUrl(u"wss://localhost:%1/"_s.arg(door.serverPort()))));
        WS_TRY_COMPARE(client.state(), Ws::Open);
        QCOMPARE(mapping.shown, certificate(name));
    }
    QCOMPARE(mapping.handled, QStringList({QString(), u"ada"_s}));
    QCOMPARE(mapping.asked, QList<QSslCertificate>{certificate(u"client"_s)});
}

void TestCertificateUsers::mapperMayDeleteTheServer()
{
    auto server = std::make_unique<WsServer>();
    QSslConfiguration tls = serverTls();
    tls.setPeerVerifyMode(QSslSocket::VerifyPeer);
    server->setSslConfiguration(tls);
    server->setCertificateMapper([&](const QSslCertificate &) {
        server.reset();
        return u"ada"_s;
    });
    QVERIFY(server->listen());
    WsClient client;
    Events events(&client);
    client.setSslConfiguration(tlsConfiguration(u"client"_s));
    QVERIFY(client.open(QUrl(u"wss://localhost:%1"_s.arg(server->serverPort()))));
    WS_TRY_VERIFY(!server);
    WS_TRY_VERIFY(events.isClosed());
}

#include "../testprogram.h"
WSKIT_TEST(TestCertificateUsers)
#include "tst_certificateusers.moc"
