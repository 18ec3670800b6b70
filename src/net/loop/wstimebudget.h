// SPDX-License-Identifier: MIT
#ifndef WSTIMEBUDGET_H
#define WSTIMEBUDGET_H

#include "net/loop/wstime.h"

#include <QtCore/qglobal.h>

// How long one kind of work may go on before the rest of the event loop has its turn.
//
// Reading the clock after each piece of work would take too long. So it is read after several pieces, but
// after each one while the pieces are slow.
class WsTimeBudget
{
public:
    // Short compared with the 16 ms of a frame on a screen, and long compared with a turn of the event loop.
    static constexpr std::chrono::milliseconds Length{4};

    WsTimeBudget() = default;
    explicit WsTimeBudget(WsTime now) { begin(now); }

    // The time counts from now on.
    void begin(WsTime now)
    {
        m_begin = m_lastLook = now;
        m_untilLook = m_isSlow ? 1 : PiecesPerLook;
        m_hasBegun = true;
        m_isUsedUp = false;
    }
    // The time counts from the next look at the clock.
    void restart() { m_hasBegun = m_isUsedUp = false; }
    bool isUsedUp() const { return m_isUsedUp; }

    // Records a piece of work that has processed \a bytes. Returns false if the budget is used up.
    bool spend(qsizetype bytes = 0)
    {
        m_untilLook -= 1 + qsizetype(quint64(bytes) / BytesPerPiece);
        return m_untilLook > 0 || look(WsClock::now());
    }
    // The same for a caller that has already read the clock.
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
