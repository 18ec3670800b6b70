// SPDX-License-Identifier: MIT
#ifndef WSRETRYAFTER_H
#define WSRETRYAFTER_H

#include <QtCore/qbytearrayview.h>

#include <chrono>
#include <optional>

// The longest time that a server can ask its clients to wait.
constexpr std::chrono::seconds WsLongestRetryAfter = std::chrono::hours(24);

// A date of HTTP in any of its three forms (RFC 9110 §5.6.7), in seconds since 1970. A year of two digits is
// within the 50 years after \a now, or before that. Empty if it is not a date.
std::optional<qint64> wsParseHttpDate(QByteArrayView text, qint64 now);

// How long a client is to wait that has received the header Retry-After (RFC 9110 §10.2.3): a number of
// seconds, or a date, compared with the header Date of the same answer, or with \a now if that is missing or
// wrong. At least 0 and at most WsLongestRetryAfter. Empty if there is nothing, or nothing valid.
std::optional<std::chrono::seconds> wsRetryAfter(QByteArrayView retryAfter, QByteArrayView date, qint64 now);

#endif // WSRETRYAFTER_H
