// SPDX-License-Identifier: MIT
#ifndef SECRETS_H
#define SECRETS_H

#include <QtCore/QByteArray>

// 256 bits from the system's generator, as text that fits into a cookie and into a URL.
QByteArray newSecret();

// What is stored instead of a secret: whoever reads the table cannot log in with it, and the time that a
// lookup takes tells nothing about the secret.
QByteArray fingerprint(const QByteArray &secret);

// Takes as long whether the first byte differs or the last.
bool isSame(const QByteArray &a, const QByteArray &b);

#endif // SECRETS_H
