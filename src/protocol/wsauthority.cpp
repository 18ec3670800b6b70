// SPDX-License-Identifier: MIT
#include "protocol/wsauthority.h"

#include "protocol/wshttphead.h"

#include <QtCore/qurl.h>
#include <QtCore/qvarlengtharray.h>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace {
bool isAlphanumeric(char c)
{
    return wsIsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool isHexDigit(char c)
{
    return wsIsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// RFC 3986 §3.2.2
bool isHostCharacter(char c)
{
    return isAlphanumeric(c) || QByteArrayView("-._~!$&'()*+,;=%").contains(c);
}

// RFC 6874 §2, after the percent sign, which is "%25" in a URL; many programs write "%" alone.
bool isZone(QByteArrayView zone)
{
    return !zone.isEmpty() && std::all_of(zone.begin(), zone.end(), [](char c) {
        return isAlphanumeric(c) || QByteArrayView("-._~%").contains(c);
    });
}

// RFC 3986 §3.2.2. Some programs read a number with a leading zero as octal (RFC 6943 §3.1.1).
bool isIpv4Number(QByteArrayView text)
{
    const bool hasLeadingZero = text.size() > 1 && text.startsWith('0');
    return wsIsNumber(text) && text.size() <= 3 && !hasLeadingZero && text.toInt() <= 255;
}

// The four numbers of an IPv4 address.
std::optional<quint32> parseIpv4(QByteArrayView text)
{
    quint32 address = 0;
    for (int part = 0; part < 4; ++part) {
        const qsizetype dot = text.indexOf('.');
        const QByteArrayView number = dot < 0 ? text : text.first(dot);
        if ((dot < 0) != (part == 3) || !isIpv4Number(number))
            return {};
        address = address << 8 | quint32(number.toInt());
        text = text.sliced(dot + 1);
    }
    return address;
}

using Groups = QVarLengthArray<quint16, 8>;

// Groups of hexadecimal digits between colons. The last two may be written as an IPv4 address.
bool parseGroups(QByteArrayView text, bool isEnd, Groups *groups)
{
    while (!text.isEmpty()) {
        const qsizetype colon = text.indexOf(':');
        const QByteArrayView group = colon < 0 ? text : text.first(colon);
        const auto ipv4 = isEnd && colon < 0 ? parseIpv4(group) : std::nullopt;
        bool isGroup = group.size() <= 4 && std::all_of(group.begin(), group.end(), isHexDigit);
        const quint16 value = isGroup ? group.toUShort(&isGroup, 16) : quint16(0);
        if (ipv4)
            *groups << quint16(*ipv4 >> 16) << quint16(*ipv4);
        else if (isGroup)
            *groups << value;
        else
            return false;
        if (groups->size() > 8 || colon == text.size() - 1)
            return false;
        text = colon < 0 ? QByteArrayView() : text.sliced(colon + 1);
    }
    return true;
}

// RFC 4291 §2.2. Returns no groups if \a text is no IPv6 address, otherwise eight.
Groups parseIpv6(QByteArrayView text)
{
    Groups groups;
    const qsizetype gap = text.indexOf("::");
    if (gap < 0)
        return parseGroups(text, true, &groups) && groups.size() == 8 ? groups : Groups();
    Groups end;
    if (!parseGroups(text.first(gap), false, &groups) || !parseGroups(text.sliced(gap + 2), true, &end))
        return {};
    if (groups.size() + end.size() > 7)
        return {};
    while (groups.size() + end.size() < 8)
        groups << quint16(0);
    groups.append(end.constData(), end.size());
    return groups;
}

// RFC 5952 §4: the longest run of at least two zeros, the first if there are several, becomes "::".
QByteArray ipv6Text(const Groups &groups)
{
    qsizetype gap = 0;
    qsizetype gapSize = 1;
    for (qsizetype at = 0; at < groups.size(); ++at) {
        qsizetype size = 0;
        while (at + size < groups.size() && groups[at + size] == 0)
            ++size;
        if (size > gapSize) {
            gap = at;
            gapSize = size;
        }
    }
    QByteArray text;
    for (qsizetype at = 0; at < groups.size(); ++at) {
        if (gapSize > 1 && at == gap) {
            text += "::";
            at += gapSize - 1;
            continue;
        }
        if (!text.isEmpty() && !text.endsWith(':'))
            text += ':';
        text += QByteArray::number(groups[at], 16);
    }
    return text;
}

// Of an IPv6 address in brackets.
QByteArrayView withoutZone(QByteArrayView host)
{
    const QByteArrayView inside = host.sliced(1, host.size() - 2);
    const qsizetype percent = inside.indexOf('%');
    return percent < 0 ? inside : inside.first(percent);
}

bool isHost(QByteArrayView host)
{
    if (!host.startsWith('['))
        return !host.isEmpty() && std::all_of(host.begin(), host.end(), isHostCharacter);
    const QByteArrayView address = withoutZone(host);
    const QByteArrayView zone = host.sliced(1 + address.size()).chopped(1);
    return (zone.isEmpty() || isZone(zone.sliced(1))) && !parseIpv6(address).isEmpty();
}
} // namespace

std::optional<WsAuthority> wsParseAuthority(QByteArrayView text)
{
    const qsizetype hostSize = text.startsWith('[') ? text.indexOf(']') + 1 : text.indexOf(':');
    WsAuthority result{hostSize < 0 ? text : text.first(hostSize), -1};
    if (!isHost(result.host))
        return {};
    QByteArrayView rest = text.sliced(result.host.size());
    if (rest.isEmpty() || rest == ":")
        return result;
    rest = rest.sliced(1);
    if (text[result.host.size()] != ':' || rest.size() > 5
        || !std::all_of(rest.begin(), rest.end(), wsIsDigit))
        return {};
    result.port = rest.toInt();
    return result.port <= 65535 ? std::optional(result) : std::nullopt;
}

QByteArray wsComparableHost(QByteArrayView host)
{
    if (host.startsWith('[') && host.endsWith(']')) {
        if (const Groups groups = parseIpv6(withoutZone(host)); !groups.isEmpty())
            return '[' + ipv6Text(groups) + ']';
    }
    QByteArray result = host.toByteArray().toLower();
    if (result.size() > 1 && result.endsWith('.'))
        result.chop(1);
    return result;
}

bool wsIsAddress(QByteArrayView host)
{
    return host.startsWith('[') ? host.endsWith(']') && isHost(host) : parseIpv4(host).has_value();
}

QByteArray wsListedAuthority(const QString &text)
{
    if (text.count(u':') > 1 && !text.startsWith(u'['))
        return '[' + text.toUtf8() + ']';
    const bool isAscii = std::all_of(text.begin(), text.end(), [](QChar c) { return c.unicode() < 0x80; });
    if (isAscii)
        return text.toUtf8();
    const qsizetype colon = text.indexOf(u':');
    const qsizetype nameSize = colon < 0 ? text.size() : colon;
    const qsizetype prefixSize = text.startsWith("*."_L1) ? 2 : 0; // which is in no domain
    const QString name = text.sliced(prefixSize, nameSize - prefixSize);
    return text.first(prefixSize).toUtf8() + QUrl::toAce(name) + text.sliced(nameSize).toUtf8();
}

bool wsCanMatch(QByteArrayView listed)
{
    const bool isPattern = listed.startsWith("*.");
    return !listed.sliced(isPattern ? 2 : 0).isEmpty() && listed.count('*') == (isPattern ? 1 : 0);
}

bool wsMatchesListed(QByteArrayView listed, QByteArrayView host)
{
    if (!listed.startsWith("*."))
        return listed == host;
    const QByteArrayView domain = listed.sliced(1);
    return wsCanMatch(listed) && host.size() > domain.size() && host.endsWith(domain);
}
