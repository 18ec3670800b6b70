// SPDX-License-Identifier: MIT
#ifndef MESSAGETEXT_H
#define MESSAGETEXT_H

#include <QtCore/qbytearray.h>
#include <QtCore/qstring.h>

// All of the text of a message. QString::fromUtf8() drops the byte order mark that it may begin with.
QString messageText(QByteArrayView utf8);

// JSON that QJsonDocument reads as it is. It would drop the byte order marks that strings begin with.
QByteArray exactJson(QByteArray json);

// A peer's text must not move the cursor, change the title or colour the terminal. Characters that are not
// printable are shown as control pictures, except line breaks and tabs.
QString withoutControls(QString text);

// The same, and line breaks are shown as pictures too, for what follows must not look like another line.
QString inOneLine(QString text);

#endif // MESSAGETEXT_H
