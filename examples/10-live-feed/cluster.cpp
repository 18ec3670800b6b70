// SPDX-License-Identifier: MIT
#include "cluster.h"

#include "program.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qeventloop.h>
#include <QtCore/qfile.h>
#include <QtCore/qstandardpaths.h>
#include <QtCore/qtimer.h>
#include <QtNetwork/qnetworkaccessmanager.h>
#include <QtNetwork/qnetworkreply.h>
#include <QtNetwork/qtcpsocket.h>

using namespace std::chrono_literals;

namespace {
constexpr auto patience = 60s;

// A socket whose port the system gives to nobody else, also while its server is dead. A program that is told
// the port can listen on it, because this socket does not: both allow that by SO_REUSEADDR.
std::unique_ptr<QTcpSocket> heldPort()
{
    auto socket = std::make_unique<QTcpSocket>();
    (void)socket->bind(QHostAddress::LocalHost, 0, QAbstractSocket::ReuseAddressHint);
    return socket;
}

void wait(std::chrono::milliseconds time)
{
    QEventLoop loop;
    QTimer::singleShot(time, &loop, &QEventLoop::quit);
    loop.exec();
}

bool isWell(const QUrl &page)
{
    QNetworkAccessManager manager;
    manager.setTransferTimeout(5000);
    const std::unique_ptr<QNetworkReply> reply(
        manager.get(QNetworkRequest(page.resolved(QUrl(QStringLiteral("health"))))));
    QEventLoop loop;
    QObject::connect(reply.get(), &QNetworkReply::finished, &loop, &QEventLoop::quit);
    loop.exec();
    return reply->error() == QNetworkReply::NoError;
}
} // namespace

Cluster::Cluster()
{
    for (const QString &part : servers() + QStringList{QStringLiteral("redis"), QStringLiteral("proxy")})
        m_ports[part] = heldPort();
}

Cluster::~Cluster()
{
    for (const auto &[part, program] : m_programs)
        program->disconnect(this);
}

QStringList Cluster::running() const
{
    QStringList names;
    for (const QString &server : servers()) {
        const auto program = m_programs.find(server);
        if (program != m_programs.end() && program->second->isRunning())
            names.append(server);
    }
    return names;
}

quint16 Cluster::portOf(const QString &part) const
{
    return m_ports.at(part)->localPort();
}

QUrl Cluster::pageOf(const QString &part) const
{
    return QUrl(QStringLiteral("http://127.0.0.1:%1/").arg(portOf(part)));
}

QUrl Cluster::feedUrl() const
{
    QUrl url = pageUrl();
    url.setScheme(QStringLiteral("ws"));
    url.setPath(QStringLiteral("/feed"));
    return url;
}

bool Cluster::start()
{
    if (!startRedis() || !startProxy())
        return false;
    for (const QString &server : servers()) {
        if (!startServer(server))
            return false;
    }
    for (const QString &part : servers() + QStringList(QStringLiteral("proxy"))) {
        if (!waitUntilWell(part)) {
            m_problem = QStringLiteral("%1 does not answer").arg(part);
            return false;
        }
    }
    return true;
}

// Debian has the program in redis-tools as well, under another name: it looks at that to know what it is.
bool Cluster::startRedis()
{
    const QString program = programPath({QStringLiteral("redis-server"), QStringLiteral("redis-check-rdb")});
    const QString link = m_folder.filePath(QStringLiteral("redis-server"));
    return !program.isEmpty() && QFile::link(program, link)
           && run(QStringLiteral("redis"), link,
                  {QStringLiteral("--bind"), QStringLiteral("127.0.0.1"), QStringLiteral("--port"),
                   QString::number(portOf(QStringLiteral("redis"))), QStringLiteral("--dir"), m_folder.path(),
                   QStringLiteral("--save"), QString(), QStringLiteral("--appendonly"), QStringLiteral("no"),
                   QStringLiteral("--loglevel"), QStringLiteral("warning")});
}

bool Cluster::startProxy()
{
    QFile recipe(QStringLiteral(":/haproxy.cfg"));
    QFile file(m_folder.filePath(QStringLiteral("haproxy.cfg")));
    if (!recipe.open(QIODevice::ReadOnly) || !file.open(QIODevice::WriteOnly))
        return false;
    QByteArray text = recipe.readAll();
    for (const auto &[part, socket] : m_ports)
        text.replace('@' + part.toLatin1() + '@', QByteArray::number(socket->localPort()));
    file.write(text);
    file.close();
    const QString program = programPath({QStringLiteral("haproxy")});
    return !program.isEmpty()
           && run(QStringLiteral("proxy"), program,
                  {QStringLiteral("-db"), QStringLiteral("-q"), QStringLiteral("-f"), file.fileName()});
}

bool Cluster::startServer(const QString &server)
{
    return run(server, QCoreApplication::applicationDirPath() + QStringLiteral("/feedserver"),
               {QStringLiteral("--name"), server, QStringLiteral("--port"), QString::number(portOf(server)),
                QStringLiteral("--redis"),
                QStringLiteral("redis://127.0.0.1:%1").arg(portOf(QStringLiteral("redis")))});
}

void Cluster::kill(const QString &server)
{
    m_programs.at(server)->kill();
}

void Cluster::terminate(const QString &server)
{
    m_programs.at(server)->terminate();
}

int Cluster::exitStatus(const QString &server)
{
    return m_programs.at(server)->waitForExit();
}

bool Cluster::waitUntilWell(const QString &part) const
{
    const QDeadlineTimer deadline(patience);
    while (!isWell(pageOf(part))) {
        if (deadline.hasExpired())
            return false;
        wait(50ms);
    }
    return true;
}

QString Cluster::programPath(const QStringList &names)
{
    const QStringList folders{QStringLiteral("/usr/sbin"), QStringLiteral("/usr/local/sbin")};
    for (const QString &name : names) {
        const QString path = QStandardPaths::findExecutable(name);
        const QString other = path.isEmpty() ? QStandardPaths::findExecutable(name, folders) : path;
        if (!other.isEmpty())
            return other;
    }
    m_problem = QStringLiteral("%1 is not installed").arg(names.constFirst());
    return {};
}

bool Cluster::run(const QString &part, const QString &program, const QStringList &arguments)
{
    auto &running = m_programs[part];
    running = std::make_unique<Program>();
    connect(running.get(), &Program::changed, this, &Cluster::runningChanged);
    const bool isStarted = running->start(program, arguments);
    if (!isStarted)
        m_problem = QStringLiteral("cannot start %1").arg(program);
    Q_EMIT runningChanged();
    return isStarted;
}
