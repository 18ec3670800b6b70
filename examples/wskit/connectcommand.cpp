// SPDX-License-Identifier: MIT
#include "connectcommand.h"

#include "commandline.h"
#include "connectionhistory.h"
#include "terminationsignal.h"
#include "textdiff.h"
#include "texts.h"

#include <algorithm>
#include <cmath>
#include <utility>

using namespace std::chrono_literals;

namespace {
// The ping after the last line. Its pong shows that the peer has read all lines.
constexpr auto endOfInputPing = "end of input";
// The ping after lines that may have to be reported as lost. Its pong shows that they have arrived.
constexpr auto confirmingPing = "lines";
constexpr auto confirmationDelay = 200ms;
// How long to wait for answers to the lines if the peer does not answer pings.
constexpr auto patience = 10s;

// A server that speaks TLS may end a connection without TLS in silence.
QString hintFor(const WsError &error, const QUrl &url)
{
    const bool isSilent =
        error.text() == QLatin1String("the server ended the TCP connection before it answered");
    return isSilent && url.scheme() == u"ws" ? Tool::tr(" (if it speaks TLS, use wss://)") : QString();
}

QString countOfLines(qint64 count)
{
    return count == 1 ? Tool::tr("1 line") : Tool::tr("%1 lines").arg(count);
}
} // namespace

Conversation::Conversation(const ConnectSettings &settings)
    : m_settings(settings), m_console(settings.format, settings.display),
      m_recorder(settings.recordsSecrets ? SessionRecorder::SecretPolicy::Keep
                                         : SessionRecorder::SecretPolicy::Remove)
{
    m_quietTimer.setSingleShot(true);
    connectSignals();
    connect(&m_input, &LineReader::lineRead, this, &Conversation::onLine);
    connect(&m_input, &LineReader::finished, this, &Conversation::onInputFinished);
    connect(&m_pingTimer, &QTimer::timeout, this, [this] { m_client.ping(); });
    m_confirmationTimer.setSingleShot(true);
    connect(&m_confirmationTimer, &QTimer::timeout, this, [this] { m_client.ping(confirmingPing); });
    connect(&m_quietTimer, &QTimer::timeout, this, &Conversation::closePolitely);
    m_console.onOutputLost([this] {
        m_hasLosses = true;
        closePolitely();
    });
    onTerminationSignal(this, [this] { onInterrupt(); });
}

