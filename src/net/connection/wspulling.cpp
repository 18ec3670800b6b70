// SPDX-License-Identifier: MIT
#include "net/connection/wspulling.h"

void WsPulling::keep(const WsMessage &message)
{
    m_messages.push_back(message);
    m_size += sizeOf(message);
}

WsMessage WsPulling::take()
{
    WsMessage message = std::move(m_messages.front());
    m_messages.pop_front();
    m_size -= sizeOf(message);
    return message;
}

QPromise<WsPulling::Result> WsPulling::takeFirstWaiting()
{
    QPromise<Result> promise = std::move(m_waiting.front());
    m_waiting.pop_front();
    return promise;
}

void WsPulling::clear()
{
    m_messages.clear();
    m_size = 0;
}

void wsAnswerEmpty(WsWaitingReceivers *receivers)
{
    for (QPromise<WsPulling::Result> &promise : *receivers) {
        promise.addResult(WsPulling::Result());
        promise.finish();
    }
}
