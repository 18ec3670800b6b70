// SPDX-License-Identifier: MIT
#ifndef WSTCPTRANSPORT_H
#define WSTCPTRANSPORT_H

#include "net/socket/wshosttransport.h"

#include <memory>

// The transport of plain TCP on this system: a client's end, or a server's end, which takes \a descriptor.
std::unique_ptr<WsTransport> wsPlainTransport();
// The system is asked for the address of the \a peer only if it is null.
std::unique_ptr<WsTransport> wsPlainTransport(qintptr descriptor, const QHostAddress &peer, quint16 peerPort);

#ifdef Q_OS_UNIX
class WsSocketNotifier;

// Plain TCP over a descriptor, without a QTcpSocket, which would take several times the memory and the
// instructions. Data is read directly from the kernel, so TCP slows the peer down as soon as nothing is read.
// All pieces of the output are written in one system call.
//
// A local socket is the same for the system. A QLocalSocket would also lose what the peer has sent before it
// has gone, if a write is the first to notice.
class WsTcpTransport final : public WsHostTransport
{
public:
    enum class Kind : quint8 { Tcp, Local };

    // A client's end.
    explicit WsTcpTransport(Kind kind = Kind::Tcp) : m_kind(kind) { }
    // A server's end, which takes \a descriptor. If it is none, the connection has ended.
    explicit WsTcpTransport(qintptr descriptor, const QHostAddress &peer = {}, quint16 peerPort = 0);
    WsTcpTransport(qintptr descriptor, Kind kind);
    ~WsTcpTransport() override;

    // The host of a local socket is its path.
    void connectTo(const QString &host, quint16 port) override;
    QString awaited() const override;
    bool isReady() const override { return m_descriptor >= 0 && !(m_isReadingOver && m_isBroken); }
    bool isBroken() const override { return m_isBroken || hasEnded(); }
    bool isConnecting() const override { return connecting() != nullptr; }
    qint64 read(char *buffer, qint64 size) override;
    bool isBuffered() const override { return false; }
    void write(WsOutput &output) override;
    bool flush() override;
    qint64 pending() const override { return 0; }
    bool isFull() const override { return m_isFull; }
    void keepSystemQueueShort() override;
    qint64 inFlight() const override;
    bool hasUnread() const override;
    bool hasEnded() const override { return !isReady() && !isConnecting(); }
    void noteEnd() override { }
    void wait(bool reads, int ms) override;
    bool shutdownWrite() override;
    WsEndpoints endpoints() const override;
    void setNoDelay(bool noDelay) override;
    WsError lostError() const override;
    void cut() override;
    void finish(std::chrono::milliseconds, const WsPlaceKeeper &) override { cut(); }
    void watch() override;
    void setOwner(QObject *owner) override;
    void moveToThread(QThread *thread) override;
    bool isInCurrentThread() const override;

private:
    friend class WsSocketNotifier;

    std::unique_ptr<WsError> adopt(qintptr descriptor) override;
    void onSocketConnected() override;
    void take(qintptr descriptor);
    void onReadReady();
    void onWriteReady();
    void writePieces(WsOutput &output);
    void noteFull();
    void endBySystem(int error);
    template <typename Action>
    void forEachObject(Action action) const;

    const QHostAddress m_peer; // of a server's end, if it is known
    const quint16 m_peerPort = 0;
    const Kind m_kind;
    int m_descriptor = -1;
    WsSocketNotifier *m_reading = nullptr; // of the descriptor
    WsSocketNotifier *m_writing = nullptr; // null until the system has once taken less than there was
    int m_readError = 0;                   // of the system
    int m_writeError = 0;
    bool m_isReadingOver = false; // the peer has ended its direction, or everything
    bool m_isBroken = false;      // nothing more can be written
    bool m_hasRead = false;       // since the system last said that there is something
    bool m_isFull = false;
};
#endif // Q_OS_UNIX

#endif // WSTCPTRANSPORT_H
