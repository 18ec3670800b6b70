// SPDX-License-Identifier: MIT

// How a server lets clients in, passes them to its threads, and forgets them.

#include "net/server/wsserver_p.h"

#include "net/connection/wsconnection_p.h"
#include "net/loop/wsthrown.h"
#include "net/server/wshandshakelog.h"
#include "net/server/wspreamble.h"
#include "net/socket/wsdevicetransport.h"

#include <QtCore/qthread.h>
#include <QtNetwork/qlocalsocket.h>

#include <utility>

namespace {
// A socket may remain open after its end.
bool isConnected(const QIODevice &device)
{
    if (const auto *socket = qobject_cast<const QAbstractSocket *>(&device))
        return socket->state() == QAbstractSocket::ConnectedState;
    const auto *local = qobject_cast<const QLocalSocket *>(&device);
    return device.isSequential() && device.isReadable() && device.isWritable()
           && (!local || local->state() == QLocalSocket::ConnectedState);
}
} // namespace

void WsServerPrivate::accept(const WsIncoming &incoming)
{
    WsAcceptedClient client;
    client.descriptor = incoming.descriptor;
    client.isLocal = incoming.isLocal;
    client.address = incoming.address;
    client.port = incoming.port;
    const std::shared_ptr<WsServerHome> own = home; // the filter may delete the server, or move it
    client.settings = settings; // also if it waits, and the server stops listening meanwhile
    const bool isProxy = client.isTrustedProxy(); // the filter is asked about its clients
    using Filtering = WsAcceptedClient::Filtering;
    client.filtering = isProxy ? Filtering::EachRequest : Filtering::AtArrival;
    const int closingsBefore = m_closings;
    if (!isProxy && !isWanted(client.address)) {
        own->tally.addRejected(0);
        wsCutDescriptor(client.descriptor);
        return;
    }
    if (own->isServerHere()) {
        letIn(std::move(client), closingsBefore);
        return;
    }
    const auto postponed = std::make_shared<WsPostponedClient>(client);
    const bool hasServer = own->callServer([postponed, closingsBefore](WsServer &server) {
        of(&server)->letIn(postponed->take(), closingsBefore);
    });
    if (!hasServer)
        turnAway(*own, postponed->take());
}

void WsServerPrivate::letIn(WsAcceptedClient client, int closingsBefore)
{
    const bool isClosed = m_closings != closingsBefore && (!home->isClosing || home->isCutting);
    if (isClosed) {
        turnAway(*home, client);
        return;
    }
    m_waiting.push_back(std::move(client));
    enterWaiting();
}

void WsServerPrivate::turnAway(WsServerHome &home, const WsAcceptedClient &client)
{
    wsCutDescriptor(client.descriptor);
    wsLogRefusal(client.address, 0, QStringLiteral("the server has closed"));
    home.tally.addRejected(0);
}

// Whoever comes while there are too many pending clients waits: the first one here, the others in the system.
// While the server closes, nobody waits: who does not ask soon is let go anyway. A slot may delete the
// server, or move it to another thread, where this is called again.
void WsServerPrivate::enterWaiting()
{
    const std::shared_ptr<WsServerHome> own = home;
    while (own->isServerHere() && !m_waiting.empty()) {
        if (const auto nextTime = own->isClosing ? std::nullopt : own->admission.waitForRoom()) {
            listeners.setStopped(WsListener::Stop::HandshakesFull, true);
            own->enterWaitingAt(*nextTime);
            return;
        }
        WsAcceptedClient client = std::move(m_waiting.front());
        m_waiting.pop_front();
        handOn(std::move(client));
    }
    if (own->isServerHere())
        listeners.setStopped(WsListener::Stop::HandshakesFull, false);
}

void WsServerPrivate::handOn(WsAcceptedClient client)
{
    if (!enter(&client)) {
        wsCutDescriptor(client.descriptor);
        refuse(client);
        return;
    }
    WsServerThread *const thread = nextThread();
    ++thread->load;
    if (thread->isOwnThread())
        thread->accept(client);
    else
        thread->run([thread, client = std::move(client)] { thread->accept(client); });
}

void WsServerPrivate::dropWaiting()
{
    for (const WsAcceptedClient &client : std::exchange(m_waiting, {}))
        turnAway(*home, client);
    listeners.setStopped(WsListener::Stop::HandshakesFull, false);
}

// A filter that throws accepts nobody.
bool WsServerPrivate::isWanted(const QHostAddress &address)
{
    const auto filter = settings->connectionFilter; // which may replace itself, or delete the server
    if (!filter)
        return true;
    const std::shared_ptr<WsServerHome> ownHome = home;
    bool isAccepted = false;
    const QString thrown = wsThrownBy([&] { isAccepted = (*filter)(address); });
    if (!isAccepted)
        wsLogRefusal(address, 0,
                     thrown.isNull() ? QStringLiteral("the connection filter refused it")
                                     : QStringLiteral("the connection filter has thrown: %1").arg(thrown));
    if (!thrown.isNull())
        ownHome->reportThrown(thrown);
    return isAccepted;
}

