// SPDX-License-Identifier: MIT
#ifndef WSTIMEBUDGET_H
#define WSTIMEBUDGET_H

#include "net/loop/wstime.h"

#include <QtCore/qglobal.h>

// How long one kind of work may go on before the rest of the event loop has its turn.
//
// Quick pieces of work are counted, and the clock is read after several of them. Once they have turned out to
// be slow, it is read after each, until they are quick again.
class WsTimeBudget
{
public:
    // Short beside the 16 ms of a frame on a screen, and long beside what a turn of the event loop costs.
    static constexpr std::chrono::milliseconds Length{4};

    WsTimeBudget() = default;
    explicit WsTimeBudget(WsTime now) { begin(now); }

    // The time is counted from now on,
    void begin(WsTime now)
    {
        m_begin = m_lastLook = now;
        m_untilLook = m_isSlow ? 1 : PiecesPerLook;
        m_hasBegun = true;
        m_isUsedUp = false;
    }
    // or from the first look at the clock.
    void restart() { m_hasBegun = m_isUsedUp = false; }
    bool isUsedUp() const { return m_isUsedUp; }

    // A piece of work was done that handled \a bytes. Returns false if the budget is used up.
    bool spend(qsizetype bytes = 0)
    {
        m_untilLook -= 1 + qsizetype(quint64(bytes) / BytesPerPiece);
        return m_untilLook > 0 || look(WsClock::now());
    }
    // The same for whoever has read the clock anyway.
    Q_NEVER_INLINE bool look(WsTime now)
    {
        if (!m_hasBegun) {
            begin(now);
            return true;
        }
        m_isSlow = now - m_lastLook > SlowWork;
        m_untilLook = m_isSlow ? 1 : PiecesPerLook;
        m_lastLook = now;
        m_isUsedUp = now - m_begin >= Length;
        return !m_isUsedUp;
    }

private:
    static constexpr qsizetype PiecesPerLook = 16;
    static constexpr quint64 BytesPerPiece = 4096;
    // If the work between two looks took longer than this, the next look follows after one piece.
    static constexpr std::chrono::microseconds SlowWork{800};

    WsTime m_begin;
    WsTime m_lastLook;
    qsizetype m_untilLook = PiecesPerLook;
    bool m_hasBegun = false;
    bool m_isUsedUp = false;
    bool m_isSlow = false;
};

#endif // WSTIMEBUDGET_H
