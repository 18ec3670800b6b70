// SPDX-License-Identifier: MIT
#include "redis/wsredisbroker_p.h"

#include "redis/wsredislog.h"

#include <QtCore/qpointer.h>
#include <QtCore/qrandom.h>

#include <algorithm>
#include <utility>

#include <hiredis/hiredis.h>

using std::chrono::milliseconds;

namespace {
// How many topics one command subscribes to.
constexpr qsizetype SubscribeAtOnce = 1000;
// What a message takes besides its payload: its topic, its key and its envelope.
constexpr qint64 MessageOverhead = 1024 * 1024;
// The answers to what is published are short.
constexpr qint64 MaxAnswers = 1024 * 1024;
constexpr qint64 PublishCost = 256;

QString hiredisVersion()
{
    return QStringLiteral("%1.%2.%3").arg(HIREDIS_MAJOR).arg(HIREDIS_MINOR).arg(HIREDIS_PATCH);
}
} // namespace

WsRedisBrokerPrivate::WsRedisBrokerPrivate(WsRedisBroker *broker)
    : q(broker), m_checkTimer(broker), m_retryTimer(broker)
{
    m_retryTimer.setSingleShot(true);
    QObject::connect(&m_retryTimer, &QTimer::timeout, q, [this] { start(); });
    QObject::connect(&m_checkTimer, &QTimer::timeout, q, [this] { check(); });
}

WsRedisBrokerPrivate::~WsRedisBrokerPrivate()
{
    if (m_lookup >= 0)
        QHostInfo::abortHostLookup(m_lookup);
}

// --- connecting

void WsRedisBrokerPrivate::restartLater()
{
    if (std::exchange(m_isRestarting, true))
        return;
    QMetaObject::invokeMethod(
        q, [this] { restart(); }, Qt::QueuedConnection);
}

void WsRedisBrokerPrivate::restart()
{
    m_isRestarting = false;
    drop();
    m_retryTimer.stop();
    m_attempts = 0;
    m_address = WsRedisAddress::of(url);
    if (m_address.isTls && m_address.problem.isEmpty() && !WsRedisBroker::supportsTls())
        m_address.problem =
            QStringLiteral("%1 cannot be used: hiredis %2, with which WsKit was built, has no TLS")
                .arg(m_address.shown, hiredisVersion());
    m_channelPrefix = prefix.toUtf8();
    if (m_address.database > 0) // channels are the same in all databases
        m_channelPrefix.prepend(QByteArray::number(m_address.database) + ':');
    const bool isUsable = m_address.problem.isEmpty();
    const QPointer<WsRedisBroker> broker(q);
    q->setState(isUsable ? Ws::Connecting : Ws::Closed);
    if (!broker)
        return;
    if (isUsable)
        start();
    else if (!url.isEmpty())
        Q_EMIT q->errorOccurred(WsError(Ws::ErrorKind::Misuse, m_address.problem));
}

void WsRedisBrokerPrivate::start()
{
    m_checkTimer.start(checkInterval);
    if (!m_address.localPath.isEmpty()) {
        m_hosts = {QHostAddress()};
        connectNext();
        return;
    }
    m_lookup = QHostInfo::lookupHost(m_address.host, q, [this](const QHostInfo &info) { onLookedUp(info); });
}

void WsRedisBrokerPrivate::onLookedUp(const QHostInfo &info)
{
    m_lookup = -1;
    m_hosts = info.addresses();
    if (m_hosts.isEmpty())
        fail(WsError(Ws::ErrorKind::Network, info.errorString()));
    else
        connectNext();
}

void WsRedisBrokerPrivate::connectNext()
{
    m_isConnected = false;
    connectLink(&m_publishing);
}

void WsRedisBrokerPrivate::connectLink(Link *link)
{
    const auto connected = [this, link] {
        m_isConnected = true;
        logIn(link);
    };
    const WsRedisLink::Handlers handlers{
        connected, [this](const WsError &error) { onEnded(error); },
        [this](const QByteArray &channel) { onSubscribed(channel); },
        [this](const QByteArray &channel, const QByteArray &data) { onMessage(channel, data); }};
    const qint64 maxInput = link == &m_subscribed ? q->maxMessageSize() + MessageOverhead : MaxAnswers;
    *link = std::make_unique<WsRedisLink>(q, handlers, maxInput);
    if (m_address.localPath.isEmpty())
        (*link)->connectToHost(m_hosts.constFirst().toString().toUtf8(), m_address.port);
    else
        (*link)->connectToPath(m_address.localPath.toUtf8());
}

// PING is answered only if everything before it was right, and if Redis has loaded its data.
void WsRedisBrokerPrivate::logIn(Link *link)
{
    QList<QList<QByteArray>> commands;
    if (!m_address.password.isEmpty() && m_address.user.isEmpty())
        commands.append({"AUTH", m_address.password});
    else if (!m_address.password.isEmpty())
        commands.append({"AUTH", m_address.user, m_address.password});
    if (m_address.database > 0)
        commands.append({"SELECT", QByteArray::number(m_address.database)});
    commands.append({"PING"});
    for (const QList<QByteArray> &command : std::as_const(commands)) {
        const QByteArray name = command.constFirst();
        (void)(*link)->send(command, [this, link, name](const WsRedisReply &reply) {
            if (reply.isError)
                fail(WsError(Ws::ErrorKind::Handshake,
                             QStringLiteral("%1 was refused: %2")
                                 .arg(QString::fromLatin1(name), QString::fromUtf8(reply.text))));
            else if (name == "PING")
                onLoggedIn(link);
        });
    }
}

