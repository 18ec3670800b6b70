// SPDX-License-Identifier: MIT
#include "greenhouse.h"

#include <cmath>

using namespace std::chrono_literals;

namespace {
constexpr double Outside = 9;
constexpr double Coldest = 5;
constexpr double Hottest = 35;
constexpr qsizetype LongestName = 20;
} // namespace

Greenhouse::Greenhouse(QObject *parent) : QObject(parent)
{
    connect(&m_clock, &QTimer::timeout, this, &Greenhouse::step);
    m_clock.start(500ms);
}

// Any client can set this to anything, so the range is checked here and not in the page.
void Greenhouse::setTarget(double target)
{
    target = std::isnan(target) ? m_target : qBound(Coldest, target, Hottest);
    if (qFuzzyCompare(m_target, target))
        return;
    m_target = target;
    Q_EMIT targetChanged();
}

void Greenhouse::setWindowOpen(bool isOpen)
{
    if (m_isWindowOpen == isOpen)
        return;
    m_isWindowOpen = isOpen;
    Q_EMIT windowOpenChanged();
}

void Greenhouse::setVisitors(int count)
{
    if (m_visitors == count)
        return;
    m_visitors = count;
    Q_EMIT visitorsChanged();
}

int Greenhouse::water(const QString &gardener)
{
    if (m_litres == 0)
        return -1;
    m_litres -= 5;
    const QString name = gardener.simplified().left(LongestName);
    Q_EMIT watered(name.isEmpty() ? QStringLiteral("Somebody") : name, m_litres);
    return m_litres;
}

void Greenhouse::step()
{
    const double goal = m_isWindowOpen ? (m_target + 2 * Outside) / 3 : m_target;
    const double next = std::round(10 * (m_temperature + (goal - m_temperature) / 6)) / 10;
    if (qFuzzyCompare(m_temperature, next))
        return;
    m_temperature = next;
    Q_EMIT temperatureChanged();
}
