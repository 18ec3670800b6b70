// SPDX-License-Identifier: MIT
#include "benchcommand.h"

#include "bench.h"
#include "benchreport.h"
#include "commandline.h"
#include "console.h"
#include "terminationsignal.h"

#include <QtCore/qcoreapplication.h>

#include <cmath>
#include <cstdio>

using namespace std::chrono_literals;

namespace {
constexpr auto progressInterval = 500ms;

void addBenchOptions(CommandLine &line)
{
    addClientOptions(line);
    line.addOption({QStringLiteral("clients"), QStringLiteral("How many clients connect (10)."),
                    QStringLiteral("count"), QStringLiteral("10")});
    line.addOption({QStringLiteral("size"), QStringLiteral("The size of a message (64)."),
                    QStringLiteral("bytes"), QStringLiteral("64")});
    line.addOption({QStringLiteral("in-flight"),
                    QStringLiteral("How many messages of each client are on their way at a time (1)."),
                    QStringLiteral("count"), QStringLiteral("1")});
    line.addOption({QStringLiteral("seconds"),
                    QStringLiteral("How long to measure: 10, or with --messages without a limit."),
                    QStringLiteral("seconds")});
    line.addOption({{QStringLiteral("n"), QStringLiteral("messages")},
                    QStringLiteral("End after this many echoes, of all clients together."),
                    QStringLiteral("count")});
    line.addOption({QStringLiteral("rate"),
                    QStringLiteral("Send this many messages a second, of all clients together; one that has "
                                   "to wait for echoes counts from when it was due. Without it a client "
                                   "sends the next one as soon as an echo is there."),
                    QStringLiteral("count")});
    line.addOption({QStringLiteral("text"), QStringLiteral("Send text messages, which is the default.")});
    line.addOption(
        {{QStringLiteral("b"), QStringLiteral("binary")}, QStringLiteral("Send binary messages.")});
    line.addOption({QStringLiteral("json"), QStringLiteral("Print the figures as JSON.")});
}

// Does not change `number` if the option is not given and has no default.
template <typename Number>
bool readNumber(const CommandLine &line, const char *name, double minimum, double maximum, Number *number)
{
    if (line.value(name).isEmpty() && !line.isSet(name))
        return true;
    const std::optional<double> value = line.number(name, minimum);
    if (!value || *value > maximum)
        return false;
    *number = Number(*value);
    return true;
}

// Returns an empty text, or what is wrong.
QString readNumbers(const CommandLine &line, BenchSettings *settings)
{
    if (!readNumber(line, "clients", 1, 1e6, &settings->clientCount))
        return QStringLiteral("--clients needs a number of clients");
    if (!readNumber(line, "size", 0, 1 << 30, &settings->size))
        return QStringLiteral("--size needs a number of bytes, 1 GiB at most");
    if (!readNumber(line, "in-flight", 1, 1e6, &settings->inFlight))
        return QStringLiteral("--in-flight needs a number of messages");
    if (!readNumber(line, "messages", 1, 1e15, &settings->messageCount))
        return QStringLiteral("--messages needs a number of messages");
    if (!readNumber(line, "rate", 0.001, 1e9, &settings->rate))
        return QStringLiteral("--rate needs a number of messages a second");
    settings->seconds = settings->messageCount > 0 ? 0 : 10;
    if (!readNumber(line, "seconds", 0.001, 86400, &settings->seconds))
        return QStringLiteral("--seconds needs a number of seconds, a day at most");
    return {};
}

// Returns an empty text, or what is wrong.
QString readSettings(const CommandLine &line, BenchSettings *settings)
{
    const QString error = readClientSettings(line, &settings->client);
    if (!error.isEmpty())
        return error;
    if (line.isSet("text") && line.isSet("binary"))
        return QStringLiteral("--text or --binary, not both");
    settings->type = line.isSet("binary") ? Ws::Binary : Ws::Text;
    return readNumbers(line, settings);
}

// One line of a terminal, which is overwritten each time.
void showProgress(const QString &text)
{
    std::printf("\r%s\x1b[K", qPrintable(text));
    std::fflush(stdout);
}

int exitStatus(const BenchSettings &settings, const BenchResult &result)
{
    if (result.connected == 0)
        return NotConnected;
    return result.served == settings.clientCount ? ClosedCleanly : ClosedUncleanly;
}

int run(const BenchSettings &settings, bool printsJson)
{
    Bench bench(settings);
    QObject::connect(&bench, &Bench::finished, qApp, &QCoreApplication::quit, Qt::QueuedConnection);
    onTerminationSignal(&bench, [&bench] { bench.interrupt(); });
    const QString error = bench.start();
    if (!error.isEmpty()) {
        std::fprintf(stderr, "wskit: %s\n", qPrintable(error));
        return UsageError;
    }

    QTimer progressTimer;
    const bool showsProgress = isOutputTerminal() && !printsJson;
    QObject::connect(&progressTimer, &QTimer::timeout, &bench,
                     [&bench] { showProgress(progressText(bench.result())); });
    if (showsProgress)
        progressTimer.start(progressInterval);
    QCoreApplication::exec();
    if (showsProgress)
        showProgress({});

    const BenchResult result = bench.result();
    const QByteArray report =
        printsJson ? reportJson(settings, result) : reportText(settings, result).toUtf8();
    std::fputs(report.constData(), stdout);
    return exitStatus(settings, result);
}
} // namespace

int runBench(const QStringList &arguments)
{
    CommandLine line(
        QStringLiteral("wskit bench [options] URL"),
        QStringLiteral(
            "Measure a WebSocket server that echoes: connect clients, keep messages on their way,\n"
            "and tell how many came back a second and after which time. Ctrl-C ends it early,\n"
            "with the figures so far."),
        QStringLiteral("Examples:\n"
                       "  wskit listen --port 8080 --echo >/dev/null 2>&1 &\n"
                       "  wskit bench ws://127.0.0.1:8080 --clients 50\n"
                       "  wskit bench wss://example.com/echo --rate 1000 --seconds 60 --json\n\n"
                       "Exit status: 0 all clients were served, 1 wrong usage, 2 none could connect, 3 some\n"
                       "were not served.\n"));
    addBenchOptions(line);
    if (const std::optional<int> status = line.parse(arguments))
        return *status;

    BenchSettings settings;
    const QString error = readSettings(line, &settings);
    if (!error.isEmpty())
        return line.fail(error);
    return run(settings, line.isSet("json"));
}
