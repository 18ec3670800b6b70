// SPDX-License-Identifier: MIT
#ifndef TIMERLISTCHECK_H
#define TIMERLISTCHECK_H

#include "../script.h"
#include "net/loop/wstimerlist.h"

#include <QtCore/qcoreevent.h>
#include <QtCore/qobject.h>

#include <array>
#include <map>
#include <utility>

// WsTimerList against what a timer is: it fires once for each call of fire() in which it is due, never early,
// never within its own handler, and as long as nobody ends it.
namespace TimerListCheck {
using namespace Fuzzing;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;
using Time = WsTimerList::Time;

struct Expected
{
    int owner;
    milliseconds interval;
    Qt::TimerType type;
    Time due; // before it is moved
    quint64 addedIn = 0;
    quint64 firedIn = 0;
    bool isFiring = false;

    bool isPrecise() const
    {
        return type == Qt::PreciseTimer || interval == 0ms || (type == Qt::CoarseTimer && interval <= 20ms);
    }
    bool isVeryCoarse() const { return !isPrecise() && (type == Qt::VeryCoarseTimer || interval >= 20s); }
    // How far it may be moved.
    nanoseconds leeway() const { return isPrecise() || isVeryCoarse() ? 0ns : nanoseconds(interval) / 40; }
    milliseconds step() const
    {
        using std::chrono::seconds;
        return isVeryCoarse() ? std::max<milliseconds>(1s, std::chrono::floor<seconds>(interval + 500ms))
                              : interval;
    }
    Time firstDue(Time now) const
    {
        using std::chrono::seconds;
        return (isVeryCoarse() ? Time(std::chrono::floor<seconds>(now + 500ms)) : now) + step();
    }
    void advance(Time now)
    {
        due += step();
        if (due < now)
            due = firstDue(now);
    }
};

class Play : private QObject
{
public:
    explicit Play(const QByteArray &input) : m_script(input) { }

    QByteArray run()
    {
        while (!m_script.isAtEnd() && m_faults.isEmpty()) {
            act();
            checkAll();
        }
        return m_faults.first();
    }

private:
    static constexpr int MostNested = 2;

    // Who gets the events of some of the timers.
    struct Owner : QObject
    {
        void timerEvent(QTimerEvent *event) override { play->onTimer(event->timerId(), number); }
        Play *play = nullptr;
        int number = 0;
    };

    void expect(bool condition, const char *fault)
    {
        if (!condition)
            m_faults.add(fault);
    }
    Owner &owner(int number)
    {
        m_owners[size_t(number)].play = this;
        m_owners[size_t(number)].number = number;
        return m_owners[size_t(number)];
    }

    void act()
    {
        const quint8 action = m_script.byte();
        switch (action % 8) {
        case 0:
        case 1:
            add();
            break;
        case 2:
            remove(m_script.below(12));
            break;
        case 3:
            removeAll(m_script.below(3));
            break;
        case 4:
            m_now += nanoseconds(qint64(m_script.byte()) * m_script.byte() * m_script.byte() * 1000);
            break;
        case 5: // exactly when something is due
            if (m_list.next() != Time::max())
                m_now = std::max(m_now, m_list.next());
            break;
        default:
            fire();
        }
    }
    void add()
    {
        static constexpr std::array Types{Qt::PreciseTimer, Qt::CoarseTimer, Qt::VeryCoarseTimer};
        const int id = m_script.below(12);
        const int number = m_script.below(3);
        const Qt::TimerType type = Types[size_t(m_script.below(3))];
        const quint8 size = m_script.byte();
        const milliseconds interval(size < 100 ? size : size < 200 ? (size - 99) * 13 : (size - 199) * 997);
        m_list.add(id, interval, type, &owner(number), m_now);
        Expected timer{number, interval, type, {}};
        timer.due = timer.firstDue(m_now);
        timer.addedIn = m_round;
        m_expected[id] = timer;
    }
    void remove(int id) { expect(m_list.remove(id) == (m_expected.erase(id) > 0), "remove() is wrong"); }
    void removeAll(int number)
    {
        const auto count =
            std::erase_if(m_expected, [=](const auto &entry) { return entry.second.owner == number; });
        expect(m_list.removeAll(&owner(number)) == (count > 0), "removeAll() is wrong");
    }

