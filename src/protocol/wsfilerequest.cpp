// SPDX-License-Identifier: MIT
#include "protocol/wsfilerequest.h"

#include "protocol/wsretryafter.h"
#include "protocol/wsroutepattern.h"
#include "protocol/wsutf16.h"

#include <QtCore/qstringlist.h>

#include <algorithm>
#include <limits>

namespace {
// The name of a file or folder, or a null string. A slash that was encoded would hide a path in it, and what
// is not encoded correctly is another path for WsRequest::path().
QString nameFrom(QByteArrayView segment)
{
    if (!wsIsPercentEncoded(segment))
        return {};
    const QByteArray bytes = QByteArray::fromPercentEncoding(segment.toByteArray());
    const bool isForbidden = bytes == "." || bytes == ".." || bytes.contains('\0') || bytes.contains('/');
    if (isForbidden || !QUtf8StringView(bytes).isValidUtf8())
        return {};
#ifdef Q_OS_WIN
    // Other separators, drives and streams; and what Windows removes from the end of a name.
    if (bytes.contains('\\') || bytes.contains(':') || bytes.endsWith('.') || bytes.endsWith(' '))
        return {};
#endif
    return wsStringFromUtf8(bytes); // U+FEFF at the start is a part of it: "\uFEFF." is not "."
}

// "W/" marks a weak tag, RFC 9110 §8.8.3.2.
QByteArrayView opaque(QByteArrayView tag)
{
    return tag.startsWith("W/") ? tag.sliced(2) : tag;
}

std::optional<qint64> dateIn(const WsHeaders &headers, QByteArrayView name, qint64 now)
{
    return wsHeaderCount(headers, name) == 1 ? wsParseHttpDate(wsHeader(headers, name), now) : std::nullopt;
}

std::optional<qint64> number(QByteArrayView digits)
{
    if (!wsIsNumber(digits))
        return {};
    bool isSmall = false;
    const qint64 value = digits.toLongLong(&isSmall);
    return isSmall ? value : std::numeric_limits<qint64>::max();
}

// RFC 9110 §13.1.5: the part is wanted only of the version that the client has a part of.
bool isRangeOf(const WsHeaders &headers, const WsFileVersion &version, qint64 now)
{
    if (wsHeaderCount(headers, "If-Range") == 0)
        return true;
    const QByteArray value = wsHeader(headers, "If-Range");
    if (value.endsWith('"'))
        return value == version.tag && !value.startsWith("W/");
    return version.modified && dateIn(headers, "If-Range", now) == version.modified;
}

WsByteRange fromTo(qint64 first, qint64 last, qint64 size)
{
    if (first >= size)
        return {};
    return {first, std::min(last, size - 1) - first + 1};
}
} // namespace

QString wsFileName(QByteArrayView target)
{
    QStringList names;
    QByteArrayView rest = wsTargetPath(target);
    if (!rest.startsWith('/'))
        return {};
    while (!rest.isEmpty()) {
        rest = rest.sliced(1);
        const qsizetype slash = rest.indexOf('/');
        const QByteArrayView segment = slash < 0 ? rest : rest.first(slash);
        rest = rest.sliced(segment.size());
        if (segment.isEmpty() && rest.isEmpty())
            break; // of a folder
        const QString name = nameFrom(segment);
        if (name.isEmpty())
            return {};
        names.append(name);
    }
    return names.isEmpty() ? QStringLiteral("") : names.join(u'/');
}

// A path that begins with two slashes would lead to another server, and a browser takes a backslash for one.
QByteArray wsWithSlash(QByteArrayView target)
{
    QByteArrayView path = wsTargetPath(target);
    const QByteArrayView query = target.sliced(path.size());
    while (path.startsWith("//"))
        path = path.sliced(1);
    return path.toByteArray().replace('\\', "%5C") + '/' + query.toByteArray();
}

bool wsIsForAnotherVersion(const WsHeaders &headers, const WsFileVersion &version, qint64 now)
{
    if (wsHeaderCount(headers, "If-Match") > 0) { // §13.1.1: a weak tag matches nothing
        const QList<QByteArray> tags = wsHeaderList(headers, "If-Match");
        const bool isStrong = version.tag.startsWith('"');
        return !tags.contains("*") && !(isStrong && tags.contains(version.tag));
    }
    const std::optional<qint64> since = dateIn(headers, "If-Unmodified-Since", now); // §13.1.4
    return since && version.modified && *version.modified > *since;
}

bool wsIsUnchanged(const WsHeaders &headers, const WsFileVersion &version, qint64 now)
{
    if (wsHeaderCount(headers, "If-None-Match") > 0) {
        const QList<QByteArray> tags = wsHeaderList(headers, "If-None-Match");
        return std::any_of(tags.begin(), tags.end(), [&](const QByteArray &tag) {
            return tag == "*" || (!version.tag.isEmpty() && opaque(tag) == opaque(version.tag));
        });
    }
    const std::optional<qint64> since = dateIn(headers, "If-Modified-Since", now);
    return since && version.modified && *version.modified <= *since;
}

std::optional<WsByteRange> wsRequestedRange(const WsHeaders &headers, qint64 size,
                                            const WsFileVersion &version, qint64 now)
{
    constexpr QByteArrayView Unit = "bytes=";
    const QByteArray value = wsHeader(headers, "Range");
    const bool isOne = wsHeaderCount(headers, "Range") == 1 && !value.contains(',');
    if (!isOne || !wsIsSameName(value.first(std::min(value.size(), Unit.size())), Unit))
        return {};
    const QByteArray range = value.sliced(Unit.size()).trimmed();
    const qsizetype dash = range.indexOf('-');
    if (dash < 0 || !isRangeOf(headers, version, now))
        return {};
    const std::optional<qint64> first = number(range.first(dash));
    const std::optional<qint64> last = number(range.sliced(dash + 1));
    if (first && last)
        return *last < *first ? std::nullopt : std::optional(fromTo(*first, *last, size));
    if (first && dash == range.size() - 1)
        return fromTo(*first, size - 1, size);
    if (last && dash == 0) // so many from the end
        return *last == 0 ? WsByteRange() : fromTo(std::max(size - *last, qint64(0)), size - 1, size);
    return {};
}
