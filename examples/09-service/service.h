// SPDX-License-Identifier: MIT
#ifndef SERVICE_H
#define SERVICE_H

#include "configuration.h"

#include <WsKit/WsServer>

#include <QtCore/QLoggingCategory>

Q_DECLARE_LOGGING_CATEGORY(serviceLog)

// Rooms in which everybody hears everybody: /rooms/kitchen?name=ann. On the same port are a page, health
// checks and metrics.
class Service : public QObject
{
    Q_OBJECT

public:
    explicit Service(const Configuration &configuration);

    // On the sockets of a socket unit if there are any, or else on the configured addresses. Returns false
    // and logs why if that fails.
    bool start();
    // Reads the certificate and its key again. Connections stay, and the next clients get the new
    // certificate.
    void reload();

    WsServer &server() { return m_server; }

private:
    void setLimits();
    void setRoutes();
    bool useCertificate();
    WsResponse joinRoom(const WsRequest &request) const;
    WsResponse showMetrics(const WsRequest &request) const;
    WsResponse tellReadiness() const;
    void onConnection(WsConnection *connection);

    const Configuration m_configuration;
    WsServer m_server;
};

#endif // SERVICE_H
