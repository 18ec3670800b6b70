// SPDX-License-Identifier: MIT
#include "deflatetesting.h"
#include "protocoltesting.h"

#include <memory>

using namespace DeflateTesting;
using namespace ProtocolTesting;

namespace {
// One side, which sends messages of all kinds in all ways and notes what it gets.
class Side
{
public:
    Side(WsRole role, const WsLimits &limits, const WsDeflateAgreement &agreement, const WsCompression &own)
        : m_protocol(role, limits)
    {
        m_protocol.setDeflate(agreement, own);
    }

    void send(QRandomGenerator &generator)
    {
        const QByteArray payload = randomPayload(generator);
        switch (generator.bounded(5)) {
        case 0:
            QVERIFY(m_protocol.sendFragments(Ws::Binary, randomlyCut(generator, payload)));
            break;
        case 1:
            sendStreamed(generator, payload);
            break;
        case 2:
            QVERIFY(m_protocol.send(WsPreparedMessage::binary(payload)));
            break;
        default:
            QVERIFY(m_protocol.sendMessage(Ws::Binary, payload));
        }
        m_sent += payload;
        if (generator.bounded(4) == 0)
            QVERIFY(m_protocol.sendPing("between"));
    }
    // Hands over some of what is to be written; returns whether there was anything.
    bool writeTo(Side &other, QRandomGenerator &generator)
    {
        const QByteArray bytes = consume(m_protocol, 1 + generator.bounded(generator.bounded(2) ? 30 : 5000));
        m_written += bytes;
        other.receive(bytes, generator);
        return !bytes.isEmpty();
    }
    const QByteArrayList &sent() const { return m_sent; }
    const QByteArrayList &received() const { return m_received; }
    const QByteArray &written() const { return m_written; }
    WsProtocol &protocol() { return m_protocol; }

private:
    static QByteArray randomPayload(QRandomGenerator &generator)
    {
        const qsizetype size = generator.bounded(generator.bounded(10) ? 400 : 6000);
        switch (generator.bounded(4)) {
        case 0:
            return randomBytes(generator, size);
        case 1:
            return QByteArray(size, 'z');
        case 2:
            return {};
        default:
            return randomJson(generator, size);
        }
    }
    static QByteArrayList randomlyCut(QRandomGenerator &generator, QByteArrayView payload)
    {
        QByteArrayList pieces;
        while (!payload.isEmpty()) {
            const qsizetype size = generator.bounded(1 + int(payload.size()));
            pieces += payload.first(size).toByteArray();
            payload = payload.sliced(size);
        }
        return pieces;
    }
    void sendStreamed(QRandomGenerator &generator, const QByteArray &payload)
    {
        const quint64 message = m_protocol.beginMessage(Ws::Binary);
        for (const QByteArray &piece : randomlyCut(generator, payload)) {
            QVERIFY(m_protocol.continueMessage(message, piece));
            if (generator.bounded(2))
                m_protocol.output();
        }
        QVERIFY(m_protocol.endMessage(message));
    }
    void receive(const QByteArray &bytes, QRandomGenerator &generator)
    {
        if (m_received.size() % 3 == 0)
            m_protocol.setParts(WsProtocol::Parts(generator.bounded(3)));
        m_protocol.receive(bytes);
        for (WsEvent event = m_protocol.nextEvent(); event.type != WsEvent::NeedsBytes;
             event = m_protocol.nextEvent()) {
            if (event.type == WsEvent::Message || event.type == WsEvent::FramedMessage)
                m_received += m_protocol.takePayload();
            else if (event.type == WsEvent::MessageStart)
                m_streamed.clear();
            else if (event.type == WsEvent::MessageData)
                m_streamed += event.payload;
            else if (event.type == WsEvent::MessageEnd)
                m_received += m_streamed;
        }
    }

    WsProtocol m_protocol;
    QByteArrayList m_sent;
    QByteArrayList m_received;
    QByteArray m_streamed;
    QByteArray m_written;
};

// What zlib alone reads out of frames.
QByteArrayList readByZlib(const QByteArray &written, int windowBits, bool takeover)
{
    auto inflate = std::make_unique<RawInflate>(windowBits);
    QByteArrayList messages;
    QByteArray payload;
    bool isCompressed = false;
    for (const SentFrame &frame : framesIn(written)) {
        if (frame.opcode >= 0x8)
            continue;
        isCompressed = frame.opcode == 0 ? isCompressed : frame.rsv == 4;
        payload += frame.payload;
        if (!frame.isFinal)
            continue;
        messages += isCompressed ? inflate->message(payload) : payload;
        payload.clear();
        if (!takeover)
            inflate = std::make_unique<RawInflate>(windowBits);
    }
    return messages;
}
} // namespace

// A client and a server that talk at random, for every window, level and kind of takeover.
class TestWsProtocolConversation : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bothGetWhatTheOtherSent_data();
    void bothGetWhatTheOtherSent();

private:
    void converse(QRandomGenerator &generator, const WsDeflateAgreement &agreement, const WsCompression &own);
};

void TestWsProtocolConversation::bothGetWhatTheOtherSent_data()
{
    QTest::addColumn<int>("windowBits");
    QTest::addColumn<bool>("serverTakeover");
    QTest::addColumn<bool>("clientTakeover");
    for (int windowBits = 9; windowBits <= 15; ++windowBits) {
        for (const bool server : {true, false}) {
            for (const bool client : {true, false})
                QTest::addRow("%d, takeover %d, %d", windowBits, server, client)
                    << windowBits << server << client;
        }
    }
}

void TestWsProtocolConversation::bothGetWhatTheOtherSent()
{
    QFETCH(int, windowBits);
    QFETCH(bool, serverTakeover);
    QFETCH(bool, clientTakeover);
    QRandomGenerator generator(quint32(windowBits * 4 + serverTakeover * 2 + clientTakeover));
    const WsDeflateAgreement agreement{quint8(windowBits), quint8(24 - windowBits), serverTakeover,
                                       clientTakeover};
    WsCompression own;
    for (int memLevel = 1; memLevel <= 9; ++memLevel) {
        for (int level = 0; level <= 9; ++level) {
            own.setMemLevel(memLevel);
            own.setLevel(level);
            own.setThreshold(generator.bounded(2) ? 0 : 128);
            converse(generator, agreement, own);
            if (QTest::currentTestFailed())
                return;
        }
    }
}

void TestWsProtocolConversation::converse(QRandomGenerator &generator, const WsDeflateAgreement &agreement,
                                          const WsCompression &own)
{
    WsLimits limits;
    limits.fragmentSize = generator.bounded(2) ? 0 : 1 + generator.bounded(500);
    Side server(WsRole::Server, limits, agreement, own);
    Side client(WsRole::Client, limits, agreement, own);
    for (int i = 0; i < 6; ++i) {
        server.send(generator);
        client.send(generator);
        server.writeTo(client, generator);
        client.writeTo(server, generator);
    }
    while (server.writeTo(client, generator) || client.writeTo(server, generator)) {
    }
    QCOMPARE(client.received(), server.sent());
    QCOMPARE(server.received(), client.sent());
    QCOMPARE(readByZlib(server.written(), agreement.serverWindowBits, agreement.serverTakeover),
             server.sent());
    QCOMPARE(readByZlib(client.written(), agreement.clientWindowBits, agreement.clientTakeover),
             client.sent());
    QCOMPARE(server.protocol().outputSize() + client.protocol().outputSize(), 0);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsProtocolConversation)
#include "tst_wsprotocol_conversation.moc"
