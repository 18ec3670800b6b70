// SPDX-License-Identifier: MIT
#include "benchcommand.h"

#include "bench.h"
#include "benchprofile.h"
#include "benchreport.h"
#include "commandline.h"
#include "console.h"
#include "messagetemplate.h"
#include "terminationsignal.h"
#include "texts.h"
#include "translations.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qjsonarray.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qpointer.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <type_traits>

using namespace std::chrono_literals;

namespace {
constexpr auto progressInterval = 500ms;

void addBenchOptions(CommandLine &line)
{
    addUrlArgument(line);
    addClientOptions(line);
    line.addOption({QStringLiteral("clients"), Tool::tr("How many clients connect (10)."), Tool::tr("count"),
                    QStringLiteral("10")});
    line.addOption({QStringLiteral("size"), Tool::tr("The size of a message (64)."), Tool::tr("bytes"),
                    QStringLiteral("64")});
    line.addOption({QStringLiteral("in-flight"),
                    Tool::tr("How many messages of each client are on their way at a time (1)."),
                    Tool::tr("count"), QStringLiteral("1")});
    line.addOption({QStringLiteral("seconds"),
                    Tool::tr("How long to measure: 10, or with --messages without a limit."),
                    Tool::tr("seconds")});
    line.addOption({{QStringLiteral("n"), QStringLiteral("messages")},
                    Tool::tr("End after this many echoes, of all clients together."),
                    Tool::tr("count")});
    line.addOption({QStringLiteral("rate"),
                    Tool::tr("Send this many messages a second, of all clients together; one that has "
                             "to wait for echoes counts from when it was due. Without it a client "
                             "sends the next one as soon as an echo is there."),
                    Tool::tr("count")});
    line.addOption({QStringLiteral("text"), Tool::tr("Send text messages, which is the default.")});
    line.addOption({{QStringLiteral("b"), QStringLiteral("binary")}, Tool::tr("Send binary messages.")});
    line.addOption({QStringLiteral("message"),
                    Tool::tr("Send this message, a template whose {{$uuid}}, {{$counter}} and others "
                             "differ each time, in place of --size characters."),
                    Tool::tr("text")});
    line.addOption({QStringLiteral("profile"),
                    Tool::tr("Measure one stage after the other, which this JSON file describes: "
                             "{\"stages\": [{\"name\", \"clients\", \"seconds\", \"messages\", "
                             "\"rate\", \"inFlight\", \"size\", \"message\", \"binary\"}]}. The "
                             "options are for what a stage does not contain."),
                    Tool::tr("file")});
    line.addOption({QStringLiteral("json"), Tool::tr("Print the figures as JSON.")});
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
    return std::is_floating_point_v<Number> || *value == std::floor(*value);
}

// Returns an empty text, or what is wrong.
QString readNumbers(const CommandLine &line, BenchSettings *settings)
{
    if (!readNumber(line, "clients", 1, 1e6, &settings->clientCount))
        return line.quoted("clients", Tool::tr("--clients needs a number of clients"));
    if (!readNumber(line, "size", 0, 1 << 30, &settings->size))
        return line.quoted("size", Tool::tr("--size needs a number of bytes, 1 GiB at most"));
    if (!readNumber(line, "in-flight", 1, 1e6, &settings->inFlight))
        return line.quoted("in-flight", Tool::tr("--in-flight needs a number of messages"));
    if (!readNumber(line, "messages", 1, 1e15, &settings->messageCount))
        return line.quoted("messages", Tool::tr("--messages needs a number of messages"));
    if (!readNumber(line, "rate", 0.001, 1e9, &settings->rate))
        return line.quoted("rate", Tool::tr("--rate needs a number of messages a second"));
    settings->seconds = settings->messageCount > 0 ? 0 : 10;
    if (!readNumber(line, "seconds", 0.001, 86400, &settings->seconds))
        return line.quoted("seconds", Tool::tr("--seconds needs a number of seconds, a day at most"));
    return {};
}

// Returns an empty text, or what is wrong.
QString readSettings(const CommandLine &line, BenchSettings *settings)
{
    const QString problem = MessageTemplate(line.value("message")).expand({}).problem;
    if (!problem.isEmpty())
        return QStringLiteral("--message: ") + problem;
    settings->message = line.value("message");
    const QString error = readClientSettings(line, &settings->client, line.argument(0));
    if (!error.isEmpty())
        return error;
    if (line.isSet("text") && line.isSet("binary"))
        return Tool::tr("--text or --binary, not both");
    settings->type = line.isSet("binary") ? Ws::Binary : Ws::Text;
    const QString wrongNumber = readNumbers(line, settings);
    if (!settings->message.isEmpty())
        settings->size = MessageTemplate(settings->message).expand({}).text.toUtf8().size();
    return wrongNumber;
}

// One line of a terminal, which is overwritten each time.
void showProgress(const QString &text)
{
    std::printf("\r%s\x1b[K", qUtf8Printable(text));
    std::fflush(stdout);
}

int exitStatus(const BenchSettings &settings, const BenchResult &result)
{
    if (result.connected == 0)
        return NotConnected;
    return result.served == settings.clientCount ? ClosedCleanly : ClosedUncleanly;
}

// Ends the stage that is being measured, and those after it, when the process is asked to end.
class Interruption : public QObject
{
public:
    Interruption()
    {
        onTerminationSignal(this, [this] {
            m_isWanted = true;
            if (m_bench)
                m_bench->interrupt();
        });
    }

