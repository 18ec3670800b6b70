// SPDX-License-Identifier: MIT
#ifndef PROGRAM_H
#define PROGRAM_H

#include <QtCore/qprocess.h>

// Another program, whose output the check waits for line by line.
class Program : public QObject
{
    Q_OBJECT

public:
    ~Program() override;

    bool start(const QString &path, const QStringList &arguments);
    void write(const QByteArray &text) { m_process.write(text); }
    void closeInput() { m_process.closeWriteChannel(); }
    void terminate() { m_process.terminate(); }
    void kill() { m_process.kill(); }
    void stop(); // and waits for the end
    bool isRunning() const { return m_process.state() != QProcess::NotRunning; }

    // The first line not looked at yet that contains `text`, or nothing if none comes in time or at all.
    QString waitForLine(const QString &text);
    // The exit status, or -1 if the program does not end in time or crashes.
    int waitForExit();

Q_SIGNALS:
    void changed();

private:
    QString takeLine(const QString &text);

    QProcess m_process;
};

#endif // PROGRAM_H
