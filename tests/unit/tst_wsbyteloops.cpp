// SPDX-License-Identifier: MIT
#include "protocol/wsbyteloops.h"
#include "protocol/wsutf8.h"

#include <QtCore/qbytearray.h>
#include <QtCore/qrandom.h>
#include <QtTest/qtest.h>

#include <algorithm>
#include <vector>

// Every kind of loop that this processor has does what the simplest one does.
class TestWsByteLoops : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void fastestIsOneOfAll();
    void masksAsByteByByte_data() { addLoopRows(); }
    void masksAsByteByByte();
    void tellsWhetherTheResultIsAscii_data() { addLoopRows(); }
    void tellsWhetherTheResultIsAscii();
    void skipsAsciiUpToTheEightBytesWithTheFirstOther_data() { addLoopRows(); }
    void skipsAsciiUpToTheEightBytesWithTheFirstOther();
    void skipsAllThatIsAscii_data() { addLoopRows(); }
    void skipsAllThatIsAscii();
    void convertsAsciiUpToTheBlockWithTheFirstOther_data() { addLoopRows(); }
    void convertsAsciiUpToTheBlockWithTheFirstOther();
    void convertsAllThatIsAscii_data() { addLoopRows(); }
    void convertsAllThatIsAscii();
    void checksEveryPairOfBytes_data() { addLoopRows(); }
    void checksEveryPairOfBytes();
    void checksThreeAndFourBytes_data() { addLoopRows(); }
    void checksThreeAndFourBytes();
    void checksBadBytesAnywhere_data() { addLoopRows(); }
    void checksBadBytesAnywhere();
    void checksRandomTextInRandomPieces_data() { addLoopRows(); }
    void checksRandomTextInRandomPieces();

private:
    static void addLoopRows();
};

