// SPDX-License-Identifier: MIT
#ifndef DISPATCHERCHECK_H
#define DISPATCHERCHECK_H

#include "../../unit/socketpair.h"
#include "../script.h"

#include <WsKit/WsEventDispatcher>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qcoreevent.h>
#include <QtCore/qpointer.h>
#include <QtCore/qsocketnotifier.h>
#include <QtCore/qthread.h>

#include <poll.h>

#include <array>
#include <functional>
#include <memory>
#include <set>

// WsEventDispatcher as the dispatcher of a thread, with sockets, notifiers, timers and posted events, which
// handlers change, also in event loops of their own. poll() says which notifiers are to be activated.
namespace DispatcherCheck {
using namespace Fuzzing;

class Play : public QThread
{
public:
    explicit Play(const QByteArray &input) : m_script(input) { setEventDispatcher(new WsEventDispatcher); }

    QByteArray result()
    {
        start();
        wait();
        return m_faults.first();
    }

protected:
    void run() override
    {
        m_receiver = std::make_unique<Receiver>(*this);
        for (int i = 0; i < 2; ++i)
            act();
        while (!m_script.isAtEnd() && m_faults.isEmpty())
            act();
        turn(QEventLoop::AllEvents);
        turn(QEventLoop::AllEvents);
        expect(m_posted == 0, "a posted event does not come");
        m_receiver.reset();
        for (auto &notifier : m_notifiers)
            notifier.reset();
    }

private:
    static constexpr int MostNested = 3;

    struct Receiver : QObject
    {
        explicit Receiver(Play &owner) : play(owner) { }
        bool event(QEvent *event) override
        {
            if (event->type() == QEvent::User)
                play.onPosted();
            return QObject::event(event);
        }
        void timerEvent(QTimerEvent *event) override { play.onTimer(event->timerId()); }
        Play &play;
    };

    struct Notifier
    {
        std::unique_ptr<QSocketNotifier> object;
        size_t pair = 0;
        quint64 activatedIn = 0; // the turn
        quint64 changedIn = 0;   // the same

        void reset() { object.reset(); }
        bool isEnabled() const { return object && object->isEnabled(); }
    };

    void expect(bool condition, const char *fault)
    {
        if (!condition)
            m_faults.add(fault);
    }

    void act()
    {
        const quint8 action = m_script.byte();
        const quint8 a = m_script.byte();
        using Action = void (Play::*)(quint8);
        static constexpr std::array<Action, 14> Actions{
            &Play::addNotifier,    &Play::addNotifier, &Play::enable,       &Play::disable,
            &Play::removeNotifier, &Play::sendByte,    &Play::receiveBytes, &Play::closePeer,
            &Play::renewPair,      &Play::post,        &Play::startTimer,   &Play::stopTimer,
            &Play::turnOnce,       &Play::turnOnce};
        (this->*Actions[action % Actions.size()])(a);
    }

    // --- sockets and notifiers
    size_t pairOf(quint8 a) const { return a % m_pairs.size(); }
    Notifier &notifierOf(quint8 a) { return m_notifiers[a % m_notifiers.size()]; }

    void addNotifier(quint8 a)
    {
        static constexpr std::array Types{QSocketNotifier::Read, QSocketNotifier::Write,
                                          QSocketNotifier::Read, QSocketNotifier::Exception};
        const size_t place = a % m_notifiers.size();
        Notifier &notifier = m_notifiers[place];
        if (notifier.object)
            return;
        notifier.pair = pairOf(m_script.byte());
        notifier.object = std::make_unique<QSocketNotifier>(m_pairs[notifier.pair].own, Types[a / 64]);
        notifier.changedIn = m_turn;
        notifier.activatedIn = 0;
        QObject::connect(notifier.object.get(), &QSocketNotifier::activated, m_receiver.get(),
                         [this, place] { onActivated(place); });
    }
    void enable(quint8 a)
    {
        Notifier &notifier = notifierOf(a);
        if (!notifier.object)
            return;
        notifier.changedIn = m_turn;
        notifier.object->setEnabled(true);
    }
    void disable(quint8 a)
    {
        Notifier &notifier = notifierOf(a);
        if (!notifier.object)
            return;
        notifier.changedIn = m_turn;
        notifier.object->setEnabled(false);
    }
    // One that is being activated is deleted later.
    void removeNotifier(quint8 a)
    {
        Notifier &notifier = notifierOf(a);
        if (!notifier.object)
            return;
        notifier.object->setEnabled(false);
        notifier.changedIn = m_turn;
        if (m_depth > 0 && a & 128)
            notifier.object.release()->deleteLater();
        else
            notifier.reset();
    }
    void sendByte(quint8 a)
    {
        if (m_pairs[pairOf(a)].peer >= 0)
            (void)m_pairs[pairOf(a)].send();
        touch(pairOf(a));
    }
    void receiveBytes(quint8 a)
    {
        for (int i = 0; i < 1 + a / 16 && m_pairs[pairOf(a)].receive(); ++i) {
        }
        touch(pairOf(a));
    }
    void closePeer(quint8 a)
    {
        m_pairs[pairOf(a)].closePeer();
        touch(pairOf(a));
    }
    // The number of the descriptor is that of another file afterwards, or the same.
    void renewPair(quint8 a)
    {
        const size_t pair = pairOf(a);
        for (Notifier &notifier : m_notifiers) {
            if (!notifier.object || notifier.pair != pair)
                continue;
            notifier.object->setEnabled(false);
            notifier.changedIn = m_turn;
            notifier.reset();
        }
        m_pairs[pair].closeOwn();
        m_pairs[pair].closePeer();
        SocketPair made;
        std::swap(m_pairs[pair].own, made.own);
        std::swap(m_pairs[pair].peer, made.peer);
    }
    void touch(size_t pair)
    {
        for (Notifier &notifier : m_notifiers) {
            if (notifier.pair == pair)
                notifier.changedIn = m_turn;
        }
    }
    bool isReady(const Notifier &notifier) const
    {
        static constexpr std::array<short, 3> Events{POLLIN, POLLOUT, POLLPRI};
        const short wanted = Events[size_t(notifier.object->type())];
        pollfd entry{m_pairs[notifier.pair].own, wanted, 0};
        return ::poll(&entry, 1, 0) > 0 && (entry.revents & (wanted | POLLHUP | POLLERR)) != 0;
    }

