// SPDX-License-Identifier: MIT
#ifndef CLIENTMODE_H
#define CLIENTMODE_H

#include <QtCore/qurl.h>

// Echoes what it gets until the connection ends; returns 0 after a clean close and 1 otherwise.
int runClientMode(const QUrl &url, bool deflates);

#endif // CLIENTMODE_H
