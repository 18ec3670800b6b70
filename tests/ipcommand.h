// SPDX-License-Identifier: MIT
#ifndef IPCOMMAND_H
#define IPCOMMAND_H

#include "patience.h"

#include <QtCore/qprocess.h>

// Runs `ip` of iproute2, for network namespaces. Returns whether it has done what it was told.
inline bool runIp(const QStringList &arguments)
{
    QProcess process;
    process.start(QStringLiteral("ip"), arguments);
    return process.waitForFinished(Patient::Patience) && process.exitStatus() == QProcess::NormalExit
           && process.exitCode() == 0;
}

// The same for words with spaces between them.
inline bool runIp(const QString &arguments)
{
    return runIp(arguments.split(QLatin1Char(' ')));
}

#endif // IPCOMMAND_H
