// SPDX-License-Identifier: MIT

// WsWebChannelTransport and WsWebChannelServer, with a client that speaks the protocol of qwebchannel.js by
// hand.

#include "integrationtesting.h"
#include "propertytesting.h"

#include <WsKit/WsWebChannelServer>
#include <WsKit/WsWebChannelTransport>

#include <QtCore/qeventloop.h>
#include <QtCore/qjsonarray.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qjsonobject.h>
#include <QtCore/qthread.h>

#include <memory>

using namespace IntegrationTesting;

namespace {
enum Type { Signal = 1, PropertyUpdate, Init, Idle, Debug, InvokeMethod, ConnectToSignal, Response = 10 };

// What is published.
class Thermostat : public QObject
{
    Q_OBJECT
    Q_PROPERTY(double target READ target WRITE setTarget NOTIFY targetChanged)
    Q_PROPERTY(QString note MEMBER m_note NOTIFY noteChanged)

public:
    double target() const { return m_target; }
    void setTarget(double target)
    {
        m_target = target;
        Q_EMIT targetChanged();
    }
    void setNote(const QString &note)
    {
        m_note = note;
        Q_EMIT noteChanged();
    }
    std::function<void()> onRaise;

public Q_SLOTS:
    double raise(double degrees)
    {
        setTarget(m_target + degrees);
        if (onRaise)
            onRaise();
        return m_target;
    }

Q_SIGNALS:
    void targetChanged();
    void noteChanged();
    void alarm(const QString &text);

private:
    double m_target = 20;
    QString m_note;
};

// A page with qwebchannel.js.
class Page
{
public:
    bool open(const QUrl &url, const QString &path = u"/channel"_s)
    {
        QObject::connect(&client, &WsClient::textMessageReceived, &client, [this](const QString &text) {
            messages.append(QJsonDocument::fromJson(text.toUtf8()).object());
            if (answersUpdates && messages.last()[u"type"] == PropertyUpdate)
                say({{u"type"_s, Idle}});
        });
        QUrl to = url;
        to.setPath(path);
        QSignalSpy opened(&client, &WsClient::opened); // the server may close it at once
        return client.open(to) && waitFor([&] { return opened.size() == 1; });
    }
    void say(const QJsonObject &message) { client.sendJson(message); }
    void initialize()
    {
        say({{u"type"_s, Init}, {u"id"_s, 0}});
        say({{u"type"_s, Idle}});
    }
    void connectToAlarm()
    {
        say({{u"type"_s, ConnectToSignal},
             {u"object"_s, u"thermostat"_s},
             {u"signal"_s, Thermostat::staticMetaObject.indexOfSignal("alarm(QString)")}});
    }
    void raise(double degrees)
    {
        const int method = Thermostat::staticMetaObject.indexOfMethod("raise(double)");
        say({{u"type"_s, InvokeMethod},
             {u"id"_s, 1},
             {u"object"_s, u"thermostat"_s},
             {u"method"_s, method},
             {u"args"_s, QJsonArray{degrees}}});
    }
    qsizetype count(Type type) const
    {
        return std::count_if(messages.begin(), messages.end(),
                             [type](const QJsonObject &message) { return message[u"type"] == type; });
    }
    QString ending() const
    {
        return client.state() == Ws::Closed ? u"%1 %2"_s.arg(client.closeCode()).arg(client.closeReason())
                                            : QString();
    }

    WsClient client;
    QList<QJsonObject> messages;
    bool answersUpdates = true;
};

// A server with one object at /channel, and the errors that it reports.
class Site
{
public:
    Site()
    {
        channel.registerObject(u"thermostat"_s, &thermostat);
        channel.setPropertyUpdateInterval(0);
        channels.setPath(u"/channel"_s);
        QObject::connect(&channels, &WsWebChannelServer::errorOccurred, &channels,
                         [this](const WsError &error) { errors.append(error); });
    }
    QString errorText() const { return errors.isEmpty() ? QString() : errors.last().text(); }

