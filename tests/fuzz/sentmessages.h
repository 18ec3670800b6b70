// SPDX-License-Identifier: MIT
#ifndef SENTMESSAGES_H
#define SENTMESSAGES_H

#include "../unit/protocoltesting.h"
#include "script.h"

#include <WsKit/wsmessage.h>

#include <QtCore/qlist.h>

#include <algorithm>
#include <vector>

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

// How many of \a accepted are over once the peer has got \a message too, if it may have been so many as \a
// before says: several numbers where two that may be missing are the same.
inline std::vector<qsizetype> placesAfter(const WsMessage &message, const QList<AcceptedMessage> &accepted,
                                          const std::vector<qsizetype> &before)
{
    std::vector<qsizetype> after;
    for (qsizetype at : before) {
        for (bool mayBeMissing = true; mayBeMissing && at < accepted.size(); ++at) {
            const AcceptedMessage &one = accepted[at];
            if (one.fate != AcceptedMessage::Fate::Open && one.message == message)
                after.push_back(at + 1);
            mayBeMissing = one.fate != AcceptedMessage::Fate::Sent;
        }
    }
    std::sort(after.begin(), after.end());
    after.erase(std::unique(after.begin(), after.end()), after.end());
    return after;
}

// Whether \a sent is the beginning of \a accepted, apart from those that may be missing; all of it if it \a
// isAll.
inline QByteArray comparedMessages(const QList<AcceptedMessage> &accepted, const QList<WsMessage> &sent,
                                   bool isAll)
{
    const auto firstSent = [&](qsizetype at) {
        const auto isSent = [](const AcceptedMessage &one) {
            return one.fate == AcceptedMessage::Fate::Sent;
        };
        const auto found = std::find_if(accepted.begin() + at, accepted.end(), isSent);
        return found == accepted.end() ? QByteArray("nothing") : described(found->message.data());
    };
    std::vector<qsizetype> places{0};
    for (const WsMessage &message : sent) {
        const std::vector<qsizetype> after = placesAfter(message, accepted, places);
        if (after.empty())
            return "the peer got " + described(message.data()) + " instead of " + firstSent(places.back());
        places = after;
    }
    const QByteArray missing = firstSent(places.back());
    return isAll && missing != "nothing" ? "the peer has not got " + missing : QByteArray();
}

} // namespace Fuzzing

#endif // SENTMESSAGES_H
