// SPDX-License-Identifier: MIT
#include "net/server/wsservertally.h"

void wsAddStatistics(WsServerStatistics *to, const WsStatistics &connection)
{
    to->messagesSent += connection.messagesSent;
    to->messagesReceived += connection.messagesReceived;
    to->payloadBytesSent += connection.payloadBytesSent;
    to->payloadBytesReceived += connection.payloadBytesReceived;
    to->wireBytesSent += connection.wireBytesSent;
    to->wireBytesReceived += connection.wireBytesReceived;
    to->messagesSkipped += connection.messagesSkipped;
}

namespace {
void addCounts(QMap<int, qint64> *to, const QMap<int, qint64> &more)
{
    for (auto count = more.begin(); count != more.end(); ++count)
        (*to)[count.key()] += count.value();
}
} // namespace

void wsAddStatistics(WsServerStatistics *to, const WsServerStatistics &more)
{
    to->connectionsTotal += more.connectionsTotal;
    addCounts(&to->rejected, more.rejected);
    addCounts(&to->answered, more.answered);
    addCounts(&to->closed, more.closed);
    to->messagesSent += more.messagesSent;
    to->messagesReceived += more.messagesReceived;
    to->messagesSkipped += more.messagesSkipped;
    to->payloadBytesSent += more.payloadBytesSent;
    to->payloadBytesReceived += more.payloadBytesReceived;
    to->wireBytesSent += more.wireBytesSent;
    to->wireBytesReceived += more.wireBytesReceived;
    wsAddHistogram(&to->handshakeTime, more.handshakeTime);
    wsAddHistogram(&to->messageSize, more.messageSize);
    wsAddHistogram(&to->sentMessageSize, more.sentMessageSize);
    wsAddHistogram(&to->roundTrip, more.roundTrip);
}

void WsServerTally::addOpened(std::chrono::microseconds handshakeTime)
{
    m_handshakeTime.add(handshakeTime);
    const QMutexLocker locker(&m_mutex);
    ++m_counted.connectionsTotal;
}

void WsServerTally::addRejected(int status)
{
    const QMutexLocker locker(&m_mutex);
    ++m_counted.rejected[status];
}

void WsServerTally::addAnswered(int status)
{
    const QMutexLocker locker(&m_mutex);
    ++m_counted.answered[status];
}

void WsServerTally::addEnded(const WsStatistics &connection, std::optional<quint16> closeCode)
{
    const QMutexLocker locker(&m_mutex);
    wsAddStatistics(&m_counted, connection);
    if (closeCode)
        ++m_counted.closed[*closeCode];
}

void WsServerTally::addTo(WsServerStatistics *statistics) const
{
    WsServerStatistics counted;
    {
        const QMutexLocker locker(&m_mutex);
        counted = m_counted;
    }
    m_handshakeTime.addTo(&counted.handshakeTime);
    ofConnections.received.addTo(&counted.messageSize);
    ofConnections.sent.addTo(&counted.sentMessageSize);
    ofConnections.roundTrip.addTo(&counted.roundTrip);
    wsAddStatistics(statistics, counted);
}
