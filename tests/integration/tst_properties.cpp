// SPDX-License-Identifier: MIT

// The properties of clients and servers, by their names, as QML uses them.

#include "integrationtesting.h"
#include "propertytesting.h"

#include <WsKit/WsMemoryBroker>

using namespace IntegrationTesting;
using namespace PropertyTesting;

namespace {
// Values that are not the default ones.
Values valuesOfAConnection()
{
    WsOptions options;
    options.setTcpNoDelay(!options.tcpNoDelay());
    return {{"binaryType", QVariant::fromValue(Ws::Stream)},
            {"inBroadcasts", false},
            {"options", QVariant::fromValue(options)},
            {"paused", true}};
}

Values valuesOfAClient()
{
    WsReconnect reconnect;
    reconnect.setEnabled(true);
    Values values = {{"maxRedirects", 3},
                     {"pauseOnSslErrors", true},
                     {"peerVerifyName", u"server.example"_s},
                     {"pinnedCertificates", QStringList{u"not a pin"_s}},
                     {"reconnect", QVariant::fromValue(reconnect)},
                     {"subprotocols", QStringList{u"chat"_s}},
                     {"url", QUrl(u"wss://server.example/chat"_s)}};
    values.insert(valuesOfAConnection());
    return values;
}

Values valuesOfAServer()
{
    WsOptions options;
    options.setTcpNoDelay(!options.tcpNoDelay());
    return {{"allowedHosts", QStringList{u"server.example"_s}},
            {"allowedOrigins", QStringList{u"https://server.example"_s}},
            {"host", u"::1"_s},
            {"hosts", QStringList{u"127.0.0.1"_s, u"::1"_s}},
            {"localPath", u"wskit"_s},
            {"maxConnections", 5},
            {"maxConnectionsPerAddress", 4},
            {"maxPendingConnections", 3},
            {"maxPendingHandshakes", 6},
            {"maxRequestBody", 7.0},
            {"maxTotalBufferedAmount", 8.0},
            {"options", QVariant::fromValue(options)},
            {"port", quint16(40000)},
            {"proxyProtocol", true},
            {"reusePort", true},
            {"serverName", u"A server"_s},
            {"subprotocols", QStringList{u"chat"_s}},
            {"threadCount", 2},
            {"trustedProxies", QStringList{u"10.0.0.1"_s}}};
}

// What the type of QML is made of.
class DerivedClient : public WsClient
{
public:
    using WsClient::continueTrusted;
    using WsClient::hasUrl;
};

// What is to be read of an object that does nothing yet.
void readProperties(const QObject &object, const Values &expected)
{
    for (auto value = expected.begin(); value != expected.end(); ++value) {
        QVERIFY2(object.property(value.key().constData()).isValid(), value.key().constData());
        QCOMPARE(object.property(value.key().constData()), value.value());
    }
}
} // namespace

class TestProperties : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void ofAClientCanBeWritten_data() { addProperties<WsClient>(); }
    void ofAClientCanBeWritten();
    void ofAServerCanBeWritten_data() { addProperties<WsServer>(); }
    void ofAServerCanBeWritten();
    void ofABrokerCanBeWritten_data() { addProperties<WsMemoryBroker>(); }
    void ofABrokerCanBeWritten();
    void ofAnIdleClientCanBeRead();
    void ofAnIdleServerCanBeRead();
    void ofAnOpenConnectionCanBeRead();
    void clientIsOpenedAndClosedByItsProperty();
    void serverListensByItsProperty();
    void pathAloneIsNoUrl();
    void trustIsOnlyGivenToAnOpeningThatWaits();
};

void TestProperties::ofAClientCanBeWritten()
{
    WsClient client;
    tryProperty(&client, valuesOfAClient());
}

void TestProperties::ofAServerCanBeWritten()
{
    WsServer server;
    tryProperty(&server, valuesOfAServer());
}

void TestProperties::ofABrokerCanBeWritten()
{
    WsMemoryBroker broker;
    tryProperty(&broker, {{"queueMessages", !broker.queueMessages()}});
}

void TestProperties::ofAnIdleClientCanBeRead()
{
    const WsClient client;
    readProperties(client, {{"active", false},
                            {"bufferedAmount", 0.0},
                            {"closeCode", 1005},
                            {"closeReason", QString()},
                            {"extensions", QString()},
                            {"id", double(client.id())},
                            {"isEncrypted", false},
                            {"isServerSide", false},
                            {"reconnectAttempt", 0},
                            {"state", QVariant::fromValue(Ws::Closed)},
                            {"subprotocol", QString()},
                            {"user", QString()}});
}

void TestProperties::ofAnIdleServerCanBeRead()
{
    const WsServer server;
    readProperties(server, {{"connectionCount", 0},
                            {"draining", false},
                            {"listening", false},
                            {"url", QUrl()},
                            {"urls", QVariant::fromValue(QList<QUrl>())}});
}

void TestProperties::ofAnOpenConnectionCanBeRead()
{
    Pair pair;
    QVERIFY(pair.open());
    readProperties(*pair.peer, {{"isServerSide", true}, {"state", QVariant::fromValue(Ws::Open)}});
    QCOMPARE(pair.peer->property("request").value<WsRequest>().path(), u"/"_s);
    QCOMPARE(pair.client.property("response").value<WsResponse>().status(), 101);
    readProperties(pair.client, {{"active", true}, {"url", pair.url()}});
    readProperties(pair.server, {{"connectionCount", 1}, {"url", pair.server.serverUrl()}});
}

void TestProperties::clientIsOpenedAndClosedByItsProperty()
{
    WsServer server;
    QVERIFY(server.listen());
    WsClient client;
    client.setUrl(server.serverUrl());
    QVERIFY(client.setProperty("active", true));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QVERIFY(client.setProperty("active", false));
    WS_TRY_COMPARE(client.state(), Ws::Closed);
    QCOMPARE(client.property("closeCode"), 1000);
    QCOMPARE(client.property("active"), false);
}

void TestProperties::serverListensByItsProperty()
{
    WsServer server;
    QVERIFY(server.setProperty("listening", true));
    QCOMPARE(server.property("listening"), true);
    QVERIFY(server.serverPort() > 0);
    QVERIFY(server.setProperty("listening", false));
    WS_TRY_COMPARE(server.property("listening"), false);
}

void TestProperties::pathAloneIsNoUrl()
{
    DerivedClient client;
    QVERIFY(!client.hasUrl());
    QVERIFY(client.setProperty("url", QUrl(u"/chat"_s)));
    QVERIFY(!client.hasUrl());
    QVERIFY(client.setProperty("url", QUrl(u"ws://server.example/chat"_s)));
    QVERIFY(client.hasUrl());
}

void TestProperties::trustIsOnlyGivenToAnOpeningThatWaits()
{
    DerivedClient client;
    QVERIFY(!client.continueTrusted());
    QVERIFY(client.errorString().contains(u"no opening waits"_s));
}

#include "../testprogram.h"
WSKIT_TEST(TestProperties)
#include "tst_properties.moc"
