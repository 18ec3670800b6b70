// SPDX-License-Identifier: MIT
#include "net/socket/wstcptransport.h"

#ifdef Q_OS_UNIX
#include "net/loop/wsthreadcontext.h"
#include "net/socket/wslocalconnecting.h"
#include "net/socket/wssocketaddress.h"
#include "net/socket/wssocketerror.h"
#include "net/socket/wssystemqueue.h"

#include <QtCore/qabstracteventdispatcher.h>
#include <QtCore/qcoreevent.h>
#include <QtCore/qsocketnotifier.h>
#include <QtCore/qthread.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <initializer_list>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#else
#include "net/socket/wsbufferedtransport.h"

#include <QtNetwork/qtcpsocket.h>
#endif

#ifdef Q_OS_UNIX
std::unique_ptr<WsTransport> wsPlainTransport()
{
    return std::make_unique<WsTcpTransport>();
}

std::unique_ptr<WsTransport> wsPlainTransport(qintptr descriptor, const QHostAddress &peer, quint16 peerPort)
{
    return std::make_unique<WsTcpTransport>(descriptor, peer, peerPort);
}

// Calls the transport without a signal, whose connections would take memory.
class WsSocketNotifier final : public QSocketNotifier
{
public:
    using Function = void (WsTcpTransport::*)();

    WsSocketNotifier(WsTcpTransport *transport, Type type, Function function)
        : QSocketNotifier(transport->m_descriptor, type), m_transport(transport), m_function(function)
    {
    }
    // The transport lets go of its descriptor. This may be on the stack.
    void retire()
    {
        m_transport = nullptr;
        setEnabled(false);
        if (m_calls > 0)
            setParent(&WsThreadContext::current()); // until event() returns
        else
            delete this;
    }

protected:
    bool event(QEvent *event) override
    {
        if (event->type() != QEvent::SockAct && event->type() != QEvent::SockClose)
            return QSocketNotifier::event(event);
        if (!m_transport)
            return true;
        ++m_calls;
        (m_transport->*m_function)();
        if (--m_calls == 0 && !m_transport)
            deleteLater();
        return true;
    }

private:
    WsTcpTransport *m_transport;
    const Function m_function;
    int m_calls = 0; // on the stack
};

namespace {
// The descriptor itself may block: nobody need have changed that.
#ifdef MSG_NOSIGNAL
constexpr int SendFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
#else
constexpr int SendFlags = MSG_DONTWAIT; // see suppressSignal()
#endif
constexpr qsizetype MaxPieces = 16;

// To write to a peer that has gone must not end the program by SIGPIPE: if sendmsg() has no flag for this, as
// on Apple's systems, the socket has an option.
void suppressSignal([[maybe_unused]] int descriptor)
{
#if !defined(MSG_NOSIGNAL) && defined(SO_NOSIGPIPE)
    const int isOn = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &isOn, sizeof isOn);
#endif
}

bool isToBeTriedAgain(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK;
}

bool isEndOfPeer(int error)
{
    return error == EPIPE || error == ECONNRESET;
}

// One system call for up to MaxPieces pieces; -1 and errno if nothing was written.
qint64 sendPieces(int descriptor, const WsOutput &output, qint64 *offered)
{
    std::array<iovec, size_t(MaxPieces)> vectors;
    const qsizetype count = std::min(output.pieceCount(), MaxPieces);
    *offered = 0;
    for (qsizetype i = 0; i < count; ++i) {
        const QByteArrayView piece = output.piece(i);
        vectors[size_t(i)] = {const_cast<char *>(piece.data()), size_t(piece.size())};
        *offered += piece.size();
    }
    msghdr message = {};
    message.msg_iov = vectors.data();
    message.msg_iovlen = decltype(message.msg_iovlen)(count);
    ssize_t written = -1;
    do
        written = ::sendmsg(descriptor, &message, SendFlags);
    while (written < 0 && errno == EINTR);
    return written;
}
} // namespace

WsTcpTransport::WsTcpTransport(qintptr descriptor, const QHostAddress &peer, quint16 peerPort)
    : m_peer(peer), m_peerPort(peerPort), m_kind(Kind::Tcp)
{
    take(descriptor);
}

WsTcpTransport::WsTcpTransport(qintptr descriptor, Kind kind) : m_kind(kind)
{
    take(descriptor);
}

WsTcpTransport::~WsTcpTransport()
{
    WsTcpTransport::cut();
}

