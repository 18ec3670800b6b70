// SPDX-License-Identifier: MIT

// In a slot of every signal of a server, everything may be done to the server and to its broker; the same for
// the signals of a broker. A new signal fails here until the conversation makes the object emit it.

#include "elsewhere.h"
#include "faultyconversation.h"
#include "signaltrap.h"

#include <WsKit/WsMemoryBroker>

#include <stdexcept>

using namespace FaultTesting;

namespace {
enum class Action {
    Nothing,
    Delete,
    Close,
    CloseAtOnce,
    StopListening,
    Listen,
    Move,
    DeleteBroker,
    DropBroker
};

QString nameOf(Action action)
{
    static const char *const names[] = {"nothing",       "delete",         "close",
                                        "close at once", "stop listening", "listen",
                                        "move",          "delete broker",  "drop broker"};
    return QLatin1StringView(names[size_t(action)]);
}

class Stage
{
public:
    Stage(Action action, QThread &thread)
        : c(WsRole::Server, {}, std::make_shared<FaultPlan>()), m_action(action), m_thread(thread)
    {
        broker->setPresence(u"room"_s);
        broker->setHistory(u"news"_s, 10);
        broker->setHistoryEnvelope([](const QString &, const QString &, const WsMessage &) -> WsMessage {
            throw std::runtime_error("on purpose");
        });
    }
    ~Stage()
    {
        c.side().server.reset();
        delete broker;
    }

    void act()
    {
        WsServer *const server = c.server();
        switch (m_action) {
        case Action::Nothing:
            break;
        case Action::Delete:
            c.side().server.reset();
            break;
        case Action::Close:
            server->close();
            break;
        case Action::CloseAtOnce:
            server->close(Ws::GoingAway, {}, 0ms);
            break;
        case Action::StopListening:
            server->stopListening();
            break;
        case Action::Listen:
            (void)server->listen();
            break;
        case Action::Move:
            server->moveToThread(&m_thread);
            break;
        case Action::DeleteBroker:
            delete broker;
            break;
        case Action::DropBroker:
            server->setBroker(nullptr);
            break;
        }
    }
    // One step on the server, if it still is here.
    void step(const std::function<void(WsServer &)> &action)
    {
        if (Conversation::isHere(c.server()))
            action(*c.server());
        settle();
    }
    void play()
    {
        changeSettings();
        listenAndOpen();
        refuse();
        leave();
    }

    Conversation c;
    QPointer<WsMemoryBroker> broker = new WsMemoryBroker;

private:
    void changeSettings();
    void askAboutTls();
    void listenAndOpen();
    void refuse();
    void leave();

