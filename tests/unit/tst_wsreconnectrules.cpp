// SPDX-License-Identifier: MIT
#include "net/client/wsreconnectrules.h"

#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

class TestWsReconnectRules : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void statusDecides_data();
    void statusDecides();
    void kindDecides_data();
    void kindDecides();
    void loginPageOfANetworkIsRetriedIfTheClientWasOpen_data();
    void loginPageOfANetworkIsRetriedIfTheClientWasOpen();
    void closeCodeDecides_data();
    void closeCodeDecides();
    void statusComesBeforeTheKind();
    void proxyThatWantsAnotherPasswordIsNotAskedAgain();
    void everyEndHasARule();
};

void TestWsReconnectRules::statusDecides_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<bool>("reopens");
    for (const int status : {408, 425, 429, 500, 502, 503, 504, 599})
        QTest::addRow("%d", status) << status << true;
    for (const int status :
         {100, 101, 200, 301, 308, 400, 401, 403, 404, 407, 409, 410, 424, 426, 428, 451, 499, 600})
        QTest::addRow("%d", status) << status << false;
}

void TestWsReconnectRules::statusDecides()
{
    QFETCH(const int, status);
    WsError error(Ws::ErrorKind::Handshake, u"refused"_s);
    error.setHttpStatus(status);
    QTEST(wsReopensAfter(error, false), "reopens");
}

void TestWsReconnectRules::kindDecides_data()
{
    QTest::addColumn<Ws::ErrorKind>("kind");
    QTest::addColumn<bool>("reopens");
    using Kind = Ws::ErrorKind;
    QTest::newRow("Network") << Kind::Network << true;
    QTest::newRow("Proxy") << Kind::Proxy << true;
    QTest::newRow("Timeout") << Kind::Timeout << true;
    QTest::newRow("Tls") << Kind::Tls << false;
    QTest::newRow("Handshake") << Kind::Handshake << false;
    QTest::newRow("Protocol") << Kind::Protocol << false;
    QTest::newRow("TooLarge") << Kind::TooLarge << false;
    QTest::newRow("Overflow") << Kind::Overflow << false;
    QTest::newRow("Misuse") << Kind::Misuse << false;
    QTest::newRow("Handler") << Kind::Handler << false;
}

void TestWsReconnectRules::kindDecides()
{
    QFETCH(const Ws::ErrorKind, kind);
    // The code does not matter if there is an error.
    for (const quint16 code : {Ws::GoingAway, Ws::Abnormal, Ws::Normal})
        QTEST(wsReopensAfter(WsError(kind, u"an error"_s, code), false), "reopens");
}

void TestWsReconnectRules::loginPageOfANetworkIsRetriedIfTheClientWasOpen_data()
{
    QTest::addColumn<WsError>("error");
    QTest::addColumn<bool>("reopens");
    QTest::newRow("certificate") << WsError(Ws::ErrorKind::Tls, u"expired"_s) << true;
    QTest::newRow("no WebSocket") << WsError(Ws::ErrorKind::Handshake, u"no"_s) << false;
    QTest::newRow("broken rule") << WsError(Ws::ErrorKind::Protocol, u"no"_s) << false;
    for (const int status : {101, 200, 302, 307, 404, 511}) {
        WsError error(Ws::ErrorKind::Handshake, u"refused"_s);
        error.setHttpStatus(status);
        QTest::addRow("%d", status) << error << (status != 101 && status != 404);
    }
}

void TestWsReconnectRules::loginPageOfANetworkIsRetriedIfTheClientWasOpen()
{
    QFETCH(const WsError, error);
    QTEST(wsReopensAfter(error, true), "reopens");
}

void TestWsReconnectRules::closeCodeDecides_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<bool>("reopens");
    for (const int code : {1001, 1005, 1006, 1011, 1012, 1013, 1014})
        QTest::addRow("%d", code) << code << true;
    for (const int code :
         {0, 1000, 1002, 1003, 1004, 1007, 1008, 1009, 1010, 1015, 1016, 3000, 3999, 4000, 4999})
        QTest::addRow("%d", code) << code << false;
}

void TestWsReconnectRules::closeCodeDecides()
{
    QFETCH(const int, code);
    QTEST(wsReopensAfter(WsError(Ws::ErrorKind::None, {}, quint16(code)), false), "reopens");
}

void TestWsReconnectRules::statusComesBeforeTheKind()
{
    WsError error(Ws::ErrorKind::Network, u"lost"_s);
    QVERIFY(wsReopensAfter(error, false));
    error.setHttpStatus(403);
    QVERIFY(!wsReopensAfter(error, false));
}

void TestWsReconnectRules::proxyThatWantsAnotherPasswordIsNotAskedAgain()
{
    WsError error(Ws::ErrorKind::Proxy, u"Proxy requires authentication"_s);
    QVERIFY(wsReopensAfter(error, false));
    error.setSocketError(QAbstractSocket::ProxyAuthenticationRequiredError);
    QVERIFY(!wsReopensAfter(error, false));
}

void TestWsReconnectRules::everyEndHasARule()
{
    const std::span<const WsReconnectRule> rules = wsReconnectRules();
    const QMetaEnum kinds = QMetaEnum::fromType<Ws::ErrorKind>();
    for (int i = 0; i < kinds.keyCount(); ++i) {
        const int kind = kinds.value(i);
        const auto isOfKind = [=](const WsReconnectRule &rule) {
            return rule.subject == WsReconnectRule::Subject::Kind && rule.from == kind;
        };
        QCOMPARE(std::count_if(rules.begin(), rules.end(), isOfKind), kind == 0 ? 0 : 1);
    }
    QCOMPARE(rules.back().from, 0);
    QCOMPARE(rules.back().to, 65535);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsReconnectRules)
#include "tst_wsreconnectrules.moc"
