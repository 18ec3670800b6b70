// SPDX-License-Identifier: MIT
#include "protocol/wsserverhandshake.h"

#include "protocol/wsauthority.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace {
WsHttpError badRequest(const QString &text)
{
    return {400, text, {}};
}

WsHttpError upgradeRequired(const QString &text)
{
    return {
        426, text, {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", WsSupportedVersion.toByteArray()}}};
}

// RFC 9112 §3.2
WsHttpError checkHost(const WsRequestHead &request)
{
    const bool needsNone = request.minorVersion == 0 && wsHeaderCount(request.headers, "Host") == 0;
    if (needsNone)
        return {};
    if (const QString error = wsCheckSingle(request.headers, "Host"); !error.isEmpty())
        return badRequest(error);
    const QByteArray host = wsHeader(request.headers, "Host");
    if (!wsParseAuthority(host))
        return badRequest(u"Host header is not of the form host[:port]: %1"_s.arg(wsQuotedPath(host)));
    return {};
}

// RFC 9112 §6.1 and §6.3. Wherever two readers could find the end of a body in different places, requests
// could be smuggled in it.
WsHttpError checkCoding(const WsRequestHead &request)
{
    const QList<QByteArray> codings = wsHeaderList(request.headers, "Transfer-Encoding");
    if (request.minorVersion == 0)
        return badRequest(u"request of HTTP/1.0 has a Transfer-Encoding"_s);
    if (codings.size() == 1 && wsIsSameName(codings.first(), "chunked"))
        return {};
    const QString text = u"Transfer-Encoding is %1 instead of chunked"_s.arg(
        wsQuotedValues(request.headers, "Transfer-Encoding"));
    const bool isFramed = !codings.isEmpty() && wsIsSameName(codings.last(), "chunked");
    return {isFramed ? 501 : 400, text, {}};
}

WsHttpError checkBodySize(const WsRequestHead &request, qint64 maxBody)
{
    if (maxBody <= 0)
        return {413, u"request has a body, and none is accepted (maxRequestBody is 0)"_s, {}};
    if (wsHeaderCount(request.headers, "Transfer-Encoding") > 0)
        return checkCoding(request);
    const QByteArray digits = wsHeader(request.headers, "Content-Length");
    if (wsDecimal(digits) <= quint64(maxBody))
        return {};
    const QString text = u"body of the request has %1 bytes, and maxRequestBody is %2"_s;
    return {413, text.arg(wsQuoted(digits), QString::number(maxBody)), {}};
}

WsHttpError checkBody(const WsRequestHead &request, qint64 maxBody)
{
    const bool hasLength = wsHeaderCount(request.headers, "Content-Length") > 0;
    const bool isChunked = wsHeaderCount(request.headers, "Transfer-Encoding") > 0;
    if (const QString error = wsCheckNotRepeated(request.headers, "Content-Length"); !error.isEmpty())
        return badRequest(error);
    if (hasLength && isChunked)
        return badRequest(u"request has both Content-Length and Transfer-Encoding"_s);
    const QByteArray length = wsHeader(request.headers, "Content-Length");
    if (hasLength && !wsIsNumber(length))
        return badRequest(u"Content-Length is not a number: %1"_s.arg(wsQuoted(length)));
    if (!wsHasBody(request))
        return {};
    if (wsIsUpgradeRequest(request))
        return badRequest(u"upgrade request has a body"_s);
    return checkBodySize(request, maxBody);
}

// RFC 9110 §10.1.1
WsHttpError checkExpectation(const WsRequestHead &request)
{
    const QList<QByteArray> expected = wsHeaderList(request.headers, "Expect");
    const bool isKnown = std::all_of(expected.begin(), expected.end(), [](const QByteArray &each) {
        return wsIsSameName(each, "100-continue");
    });
    if (isKnown)
        return {};
    return {
        417, u"Expect is %1 instead of 100-continue"_s.arg(wsQuotedValues(request.headers, "Expect")), {}};
}

WsHttpError checkVersion(const WsHeaders &headers)
{
    if (const QString error = wsCheckSingle(headers, "Sec-WebSocket-Version"); !error.isEmpty())
        return badRequest(error);
    const QByteArray version = wsHeader(headers, "Sec-WebSocket-Version");
    if (version != WsSupportedVersion)
        return upgradeRequired(u"Sec-WebSocket-Version is %1 instead of 13"_s.arg(wsQuoted(version)));
    return {};
}

bool isBase64Digit(char c)
{
    return wsIsDigit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' || c == '/';
}

// Base64 of 16 bytes.
bool isKey(QByteArrayView text)
{
    return text.size() == 24 && text.endsWith("==")
           && std::all_of(text.begin(), text.end() - 2, isBase64Digit);
}

WsHttpError checkKey(const WsHeaders &headers)
{
    if (const QString error = wsCheckSingle(headers, "Sec-WebSocket-Key"); !error.isEmpty())
        return badRequest(error);
    const QByteArray key = wsHeader(headers, "Sec-WebSocket-Key");
    if (!isKey(key))
        return badRequest(
            u"Sec-WebSocket-Key is not Base64 of 16 bytes, but %1 characters"_s.arg(key.size()));
    return {};
}
} // namespace

bool wsIsUpgradeRequest(const WsRequestHead &request)
{
    return wsHeaderListContains(request.headers, "Upgrade", "websocket");
}

bool wsHasBody(const WsRequestHead &request)
{
    if (wsHeaderCount(request.headers, "Transfer-Encoding") > 0)
        return true;
    const QByteArray length = wsHeader(request.headers, "Content-Length");
    return std::any_of(length.begin(), length.end(), [](char c) { return c != '0'; });
}

WsHttpError wsCheckRequest(const WsRequestHead &request, qint64 maxBody)
{
    if (const WsHttpError error = checkHost(request))
        return error;
    if (const WsHttpError error = checkBody(request, maxBody))
        return error;
    return checkExpectation(request);
}

// A client of HTTP/1.0 does not know the interim answer.
bool wsAwaitsContinue(const WsRequestHead &request)
{
    return request.minorVersion > 0 && wsHasBody(request)
           && wsHeaderListContains(request.headers, "Expect", "100-continue");
}

// RFC 9112 §9.3. After a request for a WebSocket that is not accepted, bytes of another protocol could
// follow.
WsPersistence wsPersistenceOf(const WsRequestHead &request)
{
    if (wsHeaderListContains(request.headers, "Connection", "close") || wsIsUpgradeRequest(request))
        return WsPersistence::Close;
    if (request.minorVersion > 0)
        return WsPersistence::Implied;
    return wsHeaderListContains(request.headers, "Connection", "keep-alive") ? WsPersistence::Declared
                                                                             : WsPersistence::Close;
}

WsHttpError wsCheckUpgradeRequest(const WsRequestHead &request)
{
    const WsHeaders &headers = request.headers;
    if (!wsIsUpgradeRequest(request))
        return upgradeRequired(u"request does not ask for an upgrade to websocket"_s);
    if (request.method != "GET") {
        const QString text = u"method of the upgrade request is %1 instead of GET"_s;
        return {405, text.arg(wsQuoted(request.method)), {{"Allow", "GET"}}};
    }
    if (request.minorVersion == 0)
        return badRequest(u"upgrade request is HTTP/1.0 instead of HTTP/1.1"_s);
    if (!wsHeaderListContains(headers, "Connection", "Upgrade"))
        return badRequest(u"Connection header of the upgrade request does not contain Upgrade"_s);
    if (const WsHttpError error = checkVersion(headers))
        return error;
    if (const WsHttpError error = checkKey(headers))
        return error;
    if (const QString error = wsCheckNotRepeated(headers, "Origin"); !error.isEmpty())
        return badRequest(error);
    const QString error = wsCheckSubprotocols(wsHeaderList(headers, "Sec-WebSocket-Protocol"));
    return error.isEmpty() ? WsHttpError() : badRequest(error);
}

QStringList wsOfferedSubprotocols(const WsHeaders &headers)
{
    QStringList result;
    for (const QByteArray &subprotocol : wsHeaderList(headers, "Sec-WebSocket-Protocol"))
        result.append(QString::fromUtf8(subprotocol));
    return result;
}

QString wsChooseSubprotocol(const QStringList &supported, const QStringList &offered)
{
    for (const QString &subprotocol : supported) {
        if (offered.contains(subprotocol))
            return subprotocol;
    }
    return {};
}

QByteArray wsAcceptanceBytes(QByteArrayView key, const WsAgreement &agreement, const WsHeaders &headers)
{
    constexpr qsizetype UsualSize = 256;
    QByteArray bytes;
    bytes.reserve(UsualSize);
    bytes.append("HTTP/1.1 101 Switching Protocols\r\n"
                 "Upgrade: websocket\r\n"
                 "Connection: Upgrade\r\n");
    wsAppendHeader(&bytes, "Sec-WebSocket-Accept", wsAcceptKey(key));
    wsAppendHeaderIfAny(&bytes, "Sec-WebSocket-Protocol", agreement.subprotocol.toUtf8());
    wsAppendHeaderIfAny(&bytes, "Sec-WebSocket-Extensions", agreement.extensions);
    wsAppendHeaders(&bytes, headers);
    bytes.append("\r\n");
    return bytes;
}
