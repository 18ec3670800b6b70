// SPDX-License-Identifier: MIT
#ifndef SENDQUEUECHECK_H
#define SENDQUEUECHECK_H

#include "../sentmessages.h"

// WsSendQueue and WsOutput: whatever is sent and however the transport takes it, the peer gets the messages
// in order, whole and once, and the sizes are right.
namespace SendQueueCheck {
using namespace Fuzzing;

class Play
{
public:
    explicit Play(const QByteArray &input)
        : m_script(input), m_flags(m_script.byte()), m_role(m_flags & 1 ? WsRole::Server : WsRole::Client),
          m_queue(m_role)
    {
        if (m_flags & 2)
            m_queue.setDeflate({{6, 8, 15}, m_flags & 4 ? 100 : 0, (m_flags & 8) != 0});
    }

    QByteArray run()
    {
        while (!m_script.isAtEnd() && m_faults.isEmpty()) {
            act();
            checkSizes();
        }
        finish();
        return m_faults.first();
    }

private:
    using Fate = AcceptedMessage::Fate;

    struct OpenMessage
    {
        quint64 id;
        qsizetype index; // in m_accepted
        bool isCut = false;
    };

    void expect(bool condition, const char *fault)
    {
        if (!condition)
            m_faults.add(fault);
    }

    void act()
    {
        const quint8 action = m_script.byte();
        const quint8 a = m_script.byte();
        if (m_hasClosed && action % 16 < 9)
            return; // WsProtocol sends nothing after its Close frame
        switch (action % 16) {
        case 0:
        case 1:
            send(WsMessage(action & 16 ? Ws::Text : Ws::Binary, payload(a)));
            break;
        case 2:
            sendPrepared(WsMessage(action & 16 ? Ws::Text : Ws::Binary, payload(a)));
            break;
        case 3:
            sendFragments(a, m_script.byte());
            break;
        case 4:
            open(a & 1 ? Ws::Text : Ws::Binary);
            break;
        case 5:
        case 6:
            append(a, m_script.byte());
            break;
        case 7:
            finishOne(a);
            break;
        case 8:
            sendPing(a);
            break;
        case 9:
            m_queue.setFragmentSize(a < 128 ? 0 : sizeFrom(quint8(2 * (a - 128))) + 1);
            break;
        case 10:
            m_queue.fit();
            break;
        case 11:
            m_queue.squeeze();
            break;
        case 12:
            if (a > 200 && !m_hasClosed)
                close();
            break;
        default:
            take(sizeFrom(a));
        }
    }

    QByteArray payload(quint8 size) { return numberedPayload(++m_number, sizeFrom(size)); }
    void send(const WsMessage &message)
    {
        m_queue.send(message.type(), message.data());
        m_accepted.append({message});
    }
    void sendPrepared(const WsMessage &message)
    {
        m_queue.send(WsPreparedMessage(message));
        m_accepted.append({message});
    }
    void sendFragments(quint8 size, quint8 count)
    {
        const QByteArray whole = payload(size);
        QByteArrayList fragments;
        const qsizetype step = 1 + whole.size() / (1 + count % 20);
        for (qsizetype at = 0; at < whole.size(); at += step)
            fragments.append(whole.mid(at, step));
        if (fragments.isEmpty() || count & 32)
            fragments.append(QByteArray());
        m_queue.sendFragments(Ws::Binary, fragments);
        m_accepted.append({WsMessage(Ws::Binary, whole)});
    }
    void open(Ws::MessageType type)
    {
        m_open.append({m_queue.openMessage(type), m_accepted.size()});
        m_accepted.append({WsMessage(type, {}), Fate::Open});
    }
    void append(quint8 which, quint8 size)
    {
        if (m_open.isEmpty())
            return;
        const OpenMessage &open = m_open[which % m_open.size()];
        const QByteArray bytes = payload(size);
        const qint64 before = m_queue.waitingSize(open.id);
        if (m_queue.append(open.id, bytes) == open.isCut)
            m_faults.add("append() does not know which messages are open");
        else if (!open.isCut)
            expect(m_queue.waitingSize(open.id) == before + bytes.size(), "waitingSize() is wrong");
        WsMessage &message = m_accepted[open.index].message;
        message = WsMessage(message.type(), message.data() + bytes);
    }
    void finishOne(quint8 which)
    {
        if (m_open.isEmpty())
            return;
        const OpenMessage open = m_open.takeAt(which % m_open.size());
        expect(m_queue.finish(open.id) != open.isCut, "finish() does not know which messages are open");
        expect(!m_queue.finish(open.id), "a message is finished twice");
        if (!open.isCut)
            m_accepted[open.index].fate = Fate::Sent;
    }
    void sendPing(quint8 size)
    {
        m_pings.append(numberedPayload(++m_number, size % 126));
        m_queue.sendControl(WsOpcode::Ping, m_pings.last());
    }
    // What is unfinished is cut off, and what waits after it may be lost.
    void close()
    {
        m_hasClosed = true;
        m_queue.sendClose("\x03\xE8");
        for (OpenMessage &open : m_open)
            open.isCut = true;
    }

