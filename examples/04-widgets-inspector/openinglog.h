// SPDX-License-Identifier: MIT
#ifndef OPENINGLOG_H
#define OPENINGLOG_H

#include <WsKit/Ws>
#include <WsKit/WsRequest>
#include <WsKit/WsResponse>

#include <QtCore/QCoreApplication>
#include <QtCore/QElapsedTimer>
#include <QtCore/QList>
#include <QtCore/QString>

// What has happened in each attempt to open the connection, and when.
class OpeningLog
{
    Q_DECLARE_TR_FUNCTIONS(OpeningLog)

public:
    struct Line
    {
        QString name;
        QString value;
    };
    // A request and, once there is one, its answer. Redirects and logins lead to several.
    struct Exchange
    {
        WsRequest request;
        WsResponse response; // has the status 0 until then
        QString requestTime;
        QString responseTime;
    };
    struct Attempt
    {
        QString summary() const; // one line

        int number = 0; // to connect again; 0 is the first opening
        QList<Line> lines;
        QList<Exchange> exchanges;
    };

    void clear() { m_attempts.clear(); }
    void begin(int number);
    void addStep(Ws::OpeningStep step, qint64 elapsedUs);
    // Something else, now.
    void add(const QString &name, const QString &value);
    void addRequest(const WsRequest &request, qint64 elapsedUs);
    // The answer to the last request; of a refusal, the body may follow.
    void setResponse(const WsResponse &response);

    const QList<Attempt> &attempts() const { return m_attempts; } // the newest is the last

private:
    bool isFull() const;

    QList<Attempt> m_attempts;
    QElapsedTimer m_clock;
};

#endif // OPENINGLOG_H
