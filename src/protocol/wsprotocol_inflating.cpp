// SPDX-License-Identifier: MIT
#include "protocol/wsprotocol.h"

// Compressed messages (RFC 7692) that arrive.

namespace {
// How much is inflated at a time, so that a few bytes that become too many are noticed early.
constexpr qsizetype InflateStep = 64 * 1024;
// What a step costs besides, in bytes: it may give none.
constexpr qint64 StepCost = 256;
thread_local QByteArray inflateBuffer;
} // namespace

void WsProtocol::setDeflate(const WsDeflateAgreement &agreement, const WsCompression &own)
{
    const bool isServer = m_role == WsRole::Server;
    m_inflating = std::make_unique<Inflating>();
    m_inflating->windowBits = isServer ? agreement.clientWindowBits : agreement.serverWindowBits;
    m_inflating->takeover = isServer ? agreement.clientTakeover : agreement.serverTakeover;
    WsDeflateSending sending;
    sending.parameters.level = quint8(own.level());
    sending.parameters.memLevel = quint8(own.memLevel());
    sending.parameters.windowBits = isServer ? agreement.serverWindowBits : agreement.clientWindowBits;
    sending.threshold = own.threshold();
    sending.takeover = isServer ? agreement.serverTakeover : agreement.clientTakeover;
    if (WsDeflater::isPossible(sending.parameters)) // else messages are sent uncompressed, as each may be
        m_queue.setDeflate(sending);
}

void WsProtocol::startInflating()
{
    Inflating &inflating = *m_inflating;
    if (!inflating.inflater)
        inflating.inflater = inflating.takeover ? std::make_unique<WsInflater>(inflating.windowBits)
                                                : WsInflater::take(inflating.windowBits);
    inflating.inflater->beginMessage();
    inflating.isEndSet = false;
    inflating.work = 0;
}

// Inflates one step, so that the limit is checked, or an event returned, before too much is in memory.
QByteArrayView WsProtocol::inflatedBytes()
{
    WsInflater &inflater = *m_inflating->inflater;
    QByteArray &buffer = m_inflating->buffer;
    if (buffer.isNull()) {
        buffer = std::exchange(inflateBuffer, {});
        buffer.resize(InflateStep);
    }
    const qsizetype room = inflatingRoom();
    qsizetype size = 0;
    qsizetype more = 0;
    do {
        more = inflater.inflate(buffer.data() + size, room - size);
        size += qMax<qsizetype>(0, more);
    } while (size < room && inflater.needsInput() && feedInflater());
    // The bytes before the mistake are delivered first, so that the events do not depend on how they arrived.
    if (more == WsInflater::NoMemory && size == 0)
        rejectSize(Ws::InternalError, "there is not enough memory to inflate a message");
    else if (more < 0 && size == 0)
        reject(Ws::InvalidPayload, "a compressed message is not deflated data");
    inflater.keepInput();
    m_inflating->work += size + StepCost;
    return {buffer.constData(), size};
}

// A step ends one byte after the limit: that byte shows that there is too much.
qsizetype WsProtocol::inflatingRoom() const
{
    if (m_parts == Parts::Streamed)
        return InflateStep;
    const quint64 left = m_limits.maxMessageSize - qMin(m_limits.maxMessageSize, quint64(m_message.size()));
    return 1 + qsizetype(qMin<quint64>(left, InflateStep - 1));
}

// Returns false if there is nothing to feed it with.
bool WsProtocol::feedInflater()
{
    const bool isRead = m_frameRead == m_frame.length;
    if (!isRead && available() > 0) {
        m_inflating->inflater->setInput(nextPayloadBytes());
        return true;
    }
    if (!isRead || !m_frame.fin || m_inflating->isEndSet)
        return false;
    m_inflating->inflater->setMessageEnd();
    m_inflating->isEndSet = true;
    return true;
}

void WsProtocol::finishInflating()
{
    m_inflating->work = 0;
    if (!m_inflating->takeover)
        WsInflater::giveBack(std::move(m_inflating->inflater));
}

void WsProtocol::giveInflateBufferBack()
{
    inflateBuffer = std::exchange(m_inflating->buffer, {});
}
