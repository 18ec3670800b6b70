// SPDX-License-Identifier: MIT
#ifndef SOAKPROCESS_H
#define SOAKPROCESS_H

#include "soakfigures.h"

#include "redistesting.h"

#include <QtCore/qjsonobject.h>
#include <QtCore/qprocess.h>

#include <functional>
#include <memory>
#include <optional>

// The processes that a soak has started.

namespace Soak {
using namespace Qt::StringLiterals;

using Report = std::function<void(const QString &text)>;

// A process that talks by lines (soaklines.h). What it says is wrong is reported, and so is its end, unless
// it was asked for.
class Process
{
public:
    Process(const QString &name, const QStringList &command, Report fault);
    ~Process() { kill(); }
    Q_DISABLE_COPY_MOVE(Process)

    void send(const QJsonObject &command);
    // Waits for what the process says under this name.
    std::optional<QJsonValue> wait(const QString &name, int patience = Patient::Patience);
    void kill();
    // Ends it as a user does, or by the end of its commands. Returns whether it has ended well.
    bool terminate();
    bool finish();

    QProcess process;
    static bool hasLostOne; // a process has ended by itself, so that others may wait in vain

private:
    void read();
    bool waitForEnd();

    const QString m_name;
    const Report m_fault;
    QJsonObject m_said; // the last of each name
    bool m_mayEnd = false;
};

enum class Fate { Running, Left, Killed };

// A place at which a server runs, one process after another, and what was seen of it.
class Site
{
public:
    struct Kind
    {
        QString name;
        QStringList options;
        bool isRestless; // it is restarted and killed
    };
    Site(const Kind &kind, const QUrl &redis, Report fault);

    bool start();
    bool restart();
    bool killAndStart();
    void pause() const { RedisTesting::pauseProcess(m_process->process); }
    void resume() const;
    bool finish();
    // Waits until it has no clients, and notes the figures.
    bool settle();

    QString url(const QString &transport) const;
    QJsonObject target() const; // for hostile clients

    const Kind kind;
    QHash<int, Fate> fates;             // by generation
    QHash<int, QList<Figures>> figures; // the same, at each quiet point
    QJsonObject sums;                   // of the last quiet point
    QHash<QString, qint64> totals;      // of all processes, as far as they were seen

private:
    void addTotals();

    static int s_generations;
    const QUrl m_redis;
    const Report m_fault;
    QTemporaryDir m_folder;
    HeldPort m_port;
    HeldPort m_tlsPort;
    int m_generation = 0;
    std::optional<Figures> m_first; // before the first client; a process that follows has as many descriptors
    std::unique_ptr<Process> m_process;
};
} // namespace Soak

#endif // SOAKPROCESS_H
