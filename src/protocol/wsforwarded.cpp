// SPDX-License-Identifier: MIT
#include "protocol/wsforwarded.h"

#include "protocol/wsauthority.h"
#include "protocol/wshttphead.h"

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace {
// RFC 7239 §6, or what is usual in X-Forwarded-For.
struct Node
{
    QByteArray address; // empty: "unknown", or a name that hides it
    quint16 port = 0;
};

// What one proxy says; null values are not given.
struct Element
{
    QByteArray node;
    QByteArray protocol;
    QByteArray host;
};

bool isHiddenName(QByteArrayView text)
{
    return text.size() > 1 && text.startsWith('_') && std::all_of(text.begin() + 1, text.end(), [](char c) {
               return wsIsToken(QByteArrayView(&c, 1)) && !QByteArrayView("!#$%&'*+^`|~").contains(c);
           });
}

std::optional<quint16> portIn(QByteArrayView text)
{
    if (isHiddenName(text))
        return quint16(0);
    if (!wsIsNumber(text) || text.size() > 5 || text.toInt() > 65535)
        return {};
    return quint16(text.toInt());
}

std::optional<Node> nodeIn(QByteArrayView text)
{
    const QByteArray bare = '[' + text.toByteArray() + ']';
    const bool isBareIpv6 = !text.startsWith('[') && text.count(':') > 1;
    const qsizetype bracket = text.indexOf(']');
    const qsizetype colon = isBareIpv6 ? -1 : text.indexOf(':', qMax(qsizetype(0), bracket));
    const QByteArray name = isBareIpv6 ? bare : (colon < 0 ? text : text.first(colon)).toByteArray();
    const auto port = colon < 0 ? std::optional(quint16(0)) : portIn(text.sliced(colon + 1));
    if (!port)
        return {};
    if (wsIsSameName(name, "unknown") || isHiddenName(name))
        return Node{{}, *port};
    if (!wsIsAddress(name) || name.contains('%')) // a zone means something on one machine alone
        return {};
    const QByteArray address = wsComparableHost(name);
    return Node{address.startsWith('[') ? address.sliced(1).chopped(1) : address, *port};
}

// A token or a quoted string (RFC 9110 §5.6.4) from \a at on, which is moved behind it. A token may contain
// colons and brackets, which many proxies do not quote.
std::optional<QByteArray> valueIn(QByteArrayView line, qsizetype *at)
{
    QByteArray value;
    if (*at >= line.size() || line[*at] != '"') {
        while (*at < line.size()
               && (wsIsToken(line.sliced(*at, 1)) || QByteArrayView(":[]").contains(line[*at])))
            value += line[(*at)++];
        return value.isEmpty() ? std::nullopt : std::optional(value);
    }
    while (++*at < line.size() && line[*at] != '"') {
        if (line[*at] == '\\')
            ++*at;
        if (*at < line.size())
            value += line[*at];
    }
    return (*at)++ < line.size() ? std::optional(value) : std::nullopt;
}

// Sets the member that \a name stands for, unless it is set; other names are allowed and not used.
bool store(Element *element, QByteArrayView name, const QByteArray &value)
{
    QByteArray *const member = wsIsSameName(name, "for")     ? &element->node
                               : wsIsSameName(name, "proto") ? &element->protocol
                               : wsIsSameName(name, "host")  ? &element->host
                                                             : nullptr;
    if (!member)
        return true;
    return member->isNull() && !value.isEmpty() && (*member = value, true);
}

void skipSpaces(QByteArrayView line, qsizetype *at)
{
    while (*at < line.size() && (line[*at] == ' ' || line[*at] == '\t'))
        ++*at;
}

// The elements of one line of Forwarded. Returns whether it is one.
bool readLine(QByteArrayView line, QList<Element> *elements)
{
    Element element;
    bool isUsed = false;
    for (qsizetype at = 0;;) {
        skipSpaces(line, &at);
        const qsizetype nameAt = at;
        while (at < line.size() && wsIsToken(line.sliced(at, 1)))
            ++at;
        if (at > nameAt) {
            const QByteArrayView name = line.sliced(nameAt, at - nameAt);
            if (at >= line.size() || line[at++] != '=')
                return false;
            const auto value = valueIn(line, &at);
            if (!value || !store(&element, name, *value))
                return false;
            isUsed = true;
            skipSpaces(line, &at);
        }
        const bool isEnd = at >= line.size();
        if (!isEnd && line[at] != ',' && line[at] != ';')
            return false;
        if (isUsed && (isEnd || line[at] == ','))
            elements->append(std::exchange(element, {}));
        if (isEnd)
            return true;
        isUsed = line[at++] == ';' && isUsed;
    }
}

QString problemOf(QByteArrayView header, QByteArrayView value)
{
    return u"the header %1 of a trusted proxy cannot be understood: %2"_s.arg(QString::fromLatin1(header),
                                                                              wsQuoted(value));
}

// Takes over what the proxy that the client has connected to says besides its address. Returns what is wrong.
QString takeRest(const Element &element, QByteArrayView protocolHeader, QByteArrayView hostHeader,
                 WsForwarded *result)
{
    if (!element.protocol.isNull()) {
        const QByteArray protocol = element.protocol.toLower();
        const bool isEncrypted = protocol == "https" || protocol == "wss";
        if (!isEncrypted && protocol != "http" && protocol != "ws")
            return problemOf(protocolHeader, element.protocol);
        result->isEncrypted = isEncrypted;
    }
    if (!element.host.isNull() && !wsParseAuthority(element.host))
        return problemOf(hostHeader, element.host);
    result->host = element.host;
    return {};
}

// Goes one proxy further: \a text is what the last one says of whom it got the request from. Returns whether
// that is another trusted proxy.
bool goOn(QByteArrayView header, QByteArrayView text, const WsProxyTrust &isTrusted, WsForwarded *result)
{
    const auto node = nodeIn(text);
    if (!node) {
        result->problem = problemOf(header, text);
        return false;
    }
    result->namesClient = true;
    result->address = node->address;
    result->port = node->port;
    return !node->address.isEmpty() && isTrusted(node->address);
}

// --- the two kinds of headers

// Reads only lines that a trusted proxy has written.
WsForwarded readStandard(const WsHeaders &headers, const WsProxyTrust &isTrusted)
{
    WsForwarded result;
    Element last;
    bool goesOn = true;
    for (auto header = headers.crbegin(); header != headers.crend() && goesOn; ++header) {
        if (!wsIsSameName(header->first, "Forwarded"))
            continue;
        QList<Element> elements;
        if (!readLine(header->second, &elements)) {
            result.problem = problemOf("Forwarded", header->second);
            return result;
        }
        for (auto element = elements.crbegin(); element != elements.crend() && goesOn; ++element) {
            last = *element;
            if (last.node.isNull()) { // only the proxy that did not say knows whose it is
                result.address.clear();
                result.port = 0;
                goesOn = false;
            } else {
                goesOn = goOn("Forwarded", last.node, isTrusted, &result);
            }
        }
    }
    if (result.problem.isEmpty())
        result.problem = takeRest(last, "Forwarded", "Forwarded", &result);
    return result;
}

// The value of a proxy that \a distance others have come after; null if there is none. A proxy that does not
// append a value passes on that of the one before.
QByteArray valueAt(const WsHeaders &headers, QByteArrayView name, qsizetype distance)
{
    const QList<QByteArray> values = wsHeaderList(headers, name);
    return values.isEmpty() ? QByteArray() : values[qMax(qsizetype(0), values.size() - 1 - distance)];
}

WsForwarded readUsual(const WsHeaders &headers, const WsProxyTrust &isTrusted)
{
    WsForwarded result;
    const QList<QByteArray> addresses = wsHeaderList(headers, "X-Forwarded-For");
    qsizetype distance = -1;
    bool goesOn = true;
    while (goesOn && distance + 1 < addresses.size()) {
        ++distance;
        goesOn = goOn("X-Forwarded-For", addresses[addresses.size() - 1 - distance], isTrusted, &result);
    }
    if (!result.problem.isEmpty())
        return result;
    distance = qMax(qsizetype(0), distance);
    Element rest;
    rest.protocol = valueAt(headers, "X-Forwarded-Proto", distance);
    rest.host = valueAt(headers, "X-Forwarded-Host", distance);
    result.problem = takeRest(rest, "X-Forwarded-Proto", "X-Forwarded-Host", &result);
    return result;
}

QString difference(const WsForwarded &one, const WsForwarded &other)
{
    const bool isSameClient = !one.namesClient || !other.namesClient || one.address == other.address;
    const bool isSameScheme = !one.isEncrypted || !other.isEncrypted || one.isEncrypted == other.isEncrypted;
    const bool isSameHost = one.host.isEmpty() || other.host.isEmpty() || wsIsSameName(one.host, other.host);
    const QLatin1StringView what = !isSameClient ? "For"_L1 : !isSameScheme ? "Proto"_L1 : "Host"_L1;
    if (isSameClient && isSameScheme && isSameHost)
        return {};
    return u"the headers Forwarded and X-Forwarded-%1 of a trusted proxy contradict each other: the proxy "
           u"must "
           "remove the one that it does not set itself"_s.arg(what);
}
} // namespace

WsForwarded wsReadForwarded(const WsHeaders &headers, const WsProxyTrust &isTrusted)
{
    WsForwarded standard = readStandard(headers, isTrusted);
    if (!standard.problem.isEmpty())
        return standard;
    const WsForwarded usual = readUsual(headers, isTrusted);
    if (!usual.problem.isEmpty())
        return usual;
    standard.problem = difference(standard, usual);
    if (!standard.namesClient) {
        standard.namesClient = usual.namesClient;
        standard.address = usual.address;
        standard.port = usual.port;
    }
    if (!standard.isEncrypted)
        standard.isEncrypted = usual.isEncrypted;
    if (standard.host.isEmpty())
        standard.host = usual.host;
    return standard;
}
