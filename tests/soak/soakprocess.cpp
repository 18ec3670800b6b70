// SPDX-License-Identifier: MIT
#include "soakprocess.h"

#include <QtCore/qjsonarray.h>
#include <QtCore/qjsondocument.h>

using namespace Soak;

namespace {
constexpr int PatienceToSettle = 120; // seconds; longer than the longest time limit of the server
}

Process::Process(const QString &name, const QStringList &command, Report fault)
    : m_name(name), m_fault(std::move(fault))
{
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    QObject::connect(&process, &QProcess::readyReadStandardOutput, &process, [this] { read(); });
    QObject::connect(&process, &QProcess::finished, &process, [this](int code, QProcess::ExitStatus status) {
        read();
        if (m_mayEnd)
            return;
        hasLostOne = true;
        m_fault(u"%1 has ended by itself, by %2 %3"_s.arg(
            m_name, status == QProcess::CrashExit ? u"signal"_s : u"code"_s, QString::number(code)));
    });
    process.start(command.constFirst(), command.sliced(1));
}

void Process::send(const QJsonObject &command)
{
    process.write(QJsonDocument(command).toJson(QJsonDocument::Compact) + '\n');
}

void Process::read()
{
    while (process.canReadLine()) {
        const QJsonObject said = QJsonDocument::fromJson(process.readLine()).object();
        for (auto entry = said.begin(); entry != said.end(); ++entry) {
            if (entry.key() == u"fault")
                m_fault(u"%1: %2"_s.arg(m_name, entry.value().toString()));
            else
                m_said[entry.key()] = entry.value();
        }
    }
}

std::optional<QJsonValue> Process::wait(const QString &name, int patience)
{
    const auto isOver = [&] {
        return m_said.contains(name) || process.state() == QProcess::NotRunning || hasLostOne;
    };
    (void)Patient::waitFor(isOver, patience);
    if (!m_said.contains(name))
        return {};
    return m_said.take(name);
}

void Process::kill()
{
    m_mayEnd = true;
    process.kill();
    (void)waitForEnd();
}

bool Process::terminate()
{
    m_mayEnd = true;
    process.terminate();
    return waitForEnd();
}

bool Process::finish()
{
    m_mayEnd = true;
    process.closeWriteChannel();
    return waitForEnd();
}

bool Process::waitForEnd()
{
    (void)Patient::waitFor([this] { return process.state() == QProcess::NotRunning; });
    return process.state() == QProcess::NotRunning && process.exitStatus() == QProcess::NormalExit
           && process.exitCode() == 0;
}

bool Process::hasLostOne = false;

int Site::s_generations = 0;

Site::Site(const Kind &ownKind, const QUrl &redis, Report fault)
    : kind(ownKind), m_redis(redis), m_fault(std::move(fault))
{
}

bool Site::start()
{
    m_generation = ++s_generations;
    const QStringList command{QStringLiteral(SOAK_SERVER),
                              u"--port"_s,
                              QString::number(m_port.number()),
                              u"--tls-port"_s,
                              QString::number(m_tlsPort.number()),
                              u"--local"_s,
                              m_folder.filePath(u"server"_s),
                              u"--redis"_s,
                              m_redis.toString(),
                              u"--generation"_s,
                              QString::number(m_generation)};
    m_process = std::make_unique<Process>(kind.name, command + kind.options, m_fault);
    fates[m_generation] = Fate::Running;
    if (!m_process->wait(u"listening"_s)) {
        m_fault(u"%1 does not listen"_s.arg(kind.name));
        return false;
    }
    if (!m_first)
        return settle(); // nobody knows it yet
    figures[m_generation] = {*m_first};
    return true;
}

bool Site::restart()
{
    fates[m_generation] = Fate::Left;
    addTotals();
    if (!m_process->terminate())
        m_fault(u"%1 has not ended well: code %2"_s.arg(kind.name).arg(m_process->process.exitCode()));
    return start();
}

bool Site::killAndStart()
{
    fates[m_generation] = Fate::Killed;
    addTotals();
    m_process->kill();
    return start();
}

bool Site::finish()
{
    addTotals();
    return m_process->terminate();
}

void Site::resume() const
{
    ::kill(pid_t(m_process->process.processId()), SIGCONT);
}

bool Site::settle()
{
    m_process->send({{u"do"_s, u"settle"_s},
                     {u"patience"_s, PatienceToSettle},
                     {u"descriptors"_s, m_first ? m_first->descriptors : 0}});
    const std::optional<QJsonValue> settled = m_process->wait(u"settled"_s, 2 * PatienceToSettle * 1000);
    if (!settled)
        return false;
    sums = settled->toObject();
    const Figures now = Figures::fromJson(sums.value(u"figures"_s).toObject());
    figures[m_generation].append(now);
    if (!m_first)
        m_first = now;
    if (!sums.value(u"quiet"_s).toBool())
        m_fault(u"%1 does not become quiet: %2"_s.arg(
            kind.name, QString::fromUtf8(QJsonDocument(sums).toJson(QJsonDocument::Compact))));
    return true;
}

// What a process has counted is gone with it.
void Site::addTotals()
{
    for (auto entry = sums.begin(); entry != sums.end(); ++entry)
        totals[entry.key()] += entry.value().toInteger();
    sums = {};
}

QString Site::url(const QString &transport) const
{
    if (transport == u"local")
        return u"ws+unix://"_s + m_folder.filePath(u"server:/"_s);
    const bool isTls = transport == u"tls";
    return u"%1://127.0.0.1:%2/"_s.arg(isTls ? u"wss"_s : u"ws"_s)
        .arg(isTls ? m_tlsPort.number() : m_port.number());
}

QJsonObject Site::target() const
{
    return {{u"name"_s, kind.name},
            {u"port"_s, m_port.number()},
            {u"tls"_s, m_tlsPort.number()},
            {u"local"_s, m_folder.filePath(u"server"_s)}};
}
