// SPDX-License-Identifier: MIT
#include "net/server/wsadmission.h"

#include <algorithm>

namespace {
// An address may have this many unfinished requests even if it may have fewer connections: several users may
// share the address, and each refusal takes some time.
constexpr int MinPendingPerAddress = 64;
} // namespace

void WsAdmission::setLimits(const WsServerLimits &limits)
{
    const QMutexLocker locker(&m_mutex);
    m_limits = limits;
}

WsAdmission::Number WsAdmission::enter(const QHostAddress &address)
{
    const QMutexLocker locker(&m_mutex);
    return makeRoomFor(address) ? add(address, true) : 0;
}

bool WsAdmission::makeRoomFor(const QHostAddress &address)
{
    if (m_limits.connectionsPerAddress > 0) {
        const auto own = m_pendingPerAddress.constFind(address);
        const int limit = std::max(m_limits.connectionsPerAddress, MinPendingPerAddress);
        const bool isFull = own != m_pendingPerAddress.constEnd() && own->size() >= size_t(limit);
        if (isFull && !makeOldestGiveWay(&*own))
            return false;
    }
    const size_t limit = size_t(m_limits.pendingHandshakes);
    while (limit > 0 && m_pending.size() >= limit) {
        if (!makeOldestGiveWay(nullptr))
            return false;
    }
    return true;
}

bool WsAdmission::makeOldestGiveWay(const std::set<Number> *among)
{
    const auto canGiveWay = [](const Pending &pending) { return pending.isLate || pending.giveWay; };
    Number oldest = 0;
    if (among) {
        const auto found = std::find_if(among->begin(), among->end(),
                                        [&](Number number) { return canGiveWay(m_pending.at(number)); });
        oldest = found == among->end() ? 0 : *found;
    } else {
        const auto found = std::find_if(m_pending.begin(), m_pending.end(),
                                        [&](const auto &entry) { return canGiveWay(entry.second); });
        oldest = found == m_pending.end() ? 0 : found->first;
    }
    if (oldest == 0)
        return false;
    if (const GiveWay giveWay = m_pending.at(oldest).giveWay)
        giveWay();
    erase(oldest);
    return true;
}

bool WsAdmission::setGiveWay(Number number, const GiveWay &giveWay)
{
    const QMutexLocker locker(&m_mutex);
    const auto found = m_pending.find(number);
    if (found == m_pending.end())
        return false;
    found->second.giveWay = giveWay;
    found->second.isLate = false;
    return true;
}

WsHttpError WsAdmission::admit(Number number, const QHostAddress &address)
{
    const QMutexLocker locker(&m_mutex);
    const WsHeaders retryLater = {{"Retry-After", "5"}};
    if (m_limits.connections > 0 && m_connections >= m_limits.connections)
        return {503, QStringLiteral("the server has reached maxConnections (%1)").arg(m_limits.connections),
                retryLater};
    const int limit = m_limits.connectionsPerAddress;
    if (limit > 0 && m_perAddress.value(address) >= limit)
        return {503, QStringLiteral("the address has reached maxConnectionsPerAddress (%1)").arg(limit),
                retryLater};
    erase(number);
    ++m_connections;
    ++m_perAddress[address];
    return {};
}

void WsAdmission::leave(Number number)
{
    const QMutexLocker locker(&m_mutex);
    erase(number);
}

void WsAdmission::addConnection(const QHostAddress &address)
{
    const QMutexLocker locker(&m_mutex);
    ++m_connections;
    ++m_perAddress[address];
}

void WsAdmission::removeConnection(const QHostAddress &address)
{
    const QMutexLocker locker(&m_mutex);
    --m_connections;
    const auto found = m_perAddress.find(address);
    if (found != m_perAddress.end() && --*found == 0)
        m_perAddress.erase(found);
}

WsAdmission::Number WsAdmission::addPending(const QHostAddress &address)
{
    const QMutexLocker locker(&m_mutex);
    return add(address, false);
}

int WsAdmission::pendingCount() const
{
    const QMutexLocker locker(&m_mutex);
    return int(m_pending.size());
}

WsAdmission::Number WsAdmission::add(const QHostAddress &address, bool isLate)
{
    m_pending[++m_latest] = {address, {}, isLate};
    m_pendingPerAddress[address].insert(m_latest);
    return m_latest;
}

// It may have given way already.
void WsAdmission::erase(Number number)
{
    const auto found = m_pending.find(number);
    if (found == m_pending.end())
        return;
    const auto own = m_pendingPerAddress.find(found->second.address);
    own->erase(number);
    if (own->empty())
        m_pendingPerAddress.erase(own);
    m_pending.erase(found);
}
