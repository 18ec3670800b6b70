// SPDX-License-Identifier: MIT
#include "protocol/wsprotocol.h"

#include "protocol/wsbyteloops.h"
#include "protocol/wsclosecode.h"
#include "protocol/wsmask.h"
#include "protocol/wsprotocollog.h"

#include <QtCore/qendian.h>

WsProtocol::WsProtocol(WsRole role, const WsLimits &limits, quint64 id) : m_role(role), m_queue(role, id)
{
    setLimits(limits);
}

void WsProtocol::setLimits(const WsLimits &limits)
{
    m_limits = limits;
    constexpr quint64 Most = WsFrameHeader::MaxLength7;
    m_mostShort = quint8(qMin(Most, qMin(limits.maxFrameSize, limits.maxMessageSize)));
    m_queue.setFragmentSize(limits.fragmentSize);
}

void WsProtocol::receive(QByteArray bytes)
{
    releasePayload();
    if (available() > 0) {
        // Append instead of prepending the rest to bytes: many small pieces would move the rest each time.
        m_bytes.remove(0, std::exchange(m_position, 0));
        m_bytes.append(bytes);
        return;
    }
    m_bytes = std::move(bytes);
    m_position = 0;
}

// The size of the payload if a whole short message is next, and nothing special applies to it; otherwise -1.
Q_ALWAYS_INLINE qsizetype WsProtocol::shortSize(const char *frame) const
{
    const bool isBetween = m_phase == Phase::Header && m_headerSize == 0 && !m_isInMessage && isReading();
    if (available() < WsFrameHeader::ShortSize || !isBetween || m_nextParts != Parts::Whole
        || wsIsProtocolLogged())
        return -1;
    const qsizetype size = WsFrameHeader::shortLengthOf(frame, m_role == WsRole::Server);
    return size <= m_mostShort && available() >= shortHeaderSize() + size ? size : -1;
}

// Most messages are such. What this finds wrong is reported as it would be for any other.
Q_ALWAYS_INLINE bool WsProtocol::takeShort(WsEvent *event)
{
    const char *const frame = m_bytes.constData() + m_position;
    const qsizetype size = shortSize(frame);
    if (size < 0)
        return false;
    m_messageType = WsOpcode(quint8(*frame) & 0xF) == WsOpcode::Text ? Ws::Text : Ws::Binary;
    const char *payload = frame + shortHeaderSize();
    bool isAscii = false;
    if (m_role == WsRole::Server) {
        const auto key = wsLoad<WsMaskingKey>(frame + WsFrameHeader::ShortSize);
        char *const bytes = m_bytes.data() + m_position + shortHeaderSize();
        isAscii = wsMaskPortably(bytes, bytes, size, key);
        payload = bytes;
    }
    m_position += shortHeaderSize() + size;
    m_payload = {payload, size};
    *event = {WsEvent::Message, m_messageType, 0, m_payload};
    if (m_messageType == Ws::Text && !isAscii && !checkShortText())
        *event = failureEvent();
    return true;
}

bool WsProtocol::checkShortText()
{
    m_utf8.reset();
    if (!m_utf8.feed(m_payload))
        return reject(Ws::InvalidPayload, "a text message is not UTF-8");
    return m_utf8.isComplete() || reject(Ws::InvalidPayload, "a text message ends inside a character");
}

WsEvent WsProtocol::nextEvent(qint64 most)
{
    releasePayload();
    if (WsEvent event; takeShort(&event))
        return event;
    m_isUnfinished = false;
    while (isReading()) {
        if (m_phase == Phase::Header && !parseHeader()) {
            if (m_state == State::Failed)
                return failureEvent();
            break;
        }
        if (const WsEvent event = readPayload(); event.type != WsEvent::NeedsBytes)
            return event;
        if (needsBytes())
            break;
        if (Q_UNLIKELY(hasInflated(most))) {
            releaseInflated();
            m_isUnfinished = true;
            m_inflating->work = 0;
            return {WsEvent::Unfinished, m_messageType, 0, {}};
        }
    }
    if (!isReading())
        m_position = m_bytes.size(); // RFC 6455 §5.5.1: what follows a Close is ignored
    releaseInflated();               // or a peer that stops within a message keeps it
    return m_eof ? eofEvent() : WsEvent{};
}

WsEvent WsProtocol::eofEvent()
{
    m_eof = false;
    m_isEofReturned = true;
    if (isReading())
        m_state = State::Lost;
    return {WsEvent::Eof, Ws::Text, 0, {}};
}

