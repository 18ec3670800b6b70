// SPDX-License-Identifier: MIT
#ifndef WSSERVER_P_H
#define WSSERVER_P_H

#include "net/loop/wsunnestedreport.h"
#include "net/server/wslisteners.h"
#include "net/server/wsserverhome.h"

#include <QtCore/qpointer.h>
#include <QtCore/qset.h>

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

// How a WsServer works in its own thread: it listens, counts, and hands clients to its threads.
class WsServerPrivate
{
public:
    explicit WsServerPrivate(WsServer *server);
    ~WsServerPrivate();
    Q_DISABLE_COPY_MOVE(WsServerPrivate)

    static WsServerPrivate *of(WsServer *server) { return server->d.get(); }

    bool isOwnThread() const { return home->isOwnThread(); }
    // Calls \a action in the server's thread: at once if it is the current one.
    void run(std::function<void(WsServerPrivate &)> action);
    // Stores why something was refused, and returns false.
    bool misuse(const QString &text);
    // As for connections: the server's thread writes with store(), any thread reads with read().
    template <typename T, typename U>
    void store(T &member, U &&value)
    {
        const QMutexLocker locker(&home->mutex());
        member = std::forward<U>(value);
    }
    template <typename T>
    T read(const T &member) const
    {
        if (isOwnThread())
            return member;
        const QMutexLocker locker(&home->mutex());
        return member;
    }
    // Returns whether that is a change.
    template <typename T, typename U>
    bool storeChange(T &member, const U &value)
    {
        if (member == value)
            return false;
        store(member, value);
        return true;
    }
    template <typename T>
    void setSetting(T WsServerSettings::*member, T value);
    // Returns whether that is a change.
    template <typename T>
    bool changeSetting(T WsServerSettings::*member, const T &value);
    // Returns whether that is a change; a negative \a count is 0.
    bool changeLimit(int WsServerLimits::*member, int count);
    void setAllowedOrigins(const QStringList &origins);
    void setAllowedHosts(const QStringList &hosts);
    void setTrustedProxies(const QStringList &proxies);

    // The configuration that the functions that load files change.
    QSslConfiguration tls() const;
    void setTls(const QSslConfiguration &configuration);
    bool setCaCertificates(const QString &pemFile);
    bool setLocalCertificate(const QString &pemFile, const QString &keyFile, const QByteArray &passPhrase);
    bool addLocalCertificate(const QString &name, WsLocalCertificate certificate);
    bool reloadCertificates();

    // Each of these adds to where the server listens, all or nothing.
    bool listen(const QList<QHostAddress> &addresses, quint16 port);
    bool listenLocally(const QString &path);
    bool listenOn(qintptr descriptor);
    bool listenFromSystemd(const QString &name);
    void setHosts(const QStringList &names);
    void setListening(bool listening);
    // Not listen again once it is closed.
    void stayClosed() { m_isListeningAgain = false; }
    // Ends all connections, in at most \a timeout: wsserver_leaving.cpp.
    void close(const WsLeaving &leaving = {},
               std::chrono::milliseconds timeout = std::chrono::milliseconds(-1));
    void checkLeaving(WsTime now);
    // Then calls \a then, in whichever thread the server is by then.
    using Step = void (WsServerPrivate::*)();
    void stopListening(Step then = nullptr);
    bool handleConnection(QIODevice *device);
    // Calls \a action in the thread of \a connection; returns false unless it is one of the server's that has
    // not ended.
    bool runInOwner(WsConnection *connection, std::function<void(WsServerThread &)> action);
    // The same for \a action that subscribes it to \a topic.
    bool subscribeInOwner(WsConnection *connection, const QString &topic,
                          const std::function<void(WsServerThread &)> &action);
    WsConnection *createConnection() { return q->createConnection(); }

    // Hands on those that have waited for room.
    void enterWaiting();
    void announce(WsConnection *connection);
    void setMaxPendingConnections(int count);
    WsConnection *takePending();
    WsConnection *waitForPending(QDeadlineTimer deadline);
    void setServerName(const QString &name);
    void onRemoved(const WsRemovedClient &client, WsServerThread *thread);
    void keepPlace() { ++m_clientCount; }
    // A socket that outlives its connection counts as well.
    void keepLingering();
    void giveLingering();

