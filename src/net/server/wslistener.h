// SPDX-License-Identifier: MIT
#ifndef WSLISTENER_H
#define WSLISTENER_H

#include "net/server/wslocallistening.h"

#include <QtCore/qtimer.h>
#include <QtNetwork/qtcpserver.h>

#include <functional>
#include <memory>

QT_BEGIN_NAMESPACE
class QSocketNotifier;
QT_END_NAMESPACE

// Accepts descriptors and passes them on. If the system has none left, it pauses, reports this once, and
// tries again by itself. (QTcpServer does not notice this error after it has accepted a client, and spins.)
class WsListener : public QTcpServer
{
public:
    using Acceptor = std::function<void(qintptr descriptor)>;
    using ErrorHandler = std::function<void(const QString &text)>;

    explicit WsListener(QObject *parent);
    ~WsListener() override;

    // Each handler may delete the listener.
    void setHandlers(Acceptor acceptor, ErrorHandler errorHandler);

    bool start(const QHostAddress &address, quint16 port);
    // On a local socket. Returns why it cannot, or an empty string.
    QString startLocally(const QString &name);
    void stop();
    bool isListening() const { return m_local.isListening() || QTcpServer::isListening(); }
    bool isLocal() const { return m_local.isListening(); }
    QString localPath() const { return m_local.path(); }
    // Two reasons to leave clients to the system: the application's, and that there is no room for them.
    void setPaused(bool paused);
    void setFull(bool full);
    // Tries at once after an error: a descriptor has become free.
    void retry();

protected:
    void incomingConnection(qintptr descriptor) override { m_acceptor(descriptor); }

private:
    void watch(qintptr descriptor);
    void acceptSome();
    void onError(const QString &text);
    void updateAccepting();

    Acceptor m_acceptor;
    ErrorHandler m_errorHandler;
    WsLocalListening m_local;
    std::unique_ptr<QSocketNotifier> m_notifier; // where Qt does not accept
    QTimer m_retryTimer;
    bool m_isPaused = false;
    bool m_isFull = false;
    bool m_isWaiting = false;       // after an error
    bool m_isErrorReported = false; // since the last client
};

#endif // WSLISTENER_H
