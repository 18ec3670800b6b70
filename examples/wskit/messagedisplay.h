// SPDX-License-Identifier: MIT
#ifndef MESSAGEDISPLAY_H
#define MESSAGEDISPLAY_H

#include "jsonpath.h"

#include <WsKit/WsMessage>

#include <QtCore/qregularexpression.h>

#include <functional>
#include <optional>

class CommandLine;

// Which messages are printed, what of them, and in which form.
struct MessageDisplay
{
    std::optional<JsonPath> path;              // prints the values that it selects
    std::optional<QRegularExpression> pattern; // prints only messages that it matches
    bool isIndented = false;                   // JSON
    bool isHex = false;                        // texts too

    bool shows(const WsMessage &message) const;
    // Calls `print` with each text to print for the message.
    void forEachText(const WsMessage &message, const std::function<void(const QByteArray &)> &print) const;
};

void addDisplayOptions(CommandLine &line);
// Returns an empty text, or what is wrong.
QString readDisplay(const CommandLine &line, MessageDisplay *display);

#endif // MESSAGEDISPLAY_H
