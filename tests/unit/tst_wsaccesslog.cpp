// SPDX-License-Identifier: MIT
#include "net/server/wsaccesslog.h"

#include <QtTest/qtest.h>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestWsAccessLog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void lineHasAllFieldsInTheirOrder();
    void fieldsWithoutAValueAreThere();
    void valueCannotLeaveItsQuotationMarks_data();
    void valueCannotLeaveItsQuotationMarks();
    void queryAndPasswordAreLeftOut_data();
    void queryAndPasswordAreLeftOut();
    void longValuesAreCut();
};

void TestWsAccessLog::lineHasAllFieldsInTheirOrder()
{
    WsAccess access;
    access.id = 7;
    access.client = QHostAddress(u"2001:db8::1"_s);
    access.port = 51712;
    access.user = u"alice"_s;
    access.method = "GET";
    access.target = "/chat";
    access.status = 101;
    access.subprotocol = u"chat.v1"_s;
    access.duration = 90s;
    access.messagesIn = 1;
    access.messagesOut = 2;
    access.bytesIn = 3;
    access.bytesOut = 4;
    access.closeCode = 1000;
    access.reason = u"bye"_s;
    access.agent = "test/1.0 (x; y)";
    QCOMPARE(wsAccessLine(access),
             "id=7 client=\"2001:db8::1\" port=51712 user=\"alice\" method=\"GET\" path=\"/chat\" status=101 "
             "subprotocol=\"chat.v1\" duration_ms=90000 messages_in=1 messages_out=2 bytes_in=3 bytes_out=4 "
             "close=1000 reason=\"bye\" agent=\"test/1.0 (x; y)\"");
}

void TestWsAccessLog::fieldsWithoutAValueAreThere()
{
    QCOMPARE(
        wsAccessLine({}),
        "id=0 client=\"\" port=0 user=\"\" method=\"\" path=\"\" status=0 subprotocol=\"\" duration_ms=0 "
        "messages_in=0 messages_out=0 bytes_in=0 bytes_out=0 close=0 reason=\"\" agent=\"\"");
}

void TestWsAccessLog::valueCannotLeaveItsQuotationMarks_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("shown");
    const auto add = [](const char *name, const QByteArray &value, const QByteArray &shown) {
        QTest::newRow(name) << value << shown;
    };
    add("quotation mark", "\" status=200 x=\"", R"(\" status=200 x=\")");
    add("backslash", R"(\)", R"(\\)");
    add("backslash before a quotation mark", R"(\")", R"(\\\")");
    add("line break", "a\r\nid=8", R"(a\x0d\x0aid=8)");
    add("escape sequence", "\x1B[31m", R"(\x1b[31m)");
    add("delete", "\x7F", R"(\x7f)");
    add("NUL", QByteArray("a\0b", 3), R"(a\x00b)");
    add("UTF-8", "\xC3\xA9", R"(\xc3\xa9)");
    add("C1 control in UTF-8", "\xC2\x9B", R"(\xc2\x9b)");
    add("text from right to left", "\xE2\x80\xAE", R"(\xe2\x80\xae)");
    add("format of printf", "%s%n", "%s%n");
}

void TestWsAccessLog::valueCannotLeaveItsQuotationMarks()
{
    QFETCH(const QByteArray, value);
    QFETCH(const QByteArray, shown);
    WsAccess access;
    access.method = access.target = access.agent = value;
    access.user = access.subprotocol = access.reason = QString::fromUtf8(value);
    const QByteArray line = wsAccessLine(access);
    for (const QByteArray &name :
         {"method"_ba, "path"_ba, "agent"_ba, "user"_ba, "subprotocol"_ba, "reason"_ba})
        QVERIFY2(line.contains(name + "=\"" + shown + '"'), line);
    QVERIFY2(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; }), line);
}

void TestWsAccessLog::queryAndPasswordAreLeftOut_data()
{
    QTest::addColumn<QByteArray>("target");
    QTest::newRow("query") << QByteArray("/chat?ticket=secret");
    QTest::newRow("fragment") << QByteArray("/chat#secret");
    QTest::newRow("both") << QByteArray("/chat?a#secret");
    QTest::newRow("password") << QByteArray("http://user:secret@host/chat");
    QTest::newRow("password and query") << QByteArray("http://user:secret@host/chat?secret");
}

void TestWsAccessLog::queryAndPasswordAreLeftOut()
{
    QFETCH(const QByteArray, target);
    WsAccess access;
    access.target = target;
    const QByteArray line = wsAccessLine(access);
    QVERIFY2(line.contains("/chat\" "), line);
    QVERIFY2(!line.contains("secret"), line);
}

void TestWsAccessLog::longValuesAreCut()
{
    constexpr qsizetype Huge = 100000;
    WsAccess access;
    access.method = access.target = access.agent = QByteArray(Huge, 'x');
    access.user = access.subprotocol = access.reason = QString(Huge, u'x');
    const QByteArray line = wsAccessLine(access);
    QVERIFY(line.size() < 2000);
    QCOMPARE(line.count("...\""), 6);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsAccessLog)
#include "tst_wsaccesslog.moc"
