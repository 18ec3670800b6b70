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

const std::map<QByteArray, int (*)(int, char **)> programs = {
    {"static server with threads", staticServerWithThreads},
    {"static server", staticServer},
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
    process.setProcessChannelMode(QProcess::ForwardedChannels);
    process.start(QCoreApplication::applicationFilePath(), {QString::fromLatin1(program)});
    WS_TRY_VERIFY(process.state() == QProcess::NotRunning);
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 0);
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
