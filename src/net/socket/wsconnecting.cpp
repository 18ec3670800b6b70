// SPDX-License-Identifier: MIT
#include "net/socket/wsconnecting.h"

// After a move to a thread without an event loop, which would complete it. What has waited for the move comes
// as tasks then.
void WsConnecting::wait(int ms)
{
    if (isSettledHere())
        waitOnce(ms);
    else
        (void)isOwnThread();
}

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
