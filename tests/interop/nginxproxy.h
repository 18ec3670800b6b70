// SPDX-License-Identifier: MIT
#ifndef NGINXPROXY_H
#define NGINXPROXY_H

#include <QtCore/qprocess.h>
#include <QtCore/qtemporarydir.h>
#include <QtCore/qurl.h>
#include <QtNetwork/qtcpserver.h>

// nginx before a server: ws:// and wss:// outside, ws:// inside.
class NginxProxy
{
public:
    NginxProxy() = default;
    ~NginxProxy();

    bool start(const QUrl &backend);
    QUrl url(bool isEncrypted) const;

private:
    Q_DISABLE_COPY_MOVE(NginxProxy)

    bool writeConfiguration(const QUrl &backend);

    QTemporaryDir m_directory;
    // nginx takes no ephemeral port, but it takes sockets over that listen already, and so nobody needs to
    // wait until it does.
    QTcpServer m_plain;
    QTcpServer m_encrypted;
    QProcess m_process;
};

#endif // NGINXPROXY_H
