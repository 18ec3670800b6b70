// SPDX-License-Identifier: MIT
#ifndef CONNECTIONPLAY_APPLICATION_H
#define CONNECTIONPLAY_APPLICATION_H

#include "connectionplay.h"

// What the application of a ConnectionPlay does.
namespace Fuzzing {

// --- sending

template <typename Send>
void ConnectionPlay::sendCounted(const WsMessage &message, Send send)
{
    if (!connection() || m_openings.empty())
        return;
    const std::shared_ptr<Opening> current = m_openings.back();
    const bool isOpen = connection()->state() == Ws::Open;
    const qsizetype index = current->accepted.size();
    current->accepted.append({message}); // before slots of messageSent() send more
    if (!send(*connection()))
        current->accepted.removeAt(index);
    else
        expect(isOpen, "accepted without being open");
}

inline WsMessage ConnectionPlay::madeMessage(quint8 a, quint8 b)
{
    return WsMessage(b & 1 ? Ws::Binary : Ws::Text, numberedPayload(++m_number, sizeFrom(a)));
}

inline void ConnectionPlay::sendText(quint8 a, quint8)
{
    const WsMessage message = madeMessage(a, 0);
    sendCounted(message, [&](WsConnection &to) { return to.sendText(message.text()); });
}

inline void ConnectionPlay::sendBinary(quint8 a, quint8)
{
    const WsMessage message = madeMessage(a, 1);
    sendCounted(message, [&](WsConnection &to) { return to.sendBinary(message.data()); });
}

inline void ConnectionPlay::sendFragments(quint8 a, quint8 b)
{
    const WsMessage message = madeMessage(a, b);
    QByteArrayList fragments;
    const qsizetype step = 1 + message.data().size() / (1 + b % 8);
    for (qsizetype at = 0; at < message.data().size(); at += step)
        fragments.append(message.data().mid(at, step));
    sendCounted(message, [&](WsConnection &to) { return to.sendFragments(message.type(), fragments); });
}

inline void ConnectionPlay::sendPrepared(quint8 a, quint8 b)
{
    const WsMessage message = madeMessage(a, b);
    sendCounted(message, [&](WsConnection &to) { return to.send(WsPreparedMessage(message)); });
}

inline void ConnectionPlay::sendView(quint8 a, quint8 b)
{
    const WsMessage message = madeMessage(a, b);
    sendCounted(message, [&](WsConnection &to) { return to.send(message.type(), message.data()); });
}

inline void ConnectionPlay::sendWrongText(quint8, quint8)
{
    if (connection())
        expect(!connection()->sendText(QByteArray("\xff")), "text that is not UTF-8 is accepted");
}

inline void ConnectionPlay::ping(quint8 a, quint8)
{
    if (!connection() || m_openings.empty())
        return;
    const QByteArray payload = ("p " + numberedPayload(++m_number, a % 100)).left(125);
    const std::shared_ptr<Opening> current = m_openings.back();
    if (connection()->ping(payload))
        current->pings.append(payload);
}

inline void ConnectionPlay::pong(quint8 a, quint8)
{
    if (connection())
        (void)connection()->pong(numberedPayload(++m_number, a % 200));
}

inline void ConnectionPlay::flush(quint8, quint8)
{
    if (connection())
        (void)connection()->flush();
}

// --- streams

inline void ConnectionPlay::openMessage(quint8 a, quint8)
{
    if (!connection() || m_openings.empty())
        return;
    const Ws::MessageType type = a & 1 ? Ws::Binary : Ws::Text;
    WsMessageStream *const device = connection()->openMessage(type);
    if (!device)
        return;
    const std::shared_ptr<Opening> &current = m_openings.back();
    m_outStreams.push_back({device, current, current->accepted.size()});
    current->accepted.append({WsMessage(type, {}), AcceptedMessage::Fate::Open});
    QObject::connect(device, &QIODevice::bytesWritten, &m_stepper, [this] { onHeard(Heard::StreamWritten); });
    QObject::connect(device, &QIODevice::aboutToClose, &m_stepper, [this] { onHeard(Heard::StreamClosing); });
}

inline void ConnectionPlay::writeStream(quint8 a, quint8 b)
{
    if (m_outStreams.empty())
        return;
    const OutStream stream = m_outStreams[b % m_outStreams.size()];
    if (!stream.device || !stream.device->isOpen())
        return;
    const QByteArray bytes = numberedPayload(++m_number, sizeFrom(a));
    const qint64 size = stream.device->write(bytes);
    expect(size <= bytes.size(), "more is written than there is");
    WsMessage &message = stream.opening->accepted[stream.index].message;
    if (size > 0)
        message = WsMessage(message.type(), message.data() + bytes.first(size));
}

inline void ConnectionPlay::closeStream(quint8, quint8 b)
{
    if (m_outStreams.empty())
        return;
    const OutStream stream = m_outStreams[b % m_outStreams.size()];
    if (!stream.device || !stream.device->isOpen())
        return;
    stream.device->close();
    using Fate = AcceptedMessage::Fate;
    stream.opening->accepted[stream.index].fate =
        stream.device && stream.device->isComplete() ? Fate::Sent : Fate::Perhaps;
}

inline void ConnectionPlay::deleteStream(quint8, quint8 b)
{
    if (m_outStreams.empty())
        return;
    const OutStream stream = m_outStreams[b % m_outStreams.size()];
    if (!stream.device)
        return;
    AcceptedMessage::Fate &fate = stream.opening->accepted[stream.index].fate;
    if (fate == AcceptedMessage::Fate::Open)
        fate = AcceptedMessage::Fate::Perhaps;
    delete stream.device;
}

inline void ConnectionPlay::setBinaryType(quint8 a, quint8)
{
    if (!connection())
        return;
    m_hasStreamed = m_hasStreamed || (a & 1);
    connection()->setBinaryType(a & 1 ? Ws::Stream : Ws::ByteArray);
}

inline void ConnectionPlay::readStream(quint8 a, quint8)
{
    if (m_listener.streams.empty())
        return;
    const std::shared_ptr<ReadStream> stream = m_listener.streams.back();
    m_listener.read(*stream, sizeFrom(a));
}

inline void ConnectionPlay::closeReadStream(quint8 a, quint8)
{
    if (m_listener.streams.empty())
        return;
    const std::shared_ptr<ReadStream> stream = m_listener.streams.back();
    stream->isClosedEarly = true;
    if (!stream->device)
        return;
    if (a & 1)
        stream->device->close();
    else
        delete stream->device;
}

// --- the connection

inline void ConnectionPlay::close(quint8 a, quint8 b)
{
    static constexpr std::array<quint16, 7> Codes{1000, 1001, 1011, 3000, 4999, Ws::NoStatus, 1006};
    if (!connection())
        return;
    const auto current = m_openings.empty() ? std::make_shared<Opening>() : m_openings.back();
    const bool hadClosed = std::exchange(current->hasClosed, true);
    if (!connection()->close(Codes[a % Codes.size()], QString::fromLatin1(numberedPayload(1, b % 130))))
        current->hasClosed = hadClosed;
}

inline void ConnectionPlay::abort(quint8, quint8)
{
    if (!connection())
        return;
    if (opening())
        opening()->hasClosed = opening()->isCut = true;
    connection()->abort();
}

inline void ConnectionPlay::remove(quint8, quint8)
{
    if (!connection() || std::exchange(m_isRemoved, true)) // a continuation may run while it is being deleted
        return;
    if (opening())
        opening()->hasClosed = true;
    m_side.remove();
}

inline void ConnectionPlay::pause(quint8 a, quint8)
{
    if (connection())
        connection()->setPaused(a & 1);
}

inline void ConnectionPlay::setOptions(quint8 a, quint8 b)
{
    if (!connection())
        return;
    WsOptions options = m_setup.options;
    options.setHighWaterMark(std::array<qint64, 4>{0, 1000, 20000, 1 << 20}[a & 3]);
    options.setMaxBufferedAmount(std::array<qint64, 4>{0, 3000, 100000, 1 << 24}[a >> 2 & 3]);
    options.setFragmentSize(a & 16 ? 100 : 0);
    options.setCloseTimeout(a & 32 ? 2s : 10s);
    options.setReadBufferSize(a & 64 ? 1024 : 1 << 18);
    options.setPingInterval(std::array{20s, 1s, 0s, 3s}[b & 3]);
    options.setPongTimeout(std::array{10s, 1s, 0s, 30s}[b >> 2 & 3]);
    options.setMaxBytesPerSecond(b & 16 ? 1000 : 0);
    options.setMaxMessagesPerSecond(b & 32 ? 3 : 0);
    options.setRateLimitPolicy(b & 64 ? Ws::Disconnect : Ws::SlowDown);
    m_mostBuffered = std::max(m_mostBuffered, options.maxBufferedAmount());
    connection()->setOptions(options);
}

inline void ConnectionPlay::receive(quint8 a, quint8 b)
{
    if (!connection())
        return;
    if ((a & 7) == 7 && !m_futures.empty()) {
        if (auto &future = m_futures[b % m_futures.size()];
            !future.isFinished()) // which Qt 6.4 does not survive
            future.cancel();
        return;
    }
    m_hasPulled = true;
    m_futures.push_back(connection()->receive());
    m_listener.take(m_futures.back());
}

inline void ConnectionPlay::setHandler(quint8 a, quint8)
{
    if (!connection())
        return;
    if ((a & 3) == 2 && opening())
        opening()->mayDrop = opening()->isCut = true; // it is closed by the library
    connection()->setMessageHandler(a & 3 ? m_listener.handler((a & 3) == 2) : nullptr);
}

inline void ConnectionPlay::open(quint8, quint8)
{
    if (m_setup.role == WsRole::Client && connection() && m_openings.size() < 8)
        (void)m_side.client()->open(QUrl(u"ws://example.com/chat"_s));
}

// In a thread without an event loop.
inline void ConnectionPlay::wait(quint8 a, quint8 b)
{
    if (!connection())
        return;
    if (a % 3 == 1) {
        (void)connection()->waitForClosed(QDeadlineTimer(0));
    } else if (a % 3 == 2) {
        (void)connection()->waitForDrained(QDeadlineTimer(0));
    } else if (b & 1) {
        m_hasPulled = true;
        const std::optional<WsMessage> message = connection()->waitForMessage(QDeadlineTimer(0));
        if (message)
            m_listener.append(*message);
    }
}

inline void ConnectionPlay::listen(quint8 a, quint8)
{
    if (!connection())
        return;
    using Wish = Listener::Wish;
    const auto wishes = quint8((a & ~Wish::Frames) | (m_setup.wishes & Wish::Frames));
    m_listener.listenTo(connection(),
                        wishes & (Wish::Messages | Wish::Typed) ? wishes : wishes | Wish::Messages);
}

} // namespace Fuzzing

#endif // CONNECTIONPLAY_APPLICATION_H
