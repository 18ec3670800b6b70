// SPDX-License-Identifier: MIT
#ifndef TERMINATIONSIGNAL_H
#define TERMINATIONSIGNAL_H

#include <QtCore/qobject.h>

#include <functional>

// Calls `handler` from the event loop each time the process is asked to end: SIGINT and SIGTERM on Unix,
// Ctrl-C, Ctrl-Break and the closing of the console on Windows. Must be called once, in the main thread.
void onTerminationSignal(QObject *context, std::function<void()> handler);

#endif // TERMINATIONSIGNAL_H