    void take(qint64 most)
    {
        WsOutput &output = m_queue.output();
        const qint64 before = output.written();
        QByteArray bytes;
        for (qsizetype i = 0; i < output.pieceCount() && bytes.size() < most; ++i)
            bytes += output.piece(i).first(std::min<qint64>(output.piece(i).size(), most - bytes.size()));
        if (bytes.isEmpty())
            return;
        output.consume(bytes.size());
        expect(output.written() == before + bytes.size(), "written() is wrong");
        m_taken += bytes;
    }
    void checkSizes()
    {
        const WsOutput &output = m_queue.encoded();
        qint64 size = 0;
        for (qsizetype i = 0; i < output.pieceCount(); ++i)
            size += output.piece(i).size();
        expect(size == output.size(), "the pieces are not the size of the output");
        expect(output.written() == m_taken.size(), "written() is not what was taken");
        expect(m_queue.size() >= output.size(), "what waits has a negative size");
        if (!m_queue.hasUnencoded())
            expect(m_queue.size() == output.size(), "nothing waits, but counts");
    }
    void finish()
    {
        if (m_flags & 16) {
            while (!m_open.isEmpty())
                finishOne(0);
        }
        if ((m_flags & 32) && !m_hasClosed)
            close();
        while (!m_queue.output().isEmpty())
            take(1 << 20);
        checkSizes();
        const bool isHeldUp = !m_hasClosed && !m_open.isEmpty();
        expect(m_queue.hasUnencoded() == isHeldUp, "something waits for nothing, or nothing for something");
        checkMessages(isHeldUp);
    }
    void checkMessages(bool isHeldUp)
    {
        const ReadByPeer peer(m_role, m_taken, m_flags & 2);
        m_faults.add(peer.fault);
        expect(!peer.endsWithinFrame, "a frame is cut off");
        expect(peer.hasClose == m_hasClosed, "no Close frame where one is due, or one that is not");
        expect(peer.pings == m_pings, "the pings differ");
        const auto isSent = [](const AcceptedMessage &one) { return one.fate == Fate::Sent; };
        const auto finished = std::count_if(m_accepted.begin(), m_accepted.end(), isSent);
        const bool mayLose = m_hasClosed && m_queue.droppedCount() > 0;
        if (!isHeldUp)
            expect(peer.messages.size() + m_queue.droppedCount() == finished, "droppedCount() is wrong");
        m_faults.add(comparedMessages(m_accepted, peer.messages, !isHeldUp && !mayLose));
    }

    Script m_script;
    const quint8 m_flags;
    const WsRole m_role;
    WsSendQueue m_queue;
    Faults m_faults;
    QList<AcceptedMessage> m_accepted;
    QList<OpenMessage> m_open;
    QByteArrayList m_pings;
    QByteArray m_taken;
    int m_number = 0;
    bool m_hasClosed = false;
};

inline QByteArray check(const QByteArray &input)
{
    return Play(input).run();
}

} // namespace SendQueueCheck

#endif // SENDQUEUECHECK_H
