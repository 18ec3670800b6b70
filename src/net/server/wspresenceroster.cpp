// SPDX-License-Identifier: MIT
#include "net/server/wspresenceroster.h"

#include <algorithm>
#include <utility>

namespace {
// Returns whether all have found room.
bool insertUpTo(qsizetype most, const QStringList &members, QSet<QString> *to)
{
    bool isComplete = true;
    for (const QString &member : members) {
        if (to->size() < most)
            to->insert(member);
        else
            isComplete = isComplete && to->contains(member);
    }
    return isComplete;
}
} // namespace

WsPresenceRoster::milliseconds WsPresenceRoster::limited(milliseconds timeToLive)
{
    return std::clamp(timeToLive, MinTimeToLive, MaxTimeToLive);
}

// Others go by the time to live that they have heard of last.
void WsPresenceRoster::setTimeToLive(milliseconds timeToLive)
{
    const milliseconds before = std::exchange(m_timeToLive, limited(timeToLive));
    if (m_timeToLive < before)
        m_nextHeartbeat = std::min(m_nextHeartbeat, m_earliestHeartbeat);
}

// --- members

void WsPresenceRoster::addSource(const QString &member)
{
    if (++m_sources[member] == 1)
        m_events.append({member, true});
}

void WsPresenceRoster::removeSource(const QString &member)
{
    const auto source = m_sources.find(member);
    if (--*source > 0)
        return;
    m_events.append({member, false});
    m_sources.erase(source);
}

void WsPresenceRoster::join(quint64 connection, const void *server, const QString &name)
{
    if (m_connections.contains(connection))
        return;
    m_connections.insert(connection, {server, name});
    if (name.isEmpty() || ++m_own[name] > 1)
        return;
    addSource(name);
    noteChange(name, true);
}

void WsPresenceRoster::leave(quint64 connection)
{
    const QString name = m_connections.take(connection).name;
    if (name.isEmpty())
        return;
    const auto own = m_own.find(name);
    if (--*own > 0)
        return;
    m_own.erase(own);
    removeSource(name);
    noteChange(name, false);
}

void WsPresenceRoster::leaveAll(const void *server)
{
    QList<quint64> leaving;
    for (auto connection = m_connections.cbegin(); connection != m_connections.cend(); ++connection) {
        if (connection->server == server)
            leaving.append(connection.key());
    }
    for (const quint64 connection : std::as_const(leaving))
        leave(connection);
}

// What is undone before it was sent need not be sent.
void WsPresenceRoster::noteChange(const QString &member, bool hasJoined)
{
    if (m_unsent.value(member, hasJoined) != hasJoined)
        m_unsent.remove(member);
    else
        m_unsent.insert(member, hasJoined);
}

// --- what others tell

void WsPresenceRoster::setOnline(bool isOnline, WsTime now)
{
    if (std::exchange(m_isOnline, isOnline) == isOnline)
        return;
    m_askAgain = WsTime::max();
    if (!isOnline)
        return;
    m_isListWanted = m_isAnnounced; // what has changed meanwhile was not sent
    m_nextList = now;
    m_messages.append(message(Kind::AskList));
    m_askedAll = now;
    m_askAgain = now + std::min(AskAgainAfter, m_timeToLive / 3);
}

bool WsPresenceRoster::receive(const WsPresenceMessage &message, WsTime now)
{
    if (message.origin == m_origin)
        return true;
    if (message.kind == Kind::AskList) {
        if (message.target.isNull() || message.target == m_origin)
            m_isListWanted = m_isAnnounced;
        return true;
    }
    if (message.kind == Kind::AskHeartbeat) {
        m_nextHeartbeat = std::min(m_nextHeartbeat, m_earliestHeartbeat);
        return true;
    }
    Origin *const origin = findOrigin(message, now);
    if (!origin)
        return false;
    bool isComplete = true;
    if (message.kind == Kind::List)
        isComplete = takeList(origin, message, now);
    else if (message.kind == Kind::Changes)
        isComplete = takeChanges(origin, message);
    if (message.kind != Kind::List && isOutdated(*origin, message.version))
        askList(message.origin, origin, now);
    if (origin->version > 0 && origin->members.isEmpty() && !origin->isIncomplete) {
        forget(origin);
        m_origins.remove(message.origin);
    }
    return isComplete;
}

