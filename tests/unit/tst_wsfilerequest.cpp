// SPDX-License-Identifier: MIT
#include "protocol/wsfilerequest.h"

#include <QtTest/QtTest>

using namespace Qt::StringLiterals;

namespace {
constexpr qint64 Now = 1'700'000'000;
constexpr qint64 Modified = 784111777; // Sun, 06 Nov 1994 08:49:37 GMT
const WsFileVersion Version = {"\"v1\"", Modified};

QString shown(const std::optional<WsByteRange> &range)
{
    if (!range)
        return u"all"_s;
    return range->size == 0 ? u"none"_s : u"%1+%2"_s.arg(range->start).arg(range->size);
}
} // namespace

class TestWsFileRequest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void targetNamesAFile_data();
    void targetNamesAFile();
    void targetThatLeadsElsewhereNamesNone_data();
    void targetThatLeadsElsewhereNamesNone();
    void slashIsAddedWithinTheServer_data();
    void slashIsAddedWithinTheServer();
    void clientThatHasTheFileIsTold_data();
    void clientThatHasTheFileIsTold();
    void requestIsForTheVersionThatItNames_data();
    void requestIsForTheVersionThatItNames();
    void fileWithoutTagOrTimeIsSentAgain();
    void weakTagIsOfNoPart();
    void rangeIsRead_data();
    void rangeIsRead();
};

void TestWsFileRequest::targetNamesAFile_data()
{
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QString>("name");
    QTest::newRow("the folder itself") << "/"_ba << u""_s;
    QTest::newRow("a file") << "/a.html"_ba << u"a.html"_s;
    QTest::newRow("in a folder") << "/a/b.js"_ba << u"a/b.js"_s;
    QTest::newRow("with a query") << "/a?b=/../c"_ba << u"a"_s;
    QTest::newRow("encoded") << "/a%20b/%C3%A4"_ba << u"a b/ä"_s;
    QTest::newRow("a slash at the end") << "/a/"_ba << u"a"_s;
    QTest::newRow("dots that are part of a name") << "/..a/b../...c"_ba << u"..a/b../...c"_s;
    QTest::newRow("hidden") << "/.well-known/x"_ba << u".well-known/x"_s;
    QTest::newRow("encoded twice") << "/%252e%252e"_ba << u"%2e%2e"_s;
    QTest::newRow("a percent sign") << "/100%25"_ba << u"100%"_s;
    QTest::newRow("a dot that is not alone") << "/%EF%BB%BF./a"_ba << u"\uFEFF./a"_s;
    QTest::newRow("two dots that are not alone") << "/%EF%BB%BF../a"_ba << u"\uFEFF../a"_s;
}

void TestWsFileRequest::targetNamesAFile()
{
    QFETCH(const QByteArray, target);
    const QString name = wsFileName(target);
    QVERIFY(!name.isNull());
    QTEST(name, "name");
}

void TestWsFileRequest::targetThatLeadsElsewhereNamesNone_data()
{
    QTest::addColumn<QByteArray>("target");
    for (const char *target :
         {"/..", "/../a", "/a/..", "/a/../../b", "/%2e%2e/a", "/%2E./a", "/.%2e", "/.", "/a/./b", "/%2e/a",
          "/..%2fa", "/a%2Fb", "/a%00", "/%00", "/%FF", "/%C0%AE%C0%AE/a", "//", "//a", "/a//b",
          "/a//", "///?b", "*", "a", ""})
        QTest::newRow(target) << QByteArray(target);
    for (const char *target : {"/%pprivate/x", "/a/%2", "/%", "/%%41", "/%4g/a"})
        QTest::newRow(target) << QByteArray(target);
#ifdef Q_OS_WIN
    for (const char *target : {"/a\\..\\b", "/a%5Cb", "/C:/a", "/a%3A%3A$DATA", "/a.", "/a%20"})
        QTest::newRow(target) << QByteArray(target);
#endif
}

void TestWsFileRequest::targetThatLeadsElsewhereNamesNone()
{
    QFETCH(const QByteArray, target);
    QVERIFY(wsFileName(target).isNull());
}

