// SPDX-License-Identifier: MIT
#include "protocol/wshandshake.h"

#include <QtCore/qcryptographichash.h>
#include <QtCore/qrandom.h>
#include <QtCore/qset.h>

#include <algorithm>
#include <iterator>
#include <optional>

using namespace Qt::StringLiterals;

namespace {
constexpr QByteArrayView SupportedVersion = "13"; // RFC 6455 §4.1

struct Authority
{
    QByteArrayView host;
    int port = -1; // -1: none given
};

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

// Host and port of \a text, or nothing where it is not "host[:port]".
std::optional<Authority> parseAuthority(QByteArrayView text)
{
    const qsizetype hostSize = text.startsWith('[') ? text.indexOf(']') + 1 : text.indexOf(':');
    Authority result{hostSize < 0 ? text : text.first(hostSize), -1};
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

WsHttpError badRequest(const QString &text)
{
    return {400, text, {}};
}

WsHttpError upgradeRequired(const QString &text)
{
    return {426,
            text,
            {{"Upgrade", "websocket"},
             {"Connection", "Upgrade"},
             {"Sec-WebSocket-Version", SupportedVersion.toByteArray()}}};
}

bool isNumber(QByteArrayView text)
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), isDigit);
}

QString valuesOf(const WsHeaders &headers, QByteArrayView name)
{
    QStringList result;
    for (const auto &[headerName, value] : headers) {
        if (wsIsSameName(headerName, name))
            result.append(wsQuoted(value));
    }
    return result.join(", "_L1);
}

QString checkNotRepeated(const WsHeaders &headers, const char *name)
{
    if (wsHeaderCount(headers, name) <= 1)
        return {};
    const QString text = u"%1 header appears more than once: %2"_s;
    return text.arg(QLatin1StringView(name), valuesOf(headers, name));
}

QString checkSingle(const WsHeaders &headers, const char *name)
{
    if (wsHeaderCount(headers, name) == 0)
        return u"%1 header is missing"_s.arg(QLatin1StringView(name));
    return checkNotRepeated(headers, name);
}

// RFC 9112 §3.2
WsHttpError checkHost(const WsRequestHead &request)
{
    const bool needsNone = request.minorVersion == 0 && wsHeaderCount(request.headers, "Host") == 0;
    if (needsNone)
        return {};
    if (const QString error = checkSingle(request.headers, "Host"); !error.isEmpty())
        return badRequest(error);
    const QByteArray host = wsHeader(request.headers, "Host");
    if (!parseAuthority(host))
        return badRequest(u"Host header is no host with an optional port: %1"_s.arg(wsQuoted(host)));
    return {};
}

// RFC 9112 §6.3. Nothing that is served here reads a body, and one that is skipped by one reader and
// not by the next is how requests are smuggled.
WsHttpError checkBody(const WsRequestHead &request)
{
    const bool hasLength = wsHeaderCount(request.headers, "Content-Length") > 0;
    const bool isChunked = wsHeaderCount(request.headers, "Transfer-Encoding") > 0;
    if (const QString error = checkNotRepeated(request.headers, "Content-Length"); !error.isEmpty())
        return badRequest(error);
    if (hasLength && isChunked)
        return badRequest(u"request has both Content-Length and Transfer-Encoding"_s);
    const QByteArray length = wsHeader(request.headers, "Content-Length");
    if (hasLength && !isNumber(length))
        return badRequest(u"Content-Length is no number: %1"_s.arg(wsQuoted(length)));
    const bool isEmpty = std::all_of(length.begin(), length.end(), [](char c) { return c == '0'; });
    if (isEmpty && !isChunked)
        return {};
    if (wsIsUpgradeRequest(request))
        return badRequest(u"upgrade request has a body"_s);
    return {413, u"request has a body, and none is accepted"_s, {}};
}