void WsRedisBrokerPrivate::onLoggedIn(Link *link)
{
    if (link == &m_publishing) {
        connectLink(&m_subscribed);
        return;
    }
    m_isSubscribing = true;
    const QStringList topics = q->topics();
    QList<QByteArray> channels;
    for (const QString &topic : topics) {
        channels.append(channelOf(topic));
        if (channels.size() == SubscribeAtOnce)
            m_subscribed->subscribe(std::exchange(channels, {}));
    }
    channels.append(checkChannel()); // the last one to be confirmed
    m_subscribed->subscribe(channels);
}

void WsRedisBrokerPrivate::onSubscribed(const QByteArray &channel)
{
    if (channel != checkChannel() || q->isConnected())
        return;
    m_attempts = 0;
    qCInfo(wsRedisLog).noquote() << "connected to" << m_address.shown;
    q->setState(Ws::Open);
}

// --- topics and messages

// Nobody publishes there. As long as it is subscribed, Redis does not leave the mode for subscriptions, and
// subscribing to it again shows that Redis is alive. No topic has this name, because it is not UTF-8.
QByteArray WsRedisBrokerPrivate::checkChannel() const
{
    return m_channelPrefix
           + "\xFF"
             "check";
}

void WsRedisBrokerPrivate::subscribe(const QString &topic)
{
    if (m_isSubscribing)
        m_subscribed->subscribe({channelOf(topic)});
}

void WsRedisBrokerPrivate::unsubscribe(const QString &topic)
{
    if (m_isSubscribing)
        m_subscribed->unsubscribe(channelOf(topic));
}

bool WsRedisBrokerPrivate::publish(const QString &topic, const QByteArray &data)
{
    const qint64 size = data.size() + PublishCost;
    if (!m_publishing || m_unconfirmedSize + size > q->maxBufferedAmount())
        return false;
    const auto handler = [this](const WsRedisReply &reply) { onPublished(reply); };
    if (!m_publishing->send({"PUBLISH", channelOf(topic), data}, handler))
        return false;
    m_unconfirmed.push_back(size);
    m_unconfirmedSize += size;
    return true;
}

void WsRedisBrokerPrivate::onPublished(const WsRedisReply &reply)
{
    m_unconfirmedSize -= m_unconfirmed.front();
    m_unconfirmed.pop_front();
    if (!reply.isError)
        return;
    q->countUnsent(1);
    const QString text = QStringLiteral("PUBLISH was refused: %1").arg(QString::fromUtf8(reply.text));
    Q_EMIT q->errorOccurred(WsError(Ws::ErrorKind::Protocol, text));
}

void WsRedisBrokerPrivate::onMessage(const QByteArray &channel, const QByteArray &data)
{
    if (channel.startsWith(m_channelPrefix))
        q->deliver({QString::fromUtf8(channel.mid(m_channelPrefix.size())), data});
}

// --- endings

// Each address of the host is tried once.
void WsRedisBrokerPrivate::onEnded(const WsError &error)
{
    if (!m_isConnected && m_hosts.size() > 1) {
        m_hosts.removeFirst();
        connectNext();
        return;
    }
    fail(error);
}

void WsRedisBrokerPrivate::fail(const WsError &error)
{
    drop();
    m_retryTimer.start(nextDelay());
    const QString text = QStringLiteral("%1: %2").arg(m_address.shown, error.text());
    qCInfo(wsRedisLog).noquote() << text << "- trying again in" << m_retryTimer.interval() << "ms";
    const QPointer<WsRedisBroker> broker(q);
    q->setState(Ws::Connecting);
    if (broker)
        Q_EMIT q->errorOccurred(WsError(error.kind(), text));
}

void WsRedisBrokerPrivate::drop()
{
    m_checkTimer.stop();
    if (m_lookup >= 0)
        QHostInfo::abortHostLookup(std::exchange(m_lookup, -1));
    m_publishing.reset();
    m_subscribed.reset();
    m_isSubscribing = false;
    q->countUnsent(qint64(m_unconfirmed.size()));
    m_unconfirmed.clear();
    m_unconfirmedSize = 0;
}

milliseconds WsRedisBrokerPrivate::nextDelay()
{
    milliseconds delay = firstDelay;
    for (int i = 0; i < m_attempts && delay < longestDelay; ++i)
        delay *= 2;
    ++m_attempts;
    delay = std::min(delay, longestDelay);
    // So that not all servers come back at once.
    return delay
           - milliseconds(qint64(double(delay.count()) / 2 * QRandomGenerator::global()->generateDouble()));
}

// --- whether Redis is alive

void WsRedisBrokerPrivate::setCheckInterval(milliseconds interval)
{
    checkInterval = interval;
    if (m_checkTimer.isActive())
        m_checkTimer.start(interval);
}

// Everything that Redis has said or taken since the last time counts.
void WsRedisBrokerPrivate::check()
{
    const bool hasMoved = m_publishing && m_publishing->takeHasMoved();
    const bool hasOtherMoved = m_subscribed && m_subscribed->takeHasMoved();
    const bool isConnecting = !q->isConnected();
    if (isConnecting ? !hasMoved && !hasOtherMoved : !hasMoved || !hasOtherMoved) {
        const QString text = QStringLiteral("Redis has not answered for %1 ms").arg(checkInterval.count());
        fail(WsError(Ws::ErrorKind::Timeout, text));
        return;
    }
    if (isConnecting)
        return;
    (void)m_publishing->send({"PING"}, [](const WsRedisReply &) {});
    m_subscribed->subscribe({checkChannel()});
}
