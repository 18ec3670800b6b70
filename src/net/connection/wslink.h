// SPDX-License-Identifier: MIT
#ifndef WSLINK_H
#define WSLINK_H

#include "net/socket/wssendlimit.h"
#include "net/socket/wstransport.h"
#include "protocol/wsprotocol.h"

#include <atomic>
#include <vector>

class WsConnectionPrivate;
class WsThreadContext;
struct WsAgreement;

// Why nothing is read, or delivered.
enum class WsHold : quint8 {
    Paused = 1,     // by the application: nothing is delivered, and reading goes on until Ahead
    HeldBack = 2,   // more than highWaterMark waits to be sent
    Behind = 4,     // more than highWaterMark waits to be taken
    Announcing = 8, // the server's thread has not told of the connection yet
    Deciding = 16,  // the request handler has not answered yet
    Waiting = 32,   // whoever waits for the opening decides afterwards how messages are taken
    Ahead = 64      // more than highWaterMark was read ahead in a pause, or while a slot runs an event loop
};

// The transport and the engine of one connection, and the bytes between the two.
class WsLink final : public WsTransport::User
{
public:
    WsLink(WsConnectionPrivate &connection, WsRole role) : d(connection), m_protocol(role) { }
    ~WsLink();
    Q_DISABLE_COPY_MOVE(WsLink)

    WsProtocol &protocol() { return m_protocol; }
    const WsProtocol &protocol() const { return m_protocol; }
    WsTransport *transport() const { return m_transport.get(); }

    void attach(std::unique_ptr<WsTransport> transport);
    std::unique_ptr<WsTransport> takeTransport() { return std::move(m_transport); }
    // A new engine for a new opening.
    void reset();
    // The opening handshake has succeeded: \a rest was received behind it.
    void establish(const WsAgreement &agreement, const QByteArray &rest);
    // Lets go of the transport: at once, or when what is written has been sent.
    void cut();
    void finish();

    // Whether anything is read, and who decides it.
    bool mayRead() const;
    bool mayDeliver() const // asked for each message
    {
        return m_transport && (m_holds.load(std::memory_order_relaxed) == 0 || mayDeliverHeld());
    }
    bool isHeld(WsHold reason) const;
    // Returns whether that is a change.
    bool hold(WsHold reason, bool isHeld = true);

    void pump();
    // The same, even if it was the turn of others.
    void pumpNow();
    // From the event loop.
    void pumpSoon();
    // A slot runs an event loop of its own: control frames are answered and the end is noticed, while
    // delivery waits for the slot. (Qt emits no readyRead() then.)
    void readAhead();
    // While closing: whether the peer has sent its last frame, or has gone, and what it sent before is not
    // delivered yet. Reads as far as is needed to know, but no more than highWaterMark.
    bool hasEndAhead();
    bool isPumping() const { return m_isPumping; }
    // Whether the last pump left something, because others were to have their turn.
    bool isPumpDue() const { return m_isPumpDue; }
    bool isBusy() const { return m_isPumping || m_isWriting; }
    // One write follows for all that a pump produces, unless a slot runs an event loop of its own.
    bool isFlushedByPump() const;

    void write();
    void flush();
    // What waits to be taken by the operating system.
    qint64 queuedAmount() const
    {
        return m_protocol.outputSize() + (m_transport ? m_transport->pending() : 0);
    }
    // How far what was queued has come: a system call, for deadlines alone.
    WsSendProgress progress() const;
    // Whether the peer has taken all frames that are made: what else waits is behind a message that is not complete.
    bool isAllTaken() { return m_protocol.output().isEmpty() && m_transport->inFlight() == 0; }
    // Returns false if the transport has no such half of an end.
    bool shutdownWrite();
    // Blocks for \a ms at most until there is something to read or written, or the end.
    void wait(int ms);

    // The connection leaves the thread, and what runs in it must not go on with it.
    void leaveThread();
    // It goes on in the new thread, with what the transport has not been heard of meanwhile.
    void arriveInThread();

    void onConnected() override;
    void onReadable() override;
    void onWritten() override;
    void onEnded() override;
    void onError(const WsError &error) override;
    void onSslErrors(const QList<QSslError> &errors) override;

private:
    quint8 relevantHolds() const;
    bool mayDeliverHeld() const;
    void pumpOnce(WsThreadContext &context);
    void pumpOpening();
    void lookForEnd();
    bool readOnce(WsThreadContext &context);
    void takeBytes(QByteArray bytes);
    void takeEnd();

    WsConnectionPrivate &d;
    WsProtocol m_protocol;
    std::unique_ptr<WsTransport> m_transport;
    std::vector<WsProtocol> m_retiredProtocols; // reopened in a slot: what it was shown must stay
    quint64 m_pumpTurn = 0;                     // the turn of the event loop that the pump delivers in
    std::atomic<quint8> m_holds{0};             // of WsHold; the connection's thread writes
    bool m_isPumping = false;
    bool m_isPumpWanted = false; // asked for while pumping
    bool m_isPumpDue = false;
    bool m_isPumpingOpening = false;
    bool m_isWriting = false;
    bool m_hasOpeningOutput = false; // the buffer that the handshake was written from
};

#endif // WSLINK_H
