// SPDX-License-Identifier: MIT
#ifndef WSLINK_H
#define WSLINK_H

#include "net/connection/wsratelimit.h"
#include "net/socket/wssendlimit.h"
#include "net/socket/wstransport.h"
#include "protocol/wsprotocol.h"

#include <atomic>
#include <vector>

class WsConnectionPrivate;
class WsLifeGuard;
class WsThreadContext;
struct WsAgreement;

// Why nothing is read, or delivered.
enum class WsHold : quint8 {
    Paused = 1,     // by the application: nothing is delivered, and reading goes on until Ahead
    HeldBack = 2,   // more than highWaterMark waits to be sent
    Behind = 4,     // more than highWaterMark waits to be taken
    Announcing = 8, // the server's thread has not emitted newConnection() yet
    Deciding = 16,  // the request handler has not answered yet
    Waiting = 32,   // in waitForOpened(), after which the application decides how to get messages
    Ahead = 64,     // more than highWaterMark was read ahead in a pause, or while a slot runs an event loop
    Slowed = 128 // the peer sends more than maxMessagesPerSecond, after which nothing is delivered, or more
                 // than maxBytesPerSecond, after which nothing is read
};

// The transport and the engine of one connection, and the bytes between the two.
class WsLink final : public WsTransport::User
{
public:
    WsLink(WsConnectionPrivate &connection, WsRole role);
    ~WsLink();
    Q_DISABLE_COPY_MOVE(WsLink)

    WsProtocol &protocol() { return m_protocol; }
    const WsProtocol &protocol() const { return m_protocol; }
    WsTransport *transport() const { return m_transport.get(); }

    void attach(std::unique_ptr<WsTransport> transport);
    std::unique_ptr<WsTransport> takeTransport() { return std::move(m_transport); }
    // A new engine for a new opening.
    void reset();
    // The opening handshake has succeeded. \a rest was received after it.
    void establish(const WsAgreement &agreement, const QByteArray &rest);
    // Release the transport: at once, or when all written data has been sent.
    void cut();
    void finish();
    // The same for a connection that is being deleted: what the transport itself keeps is lost.
    void release();
    // Releases the transport at once; another one follows for the same opening.
    void cutForNext();

    // Whether to read, and whether to deliver.
    bool mayRead() const;
    bool mayDeliver() const // asked for each message
    {
        return m_transport && (m_holds.load(std::memory_order_relaxed) == 0 || mayDeliverHeld());
    }
    bool isHeld(WsHold reason) const;
    // Whether the peer can be heard: none of the reasons holds that may last as long as this side wants.
    bool isListening() const;
    // Returns whether this changes anything.
    bool hold(WsHold reason, bool isHeld = true);

    // How fast the peer may send; from now on.
    void setRates(const WsRates &rates);
    bool isRateLimited() const { return m_rate != nullptr; }
    // Counts an event of the engine, if the rates are limited. If it is one too many, it becomes a failure.
    void countEvent(WsEvent *event);
    // When resumeIfDue() has something to do.
    WsTime resumeTime() const { return m_rate ? m_rate->next() : WsTime::max(); }
    // The peer is no longer held back by the rates, if it is time.
    void resumeIfDue(WsTime now);

    void pump();
    // The same, even if it was the turn of others.
    void pumpNow();
    // From the event loop.
    void pumpSoon();
    // Calls \a function as a pump calls a slot: what arrives meanwhile is delivered after it has returned.
    void callAsPump(const std::function<void()> &function);
    // Called while a slot runs an event loop of its own: control frames are answered and the end is noticed,
    // but nothing is delivered before the slot has returned. (Qt does not emit readyRead() then.)
    void readAhead();
    // While closing: whether the peer has sent its last frame, or has gone, and what it sent before is not
    // delivered yet. Reads as far as is needed to know, but no more than highWaterMark.
    bool hasEndAhead();
    bool isPumping() const { return m_isPumping; }
    // While pumping: keeps what a slot or a handler may use until no pump is on the stack any more, also if
    // the connection has left the thread, or is deleted.
    void keepForStack(std::shared_ptr<void> what);
    // Of the thread that pumps, or has pumped last.
    WsThreadContext &pumpContext() const { return *m_pumpContext; }
    // Whether the last pump has left something, because it was the turn of others.
    bool isPumpDue() const { return m_isPumpDue; }
    bool isBusy() const { return m_isPumping || m_isWriting || (m_transport && m_transport->isStill()); }
    // Whether one write follows for everything that a pump produces; not if a slot runs an event loop of its
    // own.
    bool isFlushedByPump() const;
    // How much is read at a time, and how much Qt may read ahead.
    void setReadBufferSize(qint64 size);
    // Of what is sent, also after further openings; null: random ones.
    void setMaskGenerator(WsMaskGenerator generator);