void WsTcpTransport::connectTo(const QString &host, quint16 port)
{
    if (m_kind == Kind::Tcp) {
        connectDirectly(host, port);
        return;
    }
    setDestination(host, port);
    connectBy(std::make_unique<WsLocalConnecting>(connectingOwner(), host));
}

QString WsTcpTransport::awaited() const
{
    return m_kind == Kind::Tcp ? WsHostTransport::awaited()
                               : QStringLiteral("the connection to the local socket %1").arg(host());
}

void WsTcpTransport::take(qintptr descriptor)
{
    m_descriptor = int(descriptor);
    if (m_descriptor < 0)
        return;
    suppressSignal(m_descriptor);
    watch();
}

// A thread that only waits may have no event dispatcher, without which there are no notifiers.
void WsTcpTransport::watch()
{
    if (m_descriptor < 0 || !QAbstractEventDispatcher::instance())
        return;
    for (WsSocketNotifier *const notifier : {m_reading, m_writing}) {
        if (notifier && notifier->isEnabled()) { // but not by a loop, if there was none at that time
            notifier->setEnabled(false);
            notifier->setEnabled(true);
        }
    }
    if (!m_reading && !m_isReadingOver)
        m_reading = new WsSocketNotifier(this, QSocketNotifier::Read, &WsTcpTransport::onReadReady);
    if (m_isFull)
        noteFull();
}

std::unique_ptr<WsError> WsTcpTransport::adopt(qintptr descriptor)
{
    take(descriptor);
    return nullptr;
}

void WsTcpTransport::onSocketConnected()
{
    if (reportStep(Ws::Connected))
        user()->onConnected();
}

// --- reading

// As long as nobody reads, the system need not say again that there is something.
void WsTcpTransport::onReadReady()
{
    m_hasRead = false;
    if (survives([this] { user()->onReadable(); }) && m_reading && !m_hasRead)
        m_reading->setEnabled(false);
}

qint64 WsTcpTransport::read(char *buffer, qint64 size)
{
    if (!isReady() || m_isReadingOver)
        return isConnecting() ? 0 : -1;
    m_hasRead = true;
    ssize_t count = -1;
    do
        count = ::recv(m_descriptor, buffer, size_t(size), MSG_DONTWAIT);
    while (count < 0 && errno == EINTR);
    const int error = count < 0 ? errno : 0;
    m_isReadingOver = count == 0 || (count < 0 && !isToBeTriedAgain(error));
    if (m_reading && m_reading->isEnabled() == m_isReadingOver)
        m_reading->setEnabled(!m_isReadingOver);
    if (!m_isReadingOver)
        return std::max<qint64>(count, 0);
    m_readError = error;
    m_isBroken = m_isBroken || error != 0; // otherwise the peer may still read
    return -1;
}

// --- writing

// While the system is full, it says when it is not.
void WsTcpTransport::write(WsOutput &output)
{
    if (isReady() && !m_isBroken)
        writePieces(output);
    if (m_isBroken || hasEnded())
        output.clear();
}

void WsTcpTransport::writePieces(WsOutput &output)
{
    while (!output.isEmpty() && !m_isFull) {
        qint64 offered = 0;
        const qint64 written = sendPieces(m_descriptor, output, &offered);
        if (written < 0 && !isToBeTriedAgain(errno)) {
            endBySystem(errno);
            return;
        }
        if (written > 0)
            output.consume(written);
        if (written < offered)
            noteFull();
    }
}

// The next write tries, whether the system has said so or not.
bool WsTcpTransport::flush()
{
    m_isFull = false;
    return false;
}

void WsTcpTransport::noteFull()
{
    m_isFull = true;
    if (!m_writing && QAbstractEventDispatcher::instance())
        m_writing = new WsSocketNotifier(this, QSocketNotifier::Write, &WsTcpTransport::onWriteReady);
    if (m_writing)
        m_writing->setEnabled(true);
}

void WsTcpTransport::onWriteReady()
{
    if (m_writing)
        m_writing->setEnabled(false);
    m_isFull = false;
    user()->onWritten();
}

// Data has been dropped, so the connection must not go on: what the peer has sent before can still be read,
// and the end comes after it. It would not come if the peer is there and only the system has refused to send,
// for lack of memory. Only Linux keeps what has arrived if reading is shut down, too.
void WsTcpTransport::endBySystem(int error)
{
    if (!isEndOfPeer(error))
        m_writeError = error;
    m_isBroken = true;
#ifdef Q_OS_LINUX
    const int ways = SHUT_RDWR;
#else
    const int ways = isEndOfPeer(error) ? SHUT_WR : SHUT_RDWR;
#endif
    (void)::shutdown(m_descriptor, ways);
    if (m_isReadingOver)
        user()->onEnded();
    else if (m_reading)
        m_reading->setEnabled(true);
}

