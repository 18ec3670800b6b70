// SPDX-License-Identifier: MIT

// The frames of messages, as signals.

#include "net/connection/wsdelivery.h"

#include "net/connection/wsconnection_p.h"
#include "protocol/wsutf16.h"

#include <QtCore/qmetaobject.h>

#include <utility>

// It may be called with Qt's locks held, so it cannot ask which signals are connected. What has arrived with
// the current message is parsed before that is asked again, therefore the engine is told at once.
void WsDelivery::noteConnected(const QMetaMethod &signal)
{
    forgetListeners();
    static const QMetaMethod ofText = QMetaMethod::fromSignal(&WsConnection::textFrameReceived);
    static const QMetaMethod ofBinary = QMetaMethod::fromSignal(&WsConnection::binaryFrameReceived);
    if ((signal != ofText && signal != ofBinary) || !d.threads.isSettledHere())
        return;
    m_expectsFrames = true;
    updateParts();
}

bool WsDelivery::wantsFrame(Ws::MessageType type)
{
    const bool isDropped = m_byteStream || isPulled() || m_nextHandler;
    return !isDropped && (listeners() & (type == Ws::Text ? TextFrames : BinaryFrames));
}

void WsDelivery::deliverFrame(const WsEvent &event, const WsLifeGuard &guard)
{
    if (!wantsFrame(event.messageType))
        return;
    const bool isFinal = event.type == WsEvent::FinalFrame;
    if (event.messageType == Ws::Binary) {
        const QByteArray frame = m_keptPayload ? *m_keptPayload : d.link.protocol().frameOf(event);
        Q_EMIT d.q->binaryFrameReceived(unshared(frame), isFinal); // the message may share it
        return;
    }
    const QString frame = wsStringFromUtf8(event.payload);
    if (isFinal && !m_handler && (listeners() & Texts))
        m_finalText = std::make_unique<FinalText>(FinalText{frame, event.payload.size()});
    Q_EMIT d.q->textFrameReceived(frame, isFinal);
    if (guard.lives() && !guard) // the message does not follow
        m_finalText.reset();
}

QString WsDelivery::textAfterFrame(QByteArrayView payload, FinalText *frame)
{
    if (frame->size == payload.size())
        return frame->text;
    frame->text.clear(); // before there is another large string
    return wsStringFromUtf8(payload);
}
