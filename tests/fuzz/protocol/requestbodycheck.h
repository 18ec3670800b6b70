// SPDX-License-Identifier: MIT
#ifndef REQUESTBODYCHECK_H
#define REQUESTBODYCHECK_H

#include "../script.h"
#include "httpchecks.h"

#include "protocol/wshttpbody.h"
#include "protocol/wsrequestbody.h"
#include "protocol/wsserverhandshake.h"

// What must hold for the bodies of requests: the end of each is where every other reader finds it.
namespace RequestBodyCheck {

using Result = WsRequestBodyReader::Result;

constexpr qint64 MaxBody = 500;
constexpr qsizetype MaxExtras = 100;
constexpr qsizetype MaxSizeOfOthers = 100000;

struct Read
{
    Result result = Result::NeedsBytes;
    QByteArray body;
    qsizetype size = 0; // what belongs to it, if it is complete
    QString problem;

    friend bool operator==(const Read &, const Read &) = default;
};

inline Read readBody(const WsRequestHead &head, const QList<QByteArrayView> &pieces)
{
    WsRequestBodyReader reader(head, MaxBody, MaxExtras);
    Read read;
    qsizetype used = 0;
    for (const QByteArrayView piece : pieces) {
        if (read.result != Result::NeedsBytes)
            break;
        QByteArrayView rest = piece;
        read.result = reader.receive(&rest);
        used += piece.size() - rest.size();
    }
    read.size = read.result == Result::Complete ? used : 0;
    read.body = reader.takeBody();
    read.problem = reader.problem();
    return read;
}

// Takes a line up to CRLF; null if there is none.
inline QByteArray takeLine(QByteArrayView *bytes)
{
    const qsizetype size = bytes->indexOf("\r\n");
    if (size < 0)
        return {};
    const QByteArray line = bytes->first(size).toByteArray();
    *bytes = bytes->sliced(size + 2);
    return line.isNull() ? QByteArray("") : line;
}

// RFC 9112 §7.1 once more, in the simplest way. Returns whether \a bytes begin with a body in chunks, and all
// of it.
inline bool readChunks(QByteArrayView *bytes, QByteArray *body)
{
    for (;;) {
        const QByteArray line = takeLine(bytes);
        const QByteArray digits = line.split(';').first().trimmed();
        bool isNumber = false;
        const qsizetype size = qsizetype(digits.toUInt(&isNumber, 16));
        if (!isNumber || digits.startsWith('+'))
            return false;
        if (size == 0)
            break;
        if (bytes->size() < size + 2 || bytes->sliced(size, 2) != "\r\n")
            return false;
        body->append(bytes->first(size));
        *bytes = bytes->sliced(size + 2);
    }
    for (;;) {
        const QByteArray trailer = takeLine(bytes);
        if (trailer.isEmpty())
            return !trailer.isNull();
    }
}

// \a read is complete, so a simple reader and that of answers must find the same.
inline QByteArray compareReaders(const WsRequestHead &head, const QByteArray &bytes, const Read &read)
{
    QByteArrayView rest(bytes);
    QByteArray body;
    if (wsHeaderCount(head.headers, "Transfer-Encoding") > 0) {
        if (!readChunks(&rest, &body))
            return "these are no chunks";
    } else {
        body = bytes.left(wsHeader(head.headers, "Content-Length").toInt());
        rest = rest.sliced(body.size());
    }
    if (body != read.body || rest.size() != bytes.size() - read.size)
        return "others read another body: " + body;
    WsResponseHead response;
    response.status = 200;
    response.headers = head.headers;
    WsBodyReader lenient(response, MaxSizeOfOthers);
    if (lenient.receive(bytes) != WsBodyReader::Result::Complete || lenient.body() != read.body)
        return "the reader of answers reads another body";
    return {};
}

inline QByteArray checkBody(const WsRequestHead &head, const QByteArray &bytes)
{
    const auto read = [&head](const QList<QByteArrayView> &pieces) { return readBody(head, pieces); };
    if (const QByteArray wrong = Fuzzing::checkPieces(bytes, read); !wrong.isEmpty())
        return wrong;
    const Read whole = readBody(head, {bytes});
    if (whole.body.size() > MaxBody)
        return "kept more of a body than allowed";
    if (whole.body.capacity() > 2 * bytes.size() + 64)
        return "took more memory than has arrived";
    const bool isBroken = whole.result == Result::Malformed || whole.result == Result::TooLarge;
    if (isBroken == whole.problem.isEmpty())
        return "a problem without a text, or the reverse";
    return whole.result == Result::Complete ? compareReaders(head, bytes, whole) : QByteArray();
}

// A request, with whatever follows it.
inline QByteArray checkRequest(const QByteArray &bytes)
{
    const HttpChecks::ReadHead read = HttpChecks::readHead(bytes, WsReading::Strict);
    WsRequestHead request;
    if (read.result != WsHeadReader::Result::Complete
        || wsParseRequestHead(read.head, HttpChecks::MaxHeaders, &request) || !wsHasBody(request)
        || wsCheckRequest(request, MaxBody))
        return {};
    return checkBody(request, read.rest);
}

// Chunks, with whatever follows them.
inline QByteArray checkChunks(const QByteArray &bytes)
{
    WsRequestHead head;
    head.headers = {{"Transfer-Encoding", "chunked"}};
    return checkBody(head, bytes);
}

// A body that we write in chunks, as the script says, is read as it is.
inline QByteArray checkOwnChunks(const QByteArray &input)
{
    Fuzzing::Script script(input);
    QByteArray bytes;
    QByteArray body;
    qsizetype extras = 0;
    while (!script.isAtEnd() && script.below(8) > 0) {
        const QByteArray chunk = script.bytes(1 + script.below(30));
        if (chunk.isEmpty())
            break;
        const QByteArray extension(script.below(4) == 0 ? script.below(40) : 0, 'x');
        bytes += QByteArray::number(chunk.size(), 16) + (extension.isEmpty() ? "" : ";") + extension + "\r\n";
        bytes += chunk + "\r\n";
        body += chunk;
        extras += extension.size();
    }
    const QByteArray trailer = script.below(2) ? QByteArray("Name: value\r\n") : QByteArray();
    bytes += "0\r\n" + trailer + "\r\n";
    const qsizetype size = bytes.size();
    bytes += script.bytes(10);
    WsRequestHead head;
    head.headers = {{"Transfer-Encoding", "Chunked"}};
    if (const QByteArray wrong = checkBody(head, bytes); !wrong.isEmpty())
        return wrong;
    const Read read = readBody(head, {bytes});
    if (body.size() > MaxBody)
        return read.result == Result::TooLarge || extras > 0 ? QByteArray()
                                                             : QByteArray("took too large a body");
    if (read.result == Result::Malformed)
        return extras + trailer.size() > MaxExtras / 2 ? QByteArray() : "refused: " + read.problem.toUtf8();
    const bool isSame = read.result == Result::Complete && read.body == body && read.size == size;
    return isSame ? QByteArray() : QByteArray("our chunks are read as something else");
}

inline QByteArray check(const QByteArray &input)
{
    if (input.isEmpty())
        return {};
    const QByteArray bytes = input.sliced(1);
    switch (quint8(input[0]) % 3) {
    case 0:
        return checkRequest(bytes);
    case 1:
        return checkChunks(bytes);
    default:
        return checkOwnChunks(bytes);
    }
}

} // namespace RequestBodyCheck

#endif // REQUESTBODYCHECK_H
