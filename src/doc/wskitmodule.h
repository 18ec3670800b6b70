// SPDX-License-Identifier: MIT
// What qdoc reads first: all that is public.
#include <WsKit/WsClient>
#include <WsKit/WsServer>