    void setBench(Bench *bench) { m_bench = bench; }
    bool isWanted() const { return m_isWanted; }

private:
    QPointer<Bench> m_bench;
    bool m_isWanted = false;
};

// Measures one stage. Returns nothing and prints what is wrong if no client can be opened.
std::optional<BenchResult> measure(const BenchSettings &settings, bool showsProgress,
                                   Interruption *interruption)
{
    Bench bench(settings);
    interruption->setBench(&bench);
    QObject::connect(&bench, &Bench::finished, qApp, &QCoreApplication::quit, Qt::QueuedConnection);
    const QString error = bench.start();
    if (!error.isEmpty()) {
        std::fprintf(stderr, "wskit: %s\n", qUtf8Printable(error));
        return {};
    }
    QTimer progressTimer;
    QObject::connect(&progressTimer, &QTimer::timeout, &bench,
                     [&bench] { showProgress(progressText(bench.result())); });
    if (showsProgress)
        progressTimer.start(progressInterval);
    QCoreApplication::exec();
    if (showsProgress)
        showProgress({});
    return bench.result();
}

bool printJson(const QJsonObject &object)
{
    return printOutput(QJsonDocument(object).toJson());
}

int run(const BenchSettings &settings, bool printsJson)
{
    Interruption interruption;
    const auto result = measure(settings, isOutputTerminal() && !printsJson, &interruption);
    if (!result)
        return UsageError;
    const bool isPrinted = printsJson ? printJson(reportJson(settings, *result))
                                      : printOutput(reportText(settings, *result).toUtf8());
    return std::max(exitStatus(settings, *result), int(isPrinted ? ClosedCleanly : UsageError));
}

// The exit status is the worst of all stages.
int runStages(const QList<BenchStage> &stages, bool printsJson)
{
    QJsonArray reports;
    int status = ClosedCleanly;
    bool isPrinted = true;
    Interruption interruption;
    for (const BenchStage &stage : stages) {
        const auto result = measure(stage.settings, isOutputTerminal() && !printsJson, &interruption);
        if (!result)
            return UsageError;
        status = std::max(status, exitStatus(stage.settings, *result));
        QJsonObject report = reportJson(stage.settings, *result);
        report.insert(QStringLiteral("name"), stage.name);
        reports.append(report);
        if (!printsJson) {
            const QString text = stage.name + u'\n' + reportText(stage.settings, *result);
            isPrinted = printOutput(text.toUtf8()) && isPrinted;
        }
        if (interruption.isWanted())
            break;
    }
    if (printsJson)
        isPrinted = printJson({{QStringLiteral("stages"), reports}});
    return std::max(status, int(isPrinted ? ClosedCleanly : UsageError));
}
} // namespace

int runBench(const QStringList &arguments)
{
    CommandLine line(
        Tool::tr("wskit bench [options] URL"),
        Tool::tr("Measure a WebSocket server that echoes: connect clients, keep messages on their way,\n"
                 "and tell how many came back a second and after which time. Ctrl-C ends it early,\n"
                 "with the figures so far."),
        Tool::tr("Examples:\n")
            + QStringLiteral("  wskit listen --port 8080 --echo >/dev/null 2>&1 &\n"
                             "  wskit bench ws://127.0.0.1:8080 --clients 50\n"
                             "  wskit bench wss://example.com/echo --rate 1000 --seconds 60 --json\n"
                             "  wskit bench wss://example.com/echo --profile load.json\n\n")
            + Tool::tr("Exit status: 0 all clients were served, 1 wrong usage, 2 none could connect, 3 some\n"
                       "were not served.\n"));
    addBenchOptions(line);
    if (const std::optional<int> status = line.parse(arguments))
        return *status;

    if (line.isSet("json"))
        Translations::remove(); // the report contains texts
    BenchSettings settings;
    const QString error = readSettings(line, &settings);
    if (!error.isEmpty())
        return line.fail(error);
    if (!line.isSet("profile"))
        return run(settings, line.isSet("json"));
    QList<BenchStage> stages;
    const QString problem = readBenchProfile(line.value("profile"), settings, &stages);
    return problem.isEmpty() ? runStages(stages, line.isSet("json"))
                             : line.fail(QStringLiteral("--profile: ") + problem);
}
