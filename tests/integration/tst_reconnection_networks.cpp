// SPDX-License-Identifier: MIT

// Peers that fall silent without an end of TCP: a process that is stopped, and a network that is gone. A
// client notices it after pingInterval and pongTimeout. How long that took is logged; nothing depends on it.

#include "integrationtesting.h"

#include "../ipcommand.h"
#include "../needed.h"

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qprocess.h>
#include <QtCore/qthread.h>

#include <atomic>

#ifdef Q_OS_LINUX
#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>
#endif

using namespace IntegrationTesting;

namespace {
WsOptions watchful()
{
    WsOptions options;
    options.setPingInterval(300ms);
    options.setPongTimeout(500ms);
    options.setHandshakeTimeout(1s);
    return options;
}

WsReconnect quick()
{
    WsReconnect settings;
    settings.setEnabled(true);
    settings.setInitialDelay(10ms);
    settings.setMaxDelay(100ms);
    return settings;
}

#ifdef Q_OS_LINUX
// An echo server in a process of its own. It is started by \a prefix if there is one, for example in a
// namespace.
class ServerProcess
{
public:
    ~ServerProcess()
    {
        if (m_process.state() == QProcess::NotRunning)
            return;
        proceed();
        m_process.kill();
        m_process.waitForFinished(Patience);
    }

    bool start(const QStringList &prefix, const QString &host)
    {
        QStringList command = prefix;
        command << QStringLiteral(WSKIT_TESTEE) << u"server"_s << u"--port"_s << u"0"_s << u"--host"_s
                << host;
        m_process.start(command.takeFirst(), command);
        if (!waitFor([this] { return m_process.canReadLine() || m_process.state() == QProcess::NotRunning; }))
            return false;
        const QString line = QString::fromLatin1(m_process.readLine()).trimmed();
        url = QUrl(line.section(u' ', -1));
        return line.startsWith(u"listening on "_s);
    }
    void stop() { ::kill(pid_t(m_process.processId()), SIGSTOP); }
    void proceed() { ::kill(pid_t(m_process.processId()), SIGCONT); }

    QUrl url;

private:
    QProcess m_process;
};

// Two network namespaces, "here" and "there", with a cable between them.
class Cable
{
public:
    ~Cable()
    {
        for (const QString &name : {m_here, m_there})
            (void)runIp({u"netns"_s, u"delete"_s, name});
    }

    bool connect()
    {
        return runIp({u"netns"_s, u"add"_s, m_here}) && runIp({u"netns"_s, u"add"_s, m_there})
               && runIp({u"-n"_s, m_here, u"link"_s, u"add"_s, u"cable"_s, u"type"_s, u"veth"_s, u"peer"_s,
                      u"name"_s, u"cable"_s, u"netns"_s, m_there})
               && configure(m_here, u"198.18.0.1/30"_s) && configure(m_there, address() + u"/30"_s);
    }
    bool setUp(bool isUp)
    {
        return runIp({u"-n"_s, m_there, u"link"_s, u"set"_s, u"cable"_s, isUp ? u"up"_s : u"down"_s});
    }
    // From now on the current thread makes its sockets here.
    bool enter() const
    {
        const int descriptor = ::open(qPrintable(u"/run/netns/"_s + m_here), O_RDONLY | O_CLOEXEC);
        const bool isIn = descriptor >= 0 && ::setns(descriptor, CLONE_NEWNET) == 0;
        if (descriptor >= 0)
            ::close(descriptor);
        return isIn;
    }
    QStringList thereCommand() const { return {u"ip"_s, u"netns"_s, u"exec"_s, m_there}; }
    static QString address() { return u"198.18.0.2"_s; }

private:
    static bool configure(const QString &name, const QString &address)
    {
        return runIp({u"-n"_s, name, u"address"_s, u"add"_s, address, u"dev"_s, u"cable"_s})
               && runIp({u"-n"_s, name, u"link"_s, u"set"_s, u"cable"_s, u"up"_s});
    }

