// SPDX-License-Identifier: MIT
#ifndef LOGFILE_H
#define LOGFILE_H

#include "logentry.h"

#include <QtCore/QList>

// The log as a file: one JSON object per line if the name ends in .jsonl, otherwise readable text.
namespace LogFile {
bool save(const QString &fileName, const QList<LogEntry> &entries, QString *error);
} // namespace LogFile

#endif // LOGFILE_H
