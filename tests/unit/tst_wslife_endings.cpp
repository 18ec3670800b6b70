// SPDX-License-Identifier: MIT

// Every way in which a connection ends, in both roles, fed in one piece and byte by byte.

#include "net/connection/wslife.h"

#include "connectiontesting.h"
#include "transporttesting.h"

#include <QtCore/qfuture.h>
#include <QtCore/qlocale.h>
#include <QtNetwork/qnetworkproxy.h>

using namespace ConnectionTesting;
using Scenario = std::function<void(Side &)>;

namespace {
constexpr qint64 KiB = 1024;

WsOptions shortOptions()
{
    WsOptions options;
    options.setHandshakeTimeout(10s);
    options.setCloseTimeout(5s);
    options.setPingInterval(20s);
    options.setPongTimeout(7s);
    options.setMaxMessageSize(100);
    options.setMaxFrameSize(50);
    options.setMaxFragments(3);
    options.setHighWaterMark(KiB);
    return options;
}

void row(WsRole role, const char *name, const char *told, const char *sent, const char *fate,
         const Scenario &happens)
{
    QTest::addRow("%s: %s", nameOf(role), name)
        << role << happens << QString::fromUtf8(told) << QString::fromUtf8(sent) << QString::fromUtf8(fate);
}

// For both roles.
void row(const char *name, const char *told, const char *sent, const char *fate, const Scenario &happens)
{
    row(WsRole::Client, name, told, sent, fate, happens);
    row(WsRole::Server, name, told, sent, fate, happens);
}

void addEndingColumns()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Scenario>("happens");
    QTest::addColumn<QString>("told");
    QTest::addColumn<QString>("sent");
    QTest::addColumn<QString>("fate");
}

// A frame that the role may not get: masked from a server, unmasked from a client.
Frame wronglyMasked(const Side &side)
{
    return side.role == WsRole::Client ? text("x").masked() : text("x").unmasked();
}

void closeByPeer(Side &side)
{
    side.receive({closing(1000, "bye")});
}

// Nobody takes what the connection sends, of which there is more than highWaterMark.
void fillUp(Side &side)
{
    side.wire->room = 0;
    side.connection->sendBinary(QByteArray(2 * KiB, 'x'));
    settle();
}

QString queuedText(qint64 size, const char *limit)
{
    return u"%1 bytes were still queued; the peer took none for %2"_s.arg(
        QLocale(QLocale::English).toString(size), QString::fromUtf8(limit));
}
} // namespace

class TestWsLifeEndings : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void endsCleanly_data();
    void endsCleanly();
    void endsByTheNetwork_data();
    void endsByTheNetwork() { endsCleanly(); }
    void endsByATimeout_data();
    void endsByATimeout() { endsCleanly(); }
    void endsByACloseTimeout_data();
    void endsByACloseTimeout() { endsCleanly(); }
    void endsByABrokenRule_data();
    void endsByABrokenRule() { endsCleanly(); }
    void endsWhileOutputIsUnsent_data();
    void endsWhileOutputIsUnsent() { endsCleanly(); }
    void endsAfterWhatHeldItUp_data();
    void endsAfterWhatHeldItUp() { endsCleanly(); }
    void endsDependOnWhoIsHeldBack_data();
    void endsDependOnWhoIsHeldBack() { endsCleanly(); }
    void endsAfterWhatNobodyHasTaken_data();
    void endsAfterWhatNobodyHasTaken() { endsCleanly(); }
    void endsWhenMessagesAreTaken_data();
    void endsWhenMessagesAreTaken() { endsCleanly(); }
    void endsByTheApplication_data();
    void endsByTheApplication() { endsCleanly(); }

    void slowReaderGetsAllBeforeTheClose_data() { addSlowReaders(); }
    void slowReaderGetsAllBeforeTheClose();
    void slowReaderMissesNoPong_data() { addSlowReaders(); }
    void slowReaderMissesNoPong();
    void slowReaderGetsAllOfAnHttpAnswer_data() { addSlowReaders(); }
    void slowReaderGetsAllOfAnHttpAnswer();
    void closeTimeoutOfZeroWaitsForThePeer_data() { addRoles(); }
    void closeTimeoutOfZeroWaitsForThePeer();
    void closeTimeoutOfZeroKeepsNoHttpClient();
    void busyThreadHasTimeToReadTheAnswer();
    void silenceEndsNothingWhilePaused();
    void deletionTellsThePeer_data();
    void deletionTellsThePeer();
    void deletionInASlotEndsAllElse_data();
    void deletionInASlotEndsAllElse();
    void slotOfTheErrorOpensAgain_data();
    void slotOfTheErrorOpensAgain();
    void placeIsKeptUntilTheRestIsSent();
    void openingEndsSilentlyIfItsSlotDeletes();
    void droppedQueueIsReported_data();
    void droppedQueueIsReported();
    void droppedQueueIsReportedAlthoughTheEndIsHeld();

private:
    static void addRoles()
    {
        QTest::addColumn<WsRole>("role");
        QTest::newRow("client") << WsRole::Client;
        QTest::newRow("server") << WsRole::Server;
    }
    static void addSlowReaders()
    {
        QTest::addColumn<bool>("isTls");
        QTest::newRow("ws") << false;
        QTest::newRow("wss") << true;
    }
};

