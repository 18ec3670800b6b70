// SPDX-License-Identifier: MIT
#ifndef DEPLOYING_H
#define DEPLOYING_H

#include <WsKit/WsServer>

namespace Deploying {
void endGracefully(WsServer &server);
void giveWayBySignal(WsServer *server);
void leaveTheService(WsServer *server, bool *isReady);
void answerHealthChecks(WsServer &server);
bool listenInSeveralPlaces(WsServer &server);
bool listenLocally(WsServer &server, const QString &path);
bool listenFromSystemd(WsServer &server, WsServer &admin);
bool sharePort(WsServer &server, quint16 port);
} // namespace Deploying

#endif // DEPLOYING_H
