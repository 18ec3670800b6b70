// SPDX-License-Identifier: MIT
#include "savedtemplates.h"

#include "toolkittexts.h"

namespace {
constexpr QLatin1String templatesMember("templates");

QString readTexts(const StoredJson &file, const QJsonObject &object, QMap<QString, QString> *texts)
{
    texts->clear();
    const QJsonValue value = object.value(templatesMember);
    if (!value.isUndefined() && !value.isObject())
        return file.problemOf(templatesMember, Toolkit::tr("not an object"));
    const QJsonObject templates = value.toObject();
    for (auto entry = templates.constBegin(); entry != templates.constEnd(); ++entry) {
        if (!entry.value().isString())
            return file.problemOf(QString(templatesMember) + u'.' + entry.key(), Toolkit::tr("not a string"));
        texts->insert(entry.key(), entry.value().toString());
    }
    return {};
}

void storeTexts(const QMap<QString, QString> &texts, QJsonObject *object)
{
    QJsonObject templates;
    for (auto entry = texts.cbegin(); entry != texts.cend(); ++entry)
        templates.insert(entry.key(), entry.value());
    object->insert(templatesMember, templates);
}
} // namespace

QString SavedTemplates::defaultFileName()
{
    return StoredJson::directory() + QStringLiteral("/templates.json");
}

QString SavedTemplates::load()
{
    QJsonObject object;
    const QString error = m_file.read(&object);
    return error.isEmpty() ? readTexts(m_file, object, &m_texts) : error;
}

QString SavedTemplates::save(const QString &name, const QString &text)
{
    if (name.isEmpty())
        return Toolkit::tr("a saved template needs a name");
    return m_file.change([&](QJsonObject *object) {
        const QString error = readTexts(m_file, *object, &m_texts);
        if (!error.isEmpty())
            return error;
        m_texts.insert(name, text);
        storeTexts(m_texts, object);
        return QString();
    });
}

QString SavedTemplates::remove(const QString &name)
{
    return m_file.change([&](QJsonObject *object) {
        const QString error = readTexts(m_file, *object, &m_texts);
        if (!error.isEmpty())
            return error;
        if (m_texts.remove(name) == 0)
            return Toolkit::tr("there is no saved template “%1”").arg(name);
        storeTexts(m_texts, object);
        return QString();
    });
}
