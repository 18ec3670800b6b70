// SPDX-License-Identifier: MIT

// How a server takes leave of its clients.

#include <WsKit/wsserver.h>

#include "net/server/wsserver_p.h"

/*!
    \overload
*/
void WsServer::close(quint16, const QString &, std::chrono::milliseconds)
{
    close();
}

bool WsServer::isDraining() const
{
    return d->home->isClosing;
}
