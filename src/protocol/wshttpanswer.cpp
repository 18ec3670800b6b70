// SPDX-License-Identifier: MIT
#include "protocol/wshttpanswer.h"

#include "protocol/wshandshake.h"

#include <QtCore/qdatetime.h>
#include <QtCore/qlocale.h>
#include <QtCore/qtimezone.h>

#include <algorithm>
#include <iterator>

using namespace Qt::StringLiterals;

namespace {
struct ReasonPhrase
{
    int status;
    QByteArrayView phrase;
};

// RFC 9110 §15 and the IANA registry of status codes, in numerical order.
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

// RFC 9110 §8.6: 204 must not have a Content-Length, and that of 304 is the length of another answer.
bool mayHaveContentLength(int status)
{
    return status != 204 && status != 304;
}

// RFC 9112 §9.6
QByteArray connectionValue(int status, WsPersistence persistence)
{
    QByteArray value = persistence == WsPersistence::Close      ? "close"
                       : persistence == WsPersistence::Declared ? "keep-alive"
                                                                : "";
    if (status == 426)
        value += value.isEmpty() ? "Upgrade" : ", Upgrade";
    return value;
}

void appendUpgradeRequired(QByteArray *bytes, const WsHeaders &headers)
{
    if (wsHeaderCount(headers, "Upgrade") == 0)
        wsAppendHeader(bytes, "Upgrade", "websocket");
    if (wsHeaderCount(headers, "Sec-WebSocket-Version") == 0)
        wsAppendHeader(bytes, "Sec-WebSocket-Version", WsSupportedVersion);
}
} // namespace

QString wsCheckResponse(const WsResponse &response)
{
    const int status = response.status();
    if (status != 101 && (status < 200 || status > 599))
        return u"a request cannot be answered with status %1"_s.arg(status);
    const bool hasBody = !response.body().isEmpty();
    if (hasBody && !mayHaveBody(status))
        return u"answer with status %1 cannot have a body"_s.arg(status);
    if (!response.filePath().isEmpty()) {
        if (hasBody)
            return u"an answer cannot have both a body and a file"_s;
        if (!mayHaveBody(status))
            return u"answer with status %1 cannot have a file"_s.arg(status);
    }
    if (!response.subprotocol().isEmpty()) {
        const QString error = wsCheckSubprotocols({response.subprotocol().toUtf8()});
        if (!error.isEmpty())
            return error;
    }
    return wsCheckUserHeaders(response.headers());
}

// RFC 9110 §5.6.7
QByteArray wsHttpDate(qint64 secondsSinceEpoch)
{
    const QDateTime time = QDateTime::fromSecsSinceEpoch(secondsSinceEpoch, QTimeZone::utc());
    return QLocale::c().toString(time, u"ddd, dd MMM yyyy hh:mm:ss 'GMT'").toLatin1();
}

QByteArray wsAnswerBytes(const WsResponse &response, const WsAnswerForm &form, const QByteArray &date)
{
    const int status = response.status();
    QByteArray bytes = "HTTP/1.1 " + QByteArray::number(status) + ' ';
    bytes.append(reasonPhrase(status)).append("\r\n");
    const WsHeaders headers = response.headers();
    for (const auto &[name, value] : headers) {
        if (!wsIsSameName(name, "Connection"))
            wsAppendHeader(&bytes, name, value);
    }
    if (wsHeaderCount(headers, "Date") == 0)
        wsAppendHeaderIfAny(&bytes, "Date", date);
    wsAppendHeaderIfAny(&bytes, "Connection", connectionValue(status, form.persistence));
    if (status == 426)
        appendUpgradeRequired(&bytes, headers);
    if (mayHaveContentLength(status))
        wsAppendHeader(&bytes, "Content-Length",
                       QByteArray::number(form.bodySize.value_or(response.body().size())));
    bytes.append("\r\n");
    return form.hasBody && !form.bodySize ? bytes + response.body() : bytes;
}

WsResponse wsErrorResponse(const WsHttpError &error)
{
    WsResponse response = WsResponse::text(error.text.toUtf8() + '\n');
    response.setStatus(error.status);
    response.setHeaders(response.headers() + error.headers);
    return response;
}
