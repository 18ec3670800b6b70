// SPDX-License-Identifier: MIT
#ifndef WSSOCKETERROR_H
#define WSSOCKETERROR_H

#include <WsKit/wserror.h>

// The error of \a socket, as it is reported to users of WsKit.
WsError wsSocketError(const QAbstractSocket &socket);
// The error of a TCP connection that ended without a Close frame.
WsError wsConnectionLost(const QAbstractSocket *socket);

#endif // WSSOCKETERROR_H
