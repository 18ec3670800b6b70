// SPDX-License-Identifier: MIT
#include "protocoltesting.h"

using namespace ProtocolTesting;

// RFC 6455 §5.5.1 and §7: who closes, with what, and what still counts afterwards.
class TestWsProtocolClose : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // the peer's Close
    void closeCodes_data() { addRoleRows(); }
    void closeCodes();
    void answersEmptyCloseWithAnEmptyOne_data() { addRoleRows(); }
    void answersEmptyCloseWithAnEmptyOne();
    void failsCloseOfOneByte_data() { addRoleRows(); }
    void failsCloseOfOneByte();
    void failsReasonThatIsNotUtf8_data();
    void failsReasonThatIsNotUtf8();
    void takesReasons_data();
    void takesReasons();
    void ignoresWhatFollowsTheClose_data();
    void ignoresWhatFollowsTheClose();
    void takesMessagesBeforeTheClose_data() { addRoleRows(); }
    void takesMessagesBeforeTheClose();

    // our Close
    void sendsClose_data();
    void sendsClose();
    void refusesCodesThatAreNotToBeSent_data() { addRoleRows(); }
    void refusesCodesThatAreNotToBeSent();
    void cutsReasonAtACharacterBorder_data();
    void cutsReasonAtACharacterBorder();
    void stillReceivesAfterOurClose_data() { addRoleRows(); }
    void stillReceivesAfterOurClose();
    void answersNoPingAfterOurClose_data() { addRoleRows(); }
    void answersNoPingAfterOurClose();
    void answersPingsWhileOurCloseWaits_data() { addRoleRows(); }
    void answersPingsWhileOurCloseWaits();
    void doesNotAnswerTheAnswer_data();
    void doesNotAnswerTheAnswer();
    void failsAfterOurCloseWithoutAnotherOne_data() { addRoleRows(); }
    void failsAfterOurCloseWithoutAnotherOne();
    void failureReplacesOurCloseThatWaits_data() { addRoleRows(); }
    void failureReplacesOurCloseThatWaits();
    void closesOnceWhenBothDo_data() { addRoleRows(); }
    void closesOnceWhenBothDo();
    void sendsCloseBehindWhatIsQueued_data() { addRoleRows(); }
    void sendsCloseBehindWhatIsQueued();

    // nothing goes out behind a Close
    void sendsNothingUnlessOpen_data();
    void sendsNothingUnlessOpen();

    // fail()
    void failTellsThePeer_data() { addRoleRows(); }
    void failTellsThePeer();
    void failWithACodeThatIsNotToBeSentTellsNone_data();
    void failWithACodeThatIsNotToBeSentTellsNone();
    void failCutsItsText();
    void failAfterOurCloseSendsNothing();
    void firstFailureStays();
    void failChangesNothingOnceClosed_data();
    void failChangesNothingOnceClosed();
    void failStopsReadingAtOnce();

    // the end of the bytes
    void eofInEachState_data();
    void eofInEachState();
    void eofComesBehindWhatWasReceived_data() { addRoleRows(); }
    void eofComesBehindWhatWasReceived();
    void eofInsideAFrameLosesTheMessage_data() { addRoleRows(); }
    void eofInsideAFrameLosesTheMessage();
    void eofIsToldOnce();
    void closeIsCompleteOnceBothWereSeen();
};

