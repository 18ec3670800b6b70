// SPDX-License-Identifier: MIT
#ifndef LISTENER_H
#define LISTENER_H

#include "signalrules.h"

#include <WsKit/WsConnection>

#include <QtCore/qlist.h>
#include <QtCore/qobject.h>
#include <QtCore/qpointer.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

// An application that hears everything that a connection reports, and takes messages in any of the ways there
// are.
namespace Fuzzing {

enum class Heard : quint8 {
    State,
    Opened,
    Message,
    Text,
    Binary,
    Frame,
    StreamStarted,
    StreamReadable,
    StreamEnded,
    StreamWritten,
    StreamClosing,
    Taken,
    Handled,
    Ping,
    Pong,
    Sent,
    Written,
    Amount,
    Drained,
    Paused,
    Error,
    Closed,
    // of a client
    Reconnecting,
    Reconnected,
    Lost,
    Redirected,
    Login,
    ProxyLogin,
    SslErrors,
    Active,
    Progressed,
    Count
};

// A message that is read as it arrives.
struct ReadStream
{
    QPointer<WsMessageStream> device;
    QByteArray data;
    int opening = 0;
    qsizetype index = 0; // of its place among the messages that were delivered
    bool isClosedEarly = false;
    bool isCounted = false;
};

class Listener
{
public:
    // Which signals for messages are connected.
    enum Wish : quint8 { Messages = 1, Typed = 2, Frames = 4, Streams = 8, Progress = 16, Controls = 32 };

    explicit Listener(Faults &faults) : rules(faults) { }
    ~Listener() { m_context.reset(); }
    Q_DISABLE_COPY_MOVE(Listener)

    void listenTo(WsConnection *connection, quint8 wishes)
    {
        m_context = std::make_unique<QObject>();
        hearLife(connection);
        hearMessages(connection, wishes);
        if (wishes & Progress)
            hearProgress(connection);
        if (wishes & Controls)
            hearControls(connection);
    }
    void take(const QFuture<std::optional<WsMessage>> &future)
    {
        ++pendingFutures;
        auto followed = future;
        followed
            .then([this](const std::optional<WsMessage> &message) {
                --pendingFutures;
                if (message)
                    deliver(*message, Heard::Taken);
                else
                    react(Heard::Taken);
            })
            .onCanceled([this] { --pendingFutures; });
    }
    // The same function for setMessageHandler() every time.
    WsConnection::MessageHandler handler(bool throws)
    {
        return [this, throws](WsConnection &, Ws::MessageType type, QByteArrayView payload) {
            rules.onArrival();
            deliver(WsMessage(type, payload.toByteArray()), Heard::Handled);
            if (throws)
                throw std::runtime_error("the handler of the fuzzer");
        };
    }
    void read(ReadStream &stream, qint64 most)
    {
        if (stream.device && stream.device->isOpen())
            stream.data += stream.device->read(most);
        countIfRead(stream);
    }

    // The messages that were delivered in this opening. A stream may be read later than it is delivered.
    QList<WsMessage> delivered() const
    {
        QList<WsMessage> messages;
        for (const std::optional<WsMessage> &message : m_delivered) {
            if (message)
                messages.append(*message);
        }
        return messages;
    }
    void append(const WsMessage &message) { m_delivered.append(message); }
    qsizetype deliveredCount() const { return m_delivered.size(); }

