// SPDX-License-Identifier: MIT

// Limits of a whole server.

#include <WsKit/wsserver.h>

#include "net/server/wsserver_p.h"

/*!
    \property WsServer::maxTotalBufferedAmount
    \brief how many bytes may wait to be sent to all clients together.
*/
qint64 WsServer::maxTotalBufferedAmount() const
{
    return d->read(d->maxTotalBufferedAmount);
}

void WsServer::setMaxTotalBufferedAmount(qint64 value)
{
    d->run([value](WsServerPrivate &data) {
        if (data.storeChange(data.maxTotalBufferedAmount, value))
            Q_EMIT data.q->maxTotalBufferedAmountChanged();
    });
}
