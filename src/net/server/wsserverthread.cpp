// SPDX-License-Identifier: MIT
#include "net/server/wsserverthread.h"

#include "net/connection/wsconnection_p.h"
#include "net/loop/wslogging.h"
#include "net/loop/wsthreadcontext.h"
#include "net/loop/wsthrown.h"
#include "net/server/wshellostep.h"
#include "net/server/wspreamble.h"
#include "net/server/wsrunningsending.h"
#include "net/server/wsserver_p.h"
#include "net/server/wsserverhome.h"
#include "net/server/wsserveropening.h"
#include "net/socket/wsbufferedtransport.h"
#include "net/socket/wslocaltransport.h"
#include "net/socket/wstcptransport.h"

#include <QtCore/qeventloop.h>
#include <QtCore/qsemaphore.h>
#include <QtNetwork/qsslsocket.h>

#include <algorithm>
#include <utility>

#ifdef Q_OS_LINUX
#include <WsKit/wseventdispatcher.h>
#endif

namespace {
// How much Qt reads ahead over TLS during the opening. It is small, so that the head is not kept twice.
constexpr qint64 OpeningReadBuffer = 4096;
} // namespace

WsServerThread::WsServerThread(std::shared_ptr<WsServerHome> home)
    : WsTurnMember(nullptr), m_home(std::move(home))
{
    m_home->countMember(this);
}

WsServerThread::WsServerThread(QObject *server) : WsTurnMember(server) { }

WsServerThread::~WsServerThread()
{
    if (m_home)
        m_home->uncountMember(this);
}

WsServerHome &WsServerThread::home()
{
    return m_home ? *m_home : static_cast<WsServerHome &>(*this);
}

const WsServerHome &WsServerThread::home() const
{
    return m_home ? *m_home : static_cast<const WsServerHome &>(*this);
}

// --- the thread

QString WsServerThread::startThread(int number)
{
    QSemaphore started;
    std::unique_ptr<QThread> thread(QThread::create([this, &started] {
        arrive();
        started.release();
        QEventLoop().exec();
        // Not by a task: once the application object has been deleted, Qt delivers no event for it.
        WsThreadContext::current().runTasks(); // which may have clients in them
        endTaken();
        deleteAll();
        leaveThread();
    }));
#ifdef Q_OS_LINUX
    auto dispatcher = std::make_unique<WsEventDispatcher>();
    if (!dispatcher->isValid())
        return QStringLiteral("thread %1 of the server cannot be started: no descriptors are left")
            .arg(number);
    thread->setEventDispatcher(dispatcher.release());
#endif
    thread->setObjectName(QStringLiteral("WsServer %1").arg(number));
    thread->start();
    if (!thread->isRunning())
        return QStringLiteral("thread %1 of the server cannot be started").arg(number);
    m_thread = std::move(thread);
    started.acquire();
    return {};
}

void WsServerThread::stop()
{
    m_thread->quit();
    m_thread->wait();
}

void WsServerThread::run(std::function<void()> task)
{
    if (isOwnThread())
        task();
    else
        (void)post(std::move(task));
}

// --- clients that come

void WsServerThread::begin(const WsAcceptedClient &client)
{
    const auto &tls = client.settings->sslConfiguration;
    if (!tls || client.isLocal) {
        std::unique_ptr<WsTransport> transport;
        if (client.isLocal)
            transport = wsLocalTransport(client.descriptor);
        else
            transport = wsPlainTransport(client.descriptor, client.address, client.port);
        if (WsConnection *const connection = start(std::move(transport), client))
            startReading(*WsConnectionPrivate::of(connection), client.isLocal);
        return;
    }
    auto *const socket = new QSslSocket;
    (void)socket->setSocketDescriptor(client.descriptor); // if this fails, the connection ends at once
    auto transport = std::make_unique<WsBufferedTransport>(socket);
    WsBufferedTransport &encrypting = *transport;
    if (start(std::move(transport), client))
        encrypting.startServerEncryption(wsTlsFor(client));
}

// Returns false if it has had to give way before.
bool WsServerThread::setNumber(WsConnection *connection, WsAdmission::Number number,
                               std::chrono::milliseconds patience)
{
    m_numbers.insert(connection, number);
    WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
    const auto giveWay = [&d, number] {
        (void)d.threads.post([&d, number] {
            if (auto *const opening = static_cast<WsServerOpening *>(d.life.opening()))
                opening->considerGivingWay(number);
        });
    };
    return home().admission.setGiveWay(number, giveWay, patience);
}