    const QString m_here = u"wskit-here-%1"_s.arg(QCoreApplication::applicationPid());
    const QString m_there = u"wskit-there-%1"_s.arg(QCoreApplication::applicationPid());
};

// A client in a thread of its own, so that it can be in another namespace than the rest of the test.
class FarClient
{
public:
    explicit FarClient(const std::function<bool()> &enter = {})
    {
        m_client.setOptions(watchful());
        m_client.setReconnect(quick());
        QObject::connect(&m_client, &WsConnection::opened, &m_client, [this] { ++openedCount; });
        QObject::connect(&m_client, &WsConnection::errorOccurred, &m_client, [this](const WsError &error) {
            if (openedCount == 1 && closedCount == 0)
                firstErrorKind = int(error.kind());
        });
        QObject::connect(&m_client, &WsConnection::closed, &m_client, [this] {
            if (closedCount++ == 0)
                detectionTime = m_sinceSilence.elapsed();
        });
        m_client.moveToThread(&m_thread);
        QObject::connect(
            &m_thread, &QThread::started, &m_thread,
            [this, enter] {
                m_isThere = !enter || enter();
                m_hasStarted = true;
            },
            Qt::DirectConnection);
    }
    ~FarClient()
    {
        m_thread.quit();
        m_thread.wait();
    }

    bool open(const QUrl &url)
    {
        m_thread.start();
        return waitFor([this] { return m_hasStarted.load(); }) && m_isThere && m_client.open(url);
    }
    void expectSilence() { m_sinceSilence.start(); }

    std::atomic<int> openedCount{0};
    std::atomic<int> closedCount{0};
    std::atomic<int> firstErrorKind{0};
    std::atomic<qint64> detectionTime{-1};

private:
    QThread m_thread;
    WsClient m_client;
    QElapsedTimer m_sinceSilence;
    std::atomic<bool> m_hasStarted{false};
    std::atomic<bool> m_isThere{false};
};
#endif
} // namespace

class TestReconnectionNetworks : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void stoppedProcessIsNoticed();
    void networkThatIsGoneIsNoticed();
};

void TestReconnectionNetworks::stoppedProcessIsNoticed()
{
#ifdef Q_OS_LINUX
    ServerProcess server;
    QVERIFY(server.start({}, u"127.0.0.1"_s));
    FarClient client;
    QVERIFY(client.open(server.url));
    WS_TRY_COMPARE(client.openedCount, 1);
    client.expectSilence();
    server.stop();
    WS_TRY_VERIFY(client.closedCount > 1); // its system accepts clients, but nothing answers them
    QCOMPARE(Ws::ErrorKind(client.firstErrorKind.load()), Ws::ErrorKind::Timeout);
    qInfo("stopped process: noticed after %lld ms; pingInterval + pongTimeout is 800 ms",
          qlonglong(client.detectionTime.load()));
    server.proceed();
    WS_TRY_COMPARE(client.openedCount, 2);
#else
    QSKIP("needs Linux");
#endif
}

void TestReconnectionNetworks::networkThatIsGoneIsNoticed()
{
#ifdef Q_OS_LINUX
    if (::geteuid() != 0)
        QSKIP("needs root, to create network namespaces");
    WS_NEED(u"ip"_s);
    Cable cable;
    if (!cable.connect())
        QSKIP("needs the right to create network namespaces");
    ServerProcess server;
    QVERIFY(server.start(cable.thereCommand(), Cable::address()));
    FarClient client([&] { return cable.enter(); });
    QVERIFY(client.open(server.url));
    WS_TRY_COMPARE(client.openedCount, 1);
    client.expectSilence();
    QVERIFY(cable.setUp(false));
    WS_TRY_VERIFY(client.closedCount > 1);
    QCOMPARE(Ws::ErrorKind(client.firstErrorKind.load()), Ws::ErrorKind::Timeout);
    qInfo("no network: noticed after %lld ms; pingInterval + pongTimeout is 800 ms",
          qlonglong(client.detectionTime.load()));
    QVERIFY(cable.setUp(true));
    WS_TRY_COMPARE(client.openedCount, 2);
#else
    QSKIP("needs Linux");
#endif
}

#include "../testprogram.h"
WSKIT_TEST(TestReconnectionNetworks)
#include "tst_reconnection_networks.moc"
