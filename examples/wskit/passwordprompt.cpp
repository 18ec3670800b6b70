// SPDX-License-Identifier: MIT
#include "passwordprompt.h"

#include "linereader.h"

#include <cstdio>
#include <iterator>

#ifdef Q_OS_WIN
#include <QtCore/qstringconverter.h>

#include <conio.h>
#else
#include <csignal>
#include <termios.h>
#include <unistd.h>
#endif

namespace {
#ifdef Q_OS_WIN
class SilentTerminal
{
public:
    bool isValid() const { return true; }
    // Of what is typed, in UTF-8.
    static int readByte()
    {
        static QByteArray waiting;
        static QStringEncoder encoder(QStringConverter::Utf8);
        while (waiting.isEmpty()) {
            const auto unit = wchar_t(_getwch());
            waiting = encoder.encode(QStringView(&unit, 1));
        }
        const int byte = quint8(waiting.front());
        waiting.remove(0, 1);
        return byte;
    }
};
#else
termios loudTerminal = {}; // as it was before

// The signal ends the program as it would have done, once the terminal is loud again. A signal handler may
// make these calls.
void onSignal(int number)
{
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &loudTerminal);
    std::signal(number, SIG_DFL);
    ::raise(number);
}

// There is no event loop yet that could take care of them. A signal that is ignored, as by nohup, stays so.
class EndingSignals
{
public:
    EndingSignals()
    {
        struct sigaction action = {};
        action.sa_handler = onSignal;
        for (size_t i = 0; i < count; ++i) {
            ::sigaction(numbers[i], nullptr, &m_before[i]);
            if (m_before[i].sa_handler != SIG_IGN)
                ::sigaction(numbers[i], &action, nullptr);
        }
    }
    ~EndingSignals()
    {
        for (size_t i = 0; i < count; ++i)
            ::sigaction(numbers[i], &m_before[i], nullptr);
    }
    Q_DISABLE_COPY_MOVE(EndingSignals)

private:
    static constexpr int numbers[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    static constexpr size_t count = std::size(numbers);
    struct sigaction m_before[count] = {};
};

// Delivers each key at once and shows none, not even those that would end the program: the terminal is as it
// was before once the object is gone.
class SilentTerminal
{
public:
    SilentTerminal()
    {
        if (::tcgetattr(STDIN_FILENO, &loudTerminal) != 0)
            return;
        m_signals.emplace();
        termios silent = loudTerminal;
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG);
        m_isSilent = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
    }
    ~SilentTerminal()
    {
        if (m_isSilent)
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &loudTerminal);
    }
    Q_DISABLE_COPY_MOVE(SilentTerminal)

    bool isValid() const { return m_isSilent; }
    static int readByte()
    {
        unsigned char byte = 0;
        return ::read(STDIN_FILENO, &byte, 1) == 1 ? byte : -1;
    }

private:
    std::optional<EndingSignals> m_signals; // are let go after the terminal
    bool m_isSilent = false;
};
#endif

constexpr int EndOfInput = 0x04;
constexpr int Interrupt = 0x03;
constexpr int EraseLine = 0x15;
constexpr int Escape = 0x1b;
constexpr int Delete = 0x7f;

// What a key such as an arrow sends: ESC, "[" or "O", parameters, and a byte that ends it (ECMA-48 §5.4).
class KeySequence
{
public:
    bool takes(int byte)
    {
        const State before = m_state;
        if (byte == Escape)
            m_state = State::Begun;
        else if (before == State::Begun && (byte == '[' || byte == 'O'))
            m_state = State::Inside;
        else if (before != State::Inside || byte < ' ' || byte >= '@')
            m_state = State::Outside;
        return m_state != State::Outside || (before == State::Inside && byte >= '@' && byte < Delete);
    }

private:
    enum class State { Outside, Begun, Inside };
    State m_state = State::Outside;
};

bool isErase(int byte)
{
    return byte == Delete || byte == '\b';
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
    std::fputs(qUtf8Printable(prompt), stderr);
    std::fflush(stderr);
    QByteArray bytes;
    KeySequence sequence;
    while (terminal.isValid()) {
        const int byte = SilentTerminal::readByte();
        if (sequence.takes(byte))
            continue;
        if (byte == '\n' || byte == '\r')
            return bytes;
        if (byte < 0 || byte == Interrupt || byte == EndOfInput)
            break;
        if (byte == EraseLine)
            bytes.clear();
        else if (isErase(byte))
            eraseLast(&bytes);
        else if (byte >= ' ') // not Ctrl+Z and the like
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