// Returns false if bytes are missing or the header breaks a rule.
Q_ALWAYS_INLINE bool WsProtocol::parseHeader()
{
    if (m_headerSize > 0)
        return gatherHeader();
    const QByteArrayView bytes = QByteArrayView(m_bytes).sliced(m_position);
    const qsizetype size = WsFrameHeader::sizeOf(bytes);
    if (size == 0 || bytes.size() < size)
        return gatherHeader();
    const WsFrameHeader frame = WsFrameHeader::decode(bytes.data());
    if (!checkStart(frame) || !checkLength(frame))
        return false;
    m_position += size;
    startFrame(frame);
    return true;
}

// The same for a header that arrives in pieces. Each field is checked as soon as it is complete, so that a
// length that is too large is reported without waiting for the masking key or the payload.
bool WsProtocol::gatherHeader()
{
    while (available() > 0) {
        m_header[m_headerSize++] = m_bytes.at(m_position++);
        if (m_headerSize < 2)
            continue;
        if (m_headerSize == 2 && !checkStart(WsFrameHeader::decode(m_header)))
            return false;
        const qsizetype size = WsFrameHeader::sizeOf({m_header, m_headerSize});
        const qsizetype lengthEnd = size - (m_role == WsRole::Server ? qsizetype(sizeof(WsMaskingKey)) : 0);
        // Check again at the end: the limits, and whether they apply, may have changed meanwhile.
        const bool isToBeChecked = m_headerSize == lengthEnd || m_headerSize == size;
        if (isToBeChecked && !checkLength(WsFrameHeader::decode(m_header)))
            return false;
        if (m_headerSize == size) {
            startFrame(WsFrameHeader::decode(m_header));
            return true;
        }
    }
    return false;
}

bool WsProtocol::checkStart(const WsFrameHeader &frame)
{
    if (frame.rsv != 0 && !checkReserved(frame))
        return false;
    if (!wsIsKnown(frame.opcode))
        return reject(Ws::ProtocolError, "the opcode is reserved");
    // RFC 6455 §5.1: a server closes on an unmasked frame, a client on a masked one.
    if (m_role == WsRole::Server && !frame.masked)
        return reject(Ws::ProtocolError, "the client sent an unmasked frame");
    if (m_role == WsRole::Client && frame.masked)
        return reject(Ws::ProtocolError, "the server sent a masked frame");
    if (!wsIsControl(frame.opcode))
        return checkDataStart(frame);
    if (!frame.fin)
        return reject(Ws::ProtocolError, "a control frame is fragmented");
    if (frame.length7 > WsFrameHeader::MaxControlPayload)
        return reject(Ws::ProtocolError, "the payload of a control frame is longer than 125 bytes");
    return true;
}

// RFC 7692 §6.1: only the first frame of a compressed message has RSV1.
bool WsProtocol::checkReserved(const WsFrameHeader &frame)
{
    if (!m_inflating)
        return reject(Ws::ProtocolError, "a reserved bit is set, and no extension was agreed on");
    if (frame.rsv != WsFrameHeader::Rsv1)
        return reject(Ws::ProtocolError, "a reserved bit is set that permessage-deflate does not use");
    if (frame.opcode != WsOpcode::Text && frame.opcode != WsOpcode::Binary)
        return reject(Ws::ProtocolError, "RSV1 is set on a frame that does not begin a message");
    return true;
}

bool WsProtocol::checkDataStart(const WsFrameHeader &frame)
{
    if (frame.opcode == WsOpcode::Continuation && !m_isInMessage)
        return reject(Ws::ProtocolError, "a continuation frame came with no message to continue");
    if (frame.opcode != WsOpcode::Continuation && m_isInMessage)
        return reject(Ws::ProtocolError, "a new message began inside a fragmented one");
    return true;
}

