// SPDX-License-Identifier: MIT
#ifndef PEAKMEMORY_H
#define PEAKMEMORY_H

#include <QtCore/qfile.h>
#include <QtCore/qregularexpression.h>

// The most memory, in bytes, that a running process has had, or 0 if that is not known (it is on Linux).
inline qint64 peakMemoryOf(qint64 process)
{
    QFile file(QStringLiteral("/proc/%1/status").arg(process));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    static const QRegularExpression line(QStringLiteral("VmHWM:\\s+(\\d+) kB"));
    return line.match(QString::fromUtf8(file.readAll())).captured(1).toLongLong() * 1024;
}

#endif // PEAKMEMORY_H
