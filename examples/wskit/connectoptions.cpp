// SPDX-License-Identifier: MIT
#include "connectcommand.h"

#include "commandline.h"
#include "texts.h"

#include <QtCore/qcoreapplication.h>

#include <cmath>
#include <limits>

namespace {
void addSessionOptions(CommandLine &line)
{
    line.addOption({QStringLiteral("record"),
                    Tool::tr("Write the session to this file, for wskit replay and wskit export."),
                    Tool::tr("file")});
    line.addOption({QStringLiteral("with-secrets"),
                    Tool::tr("Keep passwords, tokens and cookies of the handshake in the record, and "
                             "with --save in the saved connection.")});
    line.addOption({QStringLiteral("save"),
                    Tool::tr("Save the connection by this name, as wskit save does, and connect."),
                    Tool::tr("name")});
    line.addOption(
        {QStringLiteral("no-history"),
         Tool::tr(
             "Do not add the URL to the history (see wskit saved --history), as is done on a terminal.")});
    line.addOption({QStringLiteral("commands"),
                    Tool::tr("Take lines that begin with a slash for commands, as on a terminal: "
                             "/help lists them.")});
}

void addConnectOptions(CommandLine &line)
{
    addClientOptions(line);
    addDisplayOptions(line);
    addMessageOptions(line);
    addCloseOptions(line);
    addSessionOptions(line);
    line.addOption({{QStringLiteral("p"), QStringLiteral("ping")},
                    Tool::tr("Ping the peer at this interval and print the round trips."),
                    Tool::tr("seconds")});
    line.addOption({{QStringLiteral("b"), QStringLiteral("binary")},
                    Tool::tr("Send the lines as binary messages instead of text.")});
    line.addOption({{QStringLiteral("n"), QStringLiteral("count")},
                    Tool::tr("Close after this many messages have come."),
                    Tool::tr("messages")});
    line.addOption({{QStringLiteral("w"), QStringLiteral("wait")},
                    Tool::tr("Once the input has ended, close when the peer has read it all and was quiet "
                             "for this time: 0.5 seconds, or for ever (“inf”) with --count."),
                    Tool::tr("seconds")});
    line.addOption({QStringLiteral("details"),
                    Tool::tr("Print time and size with each message: always, never, or auto, which is "
                             "where they go to a terminal."),
                    Tool::tr("when"), QStringLiteral("auto")});
    line.addOption({QStringLiteral("reconnect"),
                    Tool::tr("Connect again after the connection is lost or refused for now, at growing "
                             "intervals. What is typed in between waits.")});
    line.addOption(
        {QStringLiteral("verbose"), Tool::tr("Print the steps of each opening, and when they were done.")});
    line.addOption(
        {QStringLiteral("raw"), Tool::tr("Write the bytes of the messages and nothing else, binary "
                                         "messages not as a hex dump.")});
}

// Returns an empty text, or what is wrong.
QString readNumbers(const CommandLine &line, ConnectSettings *settings)
{
    if (line.isSet("ping")) {
        const std::optional<double> seconds = line.number("ping", 0.001);
        if (!seconds || *seconds > 86400)
            return Tool::tr("--ping needs a number of seconds");
        settings->pingInterval = std::chrono::milliseconds(qint64(*seconds * 1000));
    }
    if (line.isSet("count")) {
        const std::optional<double> count = line.number("count", 1);
        if (!count || *count > 1e15)
            return Tool::tr("--count needs a number of messages");
        settings->messageCount = qint64(*count);
    }
    settings->quietSeconds = settings->messageCount > 0 ? std::numeric_limits<double>::infinity() : 0.5;
    if (line.isSet("wait")) {
        const std::optional<double> seconds = line.number("wait", 0);
        if (!seconds || (*seconds > 86400 && !std::isinf(*seconds)))
            return Tool::tr("--wait needs a number of seconds, or inf");
        settings->quietSeconds = *seconds;
    }
    return {};
}

void readSession(const CommandLine &line, ConnectSettings *settings)
{
    settings->recordFile = line.value("record");
    settings->recordsSecrets = line.isSet("with-secrets");
    settings->isInHistory = LineReader::isInputTerminal() && !line.isSet("no-history");
    settings->takesCommands = line.isSet("commands") || LineReader::isInputTerminal();
    settings->sendsBinary = line.isSet("binary");
    settings->reconnects = line.isSet("reconnect") || settings->client.reconnects;
    settings->showsSteps = line.isSet("verbose");
}

QString saveIfWanted(const CommandLine &line, const ConnectSettings &settings)
{
    if (!line.isSet("save"))
        return {};
    SavedConnection saved = toSaved(settings.client);
    saved.reconnects = settings.reconnects;
    return SavedConnections().save(line.value("save"), saved,
                                   settings.recordsSecrets ? SavedConnections::SecretPolicy::Keep
                                                           : SavedConnections::SecretPolicy::Remove);
}

// Returns an empty text, or what is wrong.
QString readSettings(const CommandLine &line, const QString &url, ConnectSettings *settings)
{
    QString error = readNumbers(line, settings);
    if (error.isEmpty())
        error = readDisplay(line, &settings->display);
    if (error.isEmpty())
        error = settings->messages.read(line);
    if (error.isEmpty())
        error = readCloseSettings(line, &settings->close);
    if (error.isEmpty() && !Console::parseDetails(line.value("details"), &settings->format))
        error = Tool::tr("--details is always, never or auto");
    if (error.isEmpty())
        error = readClientSettings(line, &settings->client, url);
    if (!error.isEmpty())
        return error;
    if (line.isSet("raw"))
        settings->format = Console::Format::Raw;
    readSession(line, settings);
    return saveIfWanted(line, *settings);
}

int converse(const ConnectSettings &settings)
{
    if (!settings.client.remark.isEmpty())
        Console(settings.format).notice(settings.client.remark);
    Conversation conversation(settings);
    QObject::connect(
        &conversation, &Conversation::finished, qApp, [](int status) { QCoreApplication::exit(status); },
        Qt::QueuedConnection);
    return conversation.start() ? QCoreApplication::exec() : int(UsageError);
}

QString exitStatuses()
{
    return Tool::tr("Exit status: 0 closed cleanly, 1 wrong usage or a line that was not sent or may not\n"
                    "have arrived, 2 could not connect, 3 closed uncleanly.\n");
}
} // namespace

