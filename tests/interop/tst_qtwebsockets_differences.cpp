// SPDX-License-Identifier: MIT

// What the page "Coming from QtWebSockets" says, tried out with both libraries. If a newer Qt behaves
// differently, the page is wrong.

#include "../patience.h"

#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtCore/QPointer>
#include <QtCore/QThread>
#include <QtNetwork/QSslKey>
#include <QtNetwork/QTcpServer>
#include <QtNetwork/QTcpSocket>
#include <QtTest/QSignalSpy>
#include <QtTest/QtTest>
#include <QtWebSockets/QWebSocket>
#include <QtWebSockets/QWebSocketCorsAuthenticator>
#include <QtWebSockets/QWebSocketHandshakeOptions>
#include <QtWebSockets/QWebSocketServer>

#include <limits>
#include <memory>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
constexpr auto qtErrorOccurred = &QWebSocket::errorOccurred;
#else
constexpr auto qtErrorOccurred = qOverload<QAbstractSocket::SocketError>(&QWebSocket::error);
#endif

QString ended(int code, const QString &reason)
{
    return u"ended %1 %2"_s.arg(code).arg(reason).trimmed();
}

// What both libraries report, in the same words.
void record(QWebSocket *socket, QStringList &log)
{
    QObject::connect(socket, &QWebSocket::textMessageReceived, socket,
                     [&log](const QString &text) { log += text; });
    QObject::connect(socket, qtErrorOccurred, socket, [&log] { log += u"error"_s; });
    QObject::connect(socket, &QWebSocket::disconnected, socket,
                     [&log, socket] { log += ended(socket->closeCode(), socket->closeReason()); });
}

void record(WsConnection *connection, QStringList &log)
{
    QObject::connect(connection, &WsConnection::textMessageReceived, connection,
                     [&log](const QString &text) { log += text; });
    QObject::connect(connection, &WsConnection::errorOccurred, connection, [&log] { log += u"error"_s; });
    QObject::connect(connection, &WsConnection::closed, connection,
                     [&log](quint16 code, const QString &reason) { log += ended(code, reason); });
}

template <typename Socket, auto opened>
struct Client
{
    template <typename... Arguments>
    explicit Client(Arguments... arguments) : socket(arguments...)
    {
        QObject::connect(&socket, opened, &socket, [this] { log += u"open"_s; });
        record(&socket, log);
    }

    QStringList log;
    Socket socket;
};
using QtClient = Client<QWebSocket, &QWebSocket::connected>;
using WsKitClient = Client<WsClient, &WsClient::opened>;

// A server of QtWebSockets and its last connection.
struct QtServer
{
    QtServer()
    {
        QObject::connect(&server, &QWebSocketServer::newConnection, &server, [this] {
            last = server.nextPendingConnection();
            record(last, log);
        });
        server.listen(QHostAddress::LocalHost);
    }
    QUrl url() const { return server.serverUrl(); }

    QStringList log;
    QPointer<QWebSocket> last;
    QWebSocketServer server{u"test"_s, QWebSocketServer::NonSecureMode};
};

// A server of WsKit and its last connection.
struct WsKitServer
{
    WsKitServer()
    {
        QObject::connect(&server, &WsServer::newConnection, &server, [this](WsConnection *connection) {
            last = connection;
            record(connection, log);
        });
        server.listen();
    }
    QUrl url() const { return server.serverUrl(); }

    QStringList log;
    QPointer<WsConnection> last;
    WsServer server;
};

// Accepts every handshake with the headers in \a extra; then says and reads nothing more.
struct MuteServer
{
    explicit MuteServer(const QByteArray &extra = {})
    {
        QObject::connect(&server, &QTcpServer::newConnection, &server, [this, extra] {
            QTcpSocket *const socket = server.nextPendingConnection();
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [socket, extra] {
                const QByteArray request = socket->readAll();
                const qsizetype key = request.indexOf("Sec-WebSocket-Key: ");
                if (key < 0)
                    return;
                const QByteArray accepted = QCryptographicHash::hash(
                    request.mid(key + 19, 24) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
                    QCryptographicHash::Sha1);
                socket->write(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Accept: "
                    + accepted.toBase64() + "\r\n" + extra + "\r\n");
                socket->setReadBufferSize(1);
            });
        });
        server.listen(QHostAddress::LocalHost);
    }
    QUrl url() const { return QUrl(u"ws://127.0.0.1:%1"_s.arg(server.serverPort())); }

    QTcpServer server;
};

