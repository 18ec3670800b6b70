// SPDX-License-Identifier: MIT
#ifndef PORTARGUMENT_H
#define PORTARGUMENT_H

#include <QtCore/qstring.h>

#include <optional>

// The port that an argument names, 0 for a free one. Nothing if it names none, which is no reason to listen
// on any other.
inline std::optional<quint16> portOf(const QString &argument)
{
    bool isPort = false;
    const quint16 port = argument.toUShort(&isPort);
    return isPort ? std::optional(port) : std::nullopt;
}

#endif // PORTARGUMENT_H
