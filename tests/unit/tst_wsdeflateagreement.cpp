// SPDX-License-Identifier: MIT
#include "protocol/wsdeflateagreement.h"

#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

namespace {
constexpr quint8 Default = 15;

WsCompression enabled(int windowBits = Default, int peerWindowBits = Default)
{
    WsCompression compression;
    compression.setEnabled(true);
    compression.setWindowBits(windowBits);
    compression.setPeerWindowBits(peerWindowBits);
    return compression;
}

WsCompression withoutTakeover(bool own, bool peer)
{
    WsCompression compression = enabled();
    compression.setContextTakeover(!own);
    compression.setPeerContextTakeover(!peer);
    return compression;
}

WsHeaders offering(const QByteArray &offers)
{
    return {{"Host", "a"}, {"Sec-WebSocket-Extensions", offers}};
}
} // namespace

class TestWsDeflateAgreement : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void clientOffers_data();
    void clientOffers();
    void serverAccepts_data();
    void serverAccepts();
    void serverDeclines_data();
    void serverDeclines();
    void serverDeclinesEverythingWhereItIsNotEnabled();
    void serverLooksAtEveryHeader();
    void clientTakesTheAnswer_data();
    void clientTakesTheAnswer();
    void clientFailsTheAnswer_data();
    void clientFailsTheAnswer();
    void bothSidesAgree();
};

void TestWsDeflateAgreement::clientOffers_data()
{
    QTest::addColumn<WsCompression>("own");
    QTest::addColumn<QByteArray>("offer");
    QTest::newRow("defaults of zlib") << enabled() << "permessage-deflate; client_max_window_bits"_ba;
    QTest::newRow("own window") << enabled(12) << "permessage-deflate; client_max_window_bits=12"_ba;
    QTest::newRow("smallest windows")
        << enabled(9, 9) << "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9"_ba;
    QTest::newRow("the server's window")
        << enabled(15, 10) << "permessage-deflate; server_max_window_bits=10; client_max_window_bits"_ba;
    QTest::newRow("no takeover of the server")
        << withoutTakeover(false, true)
        << "permessage-deflate; server_no_context_takeover; client_max_window_bits"_ba;
    QTest::newRow("no takeover of its own")
        << withoutTakeover(true, false)
        << "permessage-deflate; client_no_context_takeover; client_max_window_bits"_ba;
    QTest::newRow("no takeover at all")
        << withoutTakeover(true, true)
        << "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits"_ba;
}

void TestWsDeflateAgreement::clientOffers()
{
    QFETCH(WsCompression, own);
    QTEST(wsDeflateOffer(own), "offer");
}

