// SPDX-License-Identifier: MIT
#ifndef FAKETRANSPORT_H
#define FAKETRANSPORT_H

#include "net/socket/wstransport.h"

#include <QtCore/qbytearray.h>
#include <QtCore/qcoreapplication.h>
#include <QtCore/qmetaobject.h>
#include <QtNetwork/qnetworkproxy.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <utility>

class FakeTransport;

// The network and the peer of a FakeTransport, played by the test. It stays when the transport has gone,
// after which nothing that the peer does is noticed.
class FakeWire : public std::enable_shared_from_this<FakeWire>
{
public:
    static constexpr qint64 Unlimited = std::numeric_limits<qint64>::max();

    std::unique_ptr<WsTransport> makeTransport();

    // --- what the peer does
    inline void connect();
    // Sends \a bytes.
    inline void feed(const QByteArray &bytes);
    void feedByteByByte(const QByteArray &bytes)
    {
        for (const char byte : bytes)
            feed(QByteArray(1, byte));
    }
    // Ends TCP, both directions of it.
    inline void end();
    // Ends its own direction and goes on reading, as with TLS's close_notify.
    inline void halfEnd();
    inline void fail(const WsError &error);
    // Shows a certificate with \a errors.
    inline void failSsl(const QList<QSslError> &errors);
    // The proxy asks for a login, and gets the answer.
    inline void askForLogin(QAuthenticator *authenticator);
    // TLS finds an error in the middle of the verification.
    inline void interrupt(const QSslError &error);
    void reset() { fail(WsError(Ws::ErrorKind::Network, QStringLiteral("reset by the peer"))); }
    // Reads \a size bytes more than it has room for.
    inline void take(qint64 size);
    void takeAll() { take(Unlimited); }

    // --- what the network is like
    qint64 chunk = Unlimited; // the most that is read at a time
    qint64 room = Unlimited;  // how much more the peer takes
    qint64 bufferSize = 0;    // what is kept in this process besides, as in Qt's buffers
    qint64 inSystem = 0;      // what the system has of what is written, and the peer has not taken yet
    bool isBuffered = false;
    bool isEncrypted = false;
    bool lingers = false;   // once it is finished, as a socket that has something of TLS left to send
    bool hasUnread = false; // the system has bytes that this process has not looked at
    bool isHandshaking = false;
    bool isConnected = false;
    bool hasEnded = false;         // both directions
    bool hasPeerEnded = false;     // no bytes come any more
    std::function<void()> onWait;  // what happens while somebody waits
    std::function<void()> onWrite; // what happens during the next write
    // What the connection gets instead of the transport, and that passes calls on to it.
    std::function<std::unique_ptr<WsTransport>(std::unique_ptr<WsTransport>)> wrap;

    // --- what has become of the other end
    bool isKept() const { return !isCut && !isFinished; }
    QByteArray takeWritten() { return std::exchange(written, {}); }

    QByteArray unread;  // sent by the peer, not read yet
    QByteArray written; // what has reached the peer
    QByteArray pending; // written, but still in this process
    QString host;
    quint16 port = 0;
    int writeCount = 0;
    int waitCount = 0;
    int waitMs = -1; // the last time
    qint64 readSize = 0; // the most that was to be read, the last time
    qint64 readBufferSize = 0;
    bool isCut = false;
    bool isFinished = false;
    bool isShut = false;
    bool isNoDelay = false;
    int shortQueueCount = 0; // how often the system's queue was to be kept short
    QString awaited = QStringLiteral("the TCP connection to example.com:80");
    QString peerVerifyName;
    QNetworkProxy proxy = QNetworkProxy::NoProxy;
    bool pausesOnSslErrors = false;
    int continueCount = 0;  // after errors of TLS
    int handshakeCount = 0; // the same after an interruption
    bool ignoresSslErrors = false;
    QList<QSslError> ignoredSslErrors;
    std::chrono::milliseconds finishTimeout{-1};
    std::shared_ptr<void> place; // of a socket that outlives its connection

private:
    friend class FakeTransport;

    inline WsTransport::User *user() const;
    bool isDead() const { return hasEnded && m_isEndNoted; }
    qint64 accept(QByteArrayView bytes);
    // Writes what is pending, and returns how much.
    inline qint64 flush();
    // As a socket does that was read, but not to its end.
    inline void signalMore();

    FakeTransport *m_transport = nullptr;
    bool m_isEndNoted = false;
    bool m_isSignalScheduled = false;
};

class FakeTransport final : public WsTransport
{
public:
    explicit FakeTransport(std::shared_ptr<FakeWire> wire) : m_wire(std::move(wire))
    {
        m_wire->m_transport = this;
    }
    ~FakeTransport() override
    {
        if (m_wire->isKept())
            cut();
    }

