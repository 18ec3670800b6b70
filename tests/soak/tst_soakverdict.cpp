// SPDX-License-Identifier: MIT

// When a soak finds that a process keeps memory, descriptors or threads.

#include "soakmessage.h"
#include "soakverdict.h"

#include <QtTest/qtest.h>

#include <functional>

using namespace Qt::StringLiterals;
using namespace Soak;

namespace {
constexpr qint64 MiB = 1024 * 1024;

// At these many points, changed by \a change.
QList<Figures> points(int count, const std::function<void(int point, Figures *figures)> &change = {})
{
    QList<Figures> all;
    for (int i = 0; i < count; ++i) {
        Figures figures{MiB, 20 * MiB, 12, 4};
        if (change)
            change(i, &figures);
        all.append(figures);
    }
    return all;
}
} // namespace

class TestSoakVerdict : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void flatFiguresAreNoFault();
    void warmingUpIsNoFault();
    void singlePeakIsNoFault();
    void slowLeakIsAFault();
    void noiseIsNoFault();
    void leakIsSeenInNoise();
    void residentMemoryThatGrowsIsAFault();
    void keptDescriptorIsAFault();
    void keptThreadIsAFault();
    void fewPointsSayNothingOfMemory();
    void checksumGoesOnWithParts();
    void wrongMessagesAreSeen_data();
    void wrongMessagesAreSeen();
};

void TestSoakVerdict::flatFiguresAreNoFault()
{
    QCOMPARE(flatnessFaults(u"it"_s, points(12)), QStringList());
}

void TestSoakVerdict::warmingUpIsNoFault()
{
    const auto warmUp = [](int i, Figures *figures) { figures->held += qMin(i, 4) * 5 * MiB; };
    QCOMPARE(flatnessFaults(u"it"_s, points(12, warmUp)), QStringList());
}

void TestSoakVerdict::singlePeakIsNoFault()
{
    const auto peak = [](int i, Figures *figures) {
        if (i == 11)
            figures->held = figures->resident = 100 * MiB;
    };
    QCOMPARE(flatnessFaults(u"it"_s, points(12, peak)), QStringList());
}

void TestSoakVerdict::slowLeakIsAFault()
{
    const auto leak = [](int i, Figures *figures) { figures->held += i * 50 * 1024; };
    QCOMPARE(flatnessFaults(u"it"_s, points(12, leak)),
             QStringList(u"the held memory of it grows: by 200 KiB"_s));
}

// Buffers that are larger or smaller by chance.
void TestSoakVerdict::noiseIsNoFault()
{
    QRandomGenerator random(1);
    const auto vary = [&](int, Figures *figures) { figures->held += random.bounded(int(MiB)); };
    int faulty = 0;
    for (int i = 0; i < 1000; ++i)
        faulty += flatnessFaults(u"it"_s, points(i % 2 == 0 ? 10 : 60, vary)).isEmpty() ? 0 : 1;
    QVERIFY2(faulty < 5, qPrintable(QString::number(faulty)));
}

void TestSoakVerdict::leakIsSeenInNoise()
{
    QRandomGenerator random(1);
    const auto leak = [&](int i, Figures *figures) {
        figures->held += random.bounded(int(MiB)) + i * 100 * 1024;
    };
    int seen = 0;
    for (int i = 0; i < 1000; ++i)
        seen += flatnessFaults(u"it"_s, points(60, leak)).isEmpty() ? 0 : 1;
    QVERIFY2(seen > 990, qPrintable(QString::number(seen)));
}

void TestSoakVerdict::residentMemoryThatGrowsIsAFault()
{
    const auto leak = [](int i, Figures *figures) { figures->resident += i * 3 * MiB; };
    QCOMPARE(flatnessFaults(u"it"_s, points(9, leak)),
             QStringList(u"the resident memory of it grows: by 9216 KiB"_s));
}

void TestSoakVerdict::keptDescriptorIsAFault()
{
    const auto keep = [](int i, Figures *figures) { figures->descriptors += i == 2 ? 1 : 0; };
    QCOMPARE(flatnessFaults(u"it"_s, points(3, keep)),
             QStringList(u"it has 13 descriptors at a quiet point, and had 12 at first"_s));
}

void TestSoakVerdict::keptThreadIsAFault()
{
    const auto keep = [](int i, Figures *figures) { figures->threads += i; };
    QCOMPARE(flatnessFaults(u"it"_s, points(3, keep)),
             QStringList(u"it has 5 threads at a quiet point, and had 4 at first"_s));
}

void TestSoakVerdict::fewPointsSayNothingOfMemory()
{
    const auto leak = [](int i, Figures *figures) { figures->held += i * MiB; };
    QCOMPARE(flatnessFaults(u"it"_s, points(8, leak)), QStringList());
    QCOMPARE(flatnessFaults(u"it"_s, points(1)), QStringList());
}

// Of which some are empty.
void TestSoakVerdict::checksumGoesOnWithParts()
{
    quint32 sum = 0;
    for (const QByteArray &part : {QByteArray("ab"), QByteArray(), QByteArray("c"), QByteArray("")})
        sum = checksum(part, sum);
    QCOMPARE(sum, checksum("abc"));
    QCOMPARE(sum, 0x352441C2U);
}

void TestSoakVerdict::wrongMessagesAreSeen_data()
{
    QTest::addColumn<int>("changedByte"); // of the second message; -1: none
    QTest::addColumn<int>("repeated");    // how often it comes
    QTest::addColumn<bool>("isRight");
    QTest::newRow("as they were") << -1 << 1 << true;
    QTest::newRow("one is lost") << -1 << 0 << false;
    QTest::newRow("one comes twice") << -1 << 2 << false;
    QTest::newRow("a byte of the number") << 9 << 1 << false;
    QTest::newRow("a byte of the checksum") << 12 << 1 << false;
    QTest::newRow("the last byte") << 99 << 1 << false;
}

void TestSoakVerdict::wrongMessagesAreSeen()
{
    QFETCH(const int, changedByte);
    QFETCH(const int, repeated);
    QFETCH(const bool, isRight);
    for (const Ws::MessageType type : {Ws::Text, Ws::Binary}) {
        QRandomGenerator random(1);
        MessageCheck check;
        QStringList faults;
        for (quint32 number = 0; number < 3; ++number) {
            QByteArray message = numberedMessage(number, type, 100, &random).data();
            if (number == 1 && changedByte >= 0)
                message[changedByte] = char(message[changedByte] ^ 1);
            for (int i = 0; i < (number == 1 ? repeated : 1); ++i)
                faults.append(check.take(message));
        }
        QCOMPARE(faults.join(QString()).isEmpty(), isRight);
    }
}

QTEST_APPLESS_MAIN(TestSoakVerdict)
#include "tst_soakverdict.moc"
