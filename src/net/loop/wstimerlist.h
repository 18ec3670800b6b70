// SPDX-License-Identifier: MIT
#ifndef WSTIMERLIST_H
#define WSTIMERLIST_H

#include <QtCore/qabstracteventdispatcher.h>

#include <chrono>
#include <map>
#include <unordered_map>

// The timers of one thread, as arithmetic: callers pass the time in, and nothing here waits.
//
// Timers follow Qt::TimerType:
//  - precise: to the millisecond, never early;
//  - coarse: moved by up to 2.5 % of the interval to a time at which other timers are due too, so that
//    the distance between two ticks is at most 5 % off, and ticks do not drift. A timer of up to 20 ms would
//    hardly be moved, so it is precise; one of 20 s or more is very coarse;
//  - very coarse: at whole seconds, with the interval rounded to whole seconds, at least one.
class WsTimerList
{
public:
    using Time = std::chrono::steady_clock::time_point;
    using TimerInfo = QAbstractEventDispatcher::TimerInfo;

    void add(int id, std::chrono::milliseconds interval, Qt::TimerType type, QObject *object, Time now);
    bool remove(int id);
    // Returns whether there was any.
    bool removeAll(const QObject *object);

    // In the order in which they are due, with the intervals and types that they were added with.
    QList<TimerInfo> timersOf(const QObject *object) const;
    // Rounded up to milliseconds; 0 if the timer is due and -1 if there is no such timer.
    std::chrono::milliseconds remaining(int id, Time now) const;

    // The time at which fire() has something to do, or Time::max() if there is none. A timer whose event is
    // being handled does not count; otherwise an event loop within the handler would not sleep.
    Time next() const;
    // Sends one QTimerEvent for each timer that is due, in the order in which they became due. Leaves out
    // timers that are added or become due meanwhile, and those whose last event is still being handled.
    // Missed ticks are left out too. Returns the number of events sent, not counting timers with the interval
    // 0, which are used for work in idle time.
    int fire(Time now);

private:
    struct Timer;
    using Queue = std::multimap<Time, Timer *>; // equal times in the order of insertion

    struct Timer
    {
        QObject *object;
        int id;
        Qt::TimerType type; // as requested
        Qt::TimerType precision;
        std::chrono::milliseconds interval; // as requested
        std::chrono::milliseconds step;     // the interval adapted to the precision
        Time due;                           // before a coarse timer is moved
        Queue::iterator place;
        quint64 round; // the last call of fire() that is done with it
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
