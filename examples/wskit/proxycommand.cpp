// SPDX-License-Identifier: MIT
#include "proxycommand.h"

#include "commandline.h"
#include "terminationsignal.h"
#include "texts.h"
#include "tlsoption.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qdir.h>

#include <algorithm>
#include <utility>

using namespace std::chrono_literals;
using Direction = SessionEvent::Direction;
using Type = SessionEvent::Type;

namespace {
constexpr auto unclaimedTimeout = 10s;

QString clientKey(const QHostAddress &address, quint16 port)
{
    return address.toString() + u' ' + QString::number(port);
}

QFuture<WsResponse> readyFuture(const WsResponse &response)
{
    QPromise<WsResponse> promise;
    promise.start();
    promise.addResult(response);
    promise.finish();
    return promise.future();
}

QString recordName(int number)
{
    return QStringLiteral("session-%1.jsonl").arg(number, 4, 10, QLatin1Char('0'));
}

// Of the records that earlier runs have left, which must not be overwritten; 0 if there are none.
int highestNumber(const QString &directory)
{
    const QStringList names = QDir(directory).entryList({QStringLiteral("session-*.jsonl")}, QDir::Files);
    int highest = 0;
    for (const QString &name : names) {
        const int number = name.section(u'-', 1).section(u'.', 0, 0).toInt();
        if (name == recordName(number))
            highest = std::max(highest, number);
    }
    return highest;
}

// The URL of the server, with the client's path and query if it has none itself.
QUrl targetFor(const QUrl &url, const WsRequest &request)
{
    if (url.scheme() == u"ws+unix" || url.path().size() > 1 || url.hasQuery())
        return url;
    const QUrl requested = QUrl::fromEncoded("ws://host" + request.target(), QUrl::StrictMode);
    QUrl target = url;
    target.setPath(requested.path(QUrl::FullyEncoded), QUrl::StrictMode);
    target.setQuery(requested.query(QUrl::FullyEncoded), QUrl::StrictMode);
    return target;
}
} // namespace

// --- a session

ProxySession::ProxySession(const ProxySettings &settings, Console *console, int number)
    : m_settings(settings), m_console(console), m_number(number),
      m_recorder(settings.recordsSecrets ? SessionRecorder::SecretPolicy::Keep
                                         : SessionRecorder::SecretPolicy::Remove)
{
    m_unclaimedTimer.setSingleShot(true);
    m_unclaimedTimer.setInterval(unclaimedTimeout);
    connect(&m_unclaimedTimer, &QTimer::timeout, &m_server, [this] { m_server.close(Ws::GoingAway); });
    connect(&m_server, &WsClient::opened, this, &ProxySession::onServerOpened);
    connect(&m_server, &WsClient::errorOccurred, this, [this](const WsError &error) {
        m_error = error;
        notice(Tool::tr("server: ") + error.text());
    });
    connect(&m_server, &WsClient::closed, this, &ProxySession::onServerClosed);
    connect(&m_recorder, &SessionRecorder::failed, this,
            [this](const QString &text) { onRecordLost(Tool::tr("the record ends here: ") + text); });
    m_answer.start();
}

void ProxySession::notice(const QString &text)
{
    m_console->notice(QStringLiteral("#%1 %2").arg(m_number).arg(text));
}

// The server sees what the client asks for: its subprotocols and the headers that are to be forwarded.
QString ProxySession::configure(const WsRequest &request)
{
    ClientSettings settings = m_settings.client;
    if (settings.subprotocols.isEmpty())
        settings.subprotocols = request.subprotocols();
    for (const QString &name : m_settings.forwardedHeaders) {
        const QByteArray value = request.header(name.toUtf8());
        if (!value.isEmpty())
            settings.headers.append({name.toUtf8(), value});
    }
    QString error = configureClient(m_server, settings);
    if (error.isEmpty() && !m_server.open(targetFor(settings.url, request)))
        error = m_server.errorString();
    return error;
}

// Of the server's answer.
WsHeaders ProxySession::forwardedAnswerHeaders() const
{
    WsHeaders headers;
    const WsHeaders answered = m_server.response().headers();
    for (const auto &header : answered) {
        if (m_settings.forwardedHeaders.contains(QString::fromLatin1(header.first), Qt::CaseInsensitive))
            headers.append(header);
    }
    return headers;
}

