// SPDX-License-Identifier: MIT
#include <WsKit/wsoptions.h>

#include <QtCore/qglobal.h>

#include <cmath>
#include <limits>

using std::chrono::milliseconds;
using namespace std::chrono_literals;

namespace {
constexpr qint64 KiB = 1024;
constexpr qint64 MiB = 1024 * KiB;

struct Values
{
    qint64 maxMessageSize = 16 * MiB;
    qint64 maxFrameSize = 16 * MiB;
    qint64 highWaterMark = 1 * MiB;
    qint64 maxBufferedAmount = 64 * MiB;
    qint64 fragmentSize = 0;
    milliseconds handshakeTimeout = 10s;
    milliseconds closeTimeout = 5s;
    milliseconds pingInterval = 20s;
    milliseconds pongTimeout = 20s;
    int maxFragments = 262144;
    int maxHandshakeSize = 16 * KiB;
    int maxHeaders = 100;
    bool tcpNoDelay = true;
    Ws::SlowSubscriber slowSubscriber = Ws::SkipMessage;
    WsCompression compression;

    bool operator==(const Values &) const = default;
};

qint64 toBytes(double number)
{
    // 2^63 as a double is the first that no qint64 holds.
    constexpr double Limit = 9223372036854775808.0;
    if (std::isnan(number) || number <= 0)
        return 0;
    return number >= Limit ? std::numeric_limits<qint64>::max() : qint64(number);
}

int toInt(milliseconds time)
{
    return int(qMin<milliseconds::rep>(time.count(), std::numeric_limits<int>::max()));
}
} // namespace

class WsOptionsData : public QSharedData
{
public:
    Values values;
};

namespace {
using Data = QSharedDataPointer<WsOptionsData>;

// All options that were never changed share one object.
const Data &defaults()
{
    static const Data data(new WsOptionsData);
    return data;
}

template <typename T>
void assign(Data &data, T Values::*member, T value)
{
    if (data.constData()->values.*member != value)
        data->values.*member = value;
}
} // namespace

/*!
    \class WsOptions
    \inmodule WsKit
    \inheaderfile WsKit/WsOptions
    \brief Every limit, timeout and threshold of one connection.

    The defaults suit a server that strangers reach. Options are set on a WsServer for all connections
    that it accepts from then on, or on a WsConnection for that one.

    \code
    using namespace std::chrono_literals;

    WsOptions options;
    options.setMaxMessageSize(64 * 1024);
    options.setPingInterval(45s);
    server.setOptions(options);
    \endcode

    A value that makes no sense is replaced by the nearest one that does, as each function tells. In C++
    times are \c std::chrono::milliseconds. Each pair of functions is a property too, of its getter's
    name; as properties times are numbers of milliseconds, and sizes are numbers of bytes, of which
    infinity stands for the largest possible.

    The class is implicitly shared: copies cost nothing until one is changed.
*/

/*! Constructs options with all the defaults. */
WsOptions::WsOptions() : d(defaults()) { }

WsOptions::WsOptions(const WsOptions &) = default;
WsOptions::WsOptions(WsOptions &&) noexcept = default;
WsOptions &WsOptions::operator=(const WsOptions &) = default;
WsOptions &WsOptions::operator=(WsOptions &&) noexcept = default;
WsOptions::~WsOptions() = default;

/*! Returns whether all values are the same as those of \a other. */
bool WsOptions::operator==(const WsOptions &other) const
{
    return d == other.d || d->values == other.d->values;
}

/*!
    Returns the largest message that is accepted from the peer, in bytes of payload, all fragments
    together.

    The default is 16 MiB: more than nearly every program sends in one message, and little
    enough that a few hundred hostile peers do not exhaust a server's memory. The limit is checked
    when a frame's header arrives, before any of its payload; memory grows with what has arrived,
    never with what was announced.

    A larger message ends the connection with Ws::MessageTooBig (1009) and an error of the kind
    Ws::ErrorKind::TooLarge. What is sent is not limited by it. Values below 1 count as 1.

    RFC 6455 §10.4.

    \sa setMaxMessageSize()
*/
qint64 WsOptions::maxMessageSize() const
{
    return d->values.maxMessageSize;
}

/*!
    Sets the largest message that is accepted from the peer, in bytes of payload, all fragments
    together, to \a bytes.

    \sa maxMessageSize()
*/
void WsOptions::setMaxMessageSize(qint64 bytes)
{
    assign(d, &Values::maxMessageSize, qMax<qint64>(bytes, 1));
}