// A path that begins with two slashes, or what a browser takes for that, would lead to another server.
void TestWsFileRequest::slashIsAddedWithinTheServer_data()
{
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QByteArray>("location");
    QTest::newRow("a folder") << "/a"_ba
                              << "/a/"_ba;
    QTest::newRow("with a query") << "/a?b"_ba
                                  << "/a/?b"_ba;
    QTest::newRow("encoded") << "/a%20b"_ba
                             << "/a%20b/"_ba;
    QTest::newRow("two slashes") << "//evil.example"_ba
                                 << "/evil.example/"_ba;
    QTest::newRow("many slashes") << "////evil.example"_ba
                                  << "/evil.example/"_ba;
    QTest::newRow("a backslash") << "/\\evil.example"_ba
                                 << "/%5Cevil.example/"_ba;
}

void TestWsFileRequest::slashIsAddedWithinTheServer()
{
    QFETCH(const QByteArray, target);
    QTEST(wsWithSlash(target), "location");
}

void TestWsFileRequest::clientThatHasTheFileIsTold_data()
{
    QTest::addColumn<WsHeaders>("headers");
    QTest::addColumn<bool>("isUnchanged");
    const QByteArray same = "Sun, 06 Nov 1994 08:49:37 GMT";
    const QByteArray before = "Sun, 06 Nov 1994 08:49:36 GMT";
    QTest::newRow("no condition") << WsHeaders() << false;
    QTest::newRow("the tag") << WsHeaders{{"If-None-Match", "\"v1\""}} << true;
    QTest::newRow("the tag as a weak one") << WsHeaders{{"If-None-Match", "W/\"v1\""}} << true;
    QTest::newRow("one of several tags") << WsHeaders{{"If-None-Match", "\"v0\", \"v1\""}} << true;
    QTest::newRow("another tag") << WsHeaders{{"If-None-Match", "\"v2\""}} << false;
    QTest::newRow("a tag without quotation marks") << WsHeaders{{"If-None-Match", "v1"}} << false;
    QTest::newRow("any") << WsHeaders{{"If-None-Match", "*"}} << true;
    QTest::newRow("the time") << WsHeaders{{"If-Modified-Since", same}} << true;
    QTest::newRow("a later time") << WsHeaders{{"If-Modified-Since", "Mon, 07 Nov 1994 08:49:37 GMT"}}
                                  << true;
    QTest::newRow("an earlier time") << WsHeaders{{"If-Modified-Since", before}} << false;
    QTest::newRow("no time") << WsHeaders{{"If-Modified-Since", "yesterday"}} << false;
    QTest::newRow("the tag goes before the time: unchanged")
        << WsHeaders{{"If-None-Match", "\"v1\""}, {"If-Modified-Since", before}} << true;
    QTest::newRow("the tag goes before the time: changed")
        << WsHeaders{{"If-Modified-Since", same}, {"If-None-Match", "\"v2\""}} << false;
}

void TestWsFileRequest::clientThatHasTheFileIsTold()
{
    QFETCH(const WsHeaders, headers);
    QTEST(wsIsUnchanged(headers, Version, Now), "isUnchanged");
}

void TestWsFileRequest::requestIsForTheVersionThatItNames_data()
{
    QTest::addColumn<WsHeaders>("headers");
    QTest::addColumn<bool>("isForAnother");
    const QByteArray same = "Sun, 06 Nov 1994 08:49:37 GMT";
    const QByteArray before = "Sun, 06 Nov 1994 08:49:36 GMT";
    QTest::newRow("no condition") << WsHeaders() << false;
    QTest::newRow("the tag") << WsHeaders{{"If-Match", "\"v1\""}} << false;
    QTest::newRow("the tag as a weak one") << WsHeaders{{"If-Match", "W/\"v1\""}} << true;
    QTest::newRow("one of several tags") << WsHeaders{{"If-Match", "\"v0\", \"v1\""}} << false;
    QTest::newRow("another tag") << WsHeaders{{"If-Match", "\"v2\""}} << true;
    QTest::newRow("no tag") << WsHeaders{{"If-Match", ""}} << true;
    QTest::newRow("any") << WsHeaders{{"If-Match", "*"}} << false;
    QTest::newRow("the time") << WsHeaders{{"If-Unmodified-Since", same}} << false;
    QTest::newRow("an earlier time") << WsHeaders{{"If-Unmodified-Since", before}} << true;
    QTest::newRow("no time") << WsHeaders{{"If-Unmodified-Since", "yesterday"}} << false;
    QTest::newRow("the tag goes before the time: this version")
        << WsHeaders{{"If-Match", "\"v1\""}, {"If-Unmodified-Since", before}} << false;
    QTest::newRow("the tag goes before the time: another version")
        << WsHeaders{{"If-Unmodified-Since", same}, {"If-Match", "\"v2\""}} << true;
}