    const Action m_action;
    QThread &m_thread;
};

void Stage::changeSettings()
{
    const std::function<void(WsServer &)> steps[] = {
        [](WsServer &server) { server.setHost(u"::1"_s); },
        [](WsServer &server) { server.setHost(u"127.0.0.1"_s); },
        [](WsServer &server) { server.setLocalPath(u"socket"_s); },
        [](WsServer &server) { server.setLocalPath({}); },
        [](WsServer &server) { server.setLocalPermissions(QFileDevice::ReadOwner); },
        [](WsServer &server) { server.setReusePort(true); },
        [](WsServer &server) { server.setReusePort(false); },
        [](WsServer &server) { server.setTrustedProxies({u"198.51.100.1"_s}); },
        [](WsServer &server) { server.setProxyProtocol(true); },
        [](WsServer &server) { server.setProxyProtocol(false); },
        [](WsServer &server) { server.setMaxRequestBody(1000); },
        [](WsServer &server) { server.setMaxTotalBufferedAmount(1 << 20); },
        [](WsServer &server) { server.setPort(1); },
        [](WsServer &server) { server.setPort(0); },
        [](WsServer &server) { server.setOptions({}); },
        [](WsServer &server) { server.setOptions(withPings()); },
        [](WsServer &server) { server.setSubprotocols({u"talk"_s}); },
        [](WsServer &server) { server.setMaxConnections(10); },
        [](WsServer &server) { server.setMaxConnectionsPerAddress(10); },
        [](WsServer &server) { server.setMaxPendingHandshakes(10); },
        [](WsServer &server) { server.setMaxPendingConnections(10); },
        [](WsServer &server) { server.setMaxPendingConnections(0); },
        [](WsServer &server) { server.setServerName(u"test"_s); },
        [](WsServer &server) { server.setThreadCount(1); },
        [](WsServer &server) { server.setThreadCount(0); },
        [](WsServer &server) { server.setAllowedOrigins({u"https://example.com"_s}); },
        [](WsServer &server) { server.setAllowedHosts({u"example.com"_s}); },
    };
    for (const auto &one : steps)
        step(one);
}

void Stage::askAboutTls()
{
    const QSslError error(QSslError::SelfSignedCertificate);
    c.report([&](WsTransport::User &user) { user.onPeerVerifyError(error); });
    c.report([&](WsTransport::User &user) { user.onHandshakeInterrupted(error); });
    for (const bool isSent : {false, true}) {
        c.report([&](WsTransport::User &user) {
            WsAlert alert;
            alert.isSent = isSent;
            user.onAlert(alert);
        });
    }
    c.report([&](WsTransport::User &user) { user.onSslErrors({error}); });
}

void Stage::listenAndOpen()
{
    step([this](WsServer &server) {
        server.setSslErrorFilter([](const QList<QSslError> &, const QSslConfiguration &) { return true; });
        server.setPresenceName([](const WsConnection *) { return u"anna"_s; });
        server.setBroker(broker);
    });
    step([](WsServer &server) { (void)server.listen(); });
    c.start();
    askAboutTls();
    c.feed(upgradeRequest());
    c.act([this](WsConnection &us) { c.server()->subscribe(&us, u"room"_s); });
    if (broker)
        broker->setConnected(false);
    settle();
    if (broker)
        broker->setConnected(true);
    settle();
    c.act([this](WsConnection &us) { c.server()->unsubscribe(&us, u"room"_s); });
    c.act([this](WsConnection &us) { c.server()->subscribe(&us, u"news"_s); });
    step([](WsServer &server) { server.publish(u"news"_s, "a message"); });
    c.closeByUs();
}

void Stage::refuse()
{
    c.start();
    c.feed("no request\r\n\r\n");
    c.endPeer();
    step([](WsServer &server) { server.setRequestHandler([](const WsRequest &) { return WsResponse(7); }); });
    c.start();
    c.feed(upgradeRequest());
    c.endPeer();
    step([](WsServer &server) {
        server.setRequestHandler([](const WsRequest &) { return WsResponse::accept(); });
    });
}

void Stage::leave()
{
    if (broker)
        broker->setQueueMessages(true);
    c.open();
    step([](WsServer &server) { server.close(Ws::GoingAway, {}, 10s); });
    c.receive({closing(1001)});
    c.endPeer();
    c.passTime();
}

struct Counted
{
    int count = 0;
    QString problem;
};

Counted play(bool isBroker, const QMetaMethod &signal, int number, Action action)
{
    Elsewhere elsewhere;
    Stage stage(action, elsewhere.thread);
    SignalTrap trap(isBroker ? static_cast<QObject *>(stage.broker) : stage.c.server(), signal, number,
                    [&stage] { stage.act(); });
    stage.play();
    Counted result;
    result.count = trap.count();
    if (WsServer *const server = stage.c.server(); server && server->thread() != QThread::currentThread()) {
        elsewhere.remove(QPointer<WsServer>(stage.c.side().server.release()));
    } else if (server) {
        server->close(Ws::GoingAway, {}, 0ms);
        stage.c.passTime();
        if (server->connectionCount() != 0 || server->isListening() || server->isDraining())
            result.problem = u"the server has not closed"_s;
    }
    return result;
}
} // namespace

class TestAnySlotServer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everySignal_data();
    void everySignal();
};

void TestAnySlotServer::everySignal_data()
{
    QTest::addColumn<bool>("isBroker");
    QTest::addColumn<QMetaMethod>("signal");
    for (const QMetaMethod &signal : signalsOf(WsServer::staticMetaObject))
        QTest::addRow("server, %s", signal.name().constData()) << false << signal;
    for (const QMetaMethod &signal : signalsOf(WsMemoryBroker::staticMetaObject))
        QTest::addRow("broker, %s", signal.name().constData()) << true << signal;
}

void TestAnySlotServer::everySignal()
{
    QFETCH(const bool, isBroker);
    QFETCH(const QMetaMethod, signal);
    const Counted all = play(isBroker, signal, -1, Action::Nothing);
    QVERIFY2(all.problem.isEmpty(), qPrintable(all.problem));
    QVERIFY2(all.count > 0, "the conversation does not make the object emit it");
    for (int number = 0; number < all.count; ++number) {
        for (int action = int(Action::Delete); action <= int(Action::DropBroker); ++action) {
            const QString wrong = play(isBroker, signal, number, Action(action)).problem;
            QVERIFY2(wrong.isEmpty(), qPrintable(u"emission %1, %2: %3"_s.arg(
                                          QString::number(number), nameOf(Action(action)), wrong)));
        }
    }
}

#include "../testprogram.h"
WSKIT_TEST(TestAnySlotServer)
#include "tst_anyslot_server.moc"
