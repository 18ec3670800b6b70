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
constexpr qsizetype RestSizeAt = 30;
constexpr qsizetype HeadSize = 34;
constexpr qsizetype SizeSize = sizeof(quint32);
enum Flag : quint8 { Binary = 1, Keyed = 2, MayBeIgnored = 0xF0 };

void appendSize(QByteArray *data, qsizetype size)
{
    const quint32 bytes = qToBigEndian(quint32(size));
    data->append(reinterpret_cast<const char *>(&bytes), SizeSize);
}

// Takes a size and as many bytes from the front of \a data. Returns nothing if it is shorter.
std::optional<QByteArrayView> takeSized(QByteArrayView *data)
{
    if (data->size() < SizeSize)
        return {};
    const quint32 size = qFromBigEndian<quint32>(data->data());
    if (size > quint64(data->size() - SizeSize))
        return {};
    const QByteArrayView taken = data->sliced(SizeSize, qsizetype(size));
    *data = data->sliced(SizeSize + qsizetype(size));
    return taken;
}
} // namespace

bool WsBrokerEnvelope::isName(const QString &name)
{
    constexpr qsizetype LongestOfUnit = 3;
    return name.size() <= MaxName / LongestOfUnit || name.toUtf8().size() <= MaxName;
}

QByteArray WsBrokerEnvelope::encoded() const
{
    const QByteArray utf8 = key ? key->toUtf8() : QByteArray();
    const qsizetype keySize = key ? SizeSize + utf8.size() : 0;
    QByteArray data;
    data.reserve(HeadSize + keySize + payload.size());
    data.append(Mark).append(Version);
    data.append(char((type == Ws::Binary ? Binary : 0) | (key ? Keyed : 0)));
    data.append(origin.toRfc4122());
    data.resize(RestSizeAt);
    setNumber(&data, number);
    appendSize(&data, keySize);
    if (key) {
        appendSize(&data, utf8.size());
        data.append(utf8);
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
    envelope.payload = data;
    if (!data.startsWith(Mark))
        return envelope;
    if (data.size() < HeadSize || data.at(VersionAt) != Version)
        return {};
    const quint8 flags = quint8(data.at(FlagsAt));
    if (flags & ~(Binary | Keyed | MayBeIgnored))
        return {};
    envelope.type = flags & Binary ? Ws::Binary : Ws::Text;
    envelope.origin = QUuid::fromRfc4122(data.sliced(OriginAt, OriginSize).toByteArray());
    envelope.number = qFromBigEndian<quint64>(data.data() + NumberAt);
    envelope.payload = data.sliced(RestSizeAt);
    std::optional<QByteArrayView> rest = takeSized(&envelope.payload);
    if (!rest || envelope.origin.isNull())
        return {};
    if (flags & Keyed) {
        const std::optional<QByteArrayView> key = takeSized(&*rest);
        if (!key || key->size() > MaxName || !wsIsValidUtf8(*key))
            return {};
        envelope.key = QString::fromUtf8(*key);
    }
    return envelope;
}
