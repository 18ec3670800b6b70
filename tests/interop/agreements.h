// SPDX-License-Identifier: MIT
#ifndef AGREEMENTS_H
#define AGREEMENTS_H

#include "interopserver.h"

#include <QtCore/qurlquery.h>

// What two sides can agree on about permessage-deflate (RFC 7692 §7.1), and how it shows on the wire: the
// same message is echoed again and again, which is short and in which nothing repeats.
namespace Agreements {
constexpr int Repetitions = 20;
constexpr int SmallestWindow = 9; // of ours, in bits
constexpr int LargestWindow = 15;

// What one side does.
struct Direction
{
    bool takesOver = true;
    int windowBits = LargestWindow;
};

struct Agreement
{
    Direction server;
    Direction client;
};

QByteArray noise();
WsCompression compression(bool takesOver, bool peerTakesOver, int windowBits = LargestWindow,
                          int peerWindowBits = LargestWindow);
// From parameters in the form of a query, as "server_no_context_takeover&client_max_window_bits=10".
Agreement agreementOf(const QUrlQuery &parameters);
// From an answer; all is left open where that is none of permessage-deflate.
Agreement agreementOf(QString extensions);
bool isWithin(const Direction &agreed, const Direction &wanted);

// How the repetitions were sent, from the bytes that they took with the head of the handshake,
QString sentAs(qint64 wireBytes);
// and how WsKit and others are to send them.
QString expected(const Direction &ours);
QString expectedOfPeer(const Direction &theirs);
} // namespace Agreements

#endif // AGREEMENTS_H
