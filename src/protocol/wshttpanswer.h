// SPDX-License-Identifier: MIT
#ifndef WSHTTPANSWER_H
#define WSHTTPANSWER_H

#include "protocol/wshttphead.h"

#include <WsKit/wsresponse.h>

#include <optional>

// What a server answers over HTTP instead of accepting the handshake.

// Returns why \a response, which the application made, cannot be sent, or an empty string: a control
// character in a header, a header that belongs to the handshake, a status that cannot be sent, or a body
// although none is allowed.
QString wsCheckResponse(const WsResponse &response);
// What follows an answer on its connection.
enum class WsPersistence : quint8 {
    Close,
    Implied, // further requests, as HTTP/1.1 does by itself
    Declared // further requests of a client of HTTP/1.0, which has to be told
};

// How an answer is written.
struct WsAnswerForm
{
    bool hasBody = true; // or only its headers, as for HEAD
    WsPersistence persistence = WsPersistence::Close;
    std::optional<qint64> bodySize = {}; // of a body that is sent separately
};

// A complete HTTP answer with Content-Length and the Connection header; with 426 also what RFC 9110 §15.5.22
// demands. \a date is the value of the Date header (RFC 9110 §6.6.1) unless the response brings its own;
// without one there is none.
QByteArray wsAnswerBytes(const WsResponse &response, const WsAnswerForm &form = {},
                         const QByteArray &date = {});
// In the format of HTTP: "Sun, 06 Nov 1994 08:49:37 GMT".
QByteArray wsHttpDate(qint64 secondsSinceEpoch);
WsResponse wsErrorResponse(const WsHttpError &error);

#endif // WSHTTPANSWER_H
