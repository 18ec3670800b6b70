// SPDX-License-Identifier: MIT
#include "integrationtesting.h"

#include <QtCore/qtextstream.h>

#include <ranges>
#include <vector>

using namespace IntegrationTesting;

class TestStreamWriting : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void largeMessageArrivesInLittleMemory_data() { addTransports(); }
    void largeMessageArrivesInLittleMemory();
    void bytesWrittenAddUp_data() { addTransports(); }
    void bytesWrittenAddUp();
    void writesBecomeShortAtMaxBufferedAmount_data() { addSchemes(); }
    void writesBecomeShortAtMaxBufferedAmount();
    void bytesWrittenTellsOfRoomThatOthersMade();
    void onlyControlFramesGetBetweenTheFragments();
    void messagesSentMeanwhileGoBehind_data() { addTransports(); }
    void messagesSentMeanwhileGoBehind();
    void twoStreamsGoOutInLine_data() { addTransports(); }
    void twoStreamsGoOutInLine();
    void whatWaitsBehindLeavesRoomForTheStream_data() { addTransports(); }
    void whatWaitsBehindLeavesRoomForTheStream();
    void idleStreamWithMuchBehindItIsNoDeadPeer();
    void closeOfTheConnectionCutsTheMessage_data() { addTransports(); }
    void closeOfTheConnectionCutsTheMessage();
    void closedStreamLeavesBeforeTheClose_data() { addTransports(); }
    void closedStreamLeavesBeforeTheClose();
    void peersCloseCutsTheMessage_data() { addSchemes(); }
    void peersCloseCutsTheMessage();
    void lossOfTheConnectionCutsTheMessage();
    void nothingIsSentFromTheSlotsOfStreamsThatAreCut_data() { addSchemes(); }
    void nothingIsSentFromTheSlotsOfStreamsThatAreCut();
    void closeInTheSlotOfAStreamThatIsCutIsRefused();
    void charactersMayBeDividedAmongWrites_data() { addTransports(); }
    void charactersMayBeDividedAmongWrites();
    void partOfACharacterIsToldAsWritten();
    void whatIsNotUtf8IsRefused();
    void halfACharacterAtTheEndIsReplaced();
    void textStreamWritesToIt();
    void emptyMessageArrives_data() { addTransports(); }
    void emptyMessageArrives();
    void deletedStreamEndsItsMessage();
    void lastBytesMayBeWrittenInAboutToClose();
    void closeWithinAboutToCloseIsNone();
    void streamIsDeletedOnceItIsClosed();
    void messageCannotBeginUnlessOpen();
    void anythingInTheSlotsOfAStream_data();
    void anythingInTheSlotsOfAStream();

    void fragmentsOfAnyRangeAreOneMessage_data() { addTransports(); }
    void fragmentsOfAnyRangeAreOneMessage();
    void eachFragmentHasItsFrame();
    void fragmentsThatAreRefusedSendNothing();
    void pingIsAnsweredBetweenTheFragmentsOfALargeMessage_data();
    void pingIsAnsweredBetweenTheFragmentsOfALargeMessage();
};

namespace {
// Writes the \a data as fast as it is taken, and closes the stream then.
void writeAll(WsMessageStream *stream, const QByteArray &data, qint64 ahead = 256 * KiB)
{
    const auto offset = std::make_shared<qint64>(0);
    const auto writeMore = [=] {
        while (*offset < data.size() && stream->bytesToWrite() < ahead) {
            const qint64 written = stream->write(data.mid(*offset, 64 * KiB));
            if (written <= 0)
                return;
            *offset += written;
        }
        if (*offset == data.size())
            stream->close();
    };
    QObject::connect(stream, &QIODevice::bytesWritten, stream, writeMore);
    writeMore();
}

QList<int> opcodes(const RawPeer &raw)
{
    QList<int> all;
    for (const ReceivedFrame &frame : raw.frames())
        all.append(frame.opcode);
    return all;
}

struct RawPair : Pair
{
    bool openRaw()
    {
        return server.listen() && raw.upgrade(server) && waitFor([this] { return peer; });
    }
    RawPeer raw;
};
} // namespace