void TestWsLifeEndings::endsCleanly_data()
{
    addEndingColumns();
    const char *const clean = "Closing, Closed, closed 1000 'bye' clean";
    row(WsRole::Server, "closed by the peer", clean, "close 1000 'bye'", "finished", closeByPeer);
    row(WsRole::Server, "closed without a code", "Closing, Closed, closed 1005 '' clean", "close", "finished",
        [](Side &s) { s.receive({closing()}); });
    row(WsRole::Server, "closed by us", clean, "close 1001 'going'", "finished", [](Side &s) {
        s.connection->close(1001, u"going"_s);
        s.receive({closing(1000, "bye")});
    });
    row(WsRole::Server, "closed by both at once", clean, "close 3000 'ours'", "finished", [](Side &s) {
        s.wire->room = 0;
        s.connection->close(3000, u"ours"_s);
        s.receive({closing(1000, "bye")});
        s.wire->takeAll();
    });
    row(WsRole::Server, "messages come before it", "text a, ping b, Closing, Closed, closed 1000 'bye' clean",
        "pong 'b', close 1000 'bye'", "finished", [](Side &s) {
            s.receive({text("a"), ping("b"), closing(1000, "bye"), text("c")});
        });
    row(WsRole::Client, "closed by the peer", clean, "close 1000 'bye'", "finished", [](Side &s) {
        closeByPeer(s);
        s.wire->end();
    });
    row(WsRole::Client, "waits for the server to end TCP", "Closing", "close 1000 'bye'", "kept", closeByPeer);
    row(WsRole::Client, "closed by us", clean, "close 1001 'going'", "finished", [](Side &s) {
        s.connection->close(1001, u"going"_s);
        s.receive({closing(1000, "bye")});
        s.wire->end();
    });
    row(WsRole::Client, "closed by us, answered after a message",
        "Closing, text a, Closed, closed 1000 'bye' clean", "close 1000 ''", "finished", [](Side &s) {
            s.connection->close();
            s.receive({text("a"), closing(1000, "bye")});
            s.wire->halfEnd();
        });
    row(WsRole::Client, "end of TCP right after the Close",
        "text a, Closing, Closed, closed 1000 'bye' unclean", "", "cut", [](Side &s) {
            s.wire->unread = fromPeerOf(s.role, {text("a"), closing(1000, "bye")});
            s.wire->end();
        });
}

void TestWsLifeEndings::endsCleanly()
{
    QFETCH(const WsRole, role);
    QFETCH(const Scenario, happens);
    QFETCH(const QString, told);
    QFETCH(const QString, sent);
    QFETCH(const QString, fate);
    for (const Feeding feeding : {Whole, WholeToBuffers, ByteByByte}) {
        Side side(role, shortOptions());
        QVERIFY(side.open());
        side.setFeeding(feeding);
        happens(side);
        settle();
        QCOMPARE(side.told(), told);
        QCOMPARE(side.sent(), sent);
        QCOMPARE(side.fate(), fate);
        if (!told.contains(u"closed"))
            continue;
        side.wire->feed("more");
        side.wire->end();
        pass(1h);
        settle();
        QCOMPARE(side.told(), QString());
        if (role == WsRole::Server) {
            QVERIFY(!side.connection);
            QCOMPARE(side.server->connectionCount(), 0);
            QCOMPARE(WsServerPrivate::of(side.server.get())->home->load, 0);
        }
    }
}

void TestWsLifeEndings::endsByTheNetwork_data()
{
    addEndingColumns();
    const char *const lost = "error Network, Closed, closed 1006 '' unclean";
    row("end of TCP", lost, "", "cut", [](Side &s) { s.wire->end(); });
    row("reset", lost, "", "cut", [](Side &s) { s.wire->reset(); });
    row("end of TCP inside a frame", lost, "", "cut", [](Side &s) {
        s.feed(fromPeerOf(s.role, {text("hello")}).first(4));
        s.wire->end();
    });
    row("the peer ends its direction alone", lost, "", "cut", [](Side &s) { s.wire->halfEnd(); });
    row("what came before is delivered", "text a, text b, error Network, Closed, closed 1006 '' unclean", "",
        "cut", [](Side &s) {
            s.wire->unread = fromPeerOf(s.role, {text("a"), text("b")});
            s.wire->end();
        });
    row("what came before a reset is delivered", "text a, error Network, Closed, closed 1006 '' unclean", "",
        "cut", [](Side &s) {
            s.wire->chunk = 1;
            s.wire->unread = fromPeerOf(s.role, {text("a")});
            s.wire->reset();
        });
    row("what was to be sent is lost", "error Network, Closed, closed 1006 '' unclean", "", "cut",
        [](Side &s) {
            fillUp(s);
            s.wire->end();
        });
    row("end of TCP instead of the answer to our Close",
        "Closing, error Network, Closed, closed 1006 '' unclean", "close 1000 ''", "cut", [](Side &s) {
            s.connection->close();
            settle();
            s.wire->end();
        });
}

void TestWsLifeEndings::endsByATimeout_data()
{
    addEndingColumns();
    row("no pong", "error Timeout, Closed, closed 1006 '' unclean",
        "close 1011 'no answer to a ping within pongTimeout (7 s)'", "cut", [](Side &s) {
            pass(20s);
            s.wire->takeWritten();
            pass(7s);
        });
    row("no pong, and nothing is taken of much", "error Timeout, Closed, closed 1006 '' unclean", "", "cut",
        [](Side &s) {
            fillUp(s);
            pass(20s);
            pass(7s);
            static const QRegularExpression expected(
                u"^2,0\\d\\d bytes were still queued; the peer took none for pongTimeout \\(7 s\\)$"_s);
            QVERIFY(s.log->errors.value(0).text().contains(expected)); // the ping has no fixed size
        });
    row("no pong, but what was queued is taken bit by bit", "drained", "", "kept", [](Side &s) {
        fillUp(s);
        pass(20s);
        for (int i = 0; i < 8; ++i) {
            pass(6s);
            s.wire->take(200);
        }
        s.wire->takeWritten();
    });
    row("no pong, but the system's queue becomes shorter", "", "", "kept", [](Side &s) {
        s.wire->inSystem = 100 * KiB;
        pass(20s);
        for (int i = 0; i < 8; ++i) {
            s.wire->inSystem -= KiB;
            pass(6s);
        }
        s.wire->takeWritten();
    });
    row("no pong, and the system's queue stays", "error Timeout, Closed, closed 1006 '' unclean", "", "cut",
        [](Side &s) {
            s.wire->inSystem = 100 * KiB;
            pass(20s);
            s.wire->inSystem += s.wire->takeWritten().size(); // the ping
            pass(7s);
            s.wire->takeWritten();
            static const QRegularExpression expected(
                u"^102,4\\d\\d bytes were still queued; the peer took none for pongTimeout \\(7 s\\)$"_s);
            QVERIFY(s.log->errors.value(0).text().contains(expected));
        });
    row("a message stands for a pong", "text a", "", "kept", [](Side &s) {
        pass(20s);
        s.wire->takeWritten();
        pass(6s);
        s.receive({text("a")});
        pass(7s);
    });
}

