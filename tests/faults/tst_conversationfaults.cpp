// SPDX-License-Identifier: MIT

// Every operation of a transport fails once, in conversations of every kind, on both ends.

#include "../unit/deflatetesting.h"
#include "faultyconversation.h"

#include <WsKit/WsByteStream>
#include <WsKit/WsMessageStream>

using namespace FaultTesting;

namespace {
Settings with(const std::function<void(WsOptions &)> &change)
{
    Settings settings;
    change(settings.options);
    return settings;
}

Settings compressed()
{
    Settings settings = with([](WsOptions &options) {
        WsCompression compression;
        compression.setEnabled(true);
        compression.setThreshold(0);
        options.setCompression(compression);
    });
    settings.headers = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    return settings;
}

Settings on(const std::function<void(FakeWire &)> &network)
{
    Settings settings;
    settings.network = network;
    return settings;
}

void talk(Conversation &c)
{
    c.open();
    c.act([](WsConnection &us) {
        us.sendText("text");
        us.sendBinary(QByteArray(20000, 'x'));
        us.sendFragments(Ws::Text, {"in ", "pieces"});
        us.ping("are you there?");
    });
    c.receive({text("a"), binary("b"), text("in ").notFinal(), ping("between"), continuation("pieces")});
    c.receive({pong("are you there?")});
    c.receive({binary(QByteArray(300000, 'y'))}); // more than is read at a time
    c.act([](WsConnection &us) { us.sendText("last"); });
    c.closeByUs();
}

void talkCompressed(Conversation &c)
{
    DeflateTesting::RawDeflate deflate;
    c.open();
    c.act([](WsConnection &us) {
        us.sendText("aaaaaaaaaaaaaaaaaaaaaaaaaa");
        us.sendText(QByteArray(5000, 'b'));
    });
    c.receive({text(deflate.message("first")).compressed()});
    c.receive({text(deflate.message("first, and second")).compressed(), text("plain")});
    c.receive({binary(deflate.message(QByteArray(300000, 'z'))).compressed()});
    c.closeByUs();
}
} // namespace

class TestConversationFaults : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void openingAndClosing_data() { addRoles(); }
    void openingAndClosing();
    void closingByThePeer_data() { addRoles(); }
    void closingByThePeer();
    void closingByBoth_data() { addRoles(); }
    void closingByBoth();
    void abortAndDeletion_data() { addRoles(); }
    void abortAndDeletion();
    void messages_data() { addRoles(); }
    void messages();
    void messagesThroughBuffers_data() { addRoles(); }
    void messagesThroughBuffers();
    void messagesToASlowPeer_data() { addRoles(); }
    void messagesToASlowPeer();
    void compressedMessages_data() { addRoles(); }
    void compressedMessages();
    void pulledMessages_data() { addRoles(); }
    void pulledMessages();
    void pause_data() { addRoles(); }
    void pause();
    void readStreams_data() { addRoles(); }
    void readStreams();
    void writtenStreams_data() { addRoles(); }
    void writtenStreams();
    void byteStreams_data() { addRoles(); }
    void byteStreams();
    void brokenRules_data();
    void brokenRules();
    void pings_data() { addRoles(); }
    void pings();
    void handlerThatThrows_data() { addRoles(); }
    void handlerThatThrows();
};

void TestConversationFaults::openingAndClosing()
{
    QFETCH(const WsRole, role);
    CHECK_FAULTS(role, [](Conversation &c) {
        c.open();
        c.closeByUs();
    });
}

void TestConversationFaults::closingByThePeer()
{
    QFETCH(const WsRole, role);
    CHECK_FAULTS(role, [](Conversation &c) {
        c.open();
        c.receive({text("last"), closing(3000, "bye")});
        c.endPeer();
    });
}

void TestConversationFaults::closingByBoth()
{
    QFETCH(const WsRole, role);
    CHECK_FAULTS(role, [](Conversation &c) {
        c.open();
        c.wire().room = 0; // our own waits
        c.act([](WsConnection &us) { us.close(3001, u"ours"_s); });
        c.receive({closing(3000, "theirs")});
        c.take(FakeWire::Unlimited);
        c.endPeer();
    });
}