    Thermostat thermostat;
    WsServer server;
    QWebChannel channel;
    WsWebChannelServer channels{&server, &channel};
    QList<WsError> errors;
};
} // namespace

class tst_WebChannel : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void propertiesCanBeWritten_data() { PropertyTesting::addProperties<WsWebChannelServer>(); }
    void propertiesCanBeWritten();
    void clientCallsASlotAndSeesWhatChanges();
    void transportServesASingleConnection();
    void clientRoleCanPublish();
    void otherPathsAreLeftAlone();
    void everyPathIsTakenWithoutOne();
    void countsItsClients();
    void wrongMessageClosesTheConnection_data();
    void wrongMessageClosesTheConnection();
    void quotesOnlyTheBeginningOfAWrongMessage();
    void debugMessagesAreDropped();
    void textThatIsNoUnicodeIsSent();
    void clientThatDoesNotReadIsClosed();
    void clientThatNeverAnswersIsClosed_data();
    void clientThatNeverAnswersIsClosed();
    void clientMayHaveAnyTime();
    void slotWithAnEventLoopIsNoSilenceOfTheClient();
    void connectionOfAnotherThreadIsRefused();
    void channelOfAnotherThreadIsRefused();
    void clientWithoutAChannelIsClosed();
    void slotMayDeleteItWhenItRefusesAClient();
    void clientsAreClosedWithTheirChannel_data();
    void clientsAreClosedWithTheirChannel();
    void serverMayGoFirst();
    void channelServerMayBeDeletedInAnySlot_data();
    void channelServerMayBeDeletedInAnySlot();
    void connectionMayBeDeletedInItsSlots_data();
    void connectionMayBeDeletedInItsSlots();
    void transportGoesWithItsConnection();
    void transportIsOverWhenItsConnectionIs();
    void misuseIsLogged();
};

void tst_WebChannel::propertiesCanBeWritten()
{
    WsServer server;
    QWebChannel channel;
    WsWebChannelServer channels;
    PropertyTesting::tryProperty(&channels, {{"channel", QVariant::fromValue(&channel)},
                                             {"idleTimeout", 7000},
                                             {"path", u"/channel"_s},
                                             {"server", QVariant::fromValue(&server)}});
}

void tst_WebChannel::clientCallsASlotAndSeesWhatChanges()
{
    //! [server]
    WsServer server;
    QWebChannel channel;
    Thermostat thermostat;
    channel.registerObject(QStringLiteral("thermostat"), &thermostat);
    WsWebChannelServer channels(&server, &channel);
    channels.setPath(QStringLiteral("/channel"));
    QVERIFY(server.listen());
    //! [server]
    Page first;
    Page second;
    QVERIFY(first.open(server.serverUrl()) && second.open(server.serverUrl()));
    first.initialize();
    second.initialize();
    second.connectToAlarm();
    WS_TRY_COMPARE(first.messages.size() + second.messages.size(), 2);
    QVERIFY(first.messages.first()[u"data"].toObject().contains(u"thermostat"));
    first.raise(1.5);
    WS_TRY_COMPARE(first.count(PropertyUpdate) + second.count(PropertyUpdate), 2);
    QCOMPARE(thermostat.target(), 21.5);
    const auto answer = std::find_if(first.messages.begin(), first.messages.end(),
                                     [](const QJsonObject &message) { return message[u"id"] == 1; });
    QVERIFY(answer != first.messages.end());
    QCOMPARE((*answer)[u"data"], 21.5);
    Q_EMIT thermostat.alarm(u"Grüße"_s);
    WS_TRY_COMPARE(second.count(Signal), 1);
    QCOMPARE(second.messages.last()[u"args"].toArray().first(), u"Grüße"_s);
}

