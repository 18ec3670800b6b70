// SPDX-License-Identifier: MIT
#ifndef WSMEMBERREPORTS_H
#define WSMEMBERREPORTS_H

#include <QtCore/qmutex.h>
#include <QtCore/qstring.h>

#include <deque>

class WsServerHome;

// What a server has not reported yet of the members of its topics. It is one list for all brokers that the
// server has had, so that what the last one knew is reported before what the next one knows.
class WsMemberReports
{
public:
    explicit WsMemberReports(WsServerHome &home) : m_home(home) { }
    Q_DISABLE_COPY_MOVE(WsMemberReports)

    // From any thread. Calls no slots.
    void add(const QString &topic, const QString &member, bool hasJoined);

private:
    struct Report
    {
        QString topic;
        QString member;
        bool hasJoined = false;
    };

    void emitLater();
    void emitAll();
    bool take(Report *report);

    WsServerHome &m_home;
    QMutex m_mutex; // guards what follows
    std::deque<Report> m_reports;
    bool m_isPosted = false;
};

#endif // WSMEMBERREPORTS_H
