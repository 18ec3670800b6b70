// SPDX-License-Identifier: MIT
#ifndef WIZARDPROJECT_H
#define WIZARDPROJECT_H

#include <QtCore/qhash.h>
#include <QtCore/qjsonobject.h>
#include <QtCore/qstring.h>
#include <QtQml/qjsengine.h>

// Makes the project of a wizard.json as Qt Creator does: evaluates its options and conditions, and expands
// its templates.
class WizardProject : public QObject
{
    Q_OBJECT

public:
    // The templates are in \a folder, with wizard.json.
    explicit WizardProject(const QString &folder);

    // The values of the field \a name that the user can choose.
    QStringList choices(const QString &name) const;
    // The regular expression that all of the field \a name has to match.
    QString validator(const QString &name) const;
    // Writes the project to \a target; \a values are those that the pages would set. Returns what is wrong.
    QString generate(const QString &target, const QHash<QString, QString> &values);

    // What wizard.json calls in JavaScript.
    Q_INVOKABLE QString value(const QString &key) const { return m_values.value(key); }

private:
    QJsonObject field(const QString &name) const;
    QString evaluate(const QString &expression);
    QString expanded(const QString &text);
    QString withoutConditions(const QString &text);
    QString copyTemplate(const QJsonObject &file, const QString &target);

    QString m_folder;
    QJsonObject m_wizard;
    QHash<QString, QString> m_values;
    QJSEngine m_engine;
    QString m_problem;
};

#endif // WIZARDPROJECT_H
