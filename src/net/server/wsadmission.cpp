// SPDX-License-Identifier: MIT
#include "net/server/wsadmission.h"

#include "net/server/wsaddressblock.h"

#include <algorithm>

namespace {
// An address may have this many unfinished requests even if it may have fewer connections: several users may
// share the address, and each refusal takes some time.
constexpr int MinPendingPerAddress = 64;

WsHeaders retryLater()
{
    return {{"Retry-After", "5"}};
}
} // namespace

QString WsAdmission::giveWayText()
{
    return QStringLiteral("the oldest unfinished handshake has given way to a new client: too many for "
                          "maxPendingHandshakes, or from one address");
}

void WsAdmission::setLimits(const WsServerLimits &limits)
{
    const QMutexLocker locker(&m_mutex);
    m_limits = limits;
    reportRoom();
}

std::optional<WsTime> WsAdmission::waitForRoom()
{
    const QMutexLocker locker(&m_mutex);
    if (!isFull(m_pending.size()))
        return {};
    const bool isAsked = askOldest();
    while (isFull(m_pending.size() - m_askedCount) && askOldest()) {
    } // once as many go as are too many, each that goes lets one come
    if (!isFull(m_pending.size()))
        return {};
    m_isRoomAwaited = true;
    if (isAsked)
        return WsClock::now() + Patience;
    return m_byPatience.empty() ? WsTime::max() : m_byPatience.begin()->first;
}

WsAdmission::Number WsAdmission::enter(const QHostAddress &address)
{
    const QMutexLocker locker(&m_mutex);
    const QHostAddress block = wsAddressBlock(address);
    return makeRoomFor(block) ? add(block, WsClock::now() + PatienceBeforeBegin) : 0;
}

// A client of an address that has too many does not wait, because those of other addresses would have to wait
// after it.
bool WsAdmission::makeRoomFor(const QHostAddress &block)
{
    return makeRoomAt(block) && (!isFull(m_pending.size() - m_askedCount) || askOldest());
}

bool WsAdmission::makeRoomAt(const QHostAddress &block)
{
    return !isFullAt(block) || askOldestOf(*m_pendingPerAddress.constFind(block));
}

bool WsAdmission::isFullAt(const QHostAddress &block) const
{
    if (m_limits.connectionsPerAddress == 0 || block == uncounted())
        return false;
    const auto own = m_pendingPerAddress.constFind(block);
    const int limit = std::max(m_limits.connectionsPerAddress, MinPendingPerAddress);
    return own != m_pendingPerAddress.constEnd() && own->size() >= size_t(limit);
}

bool WsAdmission::isFull(size_t count) const
{
    return m_limits.pendingHandshakes > 0 && count >= size_t(m_limits.pendingHandshakes);
}

bool WsAdmission::askOldest()
{
    if (m_byPatience.empty() || m_byPatience.begin()->first > WsClock::now())
        return false;
    ask(m_byPatience.begin()->second);
    return true;
}

bool WsAdmission::askOldestOf(const std::set<Number> &own)
{
    const WsTime now = WsClock::now();
    const auto endOf = [this](Number number) { return m_pending.at(number).patienceEnd; };
    const auto found = std::min_element(own.begin(), own.end(),
                                        [&](Number one, Number other) { return endOf(one) < endOf(other); });
    if (found == own.end() || endOf(*found) > now)
        return false;
    ask(*found);
    return true;
}

void WsAdmission::ask(Number number)
{
    Pending &pending = m_pending.at(number);
    if (!pending.giveWay) { // it learns when it begins
        erase(number);
        return;
    }
    setPatienceEnd(number, &pending, WsTime::max());
    pending.isAsked = true;
    ++m_askedCount;
    removeFromBlock(number, pending.block);
    pending.giveWay();
}

void WsAdmission::setPatienceEnd(Number number, Pending *pending, WsTime time)
{
    m_byPatience.erase({pending->patienceEnd, number});
    pending->patienceEnd = time;
    if (time != WsTime::max())
        m_byPatience.emplace(time, number);
}

bool WsAdmission::setGiveWay(Number number, const GiveWay &giveWay, std::chrono::milliseconds patience)
{
    const QMutexLocker locker(&m_mutex);
    const auto found = m_pending.find(number);
    if (found == m_pending.end() || found->second.isAsked)
        return false;
    found->second.giveWay = giveWay;
    const bool hasPatience = patience > std::chrono::milliseconds::zero();
    setPatienceEnd(number, &found->second, hasPatience ? WsClock::now() + patience : WsTime::min());
    return true;
}

