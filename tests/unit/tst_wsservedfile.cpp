// SPDX-License-Identifier: MIT

// Files as answers: which file of a folder a request means, and what is sent with it.

#include "net/server/wsservedfile.h"

#include <WsKit/WsRequest>
#include <WsKit/WsResponse>

#include <QtCore/qdatetime.h>
#include <QtCore/qdir.h>
#include <QtCore/qfile.h>
#include <QtCore/qtemporarydir.h>
#include <QtTest/qtest.h>

#ifdef Q_OS_UNIX
#include "nomoredescriptors.h"

#include <sys/stat.h>
#include <unistd.h>
#endif

using namespace Qt::StringLiterals;

namespace {
WsRequest requestFor(const QByteArray &target, const QByteArray &method = "GET")
{
    WsRequest request;
    request.setMethod(method);
    request.setTarget(target);
    return request;
}

bool write(const QString &path, const QByteArray &content)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(content) == content.size();
}

WsRequestHead headWith(const WsHeaders &headers, const QByteArray &method = "GET")
{
    return {method, "/", 1, headers};
}
} // namespace

class TestWsServedFile : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void filesOfTheFolderAreFound_data();
    void filesOfTheFolderAreFound();
    void nothingElseIsFound_data();
    void nothingElseIsFound();
    void folderWithoutASlashIsRedirected();
    void onlyReadingIsAllowed();
    void folderMayBeALink();
    void headersAreThoseOfTheFile();
    void headersOfTheApplicationStay();
    void conditionsCountForAPlainAnswerAlone();
    void tagChangesWithTheFile();
    void typeIsThatOfTheName_data();
    void typeIsThatOfTheName();
    void resourcesAreFiles();
    void resourceThatIsMissingIsNotFound();
    void namedPipeIsNotOpened();
    void shortageIsNotMissing();

private:
    QString path(const QString &name) const { return m_folder.filePath(u"www/"_s + name); }

    QTemporaryDir m_folder;
    QString m_root;
};

void TestWsServedFile::initTestCase()
{
    m_root = m_folder.filePath(u"www"_s);
    for (const char *name : {"www/a.html", "www/a b.txt", "www/sub/index.html", "www/sub/b.js", "www/empty/c",
                             "www/.hidden", "secret", "www-secret/a"})
        QVERIFY(write(m_folder.filePath(QString::fromUtf8(name)), name));
#ifdef Q_OS_UNIX
    const auto link = [this](const QString &target, const QString &name) {
        return QFile::link(target, path(name));
    };
    QVERIFY(link(m_folder.filePath(u"secret"_s), u"link-out"_s));
    QVERIFY(link(m_folder.path(), u"link-up"_s));
    QVERIFY(link(path(u"a.html"_s), u"link-in"_s));
    QVERIFY(link(path(u"nowhere"_s), u"link-to-nothing"_s));
    QVERIFY(QDir().mkpath(path(u"evil"_s)));
    QVERIFY(link(m_folder.filePath(u"secret"_s), u"evil/index.html"_s));
    QCOMPARE(::mkfifo(QFile::encodeName(path(u"pipe"_s)).constData(), 0600), 0);
#endif
}

void TestWsServedFile::filesOfTheFolderAreFound_data()
{
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QString>("name");
    QTest::newRow("a file") << "/a.html"_ba << u"a.html"_s;
    QTest::newRow("with a query") << "/a.html?x=/../y"_ba << u"a.html"_s;
    QTest::newRow("encoded") << "/a%20b.txt"_ba << u"a b.txt"_s;
    QTest::newRow("in a folder") << "/sub/b.js"_ba << u"sub/b.js"_s;
    QTest::newRow("the page of a folder") << "/sub/"_ba << u"sub/index.html"_s;
    QTest::newRow("hidden") << "/.hidden"_ba << u".hidden"_s;
#ifdef Q_OS_UNIX
    QTest::newRow("a link within the folder") << "/link-in"_ba << u"a.html"_s;
#endif
}

