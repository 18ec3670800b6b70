// SPDX-License-Identifier: MIT

// wskit: WebSockets from the command line.

#include "benchcommand.h"
#include "commandline.h"
#include "connectcommand.h"
#include "forwardcommand.h"
#include "listencommand.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qloggingcategory.h>

#include <cstdio>

namespace {
struct Command
{
    const char *name;
    const char *summary;
    int (*run)(const QStringList &arguments);
};

constexpr Command commands[] = {
    {"connect", "Talk to a WebSocket server: lines out, messages in.", runConnect},
    {"listen", "Be a WebSocket server that prints, echoes or relays.", runListen},
    {"forward", "Tunnel TCP connections through WebSockets, at either end.", runForward},
    {"bench", "Measure an echo server: messages a second and latencies.", runBench},
};

void printHelp(std::FILE *stream)
{
    std::fputs("Usage: wskit COMMAND [options]\nWebSockets from the command line.\n\nCommands:\n", stream);
    for (const Command &command : commands)
        std::fprintf(stream, "  %-10s %s\n", command.name, command.summary);
    std::fputs("\nOptions:\n  -h, --help     Show this help; `wskit COMMAND --help` that of a command.\n"
               "  -v, --version  Show the version.\n",
               stream);
}

const Command *findCommand(const QString &name)
{
    for (const Command &command : commands) {
        if (name == QLatin1String(command.name))
            return &command;
    }
    return nullptr;
}
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("wskit"));
    QCoreApplication::setApplicationVersion(QStringLiteral(WSKIT_TOOL_VERSION));
    // The tool reports what is refused in its own words. QT_LOGGING_RULES still decides.
    QLoggingCategory::setFilterRules(QStringLiteral("wskit.*.warning=false"));

    const QStringList arguments = QCoreApplication::arguments().mid(1);
    const QString first = arguments.value(0);
    if (const Command *command = findCommand(first))
        return command->run(arguments);
    if (first == u"-h" || first == u"--help" || first == u"help") {
        printHelp(stdout);
        return ClosedCleanly;
    }
    if (first == u"-v" || first == u"--version") {
        std::puts("wskit " WSKIT_TOOL_VERSION);
        return ClosedCleanly;
    }
    if (!first.isEmpty())
        std::fprintf(stderr, "wskit: there is no command “%s”\n\n", qPrintable(first));
    printHelp(stderr);
    return UsageError;
}
