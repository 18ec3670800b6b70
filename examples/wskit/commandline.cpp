// SPDX-License-Identifier: MIT
#include "commandline.h"

#include "texts.h"
#include "tlsoption.h"

#include <algorithm>
#include <cstdio>

namespace {
// The texts of QCommandLineParser, for systems without Qt's own translations.
[[maybe_unused]] constexpr const char *parserTexts[] = {
    QT_TRANSLATE_NOOP("QCommandLineParser", "Arguments:"),
    QT_TRANSLATE_NOOP("QCommandLineParser", "Options:"),
    QT_TRANSLATE_NOOP("QCommandLineParser", "Missing value after '%1'."),
    QT_TRANSLATE_NOOP("QCommandLineParser", "Unexpected value after '%1'."),
    QT_TRANSLATE_NOOP("QCommandLineParser", "Unknown option '%1'."),
    QT_TRANSLATE_NOOP("QCommandLineParser", "Unknown options: %1."),
};
} // namespace

WsOptions optionsWithCompression(bool isCompressed)
{
    WsCompression compression;
    compression.setEnabled(isCompressed);
    WsOptions options;
    options.setCompression(compression);
    return options;
}

void limitMessages(WsOptions *options, qint64 maxMessageSize)
{
    if (maxMessageSize <= 0)
        return;
    options->setMaxMessageSize(maxMessageSize);
    options->setMaxFrameSize(std::max(options->maxFrameSize(), maxMessageSize));
    options->setMaxBufferedAmount(options->maxBufferedAmount() + maxMessageSize); // to send one of them, too
}

std::optional<QHostAddress> parseListenAddress(const QString &text)
{
    const QHostAddress address = text == u"*" ? QHostAddress(QHostAddress::Any) : QHostAddress(text);
    return address.isNull() ? std::nullopt : std::optional(address);
}

CommandLine::CommandLine(const QString &usage, const QString &description, const QString &footer)
    : m_usage(usage), m_footer(footer)
{
    m_parser.setApplicationDescription(description);
    m_parser.addOption({{QStringLiteral("h"), QStringLiteral("help")}, Tool::tr("Show this help.")});
}

void CommandLine::addArgument(const QString &name, const QString &description)
{
    m_parser.addPositionalArgument(name, description);
    ++m_argumentCount;
    ++m_maxArgumentCount;
}

void CommandLine::addOptionalArgument(const QString &name, const QString &description)
{
    m_parser.addPositionalArgument(name, description);
    ++m_maxArgumentCount;
}

void CommandLine::addOptionWithDefault(const QCommandLineOption &option, const QString &value)
{
    m_parser.addOption(option);
    m_defaults.insert(QStringLiteral("--") + option.names().constFirst(), value);
}

// QCommandLineParser has no options with an optional value.
QStringList CommandLine::withDefaults(QStringList arguments) const
{
    for (qsizetype i = 0; i < arguments.size() && arguments.at(i) != u"--"; ++i) {
        const auto found = m_defaults.constFind(arguments.at(i));
        if (found == m_defaults.cend())
            continue;
        const QString next = arguments.value(i + 1);
        const bool hasValue =
            !next.isEmpty() && std::all_of(next.begin(), next.end(), [](QChar c) { return c.isDigit(); });
        arguments[i] += u'=' + (hasValue ? arguments.takeAt(i + 1) : *found);
    }
    return arguments;
}

std::optional<int> CommandLine::parse(const QStringList &arguments)
{
    const bool isParsed = m_parser.parse(withDefaults(splitTlsValues(arguments)));
    if (m_parser.isSet(QStringLiteral("help"))) {
        std::fputs(qUtf8Printable(helpText()), stdout);
        return ClosedCleanly;
    }
    if (!isParsed)
        return fail(m_parser.errorText());
    const qsizetype count = m_parser.positionalArguments().size();
    if (count < m_argumentCount)
        return fail(Tool::tr("an argument is missing"));
    if (count > m_maxArgumentCount)
        return fail(
            Tool::tr("unexpected argument “%1”").arg(m_parser.positionalArguments().at(m_maxArgumentCount)));
    return {};
}

std::optional<double> CommandLine::number(const char *name, double minimum) const
{
    bool isNumber = false;
    const double number = value(name).toDouble(&isNumber);
    if (!isNumber || !(number >= minimum))
        return {};
    return number;
}

QString CommandLine::quoted(const char *option, const QString &problem) const
{
    constexpr int MostShown = 60;
    const QString given = value(option);
    return Tool::tr("%1, not “%2”")
        .arg(problem, given.size() > MostShown ? given.left(MostShown) + u'\u2026' : given);
}

int CommandLine::fail(const QString &text) const
{
    std::fprintf(stderr, "wskit: %s\n%s\n%s\n", qUtf8Printable(text),
                 qUtf8Printable(Tool::tr("Usage: ") + m_usage),
                 qUtf8Printable(Tool::tr("See --help for more.")));
    return UsageError;
}

// Replaces the usage line of QCommandLineParser, which does not mention commands.
QString CommandLine::helpText() const
{
    const QString text = m_parser.helpText();
    QString help = Tool::tr("Usage: ") + m_usage + text.mid(text.indexOf(u'\n'));
    if (!m_footer.isEmpty())
        help += u'\n' + m_footer;
    return help;
}
