// SPDX-License-Identifier: MIT

// In a slot of every signal of a client and of a server's connection, everything may be done to the object.
// The signals are those of the meta object: a new one fails here until the conversation below makes the
// object emit it.

#include "../unit/deflatetesting.h"
#include "elsewhere.h"
#include "faultyconversation.h"
#include "signaltrap.h"

#include <WsKit/WsMessageStream>

#include <QtNetwork/qauthenticator.h>
#include <QtNetwork/qsslpresharedkeyauthenticator.h>

using namespace FaultTesting;

namespace {
enum class Action { Nothing, Delete, Abort, Close, Open, Move, DeleteServer };

QString nameOf(Action action)
{
    static const char *const names[] = {"nothing", "delete", "abort",        "close",
                                        "open",    "move",   "delete server"};
    return QLatin1StringView(names[size_t(action)]);
}

constexpr QByteArrayView Headers =
    "Sec-WebSocket-Protocol: talk\r\nSec-WebSocket-Extensions: permessage-deflate\r\n";

Settings settingsOf(WsRole role)
{
    Settings settings;
    settings.headers = Headers.toByteArray();
    settings.options.setHighWaterMark(2000);
    settings.options.setMaxMessageSize(100000);
    settings.options.setCompression([] {
        WsCompression compression;
        compression.setEnabled(true);
        return compression;
    }());
    if (role == WsRole::Client)
        settings.reconnect = queueing();
    return settings;
}

// --- what makes a client emit its signals

void changeSettings(Conversation &c)
{
    using Step = std::function<void(WsClient &)>;
    const Step steps[] = {
        [](WsClient &us) { us.setUrl(QUrl(u"ws://example.com/other"_s)); },
        [](WsClient &us) { us.setSubprotocols({u"talk"_s}); },
        [](WsClient &us) { us.setPeerVerifyName(u"example.com"_s); },
        [](WsClient &us) { us.setPauseOnSslErrors(true); },
        [](WsClient &us) { us.setPinnedCertificates({QString::fromLatin1(QByteArray(32, 'x').toBase64())}); },
        [](WsClient &us) { us.setPinnedCertificates({}); },
        [](WsClient &us) { us.setMaxRedirects(3); },
        [](WsClient &us) { us.setReconnect(enabled()); },
        [](WsClient &us) { us.setReconnect(queueing()); },
    };
    for (const Step &step : steps)
        c.act([&](WsConnection &us) { step(static_cast<WsClient &>(us)); });
}

void askUser(Conversation &c)
{
    const QSslError error(QSslError::SelfSignedCertificate);
    c.report([](WsTransport::User &user) { user.onStep(Ws::Resolved); });
    c.report([](WsTransport::User &user) {
        QAuthenticator authenticator;
        user.onProxyAuthentication(QNetworkProxy(QNetworkProxy::HttpProxy, u"proxy.test"_s, 80),
                                   &authenticator);
    });
    c.report([](WsTransport::User &user) {
        QSslPreSharedKeyAuthenticator authenticator;
        user.onPreSharedKey(&authenticator);
    });
    c.report([&](WsTransport::User &user) { user.onPeerVerifyError(error); });
    c.report([&](WsTransport::User &user) { user.onHandshakeInterrupted(error); });
    c.report([&](WsTransport::User &user) { user.onSslErrors({error}); });
    for (const bool isSent : {false, true}) {
        c.report([&](WsTransport::User &user) {
            WsAlert alert;
            alert.isSent = isSent;
            user.onAlert(alert);
        });
    }
    c.act([](WsConnection &us) { (void)static_cast<WsClient &>(us).continueOpening(); });
}

void openClient(Conversation &c)
{
    changeSettings(c);
    QObject::connect(c.client(), &WsClient::handshakeInterruptedOnError, c.client(),
                     [&c] { (void)c.client()->continueInterruptedHandshake(); });
    QObject::connect(c.client(), &WsClient::authenticationRequired, c.client(),
                     [](QAuthenticator *authenticator) { authenticator->setUser(u"user"_s); });
    c.start();
    askUser(c);
    c.answer("HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"r\"\r\nContent-Length: 2\r\n\r\nno");
    c.answer("HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n");
    c.accept();
}

// --- the same for both ends

QByteArray incompressible()
{
    QRandomGenerator generator(1);
    return DeflateTesting::randomBytes(generator, 5000);
}

void talk(Conversation &c)
{
    c.act([](WsConnection &us) { us.setInBroadcasts(false); });
    c.act([](WsConnection &us) {
        WsOptions options = us.options();
        options.setCloseTimeout(1s);
        us.setOptions(options);
    });
    c.act([](WsConnection &us) { us.setPaused(true); });
    c.receive({text("kept")});
    c.act([](WsConnection &us) { us.setPaused(false); });
    c.limitRoom(10);
    c.act([](WsConnection &us) { us.sendText("text"); });
    c.act([](WsConnection &us) { us.sendBinary(incompressible()); });
    c.take(1000);
    c.take(FakeWire::Unlimited);
    c.act([](WsConnection &us) { us.ping("ping"); });
    c.receive({ping("a"), pong("ping"), text("in ").notFinal(), continuation("pieces"), binary("b")});
    c.act([](WsConnection &us) { us.setBinaryType(Ws::Stream); });
    c.receive({binary("stream").notFinal()});
    c.act([](WsConnection &us) {
        for (auto *stream : us.findChildren<WsMessageStream *>())
            stream->readAll();
    });
    c.receive({continuation("end")});
    c.act([](WsConnection &us) {
        for (auto *stream : us.findChildren<WsMessageStream *>())
            stream->readAll();
    });
    c.act([](WsConnection &us) { us.setBinaryType(Ws::ByteArray); });
    c.receive({frame(3)});
    c.endPeer();
}

void loseAndReopen(Conversation &c)
{
    c.start();
    c.accept();
    c.receive({text("again")});
    c.endPeer();
    pass(1s);
    c.accept();
    c.endPeer();
    c.act([](WsConnection &us) { us.sendText("to be lost"); });
    c.act([](WsConnection &us) { us.close(); });
    c.start();
    c.accept();
    c.closeByUs();
    c.act([](WsConnection &us) { us.close(); });
}

void converse(Conversation &c)
{
    if (c.role() == WsRole::Client) {
        openClient(c);
        talk(c);
        loseAndReopen(c);
    } else {
        c.start();
        c.feed(upgradeRequest(Headers.toByteArray()));
        talk(c);
        c.closeByUs();
    }
}

// --- what happens in a slot

class Deed
{
public:
    Deed(Conversation &conversation, Action action, QThread &thread)
        : m_conversation(conversation), m_action(action), m_thread(thread)
    {
    }

