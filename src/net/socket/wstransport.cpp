// SPDX-License-Identifier: MIT
#include "net/socket/wstransport.h"

#include "net/loop/wsthreadcontext.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qcoreevent.h>
#include <QtCore/qthread.h>
#include <QtCore/qvariant.h>
#include <QtNetwork/qsslsocket.h>

#include <algorithm>
#include <array>

#ifdef Q_OS_UNIX
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#endif

namespace {
#ifdef Q_OS_UNIX
#ifdef MSG_NOSIGNAL
constexpr int NoSignal = MSG_NOSIGNAL;
#else
constexpr int NoSignal = 0; // QtNetwork ignores SIGPIPE where the flag is missing
#endif
constexpr qsizetype MaxPieces = 16;

// One system call for up to MaxPieces pieces; -1 and errno where nothing was written.
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
    message.msg_iovlen = size_t(count);
    ssize_t written = -1;
    do
        written = ::sendmsg(descriptor, &message, NoSignal);
    while (written < 0 && errno == EINTR);
    return written;
}

// What Qt waits by itself for is either of the two, and more bytes where some lie there that are not decrypted yet.
void waitReady(QAbstractSocket *socket, bool reads, bool writes, int ms)
{
    QCoreApplication::sendPostedEvents(socket, QEvent::MetaCall); // QSslSocket so goes on to decrypt
    const bool isConnected = socket->state() == QAbstractSocket::ConnectedState;
    if (!isConnected || (reads && socket->bytesAvailable() > 0))
        return;
    const auto events = short((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
    const short found = WsThreadContext::current().wait(int(socket->socketDescriptor()), events, ms);
    if (found == 0)
        return;
    if (writes && (found & (POLLOUT | POLLERR)))
        socket->flush();
    const bool isUnbuffered = socket->openMode() & QIODevice::Unbuffered;
    if (reads && !isUnbuffered && (found & ~POLLOUT) && socket->state() == QAbstractSocket::ConnectedState)
        socket->waitForReadyRead(0);
}
#endif
} // namespace

WsTransport::~WsTransport()
{
    release(true);
}

void WsTransport::setSocket(QAbstractSocket *socket, Mode mode)
{
    release(true);
    m_socket = socket;
    m_mode = mode;
    m_isBroken = m_hasPending = false;
    if (mode == Mode::Buffered)
        socket->setReadBufferSize(MaxPending);
}

void WsTransport::setNoDelay(bool noDelay)
{
    m_socket->setSocketOption(QAbstractSocket::LowDelayOption, noDelay ? 1 : 0);
}

qint64 WsTransport::read(char *buffer, qint64 size)
{
    const QAbstractSocket::SocketState state = m_socket->state();
    if (state == QAbstractSocket::HostLookupState || state == QAbstractSocket::ConnectingState)
        return 0;
    const qint64 count = m_socket->isOpen() ? m_socket->read(buffer, size) : -1;
    if (count > 0)
        return count;
    // After TLS's close_notify nothing more comes (RFC 8446 §6.1), though TCP may go on: some peers wait
    // for our end of it.
    const bool mayContinue = m_socket->state() == QAbstractSocket::ConnectedState
        && m_socket->error() != QAbstractSocket::RemoteHostClosedError;
    return mayContinue || m_socket->bytesAvailable() > 0 ? 0 : -1;
}

qint64 WsTransport::pendingInSocket() const
{
    if (!m_socket || m_isBroken)
        return 0;
    const auto *sslSocket = m_mode == Mode::Buffered ? qobject_cast<QSslSocket *>(m_socket) : nullptr;
    return m_socket->bytesToWrite() + (sslSocket ? sslSocket->encryptedBytesToWrite() : 0);
}

void WsTransport::noteEnd()
{
    m_isBroken = m_isBroken || m_socket->state() != QAbstractSocket::ConnectedState;
}

void WsTransport::write(WsOutput &output)
{
    m_hasPending = pending() > 0;
    noteEnd();
    if (m_isBroken)
        output.clear();
    else if (m_mode == Mode::Direct)
        writeDirect(output);
    else
        writeBuffered(output);
    if (m_isBroken)
        output.clear();
}

// Gives Qt a piece to keep and to write when the socket is ready for it.
bool WsTransport::handOver(WsOutput &output, qint64 size)
{
    const QByteArrayView piece = output.piece(0);
    m_hasPending = true;
    const qint64 written = m_socket->write(piece.data(), std::min(size, qint64(piece.size())));
    if (written < 0) {
        m_isBroken = true;
        return false;
    }
    output.consume(written);
    return true;
}

#ifdef Q_OS_UNIX
void WsTransport::writeDirect(WsOutput &output)
{
    const int descriptor = int(m_socket->socketDescriptor());
    while (!output.isEmpty() && m_socket->bytesToWrite() == 0) {
        qint64 offered = 0;
        const qint64 written = sendPieces(descriptor, output, &offered);
        if (written < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
            // What the peer sent before it went is still to be read: the socket stays open.
            m_isBroken = true;
            return;
        }
        if (written > 0)
            output.consume(written);
        constexpr qint64 SliceForNotifier = 4096;
        if (written < offered && !handOver(output, SliceForNotifier))
            return;
    }
}
#else
void WsTransport::writeDirect(WsOutput &output)
{
    while (!output.isEmpty() && m_socket->bytesToWrite() == 0) {
        if (!handOver(output, MaxPending))
            return;
    }
}
#endif

void WsTransport::writeBuffered(WsOutput &output)
{
    while (!output.isEmpty() && pending() < MaxPending) {
        if (!handOver(output, MaxPending))
            return;
        if (output.isEmpty() || pending() >= MaxPending)
            m_socket->flush();
    }
}

void WsTransport::wait(bool reads, int ms)
{
    auto *sslSocket = qobject_cast<QSslSocket *>(m_socket);
    switch (m_socket->state()) {
    case QAbstractSocket::HostLookupState:
    case QAbstractSocket::ConnectingState:
        m_socket->waitForConnected(ms);
        break;
    case QAbstractSocket::ConnectedState:
        if (sslSocket && sslSocket->mode() != QSslSocket::UnencryptedMode && !sslSocket->isEncrypted())
            sslSocket->waitForEncrypted(ms);
        else
            waitConnected(reads, ms);
        break;
    case QAbstractSocket::ClosingState:
        m_socket->waitForDisconnected(ms);
        break;
    default:
        break;
    }
}

void WsTransport::waitConnected(bool reads, int ms)
{
    const bool writes = pending() > 0;
    const bool waitsForTime = !reads && !writes; // and for what other threads ask for
#ifdef Q_OS_UNIX
    if (waitsForTime)
        (void)WsThreadContext::current().wait(-1, 0, ms);
    else
        waitReady(m_socket, reads, writes, ms);
#else
    constexpr int LongestWait = 10; // Qt waits for one of the two alone
    if (waitsForTime)
        QThread::msleep(static_cast<unsigned long>(std::min(ms, LongestWait)));
    else if (!reads)
        m_socket->waitForBytesWritten(ms);
    else
        m_socket->waitForReadyRead(writes ? std::min(ms, LongestWait) : ms);
#endif
}

void WsTransport::shutdownWrite()
{
#ifdef Q_OS_UNIX
    // Over TLS this is no close_notify, which Qt only sends when it ends the connection. The peer has been told
    // by what it reads first, a Close frame or an HTTP answer with its length.
    if (m_socket->state() == QAbstractSocket::ConnectedState)
        ::shutdown(int(m_socket->socketDescriptor()), SHUT_WR);
#endif
}

void WsTransport::release(bool cut)
{
    if (!m_socket)
        return;
    QAbstractSocket *const socket = std::exchange(m_socket, nullptr);
    WsThreadContext &context = WsThreadContext::current();
    socket->disconnect();
    if (cut)
        socket->abort();
    else
        socket->disconnectFromHost();
    // Not deleted here: the socket itself may be the caller.
    if (socket->state() == QAbstractSocket::UnconnectedState) {
        context.retire(socket);
    } else {
        socket->setParent(&context);
        QObject::connect(socket, &QAbstractSocket::disconnected, &context,
                         [&context, socket] { context.retire(socket); });
    }
}
