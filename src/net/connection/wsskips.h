// SPDX-License-Identifier: MIT
#ifndef WSSKIPS_H
#define WSSKIPS_H

#include "net/loop/wstime.h"

#include <QtCore/qhash.h>
#include <QtCore/qstring.h>

#include <atomic>
#include <memory>

class WsConnectionPrivate;

// Which messages to many a connection misses, until its owner is told, once a second at most.
class WsSkips
{
public:
    explicit WsSkips(WsConnectionPrivate &connection);
    ~WsSkips();
    Q_DISABLE_COPY_MOVE(WsSkips)

    // From any thread. An empty \a topic: they were broadcasts.
    void note(const QString &topic, qint64 count = 1);

    // In the connection's thread:
    // Reports what there is, if \a now is the time for it.
    void check(WsTime now);
    // Reports what there is at once. A handler may delete the connection.
    void report();
    void arriveInThread();

private:
    struct Missed;

    void goOn();
    bool takeReport(QString *topic, qint64 *count);

    WsConnectionPrivate &d;
    std::unique_ptr<Missed> m_missed; // once there was something
    std::atomic<bool> m_isReportDue{false};
};

#endif // WSSKIPS_H
