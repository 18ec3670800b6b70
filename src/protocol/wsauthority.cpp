// SPDX-License-Identifier: MIT
#include "protocol/wsauthority.h"

#include <algorithm>

namespace {
bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isAlphanumeric(char c)
{
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
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

bool isHost(QByteArrayView host)
{
    if (!host.startsWith('['))
        return !host.isEmpty() && std::all_of(host.begin(), host.end(), isHostCharacter);
    const QByteArrayView inside = host.sliced(1, host.size() - 2);
    const qsizetype percent = inside.indexOf('%');
    const QByteArrayView address = percent < 0 ? inside : inside.first(percent);
    const bool isAddress = address.contains(':') && std::all_of(address.begin(), address.end(), [](char c) {
                               return isAlphanumeric(c) || c == ':' || c == '.';
                           });
    return isAddress && (percent < 0 || isZone(inside.sliced(percent + 1)));
}
} // namespace

std::optional<WsAuthority> wsParseAuthority(QByteArrayView text)
{
    const qsizetype hostSize = text.startsWith('[') ? text.indexOf(']') + 1 : text.indexOf(':');
    WsAuthority result{hostSize < 0 ? text : text.first(hostSize), -1};
    if (result.host.isEmpty() || !isHost(result.host))
        return {};
    QByteArrayView rest = text.sliced(result.host.size());
    if (rest.isEmpty() || rest == ":")
        return result;
    rest = rest.sliced(1);
    if (text[result.host.size()] != ':' || rest.size() > 5 || !std::all_of(rest.begin(), rest.end(), isDigit))
        return {};
    result.port = rest.toInt();
    return result.port <= 65535 ? std::optional(result) : std::nullopt;
}

QByteArray wsComparableHost(QByteArrayView host)
{
    QByteArray result = host.toByteArray().toLower();
    if (const qsizetype percent = result.indexOf('%'); result.startsWith('[') && percent > 0)
        return result.first(percent) + ']';
    if (result.size() > 1 && result.endsWith('.'))
        result.chop(1);
    return result;
}

bool wsIsAddress(QByteArrayView host)
{
    if (host.startsWith('['))
        return true;
    int parts = 0;
    for (QByteArrayView rest = host; parts < 5; ++parts) {
        const qsizetype dot = rest.indexOf('.');
        const QByteArrayView part = dot < 0 ? rest : rest.first(dot);
        const bool isNumber = !part.isEmpty() && part.size() <= 3
                              && std::all_of(part.begin(), part.end(), isDigit) && part.toInt() <= 255;
        if (!isNumber)
            return false;
        if (dot < 0)
            return parts == 3;
        rest = rest.sliced(dot + 1);
    }
    return false;
}
