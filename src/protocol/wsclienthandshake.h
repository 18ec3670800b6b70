// SPDX-License-Identifier: MIT
#ifndef WSCLIENTHANDSHAKE_H
#define WSCLIENTHANDSHAKE_H

#include "protocol/wshandshake.h"
#include "protocol/wshttphead.h"

#include <QtCore/qstringlist.h>

// The client's part of the opening handshake (RFC 6455 §4.1), as functions on values.

struct WsUpgradeRequest
{
    QByteArray host; // with the port unless it is the default one of the scheme
    QByteArray target;
    QByteArray key;
    QStringList subprotocols;
    WsCompression compression; // offered if it is enabled
    WsHeaders headers;         // the user's own
};

QByteArray wsNewKey(); // 16 bytes of the system's generator in Base64
// Returns what in \a request cannot be sent, or an empty string.
QString wsCheckOwnRequest(const WsUpgradeRequest &request);
WsHeaders wsRequestHeaders(const WsUpgradeRequest &request); // all of them, in the order of the request
QByteArray wsRequestBytes(const WsUpgradeRequest &request);
// Returns what is wrong with the 101 answer; if nothing is, an empty string, and sets \a result.
QString wsCheckAcceptance(const WsResponseHead &response, const WsUpgradeRequest &request,
                          WsAgreement *result);

#endif // WSCLIENTHANDSHAKE_H
