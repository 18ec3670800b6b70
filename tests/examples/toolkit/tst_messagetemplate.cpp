// SPDX-License-Identifier: MIT

#include "messagetemplate.h"

#include <QtCore/QRegularExpression>
#include <QtTest/QtTest>

using namespace Qt::StringLiterals;

class tst_MessageTemplate : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void variablesAreReplaced_data();
    void variablesAreReplaced();
    void namesItsVariablesOnce();
    void uuidIsAnotherOneEachTime();
    void randomNumberIsInRange();
    void environmentIsRead();
    void problemQuotesWhatIsWrong_data();
    void problemQuotesWhatIsWrong();
};

void tst_MessageTemplate::variablesAreReplaced_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    QTest::newRow("none") << u"plain"_s << u"plain"_s;
    QTest::newRow("empty") << u""_s << u""_s;
    QTest::newRow("one") << u"Hello {{name}}!"_s << u"Hello Ada!"_s;
    QTest::newRow("blanks") << u"{{ name }}"_s << u"Ada"_s;
    QTest::newRow("side by side") << u"{{name}}{{name}}"_s << u"AdaAda"_s;
    QTest::newRow("value is not expanded") << u"{{braces}}"_s << u"{{name}}"_s;
    QTest::newRow("empty value") << u"<{{empty}}>"_s << u"<>"_s;
    QTest::newRow("escaped") << u"\\{{name}} {{name}}"_s << u"{{name}} Ada"_s;
    QTest::newRow("JSON") << u"{\"a\":{\"b\":\"{{name}}\"}}"_s << u"{\"a\":{\"b\":\"Ada\"}}"_s;
    QTest::newRow("time") << u"{{$timestamp}} {{$isoTime}}"_s << u"1700000000 2023-11-14T22:13:20.500Z"_s;
    QTest::newRow("counter") << u"{{$counter}}"_s << u"7"_s;
}

void tst_MessageTemplate::variablesAreReplaced()
{
    QFETCH(const QString, text);
    QFETCH(const QString, expected);
    MessageTemplate::Values values;
    values.variables = {{u"name"_s, u"Ada"_s}, {u"empty"_s, QString()}, {u"braces"_s, u"{{name}}"_s}};
    values.counter = 7;
    values.time = QDateTime::fromMSecsSinceEpoch(1700000000500);
    const auto [result, problem] = MessageTemplate(text).expand(values);
    QCOMPARE(problem, QString());
    QCOMPARE(result, expected);
}

void tst_MessageTemplate::namesItsVariablesOnce()
{
    const MessageTemplate message(u"{{b}} {{a}} {{ b }} {{$uuid}} \\{{c}}"_s);
    QCOMPARE(message.variables(), (QStringList{u"b"_s, u"a"_s}));
}

void tst_MessageTemplate::uuidIsAnotherOneEachTime()
{
    const QStringList uuids = MessageTemplate(u"{{$uuid}} {{$uuid}}"_s).expand({}).text.split(u' ');
    static const QRegularExpression form(u"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"_s);
    QVERIFY(form.match(uuids.at(0)).hasMatch());
    QVERIFY(uuids.at(0) != uuids.at(1));
}

void tst_MessageTemplate::randomNumberIsInRange()
{
    for (int i = 0; i < 100; ++i) {
        bool isNumber = false;
        const int number = MessageTemplate(u"{{$randomInt}}"_s).expand({}).text.toInt(&isNumber);
        QVERIFY(isNumber && number >= 0 && number <= 999);
    }
}

void tst_MessageTemplate::environmentIsRead()
{
    qputenv("WSKIT_TEMPLATE_TEST", "from outside");
    QCOMPARE(MessageTemplate(u"{{$env.WSKIT_TEMPLATE_TEST}}"_s).expand({}).text, u"from outside"_s);
    qunsetenv("WSKIT_TEMPLATE_TEST");
    QCOMPARE(MessageTemplate(u"{{$env.WSKIT_TEMPLATE_TEST}}"_s).expand({}).problem,
             u"“{{$env.WSKIT_TEMPLATE_TEST}}” is not set"_s);
}

void tst_MessageTemplate::problemQuotesWhatIsWrong_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    QTest::newRow("unknown") << u"{{nmae}}"_s << u"the variable “{{nmae}}” is unknown"_s;
    QTest::newRow("unknown built-in") << u"{{$uid}}"_s << u"the variable “{{$uid}}” is unknown"_s;
    QTest::newRow("no name") << u"{{}}"_s << u"the variable “{{}}” is unknown"_s;
    QTest::newRow("the first one") << u"{{a}}{{b}}"_s << u"the variable “{{a}}” is unknown"_s;
    QTest::newRow("open") << u"x{{name"_s << u"“{{name” does not end with “}}”"_s;
}

void tst_MessageTemplate::problemQuotesWhatIsWrong()
{
    QFETCH(const QString, text);
    QFETCH(const QString, expected);
    const auto [result, problem] = MessageTemplate(text).expand({});
    QCOMPARE(problem, expected);
    QCOMPARE(result, QString());
}

#include "tst_messagetemplate.moc"

#include "../../testprogram.h"

WSKIT_APPLESS_TEST(tst_MessageTemplate)
