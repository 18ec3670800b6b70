// SPDX-License-Identifier: MIT
#ifndef HTTPCHECKS_H
#define HTTPCHECKS_H

#include "../pieces.h"

#include "protocol/wshttphead.h"

// What must hold for every HTTP head. Each function returns what is wrong; nothing if all is well.
namespace HttpChecks {

constexpr qsizetype MaxSize = 2000;
constexpr int MaxHeaders = 20;

struct ReadHead
{
    WsHeadReader::Result result = WsHeadReader::Result::NeedsBytes;
    QByteArray head;
    QByteArray rest;
    bool isFirstLineComplete = false;

    friend bool operator==(const ReadHead &, const ReadHead &) = default;
};

inline ReadHead readHead(const QList<QByteArrayView> &pieces, WsReading reading)
{
    WsHeadReader reader(MaxSize, reading);
    ReadHead read;
    QByteArray unread;
    for (const QByteArrayView piece : pieces) {
        if (read.result == WsHeadReader::Result::NeedsBytes)
            read.result = reader.receive(piece);
        else
            unread.append(piece);
    }
    if (read.result == WsHeadReader::Result::TooLarge)
        read.isFirstLineComplete = reader.isFirstLineComplete();
    if (read.result != WsHeadReader::Result::Complete)
        return read;
    read.head = reader.head().toByteArray();
    read.rest = reader.takeRest() + unread;
    return read;
}

inline ReadHead readHead(const QByteArray &bytes, WsReading reading)
{
    return readHead(QList<QByteArrayView>{bytes}, reading);
}

// Head and rest are what was read, but for empty lines.
inline QByteArray checkReading(const QByteArray &bytes, WsReading reading)
{
    const auto read = [reading](const QList<QByteArrayView> &pieces) { return readHead(pieces, reading); };
    if (const QByteArray wrong = Fuzzing::checkPieces(bytes, read); !wrong.isEmpty())
        return wrong;
    const ReadHead whole = readHead(bytes, reading);
    if (whole.result != WsHeadReader::Result::Complete)
        return {};
    if (whole.head.size() > MaxSize)
        return "a head larger than the limit";
    const QByteArray kept = whole.head + whole.rest;
    QByteArray skipped = bytes.first(qMax(bytes.size() - kept.size(), qsizetype(0)));
    if (skipped + kept != bytes)
        return "head and rest are not what was read";
    const bool isEmptyLines = skipped.replace("\r\n", "").count('\n') == skipped.size();
    const bool isRight = isEmptyLines && (reading == WsReading::Lenient || skipped.isEmpty());
    return isRight ? QByteArray() : QByteArray("skipped something before the head");
}

// Some readers end a line at a bare CR, so that a head with one has other headers for them.
inline bool hasBareCr(QByteArray head)
{
    return head.replace("\r\n", "").contains('\r');
}

inline QByteArray checkHeaders(const WsHeaders &headers)
{
    if (headers.size() > MaxHeaders)
        return "more headers than allowed";
    for (const auto &[name, value] : headers) {
        if (!wsCheckHeader(name, value).isEmpty())
            return "parsed a header that cannot be on the wire";
        if (name.contains('\n') || value.contains('\n') || value.contains('\r') || value.contains('\0'))
            return "a header has a line end or NUL in it";
        const auto isSpace = [](char c) { return c == ' ' || c == '\t'; };
        if (!value.isEmpty() && (isSpace(value.front()) || isSpace(value.back())))
            return "white space around a value";
    }
    return {};
}

// The headers \a own, in their order, are among \a received.
inline bool containsHeaders(const WsHeaders &received, const WsHeaders &own)
{
    qsizetype at = 0;
    for (const auto &sent : own) {
        const auto isSent = [&sent](const auto &header) {
            return header.first == sent.first && header.second.trimmed() == sent.second.trimmed();
        };
        while (at < received.size() && !isSent(received[at]))
            ++at;
        if (at++ == received.size())
            return false;
    }
    return true;
}

} // namespace HttpChecks

#endif // HTTPCHECKS_H
