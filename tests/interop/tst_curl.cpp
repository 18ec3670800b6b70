// SPDX-License-Identifier: MIT

// Plain HTTP on a server's port, with curl and Python's http.client.

#include "integrationtesting.h"

#include <QtCore/qdatetime.h>
#include <QtCore/qprocess.h>
#include <QtCore/qtemporarydir.h>

using namespace IntegrationTesting;

namespace {
struct Finished
{
    int exitCode = -1;
    QByteArray output;
    QByteArray errors; // with -v: what curl says of the connection, and all headers
};

// Runs \a program while the server in this process answers it.
Finished run(const QString &program, const QStringList &arguments, const QByteArray &input = {})
{
    QProcess process;
    process.start(program, arguments);
    process.write(input);
    process.closeWriteChannel();
    if (!waitFor([&] { return process.state() == QProcess::NotRunning; }))
        process.kill();
    process.waitForFinished(Patience);
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
            process.readAllStandardOutput(), process.readAllStandardError()};
}

WsResponse answer(const WsRequest &request)
{
    if (request.path() == u"/none")
        return WsResponse::notFound();
    if (request.path() == u"/old")
        return WsResponse::reject(302, {}, {{"Location", "/new"}});
    if (request.path() == u"/empty")
        return WsResponse(204);
    return WsResponse::text(request.method() + ' ' + request.target() + ' '
                            + QByteArray::number(request.body().size()) + ' '
                            + request.body().first(qMin(request.body().size(), qsizetype(20))));
}
} // namespace

class TestCurl : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_server.reset(); }
    void connectionIsUsedAgain_data() { addSchemes(); }
    void connectionIsUsedAgain();
    void connectionIsUsedAgainAfterEachKindOfAnswer();
    void headEndsWithItsHeaders();
    void bodyIsRead_data();
    void bodyIsRead();
    void bodyThatIsTooLargeIsNotSent();
    void http10IsAnswered();
    void fileIsFetchedOnce();
    void fileIsContinued();
    void largeFileIsFetchedSlowly();
    void pythonSendsSeveralRequests();

private:
    QString url(const QString &path) const
    {
        QUrl url = m_server->serverUrl();
        url.setScheme(url.scheme() == u"wss" ? u"https"_s : u"http"_s);
        return url.toString() + path;
    }
    Finished curl(QStringList arguments) const
    {
        arguments.prepend(u"-sS"_s);
        arguments.prepend(u"-q"_s); // no configuration of the user
        return run(QStringLiteral(INTEROP_CURL),
                   arguments
                       + QStringList{u"--cacert"_s, certificateFile(u"ca.crt"_s), u"--noproxy"_s, u"*"_s});
    }
    bool listen(bool isTls = false)
    {
        if (isTls)
            m_server->setSslConfiguration(serverTls());
        return m_server->listen();
    }
    bool write(const QString &name, const QByteArray &content)
    {
        QFile file(m_folder.filePath(name));
        return file.open(QIODevice::WriteOnly) && file.write(content) == content.size();
    }

    std::unique_ptr<WsServer> m_server;
    QTemporaryDir m_folder;
};

void TestCurl::init()
{
    m_server = std::make_unique<WsServer>();
    m_server->setRequestHandler(&answer);
    m_server->setMaxRequestBody(2 * MiB);
    WsOptions options = patientOptions();
    options.setKeepAliveTimeout(std::chrono::milliseconds(Patience));
    m_server->setOptions(options);
}

void TestCurl::connectionIsUsedAgain()
{
    QFETCH(const bool, isTls);
    QVERIFY(listen(isTls));
    const Finished result = curl({u"-v"_s, url(u"/1"_s), url(u"/2"_s), url(u"/3"_s)});
    QCOMPARE(result.exitCode, 0);
    QCOMPARE(result.output, "GET /1 0 GET /2 0 GET /3 0 "_ba);
    QCOMPARE(result.errors.count("Re-using existing connection"), 2);
    QCOMPARE(result.errors.count("left intact"), 3);
}

