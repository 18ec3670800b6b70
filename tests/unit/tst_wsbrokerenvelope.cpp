// SPDX-License-Identifier: MIT
#include "net/server/wsbrokerenvelope.h"
#include "../testprogram.h"

#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

class TestWsBrokerEnvelope : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatIsEncodedIsDecoded_data();
    void whatIsEncodedIsDecoded();
    void layoutIsFixed();
    void laterVersionsMayAddFields();
    void numberIsSetLater();
    void dataOfOtherProgramsIsPayload_data();
    void dataOfOtherProgramsIsPayload();
    void brokenEnvelopesAreRefused_data();
    void brokenEnvelopesAreRefused();
    void namesAreLimited();
};

namespace {
const QUuid Origin = QUuid::fromString(u"00112233-4455-6677-8899-aabbccddeeff"_s);
} // namespace

void TestWsBrokerEnvelope::whatIsEncodedIsDecoded_data()
{
    QTest::addColumn<Ws::MessageType>("type");
    QTest::addColumn<bool>("hasKey");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QByteArray>("payload");
    QTest::newRow("text") << Ws::Text << false << QString() << "hello"_ba;
    QTest::newRow("binary") << Ws::Binary << false << QString() << QByteArray("\0\xFF", 2);
    QTest::newRow("empty") << Ws::Text << false << QString() << QByteArray();
    QTest::newRow("key") << Ws::Text << true << u"EUR/USD \u20AC"_s << "1.08"_ba;
    QTest::newRow("empty key") << Ws::Binary << true << QString() << "1.08"_ba;
    QTest::newRow("nothing but a key") << Ws::Text << true << u"k"_s << QByteArray();
}

void TestWsBrokerEnvelope::whatIsEncodedIsDecoded()
{
    QFETCH(const Ws::MessageType, type);
    QFETCH(const bool, hasKey);
    QFETCH(const QString, key);
    QFETCH(const QByteArray, payload);
    WsBrokerEnvelope sent{type, Origin, 7, {}, payload};
    if (hasKey)
        sent.key = key;
    const QByteArray data = sent.encoded();
    QVERIFY(data.size() <= payload.size() + key.toUtf8().size() + WsBrokerEnvelope::Overhead);
    const std::optional<WsBrokerEnvelope> received = WsBrokerEnvelope::decode(data);
    QVERIFY(received);
    QCOMPARE(received->type, type);
    QCOMPARE(received->origin, Origin);
    QCOMPARE(received->number, quint64(7));
    QCOMPARE(received->key.has_value(), hasKey);
    QCOMPARE(received->key.value_or(QString()), key);
    QCOMPARE(received->payload.toByteArray(), payload);
}

// Servers of different versions share a broker.
void TestWsBrokerEnvelope::layoutIsFixed()
{
    const QByteArray data = WsBrokerEnvelope{Ws::Binary, Origin, 258, u"k"_s, "data"}.encoded();
    QCOMPARE(data.toHex(), "ff57734b" "01" "03" "00112233445566778899aabbccddeeff" "0000000000000102" "00000005"
                           "00000001" "6b" "64617461"_ba);
}

void TestWsBrokerEnvelope::laterVersionsMayAddFields()
{
    QByteArray data = WsBrokerEnvelope{Ws::Text, Origin, 1, u"key"_s, "data"}.encoded();
    data[5] = char(data[5] | 0xF0);
    data[33] = char(data[33] + 6);
    data.insert(data.size() - 4, "id=123");
    const std::optional<WsBrokerEnvelope> received = WsBrokerEnvelope::decode(data);
    QVERIFY(received);
    QCOMPARE(received->key, u"key"_s);
    QCOMPARE(received->payload.toByteArray(), "data");
}

void TestWsBrokerEnvelope::numberIsSetLater()
{
    QByteArray data = WsBrokerEnvelope{Ws::Text, Origin, 0, {}, "data"}.encoded();
    WsBrokerEnvelope::setNumber(&data, 0x0102030405060708);
    QCOMPARE(WsBrokerEnvelope::decode(data)->number, quint64(0x0102030405060708));
}

void TestWsBrokerEnvelope::dataOfOtherProgramsIsPayload_data()
{
    QTest::addColumn<QByteArray>("data");
    QTest::newRow("text") << "hello"_ba;
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("not UTF-8") << "\xFF\xFE"_ba;
    QTest::newRow("a part of the mark") << "\xFFWs"_ba;
}

void TestWsBrokerEnvelope::dataOfOtherProgramsIsPayload()
{
    QFETCH(const QByteArray, data);
    const std::optional<WsBrokerEnvelope> received = WsBrokerEnvelope::decode(data);
    QVERIFY(received);
    QVERIFY(received->origin.isNull());
    QVERIFY(!received->key);
    QCOMPARE(received->payload.toByteArray(), data);
}

void TestWsBrokerEnvelope::brokenEnvelopesAreRefused_data()
{
    QTest::addColumn<QByteArray>("data");
    const QByteArray keyed = WsBrokerEnvelope{Ws::Text, Origin, 1, u"key"_s, {}}.encoded();
    for (qsizetype size = 4; size < keyed.size(); ++size)
        QTest::addRow("cut after %d bytes", int(size)) << keyed.first(size);
    const auto change = [&](qsizetype place, char value) {
        QByteArray changed = keyed;
        changed[place] = value;
        return changed;
    };
    QTest::newRow("another version") << change(4, 2);
    QTest::newRow("an unknown flag that has to be understood") << change(5, 4);
    QTest::newRow("a rest larger than everything") << change(30, char(0xFF));
    QTest::newRow("no room for the key") << change(33, 0);
    QTest::newRow("a key larger than the rest") << change(37, 4);
    QTest::newRow("a key that is not UTF-8") << change(38, char(0xFF));
    QTest::newRow("no origin") << WsBrokerEnvelope{Ws::Text, {}, 1, {}, "data"}.encoded();
    const QString longest(WsBrokerEnvelope::MaxName, u'k');
    QTest::newRow("a key that is too long") << WsBrokerEnvelope{Ws::Text, Origin, 1, longest + u'k', {}}.encoded();
}

void TestWsBrokerEnvelope::brokenEnvelopesAreRefused()
{
    QFETCH(const QByteArray, data);
    QVERIFY(!WsBrokerEnvelope::decode(data));
}

void TestWsBrokerEnvelope::namesAreLimited()
{
    QVERIFY(WsBrokerEnvelope::isName({}));
    QVERIFY(WsBrokerEnvelope::isName(QString(WsBrokerEnvelope::MaxName, u'a')));
    QVERIFY(!WsBrokerEnvelope::isName(QString(WsBrokerEnvelope::MaxName + 1, u'a')));
    QVERIFY(WsBrokerEnvelope::isName(QString(WsBrokerEnvelope::MaxName / 2, u'\u00E9')));
    QVERIFY(!WsBrokerEnvelope::isName(QString(WsBrokerEnvelope::MaxName / 2 + 1, u'\u00E9')));
    const QString longest(WsBrokerEnvelope::MaxName, u'k');
    const QByteArray data = WsBrokerEnvelope{Ws::Text, Origin, 1, longest, {}}.encoded();
    QCOMPARE(WsBrokerEnvelope::decode(data)->key, longest);
}

WSKIT_APPLESS_TEST(TestWsBrokerEnvelope)
#include "tst_wsbrokerenvelope.moc"
