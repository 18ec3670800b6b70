// SPDX-License-Identifier: MIT
#ifndef SOAKLANES_H
#define SOAKLANES_H

#include "soaklane.h"

#include <memory>

namespace Soak {
std::unique_ptr<Lane> makeEchoLane(const LanePlan &plan, quint32 seed);
std::unique_ptr<Lane> makeStreamLane(const LanePlan &plan, quint32 seed);
std::unique_ptr<Lane> makeTopicLane(const LanePlan &plan, quint32 seed);
std::unique_ptr<Lane> makeBlockingLane(const LanePlan &plan,
                                       quint32 seed); // in a thread without an event loop
} // namespace Soak

#endif // SOAKLANES_H
