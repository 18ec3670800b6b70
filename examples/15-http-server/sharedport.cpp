// SPDX-License-Identifier: MIT
#include "sharedport.h"

#include <QtCore/QTimer>
#include <QtNetwork/QTcpSocket>

#include <chrono>

using namespace std::chrono_literals;

namespace {
// Nobody else limits a client before it has been handed on.
constexpr qint64 LargestHead = 16 * 1024;
constexpr auto MostTime = 10s;

// A browser asks for a WebSocket on a connection of its own, so the first request tells.
bool asksForWebSocket(const QByteArray &head)
{
    const QByteArrayList lines = head.toLower().split('\n');
    for (const QByteArray &line : lines) {
        const qsizetype colon = line.indexOf(':');
        if (line.left(qMax(0, colon)) != "upgrade")
            continue;
        const QByteArrayList protocols = line.mid(colon + 1).split(',');
        for (const QByteArray &protocol : protocols) {
            if (protocol.trimmed() == "websocket")
                return true;
        }
    }
    return false;
}
} // namespace

SharedPort::SharedPort(Taker webSockets) : m_webSockets(std::move(webSockets)) { }

void SharedPort::incomingConnection(qintptr descriptor)
{
    auto *socket = new QTcpSocket(this);
    if (!socket->setSocketDescriptor(descriptor)) {
        delete socket;
        return;
    }
    socket->setReadBufferSize(LargestHead);
    auto *timer = new QTimer(socket);
    connect(timer, &QTimer::timeout, this, [socket] { socket->abort(); });
    timer->start(MostTime);
    connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
    connect(socket, &QTcpSocket::readyRead, this, [this, socket] { look(socket); });
}

//! [look]
void SharedPort::look(QTcpSocket *socket)
{
    const QByteArray peeked = socket->peek(LargestHead);
    const qsizetype end = peeked.indexOf("\r\n\r\n");
    if (end < 0) {
        if (peeked.size() >= LargestHead)
            socket->abort();
        return;
    }
    // From here on the socket belongs to another server, and this one has nothing to do with it.
    disconnect(socket, nullptr, this, nullptr);
    disconnect(socket, &QTcpSocket::disconnected, socket, nullptr);
    delete socket->findChild<QTimer *>();
    socket->setReadBufferSize(0);
    const Taker &taker = asksForWebSocket(peeked.first(end + 2)) ? m_webSockets : m_http;
    if (!taker)
        keepPending(socket);
    else if (!taker(socket))
        socket->deleteLater();
}
//! [look]

//! [pending]
// QHttpServer::bind() has connected these signals. It waits for bytes to arrive, but these bytes have
// arrived.
void SharedPort::keepPending(QTcpSocket *socket)
{
    addPendingConnection(socket);
    Q_EMIT newConnection();
    Q_EMIT socket->readyRead();
}
//! [pending]
