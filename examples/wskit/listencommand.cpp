// SPDX-License-Identifier: MIT
#include "listencommand.h"

#include "commandline.h"
#include "terminationsignal.h"
#include "texts.h"
#include "tlsoption.h"

#include <QtCore/qcoreapplication.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qsslsocket.h>

#include <csignal>

namespace {
// A background job that reads from its terminal would be stopped; ignored, the read fails.
void ignoreTerminalStop()
{
#ifdef SIGTTIN
    std::signal(SIGTTIN, SIG_IGN);
#endif
}

QString label(const WsConnection *connection)
{
    return u'#' + QString::number(connection->id());
}

const QString localPeer = Tool::tr("the local socket"); // which has no address

QString describeClient(const WsConnection *connection)
{
    const WsRequest request = connection->request();
    const QString peer =
        connection->peerAddress().isNull()
            ? localPeer
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
    : m_settings(settings), m_console(settings.format, settings.display)
{
    m_server.setAllowedOrigins(settings.origins);
    m_server.setSubprotocols(settings.subprotocols);
    WsOptions options = optionsWithCompression(settings.isCompressed);
    limitMessages(&options, settings.maxMessageSize);
    m_server.setOptions(options);
    m_server.setMaxConnections(settings.maxClients);
    connect(&m_input, &LineReader::lineRead, this, &Listener::onLine);
    connect(&m_server, &WsServer::newConnection, this, &Listener::onNewConnection);
    connect(&m_server, &WsServer::connectionRejected, this,
            [this](const WsError &error, const QHostAddress &address) {
                const QString peer = address.isNull() ? localPeer : address.toString();
                const QString status =
                    error.httpStatus() > 0 ? QStringLiteral(" (HTTP %1)").arg(error.httpStatus()) : QString();
                m_console.notice(Tool::tr("rejected %1: ").arg(peer) + error.text() + status);
            });
    connect(&m_server, &WsServer::closed, this, &Listener::finished);
    onTerminationSignal(this, [this] { onInterrupt(); });
}

QString Listener::useTls(const QStringList &files)
{
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

bool Listener::start()
{
    const bool isListening = m_settings.localSocket.isEmpty()
                                 ? m_server.listen(m_settings.host, m_settings.port)
                                 : m_server.listen(m_settings.localSocket);
    if (!isListening) {
        m_console.notice(Tool::tr("cannot listen: %1").arg(m_server.errorString()));
        return false;
    }
    m_console.notice(Tool::tr("listening on %1").arg(m_server.serverUrl().toString()));
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

// The first signal closes every connection with a closing handshake, a second one ends immediately.
void Listener::onInterrupt()
{
    if (m_isClosing)
        QCoreApplication::exit(ClosedUncleanly);
    m_isClosing = true;
    m_server.close(Ws::GoingAway, {}, std::chrono::seconds(5));
}

namespace {
void addLimitOptions(CommandLine &line)
{
    line.addOption({QStringLiteral("client-ca"),
                    Tool::tr("Let in only clients with a certificate of the authorities in this PEM "
                             "file."),
                    Tool::tr("file")});
    line.addOption({QStringLiteral("max-clients"), Tool::tr("Let in at most this many clients at a time."),
                    Tool::tr("count")});
    line.addOption({QStringLiteral("max-message"),
                    Tool::tr("Accept messages of at most this size: 16 MiB without this option."),
                    Tool::tr("bytes")});
}

void addListenOptions(CommandLine &line)
{
    line.addOption({{QStringLiteral("p"), QStringLiteral("port")},
                    Tool::tr("The port; 0, the default, takes a free one."),
                    Tool::tr("port"),
                    QStringLiteral("0")});
    line.addOption({QStringLiteral("host"),
                    Tool::tr("The IP address, 127.0.0.1 where none is given: this machine only. 0.0.0.0 "
                             "and :: are all addresses."),
                    Tool::tr("address"), QStringLiteral("127.0.0.1")});
    line.addOption({QStringLiteral("unix"), Tool::tr("Listen on this local socket instead of a port."),
                    Tool::tr("path")});
    line.addOption(
        {{QStringLiteral("e"), QStringLiteral("echo")}, Tool::tr("Send each message back to its sender.")});
    line.addOption({{QStringLiteral("b"), QStringLiteral("broadcast")},
                    Tool::tr("Send each message to all the other clients.")});
    line.addOption({{QStringLiteral("c"), QStringLiteral("compress")},
                    Tool::tr("Compress messages for clients that offer it (permessage-deflate).")});
    line.addOption(tlsOption());
    addLimitOptions(line);
    addDisplayOptions(line);
    line.addOption({{QStringLiteral("o"), QStringLiteral("origin")},
                    Tool::tr("Let in the pages of this origin, “https://example.com”, or of any: “*”. May "
                             "be repeated. Clients that are no browsers need none."),
                    Tool::tr("origin")});
    line.addOption({{QStringLiteral("s"), QStringLiteral("subprotocol")},
                    Tool::tr("Speak this subprotocol. May be repeated, the preferred one first."),
                    Tool::tr("name")});
    line.addOption({QStringLiteral("details"),
                    Tool::tr("Print time, sender and size with each message: always, never, or auto, which "
                             "is where they go to a terminal."),
                    Tool::tr("when"), QStringLiteral("auto")});
}

// Returns an empty text, or what is wrong.
QString readLimits(const CommandLine &line, ListenSettings *settings)
{
    const std::optional<double> clients = line.number("max-clients", 1);
    if (line.isSet("max-clients") && (!clients || *clients > 1e6))
        return line.quoted("max-clients", Tool::tr("--max-clients needs a number of clients"));
    settings->maxClients = int(clients.value_or(0));
    const std::optional<double> bytes = line.number("max-message", 1);
    if (line.isSet("max-message") && (!bytes || *bytes > (1 << 30)))
        return line.quoted("max-message", Tool::tr("--max-message needs a number of bytes, 1 GiB at most"));
    settings->maxMessageSize = qint64(bytes.value_or(0));
    return {};
}

// Returns an empty text, or what is wrong.
QString readSettings(const CommandLine &line, ListenSettings *settings)
{
    bool isPort = false;
    settings->port = line.value("port").toUShort(&isPort);
    if (!isPort)
        return line.quoted("port", Tool::tr("--port needs a number from 0 to 65535"));
    if (!settings->host.setAddress(line.value("host")))
        return line.quoted("host", Tool::tr("--host needs an IP address"));
    if (line.isSet("unix") && (line.isSet("port") || line.isSet("host") || line.isSet("tls")))
        return Tool::tr("--unix goes without --port, --host and --tls");
    settings->localSocket = line.value("unix");
    if (line.isSet("echo") && line.isSet("broadcast"))
        return Tool::tr("--echo or --broadcast, not both");
    if (line.isSet("echo"))
        settings->answer = ListenSettings::Answer::Echo;
    else if (line.isSet("broadcast"))
        settings->answer = ListenSettings::Answer::Broadcast;
    if (!Console::parseDetails(line.value("details"), &settings->format))
        return line.quoted("details", Tool::tr("--details is always, never or auto"));
    settings->origins = line.values("origin");
    settings->subprotocols = line.values("subprotocol");
    settings->isCompressed = line.isSet("compress");
    settings->clientCaFile = line.value("client-ca");
    const QString error = readDisplay(line, &settings->display);
    return error.isEmpty() ? readLimits(line, settings) : error;
}
} // namespace

int runListen(const QStringList &arguments)
{
    CommandLine line(
        Tool::tr("wskit listen [options]"),
        Tool::tr("Be a WebSocket server: print who connects, what they say and how they leave. Each line\n"
                 "typed or piped in goes to every client. Messages go to the standard output and\n"
                 "notices to the standard error. Ctrl-C closes every connection with 1001 and ends."),

        Tool::tr("Examples:\n")
            + QStringLiteral("  wskit listen --port 8080 --echo\n"
                             "  wskit listen --port 8443 --broadcast --tls cert.pem key.pem --origin '*'\n"
                             "  wskit listen --unix /run/app.socket --echo\n\n")
            + Tool::tr(
                "Exit status: 0 closed cleanly, 1 wrong usage, 2 could not listen, 3 ended by a second\n"
                "signal.\n"));
    addListenOptions(line);
    if (const std::optional<int> status = line.parse(arguments))
        return *status;

    ListenSettings settings;
    if (const QString error = readSettings(line, &settings); !error.isEmpty())
        return line.fail(error);

    Listener listener(settings);
    if (const QString error = listener.useTls(line.values("tls")); !error.isEmpty())
        return line.fail(error);
    QObject::connect(&listener, &Listener::finished, qApp, &QCoreApplication::quit, Qt::QueuedConnection);
    return listener.start() ? QCoreApplication::exec() : int(NotConnected);
}
