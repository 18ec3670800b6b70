// SPDX-License-Identifier: MIT
#ifndef CONNECTIONHISTORY_H
#define CONNECTIONHISTORY_H

#include "storedjson.h"

#include <QtCore/qstringlist.h>

// The URLs that were connected to, the last one first, without their passwords and tokens. The functions
// return an empty text, or what is wrong.
class ConnectionHistory
{
public:
    static constexpr qsizetype MaxCount = 50;

    explicit ConnectionHistory(const QString &fileName = defaultFileName()) : m_file(fileName) { }
    static QString defaultFileName();

    QString load();
    QString add(const QString &url);
    QString clear();
    // As they were when they were loaded or changed last.
    const QStringList &urls() const { return m_urls; }

private:
    StoredJson m_file;
    QStringList m_urls;
};

#endif // CONNECTIONHISTORY_H
