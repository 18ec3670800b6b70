// SPDX-License-Identifier: MIT
#include "redis/wsredisreader.h"

#include <QtTest/qtest.h>

#include <limits>

using namespace Qt::StringLiterals;

class TestWsRedisReader : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void repliesAreReadAtEverySplit_data();
    void repliesAreReadAtEverySplit();
    void otherRepliesAreRefusedAtEverySplit_data();
    void otherRepliesAreRefusedAtEverySplit();
    void sizeIsRefusedBeforeTheTextArrives();
    void textsOfAReplyCountTogether();
    void nothingIsReadAfterAnError();
};

namespace {
constexpr qint64 MaxText = 20;

QString described(const WsRedisReply &reply)
{
    static const char *const types[] = {"status ", "error ", "", "'", "array"};
    QString text = QString::fromLatin1(types[int(reply.type)]);
    if (reply.type == WsRedisReply::Type::Number)
        text += QString::number(reply.number);
    else
        text += QString::fromUtf8(reply.text);
    for (const WsRedisReply &part : reply.parts)
        text += u' ' + described(part);
    return text;
}

// What comes of \a data, which arrives in two pieces.
struct Result
{
    explicit Result(const QByteArray &data, qsizetype split, qint64 maxText = MaxText)
    {
        WsRedisReader reader(maxText);
        for (const QByteArray &piece : {data.left(split), data.mid(split)}) {
            reader.feed(piece);
            while (const auto reply = reader.next())
                replies.append(described(*reply));
        }
        if (reader.error())
            error = reader.error()->text();
    }
    QStringList replies;
    QString error;
};
} // namespace

void TestWsRedisReader::repliesAreReadAtEverySplit_data()
{
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<QStringList>("replies");
    QTest::newRow("status") << QByteArray("+PONG\r\n") << QStringList(u"status PONG"_s);
    QTest::newRow("error") << QByteArray("-ERR no\r\n") << QStringList(u"error ERR no"_s);
    QTest::newRow("number") << QByteArray(":-12\r\n") << QStringList(u"-12"_s);
    QTest::newRow("empty text") << QByteArray("$0\r\n\r\n") << QStringList(u"'"_s);
    QTest::newRow("text with a line end") << QByteArray("$4\r\na\r\nb\r\n") << QStringList(u"'a\r\nb"_s);
    QTest::newRow("message") << QByteArray("*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n")
                             << QStringList(u"array 'message 'c 'hi"_s);
    QTest::newRow("several") << QByteArray(":1\r\n*2\r\n$4\r\npong\r\n$0\r\n\r\n+OK\r\n")
                             << QStringList({u"1"_s, u"array 'pong '"_s, u"status OK"_s});
    QTest::newRow("largest text") << QByteArray("$20\r\n12345678901234567890\r\n")
                                  << QStringList(u"'12345678901234567890"_s);
}

void TestWsRedisReader::repliesAreReadAtEverySplit()
{
    QFETCH(const QByteArray, data);
    QFETCH(const QStringList, replies);
    for (qsizetype split = 0; split <= data.size(); ++split) {
        const Result result(data, split);
        QCOMPARE(result.replies, replies);
        QCOMPARE(result.error, QString());
    }
}

void TestWsRedisReader::otherRepliesAreRefusedAtEverySplit_data()
{
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<QString>("error");
    const auto row = [](const char *name, const QByteArray &data, const char *error) {
        QTest::newRow(name) << data << QString::fromLatin1(error);
    };
    row("empty array", "*0\r\n", "unexpected reply");
    row("null array", "*-1\r\n", "unexpected reply");
    row("null text", "$-1\r\n", "unexpected reply");
    row("four parts", "*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n", "unexpected reply");
    row("many parts", "*2000000000\r\n", "unexpected reply");
    row("nested array", "*1\r\n*1\r\n:1\r\n", "unexpected reply");
    row("null part", "*2\r\n$4\r\npong\r\n$-1\r\n", "unexpected reply");
    row("status as a part", "*1\r\n+OK\r\n", "unexpected reply");
    row("error as a part", "*1\r\n-ERR\r\n", "unexpected reply");
    row("HTTP", "HTTP/1.1 400 Bad Request\r\n", "something else");
    row("no size", "$\r\n\r\nx\r\n", "something else");
    row("zero byte", QByteArray("\0", 1), "something else");
    row("too large text", "$21\r\n123456789012345678901\r\n", "larger than maxMessageSize");
    row("too large error", "-ERR 12345678901234567\r\n", "larger than maxMessageSize");
    row("endless line", '+' + QByteArray(40'000, 'x'), "line that is too long");
    row("endless line with half an end", "+\r" + QByteArray(10, 'x'), "line that is too long");
}

void TestWsRedisReader::otherRepliesAreRefusedAtEverySplit()
{
    QFETCH(const QByteArray, data);
    QFETCH(const QString, error);
    for (qsizetype split = 0; split <= qMin<qsizetype>(data.size(), 100); ++split) {
        const Result result(data, split);
        QCOMPARE(result.replies, QStringList());
        QVERIFY2(result.error.contains(error), qPrintable(result.error));
    }
}

void TestWsRedisReader::sizeIsRefusedBeforeTheTextArrives()
{
    for (const QByteArray data :
         {"$1000\r\n", "$9223372036854775807\r\n", "*3\r\n$7\r\nmessage\r\n$14\r\n"}) {
        const Result result(data, data.size());
        QVERIFY2(result.error.contains(u"larger than maxMessageSize"_s), data.constData());
    }
    const Result largest("$1073741825\r\n", 3, std::numeric_limits<qint64>::max());
    QVERIFY(largest.error.contains(u"larger than maxMessageSize"_s)); // whatever is allowed
}

void TestWsRedisReader::textsOfAReplyCountTogether()
{
    const Result fits("*2\r\n$10\r\n1234567890\r\n$10\r\n1234567890\r\n*1\r\n$1\r\nx\r\n", 20);
    QCOMPARE(fits.replies.size(), 2);
    const Result isTooLarge("*2\r\n$10\r\n1234567890\r\n$11\r\n12345678901\r\n", 20);
    QVERIFY(isTooLarge.error.contains(u"larger than maxMessageSize"_s));
}

void TestWsRedisReader::nothingIsReadAfterAnError()
{
    const Result result("+OK\r\n*0\r\n+OK\r\n", 5);
    QCOMPARE(result.replies, QStringList(u"status OK"_s));
    QVERIFY(result.error.contains(u"unexpected reply"_s));
}

QTEST_APPLESS_MAIN(TestWsRedisReader)
#include "tst_wsredisreader.moc"
