// SPDX-License-Identifier: MIT
#include "connectcommand.h"

#include "commandline.h"
#include "terminationsignal.h"

#include <QtCore/qcoreapplication.h>

#include <cmath>
#include <limits>

using namespace std::chrono_literals;

namespace {
// The ping after the last line. Its pong shows that the peer has read all lines.
const QByteArray endOfInputPing = QByteArrayLiteral("end of input");
// How long to wait for answers to the lines if the peer does not answer pings.
constexpr auto patience = 10s;
} // namespace

Conversation::Conversation(const ConnectSettings &settings) : m_settings(settings), m_console(settings.format)
{
    m_quietTimer.setSingleShot(true);
    connect(&m_client, &WsClient::opened, this, &Conversation::onOpened);
    connect(&m_client, &WsClient::messageReceived, this, &Conversation::onMessage);
    connect(&m_client, &WsClient::pongReceived, this, &Conversation::onPong);
    connect(&m_client, &WsClient::errorOccurred, this, &Conversation::onError);
    connect(&m_client, &WsClient::closed, this, &Conversation::onClosed);
    connect(&m_client, &WsClient::drained, this, [this] { m_input.setPaused(false); });
    connect(&m_input, &LineReader::lineRead, this, &Conversation::onLine);
    connect(&m_input, &LineReader::finished, this, &Conversation::onInputFinished);
    connect(&m_pingTimer, &QTimer::timeout, this, [this] { m_client.ping(); });
    connect(&m_quietTimer, &QTimer::timeout, this, &Conversation::closePolitely);
    onTerminationSignal(this, [this] { onInterrupt(); });
}

bool Conversation::start()
{
    const QString error = configureClient(m_client, m_settings.client);
    if (!error.isEmpty()) {
        m_console.notice(error);
        return false;
    }
    const QUrl url = m_settings.client.url;
    if (m_client.open(url))
        return true;
    m_console.notice(QStringLiteral("cannot open %1: %2").arg(url.toString(), m_client.errorString()));
    return false;
}

void Conversation::onOpened()
{
    m_wasOpened = true;
    QString text = QStringLiteral("connected to %1").arg(m_client.url().toString(QUrl::RemoveUserInfo));
    if (!m_client.subprotocol().isEmpty())
        text += QStringLiteral(", subprotocol %1").arg(m_client.subprotocol());
    if (!m_client.extensions().isEmpty())
        text += QStringLiteral(", extensions %1").arg(m_client.extensions());
    m_console.notice(text);
    if (m_settings.pingInterval > 0ms)
        m_pingTimer.start(m_settings.pingInterval);
    m_input.start();
}

void Conversation::onLine(const QByteArray &line)
{
    ++m_lineNumber;
    const bool isSent = m_settings.sendsBinary ? m_client.sendBinary(line) : m_client.sendText(line);
    if (!isSent && m_client.state() == Ws::Open) {
        m_console.notice(
            QStringLiteral("line %1 was not sent: %2").arg(m_lineNumber).arg(m_client.errorString()));
        m_hasUnsentLines = true;
    }
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
    } else if (m_pingTimer.isActive()) {
        m_console.notice(QStringLiteral("pong after %1 ms").arg(double(roundTripUs) / 1000, 0, 'f', 3));
    }
}

void Conversation::onError(const WsError &error)
{
    m_console.notice((m_wasOpened ? QStringLiteral("error: ") : QStringLiteral("could not connect: "))
                     + error.text());
    const QString body = error.httpStatus() == 0 ? QString() : QString::fromUtf8(m_client.response().body());
    if (!body.trimmed().isEmpty())
        m_console.notice(body.trimmed());
}

void Conversation::onClosed(quint16 code, const QString &reason, bool wasClean)
{
    m_quietTimer.stop();
    m_pingTimer.stop();
    if (!m_wasOpened) {
        Q_EMIT finished(NotConnected);
        return;
    }
    m_console.notice(describeClose(code, reason, wasClean));
    if (!wasClean)
        Q_EMIT finished(ClosedUncleanly);
    else
        Q_EMIT finished(m_hasUnsentLines ? UsageError : ClosedCleanly);
}

void Conversation::onInterrupt()
{
    if (m_client.state() == Ws::Open)
        closePolitely();
    else
        m_client.abort();
}

void Conversation::closePolitely()
{
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
                    QStringLiteral("Close after so many messages have come."),
                    QStringLiteral("messages")});
    line.addOption(
        {{QStringLiteral("w"), QStringLiteral("wait")},
         QStringLiteral("Once the input has ended, close when the peer has read it all and was quiet "
                        "for so long: 0.5 seconds, or for ever (“inf”) with --count."),
         QStringLiteral("seconds")});
    line.addOption({QStringLiteral("details"),
                    QStringLiteral("Print time and size with each message: always, never, or auto, which is "
                                   "where they go to a terminal."),
                    QStringLiteral("when"), QStringLiteral("auto")});
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
                       "  wskit connect --count 1 wss://example.com/status </dev/null\n\n"
                       "Exit status: 0 closed cleanly, 1 wrong usage or a line that could not be sent,\n"
                       "2 could not connect, 3 closed uncleanly.\n"));
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
