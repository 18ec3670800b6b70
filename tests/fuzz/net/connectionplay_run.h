// SPDX-License-Identifier: MIT
#ifndef CONNECTIONPLAY_RUN_H
#define CONNECTIONPLAY_RUN_H

#include "connectionplay_application.h"
#include "connectionplay_peer.h"

// How a ConnectionPlay begins, goes on and ends.
namespace Fuzzing {

inline const std::array<ConnectionPlay::Action, 26> ConnectionPlay::OwnActions{
    &ConnectionPlay::sendText,      &ConnectionPlay::sendBinary,
    &ConnectionPlay::sendFragments, &ConnectionPlay::sendPrepared,
    &ConnectionPlay::sendView,      &ConnectionPlay::sendWrongText,
    &ConnectionPlay::ping,          &ConnectionPlay::pong,
    &ConnectionPlay::close,         &ConnectionPlay::abort,
    &ConnectionPlay::remove,        &ConnectionPlay::pause,
    &ConnectionPlay::setOptions,    &ConnectionPlay::flush,
    &ConnectionPlay::receive,       &ConnectionPlay::openMessage,
    &ConnectionPlay::writeStream,   &ConnectionPlay::closeStream,
    &ConnectionPlay::deleteStream,  &ConnectionPlay::setBinaryType,
    &ConnectionPlay::readStream,    &ConnectionPlay::closeReadStream,
    &ConnectionPlay::setHandler,    &ConnectionPlay::open,
    &ConnectionPlay::wait,          &ConnectionPlay::spendTime};

inline const std::array<ConnectionPlay::Action, 28> ConnectionPlay::OtherActions{
    &ConnectionPlay::turn,
    &ConnectionPlay::runSlotLoop,
    &ConnectionPlay::advance,
    &ConnectionPlay::shakeHands,
    &ConnectionPlay::peerSendsMessage,
    &ConnectionPlay::peerSendsFragments,
    &ConnectionPlay::peerBeginsMessage,
    &ConnectionPlay::peerContinuesMessage,
    &ConnectionPlay::peerEndsMessage,
    &ConnectionPlay::peerSendsCompressed,
    &ConnectionPlay::peerSendsMany,
    &ConnectionPlay::peerPings,
    &ConnectionPlay::peerPongs,
    &ConnectionPlay::peerAnswersPing,
    &ConnectionPlay::peerCloses,
    &ConnectionPlay::peerSendsRaw,
    &ConnectionPlay::peerBreaksRule,
    &ConnectionPlay::peerTakes,
    &ConnectionPlay::peerTakesAll,
    &ConnectionPlay::peerStalls,
    &ConnectionPlay::peerHalfEnds,
    &ConnectionPlay::peerEnds,
    &ConnectionPlay::networkFails,
    &ConnectionPlay::systemKeeps,
    &ConnectionPlay::feedDuringWrite,
    &ConnectionPlay::peerSendsHalfFrame,
    &ConnectionPlay::setChunk,
    &ConnectionPlay::listen};

inline ConnectionPlay::ConnectionPlay(const QByteArray &input)
    : StepPlay(input), m_setup(m_script), m_side(m_setup.role, m_setup.options),
      m_mostBuffered(m_setup.options.maxBufferedAmount())
{
    m_side.log.reset();
    m_side.prepareWire = [this](FakeWire &wire) { prepareWire(wire); };
    m_listener.onConnecting = [this] { checkOpening(); };
    FakeClock::setStep(m_setup.clockStep);
}

inline QByteArray ConnectionPlay::run()
{
    step([this] { start(); });
    while (!m_script.isAtEnd() && m_faults.isEmpty() && connection()) {
        step([this] { performNext(); });
        check();
    }
    beginFinish();
    finish();
    removeAll();
    return m_faults.first();
}

inline void ConnectionPlay::prepareWire(FakeWire &wire)
{
    const auto made = std::make_shared<Opening>();
    made->wire = wire.shared_from_this();
    wire.isBuffered = m_setup.isBuffered;
    wire.chunk = m_setup.chunk;
    wire.bufferSize = m_setup.bufferSize;
    wire.lingers = m_setup.lingers;
    m_openings.push_back(made);
}

inline void ConnectionPlay::start()
{
    if (m_setup.role == WsRole::Client)
        adopt();
    m_side.start();
    m_side.log.reset();
    if (m_setup.role == WsRole::Server && connection()) {
        m_listener.rules.beginConnecting();
        adopt();
    }
    if (m_setup.isOpenAtOnce)
        shakeHands(0, 0);
}

inline void ConnectionPlay::adopt()
{
    listen(m_setup.wishes, 0);
    if (m_setup.isStreamed)
        setBinaryType(1, 0);
    if (m_setup.pulls)
        receive(0, 0);
}

// --- steps

inline void ConnectionPlay::carryOut(const Step &step)
{
    const size_t action = (step.action & 0x7F) / 2;
    if (needsLoop(step))
        (this->*OtherActions[action % OtherActions.size()])(step.a, step.b);
    else
        (this->*OwnActions[action % OwnActions.size()])(step.a, step.b);
}

inline void ConnectionPlay::afterTurn()
{
    if (connection())
        expect(connection()->state() == m_listener.rules.state(), "the state was not reported");
}

// --- what has to hold all the time

inline void ConnectionPlay::check()
{
    if (!connection())
        return;
    const qint64 amount = connection()->bufferedAmount();
    constexpr qint64 LeastRoomOfStream = 64 * 1024;
    constexpr qint64 ControlFrames = 30000;
    expect(amount >= 0, "bufferedAmount is negative");
    expect(amount <= m_mostBuffered + LeastRoomOfStream + ControlFrames, "more than maxBufferedAmount waits");
    if (connection()->state() == Ws::Closed)
        expect(amount == 0, "a closed connection has something to send");
}

// No limit applies to messages that are streamed.
inline WsOptions ConnectionPlay::limits() const
{
    WsOptions options = m_setup.options;
    if (m_hasStreamed)
        options.setMaxMessageSize(1 << 30);
    return options;
}

inline void ConnectionPlay::checkOpening()
{
    if (m_openings.empty())
        return;
    const Opening &ended = *m_openings.back();
    const bool wasClean = m_listener.hasEnded && m_listener.wasClean;
    const ReadReference sent(m_setup.role, limits(), ended);
    if (!ended.isOdd && ended.isAgreed) {
        const bool mayDrop =
            ended.mayDrop || ended.hasClosed || m_hasStreamed || m_listener.rules.hasFailed();
        m_faults.add(comparedDelivery(sent.messages, m_listener.delivered(), mayDrop, wasClean));
    }
    Opening judged;
    judged.wire = ended.wire;
    judged.accepted = ended.accepted;
    judged.pings = ended.pings;
    judged.isCut = ended.isCut || m_listener.rules.hasFailed() || sent.hasFailed || ended.isOdd
                   || std::any_of(ended.accepted.begin(), ended.accepted.end(),
                                  [](const auto &one) { return one.fate != AcceptedMessage::Fate::Sent; });
    m_faults.add(checkedOutput(m_setup.role, judged, wasClean, ended.deflate != nullptr));
}

// --- the end

inline void ConnectionPlay::letTimePass(std::chrono::milliseconds time)
{
    step([&] {
        FakeClock::advance(time);
        m_isTurnWanted = true;
    });
}

inline void ConnectionPlay::takeAll()
{
    step([this] {
        for (const auto &stream : m_listener.streams)
            m_listener.read(*stream, 1 << 24);
        for (int i = 0; m_hasPulled && connection() && i < 1000; ++i) {
            if (m_listener.pendingFutures > 0)
                return;
            receive(0, 0);
        }
    });
}

// Nothing holds anybody up any more, so everything arrives.
inline void ConnectionPlay::quiesce()
{
    FakeClock::setStep(0us);
    step([this] {
        setChunk(0, 0);
        peerTakesAll(0, 0);
        pause(0, 0);
        for (size_t i = 0; i < m_outStreams.size(); ++i)
            closeStream(0, quint8(i));
    });
    const auto progress = [this] {
        return wire()->unread.size() - m_listener.deliveredCount() - qsizetype(m_listener.streams.size());
    };
    for (int idle = 0; idle < 20 && connection(); ++idle) {
        const qsizetype before = progress();
        takeAll();
        letTimePass(1ms);
        if (progress() != before)
            idle = 0;
    }
    if (connection() && connection()->state() == Ws::Open && m_faults.isEmpty())
        expectAllDelivered();
}

inline void ConnectionPlay::expectAllDelivered()
{
    const Opening &current = *m_openings.back();
    const WsOptions options = connection()->options();
    expect(connection()->bufferedAmount() == 0, "the peer takes everything, but something waits");
    if (current.isOdd || options.maxMessagesPerSecond() > 0 || options.maxBytesPerSecond() > 0)
        return;
    expect(current.wire->unread.isEmpty(), "something is not read");
    const ReadReference sent(m_setup.role, limits(), current);
    const bool mayDrop = current.mayDrop || m_hasStreamed || m_listener.rules.hasFailed();
    m_faults.add(comparedDelivery(sent.messages, m_listener.delivered(), mayDrop, true));
}

// Whatever has happened: the connection ends within its time limits once the application closes it.
inline void ConnectionPlay::finish()
{
    if (!connection() || !m_faults.isEmpty())
        return;
    letTimePass(0ms);
    if (connection() && m_number % 2 == 1)
        quiesce();
    constexpr auto LongestTimeout = 10s;
    step([this] { close(0, 0); });
    for (int i = 0; i < 12 && connection() && m_listener.rules.isClosedDue(); ++i) {
        takeAll(); // what is not taken holds the end
        letTimePass(LongestTimeout / 4 + 1ms);
        check();
    }
    letTimePass(0ms);
    expect(!connection() || !m_listener.rules.isClosedDue(), "it does not end within its time limits");
    expect(m_setup.role == WsRole::Client || !connection(), "the server keeps a connection that has ended");
    if (connection())
        expect(m_listener.pendingFutures == 0, "a future waits for a connection that has ended");
}

inline void ConnectionPlay::removeAll()
{
    if (!m_faults.isEmpty())
        return;
    step([this] { remove(0, 0); });
    expect(m_listener.pendingFutures == 0, "a future waits for a connection that was deleted");
    checkOpening();
    for (const auto &one : m_openings)
        expect(!one->wire->isKept(), "a wire is left open");
}

} // namespace Fuzzing

#endif // CONNECTIONPLAY_RUN_H