void tst_WebChannel::transportServesASingleConnection()
{
    WsServer server;
    QWebChannel channel;
    Thermostat thermostat;
    channel.registerObject(u"thermostat"_s, &thermostat);
    const auto isOfAUser = [](const WsConnection *connection) {
        return connection->request().path() == u"/channel";
    };
    //! [transport]
    connect(&server, &WsServer::newConnection, &channel, [&](WsConnection *connection) {
        if (isOfAUser(connection))
            channel.connectTo(new WsWebChannelTransport(connection)); // deleted with its connection
    });
    //! [transport]
    QVERIFY(server.listen());
    Page page;
    Page other;
    QVERIFY(page.open(server.serverUrl()) && other.open(server.serverUrl(), u"/other"_s));
    page.initialize();
    other.initialize();
    WS_TRY_COMPARE(page.messages.size(), 1);
    page.client.close();
    other.client.close();
    WS_TRY_COMPARE(server.connectionCount(), 0);
    QCOMPARE(other.messages.size(), 0);
    thermostat.setTarget(3); // nobody is there any more
}

void tst_WebChannel::clientRoleCanPublish()
{
    WsServer relay;
    QPointer<WsConnection> page;
    QStringList received;
    connect(&relay, &WsServer::newConnection, this, [&](WsConnection *connection) {
        page = connection;
        connect(connection, &WsConnection::textMessageReceived, this,
                [&](const QString &text) { received.append(text); });
    });
    QVERIFY(relay.listen());
    QWebChannel channel;
    Thermostat thermostat;
    channel.registerObject(u"thermostat"_s, &thermostat);
    WsClient client;
    WsWebChannelTransport transport(&client, this);
    channel.connectTo(&transport);
    QVERIFY(client.open(relay.serverUrl()));
    WS_TRY_VERIFY(page);
    page->sendJson(QJsonObject{{u"type"_s, Init}, {u"id"_s, 7}});
    WS_TRY_COMPARE(received.size(), 1);
    QVERIFY(received.first().contains(u"\"raise\""));
}

void tst_WebChannel::otherPathsAreLeftAlone()
{
    Site site;
    connect(&site.server, &WsServer::newConnection, this, [](WsConnection *connection) {
        if (connection->request().path() == u"/echo")
            connect(connection, &WsConnection::messageReceived, connection,
                    [connection](const WsMessage &message) { connection->send(message); });
    });
    QVERIFY(site.server.listen());
    Page page;
    QVERIFY(page.open(site.server.serverUrl(), u"/echo"_s));
    page.say({{u"hello"_s, 1}});
    WS_TRY_COMPARE(page.messages.size(), 1);
    QVERIFY(page.messages.first().contains(u"hello"));
    QCOMPARE(site.channels.clientCount(), 0);
    QCOMPARE(page.client.state(), Ws::Open);
}

void tst_WebChannel::everyPathIsTakenWithoutOne()
{
    Site site;
    site.channels.setPath({});
    QVERIFY(site.server.listen());
    Page page;
    QVERIFY(page.open(site.server.serverUrl(), u"/anything"_s));
    page.initialize();
    WS_TRY_COMPARE(page.count(Response), 1);
}

void tst_WebChannel::countsItsClients()
{
    Site site;
    QSignalSpy connected(&site.channels, &WsWebChannelServer::clientConnected);
    QSignalSpy disconnected(&site.channels, &WsWebChannelServer::clientDisconnected);
    QSignalSpy count(&site.channels, &WsWebChannelServer::clientCountChanged);
    QVERIFY(site.server.listen());
    Page first;
    Page second;
    QVERIFY(first.open(site.server.serverUrl()) && second.open(site.server.serverUrl()));
    WS_TRY_COMPARE(site.channels.clientCount(), 2);
    QCOMPARE(connected.size(), 2);
    QCOMPARE(site.channels.clients().size(), 2);
    first.client.abort();
    WS_TRY_COMPARE(site.channels.clientCount(), 1);
    QCOMPARE(disconnected.size(), 1);
    QCOMPARE(count.size(), 3);
    second.initialize();
    WS_TRY_COMPARE(second.messages.size(), 1);
}

