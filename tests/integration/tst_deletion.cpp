// SPDX-License-Identifier: MIT

// In the slots of every signal everything may be done to its object: it may be deleted, aborted, closed, opened
// again, and its server deleted. Run under the address sanitizer this is worth most.

#include "integrationtesting.h"

#include <QtCore/qhash.h>
#include <QtCore/qmetaobject.h>

#include <vector>

using namespace IntegrationTesting;

namespace {
enum class Action { Delete, Abort, Close, Reopen, DeleteServer };
enum class Side { Client, Server, Taken }; // taken: the server's end, which nextPendingConnection() has returned

// Calls back at the first emission of a signal that is named.
class Trap : public QObject
{
    Q_OBJECT

public:
    bool set(QObject *sender, const QByteArray &signal, std::function<void()> action)
    {
        const QMetaObject *meta = sender->metaObject();
        for (int i = 0; i < meta->methodCount(); ++i) {
            const QMetaMethod method = meta->method(i);
            if (method.methodType() != QMetaMethod::Signal || method.name() != signal)
                continue;
            m_action = std::move(action);
            const int slot = metaObject()->indexOfSlot("spring()");
            return QObject::connect(sender, method, this, metaObject()->method(slot));
        }
        return false;
    }

    bool wasSprung = false;

public Q_SLOTS:
    void spring()
    {
        if (!std::exchange(wasSprung, true))
            m_action();
    }

private:
    std::function<void()> m_action;
};

// A conversation in which every signal is emitted, and that goes on with whoever is left.
class Conversation
{
public:
    static constexpr qint64 Limit = 5 * MiB;
    static constexpr int Deleted = -1000; // of a count: there is nobody who would tell

    Conversation(bool isTls, Side watched, const QByteArray &signal, Action action)
        : m_watched(watched), m_signal(signal), m_action(action), m_server(new WsServer), m_client(new WsClient)
    {
        WsOptions options;
        options.setHighWaterMark(64 * KiB);
        options.setMaxMessageSize(Limit);
        m_server->setOptions(options);
        m_client->setOptions(options);
        m_server->setSubprotocols({u"talk"_s});
        m_client->setSubprotocols({u"talk"_s});
        if (isTls)
            m_server->setSslConfiguration(serverTls());
        m_client->ignoreSslErrors(); // the authority is not known, so that there are some
        if (watched == Side::Taken) {
            m_server->setMaxPendingConnections(1);
            QObject::connect(m_server, &WsServer::newConnection, m_server, [this] {
                delete m_peer; // of an earlier opening
                onConnection(m_server->nextPendingConnection());
            });
        } else {
            m_server->setConnectionHandler([this](WsConnection *connection) { onConnection(connection); });
        }
        QObject::connect(m_client, &WsConnection::closed, m_client, [this] { ++clientClosed; });
        if (watched == Side::Client)
            isTrapSet = trap.set(m_client, signal, [this] { act(); });
    }

    ~Conversation()
    {
        delete m_client;
        if (m_watched == Side::Taken)
            delete m_peer;
        delete m_server;
    }

    bool run()
    {
        if (!m_server->listen())
            return false;
        m_url = m_server->serverUrl();
        if (open()) {
            talk();
            fail();
        }
        return settle();
    }

    Trap trap;
    bool isTrapSet = false;
    int clientOpens = 0;
    int clientClosed = 0;
    int peerOpens = 0;
    int peerClosed = 0;

private:
    void onConnection(WsConnection *connection)
    {
        m_peer = connection;
        ++peerOpens;
        QObject::connect(connection, &WsConnection::closed, connection, [this] { ++peerClosed; });
        if (m_watched != Side::Client && !trap.wasSprung && !isTrapSet)
            isTrapSet = trap.set(connection, m_signal, [this] { act(); });
    }