WsError WsTcpTransport::lostError() const
{
    WsError error = m_kind == Kind::Tcp ? wsConnectionLost(nullptr) : WsTransport::lostError();
    error.setSocketError(QAbstractSocket::RemoteHostClosedError);
    if (m_readError != 0 && !isEndOfPeer(m_readError))
        error.setSocketError(m_readError == ETIMEDOUT ? QAbstractSocket::SocketTimeoutError
                                                      : QAbstractSocket::NetworkError);
    if (m_writeError == 0)
        return error;
    WsError refused(Ws::ErrorKind::Network,
                    QStringLiteral("the system does not send: %1").arg(qt_error_string(m_writeError)));
    refused.setSocketError(QAbstractSocket::NetworkError);
    return refused;
}

// --- the descriptor

void WsTcpTransport::keepSystemQueueShort()
{
    wsKeepSystemQueueShort(m_descriptor);
}

// For a local socket, the system does not count bytes but the memory that they take.
qint64 WsTcpTransport::inFlight() const
{
    return m_isBroken || !isReady() || m_kind == Kind::Local ? 0 : wsSystemQueueSize(m_descriptor);
}

bool WsTcpTransport::hasUnread() const
{
    return isReady() && wsHasUnread(m_descriptor);
}

bool WsTcpTransport::shutdownWrite()
{
    if (isReady())
        wsShutdownWrite(m_descriptor);
    return true;
}

void WsTcpTransport::setNoDelay(bool noDelay)
{
    const int isOn = noDelay ? 1 : 0;
    (void)::setsockopt(m_descriptor, IPPROTO_TCP, TCP_NODELAY, &isOn, sizeof isOn);
}

WsEndpoints WsTcpTransport::endpoints() const
{
    WsEndpoints endpoints;
    if (m_descriptor < 0)
        return endpoints;
    endpoints.peerAddress = m_peer;
    endpoints.peerPort = m_peerPort;
    if (m_peer.isNull())
        endpoints.peerAddress = wsAddressOf(m_descriptor, ::getpeername, &endpoints.peerPort);
    endpoints.localAddress = wsAddressOf(m_descriptor, ::getsockname, &endpoints.localPort);
    return endpoints;
}

void WsTcpTransport::cut()
{
    endConnecting();
    for (WsSocketNotifier *const notifier :
         {std::exchange(m_reading, nullptr), std::exchange(m_writing, nullptr)}) {
        if (notifier)
            notifier->retire();
    }
    if (m_descriptor >= 0)
        ::close(std::exchange(m_descriptor, -1));
}

// --- waiting and moving

void WsTcpTransport::wait(bool reads, int ms)
{
    if (connecting()) {
        connecting()->wait(ms);
        return;
    }
    if (m_descriptor < 0)
        return;
    const auto events = short((reads && !m_isReadingOver ? POLLIN : 0) | (m_isFull ? POLLOUT : 0));
    const short found = WsThreadContext::current().wait(events == 0 ? -1 : m_descriptor, events, ms);
    if (m_isFull && (found & (POLLOUT | POLLERR)))
        onWriteReady();
}

template <typename Action>
void WsTcpTransport::forEachObject(Action action) const
{
    for (QObject *const object : std::initializer_list<QObject *>{m_reading, m_writing, connecting()}) {
        if (object)
            action(object);
    }
}

void WsTcpTransport::setOwner(QObject *owner)
{
    forEachObject([owner](QObject *object) { object->setParent(owner); });
}

void WsTcpTransport::moveToThread(QThread *thread)
{
    forEachObject([thread](QObject *object) { object->moveToThread(thread); });
}

bool WsTcpTransport::isInCurrentThread() const
{
    bool isHere = true;
    forEachObject([&isHere](const QObject *object) {
        isHere = isHere && object->thread() == QThread::currentThread();
    });
    return isHere;
}

#else
std::unique_ptr<WsTransport> wsPlainTransport()
{
    return std::make_unique<WsBufferedTransport>(new QTcpSocket);
}

std::unique_ptr<WsTransport> wsPlainTransport(qintptr descriptor, const QHostAddress &, quint16)
{
    auto *const socket = new QTcpSocket;
    (void)socket->setSocketDescriptor(descriptor); // if this fails, the connection ends at once
    return std::make_unique<WsBufferedTransport>(socket);
}
#endif
