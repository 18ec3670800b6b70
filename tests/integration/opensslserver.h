// SPDX-License-Identifier: MIT
#ifndef OPENSSLSERVER_H
#define OPENSSLSERVER_H

#include "../opensslfolder.h"
#include "integrationtesting.h"

#include <QtCore/qprocess.h>

namespace IntegrationTesting {

// `openssl s_server`, which resumes sessions, and tells what a client has agreed with it. It serves one
// client after the other; each gets the answer that opens a WebSocket.
class OpenSslServer
{
public:
    OpenSslServer() = default;
    ~OpenSslServer() { stop(); }
    Q_DISABLE_COPY_MOVE(OpenSslServer)

    // The files are in \a folder.
    bool start(const OpenSslFolder &folder, const QString &arguments, quint16 ownPort = 0)
    {
        m_process = std::make_unique<QProcess>();
        m_process->setWorkingDirectory(folder.path({}));
        m_process->setProcessChannelMode(QProcess::MergedChannels);
        QObject::connect(m_process.get(), &QIODevice::readyRead, m_process.get(), [this] { onOutput(); });
        m_output.clear();
        m_answered = 0;
        m_process->start(
            u"openssl"_s,
            u"s_server -accept 127.0.0.1:%1 %2"_s.arg(QString::number(ownPort), arguments).split(u' '));
        if (!waitFor([this] { return m_output.contains("ACCEPT") && m_output.endsWith('\n'); }))
            return false;
        static const QByteArray address = "ACCEPT 127.0.0.1:";
        const qsizetype at = m_output.indexOf(address) + address.size();
        m_port = ownPort ? ownPort : m_output.sliced(at, m_output.indexOf('\n', at) - at).toUShort();
        return m_port != 0;
    }
    void stop()
    {
        if (!m_process)
            return;
        m_process->disconnect();
        m_process->kill();
        m_process->waitForFinished();
    }
    quint16 port() const { return m_port; }
    QUrl url(const QString &host = u"localhost"_s) const
    {
        return QUrl(u"wss://%1:%2/"_s.arg(host).arg(m_port));
    }
    const QByteArray &output() const { return m_output; }
    // How many handshakes are complete, and how many of them resumed a session.
    qsizetype handshakeCount() const { return m_output.count("CIPHER is "); }
    qsizetype resumedCount() const { return m_output.count("Reused session-id"); }
    qsizetype requestCount() const { return m_output.count("GET / HTTP/1.1"); }

private:
    void onOutput()
    {
        static const QByteArray name = "Sec-WebSocket-Key: ";
        m_output += m_process->readAll();
        for (qsizetype at; (at = m_output.indexOf(name, m_answered)) >= 0;) {
            const qsizetype keyAt = at + name.size();
            const qsizetype end = m_output.indexOf("\r\n", keyAt);
            if (end < 0 || m_output.indexOf("\r\n\r\n", keyAt) < 0)
                return;
            m_answered = end;
            m_process->write(RawServer::acceptance(m_output.sliced(keyAt, end - keyAt)));
        }
    }

    std::unique_ptr<QProcess> m_process;
    QByteArray m_output;
    qsizetype m_answered = 0; // up to here
    quint16 m_port = 0;
};

} // namespace IntegrationTesting

#endif // OPENSSLSERVER_H
