// SPDX-License-Identifier: MIT
#include "protocol/wsmask.h"

#include <QtCore/qbytearray.h>
#include <QtCore/qrandom.h>
#include <QtCore/qset.h>
#include <QtTest/qtest.h>

#ifdef Q_OS_UNIX
#include "forking.h"
#endif

#include <thread>

class TestWsMask : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void masksTheExampleOfTheRfc();
    void masksAsTheNaiveLoopDoes_data();
    void masksAsTheNaiveLoopDoes();
    void masksInPieces();
    void zeroKeyCopies();
    void keysDiffer();
    void keysDifferBetweenThreads();
    void keysDifferBetweenParentAndChild();
    void keysUseAllBits();
};

namespace {
WsMaskingKey keyOf(const char *bytes)
{
    WsMaskingKey key;
    memcpy(&key, bytes, sizeof key);
    return key;
}

// RFC 6455 §5.3, as it is written there.
QByteArray naivelyMasked(QByteArrayView source, WsMaskingKey key, quint64 offset)
{
    char octets[4];
    memcpy(octets, &key, sizeof octets);
    QByteArray masked;
    for (qsizetype i = 0; i < source.size(); ++i)
        masked += char(source[i] ^ octets[(offset + quint64(i)) % 4]);
    return masked;
}

QByteArray randomBytes(QRandomGenerator &generator, qsizetype size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    for (char &c : bytes)
        c = char(generator.generate());
    return bytes;
}

QSet<WsMaskingKey> drawnKeys(int count)
{
    QSet<WsMaskingKey> keys;
    for (int i = 0; i < count; ++i)
        keys.insert(wsNewMaskingKey());
    return keys;
}
} // namespace

void TestWsMask::masksTheExampleOfTheRfc()
{
    // RFC 6455 §5.7: a masked text message "Hello".
    QByteArray payload("Hello");
    wsMask(payload.data(), payload.constData(), payload.size(), keyOf("\x37\xfa\x21\x3d"));
    QCOMPARE(payload, QByteArray("\x7f\x9f\x4d\x51\x58"));
}

void TestWsMask::masksAsTheNaiveLoopDoes_data()
{
    QTest::addColumn<bool>("inPlace");
    QTest::addColumn<quint64>("firstOffset");
    QTest::newRow("copying") << false << quint64(0);
    QTest::newRow("in place") << true << quint64(0);
    QTest::newRow("in place, far into the frame") << true << (quint64(1) << 62);
}

void TestWsMask::masksAsTheNaiveLoopDoes()
{
    QFETCH(bool, inPlace);
    QFETCH(quint64, firstOffset);
    QRandomGenerator generator(1);
    constexpr qsizetype Guard = 8;
    for (int round = 0; round < 20000; ++round) {
        const qsizetype size = generator.bounded(round % 10 ? 40 : 400);
        const qsizetype sourceAlignment = generator.bounded(16);
        const qsizetype targetAlignment = inPlace ? sourceAlignment : generator.bounded(16);
        const quint64 offset = firstOffset + generator.bounded(9U);
        const WsMaskingKey key = generator.generate();
        const QByteArray payload = randomBytes(generator, size);
        QByteArray source(sourceAlignment + size + Guard, '#');
        memcpy(source.data() + sourceAlignment, payload.constData(), size_t(size));
        QByteArray other(targetAlignment + size + Guard, '#');
        QByteArray &target = inPlace ? source : other;
        wsMask(target.data() + targetAlignment, source.constData() + sourceAlignment, size, key, offset);
        const QByteArray expected =
            QByteArray(targetAlignment, '#') + naivelyMasked(payload, key, offset) + QByteArray(Guard, '#');
        QCOMPARE(target, expected);
    }
}

void TestWsMask::masksInPieces()
{
    QRandomGenerator generator(2);
    const QByteArray payload = randomBytes(generator, 100);
    const WsMaskingKey key = generator.generate();
    const QByteArray expected = naivelyMasked(payload, key, 0);
    for (qsizetype cut = 0; cut <= payload.size(); ++cut) {
        QByteArray masked = payload;
        wsMask(masked.data(), masked.constData(), cut, key);
        wsMask(masked.data() + cut, masked.constData() + cut, masked.size() - cut, key, quint64(cut));
        QCOMPARE(masked, expected);
    }
}

void TestWsMask::zeroKeyCopies()
{
    const QByteArray payload("a payload that is longer than eight bytes");
    QByteArray target(payload.size(), '#');
    wsMask(target.data(), payload.constData(), payload.size(), 0);
    QCOMPARE(target, payload);
}

void TestWsMask::keysDiffer()
{
    // Over more than one batch; two equal ones among so many come by chance once in ten thousand runs.
    QVERIFY(drawnKeys(600).size() >= 599);
}

void TestWsMask::keysDifferBetweenThreads()
{
    QSet<WsMaskingKey> own = drawnKeys(20);
    QSet<WsMaskingKey> others;
    std::thread([&] { others = drawnKeys(20); }).join();
    QVERIFY(!own.intersects(others));
}

void TestWsMask::keysDifferBetweenParentAndChild()
{
#ifdef Q_OS_UNIX
    drawnKeys(1); // there is a batch now, which the child gets a copy of
    const QByteArray bytes = bytesOfChild([] {
        QByteArray keys;
        for (const WsMaskingKey key : drawnKeys(20))
            keys.append(reinterpret_cast<const char *>(&key), sizeof key);
        return keys;
    });
    QCOMPARE(bytes.size(), qsizetype(20 * sizeof(WsMaskingKey)));
    QSet<WsMaskingKey> ofChild;
    for (qsizetype i = 0; i < bytes.size(); i += qsizetype(sizeof(WsMaskingKey)))
        ofChild.insert(keyOf(bytes.constData() + i));
    QVERIFY(!drawnKeys(256).intersects(ofChild));
#else
    QSKIP("there is no fork() here");
#endif
}

void TestWsMask::keysUseAllBits()
{
    WsMaskingKey everSet = 0;
    WsMaskingKey alwaysSet = ~WsMaskingKey(0);
    for (int i = 0; i < 300; ++i) {
        const WsMaskingKey key = wsNewMaskingKey();
        everSet |= key;
        alwaysSet &= key;
    }
    QCOMPARE(everSet, ~WsMaskingKey(0));
    QCOMPARE(alwaysSet, WsMaskingKey(0));
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsMask)
#include "tst_wsmask.moc"
