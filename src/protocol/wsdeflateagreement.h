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
// The first offer of the request's \a headers that a server can accept, and the \a answer that says so;
// nothing where there is none.
std::optional<WsDeflateAgreement> wsAcceptDeflate(const WsHeaders &headers, const WsCompression &own,
                                                  QByteArray *answer);
// What is wrong with a server's \a answer to wsDeflateOffer(); an empty string and \a result where it is
// right.
QString wsCheckDeflateAnswer(QByteArrayView answer, const WsCompression &own, WsDeflateAgreement *result);

#endif // WSDEFLATEAGREEMENT_H
