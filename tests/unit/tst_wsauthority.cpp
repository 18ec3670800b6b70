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
    for (const char *text : {"", ":80", "a b", "user@a", "a/b", "a:b", "a:65536", "a:100000", "a:1:2", "[::1",
                             "[::1]80", "[a]", "a]"}) {
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
