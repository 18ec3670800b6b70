// SPDX-License-Identifier: MIT
#include "feedserver.h"

#include <QtCore/QDateTime>
#include <QtCore/QDebug>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>

namespace {
constexpr int MaxMessageSize = 16 * 1024;
constexpr qsizetype MaxNameLength = 64;

QString textOf(const QJsonObject &object)
{
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

bool isFeed(const QString &topic)
{
    return topic.startsWith(u"feed/") && topic.size() <= MaxNameLength;
}

//! [envelope]
// A line as the clients get it. Without an id, Redis could not keep it: nobody will find it in the history.
WsMessage withId(const QString &topic, const QString &id, const WsMessage &message)
{
    QJsonObject line = QJsonDocument::fromJson(message.data()).object();
    line.insert(QStringLiteral("type"), QStringLiteral("line"));
    line.insert(QStringLiteral("topic"), topic);
    line.insert(QStringLiteral("id"), id);
    return WsMessage::text(textOf(line));
}
//! [envelope]
} // namespace

FeedServer::FeedServer(const QString &name, const QUrl &redis, qint64 maxLines) : m_name(name)
{
    WsOptions options;
    options.setMaxMessageSize(MaxMessageSize);
    m_server.setOptions(options);
    m_server.setTrustedProxies({QStringLiteral("127.0.0.1")});
    m_server.setAllowedHosts({QStringLiteral("127.0.0.1"), QStringLiteral("localhost")});
    setRoutes();
    connect(&m_server, &WsServer::newConnection, this, &FeedServer::onConnection);
    keepHistory(redis, maxLines);
}

//! [history]
void FeedServer::keepHistory(const QUrl &redis, qint64 maxLines)
{
    m_broker.setHistory(QStringLiteral("feed/*"), maxLines);
    m_broker.setHistoryEnvelope(&withId);
    m_broker.setQueueMessages(true); // lines wait if Redis is away
    connect(&m_broker, &WsBroker::errorOccurred, this,
            [](const WsError &error) { qWarning().noquote() << "Redis:" << error.text(); });
    m_broker.setUrl(redis);
    m_server.setBroker(&m_broker);

    // A client says its own lines again only if they are not among those that it has missed.
    m_server.setReplayHandler(
        [](WsConnection *connection, const QString &topic, const QString &, bool isComplete) {
            connection->sendText(textOf({{QStringLiteral("type"), QStringLiteral("replayed")},
                                         {QStringLiteral("topic"), topic},
                                         {QStringLiteral("isComplete"), isComplete}}));
        });
}
//! [history]

void FeedServer::setRoutes()
{
    m_server.route(QStringLiteral("/"),
                   [](const WsRequest &) { return WsResponse::file(QStringLiteral(":/page.html")); });
    m_server.route(QStringLiteral("/feed"), [](const WsRequest &request) {
        return request.isWebSocketUpgrade() ? WsResponse::accept() : WsResponse::reject(426);
    });
    m_server.route(QStringLiteral("/health"), [this](const WsRequest &) {
        return m_broker.isConnected() ? WsResponse::text("well\n") : WsResponse::reject(503, "no Redis\n");
    });
}

void FeedServer::onConnection(WsConnection *connection)
{
    connection->sendText(
        textOf({{QStringLiteral("type"), QStringLiteral("hello")}, {QStringLiteral("server"), m_name}}));
    connect(connection, &WsConnection::textMessageReceived, this,
            [this, connection](const QString &text) { onText(connection, text); });
}

void FeedServer::onText(WsConnection *connection, const QString &text)
{
    const QJsonObject message = QJsonDocument::fromJson(text.toUtf8()).object();
    const QString type = message.value(u"type").toString();
    const bool isUnderstood =
        isFeed(message.value(u"topic").toString())
        && ((type == u"subscribe" && subscribe(connection, message)) || (type == u"say" && say(message)));
    if (!isUnderstood)
        connection->close(Ws::PolicyViolation, QStringLiteral("this makes no sense"));
}

//! [subscribe]
bool FeedServer::subscribe(WsConnection *connection, const QJsonObject &message)
{
    const QString lastId = message.value(u"lastId").toString(QStringLiteral("0"));
    return m_server.subscribe(connection, message.value(u"topic").toString(), lastId);
}
//! [subscribe]

//! [say]
// The key, which the client has made, tells readers whether they have seen the line already.
bool FeedServer::say(const QJsonObject &message)
{
    const QString key = message.value(u"key").toString();
    const QString name = message.value(u"name").toString();
    const QString text = message.value(u"text").toString();
    const bool isLine = !key.isEmpty() && key.size() <= MaxNameLength && !name.isEmpty()
                        && name.size() <= MaxNameLength && !text.isEmpty();
    if (isLine)
        m_server.publish(message.value(u"topic").toString(),
                         textOf({{QStringLiteral("key"), key},
                                 {QStringLiteral("name"), name},
                                 {QStringLiteral("text"), text},
                                 {QStringLiteral("server"), m_name},
                                 {QStringLiteral("time"), QDateTime::currentMSecsSinceEpoch()}}));
    return isLine;
}
//! [say]
