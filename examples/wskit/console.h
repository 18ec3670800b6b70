// SPDX-License-Identifier: MIT
#ifndef CONSOLE_H
#define CONSOLE_H

#include "messagedisplay.h"

#include <WsKit/WsMessage>

#include <functional>
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

    // Is called when the standard output takes no more messages, which is noticed once.
    void onOutputLost(std::function<void()> handler) { m_onOutputLost = std::move(handler); }
    bool isOutputLost() const { return m_isOutputLost; }

private:
    void writeText(const WsMessage &message, const QString &sender, const QByteArray &text);
    void print(const QByteArray &bytes);

    Format m_format;
    MessageDisplay m_display;
    std::function<void()> m_onOutputLost;
    bool m_isOutputLost = false;
};

bool isOutputTerminal();

// For what is printed at once, such as a report. Says what is wrong and returns false if it cannot be
// written.
bool printOutput(const QByteArray &bytes);

QString describeClose(quint16 code, const QString &reason, bool wasClean);

#endif // CONSOLE_H