// What a server answers to \a request, until it ends the connection or has accepted a WebSocket.
QByteArray answerTo(const QUrl &server, const QByteArray &request)
{
    QTcpSocket socket;
    socket.connectToHost(server.host(), quint16(server.port()));
    socket.write(request);
    QByteArray answer;
    (void)Patient::waitFor([&] {
        answer += socket.readAll();
        return socket.state() == QAbstractSocket::UnconnectedState || answer.startsWith("HTTP/1.1 101 ");
    });
    return answer.left(answer.indexOf('\r'));
}

// The enumeration of QtWebSockets has no codes of applications, so that a constant could not be converted.
QWebSocketProtocol::CloseCode qtCode(int code)
{
    return static_cast<QWebSocketProtocol::CloseCode>(code);
}

const QUrl Nowhere(u"ws://127.0.0.1:1"_s);
constexpr qint64 MiB = 1024 * 1024;
} // namespace

class tst_QtWebSocketsDifferences : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void openReportsAWrongUrl();
    void openOfAnOpenConnection();
    void silentServer();
    void serverPicksTheSubprotocol();
    void subprotocolThatWasNotOffered();
    void refusedConnection();
    void refusedHandshake();
    void sslErrorsIgnoredBeforeOpen();
    void resultOfSending();
    void limitOfTheQueue();
    void framesOfALargeMessage();
    void messagesAfterClose();
    void limitsByDefault();
    void largeMessage();
    void oldLimits();
    void closeOfAPeerThatDoesNotAnswer();
    void codeWithoutACloseFrame();
    void codeOfBothSides();
    void codesThatMayNotBeSent();
    void deletedClient();
    void addressByDefault();
    void ownerOfAConnection();
    void closedServer();
    void deletedServer();
    void plainRequest();
    void targetOfARequest();
    void originOfAPage();
    void hostOfAPage();
    void sendingFromAnotherThread();
};

// --- opening

void tst_QtWebSocketsDifferences::openReportsAWrongUrl()
{
    const QUrl url(u"ftp://127.0.0.1:1"_s);
    QtClient qt;
    qt.socket.open(url);
    QCOMPARE(qt.log, QStringList(u"error"_s));

    WsKitClient wskit;
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"cannot be opened"_s));
    QVERIFY(!wskit.socket.open(url));
    QVERIFY(!wskit.socket.errorString().isEmpty());
    QCOMPARE(wskit.log, QStringList());
    wskit.socket.setUrl(url);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"cannot be opened"_s));
    wskit.socket.setActive(true);
    QCOMPARE(wskit.log, QStringList(u"error"_s));
}

void tst_QtWebSocketsDifferences::openOfAnOpenConnection()
{
    QtServer server;
    QtClient qt;
    qt.socket.open(server.url());
    WS_TRY_COMPARE(qt.log, QStringList(u"open"_s));
    qt.socket.open(server.url());
    WS_TRY_COMPARE(qt.log, QStringList({u"open"_s, u"open"_s}));
    WS_TRY_VERIFY(server.log.contains(u"error"_s)); // no Close frame
    qt.socket.abort();

    WsKitClient wskit;
    QVERIFY(wskit.socket.open(server.url()));
    WS_TRY_COMPARE(wskit.log, QStringList(u"open"_s));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"is not closed"_s));
    QVERIFY(!wskit.socket.open(server.url()));
    wskit.socket.abort();
    QVERIFY(wskit.socket.open(server.url()));
    WS_TRY_COMPARE(wskit.log, QStringList({u"open"_s, u"ended 1006"_s, u"open"_s}));
}

