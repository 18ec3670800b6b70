// SPDX-License-Identifier: MIT
#ifndef DEPLOYING_H
#define DEPLOYING_H

#include <WsKit/WsServer>

namespace Deploying {
void endGracefully(WsServer &server);
void answerHealthChecks(WsServer &server);
} // namespace Deploying

#endif // DEPLOYING_H