    // --- what is called
    void handle()
    {
        if (m_depth == MostNested)
            return;
        ++m_depth;
        for (int i = m_script.below(4); i > 0 && m_faults.isEmpty(); --i)
            act();
        --m_depth;
    }
    void onActivated(size_t place)
    {
        Notifier &notifier = m_notifiers[place];
        expect(notifier.isEnabled(), "a notifier is activated that is disabled");
        expect(!m_isWithoutNotifiers, "a notifier is activated though they are excluded");
        if (!notifier.isEnabled())
            return;
        expect(notifier.activatedIn != m_turn, "a notifier is activated twice in a turn");
        if (notifier.changedIn < m_outermostTurn) // otherwise it may have been ready when the turn looked
            expect(isReady(notifier), "a notifier is activated that is not ready");
        notifier.activatedIn = m_turn;
        handle();
    }
    void onPosted()
    {
        --m_posted;
        ++m_sent;
        handle();
    }
    void onTimer(int id)
    {
        expect(m_timers.count(id) > 0, "a timer fires that was ended");
        handle();
    }

    void post(quint8)
    {
        if (m_posted > 20)
            return;
        ++m_posted;
        QCoreApplication::postEvent(m_receiver.get(), new QEvent(QEvent::User));
    }
    void startTimer(quint8 a)
    {
        if (m_timers.size() < 4)
            m_timers.insert(m_receiver->startTimer(a < 128 ? 0 : 1000 * a));
    }
    void stopTimer(quint8)
    {
        if (m_timers.empty())
            return;
        m_receiver->killTimer(*m_timers.begin());
        m_timers.erase(m_timers.begin());
    }

    // --- a turn
    void turnOnce(quint8 a) { turn(a & 1 ? QEventLoop::ExcludeSocketNotifiers : QEventLoop::AllEvents); }
    void turn(QEventLoop::ProcessEventsFlags flags)
    {
        if (m_depth == MostNested)
            return;
        const quint64 turn = ++m_turn;
        if (m_depth == 0)
            m_outermostTurn = turn;
        std::array<bool, 8> wasDue{};
        for (size_t i = 0; i < m_notifiers.size(); ++i)
            wasDue[i] = m_notifiers[i].isEnabled() && isReady(m_notifiers[i]);
        const bool wasWithout = std::exchange(m_isWithoutNotifiers, flags != QEventLoop::AllEvents);
        const int posted = m_posted;
        const int sent = m_sent;
        ++m_depth;
        eventDispatcher()->processEvents(flags);
        --m_depth;
        m_isWithoutNotifiers = wasWithout;
        if (m_turn != turn)
            return; // a handler has run an event loop of its own
        if (m_depth > 0)
            ++m_turn; // the outer turn has perhaps not looked yet
        expect(m_sent - sent >= posted || m_depth > 0, "a posted event is not sent");
        for (size_t i = 0; i < m_notifiers.size() && flags == QEventLoop::AllEvents; ++i) {
            const Notifier &notifier = m_notifiers[i];
            if (wasDue[i] && notifier.isEnabled() && notifier.changedIn != turn)
                expect(notifier.activatedIn == turn, "a notifier that is ready is not activated");
        }
    }

    Script m_script;
    Faults m_faults;
    std::array<SocketPair, 4> m_pairs;
    std::array<Notifier, 8> m_notifiers;
    std::set<int> m_timers;
    std::unique_ptr<Receiver> m_receiver;
    quint64 m_turn = 1;
    quint64 m_outermostTurn = 1;
    int m_posted = 0; // and not sent yet
    int m_sent = 0;
    int m_depth = 0;
    bool m_isWithoutNotifiers = false;
};

inline QByteArray check(const QByteArray &input)
{
    return Play(input).result();
}

} // namespace DispatcherCheck

#endif // DISPATCHERCHECK_H
