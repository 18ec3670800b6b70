// SPDX-License-Identifier: MIT
#include "net/socket/wsproxyroute.h"

#include "protocol/wshttphead.h"

#include <QtNetwork/qhostaddress.h>

#include <algorithm>

namespace {
QString hostAndPort(const QString &host, quint16 port)
{
    const QString shown = host.contains(QLatin1Char(':')) ? QStringLiteral("[%1]").arg(host) : host;
    return QStringLiteral("%1:%2").arg(shown, QString::number(port));
}

bool hasControl(const QString &text)
{
    return std::any_of(text.begin(), text.end(), [](QChar c) { return c < u' ' || c == u'\x7f'; });
}

// RFC 7617 §2. With Digest, Qt writes the name into the request as it is.
QString credentialsProblem(const QString &user, const QString &password)
{
    if (!hasControl(user) && !hasControl(password))
        return {};
    return QStringLiteral("the user name or the password for it contains a control character");
}

// Qt writes these as they are as well.
QString headersProblem(const QNetworkProxy &proxy)
{
    const QList<QByteArray> names = proxy.rawHeaderList();
    for (const QByteArray &name : names) {
        if (const QString problem = wsCheckHeader(name, proxy.rawHeader(name)); !problem.isEmpty())
            return problem;
    }
    return {};
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
    if (!isHttp())
        return {};
    if (QHostAddress(m_host).protocol() == QAbstractSocket::IPv6Protocol)
        return QStringLiteral(
            "Qt cannot ask an HTTP proxy for an IPv6 address; use the name of the host, or SOCKS5");
    const QString problem = credentialsProblem(m_user, m_password);
    return problem.isEmpty() ? headersProblem(m_proxy) : problem;
}

bool WsProxyRoute::isHttp() const
{
    return m_proxy.type() == QNetworkProxy::HttpProxy;
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
    QString problem = isHttp() ? credentialsProblem(m_user, m_password) : QString();
    if (isNew && problem.isEmpty())
        return true;
    if (problem.isEmpty())
        problem = m_user.isEmpty() && m_password.isEmpty()
                      ? QStringLiteral("it wants a user name and a password")
                      : QStringLiteral("it has not accepted the user name and the password");
    setProblem(problem, QAbstractSocket::ProxyAuthenticationRequiredError);
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
