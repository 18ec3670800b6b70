// SPDX-License-Identifier: MIT
#include "protocol/wsclientheadlimits.h"
#include "protocol/wsintms.h"

#include <QtCore/qglobal.h>

#include <limits>

using std::chrono::milliseconds;
using namespace std::chrono_literals;

namespace {
constexpr qint64 KiB = 1024;
constexpr qint64 MiB = 1024 * KiB;

constexpr qint64 LargestReadBuffer = 256 * KiB; // what the connections of a thread share

constexpr int ServerHeadSize = 16 * KiB;
constexpr int ServerHeaders = 100;
// More than browsers accept from a server: 256 KiB in Chromium, 384 KiB in Firefox.
constexpr int ClientHeadSize = 512 * KiB;
constexpr int ClientHeaders = 1000;
} // namespace

// A limit whose default depends on the role, and applies until the application sets it.
struct WsHeadLimit
{
    int value;
    bool isSet = false;

    bool operator==(const WsHeadLimit &other) const { return value == other.value; }
};

struct WsOptionValues
{
    qint64 maxMessageSize = 16 * MiB;
    qint64 maxFrameSize = 16 * MiB;
    qint64 highWaterMark = 1 * MiB;
    qint64 maxBufferedAmount = 64 * MiB;
    qint64 fragmentSize = 0;
    qint64 readBufferSize = LargestReadBuffer;
    milliseconds handshakeTimeout = 10s;
    milliseconds connectTimeout{0};
    milliseconds closeTimeout = 10s;
    milliseconds pingInterval = 20s;
    milliseconds pongTimeout = 20s;
    milliseconds keepAliveTimeout = 5s;
    qint64 maxBytesPerSecond = 0;
    int maxMessagesPerSecond = 0;
    Ws::RateLimitPolicy rateLimitPolicy = Ws::SlowDown;
    int maxFragments = 262144;
    WsHeadLimit maxHandshakeSize{ServerHeadSize};
    WsHeadLimit maxHeaders{ServerHeaders};
    bool tcpNoDelay = true;
    Ws::SlowSubscriber slowSubscriber = Ws::SkipMessage;
    WsCompression compression;

    bool operator==(const WsOptionValues &) const = default;
};

class WsOptionsData : public QSharedData
{
public:
    WsOptionValues values;
};

namespace {
using Data = QSharedDataPointer<WsOptionsData>;
using Values = WsOptionValues;

// All options that were never changed share one object. Never destroyed, because their users may be static.
const Data &defaults()
{
    static const auto *const data = new Data(new WsOptionsData);
    return *data;
}

template <typename T>
void assign(Data &data, T Values::*member, T value)
{
    if (data.constData()->values.*member != value)
        data->values.*member = value;
}

void setLimit(Data &data, WsHeadLimit Values::*member, int value)
{
    const WsHeadLimit &before = data.constData()->values.*member;
    if (!before.isSet || before.value != value)
        data->values.*member = {value, true};
}

int clientLimit(const WsHeadLimit &limit, int defaultLimit)
{
    return limit.isSet ? limit.value : defaultLimit;
}
} // namespace

/*!
    \class WsOptions
    \inmodule WsKit
    \inheaderfile WsKit/WsOptions
    \brief Every limit, timeout and threshold of one connection.

    The defaults are safe for a public server. Options are set on a WsServer for all connections that it
    accepts from then on, or on a WsConnection for that one.

    If the options of a connection are changed while it is open, some take effect at once and others from the
    next opening on; each says which. A server's connection opens only once, so on a server the latter have to
    be set by WsServer::options.

    \code
    using namespace std::chrono_literals;

    WsOptions options;
    options.setMaxMessageSize(64 * 1024);
    options.setPingInterval(45s);
    server.setOptions(options);
    \endcode

    A value that makes no sense is replaced by the nearest one that does, as each option says. In C++ times
    are \c std::chrono::milliseconds and sizes \c qint64. In QML and in Qt's meta-object system times are
    numbers of milliseconds, and sizes are numbers of bytes, of which infinity means the largest possible.

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
    \property WsOptions::maxMessageSize
    \brief the largest message that is accepted from the peer, in bytes of payload, all fragments together.

    The default is 16 MiB: larger than the messages of nearly every program, and small enough that a few
    hundred hostile peers do not exhaust the memory of a server. The limit is checked when the header of a
    frame arrives, before any of its payload. For a compressed message it applies to the inflated payload and
    is checked while inflating. Memory grows with what has arrived, never with what a header declares.

    A larger message ends the connection with Ws::MessageTooBig (1009) and an error of the kind
    Ws::ErrorKind::TooLarge. The limit does not apply to sent messages, nor to messages that are read as
    a WsMessageStream. Values below 1 count as 1.

    A change takes effect at once on an open connection.

    RFC 6455 §10.4.

    \sa maxFrameSize, maxFragments
*/
qint64 WsOptions::maxMessageSize() const
{
    return d->values.maxMessageSize;
}

