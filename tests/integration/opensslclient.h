// SPDX-License-Identifier: MIT
#ifndef OPENSSLCLIENT_H
#define OPENSSLCLIENT_H

#include "../opensslfolder.h"
#include "integrationtesting.h"

#include <QtCore/qprocess.h>

namespace IntegrationTesting {

// `openssl s_client`, which tells what it has agreed with the server. It asks for a WebSocket when its
// handshake is complete.
class OpenSslClient
{
public:
    OpenSslClient() = default;
    ~OpenSslClient() { stop(); }
    Q_DISABLE_COPY_MOVE(OpenSslClient)

    // The files are in \a folder. Returns whether the program runs.
    bool start(const OpenSslFolder &folder, const WsServer &server, const QString &arguments)
    {
        m_process.setWorkingDirectory(folder.path({}));
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.start(
            u"openssl"_s,
            u"s_client -connect 127.0.0.1:%1 %2"_s.arg(server.serverPort()).arg(arguments).split(u' '));
        m_process.write(RawPeer::upgradeRequest());
        return m_process.waitForStarted(Patience);
    }
    void stop()
    {
        m_process.disconnect();
        m_process.kill();
        m_process.waitForFinished();
    }
    bool hasEnded()
    {
        read();
        return m_process.state() == QProcess::NotRunning;
    }
    // Whether the server has accepted the WebSocket.
    bool isAccepted() { return read().contains("HTTP/1.1 101 "); }
    const QByteArray &output() { return read(); }

private:
    const QByteArray &read() { return m_output += m_process.readAll(); }

    QProcess m_process;
    QByteArray m_output;
};

} // namespace IntegrationTesting

#endif // OPENSSLCLIENT_H