    void connectTo(const QString &host, quint16 port) override
    {
        m_wire->host = host;
        m_wire->port = port;
    }
    qint64 read(char *buffer, qint64 size) override
    {
        m_wire->readSize = size;
        QByteArray &unread = m_wire->unread;
        const qint64 count = std::min({size, qint64(unread.size()), m_wire->chunk});
        if (count == 0)
            return m_wire->hasPeerEnded ? -1 : 0;
        std::copy_n(unread.constData(), count, buffer);
        unread.remove(0, count);
        m_wire->signalMore();
        return count;
    }
    bool isBuffered() const override { return m_wire->isBuffered; }
    void write(WsOutput &output) override
    {
        ++m_wire->writeCount;
        if (const auto happens = std::exchange(m_wire->onWrite, {}))
            happens();
        while (!m_wire->isDead() && !output.isEmpty()) {
            const qint64 accepted = m_wire->accept(output.piece(0));
            if (accepted == 0)
                return;
            output.consume(accepted);
        }
        output.clear();
    }
    bool flush() override { return m_wire->flush() > 0; }
    qint64 pending() const override { return m_wire->isDead() ? 0 : m_wire->pending.size(); }
    qint64 inFlight() const override { return pending() + m_wire->inSystem; }
    bool hasEnded() const override { return m_wire->hasEnded; }
    void noteEnd() override { m_wire->m_isEndNoted = true; }
    void wait(bool, int ms) override
    {
        ++m_wire->waitCount;
        m_wire->waitMs = ms;
        if (const auto happens = m_wire->onWait)
            happens();
    }
    bool shutdownWrite() override { return m_wire->isShut = true; }
    WsEndpoints endpoints() const override
    {
        return {QHostAddress(QStringLiteral("192.0.2.1")), QHostAddress(QStringLiteral("192.0.2.2")), 1000,
                2000};
    }
    void setReadBufferSize(qint64 size) override { m_wire->readBufferSize = size; }
    void setNoDelay(bool noDelay) override { m_wire->isNoDelay = noDelay; }
    void keepSystemQueueShort() override { ++m_wire->shortQueueCount; }
    bool isHandshaking() const override { return m_wire->isHandshaking; }
    bool hasUnread() const override { return m_wire->hasUnread; }
    bool isReady() const override { return m_wire->isConnected; }
    bool isConnecting() const override { return !m_wire->isConnected && !m_wire->hasEnded; }
    bool usesTls() const override { return true; }
    bool isEncrypted() const override { return m_wire->isEncrypted; }
    void ignoreSslErrors() override { m_wire->ignoresSslErrors = true; }
    void ignoreSslErrors(const QList<QSslError> &errors) override { m_wire->ignoredSslErrors = errors; }
    QString awaited() const override { return m_wire->awaited; }
    void setProxy(const QNetworkProxy &proxy) override { m_wire->proxy = proxy; }
    void setPeerVerifyName(const QString &name) override { m_wire->peerVerifyName = name; }
    void setPauseOnSslErrors(bool pauses) override { m_wire->pausesOnSslErrors = pauses; }
    void continueAfterSslErrors() override { ++m_wire->continueCount; }
    void continueHandshake() override { ++m_wire->handshakeCount; }
    void cut() override
    {
        m_wire->isCut = true;
        m_wire->m_transport = nullptr;
    }
    void finish(std::chrono::milliseconds timeout, const WsPlaceKeeper &keepPlace) override
    {
        m_wire->isFinished = true;
        m_wire->finishTimeout = timeout;
        m_wire->m_transport = nullptr;
        if (m_wire->lingers)
            m_wire->place = keepPlace();
    }
    void setOwner(QObject *) override { }
    void moveToThread(QThread *) override { }

private:
    friend class FakeWire;

    const std::shared_ptr<FakeWire> m_wire;
};

inline std::unique_ptr<WsTransport> FakeWire::makeTransport()
{
    std::unique_ptr<WsTransport> transport = std::make_unique<FakeTransport>(shared_from_this());
    return wrap ? wrap(std::move(transport)) : std::move(transport);
}

inline WsTransport::User *FakeWire::user() const
{
    return m_transport ? m_transport->user() : nullptr;
}

inline void FakeWire::connect()
{
    isConnected = true;
    if (WsTransport::User *const told = user())
        told->onConnected();
}

inline void FakeWire::feed(const QByteArray &bytes)
{
    unread += bytes;
    if (WsTransport::User *const told = user())
        told->onReadable();
}

inline void FakeWire::end()
{
    hasEnded = hasPeerEnded = true;
    if (WsTransport::User *const told = user())
        told->onEnded();
}

inline void FakeWire::halfEnd()
{
    hasPeerEnded = true;
    if (WsTransport::User *const told = user())
        told->onEnded();
}

inline void FakeWire::fail(const WsError &error)
{
    hasEnded = hasPeerEnded = true;
    if (WsTransport::User *const told = user())
        told->onError(error);
}

inline void FakeWire::failSsl(const QList<QSslError> &errors)
{
    if (WsTransport::User *const told = user())
        told->onSslErrors(errors);
}

inline void FakeWire::askForLogin(QAuthenticator *authenticator)
{
    if (WsTransport::User *const told = user())
        told->onProxyAuthentication(proxy, authenticator);
}

inline void FakeWire::interrupt(const QSslError &error)
{
    if (WsTransport::User *const told = user())
        told->onHandshakeInterrupted(error);
}

inline void FakeWire::signalMore()
{
    if ((unread.isEmpty() && !hasPeerEnded) || std::exchange(m_isSignalScheduled, true))
        return;
    const auto signal = [wire = shared_from_this()] {
        wire->m_isSignalScheduled = false;
        wire->feed({});
    };
    QMetaObject::invokeMethod(QCoreApplication::instance(), signal, Qt::QueuedConnection);
}

inline qint64 FakeWire::accept(QByteArrayView bytes)
{
    const qint64 sent = pending.isEmpty() ? std::min(room, qint64(bytes.size())) : 0;
    written += bytes.first(sent);
    room -= room == Unlimited ? 0 : sent;
    const qint64 kept = std::clamp<qint64>(bufferSize - pending.size(), 0, bytes.size() - sent);
    pending += bytes.sliced(sent, kept);
    return sent + kept;
}

inline qint64 FakeWire::flush()
{
    const qint64 sent = std::min(room, qint64(pending.size()));
    written += pending.first(sent);
    pending.remove(0, sent);
    room -= room == Unlimited ? 0 : sent;
    return sent;
}

inline void FakeWire::take(qint64 size)
{
    room = size == Unlimited ? size : room + size;
    flush();
    if (WsTransport::User *const told = user())
        told->onWritten();
}

#endif // FAKETRANSPORT_H
