// SPDX-License-Identifier: MIT
#ifndef WSKITCOMMAND_H
#define WSKITCOMMAND_H

#include <QtCore/QString>

struct ConnectionSettings;

// The command line that connects in the same way, for a POSIX shell. Secrets are left out, and the tool asks
// for a password.
QString wskitCommand(const ConnectionSettings &settings);

#endif // WSKITCOMMAND_H
