// SPDX-License-Identifier: MIT
#ifndef BENCHREPORT_H
#define BENCHREPORT_H

#include <QtCore/qstring.h>

struct BenchResult;
struct BenchSettings;

// One line, while it runs.
QString progressText(const BenchResult &result);
// What was measured, for people and for machines.
QString reportText(const BenchSettings &settings, const BenchResult &result);
QByteArray reportJson(const BenchSettings &settings, const BenchResult &result);

#endif // BENCHREPORT_H
