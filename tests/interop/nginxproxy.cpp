// SPDX-License-Identifier: MIT
#include "nginxproxy.h"

#include "integrationtesting.h"

#include <fcntl.h>

using namespace IntegrationTesting;

namespace {
// nginx accepts on the socket, this process does not.
bool listenForChild(QTcpServer *server)
{
    const bool listens = server->listen(QHostAddress::LocalHost);
    if (listens)
        server->pauseAccepting();
    return listens;
}

void keepInChild(qintptr descriptor)
{
    ::fcntl(int(descriptor), F_SETFD, 0);
}
} // namespace

NginxProxy::~NginxProxy()
{
    m_process.terminate();
    m_process.waitForFinished(Patience);
}

bool NginxProxy::start(const QUrl &backend)
{
    if (!listenForChild(&m_plain) || !listenForChild(&m_encrypted) || !writeConfiguration(backend))
        return false;
    const qintptr plain = m_plain.socketDescriptor();
    const qintptr encrypted = m_encrypted.socketDescriptor();
    m_process.setChildProcessModifier([plain, encrypted] {
        keepInChild(plain);
        keepInChild(encrypted);
    });
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"NGINX"_s, u"%1;%2;"_s.arg(plain).arg(encrypted)); // the sockets that it inherits
    m_process.setProcessEnvironment(environment);
    m_process.setProcessChannelMode(QProcess::ForwardedChannels);
    m_process.start(
        QStringLiteral(INTEROP_NGINX),
        {u"-p"_s, m_directory.path(), u"-c"_s, m_directory.filePath(u"nginx.conf"_s), u"-e"_s, u"stderr"_s});
    return m_process.waitForStarted(Patience);
}

bool NginxProxy::writeConfiguration(const QUrl &backend)
{
    QFile source(QStringLiteral(INTEROP_NGINX_CONFIGURATION));
    QFile target(m_directory.filePath(u"nginx.conf"_s));
    if (!source.open(QIODevice::ReadOnly) || !target.open(QIODevice::WriteOnly))
        return false;
    QByteArray text = source.readAll();
    text.replace("%PORT%", QByteArray::number(m_plain.serverPort()));
    text.replace("%TLS_PORT%", QByteArray::number(m_encrypted.serverPort()));
    text.replace("%BACKEND_PORT%", QByteArray::number(backend.port()));
    text.replace("%CERTIFICATE%", QFile::encodeName(certificateFile(u"server.crt"_s)));
    text.replace("%KEY%", QFile::encodeName(certificateFile(u"server.key"_s)));
    return target.write(text) == text.size();
}

QUrl NginxProxy::url(bool isEncrypted) const
{
    const QTcpServer &server = isEncrypted ? m_encrypted : m_plain;
    return QUrl(u"%1://127.0.0.1:%2"_s.arg(isEncrypted ? u"wss"_s : u"ws"_s).arg(server.serverPort()));
}
