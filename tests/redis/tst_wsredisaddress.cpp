// SPDX-License-Identifier: MIT
#include "redis/wsredisaddress.h"

#include <QtCore/qurl.h>
#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

class TestWsRedisAddress : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void partsAreRead_data();
    void partsAreRead();
    void problemsQuoteTheUrl_data();
    void problemsQuoteTheUrl();
    void passwordIsNeverShown_data();
    void passwordIsNeverShown();
};

void TestWsRedisAddress::partsAreRead_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("parts"); // host:port or path, user, password, database, TLS
    const auto row = [](const char *url, const char *parts) {
        QTest::newRow(url) << QString::fromLatin1(url) << QString::fromLatin1(parts);
    };
    row("redis://localhost", "localhost:6379 '' '' 0");
    row("redis://localhost/", "localhost:6379 '' '' 0");
    row("redis://192.0.2.1:7000/3", "192.0.2.1:7000 '' '' 3");
    row("redis://[::1]:7000", "::1:7000 '' '' 0");
    row("redis://:secret@host", "host:6379 '' 'secret' 0");
    row("redis://anna:s%40c%2Fr%3Aet@host/1", "host:6379 'anna' 's@c/r:et' 1");
    row("rediss://host", "host:6379 '' '' 0 tls");
    row("unix:///run/redis.sock", "/run/redis.sock '' '' 0");
    row("redis+unix:///run/redis.sock?db=2", "/run/redis.sock '' '' 2");
    row("unix://anna:secret@/run/re%20dis.sock", "/run/re dis.sock 'anna' 'secret' 0");
    row("unix:/run/redis.sock", "/run/redis.sock '' '' 0");
    const QByteArray longest = '/' + QByteArray(106, 'x');
    row(QByteArray("unix://" + longest).constData(), QByteArray(longest + " '' '' 0").constData());
}

void TestWsRedisAddress::partsAreRead()
{
    QFETCH(const QString, url);
    QFETCH(const QString, parts);
    const WsRedisAddress address = WsRedisAddress::of(QUrl(url));
    QCOMPARE(address.problem, QString());
    const QString place =
        address.localPath.isEmpty() ? u"%1:%2"_s.arg(address.host).arg(address.port) : address.localPath;
    QCOMPARE(u"%1 '%2' '%3' %4%5"_s.arg(place, QString::fromUtf8(address.user),
                                        QString::fromUtf8(address.password),
                                        QString::number(address.database), address.isTls ? u" tls"_s : u""_s),
             parts);
}

void TestWsRedisAddress::problemsQuoteTheUrl_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("reason");
    const auto row = [](const char *url, const char *reason) {
        QTest::newRow(url) << QString::fromLatin1(url) << QString::fromLatin1(reason);
    };
    row("", "it is empty");
    row("http://host", "scheme");
    row("localhost:6379", "scheme");
    row("redis://", "no host");
    row("redis:host", "no host");
    row("redis://host:0", "port is 0");
    row("redis://host:99999", "Invalid port");
    row("redis://host/names", "number of a database");
    row("redis://host/-1", "number of a database");
    row("redis://host/+1", "number of a database");
    row("redis://host/1/2", "number of a database");
    row("redis://host?db=1", "query");
    row("redis://anna@host", "no password");
    row("unix://run/redis.sock", "three slashes");
    row("unix:redis.sock", "no absolute path");
    row("unix:///run/redis.sock?database=1", "?db=");
    row("unix:///run/redis.sock?db=", "?db=");
    row("unix:///run/re%00dis.sock", "zero byte");
    row(QByteArray("unix:///" + QByteArray(107, 'x')).constData(), "more than 107 bytes");
}

void TestWsRedisAddress::problemsQuoteTheUrl()
{
    QFETCH(const QString, url);
    QFETCH(const QString, reason);
    const QString problem = WsRedisAddress::of(QUrl(url)).problem;
    QVERIFY2(problem.contains(reason), qPrintable(problem));
    QString shown = url;
    shown.remove(u"anna@"_s);
    shown = shown.section(u'?', 0, 0);
    QVERIFY2(problem.contains(u'"' + shown + u'"'), qPrintable(problem));
}

void TestWsRedisAddress::passwordIsNeverShown_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("secret");
    const auto row = [](const char *url, const char *secret) {
        QTest::newRow(url) << QString::fromLatin1(url) << QString::fromLatin1(secret);
    };
    row("redis://:secret@host", "secret");
    row("redis://:secret@host/names", "secret");
    row("redis://:secret@host:99999", "secret");
    row("unix://:secret@/run/redis.sock", "secret");
    row("http://anna:secret@host", "secret");
    // Not percent-encoded.
    row("redis://:abc/def@host", "def");
    row("redis://:abc/def@host", "abc");
    row("redis://:k9\"ret@host:99999", "k9");
    row("redis://:k9\"ret@host:99999", "ret");
    row("redis://:k9\";x@host:99999", "k9");
    row("redis://u:12/cd@host", "cd");
    row("redis://u:ab?cd@host", "ab");
    row("redis://u:ab?cd@host", "cd");
    row("redis://u:12#cd@host", "cd");
    row("redis://u:a@cd@host", "a@cd");
    row("unix:///run/redis.sock?password=hunter2", "hunter2");
    row("redis://host:99999?password=hunter2", "hunter2");
    row("redis://host/#hunter2", "hunter2");
}

void TestWsRedisAddress::passwordIsNeverShown()
{
    QFETCH(const QString, url);
    QFETCH(const QString, secret);
    const WsRedisAddress address = WsRedisAddress::of(QUrl(url));
    QVERIFY2(!address.shown.contains(secret), qPrintable(address.shown));
    // But for the words of the text itself.
    QString problem = address.problem;
    problem.remove(u"as :password@"_s).remove(u"database"_s);
    QVERIFY2(!problem.contains(secret), qPrintable(problem));
}

QTEST_APPLESS_MAIN(TestWsRedisAddress)
#include "tst_wsredisaddress.moc"
