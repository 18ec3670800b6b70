// SPDX-License-Identifier: MIT
#include "soakverdict.h"

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;
using namespace Soak;

namespace {
qint64 median(QList<qint64> values)
{
    std::sort(values.begin(), values.end());
    return values.at(values.size() / 2);
}

struct Growth
{
    qint64 amount;
    qint64 noise; // how much of it can be by chance
};

// Between the second third and the last one. How far medians move by chance is estimated from how much a
// point differs from the one before it, apart from the growth.
Growth growthOf(const QList<Figures> &points, qint64 Figures::*value)
{
    const qsizetype third = points.size() / 3;
    QList<qint64> values;
    for (qsizetype i = points.size() - 2 * third; i < points.size(); ++i)
        values.append(points.at(i).*value);
    const qint64 amount = median(values.last(third)) - median(values.first(third));
    QList<qint64> steps;
    for (qsizetype i = 1; i < values.size(); ++i)
        steps.append(qAbs(values.at(i) - values.at(i - 1) - amount / third));
    return {amount, qint64(10 * double(median(steps)) / std::sqrt(double(third)))};
}
} // namespace

QStringList Soak::flatnessFaults(const QString &name, const QList<Figures> &points)
{
    QStringList faults;
    const auto checkEqual = [&](int Figures::*value, const QString &what) {
        const auto first = points.constFirst().*value;
        for (const Figures &point : points) {
            if (point.*value != first) {
                faults.append(u"%1 has %2 %3 at a quiet point, and had %4 at first"_s.arg(name)
                                  .arg(point.*value)
                                  .arg(what)
                                  .arg(first));
                return;
            }
        }
    };
    const auto checkGrowth = [&](qint64 Figures::*value, qint64 most, const QString &what) {
        if (const Growth growth = growthOf(points, value); growth.amount > most + growth.noise)
            faults.append(
                u"the %1 memory of %2 grows: by %3 KiB"_s.arg(what, name).arg(growth.amount / 1024));
    };
    checkEqual(&Figures::descriptors, u"descriptors"_s);
    checkEqual(&Figures::threads, u"threads"_s);
    const bool isMemoryKnown = points.constLast().held > 0; // sanitizers keep what was freed
    if (points.size() >= LeastPoints && isMemoryKnown) {
        checkGrowth(&Figures::held, MostHeldGrowth, u"held"_s);
        checkGrowth(&Figures::resident, MostResidentGrowth, u"resident"_s);
    }
    return faults;
}
