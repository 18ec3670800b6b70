// SPDX-License-Identifier: MIT
#ifndef WSLISTENERS_H
#define WSLISTENERS_H

#include "net/server/wslistener.h"

#include <QtCore/qlist.h>
#include <QtNetwork/qhostaddress.h>

#include <memory>
#include <vector>

// One of the sockets on which a server listens, as other threads may read it.
struct WsWayIn
{
    QHostAddress address; // null for a local socket
    quint16 port = 0;
    QString localPath;
    qintptr descriptor = -1;
};

// The sockets on which a server listens. What stops clients stops them on all sockets.
class WsListeners : public QObject
{
public:
    using Opened = std::vector<std::unique_ptr<WsListener>>;

    explicit WsListeners(QObject *server);
    ~WsListeners() override;

    // Each handler may delete this, or move it to another thread; \a isHere tells. \a onLeft: the time of
    // isLeaving() is over, and acceptLate() and endLeaving() are to follow.
    void setHandlers(WsListener::Acceptor acceptor, WsListener::ErrorHandler errorHandler,
                     WsListener::Presence isHere, std::function<void()> onLeft);

    // Each of these adds to \a opened, and returns why it cannot, or an empty string.
    // All addresses get the same port.
    QString open(const QList<QHostAddress> &addresses, quint16 port, bool isPortShared, Opened *opened);
    QString openLocally(const QString &path, QFileDevice::Permissions permissions, Opened *opened);
    QString takeOver(qintptr descriptor, Opened *opened);

    void begin(Opened opened);
    bool isListening() const { return !m_all.empty(); }
    QList<WsWayIn> waysIn() const;
    void setStopped(WsListener::Stop reason, bool isStopped);
    // Tries at once after an error: a descriptor has become free.
    void retry();
    // Before stop() or leave(): accepts those that wait in the system, unless the application has paused
    // this.
    void acceptLast();
    // Stops listening, at once or, if the port is shared, once those that are on their way have come.
    void stop();
    void leave();
    bool isLeaving() const { return !m_leaving.empty(); }
    // Accepts those that have come on sockets that leave.
    void acceptLate() { acceptAll(m_leaving); }
    void endLeaving();

private:
    std::unique_ptr<WsListener> create();
    QString tryToOpen(const QList<QHostAddress> &addresses, quint16 port, bool isPortShared, Opened *opened);
    bool isHeldBack() const;
    void acceptAll(const Opened &listeners) const;
    void onLeavingTimeout();
    void onError(const WsListener *listener, const WsError &error);
    static void retire(Opened listeners);

    WsListener::Acceptor m_acceptor;
    WsListener::ErrorHandler m_errorHandler;
    WsListener::Presence m_isHere;
    std::function<void()> m_onLeft;
    Opened m_all;
    Opened m_leaving;
    QTimer m_leaveTimer;
    quint8 m_stops = 0; // of WsListener::Stop
};

#endif // WSLISTENERS_H
