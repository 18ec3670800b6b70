// SPDX-License-Identifier: MIT
#ifndef PROGRESS_H
#define PROGRESS_H

#include <QtCore/qelapsedtimer.h>

// Prints the progress of a transfer to standard error, a few times per second.
class Progress
{
public:
    // \a total is -1 if it is not known.
    void start(qint64 total = -1);
    void show(qint64 bytes);
    void finish(qint64 bytes);

private:
    void print(qint64 bytes, char end);

    QElapsedTimer m_sinceStart;
    QElapsedTimer m_sinceShown;
    qint64 m_total = -1;
};

#endif // PROGRESS_H
