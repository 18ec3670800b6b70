// SPDX-License-Identifier: MIT
#include "linereader.h"

#include <QtCore/qpointer.h>

#include <utility>

#ifdef Q_OS_WIN
#include <QtCore/qcoreapplication.h>
#include <QtCore/qsemaphore.h>
#include <QtCore/qstringconverter.h>

#include <io.h>
#include <iterator>
#include <qt_windows.h>
#include <thread>
#else
#include <QtCore/qsocketnotifier.h>

#include <cerrno>
#include <unistd.h>
#endif

void LineReader::append(const QByteArray &bytes)
{
    m_pending += bytes;
    deliverLines();
}

// Windows ends a line by two characters.
bool LineReader::endsWithReturn([[maybe_unused]] qsizetype end) const
{
#ifdef Q_OS_WIN
    return end > 0 && m_pending.at(end - 1) == '\r';
#else
    return false;
#endif
}

// A slot may pause the reader, or delete it, between two lines.
void LineReader::deliverLines()
{
    const QPointer<LineReader> self(this);
    while (!m_isPaused) {
        const qsizetype end = m_pending.indexOf('\n', m_searched);
        if (end < 0) {
            m_searched = m_pending.size();
            break;
        }
        const QByteArray line = m_pending.left(endsWithReturn(end) ? end - 1 : end);
        m_pending.remove(0, end + 1);
        m_searched = 0;
        Q_EMIT lineRead(line);
        if (!self)
            return;
    }
    if (m_isAtEnd && !m_isPaused)
        onEndOfInput();
}

void LineReader::onEndOfInput()
{
    if (m_isFinished)
        return;
    m_isFinished = true;
    const QPointer<LineReader> self(this);
    if (!m_pending.isEmpty())
        Q_EMIT lineRead(std::exchange(m_pending, {}));
    if (self)
        Q_EMIT finished();
}

#ifdef Q_OS_WIN

// The blocked thread outlives the reader, so it owns everything that it uses.
struct LineReader::Thread
{
    QPointer<LineReader> reader; // only used in the main thread
    QSemaphore wanted;           // requests one read at a time; a paused reader requests none
};

LineReader::LineReader(QObject *parent) : QObject(parent), m_thread(std::make_shared<Thread>())
{
    m_thread->reader = this;
}

LineReader::~LineReader() = default;

namespace {
HANDLE console()
{
    return GetStdHandle(STD_INPUT_HANDLE);
}

// What the user has typed, in UTF-8; nothing once the input has ended, by Ctrl-Z at the beginning of a line.
// Bytes of a console would be in a code page of its own, which does not have all characters.
QByteArray readConsole(QStringEncoder *encoder)
{
    constexpr wchar_t EndOfInput = 0x1a;
    wchar_t buffer[2048];
    DWORD count = 0;
    do { // again after Ctrl-C, which somebody else takes care of
        SetLastError(0);
        if (!ReadConsoleW(console(), buffer, DWORD(std::size(buffer)), &count, nullptr))
            return {};
    } while (count == 0 && GetLastError() == ERROR_OPERATION_ABORTED);
    if (count == 0 || buffer[0] == EndOfInput)
        return {};
    return encoder->encode(QStringView(buffer, qsizetype(count)));
}

QByteArray readStream()
{
    QByteArray bytes(4096, Qt::Uninitialized);
    bytes.truncate(qMax(_read(_fileno(stdin), bytes.data(), unsigned(bytes.size())), 0));
    return bytes;
}
} // namespace

bool LineReader::isInputTerminal()
{
    DWORD mode = 0;
    return GetConsoleMode(console(), &mode) != 0; // _isatty() takes other devices for terminals
}

void LineReader::start()
{
    std::thread([shared = m_thread] {
        const bool isTerminal = isInputTerminal();
        QStringEncoder encoder(QStringConverter::Utf8);
        bool isAtEnd = false;
        while (!isAtEnd) {
            shared->wanted.acquire();
            const QByteArray bytes = isTerminal ? readConsole(&encoder) : readStream();
            isAtEnd = bytes.isEmpty();
            QMetaObject::invokeMethod(
                qApp,
                [shared, bytes] {
                    LineReader *reader = shared->reader;
                    if (!reader)
                        return;
                    reader->m_isAtEnd = bytes.isEmpty();
                    reader->append(bytes);
                    if (shared->reader && !reader->m_isPaused)
                        shared->wanted.release();
                },
                Qt::QueuedConnection);
        }
    }).detach();
    m_thread->wanted.release();
}

void LineReader::setPaused(bool paused)
{
    if (m_isPaused == paused)
        return;
    m_isPaused = paused;
    if (paused)
        return;
    const QPointer<LineReader> self(this);
    deliverLines();
    if (self && !m_isPaused && m_thread->wanted.available() == 0)
        m_thread->wanted.release();
}

#else

LineReader::LineReader(QObject *parent) : QObject(parent) { }

LineReader::~LineReader() = default;

bool LineReader::isInputTerminal()
{
    return ::isatty(STDIN_FILENO) != 0;
}

void LineReader::start()
{
    m_notifier = std::make_unique<QSocketNotifier>(STDIN_FILENO, QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &LineReader::readAvailable);
}

void LineReader::readAvailable()
{
    char buffer[65536];
    const ssize_t count = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (count > 0) {
        append(QByteArray(buffer, count));
        return;
    }
    m_isAtEnd = true;
    m_notifier->setEnabled(false);
    deliverLines();
}

void LineReader::setPaused(bool paused)
{
    m_isPaused = paused;
    if (m_notifier)
        m_notifier->setEnabled(!paused && !m_isAtEnd);
    if (!paused)
        deliverLines();
}

#endif
