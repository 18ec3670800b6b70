// SPDX-License-Identifier: MIT
#ifndef LEAVEBYSIGNAL_H
#define LEAVEBYSIGNAL_H

#include <chrono>

class WsServer;

// Ends the program after SIGTERM or SIGINT as systemd and Kubernetes expect it: `server` accepts nobody any
// more, completes the handshakes under way, closes its connections, which takes `timeout` at most, and the
// program exits with 0. A second signal ends it at once, with 1.
void leaveBySignal(WsServer *server, std::chrono::milliseconds timeout = std::chrono::seconds(5));

#endif // LEAVEBYSIGNAL_H