// Null if there are too many.
WsPresenceRoster::Origin *WsPresenceRoster::findOrigin(const WsPresenceMessage &message, WsTime now)
{
    auto origin = m_origins.find(message.origin);
    if (origin == m_origins.end()) {
        if (m_origins.size() >= MaxOrigins)
            return nullptr;
        origin = m_origins.insert(message.origin, Origin());
    }
    origin->timeToLive = limited(message.timeToLive);
    origin->heard = now;
    return &*origin;
}

bool WsPresenceRoster::takeList(Origin *origin, const WsPresenceMessage &message, WsTime now)
{
    if (message.version == origin->version) // which somebody else has asked for
        return true;
    if (message.part == 0) {
        origin->listVersion = message.version;
        origin->nextPart = 0;
        origin->isListIncomplete = false;
        dropList(origin);
    }
    if (message.version != origin->listVersion || message.part != origin->nextPart) {
        askList(message.origin, origin, now);
        return true;
    }
    ++origin->nextPart;
    const qsizetype before = origin->list.size();
    const qsizetype most =
        std::min(MaxMembers - m_elsewhere + origin->members.size(), MaxMembers - m_arriving + before);
    const bool isComplete = insertUpTo(most, message.members, &origin->list);
    m_arriving += origin->list.size() - before;
    origin->isListIncomplete = origin->isListIncomplete || !isComplete;
    if (origin->nextPart < message.parts)
        return isComplete;
    origin->version = message.version;
    origin->isIncomplete = origin->isListIncomplete;
    QSet<QString> members = origin->list;
    dropList(origin);
    setMembers(origin, std::move(members));
    return isComplete;
}

// Not if one before them was lost, or if they are in a list that has arrived before.
bool WsPresenceRoster::takeChanges(Origin *origin, const WsPresenceMessage &message)
{
    if (message.version == origin->version || message.after != origin->version)
        return true;
    for (const QString &member : message.left) {
        if (!origin->members.remove(member))
            continue;
        --m_elsewhere;
        removeSource(member);
    }
    bool isComplete = true;
    for (const QString &member : message.members) {
        if (origin->members.contains(member))
            continue;
        if (m_elsewhere >= MaxMembers) {
            isComplete = false;
            origin->isIncomplete = true;
            break;
        }
        origin->members.insert(member);
        ++m_elsewhere;
        addSource(member);
    }
    origin->version = message.version;
    return isComplete;
}

void WsPresenceRoster::setMembers(Origin *origin, QSet<QString> members)
{
    members.swap(origin->members);
    m_elsewhere += origin->members.size() - members.size();
    for (const QString &member : std::as_const(origin->members)) {
        if (!members.contains(member))
            addSource(member);
    }
    for (const QString &member : std::as_const(members)) {
        if (!origin->members.contains(member))
            removeSource(member);
    }
}

void WsPresenceRoster::dropList(Origin *origin)
{
    m_arriving -= origin->list.size();
    origin->list.clear();
}

void WsPresenceRoster::forget(Origin *origin)
{
    dropList(origin);
    setMembers(origin, {});
}

// What there was no room for is asked for once there is much of it, and not for each member who leaves.
bool WsPresenceRoster::isOutdated(const Origin &origin, quint64 version) const
{
    return version != origin.version || (origin.isIncomplete && m_elsewhere <= MaxMembers - MaxMembers / 10);
}

void WsPresenceRoster::askList(const QUuid &id, Origin *origin, WsTime now)
{
    const WsTime asked = std::max(origin->asked, m_askedAll);
    if (asked != WsTime::min() && now < asked + AskInterval)
        return;
    origin->asked = now;
    m_messages.append(message(Kind::AskList));
    m_messages.last().target = id;
}

// --- time