/*!
    Returns the largest frame that is accepted from the peer, in bytes of payload.

    The default is 16 MiB, the same as maxMessageSize(), so that a message may come in one frame.
    A smaller value only makes sense for peers that are known to fragment.

    A larger frame ends the connection with Ws::MessageTooBig (1009). Values below 1 count as 1.

    RFC 6455 §5.2 and §10.4.

    \sa setMaxFrameSize()
*/
qint64 WsOptions::maxFrameSize() const
{
    return d->values.maxFrameSize;
}

/*!
    Sets the largest frame that is accepted from the peer, in bytes of payload, to \a bytes.

    \sa maxFrameSize()
*/
void WsOptions::setMaxFrameSize(qint64 bytes)
{
    assign(d, &Values::maxFrameSize, qMax<qint64>(bytes, 1));
}

/*!
    Returns how many frames one message of the peer may consist of.

    The default is 262,144, which is the largest message in pieces of 64 bytes: without a limit a
    peer can keep a program busy with a message of empty frames that never ends.

    One more ends the connection with Ws::PolicyViolation (1008). Values below 1 count as 1.

    RFC 6455 §5.4.

    \sa setMaxFragments()
*/
int WsOptions::maxFragments() const
{
    return d->values.maxFragments;
}

/*!
    Sets how many frames one message of the peer may consist of, to \a count.

    \sa maxFragments()
*/
void WsOptions::setMaxFragments(int count)
{
    assign(d, &Values::maxFragments, qMax(count, 1));
}

/*!
    Returns the size of the largest HTTP head that is accepted in the opening handshake, in bytes.

    It counts the request or status line and all headers up to the blank line. The default is
    16 KiB, twice what common web servers accept, because cookies and tokens travel there.

    A server answers a larger request with the HTTP status 431, or with 414 where the request line
    alone is larger; a client fails with Ws::ErrorKind::Handshake. Values below 256 count as 256,
    in which a handshake just fits.

    RFC 6455 §4, RFC 6585 §5.

    \sa setMaxHandshakeSize()
*/
int WsOptions::maxHandshakeSize() const
{
    return d->values.maxHandshakeSize;
}

/*!
    Sets the size of the largest HTTP head that is accepted in the opening handshake, in bytes, to
    \a bytes.

    \sa maxHandshakeSize()
*/
void WsOptions::setMaxHandshakeSize(int bytes)
{
    assign(d, &Values::maxHandshakeSize, qMax(bytes, 256));
}

/*!
    Returns how many header fields are accepted in the opening handshake.

    The default is 100; browsers send about 15, and proxies add a few.

    A server answers a request with more of them with the HTTP status 431; a client fails with
    Ws::ErrorKind::Handshake. Values below 8 count as 8: the handshake itself needs most of them.

    RFC 6455 §4, RFC 6585 §5.

    \sa setMaxHeaders()
*/
int WsOptions::maxHeaders() const
{
    return d->values.maxHeaders;
}

/*!
    Sets how many header fields are accepted in the opening handshake, to \a count.

    \sa maxHeaders()
*/
void WsOptions::setMaxHeaders(int count)
{
    assign(d, &Values::maxHeaders, qMax(count, 8));
}

/*!
    Returns how long the connection may take to open, in milliseconds.

    On a client it covers everything from open() on: name resolution, the TCP connection, TLS and
    the answer to the opening handshake. On a server it starts when the connection is accepted and
    ends with the answer to the request, so that a client that sends nothing, or one byte
    a minute, cannot hold a place for long.

    The default is 10 seconds: time for a slow mobile network, while a user still waits. After it
    the connection ends with an error of the kind Ws::ErrorKind::Timeout. 0 is no limit; negative
    values count as 0.

    \sa setHandshakeTimeout()
*/
milliseconds WsOptions::handshakeTimeout() const
{
    return d->values.handshakeTimeout;
}

/*!
    Sets how long the connection may take to open, in milliseconds, to \a timeout.

    \sa handshakeTimeout()
*/
void WsOptions::setHandshakeTimeout(milliseconds timeout)
{
    assign(d, &Values::handshakeTimeout, qMax(timeout, milliseconds::zero()));
}

/*!
    Returns how long the closing handshake may take, in milliseconds.

    It starts when this side sends its Close frame and ends when the TCP connection does. The
    default is 5 seconds: a peer that is there answers in one round trip, and one that is not
    should not keep a program from ending.

    After it the connection is cut, and closed() reports that it was not clean. 0 is no limit;
    negative values count as 0.

    RFC 6455 §7.1.

    \sa setCloseTimeout()
*/
milliseconds WsOptions::closeTimeout() const
{
    return d->values.closeTimeout;
}

