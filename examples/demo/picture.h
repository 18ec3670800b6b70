// SPDX-License-Identifier: MIT
#ifndef PICTURE_H
#define PICTURE_H

#include <QtCore/qbytearray.h>
#include <QtCore/qjsonobject.h>

#include <optional>

// A picture as it travels in one binary message: the length of the header in two bytes, the header as JSON,
// the bytes of the picture.
struct Picture
{
    QJsonObject header;
    QByteArray data;

    // Nothing where it is no picture; of the header only what PROTOCOL.md knows, so that it cannot grow too
    // long.
    static std::optional<Picture> decode(const QByteArray &message);
    QByteArray encode() const;
};

#endif // PICTURE_H