QFuture<WsResponse> ProxySession::open(const WsRequest &request)
{
    notice(Tool::tr("from %1, %2")
               .arg(request.peerAddress().toString(),
                    QString::fromLatin1(request.target()).section(u'?', 0, 0)));
    if (const QString error = configure(request); !error.isEmpty()) {
        notice(error);
        answer(WsResponse::reject(502, "the proxy could not connect\n"));
        endSoon();
    }
    return m_answer.future();
}

void ProxySession::answer(const WsResponse &response)
{
    if (std::exchange(m_isAnswered, true))
        return;
    m_answer.addResult(response);
    m_answer.finish();
}

// Nothing is read from the server before the client is there.
void ProxySession::onServerOpened()
{
    m_server.setPaused(true);
    notice(
        Tool::tr("connected to %1").arg(m_server.url().toString(QUrl::RemoveUserInfo | QUrl::RemoveQuery)));
    m_unclaimedTimer.start();
    answer(WsResponse::accept(m_server.subprotocol(), forwardedAnswerHeaders()));
}

void ProxySession::startRecord()
{
    if (m_settings.recordDirectory.isEmpty())
        return;
    const QString error = m_recorder.open(QDir(m_settings.recordDirectory).filePath(recordName(m_number)));
    if (error.isEmpty())
        m_recorder.writeHead(SessionHead::of(m_server));
    else
        onRecordLost(error);
}

void ProxySession::onRecordLost(const QString &text)
{
    notice(text);
    Q_EMIT recordLost();
}

void ProxySession::attach(WsConnection *client)
{
    m_unclaimedTimer.stop();
    m_client = client;
    startRecord();
    m_toServer = std::make_unique<ProxyLane>(client, &m_server, m_settings.toServer);
    m_toClient = std::make_unique<ProxyLane>(&m_server, client, m_settings.toClient);
    connectLane(m_toServer.get(), Direction::Sent, QStringLiteral(">"));
    connectLane(m_toClient.get(), Direction::Received, QStringLiteral("<"));
    connect(client, &WsConnection::errorOccurred, this,
            [this](const WsError &error) { notice(Tool::tr("client: ") + error.text()); });
    connect(client, &WsConnection::closed, this, &ProxySession::onClientClosed);
    if (m_server.state() == Ws::Open)
        m_server.setPaused(false);
    else
        m_toClient->finish(m_server.closeCode(), m_server.closeReason(), false);
}

void ProxySession::connectLane(ProxyLane *lane, Direction direction, const QString &arrow)
{
    connect(lane, &ProxyLane::messageCame, this,
            [this, direction, arrow](const WsMessage &message, ProxyLane::Fate fate) {
                const bool isDropped = fate == ProxyLane::Fate::Dropped;
                m_console->message(message,
                                   QStringLiteral("#%1 %2%3")
                                       .arg(m_number)
                                       .arg(arrow, isDropped ? QStringLiteral(" dropped") : QString()));
                if (!isDropped)
                    m_recorder.write(direction, message.isText() ? Type::Text : Type::Binary, message.data());
            });
    connect(lane, &ProxyLane::failed, this,
            [this, arrow](const QString &text) { notice(arrow + Tool::tr(" not sent: ") + text); });
}

void ProxySession::onServerClosed(quint16 code, const QString &reason, bool wasClean)
{
    if (!m_isAnswered) {
        const int status = m_error.httpStatus() >= 400 ? m_error.httpStatus() : 502;
        answer(WsResponse::reject(status, m_server.response().body(), forwardedAnswerHeaders()));
        endSoon();
        return;
    }
    notice(Tool::tr("server ") + describeClose(code, reason, wasClean));
    m_recorder.write(Direction::Received, Type::Close, reason.toUtf8(), code);
    if (m_toClient)
        m_toClient->finish(code, reason, wasClean);
    if (!m_client)
        endSoon();
}

void ProxySession::onClientClosed(quint16 code, const QString &reason, bool wasClean)
{
    notice(Tool::tr("client ") + describeClose(code, reason, wasClean));
    m_recorder.write(Direction::Sent, Type::Close, reason.toUtf8(), code);
    m_client = nullptr;
    m_toServer->finish(code, reason, wasClean);
    if (m_server.state() == Ws::Closed)
        endSoon();
}

