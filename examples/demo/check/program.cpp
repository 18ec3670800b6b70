// SPDX-License-Identifier: MIT
#include "program.h"

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qeventloop.h>
#include <QtCore/qtimer.h>

#include <chrono>

#ifdef Q_OS_LINUX
#include <csignal>
#include <sys/prctl.h>
#endif

using namespace std::chrono_literals;

namespace {
constexpr auto patience = 30s;
}

Program::~Program()
{
    stop();
}

void Program::stop()
{
    if (m_process.state() == QProcess::NotRunning)
        return;
    m_process.terminate();
    if (!m_process.waitForFinished(5000))
        m_process.kill();
    m_process.waitForFinished();
}

bool Program::start(const QString &path, const QStringList &arguments)
{
    m_process.setProcessChannelMode(QProcess::MergedChannels);
#ifdef Q_OS_LINUX
    m_process.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGTERM); }); // or it would stay
#endif
    connect(&m_process, &QProcess::readyRead, this, &Program::changed);
    connect(&m_process, &QProcess::finished, this, &Program::changed);
    m_process.start(path, arguments);
    return m_process.waitForStarted();
}

QString Program::takeLine(const QString &text)
{
    while (m_process.canReadLine()) {
        const QString line = QString::fromUtf8(m_process.readLine()).trimmed();
        if (line.contains(text))
            return line;
    }
    return {};
}

QString Program::waitForLine(const QString &text)
{
    QEventLoop loop;
    connect(this, &Program::changed, &loop, &QEventLoop::quit);
    QTimer::singleShot(patience, &loop, &QEventLoop::quit);
    const QDeadlineTimer deadline(patience);
    QString line = takeLine(text);
    while (line.isEmpty() && !deadline.hasExpired() && m_process.state() != QProcess::NotRunning) {
        loop.exec();
        line = takeLine(text);
    }
    return line;
}

int Program::waitForExit()
{
    const bool hasFinished = m_process.state() == QProcess::NotRunning || m_process.waitForFinished(30000);
    return hasFinished && m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
}
