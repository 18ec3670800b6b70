// SPDX-License-Identifier: MIT
#ifndef WSACCESSLOG_H
#define WSACCESSLOG_H

#include <QtCore/qbytearray.h>
#include <QtCore/qstring.h>
#include <QtNetwork/qhostaddress.h>

#include <chrono>

class WsConnectionPrivate;
class WsResponse;
struct WsRequestHead;

// A line of wskit.access.
struct WsAccess
{
    quint64 id = 0; // of the connection
    QHostAddress client;
    quint16 port = 0;
    QString user;
    QByteArray method;
    QByteArray target; // of which the line contains the path
    int status = 0;
    QString subprotocol;
    std::chrono::milliseconds duration{0};
    qint64 messagesIn = 0;
    qint64 messagesOut = 0;
    qint64 bytesIn = 0; // on the wire
    qint64 bytesOut = 0;
    quint16 closeCode = 0; // 0: of a plain answer
    QString reason;
    QByteArray agent;
};

// Only printable ASCII, whatever the peer has sent.
QByteArray wsAccessLine(const WsAccess &access);

// If the category is switched on: a connection that was open has ended.
void wsLogAccess(const WsConnectionPrivate &connection, quint16 closeCode);
// The same for a client that is answered over HTTP. \a request is empty if it could not be read.
void wsLogAccess(const WsConnectionPrivate &connection, const WsRequestHead &request,
                 const WsResponse &response, qint64 answerSize);

#endif // WSACCESSLOG_H
