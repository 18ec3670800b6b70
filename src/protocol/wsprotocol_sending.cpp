// SPDX-License-Identifier: MIT
#include "protocol/wsprotocol.h"

#include "protocol/wsclosecode.h"
#include "protocol/wsprotocollog.h"

#include <QtCore/qendian.h>

// What is sent: messages, control frames, and the Close frame, including the one that reports a failure.

bool WsProtocol::sendMessage(Ws::MessageType type, const QByteArray &payload)
{
    if (m_state != State::Open)
        return false;
    m_queue.send(type, payload);
    return true;
}

bool WsProtocol::send(const WsPreparedMessage &message)
{
    if (m_state != State::Open || message.isNull())
        return false;
    m_queue.send(message);
    return true;
}

bool WsProtocol::sendFragments(Ws::MessageType type, const QByteArrayList &fragments)
{
    if (m_state != State::Open)
        return false;
    m_queue.sendFragments(type, fragments);
    return true;
}

quint64 WsProtocol::beginMessage(Ws::MessageType type)
{
    return m_state == State::Open ? m_queue.openMessage(type) : 0;
}

bool WsProtocol::continueMessage(quint64 message, QByteArrayView bytes)
{
    return m_queue.append(message, bytes);
}

bool WsProtocol::endMessage(quint64 message)
{
    return m_queue.finish(message);
}

bool WsProtocol::sendPing(QByteArrayView payload)
{
    return sendControl(WsOpcode::Ping, payload);
}

bool WsProtocol::sendPong(QByteArrayView payload)
{
    return sendControl(WsOpcode::Pong, payload);
}

bool WsProtocol::sendControl(WsOpcode opcode, QByteArrayView payload)
{
    if (m_state != State::Open)
        return false;
    m_queue.sendControl(opcode, payload.first(qMin(payload.size(), WsFrameHeader::MaxControlPayload)));
    return true;
}

void WsProtocol::queuePong(QByteArrayView payload)
{
    const WsOutput &output = m_queue.encoded();
    if (output.written() >= m_pongsWrittenAt)
        m_queuedPongs = 0;
    if (m_queuedPongs == MaxQueuedPongs) {
        m_latestPong = payload.toByteArray();
        m_hasLatestPong = true;
        return;
    }
    m_hasLatestPong = false; // this answer is later, and one answer for both will do
    m_queue.sendControl(WsOpcode::Pong, payload);
    ++m_queuedPongs;
    m_pongsWrittenAt = output.written() + output.size();
}

WsOutput &WsProtocol::output()
{
    if (m_hasLatestPong && isBeforeClose() && m_queue.encoded().written() >= m_pongsWrittenAt)
        queuePong(std::exchange(m_latestPong, {}));
    return m_queue.output();
}

QByteArray WsProtocol::closePayload(quint16 code, QByteArrayView reason) const
{
    QByteArray payload;
    if (wsMayBeOnTheWire(code)) {
        payload.resize(2);
        qToBigEndian(code, payload.data());
        payload.append(wsTruncatedUtf8(reason, wsMaxCloseReason));
    }
    return payload;
}

bool WsProtocol::sendClose(quint16 code, QByteArrayView reason)
{
    if (m_state != State::Open || (code != Ws::NoStatus && !wsMayBeOnTheWire(code)))
        return false;
    m_queue.sendClose(closePayload(code, reason));
    m_state = State::ClosedByUs;
    return true;
}

void WsProtocol::fail(Ws::ErrorKind kind, quint16 closeCode, const QString &text)
{
    if (!isReading())
        return;
    if (wsIsProtocolLogged())
        wsLogFailure(m_queue.id(), closeCode, text);
    const bool isToBeTold = isBeforeClose();
    m_queue.cut(); // a Close that waits as well
    if (isToBeTold)
        m_queue.sendControl(WsOpcode::Close, closePayload(closeCode, text.toUtf8()));
    m_state = State::Failed;
    m_failure = {kind, closeCode, text};
}

void WsProtocol::giveUp(Ws::ErrorKind kind, quint16 closeCode, const QString &text, QByteArrayView reason)
{
    if (!sendClose(closeCode, reason))
        return;
    if (wsIsProtocolLogged())
        wsLogFailure(m_queue.id(), closeCode, text);
    m_failure = {kind, closeCode, text};
}
