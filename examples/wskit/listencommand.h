// SPDX-License-Identifier: MIT
#ifndef LISTENCOMMAND_H
#define LISTENCOMMAND_H

#include "console.h"
#include "linereader.h"

#include <WsKit/WsServer>

#include <QtCore/qtimer.h>

#include <optional>

class CommandLine;

struct ListenSettings
{
    enum class Answer { None, Echo, Broadcast };

    // Where to listen: on the sockets of systemd, on local sockets, and on addresses with one port.
    bool isBySystemd = false;
    QStringList localSockets;
    QFileDevice::Permissions localPermissions; // none for those that the umask leaves
    QList<QHostAddress> hosts;
    quint16 port = 0;
    bool isPortShared = false;

    QStringList trustedProxies;
    bool usesProxyProtocol = false;
    QStringList origins;
    QStringList allowedHosts;
    QStringList subprotocols;
    QString clientCaFile; // if not empty, clients need a certificate of it

    qint64 maxMessageSize = 0; // 0 for the library's
    int maxClients = 0;        // 0 for no limit, here and in the next ones
    int maxClientsPerAddress = 0;
    int maxMessagesPerSecond = 0;
    qint64 maxBytesPerSecond = 0;
    Ws::RateLimitPolicy rateLimitPolicy = Ws::SlowDown;
    int maxPending = 0; // 0 for the library's
    qint64 maxTotalBuffered = 0;
    Ws::SlowSubscriber slowSubscriber = Ws::SkipMessage;

    QString metricsPath; // if not empty, where the metrics are
    QString servedPath;  // if not empty, a file or folder for who asks without a WebSocket
    bool hasFigures = false;
    std::chrono::milliseconds figuresInterval{0}; // 0 for the end alone
    std::chrono::milliseconds drainTime = std::chrono::seconds(5);

    MessageDisplay display;
    Console::Format format = Console::Format::Plain;
    Answer answer = Answer::None;
    bool isCompressed = false;
};

void addListenOptions(CommandLine &line);
// Returns an empty text, or what is wrong.
QString readListenSettings(const CommandLine &line, ListenSettings *settings);

// A server that prints connections, their messages and how they end.
class Listener : public QObject
{
    Q_OBJECT

public:
    explicit Listener(const ListenSettings &settings);

    // To be called before start(). Returns an empty text, or what is wrong with the files.
    QString useTls(const QStringList &files);
    bool start();
    // Whether a message could not be printed.
    bool hasLosses() const { return m_console.isOutputLost(); }

Q_SIGNALS:
    void finished();

private:
    void applySettings();
    bool listen();
    std::optional<WsResponse> answer(const WsRequest &request) const;
    void onNewConnection(WsConnection *connection);
    void onMessage(WsConnection *connection, const WsMessage &message);
    void onLine(const QByteArray &line);
    void onRejected(const WsError &error, const QHostAddress &address);
    void onInterrupt();
    void onHangUp();
    void onClosed();
    void printFigures();

    const ListenSettings m_settings;
    Console m_console;
    WsServer m_server;
    LineReader m_input;
    QTimer m_figuresTimer;
    bool m_hasCertificate = false;
    bool m_hadTerminal = false;
    bool m_isClosing = false;
};

int runListen(const QStringList &arguments);

#endif // LISTENCOMMAND_H
