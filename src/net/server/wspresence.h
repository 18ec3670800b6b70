// SPDX-License-Identifier: MIT
#ifndef WSPRESENCE_H
#define WSPRESENCE_H

#include "net/server/wspresenceroster.h"
#include "net/server/wstopicpatterns.h"

#include <WsKit/wsbrokermessage.h>

#include <QtCore/qmutex.h>

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

class WsBrokerHub;
class WsServerHome;

// Who is there, of all topics of a broker that have presence: a roster for each one that somebody in this
// process subscribes to or watches. It is a part of the hub of the broker, in whose thread it sends and
// receives. Whatever it sends is sent from the event loop, because a broker may call application code.
class WsPresence
{
public:
    explicit WsPresence(WsBrokerHub &hub) : m_hub(hub) { }
    Q_DISABLE_COPY_MOVE(WsPresence)

    // The topic over which the rosters of a topic are kept equal.
    static QString channelOf(const QString &topic);
    static bool isChannel(const QString &topic);

    // From any thread:
    bool isOn() const { return m_isOn.load(std::memory_order_relaxed); }
    // Whether \a topic is a channel that applications must not use. Warns.
    bool isReserved(const QString &topic);
    // A topic, or the beginning of topics and a '*'; without a time to live, their presence ends.
    void set(const QString &topics, std::chrono::milliseconds timeToLive);
    void watch(const QString &topic, bool isWatched);
    bool covers(const QString &topic);
    QStringList members(const QString &topic) const;
    // The name of a member that the application does not name.
    QString nameOf(quint64 connection) const;
    // Whether it is one of those that have joined, also without a name.
    bool isJoined(const QString &topic, quint64 connection) const;
    void join(const WsServerHome *server, const QString &topic, quint64 connection, const QString &name);
    void leave(const QString &topic, quint64 connection);
    void attach(const std::shared_ptr<WsServerHome> &home);
    void detach(const WsServerHome *home);

    // In the thread of the broker:
    // Whether the broker is to subscribe to \a channel.
    bool wants(const QString &channel) const;
    void onSubscribed(const QString &channel);
    void onStateChanged();
    void receive(const WsBrokerMessage &message);
    void onCheck(WsTime now);
    void onArrived();
    // Sends at once that all members of this process leave.
    void sayGoodbye();
    void end();

private:
    // Each is logged once.
    enum class Warning : quint8 { Reserved = 1, LongName = 2, NotUnderstood = 4, TooMany = 8 };
    struct Topic
    {
        WsPresenceRoster roster;
        bool isSubscribed = false;
        WsTime due = WsTime::max(); // as it is in m_due
    };
    // A server.
    struct Listener
    {
        std::weak_ptr<WsServerHome> home;
        const WsServerHome *id;
    };
    using Listeners = std::vector<Listener>;
    using Topics = std::map<QString, Topic>;

    bool isFirst(Warning warning);
    static bool isValid(const QString &name);
    std::chrono::milliseconds timeToLiveOf(const QString &topic) const;
    Topic &findOrCreate(const QString &topic);
    Listeners::iterator listenerOf(const WsServerHome *home);
    bool isUsed(const QString &topic, const WsPresenceRoster &roster) const;
    void beginInHomes();

    void markDirty(const QString &topic);
    void postUpdate();
    void updateDirty();
    bool takeDirty(QString *topic);
    void update(const QString &topic);
    QList<WsPresenceMessage> takeMessages(const QString &topic);
    QList<WsPresenceMessage> endTopic(Topics::iterator topic);
    bool send(const QString &topic, const QList<WsPresenceMessage> &messages);
    void plan(Topics::iterator topic, WsTime due);
    bool takeDue(WsTime now, QString *topic);
    void scheduleNext();

    void reportEvents(Topics::iterator topic);
    void reportAll(const Listener &listener, bool haveJoined);

    WsBrokerHub &m_hub;
    const QUuid m_origin = QUuid::createUuid();
    std::atomic<bool> m_isOn{false};
    std::atomic<quint8> m_warnings{0};

    mutable QMutex m_presenceMutex;                          // guards what follows
    WsTopicPatterns<std::chrono::milliseconds> m_settings;
    QSet<QString> m_watched;
    Topics m_topics;
    quint64 m_lastVersion = 0; // of all rosters
    std::set<std::pair<WsTime, QString>> m_due;
    // To be updated, also in the order in which they came.
    QSet<QString> m_dirty;
    std::deque<QString> m_dirtyInOrder;
    bool m_isUpdatePosted = false;
    bool m_hasEnded = false;
    Listeners m_listeners;
};

#endif // WSPRESENCE_H