void TestWsLifeEndings::endsByACloseTimeout_data()
{
    addEndingColumns();
    row("no answer to our Close", "Closing, error Timeout, Closed, closed 1006 '' unclean", "close 1000 ''",
        "finished", [](Side &s) {
            s.connection->close();
            settle();
            pass(5s);
        });
    row("our Close is behind what is taken bit by bit", "Closing, drained, Closed, closed 1000 'bye' clean",
        "", "finished", [](Side &s) {
            s.wire->room = 0;
            s.connection->sendBinary(QByteArray(100 * KiB, 'x'));
            s.connection->close();
            for (int i = 0; i < 20; ++i) {
                pass(2s);
                s.wire->take(3 * KiB);
            }
            s.wire->takeAll();
            s.wire->takeWritten();
            pass(4s);
            closeByPeer(s);
            s.wire->end();
        });
    row("our Close is in the system's queue, which becomes shorter", "Closing", "close 1000 ''", "kept",
        [](Side &s) {
            s.wire->inSystem = 100 * KiB;
            s.connection->close();
            for (int i = 0; i < 20; ++i) {
                s.wire->inSystem -= 4 * KiB;
                pass(4s);
            }
        });
    row("our Close is behind what is not taken", "Closing, error Timeout, Closed, closed 1006 '' unclean", "",
        "cut", [](Side &s) {
            fillUp(s);
            s.connection->close();
            pass(5s);
            const qint64 queued = s.role == WsRole::Client ? 2064 : 2056;
            QCOMPARE(s.log->errors.value(0).text(), queuedText(queued, "closeTimeout (5 s)"));
        });
    row("our Close is behind what is taken too slowly",
        "Closing, error Timeout, Closed, closed 1006 '' unclean", "", "cut", [](Side &s) {
            s.wire->room = 0;
            s.connection->sendBinary(QByteArray(100 * KiB, 'x'));
            s.connection->close();
            for (int i = 0; i < 5; ++i) {
                s.wire->take(100);
                pass(1250ms);
            }
            s.wire->takeWritten();
            QVERIFY(s.log->errors.value(0).text().endsWith(u"fewer than 1,024 bytes a second"));
        });
    row("our Close is not taken", "Closing, error Timeout, Closed, closed 1006 '' unclean", "", "cut",
        [](Side &s) {
            s.wire->room = 0;
            s.connection->close();
            settle();
            pass(5s);
        });
    row("the peer stays after a broken rule", "Closing, error Protocol, Closed, closed 1006 '' unclean", "",
        "finished", [](Side &s) {
            s.receive({frame(0x3)});
            s.wire->takeWritten();
            pass(5s);
        });
    row("the peer stays after a broken rule, and does not read why",
        "Closing, error Protocol, Closed, closed 1006 '' unclean", "", "cut", [](Side &s) {
            s.wire->room = 0;
            s.receive({frame(0x3)});
            pass(5s);
        });
    row(WsRole::Client, "the server does not end TCP", "Closing, Closed, closed 1000 'bye' clean",
        "close 1000 'bye'", "finished", [](Side &s) {
            closeByPeer(s);
            pass(5s);
        });
}

void TestWsLifeEndings::endsByABrokenRule_data()
{
    addEndingColumns();
    const auto receives = [](const Frames &frames) {
        return [frames](Side &s) {
            s.receive(frames);
            settle();
            s.wire->end();
        };
    };
    const char *const brokenRule = "Closing, error Protocol, Closed, closed 1006 '' unclean";
    const char *const tooBig = "Closing, error TooLarge, Closed, closed 1006 '' unclean";
    const Frame part = continuation("x").notFinal();
    row("wrong masking", brokenRule, "", "finished", [](Side &s) {
        s.receive({wronglyMasked(s)});
        s.wire->takeWritten(); // which has the rule for the role
        s.wire->end();
    });
    row("reserved opcode", brokenRule, "close 1002 'the opcode is reserved'", "finished",
        receives({frame(0x3)}));
    row("no UTF-8", brokenRule, "close 1007 'a text message is not UTF-8'", "finished",
        receives({text("\xFF")}));
    row("message above its limit", tooBig, "close 1009 'the message is larger than maxMessageSize'",
        "finished",
        receives({binary(QByteArray(50, 'x')).notFinal(), continuation(QByteArray(50, 'x')).notFinal(),
                  continuation("x")}));
    row("frame above its limit", tooBig, "close 1009 'the frame is larger than maxFrameSize'", "finished",
        receives({binary(QByteArray(51, 'x'))}));
    row("more fragments than its limit", tooBig,
        "close 1008 'the message has more than maxFragments fragments'", "finished",
        receives({text("x").notFinal(), part, part, part}));
    row("nothing after it is delivered", "text a, Closing, error Protocol, Closed, closed 1006 '' unclean",
        "close 1002 'the opcode is reserved'", "finished",
        receives({text("a"), frame(0x3), text("b"), closing(1000, "bye")}));
}