WsHttpError checkVersion(const WsHeaders &headers)
{
    if (const QString error = checkSingle(headers, "Sec-WebSocket-Version"); !error.isEmpty())
        return badRequest(error);
    const QByteArray version = wsHeader(headers, "Sec-WebSocket-Version");
    if (version != SupportedVersion)
        return upgradeRequired(u"Sec-WebSocket-Version is %1 instead of 13"_s.arg(wsQuoted(version)));
    return {};
}

WsHttpError checkKey(const WsHeaders &headers)
{
    if (const QString error = checkSingle(headers, "Sec-WebSocket-Key"); !error.isEmpty())
        return badRequest(error);
    const QByteArray key = wsHeader(headers, "Sec-WebSocket-Key");
    const auto decoded = QByteArray::fromBase64Encoding(key, QByteArray::AbortOnBase64DecodingErrors);
    if (key.size() != 24 || !decoded || decoded.decoded.size() != 16)
        return badRequest(u"Sec-WebSocket-Key is not Base64 of 16 bytes: %1"_s.arg(wsQuoted(key)));
    return {};
}

// RFC 6455 §4.1: the offered names are tokens and all unique.
QString checkSubprotocols(const QList<QByteArray> &subprotocols)
{
    QSet<QByteArrayView> seen;
    for (const QByteArray &subprotocol : subprotocols) {
        if (!wsIsToken(subprotocol))
            return u"subprotocol is no token: %1"_s.arg(wsQuoted(subprotocol));
        if (seen.contains(subprotocol))
            return u"subprotocol appears more than once: %1"_s.arg(wsQuoted(subprotocol));
        seen.insert(subprotocol);
    }
    return {};
}

bool isSameOrigin(QByteArrayView origin, QByteArrayView hostHeader, bool isEncrypted)
{
    const bool isHttps = origin.startsWith("https://");
    if (!isHttps && !origin.startsWith("http://"))
        return false;
    const auto page = parseAuthority(origin.sliced(isHttps ? 8 : 7));
    const auto host = parseAuthority(hostHeader);
    if (!page || !host || page->host.compare(host->host, Qt::CaseInsensitive) != 0)
        return false;
    const int port = page->port >= 0 ? page->port : isHttps ? 443 : 80;
    if (host->port >= 0)
        return port == host->port;
    // Behind a proxy that ends TLS, the connection is plain although the page came encrypted.
    return port == (isEncrypted || isHttps ? 443 : 80);
}

QString normalizedOrigin(const QString &origin)
{
    QString result = origin.toLower();
    if (result.startsWith("http://"_L1) && result.endsWith(":80"_L1))
        result.chop(3);
    else if (result.startsWith("https://"_L1) && result.endsWith(":443"_L1))
        result.chop(4);
    return result;
}

bool isOwnedByHandshake(QByteArrayView name)
{
    constexpr QByteArrayView Prefix = "Sec-WebSocket-";
    return wsIsSameName(name, "Connection") || wsIsSameName(name, "Upgrade")
           || wsIsSameName(name, "Content-Length") || wsIsSameName(name, "Transfer-Encoding")
           || wsIsSameName(name.first(qMin(name.size(), Prefix.size())), Prefix);
}

QString checkUserHeaders(const WsHeaders &headers)
{
    for (const auto &[name, value] : headers) {
        if (const QString error = wsCheckHeader(name, value); !error.isEmpty())
            return error;
        if (isOwnedByHandshake(name))
            return u"header %1 belongs to the handshake and cannot be set"_s.arg(wsQuoted(name));
    }
    return {};
}

void appendHeader(QByteArray *bytes, QByteArrayView name, QByteArrayView value)
{
    bytes->append(name).append(": ").append(value).append("\r\n");
}

void appendHeaders(QByteArray *bytes, const WsHeaders &headers)
{
    for (const auto &[name, value] : headers)
        appendHeader(bytes, name, value);
}

void appendIfAny(QByteArray *bytes, QByteArrayView name, QByteArrayView value)
{
    if (!value.isEmpty())
        appendHeader(bytes, name, value);
}

