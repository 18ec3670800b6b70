// SPDX-License-Identifier: MIT
#ifndef BENCHCOMMAND_H
#define BENCHCOMMAND_H

#include <QtCore/qstringlist.h>

int runBench(const QStringList &arguments);

#endif // BENCHCOMMAND_H