namespace {
const Replay ClosedByUs{.before = [](WsProtocol &protocol) { protocol.sendClose(Ws::Normal, {}); }};

// Closes \a protocol, which has encoded the first of three fragments.
void closeWithinAMessage(WsProtocol &protocol)
{
    constexpr qsizetype OneWrite = 64 * 1024;
    QVERIFY(protocol.sendFragments(Ws::Binary, QByteArrayList(3, QByteArray(OneWrite, 'f'))));
    (void)protocol.output();
    QVERIFY(protocol.sendClose(Ws::Normal, {}));
}

QList<int> opcodesOf(const QList<SentFrame> &frames)
{
    QList<int> opcodes;
    for (const SentFrame &sent : frames)
        opcodes.append(sent.opcode);
    return opcodes;
}

// RFC 6455 §7.4.2 and the registry at iana.org, written out.
bool isOnTheWire(int code)
{
    switch (code) {
    case 1000:
    case 1001:
    case 1002:
    case 1003:
    case 1007:
    case 1008:
    case 1009:
    case 1010:
    case 1011:
    case 1012:
    case 1013:
    case 1014:
        return true;
    default:
        return code >= 3000 && code < 5000;
    }
}
} // namespace

// --- the peer's Close

void TestWsProtocolClose::closeCodes()
{
    QFETCH(WsRole, role);
    for (int code = 0; code <= 5000; ++code) {
        const Outcome outcome = outcomeOf(role, {closing(code, "why")});
        const Outcome expected = isOnTheWire(code) ? expectClose(code, "why") : expectFailure(1002);
        if (!(outcome == expected))
            QCOMPARE(outcome, expected); // which prints both
    }
    QCOMPARE(outcomeOf(role, {closing(65535)}), expectFailure(1002));
}

void TestWsProtocolClose::answersEmptyCloseWithAnEmptyOne()
{
    QFETCH(WsRole, role);
    QCOMPARE(outcomeOf(role, {closing()}), expectClose(1005));
}

void TestWsProtocolClose::failsCloseOfOneByte()
{
    QFETCH(WsRole, role);
    QCOMPARE(outcomeOf(role, {frame(0x8, "\x03")}), expectFailure(1002));
    QCOMPARE(outcomeOf(role, {text("a"), frame(0x8, "a")}), expectText("a").thenFailure(1002));
}

void TestWsProtocolClose::failsReasonThatIsNotUtf8_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<QByteArray>("reason");
    for (const WsRole role : BothRoles) {
        addRow(role, "bad byte") << QByteArray("Hello \xFF");
        addRow(role, "surrogate") << QByteArray("\xED\xA0\x80");
        addRow(role, "ends inside a character") << QByteArray("\xE2\x82");
        addRow(role, "ends inside a character, 123 bytes") << QByteArray(122, 'a') + "\xC3";
    }
}

void TestWsProtocolClose::failsReasonThatIsNotUtf8()
{
    QFETCH(WsRole, role);
    QFETCH(QByteArray, reason);
    QCOMPARE(outcomeOf(role, {closing(1000, reason)}), expectFailure(1007));
}

void TestWsProtocolClose::takesReasons_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<QByteArray>("reason");
    for (const WsRole role : BothRoles) {
        addRow(role, "none") << QByteArray();
        addRow(role, "one byte") << QByteArray("a");
        addRow(role, "UTF-8") << QByteArray("\u00e9\u20ac\U0001f600");
        addRow(role, "123 bytes") << QByteArray(123, 'a');
        addRow(role, "123 bytes of UTF-8") << QByteArray("\u20ac").repeated(41);
    }
}

void TestWsProtocolClose::takesReasons()
{
    QFETCH(WsRole, role);
    QFETCH(QByteArray, reason);
    QCOMPARE(outcomeOf(role, {closing(1001, reason)}), expectClose(1001, reason));
}

void TestWsProtocolClose::ignoresWhatFollowsTheClose_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Frames>("following");
    for (const WsRole role : BothRoles) {
        addRow(role, "message") << Frames{text("late")};
        addRow(role, "ping") << Frames{ping("late")};
        addRow(role, "another close") << Frames{closing(1001)};
        addRow(role, "what would fail") << Frames{text("late").withRsv(7), text("\xFF")};
        addRow(role, "half a frame") << Frames{text("late").declaring(1000)};
    }
}

