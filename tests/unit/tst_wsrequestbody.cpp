// SPDX-License-Identifier: MIT
#include "protocol/wsrequestbody.h"

#include <QtTest/QtTest>

using namespace Qt::StringLiterals;
using Result = WsRequestBodyReader::Result;

namespace {
constexpr qint64 MaxSize = 100;
constexpr qsizetype MaxExtras = 50;

const WsHeaders Chunked = {{"Transfer-Encoding", "chunked"}};

WsHeaders sized(const QByteArray &length)
{
    return {{"Content-Length", length}};
}

WsRequestBodyReader readerOf(const WsHeaders &headers)
{
    return {WsRequestHead{"POST", "/", 1, headers}, MaxSize, MaxExtras};
}

// What came of \a bytes in pieces of \a pieceSize; \a rest is what does not belong to the body.
struct Read
{
    Result result = Result::NeedsBytes;
    QByteArray body;
    QByteArray rest;
    QString problem;
};

Read read(const WsHeaders &headers, const QByteArray &bytes, qsizetype pieceSize)
{
    WsRequestBodyReader reader = readerOf(headers);
    Read read;
    qsizetype at = 0;
    while (at < bytes.size() && read.result == Result::NeedsBytes) {
        const qsizetype size = qMin(pieceSize, bytes.size() - at);
        QByteArrayView piece = QByteArrayView(bytes).sliced(at, size);
        read.result = reader.receive(&piece);
        read.rest = piece.toByteArray();
        at += size;
    }
    read.rest += bytes.sliced(at);
    read.problem = reader.problem();
    read.body = reader.takeBody();
    return read;
}
} // namespace

class TestWsRequestBody : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bodyEndsAsAnnounced_data();
    void bodyEndsAsAnnounced();
    void emptyBodyIsCompleteAtOnce();
    void brokenBodyIsRefused_data();
    void brokenBodyIsRefused();
    void largeBodyIsRefusedBeforeItComes_data();
    void largeBodyIsRefusedBeforeItComes();
    void whatIsBesidesTheChunksIsBounded_data();
    void whatIsBesidesTheChunksIsBounded();
    void manySmallChunksAreNoExtras();
    void memoryFollowsWhatHasArrived();
    void awaitedBytesBelongToTheBody();
};

void TestWsRequestBody::bodyEndsAsAnnounced_data()
{
    QTest::addColumn<WsHeaders>("headers");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("rest");
    const auto row = [](const char *name, const WsHeaders &headers, const char *bytes, const char *body,
                        const char *rest = "") {
        QTest::newRow(name) << headers << QByteArray(bytes) << QByteArray(body) << QByteArray(rest);
    };
    row("length", sized("5"), "hello", "hello");
    row("length with zeros in front", sized("005"), "hello", "hello");
    row("length, and the next request", sized("5"), "helloGET /", "hello", "GET /");
    row("length of the largest body", sized("100"), QByteArray(100, 'x'), QByteArray(100, 'x'));
    row("chunks", Chunked, "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "hello");
    row("chunks, and the next request", Chunked, "5\r\nhello\r\n0\r\n\r\nGET /", "hello", "GET /");
    row("chunks of hexadecimal size", Chunked, "A\r\n0123456789\r\n00b\r\n0123456789a\r\n0\r\n\r\n",
        "01234567890123456789a");
    row("extensions", Chunked, "5;a=b;c=\"d\"\r\nhello\r\n0 ;x\r\n\r\n", "hello");
    row("trailers", Chunked, "5\r\nhello\r\n0\r\nA: b\r\nC:\r\n\r\n", "hello");
    row("no chunk but the last", Chunked, "0\r\n\r\n", "");
    row("line ends in a chunk", Chunked, "4\r\n\r\n0\r\r\n0\r\n\r\n", "\r\n0\r");
    row("last chunk with zeros", Chunked, "1\r\na\r\n000\r\n\r\n", "a");
    row("coding in another case", {{"transfer-encoding", "CHUNKED"}}, "1\r\na\r\n0\r\n\r\n", "a");
}

void TestWsRequestBody::bodyEndsAsAnnounced()
{
    QFETCH(const WsHeaders, headers);
    QFETCH(const QByteArray, bytes);
    for (const qsizetype pieceSize : {bytes.size(), qsizetype(1), qsizetype(2), qsizetype(3)}) {
        const Read whole = read(headers, bytes, pieceSize);
        QCOMPARE(whole.result, Result::Complete);
        QTEST(whole.body, "body");
        QTEST(whole.rest, "rest");
        QCOMPARE(whole.problem, QString());
    }
}

void TestWsRequestBody::emptyBodyIsCompleteAtOnce()
{
    for (const WsHeaders &headers : {sized("0"), sized("00"), WsHeaders()}) {
        WsRequestBodyReader reader = readerOf(headers);
        QByteArrayView next = "GET /";
        QCOMPARE(reader.receive(&next), Result::Complete);
        QCOMPARE(next, QByteArrayView("GET /"));
        QCOMPARE(reader.takeBody(), QByteArray());
    }
}

void TestWsRequestBody::brokenBodyIsRefused_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("problem");
    const auto row = [](const char *name, const QByteArray &bytes, const QString &problem) {
        QTest::newRow(name) << bytes << problem;
    };
    const QString noNumber = u"the size of a chunk is not a hexadecimal number: \"%1\""_s;
    const QString bareLf = u"a line between the chunks ends with a bare LF instead of CRLF"_s;
    const QString control = u"a line between the chunks contains a control character: \"%1\""_s;
    const QString longer = u"a chunk is longer than its size says"_s;
    row("size that is no number", "x\r\n", noNumber.arg(u"x"_s));
    row("size that is missing", "\r\n", noNumber.arg(QString()));
    row("size that is negative", "-1\r\n", noNumber.arg(u"-1"_s));
    row("size with a prefix", "0x1\r\n", noNumber.arg(u"0x1"_s));
    row("size with white space in front", " 1\r\n", noNumber.arg(u" 1"_s));
    row("size with white space behind it", "1 \r\n", noNumber.arg(u"1 "_s));
    row("size with something behind it", "1 1\r\n", noNumber.arg(u"1 1"_s));
    row("bare LF after a size", "1\na", bareLf);
    row("bare LF after a chunk", "1\r\na\n", bareLf);
    row("bare LF after the last chunk", "0\r\n\n", bareLf);
    row("bare CR in an extension", "1;a\rb\r\n", control.arg(u"1;a\uFFFDb"_s));
    row("NUL in an extension", "1;a\0b\r\n"_ba, control.arg(u"1;a\uFFFDb"_s));
    row("chunk longer than its size", "1\r\nab\r\n", longer);
    row("trailer without a colon", "0\r\nnothing\r\n", u"trailer has no colon: \"nothing\""_s);
    row("trailer without a name", "0\r\n: x\r\n", u"name of a trailer is not a token: \": \u2026\""_s);
    row("trailer with a space before the colon", "0\r\nA : x\r\n",
        u"name of a trailer is not a token: \"A \u2026\""_s);
    row("trailer that is folded", "0\r\nA: b\r\n c: d\r\n",
        u"name of a trailer is not a token: \" \u2026\""_s);
}

