// SPDX-License-Identifier: MIT
#include "protocol/wsallowedhosts.h"
#include "protocol/wshttphead.h"

#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

class TestWsAllowedHosts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void serverOnLoopbackAnswersPagesUnderItsOwnNamesOnly_data();
    void serverOnLoopbackAnswersPagesUnderItsOwnNamesOnly();
    void otherServersAnswerForAnyHost();
    void absoluteTargetCountsInsteadOfTheHeader();
    void listNamesTheHosts_data();
    void listNamesTheHosts();
    void refusalNamesTheSetting();
    void entryThatCanNeverMatchIsFound_data();
    void entryThatCanNeverMatchIsFound();
};

namespace {
WsHeaders headersOf(const QByteArray &host, const QByteArray &origin = {})
{
    WsHeaders headers;
    if (!host.isNull())
        headers.append({"Host", host});
    if (!origin.isNull())
        headers.append({"origin", origin});
    return headers;
}
} // namespace

void TestWsAllowedHosts::serverOnLoopbackAnswersPagesUnderItsOwnNamesOnly_data()
{
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<bool>("isAnswered");
    for (const char *host :
         {"localhost", "LOCALHOST:80", "localhost.", "localhost.:8080", "127.0.0.1", "127.0.0.1:8080",
          "127.1.2.3", "[::1]", "[::1]:8080", "[::1%25lo]", "192.168.0.5:1"})
        QTest::newRow(host) << QByteArray(host) << true;
    for (const char *host : {"evil.example", "evil.example:80", "localhost.evil.example", "evil-localhost",
                             "127.0.0.1.evil.example", "127.1", "app.localhost", "l%6Fcalhost",
                             "localhost%00", "0x7f000001", "a..", "[bad]", "[evil:]", "[a:b%evil.example]"})
        QTest::newRow(host) << QByteArray(host) << false;
}

void TestWsAllowedHosts::serverOnLoopbackAnswersPagesUnderItsOwnNamesOnly()
{
    QFETCH(QByteArray, host);
    const WsHostPolicy policy{{}, true};
    QTEST(wsCheckAllowedHost(policy, headersOf(host, "http://" + host)).isEmpty(), "isAnswered");
    QCOMPARE(wsCheckAllowedHost(policy, headersOf(host)), QString()); // not from a page
}

void TestWsAllowedHosts::otherServersAnswerForAnyHost()
{
    QCOMPARE(wsCheckAllowedHost({}, headersOf("evil.example", "http://evil.example")), QString());
    QCOMPARE(wsCheckAllowedHost({}, headersOf({}, "http://evil.example")), QString());
    const WsHostPolicy any{{u"*"_s}, true};
    QCOMPARE(wsCheckAllowedHost(any, headersOf("evil.example", "http://evil.example")), QString());
    QCOMPARE(wsCheckAllowedHost(any, headersOf({})), QString());
}

void TestWsAllowedHosts::absoluteTargetCountsInsteadOfTheHeader()
{
    WsRequestHead request;
    QVERIFY(!wsParseRequestHead(
        "GET http://evil.example:80/x HTTP/1.1\r\nHost: localhost\r\nOrigin: http://x\r\n\r\n", 9, &request));
    QVERIFY(!wsCheckAllowedHost({{}, true}, request.headers).isEmpty());
    QVERIFY(
        !wsParseRequestHead("GET http://evil.example/x HTTP/1.0\r\nOrigin: http://x\r\n\r\n", 9, &request));
    QVERIFY(!wsCheckAllowedHost({{}, true}, request.headers).isEmpty());
}

void TestWsAllowedHosts::listNamesTheHosts_data()
{
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<bool>("isAnswered");
    for (const char *host : {"a.example", "A.Example.", "a.example:1234", "x.b.example", "x.y.b.example:1",
                             "c.example:8080", "d.example", "d.example:443", "[::1]:5", "192.168.0.5",
                             "xn--bcher-kva.example", "xn--bcher-kva.example:9001", "xn--bcher-kva.test:9001",
                             "x.xn--bcher-kva.test:9002", "[0:0:0:0:0:0:0:1]", "e.example:80", "e.example"})
        QTest::newRow(host) << QByteArray(host) << true;
    for (const char *host : {"b.example", "xb.example", "x.b.example.evil", "c.example", "c.example:8081",
                             "d.example:80", "localhost", "127.0.0.1", "[::2]", "a.example.evil",
                             "xn--bcher-kva.test:9002", "e.example:443", "f.example"})
        QTest::newRow(host) << QByteArray(host) << false;
}

void TestWsAllowedHosts::listNamesTheHosts()
{
    QFETCH(QByteArray, host);
    const WsHostPolicy policy{{u"a.Example"_s, u"*.b.example"_s, u"c.example:8080"_s, u"d.example:443"_s,
                               u"::1"_s, u"192.168.0.5"_s, u"b\u00fccher.example"_s,
                               u"b\u00fccher.test:9001"_s, u"*.b\u00fccher.test:9002"_s, u"e.example:80"_s,
                               u"http://f.example"_s}, // the last one can never match
                              true};
    QTEST(wsCheckAllowedHost(policy, headersOf(host)).isEmpty(), "isAnswered");
    QTEST(wsCheckAllowedHost(policy, headersOf(host, "http://a")).isEmpty(), "isAnswered");
    QVERIFY(!wsCheckAllowedHost(policy, headersOf({})).isEmpty());
}

void TestWsAllowedHosts::refusalNamesTheSetting()
{
    const WsHeaders headers = headersOf("evil.example:80", "http://evil.example:80");
    QCOMPARE(wsCheckAllowedHost({{u"a"_s}, false}, headers),
             u"host \"evil.example:80\" is not in allowedHosts"_s);
    QCOMPARE(wsCheckAllowedHost({{u"a"_s}, false}, headersOf("user:SECRET@evil.example/?SECRET")),
             u"host \"evil.example/\" is not in allowedHosts"_s);
    const QString text = wsCheckAllowedHost({{}, true}, headers);
    QVERIFY2(text.contains(u"\"evil.example:80\""_s) && text.contains(u"allowedHosts"_s), qPrintable(text));
}

void TestWsAllowedHosts::entryThatCanNeverMatchIsFound_data()
{
    QTest::addColumn<QString>("entry");
    QTest::addColumn<bool>("canMatch");
    for (const char *entry :
         {"*", "a.example", "a.example:80", "*.a.example", "::1", "[::1]", "[::1]:80", "127.0.0.1"})
        QTest::newRow(entry) << QString::fromLatin1(entry) << true;
    for (const char *entry : {"", "https://a.example", "a.example/", "a.*.example", "a b", "a:b", "*a",
                              "*.*.a", "*.", "*..", "[evil:]"})
        QTest::addRow("\"%s\"", entry) << QString::fromLatin1(entry) << false;
}

void TestWsAllowedHosts::entryThatCanNeverMatchIsFound()
{
    QFETCH(QString, entry);
    QTEST(wsCheckHostEntry(entry).isEmpty(), "canMatch");
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsAllowedHosts)

#include "tst_wsallowedhosts.moc"