// --- what a peer may not send

void tst_WebChannel::wrongMessageClosesTheConnection_data()
{
    QTest::addColumn<WsMessage>("message");
    QTest::addColumn<QString>("ending");
    QTest::addColumn<QString>("text");
    QTest::addRow("binary") << WsMessage::binary("\1\2\xff") << u"1003 binary message on a web channel"_s
                            << u"a binary message of 3 bytes (01 02 ff)"_s;
    QTest::addRow("no JSON") << WsMessage::text("Hello") << u"1007 not JSON"_s << u"\"Hello\""_s;
    QTest::addRow("empty") << WsMessage::text("") << u"1007 not JSON"_s << u"at byte 0 of 0"_s;
    QTest::addRow("deeply nested") << WsMessage::text(QByteArray(100000, '[')) << u"1007 not JSON"_s
                                   << u"[[["_s;
    const QString wrong = u"1007 not a message of a web channel"_s;
    QTest::addRow("an array") << WsMessage::text("[1]") << wrong << u"\"[1]\""_s;
    QTest::addRow("no type") << WsMessage::text("{\"id\":1}") << wrong << u"\"{\"id\":1}\""_s;
    QTest::addRow("type of text") << WsMessage::text("{\"type\":\"3\"}") << wrong
                                  << u"\"type\" from 1 to 10"_s;
    QTest::addRow("a call without an id")
        << WsMessage::text("{\"type\":6,\"object\":\"thermostat\"}") << wrong << u"without the \"id\""_s;
    QTest::addRow("unknown type") << WsMessage::text("{\"type\":11}") << wrong << u"\"type\" from 1 to 10"_s;
}

void tst_WebChannel::wrongMessageClosesTheConnection()
{
    QFETCH(const WsMessage, message);
    QFETCH(const QString, ending);
    QFETCH(const QString, text);
    Site site;
    QVERIFY(site.server.listen());
    Page page;
    QVERIFY(page.open(site.server.serverUrl()));
    page.client.send(message);
    page.raise(1); // comes too late
    WS_TRY_COMPARE(page.ending(), ending);
    QCOMPARE(site.errors.size(), 1);
    QCOMPARE(site.errors.first().kind(), Ws::ErrorKind::Protocol);
    QVERIFY2(site.errorText().contains(text), qPrintable(site.errorText()));
    QCOMPARE(site.thermostat.target(), 20.0);
}

void tst_WebChannel::quotesOnlyTheBeginningOfAWrongMessage()
{
    Site site;
    QVERIFY(site.server.listen());
    Page page;
    QVERIFY(page.open(site.server.serverUrl()));
    page.client.sendText(u"a\n\x1b[31m"_s + QString(100000, u'x'));
    WS_TRY_COMPARE(site.errors.size(), 1);
    QVERIFY2(site.errorText().size() < 200, qPrintable(site.errorText()));
    QVERIFY(!site.errorText().contains(u'\n') && !site.errorText().contains(u'\x1b'));
    QVERIFY(site.errorText().endsWith(u"xxx...\""));
}

void tst_WebChannel::debugMessagesAreDropped()
{
    Site site;
    QVERIFY(site.server.listen());
    Page page;
    QVERIFY(page.open(site.server.serverUrl()));
    QStringList passedOn;
    WS_TRY_COMPARE(site.channels.clientCount(), 1);
    const auto *transport = site.channels.clients().first()->findChild<WsWebChannelTransport *>();
    connect(transport, &QWebChannelAbstractTransport::messageReceived, this,
            [&](const QJsonObject &message) { passedOn.append(QString::number(message[u"type"].toInt())); });
    page.say({{u"type"_s, Debug}, {u"data"_s, u"to stdout"_s}});
    page.initialize();
    WS_TRY_COMPARE(page.messages.size(), 1);
    WS_TRY_COMPARE(passedOn.join(u' '), u"3 4"_s);
}

