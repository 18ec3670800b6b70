// SPDX-License-Identifier: MIT
#include "integrationtesting.h"

#include <QtCore/qdatastream.h>
#include <QtCore/qrandom.h>
#include <QtCore/qsavefile.h>
#include <QtCore/qtemporarydir.h>
#include <QtCore/qtextstream.h>

using namespace IntegrationTesting;

class TestStreamReading : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void messageBeyondTheLimitsArrives_data() { addTransports(); }
    void messageBeyondTheLimitsArrives();
    void everyMessageIsAStreamOfItsOwn_data() { addTransports(); }
    void everyMessageIsAStreamOfItsOwn();
    void nextMessageWaitsUntilTheStreamIsRead_data() { addTransports(); }
    void nextMessageWaitsUntilTheStreamIsRead();
    void slowReaderHoldsUpTheSender_data() { addTransports(); }
    void slowReaderHoldsUpTheSender();
    void manySmallFragmentsTakeLittleMemory();
    void textIsCheckedAsItArrives();
    void controlFramesAreSeenWithinAMessage();
    void closedEarlyTheRestIsDropped_data() { addTransports(); }
    void closedEarlyTheRestIsDropped();
    void deletedEarlyTheRestIsDropped();
    void lossOfTheConnectionLeavesWhatHasArrived_data() { addSchemes(); }
    void lossOfTheConnectionLeavesWhatHasArrived();
    void endComesBehindAWholeMessageThatIsNotRead_data() { addSchemes(); }
    void endComesBehindAWholeMessageThatIsNotRead();
    void peersCloseWithinAMessageIsTold();
    void ownCloseGivesUpTheMessage_data() { addTransports(); }
    void ownCloseGivesUpTheMessage();
    void abortLeavesWhatHasArrived();
    void messagesThatNobodyReadsAreDropped();
    void binaryTypeHoldsForEveryOpening();
    void binaryTypeTakesEffectWithTheNextMessage();
    void streamOfAnEarlierOpeningTouchesNothing();
    void streamIsDeletedOnceItIsRead_data();
    void streamIsDeletedOnceItIsRead();
    void peekDoesNotEndTheStream();
    void linesAreRead();
    void singleBytesAreRead();
    void dataStreamReadsInTransactions();
    void textStreamReadsIt();
    void saveFileIsWrittenFromIt();
    void keepAliveGoesOnAfterASlowReader();
    void pauseOfASlowReaderIsNoDeadPeer();
    void anythingInTheSlotsOfAStream_data();
    void anythingInTheSlotsOfAStream();
};

namespace {
// The server's end reads streams, each kept in order; what has come of each is read when told to.
struct Streams : Pair
{
    explicit Streams(bool isTls = false, bool isCompressed = false, WsOptions options = {}) : Pair(isTls)
    {
        setOptions(compressedOptions(isCompressed, options));
        QObject::connect(&server, &WsServer::newConnection, &server, [this](WsConnection *connection) {
            connection->setBinaryType(Ws::Stream);
            QObject::connect(connection, &WsConnection::messageStarted, connection,
                             [this](WsMessageStream *stream) { add(stream); });
        });
    }

    void add(WsMessageStream *stream)
    {
        const qsizetype index = streams.size();
        streams.append(stream);
        contents.append(QByteArray());
        completes.append(false);
        if (readsAtOnce)
            QObject::connect(stream, &QIODevice::readyRead, stream,
                             [=, this] { contents[index] += stream->readAll(); });
        QObject::connect(stream, &QIODevice::readChannelFinished, stream, [=, this] {
            ++finished;
            completes[index] = stream->isComplete();
        });
    }

    // A server and a peer that writes frames by hand.
    bool openRaw()
    {
        return server.listen() && raw.upgrade(server) && waitFor([this] { return peer; });
    }
    // Everything that has come is read, as it comes.
    void readAll(qsizetype index)
    {
        WsMessageStream *stream = streams.at(index);
        QObject::connect(stream, &QIODevice::readyRead, stream,
                         [=, this] { contents[index] += stream->readAll(); });
        contents[index] += stream->readAll();
    }

