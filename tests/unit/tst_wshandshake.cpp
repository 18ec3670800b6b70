// SPDX-License-Identifier: MIT
#include "protocol/wshandshake.h"

#include "handshaketesting.h"

using namespace Qt::StringLiterals;

class TestWsHandshake : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void acceptKeyIsThatOfTheExample();
    void singleHeaderIsRequired();
    void valuesOfARepeatedHeaderAreNamed();
    void headersAreAppendedInTheirOrder();
    void emptyHeaderIsAppendedOnlyOnRequest();
};

void TestWsHandshake::acceptKeyIsThatOfTheExample()
{
    QCOMPARE(wsAcceptKey(ExampleKey), ExampleAccept);
}

void TestWsHandshake::singleHeaderIsRequired()
{
    QCOMPARE(wsCheckSingle({{"Y", "a"}, {"x", "b"}}, "X"), QString());
    QCOMPARE(wsCheckSingle({{"Y", "a"}}, "X"), u"X header is missing"_s);
    QCOMPARE(wsCheckNotRepeated({{"Y", "a"}}, "X"), QString());
}

void TestWsHandshake::valuesOfARepeatedHeaderAreNamed()
{
    const WsHeaders headers = {{"X", "a"}, {"Y", "b"}, {"x", ""}};
    const QString error = u"X header appears more than once: \"a\", \"\""_s;
    QCOMPARE(wsCheckSingle(headers, "X"), error);
    QCOMPARE(wsCheckNotRepeated(headers, "X"), error);
}

void TestWsHandshake::headersAreAppendedInTheirOrder()
{
    QByteArray bytes = "line\r\n";
    wsAppendHeaders(&bytes, {{"B", "2"}, {"A", "1"}, {"B", ""}});
    QCOMPARE(bytes, "line\r\nB: 2\r\nA: 1\r\nB: \r\n"_ba);
}

void TestWsHandshake::emptyHeaderIsAppendedOnlyOnRequest()
{
    QByteArray bytes;
    wsAppendHeaderIfAny(&bytes, "A", "");
    QCOMPARE(bytes, ""_ba);
    wsAppendHeaderIfAny(&bytes, "A", "1");
    QCOMPARE(bytes, "A: 1\r\n"_ba);
    wsAppendHeader(&bytes, "B", "");
    QCOMPARE(bytes, "A: 1\r\nB: \r\n"_ba);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsHandshake)

#include "tst_wshandshake.moc"