void tst_WebChannel::textThatIsNoUnicodeIsSent()
{
    Site site;
    QVERIFY(site.server.listen());
    Page page;
    QVERIFY(page.open(site.server.serverUrl()));
    page.initialize();
    WS_TRY_COMPARE(page.messages.size(), 1);
    site.thermostat.setNote(u"half a "_s + QChar(0xd83d) + u" character"_s);
    WS_TRY_COMPARE(page.count(PropertyUpdate), 1);
    QCOMPARE(site.errors.size(), 0);
}

// --- clients that do not follow

void tst_WebChannel::clientThatDoesNotReadIsClosed()
{
    Site site;
    WsOptions options;
    options.setMaxBufferedAmount(256 * KiB);
    options.setCloseTimeout(100ms);
    site.server.setOptions(options);
    QVERIFY(site.server.listen());
    Page page;
    Page other;
    QVERIFY(page.open(site.server.serverUrl()) && other.open(site.server.serverUrl()));
    page.initialize();
    other.initialize();
    page.connectToAlarm();
    WS_TRY_VERIFY((Q_EMIT site.thermostat.alarm({}), page.count(Signal) > 0));
    page.client.setPaused(true);
    const QString text(qsizetype(64 * KiB), u'x');
    WS_TRY_VERIFY((Q_EMIT site.thermostat.alarm(text), !site.errors.isEmpty()));
    QCOMPARE(site.errors.first().kind(), Ws::ErrorKind::Overflow);
    QVERIFY2(site.errorText().contains(u"a message of 65") && site.errorText().contains(u"maxBufferedAmount"),
             qPrintable(site.errorText()));
    Q_EMIT site.thermostat.alarm(text);
    WS_TRY_COMPARE(site.channels.clientCount(), 1);
    QCOMPARE(site.errors.size(), 1);
    other.raise(1);
    WS_TRY_VERIFY(other.count(PropertyUpdate) > 0);
}

void tst_WebChannel::clientThatNeverAnswersIsClosed_data()
{
    QTest::addColumn<bool>("initializes");
    QTest::addRow("says nothing") << false;
    QTest::addRow("stops after an update") << true;
}

void tst_WebChannel::clientThatNeverAnswersIsClosed()
{
    QFETCH(const bool, initializes);
    Site site;
    if (!initializes)
        site.channels.setIdleTimeout(20ms);
    QVERIFY(site.server.listen());
    Page page;
    page.answersUpdates = false;
    QVERIFY(page.open(site.server.serverUrl()));
    if (initializes) {
        page.initialize();
        WS_TRY_COMPARE(page.messages.size(), 1);
        site.thermostat.setTarget(1);
        WS_TRY_COMPARE(page.count(PropertyUpdate), 1);
        site.channels.setIdleTimeout(20ms);
    }
    WS_TRY_COMPARE(page.ending(), u"1008 not ready for property updates"_s);
    QCOMPARE(site.errors.size(), 1);
    QCOMPARE(site.errors.first().kind(), Ws::ErrorKind::Timeout);
    QVERIFY2(site.errorText().contains(u"20 ms"), qPrintable(site.errorText()));
}

// More than a timer of Qt can wait.
void tst_WebChannel::clientMayHaveAnyTime()
{
    Site site;
    QTest::failOnWarning(QRegularExpression(u"."_s));
    site.channels.setIdleTimeout(std::chrono::milliseconds::max());
    QVERIFY(site.server.listen());
    Page page;
    QVERIFY(page.open(site.server.serverUrl()));
    page.initialize();
    WS_TRY_COMPARE(page.messages.size(), 1);
    const auto *transport = site.channels.clients().first()->findChild<WsWebChannelTransport *>();
    QCOMPARE(transport->idleTimeout(), std::chrono::milliseconds::max());
}