void WsOptions::setMaxMessageSize(qint64 bytes)
{
    assign(d, &Values::maxMessageSize, qMax<qint64>(bytes, 1));
}

/*!
    \property WsOptions::maxFrameSize
    \brief the largest frame that is accepted from the peer, in bytes of payload.

    The default is 16 MiB, the same as that of maxMessageSize, so that a message may arrive in one frame. A
    smaller value only makes sense for peers that are known to fragment their messages.

    A larger frame ends the connection with Ws::MessageTooBig (1009) and an error of the kind
    Ws::ErrorKind::TooLarge. The limit does not apply to messages that are read as a WsMessageStream.
    Values below 1 count as 1.

    A change takes effect at once on an open connection.

    RFC 6455 §5.2 and §10.4.
*/
qint64 WsOptions::maxFrameSize() const
{
    return d->values.maxFrameSize;
}

void WsOptions::setMaxFrameSize(qint64 bytes)
{
    assign(d, &Values::maxFrameSize, qMax<qint64>(bytes, 1));
}

/*!
    \property WsOptions::maxFragments
    \brief the number of frames in which one message of the peer may arrive.

    The default is 262,144: a message of the default maxMessageSize in fragments of 64 bytes. Without a limit,
    a peer could keep a program busy with a message of empty frames that never ends.

    One frame more ends the connection with Ws::PolicyViolation (1008) and an error of the kind
    Ws::ErrorKind::TooLarge. The limit does not apply to messages that are read as a WsMessageStream.
    Values below 1 count as 1.

    A change takes effect at once on an open connection.

    RFC 6455 §5.4.
*/
int WsOptions::maxFragments() const
{
    return d->values.maxFragments;
}

void WsOptions::setMaxFragments(int count)
{
    assign(d, &Values::maxFragments, qMax(count, 1));
}

/*!
    \property WsOptions::maxHandshakeSize
    \brief the largest HTTP head that is accepted in the opening handshake, in bytes.

    The head consists of the request line or status line and all headers up to the blank line. The default is
    16 KiB, twice what common web servers accept, because cookies and tokens are sent in it. If it is not set,
    a client accepts a head of 512 KiB: one server costs a client little, and browsers accept nearly as much.

    A server answers a larger head with the HTTP status 431, or with 414 if the request line alone is larger.
    A client fails with Ws::ErrorKind::Handshake. On a client the limit applies to the heads of all interim
    answers together with the final one, and the body of a refusal is kept up to the value of this property.
    Values below 256 count as 256, which is just enough for a handshake.

    A change takes effect from the next opening on.

    RFC 6455 §4, RFC 6585 §5.

    \sa maxHeaders
*/
int WsOptions::maxHandshakeSize() const
{
    return d->values.maxHandshakeSize.value;
}

void WsOptions::setMaxHandshakeSize(int bytes)
{
    setLimit(d, &Values::maxHandshakeSize, qMax(bytes, 256));
}

/*!
    \property WsOptions::maxHeaders
    \brief the number of headers that are accepted in the opening handshake.

    The default is 100: browsers send about 15, and proxies add a few. If it is not set, a client accepts
    1,000 headers from a server.

    A server answers a request with more headers with the HTTP status 431. A client fails with
    Ws::ErrorKind::Handshake. Values below 8 count as 8, because the handshake itself needs most of them.

    A change takes effect from the next opening on.

    RFC 6455 §4, RFC 6585 §5.

    \sa maxHandshakeSize
*/
int WsOptions::maxHeaders() const
{
    return d->values.maxHeaders.value;
}

