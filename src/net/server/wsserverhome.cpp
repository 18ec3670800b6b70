// SPDX-License-Identifier: MIT
#include "net/server/wsserverhome.h"

#include "net/connection/wsconnection_p.h"
#include "net/connection/wsreplays.h"
#include "net/loop/wslogging.h"
#include "net/loop/wsthreadcontext.h"
#include "net/server/wsbrokerhub.h"
#include "net/server/wsrunningsending.h"
#include "net/server/wsserver_p.h"

#include <algorithm>
#include <list>
#include <utility>

namespace {
// Returns how many connections have accepted it.
int runAll(std::list<WsRunningSending> *begun)
{
    int reached = 0;
    for (WsRunningSending &each : *begun)
        reached += each.run();
    return reached;
}
} // namespace

WsServerHome::WsServerHome(WsServer *server)
    : WsServerThread(server), admission([this] { (void)post([this] { enterWaiting(); }); }), m_server(server),
      m_startTime(QDateTime::currentDateTimeUtc())
{
    maxBufferedAmount.set(WsOptions().maxBufferedAmount());
}

bool WsServerHome::callServer(std::function<void(WsServer &)> task)
{
    const auto call = [self = std::static_pointer_cast<WsServerHome>(shared_from_this()),
                       task = std::move(task)] {
        if (WsServer *const server = self->m_server)
            task(*server);
    };
    if (!isOwnThread())
        return m_server && post(call);
    call();
    return true;
}

void WsServerHome::reportThrown(const QString &text)
{
    const WsError error(Ws::ErrorKind::Handler, text, Ws::InternalError);
    const auto report = [error](WsServer &server) { Q_EMIT server.errorOccurred(error); };
    if (!hasServer() || !callServer(report))
        qCWarning(wsNetLog) << "a handler threw after its server had been deleted:" << text;
}

WsConnection *WsServerHome::createConnection() const
{
    return WsServerPrivate::of(m_server)->createConnection();
}

void WsServerHome::uncount(const WsRemovedClient &client)
{
    if (client.number > 0)
        admission.leave(client.number);
    else
        admission.removeConnection(client.address);
    if (client.wasUndecided)
        admission.endUndecided();
}

void WsServerHome::enterWaitingAt(WsTime time)
{
    if (time != WsTime::max())
        WsThreadContext::current().scheduleCheck(this, time);
}

void WsServerHome::enterWaiting()
{
    if (WsServer *const server = m_server)
        WsServerPrivate::of(server)->enterWaiting();
}

void WsServerHome::storeSettings(std::shared_ptr<const WsServerSettings> settings)
{
    const QMutexLocker locker(&m_settingsMutex);
    m_settings = std::move(settings);
}

std::shared_ptr<const WsServerSettings> WsServerHome::latestSettings() const
{
    const QMutexLocker locker(&m_settingsMutex);
    return m_settings;
}

// A slot may delete the server, or move it to another thread.
void WsServerHome::checkServer()
{
    const auto self = std::static_pointer_cast<WsServerHome>(shared_from_this());
    enterWaiting();
    callServer([](WsServer &server) { WsServerPrivate::of(&server)->checkLeaving(WsClock::now()); });
}

void WsServerHome::startLeaving(const WsLeaving &leaving)
{
    {
        const QMutexLocker locker(&mutex());
        m_leaving = leaving;
    }
    isCutting = false;
    isClosing = true;
}

WsLeaving WsServerHome::leaving() const
{
    const QMutexLocker locker(&mutex());
    return m_leaving;
}

// --- the other threads

std::shared_ptr<const WsServerThreads> WsServerHome::threads() const
{
    const QMutexLocker locker(&m_threadsMutex);
    if (!m_sharedThreads)
        m_sharedThreads = std::make_shared<const WsServerThreads>(m_threads);
    return m_sharedThreads;
}

void WsServerHome::addThread(std::shared_ptr<WsServerThread> thread)
{
    const QMutexLocker locker(&m_threadsMutex);
    thread->homeIndex = m_threads.size();
    m_threads.push_back(std::move(thread));
    m_sharedThreads.reset();
}

