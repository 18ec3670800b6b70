// SPDX-License-Identifier: MIT
#include <WsKit/wscompression.h>

#include <QtCore/qmetaobject.h>
#include <QtCore/qmetatype.h>
#include <QtCore/qvariant.h>
#include <QtTest/qtest.h>

class TestWsCompression : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void defaults();
    void valuesCountAsTheNearest_data();
    void valuesCountAsTheNearest();
    void everyPropertyIsCompared_data();
    void everyPropertyIsCompared();
};

void TestWsCompression::defaults()
{
    const WsCompression compression;
    QVERIFY(!compression.enabled());
    QCOMPARE(compression.threshold(), 128);
    QCOMPARE(compression.level(), 6);
    QCOMPARE(compression.memLevel(), 5);
    QCOMPARE(compression.windowBits(), 12);
    QCOMPARE(compression.peerWindowBits(), 15);
    QVERIFY(compression.contextTakeover());
    QVERIFY(compression.peerContextTakeover());
}

void TestWsCompression::valuesCountAsTheNearest_data()
{
    QTest::addColumn<QByteArray>("property");
    QTest::addColumn<int>("value");
    QTest::addColumn<int>("expected");
    const auto row = [](const char *property, int value, int expected) {
        QTest::addRow("%s: %d", property, value) << QByteArray(property) << value << expected;
    };
    row("threshold", -1, 0);
    row("threshold", 0, 0);
    row("threshold", 1000000, 1000000);
    for (const int value : {0, 1, 6, 9}) {
        row("level", value, value);
        row("memLevel", value, qMax(1, value));
    }
    for (const char *property : {"windowBits", "peerWindowBits"}) {
        for (const int value : {9, 12, 15})
            row(property, value, value);
        row(property, 8, 9);
        row(property, 16, 15);
        row(property, -1000, 9);
        row(property, 1000, 15);
    }
    row("level", -1, 0);
    row("level", 10, 9);
    row("level", 262, 9);
    row("memLevel", -1, 1);
    row("memLevel", 10, 9);
    row("memLevel", 262, 9);
}

void TestWsCompression::valuesCountAsTheNearest()
{
    QFETCH(QByteArray, property);
    QFETCH(int, value);
    WsCompression compression;
    const QMetaObject &meta = WsCompression::staticMetaObject;
    const QMetaProperty found = meta.property(meta.indexOfProperty(property));
    QVERIFY(found.writeOnGadget(&compression, value));
    QTEST(found.readOnGadget(&compression).toInt(), "expected");
}

void TestWsCompression::everyPropertyIsCompared_data()
{
    QTest::addColumn<int>("property");
    const QMetaObject &meta = WsCompression::staticMetaObject;
    for (int i = 0; i < meta.propertyCount(); ++i)
        QTest::newRow(meta.property(i).name()) << i;
}

void TestWsCompression::everyPropertyIsCompared()
{
    QFETCH(int, property);
    const QMetaProperty changed = WsCompression::staticMetaObject.property(property);
    WsCompression compression;
    const QVariant before = changed.readOnGadget(&compression);
    const bool isFlag = before.typeId() == QMetaType::Bool;
    QVERIFY(changed.writeOnGadget(&compression,
                                  isFlag ? QVariant(!before.toBool()) : QVariant(before.toInt() - 1)));
    QVERIFY(changed.readOnGadget(&compression) != before);
    QVERIFY(compression != WsCompression());
    QVERIFY(changed.writeOnGadget(&compression, before));
    QVERIFY(compression == WsCompression());
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsCompression)
#include "tst_wscompression.moc"
