// SPDX-License-Identifier: MIT
#ifndef WSHTTPANSWER_H
#define WSHTTPANSWER_H

#include "protocol/wshttphead.h"

#include <WsKit/wsresponse.h>

// What a server answers over HTTP instead of accepting the handshake.

// Returns what in \a response, which the application made, cannot be sent, or an empty string: a control
// character in a header, a header that belongs to the handshake, a status that cannot be sent, a body where
// none is allowed.
QString wsCheckResponse(const WsResponse &response);
// A complete HTTP answer with Content-Length and "Connection: close", without its body for HEAD; with
// 426 also what RFC 9110 §15.5.22 demands.
QByteArray wsAnswerBytes(const WsResponse &response, bool withBody = true);
WsResponse wsErrorResponse(const WsHttpError &error);

#endif // WSHTTPANSWER_H
