// SPDX-License-Identifier: MIT
#ifndef WSHISTORYID_H
#define WSHISTORYID_H

#include <QtCore/qstring.h>

#include <algorithm>
#include <compare>
#include <limits>
#include <optional>

// The id of a message in the history of its topic, written as two decimal numbers: "1700000000000-0". Later
// messages have greater ones. The null id, "0-0", is before all of them.
struct WsHistoryId
{
    quint64 time = 0;
    quint64 number = 0;

    bool isNull() const { return time == 0 && number == 0; }
    // The greatest id before this one, which is not null.
    WsHistoryId previous() const
    {
        return number > 0 ? WsHistoryId{time, number - 1}
                          : WsHistoryId{time - 1, std::numeric_limits<quint64>::max()};
    }
    QString toString() const { return QString::number(time) + u'-' + QString::number(number); }
    // Without the second number, which is then 0. Returns nothing if \a text is not an id.
    static std::optional<WsHistoryId> parse(QStringView text)
    {
        const qsizetype hyphen = text.indexOf(u'-');
        const std::optional<quint64> time = parsedNumber(hyphen < 0 ? text : text.first(hyphen));
        const std::optional<quint64> number =
            hyphen < 0 ? quint64(0) : parsedNumber(text.sliced(hyphen + 1));
        if (!time || !number)
            return {};
        return WsHistoryId{*time, *number};
    }

    friend auto operator<=>(const WsHistoryId &, const WsHistoryId &) = default;

private:
    // QStringView::toULongLong() also takes signs and spaces.
    static std::optional<quint64> parsedNumber(QStringView text)
    {
        const auto isDigit = [](QChar letter) { return letter >= u'0' && letter <= u'9'; };
        bool isNumber = false;
        const quint64 number = text.toULongLong(&isNumber);
        if (!isNumber || !std::all_of(text.begin(), text.end(), isDigit))
            return {};
        return number;
    }
};

#endif // WSHISTORYID_H