void WsOptions::setMaxHeaders(int count)
{
    setLimit(d, &Values::maxHeaders, qMax(count, 8));
}

/*!
    \property WsOptions::handshakeTimeout
    \brief the time that a connection may take to open, in milliseconds.

    On a client it covers everything that follows open(): name resolution, the TCP connection, TLS and the
    answer to the opening handshake. On a server it starts when the connection is accepted and ends when the
    request is answered, so that a client that sends nothing, or one byte a minute, cannot occupy a connection
    for long.

    The default is 10 seconds: long enough for a slow mobile network, and short enough that a user still
    waits. After that time a client fails with Ws::ErrorKind::Timeout. A server answers the request with the
    HTTP status 408, or with 503 if the request handler has not answered in time, and reports an error of the
    kind Ws::ErrorKind::Handshake. 0 means no limit. Negative values count as 0.

    Bytes that arrive do not extend this limit. On a client it stands still while slots of
    WsClient::sslErrors(), WsClient::handshakeInterruptedOnError(), WsClient::authenticationRequired() or
    WsClient::proxyAuthenticationRequired() run, and while the opening waits because of
    WsClient::pauseOnSslErrors. If a server answers without accepting the connection, closeTimeout applies to
    that answer, see \l {Time Limits}.

    A change takes effect from the next opening on.

    \sa connectTimeout
*/
milliseconds WsOptions::handshakeTimeout() const
{
    return d->values.handshakeTimeout;
}

void WsOptions::setHandshakeTimeout(milliseconds timeout)
{
    assign(d, &Values::handshakeTimeout, qMax(timeout, milliseconds::zero()));
}

/*!
    \property WsOptions::connectTimeout
    \brief the part of handshakeTimeout after which a client gives up if there is no TCP connection, in
    milliseconds.

    It counts from WsClient::open() until WsClient::openingProgressed() reports Ws::Connected: it covers name
    resolution and all attempts to reach one of the host's addresses. With a proxy, it covers the tunnel through
    the proxy. TLS and the server's answer have what is left of handshakeTimeout.

    The default is 0, which means that only handshakeTimeout counts. A shorter value makes sense for programs
    that have to notice quickly that a host cannot be reached, although a server that was reached may take its
    time to answer. A value that is longer than handshakeTimeout has no effect. Negative values count as 0.

    After that time the client fails with Ws::ErrorKind::Timeout. A server ignores this option.

    A change takes effect from the next opening on.

    \sa handshakeTimeout, {Time Limits}
*/
milliseconds WsOptions::connectTimeout() const
{
    return d->values.connectTimeout;
}

void WsOptions::setConnectTimeout(milliseconds timeout)
{
    assign(d, &Values::connectTimeout, qMax(timeout, milliseconds::zero()));
}

/*!
    \property WsOptions::closeTimeout
    \brief the time that a peer has to continue the closing handshake, in milliseconds.

    It counts from the moment when this side's Close frame has been sent. While messages are queued before the
    Close frame, it starts anew whenever the peer has taken bytes: a slow peer gets all of them, as long as it
    takes 1,024 bytes a second on average.

    The default is 10 seconds. A peer that is alive answers within one round trip, and one that is not must
    not keep a program from ending. A shorter limit would cut slow readers: TCP reports in steps what a peer
    has taken, and with a reader of 15 kB/s two steps can be 9 seconds apart.

    After that time the TCP connection is ended. If the peer has not answered the Close frame, an error of the
    kind Ws::ErrorKind::Timeout is reported, and the connection was not closed cleanly. The text of the error
    says how much was still queued. A peer that broke a rule, and a client whose request was answered without
    a WebSocket, have the same time to end the TCP connection after the Close frame or the answer.

    0 means no limit: a connection whose peer does not answer stays in the state Ws::Closing until TCP ends or
    WsConnection::abort() is called. No application can do that for answers to requests and for sockets that
    are still sending after their connection has ended, so for them 0 counts as 10 seconds. Negative values
    count as 0.

    A change takes effect at once on an open connection. A closing handshake that has already started keeps
    the time it started with.

    RFC 6455 §7.1.

    \sa {Time Limits}
*/
milliseconds WsOptions::closeTimeout() const
{
    return d->values.closeTimeout;
}

