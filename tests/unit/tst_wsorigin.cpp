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
    void refusalNamesWhatWasCompared_data();
    void refusalNamesWhatWasCompared();
    void entryThatCanNeverMatchIsFound_data();
    void entryThatCanNeverMatchIsFound();
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
    // Browsers send no such origin, but other programs do.
    const QStringList sockets = {u"wss://e.example:443"_s, u"ws://f.example:80"_s};
    QTest::newRow("listed, wss without its port")
        << sockets << u"wss://e.example"_s << "a"_ba << false << true;
    QTest::newRow("listed, ws without its port") << sockets << u"ws://f.example"_s << "a"_ba << false << true;
    QTest::newRow("listed, ws is not wss") << sockets << u"ws://e.example:443"_s << "a"_ba << false << false;
    QTest::newRow("listed, wss on another port")
        << sockets << u"wss://f.example"_s << "a"_ba << false << false;
    QTest::newRow("listed with default port") << list << u"http://d"_s << "a"_ba << false << true;
    QTest::newRow("listed host, other scheme") << list << u"http://b.example"_s << "a"_ba << false << false;
    QTest::newRow("listed host, port of the other scheme")
        << list << u"https://b.example:80"_s << "a"_ba << false << false;
    QTest::newRow("listed with port") << list << u"http://c:8080"_s << "a"_ba << false << true;
    QTest::newRow("listed host, other port") << list << u"http://c"_s << "a"_ba << false << false;
    QTest::newRow("listed, subdomain") << list << u"https://x.b.example"_s << "a"_ba << false << false;
    QTest::newRow("own origin with a list") << list << u"http://a"_s << "a"_ba << false << true;
    QTest::newRow("own host with a list, other port") << list << u"http://a:1"_s << "a"_ba << false << false;
    QTest::newRow("null with a list") << list << u"null"_s << "a"_ba << false << false;
    QTest::newRow("null listed") << QStringList{u"null"_s} << u"null"_s << "a"_ba << false << true;
    QTest::newRow("listed with a slash behind it")
        << QStringList{u"http://b/"_s} << u"http://b"_s << "a"_ba << false << true;
    QTest::newRow("listed with a name that is not ASCII")
        << QStringList{u"https://b\u00fccher.example:1"_s} << u"https://xn--bcher-kva.example:1"_s << "a"_ba
        << false << true;
    QTest::newRow("listed extension of a browser")
        << QStringList{u"chrome-extension://abc"_s} << u"chrome-extension://abc"_s << "a"_ba << false << true;

    const QStringList pattern = {u"https://*.B.example"_s, u"http://*.c.example:8080"_s};
    QTest::newRow("subdomain") << pattern << u"https://x.b.example"_s << "a"_ba << false << true;
    QTest::newRow("subdomain of a subdomain")
        << pattern << u"https://x.y.b.example"_s << "a"_ba << false << true;
    QTest::newRow("subdomain, default port")
        << pattern << u"https://x.b.example:443"_s << "a"_ba << false << true;
    QTest::newRow("subdomain, other port")
        << pattern << u"https://x.b.example:444"_s << "a"_ba << false << false;
    QTest::newRow("subdomain, other scheme")
        << pattern << u"http://x.b.example"_s << "a"_ba << false << false;
    QTest::newRow("subdomain with its port")
        << pattern << u"http://x.c.example:8080"_s << "a"_ba << false << true;
    QTest::newRow("domain of a pattern itself")
        << pattern << u"https://b.example"_s << "a"_ba << false << false;
    QTest::newRow("empty subdomain") << pattern << u"https://.b.example"_s << "a"_ba << false << false;
    QTest::newRow("name that only ends as a pattern")
        << pattern << u"https://xb.example"_s << "a"_ba << false << false;
    QTest::newRow("name that goes on after a pattern")
        << pattern << u"https://x.b.example.evil"_s << "a"_ba << false << false;

    QTest::newRow("dot at the end of Host")
        << none << u"http://a.example"_s << "a.example."_ba << false << true;
    QTest::newRow("dot at the end of the origin")
        << none << u"http://a.example."_s << "a.example"_ba << false << true;
    QTest::newRow("zone in Host alone")
        << none << u"http://[fe80::1]"_s << "[fe80::1%25eth0]"_ba << false << true;
    QTest::newRow("IPv6 in another form")
        << none << u"http://[::1]"_s << "[0:0:0:0:0:0:0:1]"_ba << false << true;
    QTest::newRow("no IPv6 in brackets") << none << u"http://[evil:]"_s << "[evil:]"_ba << false << false;
    QTest::newRow("listed without brackets")
        << QStringList{u"https://::1"_s} << u"https://[::1]"_s << "a"_ba << false << true;
    QTest::newRow("subdomain of a name that is not ASCII")
        << QStringList{u"https://*.b\u00fccher.example:1"_s} << u"https://x.xn--bcher-kva.example:1"_s
        << "a"_ba << false << true;
    QTest::newRow("any among others") << (list + any) << u"http://x"_s << "a"_ba << false << true;
}