    void act()
    {
        WsConnection *connection = m_watched == Side::Client ? m_client.data() : m_peer.data();
        switch (m_action) {
        case Action::Delete:
            (m_watched == Side::Client ? clientClosed : peerClosed) = Deleted;
            delete connection;
            break;
        case Action::Abort:
            connection->abort();
            break;
        case Action::Close:
            connection->close(3000);
            break;
        case Action::Reopen:
            m_client->abort();
            if (m_client->open(m_url))
                ++clientOpens;
            break;
        case Action::DeleteServer:
            if (m_watched != Side::Taken) // which lives on
                peerClosed = Deleted;
            delete m_server;
            break;
        }
    }

    bool open()
    {
        ++clientOpens;
        if (!m_client->open(m_url))
            --clientOpens;
        return waitFor([this] { return isTalking() || isOver(); }) && isTalking();
    }

    bool isTalking() const { return m_client && m_client->state() == Ws::Open && m_peer; }
    bool isOver() const
    {
        const bool clientIsOver = !m_client || m_client->state() == Ws::Closed;
        const bool takenIsOver = m_watched != Side::Taken || !m_peer || m_peer->state() == Ws::Closed;
        return clientIsOver && takenIsOver && (!m_server || m_server->connectionCount() == 0);
    }

    // Only the one that is watched sends more than the system takes at once: the amount is what the time of this
    // program goes into.
    void say(const QPointer<WsConnection> &connection, Side side)
    {
        const qsizetype size = side == m_watched ? 4 * MiB : KiB;
        const std::function<void()> words[] = {
            [&] {
                WsOptions options = connection->options();
                options.setMaxFragments(options.maxFragments() + 1);
                connection->setOptions(options);
            },
            [&] { connection->setInBroadcasts(false); },
            [&] { connection->sendText("text"); },
            [&] { connection->sendBinary("binary"); },
            [&] { connection->ping("ping"); },
            [&] { connection->setPaused(true); },
            [&] { connection->sendBinary(QByteArray(size, 'x')); },
            [&] { connection->sendBinary(QByteArray(size, 'x')); },
        };
        for (const auto &word : words) {
            if (connection)
                word();
        }
    }

    void talk()
    {
        const QPointer<WsConnection> client = m_client.data();
        const QPointer<WsConnection> peer = m_peer; // of now, should the client be opened again
        int messages = 0;
        QObject context; // messages is counted only as long as it is there
        for (WsConnection *connection : {client.data(), peer.data()})
            QObject::connect(connection, &WsConnection::messageReceived, &context, [&messages] { ++messages; });
        say(client, Side::Client);
        say(peer, m_watched == Side::Taken ? Side::Taken : Side::Server);
        QCoreApplication::processEvents();
        for (const QPointer<WsConnection> &connection : {client, peer}) {
            if (connection)
                connection->setPaused(false);
        }
        (void)waitFor([&] { return messages >= 8 || isOver() || trap.wasSprung; });
    }

    // The one that is watched gets what is too much for it.
    void fail()
    {
        WsConnection *other = m_watched == Side::Client ? m_peer.data() : m_client.data();
        if (other && !trap.wasSprung)
            other->sendBinary(QByteArray(Limit + 1, 'x'));
        (void)waitFor([this] { return trap.wasSprung || isOver(); });
    }

    // Whoever is left ends as it should.
    bool settle()
    {
        (void)waitFor([this] { return !m_client || m_client->state() != Ws::Connecting; });
        if (m_client && m_client->state() == Ws::Open)
            m_client->close();
        return waitFor([this] { return isOver(); });
    }

    Side m_watched;
    QByteArray m_signal;
    Action m_action;
    QPointer<WsServer> m_server;
    QPointer<WsClient> m_client;
    QPointer<WsConnection> m_peer;
    QUrl m_url;
};
} // namespace

