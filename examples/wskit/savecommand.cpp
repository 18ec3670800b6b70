// SPDX-License-Identifier: MIT
#include "savecommand.h"

#include "clientoptions.h"
#include "commandline.h"
#include "connectionhistory.h"
#include "console.h"
#include "savedtemplates.h"
#include "texts.h"

#include <cstdio>

namespace {
int failed(const QString &error)
{
    std::fprintf(stderr, "wskit: %s\n", qUtf8Printable(error));
    return UsageError;
}

int finish(const QString &error)
{
    return error.isEmpty() ? int(ClosedCleanly) : failed(error);
}

int print(const QStringList &lines)
{
    const QString text = lines.isEmpty() ? QString() : lines.join(u'\n') + u'\n';
    return printOutput(text.toUtf8()) ? ClosedCleanly : UsageError;
}

int saveConnection(const CommandLine &line)
{
    ClientSettings settings;
    settings.asksForPasswords = line.isSet("with-secrets");
    if (const QString error = readClientSettings(line, &settings, line.argument(1)); !error.isEmpty())
        return line.fail(error);
    settings.reconnects = settings.reconnects || line.isSet("reconnect");
    const auto policy = line.isSet("with-secrets") ? SavedConnections::SecretPolicy::Keep
                                                   : SavedConnections::SecretPolicy::Remove;
    SavedConnections connections;
    const QString name = line.argument(0);
    if (const QString error = connections.save(name, toSaved(settings), policy); !error.isEmpty())
        return failed(error);
    SavedConnection saved;
    if (const QString error = connections.find(name, &saved); !error.isEmpty())
        return failed(error);
    if (!saved.missing.isEmpty())
        std::fprintf(stderr, "%s\n",
                     qUtf8Printable(Tool::tr("not saved without --with-secrets: %1")
                                    .arg(SavedConnections::shownSecrets(saved.missing))));
    return ClosedCleanly;
}

int listConnections()
{
    SavedConnections connections;
    if (const QString error = connections.load(); !error.isEmpty())
        return failed(error);
    const QStringList names = connections.names();
    QStringList lines;
    for (const QString &name : names) {
        SavedConnection saved;
        if (const QString error = connections.find(name, &saved); !error.isEmpty())
            return failed(error);
        lines.append(name + u'\t' + SavedConnections::withoutSecrets(saved).url);
    }
    return print(lines);
}

int listTemplates()
{
    SavedTemplates templates;
    if (const QString error = templates.load(); !error.isEmpty())
        return failed(error);
    const QStringList names = templates.names();
    QStringList lines;
    for (const QString &name : names)
        lines.append(name + u'\t' + templates.text(name));
    return print(lines);
}

int listHistory()
{
    ConnectionHistory history;
    if (const QString error = history.load(); !error.isEmpty())
        return failed(error);
    return print(history.urls());
}
} // namespace

int runSave(const QStringList &arguments)
{
    CommandLine line(
        Tool::tr("wskit save [options] NAME URL"),
        Tool::tr("Save a connection, to use its name in place of a URL: wskit connect NAME. Passwords,\n"
                 "tokens and cookies are left out, unless --with-secrets is given. With --template, save\n"
                 "a message instead."),
        Tool::tr("Examples:\n")
            + QStringLiteral(
                "  wskit save feed wss://example.com/feed --subprotocol v2 --user ada\n"
                "  wskit save --template hello '{\"id\":\"{{$uuid}}\",\"name\":\"{{name}}\"}'\n\n")
            + Tool::tr("Exit status: 0 saved, 1 wrong usage, or it could not be saved.\n"));
    line.addArgument(Tool::tr("NAME"), Tool::tr("The name; what has it already is replaced."));
    addUrlArgument(line);
    addClientOptions(line);
    line.addOption({QStringLiteral("reconnect"), Tool::tr("Reconnect, as with connect --reconnect.")});
    line.addOption(
        {QStringLiteral("template"), Tool::tr("The second argument is the text of a message template.")});
    line.addOption({QStringLiteral("with-secrets"),
                    Tool::tr("Save passwords, tokens and cookies too. Only you can read the file.")});
    if (const std::optional<int> status = line.parse(arguments))
        return *status;
    if (line.isSet("template"))
        return finish(SavedTemplates().save(line.argument(0), line.argument(1)));
    return saveConnection(line);
}

int runSaved(const QStringList &arguments)
{
    CommandLine line(Tool::tr("wskit saved [options]"),
                     Tool::tr("List what is saved, one a line: the saved connections, or with an\n"
                              "option the message templates or the last URLs."),
                     Tool::tr("Exit status: 0 done, 1 wrong usage, or a file that cannot be used.\n"));
    line.addOption({QStringLiteral("templates"), Tool::tr("The message templates.")});
    line.addOption({QStringLiteral("history"), Tool::tr("The last URLs, the last one first.")});
    line.addOption({QStringLiteral("clear-history"), Tool::tr("Forget the last URLs.")});
    line.addOption({QStringLiteral("remove"),
                    Tool::tr("Remove this connection, or with --templates this template."),
                    Tool::tr("name")});
    if (const std::optional<int> status = line.parse(arguments))
        return *status;
    if (line.isSet("clear-history"))
        return finish(ConnectionHistory().clear());
    if (line.isSet("history"))
        return listHistory();
    const QString name = line.value("remove");
    if (line.isSet("templates"))
        return line.isSet("remove") ? finish(SavedTemplates().remove(name)) : listTemplates();
    return line.isSet("remove") ? finish(SavedConnections().remove(name)) : listConnections();
}
