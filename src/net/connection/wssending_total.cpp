// SPDX-License-Identifier: MIT

// What a connection adds to the total of its server, and what happens if that is too much.

#include "net/connection/wssending.h"

#include "net/connection/wsconnection_p.h"

#include <algorithm>
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
    const qint64 more = (d.life.opening() ? 0 : m_amount.value() + m_heldCost.value()) - m_countedAmount;
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

bool WsSending::takeFromTotal(qint64 size)
{
    if (!isTotalLimited())
        return true;
    if (!m_total->tryAdd(size))
        return false;
    if (m_countedAmount == 0 && size > 0) // otherwise nothing would tell when it waits no longer
        m_total->countWaiting(1);
    m_countedAmount += size;
    return true;
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

// From any thread.
qint64 WsSending::roomForMany(qint64 size, qint64 own) const
{
    const bool isShared = m_total && m_total->isLimited();
    return isShared ? std::min(maxBufferedAmount(), m_total->shareFor(own, size)) - own
                    : maxBufferedAmount() - own;
}

// What it may replace leaves room for it.
bool WsSending::isOverShare(const WsManyMessage &message) const
{
    return m_total && Q_UNLIKELY(m_total->isLimited()) && !hasRoom(message);
}

QString WsSending::tooBusyText() const
{
    return QStringLiteral("the thread of the connection is too busy: more than maxBufferedAmount (%1 bytes) "
                          "would wait for it")
        .arg(maxBufferedAmount());
}

QString WsSending::tooMuchText(qint64 size) const
{
    const qint64 own = waitingAmount();
    const QString text = QStringLiteral("a message to many would exceed maxBufferedAmount (%1 bytes)")
                             .arg(maxBufferedAmount());
    if (roomForMany(size, own) >= maxBufferedAmount() - own)
        return text;
    return QStringLiteral("%1 or the share of a slow connection in maxTotalBufferedAmount (%2 bytes)")
        .arg(text, QString::number(m_total->limit()));
}

void WsSending::cutLater()
{
    if (m_isCutAsked.exchange(true))
        return;
    (void)d.threads.post([this] {
        m_isCutAsked = false;
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
