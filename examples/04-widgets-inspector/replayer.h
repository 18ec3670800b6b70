// SPDX-License-Identifier: MIT
#ifndef REPLAYER_H
#define REPLAYER_H

#include "logentry.h"

#include <QtCore/QList>
#include <QtCore/QObject>
#include <QtCore/QTimer>

// Sends the messages again that were sent, at their times or at once.
class Replayer : public QObject
{
    Q_OBJECT

public:
    enum Pace { AsRecorded, AtOnce };

    explicit Replayer(QObject *parent = nullptr);

    bool isRunning() const { return m_next < m_messages.size(); }
    void start(const QList<LogEntry> &entries, Pace pace);
    void stop();

    static QList<LogEntry> sentMessages(const QList<LogEntry> &entries);

Q_SIGNALS:
    void due(const LogEntry &message);
    void finished(qsizetype count); // of those that were due

private:
    void sendNext();
    void scheduleNext();

    QList<LogEntry> m_messages;
    qsizetype m_next = 0;
    Pace m_pace = AsRecorded;
    QTimer m_timer;
};

#endif // REPLAYER_H
