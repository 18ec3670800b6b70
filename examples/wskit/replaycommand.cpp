// SPDX-License-Identifier: MIT
#include "replaycommand.h"

#include "commandline.h"
#include "exportcommand.h"
#include "terminationsignal.h"
#include "textdiff.h"
#include "texts.h"

#include <QtCore/qcoreapplication.h>

#include <algorithm>
#include <utility>

using namespace std::chrono_literals;
using Direction = SessionEvent::Direction;
using Type = SessionEvent::Type;

namespace {
// How long to wait for the answers that are missing.
constexpr auto patience = 10s;
constexpr auto longestPause = 1h;

QString typeName(bool isText)
{
    return isText ? QStringLiteral("text") : QStringLiteral("binary");
}

void describeDifference(Console *console, qsizetype number, const SessionEvent &expected,
                        const WsMessage &message)
{
    const bool wasText = expected.type == Type::Text;
    QString text = Tool::tr("answer %1 differs").arg(number);
    if (wasText != message.isText())
        text += Tool::tr(": %1 instead of %2").arg(typeName(message.isText()), typeName(wasText));
    const QString diff = unifiedDiff(diffMessages(expected.payload, message.data()));
    console->notice(diff.isEmpty() ? text : text + u'\n' + diff.chopped(1));
}

// JSON of another form is the same.
bool isSame(const SessionEvent &expected, const WsMessage &message)
{
    if ((expected.type == Type::Text) != message.isText())
        return false;
    return expected.payload == message.data()
           || (message.isText() && isSameJson(expected.payload, message.data()));
}
} // namespace

Replay::Replay(const ReplaySettings &settings)
    : m_settings(settings), m_console(settings.format, settings.display)
{
    for (const SessionEvent &event : std::as_const(m_settings.session.events)) {
        if (event.isMessage())
            (event.direction == Direction::Sent ? m_toSend : m_expected).append(event);
    }
    m_sendTimer.setSingleShot(true);
    m_sendTimer.setTimerType(Qt::PreciseTimer);
    m_quietTimer.setSingleShot(true);
    connect(&m_sendTimer, &QTimer::timeout, this, &Replay::sendDue);
    connect(&m_quietTimer, &QTimer::timeout, this, [this] { m_client.close(Ws::Normal); });
    connect(&m_client, &WsClient::opened, this, &Replay::onOpened);
    connect(&m_client, &WsClient::messageReceived, this, &Replay::onMessage);
    connect(&m_client, &WsClient::errorOccurred, this, [this](const WsError &error) {
        m_console.notice((m_wasOpened ? Tool::tr("error: ") : Tool::tr("could not connect: "))
                         + error.text());
    });
    connect(&m_client, &WsClient::drained, this, [this] {
        if (std::exchange(m_isHeldUp, false))
            sendDue();
    });
    connect(&m_client, &WsClient::closed, this, &Replay::onClosed);
    m_console.onOutputLost([this] {
        m_hasLosses = true;
        m_client.close(Ws::Normal);
    });
    onTerminationSignal(this, [this] { m_client.close(Ws::Normal); });
}

bool Replay::start()
{
    QString error = configureClient(m_client, m_settings.client);
    if (error.isEmpty() && !m_client.open(m_settings.client.url))
        error = m_client.errorString();
    if (!error.isEmpty())
        m_console.notice(error);
    return error.isEmpty();
}

void Replay::onOpened()
{
    m_wasOpened = true;
    m_console.notice(Tool::tr("connected to %1").arg(m_client.url().toString(QUrl::RemoveUserInfo)));
    m_clock.start();
    sendDue();
}

void Replay::sendDue()
{
    while (m_sent < m_toSend.size() && m_client.state() == Ws::Open) {
        const SessionEvent &event = m_toSend.at(m_sent);
        if (m_settings.speed > 0) {
            const std::chrono::duration<double, std::micro> due(double(event.time.count())
                                                                / m_settings.speed);
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(
                due - std::chrono::nanoseconds(m_clock.nsecsElapsed()));
            if (left > 0ms) {
                m_sendTimer.start(std::min<std::chrono::milliseconds>(left, longestPause));
                return;
            }
        }
        m_isHeldUp = m_client.bufferedAmount() > m_client.options().highWaterMark();
        if (m_isHeldUp)
            return;
        ++m_sent;
        send(event);
    }
    if (m_client.state() == Ws::Open)
        waitForAnswers();
}

void Replay::send(const SessionEvent &event)
{
    const bool isSent =
        event.type == Type::Text ? m_client.sendText(event.payload) : m_client.sendBinary(event.payload);
    if (isSent)
        return;
    m_hasLosses = true;
    m_console.notice(Tool::tr("message %1 was not sent: %2").arg(m_sent).arg(m_client.errorString()));
}

void Replay::onMessage(const WsMessage &message)
{
    m_console.message(message);
    ++m_received;
    if (m_settings.comparesAnswers)
        compare(message);
    if (m_sent == m_toSend.size())
        waitForAnswers();
}

void Replay::compare(const WsMessage &message)
{
    if (m_received > m_expected.size()) {
        ++m_differing;
        m_console.notice(Tool::tr("answer %1 was not in the record").arg(m_received));
        return;
    }
    const SessionEvent &expected = m_expected.at(m_received - 1);
    if (isSame(expected, message))
        return;
    ++m_differing;
    describeDifference(&m_console, m_received, expected, message);
}

// What comes too many is worth waiting for as well.
void Replay::waitForAnswers()
{
    const std::chrono::milliseconds quiet(qint64(m_settings.quietSeconds * 1000));
    const bool isMissing = m_received < m_expected.size();
    m_quietTimer.start(isMissing ? std::max<std::chrono::milliseconds>(quiet, patience) : quiet);
}