void TestWsProtocolClose::ignoresWhatFollowsTheClose()
{
    QFETCH(WsRole, role);
    QFETCH(Frames, following);
    QCOMPARE(outcomeOf(role, Frames{closing(1000)} + following), expectClose(1000));
    QCOMPARE(outcomeOf(role, Frames{closing(1000)} + following, ClosedByUs),
             expectClose(1000).withoutAnswer().leaving(WsProtocol::State::Closed));
}

void TestWsProtocolClose::takesMessagesBeforeTheClose()
{
    QFETCH(WsRole, role);
    QCOMPARE(outcomeOf(role, {text("a"), ping("b"), binary("c").notFinal(), closing(3000, "done")}),
             expectText("a").thenPing("b").thenClose(3000, "done"));
}

// --- our Close

void TestWsProtocolClose::sendsClose_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("reason");
    QTest::addColumn<QByteArray>("payload");
    for (const WsRole role : BothRoles) {
        addRow(role, "normal") << 1000 << QByteArray() << QByteArray("\x03\xE8");
        addRow(role, "with a reason") << 1001 << QByteArray("bye")
                                      << QByteArray("\x03\xE9"
                                                    "bye");
        addRow(role, "of the application") << 4999 << QByteArray("\u00e9") << QByteArray("\x13\x87\u00e9");
        addRow(role, "no status") << 1005 << QByteArray() << QByteArray();
        addRow(role, "no status has no reason") << 1005 << QByteArray("why") << QByteArray();
    }
}

void TestWsProtocolClose::sendsClose()
{
    QFETCH(WsRole, role);
    QFETCH(int, code);
    QFETCH(QByteArray, reason);
    WsProtocol protocol(role);
    QVERIFY(protocol.sendClose(quint16(code), reason));
    QCOMPARE(protocol.state(), WsProtocol::State::ClosedByUs);
    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(sent.size(), 1);
    QCOMPARE(sent[0].opcode, 0x8);
    QCOMPARE(sent[0].isMasked, role == WsRole::Client);
    QTEST(sent[0].payload, "payload");
}

void TestWsProtocolClose::refusesCodesThatAreNotToBeSent()
{
    QFETCH(WsRole, role);
    for (int code = 0; code <= 65535; ++code) {
        WsProtocol protocol(role);
        const bool isSent = isOnTheWire(code) || code == 1005;
        QVERIFY2(protocol.sendClose(quint16(code), "why") == isSent, qPrintable(QString::number(code)));
        QCOMPARE(protocol.output().isEmpty(), !isSent);
        QCOMPARE(protocol.state(), isSent ? WsProtocol::State::ClosedByUs : WsProtocol::State::Open);
    }
}

void TestWsProtocolClose::cutsReasonAtACharacterBorder_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<QByteArray>("reason");
    QTest::addColumn<QByteArray>("sentReason");
    for (const WsRole role : BothRoles) {
        const QByteArray a123(123, 'a');
        addRow(role, "123 bytes") << a123 << a123;
        addRow(role, "124 bytes") << a123 + 'b' << a123;
        addRow(role, "much longer") << QByteArray(100000, 'a') << a123;
        addRow(role, "two bytes at the border") << QByteArray(122, 'a') + "\u00e9" << QByteArray(122, 'a');
        addRow(role, "three bytes at the border") << QByteArray(121, 'a') + "\u20ac" << QByteArray(121, 'a');
        addRow(role, "three bytes up to the border")
            << QByteArray(120, 'a') + "\u20ac\u20ac" << QByteArray(120, 'a') + "\u20ac";
        addRow(role, "four bytes at the border")
            << QByteArray(120, 'a') + "\U0001f600" << QByteArray(120, 'a');
    }
}

void TestWsProtocolClose::cutsReasonAtACharacterBorder()
{
    QFETCH(WsRole, role);
    QFETCH(QByteArray, reason);
    WsProtocol protocol(role);
    QVERIFY(protocol.sendClose(Ws::Normal, reason));
    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(sent.size(), 1);
    QTEST(sent[0].payload.mid(2), "sentReason");
}

