// SPDX-License-Identifier: MIT
#ifndef INTEROPSERVER_H
#define INTEROPSERVER_H

#include <WsKit/WsServer>

#include <QtCore/qlist.h>

// The server of peer.h on WsServer.
class InteropServer : public QObject
{
    Q_OBJECT

public:
    struct Ending
    {
        QString path;
        quint16 code;
        QString reason;
        bool wasClean;

        friend bool operator==(const Ending &a, const Ending &b)
        {
            return a.path == b.path && a.code == b.code && a.reason == b.reason && a.wasClean == b.wasClean;
        }
    };

    InteropServer();

    bool listen(bool isEncrypted, const QHostAddress &address = QHostAddress::LocalHost);
    QUrl url() const { return m_server.serverUrl(); }
    const QList<WsRequest> &requests() const { return m_requests; }
    const QStringList &subprotocols() const { return m_subprotocols; } // of each connection that opened
    const QList<Ending> &endings() const { return m_endings; }
    const QList<WsError> &rejections() const { return m_rejections; }

Q_SIGNALS:
    void connectionOpened(WsConnection *connection);
    void connectionEnded(const QString &path, quint16 code, const QString &reason);

private:
    void serve(WsConnection *connection);

    QList<WsRequest> m_requests;
    QStringList m_subprotocols;
    QList<Ending> m_endings;
    QList<WsError> m_rejections;
    WsServer m_server; // goes first, and still tells how its connections end
};

#endif // INTEROPSERVER_H
