// SPDX-License-Identifier: MIT

// QtWebSockets.

#include "interoptest.h"

#include "integrationtesting.h"

#include <QtCore/qhash.h>
#include <QtWebSockets/qwebsocket.h>
#include <QtWebSockets/qwebsockethandshakeoptions.h>
#include <QtWebSockets/qwebsocketserver.h>

using namespace IntegrationTesting;

namespace {
constexpr int BurstSize = 10000;

QStringList numbers()
{
    QStringList texts;
    for (int number = 0; number < BurstSize; ++number)
        texts.append(QString::number(number));
    return texts;
}

// QtWebSockets sends any code, but its enumeration has the RFC's own only.
QWebSocketProtocol::CloseCode applicationCode(int code)
{
    return static_cast<QWebSocketProtocol::CloseCode>(code);
}

// A QWebSocket at one path of a server, and everything that it gets.
class QtClient
{
public:
    explicit QtClient(const QUrl &server, const QString &path) : m_url(server)
    {
        m_url.setPath(path);
        socket.setSslConfiguration(tlsConfiguration());
        QObject::connect(&socket, &QWebSocket::textMessageReceived, &socket,
                         [this](const QString &text) { texts.append(text); });
        QObject::connect(&socket, &QWebSocket::binaryMessageReceived, &socket,
                         [this](const QByteArray &data) { binaries.append(data); });
        QObject::connect(&socket, &QWebSocket::pong, &socket,
                         [this](quint64, const QByteArray &payload) { pongs.append(payload); });
    }

    QUrl url() const { return m_url; }

    bool open(const QWebSocketHandshakeOptions &options = {})
    {
        socket.open(m_url, options);
        return isInState(QAbstractSocket::ConnectedState);
    }

    bool close()
    {
        socket.close();
        return isInState(QAbstractSocket::UnconnectedState)
               && socket.closeCode() == QWebSocketProtocol::CloseCodeNormal;
    }

    bool isInState(QAbstractSocket::SocketState state) const
    {
        return QTest::qWaitFor([this, state] { return socket.state() == state; }, Patience);
    }

    bool receives(const QStringList &expectedTexts, const QList<QByteArray> &expectedBinaries = {}) const
    {
        return QTest::qWaitFor([&] { return texts == expectedTexts && binaries == expectedBinaries; }, Patience);
    }

