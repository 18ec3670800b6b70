// SPDX-License-Identifier: MIT
#include "listencommand.h"

#include "commandline.h"
#include "reloadsignal.h"
#include "serverfigures.h"
#include "terminationsignal.h"
#include "texts.h"
#include "tlsoption.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qfileinfo.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qsslsocket.h>

#include <algorithm>
#include <csignal>

#ifndef Q_OS_WIN
#include <fcntl.h>
#include <unistd.h>
#endif

namespace {
// A background job that reads from its terminal would be stopped; ignored, the read fails.
void ignoreTerminalStop()
{
#ifdef SIGTTIN
    std::signal(SIGTTIN, SIG_IGN);
#endif
}

// Whether the process belongs to a terminal that is still there.
bool hasTerminal()
{
#ifdef Q_OS_WIN
    return false;
#else
    const int terminal = ::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal >= 0)
        ::close(terminal);
    return terminal >= 0;
#endif
}

QString label(const WsConnection *connection)
{
    return u'#' + QString::number(connection->id());
}

QString localPeer()
{
    return Tool::tr("the local socket"); // which has no address
}

QString describeClient(const WsConnection *connection)
{
    const WsRequest request = connection->request();
    const QString peer =
        connection->peerAddress().isNull()
            ? localPeer()
            : Tool::tr("%1 port %2")
                  .arg(connection->peerAddress().toString(), QString::number(connection->peerPort()));
    QString text = Tool::tr("%1 connected from %2, %3")
                       .arg(label(connection), peer, QString::fromLatin1(request.target()));
    if (!request.origin().isEmpty())
        text += Tool::tr(", origin %1").arg(request.origin());
    if (!connection->subprotocol().isEmpty())
        text += Tool::tr(", subprotocol %1").arg(connection->subprotocol());
    if (!connection->extensions().isEmpty())
        text += Tool::tr(", extensions %1").arg(connection->extensions());
    return text;
}
} // namespace

Listener::Listener(const ListenSettings &settings)
    : m_settings(settings), m_console(settings.format, settings.display), m_hadTerminal(hasTerminal())
{
    connect(&m_input, &LineReader::lineRead, this, &Listener::onLine);
    connect(&m_server, &WsServer::newConnection, this, &Listener::onNewConnection);
    connect(&m_server, &WsServer::connectionRejected, this, &Listener::onRejected);
    connect(&m_server, &WsServer::errorOccurred, this,
            [this](const WsError &error) { m_console.notice(error.text()); });
    connect(&m_server, &WsServer::closed, this, &Listener::onClosed);
    connect(&m_figuresTimer, &QTimer::timeout, this, &Listener::printFigures);
    onTerminationSignal(this, [this] { onInterrupt(); });
    applySettings(); // of which errorOccurred() may report something
}

void Listener::applySettings()
{
    WsOptions options = optionsWithCompression(m_settings.isCompressed);
    limitMessages(&options, m_settings.maxMessageSize);
    options.setMaxMessagesPerSecond(m_settings.maxMessagesPerSecond);
    options.setMaxBytesPerSecond(m_settings.maxBytesPerSecond);
    options.setRateLimitPolicy(m_settings.rateLimitPolicy);
    options.setSlowSubscriber(m_settings.slowSubscriber);
    options.setCloseTimeout(std::max(options.closeTimeout(), m_settings.drainTime)); // or it would end them
    m_server.setOptions(options);
    m_server.setAllowedOrigins(m_settings.origins);
    m_server.setAllowedHosts(m_settings.allowedHosts);
    m_server.setSubprotocols(m_settings.subprotocols);
    m_server.setMaxConnections(m_settings.maxClients);
    m_server.setMaxConnectionsPerAddress(m_settings.maxClientsPerAddress);
    if (m_settings.maxPending > 0)
        m_server.setMaxPendingHandshakes(m_settings.maxPending);
    m_server.setMaxTotalBufferedAmount(m_settings.maxTotalBuffered);
    m_server.setReusePort(m_settings.isPortShared);
    m_server.setTrustedProxies(m_settings.trustedProxies);
    m_server.setProxyProtocol(m_settings.usesProxyProtocol);
    if (m_settings.localPermissions)
        m_server.setLocalPermissions(m_settings.localPermissions);
    if (!m_settings.metricsPath.isEmpty() || !m_settings.servedPath.isEmpty())
        m_server.setRequestFilter([this](const WsRequest &request) { return answer(request); });
}

