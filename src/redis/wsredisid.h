// SPDX-License-Identifier: MIT
#ifndef WSREDISID_H
#define WSREDISID_H

#include <QtCore/qbytearray.h>

#include <compare>
#include <limits>
#include <optional>

// The id of an entry in a stream of Redis, such as "1700000000000-0". "0-0" is before all of them.
struct WsRedisId
{
    quint64 time = 0;
    quint64 number = 0;

    // Redis writes both numbers, without a sign and without spaces.
    static std::optional<WsRedisId> parse(const QByteArray &text)
    {
        const qsizetype hyphen = text.indexOf('-');
        bool isTime = false;
        bool isNumber = false;
        const WsRedisId id{text.left(hyphen).toULongLong(&isTime),
                           text.mid(hyphen + 1).toULongLong(&isNumber)};
        return hyphen > 0 && isTime && isNumber ? std::optional(id) : std::nullopt;
    }
    QByteArray toText() const { return QByteArray::number(time) + '-' + QByteArray::number(number); }
    // Nothing is after the greatest one.
    std::optional<WsRedisId> next() const
    {
        constexpr quint64 Greatest = std::numeric_limits<quint64>::max();
        if (number < Greatest)
            return WsRedisId{time, number + 1};
        return time < Greatest ? std::optional(WsRedisId{time + 1, 0}) : std::nullopt;
    }

    friend auto operator<=>(const WsRedisId &, const WsRedisId &) = default;
};

#endif // WSREDISID_H
