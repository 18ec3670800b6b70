// SPDX-License-Identifier: MIT
#ifndef OPENING_H
#define OPENING_H

#include "../../unit/connectiontesting.h"
#include "../../unit/deflatetesting.h"
#include "../sentmessages.h"

#include <memory>

// One opening of a connection: its wire, and what went over it in both directions.
namespace Fuzzing {
using namespace ConnectionTesting;

struct Opening
{
    std::shared_ptr<FakeWire> wire;
    QByteArray fed;                  // by the peer, after the opening handshake
    QList<AcceptedMessage> accepted; // by the functions that send
    QByteArrayList pings;            // the same
    std::unique_ptr<DeflateTesting::RawDeflate> deflate;
    bool isAgreed = false;  // the peer has done its part of the opening handshake
    bool isOdd = false;     // it has sent something else before
    bool hasClosed = false; // the application has closed or aborted it, or deleted the connection
    bool mayDrop = false;   // the application has done something that lets messages be dropped
    bool isCut = false;     // something may be missing at the end of what was sent
};

// The messages that an engine of its own reads out of what the peer has sent.
struct ReadReference
{
    ReadReference(WsRole role, const WsOptions &options, const Opening &opening)
    {
        WsProtocol protocol(role, wsLimits(options));
        if (opening.deflate)
            protocol.setDeflate({}, options.compression());
        protocol.receive(opening.fed);
        for (WsEvent event = protocol.nextEvent(); event.type != WsEvent::NeedsBytes;
             event = protocol.nextEvent()) {
            if (event.type == WsEvent::Message)
                messages.append(WsMessage(event.messageType, event.payload.toByteArray()));
            hasFailed = hasFailed || event.type == WsEvent::Failure;
        }
    }

    QList<WsMessage> messages;
    bool hasFailed = false;
};

// Whether \a delivered is the beginning of what the peer has sent, or some of it if that is enough.
inline QByteArray comparedDelivery(const QList<WsMessage> &sent, const QList<WsMessage> &delivered,
                                   bool mayDrop, bool isAll)
{
    qsizetype at = 0;
    for (const WsMessage &message : delivered) {
        while (mayDrop && at < sent.size() && sent[at] != message)
            ++at;
        if (at >= sent.size() || sent[at] != message)
            return "delivered " + described(message.data()) + " instead of "
                   + (at < sent.size() ? described(sent[at].data()) : QByteArray("nothing"));
        ++at;
    }
    if (isAll && !mayDrop && at < sent.size())
        return "not delivered: " + described(sent[at].data());
    return {};
}

// What is wrong with what the peer got, after everything is over.
inline QByteArray checkedOutput(WsRole role, const Opening &opening, bool wasClean, bool isDeflated)
{
    const QByteArray all = opening.wire->written + opening.wire->pending;
    const qsizetype headEnd = all.indexOf("\r\n\r\n");
    if (headEnd < 0 || (role == WsRole::Server && !all.startsWith("HTTP/1.1 101")))
        return {};
    const ReadByPeer peer(role, all.sliced(headEnd + 4), isDeflated);
    if (!peer.fault.isEmpty())
        return peer.fault;
    if (wasClean && (!peer.hasClose || peer.endsWithinFrame))
        return "closed() says that it was clean, but the peer has no Close frame";
    const bool isAll = peer.hasClose && !opening.isCut;
    if (const QByteArray wrong = comparedMessages(opening.accepted, peer.messages, isAll); !wrong.isEmpty())
        return wrong;
    QByteArrayList pings;
    for (const QByteArray &ping : peer.pings) {
        if (ping.startsWith("p ")) // those of pingInterval begin otherwise
            pings.append(ping);
    }
    if (pings != opening.pings.first(std::min(pings.size(), opening.pings.size()))
        || (isAll && pings != opening.pings))
        return "the peer got other pings than were sent";
    return {};
}

} // namespace Fuzzing

#endif // OPENING_H
