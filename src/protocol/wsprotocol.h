// SPDX-License-Identifier: MIT
#ifndef WSPROTOCOL_H
#define WSPROTOCOL_H

#include "protocol/wsdeflateagreement.h"
#include "protocol/wssendqueue.h"
#include "protocol/wsutf8.h"

#include <QtCore/qstring.h>

#include <limits>
#include <utility>

struct WsLimits
{
    quint64 maxMessageSize = 16 * 1024 * 1024;
    quint64 maxFrameSize = 16 * 1024 * 1024;
    int maxFragments = 262144;
    qsizetype fragmentSize = 0; // of what is sent; 0: never split
};

// Which rule the peer broke, or which limit it exceeded, and the close code that it is sent.
struct WsFailure
{
    Ws::ErrorKind kind = Ws::ErrorKind::None;
    quint16 closeCode = 0;
    QString text;
};

struct WsEvent
{
    enum Type : quint8 {
        NeedsBytes,
        Unfinished, // as much was inflated as was asked for, and there is more to do
        Message,
        Frame,         // a data frame of a message that is returned whole after the last of them
        FinalFrame,    // the last of them
        FramedMessage, // the whole message
        MessageStart,  // a streamed message begins: its type
        MessageData,   // the next part of it
        MessageEnd,    // it is complete
        Ping,
        Pong,
        Close,
        Eof,
        Failure
    };

    Type type = NeedsBytes;
    Ws::MessageType messageType = Ws::Text;
    quint16 closeCode = 0;  // of a Close: 1005 if it carried none
    QByteArrayView payload; // valid until the next call of receive() or nextEvent(); of a Close: its reason
};

// RFC 6455 after the opening handshake, for either role: bytes in, events out; calls in, bytes out.
class WsProtocol
{
public:
    enum class State : quint8 {
        Open,
        ClosedByUs,   // our Close is queued, the peer's has not arrived
        ClosedByPeer, // the peer's came first; our answer is queued
        Closed,       // ours came first and was answered
        Failed,       // the peer broke a rule and was told; nothing more is read
        Lost          // the bytes ended without a Close of the peer
    };

    // If this many pongs wait in the output, only the answer to the latest ping is kept besides them
    // (RFC 6455 §5.5.3 allows that), so that a flood of pings costs no memory.
    static constexpr int MaxQueuedPongs = 64;

    // The log calls the connection by \a id.
    explicit WsProtocol(WsRole role, const WsLimits &limits = {}, quint64 id = 0);

    State state() const { return m_state; }
    // How many finished messages wait behind an unfinished one, and are not completely encoded.
    qsizetype unencodedCount() const { return m_queue.unencodedCount(); }
    // How many finished messages were dropped because they waited behind one when this side closed.
    qsizetype droppedCount() const { return m_queue.droppedCount(); }
    // Whether both sides have sent a Close frame.
    bool isCloseComplete() const { return m_state == State::ClosedByPeer || m_state == State::Closed; }
    void setLimits(const WsLimits &limits);
    // RFC 7692. Call this before the first byte is received and the first message is sent.
    void setDeflate(const WsDeflateAgreement &agreement, const WsCompression &own);
    // How messages, from the next one on, are returned. No limit applies to those that are streamed.
    enum class Parts : quint8 {
        Whole,
        Framed,  // whole, after each of their frames
        Streamed // in parts as they arrive
    };
    void setParts(Parts parts) { m_nextParts = parts; }
    // The keys of a client's frames come from \a generator, from the next frame that is encoded; null: random
    // ones.
    void setMaskGenerator(WsMaskGenerator generator) { m_queue.setMaskGenerator(std::move(generator)); }
    const WsFailure &failure() const { return m_failure; }

    // Appends \a bytes to those that are not parsed yet.
    void receive(QByteArray bytes);
    // Where the next bytes may be put, \a most of them, instead of calling receive(): they belong to a long
    // message, and would be copied there. Empty if they may not.
    struct Room
    {
        char *begin = nullptr;
        qsizetype size = 0;
    };
    Room roomForPayload(qsizetype most);
    // Takes the first \a size bytes of that room. It has to be called after each roomForPayload() that is not
    // empty.
    void receiveInPlace(qsizetype size);
    // The transport has ended; nothing follows what was received.
    void receiveEof() { m_eof = !m_isEofReturned; }
    // Whether its event has been returned.
    bool hasReturnedEof() const { return m_isEofReturned; }
    // If it has to inflate more than \a most bytes before there is an event, it returns Unfinished, and goes
    // on when it is called again.
    WsEvent nextEvent(qint64 most = std::numeric_limits<qint64>::max());
    // Whether the last event was Unfinished.
    bool isUnfinished() const { return m_isUnfinished; }
    // Returns the payload of the event that nextEvent() just returned; moves it if possible, else copies it.
    QByteArray takePayload();
    // The same of a Frame or FinalFrame. It shares its memory with the message if it is all of that.
    QByteArray frameOf(const WsEvent &event) const;
    // Returns the storage of the bytes last received, so that it can be reused, once all are parsed.
    QByteArray takeSpentBytes();
    // Keeps the bytes that are not parsed in no more memory than twice their size, and forgets the payload of
    // the last event: reading has stopped, and it may be long before it goes on.
    void fitBytes();
    // The storage of that payload: whoever keeps it can look at the payload for longer.
    QByteArrayList payloadStorage() const;