void WsOptions::setCloseTimeout(milliseconds timeout)
{
    assign(d, &Values::closeTimeout, qMax(timeout, milliseconds::zero()));
}

/*!
    \property WsOptions::pingInterval
    \brief the time of silence from the peer after which a ping is sent, in milliseconds.

    Only silence counts: while anything arrives, no ping is sent. The default is 20 seconds, which is below
    the 30 to 60 seconds after which common proxies and address translators drop an idle connection. 0 means
    that no pings are sent. Negative values count as 0.

    While the connection is paused, or reads nothing because messages wait to be taken, no ping is sent. The
    silence is counted anew afterwards.

    A change takes effect at once on an open connection; the silence so far counts.

    RFC 6455 §5.5.2.

    \sa pongTimeout, {Time Limits}
*/
milliseconds WsOptions::pingInterval() const
{
    return d->values.pingInterval;
}

void WsOptions::setPingInterval(milliseconds interval)
{
    assign(d, &Values::pingInterval, qMax(interval, milliseconds::zero()));
}

/*!
    \property WsOptions::pongTimeout
    \brief the time that the peer may stay silent after a ping of pingInterval, in milliseconds.

    It counts from the moment when the ping has been sent. Anything that arrives counts as a sign of life, not
    only the pong. While data is queued that the peer has not taken, anything that it takes counts too: the
    time starts anew, however slow the peer is. The default is 20 seconds: together with the default
    pingInterval, a peer that vanishes without a word is noticed within 40 seconds.

    After that time the connection is cut with Ws::Abnormal (1006) and an error of the kind
    Ws::ErrorKind::Timeout. Its text says whether the pong was missing or the peer took none of what was
    queued. 0 means that no answer is required, while pings are still sent. Negative values count as 0.

    A change takes effect at once on an open connection; if a pong is being waited for, the new time counts
    from then on.

    RFC 6455 §5.5.3.

    \sa pingInterval, {Time Limits}
*/
milliseconds WsOptions::pongTimeout() const
{
    return d->values.pongTimeout;
}

void WsOptions::setPongTimeout(milliseconds timeout)
{
    assign(d, &Values::pongTimeout, qMax(timeout, milliseconds::zero()));
}

/*!
    \property WsOptions::highWaterMark
    \brief the amount of buffered data, in bytes, above which a connection stops reading by itself.

    On a server, nothing more is read from a client while more than this waits to be sent to it
    (WsConnection::bufferedAmount): if a client requests much and reads nothing, TCP slows it down, and the
    server's memory does not grow. When no more than half of the mark is left, WsConnection::drained() is
    emitted and reading goes on. A client never stops reading for this reason, because two ends that both have
    much to send would wait for each other forever; it only emits drained().

    On both sides reading also stops while more than this has arrived but has not been delivered or taken yet:
    it waits for WsConnection::receive(), in a WsMessageStream, because the connection is paused, or because a
    slot runs an event loop of its own. The memory that this takes is counted: a message that waits for
    receive(), for example, counts at least 80 bytes more than its payload.

    The default is 1 MiB: enough to fill a fast connection over a long distance, and small enough for
    thousands of slow peers. Negative values count as 0, which stops reading whenever something waits.

    A change takes effect at once on an open connection.

    \sa maxBufferedAmount, {Memory}
*/
qint64 WsOptions::highWaterMark() const
{
    return d->values.highWaterMark;
}

void WsOptions::setHighWaterMark(qint64 bytes)
{
    assign(d, &Values::highWaterMark, qMax<qint64>(bytes, 0));
}

/*!
    \property WsOptions::maxBufferedAmount
    \brief the largest amount of data that may wait to be sent, in bytes.

    A message whose payload would raise WsConnection::bufferedAmount above this limit is not accepted: the
    function that sends it returns \c false. This bounds the memory that is used if a program sends faster
    than its peer reads, or, from another thread, faster than the connection's thread works. It applies to
    WsServer::broadcast() and WsServer::publish() as well. Headers are counted afterwards, so that the amount
    may be above the limit by those of the last message.

    The default is 64 MiB, four messages of the default maxMessageSize. Negative values count as 0, with which
    no message can be sent.

    A change takes effect at once on an open connection.

    \sa highWaterMark, slowSubscriber, {Memory}
*/
qint64 WsOptions::maxBufferedAmount() const
{
    return d->values.maxBufferedAmount;
}