class TestDeletion : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everySlotOfTheClient_data();
    void everySlotOfTheClient();
    void everySlotOfTheServersConnection_data();
    void everySlotOfTheServersConnection();
    void everySlotOfATakenConnection_data();
    void everySlotOfATakenConnection();
    void serverInItsOwnSlots_data();
    void serverInItsOwnSlots();
    void connectionInTheSlotsOfTheServer_data();
    void connectionInTheSlotsOfTheServer();
    void connectionInItsMessageHandler_data() { addSchemes(); }
    void connectionInItsMessageHandler();
    void clientInItsMessageHandler();
    void serverInItsRequestHandler();
    void serverInItsConnectionFilter_data();
    void serverInItsConnectionFilter();
    void connectionFilterInItself();
    void clientWhileItConnects_data() { addSchemes(); }
    void clientWhileItConnects();
    void clientWithBufferedDataTellsThePeer();
    void clientThatHasJustClosedTellsThePeerWhy_data() { addSchemes(); }
    void clientThatHasJustClosedTellsThePeerWhy();
    void serverTellsItsClientsWhenItIsDeleted();
    void othersInTheirDestroyedSignal();
};

namespace {
void addRows(const QByteArrayList &signalNames, const QList<Action> &actions)
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<QByteArray>("signal");
    QTest::addColumn<int>("action");
    static const QHash<Action, const char *> names = {{Action::Delete, "delete"},
                                                      {Action::Abort, "abort"},
                                                      {Action::Close, "close"},
                                                      {Action::Reopen, "reopen"},
                                                      {Action::DeleteServer, "delete the server"}};
    for (const bool isTls : {false, true}) {
        for (const QByteArray &signal : signalNames) {
            if (signal == "sslErrors" && !isTls)
                continue;
            for (const Action action : actions)
                QTest::addRow("%s in %s, %s", names[action], signal.constData(), isTls ? "wss" : "ws")
                    << isTls << signal << int(action);
        }
    }
}

const QByteArrayList &commonSignals()
{
    static const QByteArrayList names = {"opened",
                                         "messageReceived",
                                         "textMessageReceived",
                                         "binaryMessageReceived",
                                         "pinged",
                                         "pongReceived",
                                         "bytesWritten",
                                         "drained",
                                         "errorOccurred",
                                         "closed",
                                         "stateChanged",
                                         "subprotocolChanged",
                                         "bufferedAmountChanged",
                                         "pausedChanged",
                                         "inBroadcastsChanged",
                                         "optionsChanged"};
    return names;
}

void checkConversation(Side side)
{
    QFETCH(const bool, isTls);
    QFETCH(const QByteArray, signal);
    QFETCH(const int, action);
    Conversation conversation(isTls, side, signal, Action(action));
    QVERIFY(conversation.run());
    QVERIFY(conversation.isTrapSet);
    QVERIFY(conversation.trap.wasSprung);
    if (conversation.clientClosed >= 0)
        QCOMPARE(conversation.clientClosed, conversation.clientOpens);
    if (conversation.peerClosed >= 0)
        QCOMPARE(conversation.peerClosed, conversation.peerOpens);
}
} // namespace

void TestDeletion::everySlotOfTheClient_data()
{
    addRows(commonSignals() + QByteArrayList{"connected", "urlChanged", "sslErrors"},
            {Action::Delete, Action::Abort, Action::Close, Action::Reopen, Action::DeleteServer});
}

void TestDeletion::everySlotOfTheClient()
{
    checkConversation(Side::Client);
}

void TestDeletion::everySlotOfTheServersConnection_data()
{
    addRows(commonSignals(), {Action::Delete, Action::Abort, Action::Close, Action::DeleteServer});
}

void TestDeletion::everySlotOfTheServersConnection()
{
    checkConversation(Side::Server);
}

void TestDeletion::everySlotOfATakenConnection_data()
{
    everySlotOfTheServersConnection_data();
}

void TestDeletion::everySlotOfATakenConnection()
{
    checkConversation(Side::Taken);
}

void TestDeletion::serverInItsOwnSlots_data()
{
    QTest::addColumn<QByteArray>("signal");
    for (const char *signal : {"newConnection", "connectionCountChanged", "connectionRejected", "listeningChanged",
                               "closed", "errorOccurred"})
        QTest::newRow(signal) << QByteArray(signal);
}

