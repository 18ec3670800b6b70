// SPDX-License-Identifier: MIT
#ifndef RELOADSIGNAL_H
#define RELOADSIGNAL_H

#include <QtCore/qobject.h>

#include <functional>

// Calls `handler` from the event loop each time the process gets SIGHUP, which asks a service to read its
// files again, as `systemctl reload` does. Does nothing on Windows, which has no such signal. Must be called
// once, in the main thread.
void onReloadSignal(QObject *context, std::function<void()> handler);

#endif // RELOADSIGNAL_H
