// SPDX-License-Identifier: MIT
#ifndef HEXDUMP_H
#define HEXDUMP_H

#include <QtCore/QByteArrayView>
#include <QtCore/QString>

// "de ad be ef"
QString hexLine(QByteArrayView bytes);

// Lines with the offset, 16 bytes and their characters, as written by hexdump -C.
QString hexDump(QByteArrayView bytes);

#endif // HEXDUMP_H
