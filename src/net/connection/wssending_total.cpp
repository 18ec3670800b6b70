// SPDX-License-Identifier: MIT

// What a connection adds to the total of its server, and what happens if that is too much.

#include "net/connection/wssending.h"

#include "net/connection/wsconnection_p.h"

#include <utility>

WsSending::~WsSending()
{
    leaveTotal();
    if (m_total)
        m_total->add(-m_countedArriving.load());
}

void WsSending::setTotal(std::shared_ptr<WsBufferTotal> total)
{
    m_total = std::move(total);
}

// HTTP answers do not count: they are not sent to an open connection.
void WsSending::countInTotal()
{
    const qint64 more = (d.life.opening() ? 0 : m_amount.value()) - m_countedAmount;
    if (more == 0)
        return;
    const bool wasWaiting = m_countedAmount > 0;
    m_countedAmount += more;
    m_total->add(more);
    if (const bool isWaiting = m_countedAmount > 0; isWaiting != wasWaiting)
        m_total->countWaiting(isWaiting ? 1 : -1);
    if (more > 0 && m_total->isExceeded())
        reportExceededTotal();
}

void WsSending::leaveTotal()
{
    if (m_countedAmount == 0)
        return;
    m_total->add(-std::exchange(m_countedAmount, 0));
    m_total->countWaiting(-1);
}

// From any thread. Returns what was counted.
qint64 WsSending::countArriving(qint64 size)
{
    if (!m_total || !m_total->isLimited())
        return 0;
    m_countedArriving += size;
    m_total->add(size);
    if (m_total->isExceeded())
        reportExceededTotal();
    return size;
}

void WsSending::endArriving(qint64 counted)
{
    if (counted == 0)
        return;
    m_countedArriving -= counted;
    m_total->add(-counted);
}

void WsSending::reportExceededTotal()
{
    if (const std::shared_ptr<WsConnectionOwner> owner = d.read(d.owner))
        owner->onTotalExceeded();
}

// From any thread, for a message to many.
bool WsSending::hasShare(qint64 size) const
{
    return !m_total || !m_total->isLimited() || m_total->hasShare(waitingAmount(), size);
}

QString WsSending::tooMuchText(qint64 size) const
{
    if (hasShare(size))
        return QStringLiteral("a message to many would exceed maxBufferedAmount (%1 bytes)")
            .arg(maxBufferedAmount());
    return QStringLiteral("a message to many would exceed the share of a slow connection in "
                          "maxTotalBufferedAmount (%1 bytes)")
        .arg(m_total->limit());
}

void WsSending::cutLater()
{
    (void)d.threads.post([this] {
        if (!m_total->isExceeded()) // others have gone, or their peers have taken something
            return;
        const QString text = QStringLiteral("%1 bytes wait to be sent to all clients, more than "
                                            "maxTotalBufferedAmount (%2); of these, %3 are for this one")
                                 .arg(m_total->amount())
                                 .arg(m_total->limit())
                                 .arg(buffered());
        d.life.giveUpAtOnce(WsError(Ws::ErrorKind::Overflow, text, Ws::PolicyViolation), "too slow");
    });
}