void TestWsServedFile::filesOfTheFolderAreFound()
{
    QFETCH(const QByteArray, target);
    QFETCH(const QString, name);
    for (const char *method : {"GET", "HEAD"}) {
        const WsResponse response = WsResponse::file(m_root, requestFor(target, method));
        QCOMPARE(response.status(), 200);
        QCOMPARE(response.filePath(), QFileInfo(path(name)).canonicalFilePath());
    }
}

void TestWsServedFile::nothingElseIsFound_data()
{
    QTest::addColumn<QByteArray>("target");
    for (const char *target :
         {"/none", "/", "/empty/", "/a.html/", "/a.html/b", "/../secret", "/%2e%2e/secret", "/..%2fsecret",
          "/sub/../../secret", "/../www-secret/a", "/..%2fwww-secret/a", "/%00", "/a.html%00.txt",
          "//a.html", "/sub//b.js", "//sub/b.js", "/sub//", "*"})
        QTest::newRow(target) << QByteArray(target);
#ifdef Q_OS_UNIX
    for (const char *target :
         {"/link-out", "/link-up/secret", "/link-up", "/link-to-nothing", "/evil/", "/pipe"})
        QTest::newRow(target) << QByteArray(target);
#endif
}

void TestWsServedFile::nothingElseIsFound()
{
    QFETCH(const QByteArray, target);
    const WsResponse response = WsResponse::file(m_root, requestFor(target));
    QCOMPARE(response.status(), 404);
    QCOMPARE(response.filePath(), QString());
    QCOMPARE(WsResponse::file(QString(), requestFor(target)).status(), 404);
    QCOMPARE(WsResponse::file(m_folder.filePath(u"no folder"_s), requestFor(target)).status(), 404);
}

void TestWsServedFile::folderWithoutASlashIsRedirected()
{
    const WsResponse response = WsResponse::file(m_root, requestFor("/sub?a=b"));
    QCOMPARE(response.status(), 301);
    QCOMPARE(response.header("Location"), "/sub/?a=b"_ba);
}

void TestWsServedFile::onlyReadingIsAllowed()
{
    for (const char *method : {"POST", "PUT", "DELETE", "OPTIONS", "get"}) {
        const WsResponse response = WsResponse::file(m_root, requestFor("/a.html", method));
        QCOMPARE(response.status(), 405);
        QCOMPARE(response.header("Allow"), "GET, HEAD"_ba);
    }
}

void TestWsServedFile::folderMayBeALink()
{
#ifdef Q_OS_UNIX
    const QString link = m_folder.filePath(u"link"_s);
    QVERIFY(QFile::link(m_root, link));
    QCOMPARE(WsResponse::file(link, requestFor("/a.html")).status(), 200);
    QCOMPARE(WsResponse::file(link + u'/', requestFor("/a.html")).status(), 200);
    QCOMPARE(WsResponse::file(link, requestFor("/link-out")).status(), 404);
#endif
}

// --- what is sent with a file

void TestWsServedFile::headersAreThoseOfTheFile()
{
    WsHttpError error;
    const auto file = WsServedFile::open(path(u"a.html"_s), &error);
    QVERIFY(file);
    const WsResponse response = file->answerTo(headWith({}), WsResponse::file(path(u"a.html"_s)));
    QCOMPARE(response.status(), 200);
    QCOMPARE(response.header("Content-Type"), "text/html; charset=utf-8"_ba);
    QCOMPARE(response.header("Accept-Ranges"), "bytes"_ba);
    QVERIFY(response.header("ETag").startsWith('"') && response.header("ETag").endsWith('"'));
    QVERIFY(response.header("Last-Modified").endsWith(" GMT"));
    QCOMPARE(file->left(), 10);
    QCOMPARE(file->read(), "www/a.html"_ba);
    QCOMPARE(file->left(), 0);
}

