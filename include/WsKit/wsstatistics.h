// SPDX-License-Identifier: MIT
#ifndef WSSTATISTICS_H
#define WSSTATISTICS_H

#include <WsKit/wsglobal.h>

#include <QtCore/qobjectdefs.h>

struct WSKIT_EXPORT WsStatistics
{
    Q_GADGET
    Q_PROPERTY(qint64 messagesSent MEMBER messagesSent)
    Q_PROPERTY(qint64 messagesReceived MEMBER messagesReceived)
    Q_PROPERTY(qint64 payloadBytesSent MEMBER payloadBytesSent)
    Q_PROPERTY(qint64 payloadBytesReceived MEMBER payloadBytesReceived)
    Q_PROPERTY(qint64 wireBytesSent MEMBER wireBytesSent)
    Q_PROPERTY(qint64 wireBytesReceived MEMBER wireBytesReceived)
    Q_PROPERTY(qint64 messagesSkipped MEMBER messagesSkipped)
    Q_PROPERTY(qint64 roundTripUs MEMBER roundTripUs)

public:
    qint64 messagesSent = 0;
    qint64 messagesReceived = 0;
    qint64 payloadBytesSent = 0;
    qint64 payloadBytesReceived = 0;
    qint64 wireBytesSent = 0;
    qint64 wireBytesReceived = 0;
    qint64 messagesSkipped = 0;
    qint64 roundTripUs = -1;
};
Q_DECLARE_TYPEINFO(WsStatistics, Q_RELOCATABLE_TYPE);

#endif // WSSTATISTICS_H
