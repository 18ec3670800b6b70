// SPDX-License-Identifier: MIT
#include "net/connection/wslocalurl.h"

#include <QtCore/qurl.h>
#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

class TestWsLocalUrl : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void urlNamesSocketAndRequest_data();
    void urlNamesSocketAndRequest();
    void wrongUrlHasAProblem_data();
    void wrongUrlHasAProblem();
    void pathGivesAUrlThatNamesIt_data();
    void pathGivesAUrlThatNamesIt();
};

void TestWsLocalUrl::urlNamesSocketAndRequest_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("requestPath");
    QTest::newRow("socket") << u"ws+unix:///tmp/a.sock"_s << u"/tmp/a.sock"_s << "/"_ba;
    QTest::newRow("one slash") << u"ws+unix:/tmp/a.sock"_s << u"/tmp/a.sock"_s << "/"_ba;
    QTest::newRow("upper case") << u"WS+UNIX:///tmp/a.sock"_s << u"/tmp/a.sock"_s << "/"_ba;
    QTest::newRow("colon") << u"ws+unix:///tmp/a.sock:"_s << u"/tmp/a.sock"_s << "/"_ba;
    QTest::newRow("request") << u"ws+unix:///tmp/a.sock:/x/y?z=1#f"_s << u"/tmp/a.sock"_s << "/x/y"_ba;
    QTest::newRow("colon in request") << u"ws+unix:///tmp/a.sock:/x:y"_s << u"/tmp/a.sock"_s << "/x:y"_ba;
    QTest::newRow("space") << u"ws+unix:///tmp/a b.sock:/x y"_s << u"/tmp/a b.sock"_s << "/x%20y"_ba;
    QTest::newRow("encoded") << u"ws+unix:///tmp/a%20b.sock:/x%20y"_s << u"/tmp/a b.sock"_s << "/x%20y"_ba;
    QTest::newRow("colon in path") << u"ws+unix:///tmp/a%3Ab.sock:/%3A"_s << u"/tmp/a:b.sock"_s << "/%3A"_ba;
    QTest::newRow("percent sign") << u"ws+unix:///tmp/100%25.sock"_s << u"/tmp/100%.sock"_s << "/"_ba;
    QTest::newRow("question mark") << u"ws+unix:///tmp/a%3Fb?x"_s << u"/tmp/a?b"_s << "/"_ba;
    QTest::newRow("not ASCII") << u"ws+unix:///tmp/ä.sock:/ö"_s << u"/tmp/ä.sock"_s << "/%C3%B6"_ba;
    QTest::newRow("name") << u"ws+unix:chat:/x"_s << u"chat"_s << "/x"_ba;
}

void TestWsLocalUrl::urlNamesSocketAndRequest()
{
    QFETCH(const QString, url);
    QFETCH(const QString, path);
    QFETCH(const QByteArray, requestPath);
    const QUrl parsed(url);
    QVERIFY2(parsed.isValid(), qPrintable(parsed.errorString()));
    QVERIFY(wsIsLocalUrl(parsed));
    QCOMPARE(wsLocalUrlProblem(parsed), QString());
    QCOMPARE(wsLocalPath(parsed), path);
    QCOMPARE(wsLocalRequestPath(parsed), requestPath);
    const QUrl again(parsed.toString(QUrl::FullyEncoded));
    QCOMPARE(again, parsed);
    QCOMPARE(wsLocalPath(again), path);
}

void TestWsLocalUrl::wrongUrlHasAProblem_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("problem");
    QTest::newRow("host") << u"ws+unix://tmp/a.sock"_s
                          << u"a local socket has no host: write ws+unix:///path/to/socket"_s;
    QTest::newRow("nothing") << u"ws+unix:"_s << u"it has no path of a local socket"_s;
    QTest::newRow("no socket") << u"ws+unix::/x"_s << u"it has no path of a local socket"_s;
    QTest::newRow("null") << u"ws+unix:///tmp/a%00b"_s
                          << u"the path of the local socket contains a null character"_s;
    QTest::newRow("colon") << u"ws+unix:///tmp/a:b.sock:/x"_s
                           << u"the request path after the colon does not begin with a slash; a colon in the "
                              "path of the local socket is written %3A"_s;
}

void TestWsLocalUrl::wrongUrlHasAProblem()
{
    QFETCH(const QString, url);
    QFETCH(const QString, problem);
    QCOMPARE(wsLocalUrlProblem(QUrl(url)), problem);
}

void TestWsLocalUrl::pathGivesAUrlThatNamesIt_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("url");
    QTest::newRow("plain") << u"/tmp/a.sock"_s << u"ws+unix:///tmp/a.sock"_s;
    QTest::newRow("space and colon") << u"/tmp/a b:c"_s << u"ws+unix:///tmp/a%20b%3Ac"_s;
    QTest::newRow("percent sign") << u"/tmp/%20?#@"_s << u"ws+unix:///tmp/%2520%3F%23%40"_s;
    QTest::newRow("not ASCII") << u"/tmp/ä"_s << u"ws+unix:///tmp/%C3%A4"_s;
}

void TestWsLocalUrl::pathGivesAUrlThatNamesIt()
{
    QFETCH(const QString, path);
    QFETCH(const QString, url);
    const QUrl made = wsLocalUrl(path);
    QCOMPARE(wsLocalPath(made), path);
    QCOMPARE(wsLocalRequestPath(made), "/");
    QCOMPARE(made, QUrl(url));
    QCOMPARE(wsLocalPath(QUrl(made.toString())), path);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsLocalUrl)
#include "tst_wslocalurl.moc"
