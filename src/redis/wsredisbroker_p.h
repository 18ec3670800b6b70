// SPDX-License-Identifier: MIT
#ifndef WSREDISBROKER_P_H
#define WSREDISBROKER_P_H

#include "redis/wsredisaddress.h"
#include "redis/wsredislink.h"

#include <WsKit/wsredisbroker.h>

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qtimer.h>
#include <QtNetwork/qsslconfiguration.h>

#include <deque>
#include <memory>

// How a WsRedisBroker works: two connections, of which one publishes, and the other one is subscribed. Both
// have to be there; if one ends, both begin anew.
class WsRedisBrokerPrivate final : public WsRedisLink::User
{
public:
    explicit WsRedisBrokerPrivate(WsRedisBroker *broker);
    Q_DISABLE_COPY_MOVE(WsRedisBrokerPrivate)

    // Begins anew, from the event loop.
    void restartLater();
    bool publish(const QString &topic, const QByteArray &data);
    void subscribe(const QString &topic);
    void unsubscribe(const QString &topic);
    // Has the system take what it can of what was published.
    void flush();
    void setCheckInterval(std::chrono::milliseconds interval);

    QUrl url;
    QString prefix = QStringLiteral("wskit:");
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    std::chrono::milliseconds firstDelay{250};
    std::chrono::milliseconds longestDelay{10'000};
    std::chrono::milliseconds checkInterval{10'000};

private:
    using Command = WsRedisLink::Command;
    using Link = std::unique_ptr<WsRedisLink>;

    void restart();
    void start();
    void connectLink(Link *link, qint64 maxText);
    void onConnected(WsRedisLink *link) override;
    void onReply(WsRedisLink *link, Command command, const WsRedisReply &reply) override;
    void onMessage(const QByteArray &channel, const QByteArray &data) override;
    void onEnded(const WsError &error) override;
    void onPong(const WsRedisLink *link);
    void subscribeAll();
    void onOpen();
    void onPublished(const WsRedisReply &reply);
    void onRefused(Command command, const WsRedisReply &reply);
    void fail(const WsError &error);
    void drop();
    void startChecks();
    void check();

    bool mayBeChannel(const QString &topic);
    QByteArray channelOf(const QString &topic) const { return m_channelPrefix + topic.toUtf8(); }
    std::chrono::milliseconds nextDelay();

    WsRedisBroker *const q;
    WsRedisAddress m_address;
    QByteArray m_channelPrefix;
    Link m_publishing;
    Link m_subscribed;
    std::deque<qint64> m_unconfirmed; // the sizes of messages that Redis has not answered
    qint64 m_unconfirmedSize = 0;
    QTimer m_checkTimer;
    QElapsedTimer m_sinceCheck;
    QTimer m_retryTimer;
    int m_attempts = 0;           // since the last connection that has lasted
    bool m_isSubscribing = false; // the topics have been sent
    bool m_isRestarting = false;
    bool m_hasWarnedOfRefusal = false;
    bool m_hasWarnedOfTopic = false;
};

#endif // WSREDISBROKER_P_H
