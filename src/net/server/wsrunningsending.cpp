// SPDX-License-Identifier: MIT
#include "net/server/wsrunningsending.h"

#include "net/connection/wsconnection_p.h"
#include "net/server/wsserverthread.h"

#include <algorithm>
#include <utility>

WsRunningSending::WsRunningSending(std::shared_ptr<WsServerThread> thread, const WsSendingToMany &sending,
                                   QList<WsConnection *> connections)
    : m_thread(std::move(thread)), m_sending(sending), m_connections(std::move(connections))
{
    m_thread->running.push_back(this);
}

WsRunningSending::~WsRunningSending()
{
    if (m_isRunning) // otherwise the list belongs to another thread
        std::erase(m_thread->running, this);
}

int WsRunningSending::run()
{
    // A slot that an outer one has called sends this one. Whom the outer one has not reached gets that first.
    const std::vector<WsRunningSending *> &running = m_thread->running;
    for (size_t i = 0; m_isRunning && running.at(i) != this; ++i)
        running.at(i)->sendOn();
    sendOn();
    return m_reached;
}

// They may run while this one does, and others of the same thread as well.
void WsRunningSending::sendOn()
{
    while (m_next < m_connections.size()) {
        WsConnection *const connection = m_connections.at(m_next);
        ++m_next; // first: a slot may move it
        if (connection && sendTo(connection))
            ++m_reached;
    }
}

bool WsRunningSending::sendTo(WsConnection *connection)
{
    using Entry = WsSending::Entry;
    WsConnectionPrivate &d = *WsConnectionPrivate::of(connection);
    if (std::binary_search(m_sending.refusals.begin(), m_sending.refusals.end(), d.id))
        return false;
    if (Q_UNLIKELY(d.replays) && !m_sending.id.isNull() && !d.replays->mayPass(m_sending))
        return false;
    if (m_sending.replaced > 0 && d.life.state() == Ws::Open)
        d.skips.note(m_sending.topic, m_sending.replaced);
    return d.sending.sendAsOneOfMany(m_sending, m_sending.isAccepted ? Entry::Accepted : Entry::AskForMany);
}

bool WsRunningSending::awaits(const WsConnection *connection) const
{
    return std::find(m_connections.begin() + m_next, m_connections.end(), connection) != m_connections.end();
}

void WsRunningSending::remove(const WsConnection *connection)
{
    std::replace(m_connections.begin() + m_next, m_connections.end(), const_cast<WsConnection *>(connection),
                 static_cast<WsConnection *>(nullptr));
}

void WsRunningSending::goOnIn(WsServerThread *host)
{
    m_reached += host->sendFirst(m_sending);
}

void WsRunningSending::goOnLater()
{
    WsSendingToMany rest = m_sending;
    for (const WsConnection *connection : m_thread->openConnections()) {
        if (!awaits(connection))
            rest.refusals.push_back(WsConnectionPrivate::of(connection)->id);
    }
    std::sort(rest.refusals.begin(), rest.refusals.end());
    rest.except = nullptr; // it is among them
    m_reached += m_thread->sendFirst(std::move(rest));
    m_connections.clear();
    std::erase(m_thread->running, this);
    m_isRunning = false;
}
