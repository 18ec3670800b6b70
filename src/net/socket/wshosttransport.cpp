// SPDX-License-Identifier: MIT
#include "net/socket/wshosttransport.h"

#include "net/socket/wsaddressrace.h"

WsHostTransport::~WsHostTransport()
{
    if (m_isDeleted)
        *m_isDeleted = true;
}

void WsHostTransport::connectDirectly(const QString &host, quint16 port)
{
    setDestination(host, port);
    connectBy(std::make_unique<WsAddressRace>(connectingOwner(), host, port));
}

void WsHostTransport::connectBy(std::unique_ptr<WsConnecting> way)
{
    m_connecting = std::move(way);
    m_connecting->start();
}

bool WsHostTransport::reportStep(Ws::OpeningStep step)
{
    return survives([this, step] { user()->onStep(step); });
}

void WsHostTransport::onWon(qintptr descriptor)
{
    m_connecting.reset();
    if (const std::unique_ptr<WsError> error = adopt(descriptor))
        onLost(*error);
    else
        onSocketConnected();
}

void WsHostTransport::onLost(const WsError &error)
{
    m_connecting.reset();
    failToConnect(error);
}

void WsHostTransport::failToConnect(const WsError &error)
{
    m_connectError = std::make_unique<WsError>(error);
    user()->onError(error);
}

void WsHostTransport::setDestination(const QString &host, quint16 port)
{
    m_host = host;
    m_port = port;
}

QString WsHostTransport::awaited(bool isLookingUp) const
{
    if (isLookingUp || (m_connecting && m_connecting->isLookingUp()))
        return QStringLiteral("the lookup of the host %1").arg(m_host);
    const QString host = m_host.contains(QLatin1Char(':')) ? QStringLiteral("[%1]").arg(m_host) : m_host;
    const bool isTlsNext = usesTls() && !isConnecting();
    const QString what = isTlsNext ? QStringLiteral("the TLS handshake with %1:%2")
                                   : QStringLiteral("the TCP connection to %1:%2");
    const QString text = what.arg(host, QString::number(m_port));
    const qsizetype tried = m_connecting ? m_connecting->tried() : 0;
    return tried < 2 ? text : text + QStringLiteral(" (%1 addresses tried)").arg(tried);
}