void TestStreamWriting::largeMessageArrivesInLittleMemory()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    Pair pair(isTls);
    WsOptions options = compressedOptions(isCompressed);
    options.setMaxMessageSize(64 * MiB);
    pair.setOptions(options);
    QVERIFY(pair.open());
    const QByteArray data = pattern(24 * MiB);
    QByteArray received;
    connect(pair.peer, &WsConnection::binaryMessageReceived, this,
            [&](const QByteArray &bytes) { received = bytes; });
    qint64 most = 0;
    WsMessageStream *stream = pair.client.openMessage(Ws::Binary);
    connect(&pair.client, &WsConnection::bytesWritten, this,
            [&] { most = qMax(most, pair.client.bufferedAmount()); });
    writeAll(stream, data);
    WS_TRY_VERIFY(!received.isEmpty());
    QVERIFY(received == data);
    QCOMPARE_LE(most, 512 * KiB);
    QCOMPARE(pair.client.statistics().messagesSent, 1);
    QCOMPARE(pair.client.statistics().payloadBytesSent, data.size());
}

void TestStreamWriting::bytesWrittenAddUp()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    Pair pair(isTls);
    pair.setOptions(compressedOptions(isCompressed));
    QVERIFY(pair.open());
    WsMessageStream *stream = pair.client.openMessage(Ws::Binary);
    qint64 written = 0;
    connect(stream, &QIODevice::bytesWritten, this, [&](qint64 bytes) {
        QVERIFY(bytes > 0);
        written += bytes;
    });
    constexpr qint64 Size = 3 * MiB + 17;
    QCOMPARE(stream->write(pattern(Size)), Size);
    QVERIFY(stream->bytesToWrite() > 0);
    WS_TRY_COMPARE(written, Size);
    QCOMPARE(stream->bytesToWrite(), 0);
    QCOMPARE(stream->write("a", 1), 1);
    QCOMPARE(stream->bytesToWrite(), 1);
    WS_TRY_COMPARE(written, Size + 1);
}

void TestStreamWriting::writesBecomeShortAtMaxBufferedAmount()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    WsOptions options;
    options.setMaxBufferedAmount(MiB);
    pair.client.setOptions(options);
    QVERIFY(pair.open());
    pair.peerEvents->keepsMessages = false;
    pair.peer->setPaused(true);
    WsMessageStream *stream = pair.client.openMessage(Ws::Binary);
    const QByteArray data = pattern(4 * MiB);
    qint64 accepted = 0;
    qint64 last = 0;
    do {
        last = stream->write(data);
        accepted += last;
    } while (last > 0);
    QCOMPARE(last, 0);
    QCOMPARE_LE(pair.client.bufferedAmount(), MiB + 64 * KiB); // and some frame headers
    connect(stream, &QIODevice::bytesWritten, this, [&] {
        if (stream->write("!", 1) == 1)
            stream->close();
    });
    pair.peer->setPaused(false);
    WS_TRY_COMPARE(pair.peerEvents->payloadSize, accepted + 1);
}

void TestStreamWriting::bytesWrittenTellsOfRoomThatOthersMade()
{
    Pair pair;
    WsOptions options;
    options.setMaxBufferedAmount(MiB);
    pair.client.setOptions(options);
    QVERIFY(pair.open());
    pair.peerEvents->keepsMessages = false;
    pair.peer->setPaused(true);
    WsMessageStream *first = pair.client.openMessage(Ws::Binary);
    while (first->write(pattern(256 * KiB)) > 0) {
    }
    WsMessageStream *second = pair.client.openMessage(Ws::Binary);
    QCOMPARE(second->write("second"), 0);
    QSignalSpy written(second, &QIODevice::bytesWritten);
    first->close();
    pair.peer->setPaused(false);
    WS_TRY_COMPARE(written.size(), 1);
    QCOMPARE(second->write("second"), 6);
    second->close();
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 2);
}

