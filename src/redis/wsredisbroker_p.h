// SPDX-License-Identifier: MIT
#ifndef WSREDISBROKER_P_H
#define WSREDISBROKER_P_H

#include "redis/wsredisaddress.h"
#include "redis/wsredislink.h"

#include <WsKit/wsredisbroker.h>

#include <QtCore/qtimer.h>
#include <QtNetwork/qhostinfo.h>

#include <deque>
#include <memory>

// How a WsRedisBroker works: two connections, of which one publishes, and the other one is subscribed. Both
// have to be there; if one ends, both begin anew.
class WsRedisBrokerPrivate
{
public:
    explicit WsRedisBrokerPrivate(WsRedisBroker *broker);
    ~WsRedisBrokerPrivate();
    Q_DISABLE_COPY_MOVE(WsRedisBrokerPrivate)

    // Begins anew, from the event loop.
    void restartLater();
    bool publish(const QString &topic, const QByteArray &data);
    void subscribe(const QString &topic);
    void unsubscribe(const QString &topic);
    void setCheckInterval(std::chrono::milliseconds interval);

    QUrl url;
    QString prefix = QStringLiteral("wskit:");
    std::chrono::milliseconds firstDelay{250};
    std::chrono::milliseconds longestDelay{10'000};
    std::chrono::milliseconds checkInterval{10'000};

private:
    using Link = std::unique_ptr<WsRedisLink>;

    void restart();
    void start();
    void onLookedUp(const QHostInfo &info);
    void connectNext();
    void connectLink(Link *link);
    void logIn(Link *link);
    void onLoggedIn(Link *link);
    void onSubscribed(const QByteArray &channel);
    void onMessage(const QByteArray &channel, const QByteArray &data);
    void onPublished(const WsRedisReply &reply);
    void onEnded(const WsError &error);
    void fail(const WsError &error);
    void drop();
    void check();

    QByteArray channelOf(const QString &topic) const { return m_channelPrefix + topic.toUtf8(); }
    QByteArray checkChannel() const;
    std::chrono::milliseconds nextDelay();

    WsRedisBroker *const q;
    WsRedisAddress m_address;
    QByteArray m_channelPrefix;
    QList<QHostAddress> m_hosts; // those that have not been tried yet; the first is the one in use
    Link m_publishing;
    Link m_subscribed;
    std::deque<qint64> m_unconfirmed; // the sizes of messages that Redis has not answered
    qint64 m_unconfirmedSize = 0;
    QTimer m_checkTimer;
    QTimer m_retryTimer;
    int m_lookup = -1;
    int m_attempts = 0;           // since the last success
    bool m_isConnected = false;   // the connection that is being made
    bool m_isSubscribing = false; // the topics have been sent
    bool m_isRestarting = false;
};

#endif // WSREDISBROKER_P_H
