// SPDX-License-Identifier: MIT
#include "openinglog.h"

#include <QtCore/QLocale>
#include <QtCore/QStringList>

namespace {
constexpr qsizetype MaxAttempts = 50;
constexpr qsizetype MaxLines = 200;
constexpr qsizetype MaxExchanges = 30;

QString milliseconds(qint64 us)
{
    return QStringLiteral("%1 ms").arg(QLocale().toString(double(us) / 1000, 'f', 1));
}
} // namespace

QString OpeningLog::Attempt::summary() const
{
    QStringList texts;
    for (const Line &line : lines)
        texts.append(line.name + u' ' + line.value);
    return texts.join(QStringLiteral("; "));
}

// Of earlier attempts, only the lines are kept.
void OpeningLog::begin(int number)
{
    if (m_attempts.size() == MaxAttempts)
        m_attempts.removeFirst();
    if (!m_attempts.isEmpty())
        m_attempts.last().exchanges.clear();
    m_attempts.append(Attempt{number, {}, {}});
    m_clock.start();
}

void OpeningLog::addStep(Ws::OpeningStep step, qint64 elapsedUs)
{
    const QString names[] = {tr("Name resolved"), tr("Connected"), tr("TLS established"), tr("Request sent"),
                             tr("Answer received")};
    if (!isFull())
        m_attempts.last().lines.append(Line{names[step], milliseconds(elapsedUs)});
}

void OpeningLog::add(const QString &name, const QString &value)
{
    if (isFull())
        return;
    const QString time = milliseconds(m_clock.nsecsElapsed() / 1000);
    m_attempts.last().lines.append(Line{name, QStringLiteral("%1, %2").arg(time, value)});
}

void OpeningLog::addRequest(const WsRequest &request, qint64 elapsedUs)
{
    if (!m_attempts.isEmpty() && m_attempts.constLast().exchanges.size() < MaxExchanges)
        m_attempts.last().exchanges.append(Exchange{request, WsResponse(), milliseconds(elapsedUs), {}});
}

void OpeningLog::setResponse(const WsResponse &response)
{
    if (response.status() == 0 || m_attempts.isEmpty() || m_attempts.constLast().exchanges.isEmpty())
        return;
    Exchange &exchange = m_attempts.last().exchanges.last();
    exchange.response = response;
    if (exchange.responseTime.isEmpty())
        exchange.responseTime = milliseconds(m_clock.nsecsElapsed() / 1000);
}

bool OpeningLog::isFull() const
{
    return m_attempts.isEmpty() || m_attempts.constLast().lines.size() >= MaxLines;
}
