// SPDX-License-Identifier: MIT
#include "net/server/wsaccesslog.h"

#include "net/connection/wsconnection_p.h"
#include "net/loop/wslogging.h"
#include "protocol/wshttphead.h"

#include <limits>

namespace {
// In bytes, before they are escaped.
constexpr qsizetype MaxMethod = 32;
constexpr qsizetype MaxPath = 512;
constexpr qsizetype MaxText = 200;

bool isPrintable(char c)
{
    return c >= ' ' && c <= '~';
}

QByteArray quoted(QByteArrayView text, qsizetype most = MaxText)
{
    QByteArray result("\"");
    for (const char c : text.first(qMin(text.size(), most))) {
        if (c == '"' || c == '\\')
            result += '\\';
        if (isPrintable(c))
            result += c;
        else
            result += "\\x" + QByteArray(1, c).toHex();
    }
    return result + (text.size() > most ? "...\"" : "\"");
}

QByteArray quotedText(const QString &text)
{
    return quoted(text.toUtf8());
}

WsAccess accessOf(const WsConnectionPrivate &connection, const WsRequestHead &request)
{
    WsAccess access;
    access.id = connection.id;
    access.client = connection.endpoints.peerAddress;
    access.port = connection.endpoints.peerPort;
    access.user = connection.q->user();
    if (wsIsToken(request.method)) // otherwise it may be anything
        access.method = request.method;
    access.target = request.target;
    access.duration =
        std::chrono::duration_cast<std::chrono::milliseconds>(WsClock::now() - connection.acceptedAt);
    access.agent = wsHeader(request.headers, "User-Agent");
    access.bytesIn = connection.counters.wireBytesReceived.value();
    return access;
}

void log(const WsAccess &access)
{
    qCInfo(wsAccessLog, "%s", wsAccessLine(access).constData());
}
} // namespace

QByteArray wsAccessLine(const WsAccess &access)
{
    const std::pair<const char *, QByteArray> fields[] = {
        {"id", QByteArray::number(access.id)},
        {"client", quotedText(access.client.toString())},
        {"port", QByteArray::number(access.port)},
        {"user", quotedText(access.user)},
        {"method", quoted(access.method, MaxMethod)},
        {"path", quoted(wsPathWithoutSecrets(access.target), MaxPath)},
        {"status", QByteArray::number(access.status)},
        {"subprotocol", quotedText(access.subprotocol)},
        {"duration_ms", QByteArray::number(qint64(access.duration.count()))},
        {"messages_in", QByteArray::number(access.messagesIn)},
        {"messages_out", QByteArray::number(access.messagesOut)},
        {"bytes_in", QByteArray::number(access.bytesIn)},
        {"bytes_out", QByteArray::number(access.bytesOut)},
        {"close", QByteArray::number(access.closeCode)},
        {"reason", quotedText(access.reason)},
        {"agent", quoted(access.agent)}};
    QByteArray line;
    for (const auto &[name, value] : fields)
        line += (line.isEmpty() ? QByteArray() : " ") + name + '=' + value;
    return line;
}

void wsLogAccess(const WsConnectionPrivate &connection, quint16 closeCode)
{
    if (!wsAccessLog().isInfoEnabled())
        return;
    WsRequestHead request;
    (void)wsParseRequestHead(connection.requestHead, std::numeric_limits<int>::max(), &request);
    WsAccess access = accessOf(connection, request);
    access.status = 101;
    access.subprotocol = connection.subprotocol;
    access.messagesIn = connection.counters.messagesReceived.value();
    access.messagesOut = connection.counters.messagesSent.value();
    access.bytesOut = connection.counters.wireBytesSent.value();
    access.closeCode = closeCode;
    access.reason = connection.life.ending().reason;
    log(access);
}

void wsLogAccess(const WsConnectionPrivate &connection, const WsRequestHead &request,
                 const WsResponse &response, qint64 answerSize)
{
    if (!wsAccessLog().isInfoEnabled())
        return;
    WsAccess access = accessOf(connection, request);
    access.status = response.status();
    if (!response.user().isEmpty())
        access.user = response.user();
    access.bytesOut = answerSize;
    log(access);
}
