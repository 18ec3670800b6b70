// SPDX-License-Identifier: MIT
#include "protocol/wsauthority.h"

#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

class TestWsAuthority : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void hostAndPortAreParsed_data();
    void hostAndPortAreParsed();
    void hostsAreComparedWithoutWhatDiffersOnlyInWriting();
    void listedNameOfASubdomainMatches();
    void addressesAreToldFromNames_data();
    void addressesAreToldFromNames();
    void otherTextIsNone_data();
    void otherTextIsNone();
};

void TestWsAuthority::hostAndPortAreParsed_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<int>("port");
    QTest::newRow("name") << "a.example"_ba
                          << "a.example"_ba << -1;
    QTest::newRow("name and port") << "a:8080"_ba
                                   << "a"_ba << 8080;
    QTest::newRow("empty port") << "a:"_ba
                                << "a"_ba << -1;
    QTest::newRow("port 0") << "a:0"_ba
                            << "a"_ba << 0;
    QTest::newRow("largest port") << "a:65535"_ba
                                  << "a"_ba << 65535;
    QTest::newRow("IPv4") << "127.0.0.1:80"_ba
                          << "127.0.0.1"_ba << 80;
    QTest::newRow("IPv6") << "[::1]"_ba
                          << "[::1]"_ba << -1;
    QTest::newRow("IPv6 and port") << "[::ffff:1.2.3.4]:1"_ba
                                   << "[::ffff:1.2.3.4]"_ba << 1;
    QTest::newRow("zone as in a URL") << "[fe80::1%25eth0]:9001"_ba
                                      << "[fe80::1%25eth0]"_ba << 9001;
    QTest::newRow("zone as programs write it") << "[fe80::1%eth0.1]"_ba
                                               << "[fe80::1%eth0.1]"_ba << -1;
    QTest::newRow("zone that is a number") << "[fe80::1%2]"_ba
                                           << "[fe80::1%2]"_ba << -1;
}

void TestWsAuthority::hostsAreComparedWithoutWhatDiffersOnlyInWriting()
{
    QCOMPARE(wsComparableHost("A.Example."), "a.example"_ba);
    QCOMPARE(wsComparableHost("a"), "a"_ba);
    QCOMPARE(wsComparableHost("."), "."_ba);
    QCOMPARE(wsComparableHost("[FE80::1%25eth0]"), "[fe80::1]"_ba);
    QCOMPARE(wsComparableHost("a%25b"), "a%25b"_ba);
    for (const char *address :
         {"[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[0::0:1]", "[::0.0.0.1]", "[::1%lo]"})
        QCOMPARE(wsComparableHost(address), "[::1]"_ba);
    QCOMPARE(wsComparableHost("[0:0:0:0:0:0:0:0]"), "[::]"_ba);
    QCOMPARE(wsComparableHost("[1:0:0:2:0:0:0:3]"), "[1:0:0:2::3]"_ba);
    QCOMPARE(wsComparableHost("[1:0:2:3:4:5:6:7]"), "[1:0:2:3:4:5:6:7]"_ba);
    QCOMPARE(wsComparableHost("[ABCD:0:0:1:0:0:0:0]"), "[abcd:0:0:1::]"_ba);
    QCOMPARE(wsComparableHost("[::FFFF:127.0.0.1]"), "[::ffff:7f00:1]"_ba);
    QCOMPARE(wsComparableHost("[bad]"), "[bad]"_ba);
    for (const QByteArray &broken :
         {"["_ba, "[::1"_ba, "[]"_ba, "]"_ba, ""_ba}) // as a TLS client may send it
        QCOMPARE(wsComparableHost(broken), broken);
}

void TestWsAuthority::listedNameOfASubdomainMatches()
{
    QVERIFY(wsMatchesListed("a.example", "a.example"));
    QVERIFY(!wsMatchesListed("a.example", "b.a.example"));
    QVERIFY(wsMatchesListed("*.a.example", "b.a.example"));
    QVERIFY(wsMatchesListed("*.a.example", "c.b.a.example"));
    QVERIFY(!wsMatchesListed("*.a.example", "a.example"));
    QVERIFY(!wsMatchesListed("*.a.example", ".a.example"));
    QVERIFY(!wsMatchesListed("*.a.example", "b.a.exampl"));
    QVERIFY(!wsMatchesListed("*.*.example", "b.*.example")); // no pattern, and no name either
    QVERIFY(!wsMatchesListed("*.", "b."));
}

void TestWsAuthority::addressesAreToldFromNames_data()
{
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<bool>("isAddress");
    for (const char *host : {"127.0.0.1", "0.0.0.0", "255.255.255.255", "[::1]", "[fe80::1%25eth0]"})
        QTest::newRow(host) << QByteArray(host) << true;
    for (const char *host :
         {"localhost", "127.0.0.1.", "127.1", "1.2.3.256", "1.2.3.4.5", "1.2.3", "1..2.3", "1.2.3.x",
          "1.2.3.4.evil", "2130706433", "0x7f.0.0.1", "1.2.3.0004", "010.0.0.1", "1.2.3.00", "[::1.2.3.04]"})
        QTest::newRow(host) << QByteArray(host) << false;
}

void TestWsAuthority::addressesAreToldFromNames()
{
    QFETCH(QByteArray, host);
    QTEST(wsIsAddress(host), "isAddress");
}

void TestWsAuthority::hostAndPortAreParsed()
{
    QFETCH(QByteArray, text);
    const auto authority = wsParseAuthority(text);
    QVERIFY(authority);
    QTEST(authority->host.toByteArray(), "host");
    QTEST(authority->port, "port");
}

void TestWsAuthority::otherTextIsNone_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char *text : {"",
                             ":80",
                             "a b",
                             "user@a",
                             "a/b",
                             "a:b",
                             "a:65536",
                             "a:100000",
                             "a:1:2",
                             "[::1",
                             "[::1]80",
                             "[a]",
                             "a]",
                             "[::1%]",
                             "[::1%a b]",
                             "[::1%a/b]",
                             "[%eth0]",
                             "[evil:]",
                             "[a:b%evil.example]",
                             "[a:b]",
                             "[:]",
                             "[:::]",
                             "[::1::]",
                             "[1:2:3:4:5:6:7]",
                             "[1:2:3:4:5:6:7:8:9]",
                             "[1:2:3:4:5:6:7::8]",
                             "[1:2:3:4:5:6:7:]",
                             "[:1:2:3:4:5:6:7]",
                             "[::12345]",
                             "[::g]",
                             "[~::]",
                             "[::0x1]",
                             "[::+1]",
                             "[::1.2.3]",
                             "[::1.2.3.256]",
                             "[1.2.3.4::]",
                             "[::1.2.3.4:1]",
                             "[]"}) {
        QTest::addRow("\"%s\"", text) << QByteArray(text);
    }
}

void TestWsAuthority::otherTextIsNone()
{
    QFETCH(QByteArray, text);
    QVERIFY(!wsParseAuthority(text));
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsAuthority)

#include "tst_wsauthority.moc"
