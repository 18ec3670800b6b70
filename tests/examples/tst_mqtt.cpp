// SPDX-License-Identifier: MIT

// The MQTT example against Mosquitto, and Mosquitto's own clients against it.

#include "../heldport.h"
#include "../integration/integrationtesting.h"
#include "../integration/rawtesting.h"
#include "mqttclient.h"

#include <QtCore/qbuffer.h>
#include <QtCore/qprocess.h>
#include <QtCore/qtemporarydir.h>

using namespace IntegrationTesting;

class TestMqtt : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void publishesToOtherClients();
    void receivesFromOtherClients();
    void largeMessageIsReceived();
    void loginIsRefused();
    void brokerThatIsNotThereIsAFailure();
    void messageThatIsNotAcknowledgedIsAFailure();
    void brokerThatSaysNothingIsGivenUp();
    void packetsAreReadInPieces();
    void packetThatIsTooLargeIsRefused();
    void lengthThatHasNoEndIsRefused();

private:
    void start(QProcess &process, const QString &program, const QStringList &arguments);
    QStringList atBroker(const QStringList &arguments) const;

    QTemporaryDir m_folder;
    QProcess m_broker;
    QString m_url;
    const HeldPort m_port; // of plain MQTT
    const HeldPort m_webSocketPort;
};

namespace {
// Takes everything, and answers nothing.
class SilentDevice : public QIODevice
{
public:
    SilentDevice() { open(ReadWrite | Unbuffered); }
    bool isSequential() const override { return true; }

protected:
    qint64 readData(char *, qint64) override { return 0; }
    qint64 writeData(const char *, qint64 size) override { return size; }
};

bool isOver(const QProcess &process)
{
    return waitFor([&] { return process.state() == QProcess::NotRunning; });
}

// Waits for \a text, and returns all output so far.
bool says(QProcess &process, const QByteArray &text)
{
    QByteArray output;
    return waitFor([&] { return (output += process.readAll()).contains(text); });
}
} // namespace

void TestMqtt::start(QProcess &process, const QString &program, const QStringList &arguments)
{
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(program, arguments);
    QVERIFY2(process.waitForStarted(), qPrintable(program + u": "_s + process.errorString()));
}

QStringList TestMqtt::atBroker(const QStringList &arguments) const
{
    return QStringList{u"-h"_s, u"127.0.0.1"_s, u"-p"_s, QString::number(m_port.number())} + arguments;
}

void TestMqtt::initTestCase()
{
    QFile configuration(m_folder.filePath(u"mosquitto.conf"_s));
    QVERIFY(configuration.open(QIODevice::WriteOnly));
    configuration.write(u"allow_anonymous true\nlistener %1 127.0.0.1\nlistener %2 127.0.0.1\n"
                        "protocol websockets\n"_s.arg(m_port.number())
                            .arg(m_webSocketPort.number())
                            .toUtf8());
    configuration.close();
    start(m_broker, QStringLiteral(WSKIT_MOSQUITTO), {u"-v"_s, u"-c"_s, configuration.fileName()});
    QVERIFY(says(m_broker, "running"));
    m_url = u"ws://"_s + m_webSocketPort.address();
}

void TestMqtt::cleanupTestCase()
{
    m_broker.terminate();
    QVERIFY(isOver(m_broker));
}

void TestMqtt::publishesToOtherClients()
{
    QProcess subscriber;
    start(subscriber, QStringLiteral(WSKIT_MOSQUITTO_SUB),
          atBroker({u"-C"_s, u"1"_s, u"-t"_s, u"house/+"_s}));
    QVERIFY(says(m_broker, "Sending SUBACK"));
    QProcess publisher;
    start(publisher, QStringLiteral(WSKIT_TEST_MQTT), {m_url, u"house/hall"_s, u"21 °C"_s});
    QVERIFY(isOver(publisher));
    QCOMPARE(publisher.exitCode(), 0);
    QVERIFY(says(subscriber, "21 °C"));
    QVERIFY(isOver(subscriber));
}

void TestMqtt::receivesFromOtherClients()
{
    QProcess subscriber;
    start(subscriber, QStringLiteral(WSKIT_TEST_MQTT), {m_url, u"garden/#"_s});
    QVERIFY(says(subscriber, "subscribed to garden/#"));
    for (const QString &name : {u"one"_s, u"two"_s}) {
        QCOMPARE(QProcess::execute(QStringLiteral(WSKIT_MOSQUITTO_PUB),
                                   atBroker({u"-t"_s, u"garden/"_s + name, u"-m"_s, name})),
                 0);
        QVERIFY(says(subscriber, u"garden/%1 %1\n"_s.arg(name).toUtf8()));
    }
    subscriber.terminate();
    QVERIFY(isOver(subscriber));
}

