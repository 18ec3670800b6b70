// SPDX-License-Identifier: MIT
#ifndef SETTINGS_H
#define SETTINGS_H

#include <WsKit/WsClient>
#include <WsKit/WsServer>

namespace Settings {
void compress(WsServer &server, WsClient &client);
void compressCheaply(WsOptions &options);
void compressPrepared(WsServer &server, const QString &headline);
void protect(WsServer &server);
void beLikeQtWebSockets(WsClient &client);
void allowPagesOf(WsServer &server);
void allowAllPages(WsServer &server);
void beBehindAProxy(WsServer &server);
void allowPagesBehindAProxy(WsServer &server);
void logFrames();
double messagesPerSecond(WsConnection *connection);
void authenticate(WsServer &server);
} // namespace Settings

#endif // SETTINGS_H
