// SPDX-License-Identifier: MIT
#ifndef CONNECTCOMMAND_H
#define CONNECTCOMMAND_H

#include "clientoptions.h"
#include "console.h"
#include "linereader.h"

#include <QtCore/qtimer.h>

struct ConnectSettings
{
    ClientSettings client;
    Console::Format format = Console::Format::Plain;
    std::chrono::milliseconds pingInterval{0};
    double quietSeconds = 0; // how long the peer must be silent after the end of the input before we close
    qint64 messageCount = 0; // close after this many messages; 0 means no limit
    bool sendsBinary = false;
};

// One conversation: lines of standard input are sent as messages, and received messages are printed.
class Conversation : public QObject
{
    Q_OBJECT

public:
    explicit Conversation(const ConnectSettings &settings);

    // Returns false if the URL or a header is not acceptable.
    bool start();

Q_SIGNALS:
    void finished(int exitStatus);

private:
    void onOpened();
    void onLine(const QByteArray &line);
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
    LineReader m_input;
    QTimer m_pingTimer;
    QTimer m_quietTimer;
    qint64 m_lineNumber = 0;
    qint64 m_received = 0;
    bool m_wasOpened = false;
    bool m_isInputFinished = false;
    bool m_peerHasReadAll = false;
    bool m_hasUnsentLines = false;
};

int runConnect(const QStringList &arguments);

#endif // CONNECTCOMMAND_H
