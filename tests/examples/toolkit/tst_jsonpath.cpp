// SPDX-License-Identifier: MIT

#include "jsonpath.h"
#include "jsontext.h"

#include <QtTest/QtTest>

using namespace Qt::StringLiterals;

class tst_JsonPath : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void selects_data();
    void selects();
    void problemQuotesTheExpression_data();
    void problemQuotesTheExpression();
    void deepJsonIsSelectedFrom();
    void resultIsLimited();
    void membersAreSorted_data();
    void membersAreSorted();
};

void tst_JsonPath::selects_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QByteArray>("expected"); // one value a line
    const QByteArray json =
        R"( {"b":[10, {"name":"x","k.1":2}, [30]] , "a":{"b":1.50,"name":{"name":null}}} )";
    const auto row = [&](const char *path, const QByteArray &expected) {
        QTest::newRow(path) << QString::fromUtf8(path) << json << expected;
    };
    row("$", json.trimmed());
    row("$.b[0]", "10");
    row("$.b[1].name", "\"x\"");
    row("b[1].name", "\"x\"");
    row(".a.b", "1.50"); // the digits stay
    row("$['a']['b']", "1.50");
    row("$.b[1]['k.1']", "2");
    row("$.b[*]", "10\n{\"name\":\"x\",\"k.1\":2}\n[30]");
    row("$.b[*][*]", "\"x\"\n2\n30");
    row("$.a.*", "1.50\n{\"name\":null}");
    row("$..name", "\"x\"\n{\"name\":null}\nnull");
    row("$..[0]", "10\n30");
    row("$..b", "[10, {\"name\":\"x\",\"k.1\":2}, [30]]\n1.50");
    row("$..['name']", "\"x\"\n{\"name\":null}\nnull");
    row("$.none", "");
    row("$.b.name", "");
    row("$.a[0]", "");
    row("$.b[9]", "");
    QTest::newRow("escaped member") << u"$['\u00e4']"_s << QByteArray(R"({"\u00e4":1})") << QByteArray("1");
    QTest::newRow("escaped quotation mark")
        << u"$['it\\'s']"_s << QByteArray(R"({"it's":1})") << QByteArray("1");
    QTest::newRow("brackets in a string") << u"$[1]"_s << QByteArray(R"(["],[\"",2])") << QByteArray("2");
    QTest::newRow("scalar") << u"$"_s << QByteArray("true") << QByteArray("true");
    QTest::newRow("in a scalar") << u"$.a"_s << QByteArray("\"a\"") << QByteArray();
    QTest::newRow("empty object") << u"$..a"_s << QByteArray("{}") << QByteArray();
}

void tst_JsonPath::selects()
{
    QFETCH(const QString, path);
    QFETCH(const QByteArray, json);
    QFETCH(const QByteArray, expected);
    QVERIFY(!checkJson(json));
    const JsonPath jsonPath(path);
    QCOMPARE(jsonPath.problem(), QString());
    QByteArrayList selected;
    for (const QByteArrayView value : jsonPath.select(json))
        selected.append(value.toByteArray());
    QCOMPARE(selected.join('\n'), expected);
}

void tst_JsonPath::problemQuotesTheExpression_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("problem");
    QTest::newRow("empty") << u""_s << u"the path is empty"_s;
    QTest::newRow("no name") << u"$."_s << u"“$.”: a name is expected at “”"_s;
    QTest::newRow("three dots") << u"$...a"_s << u"“$...a”: a name is expected at “.a”"_s;
    QTest::newRow("after the root") << u"$a"_s << u"“$a”: “.” or “[” is expected at “a”"_s;
    QTest::newRow("no bracket") << u"$[1"_s << u"“$[1”: “]” is expected at “”"_s;
    QTest::newRow("negative")
        << u"$[-1]"_s << u"“$[-1]”: an index, “*” or a name in quotation marks is expected at “-1]”"_s;
    QTest::newRow("filter")
        << u"$.a[?@.b]"_s
        << u"“$.a[?@.b]”: an index, “*” or a name in quotation marks is expected at “?@.b]”"_s;
    QTest::newRow("open string") << u"$['a"_s << u"“$['a”: a closing quotation mark is expected at “”"_s;
    QTest::newRow("after a string") << u"$['a'x]"_s << u"“$['a'x]”: “]” is expected at “x]”"_s;
    QTest::newRow("too long") << u".a"_s.repeated(61)
                              << u"“%1” has more than 60 steps"_s.arg(u".a"_s.repeated(61));
}

void tst_JsonPath::problemQuotesTheExpression()
{
    QFETCH(const QString, path);
    QFETCH(const QString, problem);
    const JsonPath jsonPath(path);
    QCOMPARE(jsonPath.problem(), problem);
    QVERIFY(jsonPath.select("{\"a\":1}").isEmpty());
}

// As deep as Qt's parser allows.
void tst_JsonPath::deepJsonIsSelectedFrom()
{
    const int depth = 1000;
    const QByteArray json = QByteArray(depth, '[') + '1' + QByteArray(depth, ']');
    QVERIFY(!checkJson(json));
    QCOMPARE(JsonPath(u"$..*"_s).select(json).size(), depth);
    QCOMPARE(sortedJson(json), json);
    QVERIFY(checkJson(QByteArray(5000, '[') + QByteArray(5000, ']')));
}

void tst_JsonPath::resultIsLimited()
{
    QCOMPARE(JsonPath(u"$[*]"_s).select("[1,2,3]", 2).size(), 2);
}

void tst_JsonPath::membersAreSorted_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QByteArray>("expected");
    QTest::newRow("object") << QByteArray(R"( { "b" : 1 , "a" : { "d":[ 1.50 , "x y" ],"c":{}} } )")
                            << QByteArray(R"({"a":{"c":{},"d":[1.50,"x y"]},"b":1})");
    QTest::newRow("array keeps its order") << QByteArray("[ 2, 1,[] ]") << QByteArray("[2,1,[]]");
    QTest::newRow("scalar") << QByteArray(" null ") << QByteArray("null");
}

void tst_JsonPath::membersAreSorted()
{
    QFETCH(const QByteArray, json);
    QFETCH(const QByteArray, expected);
    QVERIFY(!checkJson(json));
    QCOMPARE(sortedJson(json), expected);
}

#include "tst_jsonpath.moc"

#include "../../testprogram.h"

WSKIT_APPLESS_TEST(tst_JsonPath)