void tst_QtWebSocketsDifferences::silentServer()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    const QUrl url(u"ws://127.0.0.1:%1"_s.arg(server.serverPort()));
    QtClient qt;
    qt.socket.open(url);
    WsKitClient wskit;
    QCOMPARE(wskit.socket.options().handshakeTimeout(), 10s);
    WsOptions options;
    options.setHandshakeTimeout(100ms);
    wskit.socket.setOptions(options);
    QVERIFY(wskit.socket.open(url));
    WS_TRY_COMPARE(wskit.log, QStringList({u"error"_s, u"ended 1006"_s}));
    QCOMPARE(qt.log, QStringList());
    QCOMPARE(qt.socket.state(), QAbstractSocket::ConnectingState);
}

void tst_QtWebSocketsDifferences::serverPicksTheSubprotocol()
{
    QtServer qt;
    qt.server.setSupportedSubprotocols({u"b"_s, u"a"_s});
    WsKitServer wskit;
    wskit.server.setSubprotocols({u"b"_s, u"a"_s});
    WsKitClient client;
    client.socket.setSubprotocols({u"a"_s, u"b"_s});

    QVERIFY(client.socket.open(qt.url()));
    WS_TRY_VERIFY(client.log.contains(u"open"_s));
    QCOMPARE(client.socket.subprotocol(), u"a"_s);
    client.socket.abort();
    QVERIFY(client.socket.open(wskit.url()));
    WS_TRY_COMPARE(client.log.count(u"open"_s), 2);
    QCOMPARE(client.socket.subprotocol(), u"b"_s);
    client.socket.abort();

    wskit.server.setRequestHandler(
        [](const WsRequest &request) { return WsResponse::accept(request.subprotocols().value(0)); });
    QVERIFY(client.socket.open(wskit.url()));
    WS_TRY_COMPARE(client.log.count(u"open"_s), 3);
    QCOMPARE(client.socket.subprotocol(), u"a"_s);
}

void tst_QtWebSocketsDifferences::subprotocolThatWasNotOffered()
{
    const MuteServer server("Sec-WebSocket-Protocol: unasked\r\n");
    WsKitClient wskit;
    QtClient qt;
    qt.socket.open(server.url());
    QVERIFY(wskit.socket.open(server.url()));
    WS_TRY_COMPARE(wskit.log, QStringList({u"error"_s, u"ended 1006"_s}));
    WS_TRY_COMPARE(qt.log, QStringList(u"error"_s));
}

void tst_QtWebSocketsDifferences::refusedConnection()
{
    QtClient qt;
    qt.socket.open(Nowhere);
    WS_TRY_COMPARE(qt.log, QStringList({u"ended 1000"_s, u"error"_s}));
    WsKitClient wskit;
    QVERIFY(wskit.socket.open(Nowhere));
    WS_TRY_COMPARE(wskit.log, QStringList({u"error"_s, u"ended 1006"_s}));
}

void tst_QtWebSocketsDifferences::refusedHandshake()
{
    WsKitServer server;
    server.server.setRequestHandler([](const WsRequest &) {
        return WsResponse(302, "moved", {{"Location", "/elsewhere"}});
    });
    QtClient qt;
    qt.socket.open(server.url());
    WS_TRY_COMPARE(qt.log, QStringList({u"error"_s, u"error"_s, u"ended 1000"_s}));
    WsKitClient wskit;
    const QSignalSpy errors(&wskit.socket, &WsClient::errorOccurred);
    QVERIFY(wskit.socket.open(server.url()));
    WS_TRY_COMPARE(wskit.log, QStringList({u"error"_s, u"ended 1006"_s}));
    QCOMPARE(errors.at(0).at(0).value<WsError>().httpStatus(), 302);
    QCOMPARE(wskit.socket.response().body(), "moved");
}

// --- TLS

