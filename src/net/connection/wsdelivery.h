// SPDX-License-Identifier: MIT
#ifndef WSDELIVERY_H
#define WSDELIVERY_H

#include "net/connection/wspulling.h"
#include "protocol/wsprotocol.h"

#include <WsKit/wsconnection.h>

#include <QtCore/qbytearraylist.h>

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

class WsByteStreamPrivate;
class WsConnectionPrivate;
class WsLifeGuard;
class WsMessageStream;
class WsTimeBudget;
enum class WsHold : quint8;

// Delivers the events of the engine to the application: to a handler, by signals, when it takes messages
// (pulling), or as streams.
class WsDelivery
{
public:
    // The signals that are connected. The arguments of others are not created.
    enum Listener : quint16 {
        Messages = 1,
        Texts = 2,
        Binaries = 4,
        Pings = 8,
        Sent = 16,
        Amounts = 32,
        Streams = 64,
        TextFrames = 128,
        BinaryFrames = 256,
        Scripts = 512 // may be among them, and write into the memory of the arrays that they get
    };

    // From now on there may be scripts in this process.
    static void expectScripts();

    explicit WsDelivery(WsConnectionPrivate &connection) : d(connection) { }
    ~WsDelivery();
    Q_DISABLE_COPY_MOVE(WsDelivery)

    void reset();

    // Delivers what was received as long as \a guard holds and delivery is not stopped. Returns false if
    // others are to have their turn first: \a budget is used up, or a message that took several turns is
    // complete.
    bool deliverEvents(WsLifeGuard &guard, WsTimeBudget &budget);
    // Keeps it instead, in a pause or while a slot that gets a message is on the stack.
    void keepShownPayload();
    bool collectEvents(WsTimeBudget &budget) { return collectEvents(budget, false); }
    // The same for as long as there is room within highWaterMark.
    void collectUpToMark();
    bool hasRoom() const;
    bool hasBacklog() const { return m_backlog && !m_backlog->events.empty(); }
    // The connection has ended.
    void dropBacklog();
    // The connection leaves the thread, and slots on the stack with it.
    void leaveThread();
    void arriveInThread();

    quint16 listeners()
    {
        if (!m_areListenersKnown.load(std::memory_order_acquire))
            findListeners();
        return m_listeners;
    }
    // From any thread.
    void forgetListeners() { m_areListenersKnown = false; }
    // The same after something was connected to \a signal.
    void noteConnected(const QMetaMethod &signal);

    void setMessageHandler(WsConnection::MessageHandler handler);
    // A handler has thrown: all further messages of this opening are dropped.
    void dropMessages();

    void setPaused(bool paused);
    void endPause();

    // --- messages that the application takes. announcePulling() may be called by any thread.
    bool isPulled() const { return m_isPulled.load(std::memory_order_relaxed); }
    void announcePulling() { m_isPulled = true; }
    // Returns false if the messages go to a WsByteStream.
    bool mayPull();
    void startPulling();
    void addReceiver(QPromise<WsPulling::Result> receiver);
    bool hasMessage() const { return m_pulling && !m_pulling->isEmpty(); }
    WsMessage takeMessage();
    WsWaitingReceivers takeWaiting();
    void clearUnread();

    // --- streams
    Ws::BinaryType binaryType() const { return m_binaryType; }
    void setBinaryType(Ws::BinaryType type);
    // Tells the engine, which may be a new one, how to return messages.
    void updateParts();
    WsMessageStream *openMessage(Ws::MessageType type);
    // Something of the stream was read, or it was closed, or has ended.
    void onStreamRead();
    // Whether the connection may read on: after something has arrived, or was read. Not within a read.
    void checkReaders();
    // The same from the event loop, if a reader holds the connection up.
    void checkReadersSoon();
    // The rest of the message is dropped when it arrives.
    void abandonStream();
    // The connection has ended: streams end within their messages.
    void endStreams();
    // The data of the stream that is read can still be read, without the connection.
    void letGoOfStream();
    // The stream no longer writes to the connection.
    void letGoOfWritten(WsMessageStream *stream);
    // Both, of all streams.
    void letGoOfStreams();
    void noteStream() { m_hasStreams = true; }
    // In a thread without an event loop, where nothing else does that.
    void deleteFinishedStreams()
    {
        if (Q_UNLIKELY(m_hasStreams))
            lookForFinishedStreams();
    }
    // The connection is being deleted.
    void forgetStreams();
    // From now on \a stream gets the bytes of all messages. Returns false if something else gets them.
    bool attach(WsByteStreamPrivate *stream);
    void detach();
    // The client stays closed. Ends a stream that has waited for another attempt, which emits signals.
    void onStayingClosed();
    // Queues what was written to it in this turn of the event loop.
    void sendPending();
    // The same without a signal, before the connection is deleted.
    void sendPendingSilently();

