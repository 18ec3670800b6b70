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

bool isHost(QByteArrayView host)
{
    if (!host.startsWith('['))
        return !host.isEmpty() && std::all_of(host.begin(), host.end(), isHostCharacter);
    const QByteArrayView address = host.sliced(1, host.size() - 2);
    return address.contains(':') && std::all_of(address.begin(), address.end(), [](char c) {
               return isAlphanumeric(c) || c == ':' || c == '.';
           });
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
