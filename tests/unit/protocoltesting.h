// SPDX-License-Identifier: MIT
#ifndef PROTOCOLTESTING_H
#define PROTOCOLTESTING_H

#include "protocol/wsprotocol.h"

#include <QtCore/qbytearraylist.h>
#include <QtCore/qhashfunctions.h>
#include <QtTest/qtest.h>

#include <functional>
#include <optional>

// What the tests of the engine share: frames of any shape, written and read without the engine's own
// encoder, and a sentence for what is to come of them:
//
//     QCOMPARE(outcomeOf(WsRole::Server, {text("a"), ping("b")}), expectText("a").thenPing("b"));
namespace ProtocolTesting {

// --- frames by hand

struct Frame
{
    quint8 opcode = 0;
    QByteArray payload;
    bool isFinal = true;
    quint8 rsv = 0;
    int lengthSize = -1;                   // 0, 2 or 8 bytes of extended length; -1: as few as it needs
    std::optional<quint64> declaredLength; // where it is not the payload's
    std::optional<bool> isMasked;          // where it is not as the sender's role asks

    Frame notFinal() const
    {
        return with([](Frame &f) { f.isFinal = false; });
    }
    Frame withRsv(quint8 bits) const
    {
        return with([=](Frame &f) { f.rsv = bits; });
    }
    // RFC 7692 §6.1: the payload is compressed, and that of the frames that continue it.
    Frame compressed() const { return withRsv(4); }
    Frame withLengthSize(int size) const
    {
        return with([=](Frame &f) { f.lengthSize = size; });
    }
    Frame declaring(quint64 length) const
    {
        return with([=](Frame &f) { f.declaredLength = length; });
    }
    Frame masked() const
    {
        return with([](Frame &f) { f.isMasked = true; });
    }
    Frame unmasked() const
    {
        return with([](Frame &f) { f.isMasked = false; });
    }

