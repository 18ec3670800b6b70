// SPDX-License-Identifier: MIT
#include "tokenfile.h"

#include <QtCore/qfile.h>

#include <algorithm>

namespace {
constexpr qint64 MaxSize = 64 * 1024;

// RFC 6750 §2.1, generously: what a header can contain, and no space.
bool isTokenCharacter(char character)
{
    return character > 0x20 && character < 0x7f;
}
} // namespace

Token readToken(const QString &fileName)
{
    QFile file(fileName);
    if (!file.open(QIODevice::ReadOnly))
        return {{}, QStringLiteral("%1: %2").arg(fileName, file.errorString())};
    const QByteArray token = file.read(MaxSize).trimmed();
    if (token.isEmpty())
        return {{}, QStringLiteral("%1: contains no token").arg(fileName)};
    if (!std::all_of(token.begin(), token.end(), isTokenCharacter))
        return {{}, QStringLiteral("%1: contains more than one line with a token").arg(fileName)};
    return {token, {}};
}
