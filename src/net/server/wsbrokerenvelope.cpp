// SPDX-License-Identifier: MIT
#include "net/server/wsbrokerenvelope.h"

#include "protocol/wsutf8.h"

#include <QtCore/qendian.h>

namespace {
constexpr QByteArrayView Mark("\xFFWsK", 4);
constexpr char Version = 1;
constexpr qsizetype VersionAt = 4;
constexpr qsizetype FlagsAt = 5;
constexpr qsizetype OriginAt = 6;
constexpr qsizetype OriginSize = 16;
constexpr qsizetype HeadSize = 30;
enum Flag : quint8 { Binary = 1, Keyed = 2 };
} // namespace

QByteArray WsBrokerEnvelope::encoded() const
{
    const QByteArray utf8 = key ? key->toUtf8() : QByteArray();
    const qsizetype keySize = key ? qsizetype(sizeof(quint32)) + utf8.size() : 0;
    QByteArray data;
    data.reserve(HeadSize + keySize + payload.size());
    data.append(Mark).append(Version);
    data.append(char((type == Ws::Binary ? Binary : 0) | (key ? Keyed : 0)));
    data.append(origin.toRfc4122());
    data.resize(HeadSize);
    setNumber(&data, number);
    if (key) {
        const quint32 size = qToBigEndian(quint32(utf8.size()));
        data.append(reinterpret_cast<const char *>(&size), sizeof size).append(utf8);
    }
    return data.append(payload);
}

void WsBrokerEnvelope::setNumber(QByteArray *encoded, quint64 number)
{
    qToBigEndian(number, encoded->data() + NumberAt);
}

std::optional<WsBrokerEnvelope> WsBrokerEnvelope::decode(QByteArrayView data)
{
    WsBrokerEnvelope envelope;
    if (!data.startsWith(Mark)) {
        envelope.payload = data;
        envelope.type = wsIsValidUtf8(data) ? Ws::Text : Ws::Binary;
        return envelope;
    }
    if (data.size() < HeadSize || data.at(VersionAt) != Version)
        return {};
    const quint8 flags = quint8(data.at(FlagsAt));
    if (flags & ~(Binary | Keyed))
        return {};
    envelope.type = flags & Binary ? Ws::Binary : Ws::Text;
    envelope.origin = QUuid::fromRfc4122(data.sliced(OriginAt, OriginSize).toByteArray());
    envelope.number = qFromBigEndian<quint64>(data.data() + NumberAt);
    QByteArrayView rest = data.sliced(HeadSize);
    if (flags & Keyed) {
        constexpr qsizetype SizeSize = sizeof(quint32);
        if (rest.size() < SizeSize)
            return {};
        const quint32 size = qFromBigEndian<quint32>(rest.data());
        rest = rest.sliced(SizeSize);
        if (size > quint64(rest.size()))
            return {};
        envelope.key = QString::fromUtf8(rest.first(qsizetype(size)));
        rest = rest.sliced(qsizetype(size));
    }
    envelope.payload = rest;
    return envelope;
}
