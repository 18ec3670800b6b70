// SPDX-License-Identifier: MIT
#include "protocoltesting.h"

#include <QtCore/qrandom.h>

#include <algorithm>
#include <cstring>
#include <thread>

using namespace ProtocolTesting;

// Long messages, whose bytes the engine lets be put where they belong. What comes out is the same.
class TestWsProtocolInPlace : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void anyPiecesGiveTheSame_data() { addRoleRows(); }
    void anyPiecesGiveTheSame();
    void roomIsLittleMoreThanWhatHasArrived();
    void nothingIsOfferedWhereItMayNotBe();
    void textIsValidatedInPlace();
    void textThatEndsInsideACharacterFails();
    void roomNeedNotBeUsed();
    void whatIsNotProcessedComesFirst();
    void messageIsLetGoWhenReadingStops();
};

namespace {
constexpr qsizetype KiB = 1024;

QByteArray longText(qsizetype size)
{
    QByteArray text;
    while (text.size() < size)
        text += QByteArray("plain text \u00e9\u20ac\U0001f600 ").repeated(7);
    return text;
}

// Gives \a bytes to the engine in pieces, in place where it offers that. Returns how many were taken so.
class Feeder
{
public:
    explicit Feeder(WsProtocol *protocol, quint32 seed = 1) : m_protocol(protocol), m_random(seed) { }

    QList<WsEvent> feed(QByteArrayView bytes, int mostPiece)
    {
        QList<WsEvent> events;
        while (!bytes.isEmpty()) {
            const qsizetype piece = std::min<qsizetype>(bytes.size(), m_random.bounded(1, mostPiece));
            const WsProtocol::Room room = m_protocol->roomForPayload(mostPiece);
            const qsizetype size = room.size > 0 ? std::min(piece, room.size) : piece;
            if (room.size > 0) {
                std::memcpy(room.begin, bytes.data(), size_t(size));
                m_protocol->receiveInPlace(size);
                inPlace += size;
            } else {
                m_protocol->receive(bytes.first(size).toByteArray());
            }
            bytes = bytes.sliced(size);
            for (WsEvent event = m_protocol->nextEvent(); event.type != WsEvent::NeedsBytes;
                 event = m_protocol->nextEvent()) {
                payloads.append(event.payload.toByteArray());
                events.append(event);
                if (event.type == WsEvent::Failure)
                    return events;
            }
        }
        return events;
    }

    QByteArrayList payloads;
    qsizetype inPlace = 0;

private:
    WsProtocol *m_protocol;
    QRandomGenerator m_random;
};
} // namespace

void TestWsProtocolInPlace::anyPiecesGiveTheSame()
{
    QFETCH(const WsRole, role);
    const QByteArray payload = longText(900 * KiB);
    const Frames frames = {text(payload), ping("!"), binary(payload), text("short"), text(payload)};
    const QByteArray bytes = fromPeerOf(role, frames);
    for (quint32 seed = 0; seed < 20; ++seed) {
        WsProtocol protocol(role);
        Feeder feeder(&protocol, seed);
        const int mostPiece = int(seed % 4 == 0 ? 70 * KiB : 300 * KiB);
        const QList<WsEvent> events = feeder.feed(bytes, mostPiece);
        QCOMPARE(events.size(), frames.size());
        QVERIFY(feeder.payloads == QByteArrayList({payload, "!", payload, "short", payload}));
        QCOMPARE(events.at(2).messageType, Ws::Binary);
        QVERIFY(feeder.inPlace > 900 * KiB);
    }
}

// Or a peer could make the engine take memory by a header alone. In a thread of its own, which has no spare
// buffer.
void TestWsProtocolInPlace::roomIsLittleMoreThanWhatHasArrived()
{
    QList<qsizetype> tooMuch;
    std::thread([&tooMuch] {
        WsProtocol protocol(WsRole::Server);
        const QByteArray bytes = fromPeerOf(WsRole::Server, {binary(QByteArray(4096 * KiB, 'x'))});
        for (qsizetype arrived = 0; arrived < bytes.size();) {
            const WsProtocol::Room room = protocol.roomForPayload(256 * KiB);
            if (room.size > arrived + 64 * KiB)
                tooMuch.append(room.size);
            const qsizetype size = std::min(bytes.size() - arrived, room.size > 0 ? room.size : 64 * KiB);
            if (room.size > 0) {
                std::memcpy(room.begin, bytes.constData() + arrived, size_t(size));
                protocol.receiveInPlace(size);
            } else {
                protocol.receive(bytes.sliced(arrived, size));
            }
            arrived += size;
            (void)protocol.nextEvent();
        }
    }).join();
    QCOMPARE(tooMuch, QList<qsizetype>());
}

