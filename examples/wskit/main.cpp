// SPDX-License-Identifier: MIT

// wskit: WebSockets from the command line.

#include "benchcommand.h"
#include "commandline.h"
#include "connectcommand.h"
#include "exportcommand.h"
#include "forwardcommand.h"
#include "listencommand.h"
#include "proxycommand.h"
#include "replaycommand.h"
#include "savecommand.h"
#include "texts.h"
#include "translations.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qloggingcategory.h>

#include <csignal>
#include <cstdio>

#ifdef Q_OS_WIN
#include <fcntl.h>
#include <io.h>
#include <qt_windows.h>
#else
#include <fcntl.h>
#include <unistd.h>
#endif

namespace {
// A socket that got the number of a closed standard stream would be read as the input, or written to. This
// way the input has ended, and writing fails. It also fails if the reader of a pipe has gone, instead of
// ending the program by a signal, with all its connections. On Windows, bytes are passed on as they are, and
// a console shows them as UTF-8.
void openStandardStreams()
{
#ifdef Q_OS_WIN
    (void)_setmode(_fileno(stdin), _O_BINARY);
    (void)_setmode(_fileno(stdout), _O_BINARY);
    SetConsoleOutputCP(CP_UTF8);
#else
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(stream, F_GETFD) < 0)
            (void)::open("/dev/null", O_RDONLY); // takes the lowest number that is free
    }
    std::signal(SIGPIPE, SIG_IGN);
#endif
}

struct Command
{
    const char *name;
    const char *summary;
    int (*run)(const QStringList &arguments);
};

constexpr Command commands[] = {
    {"connect", QT_TRANSLATE_NOOP("wskit", "Talk to a WebSocket server: lines out, messages in."),
     runConnect},
    {"listen", QT_TRANSLATE_NOOP("wskit", "Be a WebSocket server that prints, echoes or relays."), runListen},
    {"forward", QT_TRANSLATE_NOOP("wskit", "Tunnel TCP connections through WebSockets, at either end."),
     runForward},
    {"bench", QT_TRANSLATE_NOOP("wskit", "Measure an echo server: messages a second and latencies."),
     runBench},
    {"proxy", QT_TRANSLATE_NOOP("wskit", "Stand between clients and a server: show, delay or drop messages."),
     runProxy},
    {"record", QT_TRANSLATE_NOOP("wskit", "Connect, and write the session to a file."), runRecord},
    {"replay", QT_TRANSLATE_NOOP("wskit", "Send what a record has sent, and compare the answers."),
     runReplay},
    {"export", QT_TRANSLATE_NOOP("wskit", "Convert a record, for example to an HTTP Archive (HAR)."),
     runExport},
    {"save", QT_TRANSLATE_NOOP("wskit", "Save a connection or a message template by a name."), runSave},
    {"saved", QT_TRANSLATE_NOOP("wskit", "List or remove what is saved, and the history."), runSaved},
};

void printHelp(std::FILE *stream)
{
    std::fputs(qUtf8Printable(Tool::tr(
                   "Usage: wskit COMMAND [options]\nWebSockets from the command line.\n\nCommands:\n")),
               stream);
    for (const Command &command : commands)
        std::fprintf(stream, "  %-10s %s\n", command.name, qUtf8Printable(Tool::tr(command.summary)));
    std::fputs(qUtf8Printable(Tool::tr(
                   "\nOptions:\n  -h, --help     Show this help; `wskit COMMAND --help` that of a command.\n"
                   "  -V, --version  Show the version.\n")),
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
    openStandardStreams();
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("wskit"));
    QCoreApplication::setApplicationVersion(QStringLiteral(WSKIT_TOOL_VERSION));
    Translations::install(QStringLiteral("wskit"));
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
    if (first == u"-V" || first == u"-v" || first == u"--version") {
        std::puts("wskit " WSKIT_TOOL_VERSION);
        return ClosedCleanly;
    }
    if (!first.isEmpty())
        std::fprintf(stderr, "wskit: %s\n\n", qUtf8Printable(Tool::tr("there is no command “%1”").arg(first)));
    printHelp(stderr);
    return UsageError;
}
