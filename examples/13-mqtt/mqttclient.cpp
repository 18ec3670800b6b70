// SPDX-License-Identifier: MIT
#include "mqttclient.h"

namespace {
QString connectRefusal(quint8 code)
{
    switch (code) { // section 3.2.2.3
    case 1:
        return QStringLiteral("it does not speak MQTT 3.1.1");
    case 2:
        return QStringLiteral("it does not accept the identifier");
    case 3:
        return QStringLiteral("it is not available");
    case 4:
    case 5:
        return QStringLiteral("it does not accept the login");
    default:
        return QStringLiteral("code %1").arg(code);
    }
}
} // namespace

MqttClient::MqttClient(QIODevice *device, std::chrono::milliseconds keepAlive)
    : m_device(device), m_keepAlive(keepAlive)
{
    connect(device, &QIODevice::readyRead, this, &MqttClient::readPackets);
    m_pingTimer.setInterval(keepAlive / 2);
    connect(&m_pingTimer, &QTimer::timeout, this, [this] {
        if (!std::exchange(m_isAnswered, false))
            fail(QStringLiteral("the broker does not answer"));
        else
            send({MqttPacket::PingRequest});
    });
}

void MqttClient::connectToBroker(const QString &user, const QString &password)
{
    enum Flag : quint8 { CleanSession = 2, Password = 64, UserName = 128 };
    quint8 flags = CleanSession;
    QByteArray login;
    if (!user.isEmpty()) {
        flags |= UserName | Password;
        login = mqttString(user.toUtf8()) + mqttString(password.toUtf8());
    }
    const QByteArray identifier = mqttString({}); // the broker chooses one
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(m_keepAlive).count();
    send({MqttPacket::Connect, 0,
          mqttString("MQTT") + char(4) + char(flags) + mqttNumber(quint16(seconds)) + identifier + login});
    m_pingTimer.start();
}

void MqttClient::subscribe(const QString &filter)
{
    send({MqttPacket::Subscribe, 2, mqttNumber(++m_packetId) + mqttString(filter.toUtf8()) + char(0)});
}

void MqttClient::publish(const QString &topic, const QByteArray &payload)
{
    enum Flag : quint8 { AtLeastOnce = 2 };
    send({MqttPacket::Publish, AtLeastOnce, mqttString(topic.toUtf8()) + mqttNumber(++m_packetId) + payload});
}

void MqttClient::disconnectFromBroker()
{
    m_pingTimer.stop();
    send({MqttPacket::Disconnect});
    m_device->close();
}

void MqttClient::send(const MqttPacket &packet)
{
    const QByteArray bytes = packet.encoded();
    if (m_device->write(bytes) != bytes.size())
        fail(QStringLiteral("cannot send: %1").arg(m_device->errorString()));
}

// A packet can arrive in several messages, and one message can contain several packets.
void MqttClient::readPackets()
{
    MqttPacket packet;
    MqttRead result = MqttRead::Complete;
    while (m_device->isOpen() && (result = readMqttPacket(m_device, &packet)) == MqttRead::Complete)
        onPacket(packet);
    if (result == MqttRead::Invalid)
        fail(QStringLiteral("a packet of the broker is invalid or too large"));
}

void MqttClient::onPacket(const MqttPacket &packet)
{
    switch (packet.type) {
    case MqttPacket::ConnectAcknowledgement:
        if (packet.body.size() != 2)
            return fail(QStringLiteral("the broker's answer is invalid"));
        if (packet.body.at(1) != 0)
            return fail(
                QStringLiteral("the broker refuses: %1").arg(connectRefusal(quint8(packet.body.at(1)))));
        m_isAnswered = true;
        m_pingTimer.start(); // anew
        Q_EMIT connected();
        break;
    case MqttPacket::SubscribeAcknowledgement:
        if (packet.body.size() != 3 || quint8(packet.body.at(2)) > 2)
            return fail(QStringLiteral("the broker refuses the subscription"));
        Q_EMIT subscribed();
        break;
    case MqttPacket::Publish:
        onPublish(packet);
        break;
    case MqttPacket::PublishAcknowledgement:
        if (packet.body != mqttNumber(m_packetId))
            return fail(QStringLiteral("the broker acknowledges what was not sent"));
        Q_EMIT published();
        break;
    case MqttPacket::PingResponse:
        m_isAnswered = true;
        break;
    default:
        fail(QStringLiteral("an unexpected packet of type %1").arg(packet.type));
    }
}

void MqttClient::onPublish(const MqttPacket &packet)
{
    QByteArray body = packet.body;
    const std::optional<QByteArray> topic = takeMqttString(&body);
    const int qos = packet.flags >> 1 & 3;
    if (!topic || qos != 0) // which is all that was subscribed to
        return fail(QStringLiteral("a message of the broker is invalid"));
    Q_EMIT messageReceived(QString::fromUtf8(*topic), body);
}

void MqttClient::fail(const QString &text)
{
    m_pingTimer.stop();
    m_device->close();
    Q_EMIT failed(text);
}
