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
class QAuthenticator;
class QNetworkProxy;
class QSslPreSharedKeyAuthenticator;
class QThread;
QT_END_NAMESPACE

// The addresses of both ends of a connection, if there are any.
struct WsEndpoints
{
    QHostAddress peerAddress;
    QHostAddress localAddress;
    quint16 peerPort = 0;
    quint16 localPort = 0;
};

// An alert of TLS (RFC 8446 §6).
struct WsAlert
{
    bool isSent = false; // by this side, or else received
    QSsl::AlertLevel level = QSsl::AlertLevel::Unknown;
    QSsl::AlertType type = QSsl::AlertType::UnknownAlertMessage;
    QString description;
};

// Called from the event loop, or from where a socket is closed.
using WsLateAlerts = std::function<void(const WsAlert &)>;

// Counts a socket as long as the result exists.
using WsPlaceKeeper = std::function<std::shared_ptr<void>()>;

// Transports the bytes of one connection. It owns its socket, and no other class connects to the socket's
// signals.
class WsTransport
{
public:
    // The most data that is passed to Qt's buffers at a time.
    static constexpr qint64 MaxPending = 64 * 1024;

    // The object that the transport reports to. Each call may release the transport and delete the user.
    class User
    {
    public:
        // Bytes can be sent now. With TLS, they are encrypted.
        virtual void onConnected() = 0;
        virtual void onReadable() = 0;
        virtual void onWritten() = 0;
        // Written data does not arrive any more. There may still be data to read.
        virtual void onEnded() = 0;
        // The same, because of \a error.
        virtual void onError(const WsError &error) = 0;
        // The certificate of the peer is not trusted, for these reasons; see ignoreSslErrors().
        virtual void onSslErrors(const QList<QSslError> &) { }
        // One of these reasons, before onSslErrors().
        virtual void onPeerVerifyError(const QSslError &) { }
        // The same, in the middle of the verification, which fails unless continueHandshake() is called now.
        virtual void onHandshakeInterrupted(const QSslError &) { }
        // TLS wants a pre-shared key.
        virtual void onPreSharedKey(QSslPreSharedKeyAuthenticator *) { }
        // Either side has sent an alert of TLS, at any time.
        virtual void onAlert(const WsAlert &) { }
        // The transport is being released: what to call with the alerts that are sent afterwards, when the user
        // may no longer exist. A null function: nothing.
        virtual WsLateAlerts lateAlerts() { return {}; }
        // sslConfiguration() contains another session ticket; reported during a read or write of the socket.
        virtual void onSessionTicket() { }
        // The opening has come so far.
        virtual void onStep(Ws::OpeningStep) { }
        // The proxy wants a user name and a password.
        virtual void onProxyAuthentication(const QNetworkProxy &, QAuthenticator *) { }

    protected:
        ~User() = default;
    };

    WsTransport() = default;
    virtual ~WsTransport();
    Q_DISABLE_COPY_MOVE(WsTransport)

    void setUser(User *user) { m_user = user; }