namespace {
// Exactly as long as its bytes, so that a sanitizer sees what is read behind them.
using Bytes = std::vector<char>;
using Characters = std::vector<char16_t>;

const WsByteLoops &loopsNamed(const QByteArray &name)
{
    const QList<const WsByteLoops *> all = wsAllByteLoops();
    return **std::find_if(all.begin(), all.end(),
                          [&](const WsByteLoops *loops) { return loops->name == name; });
}

Bytes randomBytes(QRandomGenerator &generator, qsizetype size)
{
    Bytes bytes(size_t(size), '\0');
    for (char &byte : bytes)
        byte = char(generator.generate());
    return bytes;
}

// RFC 6455 §5.3, as it is written there.
Bytes naivelyMasked(Bytes bytes, WsMaskingKey key)
{
    char octets[4];
    memcpy(octets, &key, sizeof octets);
    for (size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = char(bytes[i] ^ octets[i % 4]);
    return bytes;
}

QByteArray hexOf(QByteArrayView bytes)
{
    return bytes.toByteArray().toHex(' ');
}

// Tells where the loops and the validator that sees one byte at a time disagree about \a bytes, cut at
// \a cut; empty where they agree.
QByteArray difference(const WsByteLoops &loops, QByteArrayView bytes, qsizetype cut = 0)
{
    WsUtf8Validator validator;
    WsUtf8Validator byBytes;
    for (const QByteArrayView piece : {bytes.first(cut), bytes.sliced(cut)}) {
        bool isGood = true;
        for (qsizetype i = 0; i < piece.size(); ++i)
            isGood = byBytes.feed(piece.sliced(i, 1));
        if (validator.feed(piece, loops) != (isGood || piece.isEmpty()))
            return hexOf(bytes) + " cut at " + QByteArray::number(cut) + (isGood ? ": refused" : ": taken");
        if (!isGood)
            return {};
        if (validator.isComplete() != byBytes.isComplete())
            return hexOf(bytes) + " cut at " + QByteArray::number(cut) + ": not as complete";
    }
    return {};
}

// Lies over the border of two vectors, which are counted from the end of so short a text.
void compareAmongText(const WsByteLoops &loops, const char *bytes, qsizetype size)
{
    for (const qsizetype behind : {29, 30, 31}) {
        const QByteArray text = "\u00e9" + QByteArray(bytes, size) + QByteArray(behind, 'z');
        if (const QByteArray wrong = difference(loops, text); !wrong.isEmpty())
            QFAIL(wrong.constData());
    }
}

QByteArray randomText(QRandomGenerator &generator, qsizetype size)
{
    static const QByteArray characters[] = {"a",      "\u00e9", "\u0800",     "\u20ac",
                                            "\ud7ff", "\ufffd", "\U0001f600", "\U0010ffff"};
    QByteArray text;
    while (text.size() < size) {
        const QByteArray &character = characters[generator.bounded(8)];
        text += character.repeated(generator.bounded(1, 8));
    }
    return text;
}
} // namespace

void TestWsByteLoops::addLoopRows()
{
    QTest::addColumn<QByteArray>("name");
    for (const WsByteLoops *loops : wsAllByteLoops())
        QTest::newRow(loops->name) << QByteArray(loops->name);
}

void TestWsByteLoops::fastestIsOneOfAll()
{
    QVERIFY(wsAllByteLoops().contains(&wsByteLoops()));
    QCOMPARE(wsAllByteLoops().constFirst()->name, "portable");
}

void TestWsByteLoops::masksAsByteByByte()
{
    QFETCH(QByteArray, name);
    const WsByteLoops &loops = loopsNamed(name);
    QRandomGenerator generator(1);
    for (int round = 0; round < 20000; ++round) {
        const qsizetype size = generator.bounded(round % 10 ? 150 : 1500);
        const qsizetype before = generator.bounded(64);
        const WsMaskingKey key = generator.generate();
        const Bytes source = randomBytes(generator, before + size);
        const Bytes expected = naivelyMasked(Bytes(source.begin() + before, source.end()), key);
        // Into other memory, aligned otherwise, and in place.
        const qsizetype otherBefore = generator.bounded(64);
        Bytes other(size_t(otherBefore + size), '#');
        loops.mask(other.data() + otherBefore, source.data() + before, size, key);
        Bytes same = source;
        loops.mask(same.data() + before, same.data() + before, size, key);
        QVERIFY(std::equal(expected.begin(), expected.end(), other.begin() + otherBefore));
        QVERIFY(std::equal(expected.begin(), expected.end(), same.begin() + before));
        QCOMPARE(std::count(other.begin(), other.begin() + otherBefore, '#'), otherBefore);
        QVERIFY(std::equal(same.begin(), same.begin() + before, source.begin()));
    }
}

void TestWsByteLoops::tellsWhetherTheResultIsAscii()
{
    QFETCH(QByteArray, name);
    const WsByteLoops &loops = loopsNamed(name);
    QRandomGenerator generator(2);
    for (qsizetype size = 0; size < 300; ++size) {
        const WsMaskingKey key = generator.generate();
        const Bytes ascii(size_t(size), 'a');
        Bytes bytes = naivelyMasked(ascii, key);
        QVERIFY(loops.mask(bytes.data(), bytes.data(), size, key));
        for (size_t at = 0; at < ascii.size(); ++at) {
            bytes = ascii;
            bytes[at] = '\x80';
            bytes = naivelyMasked(bytes, key);
            QVERIFY(!loops.mask(bytes.data(), bytes.data(), size, key));
        }
    }
}

void TestWsByteLoops::skipsAsciiUpToTheEightBytesWithTheFirstOther()
{
    QFETCH(QByteArray, name);
    const WsByteLoops &loops = loopsNamed(name);
    for (size_t size = 1; size < 300; ++size) {
        for (size_t at = 0; at < size; ++at) {
            Bytes bytes(size, 'a');
            bytes[at] = '\x80';
            if (at + 1 < size)
                bytes.back() = '\xFF';
            const char *const reached = loops.skipAscii(bytes.data(), bytes.data() + size);
            const qsizetype left = bytes.data() + at - reached;
            QVERIFY2(left >= 0 && left < 8, qPrintable(QString::number(left)));
        }
    }
}

void TestWsByteLoops::skipsAllThatIsAscii()
{
    QFETCH(QByteArray, name);
    const WsByteLoops &loops = loopsNamed(name);
    for (size_t size = 0; size < 300; ++size) {
        const Bytes bytes(size, '\x7F');
        const char *const reached = loops.skipAscii(bytes.data(), bytes.data() + size);
        QCOMPARE(size_t(reached - bytes.data()), size < 8 ? size_t(0) : size);
    }
}

void TestWsByteLoops::convertsAsciiUpToTheBlockWithTheFirstOther()
{
    QFETCH(QByteArray, name);
    const WsByteLoops &loops = loopsNamed(name);
    for (size_t size = 1; size < 300; ++size) {
        for (size_t at = 0; at < size; ++at) {
            Bytes bytes(size, 'a');
            bytes[at] = '\x80';
            Characters characters(size, u'a');
            characters[at] = at % 2 == 0 ? u'\u0080' : u'\u6161';
            Characters widened(size, u'#');
            Bytes narrowed(size, '#');
            const qsizetype wide =
                loops.widenAscii(widened.data(), bytes.data(), bytes.data() + size) - bytes.data();
            const qsizetype narrow =
                loops.narrowAscii(narrowed.data(), characters.data(), characters.data() + size)
                - characters.data();
            for (const qsizetype reached : {wide, narrow})
                QVERIFY(reached <= qsizetype(at) && qsizetype(at) - reached < WsAsciiBlock);
            QCOMPARE(std::count(widened.begin(), widened.begin() + wide, u'a'), wide);
            QCOMPARE(std::count(narrowed.begin(), narrowed.begin() + narrow, 'a'), narrow);
        }
    }
}

void TestWsByteLoops::convertsAllThatIsAscii()
{
    QFETCH(QByteArray, name);
    const WsByteLoops &loops = loopsNamed(name);
    for (size_t size = 0; size < 600; ++size) {
        Bytes bytes(size, '\0');
        Characters characters(size, u'\0');
        for (size_t i = 0; i < size; ++i)
            characters[i] = char16_t(bytes[i] = char(i % 128));
        Characters widened(size, u'#');
        Bytes narrowed(size, '#');
        const char *const last = bytes.data() + size;
        QVERIFY(loops.widenAscii(widened.data(), bytes.data(), last) == last); // QCOMPARE() compares texts
        QVERIFY(widened == characters);
        const char16_t *const end = characters.data() + size;
        QVERIFY(loops.narrowAscii(narrowed.data(), characters.data(), end) == end);
        QVERIFY(narrowed == bytes);
    }
}

void TestWsByteLoops::checksEveryPairOfBytes()
{
    QFETCH(QByteArray, name);
    const WsByteLoops &loops = loopsNamed(name);
    for (int pair = 0; pair < 0x10000; ++pair) {
        const char bytes[] = {char(pair >> 8), char(pair)};
        compareAmongText(loops, bytes, 2);
        if (QTest::currentTestFailed())
            return;
    }
}

void TestWsByteLoops::checksThreeAndFourBytes()
{
    QFETCH(QByteArray, name);
    const WsByteLoops &loops = loopsNamed(name);
    constexpr quint8 samples[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0,
                                  0xBF, 0xC1, 0xC2, 0xE0, 0xF0, 0xFF};
    for (int lead = 0x80; lead < 0x100; ++lead) {
        for (const quint8 second : samples) {
            for (const quint8 third : samples) {
                for (const quint8 fourth : samples) {
                    const char bytes[] = {char(lead), char(second), char(third), char(fourth)};
                    compareAmongText(loops, bytes, 3);
                    compareAmongText(loops, bytes, 4);
                    if (QTest::currentTestFailed())
                        return;
                }
            }
        }
    }
}

void TestWsByteLoops::checksBadBytesAnywhere()
{
    QFETCH(QByteArray, name);
    const WsByteLoops &loops = loopsNamed(name);
    QRandomGenerator generator(3);
    for (const qsizetype size : {23, 24, 31, 32, 33, 34, 35, 63, 64, 65, 66, 67, 95, 96, 97, 128, 160, 200}) {
        const QByteArray text = randomText(generator, size).first(size);
        for (qsizetype at = 0; at < size; ++at) {
            for (const char bad : {'a', '\x80', '\xC0', '\xC2', '\xE2', '\xED', '\xF0', '\xF4', '\xFF'}) {
                QByteArray changed = text;
                changed[at] = bad;
                const Bytes exact(changed.begin(), changed.end());
                QCOMPARE(difference(loops, {exact.data(), size}), QByteArray());
            }
        }
    }
}

void TestWsByteLoops::checksRandomTextInRandomPieces()
{
    QFETCH(QByteArray, name);
    const WsByteLoops &loops = loopsNamed(name);
    QRandomGenerator generator(4);
    for (int round = 0; round < 20000; ++round) {
        QByteArray text = randomText(generator, generator.bounded(1, 250));
        text.truncate(text.size() - generator.bounded(3));
        if (round % 2 && !text.isEmpty())
            text[generator.bounded(text.size())] = char(generator.generate());
        const Bytes exact(text.begin(), text.end());
        const qsizetype cut = generator.bounded(text.size() + 1);
        QCOMPARE(difference(loops, {exact.data(), text.size()}, cut), QByteArray());
    }
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsByteLoops)
#include "tst_wsbyteloops.moc"
