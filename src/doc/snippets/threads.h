// SPDX-License-Identifier: MIT
#ifndef THREADS_H
#define THREADS_H

#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <functional>

QT_BEGIN_NAMESPACE
class QThread;
QT_END_NAMESPACE

namespace Threads {
bool serve(WsServer &server);
int publish(WsServer &server);
void moveClient(WsClient *client, QThread *thread);
void startSessions(WsServer &server, const std::function<void(WsConnection *)> &startSession);
bool serveInThisThread(WsServer &server);
void sendFromElsewhere(WsConnection *connection);
} // namespace Threads

#endif // THREADS_H
