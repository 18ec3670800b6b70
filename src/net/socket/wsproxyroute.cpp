// SPDX-License-Identifier: MIT
#include "net/socket/wsproxyroute.h"

#include <QtNetwork/qhostaddress.h>

namespace {
QString hostAndPort(const QString &host, quint16 port)
{
    const QString shown = host.contains(QLatin1Char(':')) ? QStringLiteral("[%1]").arg(host) : host;
    return QStringLiteral("%1:%2").arg(shown, QString::number(port));
}
} // namespace

WsProxyRoute::WsProxyRoute(const QNetworkProxy &proxy, const QString &host, quint16 port)
    : m_proxy(proxy), m_host(host), m_port(port), m_user(proxy.user()), m_password(proxy.password())
{
}

// RFC 9110 §7.2, RFC 3986 §3.2.2: an IPv6 address stands in brackets. Qt 6.4 leaves them out, and makes an
// empty host of an address that has them.
QString WsProxyRoute::obstacle() const
{
    const bool isIpv6 = QHostAddress(m_host).protocol() == QAbstractSocket::IPv6Protocol;
    if (!isIpv6 || m_proxy.type() != QNetworkProxy::HttpProxy)
        return {};
    return QStringLiteral(
        "Qt cannot ask an HTTP proxy for an IPv6 address; use the name of the host, or SOCKS5");
}

QString WsProxyRoute::awaited() const
{
    return QStringLiteral("the proxy %1 to connect to %2")
        .arg(hostAndPort(m_proxy.hostName(), m_proxy.port()), hostAndPort(m_host, m_port));
}

bool WsProxyRoute::takeAnswer(const QAuthenticator &answer)
{
    const bool isNew = answer.user() != m_user || answer.password() != m_password;
    m_user = answer.user();
    m_password = answer.password();
    if (isNew)
        return true;
    setProblem(m_user.isEmpty() && m_password.isEmpty()
                   ? QStringLiteral("it wants a user name and a password")
                   : QStringLiteral("it has not accepted the user name and the password"),
               QAbstractSocket::ProxyAuthenticationRequiredError);
    return false;
}

void WsProxyRoute::setProblem(const QString &problem, QAbstractSocket::SocketError error)
{
    m_problem = problem;
    m_problemError = error;
}

WsError WsProxyRoute::error(const QAbstractSocket &socket) const
{
    QString reason = hasProblem() ? m_problem : socket.errorString();
    if (!hasProblem() && socket.error() == QAbstractSocket::UnsupportedSocketOperationError)
        reason = QStringLiteral("a proxy of this type does not carry other protocols than its own");
    WsError described(Ws::ErrorKind::Proxy, QStringLiteral("the proxy %1 has not connected to %2: %3")
                                                .arg(hostAndPort(m_proxy.hostName(), m_proxy.port()),
                                                     hostAndPort(m_host, m_port), reason));
    described.setSocketError(hasProblem() ? m_problemError : socket.error());
    return described;
}
