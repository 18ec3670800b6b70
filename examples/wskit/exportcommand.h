// SPDX-License-Identifier: MIT
#ifndef EXPORTCOMMAND_H
#define EXPORTCOMMAND_H

#include "sessionrecord.h"

#include <QtCore/qstringlist.h>

// Reads the sessions of a record, or of an HTTP Archive if the name ends with .har. Returns an empty text, or
// what is wrong.
QString readSessions(const QString &fileName, QList<Session> *sessions);

int runExport(const QStringList &arguments);

#endif // EXPORTCOMMAND_H
