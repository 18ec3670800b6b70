// SPDX-License-Identifier: MIT
#include "net/connection/wstally.h"

#include <QtTest/qtest.h>

#include <cmath>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestWsTally : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sizeIsCountedUpToItsBound_data();
    void sizeIsCountedUpToItsBound();
    void timeIsCountedUpToItsBound_data();
    void timeIsCountedUpToItsBound();
    void sumIsExact();
    void histogramsAreAdded();
    void quantileLiesBetweenTheBounds();
    void quantileBeyondTheLastBoundIsThatBound();
    void thereIsNoQuantileOfNothing();
};

namespace {
WsHistogram histogramOf(std::initializer_list<qint64> sizes)
{
    WsSizeTally tally;
    for (const qint64 size : sizes)
        tally.add(size);
    WsHistogram histogram;
    tally.addTo(&histogram);
    return histogram;
}
} // namespace

void TestWsTally::sizeIsCountedUpToItsBound_data()
{
    constexpr double None = 0; // above all bounds
    constexpr qint64 MiB = 1024 * 1024;
    QTest::addColumn<qint64>("size");
    QTest::addColumn<double>("bound");
    QTest::newRow("nothing") << qint64(0) << 64.;
    QTest::newRow("one byte") << qint64(1) << 64.;
    QTest::newRow("64") << qint64(64) << 64.;
    QTest::newRow("65") << qint64(65) << 256.;
    QTest::newRow("256") << qint64(256) << 256.;
    QTest::newRow("257") << qint64(257) << 1024.;
    QTest::newRow("1 MiB") << MiB << double(MiB);
    QTest::newRow("a byte more than 1 MiB") << MiB + 1 << double(4 * MiB);
    QTest::newRow("16 MiB") << 16 * MiB << double(16 * MiB);
    QTest::newRow("a byte more than 16 MiB") << 16 * MiB + 1 << None;
    QTest::newRow("the largest message") << std::numeric_limits<qint64>::max() << None;
}

void TestWsTally::sizeIsCountedUpToItsBound()
{
    QFETCH(const qint64, size);
    QFETCH(const double, bound);
    const WsHistogram histogram = histogramOf({size});
    QCOMPARE(histogram.bounds.size() + 1, histogram.counts.size());
    const qsizetype place = histogram.counts.indexOf(1);
    QCOMPARE(histogram.count(), 1);
    QCOMPARE(histogram.bounds.value(place), bound);
}

void TestWsTally::timeIsCountedUpToItsBound_data()
{
    QTest::addColumn<std::chrono::microseconds>("time");
    QTest::addColumn<double>("bound");
    QTest::newRow("no time") << 0us << 0.001;
    QTest::newRow("1 ms") << 1000us << 0.001;
    QTest::newRow("1.001 ms") << 1001us << 0.0025;
    QTest::newRow("70 ms") << 70000us << 0.1;
    QTest::newRow("10 s") << 10000000us << 10.;
    QTest::newRow("a minute") << 60000000us << 0.;
}

void TestWsTally::timeIsCountedUpToItsBound()
{
    QFETCH(const std::chrono::microseconds, time);
    QFETCH(const double, bound);
    WsTimeTally tally;
    tally.add(time);
    WsHistogram histogram;
    tally.addTo(&histogram);
    QCOMPARE(histogram.count(), 1);
    QCOMPARE(histogram.bounds.value(histogram.counts.indexOf(1)), bound);
    QCOMPARE(histogram.sum, double(time.count()) / 1e6);
}

void TestWsTally::sumIsExact()
{
    const WsHistogram histogram = histogramOf({10, 100, 1000});
    QCOMPARE(histogram.sum, 1110.);
    QCOMPARE(histogram.count(), 3);
}

void TestWsTally::histogramsAreAdded()
{
    WsHistogram sum;
    wsAddHistogram(&sum, histogramOf({10, 100}));
    wsAddHistogram(&sum, histogramOf({100, 1000}));
    QCOMPARE(sum, histogramOf({10, 100, 100, 1000}));
}

void TestWsTally::quantileLiesBetweenTheBounds()
{
    WsHistogram histogram;
    histogram.bounds = {10, 20, 40};
    histogram.counts = {2, 2, 4, 0};
    QCOMPARE(histogram.quantile(0), 0.);
    QCOMPARE(histogram.quantile(0.125), 5.); // the middle of the first two
    QCOMPARE(histogram.quantile(0.25), 10.);
    QCOMPARE(histogram.quantile(0.5), 20.);
    QCOMPARE(histogram.quantile(0.75), 30.);
    QCOMPARE(histogram.quantile(1), 40.);
    histogram.counts = {0, 0, 4, 0};
    QCOMPARE(histogram.quantile(0.5), 30.);
}

void TestWsTally::quantileBeyondTheLastBoundIsThatBound()
{
    WsHistogram histogram;
    histogram.bounds = {10, 20};
    histogram.counts = {1, 0, 3};
    QCOMPARE(histogram.quantile(0.9), 20.);
}

void TestWsTally::thereIsNoQuantileOfNothing()
{
    QVERIFY(std::isnan(WsHistogram().quantile(0.5)));
    QVERIFY(std::isnan(histogramOf({}).quantile(0.5)));
    for (const double fraction : {-0.1, 1.1, std::nan("")})
        QVERIFY(std::isnan(histogramOf({1}).quantile(fraction)));
}

#include "../testprogram.h"
WSKIT_TEST(TestWsTally)
#include "tst_wstally.moc"
