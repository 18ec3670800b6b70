// SPDX-License-Identifier: MIT

// QWebSocket: openings that fail, and what is reported then.

#include "../heldport.h"
#include "compattesting.h"

using namespace CompatTesting;

class tst_QWebSocketFailing : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void refusedConnection();
    void unknownHost();
    void textsOfErrors();
    void lineEndInThePath();
    void lineEndInTheOrigin();
    void urlThatCannotBeOpened_data();
    void urlThatCannotBeOpened();
    void answerThatIsNoAcceptance_data();
    void answerThatIsNoAcceptance();
    void serverThatEndsWithoutAnAnswer();
    void answerWithoutAnEnd();
    void closeWhileConnecting();
    void abortWhileConnecting();
    void closeBeforeTheAnswer();
    void abortBeforeTheAnswer();
    void oldSignalOfAnError();
    void openAfterAFailure();
    void deletionWhileConnecting();
};

namespace {
// Where nobody listens.
QUrl urlOf(const HeldPort &port)
{
    return QUrl(u"ws://%1/"_s.arg(port.address()));
}

QByteArray noAnswer(const QByteArray &)
{
    return {};
}

QString nameOf(QAbstractSocket::SocketError error)
{
    return u"error "_s + QVariant::fromValue(error).toString().chopped(5);
}
} // namespace

void tst_QWebSocketFailing::refusedConnection()
{
    const HeldPort nobody;
    Client client;
    client.socket.open(urlOf(nobody));
    QVERIFY(waitFor([&] { return client.reports.contains(u"error"_s); }));
    QCOMPARE(client.socket.state(), QAbstractSocket::UnconnectedState);
    QCOMPARE(client.socket.error(), QAbstractSocket::ConnectionRefusedError);
    QVERIFY(!client.socket.errorString().isEmpty());
    QVERIFY(!client.socket.isValid());
    QCOMPARE(client.socket.closeCode(), QWebSocketProtocol::CloseCodeNormal);
    QCOMPARE(client.reports.order(),
             u"state Connecting, state Unconnected, disconnected 1000, error ConnectionRefused"_s);
}

void tst_QWebSocketFailing::unknownHost()
{
    Client client;
    client.socket.open(QUrl(u"ws://host.invalid/"_s));
    QVERIFY(waitFor([&] { return client.reports.contains(u"error"_s); }));
    QCOMPARE(client.socket.error(), QAbstractSocket::HostNotFoundError);
    QVERIFY(!client.socket.errorString().isEmpty());
    QCOMPARE(client.socket.state(), QAbstractSocket::UnconnectedState);
    QCOMPARE(client.reports.order(),
             u"state Connecting, state Unconnected, disconnected 1000, error HostNotFound"_s);
}

void tst_QWebSocketFailing::textsOfErrors()
{
    Client client;
    client.socket.open(QUrl(u"ws://host.invalid/"_s));
    QVERIFY(waitFor([&] { return client.reports.contains(u"error"_s); }));
    QCOMPARE(client.socket.errorString().contains(u"host.invalid"_s), compatDiffers("texts of errors"));
}

void tst_QWebSocketFailing::lineEndInThePath()
{
    RawServer server([](const QByteArray &key) { return RawServer::acceptance(key); });
    QUrl url = server.url();
    url.setPath(u"/one\r\ntwo"_s);
    Client client;
    client.socket.open(url);
    if (compatDiffers("line ends in the path of the URL")) {
        QVERIFY(client.waitUntilConnected());
        QVERIFY(server.request.startsWith("GET /one%0D%0Atwo HTTP/1.1\r\n"));
    } else {
        QVERIFY(waitFor([&] { return client.reports.contains(u"error"_s); }));
        QCOMPARE(client.reports.order(), u"error ConnectionRefused"_s);
        QCOMPARE(client.socket.state(), QAbstractSocket::UnconnectedState);
    }
}

void tst_QWebSocketFailing::lineEndInTheOrigin()
{
    RawServer server([](const QByteArray &key) { return RawServer::acceptance(key); });
    Client client(u"http://page.example\r\nX-Added: yes"_s);
    client.socket.open(server.url());
    QVERIFY(waitFor([&] { return client.reports.contains(u"error"_s); }));
    QVERIFY(!client.socket.errorString().isEmpty());
    QCOMPARE(client.reports.order(),
             u"state Connecting, state Unconnected, disconnected 1000, error ConnectionRefused"_s);
    QVERIFY(server.request.isEmpty());
}

