// SPDX-License-Identifier: MIT
#ifndef WSTCPTRANSPORT_H
#define WSTCPTRANSPORT_H

#include "net/socket/wssockettransport.h"

// A plain TCP socket, used unbuffered: what is read comes straight from the kernel, which so holds back the
// peer as soon as nothing is read, and what is written goes there in one call for all pieces. It writes to
// the descriptor itself, so the socket must not go through a proxy.
class WsTcpTransport final : public WsSocketTransport
{
public:
    // A client's end.
    WsTcpTransport();
    // A server's end, which takes \a descriptor. A socket that cannot be is an end that comes at once.
    explicit WsTcpTransport(qintptr descriptor);

    void connectTo(const QString &host, quint16 port) override;
    bool isBuffered() const override { return false; }
    void write(WsOutput &output) override;
    qint64 pending() const override { return hasPending() && !isBroken() ? socket()->bytesToWrite() : 0; }
    void wait(bool reads, int ms) override;

private:
    void writePieces(WsOutput &output);
};

#endif // WSTCPTRANSPORT_H
