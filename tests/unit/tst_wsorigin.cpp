// SPDX-License-Identifier: MIT
#include "protocol/wsorigin.h"

#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

class TestWsOrigin : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void originIsChecked_data();
    void originIsChecked();
};

void TestWsOrigin::originIsChecked_data()
{
    QTest::addColumn<QStringList>("allowed");
    QTest::addColumn<QString>("origin");
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<bool>("isEncrypted");
    QTest::addColumn<bool>("isAllowed");

    const QStringList none;
    QTest::newRow("no origin") << none << QString() << "a"_ba << false << true;
    QTest::newRow("no origin, list") << QStringList{u"http://b"_s} << QString() << "a"_ba << false << true;
    QTest::newRow("same host") << none << u"http://a"_s << "a"_ba << false << true;
    QTest::newRow("same host in odd case")
        << none << u"HTTP://A.Example"_s << "a.eXAMPLE"_ba << false << true;
    QTest::newRow("other host") << none << u"http://b"_s << "a"_ba << false << false;
    QTest::newRow("host that ends alike") << none << u"http://evil-a"_s << "a"_ba << false << false;
    QTest::newRow("host that begins alike") << none << u"http://a.evil"_s << "a"_ba << false << false;
    QTest::newRow("subdomain") << none << u"http://sub.a"_s << "a"_ba << false << false;
    QTest::newRow("no Host") << none << u"http://a"_s << ""_ba << false << false;
    QTest::newRow("broken Host") << none << u"http://a"_s << "a b"_ba << false << false;
    QTest::newRow("same port") << none << u"http://a:8080"_s << "a:8080"_ba << false << true;
    QTest::newRow("other port") << none << u"http://a:8080"_s << "a:8081"_ba << false << false;
    QTest::newRow("port only in the origin") << none << u"http://a:8080"_s << "a"_ba << false << false;
    QTest::newRow("port only in Host") << none << u"http://a"_s << "a:8080"_ba << false << false;
    QTest::newRow("default port only in the origin") << none << u"http://a:80"_s << "a"_ba << false << true;
    QTest::newRow("default port only in Host") << none << u"http://a"_s << "a:80"_ba << false << true;
    QTest::newRow("https on TLS") << none << u"https://a"_s << "a"_ba << true << true;
    QTest::newRow("https on TLS, default port in Host")
        << none << u"https://a"_s << "a:443"_ba << true << true;
    QTest::newRow("https on TLS, default port in the origin")
        << none << u"https://a:443"_s << "a"_ba << true << true;
    QTest::newRow("https on TLS, other port") << none << u"https://a"_s << "a:444"_ba << true << false;
    QTest::newRow("https behind a proxy that ends TLS") << none << u"https://a"_s << "a"_ba << false << true;
    QTest::newRow("https behind a proxy, with the port")
        << none << u"https://a:8443"_s << "a:8443"_ba << false << true;
    QTest::newRow("https page on the port 80 of Host")
        << none << u"https://a"_s << "a:80"_ba << false << false;
    QTest::newRow("http page on TLS") << none << u"http://a"_s << "a"_ba << true << false;
    QTest::newRow("http page and TLS on one port")
        << none << u"http://a:8080"_s << "a:8080"_ba << true << true;
    QTest::newRow("IPv6") << none << u"http://[::1]:8080"_s << "[::1]:8080"_ba << false << true;
    QTest::newRow("other IPv6") << none << u"http://[::1]"_s << "[::2]"_ba << false << false;
    QTest::newRow("null") << none << u"null"_s << "null"_ba << false << false;
    QTest::newRow("extension of a browser") << none << u"chrome-extension://a"_s << "a"_ba << false << false;
    QTest::newRow("origin with a path") << none << u"http://a/"_s << "a"_ba << false << false;
    QTest::newRow("origin with a user") << none << u"http://a@b"_s << "b"_ba << false << false;
    QTest::newRow("several origins") << none << u"http://a http://b"_s << "a"_ba << false << false;
    QTest::newRow("origin without host") << none << u"http://"_s << "a"_ba << false << false;
    QTest::newRow("origin without scheme") << none << u"a"_s << "a"_ba << false << false;

    const QStringList any = {u"*"_s};
    QTest::newRow("any") << any << u"http://b"_s << "a"_ba << false << true;
    QTest::newRow("any, null") << any << u"null"_s << "a"_ba << false << true;
    const QStringList list = {u"https://B.example"_s, u"http://c:8080"_s, u"http://d:80"_s};
    QTest::newRow("listed") << list << u"https://b.example"_s << "a"_ba << false << true;
    QTest::newRow("listed, odd case") << list << u"HTTPS://b.EXAMPLE"_s << "a"_ba << false << true;
    QTest::newRow("listed, default port given")
        << list << u"https://b.example:443"_s << "a"_ba << false << true;
    QTest::newRow("listed with default port") << list << u"http://d"_s << "a"_ba << false << true;
    QTest::newRow("listed host, other scheme") << list << u"http://b.example"_s << "a"_ba << false << false;
    QTest::newRow("listed host, port of the other scheme")
        << list << u"https://b.example:80"_s << "a"_ba << false << false;
    QTest::newRow("listed with port") << list << u"http://c:8080"_s << "a"_ba << false << true;
    QTest::newRow("listed host, other port") << list << u"http://c"_s << "a"_ba << false << false;
    QTest::newRow("listed, subdomain") << list << u"https://x.b.example"_s << "a"_ba << false << false;
    QTest::newRow("own origin with a list") << list << u"http://a"_s << "a"_ba << false << false;
    QTest::newRow("null with a list") << list << u"null"_s << "a"_ba << false << false;
    QTest::newRow("null listed") << QStringList{u"null"_s} << u"null"_s << "a"_ba << false << true;
    QTest::newRow("any among others") << (list + any) << u"http://x"_s << "a"_ba << false << true;
}

void TestWsOrigin::originIsChecked()
{
    QFETCH(QStringList, allowed);
    QFETCH(QString, origin);
    QFETCH(QByteArray, host);
    QFETCH(bool, isEncrypted);
    QTEST(wsIsOriginAllowed(allowed, origin, host, isEncrypted), "isAllowed");
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsOrigin)

#include "tst_wsorigin.moc"
