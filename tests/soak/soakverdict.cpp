// SPDX-License-Identifier: MIT
#include "soakverdict.h"

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace Soak;

namespace {
qint64 median(QList<qint64> values)
{
    std::sort(values.begin(), values.end());
    return values.at(values.size() / 2);
}

// Between the second third and the last one.
qint64 growth(const QList<Figures> &points, qint64 Figures::*value)
{
    const qsizetype third = points.size() / 3;
    QList<qint64> second;
    QList<qint64> last;
    for (qsizetype i = 0; i < third; ++i) {
        second.append(points.at(points.size() - 2 * third + i).*value);
        last.append(points.at(points.size() - third + i).*value);
    }
    return median(last) - median(second);
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
        if (const qint64 grown = growth(points, value); grown > most)
            faults.append(u"the %1 memory of %2 grows: by %3 KiB"_s.arg(what, name).arg(grown / 1024));
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
