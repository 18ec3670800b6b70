// SPDX-License-Identifier: MIT
#include "history.h"

#include <WsKit/WsReconnect>

#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>

using namespace Qt::StringLiterals;

namespace History {
//! [envelope]
void keepMessages(WsBroker *broker)
{
    broker->setHistory(u"room/*"_s, 10000); // of each room
    broker->setHistoryEnvelope([](const QString &topic, const QString &id, const WsMessage &message) {
        const QJsonObject envelope{{u"topic"_s, topic}, {u"id"_s, id}, {u"text"_s, message.text()}};
        return WsMessage::text(QJsonDocument(envelope).toJson(QJsonDocument::Compact));
    });
}
//! [envelope]

//! [subscribe]
// A client begins with a topic and the id of the last message that it has got, which can be empty.
void serve(WsServer *server, WsBroker *broker)
{
    server->setBroker(broker);
    server->setConnectionHandler([server](WsConnection *connection) {
        QObject::connect(connection, &WsConnection::textMessageReceived, connection,
                         [server, connection](const QString &text) {
                             const QJsonObject wish = QJsonDocument::fromJson(text.toUtf8()).object();
                             const QString lastId = wish.value(u"lastId"_s).toString();
                             if (!server->subscribe(connection, wish.value(u"topic"_s).toString(), lastId))
                                 connection->close(Ws::PolicyViolation, u"unknown id"_s);
                         });
    });
    server->setReplayHandler([](WsConnection *connection, const QString &topic, const QString &id, bool isComplete) {
        const QJsonObject state{{u"topic"_s, topic}, {u"id"_s, id}, {u"complete"_s, isComplete}};
        connection->sendText(QJsonDocument(state).toJson(QJsonDocument::Compact));
    });
}
//! [subscribe]

//! [reader]
Reader::Reader(const QString &topic, QObject *parent) : QObject(parent), m_topic(topic)
{
    WsReconnect reconnect;
    reconnect.setEnabled(true);
    m_client.setReconnect(reconnect);
    connect(&m_client, &WsClient::opened, this, [this] {
        const QJsonObject wish{{u"topic"_s, m_topic}, {u"lastId"_s, m_lastId}};
        m_client.sendText(QJsonDocument(wish).toJson(QJsonDocument::Compact));
    });
    connect(&m_client, &WsClient::textMessageReceived, this, &Reader::onText);
}

void Reader::onText(const QString &text)
{
    const QJsonObject envelope = QJsonDocument::fromJson(text.toUtf8()).object();
    if (!envelope.value(u"complete"_s).toBool(true))
        Q_EMIT hasMissedSome();
    const QString id = envelope.value(u"id"_s).toString();
    if (!id.isEmpty())
        m_lastId = id;
    if (envelope.contains(u"text"_s))
        Q_EMIT received(envelope.value(u"text"_s).toString());
}
//! [reader]
} // namespace History
