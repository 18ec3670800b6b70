// SPDX-License-Identifier: MIT
#ifndef WSSYSTEMDSOCKETS_H
#define WSSYSTEMDSOCKETS_H

#include <QtCore/qlist.h>
#include <QtCore/qstring.h>

// The sockets that systemd has passed to this process (sd_listen_fds(3)), as copies: those that were passed
// stay open, as they do in systemd, so that a server can listen again, and another one can take them, too.
struct WsSystemdSockets
{
    QList<qintptr> descriptors;
    QString problem; // why there are none
};

// Those with this \a name, or all that a server can listen on if it is empty.
WsSystemdSockets wsTakeSystemdSockets(const QString &name);

#endif // WSSYSTEMDSOCKETS_H