WsConnection *WsServerThread::start(std::unique_ptr<WsTransport> transport, const WsAcceptedClient &client)
{
    WsConnection *const connection = home().createConnection();
    WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
    d.store(d.owner, std::shared_ptr<WsConnectionOwner>(shared_from_this()));
    d.tally = &tally.ofConnections;
    d.acceptedAt = client.acceptedAt;
    connection->setOptions(client.settings->options);
    d.sending.setTotal(home().bufferTotal);
    const bool hasEnded = transport->hasEnded();
    d.link.attach(std::move(transport));
    WsEndpoints endpoints = d.link.transport()->endpoints();
    endpoints.peerAddress = client.address;
    if (client.proxyHeader && !client.proxyHeader->isOfProxy)
        endpoints.peerPort = client.proxyHeader->port;
    d.store(d.endpoints, endpoints);
    d.countedAddress = client.countedAddress();
    d.link.transport()->setReadBufferSize(OpeningReadBuffer);
    m_unplaced.add(connection);
    d.life.startOpening(std::make_unique<WsServerOpening>(d, client), client.acceptedAt);
    if (home().isClosing)
        static_cast<WsServerOpening *>(d.life.opening())->leave();
    const bool mayStay = setNumber(connection, client.number);
    if (!hasEnded && mayStay)
        return connection;
    auto *const opening = static_cast<WsServerOpening *>(d.life.opening());
    if (hasEnded)
        opening->onFailure(d.link.transport()->lostError());
    else
        opening->giveWay();
    return nullptr;
}

WsHttpError WsServerThread::admit(WsConnection *connection)
{
    const QHostAddress address = WsConnectionPrivate::of(connection)->countedAddress;
    if (const WsHttpError refusal = home().admission.admit(m_numbers.value(connection), address))
        return refusal;
    m_numbers.remove(connection);
    m_unplaced.remove(connection);
    m_opening.add(connection);
    return {};
}

// Returns its number as a pending one.
WsAdmission::Number WsServerThread::takePlace(WsConnection *connection)
{
    const QHostAddress address = WsConnectionPrivate::of(connection)->countedAddress;
    home().admission.removeConnection(address);
    home().admission.endUndecided();
    m_opening.remove(connection);
    m_unplaced.add(connection);
    return home().admission.addPending(address);
}

void WsServerThread::dismiss(WsConnection *connection)
{
    (void)setNumber(connection, takePlace(connection));
}

void WsServerThread::setIdle(WsConnection *connection)
{
    const WsAdmission::Number pending = numberOf(connection);
    const WsAdmission::Number number = pending > 0 ? home().admission.renew(pending) : takePlace(connection);
    if (number > 0)
        (void)setNumber(connection, number, {});
}

bool WsServerThread::renew(WsConnection *connection)
{
    const WsAdmission::Number number = home().admission.renew(numberOf(connection));
    if (number > 0)
        (void)setNumber(connection, number);
    return number > 0;
}

void WsServerThread::open(WsConnection *connection, const WsServerSettings &settings)
{
    m_opening.remove(connection);
    home().admission.endUndecided();
    countOpened(connection);
    const std::shared_ptr<WsServerThread> self = shared_from_this();
    WsLifeGuard guard(*WsConnectionPrivate::of(connection));
    WsConnection *const outer = std::exchange(m_unannounced, connection);
    if (home().isClosing) {
        const WsLeaving leaving = home().leaving();
        connection->close(leaving.code, leaving.reason);
    } else if (settings.connectionHandler) {
        callHandler(settings.connectionHandler, connection);
    }
    m_unannounced = outer;
    if (guard)
        announce(connection);
    if (!guard || !isHome())
        return;
    WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
    if (d.link.isHeld(WsHold::Announcing) && d.handover == WsHandover::Announced) // its handler has thrown
        d.life.endAnnouncing();
}

