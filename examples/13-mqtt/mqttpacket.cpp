// SPDX-License-Identifier: MIT
#include "mqttpacket.h"

#include <QtCore/QIODevice>

namespace {
// Section 2.2.3: seven bits in each byte, the lowest first, in at most four bytes.
QByteArray encodedLength(qsizetype length)
{
    QByteArray bytes;
    do {
        const auto low = int(length % 128);
        length /= 128;
        bytes += char(length > 0 ? low | 128 : low);
    } while (length > 0);
    return bytes;
}
} // namespace

QByteArray MqttPacket::encoded() const
{
    return char(type << 4 | flags) + encodedLength(body.size()) + body;
}

QByteArray mqttNumber(quint16 number)
{
    return QByteArray(1, char(number >> 8)) + char(number & 0xFF);
}

QByteArray mqttString(const QByteArray &utf8)
{
    const QByteArray fitting = utf8.first(qMin<qsizetype>(utf8.size(), 0xFFFF));
    return mqttNumber(quint16(fitting.size())) + fitting;
}

std::optional<QByteArray> takeMqttString(QByteArray *body)
{
    if (body->size() < 2)
        return {};
    const int size = quint8(body->at(0)) << 8 | quint8(body->at(1));
    if (body->size() < 2 + size)
        return {};
    const QByteArray text = body->sliced(2, size);
    body->remove(0, 2 + size);
    return text;
}

//! [read]
MqttRead readMqttPacket(QIODevice *device, MqttPacket *packet)
{
    const QByteArray start = device->peek(5); // the type and the length
    qint64 length = 0;
    qsizetype size = 1;
    bool isLengthComplete = false;
    for (; size < start.size() && !isLengthComplete; ++size) {
        length |= qint64(start.at(size) & 127) << 7 * (size - 1);
        isLengthComplete = !(start.at(size) & 128);
    }
    if (!isLengthComplete)
        return start.size() < 5 ? MqttRead::Incomplete : MqttRead::Invalid;
    if (length > MqttPacket::MaxSize)
        return MqttRead::Invalid;
    if (device->bytesAvailable() < size + length)
        return MqttRead::Incomplete;
    const QByteArray bytes = device->read(size + length);
    packet->type = quint8(bytes.at(0)) >> 4;
    packet->flags = bytes.at(0) & 15;
    packet->body = bytes.sliced(size);
    return MqttRead::Complete;
}
//! [read]
