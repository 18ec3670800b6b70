// SPDX-License-Identifier: MIT
#include "protocol/wssendqueue.h"

#include "protocol/wsmask.h"
#include "protocol/wspreparedmessage_p.h"

#include <algorithm>
#include <cstring>

namespace {
// Encoded up to here, a write has enough to do; what waits keeps its place for control frames.
constexpr qint64 RefillBelow = 64 * 1024;
// Small pieces that are written to a message join up to this size, and go into one frame.
constexpr qsizetype PieceSize = 64 * 1024;

// What a compressed message is made in before its frame, whose header tells the length. One at a time.
class Scratch
{
public:
    ~Scratch() // also after an exception
    {
        constexpr qsizetype Kept = 256 * 1024;
        if (bytes.capacity() > Kept)
            bytes = {};
        else
            bytes.resize(0);
    }

    static inline thread_local QByteArray bytes;
};

qint64 totalSize(const QByteArrayList &pieces)
{
    qint64 size = 0;
    for (const QByteArray &piece : pieces)
        size += piece.size();
    return size;
}
} // namespace

void WsSendQueue::setDeflate(const WsDeflateSending &deflate)
{
    m_deflate = std::make_unique<WsDeflateSending>(deflate);
}

// --- whole messages

void WsSendQueue::send(Ws::MessageType type, const QByteArray &payload)
{
    if (!m_waiting.empty() || isSplit(payload.size(), m_fragmentSize)) {
        Outgoing message;
        message.type = type;
        // What is short may be borrowed from the caller, who has it for this call alone. The first to wait is
        // mostly written at once; fit() is called if it is not.
        message.pieces = {payload.size() < WsOutput::ShareFrom
                              ? QByteArray(payload.constData(), payload.size())
                          : m_waiting.empty() ? payload
                                              : wsFitting(payload)};
        enqueue(std::move(message));
    } else {
        appendMessage(type, payload);
    }
}

void WsSendQueue::send(const WsPreparedMessage &message)
{
    const WsMessage plain = message.message();
    const qsizetype size = plain.data().size();
    if (m_role == WsRole::Client || !m_waiting.empty() || isSplit(size, m_fragmentSize)) {
        send(plain.type(), plain.data());
        return;
    }
    const QByteArray compressed =
        isCompressed(size) ? WsPreparedFrame::deflated(message, m_deflate->parameters) : QByteArray();
    if (!compressed.isNull()) {
        appendPreparedFrame(compressed);
        m_isDeflaterStale = true; // the peer's window has it then, and ours does not
        return;
    }
    appendPreparedFrame(WsPreparedFrame::of(message));
    if (size >= WsOutput::ShareFrom)
        m_output.appendShared(plain.data());
}

WsPreparedMessage WsSendQueue::waiting(const WsPreparedMessage &message) const
{
    const bool hasOwn = m_role == WsRole::Server && isCompressed(qsizetype(message.size()));
    return WsPreparedFrame::formFor(message, hasOwn ? std::optional(m_deflate->parameters) : std::nullopt);
}

void WsSendQueue::appendMessage(Ws::MessageType type, const QByteArray &payload)
{
    if (isCompressed(payload.size()) && appendCompressed(type, payload))
        return;
    if (m_role == WsRole::Server && payload.size() >= WsOutput::ShareFrom)
        appendSharedFrame(wsOpcodeOf(type), payload, 0, payload.size(), true);
    else
        appendFrame(wsOpcodeOf(type), payload);
}

// Returns false where the message does not become shorter.
bool WsSendQueue::appendCompressed(Ws::MessageType type, QByteArrayView payload)
{
    const Scratch scratch;
    QByteArray &compressed = Scratch::bytes;
    WsDeflater &used = deflater();
    m_isDeflaterStale = true; // until the peer gets what it has seen
    used.deflate(payload, WsDeflater::Flush::Message, &compressed);
    const bool isShorter = compressed.size() < payload.size();
    if (isShorter) {
        appendFrame(wsOpcodeOf(type), compressed, true, WsFrameHeader::Rsv1);
        m_isDeflaterStale = false;
    }
    afterMessage();
    return isShorter;
}

bool WsSendQueue::isCompressed(qsizetype size) const
{
    return m_deflate && size > 0 && size >= m_deflate->threshold;
}

WsDeflater &WsSendQueue::deflater()
{
    if (!m_deflater) {
        m_deflater = m_deflate->takeover ? std::make_unique<WsDeflater>(m_deflate->parameters)
                                         : WsDeflater::take(m_deflate->parameters);
    } else if (m_isDeflaterStale) {
        m_deflater->reset();
    }
    m_isDeflaterStale = false;
    return *m_deflater;
}

void WsSendQueue::afterMessage()
{
    if (m_deflater && !m_deflate->takeover)
        WsDeflater::giveBack(std::move(m_deflater));
}

// --- messages in fragments