    QByteArray encoded(bool mask, const QByteArray &key) const
    {
        const quint64 length = declaredLength.value_or(quint64(payload.size()));
        const int size = lengthSize >= 0 ? lengthSize : length < 126 ? 0 : length < 65536 ? 2 : 8;
        const int length7 = size == 0 ? int(length) : size == 2 ? 126 : 127;
        QByteArray bytes;
        bytes += char((isFinal ? 0x80 : 0) | (rsv << 4) | opcode);
        bytes += char((mask ? 0x80 : 0) | length7);
        for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
            bytes += char(length >> shift);
        if (!mask)
            return bytes + payload;
        bytes += key;
        for (qsizetype i = 0; i < payload.size(); ++i)
            bytes += char(payload[i] ^ key[i % 4]);
        return bytes;
    }

private:
    template <typename Change>
    Frame with(Change change) const
    {
        Frame frame = *this;
        change(frame);
        return frame;
    }
};

using Frames = QList<Frame>;

inline Frame frame(int opcode, const QByteArray &payload = {})
{
    Frame made;
    made.opcode = quint8(opcode);
    made.payload = payload;
    return made;
}
inline Frame continuation(const QByteArray &payload)
{
    return frame(0x0, payload);
}
inline Frame text(const QByteArray &payload)
{
    return frame(0x1, payload);
}
inline Frame binary(const QByteArray &payload)
{
    return frame(0x2, payload);
}
inline Frame ping(const QByteArray &payload = {})
{
    return frame(0x9, payload);
}
inline Frame pong(const QByteArray &payload = {})
{
    return frame(0xA, payload);
}
inline Frame closing()
{
    return frame(0x8);
}
inline Frame closing(int code, const QByteArray &reason = {})
{
    return frame(0x8, QByteArray(1, char(code >> 8)) + char(code) + reason);
}

// What the peer of an engine in \a role sends: masked, with a key of its own each, if that is a server.
inline QByteArray fromPeerOf(WsRole role, const Frames &frames)
{
    QByteArray bytes;
    quint32 seed = 0x1B3D5F70;
    for (const Frame &f : frames) {
        seed = seed * 1664525 + 1013904223;
        const QByteArray key(reinterpret_cast<const char *>(&seed), sizeof seed);
        bytes += f.encoded(f.isMasked.value_or(role == WsRole::Server), key);
    }
    return bytes;
}

// --- reading what the engine sent

struct SentFrame
{
    int opcode = -1;
    bool isFinal = false;
    bool isMasked = false;
    bool isMinimal = false;
    int rsv = 0;
    QByteArray maskingKey;
    QByteArray payload;
};

// Takes one whole frame from the front of \a bytes; an opcode of -1 tells that there is none.
inline SentFrame takeFrame(QByteArrayView *bytes)
{
    const auto at = [bytes](qsizetype i) { return quint8((*bytes)[i]); };
    SentFrame sent;
    if (bytes->size() < 2)
        return sent;
    const int length7 = at(1) & 0x7F;
    const int lengthSize = length7 == 127 ? 8 : length7 == 126 ? 2 : 0;
    const int keySize = at(1) & 0x80 ? 4 : 0;
    if (bytes->size() < 2 + lengthSize + keySize)
        return sent;
    quint64 length = lengthSize == 0 ? quint64(length7) : 0;
    for (int i = 0; i < lengthSize; ++i)
        length = length << 8 | at(2 + i);
    if (quint64(bytes->size() - 2 - lengthSize - keySize) < length)
        return sent;
    sent.isFinal = at(0) & 0x80;
    sent.rsv = at(0) >> 4 & 0x7;
    sent.opcode = at(0) & 0xF;
    sent.isMasked = keySize > 0;
    sent.isMinimal = lengthSize == (length < 126 ? 0 : length < 65536 ? 2 : 8);
    sent.maskingKey = bytes->sliced(2 + lengthSize, keySize).toByteArray();
    sent.payload = bytes->sliced(2 + lengthSize + keySize, qsizetype(length)).toByteArray();
    for (qsizetype i = 0; sent.isMasked && i < sent.payload.size(); ++i)
        sent.payload[i] = char(sent.payload[i] ^ sent.maskingKey[i % 4]);
    *bytes = bytes->sliced(2 + lengthSize + keySize + qsizetype(length));
    return sent;
}

// Consumes up to \a size bytes of what the engine has to write.
inline QByteArray consume(WsProtocol &protocol, qint64 size)
{
    WsOutput &output = protocol.output();
    QByteArray bytes;
    for (qsizetype i = 0; i < output.pieceCount() && bytes.size() < size; ++i)
        bytes += output.piece(i).first(qMin(output.piece(i).size(), size - bytes.size()));
    output.consume(bytes.size());
    return bytes;
}

// All that the engine has to write, with what it has to add once that is written.
inline QByteArray drain(WsProtocol &protocol)
{
    QByteArray bytes;
    while (!protocol.output().isEmpty())
        bytes += consume(protocol, protocol.output().size());
    return bytes;
}

inline QList<SentFrame> framesIn(QByteArrayView bytes)
{
    QList<SentFrame> frames;
    while (!bytes.isEmpty()) {
        frames.append(takeFrame(&bytes));
        if (frames.last().opcode < 0)
            break;
    }
    return frames;
}

inline QList<SentFrame> sentBy(WsProtocol &protocol)
{
    return framesIn(drain(protocol));
}

// --- outcomes

inline QByteArray described(QByteArrayView payload)
{
    if (payload.size() > 130)
        return QByteArray::number(payload.size()) + " bytes #"
               + QByteArray::number(quint64(qHash(payload)), 16);
    QByteArray line = "'";
    for (const char c : payload)
        line += c >= ' ' && c < 0x7F ? QByteArray(1, c) : "\\x" + QByteArray(1, c).toHex();
    return line + '\'';
}

inline QByteArray nameOf(WsProtocol::State state)
{
    switch (state) {
    case WsProtocol::State::Open:
        return "Open";
    case WsProtocol::State::ClosedByUs:
        return "ClosedByUs";
    case WsProtocol::State::ClosedByPeer:
        return "ClosedByPeer";
    case WsProtocol::State::Closed:
        return "Closed";
    case WsProtocol::State::Failed:
        return "Failed";
    case WsProtocol::State::Lost:
        return "Lost";
    }
    return "no state";
}

// What came of bytes: the events, the frames sent in answer, and the state they left the engine in.
struct Outcome
{
    QByteArrayList events;
    QByteArrayList sent;
    WsProtocol::State state = WsProtocol::State::Open;

    friend bool operator==(const Outcome &a, const Outcome &b)
    {
        return a.events == b.events && a.sent == b.sent && a.state == b.state;
    }