    RawPeer raw;
    bool readsAtOnce = true;
    QList<QPointer<WsMessageStream>> streams;
    QByteArrayList contents;
    QList<bool> completes;
    int finished = 0;
};

void turnSomeTimes()
{
    for (int i = 0; i < 20; ++i)
        QCoreApplication::processEvents();
}
} // namespace

void TestStreamReading::messageBeyondTheLimitsArrives()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    WsOptions options;
    options.setMaxMessageSize(64 * KiB);
    options.setMaxFrameSize(64 * KiB);
    Streams pair(isTls, isCompressed, options);
    QVERIFY(pair.open());
    const QByteArray data = pattern(8 * MiB);
    QVERIFY(pair.client.sendBinary(data));
    WS_TRY_COMPARE(pair.finished, 1);
    QVERIFY(pair.contents.at(0) == data);
    QVERIFY(pair.completes.at(0));
    QCOMPARE(pair.peerEvents->messageCount, 0);
    QCOMPARE(pair.peer->statistics().messagesReceived, 1);
    QCOMPARE(pair.peer->statistics().payloadBytesReceived, data.size());
}

void TestStreamReading::everyMessageIsAStreamOfItsOwn()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    Streams pair(isTls, isCompressed);
    QVERIFY(pair.open());
    QVERIFY(pair.client.sendText(u"Grüße"_s) && pair.client.sendText(QString())
            && pair.client.sendBinary("bytes") && pair.client.sendFragments(Ws::Text, {"in ", "two"}));
    for (int i = 0; i < 100; ++i)
        QVERIFY(pair.client.sendText(QString::number(i)));
    QList<Ws::MessageType> types;
    connect(pair.peer, &WsConnection::messageStarted, this, [&](WsMessageStream *stream) {
        QCOMPARE(stream->connection(), pair.peer.data());
        QVERIFY(stream->isReadable() && !stream->isWritable() && !stream->isComplete());
        types.append(stream->messageType());
    });
    WS_TRY_COMPARE(pair.finished, 104);
    QCOMPARE(pair.contents.first(4), QByteArrayList({"Grüße", "", "bytes", "in two"}));
    QCOMPARE(types.first(4), QList<Ws::MessageType>({Ws::Text, Ws::Text, Ws::Binary, Ws::Text}));
    for (int i = 0; i < 100; ++i)
        QCOMPARE(pair.contents.at(4 + i), QByteArray::number(i));
    QVERIFY(!pair.completes.contains(false));
}

void TestStreamReading::nextMessageWaitsUntilTheStreamIsRead()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    Streams pair(isTls, isCompressed);
    pair.readsAtOnce = false;
    QVERIFY(pair.open());
    QVERIFY(pair.client.sendText("first") && pair.client.sendText("second"));
    WS_TRY_COMPARE(pair.finished, 1);
    turnSomeTimes();
    QCOMPARE(pair.streams.size(), 1);
    QCOMPARE(pair.streams.at(0)->read(3), "fir"_ba);
    turnSomeTimes();
    QCOMPARE(pair.streams.size(), 1);
    QCOMPARE(pair.streams.at(0)->readAll(), "st"_ba);
    WS_TRY_COMPARE(pair.streams.size(), 2);
    WS_TRY_COMPARE(pair.finished, 2);
    QCOMPARE(pair.streams.at(1)->readAll(), "second"_ba);
}

void TestStreamReading::slowReaderHoldsUpTheSender()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    constexpr qint64 Mark = 256 * KiB;
    WsOptions options;
    options.setHighWaterMark(Mark);
    Streams pair(isTls, isCompressed, options);
    pair.readsAtOnce = false;
    QVERIFY(pair.open());
    QByteArray data(24 * MiB, Qt::Uninitialized); // that compression leaves as long as it is
    QRandomGenerator(1).fillRange(reinterpret_cast<quint32 *>(data.data()), data.size() / 4);
    QVERIFY(pair.client.sendBinary(data));
    QSignalSpy written(&pair.client, &WsConnection::bytesWritten);
    while (written.wait(100)) {
    }
    QVERIFY(pair.client.bufferedAmount() > 8 * MiB);
    QCOMPARE(pair.streams.size(), 1);
    // Not all of the mark: what the chunks take besides their bytes counts too.
    QVERIFY(pair.streams.at(0)->bytesAvailable() > Mark / 2);
    QCOMPARE_LE(pair.streams.at(0)->bytesAvailable(), Mark + 256 * KiB); // one read beyond it
    QCOMPARE(pair.finished, 0);

    qint64 most = 0;
    connect(pair.streams.at(0), &QIODevice::readyRead, this,
            [&] { most = qMax(most, pair.streams.at(0)->bytesAvailable()); });
    pair.readAll(0);
    WS_TRY_COMPARE(pair.finished, 1);
    QVERIFY(pair.contents.at(0) == data);
    QCOMPARE_LE(most, Mark + 256 * KiB);
}

