// SPDX-License-Identifier: MIT
#include "protocol/wsprotocol.h"

// The header of a frame: reading it, and the rules that it must satisfy.

// Returns false if bytes are missing or the header breaks a rule.
bool WsProtocol::parseHeader()
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

void WsProtocol::startFrame(const WsFrameHeader &frame)
{
    m_frame = frame;
    m_frameRead = 0;
    m_headerSize = 0;
    m_phase = Phase::Payload;
    if (wsIsControl(m_frame.opcode))
        return;
    if (m_frame.opcode == WsOpcode::Continuation) {
        ++m_fragments;
        return;
    }
    m_isInMessage = true;
    m_fragments = 1;
    m_messageType = m_frame.opcode == WsOpcode::Text ? Ws::Text : Ws::Binary;
    m_isMessageStreamed = m_isStreaming;
    m_isStartTold = false;
    m_isMessageCompressed = m_frame.rsv != 0;
    m_utf8.reset();
    if (m_isMessageCompressed)
        startInflating();
}
