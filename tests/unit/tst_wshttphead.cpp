// SPDX-License-Identifier: MIT
#include "protocol/wshttphead.h"

#include <QtTest/QtTest>

using namespace Qt::StringLiterals;
using Result = WsHeadReader::Result;

namespace {
constexpr int MaxHeaders = 100;
constexpr qsizetype MaxSize = 16 * 1024;

QByteArray withHeaders(const QByteArray &lines)
{
    return "GET /chat HTTP/1.1\r\n" + lines + "\r\n";
}

QByteArray withRequestLine(const QByteArray &line)
{
    return line + "\r\nHost: example.com\r\n\r\n";
}

QByteArray withStatusLine(const QByteArray &line)
{
    return line + "\r\nUpgrade: websocket\r\n\r\n";
}

QByteArray headersOfCount(int count)
{
    QByteArray result;
    for (int i = 0; i < count; ++i)
        result += "X-" + QByteArray::number(i) + ": y\r\n";
    return result;
}

Result receiveByteByByte(WsHeadReader *reader, const QByteArray &bytes)
{
    Result result = Result::NeedsBytes;
    for (const char byte : bytes)
        result = reader->receive(QByteArrayView(&byte, 1));
    return result;
}

bool isTokenByte(char c)
{
    return QByteArrayView("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
        .contains(c);
}
} // namespace

class tst_WsHttpHead : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readerFindsHeadAtEverySplit_data();
    void readerFindsHeadAtEverySplit();
    void readerFindsHeadByteByByte_data() { readerFindsHeadAtEverySplit_data(); }
    void readerFindsHeadByteByByte();
    void readerHandsOverWhatFollowsTheHead();
    void readerAddsLaterBytesToTheRest();
    void readerHasNoHeadBeforeTheBlankLine();
    void readerEndsHeadAtBlankLineOfBareLf_data();
    void readerEndsHeadAtBlankLineOfBareLf();
    void readerAcceptsHeadOfExactlyMaxSize();
    void readerRefusesHeadOneByteLargerThanMaxSize();
    void readerRefusesAsSoonAsMaxSizeIsExceeded();
    void readerRefusesBlankLineBehindMaxSizeInOneChunk();
    void readerStaysTooLarge();
    void readerDoesNotCountTheRest();
    void readerSkipsEmptyLinesBeforeTheHead();
    void emptyLinesMayBeBareLfBeforeAnAnswerOnly();
    void emptyLinesBeforeTheHeadAreBounded();
    void readerKeepsNoMoreThanMaxSizeOfATooLargeHead();
    void readerTellsWhetherTheFirstLineEnded_data();
    void readerTellsWhetherTheFirstLineEnded();
    void readerLooksAtEachByteOnce_data();
    void readerLooksAtEachByteOnce();

    void requestIsParsed_data();
    void requestIsParsed();
    void requestIsParsedAlikeAtEverySplit_data() { requestIsParsed_data(); }
    void requestIsParsedAlikeAtEverySplit();
    void requestHeadersKeepOrderAndCase();
    void requestIsRefused_data();
    void requestIsRefused();
    void requestIsRefusedByteByByte_data() { requestIsRefused_data(); }
    void requestIsRefusedByteByByte();
    void requestMayHaveMaxHeaders();
    void requestResultIsReplaced();
    void everyBeginningOfRequestIsRefused();
    void everyByteOfHeaderNameIsCheckedAgainstTheTokenRule();
    void everyByteOfHeaderValueIsChecked();
    void everyByteOfTargetIsChecked();
    void everyByteOfMethodIsChecked();
    void absoluteTargetReplacesHost();
    void pathLeavesHostAlone();

    void responseIsParsed_data();
    void responseIsParsed();
    void responseIsParsedAlikeAtEverySplit_data() { responseIsParsed_data(); }
    void responseIsParsedAlikeAtEverySplit();
    void responseMayBeSloppy_data();
    void responseMayBeSloppy();
    void requestMustNotBeSloppy_data() { responseMayBeSloppy_data(); }
    void requestMustNotBeSloppy();
    void responseIsRefused_data();
    void responseIsRefused();
    void everyBeginningOfResponseIsRefused();

    void headerIsFoundWhateverItsCase();
    void headerIsNullOnlyWhereThereIsNone();
    void headersAreCounted();
    void headerListIsSplit_data();
    void headerListIsSplit();
    void headerListJoinsAllHeadersOfItsName();
    void headerListContainsTokenWhateverItsCase();
    void namesAreTheSameWhateverTheirCase();
    void tokenIsNotEmpty();
    void targetIsNotEmpty();
    void headerIsChecked_data();
    void headerIsChecked();
    void quotedTextIsCutAndPrintable();
    void quotedTextHasNoSecrets_data();
    void quotedTextHasNoSecrets();
};

void tst_WsHttpHead::readerFindsHeadAtEverySplit_data()
{
    QTest::addColumn<QByteArray>("head");
    QTest::newRow("request without headers") << "GET / HTTP/1.1\r\n\r\n"_ba;
    QTest::newRow("request with a header") << withHeaders("Host: example.com\r\n");
    QTest::newRow("request with two headers") << withHeaders("Host: example.com\r\nUpgrade: websocket\r\n");
    QTest::newRow("request with an empty value") << withHeaders("Host:\r\nX:\r\n");
    QTest::newRow("response") << "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"_ba;
    QTest::newRow("response without reason") << "HTTP/1.1 101\r\n\r\n"_ba;
}

void tst_WsHttpHead::readerFindsHeadAtEverySplit()
{
    QFETCH(QByteArray, head);
    const QByteArray rest = "\x81\x00\r\n\r\n"_ba;
    const QByteArray bytes = head + rest;
    for (qsizetype split = 0; split <= bytes.size(); ++split) {
        WsHeadReader reader(MaxSize);
        const Result first = reader.receive(bytes.first(split));
        QCOMPARE(first, split < head.size() ? Result::NeedsBytes : Result::Complete);
        QCOMPARE(reader.receive(bytes.sliced(split)), Result::Complete);
        QCOMPARE(reader.head().toByteArray(), head);
        QCOMPARE(reader.takeRest(), rest);
    }
}

void tst_WsHttpHead::readerFindsHeadByteByByte()
{
    QFETCH(QByteArray, head);
    WsHeadReader reader(MaxSize);
    QCOMPARE(receiveByteByByte(&reader, head.chopped(1)), Result::NeedsBytes);
    QCOMPARE(reader.receive(head.last(1)), Result::Complete);
    QCOMPARE(reader.head().toByteArray(), head);
    QCOMPARE(reader.takeRest(), QByteArray());
}

