// SPDX-License-Identifier: MIT
#include "forwardcommand.h"

#include "commandline.h"
#include "terminationsignal.h"
#include "texts.h"
#include "tlsoption.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qurl.h>
#include <QtNetwork/qnetworkproxy.h>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace {
// In one step: an address with a scope contains a % itself.
QString peerText(const QHostAddress &address, quint16 port)
{
    return Tool::tr("%1 port %2").arg(address.toString(), QString::number(port));
}

QString peerOf(const QTcpSocket *socket)
{
    return peerText(socket->peerAddress(), socket->peerPort());
}

QString peerOf(const WsConnection *connection)
{
    if (connection->peerAddress().isNull())
        return Tool::tr("the local socket");
    return peerText(connection->peerAddress(), connection->peerPort());
}
} // namespace

QString TcpEndpoint::text() const
{
    return host.contains(u':') ? QStringLiteral("[%1]:%2").arg(host).arg(port)
                               : QStringLiteral("%1:%2").arg(host).arg(port);
}

// --- tunnels

Tunnel *Tunnels::add(QTcpSocket *socket, WsConnection *connection, const QString &origin)
{
    auto *const tunnel = new Tunnel(socket, connection, this);
    const QString label = QStringLiteral("#%1").arg(++m_count);
    notice(Tool::tr("%1 from %2").arg(label, origin));
    m_tunnels.append(tunnel);
    connect(tunnel, &Tunnel::finished, this, [this, tunnel, label](const QString &problem) {
        notice(problem.isEmpty() ? Tool::tr("%1 ended: %2").arg(label, tunnel->summary())
                                 : Tool::tr("%1 failed: %2; %3").arg(label, problem, tunnel->summary()));
        m_tunnels.removeOne(tunnel);
        tunnel->deleteLater();
        Q_EMIT ended();
    });
    return tunnel;
}

void Tunnels::closeAll()
{
    const QList<Tunnel *> tunnels = m_tunnels;
    for (Tunnel *tunnel : tunnels)
        tunnel->close();
}

// --- from TCP to a WebSocket

ForwardingClient::ForwardingClient(const ClientSettings &settings, int mostTunnels)
    : m_settings(settings), m_tunnels(mostTunnels)
{
    if (m_settings.subprotocols.isEmpty())
        m_settings.subprotocols = {QStringLiteral("binary")}; // which websockify's servers ask for
    m_server.setProxy(QNetworkProxy::NoProxy);
    connect(&m_server, &QTcpServer::newConnection, this, &ForwardingClient::acceptWaiting);
    connect(&m_tunnels, &Tunnels::ended, this, &ForwardingClient::onEnded);
    onTerminationSignal(this, [this] { onInterrupt(); });
}

bool ForwardingClient::start(const TcpEndpoint &endpoint)
{
    WsClient trial;
    if (const QString error = configureClient(trial, m_settings); !error.isEmpty()) {
        m_tunnels.notice(error);
        return false;
    }
    if (!m_server.listen(QHostAddress(endpoint.host), endpoint.port)) {
        m_tunnels.notice(Tool::tr("cannot listen on %1: %2").arg(endpoint.text(), m_server.errorString()));
        return false;
    }
    const TcpEndpoint own{m_server.serverAddress().toString(), m_server.serverPort()};
    m_tunnels.notice(Tool::tr("listening on %1, forwarding to %2")
                         .arg(own.text(), m_settings.url.toString(QUrl::RemoveUserInfo | QUrl::RemoveQuery)));
    return true;
}

// Those for whom there is no room wait in the system's queue. QTcpServer takes all of them that it may, also
// within one signal, and so it may take one or none.
void ForwardingClient::acceptWaiting()
{
    while (m_tunnels.hasRoom() && m_server.hasPendingConnections())
        forward(m_server.nextPendingConnection());
    m_server.setMaxPendingConnections(m_tunnels.hasRoom() ? 1 : 0);
    if (m_tunnels.hasRoom())
        m_server.resumeAccepting();
    else
        m_server.pauseAccepting();
}

