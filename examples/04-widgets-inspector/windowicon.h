// SPDX-License-Identifier: MIT
#ifndef WINDOWICON_H
#define WINDOWICON_H

#include <QtGui/QIcon>

// The icon of the program: that of the desktop's theme if it is installed, otherwise one that is painted.
QIcon windowIcon();

#endif // WINDOWICON_H
