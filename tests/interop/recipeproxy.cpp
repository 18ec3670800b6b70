// SPDX-License-Identifier: MIT
#include "recipeproxy.h"

#include "integrationtesting.h"

#include <fcntl.h>

using namespace IntegrationTesting;

namespace {
QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

// The first block of code in the section, without the indentation of the page.
QByteArray blockOf(const QByteArray &page, const QByteArray &section)
{
    const qsizetype sectionAt = page.indexOf("\\section1 " + section + '\n');
    const qsizetype blockAt = page.indexOf("\\badcode\n", sectionAt) + 9;
    const qsizetype end = page.indexOf("    \\endcode", blockAt);
    if (sectionAt < 0 || blockAt < sectionAt || end < 0)
        return {};
    QByteArray block = '\n' + page.sliced(blockAt, end - blockAt);
    return block.replace("\n    ", "\n").trimmed() + '\n';
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
        m_recipe = blockOf(contentOf(QStringLiteral(INTEROP_RECIPES)),
                           m_program == Program::Nginx ? "nginx" : "HAProxy");
    return !m_recipe.isEmpty();
}

bool RecipeProxy::replace(const QByteArray &text, const QByteArray &by)
{
    if (!read() || !m_recipe.contains(text))
        return false;
    m_recipe.replace(text, by);
    return true;
}

bool RecipeProxy::write(const QString &name, const QByteArray &text)
{
    QFile file(m_directory.filePath(name));
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
}

bool RecipeProxy::prepareNginx()
{
    const bool isReplaced =
        replace("listen 443 ssl;", "listen 127.0.0.1:" + QByteArray::number(port()) + " ssl;")
        && replace("/etc/ssl/chat.example.com.crt", QFile::encodeName(certificateFile(u"server.crt"_s)))
        && replace("/etc/ssl/chat.example.com.key", QFile::encodeName(certificateFile(u"server.key"_s)));
    QByteArray around =
        "daemon off;\nworker_processes 1;\nerror_log stderr crit;\npid nginx.pid;\nevents { }\n"
        "http {\naccess_log off;\n";
    for (const QByteArray &kind : {"client_body"_ba, "proxy"_ba, "fastcgi"_ba, "uwsgi"_ba, "scgi"_ba})
        around += kind + "_temp_path " + kind + ";\n";
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"NGINX"_s, u"%1;"_s.arg(m_listener.socketDescriptor())); // what it inherits
    m_process.setProcessEnvironment(environment);
    m_process.setProgram(QStringLiteral(INTEROP_NGINX));
    m_process.setArguments(
        {u"-p"_s, m_directory.path(), u"-c"_s, m_directory.filePath(u"proxy.conf"_s), u"-e"_s, u"stderr"_s});
    return isReplaced && write(u"proxy.conf"_s, around + m_recipe + "}\n");
}

bool RecipeProxy::prepareHaProxy()
{
    const QString pem = m_directory.filePath(u"chat.pem"_s);
    const bool isReplaced =
        replace("bind :443 ", "bind fd@" + QByteArray::number(m_listener.socketDescriptor()) + ' ')
        && replace("/etc/ssl/chat.example.com.pem", QFile::encodeName(pem))
        && write(u"chat.pem"_s,
                 contentOf(certificateFile(u"server.crt"_s)) + contentOf(certificateFile(u"server.key"_s)));
    m_process.setProgram(QStringLiteral(INTEROP_HAPROXY));
    m_process.setArguments({u"-db"_s, u"-q"_s, u"-f"_s, m_directory.filePath(u"proxy.conf"_s)});
    return isReplaced && write(u"proxy.conf"_s, m_recipe);
}

bool RecipeProxy::start(quint16 backendPort)
{
    if (!m_listener.listen(QHostAddress::LocalHost))
        return false;
    m_listener.pauseAccepting(); // the proxy accepts
    const bool isPrepared = replace("127.0.0.1:8080", "127.0.0.1:" + QByteArray::number(backendPort))
                            && (m_program == Program::Nginx ? prepareNginx() : prepareHaProxy());
    if (!isPrepared)
        return false;
    const int descriptor = int(m_listener.socketDescriptor());
    m_process.setChildProcessModifier([descriptor] { ::fcntl(descriptor, F_SETFD, 0); });
    m_process.setProcessChannelMode(QProcess::ForwardedChannels);
    m_process.start();
    return m_process.waitForStarted();
}
