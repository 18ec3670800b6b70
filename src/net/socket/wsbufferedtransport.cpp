// SPDX-License-Identifier: MIT
#include "net/socket/wsbufferedtransport.h"

#include "net/loop/wsthreadcontext.h"
#include "net/socket/wsconnectattempt.h"
#include "net/socket/wslingeringdevice.h"
#include "net/socket/wsproxyroute.h"
#include "net/socket/wsproxytunnel.h"
#include "net/socket/wssocketerror.h"
#include "net/socket/wssocketwait.h"
#include "net/socket/wsstillsocket.h"
#include "net/socket/wssystemqueue.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qtimer.h>
#include <QtNetwork/qauthenticator.h>
#include <QtNetwork/qnetworkproxy.h>
#include <QtNetwork/qsslcipher.h>
#include <QtNetwork/qsslpresharedkeyauthenticator.h>
#include <QtNetwork/qsslsocket.h>

#ifdef Q_OS_UNIX
#include <poll.h>
#endif

#include <utility>

namespace {
// Connects \a signal to \a function, and records during the call that the socket is on the stack. It remains
// connected as long as \a context exists, which is the socket by default.
template <typename... Arguments, typename Socket, typename Signal, typename Function>
void listen(Socket *socket, Signal signal, Function function, QObject *context = nullptr)
{
    QObject::connect(socket, signal, context ? context : socket, [socket, function](Arguments... arguments) {
        const WsSocketCall call(socket);
        function(arguments...);
    });
}

// Qt ends an attempt to reach an address after 30 seconds, even while a dialog asks for the login of the
// proxy.
void stopConnectTimer(const QAbstractSocket &socket)
{
    const QList<QTimer *> timers = socket.findChildren<QTimer *>(); // of a QSslSocket: in the socket inside
    for (QTimer *timer : timers)
        timer->stop();
}
} // namespace

WsBufferedTransport::WsBufferedTransport(QAbstractSocket *socket)
    : WsSocketTransport(socket), m_sslSocket(qobject_cast<QSslSocket *>(socket)),
      m_isTunneling(WsProxyTunnel::IsAvailable)
{
    socket->setReadBufferSize(MaxPending);
    listenTo(socket);
    listen(socket, &QAbstractSocket::connected, [this] { onSocketConnected(); });
    if (m_sslSocket)
        listenToTls();
}

WsBufferedTransport::~WsBufferedTransport() = default;

void WsBufferedTransport::listenTo(QAbstractSocket *socket)
{
    listen(socket, &QIODevice::readyRead, [this] { user()->onReadable(); });
    listen(socket, &QIODevice::bytesWritten, [this] { user()->onWritten(); });
    listen(socket, &QAbstractSocket::errorOccurred, [this] {
        if (!isMereTimeout()) // with which Qt ends a wait that has just reported what holds TLS
            m_isResuming = m_isHeld = false;
        if (m_route)
            failAtProxy();
        else
            onSocketError();
    });
    listen(socket, &QAbstractSocket::disconnected, [this] { user()->onEnded(); });
}

void WsBufferedTransport::listenToTls()
{
    listen(m_sslSocket, &QSslSocket::encryptedBytesWritten, [this] { user()->onWritten(); });
    m_hasCompletedTls = m_sslSocket->isEncrypted();
    listen(m_sslSocket, &QSslSocket::encrypted, [this] {
        m_hasCompletedTls = true;
        m_isResuming = m_isHeld = false;
        delete std::exchange(m_handshake, nullptr);
        user()->onConnected();
    });
    listen(m_sslSocket, &QSslSocket::newSessionTicketReceived, [this] { user()->onSessionTicket(); });
    listenToAlerts();
    listenToHandshake();
}

// For slots in whose stack is OpenSSL, or Qt's part of the handshake: nothing may reach either.
template <typename Report>
void WsBufferedTransport::reportStill(Report report)
{
    const WsStillSocket still(*m_sslSocket);
    if (!survives(report))
        return;
    const bool hasRefused = std::exchange(m_hasRefused, false);
    if (!hasRefused && !still.hasHeldBack())
        return;
    callAfterSocket(&WsBufferedTransport::goOn);
}

void WsBufferedTransport::goOn()
{
    if (survives([this] { user()->onWritten(); }))
        user()->onReadable();
}

