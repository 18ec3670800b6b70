// SPDX-License-Identifier: MIT
#ifndef SOAKREPORT_H
#define SOAKREPORT_H

#include "soakcourse.h"

namespace Soak {
// Prints all figures of a soak.
void printReport(const Course &course);
} // namespace Soak

#endif // SOAKREPORT_H
