// SPDX-License-Identifier: MIT
#ifndef PASSWORDPROMPT_H
#define PASSWORDPROMPT_H

#include <QtCore/qstring.h>

#include <optional>

// Asks for a password on the terminal and does not show what is typed. Returns nothing if the standard input
// is not a terminal, or if the user gives up with Ctrl-C or Ctrl-D.
std::optional<QString> askForPassword(const QString &prompt);

#endif // PASSWORDPROMPT_H
