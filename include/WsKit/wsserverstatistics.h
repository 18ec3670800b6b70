// SPDX-License-Identifier: MIT
#ifndef WSSERVERSTATISTICS_H
#define WSSERVERSTATISTICS_H

#include <WsKit/wsglobal.h>

#include <QtCore/qdatetime.h>
#include <QtCore/qlist.h>
#include <QtCore/qmap.h>
#include <QtCore/qobjectdefs.h>
#include <QtCore/qstring.h>

// Values counted by size: counts[i] of them are at most bounds[i]; the last count has no bound.
struct WSKIT_EXPORT WsHistogram
{
    Q_GADGET
    Q_PROPERTY(QList<double> bounds MEMBER bounds)
    Q_PROPERTY(QList<qint64> counts MEMBER counts)
    Q_PROPERTY(double sum MEMBER sum)
    Q_PROPERTY(qint64 count READ count)

public:
    Q_INVOKABLE double quantile(double fraction) const;
    qint64 count() const;
    bool operator==(const WsHistogram &other) const
    {
        return bounds == other.bounds && counts == other.counts && sum == other.sum;
    }
    bool operator!=(const WsHistogram &other) const { return !(*this == other); }

    QList<double> bounds;
    QList<qint64> counts;
    double sum = 0;
};

struct WSKIT_EXPORT WsServerStatistics
{
    Q_GADGET
    Q_PROPERTY(QDateTime startTime MEMBER startTime)
    Q_PROPERTY(int connections MEMBER connections)
    Q_PROPERTY(int pendingHandshakes MEMBER pendingHandshakes)
    Q_PROPERTY(qint64 connectionsTotal MEMBER connectionsTotal)
    Q_PROPERTY(QMap<int, qint64> rejected MEMBER rejected)
    Q_PROPERTY(QMap<int, qint64> answered MEMBER answered)
    Q_PROPERTY(QMap<int, qint64> closed MEMBER closed)
    Q_PROPERTY(qint64 messagesSent MEMBER messagesSent)
    Q_PROPERTY(qint64 messagesReceived MEMBER messagesReceived)
    Q_PROPERTY(qint64 messagesSkipped MEMBER messagesSkipped)
    Q_PROPERTY(qint64 payloadBytesSent MEMBER payloadBytesSent)
    Q_PROPERTY(qint64 payloadBytesReceived MEMBER payloadBytesReceived)
    Q_PROPERTY(qint64 wireBytesSent MEMBER wireBytesSent)
    Q_PROPERTY(qint64 wireBytesReceived MEMBER wireBytesReceived)
    Q_PROPERTY(qint64 bufferedAmount MEMBER bufferedAmount)
    Q_PROPERTY(QMap<QString, int> subscribers MEMBER subscribers)
    Q_PROPERTY(WsHistogram handshakeTime MEMBER handshakeTime)
    Q_PROPERTY(WsHistogram messageSize MEMBER messageSize)
    Q_PROPERTY(WsHistogram sentMessageSize MEMBER sentMessageSize)
    Q_PROPERTY(WsHistogram roundTrip MEMBER roundTrip)

public:
    QDateTime startTime; // of the server
    int connections = 0;
    int pendingHandshakes = 0;
    qint64 connectionsTotal = 0;
    QMap<int, qint64> rejected; // by HTTP status; 0: without an answer
    QMap<int, qint64> answered; // plain HTTP requests, by status
    QMap<int, qint64> closed;   // by close code
    qint64 messagesSent = 0;
    qint64 messagesReceived = 0;
    qint64 messagesSkipped = 0;
    qint64 payloadBytesSent = 0;
    qint64 payloadBytesReceived = 0;
    qint64 wireBytesSent = 0;
    qint64 wireBytesReceived = 0;
    qint64 bufferedAmount = 0;
    QMap<QString, int> subscribers; // by topic
    WsHistogram handshakeTime;      // in seconds
    WsHistogram messageSize;        // of received messages, in bytes
    WsHistogram sentMessageSize;
    WsHistogram roundTrip; // in seconds
};

#endif // WSSERVERSTATISTICS_H
