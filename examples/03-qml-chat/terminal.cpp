// SPDX-License-Identifier: MIT
#include "terminal.h"

#include "messagetext.h"

#include <cstdio>
#include <utility>

Terminal::Terminal(QObject *parent) : QObject(parent)
{
    connect(&m_reader, &LineReader::lineRead, this,
            [this](const QByteArray &line) { Q_EMIT lineRead(QString::fromUtf8(line)); });
    connect(&m_reader, &LineReader::finished, this, &Terminal::finished);
}

void Terminal::setReading(bool reading)
{
    if (reading == m_isReading)
        return;
    m_isReading = reading;
    if (reading && !std::exchange(m_hasStarted, true))
        m_reader.start();
    m_reader.setPaused(!reading);
    Q_EMIT readingChanged();
}

void Terminal::print(const QString &line)
{
    // Anybody may have written it. Further lines must not look like lines of others.
    const QString shown = withoutControls(line).replace(u'\n', QLatin1String("\n  "));
    std::puts(qUtf8Printable(shown));
    std::fflush(stdout);
}
