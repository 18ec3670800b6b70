// SPDX-License-Identifier: MIT
#ifndef HARFILE_H
#define HARFILE_H

#include "sessionrecord.h"

// Sessions in the format of browsers: HTTP Archive 1.2, with the messages in `_webSocketMessages` as Chromium
// has them. Control frames are not part of it.

// Secrets have to be removed before, with SessionHead::withoutSecrets().
QByteArray sessionsToHar(const QList<Session> &sessions);

// The sessions of an archive, without its other requests. Returns an empty text, or what is wrong.
QString sessionsFromHar(const QByteArray &har, QList<Session> *sessions);

#endif // HARFILE_H
