// SPDX-License-Identifier: MIT
#ifndef RECIPEPROXY_H
#define RECIPEPROXY_H

#include <QtCore/qprocess.h>
#include <QtCore/qtemporarydir.h>
#include <QtNetwork/qtcpserver.h>

// nginx or HAProxy with the recipe of the documentation, as it is printed there: only paths and ports are
// replaced. wss:// outside, ws:// inside.
class RecipeProxy
{
public:
    enum class Program { Nginx, HaProxy };

    explicit RecipeProxy(Program program) : m_program(program) { }
    ~RecipeProxy();
    Q_DISABLE_COPY_MOVE(RecipeProxy)

    // Changes the recipe, which must contain \a text; returns false if it does not.
    bool replace(const QByteArray &text, const QByteArray &by);
    bool start(quint16 backendPort);
    quint16 port() const { return m_listener.serverPort(); }

private:
    bool read();
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
