// SPDX-License-Identifier: MIT
#ifndef HISTORY_H
#define HISTORY_H

#include <WsKit/WsBroker>
#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtCore/QHash>

namespace History {
void keepMessages(WsBroker *broker);
void serve(WsServer *server, WsBroker *broker);

//! [client]
// Reads a topic. It may be connected to any server, and to another one each time.
class Reader : public QObject
{
    Q_OBJECT

public:
    explicit Reader(const QString &topic, QObject *parent = nullptr);
    void open(const QUrl &server) { m_client.open(server); }

Q_SIGNALS:
    void received(const QString &text);
    void hasMissedSome();

private:
    void onText(const QString &text);

    WsClient m_client;
    const QString m_topic;
    QString m_lastId; // of the last message that was received
};
//! [client]
} // namespace History

#endif // HISTORY_H