void tst_QtWebSocketsDifferences::sslErrorsIgnoredBeforeOpen()
{
    WsServer server;
    QVERIFY(server.setLocalCertificate(QStringLiteral(WSKIT_TEST_CERTIFICATES "/selfsigned.crt"),
                                       QStringLiteral(WSKIT_TEST_CERTIFICATES "/selfsigned.key")));
    QVERIFY(server.listen());

    QtClient qt;
    qt.socket.ignoreSslErrors();
    qt.socket.open(server.serverUrl());
    WS_TRY_COMPARE(qt.log, QStringList({u"error"_s, u"ended 1000"_s}));
    QObject::connect(&qt.socket, &QWebSocket::sslErrors, &qt.socket, [&qt] { qt.socket.ignoreSslErrors(); });
    qt.log.clear();
    qt.socket.open(server.serverUrl());
    WS_TRY_COMPARE(qt.log, QStringList(u"open"_s));

    WsKitClient wskit;
    QVERIFY(wskit.socket.open(server.serverUrl()));
    WS_TRY_COMPARE(wskit.log, QStringList({u"error"_s, u"ended 1015"_s}));
    WsKitClient trusting;
    trusting.socket.ignoreSslErrors();
    for (int opening = 1; opening <= 2; ++opening) {
        QVERIFY(trusting.socket.open(server.serverUrl()));
        WS_TRY_COMPARE(trusting.log.count(u"open"_s), opening);
        trusting.socket.abort();
    }
}

// --- sending and receiving

void tst_QtWebSocketsDifferences::resultOfSending()
{
    QtServer server;
    QtClient qt;
    QCOMPARE(qt.socket.sendTextMessage(u"early"_s), 0);
    qt.socket.open(server.url());
    WS_TRY_COMPARE(qt.log, QStringList(u"open"_s));
    QCOMPARE(qt.socket.sendTextMessage(u"\u00e4\u20ac"_s), 5);
    QCOMPARE(qt.socket.sendTextMessage(u""_s), 0);
    WS_TRY_COMPARE(server.log, QStringList({u"\u00e4\u20ac"_s, u""_s}));

    WsKitClient wskit;
    QVERIFY(!wskit.socket.sendText(u"early"_s));
    QVERIFY(!wskit.socket.errorString().isEmpty());
    QVERIFY(wskit.socket.open(server.url()));
    WS_TRY_COMPARE(wskit.log, QStringList(u"open"_s));
    QVERIFY(wskit.socket.sendText(u""_s));
}

void tst_QtWebSocketsDifferences::limitOfTheQueue()
{
    const MuteServer server;
    const QByteArray message(MiB, 'x');
    QtClient qt;
    qt.socket.open(server.url());
    WS_TRY_COMPARE(qt.log, QStringList(u"open"_s));
    for (int count = 0; count < 100; ++count)
        QCOMPARE(qt.socket.sendBinaryMessage(message), MiB);
    QVERIFY(qt.socket.bytesToWrite() > 80 * MiB);
    qt.socket.abort();

    WsKitClient wskit;
    QVERIFY(wskit.socket.open(server.url()));
    WS_TRY_COMPARE(wskit.log, QStringList(u"open"_s));
    int accepted = 0;
    while (accepted < 100 && wskit.socket.sendBinary(message))
        ++accepted;
    QVERIFY(accepted >= 63 && accepted < 100);
    QCOMPARE(wskit.socket.options().maxBufferedAmount(), 64 * MiB);
}

void tst_QtWebSocketsDifferences::framesOfALargeMessage()
{
    QtServer server;
    QtClient qt;
    WsKitClient wskit;
    int frames = 0;
    const auto count = [&] {
        QObject::connect(server.last, &QWebSocket::textFrameReceived, server.last, [&frames] { ++frames; });
    };
    const QString text(2 * MiB, u'x');
    qt.socket.open(server.url());
    WS_TRY_VERIFY(server.last && qt.log == QStringList(u"open"_s));
    count();
    qt.socket.sendTextMessage(text);
    WS_TRY_COMPARE(server.log.count(text), 1);
    QCOMPARE(frames, 4);
    server.last = nullptr;
    frames = 0;
    QVERIFY(wskit.socket.open(server.url()));
    WS_TRY_VERIFY(server.last && wskit.socket.state() == Ws::Open);
    count();
    QVERIFY(wskit.socket.sendText(text));
    WS_TRY_COMPARE(server.log.count(text), 2);
    QCOMPARE(frames, 1);
}

