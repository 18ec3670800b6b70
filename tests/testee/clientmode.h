// SPDX-License-Identifier: MIT
#ifndef CLIENTMODE_H
#define CLIENTMODE_H

#include <QtCore/qurl.h>

struct TesteeClientSettings
{
    QUrl url;
    QUrl proxy; // if empty, the system's
    QString caFile;
    int maxRedirects = 0;
    bool deflates = false;
    bool reconnects = false;
};

// Echoes what it gets until the connection ends, and with `reconnects` until it ends for good. Returns 0
// after a clean close and 1 otherwise.
int runClientMode(const TesteeClientSettings &settings);

#endif // CLIENTMODE_H
