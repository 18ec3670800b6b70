// SPDX-License-Identifier: MIT
#ifndef WSLISTENER_H
#define WSLISTENER_H

#include "net/server/wslocallistening.h"

#include <WsKit/wserror.h>

#include <QtCore/qtimer.h>
#include <QtNetwork/qhostaddress.h>
#include <QtNetwork/qtcpserver.h>

#include <functional>
#include <memory>

QT_BEGIN_NAMESPACE
class QSocketNotifier;
QT_END_NAMESPACE

// A client that was accepted.
struct WsIncoming
{
    qintptr descriptor;
    bool isLocal = false;
    QHostAddress address = {}; // of TCP
    quint16 port = 0;
};

// One socket that listens. It accepts descriptors and passes them on. If the system has none left, it pauses,
// reports this, and tries again by itself. (QTcpServer does not notice this error after it has accepted a
// client, and spins.)
class WsListener : public QTcpServer
{
public:
    using Acceptor = std::function<void(const WsIncoming &incoming)>;
    using ErrorHandler = std::function<void(const WsError &error)>;
    using Presence = std::function<bool()>;

    explicit WsListener(QObject *parent);
    ~WsListener() override;

    // Each of the first two may delete the listener, or move it to another thread. \a isHere: whether they
    // have done neither to the server.
    void setHandlers(Acceptor acceptor, ErrorHandler errorHandler, Presence isHere);

    // Each of these returns why it cannot, or an empty string. Clients wait in the system until begin().
    QString open(const QHostAddress &address, quint16 port, bool isPortShared);
    QString openLocally(const QString &name, QFileDevice::Permissions permissions);
    // A descriptor that listens already.
    QString takeOver(qintptr descriptor);

    void begin();
    void stop();
    // No client comes any more, but those that are on their way are accepted. Returns whether that is
    // possible.
    bool turnAway();
    // Before stop(): accepts those that wait, whatever stops it. Not on a socket that was taken over: they
    // are left to other processes that have it.
    void acceptLast();
    bool isListening() const { return m_local.isListening() || QTcpServer::isListening(); }
    bool isLocal() const { return m_local.isListening(); }
    QString localPath() const { return m_local.path(); }
    qintptr descriptor() const { return isLocal() ? m_local.descriptor() : socketDescriptor(); }
    // Why clients are left to the system.
    enum class Stop : quint8 {
        Paused = 1,         // by the application
        HandshakesFull = 2, // there is no room for another pending handshake
        PendingFull = 4,    // nor for another connection that waits to be taken
        Error = 8           // it tries again later
    };
    void setStops(quint8 stops); // of all but Error
    bool isStoppedByError() const { return m_stops & quint8(Stop::Error); }
    // Tries at once after an error: a descriptor has become free.
    void retry();

protected:
    void incomingConnection(qintptr descriptor) override;

private:
    void watch(qintptr descriptor);
    void acceptSome();
    bool acceptOne();
    void onError(const QString &text, QAbstractSocket::SocketError error);
    void setStopped(quint8 stops);
    void updateAccepting();

    Acceptor m_acceptor;
    ErrorHandler m_errorHandler;
    Presence m_isHere;
    WsLocalListening m_local;
    std::unique_ptr<QSocketNotifier> m_notifier; // where Qt does not accept
    QTimer m_retryTimer;
    quint8 m_stops = 0;             // of Stop
    bool m_isErrorReported = false; // since the last client
    bool m_isTakenOver = false;
    bool m_isPortShared = false;
};

#endif // WSLISTENER_H