// What is on its way to either side goes first. If the server or the client has gone, the other one is closed
// after that anyway.
void ProxySession::close()
{
    if (!m_toClient)
        m_server.close(Ws::GoingAway);
    else if (m_client && m_server.state() != Ws::Closed)
        m_toClient->finish(Ws::GoingAway, {}, true);
}

void ProxySession::endSoon()
{
    QMetaObject::invokeMethod(this, &ProxySession::ended, Qt::QueuedConnection);
}

// --- the server

Proxy::Proxy(const ProxySettings &settings)
    : m_settings(settings), m_console(settings.format, settings.display)
{
    WsOptions options = optionsWithCompression(settings.compressesClients);
    limitMessages(&options, settings.client.maxMessageSize);
    m_server.setOptions(options);
    m_server.setAllowedOrigins(settings.origins);
    m_server.setMaxConnections(settings.maxClients);
    m_server.setRequestHandler([this](const WsRequest &request) { return onRequest(request); });
    connect(&m_server, &WsServer::newConnection, this, &Proxy::onNewConnection);
    connect(&m_server, &WsServer::connectionRejected, this,
            [this](const WsError &error, const QHostAddress &address) {
                m_console.notice(Tool::tr("rejected %1: %2").arg(address.toString(), error.text()));
            });
    connect(&m_server, &WsServer::closed, this, [this] {
        m_isServerClosed = true;
        finishIfDone();
    });
    if (!settings.recordDirectory.isEmpty())
        m_count = highestNumber(settings.recordDirectory);
    onTerminationSignal(this, [this] { onInterrupt(); });
}

QString Proxy::useTls(const QStringList &files)
{
    return applyTlsOption(files, &m_server);
}

bool Proxy::start()
{
    if (!m_server.listen(m_settings.host, m_settings.port)) {
        m_console.notice(Tool::tr("cannot listen: %1").arg(m_server.errorString()));
        return false;
    }
    m_console.notice(Tool::tr("listening on %1 for %2")
                         .arg(m_server.serverUrl().toString(),
                              m_settings.client.url.toString(QUrl::RemoveUserInfo | QUrl::RemoveQuery)));
    return true;
}

QFuture<WsResponse> Proxy::onRequest(const WsRequest &request)
{
    if (m_isClosing)
        return readyFuture(WsResponse::reject(503, "the proxy ends\n"));
    if (!request.isWebSocketUpgrade())
        return readyFuture(WsResponse::reject(426, "only WebSockets\n"));
    const QString key = clientKey(request.peerAddress(), request.peerPort());
    auto session = std::make_unique<ProxySession>(m_settings, &m_console, ++m_count);
    ProxySession *const opened = session.get();
    connect(opened, &ProxySession::recordLost, this, [this] { m_hasLosses = true; });
    connect(opened, &ProxySession::ended, this, [this, key, opened] {
        const auto found = m_sessions.find(key);
        if (found != m_sessions.end() && found->second.get() == opened)
            m_sessions.erase(found);
        finishIfDone();
    });
    m_sessions.insert_or_assign(key, std::move(session));
    return opened->open(request);
}

void Proxy::onNewConnection(WsConnection *connection)
{
    const auto found = m_sessions.find(clientKey(connection->peerAddress(), connection->peerPort()));
    if (found == m_sessions.end())
        connection->close(Ws::InternalError);
    else
        found->second->attach(connection);
}

// The first signal closes every connection with a closing handshake, a second one ends immediately.
void Proxy::onInterrupt()
{
    if (std::exchange(m_isClosing, true)) {
        QCoreApplication::exit(ClosedUncleanly);
        return;
    }
    m_server.pauseAccepting();
    for (const auto &[key, session] : m_sessions)
        session->close();
    finishIfDone();
}

// The server closes its clients at once, so that comes after what is on its way to them.
void Proxy::finishIfDone()
{
    if (!m_isClosing || !m_sessions.empty())
        return;
    if (m_isServerClosed)
        Q_EMIT finished();
    else
        m_server.close();
}