void TestDeletion::serverInItsOwnSlots()
{
    QFETCH(const QByteArray, signal);
    auto *server = new WsServer;
    const QPointer<WsServer> guard(server);
    QVERIFY(server->listen());
    const QUrl url = server->serverUrl();
    Trap trap;
    QVERIFY(trap.set(server, signal, [server] { delete server; }));
    if (signal == "connectionRejected")
        server->setRequestHandler([](const WsRequest &) { return WsResponse::notFound(); });
    if (signal == "errorOccurred")
        server->setRequestHandler([](const WsRequest &) { return WsResponse(7); });
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(url));
    if (signal == "listeningChanged" || signal == "closed") {
        WS_TRY_COMPARE(client.state(), Ws::Open);
        server->close();
    }
    WS_TRY_VERIFY(events.isClosed());
    QVERIFY(trap.wasSprung);
    QVERIFY(!guard);
}

void TestDeletion::connectionInTheSlotsOfTheServer_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<bool>("isHandler");
    QTest::addColumn<int>("action");
    for (const bool isTls : {false, true}) {
        for (const bool isHandler : {false, true}) {
            for (const Action action : {Action::Delete, Action::Abort, Action::Close}) {
                QTest::addRow("%s, %s, %d", isTls ? "wss" : "ws", isHandler ? "handler" : "newConnection",
                              int(action))
                    << isTls << isHandler << int(action);
            }
        }
    }
}

void TestDeletion::connectionInTheSlotsOfTheServer()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isHandler);
    QFETCH(const int, action);
    Pair pair(isTls);
    std::unique_ptr<Events> events;
    const auto act = [&](WsConnection *connection) {
        events = std::make_unique<Events>(connection);
        if (Action(action) == Action::Delete)
            delete connection;
        else if (Action(action) == Action::Abort)
            connection->abort();
        else
            connection->close(3000);
    };
    if (isHandler)
        pair.server.setConnectionHandler(act);
    else
        connect(&pair.server, &WsServer::newConnection, this, act);
    QVERIFY(pair.start());
    WS_TRY_VERIFY(pair.events.isClosed());
    WS_TRY_COMPARE(pair.server.connectionCount(), 0);
    if (Action(action) == Action::Close) {
        // It never was open for its listeners, and the states come in their order.
        QCOMPARE(events->all, QStringList{u"closed 3000 '' clean"_s});
        QCOMPARE(events->states, QList<Ws::State>({Ws::Closing, Ws::Closed}));
        QCOMPARE(pair.events.ending(), u"closed 3000 '' clean"_s);
    }
}

void TestDeletion::connectionInItsMessageHandler()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.open());
    int calls = 0;
    pair.peer->setMessageHandler([&](WsConnection &connection, Ws::MessageType, QByteArrayView) {
        ++calls;
        connection.sendText("last words");
        delete &connection;
    });
    pair.client.sendText("1");
    pair.client.sendText("2");
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(calls, 1);
    QCOMPARE(pair.events.messages(), QStringList{u"text last words"_s});
    QCOMPARE(pair.events.ending(), u"closed 1001 '' clean"_s);
    QCOMPARE(pair.server.connectionCount(), 0);
}

void TestDeletion::clientInItsMessageHandler()
{
    Pair pair;
    QVERIFY(pair.server.listen());
    auto *client = new WsClient;
    client->setMessageHandler([](WsConnection &connection, Ws::MessageType, QByteArrayView) { delete &connection; });
    QVERIFY(client->open(pair.server.serverUrl()));
    WS_TRY_VERIFY(pair.peer);
    pair.peer->sendText("1");
    pair.peer->sendText("2");
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->ending(), u"closed 1001 '' clean"_s);
}

void TestDeletion::serverInItsRequestHandler()
{
    auto *server = new WsServer;
    QVERIFY(server->listen());
    const QUrl url = server->serverUrl();
    server->setRequestHandler([server](const WsRequest &) {
        delete server;
        return WsResponse::accept();
    });
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(url));
    WS_TRY_VERIFY(events.isClosed());
}

void TestDeletion::serverInItsConnectionFilter_data()
{
    QTest::addColumn<bool>("isAtOnce");
    QTest::newRow("at once") << true;
    QTest::newRow("later") << false;
}