void tst_WebChannel::slotWithAnEventLoopIsNoSilenceOfTheClient()
{
    Site site;
    QVERIFY(site.server.listen());
    Page page;
    QVERIFY(page.open(site.server.serverUrl()));
    QEventLoop dialog;
    bool isLong = false;
    site.thermostat.onRaise = [&] {
        site.channels.setIdleTimeout(2ms);
        QTimer ticks; // passes when the transport's timer has run out several times
        connect(&ticks, &QTimer::timeout, &dialog, [&, count = 0]() mutable {
            if (++count == 10)
                dialog.quit();
        });
        ticks.start(2);
        dialog.exec();
        site.channels.setIdleTimeout(0ms);
        isLong = true;
    };
    page.raise(1);
    WS_TRY_VERIFY(isLong);
    page.initialize();
    WS_TRY_COMPARE(page.messages.size(), 2);
    QCOMPARE(site.errors.size(), 0);
}

// --- threads and lifetime

void tst_WebChannel::connectionOfAnotherThreadIsRefused()
{
    Site site;
    site.server.setThreadCount(1);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"WsWebChannelServer: .*threadCount must be 0"_s));
    QVERIFY(site.server.listen());
    Page page;
    Page second;
    QVERIFY(page.open(site.server.serverUrl()) && second.open(site.server.serverUrl()));
    WS_TRY_COMPARE(page.ending(), u"1011 no web channel here"_s);
    WS_TRY_COMPARE(second.ending(), u"1011 no web channel here"_s);
    QCOMPARE(site.errors.size(), 2);
    QCOMPARE(site.errors.first().kind(), Ws::ErrorKind::Misuse);
}

void tst_WebChannel::channelOfAnotherThreadIsRefused()
{
    QThread thread;
    QWebChannel channel;
    channel.moveToThread(&thread);
    Site site;
    site.channels.setChannel(&channel);
    QTest::ignoreMessage(QtWarningMsg, "WsWebChannelServer: the QWebChannel lives in another thread");
    QVERIFY(site.server.listen());
    Page page;
    QVERIFY(page.open(site.server.serverUrl()));
    WS_TRY_COMPARE(page.ending(), u"1011 no web channel here"_s);
}

void tst_WebChannel::clientWithoutAChannelIsClosed()
{
    Site site;
    site.channels.setChannel(nullptr);
    QTest::ignoreMessage(QtWarningMsg, "WsWebChannelServer: there is no channel");
    QVERIFY(site.server.listen());
    Page page;
    QVERIFY(page.open(site.server.serverUrl()));
    WS_TRY_COMPARE(page.ending(), u"1011 no web channel here"_s);
}

void tst_WebChannel::slotMayDeleteItWhenItRefusesAClient()
{
    WsServer server;
    std::unique_ptr<WsWebChannelServer> channels;
    connect(&server, &WsServer::newConnection, this, [&](WsConnection *connection) {
        connect(connection, &WsConnection::stateChanged, this, [&] { channels.reset(); });
    });
    channels = std::make_unique<WsWebChannelServer>(&server, nullptr);
    QTest::ignoreMessage(QtWarningMsg, "WsWebChannelServer: there is no channel");
    QVERIFY(server.listen());
    Page page;
    QVERIFY(page.open(server.serverUrl()));
    WS_TRY_COMPARE(page.ending(), u"1011 no web channel here"_s);
    QVERIFY(!channels);
}

void tst_WebChannel::clientsAreClosedWithTheirChannel_data()
{
    QTest::addColumn<int>("what");
    QTest::addRow("the channel is deleted") << 0;
    QTest::addRow("another channel is set") << 1;
    QTest::addRow("another server is set") << 2;
    QTest::addRow("the channel server is deleted") << 3;
}