void tst_WsHttpHead::readerHandsOverWhatFollowsTheHead()
{
    WsHeadReader reader(MaxSize);
    QCOMPARE(reader.receive("GET / HTTP/1.1\r\n\r\nrest"_ba), Result::Complete);
    QCOMPARE(reader.takeRest(), "rest"_ba);
    QCOMPARE(reader.takeRest(), QByteArray());
    QCOMPARE(reader.head().toByteArray(), "GET / HTTP/1.1\r\n\r\n"_ba);
}

void tst_WsHttpHead::readerAddsLaterBytesToTheRest()
{
    WsHeadReader reader(MaxSize);
    QCOMPARE(reader.receive("GET / HTTP/1.1\r\n\r\none"_ba), Result::Complete);
    QCOMPARE(reader.receive(" two\r\n\r\n"_ba), Result::Complete);
    QCOMPARE(reader.head().toByteArray(), "GET / HTTP/1.1\r\n\r\n"_ba);
    QCOMPARE(reader.takeRest(), "one two\r\n\r\n"_ba);
}

void tst_WsHttpHead::readerHasNoHeadBeforeTheBlankLine()
{
    WsHeadReader reader(MaxSize);
    QCOMPARE(reader.receive(QByteArrayView()), Result::NeedsBytes);
    QCOMPARE(reader.receive("GET / HTTP/1.1\r\nHost: a\r\n\r"_ba), Result::NeedsBytes);
    QVERIFY(reader.head().isEmpty());
}

void tst_WsHttpHead::readerEndsHeadAtBlankLineOfBareLf_data()
{
    QTest::addColumn<QByteArray>("head");
    QTest::newRow("bare LF everywhere") << "GET / HTTP/1.1\nHost: a\n\n"_ba;
    QTest::newRow("bare LF as the blank line") << "GET / HTTP/1.1\r\nHost: a\r\n\n"_ba;
    QTest::newRow("bare LF before the blank line") << "GET / HTTP/1.1\r\nHost: a\n\r\n"_ba;
}

void tst_WsHttpHead::readerEndsHeadAtBlankLineOfBareLf()
{
    QFETCH(QByteArray, head);
    WsHeadReader reader(MaxSize);
    QCOMPARE(receiveByteByByte(&reader, head), Result::Complete);
    QCOMPARE(reader.head().toByteArray(), head);
    WsRequestHead request;
    const WsHttpError error = wsParseRequestHead(reader.head(), MaxHeaders, &request);
    QCOMPARE(error.status, 400);
    QCOMPARE(error.text, u"line ends with a bare LF instead of CRLF"_s);
}

void tst_WsHttpHead::readerAcceptsHeadOfExactlyMaxSize()
{
    const QByteArray head = withHeaders("Host: example.com\r\n");
    WsHeadReader whole(head.size());
    QCOMPARE(whole.receive(head), Result::Complete);
    WsHeadReader chopped(head.size());
    QCOMPARE(receiveByteByByte(&chopped, head), Result::Complete);
}

void tst_WsHttpHead::readerRefusesHeadOneByteLargerThanMaxSize()
{
    const QByteArray head = withHeaders("Host: example.com\r\n");
    WsHeadReader whole(head.size() - 1);
    QCOMPARE(whole.receive(head), Result::TooLarge);
    QVERIFY(whole.head().isEmpty());
    WsHeadReader chopped(head.size() - 1);
    QCOMPARE(receiveByteByByte(&chopped, head), Result::TooLarge);
}

void tst_WsHttpHead::readerRefusesAsSoonAsMaxSizeIsExceeded()
{
    WsHeadReader reader(8);
    QCOMPARE(reader.receive("GET / HT"_ba), Result::NeedsBytes);
    QCOMPARE(reader.receive("T"_ba), Result::TooLarge);
}

void tst_WsHttpHead::readerRefusesBlankLineBehindMaxSizeInOneChunk()
{
    WsHeadReader reader(100);
    QCOMPARE(reader.receive(withHeaders("X: " + QByteArray(100, 'x') + "\r\n")), Result::TooLarge);
}

void tst_WsHttpHead::readerStaysTooLarge()
{
    WsHeadReader reader(8);
    QCOMPARE(reader.receive("GET / HTTP/1.1\r\n"_ba), Result::TooLarge);
    QCOMPARE(reader.receive("\r\n"_ba), Result::TooLarge);
    QVERIFY(reader.head().isEmpty());
    // What comes later is not kept.
    QCOMPARE(reader.takeRest(), "GET / HT"_ba);
}

void tst_WsHttpHead::readerDoesNotCountTheRest()
{
    const QByteArray head = "GET / HTTP/1.1\r\n\r\n"_ba;
    const QByteArray rest(1000, 'x');
    WsHeadReader reader(head.size());
    QCOMPARE(reader.receive(head + rest), Result::Complete);
    QCOMPARE(reader.receive(rest), Result::Complete);
    QCOMPARE(reader.takeRest(), rest + rest);
}

// RFC 9112 §2.2
void tst_WsHttpHead::readerSkipsEmptyLinesBeforeTheHead()
{
    const QByteArray head = withHeaders("Host: example.com\r\n");
    const QByteArray bytes = "\r\n\r\n" + head + "rest";
    for (qsizetype split = 0; split <= bytes.size(); ++split) {
        WsHeadReader reader(MaxSize);
        reader.receive(bytes.first(split));
        QCOMPARE(reader.receive(bytes.sliced(split)), Result::Complete);
        QCOMPARE(reader.head().toByteArray(), head);
        QCOMPARE(reader.takeRest(), "rest"_ba);
    }
    WsHeadReader reader(MaxSize);
    QCOMPARE(receiveByteByByte(&reader, bytes), Result::Complete);
    QCOMPARE(reader.head().toByteArray(), head);
}

