// SPDX-License-Identifier: MIT
#ifndef WSSTILLSOCKET_H
#define WSSTILLSOCKET_H

#include <QtCore/qlist.h>
#include <QtCore/qpointer.h>
#include <QtCore/qsocketnotifier.h>

QT_BEGIN_NAMESPACE
class QSslSocket;
QT_END_NAMESPACE

// As long as it exists, the event loop reports nothing of \a socket, whose slots may run a loop of their own:
// if the peer disconnected in it, Qt would free what OpenSSL continues to use afterwards.
class WsStillSocket
{
public:
    explicit WsStillSocket(const QSslSocket &socket);
    ~WsStillSocket();
    Q_DISABLE_COPY_MOVE(WsStillSocket)

private:
    QList<QPointer<QSocketNotifier>> m_notifiers; // that were enabled
};

#endif // WSSTILLSOCKET_H
