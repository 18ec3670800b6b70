// SPDX-License-Identifier: MIT
#include "net/socket/wsstillsocket.h"

#include <QtCore/qcoreevent.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qsslsocket.h>

#include <algorithm>
#include <vector>

namespace {
thread_local std::vector<const QSslSocket *> stillSockets; // the innermost last
} // namespace

WsStillSocket::WsStillSocket(QSslSocket &socket) : m_socket(&socket)
{
    stillSockets.push_back(m_socket);
    socket.installEventFilter(this);
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
    stillSockets.pop_back();
    for (const QPointer<QSocketNotifier> &notifier : std::as_const(m_notifiers)) {
        if (notifier && notifier->thread() == QThread::currentThread())
            notifier->setEnabled(true);
    }
}

// A QSslSocket calls itself so, to decrypt and to encrypt.
bool WsStillSocket::eventFilter(QObject *, QEvent *event)
{
    if (event->type() != QEvent::MetaCall)
        return false;
    m_hasHeldBack = true;
    return true;
}

bool WsStillSocket::isStill(const QSslSocket *socket)
{
    return std::find(stillSockets.begin(), stillSockets.end(), socket) != stillSockets.end();
}
