// SPDX-License-Identifier: MIT
#ifndef WSHANDSHAKE_H
#define WSHANDSHAKE_H

#include "protocol/wsdeflateagreement.h"
#include "protocol/wshttphead.h"

#include <WsKit/wsresponse.h>

#include <QtCore/qstringlist.h>

// The opening handshake (RFC 6455 §4) of both roles, as functions on values.

// What both sides agreed on.
struct WsAgreement
{
    QString subprotocol;
    QByteArray extensions;
    std::optional<WsDeflateAgreement> deflate = {}; // RFC 7692, where it is among the extensions
};

// --- the server's side

bool wsIsUpgradeRequest(const WsRequestHead &request);
// Refuses what no answer may be built on: a body, no Host, conflicting lengths.
WsHttpError wsCheckRequest(const WsRequestHead &request);
// RFC 6455 §4.2.1, for a request that asks for the upgrade (and 426 for one that does not).
WsHttpError wsCheckUpgradeRequest(const WsRequestHead &request);
QStringList wsOfferedSubprotocols(const WsHeaders &headers);
// The server's first choice among those that the client offers; empty where they share none.
QString wsChooseSubprotocol(const QStringList &supported, const QStringList &offered);
// Whether \a origin is one of \a allowed; with an empty list, whether it is the origin of \a host.
bool wsIsOriginAllowed(const QStringList &allowed, const QString &origin, const QByteArray &host,
                       bool isEncrypted);
QByteArray wsAcceptKey(QByteArrayView key);
// What in \a response, which the application made, cannot be sent: a control character in a header, a
// header that the handshake owns, a status that is none, a body where none may be; an empty string
// where all is well.
QString wsCheckResponse(const WsResponse &response);
QByteArray wsAcceptanceBytes(QByteArrayView key, const WsAgreement &agreement, const WsHeaders &headers);
// A complete HTTP answer with Content-Length and "Connection: close", without its body for HEAD; with
// 426 also what RFC 9110 §15.5.22 demands.
QByteArray wsAnswerBytes(const WsResponse &response, bool withBody = true);
WsResponse wsErrorResponse(const WsHttpError &error);

// --- the client's side

struct WsUpgradeRequest
{
    QByteArray host; // with the port where it is not the scheme's
    QByteArray target;
    QByteArray key;
    QStringList subprotocols;
    WsCompression compression; // offered where it is enabled
    WsHeaders headers;     // the user's own
};

QByteArray wsNewKey(); // 16 bytes of the system's generator in Base64
// What in \a request cannot be sent; an empty string where all is well.
QString wsCheckOwnRequest(const WsUpgradeRequest &request);
QByteArray wsRequestBytes(const WsUpgradeRequest &request);
// RFC 6455 §4.1: what is wrong with the 101 answer; an empty string and \a result where it is right.
QString wsCheckAcceptance(const WsResponseHead &response, const WsUpgradeRequest &request,
                          WsAgreement *result);

#endif // WSHANDSHAKE_H