void WsOptions::setMaxBufferedAmount(qint64 bytes)
{
    assign(d, &Values::maxBufferedAmount, qMax<qint64>(bytes, 0));
}

/*!
    \property WsOptions::fragmentSize
    \brief the size, in bytes of payload, above which a message is sent in several frames.

    The default is 0: every message is sent as one frame, which costs the least on both sides. If a peer
    limits the size of a frame, set this to that limit. Pings and pongs are sent between frames, so with a
    size they do not wait for the end of a large message. Negative values count as 0.

    A change takes effect at once on an open connection, for messages that are sent from then on.

    RFC 6455 §5.4.
*/
qint64 WsOptions::fragmentSize() const
{
    return d->values.fragmentSize;
}

void WsOptions::setFragmentSize(qint64 bytes)
{
    assign(d, &Values::fragmentSize, qMax<qint64>(bytes, 0));
}

/*!
    \property WsOptions::readBufferSize
    \brief the most that a connection reads from its socket at a time, in bytes.

    TLS, local sockets, and sockets that the program or a proxy has connected need a buffer of Qt, into which
    Qt reads ahead. It is limited to the same size, and to 64 KiB at most. What the buffers of both ends and of
    the operating system cannot hold waits at the peer.

    The default, and the largest possible value, is 256 KiB: it is the size of a buffer that all connections of
    a thread share, which is enough for several messages of the usual sizes, and for a large one in a few reads.
    Smaller values make a connection with much data take its turn more often, and keep less in Qt's buffer;
    they do not limit the size of messages or frames, which arrive in as many reads as they need. Values below
    1,024 count as 1,024, and larger ones than the default as the default; 0 does not mean "no limit".

    A change takes effect at once on an open connection. The size does not apply to the opening handshake.

    \sa maxMessageSize, highWaterMark, {Memory}
*/
qint64 WsOptions::readBufferSize() const
{
    return d->values.readBufferSize;
}

void WsOptions::setReadBufferSize(qint64 bytes)
{
    assign(d, &Values::readBufferSize, qBound(1 * KiB, bytes, LargestReadBuffer));
}

/*!
    \property WsOptions::tcpNoDelay
    \brief whether small writes are sent at once (the socket option TCP_NODELAY).

    The default is \c true. Without it the operating system may hold a small message back until the previous
    one has been acknowledged, which can take 40 ms or more. WsKit already joins what is sent in one turn of
    the event loop, so waiting gains little.

    A change takes effect at once on an open connection.
*/
bool WsOptions::tcpNoDelay() const
{
    return d->values.tcpNoDelay;
}

void WsOptions::setTcpNoDelay(bool enabled)
{
    assign(d, &Values::tcpNoDelay, enabled);
}

/*!
    \property WsOptions::slowSubscriber
    \brief what happens to a connection if a message to many would exceed its maxBufferedAmount.

    With Ws::SkipMessage the connection misses that message. With Ws::DropOldest it misses the oldest ones
    that still wait instead. With Ws::CloseConnection it is closed with Ws::PolicyViolation (1008), and an
    error of the kind Ws::ErrorKind::Overflow is reported. This applies to WsServer::publish(),
    WsServer::broadcast() and WsConnection::broadcast(). The same happens to a connection that has more than
    its share of WsServer::maxTotalBufferedAmount.

    The default is Ws::SkipMessage, which never ends a connection and keeps the order of all messages. If
    only the latest message matters, publish with a key.

    A change takes effect at once on an open connection.

    \sa maxBufferedAmount, {Messages of which only the latest matters}
*/
Ws::SlowSubscriber WsOptions::slowSubscriber() const
{
    return d->values.slowSubscriber;
}

void WsOptions::setSlowSubscriber(Ws::SlowSubscriber policy)
{
    assign(d, &Values::slowSubscriber, policy);
}

