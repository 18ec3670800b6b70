// SPDX-License-Identifier: MIT
#ifndef SITE_H
#define SITE_H

#include "accounts.h"
#include "sessions.h"

#include <WsKit/WsServer>

// The pages, the login and the WebSocket, all on one port.
class Site : public QObject
{
    Q_OBJECT

public:
    explicit Site(std::chrono::milliseconds sessionLife = std::chrono::hours(8),
                  std::chrono::milliseconds ticketLife = std::chrono::seconds(30));

    WsServer &server() { return m_server; }
    const WsServer &server() const { return m_server; }
    Accounts &accounts() { return m_accounts; }

private:
    WsResponse page(const WsRequest &request);
    QFuture<WsResponse> logIn(const WsRequest &request);
    WsResponse logOut(const WsRequest &request);
    WsResponse giveTicket(const WsRequest &request);
    WsResponse openWebSocket(const WsRequest &request);
    void onConnection(WsConnection *connection);
    // The session that the cookie of the request stands for, or an empty array.
    QByteArray sessionOf(const WsRequest &request) const;

    Accounts m_accounts;
    Sessions m_sessions;
    int m_runningChecks = 0; // of passwords
    WsServer m_server;
};

#endif // SITE_H
