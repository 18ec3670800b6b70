// SPDX-License-Identifier: MIT
#ifndef WSSOCKETWAIT_H
#define WSSOCKETWAIT_H

#include <QtNetwork/qabstractsocket.h>

// Blocks until \a socket, which is connected, has bytes to read, if \a reads is set, or has written some, if
// \a writes is set, for at most \a ms, or until another thread posts something. The socket emits its signals.
void wsWaitForSocket(QAbstractSocket *socket, bool reads, bool writes, int ms);

#endif // WSSOCKETWAIT_H
