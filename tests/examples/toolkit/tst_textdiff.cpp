// SPDX-License-Identifier: MIT

#include "jsontext.h"
#include "textdiff.h"

#include <QtCore/QRandomGenerator>
#include <QtTest/QtTest>

using namespace Qt::StringLiterals;
using Kind = DiffLine::Kind;

namespace {
// "-a" and "+a" for each difference, " a" for each line that stays.
QString shown(const QList<DiffLine> &lines)
{
    static constexpr char16_t signs[] = {u' ', u'-', u'+'};
    QStringList texts;
    for (const DiffLine &line : lines)
        texts.append(QChar(signs[size_t(line.kind)]) + line.text);
    return texts.join(u' ');
}

QStringList side(const QList<DiffLine> &lines, Kind other)
{
    QStringList texts;
    for (const DiffLine &line : lines) {
        if (line.kind != other)
            texts.append(line.text);
    }
    return texts;
}

qsizetype editCount(const QList<DiffLine> &lines)
{
    return std::count_if(lines.cbegin(), lines.cend(),
                         [](const DiffLine &line) { return line.kind != Kind::Same; });
}

// The textbook's, in a table.
qsizetype leastEdits(const QStringList &a, const QStringList &b)
{
    QList<QList<qsizetype>> common(a.size() + 1, QList<qsizetype>(b.size() + 1, 0));
    for (qsizetype i = 0; i < a.size(); ++i) {
        for (qsizetype j = 0; j < b.size(); ++j)
            common[i + 1][j + 1] =
                a.at(i) == b.at(j) ? common[i][j] + 1 : qMax(common[i][j + 1], common[i + 1][j]);
    }
    return a.size() + b.size() - 2 * common[a.size()][b.size()];
}
} // namespace

class tst_TextDiff : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void linesAreCompared_data();
    void linesAreCompared();
    void anyTwoTextsDifferInAsFewLinesAsPossible();
    void manyDifferencesAreOne();
    void messagesAreCompared_data();
    void messagesAreCompared();
    void deeplyNestedJsonGrowsLittle();
    void unifiedFormat();
    void unifiedFormatOfNoDifferenceIsEmpty();
};

void tst_TextDiff::linesAreCompared_data()
{
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("after");
    QTest::addColumn<QString>("expected");
    QTest::newRow("both empty") << u""_s << u""_s << u""_s;
    QTest::newRow("same") << u"a\nb"_s << u"a\nb"_s << u" a  b"_s;
    QTest::newRow("added") << u"a\nc"_s << u"a\nb\nc"_s << u" a +b  c"_s;
    QTest::newRow("removed") << u"a\nb\nc"_s << u"a\nc"_s << u" a -b  c"_s;
    QTest::newRow("changed") << u"a\nb\nc"_s << u"a\nx\nc"_s << u" a -b +x  c"_s;
    QTest::newRow("all") << u"a"_s << u"b"_s << u"-a +b"_s;
    QTest::newRow("from nothing") << u""_s << u"a\nb"_s << u"+a +b"_s;
    QTest::newRow("to nothing") << u"a\nb"_s << u""_s << u"-a -b"_s;
    QTest::newRow("two places") << u"a\nb\nc\nd\ne"_s << u"b\nc\nx\nd\nf"_s << u"-a  b  c +x  d -e +f"_s;
}

void tst_TextDiff::linesAreCompared()
{
    QFETCH(const QString, before);
    QFETCH(const QString, after);
    QFETCH(const QString, expected);
    QCOMPARE(shown(diffLines(before, after)), expected);
}

void tst_TextDiff::anyTwoTextsDifferInAsFewLinesAsPossible()
{
    QRandomGenerator random(1);
    for (int round = 0; round < 500; ++round) {
        QStringList a;
        QStringList b;
        for (QStringList *lines : {&a, &b}) {
            for (int i = random.bounded(12); i > 0; --i)
                lines->append(QString(QChar(u'a' + char16_t(random.bounded(4)))));
        }
        const QList<DiffLine> lines = diffLines(a.join(u'\n'), b.join(u'\n'));
        QCOMPARE(side(lines, Kind::Added), a);
        QCOMPARE(side(lines, Kind::Removed), b);
        QCOMPARE(editCount(lines), leastEdits(a, b));
    }
}

void tst_TextDiff::manyDifferencesAreOne()
{
    QStringList a{u"begin"_s};
    QStringList b{u"begin"_s};
    for (int i = 0; i < 2000; ++i) {
        a.append(u"a%1"_s.arg(i));
        b.append(u"b%1"_s.arg(i));
    }
    const QList<DiffLine> lines = diffLines(a.join(u'\n'), b.join(u'\n'));
    QCOMPARE(side(lines, Kind::Added), a);
    QCOMPARE(side(lines, Kind::Removed), b);
    QCOMPARE(lines.at(0).kind, Kind::Same);
}

void tst_TextDiff::messagesAreCompared_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::addColumn<QString>("expected");
    QTest::newRow("JSON of another form")
        << QByteArray(R"({"a":1,"b":[2]})") << QByteArray(R"({ "b" : [ 2 ], "a":1 })")
        << u" {    \"a\": 1,    \"b\": [      2    ]  }"_s;
    QTest::newRow("JSON") << QByteArray(R"({"a":1,"b":2})") << QByteArray(R"({"b":3,"a":1})")
                          << u" {    \"a\": 1, -  \"b\": 2 +  \"b\": 3  }"_s;
    QTest::newRow("JSON and text") << QByteArray("1") << QByteArray("one") << u"-1 +one"_s;
    QTest::newRow("binary") << QByteArray("\xff") << QByteArray("\xfe")
                            << u"-00000000  ff                                                |.| "
                               u"+00000000  fe                                                |.|"_s;
}

void tst_TextDiff::messagesAreCompared()
{
    QFETCH(const QByteArray, before);
    QFETCH(const QByteArray, after);
    QFETCH(const QString, expected);
    QCOMPARE(shown(diffMessages(before, after)).simplified(), expected.simplified());
}

void tst_TextDiff::deeplyNestedJsonGrowsLittle()
{
    QByteArray numbers = "1";
    for (int i = 0; i < 10'000; ++i)
        numbers += ",1";
    const QByteArray json = QByteArray(1000, '[') + numbers + QByteArray(1000, ']');
    QVERIFY(!checkJson(json));
    QVERIFY(indentedJson(json).size() < 30 * json.size());
    QCOMPARE(indentedJson("[[[1]]]"), QByteArray("[\n  [\n    [\n      1\n    ]\n  ]\n]"));
}

void tst_TextDiff::unifiedFormat()
{
    const QString before = u"1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12"_s;
    const QString after = u"1\n2\nx\n4\n5\n6\n7\n8\n9\n10\n12\n13"_s;
    QCOMPARE(unifiedDiff(diffLines(before, after), 2), u"@@ -1,5 +1,5 @@\n 1\n 2\n-3\n+x\n 4\n 5\n"
                                                       u"@@ -9,4 +9,4 @@\n 9\n 10\n-11\n 12\n+13\n"_s);
    QCOMPARE(unifiedDiff(diffLines({}, u"a"_s)), u"@@ -0,0 +1,1 @@\n+a\n"_s);
}

void tst_TextDiff::unifiedFormatOfNoDifferenceIsEmpty()
{
    QCOMPARE(unifiedDiff(diffLines(u"a\nb"_s, u"a\nb"_s)), QString());
}

#include "tst_textdiff.moc"

#include "../../testprogram.h"

WSKIT_APPLESS_TEST(tst_TextDiff)