void Conversation::connectSignals()
{
    connect(&m_client, &WsClient::opened, this, &Conversation::onOpened);
    connect(&m_client, &WsClient::stateChanged, this, &Conversation::onStateChanged);
    connect(&m_client, &WsClient::messageReceived, this, &Conversation::onMessage);
    connect(&m_client, &WsClient::pongReceived, this, &Conversation::onPong);
    connect(&m_client, &WsClient::errorOccurred, this, &Conversation::onError);
    connect(&m_client, &WsClient::closed, this, &Conversation::onClosed);
    connect(&m_client, &WsClient::activeChanged, this, &Conversation::onActiveChanged);
    connect(&m_client, &WsClient::drained, this, [this] { m_input.setPaused(false); });
    connect(&m_client, &WsClient::bytesWritten, this, &Conversation::noteTakenLines);
    connect(&m_client, &WsClient::bufferedAmountChanged, this, &Conversation::noteTakenLines);
    connect(&m_client, &WsClient::reconnecting, this, &Conversation::onReconnecting);
    connect(&m_client, &WsClient::redirected, this, [this](const QUrl &url) {
        m_console.notice(Tool::tr("redirected to %1").arg(url.toString(QUrl::RemoveUserInfo)));
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
    if (!startRecord())
        return false;
    m_status = NotConnected;
    if (m_client.open(m_settings.client.url))
        return true;
    m_console.notice(m_client.errorString());
    return false;
}

bool Conversation::startRecord()
{
    if (m_settings.recordFile.isEmpty())
        return true;
    const QString error = m_recorder.open(m_settings.recordFile);
    if (!error.isEmpty()) {
        m_console.notice(error);
        return false;
    }
    m_recorder.watch(&m_client);
    connect(&m_recorder, &SessionRecorder::failed, this, [this](const QString &text) {
        m_console.notice(Tool::tr("the record ends here: ") + text);
        m_hasLosses = true;
    });
    return true;
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
    m_isClosedHere = false;
    if (!std::exchange(m_wasOpened, true)) {
        if (!m_settings.recordFile.isEmpty())
            m_recorder.writeHead(SessionHead::of(m_client)); // before what is sent here
        if (m_settings.isInHistory)
            addToHistory();
        sendMessages();
        m_input.start();
    }
    m_input.setPaused(false);
    if (m_isInputFinished)
        onInputFinished(); // so far nobody has said that the lines have arrived
}

// A peer that has closed may not read what is still sent to it. If the client reconnects, it tells which
// lines are lost.
void Conversation::onStateChanged(Ws::State state)
{
    const bool isByPeer = state == Ws::Closing && !m_isClosedHere;
    if (!isByPeer || m_settings.reconnects || !mayLinesWait())
        return;
    m_hasLosses = true;
    m_console.notice(Tool::tr("the last lines may not have arrived"));
}

void Conversation::addToHistory()
{
    const QString error = ConnectionHistory().add(m_settings.client.url.toString(QUrl::FullyEncoded));
    if (!error.isEmpty())
        m_console.notice(Tool::tr("not added to the history: ") + error);
}

void Conversation::describeOpening()
{
    QString text = (m_wasOpened ? Tool::tr("reconnected to %1") : Tool::tr("connected to %1"))
                       .arg(m_client.url().toString(QUrl::RemoveUserInfo));
    if (!m_client.subprotocol().isEmpty())
        text += Tool::tr(", subprotocol %1").arg(m_client.subprotocol());
    if (!m_client.extensions().isEmpty())
        text += Tool::tr(", extensions %1").arg(m_client.extensions());
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
    m_console.notice(
        Tool::tr("reconnecting in %1 s (attempt %2)").arg(double(delayMs) / 1000, 0, 'f', 1).arg(attempt));
}

// The lines that waited are among them if there will be no other connection.
void Conversation::onMessagesLost(int count)
{
    const qint64 unsent = std::min<qint64>(count, std::exchange(m_waitingLines, 0));
    const qint64 doubtful = count - unsent;
    m_hasLosses = true;
    if (unsent > 0)
        m_console.notice(Tool::tr("%1 not sent").arg(countOfLines(unsent)));
    if (doubtful > 0)
        m_console.notice(Tool::tr("%1 may not have arrived").arg(countOfLines(doubtful)));
}

// --- lines

// A line that begins with two slashes is a message that begins with one.
void Conversation::onLine(const QByteArray &line)
{
    ++m_lineNumber;
    const bool isEscaped = m_settings.takesCommands && line.startsWith("//");
    if (m_settings.takesCommands && line.startsWith('/') && !isEscaped)
        run(QString::fromUtf8(line.mid(1)));
    else
        send(isEscaped ? line.mid(1) : line);
}

void Conversation::send(const QByteArray &line)
{
    const bool isAccepted = m_settings.sendsBinary ? m_client.sendBinary(line) : m_client.sendText(line);
    if (isAccepted)
        noteEndOfLines();
    if (isAccepted && m_client.state() != Ws::Open) {
        ++m_waitingLines;
        m_console.notice(Tool::tr("line %1 waits for the connection").arg(m_lineNumber));
    } else if (!isAccepted && !m_isClosedHere && m_client.active()) {
        noteRefused();
    }
    if (m_settings.reconnects && isAccepted && !m_confirmationTimer.isActive())
        m_confirmationTimer.start(confirmationDelay);
    if (m_client.bufferedAmount() > m_client.options().highWaterMark())
        m_input.setPaused(true);
}

void Conversation::noteEndOfLines()
{
    m_linesEnd = m_client.statistics().wireBytesSent + m_client.bufferedAmount();
    m_areLinesTaken = false;
}

void Conversation::noteTakenLines()
{
    m_areLinesTaken = m_areLinesTaken || m_client.bufferedAmount() == 0;
}

// Whether lines may not be in the hands of the system yet. With TLS, what was written may wait in its
// buffers, and only if nothing waits it is known that they do not.
bool Conversation::mayLinesWait() const
{
    const bool areWritten = m_client.statistics().wireBytesSent >= m_linesEnd;
    return !m_areLinesTaken && (!areWritten || m_client.isEncrypted());
}

// The lines that follow one that the peer's Close keeps out would have the same fate.
void Conversation::noteRefused()
{
    const QString text = m_lineNumber == 0 ? Tool::tr("message %1 was not sent: %2").arg(m_messageNumber)
                                           : Tool::tr("line %1 was not sent: %2").arg(m_lineNumber);
    m_console.notice(text.arg(m_client.errorString()));
    m_hasLosses = true;
    if (m_client.state() == Ws::Closing)
        m_input.setPaused(!LineReader::isInputTerminal());
}

void Conversation::sendMessages()
{
    const QByteArrayList messages = m_settings.messages.messages();
    for (const QByteArray &message : messages) {
        ++m_messageNumber;
        send(message);
    }
}

// --- commands

void Conversation::run(const QString &command)
{
    const QStringList words = command.split(u' ', Qt::SkipEmptyParts);
    const QString name = words.value(0);
    if (name == u"close") {
        const QString reason = words.mid(2).join(u' ');
        const QString error =
            words.size() > 1 ? readCloseSettings(words.at(1), reason, &m_settings.close) : QString();
        if (error.isEmpty())
            closePolitely();
        else
            m_console.notice(error);
    } else if (name == u"ping") {
        ping(command.mid(5).toUtf8().left(125));
    } else if (name == u"send") {
        sendTemplate(words.mid(1));
    } else if (name == u"diff") {
        diffLastMessages();
    } else {
        m_console.notice(Tool::tr("/close [CODE [REASON]], /diff (of the last two messages), /ping [TEXT], "
                                  "/send TEMPLATE [NAME=VALUE]…; //text sends /text"));
    }
}

// The payloads of our own pings tell something else.
void Conversation::ping(QByteArray payload)
{
    if (payload == endOfInputPing || payload == confirmingPing)
        payload += ' ';
    if (!m_client.ping(payload))
        m_console.notice(m_client.errorString());
}

void Conversation::sendTemplate(const QStringList &words)
{
    QString problem;
    const auto message = m_settings.messages.saved(words.value(0), words.mid(1), &problem);
    if (message)
        send(*message);
    else
        m_console.notice(problem);
}

void Conversation::diffLastMessages()
{
    const QString diff = unifiedDiff(diffMessages(m_messageBefore, m_lastMessage));
    m_console.notice(diff.isEmpty() ? Tool::tr("no difference") : diff.chopped(1));
}

// --- the end of the input, and messages

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
    if (m_settings.takesCommands)
        m_messageBefore = std::exchange(m_lastMessage, message.data());
    if (m_received == m_settings.messageCount)
        closePolitely();
    else if (m_isInputFinished)
        waitForQuiet();
}

void Conversation::onPong(const QByteArray &payload, qint64 roundTripUs)
{
    const bool isAnswer = roundTripUs >= 0; // a peer may also send pongs that nobody has asked for
    if (isAnswer && m_isInputFinished && payload == endOfInputPing) {
        m_peerHasReadAll = true;
        waitForQuiet();
    } else if ((m_pingTimer.isActive() || m_settings.takesCommands) && payload != confirmingPing) {
        m_console.notice(isAnswer ? Tool::tr("pong after %1 ms").arg(double(roundTripUs) / 1000, 0, 'f', 3)
                                  : Tool::tr("pong without a ping"));
    }
}

void Conversation::onError(const WsError &error)
{
    m_console.notice((m_isOpen ? Tool::tr("error: ") : Tool::tr("could not connect: ")) + error.text()
                     + hintFor(error, m_client.url()));
    const QString body = error.httpStatus() == 0 ? QString() : QString::fromUtf8(m_client.response().body());
    if (!body.trimmed().isEmpty())
        m_console.notice(body.trimmed().replace(u'\n', QStringLiteral("\n  "))); // no line of ours
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
    Q_EMIT finished(m_status == ClosedCleanly && m_hasLosses ? UsageError : m_status);
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
    m_isClosedHere = m_isClosedHere || m_client.state() == Ws::Open;
    m_client.close(m_settings.close.code, m_settings.close.reason);
}