/*!
    \property WsOptions::maxMessagesPerSecond
    \brief how many messages a second the peer may send.

    Text and binary messages count, and so do pings and pongs. A message of several frames counts once: use
    maxBytesPerSecond and maxFragments for its frames.

    The limit is a bucket that holds as many messages as are allowed in one second and fills at that rate. So
    after some silence the peer may send that many messages at once, and in the long run it cannot send more
    than the limit. rateLimitPolicy decides what happens to a peer that sends more.

    The default is 0: there is no limit, because only the application knows what its messages cost. A limit
    applies to clients and to a server's connections alike, however they receive their messages, and not to
    the opening handshake. After this side has called WsConnection::close(), what the peer still sends is read
    without a limit until its Close frame has come.

    A change takes effect at once on an open connection.

    \sa maxBytesPerSecond, rateLimitPolicy, {Limits of a Server}
*/
int WsOptions::maxMessagesPerSecond() const
{
    return d->values.maxMessagesPerSecond;
}

void WsOptions::setMaxMessagesPerSecond(int count)
{
    assign(d, &Values::maxMessagesPerSecond, qMax(count, 0));
}

/*!
    \property WsOptions::maxBytesPerSecond
    \brief how many bytes a second the peer may send.

    All bytes of an open connection count: frame headers and control frames, compressed messages as they were
    sent, and without what TLS adds. What a compressed message inflates to is limited by maxMessageSize.

    As with maxMessagesPerSecond, a second's worth of bytes may arrive at once. A message may be larger than
    that. With Ws::SlowDown it then takes several seconds to arrive. With Ws::Disconnect a peer that sends it
    faster is closed, so the limit should be larger than the largest message that is expected.

    The default is 0: there is no limit. A change takes effect at once on an open connection.

    \sa maxMessagesPerSecond, rateLimitPolicy, {Limits of a Server}
*/
qint64 WsOptions::maxBytesPerSecond() const
{
    return d->values.maxBytesPerSecond;
}

void WsOptions::setMaxBytesPerSecond(qint64 bytes)
{
    assign(d, &Values::maxBytesPerSecond, qMax<qint64>(bytes, 0));
}

/*!
    \property WsOptions::rateLimitPolicy
    \brief what happens to a peer that sends more than maxMessagesPerSecond or maxBytesPerSecond.

    With Ws::SlowDown the peer is held back: nothing more is read from it until it may send again, so TCP
    slows it down. Nothing is lost, and nothing more is stored than a read buffer (256 KiB, or readBufferSize).
    The peer's pings are held back as well, because they are behind its messages, so the time until a pong may
    exceed the peer's limit. The opposite does not happen: as long as this side holds the peer back, no ping
    of its own is due, and no pong is missed.

    With Ws::Disconnect the connection is closed with Ws::PolicyViolation (1008) and a reason that quotes the
    limit, such as "the peer sends more than maxMessagesPerSecond (20)". WsConnection::errorOccurred() reports
    an error of the kind Ws::ErrorKind::Overflow with the same text. Messages within the limit are delivered,
    and those beyond it are not. While this side does not read, for example while the connection is paused or
    other connections have their turn, messages pile up in the network and then arrive at once; this is not
    held against the peer. If the thread is blocked by the application for more than a second, however, it
    cannot know when messages have arrived: leave some room.

    The default is Ws::SlowDown, which no honest peer suffers from.

    A change takes effect at once on an open connection.

    \sa maxMessagesPerSecond, maxBytesPerSecond
*/
Ws::RateLimitPolicy WsOptions::rateLimitPolicy() const
{
    return d->values.rateLimitPolicy;
}

void WsOptions::setRateLimitPolicy(Ws::RateLimitPolicy policy)
{
    assign(d, &Values::rateLimitPolicy, policy);
}

