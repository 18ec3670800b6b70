// SPDX-License-Identifier: MIT
#ifndef WSSENDQUEUE_H
#define WSSENDQUEUE_H

#include "protocol/wsdeflate.h"
#include "protocol/wsframe.h"
#include "protocol/wsoutput.h"

#include <WsKit/wspreparedmessage.h>

#include <QtCore/qbytearraylist.h>

#include <list>

enum class WsRole : quint8 { Client, Server };

// How messages are compressed on their way out (RFC 7692).
struct WsDeflateSending
{
    WsDeflateParameters parameters;
    qsizetype threshold = 0;
    bool takeover = true;
};

// What is to be sent, in its order: frames that are made, and behind them messages that are not.
//
// A message is encoded at once where nothing is in front of it. Those that are written piece by piece or go
// out in several fragments wait unencoded, and their frames are made when the output runs short. So nothing
// gets between the fragments of a message but control frames, which find their way there without delay.
class WsSendQueue
{
public:
    // The log calls the connection by \a id.
    explicit WsSendQueue(WsRole role, quint64 id = 0) : m_id(id), m_role(role) { }

    quint64 id() const { return m_id; }

    // From what size on a message is split; 0: never.
    void setFragmentSize(qsizetype size) { m_fragmentSize = size; }
    void setDeflate(const WsDeflateSending &deflate);

    void send(Ws::MessageType type, const QByteArray &payload);
    void send(const WsPreparedMessage &message);
    // One message, each element of \a fragments in a frame of its own.
    void sendFragments(Ws::MessageType type, const QByteArrayList &fragments);

    // Begins a message whose size is not known yet; returns what the other functions know it by.
    quint64 openMessage(Ws::MessageType type);
    // False: the message was cut off.
    bool append(quint64 message, QByteArrayView bytes);
    bool finish(quint64 message);
    // What of it is not encoded.
    qint64 waitingSize(quint64 message) const;
    bool isFirst(quint64 message) const { return !m_waiting.empty() && m_waiting.front().id == message; }

    void sendControl(WsOpcode opcode, QByteArrayView payload);
    // Behind all the messages; those that are not finished are cut off, and what waits behind one that has
    // begun is lost.
    void sendClose(QByteArrayView payload);
    // Drops what is not encoded.
    void cut();

    // With as much encoded as keeps a write busy.
    WsOutput &output();
    const WsOutput &encoded() const { return m_output; }
    // Of what is encoded and what waits.
    qint64 size() const { return m_output.size() + m_waitingSize; }
    void discard();
    // Frees the buffer that is kept for what comes next.
    void squeeze() { m_output.squeeze(); }

private:
    struct Outgoing
    {
        quint64 id = 0; // of a message that is written piece by piece
        Ws::MessageType type = Ws::Text;
        QByteArrayList pieces;
        qsizetype offset = 0;       // how much of the first piece has been encoded
        qsizetype fragmentSize = 0; // as it was when the message was sent
        bool isFinished = true;
        bool hasBegun = false;
        bool isCompressed = false;
        bool keepsPieces = false; // each of them is flushed, so that the peer gets it when it gets the frame
    };

    static constexpr qint64 OutgoingCost = sizeof(Outgoing);
    static constexpr qint64 PieceCost = sizeof(QByteArray);

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
    void appendSharedFrame(WsOpcode opcode, const QByteArray &payload);
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
    QByteArray m_close; // its payload, while messages wait before it
    std::unique_ptr<WsDeflateSending> m_deflate;
    std::unique_ptr<WsDeflater> m_deflater; // without takeover only while a message lasts
    bool m_isDeflaterStale = false;         // the peer's window has something else than its own
};

#endif // WSSENDQUEUE_H
