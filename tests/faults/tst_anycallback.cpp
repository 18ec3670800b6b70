// SPDX-License-Identifier: MIT

// In every function of the application that a client, a connection or a server calls, everything may be done
// to them. Not in a mask generator, which must not call anything.

#include "faultyconversation.h"

#include <WsKit/WsMemoryBroker>

#include <QtCore/qpromise.h>
#include <QtNetwork/qauthenticator.h>
#include <QtNetwork/qsslpresharedkeyauthenticator.h>

#include <stdexcept>

using namespace FaultTesting;

namespace {
enum class Action { Nothing, Throw, Replace, Delete, Abort, Close, Open, DeleteServer, CloseServer };

QString nameOf(Action action)
{
    static const char *const names[] = {"nothing", "throw", "replace",       "delete",      "abort",
                                        "close",   "open",  "delete server", "close server"};
    return QLatin1StringView(names[size_t(action)]);
}

class Stage;
// Sets the function, or an empty one.
using Setter = std::function<void(Stage &, bool isEmpty)>;

class Stage
{
public:
    Stage(WsRole role, Setter set, Action action, int number)
        : c(role, settings(role), std::make_shared<FaultPlan>()), m_set(std::move(set)), m_action(action),
          m_number(number)
    {
        broker.setHistory(u"topic"_s, 100);
        broker.setPresence(u"topic"_s);
        if (role == WsRole::Server)
            c.server()->setBroker(&broker);
    }

    // What the functions call first.
    void call()
    {
        if (count++ != m_number)
            return;
        if (m_action == Action::Throw)
            throw std::runtime_error("on purpose");
        act();
    }
    void play()
    {
        m_set(*this, false);
        if (c.role() == WsRole::Client)
            playClient();
        else
            playServer();
    }

    WsMemoryBroker broker;
    Conversation c;
    int count = 0;

private:
    static Settings settings(WsRole role)
    {
        Settings settings;
        settings.options.setHighWaterMark(500);
        settings.options.setSlowSubscriber(Ws::DropOldest);
        if (role == WsRole::Client)
            settings.reconnect = queueing();
        return settings;
    }
    void act()
    {
        WsConnection *const us = c.us();
        switch (m_action) {
        case Action::Nothing:
        case Action::Throw:
            break;
        case Action::Replace:
            m_set(*this, true);
            break;
        case Action::Delete:
            delete us;
            break;
        case Action::Abort:
            if (us)
                us->abort();
            break;
        case Action::Close:
            if (us)
                us->close(3000);
            break;
        case Action::Open:
            us->abort();
            (void)c.client()->open(QUrl(u"ws://example.com/again"_s));
            break;
        case Action::DeleteServer:
            c.side().server.reset();
            break;
        case Action::CloseServer:
            c.server()->close(Ws::GoingAway, {}, 0ms);
            break;
        }
    }
    void playClient()
    {
        c.act([](WsConnection &us) { static_cast<WsClient &>(us).setMaxRedirects(2); });
        c.start();
        c.answer("HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n");
        c.accept();
        c.receive({text("a"), binary("b"), text("c")});
        c.endPeer();
        pass(1s);
        c.accept();
        c.receive({text("d")});
        c.closeByUs();
    }
    void playServer()
    {
        for (const char *target : {"/chat", "/routed"}) {
            c.start();
            c.report([](WsTransport::User &user) {
                QSslPreSharedKeyAuthenticator authenticator;
                user.onPreSharedKey(&authenticator);
            });
            c.report([](WsTransport::User &user) {
                user.onSslErrors({QSslError(QSslError::SelfSignedCertificate)});
            });
            c.feed(upgradeRequest().replace("/chat", target));
            c.receive({text("a"), binary("b"), text("c")});
            subscribeSlowly();
            c.closeByUs();
            c.passTime();
        }
    }
    void subscribeSlowly()
    {
        if (c.server())
            c.server()->publish(u"topic"_s, "before");
        settle();
        c.act([this](WsConnection &us) { c.server()->subscribe(&us, u"topic"_s, u"0"_s); });
        c.act([this](WsConnection &us) { c.server()->subscribe(&us, u"values"_s); });
        c.wire().room = 0;
        for (int i = 0; i < 10 && c.server(); ++i) {
            c.server()->publish(u"topic"_s, QByteArray(200, 'x'));
            if (c.server())
                c.server()->publish(u"values"_s, QByteArray(200, 'x'), u"key"_s);
            settle();
        }
        c.take(FakeWire::Unlimited);
        pass(1s);
    }