void TestWsServedFile::headersOfTheApplicationStay()
{
    const WsHeaders own = {{"content-type", "text/x-own"},
                           {"etag", "\"own\""},
                           {"LAST-MODIFIED", "Sun, 06 Nov 1994 08:49:37 GMT"},
                           {"X", "y"}};
    WsResponse response = WsResponse::file(path(u"a.html"_s));
    response.setHeaders(own);
    WsHttpError error;
    const auto open = [&] { return WsServedFile::open(path(u"a.html"_s), &error); };
    const WsResponse answer = open()->answerTo(headWith({}), response);
    QCOMPARE(answer.headers(), own + WsHeaders({{"Accept-Ranges", "bytes"}}));
    // and count as those of the file
    QCOMPARE(open()->answerTo(headWith({{"If-None-Match", "\"own\""}}), response).status(), 304);
    QCOMPARE(open()
                 ->answerTo(headWith({{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}}), response)
                 .status(),
             304);
    response.setStatus(404); // a page for what is not there
    QCOMPARE(open()->answerTo(headWith({}), response).status(), 404);
}

void TestWsServedFile::conditionsCountForAPlainAnswerAlone()
{
    const auto statusOf = [this](int status, const QByteArray &method, const WsHeaders &headers) {
        WsResponse response = WsResponse::file(path(u"a.html"_s));
        response.setStatus(status);
        WsHttpError error;
        return WsServedFile::open(response.filePath(), &error)
            ->answerTo(headWith(headers, method), response)
            .status();
    };
    const WsHeaders any = {{"If-None-Match", "*"}};
    const WsHeaders range = {{"Range", "bytes=0-1"}};
    QCOMPARE(statusOf(200, "GET", any), 304);
    QCOMPARE(statusOf(200, "HEAD", any), 304);
    QCOMPARE(statusOf(200, "POST", any), 200);
    QCOMPARE(statusOf(404, "GET", any), 404);
    const WsHeaders another = {{"If-Match", "\"another\""}};
    QCOMPARE(statusOf(200, "GET", another), 412);
    QCOMPARE(statusOf(200, "HEAD", another), 412);
    QCOMPARE(statusOf(200, "GET", another + any + range), 412);
    QCOMPARE(statusOf(200, "GET", {{"If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}}), 412);
    QCOMPARE(statusOf(200, "POST", another), 200);
    QCOMPARE(statusOf(404, "GET", another), 404);
    QCOMPARE(statusOf(200, "GET", range), 206);
    QCOMPARE(statusOf(200, "HEAD", range), 200);
    QCOMPARE(statusOf(200, "POST", range), 200);
    QCOMPARE(statusOf(404, "GET", range), 404);
}

void TestWsServedFile::tagChangesWithTheFile()
{
    const QString name = path(u"changing"_s);
    const auto tag = [&name](qint64 seconds) {
        QFile file(name);
        if (!file.open(QIODevice::ReadWrite)
            || !file.setFileTime(QDateTime::fromSecsSinceEpoch(seconds), QFileDevice::FileModificationTime))
            return QByteArray();
        file.close();
        WsHttpError error;
        return WsServedFile::open(name, &error)
            ->answerTo(headWith({}), WsResponse::file(name))
            .header("ETag");
    };
    QVERIFY(write(name, "one"));
    const QByteArray first = tag(1000);
    QCOMPARE(tag(1000), first);
    QVERIFY(tag(1001) != first);
    QVERIFY(write(name, "three"));
    QVERIFY(tag(1000) != first);
}

void TestWsServedFile::typeIsThatOfTheName_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("type");
    QTest::newRow("HTML") << u"t.html"_s << "text/html; charset=utf-8"_ba;
    QTest::newRow("style sheet") << u"t.css"_s << "text/css; charset=utf-8"_ba;
    QTest::newRow("text") << u"t.txt"_s << "text/plain; charset=utf-8"_ba;
    QTest::newRow("JSON") << u"t.json"_s << "application/json"_ba;
    QTest::newRow("PNG") << u"t.png"_s << "image/png"_ba;
    QTest::newRow("SVG") << u"t.svg"_s << "image/svg+xml"_ba;
}

void TestWsServedFile::typeIsThatOfTheName()
{
    QFETCH(const QString, name);
    QVERIFY(write(path(name), "x"));
    WsHttpError error;
    const auto file = WsServedFile::open(path(name), &error);
    QTEST(file->answerTo(headWith({}), WsResponse::file(path(name))).header("Content-Type"), "type");
}

// rcc has compressed this one, see tests/CMakeLists.txt.
void TestWsServedFile::resourcesAreFiles()
{
    const QByteArray page = QByteArray("<p>Hello\n").repeated(1000);
    const QString folder = u":/served"_s;
    const WsResponse response = WsResponse::file(folder, requestFor("/page.html"));
    QCOMPARE(response.status(), 200);
    QCOMPARE(response.filePath(), u":/served/page.html"_s);
    WsHttpError error;
    const auto open = [&] { return WsServedFile::open(response.filePath(), &error); };
    const auto whole = open();
    QVERIFY(whole);
    const WsResponse answer = whole->answerTo(headWith({}), response);
    QCOMPARE(answer.status(), 200);
    QCOMPARE(answer.header("Content-Type"), "text/html; charset=utf-8"_ba);
    QCOMPARE(whole->left(), page.size());
    QByteArray content;
    while (whole->left() > 0) {
        const QByteArray piece = whole->read();
        QVERIFY(!piece.isEmpty());
        content += piece;
    }
    QCOMPARE(content, page);

    const QByteArray tag = answer.header("ETag");
    const QByteArray modified = answer.header("Last-Modified");
    QVERIFY(tag.size() > 2 && modified.endsWith(" GMT"));
    for (const WsHeaders &condition :
         {WsHeaders{{"If-None-Match", tag}}, WsHeaders{{"If-Modified-Since", modified}}}) {
        const auto unchanged = open();
        QCOMPARE(unchanged->answerTo(headWith(condition), response).status(), 304);
        QCOMPARE(unchanged->left(), 0);
    }
    QCOMPARE(open()->answerTo(headWith({{"If-None-Match", "\"another\""}}), response).status(), 200);
    const auto part = open();
    QCOMPARE(part->answerTo(headWith({{"Range", "bytes=9000-"}}), response).status(), 416);
    const auto end = open();
    QCOMPARE(end->answerTo(headWith({{"Range", "bytes=8995-"}}), response).status(), 206);
    QCOMPARE(end->read(), "ello\n"_ba);
}

void TestWsServedFile::resourceThatIsMissingIsNotFound()
{
    for (const QString &name : {u":/served/none"_s, u":/served"_s, u":/none"_s}) {
        WsHttpError error;
        QVERIFY(!WsServedFile::open(name, &error));
        QCOMPARE(error.status, 404);
    }
    for (const char *target : {"/none", "/../served/page.html", "/%2e%2e/served/page.html"})
        QCOMPARE(WsResponse::file(u":/served"_s, requestFor(target)).status(), 404);
}

// Nobody writes to it, and to open it would wait for that.
void TestWsServedFile::namedPipeIsNotOpened()
{
#ifdef Q_OS_UNIX
    WsHttpError error;
    for (const QString &name : {path(u"pipe"_s), u"/dev/null"_s, m_root}) {
        error = {};
        QVERIFY(!WsServedFile::open(name, &error));
        QCOMPARE(error.status, 404);
    }
#endif
}

void TestWsServedFile::shortageIsNotMissing()
{
#ifdef Q_OS_UNIX
    WsHttpError error;
    std::unique_ptr<WsServedFile> file;
    {
        const NoMoreDescriptors shortage;
        file = WsServedFile::open(path(u"a.html"_s), &error);
    }
    QVERIFY(!file);
    QCOMPARE(error.status, 503);
    QCOMPARE(error.text, u"the file of the answer cannot be opened"_s);
#endif
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsServedFile)
#include "tst_wsservedfile.moc"
