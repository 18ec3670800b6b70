// SPDX-License-Identifier: MIT
#include "protocol/wsclientheadlimits.h"

#include <WsKit/WsOptions>

#include <QtCore/qmetaobject.h>
#include <QtCore/qvariant.h>
#include <QtTest/qtest.h>

#include <limits>

using namespace std::chrono_literals;

namespace {
// A property as a binding in QML sees it.
QVariant valueOf(const WsOptions &options, const char *name)
{
    const QMetaObject &meta = WsOptions::staticMetaObject;
    return meta.property(meta.indexOfProperty(name)).readOnGadget(&options);
}

bool setValue(WsOptions &options, const char *name, const QVariant &value)
{
    const QMetaObject &meta = WsOptions::staticMetaObject;
    return meta.property(meta.indexOfProperty(name)).writeOnGadget(&options, value);
}

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double largest = 9223372036854775807.0;
} // namespace

class TestWsOptions : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void defaultsAreThoseDocumented();
    void everyPropertyHasARow();
    void clientAcceptsLargerHeadsUnlessItIsTold();
    void keepsWhatIsSet_data();
    void keepsWhatIsSet();
    void replacesNonsense_data();
    void replacesNonsense();
    void timesAreMillisecondsInBothWorlds();
    void negativeTimesCountAsZero();
    void longTimesSaturateInQml();
    void sizesBeyondInt32AreKept();
    void copiesAreIndependent();
    void comparesByValue_data();
    void comparesByValue();
};

void TestWsOptions::defaultsAreThoseDocumented()
{
    const WsOptions options;
    QCOMPARE(options.maxMessageSize(), qint64(16777216));
    QCOMPARE(options.maxFrameSize(), qint64(16777216));
    QCOMPARE(options.maxFragments(), 262144);
    QCOMPARE(options.maxHandshakeSize(), 16384);
    QCOMPARE(options.maxHeaders(), 100);
    QVERIFY(options.handshakeTimeout() == 10s);
    QVERIFY(options.connectTimeout() == 0s);
    QVERIFY(options.closeTimeout() == 10s);
    QVERIFY(options.pingInterval() == 20s);
    QVERIFY(options.pongTimeout() == 20s);
    QVERIFY(options.keepAliveTimeout() == 5s);
    QCOMPARE(options.maxMessagesPerSecond(), 0);
    QCOMPARE(options.maxBytesPerSecond(), qint64(0));
    QCOMPARE(options.rateLimitPolicy(), Ws::SlowDown);
    QCOMPARE(options.highWaterMark(), qint64(1048576));
    QCOMPARE(options.maxBufferedAmount(), qint64(67108864));
    QCOMPARE(options.fragmentSize(), qint64(0));
    QCOMPARE(options.readBufferSize(), qint64(262144));
    QCOMPARE(options.tcpNoDelay(), true);
    QCOMPARE(options.compression().enabled(), false);
}

void TestWsOptions::keepsWhatIsSet_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QVariant>("value");
    const auto row = [](const char *name, const QVariant &value) {
        QTest::newRow(name) << QByteArray(name) << value;
    };
    row("maxMessageSize", 1.0);
    row("maxFrameSize", 2.0);
    row("maxFragments", 1);
    row("maxHandshakeSize", 256);
    row("maxHeaders", 8);
    row("handshakeTimeout", 1);
    row("connectTimeout", 1);
    row("closeTimeout", 2);
    row("pingInterval", 3);
    row("pongTimeout", 4);
    row("highWaterMark", 5.0);
    row("maxBufferedAmount", 6.0);
    row("fragmentSize", 7.0);
    row("readBufferSize", 1024.0);
    row("maxMessagesPerSecond", 6);
    row("maxBytesPerSecond", 8.0);
    row("rateLimitPolicy", QVariant::fromValue(Ws::Disconnect));
    row("keepAliveTimeout", 9);
    row("tcpNoDelay", false);
    row("slowSubscriber", QVariant::fromValue(Ws::CloseConnection));
    WsCompression compression;
    compression.setEnabled(true);
    row("compression", QVariant::fromValue(compression));
}

void TestWsOptions::keepsWhatIsSet()
{
    QFETCH(QByteArray, name);
    QFETCH(QVariant, value);
    WsOptions options;
    QVERIFY(valueOf(options, name.constData()) != value);
    QVERIFY(setValue(options, name.constData(), value));
    QCOMPARE(valueOf(options, name.constData()), value);
    WsOptions again = options;
    QVERIFY(again == options);
    QVERIFY(setValue(again, name.constData(), value));
    QVERIFY(again == options);

    // Nothing else has changed.
    QVERIFY(options != WsOptions());
    QVERIFY(setValue(options, name.constData(), valueOf(WsOptions(), name.constData())));
    QVERIFY(options == WsOptions());
}

void TestWsOptions::clientAcceptsLargerHeadsUnlessItIsTold()
{
    WsOptions options;
    QCOMPARE(WsClientHeadLimits(options).maxSize, 512 * 1024);
    QCOMPARE(WsClientHeadLimits(options).maxHeaders, 1000);
    options.setMaxHandshakeSize(options.maxHandshakeSize()); // the default of a server, but set
    QCOMPARE(WsClientHeadLimits(options).maxSize, 16 * 1024);
    QCOMPARE(WsClientHeadLimits(options).maxHeaders, 1000);
    options.setMaxHeaders(50);
    QCOMPARE(WsClientHeadLimits(options).maxHeaders, 50);
    QCOMPARE(WsClientHeadLimits(WsOptions()).maxHeaders, 1000);
}

void TestWsOptions::everyPropertyHasARow()
{
    QCOMPARE(WsOptions::staticMetaObject.propertyCount(), 21);
}

