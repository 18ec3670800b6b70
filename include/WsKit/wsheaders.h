// SPDX-License-Identifier: MIT
#ifndef WSHEADERS_H
#define WSHEADERS_H

#include <QtCore/qbytearray.h>
#include <QtCore/qlist.h>
#include <QtCore/qpair.h>

using WsHeaders = QList<QPair<QByteArray, QByteArray>>;

#endif // WSHEADERS_H
