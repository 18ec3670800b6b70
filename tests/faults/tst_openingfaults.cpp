// SPDX-License-Identifier: MIT

// Every operation of a transport fails once, while connections open or are refused, and while a server
// leaves.

#include "faultyconversation.h"

#include <QtCore/qpromise.h>
#include <QtNetwork/qauthenticator.h>

using namespace FaultTesting;

namespace {
const QByteArray Here = "HTTP/1.1 302 Found\r\nLocation: /next?x\r\nContent-Length: 5\r\n\r\nhello";
const QByteArray Elsewhere = "HTTP/1.1 307 There\r\nLocation: http://other.test:81/b\r\n\r\n";
const QByteArray AskBasic =
    "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"r\"\r\nContent-Length: 2\r\n\r\nno";
const QByteArray AskDigest = "HTTP/1.1 401 Who\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", "
                             "qop=\"auth\"\r\nContent-Length: 0\r\n\r\n";
} // namespace

class TestOpeningFaults : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void refusedClient_data();
    void refusedClient();
    void clientThatGetsNoAnswer();
    void redirects_data();
    void redirects();
    void logins_data();
    void logins();
    void heldOpening();
    void clientThatWaits();
    void clientOpenedAgainInItsSlot_data();
    void clientOpenedAgainInItsSlot();

    void refusedRequest_data();
    void refusedRequest();
    void requestThatNeverEnds();
    void requestDecidedLater_data();
    void requestDecidedLater();
    void httpAnswers_data();
    void httpAnswers();
    void leavingServer_data();
    void leavingServer();
    void messagesToMany();
};

void TestOpeningFaults::refusedClient_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("no body") << "HTTP/1.1 503 Later\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n"_ba;
    QTest::newRow("body") << "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello"_ba;
    QTest::newRow("chunks")
        << "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"_ba;
    QTest::newRow("until the end") << "HTTP/1.1 404 Not Found\r\n\r\nhello"_ba;
    QTest::newRow("another accept key") << "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                           "Connection: Upgrade\r\nSec-WebSocket-Accept: no\r\n\r\n"_ba;
    QTest::newRow("no HTTP") << "hello\r\n\r\n"_ba;
}

void TestOpeningFaults::refusedClient()
{
    QFETCH(const QByteArray, bytes);
    CHECK_FAULTS(WsRole::Client, [&](Conversation &c) {
        c.start();
        c.answer(bytes);
        c.endPeer();
    });
}

void TestOpeningFaults::clientThatGetsNoAnswer()
{
    CHECK_FAULTS(WsRole::Client, [](Conversation &c) {
        c.start();
        (void)c.request();
        c.feed("HTTP/1.1 101 Switching");
        pass(1min);
        c.endPeer();
    });
    CHECK_FAULTS(WsRole::Client, [](Conversation &c) {
        c.start();
        pass(1min); // without a connection
    });
}

void TestOpeningFaults::redirects_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("same server") << Here;
    QTest::newRow("another server") << Elsewhere;
}

void TestOpeningFaults::redirects()
{
    QFETCH(const QByteArray, bytes);
    CHECK_FAULTS(WsRole::Client, [&](Conversation &c) {
        c.client()->setMaxRedirects(2);
        c.start();
        c.answer(bytes);
        c.accept();
        c.receive({text("a")});
        c.closeByUs();
    });
}

void TestOpeningFaults::logins_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("Basic") << AskBasic;
    QTest::newRow("Digest") << AskDigest;
}

void TestOpeningFaults::logins()
{
    QFETCH(const QByteArray, bytes);
    CHECK_FAULTS(WsRole::Client, [&](Conversation &c) {
        QObject::connect(c.client(), &WsClient::authenticationRequired, c.client(),
                         [](QAuthenticator *asked) {
                             asked->setUser(u"user"_s);
                             asked->setPassword(u"password"_s);
                         });
        c.start();
        c.answer(bytes);
        c.accept();
        c.receive({text("a")});
        c.closeByUs();
    });
}

