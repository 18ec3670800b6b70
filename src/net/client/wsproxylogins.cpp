// SPDX-License-Identifier: MIT
#include "net/client/wsproxylogins.h"

#include <utility>

QNetworkProxy WsProxyLogins::begin(const QNetworkProxy &proxy)
{
    m_current = proxy;
    QNetworkProxy result = proxy;
    for (const Kept &kept : std::as_const(m_kept)) {
        if (kept.proxy == proxy) {
            result.setUser(kept.credentials.user);
            result.setPassword(kept.credentials.password);
        }
    }
    return result;
}

void WsProxyLogins::onAsked()
{
    m_kept.removeIf([this](const Kept &kept) { return kept.proxy == m_current; });
}

void WsProxyLogins::onAnswered(const WsCredentials &credentials)
{
    onAsked();
    if (credentials.isEmpty())
        return;
    if (m_kept.size() == MaxKept)
        m_kept.removeFirst();
    m_kept.append({m_current, credentials});
}

// Some proxies deny a user that they do not know, and never ask again.
void WsProxyLogins::onFailure(QAbstractSocket::SocketError error)
{
    if (error == QAbstractSocket::ProxyAuthenticationRequiredError
        || error == QAbstractSocket::SocketAccessError)
        onAsked();
}
