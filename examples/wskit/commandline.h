// SPDX-License-Identifier: MIT
#ifndef COMMANDLINE_H
#define COMMANDLINE_H

#include <WsKit/WsOptions>

#include <QtCore/qcommandlineoption.h>
#include <QtCore/qcommandlineparser.h>
#include <QtCore/qmap.h>
#include <QtNetwork/qhostaddress.h>

#include <optional>

// The exit status of the tool.
enum ExitStatus {
    ClosedCleanly = 0,
    UsageError = 1,
    NotConnected = 2,
    ClosedUncleanly = 3,
    AnswersDiffer = 4
};

// The default options, with compression if \a isCompressed.
WsOptions optionsWithCompression(bool isCompressed);

// Accepts messages of at most this size; 0 is the default.
void limitMessages(WsOptions *options, qint64 maxMessageSize);

// The address of \a text to listen on: an IP address, or `*` for all addresses, IPv4 and IPv6. Nothing if it
// is neither.
std::optional<QHostAddress> parseListenAddress(const QString &text);

// The command line of one command: a QCommandLineParser with the usage line of the command and a text after
// the options.
class CommandLine
{
public:
    CommandLine(const QString &usage, const QString &description, const QString &footer = {});

    void addOption(const QCommandLineOption &option) { m_parser.addOption(option); }
    // An option whose value may be left out, `--follow`, `--follow 3` or `--follow=3`: it is then `value`.
    // The value is a number, because what follows the option may also be an argument.
    void addOptionWithDefault(const QCommandLineOption &option, const QString &value);
    void addArgument(const QString &name, const QString &description);
    // An argument that may be left out, after those that may not.
    void addOptionalArgument(const QString &name, const QString &description);

    // Returns nothing, or the exit status: the help was printed, or the arguments are wrong.
    std::optional<int> parse(const QStringList &arguments);

    bool isSet(const char *name) const { return m_parser.isSet(QLatin1String(name)); }
    QString value(const char *name) const { return m_parser.value(QLatin1String(name)); }
    QStringList values(const char *name) const { return m_parser.values(QLatin1String(name)); }
    QString argument(qsizetype index) const { return m_parser.positionalArguments().value(index); }
    // Returns a number of at least `minimum`, or nothing; "inf" is a number.
    std::optional<double> number(const char *name, double minimum) const;

    // What is wrong with an option, and what was given. Not for secrets.
    QString quoted(const char *option, const QString &problem) const;
    // Prints what is wrong with the arguments and how to get help; returns the exit status.
    int fail(const QString &text) const;

private:
    QString helpText() const;
    QStringList withDefaults(QStringList arguments) const;

    QCommandLineParser m_parser;
    QString m_usage;
    QString m_footer;
    QMap<QString, QString> m_defaults; // by `--option`
    qsizetype m_argumentCount = 0;     // of those that may not be left out
    qsizetype m_maxArgumentCount = 0;
};

#endif // COMMANDLINE_H