void TestDeletion::serverInItsConnectionFilter()
{
    QFETCH(const bool, isAtOnce);
    auto *server = new WsServer;
    QPointer<WsServer> guard(server);
    QVERIFY(server->listen());
    const QByteArray ofTheFilter(1000, 'a');
    qsizetype size = 0;
    server->setConnectionFilter([server, isAtOnce, ofTheFilter, &size](const QHostAddress &) {
        if (isAtOnce)
            delete server;
        else
            server->deleteLater();
        size = ofTheFilter.size(); // the filter is still there
        return true;
    });
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(server->serverUrl()));
    WS_TRY_VERIFY(events.isClosed());
    QVERIFY(!guard);
    QCOMPARE(size, 1000);
}

void TestDeletion::connectionFilterInItself()
{
    Pair pair;
    const QByteArray ofTheFilter(1000, 'a');
    qsizetype size = 0;
    pair.server.setConnectionFilter([&pair, ofTheFilter, &size](const QHostAddress &) {
        pair.server.setConnectionFilter({});
        size = ofTheFilter.size();
        return true;
    });
    QVERIFY(pair.open());
    QCOMPARE(size, 1000);
}

void TestDeletion::clientWhileItConnects()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.server.listen());
    for (int turns = 0; turns < 20; ++turns) {
        auto client = std::make_unique<WsClient>();
        client->setSslConfiguration(tlsConfiguration());
        QVERIFY(client->open(pair.url()));
        for (int i = 0; i < turns; ++i)
            QCoreApplication::processEvents();
    }
    WS_TRY_COMPARE(pair.server.connectionCount(), 0);
    QVERIFY(pair.open());
}

void TestDeletion::clientWithBufferedDataTellsThePeer()
{
    Pair pair;
    QVERIFY(pair.server.listen());
    auto client = std::make_unique<WsClient>();
    QVERIFY(client->open(pair.server.serverUrl()));
    WS_TRY_VERIFY(pair.peer && client->state() == Ws::Open);
    QVERIFY(client->sendText("sent in the same turn"));
    client.reset();
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->all,
             QStringList({u"opened"_s, u"text sent in the same turn"_s, u"closed 1001 '' clean"_s}));
}

void TestDeletion::clientThatHasJustClosedTellsThePeerWhy()
{
    QFETCH(const bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.server.listen());
    auto client = std::make_unique<WsClient>();
    client->setSslConfiguration(tlsConfiguration());
    QVERIFY(client->open(pair.url()));
    WS_TRY_VERIFY(pair.peer && client->state() == Ws::Open);
    QVERIFY(client->sendText("sent in the same turn"));
    QVERIFY(client->close(4001, u"enough"_s));
    client.reset();
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->all,
             QStringList({u"opened"_s, u"text sent in the same turn"_s, u"closed 4001 'enough' clean"_s}));
}

void TestDeletion::serverTellsItsClientsWhenItIsDeleted()
{
    auto server = std::make_unique<WsServer>();
    QVERIFY(server->listen());
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(server->serverUrl()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    WS_TRY_COMPARE(server->connectionCount(), 1);
    server.reset();
    WS_TRY_COMPARE(events.ending(), u"closed 1001 '' clean"_s);
}

void TestDeletion::othersInTheirDestroyedSignal()
{
    auto server = std::make_unique<WsServer>();
    QVERIFY(server->listen());
    std::vector<std::unique_ptr<WsClient>> clients;
    QList<QPointer<WsConnection>> connections;
    server->setConnectionHandler([&](WsConnection *connection) { connections.append(connection); });
    for (int i = 0; i < 3; ++i) {
        clients.push_back(std::make_unique<WsClient>());
        QVERIFY(clients.back()->open(server->serverUrl()));
    }
    WS_TRY_COMPARE(connections.size(), 3);
    for (const QPointer<WsConnection> &connection : std::as_const(connections)) {
        connect(connection, &QObject::destroyed, this, [&] {
            for (const QPointer<WsConnection> &other : std::as_const(connections))
                delete other;
        });
    }
    server.reset();
    for (const QPointer<WsConnection> &connection : std::as_const(connections))
        QVERIFY(!connection);
}

#include "../testprogram.h"
WSKIT_TEST(TestDeletion)
#include "tst_deletion.moc"
