// SPDX-License-Identifier: MIT
#include "net/server/wshandshakelog.h"

#include "net/loop/wslogging.h"
#include "protocol/wshttphead.h"

#include <WsKit/wserror.h>

namespace {
QString nameAlone(const QHostAddress &address, quint16 port)
{
    if (address.isNull())
        return QStringLiteral("a client without an address");
    if (port == 0)
        return address.toString();
    const bool isIpv6 = address.protocol() == QAbstractSocket::IPv6Protocol;
    return (isIpv6 ? QStringLiteral("[%1]:%2") : QStringLiteral("%1:%2"))
        .arg(address.toString(), QString::number(port));
}

QString peerName(const QHostAddress &address, quint16 port, const QString &proxy)
{
    const QString name = nameAlone(address, port);
    return proxy.isEmpty() ? name : QStringLiteral("%1 through %2").arg(name, proxy);
}
} // namespace

void wsLogRefusal(const QHostAddress &address, quint16 port, const WsError &error, const QString &proxy)
{
    if (!wsHandshakeLog().isDebugEnabled())
        return;
    const QString with =
        error.httpStatus() > 0 ? QStringLiteral(" with %1").arg(error.httpStatus()) : QString();
    qCDebug(wsHandshakeLog, "refused %s%s: %s", qUtf8Printable(peerName(address, port, proxy)),
            qUtf8Printable(with), qUtf8Printable(error.text()));
}

void wsLogRefusal(const QHostAddress &address, quint16 port, const QString &reason, const QString &proxy)
{
    wsLogRefusal(address, port, WsError(Ws::ErrorKind::Handshake, reason), proxy);
}

void wsLogAnswer(const QHostAddress &address, quint16 port, const QByteArray &method,
                 const QByteArray &target, int status, const QString &proxy)
{
    if (!wsHandshakeLog().isDebugEnabled())
        return;
    qCDebug(wsHandshakeLog, "%s %s with %d: %s %s", status == 101 ? "accepted" : "answered",
            qUtf8Printable(peerName(address, port, proxy)), status, method.constData(),
            qUtf8Printable(wsQuotedPath(target)));
}
