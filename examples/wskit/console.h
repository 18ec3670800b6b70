// SPDX-License-Identifier: MIT
#ifndef CONSOLE_H
#define CONSOLE_H

#include "messagedisplay.h"

#include <WsKit/WsMessage>

#include <utility>

// The output of the tool. Messages are written to standard output and everything else to standard error, so
// that only the messages go through a pipe.
class Console
{
public:
    enum class Format {
        Plain,    // only payloads: each text on a line, binary as a hex dump
        Detailed, // with time, sender and size, and without characters that control the terminal
        Raw       // only the bytes of the payloads
    };

    explicit Console(Format format, MessageDisplay display = {})
        : m_format(format), m_display(std::move(display))
    {
    }

    // "auto" (details for a terminal, only payloads for a pipe or a file), "always" or "never".
    static bool parseDetails(const QString &when, Format *format);

    void message(const WsMessage &message, const QString &sender = {});
    void notice(const QString &text);

private:
    void writeText(const WsMessage &message, const QString &sender, const QByteArray &text) const;

    Format m_format;
    MessageDisplay m_display;
};

bool isOutputTerminal();

QString describeClose(quint16 code, const QString &reason, bool wasClean);

#endif // CONSOLE_H