void tst_WsHttpHead::emptyLinesMayBeBareLfBeforeAnAnswerOnly()
{
    for (const QByteArray &lines : {"\n"_ba, "\n\n\n"_ba, "\r\n\n\r\n"_ba}) {
        const QByteArray head = "HTTP/1.1 101\r\n\r\n";
        WsHeadReader lenient(MaxSize, WsReading::Lenient);
        QCOMPARE(lenient.receive(lines + head), Result::Complete);
        QCOMPARE(lenient.head().toByteArray(), head);
        WsHeadReader bytewise(MaxSize, WsReading::Lenient);
        QCOMPARE(receiveByteByByte(&bytewise, lines + head), Result::Complete);
        QCOMPARE(bytewise.head().toByteArray(), head);
        WsHeadReader strict(MaxSize);
        (void)strict.receive(lines + "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        WsRequestHead request;
        QCOMPARE(wsParseRequestHead(strict.head(), MaxHeaders, &request).status, 400);
    }
    WsHeadReader bounded(8, WsReading::Lenient);
    QCOMPARE(receiveByteByByte(&bounded, QByteArray(9, '\n')), Result::TooLarge);
}

void tst_WsHttpHead::emptyLinesBeforeTheHeadAreBounded()
{
    const QByteArray bytes = "\r\n"_ba.repeated(100);
    WsHeadReader whole(100);
    QCOMPARE(whole.receive(bytes), Result::TooLarge);
    WsHeadReader chopped(100);
    QCOMPARE(receiveByteByByte(&chopped, bytes), Result::TooLarge);
    // They count together with the head.
    const QByteArray head = withHeaders("X: " + QByteArray(50, 'x') + "\r\n");
    WsHeadReader reader(head.size() + 3);
    QCOMPARE(reader.receive("\r\n\r\n" + head), Result::TooLarge);
}

void tst_WsHttpHead::readerKeepsNoMoreThanMaxSizeOfATooLargeHead()
{
    WsHeadReader reader(64);
    QCOMPARE(reader.receive("GET /" + QByteArray(100'000, 'x')), Result::TooLarge);
    QVERIFY(reader.takeRest().size() <= 64);
}

void tst_WsHttpHead::readerTellsWhetherTheFirstLineEnded_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("isFirstLineComplete");
    QTest::newRow("endless request line") << "GET /" + QByteArray(100, 'x') << false;
    QTest::newRow("request line that ends too late") << "GET /" + QByteArray(100, 'x') + "\r\n" << false;
    QTest::newRow("endless header") << "GET / HTTP/1.1\r\nX: " + QByteArray(100, 'x') << true;
}

void tst_WsHttpHead::readerTellsWhetherTheFirstLineEnded()
{
    QFETCH(QByteArray, bytes);
    QFETCH(bool, isFirstLineComplete);
    WsHeadReader reader(64);
    QCOMPARE(reader.receive(bytes), Result::TooLarge);
    QCOMPARE(reader.isFirstLineComplete(), isFirstLineComplete);
}

void tst_WsHttpHead::readerLooksAtEachByteOnce_data()
{
    QTest::addColumn<QByteArray>("pattern");
    QTest::newRow("no line end at all") << "x"_ba;
    QTest::newRow("one-letter lines") << "x\n"_ba;
    QTest::newRow("nothing but CR") << "\r"_ba;
}

// A scan that began anew with every byte would look at 2^45 of them here, which takes longer than the
// watchdog of the test library lets a test function run.
// CVE-2023-43669 (tungstenite).
void tst_WsHttpHead::readerLooksAtEachByteOnce()
{
    QFETCH(QByteArray, pattern);
    constexpr qsizetype Size = 8 * 1024 * 1024;
    const QByteArray bytes = pattern.repeated(Size / pattern.size());
    WsHeadReader reader(Size);
    QCOMPARE(receiveByteByByte(&reader, bytes), Result::NeedsBytes);
    QCOMPARE(receiveByteByByte(&reader, "x"_ba), Result::TooLarge);
}

void tst_WsHttpHead::requestIsParsed_data()
{
    QTest::addColumn<QByteArray>("head");
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<int>("minorVersion");
    QTest::addColumn<WsHeaders>("headers");

    const WsHeaders host = {{"Host", "example.com"}};
    QTest::newRow("path") << withRequestLine("GET /chat HTTP/1.1") << "GET"_ba
                          << "/chat"_ba << 1 << host;
    QTest::newRow("path with a query") << withRequestLine("GET /a?b=c&d HTTP/1.1") << "GET"_ba
                                       << "/a?b=c&d"_ba << 1 << host;
    QTest::newRow("two slashes") << withRequestLine("GET //a HTTP/1.1") << "GET"_ba
                                 << "//a"_ba << 1 << host;
    QTest::newRow("HTTP/1.0") << withRequestLine("GET / HTTP/1.0") << "GET"_ba
                              << "/"_ba << 0 << host;
    QTest::newRow("HEAD") << withRequestLine("HEAD / HTTP/1.1") << "HEAD"_ba
                          << "/"_ba << 1 << host;
    QTest::newRow("method in lower case") << withRequestLine("get / HTTP/1.1") << "get"_ba
                                          << "/"_ba << 1 << host;
    QTest::newRow("absolute target") << withRequestLine("GET http://example.com/a?b HTTP/1.1") << "GET"_ba
                                     << "/a?b"_ba << 1 << host;
    QTest::newRow("absolute https target")
        << withRequestLine("GET HTTPS://example.com/a HTTP/1.1") << "GET"_ba
        << "/a"_ba << 1 << host;
    QTest::newRow("absolute target without path")
        << withRequestLine("GET http://example.com HTTP/1.1") << "GET"_ba
        << "/"_ba << 1 << host;
    QTest::newRow("absolute target with a query alone")
        << withRequestLine("GET http://example.com?a HTTP/1.1") << "GET"_ba
        << "/?a"_ba << 1 << host;
    QTest::newRow("no headers") << withHeaders("") << "GET"_ba
                                << "/chat"_ba << 1 << WsHeaders();
    QTest::newRow("white space around the value") << withHeaders("A: \t b\tc \t\r\n") << "GET"_ba
                                                  << "/chat"_ba << 1 << WsHeaders{{"A", "b\tc"}};
    QTest::newRow("no white space before the value") << withHeaders("A:b\r\n") << "GET"_ba
                                                     << "/chat"_ba << 1 << WsHeaders{{"A", "b"}};
    QTest::newRow("empty values") << withHeaders("A:\r\nB: \r\n") << "GET"_ba
                                  << "/chat"_ba << 1 << WsHeaders{{"A", ""}, {"B", ""}};
    QTest::newRow("value with colons") << withHeaders("A: b:c: d\r\n") << "GET"_ba
                                       << "/chat"_ba << 1 << WsHeaders{{"A", "b:c: d"}};
    QTest::newRow("value in UTF-8") << withHeaders("A: \xC3\xA4\r\n") << "GET"_ba
                                    << "/chat"_ba << 1 << WsHeaders{{"A", "\xC3\xA4"}};
}

void tst_WsHttpHead::requestIsParsed()
{
    QFETCH(QByteArray, head);
    WsRequestHead request;
    const WsHttpError error = wsParseRequestHead(head, MaxHeaders, &request);
    QVERIFY2(!error, qPrintable(error.text));
    QTEST(request.method, "method");
    QTEST(request.target, "target");
    QTEST(request.minorVersion, "minorVersion");
    QTEST(request.headers, "headers");
}

void tst_WsHttpHead::requestIsParsedAlikeAtEverySplit()
{
    QFETCH(QByteArray, head);
    for (qsizetype split = 0; split <= head.size(); ++split) {
        WsHeadReader reader(head.size());
        reader.receive(head.first(split));
        QCOMPARE(reader.receive(head.sliced(split)), Result::Complete);
        WsRequestHead request;
        QVERIFY(!wsParseRequestHead(reader.head(), MaxHeaders, &request));
        QTEST(request.target, "target");
        QTEST(request.headers, "headers");
    }
    WsHeadReader reader(head.size());
    QCOMPARE(receiveByteByByte(&reader, head), Result::Complete);
    QCOMPARE(reader.head().toByteArray(), head);
}

void tst_WsHttpHead::requestHeadersKeepOrderAndCase()
{
    WsRequestHead request;
    QVERIFY(!wsParseRequestHead(withHeaders("hOsT: A\r\nb: 2\r\nB: 1\r\n"), MaxHeaders, &request));
    QCOMPARE(request.headers, (WsHeaders{{"hOsT", "A"}, {"b", "2"}, {"B", "1"}}));
}

void tst_WsHttpHead::requestIsRefused_data()
{
    QTest::addColumn<QByteArray>("head");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("text");

    const QString malformed =
        u"request line is not a method, a target and a version, parted by one space each"_s;
    const QString bareLf = u"line ends with a bare LF instead of CRLF"_s;
    const QString bareCr = u"line contains a bare CR"_s;
    const QString folding = u"header line begins with white space (obsolete line folding)"_s;
    const QString colon = u"white space between header name and colon"_s;

    QTest::newRow("request line of one space") << " \r\n\r\n"_ba << 400 << malformed;
    QTest::newRow("method alone") << withRequestLine("GET") << 400 << malformed;
    QTest::newRow("no version") << withRequestLine("GET /") << 400 << malformed;
    QTest::newRow("no target") << withRequestLine("GET  HTTP/1.1") << 400 << malformed;
    QTest::newRow("no method") << withRequestLine(" / HTTP/1.1") << 400 << u"method is not a token"_s;
    QTest::newRow("method that is no token")
        << withRequestLine("G(T / HTTP/1.1") << 400 << u"method is not a token"_s;
    QTest::newRow("tab instead of a space") << withRequestLine("GET\t/ HTTP/1.1") << 400 << malformed;
    QTest::newRow("NUL in the method")
        << withRequestLine("G\0T / HTTP/1.1"_ba) << 400 << u"method is not a token"_s;
    QTest::newRow("NUL in the target") << withRequestLine("GET /\0 HTTP/1.1"_ba) << 400
                                       << u"request target contains a character that is not visible ASCII"_s;
    QTest::newRow("two spaces before the target")
        << withRequestLine("GET  / HTTP/1.1") << 400 << u"request target contains a space"_s;
    QTest::newRow("space in the target")
        << withRequestLine("GET /a b HTTP/1.1") << 400 << u"request target contains a space"_s;
    QTest::newRow("UTF-8 in the target")
        << withRequestLine("GET /\xC3\xA4 HTTP/1.1") << 400
        << u"request target contains a character that is not visible ASCII"_s;
    QTest::newRow("fragment in the target")
        << withRequestLine("GET /a#b HTTP/1.1") << 400 << u"request target contains a fragment"_s;
    QTest::newRow("relative target") << withRequestLine("GET a HTTP/1.1") << 400
                                     << u"request target is neither a path nor an http URL: \"a\""_s;
    QTest::newRow("asterisk as the target") << withRequestLine("OPTIONS * HTTP/1.1") << 400
                                            << u"request target is neither a path nor an http URL: \"*\""_s;
    QTest::newRow("authority as the target")
        << withRequestLine("CONNECT a:80 HTTP/1.1") << 400
        << u"request target is neither a path nor an http URL: \"a:80\""_s;
    QTest::newRow("ftp URL as the target")
        << withRequestLine("GET ftp://a/ HTTP/1.1") << 400
        << u"request target is neither a path nor an http URL: \"ftp://a/\""_s;
    QTest::newRow("http URL without a host")
        << withRequestLine("GET http:///a HTTP/1.1") << 400 << u"request target has no host"_s;
    QTest::newRow("http URL that ends before its host")
        << withRequestLine("GET http:// HTTP/1.1") << 400 << u"request target has no host"_s;

    QTest::newRow("version that is none")
        << withRequestLine("GET / FTP/1.1") << 400 << u"\"FTP/1.1\" is not an HTTP version"_s;
    QTest::newRow("version of another protocol")
        << withRequestLine("GET / HTTQ/1.1") << 400 << u"\"HTTQ/1.1\" is not an HTTP version"_s;
    QTest::newRow("version in lower case")
        << withRequestLine("GET / http/1.1") << 400 << u"\"http/1.1\" is not an HTTP version"_s;
    QTest::newRow("version without minor number")
        << withRequestLine("GET / HTTP/1") << 400 << u"\"HTTP/1\" is not an HTTP version"_s;
    QTest::newRow("version without dot")
        << withRequestLine("GET / HTTP/1x1") << 400 << u"\"HTTP/1x1\" is not an HTTP version"_s;
    QTest::newRow("letter as major version")
        << withRequestLine("GET / HTTP/a.1") << 400 << u"\"HTTP/a.1\" is not an HTTP version"_s;
    QTest::newRow("sign as major version")
        << withRequestLine("GET / HTTP/-.1") << 400 << u"\"HTTP/-.1\" is not an HTTP version"_s;
    QTest::newRow("letter as minor version")
        << withRequestLine("GET / HTTP/1.a") << 400 << u"\"HTTP/1.a\" is not an HTTP version"_s;
    QTest::newRow("space behind the version")
        << withRequestLine("GET / HTTP/1.1 ") << 400 << u"request line does not end with an HTTP version"_s;
    QTest::newRow("no version, but the end of a long target")
        << withRequestLine("GET /a b/c/d/e/f/g") << 400
        << u"request line does not end with an HTTP version"_s;
    QTest::newRow("HTTP/2.0") << withRequestLine("PRI * HTTP/2.0") << 505
                              << u"HTTP version is 2.0 instead of 1.1"_s;
    QTest::newRow("HTTP/1.2") << withRequestLine("GET / HTTP/1.2") << 505
                              << u"HTTP version is 1.2 instead of 1.1"_s;
    QTest::newRow("HTTP/0.9") << withRequestLine("GET / HTTP/0.9") << 505
                              << u"HTTP version is 0.9 instead of 1.1"_s;

    QTest::newRow("bare LF behind the request line") << "GET / HTTP/1.1\nHost: a\r\n\r\n"_ba << 400 << bareLf;
    QTest::newRow("bare LF behind a header") << withHeaders("Host: a\nX: y\r\n") << 400 << bareLf;
    QTest::newRow("bare LF as the blank line") << "GET / HTTP/1.1\r\nHost: a\r\n\n"_ba << 400 << bareLf;
    QTest::newRow("bare CR in the request line") << withRequestLine("GET /\r HTTP/1.1") << 400 << bareCr;
    QTest::newRow("bare CR in a header name") << withHeaders("Ho\rst: a\r\n") << 400 << bareCr;
    QTest::newRow("bare CR in a header value") << withHeaders("Host: a\rX: y\r\n") << 400 << bareCr;
    QTest::newRow("two CR before the LF") << withHeaders("Host: a\r\r\n") << 400 << bareCr;

    QTest::newRow("header line folded with a space") << withHeaders("Host: a\r\n b\r\n") << 400 << folding;
    QTest::newRow("header line folded with a tab") << withHeaders("Host: a\r\n\tb\r\n") << 400 << folding;
    QTest::newRow("first header line begins with a space") << withHeaders(" Host: a\r\n") << 400 << folding;
    QTest::newRow("line of one space") << withHeaders("Host: a\r\n \r\n") << 400 << folding;

    QTest::newRow("space before the colon") << withHeaders("Host : a\r\n") << 400 << colon;
    QTest::newRow("tab before the colon") << withHeaders("Host\t: a\r\n") << 400 << colon;
    QTest::newRow("no colon") << withHeaders("Host a\r\n") << 400
                              << u"header line has no colon: \"Host …\""_s;
    QTest::newRow("empty name") << withHeaders(": a\r\n") << 400 << u"header name is empty"_s;
    QTest::newRow("space in the name")
        << withHeaders("Ho st: a\r\n") << 400 << u"header name contains a space"_s;
    QTest::newRow("NUL in the name") << withHeaders("Ho\0st: a\r\n"_ba) << 400
                                     << u"header name contains a control character"_s;
    QTest::newRow("name that is no token")
        << withHeaders("Ho(st: a\r\n") << 400
        << u"header name contains a character that is not allowed in it, after \"Ho\""_s;
    QTest::newRow("UTF-8 in the name")
        << withHeaders("H\xC3\xB6st: a\r\n") << 400
        << u"header name contains a character that is not allowed in it, after \"H\""_s;
    QTest::newRow("NUL in the value")
        << withHeaders("Host: a\0b\r\n"_ba) << 400 << u"value of header \"Host\" contains NUL"_s;
    QTest::newRow("NUL at the end of the value")
        << withHeaders("Host: a\0\r\n"_ba) << 400 << u"value of header \"Host\" contains NUL"_s;
    QTest::newRow("vertical tab before the value")
        << withHeaders("Host: \va\r\n") << 400 << u"value of header \"Host\" contains a control character"_s;
    QTest::newRow("DEL in the value") << withHeaders("Host: a\x7F\r\n") << 400
                                      << u"value of header \"Host\" contains a control character"_s;
    QTest::newRow("one header too many")
        << withHeaders(headersOfCount(MaxHeaders + 1)) << 431 << u"more than 100 headers"_s;
}

void tst_WsHttpHead::requestIsRefused()
{
    QFETCH(QByteArray, head);
    WsRequestHead request;
    const WsHttpError error = wsParseRequestHead(head, MaxHeaders, &request);
    QVERIFY(error);
    QTEST(error.text, "text");
    QTEST(error.status, "status");
    QVERIFY(error.headers.isEmpty());
}

// The reader leaves no broken head without its answer, and cuts none so that it looks right.
void tst_WsHttpHead::requestIsRefusedByteByByte()
{
    QFETCH(QByteArray, head);
    WsHeadReader reader(MaxSize);
    QCOMPARE(receiveByteByByte(&reader, head), Result::Complete);
    WsRequestHead request;
    const WsHttpError error = wsParseRequestHead(reader.head(), MaxHeaders, &request);
    QTEST(error.text, "text");
    QTEST(error.status, "status");
}

// CVE-2024-37890 (ws).
void tst_WsHttpHead::requestMayHaveMaxHeaders()
{
    WsRequestHead request;
    QVERIFY(!wsParseRequestHead(withHeaders(headersOfCount(MaxHeaders)), MaxHeaders, &request));
    QCOMPARE(request.headers.size(), MaxHeaders);
}

void tst_WsHttpHead::requestResultIsReplaced()
{
    WsRequestHead request;
    QVERIFY(!wsParseRequestHead("POST /a HTTP/1.0\r\nA: b\r\n\r\n"_ba, MaxHeaders, &request));
    QVERIFY(!wsParseRequestHead("GET / HTTP/1.1\r\nC: d\r\n\r\n"_ba, MaxHeaders, &request));
    QCOMPARE(request.method, "GET"_ba);
    QCOMPARE(request.minorVersion, 1);
    QCOMPARE(request.headers, (WsHeaders{{"C", "d"}}));
}

void tst_WsHttpHead::everyBeginningOfRequestIsRefused()
{
    const QByteArray head = withHeaders("Host: example.com\r\nUpgrade: websocket\r\n");
    WsRequestHead request;
    for (qsizetype size = 0; size < head.size(); ++size)
        QCOMPARE(wsParseRequestHead(head.first(size), MaxHeaders, &request).status, 400);
    const WsHttpError error = wsParseRequestHead(head.chopped(2), MaxHeaders, &request);
    QCOMPARE(error.text, u"head does not end with a blank line"_s);
}

void tst_WsHttpHead::everyByteOfHeaderNameIsCheckedAgainstTheTokenRule()
{
    for (int byte = 0; byte < 256; ++byte) {
        const char c = char(byte);
        const QByteArray name = QByteArray("a") + c + 'b';
        QCOMPARE(wsIsToken(name), isTokenByte(c));
        WsRequestHead request;
        // A colon ends the name.
        const bool isAccepted = isTokenByte(c) || c == ':';
        QCOMPARE(wsParseRequestHead(withHeaders(name + ": x\r\n"), MaxHeaders, &request).status,
                 isAccepted ? 0 : 400);
    }
}

void tst_WsHttpHead::everyByteOfHeaderValueIsChecked()
{
    for (int byte = 0; byte < 256; ++byte) {
        const QByteArray value = QByteArray("a") + char(byte) + 'b';
        const bool isAllowed = byte == '\t' || (byte >= 0x20 && byte != 0x7F);
        QCOMPARE(wsIsFieldValue(value), isAllowed);
        WsRequestHead request;
        const WsHttpError error =
            wsParseRequestHead(withHeaders("X: " + value + "\r\n"), MaxHeaders, &request);
        QCOMPARE(error.status, isAllowed ? 0 : 400);
        if (isAllowed)
            QCOMPARE(request.headers.first().second, value);
    }
}

void tst_WsHttpHead::everyByteOfTargetIsChecked()
{
    for (int byte = 0; byte < 256; ++byte) {
        const QByteArray target = QByteArray("/a") + char(byte) + 'b';
        const bool isVisible = byte > 0x20 && byte < 0x7F;
        QCOMPARE(wsIsRequestTarget(target), isVisible);
        WsRequestHead request;
        const QByteArray head = withRequestLine("GET " + target + " HTTP/1.1");
        QCOMPARE(wsParseRequestHead(head, MaxHeaders, &request).status, isVisible && byte != '#' ? 0 : 400);
    }
}

void tst_WsHttpHead::everyByteOfMethodIsChecked()
{
    for (int byte = 0; byte < 256; ++byte) {
        WsRequestHead request;
        const QByteArray head = withRequestLine(QByteArray("A") + char(byte) + "B / HTTP/1.1");
        QCOMPARE(wsParseRequestHead(head, MaxHeaders, &request).status, isTokenByte(char(byte)) ? 0 : 400);
    }
}

void tst_WsHttpHead::absoluteTargetReplacesHost()
{
    WsRequestHead request;
    const QByteArray head = "GET http://real.example:81/a HTTP/1.1\r\nX: y\r\nhost: other.example\r\n\r\n";
    QVERIFY(!wsParseRequestHead(head, MaxHeaders, &request));
    QCOMPARE(request.target, "/a"_ba);
    QCOMPARE(request.headers, (WsHeaders{{"X", "y"}, {"host", "real.example:81"}}));
}

void tst_WsHttpHead::pathLeavesHostAlone()
{
    WsRequestHead request;
    QVERIFY(!wsParseRequestHead("GET /http://a/ HTTP/1.1\r\nHost: b\r\n\r\n"_ba, MaxHeaders, &request));
    QCOMPARE(request.target, "/http://a/"_ba);
    QCOMPARE(wsHeader(request.headers, "Host"), "b"_ba);
}

void tst_WsHttpHead::responseIsParsed_data()
{
    QTest::addColumn<QByteArray>("head");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("reason");
    QTest::addColumn<int>("minorVersion");
    QTest::newRow("acceptance") << withStatusLine("HTTP/1.1 101 Switching Protocols") << 101
                                << "Switching Protocols"_ba << 1;
    QTest::newRow("HTTP/1.0") << withStatusLine("HTTP/1.0 200 OK") << 200 << "OK"_ba << 0;
    QTest::newRow("empty reason") << withStatusLine("HTTP/1.1 404 ") << 404 << ""_ba << 1;
    QTest::newRow("no space before an empty reason") << withStatusLine("HTTP/1.1 404") << 404 << ""_ba << 1;
    QTest::newRow("reason in UTF-8") << withStatusLine("HTTP/1.1 403 \xC3\xA4") << 403 << "\xC3\xA4"_ba << 1;
    QTest::newRow("white space between the words")
        << withStatusLine(" HTTP/1.1 \t101  a  b ") << 101 << "a  b"_ba << 1;
    QTest::newRow("HTTP/1.2") << withStatusLine("HTTP/1.2 101 x") << 101 << "x"_ba << 1;
    QTest::newRow("unknown status") << withStatusLine("HTTP/1.1 999 x") << 999 << "x"_ba << 1;
}

void tst_WsHttpHead::responseIsParsed()
{
    QFETCH(QByteArray, head);
    WsResponseHead response;
    QCOMPARE(wsParseResponseHead(head, MaxHeaders, &response), QString());
    QTEST(response.status, "status");
    QTEST(response.reason, "reason");
    QTEST(response.minorVersion, "minorVersion");
    QCOMPARE(response.headers, (WsHeaders{{"Upgrade", "websocket"}}));
}

void tst_WsHttpHead::responseIsParsedAlikeAtEverySplit()
{
    QFETCH(QByteArray, head);
    for (qsizetype split = 0; split <= head.size(); ++split) {
        WsHeadReader reader(head.size());
        reader.receive(head.first(split));
        QCOMPARE(reader.receive(head.sliced(split)), Result::Complete);
        WsResponseHead response;
        QCOMPARE(wsParseResponseHead(reader.head(), MaxHeaders, &response), QString());
        QTEST(response.status, "status");
        QTEST(response.reason, "reason");
    }
    WsHeadReader reader(head.size());
    QCOMPARE(receiveByteByByte(&reader, head), Result::Complete);
    QCOMPARE(reader.head().toByteArray(), head);
}

void tst_WsHttpHead::responseMayBeSloppy_data()
{
    QTest::addColumn<QByteArray>("startLine"); // with its end; FIRST stands for the words of a first line
    QTest::addColumn<QByteArray>("lines");
    QTest::addColumn<WsHeaders>("headers");
    const auto row = [](const char *name, const QByteArray &startLine, const QByteArray &lines,
                        const WsHeaders &headers) { QTest::newRow(name) << startLine << lines << headers; };
    const QByteArray first = "FIRST\r\n";
    row("bare LF behind the first line", "FIRST\n", "A: b\r\n\r\n", {{"A", "b"}});
    row("bare LF before the first line", "\nFIRST\r\n", "A: b\r\n\r\n", {{"A", "b"}});
    row("bare LF everywhere", "FIRST\n", "A: b\nC: d\n\n", {{"A", "b"}, {"C", "d"}});
    row("folded with a space", first, "A: b\r\n c\r\n\r\n", {{"A", "b c"}});
    row("folded with much white space", first, "A: b \r\n \t  c \t\r\nD: e\r\n\r\n",
        {{"A", "b c"}, {"D", "e"}});
    row("folded several times", first, "A: b\r\n c\r\n\td\r\n\r\n", {{"A", "b c d"}});
    row("folded behind an empty value", first, "A:\r\n b\r\n\r\n", {{"A", "b"}});
    row("folded with a bare LF", first, "A: b\n c\n\n", {{"A", "b c"}});
    row("folded line with a colon", first, "A: b\r\n C: d\r\n\r\n", {{"A", "b C: d"}});
    row("folded line without text", first, "A: b\r\n \r\n\r\n", {{"A", "b"}});
    row("white space before the first header", first, " A: b\r\nC: d\r\n\r\n", {{"C", "d"}});
    row("space before the colon", first, "A : b\r\n\r\n", {{"A", "b"}});
    row("tab before the colon", first, "A\t: b\r\n\r\n", {{"A", "b"}});
}

void tst_WsHttpHead::responseMayBeSloppy()
{
    QFETCH(QByteArray, startLine);
    QFETCH(const QByteArray, lines);
    WsResponseHead response;
    const QByteArray head = startLine.replace("FIRST", "HTTP/1.1 101 Switching Protocols") + lines;
    QCOMPARE(wsParseResponseHead(head, MaxHeaders, &response), QString());
    QCOMPARE(response.status, 101);
    QTEST(response.headers, "headers");
    WsHeadReader reader(MaxSize);
    QCOMPARE(receiveByteByByte(&reader, head), Result::Complete);
    QCOMPARE(reader.head().toByteArray(), head);
}

// What one reader takes for another header than the next one does lets requests be smuggled.
void tst_WsHttpHead::requestMustNotBeSloppy()
{
    QFETCH(QByteArray, startLine);
    QFETCH(const QByteArray, lines);
    WsRequestHead request;
    const QByteArray head = startLine.replace("FIRST", "GET / HTTP/1.1") + lines;
    QCOMPARE(wsParseRequestHead(head, MaxHeaders, &request).status, 400);
}

void tst_WsHttpHead::responseIsRefused_data()
{
    QTest::addColumn<QByteArray>("head");
    QTest::addColumn<QString>("text");
    const QString noStatus = u"status line has no status of three digits"_s;
    QTest::newRow("no status line") << withStatusLine("SSH-2.0-OpenSSH")
                                    << u"answer does not begin with an HTTP status line"_s;
    QTest::newRow("another protocol")
        << withStatusLine("RTSP/1.0 200 OK") << u"\"RTSP/1.0\" is not an HTTP version"_s;
    QTest::newRow("HTTP/2.0") << withStatusLine("HTTP/2.0 200 OK") << u"HTTP version is 2.0 instead of 1.1"_s;
    QTest::newRow("no status") << withStatusLine("HTTP/1.1 ") << noStatus;
    QTest::newRow("status of two digits") << withStatusLine("HTTP/1.1 99 x") << noStatus;
    QTest::newRow("status of four digits") << withStatusLine("HTTP/1.1 1010 x") << noStatus;
    QTest::newRow("status that begins with 0") << withStatusLine("HTTP/1.1 099 x") << noStatus;
    QTest::newRow("letter as the first digit") << withStatusLine("HTTP/1.1 a00 x") << noStatus;
    QTest::newRow("letter as the second digit") << withStatusLine("HTTP/1.1 1a0 x") << noStatus;
    QTest::newRow("letter as the third digit") << withStatusLine("HTTP/1.1 10a x") << noStatus;
    QTest::newRow("NUL in the reason") << withStatusLine("HTTP/1.1 101 a\0b"_ba)
                                       << u"reason of the status line contains a control character"_s;
    QTest::newRow("bare CR in the status line")
        << "HTTP/1.1 101 a\rX: y\r\n\r\n"_ba << u"line contains a bare CR"_s;
    QTest::newRow("two CR before the LF") << "HTTP/1.1 101 a\r\r\n\r\n"_ba << u"line contains a bare CR"_s;
    QTest::newRow("bare CR in white space before the first header")
        << "HTTP/1.1 101 a\r\n \rX: y\r\n\r\n"_ba << u"line contains a bare CR"_s;
    QTest::newRow("NUL in a folded line")
        << "HTTP/1.1 101 a\r\nX: y\r\n \0z\r\n\r\n"_ba << u"value of header \"X\" contains NUL"_s;
    QTest::newRow("white space instead of a name")
        << "HTTP/1.1 101 a\r\n: y\r\n\r\n"_ba << u"header name is empty"_s;
    QTest::newRow("header without colon")
        << "HTTP/1.1 101 a\r\nX\r\n\r\n"_ba << u"header line has no colon: \"X\""_s;
    QTest::newRow("too many headers") << "HTTP/1.1 101 a\r\n" + headersOfCount(MaxHeaders + 1) + "\r\n"
                                      << u"more than 100 headers"_s;
}

void tst_WsHttpHead::responseIsRefused()
{
    QFETCH(QByteArray, head);
    WsResponseHead response;
    QTEST(wsParseResponseHead(head, MaxHeaders, &response), "text");
}

void tst_WsHttpHead::everyBeginningOfResponseIsRefused()
{
    const QByteArray head = withStatusLine("HTTP/1.1 101 Switching Protocols");
    WsResponseHead response;
    for (qsizetype size = 0; size < head.size(); ++size)
        QVERIFY(!wsParseResponseHead(head.first(size), MaxHeaders, &response).isEmpty());
}

void tst_WsHttpHead::headerIsFoundWhateverItsCase()
{
    const WsHeaders headers = {{"Hos", "no"}, {"hOST", "first"}, {"Host", "second"}};
    QCOMPARE(wsHeader(headers, "Host"), "first"_ba);
    QCOMPARE(wsHeader(headers, "HOST"), "first"_ba);
}

void tst_WsHttpHead::headerIsNullOnlyWhereThereIsNone()
{
    WsRequestHead request;
    QVERIFY(!wsParseRequestHead(withHeaders("A:\r\n"), MaxHeaders, &request));
    QVERIFY(wsHeader(request.headers, "A").isEmpty());
    QVERIFY(!wsHeader(request.headers, "A").isNull());
    QVERIFY(wsHeader(request.headers, "B").isNull());
}

void tst_WsHttpHead::headersAreCounted()
{
    const WsHeaders headers = {{"A", "1"}, {"B", "2"}, {"a", "3"}};
    QCOMPARE(wsHeaderCount(headers, "A"), 2);
    QCOMPARE(wsHeaderCount(headers, "b"), 1);
    QCOMPARE(wsHeaderCount(headers, "c"), 0);
}

void tst_WsHttpHead::headerListIsSplit_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QList<QByteArray>>("elements");
    using List = QList<QByteArray>;
    QTest::newRow("one element") << "a"_ba << List{"a"};
    QTest::newRow("several elements") << "a,b, c ,\td\t"_ba << List{"a", "b", "c", "d"};
    QTest::newRow("empty elements are ignored") << ",a,, ,b,"_ba << List{"a", "b"};
    QTest::newRow("nothing but commas") << ",, ,"_ba << List{};
    QTest::newRow("empty value") << ""_ba << List{};
    QTest::newRow("element with parameters") << "a; b=1; c, d"_ba << List{"a; b=1; c", "d"};
    QTest::newRow("comma in a quoted string") << "a; b=\"1,2\", c"_ba << List{"a; b=\"1,2\"", "c"};
    QTest::newRow("escaped quotation mark") << "a=\"\\\",\", c"_ba << List{"a=\"\\\",\"", "c"};
    QTest::newRow("backslash outside of quotation marks") << "a\\,b"_ba << List{"a\\", "b"};
    QTest::newRow("quoted string without an end") << "a=\"b, c\\"_ba << List{"a=\"b, c\\"};
}

void tst_WsHttpHead::headerListIsSplit()
{
    QFETCH(QByteArray, value);
    QTEST(wsHeaderList({{"X", value}}, "x"), "elements");
}

void tst_WsHttpHead::headerListJoinsAllHeadersOfItsName()
{
    const WsHeaders headers = {{"X", "a, b"}, {"Y", "no"}, {"x", "c"}};
    QCOMPARE(wsHeaderList(headers, "X"), (QList<QByteArray>{"a", "b", "c"}));
}

void tst_WsHttpHead::headerListContainsTokenWhateverItsCase()
{
    const WsHeaders headers = {{"Connection", "keep-alive, UpGrade"}};
    QVERIFY(wsHeaderListContains(headers, "connection", "Upgrade"));
    QVERIFY(!wsHeaderListContains(headers, "connection", "Up"));
    QVERIFY(!wsHeaderListContains(headers, "connection", "keep-alive, Upgrade"));
    QVERIFY(!wsHeaderListContains(headers, "Upgrade", "Upgrade"));
}

void tst_WsHttpHead::namesAreTheSameWhateverTheirCase()
{
    QVERIFY(wsIsSameName("Host", "hOST"));
    QVERIFY(!wsIsSameName("Host", "Hos"));
    QVERIFY(!wsIsSameName("Host", "Hosz"));
}

void tst_WsHttpHead::tokenIsNotEmpty()
{
    QVERIFY(!wsIsToken(""));
    QVERIFY(wsIsToken("a"));
}

void tst_WsHttpHead::targetIsNotEmpty()
{
    QVERIFY(!wsIsRequestTarget(""));
    QVERIFY(wsIsRequestTarget("/"));
}

void tst_WsHttpHead::headerIsChecked_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QString>("text");
    QTest::newRow("right") << "X-A"_ba
                           << "b\tc"_ba << QString();
    QTest::newRow("empty value") << "X-A"_ba
                                 << ""_ba << QString();
    QTest::newRow("empty name") << ""_ba
                                << "b"_ba << u"header name is empty"_s;
    QTest::newRow("space in the name") << "X A"_ba
                                       << "b"_ba << u"header name contains a space"_s;
    QTest::newRow("LF in the name") << "X\nA"_ba
                                    << "b"_ba << u"header name contains a control character"_s;
    QTest::newRow("colon in the name")
        << "X:"_ba
        << "b"_ba << u"header name contains a character that is not allowed in it, after \"X\""_s;
    QTest::newRow("CR in the value") << "X"_ba
                                     << "a\rb"_ba << u"value of header \"X\" contains CR"_s;
    QTest::newRow("LF in the value") << "X"_ba
                                     << "a\nb"_ba << u"value of header \"X\" contains LF"_s;
    QTest::newRow("NUL in the value") << "X"_ba
                                      << "a\0b"_ba << u"value of header \"X\" contains NUL"_s;
    QTest::newRow("escape in the value")
        << "X"_ba
        << "a\x1B[0m"_ba << u"value of header \"X\" contains a control character"_s;
}

void tst_WsHttpHead::headerIsChecked()
{
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, value);
    QTEST(wsCheckHeader(name, value), "text");
}

