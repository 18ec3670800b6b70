// SPDX-License-Identifier: MIT
#ifndef CONSOLE_H
#define CONSOLE_H

#include <WsKit/WsMessage>

// Where the tool writes: messages to the standard output, everything about them to the standard error, so
// that the messages alone go through a pipe.
class Console
{
public:
    enum class Format {
        Plain,    // payloads alone: text a line each, binary as a hex dump
        Detailed, // with time, sender and size, and with no character that would drive the terminal
        Raw       // the bytes of the payloads and nothing else
    };

    explicit Console(Format format) : m_format(format) { }

    // "auto": details for a terminal, payloads alone for a pipe or a file; "always" and "never".
    static bool parseDetails(const QString &when, Format *format);

    void message(const WsMessage &message, const QString &sender = {});
    void notice(const QString &text);

private:
    Format m_format;
};

bool isOutputTerminal();

QString describeClose(quint16 code, const QString &reason, bool wasClean);

#endif // CONSOLE_H
