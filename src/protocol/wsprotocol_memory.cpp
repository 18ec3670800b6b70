// SPDX-License-Identifier: MIT
#include "protocol/wsprotocol.h"

// The memory of what arrives, which grows with what has arrived, and who gets it.

namespace {
// A reassembly buffer up to this size is kept for the next message,
constexpr qsizetype KeptMessageCapacity = 64 * 1024;
// and one larger buffer, up to this size, for the next large message of any connection of the thread:
// getting fresh memory from the system costs more than copying into it.
constexpr qsizetype MaxSpareCapacity = 4 * 1024 * 1024;
thread_local QByteArray spareBuffer;

void keepSpare(QByteArray buffer)
{
    if (buffer.capacity() > MaxSpareCapacity || buffer.capacity() <= spareBuffer.capacity())
        return;
    buffer.resize(0);
    spareBuffer = std::move(buffer);
}
constexpr qsizetype FirstMessageCapacity = 4 * 1024;
} // namespace

// Shared: whichever of them is written to next is copied then.
QByteArrayList WsProtocol::payloadStorage() const
{
    QByteArrayList storage{m_bytes, m_message, m_control};
    if (m_inflating)
        storage.append(m_inflating->buffer);
    return storage;
}

void WsProtocol::releaseStorage()
{
    if (isPayloadIn(m_message)) {
        if (m_message.capacity() > KeptMessageCapacity)
            keepSpare(std::exchange(m_message, {}));
        else
            m_message.resize(0);
    } else if (isPayloadIn(m_control)) {
        m_control = {};
    }
    releaseInflated();
}

void WsProtocol::squeeze()
{
    m_queue.squeeze();
    if (m_message.isEmpty() && !m_isInMessage)
        m_message = {};
}

WsProtocol::Room WsProtocol::roomForPayload(qsizetype most)
{
    constexpr qsizetype Least = 64 * 1024; // less is not worth it
    const bool isInFrame = m_phase == Phase::Payload && isReading() && !wsIsControl(m_frame.opcode);
    if (!isInFrame || m_parts != Parts::Whole || m_isMessageCompressed || available() > 0 || m_inPlace > 0)
        return {};
    const qsizetype before = m_message.size();
    const quint64 left = m_frame.length - m_frameRead;
    const auto wanted = qsizetype(qMin(left, quint64(most)));
    if (wanted < Least || before < Least)
        return {};
    // Memory grows to at most twice what has arrived, and a bit, or else a few last bytes would have it grown
    // again.
    const auto grown = before + qsizetype(qMin(left, quint64(before + Least)));
    if (m_message.capacity() - before < Least)
        growMessage(grown, grown);
    m_inPlace = qMin(wanted, m_message.capacity() - before);
    m_message.resize(before + m_inPlace);
    return {m_message.data() + before, m_inPlace};
}

void WsProtocol::receiveInPlace(qsizetype size)
{
    m_message.truncate(m_message.size() - m_inPlace + size);
    m_inPlace = size;
}

// As readDataPayload(), of what was received in place.
WsEvent WsProtocol::readInPlace()
{
    const qsizetype size = std::exchange(m_inPlace, 0);
    char *const bytes = m_message.data() + m_message.size() - size;
    const bool isText = m_messageType == Ws::Text;
    bool isGoodText = true;
    if (m_frame.masked)
        unmask(bytes, size, isText ? &isGoodText : nullptr);
    else if (isText)
        isGoodText = m_utf8.feed({bytes, size});
    m_frameRead += quint64(size);
    if (!isGoodText) {
        reject(Ws::InvalidPayload, "a text message is not UTF-8");
        return failureEvent();
    }
    if (!isFrameDone())
        return {};
    m_phase = Phase::Header;
    if (!m_frame.fin)
        return {};
    return checkMessageEnd() ? finishMessage({}) : failureEvent();
}

// Makes room for \a size bytes in all: in a spare buffer if that is at most four times as large, else in one
// of \a capacity.
void WsProtocol::growMessage(qsizetype size, qsizetype capacity)
{
    const qsizetype spare = spareBuffer.capacity();
    if (size > spare || spare > 4 * size) {
        m_message.reserve(capacity);
        return;
    }
    const QByteArray before = std::exchange(m_message, std::exchange(spareBuffer, {}));
    m_message.append(before);
}

// Memory grows with what has arrived: to at most twice that, and never to more than the frame needs.
void WsProtocol::appendToMessage(QByteArrayView bytes)
{
    const qsizetype size = m_message.size() + bytes.size();
    if (size > m_message.capacity()) {
        const quint64 frameNeeds = quint64(size) + (m_frame.length - m_frameRead);
        const quint64 grown =
            qMin(quint64(qMax(2 * size, FirstMessageCapacity)), qMax(quint64(size), m_limits.maxMessageSize));
        // What a compressed frame needs is not known before it is inflated.
        growMessage(size, qsizetype(m_frame.fin && !m_isMessageCompressed ? qMin(frameNeeds, grown) : grown));
    }
    m_message.append(bytes);
}

QByteArray WsProtocol::takePayload()
{
    QByteArray taken;
    // Never more than twice the payload, so that an array that is kept holds little else.
    if (isPayloadIn(m_message) && m_message.capacity() <= 2 * m_message.size()) {
        taken = std::exchange(m_message, {});
    } else if (m_payload.end() == m_bytes.constEnd() && 2 * m_payload.size() >= m_bytes.capacity()) {
        taken = std::move(m_bytes);
        taken.remove(0, taken.size() - m_payload.size());
        m_bytes = {};
        m_position = 0;
    } else {
        taken = m_payload.toByteArray();
    }
    releasePayload();
    // Never null: QML would show a null array as a detached ArrayBuffer.
    return taken.isNull() ? QByteArray("", 0) : taken;
}

void WsProtocol::fitBytes()
{
    releasePayload(); // which may be a long message that was received in place
    if (2 * available() >= m_bytes.capacity())
        return;
    m_bytes = QByteArray(m_bytes.constData() + m_position, available());
    m_position = 0;
}

QByteArray WsProtocol::takeSpentBytes()
{
    if (available() > 0)
        return {};
    releasePayload();
    m_position = 0;
    return std::exchange(m_bytes, {});
}
