// SPDX-License-Identifier: MIT
#include "../testprogram.h"
#include "net/server/wspresencemessage.h"

#include <QtCore/qjsondocument.h>
#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;
using Kind = WsPresenceMessage::Kind;

class TestWsPresenceMessage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void layoutIsFixed_data();
    void layoutIsFixed();
    void namesSurvive_data();
    void namesSurvive();
    void furtherValuesAreIgnored();
    void brokenMessagesAreRefused_data();
    void brokenMessagesAreRefused();
    void namesAreDivided();
    void dividedNamesFit();
};

namespace {
const QUuid Origin = QUuid::fromString(u"00112233-4455-6677-8899-aabbccddeeff"_s);
const QUuid Target = QUuid::fromString(u"ffeeddcc-bbaa-9988-7766-554433221100"_s);

WsPresenceMessage ofKind(Kind kind)
{
    WsPresenceMessage message{kind, Origin};
    message.timeToLive = std::chrono::seconds(30);
    message.version = 7;
    return message;
}
} // namespace

void TestWsPresenceMessage::layoutIsFixed_data()
{
    QTest::addColumn<WsPresenceMessage>("message");
    QTest::addColumn<QByteArray>("json");
    WsPresenceMessage list = ofKind(Kind::List);
    list.part = 1;
    list.parts = 2;
    list.members = QStringList{u"Ann"_s, u"Bob"_s};
    QTest::newRow("list")
        << list
        << R"({"kind":"list","members":["Ann","Bob"],"origin":"00112233-4455-6677-8899-aabbccddeeff","part":1,"parts":2,"timeToLive":30000,"version":7})"_ba;
    WsPresenceMessage changes = ofKind(Kind::Changes);
    changes.after = 6;
    changes.members = QStringList{u"Ann"_s};
    changes.left = QStringList{u"Bob"_s};
    QTest::newRow("changes")
        << changes
        << R"({"after":6,"joined":["Ann"],"kind":"changes","left":["Bob"],"origin":"00112233-4455-6677-8899-aabbccddeeff","timeToLive":30000,"version":7})"_ba;
    QTest::newRow("heartbeat")
        << ofKind(Kind::Heartbeat)
        << R"({"kind":"heartbeat","origin":"00112233-4455-6677-8899-aabbccddeeff","timeToLive":30000,"version":7})"_ba;
    WsPresenceMessage ask{Kind::AskList, Origin};
    QTest::newRow("all are asked")
        << ask << R"({"kind":"askList","origin":"00112233-4455-6677-8899-aabbccddeeff"})"_ba;
    ask.target = Target;
    QTest::newRow("one is asked")
        << ask
        << R"({"kind":"askList","origin":"00112233-4455-6677-8899-aabbccddeeff","target":"ffeeddcc-bbaa-9988-7766-554433221100"})"_ba;
    QTest::newRow("heartbeats are asked for")
        << WsPresenceMessage{Kind::AskHeartbeat, Origin}
        << R"({"kind":"askHeartbeat","origin":"00112233-4455-6677-8899-aabbccddeeff"})"_ba;
}

void TestWsPresenceMessage::layoutIsFixed()
{
    QFETCH(const WsPresenceMessage, message);
    QFETCH(const QByteArray, json);
    QCOMPARE(message.encoded(), json);
    const std::optional<WsPresenceMessage> decoded = WsPresenceMessage::decode(json);
    QVERIFY(decoded);
    QCOMPARE(decoded->kind, message.kind);
    QCOMPARE(decoded->origin, message.origin);
    QCOMPARE(decoded->target, message.target);
    QCOMPARE(decoded->timeToLive.count(), message.timeToLive.count());
    QCOMPARE(decoded->version, message.version);
    QCOMPARE(decoded->encoded(), json);
}

void TestWsPresenceMessage::namesSurvive_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("quotation marks") << u"\"\\/'"_s;
    QTest::newRow("control characters") << u"\0\x01\n\x7F"_s;
    QTest::newRow("German") << u"Müller"_s;
    QTest::newRow("outside the BMP") << u"\U0001F600"_s;
    QTest::newRow("JSON") << uR"({"user":1})"_s;
    QTest::newRow("the longest") << QString(WsPresenceMessage::MaxName, u'\u20AC');
}

void TestWsPresenceMessage::namesSurvive()
{
    QFETCH(const QString, name);
    WsPresenceMessage list = ofKind(Kind::List);
    list.members = QStringList{name};
    const std::optional<WsPresenceMessage> decoded = WsPresenceMessage::decode(list.encoded());
    QVERIFY(decoded);
    QCOMPARE(decoded->members, list.members);
}

void TestWsPresenceMessage::furtherValuesAreIgnored()
{
    QByteArray json = ofKind(Kind::Heartbeat).encoded();
    json.insert(1, R"("later":[{"a":null}],)");
    QVERIFY(WsPresenceMessage::decode(json));
}