    // Each returns false and queues nothing unless the state is Open. Text must be UTF-8.
    bool sendMessage(Ws::MessageType type, const QByteArray &payload);
    // The same at less cost for a short message, which sendMessage() has to send if this returns false.
    bool sendShort(Ws::MessageType type, QByteArrayView payload)
    {
        return m_state == State::Open && m_queue.sendShort(type, payload);
    }
    bool send(const WsPreparedMessage &message);
    WsPreparedMessage waiting(const WsPreparedMessage &message) const { return m_queue.waiting(message); }
    bool sendFragments(Ws::MessageType type, const QByteArrayList &fragments);
    // Sends a message in parts. Messages that are sent meanwhile follow it. beginMessage() returns 0 if the
    // message cannot begin; the other two return false after it was cut off.
    quint64 beginMessage(Ws::MessageType type);
    bool continueMessage(quint64 message, QByteArrayView bytes);
    bool endMessage(quint64 message);
    // How much of the message is not encoded into frames yet, and whether no other message is before it.
    qint64 unencodedSize(quint64 message) const { return m_queue.waitingSize(message); }
    bool hasUnencoded() const { return m_queue.hasUnencoded(); }
    bool isHeldUp() const { return m_queue.isHeldUp(); }
    bool isFirstInLine(quint64 message) const { return m_queue.isFirst(message); }
    bool sendPing(QByteArrayView payload);
    bool sendPong(QByteArrayView payload);
    // NoStatus sends a Close without a code. A code that may not be sent is refused. The reason is cut to 123
    // bytes.
    bool sendClose(quint16 code, QByteArrayView reason);
    // Ends the connection: sends \a closeCode and \a text to the peer, and ignores what it still sends.
    void fail(Ws::ErrorKind kind, quint16 closeCode, const QString &text);
    // Closes an open one because this side cannot go on. The peer is told \a closeCode and \a reason alone.
    void giveUp(Ws::ErrorKind kind, quint16 closeCode, const QString &text, QByteArrayView reason = {});

    // The bytes to be written.
    WsOutput &output();
    void fitOutput() { m_queue.fit(); } // see WsOutput::fit()
    qint64 outputSize() const { return m_queue.size(); }
    // The part of it that is encoded into frames.
    qint64 encodedSize() const { return m_queue.encoded().size(); }
    // Frees the buffers that are kept for the next messages.
    void squeeze();
    // Whether the transport dropped some of it, because its peer was gone.
    bool hasLostOutput() const { return m_queue.encoded().hasLost(); }
    // To be called when nothing can be written any more.
    void discardOutput() { m_queue.discard(); }
    // The number of bytes written since the beginning.
    qint64 writtenSize() const { return m_queue.encoded().written(); }

private:
    enum class Phase : quint8 { Header, Payload, End };

    // The state of inflating compressed messages.
    struct Inflating
    {
        quint8 windowBits = 15;
        bool takeover = true;
        qint64 work = 0;                      // what nextEvent() has inflated
        bool isEndSet = false;                // the end of the message has been given to the inflater
        std::unique_ptr<WsInflater> inflater; // without takeover only while a message lasts
        QByteArray buffer;                    // the result of a step, while it is a payload
    };

    // Whether this side's Close is not even encoded, so that control frames may still be sent before it.
    bool isBeforeClose() const
    {
        return m_state == State::Open || (m_state == State::ClosedByUs && m_queue.isCloseWaiting());
    }
    bool isReading() const { return m_state == State::Open || m_state == State::ClosedByUs; }
    qsizetype available() const { return m_bytes.size() - m_position; }
    bool isPayloadIn(const QByteArray &buffer) const
    {
        return !buffer.isEmpty() && m_payload.data() == buffer.constData();
    }
    void releasePayload()
    {
        if (!m_message.isEmpty() || !m_control.isEmpty() || m_inflating)
            releaseStorage();
        m_payload = {};
    }
    void releaseStorage();
    void releaseInflated()
    {
        if (m_inflating && !m_inflating->buffer.isNull())
            giveInflateBufferBack();
    }
    void giveInflateBufferBack();
    bool hasInflated(qint64 most) const { return m_inflating && m_inflating->work >= most; }
    WsEvent eofEvent();

