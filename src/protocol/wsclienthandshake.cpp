// SPDX-License-Identifier: MIT
#include "protocol/wsclienthandshake.h"

#include "protocol/wsauthority.h"

#include <QtCore/qrandom.h>

using namespace Qt::StringLiterals;

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
        return u"request target contains a character that is not visible ASCII: %1"_s.arg(wsQuotedPath(target));
    if (!target.startsWith('/'))
        return u"request target does not begin with a slash: %1"_s.arg(wsQuotedPath(target));
    if (target.contains('#'))
        return u"request target contains a fragment: %1"_s.arg(wsQuotedPath(target));
    return {};
}
} // namespace

QString wsCheckOwnRequest(const WsUpgradeRequest &request)
{
    if (!wsParseAuthority(request.host))
        return u"host is not of the form host[:port]: %1"_s.arg(wsQuoted(request.host));
    if (const QString error = checkTarget(request.target); !error.isEmpty())
        return error;
    if (const QString error = wsCheckSubprotocols(utf8List(request.subprotocols)); !error.isEmpty())
        return error;
    if (wsHeaderCount(request.headers, "Host") > 0)
        return u"header \"Host\" belongs to the handshake and cannot be set"_s;
    return wsCheckUserHeaders(request.headers);
}

WsHeaders wsRequestHeaders(const WsUpgradeRequest &request)
{
    WsHeaders headers{{"Host", request.host},
                      {"Upgrade", "websocket"},
                      {"Connection", "Upgrade"},
                      {"Sec-WebSocket-Key", request.key},
                      {"Sec-WebSocket-Version", WsSupportedVersion.toByteArray()}};
    if (!request.subprotocols.isEmpty())
        headers.append({"Sec-WebSocket-Protocol", utf8List(request.subprotocols).join(", ")});
    if (request.compression.enabled())
        headers.append({"Sec-WebSocket-Extensions", wsDeflateOffer(request.compression)});
    return headers + request.headers;
}

QByteArray wsRequestBytes(const WsUpgradeRequest &request)
{
    QByteArray bytes = "GET " + request.target + " HTTP/1.1\r\n";
    wsAppendHeaders(&bytes, wsRequestHeaders(request));
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
    if (const QString error = wsCheckSingle(headers, "Upgrade"); !error.isEmpty())
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
    return u"Connection header does not contain Upgrade: %1"_s.arg(wsQuotedValues(headers, "Connection"));
}

QString checkAcceptKey(const WsHeaders &headers, QByteArrayView key)
{
    if (const QString error = wsCheckSingle(headers, "Sec-WebSocket-Accept"); !error.isEmpty())
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
    // No value is quoted: it may be a secret that was offered, and that the server repeats.
    if (wsHeaderCount(headers, "Sec-WebSocket-Protocol") > 1) // RFC 6455 §11.3.4
        return u"Sec-WebSocket-Protocol header appears more than once"_s;
    const QByteArray value = wsHeader(headers, "Sec-WebSocket-Protocol");
    if (value.contains(','))
        return u"server chose several subprotocols"_s;
    *result = QString::fromUtf8(value);
    return offered.contains(*result) ? QString() : u"server chose a subprotocol that was not offered"_s;
}

QString checkExtensions(const WsHeaders &headers, const WsCompression &offered, WsAgreement *result)
{
    // RFC 6455 §11.3.2
    if (const QString error = wsCheckNotRepeated(headers, "Sec-WebSocket-Extensions"); !error.isEmpty())
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
