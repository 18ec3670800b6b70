// SPDX-License-Identifier: MIT

// WsClient and web servers that redirect it, or want a login: nginx, Apache and Python's websockets.

#include "loginsite.h"

#include "integrationtesting.h"

#include <QtNetwork/qauthenticator.h>

using namespace IntegrationTesting;
using Program = LoginSite::Program;

namespace {
// What is behind the web servers.
struct Backend
{
    Backend()
    {
        server.setRequestHandler([this](const WsRequest &request) {
            requests.append(request);
            return WsResponse::accept();
        });
        server.setConnectionHandler([](WsConnection *connection) {
            QObject::connect(connection, &WsConnection::messageReceived, connection,
                             [connection](const WsMessage &message) { connection->send(message); });
        });
    }

    WsServer server;
    QList<WsRequest> requests;
};

// A client that knows some passwords and tries one after the other.
struct Visitor
{
    explicit Visitor(const QStringList &passwords = {})
    {
        client.setSslConfiguration(tlsConfiguration());
        client.setOptions(patientOptions());
        client.setMaxRedirects(3);
        client.setRequestFilter([this](WsRequest &) { ++requestCount; });
        QObject::connect(&client, &WsClient::authenticationRequired, &client,
                         [this, passwords](QAuthenticator *authenticator) {
                             realms.append(authenticator->realm());
                             if (realms.size() > passwords.size())
                                 return;
                             authenticator->setUser(u"user"_s);
                             authenticator->setPassword(passwords.at(realms.size() - 1));
                         });
    }

    // Whether it opens, and what it sends comes back.
    bool visits(const QUrl &url)
    {
        if (client.state() != Ws::Closed)
            client.abort();
        Events events(&client);
        if (!client.open(url))
            return false;
        (void)waitFor([&] { return client.state() == Ws::Open || events.isClosed(); });
        return client.state() == Ws::Open && client.sendText("hello")
               && waitFor([&] { return events.messages() == QStringList(u"text hello"_s); });
    }

    WsClient client;
    QStringList realms; // that it was asked for
    int requestCount = 0;
};

void addPrograms()
{
    QTest::addColumn<Program>("program");
    QTest::addColumn<QByteArray>("scheme");
    QTest::newRow("nginx") << Program::Nginx << "Basic"_ba;
    QTest::newRow("Apache") << Program::Apache << "Digest"_ba;
    QTest::newRow("websockets") << Program::Websockets << "Basic"_ba;
}
} // namespace

class TestLogins : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nginxRedirects();
    void nginxRedirectsInACircle();
    void loginIsAccepted_data() { addPrograms(); }
    void loginIsAccepted();
    void loginIsCorrected_data() { addPrograms(); }
    void loginIsCorrected();
    void wrongLoginIsRefused_data() { addPrograms(); }
    void wrongLoginIsRefused();
    void urlIsAccepted_data() { addPrograms(); }
    void urlIsAccepted();
    void openedAgainItAsksNobody_data() { addPrograms(); }
    void openedAgainItAsksNobody();
    void staleNonceIsRenewed();
    void serverThatWasStartedAnewAsksNobody();
};

void TestLogins::nginxRedirects()
{
    Backend backend;
    LoginSite site(Program::Nginx);
    QVERIFY(backend.server.listen() && site.start(backend.server.serverUrl()));
    Visitor visitor;
    visitor.client.setHeader("Authorization", "Bearer secret");
    QSignalSpy redirected(&visitor.client, &WsClient::redirected);
    QVERIFY2(visitor.visits(site.url(u"/moved"_s)), qPrintable(visitor.client.errorString()));
    QCOMPARE(backend.requests.constLast().target(), "/echo?moved"_ba);
    QCOMPARE(backend.requests.constLast().header("Authorization"), "Bearer secret"_ba);
    QVERIFY2(visitor.visits(site.url(u"/encrypted"_s)), qPrintable(visitor.client.errorString()));
    QCOMPARE(backend.requests.constLast().target(), "/echo?encrypted"_ba);
    QVERIFY(!backend.requests.constLast().hasHeader("Authorization"));
    QVERIFY(visitor.client.isEncrypted());
    QCOMPARE(redirected.count(), 2);
    QVERIFY2(visitor.visits(site.url(u"/moved"_s, true)), qPrintable(visitor.client.errorString()));
    QVERIFY(visitor.client.isEncrypted());
}

void TestLogins::nginxRedirectsInACircle()
{
    LoginSite site(Program::Nginx);
    QVERIFY(site.start(QUrl(u"ws://127.0.0.1:1"_s)));
    Visitor visitor;
    QVERIFY(!visitor.visits(site.url(u"/circle"_s)));
    const QString url = u'"' + site.url(u"/circle"_s).toString() + u'"';
    QCOMPARE(visitor.client.errorString(), u"the redirects go round in a circle: "_s + url + u" -> "_s + url);
}

