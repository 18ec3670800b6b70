// SPDX-License-Identifier: MIT
#ifndef CONNECTIONPLAY_H
#define CONNECTIONPLAY_H

#include "opening.h"
#include "stepplay.h"

#include <array>
#include <utility>

// One connection in any role on a fake transport and a fake clock, whose peer, network and application do
// what a script says, also in slots, and in event loops that slots run.
namespace Fuzzing {

// What the first bytes of the script choose.
struct Setup
{
    explicit Setup(Script &script)
    {
        const quint8 flags = script.byte();
        role = flags & 1 ? WsRole::Server : WsRole::Client;
        isOpenAtOnce = (flags & 2) == 0;
        isDeflated = flags & 4;
        isBuffered = flags & 8;
        isStalled = flags & 16;
        pulls = flags & 32;
        isStreamed = flags & 64;
        lingers = flags & 128;
        const quint8 sizes = script.byte();
        options.setHighWaterMark(std::array<qint64, 4>{0, 1000, 20000, 1 << 20}[sizes & 3]);
        options.setMaxBufferedAmount(std::array<qint64, 4>{3000, 100000, 1 << 24, 600}[sizes >> 2 & 3]);
        options.setMaxMessageSize(sizes & 16 ? 2000 : 1 << 24);
        options.setFragmentSize(sizes & 32 ? 300 : 0);
        options.setReadBufferSize(sizes & 64 ? 1024 : 1 << 18);
        if (sizes & 128)
            options.setMaxMessagesPerSecond(5);
        wishes = script.byte();
        const quint8 times = script.byte();
        options.setPingInterval(std::array{20s, 1s, 0s, 3s}[times & 3]);
        options.setPongTimeout(std::array{10s, 1s, 0s, 30s}[times >> 2 & 3]);
        options.setCloseTimeout(times & 16 ? 1s : 10s);
        chunk = times & 32 ? 100 : FakeWire::Unlimited;
        bufferSize = times & 64 ? 500 : 0;
        clockStep = std::chrono::microseconds(times & 128 ? 700 : 0);
        WsCompression compression;
        compression.setEnabled(isDeflated);
        compression.setThreshold(10);
        options.setCompression(compression);
    }

    WsRole role;
    bool isOpenAtOnce;
    bool isDeflated;
    bool isBuffered;
    bool isStalled; // the peer takes nothing once it is open
    bool pulls;
    bool isStreamed;
    bool lingers;
    quint8 wishes;
    qint64 chunk;
    qint64 bufferSize;
    std::chrono::microseconds clockStep;
    WsOptions options;
};

class ConnectionPlay : private StepPlay
{
public:
    explicit ConnectionPlay(const QByteArray &input);
    Q_DISABLE_COPY_MOVE(ConnectionPlay)

    // Returns what was wrong.
    QByteArray run();

private:
    using Action = void (ConnectionPlay::*)(quint8, quint8);

    // Those of the application, which slots may do, and those that need an event loop.
    static const std::array<Action, 26> OwnActions;
    static const std::array<Action, 28> OtherActions;

    WsConnection *connection() const { return m_side.connection; }
    Opening *opening() const { return m_openings.empty() ? nullptr : m_openings.back().get(); }
    FakeWire *wire() const { return opening() ? opening()->wire.get() : nullptr; }
    bool isHeardByWire() const { return wire() && wire()->isKept() && !wire()->hasPeerEnded; }

    bool needsLoop(const Step &step) const override { return step.action & 1; }
    void carryOut(const Step &step) override;
    void afterTurn() override;
    void start();
    void adopt();
    void prepareWire(FakeWire &wire);
    void check();
    void finish();
    void letTimePass(std::chrono::milliseconds time);
    void takeAll();
    void quiesce();
    void expectAllDelivered();
    void removeAll();
    WsOptions limits() const;
    void checkOpening();

