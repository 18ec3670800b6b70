// SPDX-License-Identifier: MIT
#ifndef WSREOPENER_H
#define WSREOPENER_H

#include <WsKit/wserror.h>

// The interface by which a client's connection reports to the object that opens it again. This class itself
// is for a server's connection, which is not opened again. The calls that are not const may emit signals.
class WsReopener
{
public:
    virtual ~WsReopener() = default;

    // From any thread:
    // Whether the client will be opened again, as far as is known: by itself, or as the application wants.
    virtual bool mayReopen() const { return false; }
    // Whether it waits for that.
    virtual bool isWaiting() const { return false; }
    // Counts what the application wants to be opened, but not what is opened again. Of two numbers the later
    // one is the greater.
    virtual quint32 lastWish() const { return 0; }

    // Whether another thread has called a function that opens it, and the call has not reached its thread yet.
    virtual bool isOpeningPosted() const { return false; }

    // In the connection's thread:
    // Whether something has begun to open that the application wanted later than \a wish.
    virtual bool hasBegunAfter(quint32) const { return false; }
    // The application wants it closed. Returns whether it would have been opened again.
    virtual bool stop() { return false; }
    // An error is about to be reported.
    virtual void onError(const WsError &) { }
    // The transport has gone.
    virtual void onEnd() { }
    // Before and after opened(), and before closed(). The last two are called again after a move to another
    // thread.
    virtual void beforeOpened() { }
    virtual void afterOpened() { }
    virtual void beforeClosed() { }
    // While it waits: about once a second, and when the time has come.
    virtual void onWaiting(bool) { }
    // Messages that another thread had sent were lost after the end.
    virtual void onLateLoss() { }
    // It has arrived in another thread.
    virtual void onArrived() { }
    // The thread ends. Must not emit anything.
    virtual void onThreadEnd() { }

    // Never destroyed, because servers and their threads may be static.
    static WsReopener &none()
    {
        static auto *const none = new WsReopener;
        return *none;
    }
};

#endif // WSREOPENER_H
