// SPDX-License-Identifier: MIT
#include "wizardproject.h"

#include <QtCore/qdir.h>
#include <QtCore/qfile.h>
#include <QtCore/qfileinfo.h>
#include <QtCore/qjsonarray.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qlist.h>

namespace {
QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

// The end of the macro whose opening brace is before \a from: braces nest.
qsizetype endOfMacro(const QString &text, qsizetype from)
{
    int depth = 1;
    for (qsizetype i = from; i < text.size(); ++i) {
        if (text[i] == QLatin1Char('{'))
            ++depth;
        else if (text[i] == QLatin1Char('}') && --depth == 0)
            return i;
    }
    return -1;
}
} // namespace

WizardProject::WizardProject(const QString &folder)
    : m_folder(folder),
      m_wizard(QJsonDocument::fromJson(contentOf(folder + QStringLiteral("/wizard.json"))).object())
{
    const QJSValue self = m_engine.newQObject(this);
    QJSEngine::setObjectOwnership(this, QJSEngine::CppOwnership);
    m_engine.globalObject().setProperty(QStringLiteral("value"), self.property(QStringLiteral("value")));
}

// What the field \a name of a page is made of.
QJsonObject WizardProject::field(const QString &name) const
{
    const QJsonArray pages = m_wizard[QLatin1String("pages")].toArray();
    for (const QJsonValue page : pages) {
        const QJsonArray fields = page[QLatin1String("data")].toArray();
        for (const QJsonValue each : fields) {
            if (each[QLatin1String("name")] == name)
                return each[QLatin1String("data")].toObject();
        }
    }
    return {};
}

QStringList WizardProject::choices(const QString &name) const
{
    QStringList values;
    const QJsonArray items = field(name)[QLatin1String("items")].toArray();
    for (const QJsonValue item : items)
        values.append(item[QLatin1String("value")].toString());
    return values;
}

QString WizardProject::validator(const QString &name) const
{
    return field(name)[QLatin1String("validator")].toString();
}

QString WizardProject::generate(const QString &target, const QHash<QString, QString> &values)
{
    m_problem.clear();
    m_values = values;
    m_values[QStringLiteral("ProjectDirectory")] = target;
    m_values[QStringLiteral("Cpp:LicenseTemplate")] = QString();
    const QJsonArray options = m_wizard[QLatin1String("options")].toArray();
    for (const QJsonValue option : options)
        m_values[option[QLatin1String("key")].toString()] =
            expanded(option[QLatin1String("value")].toString());
    if (!QDir().mkpath(target))
        return QStringLiteral("cannot make %1").arg(target);
    const QJsonArray generators = m_wizard[QLatin1String("generators")].toArray();
    for (const QJsonValue generator : generators) {
        const QJsonArray files = generator[QLatin1String("data")].toArray();
        for (const QJsonValue file : files) {
            const QString condition = file[QLatin1String("condition")].toString(QStringLiteral("true"));
            if (evaluate(expanded(condition)) == QLatin1String("true"))
                m_problem += copyTemplate(file.toObject(), target);
        }
    }
    return m_problem;
}

QString WizardProject::evaluate(const QString &expression)
{
    const QJSValue result = m_engine.evaluate(expression);
    if (result.isError())
        m_problem += QStringLiteral("%1: %2\n").arg(expression, result.toString());
    return result.toString();
}

QString WizardProject::expanded(const QString &text)
{
    QString result;
    qsizetype from = 0;
    for (qsizetype at = text.indexOf(QLatin1String("%{")); at >= 0;
         at = text.indexOf(QLatin1String("%{"), from)) {
        const qsizetype end = endOfMacro(text, at + 2);
        if (end < 0) {
            m_problem += QStringLiteral("a macro without an end: %1\n").arg(text.mid(at, 40));
            break;
        }
        const QString name = text.mid(at + 2, end - at - 2);
        result += text.mid(from, at - from);
        if (name.startsWith(QLatin1String("JS:")))
            result += evaluate(name.mid(3));
        else if (m_values.contains(name))
            result += m_values.value(name);
        else
            m_problem += QStringLiteral("nothing sets %1\n").arg(name);
        from = end + 1;
    }
    return result + text.mid(from);
}

// The lines between @if and @endif whose condition holds.
QString WizardProject::withoutConditions(const QString &text)
{
    QStringList kept;
    QList<bool> holds;
    const QStringList lines = text.split(QLatin1Char('\n'));
    for (const QString &line : lines) {
        if (line.startsWith(QLatin1String("@if ")))
            holds.append(evaluate(expanded(line.mid(4))) == QLatin1String("true"));
        else if (line == QLatin1String("@else") && !holds.isEmpty())
            holds.last() = !holds.last();
        else if (line == QLatin1String("@endif") && !holds.isEmpty())
            holds.removeLast();
        else if (!holds.contains(false))
            kept.append(line);
    }
    if (!holds.isEmpty())
        m_problem += QStringLiteral("an @if without @endif\n");
    return kept.join(QLatin1Char('\n'));
}

QString WizardProject::copyTemplate(const QJsonObject &file, const QString &target)
{
    const QString source = file[QLatin1String("source")].toString();
    const QByteArray content = contentOf(m_folder + QLatin1Char('/') + source);
    if (content.isEmpty())
        return QStringLiteral("%1 is missing\n").arg(source);
    QString text = expanded(withoutConditions(QString::fromUtf8(content)));
    text.remove(QLatin1String("\\\n")); // joins lines
    const QString name = expanded(file[QLatin1String("target")].toString(source));
    QFile output(target + QLatin1Char('/') + name);
    if (!output.open(QIODevice::WriteOnly) || output.write(text.toUtf8()) < 0)
        return QStringLiteral("%1: %2\n").arg(output.fileName(), output.errorString());
    return QString();
}
