// SPDX-License-Identifier: MIT
#ifndef WSKEPTMESSAGES_H
#define WSKEPTMESSAGES_H

#include <WsKit/ws.h>

#include <QtCore/qbytearraylist.h>

#include <deque>

// A message that waits until its client is open.
struct WsKeptMessage
{
    static WsKeptMessage whole(Ws::MessageType type, const QByteArray &payload);
    static WsKeptMessage fragmented(Ws::MessageType type, const QByteArrayList &fragments);

    // How much memory it takes, with its place in the list.
    qint64 cost() const;

    Ws::MessageType type = Ws::Text;
    QByteArrayList pieces;
    bool isFragmented = false;
};

// The messages that a client has accepted while it was not open, in their order.
class WsKeptMessages
{
public:
    bool isEmpty() const { return m_messages.empty(); }
    qsizetype count() const { return qsizetype(m_messages.size()); }
    qint64 cost() const { return m_cost; }
    void append(WsKeptMessage message);
    WsKeptMessage takeFirst();

private:
    std::deque<WsKeptMessage> m_messages;
    qint64 m_cost = 0;
};

#endif // WSKEPTMESSAGES_H