    Outcome thenMessage(Ws::MessageType type, const QByteArray &payload) &&
    {
        events += (type == Ws::Text ? "text " : "binary ") + described(payload);
        return std::move(*this);
    }
    Outcome thenText(const QByteArray &payload) && { return std::move(*this).thenMessage(Ws::Text, payload); }
    Outcome thenBinary(const QByteArray &data) && { return std::move(*this).thenMessage(Ws::Binary, data); }
    Outcome thenStreamed(Ws::MessageType type, const QByteArray &payload) &&
    {
        events += (type == Ws::Text ? "streamed text " : "streamed binary ") + described(payload);
        return std::move(*this);
    }
    Outcome thenFrame(Ws::MessageType type, const QByteArray &payload) &&
    {
        events += (type == Ws::Text ? "frame of text " : "frame of binary ") + described(payload);
        return std::move(*this);
    }
    // The last frame of a message, and the message itself.
    Outcome thenFinalFrame(Ws::MessageType type, const QByteArray &payload, const QByteArray &message) &&
    {
        events += (type == Ws::Text ? "final frame of text " : "final frame of binary ") + described(payload);
        return std::move(*this).thenMessage(type, message);
    }
    Outcome thenPing(const QByteArray &payload) &&
    {
        events += "ping " + described(payload);
        sent += "pong " + described(payload);
        return std::move(*this);
    }
    Outcome thenPong(const QByteArray &payload) &&
    {
        events += "pong " + described(payload);
        return std::move(*this);
    }
    Outcome thenClose(int code, const QByteArray &reason = {}) &&
    {
        events += "close " + QByteArray::number(code) + ' ' + described(reason);
        sent += code == Ws::NoStatus ? QByteArray("close") : "close " + QByteArray::number(code);
        if (!reason.isEmpty()) // which is echoed
            sent.last() += ' ' + described(reason);
        state = WsProtocol::State::ClosedByPeer;
        return std::move(*this);
    }
    Outcome thenFailure(int code) &&
    {
        const bool isLimit = code == Ws::MessageTooBig || code == Ws::PolicyViolation;
        events += "failure " + QByteArray::number(code) + (isLimit ? " of a limit" : " of the protocol");
        sent += "close " + QByteArray::number(code) + " with the failure's text";
        state = WsProtocol::State::Failed;
        return std::move(*this);
    }
    Outcome thenEof() &&
    {
        events += "eof";
        if (state == WsProtocol::State::Open || state == WsProtocol::State::ClosedByUs)
            state = WsProtocol::State::Lost;
        return std::move(*this);
    }
    // For an engine that has closed: it sends nothing any more.
    Outcome withoutAnswer() &&
    {
        sent.clear();
        return std::move(*this);
    }
    Outcome leaving(WsProtocol::State left) &&
    {
        state = left;
        return std::move(*this);
    }
};

inline char *toString(const Outcome &outcome)
{
    return qstrdup(("{events: " + outcome.events.join(", ") + "; sent: " + outcome.sent.join(", ")
                    + "; state: " + nameOf(outcome.state) + '}')
                       .constData());
}

inline Outcome expectNothing()
{
    return {};
}
inline Outcome expectMessage(Ws::MessageType type, const QByteArray &payload)
{
    return Outcome().thenMessage(type, payload);
}
inline Outcome expectText(const QByteArray &payload)
{
    return Outcome().thenText(payload);
}
inline Outcome expectBinary(const QByteArray &payload)
{
    return Outcome().thenBinary(payload);
}
inline Outcome expectStreamed(Ws::MessageType type, const QByteArray &payload)
{
    return Outcome().thenStreamed(type, payload);
}
inline Outcome expectPing(const QByteArray &payload)
{
    return Outcome().thenPing(payload);
}
inline Outcome expectPong(const QByteArray &payload)
{
    return Outcome().thenPong(payload);
}
inline Outcome expectClose(int code, const QByteArray &reason = {})
{
    return Outcome().thenClose(code, reason);
}
inline Outcome expectFailure(int code)
{
    return Outcome().thenFailure(code);
}
inline Outcome expectEof()
{
    return Outcome().thenEof();
}

// Views are read where they stand, or the payload is taken: both must tell the same.
enum class Payloads { Viewed, Taken };

class Recorder
{
public:
    using AfterEvent = std::function<void(WsProtocol &, qsizetype eventCount)>;

    Recorder(WsProtocol &protocol, Payloads payloads, AfterEvent afterEvent = {})
        : m_protocol(protocol), m_payloads(payloads), m_afterEvent(std::move(afterEvent))
    {
    }

