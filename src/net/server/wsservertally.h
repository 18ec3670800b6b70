// SPDX-License-Identifier: MIT
#ifndef WSSERVERTALLY_H
#define WSSERVERTALLY_H

#include "net/connection/wstally.h"

#include <QtCore/qmap.h>
#include <QtCore/qmutex.h>

#include <optional>

// What a thread of a server counts, besides what its open connections count themselves. Only that thread
// counts; any thread reads.
class WsServerTally
{
public:
    void addOpened(std::chrono::microseconds handshakeTime);
    void addRejected(int status);
    void addAnswered(int status);
    // A connection has gone. \a closeCode: unless it was never open.
    void addEnded(const WsStatistics &connection, std::optional<quint16> closeCode);

    void addTo(WsServerStatistics *statistics) const;

    WsTally ofConnections;

private:
    WsTimeTally m_handshakeTime;
    mutable QMutex m_mutex; // for what is counted rarely
    WsServerStatistics m_counted;
};

// Adds what one connection has counted.
void wsAddStatistics(WsServerStatistics *to, const WsStatistics &connection);
// Adds everything that only grows.
void wsAddStatistics(WsServerStatistics *to, const WsServerStatistics &more);

#endif // WSSERVERTALLY_H
