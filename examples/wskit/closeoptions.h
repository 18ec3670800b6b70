// SPDX-License-Identifier: MIT
#ifndef CLOSEOPTIONS_H
#define CLOSEOPTIONS_H

#include <WsKit/Ws>

#include <QtCore/qstring.h>

class CommandLine;

// How the tool closes a connection.
struct CloseSettings
{
    QString reason;
    quint16 code = Ws::Normal;
};

void addCloseOptions(CommandLine &line);
// Both return an empty text, or what is wrong.
QString readCloseSettings(const CommandLine &line, CloseSettings *settings);
QString readCloseSettings(const QString &code, const QString &reason, CloseSettings *settings);

#endif // CLOSEOPTIONS_H