void TestWsProtocolClose::stillReceivesAfterOurClose()
{
    QFETCH(WsRole, role);
    QCOMPARE(outcomeOf(role, {text("a"), binary("b").notFinal(), continuation("c")}, ClosedByUs),
             expectText("a").thenBinary("bc").leaving(WsProtocol::State::ClosedByUs));
}

void TestWsProtocolClose::answersNoPingAfterOurClose()
{
    QFETCH(WsRole, role);
    QCOMPARE(
        outcomeOf(role, {ping("a"), pong("b"), ping("c")}, ClosedByUs),
        expectPing("a").thenPong("b").thenPing("c").withoutAnswer().leaving(WsProtocol::State::ClosedByUs));
}

// RFC 6455 §5.5.2. It may take long until all of the messages are sent.
void TestWsProtocolClose::answersPingsWhileOurCloseWaits()
{
    QFETCH(WsRole, role);
    WsProtocol protocol(role);
    closeWithinAMessage(protocol);
    protocol.receive(fromPeerOf(role, {ping("a")}));
    QCOMPARE(protocol.nextEvent().type, WsEvent::Ping);
    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(opcodesOf(sent), QList<int>({0x2, 0xA, 0x0, 0x0, 0x8}));
    QCOMPARE(sent[1].payload, QByteArray("a"));
    protocol.receive(fromPeerOf(role, {ping("b")}));
    QCOMPARE(protocol.nextEvent().type, WsEvent::Ping);
    QVERIFY(protocol.output().isEmpty());
}

void TestWsProtocolClose::doesNotAnswerTheAnswer_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<int>("code");
    for (const WsRole role : BothRoles) {
        addRow(role, "with the same code") << 1000;
        addRow(role, "with another code") << 4000;
        addRow(role, "with none") << 1005;
    }
}

void TestWsProtocolClose::doesNotAnswerTheAnswer()
{
    QFETCH(WsRole, role);
    QFETCH(int, code);
    const Frame answer = code == 1005 ? closing() : closing(code);
    QCOMPARE(outcomeOf(role, {text("before"), answer}, ClosedByUs),
             expectText("before").thenClose(code).withoutAnswer().leaving(WsProtocol::State::Closed));
}

void TestWsProtocolClose::failsAfterOurCloseWithoutAnotherOne()
{
    QFETCH(WsRole, role);
    QCOMPARE(outcomeOf(role, {text("a").withRsv(1)}, ClosedByUs), expectFailure(1002).withoutAnswer());
    QCOMPARE(outcomeOf(role, {text("\xFF")}, ClosedByUs), expectFailure(1007).withoutAnswer());
    QCOMPARE(outcomeOf(role, {closing(999)}, ClosedByUs), expectFailure(1002).withoutAnswer());
}

void TestWsProtocolClose::failureReplacesOurCloseThatWaits()
{
    QFETCH(WsRole, role);
    WsProtocol protocol(role);
    closeWithinAMessage(protocol);
    protocol.receive(fromPeerOf(role, {text("\xFF")}));
    QCOMPARE(protocol.nextEvent().type, WsEvent::Failure);
    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(opcodesOf(sent), QList<int>({0x2, 0x8}));
    QVERIFY(sent[1].payload.startsWith("\x03\xEF")); // 1007
}

