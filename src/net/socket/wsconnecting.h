// SPDX-License-Identifier: MIT
#ifndef WSCONNECTING_H
#define WSCONNECTING_H

#include "net/loop/wsturnmember.h"

#include <WsKit/wserror.h>

// Connects a descriptor, which the transport then continues with. It works with and without an event loop,
// and moves to another thread like any QObject.
class WsConnecting : public QObject, public WsTurnMember
{
public:
    // The owner. Each call may delete the object. None comes from within start().
    class Owner
    {
    public:
        // The host has been looked up, if there is one.
        virtual void onResolved() = 0;
        // The owner must delete the object, and owns the \a descriptor.
        virtual void onWon(qintptr descriptor) = 0;
        // There will be no connection. The owner must delete the object.
        virtual void onLost(const WsError &error) = 0;

    protected:
        ~Owner() = default;
    };

    virtual void start() = 0;
    // Blocks for at most \a ms until something has happened.
    void wait(int ms);
    virtual bool isLookingUp() const { return false; }
    // How many addresses have been tried.
    virtual qsizetype tried() const { return 1; }

    void onTurnEnd() override { }
    void onNestedTurn() override { }

protected:
    WsConnecting() : WsTurnMember(this) { }

    bool event(QEvent *event) override;
    // The same as wait(), in the thread that it has arrived in.
    virtual void waitOnce(int ms) = 0;
    // It is about to move to another thread.
    virtual void onLeaving() { }
};

#endif // WSCONNECTING_H
