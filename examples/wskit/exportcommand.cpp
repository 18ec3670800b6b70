// SPDX-License-Identifier: MIT
#include "exportcommand.h"

#include "commandline.h"
#include "console.h"
#include "harfile.h"
#include "texts.h"

#include <QtCore/qfile.h>

#include <cstdio>

namespace {
QByteArray recordOf(const Session &session)
{
    QByteArray lines = SessionRecord::headLine(session.head);
    for (const SessionEvent &event : session.events)
        lines += SessionRecord::eventLine(event);
    return lines;
}

int failed(const QString &text)
{
    std::fprintf(stderr, "wskit: %s\n", qUtf8Printable(text));
    return UsageError;
}
} // namespace

QString readSessions(const QString &fileName, QList<Session> *sessions)
{
    if (!fileName.endsWith(QLatin1String(".har"), Qt::CaseInsensitive)) {
        Session session;
        const QString error = readSession(fileName, &session);
        *sessions = {session};
        return error;
    }
    QFile file(fileName);
    if (!file.open(QIODevice::ReadOnly))
        return QStringLiteral("%1: %2").arg(fileName, file.errorString());
    const QString problem = sessionsFromHar(file.readAll(), sessions);
    if (!problem.isEmpty())
        return QStringLiteral("%1: %2").arg(fileName, problem);
    return sessions->isEmpty() ? Tool::tr("%1: contains no WebSocket").arg(fileName) : QString();
}

int runExport(const QStringList &arguments)
{
    CommandLine line(
        Tool::tr("wskit export [options] FILE"),
        Tool::tr("Convert a record of wskit record, or an HTTP Archive of a browser (FILE.har), and\n"
                 "print it. Passwords, tokens and cookies of the handshake are left out, unless\n"
                 "--with-secrets is given; they may be in the messages."),
        Tool::tr("Examples:\n")
            + QStringLiteral("  wskit export --har session.jsonl >session.har\n"
                             "  wskit export --jsonl --session 2 browser.har >session.jsonl\n\n")
            + Tool::tr("Exit status: 0 done, 1 wrong usage, or a file that cannot be read or written.\n"));
    line.addArgument(Tool::tr("FILE"), Tool::tr("The record, or an HTTP Archive."));
    line.addOption({QStringLiteral("har"), Tool::tr("As an HTTP Archive, which is the default.")});
    line.addOption({QStringLiteral("jsonl"), Tool::tr("As a record, for wskit replay.")});
    line.addOption({QStringLiteral("session"),
                    Tool::tr("The number of the WebSocket in an archive, for --jsonl (1)."),
                    Tool::tr("number"), QStringLiteral("1")});
    line.addOption({QStringLiteral("with-secrets"), Tool::tr("Keep passwords, tokens and cookies.")});
    if (const std::optional<int> status = line.parse(arguments))
        return *status;
    if (line.isSet("har") && line.isSet("jsonl"))
        return line.fail(Tool::tr("--har or --jsonl, not both"));
    QList<Session> sessions;
    if (const QString error = readSessions(line.argument(0), &sessions); !error.isEmpty())
        return failed(error);
    for (Session &session : sessions)
        session.head = line.isSet("with-secrets") ? session.head : session.head.withoutSecrets();
    const std::optional<double> number = line.number("session", 1);
    if (!number || *number > double(sessions.size()))
        return failed(Tool::tr("there is no session “%1”, only %2")
                          .arg(line.value("session"), QString::number(sessions.size())));
    const QByteArray output =
        line.isSet("jsonl") ? recordOf(sessions.at(qsizetype(*number) - 1)) : sessionsToHar(sessions);
    return printOutput(output) ? ClosedCleanly : UsageError;
}
