// SPDX-License-Identifier: MIT
#ifndef MQTTPACKET_H
#define MQTTPACKET_H

#include <QtCore/QByteArray>
#include <QtCore/QString>

#include <optional>

class QIODevice;

// One control packet of MQTT 3.1.1 (section 2).
struct MqttPacket
{
    enum Type : quint8 {
        Connect = 1,
        ConnectAcknowledgement = 2,
        Publish = 3,
        PublishAcknowledgement = 4,
        Subscribe = 8,
        SubscribeAcknowledgement = 9,
        PingRequest = 12,
        PingResponse = 13,
        Disconnect = 14
    };

    // The largest packet that is read. It must fit into WsOptions::highWaterMark(), so that it can wait there
    // until it is complete.
    static constexpr qint64 MaxSize = 256 * 1024;

    QByteArray encoded() const;

    quint8 type = 0;
    quint8 flags = 0;
    QByteArray body = {}; // the variable header and the payload
};

// A string or a number as the bodies of packets contain it (section 1.5).
QByteArray mqttString(const QByteArray &utf8);
QByteArray mqttNumber(quint16 number);
// Takes a string from the beginning of \a body, or nothing if it is not complete.
std::optional<QByteArray> takeMqttString(QByteArray *body);

enum class MqttRead { Complete, Incomplete, Invalid };

// Reads a packet if all of it has arrived. Otherwise nothing is read.
MqttRead readMqttPacket(QIODevice *device, MqttPacket *packet);

#endif // MQTTPACKET_H