void tst_QWebSocketFailing::urlThatCannotBeOpened_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("expected");
    const QString refused = u"error ConnectionRefused"_s;
    const QString unsupported = u"error UnsupportedSocketOperation"_s;
    const QString notFound = u"state Connecting, state Unconnected, disconnected 1000, error HostNotFound"_s;
    QTest::newRow("empty") << u""_s << refused;
    QTest::newRow("invalid") << u"ws://a b:c"_s << refused;
    QTest::newRow("no host") << u"ws:///path"_s << notFound;
    QTest::newRow("no scheme") << u"//127.0.0.1/"_s << unsupported;
    QTest::newRow("another scheme") << u"ftp://127.0.0.1/"_s << unsupported;
}

void tst_QWebSocketFailing::urlThatCannotBeOpened()
{
    QFETCH(QString, url);
    QFETCH(QString, expected);
    Client client;
    client.socket.open(QUrl(url));
    QVERIFY(waitFor([&] { return client.reports.contains(u"error"_s); }));
    QVERIFY(!client.socket.errorString().isEmpty());
    QCOMPARE(client.socket.state(), QAbstractSocket::UnconnectedState);
    QCOMPARE(client.reports.order(), expected);
    if (compatDiffers("error() of an opening"))
        QCOMPARE(nameOf(client.socket.error()), client.reports.startingWith(u"error"_s).constLast());
}

