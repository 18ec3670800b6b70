// SPDX-License-Identifier: MIT
#include "protocol/wshttpbody.h"

#include <QtTest/QtTest>

using namespace Qt::StringLiterals;
using Result = WsBodyReader::Result;

namespace {
constexpr qsizetype MaxSize = 100;

WsResponseHead headWith(const WsHeaders &headers, int status = 403, int minorVersion = 1)
{
    return {status, "", minorVersion, headers};
}

const WsHeaders Chunked = {{"Transfer-Encoding", "chunked"}};

void addColumns()
{
    QTest::addColumn<WsHeaders>("headers");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("problem");
}

void row(const char *name, const WsHeaders &headers, const QByteArray &bytes, const QByteArray &body,
         const QString &problem = {})
{
    QTest::newRow(name) << headers << bytes << body << problem;
}
} // namespace

class TestWsHttpBody : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bodyEndsAsAnnounced_data();
    void bodyEndsAsAnnounced();
    void brokenBodiesAreRefused_data();
    void brokenBodiesAreRefused() { bodyEndsAsAnnounced(); }
    void wrongLengthsAreRefusedAtOnce_data();
    void wrongLengthsAreRefusedAtOnce();
    void answersThatHaveNoBodyAreComplete_data();
    void answersThatHaveNoBodyAreComplete();
    void bodyWithoutLengthEndsWithTheConnection_data();
    void bodyWithoutLengthEndsWithTheConnection();
    void largeBodyIsCut_data();
    void largeBodyIsCut();
    void linesBetweenChunksAreBounded();
};

void TestWsHttpBody::bodyEndsAsAnnounced_data()
{
    addColumns();
    row("length", {{"Content-Length", "5"}}, "hello", "hello");
    row("length that is repeated", {{"Content-Length", "5, 5"}}, "hello", "hello");
    row("length in two headers", {{"Content-Length", "5"}, {"content-length", "5"}}, "hello", "hello");
    row("length with a zero in front", {{"Content-Length", "05, 5"}}, "hello", "hello");
    row("more than the length", {{"Content-Length", "2"}}, "hello", "he");
    row("chunks", Chunked, "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "hello");
    row("chunks of hexadecimal size", Chunked, "A\r\n0123456789\r\n00b\r\n0123456789a\r\n0\r\n\r\n",
        "01234567890123456789a");
    row("chunks with extensions", Chunked, "5;a=b;c=\"d\"\r\nhello\r\n0 ;x\r\n\r\n", "hello");
    row("chunks with trailers", Chunked, "5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n", "hello");
    row("no chunk but the last", Chunked, "0\r\n\r\n", "");
    row("chunks and what is no part of them", Chunked, "1\r\na\r\n0\r\n\r\nHTTP/1.1 200", "a");
    row("chunks with line ends in them", Chunked, "4\r\n\r\n0\r\r\n0\r\n\r\n", "\r\n0\r");
    row("chunks with bare LF", Chunked, "3\nhel\r\n2;x\r\nlo\n0\nA: b\n\n", "hello");
    row("chunk that is a line end", Chunked, "1\n\n\n0\n\n", "\n");
    row("chunked in another case", {{"transfer-encoding", "CHUNKED"}}, "1\r\na\r\n0\r\n\r\n", "a");
    row("chunked after another coding", {{"Transfer-Encoding", "gzip, chunked"}}, "1\r\na\r\n0\r\n\r\n", "a");
    row("chunks and a length", {{"Content-Length", "9"}, {"Transfer-Encoding", "chunked"}},
        "1\r\na\r\n0\r\n\r\n", "a");
}

void TestWsHttpBody::bodyEndsAsAnnounced()
{
    QFETCH(const WsHeaders, headers);
    QFETCH(const QByteArray, bytes);
    QFETCH(const QByteArray, body);
    QFETCH(const QString, problem);
    const Result expected = problem.isEmpty() ? Result::Complete : Result::Malformed;
    for (qsizetype split = 0; split <= bytes.size(); ++split) {
        WsBodyReader reader(headWith(headers), MaxSize);
        QVERIFY(!reader.endsWithConnection());
        reader.receive(bytes.first(split));
        QCOMPARE(reader.receive(bytes.sliced(split)), expected);
        QCOMPARE(reader.body(), body);
        QCOMPARE(reader.problem(), problem);
    }
    WsBodyReader reader(headWith(headers), MaxSize);
    for (const char byte : bytes)
        reader.receive(QByteArrayView(&byte, 1));
    QCOMPARE(reader.receive("more"), expected);
    QCOMPARE(reader.body(), body);
    QCOMPARE(reader.problem(), problem);
}

void TestWsHttpBody::brokenBodiesAreRefused_data()
{
    addColumns();
    const auto noNumber = [](const QString &line) {
        return u"the size of a chunk is not a hexadecimal number: \"%1\""_s.arg(line);
    };
    const auto bareCr = [](const QString &line) {
        return u"a line between the chunks contains a bare CR: \"%1\""_s.arg(line);
    };
    row("size that is no number", Chunked, "x\r\n", "", noNumber(u"x"_s));
    row("size that is missing", Chunked, "\r\n", "", noNumber({}));
    row("negative size", Chunked, "-1\r\n", "", noNumber(u"-1"_s));
    row("size with a prefix", Chunked, "0x1\r\n", "", noNumber(u"0x1"_s));
    row("size with something behind it", Chunked, "1 1\r\n", "", noNumber(u"1 1"_s));
    row("bare CR in an extension", Chunked, "1;a\rb\r\n", "", bareCr(u"1;a\uFFFDb"_s));
    row("chunk longer than its size", Chunked, "1\r\nab\r\n", "a",
        u"a chunk is longer than its size says, by \"b\""_s);
}

void TestWsHttpBody::wrongLengthsAreRefusedAtOnce_data()
{
    QTest::addColumn<QByteArray>("length");
    QTest::addColumn<QString>("problem");
    QTest::newRow("different") << "5, 6"_ba << u"Content-Length has different values: \"5, 6\""_s;
    QTest::newRow("no number") << "x"_ba << u"Content-Length is not a number: \"x\""_s;
    QTest::newRow("negative") << "-5"_ba << u"Content-Length is not a number: \"-5\""_s;
    QTest::newRow("with a sign") << "+5"_ba << u"Content-Length is not a number: \"+5\""_s;
    QTest::newRow("number and something else") << "5, x"_ba << u"Content-Length is not a number: \"x\""_s;
    QTest::newRow("empty") << ""_ba << u"Content-Length is empty"_s;
}

void TestWsHttpBody::wrongLengthsAreRefusedAtOnce()
{
    QFETCH(const QByteArray, length);
    WsBodyReader reader(headWith({{"Content-Length", length}}), MaxSize);
    QCOMPARE(reader.receive({}), Result::Malformed);
    QTEST(reader.problem(), "problem");
}

void TestWsHttpBody::answersThatHaveNoBodyAreComplete_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<WsHeaders>("headers");
    QTest::newRow("204") << 204 << WsHeaders();
    QTest::newRow("204 with a length") << 204 << WsHeaders{{"Content-Length", "5"}};
    QTest::newRow("304 with a length") << 304 << WsHeaders{{"Content-Length", "5"}};
    QTest::newRow("304 with chunks") << 304 << Chunked;
    QTest::newRow("103") << 103 << WsHeaders();
    QTest::newRow("length of 0") << 403 << WsHeaders{{"Content-Length", "0"}};
}

