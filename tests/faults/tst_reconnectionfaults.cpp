// SPDX-License-Identifier: MIT

// Every operation of the transports of a client that reconnects fails once: it goes on.

#include "faultyconversation.h"

using namespace FaultTesting;

namespace {
Settings with(const WsReconnect &reconnect)
{
    Settings settings;
    settings.reconnect = reconnect;
    return settings;
}

// The peer accepts whatever attempt runs, until the client is open.
void acceptUntilOpen(Conversation &c)
{
    for (int i = 0; i < 100 && c.us()->state() != Ws::Open; ++i) {
        c.accept();
        if (c.us()->state() != Ws::Open)
            pass(1s);
    }
}

// Ends with an echo on an open connection.
void goOn(Conversation &c)
{
    const auto isDone = c.expect(u"a message after all"_s);
    for (int i = 0; i < 2; ++i) { // the fault may meet the first
        bool isReceived = false;
        QObject context;
        QObject::connect(c.us(), &WsConnection::messageReceived, &context,
                         [&](const WsMessage &message) { isReceived |= message.data() == "after all"; });
        acceptUntilOpen(c);
        c.receive({text("after all")});
        if (isReceived)
            isDone();
    }
    c.act([](WsConnection &us) { us.close(); });
    c.receive({closing(1000)});
    c.endPeer();
    c.act([](WsConnection &us) { us.close(); });
}
} // namespace

class TestReconnectionFaults : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void lostConnection();
    void refusedAttempts();
    void busyServer();
    void redirectedAttempt();
    void keptMessages();
    void pulledMessages();
    void silentPeer();
    void closingServer();
};

void TestReconnectionFaults::lostConnection()
{
    CHECK_FAULTS(
        WsRole::Client,
        [](Conversation &c) {
            c.open();
            c.receive({text("a")});
            c.endPeer();
            goOn(c);
        },
        with(enabled()));
}

void TestReconnectionFaults::refusedAttempts()
{
    CHECK_FAULTS(
        WsRole::Client,
        [](Conversation &c) {
            c.start();
            for (int i = 0; i < 3; ++i) {
                c.wire().fail(WsError(Ws::ErrorKind::Network, u"Connection refused"_s));
                pass(5s);
            }
            goOn(c);
        },
        with(enabled()));
}

void TestReconnectionFaults::busyServer()
{
    CHECK_FAULTS(
        WsRole::Client,
        [](Conversation &c) {
            c.start();
            c.answer("HTTP/1.1 503 Later\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\nno");
            pass(10s);
            goOn(c);
        },
        with(enabled()));
}

void TestReconnectionFaults::redirectedAttempt()
{
    CHECK_FAULTS(
        WsRole::Client,
        [](Conversation &c) {
            c.client()->setMaxRedirects(2);
            c.open();
            c.endPeer();
            pass(500ms);
            c.answer("HTTP/1.1 307 There\r\nLocation: http://other.test:81/b\r\n\r\n");
            goOn(c);
        },
        with(enabled()));
}

// None of them is lost in silence: each has been written, or is counted as lost.
void TestReconnectionFaults::keptMessages()
{
    CHECK_FAULTS(
        WsRole::Client,
        [](Conversation &c) {
            c.act([](WsConnection &us) { us.sendText("before the first"); });
            c.open();
            c.act([](WsConnection &us) { us.sendText("while it is open"); });
            c.endPeer();
            c.act([](WsConnection &us) { us.sendText("while it is away"); });
            goOn(c);
        },
        with(queueing()));
}

void TestReconnectionFaults::pulledMessages()
{
    CHECK_FAULTS(
        WsRole::Client,
        [](Conversation &c) {
            c.pull();
            c.open();
            c.pull();
            c.receive({text("a")});
            c.endPeer();
            acceptUntilOpen(c);
            c.pull();
            c.receive({text("b")});
            c.closeByUs();
            c.act([](WsConnection &us) { us.close(); });
            acceptUntilOpen(c);
            c.closeByUs();
            c.act([](WsConnection &us) { us.abort(); });
        },
        with(enabled()));
}

void TestReconnectionFaults::silentPeer()
{
    CHECK_FAULTS(
        WsRole::Client,
        [](Conversation &c) {
            c.open();
            pass(20s);
            pass(10s); // no pong
            goOn(c);
        },
        with(enabled()));
}

void TestReconnectionFaults::closingServer()
{
    CHECK_FAULTS(
        WsRole::Client,
        [](Conversation &c) {
            c.open();
            c.receive({text("a"), closing(1012, "restart")});
            c.endPeer();
            goOn(c);
        },
        with(enabled()));
}

#include "../testprogram.h"
WSKIT_TEST(TestReconnectionFaults)
#include "tst_reconnectionfaults.moc"
