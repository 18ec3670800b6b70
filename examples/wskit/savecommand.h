// SPDX-License-Identifier: MIT
#ifndef SAVECOMMAND_H
#define SAVECOMMAND_H

#include <QtCore/qstringlist.h>

int runSave(const QStringList &arguments);
int runSaved(const QStringList &arguments);

#endif // SAVECOMMAND_H
