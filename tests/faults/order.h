// SPDX-License-Identifier: MIT
#ifndef ORDER_H
#define ORDER_H

#include <QtCore/qstring.h>

#include <utility>

namespace FaultTesting {
using namespace Qt::StringLiterals;

// Whether what one end has told is in order: every opening has one end, with one error at most before it.
class Order
{
public:
    // A client is listened to before it opens, a server's connection while it does.
    enum End { Client, Server };
    explicit Order(End end) : m_phase(end == Server ? Opening : Idle), m_end(end) { }

    // What is wrong with \a event; empty if nothing is.
    QString take(const QString &event)
    {
        if (event == u"Connecting"_s)
            return enter(m_phase == Idle, Opening);
        if (event == u"Open"_s)
            return enter(m_phase == Opening && !std::exchange(m_isOpen, true), Open);
        if (event == u"opened"_s)
            return open();
        if (event == u"Closing"_s)
            return enter(m_phase == Open || m_phase == Opening, Ending);
        if (event.startsWith(u"error "_s))
            return enter(m_phase != Idle && m_phase != Told && std::exchange(m_error, event).isEmpty(),
                         m_phase);
        if (event == u"Closed"_s)
            return enter(m_phase != Idle && m_phase != Told, Told);
        if (event.startsWith(u"closed "_s))
            return end(event);
        if (event.startsWith(u"reconnecting "_s))
            return enter(m_phase == Idle, Idle);
        if (event == u"reconnected"_s)
            return enter(m_phase == Open && m_hasOpened, Open);
        const bool isOfOpen = event.startsWith(u"text "_s) || event.startsWith(u"binary "_s)
                              || event.startsWith(u"ping "_s) || event.startsWith(u"pong "_s);
        return !isOfOpen ? QString() : enter(m_phase == Open || m_phase == Ending, m_phase);
    }
    // At the end.
    QString problem() const { return m_phase == Idle ? QString() : u"closed() is missing"_s; }

    bool isAborted = false; // this side has, which is no error

private:
    enum Phase { Idle, Opening, Open, Ending, Told };

    QString enter(bool isAllowed, Phase phase)
    {
        m_phase = phase;
        return isAllowed ? QString() : u"out of order"_s;
    }
    // Those who hear of a connection when it opens may have missed the state.
    QString open()
    {
        const bool isAllowed = m_phase == Open || (m_phase == Opening && m_end == Server);
        m_isOpen = true;
        return enter(isAllowed && !std::exchange(m_hasOpened, true), Open);
    }
    // An end that nobody has wanted has an error; a server reports clients that it refuses itself.
    QString end(const QString &event)
    {
        const bool isWanted = isAborted || (m_end == Server && !m_isOpen);
        const bool isExplained = isWanted || !m_error.isEmpty() || !event.startsWith(u"closed 1006"_s);
        const bool isOfHandler = m_error == u"error Handler"_s; // after which both ends close as usual
        const bool isRight = m_error.isEmpty() || isOfHandler || !event.endsWith(u" clean"_s);
        const bool isInOrder = m_phase == Told;
        m_phase = Idle;
        m_error.clear();
        m_hasOpened = m_isOpen = false;
        return !isInOrder || !isRight ? u"out of order"_s
               : isExplained          ? QString()
                                      : u"lost without an error"_s;
    }

    Phase m_phase;
    const End m_end;
    QString m_error;
    bool m_isOpen = false;
    bool m_hasOpened = false;
};

} // namespace FaultTesting

#endif // ORDER_H
