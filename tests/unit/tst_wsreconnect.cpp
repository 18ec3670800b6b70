// SPDX-License-Identifier: MIT
#include <WsKit/wsreconnect.h>

#include <QtCore/qmetaobject.h>
#include <QtCore/qvariant.h>
#include <QtTest/qtest.h>

#include <limits>

using namespace std::chrono_literals;

class TestWsReconnect : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void defaultsAreThoseDocumented();
    void nonsenseIsReplaced();
    void timesAreMillisecondsInQml_data();
    void timesAreMillisecondsInQml();
    void everyPropertyIsCompared_data();
    void everyPropertyIsCompared();
};

namespace {
QMetaProperty propertyOf(const QByteArray &name)
{
    const QMetaObject &meta = WsReconnect::staticMetaObject;
    return meta.property(meta.indexOfProperty(name));
}
} // namespace

void TestWsReconnect::defaultsAreThoseDocumented()
{
    const WsReconnect reconnect;
    QVERIFY(!reconnect.enabled());
    QCOMPARE(reconnect.initialDelay(), 500ms);
    QCOMPARE(reconnect.maxDelay(), 30s);
    QCOMPARE(reconnect.factor(), 2.0);
    QCOMPARE(reconnect.jitter(), 0.5);
    QCOMPARE(reconnect.maxAttempts(), -1);
    QCOMPARE(reconnect.stableAfter(), 5s);
    QVERIFY(!reconnect.queueMessages());
}

void TestWsReconnect::nonsenseIsReplaced()
{
    WsReconnect reconnect;
    reconnect.setInitialDelay(-1ms);
    reconnect.setMaxDelay(-1ms);
    reconnect.setStableAfter(-1ms);
    QCOMPARE(reconnect.initialDelay(), 0ms);
    QCOMPARE(reconnect.maxDelay(), 0ms);
    QCOMPARE(reconnect.stableAfter(), 0ms);
    reconnect.setMaxAttempts(-2);
    QCOMPARE(reconnect.maxAttempts(), -1);
    reconnect.setMaxAttempts(0);
    QCOMPARE(reconnect.maxAttempts(), 0);

    constexpr double Infinity = std::numeric_limits<double>::infinity();
    constexpr double NotANumber = std::numeric_limits<double>::quiet_NaN();
    for (const double factor : {0.99, -2.0, Infinity, -Infinity, NotANumber}) {
        reconnect.setFactor(factor);
        QCOMPARE(reconnect.factor(), 1.0);
    }
    reconnect.setFactor(1.5);
    QCOMPARE(reconnect.factor(), 1.5);
    for (const double jitter : {-0.1, Infinity, -Infinity, NotANumber}) {
        reconnect.setJitter(jitter);
        QCOMPARE(reconnect.jitter(), 0.0);
    }
    reconnect.setJitter(1.1);
    QCOMPARE(reconnect.jitter(), 1.0);
}

void TestWsReconnect::timesAreMillisecondsInQml_data()
{
    QTest::addColumn<QByteArray>("name");
    for (const char *name : {"initialDelay", "maxDelay", "stableAfter"})
        QTest::newRow(name) << QByteArray(name);
}

void TestWsReconnect::timesAreMillisecondsInQml()
{
    QFETCH(const QByteArray, name);
    const QMetaProperty property = propertyOf(name);
    WsReconnect reconnect;
    QVERIFY(property.writeOnGadget(&reconnect, 1234));
    QCOMPARE(property.readOnGadget(&reconnect), QVariant(1234));
    const auto time = name == "initialDelay" ? reconnect.initialDelay()
                      : name == "maxDelay"   ? reconnect.maxDelay()
                                             : reconnect.stableAfter();
    QCOMPARE(time, 1234ms);
    reconnect.setInitialDelay(std::chrono::hours(24 * 365));
    reconnect.setMaxDelay(std::chrono::hours(24 * 365));
    reconnect.setStableAfter(std::chrono::hours(24 * 365));
    QCOMPARE(property.readOnGadget(&reconnect), QVariant(std::numeric_limits<int>::max()));
}

void TestWsReconnect::everyPropertyIsCompared_data()
{
    QTest::addColumn<QByteArray>("name");
    const QMetaObject &meta = WsReconnect::staticMetaObject;
    for (int i = 0; i < meta.propertyCount(); ++i)
        QTest::newRow(meta.property(i).name()) << QByteArray(meta.property(i).name());
}

void TestWsReconnect::everyPropertyIsCompared()
{
    QFETCH(const QByteArray, name);
    const QMetaProperty changed = propertyOf(name);
    WsReconnect reconnect;
    const QVariant before = changed.readOnGadget(&reconnect);
    const QVariant after = before.typeId() == QMetaType::Bool     ? QVariant(!before.toBool())
                           : before.typeId() == QMetaType::Double ? QVariant(1.0)
                                                                  : QVariant(before.toInt() + 1);
    QVERIFY(changed.writeOnGadget(&reconnect, after));
    QCOMPARE(changed.readOnGadget(&reconnect), after);
    QVERIFY(reconnect != WsReconnect());
    QVERIFY(changed.writeOnGadget(&reconnect, before));
    QVERIFY(reconnect == WsReconnect());
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsReconnect)
#include "tst_wsreconnect.moc"
