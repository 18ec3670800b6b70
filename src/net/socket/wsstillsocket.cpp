// SPDX-License-Identifier: MIT
#include "net/socket/wsstillsocket.h"

#include <QtCore/qthread.h>
#include <QtNetwork/qsslsocket.h>

WsStillSocket::WsStillSocket(const QSslSocket &socket)
{
    // They belong to the plain socket inside.
    const QList<QSocketNotifier *> notifiers = socket.findChildren<QSocketNotifier *>();
    for (QSocketNotifier *notifier : notifiers) {
        if (!notifier->isEnabled())
            continue;
        notifier->setEnabled(false);
        m_notifiers.append(notifier);
    }
}

WsStillSocket::~WsStillSocket()
{
    for (const QPointer<QSocketNotifier> &notifier : std::as_const(m_notifiers)) {
        if (notifier && notifier->thread() == QThread::currentThread())
            notifier->setEnabled(true);
    }
}
