// SPDX-License-Identifier: MIT
#ifndef WSBROKERENVELOPE_H
#define WSBROKERENVELOPE_H

#include <WsKit/ws.h>

#include <QtCore/qbytearray.h>
#include <QtCore/qstring.h>
#include <QtCore/quuid.h>

#include <optional>

// A message as it travels through a broker:
//
//     byte  0: 0xFF "WsK", with which no text begins, because 0xFF is not UTF-8
//           4: the version, 1
//           5: flags: 1, it is binary; 2, it has a key
//           6: the origin, the id of the broker object that has published it, 16 bytes
//          22: its number among the messages of the origin to its topic, 8 bytes, the highest first
//          30: with a key: its size in bytes, 4 bytes, and the key in UTF-8
//              the payload
//
// What does not begin with these four bytes was published by another program, and is all payload.
struct WsBrokerEnvelope
{
    Ws::MessageType type = Ws::Text;
    QUuid origin; // null: the message is of another program
    quint64 number = 0;
    std::optional<QString> key;
    QByteArrayView payload;

    // The most that an envelope adds to a payload and a key.
    static constexpr qint64 Overhead = 34;
    static constexpr qsizetype NumberAt = 22;

    QByteArray encoded() const;
    // Writes the number into an envelope that was encoded without it.
    static void setNumber(QByteArray *encoded, quint64 number);
    // Returns nothing if \a data is of a version that is not known, or cut short. The result refers to it.
    static std::optional<WsBrokerEnvelope> decode(QByteArrayView data);
};

#endif // WSBROKERENVELOPE_H
