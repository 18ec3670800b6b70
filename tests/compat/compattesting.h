// SPDX-License-Identifier: MIT
#ifndef COMPATTESTING_H
#define COMPATTESTING_H

#include <QtCore/qglobal.h>

// What the tests of this folder share. They are built with Qt WebSockets and with WsKit::Compat.

// The version of the interface: of Qt's own module, or of the one that WsKit::Compat has.
#ifdef COMPAT_WSKIT
#define COMPAT_INTERFACE QT_VERSION_CHECK(6, 8, 0)
#else
#define COMPAT_INTERFACE QT_VERSION
#endif

// Whether WsKit::Compat behaves as the row of the table says. A test that asks has an expectation for either answer;
// differences.py compares the names of rows that the tests ask for with those of the table.
constexpr bool compatDiffers(const char *row)
{
    (void)row;
#ifdef COMPAT_WSKIT
    return true;
#else
    return false;
#endif
}

#endif // COMPATTESTING_H
