// SPDX-License-Identifier: MIT
#ifndef DEMOLOAD_H
#define DEMOLOAD_H

#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtCore/qrandom.h>
#include <QtCore/qtimer.h>

// The server of the demo, and its clients: a price feed, a chat, some that come and go, some that are
// refused, and some that are too slow.
class DemoLoad : public QObject
{
    Q_OBJECT

public:
    explicit DemoLoad(QObject *parent = nullptr);

    void start();
    const WsServer &server() const { return m_server; }
    QUrl metricsUrl() const;

private:
    WsResponse answer(const WsRequest &request) const;
    void addClient(const QString &path, bool isSlow = false);
    void turn();
    void publishPrices();
    void chat();
    void comeAndGo();
    void let(WsClient *leave);

    WsServer m_server{this};
    QTimer m_timer{this};
    QList<WsClient *> m_clients; // that talk
    QList<WsClient *> m_slow;    // that read nothing for a while
    QRandomGenerator m_random{42};
    int m_turns = 0;
};

#endif // DEMOLOAD_H