void TestWsLifeEndings::endsWhileOutputIsUnsent_data()
{
    addEndingColumns();
    const auto unsentAfterClose = [](Side &s) {
        s.wire->room = 0;
        s.connection->sendText("unsent");
        settle();
        closeByPeer(s);
        s.wire->halfEnd();
    };
    row("the peer has ended its direction: waits", "Closing", "", "kept", unsentAfterClose);
    row("the peer has ended its direction, and takes the rest", "Closing, Closed, closed 1000 'bye' clean",
        "text 'unsent', close 1000 'bye'", "finished", [=](Side &s) {
            unsentAfterClose(s);
            s.wire->take(3);
            s.wire->takeAll();
        });
    row("the peer has ended its direction, and takes nothing", "Closing, Closed, closed 1000 'bye' unclean",
        "", "cut", [=](Side &s) {
            unsentAfterClose(s);
            pass(5s);
        });
    row("the peer has ended its direction, and then all", "Closing, Closed, closed 1000 'bye' unclean", "",
        "cut", [=](Side &s) {
            unsentAfterClose(s);
            s.wire->end();
        });
    row("the peer broke a rule and ended its direction",
        "Closing, error Protocol, Closed, closed 1006 '' unclean", "close 1002 'the opcode is reserved'",
        "finished", [](Side &s) {
            s.wire->room = 0;
            s.receive({frame(0x3)});
            s.wire->halfEnd();
            settle();
            s.wire->takeAll();
        });
}

void TestWsLifeEndings::endsAfterWhatHeldItUp_data()
{
    addEndingColumns();
    const auto pausedAtTheEnd = [](Side &s) {
        s.connection->setPaused(true);
        s.receive({text("a"), closing(1000, "bye")});
        s.wire->end();
        settle();
    };
    row("paused: the Close is answered, and nothing is told", "", "close 1000 'bye'", "kept", pausedAtTheEnd);
    row("paused, and goes on", "text a, Closing, Closed, closed 1000 'bye' clean", "close 1000 'bye'",
        "finished", [=](Side &s) {
            pausedAtTheEnd(s);
            s.connection->setPaused(false);
        });
    row("paused, and closed by us", "Closing, text a, Closed, closed 1000 'bye' clean", "close 1000 'bye'",
        "finished", [](Side &s) {
            s.connection->setPaused(true);
            s.receive({text("a"), closing(1000, "bye")});
            s.connection->close(1001);
            settle();
            s.wire->end();
        });
    row("paused, and reset", "error Network, Closed, closed 1006 '' unclean", "", "cut", [](Side &s) {
        s.connection->setPaused(true);
        s.wire->reset();
        s.connection->setPaused(false);
    });
    row("paused by the slot of the message before", "text a", "close 1002 'the opcode is reserved'", "kept",
        [](Side &s) {
            QObject::connect(s.connection, &WsConnection::messageReceived, s.connection,
                             [c = s.connection] { c->setPaused(true); });
            s.receive({text("a"), frame(0x3)});
        });
}

void TestWsLifeEndings::endsDependOnWhoIsHeldBack_data()
{
    addEndingColumns();
    row(WsRole::Server, "held back: the Close is read after the rest is sent",
        "drained, Closing, Closed, closed 1000 'bye' clean", "close 1000 'bye'", "finished", [](Side &s) {
            fillUp(s);
            closeByPeer(s);
            QCOMPARE(s.told(), QString());
            s.wire->takeAll();
            s.wire->takeWritten();
        });
    row(WsRole::Client, "not held back: the Close is read at once", "Closing", "", "kept", [](Side &s) {
        fillUp(s);
        closeByPeer(s);
    });
}

namespace {
// An end that is held by messages that nobody has taken yet.
void endUntaken(Side &side)
{
    side.connection->receive().cancel();
    side.receive({text("a"), text("b"), closing(1000, "bye")});
    side.wire->end();
    settle();
}

void loseUntaken(Side &side)
{
    side.connection->receive().cancel();
    side.receive({text("a")});
    side.wire->reset();
    settle();
}
} // namespace

namespace {
// More than highWaterMark waits to be taken, and the end behind it is not read.
void fallBehind(Side &side)
{
    side.connection->receive().cancel();
    side.receive(Frames(20, text(QByteArray(50, 'x'))));
    QVERIFY(side.link().isHeld(WsHold::Behind));
    side.receive({closing(1000, "bye")});
    side.wire->end();
    settle();
}

void takeMessages(Side &side, int count)
{
    for (int i = 0; i < count; ++i) {
        QCOMPARE_NE(side.take(), u"none"_s);
        settle();
    }
}
} // namespace

void TestWsLifeEndings::endsAfterWhatNobodyHasTaken_data()
{
    addEndingColumns();
    row("nothing is noticed", "", "", "kept", fallBehind);
    row("the Close is read when most were taken", "Closing", "", "cut", [](Side &s) {
        fallBehind(s);
        takeMessages(s, 17);
    });
    row("the end comes after the last message", "Closing, Closed, closed 1000 'bye' unclean", "", "cut",
        [](Side &s) {
            fallBehind(s);
            takeMessages(s, 20);
        });
    row("abort() gives them up", "Closed, closed 1006 '' unclean", "", "cut", [](Side &s) {
        fallBehind(s);
        s.connection->abort();
    });
}

