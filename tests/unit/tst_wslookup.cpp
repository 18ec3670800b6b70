// SPDX-License-Identifier: MIT
#include "net/socket/wslookup.h"

#include "forking.h"

#include "../patience.h"

#include <QtCore/qsemaphore.h>
#include <QtCore/qthread.h>
#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

namespace {
// Looks \a host up with the system's resolver.
QHostInfo lookUp(const QString &host)
{
    QSemaphore done;
    QHostInfo result;
    const auto lookup = WsLookup::start(host, [&](const QHostInfo &info) {
        result = info;
        done.release();
    });
    if (!done.tryAcquire(1, Patient::Patience))
        lookup->cancel();
    return result;
}
} // namespace

class TestWsLookup : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { WsLookup::replaceResolver(nullptr); }

    void findsLocalhostWithoutAnEventLoop();
    void reportsThatAHostIsNotFound();
    void childMayLookUpAfterItsParent();
    void resultIsTakenOnce();
    void canceledLookupCallsNobody();
};

void TestWsLookup::findsLocalhostWithoutAnEventLoop()
{
    const QHostInfo info = lookUp(u"localhost"_s);
    QCOMPARE(info.error(), QHostInfo::NoError);
    QVERIFY(!info.addresses().isEmpty());
    for (const QHostAddress &address : info.addresses())
        QVERIFY2(address.isLoopback(), qPrintable(address.toString()));
}

// RFC 6761 §6.4: no host has such a name. It is too long for a label, so nobody is asked.
void TestWsLookup::reportsThatAHostIsNotFound()
{
    const QHostInfo info = lookUp(QString(80, u'x') + u".invalid"_s);
    QVERIFY(info.error() != QHostInfo::NoError);
    QVERIFY(info.addresses().isEmpty());
}

// The threads of the parent do not exist there.
void TestWsLookup::childMayLookUpAfterItsParent()
{
    QVERIFY(!lookUp(u"localhost"_s).addresses().isEmpty());
    QVERIFY(succeedsInChild([] { return !lookUp(u"localhost"_s).addresses().isEmpty(); }));
}

void TestWsLookup::resultIsTakenOnce()
{
    WsLookup::replaceResolver([](const std::shared_ptr<WsLookup> &) {});
    int count = 0;
    const auto lookup = WsLookup::start(u"example.com"_s, [&](const QHostInfo &) { ++count; });
    QCOMPARE(lookup->host(), u"example.com"_s);
    QVERIFY(lookup->isWanted());
    lookup->finish(QHostInfo());
    QVERIFY(!lookup->isWanted());
    lookup->finish(QHostInfo());
    QCOMPARE(count, 1);
}

void TestWsLookup::canceledLookupCallsNobody()
{
    WsLookup::replaceResolver([](const std::shared_ptr<WsLookup> &) {});
    int count = 0;
    const auto lookup = WsLookup::start(u"example.com"_s, [&](const QHostInfo &) { ++count; });
    lookup->cancel();
    QVERIFY(!lookup->isWanted());
    lookup->finish(QHostInfo());
    QCOMPARE(count, 0);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsLookup)
#include "tst_wslookup.moc"