void TestStreamWriting::onlyControlFramesGetBetweenTheFragments()
{
    RawPair pair;
    QVERIFY(pair.openRaw());
    WsMessageStream *stream = pair.peer->openMessage(Ws::Text);
    stream->write("one");
    WS_TRY_COMPARE(opcodes(pair.raw), QList<int>({TextFrame}));
    pair.peer->sendBinary("behind");
    pair.peer->ping("us");
    pair.raw.send(frame(PingFrame, "them"));
    WS_TRY_COMPARE(pair.raw.frames().size(), 3);
    stream->write("two");
    WS_TRY_COMPARE(pair.raw.frames().size(), 4);
    stream->close();
    WS_TRY_COMPARE(pair.raw.frames().size(), 6);
    QCOMPARE(pair.raw.frames(), QList<ReceivedFrame>({{TextFrame, "one"},
                                                      {PingFrame, "us"},
                                                      {PongFrame, "them"},
                                                      {Continuation, "two"},
                                                      {Continuation, {}},
                                                      {BinaryFrame, "behind"}}));
}

void TestStreamWriting::messagesSentMeanwhileGoBehind()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    Pair pair(isTls);
    pair.setOptions(compressedOptions(isCompressed));
    QVERIFY(pair.open());
    const auto prepared = WsPreparedMessage::text("prepared, and long enough that it is worth compressing");
    WsMessageStream *stream = pair.peer->openMessage(Ws::Text);
    stream->write("a");
    QVERIFY(pair.peer->sendText(u"b, from an array of its own"_s));
    QVERIFY(pair.peer->sendText("short"_ba.append("-lived").constData()));
    QVERIFY(pair.peer->send(prepared));
    QVERIFY(pair.peer->sendFragments(Ws::Text, {"c", "d"}));
    WS_TRY_COMPARE(stream->bytesToWrite(), 0);
    QVERIFY(pair.events.messages().isEmpty());
    stream->write("z");
    stream->close();
    WS_TRY_COMPARE(pair.events.messages(),
                   QStringList({u"text az"_s, u"text b, from an array of its own"_s, u"text short-lived"_s,
                                u"text "_s + prepared.message().text(), u"text cd"_s}));
}

void TestStreamWriting::twoStreamsGoOutInLine()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    Pair pair(isTls);
    pair.setOptions(compressedOptions(isCompressed));
    QVERIFY(pair.open());
    WsMessageStream *first = pair.client.openMessage(Ws::Text);
    WsMessageStream *second = pair.client.openMessage(Ws::Text);
    second->write("2");
    first->write("1");
    second->write("two");
    second->close();
    first->write("one");
    first->close();
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList({u"text 1one"_s, u"text 2two"_s}));
}

