// SPDX-License-Identifier: MIT
#ifndef NEEDED_H
#define NEEDED_H

#include <QtCore/qstandardpaths.h>
#include <QtCore/qstring.h>
#include <QtTest/qtest.h>

// Skips a test if \a program is not there, which is a name or a path. Fails it if WSKIT_PROGRAMS_ARE_NEEDED
// is set, as ctest does in a build with WSKIT_BUILD_INTEROP.
#define WS_NEED(program)                                                                                     \
    do {                                                                                                     \
        const QString neededProblem = Needed::problem(program);                                              \
        if (!neededProblem.isEmpty() && qEnvironmentVariableIsSet("WSKIT_PROGRAMS_ARE_NEEDED"))              \
            QFAIL(qPrintable(neededProblem));                                                                \
        if (!neededProblem.isEmpty())                                                                        \
            QSKIP(qPrintable(neededProblem));                                                                \
    } while (false)

namespace Needed {
// Empty if the program is there.
inline QString problem(const QString &program)
{
    return QStandardPaths::findExecutable(program).isEmpty() ? QStringLiteral("there is no ") + program
                                                             : QString();
}
} // namespace Needed

#endif // NEEDED_H
