// SPDX-License-Identifier: MIT
#ifndef STEPPLAY_H
#define STEPPLAY_H

#include "listener.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qcoreevent.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

// Plays whose scripts consist of steps, each of which may also be what a slot does when it is called.
namespace Fuzzing {

struct Step
{
    quint8 action = 0;
    quint8 a = 0;
    quint8 b = 0;
};

struct ArmedStep
{
    Heard heard;
    Step step;
};

// Carries out steps as the event loop does: a deletion that a step asks for comes after it.
class Stepper : public QObject
{
public:
    void run(const std::function<void()> &step)
    {
        m_step = &step;
        QEvent event(QEvent::User);
        QCoreApplication::sendEvent(this, &event);
    }
    bool event(QEvent *event) override
    {
        if (event->type() != QEvent::User)
            return QObject::event(event);
        (*m_step)();
        return true;
    }

private:
    const std::function<void()> *m_step = nullptr;
};

class StepPlay
{
public:
    virtual ~StepPlay() = default;
    Q_DISABLE_COPY_MOVE(StepPlay)

protected:
    explicit StepPlay(const QByteArray &input) : m_script(input)
    {
        m_listener.onHeard = [this](Heard heard) { onHeard(heard); };
    }

    // Whether what the step does comes from elsewhere, and so from an event loop.
    virtual bool needsLoop(const Step &step) const = 0;
    virtual void carryOut(const Step &step) = 0;
    virtual void afterTurn() { }

    void expect(bool condition, const char *fault)
    {
        if (!condition)
            m_faults.add(fault);
    }
    // Carries out \a action as the event loop does, and a turn of that if it is wanted.
    void step(const std::function<void()> &action)
    {
        m_stepper.run(action);
        if (!std::exchange(m_isTurnWanted, false))
            return;
        QCoreApplication::processEvents();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        afterTurn();
    }
    void performNext()
    {
        Step next;
        next.action = m_script.byte();
        next.a = m_script.byte();
        next.b = m_script.byte();
        if (next.action & 0x80) // what a slot does when it is called
            m_armed.push_back({Heard(m_script.below(int(Heard::Count))), next});
        else
            perform(next);
    }
    void onHeard(Heard heard)
    {
        if (m_isFinishing || m_depth >= MostNested)
            return;
        const auto armed = std::find_if(m_armed.begin(), m_armed.end(),
                                        [&](const ArmedStep &one) { return one.heard == heard; });
        if (armed == m_armed.end())
            return;
        const Step next = armed->step;
        m_armed.erase(armed);
        const bool wasInLoop = std::exchange(m_isInLoop, false);
        ++m_depth;
        perform(next);
        --m_depth;
        m_isInLoop = wasInLoop;
    }
    // The steps that follow come from the event loop of a slot.
    void runLoop(quint8 a, quint8)
    {
        for (int i = a % 6; i >= 0; --i) {
            QCoreApplication::processEvents();
            performNext();
        }
        QCoreApplication::processEvents();
    }
    void turnLoop(quint8, quint8)
    {
        if (m_depth > 0)
            QCoreApplication::processEvents();
        m_isTurnWanted = true;
    }
    void beginFinish()
    {
        m_isFinishing = true;
        m_armed.clear();
    }

    Script m_script;
    Faults m_faults;
    Listener m_listener{m_faults};
    Stepper m_stepper;
    bool m_isInLoop = true; // and not only in a slot
    bool m_isTurnWanted = false;

private:
    static constexpr int MostNested = 4;

    void perform(const Step &next)
    {
        if (!needsLoop(next) || m_isInLoop) {
            carryOut(next);
            return;
        }
        m_isInLoop = true; // in a slot that runs an event loop of its own
        QCoreApplication::processEvents();
        carryOut(next);
        QCoreApplication::processEvents();
        m_isInLoop = false;
    }

    std::vector<ArmedStep> m_armed;
    int m_depth = 0; // of slots
    bool m_isFinishing = false;
};

} // namespace Fuzzing

#endif // STEPPLAY_H
