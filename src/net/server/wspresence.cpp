// SPDX-License-Identifier: MIT
#include "net/server/wspresence.h"

#include "net/loop/wslogging.h"
#include "net/loop/wsthreadcontext.h"
#include "net/loop/wstimebudget.h"
#include "net/server/wsbrokerhub.h"
#include "net/server/wsserverhome.h"

#include <algorithm>

using std::chrono::milliseconds;

namespace {
constexpr QLatin1String ChannelPrefix("wskit.presence/");
// Other messages are not kept waiting by a long list.
constexpr qint64 LargestPresenceMessage = 64 * 1024;
} // namespace

QString WsPresence::channelOf(const QString &topic)
{
    return ChannelPrefix + topic;
}

bool WsPresence::isChannel(const QString &topic)
{
    return topic.startsWith(ChannelPrefix);
}

bool WsPresence::isFirst(Warning warning)
{
    return !(m_warnings.fetch_or(quint8(warning)) & quint8(warning));
}

bool WsPresence::isReserved(const QString &topic)
{
    if (!isOn() || !isChannel(topic))
        return false;
    if (isFirst(Warning::Reserved))
        qCWarning(wsNetLog)
            << "the topic" << topic
            << "is not shared: its name is reserved for presence (further ones are not logged)";
    return true;
}

// --- which topics

void WsPresence::set(const QString &topics, milliseconds timeToLive)
{
    {
        const QMutexLocker locker(&m_presenceMutex);
        if (m_hasEnded)
            return;
        const bool isWanted = timeToLive > milliseconds::zero();
        m_settings.set(topics, isWanted ? WsPresenceRoster::limited(timeToLive) : milliseconds::zero());
        m_isOn = m_settings.hasOther(milliseconds::zero());
        for (auto &[name, topic] : m_topics) {
            topic.roster.setTimeToLive(timeToLiveOf(name));
            markDirty(name);
        }
        for (const QString &watched : std::as_const(m_watched)) {
            if (timeToLiveOf(watched) > milliseconds::zero())
                (void)findOrCreate(watched);
        }
    }
    if (isOn())
        beginInHomes();
}

void WsPresence::watch(const QString &topic, bool isWatched)
{
    const QMutexLocker locker(&m_presenceMutex);
    if (m_hasEnded)
        return;
    if (isWatched)
        m_watched.insert(topic);
    else
        m_watched.remove(topic);
    if (isWatched && timeToLiveOf(topic) > milliseconds::zero())
        (void)findOrCreate(topic);
    else if (m_topics.contains(topic))
        markDirty(topic);
}

// With the lock. 0 if it has none.
milliseconds WsPresence::timeToLiveOf(const QString &topic) const
{
    return isChannel(topic) ? milliseconds::zero() : m_settings.find(topic).value_or(milliseconds::zero());
}

bool WsPresence::covers(const QString &topic)
{
    if (isReserved(topic))
        return false;
    const QMutexLocker locker(&m_presenceMutex);
    return timeToLiveOf(topic) > milliseconds::zero();
}

// With the lock.
WsPresence::Topic &WsPresence::findOrCreate(const QString &topic)
{
    const auto [entry, isNew] =
        m_topics.try_emplace(topic, Topic{WsPresenceRoster(m_origin, &m_lastVersion)});
    if (isNew) {
        entry->second.roster.setTimeToLive(timeToLiveOf(topic));
        m_hub.noteTopics({channelOf(topic)});
    }
    return entry->second;
}

// With the lock.
bool WsPresence::isUsed(const QString &topic, const WsPresenceRoster &roster) const
{
    return (roster.hasConnections() || m_watched.contains(topic))
           && timeToLiveOf(topic) > milliseconds::zero();
}

QStringList WsPresence::members(const QString &topic) const
{
    QStringList members;
    {
        const QMutexLocker locker(&m_presenceMutex);
        if (const auto found = m_topics.find(topic); found != m_topics.end())
            members = found->second.roster.members();
    }
    members.sort();
    return members;
}

// --- the members of this process

QString WsPresence::nameOf(quint64 connection) const
{
    return QUuid::createUuidV5(m_origin, QByteArray::number(connection)).toString(QUuid::WithoutBraces);
}

bool WsPresence::isJoined(const QString &topic, quint64 connection) const
{
    const QMutexLocker locker(&m_presenceMutex);
    const auto found = m_topics.find(topic);
    return found != m_topics.end() && found->second.roster.hasConnection(connection);
}

void WsPresence::join(const WsServerHome *server, const QString &topic, quint64 connection,
                      const QString &name)
{
    const QMutexLocker locker(&m_presenceMutex);
    if (listenerOf(server) == m_listeners.end() || timeToLiveOf(topic) == milliseconds::zero())
        return;
    const bool isTooLong = name.size() > WsPresenceMessage::MaxName;
    if (isTooLong && isFirst(Warning::LongName))
        qCWarning(wsNetLog,
                  "a connection is not a member of its topics: its name is longer than %d characters "
                  "(further ones are not logged)",
                  int(WsPresenceMessage::MaxName));
    // A lone surrogate would have another name elsewhere.
    const QString shared = name.isValidUtf16() ? name : QString::fromUtf8(name.toUtf8());
    findOrCreate(topic).roster.join(connection, server, isTooLong ? QString() : shared);
    reportEvents(m_topics.find(topic));
    markDirty(topic);
}

