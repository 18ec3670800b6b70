// SPDX-License-Identifier: MIT
#ifndef TOKENFILE_H
#define TOKENFILE_H

#include <QtCore/qbytearray.h>
#include <QtCore/qstring.h>

struct Token
{
    QByteArray value;
    QString problem; // empty if there is a token
};

// Reads a token that is the only line of a file.
Token readToken(const QString &fileName);

#endif // TOKENFILE_H