void WsServerHome::removeThread(const WsServerThread *thread)
{
    const QMutexLocker locker(&m_threadsMutex);
    const size_t index = thread->homeIndex;
    if (index >= m_threads.size() || m_threads[index].get() != thread)
        return; // it was removed before
    std::swap(m_threads[index], m_threads.back());
    m_threads[index]->homeIndex = index;
    m_threads.pop_back();
    m_sharedThreads.reset();
}

// --- sending

int WsServerHome::sendByThreads(const WsSendingToMany &sending)
{
    std::list<WsRunningSending> begun;
    const int reached = beginSending(sending, &begun);
    return reached + runAll(&begun);
}

// What is sent in this thread is begun before any of it runs, whose slots may move connections from one to
// another, or send something else.
int WsServerHome::beginSending(const WsSendingToMany &sending, std::list<WsRunningSending> *begun)
{
    int reached = 0;
    const auto sendIn = [&](const std::shared_ptr<WsServerThread> &thread) {
        if (thread->isInOrder()) {
            QList<WsConnection *> receivers = thread->receivers(sending);
            if (!receivers.isEmpty())
                begun->emplace_back(thread, sending, std::move(receivers));
            return;
        }
        // Read first, so that a subscription that is carried out between the two is noticed.
        const bool isSubscribing = subscribing.use_count() > 1;
        reached += thread->sendLater(sending, isSubscribing && !sending.isToAll);
    };
    const QReadLocker locker(&m_moveLock);
    const std::shared_ptr<const WsServerThreads> others = threads();
    for (const auto &thread : *others)
        sendIn(thread);
    if (m_server)
        sendIn(std::static_pointer_cast<WsServerHome>(shared_from_this()));
    return reached;
}

int WsServerHome::broadcastToAll(const WsPreparedMessage &message, const WsConnection *except)
{
    WsSendingToMany sending;
    sending.message = message;
    sending.except = except;
    return sendByThreads(sending);
}

int WsServerHome::publishToAll(const WsManyMessage &message, const WsConnection *except)
{
    WsSendingToMany sending{message};
    sending.except = except;
    sending.isToAll = false;
    return sendByThreads(sending);
}

// --- other servers

// A slot of one of the servers may publish through another one.
int WsServerHome::publishToAll(const std::vector<std::shared_ptr<WsServerHome>> &homes,
                               const WsManyMessage &message, const WsServerHome *from,
                               const WsConnection *except)
{
    WsSendingToMany sending{message};
    sending.isToAll = false;
    WsSendingToMany sendingHere = sending;
    sendingHere.except = except;
    std::list<WsRunningSending> begun;
    std::list<WsRunningSending> begunHere;
    int reached = 0;
    for (const auto &home : homes) {
        if (home.get() == from)
            reached += home->beginSending(sendingHere, &begunHere);
        else
            (void)home->beginSending(sending, &begun);
    }
    (void)runAll(&begun);
    return reached + runAll(&begunHere);
}

// The broker gets it first: a slot that the other calls may publish again.
int WsServerHome::publish(const WsManyMessage &message, const WsConnection *except)
{
    if (Q_LIKELY(!hasBroker()))
        return publishToAll(message, except);
    const auto self = shared_from_this();
    const std::shared_ptr<WsBrokerHub> hub = brokerHub();
    const WsBrokerHub::Publishing published =
        hub ? hub->publish(message, this, except) : WsBrokerHub::Publishing();
    if (published.reached)
        return *published.reached;
    if (!published.isLeftToHub)
        return publishToAll(message, except);
    const QReadLocker locker(&m_moveLock);
    return allSubscribers(message.topic);
}

std::shared_ptr<WsBrokerHub> WsServerHome::brokerHub() const
{
    const QMutexLocker locker(&m_threadsMutex);
    return m_brokerHub;
}

