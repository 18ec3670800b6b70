// SPDX-License-Identifier: MIT

// What WsConnection does with what it is called with, on a fake transport.

#include <WsKit/WsConnection>

#include "connectiontesting.h"
#include "loglines.h"
#include "protocol/wsclientheadlimits.h"

using namespace ConnectionTesting;

namespace {
void addRoles()
{
    QTest::addColumn<WsRole>("role");
    QTest::newRow("client") << WsRole::Client;
    QTest::newRow("server") << WsRole::Server;
}
} // namespace

class TestWsConnection : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void textThatIsNotUtf8IsNotSent_data() { addRoles(); }
    void textThatIsNotUtf8IsNotSent();
    void noDelayFollowsTheOptions_data() { addRoles(); }
    void noDelayFollowsTheOptions();
    void limitsOfTheHeadApplyIfTheyAreSet();
    void nothingIsSentUnlessItIsOpen_data() { addRoles(); }
    void nothingIsSentUnlessItIsOpen();
    void mistakesAreWarningsAndRacesAreNot_data() { addRoles(); }
    void mistakesAreWarningsAndRacesAreNot();
    void mistakeIsOneLine_data() { addRoles(); }
    void mistakeIsOneLine();
    void noMoreIsSentThanMayBeBuffered_data() { addRoles(); }
    void noMoreIsSentThanMayBeBuffered();
    void requestAndUrlComeWithTheRequest();
    void encryptionIsThatOfTheTransport_data() { addRoles(); }
    void encryptionIsThatOfTheTransport();
    void statisticsCountOneOpening_data() { addRoles(); }
    void statisticsCountOneOpening();
    void roundTripIsMeasured_data() { addRoles(); }
    void roundTripIsMeasured();
};

void TestWsConnection::textThatIsNotUtf8IsNotSent()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    QVERIFY(!side.connection->send(Ws::Text, "\xFF"));
    QCOMPARE(side.connection->errorString(), u"the text is not UTF-8"_s);
    QVERIFY(!side.connection->sendText(QByteArray("\xC3")));
    QVERIFY(!side.connection->sendFragments(Ws::Text, QByteArrayList({"a", "\xFF"})));
    QVERIFY(side.connection->send(Ws::Text, "a"));
    QVERIFY(side.connection->send(Ws::Binary, "b"));
    QVERIFY(side.connection->sendFragments(Ws::Text, QByteArrayList({"\xC3", "\xA4"})));
    settle();
    QVERIFY(side.sent().startsWith(u"text 'a', binary 'b', text "));
    QCOMPARE(side.connection->state(), Ws::Open);
}

void TestWsConnection::noDelayFollowsTheOptions()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    QVERIFY(side.wire->isNoDelay);
    WsOptions options;
    options.setTcpNoDelay(false);
    side.connection->setOptions(options);
    QVERIFY(!side.wire->isNoDelay);
    side.connection->setOptions(WsOptions());
    QVERIFY(side.wire->isNoDelay);
}

// Those of a server are no other options than the defaults, but a client has larger ones by default.
void TestWsConnection::limitsOfTheHeadApplyIfTheyAreSet()
{
    Side side(WsRole::Client);
    int changes = 0;
    QObject::connect(side.connection, &WsConnection::optionsChanged, side.connection, [&] { ++changes; });
    WsOptions options;
    options.setMaxHandshakeSize(16 * 1024);
    options.setMaxHeaders(100);
    QVERIFY(options == side.connection->options());
    side.connection->setOptions(options);
    QCOMPARE(WsClientHeadLimits(side.connection->options()).maxSize, 16 * 1024);
    QCOMPARE(WsClientHeadLimits(side.connection->options()).maxHeaders, 100);
    QCOMPARE(changes, 0);
}

void TestWsConnection::nothingIsSentUnlessItIsOpen()
{
    QFETCH(const WsRole, role);
    Side side(role);
    const auto sendsNothing = [&] {
        WsConnection &connection = *side.connection;
        return !connection.sendText("a") && !connection.sendBinary("b") && !connection.ping()
               && !connection.pong() && !connection.openMessage(Ws::Text)
               && connection.errorString() == u"the connection is not open";
    };
    side.start();
    QVERIFY(sendsNothing());
    side.connection->abort();
    settle();
    if (role == WsRole::Client)
        QVERIFY(sendsNothing());
    QVERIFY(side.open());
    side.connection->close();
    QVERIFY(sendsNothing());
    settle();
    QCOMPARE(side.sent(), u"close 1000 ''"_s);
}

