// SPDX-License-Identifier: MIT
#ifndef SOAKMESSAGE_H
#define SOAKMESSAGE_H

#include <WsKit/WsMessage>

#include <QtCore/qrandom.h>

namespace Soak {
// CRC-32.
quint32 checksum(QByteArrayView bytes, quint32 before = 0);

// A message that says its number on its connection and its checksum, if it is large enough for that. Text is
// UTF-8 with characters of one and three bytes. Half of them can be compressed well.
constexpr qsizetype HeaderSize = 20; // "number:checksum:"
WsMessage withHeader(quint32 number, Ws::MessageType type, const QByteArray &body);
WsMessage numberedMessage(quint32 number, Ws::MessageType type, qsizetype size, QRandomGenerator *random);

// Text may be cut at multiples of this, where no character is.
constexpr qsizetype TextCell = 16;

// Bytes of this size that can be compressed, or not; \a offset makes them differ.
QByteArray bytesFor(bool isCompressible, qsizetype size, quint32 offset);

// Whether messages arrive as numberedMessage() has made them, each once and in order.
class MessageCheck
{
public:
    // Returns what is wrong, or nothing.
    QString take(QByteArrayView message);
    quint32 count() const { return m_count; }

private:
    quint32 m_count = 0;
};

// The sizes at which the format of frames changes, and those in between.
enum class Sizes { Small, Large };
qsizetype anySize(Sizes sizes, QRandomGenerator *random);
} // namespace Soak

#endif // SOAKMESSAGE_H
