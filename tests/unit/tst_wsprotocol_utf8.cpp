// SPDX-License-Identifier: MIT
#include "protocoltesting.h"

using namespace ProtocolTesting;

// RFC 6455 §8.1: text is UTF-8, over the borders of fragments, and fails at its first bad byte.
class TestWsProtocolUtf8 : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void takesUtf8CutAnywhere_data();
    void takesUtf8CutAnywhere();
    void failsAtTheFirstByteThatIsNotUtf8_data();
    void failsAtTheFirstByteThatIsNotUtf8();
    void failsMessageThatEndsInsideACharacter_data();
    void failsMessageThatEndsInsideACharacter();
    void controlFrameDoesNotDisturbUtf8_data() { addRoleRows(); }
    void controlFrameDoesNotDisturbUtf8();
    void takesAnyBytesAsBinary_data() { addRoleRows(); }
    void takesAnyBytesAsBinary();
    void utf8StateDoesNotLeakToTheNextMessage_data() { addRoleRows(); }
    void utf8StateDoesNotLeakToTheNextMessage();
};

void TestWsProtocolUtf8::takesUtf8CutAnywhere_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<QByteArray>("utf8");
    for (const WsRole role : BothRoles) {
        addRow(role, "two bytes") << QByteArray("\u00e9");
        addRow(role, "three bytes") << QByteArray("\u20ac");
        addRow(role, "four bytes") << QByteArray("\U0001f600");
        addRow(role, "lowest and highest of each size")
            << QByteArray("\u0001\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff");
        addRow(role, "Greek among ASCII")
            << QByteArray("Hello-\u00b5@\u00df\u00f6\u00e4\u00fc-UTF-8!! \u03ba\u03cc");
        addRow(role, "NUL") << QByteArray("a\0b", 3);
    }
}

void TestWsProtocolUtf8::takesUtf8CutAnywhere()
{
    QFETCH(WsRole, role);
    QFETCH(QByteArray, utf8);
    for (qsizetype cut = 0; cut <= utf8.size(); ++cut) {
        const Frames frames{text(utf8.first(cut)).notFinal(), continuation(utf8.sliced(cut))};
        QCOMPARE(outcomeOf(role, frames), expectText(utf8));
    }
    Frames single{text("").notFinal()};
    for (const char byte : utf8)
        single.append(continuation(QByteArray(1, byte)).notFinal());
    single.append(continuation(""));
    QCOMPARE(outcomeOf(role, single), expectText(utf8));
}

void TestWsProtocolUtf8::failsAtTheFirstByteThatIsNotUtf8_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<QByteArray>("good"); // the bytes before the bad one
    QTest::addColumn<QByteArray>("bad");
    for (const WsRole role : BothRoles) {
        addRow(role, "first byte") << QByteArray() << QByteArray("\xFF");
        addRow(role, "lone continuation byte") << QByteArray("Hello") << QByteArray("\x80");
        addRow(role, "overlong in two bytes") << QByteArray("Hello") << QByteArray("\xC0");
        addRow(role, "overlong in three bytes") << QByteArray("Hello\xE0") << QByteArray("\x9F");
        addRow(role, "overlong in four bytes") << QByteArray("Hello\xF0") << QByteArray("\x8F");
        addRow(role, "surrogate") << QByteArray("\u03ba\u1f79\u03c3\u03bc\u03b5\xED") << QByteArray("\xA0");
        addRow(role, "above U+10FFFF") << QByteArray("\u03ba\xF4") << QByteArray("\x90");
        addRow(role, "five bytes") << QByteArray("a") << QByteArray("\xF8");
        addRow(role, "cut character") << QByteArray("a\xE2\x82") << QByteArray("b");
        addRow(role, "behind many") << QByteArray(1000, 'a') << QByteArray("\xC1");
    }
}

void TestWsProtocolUtf8::failsAtTheFirstByteThatIsNotUtf8()
{
    QFETCH(WsRole, role);
    QFETCH(QByteArray, good);
    QFETCH(QByteArray, bad);
    // The frame declares more than has come: what is good waits, the bad byte fails at once.
    const quint64 declared = quint64(good.size()) + 1000;
    QCOMPARE(outcomeOf(role, {text(good).declaring(declared)}), expectNothing());
    QCOMPARE(outcomeOf(role, {text(good + bad).declaring(declared)}), expectFailure(1007));
    // The same in the first frame of a message, and over the border of two.
    QCOMPARE(outcomeOf(role, {text(good + bad).notFinal()}), expectFailure(1007));
    QCOMPARE(outcomeOf(role, {text(good).notFinal()}), expectNothing());
    QCOMPARE(outcomeOf(role, {text(good).notFinal(), continuation(bad).declaring(1000).notFinal()}),
             expectFailure(1007));
    // Whatever follows changes nothing.
    QCOMPARE(outcomeOf(role, {text(good + bad + "edited"), ping("late")}), expectFailure(1007));
}

void TestWsProtocolUtf8::failsMessageThatEndsInsideACharacter_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<QByteArray>("utf8");
    for (const WsRole role : BothRoles) {
        addRow(role, "one of two") << QByteArray("a\xC3");
        addRow(role, "one of three") << QByteArray("a\xE2");
        addRow(role, "two of three") << QByteArray("a\xE2\x82");
        addRow(role, "three of four") << QByteArray("\xF0\x9F\x98");
    }
}

void TestWsProtocolUtf8::failsMessageThatEndsInsideACharacter()
{
    QFETCH(WsRole, role);
    QFETCH(QByteArray, utf8);
    QCOMPARE(outcomeOf(role, {text(utf8)}), expectFailure(1007));
    QCOMPARE(outcomeOf(role, {text(utf8).notFinal()}), expectNothing());
    QCOMPARE(outcomeOf(role, {text(utf8).notFinal(), continuation("")}), expectFailure(1007));
}

void TestWsProtocolUtf8::controlFrameDoesNotDisturbUtf8()
{
    QFETCH(WsRole, role);
    const Frames frames{text("\xE2").notFinal(), ping("\xFF"), continuation("\x82").notFinal(), pong("\xFE"),
                        continuation("\xAC")};
    QCOMPARE(outcomeOf(role, frames), expectPing("\xFF").thenPong("\xFE").thenText("\u20ac"));
}

void TestWsProtocolUtf8::takesAnyBytesAsBinary()
{
    QFETCH(WsRole, role);
    QByteArray all;
    for (int byte = 0; byte < 256; ++byte)
        all += char(byte);
    QCOMPARE(outcomeOf(role, {binary(all)}), expectBinary(all));
    QCOMPARE(outcomeOf(role, {binary("\xFF").notFinal(), continuation("\xC0")}), expectBinary("\xFF\xC0"));
}

void TestWsProtocolUtf8::utf8StateDoesNotLeakToTheNextMessage()
{
    QFETCH(WsRole, role);
    QCOMPARE(outcomeOf(role, {binary("\xE2\x82").notFinal(), continuation("\xE2"), text("a")}),
             expectBinary("\xE2\x82\xE2").thenText("a"));
    QCOMPARE(outcomeOf(role, {binary("\xE2\x82"), text("\xAC")}), expectBinary("\xE2\x82").thenFailure(1007));
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsProtocolUtf8)
#include "tst_wsprotocol_utf8.moc"
