// SPDX-License-Identifier: MIT
#ifndef GETTINGSTARTED_H
#define GETTINGSTARTED_H

#include <WsKit/WsServer>

namespace GettingStarted {
void answerRequests(WsServer &server);
void greet(WsConnection *connection);
void explain(WsConnection *connection);
} // namespace GettingStarted

//! [class]
class ChatServer : public QObject
{
    Q_OBJECT

public:
    explicit ChatServer(QObject *parent = nullptr);

    bool start(quint16 port) { return m_server.listen(QHostAddress::LocalHost, port); }
    QUrl url() const { return m_server.serverUrl(); }

private:
    void onConnection(WsConnection *connection);

    WsServer m_server;
};
//! [class]

#endif // GETTINGSTARTED_H
