// SPDX-License-Identifier: MIT
#include "protocol/wsmask.h"
#include "protocol/wsutf8.h"

#include <QtCore/qbytearray.h>
#include <QtCore/qrandom.h>
#include <QtTest/qtest.h>

#include <unordered_set>
#include <vector>

// RFC 3629 §3, straight from its table.
static QByteArray encoded(char32_t c)
{
    QByteArray bytes;
    if (c < 0x80)
        return bytes += char(c);
    if (c < 0x800)
        return (bytes += char(0xC0 | c >> 6)) += char(0x80 | (c & 0x3F));
    if (c < 0x10000)
        return ((bytes += char(0xE0 | c >> 12)) += char(0x80 | (c >> 6 & 0x3F))) += char(0x80 | (c & 0x3F));
    bytes += char(0xF0 | c >> 18);
    bytes += char(0x80 | (c >> 12 & 0x3F));
    bytes += char(0x80 | (c >> 6 & 0x3F));
    return bytes += char(0x80 | (c & 0x3F));
}

static bool isSurrogate(char32_t c)
{
    return c >= 0xD800 && c <= 0xDFFF;
}

// The naive reference: what can begin a character is what begins the encoding of one.
class Reference
{
public:
    Reference()
    {
        for (char32_t c = 0; c <= 0x10FFFF; ++c) {
            if (!isSurrogate(c))
                add(encoded(c));
        }
    }

    struct Result
    {
        qsizetype goodBytes; // before the first that cannot be part of UTF-8
        bool isComplete;
    };

    Result check(QByteArrayView bytes) const
    {
        quint32 prefix = 0;
        qsizetype size = 0;
        for (qsizetype i = 0; i < bytes.size(); ++i) {
            prefix = prefix << 8 | quint8(bytes[i]);
            ++size;
            if (isCharacter(prefix, size))
                prefix = 0, size = 0;
            else if (size == 4 || !m_beginnings[size_t(size)][prefix])
                return {i, false};
        }
        return {bytes.size(), size == 0};
    }

private:
    void add(QByteArrayView character)
    {
        quint32 prefix = 0;
        for (qsizetype size = 1; size < character.size(); ++size) {
            prefix = prefix << 8 | quint8(character[size - 1]);
            m_beginnings[size_t(size)][prefix] = true;
        }
        prefix = prefix << 8 | quint8(character.back());
        if (character.size() == 4)
            m_charactersOfFour.insert(prefix);
        else
            m_characters[size_t(character.size())][prefix] = true;
    }
    bool isCharacter(quint32 prefix, qsizetype size) const
    {
        return size == 4 ? m_charactersOfFour.contains(prefix) : m_characters[size_t(size)][prefix];
    }

    using Flags = std::vector<bool>;
    // By their size and their bytes as a big-endian number.
    std::vector<Flags> m_beginnings{Flags(), Flags(0x100), Flags(0x10000), Flags(0x1000000)};
    std::vector<Flags> m_characters{Flags(), Flags(0x100), Flags(0x10000), Flags(0x1000000)};
    std::unordered_set<quint32> m_charactersOfFour;
};

class TestWsUtf8 : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyCodePointIsValid();
    void everyCodePointIsValidCutAnywhere();
    void surrogatesAreInvalid();
    void codePointsAboveUnicodeAreInvalid();
    void everySequenceOfOneToThreeBytes();
    void sequencesOfFourBytes();
    void invalidSequences_data();
    void invalidSequences();
    void badByteIsFoundAmongAscii();
    void randomTextIsCheckedAsByTheReference();
    void emptyTextIsValid();
    void staysInvalidBehindABadByte();
    void resetBeginsAnew();
    void incompleteCharacterIsNotComplete();
    void unmasksAndChecksInPieces_data();
    void unmasksAndChecksInPieces();
    void findsTheBadByteInMaskedText();

private:
    QByteArray difference(QByteArrayView bytes) const;

    const Reference m_reference;
};

// Tells where the validator and the reference disagree; empty where they agree.
QByteArray TestWsUtf8::difference(QByteArrayView bytes) const
{
    const Reference::Result expected = m_reference.check(bytes);
    WsUtf8Validator validator;
    qsizetype good = 0;
    while (good < bytes.size() && validator.feed(bytes.sliced(good, 1)))
        ++good;
    const bool isValid = expected.goodBytes == bytes.size() && expected.isComplete;
    const bool agrees = good == expected.goodBytes && wsIsValidUtf8(bytes) == isValid
                        && (good < bytes.size() || validator.isComplete() == expected.isComplete);
    return agrees ? QByteArray() : bytes.toByteArray().toHex(' ');
}

void TestWsUtf8::everyCodePointIsValid()
{
    for (char32_t c = 0; c <= 0x10FFFF; ++c)
        QVERIFY2(isSurrogate(c) || wsIsValidUtf8(encoded(c)), qPrintable(QString::number(c, 16)));
}