void TestWsProtocolInPlace::nothingIsOfferedWhereItMayNotBe()
{
    const QByteArray bytes = fromPeerOf(WsRole::Server, {binary(QByteArray(1024 * KiB, 'x'))});
    WsProtocol protocol(WsRole::Server);
    QCOMPARE(protocol.roomForPayload(256 * KiB).size, 0); // before a frame
    protocol.receive(bytes.first(10 * KiB));
    QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
    QCOMPARE(protocol.roomForPayload(256 * KiB).size, 0); // too little has arrived
    protocol.receive(bytes.sliced(10 * KiB, 90 * KiB));
    QCOMPARE(protocol.roomForPayload(256 * KiB).size, 0); // something waits
    QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
    QCOMPARE(protocol.roomForPayload(1 * KiB).size, 0); // too little is wanted
    WsProtocol streaming(WsRole::Server);
    streaming.setParts(WsProtocol::Parts::Streamed);
    streaming.receive(bytes.first(100 * KiB));
    while (streaming.nextEvent().type != WsEvent::NeedsBytes) {
    }
    QCOMPARE(streaming.roomForPayload(256 * KiB).size, 0);
    QVERIFY(protocol.sendClose(Ws::Normal, {}));
    QVERIFY(protocol.roomForPayload(256 * KiB).size > 0); // the peer's message is read to its end
    protocol.receiveInPlace(0);
}

void TestWsProtocolInPlace::textIsValidatedInPlace()
{
    QByteArray payload = longText(600 * KiB);
    payload[500 * KiB] = '\xFF';
    WsProtocol protocol(WsRole::Server);
    Feeder feeder(&protocol);
    const QList<WsEvent> events = feeder.feed(fromPeerOf(WsRole::Server, {text(payload)}), int(200 * KiB));
    QCOMPARE(events.size(), 1);
    QCOMPARE(events.first().type, WsEvent::Failure);
    QCOMPARE(events.first().closeCode, quint16(Ws::InvalidPayload));
    QVERIFY(feeder.inPlace > 0);
}

void TestWsProtocolInPlace::textThatEndsInsideACharacterFails()
{
    const QByteArray payload = QByteArray(400 * KiB, 'x') + "\xC3";
    WsProtocol protocol(WsRole::Server);
    Feeder feeder(&protocol);
    const QList<WsEvent> events = feeder.feed(fromPeerOf(WsRole::Server, {text(payload)}), int(150 * KiB));
    QCOMPARE(events.size(), 1);
    QCOMPARE(events.first().closeCode, quint16(Ws::InvalidPayload));
    QCOMPARE(protocol.failure().text, QStringLiteral("a text message ends inside a character"));
}

void TestWsProtocolInPlace::roomNeedNotBeUsed()
{
    const QByteArray payload = longText(500 * KiB);
    const QByteArray bytes = fromPeerOf(WsRole::Server, {text(payload)});
    WsProtocol protocol(WsRole::Server);
    protocol.receive(bytes.first(200 * KiB));
    QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
    for (int i = 0; i < 3; ++i) {
        QVERIFY(protocol.roomForPayload(100 * KiB).size > 0);
        protocol.receiveInPlace(0); // there was nothing to read
        QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
    }
    protocol.receive(bytes.sliced(200 * KiB));
    const WsEvent event = protocol.nextEvent();
    QCOMPARE(event.type, WsEvent::Message);
    QVERIFY(event.payload == payload);
}

void TestWsProtocolInPlace::whatIsNotProcessedComesFirst()
{
    const QByteArray payload = longText(500 * KiB);
    const QByteArray bytes = fromPeerOf(WsRole::Server, {text(payload)});
    WsProtocol protocol(WsRole::Server);
    protocol.receive(bytes.first(200 * KiB));
    QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
    const WsProtocol::Room room = protocol.roomForPayload(100 * KiB);
    QCOMPARE(room.size, 100 * KiB);
    std::memcpy(room.begin, bytes.constData() + 200 * KiB, size_t(room.size));
    protocol.receiveInPlace(room.size);
    QCOMPARE(protocol.roomForPayload(100 * KiB).size, 0);
    protocol.receive(bytes.sliced(300 * KiB));
    const WsEvent event = protocol.nextEvent();
    QCOMPARE(event.type, WsEvent::Message);
    QVERIFY(event.payload == payload);
}

void TestWsProtocolInPlace::messageIsLetGoWhenReadingStops()
{
    constexpr qsizetype Piece = 64 * KiB;
    const QByteArray bytes = fromPeerOf(WsRole::Server, {binary(QByteArray(80 * Piece, 'x'))});
    WsProtocol protocol(WsRole::Server);
    qsizetype arrived = bytes.size() - 79 * Piece;
    protocol.receive(bytes.first(arrived));
    QCOMPARE(protocol.nextEvent().type, WsEvent::NeedsBytes);
    (void)protocol.takeSpentBytes();
    WsEvent event;
    for (; arrived < bytes.size(); arrived += Piece) {
        const WsProtocol::Room room = protocol.roomForPayload(Piece);
        QCOMPARE(room.size, Piece);
        std::memcpy(room.begin, bytes.constData() + arrived, size_t(Piece));
        protocol.receiveInPlace(Piece);
        event = protocol.nextEvent();
    }
    QCOMPARE(event.type, WsEvent::Message);
    QCOMPARE(event.payload.size(), 80 * Piece);
    protocol.fitBytes();
    for (const QByteArray &storage : protocol.payloadStorage())
        QCOMPARE_LE(storage.capacity(), Piece);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsProtocolInPlace)
#include "tst_wsprotocol_inplace.moc"