    QWebSocket socket;
    QStringList texts;
    QList<QByteArray> binaries;
    QList<QByteArray> pongs;

private:
    QUrl m_url;
};

// --- the scenarios of a client; each returns whether all was as expected

bool echoesText(const QUrl &server, const QString &text, quint64 frameSize = 0)
{
    QtClient client(server, u"/echo"_s);
    if (frameSize > 0)
        client.socket.setOutgoingFrameSize(frameSize);
    return client.open() && client.socket.sendTextMessage(text) >= 0 && client.receives({text})
           && client.close();
}

bool echoesBinary(const QUrl &server, const QByteArray &data)
{
    QtClient client(server, u"/echo"_s);
    return client.open() && client.socket.sendBinaryMessage(data) == data.size()
           && client.receives({}, {data}) && client.close();
}

QByteArray everyByte()
{
    QByteArray bytes(256, '\0');
    for (int byte = 0; byte < 256; ++byte)
        bytes[byte] = char(byte);
    return bytes;
}

bool receives(const QUrl &server, const QString &path, const QStringList &texts,
              const QList<QByteArray> &binaries = {})
{
    QtClient client(server, path);
    return client.open() && client.receives(texts, binaries) && client.close();
}

bool pingOut(const QUrl &server)
{
    QtClient client(server, u"/echo"_s);
    if (!client.open())
        return false;
    client.socket.ping("client ping");
    return QTest::qWaitFor([&] { return client.pongs == QList<QByteArray>({"client ping"}); }, Patience)
           && client.close();
}

bool closeOut(const QUrl &server)
{
    QtClient client(server, u"/echo"_s);
    if (!client.open())
        return false;
    client.socket.close(applicationCode(4001), u"client goodbye ü"_s);
    return client.isInState(QAbstractSocket::UnconnectedState);
}

bool closeIn(const QUrl &server)
{
    QtClient client(server, u"/close"_s);
    QSignalSpy ends(&client.socket, &QWebSocket::disconnected);
    client.socket.open(client.url());
    return QTest::qWaitFor([&] { return !ends.isEmpty(); }, Patience) && int(client.socket.closeCode()) == 4002
           && client.socket.closeReason() == u"server goodbye ü";
}

bool subprotocol(const QUrl &server)
{
    QtClient client(server, u"/echo"_s);
    QWebSocketHandshakeOptions options;
    options.setSubprotocols({u"unknown"_s, u"chat.v1"_s});
    return client.open(options) && client.socket.subprotocol() == u"chat.v1" && client.close();
}

bool headers(const QUrl &server)
{
    QtClient client(server, u"/echo"_s);
    QNetworkRequest request(client.url());
    request.setRawHeader("X-Interop", "header value");
    request.setRawHeader("Cookie", "session=abc123");
    client.socket.open(request);
    return client.isInState(QAbstractSocket::ConnectedState) && client.close();
}

bool burstOut(const QUrl &server)
{
    QtClient client(server, u"/echo"_s);
    if (!client.open())
        return false;
    const QStringList texts = numbers();
    for (const QString &text : texts)
        client.socket.sendTextMessage(text);
    return client.receives(texts) && client.close();
}

bool refused(const QUrl &server)
{
    QtClient client(server, u"/refused"_s);
    QSignalSpy ends(&client.socket, &QWebSocket::disconnected);
    client.socket.open(client.url());
    return QTest::qWaitFor([&] { return !ends.isEmpty(); }, Patience)
           && client.socket.errorString().contains(u"403");
}

bool untrusted(const QUrl &server)
{
    QtClient client(server, u"/echo"_s);
    client.socket.setSslConfiguration(QSslConfiguration::defaultConfiguration());
    QSignalSpy errors(&client.socket, &QWebSocket::sslErrors);
    client.socket.open(client.url());
    return QTest::qWaitFor([&] { return !errors.isEmpty(); }, Patience)
           && client.isInState(QAbstractSocket::UnconnectedState);
}

const QHash<QString, std::function<bool(const QUrl &)>> Scenarios{
    {u"text"_s, [](const QUrl &server) { return echoesText(server, u"Hello"_s); }},
    {u"non-ascii"_s, [](const QUrl &server) { return echoesText(server, u"Grüße, 世界 😀"_s + QChar(0)); }},
    {u"empty-text"_s, [](const QUrl &server) { return echoesText(server, u""_s); }},
    {u"empty-binary"_s, [](const QUrl &server) { return echoesBinary(server, {}); }},
    {u"binary"_s, [](const QUrl &server) { return echoesBinary(server, everyByte()); }},
    {u"large-text"_s,
     [](const QUrl &server) { return echoesText(server, u"0123456789abcde\n"_s.repeated(1 << 16)); }},
    {u"large-binary"_s, [](const QUrl &server) { return echoesBinary(server, everyByte().repeated(4096)); }},
    {u"fragments-out"_s, [](const QUrl &server) { return echoesText(server, u"Grüße 世界 😀"_s, 3); }},
    {u"fragments-in"_s,
     [](const QUrl &server) {
         return receives(server, u"/fragments"_s, {u"one two thrée 😀"_s}, {"\x00\x01\xFE\xFF"_ba});
     }},
    {u"burst-out"_s, burstOut},
    {u"burst-in"_s, [](const QUrl &server) { return receives(server, u"/burst"_s, numbers()); }},
    {u"ping-out"_s, pingOut},
    {u"ping-in"_s, [](const QUrl &server) { return receives(server, u"/ping"_s, {u"pong server ping"_s}); }},
    {u"close-out"_s, closeOut},
    {u"close-in"_s, closeIn},
    {u"subprotocol"_s, subprotocol},
    {u"headers"_s, headers},
    {u"refused"_s, refused},
    {u"untrusted"_s, untrusted}};

// --- the server

void echo(QWebSocket *socket)
{
    QObject::connect(socket, &QWebSocket::textMessageReceived, socket, &QWebSocket::sendTextMessage);
    QObject::connect(socket, &QWebSocket::binaryMessageReceived, socket, &QWebSocket::sendBinaryMessage);
}

void sendFragments(QWebSocket *socket)
{
    socket->setOutgoingFrameSize(3);
    socket->sendTextMessage(u"one two thrée 😀"_s);
    socket->sendBinaryMessage("\x00\x01\xFE\xFF"_ba);
}

void sendBurst(QWebSocket *socket)
{
    for (const QString &text : numbers())
        socket->sendTextMessage(text);
}

void sendPing(QWebSocket *socket)
{
    QObject::connect(socket, &QWebSocket::pong, socket, [socket](quint64, const QByteArray &payload) {
        socket->sendTextMessage(u"pong "_s + QString::fromUtf8(payload));
    });
    socket->ping("server ping");
}

void closeAtOnce(QWebSocket *socket)
{
    socket->close(applicationCode(4002), u"server goodbye ü"_s);
}

const QHash<QString, void (*)(QWebSocket *)> Paths{{u"/echo"_s, echo},
                                                   {u"/fragments"_s, sendFragments},
                                                   {u"/burst"_s, sendBurst},
                                                   {u"/ping"_s, sendPing},
                                                   {u"/close"_s, closeAtOnce}};
} // namespace