void WsPresenceRoster::check(WsTime now)
{
    forgiveLateness(now);
    forgetSilent(now);
    if (m_isOnline) {
        sendOwn(now);
        if (now >= m_askAgain) {
            m_askAgain = WsTime::max();
            m_messages.append(message(Kind::AskHeartbeat));
        }
    }
    m_nextCheck = findNextCheck();
}

// If this thread was busy, heartbeats may have arrived that it has not read yet.
void WsPresenceRoster::forgiveLateness(WsTime now)
{
    for (Origin &origin : m_origins) {
        if (now > m_nextCheck && now - m_nextCheck > origin.timeToLive / 3)
            origin.heard = std::max<WsTime>(origin.heard, now - origin.timeToLive / 3 * 2);
    }
}

void WsPresenceRoster::forgetSilent(WsTime now)
{
    for (auto origin = m_origins.begin(); origin != m_origins.end();) {
        if (now < origin->heard + origin->timeToLive) {
            ++origin;
            continue;
        }
        forget(&*origin);
        origin = m_origins.erase(origin);
    }
}

WsTime WsPresenceRoster::findNextCheck() const
{
    WsTime next = WsTime::max();
    for (const Origin &origin : m_origins)
        next = std::min<WsTime>(next, origin.heard + origin.timeToLive);
    if (!m_isOnline)
        return next;
    next = std::min(next, m_askAgain);
    if (m_isAnnounced)
        next = std::min(next, m_nextHeartbeat);
    return m_isListWanted ? std::min(next, m_nextList) : next;
}

// --- what others are told

qint64 WsPresenceRoster::room() const
{
    return std::max<qint64>(m_maxMessageSize - WsPresenceMessage::Overhead, 1);
}

void WsPresenceRoster::planHeartbeat(WsTime now)
{
    m_nextHeartbeat = now + m_timeToLive / 3;
    m_earliestHeartbeat = now + AskInterval;
}

WsPresenceMessage WsPresenceRoster::message(Kind kind) const
{
    WsPresenceMessage message{kind, m_origin};
    message.timeToLive = m_timeToLive;
    message.version = m_version;
    return message;
}

void WsPresenceRoster::sendOwn(WsTime now)
{
    if (m_own.isEmpty() ? m_isAnnounced : !m_isAnnounced || isListDue(now))
        sendList(now);
    else if (!m_isAnnounced)
        m_unsent.clear();
    else if (!m_unsent.isEmpty())
        sendChanges();
    else if (now >= m_nextHeartbeat)
        m_messages.append(message(Kind::Heartbeat));
    else
        return;
    planHeartbeat(now);
}

void WsPresenceRoster::sendList(WsTime now)
{
    m_version = ++*m_lastVersion;
    QList<QStringList> parts = WsPresenceMessage::divided(m_own.keys(), room());
    if (parts.isEmpty())
        parts.append(QStringList());
    WsPresenceMessage list = message(Kind::List);
    list.parts = parts.size();
    for (; list.part < list.parts; ++list.part) {
        list.members = parts.at(list.part);
        m_messages.append(list);
    }
    m_unsent.clear();
    m_isAnnounced = !m_own.isEmpty();
    m_isListWanted = false;
    m_nextList = now + AskInterval;
}

void WsPresenceRoster::sendChanges()
{
    const auto send = [this](bool hasJoined) {
        const QList<QStringList> parts = WsPresenceMessage::divided(m_unsent.keys(hasJoined), room());
        for (const QStringList &part : parts) {
            WsPresenceMessage changes = message(Kind::Changes);
            changes.after = m_version;
            changes.version = m_version = ++*m_lastVersion;
            (hasJoined ? changes.members : changes.left) = part;
            m_messages.append(changes);
        }
    };
    send(true); // first, so that nobody takes this process for one without members
    send(false);
    m_unsent.clear();
}

void WsPresenceRoster::end(WsTime now)
{
    m_connections.clear();
    const QStringList own = m_own.keys();
    m_own.clear();
    for (const QString &member : own)
        removeSource(member);
    check(now);
    for (Origin &origin : m_origins)
        forget(&origin);
    m_origins.clear();
}
