// SPDX-License-Identifier: MIT
#ifndef LOGINSITE_H
#define LOGINSITE_H

#include <QtCore/qprocess.h>
#include <QtCore/qtemporarydir.h>
#include <QtCore/qurl.h>
#include <QtNetwork/qtcpserver.h>

// A web server that wants the login user:right below /private, and passes on what it accepts: nginx (Basic),
// which also redirects, or Apache (Digest). Or a server on Python's websockets (Basic).
class LoginSite
{
public:
    enum class Program { Nginx, Apache, Websockets };

    explicit LoginSite(Program program) : m_program(program) { }
    ~LoginSite();
    Q_DISABLE_COPY_MOVE(LoginSite)

    bool start(const QUrl &backend);
    // Ends it and starts it anew at the same port, if it is Apache.
    bool startAgain();
    QUrl url(const QString &path = QStringLiteral("/private"), bool isEncrypted = false) const;

private:
    bool startNginx();
    bool startApache();
    bool startWebsockets();
    bool write(const QString &name, QByteArray text);
    bool accepts() const;
    void end();

    const Program m_program;
    QTemporaryDir m_directory;
    QTcpServer m_plain; // nginx inherits them
    QTcpServer m_encrypted;
    QProcess m_process;
    quint16 m_port = 0;
    quint16 m_backendPort = 0;
};

#endif // LOGINSITE_H
