// SPDX-License-Identifier: MIT
#ifndef LOGFILE_H
#define LOGFILE_H

#include "logentry.h"

#include <QtCore/QList>

// The log as a file: one JSON object a line where the name ends in .jsonl, otherwise text to read.
namespace LogFile {
bool save(const QString &fileName, const QList<LogEntry> &entries, QString *error);
} // namespace LogFile

#endif // LOGFILE_H