void WsPresence::leave(const QString &topic, quint64 connection)
{
    const QMutexLocker locker(&m_presenceMutex);
    const auto found = m_topics.find(topic);
    if (found == m_topics.end())
        return;
    found->second.roster.leave(connection);
    reportEvents(found);
    markDirty(topic);
}

// --- servers

// With the lock.
WsPresence::Listeners::iterator WsPresence::listenerOf(const WsServerHome *home)
{
    return std::find_if(m_listeners.begin(), m_listeners.end(),
                        [home](const Listener &listener) { return listener.id == home; });
}

void WsPresence::attach(const std::shared_ptr<WsServerHome> &home)
{
    {
        const QMutexLocker locker(&m_presenceMutex);
        if (m_hasEnded)
            return;
        m_listeners.push_back({home, home.get()});
        reportAll(m_listeners.back(), true);
    }
    if (isOn())
        home->beginPresence();
}

void WsPresence::detach(const WsServerHome *home)
{
    const QMutexLocker locker(&m_presenceMutex);
    const auto found = listenerOf(home);
    if (found == m_listeners.end())
        return;
    for (auto topic = m_topics.begin(); topic != m_topics.end(); ++topic) {
        topic->second.roster.leaveAll(home);
        reportEvents(topic);
        markDirty(topic->first);
    }
    reportAll(*found, false);
    m_listeners.erase(found);
}

void WsPresence::beginInHomes()
{
    Listeners listeners;
    {
        const QMutexLocker locker(&m_presenceMutex);
        listeners = m_listeners;
    }
    for (const Listener &listener : listeners) {
        if (const std::shared_ptr<WsServerHome> home = listener.home.lock())
            home->beginPresence();
    }
}

// --- the broker

bool WsPresence::wants(const QString &channel) const
{
    if (!isChannel(channel))
        return false;
    const QMutexLocker locker(&m_presenceMutex);
    return m_topics.contains(channel.mid(ChannelPrefix.size()));
}

void WsPresence::onSubscribed(const QString &channel)
{
    if (!isChannel(channel))
        return;
    const QMutexLocker locker(&m_presenceMutex);
    const auto topic = m_topics.find(channel.mid(ChannelPrefix.size()));
    if (topic == m_topics.end())
        return;
    topic->second.isSubscribed = true;
    topic->second.roster.setOnline(m_hub.state() == Ws::Open, WsClock::now());
    markDirty(topic->first);
}

void WsPresence::onStateChanged()
{
    const bool isOpen = m_hub.state() == Ws::Open;
    const WsTime now = WsClock::now();
    const QMutexLocker locker(&m_presenceMutex);
    for (auto &[name, topic] : m_topics) {
        topic.roster.setOnline(isOpen && topic.isSubscribed, now);
        markDirty(name);
    }
}

void WsPresence::receive(const WsBrokerMessage &message)
{
    const bool isTooLarge =
        message.data().size() > std::min<qint64>(m_hub.maxMessageSize, LargestPresenceMessage);
    const auto content = isTooLarge ? std::nullopt : WsPresenceMessage::decode(message.data());
    if (!content) {
        if (isFirst(Warning::NotUnderstood))
            qCWarning(wsNetLog) << "a message about presence was dropped, because it is not understood, topic"
                                << message.topic() << "(further ones are not logged)";
        return;
    }
    const QString name = message.topic().mid(ChannelPrefix.size());
    {
        const QMutexLocker locker(&m_presenceMutex);
        const auto topic = m_topics.find(name);
        if (topic == m_topics.end())
            return;
        if (!topic->second.roster.receive(*content, WsClock::now()) && isFirst(Warning::TooMany))
            qCWarning(wsNetLog) << "the topic" << name
                                << "has more members than are known here (further topics are not logged)";
    }
    update(name);
}

void WsPresence::onArrived()
{
    const QMutexLocker locker(&m_presenceMutex);
    scheduleNext();
}

void WsPresence::sayGoodbye()
{
    const std::shared_ptr<WsBrokerHub> hub = m_hub.shared_from_this();
    std::vector<std::pair<QString, QList<WsPresenceMessage>>> goodbyes;
    {
        const QMutexLocker locker(&m_presenceMutex);
        while (!m_topics.empty()) {
            const QString name = m_topics.begin()->first;
            goodbyes.emplace_back(name, endTopic(m_topics.begin()));
        }
    }
    for (const auto &[topic, messages] : goodbyes) {
        if (!send(topic, messages))
            return;
    }
}

void WsPresence::end()
{
    const QMutexLocker locker(&m_presenceMutex);
    for (const Listener &listener : m_listeners)
        reportAll(listener, false);
    m_hasEnded = true;
    m_isOn = false;
    m_listeners.clear();
    m_topics.clear();
    m_due.clear();
    m_dirty.clear();
    m_dirtyInOrder.clear();
}

// --- what is to be sent