bool WsBufferedTransport::isStill() const
{
    const bool isBeforeTls = m_isTlsAhead && socket()->state() == QAbstractSocket::ConnectedState;
    return isBeforeTls || (m_sslSocket && WsStillSocket::isStill(m_sslSocket));
}

void WsBufferedTransport::listenToAlerts()
{
    const auto report = [this](bool isSent) {
        return [this, isSent](QSsl::AlertLevel level, QSsl::AlertType type, const QString &description) {
            reportStill([&] { user()->onAlert({isSent, level, type, description}); });
        };
    };
    using Level = QSsl::AlertLevel;
    using Type = QSsl::AlertType;
    listen<Level, Type, const QString &>(m_sslSocket, &QSslSocket::alertReceived, report(false));
    listen<Level, Type, const QString &>(m_sslSocket, &QSslSocket::alertSent, report(true));
}

// Closing sends one more, close_notify.
void WsBufferedTransport::onLettingGo()
{
    const WsLateAlerts report = m_sslSocket ? user()->lateAlerts() : nullptr;
    if (!report)
        return;
    QObject::connect(m_sslSocket, &QSslSocket::alertSent, m_sslSocket,
                     [report](QSsl::AlertLevel level, QSsl::AlertType type, const QString &description) {
                         report({true, level, type, description});
                     });
}

// Not longer than it takes: each connection of a signal takes memory.
void WsBufferedTransport::listenToHandshake()
{
    m_handshake = new QObject(m_sslSocket);
    listen<const QList<QSslError> &>(
        m_sslSocket, &QSslSocket::sslErrors, [this](const auto &errors) { reportSslErrors(errors); },
        m_handshake);
    listen<const QSslError &>(
        m_sslSocket, &QSslSocket::peerVerifyError,
        [this](const QSslError &error) { reportStill([&] { user()->onPeerVerifyError(error); }); },
        m_handshake);
    listen<const QSslError &>(
        m_sslSocket, &QSslSocket::handshakeInterruptedOnError,
        [this](const QSslError &error) { reportStill([&] { user()->onHandshakeInterrupted(error); }); },
        m_handshake);
    listen<QSslPreSharedKeyAuthenticator *>(
        m_sslSocket, &QSslSocket::preSharedKeyAuthenticationRequired,
        [this](QSslPreSharedKeyAuthenticator *authenticator) {
            reportStill([&] { user()->onPreSharedKey(authenticator); });
        },
        m_handshake);
}

// Qt pauses after the signal unless the errors are ignored, and then TLS is complete or has failed.
void WsBufferedTransport::reportSslErrors(const QList<QSslError> &errors)
{
    reportStill([&] {
        if (survives([&] { user()->onSslErrors(errors); }))
            m_isHeld = socket()->pauseMode().testFlag(QAbstractSocket::PauseOnSslErrors);
    });
}

void WsBufferedTransport::connectTo(const QString &host, quint16 port)
{
    m_isTlsAhead = m_sslSocket != nullptr;
    if (m_proxy.type() == QNetworkProxy::NoProxy) {
        socket()->setProxy(m_proxy);
        connectDirectly(host, port);
        return;
    }
    setDestination(host, port);
    connectThroughProxy(host, port);
}

std::unique_ptr<WsError> WsBufferedTransport::adopt(qintptr descriptor)
{
    const qint64 readBufferSize = socket()->readBufferSize();
    if (!socket()->setSocketDescriptor(descriptor)) {
        wsCloseSocket(descriptor);
        return std::make_unique<WsError>(wsSocketError(*socket()));
    }
    socket()->setReadBufferSize(readBufferSize); // of the socket inside a QSslSocket, too
    return nullptr;
}

void WsBufferedTransport::onSocketConnected()
{
    m_route.reset();
    if (!reportStep(Ws::Connected))
        return;
    if (!m_sslSocket) {
        user()->onConnected();
        return;
    }
    if (m_sslSocket->peerVerifyName().isEmpty())
        m_sslSocket->setPeerVerifyName(host());
    m_isTlsAhead = false;
    m_sslSocket->startClientEncryption();
}

// --- through a proxy

