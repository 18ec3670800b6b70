// SPDX-License-Identifier: MIT
#ifndef WSHANDSHAKE_H
#define WSHANDSHAKE_H

#include "protocol/wsdeflateagreement.h"

#include <WsKit/wsheaders.h>

#include <QtCore/qbytearrayview.h>
#include <QtCore/qstring.h>

#include <optional>

// What both roles share of the opening handshake (RFC 6455 §4). The roles themselves are in
// wsclienthandshake.h and wsserverhandshake.h. All of it is functions on values; a check returns what is
// wrong, or an empty string.

constexpr QByteArrayView WsSupportedVersion = "13"; // RFC 6455 §4.1

// What both sides agreed on.
struct WsAgreement
{
    QString subprotocol;
    QByteArray extensions;
    std::optional<WsDeflateAgreement> deflate = {}; // RFC 7692, if it is among the extensions
};

// The value of Sec-WebSocket-Accept that answers \a key (RFC 6455 §4.2.2, step 5.4).
QByteArray wsAcceptKey(QByteArrayView key);

// The values of all headers \a name, quoted, for the text of an error.
QString wsQuotedValues(const WsHeaders &headers, QByteArrayView name);
QString wsCheckNotRepeated(const WsHeaders &headers, const char *name);
// Checks that there is exactly one header \a name.
QString wsCheckSingle(const WsHeaders &headers, const char *name);
// RFC 6455 §4.1: the names are tokens, and each differs from all others.
QString wsCheckSubprotocols(const QList<QByteArray> &subprotocols);
// Checks headers that the application adds: they can be sent, and none belongs to the handshake.
QString wsCheckUserHeaders(const WsHeaders &headers);

void wsAppendHeader(QByteArray *bytes, QByteArrayView name, QByteArrayView value);
// Appends nothing if \a value is empty.
void wsAppendHeaderIfAny(QByteArray *bytes, QByteArrayView name, QByteArrayView value);
void wsAppendHeaders(QByteArray *bytes, const WsHeaders &headers);

#endif // WSHANDSHAKE_H
