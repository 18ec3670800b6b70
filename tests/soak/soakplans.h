// SPDX-License-Identifier: MIT
#ifndef SOAKPLANS_H
#define SOAKPLANS_H

#include "soakprocess.h"

namespace Soak {
// Which servers a soak has, and what the good clients of each are to do.
QList<Site::Kind> siteKinds();
QList<QJsonObject> plansFor(const Site &site);
QList<QJsonObject> pythonPlansFor(const Site &site);
} // namespace Soak

#endif // SOAKPLANS_H
