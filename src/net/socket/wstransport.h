// SPDX-License-Identifier: MIT
#ifndef WSTRANSPORT_H
#define WSTRANSPORT_H

#include "protocol/wsoutput.h"

#include <WsKit/wserror.h>

#include <QtNetwork/qhostaddress.h>
#include <QtNetwork/qsslconfiguration.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

QT_BEGIN_NAMESPACE
class QThread;
QT_END_NAMESPACE

// Both ends of a connection, as far as there are addresses.
struct WsEndpoints
{
    QHostAddress peerAddress;
    QHostAddress localAddress;
    quint16 peerPort = 0;
    quint16 localPort = 0;
};

// Counts a socket as long as the result lives.
using WsPlaceKeeper = std::function<std::shared_ptr<void>()>;

// What carries the bytes of one connection. It owns its socket and the socket's signals.
class WsTransport
{
public:
    // The most that is handed to Qt's buffers at a time.
    static constexpr qint64 MaxPending = 64 * 1024;

    // What is told of the transport. Each call may end with the transport released, and its user deleted.
    class User
    {
    public:
        // Bytes can be sent; with TLS, encrypted.
        virtual void onConnected() = 0;
        virtual void onReadable() = 0;
        virtual void onWritten() = 0;
        // Nothing that is written arrives any more; there may still be something to read.
        virtual void onEnded() = 0;
        // The same for the reason \a error.
        virtual void onError(const WsError &error) = 0;
        // The certificate of the peer is not trusted for these reasons; see ignoreSslErrors().
        virtual void onSslErrors(const QList<QSslError> &) { }

    protected:
        ~User() = default;
    };

    WsTransport() = default;
    virtual ~WsTransport() = default;
    Q_DISABLE_COPY_MOVE(WsTransport)

    void setUser(User *user) { m_user = user; }

    // For a client's end that is not connected yet.
    virtual void connectTo(const QString &host, quint16 port) = 0;
    // Whether bytes can be sent already.
    virtual bool isReady() const { return true; }
    virtual bool isConnecting() const { return false; }
    // How many bytes were read; 0 if there are none now, -1 if there will be none any more.
    virtual qint64 read(char *buffer, qint64 size) = 0;
    // Whether reading all that was asked for is no sign that there is more.
    virtual bool isBuffered() const = 0;
    // Hands on what the operating system takes of \a output.
    virtual void write(WsOutput &output) = 0;
    // What was handed on and has not left this process.
    virtual qint64 pending() const = 0;
    // Whether both directions have ended.
    virtual bool hasEnded() const = 0;
    // Drops what is written from now on if it does not arrive any more.
    virtual void noteEnd() = 0;
    // Blocks for \a ms at most until the connection is made, bytes are there to be read, if \a reads, or
    // pending ones have been written. The user is told as ever.
    virtual void wait(bool reads, int ms) = 0;
    // Tells the peer, once all that is written has left, that nothing more comes. Its end is still
    // reported, but over TLS what it sends until then is dropped. Returns false if there is no such half of
    // an end.
    virtual bool shutdownWrite() = 0;

    virtual WsEndpoints endpoints() const { return {}; }
    virtual void setNoDelay(bool) { }
    // How much is read ahead into Qt's buffers, if the transport needs them; MaxPending unless it is set.
    virtual void setReadBufferSize(qint64) { }
    // Whether it speaks TLS, or is about to.
    virtual bool usesTls() const { return false; }
    virtual bool isEncrypted() const { return false; }
    virtual QSslConfiguration sslConfiguration() const { return {}; }
    virtual void ignoreSslErrors() { }
    virtual void ignoreSslErrors(const QList<QSslError> &) { }
    // Why the connection has ended, for a peer that just left.
    virtual WsError lostError() const;

    // Lets go of the socket at once.
    virtual void cut() = 0;
    // Lets go of the socket once what was written has been sent, at the latest when nothing of it moves for
    // \a timeout. If that is not at once, what \a keepPlace returns is kept until then.
    virtual void finish(std::chrono::milliseconds timeout, const WsPlaceKeeper &keepPlace) = 0;

    // Has the socket move together with \a owner, whose thread is the current one; null ends that.
    virtual void setOwner(QObject *owner) = 0;
    virtual void moveToThread(QThread *thread) = 0;
    virtual bool isInCurrentThread() const { return true; }

protected:
    User *user() const { return m_user; }

private:
    User *m_user = nullptr;
};

// RFC 4291 §2.5.5.2: an IPv4 peer of a socket that listens on both has an IPv4-mapped address.
QHostAddress wsUnmapped(const QHostAddress &address);

#endif // WSTRANSPORT_H
