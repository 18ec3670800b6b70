// SPDX-License-Identifier: MIT
#ifndef WSUTF16_H
#define WSUTF16_H

#include <QtCore/qbytearray.h>
#include <QtCore/qstring.h>

// Between the UTF-8 of messages and the UTF-16 of QString. What is invalid becomes the same as with Qt's
// functions.

// Unlike QString::fromUtf8(), keeps U+FEFF at the start: in a message it is a character, not a byte order
// mark.
QString wsStringFromUtf8(QByteArrayView utf8);
// The same into \a text, which has as many characters as \a utf8 has bytes.
void wsDecodeUtf8(QByteArrayView utf8, QString *text);
// As QString::toUtf8().
QByteArray wsUtf8From(QStringView text);
// Writes \a text to \a out, which has room for as many bytes. Returns false if it is not all ASCII.
bool wsEncodeAscii(QStringView text, char *out);

#endif // WSUTF16_H
