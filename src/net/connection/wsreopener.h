// SPDX-License-Identifier: MIT
#ifndef WSREOPENER_H
#define WSREOPENER_H

#include <WsKit/wserror.h>

// The interface by which a client's connection reports to the object that opens it again. Any call but those
// of the first three functions may emit signals.
class WsReopener
{
public:
    virtual ~WsReopener() = default;

    // From any thread:
    // Whether the client will be opened again without the application's doing, as far as is known.
    virtual bool mayReopen() const = 0;
    // Whether it waits for that.
    virtual bool isWaiting() const = 0;
    // Counts what the application has opened, but not what is opened again.
    virtual quint32 undertaking() const = 0;

    // In the connection's thread:
    // The application wants it closed. Returns whether it would have been opened again.
    virtual bool stop() = 0;
    // An error is about to be reported.
    virtual void onError(const WsError &error) = 0;
    // The transport has gone.
    virtual void onEnd() = 0;
    // Before and after opened(), and before closed(). The last two are called again after a move to another
    // thread.
    virtual void beforeOpened() = 0;
    virtual void afterOpened() = 0;
    virtual void beforeClosed() = 0;
    // While it waits: about once a second, and when the time has come.
    virtual void onWaiting() = 0;
    virtual void onWaited() = 0;
    // Messages that another thread had sent were lost after the end.
    virtual void onLateLoss() = 0;
    // It has arrived in another thread.
    virtual void onArrived() = 0;
    // The thread ends. Must not emit anything.
    virtual void onThreadEnd() = 0;
};

#endif // WSREOPENER_H