void WsServerHome::setBrokerHub(const std::shared_ptr<WsBrokerHub> &hub)
{
    const std::shared_ptr<WsBrokerHub> before = brokerHub();
    if (before == hub)
        return;
    {
        const QMutexLocker locker(&m_threadsMutex);
        m_brokerHub = hub;
        m_hasBroker = hub != nullptr;
        m_hasPresence = false; // until the hub says so
        m_isAttaching = hub != nullptr;
    }
    if (before)
        before->detach(this);
    // Before the new one delivers anything.
    m_brokerEra = wsNextHistoryEra();
    restartReplays({}, m_brokerEra);
    if (hub)
        attachTo(*hub);
}

void WsServerHome::attachTo(WsBrokerHub &hub)
{
    hub.attach(std::static_pointer_cast<WsServerHome>(shared_from_this()));
    std::vector<std::shared_ptr<WsReplayRequest>> early;
    {
        const QMutexLocker locker(&m_threadsMutex);
        m_isAttaching = false;
        early.swap(m_earlyRequests);
    }
    for (const auto &request : early)
        hub.readHistory(request);
}

void WsServerHome::askBroker(const std::shared_ptr<WsReplayRequest> &request)
{
    std::shared_ptr<WsBrokerHub> hub;
    {
        const QMutexLocker locker(&m_threadsMutex);
        if (m_isAttaching) {
            m_earlyRequests.push_back(request);
            return;
        }
        hub = m_brokerHub;
    }
    if (hub)
        hub->readHistory(request);
}

void WsServerHome::noteTopics(const QStringList &topics)
{
    if (const std::shared_ptr<WsBrokerHub> hub = topics.isEmpty() ? nullptr : brokerHub())
        hub->noteTopics(topics);
}

// Counts a connection that moves in one of its threads. A subscription is carried out before it is no longer
// on its way, so that is looked up first.
bool WsServerHome::hasSubscribers(const QString &topic) const
{
    {
        const QMutexLocker locker(&m_subscribingMutex);
        if (m_topicsOnTheWay.contains(topic))
            return true;
    }
    const QReadLocker locker(&m_moveLock);
    return allSubscribers(topic) > 0;
}

QStringList WsServerHome::topicsForBroker() const
{
    QStringList topics;
    {
        const QMutexLocker locker(&m_subscribingMutex);
        topics = m_topicsOnTheWay.keys();
    }
    return topics + allTopics();
}

std::shared_ptr<void> WsServerHome::beginSubscribing(const QString &topic)
{
    {
        const QMutexLocker locker(&m_subscribingMutex);
        ++m_topicsOnTheWay[topic];
    }
    noteTopics({topic});
    const auto self = std::static_pointer_cast<WsServerHome>(shared_from_this());
    return {self.get(), [self, topic](void *) { self->endSubscribing(topic); }};
}

// The task that was to carry it out may have been dropped.
void WsServerHome::endSubscribing(const QString &topic)
{
    {
        const QMutexLocker locker(&m_subscribingMutex);
        const auto count = m_topicsOnTheWay.find(topic);
        if (--*count == 0)
            m_topicsOnTheWay.erase(count);
    }
    noteTopics({topic});
}

void WsServerHome::reportGapToAll(const QString &topic, const WsHistoryId &position)
{
    WsServerThreads here; // where it is reported after what was delivered, and before what is next
    {
        const QReadLocker locker(&m_moveLock);
        WsServerThreads all = *threads();
        all.push_back(shared_from_this());
        for (const auto &thread : all) {
            if (thread->isOwnThread())
                here.push_back(thread);
            else
                thread->reportGapLater(topic, position);
        }
    }
    for (const auto &thread : here)
        thread->reportGap(topic, position);
}

// At once, because they may get the first message of the era at any time, and in whichever thread they are.
// Those who subscribe from now on note nothing older: what is on its way to them, of any topic, is sent.
void WsServerHome::restartReplays(const std::optional<QString> &topic, quint64 era)
{
    quint64 before = m_historyEra;
    while (before < era && !m_historyEra.compare_exchange_weak(before, era)) {
    }
    const auto restart = [&](WsReplays &replays) {
        if (topic)
            replays.restart(*topic, era);
        else
            replays.restartAll(era);
    };
    const QReadLocker locker(&m_moveLock);
    const std::shared_ptr<const WsServerThreads> others = threads();
    for (const auto &thread : *others)
        thread->visitReplays(topic, restart);
    visitReplays(topic, restart);
}

