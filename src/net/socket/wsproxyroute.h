// SPDX-License-Identifier: MIT
#ifndef WSPROXYROUTE_H
#define WSPROXYROUTE_H

#include <WsKit/wserror.h>

#include <QtNetwork/qabstractsocket.h>
#include <QtNetwork/qauthenticator.h>
#include <QtNetwork/qnetworkproxy.h>

// The way to a host through a proxy: what errors say about it, and which answers the proxy has had.
class WsProxyRoute
{
public:
    WsProxyRoute(const QNetworkProxy &proxy, const QString &host, quint16 port);

    const QNetworkProxy &proxy() const { return m_proxy; }
    const QString &host() const { return m_host; }
    quint16 port() const { return m_port; }

    // Why Qt cannot ask the proxy for the host, or must not; empty if it can.
    QString obstacle() const;
    // What the opening waits for, as in WsTransport::awaited().
    QString awaited() const;
    // What users have answered the proxy. Returns false if it must not be sent, or is the same as before: Qt
    // would send it again and again.
    bool takeAnswer(const QAuthenticator &answer);

    // What has gone wrong, if it is not Qt that has found it.
    void setProblem(const QString &problem, QAbstractSocket::SocketError error);
    bool hasProblem() const { return !m_problem.isEmpty(); }
    // The error of \a socket, or the problem, as it is reported to users.
    WsError error(const QAbstractSocket &socket) const;

private:
    bool isHttp() const;

    const QNetworkProxy m_proxy;
    const QString m_host;
    const quint16 m_port;
    QString m_user;
    QString m_password;
    QString m_problem;
    QAbstractSocket::SocketError m_problemError = QAbstractSocket::ProxyProtocolError;
};

#endif // WSPROXYROUTE_H
