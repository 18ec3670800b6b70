// SPDX-License-Identifier: MIT
#include "messagetemplate.h"

#include "toolkittexts.h"

#include <QtCore/qrandom.h>
#include <QtCore/quuid.h>

#include <functional>
#include <optional>

namespace {
constexpr QLatin1String opening("{{");
constexpr QLatin1String closing("}}");

// Calls `replace` with the name in each pair of braces and returns the text with what it returns.
// Returns the pair of braces that does not end in `problem`.
QString replaceVariables(const QString &text, const std::function<QString(const QString &)> &replace,
                         QString *problem)
{
    constexpr qsizetype MaxQuoted = 40;
    QString result;
    qsizetype done = 0;
    for (qsizetype begin = text.indexOf(opening); begin >= 0; begin = text.indexOf(opening, done)) {
        if (begin > done && text.at(begin - 1) == u'\\') {
            result += QStringView(text).sliced(done, begin - 1 - done);
            result += opening;
            done = begin + opening.size();
            continue;
        }
        const qsizetype end = text.indexOf(closing, begin);
        if (end < 0) {
            *problem = Toolkit::tr("“%1” does not end with “}}”").arg(text.mid(begin, MaxQuoted));
            return {};
        }
        result += QStringView(text).sliced(done, begin - done);
        result += replace(text.mid(begin + opening.size(), end - begin - opening.size()).trimmed());
        done = end + closing.size();
    }
    return result += QStringView(text).sliced(done);
}

std::optional<QString> environmentVariable(const QString &name)
{
    const QByteArray key = name.toLocal8Bit();
    if (!qEnvironmentVariableIsSet(key.constData()))
        return {};
    return qEnvironmentVariable(key.constData());
}

std::optional<QString> builtIn(const QString &name, const MessageTemplate::Values &values)
{
    constexpr QLatin1String environment("env.");
    if (name == u"uuid")
        return QUuid::createUuid().toString(QUuid::WithoutBraces);
    if (name == u"timestamp")
        return QString::number(values.time.toSecsSinceEpoch());
    if (name == u"isoTime")
        return values.time.toUTC().toString(Qt::ISODateWithMs);
    if (name == u"counter")
        return QString::number(values.counter);
    if (name == u"randomInt")
        return QString::number(QRandomGenerator::global()->bounded(1000));
    return name.startsWith(environment) ? environmentVariable(name.mid(environment.size())) : std::nullopt;
}

std::optional<QString> valueOf(const QString &name, const MessageTemplate::Values &values)
{
    if (name.startsWith(u'$'))
        return builtIn(name.mid(1), values);
    const auto found = values.variables.constFind(name);
    return found == values.variables.cend() ? std::nullopt : std::optional(*found);
}
} // namespace

QStringList MessageTemplate::variables() const
{
    QStringList names;
    QString problem;
    replaceVariables(
        m_text,
        [&names](const QString &name) {
            if (!name.startsWith(u'$') && !names.contains(name))
                names.append(name);
            return QString();
        },
        &problem);
    return names;
}

MessageTemplate::Expansion MessageTemplate::expand(const Values &values) const
{
    QString problem;
    const QString text = replaceVariables(
        m_text,
        [&](const QString &name) {
            const std::optional<QString> value = valueOf(name, values);
            if (!value && problem.isEmpty())
                problem = name.startsWith(QLatin1String("$env."))
                              ? Toolkit::tr("“{{%1}}” is not set").arg(name)
                              : Toolkit::tr("the variable “{{%1}}” is unknown").arg(name);
            return value.value_or(QString());
        },
        &problem);
    return {problem.isEmpty() ? text : QString(), problem};
}
