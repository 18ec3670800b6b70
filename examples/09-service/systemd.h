// SPDX-License-Identifier: MIT
#ifndef SYSTEMD_H
#define SYSTEMD_H

#include <QtCore/QByteArray>

// Whether a socket unit has started the program, and passes it the sockets to listen on.
bool hasSystemdSockets();

// Tells systemd how the program is: "READY=1", "RELOADING=1" or "STOPPING=1", see sd_notify(3). Does nothing
// if systemd has not started it. This is all that a service of `Type=notify` needs; there is no library
// behind.
void notifySystemd(const QByteArray &state);

#endif // SYSTEMD_H