// The stream cannot end unless it goes on, and what is behind it cannot leave before.
void TestStreamWriting::whatWaitsBehindLeavesRoomForTheStream()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    Pair pair(isTls);
    WsOptions options;
    options.setMaxBufferedAmount(MiB);
    pair.setOptions(compressedOptions(isCompressed, options));
    QVERIFY(pair.open());
    QByteArray received;
    connect(pair.peer, &WsConnection::messageReceived, this, [&](const WsMessage &message) {
        if (!message.isText())
            received = message.data();
    });
    pair.peerEvents->keepsMessages = false;
    WsMessageStream *stream = pair.client.openMessage(Ws::Binary);
    int behind = 0;
    while (pair.client.sendText(pattern(10'000).toBase64()))
        ++behind;
    QVERIFY(behind > 10);
    const QByteArray data = pattern(2 * MiB);
    writeAll(stream, data);
    WS_TRY_COMPARE(pair.peerEvents->messageCount, behind + 1);
    QVERIFY(received == data);
}

void TestStreamWriting::idleStreamWithMuchBehindItIsNoDeadPeer()
{
    Pair pair;
    WsOptions options;
    options.setHighWaterMark(64 * KiB);
    options.setPingInterval(500ms);
    options.setPongTimeout(2s);
    pair.server.setOptions(options);
    QVERIFY(pair.open());
    WsMessageStream *stream = pair.peer->openMessage(Ws::Binary);
    stream->write("begin");
    QVERIFY(pair.peer->sendBinary(pattern(MiB)));
    int pings = 0;
    connect(&pair.client, &WsConnection::pinged, this, [&] { ++pings; });
    WS_TRY_VERIFY(pings >= 6); // longer than pongTimeout
    QCOMPARE(pair.peer->state(), Ws::Open);
    QCOMPARE(pair.peerEvents->ending(), QString());
    stream->close();
    WS_TRY_COMPARE(pair.events.messageCount, 2);
}

void TestStreamWriting::closeOfTheConnectionCutsTheMessage()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    Pair pair(isTls);
    pair.setOptions(compressedOptions(isCompressed));
    QVERIFY(pair.open());
    QPointer<WsMessageStream> stream = pair.client.openMessage(Ws::Text);
    QSignalSpy aboutToClose(stream, &QIODevice::aboutToClose);
    QVERIFY(pair.client.sendText("lost"));
    stream->write("half");
    WS_TRY_COMPARE(stream->bytesToWrite(), 0);
    QVERIFY(pair.client.close(3000));
    QVERIFY(stream);
    QCOMPARE(stream->write("more"), -1);
    QCOMPARE(stream->errorString(), u"the connection is not open"_s);
    QString errorString;
    connect(&pair.client, &WsConnection::closed, this, [&] {
        QVERIFY(!stream->isOpen());
        QVERIFY(!stream->isComplete());
        QVERIFY(!stream->connection());
        errorString = stream->errorString();
    });
    WS_TRY_VERIFY(pair.events.isClosed() && pair.peerEvents->isClosed());
    QCOMPARE(errorString, u"the connection was closed before the message was complete"_s);
    QCOMPARE(aboutToClose.size(), 1);
    QCOMPARE(pair.peerEvents->all, QStringList({u"opened"_s, u"closed 3000 '' clean"_s}));
    QCOMPARE(pair.events.ending(), u"closed 3000 '' clean"_s);
    WS_TRY_VERIFY(!stream);
}

void TestStreamWriting::closedStreamLeavesBeforeTheClose()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    Pair pair(isTls);
    pair.setOptions(compressedOptions(isCompressed));
    QVERIFY(pair.open());
    const QByteArray data = pattern(MiB);
    WsMessageStream *stream = pair.client.openMessage(Ws::Binary);
    QCOMPARE(stream->write(data), data.size());
    stream->close();
    QVERIFY(stream->isComplete());
    QVERIFY(pair.client.close());
    pair.peerEvents->keepsMessages = false;
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->payloadSize, data.size());
    QCOMPARE(pair.peerEvents->ending(), u"closed 1000 '' clean"_s);
}

void TestStreamWriting::peersCloseCutsTheMessage()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    QPointer<WsMessageStream> stream = pair.client.openMessage(Ws::Text);
    stream->write("half");
    WS_TRY_COMPARE(stream->bytesToWrite(), 0);
    connect(&pair.client, &WsConnection::stateChanged, this, [&](Ws::State state) {
        if (state == Ws::Closing)
            QCOMPARE(stream->write("more"), -1);
    });
    QVERIFY(pair.peer->close(3001));
    WS_TRY_VERIFY(pair.events.isClosed() && pair.peerEvents->isClosed());
    QCOMPARE(pair.events.states, QList<Ws::State>({Ws::Connecting, Ws::Open, Ws::Closing, Ws::Closed}));
    QCOMPARE(pair.events.ending(), u"closed 3001 '' clean"_s);
    QVERIFY(pair.peerEvents->messages().isEmpty());
    WS_TRY_VERIFY(!stream);
}

