// SPDX-License-Identifier: MIT
#include "soakfigures.h"

#include "../opendescriptors.h"
#include "../unit/heldmemory.h"

#include <QtCore/qfile.h>

#include <unistd.h>

using namespace Qt::StringLiterals;
using Soak::Figures;

Figures Figures::now()
{
    Figures figures;
    figures.held = HeldMemory::now();
    QFile statm(u"/proc/self/statm"_s); // in pages: all, resident, …
    if (statm.open(QIODevice::ReadOnly))
        figures.resident = statm.readAll().split(' ').value(1).toLongLong() * sysconf(_SC_PAGESIZE);
    figures.descriptors = int(openDescriptorCount());
    figures.threads = int(QDir(u"/proc/self/task"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot).size());
    return figures;
}

// Otherwise glibc raises these limits with the largest array, and keeps up to 64 MiB for each thread.
void Figures::limitFreeMemory()
{
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);
    mallopt(M_TRIM_THRESHOLD, 128 * 1024);
#endif
}

void Figures::giveBackFreeMemory()
{
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}

QJsonObject Figures::toJson() const
{
    return {{u"held"_s, held},
            {u"resident"_s, resident},
            {u"descriptors"_s, descriptors},
            {u"threads"_s, threads}};
}

Figures Figures::fromJson(const QJsonObject &object)
{
    return {object.value(u"held"_s).toInteger(), object.value(u"resident"_s).toInteger(),
            object.value(u"descriptors"_s).toInt(), object.value(u"threads"_s).toInt()};
}