void ForwardingClient::forward(QTcpSocket *socket)
{
    auto client = std::make_unique<WsClient>();
    // The files may have changed since the start, and without one of them TLS would be weaker.
    QString error = configureClient(*client, m_settings);
    if (error.isEmpty() && !client->open(m_settings.url))
        error = client->errorString();
    if (!error.isEmpty()) {
        m_tunnels.notice(Tool::tr("rejected %1: %2").arg(peerOf(socket), error));
        socket->abort();
        socket->deleteLater();
        return;
    }
    Tunnel *const tunnel = m_tunnels.add(socket, client.get(), peerOf(socket));
    client.release()->setParent(tunnel);
}

void ForwardingClient::onEnded()
{
    if (!m_isClosing)
        acceptWaiting();
    else if (m_tunnels.isEmpty())
        Q_EMIT finished();
}

// The first signal closes every tunnel in order, a second one ends immediately.
void ForwardingClient::onInterrupt()
{
    if (m_isClosing)
        QCoreApplication::exit(ClosedUncleanly);
    m_isClosing = true;
    m_server.close();
    m_tunnels.closeAll();
    if (m_tunnels.isEmpty())
        Q_EMIT finished();
}

// --- from a WebSocket to TCP

ForwardingServer::ForwardingServer(const TcpEndpoint &target, const QString &path, int mostTunnels)
    : m_tunnels(mostTunnels), m_target(target), m_path(path)
{
    m_server.setSubprotocols({QStringLiteral("binary")}); // which websockify's clients offer
    m_server.setRequestHandler([this](const WsRequest &request) { return answer(request); });
    connect(&m_server, &WsServer::newConnection, this, &ForwardingServer::forward);
    connect(&m_server, &WsServer::connectionRejected, this,
            [this](const WsError &error, const QHostAddress &address) {
                const QString peer = address.isNull() ? Tool::tr("the local socket") : address.toString();
                m_tunnels.notice(Tool::tr("rejected %1: %2").arg(peer, error.text()));
            });
    connect(&m_server, &WsServer::closed, this, &ForwardingServer::finishIfDone);
    connect(&m_tunnels, &Tunnels::ended, this, &ForwardingServer::finishIfDone);
    onTerminationSignal(this, [this] { onInterrupt(); });
}

bool ForwardingServer::start(const QHostAddress &address, quint16 port, const QString &localSocket)
{
    const bool isListening =
        localSocket.isEmpty() ? m_server.listen(address, port) : m_server.listen(localSocket);
    if (!isListening) {
        m_tunnels.notice(Tool::tr("cannot listen: %1").arg(m_server.errorString()));
        return false;
    }
    QUrl url = m_server.serverUrl();
    if (localSocket.isEmpty())
        url.setPath(m_path);
    m_tunnels.notice(Tool::tr("listening on %1, forwarding to %2").arg(url.toString(), m_target.text()));
    return true;
}

WsResponse ForwardingServer::answer(const WsRequest &request) const
{
    if (!m_path.isEmpty() && request.path() != m_path)
        return WsResponse::reject(404, "There is no tunnel here.\n");
    if (!m_tunnels.hasRoom())
        return WsResponse::reject(503, "All tunnels are in use.\n");
    return WsResponse::accept();
}

void ForwardingServer::forward(WsConnection *connection)
{
    auto *const socket = new QTcpSocket;
    socket->setProxy(QNetworkProxy::NoProxy);
    m_tunnels.add(socket, connection, peerOf(connection));
    socket->connectToHost(m_target.host, m_target.port);
}

void ForwardingServer::onInterrupt()
{
    if (m_isClosing)
        QCoreApplication::exit(ClosedUncleanly);
    m_isClosing = true;
    m_tunnels.closeAll();
    m_server.close();
}

void ForwardingServer::finishIfDone()
{
    if (m_isClosing && m_tunnels.isEmpty() && m_server.connectionCount() == 0)
        Q_EMIT finished();
}

// --- the command line

