// SPDX-License-Identifier: MIT
#ifndef LISTENCOMMAND_H
#define LISTENCOMMAND_H

#include "console.h"
#include "linereader.h"

#include <WsKit/WsServer>

struct ListenSettings
{
    enum class Answer { None, Echo, Broadcast };

    QHostAddress host;
    QString localSocket; // if not empty, in place of the address and the port
    QStringList origins;
    QStringList subprotocols;
    QString clientCaFile; // if not empty, clients need a certificate of it
    MessageDisplay display;
    qint64 maxMessageSize = 0; // 0 for the library's
    int maxClients = 0;        // 0 for no limit
    Console::Format format = Console::Format::Plain;
    Answer answer = Answer::None;
    quint16 port = 0;
    bool isCompressed = false;
};

// A server that prints connections, their messages and how they end.
class Listener : public QObject
{
    Q_OBJECT

public:
    explicit Listener(const ListenSettings &settings);

    // To be called before start(). Returns an empty text, or what is wrong with the files.
    QString useTls(const QStringList &files);
    bool start();

Q_SIGNALS:
    void finished();

private:
    void onNewConnection(WsConnection *connection);
    void onMessage(WsConnection *connection, const WsMessage &message);
    void onLine(const QByteArray &line);
    void onInterrupt();

    ListenSettings m_settings;
    Console m_console;
    WsServer m_server;
    LineReader m_input;
    bool m_isClosing = false;
};

int runListen(const QStringList &arguments);

#endif // LISTENCOMMAND_H
