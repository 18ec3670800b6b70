// SPDX-License-Identifier: MIT
#ifndef WSCONNECTIONTHREADS_H
#define WSCONNECTIONTHREADS_H

#include "net/loop/wsturnmember.h"

#include <functional>
#include <memory>

class WsConnectionPrivate;
struct WsDeparture;

// Connects one connection with its thread, and moves it to another one.
class WsConnectionThreads final : public WsTurnMember
{
public:
    explicit WsConnectionThreads(WsConnectionPrivate &connection) : WsTurnMember(nullptr), d(connection) { }

    using WsTurnMember::setObject;
    // The connection is about to be deleted.
    void detach();

    // Calls \a action in the connection's thread: at once if it is the current one. Returns false if the
    // thread has ended; errorString says so.
    bool run(const std::function<void()> &action);
    // The same, but the call is dropped if the opening has ended by then. Returns false if there is none now.
    bool runInOpening(const std::function<void()> &action);
    // The same for what ends a connection. It also ends one that a client has opened again in the meantime,
    // and the wait for that.
    bool runEnding(const std::function<void()> &action);
    bool postEnding(const std::function<void()> &action);
    // The same as runInOpening(), but never at once.
    bool postInOpening(const std::function<void()> &action);
    // Calls \a action from the event loop of the connection's thread, which is the current one.
    void callLater(std::function<void()> action);

    void scheduleFlush();
    // Makes the link pump from the event loop: after the other connections that wait, or before them.
    void schedulePump(bool isFirst);
    void scheduleCheck(WsTime time);
    void unschedule();

    // QEvent::ThreadChange: the connection is about to move.
    void leave();

    void onTurnEnd() override;
    void onWork() override;
    void onNestedTurn() override;
    void onLoopBegin() override;
    void onCheck(WsTime now) override;
    void onArrived() override;
    void onSettled() override;
    void onThreadEnd() override;

private:
    void letGo();
    void takeWhatFollows();

    bool m_hasLeft = false; // a thread, and has not settled in another one yet
    WsConnectionPrivate &d;
    std::shared_ptr<WsDeparture> m_departure; // while sockets on a stack keep the transport in the old thread
};

#endif // WSCONNECTIONTHREADS_H
