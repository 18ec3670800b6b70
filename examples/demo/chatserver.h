// SPDX-License-Identifier: MIT
#ifndef CHATSERVER_H
#define CHATSERVER_H

#include <WsKit/WsServer>

#include <QtCore/qhash.h>
#include <QtCore/qjsonobject.h>
#include <QtCore/qlist.h>

// The chat of PROTOCOL.md: one port for the page at `/` and the WebSocket at `/chat`.
class ChatServer : public QObject
{
    Q_OBJECT

public:
    explicit ChatServer(QObject *parent = nullptr);

    WsServer &server() { return m_server; }

private:
    WsResponse answer(const WsRequest &request) const;
    void onNewConnection(WsConnection *connection);
    void onClosed(WsConnection *connection);
    void onText(WsConnection *connection, const QString &text);
    void onPicture(WsConnection *connection, const QByteArray &message);

    void onHello(WsConnection *connection, const QJsonObject &hello);
    void join(WsConnection *connection, const QString &wantedName, qint64 since);
    void rename(WsConnection *connection, const QString &wantedName);
    void say(WsConnection *connection, const QString &text);
    void refuse(WsConnection *connection, const QString &why);

    void sendTo(WsConnection *connection, const QJsonObject &message);
    void sendToAll(const QJsonObject &message, const WsConnection *author = nullptr);
    QString uniqueName(const QString &wanted, const WsConnection *self) const;
    QStringList names() const;
    qint64 nextTime();

    WsServer m_server;
    QByteArray m_page;
    QHash<WsConnection *, QString> m_members; // the clients that have sent hello, with their names
    QList<QJsonObject> m_history;
    qint64 m_lastTime = 0;
};

#endif // CHATSERVER_H
