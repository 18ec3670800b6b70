// SPDX-License-Identifier: MIT

#include "latencyhistogram.h"

#include <QtTest/qtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace std::chrono_literals;
using Duration = LatencyHistogram::Duration;

class tst_LatencyHistogram : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isZeroWithoutValues();
    void keepsSmallValuesExactly();
    void oneValueIsEveryPercentile_data();
    void oneValueIsEveryPercentile();
    void percentilesAreRightWithinThreePercent();
    void ranksTheShareItIsAskedFor();
    void negativeCountsAsZero();
};

void tst_LatencyHistogram::isZeroWithoutValues()
{
    const LatencyHistogram histogram;
    QCOMPARE(histogram.count(), 0);
    QCOMPARE(histogram.minimum(), 0ns);
    QCOMPARE(histogram.percentile(50), 0ns);
    QCOMPARE(histogram.maximum(), 0ns);
}

void tst_LatencyHistogram::keepsSmallValuesExactly()
{
    LatencyHistogram histogram;
    for (int i = 1; i <= 50; ++i)
        histogram.add(Duration(i));
    for (int i = 1; i <= 50; ++i)
        QCOMPARE(histogram.percentile(2 * i), Duration(i));
}

void tst_LatencyHistogram::oneValueIsEveryPercentile_data()
{
    QTest::addColumn<qint64>("nanoseconds");
    for (const qint64 value : {qint64(0), qint64(31), qint64(32), qint64(63), qint64(64), qint64(1'000'000),
                               qint64(3'600'000'000'000), std::numeric_limits<qint64>::max()})
        QTest::addRow("%lld", value) << value;
}

void tst_LatencyHistogram::oneValueIsEveryPercentile()
{
    QFETCH(const qint64, nanoseconds);
    LatencyHistogram histogram;
    histogram.add(Duration(nanoseconds));
    QCOMPARE(histogram.count(), 1);
    for (const double percent : {0.0, 50.0, 99.9, 100.0})
        QCOMPARE(histogram.percentile(percent), Duration(nanoseconds));
}

void tst_LatencyHistogram::percentilesAreRightWithinThreePercent()
{
    std::mt19937 generator{1}; // NOLINT(*-msc51-cpp): the same values in every run
    std::lognormal_distribution<double> distribution(12, 3);
    std::vector<qint64> values(100'000);
    LatencyHistogram histogram;
    for (qint64 &value : values) {
        value = qint64(distribution(generator)) + 1;
        histogram.add(Duration(value));
    }
    std::sort(values.begin(), values.end());

    for (const double percent : {1.0, 10.0, 50.0, 90.0, 99.0, 99.9, 99.99}) {
        const auto rank = size_t(std::ceil(double(values.size()) * percent / 100));
        const auto right = double(values[rank - 1]);
        const auto told = double(histogram.percentile(percent).count());
        QVERIFY2(told >= right && told <= right * 1.032, qPrintable(QString::number(percent)));
    }
    QCOMPARE(histogram.minimum(), Duration(values.front()));
    QCOMPARE(histogram.percentile(100), Duration(values.back()));
}

void tst_LatencyHistogram::ranksTheShareItIsAskedFor()
{
    LatencyHistogram histogram;
    for (int i = 0; i < 999; ++i)
        histogram.add(10ns);
    histogram.add(1s);
    QCOMPARE(histogram.percentile(99.9), 10ns);
    QCOMPARE(histogram.percentile(99.91), 1s);
}

void tst_LatencyHistogram::negativeCountsAsZero()
{
    LatencyHistogram histogram;
    histogram.add(-5ns);
    QCOMPARE(histogram.maximum(), 0ns);
    QCOMPARE(histogram.count(), 1);
}

QTEST_APPLESS_MAIN(tst_LatencyHistogram)
#include "tst_latencyhistogram.moc"
