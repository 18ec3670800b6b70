// SPDX-License-Identifier: MIT
#ifndef WSREDISBROKER_P_H
#define WSREDISBROKER_P_H

#include "redis/wsredisaddress.h"
#include "redis/wsredisid.h"
#include "redis/wsredislink.h"
#include "redis/wsredisstay.h"

#include <WsKit/wsredisbroker.h>

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qhash.h>
#include <QtCore/qset.h>
#include <QtCore/qtimer.h>
#include <QtNetwork/qsslconfiguration.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>

// How a WsRedisBroker works: two connections, of which one publishes, and the other one is subscribed. Both
// have to be there; if one ends, both begin anew.
class WsRedisBrokerPrivate final : public WsRedisLink::User
{
public:
    explicit WsRedisBrokerPrivate(WsRedisBroker *broker);
    Q_DISABLE_COPY_MOVE(WsRedisBrokerPrivate)

    // Begins anew, from the event loop.
    void restartLater();
    bool publish(const WsBrokerMessage &message);
    void subscribe(const QString &topic);
    void unsubscribe(const QString &topic);
    void readHistory(int number, const QString &topic, const QString &after);
    // Before the end: waits a moment until Redis has taken what was published.
    void finish();
    void setCheckInterval(std::chrono::milliseconds interval);

    QUrl url;
    QString prefix = QStringLiteral("wskit:");
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    std::chrono::milliseconds firstDelay{250};
    std::chrono::milliseconds longestDelay{2'000};
    std::chrono::milliseconds checkInterval{10'000};

private:
    using Command = WsRedisLink::Command;
    using Link = std::unique_ptr<WsRedisLink>;

    // A message that Redis has not answered.
    struct Unconfirmed
    {
        qint64 size = 0;
        // Only of one for a history, which is sent again after an interruption:
        WsBrokerMessage message = {};
        quint64 mark = 0;
        qint64 historyLength = 0;
        std::chrono::seconds timeToLive{0};
        bool isRefused = false; // which has been reported
    };
    // What was asked for of a history.
    struct Reading
    {
        int number;
        QString topic;
        std::optional<WsRedisId> after;
    };

    void restart();
    bool setNames();
    void start();
    void connectLink(Link *link);
    void onConnected(WsRedisLink *link) override;
    void onReply(WsRedisLink *link, Command command, const WsRedisReply &reply) override;
    void onSubscribed(const QByteArray &channel) override;
    void onMessage(const QByteArray &channel, const QByteArray &data) override;
    void onEnded(const WsError &error) override;
    void onPong(const WsRedisLink *link);
    void subscribeAll();
    void onOpen();
    void onPublished(Command command, const WsRedisReply &reply);
    void onRefused(Command command, const WsRedisReply &reply);

    // These add to what report() reports.
    void reportState(Ws::State state);
    void reportError(const WsError &error);
    void reportRefusal(Command command, const WsRedisReply &reply);
    void refuse(const WsBrokerMessage &message);
    void report();

    bool append(const Unconfirmed &message);
    void read(const Reading &reading);
    void onRead(const WsRedisReply &reply);
    bool isToBeAskedAgain(const QString &topic);
    void sendAgain();
    void refuseUnsent();
    void refuseAppended(const Unconfirmed &sent);
    bool failIfTemporary(Command command, const WsRedisReply &reply);
    void fail(const WsError &error);
    void drop();
    void startChecks();
    void check();

    bool mayBeChannel(const QString &topic);
    QByteArray channelOf(const QString &topic) const { return m_channelPrefix + topic.toUtf8(); }
    QByteArray keyOf(const QString &topic) const { return m_keyPrefix + "history:" + topic.toUtf8(); }
    QByteArray markKeyOf(const QString &topic) const
    {
        return m_keyPrefix + "mark:" + m_origin + ':' + topic.toUtf8();
    }
    static QString shownError(Command command, const WsRedisReply &reply);
    std::chrono::milliseconds nextDelay();

    WsRedisBroker *const q;
    const WsRedisStay m_stay{q};
    std::deque<std::function<void()>> m_reports;
    WsRedisAddress m_address;
    QByteArray m_keyPrefix; // of the connections, as the next one
    QByteArray m_channelPrefix;
    Link m_publishing;
    Link m_subscribed;
    std::deque<Unconfirmed> m_unconfirmed; // in the order in which they were sent
    std::deque<Unconfirmed> m_unsent;      // of a history, on a connection that has ended
    qint64 m_unconfirmedSize = 0;          // of both
    const QByteArray m_origin;             // in the keys of this broker's marks
    quint64 m_lastMark = 0;
    QHash<QString, quint64> m_lastMarks; // of the last message of a topic that has no answer, if there is one
    qint64 m_largestKept = 0; // what a message of a history may have, so that an answer can be read
    std::deque<Reading> m_readings;
    // Of the channels that were not confirmed when the broker was connected: what waits until they are.
    QHash<QByteArray, QList<Reading>> m_late;
    QTimer m_checkTimer;
    QElapsedTimer m_sinceCheck;
    QTimer m_retryTimer;
    int m_attempts = 0;           // since the last connection that has lasted
    bool m_isSubscribing = false; // the topics have been sent
    bool m_hasAskedTwice = false; // about those that were added meanwhile
    bool m_isRestarting = false;
    bool m_isReportPosted = false;
    bool m_hasWarnedOfRefusal = false;
    bool m_hasWarnedOfTopic = false;
    bool m_hasRefusedEnd = false; // Redis has not said where a history ends, and has read nothing since
    QSet<QString> m_askedAgain;   // topics that have been, and of which nothing has been read since
};

#endif // WSREDISBROKER_P_H