void TestWsOptions::replacesNonsense_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QVariant>("value");
    QTest::addColumn<QVariant>("expected");
    const auto row = [](const char *name, const QVariant &value, const QVariant &expected) {
        QTest::addRow("%s %s", name, qPrintable(value.toString())) << QByteArray(name) << value << expected;
    };
    for (const char *name : {"maxMessageSize", "maxFrameSize"}) {
        row(name, 0.0, 1.0);
        row(name, -5.0, 1.0);
        row(name, qQNaN(), 1.0);
        row(name, -infinity, 1.0);
        row(name, infinity, largest);
        row(name, 9223372036854775808.0, largest);
        row(name, 1e300, largest);
    }
    for (const char *name : {"highWaterMark", "maxBufferedAmount", "fragmentSize"}) {
        row(name, -1.0, 0.0);
        row(name, qQNaN(), 0.0);
        row(name, 0.9, 0.0);
        row(name, infinity, largest);
    }
    for (const char *name :
         {"handshakeTimeout", "connectTimeout", "closeTimeout", "pingInterval", "pongTimeout"}) {
        row(name, -1, 0);
        row(name, std::numeric_limits<int>::min(), 0);
        row(name, std::numeric_limits<int>::max(), std::numeric_limits<int>::max());
    }
    row("readBufferSize", 0.0, 1024.0);
    row("readBufferSize", -1.0, 1024.0);
    row("readBufferSize", 1023.0, 1024.0);
    row("readBufferSize", qQNaN(), 1024.0);
    row("readBufferSize", 262145.0, 262144.0);
    row("readBufferSize", infinity, 262144.0);
    row("maxFragments", 0, 1);
    row("maxFragments", -1, 1);
    row("maxHandshakeSize", 255, 256);
    row("maxHandshakeSize", -1, 256);
    row("maxHeaders", 7, 8);
    row("maxHeaders", -1, 8);
}

void TestWsOptions::replacesNonsense()
{
    QFETCH(QByteArray, name);
    QFETCH(QVariant, value);
    QFETCH(QVariant, expected);
    WsOptions options;
    QVERIFY(setValue(options, name.constData(), value));
    QCOMPARE(valueOf(options, name.constData()), expected);
}

void TestWsOptions::timesAreMillisecondsInBothWorlds()
{
    WsOptions options;
    options.setHandshakeTimeout(1500ms);
    options.setCloseTimeout(2s);
    options.setPingInterval(1min);
    options.setPongTimeout(1h);
    QCOMPARE(valueOf(options, "handshakeTimeout"), QVariant(1500));
    QCOMPARE(valueOf(options, "closeTimeout"), QVariant(2000));
    QCOMPARE(valueOf(options, "pingInterval"), QVariant(60000));
    QCOMPARE(valueOf(options, "pongTimeout"), QVariant(3600000));
}

void TestWsOptions::negativeTimesCountAsZero()
{
    WsOptions options;
    options.setHandshakeTimeout(-1ms);
    options.setCloseTimeout(-1ms);
    options.setPingInterval(-1h);
    options.setPongTimeout(std::chrono::milliseconds::min());
    QVERIFY(options.handshakeTimeout() == 0ms);
    QVERIFY(options.closeTimeout() == 0ms);
    QVERIFY(options.pingInterval() == 0ms);
    QVERIFY(options.pongTimeout() == 0ms);
}

void TestWsOptions::longTimesSaturateInQml()
{
    WsOptions options;
    options.setPingInterval(std::chrono::milliseconds::max());
    QVERIFY(options.pingInterval() == std::chrono::milliseconds::max());
    QCOMPARE(valueOf(options, "pingInterval"), QVariant(std::numeric_limits<int>::max()));
}

void TestWsOptions::sizesBeyondInt32AreKept()
{
    constexpr qint64 size = qint64(1) << 40;
    WsOptions options;
    options.setMaxMessageSize(size);
    QCOMPARE(options.maxMessageSize(), size);
    QCOMPARE(valueOf(options, "maxMessageSize"), QVariant(double(size)));
    QVERIFY(setValue(options, "maxFrameSize", double(size)));
    QCOMPARE(options.maxFrameSize(), size);
    QVERIFY(setValue(options, "maxBufferedAmount", infinity));
    QCOMPARE(options.maxBufferedAmount(), std::numeric_limits<qint64>::max());
}

void TestWsOptions::copiesAreIndependent()
{
    WsOptions first;
    first.setMaxHeaders(50);
    WsOptions second = first;
    second.setMaxHeaders(60);
    QCOMPARE(first.maxHeaders(), 50);
    QCOMPARE(second.maxHeaders(), 60);
    QCOMPARE(WsOptions().maxHeaders(), 100);

    first = second;
    QCOMPARE(first.maxHeaders(), 60);
    const WsOptions third = std::move(second);
    QCOMPARE(third.maxHeaders(), 60);
    second = third;
    QCOMPARE(second.maxHeaders(), 60);
    first = WsOptions();
    QCOMPARE(first.maxHeaders(), 100);
}

void TestWsOptions::comparesByValue_data()
{
    keepsWhatIsSet_data();
}

void TestWsOptions::comparesByValue()
{
    QFETCH(QByteArray, name);
    QFETCH(QVariant, value);
    WsOptions a;
    WsOptions b;
    QVERIFY(setValue(a, name.constData(), value));
    QVERIFY(a != b);
    QVERIFY(!(a == b));
    QVERIFY(setValue(b, name.constData(), value));
    QVERIFY(a == b);
    QVERIFY(!(a != b));
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsOptions)
#include "tst_wsoptions.moc"
