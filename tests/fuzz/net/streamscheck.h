// SPDX-License-Identifier: MIT
#ifndef STREAMSCHECK_H
#define STREAMSCHECK_H

#include "../../unit/connectiontesting.h"
#include "../sentmessages.h"

#include <WsKit/WsByteStream>
#include <WsKit/WsMessageStream>

#include <array>

// WsMessageStream and WsByteStream as devices: however they are read, peeked at, rolled back and written to,
// the bytes are those of the other side, and everything arrives in the end.
namespace StreamsCheck {
using namespace ConnectionTesting;
using namespace Fuzzing;

// What a device has to return: the bytes that were sent, from where it stands.
struct Source
{
    QByteArray content;
    qsizetype position = 0;
    qsizetype transactionBegin = -1;
    bool isWhole = false;
    // By peek() or in a transaction: QIODevice has read it, though the reader has not.
    bool isLookedAhead = false;

    QByteArrayView rest() const { return QByteArrayView(content).sliced(position); }
};

inline WsOptions optionsFrom(quint8 byte)
{
    WsOptions options;
    options.setHighWaterMark(std::array<qint64, 4>{100, 1000, 5000, 1 << 20}[byte & 3]);
    options.setMaxBufferedAmount(byte & 4 ? 2000 : 1 << 20);
    options.setFragmentSize(byte & 8 ? 50 : 0);
    options.setReadBufferSize(1024);
    options.setPingInterval(0s);
    return options;
}

class Play
{
public:
    explicit Play(const QByteArray &input)
        : m_script(input), m_flags(m_script.byte()),
          m_side(m_flags & 1 ? WsRole::Server : WsRole::Client, optionsFrom(m_flags >> 1))
    {
    }
    ~Play() { m_bytes.reset(); }
    Q_DISABLE_COPY_MOVE(Play)

    QByteArray run()
    {
        if (!m_side.open())
            return "it does not open";
        m_side.log.reset();
        m_wire = m_side.wire;
        m_wire->written.clear();
        m_wire->chunk = m_flags & 32 ? 70 : FakeWire::Unlimited;
        if (m_flags & 64)
            useBytes();
        else
            useMessages();
        while (!m_script.isAtEnd() && m_faults.isEmpty())
            act();
        finish();
        return m_faults.first();
    }

private:
    WsConnection *connection() const { return m_side.connection; }
    void expect(bool condition, const char *fault)
    {
        if (!condition)
            m_faults.add(fault);
    }

    void useBytes()
    {
        m_bytes = std::make_unique<WsByteStream>(connection());
        m_bytes->setMessageSize(m_flags & 128 ? 40 : 5000);
        m_reading = m_bytes.get();
        m_source = &m_sources.emplace_back();
        QObject::connect(m_reading, &QIODevice::readyRead, &m_context, [this] { onReadable(); });
        openOutput(m_bytes.get());
    }
    void useMessages()
    {
        connection()->setBinaryType(Ws::Stream);
        QObject::connect(
            connection(), &WsConnection::messageStarted, &m_context, [this](WsMessageStream *stream) {
                expect(!m_reading || !m_reading->isOpen() || isReadToEnd() || m_source->isLookedAhead,
                       "a message starts before the last is read");
                m_source = &m_sources[m_startedCount++];
                m_reading = stream;
                m_closedEarly = false;
                QObject::connect(stream, &QIODevice::readyRead, &m_context, [this] { onReadable(); });
            });
    }
    bool isReadToEnd() const { return m_source->isWhole && m_source->rest().isEmpty(); }

    void act()
    {
        using Action = void (Play::*)();
        static constexpr std::array<Action, 16> Actions{
            &Play::peerSends, &Play::peerSends,  &Play::peerEndsMessage, &Play::readSome,
            &Play::readSome,  &Play::readSome,   &Play::readSome,        &Play::armRead,
            &Play::write,     &Play::write,      &Play::endOutput,       &Play::peerTakes,
            &Play::turn,      &Play::closeEarly, &Play::sendBetween,     &Play::waitAWhile};
        (this->*Actions[size_t(m_script.below(int(Actions.size())))])();
    }

    // --- the peer
    QByteArray lines(quint8 size)
    {
        QByteArray bytes = numberedPayload(++m_number, sizeFrom(size));
        for (qsizetype at = size % 7; at < bytes.size(); at += 1 + size % 50)
            bytes[at] = '\n';
        return bytes;
    }
    bool maySend() const { return m_wire->isKept() && !m_wire->hasPeerEnded; }
    // The next frame of a message.
    void peerSends()
    {
        const quint8 size = m_script.byte();
        if (!maySend())
            return;
        const QByteArray bytes = lines(size);
        Frame part = m_isInMessage ? continuation(bytes) : binary(bytes);
        feedPart(part.notFinal(), bytes);
    }
    void peerEndsMessage()
    {
        const quint8 size = m_script.byte();
        if (!maySend())
            return;
        const QByteArray bytes = lines(quint8(size % 64));
        const bool wasInMessage = m_isInMessage;
        feedPart(wasInMessage ? continuation(bytes) : binary(bytes), bytes);
    }
    void feedPart(const Frame &part, const QByteArray &bytes)
    {
        if (!m_bytes && !m_isInMessage)
            m_sources.emplace_back();
        m_isInMessage = !part.isFinal;
        Source &source = m_sources.back();
        source.content += bytes;
        source.isWhole = part.isFinal;
        m_wire->feed(fromPeerOf(m_side.role, {part}));
    }
    void peerTakes()
    {
        const quint8 size = m_script.byte();
        if (size < 30)
            m_wire->room = 0;
        else if (m_wire->room != FakeWire::Unlimited)
            m_wire->take(sizeFrom(size));
    }

