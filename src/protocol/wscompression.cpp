// SPDX-License-Identifier: MIT
#include <WsKit/wscompression.h>

#include <QtCore/qglobal.h>

namespace {
// zlib's deflate cannot use a window of 2^8 bytes, and RFC 7692 allows none above 2^15.
constexpr int MinWindowBits = 9;
constexpr int MaxWindowBits = 15;
} // namespace

/*!
    \class WsCompression
    \inmodule WsKit
    \inheaderfile WsKit/WsCompression
    \brief How messages are compressed: permessage-deflate.

    It is a part of WsOptions and takes effect from the next opening on: a client offers what is set here, and
    a server accepts the first of the client's offers that it can. WsConnection::extensions returns what was
    agreed on. A peer that does not know the extension gets its messages uncompressed.

    \code
    WsCompression compression;
    compression.setEnabled(true);
    WsOptions options = server.options();
    options.setCompression(compression);
    server.setOptions(options);
    \endcode

    A message is sent uncompressed if it is shorter than threshold, or if compression would not make it
    shorter. A message that is sent in several frames is compressed while it is sent, before it is known
    whether it becomes shorter. A message to many clients, sent as a broadcast or as a WsPreparedMessage, is
    compressed once for all clients with the same parameters.

    Messages that arrive are inflated step by step, and WsOptions::maxMessageSize applies to the inflated
    payload: a message of a few kilobytes that would become gigabytes costs no more than that limit.

    Do not compress a secret together with text that an attacker can choose, such as a token next to a search
    term: the length of the compressed message gives information about the secret (the attack called CRIME).
    If the two may also be in different messages, turn off contextTakeover.

    \section1 Memory

    With context takeover, each connection that has sent or received a compressed message keeps the state of
    zlib for that direction. Without it, the connections of a thread share that state, and an idle connection
    costs what it costs without compression.

    \table
    \header \li windowBits \li memLevel \li To send, for each connection \li To receive
    \row \li 9 \li 1 \li 3 KiB + 6 KiB \li 8 KiB
    \row \li 10 \li 3 \li 8 KiB + 6 KiB \li 8 KiB
    \row \li 12 \li 5 \li 32 KiB + 6 KiB \li 11 KiB
    \row \li 13 \li 6 \li 64 KiB + 6 KiB \li 15 KiB
    \row \li 15 \li 8 \li 256 KiB + 6 KiB \li 39 KiB
    \row \li 15 \li 9 \li 384 KiB + 6 KiB \li 39 KiB
    \endtable

    To send: 2^(windowBits + 2) + 2^(memLevel + 9) bytes, and what zlib needs besides. To receive:
    2^windowBits bytes with the windowBits of the peer, and 7 KiB.

    The class is a small value. Its functions may be called from any thread, but not at the same time.

    RFC 7692.

    \sa WsOptions::compression, WsStatistics
*/

/*!
    \fn WsCompression::WsCompression()
    Constructs the defaults: not enabled.
*/

/*!
    \property WsCompression::enabled
    \brief whether compression is offered by a client, or accepted by a server.

    The default is \c false: compression costs CPU time and memory for each connection, and not everything
    can be compressed safely.
*/

/*!
    \property WsCompression::threshold
    \brief the size of payload, in bytes, below which a message is sent uncompressed.

    The default is 128: a shorter message fits into one packet anyway, and compression saves less than the
    headers of that packet take. A message that is written as a WsMessageStream is compressed whatever its
    size, because that is not known when it begins. Negative values count as 0, which compresses everything
    but empty messages.
*/
void WsCompression::setThreshold(int bytes)
{
    m_threshold = qMax(0, bytes);
}

/*!
    \property WsCompression::level
    \brief the compression level of zlib, from 1 (fastest) to 9 (smallest); 0 does not compress.

    The default is 6, which is also that of zlib. Values outside the range count as the nearest one in it.
*/
void WsCompression::setLevel(int level)
{
    m_level = qint8(qBound(0, level, 9));
}

/*!
    \property WsCompression::memLevel
    \brief how much memory zlib uses to find repetitions, from 1 to 9.

    The default is 5, with 12 as that of windowBits: together they take a seventh of the memory of zlib's own
    defaults (8 and 15). Messages of one kind become nearly as short: JSON is 2 to 7 percent longer than with
    zlib's defaults. If many kinds of messages alternate, so that repetitions are more than 4 KiB apart, they
    may become half as long again; raise both values then. Values outside the range count as the nearest one
    in it.
*/
void WsCompression::setMemLevel(int level)
{
    m_memLevel = qint8(qBound(1, level, 9));
}

/*!
    \property WsCompression::windowBits
    \brief the base-two logarithm of the window used for sending, from 9 to 15; 12 means 4 KiB.

    The peer may ask for a smaller window. zlib cannot make a window of 8 bits: a server does not accept an
    offer that demands it, and a client that is told to use it sends uncompressed. The default is 12, see
    memLevel. Values outside the range count as the nearest one in it.

    RFC 7692 §7.1.2.
*/
void WsCompression::setWindowBits(int bits)
{
    m_windowBits = qint8(qBound(MinWindowBits, bits, MaxWindowBits));
}

/*!
    \property WsCompression::peerWindowBits
    \brief the base-two logarithm of the largest window that the peer may use for sending, from 9 to 15.

    Less than 15 saves memory on this side, see \l {Memory}. A client asks the server for it, and the
    handshake fails if the server accepts the extension without granting it. A server asks those clients that
    declare that they understand it (\c client_max_window_bits). The default is 15, which asks for nothing.
    Values outside the range count as the nearest one in it.

    RFC 7692 §7.1.2.
*/
void WsCompression::setPeerWindowBits(int bits)
{
    m_peerWindowBits = qint8(qBound(MinWindowBits, bits, MaxWindowBits));
}

/*!
    \property WsCompression::contextTakeover
    \brief whether a message may refer to messages that were sent before it.

    This makes short, similar messages very short; it costs memory for each connection. The default is
    \c true. The peer may ask this side not to do it.

    RFC 7692 §7.1.1.
*/

/*!
    \property WsCompression::peerContextTakeover
    \brief whether the peer's messages may refer to messages that it sent before.

    \c false saves memory on this side: the peer is told not to do it. The default is \c true.

    RFC 7692 §7.1.1.
*/

/*! Returns whether all values are the same as those of \a other. */
bool WsCompression::operator==(const WsCompression &other) const
{
    return m_enabled == other.m_enabled && m_threshold == other.m_threshold && m_level == other.m_level
        && m_memLevel == other.m_memLevel && m_windowBits == other.m_windowBits
        && m_peerWindowBits == other.m_peerWindowBits && m_contextTakeover == other.m_contextTakeover
        && m_peerContextTakeover == other.m_peerContextTakeover;
}
