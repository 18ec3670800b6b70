// SPDX-License-Identifier: MIT
#ifndef COMPRESSIONTEST_H
#define COMPRESSIONTEST_H

#include "interoptest.h"

// InteropTest, and everything that two sides can agree on about permessage-deflate (RFC 7692 §7.1).
//
// In each agreement the same message is echoed twenty times. It is short and nothing in it repeats, so that
// what it takes on the wire tells whether it was compressed, and whether it refers to the one before.
class CompressionTest : public InteropTest
{
    Q_OBJECT

public:
    // \a smallestSent is the smallest window that the peer compresses in, 2^8 or 2^9 bytes.
    CompressionTest(std::unique_ptr<Peer> peer, int smallestSent);

private Q_SLOTS:
    void wsClientOffers_data() { addTakeovers(); }
    void wsClientOffers();
    void wsClientIsAskedFor_data();
    void wsClientIsAskedFor();
    void wsServerIsOffered_data() { addTakeovers(); }
    void wsServerIsOffered();
    void wsServerAsksFor_data() { addTakeovers(); }
    void wsServerAsksFor();
    void wsServerDeclines();
    void wsServerReachesEachOfManyClients();

private:
    static void addTakeovers();
    void repeatByClient(const QUrl &server, const WsCompression &own, const QString &wanted = {});
    void repeatByServer(InteropServer *server, bool isEncrypted, const QString &offer,
                        const WsCompression &own);

    int m_smallestSent;
};

#endif // COMPRESSIONTEST_H