void TestWsProtocolClose::closesOnceWhenBothDo()
{
    QFETCH(WsRole, role);
    WsProtocol ours(role);
    WsProtocol theirs(role == WsRole::Server ? WsRole::Client : WsRole::Server);
    QVERIFY(ours.sendClose(Ws::Normal, "ours"));
    QVERIFY(theirs.sendClose(Ws::GoingAway, "theirs"));
    const QByteArray fromUs = drain(ours);
    const QByteArray fromThem = drain(theirs);
    ours.receive(fromThem);
    theirs.receive(fromUs);
    const WsEvent atOurs = ours.nextEvent();
    QCOMPARE(atOurs.type, WsEvent::Close);
    QCOMPARE(atOurs.closeCode, quint16(Ws::GoingAway));
    QCOMPARE(atOurs.payload.toByteArray(), QByteArray("theirs"));
    const WsEvent atTheirs = theirs.nextEvent();
    QCOMPARE(atTheirs.type, WsEvent::Close);
    QCOMPARE(atTheirs.closeCode, quint16(Ws::Normal));
    for (WsProtocol *protocol : {&ours, &theirs}) {
        QCOMPARE(protocol->state(), WsProtocol::State::Closed);
        QVERIFY(protocol->isCloseComplete());
        QVERIFY(protocol->output().isEmpty());
    }
}

void TestWsProtocolClose::sendsCloseBehindWhatIsQueued()
{
    QFETCH(WsRole, role);
    WsProtocol protocol(role);
    QVERIFY(protocol.sendMessage(Ws::Text, "last words"));
    QVERIFY(protocol.sendClose(Ws::Normal, {}));
    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(sent.size(), 2);
    QCOMPARE(sent[0].payload, QByteArray("last words"));
    QCOMPARE(sent[1].opcode, 0x8);
}

// --- nothing goes out behind a Close

void TestWsProtocolClose::sendsNothingUnlessOpen_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Frames>("received");
    QTest::addColumn<bool>("closedByUs");
    QTest::addColumn<bool>("eof");
    QTest::addColumn<WsProtocol::State>("state");
    using State = WsProtocol::State;
    for (const WsRole role : BothRoles) {
        addRow(role, "ClosedByUs") << Frames{} << true << false << State::ClosedByUs;
        addRow(role, "ClosedByPeer") << Frames{closing(1000)} << false << false << State::ClosedByPeer;
        addRow(role, "Closed") << Frames{closing(1000)} << true << false << State::Closed;
        addRow(role, "Failed") << Frames{text("a").withRsv(1)} << false << false << State::Failed;
        addRow(role, "Lost") << Frames{} << false << true << State::Lost;
    }
}

void TestWsProtocolClose::sendsNothingUnlessOpen()
{
    QFETCH(WsRole, role);
    QFETCH(Frames, received);
    QFETCH(bool, closedByUs);
    QFETCH(bool, eof);
    WsProtocol protocol(role);
    if (closedByUs)
        QVERIFY(protocol.sendClose(Ws::Normal, {}));
    protocol.receive(fromPeerOf(role, received));
    if (eof)
        protocol.receiveEof();
    while (protocol.nextEvent().type != WsEvent::NeedsBytes) {
    }
    QTEST(protocol.state(), "state");
    drain(protocol);

    QVERIFY(!protocol.sendMessage(Ws::Text, "late"));
    QVERIFY(!protocol.sendMessage(Ws::Binary, QByteArray(100000, 'l')));
    QVERIFY(!protocol.send(WsPreparedMessage::text("late")));
    QVERIFY(!protocol.sendPing("late"));
    QVERIFY(!protocol.sendPong("late"));
    QVERIFY(!protocol.sendClose(Ws::Normal, "late"));
    QVERIFY(protocol.output().isEmpty());
    QCOMPARE(protocol.outputSize(), 0);
    QTEST(protocol.state(), "state");
}

// --- fail()

void TestWsProtocolClose::failTellsThePeer()
{
    QFETCH(WsRole, role);
    WsProtocol protocol(role);
    protocol.fail(Ws::ErrorKind::Timeout, Ws::InternalError, QStringLiteral("no pong for \u00e9ons"));
    QCOMPARE(protocol.state(), WsProtocol::State::Failed);
    QVERIFY(!protocol.isCloseComplete());
    QCOMPARE(protocol.failure().kind, Ws::ErrorKind::Timeout);
    QCOMPARE(protocol.failure().closeCode, quint16(Ws::InternalError));
    QCOMPARE(protocol.failure().text, QStringLiteral("no pong for \u00e9ons"));
    const QList<SentFrame> sent = sentBy(protocol);
    QCOMPARE(sent.size(), 1);
    QCOMPARE(sent[0].payload, QByteArray("\x03\xF3no pong for \u00e9ons"));
}

