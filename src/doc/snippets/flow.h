// SPDX-License-Identifier: MIT
#ifndef FLOW_H
#define FLOW_H

#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtCore/QIODevice>

#include <functional>

namespace Flow {
// Sends numbers until the last one, as fast as the peer takes them.
class Producer : public QObject
{
    Q_OBJECT

public:
    Producer(WsConnection *connection, int last);

private:
    void sendMore();

    WsConnection *m_connection;
    int m_next = 0;
    int m_last;
};

// Works on messages, one at a time.
class Consumer : public QObject
{
    Q_OBJECT

public:
    explicit Consumer(WsConnection *connection);

    std::function<void(const QString &)> work;
    void onDone();

private:
    void onMessage(const QString &text);

    WsConnection *m_connection;
};

void publishPrice(WsServer *server, const QString &symbol, double price);
void watchSlowClients(WsServer *server);
void handleNext(WsConnection *connection, const std::function<void(const WsMessage &)> &handle);
void sendFile(WsConnection *connection, QIODevice *file);
void receiveFiles(WsConnection *connection, QIODevice *file, const std::function<void(bool)> &done);
void echoBytes(WsServer *server);
bool askInAThread(const QUrl &url, QString *answer);
} // namespace Flow

#endif // FLOW_H
