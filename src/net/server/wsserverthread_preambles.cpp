// SPDX-License-Identifier: MIT

// How the clients of a thread get a connection, and what becomes of those without one.

#include "net/server/wsserverthread.h"

#include "net/connection/wsconnection_p.h"
#include "net/server/wshandshakelog.h"
#include "net/server/wspreamble.h"
#include "net/server/wsproxystep.h"
#include "net/server/wsserver_p.h"
#include "net/server/wsserverhome.h"

#include <memory>
#include <utility>

void WsServerThread::accept(const WsAcceptedClient &client)
{
    if (!wsNextPreambleStep(client)) {
        begin(client);
        return;
    }
    if (!m_preambles)
        m_preambles = std::make_unique<WsPreambles>(*this);
    m_preambles->take(client);
}

// The request usually comes with the client, so that it is there before the event loop has been asked.
void WsServerThread::startReading(WsConnectionPrivate &connection, bool isLocal)
{
    const std::shared_ptr<WsServerThread> self = shared_from_this();
    WsLifeGuard guard(connection);
    connection.link.onConnected();
    if (guard && !isLocal)
        connection.link.onReadable();
}

// A slot may delete the server.
void WsServerThread::refuse(const WsAcceptedClient &client, const QString &reason)
{
    const std::shared_ptr<WsServerThread> self = shared_from_this();
    noteRefusal(client, reason);
    home().callServer([client, reason](WsServer &server) {
        Q_EMIT server.connectionRejected(WsError(Ws::ErrorKind::Handshake, reason), client.address);
    });
    forget(client, true);
}

void WsServerThread::cut(const WsAcceptedClient &client, bool isReported)
{
    noteRefusal(client, QStringLiteral("the server ended the connection before its request was answered"));
    forget(client, isReported);
}

void WsServerThread::noteRefusal(const WsAcceptedClient &client, const QString &reason)
{
    tally.addRejected(0);
    const bool isPassedOn = client.proxyHeader && !client.proxyHeader->isOfProxy;
    wsLogRefusal(client.address, isPassedOn ? client.proxyHeader->port : quint16(0), reason,
                 isPassedOn ? wsProxyName(client.proxyAddress) : QString());
}

void WsServerThread::forget(const WsAcceptedClient &client, bool isReported)
{
    WsRemovedClient removed;
    removed.number = client.number;
    home().uncount(removed);
    if (isReported)
        reportRemoved(removed);
}

void WsServerThread::endPreambles(bool isReported)
{
    if (const std::unique_ptr<WsPreambles> preambles = std::move(m_preambles))
        preambles->end(isReported);
}

void WsServerThread::leavePreambles()
{
    if (m_preambles)
        m_preambles->leave();
}

void WsServerThread::postponePreambles()
{
    if (const std::unique_ptr<WsPreambles> preambles = std::move(m_preambles)) {
        for (const WsAcceptedClient &client : preambles->release()) {
            (void)post([this, postponed = std::make_shared<WsPostponedClient>(client)] {
                accept(postponed->take());
            });
        }
    }
}
