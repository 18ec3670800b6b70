// SPDX-License-Identifier: MIT

// QWebSocket: open(), from the request on the wire to the signals.

#include "compattesting.h"

#include <QtNetwork/qhostaddress.h>
#include <QtNetwork/qnetworkcookie.h>
#include <QtWebSockets/QWebSocketHandshakeOptions>

using namespace CompatTesting;

class tst_QWebSocketOpening : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void requestHasTheHeadersOfAHandshake();
    void requestHasPathAndQuery();
    void requestHasTheOrigin();
    void requestHasTheHeadersOfTheNetworkRequest();
    void requestOffersSubprotocols();
    void requestOffersSubprotocolsOfAHeader();
    void userAndPasswordOfTheUrl();
    void keysDiffer();
    void openingIsReportedInOrder();
    void connectedSocketKnowsBothEnds();
    void openedSocketKeepsItsRequest();
    void serverChoosesASubprotocol();
    void serverChoosesASubprotocolThatWasNotOffered();
    void answerMayComeInPieces();
    void messageRightBehindTheAnswer();
    void openTwiceAtTheSameTime();
    void openAgainWhileConnected();
    void openAgainAfterTheEnd();
    void openAgainInDisconnected();
};

namespace {
QWebSocketHandshakeOptions offering(const QStringList &subprotocols)
{
    QWebSocketHandshakeOptions options;
    options.setSubprotocols(subprotocols);
    return options;
}

QByteArray headerOf(const QByteArray &request, const QByteArray &name)
{
    for (const QByteArray &line : request.split('\n')) {
        if (line.toLower().startsWith(name.toLower() + ':'))
            return line.sliced(name.size() + 1).trimmed();
    }
    return {};
}
} // namespace

