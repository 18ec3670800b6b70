// SPDX-License-Identifier: MIT

// Servers and clients that outlive the application object. Each program is this one, started anew with its
// name as the argument.

#include "integrationtesting.h"

#include <QtCore/qprocess.h>

#include <map>

using namespace IntegrationTesting;

namespace {
// Runs the event loop of an application until the client is open.
bool openInApplication(int argc, char **argv, WsServer *server, WsClient *client)
{
    QCoreApplication app(argc, argv);
    return server->listen() && client->open(server->serverUrl())
           && waitFor([client] { return client->state() == Ws::Open; });
}

int staticServerWithThreads(int argc, char **argv)
{
    static WsServer server;
    static WsClient client;
    server.setThreadCount(2);
    return openInApplication(argc, argv, &server, &client) ? 0 : 1;
}

int staticServer(int argc, char **argv)
{
    static WsServer server;
    static WsClient client;
    return openInApplication(argc, argv, &server, &client) ? 0 : 1;
}

int staticTlsServer(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    static WsServer server;
    static WsClient client;
    server.setSslConfiguration(serverTls());
    client.setSslConfiguration(tlsConfiguration());
    QUrl url = server.listen() ? server.serverUrl() : QUrl();
    url.setHost(u"localhost"_s);
    return client.open(url) && waitFor([] { return client.state() == Ws::Open; }) ? 0 : 1;
}

// Something has to be read of the client before it has a connection.
int serverOfASilentClient(WsServer *server)
{
    QTcpSocket client;
    if (!server->listen())
        return 1;
    client.connectToHost(server->serverAddress(), server->serverPort());
    return waitFor([server] { return server->statistics().pendingHandshakes == 1; }) ? 0 : 1;
}

int staticTlsServerOfASilentClient(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    static WsServer server;
    server.setSslConfiguration(serverTls());
    return serverOfASilentClient(&server);
}

int staticServerBehindASilentProxy(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    static WsServer server;
    server.setTrustedProxies({u"127.0.0.1"_s});
    server.setProxyProtocol(true);
    return serverOfASilentClient(&server);
}

// Exits in a slot of closed(), when the client is about to release its socket.
int tlsClientOfOneMessage(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    Pair pair(true);
    QObject::connect(&pair.client, &WsClient::opened, &app, [&pair] { pair.client.close(); });
    QObject::connect(&pair.client, &WsClient::closed, &app, [] { QCoreApplication::exit(0); });
    return pair.start() ? QCoreApplication::exec() : 1;
}

// The socket still has data to send.
int tlsClientThatLingers(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    Pair pair(true);
    if (!pair.open())
        return 1;
    pair.peer->setPaused(true);
    for (int i = 0; i < 16; ++i)
        pair.client.sendBinary(pattern(MiB));
    pair.client.close();
    return 0;
}

// Loading Qt's TLS takes time and memory, and a warning where there is no application object yet.
int plainServer(int argc, char **argv)
{
    WsServer server;
    QCoreApplication app(argc, argv);
    QTcpSocket client;
    if (!server.listen())
        return 1;
    client.connectToHost(server.serverAddress(), server.serverPort());
    client.write(RawPeer::upgradeRequest());
    if (!waitFor([&] { return server.connectionCount() == 1 && client.bytesAvailable() > 0; }))
        return 1;
    QFile maps(u"/proc/self/maps"_s);
    return maps.open(QIODevice::ReadOnly) && maps.readAll().contains("opensslbackend") ? 2 : 0;
}

const std::map<QByteArray, int (*)(int, char **)> programs = {
    {"plain server, which loads no TLS", plainServer},
    {"static server with threads", staticServerWithThreads},
    {"static server", staticServer},
    {"static server with TLS", staticTlsServer},
    {"static server with TLS, of a silent client", staticTlsServerOfASilentClient},
    {"static server behind a silent proxy", staticServerBehindASilentProxy},
    {"client with TLS, of one message", tlsClientOfOneMessage},
    {"client with TLS, that lingers", tlsClientThatLingers},
};
} // namespace

class TestProgramEnd : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void programEnds_data();
    void programEnds();
};

void TestProgramEnd::programEnds_data()
{
    QTest::addColumn<QByteArray>("program");
    for (const auto &[name, run] : programs)
        QTest::newRow(name.constData()) << name;
}

void TestProgramEnd::programEnds()
{
    QFETCH(const QByteArray, program);
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QCoreApplication::applicationFilePath(), {QString::fromLatin1(program)});
    WS_TRY_VERIFY(process.state() == QProcess::NotRunning);
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 0);
    if (program.contains("TLS")) // Qt warns of what it cannot do any more, or not yet
        QCOMPARE(process.readAll(), QByteArray());
}

int main(int argc, char **argv)
{
    if (const auto program = argc == 2 ? programs.find(argv[1]) : programs.end(); program != programs.end())
        return program->second(argc, argv);
    QCoreApplication app(argc, argv);
    TestProgramEnd test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_programend.moc"
