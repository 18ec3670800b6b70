// SPDX-License-Identifier: MIT
#ifndef SENTMESSAGES_H
#define SENTMESSAGES_H

#include "../unit/protocoltesting.h"
#include "script.h"

#include <WsKit/wsmessage.h>

#include <QtCore/qlist.h>

// What a connection has accepted to send, and whether its peer got that: in order, whole and once.
namespace Fuzzing {
using namespace ProtocolTesting;

struct AcceptedMessage
{
    enum class Fate : quint8 {
        Sent,    // it has to be there, if everything is
        Perhaps, // it may be there: it was cut off, or nobody knows
        Open     // it is written piece by piece, and not finished
    };

    WsMessage message;
    Fate fate = Fate::Sent;
};

// What the peer reads out of \a bytes, which follow the opening handshake.
class ReadByPeer
{
public:
    ReadByPeer(WsRole sender, const QByteArray &bytes, bool isDeflated)
        : m_sender(sender), m_protocol(sender == WsRole::Client ? WsRole::Server : WsRole::Client, limits())
    {
        if (isDeflated)
            m_protocol.setDeflate({}, {});
        checkFrames(bytes);
        m_protocol.receive(bytes);
        WsEvent event = m_protocol.nextEvent();
        for (; event.type != WsEvent::NeedsBytes && event.type != WsEvent::Failure;
             event = m_protocol.nextEvent())
            note(event);
        if (event.type == WsEvent::Failure)
            fault = "the peer cannot read it: " + m_protocol.failure().text.toUtf8();
    }

    QList<WsMessage> messages;
    QByteArrayList pings;
    bool hasClose = false;
    quint16 closeCode = 0;
    bool endsWithinFrame = false;
    QByteArray fault;

private:
    static WsLimits limits()
    {
        WsLimits most;
        most.maxMessageSize = most.maxFrameSize = 1 << 30;
        most.maxFragments = 1 << 30;
        return most;
    }
    void note(const WsEvent &event)
    {
        if (event.type == WsEvent::Message)
            messages.append(WsMessage(event.messageType, event.payload.toByteArray()));
        else if (event.type == WsEvent::Ping)
            pings.append(event.payload.toByteArray());
        else if (event.type == WsEvent::Close)
            closeCode = event.closeCode;
    }
    // By hand, because the engine might be wrong on both sides.
    void checkFrames(QByteArrayView bytes)
    {
        while (!bytes.isEmpty()) {
            if (hasClose) {
                fault = "something follows the Close frame";
                return;
            }
            const SentFrame frame = takeFrame(&bytes);
            endsWithinFrame = frame.opcode < 0;
            if (endsWithinFrame)
                return;
            if (frame.isMasked != (m_sender == WsRole::Client))
                fault = "masked by a server, or not by a client";
            else if (!frame.isMinimal)
                fault = "a length in more bytes than it needs";
            hasClose = frame.opcode == 0x8;
        }
    }

    const WsRole m_sender;
    WsProtocol m_protocol;
};

// Whether \a sent is the beginning of \a accepted, apart from those that may be missing; all of it if it \a
// isAll.
inline QByteArray comparedMessages(const QList<AcceptedMessage> &accepted, const QList<WsMessage> &sent,
                                   bool isAll)
{
    using Fate = AcceptedMessage::Fate;
    qsizetype at = 0;
    for (const WsMessage &message : sent) {
        while (at < accepted.size()
               && (accepted[at].fate == Fate::Open
                   || (accepted[at].fate == Fate::Perhaps && accepted[at].message != message)))
            ++at;
        if (at == accepted.size() || accepted[at].message != message)
            return "the peer got " + described(message.data()) + " instead of "
                   + (at < accepted.size() ? described(accepted[at].message.data()) : QByteArray("nothing"));
        ++at;
    }
    for (; isAll && at < accepted.size(); ++at) {
        if (accepted[at].fate == Fate::Sent)
            return "the peer has not got " + described(accepted[at].message.data());
    }
    return {};
}

} // namespace Fuzzing

#endif // SENTMESSAGES_H