void TestWsHttpBody::answersThatHaveNoBodyAreComplete()
{
    QFETCH(const int, status);
    QFETCH(const WsHeaders, headers);
    WsBodyReader reader(headWith(headers, status), MaxSize);
    QCOMPARE(reader.receive({}), Result::Complete);
    QCOMPARE(reader.receive("hello"), Result::Complete);
    QVERIFY(reader.body().isEmpty());
}

void TestWsHttpBody::bodyWithoutLengthEndsWithTheConnection_data()
{
    QTest::addColumn<WsHeaders>("headers");
    QTest::addColumn<int>("minorVersion");
    QTest::newRow("nothing") << WsHeaders() << 1;
    QTest::newRow("a coding that is not chunked") << WsHeaders{{"Transfer-Encoding", "gzip"}} << 1;
    QTest::newRow("no coding") << WsHeaders{{"Transfer-Encoding", ""}} << 1;
    QTest::newRow("chunked is not the last") << WsHeaders{{"Transfer-Encoding", "chunked, gzip"}} << 1;
    QTest::newRow("chunks of HTTP/1.0") << Chunked << 0;
}

void TestWsHttpBody::bodyWithoutLengthEndsWithTheConnection()
{
    QFETCH(const WsHeaders, headers);
    QFETCH(const int, minorVersion);
    WsBodyReader reader(headWith(headers, 403, minorVersion), MaxSize);
    QVERIFY(reader.endsWithConnection());
    QCOMPARE(reader.receive({}), Result::NeedsBytes);
    QCOMPARE(reader.receive("1\r\n"), Result::NeedsBytes);
    QCOMPARE(reader.body(), "1\r\n"_ba);
}

void TestWsHttpBody::largeBodyIsCut_data()
{
    QTest::addColumn<WsHeaders>("headers");
    QTest::addColumn<QByteArray>("before");
    QTest::newRow("length") << WsHeaders{{"Content-Length", "1000"}} << ""_ba;
    QTest::newRow("huge length") << WsHeaders{{"Content-Length", QByteArray(50, '9')}} << ""_ba;
    QTest::newRow("chunk") << Chunked << "3E8\r\n"_ba;
    QTest::newRow("huge chunk") << Chunked << QByteArray(50, 'f') + "\r\n";
    QTest::newRow("no length") << WsHeaders() << ""_ba;
}

void TestWsHttpBody::largeBodyIsCut()
{
    QFETCH(const WsHeaders, headers);
    QFETCH(const QByteArray, before);
    WsBodyReader reader(headWith(headers), MaxSize);
    reader.receive(before);
    QCOMPARE(reader.receive(QByteArray(MaxSize - 1, 'x')), Result::NeedsBytes);
    QCOMPARE(reader.receive("xyz"), Result::Complete);
    QCOMPARE(reader.body(), QByteArray(MaxSize, 'x'));
}

void TestWsHttpBody::linesBetweenChunksAreBounded()
{
    const QString problem = u"the lines between the chunks are larger than maxHandshakeSize"_s;
    for (const QByteArray &bytes :
         {"1;" + QByteArray(MaxSize, 'x'), "0\r\n" + QByteArray("A: b\r\n").repeated(50),
          QByteArray("1\r\na\r\n").repeated(50)}) {
        WsBodyReader reader(headWith(Chunked), MaxSize);
        QCOMPARE(reader.receive(bytes), Result::Malformed);
        QCOMPARE(reader.problem(), problem);
        QVERIFY(reader.body().size() < MaxSize);
    }
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsHttpBody)
#include "tst_wshttpbody.moc"