void TestStreamWriting::lossOfTheConnectionCutsTheMessage()
{
    Pair pair;
    QVERIFY(pair.open());
    QPointer<WsMessageStream> stream = pair.client.openMessage(Ws::Text);
    stream->write("half");
    bool isCut = false;
    connect(stream, &QIODevice::aboutToClose, this, [&] {
        QVERIFY(!pair.events.isClosed());
        isCut = !stream->isComplete();
    });
    pair.peer->abort();
    WS_TRY_VERIFY(pair.events.isClosed());
    QVERIFY(isCut);
    QCOMPARE(pair.events.states, QList<Ws::State>({Ws::Connecting, Ws::Open, Ws::Closed}));
    QCOMPARE(pair.events.ending(), u"error Network, closed 1006 '' unclean"_s);
}

void TestStreamWriting::nothingIsSentFromTheSlotsOfStreamsThatAreCut()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    WsMessageStream *first = pair.client.openMessage(Ws::Text);
    WsMessageStream *second = pair.client.openMessage(Ws::Binary);
    int calls = 0;
    connect(first, &QIODevice::aboutToClose, this, [&] {
        ++calls;
        QVERIFY(!pair.client.sendBinary(QByteArray(MiB, 'x')));
        QVERIFY(!pair.client.ping());
        QVERIFY(!pair.client.openMessage(Ws::Text));
        QCOMPARE(second->write(QByteArray(MiB, 'x')), -1);
    });
    pair.client.abort();
    QCOMPARE(calls, 1);
    QCOMPARE(pair.events.ending(), u"closed 1006 '' unclean"_s);
}

void TestStreamWriting::closeInTheSlotOfAStreamThatIsCutIsRefused()
{
    Pair pair;
    WsOptions options;
    options.setCloseTimeout(30ms);
    pair.client.setOptions(options);
    QVERIFY(pair.open());
    WsMessageStream *stream = pair.client.openMessage(Ws::Text);
    connect(stream, &QIODevice::aboutToClose, this, [&] { QVERIFY(!pair.client.close()); });
    pair.client.abort();
    QSignalSpy late(&pair.client, &WsConnection::errorOccurred);
    QVERIFY(!late.wait(200));
    QCOMPARE(pair.events.ending(), u"closed 1006 '' unclean"_s);
}

void TestStreamWriting::charactersMayBeDividedAmongWrites()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    Pair pair(isTls);
    pair.setOptions(compressedOptions(isCompressed));
    QVERIFY(pair.open());
    const QString text = u"Grüße, 世界 🌍 und mehr"_s;
    WsMessageStream *stream = pair.client.openMessage(Ws::Text);
    for (const char byte : text.toUtf8()) {
        QCOMPARE(stream->write(&byte, 1), 1);
        pair.client.ping(); // so that each leaves by itself
        QCoreApplication::processEvents();
    }
    stream->close();
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList{u"text "_s + text});
}

void TestStreamWriting::partOfACharacterIsToldAsWritten()
{
    Pair pair;
    QVERIFY(pair.open());
    WsMessageStream *stream = pair.client.openMessage(Ws::Text);
    QSignalSpy written(stream, &QIODevice::bytesWritten);
    for (const char byte : "€"_ba) {
        QCOMPARE(stream->write(&byte, 1), 1);
        WS_TRY_COMPARE(written.size(), 1);
        QCOMPARE(written.takeFirst().at(0).toLongLong(), 1);
    }
    stream->close();
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList{u"text €"_s});
}

void TestStreamWriting::whatIsNotUtf8IsRefused()
{
    Pair pair;
    QVERIFY(pair.open());
    WsMessageStream *stream = pair.client.openMessage(Ws::Text);
    QCOMPARE(stream->write("a\xC3"), 2);
    QCOMPARE(stream->write("caf\xE9"), -1);
    QCOMPARE(stream->errorString(), u"the text is not UTF-8"_s);
    QCOMPARE(stream->write("\xBC!"), 2); // it goes on where it was
    stream->close();
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList{u"text aü!"_s});
    WsMessageStream *binary = pair.client.openMessage(Ws::Binary);
    QCOMPARE(binary->write("caf\xE9"), 4);
    binary->close();
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 2);
}