struct ReasonPhrase
{
    int status;
    QByteArrayView phrase;
};

// RFC 9110 §15 and the registry of status codes, in their order.
constexpr ReasonPhrase ReasonPhrases[] = {
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
    {511, "Network Authentication Required"},
};

// RFC 9112 §4: the phrase may be empty.
QByteArrayView reasonPhrase(int status)
{
    const auto found = std::find_if(std::begin(ReasonPhrases), std::end(ReasonPhrases),
                                    [status](const ReasonPhrase &entry) { return entry.status == status; });
    return found == std::end(ReasonPhrases) ? QByteArrayView() : found->phrase;
}

// RFC 9110 §6.4.1, for the final statuses.
bool mayHaveBody(int status)
{
    return status != 101 && status != 204 && status != 205 && status != 304;
}

// RFC 9110 §8.6: whose Content-Length would be wrong, or that of another answer.
bool mayHaveContentLength(int status)
{
    return status != 204 && status != 304;
}

void appendUpgradeRequired(QByteArray *bytes, const WsHeaders &headers)
{
    appendHeader(bytes, "Connection", "close, Upgrade");
    if (wsHeaderCount(headers, "Upgrade") == 0)
        appendHeader(bytes, "Upgrade", "websocket");
    if (wsHeaderCount(headers, "Sec-WebSocket-Version") == 0)
        appendHeader(bytes, "Sec-WebSocket-Version", SupportedVersion);
}
} // namespace

bool wsIsUpgradeRequest(const WsRequestHead &request)
{
    return wsHeaderListContains(request.headers, "Upgrade", "websocket");
}

