// SPDX-License-Identifier: MIT
#include "loginsite.h"

#include "integrationtesting.h"

#include <fcntl.h>

using namespace IntegrationTesting;

namespace {
constexpr int ProcessPatience = 60000;

const QByteArray NginxConfiguration = R"(
daemon off;
worker_processes 1;
error_log stderr crit;
pid nginx.pid;
events { }
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection upgrade;
    absolute_redirect off;

    server {
        listen 127.0.0.1:%PORT%;
        listen 127.0.0.1:%TLS_PORT% ssl;
        ssl_certificate "%CERTIFICATE%";
        ssl_certificate_key "%KEY%";

        location = /moved {
            return 301 /echo?moved;
        }
        location = /encrypted {
            return 308 https://localhost:%TLS_PORT%/echo?encrypted;
        }
        location = /circle {
            return 302 /circle;
        }
        location /private {
            auth_basic "home";
            auth_basic_user_file passwords;
            proxy_pass http://127.0.0.1:%BACKEND_PORT%;
        }
        location / {
            proxy_pass http://127.0.0.1:%BACKEND_PORT%;
        }
    }
}
)";

const QByteArray ApacheConfiguration = R"(
ServerRoot "%DIRECTORY%"
ServerName localhost
DefaultRuntimeDir "%DIRECTORY%"
PidFile apache.pid
Listen 127.0.0.1:%PORT%
ErrorLog "%DIRECTORY%/error.log"
LogLevel warn
User www-data
Group www-data
LoadModule mpm_event_module mod_mpm_event.so
LoadModule authn_core_module mod_authn_core.so
LoadModule authn_file_module mod_authn_file.so
LoadModule authz_core_module mod_authz_core.so
LoadModule authz_user_module mod_authz_user.so
LoadModule auth_digest_module mod_auth_digest.so
LoadModule proxy_module mod_proxy.so
LoadModule proxy_wstunnel_module mod_proxy_wstunnel.so
<Location "/private">
    AuthType Digest
    AuthName "home"
    AuthDigestProvider file
    AuthDigestNonceLifetime 1
    AuthUserFile passwords
    Require valid-user
</Location>
ProxyPass / ws://127.0.0.1:%BACKEND_PORT%/
)";

void inherit(QProcess *process, qintptr one, qintptr other)
{
    process->setChildProcessModifier([one, other] {
        ::fcntl(int(one), F_SETFD, 0);
        ::fcntl(int(other), F_SETFD, 0);
    });
}
} // namespace

LoginSite::~LoginSite()
{
    end();
}

void LoginSite::end()
{
    // Apache may miss a signal that comes while it starts. It is a single process here.
    if (m_program == Program::Apache)
        m_process.kill();
    else
        m_process.terminate();
    m_process.waitForFinished(ProcessPatience);
}

bool LoginSite::start(const QUrl &backend)
{
    m_backendPort = quint16(backend.port());
    // A server that has been started as root reads its passwords as somebody else.
    QFile::setPermissions(m_directory.path(),
                          QFile::permissions(m_directory.path()) | QFile::ReadOther | QFile::ExeOther);
    m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    switch (m_program) {
    case Program::Nginx:
        return startNginx();
    case Program::Apache:
        return startApache();
    case Program::Websockets:
        return startWebsockets();
    }
    return false;
}

bool LoginSite::write(const QString &name, QByteArray text)
{
    text.replace("%DIRECTORY%", QFile::encodeName(m_directory.path()));
    text.replace("%PORT%", QByteArray::number(m_port));
    text.replace("%TLS_PORT%", QByteArray::number(m_encrypted.serverPort()));
    text.replace("%BACKEND_PORT%", QByteArray::number(m_backendPort));
    text.replace("%CERTIFICATE%", QFile::encodeName(certificateFile(u"server.crt"_s)));
    text.replace("%KEY%", QFile::encodeName(certificateFile(u"server.key"_s)));
    QFile file(m_directory.filePath(name));
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size()
           && file.setPermissions(file.permissions() | QFile::ReadOther);
}

bool LoginSite::startNginx()
{
    if (!m_plain.listen(QHostAddress::LocalHost) || !m_encrypted.listen(QHostAddress::LocalHost))
        return false;
    m_plain.pauseAccepting();
    m_encrypted.pauseAccepting();
    m_port = m_plain.serverPort();
    const qintptr plain = m_plain.socketDescriptor();
    const qintptr encrypted = m_encrypted.socketDescriptor();
    inherit(&m_process, plain, encrypted);
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"NGINX"_s, u"%1;%2;"_s.arg(plain).arg(encrypted));
    m_process.setProcessEnvironment(environment);
    m_process.setProgram(QStringLiteral(INTEROP_NGINX));
    m_process.setArguments(
        {u"-p"_s, m_directory.path(), u"-c"_s, m_directory.filePath(u"nginx.conf"_s), u"-e"_s, u"stderr"_s});
    if (!write(u"passwords"_s, "user:{PLAIN}right\n") || !write(u"nginx.conf"_s, NginxConfiguration))
        return false;
    m_process.start();
    return m_process.waitForStarted(ProcessPatience);
}

// It cannot inherit a socket, so somebody else may take the port first.
bool LoginSite::startApache()
{
    const QByteArray hash = QCryptographicHash::hash("user:home:right", QCryptographicHash::Md5).toHex();
    if (!write(u"passwords"_s, "user:home:" + hash + '\n'))
        return false;
    for (int attempt = 0; attempt < 5; ++attempt) {
        QTcpServer finder;
        if (!finder.listen(QHostAddress::LocalHost))
            return false;
        m_port = finder.serverPort();
        finder.close();
        if (startAgain())
            return true;
    }
    return false;
}

bool LoginSite::startAgain()
{
    end();
    QByteArray configuration = ApacheConfiguration;
    configuration.replace("mod_", INTEROP_APACHE_MODULES "/mod_");
    if (!write(u"apache.conf"_s, configuration))
        return false;
    m_process.start(QStringLiteral(INTEROP_APACHE),
                    {u"-X"_s, u"-f"_s, m_directory.filePath(u"apache.conf"_s)});
    if (!m_process.waitForStarted(ProcessPatience))
        return false;
    (void)waitFor([this] { return m_process.state() == QProcess::NotRunning || accepts(); }, ProcessPatience);
    return m_process.state() == QProcess::Running;
}

bool LoginSite::accepts() const
{
    QTcpSocket socket;
    socket.setProxy(QNetworkProxy::NoProxy);
    socket.connectToHost(QHostAddress::LocalHost, m_port);
    return socket.waitForConnected(Patience);
}

bool LoginSite::startWebsockets()
{
    m_process.start(QStringLiteral(INTEROP_PYTHON),
                    {u"-B"_s, QStringLiteral(INTEROP_PEERS "/websockets_login.py")});
    if (!waitFor([this] { return m_process.canReadLine(); }, ProcessPatience))
        return false;
    const QByteArray line = m_process.readLine().trimmed();
    m_port = quint16(QUrl(QString::fromLatin1(line.sliced(line.lastIndexOf(' ') + 1))).port());
    return m_port > 0;
}

QUrl LoginSite::url(const QString &path, bool isEncrypted) const
{
    QUrl url;
    url.setScheme(isEncrypted ? u"wss"_s : u"ws"_s);
    url.setHost(u"localhost"_s);
    url.setPort(isEncrypted ? m_encrypted.serverPort() : m_port);
    url.setPath(path);
    return url;
}