void TestWsLifeEndings::endsWhenMessagesAreTaken_data()
{
    addEndingColumns();
    row("the loss is told, the end waits", "error Network, Closing", "", "cut", loseUntaken);
    row("the last message ends it", "error Network, Closing, Closed, closed 1006 '' unclean", "", "cut",
        [](Side &s) {
            loseUntaken(s);
            QCOMPARE(s.take(), u"a"_s);
        });
    row("the end waits, and close() gives the messages up", "Closing, Closed, closed 1000 'bye' clean",
        "close 1000 'bye'", "finished", [](Side &s) {
            endUntaken(s);
            s.connection->close();
        });
    row("the end waits, and abort() gives the messages up", "Closing, Closed, closed 1000 'bye' clean",
        "close 1000 'bye'", "finished", [](Side &s) {
            endUntaken(s);
            s.connection->abort();
        });
    row("the end waits for each message", "Closing, Closed, closed 1000 'bye' clean", "close 1000 'bye'",
        "finished", [](Side &s) {
            endUntaken(s);
            QCOMPARE(s.take(), u"a"_s);
            settle();
            QCOMPARE(s.connection->state(), Ws::Closing);
            QCOMPARE(s.take(), u"b"_s);
        });
    row("our own Close waits for no message", "Closing, Closed, closed 1000 'bye' clean", "close 1000 ''",
        "finished", [](Side &s) {
            s.connection->receive().cancel();
            s.connection->close();
            s.receive({text("a"), closing(1000, "bye")});
            s.wire->end();
        });
    row("who waits gets no message", "error Network, Closed, closed 1006 '' unclean", "", "cut", [](Side &s) {
        const QFuture<std::optional<WsMessage>> future = s.connection->receive();
        s.wire->reset();
        QVERIFY(future.isFinished());
        QVERIFY(!future.result());
    });
}

namespace {
Scenario inASlotOfAMessage(const Scenario &reaction)
{
    return [reaction](Side &s) {
        QObject::connect(s.connection, &WsConnection::messageReceived, s.connection,
                         [&s, reaction] { reaction(s); });
        s.receive({text("a"), text("b")});
    };
}

Scenario inASlotOfAnError(const Scenario &reaction)
{
    return [reaction](Side &s) {
        QObject::connect(s.connection, &WsConnection::errorOccurred, s.connection,
                         [&s, reaction] { reaction(s); });
        s.wire->reset();
    };
}
} // namespace

void TestWsLifeEndings::endsByTheApplication_data()
{
    addEndingColumns();
    row("abort()", "Closed, closed 1006 '' unclean", "", "cut", [](Side &s) { s.connection->abort(); });
    row("abort() twice", "Closed, closed 1006 '' unclean", "", "cut", [](Side &s) {
        s.connection->abort();
        s.connection->abort();
    });
    row("abort() while it closes", "Closing, Closed, closed 1006 '' unclean", "close 1000 ''", "cut",
        [](Side &s) {
            s.connection->close();
            settle();
            s.connection->abort();
        });
    row("abort() in a slot", "text a, Closed, closed 1006 '' unclean", "", "cut",
        inASlotOfAMessage([](Side &s) { s.connection->abort(); }));
    row("close() twice", "Closing, Closed, closed 1000 'bye' clean", "close 1000 ''", "finished",
        [](Side &s) {
            QVERIFY(s.connection->close(1000));
            QVERIFY(!s.connection->close(1001));
            s.receive({closing(1000, "bye")});
            s.wire->end();
        });
    row("close() in the slot of the error", "error Network, Closed, closed 1006 '' unclean", "", "cut",
        inASlotOfAnError([](Side &s) { QVERIFY(!s.connection->close()); }));
    row("abort() in the slot of the error", "error Network, Closed, closed 1006 '' unclean", "", "cut",
        inASlotOfAnError([](Side &s) { s.connection->abort(); }));
    row("abort() in the slot of a broken rule", "Closing, error Protocol, Closed, closed 1006 '' unclean", "",
        "cut", [](Side &s) {
            QObject::connect(s.connection, &WsConnection::errorOccurred, s.connection,
                             [c = s.connection] { c->abort(); });
            s.receive({frame(0x3)});
        });
}

namespace {
// A server on the network of the system, and a client of it that reads when the test says so. The clock is
// the test's.
struct SlowReader
{
    explicit SlowReader(bool isTls)
    {
        server.setOptions(shortOptions());
        server.setRequestHandler([](const WsRequest &request) {
            return request.target() == "/page" ? WsResponse::html(QByteArray(Size, 'x')) : WsResponse::accept();
        });
        server.setConnectionHandler([this](WsConnection *connection) {
            peer = connection;
            log = std::make_unique<Log>(connection);
        });
        socket.setProxy(QNetworkProxy::NoProxy);
        socket.setReadBufferSize(64 * KiB);
        if (!certificate.make())
            return;
        socket.setSslConfiguration(certificate.configuration);
        if (isTls)
            server.setSslConfiguration(certificate.configuration);
        if (!server.listen(QHostAddress::LocalHost))
            return;
        if (isTls)
            socket.connectToHostEncrypted(u"127.0.0.1"_s, server.serverPort());
        else
            socket.connectToHost(u"127.0.0.1"_s, server.serverPort());
        isValid = QTest::qWaitFor([&] {
            return socket.state() == QAbstractSocket::ConnectedState && socket.isEncrypted() == isTls;
        });
        // Else the system makes room for all of it.
        socket.setSocketOption(QAbstractSocket::ReceiveBufferSizeSocketOption, 64 * KiB);
    }

    // Reads until \a happens.
    bool readUntil(const std::function<bool()> &happens)
    {
        return QTest::qWaitFor(
            [&] {
                received += socket.read(64 * KiB).size();
                return happens();
            },
            60000);
    }
    // Reads a part of what is queued for it, again and again, each time after almost as long as it may take.
    bool readSlowly(const std::function<qint64()> &taken, std::chrono::milliseconds pause)
    {
        for (int i = 0; i < 10; ++i) {
            const qint64 before = taken();
            if (!readUntil([&] { return taken() > before; }))
                return false;
            FakeClock::advance(pause);
        }
        return true;
    }

    static constexpr qint64 Size = 8 * 1024 * KiB;
    FakeClock clock;
    TransportTesting::Certificate certificate;
    WsServer server;
    QPointer<WsConnection> peer;
    std::unique_ptr<Log> log;
    QSslSocket socket;
    qint64 received = 0;
    bool isValid = false;
};
} // namespace

