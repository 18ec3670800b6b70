// SPDX-License-Identifier: MIT
#ifndef WSHTTPANSWER_H
#define WSHTTPANSWER_H

#include "protocol/wshttphead.h"

#include <WsKit/wsresponse.h>

// What a server answers over HTTP instead of accepting the handshake.

// Returns why \a response, which the application made, cannot be sent, or an empty string: a control
// character in a header, a header that belongs to the handshake, a status that cannot be sent, or a body
// although none is allowed.
QString wsCheckResponse(const WsResponse &response);
// A complete HTTP answer with Content-Length and "Connection: close", without its body for HEAD; with
// 426 also what RFC 9110 §15.5.22 demands. \a date is the value of the Date header (RFC 9110 §6.6.1) unless
// the response brings its own; without one there is none.
QByteArray wsAnswerBytes(const WsResponse &response, bool withBody = true, const QByteArray &date = {});
// In the format of HTTP: "Sun, 06 Nov 1994 08:49:37 GMT".
QByteArray wsHttpDate(qint64 secondsSinceEpoch);
WsResponse wsErrorResponse(const WsHttpError &error);

#endif // WSHTTPANSWER_H
