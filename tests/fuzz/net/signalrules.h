// SPDX-License-Identifier: MIT
#ifndef SIGNALRULES_H
#define SIGNALRULES_H

#include "../script.h"

#include <WsKit/ws.h>

// In which order a connection may report what happens to it, whatever its peer, the application and the
// network do.
namespace Fuzzing {

class SignalRules
{
public:
    explicit SignalRules(Faults &faults) : m_faults(faults) { }

    void onState(Ws::State state)
    {
        if (state == Ws::Connecting) {
            expect(m_state == Ws::Closed, "it is opened again before it has closed");
            m_lateCount += m_isClosedDue ? 1 : 0; // a slot of stateChanged() has opened it
            m_hasBeenOpen = m_hasOpened = m_hasFailed = false;
            m_isClosedDue = true;
        } else {
            expect(rank(state) > rank(m_state), "the state goes back, or is reported twice");
        }
        // Not reported as open if a slot has closed it just before that.
        m_hasBeenOpen = m_hasBeenOpen || state == Ws::Open || state == Ws::Closing;
        m_state = state;
    }
    void onOpened()
    {
        expect(m_state == Ws::Open, "opened() without being open");
        expect(!m_hasOpened, "opened() twice");
        m_hasOpened = true;
    }
    // A message, a part of one, a ping or a pong.
    void onArrival()
    {
        expect(m_hasBeenOpen, "something arrives before it is open");
        expect(m_state != Ws::Closed && m_isClosedDue, "something arrives after the end");
    }
    // What was written, or how much waits.
    void onProgress() { expect(m_state != Ws::Closed, "progress is reported after the end"); }
    void onError()
    {
        expect(m_isClosedDue, "an error after closed()");
        expect(m_state != Ws::Closed, "an error of a closed connection");
        m_hasFailed = true;
    }
    // Returns whether it belongs to this opening, and not to an earlier one.
    bool onClosed()
    {
        if (m_lateCount > 0) {
            --m_lateCount;
            return false;
        }
        expect(m_state == Ws::Closed, "closed() without being closed");
        expect(m_isClosedDue, "closed() twice");
        m_isClosedDue = false;
        return true;
    }

    Ws::State state() const { return m_state; }
    // closed() has not been emitted in this opening.
    bool isClosedDue() const { return m_isClosedDue || m_lateCount > 0; }
    bool hasFailed() const { return m_hasFailed; }
    void expect(bool condition, const char *fault)
    {
        if (!condition)
            m_faults.add(fault);
    }
    // A server's connection begins in that state.
    void beginConnecting()
    {
        m_state = Ws::Connecting;
        m_isClosedDue = true;
    }

private:
    static int rank(Ws::State state)
    {
        switch (state) {
        case Ws::Connecting:
            return 0;
        case Ws::Open:
            return 1;
        case Ws::Closing:
            return 2;
        case Ws::Closed:
            break;
        }
        return 3;
    }

    Faults &m_faults;
    Ws::State m_state = Ws::Closed;
    bool m_hasBeenOpen = false;
    bool m_hasOpened = false;
    bool m_hasFailed = false;
    bool m_isClosedDue = false;
    int m_lateCount = 0; // openings whose closed() comes after the next has begun
};

} // namespace Fuzzing

#endif // SIGNALRULES_H