void Replay::onClosed(quint16 code, const QString &reason, bool wasClean)
{
    m_quietTimer.stop();
    m_sendTimer.stop();
    if (!m_wasOpened) {
        Q_EMIT finished(NotConnected);
        return;
    }
    m_console.notice(describeClose(code, reason, wasClean));
    reportDifferences();
    const bool isComplete = m_sent == m_toSend.size();
    if (m_settings.comparesAnswers && m_differing > 0)
        Q_EMIT finished(AnswersDiffer);
    else
        Q_EMIT finished(!wasClean || !isComplete ? ClosedUncleanly
                        : m_hasLosses            ? UsageError
                                                 : ClosedCleanly);
}

void Replay::reportDifferences()
{
    if (m_sent < m_toSend.size())
        m_console.notice(Tool::tr("only %1 of %2 messages were sent").arg(m_sent).arg(m_toSend.size()));
    if (!m_settings.comparesAnswers)
        return;
    if (m_received < m_expected.size()) {
        m_differing += m_expected.size() - m_received;
        m_console.notice(Tool::tr("%1 of %2 answers did not come")
                             .arg(m_expected.size() - m_received)
                             .arg(m_expected.size()));
    }
    m_console.notice(m_differing == 0
                         ? Tool::tr("all %1 answers are those of the record").arg(m_expected.size())
                     : m_differing == 1 ? Tool::tr("1 answer differs from the record")
                                        : Tool::tr("%1 answers differ from the record").arg(m_differing));
}

namespace {
void addReplayOptions(CommandLine &line)
{
    line.addArgument(Tool::tr("FILE"), Tool::tr("A record of wskit record, or FILE.har."));
    line.addOptionalArgument(QStringLiteral("URL"),
                             Tool::tr("Where to send it, if not where it was recorded."));
    addClientOptions(line);
    addDisplayOptions(line);
    line.addOption({QStringLiteral("speed"),
                    Tool::tr("Divide the pauses by this number: 2 is twice as fast (1)."), Tool::tr("factor"),
                    QStringLiteral("1")});
    line.addOption({QStringLiteral("fast"), Tool::tr("Send without pauses.")});
    line.addOption({QStringLiteral("expect"),
                    Tool::tr("Compare the answers with the record, and print the differences. JSON of "
                             "another form is the same.")});
    line.addOption({QStringLiteral("session"), Tool::tr("The number of the WebSocket in an archive (1)."),
                    Tool::tr("number"), QStringLiteral("1")});
    line.addOption({{QStringLiteral("w"), QStringLiteral("wait")},
                    Tool::tr("Close when nothing has come for this time (0.5); answers that are "
                             "missing are waited for 10 seconds."),
                    Tool::tr("seconds"),
                    QStringLiteral("0.5")});
    line.addOption({QStringLiteral("details"),
                    Tool::tr("Print time and size with each message: always, never, or auto, which is "
                             "where they go to a terminal."),
                    Tool::tr("when"), QStringLiteral("auto")});
}

// Returns an empty text, or what is wrong.
QString readReplay(const CommandLine &line, ReplaySettings *settings)
{
    QList<Session> sessions;
    QString error = readSessions(line.argument(0), &sessions);
    if (!error.isEmpty())
        return error;
    const std::optional<double> number = line.number("session", 1);
    const std::optional<double> speed = line.number("speed", 0.001);
    const std::optional<double> quiet = line.number("wait", 0);
    if (!number || *number > double(sessions.size()))
        return line.quoted("session", Tool::tr("--session needs a number from 1 to %1").arg(sessions.size()));
    if (!speed || *speed > 1e6)
        return line.quoted("speed", Tool::tr("--speed needs a number, 0.001 at least"));
    if (!quiet || *quiet > 86400)
        return line.quoted("wait", Tool::tr("--wait needs a number of seconds"));
    if (!Console::parseDetails(line.value("details"), &settings->format))
        return line.quoted("details", Tool::tr("--details is always, never or auto"));
    settings->session = sessions.at(qsizetype(*number) - 1);
    settings->speed = line.isSet("fast") ? 0 : *speed;
    settings->quietSeconds = *quiet;
    settings->comparesAnswers = line.isSet("expect");
    error = readDisplay(line, &settings->display);
    const QString url = line.argument(1);
    if (error.isEmpty())
        error = readClientSettings(line, &settings->client,
                                   url.isEmpty() ? settings->session.head.url.toString() : url);
    if (settings->client.subprotocols.isEmpty()) // without them, a server may refuse the session
        settings->client.subprotocols = settings->session.head.subprotocols();
    return error;
}
} // namespace

int runReplay(const QStringList &arguments)
{
    CommandLine line(
        Tool::tr("wskit replay [options] FILE [URL]"),
        Tool::tr("Send the messages that a record has sent, with its pauses, and print what comes."),
        Tool::tr("Examples:\n")
            + QStringLiteral("  wskit record session.jsonl wss://example.com/feed\n"
                             "  wskit replay session.jsonl --expect --fast ws://127.0.0.1:8080\n\n")
            + Tool::tr("Exit status: 0 closed cleanly, 1 wrong usage, 2 could not connect, 3 closed\n"
                       "uncleanly, 4 the answers differ from the record (--expect).\n"));
    addReplayOptions(line);
    if (const std::optional<int> status = line.parse(arguments))
        return *status;
    ReplaySettings settings;
    if (const QString error = readReplay(line, &settings); !error.isEmpty())
        return line.fail(error);
    Replay replay(settings);
    QObject::connect(
        &replay, &Replay::finished, qApp, [](int status) { QCoreApplication::exit(status); },
        Qt::QueuedConnection);
    return replay.start() ? QCoreApplication::exec() : int(UsageError);
}
