// SPDX-License-Identifier: MIT
#include "net/server/wsserverthread.h"

#include <WsKit/wseventdispatcher.h>

#include "net/connection/wsconnection_p.h"
#include "net/server/wsserver_p.h"
#include "net/server/wsserveropening.h"
#include "net/loop/wsthreadcontext.h"

#include <QtCore/qeventloop.h>
#include <QtCore/qpointer.h>
#include <QtCore/qsemaphore.h>
#include <QtNetwork/qsslsocket.h>

void WsConnectionList::add(WsConnection *connection)
{
    connection->d->serverIndex = m_connections.size();
    m_connections.append(connection);
}

bool WsConnectionList::contains(const WsConnection *connection) const
{
    const qsizetype index = connection->d->serverIndex;
    return index >= 0 && index < m_connections.size() && m_connections.at(index) == connection;
}

bool WsConnectionList::remove(WsConnection *connection)
{
    if (!contains(connection))
        return false;
    const qsizetype index = std::exchange(connection->d->serverIndex, -1);
    WsConnection *last = m_connections.takeLast();
    if (last != connection) {
        m_connections[index] = last;
        last->d->serverIndex = index;
    }
    return true;
}

// --- the thread

void WsServerThread::startThread(int number)
{
    QSemaphore started;
    m_thread.reset(QThread::create([this, &started] {
        m_context = &WsThreadContext::current();
        started.release();
        QEventLoop().exec();
    }));
#ifdef Q_OS_LINUX
    m_thread->setEventDispatcher(new WsEventDispatcher);
#endif
    m_thread->setObjectName(QStringLiteral("WsServer %1").arg(number));
    m_thread->start();
    started.acquire();
}

void WsServerThread::useCurrentThread()
{
    m_context = &WsThreadContext::current();
}

void WsServerThread::stop()
{
    QSemaphore deleted;
    run([&] {
        deleteAll();
        deleted.release();
    });
    deleted.acquire();
    {
        const QMutexLocker locker(&m_contextMutex);
        m_context = nullptr;
    }
    m_thread->quit();
    m_thread->wait();
}

bool WsServerThread::isCurrent() const
{
    if (const WsThreadContext *const context = m_context)
        return context == WsThreadContext::currentOrNull();
    return isServersOwn() && m_server->thread() == QThread::currentThread();
}

void WsServerThread::run(std::function<void()> task)
{
    if (isCurrent()) {
        task();
        return;
    }
    const QMutexLocker locker(&m_contextMutex);
    if (WsThreadContext *const context = m_context)
        context->post(std::move(task));
}

// --- the connections

void WsServerThread::accept(const WsAcceptedClient &client)
{
    QAbstractSocket *socket = nullptr;
    const auto &sslConfiguration = client.settings->sslConfiguration;
    if (sslConfiguration)
        socket = new QSslSocket;
    else
        socket = new QAbstractSocket(QAbstractSocket::TcpSocket, nullptr); // unbuffered, unlike QTcpSocket
    // A socket that cannot be is an end that comes at once.
    (void)socket->setSocketDescriptor(client.descriptor);
    const WsConnection *connection = start(socket, !sslConfiguration, client);
    auto *sslSocket = qobject_cast<QSslSocket *>(socket);
    if (!connection || !sslSocket)
        return;
    sslSocket->setSslConfiguration(*sslConfiguration);
    sslSocket->startServerEncryption();
}

WsConnection *WsServerThread::start(QAbstractSocket *socket, bool isDirect, const WsAcceptedClient &client)
{
    WsConnection *connection = m_server->createConnection();
    connection->d->server = m_server;
    connection->d->serverThread = this;
    connection->setOptions(client.settings->options);
    connection->attachSocket(socket, isDirect);
    connection->storeAddresses();
    connection->d->store(connection->d->peerAddress, client.address);
    (client.refusal ? m_refused : m_opening).add(connection);
    connection->d->opening = std::make_unique<WsServerOpening>(connection, m_server, this, client);
    connection->startOpening();
    if (socket->state() != QAbstractSocket::ConnectedState) {
        connection->abort();
        return nullptr;
    }
    if (isDirect)
        connection->d->opening->onConnected();
    else if (auto *sslSocket = qobject_cast<QSslSocket *>(socket))
        QObject::connect(sslSocket, &QSslSocket::encrypted, connection, [connection] {
            if (connection->d->opening)
                connection->d->opening->onConnected();
        });
    return connection;
}

void WsServerThread::open(WsConnection *connection, const WsServerSettings &settings)
{
    m_opening.remove(connection);
    m_open.add(connection);
    ++m_openCount;
    WsLifeGuard guard(connection->d.get());
    const bool isClosing = m_server->d->isClosing;
    if (isClosing)
        connection->close(Ws::GoingAway);
    else if (settings.connectionHandler)
        settings.connectionHandler(connection);
    if (guard)
        announce(connection);
}

// Whoever hears of it by newConnection() is to miss nothing: until the server's thread has told, nothing is
// read.
void WsServerThread::announce(WsConnection *connection)
{
    if (isServersOwn()) {
        m_server->announce(connection);
        return;
    }
    connection->d->isAnnouncing = true;
    // Slots may delete the server, and the connection in its own thread.
    m_server->run([thread = shared_from_this(), server = m_server, connection = QPointer(connection)] {
        if (connection) {
            server->d->elsewhere.insert(connection);
            server->announce(connection);
        }
        thread->run([connection] {
            if (connection)
                connection->endAnnouncing();
        });
    });
}

