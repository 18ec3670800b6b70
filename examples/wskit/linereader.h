// SPDX-License-Identifier: MIT
#ifndef LINEREADER_H
#define LINEREADER_H

#include <QtCore/qbytearray.h>
#include <QtCore/qobject.h>

#include <memory>

QT_BEGIN_NAMESPACE
class QSocketNotifier;
QT_END_NAMESPACE

// Reads the lines of standard input while the event loop runs: with a notifier on Unix, and with a thread on
// Windows, where a program cannot wait for a console and sockets at the same time.
class LineReader : public QObject
{
    Q_OBJECT

public:
    explicit LineReader(QObject *parent = nullptr);
    ~LineReader() override;

    static bool isInputTerminal();

    void start();
    // While paused, no line is delivered, and input from another program waits in the pipe.
    void setPaused(bool paused);

Q_SIGNALS:
    void lineRead(const QByteArray &line);
    void finished();

private:
    void append(const QByteArray &bytes);
    bool endsWithReturn(qsizetype end) const;
    void deliverLines();
    void onEndOfInput();

    QByteArray m_pending;
    qsizetype m_searched = 0;
    bool m_isPaused = false;
    bool m_isAtEnd = false;
    bool m_isFinished = false;

#ifdef Q_OS_WIN
    struct Thread;
    std::shared_ptr<Thread> m_thread;
#else
    void readAvailable();

    std::unique_ptr<QSocketNotifier> m_notifier;
#endif
};

#endif // LINEREADER_H
