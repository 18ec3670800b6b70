// SPDX-License-Identifier: MIT

// MQTT over a WebSocket: a byte stream, on which a small client speaks to a broker.
//
//     mqtt URL TOPIC             prints the messages of TOPIC, which may contain the wildcards + and #
//     mqtt URL TOPIC MESSAGE     publishes MESSAGE
//
// For example ws://127.0.0.1:9001, or wss://user:password@broker.example.com/mqtt. Mosquitto listens there
// with the lines "allow_anonymous true", "listener 1883 127.0.0.1", "listener 9001 127.0.0.1" and
// "protocol websockets".

#include "mqttclient.h"

#include <WsKit/WsByteStream>
#include <WsKit/WsClient>

#include <QtCore/QCoreApplication>

#include <cstdio>

namespace {
void print(const QString &topic, const QByteArray &payload)
{
    const QByteArray line = topic.toLocal8Bit() + ' ' + payload + '\n';
    std::fwrite(line.constData(), 1, size_t(line.size()), stdout);
    std::fflush(stdout);
}

int fail(const QString &text)
{
    std::fprintf(stderr, "mqtt: %s\n", qPrintable(text));
    return 1;
}
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() < 3 || arguments.size() > 4)
        return fail(QStringLiteral("Usage: mqtt URL TOPIC [MESSAGE]"));
    QUrl url(arguments.at(1));
    const QString topic = arguments.at(2);
    const bool isPublisher = arguments.size() == 4;

    int result = 1; // until the broker has the message
    //! [stream]
    WsClient client;
    client.setSubprotocols({QStringLiteral("mqtt")});
    WsByteStream stream(&client);
    MqttClient mqtt(&stream);
    mqtt.connectToBroker(url.userName(), url.password()); // sent when the connection is open
    //! [stream]
    url.setUserInfo({}); // the login is the broker's, not that of HTTP

    QObject::connect(&mqtt, &MqttClient::connected, &mqtt, [&] {
        if (isPublisher)
            mqtt.publish(topic, arguments.at(3).toUtf8());
        else
            mqtt.subscribe(topic);
    });
    QObject::connect(&mqtt, &MqttClient::published, &mqtt, [&] {
        result = 0;
        mqtt.disconnectFromBroker();
    });
    QObject::connect(&mqtt, &MqttClient::subscribed, &mqtt,
                     [&] { std::fprintf(stderr, "subscribed to %s\n", qPrintable(topic)); });
    QObject::connect(&mqtt, &MqttClient::messageReceived, &mqtt, &print);
    QObject::connect(&mqtt, &MqttClient::failed, &mqtt,
                     [](const QString &text) { QCoreApplication::exit(fail(text)); });
    QObject::connect(&client, &WsClient::errorOccurred, &client,
                     [](const WsError &error) { (void)fail(error.text()); });
    QObject::connect(&client, &WsClient::closed, &client, [&] { QCoreApplication::exit(result); });

    if (!client.open(url))
        return fail(client.errorString());
    return QCoreApplication::exec();
}