namespace {
void addRuleOptions(CommandLine &line)
{
    line.addOption({QStringLiteral("delay"),
                    Tool::tr("Delay each message by this time: 200 or 200ms, or 0.2s."),
                    Tool::tr("milliseconds"), QStringLiteral("0")});
    line.addOption({QStringLiteral("jitter"), Tool::tr("Add a random time, of at most this, to the delay."),
                    Tool::tr("milliseconds"), QStringLiteral("0")});
    line.addOption({QStringLiteral("drop"),
                    Tool::tr("Drop this share of the messages at random: 0.1 is every tenth."),
                    Tool::tr("share"), QStringLiteral("0")});
    line.addOption({QStringLiteral("limit"),
                    Tool::tr("Let through at most this many messages a second; the others wait."),
                    Tool::tr("count"), QStringLiteral("0")});
    line.addOption({QStringLiteral("block"),
                    Tool::tr("Drop the text messages that this regular expression matches."),
                    Tool::tr("pattern")});
    line.addOption({QStringLiteral("direction"),
                    Tool::tr("Which messages --delay, --jitter, --drop, --limit and --block concern: "
                             "up (to the server), down, or both."),
                    Tool::tr("which"), QStringLiteral("both")});
}

void addProxyOptions(CommandLine &line)
{
    line.addArgument(QStringLiteral("URL"),
                     Tool::tr("The server, or the name of a saved connection. Without a path, the "
                              "client's path and query are requested."));
    line.addOption({{QStringLiteral("p"), QStringLiteral("port")},
                    Tool::tr("The port to listen on; 0, the default, takes a free one."),
                    Tool::tr("port"),
                    QStringLiteral("0")});
    line.addOption({QStringLiteral("listen"),
                    Tool::tr("The IP address to listen on, 127.0.0.1 without this option."),
                    Tool::tr("address"), QStringLiteral("127.0.0.1")});
    line.addOption(tlsOption());
    line.addOption({QStringLiteral("allow-origin"),
                    Tool::tr("Let in the pages of this origin, or of any: “*”. May be repeated."),
                    Tool::tr("origin")});
    line.addOption({QStringLiteral("max-clients"),
                    Tool::tr("Let in at most this many clients at a time (100)."), Tool::tr("count"),
                    QStringLiteral("100")});
    line.addOption({QStringLiteral("compress-clients"),
                    Tool::tr("Compress messages for clients that offer it; --compress is for the "
                             "server.")});
    line.addOption({QStringLiteral("forward"),
                    Tool::tr("Pass on the client's header of this name to the server, such as Cookie or "
                             "Origin, and the server's to the client, such as Set-Cookie. May be repeated."),
                    Tool::tr("name")});
    addRuleOptions(line);
    line.addOption({QStringLiteral("record"),
                    Tool::tr("Write each session to a file in this directory: session-0001.jsonl, or what "
                             "follows the last one that is there."),
                    Tool::tr("directory")});
    line.addOption({QStringLiteral("with-secrets"),
                    Tool::tr("Keep passwords, tokens and cookies of the handshake in the records.")});
    line.addOption({QStringLiteral("details"),
                    Tool::tr("Print time, direction and size with each message: always, which is the "
                             "default, never, or auto, which is where they go to a terminal."),
                    Tool::tr("when"), QStringLiteral("always")});
    addDisplayOptions(line);
    addClientOptions(line);
}

// "200", "200ms" or "0.2s". Nothing if it is none.
std::optional<std::chrono::milliseconds> readTime(QString text)
{
    constexpr double MaxMs = 3'600'000;
    const bool isMs = text.endsWith(QLatin1String("ms"));
    const bool isSeconds = !isMs && text.endsWith(u's');
    text.chop(isMs ? 2 : isSeconds ? 1 : 0);
    bool isNumber = false;
    const double number = text.toDouble(&isNumber) * (isSeconds ? 1000 : 1);
    if (!isNumber || !(number >= 0 && number <= MaxMs))
        return {};
    return std::chrono::milliseconds(qint64(number));
}

// Returns an empty text, or what is wrong.
QString readRules(const CommandLine &line, ProxySettings *settings)
{
    const auto delay = readTime(line.value("delay"));
    const auto jitter = readTime(line.value("jitter"));
    const std::optional<double> drop = line.number("drop", 0);
    const std::optional<double> limit = line.number("limit", 0);
    if (!delay || !jitter)
        return line.quoted(
            delay ? "jitter" : "delay",
            Tool::tr("--delay and --jitter need a time such as 200ms or 1.5s, an hour at most"));
    if (!drop || *drop > 1)
        return line.quoted("drop", Tool::tr("--drop needs a number from 0 to 1"));
    if (!limit || *limit > 1e6)
        return line.quoted("limit", Tool::tr("--limit needs a number of messages a second"));
    ProxyRules rules{*delay, *jitter, *drop, *limit, {}};
    if (line.isSet("block")) {
        rules.block.emplace(line.value("block"));
        if (!rules.block->isValid())
            return Tool::tr("--block: “%1”: %2").arg(line.value("block"), rules.block->errorString());
    }
    const QString direction = line.value("direction");
    if (direction != u"up" && direction != u"down" && direction != u"both")
        return Tool::tr("--direction is up, down or both, not “%1”").arg(direction);
    if (direction != u"down")
        settings->toServer = rules;
    if (direction != u"up")
        settings->toClient = rules;
    return {};
}

// Returns an empty text, or what is wrong.
QString readProxySettings(const CommandLine &line, ProxySettings *settings)
{
    bool isPort = false;
    settings->port = line.value("port").toUShort(&isPort);
    if (!isPort)
        return line.quoted("port", Tool::tr("--port needs a number from 0 to 65535"));
    if (!settings->host.setAddress(line.value("listen")))
        return line.quoted("listen", Tool::tr("--listen needs an IP address"));
    const std::optional<double> clients = line.number("max-clients", 1);
    if (!clients || *clients > 1e6)
        return line.quoted("max-clients", Tool::tr("--max-clients needs a number of clients"));
    if (!Console::parseDetails(line.value("details"), &settings->format))
        return line.quoted("details", Tool::tr("--details is always, never or auto"));
    settings->maxClients = int(*clients);
    settings->origins = line.values("allow-origin");
    settings->forwardedHeaders = line.values("forward");
    settings->compressesClients = line.isSet("compress-clients");
    settings->recordDirectory = line.value("record");
    settings->recordsSecrets = line.isSet("with-secrets");
    if (line.isSet("record") && !QDir(settings->recordDirectory).exists())
        return Tool::tr("--record: “%1” is no directory").arg(settings->recordDirectory);
    QString error = readRules(line, settings);
    if (error.isEmpty())
        error = readDisplay(line, &settings->display);
    return error.isEmpty() ? readClientSettings(line, &settings->client, line.argument(0)) : error;
}
} // namespace