    void receive(QByteArrayView bytes)
    {
        m_protocol.receive(bytes.toByteArray());
        recordEvents();
    }
    void recordEvents()
    {
        for (WsEvent event = m_protocol.nextEvent(); event.type != WsEvent::NeedsBytes;
             event = m_protocol.nextEvent()) {
            record(event);
            if (m_afterEvent)
                m_afterEvent(m_protocol, m_outcome.events.size());
        }
    }
    Outcome outcome()
    {
        m_outcome.sent.clear();
        for (const SentFrame &sent : sentBy(m_protocol))
            m_outcome.sent += describedAnswer(sent);
        m_outcome.state = m_protocol.state();
        return m_outcome;
    }

private:
    void record(const WsEvent &event)
    {
        switch (event.type) {
        case WsEvent::NeedsBytes:
        case WsEvent::Unfinished:
            break;
        case WsEvent::Frame:
        case WsEvent::FinalFrame:
            recordFrame(event);
            break;
        case WsEvent::FramedMessage:
            if (const QByteArray frames = std::exchange(m_frames, {}); frames != event.payload)
                m_outcome.events += "but all frames are " + described(frames);
            recordMessage(event);
            break;
        case WsEvent::Message:
            recordMessage(event);
            break;
        case WsEvent::MessageStart:
            m_isText = event.messageType == Ws::Text;
            m_streamed = QByteArray("", 0);
            break;
        case WsEvent::MessageData:
            m_streamed += m_payloads == Payloads::Taken ? m_protocol.takePayload() : event.payload.toByteArray();
            break;
        case WsEvent::MessageEnd:
            m_outcome.events += (m_isText ? "streamed text " : "streamed binary ") + described(m_streamed);
            break;
        case WsEvent::Ping:
            m_outcome.events += "ping " + described(event.payload);
            break;
        case WsEvent::Pong:
            m_outcome.events += "pong " + described(event.payload);
            break;
        case WsEvent::Close:
            m_outcome.events +=
                "close " + QByteArray::number(event.closeCode) + ' ' + described(event.payload);
            break;
        case WsEvent::Eof:
            m_outcome.events += "eof";
            break;
        case WsEvent::Failure:
            recordFailure(event);
            break;
        }
    }
    void recordMessage(const WsEvent &event)
    {
        const QByteArray viewed = described(event.payload);
        const QByteArray payload =
            m_payloads == Payloads::Taken ? described(m_protocol.takePayload()) : viewed;
        m_outcome.events += (event.messageType == Ws::Text ? "text " : "binary ") + payload;
        if (payload != viewed)
            m_outcome.events += "but the view was of " + viewed;
    }
    void recordFrame(const WsEvent &event)
    {
        const QByteArray frame =
            m_payloads == Payloads::Taken ? m_protocol.frameOf(event) : event.payload.toByteArray();
        const QByteArray name = event.type == WsEvent::FinalFrame ? "final frame of " : "frame of ";
        m_outcome.events += name + (event.messageType == Ws::Text ? "text " : "binary ") + described(frame);
        m_frames += frame;
    }
    void recordFailure(const WsEvent &event)
    {
        const WsFailure &failure = m_protocol.failure();
        QByteArray line = "failure " + QByteArray::number(event.closeCode);
        line += failure.kind == Ws::ErrorKind::TooLarge   ? " of a limit"
                : failure.kind == Ws::ErrorKind::Protocol ? " of the protocol"
                                                          : " of no kind";
        if (failure.closeCode != event.closeCode || failure.text.isEmpty())
            line += " but failure() does not tell it";
        m_outcome.events += line;
    }
    QByteArray describedAnswer(const SentFrame &sent) const
    {
        const QByteArray wrong = sent.opcode < 0                  ? "half a frame "
                                 : !sent.isMinimal                ? "not minimal "
                                 : !sent.isFinal || sent.rsv != 0 ? "not final or with reserved bits "
                                                                  : "";
        if (sent.opcode == 0xA)
            return wrong + "pong " + described(sent.payload);
        if (sent.opcode != 0x8)
            return wrong + "opcode " + QByteArray::number(sent.opcode) + ' ' + described(sent.payload);
        if (sent.payload.isEmpty())
            return wrong + "close";
        const int code =
            sent.payload.size() == 1 ? -1 : quint8(sent.payload[0]) << 8 | quint8(sent.payload[1]);
        const QByteArray reason = sent.payload.mid(2);
        QByteArray line = wrong + "close " + QByteArray::number(code);
        if (m_protocol.state() == WsProtocol::State::Failed && reason == m_protocol.failure().text.toUtf8())
            line += " with the failure's text";
        else if (!reason.isEmpty())
            line += ' ' + described(reason);
        return line;
    }