void WsBufferedTransport::connectThroughProxy(const QString &host, quint16 port)
{
    m_route = std::make_shared<WsProxyRoute>(m_proxy, host, port);
    if (m_isTunneling) {
        m_tunnel = new WsProxyTunnel(socket(), m_route);
        replaceSocket(m_tunnel);
        listen(m_tunnel, &QAbstractSocket::connected, [this] { leaveTunnel(); });
        listen(m_tunnel, &QAbstractSocket::errorOccurred, [this] { failAtProxy(); });
    } else {
        socket()->setProxy(m_proxy);
    }
    listenToProxy();
    startSoon([this] { startAtProxy(); });
}

void WsBufferedTransport::listenToProxy()
{
    QObject::connect(socket(), &QAbstractSocket::proxyAuthenticationRequired, socket(),
                     [this, asking = socket()](const QNetworkProxy &proxy, QAuthenticator *authenticator) {
                         const WsSocketCall call(asking);
                         stopConnectTimer(*asking);
                         const bool isAlive =
                             survives([&] { user()->onProxyAuthentication(proxy, authenticator); });
                         if (isAlive && m_route && socket() == asking && !m_route->takeAnswer(*authenticator))
                             failAtProxy();
                     });
}

void WsBufferedTransport::startAtProxy()
{
    if (const QString obstacle = m_route->obstacle(); !obstacle.isEmpty()) {
        m_route->setProblem(obstacle, QAbstractSocket::UnsupportedSocketOperationError);
        failAtProxy();
    } else if (m_tunnel) {
        m_tunnel->start();
    } else {
        socket()->connectToHost(m_route->host(), m_route->port());
    }
}

void WsBufferedTransport::failAtProxy()
{
    setBroken();
    failToConnect(m_route->error(*socket()));
}

// The proxy has connected: from here on everything is as without one.
void WsBufferedTransport::leaveTunnel()
{
    WsProxyTunnel *const tunnel = std::exchange(m_tunnel, nullptr);
    QAbstractSocket *const socket = tunnel->leave();
    replaceSocket(socket);
    wsRetire(tunnel);
    if (socket->state() == QAbstractSocket::ConnectedState) {
        onSocketConnected();
    } else {
        setBroken();
        failToConnect(m_route->error(*tunnel));
    }
}

void WsBufferedTransport::waitForConnected(int ms)
{
    if (m_tunnel)
        m_tunnel->wait(ms);
    else
        WsSocketTransport::waitForConnected(ms);
}

QString WsBufferedTransport::awaited() const
{
    return m_route ? m_route->awaited() : WsSocketTransport::awaited();
}

void WsBufferedTransport::startServerEncryption(const QSslConfiguration &configuration)
{
    m_sslSocket->setSslConfiguration(configuration);
    m_sslSocket->startServerEncryption();
}

bool WsBufferedTransport::isReady() const
{
    return socket()->state() == QAbstractSocket::ConnectedState && !m_isTlsAhead
           && (!m_sslSocket || m_sslSocket->mode() == QSslSocket::UnencryptedMode
               || m_sslSocket->isEncrypted());
}

// A cipher is agreed on as soon as the client's first message is there.
bool WsBufferedTransport::isHandshaking() const
{
    return m_sslSocket && !isReady() && !m_sslSocket->sessionCipher().isNull();
}

// Nothing is read before TLS is complete: what comes in plain text is not from the peer that TLS verifies. What
// was decrypted can still be read once the socket has disconnected.
bool WsBufferedTransport::isTlsToCome() const
{
    if (m_isTlsAhead)
        return true;
    return m_sslSocket && m_sslSocket->mode() != QSslSocket::UnencryptedMode && !m_hasCompletedTls;
}

void WsBufferedTransport::write(WsOutput &output)
{
    if (isStill()) {
        m_hasRefused = true;
        return;
    }
    setPending(pendingInSocket() > 0);
    noteEnd();
    while (!isBroken() && !output.isEmpty() && pending() < MaxPending) {
        if (!handOver(output, MaxPending))
            break;
        if (output.isEmpty() || pending() >= MaxPending)
            socket()->flush();
    }
    if (isBroken())
        output.clear();
}

// Before TLS is complete, Qt would try to complete it, even if it is held.
bool WsBufferedTransport::flush()
{
    m_hasRefused = m_hasRefused || isStill();
    return !isStill() && isReady() && WsSocketTransport::flush();
}

