// SPDX-License-Identifier: MIT
#ifndef PICTURE_H
#define PICTURE_H

#include <QtCore/qbytearray.h>
#include <QtCore/qjsonobject.h>

#include <optional>

// A picture as it is sent in one binary message: the length of the header in two bytes, the header as JSON,
// and the bytes of the picture.
struct Picture
{
    QJsonObject header;
    QByteArray data;

    // Returns nothing if it is not a picture. Keeps only the members of the header that PROTOCOL.md defines,
    // so that the header cannot grow too long.
    static std::optional<Picture> decode(const QByteArray &message);
    QByteArray encode() const;
};

#endif // PICTURE_H
