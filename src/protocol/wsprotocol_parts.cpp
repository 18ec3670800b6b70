// SPDX-License-Identifier: MIT
#include "protocol/wsprotocol.h"

// Messages that are returned in parts: as a stream, or whole and before that as frames.

namespace {
// How many bytes of \a text belong to its last character, which is not complete.
qsizetype incompleteSize(QByteArrayView text)
{
    const auto isContinuation = [text](qsizetype at) { return (quint8(text[at]) & 0xC0) == 0x80; };
    qsizetype size = 1;
    while (isContinuation(text.size() - size))
        ++size;
    return size;
}
} // namespace

WsEvent WsProtocol::returnPart(QByteArrayView bytes, bool messageEnds)
{
    return m_parts == Parts::Streamed ? streamed(bytes, messageEnds) : framed(bytes, messageEnds);
}

WsEvent WsProtocol::streamed(QByteArrayView bytes, bool messageEnds)
{
    m_phase = messageEnds ? Phase::End : m_phase;
    if (bytes.isEmpty())
        return {};
    m_payload = bytes;
    return {WsEvent::MessageData, m_messageType, 0, bytes};
}

// The frames are views of the message, so that they take no memory of their own.
WsEvent WsProtocol::framed(QByteArrayView bytes, bool messageEnds)
{
    if (messageEnds && m_message.isEmpty()) {
        m_payload = bytes;
        m_message = takePayload();
    } else {
        appendToMessage(bytes);
    }
    if (m_phase != Phase::Header)
        return {}; // the frame has not ended
    const bool isCut = m_messageType == Ws::Text && !m_utf8.isComplete();
    const qsizetype end = m_message.size() - (isCut ? incompleteSize(m_message) : 0);
    const qsizetype begin = std::exchange(m_framedSize, messageEnds ? 0 : end);
    if (messageEnds) {
        m_phase = Phase::End;
        m_message =
            wsFitting(m_message); // so that takePayload() does not copy it, and frameOf() can share it
    }
    const QByteArrayView frame = QByteArrayView(m_message).sliced(begin, end - begin);
    return {messageEnds ? WsEvent::FinalFrame : WsEvent::Frame, m_messageType, 0, frame};
}

QByteArray WsProtocol::frameOf(const WsEvent &event) const
{
    if (event.type == WsEvent::FinalFrame && event.payload.size() == m_message.size())
        return m_message;
    return event.payload.isEmpty() ? QByteArray("", 0) : event.payload.toByteArray();
}

WsEvent WsProtocol::endParts()
{
    m_phase = Phase::Header;
    if (m_parts == Parts::Streamed)
        return {WsEvent::MessageEnd, m_messageType, 0, {}};
    m_payload = m_message;
    return {WsEvent::FramedMessage, m_messageType, 0, m_payload};
}
