// SPDX-License-Identifier: MIT
#ifndef SOAKVERDICT_H
#define SOAKVERDICT_H

#include "soakfigures.h"

#include <QtCore/qlist.h>
#include <QtCore/qstringlist.h>

namespace Soak {
// From so many quiet points on, more memory is a fault.
constexpr qsizetype LeastPoints = 9;
constexpr qint64 MostHeldGrowth = 128 * 1024;
constexpr qint64 MostResidentGrowth = 8 * 1024 * 1024;

// What is wrong with the figures of one process at its quiet points, of which the first is before its first
// client. Descriptors and threads have to be the same at all of them, and memory is compared by the medians
// of the second and the last third: the first third fills buffers, pools and caches, and a median takes no
// notice of a single point at which an allocator has kept more than usual. What differs from point to point
// may also differ between the thirds, the less the more points there are.
QStringList flatnessFaults(const QString &name, const QList<Figures> &points);
} // namespace Soak

#endif // SOAKVERDICT_H
