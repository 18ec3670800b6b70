// SPDX-License-Identifier: MIT
#include "protocol/wsutf16.h"

#include <QtCore/qrandom.h>
#include <QtTest/qtest.h>

// Qt's own conversions say what is right, except for U+FEFF at the start.
class TestWsUtf16 : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyCharacterAmongAscii();
    void randomTexts();
    void invalidBytesBecomeWhatQtMakesOfThem();
    void unpairedSurrogatesBecomeWhatQtMakesOfThem();
    void stringKeepsWhatTheBytesSay_data();
    void stringKeepsWhatTheBytesSay();
    void onlyAsciiIsEncodedAsSuch();
};

namespace {
QString stringOf(char32_t character)
{
    return QString::fromUcs4(&character, 1);
}

// Long and short runs of ASCII, and of characters of every size.
QString randomText(QRandomGenerator *generator)
{
    static const QString characters[] = {QStringLiteral("a"),          QStringLiteral("\u007F"),
                                         QStringLiteral("\u00e9"),     QStringLiteral("\u07FF"),
                                         QStringLiteral("\u0800"),     QStringLiteral("\uFFFD"),
                                         QStringLiteral("\U00010000"), QStringLiteral("\U0010FFFF")};
    QString text;
    for (int runs = generator->bounded(8); runs > 0; --runs)
        text +=
            characters[generator->bounded(8)].repeated(generator->bounded(generator->bounded(2) ? 6 : 200));
    return text;
}

QString byQt(const QByteArray &utf8)
{
    return QString::fromUtf8("-" + utf8).sliced(1); // with something before U+FEFF
}
} // namespace

void TestWsUtf16::everyCharacterAmongAscii()
{
    for (char32_t character = 0; character <= QChar::LastValidCodePoint; ++character) {
        if (QChar::isSurrogate(character))
            continue;
        const QString text = QStringLiteral("before it") + stringOf(character) + QStringLiteral("z");
        const QByteArray utf8 = text.toUtf8();
        if (wsStringFromUtf8(utf8) != text || wsUtf8From(text) != utf8)
            QFAIL(qPrintable(QString::number(character, 16)));
    }
}

void TestWsUtf16::randomTexts()
{
    QRandomGenerator generator(1);
    for (int round = 0; round < 20000; ++round) {
        const QString text = randomText(&generator);
        const QByteArray utf8 = text.toUtf8();
        QCOMPARE(wsUtf8From(text), utf8);
        QCOMPARE(wsStringFromUtf8(utf8), text);
    }
}

void TestWsUtf16::invalidBytesBecomeWhatQtMakesOfThem()
{
    QRandomGenerator generator(2);
    for (int round = 0; round < 20000; ++round) {
        QByteArray utf8 = randomText(&generator).toUtf8();
        for (int changes = generator.bounded(1, 4); changes > 0 && !utf8.isEmpty(); --changes)
            utf8[generator.bounded(utf8.size())] = char(generator.generate());
        if (generator.bounded(2) == 0)
            utf8.truncate(generator.bounded(utf8.size() + 1));
        QCOMPARE(wsStringFromUtf8(utf8), byQt(utf8));
    }
    for (int pair = 0x8000; pair < 0x10000; ++pair) {
        const char bytes[] = {char(pair >> 8), char(pair), '\x80', '\x80'};
        for (const qsizetype size : {1, 2, 3, 4}) {
            const QByteArray utf8(bytes, size);
            QCOMPARE(wsStringFromUtf8(utf8), byQt(utf8));
        }
    }
}

void TestWsUtf16::unpairedSurrogatesBecomeWhatQtMakesOfThem()
{
    QRandomGenerator generator(3);
    for (int round = 0; round < 20000; ++round) {
        QString text = randomText(&generator);
        text.insert(generator.bounded(text.size() + 1), QChar(generator.bounded(0xD800, 0xE000)));
        QCOMPARE(wsUtf8From(text), text.toUtf8());
    }
}

void TestWsUtf16::stringKeepsWhatTheBytesSay_data()
{
    QTest::addColumn<QByteArray>("utf8");
    QTest::addColumn<QString>("string");
    QTest::newRow("empty") << QByteArray() << QString();
    QTest::newRow("text") << QByteArray("a\u00e9\u20ac") << QStringLiteral("a\u00e9\u20ac");
    // U+FEFF is a character of the message, which QString::fromUtf8() takes for a mark of the encoding.
    QTest::newRow("U+FEFF in front") << QByteArray("\uFEFFa") << QStringLiteral("\uFEFFa");
    QTest::newRow("U+FEFF alone") << QByteArray("\uFEFF") << QStringLiteral("\uFEFF");
    QTest::newRow("U+FEFF twice") << QByteArray("\uFEFF\uFEFF") << QStringLiteral("\uFEFF\uFEFF");
    QTest::newRow("begins as U+FEFF does") << QByteArray("\uFFFDa") << QStringLiteral("\uFFFDa");
    QTest::newRow("U+FEFF inside") << QByteArray("a\uFEFFb") << QStringLiteral("a\uFEFFb");
}

void TestWsUtf16::stringKeepsWhatTheBytesSay()
{
    QFETCH(QByteArray, utf8);
    QTEST(wsStringFromUtf8(utf8), "string");
    QFETCH(QString, string);
    QCOMPARE(string.toUtf8(), utf8);
}

void TestWsUtf16::onlyAsciiIsEncodedAsSuch()
{
    for (qsizetype size = 0; size < 300; ++size) {
        QString text(size, QLatin1Char('a'));
        QByteArray out(size, '#');
        QVERIFY(wsEncodeAscii(text, out.data()));
        QCOMPARE(out, QByteArray(size, 'a'));
        for (qsizetype at = 0; at < size; ++at) {
            for (const char16_t other : {u'\u0080', u'\u0100', u'\u8000'}) {
                text[at] = other;
                QVERIFY(!wsEncodeAscii(text, out.data()));
            }
            text[at] = QLatin1Char('a');
        }
    }
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsUtf16)
#include "tst_wsutf16.moc"