void TestWsUtf8::everyCodePointIsValidCutAnywhere()
{
    for (char32_t c = 0; c <= 0x10FFFF; ++c) {
        const QByteArray bytes = encoded(c);
        for (qsizetype cut = 1; !isSurrogate(c) && cut < bytes.size(); ++cut) {
            WsUtf8Validator validator;
            QVERIFY(validator.feed(bytes.first(cut)));
            QVERIFY(!validator.isComplete());
            QVERIFY(validator.feed(bytes.sliced(cut)));
            QVERIFY(validator.isComplete());
        }
    }
}

void TestWsUtf8::surrogatesAreInvalid()
{
    for (char32_t c = 0xD800; c <= 0xDFFF; ++c) {
        WsUtf8Validator validator;
        QVERIFY(validator.feed("\xED"));
        QVERIFY(!validator.feed(encoded(c).sliced(1, 1)));
    }
}

void TestWsUtf8::codePointsAboveUnicodeAreInvalid()
{
    for (char32_t c = 0x110000; c < 0x200000; c += 0x111)
        QVERIFY(!wsIsValidUtf8(encoded(c)));
}

void TestWsUtf8::everySequenceOfOneToThreeBytes()
{
    for (int a = 0; a < 0x100; ++a) {
        QByteArray bytes(1, char(a));
        QCOMPARE(difference(bytes), QByteArray());
        bytes.resize(2);
        for (int b = 0; b < 0x100; ++b) {
            bytes[1] = char(b);
            QCOMPARE(difference(bytes), QByteArray());
        }
        // An ASCII byte in front leaves two bytes, which are checked above.
        for (int rest = 0; a >= 0x80 && rest < 0x10000; ++rest) {
            const char three[] = {char(a), char(rest >> 8), char(rest)};
            if (const QByteArray wrong = difference({three, 3}); !wrong.isEmpty())
                QFAIL(wrong.constData());
        }
    }
    QVERIFY(!wsIsValidUtf8("a\x80"));
}

void TestWsUtf8::sequencesOfFourBytes()
{
    constexpr quint8 samples[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC2, 0xFF};
    QByteArray bytes(4, '\0');
    for (int beginning = 0; beginning < 0x10000; ++beginning) {
        bytes[0] = char(beginning >> 8);
        bytes[1] = char(beginning);
        for (const quint8 third : samples) {
            bytes[2] = char(third);
            for (const quint8 fourth : samples) {
                bytes[3] = char(fourth);
                if (const QByteArray wrong = difference(bytes); !wrong.isEmpty())
                    QFAIL(wrong.constData());
            }
        }
    }
}

void TestWsUtf8::invalidSequences_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("goodBytes");
    QTest::newRow("lone continuation byte") << QByteArray("ab\x80") << 2;
    QTest::newRow("overlong solidus in two bytes") << QByteArray("\xC0\xAF") << 0;
    QTest::newRow("overlong in two bytes, highest") << QByteArray("\xC1\xBF") << 0;
    QTest::newRow("overlong solidus in three bytes") << QByteArray("\xE0\x80\xAF") << 1;
    QTest::newRow("overlong in three bytes, highest") << QByteArray("\xE0\x9F\xBF") << 1;
    QTest::newRow("overlong solidus in four bytes") << QByteArray("\xF0\x80\x80\xAF") << 1;
    QTest::newRow("overlong in four bytes, highest") << QByteArray("\xF0\x8F\xBF\xBF") << 1;
    QTest::newRow("overlong NUL") << QByteArray("\xC0\x80") << 0;
    QTest::newRow("first surrogate") << QByteArray("\xED\xA0\x80") << 1;
    QTest::newRow("last surrogate") << QByteArray("\xED\xBF\xBF") << 1;
    QTest::newRow("pair of surrogates") << QByteArray("\xED\xA0\xBD\xED\xB8\x80") << 1;
    QTest::newRow("U+110000") << QByteArray("\xF4\x90\x80\x80") << 1;
    QTest::newRow("five bytes") << QByteArray("\xF8\x88\x80\x80\x80") << 0;
    QTest::newRow("six bytes") << QByteArray("\xFC\x84\x80\x80\x80\x80") << 0;
    QTest::newRow("FE") << QByteArray("\xFE") << 0;
    QTest::newRow("FF") << QByteArray("\xFF") << 0;
    QTest::newRow("ASCII inside a character") << QByteArray("\xE2\x82"
                                                            "a")
                                              << 2;
    QTest::newRow("new character inside one") << QByteArray("\xE2\x82\xE2\x82\xAC") << 2;
    QTest::newRow("Greek word and a surrogate")
        << QByteArray("\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xED\xA0\x80"
                      "edited")
        << 12;
}

void TestWsUtf8::invalidSequences()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, goodBytes);
    QVERIFY(!wsIsValidUtf8(bytes));
    WsUtf8Validator validator;
    QVERIFY(validator.feed(bytes.first(goodBytes)));
    QVERIFY(!validator.feed(bytes.sliced(goodBytes, 1)));
}

