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

    // What went over a connection that has ended.
    struct Traffic
    {
        QString extensions;
        WsStatistics statistics;
    };

    InteropServer();

    // What GET / brings. A page reports by texts that it sends to /report.
    void setPage(const QByteArray &html) { m_page = html; }
    void setAllowedOrigins(const QStringList &origins) { m_server.setAllowedOrigins(origins); }
    void setCompression(const WsCompression &compression);
    void setCertificate(const QString &name) { m_certificate = name; }
    bool listen(bool isEncrypted, const QHostAddress &address = QHostAddress::LocalHost);
    QUrl url() const { return m_server.serverUrl(); }
    const QList<WsRequest> &requests() const { return m_requests; }
    const QStringList &subprotocols() const { return m_subprotocols; } // of each connection that opened
    const QList<Ending> &endings() const { return m_endings; }
    const QList<Traffic> &traffic() const { return m_traffic; }
    const QList<WsError> &rejections() const { return m_rejections; }

Q_SIGNALS:
    void connectionOpened(WsConnection *connection);
    void reported(const QString &text);
    void connectionEnded(const QString &path, quint16 code, const QString &reason);

private:
    WsResponse answer(const WsRequest &request) const;
    void serve(WsConnection *connection);
    void fan(WsConnection *connection);

    QByteArray m_page;
    QString m_certificate = QStringLiteral("server");
    QList<WsRequest> m_requests;
    QStringList m_subprotocols;
    QList<Ending> m_endings;
    QList<Traffic> m_traffic;
    QList<WsError> m_rejections;
    WsServer m_server; // goes first, and still tells how its connections end
};

#endif // INTEROPSERVER_H