// Frames of a byte each: a peer makes a reader that is behind keep little more than the bytes.
void TestStreamReading::manySmallFragmentsTakeLittleMemory()
{
    Streams pair;
    pair.readsAtOnce = false;
    QVERIFY(pair.openRaw());
    constexpr int Count = 100'000;
    QByteArray expected;
    QByteArray bytes = frame(TextFrame, "x", false);
    for (int i = 0; i < Count; ++i) {
        const QByteArray letter(1, char('a' + i % 26));
        bytes += frame(Continuation, letter, false);
        expected += letter;
    }
    pair.raw.send(bytes);
    WS_TRY_VERIFY(!pair.streams.isEmpty() && pair.streams.at(0)->bytesAvailable() == Count + 1);
    QCOMPARE(pair.streams.at(0)->read(1), "x"_ba);
    QCOMPARE(pair.streams.at(0)->readAll(), expected);
    pair.raw.send(frame(Continuation, "end"));
    WS_TRY_COMPARE(pair.finished, 1);
    QCOMPARE(pair.streams.at(0)->readAll(), "end"_ba);
}

void TestStreamReading::textIsCheckedAsItArrives()
{
    Streams pair;
    pair.readsAtOnce = false;
    QVERIFY(pair.openRaw());
    pair.raw.send(frame(TextFrame, "good \xC3", false));
    WS_TRY_VERIFY(!pair.streams.isEmpty() && pair.streams.at(0)->bytesAvailable() == 6);
    pair.raw.send(frame(Continuation, "\xBC", false));
    WS_TRY_COMPARE(pair.streams.at(0)->bytesAvailable(), 7);
    pair.raw.send(frame(Continuation,
                        "b\xE9"
                        "ad",
                        false)); // and it is not over yet
    WS_TRY_COMPARE(pair.peerEvents->errors.size(), 1);
    QCOMPARE(pair.peerEvents->errors.at(0).closeCode(), quint16(Ws::InvalidPayload));
    WS_TRY_COMPARE(pair.raw.frames().size(), 1);
    QCOMPARE(pair.raw.frames().at(0).closeCode(), int(Ws::InvalidPayload));
    pair.raw.socket->disconnectFromHost();
    WS_TRY_COMPARE(pair.finished, 1);
    QVERIFY(!pair.streams.at(0)->isComplete());
    QCOMPARE(pair.streams.at(0)->readAll(), "good ü"_ba);
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->ending(), u"error Protocol, closed 1006 '' unclean"_s);
}

void TestStreamReading::controlFramesAreSeenWithinAMessage()
{
    Streams pair;
    QVERIFY(pair.openRaw());
    QSignalSpy pinged(pair.peer, &WsConnection::pinged);
    pair.raw.send(frame(BinaryFrame, "a", false) + frame(PingFrame, "p") + frame(Continuation, "b"));
    WS_TRY_COMPARE(pair.finished, 1);
    QCOMPARE(pair.contents.at(0), "ab"_ba);
    QCOMPARE(pinged.size(), 1);
    WS_TRY_COMPARE(pair.raw.frames(), QList<ReceivedFrame>({{PongFrame, "p"}}));
}

void TestStreamReading::closedEarlyTheRestIsDropped()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    Streams pair(isTls, isCompressed);
    pair.readsAtOnce = false;
    QVERIFY(pair.open());
    QVERIFY(pair.client.sendBinary(pattern(8 * MiB)) && pair.client.sendText("next"));
    WS_TRY_VERIFY(!pair.streams.isEmpty() && pair.streams.at(0)->bytesAvailable() > MiB / 2);
    pair.streams.at(0)->close();
    QCOMPARE(pair.streams.at(0)->bytesAvailable(), 0);
    QVERIFY(!pair.streams.at(0)->isComplete());
    WS_TRY_COMPARE(pair.streams.size(), 2);
    QVERIFY(!pair.streams.at(0));
    WS_TRY_COMPARE(pair.finished, 1);
    QCOMPARE(pair.streams.at(1)->readAll(), "next"_ba);
    QCOMPARE(pair.peer->statistics().messagesReceived, 2);
}

