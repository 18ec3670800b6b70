// SPDX-License-Identifier: MIT
#ifndef SERVERFIGURES_H
#define SERVERFIGURES_H

#include <QtCore/qstringlist.h>

struct WsServerStatistics;

// The statistics of a server as lines to read.
QStringList describeFigures(const WsServerStatistics &statistics);

#endif // SERVERFIGURES_H