void TestWsPresenceMessage::brokenMessagesAreRefused_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::newRow("no object") << "{"_ba
                               << "["_ba;
    QTest::newRow("kind") << "changes"_ba
                          << "change"_ba;
    QTest::newRow("kind as number") << "\"changes\""_ba
                                    << "1"_ba;
    QTest::newRow("origin") << "00112233"_ba
                            << "0011223"_ba;
    QTest::newRow("null origin") << "00112233-4455-6677-8899-aabbccddeeff"_ba
                                 << "00000000-0000-0000-0000-000000000000"_ba;
    QTest::newRow("no version") << "\"version\":7"_ba
                                << "\"versions\":7"_ba;
    QTest::newRow("version 0") << "\"version\":7"_ba
                               << "\"version\":0"_ba;
    QTest::newRow("version as text") << "\"version\":7"_ba
                                     << "\"version\":\"7\""_ba;
    QTest::newRow("version with a fraction") << "\"version\":7"_ba
                                             << "\"version\":7.5"_ba;
    QTest::newRow("huge version") << "\"version\":7"_ba
                                  << "\"version\":9007199254740992"_ba;
    QTest::newRow("no version before") << "\"after\":6"_ba
                                       << "\"after\":-6"_ba;
    QTest::newRow("no time to live") << "30000"_ba
                                     << "0"_ba;
    QTest::newRow("empty name") << "\"Ann\""_ba
                                << "\"\""_ba;
    QTest::newRow("name as number") << "\"Ann\""_ba
                                    << "1"_ba;
    QTest::newRow("name too long") << "Ann"_ba << QByteArray(WsPresenceMessage::MaxName + 1, 'x');
    QTest::newRow("name that is not UTF-8") << "Ann"_ba
                                            << "A\xFFn"_ba;
    QTest::newRow("names as text") << "[\"Ann\"]"_ba
                                   << "\"Ann\""_ba;
    QTest::newRow("no names") << "joined"_ba
                              << "Joined"_ba;
    QTest::newRow("deep") << "[\"Ann\"]"_ba << QByteArray(100'000, '[');
}

void TestWsPresenceMessage::brokenMessagesAreRefused()
{
    QFETCH(const QByteArray, before);
    QFETCH(const QByteArray, after);
    WsPresenceMessage changes = ofKind(Kind::Changes);
    changes.after = 6;
    changes.members = QStringList{u"Ann"_s};
    const QByteArray right = changes.encoded();
    QVERIFY(WsPresenceMessage::decode(right));
    QVERIFY(right.contains(before));
    QVERIFY(!WsPresenceMessage::decode(QByteArray(right).replace(before, after)));
    for (qsizetype size = 0; size < right.size(); ++size)
        QVERIFY(!WsPresenceMessage::decode(right.first(size)));
    WsPresenceMessage list = ofKind(Kind::List);
    list.part = list.parts;
    QVERIFY(!WsPresenceMessage::decode(list.encoded()));
}

void TestWsPresenceMessage::namesAreDivided()
{
    const QStringList names{u"a"_s, u"bb"_s, u"ccc"_s, u"dddddddddddddddd"_s, u"e"_s};
    const QList<QStringList> parts{{u"a"_s, u"bb"_s}, {u"ccc"_s}, {u"dddddddddddddddd"_s}, {u"e"_s}};
    QCOMPARE(WsPresenceMessage::divided(names, 9), parts);
    QCOMPARE(WsPresenceMessage::divided(names, 1000), QList<QStringList>{names});
    QCOMPARE(WsPresenceMessage::divided({}, 1000), QList<QStringList>());
}

void TestWsPresenceMessage::dividedNamesFit()
{
    const QStringList alphabet{u"\u0001"_s, u"\""_s, u"x"_s, u"ü"_s, u"\u20AC"_s, u"\U0001F600"_s};
    QStringList names;
    for (int i = 0; i < 1000; ++i)
        names.append(alphabet.at(i % alphabet.size()).repeated(i % 50 + 1) + QString::number(i));
    constexpr qint64 Size = 2048;
    const QList<QStringList> parts = WsPresenceMessage::divided(names, Size - WsPresenceMessage::Overhead);
    QVERIFY(parts.size() > 10);
    QStringList all;
    for (const QStringList &part : parts) {
        WsPresenceMessage list = ofKind(Kind::List);
        list.version = list.part = list.parts = (qint64(1) << 53) - 1;
        list.timeToLive = std::chrono::hours(1);
        list.members = part;
        QVERIFY2(list.encoded().size() <= Size, qPrintable(QString::number(list.encoded().size())));
        all += part;
    }
    QCOMPARE(all, names);
}

WSKIT_APPLESS_TEST(TestWsPresenceMessage)
#include "tst_wspresencemessage.moc"