    // --- reading
    void onReadable()
    {
        if (m_armed-- > 0)
            readSome();
        m_armed = std::max(m_armed, 0);
    }
    void armRead() { m_armed = m_script.below(5); }
    void readSome()
    {
        const quint8 how = m_script.byte();
        const qint64 size = sizeFrom(m_script.byte());
        if (!m_reading || !m_reading->isOpen())
            return;
        const qint64 available = m_reading->bytesAvailable();
        expect(available <= m_source->rest().size(), "more is available than was sent");
        readBy(how, size);
        if (m_reading && m_reading->isOpen() && m_source->transactionBegin < 0)
            expect(m_reading->bytesAvailable() <= m_source->rest().size(), "more is available than was sent");
    }
    void readBy(quint8 how, qint64 size)
    {
        switch (how % 10) {
        case 0:
            took(m_reading->read(size));
            break;
        case 1:
            took(m_reading->readAll());
            break;
        case 2:
            readLine(size);
            break;
        case 3:
            m_source->isLookedAhead = true;
            compare(m_reading->peek(size));
            break;
        case 4:
            m_source->position += std::max<qint64>(m_reading->skip(size), 0);
            expect(m_source->position <= m_source->content.size(), "more is skipped than was sent");
            m_source->position = std::min(m_source->position, m_source->content.size());
            break;
        case 5:
            ungetChar();
            break;
        case 6:
            begin();
            break;
        case 7:
            endTransaction(how & 16);
            break;
        case 8:
            (void)m_reading->canReadLine();
            break;
        default:
            took(m_reading->read(1 + size % 3));
        }
    }
    void compare(const QByteArray &bytes)
    {
        if (!m_source->rest().startsWith(bytes))
            m_faults.add(
                "read " + described(bytes) + " instead of "
                + described(m_source->rest().first(std::min(bytes.size(), m_source->rest().size()))));
    }
    void took(const QByteArray &bytes)
    {
        compare(bytes);
        m_source->position = std::min(m_source->position + bytes.size(), m_source->content.size());
    }
    void readLine(qint64 size)
    {
        const bool isThere = m_reading->canReadLine();
        const QByteArray line = m_reading->readLine(size);
        const qsizetype lineBreak = line.indexOf('\n');
        expect(lineBreak < 0 || lineBreak == line.size() - 1, "more than a line is read");
        if (isThere && (size == 0 || size > line.size() + 1) && !m_source->isWhole)
            expect(lineBreak >= 0, "canReadLine() is wrong");
        took(line);
    }
    void ungetChar()
    {
        if (m_source->position == 0 || m_source->transactionBegin >= 0)
            return;
        m_reading->ungetChar(m_source->content[m_source->position - 1]);
        m_source->isLookedAhead = true;
        --m_source->position;
    }
    void begin()
    {
        if (m_source->transactionBegin >= 0)
            return;
        m_source->isLookedAhead = true;
        m_source->transactionBegin = m_source->position;
        m_reading->startTransaction();
    }
    void endTransaction(bool commits)
    {
        if (m_source->transactionBegin < 0)
            return;
        if (commits) {
            m_reading->commitTransaction();
        } else {
            m_reading->rollbackTransaction();
            m_source->position = m_source->transactionBegin;
        }
        m_source->transactionBegin = -1;
    }
    void closeEarly()
    {
        const quint8 how = m_script.byte();
        if (m_bytes || how < 128 || !m_reading)
            return;
        if (how & 1)
            m_reading->close();
        else
            delete m_reading;
        m_closedEarly = true;
    }