    void fire()
    {
        if (m_depth == MostNested)
            return;
        const quint64 round = ++m_round;
        const quint64 before = m_fired;
        std::map<int, Expected> due;
        for (const auto &[id, timer] : m_expected) {
            if (timer.isPrecise() && timer.due <= m_now && !timer.isFiring)
                due.emplace(id, timer);
        }
        m_isDisturbed = false;
        m_counted = 0;
        const Time outerTime = std::exchange(m_fireTime, m_now);
        ++m_depth;
        const int count = m_list.fire(m_now);
        --m_depth;
        for (auto &[id, timer] : m_expected) { // whose ticks are left out
            if (timer.isFiring && timer.isPrecise() && timer.firedIn < round && timer.addedIn < round
                && timer.due <= m_fireTime)
                advance(timer, round);
        }
        m_fireTime = outerTime;
        if (m_isDisturbed || round != m_round)
            return; // handlers have changed something
        expect(count == m_counted, "fire() counts other events than it sends");
        for (const auto &[id, timer] : due)
            expect(m_expected.at(id).firedIn == round, "a timer that is due does not fire");
        expect(m_fired >= before, "the count goes back");
    }
    void onTimer(int id, int number)
    {
        const auto found = m_expected.find(id);
        if (found == m_expected.end()) {
            m_faults.add("a timer fires that was removed");
            return;
        }
        Expected &timer = found->second;
        expect(timer.owner == number, "another object gets the event");
        expect(!timer.isFiring, "a timer fires within its own handler");
        expect(timer.firedIn < m_round || m_depth > 1, "a timer fires twice in a round");
        expect(timer.addedIn < m_round, "a timer fires in the round in which it was added");
        if (timer.isPrecise())
            expect(timer.due <= m_fireTime, "a timer is early");
        ++m_fired;
        m_counted += timer.interval > 0ms ? 1 : 0;
        advance(timer, m_round);
        handle(id);
    }
    void advance(Expected &timer, quint64 round) const
    {
        timer.firedIn = round;
        timer.advance(m_fireTime);
    }
    // The handler of a timer.
    void handle(int id)
    {
        const int count = m_script.below(4);
        m_isDisturbed = m_isDisturbed || count > 0;
        m_expected.at(id).isFiring = true;
        const quint64 added = m_expected.at(id).addedIn;
        for (int i = 0; i < count && m_faults.isEmpty(); ++i)
            act();
        const auto found = m_expected.find(id);
        if (found != m_expected.end() && found->second.addedIn == added)
            found->second.isFiring = false;
    }

    void checkAll()
    {
        Time next = Time::max();
        for (const auto &[id, timer] : m_expected) {
            const milliseconds left = m_list.remaining(id, m_now);
            expect(left >= 0ms, "a timer is forgotten");
            if (timer.isFiring)
                continue;
            if (timer.isPrecise())
                expect(left == std::max(0ms, std::chrono::ceil<milliseconds>(timer.due - m_now)),
                       "remaining() is wrong");
            else
                expect(left <= timer.step() + timer.leeway() + 1s, "a timer is moved too far");
            if (timer.isPrecise() && !timer.isFiring)
                next = std::min(next, timer.due);
        }
        expect(m_list.next() <= next, "next() is too late");
        expect((m_list.next() == Time::max()) == m_expected.empty() || m_depth > 0, "next() forgets a timer");
        for (int number = 0; number < 3; ++number)
            expect(m_list.timersOf(&owner(number)).size()
                       == std::count_if(m_expected.begin(), m_expected.end(),
                                        [=](const auto &entry) { return entry.second.owner == number; }),
                   "timersOf() is wrong");
    }

    Script m_script;
    Faults m_faults;
    WsTimerList m_list;
    std::map<int, Expected> m_expected;
    std::array<Owner, 3> m_owners;
    Time m_now = Time(std::chrono::hours(100) + 123456789ns);
    Time m_fireTime; // of the call of fire() that goes on
    quint64 m_round = 1;
    quint64 m_fired = 0;
    int m_counted = 0;
    int m_depth = 0;
    bool m_isDisturbed = false;
};

inline QByteArray check(const QByteArray &input)
{
    return Play(input).run();
}

} // namespace TimerListCheck

#endif // TIMERLISTCHECK_H
