// SPDX-License-Identifier: MIT
#ifndef CONNECTCOMMAND_H
#define CONNECTCOMMAND_H

#include "clientoptions.h"
#include "closeoptions.h"
#include "console.h"
#include "linereader.h"
#include "messagesource.h"
#include "sessionrecorder.h"

#include <QtCore/qtimer.h>

struct ConnectSettings
{
    ClientSettings client;
    CloseSettings close;
    MessageDisplay display;
    MessageSource messages;
    QString recordFile; // if not empty, where the session is written
    Console::Format format = Console::Format::Plain;
    std::chrono::milliseconds pingInterval{0};
    double quietSeconds = 0; // how long the peer must be silent after the end of the input before we close
    qint64 messageCount = 0; // close after this many messages; 0 means no limit
    bool sendsBinary = false;
    bool reconnects = false;
    bool showsSteps = false;
    bool takesCommands = false; // lines that begin with a slash
    bool recordsSecrets = false;
    bool isInHistory = true;
};

// One conversation: lines of standard input are sent as messages, and received messages are printed. It can
// outlast a connection: if it reconnects, what is typed in between waits.
class Conversation : public QObject
{
    Q_OBJECT

public:
    explicit Conversation(const ConnectSettings &settings);

    // Returns false if the URL, a header or the file of the record is not acceptable.
    bool start();

Q_SIGNALS:
    void finished(int exitStatus);

private:
    void connectSignals();
    void reconnectWhenLost();
    void onOpened();
    void onStateChanged(Ws::State state);
    void addToHistory();
    void describeOpening();
    void onStep(Ws::OpeningStep step, qint64 elapsedUs);
    void onReconnecting(int attempt, int delayMs);
    void onMessagesLost(int count);
    void onActiveChanged();
    void onLine(const QByteArray &line);
    void send(const QByteArray &line);
    void noteEndOfLines();
    void noteTakenLines();
    bool mayLinesWait() const;
    void noteRefused();
    void sendMessages();
    void run(const QString &command);
    void ping(QByteArray payload);
    void sendTemplate(const QStringList &words);
    void diffLastMessages();
    bool startRecord();
    void onInputFinished();
    void onMessage(const WsMessage &message);
    void onPong(const QByteArray &payload, qint64 roundTripUs);
    void onError(const WsError &error);
    void onClosed(quint16 code, const QString &reason, bool wasClean);
    void onInterrupt();
    void waitForQuiet();
    void closePolitely();

    ConnectSettings m_settings;
    Console m_console;
    WsClient m_client;
    SessionRecorder m_recorder;
    LineReader m_input;
    QTimer m_pingTimer;
    QTimer m_quietTimer;
    QTimer m_confirmationTimer;
    QByteArray m_lastMessage;
    QByteArray m_messageBefore;
    qint64 m_messageNumber = 0; // of those that were given as options, before the first line
    qint64 m_lineNumber = 0;
    qint64 m_waitingLines = 0; // typed while there was no connection
    qint64 m_linesEnd = 0;     // of what is sent on this connection, where the last line ends
    qint64 m_received = 0;
    int m_status = 0; // if the conversation ends now
    bool m_wasOpened = false;
    bool m_isOpen = false; // or was, until the signal that it is not
    bool m_isClosedHere = false; // by this side
    bool m_areLinesTaken = true; // by the system
    bool m_isInputFinished = false;
    bool m_peerHasReadAll = false;
    bool m_hasLosses = false; // lines that were not sent, messages that were not written
};

int runConnect(const QStringList &arguments);
// The same, with the file of the record as the first argument.
int runRecord(const QStringList &arguments);

#endif // CONNECTCOMMAND_H
