// SPDX-License-Identifier: MIT
#ifndef WSTCPTRANSPORT_H
#define WSTCPTRANSPORT_H

#include "net/socket/wssockettransport.h"

// A plain TCP socket without buffers. Data is read directly from the kernel, so TCP slows the peer down as
// soon as nothing is read. All pieces of the output are written in one system call. It writes to the
// descriptor itself, so the socket must not use a proxy.
class WsTcpTransport final : public WsSocketTransport
{
public:
    // A client's end.
    WsTcpTransport();
    // A server's end, which takes \a descriptor. If that fails, the connection ends immediately.
    explicit WsTcpTransport(qintptr descriptor);

    void connectTo(const QString &host, quint16 port) override { connectDirectly(host, port); }
    bool isBuffered() const override { return false; }
    void write(WsOutput &output) override;
    qint64 pending() const override { return hasPending() && !isBroken() ? socket()->bytesToWrite() : 0; }
    void wait(bool reads, int ms) override;
    WsError lostError() const override;

private:
    bool adopt(qintptr descriptor) override;
    void onSocketConnected() override;
    void writePieces(WsOutput &output);
    void endBySystem();

    int m_writeError = 0; // of the system
};

#endif // WSTCPTRANSPORT_H
