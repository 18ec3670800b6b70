// SPDX-License-Identifier: MIT
#include "tunnel.h"

#include "console.h"
#include "texts.h"

#include <utility>

using namespace std::chrono_literals;

namespace {
// What waits for a side that takes bytes slowly. Two of them keep the network busy.
constexpr qint64 PieceSize = 64 * 1024;
constexpr qint64 MostWaiting = 4 * PieceSize;
// How long the TCP end may take nothing of the rest before that is given up: when the WebSocket has ended,
// for a user may have paused it, and when the tool is to end.
constexpr auto patience = 5min;
constexpr auto closingPatience = 10s;
// In the user's language for the user, as it is for the peer.
constexpr const char *unreachable = QT_TRANSLATE_NOOP("wskit", "cannot reach the target: %1");
} // namespace

Tunnel::Tunnel(QTcpSocket *socket, WsConnection *connection, QObject *parent)
    : QObject(parent), m_socket(socket), m_stream(connection), m_connection(connection)
{
    socket->setParent(this);
    socket->setReadBufferSize(MostWaiting);
    m_wasConnected = socket->state() == QAbstractSocket::ConnectedState;
    socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    connect(socket, &QAbstractSocket::connected, this, [this] {
        m_wasConnected = true;
        m_socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
        passFromStream();
    });
    connect(socket, &QIODevice::readyRead, this, &Tunnel::passFromSocket);
    connect(socket, &QIODevice::bytesWritten, this, &Tunnel::passFromStream);
    connect(socket, &QAbstractSocket::errorOccurred, this, &Tunnel::onSocketError);
    connect(socket, &QAbstractSocket::disconnected, this, &Tunnel::onSocketEnded);
    connect(&m_stream, &QIODevice::readyRead, this, &Tunnel::passFromStream);
    connect(&m_stream, &QIODevice::bytesWritten, this, &Tunnel::passFromSocket);
    connect(connection, &WsConnection::opened, this, &Tunnel::passFromSocket);
    connect(connection, &WsConnection::errorOccurred, this,
            [this](const WsError &error) { m_problem = error.text(); });
    connect(&m_stream, &WsByteStream::disconnected, this, &Tunnel::onStreamEnded);
    m_stallTimer.setSingleShot(true);
    m_stallTimer.setInterval(patience);
    connect(&m_stallTimer, &QTimer::timeout, this, &Tunnel::onStalled);
}

void Tunnel::close()
{
    m_stallTimer.setInterval(closingPatience);
    m_socket->disconnectFromHost();
    if (!m_wasConnected)
        m_socket->abort();
    m_stream.close();
    leaveSocket();
}

QString Tunnel::summary() const
{
    return Tool::tr("%1 bytes from TCP, %2 bytes to TCP").arg(m_fromSocket).arg(m_toSocket);
}

//! [pass]
void Tunnel::passFromSocket()
{
    while (m_socket->bytesAvailable() > 0 && m_stream.bytesToWrite() < MostWaiting) {
        const QByteArray piece = m_socket->read(PieceSize);
        if (m_stream.write(piece) != piece.size())
            break; // the WebSocket has ended
        m_fromSocket += piece.size();
    }
    const bool isOpening = m_connection && m_connection->state() == Ws::Connecting; // what is written waits
    if (m_hasSocketEnded && m_socket->bytesAvailable() == 0 && !isOpening)
        m_stream.close();
}
//! [pass]

void Tunnel::passFromStream()
{
    if (m_isLeavingSocket && m_wasConnected && !m_hasSocketEnded)
        m_stallTimer.start();
    if (m_socket->state() != QAbstractSocket::ConnectedState)
        return;
    while (m_stream.bytesAvailable() > 0 && m_socket->bytesToWrite() < MostWaiting) {
        const QByteArray piece = m_stream.read(PieceSize);
        m_socket->write(piece);
        m_toSocket += piece.size();
    }
    if (m_hasStreamEnded && m_stream.bytesAvailable() == 0)
        m_socket->disconnectFromHost(); // once everything is written
}

// Nobody takes any more what comes from the socket. Its peer may not read before it has got rid of that, or
// not at all.
void Tunnel::leaveSocket()
{
    if (std::exchange(m_isLeavingSocket, true) || m_hasSocketEnded)
        return;
    disconnect(m_socket, &QIODevice::readyRead, this, &Tunnel::passFromSocket);
    connect(m_socket, &QIODevice::readyRead, this, [this] { m_socket->readAll(); });
    if (m_socket->bytesAvailable() > 0)
        m_socket->readAll();
    if (m_wasConnected)
        m_stallTimer.start();
}

void Tunnel::onStalled()
{
    if (m_problem.isEmpty())
        m_problem = Tool::tr("the TCP connection takes no more bytes");
    m_socket->abort();
    onSocketEnded();
}

void Tunnel::onSocketError(QAbstractSocket::SocketError error)
{
    if (error == QAbstractSocket::RemoteHostClosedError)
        return;
    const QString format = m_wasConnected ? QStringLiteral("TCP: %1") : QString(QLatin1String(unreachable));
    if (m_problem.isEmpty())
        m_problem = Tool::tr(format.toLatin1().constData()).arg(m_socket->errorString());
    const QString text = format.arg(m_socket->errorString());
    passFromSocket(); // what has arrived before
    if (m_connection)
        m_connection->close(m_wasConnected ? Ws::InternalError : Ws::BadGateway, text);
    if (!m_wasConnected)
        onSocketEnded();
}

void Tunnel::onSocketEnded()
{
    m_stallTimer.stop();
    m_hasSocketEnded = true;
    passFromSocket();
    finishIfDone();
}

void Tunnel::onStreamEnded()
{
    const WsConnection *const connection = std::exchange(m_connection, nullptr);
    const quint16 code = connection->closeCode();
    // Without a code is how the pages of browsers close.
    const bool isInOrder = code == Ws::Normal || code == Ws::GoingAway || code == Ws::NoStatus;
    if (m_problem.isEmpty() && !isInOrder)
        m_problem = describeClose(code, connection->closeReason(), code != Ws::Abnormal);
    m_hasStreamEnded = true;
    leaveSocket();
    const bool isIdle = !m_wasConnected && m_stream.bytesAvailable() == 0;
    if (m_hasSocketEnded || isIdle || !m_problem.isEmpty())
        m_socket->abort(); // after a problem, so that nobody takes this for the end of the data
    else
        passFromStream();
    m_hasSocketEnded = m_hasSocketEnded || m_socket->state() == QAbstractSocket::UnconnectedState;
    finishIfDone();
}

void Tunnel::finishIfDone()
{
    if (m_hasSocketEnded && m_hasStreamEnded && !std::exchange(m_isFinished, true))
        Q_EMIT finished(m_problem);
}
