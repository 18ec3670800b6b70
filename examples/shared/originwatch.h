// SPDX-License-Identifier: MIT
#ifndef ORIGINWATCH_H
#define ORIGINWATCH_H

#include <memory>

class WsClient;

// The result is true once a redirect has led the current opening to another server than that of the URL.
// Passwords and tokens are not for that server.
std::shared_ptr<const bool> watchOrigin(WsClient *client);

#endif // ORIGINWATCH_H
