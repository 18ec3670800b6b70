// SPDX-License-Identifier: MIT
#ifndef FEEDSERVER_H
#define FEEDSERVER_H

#include <WsKit/WsRedisBroker>
#include <WsKit/WsServer>

QT_BEGIN_NAMESPACE
class QJsonObject;
QT_END_NAMESPACE

// One of several servers that share their feeds, feed/lobby and any other feed/..., over Redis. Which of them
// a client is connected to makes no difference to it.
class FeedServer : public QObject
{
    Q_OBJECT

public:
    FeedServer(const QString &name, const QUrl &redis, qint64 maxLines);

    WsServer &server() { return m_server; }

private:
    void keepHistory(const QUrl &redis, qint64 maxLines);
    void setRoutes();
    void onConnection(WsConnection *connection);
    void onText(WsConnection *connection, const QString &text);
    bool subscribe(WsConnection *connection, const QJsonObject &message);
    bool say(const QJsonObject &message);

    const QString m_name;
    WsRedisBroker m_broker; // outlives the server
    WsServer m_server;
};

#endif // FEEDSERVER_H