bool WsProtocol::checkLength(const WsFrameHeader &frame)
{
    if (!frame.isMinimal())
        return reject(Ws::ProtocolError, "the payload length is written in more bytes than it needs");
    if (frame.length >> 63)
        return reject(Ws::ProtocolError, "the most significant bit of the payload length is set");
    if (wsIsControl(frame.opcode))
        return true;
    if (isStreamed(frame))
        return true; // the limits are for messages kept in memory, which this one is not
    if (frame.length > m_limits.maxFrameSize)
        return rejectSize(Ws::MessageTooBig, "the frame is larger than maxFrameSize");
    const bool isCompressed = m_isInMessage ? m_isMessageCompressed : frame.rsv != 0;
    const quint64 before = m_isInMessage ? quint64(m_message.size()) : 0;
    // The size of a compressed message is not known yet; it is checked while inflating.
    if (!isCompressed
        && (before > m_limits.maxMessageSize || frame.length > m_limits.maxMessageSize - before))
        return rejectSize(Ws::MessageTooBig, "the message is larger than maxMessageSize");
    if (m_isInMessage && m_fragments >= m_limits.maxFragments)
        return rejectSize(Ws::PolicyViolation, "the message has more than maxFragments fragments");
    return true;
}

// For each message: not a call of its own, though it may log.
inline void WsProtocol::startFrame(const WsFrameHeader &frame)
{
    m_frame = frame;
    m_frameRead = 0;
    m_headerSize = 0;
    m_phase = Phase::Payload;
    if (wsIsProtocolLogged())
        wsLogReceivedFrame(m_queue.id(), m_frame);
    if (wsIsControl(m_frame.opcode))
        return;
    if (m_frame.opcode == WsOpcode::Continuation) {
        ++m_fragments;
        return;
    }
    m_isInMessage = true;
    m_fragments = 1;
    m_messageType = m_frame.opcode == WsOpcode::Text ? Ws::Text : Ws::Binary;
    m_parts = m_nextParts;
    m_isStartTold = false;
    m_isMessageCompressed = m_frame.rsv != 0;
    m_utf8.reset();
    if (m_isMessageCompressed)
        startInflating();
}

bool WsProtocol::reject(quint16 closeCode, const char *text)
{
    fail(Ws::ErrorKind::Protocol, closeCode, QString::fromLatin1(text));
    return false;
}

bool WsProtocol::rejectSize(quint16 closeCode, const char *text)
{
    fail(Ws::ErrorKind::TooLarge, closeCode, QString::fromLatin1(text));
    return false;
}

WsEvent WsProtocol::readPayload()
{
    if (m_phase == Phase::End)
        return endParts();
    if (wsIsControl(m_frame.opcode))
        return readControlPayload();
    if (m_parts == Parts::Streamed && !std::exchange(m_isStartTold, true))
        return {WsEvent::MessageStart, m_messageType, 0, {}};
    return readDataPayload();
}

// Of a data frame, after nextMessageBytes().
bool WsProtocol::isFrameDone() const
{
    if (m_frameRead < m_frame.length || !m_isMessageCompressed)
        return m_frameRead == m_frame.length;
    return m_inflating->inflater->needsInput(); // if it is the last frame, after the end was fed as well
}

// Returns whether the bytes received so far give no further event.
bool WsProtocol::needsBytes() const
{
    if (m_phase != Phase::Payload || available() > 0 || m_frameRead == m_frame.length)
        return false;
    return !m_isMessageCompressed || wsIsControl(m_frame.opcode) || m_inflating->inflater->needsInput();
}

// Returns the bytes of the frame's payload that have arrived, unmasked in place.
// If \a isGoodText is given, they are text and are validated in the same pass.
QByteArrayView WsProtocol::nextPayloadBytes(bool *isGoodText)
{
    const qsizetype size = qsizetype(qMin(m_frame.length - m_frameRead, quint64(available())));
    if (size == 0)
        return {};
    const char *bytes = m_bytes.constData() + m_position;
    if (m_frame.masked) {
        char *const target = m_bytes.data() + m_position;
        unmask(target, size, isGoodText);
        bytes = target;
    } else if (isGoodText) {
        *isGoodText = m_utf8.feed({bytes, size});
    }
    m_position += size;
    m_frameRead += quint64(size);
    return {bytes, size};
}

void WsProtocol::unmask(char *bytes, qsizetype size, bool *isGoodText)
{
    if (isGoodText)
        *isGoodText = m_utf8.feedMasked(bytes, size, m_frame.maskingKey, m_frameRead);
    else
        wsMask(bytes, bytes, size, m_frame.maskingKey, m_frameRead);
}