WsHttpError wsCheckRequest(const WsRequestHead &request)
{
    if (const WsHttpError error = checkHost(request))
        return error;
    return checkBody(request);
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
    if (const QString error = checkNotRepeated(headers, "Origin"); !error.isEmpty())
        return badRequest(error);
    const QString error = checkSubprotocols(wsHeaderList(headers, "Sec-WebSocket-Protocol"));
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

bool wsIsOriginAllowed(const QStringList &allowed, const QString &origin, const QByteArray &host,
                       bool isEncrypted)
{
    if (origin.isEmpty())
        return true;
    if (allowed.isEmpty())
        return isSameOrigin(origin.toUtf8().toLower(), host, isEncrypted);
    const QString normalized = normalizedOrigin(origin);
    return std::any_of(allowed.begin(), allowed.end(), [&normalized](const QString &entry) {
        return entry == "*"_L1 || normalizedOrigin(entry) == normalized;
    });
}

// RFC 6455 §4.2.2, step 5.4
QByteArray wsAcceptKey(QByteArrayView key)
{
    QCryptographicHash hash(QCryptographicHash::Sha1);
    hash.addData(key);
    hash.addData(QByteArrayView("258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    return hash.result().toBase64();
}

QString wsCheckResponse(const WsResponse &response)
{
    const int status = response.status();
    if (status != 101 && (status < 200 || status > 599))
        return u"status %1 is none that a request can be answered with"_s.arg(status);
    if (!response.body().isEmpty() && !mayHaveBody(status))
        return u"answer with status %1 cannot have a body"_s.arg(status);
    if (!response.subprotocol().isEmpty()) {
        const QString error = checkSubprotocols({response.subprotocol().toUtf8()});
        if (!error.isEmpty())
            return error;
    }
    return checkUserHeaders(response.headers());
}

QByteArray wsAcceptanceBytes(QByteArrayView key, const WsAgreement &agreement, const WsHeaders &headers)
{
    QByteArray bytes = "HTTP/1.1 101 Switching Protocols\r\n"
                       "Upgrade: websocket\r\n"
                       "Connection: Upgrade\r\n";
    appendHeader(&bytes, "Sec-WebSocket-Accept", wsAcceptKey(key));
    appendIfAny(&bytes, "Sec-WebSocket-Protocol", agreement.subprotocol.toUtf8());
    appendIfAny(&bytes, "Sec-WebSocket-Extensions", agreement.extensions);
    appendHeaders(&bytes, headers);
    return bytes + "\r\n";
}

QByteArray wsAnswerBytes(const WsResponse &response, bool withBody)
{
    const int status = response.status();
    QByteArray bytes = "HTTP/1.1 " + QByteArray::number(status) + ' ';
    bytes.append(reasonPhrase(status)).append("\r\n");
    const WsHeaders headers = response.headers();
    for (const auto &[name, value] : headers) {
        if (!wsIsSameName(name, "Connection"))
            appendHeader(&bytes, name, value);
    }
    if (status == 426)
        appendUpgradeRequired(&bytes, headers);
    else
        appendHeader(&bytes, "Connection", "close");
    if (mayHaveContentLength(status))
        appendHeader(&bytes, "Content-Length", QByteArray::number(response.body().size()));
    bytes.append("\r\n");
    return withBody ? bytes + response.body() : bytes;
}

WsResponse wsErrorResponse(const WsHttpError &error)
{
    WsResponse response = WsResponse::text(error.text.toUtf8() + '\n');
    response.setStatus(error.status);
    response.setHeaders(response.headers() + error.headers);
    return response;
}

QByteArray wsNewKey()
{
    quint32 words[4];
    QRandomGenerator::system()->fillRange(words);
    return QByteArray(reinterpret_cast<const char *>(words), sizeof words).toBase64();
}

namespace {
QList<QByteArray> utf8List(const QStringList &texts)
{
    QList<QByteArray> result;
    for (const QString &text : texts)
        result.append(text.toUtf8());
    return result;
}

QString checkTarget(QByteArrayView target)
{
    if (!wsIsRequestTarget(target))
        return u"request target contains a character that is not visible ASCII: %1"_s.arg(wsQuoted(target));
    if (!target.startsWith('/'))
        return u"request target does not begin with a slash: %1"_s.arg(wsQuoted(target));
    if (target.contains('#'))
        return u"request target contains a fragment: %1"_s.arg(wsQuoted(target));
    return {};
}
} // namespace

QString wsCheckOwnRequest(const WsUpgradeRequest &request)
{
    if (!parseAuthority(request.host))
        return u"host is no host with an optional port: %1"_s.arg(wsQuoted(request.host));
    if (const QString error = checkTarget(request.target); !error.isEmpty())
        return error;
    if (const QString error = checkSubprotocols(utf8List(request.subprotocols)); !error.isEmpty())
        return error;
    if (wsHeaderCount(request.headers, "Host") > 0)
        return u"header \"Host\" belongs to the handshake and cannot be set"_s;
    return checkUserHeaders(request.headers);
}

QByteArray wsRequestBytes(const WsUpgradeRequest &request)
{
    QByteArray bytes = "GET " + request.target + " HTTP/1.1\r\n";
    appendHeader(&bytes, "Host", request.host);
    appendHeader(&bytes, "Upgrade", "websocket");
    appendHeader(&bytes, "Connection", "Upgrade");
    appendHeader(&bytes, "Sec-WebSocket-Key", request.key);
    appendHeader(&bytes, "Sec-WebSocket-Version", SupportedVersion);
    appendIfAny(&bytes, "Sec-WebSocket-Protocol", utf8List(request.subprotocols).join(", "));
    if (request.compression.enabled())
        appendHeader(&bytes, "Sec-WebSocket-Extensions", wsDeflateOffer(request.compression));
    appendHeaders(&bytes, request.headers);
    return bytes + "\r\n";
}

namespace {
QString checkStatus(const WsResponseHead &response)
{
    if (response.status != 101) {
        const QString text = u"server answered with status %1 %2 instead of 101"_s;
        return text.arg(response.status).arg(wsQuoted(response.reason));
    }
    return response.minorVersion == 0 ? u"acceptance is HTTP/1.0 instead of HTTP/1.1"_s : QString();
}

QString checkUpgrade(const WsHeaders &headers)
{
    if (const QString error = checkSingle(headers, "Upgrade"); !error.isEmpty())
        return error;
    const QByteArray upgrade = wsHeader(headers, "Upgrade");
    if (!wsIsSameName(upgrade, "websocket"))
        return u"Upgrade header is %1 instead of websocket"_s.arg(wsQuoted(upgrade));
    return {};
}

QString checkConnection(const WsHeaders &headers)
{
    if (wsHeaderListContains(headers, "Connection", "Upgrade"))
        return {};
    if (wsHeaderCount(headers, "Connection") == 0)
        return u"Connection header is missing"_s;
    return u"Connection header does not contain Upgrade: %1"_s.arg(valuesOf(headers, "Connection"));
}

QString checkAcceptKey(const WsHeaders &headers, QByteArrayView key)
{
    if (const QString error = checkSingle(headers, "Sec-WebSocket-Accept"); !error.isEmpty())
        return error;
    const QByteArray accept = wsHeader(headers, "Sec-WebSocket-Accept");
    const QByteArray expected = wsAcceptKey(key);
    if (accept != expected) {
        const QString text = u"Sec-WebSocket-Accept is %1 instead of %2"_s;
        return text.arg(wsQuoted(accept), wsQuoted(expected));
    }
    return {};
}

QString checkChosenSubprotocol(const WsHeaders &headers, const QStringList &offered, QString *result)
{
    if (wsHeaderCount(headers, "Sec-WebSocket-Protocol") == 0)
        return {};
    // RFC 6455 §11.3.4
    if (const QString error = checkNotRepeated(headers, "Sec-WebSocket-Protocol"); !error.isEmpty())
        return error;
    const QByteArray value = wsHeader(headers, "Sec-WebSocket-Protocol");
    if (value.contains(','))
        return u"server chose several subprotocols: %1"_s.arg(wsQuoted(value));
    *result = QString::fromUtf8(value);
    if (!offered.contains(*result))
        return u"server chose the subprotocol %1, which was not offered"_s.arg(wsQuoted(value));
    return {};
}

QString checkExtensions(const WsHeaders &headers, const WsCompression &offered, WsAgreement *result)
{
    // RFC 6455 §11.3.2
    if (const QString error = checkNotRepeated(headers, "Sec-WebSocket-Extensions"); !error.isEmpty())
        return error;
    result->extensions = wsHeader(headers, "Sec-WebSocket-Extensions");
    for (const QByteArray &extension : wsHeaderList(headers, "Sec-WebSocket-Extensions")) {
        const QByteArray name = extension.split(';').first().trimmed();
        if (!offered.enabled() || name != "permessage-deflate")
            return u"server uses the extension %1, which was not offered"_s.arg(wsQuoted(name));
        if (result->deflate)
            return u"server uses the extension %1 twice"_s.arg(wsQuoted(name));
        const QString error = wsCheckDeflateAnswer(extension, offered, &result->deflate.emplace());
        if (!error.isEmpty())
            return u"permessage-deflate: %1"_s.arg(error);
    }
    return {};
}
} // namespace

QString wsCheckAcceptance(const WsResponseHead &response, const WsUpgradeRequest &request,
                          WsAgreement *result)
{
    const WsHeaders &headers = response.headers;
    if (const QString error = checkStatus(response); !error.isEmpty())
        return error;
    if (const QString error = checkUpgrade(headers); !error.isEmpty())
        return error;
    if (const QString error = checkConnection(headers); !error.isEmpty())
        return error;
    if (const QString error = checkAcceptKey(headers, request.key); !error.isEmpty())
        return error;
    WsAgreement agreement;
    const QString error = checkChosenSubprotocol(headers, request.subprotocols, &agreement.subprotocol);
    if (!error.isEmpty())
        return error;
    const QString extensionError = checkExtensions(headers, request.compression, &agreement);
    if (extensionError.isEmpty())
        *result = agreement;
    return extensionError;
}