// Nothing may be connected to the connection's signals yet, so the server reports the error too.
void WsServerThread::callHandler(const WsServer::ConnectionHandler &handler, WsConnection *connection)
{
    WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
    WsLifeGuard guard(d);
    const std::shared_ptr<WsServerThread> self = shared_from_this();
    const WsSocketCall call(d.link.transport()); // if the handler moves the connection, it arrives after this
    const QString thrown = wsThrownBy([&] { handler(connection); });
    if (thrown.isNull())
        return;
    const auto giveUp = [thrown](WsConnectionPrivate &opened) {
        opened.delivery.dropMessages();
        opened.life.giveUp(WsError(Ws::ErrorKind::Handler, thrown, Ws::InternalError));
    };
    if (guard) {
        d.link.hold(WsHold::Announcing); // newConnection() comes before the error
        giveUp(d);
    } else {
        (void)guard.postAfterMove(giveUp);
    }
    home().reportThrown(thrown);
}

// Slots of newConnection() must not miss anything, so nothing is read before it has been emitted.
void WsServerThread::announce(WsConnection *connection)
{
    WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
    if (isHome()) {
        home().callServer(
            [connection](WsServer &server) { WsServerPrivate::of(&server)->announce(connection); });
        return;
    }
    d.link.hold(WsHold::Announcing);
    // Slots may delete the server, and the connection in its own thread.
    const auto tell = [connection = QPointer(connection)](WsServer &server) {
        if (!connection)
            return;
        WsServerPrivate *const data = WsServerPrivate::of(&server);
        data->elsewhere.insert(connection);
        data->announce(connection);
        if (!connection)
            return;
        WsConnectionPrivate &announced = *WsConnectionPrivate::of(connection);
        if (announced.handover == WsHandover::Announced)
            (void)announced.threads.post([&announced] { announced.life.endAnnouncing(); });
    };
    home().callServer(tell);
}

// --- clients that go

// Takes it out of all the lists.
WsRemovedClient WsServerThread::take(WsConnection *connection, Leaving leaving)
{
    WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
    WsRemovedClient removed;
    removed.connection = connection;
    removed.address = d.countedAddress;
    removed.wasTaken = d.handover == WsHandover::Taken;
    {
        const QMutexLocker locker(&m_sharedMutex);
        removed.wasOpen = m_open.remove(connection);
        if (leaving == Leaving::Ending)
            countEnd(connection, removed.wasOpen);
    }
    removed.number = m_numbers.take(connection);
    m_unplaced.remove(connection);
    removed.wasUndecided = m_opening.remove(connection);
    for (WsRunningSending *sending : running)
        sending->remove(connection);
    for (Round *round : m_rounds) {
        if (round->left.remove(connection) && leaving == Leaving::Moving && round->beforeMove)
            round->beforeMove(*WsConnectionPrivate::of(connection));
    }
    m_openCount -= removed.wasOpen ? 1 : 0;
    return removed;
}

// It no longer belongs to the server in any way.
WsRemovedClient WsServerThread::remove(WsConnection *connection)
{
    const WsRemovedClient removed = take(connection, Leaving::Ending);
    home().uncount(removed);
    if (home().hasBroker()) {
        QStringList left;
        const QStringList topics = m_subscriptions.removeAll(connection, &left);
        home().noteTopics(left);
        if (home().hasPresence())
            leavePresence(connection, topics);
    } else {
        m_subscriptions.removeAll(connection);
    }
    WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
    if (removed.wasOpen)
        logEnd(d);
    if (d.replays)
        d.replays->end();
    d.tally = nullptr;
    d.store(d.owner, nullptr);
    home().forgetTaken(connection);
    return removed;
}

void WsServerThread::reportRemoved(const WsRemovedClient &removed)
{
    home().callServer([removed, self = shared_from_this()](WsServer &server) {
        WsServerPrivate::of(&server)->onRemoved(removed, self.get());
    });
}

// The server's thread may still use it, so it is deleted after that thread has processed earlier tasks.
void WsServerThread::onEnded(WsConnection *connection)
{
    const std::shared_ptr<WsServerThread> self = shared_from_this();
    const WsRemovedClient removed = remove(connection);
    if (removed.wasTaken) {
        reportRemoved(removed);
        leaveIfHost();
        return;
    }
    if (isHome()) {
        connection->deleteLater(); // first: slots may delete it, and the server
        reportRemoved(removed);
        return;
    }
    m_leaving.removeIf([](const auto &leaving) { return leaving.isNull(); });
    m_leaving.append(connection);
    const auto remove = [self, removed, pointer = QPointer(connection)](WsServer &server) {
        WsServerPrivate::of(&server)->onRemoved(removed, self.get());
        self->run([self, pointer] {
            self->m_leaving.removeOne(pointer);
            if (pointer)
                pointer->deleteLater();
            self->leaveIfHost();
        });
    };
    if (!home().callServer(remove))
        connection->deleteLater();
}

