// SPDX-License-Identifier: MIT
#ifndef MESSAGETEMPLATE_H
#define MESSAGETEMPLATE_H

#include <QtCore/qdatetime.h>
#include <QtCore/qmap.h>
#include <QtCore/qstringlist.h>

// A message with variables: `{{name}}` is replaced by the caller's value of that name. `\{{` is a pair of
// braces. Built in are:
//
//   {{$uuid}}       a random UUID, another one each time
//   {{$timestamp}}  seconds since 1970
//   {{$isoTime}}    2026-01-31T12:00:00.000Z
//   {{$counter}}    the caller's number of the message
//   {{$randomInt}}  a random number from 0 to 999
//   {{$env.NAME}}   the environment variable NAME
class MessageTemplate
{
public:
    struct Values
    {
        QMap<QString, QString> variables;
        qint64 counter = 1;
        QDateTime time = QDateTime::currentDateTimeUtc();
    };
    struct Expansion
    {
        QString text;
        QString problem; // empty, or what is wrong
    };

    explicit MessageTemplate(const QString &text) : m_text(text) { }

    const QString &text() const { return m_text; }
    // The variables that the caller has to know, each once, in the order of the text.
    QStringList variables() const;
    Expansion expand(const Values &values) const;

private:
    QString m_text;
};

#endif // MESSAGETEMPLATE_H