void tst_QWebSocketFailing::answerThatIsNoAcceptance_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("403") << QByteArray("HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nsorry");
    QTest::newRow("404 without a body") << QByteArray("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    QTest::newRow("200") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    QTest::newRow("500") << QByteArray("HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n\r\n");
    QTest::newRow("301") << QByteArray(
        "HTTP/1.1 301 Moved\r\nLocation: ws://127.0.0.1/\r\nContent-Length: 0\r\n\r\n");
    QTest::newRow("wrong key") << QByteArray(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
    QTest::newRow("no key") << QByteArray(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    QTest::newRow("no HTTP") << QByteArray("220 mail.example ESMTP\r\n\r\n");
    QTest::newRow("an unknown version") << QByteArray(
        "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 8\r\nContent-Length: 0\r\n\r\n");
}

void tst_QWebSocketFailing::answerThatIsNoAcceptance()
{
    QFETCH(QByteArray, answer);
    RawServer server([&answer](const QByteArray &) { return answer; });
    server.endsAfterAnswer = true;
    Client client;
    client.socket.open(server.url());
    QVERIFY(client.waitUntilDisconnected());
    QVERIFY(!client.socket.errorString().isEmpty());
    QVERIFY(!client.socket.isValid());
    // Qt reports it once too, if it is HTTP.
    const bool isNew = COMPAT_INTERFACE >= QT_VERSION_CHECK(6, 6, 0) && answer.startsWith("HTTP");
    QCOMPARE(client.reports.order(),
             isNew || compatDiffers("answers that are refused")
                 ? u"state Connecting, error ConnectionRefused, state Unconnected, disconnected 1000"_s
                 : u"state Connecting, error ConnectionRefused, error RemoteHostClosed, state Unconnected, "
                   "disconnected 1000"_s);
    if (answer.contains("403"))
        QVERIFY(client.socket.errorString().contains(u"403"_s));
}

void tst_QWebSocketFailing::serverThatEndsWithoutAnAnswer()
{
    RawServer server(&noAnswer);
    server.endsAfterAnswer = true;
    Client client;
    client.socket.open(server.url());
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(client.socket.error(), QAbstractSocket::RemoteHostClosedError);
    QVERIFY(!client.socket.errorString().isEmpty());
    QCOMPARE(client.reports.order(),
             u"state Connecting, error RemoteHostClosed, state Unconnected, disconnected 1000"_s);
}

void tst_QWebSocketFailing::answerWithoutAnEnd()
{
    RawServer server([](const QByteArray &) { return "HTTP/1.1 101 " + QByteArray(1024 * 1024, 'x'); });
    Client client;
    client.socket.open(server.url());
    if (!compatDiffers("endless answers"))
        return; // it waits for the end
    QVERIFY(client.waitUntilDisconnected());
    QVERIFY(!client.socket.errorString().isEmpty());
    QCOMPARE(client.reports.order(),
             u"state Connecting, error ConnectionRefused, state Unconnected, disconnected 1000"_s);
}

void tst_QWebSocketFailing::closeWhileConnecting()
{
    RawServer server;
    Client client;
    client.socket.open(server.url());
    client.socket.close();
    WS_TRY_COMPARE(client.socket.state(), QAbstractSocket::UnconnectedState);
    QCoreApplication::processEvents();
    if (compatDiffers("close() while connecting"))
        QCOMPARE(client.reports.order(), u"state Connecting, state Unconnected, disconnected 1000"_s);
    else
        QVERIFY(client.reports.contains(u"disconnected 1000"_s)); // with an error
}

void tst_QWebSocketFailing::abortWhileConnecting()
{
    RawServer server;
    Client client;
    client.socket.open(server.url());
    client.socket.abort();
    QCOMPARE(client.socket.state(), QAbstractSocket::UnconnectedState);
    QCoreApplication::processEvents();
    QCOMPARE(client.reports.order(), u"state Connecting, state Unconnected, disconnected 1000"_s);
}

void tst_QWebSocketFailing::closeBeforeTheAnswer()
{
    RawServer server(&noAnswer);
    Client client;
    client.socket.open(server.url());
    WS_TRY_VERIFY(!server.request.isEmpty());
    QCOMPARE(client.socket.state(), QAbstractSocket::ConnectingState);
    QCOMPARE(client.socket.sendTextMessage(u"too early"_s), 0);
    client.socket.close();
    WS_TRY_COMPARE(client.socket.state(), QAbstractSocket::UnconnectedState);
    WS_TRY_VERIFY(server.peer->hasEnded);
    QCOMPARE(client.reports.order(), u"state Connecting, state Unconnected, disconnected 1000"_s);
    // Before the handshake there are no frames.
    QCOMPARE(server.peer->received.isEmpty(), compatDiffers("close() while connecting"));
}

void tst_QWebSocketFailing::abortBeforeTheAnswer()
{
    RawServer server(&noAnswer);
    Client client;
    client.socket.open(server.url());
    WS_TRY_VERIFY(!server.request.isEmpty());
    client.socket.abort();
    QCOMPARE(client.socket.state(), QAbstractSocket::UnconnectedState);
    WS_TRY_VERIFY(server.peer->hasEnded);
    QCOMPARE(client.reports.order(), u"state Connecting, state Unconnected, disconnected 1000"_s);
}

// Which Qt 6.5 has deprecated, and nobody removed.
void tst_QWebSocketFailing::oldSignalOfAnError()
{
    QList<QAbstractSocket::SocketError> errors;
    QStringList oldStyle;
    const HeldPort nobody;
    Client client;
    QT_WARNING_PUSH
    QT_WARNING_DISABLE_DEPRECATED
    connect(&client.socket, qOverload<QAbstractSocket::SocketError>(&QWebSocket::error), &client.socket,
            [&errors](QAbstractSocket::SocketError error) { errors.append(error); });
    QT_WARNING_POP
    QTimer timer; // something with a slot for the old syntax
    connect(&client.socket, SIGNAL(error(QAbstractSocket::SocketError)), &timer, SLOT(start()));
    timer.setInterval(Patience);
    client.socket.open(urlOf(nobody));
    QVERIFY(waitFor([&] { return client.reports.contains(u"error"_s); }));
    QCOMPARE(errors, QList({QAbstractSocket::ConnectionRefusedError}));
    QVERIFY(timer.isActive());
}

void tst_QWebSocketFailing::openAfterAFailure()
{
    RawServer server;
    const HeldPort nobody;
    Client client;
    client.socket.open(urlOf(nobody));
    QVERIFY(waitFor([&] { return client.reports.contains(u"error"_s); }));
    client.reports.all.clear();
    client.socket.open(server.url());
    QVERIFY(client.waitUntilConnected());
    QCOMPARE(client.reports.order(), u"state Connecting, state Connected, connected"_s);
    QVERIFY(client.socket.isValid());
}

void tst_QWebSocketFailing::deletionWhileConnecting()
{
    RawServer server(&noAnswer);
    auto client = std::make_unique<Client>();
    client->socket.open(server.url());
    client.reset();
    client = std::make_unique<Client>();
    client->socket.open(server.url());
    WS_TRY_VERIFY(!server.request.isEmpty());
    client.reset();
    WS_TRY_VERIFY(server.peer->hasEnded);
}

QTEST_GUILESS_MAIN(tst_QWebSocketFailing)
#include "tst_qwebsocket_failing.moc"