void WsSendQueue::sendFragments(Ws::MessageType type, const QByteArrayList &fragments)
{
    Outgoing message;
    message.type = type;
    message.pieces.reserve(fragments.size());
    for (const QByteArray &fragment : fragments)
        message.pieces.append(wsFitting(fragment));
    message.keepsPieces = true;
    enqueue(std::move(message));
}

void WsSendQueue::enqueue(Outgoing message)
{
    const qint64 size = totalSize(message.pieces);
    message.fragmentSize = m_fragmentSize;
    message.isCompressed = isCompressed(qsizetype(size));
    // What it costs by itself counts too, so that a line of empty messages is not endless.
    m_waitingSize += size + OutgoingCost + message.pieces.size() * PieceCost;
    m_waiting.push_back(std::move(message));
}

quint64 WsSendQueue::openMessage(Ws::MessageType type)
{
    Outgoing message;
    message.id = ++m_lastId;
    message.type = type;
    message.fragmentSize = m_fragmentSize;
    message.isFinished = false;
    message.keepsPieces = true;
    message.isCompressed = m_deflate != nullptr;
    m_waiting.push_back(std::move(message));
    return m_lastId;
}

// One that is not finished.
WsSendQueue::Outgoing *WsSendQueue::findOpen(quint64 message)
{
    const auto isIt = [=](const Outgoing &one) { return !one.isFinished && one.id == message; };
    const auto found = std::find_if(m_waiting.begin(), m_waiting.end(), isIt);
    return found == m_waiting.end() ? nullptr : &*found;
}

bool WsSendQueue::append(quint64 message, QByteArrayView bytes)
{
    Outgoing *outgoing = findOpen(message);
    if (!outgoing)
        return false;
    m_waitingSize += bytes.size();
    while (!bytes.isEmpty()) {
        if (outgoing->pieces.isEmpty() || outgoing->pieces.last().size() >= PieceSize) {
            outgoing->pieces.append(QByteArray());
            outgoing->pieces.last().reserve(qMin(bytes.size(), PieceSize));
        }
        QByteArray &piece = outgoing->pieces.last();
        const qsizetype size = qMin(bytes.size(), PieceSize - piece.size());
        piece.append(bytes.first(size));
        bytes = bytes.sliced(size);
    }
    return true;
}

bool WsSendQueue::finish(quint64 message)
{
    Outgoing *outgoing = findOpen(message);
    if (!outgoing)
        return false;
    outgoing->isFinished = true;
    output(); // those behind it need not wait any more
    return true;
}

qsizetype WsSendQueue::unencodedCount() const
{
    return std::count_if(m_waiting.begin(), m_waiting.end(),
                         [](const Outgoing &message) { return message.isFinished; });
}

qint64 WsSendQueue::waitingSize(quint64 message) const
{
    const auto found = std::find_if(m_waiting.begin(), m_waiting.end(),
                                    [=](const Outgoing &outgoing) { return outgoing.id == message; });
    return found == m_waiting.end() ? 0 : totalSize(found->pieces) - found->offset;
}

// --- encoding what waits

WsOutput &WsSendQueue::output()
{
    while (m_output.size() < RefillBelow && encodeNext()) {
    }
    if (m_hasClose && m_waiting.empty()) {
        m_hasClose = false;
        appendFrame(WsOpcode::Close, std::exchange(m_close, {}));
    }
    return m_output;
}

// Makes the next frame of what waits; returns whether there may be another.
bool WsSendQueue::encodeNext()
{
    if (m_waiting.empty())
        return false;
    Outgoing &message = m_waiting.front();
    if (message.pieces.isEmpty() && !message.isFinished)
        return false;
    const bool isWhole = message.id == 0 && !message.hasBegun && message.pieces.size() == 1;
    if (isWhole && !isSplit(message.pieces.first().size(), message.fragmentSize))
        encodeWhole();
    else
        encodePart(message);
    return true;
}

void WsSendQueue::fit()
{
    if (!m_waiting.empty() && !m_waiting.front().pieces.isEmpty() && m_waiting.front().id == 0)
        m_waiting.front().pieces.first() = wsFitting(m_waiting.front().pieces.first());
    m_output.fit();
}

void WsSendQueue::encodeWhole()
{
    const Outgoing message = std::move(m_waiting.front());
    m_waiting.pop_front();
    m_waitingSize -= message.pieces.first().size() + OutgoingCost + PieceCost;
    appendMessage(message.type, message.pieces.first());
}

void WsSendQueue::encodePart(Outgoing &message)
{
    const QByteArray piece = message.pieces.isEmpty() ? QByteArray() : message.pieces.first();
    const qsizetype left = piece.size() - message.offset;
    const qsizetype size = isSplit(left, message.fragmentSize) ? message.fragmentSize : left;
    const bool isPieceDone = size == left;
    const bool isLast = message.isFinished && isPieceDone && message.pieces.size() <= 1;
    if (m_role == WsRole::Server && size >= WsOutput::ShareFrom && !message.isCompressed)
        appendSharedFrame(nextOpcode(message), piece, message.offset, size, isLast);
    else
        encodeFragment(message, QByteArrayView(piece).sliced(message.offset, size), isLast);
    m_waitingSize -= size;
    message.offset = isPieceDone ? 0 : message.offset + size;
    if (isPieceDone && !message.pieces.isEmpty()) {
        message.pieces.removeFirst();
        m_waitingSize -= message.id == 0 ? PieceCost : 0;
    }
    if (isLast) {
        m_waitingSize -= message.id == 0 ? OutgoingCost : 0;
        m_waiting.pop_front();
        afterMessage();
    }
}

