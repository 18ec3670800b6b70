// SPDX-License-Identifier: MIT
#include <WsKit/wsredisbroker.h>

#include "redis/wsredisbroker_p.h"
#include "redis/wsredislog.h"

#include <algorithm>

Q_LOGGING_CATEGORY(wsRedisLog, "wskit.redis", QtWarningMsg)

using std::chrono::milliseconds;

namespace {
// What a QTimer takes is little more: its milliseconds are an int.
constexpr milliseconds LongestTime = std::chrono::hours(24 * 24);

milliseconds limited(milliseconds time)
{
    return std::clamp(time, milliseconds(1), LongestTime);
}
} // namespace

/*!
    \class WsRedisBroker
    \inmodule WsKit
    \inheaderfile WsKit/WsRedisBroker
    \brief Carries published messages between servers by Redis.

    \snippet redis/tst_redisbroker.cpp broker

    Link with \c WsKit::Redis. All servers whose brokers use the same Redis, the same \l prefix and the same
    database share their topics. The broker connects as soon as control returns to the event loop, and again
    after each interruption. See \l{Beyond One Machine}.

    \section1 Channels

    The name of a channel in Redis is the prefix, followed by the topic: \c{wskit:news}. Redis has the same
    channels in all databases. So that servers with different databases are separate nevertheless, the number
    of a database other than 0 comes first: \c{2:wskit:news}.

    Other programs can publish to a channel, too. What they publish becomes a text message if it is UTF-8, and
    a binary message otherwise:

    \badcode
    redis-cli PUBLISH wskit:news "it rains"
    \endcode

    Topics are written in UTF-8. Those that do not survive this, because they contain half of a surrogate pair
    or begin with a byte order mark, are not shared with other servers.

    \section1 Interruptions

    The broker uses two connections, one that publishes and one that is subscribed. If one of them ends, both
    are made anew, first after 250 ms, then after twice as long each time, up to 2 seconds
    (setReconnectDelay()). A random part of up to half of that is taken off, so that not all servers come
    back at once. The delay begins anew after a connection has lasted for checkInterval(). connected() is
    emitted after Redis has confirmed the subscriptions to all topics. It does not wait for topics that are
    still added after the broker has asked Redis a second time whether it has them all.

    Of topics without a history, what Redis has not received when a connection fails is counted by
    messagesUnsent() and given up: it does not arrive later, after what has been published in the meantime.

    If the host has several addresses, they are tried one after another. An address that does not answer at
    all is given up after 30 seconds. Proxies of QNetworkProxy are not used.

    A Redis that is reachable but silent, because its machine has stopped or the network drops everything, is
    noticed by questions that are not answered (setCheckInterval()).

    By default, Redis ends a subscribed connection if more than 32 MB wait there to be sent, or 8 MB for a
    minute (\c client-output-buffer-limit). What is lost then is counted by messagesMissed().

    \section1 Security

    Whoever may publish in Redis can send anything to all subscribers. Redis should not be reachable from
    other networks, and should have a password. Over networks that are not trusted, use \c {rediss:}.
   Passwords are never shown: error texts and the log contain the URL without user, password and query, and of
   the answer to a login only the code, such as \c WRONGPASS.

    A connection is ended if Redis, or what is in its place, sends something that was not asked for, or a
    message that is larger than maxMessageSize().

    Redis Sentinel and the sharded channels of Redis Cluster are not supported. Without history, any node of a
    cluster can be used as long as it runs, because a cluster passes on ordinary channels to all of its nodes.
    Topics with a history do not work with a cluster: a script uses several keys at a time, which a cluster has
    on different nodes.

    \section1 Keys

    Topics with a history (setHistory()) need Redis 5 or later, and these keys in the database of the URL:

    \table
    \header \li Key \li Type and contents
    \row \li \c {wskit:history:news}
         \li a stream: the messages of the topic \c news, in the field \c data
    \row \li \c {wskit:mark:<origin>:news}
         \li a string: the number of the last message to \c news that came from one broker, so that none is
             added twice after an interruption. The origin is a random text of 22 characters for each
             WsRedisBroker. The key expires after the time to live of the history, and not before an hour.
    \endtable

    What was not confirmed before an interruption is sent again after it. If Redis has deleted the mark
    meanwhile, because the interruption was longer than that or because memory was short, what had arrived
    before comes a second time.

    It is also sent again after the URL has changed, for which the same Redis may have another name. If the
    prefix or the number of the database changes, or if the URL cannot be used, it is not. It is delivered
    to the subscribers in this process like a message that Redis has refused, even if it has arrived.

    A user of Redis that is limited by an ACL needs the commands \c PING, \c SELECT, \c PUBLISH, \c SUBSCRIBE
    and \c UNSUBSCRIBE, and for a history \c EVAL, \c EVALSHA, \c GET, \c SET, \c XADD, \c EXPIRE, \c XRANGE and
    \c XREVRANGE, with the keys and the channels that begin with the prefix: \c{~wskit:*} and \c{&wskit:*}.
    With a database other than 0, its number comes before the prefix in the names of channels, but not in
    those of keys: \c{~wskit:*} and \c{&2:wskit:*}.

    \section1 Log

    The category \c wskit.redis logs each connection and each failure at info level. URLs that cannot be used
    and refused logins are warnings, which are shown by default.

    \sa WsServer, WsBroker
*/