void TestStreamReading::deletedEarlyTheRestIsDropped()
{
    Streams pair;
    pair.readsAtOnce = false;
    QVERIFY(pair.open());
    QVERIFY(pair.client.sendBinary(pattern(8 * MiB)) && pair.client.sendText("next"));
    WS_TRY_VERIFY(!pair.streams.isEmpty() && pair.streams.at(0)->bytesAvailable() > MiB / 2);
    QSignalSpy aboutToClose(pair.streams.at(0), &QIODevice::aboutToClose);
    delete pair.streams.at(0);
    QCOMPARE(aboutToClose.size(), 0);
    WS_TRY_COMPARE(pair.streams.size(), 2);
    WS_TRY_COMPARE(pair.streams.at(1)->bytesAvailable(), 4);
}

void TestStreamReading::lossOfTheConnectionLeavesWhatHasArrived()
{
    QFETCH(const bool, isTls);
    Streams pair(isTls);
    pair.readsAtOnce = false;
    QVERIFY(pair.openRaw());
    pair.raw.send(frameHeader(BinaryFrame, 1000) + "what has arrived");
    WS_TRY_VERIFY(!pair.streams.isEmpty() && pair.streams.at(0)->bytesAvailable() == 16);
    pair.raw.socket->disconnectFromHost();
    WS_TRY_COMPARE(pair.finished, 1);
    turnSomeTimes();
    QVERIFY(!pair.peerEvents->isClosed());
    QVERIFY(!pair.streams.at(0)->isComplete());
    QCOMPARE(pair.streams.at(0)->errorString(), u"the connection ended before the message was complete"_s);
    QCOMPARE(pair.streams.at(0)->read(8), "what has"_ba);
    turnSomeTimes();
    QVERIFY(!pair.peerEvents->isClosed());
    QCOMPARE(pair.streams.at(0)->readAll(), " arrived"_ba);
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->states, QList<Ws::State>({Ws::Open, Ws::Closing, Ws::Closed}));
    QCOMPARE(pair.peerEvents->ending(), u"error Network, closed 1006 '' unclean"_s);
}

void TestStreamReading::endComesBehindAWholeMessageThatIsNotRead()
{
    QFETCH(const bool, isTls);
    Streams pair(isTls);
    pair.readsAtOnce = false;
    QVERIFY(pair.open());
    QVERIFY(pair.client.sendText("last words") && pair.client.close(3000, u"bye"_s));
    WS_TRY_COMPARE(pair.finished, 1);
    turnSomeTimes();
    QVERIFY(!pair.peerEvents->isClosed());
    QCOMPARE(pair.streams.at(0)->readAll(), "last words"_ba);
    WS_TRY_VERIFY(pair.peerEvents->isClosed() && pair.events.isClosed());
    QCOMPARE(pair.peerEvents->ending(), u"closed 3000 'bye' clean"_s);
    QVERIFY(pair.completes.at(0));
}

void TestStreamReading::peersCloseWithinAMessageIsTold()
{
    Streams pair;
    QVERIFY(pair.openRaw());
    pair.raw.send(frame(BinaryFrame, "begin", false) + frame(CloseFrame, closePayload(1001)));
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.contents, QByteArrayList{"begin"});
    QCOMPARE(pair.finished, 1);
    QVERIFY(!pair.completes.at(0));
    QCOMPARE(pair.peerEvents->ending(), u"closed 1001 '' clean"_s);
}