void TestWsRequestBody::brokenBodyIsRefused()
{
    QFETCH(const QByteArray, bytes);
    for (const qsizetype pieceSize : {bytes.size(), qsizetype(1)}) {
        const Read broken = read(Chunked, bytes, pieceSize);
        QCOMPARE(broken.result, Result::Malformed);
        QTEST(broken.problem, "problem");
        QCOMPARE(broken.body, QByteArray());
    }
}

void TestWsRequestBody::largeBodyIsRefusedBeforeItComes_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("one chunk") << "65\r\n"_ba;
    QTest::newRow("several chunks") << "60\r\n" + QByteArray(0x60, 'x') + "\r\n5\r\n";
    QTest::newRow("more than 64 bits") << QByteArray(40, 'f') + "\r\n";
    QTest::newRow("exactly 64 bits") << "10000000000000000\r\n"_ba;
}

void TestWsRequestBody::largeBodyIsRefusedBeforeItComes()
{
    QFETCH(const QByteArray, bytes);
    const Read large = read(Chunked, bytes, 1);
    QCOMPARE(large.result, Result::TooLarge);
    QCOMPARE(large.problem, u"body of the request is larger than maxRequestBody (100 bytes)"_s);
    QCOMPARE(large.body, QByteArray());
}

void TestWsRequestBody::whatIsBesidesTheChunksIsBounded_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("endless extension") << "1;" + QByteArray(1'000'000, 'x');
    QTest::newRow("endless zeros") << QByteArray(1'000'000, '0');
    QTest::newRow("many extensions") << QByteArray("1;" + QByteArray(30, 'x') + "\r\na\r\n").repeated(5);
    QTest::newRow("many trailers") << "0\r\n" + QByteArray("A: b\r\n").repeated(10);
    QTest::newRow("endless trailer") << "0\r\nA: " + QByteArray(1'000'000, 'x');
}

void TestWsRequestBody::whatIsBesidesTheChunksIsBounded()
{
    QFETCH(const QByteArray, bytes);
    for (const qsizetype pieceSize : {bytes.size(), qsizetype(7)}) {
        const Read endless = read(Chunked, bytes, pieceSize);
        QCOMPARE(endless.result, Result::Malformed);
        QCOMPARE(endless.problem, u"extensions of chunks and trailers are larger than maxHandshakeSize"_s);
    }
}

void TestWsRequestBody::manySmallChunksAreNoExtras()
{
    const QByteArray bytes = QByteArray("1\r\na\r\n").repeated(100) + "0\r\n\r\n";
    const Read small = read(Chunked, bytes, bytes.size());
    QCOMPARE(small.result, Result::Complete);
    QCOMPARE(small.body, QByteArray(100, 'a'));
}

void TestWsRequestBody::memoryFollowsWhatHasArrived()
{
    constexpr qint64 Large = 100'000'000;
    WsRequestBodyReader reader(WsRequestHead{"POST", "/", 1, sized(QByteArray::number(Large))}, Large,
                               MaxExtras);
    const QByteArray bytes(1000, 'x');
    QByteArrayView piece(bytes);
    QCOMPARE(reader.receive(&piece), Result::NeedsBytes);
    const QByteArray body = reader.takeBody();
    QCOMPARE(body.size(), 1000);
    QVERIFY2(body.capacity() <= 2100, qPrintable(QString::number(body.capacity())));
}

void TestWsRequestBody::awaitedBytesBelongToTheBody()
{
    WsRequestBodyReader reader = readerOf(sized("10"));
    QCOMPARE(reader.awaited(), 10);
    QByteArrayView piece("1234");
    reader.receive(&piece);
    QCOMPARE(reader.awaited(), 6);
    QCOMPARE(readerOf(Chunked).awaited(), 1);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsRequestBody)
#include "tst_wsrequestbody.moc"
