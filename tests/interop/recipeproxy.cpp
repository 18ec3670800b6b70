// SPDX-License-Identifier: MIT
#include "recipeproxy.h"

#include "../printedcode.h"
#include "integrationtesting.h"

#include <fcntl.h>
#include <unistd.h>

using namespace IntegrationTesting;

namespace {
QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

// The title of the section that prints the recipe.
QByteArray sectionOf(RecipeProxy::Program program)
{
    switch (program) {
    case RecipeProxy::Program::Nginx:
        return "1 nginx";
    case RecipeProxy::Program::NginxLocal:
        return "2 nginx and a local socket";
    case RecipeProxy::Program::NginxStream:
        return "2 nginx with the PROXY protocol";
    case RecipeProxy::Program::HaProxy:
        return "1 HAProxy";
    case RecipeProxy::Program::HaProxyTcp:
        return "2 HAProxy with the PROXY protocol";
    }
    return {};
}
} // namespace

RecipeProxy::~RecipeProxy()
{
    m_process.terminate();
    m_process.waitForFinished();
}

bool RecipeProxy::read()
{
    if (m_recipe.isEmpty())
        m_recipe = PrintedCode(QStringLiteral(INTEROP_RECIPES)).inSection(sectionOf(m_program));
    return !m_recipe.isEmpty();
}

bool RecipeProxy::replace(const QByteArray &text, const QByteArray &by)
{
    if (!read() || !m_recipe.contains(text))
        return false;
    m_recipe.replace(text, by);
    return true;
}

bool RecipeProxy::replaceIfAny(const QByteArray &text, const QByteArray &by)
{
    return !m_recipe.contains(text) || replace(text, by);
}

bool RecipeProxy::write(const QString &name, const QByteArray &text)
{
    QFile file(m_directory.filePath(name));
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
}

bool RecipeProxy::prepareNginx()
{
    const bool isReplaced =
        replace("listen 443", "listen 127.0.0.1:" + QByteArray::number(port()))
        && replaceIfAny("/etc/ssl/chat.example.com.crt", QFile::encodeName(certificateFile(u"server.crt"_s)))
        && replaceIfAny("/etc/ssl/chat.example.com.key", QFile::encodeName(certificateFile(u"server.key"_s)));
    QByteArray around =
        "daemon off;\nworker_processes 1;\nerror_log stderr crit;\npid nginx.pid;\nevents { }\n";
    if (::geteuid() == 0) // or its user could not use the folder of the test
        around += "user root;\n";
    if (m_program == Program::NginxStream)
        around = "load_module " INTEROP_NGINX_STREAM ";\n" + around + m_recipe;
    around += "http {\naccess_log off;\n";
    for (const QByteArray &kind : {"client_body"_ba, "proxy"_ba, "fastcgi"_ba, "uwsgi"_ba, "scgi"_ba})
        around += kind + "_temp_path " + kind + ";\n";
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"NGINX"_s, u"%1;"_s.arg(m_listener.socketDescriptor())); // what it inherits
    m_process.setProcessEnvironment(environment);
    m_process.setProgram(QStringLiteral(INTEROP_NGINX));
    m_process.setArguments(
        {u"-p"_s, m_directory.path(), u"-c"_s, m_directory.filePath(u"proxy.conf"_s), u"-e"_s, u"stderr"_s});
    return isReplaced
           && write(u"proxy.conf"_s, around + (m_program == Program::NginxStream ? "" : m_recipe) + "}\n");
}

bool RecipeProxy::prepareHaProxy()
{
    const QString pem = m_directory.filePath(u"chat.pem"_s);
    const bool isReplaced =
        replace("bind :443", "bind fd@" + QByteArray::number(m_listener.socketDescriptor()))
        && replaceIfAny("/etc/ssl/chat.example.com.pem", QFile::encodeName(pem))
        && write(u"chat.pem"_s,
                 contentOf(certificateFile(u"server.crt"_s)) + contentOf(certificateFile(u"server.key"_s)));
    m_process.setProgram(QStringLiteral(INTEROP_HAPROXY));
    m_process.setArguments({u"-db"_s, u"-q"_s, u"-f"_s, m_directory.filePath(u"proxy.conf"_s)});
    return isReplaced && write(u"proxy.conf"_s, m_recipe);
}

bool RecipeProxy::start(quint16 backendPort)
{
    return startBefore("127.0.0.1:8080", "127.0.0.1:" + QByteArray::number(backendPort));
}

bool RecipeProxy::start(const QString &backendPath)
{
    return startBefore("/run/chat/chat.sock", QFile::encodeName(backendPath));
}

bool RecipeProxy::startBefore(const QByteArray &printed, const QByteArray &backend)
{
    if (!m_listener.listen(QHostAddress::LocalHost))
        return false;
    m_listener.pauseAccepting(); // the proxy accepts
    const bool isPrepared = replace(printed, backend) && (isNginx() ? prepareNginx() : prepareHaProxy());
    if (!isPrepared)
        return false;
    const int descriptor = int(m_listener.socketDescriptor());
    m_process.setChildProcessModifier([descriptor] { ::fcntl(descriptor, F_SETFD, 0); });
    m_process.setProcessChannelMode(QProcess::ForwardedChannels);
    m_process.start();
    return m_process.waitForStarted();
}