// What is answered to a request without a WebSocket; nothing if it is for one, or there is nothing to serve.
std::optional<WsResponse> Listener::answer(const WsRequest &request) const
{
    if (request.isWebSocketUpgrade())
        return {};
    const bool isReading = request.method() == "GET" || request.method() == "HEAD";
    if (!isReading)
        return WsResponse(405, "Method Not Allowed\n", {{"Allow", "GET, HEAD"}});
    if (request.path() == m_settings.metricsPath)
        return WsResponse::metrics(m_server);
    if (m_settings.servedPath.isEmpty())
        return WsResponse::notFound();
    if (QFileInfo(m_settings.servedPath).isDir())
        return WsResponse::file(m_settings.servedPath, request);
    return request.path() == u"/" ? WsResponse::file(m_settings.servedPath) : WsResponse::notFound();
}

QString Listener::useTls(const QStringList &files)
{
    m_hasCertificate = !files.isEmpty();
    QString error = applyTlsOption(files, &m_server);
    if (!error.isEmpty() || m_settings.clientCaFile.isEmpty())
        return error;
    if (files.isEmpty())
        return Tool::tr("--client-ca needs --tls");
    if (!m_server.setCaCertificates(m_settings.clientCaFile))
        return m_server.errorString();
    QSslConfiguration configuration = m_server.sslConfiguration();
    configuration.setPeerVerifyMode(QSslSocket::VerifyPeer);
    m_server.setSslConfiguration(configuration);
    return {};
}

bool Listener::listen()
{
    return (!m_settings.isBySystemd || m_server.listenFromSystemd())
           && (m_settings.hosts.isEmpty() || m_server.listen(m_settings.hosts, m_settings.port))
           && std::all_of(m_settings.localSockets.begin(), m_settings.localSockets.end(),
                          [this](const QString &path) { return m_server.listen(path); });
}

bool Listener::start()
{
    if (!listen()) {
        m_console.notice(Tool::tr("cannot listen: %1").arg(m_server.errorString()));
        return false;
    }
    if (m_hasCertificate)
        onReloadSignal(this, [this] { onHangUp(); });
    for (const QUrl &url : m_server.serverUrls())
        m_console.notice(Tool::tr("listening on %1").arg(url.toString()));
    if (m_settings.figuresInterval.count() > 0)
        m_figuresTimer.start(m_settings.figuresInterval);
    ignoreTerminalStop();
    m_input.start();
    return true;
}

void Listener::onNewConnection(WsConnection *connection)
{
    m_console.notice(describeClient(connection));
    connect(connection, &WsConnection::messageReceived, this,
            [this, connection](const WsMessage &message) { onMessage(connection, message); });
    connect(connection, &WsConnection::errorOccurred, this, [this, connection](const WsError &error) {
        m_console.notice(label(connection) + u' ' + error.text());
    });
    connect(connection, &WsConnection::closed, this,
            [this, connection](quint16 code, const QString &reason, bool wasClean) {
                m_console.notice(label(connection) + u' ' + describeClose(code, reason, wasClean));
            });
}

void Listener::onMessage(WsConnection *connection, const WsMessage &message)
{
    m_console.message(message, label(connection));
    if (m_settings.answer == ListenSettings::Answer::Echo)
        connection->send(message);
    else if (m_settings.answer == ListenSettings::Answer::Broadcast)
        connection->broadcast(message);
}