void TestWsProtocolClose::failWithACodeThatIsNotToBeSentTellsNone_data()
{
    QTest::addColumn<int>("code");
    for (const int code : {0, 1004, 1005, 1006, 1015, 2999, 5000})
        QTest::newRow(numbered("", code).constData()) << code;
}

void TestWsProtocolClose::failWithACodeThatIsNotToBeSentTellsNone()
{
    QFETCH(int, code);
    WsProtocol protocol(WsRole::Server);
    protocol.fail(Ws::ErrorKind::Network, quint16(code), QStringLiteral("gone"));
    QCOMPARE(protocol.failure().closeCode, quint16(code));
    QCOMPARE(drain(protocol), fromPeerOf(WsRole::Client, {closing()}));
}

void TestWsProtocolClose::failCutsItsText()
{
    WsProtocol protocol(WsRole::Server);
    const QString text = QString(122, u'a') + u'\u00e9';
    protocol.fail(Ws::ErrorKind::Protocol, Ws::ProtocolError, text);
    QCOMPARE(protocol.failure().text, text);
    QCOMPARE(drain(protocol), fromPeerOf(WsRole::Client, {closing(1002, QByteArray(122, 'a'))}));
}

void TestWsProtocolClose::failAfterOurCloseSendsNothing()
{
    WsProtocol protocol(WsRole::Client);
    QVERIFY(protocol.sendClose(Ws::Normal, {}));
    drain(protocol);
    protocol.fail(Ws::ErrorKind::Timeout, Ws::InternalError, QStringLiteral("late"));
    QCOMPARE(protocol.state(), WsProtocol::State::Failed);
    QCOMPARE(protocol.failure().kind, Ws::ErrorKind::Timeout);
    QVERIFY(protocol.output().isEmpty());
}

void TestWsProtocolClose::firstFailureStays()
{
    WsProtocol protocol(WsRole::Server);
    protocol.fail(Ws::ErrorKind::Overflow, Ws::PolicyViolation, QStringLiteral("first"));
    drain(protocol);
    protocol.fail(Ws::ErrorKind::Timeout, Ws::InternalError, QStringLiteral("second"));
    QCOMPARE(protocol.failure().kind, Ws::ErrorKind::Overflow);
    QCOMPARE(protocol.failure().text, QStringLiteral("first"));
    QVERIFY(protocol.output().isEmpty());
}

void TestWsProtocolClose::failChangesNothingOnceClosed_data()
{
    QTest::addColumn<bool>("closedByUs");
    QTest::newRow("ClosedByPeer") << false;
    QTest::newRow("Closed") << true;
}

void TestWsProtocolClose::failChangesNothingOnceClosed()
{
    QFETCH(bool, closedByUs);
    WsProtocol protocol(WsRole::Server);
    if (closedByUs)
        QVERIFY(protocol.sendClose(Ws::Normal, {}));
    protocol.receive(fromPeerOf(WsRole::Server, {closing(1000)}));
    QCOMPARE(protocol.nextEvent().type, WsEvent::Close);
    drain(protocol);
    protocol.fail(Ws::ErrorKind::Timeout, Ws::InternalError, QStringLiteral("late"));
    QVERIFY(protocol.isCloseComplete());
    QCOMPARE(protocol.failure().kind, Ws::ErrorKind::None);
    QVERIFY(protocol.output().isEmpty());
}

