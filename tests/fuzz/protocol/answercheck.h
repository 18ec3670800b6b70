// SPDX-License-Identifier: MIT
#ifndef ANSWERCHECK_H
#define ANSWERCHECK_H

#include "../script.h"
#include "httpchecks.h"

#include "protocol/wshttpanswer.h"
#include "protocol/wshttpbody.h"
#include "protocol/wsretryafter.h"

// What must hold for the HTTP answers that a client reads, and for those that a server writes.
namespace AnswerCheck {

constexpr qsizetype MaxBody = 500;

struct ReadBody
{
    WsBodyReader::Result result = WsBodyReader::Result::NeedsBytes;
    QByteArray body;
    QString problem;
    bool endsWithConnection = false;

    friend bool operator==(const ReadBody &, const ReadBody &) = default;
};

inline ReadBody readBody(const WsResponseHead &head, const QList<QByteArrayView> &pieces)
{
    WsBodyReader reader(head, MaxBody);
    ReadBody read;
    read.result = reader.receive({});
    for (const QByteArrayView piece : pieces)
        read.result = reader.receive(piece);
    read.body = reader.body();
    read.problem = reader.problem();
    read.endsWithConnection = reader.endsWithConnection();
    return read;
}

inline QByteArray checkBody(const WsResponseHead &head, const QByteArray &bytes)
{
    const auto read = [&head](const QList<QByteArrayView> &pieces) { return readBody(head, pieces); };
    if (const QByteArray wrong = Fuzzing::checkPieces(bytes, read); !wrong.isEmpty())
        return wrong;
    const ReadBody whole = readBody(head, {bytes});
    if (whole.body.size() > MaxBody)
        return "kept more of a body than allowed";
    const bool isBroken = whole.result == WsBodyReader::Result::Malformed;
    if (isBroken == whole.problem.isEmpty())
        return "a problem without a text, or the reverse";
    const bool hasBody = head.status >= 200 && head.status != 204 && head.status != 304;
    if (!hasBody && (!whole.body.isEmpty() || whole.result != WsBodyReader::Result::Complete))
        return "read a body after an answer that has none";
    return {};
}

// Answers, with all interim ones before the last, as a client reads them.
inline QByteArray checkAnswers(QByteArray bytes)
{
    for (int number = 0; number < 20; ++number) {
        if (const QByteArray wrong = HttpChecks::checkReading(bytes, WsReading::Lenient); !wrong.isEmpty())
            return wrong;
        const HttpChecks::ReadHead read = HttpChecks::readHead(bytes, WsReading::Lenient);
        WsResponseHead head;
        if (read.result != WsHeadReader::Result::Complete
            || !wsParseResponseHead(read.head, HttpChecks::MaxHeaders, &head).isEmpty())
            return {};
        if (HttpChecks::hasBareCr(read.head))
            return "parsed an answer with a bare CR";
        if (const QByteArray wrong = HttpChecks::checkHeaders(head.headers); !wrong.isEmpty())
            return wrong;
        if (head.status < 100 || head.status > 999 || (head.minorVersion & ~1)
            || !wsIsFieldValue(head.reason))
            return "parsed a status line that is none";
        if (head.status >= 200 || head.status == 101)
            return checkBody(head, read.rest);
        bytes = read.rest;
    }
    return {};
}

// What a server writes arrives as it is; \a text is what cannot be sent.
inline QByteArray compareAnswer(const WsResponse &response, const WsAnswerForm &form, const QByteArray &bytes)
{
    const HttpChecks::ReadHead read = HttpChecks::readHead(bytes, WsReading::Strict);
    WsResponseHead head;
    if (read.result != WsHeadReader::Result::Complete)
        return "our answer has no end: " + bytes;
    if (const QString error = wsParseResponseHead(read.head, 100, &head); !error.isEmpty())
        return "our answer is none: " + error.toUtf8();
    WsHeaders own = response.headers();
    own.removeIf([](const auto &header) { return wsIsSameName(header.first, "Connection"); });
    if (head.status != response.status() || !HttpChecks::containsHeaders(head.headers, own))
        return "our answer says something else: " + bytes;
    if (head.headers.size() > own.size() + 5)
        return "our answer has headers that nobody has set: " + bytes;
    const QByteArray body = form.hasBody ? response.body() : QByteArray();
    if (read.rest != body)
        return "our answer has another body: " + bytes;
    const ReadBody received = readBody(head, {read.rest});
    const bool isWhole =
        !form.hasBody || response.status() == 101
        || (received.result == WsBodyReader::Result::Complete && received.body == body.left(MaxBody));
    return isWhole ? QByteArray() : "nobody finds the end of our answer: " + bytes;
}

// An answer that the application makes: its status, and then names and values of headers.
inline QByteArray checkOwnAnswer(const QByteArray &input)
{
    Fuzzing::Script script(input);
    const int status = 100 + 2 * script.byte() + script.below(2);
    const quint8 choice = script.byte();
    WsResponse response(status);
    const QByteArrayList texts = Fuzzing::textsIn(script.bytes(input.size()));
    WsHeaders headers;
    for (qsizetype i = 1; i + 1 < texts.size() && headers.size() < 10; i += 2)
        headers.append({texts[i], texts[i + 1]});
    response.setHeaders(headers);
    response.setBody(texts.first());
    if (choice & 16)
        response.setSubprotocol(QString::fromUtf8(texts.last()));
    if (!wsCheckResponse(response).isEmpty())
        return {};
    if (!response.subprotocol().isEmpty() && !wsIsToken(response.subprotocol().toUtf8()))
        return "accepted a subprotocol that is no token: " + texts.last();
    WsAnswerForm form;
    form.hasBody = choice & 1;
    form.persistence = choice & 2   ? WsPersistence::Close
                       : choice & 4 ? WsPersistence::Implied
                                    : WsPersistence::Declared;
    const QByteArray date = choice & 8 ? wsHttpDate(choice) : QByteArray();
    return compareAnswer(response, form, wsAnswerBytes(response, form, date));
}

// An answer to a broken request, whose text quotes it.
inline QByteArray checkError(const WsHttpError &error)
{
    if (error.status < 400 || error.status > 599 || error.text.isEmpty())
        return "no error status, or no text";
    const WsResponse response = wsErrorResponse(error);
    if (const QString problem = wsCheckResponse(response); !problem.isEmpty() && error.status != 426)
        return "our own answer cannot be sent: " + problem.toUtf8();
    return compareAnswer(response, {}, wsAnswerBytes(response));
}

// A date that is read is the same once it is written; waiting has its limits.
inline QByteArray checkRetryAfter(const QByteArray &input)
{
    Fuzzing::Script script(input);
    const qint64 now =
        (script.byte() << 24 | script.byte() << 16 | script.byte() << 8 | script.byte()) & 0x7FFFFFFF;
    const QByteArrayList texts = Fuzzing::textsIn(script.bytes(input.size()));
    if (const auto time = wsParseHttpDate(texts.first(), now)) {
        const QByteArray written = wsHttpDate(*time);
        const auto again = wsParseHttpDate(written, now);
        const bool isFourDigits = *time >= -62135596800 && *time <= 253402300799;
        if (isFourDigits && again != time)
            return "a date comes back as another: " + written;
    }
    const auto wait = wsRetryAfter(texts.first(), texts.value(1), now);
    if (wait && (wait->count() < 0 || *wait > WsLongestRetryAfter))
        return "waits too long";
    return {};
}

inline QByteArray check(const QByteArray &input)
{
    if (input.isEmpty())
        return {};
    const QByteArray bytes = input.sliced(1);
    switch (quint8(input[0]) % 3) {
    case 0:
        return checkAnswers(bytes);
    case 1:
        return checkOwnAnswer(bytes);
    default:
        return checkRetryAfter(bytes);
    }
}

} // namespace AnswerCheck

#endif // ANSWERCHECK_H
