// SPDX-License-Identifier: MIT
#include "net/socket/wstcptransport.h"

#include "net/socket/wssocketwait.h"

#include <algorithm>
#include <array>

#ifdef Q_OS_UNIX
#include <cerrno>
#include <sys/socket.h>
#include <sys/uio.h>
#endif

namespace {
constexpr auto UnbufferedMode = QIODevice::ReadWrite | QIODevice::Unbuffered;

// To write to a peer that has gone must not end the program by SIGPIPE: if sendmsg() has no flag for this, as
// on Apple's systems, the socket has an option.
void suppressSignal([[maybe_unused]] qintptr descriptor)
{
#if defined(Q_OS_UNIX) && !defined(MSG_NOSIGNAL) && defined(SO_NOSIGPIPE)
    const int isOn = 1;
    ::setsockopt(int(descriptor), SOL_SOCKET, SO_NOSIGPIPE, &isOn, sizeof isOn);
#endif
}
} // namespace

// Unbuffered, unlike a QTcpSocket.
WsTcpTransport::WsTcpTransport() : WsSocketTransport(new QAbstractSocket(QAbstractSocket::TcpSocket, nullptr))
{
    QObject::connect(socket(), &QIODevice::readyRead, socket(), [this] { user()->onReadable(); });
    QObject::connect(socket(), &QIODevice::bytesWritten, socket(), [this] { user()->onWritten(); });
    QObject::connect(socket(), &QAbstractSocket::errorOccurred, socket(), [this] { onSocketError(); });
}

WsTcpTransport::WsTcpTransport(qintptr descriptor) : WsTcpTransport()
{
    suppressSignal(descriptor);
    (void)socket()->setSocketDescriptor(descriptor);
}

bool WsTcpTransport::adopt(qintptr descriptor)
{
    suppressSignal(descriptor);
    return socket()->setSocketDescriptor(descriptor, QAbstractSocket::ConnectedState, UnbufferedMode);
}

void WsTcpTransport::onSocketConnected()
{
    if (reportStep(Ws::Connected))
        user()->onConnected();
}

void WsTcpTransport::write(WsOutput &output)
{
    setPending(socket()->bytesToWrite() > 0);
    noteEnd();
    if (!isBroken()) {
        writePieces(output);
        if (isBroken())
            endBySystem();
    }
    if (isBroken())
        output.clear();
}

WsError WsTcpTransport::lostError() const
{
    WsError error = WsSocketTransport::lostError();
    if (m_writeError == 0)
        return error;
    WsError refused(Ws::ErrorKind::Network,
                    QStringLiteral("the system does not send: %1").arg(qt_error_string(m_writeError)));
    refused.setSocketError(error.socketError());
    return refused;
}

#ifdef Q_OS_UNIX
namespace {
#ifdef MSG_NOSIGNAL
constexpr int NoSignal = MSG_NOSIGNAL;
#else
constexpr int NoSignal = 0; // see suppressSignal()
#endif
constexpr qsizetype MaxPieces = 16;

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
        written = ::sendmsg(descriptor, &message, NoSignal);
    while (written < 0 && errno == EINTR);
    return written;
}
} // namespace

void WsTcpTransport::writePieces(WsOutput &output)
{
    const int descriptor = int(socket()->socketDescriptor());
    while (!output.isEmpty() && socket()->bytesToWrite() == 0) {
        qint64 offered = 0;
        const qint64 written = sendPieces(descriptor, output, &offered);
        if (written < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
            if (errno != EPIPE && errno != ECONNRESET)
                m_writeError = errno;
            setBroken();
            return;
        }
        if (written > 0)
            output.consume(written);
        constexpr qint64 SliceForNotifier = 4096;
        if (written < offered && !handOver(output, SliceForNotifier))
            return;
    }
}
// Data has been dropped, so the connection must not go on: what the peer has sent before can still be read,
// then the socket reports the end. It would not do that by itself if the peer is there and only the system
// has refused to send, for lack of memory. If it was Qt that found the peer gone, it has closed the
// descriptor, whose number may be that of another socket by now, and reports nothing.
void WsTcpTransport::endBySystem()
{
    if (socket()->error() == QAbstractSocket::RemoteHostClosedError)
        user()->onEnded();
    else
        (void)::shutdown(int(socket()->socketDescriptor()), SHUT_RDWR);
}
#else
void WsTcpTransport::endBySystem()
{
    user()->onEnded();
}

void WsTcpTransport::writePieces(WsOutput &output)
{
    while (!output.isEmpty() && socket()->bytesToWrite() == 0) {
        if (!handOver(output, MaxPending))
            return;
    }
}
#endif

void WsTcpTransport::wait(bool reads, int ms)
{
    if (!waitForState(ms))
        wsWaitForSocket(socket(), reads, pending() > 0, ms);
}
