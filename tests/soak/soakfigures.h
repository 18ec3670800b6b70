// SPDX-License-Identifier: MIT
#ifndef SOAKFIGURES_H
#define SOAKFIGURES_H

#include <QtCore/qjsonobject.h>

// What a process has of the system.

namespace Soak {
struct Figures
{
    qint64 held = 0;     // bytes that malloc() has given out; 0 if that is not known
    qint64 resident = 0; // bytes
    int descriptors = 0;
    int threads = 0;

    static Figures now();             // of this process
    static void limitFreeMemory();    // before malloc() is used
    static void giveBackFreeMemory(); // what malloc() keeps for later
    QJsonObject toJson() const;
    static Figures fromJson(const QJsonObject &object);
};
} // namespace Soak

#endif // SOAKFIGURES_H
