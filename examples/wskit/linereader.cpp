// SPDX-License-Identifier: MIT
#include "linereader.h"

#include <QtCore/qpointer.h>

#include <utility>

#ifdef Q_OS_WIN
#include <QtCore/qcoreapplication.h>
#include <QtCore/qsemaphore.h>

#include <io.h>
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
        const QByteArray line = m_pending.left(end);
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

bool LineReader::isInputTerminal()
{
    return _isatty(_fileno(stdin)) != 0;
}

void LineReader::start()
{
    std::thread([shared = m_thread] {
        char buffer[4096];
        int count = 1;
        while (count > 0) {
            shared->wanted.acquire();
            count = _read(_fileno(stdin), buffer, sizeof buffer);
            const QByteArray bytes(buffer, qMax(count, 0));
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
