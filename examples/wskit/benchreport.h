// SPDX-License-Identifier: MIT
#ifndef BENCHREPORT_H
#define BENCHREPORT_H

#include <QtCore/qjsonobject.h>
#include <QtCore/qstring.h>

struct BenchResult;
struct BenchSettings;

// One line while the benchmark runs.
QString progressText(const BenchResult &result);
// The results, for users and for programs.
QString reportText(const BenchSettings &settings, const BenchResult &result);
QJsonObject reportJson(const BenchSettings &settings, const BenchResult &result);

#endif // BENCHREPORT_H
