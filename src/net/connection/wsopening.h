// SPDX-License-Identifier: MIT
#ifndef WSOPENING_H
#define WSOPENING_H

#include <WsKit/wserror.h>

#include <QtCore/qbytearray.h>
#include <QtNetwork/qsslerror.h>

#include <limits>

// The opening handshake of one connection, for as long as it lasts: the client's or the server's.
// Any call may end it, and so delete it.
class WsOpening
{
public:
    virtual ~WsOpening() = default;

    // The transport is there, TLS included.
    virtual void onConnected() = 0;
    virtual void onBytes(QByteArray bytes) = 0;
    // How many bytes it takes at a time, at least 1: what is not read is not kept.
    virtual qint64 maxRead() const { return std::numeric_limits<qint64>::max(); }
    // No more bytes come.
    virtual void onEnd() = 0;
    virtual void onTimeout() = 0;
    // The handshake came to nothing: \a error says why.
    virtual void onFailure(const WsError &error) = 0;
    // What has to be written is written.
    virtual void onWritten() { }
    // The peer's certificate is not trusted.
    virtual void onSslErrors(const QList<QSslError> &) { }
    // The connection is open; the last call of all.
    virtual void onEstablished() { }
};

#endif // WSOPENING_H
