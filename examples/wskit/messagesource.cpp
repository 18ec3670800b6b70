// SPDX-License-Identifier: MIT
#include "messagesource.h"

#include "commandline.h"
#include "savedtemplates.h"
#include "texts.h"

#include <utility>

namespace {
// Adds `name=value` to the variables. Returns an empty text, or what is wrong.
QString addVariable(const QString &assignment, QMap<QString, QString> *variables)
{
    const qsizetype sign = assignment.indexOf(u'=');
    if (sign <= 0)
        return Tool::tr("“%1” is not name=value").arg(assignment.left(40));
    variables->insert(assignment.left(sign), assignment.mid(sign + 1));
    return {};
}

QString findTemplate(const QString &name, QString *text)
{
    SavedTemplates templates;
    if (const QString error = templates.load(); !error.isEmpty())
        return error;
    if (!templates.contains(name))
        return Tool::tr("there is no saved template “%1”").arg(name);
    *text = templates.text(name);
    return {};
}
} // namespace

void addMessageOptions(CommandLine &line)
{
    line.addOption({QStringLiteral("send"),
                    Tool::tr("Send this message when the connection is open. {{name}} is a variable of "
                             "--var; {{$uuid}}, {{$timestamp}}, {{$isoTime}}, {{$counter}}, "
                             "{{$randomInt}} and {{$env.NAME}} are built in. May be repeated."),
                    Tool::tr("text")});
    line.addOption({QStringLiteral("send-template"),
                    Tool::tr("Send this saved message template (see wskit save). May be repeated."),
                    Tool::tr("name")});
    line.addOption({QStringLiteral("var"), Tool::tr("The value of a variable of templates. May be repeated."),
                    Tool::tr("name=value")});
}

QString MessageSource::read(const CommandLine &line)
{
    const QStringList assignments = line.values("var");
    for (const QString &assignment : assignments) {
        if (const QString error = addVariable(assignment, &m_variables); !error.isEmpty())
            return QStringLiteral("--var: ") + error;
    }
    m_texts = line.values("send");
    const QStringList names = line.values("send-template");
    for (const QString &name : names) {
        QString text;
        if (const QString error = findTemplate(name, &text); !error.isEmpty())
            return QStringLiteral("--send-template: ") + error;
        m_texts.append(text);
    }
    for (const QString &text : std::as_const(m_texts)) {
        const QString problem = MessageTemplate(text).expand({m_variables}).problem;
        if (!problem.isEmpty())
            return QStringLiteral("--send: ") + problem;
    }
    return {};
}

QByteArrayList MessageSource::messages()
{
    QByteArrayList messages;
    QString problem;
    for (const QString &text : std::as_const(m_texts)) {
        if (const std::optional<QByteArray> message = expand(text, m_variables, &problem))
            messages.append(*message);
    }
    return messages;
}

std::optional<QByteArray> MessageSource::saved(const QString &name, const QStringList &variables,
                                               QString *problem)
{
    QString text;
    QMap<QString, QString> all = m_variables;
    *problem = findTemplate(name, &text);
    for (const QString &assignment : variables) {
        if (problem->isEmpty())
            *problem = addVariable(assignment, &all);
    }
    return problem->isEmpty() ? expand(text, all, problem) : std::nullopt;
}

std::optional<QByteArray> MessageSource::expand(const QString &text, const QMap<QString, QString> &variables,
                                                QString *problem)
{
    MessageTemplate::Values values{variables};
    values.counter = ++m_counter;
    const auto [expanded, error] = MessageTemplate(text).expand(values);
    *problem = error;
    return error.isEmpty() ? std::optional(expanded.toUtf8()) : std::nullopt;
}
