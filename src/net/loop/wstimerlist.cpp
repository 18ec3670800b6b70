// SPDX-License-Identifier: MIT
#include "net/loop/wstimerlist.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qcoreevent.h>

#include <algorithm>
#include <limits>

using std::chrono::ceil;
using std::chrono::duration_cast;
using std::chrono::floor;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using namespace std::chrono_literals;

namespace {
using Time = WsTimerList::Time;

// Coarse timers are moved to multiples of these, the first that is near enough.
constexpr milliseconds MeetingPoints[] = {1000ms, 500ms, 250ms, 100ms, 50ms, 25ms, 10ms, 5ms, 2ms, 1ms};

// Time::max(), which means never, instead of an overflow.
Time after(Time time, milliseconds wait)
{
    return wait >= duration_cast<milliseconds>(Time::max() - time) ? Time::max() : time + wait;
}
} // namespace

void WsTimerList::add(int id, milliseconds interval, Qt::TimerType type, QObject *object, Time now)
{
    remove(id);
    Timer &timer = m_timers[id];
    timer.object = object;
    timer.id = id;
    timer.type = type;
    timer.interval = interval;
    setPrecision(timer);
    timer.due = firstDue(timer, now);
    timer.round = m_round;
    timer.place = m_queue.emplace(moved(timer), &timer);
}

void WsTimerList::setPrecision(Timer &timer)
{
    timer.precision = timer.type;
    timer.step = timer.interval;
    if (timer.type == Qt::CoarseTimer && timer.interval >= 20s)
        timer.precision = Qt::VeryCoarseTimer;
    if (timer.interval == 0ms || (timer.type == Qt::CoarseTimer && timer.interval <= 20ms))
        timer.precision = Qt::PreciseTimer;
    if (timer.precision == Qt::VeryCoarseTimer && timer.interval < milliseconds::max() - 1s)
        timer.step = std::max(1s, floor<seconds>(timer.interval + 500ms));
}

WsTimerList::Time WsTimerList::firstDue(const Timer &timer, Time now)
{
    const bool isVeryCoarse = timer.precision == Qt::VeryCoarseTimer;
    return after(isVeryCoarse ? floor<seconds>(now + 500ms) : now, timer.step);
}

void WsTimerList::advance(Timer &timer, Time now)
{
    timer.due = after(timer.due, timer.step);
    if (timer.due < now)
        timer.due = firstDue(timer, now);
    auto entry = m_queue.extract(timer.place);
    entry.key() = moved(timer);
    timer.place = m_queue.insert(std::move(entry));
}

WsTimerList::Time WsTimerList::moved(const Timer &timer)
{
    if (timer.precision != Qt::CoarseTimer)
        return timer.due;
    const nanoseconds leeway = nanoseconds(timer.interval) / 40;
    for (const milliseconds point : MeetingPoints) {
        const Time late = timer.due + point / 2;
        const Time nearest = late - late.time_since_epoch() % point;
        if (abs(nearest - timer.due) <= leeway)
            return nearest;
    }
    return timer.due;
}

bool WsTimerList::remove(int id)
{
    const auto found = m_timers.find(id);
    if (found == m_timers.end())
        return false;
    m_queue.erase(found->second.place);
    m_timers.erase(found);
    return true;
}

bool WsTimerList::removeAll(const QObject *object)
{
    const QList<TimerInfo> timers = timersOf(object);
    for (const TimerInfo &timer : timers)
        remove(timer.timerId);
    return !timers.isEmpty();
}

QList<WsTimerList::TimerInfo> WsTimerList::timersOf(const QObject *object) const
{
    QList<TimerInfo> timers;
    for (const auto &[time, timer] : m_queue) {
        if (timer->object != object)
            continue;
        const auto interval = std::min<qint64>(timer->interval.count(), std::numeric_limits<int>::max());
        timers.append(TimerInfo(timer->id, int(interval), timer->type));
    }
    return timers;
}

milliseconds WsTimerList::remaining(int id, Time now) const
{
    const auto found = m_timers.find(id);
    if (found == m_timers.end())
        return -1ms;
    return std::max(0ms, ceil<milliseconds>(found->second.place->first - now));
}

WsTimerList::Time WsTimerList::next() const
{
    const auto found = std::find_if(m_queue.begin(), m_queue.end(),
                                    [](const auto &entry) { return !entry.second->isFiring; });
    return found == m_queue.end() ? Time::max() : found->first;
}

int WsTimerList::fire(Time now)
{
    const quint64 round = ++m_round;
    int sent = 0;
    while (!m_queue.empty()) {
        Timer &timer = *m_queue.begin()->second;
        if (timer.place->first > now || timer.round >= round)
            break;
        timer.round = round;
        advance(timer, now);
        if (timer.isFiring)
            continue;
        sent += timer.interval > 0ms ? 1 : 0;
        send(timer);
    }
    return sent;
}

void WsTimerList::send(Timer &timer)
{
    const int id = timer.id;
    timer.isFiring = true;
    QTimerEvent event(id);
    QCoreApplication::sendEvent(timer.object, &event);
    // The handler may have ended it. If another has its number now, that one is not firing either.
    const auto found = m_timers.find(id);
    if (found != m_timers.end())
        found->second.isFiring = false;
}