void tst_WebChannel::clientsAreClosedWithTheirChannel()
{
    QFETCH(const int, what);
    Thermostat thermostat;
    WsServer server;
    WsServer otherServer;
    QWebChannel otherChannel;
    auto channel = std::make_unique<QWebChannel>();
    channel->registerObject(u"thermostat"_s, &thermostat);
    auto channels = std::make_unique<WsWebChannelServer>(&server, channel.get());
    QVERIFY(server.listen());
    Page page;
    QVERIFY(page.open(server.serverUrl()));
    page.initialize();
    WS_TRY_COMPARE(page.messages.size(), 1);
    switch (what) {
    case 0:
        channel.reset();
        QCOMPARE(channels->channel(), nullptr);
        break;
    case 1:
        channels->setChannel(&otherChannel);
        break;
    case 2:
        channels->setServer(&otherServer);
        break;
    default:
        channels.reset();
    }
    page.raise(1);
    WS_TRY_COMPARE(page.ending(), u"1001 the web channel has ended"_s);
    QCOMPARE(thermostat.target(), 20.0);
}

void tst_WebChannel::serverMayGoFirst()
{
    Thermostat thermostat;
    QWebChannel channel;
    channel.registerObject(u"thermostat"_s, &thermostat);
    auto server = std::make_unique<WsServer>();
    WsWebChannelServer channels(server.get(), &channel);
    QSignalSpy disconnected(&channels, &WsWebChannelServer::clientDisconnected);
    QVERIFY(server->listen());
    Page page;
    QVERIFY(page.open(server->serverUrl()));
    page.initialize();
    WS_TRY_COMPARE(page.messages.size(), 1);
    server.reset();
    QCOMPARE(channels.clientCount(), 0);
    QCOMPARE(channels.server(), nullptr);
    QCOMPARE(disconnected.size(), 0);
    thermostat.setTarget(5);
    WS_TRY_COMPARE(page.ending(), u"1001 "_s);
}

void tst_WebChannel::channelServerMayBeDeletedInAnySlot_data()
{
    QTest::addColumn<QString>("when");
    for (const char *signal : {"clientConnected", "clientDisconnected", "errorOccurred", "clientCountChanged",
                               "channelChanged", "serverChanged", "stateChanged"})
        QTest::addRow("%s", signal) << QString::fromLatin1(signal);
}

void tst_WebChannel::channelServerMayBeDeletedInAnySlot()
{
    QFETCH(const QString, when);
    Thermostat thermostat;
    WsServer server;
    QWebChannel channel;
    channel.registerObject(u"thermostat"_s, &thermostat);
    auto *channels = new WsWebChannelServer(&server, &channel);
    const QPointer<WsWebChannelServer> alive(channels);
    bool isDeleted = false; // its destructor closes connections, which emits signals
    const auto deleteAt = [&](const char *signal) {
        return [&, isNow = when == QLatin1String(signal)] {
            if (isNow && !std::exchange(isDeleted, true))
                delete alive;
        };
    };
    connect(channels, &WsWebChannelServer::clientConnected, this, deleteAt("clientConnected"));
    connect(channels, &WsWebChannelServer::clientDisconnected, this, deleteAt("clientDisconnected"));
    connect(channels, &WsWebChannelServer::errorOccurred, this, deleteAt("errorOccurred"));
    connect(channels, &WsWebChannelServer::clientCountChanged, this, deleteAt("clientCountChanged"));
    connect(channels, &WsWebChannelServer::channelChanged, this, deleteAt("channelChanged"));
    connect(channels, &WsWebChannelServer::serverChanged, this, deleteAt("serverChanged"));
    QVERIFY(server.listen());
    Page page;
    QVERIFY(page.open(server.serverUrl()));
    if (when == u"channelChanged" || when == u"stateChanged") {
        WS_TRY_VERIFY(channels->clientCount() == 1);
        connect(channels->clients().first(), &WsConnection::stateChanged, this, deleteAt("stateChanged"));
        channels->setChannel(nullptr);
    } else if (when == u"serverChanged") {
        channels->setServer(nullptr);
    } else {
        page.client.sendText("nonsense");
    }
    WS_TRY_VERIFY(!alive);
    WS_TRY_COMPARE(server.connectionCount(), when == u"serverChanged" ? 1 : 0);
}

