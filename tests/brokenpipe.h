// SPDX-License-Identifier: MIT
#ifndef BROKENPIPE_H
#define BROKENPIPE_H

#include <QtCore/qprocess.h>

#include <unistd.h>

// The program that is started next has a standard output whose reader has gone.
inline void breakOutput(QProcess *process)
{
    process->setChildProcessModifier([] { // which runs between fork() and exec()
        int ends[2];
        if (::pipe(ends) != 0)
            return;
        ::close(ends[0]);
        ::dup2(ends[1], STDOUT_FILENO);
        ::close(ends[1]);
    });
}

#endif // BROKENPIPE_H
