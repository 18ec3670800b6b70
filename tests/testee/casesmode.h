// SPDX-License-Identifier: MIT
#ifndef CASESMODE_H
#define CASESMODE_H

#include <WsKit/WsClient>

#include <chrono>

// Plays the client of a case server such as Autobahn's fuzzingserver: it asks how many cases there are,
// echoes through each of them in turn, and has the report written.
class CaseRunner : public QObject
{
    Q_OBJECT

public:
    CaseRunner(const QUrl &server, const QString &agent, bool deflates, std::chrono::seconds closeTimeout);

    bool start();

Q_SIGNALS:
    void finished(bool wasComplete);

private:
    enum class Step { Count, Cases, Report };

    bool openStep();
    QUrl stepUrl() const;
    void onOpened();
    void onError(const WsError &error);
    void onText(const QString &text);
    void onBinary(const QByteArray &data);
    void onClosed();
    bool advance();

    WsClient m_client;
    QUrl m_server;
    QString m_agent;
    Step m_step = Step::Count;
    int m_caseCount = -1;
    int m_case = 0;
    bool m_wasAnswered = false; // be it by what is no good answer
};

// Returns 0 if every case was run and the report written, 1 otherwise.
int runCasesMode(const QUrl &server, const QString &agent, bool deflates, std::chrono::seconds closeTimeout);

#endif // CASESMODE_H