void TestWsProtocolClose::failStopsReadingAtOnce()
{
    WsProtocol protocol(WsRole::Server);
    protocol.receive(fromPeerOf(WsRole::Server, {text("one"), text("two"), ping("three")}));
    QCOMPARE(protocol.nextEvent().type, WsEvent::Message);
    protocol.fail(Ws::ErrorKind::Overflow, Ws::PolicyViolation, QStringLiteral("enough"));
    QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
    protocol.receive(fromPeerOf(WsRole::Server, {text("four")}));
    QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
    QCOMPARE(sentBy(protocol).size(), 1);
}

// --- the end of the bytes

void TestWsProtocolClose::eofInEachState_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Frames>("frames");
    QTest::addColumn<bool>("closedByUs");
    QTest::addColumn<Outcome>("expected");
    using State = WsProtocol::State;
    for (const WsRole role : BothRoles) {
        addRow(role, "Open") << Frames{} << false << expectEof();
        addRow(role, "Open, behind a message") << Frames{text("a")} << false << expectText("a").thenEof();
        addRow(role, "ClosedByUs") << Frames{} << true << expectEof();
        addRow(role, "ClosedByUs, behind a message")
            << Frames{text("a")} << true << expectText("a").thenEof();
        addRow(role, "ClosedByPeer") << Frames{closing(1000)} << false << expectClose(1000).thenEof();
        addRow(role, "Closed") << Frames{closing(1000)} << true
                               << expectClose(1000).withoutAnswer().leaving(State::Closed).thenEof();
        addRow(role, "Failed") << Frames{text("a").withRsv(1)} << false << expectFailure(1002).thenEof();
    }
}

void TestWsProtocolClose::eofInEachState()
{
    QFETCH(WsRole, role);
    QFETCH(Frames, frames);
    QFETCH(bool, closedByUs);
    Replay replay = closedByUs ? ClosedByUs : Replay();
    replay.endsWithEof = true;
    QTEST(outcomeOf(role, frames, replay), "expected");
}

void TestWsProtocolClose::eofComesBehindWhatWasReceived()
{
    QFETCH(WsRole, role);
    WsProtocol protocol(role);
    protocol.receive(fromPeerOf(role, {text("one"), binary("two")}));
    protocol.receiveEof();
    QCOMPARE(protocol.nextEvent().type, WsEvent::Message);
    QCOMPARE(protocol.state(), WsProtocol::State::Open);
    QCOMPARE(protocol.nextEvent().type, WsEvent::Message);
    QCOMPARE(protocol.nextEvent().type, WsEvent::Eof);
    QCOMPARE(protocol.state(), WsProtocol::State::Lost);
    QVERIFY(!protocol.isCloseComplete());
}

void TestWsProtocolClose::eofInsideAFrameLosesTheMessage()
{
    QFETCH(WsRole, role);
    const QByteArray bytes = fromPeerOf(role, {text("Hello").notFinal(), binary("never whole")});
    const qsizetype first = fromPeerOf(role, {text("Hello").notFinal()}).size();
    for (qsizetype size = 1; size <= first + 1; ++size)
        QCOMPARE(outcomeOf(role, bytes.first(size), {.endsWithEof = true}), expectEof());
}

void TestWsProtocolClose::eofIsToldOnce()
{
    WsProtocol protocol(WsRole::Client);
    protocol.receiveEof();
    QCOMPARE(protocol.nextEvent().type, WsEvent::Eof);
    QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
    protocol.receiveEof();
    QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
}

void TestWsProtocolClose::closeIsCompleteOnceBothWereSeen()
{
    WsProtocol protocol(WsRole::Client);
    QVERIFY(!protocol.isCloseComplete());
    QVERIFY(protocol.sendClose(Ws::Normal, {}));
    QVERIFY(!protocol.isCloseComplete());
    protocol.receive(fromPeerOf(WsRole::Client, {closing(1000)}));
    QVERIFY(!protocol.isCloseComplete());
    QCOMPARE(protocol.nextEvent().type, WsEvent::Close);
    QVERIFY(protocol.isCloseComplete());
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsProtocolClose)
#include "tst_wsprotocol_close.moc"