// CVE-2014-3429 (IPython).
void TestWsOrigin::originIsChecked()
{
    QFETCH(QStringList, allowed);
    QFETCH(QString, origin);
    QFETCH(QByteArray, host);
    QFETCH(bool, isEncrypted);
    QTEST(wsCheckOrigin(allowed, origin, host, isEncrypted).isEmpty(), "isAllowed");
}

void TestWsOrigin::refusalNamesWhatWasCompared_data()
{
    QTest::addColumn<QString>("origin");
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<bool>("isEncrypted");
    QTest::addColumn<QString>("text");
    QTest::newRow("https") << u"https://a.example"_s << "b.example"_ba << true
                           << u"origin https://a.example is not host b.example:443"_s;
    QTest::newRow("http page on TLS") << u"http://a.example"_s << "a.example"_ba << true
                                      << u"origin http://a.example is not host a.example:443"_s;
    QTest::newRow("port that a proxy dropped") << u"http://a.example:8080"_s << "a.example"_ba << false
                                               << u"origin http://a.example:8080 is not host a.example:80"_s;
    QTest::newRow("port") << u"http://a.example"_s << "a.example:81"_ba << false
                          << u"origin http://a.example is not host a.example:81"_s;
    QTest::newRow("null") << u"null"_s << "a.example"_ba << false << u"origin null is not host a.example"_s;
    QTest::newRow("control characters")
        << u"http://a\x1b[0m"_s << "a"_ba << false << u"origin http://a\uFFFD[0m is not host a"_s;
}

void TestWsOrigin::refusalNamesWhatWasCompared()
{
    QFETCH(QString, origin);
    QFETCH(QByteArray, host);
    QFETCH(bool, isEncrypted);
    QFETCH(QString, text);
    QCOMPARE(wsCheckOrigin({u"http://c"_s}, origin, host, isEncrypted),
             text + u", and not in allowedOrigins"_s);
}

void TestWsOrigin::entryThatCanNeverMatchIsFound_data()
{
    QTest::addColumn<QString>("entry");
    QTest::addColumn<bool>("canMatch");
    for (const char *entry :
         {"*", "null", "https://a.example", "https://a.example/", "http://a:80", "https://*.a.example",
          "https://*.a.example:8443", "app://x", "http://[::1]:80", "HTTPS://A"})
        QTest::newRow(entry) << QString::fromLatin1(entry) << true;
    for (const char *entry : {"", "a.example", "*.a.example", "https://", "https://a.*.example", "https://*",
                              "https://a/b", "*://a", "https://*.*.a", "://a"})
        QTest::addRow("\"%s\"", entry) << QString::fromLatin1(entry) << false;
}

void TestWsOrigin::entryThatCanNeverMatchIsFound()
{
    QFETCH(QString, entry);
    QFETCH(bool, canMatch);
    const QString problem = wsCheckOriginEntry(entry);
    QCOMPARE(problem.isEmpty(), canMatch);
    if (!canMatch)
        QVERIFY(problem.startsWith(u'"' + entry + u"\" in allowedOrigins"_s));
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsOrigin)

#include "tst_wsorigin.moc"
