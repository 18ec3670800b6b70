// SPDX-License-Identifier: MIT
#ifndef WSTRANSPORT_H
#define WSTRANSPORT_H

#include "protocol/wsoutput.h"

#include <QtNetwork/qabstractsocket.h>

#include <memory>

// The socket of one connection, read and written with as few copies and system calls as it allows.
//
// A plain TCP socket is used unbuffered: what is read comes straight from the kernel, which so holds
// back the peer as soon as nothing is read, and what is written goes there in one call for all pieces.
// A socket of another kind (TLS, or one made elsewhere) keeps Qt's buffers, which are kept short.
class WsTransport
{
public:
    // The most that is handed to Qt's buffers at a time.
    static constexpr qint64 MaxPending = 64 * 1024;

    enum class Mode : quint8 {
        Direct,  // opened unbuffered
        Buffered // through Qt's buffers
    };

    WsTransport() = default;
    ~WsTransport();
    Q_DISABLE_COPY_MOVE(WsTransport)

    void setSocket(QAbstractSocket *socket, Mode mode);
    QAbstractSocket *socket() const { return m_socket; }
    explicit operator bool() const { return m_socket != nullptr; }
    Mode mode() const { return m_mode; }

    void setNoDelay(bool noDelay);
    // How many bytes were read; 0 where there are none now, -1 where there will be none any more.
    qint64 read(char *buffer, qint64 size);
    // Hands the operating system what it takes of \a output.
    void write(WsOutput &output);
    // What Qt still holds of what was written.
    qint64 pending() const { return m_hasPending ? pendingInSocket() : 0; }
    // The socket tells of its end: nothing that is written arrives any more; there may still be something to read.
    void noteEnd();
    bool hasEnded() const { return m_socket->state() == QAbstractSocket::UnconnectedState; }
    // Blocks for \a ms at most until the connection is made, bytes are there to be read, if \a reads, or pending ones
    // have been written. The socket tells of it by its signals, in which this may be deleted.
    void wait(bool reads, int ms);
    // Tells the peer that nothing more comes, and still reads; where the platform can.
    void shutdownWrite();
    // Lets go of the socket; what was written is still sent, unless \a cut.
    void release(bool cut);

private:
    qint64 pendingInSocket() const;
    void waitConnected(bool reads, int ms);
    void writeDirect(WsOutput &output);
    void writeBuffered(WsOutput &output);
    bool handOver(WsOutput &output, qint64 size);

    QAbstractSocket *m_socket = nullptr;
    Mode m_mode = Mode::Direct;
    bool m_isBroken = false;
    bool m_hasPending = false; // something was left to Qt, which may still have it
};

#endif // WSTRANSPORT_H