void TestMqtt::largeMessageIsReceived()
{
    QFile file(m_folder.filePath(u"large"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(200000, 'x') + "end");
    file.close();
    QProcess subscriber;
    start(subscriber, QStringLiteral(WSKIT_TEST_MQTT), {m_url, u"large"_s});
    QVERIFY(says(subscriber, "subscribed to large"));
    QCOMPARE(QProcess::execute(QStringLiteral(WSKIT_MOSQUITTO_PUB),
                               atBroker({u"-t"_s, u"large"_s, u"-f"_s, file.fileName()})),
             0);
    QVERIFY(says(subscriber, "xend\n"));
    subscriber.terminate();
    QVERIFY(isOver(subscriber));
}

void TestMqtt::loginIsRefused()
{
    const HeldPort plainPort;
    const HeldPort port;
    QFile configuration(m_folder.filePath(u"closed.conf"_s));
    QVERIFY(configuration.open(QIODevice::WriteOnly));
    configuration.write(u"allow_anonymous false\nlistener %1 127.0.0.1\nlistener %2 127.0.0.1\n"
                        "protocol websockets\n"_s.arg(plainPort.number())
                            .arg(port.number())
                            .toUtf8());
    configuration.close();
    QProcess broker;
    start(broker, QStringLiteral(WSKIT_MOSQUITTO), {u"-v"_s, u"-c"_s, configuration.fileName()});
    QVERIFY(says(broker, "running"));
    QProcess client;
    start(client, QStringLiteral(WSKIT_TEST_MQTT), {u"ws://"_s + port.address(), u"topic"_s});
    QVERIFY(says(client, "the broker refuses: it does not accept the login"));
    QVERIFY(isOver(client));
    QCOMPARE(client.exitCode(), 1);
    broker.terminate();
    QVERIFY(isOver(broker));
}

void TestMqtt::brokerThatIsNotThereIsAFailure()
{
    const HeldPort nobody;
    QProcess publisher;
    start(publisher, QStringLiteral(WSKIT_TEST_MQTT), {u"ws://"_s + nobody.address(), u"topic"_s, u"text"_s});
    QVERIFY(isOver(publisher));
    QCOMPARE(publisher.exitCode(), 1);
    QVERIFY(publisher.readAll().contains("Connection refused"));
}

// The broker closes as soon as the client is about to send it.
void TestMqtt::messageThatIsNotAcknowledgedIsAFailure()
{
    RawServer broker;
    const MqttPacket acknowledgement{MqttPacket::ConnectAcknowledgement, 0, QByteArray(2, '\0')};
    broker.afterAnswer =
        unmaskedFrame(BinaryFrame, acknowledgement.encoded()) + unmaskedFrame(CloseFrame, closePayload(1000));
    QProcess publisher;
    start(publisher, QStringLiteral(WSKIT_TEST_MQTT), {broker.url().toString(), u"topic"_s, u"text"_s});
    WS_TRY_VERIFY(broker.peer && !broker.peer->frames().isEmpty()
                  && broker.peer->frames().constLast().opcode == CloseFrame);
    broker.peer->socket->disconnectFromHost();
    QVERIFY(isOver(publisher));
    QCOMPARE(publisher.exitCode(), 1);
}

void TestMqtt::brokerThatSaysNothingIsGivenUp()
{
    SilentDevice device;
    MqttClient client(&device, 20ms);
    QSignalSpy failed(&client, &MqttClient::failed);
    client.connectToBroker();
    WS_TRY_COMPARE(failed.size(), 1);
    QCOMPARE(failed.at(0).at(0).toString(), u"the broker does not answer"_s);
    QVERIFY(!device.isOpen());
}

void TestMqtt::packetsAreReadInPieces()
{
    const MqttPacket first{MqttPacket::Publish, 3, QByteArray(200, 'x')};
    const MqttPacket second{MqttPacket::PingResponse};
    const QByteArray bytes = first.encoded() + second.encoded();
    QCOMPARE(bytes.size(), 1 + 2 + 200 + 2);
    MqttPacket packet;
    for (qsizetype size = 0; size < 203; ++size) {
        QBuffer buffer;
        buffer.setData(bytes.first(size));
        QVERIFY(buffer.open(QIODevice::ReadOnly));
        QCOMPARE(readMqttPacket(&buffer, &packet), MqttRead::Incomplete);
        QCOMPARE(buffer.pos(), 0);
    }
    QBuffer buffer;
    buffer.setData(bytes);
    QVERIFY(buffer.open(QIODevice::ReadOnly));
    QCOMPARE(readMqttPacket(&buffer, &packet), MqttRead::Complete);
    QCOMPARE(packet.type, MqttPacket::Publish);
    QCOMPARE(packet.flags, 3);
    QCOMPARE(packet.body, first.body);
    QCOMPARE(readMqttPacket(&buffer, &packet), MqttRead::Complete);
    QCOMPARE(packet.type, MqttPacket::PingResponse);
    QVERIFY(packet.body.isEmpty());
    QCOMPARE(readMqttPacket(&buffer, &packet), MqttRead::Incomplete);
}

void TestMqtt::packetThatIsTooLargeIsRefused()
{
    QBuffer buffer;
    buffer.setData(QByteArray::fromHex("30ffffff7f"));
    QVERIFY(buffer.open(QIODevice::ReadOnly));
    MqttPacket packet;
    QCOMPARE(readMqttPacket(&buffer, &packet), MqttRead::Invalid);
}

void TestMqtt::lengthThatHasNoEndIsRefused()
{
    QBuffer buffer;
    buffer.setData(QByteArray::fromHex("3080808080"));
    QVERIFY(buffer.open(QIODevice::ReadOnly));
    MqttPacket packet;
    QCOMPARE(readMqttPacket(&buffer, &packet), MqttRead::Invalid);
}

QTEST_GUILESS_MAIN(TestMqtt)
#include "tst_mqtt.moc"