void tst_QtWebSocketsDifferences::messagesAfterClose()
{
    WsServer server;
    QObject::connect(&server, &WsServer::newConnection, &server, [](WsConnection *connection) {
        connection->sendText(u"one"_s);
        connection->sendText(u"two"_s);
    });
    QVERIFY(server.listen());
    QtClient qt;
    QObject::connect(&qt.socket, &QWebSocket::textMessageReceived, &qt.socket, [&qt] { qt.socket.close(); });
    qt.socket.open(server.serverUrl());
    WS_TRY_COMPARE(qt.log, QStringList({u"open"_s, u"one"_s, u"ended 1000"_s}));
    WsKitClient wskit;
    QObject::connect(&wskit.socket, &WsClient::textMessageReceived, &wskit.socket,
                     [&wskit] { wskit.socket.close(); });
    QVERIFY(wskit.socket.open(server.serverUrl()));
    WS_TRY_COMPARE(wskit.log, QStringList({u"open"_s, u"one"_s, u"two"_s, u"ended 1000"_s}));
    WsKitClient aborting;
    QObject::connect(&aborting.socket, &WsClient::textMessageReceived, &aborting.socket,
                     [&aborting] { aborting.socket.abort(); });
    QVERIFY(aborting.socket.open(server.serverUrl()));
    WS_TRY_COMPARE(aborting.log, QStringList({u"open"_s, u"one"_s, u"ended 1006"_s}));
}

// --- limits

