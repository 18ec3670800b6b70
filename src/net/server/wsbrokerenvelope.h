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
//           5: flags. Those of the lower half have to be understood: 1, it is binary; 2, it has a key. Those
//              of the upper half may be ignored
//           6: the origin, the id of the broker object that has published it, 16 bytes
//          22: its number among the messages of the origin to its topic, 8 bytes
//          30: the size of what follows before the payload, 4 bytes
//          34: with a key: its size in bytes, 4 bytes, and the key in UTF-8
//              what later versions add, and others skip
//              the payload
//
// Numbers begin with the highest byte. What does not begin with the first four bytes was published by another
// program, and is all payload.
struct WsBrokerEnvelope
{
    Ws::MessageType type = Ws::Text; // of another program: not known
    QUuid origin;                    // null: the message is of another program
    quint64 number = 0;
    std::optional<QString> key;
    QByteArrayView payload;

    // The most that an envelope adds to a payload and a key.
    static constexpr qint64 Overhead = 38;
    // The longest key, and the longest topic, in UTF-8.
    static constexpr qsizetype MaxName = 64 * 1024;
    static constexpr qsizetype NumberAt = 22;

    QByteArray encoded() const;
    // Writes the number into an envelope that was encoded without it.
    static void setNumber(QByteArray *encoded, quint64 number);
    // Returns nothing if \a data is of a version that is not known, cut short or otherwise wrong. The result
    // refers to it.
    static std::optional<WsBrokerEnvelope> decode(QByteArrayView data);
    // Whether \a name is no longer than a key or a topic may be.
    static bool isName(const QString &name);
};

#endif // WSBROKERENVELOPE_H
