// SPDX-License-Identifier: MIT
#ifndef WSPRESENCEROSTER_H
#define WSPRESENCEROSTER_H

#include "net/loop/wstime.h"
#include "net/server/wspresencemessage.h"

#include <QtCore/qhash.h>
#include <QtCore/qset.h>

#include <utility>

// Who is there, of one topic, as one process knows it: its own connections, and the members that others (the
// origins) tell of. It is arithmetic: callers pass the time in, and take the messages that are to be sent and
// the events that are to be reported. After each call, or some, they call check().
class WsPresenceRoster
{
public:
    using milliseconds = std::chrono::milliseconds;

    // What is accepted from others.
    static constexpr qsizetype MaxMembers = 100'000;
    static constexpr qsizetype MaxOrigins = 1000;
    static constexpr milliseconds MinTimeToLive{100};
    static constexpr milliseconds MaxTimeToLive{3'600'000};
    // The shortest time between two answers, and between two questions to the same origin.
    static constexpr milliseconds AskInterval{200};
    // When all are asked again: a service may answer the first question before it has subscribed the asker.
    static constexpr milliseconds AskAgainAfter{1000};

    struct Event
    {
        QString member;
        bool hasJoined;
    };

    // \a lastVersion is common to all rosters of the process, so that no version of a topic comes twice.
    WsPresenceRoster(const QUuid &origin, quint64 *lastVersion) : m_origin(origin), m_lastVersion(lastVersion)
    {
    }

    static milliseconds limited(milliseconds timeToLive);
    void setTimeToLive(milliseconds timeToLive);
    // The largest message to be sent.
    void setMaxMessageSize(qint64 bytes) { m_maxMessageSize = bytes; }

    // The connections of this process. One without a name is not a member.
    void join(quint64 connection, const void *server, const QString &name);
    void leave(quint64 connection);
    void leaveAll(const void *server);
    bool hasConnection(quint64 connection) const { return m_connections.contains(connection); }
    bool hasConnections() const { return !m_connections.isEmpty(); }

    // Messages can be sent and arrive from now on, or no longer.
    void setOnline(bool isOnline, WsTime now);
    // Returns false if something had to be left out, because there is too much of it.
    bool receive(const WsPresenceMessage &message, WsTime now);
    void check(WsTime now);
    // When check() has something to do again.
    WsTime nextCheck() const { return m_nextCheck; }
    // Tells others that this process has no members any more, and forgets everything.
    void end(WsTime now);

    QStringList members() const { return m_sources.keys(); }
    QList<Event> takeEvents() { return std::exchange(m_events, {}); }
    QList<WsPresenceMessage> takeMessages() { return std::exchange(m_messages, {}); }

private:
    using Kind = WsPresenceMessage::Kind;
    struct Connection
    {
        const void *server;
        QString name;
    };
    struct Origin
    {
        milliseconds timeToLive{0};
        WsTime heard;
        WsTime asked = WsTime::min();
        quint64 version = 0; // 0: its members are not known
        QSet<QString> members;
        bool isIncomplete = false; // there was no room for some of them
        // A list that arrives.
        quint64 listVersion = 0;
        qint64 nextPart = 0;
        QSet<QString> list;
        bool isListIncomplete = false;
    };

    void addSource(const QString &member);
    void removeSource(const QString &member);
    void noteChange(const QString &member, bool hasJoined);

    Origin *findOrigin(const WsPresenceMessage &message, WsTime now);
    bool takeList(Origin *origin, const WsPresenceMessage &message, WsTime now);
    bool takeChanges(Origin *origin, const WsPresenceMessage &message);
    void setMembers(Origin *origin, QSet<QString> members);
    void dropList(Origin *origin);
    void forget(Origin *origin);
    bool isOutdated(const Origin &origin, quint64 version) const;
    void askList(const QUuid &id, Origin *origin, WsTime now);
    void forgiveLateness(WsTime now);
    void forgetSilent(WsTime now);

    qint64 room() const;
    WsPresenceMessage message(Kind kind) const;
    void sendOwn(WsTime now);
    void sendList(WsTime now);
    void sendChanges();
    void planHeartbeat(WsTime now);
    bool isListDue(WsTime now) const { return m_isListWanted && now >= m_nextList; }
    WsTime findNextCheck() const;

    const QUuid m_origin;
    quint64 *const m_lastVersion;
    milliseconds m_timeToLive = MaxTimeToLive;
    qint64 m_maxMessageSize = 64 * 1024;

    QHash<quint64, Connection> m_connections;
    QHash<QString, int> m_own;      // how many connections each own member has
    QHash<QString, bool> m_unsent;  // own members who have joined (true) or left since the last message
    QHash<QString, int> m_sources;  // in how many places each member is: here, and at origins
    QHash<QUuid, Origin> m_origins; // those that have members, even if there is no room for any
    qsizetype m_elsewhere = 0;      // the members of all origins
    qsizetype m_arriving = 0;       // those of all lists that arrive

    bool m_isOnline = false;
    bool m_isAnnounced = false; // others have heard of own members
    bool m_isListWanted = false;
    quint64 m_version = 0;
    WsTime m_nextList = WsTime::min();
    WsTime m_nextHeartbeat = WsTime::max();
    WsTime m_earliestHeartbeat = WsTime::min(); // if it is asked for
    WsTime m_askedAll = WsTime::min();
    WsTime m_askAgain = WsTime::max();
    WsTime m_nextCheck = WsTime::max();
    QList<Event> m_events;
    QList<WsPresenceMessage> m_messages;
};

#endif // WSPRESENCEROSTER_H
