// SPDX-License-Identifier: MIT
#include "replayer.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

Replayer::Replayer(QObject *parent) : QObject(parent)
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &Replayer::sendNext);
}

QList<LogEntry> Replayer::sentMessages(const QList<LogEntry> &entries)
{
    QList<LogEntry> messages;
    std::copy_if(entries.begin(), entries.end(), std::back_inserter(messages), [](const LogEntry &entry) {
        return entry.isMessage() && entry.direction == LogEntry::Direction::Sent;
    });
    return messages;
}

void Replayer::start(const QList<LogEntry> &entries, Pace pace)
{
    m_messages = sentMessages(entries);
    m_next = 0;
    m_pace = pace;
    if (isRunning())
        m_timer.start(0);
}

void Replayer::stop()
{
    if (!isRunning())
        return;
    m_timer.stop();
    m_messages.clear();
    Q_EMIT finished(std::exchange(m_next, 0));
}

void Replayer::sendNext()
{
    const LogEntry message = m_messages.at(m_next++);
    const bool isLast = !isRunning();
    Q_EMIT due(message);
    if (isRunning())
        scheduleNext();
    else if (isLast)
        Q_EMIT finished(m_messages.size());
}

void Replayer::scheduleNext()
{
    const qint64 pause = m_messages.at(m_next).msecsSinceEpoch - m_messages.at(m_next - 1).msecsSinceEpoch;
    const qint64 longest = std::numeric_limits<int>::max();
    m_timer.start(m_pace == AtOnce ? 0 : int(std::clamp<qint64>(pause, 0, longest)));
}