void TestWsDeflateAgreement::serverAccepts_data()
{
    QTest::addColumn<QByteArray>("offers");
    QTest::addColumn<WsCompression>("own");
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<WsDeflateAgreement>("agreement");
    const auto row = [](const char *name, const QByteArray &offers, const WsCompression &own,
                        const QByteArray &answer, const WsDeflateAgreement &agreement) {
        QTest::newRow(name) << offers << own << "permessage-deflate" + answer << agreement;
    };
    const QByteArray plain = "permessage-deflate";
    // server window, client window, server takeover, client takeover
    row("no parameter", plain, enabled(), "", {15, 15, true, true});
    row("smaller window of its own, which need not be told", plain, enabled(12, 10), "",
        {12, 15, true, true});
    row("asks for no takeover itself", plain, withoutTakeover(true, true),
        "; server_no_context_takeover; client_no_context_takeover", {15, 15, false, false});
    row("server_no_context_takeover", plain + "; server_no_context_takeover", enabled(),
        "; server_no_context_takeover", {15, 15, false, true});
    row("client_no_context_takeover", plain + ";client_no_context_takeover", enabled(),
        "; client_no_context_takeover", {15, 15, true, false});
    row("both", plain + " ; server_no_context_takeover ;client_no_context_takeover", enabled(),
        "; server_no_context_takeover; client_no_context_takeover", {15, 15, false, false});
    row("server_max_window_bits", plain + "; server_max_window_bits=10", enabled(),
        "; server_max_window_bits=10", {10, 15, true, true});
    row("server_max_window_bits, smaller of its own", plain + "; server_max_window_bits=13", enabled(11),
        "; server_max_window_bits=11", {11, 15, true, true});
    row("server_max_window_bits of 15", plain + "; server_max_window_bits=15", enabled(),
        "; server_max_window_bits=15", {15, 15, true, true});
    row("server_max_window_bits of 9", plain + "; server_max_window_bits=9", enabled(),
        "; server_max_window_bits=9", {9, 15, true, true});
    row("quoted", plain + "; server_max_window_bits=\"10\"; client_max_window_bits=\"11\"", enabled(),
        "; server_max_window_bits=10; client_max_window_bits=11", {10, 11, true, true});
    row("blanks", plain + " ;\tserver_max_window_bits = 10 ", enabled(), "; server_max_window_bits=10",
        {10, 15, true, true});
    row("client_max_window_bits without a value", plain + "; client_max_window_bits", enabled(), "",
        {15, 15, true, true});
    row("client_max_window_bits without a value, less is wanted", plain + "; client_max_window_bits",
        enabled(15, 10), "; client_max_window_bits=10", {15, 10, true, true});
    row("client_max_window_bits", plain + "; client_max_window_bits=12", enabled(),
        "; client_max_window_bits=12", {15, 12, true, true});
    row("client_max_window_bits, less is wanted", plain + "; client_max_window_bits=12", enabled(15, 10),
        "; client_max_window_bits=10", {15, 10, true, true});
    row("client_max_window_bits of 8", plain + "; client_max_window_bits=8", enabled(),
        "; client_max_window_bits=8", {15, 8, true, true});
    row("client_max_window_bits of 15", plain + "; client_max_window_bits=15", enabled(), "",
        {15, 15, true, true});
    row("all",
        plain
            + "; client_max_window_bits=9; server_max_window_bits=9; client_no_context_takeover; "
              "server_no_context_takeover",
        enabled(),
        "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; "
        "client_max_window_bits=9",
        {9, 9, false, false});
    row("the first", plain + "; server_max_window_bits=10, " + plain, enabled(),
        "; server_max_window_bits=10", {10, 15, true, true});
    row("the first that it can",
        plain + "; server_max_window_bits=8, " + plain + "; x, " + plain + "; client_no_context_takeover, "
            + plain,
        enabled(), "; client_no_context_takeover", {15, 15, true, false});
    row("behind another extension", "x-webkit-deflate-frame; a=\",\", " + plain, enabled(), "",
        {15, 15, true, true});
}

void TestWsDeflateAgreement::serverAccepts()
{
    QFETCH(QByteArray, offers);
    QFETCH(WsCompression, own);
    QByteArray answer;
    const auto agreement = wsAcceptDeflate(offering(offers), own, &answer);
    QVERIFY(agreement);
    QTEST(*agreement, "agreement");
    QTEST(answer, "answer");
}

void TestWsDeflateAgreement::serverDeclines_data()
{
    QTest::addColumn<QByteArray>("offers");
    const auto row = [](const QByteArray &parameters) {
        const QByteArray offer = "permessage-deflate; " + parameters;
        QTest::newRow(offer.constData()) << offer;
    };
    for (const QByteArray &name : {"server_max_window_bits"_ba, "client_max_window_bits"_ba}) {
        for (const char *value : {"", "7", "16", "08", "010", "0", "+9", "-9", "9.", "1", "0x9", "10a",
                                  "\"\"", "\"16\"", "'9'", "a", "1/", "150", "4294967305"})
            row(name + '=' + value);
        row(name + "=10; " + name + "=10");
        row(name + "=10; unknown");
    }
    row("server_max_window_bits");   // RFC 7692 §7.1.2.1: it has a value
    row("server_max_window_bits=8"); // which zlib cannot make
    row("client_max_window_bits; client_max_window_bits");
    row("client_max_window_bits; client_max_window_bits=10");
    for (const QByteArray &name : {"server_no_context_takeover"_ba, "client_no_context_takeover"_ba}) {
        row(name + "=1");
        row(name + '=');
        row(name + "; " + name);
    }
    row("");
    row("x");
    row("Server_No_Context_Takeover");
    row("client_max_window_bits=10;");
    QTest::newRow("another extension") << "permessage-bzip2"_ba;
    QTest::newRow("longer name") << "permessage-deflate2"_ba;
    QTest::newRow("no name") << "; client_max_window_bits"_ba;
    QTest::newRow("nothing") << ""_ba;
}

