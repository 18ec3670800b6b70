// SPDX-License-Identifier: MIT
#include "forwardproxy.h"

#include "integrationtesting.h"

#include <csignal>
#include <unistd.h>

using namespace IntegrationTesting;

namespace {
constexpr int ProcessPatience = 60000; // a process takes its time to start if the machine is loaded

bool accepts(quint16 port)
{
    QTcpSocket socket;
    socket.setProxy(QNetworkProxy::NoProxy);
    socket.connectToHost(QHostAddress::LocalHost, port);
    return socket.waitForConnected(1000);
}

QByteArray hashedPassword()
{
    QProcess program;
    program.start(u"openssl"_s, {u"passwd"_s, u"-apr1"_s, u"secret"_s});
    return program.waitForFinished() ? program.readAllStandardOutput().trimmed() : QByteArray();
}
} // namespace

ForwardProxy::~ForwardProxy()
{
    if (m_program == Program::Dante && m_process.state() == QProcess::Running) { // it waits for its processes
        m_process.terminate();
        m_process.waitForFinished();
    }
    kill();
}

// It leads a group of its own, of which some of the programs have more processes.
void ForwardProxy::kill()
{
    if (m_process.processId() > 0)
        ::kill(-pid_t(m_process.processId()), SIGKILL);
    m_process.waitForFinished();
}

bool ForwardProxy::asks() const
{
    return m_program == Program::TinyproxyBasic || m_program == Program::SquidBasic
           || m_program == Program::SquidDigest || m_program == Program::MicrosocksPassword;
}

QNetworkProxy ForwardProxy::proxy(const QString &user, const QString &password) const
{
    const bool isSocks = m_program == Program::Microsocks || m_program == Program::MicrosocksPassword
                         || m_program == Program::Dante;
    return QNetworkProxy(isSocks ? QNetworkProxy::Socks5Proxy : QNetworkProxy::HttpProxy, u"127.0.0.1"_s,
                         port(), user, password);
}

bool ForwardProxy::write(const QString &name, const QByteArray &text)
{
    QFile file(m_directory.filePath(name));
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size()
           && file.setPermissions(file.permissions() | QFileDevice::ReadOther);
}

bool ForwardProxy::prepareTinyproxy()
{
    QByteArray text = "Port " + QByteArray::number(port())
                      + "\nListen 127.0.0.1\nTimeout 600\nAllow 127.0.0.1\nLogLevel Critical\n";
    if (asks())
        text += "BasicAuth user secret\n";
    m_process.setProgram(QStringLiteral(INTEROP_TINYPROXY));
    m_process.setArguments({u"-d"_s, u"-c"_s, m_directory.filePath(u"proxy.conf"_s)});
    return write(u"proxy.conf"_s, text);
}

bool ForwardProxy::prepareSquid()
{
    const bool isDigest = m_program == Program::SquidDigest;
    const QByteArray directory = QFile::encodeName(m_directory.path());
    const QByteArray helpers = INTEROP_SQUID_HELPERS;
    QByteArray text = "http_port 127.0.0.1:" + QByteArray::number(port()) + "\npid_filename none\ncache_log "
                      + directory + "/cache.log\ncoredump_dir " + directory
                      + "\naccess_log none\ncache deny all\ncache_mem 8 MB\nshutdown_lifetime 0 "
                        "seconds\npinger_enable off\n"
                        "netdb_filename none\nvisible_hostname localhost\n";
    text +=
        isDigest
            ? "auth_param digest program " + helpers + "/digest_file_auth -c " + directory + "/passwords\n"
            : "auth_param basic program " + helpers + "/basic_ncsa_auth " + directory + "/passwords\n";
    for (const QByteArray &option : {"children 1"_ba, "realm test"_ba})
        text += "auth_param " + (isDigest ? "digest "_ba : "basic "_ba) + option + '\n';
    text += "acl users proxy_auth REQUIRED\nhttp_access allow users\nhttp_access deny all\n";
    const QByteArray digest = QCryptographicHash::hash("user:test:secret", QCryptographicHash::Md5).toHex();
    m_process.setProgram(QStringLiteral(INTEROP_SQUID));
    m_process.setArguments({u"-N"_s, u"-f"_s, m_directory.filePath(u"proxy.conf"_s)});
    // It does not keep the rights of root.
    QFile(m_directory.path()).setPermissions(QFileDevice::Permissions(0x7777));
    return write(u"passwords"_s, isDigest ? "user:test:" + digest + '\n' : "user:" + hashedPassword() + '\n')
           && write(u"proxy.conf"_s, text);
}

bool ForwardProxy::prepareDante()
{
    m_process.setProgram(QStringLiteral(INTEROP_DANTE));
    m_process.setArguments({u"-f"_s, m_directory.filePath(u"proxy.conf"_s)});
    return write(
        u"proxy.conf"_s,
        "errorlog: stderr\nlogoutput: /dev/null\ninternal: 127.0.0.1 port = " + QByteArray::number(port())
            + "\nexternal: 127.0.0.1\nuser.unprivileged: nobody\nclientmethod: none\nsocksmethod: none\n"
              "client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }\n"
              "socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }\n");
}

bool ForwardProxy::prepare()
{
    switch (m_program) {
    case Program::Tinyproxy:
    case Program::TinyproxyBasic:
        return prepareTinyproxy();
    case Program::SquidBasic:
    case Program::SquidDigest:
        return prepareSquid();
    case Program::Dante:
        return prepareDante();
    case Program::Microsocks:
    case Program::MicrosocksPassword:
        break;
    }
    m_process.setProgram(QStringLiteral(INTEROP_MICROSOCKS));
    m_process.setArguments({u"-i"_s, u"127.0.0.1"_s, u"-p"_s, QString::number(port())});
    if (asks())
        m_process.setArguments(m_process.arguments() + QStringList{u"-u"_s, u"user"_s, u"-P"_s, u"secret"_s});
    return true;
}

bool ForwardProxy::start()
{
    if (port() == 0 || !prepare())
        return false;
    m_process.setChildProcessModifier([] { ::setpgid(0, 0); });
    m_process.setStandardInputFile(QProcess::nullDevice());
    if (m_process.program() != QStringLiteral(INTEROP_MICROSOCKS)) // which names its clients
        m_process.setProcessChannelMode(QProcess::ForwardedChannels);
    else
        m_process.setStandardErrorFile(QProcess::nullDevice());
    m_process.start();
    return m_process.waitForStarted()
           && waitFor([this] { return m_process.state() == QProcess::NotRunning || accepts(port()); },
                      ProcessPatience)
           && m_process.state() == QProcess::Running;
}