void TestWsLifeEndings::slowReaderGetsAllBeforeTheClose()
{
    QFETCH(const bool, isTls);
    SlowReader reader(isTls);
    QVERIFY(reader.isValid);
    reader.socket.write(upgradeRequest());
    QVERIFY(reader.readUntil([&] { return reader.received > 0 && reader.peer; }));
    const auto taken = [&] { return WsConnectionPrivate::of(reader.peer.get())->link.progress().taken; };
    reader.received = 0;
    QVERIFY(reader.peer->sendBinary(QByteArray(SlowReader::Size, 'x')));
    QVERIFY(reader.peer->close());
    QVERIFY(reader.readSlowly(taken, 4s));
    QCOMPARE(reader.log->errors.size(), 0);
    QVERIFY(reader.readUntil([&] { return reader.received == SlowReader::Size + 10 + 4; }));
    FakeClock::advance(4s); // the Close may have left just now
    reader.socket.write(fromPeerOf(WsRole::Server, {closing(1000)}));
    WS_TRY_VERIFY(!reader.peer);
    QCOMPARE(reader.log->all.last(), u"closed 1000 '' clean"_s);
}

void TestWsLifeEndings::slowReaderMissesNoPong()
{
    QFETCH(const bool, isTls);
    SlowReader reader(isTls);
    QVERIFY(reader.isValid);
    reader.socket.write(upgradeRequest());
    QVERIFY(reader.readUntil([&] { return reader.received > 0 && reader.peer; }));
    const auto taken = [&] { return WsConnectionPrivate::of(reader.peer.get())->link.progress().taken; };
    QVERIFY(reader.peer->sendBinary(QByteArray(SlowReader::Size, 'x')));
    FakeClock::advance(20s); // a ping is queued
    QVERIFY(reader.readSlowly(taken, 6s));
    QCOMPARE(reader.log->errors.size(), 0);
    QCOMPARE(reader.peer->state(), Ws::Open);
}

void TestWsLifeEndings::slowReaderGetsAllOfAnHttpAnswer()
{
    QFETCH(const bool, isTls);
    SlowReader reader(isTls);
    QVERIFY(reader.isValid);
    reader.socket.write("GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n");
    // Nobody has the connection: what was read is what was taken.
    QVERIFY(reader.readUntil([&] { return reader.received > 0; }));
    for (int i = 0; i < 10; ++i) {
        const qint64 before = reader.received;
        QVERIFY(reader.readUntil([&] { return reader.received >= before + 512 * KiB; }));
        FakeClock::advance(4s);
    }
    QVERIFY(reader.readUntil([&] { return reader.received > SlowReader::Size; }));
}

void TestWsLifeEndings::closeTimeoutOfZeroWaitsForThePeer()
{
    QFETCH(const WsRole, role);
    WsOptions options = shortOptions();
    options.setCloseTimeout(0s);
    Side side(role, options);
    QVERIFY(side.open());
    fillUp(side);
    side.connection->close();
    for (int day = 0; day < 3; ++day)
        pass(24h);
    QCOMPARE(side.told(), u"Closing"_s);
    side.connection->abort();
    QCOMPARE(side.told(), u"Closed, closed 1006 '' unclean"_s);
}

// Nobody could call abort().
void TestWsLifeEndings::closeTimeoutOfZeroKeepsNoHttpClient()
{
    WsOptions options = shortOptions();
    options.setCloseTimeout(0s);
    Side side(WsRole::Server, options);
    side.start();
    side.wire->feed("GET / HTTP/1.1\r\n\r\n");
    pass(10s - 1ms);
    QCOMPARE(side.fate(), u"kept"_s);
    pass(1ms);
    QCOMPARE(side.fate(), u"cut"_s);
}

void TestWsLifeEndings::busyThreadHasTimeToReadTheAnswer()
{
    Side side(WsRole::Client, shortOptions());
    QVERIFY(side.open());
    side.connection->close();
    settle();
    FakeClock::pass(1h);
    FakeClock::advance(0s);
    QCOMPARE(side.told(), u"Closing"_s);
    side.receive({closing(1000, "bye")});
    side.wire->end();
    QCOMPARE(side.told(), u"Closed, closed 1000 'bye' clean"_s);
}

void TestWsLifeEndings::silenceEndsNothingWhilePaused()
{
    for (const WsRole role : {WsRole::Client, WsRole::Server}) {
        Side side(role, shortOptions());
        QVERIFY(side.open());
        side.connection->setPaused(true);
        pass(1h);
        QCOMPARE(side.sent(), QString());
        side.connection->setPaused(false);
        settle();
        pass(20s);
        QVERIFY(side.sent().startsWith(u"ping "));
        QCOMPARE(side.told(), QString());
    }
}

// --- deletion

void TestWsLifeEndings::deletionTellsThePeer_data()
{
    addEndingColumns();
    row("open", "", "close 1001 ''", "finished", [](Side &) {});
    row("with something unsent", "", "", "finished", [](Side &s) { fillUp(s); });
    row("with something in Qt's buffers", "", "", "cut", [](Side &s) {
        s.wire->bufferSize = 1;
        s.wire->isBuffered = true;
        fillUp(s);
    });
    row("closing", "Closing", "close 1000 ''", "finished", [](Side &s) { s.connection->close(); });
    row("its end waits for a message to be taken", "Closing", "close 1000 'bye'", "finished", [](Side &s) {
        s.connection->receive().cancel();
        s.receive({text("a"), closing(1000, "bye")});
        s.wire->end();
    });
}

void TestWsLifeEndings::deletionTellsThePeer()
{
    QFETCH(const WsRole, role);
    QFETCH(const Scenario, happens);
    QFETCH(const QString, told);
    QFETCH(const QString, sent);
    QFETCH(const QString, fate);
    Side side(role, shortOptions());
    QVERIFY(side.open());
    happens(side);
    settle();
    side.remove();
    QCOMPARE(side.told(), told);
    QCOMPARE(side.sent(), sent);
    QCOMPARE(side.fate(), fate);
    side.wire->feed("more");
    side.wire->end();
    pass(1h);
    settle();
    if (role == WsRole::Server)
        QCOMPARE(WsServerPrivate::of(side.server.get())->home->load, 0);
}