void TestWsFileRequest::requestIsForTheVersionThatItNames()
{
    QFETCH(const WsHeaders, headers);
    QTEST(wsIsForAnotherVersion(headers, Version, Now), "isForAnother");
}

void TestWsFileRequest::fileWithoutTagOrTimeIsSentAgain()
{
    const QByteArray time = "Sun, 06 Nov 1994 08:49:37 GMT";
    QVERIFY(!wsIsUnchanged({{"If-None-Match", ""}}, {}, Now));
    QVERIFY(!wsIsUnchanged({{"If-None-Match", "\"\""}}, {}, Now));
    QVERIFY(!wsIsUnchanged({{"If-Modified-Since", time}}, {}, Now));
    QVERIFY(!wsIsForAnotherVersion({{"If-Match", "*"}}, {}, Now));
    QVERIFY(wsIsForAnotherVersion({{"If-Match", "\"\""}}, {}, Now));
    QVERIFY(!wsIsForAnotherVersion({{"If-Unmodified-Since", time}}, {}, Now));
    QCOMPARE(shown(wsRequestedRange({{"Range", "bytes=0-9"}, {"If-Range", time}}, 100, {}, Now)), u"all"_s);
}

// RFC 9110 §13.1.5: a weak tag may stand for several contents, and parts of two must not be joined.
void TestWsFileRequest::weakTagIsOfNoPart()
{
    const WsFileVersion weak{"W/\"v1\"", {}};
    const WsHeaders headers{{"Range", "bytes=0-9"}, {"If-Range", weak.tag}};
    QCOMPARE(shown(wsRequestedRange(headers, 100, weak, Now)), u"all"_s);
    QVERIFY(wsIsForAnotherVersion({{"If-Match", weak.tag}}, weak, Now));
    QVERIFY(wsIsUnchanged({{"If-None-Match", weak.tag}}, weak, Now)); // but it says that nothing is needed
}

void TestWsFileRequest::rangeIsRead_data()
{
    QTest::addColumn<WsHeaders>("headers");
    QTest::addColumn<QString>("range");
    const auto row = [](const char *value, const char *range) {
        QTest::newRow(value) << WsHeaders{{"Range", value}} << QString::fromUtf8(range);
    };
    row("bytes=0-9", "0+10");
    row("bytes=0-", "0+100");
    row("bytes=99-", "99+1");
    row("bytes=10-1000", "10+90");
    row("bytes=10-99999999999999999999999", "10+90");
    row("bytes=-10", "90+10");
    row("bytes=-1000", "0+100");
    row("BYTES=1-1", "1+1");
    row("bytes=100-", "none");
    row("bytes=99999999999999999999999-", "none");
    row("bytes=-0", "none");
    row("bytes=9-8", "all");
    row("bytes=0-1,5-6", "all");
    row("bytes=", "all");
    row("bytes=-", "all");
    row("bytes=a-b", "all");
    row("bytes=1-b", "all");
    row("bytes=a-1", "all");
    row("bytes=+1-2", "all");
    row("lines=0-1", "all");
    const auto ifRange = [](const char *value, const char *range) {
        QTest::addRow("if %s", value)
            << WsHeaders{{"Range", "bytes=0-9"}, {"If-Range", value}} << QString::fromUtf8(range);
    };
    ifRange("\"v1\"", "0+10");
    ifRange("\"v2\"", "all");
    ifRange("W/\"v1\"", "all");
    ifRange("Sun, 06 Nov 1994 08:49:37 GMT", "0+10");
    ifRange("Mon, 07 Nov 1994 08:49:37 GMT", "all");
    QTest::newRow("two headers") << WsHeaders{{"Range", "bytes=0-1"}, {"Range", "bytes=2-3"}} << u"all"_s;
    QTest::newRow("no header") << WsHeaders() << u"all"_s;
}

void TestWsFileRequest::rangeIsRead()
{
    QFETCH(const WsHeaders, headers);
    QTEST(shown(wsRequestedRange(headers, 100, Version, Now)), "range");
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsFileRequest)
#include "tst_wsfilerequest.moc"