    // What the application does
    template <typename Send>
    void sendCounted(const WsMessage &message, Send send);
    WsMessage madeMessage(quint8 a, quint8 b);
    void sendText(quint8 a, quint8 b);
    void sendBinary(quint8 a, quint8 b);
    void sendFragments(quint8 a, quint8 b);
    void sendPrepared(quint8 a, quint8 b);
    void sendView(quint8 a, quint8 b);
    void sendWrongText(quint8 a, quint8 b);
    void ping(quint8 a, quint8 b);
    void pong(quint8 a, quint8 b);
    void close(quint8 a, quint8 b);
    void abort(quint8 a, quint8 b);
    void remove(quint8 a, quint8 b);
    void pause(quint8 a, quint8 b);
    void setOptions(quint8 a, quint8 b);
    void flush(quint8 a, quint8 b);
    void receive(quint8 a, quint8 b);
    void openMessage(quint8 a, quint8 b);
    void writeStream(quint8 a, quint8 b);
    void closeStream(quint8 a, quint8 b);
    void deleteStream(quint8 a, quint8 b);
    void setBinaryType(quint8 a, quint8 b);
    void readStream(quint8 a, quint8 b);
    void closeReadStream(quint8 a, quint8 b);
    void setHandler(quint8 a, quint8 b);
    void open(quint8 a, quint8 b);
    void wait(quint8 a, quint8 b);
    void spendTime(quint8 a, quint8 b);

    // What the peer and the network do
    void feed(const QByteArray &bytes, quint8 cut = 0);
    void feedFrames(const Frames &frames, quint8 cut = 0);
    Frame madeFrame(quint8 a, quint8 b);
    void shakeHands(quint8 a, quint8 b);
    void peerSendsMessage(quint8 a, quint8 b);
    void peerSendsFragments(quint8 a, quint8 b);
    void peerBeginsMessage(quint8 a, quint8 b);
    void peerContinuesMessage(quint8 a, quint8 b);
    void peerEndsMessage(quint8 a, quint8 b);
    void peerSendsCompressed(quint8 a, quint8 b);
    void peerSendsMany(quint8 a, quint8 b);
    void peerPings(quint8 a, quint8 b);
    void peerPongs(quint8 a, quint8 b);
    void peerAnswersPing(quint8 a, quint8 b);
    void peerCloses(quint8 a, quint8 b);
    void peerSendsRaw(quint8 a, quint8 b);
    void peerBreaksRule(quint8 a, quint8 b);
    void peerTakes(quint8 a, quint8 b);
    void peerTakesAll(quint8 a, quint8 b);
    void peerStalls(quint8 a, quint8 b);
    void peerHalfEnds(quint8 a, quint8 b);
    void peerEnds(quint8 a, quint8 b);
    void networkFails(quint8 a, quint8 b);
    void systemKeeps(quint8 a, quint8 b);
    void feedDuringWrite(quint8 a, quint8 b);
    void peerSendsHalfFrame(quint8 a, quint8 b);
    void advance(quint8 a, quint8 b);
    void turn(quint8 a, quint8 b) { turnLoop(a, b); }
    void runSlotLoop(quint8 a, quint8 b) { runLoop(a, b); }
    void listen(quint8 a, quint8 b);
    void setChunk(quint8 a, quint8 b);

    struct OutStream
    {
        QPointer<WsMessageStream> device;
        std::shared_ptr<Opening> opening;
        qsizetype index;
    };

    const Setup m_setup;
    std::vector<std::shared_ptr<Opening>> m_openings;
    Side m_side;
    std::vector<OutStream> m_outStreams;
    std::vector<QFuture<std::optional<WsMessage>>> m_futures;
    qint64 m_mostBuffered;
    int m_number = 0; // of messages
    bool m_hasStreamed = false;
    bool m_hasPulled = false;
    bool m_isRemoved = false;
};

} // namespace Fuzzing

#endif // CONNECTIONPLAY_H