void tst_WebChannel::connectionMayBeDeletedInItsSlots_data()
{
    QTest::addColumn<bool>("isSending");
    QTest::newRow("stateChanged() after a wrong message") << false;
    QTest::newRow("messageSent()") << true;
}

void tst_WebChannel::connectionMayBeDeletedInItsSlots()
{
    QFETCH(const bool, isSending);
    WsServer relay;
    QPointer<WsConnection> page;
    connect(&relay, &WsServer::newConnection, this, [&](WsConnection *connection) { page = connection; });
    QVERIFY(relay.listen());
    QWebChannel channel;
    Thermostat thermostat;
    channel.registerObject(u"thermostat"_s, &thermostat);
    QPointer<WsClient> client = new WsClient;
    channel.connectTo(new WsWebChannelTransport(client));
    QVERIFY(client->open(relay.serverUrl()));
    WS_TRY_VERIFY(page && client->state() == Ws::Open);
    if (isSending)
        connect(client, &WsConnection::messageSent, this, [&] { delete client; });
    else
        connect(client, &WsConnection::stateChanged, this, [&] { delete client; });
    if (isSending)
        page->sendJson(QJsonObject{{u"type"_s, Init}, {u"id"_s, 7}});
    else
        page->sendText("nonsense");
    WS_TRY_VERIFY(!client);
}

void tst_WebChannel::transportGoesWithItsConnection()
{
    WsServer server;
    QWebChannel channel;
    QPointer<WsWebChannelTransport> transport;
    connect(&server, &WsServer::newConnection, this, [&](WsConnection *connection) {
        transport = new WsWebChannelTransport(connection);
        channel.connectTo(transport);
    });
    QVERIFY(server.listen());
    Page page;
    QVERIFY(page.open(server.serverUrl()));
    WS_TRY_VERIFY(transport);
    page.client.close();
    WS_TRY_VERIFY(!transport);
}

void tst_WebChannel::transportIsOverWhenItsConnectionIs()
{
    WsServer server;
    QVERIFY(server.listen());
    auto client = std::make_unique<WsClient>();
    WsWebChannelTransport transport(client.get(), this);
    QSignalSpy ended(&transport, &WsWebChannelTransport::ended);
    QVERIFY(client->open(server.serverUrl()));
    WS_TRY_COMPARE(client->state(), Ws::Open);
    QCOMPARE(transport.connection(), client.get());
    client->close();
    WS_TRY_COMPARE(ended.size(), 1);
    QCOMPARE(transport.connection(), nullptr);
    transport.sendMessage({{u"type"_s, Idle}}); // dropped

    WsWebChannelTransport another(client.get(), this);
    QSignalSpy endedWithTheObject(&another, &WsWebChannelTransport::ended);
    client.reset();
    QCOMPARE(endedWithTheObject.size(), 1);
}

void tst_WebChannel::misuseIsLogged()
{
    QTest::ignoreMessage(QtWarningMsg, "WsWebChannelTransport: there is no connection");
    const WsWebChannelTransport without(nullptr);
    QCOMPARE(without.connection(), nullptr);

    QThread thread;
    WsClient client;
    client.moveToThread(&thread);
    QTest::ignoreMessage(
        QtWarningMsg, QRegularExpression(u"WsWebChannelTransport: connection .* lives in another thread"_s));
    WsWebChannelTransport transport(&client);
    QCOMPARE(transport.connection(), nullptr);
    transport.sendMessage({});
}

QTEST_GUILESS_MAIN(tst_WebChannel)
#include "tst_webchannel.moc"
