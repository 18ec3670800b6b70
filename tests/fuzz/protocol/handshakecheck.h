// SPDX-License-Identifier: MIT
#ifndef HANDSHAKECHECK_H
#define HANDSHAKECHECK_H

#include "answercheck.h"
#include "httpchecks.h"

#include "protocol/wsclienthandshake.h"
#include "protocol/wsserverhandshake.h"

// What must hold for the opening handshake whatever the peer and the user say, for the fuzzer and for the
// test that replays it. Each function returns what is wrong; nothing if all is well.
namespace HandshakeCheck {

using HttpChecks::MaxHeaders;

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

inline QByteArray checkRequestHead(const WsRequestHead &request)
{
    if (const QByteArray wrong = HttpChecks::checkHeaders(request.headers); !wrong.isEmpty())
        return wrong;
    if (!wsIsToken(request.method) || !wsIsRequestTarget(request.target) || !request.target.startsWith('/'))
        return "parsed a request line that is none";
    if (const WsHttpError error = wsCheckRequest(request))
        return AnswerCheck::checkError(error);
    if (wsHasBody(request))
        return "accepted a body although there is no room for one";
    if (const WsHttpError error = wsCheckUpgradeRequest(request))
        return AnswerCheck::checkError(error);
    return checkAcceptance(request);
}

inline QByteArray checkRequest(const QByteArray &bytes)
{
    if (const QByteArray wrong = HttpChecks::checkReading(bytes, WsReading::Strict); !wrong.isEmpty())
        return wrong;
    const HttpChecks::ReadHead read = HttpChecks::readHead(bytes, WsReading::Strict);
    if (read.result != WsHeadReader::Result::Complete)
        return {};
    WsRequestHead request;
    if (const WsHttpError error = wsParseRequestHead(read.head, MaxHeaders, &request))
        return AnswerCheck::checkError(error);
    if (HttpChecks::hasBareCr(read.head))
        return "parsed a request with a bare CR";
    return checkRequestHead(request);
}

// "ACCEPT" stands for the key that accepts, which nobody guesses.
inline QByteArray checkResponse(QByteArray bytes)
{
    WsUpgradeRequest request;
    request.key = "dGhlIHNhbXBsZSBub25jZQ==";
    request.subprotocols = QStringList{QStringLiteral("chat"), QStringLiteral("superchat")};
    bytes.replace("ACCEPT", wsAcceptKey(request.key));
    if (const QByteArray wrong = AnswerCheck::checkAnswers(bytes); !wrong.isEmpty())
        return wrong;
    const HttpChecks::ReadHead read = HttpChecks::readHead(bytes, WsReading::Lenient);
    WsResponseHead response;
    WsAgreement agreement;
    if (read.result != WsHeadReader::Result::Complete
        || !wsParseResponseHead(read.head, MaxHeaders, &response).isEmpty()
        || !wsCheckAcceptance(response, request, &agreement).isEmpty())
        return {};
    const bool isOffered =
        agreement.subprotocol.isEmpty() || request.subprotocols.contains(agreement.subprotocol);
    if (response.status != 101 || !isOffered || agreement.deflate)
        return "accepted what was not offered";
    const bool isKeyRight = wsHeader(response.headers, "Sec-WebSocket-Accept") == wsAcceptKey(request.key);
    return isKeyRight ? QByteArray() : QByteArray("accepted another key");
}

// What a user may set must arrive as it was set, and nothing else.
inline QByteArray checkOwnRequest(const QByteArrayList &words)
{
    WsUpgradeRequest request;
    request.host = words.value(0);
    request.target = words.value(1);
    request.key = wsNewKey();
    if (!words.value(2).isEmpty())
        request.subprotocols = QString::fromUtf8(words.value(2)).split(QLatin1Char(' '));
    for (qsizetype i = 3; i + 1 < words.size() && request.headers.size() < 10; i += 2)
        request.headers.append({words[i], words[i + 1]});
    if (!wsCheckOwnRequest(request).isEmpty())
        return {};
    const QByteArray bytes = wsRequestBytes(request);
    WsRequestHead head;
    if (const WsHttpError error = wsParseRequestHead(bytes, MaxHeaders, &head))
        return "our request cannot be parsed: " + error.text.toUtf8();
    const WsHeaders headers = wsRequestHeaders(request);
    const bool isSame = head.target == request.target && wsHeader(head.headers, "Host") == request.host
                        && head.headers.size() == headers.size()
                        && HttpChecks::containsHeaders(head.headers, headers);
    if (!isSame)
        return "our request says something else: " + bytes;
    if (!wsCheckRequest(head) && wsCheckUpgradeRequest(head) && wsHeaderCount(request.headers, "Origin") <= 1)
        return "our request is refused: " + wsCheckUpgradeRequest(head).text.toUtf8();
    return wsCheckUpgradeRequest(head) ? QByteArray() : checkAcceptance(head);
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
        return checkOwnRequest(Fuzzing::textsIn(bytes));
    }
}

} // namespace HandshakeCheck

#endif // HANDSHAKECHECK_H
