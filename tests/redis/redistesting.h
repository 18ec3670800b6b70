// SPDX-License-Identifier: MIT
#ifndef REDISTESTING_H
#define REDISTESTING_H

#include "quickbroker.h"

#include "../heldport.h"

#include <QtCore/qfile.h>
#include <QtCore/qprocess.h>
#include <QtCore/qtemporarydir.h>
#include <QtNetwork/qlocalsocket.h>
#include <QtNetwork/qtcpsocket.h>

#include <sys/prctl.h>

#include <csignal>

namespace RedisTesting {
// Returns when it has stopped.
inline void pauseProcess(const QProcess &process)
{
    ::kill(pid_t(process.processId()), SIGSTOP);
    (void)waitFor([&] {
        QFile stat(u"/proc/%1/stat"_s.arg(process.processId()));
        const QByteArray line = stat.open(QIODevice::ReadOnly) ? stat.readAll() : QByteArray();
        return line.mid(line.lastIndexOf(')')).startsWith(") T"); // the state follows the name
    });
}

// A redis-server of the test, on a port that nobody else gets and a local socket. It is started by \a prefix if
// there is one, for example in a namespace.
class Redis
{
public:
    explicit Redis(const QStringList &options = {}, const QStringList &prefix = {})
        : m_options(options), m_prefix(prefix)
    {
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        // If the test is killed, too.
        m_process.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGKILL); });
        (void)start();
    }
    ~Redis() { stop(); }
    Q_DISABLE_COPY_MOVE(Redis)

    bool start()
    {
        const QStringList fixed{u"--bind"_s,       u"127.0.0.1"_s, u"--port"_s,       QString::number(port),
                                u"--unixsocket"_s, socketPath(),   u"--dir"_s,        m_dir.path(),
                                u"--save"_s,       u""_s,          u"--appendonly"_s, u"no"_s};
        QStringList command = m_prefix + QStringList(QStringLiteral(WSKIT_REDIS_SERVER)) + fixed + m_options;
        m_process.start(command.takeFirst(), command);
        QByteArray output;
        return waitFor([&] {
                   output += m_process.readAll();
                   return output.contains("Ready to accept connections")
                          || m_process.state() == QProcess::NotRunning;
               })
               && isRunning();
    }
    void stop()
    {
        m_process.kill();
        (void)m_process.waitForFinished(Patience);
    }
    void pause() const { pauseProcess(m_process); }
    void resume() const { ::kill(pid_t(m_process.processId()), SIGCONT); }
    bool isRunning() const { return m_process.state() == QProcess::Running; }

    QString socketPath() const { return m_dir.filePath(u"redis.sock"_s); }
    QUrl url(const QString &userInfo = {}, const QString &path = {}) const
    {
        return QUrl(u"redis://"_s + userInfo + u"127.0.0.1:"_s + QString::number(port) + path);
    }
    QUrl localUrl() const { return QUrl(u"unix://"_s + socketPath()); }

    // What Redis answers to a command, as it arrives, and to the QUIT that follows it.
    QByteArray ask(const QByteArray &command) const
    {
        QLocalSocket socket;
        socket.connectToServer(socketPath());
        socket.write(command + "\r\nQUIT\r\n");
        QByteArray answer;
        (void)waitFor([&] {
            answer += socket.readAll();
            return answer.endsWith("+OK\r\n") && socket.state() == QLocalSocket::UnconnectedState;
        });
        return answer;
    }
    // How many connections are subscribed to a channel.
    int subscriptions(const QByteArray &channel) const
    {
        return ask("PUBSUB NUMSUB \"" + channel + '"')
            .split(':')
            .constLast()
            .split('\r')
            .constFirst()
            .toInt();
    }
    // How often a command was carried out, also within scripts.
    int calls(const QByteArray &command) const
    {
        const QByteArray answer = ask("INFO commandstats");
        const QByteArray key = "cmdstat_" + command + ":calls=";
        const qsizetype at = answer.indexOf(key);
        return at < 0 ? 0 : answer.mid(at + key.size()).split(',').constFirst().toInt();
    }

private:
    const HeldPort m_port;

public:
    const quint16 port = m_port.number();

private:
    const QStringList m_options;
    const QStringList m_prefix;
    QTemporaryDir m_dir;
    QProcess m_process;
};

// A server with a broker of its own, as in a process of its own.
struct Process
{
    explicit Process(const QUrl &url = {}, int threads = 0) : broker(url), site(&broker, threads) { }
    // Returns when Redis passes the topic on.
    Subscriber *subscribe(const Redis &redis, const QString &topic)
    {
        const QByteArray channel = broker.prefix().toUtf8() + topic.toUtf8();
        const int before = redis.subscriptions(channel);
        const bool isFirst = site.server.subscriberCount(topic) == 0;
        Subscriber *const added = site.subscribe(topic);
        (void)waitFor([&] { return !isFirst || redis.subscriptions(channel) > before; });
        return added;
    }
    int publish(const QString &topic, int number)
    {
        return site.server.publish(topic, QString::number(number));
    }
    QuickBroker broker;
    Site site;
};
} // namespace RedisTesting

#endif // REDISTESTING_H
