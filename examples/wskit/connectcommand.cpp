// SPDX-License-Identifier: MIT
#include "connectcommand.h"

#include "commandline.h"
#include "terminationsignal.h"

#include <QtCore/qcoreapplication.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

using namespace std::chrono_literals;

namespace {
// The ping after the last line. Its pong shows that the peer has read all lines.
const QByteArray endOfInputPing = QByteArrayLiteral("end of input");
// The ping after lines that may have to be reported as lost. Its pong shows that they have arrived.
const QByteArray confirmingPing = QByteArrayLiteral("lines");
constexpr auto confirmationDelay = 200ms;
// How long to wait for answers to the lines if the peer does not answer pings.
constexpr auto patience = 10s;

QString countOfLines(qint64 count)
{
    return count == 1 ? QStringLiteral("1 line") : QStringLiteral("%1 lines").arg(count);
}
} // namespace

Conversation::Conversation(const ConnectSettings &settings) : m_settings(settings), m_console(settings.format)
{
    m_quietTimer.setSingleShot(true);
    connectSignals();
    connect(&m_input, &LineReader::lineRead, this, &Conversation::onLine);
    connect(&m_input, &LineReader::finished, this, &Conversation::onInputFinished);
    connect(&m_pingTimer, &QTimer::timeout, this, [this] { m_client.ping(); });
    m_confirmationTimer.setSingleShot(true);
    connect(&m_confirmationTimer, &QTimer::timeout, this, [this] { m_client.ping(confirmingPing); });
    connect(&m_quietTimer, &QTimer::timeout, this, &Conversation::closePolitely);
    onTerminationSignal(this, [this] { onInterrupt(); });
}

void Conversation::connectSignals()
{
    connect(&m_client, &WsClient::opened, this, &Conversation::onOpened);
    connect(&m_client, &WsClient::messageReceived, this, &Conversation::onMessage);
    connect(&m_client, &WsClient::pongReceived, this, &Conversation::onPong);
    connect(&m_client, &WsClient::errorOccurred, this, &Conversation::onError);
    connect(&m_client, &WsClient::closed, this, &Conversation::onClosed);
    connect(&m_client, &WsClient::activeChanged, this, &Conversation::onActiveChanged);
    connect(&m_client, &WsClient::drained, this, [this] { m_input.setPaused(false); });
    connect(&m_client, &WsClient::reconnecting, this, &Conversation::onReconnecting);
    connect(&m_client, &WsClient::redirected, this, [this](const QUrl &url) {
        m_console.notice(QStringLiteral("redirected to %1").arg(url.toString(QUrl::RemoveUserInfo)));
    });
    if (m_settings.showsSteps)
        connect(&m_client, &WsClient::openingProgressed, this, &Conversation::onStep);
}

bool Conversation::start()
{
    const QString error = configureClient(m_client, m_settings.client);
    if (!error.isEmpty()) {
        m_console.notice(error);
        return false;
    }
    if (m_settings.reconnects)
        reconnectWhenLost();
    m_status = NotConnected;
    if (m_client.open(m_settings.client.url))
        return true;
    m_console.notice(m_client.errorString());
    return false;
}

void Conversation::reconnectWhenLost()
{
    WsReconnect reconnect;
    reconnect.setEnabled(true);
    reconnect.setQueueMessages(true);
    m_client.setReconnect(reconnect);
    connect(&m_client, &WsClient::messagesLost, this, &Conversation::onMessagesLost);
}

// --- the connection

void Conversation::onOpened()
{
    m_isOpen = true;
    m_status = ClosedUncleanly;
    describeOpening();
    if (m_settings.pingInterval > 0ms)
        m_pingTimer.start(m_settings.pingInterval);
    m_waitingLines = 0;
    if (!std::exchange(m_wasOpened, true))
        m_input.start();
    m_input.setPaused(false);
    if (m_isInputFinished)
        onInputFinished(); // so far nobody has said that the lines have arrived
}

void Conversation::describeOpening()
{
    QString text = (m_wasOpened ? QStringLiteral("reconnected to %1") : QStringLiteral("connected to %1"))
                       .arg(m_client.url().toString(QUrl::RemoveUserInfo));
    if (!m_client.subprotocol().isEmpty())
        text += QStringLiteral(", subprotocol %1").arg(m_client.subprotocol());
    if (!m_client.extensions().isEmpty())
        text += QStringLiteral(", extensions %1").arg(m_client.extensions());
    m_console.notice(text);
}

void Conversation::onStep(Ws::OpeningStep step, qint64 elapsedUs)
{
    static const char *const names[] = {"name resolved", "connected", "TLS established", "request sent",
                                        "answer received"};
    const QString time = QString::number(double(elapsedUs) / 1000, 'f', 1).rightJustified(9);
    m_console.notice(QStringLiteral("%1 ms  %2").arg(time, QLatin1String(names[step])));
}