namespace {
// "22", "host:22", "127.0.0.1:22" or "[::1]:22".
bool readEndpoint(const QString &text, TcpEndpoint *endpoint)
{
    bool isPort = false;
    endpoint->port = text.toUShort(&isPort);
    endpoint->host = QStringLiteral("127.0.0.1");
    if (isPort)
        return true;
    const QUrl url(QStringLiteral("tcp://") + text, QUrl::StrictMode);
    endpoint->host = url.host();
    endpoint->port = quint16(url.port(0));
    return url.isValid() && !endpoint->host.isEmpty() && url.port() >= 0 && url.userInfo().isEmpty()
           && url.path().isEmpty() && !url.hasQuery() && !url.hasFragment();
}

void addTunnelOptions(CommandLine &line)
{
    line.addOption({QStringLiteral("max-connections"),
                    Tool::tr("The most tunnels at a time; 100 by default. Each takes at most about "
                             "2 MiB of memory."),
                    Tool::tr("count"), QStringLiteral("100")});
}

void addServerOptions(CommandLine &line)
{
    line.addOption({QStringLiteral("to"),
                    Tool::tr("Connect each WebSocket to this TCP server, and to no other."),
                    Tool::tr("host:port")});
    line.addOption({{QStringLiteral("p"), QStringLiteral("port")},
                    Tool::tr("The port of the WebSocket server; 0, the default, takes a free one."),
                    Tool::tr("port"),
                    QStringLiteral("0")});
    line.addOption({QStringLiteral("host"),
                    Tool::tr("The IP address, 127.0.0.1 if none is given: this machine only. “*” is all "
                             "addresses, 0.0.0.0 all of IPv4 and :: all of IPv6."),
                    Tool::tr("address"), QStringLiteral("127.0.0.1")});
    line.addOption({QStringLiteral("unix"), Tool::tr("Listen on this local socket instead of a port."),
                    Tool::tr("path")});
    line.addOption({QStringLiteral("path"), Tool::tr("Accept only requests for this path; others get 404."),
                    Tool::tr("/path")});
    line.addOption(tlsOption());
    line.addOption({{QStringLiteral("o"), QStringLiteral("origin")},
                    Tool::tr("Let in the pages of this origin, “https://example.com”, or of any: “*”. "
                             "May be repeated. Clients that are no browsers need none."),
                    Tool::tr("origin")});
    addTunnelOptions(line);
}

int failedToRead(const CommandLine &line, const char *option)
{
    return line.fail(
        Tool::tr("--%1 needs [address:]port, not “%2”").arg(QLatin1String(option), line.value(option)));
}

int runForwardingClient(const QStringList &arguments)
{
    CommandLine line(
        Tool::tr("wskit forward --listen [ADDRESS:]PORT [options] URL"),
        Tool::tr("Forward TCP connections through a WebSocket: open a WebSocket to URL for each\n"
                 "connection to a local port. At the other end is `wskit forward --to`, websockify\n"
                 "or any server that takes bytes in binary messages. Ctrl-C closes every tunnel.\n"
                 "The other direction is `wskit forward --to HOST:PORT`; see its --help."),
        Tool::tr("Examples:\n")
            + QStringLiteral("  wskit forward --listen 2222 wss://example.com/ssh\n"
                             "  ssh -p 2222 user@127.0.0.1\n\n")
            + Tool::tr("Exit status: 0 ended by a signal, 1 wrong usage, 2 could not listen, 3\n"
                       "ended by a second signal.\n"));
    line.addOption({QStringLiteral("listen"),
                    Tool::tr("Accept TCP connections on this port, of 127.0.0.1 if no address is given. "
                             "Port 0 takes a free one."),
                    Tool::tr("[address:]port")});
    addTunnelOptions(line);
    addUrlArgument(line);
    addClientOptions(line);
    if (const std::optional<int> status = line.parse(arguments))
        return *status;
    if (!line.isSet("listen"))
        return line.fail(Tool::tr("--listen PORT or --to HOST:PORT is missing"));
    TcpEndpoint endpoint;
    if (!readEndpoint(line.value("listen"), &endpoint) || QHostAddress(endpoint.host).isNull())
        return failedToRead(line, "listen");
    const std::optional<double> most = line.number("max-connections", 1);
    if (!most)
        return line.fail(line.quoted("max-connections", Tool::tr("--max-connections needs a number from 1")));
    ClientSettings settings;
    if (const QString error = readClientSettings(line, &settings, line.argument(0)); !error.isEmpty())
        return line.fail(error);
    ForwardingClient client(settings, int(std::min(*most, 1e6)));
    QObject::connect(&client, &ForwardingClient::finished, qApp, &QCoreApplication::quit,
                     Qt::QueuedConnection);
    return client.start(endpoint) ? QCoreApplication::exec() : int(NotConnected);
}

// Returns an empty text, or what is wrong.
QString checkServerOptions(const CommandLine &line)
{
    bool isPort = false;
    (void)line.value("port").toUShort(&isPort);
    if (!isPort)
        return line.quoted("port", Tool::tr("--port needs a number from 0 to 65535"));
    if (!parseListenAddress(line.value("host")))
        return line.quoted("host", Tool::tr("--host needs an IP address or *"));
    if (line.isSet("unix") && (line.isSet("port") || line.isSet("host") || line.isSet("tls")))
        return Tool::tr("--unix goes without --port, --host and --tls");
    if (line.isSet("path") && !line.value("path").startsWith(u'/'))
        return Tool::tr("--path begins with “/”");
    if (!line.number("max-connections", 1))
        return line.quoted("max-connections", Tool::tr("--max-connections needs a number from 1"));
    return {};
}

int runForwardingServer(const QStringList &arguments)
{
    CommandLine line(
        Tool::tr("wskit forward --to HOST:PORT [options]"),
        Tool::tr("Be a WebSocket server that forwards each connection to one TCP server. The client is\n"
                 "`wskit forward --listen`, noVNC, websockify's wstelnet or any that sends bytes in\n"
                 "binary messages. Ctrl-C closes every tunnel."),

        Tool::tr("Examples:\n")
            + QStringLiteral(
                "  wskit forward --to 127.0.0.1:22 --port 8080 --path /ssh\n"
                "  wskit forward --to 127.0.0.1:5900 --port 6080 --origin https://example.com\n\n")
            + Tool::tr(
                "A target that cannot be reached closes the WebSocket with 1014, a TCP connection that\n"
                "breaks with 1011.\n\n")
            + Tool::tr("Exit status: 0 ended by a signal, 1 wrong usage, 2 could not listen, 3 ended by a\n"
                       "second signal.\n"));
    addServerOptions(line);
    if (const std::optional<int> status = line.parse(arguments))
        return *status;
    TcpEndpoint target;
    if (!readEndpoint(line.value("to"), &target) || target.port == 0)
        return failedToRead(line, "to");
    if (const QString error = checkServerOptions(line); !error.isEmpty())
        return line.fail(error);
    ForwardingServer server(target, line.value("path"),
                            int(std::min(*line.number("max-connections", 1), 1e6)));
    server.server().setAllowedOrigins(line.values("origin"));
    if (const QString error = applyTlsOption(line.values("tls"), &server.server()); !error.isEmpty())
        return line.fail(error);
    QObject::connect(&server, &ForwardingServer::finished, qApp, &QCoreApplication::quit,
                     Qt::QueuedConnection);
    const bool isListening = server.start(*parseListenAddress(line.value("host")),
                                          line.value("port").toUShort(), line.value("unix"));
    return isListening ? QCoreApplication::exec() : int(NotConnected);
}
} // namespace

// The two directions share hardly an option, so each has a command line of its own.
int runForward(const QStringList &arguments)
{
    const auto has = [&arguments](const QString &option) {
        return std::any_of(arguments.begin(), arguments.end(), [&option](const QString &argument) {
            return argument == option || argument.startsWith(option + u'=');
        });
    };
    const bool isServer = has(QStringLiteral("--to"));
    const bool asksForHelp = has(QStringLiteral("--help")) || has(QStringLiteral("-h"));
    if (asksForHelp && !isServer && !has(QStringLiteral("--listen"))) {
        (void)runForwardingClient(arguments);
        std::putchar('\n');
        return runForwardingServer(arguments);
    }
    return isServer ? runForwardingServer(arguments) : runForwardingClient(arguments);
}
