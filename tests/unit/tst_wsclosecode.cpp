// SPDX-License-Identifier: MIT
#include "protocol/wsclosecode.h"

#include <QtTest/qtest.h>

class TestWsCloseCode : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void codesOnTheWire_data();
    void codesOnTheWire();
    void truncation_data();
    void truncation();
    void truncationLeavesWholeCharactersAtEverySize();
};

void TestWsCloseCode::codesOnTheWire_data()
{
    QTest::addColumn<int>("first");
    QTest::addColumn<int>("last");
    QTest::addColumn<bool>("allowed");
    QTest::newRow("not used (RFC 6455 7.4.2)") << 0 << 999 << false;
    QTest::newRow("normal to unsupported data") << 1000 << 1003 << true;
    QTest::newRow("reserved") << 1004 << 1004 << false;
    QTest::newRow("no status and abnormal") << 1005 << 1006 << false;
    QTest::newRow("invalid payload to internal error") << 1007 << 1011 << true;
    QTest::newRow("of the registry") << 1012 << 1014 << true;
    QTest::newRow("TLS handshake") << 1015 << 1015 << false;
    QTest::newRow("not assigned") << 1016 << 2999 << false;
    QTest::newRow("libraries and frameworks") << 3000 << 3999 << true;
    QTest::newRow("private use") << 4000 << 4999 << true;
    QTest::newRow("above all ranges") << 5000 << 65535 << false;
}

void TestWsCloseCode::codesOnTheWire()
{
    QFETCH(int, first);
    QFETCH(int, last);
    QFETCH(bool, allowed);
    for (int code = first; code <= last; ++code)
        QVERIFY2(wsMayBeOnTheWire(quint16(code)) == allowed, qPrintable(QString::number(code)));
}

void TestWsCloseCode::truncation_data()
{
    QTest::addColumn<QByteArray>("utf8");
    QTest::addColumn<int>("size");
    QTest::addColumn<QByteArray>("truncated");
    QTest::newRow("empty") << QByteArray() << 5 << QByteArray();
    QTest::newRow("shorter") << QByteArray("abc") << 5 << QByteArray("abc");
    QTest::newRow("as long") << QByteArray("abcde") << 5 << QByteArray("abcde");
    QTest::newRow("longer") << QByteArray("abcdef") << 5 << QByteArray("abcde");
    QTest::newRow("inside two bytes") << QByteArray("abcd\u00e9") << 5 << QByteArray("abcd");
    QTest::newRow("behind two bytes") << QByteArray("abc\u00e9f") << 5 << QByteArray("abc\u00e9");
    QTest::newRow("inside three bytes") << QByteArray("abc\u20ac") << 5 << QByteArray("abc");
    QTest::newRow("inside four bytes") << QByteArray("ab\U0001f600") << 5 << QByteArray("ab");
    QTest::newRow("to nothing") << QByteArray("\U0001f600") << 3 << QByteArray();
    QTest::newRow("size zero") << QByteArray("abc") << 0 << QByteArray();
}

void TestWsCloseCode::truncation()
{
    QFETCH(QByteArray, utf8);
    QFETCH(int, size);
    QTEST(wsTruncatedUtf8(utf8, size).toByteArray(), "truncated");
}

void TestWsCloseCode::truncationLeavesWholeCharactersAtEverySize()
{
    const QByteArray utf8 = QByteArray("a\u00e9\u20ac\U0001f600").repeated(20);
    for (int size = 0; size <= utf8.size(); ++size) {
        const QByteArrayView truncated = wsTruncatedUtf8(utf8, size);
        QVERIFY(truncated.size() <= size);
        QVERIFY(truncated.size() > size - 4);
        QVERIFY(truncated.isValidUtf8());
        QVERIFY(utf8.startsWith(truncated));
    }
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsCloseCode)
#include "tst_wsclosecode.moc"