void Conversation::onReconnecting(int attempt, int delayMs)
{
    m_console.notice(QStringLiteral("reconnecting in %1 s (attempt %2)")
                         .arg(double(delayMs) / 1000, 0, 'f', 1)
                         .arg(attempt));
}

// The lines that waited are among them if there will be no other connection.
void Conversation::onMessagesLost(int count)
{
    const qint64 unsent = std::min<qint64>(count, std::exchange(m_waitingLines, 0));
    const qint64 doubtful = count - unsent;
    m_hasUnsentLines = true;
    if (unsent > 0)
        m_console.notice(QStringLiteral("%1 not sent").arg(countOfLines(unsent)));
    if (doubtful > 0)
        m_console.notice(QStringLiteral("%1 may not have arrived").arg(countOfLines(doubtful)));
}

// --- lines

void Conversation::onLine(const QByteArray &line)
{
    ++m_lineNumber;
    const bool isAccepted = m_settings.sendsBinary ? m_client.sendBinary(line) : m_client.sendText(line);
    if (isAccepted && m_client.state() != Ws::Open) {
        ++m_waitingLines;
        m_console.notice(QStringLiteral("line %1 waits for the connection").arg(m_lineNumber));
    } else if (!isAccepted && m_client.state() != Ws::Closing && m_client.active()) {
        m_console.notice(
            QStringLiteral("line %1 was not sent: %2").arg(m_lineNumber).arg(m_client.errorString()));
        m_hasUnsentLines = true;
    }
    if (m_settings.reconnects && isAccepted && !m_confirmationTimer.isActive())
        m_confirmationTimer.start(confirmationDelay);
    if (m_client.bufferedAmount() > m_client.options().highWaterMark())
        m_input.setPaused(true);
}

void Conversation::onInputFinished()
{
    m_isInputFinished = true;
    if (LineReader::isInputTerminal())
        closePolitely();
    else if (m_client.ping(endOfInputPing))
        waitForQuiet();
}

void Conversation::waitForQuiet()
{
    if (std::isinf(m_settings.quietSeconds))
        return;
    const auto quiet = std::chrono::milliseconds(qint64(m_settings.quietSeconds * 1000));
    m_quietTimer.start(m_peerHasReadAll ? quiet : std::max<std::chrono::milliseconds>(quiet, patience));
}

void Conversation::onMessage(const WsMessage &message)
{
    if (m_settings.messageCount > 0 && m_received >= m_settings.messageCount)
        return;
    ++m_received;
    m_console.message(message);
    if (m_received == m_settings.messageCount)
        closePolitely();
    else if (m_isInputFinished)
        waitForQuiet();
}

void Conversation::onPong(const QByteArray &payload, qint64 roundTripUs)
{
    if (payload == endOfInputPing) {
        m_peerHasReadAll = true;
        waitForQuiet();
    } else if (m_pingTimer.isActive() && payload != confirmingPing) {
        m_console.notice(QStringLiteral("pong after %1 ms").arg(double(roundTripUs) / 1000, 0, 'f', 3));
    }
}

void Conversation::onError(const WsError &error)
{
    m_console.notice((m_isOpen ? QStringLiteral("error: ") : QStringLiteral("could not connect: "))
                     + error.text());
    const QString body = error.httpStatus() == 0 ? QString() : QString::fromUtf8(m_client.response().body());
    if (!body.trimmed().isEmpty())
        m_console.notice(body.trimmed());
}

void Conversation::onClosed(quint16 code, const QString &reason, bool wasClean)
{
    m_quietTimer.stop();
    m_pingTimer.stop();
    m_peerHasReadAll = false;
    if (m_isOpen)
        m_console.notice(describeClose(code, reason, wasClean));
    m_status = !m_isOpen ? NotConnected : wasClean ? ClosedCleanly : ClosedUncleanly;
    m_isOpen = false;
    // Another program's lines wait in the pipe, where nothing can happen to them.
    m_input.setPaused(!LineReader::isInputTerminal());
}

// It stays active while it reconnects.
void Conversation::onActiveChanged()
{
    if (m_client.active())
        return;
    Q_EMIT finished(m_status == ClosedCleanly && m_hasUnsentLines ? UsageError : m_status);
}

// A second signal ends a closing handshake that takes too long.
void Conversation::onInterrupt()
{
    if (m_client.state() == Ws::Closing)
        m_client.abort();
    else
        closePolitely();
}

// Without a connection, this is the end of the attempts.
void Conversation::closePolitely()
{
    if (m_client.state() == Ws::Closed)
        m_status = NotConnected;
    m_client.close(Ws::Normal);
}