namespace {
// A reaction to any signal, whatever it carries.
class Deleter : public QObject
{
    Q_OBJECT

public:
    Deleter(Side *side, const QByteArray &signal) : m_side(side)
    {
        const QMetaObject *const meta = side->connection->metaObject();
        connect(side->connection, meta->method(meta->indexOfSignal(signal)), this,
                staticMetaObject.method(staticMetaObject.indexOfSlot("remove()")));
    }

public Q_SLOTS:
    void remove()
    {
        ++count;
        m_side->remove();
    }

public:
    int count = 0;

private:
    Side *m_side;
};

void add(const char *signal, const char *name, const Scenario &happens)
{
    for (const WsRole role : {WsRole::Client, WsRole::Server})
        QTest::addRow("%s: %s", nameOf(role), name) << role << QByteArray(signal) << happens;
}

void receiveAll(Side &side)
{
    side.receive({text("a"), binary("b"), ping("c"), pong("d"), text("e"), closing(1000, "bye")});
    side.wire->end();
}

void sendAndDrain(Side &side)
{
    fillUp(side);
    if (side.connection)
        side.wire->takeAll();
}
} // namespace

void TestWsLifeEndings::deletionInASlotEndsAllElse_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<QByteArray>("signal");
    QTest::addColumn<Scenario>("happens");
    add("messageReceived(WsMessage)", "a message", receiveAll);
    add("textMessageReceived(QString)", "a text", receiveAll);
    add("binaryMessageReceived(QByteArray)", "binary data", receiveAll);
    add("pinged(QByteArray)", "a ping", receiveAll);
    add("pongReceived(QByteArray,qint64)", "a pong", receiveAll);
    add("stateChanged(Ws::State)", "the state, closed by the peer", receiveAll);
    add("closed(quint16,QString,bool)", "the end", receiveAll);
    add("stateChanged(Ws::State)", "the state, closed by us", [](Side &s) { s.connection->close(); });
    add("stateChanged(Ws::State)", "the state, aborted", [](Side &s) { s.connection->abort(); });
    add("stateChanged(Ws::State)", "the state, a broken rule", [](Side &s) { s.receive({frame(0x3)}); });
    add("errorOccurred(WsError)", "a broken rule", [](Side &s) { s.receive({frame(0x3), text("a")}); });
    add("errorOccurred(WsError)", "a loss", [](Side &s) { s.wire->reset(); });
    add("errorOccurred(WsError)", "no pong", [](Side &) {
        pass(20s);
        pass(7s);
    });
    add("errorOccurred(WsError)", "no Close", [](Side &s) {
        s.connection->close();
        settle();
        pass(5s);
    });
    add("messageSent(WsMessage)", "a message that is sent", sendAndDrain);
    add("bytesWritten(qint64)", "written bytes", sendAndDrain);
    add("bufferedAmountChanged(qint64)", "the buffered amount", sendAndDrain);
    add("drained()", "drained", sendAndDrain);
    add("pausedChanged(bool)", "paused", [](Side &s) { s.connection->setPaused(true); });
    add("messageStarted(WsMessageStream*)", "a stream", [](Side &s) {
        s.connection->setBinaryType(Ws::Stream);
        s.receive({text("a").notFinal(), continuation("b"), text("c")});
    });
}

void TestWsLifeEndings::deletionInASlotEndsAllElse()
{
    QFETCH(const WsRole, role);
    QFETCH(const QByteArray, signal);
    QFETCH(const Scenario, happens);
    for (const Feeding feeding : {Whole, WholeToBuffers, ByteByByte}) {
        Side side(role, shortOptions());
        QVERIFY(side.open());
        side.setFeeding(feeding);
        Deleter deleter(&side, signal);
        happens(side);
        settle();
        QCOMPARE(deleter.count, 1);
        QVERIFY(!side.connection);
        QVERIFY(side.wire->isCut || side.wire->isFinished);
        if (role == WsRole::Server)
            QCOMPARE(WsServerPrivate::of(side.server.get())->home->load, 0);
    }
}

void TestWsLifeEndings::openingEndsSilentlyIfItsSlotDeletes()
{
    for (const char *const signal : {"stateChanged(Ws::State)", "opened()", "subprotocolChanged(QString)"}) {
        Side side(WsRole::Client, shortOptions());
        side.client()->setSubprotocols({u"chat"_s});
        side.start();
        Deleter deleter(&side, signal);
        side.wire->connect();
        side.wire->feed(acceptanceOf(side.wire->takeWritten(), "Sec-WebSocket-Protocol: chat\r\n")
                        + fromPeerOf(WsRole::Client, {text("a")}));
        settle();
        QCOMPARE(deleter.count, 1);
        QVERIFY(!side.connection);
        QVERIFY(!side.told().contains(u"text"));
        QCOMPARE(side.sent(), u"close 1001 ''"_s);
    }
}

// --- again

namespace {
void addFailure(const char *name, const Scenario &happens, Ws::ErrorKind kind)
{
    QTest::newRow(name) << happens << kind;
}

Scenario onceOpen(const Scenario &then)
{
    return [then](Side &s) {
        QVERIFY(s.open());
        then(s);
    };
}

Scenario onceConnected(const Scenario &then)
{
    return [then](Side &s) {
        s.start();
        s.wire->connect();
        then(s);
    };
}

Scenario onceStarted(const Scenario &then)
{
    return [then](Side &s) {
        s.start();
        then(s);
    };
}
} // namespace

