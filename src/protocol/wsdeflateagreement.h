// SPDX-License-Identifier: MIT
#ifndef WSDEFLATEAGREEMENT_H
#define WSDEFLATEAGREEMENT_H

#include <WsKit/wscompression.h>
#include <WsKit/wsheaders.h>

#include <QtCore/qbytearrayview.h>
#include <QtCore/qstring.h>

#include <optional>

// The negotiation of permessage-deflate (RFC 7692 §7.1) of both roles, as functions on values.

// What both sides agreed on.
struct WsDeflateAgreement
{
    quint8 serverWindowBits = 15; // of what the server sends
    quint8 clientWindowBits = 15;
    bool serverTakeover = true;
    bool clientTakeover = true;

    bool operator==(const WsDeflateAgreement &) const = default;
};

// What a client offers.
QByteArray wsDeflateOffer(const WsCompression &own);
// Returns the first offer in the request's \a headers that a server can accept, and sets \a answer; returns
// nothing if there is none.
std::optional<WsDeflateAgreement> wsAcceptDeflate(const WsHeaders &headers, const WsCompression &own,
                                                  QByteArray *answer);
// Returns what is wrong with a server's \a answer to wsDeflateOffer(), or an empty string and sets \a result.
QString wsCheckDeflateAnswer(QByteArrayView answer, const WsCompression &own, WsDeflateAgreement *result);

#endif // WSDEFLATEAGREEMENT_H