/*!
    Sets how long the closing handshake may take, in milliseconds, to \a timeout.

    \sa closeTimeout()
*/
void WsOptions::setCloseTimeout(milliseconds timeout)
{
    assign(d, &Values::closeTimeout, qMax(timeout, milliseconds::zero()));
}

/*!
    Returns after how much silence of the peer a ping is sent, in milliseconds.

    Only silence counts: while anything arrives, no ping is sent. The default is 20 seconds, below
    the 30 to 60 seconds after which common proxies and address translators drop an idle
    connection. 0 sends no pings; negative values count as 0.

    While the application has paused reading, a pong could not be seen: no ping is sent, and the
    silence is counted anew afterwards.

    RFC 6455 §5.5.2.

    \sa setPingInterval(), pongTimeout()
*/
milliseconds WsOptions::pingInterval() const
{
    return d->values.pingInterval;
}

/*!
    Sets after how much silence of the peer a ping is sent, in milliseconds, to \a interval.

    \sa pingInterval()
*/
void WsOptions::setPingInterval(milliseconds interval)
{
    assign(d, &Values::pingInterval, qMax(interval, milliseconds::zero()));
}

/*!
    Returns how long the peer may stay silent after a ping of pingInterval(), in milliseconds.

    Anything that arrives will do, not only the pong; where reading has stopped because of
    highWaterMark(), anything that the peer takes will do. The default is 20 seconds, so that a peer
    that has vanished without a word is noticed within 40. After it the connection is cut with
    Ws::Abnormal (1006) and an error of the kind Ws::ErrorKind::Timeout.

    0 demands no answer, while pings are still sent; negative values count as 0.

    RFC 6455 §5.5.3.

    \sa setPongTimeout(), pingInterval()
*/
milliseconds WsOptions::pongTimeout() const
{
    return d->values.pongTimeout;
}

/*!
    Sets how long the peer may stay silent after a ping of pingInterval(), in milliseconds, to \a
    timeout.

    \sa pongTimeout()
*/
void WsOptions::setPongTimeout(milliseconds timeout)
{
    assign(d, &Values::pongTimeout, qMax(timeout, milliseconds::zero()));
}

/*!
    Returns the amount of buffered data, in bytes, above which a server stops reading by itself.

    While more than that waits to be sent (WsConnection::bufferedAmount()), nothing more is read
    from the same client: one that asks for much and reads nothing is held up by TCP rather than
    paid for in memory. WsConnection::drained() tells when half of it is left and reading goes on.

    A client reads on, because two ends that both have much to send would otherwise wait for each other
    for ever. There drained() is all that the mark does.

    The default is 1 MiB: enough to fill a fast connection over a long distance, and little enough
    for thousands of slow peers. Negative values count as 0, with which reading stops whenever
    something waits.

    \sa setHighWaterMark(), maxBufferedAmount()
*/
qint64 WsOptions::highWaterMark() const
{
    return d->values.highWaterMark;
}

/*!
    Sets the amount of buffered data, in bytes, above which reading stops by itself, to \a bytes.

    \sa highWaterMark()
*/
void WsOptions::setHighWaterMark(qint64 bytes)
{
    assign(d, &Values::highWaterMark, qMax<qint64>(bytes, 0));
}

/*!
    Returns the most data that may wait to be sent, in bytes.

    A message that would raise WsConnection::bufferedAmount() above it is not accepted: the
    function that sends it returns \c false. This bounds the memory that a program which sends
    faster than its peer reads can lose.

    The default is 64 MiB, four messages of the largest accepted size. Negative values count as 0,
    with which no message can be sent.

    \sa setMaxBufferedAmount(), highWaterMark()
*/
qint64 WsOptions::maxBufferedAmount() const
{
    return d->values.maxBufferedAmount;
}

/*!
    Sets the most data that may wait to be sent, in bytes, to \a bytes.

    \sa maxBufferedAmount()
*/
void WsOptions::setMaxBufferedAmount(qint64 bytes)
{
    assign(d, &Values::maxBufferedAmount, qMax<qint64>(bytes, 0));
}

/*!
    Returns the size, in bytes of payload, above which a message is sent in several frames.

    The default is 0: a message goes out as one frame, which costs the least on both sides. Some
    peers limit the size of a frame; for them it can be set to that limit. Control frames never
    wait for a message's end in either case. Negative values count as 0.

    RFC 6455 §5.4.

    \sa setFragmentSize()
*/
qint64 WsOptions::fragmentSize() const
{
    return d->values.fragmentSize;
}