void TestWsLifeEndings::slotOfTheErrorOpensAgain_data()
{
    QTest::addColumn<Scenario>("happens");
    QTest::addColumn<Ws::ErrorKind>("kind");
    addFailure("lost", onceOpen([](Side &s) { s.wire->end(); }), Ws::ErrorKind::Network);
    addFailure("broken rule", onceOpen([](Side &s) {
                   s.receive({frame(0x3)});
                   s.wire->end();
               }),
               Ws::ErrorKind::Protocol);
    addFailure("limit", onceOpen([](Side &s) {
                   s.receive({binary(QByteArray(51, 'x'))});
                   pass(5s);
               }),
               Ws::ErrorKind::TooLarge);
    addFailure("no pong", onceOpen([](Side &) {
                   pass(20s);
                   pass(7s);
               }),
               Ws::ErrorKind::Timeout);
    addFailure("no Close", onceOpen([](Side &s) {
                   s.connection->close();
                   settle();
                   pass(5s);
               }),
               Ws::ErrorKind::Timeout);
    addFailure("refused",
               onceConnected([](Side &s) { s.wire->feed("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"); }),
               Ws::ErrorKind::Handshake);
    addFailure("no HTTP", onceConnected([](Side &s) { s.wire->feed("SSH-2.0\r\n\r\n"); }),
               Ws::ErrorKind::Handshake);
    addFailure("no answer", onceConnected([](Side &) { pass(10s); }), Ws::ErrorKind::Timeout);
    addFailure("end instead of an answer", onceConnected([](Side &s) { s.wire->end(); }),
               Ws::ErrorKind::Network);
    addFailure("no connection", onceStarted([](Side &s) { s.wire->reset(); }), Ws::ErrorKind::Network);
    const WsError untrusted(Ws::ErrorKind::Tls, u"untrusted"_s, Ws::TlsHandshake);
    addFailure("TLS", onceStarted([=](Side &s) { s.wire->fail(untrusted); }), Ws::ErrorKind::Tls);
}

void TestWsLifeEndings::slotOfTheErrorOpensAgain()
{
    QFETCH(const Scenario, happens);
    QFETCH(const Ws::ErrorKind, kind);
    Side side(WsRole::Client, shortOptions());
    bool isOpening = false;
    QObject::connect(side.connection, &WsConnection::errorOccurred, side.connection,
                     [&](const WsError &error) {
                         QCOMPARE(error.kind(), kind);
                         if (!std::exchange(isOpening, true))
                             QVERIFY(side.client()->open());
                     });
    happens(side);
    settle();
    QVERIFY(isOpening);
    QCOMPARE(side.openingCount, 2);
    QVERIFY2(side.log->all.join(u", ").contains(
                 QRegularExpression(u"Closed, closed \\d+ '' unclean, Connecting$"_s)),
             qPrintable(side.log->all.join(u", ")));
    QCOMPARE(side.log->all.filter(u"closed"_s).size(), 1);
    side.log->all.clear();
    side.wire->connect();
    side.wire->feed(acceptanceOf(side.wire->takeWritten()) + fromPeerOf(WsRole::Client, {text("again")}));
    QCOMPARE(side.told(), u"Open, opened, text again"_s);
}

void TestWsLifeEndings::placeIsKeptUntilTheRestIsSent()
{
    Side side(WsRole::Server, shortOptions());
    QVERIFY(side.open());
    bool isClosed = false;
    QObject::connect(side.server.get(), &WsServer::closed, side.server.get(), [&] { isClosed = true; });
    side.wire->lingers = true;
    side.server->close();
    side.receive({closing(1001)});
    settle();
    QCOMPARE(side.told(), u"Closing, Closed, closed 1001 '' clean"_s);
    QCOMPARE(side.fate(), u"finished"_s);
    QCOMPARE(side.wire->finishTimeout, 5s);
    QVERIFY(!side.connection);
    QVERIFY(!isClosed);
    side.wire->place.reset();
    QVERIFY(isClosed);
}

// --- what was queued

void TestWsLifeEndings::droppedQueueIsReported_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Scenario>("happens");
    for (const WsRole role : {WsRole::Client, WsRole::Server}) {
        const auto add = [role](const char *name, const Scenario &happens) {
            QTest::addRow("%s: %s", nameOf(role), name) << role << happens;
        };
        add("lost", [](Side &s) { s.wire->reset(); });
        add("aborted", [](Side &s) { s.connection->abort(); });
        add("closed, and nothing is taken", [](Side &s) {
            s.connection->close();
            pass(5s);
        });
    }
}

void TestWsLifeEndings::droppedQueueIsReported()
{
    QFETCH(const WsRole, role);
    QFETCH(const Scenario, happens);
    Side side(role, shortOptions());
    QVERIFY(side.open());
    QList<qint64> amounts;
    QObject::connect(side.connection, &WsConnection::bufferedAmountChanged, side.connection,
                     [&](qint64 amount) { amounts.append(amount); });
    qint64 atTheEnd = -1;
    QObject::connect(side.connection, &WsConnection::closed, side.connection,
                     [&] { atTheEnd = amounts.constLast(); });
    fillUp(side);
    QVERIFY(!amounts.isEmpty() && amounts.constLast() > 2 * KiB);
    happens(side);
    settle();
    QVERIFY(side.told().contains(u"closed"));
    QCOMPARE(atTheEnd, 0);
    QCOMPARE(amounts.constLast(), 0);
}

// The application may let a message lie for long.
void TestWsLifeEndings::droppedQueueIsReportedAlthoughTheEndIsHeld()
{
    Side side(WsRole::Client, shortOptions());
    QVERIFY(side.open());
    qint64 last = 0;
    QObject::connect(side.connection, &WsConnection::bufferedAmountChanged, side.connection,
                     [&](qint64 amount) { last = amount; });
    side.connection->receive().cancel();
    fillUp(side);
    side.receive({text("a")});
    settle();
    QVERIFY(last > 2 * KiB);
    pass(20s);
    pass(7s); // no pong
    QVERIFY(side.told().endsWith(u"error Timeout, Closing"));
    QCOMPARE(last, 0);
    QCOMPARE(side.take(), u"a"_s);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsLifeEndings)
#include "tst_wslife_endings.moc"
