// SPDX-License-Identifier: MIT
#include "net/loop/wslogging.h"

#include "connectiontesting.h"

#include <QtTest/qtest.h>

using namespace ConnectionTesting;

class TestWsLogging : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void categoriesAreQuietBelowWarnings_data();
    void categoriesAreQuietBelowWarnings();
    void oneRuleSwitchesThemAllOn();
    void framesAreLoggedWithoutTheirPayload_data();
    void framesAreLoggedWithoutTheirPayload();
    void closeIsLoggedWithItsCodeAndReason();
    void brokenRuleIsOneLine();
    void nothingIsLoggedUnlessItIsSwitchedOn();
};

namespace {
QStringList lines; // of wskit.protocol

void keepLine(QtMsgType, const QMessageLogContext &context, const QString &text)
{
    if (qstrcmp(context.category, "wskit.protocol") == 0)
        lines.append(text);
}

// What is logged while \a happens, once the connection is open; without "connection 5 ".
template <typename Happening>
QStringList loggedBy(Side &side, Happening happens)
{
    if (!side.open())
        return {u"it does not open"_s};
    lines.clear();
    const QString start = u"connection %1 "_s.arg(side.connection->id());
    const QtMessageHandler before = qInstallMessageHandler(keepLine);
    happens();
    settle();
    qInstallMessageHandler(before);
    QStringList logged;
    for (const QString &line : std::as_const(lines))
        logged.append(line.startsWith(start) ? line.sliced(start.size()) : u"of another: "_s + line);
    return logged;
}
} // namespace

void TestWsLogging::categoriesAreQuietBelowWarnings_data()
{
    QTest::addColumn<const QLoggingCategory *>("category");
    QTest::newRow("wskit.handshake") << &wsHandshakeLog();
    QTest::newRow("wskit.protocol") << &wsProtocolLog();
    QTest::newRow("wskit.net") << &wsNetLog();
    QTest::newRow("wskit.access") << &wsAccessLog();
}

void TestWsLogging::categoriesAreQuietBelowWarnings()
{
    QFETCH(const QLoggingCategory *, category);
    QCOMPARE(category->categoryName(), QTest::currentDataTag());
    QVERIFY(!category->isDebugEnabled());
    QVERIFY(!category->isInfoEnabled());
    QVERIFY(category->isWarningEnabled());
}

void TestWsLogging::oneRuleSwitchesThemAllOn()
{
    QLoggingCategory::setFilterRules(QStringLiteral("wskit.*=true"));
    QVERIFY(wsHandshakeLog().isDebugEnabled());
    QVERIFY(wsProtocolLog().isDebugEnabled());
    QVERIFY(wsNetLog().isDebugEnabled());
    QLoggingCategory::setFilterRules({});
    QVERIFY(!wsNetLog().isDebugEnabled());
}

void TestWsLogging::framesAreLoggedWithoutTheirPayload_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::newRow("client") << WsRole::Client;
    QTest::newRow("server") << WsRole::Server;
}

void TestWsLogging::framesAreLoggedWithoutTheirPayload()
{
    QFETCH(const WsRole, role);
    QLoggingCategory::setFilterRules(QStringLiteral("wskit.protocol.debug=true"));
    Side side(role);
    const QStringList logged = loggedBy(side, [&] {
        side.receive({text("secret").notFinal(), ping("secret"), continuation("!")});
        settle();
        side.connection->sendBinary(QByteArray(70000, 's'));
        side.connection->sendFragments(Ws::Text, {"a", "bc"});
        side.connection->send(WsPreparedMessage::text("secret"));
    });
    QLoggingCategory::setFilterRules({});
    QCOMPARE(logged, (QStringList{u"received text, 6 bytes"_s, u"received ping, fin, 6 bytes"_s,
                                  u"sent pong, fin, 6 bytes"_s, u"received continuation, fin, 1 bytes"_s,
                                  u"sent binary, fin, 70000 bytes"_s, u"sent text, 1 bytes"_s,
                                  u"sent continuation, fin, 2 bytes"_s, u"sent text, fin, 6 bytes"_s}));
}

void TestWsLogging::closeIsLoggedWithItsCodeAndReason()
{
    QLoggingCategory::setFilterRules(QStringLiteral("wskit.protocol.debug=true"));
    Side asked(WsRole::Server);
    QCOMPARE(loggedBy(asked, [&] { asked.receive({closing(1000, "line\nbreak")}); }),
             (QStringList{u"received Close 1000 \"line\\nbreak\""_s, u"sent Close 1000 \"line\\nbreak\""_s}));
    Side asking(WsRole::Client);
    const QStringList logged = loggedBy(asking, [&] {
        asking.connection->close(4000, u"bye"_s);
        settle();
        asking.receive({closing()});
    });
    QCOMPARE(logged, (QStringList{u"sent Close 4000 \"bye\""_s, u"received Close without a code"_s}));
    QLoggingCategory::setFilterRules({});
}

void TestWsLogging::brokenRuleIsOneLine()
{
    QLoggingCategory::setFilterRules(QStringLiteral("wskit.protocol.debug=true"));
    Side side(WsRole::Server);
    const QStringList logged = loggedBy(side, [&] { side.receive({text("a").withRsv(2)}); });
    QLoggingCategory::setFilterRules({});
    const QString rule = u"\"a reserved bit is set, and no extension was agreed on\""_s;
    QCOMPARE(logged, (QStringList{u"fails with 1002: "_s + rule, u"sent Close 1002 "_s + rule}));
}

void TestWsLogging::nothingIsLoggedUnlessItIsSwitchedOn()
{
    Side side(WsRole::Server);
    QCOMPARE(loggedBy(side, [&] { side.receive({text("a"), text("b").withRsv(2)}); }), QStringList());
}

#include "../testprogram.h"
WSKIT_TEST(TestWsLogging)
#include "tst_wslogging.moc"
