// SPDX-License-Identifier: MIT
#include "housethermostat.h"

// Returns the new temperature. It is a simple house: the temperature is at once what is wanted.
double HouseThermostat::raise(double degrees)
{
    pushTarget(target() + degrees);
    return temperature();
}

void HouseThermostat::pushTarget(double target)
{
    setTarget(target);
    setTemperature(target);
    if (target > 30)
        Q_EMIT alarm(QStringLiteral("%1 degrees are too warm").arg(target));
}
