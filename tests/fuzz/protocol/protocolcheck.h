// SPDX-License-Identifier: MIT
#ifndef PROTOCOLCHECK_H
#define PROTOCOLCHECK_H

#include "../../unit/protocoltesting.h"

// What must hold for the engine whatever bytes it gets, for the fuzzer and for the test that replays it.
namespace ProtocolCheck {

using namespace ProtocolTesting;

// One connection, as the first bytes of the input choose it.
struct Scenario
{
    WsRole role;
    bool endsWithEof;
    WsLimits limits;
    bool deflates;
    bool takeover; // of both sides, where it deflates
    WsProtocol::Parts parts;
    qsizetype closesAfter; // events; 0: never
    quint32 seed;          // of the cuts
    QByteArray bytes;
};

constexpr qsizetype ScenarioSize = 3;
constexpr quint8 DeflatesFlag = 0x20;

inline Scenario scenarioOf(const QByteArray &input)
{
    const quint8 flags = quint8(input[0]);
    WsLimits limits;
    if (flags & 0x4)
        limits.maxMessageSize = 200;
    if (flags & 0x8)
        limits.maxFrameSize = 100;
    if (flags & 0x10)
        limits.maxFragments = 3;
    return {flags & 0x1 ? WsRole::Server : WsRole::Client,
            (flags & 0x2) != 0,
            limits,
            (flags & DeflatesFlag) != 0,
            (flags & 0x40) != 0,
            flags & 0x80              ? WsProtocol::Parts::Streamed
            : quint8(input[1]) & 0x80 ? WsProtocol::Parts::Framed
                                      : WsProtocol::Parts::Whole,
            quint8(input[1]) % 8,
            quint8(input[2]),
            input.sliced(ScenarioSize)};
}

enum class Asking { AfterEachPiece, AtTheEnd };

class Run
{
public:
    Run(const Scenario &scenario, Payloads payloads, Asking asking)
        : m_scenario(scenario), m_asking(asking), m_protocol(scenario.role, scenario.limits),
          m_recorder(m_protocol, payloads, [this](WsProtocol &protocol, qsizetype events) {
              m_largestOutput = qMax(m_largestOutput, protocol.outputSize());
              if (events > 0 && events == m_scenario.closesAfter)
                  protocol.sendClose(Ws::GoingAway, "enough");
          })
    {
        if (scenario.deflates)
            deflating({15, 15, scenario.takeover, scenario.takeover})(m_protocol);
        m_protocol.setParts(scenario.parts);
    }

    void receive(QByteArrayView bytes)
    {
        m_protocol.receive(bytes.toByteArray());
        if (m_asking == Asking::AfterEachPiece)
            m_recorder.recordEvents();
    }
    void receiveChopped()
    {
        quint32 random = m_scenario.seed;
        for (QByteArrayView rest = m_scenario.bytes; !rest.isEmpty();) {
            random = random * 1664525 + 1013904223;
            const qsizetype size = qMin(rest.size(), qsizetype(1 + (random >> 16) % (1u << (random >> 29))));
            receive(rest.first(size));
            rest = rest.sliced(size);
        }
    }
    Outcome outcome()
    {
        if (m_scenario.endsWithEof)
            m_protocol.receiveEof();
        m_recorder.recordEvents();
        return m_recorder.outcome();
    }
    qint64 largestOutput() const { return m_largestOutput; }

private:
    const Scenario &m_scenario;
    const Asking m_asking;
    WsProtocol m_protocol;
    Recorder m_recorder;
    qint64 m_largestOutput = 0;
};

inline QByteArray difference(const Outcome &whole, const Outcome &other, const char *how)
{
    if (whole == other)
        return {};
    return QByteArray(how) + " it differs:\n" + toString(whole) + '\n' + toString(other);
}

// What the events and answers of any input must be.
inline QByteArray violation(const Outcome &outcome)
{
    bool hasEnded = false;
    for (const QByteArray &event : outcome.events) {
        if (event.startsWith("but") || event.endsWith("does not tell it"))
            return event;
        if (hasEnded && event != "eof")
            return "event behind the end: " + event;
        hasEnded = hasEnded || event.startsWith("close") || event.startsWith("failure") || event == "eof";
    }
    bool hasClosed = false;
    for (const QByteArray &sent : outcome.sent) {
        if (hasClosed)
            return "sent behind a Close: " + sent;
        hasClosed = sent.startsWith("close");
        if (!hasClosed && !sent.startsWith("pong"))
            return "sent " + sent;
    }
    // Lost is what follows Open as well as ClosedByUs.
    const bool mayBeEither = outcome.state == WsProtocol::State::Lost;
    const bool isRight = mayBeEither || hasClosed == (outcome.state != WsProtocol::State::Open);
    return isRight ? QByteArray() : "a Close where none is due, or none where one is";
}

// Empty where all is well.
inline QByteArray check(const QByteArray &input)
{
    if (input.size() < ScenarioSize)
        return {};
    const Scenario scenario = scenarioOf(input);
    Run whole(scenario, Payloads::Viewed, Asking::AfterEachPiece);
    whole.receive(scenario.bytes);
    const Outcome expected = whole.outcome();
    if (const QByteArray wrong = violation(expected); !wrong.isEmpty())
        return wrong + '\n' + toString(expected);
    if (whole.largestOutput() > 16 * 1024)
        return "the output grew to " + QByteArray::number(whole.largestOutput());

    Run chopped(scenario, Payloads::Taken, Asking::AfterEachPiece);
    chopped.receiveChopped();
    if (const QByteArray wrong = difference(expected, chopped.outcome(), "chopped"); !wrong.isEmpty())
        return wrong;
    Run paused(scenario, Payloads::Viewed, Asking::AtTheEnd);
    paused.receiveChopped();
    return difference(expected, paused.outcome(), "not read until the end");
}

} // namespace ProtocolCheck

#endif // PROTOCOLCHECK_H