int runConnect(const QStringList &arguments)
{
    CommandLine line(
        Tool::tr("wskit connect [options] URL"),
        Tool::tr("Talk to a WebSocket server: each line typed or piped in goes out as a message, each\n"
                 "message that comes is printed, text as it is and binary as a hex dump. Messages go to\n"
                 "the standard output and notices to the standard error. Ctrl-C and the end of the input\n"
                 "close politely, with 1000."),

        Tool::tr("Examples:\n")
            + QStringLiteral(
                "  wskit connect ws://127.0.0.1:8080\n"
                "  printf 'one\\ntwo\\n' | wskit connect ws://127.0.0.1:8080\n"
                "  wskit connect --count 1 wss://example.com/status </dev/null\n"
                "  wskit connect --send '{\"id\":\"{{$uuid}}\"}' --filter '$..name' wss://example.com\n"
                "  wskit connect --reconnect --proxy socks5://localhost:1080 wss://example.com\n"
                "  wskit connect --user ada --follow wss://example.com/private\n"
                "  wskit connect --unix /run/app.socket ws://localhost/events\n\n")
            + exitStatuses());
    addUrlArgument(line);
    addConnectOptions(line);
    if (const std::optional<int> status = line.parse(arguments))
        return *status;
    ConnectSettings settings;
    const QString error = readSettings(line, line.argument(0), &settings);
    return error.isEmpty() ? converse(settings) : line.fail(error);
}

int runRecord(const QStringList &arguments)
{
    CommandLine line(
        Tool::tr("wskit record [options] FILE URL"),
        Tool::tr("As wskit connect, and write the session to a file: JSON Lines, one for each message,\n"
                 "ping, pong and Close. wskit replay sends it again, wskit export converts it."),
        Tool::tr("Examples:\n") + QStringLiteral("  wskit record session.jsonl wss://example.com/feed\n\n")
            + exitStatuses());
    line.addArgument(Tool::tr("FILE"), Tool::tr("The file, which is replaced."));
    addUrlArgument(line);
    addConnectOptions(line);
    if (const std::optional<int> status = line.parse(arguments))
        return *status;
    ConnectSettings settings;
    if (const QString error = readSettings(line, line.argument(1), &settings); !error.isEmpty())
        return line.fail(error);
    if (line.isSet("record"))
        return line.fail(Tool::tr("the file is an argument, not --record"));
    settings.recordFile = line.argument(0);
    return converse(settings);
}
