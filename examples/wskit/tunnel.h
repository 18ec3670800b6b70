// SPDX-License-Identifier: MIT
#ifndef TUNNEL_H
#define TUNNEL_H

#include <WsKit/WsByteStream>
#include <WsKit/WsConnection>

#include <QtCore/qtimer.h>
#include <QtNetwork/qtcpsocket.h>

// Carries bytes between a TCP connection and a WebSocket. What either side has sent before it ended still
// arrives at the other. Neither side is read faster than the other takes it.
class Tunnel : public QObject
{
    Q_OBJECT

public:
    // Owns \a socket. The WebSocket may not be open yet, nor the socket connected.
    Tunnel(QTcpSocket *socket, WsConnection *connection, QObject *parent);

    // Ends both sides after what has been read from either has been passed on, as far as it is taken.
    void close();
    QString summary() const;

Q_SIGNALS:
    // Both sides have ended; \a problem is empty if that was as it should be.
    void finished(const QString &problem);

private:
    void passFromSocket();
    void passFromStream();
    void leaveSocket();
    void onStalled();
    void onSocketError(QAbstractSocket::SocketError error);
    void onSocketEnded();
    void onStreamEnded();
    void finishIfDone();

    QTcpSocket *m_socket;
    WsByteStream m_stream;
    WsConnection *m_connection; // null once it has ended
    QTimer m_stallTimer; // once nothing more comes for the socket: until it takes some of what it is sent
    QString m_problem;
    qint64 m_fromSocket = 0;
    qint64 m_toSocket = 0;
    bool m_wasConnected = false;
    bool m_isLeavingSocket = false;
    bool m_hasSocketEnded = false;
    bool m_hasStreamEnded = false;
    bool m_isFinished = false;
};

#endif // TUNNEL_H
