// SPDX-License-Identifier: MIT
#include "processpeer.h"

#include "integrationtesting.h"

#include <QtCore/qjsonarray.h>
#include <QtCore/qjsondocument.h>

using namespace IntegrationTesting;

namespace {
// A process takes its time to start if the machine is loaded, and a scenario of 10,000 messages is one wait.
constexpr int ProcessPatience = 5 * Patience;
const QByteArray Listening = "listening on ";

// A server runs until it is told to end.
void end(QProcess *process)
{
    process->terminate();
    if (!process->waitForFinished(Patience)) {
        process->kill();
        process->waitForFinished(Patience);
    }
}
} // namespace

ProcessPeer::ProcessPeer(const QString &interpreter, const QString &serverScript, const QString &clientScript)
    : m_interpreter(interpreter), m_serverScript(serverScript), m_clientScript(clientScript)
{
}

ProcessPeer::~ProcessPeer()
{
    if (m_client)
        end(m_client.get());
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
    (void)waitFor([this] { return !m_url.isEmpty() || m_server->state() == QProcess::NotRunning; },
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

QString ProcessPeer::playClient(const QString &scenario, const QUrl &server, bool, const QString &deflate)
{
    if (!m_client || m_client->state() == QProcess::NotRunning)
        startClient();
    const QJsonObject job{{u"url"_s, server.toString()}, {u"scenario"_s, scenario}, {u"deflate"_s, deflate}};
    m_client->write(QJsonDocument(job).toJson(QJsonDocument::Compact) + '\n');
    const bool hasAnswer =
        waitFor([this] { return m_client->canReadLine() || m_client->state() == QProcess::NotRunning; },
                ProcessPatience);
    if (!hasAnswer || !m_client->canReadLine()) {
        m_client.reset();
        return hasAnswer ? u"it ended"_s : u"it does not answer"_s;
    }
    // A string alone is no document.
    const QByteArray verdict = '[' + m_client->readLine() + ']';
    return QJsonDocument::fromJson(verdict).array().at(0).toString(u"it makes no sense"_s);
}

// For all scenarios, as it takes longer to start than most of them do.
void ProcessPeer::startClient()
{
    m_client = std::make_unique<QProcess>();
    m_client->setProcessChannelMode(QProcess::ForwardedErrorChannel);
    m_client->start(m_interpreter, {m_clientScript, certificateFile(u"ca.crt"_s)});
}
