// SPDX-License-Identifier: MIT
#ifndef WSSOCKETERROR_H
#define WSSOCKETERROR_H

#include <WsKit/wserror.h>

// What failed on \a socket, as the users of WsKit are told it.
WsError wsSocketError(const QAbstractSocket &socket);
// The end of the TCP connection where a Close frame should have come first.
WsError wsConnectionLost(const QAbstractSocket *socket);

#endif // WSSOCKETERROR_H
