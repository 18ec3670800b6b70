// SPDX-License-Identifier: MIT
#ifndef WSSTILLSOCKET_H
#define WSSTILLSOCKET_H

#include <QtCore/qlist.h>
#include <QtCore/qobject.h>
#include <QtCore/qpointer.h>
#include <QtCore/qsocketnotifier.h>

QT_BEGIN_NAMESPACE
class QSslSocket;
QT_END_NAMESPACE

// As long as it exists, the event loop reports nothing of \a socket, whose slots may run a loop of their own:
// if the peer disconnected in it, Qt would free what OpenSSL continues to use afterwards, and whatever came
// from the peer would continue a handshake whose errors Qt has not kept yet.
class WsStillSocket final : private QObject
{
public:
    // Whether TLS may rightly complete without errors after it has reported some one by one: on Windows, Qt
    // fetches an authority that is missing, and verifies the certificate once more.
#ifdef Q_OS_WIN
    static constexpr bool MayErrorsVanish = true;
#else
    static constexpr bool MayErrorsVanish = false;
#endif

    explicit WsStillSocket(QSslSocket &socket);
    ~WsStillSocket() override;
    Q_DISABLE_COPY_MOVE(WsStillSocket)

    // Whether there is one for \a socket.
    static bool isStill(const QSslSocket *socket);
    // Whether Qt was about to go on reading, which the next read brings about again.
    bool hasHeldBack() const { return m_hasHeldBack; }

private:
    bool eventFilter(QObject *watched, QEvent *event) override;

    const QSslSocket *const m_socket;
    QList<QPointer<QSocketNotifier>> m_notifiers; // that were enabled
    bool m_hasHeldBack = false;
};

#endif // WSSTILLSOCKET_H