class QtPeer : public Peer
{
public:
    QUrl startServer(bool isEncrypted) override;
    // QWebSocketServer looks at the origin only; QWebSocket decodes each fragment for itself, and drops
    // U+FEFF at the start.
    Abilities abilities() const override { return {}; }
    QString playClient(const QString &scenario, const QUrl &server, bool isEncrypted,
                       const QString &deflate) override;

private:
    void serve(QWebSocket *socket);

    std::unique_ptr<QWebSocketServer> m_server;
};

QUrl QtPeer::startServer(bool isEncrypted)
{
    const auto mode = isEncrypted ? QWebSocketServer::SecureMode : QWebSocketServer::NonSecureMode;
    m_server = std::make_unique<QWebSocketServer>(u"QtWebSockets"_s, mode);
    if (isEncrypted)
        m_server->setSslConfiguration(serverTls());
    m_server->setSupportedSubprotocols({u"chat.v2"_s, u"chat.v1"_s});
    QObject::connect(m_server.get(), &QWebSocketServer::newConnection, m_server.get(), [this] {
        while (QWebSocket *socket = m_server->nextPendingConnection())
            serve(socket);
    });
    return m_server->listen(QHostAddress::LocalHost) ? m_server->serverUrl() : QUrl();
}

void QtPeer::serve(QWebSocket *socket)
{
    const QString path = socket->requestUrl().path();
    const QNetworkRequest request = socket->request();
    const auto header = [&request](const char *name) { return QString::fromLatin1(request.rawHeader(name)); };
    addEvent({{u"event"_s, u"opened"_s},
              {u"path"_s, path},
              {u"header"_s, header("X-Interop")},
              {u"cookie"_s, header("Cookie")},
              {u"subprotocol"_s, socket->subprotocol()}});
    QObject::connect(socket, &QWebSocket::disconnected, m_server.get(), [this, socket, path] {
        addEvent({{u"event"_s, u"closed"_s},
                  {u"path"_s, path},
                  {u"code"_s, int(socket->closeCode())},
                  {u"reason"_s, socket->closeReason()}});
        socket->deleteLater();
    });
    Paths.value(path)(socket);
}

QString QtPeer::playClient(const QString &scenario, const QUrl &server, bool, const QString &)
{
    return Scenarios.value(scenario)(server) ? QString() : u"QWebSocket did not get what it expects"_s;
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    InteropTest test(std::make_unique<QtPeer>());
    return QTest::qExec(&test, argc, argv);
}