WsEvent WsProtocol::readDataPayload()
{
    if (m_inPlace > 0)
        return readInPlace();
    const QByteArrayView bytes = nextMessageBytes();
    if (m_state == State::Failed)
        return failureEvent();
    if (m_isMessageCompressed && isMessageTooBig(bytes.size())) {
        rejectSize(Ws::MessageTooBig, "the message is larger than maxMessageSize");
        return failureEvent();
    }
    const bool messageEnds = m_frame.fin && isFrameDone();
    if (isFrameDone())
        m_phase = Phase::Header;
    if (messageEnds && !checkMessageEnd())
        return failureEvent();
    if (m_parts != Parts::Whole)
        return returnPart(bytes, messageEnds);
    if (messageEnds)
        return finishMessage(bytes);
    appendToMessage(bytes);
    return {};
}

// Returns the next bytes of the message, unmasked and inflated; text is validated.
QByteArrayView WsProtocol::nextMessageBytes()
{
    const bool isText = m_messageType == Ws::Text;
    bool isGoodText = true;
    QByteArrayView bytes;
    if (m_isMessageCompressed) {
        bytes = inflatedBytes();
        isGoodText = m_state == State::Failed || !isText || m_utf8.feed(bytes);
    } else {
        bytes = nextPayloadBytes(isText ? &isGoodText : nullptr);
    }
    if (!isGoodText)
        reject(Ws::InvalidPayload, "a text message is not UTF-8");
    return bytes;
}

bool WsProtocol::isMessageTooBig(qsizetype more) const
{
    return m_parts != Parts::Streamed && quint64(m_message.size()) + quint64(more) > m_limits.maxMessageSize;
}

bool WsProtocol::checkMessageEnd()
{
    if (m_isMessageCompressed && !m_inflating->inflater->isBetweenBlocks())
        return reject(Ws::InvalidPayload, "a compressed message ends inside its data");
    if (m_messageType == Ws::Text && !m_utf8.isComplete())
        return reject(Ws::InvalidPayload, "a text message ends inside a character");
    m_isInMessage = false;
    if (m_isMessageCompressed)
        finishInflating();
    return true;
}

WsEvent WsProtocol::finishMessage(QByteArrayView lastBytes)
{
    m_payload = lastBytes;
    if (!m_message.isEmpty()) {
        appendToMessage(lastBytes);
        m_payload = m_message;
    }
    return {WsEvent::Message, m_messageType, 0, m_payload};
}

WsEvent WsProtocol::readControlPayload()
{
    QByteArrayView payload = nextPayloadBytes();
    const bool frameEnds = m_frameRead == m_frame.length;
    if (!frameEnds || !m_control.isEmpty()) {
        m_control.append(payload);
        payload = m_control;
    }
    if (!frameEnds)
        return {};
    m_phase = Phase::Header;
    m_payload = payload;
    return onControl(payload);
}

WsEvent WsProtocol::onControl(QByteArrayView payload)
{
    switch (m_frame.opcode) {
    case WsOpcode::Close:
        return onClose(payload);
    case WsOpcode::Ping:
        if (isBeforeClose()) // RFC 6455 §5.5.2: a ping is to be answered, however long the messages take
            queuePong(payload);
        return {WsEvent::Ping, Ws::Binary, 0, payload};
    default:
        return {WsEvent::Pong, Ws::Binary, 0, payload};
    }
}

WsEvent WsProtocol::onClose(QByteArrayView payload)
{
    quint16 code = Ws::NoStatus;
    if (payload.size() == 1) {
        reject(Ws::ProtocolError, "the payload of a Close frame is one byte long");
        return failureEvent();
    }
    if (payload.size() >= 2) {
        code = qFromBigEndian<quint16>(payload.data());
        payload = payload.sliced(2);
        if (!wsMayBeOnTheWire(code)) {
            reject(Ws::ProtocolError, "a Close frame carries a code that is not to be sent");
            return failureEvent();
        }
        if (!wsIsValidUtf8(payload)) {
            reject(Ws::InvalidPayload, "the reason of a Close frame is not UTF-8");
            return failureEvent();
        }
    }
    if (wsIsProtocolLogged())
        wsLogReceivedClose(m_queue.id(), code, payload);
    if (m_state == State::Open) {
        m_queue.sendClose(closePayload(code, payload)); // RFC 6455 §5.5.1: typically the code is echoed
        m_state = State::ClosedByPeer;
    } else {
        m_state = State::Closed;
    }
    return {WsEvent::Close, Ws::Text, code, payload};
}

WsEvent WsProtocol::failureEvent() const
{
    return {WsEvent::Failure, Ws::Text, m_failure.closeCode, {}};
}