    // --- whoever is slow holds up the peer
    bool hasUnread() const;
    void updateReading();

private:
    struct KeptEvent
    {
        WsEvent event;
        QByteArray payload;
    };
    // What has arrived in a pause, or while a slot ran an event loop.
    struct Backlog
    {
        std::deque<KeptEvent> events;
        qint64 size = 0;
    };

    // The text of the last frame of a message, for the message if it is the same.
    struct FinalText
    {
        QString text;
        qsizetype size; // in bytes
    };

    bool deliverKept(WsLifeGuard &guard);
    bool collectEvents(WsTimeBudget &budget, bool isLimited);
    static qint64 sizeOf(const KeptEvent &kept);
    bool hasRoomFor(const WsEvent &event);
    void dropRest();
    QByteArray takePayload();
    QByteArray payloadToKeep(const WsEvent &event);
    void deliver(const WsEvent &event, const WsLifeGuard &guard);
    // \a finalText is that of the message's last frame, if it was created.
    void deliverMessage(const WsEvent &event, const WsLifeGuard &guard, FinalText *finalText = nullptr);
    void deliverTwice(const WsEvent &event, const WsLifeGuard &guard, FinalText *finalText);
    void emitText(QString text, const WsLifeGuard &guard);
    void emitArray(QByteArray data, const WsLifeGuard &guard);
    QByteArray unshared(const QByteArray &data);
    bool isWanted(const WsEvent &event);
    bool wantsFrame(Ws::MessageType type);
    void deliverFrame(const WsEvent &event, const WsLifeGuard &guard);
    QString textOf(QByteArrayView payload, FinalText *frame);
    QByteArray arrayOf(const WsEvent &event);
    // The same string if the frame is all of the message.
    static QString textAfterFrame(QByteArrayView payload, FinalText *frame);
    void onHandlerThrew(const QString &text, const WsLifeGuard &guard);
    void deliverPing(QByteArrayView payload);
    void deliverPong(const QByteArray &payload);
    void findListeners();
    void keepRunningHandler();

    bool hasRoomToPull();
    void pullMessage(const WsMessage &message);
    void startStream(Ws::MessageType type);
    void continueStream(QByteArrayView bytes);
    void endStream();
    void continueByteStream(QByteArrayView bytes);
    void takeWholeMessage(const WsEvent &event);
    void lookForFinishedStreams();
    bool isConsumerBehind() const;
    bool isAbove(qint64 size, WsHold hold) const;

    WsConnectionPrivate &d;
    std::shared_ptr<WsConnection::MessageHandler> m_handler;
    // The handler of the next opening, perhaps none, while m_handler is one that drops everything.
    std::optional<std::shared_ptr<WsConnection::MessageHandler>> m_nextHandler;
    std::unique_ptr<WsPulling> m_pulling;    // if the application takes messages
    WsMessageStream *m_readStream = nullptr; // the message that is arriving, or is not read to its end
    QList<WsMessageStream *> m_writtenStreams; // that are open; they may have other parents
    WsByteStreamPrivate *m_byteStream = nullptr;
    qint64 m_bytesBeforeStream = 0; // of payload
    bool m_isReaderCheckDue = false;
    bool m_hasStreams = false; // whether some may exist that the connection deletes
    std::unique_ptr<Backlog> m_backlog;
    std::unique_ptr<WsMessage> m_halfDelivered; // by messageReceived(), not yet by the signal for its type
    QByteArrayList m_shownPayloads;             // payloads that slots on the stack use
    QByteArray *m_keptPayload = nullptr;        // of the event that is delivered, if it was kept
    std::atomic<Ws::BinaryType> m_binaryType{Ws::ByteArray};
    std::atomic<bool> m_isPulled{false}; // from now on
    std::atomic<bool> m_areListenersKnown{false};
    bool m_dropsRest = false;     // of this opening: there was no room after our own Close
    bool m_expectsFrames = false; // something may be connected to the signals for frames
    bool m_isHalfLeft = false;    // the slot that has got it by messageReceived() has moved the connection
    quint16 m_listeners = 0;
    std::unique_ptr<FinalText> m_finalText;
};

#endif // WSDELIVERY_H
