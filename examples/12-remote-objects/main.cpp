// SPDX-License-Identifier: MIT

// Qt Remote Objects over a WebSocket: the properties, signals and slots of an object in another process.
//
//     remote-objects --server [PORT]     has a thermostat; the default is 8080
//     remote-objects URL [DEGREES]       shows it, and raises it by so many degrees
//     remote-objects --check             is both, and checks what arrives

#include "housethermostat.h"
#include "leavebysignal.h"
#include "portargument.h"

#include <WsKit/WsByteStream>
#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtCore/QCoreApplication>
#include <QtCore/QDebug>
#include <QtCore/QTimer>
#include <QtRemoteObjects/QRemoteObjectNode>

#include <memory>

namespace {
class Server
{
public:
    Server()
    {
        // Nothing listens on this URL. It only has a scheme that Qt Remote Objects does not know.
        m_host.setHostUrl(QUrl(QStringLiteral("websocket:thermostat")),
                          QRemoteObjectHost::AllowExternalRegistration);
        m_host.enableRemoting(&m_thermostat);
        //! [host]
        QObject::connect(&m_server, &WsServer::newConnection, &m_host, [this](WsConnection *connection) {
            // Qt Remote Objects may use a device until the host is deleted.
            auto *const stream = new WsByteStream(connection, &m_host);
            m_host.addHostSideConnection(stream);
            // Half a packet, with which a client has left, must not stay as long.
            QObject::connect(stream, &WsByteStream::disconnected, stream, [stream] { stream->readAll(); });
        });
        //! [host]
    }

    bool listen(quint16 port)
    {
        const bool isListening = m_server.listen(QHostAddress::LocalHost, port);
        if (isListening)
            qInfo().noquote() << "listening on" << m_server.serverUrl().toString();
        else
            qCritical().noquote() << "cannot listen:" << m_server.errorString();
        return isListening;
    }
    QUrl url() const { return m_server.serverUrl(); }
    WsServer *server() { return &m_server; }

private:
    WsServer m_server; // whose connections the host uses until it is deleted
    HouseThermostat m_thermostat;
    QRemoteObjectHost m_host;
};

class Client
{
public:
    Client()
    {
        //! [node]
        m_node.addClientSideConnection(&m_stream);
        m_thermostat.reset(m_node.acquire<ThermostatReplica>());
        //! [node]
        QObject::connect(&m_client, &WsClient::errorOccurred, &m_client, [](const WsError &error) {
            qCritical().noquote() << "error:" << error.text();
            QCoreApplication::exit(1);
        });
        QObject::connect(m_thermostat.get(), &ThermostatReplica::temperatureChanged, m_thermostat.get(),
                         [](double temperature) { qInfo() << "it is" << temperature << "degrees"; });
        QObject::connect(m_thermostat.get(), &ThermostatReplica::alarm, m_thermostat.get(),
                         [](const QString &text) { qInfo() << "alarm:" << text; });
    }

    bool open(const QUrl &url)
    {
        const bool isOpening = m_client.open(url);
        if (!isOpening)
            qCritical().noquote() << m_client.errorString();
        return isOpening;
    }
    ThermostatReplica *thermostat() const { return m_thermostat.get(); }
    WsClient *client() { return &m_client; }

private:
    WsClient m_client;
    WsByteStream m_stream{&m_client};
    QRemoteObjectNode m_node;
    std::unique_ptr<ThermostatReplica> m_thermostat;
};

// Calls \a done with the new temperature.
template <typename Function>
void raise(ThermostatReplica *thermostat, double degrees, Function done)
{
    auto *const watcher = new QRemoteObjectPendingCallWatcher(thermostat->raise(degrees), thermostat);
    QObject::connect(watcher, &QRemoteObjectPendingCallWatcher::finished, thermostat, [watcher, done] {
        watcher->deleteLater();
        done(watcher->returnValue().toDouble());
    });
}

int runServer(const QString &argument)
{
    const std::optional<quint16> port = portOf(argument);
    if (!port) {
        qCritical("a port is a number from 0 to 65535");
        return 1;
    }
    Server server;
    leaveBySignal(server.server());
    return server.listen(*port) ? QCoreApplication::exec() : 1;
}

int runClient(const QUrl &url, double degrees)
{
    Client client;
    if (!client.open(url))
        return 1;
    bool isRaised = false;
    QObject::connect(client.thermostat(), &ThermostatReplica::initialized, client.thermostat(), [&] {
        qInfo() << "the thermostat has" << client.thermostat()->temperature() << "degrees";
        raise(client.thermostat(), degrees, [&](double temperature) {
            qInfo() << "raised to" << temperature;
            isRaised = true;
            client.client()->close();
        });
    });
    QObject::connect(client.client(), &WsClient::closed, client.client(),
                     [&] { QCoreApplication::exit(isRaised ? 0 : 1); });
    return QCoreApplication::exec();
}

// A property that arrives, one that is set, a signal, and a slot that returns something.
int runCheck()
{
    QString alarm;
    Server server;
    Client client;
    if (!server.listen(0) || !client.open(server.url()))
        return 1;
    ThermostatReplica *const thermostat = client.thermostat();
    QObject::connect(thermostat, &ThermostatReplica::alarm, thermostat,
                     [&](const QString &text) { alarm = text; });
    QObject::connect(thermostat, &ThermostatReplica::initialized, thermostat, [&] {
        if (thermostat->temperature() != 20)
            QCoreApplication::exit(2);
        thermostat->pushTarget(25);
        raise(thermostat, 6.5, [&](double temperature) {
            const bool isRight = temperature == 31.5 && thermostat->temperature() == 31.5
                                 && thermostat->target() == 31.5 && alarm == u"31.5 degrees are too warm";
            qInfo() << (isRight ? "everything has arrived" : "something is wrong");
            QCoreApplication::exit(isRight ? 0 : 3);
        });
    });
    QTimer::singleShot(60000, thermostat, [] { QCoreApplication::exit(4); });
    return QCoreApplication::exec();
}
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    const QString first = arguments.value(1, QStringLiteral("ws://127.0.0.1:8080"));
    if (first == u"--check")
        return runCheck();
    if (first == u"--server")
        return runServer(arguments.value(2, QStringLiteral("8080")));
    return runClient(QUrl(first), arguments.value(2, QStringLiteral("1")).toDouble());
}
