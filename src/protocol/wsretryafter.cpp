// SPDX-License-Identifier: MIT
#include "protocol/wsretryafter.h"

#include <QtCore/qdatetime.h>
#include <QtCore/qtimezone.h>

#include <algorithm>
#include <array>

using std::chrono::seconds;

namespace {
// Reads a text from its beginning. After the first thing that is not there, nothing matches any more.
class Reader
{
public:
    explicit Reader(QByteArrayView text) : m_left(text) { }

    void skip(QByteArrayView expected)
    {
        m_isGood = m_isGood && m_left.startsWith(expected);
        advance(expected.size());
    }
    int number(qsizetype digits)
    {
        int value = 0;
        m_isGood = m_isGood && m_left.size() >= digits;
        for (qsizetype i = 0; m_isGood && i < digits; ++i) {
            const char digit = m_left[i];
            m_isGood = digit >= '0' && digit <= '9';
            value = value * 10 + (digit - '0');
        }
        advance(digits);
        return value;
    }
    // Which of \a names follows.
    template <std::size_t Count>
    int name(const std::array<QByteArrayView, Count> &names)
    {
        const auto found = std::find_if(names.begin(), names.end(),
                                        [this](QByteArrayView one) { return m_left.startsWith(one); });
        m_isGood = m_isGood && found != names.end();
        if (m_isGood)
            advance(found->size());
        return int(found - names.begin());
    }
    bool follows(QByteArrayView expected) const { return m_left.startsWith(expected); }
    bool isComplete() const { return m_isGood && m_left.isEmpty(); }

private:
    void advance(qsizetype size)
    {
        if (m_isGood)
            m_left = m_left.sliced(size);
    }

    QByteArrayView m_left;
    bool m_isGood = true;
};

constexpr std::array<QByteArrayView, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
// The long names first, which begin with the short ones.
constexpr std::array<QByteArrayView, 14> days = {"Monday",   "Tuesday", "Wednesday", "Thursday", "Friday",
                                                 "Saturday", "Sunday",  "Mon",       "Tue",      "Wed",
                                                 "Thu",      "Fri",     "Sat",       "Sun"};

struct Fields
{
    int year = 0;
    int month = 0; // from 0 on
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
};

void readTime(Reader &reader, Fields *fields)
{
    fields->hour = reader.number(2);
    reader.skip(":");
    fields->minute = reader.number(2);
    reader.skip(":");
    fields->second = reader.number(2);
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
void readFixedDate(Reader &reader, Fields *fields)
{
    fields->day = reader.number(2);
    reader.skip(" ");
    fields->month = reader.name(months);
    reader.skip(" ");
    fields->year = reader.number(4);
    reader.skip(" ");
    readTime(reader, fields);
    reader.skip(" GMT");
}

// "Sunday, 06-Nov-94 08:49:37 GMT". RFC 9110: a year that seems to be more than 50 years in the future is in
// the past.
void readRfc850Date(Reader &reader, int yearNow, Fields *fields)
{
    fields->day = reader.number(2);
    reader.skip("-");
    fields->month = reader.name(months);
    reader.skip("-");
    fields->year = yearNow / 100 * 100 + reader.number(2);
    if (fields->year > yearNow + 50)
        fields->year -= 100;
    reader.skip(" ");
    readTime(reader, fields);
    reader.skip(" GMT");
}

// "Sun Nov  6 08:49:37 1994"
void readAsctimeDate(Reader &reader, Fields *fields)
{
    fields->month = reader.name(months);
    reader.skip(" ");
    const bool isShort = reader.follows(" ");
    if (isShort)
        reader.skip(" ");
    fields->day = reader.number(isShort ? 1 : 2);
    reader.skip(" ");
    readTime(reader, fields);
    reader.skip(" ");
    fields->year = reader.number(4);
}

int yearOf(qint64 time)
{
    return QDateTime::fromSecsSinceEpoch(time, QTimeZone::utc()).date().year();
}
} // namespace

std::optional<qint64> wsParseHttpDate(QByteArrayView text, qint64 now)
{
    Reader reader(text);
    Fields fields;
    const bool hasLongName = reader.name(days) < 7;
    const bool isAsctime = !reader.follows(",");
    reader.skip(isAsctime ? " " : ", ");
    if (isAsctime)
        readAsctimeDate(reader, &fields);
    else if (hasLongName)
        readRfc850Date(reader, yearOf(now), &fields);
    else
        readFixedDate(reader, &fields);
    const QDate date(fields.year, fields.month + 1, fields.day);
    const bool isTime = fields.hour < 24 && fields.minute < 60 && fields.second <= 60; // with a leap second
    if (!reader.isComplete() || !date.isValid() || !isTime || (isAsctime && hasLongName))
        return {};
    const qint64 dayNumber = date.toJulianDay() - QDate(1970, 1, 1).toJulianDay();
    return ((dayNumber * 24 + fields.hour) * 60 + fields.minute) * 60 + fields.second;
}

std::optional<seconds> wsRetryAfter(QByteArrayView retryAfter, QByteArrayView date, qint64 now)
{
    const QByteArrayView text = retryAfter.trimmed();
    constexpr qint64 longest = WsLongestRetryAfter.count();
    const bool isNumber = !text.isEmpty() && std::all_of(text.begin(), text.end(), [](char digit) {
        return digit >= '0' && digit <= '9';
    });
    if (isNumber) {
        bool isSmall = false;
        const qint64 value = text.toLongLong(&isSmall);
        return seconds(isSmall ? std::min(value, longest) : longest);
    }
    const std::optional<qint64> time = wsParseHttpDate(text, now);
    if (!time)
        return {};
    const qint64 sent = wsParseHttpDate(date.trimmed(), now).value_or(now);
    return seconds(std::clamp<qint64>(*time - sent, 0, longest));
}