    WsProtocol &m_protocol;
    const Payloads m_payloads;
    const AfterEvent m_afterEvent;
    Outcome m_outcome;
    QByteArray m_streamed; // what has come of a message that is streamed
    QByteArray m_frames;   // of a message so far
    bool m_isText = false;
};

// --- replaying

struct Replay
{
    WsLimits limits = {};
    std::function<void(WsProtocol &)> before = {}; // what the engine does before the bytes come
    bool endsWithEof = false;
};

// For Replay::before: permessage-deflate is agreed on.
inline std::function<void(WsProtocol &)> deflating(const WsDeflateAgreement &agreement = {},
                                                   const WsCompression &own = {})
{
    return [=](WsProtocol &protocol) { protocol.setDeflate(agreement, own); };
}
// The same: messages come as they arrive.
inline void streaming(WsProtocol &protocol)
{
    protocol.setParts(WsProtocol::Parts::Streamed);
}

// The same: each message comes after its frames.
inline void framing(WsProtocol &protocol)
{
    protocol.setParts(WsProtocol::Parts::Framed);
}

// Receives \a bytes cut at \a cuts.
inline Outcome outcomeOfCut(WsRole role, const QByteArray &bytes, const QList<qsizetype> &cuts,
                            const Replay &replay, Payloads payloads)
{
    WsProtocol protocol(role, replay.limits);
    if (replay.before)
        replay.before(protocol);
    drain(protocol);
    Recorder recorder(protocol, payloads);
    qsizetype from = 0;
    for (const qsizetype cut : cuts) {
        recorder.receive(QByteArrayView(bytes).sliced(from, cut - from));
        from = cut;
    }
    recorder.receive(QByteArrayView(bytes).sliced(from));
    if (replay.endsWithEof) {
        protocol.receiveEof();
        recorder.recordEvents();
    }
    return recorder.outcome();
}

// Every place where \a bytes can be cut in two; of a long vector those near its ends and some between.
inline QList<qsizetype> placesToCut(const QByteArray &bytes)
{
    constexpr qsizetype Near = 40;
    const qsizetype step = bytes.size() <= 1024 ? 1 : bytes.size() / 20;
    QList<qsizetype> places;
    for (qsizetype i = 1; i < bytes.size(); i += i < Near || i >= bytes.size() - Near ? 1 : step)
        places.append(i);
    for (qsizetype i = qMax(Near, bytes.size() - Near); step > 1 && i < bytes.size(); ++i)
        places.append(i);
    return places;
}

inline Outcome differing(Outcome outcome, const QByteArray &how)
{
    outcome.events.prepend("received " + how + " it differs:");
    return outcome;
}

// What comes of \a bytes, received whole, byte by byte and cut in two at every place; where these do not
// come to the same, the outcome tells so and equals no expected one.
inline Outcome outcomeOf(WsRole role, const QByteArray &bytes, const Replay &replay = {})
{
    const Outcome whole = outcomeOfCut(role, bytes, {}, replay, Payloads::Viewed);
    const auto sameAsWhole = [&](const QList<qsizetype> &cuts, Payloads payloads, Outcome *outcome) {
        *outcome = outcomeOfCut(role, bytes, cuts, replay, payloads);
        return *outcome == whole;
    };
    Outcome outcome;
    if (!sameAsWhole({}, Payloads::Taken, &outcome))
        return differing(outcome, "whole and taken");
    QList<qsizetype> everywhere;
    for (qsizetype i = 1; i < bytes.size(); ++i)
        everywhere.append(i);
    if (!sameAsWhole(everywhere, Payloads::Viewed, &outcome))
        return differing(outcome, "byte by byte");
    if (!sameAsWhole(everywhere, Payloads::Taken, &outcome))
        return differing(outcome, "byte by byte and taken");
    for (const qsizetype place : placesToCut(bytes)) {
        const Payloads payloads = place % 2 ? Payloads::Taken : Payloads::Viewed;
        if (!sameAsWhole({place}, payloads, &outcome))
            return differing(outcome, "cut at " + QByteArray::number(place));
    }
    return whole;
}

inline Outcome outcomeOf(WsRole role, const Frames &frames, const Replay &replay = {})
{
    return outcomeOf(role, fromPeerOf(role, frames), replay);
}

// --- rows

inline QTestData &addRow(WsRole role, const QByteArray &name)
{
    const QByteArray row =
        (role == WsRole::Server ? "server" : "client") + (name.isEmpty() ? name : ": " + name);
    return QTest::newRow(row.constData()) << role;
}

// For data functions whose tests have the column "role" first.
constexpr WsRole BothRoles[] = {WsRole::Server, WsRole::Client};

inline void addRoleRows()
{
    QTest::addColumn<WsRole>("role");
    for (const WsRole role : BothRoles)
        addRow(role, {});
}

inline QByteArray numbered(const char *name, qint64 number)
{
    return name + QByteArray::number(number);
}

} // namespace ProtocolTesting

#endif // PROTOCOLTESTING_H