    std::function<void(Heard)> onHeard;
    std::function<void()> onConnecting; // before anything else
    SignalRules rules;
    std::vector<std::shared_ptr<ReadStream>> streams;
    int pendingFutures = 0;
    bool hasEnded = false; // in this opening
    bool wasClean = false;

private:
    void react(Heard heard)
    {
        if (onHeard)
            onHeard(heard);
    }
    void deliver(const WsMessage &message, Heard heard)
    {
        append(message);
        react(heard);
    }
    void hearLife(WsConnection *connection)
    {
        QObject::connect(connection, &WsConnection::stateChanged, m_context.get(), [this](Ws::State state) {
            if (state == Ws::Connecting) {
                if (onConnecting)
                    onConnecting();
                m_delivered.clear();
                ++m_opening;
                hasEnded = wasClean = false;
            }
            rules.onState(state);
            react(Heard::State);
        });
        QObject::connect(connection, &WsConnection::opened, m_context.get(), [this] {
            rules.onOpened();
            react(Heard::Opened);
        });
        QObject::connect(connection, &WsConnection::errorOccurred, m_context.get(),
                         [this](const WsError &error) {
                             if (error.kind() != Ws::ErrorKind::Misuse) // which may be reported at any time
                                 rules.onError();
                             react(Heard::Error);
                         });
        QObject::connect(connection, &WsConnection::closed, m_context.get(),
                         [this](quint16, const QString &, bool clean) {
                             if (rules.onClosed()) {
                                 hasEnded = true;
                                 wasClean = clean;
                             }
                             react(Heard::Closed);
                         });
        QObject::connect(connection, &WsConnection::pausedChanged, m_context.get(),
                         [this] { react(Heard::Paused); });
    }
    void hearMessages(WsConnection *connection, quint8 wishes)
    {
        if (wishes & Messages)
            QObject::connect(connection, &WsConnection::messageReceived, m_context.get(),
                             [this](const WsMessage &message) {
                                 rules.onArrival();
                                 compareFrames(message);
                                 deliver(message, Heard::Message);
                             });
        m_hearsFrames = wishes & Frames;
        if (wishes & Typed)
            hearTyped(connection, !(wishes & Messages));
        if (wishes & Frames) {
            QObject::connect(
                connection, &WsConnection::textFrameReceived, m_context.get(),
                [this](const QString &frame, bool isFinal) { hearFrame(Ws::Text, frame.toUtf8(), isFinal); });
            QObject::connect(
                connection, &WsConnection::binaryFrameReceived, m_context.get(),
                [this](const QByteArray &frame, bool isFinal) { hearFrame(Ws::Binary, frame, isFinal); });
        }
        if (wishes & Streams)
            QObject::connect(connection, &WsConnection::messageStarted, m_context.get(),
                             [this](WsMessageStream *stream) { startStream(stream); });
    }
    // If messageReceived() has reported the message, the second signal has to report the same.
    void hearTyped(WsConnection *connection, bool isAlone)
    {
        const auto hear = [this, isAlone](const WsMessage &message, Heard heard) {
            rules.onArrival();
            if (isAlone) {
                compareFrames(message);
                append(message);
            } else {
                rules.expect(!m_delivered.isEmpty() && m_delivered.last() == message,
                             "the two signals differ in the message");
            }
            react(heard);
        };
        QObject::connect(connection, &WsConnection::textMessageReceived, m_context.get(),
                         [hear](const QString &text) { hear(WsMessage::text(text), Heard::Text); });
        QObject::connect(connection, &WsConnection::binaryMessageReceived, m_context.get(),
                         [hear](const QByteArray &data) { hear(WsMessage::binary(data), Heard::Binary); });
    }
    void hearFrame(Ws::MessageType type, const QByteArray &frame, bool isFinal)
    {
        rules.onArrival();
        m_frames = std::exchange(m_isFrameFinal, isFinal) ? frame : m_frames + frame;
        m_frameType = type;
        react(Heard::Frame);
    }
    void compareFrames(const WsMessage &message)
    {
        if (!m_hearsFrames)
            return;
        rules.expect(m_isFrameFinal && m_frameType == message.type() && m_frames == message.data(),
                     "the frames are not the message");
    }
    void startStream(WsMessageStream *device)
    {
        rules.onArrival();
        const auto stream = std::make_shared<ReadStream>();
        stream->device = device;
        stream->opening = m_opening;
        stream->index = m_delivered.size();
        m_delivered.append(std::nullopt);
        streams.push_back(stream);
        const auto reactLater = [this](Heard heard) { return [this, heard] { react(heard); }; };
        QObject::connect(device, &QIODevice::readyRead, m_context.get(), reactLater(Heard::StreamReadable));
        QObject::connect(device, &QIODevice::aboutToClose, m_context.get(), reactLater(Heard::StreamClosing));
        QObject::connect(device, &QIODevice::readChannelFinished, m_context.get(), [this, stream] {
            countIfRead(*stream);
            react(Heard::StreamEnded);
        });
        react(Heard::StreamStarted);
    }
    void countIfRead(ReadStream &stream)
    {
        const WsMessageStream *const device = stream.device;
        if (!device || stream.isCounted || !device->isComplete() || device->bytesAvailable() > 0)
            return;
        stream.isCounted = true;
        if (!stream.isClosedEarly && stream.opening == m_opening)
            m_delivered[stream.index] = WsMessage(device->messageType(), stream.data);
    }
    void hearProgress(WsConnection *connection)
    {
        QObject::connect(connection, &WsConnection::bytesWritten, m_context.get(), [this](qint64 bytes) {
            rules.onProgress();
            rules.expect(bytes > 0, "bytesWritten() without any");
            react(Heard::Written);
        });
        QObject::connect(connection, &WsConnection::bufferedAmountChanged, m_context.get(),
                         [this](qint64 amount) {
                             rules.expect(amount >= 0, "a negative bufferedAmount is reported");
                             react(Heard::Amount);
                         });
        QObject::connect(connection, &WsConnection::drained, m_context.get(), [this] {
            rules.onProgress();
            react(Heard::Drained);
        });
        QObject::connect(connection, &WsConnection::messageSent, m_context.get(), [this] {
            rules.onProgress();
            react(Heard::Sent);
        });
    }
    void hearControls(WsConnection *connection)
    {
        QObject::connect(connection, &WsConnection::pinged, m_context.get(), [this] {
            rules.onArrival();
            react(Heard::Ping);
        });
        QObject::connect(connection, &WsConnection::pongReceived, m_context.get(), [this] {
            rules.onArrival();
            react(Heard::Pong);
        });
    }

    std::unique_ptr<QObject> m_context;
    QList<std::optional<WsMessage>> m_delivered;
    int m_opening = 0;
    QByteArray m_frames; // of the message that arrives
    Ws::MessageType m_frameType = Ws::Text;
    bool m_isFrameFinal = true;
    bool m_hearsFrames = false;
};

} // namespace Fuzzing

#endif // LISTENER_H
