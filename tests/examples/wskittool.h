// SPDX-License-Identifier: MIT
#ifndef WSKITTOOL_H
#define WSKITTOOL_H

#include "../brokenpipe.h"
#include "../patience.h"
#include "../peakmemory.h"

#include <QtCore/qprocess.h>
#include <QtCore/qregularexpression.h>

#include <csignal>

// wskit, run with its arguments while the event loop of the test runs. Its settings are in a directory of the
// test.
class WskitTool
{
public:
    struct Setup
    {
        // The variables of the environment that choose the language are only these, each "NAME=VALUE".
        QStringList language = {QStringLiteral("LC_ALL=C")};
        QString inputFile = {}; // instead of what is written here
        QString outputFile = {};
        QString workingDirectory = {};
        bool isOutputBroken = false; // as that of a pipe whose reader has gone
    };

    WskitTool(const QStringList &arguments, const QString &settings) : WskitTool(arguments, settings, Setup())
    {
    }
    WskitTool(const QStringList &arguments, const QString &settings, const Setup &setup)
    {
        if (!setup.inputFile.isEmpty())
            m_process.setStandardInputFile(setup.inputFile);
        if (!setup.outputFile.isEmpty())
            m_process.setStandardOutputFile(setup.outputFile);
        if (!setup.workingDirectory.isEmpty())
            m_process.setWorkingDirectory(setup.workingDirectory);
        if (setup.isOutputBroken)
            breakOutput(&m_process);
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        for (const char *const name :
             {"http_proxy", "https_proxy", "all_proxy", "LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"})
            environment.remove(QLatin1String(name));
        environment.insert(QStringLiteral("XDG_CONFIG_HOME"), settings);
        for (const QString &variable : setup.language)
            environment.insert(variable.section(u'=', 0, 0), variable.section(u'=', 1));
        m_process.setProcessEnvironment(environment);
        m_process.start(QStringLiteral(WSKIT_TOOL), arguments);
    }
    ~WskitTool()
    {
        m_process.kill();
        m_process.waitForFinished();
    }
    Q_DISABLE_COPY_MOVE(WskitTool)

    void write(const QByteArray &input) { m_process.write(input); }
    void endInput() { m_process.closeWriteChannel(); }
    // As Ctrl-C.
    void interrupt() const { end(SIGINT); }
    void end(int signal) const { ::kill(pid_t(m_process.processId()), signal); }
    bool isEndedBy(int signal)
    {
        // QProcess keeps the number of the signal for the exit code.
        return status() == -1 && m_process.exitStatus() == QProcess::CrashExit
               && m_process.exitCode() == signal;
    }
    qint64 peakMemory() const { return peakMemoryOf(m_process.processId()); }
    // The exit status, or -1.
    int status()
    {
        const bool hasEnded = Patient::waitFor([this] { return m_process.state() == QProcess::NotRunning; });
        return hasEnded && m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
    }
    // Without input.
    int run()
    {
        endInput();
        return status();
    }
    QByteArray output()
    {
        m_output += m_process.readAllStandardOutput();
        return m_output;
    }
    QByteArray notices()
    {
        m_notices += m_process.readAllStandardError();
        return m_notices;
    }
    bool says(const QByteArray &text)
    {
        return Patient::waitFor([&] { return notices().contains(text); });
    }
    bool prints(const QByteArray &text)
    {
        return Patient::waitFor([&] { return output().contains(text); });
    }
    // Of a server, once it listens.
    QString url()
    {
        static const QRegularExpression line(QStringLiteral("listening on (wss?://[^ \n]+)"));
        (void)says("listening on ");
        return line.match(QString::fromUtf8(notices())).captured(1);
    }

private:
    QProcess m_process;
    QByteArray m_output;
    QByteArray m_notices;
};

#endif // WSKITTOOL_H
