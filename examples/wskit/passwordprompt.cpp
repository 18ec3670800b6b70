// SPDX-License-Identifier: MIT
#include "passwordprompt.h"

#include "linereader.h"

#include <cstdio>

#ifdef Q_OS_WIN
#include <conio.h>
#else
#include <termios.h>
#include <unistd.h>
#endif

namespace {
#ifdef Q_OS_WIN
class SilentTerminal
{
public:
    bool isValid() const { return true; }
    static int readByte() { return _getch(); }
};
#else
// Delivers each key at once and shows none, not even those that would end the program: the terminal is as it
// was before once the object is gone.
class SilentTerminal
{
public:
    SilentTerminal()
    {
        m_isValid = ::tcgetattr(STDIN_FILENO, &m_before) == 0;
        termios silent = m_before;
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG);
        m_isValid = m_isValid && ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
    }
    ~SilentTerminal()
    {
        if (m_isValid)
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &m_before);
    }
    Q_DISABLE_COPY_MOVE(SilentTerminal)

    bool isValid() const { return m_isValid; }
    static int readByte()
    {
        unsigned char byte = 0;
        return ::read(STDIN_FILENO, &byte, 1) == 1 ? byte : -1;
    }

private:
    termios m_before = {};
    bool m_isValid = false;
};
#endif

constexpr int EndOfInput = 0x04;
constexpr int Interrupt = 0x03;
constexpr int EraseLine = 0x15;

bool isErase(int byte)
{
    return byte == 0x7f || byte == '\b';
}

// A character of UTF-8 has one byte that does not continue another.
void eraseLast(QByteArray *bytes)
{
    while (!bytes->isEmpty() && (bytes->back() & 0xc0) == 0x80)
        bytes->chop(1);
    if (!bytes->isEmpty())
        bytes->chop(1);
}

std::optional<QByteArray> readSilently(const QString &prompt)
{
    const SilentTerminal terminal; // before the prompt, which quick fingers answer at once
    std::fputs(qPrintable(prompt), stderr);
    std::fflush(stderr);
    QByteArray bytes;
    while (terminal.isValid()) {
        const int byte = SilentTerminal::readByte();
        if (byte == '\n' || byte == '\r')
            return bytes;
        if (byte < 0 || byte == Interrupt || byte == EndOfInput)
            break;
        if (byte == EraseLine)
            bytes.clear();
        else if (isErase(byte))
            eraseLast(&bytes);
        else
            bytes.append(char(byte));
    }
    return {};
}
} // namespace

std::optional<QString> askForPassword(const QString &prompt)
{
    if (!LineReader::isInputTerminal())
        return {};
    const std::optional<QByteArray> typed = readSilently(prompt);
    std::fputc('\n', stderr);
    if (!typed)
        return {};
    return QString::fromUtf8(*typed);
}