// The user decides about the certificate.
void TestOpeningFaults::heldOpening()
{
    CHECK_FAULTS(WsRole::Client, [](Conversation &c) {
        c.client()->setPauseOnSslErrors(true);
        c.start();
        c.wire().failSsl({QSslError(QSslError::SelfSignedCertificate)});
        pass(1min);
        c.act([](WsConnection &) {});
        (void)c.client()->continueOpening();
        c.accept();
        c.closeByUs();
    });
}

void TestOpeningFaults::clientThatWaits()
{
    CHECK_FAULTS(WsRole::Client, [](Conversation &c) {
        (void)c.client()->open(QUrl(u"ws://example.com/chat"_s));
        c.whileWaiting({[&c] { c.wire().connect(); },
                        [&c] {
                            const QByteArray request = c.wire().takeWritten();
                            if (request.endsWith("\r\n\r\n"))
                                c.wire().feed(acceptanceOf(request));
                        },
                        [&c] { c.wire().feed(fromPeerOf(WsRole::Client, {text("a")})); },
                        [&c] {
                            c.wire().feed(fromPeerOf(WsRole::Client, {text("b"), text("c")}));
                        },
                        [&c] { c.wire().take(FakeWire::Unlimited); },
                        [&c] { c.wire().feed(fromPeerOf(WsRole::Client, {closing(3000, "bye")})); }});
        if (c.client()->waitForOpened()) {
            c.wire().room = 10;
            c.client()->sendBinary(QByteArray(1000, 'x'));
            for (int i = 0; i < 3; ++i)
                (void)c.client()->waitForMessage();
            (void)c.client()->waitForDrained();
            c.client()->close(3000, u"bye"_s);
            (void)c.client()->waitForClosed();
        }
        c.wire().onWait = nullptr;
        settle();
    });
}

void TestOpeningFaults::clientOpenedAgainInItsSlot_data()
{
    QTest::addColumn<QByteArray>("signal");
    QTest::newRow("errorOccurred") << "errorOccurred"_ba;
    QTest::newRow("closed") << "closed"_ba;
}

void TestOpeningFaults::clientOpenedAgainInItsSlot()
{
    QFETCH(const QByteArray, signal);
    CHECK_FAULTS(WsRole::Client, [&](Conversation &c) {
        int left = 2;
        QObject context;
        const auto reopen = [&left, &c] {
            if (left-- > 0)
                (void)c.client()->open(QUrl(u"ws://example.com/again"_s));
        };
        if (signal == "closed")
            QObject::connect(c.client(), &WsClient::closed, &context, reopen);
        else
            QObject::connect(c.client(), &WsClient::errorOccurred, &context, reopen);
        c.open();
        c.receive({text("a")});
        c.endPeer();
        c.handshake();
        c.endPeer();
        c.handshake();
        c.closeByUs();
    });
}

void TestOpeningFaults::refusedRequest_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("no request") << "hello\r\n\r\n"_ba;
    QTest::newRow("no key")
        << "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"_ba;
    QTest::newRow("another version") << upgradeRequest().replace("Version: 13", "Version: 12");
    QTest::newRow("too long") << "GET / HTTP/1.1\r\nHost: a\r\nX: " + QByteArray(100000, 'x');
}

void TestOpeningFaults::refusedRequest()
{
    QFETCH(const QByteArray, bytes);
    CHECK_FAULTS(WsRole::Server, [&](Conversation &c) {
        c.start();
        c.feed(bytes);
        c.endPeer();
    });
    CHECK_FAULTS(WsRole::Server, [&](Conversation &c) {
        c.start();
        c.wire().room = 10;
        c.feed(bytes);
        c.take(FakeWire::Unlimited); // and the client stays
    });
}

void TestOpeningFaults::requestThatNeverEnds()
{
    CHECK_FAULTS(WsRole::Server, [](Conversation &c) {
        c.start();
        c.feed(upgradeRequest().chopped(2));
        pass(1min);
        c.endPeer();
    });
}