// Others of its address may have come since it was asked.
WsAdmission::Number WsAdmission::renew(Number number)
{
    const QMutexLocker locker(&m_mutex);
    const auto found = m_pending.find(number);
    if (found == m_pending.end() || (found->second.isAsked && isFullAt(found->second.block)))
        return 0;
    const Number renewed = add(found->second.block, WsTime::max());
    erase(number); // last: there is no more room than before
    return renewed;
}

WsAdmission::Number WsAdmission::identify(Number number, const QHostAddress &address)
{
    const QMutexLocker locker(&m_mutex);
    const auto found = m_pending.find(number);
    if (found == m_pending.end())
        return 0;
    const QHostAddress block = wsAddressBlock(address);
    const bool isCounted = block == found->second.block && !found->second.isAsked;
    const bool hasRoom = isCounted || makeRoomAt(block);
    const Number renewed = hasRoom ? add(block, WsClock::now() + PatienceBeforeBegin) : 0;
    erase(number);
    return renewed;
}

WsHttpError WsAdmission::admit(Number number, const QHostAddress &address)
{
    const QMutexLocker locker(&m_mutex);
    const QHostAddress block = wsAddressBlock(address);
    if (m_limits.connections > 0 && m_connections >= m_limits.connections)
        return {503, QStringLiteral("the server has reached maxConnections (%1)").arg(m_limits.connections),
                retryLater()};
    const int limit = m_limits.connectionsPerAddress;
    if (limit > 0 && block != uncounted() && m_perAddress.value(block) >= limit)
        return {503,
                QStringLiteral("%1 has reached maxConnectionsPerAddress (%2)")
                    .arg(wsAddressBlockText(address), QString::number(limit)),
                retryLater()};
    if (isQueueFull())
        return {503,
                QStringLiteral("too many connections wait for the application (maxPendingConnections is %1)")
                    .arg(m_limits.waitingConnections),
                retryLater()};
    erase(number);
    ++m_connections;
    ++m_perAddress[block];
    ++m_undecided;
    return {};
}

// Accepting stops before that, unless a handler takes its time with many requests.
bool WsAdmission::isQueueFull() const
{
    return m_limits.waitingConnections > 0 && m_limits.pendingHandshakes > 0
           && qint64(m_undecided) + m_waiting
                  >= qint64(m_limits.waitingConnections) + m_limits.pendingHandshakes;
}

void WsAdmission::endUndecided()
{
    const QMutexLocker locker(&m_mutex);
    --m_undecided;
}

void WsAdmission::setWaitingCount(int count)
{
    const QMutexLocker locker(&m_mutex);
    m_waiting = count;
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
    ++m_perAddress[wsAddressBlock(address)];
}

void WsAdmission::removeConnection(const QHostAddress &address)
{
    const QMutexLocker locker(&m_mutex);
    --m_connections;
    const QHostAddress block = wsAddressBlock(address);
    const auto found = m_perAddress.find(block);
    if (found != m_perAddress.end() && --*found == 0)
        m_perAddress.remove(block);
}

WsAdmission::Number WsAdmission::addPending(const QHostAddress &address)
{
    const QMutexLocker locker(&m_mutex);
    return add(wsAddressBlock(address), WsTime::max());
}

int WsAdmission::pendingCount() const
{
    const QMutexLocker locker(&m_mutex);
    return int(m_pending.size() - m_askedCount);
}

WsAdmission::Number WsAdmission::add(const QHostAddress &block, WsTime patienceEnd)
{
    Pending &added = m_pending[++m_latest];
    added.block = block;
    added.patienceEnd = WsTime::max();
    setPatienceEnd(m_latest, &added, patienceEnd);
    m_pendingPerAddress[block].insert(m_latest);
    return m_latest;
}

// By key: QHash::erase() would go on to the next address.
void WsAdmission::removeFromBlock(Number number, const QHostAddress &block)
{
    const auto own = m_pendingPerAddress.find(block);
    own->erase(number);
    if (own->empty())
        m_pendingPerAddress.remove(block);
}

void WsAdmission::erase(Number number)
{
    const auto found = m_pending.find(number);
    if (found == m_pending.end())
        return;
    setPatienceEnd(number, &found->second, WsTime::max());
    if (found->second.isAsked) {
        --m_askedCount;
    } else {
        removeFromBlock(number, found->second.block);
    }
    m_pending.erase(found);
    reportRoom();
}

void WsAdmission::reportRoom()
{
    if (m_isRoomAwaited && !isFull(m_pending.size())) {
        m_isRoomAwaited = false;
        m_onRoom();
    }
}
