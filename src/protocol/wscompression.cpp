// SPDX-License-Identifier: MIT
#include <WsKit/wscompression.h>

#include <QtCore/qglobal.h>

namespace {
// zlib's deflate has no window of 2^8 bytes, and RFC 7692 none above 2^15.
constexpr int MinWindowBits = 9;
constexpr int MaxWindowBits = 15;
} // namespace

/*!
    \class WsCompression
    \inmodule WsKit
    \inheaderfile WsKit/WsCompression
    \brief How messages are compressed: permessage-deflate.

    It is a part of WsOptions, and takes effect with the opening handshake: a client offers what it says,
    a server accepts the first of a client's offers that it can. WsConnection::extensions tells what came
    of it. A peer that does not know the extension gets its messages uncompressed.

    \code
    WsCompression compression;
    compression.setEnabled(true);
    WsOptions options = server.options();
    options.setCompression(compression);
    server.setOptions(options);
    \endcode

    A message goes out uncompressed where it is shorter than threshold(), or would not become shorter. One
    that goes out in several frames is compressed as it goes, before it is known whether it becomes shorter. A
    message that is sent to many clients, as a broadcast or as a WsPreparedMessage, is compressed once for all
    whose parameters are the same.

    What arrives is inflated step by step, and WsOptions::maxMessageSize() counts what comes out: a
    message of a few kilobytes that would become gigabytes costs no more than that limit.

    Do not compress a secret together with what an attacker may choose, as a token beside a search term:
    the length of what is sent would tell about the secret (the attack called CRIME). Turn off
    contextTakeover() where different messages may be the two halves of that.

    \section1 Memory

    With context takeover, each connection that has sent or received a compressed message keeps the state of
    zlib for that direction. Without it, the connections of a thread share that state, and an idle one costs
    what it costs without compression.

    \table
    \header \li windowBits \li memLevel \li To send, for each connection \li To receive
    \row \li 9 \li 1 \li 3 KiB + 6 KiB \li 8 KiB
    \row \li 10 \li 3 \li 8 KiB + 6 KiB \li 8 KiB
    \row \li 12 \li 5 \li 32 KiB + 6 KiB \li 11 KiB
    \row \li 13 \li 6 \li 64 KiB + 6 KiB \li 15 KiB
    \row \li 15 \li 8 \li 256 KiB + 6 KiB \li 39 KiB
    \row \li 15 \li 9 \li 384 KiB + 6 KiB \li 39 KiB
    \endtable

    To send: 2^(windowBits + 2) + 2^(memLevel + 9) bytes and what zlib needs besides. To receive:
    2^windowBits, those of the peer, and 7 KiB.

    The class is a small value. Its functions may be called from any thread, one at a time.

    RFC 7692.

    \sa WsOptions::compression(), WsStatistics
*/

/*!
    \fn WsCompression::WsCompression()
    Constructs the defaults: not enabled.
*/

/*!
    \property WsCompression::enabled
    \brief whether compression is offered, on a client, or accepted, on a server.

    The default is \c false: it costs processor time and memory for each connection, and not everything
    may be compressed safely.
*/

/*!
    \property WsCompression::threshold
    \brief the size of payload, in bytes, below which a message goes uncompressed.

    The default is 128: less than that fits into one packet anyway, and what is saved is less than the
    headers of that packet. A message that is written by a stream is compressed whatever its size, which
    is not known when it begins. Negative values count as 0, which compresses everything but empty
    messages.
*/
void WsCompression::setThreshold(int bytes)
{
    m_threshold = qMax(0, bytes);
}

/*!
    \property WsCompression::level
    \brief zlib's level, from 1, the fastest, to 9, the smallest; 0 does not compress.

    The default is 6, as it is zlib's. Other values count as the nearest.
*/
void WsCompression::setLevel(int level)
{
    m_level = qint8(qBound(0, level, 9));
}

/*!
    \property WsCompression::memLevel
    \brief how much memory zlib uses to find what repeats, from 1 to 9.

    The default is 5, with windowBits of 12: together a seventh of the memory of zlib's own defaults (8 and
    15). Messages of one kind come out nearly as short: JSON is 2 to 7 percent longer than with those. Where
    many kinds take turns, so that what repeats was sent more than 4 KiB before, they may be half as long
    again; raise both then. Other values count as the nearest.
*/
void WsCompression::setMemLevel(int level)
{
    m_memLevel = qint8(qBound(1, level, 9));
}

/*!
    \property WsCompression::windowBits
    \brief the logarithm of the window of what is sent, from 9 to 15: 12 is 4 KiB.

    The peer may ask for a smaller one. One of 8, which zlib cannot make, is not accepted by a server; a
    client that is told to use it sends uncompressed. The default is 12, see memLevel(). Other values
    count as the nearest.

    RFC 7692 §7.1.2.
*/
void WsCompression::setWindowBits(int bits)
{
    m_windowBits = qint8(qBound(MinWindowBits, bits, MaxWindowBits));
}

/*!
    \property WsCompression::peerWindowBits
    \brief the logarithm of the largest window that the peer may use for what it sends, from 9 to 15.

    Less than 15 saves memory here, see \l {Memory}. A client asks for it, and the handshake fails where the
    server accepts the extension without granting it. A server asks those clients that say they understand it
    (\c client_max_window_bits). The default is 15, which asks for nothing. Other values count as the nearest.

    RFC 7692 §7.1.2.
*/
void WsCompression::setPeerWindowBits(int bits)
{
    m_peerWindowBits = qint8(qBound(MinWindowBits, bits, MaxWindowBits));
}

/*!
    \property WsCompression::contextTakeover
    \brief whether a message may refer to what was sent before it.

    This is what makes short messages that are alike very short; it costs memory for each connection. The
    default is \c true. The peer may ask not to.

    RFC 7692 §7.1.1.
*/

/*!
    \property WsCompression::peerContextTakeover
    \brief whether the peer's messages may refer to what it sent before.

    \c false saves memory here: the peer is told not to. The default is \c true.

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
