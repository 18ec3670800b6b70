// SPDX-License-Identifier: MIT
#ifndef WSPROXYLOGINS_H
#define WSPROXYLOGINS_H

#include "protocol/wsauthentication.h"

#include <QtCore/qlist.h>
#include <QtNetwork/qabstractsocket.h>
#include <QtNetwork/qnetworkproxy.h>

// What users have answered the proxies of a client, for the next connections through them. All of it is
// values.
class WsProxyLogins
{
public:
    static constexpr int MaxKept = 8;

    // A connection through \a proxy begins. Returns the proxy with the login that is kept for it, if any.
    QNetworkProxy begin(const QNetworkProxy &proxy);
    // That proxy asks for a login, so the one it has had is wrong.
    void onAsked();
    void onAnswered(const WsCredentials &credentials);
    // It has not connected. Any other \a error than a rejection says nothing about the login.
    void onFailure(QAbstractSocket::SocketError error);
    void clear() { m_kept.clear(); }

private:
    struct Kept
    {
        QNetworkProxy proxy; // as the program has set it
        WsCredentials credentials;
    };

    QList<Kept> m_kept; // the oldest first
    QNetworkProxy m_current;
};

#endif // WSPROXYLOGINS_H
