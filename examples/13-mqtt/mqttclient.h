// SPDX-License-Identifier: MIT
#ifndef MQTTCLIENT_H
#define MQTTCLIENT_H

#include "mqttpacket.h"

#include <QtCore/QIODevice>
#include <QtCore/QObject>
#include <QtCore/QTimer>

#include <chrono>

// A small client of MQTT 3.1.1 on any device: it subscribes with QoS 0, and publishes with QoS 1, one message
// at a time.
class MqttClient : public QObject
{
    Q_OBJECT

public:
    // The broker gives the client up after one and a half times \a keepAlive, and is given up in that time.
    explicit MqttClient(QIODevice *device, std::chrono::milliseconds keepAlive = std::chrono::minutes(1));

    void connectToBroker(const QString &user = {}, const QString &password = {});
    void subscribe(const QString &filter);
    void publish(const QString &topic, const QByteArray &payload);
    // Takes leave of the broker, and closes the device after everything is sent.
    void disconnectFromBroker();

Q_SIGNALS:
    void connected();
    void subscribed();
    void published(); // the broker has the message
    void messageReceived(const QString &topic, const QByteArray &payload);
    void failed(const QString &text);

private:
    void send(const MqttPacket &packet);
    void readPackets();
    void onPacket(const MqttPacket &packet);
    void onPublish(const MqttPacket &packet);
    void fail(const QString &text);

    QIODevice *m_device;
    std::chrono::milliseconds m_keepAlive;
    QTimer m_pingTimer;
    quint16 m_packetId = 0;
    bool m_isAnswered = false; // the last ping, or the packet that connects
};

#endif // MQTTCLIENT_H
