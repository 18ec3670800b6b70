// SPDX-License-Identifier: MIT
#ifndef REPLAYCOMMAND_H
#define REPLAYCOMMAND_H

#include "clientoptions.h"
#include "console.h"
#include "sessionrecord.h"

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qtimer.h>

struct ReplaySettings
{
    ClientSettings client;
    Session session;
    Console::Format format = Console::Format::Plain;
    MessageDisplay display;
    double speed = 1; // 0: without pauses
    double quietSeconds = 0.5;
    bool comparesAnswers = false;
};

// Sends the messages that a session has sent, with its pauses, and compares what comes with what came then.
class Replay : public QObject
{
    Q_OBJECT

public:
    explicit Replay(const ReplaySettings &settings);

    // Returns false if the URL or a header is not acceptable.
    bool start();

Q_SIGNALS:
    void finished(int exitStatus);

private:
    void onOpened();
    void sendDue();
    void send(const SessionEvent &event);
    void onMessage(const WsMessage &message);
    void compare(const WsMessage &message);
    void waitForAnswers();
    void onClosed(quint16 code, const QString &reason, bool wasClean);
    void reportDifferences();

    ReplaySettings m_settings;
    Console m_console;
    WsClient m_client;
    QList<SessionEvent> m_toSend;
    QList<SessionEvent> m_expected;
    QTimer m_sendTimer;
    QTimer m_quietTimer;
    QElapsedTimer m_clock;
    qsizetype m_sent = 0;
    qsizetype m_received = 0;
    qsizetype m_differing = 0;
    bool m_wasOpened = false;
    bool m_hasLosses = false; // messages that could not be sent or printed
    bool m_isHeldUp = false;  // until what is queued has drained
};

int runReplay(const QStringList &arguments);

#endif // REPLAYCOMMAND_H
