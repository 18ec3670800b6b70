// SPDX-License-Identifier: MIT
#ifndef WSSERVERHANDSHAKE_H
#define WSSERVERHANDSHAKE_H

#include "protocol/wshandshake.h"
#include "protocol/wshttphead.h"

#include <QtCore/qstringlist.h>

// The server's part of the opening handshake (RFC 6455 §4.2), as functions on values.

bool wsIsUpgradeRequest(const WsRequestHead &request);
// Refuses requests that cannot be answered safely: with a body, without Host, or with conflicting lengths.
WsHttpError wsCheckRequest(const WsRequestHead &request);
// RFC 6455 §4.2.1, for a request that asks for the upgrade; 426 for one that does not.
WsHttpError wsCheckUpgradeRequest(const WsRequestHead &request);
QStringList wsOfferedSubprotocols(const WsHeaders &headers);
// The first of \a supported that the client offers; empty if there is none.
QString wsChooseSubprotocol(const QStringList &supported, const QStringList &offered);
QByteArray wsAcceptanceBytes(QByteArrayView key, const WsAgreement &agreement, const WsHeaders &headers);

#endif // WSSERVERHANDSHAKE_H