void TestWsDeflateAgreement::serverDeclines()
{
    QFETCH(QByteArray, offers);
    QByteArray answer = "untouched";
    QCOMPARE(wsAcceptDeflate(offering(offers), enabled(), &answer), std::nullopt);
    QCOMPARE(answer, "untouched"_ba);
    const auto second = wsAcceptDeflate(offering(offers + ", permessage-deflate"), enabled(), &answer);
    QVERIFY(second);
    QCOMPARE(answer, "permessage-deflate"_ba);
}

void TestWsDeflateAgreement::serverDeclinesEverythingWhereItIsNotEnabled()
{
    QByteArray answer;
    QVERIFY(!wsAcceptDeflate(offering("permessage-deflate"), WsCompression(), &answer));
    QVERIFY(!wsAcceptDeflate({}, enabled(), &answer));
}

void TestWsDeflateAgreement::serverLooksAtEveryHeader()
{
    QByteArray answer;
    const WsHeaders headers{{"sec-websocket-extensions", "x"},
                            {"SEC-WEBSOCKET-EXTENSIONS", "permessage-deflate; server_max_window_bits=11"}};
    QCOMPARE(wsAcceptDeflate(headers, enabled(), &answer), WsDeflateAgreement({11, 15, true, true}));
}

void TestWsDeflateAgreement::clientTakesTheAnswer_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<WsCompression>("own");
    QTest::addColumn<WsDeflateAgreement>("agreement");
    const auto row = [](const QByteArray &name, const QByteArray &parameters, const WsCompression &own,
                        const WsDeflateAgreement &agreement) {
        QTest::newRow(name.constData()) << "permessage-deflate" + parameters << own << agreement;
    };
    row("no parameter", "", enabled(), {15, 15, true, true});
    row("no parameter, own window", "", enabled(12), {15, 12, true, true});
    row("no parameter, no takeover of its own", "", withoutTakeover(true, false), {15, 15, true, false});
    row("client_no_context_takeover", "; client_no_context_takeover", enabled(), {15, 15, true, false});
    row("server_no_context_takeover", "; server_no_context_takeover", enabled(), {15, 15, false, true});
    row("what was asked for", "; server_no_context_takeover", withoutTakeover(false, true),
        {15, 15, false, true});
    row("server_max_window_bits", "; server_max_window_bits=10", enabled(15, 10), {10, 15, true, true});
    row("server_max_window_bits, less than asked for", "; server_max_window_bits=8", enabled(15, 10),
        {8, 15, true, true});
    row("server_max_window_bits, not asked for", "; server_max_window_bits=9", enabled(),
        {9, 15, true, true});
    row("client_max_window_bits", "; client_max_window_bits=12", enabled(12), {15, 12, true, true});
    row("client_max_window_bits, less", "; client_max_window_bits=8", enabled(12), {15, 8, true, true});
    // RFC 7692 §7.1.2.2: what was offered is a hint.
    for (const char *bits : {"13", "14", "15"})
        row(QByteArray("client_max_window_bits, more than offered: ") + bits,
            QByteArray("; client_max_window_bits=") + bits, enabled(12), {15, 12, true, true});
    row("quoted", "; client_max_window_bits=\"10\"", enabled(12), {15, 10, true, true});
}

void TestWsDeflateAgreement::clientTakesTheAnswer()
{
    QFETCH(QByteArray, answer);
    QFETCH(WsCompression, own);
    WsDeflateAgreement agreement;
    QCOMPARE(wsCheckDeflateAnswer(answer, own, &agreement), QString());
    QTEST(agreement, "agreement");
}