void TestStreamReading::ownCloseGivesUpTheMessage()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    Streams pair(isTls, isCompressed);
    pair.readsAtOnce = false;
    QVERIFY(pair.open());
    QVERIFY(pair.client.sendBinary(pattern(8 * MiB)) && pair.client.sendBinary(pattern(8 * MiB))
            && pair.client.sendText("and another"));
    WS_TRY_VERIFY(!pair.streams.isEmpty() && pair.streams.at(0)->bytesAvailable() > MiB / 2);
    const qint64 arrived = pair.streams.at(0)->bytesAvailable();
    QVERIFY(pair.peer->close(3000));
    QCOMPARE(pair.finished, 1);
    QCOMPARE(pair.streams.at(0)->bytesAvailable(), arrived);
    WS_TRY_VERIFY(pair.peerEvents->isClosed() && pair.events.isClosed());
    QCOMPARE(pair.peerEvents->ending(), u"closed 3000 '' clean"_s);
    QCOMPARE(pair.streams.size(), 1); // what was behind is not held up any more, and would have no limit
    QVERIFY(!pair.completes.at(0));
}

void TestStreamReading::abortLeavesWhatHasArrived()
{
    Pair pair;
    QVERIFY(pair.open());
    pair.client.setBinaryType(Ws::Stream);
    QPointer<WsMessageStream> stream;
    connect(&pair.client, &WsConnection::messageStarted, this,
            [&](WsMessageStream *started) { stream = started; });
    QVERIFY(pair.peer->sendText("arrived"));
    WS_TRY_VERIFY(stream && stream->bytesAvailable() == 7);
    pair.client.abort();
    QCOMPARE(pair.events.ending(), u"closed 1006 '' unclean"_s);
    QCOMPARE(stream->readAll(), "arrived"_ba);
    WS_TRY_VERIFY(!stream);
}

void TestStreamReading::messagesThatNobodyReadsAreDropped()
{
    Pair pair;
    QVERIFY(pair.open());
    pair.client.setBinaryType(Ws::Stream);
    QVERIFY(pair.peer->sendBinary(pattern(8 * MiB)) && pair.peer->sendText("small"));
    WS_TRY_COMPARE(pair.client.statistics().messagesReceived, 2);
    QCOMPARE(pair.events.messageCount, 0);
    QVERIFY(pair.client.findChildren<WsMessageStream *>().isEmpty());
    pair.client.setBinaryType(Ws::ByteArray);
    QVERIFY(pair.peer->sendText("whole"));
    WS_TRY_COMPARE(pair.events.messages(), QStringList{u"text whole"_s});
}

void TestStreamReading::binaryTypeHoldsForEveryOpening()
{
    Pair pair;
    pair.client.setBinaryType(Ws::Stream);
    QByteArrayList contents;
    connect(&pair.client, &WsConnection::messageStarted, this, [&](WsMessageStream *stream) {
        connect(stream, &QIODevice::readChannelFinished, this,
                [=, &contents] { contents.append(stream->readAll()); });
    });
    for (int opening = 0; opening < 2; ++opening) {
        QVERIFY(pair.open());
        QVERIFY(pair.peer->sendText("stream"));
        WS_TRY_COMPARE(contents.size(), opening + 1);
        pair.client.abort();
        WS_TRY_VERIFY(!pair.peer);
    }
    QCOMPARE(contents, QByteArrayList({"stream", "stream"}));
    QCOMPARE(pair.events.messageCount, 0);
}

void TestStreamReading::binaryTypeTakesEffectWithTheNextMessage()
{
    Streams pair;
    QVERIFY(pair.openRaw());
    QSignalSpy changed(pair.peer, &WsConnection::binaryTypeChanged);
    pair.raw.send(frame(TextFrame, "stream ", false));
    WS_TRY_COMPARE(pair.contents, QByteArrayList{"stream "});
    pair.peer->setBinaryType(Ws::ByteArray);
    pair.peer->setBinaryType(Ws::ByteArray);
    QCOMPARE(changed.size(), 1);
    pair.raw.send(frame(Continuation, "to its end") + frame(TextFrame, "whole"));
    WS_TRY_COMPARE(pair.peerEvents->messages(), QStringList{u"text whole"_s});
    QCOMPARE(pair.contents, QByteArrayList{"stream to its end"});
}