void tst_QtWebSocketsDifferences::limitsByDefault()
{
    const QWebSocket socket;
    QCOMPARE(socket.maxAllowedIncomingMessageSize(), 2'147'483'646u);
    QCOMPARE(socket.maxAllowedIncomingFrameSize(), 2'147'483'646u);
    QCOMPARE(socket.outgoingFrameSize(), 512u * 1024);
    const QWebSocketServer server(u"test"_s, QWebSocketServer::NonSecureMode);
    QCOMPARE(server.maxPendingConnections(), 30);
    QCOMPARE(server.handshakeTimeout(), 10s);

    const WsOptions options;
    QCOMPARE(options.maxMessageSize(), 16 * MiB);
    QCOMPARE(options.maxFrameSize(), 16 * MiB);
    QCOMPARE(options.fragmentSize(), 0);
    QCOMPARE(options.handshakeTimeout(), 10s);
    QCOMPARE(options.closeTimeout(), 10s);
    QCOMPARE(options.pingInterval(), 20s);
    QCOMPARE(options.pongTimeout(), 20s);
    const WsServer wskit;
    QCOMPARE(wskit.maxConnections(), 0);
    QCOMPARE(wskit.maxConnectionsPerAddress(), 0);
}

void tst_QtWebSocketsDifferences::largeMessage()
{
    const QString text(17 * MiB, u'x');
    QtServer qt;
    WsKitServer wskit;
    QtClient client;
    client.socket.open(qt.url());
    WS_TRY_COMPARE(client.log, QStringList(u"open"_s));
    client.socket.sendTextMessage(text);
    WS_TRY_COMPARE(qt.log, QStringList(text));
    qt.last->setMaxAllowedIncomingMessageSize(100);
    qt.log.clear();
    client.socket.sendTextMessage(QString(200, u'x'));
    WS_TRY_COMPARE(qt.log.size(), 1);
    QVERIFY(qt.log.at(0).startsWith(u"ended 1009"_s));

    QtClient second;
    second.socket.open(wskit.url());
    WS_TRY_COMPARE(second.log, QStringList(u"open"_s));
    second.socket.sendTextMessage(text);
    WS_TRY_COMPARE(wskit.log, QStringList({u"error"_s, u"ended 1006"_s}));
    WS_TRY_VERIFY(second.log.constLast().startsWith(u"ended 1009 the message is larger"_s));
}

// The options that the page prints.
void tst_QtWebSocketsDifferences::oldLimits()
{
    WsKitServer server;
    WsOptions options;
    options.setMaxMessageSize(std::numeric_limits<qint32>::max() - 1);
    options.setMaxFrameSize(std::numeric_limits<qint32>::max() - 1);
    options.setMaxBufferedAmount(std::numeric_limits<qint64>::max());
    options.setFragmentSize(512 * 1024);
    options.setPingInterval(0ms);
    options.setHandshakeTimeout(0ms); // of a client; a server of QtWebSockets has 10 seconds, too
    server.server.setOptions(options);
    WsKitClient client;
    client.socket.setOptions(options);
    QVERIFY(client.socket.open(server.url()));
    WS_TRY_COMPARE(client.log, QStringList(u"open"_s));
    const QString text(17 * MiB, u'x');
    for (int count = 0; count < 5; ++count)
        QVERIFY(client.socket.sendText(text));
    WS_TRY_COMPARE(server.log.size(), 5);
    QCOMPARE(server.log, QStringList(5, text));
}

// --- the end

void tst_QtWebSocketsDifferences::closeOfAPeerThatDoesNotAnswer()
{
    const MuteServer server;
    QtClient qt;
    qt.socket.open(server.url());
    WS_TRY_COMPARE(qt.log, QStringList(u"open"_s));
    qt.socket.close();
    QCOMPARE(qt.log, QStringList({u"open"_s, u"ended 1000"_s}));

    WsKitClient wskit;
    WsOptions options;
    options.setCloseTimeout(100ms);
    wskit.socket.setOptions(options);
    QVERIFY(wskit.socket.open(server.url()));
    WS_TRY_COMPARE(wskit.log, QStringList(u"open"_s));
    QVERIFY(wskit.socket.close());
    QCOMPARE(wskit.log, QStringList(u"open"_s));
    WS_TRY_COMPARE(wskit.log, QStringList({u"open"_s, u"error"_s, u"ended 1006"_s}));

    QVERIFY(wskit.socket.open(server.url()));
    WS_TRY_COMPARE(wskit.log.size(), 4);
    wskit.socket.abort();
    QCOMPARE(wskit.log.mid(3), QStringList({u"open"_s, u"ended 1006"_s}));
}

void tst_QtWebSocketsDifferences::codeWithoutACloseFrame()
{
    QCOMPARE(QWebSocket().closeCode(), QWebSocketProtocol::CloseCodeNormal);
    QCOMPARE(WsClient().closeCode(), Ws::NoStatus);

    QtServer server;
    QtClient qt;
    qt.socket.open(server.url());
    WS_TRY_VERIFY(server.last && qt.log == QStringList(u"open"_s));
    server.last->abort();
    WS_TRY_COMPARE(qt.log, QStringList({u"open"_s, u"error"_s, u"ended 1000"_s}));
    server.last = nullptr;
    WsKitClient wskit;
    QVERIFY(wskit.socket.open(server.url()));
    WS_TRY_VERIFY(server.last && wskit.log == QStringList(u"open"_s));
    server.last->abort();
    WS_TRY_COMPARE(wskit.log, QStringList({u"open"_s, u"error"_s, u"ended 1006"_s}));
}

void tst_QtWebSocketsDifferences::codeOfBothSides()
{
    const QString byUs = u"ended 4000 bye"_s;
    QtServer qt;
    WsKitServer wskit;
    for (const QUrl &server : {qt.url(), wskit.url()}) {
        QtClient first;
        first.socket.open(server);
        WS_TRY_COMPARE(first.log, QStringList(u"open"_s));
        first.socket.close(qtCode(4000), u"bye"_s);
        WS_TRY_COMPARE(first.log, QStringList({u"open"_s, byUs}));
        WsKitClient second;
        QVERIFY(second.socket.open(server));
        WS_TRY_COMPARE(second.log, QStringList(u"open"_s));
        QVERIFY(second.socket.close(4000, u"bye"_s));
        WS_TRY_COMPARE(second.log, QStringList({u"open"_s, byUs}));
    }
    WS_TRY_COMPARE(qt.log, QStringList({byUs, byUs}));
    WS_TRY_COMPARE(wskit.log, QStringList({byUs, byUs}));
}

void tst_QtWebSocketsDifferences::codesThatMayNotBeSent()
{
    for (const int code : {999, 1004, 1006, 1015, 2000, 5000}) {
        QtServer server;
        QtClient qt;
        qt.socket.open(server.url());
        WS_TRY_COMPARE(qt.log, QStringList(u"open"_s));
        qt.socket.close(qtCode(code));
        WS_TRY_COMPARE(qt.log, QStringList({u"open"_s, ended(code, {})}));
        WS_TRY_VERIFY(server.log.value(0).startsWith(u"ended 1002"_s));

        WsKitClient wskit;
        QVERIFY(wskit.socket.open(server.url()));
        WS_TRY_COMPARE(wskit.log, QStringList(u"open"_s));
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"may not be sent"_s));
        QVERIFY(!wskit.socket.close(quint16(code)));
    }
}

