// SPDX-License-Identifier: MIT
#ifndef PROXYCOMMAND_H
#define PROXYCOMMAND_H

#include "clientoptions.h"
#include "console.h"
#include "proxylane.h"
#include "sessionrecorder.h"

#include <WsKit/WsServer>

#include <QtCore/qpromise.h>

#include <map>
#include <memory>

struct ProxySettings
{
    ClientSettings client; // of the connections to the server
    QHostAddress host;
    QStringList origins;
    QStringList forwardedHeaders;
    QString recordDirectory; // if not empty, a file for each session
    MessageDisplay display;
    ProxyRules toServer;
    ProxyRules toClient;
    Console::Format format = Console::Format::Plain;
    quint16 port = 0;
    int maxClients = 100;
    bool compressesClients = false;
    bool recordsSecrets = false;
};

// One client and its connection to the server.
class ProxySession : public QObject
{
    Q_OBJECT

public:
    ProxySession(const ProxySettings &settings, Console *console, int number);

    // Connects to the server as the client's request wants it. The answer is that of the server.
    QFuture<WsResponse> open(const WsRequest &request);
    // The client whose request has been accepted.
    void attach(WsConnection *client);
    // Closes both sides.
    void close();

Q_SIGNALS:
    void recordLost();
    void ended();

private:
    QString configure(const WsRequest &request);
    WsHeaders forwardedAnswerHeaders() const;
    void onServerOpened();
    void onServerClosed(quint16 code, const QString &reason, bool wasClean);
    void onClientClosed(quint16 code, const QString &reason, bool wasClean);
    void answer(const WsResponse &response);
    void connectLane(ProxyLane *lane, SessionEvent::Direction direction, const QString &arrow);
    void startRecord();
    void onRecordLost(const QString &text);
    void notice(const QString &text);
    void endSoon();

    const ProxySettings &m_settings;
    Console *m_console;
    int m_number;
    WsClient m_server;
    QPointer<WsConnection> m_client;
    std::unique_ptr<ProxyLane> m_toServer;
    std::unique_ptr<ProxyLane> m_toClient;
    SessionRecorder m_recorder;
    QPromise<WsResponse> m_answer;
    WsError m_error;
    QTimer m_unclaimedTimer; // for a client that has gone before it got its answer
    bool m_isAnswered = false;
};

// The server that clients connect to in place of the real one.
class Proxy : public QObject
{
    Q_OBJECT

public:
    explicit Proxy(const ProxySettings &settings);

    // To be called before start(). Returns an empty text, or what is wrong with the files.
    QString useTls(const QStringList &files);
    bool start();
    // Whether a message could not be printed or recorded.
    bool hasLosses() const { return m_hasLosses || m_console.isOutputLost(); }

Q_SIGNALS:
    void finished();

private:
    QFuture<WsResponse> onRequest(const WsRequest &request);
    void onNewConnection(WsConnection *connection);
    void onInterrupt();
    void finishIfDone();

    ProxySettings m_settings;
    Console m_console;
    WsServer m_server;
    std::map<QString, std::unique_ptr<ProxySession>> m_sessions; // by the client's address and port
    int m_count = 0;
    bool m_isClosing = false;
    bool m_isServerClosed = false;
    bool m_hasLosses = false;
};

int runProxy(const QStringList &arguments);

#endif // PROXYCOMMAND_H
