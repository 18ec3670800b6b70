// SPDX-License-Identifier: MIT
#ifndef JSONLOG_H
#define JSONLOG_H

// From now on, everything that the program, the library and Qt log is written to the standard output as one
// JSON object a line: time, level, category and message. The lines of the access log have a field for each
// of their values instead of a message.
//
//     {"category":"service","level":"info","message":"listening on …","time":"2026-01-31T12:00:00.000Z"}
//
// If the output is the journal, each line begins with its priority, as sd-daemon(3) describes it; the journal
// removes that.
void logAsJson();

#endif // JSONLOG_H