/*!
    Sets the size, in bytes of payload, above which a message is sent in several frames, to \a
    bytes.

    \sa fragmentSize()
*/
void WsOptions::setFragmentSize(qint64 bytes)
{
    assign(d, &Values::fragmentSize, qMax<qint64>(bytes, 0));
}

/*!
    Returns whether small writes leave at once (the socket option TCP_NODELAY).

    The default is \c true. Without it the operating system may hold a small message back until
    the one before it was acknowledged, which takes up to 40 ms or more; WsKit joins what one turn
    of the event loop produces by itself, so that little is gained by waiting.

    \sa setTcpNoDelay()
*/
bool WsOptions::tcpNoDelay() const
{
    return d->values.tcpNoDelay;
}

/*!
    Sets whether small writes leave at once (the socket option TCP_NODELAY), to \a enabled.

    \sa tcpNoDelay()
*/
void WsOptions::setTcpNoDelay(bool enabled)
{
    assign(d, &Values::tcpNoDelay, enabled);
}

/*!
    Returns what becomes of a connection on which a message to many cannot wait, because more than
    maxBufferedAmount() would: with Ws::SkipMessage it misses that message, with Ws::CloseConnection it is
    closed with Ws::PolicyViolation (1008).

    The default is Ws::SkipMessage, for those messages of which only the latest count. It concerns
    WsServer::publish() and WsServer::broadcast().

    \sa setSlowSubscriber()
*/
Ws::SlowSubscriber WsOptions::slowSubscriber() const
{
    return d->values.slowSubscriber;
}

/*!
    Sets what becomes of a connection on which a message to many cannot wait to \a policy.

    \sa slowSubscriber()
*/
void WsOptions::setSlowSubscriber(Ws::SlowSubscriber policy)
{
    assign(d, &Values::slowSubscriber, policy);
}

/*!
    Returns how messages are compressed.

    The default is not at all, see WsCompression::enabled. It takes effect with the opening handshake.

    RFC 7692.

    \sa setCompression()
*/
WsCompression WsOptions::compression() const
{
    return d->values.compression;
}

/*!
    Sets how messages are compressed to \a compression.

    \sa compression()
*/
void WsOptions::setCompression(const WsCompression &compression)
{
    assign(d, &Values::compression, compression);
}

/*!
    \fn bool WsOptions::operator!=(const WsOptions &other) const
    Returns whether any value differs from that of \a other.
*/

// --- for QML

double WsOptions::maxMessageSizeNumber() const
{
    return double(maxMessageSize());
}

void WsOptions::setMaxMessageSizeNumber(double bytes)
{
    setMaxMessageSize(toBytes(bytes));
}

double WsOptions::maxFrameSizeNumber() const
{
    return double(maxFrameSize());
}

void WsOptions::setMaxFrameSizeNumber(double bytes)
{
    setMaxFrameSize(toBytes(bytes));
}

int WsOptions::handshakeTimeoutMs() const
{
    return toInt(handshakeTimeout());
}

void WsOptions::setHandshakeTimeoutMs(int ms)
{
    setHandshakeTimeout(milliseconds(ms));
}

int WsOptions::closeTimeoutMs() const
{
    return toInt(closeTimeout());
}

void WsOptions::setCloseTimeoutMs(int ms)
{
    setCloseTimeout(milliseconds(ms));
}

int WsOptions::pingIntervalMs() const
{
    return toInt(pingInterval());
}

void WsOptions::setPingIntervalMs(int ms)
{
    setPingInterval(milliseconds(ms));
}

int WsOptions::pongTimeoutMs() const
{
    return toInt(pongTimeout());
}

void WsOptions::setPongTimeoutMs(int ms)
{
    setPongTimeout(milliseconds(ms));
}

double WsOptions::highWaterMarkNumber() const
{
    return double(highWaterMark());
}

void WsOptions::setHighWaterMarkNumber(double bytes)
{
    setHighWaterMark(toBytes(bytes));
}

double WsOptions::maxBufferedAmountNumber() const
{
    return double(maxBufferedAmount());
}

void WsOptions::setMaxBufferedAmountNumber(double bytes)
{
    setMaxBufferedAmount(toBytes(bytes));
}

double WsOptions::fragmentSizeNumber() const
{
    return double(fragmentSize());
}

void WsOptions::setFragmentSizeNumber(double bytes)
{
    setFragmentSize(toBytes(bytes));
}