// What is typed goes to every client. The end of the input ends nothing, for a server may have none.
void Listener::onLine(const QByteArray &line)
{
    if (!line.isValidUtf8()) {
        m_console.notice(Tool::tr("the line was not sent: it is no UTF-8"));
        return;
    }
    const int count = m_server.broadcast(WsMessage::text(line));
    if (count < m_server.connectionCount() || count == 0)
        m_console.notice(Tool::tr("sent to %1 of %2 clients").arg(count).arg(m_server.connectionCount()));
}

void Listener::onRejected(const WsError &error, const QHostAddress &address)
{
    const QString peer = address.isNull() ? localPeer() : address.toString();
    const QString status =
        error.httpStatus() > 0 ? QStringLiteral(" (HTTP %1)").arg(error.httpStatus()) : QString();
    m_console.notice(Tool::tr("rejected %1: ").arg(peer) + error.text() + status);
}

// The first signal closes every connection with a closing handshake, a second one ends immediately.
void Listener::onInterrupt()
{
    if (m_isClosing)
        QCoreApplication::exit(ClosedUncleanly);
    m_isClosing = true;
    m_server.close(Ws::GoingAway, {}, m_settings.drainTime);
}

// SIGHUP means one of two things: the terminal was closed, or somebody wants the certificates to be read
// again.
void Listener::onHangUp()
{
    if (m_hadTerminal && !hasTerminal())
        onInterrupt();
    else if (!m_server.reloadCertificates())
        m_console.notice(Tool::tr("the certificates stay as they were: %1").arg(m_server.errorString()));
    else
        m_console.notice(Tool::tr("the certificates were read again"));
}

void Listener::onClosed()
{
    if (m_settings.hasFigures)
        printFigures();
    Q_EMIT finished();
}

void Listener::printFigures()
{
    const WsServerStatistics statistics = m_server.statistics();
    const qint64 seconds = statistics.startTime.secsTo(QDateTime::currentDateTimeUtc());
    m_console.notice(Tool::tr("figures after %1 s").arg(seconds));
    for (const QString &line : describeFigures(statistics))
        m_console.notice(line);
}

int runListen(const QStringList &arguments)
{
    CommandLine line(
        Tool::tr("wskit listen [options]"),
        Tool::tr("Be a WebSocket server: print who connects, what they say and how they leave. Each line\n"
                 "typed or piped in goes to every client. Messages go to the standard output and\n"
                 "notices to the standard error. Ctrl-C closes every connection with 1001 and ends,\n"
                 "and so does SIGTERM. SIGHUP reads the files of --tls and --client-ca again."),

        Tool::tr("Examples:\n")
            + QStringLiteral("  wskit listen --port 8080 --echo\n"
                             "  wskit listen --port 8443 --broadcast --tls cert.pem key.pem --origin '*'\n"
                             "  wskit listen --unix /run/app.socket --echo\n"
                             "  wskit listen --port 8080 --serve page.html --metrics /metrics --stats\n\n")
            + Tool::tr("Exit status: 0 closed cleanly, 1 wrong usage, or a message that could not be\n"
                       "printed, 2 could not listen, 3 ended by a second signal.\n"));
    addListenOptions(line);
    if (const std::optional<int> status = line.parse(arguments))
        return *status;

    ListenSettings settings;
    if (const QString error = readListenSettings(line, &settings); !error.isEmpty())
        return line.fail(error);

    Listener listener(settings);
    if (const QString error = listener.useTls(line.values("tls")); !error.isEmpty())
        return line.fail(error);
    QObject::connect(&listener, &Listener::finished, qApp, &QCoreApplication::quit, Qt::QueuedConnection);
    const int status = listener.start() ? QCoreApplication::exec() : int(NotConnected);
    return status == ClosedCleanly && listener.hasLosses() ? int(UsageError) : status;
}
