// SPDX-License-Identifier: MIT
#ifndef SELFCHECK_H
#define SELFCHECK_H

#include <QtCore/qstring.h>

QT_BEGIN_NAMESPACE
class QObject;
QT_END_NAMESPACE

class Cluster;

// Writes from the window and from the page in a browser, kills the servers meanwhile, and compares what both
// have read. Returns the exit status.
int runSelfCheck(Cluster *cluster, QObject *window, const QString &browser);

#endif // SELFCHECK_H
