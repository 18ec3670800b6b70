// SPDX-License-Identifier: MIT
#include "soaklines.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qjsondocument.h>

#include <array>
#include <cstdio>
#include <unistd.h>

void Soak::say(const QJsonObject &object)
{
    const QByteArray line = QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
    std::fwrite(line.constData(), 1, size_t(line.size()), stdout); // locks
    std::fflush(stdout);
}

void Soak::sayFault(const QString &text)
{
    say({{QStringLiteral("fault"), text}});
}

Soak::Commands::Commands(std::function<void(const QJsonObject &)> handler)
    : m_handler(std::move(handler)), m_notifier(STDIN_FILENO, QSocketNotifier::Read)
{
    QObject::connect(&m_notifier, &QSocketNotifier::activated, &m_notifier, [this] { read(); });
}

void Soak::Commands::read()
{
    std::array<char, 4096> buffer;
    const ssize_t size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (size <= 0) {
        m_notifier.setEnabled(false);
        QCoreApplication::quit();
        return;
    }
    m_bytes.append(buffer.data(), size);
    for (qsizetype end = m_bytes.indexOf('\n'); end >= 0; end = m_bytes.indexOf('\n')) {
        const QJsonObject command = QJsonDocument::fromJson(m_bytes.first(end)).object();
        m_bytes.remove(0, end + 1);
        m_handler(command);
    }
}
