// SPDX-License-Identifier: MIT

// A host whose first address is silent: packets to it are lost, in a network namespace that the test makes.

#include "../needed.h"
#include "integrationtesting.h"

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qprocess.h>
#include <QtCore/qtemporarydir.h>

#include <thread>

#ifdef Q_OS_LINUX
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>
#endif

using namespace IntegrationTesting;

namespace {
const QString OwnAddress = u"192.0.2.2"_s;

// Returns what went wrong.
QString run(const QString &command)
{
    QStringList arguments = command.split(u' ');
    QProcess program;
    program.setProcessChannelMode(QProcess::MergedChannels);
    program.start(arguments.takeFirst(), arguments);
    if (!program.waitForFinished(Patience))
        return command + u": "_s + program.errorString();
    return program.exitCode() == 0 ? QString()
                                   : command + u": "_s + QString::fromLocal8Bit(program.readAll()).trimmed();
}
} // namespace

class TestBlackHole : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void silenceIsSilence();
    void clientConnectsToTheSecondAddress_data() { addSchemes(); }
    void clientConnectsToTheSecondAddress();
    void threadWithoutAnEventLoopDoesSo_data() { addSchemes(); }
    void threadWithoutAnEventLoopDoesSo();
    void errorCountsTheSilentAddresses();
    void shortWaitDoesNotEndTheAttempt_data();
    void shortWaitDoesNotEndTheAttempt();

private:
    QString enterNamespace();
    void useHosts(const QByteArray &hosts);

    QTemporaryDir m_folder;
};

#ifdef Q_OS_LINUX
namespace {
// A device that loses what is sent to it. Not every kernel has each kind.
QString makeHole()
{
    QString problem;
    for (const QString &command : {u"ip link add hole type dummy"_s, u"ip link add hole type ifb"_s,
                                   u"ip tuntap add dev hole mode tun"_s}) {
        problem = run(command);
        if (problem.isEmpty())
            break;
    }
    return problem;
}
} // namespace

QString TestBlackHole::enterNamespace()
{
    if (::geteuid() != 0)
        return u"only root can make a network namespace"_s;
    if (::unshare(CLONE_NEWNET | CLONE_NEWNS) != 0)
        return u"no namespace: "_s + qt_error_string();
    const QString hosts = m_folder.filePath(u"hosts"_s);
    useHosts("2001:db8::1 slow.test\n192.0.2.2 slow.test\n2001:db8::1 silent.test\n192.0.2.1 silent.test\n");
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0
        || ::mount(qPrintable(hosts), "/etc/hosts", nullptr, MS_BIND, nullptr) != 0)
        return u"no hosts of its own: "_s + qt_error_string();
    const QString problem = makeHole();
    if (!problem.isEmpty())
        return problem;
    for (const QString &command :
         {u"ip link set lo up"_s, u"ip link set hole up"_s, u"ip addr add %1/24 dev hole"_s.arg(OwnAddress),
          u"ip addr add 2001:db8::2/64 dev hole nodad"_s}) {
        if (QString commandProblem = run(command); !commandProblem.isEmpty())
            return commandProblem;
    }
    return {};
}
#else
QString TestBlackHole::enterNamespace()
{
    return u"network namespaces exist on Linux alone"_s;
}
#endif

void TestBlackHole::useHosts(const QByteArray &hosts)
{
    QFile file(m_folder.filePath(u"hosts"_s));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(hosts) == hosts.size());
}

void TestBlackHole::initTestCase()
{
    WS_NEED(u"ip"_s);
    if (const QString problem = enterNamespace(); !problem.isEmpty())
        QSKIP(qPrintable(u"all tests of a silent address are skipped: "_s + problem));
}

// Otherwise the other tests would show nothing.
void TestBlackHole::silenceIsSilence()
{
    QTcpSocket socket;
    socket.connectToHost(QHostAddress(u"2001:db8::1"_s), 80);
    QVERIFY(!socket.waitForConnected(500));
    QCOMPARE(socket.error(), QAbstractSocket::SocketTimeoutError);
}

void TestBlackHole::clientConnectsToTheSecondAddress()
{
    QFETCH(bool, isTls);
    Pair pair(isTls);
    pair.client.setPeerVerifyName(u"localhost"_s);
    QVERIFY(pair.server.listen(QHostAddress(OwnAddress)));
    QUrl url = pair.server.serverUrl();
    url.setHost(u"slow.test"_s);
    QElapsedTimer timer;
    timer.start();
    QVERIFY(pair.client.open(url));
    QVERIFY2(pair.waitUntilOpen(), qPrintable(pair.client.errorString()));
    qInfo("open after %lld ms", timer.elapsed());
    QCOMPARE(pair.client.peerAddress(), QHostAddress(OwnAddress));
}

void TestBlackHole::threadWithoutAnEventLoopDoesSo()
{
    QFETCH(bool, isTls);
    Pair pair(isTls);
    QVERIFY(pair.server.listen(QHostAddress(OwnAddress)));
    QUrl url = pair.server.serverUrl();
    url.setHost(u"slow.test"_s);
    std::atomic<bool> isDone = false;
    QString problem;
    std::thread thread([&] {
        WsClient client;
        client.setSslConfiguration(tlsConfiguration());
        client.setPeerVerifyName(u"localhost"_s);
        QElapsedTimer timer;
        timer.start();
        if (!client.open(url) || !client.waitForOpened())
            problem = u"not open: "_s + client.errorString();
        qInfo("open after %lld ms", timer.elapsed());
        client.close();
        isDone = true;
    });
    const bool isDoneInTime = waitFor([&] { return isDone.load(); });
    thread.join();
    QVERIFY(isDoneInTime);
    QCOMPARE(problem, QString());
}

void TestBlackHole::errorCountsTheSilentAddresses()
{
    WsClient client;
    WsOptions options;
    options.setConnectTimeout(2s);
    client.setOptions(options);
    QVERIFY(client.open(QUrl(u"ws://silent.test"_s)));
    WS_TRY_COMPARE(client.state(), Ws::Closed);
    QCOMPARE(client.errorString(),
             u"connectTimeout (2 s) has passed while waiting for the TCP connection to silent.test:80 "
             "(2 addresses tried)"_s);
}

void TestBlackHole::shortWaitDoesNotEndTheAttempt_data()
{
    QTest::addColumn<QString>("url");
    for (const QString &url : {u"ws://192.0.2.1"_s, u"wss://[2001:db8::1]"_s, u"ws://silent.test"_s})
        QTest::newRow(qPrintable(url)) << url;
}

void TestBlackHole::shortWaitDoesNotEndTheAttempt()
{
    QFETCH(const QString, url);
    Ws::State state = Ws::Closed;
    QStringList told;
    std::thread thread([&] { // without an event loop
        WsClient client;
        const Events events(&client);
        if (client.open(QUrl(url)) && !client.waitForOpened(50ms) && !client.waitForOpened(50ms))
            state = client.state();
        told = events.all;
    });
    thread.join();
    QCOMPARE(state, Ws::Connecting);
    QCOMPARE(told, QStringList());
}

#include "../testprogram.h"
WSKIT_TEST(TestBlackHole)
#include "tst_blackhole.moc"
