// SPDX-License-Identifier: MIT
#include "clientframes.h"
#include "microbench.h"
#include "protocol/wsprotocol.h"

// Reading frames: the header alone, and messages by the whole engine of a server.
class MicroFrame : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void decodeHeader_data();
    void decodeHeader();
    void receiveMessage_data();
    void receiveMessage();
};

void MicroFrame::decodeHeader_data()
{
    QTest::addColumn<qsizetype>("size");
    QTest::newRow("7 bits of length") << qsizetype(64);
    QTest::newRow("2 bytes of length") << qsizetype(1024);
    QTest::newRow("8 bytes of length") << qsizetype(100000);
}

void MicroFrame::decodeHeader()
{
    QFETCH(qsizetype, size);
    const QByteArray frame = clientFrames(Ws::Binary, QByteArray(size, 'a'), 1);
    quint64 sum = 0;
    microMeasure([&] {
        if (WsFrameHeader::sizeOf(frame) <= frame.size())
            sum += WsFrameHeader::decode(frame.constData()).length;
    });
    QVERIFY(sum > 0);
}

void MicroFrame::receiveMessage_data()
{
    QTest::addColumn<Ws::MessageType>("type");
    QTest::addColumn<qsizetype>("size");
    for (const qsizetype size : MicroSizes) {
        QTest::addRow("text %lld", size) << Ws::Text << size;
        QTest::addRow("binary %lld", size) << Ws::Binary << size;
    }
}

void MicroFrame::receiveMessage()
{
    QFETCH(Ws::MessageType, type);
    QFETCH(qsizetype, size);
    const QByteArray frame = clientFrames(type, QByteArray(size, 'a'), 1);
    WsProtocol server(WsRole::Server);
    QByteArray buffer;
    qint64 messages = 0;
    microMeasure([&] {
        buffer.resize(0);
        buffer.append(frame);
        server.receive(std::move(buffer));
        while (server.nextEvent().type == WsEvent::Message)
            ++messages;
        buffer = server.takeSpentBytes();
    });
    QVERIFY(messages >= MicroCalls);
}

QTEST_APPLESS_MAIN(MicroFrame)
#include "micro_frame.moc"
