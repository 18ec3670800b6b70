// SPDX-License-Identifier: MIT
#ifndef COMMANDLINE_H
#define COMMANDLINE_H

#include <WsKit/WsOptions>

#include <QtCore/qcommandlineoption.h>
#include <QtCore/qcommandlineparser.h>

#include <optional>

// What the tool's exit status tells.
enum ExitStatus { ClosedCleanly = 0, UsageError = 1, NotConnected = 2, ClosedUncleanly = 3 };

// The defaults, with messages compressed where \a isCompressed.
WsOptions optionsWithCompression(bool isCompressed);

// The command line of one command: QCommandLineParser with a usage line of the command's own and a text
// after the options.
class CommandLine
{
public:
    CommandLine(const QString &usage, const QString &description, const QString &footer = {});

    void addOption(const QCommandLineOption &option) { m_parser.addOption(option); }
    void addArgument(const QString &name, const QString &description);

    // Empty, or the status to exit with: the help was printed, or the arguments are wrong.
    std::optional<int> parse(const QStringList &arguments);

    bool isSet(const char *name) const { return m_parser.isSet(QLatin1String(name)); }
    QString value(const char *name) const { return m_parser.value(QLatin1String(name)); }
    QStringList values(const char *name) const { return m_parser.values(QLatin1String(name)); }
    QString argument(qsizetype index) const { return m_parser.positionalArguments().value(index); }
    // A number of at least `minimum`, or nothing; "inf" is one.
    std::optional<double> number(const char *name, double minimum) const;

    // Says what is wrong with the arguments, and where help is; returns the status to exit with.
    int fail(const QString &text) const;

private:
    QString helpText() const;

    QCommandLineParser m_parser;
    QString m_usage;
    QString m_footer;
    qsizetype m_argumentCount = 0;
};

#endif // COMMANDLINE_H
