// SPDX-License-Identifier: MIT
#ifndef WSWAITING_H
#define WSWAITING_H

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qglobal.h>

#include <functional>

class WsConnectionPrivate;

// Runs one connection in a thread without an event loop.
class WsWaiting
{
public:
    explicit WsWaiting(WsConnectionPrivate &connection) : d(connection) { }
    Q_DISABLE_COPY_MOVE(WsWaiting)

    // Whether the current thread may wait; errorString says why not.
    bool mayWait();
    // Runs the connection until \a isDone, its end or \a deadline. Returns whether it is done.
    bool waitUntil(const std::function<bool()> &isDone, QDeadlineTimer deadline)
    {
        return run(isDone, deadline, Reach::OneConnection);
    }
    // The same, but continues while a client waits to be opened again, and through its attempts.
    bool waitThroughAttempts(const std::function<bool()> &isDone, QDeadlineTimer deadline)
    {
        return run(isDone, deadline, Reach::Attempts);
    }

private:
    enum class Reach : quint8 { OneConnection, Attempts };

    bool run(const std::function<bool()> &isDone, QDeadlineTimer deadline, Reach reach);
    bool work(const std::function<bool()> &isDone, QDeadlineTimer deadline, Reach reach);
    bool waitForAttempt(QDeadlineTimer deadline);
    bool isBeforeTransport() const;
    bool refuse();

    WsConnectionPrivate &d;
};

#endif // WSWAITING_H