void TestStreamWriting::halfACharacterAtTheEndIsReplaced()
{
    Pair pair;
    QVERIFY(pair.open());
    WsMessageStream *stream = pair.client.openMessage(Ws::Text);
    QCOMPARE(stream->write("a\xF0\x9F"), 3);
    stream->close();
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList{u"text a\uFFFD"_s});
    QCOMPARE(pair.peer->state(), Ws::Open);
}

void TestStreamWriting::textStreamWritesToIt()
{
    Pair pair;
    QVERIFY(pair.open());
    WsMessageStream *stream = pair.client.openMessage(Ws::Text);
    QTextStream text(stream);
    text << u"Zahl: "_s << 42 << Qt::endl << u"ü"_s;
    text.flush();
    stream->close();
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList{u"text Zahl: 42\nü"_s});
}

void TestStreamWriting::emptyMessageArrives()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    Pair pair(isTls);
    pair.setOptions(compressedOptions(isCompressed));
    QVERIFY(pair.open());
    pair.client.openMessage(Ws::Text)->close();
    WsMessageStream *stream = pair.client.openMessage(Ws::Binary);
    QCOMPARE(stream->write("", 0), 0);
    stream->close();
    pair.client.sendText("behind");
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList({u"text "_s, u"binary "_s, u"text behind"_s}));
}

void TestStreamWriting::deletedStreamEndsItsMessage()
{
    Pair pair;
    QVERIFY(pair.open());
    WsMessageStream *stream = pair.client.openMessage(Ws::Text);
    stream->write("whole");
    delete stream;
    pair.client.sendText("behind");
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList({u"text whole"_s, u"text behind"_s}));
}

void TestStreamWriting::lastBytesMayBeWrittenInAboutToClose()
{
    Pair pair;
    QVERIFY(pair.open());
    WsMessageStream *stream = pair.client.openMessage(Ws::Text);
    connect(stream, &QIODevice::aboutToClose, stream, [=] { QCOMPARE(stream->write("end"), 3); });
    stream->write("begin ");
    stream->close();
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList{u"text begin end"_s});
}

void TestStreamWriting::closeWithinAboutToCloseIsNone()
{
    Pair pair;
    QVERIFY(pair.open());
    WsMessageStream *stream = pair.client.openMessage(Ws::Text);
    int calls = 0;
    connect(stream, &QIODevice::aboutToClose, stream, [&] {
        if (++calls == 1)
            stream->close();
    });
    stream->close();
    QCOMPARE(calls, 1);
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 1);
}

void TestStreamWriting::streamIsDeletedOnceItIsClosed()
{
    Pair pair;
    QVERIFY(pair.open());
    const QPointer<WsMessageStream> stream = pair.client.openMessage(Ws::Text);
    QCOMPARE(stream->parent(), &pair.client);
    QCOMPARE(stream->connection(), &pair.client);
    QVERIFY(stream->isText() && stream->isSequential() && stream->isWritable() && !stream->isReadable());
    stream->close();
    QVERIFY(stream);
    QVERIFY(!stream->connection());
    WS_TRY_VERIFY(!stream);
}

void TestStreamWriting::messageCannotBeginUnlessOpen()
{
    Pair pair;
    QVERIFY(!pair.client.openMessage(Ws::Text));
    QVERIFY(pair.start());
    QVERIFY(!pair.client.openMessage(Ws::Text));
    QCOMPARE(pair.client.errorString(), u"the connection is not open"_s);
    QVERIFY(pair.waitUntilOpen());
    pair.client.close();
    QVERIFY(!pair.client.openMessage(Ws::Text));
}

// --- slots

namespace {
enum class Action { DeleteStream, CloseStream, DeleteConnection, Close, Abort, Reopen };
} // namespace

void TestStreamWriting::anythingInTheSlotsOfAStream_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<bool>("isAboutToClose");
    QTest::addColumn<int>("action");
    static const char *const names[] = {
        "delete the stream", "close the stream", "delete the connection", "close", "abort", "reopen"};
    for (const bool isTls : {false, true}) {
        for (const bool isAboutToClose : {false, true}) {
            for (int action = 0; action < 6; ++action) {
                QTest::addRow("%s in %s, %s", names[action], isAboutToClose ? "aboutToClose" : "bytesWritten",
                              isTls ? "wss" : "ws")
                    << isTls << isAboutToClose << action;
            }
        }
    }
}