// With the lock.
void WsPresence::markDirty(const QString &topic)
{
    if (m_dirty.contains(topic))
        return;
    m_dirty.insert(topic);
    m_dirtyInOrder.push_back(topic);
    postUpdate();
}

// With the lock.
void WsPresence::postUpdate()
{
    if (!std::exchange(m_isUpdatePosted, true))
        (void)m_hub.post([hub = m_hub.shared_from_this()] { hub->presence.updateDirty(); });
}

void WsPresence::updateDirty()
{
    {
        const QMutexLocker locker(&m_presenceMutex);
        m_isUpdatePosted = false;
    }
    WsTimeBudget budget;
    QString topic;
    while (takeDirty(&topic)) {
        update(topic);
        if (!m_hub.isOwnThread() || !budget.spend())
            break;
    }
    const QMutexLocker locker(&m_presenceMutex);
    if (!m_dirtyInOrder.empty())
        postUpdate();
}

bool WsPresence::takeDirty(QString *topic)
{
    const QMutexLocker locker(&m_presenceMutex);
    if (m_dirtyInOrder.empty())
        return false;
    *topic = std::move(m_dirtyInOrder.front());
    m_dirtyInOrder.pop_front();
    m_dirty.remove(*topic);
    return true;
}

void WsPresence::update(const QString &topic)
{
    (void)send(topic, takeMessages(topic));
}

QList<WsPresenceMessage> WsPresence::takeMessages(const QString &topic)
{
    const QMutexLocker locker(&m_presenceMutex);
    const auto found = m_topics.find(topic);
    if (found == m_topics.end())
        return {};
    WsPresenceRoster &roster = found->second.roster;
    roster.setMaxMessageSize(std::min<qint64>(m_hub.maxMessageSize, LargestPresenceMessage));
    if (!isUsed(topic, roster))
        return endTopic(found);
    roster.check(WsClock::now());
    reportEvents(found);
    plan(found, roster.nextCheck());
    scheduleNext();
    return roster.takeMessages();
}

// With the lock.
QList<WsPresenceMessage> WsPresence::endTopic(Topics::iterator topic)
{
    WsPresenceRoster &roster = topic->second.roster;
    roster.end(WsClock::now());
    reportEvents(topic);
    QList<WsPresenceMessage> messages = roster.takeMessages();
    plan(topic, WsTime::max());
    m_hub.noteTopics({channelOf(topic->first)});
    m_topics.erase(topic);
    return messages;
}

// Returns false if the broker has been deleted meanwhile, or has moved to another thread.
bool WsPresence::send(const QString &topic, const QList<WsPresenceMessage> &messages)
{
    const std::shared_ptr<WsBrokerHub> hub = m_hub.shared_from_this();
    const QString channel = channelOf(topic);
    for (const WsPresenceMessage &message : messages) {
        hub->sendNow({channel, message.encoded()});
        if (!hub->isOwnThread())
            return false;
    }
    return true;
}

// --- time

void WsPresence::onCheck(WsTime now)
{
    const std::shared_ptr<WsBrokerHub> hub = m_hub.shared_from_this();
    WsTimeBudget budget;
    QString topic;
    while (takeDue(now, &topic)) {
        update(topic);
        if (!hub->isOwnThread())
            return;
        if (!budget.spend())
            break;
    }
    const QMutexLocker locker(&m_presenceMutex);
    scheduleNext();
}

bool WsPresence::takeDue(WsTime now, QString *topic)
{
    const QMutexLocker locker(&m_presenceMutex);
    if (m_due.empty() || m_due.begin()->first > now)
        return false;
    *topic = m_due.begin()->second;
    plan(m_topics.find(*topic), WsTime::max());
    return true;
}

// With the lock.
void WsPresence::plan(Topics::iterator topic, WsTime due)
{
    if (topic->second.due == due)
        return;
    m_due.erase({topic->second.due, topic->first});
    topic->second.due = due;
    if (due != WsTime::max())
        m_due.emplace(due, topic->first);
}

// With the lock.
void WsPresence::scheduleNext()
{
    if (!m_due.empty() && m_hub.isOwnThread())
        WsThreadContext::current().scheduleCheck(&m_hub, m_due.begin()->first);
}

// --- what is reported

// With the lock, as the next one.
void WsPresence::reportEvents(Topics::iterator topic)
{
    const QList<WsPresenceRoster::Event> events = topic->second.roster.takeEvents();
    if (events.isEmpty())
        return;
    for (const Listener &listener : m_listeners) {
        const std::shared_ptr<WsServerHome> home = listener.home.lock();
        for (auto event = events.begin(); home && event != events.end(); ++event)
            home->memberReports.add(topic->first, event->member, event->hasJoined);
    }
}

// What it knows of a broker that it has just got, or has no longer.
void WsPresence::reportAll(const Listener &listener, bool haveJoined)
{
    const std::shared_ptr<WsServerHome> home = listener.home.lock();
    if (!home)
        return;
    for (const auto &[name, topic] : m_topics) {
        const QStringList members = topic.roster.members();
        for (const QString &member : members)
            home->memberReports.add(name, member, haveJoined);
    }
}