void WsSendQueue::encodeFragment(Outgoing &message, QByteArrayView bytes, bool isLast)
{
    if (!message.isCompressed) {
        appendFragment(message, bytes, isLast);
        return;
    }
    using Flush = WsDeflater::Flush;
    const Flush flush = isLast ? Flush::Message : message.keepsPieces ? Flush::Now : Flush::Later;
    const Scratch scratch;
    QByteArray &compressed = Scratch::bytes;
    WsDeflater &used = deflater();
    m_isDeflaterStale = true; // until the peer gets what it has seen
    used.deflate(bytes, flush, &compressed);
    // What zlib had kept comes at once: more, perhaps, than the fragment had before.
    QByteArrayView left = compressed;
    for (; isSplit(left.size(), message.fragmentSize); left = left.sliced(message.fragmentSize))
        appendFragment(message, left.first(message.fragmentSize), false);
    if (isLast || !left.isEmpty())
        appendFragment(message, left, isLast);
    m_isDeflaterStale = false;
}

void WsSendQueue::appendFragment(Outgoing &message, QByteArrayView payload, bool isLast)
{
    const WsOpcode opcode = nextOpcode(message);
    const bool isFirst = opcode != WsOpcode::Continuation;
    appendFrame(opcode, payload, isLast, isFirst && message.isCompressed ? WsFrameHeader::Rsv1 : quint8(0));
}

WsOpcode WsSendQueue::nextOpcode(Outgoing &message)
{
    return std::exchange(message.hasBegun, true) ? WsOpcode::Continuation : wsOpcodeOf(message.type);
}

// --- frames

// For each message: not a call of its own, though it may log.
inline void WsSendQueue::appendFrame(WsOpcode opcode, QByteArrayView payload, bool fin, quint8 rsv)
{
    WsFrameHeader header;
    header.opcode = opcode;
    header.fin = fin;
    header.rsv = rsv;
    header.length = quint64(payload.size());
    header.masked = m_role == WsRole::Client;
    if (header.masked)
        header.maskingKey = Q_LIKELY(!m_maskGenerator) ? wsNewMaskingKey() : (*m_maskGenerator)();
    const qsizetype headerSize = header.encodedSize();
    char *out = m_output.reserve(headerSize + payload.size());
    header.encode(out);
    if (header.masked)
        wsMask(out + headerSize, payload.data(), payload.size(), header.maskingKey);
    else if (!payload.isEmpty())
        std::memcpy(out + headerSize, payload.data(), size_t(payload.size()));
    if (wsIsProtocolLogged()) // last, and from the bytes: nothing is kept in registers for it
        logFrame(WsFrameHeader::decode(out), payload);
}

void WsSendQueue::appendSharedFrame(WsOpcode opcode, const QByteArray &bytes, qsizetype start, qsizetype size,
                                    bool fin)
{
    WsFrameHeader header;
    header.opcode = opcode;
    header.fin = fin;
    header.length = quint64(size);
    if (wsIsProtocolLogged())
        logFrame(header, {});
    header.encode(m_output.reserve(header.encodedSize()));
    m_output.appendShared(bytes, start, size);
}

// One that many connections share.
void WsSendQueue::appendPreparedFrame(const QByteArray &frame)
{
    if (wsIsProtocolLogged())
        logFrame(WsFrameHeader::decode(frame.constData()), {});
    m_output.appendShared(frame);
}

void WsSendQueue::logFrame(WsFrameHeader header, QByteArrayView payload) const
{
    if (header.opcode == WsOpcode::Close)
        wsLogSentClose(m_id, payload);
    else
        wsLogSentFrame(m_id, header);
}

void WsSendQueue::sendControl(WsOpcode opcode, QByteArrayView payload)
{
    appendFrame(opcode, payload);
}

// --- the end

void WsSendQueue::sendClose(QByteArrayView payload)
{
    for (auto message = m_waiting.begin(); message != m_waiting.end();) {
        if (message->isFinished) {
            ++message;
        } else if (message->hasBegun) { // it is the first
            m_droppedCount += unencodedCount();
            cut();
            break;
        } else {
            m_waitingSize -= totalSize(message->pieces);
            message = m_waiting.erase(message);
        }
    }
    if (m_waiting.empty()) {
        appendFrame(WsOpcode::Close, payload);
        return;
    }
    m_close = payload.toByteArray();
    m_hasClose = true;
}

void WsSendQueue::cut()
{
    m_waiting.clear();
    m_waitingSize = 0;
    m_hasClose = false;
    afterMessage();
}

void WsSendQueue::discard()
{
    cut();
    m_output.clear();
}
