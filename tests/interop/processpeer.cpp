// SPDX-License-Identifier: MIT
#include "processpeer.h"

#include "integrationtesting.h"

#include <QtCore/qjsondocument.h>

using namespace IntegrationTesting;

namespace {
// A process takes its time to start where the machine is loaded.
constexpr int ProcessPatience = 60000;
const QByteArray Listening = "listening on ";

// A server runs until it is told to end.
void end(QProcess *process)
{
    process->terminate();
    if (!process->waitForFinished()) {
        process->kill();
        process->waitForFinished();
    }
}
} // namespace

ProcessPeer::ProcessPeer(const QString &interpreter, const QString &serverScript, const QString &clientScript)
    : m_interpreter(interpreter), m_serverScript(serverScript), m_clientScript(clientScript)
{
}

ProcessPeer::~ProcessPeer()
{
    if (m_server)
        end(m_server.get());
}

QUrl ProcessPeer::startServer(bool isEncrypted)
{
    const QString scheme = isEncrypted ? u"wss"_s : u"ws"_s;
    if (m_server && m_url.scheme() == scheme)
        return m_url;
    if (m_server)
        end(m_server.get());
    m_url.clear();
    m_server = std::make_unique<QProcess>();
    m_server->setProcessChannelMode(QProcess::ForwardedErrorChannel);
    QObject::connect(m_server.get(), &QProcess::readyReadStandardOutput, m_server.get(),
                     [this] { readEvents(); });
    QStringList arguments{m_serverScript};
    if (isEncrypted)
        arguments << certificateFile(u"server.crt"_s) << certificateFile(u"server.key"_s);
    m_server->start(m_interpreter, arguments, QProcess::ReadOnly);
    (void)QTest::qWaitFor([this] { return !m_url.isEmpty() || m_server->state() == QProcess::NotRunning; },
                          ProcessPatience);
    return m_url;
}

void ProcessPeer::readEvents()
{
    while (m_server->canReadLine()) {
        const QByteArray line = m_server->readLine().trimmed();
        if (line.startsWith(Listening))
            m_url = QUrl(QString::fromUtf8(line.sliced(Listening.size())));
        else
            addEvent(QJsonDocument::fromJson(line).object());
    }
}

QString ProcessPeer::playClient(const QString &scenario, const QUrl &server, bool isEncrypted)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    QStringList arguments{m_clientScript, server.toString(), scenario};
    if (isEncrypted)
        arguments << certificateFile(u"ca.crt"_s);
    process.start(m_interpreter, arguments, QProcess::ReadOnly);
    if (!QTest::qWaitFor([&process] { return process.state() == QProcess::NotRunning; }, ProcessPatience)) {
        process.kill();
        process.waitForFinished();
        return u"it does not end; it said: "_s + QString::fromUtf8(process.readAll());
    }
    const bool succeeded = process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0;
    return succeeded ? QString() : u"it said: "_s + QString::fromUtf8(process.readAll());
}
