// SPDX-License-Identifier: MIT
#ifndef SOAKLIMITS_H
#define SOAKLIMITS_H

#include <chrono>

namespace Soak {
// Of the servers. An attempt that took longer may have failed because of that; websockets_lanes.py says the
// same.
constexpr std::chrono::seconds ServerHandshakeTimeout{5};
} // namespace Soak

#endif // SOAKLIMITS_H