void TestStreamWriting::anythingInTheSlotsOfAStream()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isAboutToClose);
    QFETCH(const int, action);
    Pair pair(isTls);
    QVERIFY(pair.server.listen());
    auto *client = new WsClient;
    const QPointer<WsClient> guard(client);
    client->setSslConfiguration(tlsConfiguration());
    QVERIFY(client->open(pair.url()));
    WS_TRY_VERIFY(client->state() == Ws::Open && pair.peer);
    QPointer<WsMessageStream> stream = client->openMessage(Ws::Binary);
    QPointer<WsMessageStream> other = client->openMessage(Ws::Binary);
    other->write("other");
    bool wasSprung = false;
    const auto act = [&] {
        if (std::exchange(wasSprung, true))
            return;
        switch (Action(action)) {
        case Action::DeleteStream:
            delete stream;
            break;
        case Action::CloseStream:
            stream->close();
            break;
        case Action::DeleteConnection:
            delete client;
            break;
        case Action::Close:
            client->close();
            break;
        case Action::Abort:
            client->abort();
            break;
        case Action::Reopen:
            client->abort();
            QVERIFY(client->open(pair.url()));
            break;
        }
    };
    if (isAboutToClose)
        connect(stream, &QIODevice::aboutToClose, this, act);
    else
        connect(stream, &QIODevice::bytesWritten, this, act);
    stream->write(QByteArray(MiB, 'x'));
    if (isAboutToClose)
        stream->close();
    WS_TRY_VERIFY(wasSprung);
    WS_TRY_VERIFY(!stream);
    if (Action(action) == Action::Reopen) {
        WS_TRY_COMPARE(client->state(), Ws::Open);
        WS_TRY_VERIFY(!other);
        QVERIFY(client->sendText("new"));
        WS_TRY_VERIFY(pair.peerEvents->messages().contains(u"text new"_s));
    } else if (Action(action) == Action::DeleteStream || Action(action) == Action::CloseStream) {
        QCOMPARE(client->state(), Ws::Open);
        pair.peerEvents->keepsMessages = false;
        other->close();
        WS_TRY_COMPARE(pair.peerEvents->messageCount, 2);
    } else {
        WS_TRY_VERIFY(pair.peerEvents->isClosed());
        WS_TRY_VERIFY(!other);
    }
    delete guard.data();
}

// --- fragments

void TestStreamWriting::fragmentsOfAnyRangeAreOneMessage()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    Pair pair(isTls);
    pair.setOptions(compressedOptions(isCompressed));
    QVERIFY(pair.open());
    QVERIFY(pair.client.sendFragments(Ws::Text, {"a list ", "of t\xC3", "\xBCwo"}));
    QVERIFY(pair.client.sendFragments(Ws::Text, std::vector<QByteArray>{"a ", "vector"}));
    const char *const literals[] = {"an ", "array"};
    QVERIFY(pair.client.sendFragments(Ws::Text, literals));
    QVERIFY(pair.client.sendFragments(Ws::Binary, std::views::iota(1, 5) | std::views::transform([](int i) {
                                                      return QByteArray::number(i);
                                                  })));
    QVERIFY(pair.client.sendFragments(Ws::Text, QByteArrayList()));
    QVERIFY(pair.client.sendFragments(Ws::Binary, std::vector<QByteArray>()));
    QVERIFY(pair.client.sendFragments(Ws::Text, {"", "", "empty ones", ""}));
    WS_TRY_COMPARE(pair.peerEvents->messages(),
                   QStringList({u"text a list of tüwo"_s, u"text a vector"_s, u"text an array"_s,
                                u"binary 1234"_s, u"text "_s, u"binary "_s, u"text empty ones"_s}));
    QCOMPARE(pair.client.statistics().messagesSent, 7);
}

