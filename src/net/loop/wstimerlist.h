// SPDX-License-Identifier: MIT
#ifndef WSTIMERLIST_H
#define WSTIMERLIST_H

#include <QtCore/qabstracteventdispatcher.h>

#include <chrono>
#include <map>
#include <unordered_map>

// The timers of one thread as arithmetic: callers pass the time in, and nothing waits here.
//
// This is how the promises of Qt::TimerType are kept:
//  - precise: to the millisecond, never early;
//  - coarse: moved by up to 2.5 % of the interval to a time at which other timers are due too, so that
//    the distance between two ticks is at most 5 % off, and ticks do not drift. Up to 20 ms that would be
//    nothing, and such a timer is precise; from 20 s on it would be more than a second, and such a timer is
//    very coarse;
//  - very coarse: at whole seconds, with the interval rounded to whole seconds, at least one.
class WsTimerList
{
public:
    using Time = std::chrono::steady_clock::time_point;
    using TimerInfo = QAbstractEventDispatcher::TimerInfo;

    void add(int id, std::chrono::milliseconds interval, Qt::TimerType type, QObject *object, Time now);
    bool remove(int id);
    // Whether there was any.
    bool removeAll(const QObject *object);

    // The next due first, with the intervals and types that they were added with.
    QList<TimerInfo> timersOf(const QObject *object) const;
    // Rounded up to milliseconds; 0 if the timer is due and -1 if there is none.
    std::chrono::milliseconds remaining(int id, Time now) const;

    // When fire() has something to do, or Time::max() if never. A timer whose event is being handled does not
    // count, or an event loop within the handler would not sleep.
    Time next() const;
    // Sends one QTimerEvent for each timer that is due, in the order in which they fell due. Leaves out
    // timers that are added or fall due meanwhile, and those whose last event is still being handled. Ticks
    // that were missed are left out too. Returns how many were sent, not counting timers of interval 0, which
    // stand for what a program does while it has nothing else to do.
    int fire(Time now);

private:
    struct Timer;
    using Queue = std::multimap<Time, Timer *>; // equal times in the order in which they got in

    struct Timer
    {
        QObject *object;
        int id;
        Qt::TimerType type; // asked for
        Qt::TimerType precision;
        std::chrono::milliseconds interval; // asked for
        std::chrono::milliseconds step;     // the interval as its precision makes it
        Time due;                           // before a coarse timer is moved
        Queue::iterator place;
        quint64 round; // the last call of fire() that has nothing more to do with it
        bool isFiring = false;
    };

    static void setPrecision(Timer &timer);
    static Time firstDue(const Timer &timer, Time now);
    static Time moved(const Timer &timer);
    void advance(Timer &timer, Time now);
    void send(Timer &timer);

    std::unordered_map<int, Timer> m_timers;
    Queue m_queue;
    quint64 m_round = 0;
};

#endif // WSTIMERLIST_H
