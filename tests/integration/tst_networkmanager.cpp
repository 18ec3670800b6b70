// SPDX-License-Identifier: MIT

// What clients do when NetworkManager says that the machine is online again. The test plays NetworkManager,
// on a message bus of its own.

#include "../needed.h"
#include "integrationtesting.h"

#include <QtCore/qprocess.h>
#include <QtDBus/qdbusconnection.h>
#include <QtDBus/qdbusmessage.h>
#include <QtNetwork/qnetworkinformation.h>

using namespace IntegrationTesting;
using Reachability = QNetworkInformation::Reachability;

namespace {
const QString Name = u"org.freedesktop.NetworkManager"_s;
const QString Path = u"/org/freedesktop/NetworkManager"_s;

// In place of the system's message bus. It has to be there before anything asks for that one.
class MessageBus
{
public:
    ~MessageBus()
    {
        m_process.kill();
        m_process.waitForFinished(Patience);
    }

    bool start(const QString &program)
    {
        m_process.start(program, {u"--session"_s, u"--nofork"_s, u"--print-address"_s});
        if (!waitFor([this] { return m_process.canReadLine(); }))
            return false;
        return qputenv("DBUS_SYSTEM_BUS_ADDRESS", m_process.readLine().trimmed());
    }

private:
    QProcess m_process;
};

class NetworkManager : public QObject
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.NetworkManager")
    Q_PROPERTY(uint State READ state)

public:
    enum State { Disconnected = 20, Connecting = 40, ConnectedGlobal = 70 };

    bool appear()
    {
        return m_bus.registerService(Name)
               && m_bus.registerObject(Path, this, QDBusConnection::ExportAllProperties);
    }
    uint state() const { return m_state; }
    void setState(State state)
    {
        m_state = state;
        QDBusMessage changed =
            QDBusMessage::createSignal(Path, u"org.freedesktop.DBus.Properties"_s, u"PropertiesChanged"_s);
        changed << Name << QVariantMap{{u"State"_s, m_state}} << QStringList();
        m_bus.send(changed);
    }

private:
    QDBusConnection m_bus = QDBusConnection::systemBus();
    uint m_state = ConnectedGlobal;
};

// Waits for the network rather than for its time.
WsReconnect patient()
{
    WsReconnect settings;
    settings.setEnabled(true);
    settings.setInitialDelay(1h);
    settings.setMaxDelay(1h);
    return settings;
}

// A client that its server has left.
struct WaitingClient
{
    explicit WaitingClient(WsServer *server) : m_server(server) { client.setReconnect(patient()); }

    bool open()
    {
        return client.open(m_server->serverUrl()) && waitFor([this] { return client.state() == Ws::Open; });
    }
    bool wait()
    {
        QSignalSpy reconnecting(&client, &WsClient::reconnecting);
        const QList<WsConnection *> connections = m_server->connections();
        for (WsConnection *connection : connections)
            connection->abort();
        return waitFor([&] { return reconnecting.size() == 1; });
    }

    WsClient client;

private:
    WsServer *const m_server;
};
} // namespace

class TestNetworkManager : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void clientReconnectsWhenTheNetworkIsBack();
    void clientThatIsDeletedIsNotTold();

private:
    // NetworkManager is in \a state, and Qt has noticed it.
    bool hasChanged(NetworkManager::State state, Reachability expected)
    {
        m_manager->setState(state);
        return waitFor([expected] {
            const auto *const information = QNetworkInformation::instance();
            return information && information->reachability() == expected;
        });
    }

    MessageBus m_bus;
    std::unique_ptr<NetworkManager> m_manager;
    WsServer m_server;
};

void TestNetworkManager::initTestCase()
{
    WS_NEED(u"dbus-daemon"_s);
    QVERIFY(m_bus.start(u"dbus-daemon"_s));
    m_manager = std::make_unique<NetworkManager>();
    QVERIFY(m_manager->appear());
    if (!QNetworkInformation::availableBackends().contains(u"networkmanager"_s))
        QSKIP("this Qt knows no NetworkManager");
    QVERIFY(m_server.listen());
}

void TestNetworkManager::clientReconnectsWhenTheNetworkIsBack()
{
    WaitingClient waiting(&m_server);
    QVERIFY(waiting.open());
    QVERIFY(waiting.wait());
    QSignalSpy reconnected(&waiting.client, &WsClient::reconnected);
    QVERIFY(hasChanged(NetworkManager::ConnectedGlobal, Reachability::Online));
    QVERIFY(hasChanged(NetworkManager::Disconnected, Reachability::Disconnected));
    QVERIFY(hasChanged(NetworkManager::Connecting, Reachability::Unknown));
    QCOMPARE(waiting.client.state(), Ws::Closed);
    QVERIFY(hasChanged(NetworkManager::ConnectedGlobal, Reachability::Online));
    WS_TRY_COMPARE(waiting.client.state(), Ws::Open);
    QCOMPARE(reconnected.size(), 1);
}

void TestNetworkManager::clientThatIsDeletedIsNotTold()
{
    auto gone = std::make_unique<WaitingClient>(&m_server);
    QVERIFY(gone->open());
    WaitingClient waiting(&m_server);
    QVERIFY(waiting.open());
    QVERIFY(hasChanged(NetworkManager::Disconnected, Reachability::Disconnected));
    QVERIFY(waiting.wait());
    gone.reset();
    QVERIFY(hasChanged(NetworkManager::ConnectedGlobal, Reachability::Online));
    WS_TRY_COMPARE(waiting.client.state(), Ws::Open);
}

QTEST_GUILESS_MAIN(TestNetworkManager)
#include "tst_networkmanager.moc"
