// SPDX-License-Identifier: MIT
#include "leavebysignal.h"

#include "terminationsignal.h"

#include <WsKit/WsServer>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qtimer.h>

#include <utility>

using namespace std::chrono_literals;

namespace {
void close(WsServer *server, std::chrono::milliseconds timeout)
{
    server->close(Ws::GoingAway, QStringLiteral("the server is shutting down"), timeout);
    if (!server->isDraining()) // nobody was left
        QCoreApplication::quit();
}

// Clients that have connected in time are not turned away: they get their answer first.
void closeAfterHandshakes(WsServer *server, std::chrono::milliseconds timeout, QDeadlineTimer deadline)
{
    if (server->statistics().pendingHandshakes == 0 || deadline.hasExpired()) {
        close(server, timeout);
        return;
    }
    QTimer::singleShot(20ms, server, [=] { closeAfterHandshakes(server, timeout, deadline); });
}
} // namespace

void leaveBySignal(WsServer *server, std::chrono::milliseconds timeout)
{
    onTerminationSignal(server, [server, timeout, isLeaving = false]() mutable {
        if (std::exchange(isLeaving, true)) {
            QCoreApplication::exit(1);
            return;
        }
        QObject::connect(server, &WsServer::closed, qApp, &QCoreApplication::quit, Qt::QueuedConnection);
        server->stopListening();
        // Clients that are about to connect to a port that is shared still come: see WsServer::reusePort.
        const auto wait = server->reusePort() ? 500ms : 0ms;
        QTimer::singleShot(wait, server,
                           [=] { closeAfterHandshakes(server, timeout, QDeadlineTimer(1s)); });
    });
}
