// SPDX-License-Identifier: MIT
// What qdoc reads first: all that is public.
#include <WsKit/WsByteStream>
#include <WsKit/WsClient>
#include <WsKit/WsEventDispatcher>
#include <WsKit/WsMemoryBroker>
#include <WsKit/WsRedisBroker>
#include <WsKit/WsServer>
#if __has_include(<QtWebChannel/qwebchannel.h>)
#include <WsKit/WsWebChannelServer>
#include <WsKit/WsWebChannelTransport>
#endif
