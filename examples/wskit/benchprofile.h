// SPDX-License-Identifier: MIT
#ifndef BENCHPROFILE_H
#define BENCHPROFILE_H

#include "bench.h"

struct BenchStage
{
    QString name;
    BenchSettings settings;
};

// Reads the stages of a profile, a JSON file:
//
//   {"stages": [{"name": "warm-up", "clients": 10, "seconds": 5, "rate": 100, "message": "{{$uuid}}"},
//               {"clients": 100, "messages": 10000, "inFlight": 4, "size": 1024, "binary": true}]}
//
// What a stage does not contain is as in `base`. Returns an empty text, or what is wrong.
QString readBenchProfile(const QString &fileName, const BenchSettings &base, QList<BenchStage> *stages);

#endif // BENCHPROFILE_H
