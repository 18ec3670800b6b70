// SPDX-License-Identifier: MIT
#ifndef WSSOCKETWAIT_H
#define WSSOCKETWAIT_H

#include <QtNetwork/qabstractsocket.h>

// Blocks for \a ms at most until \a socket, which is connected, has bytes to be read, if \a reads, or has
// written some, if \a writes; less if another thread posts something. The socket emits its signals.
void wsWaitForSocket(QAbstractSocket *socket, bool reads, bool writes, int ms);

#endif // WSSOCKETWAIT_H
