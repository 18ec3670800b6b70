// SPDX-License-Identifier: MIT
#ifndef HANDSHAKETESTING_H
#define HANDSHAKETESTING_H

#include "protocol/wshttphead.h"

#include <QtTest/qtest.h>

// What the tests of both roles share.

// RFC 6455 §1.3
const QByteArray ExampleKey = "dGhlIHNhbXBsZSBub25jZQ==";
const QByteArray ExampleAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

// A value that leaves the header out.
const QByteArray Missing;

inline WsHeaders without(WsHeaders headers, QByteArrayView name)
{
    headers.removeIf([name](const auto &header) { return wsIsSameName(header.first, name); });
    return headers;
}

inline WsHeaders with(const WsHeaders &headers, const QByteArray &name, const QByteArray &value)
{
    WsHeaders result = without(headers, name);
    if (!value.isNull())
        result.append({name, value});
    return result;
}

inline WsRequestHead upgradeRequest()
{
    return {"GET",
            "/chat",
            1,
            {{"Host", "server.example.com"},
             {"Upgrade", "websocket"},
             {"Connection", "Upgrade"},
             {"Sec-WebSocket-Key", ExampleKey},
             {"Sec-WebSocket-Version", "13"}}};
}

inline WsRequestHead upgradeRequestWith(const QByteArray &name, const QByteArray &value)
{
    WsRequestHead request = upgradeRequest();
    request.headers = with(request.headers, name, value);
    return request;
}

#endif // HANDSHAKETESTING_H