void TestStreamReading::streamOfAnEarlierOpeningTouchesNothing()
{
    Pair pair;
    QVERIFY(pair.open());
    pair.client.setBinaryType(Ws::Stream);
    QPointer<WsMessageStream> old;
    const auto keep = connect(&pair.client, &WsConnection::messageStarted, this,
                              [&](WsMessageStream *stream) { old = stream; });
    QVERIFY(pair.peer->sendText("unread"));
    WS_TRY_VERIFY(old && old->bytesAvailable() == 6);
    pair.client.abort();
    QVERIFY(!old->connection());
    pair.client.setBinaryType(Ws::ByteArray);
    QVERIFY(disconnect(keep));
    WS_TRY_VERIFY(!pair.peer);
    QVERIFY(pair.open());
    QVERIFY(pair.peer->sendText("new") && pair.peer->close(3000));
    WS_TRY_COMPARE(pair.events.startingWith(u"closed"_s).size(), 2);
    QCOMPARE(pair.events.messages(), QStringList{u"text new"_s});
    QCOMPARE(old->readAll(), "unread"_ba);
}

void TestStreamReading::streamIsDeletedOnceItIsRead_data()
{
    QTest::addColumn<bool>("readsAtOnce");
    QTest::newRow("before its end") << true;
    QTest::newRow("after its end") << false;
}

void TestStreamReading::streamIsDeletedOnceItIsRead()
{
    QFETCH(const bool, readsAtOnce);
    Streams pair;
    pair.readsAtOnce = readsAtOnce;
    QVERIFY(pair.openRaw());
    pair.raw.send(frame(TextFrame, "begin", false));
    WS_TRY_COMPARE(pair.streams.size(), 1);
    turnSomeTimes();
    QVERIFY(pair.streams.at(0));
    pair.raw.send(frame(Continuation, " end"));
    WS_TRY_COMPARE(pair.finished, 1);
    if (!readsAtOnce) {
        turnSomeTimes();
        QCOMPARE(pair.streams.at(0)->readAll(), "begin end"_ba);
        QVERIFY(pair.streams.at(0)->atEnd());
        QVERIFY(pair.streams.at(0)->read(1).isEmpty());
        QVERIFY(pair.streams.at(0)->isComplete());
    }
    WS_TRY_VERIFY(!pair.streams.at(0));
}

// --- as a QIODevice

void TestStreamReading::peekDoesNotEndTheStream()
{
    Streams pair;
    pair.readsAtOnce = false;
    QVERIFY(pair.open());
    QVERIFY(pair.client.sendText("peek"));
    WS_TRY_COMPARE(pair.finished, 1);
    QPointer<WsMessageStream> stream = pair.streams.at(0);
    QCOMPARE(stream->peek(2), "pe"_ba);
    QCOMPARE(stream->peek(10), "peek"_ba);
    QCOMPARE(stream->bytesAvailable(), 4);
    QVERIFY(stream->canReadLine());
    turnSomeTimes();
    QVERIFY(stream);
    QVERIFY(!stream->atEnd());
    QCOMPARE(stream->read(10), "peek"_ba);
    QVERIFY(stream->atEnd());
    WS_TRY_VERIFY(!stream);
}

void TestStreamReading::linesAreRead()
{
    Streams pair;
    pair.readsAtOnce = false;
    QVERIFY(pair.openRaw());
    pair.raw.send(frame(TextFrame, "one\ntw", false));
    WS_TRY_VERIFY(!pair.streams.isEmpty() && pair.streams.at(0)->bytesAvailable() == 6);
    WsMessageStream *stream = pair.streams.at(0);
    QVERIFY(stream->canReadLine());
    QCOMPARE(stream->readLine(), "one\n"_ba);
    QVERIFY(!stream->canReadLine());
    pair.raw.send(frame(Continuation, "o\nthree", false));
    WS_TRY_VERIFY(stream->canReadLine());
    QCOMPARE(stream->readLine(), "two\n"_ba);
    QVERIFY(!stream->canReadLine());
    pair.raw.send(frame(Continuation, {}));
    WS_TRY_COMPARE(pair.finished, 1);
    QVERIFY(stream->canReadLine());
    QCOMPARE(stream->readLine(), "three"_ba);
    QVERIFY(!stream->canReadLine());
}