void TestCurl::connectionIsUsedAgainAfterEachKindOfAnswer()
{
    QVERIFY(listen());
    QVERIFY(write(u"a.txt"_s, "file"));
    m_server->setRequestHandler([this](const WsRequest &request) {
        return request.path() == u"/a.txt" ? WsResponse::file(m_folder.path(), request) : answer(request);
    });
    const Finished result = curl({u"-v"_s, u"-L"_s, url(u"/old"_s), url(u"/empty"_s), url(u"/none"_s),
                                  url(u"/a.txt"_s), u"-d"_s, u"body"_s, url(u"/5"_s)});
    QCOMPARE(result.exitCode, 0);
    QVERIFY(result.output.contains("Not Found\n"));
    QCOMPARE(result.errors.count("Re-using existing connection"), 5);
    QVERIFY(!result.errors.contains("Connection: close"));
}

void TestCurl::headEndsWithItsHeaders()
{
    QVERIFY(listen());
    const Finished result = curl({u"-v"_s, u"-I"_s, url(u"/1"_s), url(u"/none"_s), url(u"/2"_s)});
    QCOMPARE(result.exitCode, 0);
    QCOMPARE(result.output.count("Content-Length: 10\r\n"), 3);
    QCOMPARE(result.errors.count("Re-using existing connection"), 2);
}

void TestCurl::bodyIsRead_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("output");
    QTest::addColumn<bool>("isContinued");
    const QString large = m_folder.filePath(u"large"_s);
    QVERIFY(write(u"large"_s, QByteArray(MiB + 1, 'x')));
    const QByteArray begin = " 1048577 " + QByteArray(20, 'x');
    QTest::newRow("a form") << QStringList{u"-d"_s, u"a=b"_s} << "POST /p 3 a=b"_ba << false;
    QTest::newRow("an empty body") << QStringList{u"-d"_s, QString()} << "POST /p 0 "_ba << false;
    QTest::newRow("a file") << QStringList{u"-T"_s, large} << "PUT /p" + begin << true;
    QTest::newRow("a file at once") << QStringList{u"-T"_s, large, u"-H"_s, u"Expect:"_s} << "PUT /p" + begin
                                    << false;
    QTest::newRow("chunks") << QStringList{u"-T"_s, large, u"-H"_s, u"Transfer-Encoding: chunked"_s}
                            << "PUT /p" + begin << true;
    QTest::newRow("an expectation") << QStringList{u"-d"_s, u"a=b"_s, u"-H"_s, u"Expect: 100-continue"_s}
                                    << "POST /p 3 a=b"_ba << true;
}

void TestCurl::bodyIsRead()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const bool, isContinued);
    QVERIFY(listen());
    const Finished result = curl(QStringList{u"-v"_s, u"--expect100-timeout"_s, u"60"_s} + arguments
                                 + QStringList{url(u"/p"_s), u"--next"_s, u"-sS"_s, url(u"/2"_s)});
    QCOMPARE(result.exitCode, 0);
    QFETCH(const QByteArray, output);
    QCOMPARE(result.output, output + "GET /2 0 ");
    QCOMPARE(result.errors.contains("HTTP/1.1 100 Continue"), isContinued);
}

void TestCurl::bodyThatIsTooLargeIsNotSent()
{
    QVERIFY(write(u"larger"_s, QByteArray(2 * MiB + 1, 'x')));
    QVERIFY(listen());
    const Finished result = curl({u"-v"_s, u"-w"_s, u"%{http_code} %{size_upload}"_s, u"-o"_s, u"/dev/null"_s,
                                  u"-H"_s, u"Expect: 100-continue"_s, u"--expect100-timeout"_s, u"60"_s,
                                  u"-T"_s, m_folder.filePath(u"larger"_s), url(u"/p"_s)});
    QCOMPARE(result.output, "413 0"_ba);
    QVERIFY(result.errors.contains("Connection: close"));
}

void TestCurl::http10IsAnswered()
{
    QVERIFY(listen());
    const Finished once = curl({u"-v"_s, u"--http1.0"_s, url(u"/1"_s), url(u"/2"_s)});
    QCOMPARE(once.exitCode, 0);
    QCOMPARE(once.output, "GET /1 0 GET /2 0 "_ba);
    QCOMPARE(once.errors.count("Re-using existing connection"), 0);
    const Finished kept =
        curl({u"-v"_s, u"--http1.0"_s, u"-H"_s, u"Connection: keep-alive"_s, url(u"/1"_s), url(u"/2"_s)});
    QCOMPARE(kept.output, "GET /1 0 GET /2 0 "_ba);
    QCOMPARE(kept.errors.count("Connection: keep-alive"), 4); // two of either side
    QCOMPARE(kept.errors.count("Re-using existing connection"), 1);
}

