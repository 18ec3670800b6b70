// SPDX-License-Identifier: MIT

// Messages that are read and written as streams, one each or all as one.

#include "net/connection/wsdelivery.h"

#include "net/connection/wsbytestream_p.h"
#include "net/connection/wsconnection_p.h"
#include "net/connection/wsmessagestream_p.h"

#include <QtCore/qpointer.h>

#include <utility>

void WsDelivery::setBinaryType(Ws::BinaryType type)
{
    if (m_binaryType.exchange(type) == type)
        return;
    updateParts();
    Q_EMIT d.q->binaryTypeChanged(type);
}

void WsDelivery::updateParts()
{
    using Parts = WsProtocol::Parts;
    const bool isStreamed = m_byteStream || (m_binaryType == Ws::Stream && !m_pulling);
    const bool isFramed = m_expectsFrames && !m_pulling;
    d.link.protocol().setParts(isStreamed ? Parts::Streamed : isFramed ? Parts::Framed : Parts::Whole);
}

WsMessageStream *WsDelivery::openMessage(Ws::MessageType type)
{
    if (!d.sending.mayQueue(0))
        return nullptr;
    const quint64 message = d.link.protocol().beginMessage(type);
    if (message == 0) {
        (void)d.sending.refuseAfterClose();
        return nullptr;
    }
    WsMessageStream *const stream = WsMessageStreamPrivate::create(d, type, QIODevice::WriteOnly);
    WsMessageStreamPrivate::of(stream)->message = message;
    m_writtenStreams.append(stream);
    return stream;
}

// --- reading

void WsDelivery::startStream(Ws::MessageType type)
{
    m_bytesBeforeStream = d.counters.payloadBytesReceived.value();
    if (m_byteStream) {
        m_byteStream->startMessage(type);
        return;
    }
    letGoOfStream(); // which has not been read if our own Close is on its way, when nothing stops reading
    // The message is dropped if nothing is connected, and after our own Close.
    if (d.life.state() != Ws::Open || !(listeners() & Streams))
        return;
    m_readStream = WsMessageStreamPrivate::create(d, type, QIODevice::ReadOnly);
    Q_EMIT d.q->messageStarted(m_readStream);
}

void WsDelivery::continueStream(QByteArrayView bytes)
{
    d.counters.payloadBytesReceived.add(bytes.size());
    if (!m_readStream) {
        if (m_byteStream)
            continueByteStream(bytes);
        return;
    }
    WsLifeGuard guard(d);
    WsMessageStreamPrivate::of(m_readStream)->append(takePayload());
    if (guard)
        checkReaders();
}

void WsDelivery::endStream()
{
    d.counters.messagesReceived.add(1);
    if (d.tally)
        d.tally->received.add(d.counters.payloadBytesReceived.value() - m_bytesBeforeStream);
    if (!m_readStream) {
        if (m_byteStream)
            m_byteStream->endMessage();
        return;
    }
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

// A read of what QIODevice keeps would not be noticed. So a reader that is behind must not have bytes there.
void WsDelivery::checkReaders()
{
    updateReading();
    if (!d.link.isHeld(WsHold::Behind))
        return;
    if (m_byteStream)
        m_byteStream->unread.takeBack(*m_byteStream->q);
    if (m_readStream)
        WsMessageStreamPrivate::of(m_readStream)->unread.takeBack(*m_readStream);
}

void WsDelivery::checkReadersSoon()
{
    if (!d.link.isHeld(WsHold::Behind) || std::exchange(m_isReaderCheckDue, true))
        return;
    d.threads.callLater([this] {
        m_isReaderCheckDue = false;
        checkReaders();
    });
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

// --- all messages as one stream of bytes

bool WsDelivery::attach(WsByteStreamPrivate *stream)
{
    if (m_byteStream)
        return d.misuse("the connection has a WsByteStream already");
    if (isPulled())
        return d.misuse("the messages of the connection are taken by receive()");
    m_byteStream = stream;
    updateParts();
    return true;
}

void WsDelivery::detach()
{
    if (!std::exchange(m_byteStream, nullptr))
        return;
    updateParts();
    updateReading();
}

void WsDelivery::onStayingClosed()
{
    if (m_byteStream)
        m_byteStream->onStayingClosed();
}

void WsDelivery::continueByteStream(QByteArrayView bytes)
{
    WsLifeGuard guard(d);
    if (m_byteStream->copies(bytes.size()))
        m_byteStream->appendCopy(bytes);
    else
        m_byteStream->append(takePayload());
    if (guard)
        checkReaders();
}

// What has arrived in a pause, or was arriving when the stream was attached, is delivered whole.
void WsDelivery::takeWholeMessage(const WsEvent &event)
{
    WsLifeGuard guard(d);
    m_byteStream->startMessage(event.messageType);
    if (!event.payload.isEmpty())
        m_byteStream->append(takePayload());
    if (guard && m_byteStream)
        m_byteStream->endMessage();
    if (guard)
        checkReaders();
}

void WsDelivery::sendPending()
{
    if (m_byteStream)
        m_byteStream->send();
}

void WsDelivery::sendPendingSilently()
{
    if (m_byteStream && !m_byteStream->pending.isEmpty())
        (void)d.link.protocol().sendMessage(Ws::Binary, m_byteStream->pending);
}

// --- the end

void WsDelivery::endStreams()
{
    WsLifeGuard guard(d);
    while (guard && !m_writtenStreams.isEmpty())
        WsMessageStreamPrivate::of(m_writtenStreams.constFirst())->cutWriting();
    if (guard && m_readStream)
        WsMessageStreamPrivate::of(m_readStream)->endReading(false);
    if (guard && m_readStream && WsMessageStreamPrivate::of(m_readStream)->unread.isEmpty())
        onStreamRead();
}

void WsDelivery::letGoOfWritten(WsMessageStream *stream)
{
    m_writtenStreams.removeOne(stream);
    WsMessageStreamPrivate::of(stream)->connection = nullptr;
}

void WsDelivery::lookForFinishedStreams()
{
    const QList<WsMessageStream *> all = d.q->findChildren<WsMessageStream *>(Qt::FindDirectChildrenOnly);
    const QList<QPointer<WsMessageStream>> streams(all.begin(), all.end());
    m_hasStreams = false;
    WsLifeGuard guard(d);
    for (const QPointer<WsMessageStream> &stream : streams) {
        if (stream && WsMessageStreamPrivate::of(stream)->isFinished())
            delete stream;
        else if (stream && guard.lives())
            m_hasStreams = true;
    }
}

void WsDelivery::letGoOfStreams()
{
    letGoOfStream();
    while (!m_writtenStreams.isEmpty())
        letGoOfWritten(m_writtenStreams.constLast());
}

void WsDelivery::forgetStreams()
{
    QList<WsMessageStream *> streams = m_writtenStreams;
    if (m_readStream)
        streams.append(m_readStream);
    letGoOfStreams();
    for (WsMessageStream *stream : std::as_const(streams)) {
        if (stream->parent() != d.q) // the others are deleted with the connection
            WsMessageStreamPrivate::of(stream)->onConnectionDeleted();
    }
    if (WsByteStreamPrivate *const stream = std::exchange(m_byteStream, nullptr))
        stream->onConnectionDeleted();
}

bool WsDelivery::hasUnread() const
{
    return hasMessage() || (m_readStream && !WsMessageStreamPrivate::of(m_readStream)->unread.isEmpty());
}
