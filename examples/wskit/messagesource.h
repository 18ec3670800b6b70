// SPDX-License-Identifier: MIT
#ifndef MESSAGESOURCE_H
#define MESSAGESOURCE_H

#include "messagetemplate.h"

#include <QtCore/qbytearraylist.h>
#include <QtCore/qstringlist.h>

#include <optional>

class CommandLine;

// The messages of the options --send and --send-template, and of `/send` in a session, with the variables of
// --var.
class MessageSource
{
public:
    // Returns an empty text, or what is wrong; the messages are expanded once to find it.
    QString read(const CommandLine &line);

    // The messages of the options.
    QByteArrayList messages();
    // Expands a saved template; each variable is `name=value`. Returns nothing and sets `problem` if it is
    // wrong.
    std::optional<QByteArray> saved(const QString &name, const QStringList &variables, QString *problem);

private:
    std::optional<QByteArray> expand(const QString &text, const QMap<QString, QString> &variables,
                                     QString *problem);

    QStringList m_texts;
    QMap<QString, QString> m_variables;
    qint64 m_counter = 0;
};

void addMessageOptions(CommandLine &line);

#endif // MESSAGESOURCE_H
