// SPDX-License-Identifier: MIT
#ifndef HOUSETHERMOSTAT_H
#define HOUSETHERMOSTAT_H

#include "rep_thermostat_merged.h"

// The thermostat of the server.
class HouseThermostat : public ThermostatSimpleSource
{
    Q_OBJECT

public:
    double raise(double degrees) override;
    void pushTarget(double target) override;
};

#endif // HOUSETHERMOSTAT_H
