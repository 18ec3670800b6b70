// SPDX-License-Identifier: MIT
#include "compressiontest.h"

#include "agreements.h"
#include "interopclient.h"

using namespace Agreements;
using namespace IntegrationTesting;

namespace {
// Every pair of windows over ws://, each window once over wss://.
QList<QPair<int, int>> windowPairs(bool isEncrypted)
{
    QList<QPair<int, int>> pairs;
    for (int a = SmallestWindow; a <= LargestWindow; ++a) {
        for (int b = SmallestWindow; b <= LargestWindow; ++b) {
            if (!isEncrypted || a + b == SmallestWindow + LargestWindow)
                pairs.append({a, b});
        }
    }
    return pairs;
}

QStringList takeoverParameters(bool serverTakesOver, bool clientTakesOver)
{
    QStringList parameters;
    if (!serverTakesOver)
        parameters.append(u"server_no_context_takeover"_s);
    if (!clientTakesOver)
        parameters.append(u"client_no_context_takeover"_s);
    return parameters;
}

QString windowParameter(const QString &side, int bits)
{
    return u"%1_max_window_bits=%2"_s.arg(side).arg(bits);
}
} // namespace

CompressionTest::CompressionTest(std::unique_ptr<Peer> peer, int smallestSent)
    : InteropTest(std::move(peer)), m_smallestSent(smallestSent)
{
}

void CompressionTest::addTakeovers()
{
    QTest::addColumn<bool>("isEncrypted");
    QTest::addColumn<bool>("serverTakesOver");
    QTest::addColumn<bool>("clientTakesOver");
    for (const bool isEncrypted : {false, true}) {
        for (const bool server : {true, false}) {
            for (const bool client : {true, false})
                QTest::addRow("%s: server takes over %s, client %s", isEncrypted ? "wss" : "ws",
                              server ? "yes" : "no", client ? "yes" : "no")
                    << isEncrypted << server << client;
        }
    }
}

// --- WsClient against the peer's server

// \a wanted is what the peer is to ask for.
void CompressionTest::repeatByClient(const QUrl &server, const WsCompression &own, const QString &wanted)
{
    const WsMessage message = WsMessage::text(noise());
    InteropClient client(server, own);
    QVERIFY2(client.open(u"/echo"_s, wanted), qPrintable(wanted + u": "_s + client.client.errorString()));
    for (int i = 0; i < Repetitions; ++i) {
        QVERIFY(client.client.send(message));
        WS_TRY_COMPARE(client.messages.size(), i + 1);
        QVERIFY(client.messages.last() == message);
    }
    const QString extensions = client.client.extensions();
    QVERIFY2(extensions.startsWith(u"permessage-deflate"), qPrintable(wanted));
    const Agreement agreed = agreementOf(extensions);
    const Agreement asked = agreementOf(QUrlQuery(wanted));
    const Direction ours{own.contextTakeover() && agreed.client.takesOver,
                         qMin(own.windowBits(), agreed.client.windowBits)};
    const Direction peers{own.peerContextTakeover(), own.peerWindowBits()};
    QVERIFY2(isWithin(agreed.server, peers) && isWithin(agreed.server, asked.server)
                 && isWithin(ours, asked.client),
             qPrintable(extensions));
    const WsStatistics statistics = client.client.statistics();
    QCOMPARE(extensions + u": "_s + sentAs(statistics.wireBytesSent), extensions + u": "_s + expected(ours));
    QCOMPARE(extensions + u": "_s + sentAs(statistics.wireBytesReceived),
             extensions + u": "_s + expectedOfPeer(agreed.server));
    QVERIFY(client.close());
    QVERIFY(client.errors.isEmpty());
}

void CompressionTest::wsClientOffers()
{
    QFETCH(bool, isEncrypted);
    QFETCH(bool, serverTakesOver);
    QFETCH(bool, clientTakesOver);
    const QUrl url = peer().startServer(isEncrypted);
    QVERIFY(!url.isEmpty());
    for (const auto &[ours, theirs] : windowPairs(isEncrypted)) {
        repeatByClient(url, compression(clientTakesOver, serverTakesOver, ours, theirs));
        if (QTest::currentTestFailed())
            return;
    }
}

void CompressionTest::wsClientIsAskedFor_data()
{
    QTest::addColumn<bool>("isEncrypted");
    QTest::addColumn<QString>("wanted");
    QStringList all;
    for (const bool server : {true, false}) {
        for (const bool client : {true, false})
            all.append(takeoverParameters(server, client).join(u'&'));
    }
    for (int bits = m_smallestSent; bits <= LargestWindow; ++bits)
        all.append(windowParameter(u"server"_s, bits));
    for (int bits = 8; bits <= LargestWindow; ++bits)
        all.append(windowParameter(u"client"_s, bits));
    for (const bool isEncrypted : {false, true}) {
        for (const QString &wanted : all)
            QTest::addRow("%s: %s", isEncrypted ? "wss" : "ws", qPrintable(wanted)) << isEncrypted << wanted;
    }
}

void CompressionTest::wsClientIsAskedFor()
{
    QFETCH(bool, isEncrypted);
    QFETCH(QString, wanted);
    const QUrl url = peer().startServer(isEncrypted);
    QVERIFY(!url.isEmpty());
    repeatByClient(url, compression(true, true), wanted);
}