void tst_QWebSocketOpening::requestHasTheHeadersOfAHandshake()
{
    RawServer server;
    Client client;
    client.socket.open(server.url());
    QVERIFY(client.waitUntilConnected());
    const QByteArray request = server.request;
    QVERIFY(request.startsWith("GET / HTTP/1.1\r\n"));
    QCOMPARE(headerOf(request, "Host"), "127.0.0.1:" + QByteArray::number(server.serverPort()));
    QCOMPARE(headerOf(request, "Upgrade").toLower(), "websocket");
    QCOMPARE(headerOf(request, "Connection").toLower(), "upgrade");
    QCOMPARE(headerOf(request, "Sec-WebSocket-Version"), "13");
    QCOMPARE(QByteArray::fromBase64(headerOf(request, "Sec-WebSocket-Key")).size(), 16);
    for (const QByteArray name :
         {"Origin", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Authorization"})
        QCOMPARE(headerOf(request, name), QByteArray());
}

void tst_QWebSocketOpening::requestHasPathAndQuery()
{
    RawServer server;
    QUrl url = server.url();
    url.setPath(u"/a path/ü"_s);
    url.setQuery(u"name=Ann&x=%2F"_s);
    Client client;
    client.socket.open(url);
    QVERIFY(client.waitUntilConnected());
    QCOMPARE(server.request.split('\r').first(), "GET /a%20path/%C3%BC?name=Ann&x=%2F HTTP/1.1");
    QCOMPARE(client.socket.resourceName(), u"/a%20path/%C3%BC?name=Ann&x=%2F"_s);
}

void tst_QWebSocketOpening::requestHasTheOrigin()
{
    RawServer server;
    Client client(u"https://page.example"_s);
    client.socket.open(server.url());
    QVERIFY(client.waitUntilConnected());
    QCOMPARE(headerOf(server.request, "Origin"), "https://page.example");
    QCOMPARE(client.socket.origin(), u"https://page.example"_s);
}

void tst_QWebSocketOpening::requestHasTheHeadersOfTheNetworkRequest()
{
    RawServer server;
    QNetworkRequest request(server.url());
    request.setRawHeader("X-Token", "abc");
    request.setRawHeader("Cookie", "a=1; b=2");
    request.setHeader(QNetworkRequest::UserAgentHeader, u"Agent/1.0"_s);
    Client client;
    client.socket.open(request);
    QVERIFY(client.waitUntilConnected());
    QCOMPARE(headerOf(server.request, "X-Token"), "abc");
    QCOMPARE(headerOf(server.request, "Cookie"), "a=1; b=2");
    QCOMPARE(headerOf(server.request, "User-Agent"), "Agent/1.0");
    QCOMPARE(client.socket.request().rawHeader("X-Token"), "abc");
    QCOMPARE(client.socket.requestUrl(), server.url());
}

void tst_QWebSocketOpening::requestOffersSubprotocols()
{
    RawServer server;
    Client client;
    client.socket.open(server.url(), offering({u"chat"_s, u"superchat"_s}));
    QVERIFY(client.waitUntilConnected());
    QCOMPARE(headerOf(server.request, "Sec-WebSocket-Protocol").replace(", ", ","), "chat,superchat");
    QCOMPARE(client.socket.handshakeOptions().subprotocols(), QStringList({u"chat"_s, u"superchat"_s}));
    QCOMPARE(client.socket.subprotocol(), QString());
    client.socket.abort();

    Client second;
    second.socket.open(QNetworkRequest(server.url()), offering({u"other"_s}));
    QVERIFY(second.waitUntilConnected());
    QCOMPARE(headerOf(server.request, "Sec-WebSocket-Protocol"), "other");
}

// As programs did before Qt 6.4, which added the options.
void tst_QWebSocketOpening::requestOffersSubprotocolsOfAHeader()
{
    RawServer server([](const QByteArray &key) {
        return RawServer::acceptanceWith(key, "Sec-WebSocket-Protocol: mqtt\r\n");
    });
    QNetworkRequest request(server.url());
    request.setRawHeader("Sec-WebSocket-Protocol", "mqtt");
    Client client;
    client.socket.open(request);
    QVERIFY(client.waitUntilConnected());
    QCOMPARE(headerOf(server.request, "Sec-WebSocket-Protocol"), "mqtt");
    QCOMPARE(client.socket.subprotocol(), u"mqtt"_s);
}

void tst_QWebSocketOpening::userAndPasswordOfTheUrl()
{
    RawServer server;
    QUrl url = server.url();
    url.setUserName(u"ann"_s);
    url.setPassword(u"secret"_s);
    Client client;
    client.socket.open(url);
    QVERIFY(client.waitUntilConnected());
    QCOMPARE(headerOf(server.request, "Authorization"), QByteArray());
    QCOMPARE(headerOf(server.request, "Host"), "127.0.0.1:" + QByteArray::number(server.serverPort()));
}

void tst_QWebSocketOpening::keysDiffer()
{
    RawServer server;
    QByteArrayList keys;
    for (int count = 0; count < 3; ++count) {
        Client client;
        client.socket.open(server.url());
        QVERIFY(client.waitUntilConnected());
        keys.append(headerOf(server.request, "Sec-WebSocket-Key"));
    }
    QVERIFY(keys[0] != keys[1] && keys[1] != keys[2]);
}

void tst_QWebSocketOpening::openingIsReportedInOrder()
{
    RawServer server;
    Client client;
    bool wasValid = false;
    connect(&client.socket, &QWebSocket::connected, &client.socket, [&] {
        wasValid = client.socket.isValid() && client.socket.state() == QAbstractSocket::ConnectedState;
    });
    client.socket.open(server.url());
    QVERIFY(!client.socket.isValid());
    QVERIFY(client.waitUntilConnected());
    QCOMPARE(client.reports.all.join(u", "_s), u"state Connecting, state Connected, connected"_s);
    QVERIFY(wasValid);
    QVERIFY(client.socket.isValid());
    QCOMPARE(client.socket.error(), QAbstractSocket::UnknownSocketError);
    QCOMPARE(client.socket.closeCode(), QWebSocketProtocol::CloseCodeNormal);
}

void tst_QWebSocketOpening::connectedSocketKnowsBothEnds()
{
    RawServer server;
    Client client;
    client.socket.open(server.url());
    QVERIFY(client.waitUntilConnected());
    QCOMPARE(client.socket.peerAddress(), QHostAddress(QHostAddress::LocalHost));
    QCOMPARE(client.socket.peerPort(), server.serverPort());
    QCOMPARE(client.socket.peerName(), u"127.0.0.1"_s);
    QCOMPARE(client.socket.localAddress(), QHostAddress(QHostAddress::LocalHost));
    QCOMPARE(client.socket.localPort(), server.peer->socket->peerPort());
}

void tst_QWebSocketOpening::openedSocketKeepsItsRequest()
{
    RawServer server;
    QUrl url = server.url();
    url.setPath(u"/chat"_s);
    url.setQuery(u"a=b"_s);
    Client client;
    client.socket.open(url);
    QVERIFY(client.waitUntilConnected());
    QCOMPARE(client.socket.requestUrl(), url);
    QCOMPARE(client.socket.request().url(), url);
    QCOMPARE(client.socket.resourceName(), u"/chat?a=b"_s);
    QCOMPARE(client.socket.version(), QWebSocketProtocol::Version13);
}

void tst_QWebSocketOpening::serverChoosesASubprotocol()
{
    RawServer server([](const QByteArray &key) {
        return RawServer::acceptanceWith(key, "Sec-WebSocket-Protocol: superchat\r\n");
    });
    Client client;
    client.socket.open(server.url(), offering({u"chat"_s, u"superchat"_s}));
    QVERIFY(client.waitUntilConnected());
    QCOMPARE(client.socket.subprotocol(), u"superchat"_s);
}

void tst_QWebSocketOpening::serverChoosesASubprotocolThatWasNotOffered()
{
    RawServer server([](const QByteArray &key) {
        return RawServer::acceptanceWith(key, "Sec-WebSocket-Protocol: other\r\n");
    });
    Client client;
    client.socket.open(server.url(), offering({u"chat"_s}));
    QVERIFY(waitFor([&] { return client.reports.contains(u"error"_s); }));
    if (compatDiffers("answers that are refused"))
        QVERIFY(client.waitUntilDisconnected());
    QVERIFY(!client.reports.all.contains(u"connected"_s));
    QCOMPARE(client.reports.startingWith(u"error"_s), QStringList(u"error ConnectionRefused"_s));
    QVERIFY(client.socket.errorString().contains(u"subprotocol"_s, Qt::CaseInsensitive)
            || client.socket.errorString().contains(u"protocol"_s));
}

void tst_QWebSocketOpening::answerMayComeInPieces()
{
    QByteArray rest;
    RawServer server([&rest](const QByteArray &key) {
        const QByteArray answer = RawServer::acceptance(key);
        rest = answer.sliced(30);
        return answer.first(30);
    });
    Client client;
    client.socket.open(server.url());
    QVERIFY(waitFor([&] { return !rest.isEmpty(); }));
    for (const char byte : rest) {
        QVERIFY(!client.reports.contains(u"connected"_s));
        server.peer->send(QByteArray(1, byte));
        QCoreApplication::processEvents();
    }
    QVERIFY(client.waitUntilConnected());
    QCOMPARE(client.reports.order(), u"state Connecting, state Connected, connected"_s);
}

void tst_QWebSocketOpening::messageRightBehindTheAnswer()
{
    RawServer server;
    server.afterAnswer = unmaskedFrame(TextFrame, "hello");
    Client client;
    client.socket.open(server.url());
    QVERIFY(waitFor([&] { return client.reports.contains(u"text"_s); }));
    QCOMPARE(client.reports.order(), u"state Connecting, state Connected, connected, text hello"_s);
}

void tst_QWebSocketOpening::openTwiceAtTheSameTime()
{
    RawServer server;
    Client client;
    client.socket.open(server.url());
    client.socket.open(server.url());
    QVERIFY(client.waitUntilConnected());
    QCOMPARE(client.socket.state(), QAbstractSocket::ConnectedState);
    QCOMPARE(client.reports.order(), u"state Connecting, state Connected, connected"_s);
}

void tst_QWebSocketOpening::openAgainWhileConnected()
{
    RawServer first;
    RawServer second;
    second.afterAnswer = unmaskedFrame(TextFrame, "second");
    Client client;
    client.socket.open(first.url());
    QVERIFY(client.waitUntilConnected());
    client.socket.open(second.url());
    QVERIFY(waitFor([&] { return client.reports.contains(u"text second"_s); }));
    QCOMPARE(client.socket.requestUrl(), second.url());
    WS_TRY_VERIFY(first.peer->hasEnded);
    QCOMPARE(
        client.reports.order(),
        u"state Connecting, state Connected, connected, state Connecting, state Connected, connected, text second"_s);
}

void tst_QWebSocketOpening::openAgainAfterTheEnd()
{
    RawServer server;
    server.afterAnswer = unmaskedFrame(CloseFrame, closePayload(4000, "first"));
    Client client;
    client.socket.open(server.url());
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(int(client.socket.closeCode()), 4000);
    client.reports.all.clear();
    server.afterAnswer = unmaskedFrame(TextFrame, "second");
    client.socket.open(server.url());
    QVERIFY(waitFor([&] { return client.reports.contains(u"text"_s); }));
    QCOMPARE(client.reports.order(), u"state Connecting, state Connected, connected, text second"_s);
    QVERIFY(client.socket.isValid());
    QCOMPARE(client.socket.sendTextMessage(u"answer"_s), 6);
    WS_TRY_COMPARE(server.peer->frames().size(), 1);
    QCOMPARE(server.peer->frames().first().payload, "answer");
}

void tst_QWebSocketOpening::openAgainInDisconnected()
{
    RawServer server;
    server.afterAnswer = unmaskedFrame(CloseFrame, closePayload(1000));
    Client client;
    int count = 0;
    connect(&client.socket, &QWebSocket::disconnected, &client.socket, [&] {
        if (++count == 3)
            server.afterAnswer = unmaskedFrame(TextFrame, "last");
        client.socket.open(server.url());
    });
    client.socket.open(server.url());
    QVERIFY(waitFor([&] { return client.reports.contains(u"text last"_s); }));
    QCOMPARE(count, 3);
    QCOMPARE(client.reports.startingWith(u"connected"_s).size(), 4);
    client.socket.disconnect();
}

QTEST_GUILESS_MAIN(tst_QWebSocketOpening)
#include "tst_qwebsocket_opening.moc"
