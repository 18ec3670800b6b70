// SPDX-License-Identifier: MIT
#ifndef OPENDESCRIPTORS_H
#define OPENDESCRIPTORS_H

#include <QtCore/qdir.h>

// How many descriptors this process has open (Linux). Sockets and pipes are links that lead nowhere, which
// only QDir::System counts.
inline qsizetype openDescriptorCount()
{
    const QDir::Filters all = QDir::AllEntries | QDir::NoDotAndDotDot | QDir::System;
    return QDir(QStringLiteral("/proc/self/fd")).entryList(all).size();
}

#endif // OPENDESCRIPTORS_H
