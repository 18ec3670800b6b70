// SPDX-License-Identifier: MIT
#include "protocol/wshandshake.h"

#include "protocol/wshttphead.h"

#include <QtCore/qcryptographichash.h>
#include <QtCore/qset.h>
#include <QtCore/qstringlist.h>

using namespace Qt::StringLiterals;

QByteArray wsAcceptKey(QByteArrayView key)
{
    QCryptographicHash hash(QCryptographicHash::Sha1);
    hash.addData(key);
    hash.addData(QByteArrayView("258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    return hash.result().toBase64();
}

QString wsQuotedValues(const WsHeaders &headers, QByteArrayView name)
{
    QStringList result;
    for (const auto &[headerName, value] : headers) {
        if (wsIsSameName(headerName, name))
            result.append(wsQuotedPath(value));
    }
    return result.join(", "_L1);
}

QString wsCheckNotRepeated(const WsHeaders &headers, const char *name)
{
    if (wsHeaderCount(headers, name) <= 1)
        return {};
    const QString text = u"%1 header appears more than once: %2"_s;
    return text.arg(QLatin1StringView(name), wsQuotedValues(headers, name));
}

QString wsCheckSingle(const WsHeaders &headers, const char *name)
{
    if (wsHeaderCount(headers, name) == 0)
        return u"%1 header is missing"_s.arg(QLatin1StringView(name));
    return wsCheckNotRepeated(headers, name);
}

QString wsCheckSubprotocols(const QList<QByteArray> &subprotocols)
{
    QSet<QByteArrayView> seen;
    int number = 0;
    for (const QByteArray &subprotocol : subprotocols) { // which may be secrets: browsers can set no header
        ++number;
        if (!wsIsToken(subprotocol))
            return u"subprotocol %1 is not a token"_s.arg(number);
        if (seen.contains(subprotocol))
            return u"subprotocol %1 appears more than once"_s.arg(number);
        seen.insert(subprotocol);
    }
    return {};
}

namespace {
bool isOwnedByHandshake(QByteArrayView name)
{
    constexpr QByteArrayView Prefix = "Sec-WebSocket-";
    return wsIsSameName(name, "Connection") || wsIsSameName(name, "Upgrade")
           || wsIsSameName(name, "Content-Length") || wsIsSameName(name, "Transfer-Encoding")
           || wsIsSameName(name.first(qMin(name.size(), Prefix.size())), Prefix);
}
} // namespace

QString wsCheckUserHeaders(const WsHeaders &headers)
{
    for (const auto &[name, value] : headers) {
        if (const QString error = wsCheckHeader(name, value); !error.isEmpty())
            return error;
        if (isOwnedByHandshake(name))
            return u"header %1 belongs to the handshake and cannot be set"_s.arg(wsQuoted(name));
    }
    return {};
}

void wsAppendHeader(QByteArray *bytes, QByteArrayView name, QByteArrayView value)
{
    bytes->append(name).append(": ").append(value).append("\r\n");
}

void wsAppendHeaderIfAny(QByteArray *bytes, QByteArrayView name, QByteArrayView value)
{
    if (!value.isEmpty())
        wsAppendHeader(bytes, name, value);
}

void wsAppendHeaders(QByteArray *bytes, const WsHeaders &headers)
{
    for (const auto &[name, value] : headers)
        wsAppendHeader(bytes, name, value);
}
