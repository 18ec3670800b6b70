// SPDX-License-Identifier: MIT

// Clients that come through a proxy.

#include "net/server/wsproxystep.h"
#include "net/server/wsserveropening.h"
#include "protocol/wsallowedhosts.h"

#include <utility>

namespace {
// Whether \a address, of a header, is that of a trusted proxy.
WsProxyTrust trustOf(const WsServerSettings &settings)
{
    return [&settings](QByteArrayView address) {
        return settings.proxies.contains(wsUnmapped(QHostAddress(QString::fromLatin1(address))), false);
    };
}
} // namespace

// The first bytes; more may be needed to tell, which are passed on meanwhile.
bool WsServerOpening::beginsProxyHeader(QByteArrayView bytes)
{
    if (m_begin.isNull() && m_receivedSize > bytes.size())
        return false; // it is known
    m_begin += bytes.first(qMin(bytes.size(), qsizetype(16)));
    const std::optional<bool> begins = wsBeginsProxyHeader(m_begin);
    if (begins)
        m_begin = QByteArray();
    return begins.value_or(false);
}

WsHttpError WsServerOpening::unexpectedProxyHeader() const
{
    return {400, wsUnexpectedProxyHeader(m_client)};
}

WsHttpError WsServerOpening::identifyClient()
{
    if (!m_client.isTrustedProxy())
        return {};
    const WsForwarded told = wsReadForwarded(m_request.headers, trustOf(*m_client.settings));
    if (!told.problem.isEmpty())
        return {400, told.problem};
    m_isClientTold = true;
    storeClient(told);
    return {};
}

void WsServerOpening::storeClient(const WsForwarded &told)
{
    const std::optional<WsProxyHeader> &header = m_client.proxyHeader;
    WsRequestDetails details = this->details();
    details.proxyAddress = told.namesClient ? m_client.address : m_client.proxyAddress;
    details.host = told.host;
    WsEndpoints ends = d.link.transport()->endpoints();
    ends.peerAddress = m_client.address;
    if (header && !header->isOfProxy)
        ends.peerPort = header->port;
    if (told.namesClient) {
        ends.peerAddress = wsUnmapped(QHostAddress(QString::fromLatin1(told.address)));
        ends.peerPort = told.port;
    }
    d.countedAddress = told.namesClient ? ends.peerAddress : m_client.countedAddress();
    m_address = ends.peerAddress;
    m_peerPort = ends.peerPort;
    const bool isPassedOn = told.namesClient || (header && !header->isOfProxy);
    m_proxy = isPassedOn ? wsProxyName(details.proxyAddress) : QString();
    d.store(d.endpoints, ends);
    d.toldEncryption = told.isEncrypted ? told.isEncrypted : header ? header->isEncrypted : std::nullopt;
    storeDetails(std::move(details));
}

// The one that the client has used, as far as a trusted proxy says so.
QByteArray WsServerOpening::host() const
{
    return d.requestDetails && !d.requestDetails->host.isEmpty() ? d.requestDetails->host
                                                                 : wsHeader(m_request.headers, "Host");
}

// Behind a proxy, nothing can be told from where the server listens; and a page can only reach a local socket
// by a proxy. No browser sends a PROXY header, and whoever has to cannot connect without one.
WsHttpError WsServerOpening::checkHost() const
{
    WsHostPolicy policy = m_client.settings->hosts;
    const bool isProxied = m_client.proxyHeader || m_client.isTrustedProxy();
    policy.isLoopbackOnly = policy.isLoopbackOnly && !m_client.isLocal && !isProxied;
    WsHeaders headers = m_request.headers;
    if (const QByteArray told = d.requestDetails ? d.requestDetails->host : QByteArray(); !told.isEmpty()) {
        for (auto &[name, value] : headers) {
            if (wsIsSameName(name, "Host"))
                value = told;
        }
    }
    const QString problem = wsCheckAllowedHost(policy, headers);
    return problem.isEmpty() ? WsHttpError() : WsHttpError{403, problem};
}
