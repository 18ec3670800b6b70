// SPDX-License-Identifier: MIT
#ifndef SERVERTESTING_H
#define SERVERTESTING_H

#include "compattesting.h"

#include <QtCore/qmutex.h>
#include <QtCore/qpointer.h>
#include <QtCore/qregularexpression.h>
#include <QtNetwork/qnetworkproxy.h>
#include <QtNetwork/qtcpsocket.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>
#include <QtWebSockets/QWebSocket>
#include <QtWebSockets/QWebSocketServer>

// What the tests of QWebSocketServer share.
namespace ServerTesting {
using namespace IntegrationTesting;

using CompatTesting::errorSignal;

// A server that takes each client at once, and what it emits.
class Server : public QWebSocketServer
{
public:
    explicit Server(SslMode mode = NonSecureMode) : QWebSocketServer(u"the tests"_s, mode)
    {
        setProxy(QNetworkProxy::NoProxy);
        connect(this, &QWebSocketServer::newConnection, this, [this] {
            ++newConnections;
            if (takesClients)
                taken.append(nextPendingConnection());
        });
        connect(this, &QWebSocketServer::serverError, this,
                [this](QWebSocketProtocol::CloseCode code) { errors.append(code); });
        connect(this, &QWebSocketServer::acceptError, this,
                [this](QAbstractSocket::SocketError error) { acceptErrors.append(error); });
        connect(this, &QWebSocketServer::closed, this, [this] { ++closings; });
    }

    // Refers to all sockets, because a leak checker would find those that a test leaves, which belong to it.
    QWebSocket *nextPendingConnection() override
    {
        QWebSocket *const socket = QWebSocketServer::nextPendingConnection();
        static QMutex mutex;
        static auto *const given = new QList<QWebSocket *>;
        const QMutexLocker locker(&mutex);
        given->append(socket);
        return socket;
    }

    bool start() { return listen(QHostAddress::LocalHost); }
    QWebSocket *last() const { return taken.isEmpty() ? nullptr : taken.last().data(); }
    QUrl url(const QString &path = {}) const
    {
        const QLatin1StringView scheme(secureMode() == SecureMode ? "wss" : "ws");
        return QUrl(scheme + u"://127.0.0.1:"_s + QString::number(serverPort()) + path);
    }

    bool takesClients = true;
    int newConnections = 0;
    int closings = 0;
    QList<QPointer<QWebSocket>> taken;
    QList<QWebSocketProtocol::CloseCode> errors;
    QList<QAbstractSocket::SocketError> acceptErrors;
};

// A client, and what it emits.
class Client : public QWebSocket
{
public:
    explicit Client(const QString &origin = {}) : QWebSocket(origin)
    {
        setProxy(QNetworkProxy::NoProxy);
        connect(this, &QWebSocket::connected, this, [this] { ++connections; });
        connect(this, &QWebSocket::disconnected, this, [this] { ++disconnections; });
        connect(this, errorSignal, this,
                [this](QAbstractSocket::SocketError error) { errors.append(error); });
        connect(this, &QWebSocket::textMessageReceived, this,
                [this](const QString &message) { messages.append(message); });
    }
    // The destructor of QWebSocket may emit some of them.
    ~Client() override { disconnect(this, nullptr, this, nullptr); }

    bool openAndWait(const QUrl &url)
    {
        open(url);
        return waitFor([this] { return connections > 0 || !errors.isEmpty(); }) && connections > 0;
    }
    bool isOpen() const { return state() == QAbstractSocket::ConnectedState && isValid(); }

    int connections = 0;
    int disconnections = 0;
    QList<QAbstractSocket::SocketError> errors;
    QStringList messages;
};

// A client by hand.
class RawClient
{
public:
    explicit RawClient(const QUrl &url)
    {
        socket.setProxy(QNetworkProxy::NoProxy);
        socket.connectToHost(url.host(), quint16(url.port()));
    }
    RawClient(const QUrl &url, const QByteArray &sent) : RawClient(url) { socket.write(sent); }

    static QByteArrayList handshakeHeaders()
    {
        return {"Host: 127.0.0.1", "Upgrade: websocket", "Connection: Upgrade",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"};
    }
    static QByteArray request(const QByteArrayList &headers = handshakeHeaders(),
                              const QByteArray &line = "GET / HTTP/1.1")
    {
        return line + "\r\n" + headers.join("\r\n") + "\r\n\r\n";
    }
    static QByteArray requestWith(const QByteArrayList &headers)
    {
        return request(handshakeHeaders() + headers);
    }

    QByteArray received()
    {
        bytes += socket.readAll();
        return bytes;
    }
    // The head of the answer; empty if the server ends the connection without one.
    QByteArray answer()
    {
        (void)waitFor([this] { return received().contains("\r\n\r\n") || isEnded(); });
        return received().left(bytes.indexOf("\r\n\r\n") + 2);
    }
    int status() { return answer().mid(9, 3).toInt(); }
    QByteArray header(const QByteArray &name)
    {
        for (const QByteArray &line : answer().split('\n')) {
            if (line.toLower().startsWith(name.toLower() + ':'))
                return line.mid(name.size() + 1).trimmed();
        }
        return QByteArray();
    }
    bool isEnded() const { return socket.state() == QAbstractSocket::UnconnectedState; }

    QTcpSocket socket;
    QByteArray bytes;
};
} // namespace ServerTesting

#endif // SERVERTESTING_H
