// SPDX-License-Identifier: MIT
#ifndef WSSENDQUEUE_H
#define WSSENDQUEUE_H

#include "protocol/wsdeflate.h"
#include "protocol/wsframe.h"
#include "protocol/wsmemory.h"
#include "protocol/wsoutput.h"
#include "protocol/wsprotocollog.h"

#include <WsKit/wspreparedmessage.h>

#include <QtCore/qbytearraylist.h>

#include <functional>
#include <list>
#include <memory>

enum class WsRole : quint8 { Client, Server };

// Returns a key for each frame.
using WsMaskGenerator = std::shared_ptr<const std::function<WsMaskingKey()>>;

// How messages are compressed for sending (RFC 7692).
struct WsDeflateSending
{
    WsDeflateParameters parameters;
    qsizetype threshold = 0;
    bool takeover = true;
};

// What is to be sent, in order: encoded frames, followed by messages that are not encoded yet.
//
// A message is encoded immediately if nothing waits in front of it. Messages that are written piece by piece
// or sent in several fragments wait unencoded, and their frames are made when the output runs low. Only
// control frames are sent between the fragments of a message, and they do not have to wait for its end.
class WsSendQueue
{
public:
    // The log calls the connection by \a id.
    explicit WsSendQueue(WsRole role, quint64 id = 0) : m_id(id), m_role(role) { }

    quint64 id() const { return m_id; }

    // The size above which a message is split; 0 means never.
    void setFragmentSize(qsizetype size) { m_fragmentSize = size; }
    void setDeflate(const WsDeflateSending &deflate);
    // Where masking keys come from; null: from the system's generator.
    void setMaskGenerator(WsMaskGenerator generator) { m_maskGenerator = std::move(generator); }

    void send(Ws::MessageType type, const QByteArray &payload);
    // The same at less cost, if it is short and nothing special applies. Otherwise returns false.
    bool sendShort(Ws::MessageType type, QByteArrayView payload)
    {
        const qsizetype size = payload.size();
        const bool isPlain = size <= WsFrameHeader::MaxLength7 && m_role == WsRole::Server
                             && m_waiting.empty() && !m_deflate && !isSplit(size, m_fragmentSize)
                             && !wsIsProtocolLogged();
        if (!isPlain)
            return false;
        WsFrameHeader::writeShort(m_output.reserve(WsFrameHeader::ShortSize + size), wsOpcodeOf(type),
                                  payload);
        return true;
    }
    void send(const WsPreparedMessage &message);
    // The same message for send(), without what only other connections need of it.
    WsPreparedMessage waiting(const WsPreparedMessage &message) const;
    // One message, each element of \a fragments in a frame of its own.
    void sendFragments(Ws::MessageType type, const QByteArrayList &fragments);

    // Begins a message whose size is not known yet, and returns its id for the other functions.
    quint64 openMessage(Ws::MessageType type);
    // Both return false if the message was cut off.
    bool append(quint64 message, QByteArrayView bytes);
    bool finish(quint64 message);
    // The size of the part that is not encoded yet.
    qint64 waitingSize(quint64 message) const;
    bool isFirst(quint64 message) const { return !m_waiting.empty() && m_waiting.front().id == message; }

    // Whether something waits that is not encoded, and whether it waits behind a message that is not
    // finished.
    bool hasUnencoded() const { return !m_waiting.empty(); }
    bool isHeldUp() const { return hasUnencoded() && !m_waiting.front().isFinished; }
    // How many finished messages are not completely encoded.
    qsizetype unencodedCount() const;
    // How many finished messages sendClose() has dropped.
    qsizetype droppedCount() const { return m_droppedCount; }

    void sendControl(WsOpcode opcode, QByteArrayView payload);
    // Is sent after all messages. Messages that are not finished are cut off, and messages that wait after
    // one that has begun are lost.
    void sendClose(QByteArrayView payload);
    // Whether messages are still to be encoded before it.
    bool isCloseWaiting() const { return m_hasClose; }
    // Drops everything that is not encoded.
    void cut();

    // Encodes enough for one write and returns the output.
    WsOutput &output();
    // As WsOutput::fit(), with what is not encoded yet.
    void fit();
    const WsOutput &encoded() const { return m_output; }
    // The size of everything, encoded or not.
    qint64 size() const { return m_output.size() + m_waitingSize; }
    void discard();
    // Frees the buffer that is kept for later frames.
    void squeeze() { m_output.squeeze(); }

private:
    struct Outgoing
    {
        quint64 id = 0; // if it is written piece by piece
        Ws::MessageType type = Ws::Text;
        QByteArrayList pieces;
        qsizetype offset = 0;       // how much of the first piece is encoded
        qsizetype fragmentSize = 0; // as it was when the message was sent
        bool isFinished = true;
        bool hasBegun = false;
        bool isCompressed = false;
        bool keepsPieces = false; // each is flushed, so that the peer can inflate it when its frame arrives
    };

    static constexpr qint64 OutgoingCost =
        sizeof(Outgoing) + WsArrayCost; // with the list's node and the pieces' array
    static constexpr qint64 PieceCost = sizeof(QByteArray) + WsArrayCost;

    Outgoing *findOpen(quint64 message);
    void enqueue(Outgoing message);
    static bool isSplit(qsizetype size, qsizetype fragmentSize)
    {
        return fragmentSize > 0 && size > fragmentSize;
    }
    bool encodeNext();
    void encodeWhole();
    void encodePart(Outgoing &message);
    void encodeFragment(Outgoing &message, QByteArrayView bytes, bool isLast);
    void appendFragment(Outgoing &message, QByteArrayView payload, bool isLast);
    void appendFrame(WsOpcode opcode, QByteArrayView payload, bool fin = true, quint8 rsv = 0);
    void appendSharedFrame(WsOpcode opcode, const QByteArray &bytes, qsizetype start, qsizetype size,
                           bool fin);
    static WsOpcode nextOpcode(Outgoing &message);
    void appendPreparedFrame(const QByteArray &frame);
    Q_DECL_COLD_FUNCTION void logFrame(WsFrameHeader header, QByteArrayView payload) const;
    void appendMessage(Ws::MessageType type, const QByteArray &payload);
    bool appendCompressed(Ws::MessageType type, QByteArrayView payload);
    bool isCompressed(qsizetype size) const;
    WsDeflater &deflater();
    void afterMessage();

    quint64 m_id;
    WsRole m_role;
    bool m_hasClose = false;
    qsizetype m_fragmentSize = 0;
    WsOutput m_output;
    std::list<Outgoing> m_waiting;
    qint64 m_waitingSize = 0;
    quint64 m_lastId = 0;
    qsizetype m_droppedCount = 0;
    QByteArray m_close; // the payload of the Close frame, while messages wait in front of it
    WsMaskGenerator m_maskGenerator;
    std::unique_ptr<WsDeflateSending> m_deflate;
    std::unique_ptr<WsDeflater> m_deflater; // without context takeover, only during a message
    bool m_isDeflaterStale = false;         // its window differs from the peer's
};

#endif // WSSENDQUEUE_H