void WsServerHome::addTaken(WsConnection *connection)
{
    const WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
    const QMutexLocker locker(&m_takenMutex);
    if (d.read(d.owner)) // otherwise it has ended, and is forgotten already
        m_taken.insert(connection);
}

void WsServerHome::forgetTaken(WsConnection *connection)
{
    const QMutexLocker locker(&m_takenMutex);
    m_taken.remove(connection);
}

void WsServerHome::endAnnouncingOfTaken()
{
    const QMutexLocker locker(&m_takenMutex);
    for (WsConnection *connection : std::exchange(m_taken, {})) {
        WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
        (void)d.threads.post([&d] { d.life.endAnnouncing(); });
    }
}

int WsServerHome::openCountOfAll() const
{
    int count = openCount();
    const std::shared_ptr<const WsServerThreads> others = threads();
    for (const auto &thread : *others)
        count += thread->openCount();
    return count;
}

// Counts a connection that moves in one of its threads.
QStringList WsServerHome::allTopics() const
{
    const QReadLocker locker(&m_moveLock);
    QStringList topics = subscriptions().topics();
    const std::shared_ptr<const WsServerThreads> others = threads();
    for (const auto &thread : *others)
        topics += thread->subscriptions().topics();
    topics.removeDuplicates();
    return topics;
}

int WsServerHome::allSubscribers(const QString &topic) const
{
    int count = subscriptions().subscriberCount(topic);
    const std::shared_ptr<const WsServerThreads> others = threads();
    for (const auto &thread : *others)
        count += thread->subscriptions().subscriberCount(topic);
    return count;
}

// --- statistics

void WsServerHome::countMember(const WsServerThread *member)
{
    const QMutexLocker locker(&m_membersMutex);
    m_members.insert(member);
}

void WsServerHome::uncountMember(const WsServerThread *member)
{
    const QMutexLocker locker(&m_membersMutex);
    m_members.erase(member);
    member->tally.addTo(&m_past);
}

WsServerStatistics WsServerHome::statistics() const
{
    const QReadLocker moveLocker(&m_moveLock); // no connection is between two threads
    const QMutexLocker locker(&m_membersMutex);
    WsServerStatistics statistics = m_past;
    addStatistics(&statistics);
    for (const WsServerThread *member : m_members)
        member->addStatistics(&statistics);
    statistics.startTime = m_startTime;
    statistics.pendingHandshakes = admission.pendingCount();
    return statistics;
}

// --- moving to another thread

namespace {
bool isPartOf(const QObject *whole, const QObject *object)
{
    while (object && object != whole)
        object = object->parent();
    return object != nullptr;
}
} // namespace

void WsServerHome::leaveWithServer()
{
    postponePreambles();
    breakOffRounds();
    const QList<WsConnection *> connections = all();
    for (WsConnection *connection : connections) {
        if (!isTaken(connection)) {
            connection->setParent(m_server);
            continue;
        }
        const std::shared_ptr<WsServerThread> host = passToHost(connection);
        if (!isPartOf(m_server, connection)) // it stays here, unless it moves by itself
            host->arrive();
    }
    const std::vector<WsRunningSending *> unfinished = running;
    std::for_each(unfinished.rbegin(), unfinished.rend(),
                  [](WsRunningSending *sending) { sending->goOnLater(); });
    depart();
    release();
}

bool WsServerHome::isMovingAlong(const WsConnection *connection) const
{
    return connection->parent() == static_cast<const QObject *>(m_server.load());
}

void WsServerHome::onArrived(WsConnection *connection)
{
    if (isMovingAlong(connection) && !isTaken(connection))
        connection->setParent(nullptr);
}
