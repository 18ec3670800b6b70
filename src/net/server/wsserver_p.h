// SPDX-License-Identifier: MIT
#ifndef WSSERVER_P_H
#define WSSERVER_P_H

#include "net/server/wsserverthread.h"

#include <QtCore/qtimer.h>
#include <QtNetwork/qtcpserver.h>

#include <vector>

// Accepts descriptors and hands them on: a socket is made by who knows which kind.
class WsListener : public QTcpServer
{
public:
    using Acceptor = std::function<void(qintptr)>;

    explicit WsListener(Acceptor acceptor) : m_acceptor(std::move(acceptor)) { }

protected:
    void incomingConnection(qintptr descriptor) override { m_acceptor(descriptor); }

private:
    Acceptor m_acceptor;
};

struct WsServerPrivate
{
    WsServerPrivate(WsServer *server, WsListener::Acceptor acceptor)
        : listener(std::move(acceptor)), ownThread(server)
    {
    }

    WsListener listener;
    QTimer retryTimer; // accepts again after the system had no descriptor left
    QString host = QStringLiteral("127.0.0.1");
    quint16 port = 0;
    QString errorString;
    int maxConnections = 0;
    int maxConnectionsPerAddress = 0;
    int threadCount = 0;
    std::shared_ptr<const WsServerSettings> settings = std::make_shared<WsServerSettings>();
    WsServer::ConnectionFilter connectionFilter;
    // Set by setCaCertificates() as long as there is no certificate.
    std::optional<QSslConfiguration> pendingTls;

    int admitted = 0;                    // in their opening handshake or open, in any thread
    int refused = 0;                     // waiting for their 503, in nobody's place
    QHash<QHostAddress, int> perAddress; // of those admitted
    QSet<WsConnection *> elsewhere;      // open in other threads, and told of by newConnection()
    WsServerThread ownThread;
    // Those that it has started. Others take it with the lock, and only the server's thread changes it.
    std::shared_ptr<const WsServerThreads> threads = std::make_shared<WsServerThreads>();
    QMutex threadsMutex;
    std::shared_ptr<int> subscribing = std::make_shared<int>();   // also owned by subscriptions on their way
    std::shared_ptr<bool> isAlive = std::make_shared<bool>(true); // tells tasks that come late

    bool isAcceptingPaused = false;
    std::atomic<bool> isClosing{false};
    bool isListeningAgain = false; // as soon as it is closed

    std::shared_ptr<const WsServerThreads> allThreads()
    {
        if (ownThread.isCurrent())
            return threads;
        const QMutexLocker locker(&threadsMutex);
        return threads;
    }
    void setThreads(WsServerThreads changed)
    {
        const QMutexLocker locker(&threadsMutex);
        threads = std::make_shared<WsServerThreads>(std::move(changed));
    }
    // What setLocalCertificate() and setCaCertificates() change.
    QSslConfiguration tls() const
    {
        if (settings->sslConfiguration)
            return *settings->sslConfiguration;
        return pendingTls.value_or(QSslConfiguration::defaultConfiguration());
    }
    bool isEmpty() const { return admitted + refused == 0; }
};

#endif // WSSERVER_P_H