void TestOpeningFaults::requestDecidedLater_data()
{
    QTest::addColumn<bool>("isAccepted");
    QTest::newRow("accepted") << true;
    QTest::newRow("refused") << false;
}

void TestOpeningFaults::requestDecidedLater()
{
    QFETCH(const bool, isAccepted);
    CHECK_FAULTS(WsRole::Server, [&](Conversation &c) {
        std::vector<QPromise<WsResponse>> promises;
        c.server()->setRequestHandler([&promises](const WsRequest &) {
            promises.emplace_back().start();
            return promises.back().future();
        });
        c.start();
        c.feed(upgradeRequest());
        c.receive({text("early")});
        for (QPromise<WsResponse> &promise : promises) {
            promise.addResult(isAccepted ? WsResponse::accept() : WsResponse::notFound());
            promise.finish();
        }
        settle();
        c.receive({text("late")});
        c.closeByUs();
        c.server()->setRequestHandler([](const WsRequest &) { return WsResponse::accept(); });
    });
}

void TestOpeningFaults::httpAnswers_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("GET") << "GET /page HTTP/1.1\r\nHost: a\r\n\r\n"_ba;
    QTest::newRow("HEAD") << "HEAD /page HTTP/1.1\r\nHost: a\r\n\r\n"_ba;
    QTest::newRow("POST") << "POST /page HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"_ba;
    QTest::newRow("half a body") << "POST /page HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhello"_ba;
}

void TestOpeningFaults::httpAnswers()
{
    QFETCH(const QByteArray, bytes);
    const auto isPage = [](const WsRequest &request) { return request.path() == u"/page"; };
    const auto script = [&](Conversation &c) {
        c.server()->setMaxRequestBody(100);
        c.server()->setRequestHandler([&](const WsRequest &request) {
            return isPage(request) ? WsResponse(200, QByteArray(50000, 'x')) : WsResponse::accept();
        });
        c.start();
        c.wire().room = 1000;
        c.feed(bytes);
        c.take(40000);
        c.take(FakeWire::Unlimited);
        c.endPeer();
    };
    CHECK_FAULTS(WsRole::Server, script);
}

void TestOpeningFaults::leavingServer_data()
{
    QTest::addColumn<bool>("isAnswered");
    QTest::newRow("clients answer") << true;
    QTest::newRow("clients do not") << false;
}

void TestOpeningFaults::leavingServer()
{
    QFETCH(const bool, isAnswered);
    const auto script = [&](Conversation &c) {
        QObject::connect(c.server(), &WsServer::closed, c.server(), c.expect(u"closed() of the server"_s));
        QVERIFY(c.server()->listen());
        c.open();
        c.wire().room = 100;
        c.act([](WsConnection &us) { us.sendBinary(QByteArray(5000, 'x')); });
        c.allowAbort();
        c.server()->close(Ws::ServiceRestart, u"back soon"_s, 10s);
        c.receive({text("meanwhile")});
        c.take(FakeWire::Unlimited);
        if (isAnswered) {
            c.receive({closing(1012, "back soon")});
            c.endPeer();
        }
    };
    CHECK_FAULTS(WsRole::Server, script, {}, After::Nothing);
}

void TestOpeningFaults::messagesToMany()
{
    CHECK_FAULTS(WsRole::Server, [](Conversation &c) {
        c.open();
        c.act([&](WsConnection &us) { c.server()->subscribe(&us, u"topic"_s); });
        c.wire().room = 100;
        for (int i = 0; i < 5; ++i) {
            c.server()->broadcast(QByteArray(100, 'x'));
            c.server()->publish(u"topic"_s, u"value"_s, u"key"_s);
            settle();
        }
        c.take(200);
        c.server()->publish(u"topic"_s, "last");
        c.take(FakeWire::Unlimited);
        c.closeByUs();
    });
}

#include "../testprogram.h"
WSKIT_TEST(TestOpeningFaults)
#include "tst_openingfaults.moc"