void TestStreamReading::singleBytesAreRead()
{
    Streams pair;
    pair.readsAtOnce = false;
    QVERIFY(pair.open());
    const QByteArray data = pattern(70'000);
    QVERIFY(
        pair.client.sendFragments(Ws::Binary, {data.first(3), data.sliced(3, 40'000), data.sliced(40'003)}));
    WS_TRY_COMPARE(pair.finished, 1);
    QByteArray received;
    char byte = 0;
    while (pair.streams.at(0)->getChar(&byte))
        received += byte;
    QVERIFY(received == data);
}

void TestStreamReading::dataStreamReadsInTransactions()
{
    Streams pair;
    pair.readsAtOnce = false;
    QVERIFY(pair.openRaw());
    QByteArray bytes;
    QDataStream writing(&bytes, QIODevice::WriteOnly);
    writing << u"a string"_s << 42;
    QStringList strings;
    QList<int> numbers;
    connect(pair.peer, &WsConnection::messageStarted, this, [&](WsMessageStream *stream) {
        connect(stream, &QIODevice::readyRead, this, [&, stream] {
            QDataStream data(stream);
            data.startTransaction();
            QString string;
            int number = 0;
            data >> string >> number;
            if (!data.commitTransaction())
                return;
            strings.append(string);
            numbers.append(number);
        });
    });
    for (int i = 0; i < bytes.size(); ++i)
        pair.raw.send(frame(i == 0 ? BinaryFrame : Continuation, bytes.mid(i, 1), i == bytes.size() - 1));
    WS_TRY_COMPARE(numbers, QList<int>{42});
    QCOMPARE(strings, QStringList{u"a string"_s});
    WS_TRY_VERIFY(!pair.streams.at(0));
    pair.raw.send(frame(BinaryFrame, bytes));
    WS_TRY_COMPARE(numbers, QList<int>({42, 42}));
}

void TestStreamReading::textStreamReadsIt()
{
    Streams pair;
    pair.readsAtOnce = false;
    QVERIFY(pair.open());
    QVERIFY(pair.client.sendText(u"Zeile 1\nZeile ü\n7 8"_s));
    WS_TRY_COMPARE(pair.finished, 1);
    QTextStream text(pair.streams.at(0).data());
    QCOMPARE(text.readLine(), u"Zeile 1"_s);
    QCOMPARE(text.readLine(), u"Zeile ü"_s);
    int number = 0;
    text >> number;
    QCOMPARE(number, 7);
    text >> number;
    QCOMPARE(number, 8);
    QVERIFY(text.atEnd());
}

void TestStreamReading::saveFileIsWrittenFromIt()
{
    QTemporaryDir directory;
    QSaveFile file(directory.filePath(u"saved"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    Streams pair;
    pair.readsAtOnce = false;
    QVERIFY(pair.open());
    bool isSaved = false;
    connect(pair.peer, &WsConnection::messageStarted, &file, [&](WsMessageStream *stream) {
        connect(stream, &QIODevice::readyRead, &file, [&file, stream] { file.write(stream->readAll()); });
        connect(stream, &QIODevice::readChannelFinished, &file,
                [&, stream] { isSaved = stream->isComplete() && file.commit(); });
    });
    const QByteArray data = pattern(4 * MiB);
    QVERIFY(pair.client.sendBinary(data));
    WS_TRY_VERIFY(isSaved);
    QFile saved(file.fileName());
    QVERIFY(saved.open(QIODevice::ReadOnly));
    QVERIFY(saved.readAll() == data);
}

// --- the deadlines of one who is slow

void TestStreamReading::keepAliveGoesOnAfterASlowReader()
{
    Pair pair;
    WsOptions options;
    options.setPingInterval(30ms);
    pair.client.setOptions(options);
    pair.client.setBinaryType(Ws::Stream);
    QVERIFY(pair.open());
    QPointer<WsMessageStream> stream;
    connect(&pair.client, &WsConnection::messageStarted, this,
            [&](WsMessageStream *started) { stream = started; });
    QVERIFY(pair.peer->sendText("unread"));
    WS_TRY_VERIFY(stream && stream->isComplete()); // nothing is read, and no pong would be seen
    pair.client.abort();
    WS_TRY_VERIFY(!pair.peer);
    QVERIFY(pair.open());
    QSignalSpy pinged(pair.peer, &WsConnection::pinged);
    WS_TRY_VERIFY(pinged.size() >= 2);
}

void TestStreamReading::pauseOfASlowReaderIsNoDeadPeer()
{
    WsOptions options;
    options.setPingInterval(20ms);
    options.setPongTimeout(20ms);
    Streams pair;
    pair.server.setOptions(options);
    pair.readsAtOnce = false;
    QVERIFY(pair.open());
    QVERIFY(pair.client.sendText("unread"));
    WS_TRY_COMPARE(pair.finished, 1);
    pair.peer->setPaused(true);
    pair.peer->setPaused(false);
    QSignalSpy failed(pair.peer, &WsConnection::errorOccurred);
    QVERIFY(!failed.wait(1500)); // beyond the second that a check that comes late is given
    QCOMPARE(pair.streams.at(0)->readAll(), "unread"_ba);
    QSignalSpy pinged(&pair.client, &WsConnection::pinged);
    WS_TRY_VERIFY(!pinged.isEmpty());
}

// --- slots

namespace {
enum class Action { DeleteStream, CloseStream, DeleteConnection, Close, Abort, Reopen };
} // namespace

void TestStreamReading::anythingInTheSlotsOfAStream_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<QByteArray>("signal");
    QTest::addColumn<int>("action");
    static const char *const names[] = {
        "delete the stream", "close the stream", "delete the connection", "close", "abort", "reopen"};
    for (const bool isTls : {false, true}) {
        for (const char *signal : {"messageStarted", "readyRead", "readChannelFinished", "aboutToClose"}) {
            for (int action = 0; action < 6; ++action)
                QTest::addRow("%s in %s, %s", names[action], signal, isTls ? "wss" : "ws")
                    << isTls << QByteArray(signal) << action;
        }
    }
}

void TestStreamReading::anythingInTheSlotsOfAStream()
{
    QFETCH(const bool, isTls);
    QFETCH(const QByteArray, signal);
    QFETCH(const int, action);
    Pair pair(isTls);
    QVERIFY(pair.server.listen());
    auto *client = new WsClient;
    const QPointer<WsClient> guard(client);
    client->setBinaryType(Ws::Stream);
    client->setSslConfiguration(tlsConfiguration());
    QPointer<WsMessageStream> stream;
    bool wasSprung = false;
    const auto act = [&] {
        if (std::exchange(wasSprung, true))
            return;
        const std::function<void()> actions[] = {[&] { delete stream; },
                                                 [&] { stream->close(); },
                                                 [&] { delete client; },
                                                 [&] { client->close(); },
                                                 [&] { client->abort(); },
                                                 [&] {
                                                     client->abort();
                                                     QVERIFY(client->open(pair.url()));
                                                 }};
        actions[action]();
    };
    int started = 0;
    connect(client, &WsConnection::messageStarted, this, [&](WsMessageStream *startedStream) {
        if (++started > 1) {
            connect(startedStream, &QIODevice::readyRead, startedStream, &QIODevice::readAll);
            return;
        }
        stream = startedStream;
        if (signal == "messageStarted") {
            act();
            return;
        }
        connect(stream, &QIODevice::readyRead, stream, [=] { startedStream->read(1000); });
        if (signal == "readyRead")
            connect(stream, &QIODevice::readyRead, this, act);
        else if (signal == "readChannelFinished")
            connect(stream, &QIODevice::readChannelFinished, this, act);
        else
            connect(stream, &QIODevice::aboutToClose, this, act);
    });
    QVERIFY(client->open(pair.url()));
    WS_TRY_VERIFY(client->state() == Ws::Open && pair.peer);
    QVERIFY(pair.peer->sendBinary(pattern(100'000)) && pair.peer->sendText("next"));
    if (signal == "aboutToClose") {
        WS_TRY_VERIFY(stream);
        stream->close();
    }
    WS_TRY_VERIFY(wasSprung);
    if (action == int(Action::DeleteStream) || action == int(Action::CloseStream)) {
        WS_TRY_COMPARE(started, 2);
    } else if (action == int(Action::Reopen)) {
        WS_TRY_COMPARE(client->state(), Ws::Open);
        const int before = started;
        QVERIFY(pair.peer->sendText("again"));
        WS_TRY_COMPARE(started, before + 1);
    } else {
        WS_TRY_VERIFY(pair.peerEvents->isClosed());
    }
    delete guard.data();
    QVERIFY(!stream);
}

#include "../testprogram.h"
WSKIT_TEST(TestStreamReading)
#include "tst_streamreading.moc"
