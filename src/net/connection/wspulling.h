// SPDX-License-Identifier: MIT
#ifndef WSPULLING_H
#define WSPULLING_H

#include <WsKit/wsmessage.h>

#include <QtCore/qfuture.h>
#include <QtCore/qpromise.h>

#include <deque>
#include <optional>

// The messages of a connection that are taken instead of told, and those who wait for one.
class WsPulling
{
public:
    using Result = std::optional<WsMessage>;

    bool isEmpty() const { return m_messages.empty(); }
    // What the messages take, at least.
    qint64 size() const { return m_size; }
    void keep(const WsMessage &message);
    const WsMessage &first() const { return m_messages.front(); }
    WsMessage take();
    void clear();

    void wait(QPromise<Result> promise) { m_waiting.push_back(std::move(promise)); }
    bool hasWaiting() const { return !m_waiting.empty(); }
    QPromise<Result> takeFirstWaiting();

private:
    static qint64 sizeOf(const WsMessage &message)
    {
        return message.data().size() + qint64(sizeof(WsMessage)) + 32;
    }

    std::deque<WsMessage> m_messages;
    std::deque<QPromise<Result>> m_waiting;
    qint64 m_size = 0;
};

#endif // WSPULLING_H