void tst_QtWebSocketsDifferences::deletedClient()
{
    const WsKitServer server;
    auto qt = std::make_unique<QWebSocket>();
    QStringList log;
    record(qt.get(), log);
    qt->open(server.url());
    WS_TRY_VERIFY(qt->isValid());
    qt.reset();
    QCOMPARE(log, QStringList(u"ended 1001 Connection closed"_s));
    WS_TRY_VERIFY(server.log.value(0).startsWith(u"ended 1001"_s));

    auto wskit = std::make_unique<WsClient>();
    log.clear();
    record(wskit.get(), log);
    QVERIFY(wskit->open(server.url()));
    WS_TRY_COMPARE(wskit->state(), Ws::Open);
    wskit.reset();
    QCOMPARE(log, QStringList());
    WS_TRY_COMPARE(server.log.value(1), u"ended 1001"_s);
}

// --- servers

void tst_QtWebSocketsDifferences::addressByDefault()
{
    QWebSocketServer qt(u"test"_s, QWebSocketServer::NonSecureMode);
    QVERIFY(qt.listen());
    QCOMPARE(qt.serverAddress(), QHostAddress(QHostAddress::Any));
    qt.close();
    WsServer wskit;
    QVERIFY(wskit.listen());
    QCOMPARE(wskit.serverAddress(), QHostAddress(QHostAddress::LocalHost));
}

void tst_QtWebSocketsDifferences::ownerOfAConnection()
{
    QtServer qt;
    WsKitServer wskit;
    QtClient first;
    first.socket.open(qt.url());
    WS_TRY_VERIFY(qt.last);
    QVERIFY(!qt.last->parent());
    first.socket.close();
    WS_TRY_COMPARE(qt.log.size(), 1);
    WsKitClient second;
    QVERIFY(second.socket.open(wskit.url()));
    WS_TRY_VERIFY(wskit.last && second.socket.state() == Ws::Open);
    QVERIFY(second.socket.close());
    WS_TRY_VERIFY(!wskit.last);
    QVERIFY(qt.last);
    delete qt.last;
}

void tst_QtWebSocketsDifferences::closedServer()
{
    QtServer qt;
    QSignalSpy qtClosed(&qt.server, &QWebSocketServer::closed);
    QtClient first;
    first.socket.open(qt.url());
    WS_TRY_VERIFY(qt.last && first.log == QStringList(u"open"_s));
    qt.server.close();
    WS_TRY_COMPARE(qtClosed.size(), 1);
    qt.last->sendTextMessage(u"still here"_s);
    WS_TRY_COMPARE(first.log, QStringList({u"open"_s, u"still here"_s}));
    delete qt.last;

    WsKitServer wskit;
    QSignalSpy wskitClosed(&wskit.server, &WsServer::closed);
    WsKitClient second;
    QVERIFY(second.socket.open(wskit.url()));
    WS_TRY_VERIFY(wskit.last && second.socket.state() == Ws::Open);
    wskit.server.close();
    QCOMPARE(wskitClosed.size(), 0);
    WS_TRY_COMPARE(second.log, QStringList({u"open"_s, u"ended 1001"_s}));
    WS_TRY_COMPARE(wskitClosed.size(), 1);
}