void TestStreamWriting::eachFragmentHasItsFrame()
{
    RawPair pair;
    QVERIFY(pair.openRaw());
    QSignalSpy sent(pair.peer, &WsConnection::messageSent);
    QVERIFY(pair.peer->sendFragments(Ws::Text, {"one", "", "three"}));
    QVERIFY(pair.peer->sendText("next"));
    WS_TRY_COMPARE(
        pair.raw.frames(),
        QList<ReceivedFrame>(
            {{TextFrame, "one"}, {Continuation, {}}, {Continuation, "three"}, {TextFrame, "next"}}));
    QCOMPARE(sent.size(), 2);
    QCOMPARE(sent.at(0).at(0).value<WsMessage>().text(), u"onethree"_s);
}

void TestStreamWriting::fragmentsThatAreRefusedSendNothing()
{
    Pair pair;
    WsOptions options;
    options.setMaxBufferedAmount(MiB);
    pair.client.setOptions(options);
    QVERIFY(!pair.client.sendFragments(Ws::Text, {"closed"}));
    QVERIFY(pair.open());
    QVERIFY(!pair.client.sendFragments(Ws::Text, {"good", "caf\xE9"}));
    QVERIFY(!pair.client.sendFragments(Ws::Text, {"ends within \xC3"}));
    QCOMPARE(pair.client.errorString(), u"the text is not UTF-8"_s);
    const auto endless =
        std::views::iota(1) | std::views::transform([](int) { return QByteArray(1000, 'x'); });
    QVERIFY(!pair.client.sendFragments(Ws::Binary, endless));
    QCOMPARE(pair.client.errorString(), u"more than maxBufferedAmount would be buffered"_s);
    QVERIFY(!pair.client.sendFragments(Ws::Binary, QByteArrayList(3, QByteArray(MiB / 2, 'x'))));
    QCOMPARE(pair.client.bufferedAmount(), 0);
    QCOMPARE(pair.client.statistics().messagesSent, 0);
    QVERIFY(pair.client.sendText("the first"));
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList{u"text the first"_s});
}

void TestStreamWriting::pingIsAnsweredBetweenTheFragmentsOfALargeMessage_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<bool>("isPrepared");
    for (const bool isTls : {false, true}) {
        for (const bool isPrepared : {false, true})
            QTest::addRow("%s%s", isTls ? "wss" : "ws", isPrepared ? ", prepared" : "")
                << isTls << isPrepared;
    }
}

void TestStreamWriting::pingIsAnsweredBetweenTheFragmentsOfALargeMessage()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isPrepared);
    constexpr qint64 FragmentSize = 16 * KiB;
    constexpr qint64 Size = 32 * MiB;
    Pair pair(isTls);
    WsOptions options;
    options.setFragmentSize(FragmentSize);
    options.setHighWaterMark(64 * MiB); // else the ping would not be read
    options.setMaxMessageSize(64 * MiB);
    pair.setOptions(options);
    QVERIFY(pair.open());
    pair.events.keepsMessages = false;
    qint64 arrivedBefore = -1;
    connect(&pair.client, &WsConnection::pongReceived, this,
            [&] { arrivedBefore = pair.client.statistics().wireBytesReceived; });
    const QByteArray data = pattern(Size);
    pair.client.setPaused(true); // until the systems' buffers are full
    QVERIFY(isPrepared ? pair.peer->send(WsPreparedMessage::binary(data)) : pair.peer->sendBinary(data));
    bool isPingRead = false;
    connect(pair.peer, &WsConnection::pinged, this, [&] { isPingRead = true; });
    QVERIFY(pair.client.ping("latency"));
    WS_TRY_VERIFY(isPingRead);
    pair.client.setPaused(false);
    WS_TRY_COMPARE(pair.events.messageCount, 1);
    QCOMPARE(pair.events.payloadSize, Size);
    QVERIFY(arrivedBefore >= 0);
    QCOMPARE_LT(arrivedBefore, Size / 2);
}

#include "../testprogram.h"
WSKIT_TEST(TestStreamWriting)
#include "tst_streamwriting.moc"
