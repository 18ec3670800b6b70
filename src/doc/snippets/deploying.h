// SPDX-License-Identifier: MIT
#ifndef DEPLOYING_H
#define DEPLOYING_H

#include <WsKit/WsServer>

namespace Deploying {
void endGracefully(WsServer &server);
void giveWayBySignal(WsServer *server);
void leaveTheService(WsServer *server, bool *isReady);
void answerHealthChecks(WsServer &server);
} // namespace Deploying

#endif // DEPLOYING_H
