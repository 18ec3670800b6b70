// SPDX-License-Identifier: MIT
#ifndef SAVEDTEMPLATES_H
#define SAVEDTEMPLATES_H

#include "storedjson.h"

#include <QtCore/qmap.h>
#include <QtCore/qstringlist.h>

// The texts of message templates by their names. The functions return an empty text, or what is wrong.
class SavedTemplates
{
public:
    explicit SavedTemplates(const QString &fileName = defaultFileName()) : m_file(fileName) { }
    static QString defaultFileName();

    QString load();
    QString save(const QString &name, const QString &text);
    QString remove(const QString &name);

    // As they were when they were loaded or changed last.
    QStringList names() const { return m_texts.keys(); }
    bool contains(const QString &name) const { return m_texts.contains(name); }
    QString text(const QString &name) const { return m_texts.value(name); }

private:
    StoredJson m_file;
    QMap<QString, QString> m_texts;
};

#endif // SAVEDTEMPLATES_H