/*! Constructs a broker with the given \a parent. It does nothing until setUrl() is called. */
WsRedisBroker::WsRedisBroker(QObject *parent)
    : WsBroker(parent), d(std::make_unique<WsRedisBrokerPrivate>(this))
{
}

/*!
    Ends both connections. What was published is sent before: the destructor waits until Redis has confirmed it,
    but not longer than 200 milliseconds. No signal is emitted.
*/
WsRedisBroker::~WsRedisBroker()
{
    endPresence();
    d->finish();
}

/*!
    \property WsRedisBroker::url
    \brief which Redis is used.

    \table
    \header \li URL \li Meaning
    \row \li \c {redis://host:6379/2}
         \li TCP; the port is 6379 and the database 0 unless the URL says otherwise
    \row \li \c {redis://:password@host}, \c {redis://user:password@host}
         \li with a password, or a user of Redis 6 or later and a password. Special characters are
             percent-encoded.
    \row \li \c {unix:///run/redis/redis.sock?db=2}, \c {redis+unix:///run/redis/redis.sock}
         \li a local socket; user and password are possible, too
    \row \li \c {rediss://host:6380}
         \li TLS (setSslConfiguration()); otherwise the same as \c {redis:}
    \endtable

    If it is set, the broker connects from the event loop, or anew if it was connected. An empty URL, the
    default, disconnects it. A URL that cannot be used is reported by errorOccurred() with
    Ws::ErrorKind::Misuse and a text that quotes it, and the state is then Ws::Closed.

    It may only be set in the broker's thread.
*/
QUrl WsRedisBroker::url() const
{
    return d->url;
}

void WsRedisBroker::setUrl(const QUrl &url)
{
    if (d->url == url)
        return;
    d->url = url;
    d->restartLater();
    Q_EMIT urlChanged();
}

/*!
    \property WsRedisBroker::prefix
    \brief what the names of channels begin with. The default is \c {wskit:}.

    Servers with different prefixes share nothing, so that several programs can use one Redis. No prefix may
    begin with another one: with the prefixes \c {a:} and \c {a:b:}, the topic \c {b:news} of the one program
    and the topic \c news of the other one are the same channel. A prefix should not begin with a number and a
    colon either, which is how databases are separated.

    If it is changed, the broker connects anew. It may only be set in the broker's thread.
*/
QString WsRedisBroker::prefix() const
{
    return d->prefix;
}

void WsRedisBroker::setPrefix(const QString &prefix)
{
    if (d->prefix == prefix)
        return;
    d->prefix = prefix;
    if (!d->url.isEmpty())
        d->restartLater();
    Q_EMIT prefixChanged();
}

/*!
    Sets how long the broker waits before it connects again: \a first after the first failure, then twice as
    long each time, but not more than \a longest. The defaults are 250 ms, after which a Redis that is
    restarted is usually back, and 2 seconds. Values below 1 ms count as 1 ms, those above 24 days as 24 days.
*/
void WsRedisBroker::setReconnectDelay(std::chrono::milliseconds first, std::chrono::milliseconds longest)
{
    d->firstDelay = limited(first);
    d->longestDelay = std::max(limited(longest), d->firstDelay);
}

/*!
    Returns the interval at which the broker asks Redis whether it is there. The default is 10 seconds.

    \sa setCheckInterval()
*/
std::chrono::milliseconds WsRedisBroker::checkInterval() const
{
    return d->checkInterval;
}

/*!
    Sets the \a interval at which the broker asks Redis, on both connections, whether it is there. If Redis
    has owed an answer for an interval, and has neither sent nor taken any data, errorOccurred() is emitted
   with Ws::ErrorKind::Timeout, and the broker connects anew. The same limit applies to the handshake of TLS
   and to the login. Values below 1 ms count as 1 ms, those above 24 days as 24 days.
*/
void WsRedisBroker::setCheckInterval(std::chrono::milliseconds interval)
{
    d->setCheckInterval(limited(interval));
}

/*!
    Sets the TLS \a configuration for \c rediss://: which certificate authorities are trusted, and with which
    certificate this side identifies itself. The default is QSslConfiguration::defaultConfiguration(). The
    certificate of Redis is verified, including the host name of the URL, unless the configuration says
    otherwise. It applies to connections that are made later, and may only be set in the broker's thread.
*/
void WsRedisBroker::setSslConfiguration(const QSslConfiguration &configuration)
{
    d->tls = configuration;
}

/*! Returns the TLS configuration for \c rediss://. */
QSslConfiguration WsRedisBroker::sslConfiguration() const
{
    return d->tls;
}

/*! \reimp */
bool WsRedisBroker::send(const WsBrokerMessage &message)
{
    return d->publish(message);
}

/*! \reimp */
void WsRedisBroker::subscribe(const QString &topic)
{
    d->subscribe(topic);
}

/*! \reimp */
void WsRedisBroker::unsubscribe(const QString &topic)
{
    d->unsubscribe(topic);
}

/*! \reimp */
bool WsRedisBroker::keepsHistory() const
{
    return true;
}

/*! \reimp */
void WsRedisBroker::readHistory(int number, const QString &topic, const QString &after)
{
    d->readHistory(number, topic, after);
}
