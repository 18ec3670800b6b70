// SPDX-License-Identifier: MIT
#include "net/socket/wsconnecting.h"

bool WsConnecting::event(QEvent *event)
{
    if (isArrival(this, event))
        return isOwnThread(); // which completes the move
    if (event->type() == QEvent::ThreadChange) {
        onLeaving();
        depart();
        release();
    }
    return QObject::event(event);
}
