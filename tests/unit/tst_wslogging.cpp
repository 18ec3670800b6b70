// SPDX-License-Identifier: MIT
#include "net/loop/wslogging.h"

#include <QtTest/qtest.h>

class TestWsLogging : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void categoriesAreQuietBelowWarnings_data();
    void categoriesAreQuietBelowWarnings();
    void oneRuleSwitchesThemAllOn();
};

void TestWsLogging::categoriesAreQuietBelowWarnings_data()
{
    QTest::addColumn<const QLoggingCategory *>("category");
    QTest::newRow("wskit.handshake") << &wsHandshakeLog();
    QTest::newRow("wskit.protocol") << &wsProtocolLog();
    QTest::newRow("wskit.net") << &wsNetLog();
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

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsLogging)
#include "tst_wslogging.moc"