// Counts the client, unless there are too many; while the server closes, always, because all go soon.
bool WsServerPrivate::enter(WsAcceptedClient *client)
{
    const QHostAddress address = client->countedAddress();
    client->number = home->isClosing ? home->admission.addPending(address) : home->admission.enter(address);
    if (client->number == 0)
        return false;
    ++m_clientCount;
    return true;
}

// A slot may delete the server.
void WsServerPrivate::refuse(const WsAcceptedClient &client)
{
    const QString reason = QStringLiteral("too many handshakes are unfinished, and none can give way yet");
    wsLogRefusal(client.address, 0, reason);
    home->tally.addRejected(0);
    Q_EMIT q->connectionRejected(WsError(Ws::ErrorKind::Handshake, reason), client.address);
}

bool WsServerPrivate::handleConnection(QIODevice *device)
{
    if (!isOwnThread())
        return misuse(QStringLiteral("connections can only be handed to the server in its own thread"));
    if (!device || home->isClosing)
        return misuse(device ? QStringLiteral("the server is still closing")
                             : QStringLiteral("the device is null"));
    if (isPendingFull())
        return misuse(QStringLiteral("as many connections as maxPendingConnections (%1) wait to be taken")
                          .arg(limits.waitingConnections));
    if (device->thread() != QThread::currentThread())
        return misuse(QStringLiteral("the device lives in another thread than the server"));
    if (!isConnected(*device))
        return misuse(QStringLiteral("the device is not connected, or not open for reading and writing"));
    const auto *socket = qobject_cast<QAbstractSocket *>(device);
    WsAcceptedClient client;
    client.settings = settings;
    client.address = socket ? wsUnmapped(socket->peerAddress()) : QHostAddress();
    client.isLocal = qobject_cast<QLocalSocket *>(device) != nullptr;
    device->setParent(nullptr);
    std::unique_ptr<WsTransport> transport = WsDeviceTransport::of(device);
    if (!enter(&client)) {
        transport.reset(); // which cuts it
        refuse(client);
        return true;
    }
    const bool isReady = transport->isReady();
    ++home->load;
    if (WsConnection *const connection = home->start(std::move(transport), client); connection && isReady) {
        WsLink &link = WsConnectionPrivate::of(connection)->link;
        link.onConnected();
        link.pumpSoon();
    }
    return true;
}

bool WsServerPrivate::runInOwner(WsConnection *connection, std::function<void(WsServerThread &)> action)
{
    if (!connection || connection->state() == Ws::Closed)
        return false;
    WsConnectionPrivate &of = *WsConnectionPrivate::of(connection);
    const auto owner = std::static_pointer_cast<WsServerThread>(of.read(of.owner));
    if (!owner || &owner->home() != home.get())
        return false;
    return of.threads.runInOpening([&of, action = std::move(action)] {
        if (of.owner)
            action(static_cast<WsServerThread &>(*of.owner));
    });
}

// In another thread, the subscription is noted now: publish() must not overtake it.
bool WsServerPrivate::subscribeInOwner(WsConnection *connection, const QString &topic,
                                       const std::function<void(WsServerThread &)> &action)
{
    std::shared_ptr<void> onTheWay;
    if (connection && !WsConnectionPrivate::of(connection)->threads.isOwnThread())
        onTheWay = home->beginSubscribing(topic);
    return runInOwner(connection, [action, onTheWay](WsServerThread &thread) { action(thread); });
}

void WsServerPrivate::announce(WsConnection *connection)
{
    const std::shared_ptr<WsServerHome> own = home;
    keepPending(connection);
    Q_EMIT q->newConnection(connection);
    own->callServer([](WsServer &server) { Q_EMIT server.connectionCountChanged(); });
}

// --- clients that go

void WsServerPrivate::onRemoved(const WsRemovedClient &client, WsServerThread *thread)
{
    --thread->load;
    elsewhere.remove(client.connection);
    if (thread->isHost())
        home->removeThread(thread);
    dropPending(client.connection);
    if (client.wasTaken)
        listeners.retry(); // it has not counted since then
    else
        uncount();
    const std::shared_ptr<WsServerHome> own = home;
    if (client.wasOpen)
        Q_EMIT q->connectionCountChanged();
    own->callServer([](WsServer &server) { of(&server)->finishClosing(); });
}

void WsServerPrivate::keepLingering()
{
    keepPlace();
    ++m_lingeringCount;
}

void WsServerPrivate::giveLingering()
{
    --m_lingeringCount;
    uncount();
    finishClosing();
}

void WsServerPrivate::uncount()
{
    --m_clientCount;
    listeners.retry();
}