    // QEvent::ThreadChange: the server is about to move.
    void leaveThread();
    // Ends the threads and all connections.
    void end();

    WsServer *const q;
    const std::shared_ptr<WsServerHome> home;
    WsListeners listeners;

    // To be read by read().
    QStringList wantedHosts{QStringLiteral("127.0.0.1")};
    QString errorString;   // written by any thread, with the lock
    WsRoutes routes;       // the same; the settings follow
    QList<WsWayIn> waysIn; // in the order in which they were added
    std::shared_ptr<const WsServerSettings> settings = std::make_shared<WsServerSettings>();
    quint16 port = 0;
    WsServerLimits limits;
    int threadCount = 0;
    QString wantedLocalPath;
    QFileDevice::Permissions localPermissions;
    bool reusePort = false;
    qint64 maxTotalBufferedAmount = 0;

    std::atomic<int> pendingCount{0};            // of connections that wait for nextPendingConnection()
    std::optional<QSslConfiguration> pendingTls; // has authorities, but no certificate yet
    QSet<WsConnection *> elsewhere;              // open in other threads, and announced by newConnection()

private:
    void useTls(const QSslConfiguration &configuration);
    bool mayListen();
    bool begin(WsListeners::Opened opened, QString problem);
    QString takeOver(const QList<qintptr> &descriptors);
    QString openWanted(WsListeners::Opened *opened);
    void noteWaysIn();
    QString startThreads();
    void stopThreads();
    WsServerThread *nextThread() const;
    void accept(const WsIncoming &incoming);
    bool isWanted(const QHostAddress &address);
    void onAcceptError(const WsError &error);
    void endListening();
    void letIn(WsAcceptedClient client, int closingsBefore);
    static void turnAway(WsServerHome &home, const WsAcceptedClient &client);
    bool enter(WsAcceptedClient *client);
    void handOn(WsAcceptedClient client);
    void dropWaiting();
    void refuse(const WsAcceptedClient &client);
    void keepPending(WsConnection *connection);
    void dropPending(const WsConnection *connection);
    static void announcePending(const QList<QPointer<WsConnection>> &connections);
    void notePending();
    bool isPendingFull() const
    {
        return limits.waitingConnections > 0 && m_pending.size() >= limits.waitingConnections;
    }
    void reportMisuse(const QStringList &problems);
    void uncount();
    void limitLeaving(std::chrono::milliseconds timeout);
    void leaveClients();
    void cutClients();
    void finishClosing();
    void reportClosed();

    // What the files contained that were read last, unless setSslConfiguration() has replaced it.
    std::optional<WsLocalCertificate> m_certificate; // even an empty one would load Qt's TLS
    WsAuthorityFile m_authorities;
    WsServerThreads m_threads;               // that it has started; not those to which connections were moved
    std::deque<WsAcceptedClient> m_waiting;  // accepted when there was no room; the listener stops at one
    QList<QPointer<WsConnection>> m_pending; // for nextPendingConnection(), the oldest first
    int m_closings = 0;                      // calls of close()
    int m_clientCount = 0;                   // the server's own that have come and not gone, in any thread
    int m_lingeringCount = 0;                // of those, sockets that have outlived their connections
    WsUnnestedReport m_refusal;
    WsTime m_leavingLimit = WsTime::max(); // when clients that are still there are cut
    bool m_hasToldClients = false;         // all of them have been closed, so that they can be waited for
    bool m_isListeningAgain = false;       // as soon as it is closed
};

template <typename T>
void WsServerPrivate::setSetting(T WsServerSettings::*member, T value)
{
    auto changed = std::make_shared<WsServerSettings>(*settings);
    (*changed).*member = std::move(value);
    store(settings, std::shared_ptr<const WsServerSettings>(std::move(changed)));
    home->storeSettings(settings);
}

template <typename T>
bool WsServerPrivate::changeSetting(T WsServerSettings::*member, const T &value)
{
    if ((*settings).*member == value)
        return false;
    setSetting(member, value);
    return true;
}

#endif // WSSERVER_P_H