// --- the peer's client against WsServer

void CompressionTest::repeatByServer(InteropServer *server, bool isEncrypted, const QString &offer,
                                     const WsCompression &own)
{
    const qsizetype before = server->traffic().size();
    const QString error = peer().playClient(u"repeats"_s, server->url(), isEncrypted, offer);
    QVERIFY2(error.isEmpty(), qPrintable(offer + u": "_s + error));
    WS_TRY_COMPARE(server->traffic().size(), before + 1);
    QVERIFY(server->endings().last().wasClean);
    const InteropServer::Traffic traffic = server->traffic().last();
    const QString extensions = traffic.extensions;
    QVERIFY2(extensions.startsWith(u"permessage-deflate"), qPrintable(offer));
    const Agreement agreed = agreementOf(extensions);
    const Agreement offered = agreementOf(QUrlQuery(offer));
    const Direction ours{own.contextTakeover() && agreed.server.takesOver,
                         qMin(own.windowBits(), agreed.server.windowBits)};
    // RFC 7692 §7.1.2.2: only who names the parameter may be told to use it.
    const bool mayBeTold = QUrlQuery(offer).hasQueryItem(u"client_max_window_bits"_s);
    const Direction theirs{own.peerContextTakeover(), mayBeTold ? own.peerWindowBits() : LargestWindow};
    QVERIFY2(isWithin(agreed.client, theirs) && isWithin(agreed.client, offered.client)
                 && isWithin(ours, offered.server),
             qPrintable(offer + u" → "_s + extensions));
    QCOMPARE(extensions + u": "_s + sentAs(traffic.statistics.wireBytesSent),
             extensions + u": "_s + expected(ours));
    QCOMPARE(extensions + u": "_s + sentAs(traffic.statistics.wireBytesReceived),
             extensions + u": "_s + expectedOfPeer(agreed.client));
}

void CompressionTest::wsServerIsOffered()
{
    QFETCH(bool, isEncrypted);
    QFETCH(bool, serverTakesOver);
    QFETCH(bool, clientTakesOver);
    const WsCompression own = compression(true, true);
    InteropServer server;
    server.setCompression(own);
    QVERIFY(server.listen(isEncrypted));
    QStringList windows{QString(), u"client_max_window_bits"_s};
    for (const auto &[serverBits, clientBits] : windowPairs(isEncrypted))
        windows.append(windowParameter(u"server"_s, serverBits) + u'&'
                       + windowParameter(u"client"_s, clientBits));
    for (int bits = SmallestWindow; bits <= LargestWindow; ++bits) {
        windows.append(windowParameter(u"server"_s, bits));
        windows.append(windowParameter(u"server"_s, bits) + u"&client_max_window_bits"_s);
    }
    for (int bits = m_smallestSent; bits <= LargestWindow; ++bits)
        windows.append(windowParameter(u"client"_s, bits));
    const QStringList takeovers = takeoverParameters(serverTakesOver, clientTakesOver);
    for (const QString &window : std::as_const(windows)) {
        const QStringList offer = takeovers + (window.isEmpty() ? QStringList() : QStringList(window));
        repeatByServer(&server, isEncrypted, offer.join(u'&'), own);
        if (QTest::currentTestFailed())
            return;
    }
}

void CompressionTest::wsServerAsksFor()
{
    QFETCH(bool, isEncrypted);
    QFETCH(bool, serverTakesOver);
    QFETCH(bool, clientTakesOver);
    for (int bits = SmallestWindow; bits <= LargestWindow; ++bits) {
        const WsCompression own = compression(serverTakesOver, clientTakesOver, bits, bits);
        InteropServer server;
        server.setCompression(own);
        QVERIFY(server.listen(isEncrypted));
        for (const QString &offer : {u"client_max_window_bits"_s, QString()}) {
            repeatByServer(&server, isEncrypted, offer, own);
            if (QTest::currentTestFailed())
                return;
        }
    }
}

void CompressionTest::wsServerDeclines()
{
    InteropServer server;
    server.setCompression(compression(true, true));
    QVERIFY(server.listen(false));
    const QString error =
        peer().playClient(u"repeats"_s, server.url(), false, windowParameter(u"server"_s, 8));
    QVERIFY2(error.isEmpty(), qPrintable(error));
    WS_TRY_COMPARE(server.traffic().size(), 1);
    const InteropServer::Traffic traffic = server.traffic().first();
    QCOMPARE(traffic.extensions, QString());
    QCOMPARE(sentAs(traffic.statistics.wireBytesSent), u"not compressed"_s);
    QCOMPARE(sentAs(traffic.statistics.wireBytesReceived), u"not compressed"_s);
}

void CompressionTest::wsServerReachesEachOfManyClients()
{
    InteropServer server;
    server.setCompression(compression(true, true));
    QVERIFY(server.listen(false));
    const QString error = peer().playClient(u"fan"_s, server.url(), false, {});
    QVERIFY2(error.isEmpty(), qPrintable(error));
    WS_TRY_COMPARE(server.traffic().size(), 7);
    for (const InteropServer::Traffic &traffic : server.traffic()) {
        QVERIFY(traffic.extensions.startsWith(u"permessage-deflate"));
        QVERIFY(traffic.statistics.wireBytesSent < traffic.statistics.payloadBytesSent / 10);
    }
}