    // --- writing
    void openOutput(QIODevice *device)
    {
        m_output = device;
        QObject::connect(device, &QIODevice::bytesWritten, &m_context,
                         [this](qint64 bytes) { m_reportedBytes += bytes; });
        m_reportedBytes = 0;
        m_acceptedBytes.clear();
    }
    void write()
    {
        // Every kind of character, so that some are cut.
        static const QByteArray text = QByteArray("a\u00e9\u20ac\U0001f600 and more\n").repeated(5000);
        const quint8 size = m_script.byte();
        if (!m_output && connection() && !m_bytes) {
            WsMessageStream *const stream = connection()->openMessage(size & 1 ? Ws::Text : Ws::Binary);
            if (!stream)
                return;
            openOutput(stream);
            m_outputIndex = m_accepted.size();
            m_accepted.append({WsMessage(stream->messageType(), {}), AcceptedMessage::Fate::Open});
        }
        if (!m_output || !m_output->isOpen())
            return;
        const qsizetype at = m_acceptedBytes.size() % text.size();
        const QByteArray bytes = text.mid(at, sizeFrom(size));
        const qint64 written = m_output->write(bytes);
        expect(written <= bytes.size(), "more is written than there is");
        if (written > 0)
            m_acceptedBytes += bytes.first(written);
    }
    void endOutput()
    {
        if (!m_output || !m_output->isOpen() || m_bytes)
            return;
        const QPointer<WsMessageStream> stream = qobject_cast<WsMessageStream *>(m_output);
        stream->close();
        if (stream && stream->isComplete())
            m_accepted[m_outputIndex] = {WsMessage(stream->messageType(), completed(stream->isText()))};
        m_output = nullptr;
    }
    // A character that is not complete becomes U+FFFD.
    QByteArray completed(bool isText) const
    {
        WsUtf8Validator utf8;
        QByteArray bytes = m_acceptedBytes;
        if (!isText || (utf8.feed(bytes) && utf8.isComplete()))
            return bytes;
        while ((quint8(bytes.back()) & 0xC0) == 0x80)
            bytes.chop(1);
        return bytes.chopped(1) + "\xEF\xBF\xBD";
    }
    void sendBetween()
    {
        const quint8 size = m_script.byte();
        if (m_bytes) {
            (void)m_bytes->flush();
            return;
        }
        const WsMessage message = WsMessage::binary(numberedPayload(++m_number, size));
        if (connection() && connection()->send(message))
            m_accepted.append({message});
    }

    void turn() { settle(); }
    void waitAWhile()
    {
        const quint8 how = m_script.byte();
        if (how & 1 && m_reading)
            (void)m_reading->waitForReadyRead(0);
        if (how & 2 && m_output)
            (void)m_output->waitForBytesWritten(0);
    }

    // --- the end
    void finish()
    {
        if (!m_faults.isEmpty() || !connection())
            return;
        m_armed = 0;
        m_wire->chunk = FakeWire::Unlimited;
        m_wire->takeAll();
        settle();
        endOutputAtLast(); // what waits behind it holds the reading back
        for (int idle = 0; idle < 20 && m_faults.isEmpty();) {
            const qsizetype unread = m_wire->unread.size();
            readAll();
            idle = m_wire->unread.size() < unread ? 0 : idle + 1;
        }
        if (!connection() || connection()->state() != Ws::Open)
            return;
        expect(m_wire->unread.isEmpty(), "something is not read");
        checkRead();
        checkWritten();
    }
    void readAll()
    {
        if (m_reading && m_reading->isOpen()) {
            endTransaction(true);
            took(m_reading->readAll());
        }
        settle();
    }
    void checkRead()
    {
        if (m_bytes) {
            expect(m_source->rest().isEmpty(), "the stream has not got everything");
            return;
        }
        expect(m_startedCount == m_sources.size(), "a message was not started");
        if (m_source && !m_closedEarly)
            expect(m_source->rest().isEmpty(), "the stream has not got all of the message");
    }
    void endOutputAtLast()
    {
        if (m_output && m_output->isOpen() && connection() && connection()->state() == Ws::Open) {
            const bool isCut = m_output->bytesToWrite() > 0; // but for the beginning of a character
            expect(!isCut || m_output->bytesToWrite() < 4, "the peer takes everything, but something waits");
            expect(m_reportedBytes + m_output->bytesToWrite() == m_acceptedBytes.size(),
                   "bytesWritten() does not report everything");
        }
        endOutput();
        settle();
    }
    void checkWritten()
    {
        const ReadByPeer peer(m_side.role, m_wire->written, false);
        m_faults.add(peer.fault);
        if (!m_bytes) {
            m_faults.add(comparedMessages(m_accepted, peer.messages, true));
            return;
        }
        QByteArray all;
        for (const WsMessage &message : peer.messages)
            all += message.data();
        expect(all == m_acceptedBytes, "the peer got other bytes");
    }

    Script m_script;
    const quint8 m_flags;
    Side m_side;
    std::shared_ptr<FakeWire> m_wire;
    QObject m_context;
    Faults m_faults;
    std::unique_ptr<WsByteStream> m_bytes;
    std::deque<Source> m_sources; // of each message, or of the one stream
    Source *m_source = nullptr;
    size_t m_startedCount = 0;
    QPointer<QIODevice> m_reading;
    QPointer<QIODevice> m_output;
    QByteArray m_acceptedBytes;
    QList<AcceptedMessage> m_accepted;
    qsizetype m_outputIndex = 0;
    qint64 m_reportedBytes = 0;
    int m_number = 0;
    int m_armed = 0; // how often readyRead() is answered with a read
    bool m_isInMessage = false;
    bool m_closedEarly = false;
};

inline QByteArray check(const QByteArray &input)
{
    return Play(input).run();
}

} // namespace StreamsCheck

#endif // STREAMSCHECK_H