qint64 WsBufferedTransport::read(char *buffer, qint64 size)
{
    if (m_shutting)
        return 0;
    if (isTlsToCome()) {
        const bool mayCome = isConnecting()
                             || (socket()->state() == QAbstractSocket::ConnectedState && !isBroken()
                                 && socket()->error() != QAbstractSocket::RemoteHostClosedError);
        return mayCome ? 0 : -1;
    }
    if (isStill()) {
        m_hasRefused = true;
        return 0;
    }
    const qint64 count = WsSocketTransport::read(buffer, size);
    if (!m_tlsBefore || count <= 0)
        return count;
    socket()->skip(socket()->bytesAvailable()); // Qt only reads more if there is room
    return 0;
}

void WsBufferedTransport::noteEnd()
{
    if (!m_shutting)
        WsSocketTransport::noteEnd();
}

void WsBufferedTransport::cut()
{
    m_steps.clear();
    m_shutting.reset();
    WsSocketTransport::cut();
}

void WsBufferedTransport::finish(std::chrono::milliseconds timeout, const WsPlaceKeeper &keepPlace)
{
    m_steps.clear();
    m_shutting.reset();
    WsSocketTransport::finish(timeout, keepPlace);
}

qint64 WsBufferedTransport::pendingInSocket() const
{
    return socket()->bytesToWrite() + (m_sslSocket ? m_sslSocket->encryptedBytesToWrite() : 0);
}

void WsBufferedTransport::wait(bool reads, int ms)
{
    if (isStill())
        return;
    if (std::exchange(m_isResuming, false) && m_sslSocket) {
        QCoreApplication::sendPostedEvents(m_sslSocket, QEvent::MetaCall); // which resume() has posted
        return;
    }
    if (waitForState(ms))
        return;
    if (isReady())
        wsWaitForSocket(socket(), reads, pending() > 0, ms);
    else
        waitForEncryption(ms);
}

// Qt's function ignores the tasks of other threads, one of which may end a pause.
void WsBufferedTransport::waitForEncryption(int ms)
{
    if (m_isHeld) {
        wsWaitForSocket(socket(), false, false, ms);
        return;
    }
#ifdef Q_OS_UNIX
    if (const int descriptor = int(wsDescriptorOf(*m_sslSocket)); descriptor >= 0) {
        const auto events = short(POLLIN | (m_sslSocket->encryptedBytesToWrite() > 0 ? POLLOUT : 0));
        if (WsThreadContext::current().wait(descriptor, events, ms) == 0)
            return;
        ms = 0;
    }
#endif
    m_sslSocket->waitForEncrypted(ms);
}

bool WsBufferedTransport::isEncrypted() const
{
    return m_sslSocket ? m_sslSocket->isEncrypted() : m_tlsBefore.has_value();
}

QSslConfiguration WsBufferedTransport::sslConfiguration() const
{
    return m_sslSocket ? m_sslSocket->sslConfiguration() : m_tlsBefore.value_or(QSslConfiguration());
}

bool WsBufferedTransport::hasSslErrors() const
{
    return m_sslSocket && !m_sslSocket->sslHandshakeErrors().isEmpty();
}

void WsBufferedTransport::ignoreSslErrors()
{
    if (!m_sslSocket)
        return;
    m_sslSocket->ignoreSslErrors(QList<QSslError>()); // a list overrides "all"
    m_sslSocket->ignoreSslErrors();
}

void WsBufferedTransport::ignoreSslErrors(const QList<QSslError> &errors)
{
    // For Qt an empty list is the same as none. Here it ignores nothing.
    if (m_sslSocket)
        m_sslSocket->ignoreSslErrors(errors);
}

void WsBufferedTransport::setPeerVerifyName(const QString &name)
{
    if (m_sslSocket)
        m_sslSocket->setPeerVerifyName(name);
}

void WsBufferedTransport::setPauseOnSslErrors(bool pauses)
{
    (m_sslSocket ? m_sslSocket : socket())
        ->setPauseMode(pauses ? QAbstractSocket::PauseOnSslErrors : QAbstractSocket::PauseNever);
}

void WsBufferedTransport::continueAfterSslErrors()
{
    m_isResuming = true;
    m_isHeld = false;
    socket()->resume();
}

void WsBufferedTransport::continueHandshake()
{
    if (m_sslSocket)
        m_sslSocket->continueInterruptedHandshake();
}
