// SPDX-License-Identifier: MIT
// What qdoc reads first: all that is public.
#include <WsKit/WsByteStream>
#include <WsKit/WsClient>
#include <WsKit/WsEventDispatcher>
#include <WsKit/WsServer>
