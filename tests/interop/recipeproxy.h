// SPDX-License-Identifier: MIT
#ifndef RECIPEPROXY_H
#define RECIPEPROXY_H

#include <QtCore/qprocess.h>
#include <QtCore/qtemporarydir.h>
#include <QtNetwork/qtcpserver.h>

// nginx or HAProxy with a recipe of the documentation, as it is printed there: only paths and ports are
// replaced. wss:// outside, ws:// inside; those that use the PROXY protocol pass bytes on.
class RecipeProxy
{
public:
    enum class Program { Nginx, NginxLocal, NginxStream, HaProxy, HaProxyTcp };

    explicit RecipeProxy(Program program) : m_program(program) { }
    ~RecipeProxy();
    Q_DISABLE_COPY_MOVE(RecipeProxy)

    // Changes the recipe, which must contain \a text; returns false if it does not.
    bool replace(const QByteArray &text, const QByteArray &by);
    bool start(quint16 backendPort);
    bool start(const QString &backendPath);
    bool isBeforeLocalSocket() const { return m_program == Program::NginxLocal; }
    // Whether the server has to expect the PROXY protocol.
    bool usesProxyProtocol() const
    {
        return m_program == Program::NginxStream || m_program == Program::HaProxyTcp;
    }
    // Whether its health checks need a server with a certificate.
    bool checksOverTls() const { return m_program == Program::HaProxyTcp; }
    quint16 port() const { return m_listener.serverPort(); }

private:
    bool isNginx() const { return m_program != Program::HaProxy && m_program != Program::HaProxyTcp; }
    bool startBefore(const QByteArray &printed, const QByteArray &backend);
    bool read();
    bool replaceIfAny(const QByteArray &text, const QByteArray &by);
    bool prepareNginx();
    bool prepareHaProxy();
    bool write(const QString &name, const QByteArray &text);

    const Program m_program;
    QByteArray m_recipe;
    QTemporaryDir m_directory;
    QTcpServer m_listener; // the proxy inherits its socket, so nobody needs to wait until it listens
    QProcess m_process;
};

#endif // RECIPEPROXY_H
