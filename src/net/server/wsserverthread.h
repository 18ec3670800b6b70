// SPDX-License-Identifier: MIT
#ifndef WSSERVERTHREAD_H
#define WSSERVERTHREAD_H

#include "protocol/wshttphead.h"

#include <WsKit/wsserver.h>

#include <QtCore/qhash.h>
#include <QtCore/qmutex.h>
#include <QtCore/qset.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qsslconfiguration.h>

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

class WsThreadContext;
class WsServerThread;

using WsServerThreads = std::vector<std::shared_ptr<WsServerThread>>;

// What connections are accepted by. Each keeps the settings that there were when it came, so that a thread
// never sees them change.
struct WsServerSettings
{
    WsOptions options;
    QStringList subprotocols;
    QStringList allowedOrigins;
    std::optional<QSslConfiguration> sslConfiguration;
    WsServer::ConnectionHandler connectionHandler;
    // Called in the server's thread:
    WsServer::RequestHandler requestHandler;
    WsServer::AsyncRequestHandler asyncRequestHandler;
};

// A list from which each connection leaves in constant time: it knows its own place.
class WsConnectionList
{
public:
    void add(WsConnection *connection);
    bool remove(WsConnection *connection);
    bool contains(const WsConnection *connection) const;
    const QList<WsConnection *> &all() const { return m_connections; }
    int count() const { return int(m_connections.size()); }

private:
    QList<WsConnection *> m_connections;
};

// A client as the server's thread hands it on.
struct WsAcceptedClient
{
    qintptr descriptor = -1;
    QHostAddress address;
    std::shared_ptr<const WsServerSettings> settings;
    WsHttpError refusal;
};

// What the server's thread is told of one that has gone.
struct WsRemovedClient
{
    WsConnection *connection = nullptr; // not to be used
    QHostAddress address;
    bool wasOpen = false;
    bool wasRefused = false;
};

// The connections of a server that live in one thread: the server's own, or one that it has started. Its
// functions are called in that thread, unless they say otherwise.
class WsServerThread : public std::enable_shared_from_this<WsServerThread>
{
public:
    // The thread that the server lives in.
    explicit WsServerThread(WsServer *server) : m_server(server) { }
    Q_DISABLE_COPY_MOVE(WsServerThread)

    // In the server's thread: starts a thread of its own, or takes the current one.
    void startThread(int number);
    void useCurrentThread();
    // Ends the thread that was started, with its connections. Whoever still holds this object then posts in
    // vain.
    void stop();
    // How many clients were given to it and have not gone; of the server's thread.
    int load = 0;

    // From any thread:
    bool isServersOwn() const { return !m_thread; }
    bool isCurrent() const;
    // Calls \a task at once where it is current, else has it called there, unless it has stopped.
    void run(std::function<void()> task);
    int openCount() const { return m_openCount; }
    QStringList topics() const;
    int subscriberCount(const QString &topic) const;

    // In this thread:
    void accept(const WsAcceptedClient &client);
    WsConnection *start(QAbstractSocket *socket, bool isDirect, const WsAcceptedClient &client);
    void open(WsConnection *connection, const WsServerSettings &settings);
    void remove(WsConnection *connection);
    // Somebody else deletes the connection.
    void forget(WsConnection *connection);
    QList<WsConnection *> all() const;
    const QList<WsConnection *> &openConnections() const { return m_open.all(); }
    void closeAll();
    void deleteAll();

    int broadcast(const WsPreparedMessage &message, const WsConnection *except);
    void subscribe(WsConnection *connection, const QString &topic);
    void unsubscribe(WsConnection *connection, const QString &topic);
    int publish(const QString &topic, const WsPreparedMessage &message, const WsConnection *except);

private:
    void announce(WsConnection *connection);
    WsRemovedClient take(WsConnection *connection);
    void unsubscribeAll(WsConnection *connection);
    int send(const QList<WsConnection *> &connections, const WsPreparedMessage &message,
             const WsConnection *except);

    WsServer *const m_server;
    std::unique_ptr<QThread> m_thread; // null: the server's own
    std::atomic<WsThreadContext *> m_context{nullptr};
    QMutex m_contextMutex;      // held while others post, so that the context lives
    quint64 m_takenCount = 0;   // how many have left
    WsConnectionList m_opening; // in their opening handshake
    WsConnectionList m_open;
    WsConnectionList m_refused;     // waiting for their 503, in nobody's place
    QSet<WsConnection *> m_leaving; // to be deleted when the server's thread has let go of them
    // The subscribers of each, who know their places. Others read with the lock, and only this thread writes.
    QHash<QString, QList<WsConnection *>> m_topics;
    mutable QMutex m_topicMutex;
    std::atomic<int> m_openCount{0};
};

#endif // WSSERVERTHREAD_H