void TestConversationFaults::abortAndDeletion()
{
    QFETCH(const WsRole, role);
    CHECK_FAULTS(role, [](Conversation &c) {
        c.open();
        c.act([](WsConnection &us) { us.sendText("text"); });
        c.abort();
    });
    CHECK_FAULTS(
        role,
        [](Conversation &c) {
            c.open();
            c.act([](WsConnection &us) { us.sendText("text"); });
            c.remove();
        },
        {}, role == WsRole::Client ? After::Nothing : After::Again);
}

void TestConversationFaults::messages()
{
    QFETCH(const WsRole, role);
    CHECK_FAULTS(role, talk);
}

// As with TLS.
void TestConversationFaults::messagesThroughBuffers()
{
    QFETCH(const WsRole, role);
    CHECK_FAULTS(
        role,
        [](Conversation &c) {
            c.open();
            c.wire().room = 100;
            c.act([](WsConnection &us) {
                us.sendBinary(QByteArray(3000, 'x'));
                us.flush();
            });
            c.receive({text("a"), text("b")});
            c.take(2000);
            c.act([](WsConnection &us) { us.flush(); });
            c.closeByUs();
        },
        on([](FakeWire &wire) {
            wire.isBuffered = true;
            wire.bufferSize = 4096;
        }));
}

void TestConversationFaults::messagesToASlowPeer()
{
    QFETCH(const WsRole, role);
    CHECK_FAULTS(
        role,
        [](Conversation &c) {
            c.open();
            c.wire().room = 10;
            c.act([](WsConnection &us) {
                us.sendBinary(QByteArray(50000, 'x'));
                us.sendText("behind");
            });
            c.receive({text("meanwhile")});
            c.take(1000);
            c.take(48000);
            c.take(FakeWire::Unlimited);
            c.closeByUs();
        },
        with([](WsOptions &options) { options.setHighWaterMark(40000); }));
}

void TestConversationFaults::compressedMessages()
{
    QFETCH(const WsRole, role);
    CHECK_FAULTS(role, talkCompressed, compressed());
}

void TestConversationFaults::pulledMessages()
{
    QFETCH(const WsRole, role);
    CHECK_FAULTS(role, [](Conversation &c) {
        c.open();
        c.pull();
        c.pull();
        c.receive({text("first")});
        c.receive({text("second"), text("third"), text("fourth")});
        c.pull();
        c.receive({closing(3000, "bye")});
        c.endPeer();
        c.pull();
        c.pull(); // after the last
    });
}

void TestConversationFaults::pause()
{
    QFETCH(const WsRole, role);
    CHECK_FAULTS(
        role,
        [](Conversation &c) {
            c.open();
            c.act([](WsConnection &us) { us.setPaused(true); });
            c.receive({text("a"), binary(QByteArray(3000, 'x'))});
            c.receive({text("b"), closing(3000, "bye")});
            c.endPeer();
            c.act([](WsConnection &us) { us.setPaused(false); });
        },
        with([](WsOptions &options) { options.setHighWaterMark(2000); }));
}

void TestConversationFaults::readStreams()
{
    QFETCH(const WsRole, role);
    CHECK_FAULTS(
        role,
        [](Conversation &c) {
            c.open();
            c.act([&c](WsConnection &us) {
                us.setBinaryType(Ws::Stream);
                QObject::connect(&us, &WsConnection::messageStarted, &us, [&c](WsMessageStream *stream) {
                    const auto isEnded = c.expect(u"readChannelFinished()"_s);
                    const auto isDeleted = c.expect(u"destroyed()"_s);
                    QObject::connect(stream, &QIODevice::readChannelFinished, stream, isEnded);
                    QObject::connect(stream, &QObject::destroyed, stream, isDeleted);
                    QObject::connect(stream, &QIODevice::readyRead, stream, [stream] { stream->readAll(); });
                });
            });
            c.receive({binary("one").notFinal()});
            c.receive({continuation("two").notFinal(), ping("between")});
            c.receive({continuation(QByteArray(300000, 'x')), binary("next")});
            c.receive({binary("never to be complete").notFinal()});
            c.closeByUs();
        },
        with([](WsOptions &options) { options.setHighWaterMark(2000); }));
}