    // For the client's end of a connection.
    virtual void connectTo(const QString &host, quint16 port) = 0;
    // Whether bytes can be sent already.
    virtual bool isReady() const { return true; }
    virtual bool isConnecting() const { return false; }
    // What has to happen before bytes can be sent, in the words of an error: "the TCP connection to
    // [::1]:80".
    virtual QString awaited() const { return {}; }
    // Returns the number of bytes read; 0 if there are none now, -1 if there will be no more.
    virtual qint64 read(char *buffer, qint64 size) = 0;
    // Whether the transport reads through a buffer. If not, a read() that fills its buffer suggests that
    // there is more.
    virtual bool isBuffered() const = 0;
    // Writes as much of \a output as the operating system accepts.
    virtual void write(WsOutput &output) = 0;
    // Writes as much as the operating system accepts of what waits in Qt's buffers, and lets the next write()
    // try even if the system was full. Returns whether it wrote anything.
    virtual bool flush() { return false; }
    // Whether it has called slots in the middle of something, and does nothing until they have returned.
    // Nobody can wait for it meanwhile.
    virtual bool isStill() const { return false; }
    // The number of bytes that were written but have not left this process.
    virtual qint64 pending() const = 0;
    // Whether nothing that is written arrives any more. There may still be something to read.
    virtual bool isBroken() const { return hasEnded(); }
    // Whether the operating system has taken less than was written.
    virtual bool isFull() const { return pending() > 0; }
    // Makes the system take no more than goes out soon, so that what is newer need not wait behind it.
    virtual void keepSystemQueueShort() { }
    // The number of bytes that were written but the peer has not acknowledged, as far as the system knows. It
    // includes pending(). This is a system call, so it is used for deadlines only.
    virtual qint64 inFlight() const { return pending(); }
    // Whether bytes have arrived that read() has not returned yet. Mostly a system call, too.
    virtual bool hasUnread() const { return false; }
    // Whether the peer has begun the TLS handshake, which is not complete. False if TLS does not tell.
    virtual bool isHandshaking() const { return false; }
    // Whether both directions have ended.
    virtual bool hasEnded() const = 0;
    // Drops what is written from now on if it cannot arrive any more.
    virtual void noteEnd() = 0;
    // Blocks for at most \a ms until the connection is established, there are bytes to read, if \a reads is
    // set, or pending ones have been written. Reports to the user as usual.
    virtual void wait(bool reads, int ms) = 0;
    // Tells the peer, once all that is written has left, that no more data follows. Its end is still
    // reported, but over TLS what it sends until then is dropped. Returns false if the transport cannot end
    // one direction alone.
    virtual bool shutdownWrite() = 0;

    virtual WsEndpoints endpoints() const { return {}; }
    virtual void setNoDelay(bool) { }
    // How much is read ahead into Qt's buffers, if the transport needs them: MaxPending at most, which is the
    // default.
    virtual void setReadBufferSize(qint64) { }
    // Whether it uses TLS, or is about to.
    virtual bool usesTls() const { return false; }
    virtual bool isEncrypted() const { return false; }
    virtual QSslConfiguration sslConfiguration() const { return {}; }
    // Whether the certificate of the peer was found wrong, or missing, even if that was ignored.
    virtual bool hasSslErrors() const { return false; }
    virtual void ignoreSslErrors() { }
    virtual void ignoreSslErrors(const QList<QSslError> &) { }
    // Before connectTo(): the name that the certificate must have, and that TLS sends (RFC 6066 §3), unless
    // that is the host.
    virtual void setPeerVerifyName(const QString &) { }
    // Before connectTo(): the proxy to connect through, which looks up the host itself if it can.
    virtual void setProxy(const QNetworkProxy &) { }
    // Whether errors of the certificate that are not ignored immediately stop everything until
    // continueAfterSslErrors().
    virtual void setPauseOnSslErrors(bool) { }
    virtual void continueAfterSslErrors() { }
    virtual void continueHandshake() { }
    // The error to report if the peer has ended the connection without one.
    virtual WsError lostError() const;
    // Why there never was a connection; null if that is not so, or not known.
    virtual const WsError *connectError() const { return nullptr; }

    // Closes the socket immediately.
    virtual void cut() = 0;
    // Closes the socket once all written data has been sent, or after \a timeout without progress. If this
    // does not happen immediately, the result of \a keepPlace is kept until then.
    virtual void finish(std::chrono::milliseconds timeout, const WsPlaceKeeper &keepPlace) = 0;

    // Its thread had no event loop before, and has one now, which is to report what happens.
    virtual void watch() { }
    // Makes the socket move together with \a owner, whose thread is the current one. Null ends this.
    virtual void setOwner(QObject *owner) = 0;
    // Null: to no thread. Any thread can then move it to itself.
    virtual void moveToThread(QThread *thread) = 0;
    virtual bool isInCurrentThread() const { return true; }

protected:
    User *user() const { return m_user; }

private:
    User *m_user = nullptr;
};

// RFC 4291 §2.5.5.2: on a socket that listens on IPv4 and IPv6, an IPv4 peer has an IPv4-mapped address.
QHostAddress wsUnmapped(const QHostAddress &address);

#endif // WSTRANSPORT_H