void tst_QtWebSocketsDifferences::deletedServer()
{
    auto qt = std::make_unique<QtServer>();
    QtClient first;
    first.socket.open(qt->url());
    WS_TRY_VERIFY(qt->last && first.log == QStringList(u"open"_s));
    const QPointer<QWebSocket> connection = qt->last;
    connection->disconnect(); // which recorded in the server
    qt.reset();
    QVERIFY(connection);
    WS_TRY_COMPARE(first.log, QStringList({u"open"_s, u"error"_s, u"ended 1000"_s}));
    delete connection;

    auto wskit = std::make_unique<WsKitServer>();
    WsKitClient second;
    QVERIFY(second.socket.open(wskit->url()));
    WS_TRY_VERIFY(wskit->last && second.socket.state() == Ws::Open);
    const QPointer<WsConnection> owned = wskit->last;
    wskit.reset();
    QVERIFY(!owned);
    WS_TRY_COMPARE(second.log, QStringList({u"open"_s, u"ended 1001"_s}));
}

void tst_QtWebSocketsDifferences::plainRequest()
{
    const QtServer qt;
    const WsKitServer wskit;
    const QByteArray request = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    QCOMPARE(answerTo(qt.url(), request), QByteArray());
    QCOMPARE(answerTo(wskit.url(), request), "HTTP/1.1 426 Upgrade Required");
}

void tst_QtWebSocketsDifferences::targetOfARequest()
{
    QtServer qt;
    WsKitServer wskit;
    QUrl url = qt.url();
    url.setPath(u"/chat"_s);
    url.setQuery(u"name=Ann"_s);
    QtClient first;
    first.socket.open(url);
    WS_TRY_VERIFY(qt.last);
    QCOMPARE(qt.last->requestUrl(), url);
    QCOMPARE(qt.last->resourceName(), url.toString());
    url.setPort(wskit.server.serverPort());
    QtClient second;
    second.socket.open(url);
    WS_TRY_VERIFY(wskit.last);
    QCOMPARE(wskit.last->url(), url);
    QCOMPARE(wskit.last->request().target(), "/chat?name=Ann");
}

void tst_QtWebSocketsDifferences::originOfAPage()
{
    const QString origin = u"http://elsewhere.example"_s;
    const QtServer qt;
    QtClient first(origin);
    first.socket.open(qt.url());
    WS_TRY_COMPARE(first.log, QStringList(u"open"_s));

    WsKitServer wskit;
    const QSignalSpy rejected(&wskit.server, &WsServer::connectionRejected);
    QtClient second(origin);
    second.socket.open(wskit.url());
    WS_TRY_COMPARE(rejected.size(), 1);
    QCOMPARE(rejected.at(0).at(0).value<WsError>().httpStatus(), 403);
    wskit.server.setAllowedOrigins({u"*"_s});
    QtClient third(origin);
    third.socket.open(wskit.url());
    WS_TRY_COMPARE(third.log, QStringList(u"open"_s));
}

void tst_QtWebSocketsDifferences::hostOfAPage()
{
    const QByteArray request = "GET / HTTP/1.1\r\nHost: page.example\r\nOrigin: http://page.example\r\n"
                               "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    const QtServer qt;
    QCOMPARE(answerTo(qt.url(), request), "HTTP/1.1 101 Switching Protocols");
    WsKitServer wskit;
    QCOMPARE(answerTo(wskit.url(), request), "HTTP/1.1 403 Forbidden");
    wskit.server.setAllowedHosts({u"*"_s});
    QCOMPARE(answerTo(wskit.url(), request), "HTTP/1.1 101 Switching Protocols");
}

// --- threads

void tst_QtWebSocketsDifferences::sendingFromAnotherThread()
{
    WsKitServer server;
    WsKitClient wskit;
    QVERIFY(wskit.socket.open(server.url()));
    WS_TRY_COMPARE(wskit.log, QStringList(u"open"_s));
    bool isSent = false;
    const std::unique_ptr<QThread> thread(
        QThread::create([&] { isSent = wskit.socket.sendText(u"from elsewhere"_s); }));
    thread->start();
    QVERIFY(thread->wait());
    QVERIFY(isSent);
    WS_TRY_COMPARE(server.log, QStringList(u"from elsewhere"_s));
}

QTEST_GUILESS_MAIN(tst_QtWebSocketsDifferences)
#include "tst_qtwebsockets_differences.moc"