int runProxy(const QStringList &arguments)
{
    CommandLine line(
        Tool::tr("wskit proxy [options] URL"),
        Tool::tr("Stand between WebSocket clients and a server: for each client, connect to the server,\n"
                 "pass the messages on in both directions and print them, “>” to the server and “<” to the\n"
                 "client. They can be delayed, dropped, limited and recorded. Ctrl-C closes both sides."),

        Tool::tr("Examples:\n")
            + QStringLiteral(
                "  wskit proxy --port 8080 wss://example.com\n"
                "  wskit proxy --port 8080 --delay 200ms --jitter 50ms --drop 0.1 ws://127.0.0.1:9000\n"
                "  wskit proxy --port 8080 --forward Cookie --record sessions wss://example.com\n\n")
            + Tool::tr("Exit status: 0 closed cleanly, 1 wrong usage, or a message that could not be\n"
                       "printed or recorded, 2 could not listen, 3 ended by a second signal.\n"));
    addProxyOptions(line);
    if (const std::optional<int> status = line.parse(arguments))
        return *status;
    ProxySettings settings;
    if (const QString error = readProxySettings(line, &settings); !error.isEmpty())
        return line.fail(error);
    Proxy proxy(settings);
    if (const QString error = proxy.useTls(line.values("tls")); !error.isEmpty())
        return line.fail(error);
    QObject::connect(&proxy, &Proxy::finished, qApp, &QCoreApplication::quit, Qt::QueuedConnection);
    const int status = proxy.start() ? QCoreApplication::exec() : int(NotConnected);
    return status == ClosedCleanly && proxy.hasLosses() ? int(UsageError) : status;
}