void TestWsDeflateAgreement::clientFailsTheAnswer_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<WsCompression>("own");
    QTest::addColumn<QString>("error");
    const auto row = [](const QByteArray &parameters, const WsCompression &own, const QString &error) {
        QTest::newRow(parameters.constData()) << "permessage-deflate; " + parameters << own << error;
    };
    row("unknown", enabled(), u"parameter \"unknown\" is unknown"_s);
    row("", enabled(), u"parameter \"\" is unknown"_s);
    row("server_no_context_takeover=1", enabled(), u"parameter \"server_no_context_takeover\" has a value"_s);
    row("client_no_context_takeover; client_no_context_takeover", enabled(),
        u"parameter \"client_no_context_takeover\" appears more than once"_s);
    row("server_max_window_bits=9; server_max_window_bits=9", enabled(),
        u"parameter \"server_max_window_bits\" appears more than once"_s);
    row("client_max_window_bits=9; client_max_window_bits=9", enabled(),
        u"parameter \"client_max_window_bits\" appears more than once"_s);
    row("server_max_window_bits", enabled(),
        u"parameter \"server_max_window_bits\" is \"\" instead of 8 to 15"_s);
    row("server_max_window_bits=010", enabled(),
        u"parameter \"server_max_window_bits\" is \"010\" instead of 8 to 15"_s);
    for (const QByteArray &bits : {"\"10"_ba, "10\""_ba}) // a quotation mark is missing
        row("server_max_window_bits=" + bits, enabled(),
            u"parameter \"server_max_window_bits\" is \"%1\" instead of 8 to 15"_s.arg(
                QString::fromLatin1(bits)));
    row("client_max_window_bits=16", enabled(),
        u"parameter \"client_max_window_bits\" is \"16\" instead of 8 to 15"_s);
    row("client_max_window_bits", enabled(), u"parameter \"client_max_window_bits\" has no value"_s);
    row("server_max_window_bits=11", enabled(15, 10),
        u"parameter \"server_max_window_bits\" is not within what was offered"_s);
    row("client_no_context_takeover", enabled(15, 10),
        u"parameter \"server_max_window_bits\" is not within what was offered"_s);
    row("client_max_window_bits=10", withoutTakeover(false, true),
        u"parameter \"server_no_context_takeover\" is missing"_s);
}

// CVE-2026-2229 (undici).
void TestWsDeflateAgreement::clientFailsTheAnswer()
{
    QFETCH(QByteArray, answer);
    QFETCH(WsCompression, own);
    WsDeflateAgreement agreement;
    QTEST(wsCheckDeflateAnswer(answer, own, &agreement), "error");
}

// Whatever both are set to: what one offers the other answers, and both understand the same by it.
void TestWsDeflateAgreement::bothSidesAgree()
{
    const auto compressionOf = [](int bits) {
        WsCompression compression = enabled(9 + 2 * (bits & 3), 9 + 2 * (bits >> 2 & 3));
        compression.setContextTakeover(bits & 0x10);
        compression.setPeerContextTakeover(bits & 0x20);
        return compression;
    };
    for (int server = 0; server < 64; ++server) {
        for (int client = 0; client < 64; ++client) {
            QByteArray answer;
            const QByteArray offer = wsDeflateOffer(compressionOf(client));
            const auto agreed = wsAcceptDeflate(offering(offer), compressionOf(server), &answer);
            QVERIFY(agreed);
            WsDeflateAgreement understood;
            QCOMPARE(wsCheckDeflateAnswer(answer, compressionOf(client), &understood), QString());
            QCOMPARE(understood.serverTakeover, agreed->serverTakeover);
            QCOMPARE(understood.clientTakeover, agreed->clientTakeover);
            QCOMPARE(understood.clientWindowBits, agreed->clientWindowBits);
            // A server may use less than it tells.
            QVERIFY(understood.serverWindowBits >= agreed->serverWindowBits);
        }
    }
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsDeflateAgreement)
#include "tst_wsdeflateagreement.moc"
