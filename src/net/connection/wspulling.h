// SPDX-License-Identifier: MIT
#ifndef WSPULLING_H
#define WSPULLING_H

#include "protocol/wsmemory.h"

#include <WsKit/wsmessage.h>

#include <QtCore/qfuture.h>
#include <QtCore/qpromise.h>

#include <deque>
#include <optional>
#include <utility>

// The messages that wait until the application takes them, and the futures that wait for messages.
class WsPulling
{
public:
    using Result = std::optional<WsMessage>;

    bool isEmpty() const { return m_messages.empty(); }
    // How much memory the messages take.
    qint64 size() const { return m_size; }
    void keep(const WsMessage &message);
    const WsMessage &first() const { return m_messages.front(); }
    WsMessage take();
    void clear();

    void wait(QPromise<Result> promise) { m_waiting.push_back(std::move(promise)); }
    bool hasWaiting() const { return !m_waiting.empty(); }
    QPromise<Result> takeFirstWaiting();
    std::deque<QPromise<Result>> takeWaiting() { return std::exchange(m_waiting, {}); }

private:
    static qint64 sizeOf(const WsMessage &message)
    {
        return wsMemoryOf(message.data()) + qint64(sizeof(WsMessage));
    }

    std::deque<WsMessage> m_messages;
    std::deque<QPromise<Result>> m_waiting;
    qint64 m_size = 0;
};

using WsWaitingReceivers = std::deque<QPromise<WsPulling::Result>>;

// Completes each of \a receivers without a message. Continuations run from within the call.
void wsAnswerEmpty(WsWaitingReceivers *receivers);

#endif // WSPULLING_H