    qsizetype shortHeaderSize() const
    {
        return WsFrameHeader::ShortSize + (m_role == WsRole::Server ? qsizetype(sizeof(WsMaskingKey)) : 0);
    }
    qsizetype shortSize(const char *frame) const;
    bool takeShort(WsEvent *event);
    bool checkShortText();
    bool parseHeader();
    bool gatherHeader();
    bool checkStart(const WsFrameHeader &frame);
    bool checkReserved(const WsFrameHeader &frame);
    bool isStreamed(const WsFrameHeader &frame) const
    {
        return (frame.opcode == WsOpcode::Continuation ? m_parts : m_nextParts) == Parts::Streamed;
    }
    bool checkDataStart(const WsFrameHeader &frame);
    bool checkLength(const WsFrameHeader &frame);
    void startFrame(const WsFrameHeader &frame);
    bool reject(quint16 closeCode, const char *text);
    bool rejectSize(quint16 closeCode, const char *text);

    WsEvent readPayload();
    WsEvent readDataPayload();
    bool needsBytes() const;
    bool isFrameDone() const;
    QByteArrayView nextMessageBytes();
    QByteArrayView inflatedBytes();
    qsizetype inflatingRoom() const;
    bool feedInflater();
    void startInflating();
    void finishInflating();
    WsEvent returnPart(QByteArrayView bytes, bool messageEnds);
    WsEvent streamed(QByteArrayView bytes, bool messageEnds);
    WsEvent framed(QByteArrayView bytes, bool messageEnds);
    WsEvent endParts();
    bool isMessageTooBig(qsizetype more) const;
    WsEvent readControlPayload();
    QByteArrayView nextPayloadBytes(bool *isGoodText = nullptr);
    void unmask(char *bytes, qsizetype size, bool *isGoodText);
    WsEvent readInPlace();
    void growMessage(qsizetype size, qsizetype capacity);
    void appendToMessage(QByteArrayView bytes);
    bool checkMessageEnd();
    WsEvent finishMessage(QByteArrayView lastBytes);
    WsEvent onControl(QByteArrayView payload);
    WsEvent onClose(QByteArrayView payload);
    bool sendControl(WsOpcode opcode, QByteArrayView payload);
    void queuePong(QByteArrayView payload);
    WsEvent failureEvent() const;

    QByteArray closePayload(quint16 code, QByteArrayView reason) const;

    WsRole m_role;
    State m_state = State::Open;
    Phase m_phase = Phase::Header;
    Ws::MessageType m_messageType = Ws::Text;
    bool m_isInMessage = false;
    Parts m_nextParts = Parts::Whole; // of the next message
    Parts m_parts = Parts::Whole;     // of the one that is arriving
    bool m_isStartTold = false;
    bool m_isMessageCompressed = false;
    bool m_isUnfinished = false;
    bool m_eof = false;
    bool m_isEofReturned = false;
    bool m_hasLatestPong = false;
    quint8 m_headerSize = 0;
    char m_header[WsFrameHeader::MaxSize] = {}; // of a header that came in pieces
    WsUtf8Validator m_utf8;
    int m_fragments = 0;
    int m_queuedPongs = 0;
    WsFrameHeader m_frame;
    quint64 m_frameRead = 0;
    QByteArray m_bytes; // what was received last
    qsizetype m_position = 0;
    QByteArray m_message;       // what has arrived of a message that is not whole in m_bytes
    qsizetype m_inPlace = 0;    // how much at its end was received in place, and is not processed
    qsizetype m_framedSize = 0; // how much of it was returned as frames
    QByteArray m_control;       // the same of a control frame
    QByteArrayView m_payload;   // of the event last returned
    QByteArray m_latestPong;
    qint64 m_pongsWrittenAt = 0;            // the output's written() when all queued pongs are gone
    std::unique_ptr<Inflating> m_inflating; // RFC 7692, where it was agreed on
    WsLimits m_limits;
    quint8 m_mostShort = 0; // the longest payload of a short message within the limits
    WsSendQueue m_queue;
    WsFailure m_failure;
};

#endif // WSPROTOCOL_H
