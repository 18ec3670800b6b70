// SPDX-License-Identifier: MIT
#ifndef LISTENCOMMAND_H
#define LISTENCOMMAND_H

#include "console.h"

#include <WsKit/WsServer>

#include <QtNetwork/qsslconfiguration.h>

#include <optional>

struct ListenSettings
{
    enum class Answer { None, Echo, Broadcast };

    QHostAddress host;
    std::optional<QSslConfiguration> tls;
    QStringList origins;
    QStringList subprotocols;
    Console::Format format = Console::Format::Plain;
    Answer answer = Answer::None;
    quint16 port = 0;
    bool isCompressed = false;
};

// A server that prints who connects, what they say and how they leave.
class Listener : public QObject
{
    Q_OBJECT

public:
    explicit Listener(const ListenSettings &settings);

    bool start();

Q_SIGNALS:
    void finished();

private:
    void onNewConnection(WsConnection *connection);
    void onMessage(WsConnection *connection, const WsMessage &message);
    void onInterrupt();

    ListenSettings m_settings;
    Console m_console;
    WsServer m_server;
    bool m_isClosing = false;
};

int runListen(const QStringList &arguments);

#endif // LISTENCOMMAND_H
