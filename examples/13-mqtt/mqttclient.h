// SPDX-License-Identifier: MIT
#ifndef MQTTCLIENT_H
#define MQTTCLIENT_H

#include "mqttpacket.h"

#include <QtCore/QIODevice>
#include <QtCore/QObject>
#include <QtCore/QTimer>

// A small client of MQTT 3.1.1 on any device: it subscribes with QoS 0, and publishes with QoS 1, one message
// at a time.
class MqttClient : public QObject
{
    Q_OBJECT

public:
    explicit MqttClient(QIODevice *device);

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
    QTimer m_pingTimer;
    quint16 m_packetId = 0;
    bool m_isPingAnswered = true;
};

#endif // MQTTCLIENT_H
