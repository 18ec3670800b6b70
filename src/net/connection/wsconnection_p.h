// SPDX-License-Identifier: MIT
#ifndef WSCONNECTION_P_H
#define WSCONNECTION_P_H

#include "net/connection/wsdeadlines.h"
#include "net/connection/wsopening.h"
#include "net/connection/wspulling.h"
#include "net/socket/wstransport.h"
#include "protocol/wshandshake.h"
#include "protocol/wsprotocol.h"

#include <WsKit/wsconnection.h>

#include <QtCore/qhash.h>
#include <QtCore/qmutex.h>
#include <QtNetwork/qsslconfiguration.h>

#include <atomic>
#include <optional>
#include <vector>

class WsServerThread;
struct WsLifeGuard;

// A ping whose pong is awaited.
struct WsSentPing
{
    QByteArray payload;
    WsTime time;
};

// A number that one thread writes and any reads.
class WsCounter
{
public:
    void add(qint64 more) { set(value() + more); }
    void set(qint64 value) { m_value.store(value, std::memory_order_relaxed); }
    qint64 value() const { return m_value.load(std::memory_order_relaxed); }

private:
    std::atomic<qint64> m_value{0};
};

// WsStatistics while they are counted.
struct WsCounters
{
    WsCounter messagesSent;
    WsCounter messagesReceived;
    WsCounter payloadBytesSent;
    WsCounter payloadBytesReceived;
    WsCounter wireBytesSent;
    WsCounter wireBytesReceived;
    WsCounter roundTripUs;

    void reset();
    WsStatistics statistics() const;
};

WsLimits wsLimits(const WsOptions &options);
// RFC 4291 §2.5.5.2: an IPv4 peer of a socket that listens on both has an IPv4-mapped address.
QHostAddress wsUnmapped(const QHostAddress &address);

struct WsConnectionPrivate
{
    explicit WsConnectionPrivate(WsRole ownRole);
    virtual ~WsConnectionPrivate() = default;

    // Which signals somebody listens to: what they carry is not made for nobody.
    enum Listener : quint8 {
        Messages = 1,
        Texts = 2,
        Binaries = 4,
        Pings = 8,
        Sent = 16,
        Amounts = 32,
        Streams = 64
    };

    // Written by the connection's own thread, and read by others: with the lock, but without it by its own.
    template <typename T, typename U>
    void store(T &member, U &&value)
    {
        const QMutexLocker locker(&mutex);
        member = std::forward<U>(value);
    }

    const WsRole role;
    const quint64 id;
    std::atomic<WsThreadContext *> context{nullptr}; // of its thread, while it is not closed
    std::atomic<Ws::State> state{Ws::Closed};
    std::atomic<bool> isPaused{false};
    std::atomic<bool> inBroadcasts{true};
    std::atomic<bool> isEncrypted{false};
    std::atomic<quint16> closeCode{Ws::NoStatus};
    std::atomic<bool> isPulled{false}; // messages are taken instead of told, from now on
    std::atomic<Ws::BinaryType> binaryType{Ws::ByteArray};
    WsCounter maxBufferedAmount;     // of options
    WsCounter amount;                // what bufferedAmount() was last
    std::atomic<qint64> arriving{0}; // accepted in other threads, and on its way to this one
    bool isAccepted = false;         // what is sent next was, with its limit
    bool isHeldBack = false;         // more than highWaterMark is buffered: nothing is read
    bool isBehind = false;           // who pulls messages or reads a stream is slow: nothing is read
    bool holdsMessages = false;      // until it is known whether they are pulled
    bool isAnnouncing = false;       // until the server's thread has told of the connection: nothing is read
    std::atomic<bool> isEndHeld{
        false};            // closed() waits for that, or for those who still read what came before
    bool wasClean = false; // of that end
    bool isPumping = false;
    bool isPumpWanted = false; // asked for while pumping
    bool isPumpScheduled = false;
    quint64 pumpTurn = 0; // the turn of the event loop that the pump delivers in
    bool isWriting = false;
    bool isFlushScheduled = false;
    bool hasFailed = false; // errorOccurred was told; the peer gets its Close and closed() follows
    bool isWriteShut = false;
    bool hasOpeningOutput = false; // the buffer that the handshake was written from
    quint8 listeners = 0;
    std::atomic<bool> areListenersKnown{false};

    mutable QMutex mutex; // see store(); errorString is written by any thread
    QUrl url;
    QString subprotocol;
    QString extensions;
    QString closeReason;
    QString errorString;
    QHostAddress peerAddress;
    QHostAddress localAddress;
    quint16 peerPort = 0;
    quint16 localPort = 0;
    WsOptions options;
    WsRequest request;      // of a client
    QByteArray requestHead; // on a server: as it came, which is the shortest way to keep it
    std::atomic<bool> isRequestEncrypted{false};
    WsResponse response;
    std::optional<QSslConfiguration> sslConfiguration; // of an encrypted one
    WsCounters counters;

    qint64 highWaterMark = 0;   // of options
    qint64 unreportedBytes = 0; // written, but bytesWritten() has not said so yet
    qint64 reportedAmount = 0;  // what bufferedAmountChanged() said last

    std::unique_ptr<WsConnection::MessageHandler> messageHandler;
    std::unique_ptr<WsPulling> pulling;    // where messages are taken instead of told
    WsMessageStream *readStream = nullptr; // the message that is arriving, or is not read to its end
    QList<WsSentPing> sentPings;
    WsTransport transport;
    WsProtocol protocol;
    std::vector<WsProtocol> retiredProtocols; // reopened in a slot: what it was shown must stay
    WsDeadlines deadlines;
    WsTime scheduledCheck = WsTime::max();
    std::unique_ptr<WsOpening> opening; // until it has succeeded or failed
    std::atomic<WsServer *> server{nullptr};
    WsServerThread *serverThread = nullptr;
    qsizetype serverIndex = -1;                        // in the list of that
    std::unique_ptr<QHash<QString, qsizetype>> topics; // subscribed to, with the place in the list of each
    WsLifeGuard *guards = nullptr;
    std::atomic<quint32> session{0}; // counts what was opened and closed
};

template <typename T>
T WsConnection::read(const T &member) const
{
    if (isOwnThread())
        return member;
    const QMutexLocker locker(&d->mutex);
    return member;
}

inline quint8 WsConnection::listeners()
{
    if (!d->areListenersKnown.load(std::memory_order_acquire))
        findListeners();
    return d->listeners;
}

// Tells, behind a signal, whether the connection still lives and is still the same opening of it.
struct WsLifeGuard
{
    explicit WsLifeGuard(WsConnectionPrivate *connection);
    ~WsLifeGuard();
    Q_DISABLE_COPY_MOVE(WsLifeGuard)

    bool lives() const { return d != nullptr; }
    explicit operator bool() const { return d && d->session == session; }

    WsConnectionPrivate *d; // null once it is deleted
    WsLifeGuard *const outer;
    const quint32 session;
};

#endif // WSCONNECTION_P_H
