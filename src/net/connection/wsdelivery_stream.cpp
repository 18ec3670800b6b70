// SPDX-License-Identifier: MIT

// Messages that are read and written as streams.

#include "net/connection/wsdelivery.h"

#include "net/connection/wsconnection_p.h"
#include "net/connection/wsmessagestream_p.h"

#include <QtCore/qpointer.h>

#include <utility>

void WsDelivery::setBinaryType(Ws::BinaryType type)
{
    if (m_binaryType.exchange(type) == type)
        return;
    updateStreaming();
    Q_EMIT d.q->binaryTypeChanged(type);
}

void WsDelivery::updateStreaming()
{
    d.link.protocol().setStreaming(m_binaryType == Ws::Stream && !m_pulling);
}

WsMessageStream *WsDelivery::openMessage(Ws::MessageType type)
{
    if (!d.sending.mayQueue(0))
        return nullptr;
    WsMessageStream *const stream = WsMessageStreamPrivate::create(d, type, QIODevice::WriteOnly);
    WsMessageStreamPrivate::of(stream)->message = d.link.protocol().beginMessage(type);
    return stream;
}

// --- reading

void WsDelivery::startStream(Ws::MessageType type)
{
    // The message is dropped if nothing is connected, and after our own Close, when nothing stops reading.
    if (d.life.state() != Ws::Open || !(listeners() & Streams))
        return;
    m_readStream = WsMessageStreamPrivate::create(d, type, QIODevice::ReadOnly);
    Q_EMIT d.q->messageStarted(m_readStream);
}

void WsDelivery::continueStream(QByteArrayView bytes)
{
    d.counters.payloadBytesReceived.add(bytes.size());
    if (!m_readStream)
        return;
    WsLifeGuard guard(d);
    WsMessageStreamPrivate::of(m_readStream)->append(takePayload());
    if (guard)
        updateReading();
}

void WsDelivery::endStream()
{
    d.counters.messagesReceived.add(1);
    if (!m_readStream)
        return;
    WsLifeGuard guard(d);
    WsMessageStreamPrivate::of(m_readStream)->endReading(true);
    if (guard)
        onStreamRead();
}

void WsDelivery::onStreamRead()
{
    if (m_readStream && WsMessageStreamPrivate::of(m_readStream)->isReadToEnd())
        letGoOfStream();
    updateReading();
    if (d.life.isEndHeld() && !hasUnread())
        d.life.completeEndSoon();
}

void WsDelivery::letGoOfStream()
{
    if (m_readStream)
        WsMessageStreamPrivate::of(std::exchange(m_readStream, nullptr))->connection = nullptr;
}

void WsDelivery::abandonStream()
{
    WsMessageStream *const stream = m_readStream;
    if (!stream)
        return;
    letGoOfStream();
    WsLifeGuard guard(d);
    WsMessageStreamPrivate::of(stream)->endReading(false);
    if (guard)
        updateReading();
}

// --- the end

void WsDelivery::endStreams()
{
    const QList<WsMessageStream *> all = d.q->findChildren<WsMessageStream *>(Qt::FindDirectChildrenOnly);
    const QList<QPointer<WsMessageStream>> streams(all.begin(), all.end());
    WsLifeGuard guard(d);
    for (const QPointer<WsMessageStream> &stream : streams) {
        if (!guard || !stream)
            continue;
        WsMessageStreamPrivate *const data = WsMessageStreamPrivate::of(stream);
        if (data->connection && stream->isWritable())
            data->cutWriting();
        else if (stream == m_readStream)
            data->endReading(false);
    }
    if (guard && m_readStream && WsMessageStreamPrivate::of(m_readStream)->unread == 0)
        onStreamRead();
}

void WsDelivery::forgetStreams()
{
    const QList<WsMessageStream *> streams = d.q->findChildren<WsMessageStream *>(Qt::FindDirectChildrenOnly);
    for (WsMessageStream *stream : streams)
        WsMessageStreamPrivate::of(stream)->connection = nullptr;
}

bool WsDelivery::hasUnread() const
{
    return hasMessage() || (m_readStream && WsMessageStreamPrivate::of(m_readStream)->unread > 0);
}