    const Setter m_set;
    const Action m_action;
    const int m_number;
};

// A setter of a function that calls \a stage and then returns \a result.
template <typename Result>
auto returning(Stage &stage, Result result)
{
    return [&stage, result](auto &&...) {
        stage.call();
        return result;
    };
}

auto returningNothing(Stage &stage)
{
    return [&stage](auto &&...) { stage.call(); };
}

template <typename Object, typename Function, typename Value>
void setOrReset(Object *object, Function setter, bool isEmpty, Value value)
{
    if (!object)
        return;
    if (isEmpty)
        (object->*setter)({});
    else
        (object->*setter)(value);
}

QFuture<WsResponse> finishedAnswer()
{
    QPromise<WsResponse> promise;
    promise.start();
    promise.addResult(WsResponse::accept());
    promise.finish();
    return promise.future();
}

QList<QPair<const char *, Setter>> settersOfClients()
{
    return {{"reconnect filter",
             [](Stage &s, bool isEmpty) {
                 setOrReset(s.c.client(), &WsClient::setReconnectFilter, isEmpty, returning(s, true));
             }},
            {"request filter",
             [](Stage &s, bool isEmpty) {
                 setOrReset(s.c.client(), &WsClient::setRequestFilter, isEmpty, returningNothing(s));
             }},
            {"message handler", [](Stage &s, bool isEmpty) {
                 setOrReset(s.c.us(), &WsConnection::setMessageHandler, isEmpty, returningNothing(s));
             }}};
}

void setHandlerOfConnections(Stage &s, bool isEmpty)
{
    if (isEmpty) {
        setOrReset(s.c.us(), &WsConnection::setMessageHandler, isEmpty, nullptr);
        return;
    }
    s.c.server()->setConnectionHandler(
        [&s](WsConnection *connection) { connection->setMessageHandler(returningNothing(s)); });
}

QList<QPair<const char *, Setter>> settersOfRequests()
{
    return {{"request handler",
             [](Stage &s, bool) { s.c.server()->setRequestHandler(returning(s, WsResponse::accept())); }},
            {"request handler that returns a future",
             [](Stage &s, bool) { s.c.server()->setRequestHandler(returning(s, finishedAnswer())); }},
            {"route",
             [](Stage &s, bool isEmpty) {
                 if (isEmpty)
                     s.c.server()->removeRoute(u"/routed"_s);
                 else
                     s.c.server()->route(u"/routed"_s, returning(s, WsResponse::accept()));
             }},
            {"request filter of the server", [](Stage &s, bool isEmpty) {
                 setOrReset(s.c.server(), &WsServer::setRequestFilter, isEmpty,
                            returning(s, std::optional<WsResponse>()));
             }}};
}

QList<QPair<const char *, Setter>> settersOfServers()
{
    return {{"message handler of a server's connection", setHandlerOfConnections},
            {"connection handler",
             [](Stage &s, bool isEmpty) {
                 setOrReset(s.c.server(), &WsServer::setConnectionHandler, isEmpty, returningNothing(s));
             }},
            {"TLS error filter",
             [](Stage &s, bool isEmpty) {
                 setOrReset(s.c.server(), &WsServer::setSslErrorFilter, isEmpty, returning(s, true));
             }},
            {"pre-shared key handler",
             [](Stage &s, bool isEmpty) {
                 setOrReset(s.c.server(), &WsServer::setPreSharedKeyHandler, isEmpty, returningNothing(s));
             }},
            {"skip handler",
             [](Stage &s, bool isEmpty) {
                 setOrReset(s.c.server(), &WsServer::setSkipHandler, isEmpty, returningNothing(s));
             }},
            {"replay handler",
             [](Stage &s, bool isEmpty) {
                 setOrReset(s.c.server(), &WsServer::setReplayHandler, isEmpty, returningNothing(s));
             }},
            {"presence name", [](Stage &s, bool isEmpty) {
                 setOrReset(s.c.server(), &WsServer::setPresenceName, isEmpty, returning(s, u"anna"_s));
             }}};
}

QString play(WsRole role, const Setter &set, Action action, int number, int *count)
{
    Stage stage(role, set, action, number);
    stage.play();
    *count = stage.count;
    stage.c.act([](WsConnection &us) { us.abort(); });
    stage.c.passTime();
    if (role == WsRole::Server)
        return stage.c.us() ? u"the connection is still there"_s : QString();
    const QStringList told = stage.c.told();
    const bool isRight = !stage.c.us() || told.count(u"Connecting"_s) == told.filter(u"closed "_s).size();
    return isRight ? QString() : told.join(u", ");
}
} // namespace

