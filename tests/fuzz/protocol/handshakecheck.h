// SPDX-License-Identifier: MIT
#ifndef HANDSHAKECHECK_H
#define HANDSHAKECHECK_H

#include "protocol/wsallowedhosts.h"
#include "protocol/wsauthentication.h"
#include "protocol/wsauthority.h"
#include "protocol/wsclienthandshake.h"
#include "protocol/wsforwarded.h"
#include "protocol/wshttpanswer.h"
#include "protocol/wshttpbody.h"
#include "protocol/wsorigin.h"
#include "protocol/wsproxyprotocol.h"
#include "protocol/wsrequestbody.h"
#include "protocol/wsserverhandshake.h"

#include <QtCore/qbytearraylist.h>

// What must hold for the opening handshake whatever the peer and the user say, for the fuzzer and for the
// test that replays it. Each function returns what is wrong; nothing where all is well.
namespace HandshakeCheck {

constexpr qsizetype MaxSize = 2000;
constexpr int MaxHeaders = 20;

struct ReadHead
{
    WsHeadReader::Result result = WsHeadReader::Result::NeedsBytes;
    QByteArray head;
    QByteArray rest;
    bool isFirstLineComplete = false;

    friend bool operator==(const ReadHead &a, const ReadHead &b)
    {
        return a.result == b.result && a.head == b.head && a.rest == b.rest
               && a.isFirstLineComplete == b.isFirstLineComplete;
    }
};

inline ReadHead readInPieces(QByteArrayView bytes, qsizetype pieceSize)
{
    WsHeadReader reader(MaxSize);
    ReadHead read;
    while (!bytes.isEmpty() && read.result == WsHeadReader::Result::NeedsBytes) {
        const qsizetype size = qMin(bytes.size(), pieceSize);
        read.result = reader.receive(bytes.first(size));
        bytes = bytes.sliced(size);
    }
    if (read.result == WsHeadReader::Result::TooLarge)
        read.isFirstLineComplete = reader.isFirstLineComplete();
    if (read.result != WsHeadReader::Result::Complete)
        return read;
    read.head = reader.head().toByteArray();
    read.rest = reader.takeRest() + bytes.toByteArray();
    return read;
}

inline QByteArray checkReading(const QByteArray &bytes, const ReadHead &whole)
{
    for (const qsizetype pieceSize : {1, 2, 7, 100}) {
        if (!(readInPieces(bytes, pieceSize) == whole))
            return "read differently in pieces of " + QByteArray::number(pieceSize);
    }
    if (whole.result != WsHeadReader::Result::Complete)
        return {};
    const QByteArray kept = whole.head + whole.rest;
    const QByteArray skipped = bytes.first(qMax(bytes.size() - kept.size(), qsizetype(0)));
    const bool isAll = skipped + kept == bytes && skipped == QByteArray("\r\n").repeated(skipped.size() / 2);
    return isAll ? QByteArray() : QByteArray("head and rest are not what was read");
}

inline QByteArray checkHeaders(const WsHeaders &headers)
{
    if (headers.size() > MaxHeaders)
        return "more headers than allowed";
    for (const auto &[name, value] : headers) {
        if (!wsCheckHeader(name, value).isEmpty())
            return "parsed a header that cannot be on the wire";
        const auto isSpace = [](char c) { return c == ' ' || c == '\t'; };
        if (!value.isEmpty() && (isSpace(value.front()) || isSpace(value.back())))
            return "white space around a value";
    }
    return {};
}

// An answer to \a error must be one that a client can read.
inline QByteArray checkAnswer(const WsHttpError &error)
{
    if (error.status < 400 || error.status > 599 || error.text.isEmpty())
        return "no error status, or no text";
    const WsResponse response = wsErrorResponse(error);
    const QByteArray bytes = wsAnswerBytes(response);
    const ReadHead read = readInPieces(bytes, bytes.size());
    WsResponseHead head;
    if (!wsParseResponseHead(read.head, MaxHeaders, &head).isEmpty())
        return "our answer is none: " + bytes;
    const bool isWhole = head.status == error.status && read.rest == response.body()
                         && wsHeader(head.headers, "Content-Length") == QByteArray::number(read.rest.size());
    return isWhole ? QByteArray() : "our answer says something else: " + bytes;
}

// What the server accepts, and answers, a client that sent it must accept.
inline QByteArray checkAcceptance(const WsRequestHead &request)
{
    WsUpgradeRequest sent;
    sent.key = wsHeader(request.headers, "Sec-WebSocket-Key");
    sent.subprotocols = wsOfferedSubprotocols(request.headers);
    const WsAgreement agreement{wsChooseSubprotocol(sent.subprotocols, sent.subprotocols), {}};
    WsResponseHead response;
    const QByteArray bytes = wsAcceptanceBytes(sent.key, agreement, {});
    if (const QString error = wsParseResponseHead(bytes, MaxHeaders, &response); !error.isEmpty())
        return "acceptance cannot be parsed: " + error.toUtf8();
    WsAgreement agreed;
    if (const QString error = wsCheckAcceptance(response, sent, &agreed); !error.isEmpty())
        return "acceptance is refused: " + error.toUtf8();
    return agreed.subprotocol == agreement.subprotocol ? QByteArray()
                                                       : QByteArray("agreed on something else");
}

// What a body is read as, and where it ends, must not depend on the pieces in which it comes.
inline QByteArray checkRequestBody(const WsRequestHead &request, const QByteArray &bytes)
{
    constexpr qint64 MaxBody = 500;
    constexpr qsizetype MaxExtras = 100;
    if (!wsHasBody(request) || wsCheckRequest(request, MaxBody))
        return {};
    WsRequestBodyReader whole(request, MaxBody, MaxExtras);
    QByteArrayView rest(bytes);
    const WsRequestBodyReader::Result result = whole.receive(&rest);
    const QByteArray body = whole.takeBody();
    if (body.size() > MaxBody)
        return "kept more of a body than allowed";
    for (const qsizetype pieceSize : {1, 2, 7}) {
        WsRequestBodyReader reader(request, MaxBody, MaxExtras);
        auto last = WsRequestBodyReader::Result::NeedsBytes;
        qsizetype used = 0;
        while (used < bytes.size() && last == WsRequestBodyReader::Result::NeedsBytes) {
            QByteArrayView piece = QByteArrayView(bytes).sliced(used, qMin(pieceSize, bytes.size() - used));
            const qsizetype size = piece.size();
            last = reader.receive(&piece);
            used += size - piece.size();
        }
        const bool isComplete = result == WsRequestBodyReader::Result::Complete;
        const bool isSameEnd = !isComplete || used == bytes.size() - rest.size();
        if (last != result || !isSameEnd || reader.takeBody() != body || reader.problem() != whole.problem())
            return "read a body differently in pieces of " + QByteArray::number(pieceSize);
    }
    return {};
}

// What a server takes for the client, with everything that a proxy may pass on.
inline QByteArray checkProxy(const QByteArray &bytes, const WsHeaders &headers)
{
    const WsProxyReading reading = wsReadProxyHeader(bytes);
    if (reading.size > bytes.size()
        || (reading.result == WsProxyReading::Result::Complete) != (reading.size > 0))
        return "read a PROXY header beyond its end";
    const WsForwarded told =
        wsReadForwarded(headers, [](QByteArrayView address) { return address.startsWith("10."); });
    if (told.problem.isEmpty() && !told.address.isEmpty() && !wsIsAddress(told.address)
        && !wsIsAddress('[' + told.address + ']'))
        return "took something for the address of a client";
    return {};
}

inline QByteArray checkRequest(const QByteArray &bytes)
{
    if (const QByteArray wrong = checkProxy(bytes, {}); !wrong.isEmpty())
        return wrong;
    const ReadHead read = readInPieces(bytes, qMax(bytes.size(), qsizetype(1)));
    if (const QByteArray wrong = checkReading(bytes, read); !wrong.isEmpty())
        return wrong;
    if (read.result != WsHeadReader::Result::Complete)
        return {};
    WsRequestHead request;
    if (const WsHttpError error = wsParseRequestHead(read.head, MaxHeaders, &request))
        return checkAnswer(error);
    if (const QByteArray wrong = checkHeaders(request.headers); !wrong.isEmpty())
        return wrong;
    if (!wsIsToken(request.method) || !wsIsRequestTarget(request.target) || !request.target.startsWith('/'))
        return "parsed a request line that is none";
    if (const QByteArray wrong = checkProxy(bytes, request.headers); !wrong.isEmpty())
        return wrong;
    (void)wsCheckOrigin({QStringLiteral("https://*.example.com")},
                        QString::fromUtf8(wsHeader(request.headers, "Origin")),
                        wsHeader(request.headers, "Host"), false);
    (void)wsCheckAllowedHost({{QStringLiteral("*.example.com")}, true}, request.headers);
    if (const QByteArray wrong = checkRequestBody(request, read.rest); !wrong.isEmpty())
        return wrong;
    if (const WsHttpError error = wsCheckRequest(request))
        return checkAnswer(error);
    if (const WsHttpError error = wsCheckUpgradeRequest(request))
        return checkAnswer(error);
    return checkAcceptance(request);
}

// What a refusal's body is read as must not depend on the pieces in which it comes.
inline QByteArray checkBody(const WsResponseHead &head, const QByteArray &bytes)
{
    constexpr qsizetype MaxBody = 500;
    WsBodyReader whole(head, MaxBody);
    const WsBodyReader::Result result = whole.receive(bytes);
    if (whole.body().size() > MaxBody)
        return "kept more of a body than allowed";
    for (const qsizetype pieceSize : {1, 2, 7}) {
        WsBodyReader reader(head, MaxBody);
        WsBodyReader::Result last = reader.receive({});
        for (qsizetype at = 0; at < bytes.size(); at += pieceSize)
            last = reader.receive(QByteArrayView(bytes).sliced(at, qMin(pieceSize, bytes.size() - at)));
        if (last != result || reader.body() != whole.body() || reader.problem() != whole.problem())
            return "read a body differently in pieces of " + QByteArray::number(pieceSize);
    }
    return {};
}

// Whatever a server asks for, the answer must be something that can be sent.
inline QByteArray checkLogin(const WsHeaders &headers)
{
    const QList<WsChallenge> challenges = wsParseChallenges(headers);
    if (challenges.size() > 32)
        return "kept more challenges than allowed";
    for (const WsChallenge &challenge : challenges) {
        std::optional<WsAuthorization> authorization = WsAuthorization::of(challenge);
        const WsCredentials credentials = {QStringLiteral("us\"er"), QStringLiteral("p\\a:ss")};
        if (authorization
            && !wsCheckHeader("Authorization", authorization->header(credentials, "/")).isEmpty())
            return "the answer to a challenge cannot be sent";
    }
    return {};
}

inline QByteArray checkResponse(const QByteArray &bytes)
{
    const ReadHead read = readInPieces(bytes, qMax(bytes.size(), qsizetype(1)));
    WsResponseHead response;
    const bool isParsed = read.result == WsHeadReader::Result::Complete
                          && wsParseResponseHead(read.head, MaxHeaders, &response).isEmpty();
    if (!isParsed)
        return checkReading(bytes, read);
    WsUpgradeRequest request;
    request.key = "dGhlIHNhbXBsZSBub25jZQ==";
    request.subprotocols = QStringList{QStringLiteral("chat"), QStringLiteral("superchat")};
    WsAgreement agreement;
    const bool isAccepted = wsCheckAcceptance(response, request, &agreement).isEmpty();
    const bool isOffered =
        agreement.subprotocol.isEmpty() || request.subprotocols.contains(agreement.subprotocol);
    if (isAccepted && (response.status != 101 || !isOffered || !agreement.extensions.isEmpty()))
        return "accepted what was not offered";
    if (const QByteArray wrong = checkBody(response, read.rest); !wrong.isEmpty())
        return wrong;
    if (const QByteArray wrong = checkLogin(response.headers); !wrong.isEmpty())
        return wrong;
    return checkHeaders(response.headers);
}

// What a user may set must arrive as it was set, and nothing else.
inline QByteArray checkOwnRequest(const QByteArrayList &words)
{
    WsUpgradeRequest request;
    request.host = words.value(0);
    request.target = words.value(1);
    request.key = wsNewKey();
    if (!words.value(2).isEmpty())
        request.subprotocols = QStringList{QString::fromUtf8(words.value(2))};
    for (qsizetype i = 3; i + 1 < words.size() && request.headers.size() < 10; i += 2)
        request.headers.append({words[i], words[i + 1]});
    if (!wsCheckOwnRequest(request).isEmpty())
        return {};
    const QByteArray bytes = wsRequestBytes(request);
    WsRequestHead head;
    if (const WsHttpError error = wsParseRequestHead(bytes, MaxHeaders, &head))
        return "our request cannot be parsed: " + error.text.toUtf8();
    const qsizetype ownHeaders = 5 + request.subprotocols.size();
    const bool isSame = head.target == request.target && wsHeader(head.headers, "Host") == request.host
                        && head.headers.size() == ownHeaders + request.headers.size();
    if (!isSame)
        return "our request says something else: " + bytes;
    for (qsizetype i = 0; i < request.headers.size(); ++i) {
        const auto &[name, value] = head.headers[ownHeaders + i];
        if (name != request.headers[i].first || value.trimmed() != request.headers[i].second.trimmed())
            return "a header of the user came as another: " + bytes;
    }
    return {};
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
        return checkResponse(bytes);
    default:
        return checkOwnRequest(bytes.split('\x1F'));
    }
}

} // namespace HandshakeCheck

#endif // HANDSHAKECHECK_H
