// SPDX-License-Identifier: MIT
#ifndef CHOPPINGCHECK_H
#define CHOPPINGCHECK_H

#include "../../unit/connectiontesting.h"
#include "../script.h"

// Bytes that a connection gets from its peer: what it tells the application, and how it ends, must not depend
// on the pieces in which they arrive, nor on the buffers that they go through.
namespace ChoppingCheck {
using namespace ConnectionTesting;

// The first two bytes of an input; the others are what the peer sends.
struct Setup
{
    explicit Setup(Fuzzing::Script &script)
    {
        const quint8 flags = script.byte();
        role = flags & 1 ? WsRole::Server : WsRole::Client;
        isDeflated = flags & 2;
        hearsFrames = flags & 4;
        handles = flags & 8;
        endsTcp = flags & 16;
        WsCompression compression;
        compression.setEnabled(isDeflated);
        options.setCompression(compression);
        options.setPingInterval(0s);
        if (flags & 32)
            options.setMaxMessageSize(200);
        if (flags & 64)
            options.setReadBufferSize(1024);
        seed = script.byte();
        bytes = script.bytes(1 << 20);
    }

    WsRole role;
    bool isDeflated;  // permessage-deflate is agreed on
    bool hearsFrames; // besides the messages
    bool handles;     // by setMessageHandler(), instead of signals
    bool endsTcp;     // behind the bytes
    WsOptions options;
    quint32 seed;
    QByteArray bytes;
};

enum class Pieces { One, Random, Bytes, Buffered };

class Run
{
public:
    Run(const Setup &setup, Pieces pieces) : m_setup(setup), m_side(setup.role, setup.options)
    {
        m_side.prepareWire = [pieces](FakeWire &wire) { wire.isBuffered = pieces == Pieces::Buffered; };
        if (!m_side.open(setup.isDeflated ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : ""))
            return;
        listen();
        feed(pieces);
        if (setup.endsTcp && m_side.wire->isKept())
            m_side.wire->end();
        settle();
        pass(5min); // longer than any limit
    }

    // All that it has told, and the Close frame that it has sent.
    QStringList told()
    {
        QStringList all = m_side.log ? m_side.log->all : QStringList();
        all.removeAll(u"drained"_s);
        const QStringList sent = m_side.sent().split(u", "_s);
        all += sent.filter(u"close"_s);
        return all;
    }

private:
    void listen()
    {
        WsConnection *const connection = m_side.connection;
        Log *const log = m_side.log.get();
        const auto add = [log](const QString &what, const QByteArray &payload) {
            log->all.append(what + u' ' + QString::fromLatin1(payload.toHex()));
        };
        if (m_setup.handles)
            connection->setMessageHandler([add](WsConnection &, Ws::MessageType, QByteArrayView payload) {
                add(u"handled"_s, payload.toByteArray());
            });
        if (!m_setup.hearsFrames)
            return;
        QObject::connect(connection, &WsConnection::textFrameReceived, log,
                         [add](const QString &frame, bool isFinal) {
                             add(isFinal ? u"last text frame"_s : u"text frame"_s, frame.toUtf8());
                         });
        QObject::connect(connection, &WsConnection::binaryFrameReceived, log,
                         [add](const QByteArray &frame, bool isFinal) {
                             add(isFinal ? u"last binary frame"_s : u"binary frame"_s, frame);
                         });
    }

    void feed(Pieces pieces)
    {
        quint32 random = m_setup.seed;
        for (QByteArrayView rest = m_setup.bytes; !rest.isEmpty() && m_side.wire->isKept();) {
            random = random * 1664525 + 1013904223;
            const qsizetype most = pieces == Pieces::Bytes    ? 1
                                   : pieces == Pieces::Random ? 1 + (random >> 16) % (1u << (random >> 29))
                                                              : rest.size();
            const QByteArrayView piece = rest.first(std::min(most, rest.size()));
            m_side.wire->feed(piece.toByteArray());
            if (random & 0x100)
                settle();
            rest = rest.sliced(piece.size());
        }
    }

    const Setup &m_setup;
    Side m_side;
};

inline QByteArray check(const QByteArray &input)
{
    Fuzzing::Script script(input);
    const Setup setup(script);
    const QStringList whole = Run(setup, Pieces::One).told();
    for (const Pieces pieces : {Pieces::Random, Pieces::Bytes, Pieces::Buffered}) {
        const QStringList other = Run(setup, pieces).told();
        if (other != whole)
            return "it tells something else, in pieces of kind " + QByteArray::number(int(pieces)) + ":\n"
                   + whole.join(u", ").toUtf8() + '\n' + other.join(u", ").toUtf8();
    }
    return {};
}

} // namespace ChoppingCheck

#endif // CHOPPINGCHECK_H
