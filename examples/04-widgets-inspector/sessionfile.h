// SPDX-License-Identifier: MIT
#ifndef SESSIONFILE_H
#define SESSIONFILE_H

#include "logentry.h"
#include "sessionrecord.h"

// The log as a file: a record of a session, an HTTP archive, or readable lines. The functions return an empty
// text, or what is wrong.
namespace SessionFile {
Session sessionOf(const SessionHead &head, const QList<LogEntry> &entries);
QList<LogEntry> entriesOf(const Session &session);

// The ending of the name decides: .jsonl, .har, or else text. Secrets of the head are left out.
QString save(const QString &fileName, const SessionHead &head, const QList<LogEntry> &entries);
QString load(const QString &fileName, QList<Session> *sessions);
} // namespace SessionFile

#endif // SESSIONFILE_H
