// SPDX-License-Identifier: MIT
#ifndef MICROBENCH_H
#define MICROBENCH_H

#include <QtTest/qtest.h>

// Qt Test prints milliseconds an iteration: those of a thousand calls are the microseconds of one.
constexpr int MicroCalls = 1000;

// What is measured, from a short greeting to a large file.
constexpr qsizetype MicroSizes[] = {5, 16, 64, 125, 200, 1024, 16 * 1024, 1024 * 1024};

template <typename Call>
void microMeasure(Call call)
{
    QBENCHMARK
    {
        for (int i = 0; i < MicroCalls; ++i)
            call();
    }
}

#endif // MICROBENCH_H