namespace {
void addConnectOptions(CommandLine &line)
{
    addClientOptions(line);
    line.addOption({{QStringLiteral("p"), QStringLiteral("ping")},
                    QStringLiteral("Ping the peer at this interval and print the round trips."),
                    QStringLiteral("seconds")});
    line.addOption({{QStringLiteral("b"), QStringLiteral("binary")},
                    QStringLiteral("Send the lines as binary messages instead of text.")});
    line.addOption({{QStringLiteral("n"), QStringLiteral("count")},
                    QStringLiteral("Close after this many messages have come."),
                    QStringLiteral("messages")});
    line.addOption(
        {{QStringLiteral("w"), QStringLiteral("wait")},
         QStringLiteral("Once the input has ended, close when the peer has read it all and was quiet "
                        "for this time: 0.5 seconds, or for ever (“inf”) with --count."),
         QStringLiteral("seconds")});
    line.addOption({QStringLiteral("details"),
                    QStringLiteral("Print time and size with each message: always, never, or auto, which is "
                                   "where they go to a terminal."),
                    QStringLiteral("when"), QStringLiteral("auto")});
    line.addOption(
        {QStringLiteral("reconnect"),
         QStringLiteral("Connect again after the connection is lost or refused for now, at growing "
                        "intervals. What is typed in between waits.")});
    line.addOption({QStringLiteral("verbose"),
                    QStringLiteral("Print the steps of each opening, and when they were done.")});
    line.addOption(
        {QStringLiteral("raw"), QStringLiteral("Write the bytes of the messages and nothing else, binary "
                                               "messages not as a hex dump.")});
}

// Returns an empty text, or what is wrong.
QString readNumbers(const CommandLine &line, ConnectSettings *settings)
{
    if (line.isSet("ping")) {
        const std::optional<double> seconds = line.number("ping", 0.001);
        if (!seconds || *seconds > 86400)
            return QStringLiteral("--ping needs a number of seconds");
        settings->pingInterval = std::chrono::milliseconds(qint64(*seconds * 1000));
    }
    if (line.isSet("count")) {
        const std::optional<double> count = line.number("count", 1);
        if (!count || *count > 1e15)
            return QStringLiteral("--count needs a number of messages");
        settings->messageCount = qint64(*count);
    }
    settings->quietSeconds = settings->messageCount > 0 ? std::numeric_limits<double>::infinity() : 0.5;
    if (line.isSet("wait")) {
        const std::optional<double> seconds = line.number("wait", 0);
        if (!seconds || (*seconds > 86400 && !std::isinf(*seconds)))
            return QStringLiteral("--wait needs a number of seconds, or inf");
        settings->quietSeconds = *seconds;
    }
    return {};
}

// Returns an empty text, or what is wrong.
QString readSettings(const CommandLine &line, ConnectSettings *settings)
{
    const QString error = readClientSettings(line, &settings->client);
    if (!error.isEmpty())
        return error;
    if (!Console::parseDetails(line.value("details"), &settings->format))
        return QStringLiteral("--details is always, never or auto");
    if (line.isSet("raw"))
        settings->format = Console::Format::Raw;
    settings->sendsBinary = line.isSet("binary");
    settings->reconnects = line.isSet("reconnect");
    settings->showsSteps = line.isSet("verbose");
    return readNumbers(line, settings);
}
} // namespace

int runConnect(const QStringList &arguments)
{
    CommandLine line(
        QStringLiteral("wskit connect [options] URL"),
        QStringLiteral(
            "Talk to a WebSocket server: each line typed or piped in goes out as a message, each\n"
            "message that comes is printed, text as it is and binary as a hex dump. Messages go to\n"
            "the standard output and notices to the standard error. Ctrl-C and the end of the input\n"
            "close politely, with 1000."),
        QStringLiteral("Examples:\n"
                       "  wskit connect ws://127.0.0.1:8080\n"
                       "  printf 'one\\ntwo\\n' | wskit connect ws://127.0.0.1:8080\n"
                       "  wskit connect --count 1 wss://example.com/status </dev/null\n"
                       "  wskit connect --reconnect --proxy socks5://localhost:1080 wss://example.com\n"
                       "  wskit connect --user ada --follow wss://example.com/private\n"
                       "  wskit connect --unix /run/app.socket ws://localhost/events\n\n"
                       "Exit status: 0 closed cleanly, 1 wrong usage or a line that was not sent or may not\n"
                       "have arrived, 2 could not connect, 3 closed uncleanly.\n"));
    addConnectOptions(line);
    if (const std::optional<int> status = line.parse(arguments))
        return *status;

    ConnectSettings settings;
    const QString error = readSettings(line, &settings);
    if (!error.isEmpty())
        return line.fail(error);

    Conversation conversation(settings);
    QObject::connect(
        &conversation, &Conversation::finished, qApp, [](int status) { QCoreApplication::exit(status); },
        Qt::QueuedConnection);
    return conversation.start() ? QCoreApplication::exec() : int(UsageError);
}
