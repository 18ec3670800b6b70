// SPDX-License-Identifier: MIT
#ifndef WSHOSTTRANSPORT_H
#define WSHOSTTRANSPORT_H

#include "net/socket/wsconnecting.h"
#include "net/socket/wstransport.h"

#include <memory>
#include <utility>

// The common part of the transports that connect a descriptor of the system.
class WsHostTransport : public WsTransport, private WsConnecting::Owner
{
public:
    ~WsHostTransport() override;

    QString awaited() const override { return awaited(false); }
    const WsError *connectError() const override { return m_connectError.get(); }

protected:
    // Tries the addresses of \a host (RFC 8305), without a proxy.
    void connectDirectly(const QString &host, quint16 port);
    // The same with another way to connect.
    void connectBy(std::unique_ptr<WsConnecting> way);
    WsConnecting *connecting() const { return m_connecting.get(); }
    void endConnecting() { m_connecting.reset(); }
    WsConnecting::Owner *connectingOwner() { return this; }
    // The transport continues with \a descriptor, which is connected and which this closes if it fails.
    // Returns an error then.
    virtual std::unique_ptr<WsError> adopt(qintptr descriptor) = 0;
    // It is connected.
    virtual void onSocketConnected() = 0;
    QString awaited(bool isLookingUp) const;
    // Calls \a report, which reports to the user. Returns false if this object is deleted meanwhile.
    template <typename Report>
    [[nodiscard]] bool survives(Report report)
    {
        bool isDeleted = false;
        bool *const outer = std::exchange(m_isDeleted, &isDeleted);
        report();
        if (!isDeleted)
            m_isDeleted = outer;
        else if (outer)
            *outer = true;
        return !isDeleted;
    }
    // The same for a step of the opening.
    [[nodiscard]] bool reportStep(Ws::OpeningStep step);
    // There will be no connection.
    void failToConnect(const WsError &error);
    // The arguments of connectTo(), for error texts.
    void setDestination(const QString &host, quint16 port);
    const QString &host() const { return m_host; }

private:
    void onResolved() override { (void)reportStep(Ws::Resolved); }
    void onWon(qintptr descriptor) override;
    void onLost(const WsError &error) override;

    std::unique_ptr<WsConnecting> m_connecting; // until it has succeeded or failed
    std::unique_ptr<WsError> m_connectError;
    bool *m_isDeleted = nullptr; // set by the destructor
    QString m_host;
    quint16 m_port = 0;
};

#endif // WSHOSTTRANSPORT_H