    void write();
    void flush();
    // The same, even if the system was full: it may not be any more, and nobody have been told, because the
    // event loop does not run.
    void writeAnyway();
    void flushAnyway();
    // Writes what can be written, also within a pump. It is reported later, from the event loop. Returns
    // whether anything was written.
    bool flushNow();
    // How much waits to be taken by the operating system.
    qint64 queuedAmount() const
    {
        return m_protocol.outputSize() + (m_transport ? m_transport->pending() : 0);
    }
    // Whether the last write has left something, or everything waits behind a message that is not finished.
    bool isStuck() const
    {
        return m_hasLeft || m_protocol.isHeldUp() || (m_transport && m_transport->isFull());
    }
    // How much of the queued data the peer has taken. This needs a system call and is only for deadlines.
    WsSendProgress progress() const;
    // Whether the peer has taken all encoded frames. Anything else that waits is behind an unfinished
    // message.
    bool isAllTaken()
    {
        return m_protocol.output().isEmpty() && (!m_transport || m_transport->inFlight() == 0);
    }
    // Returns false if the transport cannot end one direction alone.
    bool shutdownWrite();
    // Blocks for \a ms at most until there is something to read or written, or the end.
    void wait(int ms);

    // The connection leaves the thread; functions on the stack there must not continue to use it.
    void leaveThread();
    // Continues in the new thread, with everything that the transport has not reported in the meantime.
    void arriveInThread();

    void onConnected() override;
    void onReadable() override;
    void onWritten() override;
    void onEnded() override;
    void onError(const WsError &error) override;
    void onSslErrors(const QList<QSslError> &errors) override;
    void onPeerVerifyError(const QSslError &error) override;
    void onPreSharedKey(QSslPreSharedKeyAuthenticator *authenticator) override;
    void onHandshakeInterrupted(const QSslError &error) override;
    void onAlert(const WsAlert &alert) override;
    WsLateAlerts lateAlerts() override;
    void onSessionTicket() override;
    void onStep(Ws::OpeningStep step) override;
    void onProxyAuthentication(const QNetworkProxy &proxy, QAuthenticator *authenticator) override;

private:
    quint8 relevantHolds() const;
    bool mayDeliverHeld() const;
    void renewProtocol();
    void beginPump(WsThreadContext &context);
    void pumpOnce(WsThreadContext &context);
    void pumpOpening();
    void lookForEnd();
    bool readOnce(WsThreadContext &context);
    bool noteRead(WsThreadContext &context, qint64 size, qint64 wanted);
    bool isRateApplied() const;
    void takeRate(WsTime now, qint64 size, bool isShort);
    void slowDown();
    void noteUnread();
    bool flushTransport();
    void writeHeld(const WsLifeGuard &guard);
    void takeBytes(QByteArray bytes);
    void takeEnd();

    WsConnectionPrivate &d;
    WsProtocol m_protocol;
    std::unique_ptr<WsTransport> m_transport;
    std::vector<WsProtocol> m_retiredProtocols; // reopened in a slot, whose payload must stay valid
    WsMaskGenerator m_maskGenerator;
    qint64 m_readBufferSize;
    quint32 m_attachCount = 0;                // of transports
    WsThreadContext *m_pumpContext = nullptr; // of the thread that pumps
    quint64 m_pumpTurn = 0;                   // the turn of the event loop that the pump delivers in
    std::unique_ptr<WsRateLimit> m_rate;      // null if there is none
    std::atomic<quint8> m_holds{0};           // of WsHold; the connection's thread writes
    bool m_isSlowingLogged = false;           // in this opening
    bool m_isPumping = false;
    bool m_isPumpWanted = false; // asked for while pumping
    bool m_isPumpDue = false;
    bool m_isPumpingOpening = false;
    bool m_isWriting = false;
    bool m_hasLeft = false;          // the last write has left something
    bool m_hasOpeningOutput = false; // the buffer that the handshake was written from
};

#endif // WSLINK_H