void TestLogins::loginIsAccepted()
{
    QFETCH(const Program, program);
    QFETCH(const QByteArray, scheme);
    Backend backend;
    LoginSite site(program);
    QVERIFY(backend.server.listen() && site.start(backend.server.serverUrl()));
    Visitor visitor({u"right"_s});
    QVERIFY2(visitor.visits(site.url()), qPrintable(visitor.client.errorString()));
    QCOMPARE(visitor.realms, QStringList(u"home"_s));
    QCOMPARE(visitor.requestCount, 2);
    QVERIFY(visitor.client.request().header("Authorization").startsWith(scheme + ' '));
}

void TestLogins::loginIsCorrected()
{
    QFETCH(const Program, program);
    Backend backend;
    LoginSite site(program);
    QVERIFY(backend.server.listen() && site.start(backend.server.serverUrl()));
    Visitor visitor({u"wrong"_s, u"wronger"_s, u"right"_s});
    QVERIFY2(visitor.visits(site.url()), qPrintable(visitor.client.errorString()));
    QCOMPARE(visitor.realms.size(), 3);
    QCOMPARE(visitor.requestCount, 4);
}

void TestLogins::wrongLoginIsRefused()
{
    QFETCH(const Program, program);
    Backend backend;
    LoginSite site(program);
    QVERIFY(backend.server.listen() && site.start(backend.server.serverUrl()));
    Visitor visitor({u"wrong"_s});
    QVERIFY(!visitor.visits(site.url()));
    QCOMPARE(
        visitor.client.errorString(),
        u"the server answered with HTTP status 401; it rejects the user name or the password for the realm "
        "\"home\""_s);
    QVERIFY(!visitor.client.response().body().isEmpty());
    QCOMPARE(visitor.requestCount, 2);
    QCOMPARE(backend.requests.size(), 0);
}

void TestLogins::urlIsAccepted()
{
    QFETCH(const Program, program);
    QFETCH(const QByteArray, scheme);
    Backend backend;
    LoginSite site(program);
    QVERIFY(backend.server.listen() && site.start(backend.server.serverUrl()));
    Visitor visitor;
    QUrl url = site.url();
    url.setUserInfo(u"user:right"_s);
    QVERIFY2(visitor.visits(url), qPrintable(visitor.client.errorString()));
    QVERIFY(visitor.realms.isEmpty());
    QVERIFY(visitor.client.request().header("Authorization").startsWith(scheme + ' '));
    url.setUserInfo(u"user:wrong"_s);
    QVERIFY(!visitor.visits(url));
    QVERIFY(visitor.client.errorString().contains(u"rejects"_s));
}

void TestLogins::openedAgainItAsksNobody()
{
    QFETCH(const Program, program);
    Backend backend;
    LoginSite site(program);
    QVERIFY(backend.server.listen() && site.start(backend.server.serverUrl()));
    Visitor visitor({u"right"_s});
    for (int i = 0; i < 5; ++i)
        QVERIFY2(visitor.visits(site.url()), qPrintable(visitor.client.errorString()));
    QCOMPARE(visitor.realms.size(), 1);
    if (program != Program::Apache) // where the nonce may have become stale
        QCOMPARE(visitor.requestCount, 6);
}

// It is good for one second.
void TestLogins::staleNonceIsRenewed()
{
    Backend backend;
    LoginSite site(Program::Apache);
    QVERIFY(backend.server.listen() && site.start(backend.server.serverUrl()));
    Visitor visitor({u"right"_s});
    int visits = 0;
    int reused = 0;
    QVERIFY(waitFor([&] {
        ++visits;
        if (!visitor.visits(site.url()))
            return true;
        reused += visitor.client.request().header("Authorization").contains("nc=00000002");
        return visitor.requestCount > visits + 1; // than the first, which was asked for a login
    }));
    QCOMPARE(visitor.client.state(), Ws::Open);
    QCOMPARE(visitor.realms.size(), 1);
    QCOMPARE_GT(reused, 0);
}

void TestLogins::serverThatWasStartedAnewAsksNobody()
{
    Backend backend;
    LoginSite site(Program::Apache);
    QVERIFY(backend.server.listen() && site.start(backend.server.serverUrl()));
    Visitor visitor({u"right"_s});
    QVERIFY2(visitor.visits(site.url()), qPrintable(visitor.client.errorString()));
    visitor.client.abort();
    QVERIFY(site.startAgain());
    QVERIFY2(visitor.visits(site.url()), qPrintable(visitor.client.errorString()));
    QCOMPARE(visitor.realms.size(), 1);
    QCOMPARE(visitor.requestCount, 4);
}

QTEST_GUILESS_MAIN(TestLogins)
#include "tst_logins.moc"