    void act()
    {
        WsConnection *const us = m_conversation.us();
        switch (m_action) {
        case Action::Nothing:
            break;
        case Action::Delete:
            delete us;
            break;
        case Action::Abort:
            us->abort();
            break;
        case Action::Close:
            us->close(3000, u"in a slot"_s);
            break;
        case Action::Open:
            us->abort();
            (void)m_conversation.client()->open(QUrl(u"ws://example.com/again"_s));
            break;
        case Action::Move:
            us->moveToThread(&m_thread);
            break;
        case Action::DeleteServer:
            m_conversation.side().server.reset();
            break;
        }
    }

private:
    Conversation &m_conversation;
    const Action m_action;
    QThread &m_thread;
};

struct Watched
{
    WsRole role;
    QMetaMethod signal;
};

// Runs the conversation with one action; returns how often the signal was emitted.
int play(const Watched &watched, int number, Action action, QString *problem)
{
    Elsewhere elsewhere;
    Conversation c(watched.role, settingsOf(watched.role), std::make_shared<FaultPlan>());
    Deed deed(c, action, elsewhere.thread);
    std::unique_ptr<SignalTrap> trap;
    const auto set = [&](QObject *object) {
        trap = std::make_unique<SignalTrap>(object, watched.signal, number, [&deed] { deed.act(); });
    };
    int closedCount = 0;
    if (watched.role == WsRole::Client) {
        set(c.us());
    } else {
        c.server()->setSubprotocols({u"talk"_s});
        c.server()->setConnectionHandler([&](WsConnection *connection) {
            set(connection);
            QObject::connect(connection, &WsConnection::closed, connection, [&] { ++closedCount; });
        });
    }
    converse(c);
    const bool isMoved = c.us() && !c.isHere();
    elsewhere.remove(c.side().connection);
    if (isMoved)
        c.side().log.reset(); // which would be told later, when there is no client
    c.act([](WsConnection &us) { us.abort(); });
    c.passTime();
    const bool isGone = action == Action::Delete || action == Action::DeleteServer || isMoved;
    if (watched.role == WsRole::Client) {
        const QStringList told = c.told();
        const qsizetype opened = told.count(u"Connecting"_s);
        const qsizetype closed = told.filter(u"closed "_s).size();
        if (!isGone && opened != closed)
            *problem = u"%1 openings: "_s.arg(opened) + told.join(u", ");
    } else if (!isGone && closedCount != 1) {
        *problem = u"closed() came %1 times"_s.arg(closedCount);
    }
    if (problem->isEmpty() && c.us() && c.role() == WsRole::Server)
        *problem = u"the connection is still there"_s;
    return trap ? trap->count() : 0;
}
} // namespace

class TestAnySlot : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everySignal_data();
    void everySignal();
};

void TestAnySlot::everySignal_data()
{
    QTest::addColumn<Watched>("watched");
    const auto add = [](WsRole role, const QMetaObject &meta) {
        for (const QMetaMethod &signal : signalsOf(meta))
            QTest::addRow("%s, %s", ConnectionTesting::nameOf(role), signal.name().constData())
                << Watched{role, signal};
    };
    add(WsRole::Client, WsClient::staticMetaObject);
    add(WsRole::Server, WsConnection::staticMetaObject);
}

void TestAnySlot::everySignal()
{
    QFETCH(const Watched, watched);
    if (watched.role == WsRole::Server && watched.signal.name() == "urlChanged")
        return; // of clients
    QString problem;
    const int count = play(watched, -1, Action::Nothing, &problem);
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
    QVERIFY2(count > 0, "the conversation does not make the object emit it");
    QList<Action> actions = {Action::Delete, Action::Abort, Action::Close, Action::Move};
    actions.append(watched.role == WsRole::Client ? Action::Open : Action::DeleteServer);
    for (int number = 0; number < count; number += 1 + number / 8) {
        for (const Action action : actions) {
            play(watched, number, action, &problem);
            QVERIFY2(problem.isEmpty(), qPrintable(u"emission %1, %2: %3"_s.arg(QString::number(number),
                                                                                nameOf(action), problem)));
        }
    }
}

#include "../testprogram.h"
WSKIT_TEST(TestAnySlot)
#include "tst_anyslot.moc"
