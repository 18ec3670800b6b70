// SPDX-License-Identifier: MIT
#ifndef CONNECTIONPLAY_PEER_H
#define CONNECTIONPLAY_PEER_H

#include "connectionplay.h"

// What the peer, the network and the time of a ConnectionPlay do.
namespace Fuzzing {

inline void ConnectionPlay::feed(const QByteArray &bytes, quint8 cut)
{
    if (!isHeardByWire() || !wire()->isConnected)
        return;
    const std::shared_ptr<Opening> current = m_openings.back();
    const qsizetype step = cut == 0 ? bytes.size() : std::max<qsizetype>(cut, bytes.size() / 50);
    for (qsizetype at = 0; at < bytes.size(); at += step) {
        const FakeWire &to = *current->wire;
        if (!to.isKept() || to.hasPeerEnded)
            return;
        const QByteArray piece = bytes.mid(at, step);
        if (current->isAgreed)
            current->fed += piece;
        else
            current->isOdd = true;
        current->wire->feed(piece);
    }
}

inline void ConnectionPlay::feedFrames(const Frames &frames, quint8 cut)
{
    feed(fromPeerOf(m_setup.role, frames), cut);
}

inline Frame ConnectionPlay::madeFrame(quint8 a, quint8 b)
{
    return frame(b & 1 ? 2 : 1, numberedPayload(++m_number, sizeFrom(a)));
}

inline void ConnectionPlay::shakeHands(quint8 a, quint8 b)
{
    if (!isHeardByWire() || opening()->isAgreed || opening()->isOdd)
        return;
    const std::shared_ptr<Opening> current = m_openings.back();
    if (!current->wire->isConnected)
        current->wire->connect();
    if (!isHeardByWire() || current != m_openings.back() || current->isOdd)
        return;
    const QByteArray extension = m_setup.isDeflated ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "";
    const bool isClient = m_setup.role == WsRole::Client;
    if (isClient && !current->wire->written.contains("\r\n\r\n"))
        return;
    QByteArray head = isClient ? acceptanceOf(current->wire->written, extension) : upgradeRequest(extension);
    if (a >= 250) {
        current->isOdd = true;
        head =
            isClient ? "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n" : "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    } else if (m_setup.isDeflated) {
        current->deflate = std::make_unique<DeflateTesting::RawDeflate>();
    }
    if (m_setup.isStalled)
        current->wire->room = 400;
    const QByteArray rest = a & 1 ? fromPeerOf(m_setup.role, {madeFrame(b, a >> 1)}) : QByteArray();
    current->isAgreed = !current->isOdd;
    const qsizetype cut = a & 2 ? head.size() / 2 : 0;
    if (cut > 0)
        current->wire->feed(head.first(cut));
    current->fed += rest;
    current->wire->feed(head.sliced(cut) + rest);
}

inline void ConnectionPlay::peerSendsMessage(quint8 a, quint8 b)
{
    feedFrames({madeFrame(a, b)}, b / 2);
}

inline void ConnectionPlay::peerSendsFragments(quint8 a, quint8 b)
{
    const Frame whole = madeFrame(a, b);
    const qsizetype half = whole.payload.size() / 2;
    Frame first = whole;
    first.payload.truncate(half);
    feedFrames({first.notFinal(), ProtocolTesting::ping("in between"), continuation({}).notFinal(),
                continuation(whole.payload.sliced(half))},
               b / 2);
}

inline void ConnectionPlay::peerBeginsMessage(quint8 a, quint8 b)
{
    feedFrames({madeFrame(a, b).notFinal()});
}

inline void ConnectionPlay::peerContinuesMessage(quint8 a, quint8 b)
{
    feedFrames({continuation(madeFrame(a, b).payload).notFinal()});
}

inline void ConnectionPlay::peerEndsMessage(quint8 a, quint8 b)
{
    feedFrames({continuation(madeFrame(a, b).payload)});
}

inline void ConnectionPlay::peerSendsCompressed(quint8 a, quint8 b)
{
    if (!opening() || !opening()->deflate || !isHeardByWire())
        return;
    Frame whole = madeFrame(quint8(std::max<int>(a, 1)), b);
    whole.payload = opening()->deflate->message(whole.payload);
    feedFrames({whole.compressed()}, b / 2);
}

inline void ConnectionPlay::peerSendsMany(quint8 a, quint8 b)
{
    Frames frames;
    for (int i = 0; i < a; ++i)
        frames.append(madeFrame(b % 16, b));
    feedFrames(frames);
}

inline void ConnectionPlay::peerPings(quint8 a, quint8 b)
{
    Frames frames;
    for (int i = 0; i <= b % 8; ++i)
        frames.append(ProtocolTesting::ping(numberedPayload(++m_number, a % 126)));
    feedFrames(frames, b / 8);
}

inline void ConnectionPlay::peerPongs(quint8 a, quint8 b)
{
    feedFrames({ProtocolTesting::pong(numberedPayload(++m_number, a % 126))}, b);
}

inline void ConnectionPlay::peerAnswersPing(quint8, quint8)
{
    if (opening() && !opening()->pings.isEmpty())
        feedFrames({ProtocolTesting::pong(opening()->pings.last())});
}

inline void ConnectionPlay::peerCloses(quint8 a, quint8 b)
{
    static constexpr std::array Codes{1000, 1001, 1005, 1011, 3000, 4999, 1005, 1000};
    const int code = Codes[a % Codes.size()];
    feedFrames({code == 1005 ? closing() : closing(code, numberedPayload(2, b % 100))}, a / 8);
}

inline void ConnectionPlay::peerSendsRaw(quint8 a, quint8 b)
{
    feed(m_script.bytes(a % 32), b);
}

inline void ConnectionPlay::peerBreaksRule(quint8 a, quint8)
{
    const Frame whole = madeFrame(a, a);
    switch (a % 8) {
    case 0:
        feedFrames({whole.withRsv(2)});
        break;
    case 1:
        feedFrames({frame(0x3)});
        break;
    case 2:
        feedFrames({m_setup.role == WsRole::Server ? whole.unmasked() : whole.masked()});
        break;
    case 3:
        feedFrames({whole.declaring(quint64(1) << 40).withLengthSize(8)});
        break;
    case 4:
        feedFrames({text("good \xff bad")});
        break;
    case 5:
        feedFrames({frame(0x8, "\x03")});
        break;
    case 6:
        feedFrames({ProtocolTesting::ping().notFinal()});
        break;
    default:
        feedFrames({continuation("of nothing")});
    }
}

inline void ConnectionPlay::peerSendsHalfFrame(quint8 a, quint8 b)
{
    const QByteArray whole = fromPeerOf(m_setup.role, {madeFrame(a, b)});
    feed(whole.first(std::min<qsizetype>(whole.size() - 1, b)));
}

// --- what becomes of what is sent

inline void ConnectionPlay::peerTakes(quint8 a, quint8)
{
    if (wire() && wire()->room != FakeWire::Unlimited)
        wire()->take(sizeFrom(a));
}

inline void ConnectionPlay::peerTakesAll(quint8, quint8)
{
    if (!wire())
        return;
    wire()->inSystem = 0;
    wire()->takeAll();
}

inline void ConnectionPlay::peerStalls(quint8, quint8)
{
    if (wire())
        wire()->room = 0;
}

inline void ConnectionPlay::systemKeeps(quint8 a, quint8)
{
    if (wire())
        wire()->inSystem = sizeFrom(a);
}

// With TLS, Qt may read during a write.
inline void ConnectionPlay::feedDuringWrite(quint8 a, quint8 b)
{
    if (!wire())
        return;
    wire()->onWrite = [this, a, b, current = std::weak_ptr<Opening>(m_openings.back())] {
        if (m_openings.empty() || current.lock() != m_openings.back() || !wire()->isConnected)
            return;
        if (b & 1)
            feedFrames({madeFrame(a, b)});
        if (b & 2)
            feedFrames({closing(1000)});
        if ((b & 12) == 4)
            peerEnds(a, b);
        if ((b & 12) == 8)
            networkFails(a, b);
    };
}

// --- the network

inline void ConnectionPlay::setChunk(quint8 a, quint8)
{
    if (wire())
        wire()->chunk = a == 0 ? FakeWire::Unlimited : a;
}

inline void ConnectionPlay::peerHalfEnds(quint8, quint8)
{
    if (isHeardByWire() && wire()->isConnected)
        wire()->halfEnd();
}

inline void ConnectionPlay::peerEnds(quint8, quint8)
{
    if (wire() && wire()->isKept() && wire()->isConnected && !wire()->hasEnded)
        wire()->end();
}

inline void ConnectionPlay::networkFails(quint8, quint8)
{
    if (!wire() || !wire()->isKept() || wire()->hasEnded)
        return;
    opening()->isOdd = opening()->isOdd || !opening()->isAgreed;
    wire()->reset();
}

// --- the time and the event loop

inline void ConnectionPlay::spendTime(quint8 a, quint8)
{
    FakeClock::pass(std::chrono::microseconds(a * 100));
}

inline void ConnectionPlay::advance(quint8 a, quint8)
{
    static constexpr std::array Times{1ms, 100ms, 999ms, 1000ms, 1001ms, 3000ms, 10000ms, 20001ms};
    FakeClock::advance(Times[a % Times.size()]);
}

} // namespace Fuzzing

#endif // CONNECTIONPLAY_PEER_H