void tst_WsHttpHead::quotedTextIsCutAndPrintable()
{
    QCOMPARE(wsQuoted("a b"), u"\"a b\""_s);
    QCOMPARE(wsQuoted(""), u"\"\""_s);
    QCOMPARE(wsQuoted("a\x1B\nb"), u"\"a\uFFFD\uFFFDb\""_s);
    QCOMPARE(wsQuoted(QByteArray(100, 'x')), u'"' + QString(100, u'x') + u'"');
    QCOMPARE(wsQuoted(QByteArray(101, 'x')), u'"' + QString(100, u'x') + u"…\""_s);
}

void tst_WsHttpHead::quotedTextHasNoSecrets_data()
{
    QTest::addColumn<QByteArray>("head");
    QTest::addColumn<QString>("shown");
    const auto row = [](const QByteArray &head, const QString &shown) {
        QTest::newRow(head.constData()) << head + "\r\n\r\n" << shown;
    };
    row("GET ws://x/?token=SECRET HTTP/1.1", u"\"ws://x/\""_s);
    row("GET ws://user:SECRET@x/a@b HTTP/1.1", u"\"ws://x/a@b\""_s);
    row("CONNECT user:SECRET@x:80 HTTP/1.1", u"\"x:80\""_s);
    row("GET chat?token=SECRET HTTP/1.1", u"\"chat\""_s);
    row("GET / ?token=SECRET", u"version"_s);
    row("Authorization: Bearer SECRET", u"method"_s);
    row("GET x SECRET", u"version"_s);
    row("GET /?token=SECRET", u"request line"_s);
    row("GET / HTTP/1.1\r\nAuthorization Bearer SECRET", u"\"Authorization …\""_s);
    row("GET / HTTP/1.1\r\nAuthorization\tSECRET", u"\"Authorization …\""_s);
    row("GET / HTTP/1.1\r\nCookie=SECRET:x", u"after \"Cookie\""_s);
    row("GET / HTTP/1.1\r\nCookie: SECRET\x01", u"\"Cookie\""_s);
}

void tst_WsHttpHead::quotedTextHasNoSecrets()
{
    QFETCH(QByteArray, head);
    QFETCH(QString, shown);
    WsRequestHead request;
    const QString text = wsParseRequestHead(head, MaxHeaders, &request).text;
    QVERIFY2(!text.contains(u"SECRET"_s) && text.contains(shown), qPrintable(text));
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(tst_WsHttpHead)

#include "tst_wshttphead.moc"