// Who does not look at the result of a call finds the mistake in the log. That the peer has just gone is
// none.
void TestWsConnection::mistakesAreWarningsAndRacesAreNot()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    WsConnection &connection = *side.connection;
    const LogLines lines("wskit.net", QtWarningMsg);
    QVERIFY(!connection.close(1006));
    QCOMPARE(lines.all().size(), 1);
    QVERIFY(lines.all().constLast().endsWith(u"the close code 1006 may not be sent"_s));
    QVERIFY(!connection.sendText("\xFF"));
    QCOMPARE(lines.all().size(), 2);
    side.receive({closing(1000)});
    QVERIFY(!connection.sendText("late"));
    QVERIFY(!connection.close());
    QCOMPARE(connection.errorString(), u"the connection is not open"_s);
    QCOMPARE(lines.all().size(), 2);
}

void TestWsConnection::mistakeIsOneLine()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    const LogLines lines("wskit.net"); // also what is off by default
    QVERIFY(!side.connection->close(1006));
    QCOMPARE(lines.all().size(), 1);
}

void TestWsConnection::noMoreIsSentThanMayBeBuffered()
{
    QFETCH(const WsRole, role);
    WsOptions options;
    options.setMaxBufferedAmount(1000);
    Side side(role, options);
    QVERIFY(side.open());
    side.wire->room = 0;
    QVERIFY(!side.connection->sendBinary(QByteArray(1001, 'x')));
    QCOMPARE(side.connection->errorString(), u"more than maxBufferedAmount would be buffered"_s);
    QVERIFY(side.connection->sendBinary(QByteArray(900, 'x')));
    QVERIFY(!side.connection->sendBinary(QByteArray(100, 'x')));
    side.wire->takeAll();
    settle();
    QVERIFY(side.connection->sendBinary(QByteArray(1000, 'x')));
}

void TestWsConnection::requestAndUrlComeWithTheRequest()
{
    Side side(WsRole::Server);
    side.prepareWire = [](FakeWire &wire) { wire.isEncrypted = true; };
    side.start();
    QVERIFY(side.connection->url().isEmpty());
    QVERIFY(side.connection->request().target().isEmpty());
    side.feed(upgradeRequest());
    QCOMPARE(side.connection->url(), QUrl(u"wss://example.com/chat"_s));
    QCOMPARE(side.connection->request().method(), QByteArray("GET"));
    QVERIFY(side.connection->request().isEncrypted());
    QCOMPARE(side.connection->request().peerPort(), 1000);
}

void TestWsConnection::encryptionIsThatOfTheTransport()
{
    QFETCH(const WsRole, role);
    Side side(role);
    side.prepareWire = [](FakeWire &wire) { wire.isEncrypted = true; };
    QVERIFY(!side.connection || !side.connection->isEncrypted());
    QVERIFY(side.open());
    QVERIFY(side.connection->isEncrypted());
    side.connection->abort();
    QVERIFY(!side.connection->isEncrypted());
    QVERIFY(side.connection->sslConfiguration().isNull());
}

void TestWsConnection::statisticsCountOneOpening()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    const WsStatistics before = side.connection->statistics();
    QCOMPARE(before.messagesReceived, 0);
    QVERIFY(before.wireBytesReceived > 0); // the handshake
    side.receive({text("hello"), ping("b")});
    side.connection->sendText("four");
    settle();
    const WsStatistics after = side.connection->statistics();
    QCOMPARE(after.messagesReceived, 1);
    QCOMPARE(after.payloadBytesReceived, 5);
    QCOMPARE(after.messagesSent, 1);
    QCOMPARE(after.payloadBytesSent, 4);
    QCOMPARE(after.wireBytesSent - before.wireBytesSent, side.wire->written.size());
}

void TestWsConnection::roundTripIsMeasured()
{
    QFETCH(const WsRole, role);
    Side side(role);
    QVERIFY(side.open());
    QList<qint64> times;
    QObject::connect(side.connection, &WsConnection::pongReceived, side.connection,
                     [&](const QByteArray &, qint64 time) { times.append(time); });
    side.connection->ping("a");
    FakeClock::pass(3ms);
    side.connection->ping("b");
    FakeClock::pass(2ms);
    side.receive({pong("a"), pong("unasked"), pong("b")});
    settle();
    QCOMPARE(times, QList<qint64>({5000, -1, 2000}));
    QCOMPARE(side.connection->statistics().roundTripUs, 2000);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsConnection)
#include "tst_wsconnection.moc"