/*!
    \property WsOptions::keepAliveTimeout
    \brief how long a server waits for the next plain HTTP request of a client, in milliseconds in QML.

    The time begins when the client has taken the answer to its last request. After it the connection is
    closed without another answer. The default is 5 seconds, as that of many web servers: enough for a browser
    to fetch what belongs to a page, and too short for many connections to stay open without use. 0 closes the
    connection after each answer.

    A connection that waits for a request takes no place among the connections of the server
    (WsServer::maxConnections). It is counted by WsServer::maxPendingHandshakes, and is the first to give way
    if there are too many.

    A connection is not kept after an answer to HTTP/1.0 without \c {Connection: keep-alive}, to a request
    with \c {Connection: close}, to a request for a WebSocket, to a request that was not read to its end, and
    while the server closes.

    For a client this option has no effect.

    RFC 9112 §9.3.

    \sa {HTTP Requests}
*/
milliseconds WsOptions::keepAliveTimeout() const
{
    return d->values.keepAliveTimeout;
}

void WsOptions::setKeepAliveTimeout(milliseconds timeout)
{
    assign(d, &Values::keepAliveTimeout, qMax(timeout, milliseconds(0)));
}

/*!
    \property WsOptions::compression
    \brief how messages are compressed.

    By default they are not compressed, see WsCompression::enabled.

    A change takes effect from the next opening on.

    RFC 7692.
*/
WsCompression WsOptions::compression() const
{
    return d->values.compression;
}

void WsOptions::setCompression(const WsCompression &compression)
{
    assign(d, &Values::compression, compression);
}

/*!
    \fn bool WsOptions::operator!=(const WsOptions &other) const
    Returns whether any value differs from that of \a other.
*/

WsClientHeadLimits::WsClientHeadLimits(const WsOptions &options)
    : maxSize(clientLimit(options.d->values.maxHandshakeSize, ClientHeadSize)),
      maxHeaders(clientLimit(options.d->values.maxHeaders, ClientHeaders))
{
}

// --- for QML

double WsOptions::maxMessageSizeNumber() const
{
    return double(maxMessageSize());
}

void WsOptions::setMaxMessageSizeNumber(double bytes)
{
    setMaxMessageSize(wsBytes(bytes));
}

double WsOptions::maxFrameSizeNumber() const
{
    return double(maxFrameSize());
}

void WsOptions::setMaxFrameSizeNumber(double bytes)
{
    setMaxFrameSize(wsBytes(bytes));
}

int WsOptions::handshakeTimeoutMs() const
{
    return wsIntMs(handshakeTimeout());
}

void WsOptions::setHandshakeTimeoutMs(int ms)
{
    setHandshakeTimeout(milliseconds(ms));
}

int WsOptions::connectTimeoutMs() const
{
    return wsIntMs(connectTimeout());
}

void WsOptions::setConnectTimeoutMs(int ms)
{
    setConnectTimeout(milliseconds(ms));
}

int WsOptions::closeTimeoutMs() const
{
    return wsIntMs(closeTimeout());
}

void WsOptions::setCloseTimeoutMs(int ms)
{
    setCloseTimeout(milliseconds(ms));
}

int WsOptions::pingIntervalMs() const
{
    return wsIntMs(pingInterval());
}

void WsOptions::setPingIntervalMs(int ms)
{
    setPingInterval(milliseconds(ms));
}

int WsOptions::pongTimeoutMs() const
{
    return wsIntMs(pongTimeout());
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
    setHighWaterMark(wsBytes(bytes));
}

double WsOptions::maxBufferedAmountNumber() const
{
    return double(maxBufferedAmount());
}

void WsOptions::setMaxBufferedAmountNumber(double bytes)
{
    setMaxBufferedAmount(wsBytes(bytes));
}

double WsOptions::fragmentSizeNumber() const
{
    return double(fragmentSize());
}

void WsOptions::setFragmentSizeNumber(double bytes)
{
    setFragmentSize(wsBytes(bytes));
}

double WsOptions::readBufferSizeNumber() const
{
    return double(readBufferSize());
}

void WsOptions::setReadBufferSizeNumber(double bytes)
{
    setReadBufferSize(wsBytes(bytes));
}

double WsOptions::maxBytesPerSecondNumber() const
{
    return double(maxBytesPerSecond());
}

void WsOptions::setMaxBytesPerSecondNumber(double bytes)
{
    setMaxBytesPerSecond(wsBytes(bytes));
}

int WsOptions::keepAliveTimeoutMs() const
{
    return wsIntMs(keepAliveTimeout());
}

void WsOptions::setKeepAliveTimeoutMs(int ms)
{
    setKeepAliveTimeout(milliseconds(ms));
}