void TestWsUtf8::badByteIsFoundAmongAscii()
{
    // The steps of eight and of 32 bytes, from every alignment and with what is wrong at every place.
    for (qsizetype size = 1; size <= 72; ++size) {
        for (qsizetype at = 0; at < size; ++at) {
            QByteArray bytes(size, 'a');
            QVERIFY(wsIsValidUtf8(QByteArrayView(bytes).sliced(at)));
            bytes[at] = char(0xFF);
            QVERIFY(!wsIsValidUtf8(bytes));
            QVERIFY(wsIsValidUtf8(QByteArrayView(bytes).first(at)));
            bytes[at] = char(0xC3);
            const bool isFollowed = at + 1 < size;
            if (isFollowed)
                bytes[at + 1] = char(0xA9);
            QCOMPARE(wsIsValidUtf8(bytes), isFollowed);
        }
    }
}

void TestWsUtf8::randomTextIsCheckedAsByTheReference()
{
    QRandomGenerator generator(3);
    const char32_t limits[] = {0x80, 0x80, 0x800, 0xD800, 0x110000};
    for (int round = 0; round < 20000; ++round) {
        QByteArray bytes;
        while (bytes.size() < 40) {
            const char32_t c = char32_t(generator.bounded(quint32(limits[generator.bounded(5)])));
            bytes += encoded(isSurrogate(c) ? U'\u20ac' : c);
        }
        QCOMPARE(difference(bytes), QByteArray());
        bytes[generator.bounded(int(bytes.size()))] = char(generator.generate());
        QCOMPARE(difference(bytes), QByteArray());
    }
}

void TestWsUtf8::emptyTextIsValid()
{
    QVERIFY(wsIsValidUtf8({}));
    WsUtf8Validator validator;
    QVERIFY(validator.feed({}));
    QVERIFY(validator.isComplete());
}

void TestWsUtf8::staysInvalidBehindABadByte()
{
    for (const char *bad : {"\xFF", "\xE2\x28", "\xED\xA0"}) {
        WsUtf8Validator validator;
        QVERIFY(!validator.feed(bad));
        QVERIFY(!validator.isComplete());
        for (int byte = 0; byte < 0x100; ++byte)
            QVERIFY(!validator.feed(QByteArray(1, char(byte))));
    }
}

void TestWsUtf8::resetBeginsAnew()
{
    WsUtf8Validator validator;
    QVERIFY(validator.feed("\xE2\x82"));
    validator.reset();
    QVERIFY(validator.isComplete());
    QVERIFY(validator.feed("a"));
    QVERIFY(!validator.feed("\xAC"));
    validator.reset();
    QVERIFY(validator.feed("\u20ac"));
}

void TestWsUtf8::incompleteCharacterIsNotComplete()
{
    for (const char *beginning : {"\xC3", "\xE2", "\xE2\x82", "\xF0", "\xF0\x9F", "\xF0\x9F\x98"}) {
        WsUtf8Validator validator;
        QVERIFY(validator.feed(beginning));
        QVERIFY(!validator.isComplete());
        QVERIFY(!wsIsValidUtf8(beginning));
    }
}

void TestWsUtf8::unmasksAndChecksInPieces_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const int size : {0, 1, 5, 64, 125, 200, 1000, 16384, 40000}) {
        QTest::addRow("ASCII, %d", size) << QByteArray(size, 'a');
        QTest::addRow("others, %d", size) << QByteArray("a\u00e9\u20ac\U0001f600").repeated(size / 10);
    }
}

void TestWsUtf8::unmasksAndChecksInPieces()
{
    QFETCH(QByteArray, text);
    constexpr WsMaskingKey Key = 0x12345678;
    QByteArray masked = text;
    wsMask(masked.data(), text.constData(), text.size(), Key);
    for (qsizetype cut = 0; cut <= text.size(); cut += cut < 100 ? 1 : 997) {
        QByteArray bytes = masked;
        WsUtf8Validator validator;
        QVERIFY(validator.feedMasked(bytes.data(), cut, Key));
        QVERIFY(validator.feedMasked(bytes.data() + cut, bytes.size() - cut, Key, quint64(cut)));
        QVERIFY(validator.isComplete());
        QCOMPARE(bytes, text);
    }
}

void TestWsUtf8::findsTheBadByteInMaskedText()
{
    constexpr WsMaskingKey Key = 0x9ABCDEF0;
    for (const qsizetype size : {1, 64, 300, 40000}) {
        for (const qsizetype at : {qsizetype(0), size / 2, size - 1}) {
            QByteArray bytes(size, 'a');
            bytes[at] = '\xC0';
            wsMask(bytes.data(), bytes.constData(), size, Key);
            WsUtf8Validator validator;
            QVERIFY(validator.feedMasked(bytes.data(), at, Key));
            QVERIFY(!validator.feedMasked(bytes.data() + at, size - at, Key, quint64(at)));
            char next = 'a';
            QVERIFY(!validator.feedMasked(&next, 1, 0));
        }
    }
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsUtf8)
#include "tst_wsutf8.moc"
