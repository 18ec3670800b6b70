// SPDX-License-Identifier: MIT
#ifndef TARGETCHECK_H
#define TARGETCHECK_H

#include "../pieces.h"
#include "../script.h"

#include "protocol/wsfilerequest.h"
#include "protocol/wsroutepattern.h"

#include <QtCore/qstringlist.h>

// What must hold for the targets of requests: which route matches, which file is meant, and which part of it.
namespace TargetCheck {

// --- files

inline QByteArray checkFileName(const QByteArray &target)
{
    const QString name = wsFileName(target);
    if (name.isEmpty())
        return {};
    if (name.startsWith(QLatin1Char('/')) || name.contains(QChar(u'\0'))
        || name.contains(QLatin1String("//")))
        return "leads out of the folder: " + name.toUtf8();
    for (const QString &part : name.split(QLatin1Char('/'))) {
        if (part.isEmpty() || part == QLatin1String(".") || part == QLatin1String(".."))
            return "leads elsewhere: " + name.toUtf8();
    }
    const QByteArray again = '/' + name.toUtf8().toPercentEncoding("/");
    return wsFileName(again) == name ? QByteArray() : "the name of " + again + " is another";
}

// A redirect must not lead to another server.
inline QByteArray checkWithSlash(const QByteArray &target)
{
    if (!wsIsRequestTarget(target) || !target.startsWith('/') || wsTargetPath(target).endsWith('/'))
        return {};
    const QByteArray next = wsWithSlash(target);
    const bool isElsewhere = !next.startsWith('/') || next.startsWith("//") || next.startsWith("/\\");
    if (isElsewhere || !wsIsRequestTarget(next))
        return "redirects elsewhere: " + next;
    const QByteArrayView path = wsTargetPath(next);
    return path.endsWith('/') && next.endsWith(target.sliced(wsTargetPath(target).size()))
               ? QByteArray()
               : "lost something: " + next;
}

// Of digits, which may be more than any number has.
inline bool isLess(QByteArray a, QByteArray b)
{
    for (QByteArray *const digits : {&a, &b}) {
        while (digits->startsWith('0'))
            digits->remove(0, 1);
    }
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

// RFC 9110 §14.1.2 in the simplest way: what one range of bytes means. Sizes are small enough for a double.
inline std::optional<WsByteRange> expectedRange(const QByteArray &value, qint64 size)
{
    const QByteArray range = value.sliced(6).trimmed();
    const QByteArrayList parts = range.split('-');
    const QByteArray first = parts.value(0);
    const QByteArray last = parts.value(1);
    const auto isDigits = [](const QByteArray &text) { return text.isEmpty() || wsIsNumber(text); };
    if (parts.size() != 2 || !isDigits(first) || !isDigits(last) || (first.isEmpty() && last.isEmpty()))
        return {};
    if (first.isEmpty()) {
        const double count = qMin(last.toDouble(), double(size));
        return WsByteRange{count > 0 ? size - qint64(count) : 0, qint64(count)};
    }
    if (!last.isEmpty() && isLess(last, first))
        return {};
    if (first.toDouble() >= double(size))
        return WsByteRange{};
    const qint64 start = first.toLongLong();
    const double end = last.isEmpty() ? double(size - 1) : qMin(last.toDouble(), double(size - 1));
    return WsByteRange{start, qint64(end) - start + 1};
}

inline QByteArray checkRange(const QByteArray &value, qint64 size, const WsHeaders &conditions)
{
    if (!wsIsFieldValue(value))
        return {};
    const WsFileVersion version = {"\"tag\"", 784111777};
    const auto range = wsRequestedRange({{"Range", value}}, size, version, 1000000000);
    if (range
        && (range->start < 0 || range->size < 0 || range->size > size || range->start > size - range->size))
        return "a part that the file does not have";
    const bool isOne = value.left(6).toLower() == "bytes=" && !value.contains(',');
    const auto expected = isOne ? expectedRange(value, size) : std::nullopt;
    const bool isSame =
        range.has_value() == expected.has_value()
        && (!range
            || (range->size == expected->size && (range->size == 0 || range->start == expected->start)));
    if (!isSame)
        return "another part than expected of " + QByteArray::number(size);
    // With conditions it is the same part or the whole file.
    const auto conditional =
        wsRequestedRange(conditions + WsHeaders{{"Range", value}}, size, version, 1000000000);
    (void)wsIsUnchanged(conditions, version, 1000000000);
    const bool isSameOrAll =
        !conditional || (range && conditional->start == range->start && conditional->size == range->size);
    return isSameOrAll ? QByteArray() : QByteArray("another part on a condition");
}

inline QByteArray checkFile(const QByteArray &input)
{
    Fuzzing::Script script(input);
    const qint64 size = script.byte() < 250 ? script.byte() : qint64(script.byte()) << 40;
    const QByteArrayList texts = Fuzzing::textsIn(script.bytes(input.size()));
    WsHeaders conditions;
    for (const char *const name : {"If-Range", "If-None-Match", "If-Modified-Since"}) {
        if (const QByteArray value = texts.value(2 + conditions.size());
            wsIsFieldValue(value) && !value.isEmpty())
            conditions.append({name, value});
    }
    return Fuzzing::firstOf([&] { return checkFileName(texts.first()); },
                            [&] { return checkWithSlash(texts.first()); },
                            [&] { return checkRange(texts.value(1), size, conditions); });
}

// --- routes

// Fills the parameters of a pattern with \a values, which have no slash but for that of a rest.
inline QByteArray filledIn(const QString &pattern, const QByteArrayList &values, QVariantMap *parameters)
{
    QByteArrayList parts;
    for (QString part : pattern.sliced(1).split(QLatin1Char('/'))) {
        if (!part.startsWith(QLatin1Char('{'))) {
            parts.append(part.toUtf8().toPercentEncoding());
            continue;
        }
        const bool isRest = part.endsWith(QLatin1String("...}"));
        part = part.sliced(1).chopped(isRest ? 4 : 1);
        const QString value = QString::fromUtf8("v" + values.value(parameters->size()));
        parts.append(value.toUtf8().toPercentEncoding(isRest ? "/" : ""));
        parameters->insert(part, value);
    }
    return '/' + parts.join('/');
}

inline QByteArray checkRoute(const WsRoutePattern &pattern, const QByteArrayList &values)
{
    WsRoutePattern again;
    if (!WsRoutePattern::parse(pattern.text(), &again).isEmpty() || again != pattern)
        return "its text is another pattern";
    QVariantMap parameters;
    const QByteArray path = filledIn(pattern.text(), values, &parameters);
    const auto found = pattern.match(WsRoutePath(path, pattern.segmentCount()));
    if (!found || *found != parameters)
        return "does not match the path that it makes: " + path;
    return {};
}

// The order of patterns is one, and does not depend on how many segments a path is cut into.
inline QByteArray checkPatterns(const QList<WsRoutePattern> &patterns, const QByteArray &target)
{
    const QByteArray path = wsTargetPath(target).toByteArray();
    for (const WsRoutePattern &a : patterns) {
        const auto found = a.match(WsRoutePath(path, a.segmentCount()));
        if (found != a.match(WsRoutePath(path, a.segmentCount() + 5)))
            return "depends on the longest pattern";
        for (const WsRoutePattern &b : patterns) {
            if (((a <=> b) < 0) != ((b <=> a) > 0))
                return "the order is not the reverse";
            if (a == b && found.has_value() != b.match(WsRoutePath(path, 50)).has_value())
                return "equal patterns do not match the same";
            for (const WsRoutePattern &c : patterns) {
                if (a < b && b < c && !(a < c))
                    return "the order goes round in a circle";
                if (a == b && b == c && a != c)
                    return "equal to one that is equal, but not equal";
            }
        }
    }
    return {};
}

inline QByteArray checkRoutes(const QByteArray &input)
{
    const QByteArrayList texts = Fuzzing::textsIn(input);
    QList<WsRoutePattern> patterns;
    for (const QByteArray &text : texts.mid(1, 5)) {
        WsRoutePattern pattern;
        if (text.size() > 200 || !WsRoutePattern::parse(QString::fromUtf8(text), &pattern).isEmpty())
            continue;
        if (const QByteArray wrong = checkRoute(pattern, texts.mid(1)); !wrong.isEmpty())
            return wrong;
        patterns.append(pattern);
    }
    return checkPatterns(patterns, texts.first());
}

inline QByteArray check(const QByteArray &input)
{
    if (input.isEmpty())
        return {};
    const QByteArray bytes = input.sliced(1);
    return quint8(input[0]) % 2 == 0 ? checkFile(bytes) : checkRoutes(bytes);
}

} // namespace TargetCheck

#endif // TARGETCHECK_H