// Takes it out of all the lists.
WsRemovedClient WsServerThread::take(WsConnection *connection)
{
    WsRemovedClient removed;
    removed.connection = connection;
    removed.address = connection->peerAddress();
    removed.wasOpen = m_open.remove(connection);
    removed.wasRefused = m_refused.remove(connection);
    m_opening.remove(connection);
    m_leaving.remove(connection);
    ++m_takenCount;
    m_openCount -= removed.wasOpen ? 1 : 0;
    unsubscribeAll(connection);
    connection->d->server = nullptr;
    connection->d->serverThread = nullptr;
    return removed;
}

// The server's thread may still use it: it is deleted behind what that has been told before.
void WsServerThread::remove(WsConnection *connection)
{
    const WsRemovedClient removed = take(connection);
    if (isServersOwn()) {
        connection->deleteLater(); // first: slots may delete it, and the server
        m_server->onRemoved(removed, this);
        return;
    }
    m_leaving.insert(connection);
    connection->d->serverThread = this; // to be told if somebody else deletes it
    m_server->run([thread = shared_from_this(), server = m_server, removed, pointer = QPointer(connection)] {
        server->onRemoved(removed, thread.get());
        thread->run([pointer] {
            if (pointer)
                pointer->deleteLater();
        });
    });
}

void WsServerThread::forget(WsConnection *connection)
{
    if (m_leaving.remove(connection))
        return; // which the server's thread has been told
    const WsRemovedClient removed = take(connection);
    if (isServersOwn())
        m_server->onRemoved(removed, this);
    else
        m_server->run([thread = shared_from_this(), server = m_server, removed] {
            server->onRemoved(removed, thread.get());
        });
}

QList<WsConnection *> WsServerThread::all() const
{
    return m_open.all() + m_opening.all() + m_refused.all();
}

void WsServerThread::closeAll()
{
    const QList<WsConnection *> connections = all();
    const QList<QPointer<WsConnection>> pointers(connections.begin(), connections.end());
    for (const QPointer<WsConnection> &connection : pointers) {
        if (connection && !connection->close(Ws::GoingAway) && connection->state() != Ws::Closing)
            connection->abort();
    }
}

void WsServerThread::deleteAll()
{
    const QList<WsConnection *> connections = all() + m_leaving.values();
    for (WsConnection *connection : connections)
        take(connection);
    // A slot of destroyed() may delete others.
    const QList<QPointer<WsConnection>> pointers(connections.begin(), connections.end());
    for (const QPointer<WsConnection> &connection : pointers)
        delete connection;
}

// --- sending to many

int WsServerThread::send(const QList<WsConnection *> &connections, const WsPreparedMessage &message,
                         const WsConnection *except)
{
    int reached = 0;
    const QPointer<WsServer> server(m_server);
    const quint64 takenCount = m_takenCount;
    for (WsConnection *connection : connections) {
        if (!server)
            break; // a slot of messageSent() has deleted it
        const bool hasGone = m_takenCount != takenCount && !m_open.all().contains(connection);
        if (hasGone || connection == except)
            continue;
        if (connection->send(message))
            ++reached;
        else if (connection->d->state == Ws::Open
                 && connection->d->options.slowSubscriber() == Ws::CloseConnection)
            connection->close(Ws::PolicyViolation, QStringLiteral("too slow"));
    }
    return reached;
}

int WsServerThread::broadcast(const WsPreparedMessage &message, const WsConnection *except)
{
    // A copy: what is sent may end a connection, and so change the list.
    QList<WsConnection *> connections = m_open.all();
    connections.removeIf([](const WsConnection *connection) { return !connection->inBroadcasts(); });
    return send(connections, message, except);
}

int WsServerThread::publish(const QString &topic, const WsPreparedMessage &message,
                            const WsConnection *except)
{
    return send(m_topics.value(topic), message, except);
}

QStringList WsServerThread::topics() const
{
    const QMutexLocker locker(&m_topicMutex);
    return m_topics.keys();
}

int WsServerThread::subscriberCount(const QString &topic) const
{
    const QMutexLocker locker(&m_topicMutex);
    return int(m_topics.value(topic).size());
}

void WsServerThread::subscribe(WsConnection *connection, const QString &topic)
{
    auto &places = connection->d->topics;
    if (!places)
        places = std::make_unique<QHash<QString, qsizetype>>();
    if (places->contains(topic))
        return;
    const QMutexLocker locker(&m_topicMutex);
    QList<WsConnection *> &subscribers = m_topics[topic];
    places->insert(topic, subscribers.size());
    subscribers.append(connection);
}

// The last one takes the place that is free then.
void WsServerThread::unsubscribe(WsConnection *connection, const QString &topic)
{
    const auto &places = connection->d->topics;
    if (!places || !places->contains(topic))
        return;
    const qsizetype place = places->take(topic);
    const QMutexLocker locker(&m_topicMutex);
    const auto subscribers = m_topics.find(topic);
    WsConnection *const last = subscribers->takeLast();
    if (last != connection) {
        (*subscribers)[place] = last;
        last->d->topics->insert(topic, place);
    }
    if (subscribers->isEmpty())
        m_topics.erase(subscribers);
}

void WsServerThread::unsubscribeAll(WsConnection *connection)
{
    if (!connection->d->topics)
        return;
    const QStringList topics = connection->d->topics->keys();
    for (const QString &topic : topics)
        unsubscribe(connection, topic);
}