void WsServerThread::onDeleted(WsConnection *connection)
{
    const std::shared_ptr<WsServerThread> self = shared_from_this();
    reportRemoved(remove(connection));
    leaveIfHost();
}

// Its only connection has gone. The last reference may be released in another thread.
void WsServerThread::leaveIfHost()
{
    if (isHost())
        leaveThread();
}

bool WsServerThread::isTaken(WsConnection *connection)
{
    return WsConnectionPrivate::of(connection)->handover == WsHandover::Taken;
}

QList<WsConnection *> WsServerThread::all() const
{
    return m_open.all() + m_opening.all() + m_unplaced.all();
}

std::shared_ptr<void> WsServerThread::keepPlace(const WsConnection *connection)
{
    WsRemovedClient client;
    client.address = WsConnectionPrivate::of(connection)->countedAddress;
    if (m_unplaced.contains(connection))
        client.number = home().admission.addPending(client.address);
    else
        home().admission.addConnection(client.address);
    home().callServer([](WsServer &server) { WsServerPrivate::of(&server)->keepLingering(); });
    const auto give = [self = shared_from_this(), client](void *) {
        self->home().uncount(client);
        self->home().callServer([](WsServer &server) { WsServerPrivate::of(&server)->giveLingering(); });
    };
    return {static_cast<void *>(this), give};
}

// --- clients that are moved to another thread

void WsServerThread::onDeparting(WsConnection *connection)
{
    if (isMovingAlong(connection) || (isHost() && !context())) // passed on with the server
        return;
    const std::shared_ptr<WsServerThread> self = shared_from_this();
    (void)passToHost(connection);
    leaveIfHost();
}

std::shared_ptr<WsServerThread> WsServerThread::passToHost(WsConnection *connection)
{
    const auto host =
        std::make_shared<WsServerThread>(std::static_pointer_cast<WsServerHome>(home().shared_from_this()));
    const bool isAnnounced = m_unannounced != connection;
    std::vector<WsRunningSending *> unfinished = running;
    std::erase_if(unfinished, [&](const WsRunningSending *sending) { return !sending->awaits(connection); });
    {
        const QWriteLocker locker(&home().moveLock());
        host->adopt(connection, take(connection, Leaving::Moving), isAnnounced);
        for (const QString &topic : m_subscriptions.removeAll(connection))
            host->m_subscriptions.add(connection, topic);
        std::for_each(unfinished.rbegin(), unfinished.rend(),
                      [&](WsRunningSending *sending) { sending->goOnIn(host.get()); });
        for (const WsSendingToMany &sending : m_pending) // which was sent before it moved
            (void)host->push(sending);
        if (isHost())
            home().removeThread(this);
        home().addThread(host);
        if (home().isClosing) // which has not seen the new thread
            (void)host->post([host] { host->closeAll(); });
        else if (!home().hasServer())
            (void)host->post([host] { host->deleteAll(); });
    }
    if (home().hasPresence())
        (void)host->post([host] { host->notePresence(); });
    home().callServer([self = shared_from_this(), host, connection, isAnnounced](WsServer &server) {
        --self->load;
        ++host->load;
        if (isAnnounced && self->isHome())
            WsServerPrivate::of(&server)->elsewhere.insert(connection);
    });
    return host;
}

// In the old thread.
void WsServerThread::adopt(WsConnection *connection, const WsRemovedClient &from, bool isAnnounced)
{
    WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
    (from.wasOpen ? m_open : from.number > 0 ? m_unplaced : m_opening).add(connection);
    if (from.number > 0)
        m_numbers.insert(connection, from.number);
    m_openCount = from.wasOpen ? 1 : 0;
    if (from.wasOpen && !isAnnounced) {
        m_unannounced = connection;
        d.link.hold(WsHold::Announcing);
    }
    d.store(d.owner, std::shared_ptr<WsConnectionOwner>(shared_from_this()));
    d.tally = &tally.ofConnections;
}

void WsServerThread::onArrived(WsConnection *connection)
{
    arrive();
    if (std::exchange(m_unannounced, nullptr))
        announce(connection);
}
