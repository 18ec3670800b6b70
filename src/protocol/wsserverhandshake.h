// SPDX-License-Identifier: MIT
#ifndef WSSERVERHANDSHAKE_H
#define WSSERVERHANDSHAKE_H

#include "protocol/wshandshake.h"
#include "protocol/wshttpanswer.h"
#include "protocol/wshttphead.h"

#include <QtCore/qstringlist.h>

// The server's part of the opening handshake (RFC 6455 §4.2), as functions on values.

bool wsIsUpgradeRequest(const WsRequestHead &request);
// Whether a body follows the head.
bool wsHasBody(const WsRequestHead &request);
// Refuses requests that cannot be answered safely: without Host, with conflicting lengths, with a coding
// other than chunked, with a body of more than \a maxBody bytes, or with an expectation other than
// 100-continue.
WsHttpError wsCheckRequest(const WsRequestHead &request, qint64 maxBody = 0);
// Whether the client waits for 100 (Continue) before it sends the body.
bool wsAwaitsContinue(const WsRequestHead &request);
// Whether the connection may continue after the answer.
WsPersistence wsPersistenceOf(const WsRequestHead &request);
// RFC 6455 §4.2.1, for a request that asks for the upgrade; 426 for one that does not.
WsHttpError wsCheckUpgradeRequest(const WsRequestHead &request);
QStringList wsOfferedSubprotocols(const WsHeaders &headers);
// The first of \a supported that the client offers; empty if there is none.
QString wsChooseSubprotocol(const QStringList &supported, const QStringList &offered);
QByteArray wsAcceptanceBytes(QByteArrayView key, const WsAgreement &agreement, const WsHeaders &headers);

#endif // WSSERVERHANDSHAKE_H