void TestConversationFaults::writtenStreams()
{
    QFETCH(const WsRole, role);
    CHECK_FAULTS(role, [](Conversation &c) {
        c.open();
        c.wire().room = 100;
        QPointer<WsMessageStream> stream;
        c.act([&](WsConnection &us) {
            stream = us.state() == Ws::Open ? us.openMessage(Ws::Binary) : nullptr;
            if (stream) {
                QObject::connect(stream, &QObject::destroyed, stream, c.expect(u"destroyed()"_s));
                stream->write(QByteArray(5000, 'x'));
            }
            us.sendText("behind the stream");
        });
        c.take(1000);
        c.receive({text("meanwhile")});
        c.act([&](WsConnection &) {
            if (stream && stream->isOpen())
                stream->write("more");
        });
        c.take(FakeWire::Unlimited);
        c.act([&](WsConnection &) {
            if (stream && stream->isOpen())
                stream->close();
        });
        c.closeByUs();
    });
}

void TestConversationFaults::byteStreams()
{
    QFETCH(const WsRole, role);
    CHECK_FAULTS(
        role,
        [](Conversation &c) {
            c.open();
            std::unique_ptr<WsByteStream> stream;
            c.act([&](WsConnection &us) {
                if (us.state() != Ws::Open)
                    return;
                stream = std::make_unique<WsByteStream>(&us);
                QObject::connect(stream.get(), &WsByteStream::disconnected, stream.get(),
                                 c.expect(u"disconnected()"_s));
                QObject::connect(stream.get(), &QIODevice::readyRead, stream.get(),
                                 [device = stream.get()] { device->readAll(); });
                stream->write(QByteArray(5000, 'x'));
            });
            c.receive({binary("one"), binary(QByteArray(100000, 'y')).notFinal()});
            c.receive({continuation("z")});
            c.act([&](WsConnection &) {
                if (stream)
                    stream->write("last");
            });
            c.receive({closing(3000, "bye")});
            c.endPeer();
            c.passTime();
        },
        with([](WsOptions &options) { options.setHighWaterMark(2000); }));
}

void TestConversationFaults::brokenRules_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("isEnded");
    for (const WsRole role : {WsRole::Client, WsRole::Server}) {
        const auto add = [role](const char *name, const Frames &frames) {
            for (const bool isEnded : {false, true}) {
                QTest::addRow("%s, %s, the peer %s", ConnectionTesting::nameOf(role), name,
                              isEnded ? "ends" : "stays")
                    << role << fromPeerOf(role, frames) << isEnded;
            }
        };
        add("unknown opcode", {text("a"), frame(3, "b"), text("c")});
        add("too large", {binary("").declaring(1 << 20)});
        add("not UTF-8", {text("\xff")});
    }
}

void TestConversationFaults::brokenRules()
{
    QFETCH(const WsRole, role);
    QFETCH(const QByteArray, bytes);
    QFETCH(const bool, isEnded);
    CHECK_FAULTS(
        role,
        [&](Conversation &c) {
            c.open();
            c.act([](WsConnection &us) { us.sendText("text"); });
            c.feed(bytes);
            if (isEnded)
                c.endPeer();
        },
        with([](WsOptions &options) { options.setMaxMessageSize(1000); }));
}

void TestConversationFaults::pings()
{
    QFETCH(const WsRole, role);
    CHECK_FAULTS(role, [](Conversation &c) {
        c.open();
        pass(20s);
        const QList<SentFrame> sent = framesIn(c.wire().takeWritten());
        if (!sent.isEmpty())
            c.receive({pong(sent.last().payload)});
        pass(20s);
        pass(10s); // no answer
        c.endPeer();
    });
}

void TestConversationFaults::handlerThatThrows()
{
    QFETCH(const WsRole, role);
    CHECK_FAULTS(role, [](Conversation &c) {
        c.open();
        c.act([](WsConnection &us) {
            us.setMessageHandler([](WsConnection &, Ws::MessageType, QByteArrayView payload) {
                if (payload == "bad")
                    throw std::runtime_error("bad");
            });
        });
        c.receive({text("good"), text("bad"), text("behind")});
        c.receive({closing(1011)});
        c.endPeer();
        c.act([](WsConnection &us) { us.setMessageHandler({}); });
    });
}

#include "../testprogram.h"
WSKIT_TEST(TestConversationFaults)
#include "tst_conversationfaults.moc"