// By its tag, and by its time.
void TestCurl::fileIsFetchedOnce()
{
    QVERIFY(write(u"a.txt"_s, "hello"));
    const QString copy = m_folder.filePath(u"copy.txt"_s);
    const QString tag = m_folder.filePath(u"tag"_s);
    m_server->setRequestHandler(
        [this](const WsRequest &request) { return WsResponse::file(m_folder.path(), request); });
    QVERIFY(listen());
    const QStringList byTag = {
        u"--etag-save"_s, tag,  u"--etag-compare"_s, tag, u"-w"_s, u"%{http_code} %{content_type}"_s, u"-R"_s,
        u"-o"_s,          copy, url(u"/a.txt"_s)};
    QCOMPARE(curl(byTag).output, "200 text/plain; charset=utf-8"_ba);
    QVERIFY(curl(byTag).output.startsWith("304"));
    const QStringList byTime = {u"-z"_s, copy, u"-w"_s, u"%{http_code}"_s, u"-o"_s, copy, url(u"/a.txt"_s)};
    QCOMPARE(curl(byTime).output, "304"_ba);
    QFile file(m_folder.filePath(u"a.txt"_s));
    QVERIFY(
        file.open(QIODevice::ReadWrite)
        && file.setFileTime(QDateTime::currentDateTime().addSecs(3600), QFileDevice::FileModificationTime));
    file.close();
    QCOMPARE(curl(byTime).output, "200"_ba);
}

void TestCurl::fileIsContinued()
{
    const QByteArray content = pattern(100'000);
    QVERIFY(write(u"a.bin"_s, content));
    QVERIFY(write(u"part.bin"_s, content.first(30'000)));
    m_server->setRequestHandler(
        [this](const WsRequest &request) { return WsResponse::file(m_folder.path(), request); });
    QVERIFY(listen());
    const Finished result =
        curl({u"-v"_s, u"-C"_s, u"-"_s, u"-o"_s, m_folder.filePath(u"part.bin"_s), url(u"/a.bin"_s)});
    QCOMPARE(result.exitCode, 0);
    QVERIFY(result.errors.contains("Content-Range: bytes 30000-99999/100000"));
    QFile part(m_folder.filePath(u"part.bin"_s));
    QVERIFY(part.open(QIODevice::ReadOnly));
    QVERIFY(part.readAll() == content);
}

void TestCurl::largeFileIsFetchedSlowly()
{
    const QByteArray content = pattern(6 * MiB);
    QVERIFY(write(u"a.bin"_s, content));
    m_server->setRequestHandler(
        [this](const WsRequest &request) { return WsResponse::file(m_folder.path(), request); });
    QVERIFY(listen());
    const Finished result = curl({u"--limit-rate"_s, u"3M"_s, url(u"/a.bin"_s)});
    QCOMPARE(result.exitCode, 0);
    QVERIFY(result.output == content);
}

void TestCurl::pythonSendsSeveralRequests()
{
    QVERIFY(listen());
    const QByteArray script = R"(
import http.client, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
sockets = set()
def ask(method, path, body=None, headers={}, **options):
    connection.request(method, path, body, headers, **options)
    sockets.add(id(connection.sock))
    answer = connection.getresponse()
    print(answer.status, answer.read().decode().strip())
ask("GET", "/1")
ask("HEAD", "/2")
ask("POST", "/3", b"body")
ask("PUT", "/4", iter([b"ab", b"c" * 5]), encode_chunked=True)
ask("DELETE", "/none")
ask("GET", "/empty")
print(len(sockets), "socket")
ask("GET", "/5", headers={"Connection": "close"})
)";
    const QString port = QString::number(m_server->serverPort());
    const Finished result = run(QStringLiteral(INTEROP_PYTHON), {u"-"_s, port}, script);
    QCOMPARE(result.errors, QByteArray());
    QCOMPARE(result.output,
             "200 GET /1 0\n200 \n200 POST /3 4 body\n200 PUT /4 7 abccccc\n404 Not Found\n204 \n"
             "1 socket\n200 GET /5 0\n"_ba);
}

QTEST_GUILESS_MAIN(TestCurl)

#include "tst_curl.moc"