class TestAnyCallback : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyFunction_data();
    void everyFunction();
    void continuations_data();
    void continuations();
};

void TestAnyCallback::everyFunction_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<Setter>("set");
    for (const auto &[name, set] : settersOfClients())
        QTest::addRow("client, %s", name) << WsRole::Client << set;
    for (const auto &[name, set] : settersOfRequests() + settersOfServers())
        QTest::addRow("server, %s", name) << WsRole::Server << set;
}

void TestAnyCallback::everyFunction()
{
    QFETCH(const WsRole, role);
    QFETCH(const Setter, set);
    int count = 0;
    const QString clean = play(role, set, Action::Nothing, -1, &count);
    QVERIFY2(clean.isEmpty(), qPrintable(clean));
    QVERIFY2(count > 0, "the conversation does not call it");
    QList<Action> actions = {Action::Throw, Action::Replace, Action::Delete, Action::Abort, Action::Close};
    if (role == WsRole::Client)
        actions += Action::Open;
    else
        actions += {Action::DeleteServer, Action::CloseServer};
    for (int number = 0; number < count; ++number) {
        for (const Action action : actions) {
            int calls = 0;
            const QString wrong = play(role, set, action, number, &calls);
            QVERIFY2(wrong.isEmpty(),
                     qPrintable(u"call %1, %2: %3"_s.arg(QString::number(number), nameOf(action), wrong)));
        }
    }
}

void TestAnyCallback::continuations_data()
{
    QTest::addColumn<WsRole>("role");
    QTest::addColumn<int>("action");
    for (const Action action : {Action::Delete, Action::Abort, Action::Close, Action::Open})
        QTest::addRow("client, %s", qPrintable(nameOf(action))) << WsRole::Client << int(action);
    for (const Action action : {Action::Delete, Action::Abort, Action::Close, Action::DeleteServer})
        QTest::addRow("server, %s", qPrintable(nameOf(action))) << WsRole::Server << int(action);
}

// Of the futures of receive(), with a message and at the end.
void TestAnyCallback::continuations()
{
    QFETCH(const WsRole, role);
    QFETCH(const int, action);
    for (int number = 0; number < 3; ++number) {
        int answered = 0;
        int asked = 0;
        Stage stage(
            role, [](Stage &, bool) {}, Action(action), number);
        stage.c.open();
        for (int i = 0; i < 3; ++i) {
            stage.c.act([&](WsConnection &us) {
                ++asked;
                us.receive().then([&](const std::optional<WsMessage> &) {
                    ++answered;
                    stage.call();
                });
            });
        }
        stage.c.receive({text("a")});
        stage.c.receive({text("b")});
        stage.c.closeByUs();
        stage.c.act([](WsConnection &us) { us.abort(); });
        stage.c.passTime();
        QCOMPARE(answered, asked);
    }
}

#include "../testprogram.h"
WSKIT_TEST(TestAnyCallback)
#include "tst_anycallback.moc"
