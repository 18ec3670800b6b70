// SPDX-License-Identifier: MIT
#include "redis/wsredisbroker_p.h"

#include "redis/wsredislog.h"

#include <QtCore/qrandom.h>
#include <QtCore/quuid.h>
#include <QtNetwork/qsslsocket.h>

#include <algorithm>
#include <utility>

using std::chrono::milliseconds;

namespace {
// How many topics one command subscribes to.
constexpr qsizetype SubscribeAtOnce = 1000;
// What a message takes besides its payload: its topic, its key and its envelope.
constexpr qint64 MessageOverhead = 1024 * 1024;
constexpr qint64 PublishCost = 256;

// The code of an error, such as NOAUTH.
QString codeOf(const QByteArray &text)
{
    const QByteArray code = text.split(' ').constFirst();
    const auto isUpper = [](char letter) { return letter >= 'A' && letter <= 'Z'; };
    return std::all_of(code.begin(), code.end(), isUpper) ? QString::fromLatin1(code)
                                                          : QStringLiteral("an error");
}

bool isRefusedLogin(WsRedisLink::Command command, const WsRedisReply &reply)
{
    return command == WsRedisLink::Command::Auth || reply.text.startsWith("NOAUTH")
           || reply.text.startsWith("NOPERM");
}
} // namespace

WsRedisBrokerPrivate::WsRedisBrokerPrivate(WsRedisBroker *broker)
    : q(broker), m_origin(QUuid::createUuid().toRfc4122().toBase64(QByteArray::OmitTrailingEquals)),
      m_checkTimer(broker), m_retryTimer(broker)
{
    m_retryTimer.setSingleShot(true);
    QObject::connect(&m_retryTimer, &QTimer::timeout, q, [this] { start(); });
    QObject::connect(&m_checkTimer, &QTimer::timeout, q, [this] { check(); });
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
    m_isRestarting = m_hasWarnedOfRefusal = m_hasRefusedEnd = false;
    m_askedAgain.clear();
    drop();
    m_retryTimer.stop();
    m_attempts = 0;
    const bool areNamesNew = setNames();
    const bool isUsable = m_address.problem.isEmpty();
    if (areNamesNew || !isUsable)
        refuseUnsent();
    reportState(isUsable ? Ws::Connecting : Ws::Closed);
    if (isUsable) {
        m_retryTimer.start(0);
    } else if (!url.isEmpty()) {
        qCWarning(wsRedisLog).noquote() << m_address.problem;
        reportError(WsError(Ws::ErrorKind::Misuse, m_address.problem));
    }
    report();
}

// Returns whether they have changed: what was published before is meant for other histories then.
bool WsRedisBrokerPrivate::setNames()
{
    m_address = WsRedisAddress::of(url);
    if (m_address.isTls && m_address.problem.isEmpty() && !QSslSocket::supportsSsl())
        m_address.problem = QStringLiteral("%1 cannot be used: Qt has no TLS").arg(m_address.shown);
    const QByteArray keyPrefix = prefix.toUtf8();
    QByteArray channelPrefix = keyPrefix;
    if (m_address.database > 0) // channels are the same in all databases
        channelPrefix.prepend(QByteArray::number(m_address.database) + ':');
    const bool areNew = keyPrefix != m_keyPrefix || channelPrefix != m_channelPrefix;
    m_keyPrefix = keyPrefix;
    m_channelPrefix = channelPrefix;
    return areNew;
}

void WsRedisBrokerPrivate::start()
{
    startChecks();
    connectLink(&m_publishing);
}

void WsRedisBrokerPrivate::connectLink(Link *link)
{
    constexpr qint64 Largest = WsRedisReader::LargestMaxText - MessageOverhead;
    const qint64 maxText = std::min(q->maxMessageSize(), Largest) + MessageOverhead;
    m_largestKept = maxText - MessageOverhead / 2;
    *link = std::make_unique<WsRedisLink>(this, q, maxText);
    (*link)->connectTo(m_address, tls);
}

// PING is answered only if everything before it was right, and if Redis has loaded its data.
void WsRedisBrokerPrivate::onConnected(WsRedisLink *link)
{
    if (!m_address.password.isEmpty() && m_address.user.isEmpty())
        (void)link->send(Command::Auth, {m_address.password});
    else if (!m_address.password.isEmpty())
        (void)link->send(Command::Auth, {m_address.user, m_address.password});
    if (m_address.database > 0)
        (void)link->send(Command::Select, {QByteArray::number(m_address.database)});
    (void)link->send(Command::Ping);
}

void WsRedisBrokerPrivate::onReply(WsRedisLink *link, Command command, const WsRedisReply &reply)
{
    if (command == Command::Publish || command == Command::Append)
        onPublished(command, reply);
    else if (command == Command::Read)
        onRead(reply);
    else if (reply.isError())
        onRefused(command, reply);
    else if (command == Command::Ping)
        onPong(link);
}

// A topic may have been added since the question, and is waited for once. If more of them keep coming, they
// are late: the broker would never be connected otherwise.
void WsRedisBrokerPrivate::onPong(const WsRedisLink *link)
{
    if (!m_subscribed)
        connectLink(&m_subscribed);
    else if (link == m_subscribed.get() && !m_isSubscribing)
        subscribeAll();
    else if (link != m_subscribed.get() || q->isConnected())
        return;
    else if (m_subscribed->isSubscribing() && !std::exchange(m_hasAskedTwice, true))
        (void)m_subscribed->send(Command::Ping);
    else
        sendAgain();
}

// Followed by a question, whose answer comes after all confirmations.
void WsRedisBrokerPrivate::subscribeAll()
{
    m_isSubscribing = true;
    const QStringList topics = q->topics();
    QList<QByteArray> channels;
    for (const QString &topic : topics) {
        if (mayBeChannel(topic))
            channels.append(channelOf(topic));
        if (channels.size() == SubscribeAtOnce)
            (void)m_subscribed->send(Command::Subscribe, std::exchange(channels, {}));
    }
    if (!channels.isEmpty())
        (void)m_subscribed->send(Command::Subscribe, channels);
    (void)m_subscribed->send(Command::Ping);
}

void WsRedisBrokerPrivate::onOpen()
{
    qCInfo(wsRedisLog).noquote() << "connected to" << m_address.shown;
    startChecks();
    const QList<QByteArray> late = m_subscribed->subscribing();
    for (const QByteArray &channel : late)
        m_late.insert(channel, {});
    (void)m_publishing->check();
    (void)m_subscribed->check();
    reportState(Ws::Open);
    report();
}

// --- what runs application code

void WsRedisBrokerPrivate::reportState(Ws::State state)
{
    m_reports.emplace_back([this, state] { q->setState(state); });
}

void WsRedisBrokerPrivate::reportError(const WsError &error)
{
    m_reports.emplace_back([this, error] { Q_EMIT q->errorOccurred(error); });
}

// The last thing that a function does. A slot may delete the broker, run an event loop, or move the broker
// to another thread, where the rest is reported then.
void WsRedisBrokerPrivate::report()
{
    const std::shared_ptr<const bool> stays = m_stay.lasts();
    while (*stays && !m_reports.empty()) {
        const std::function<void()> next = std::move(m_reports.front());
        m_reports.pop_front();
        if (!m_reports.empty() && !std::exchange(m_isReportPosted, true))
            QMetaObject::invokeMethod(
                q,
                [this] {
                    m_isReportPosted = false;
                    report();
                },
                Qt::QueuedConnection);
        next();
    }
}

// --- topics and messages

// Redis returns the topic as UTF-8, of which lone surrogates and a leading byte order mark do not survive.
bool WsRedisBrokerPrivate::mayBeChannel(const QString &topic)
{
    if (topic.isValidUtf16() && !topic.startsWith(QChar::ByteOrderMark))
        return true;
    if (!std::exchange(m_hasWarnedOfTopic, true))
        qCWarning(wsRedisLog) << "the topic" << topic
                              << "is not shared: it cannot be written in UTF-8 (further ones are not logged)";
    return false;
}

void WsRedisBrokerPrivate::subscribe(const QString &topic)
{
    if (m_isSubscribing && mayBeChannel(topic))
        (void)m_subscribed->send(Command::Subscribe, {channelOf(topic)});
}

void WsRedisBrokerPrivate::unsubscribe(const QString &topic)
{
    if (m_isSubscribing && mayBeChannel(topic))
        (void)m_subscribed->send(Command::Unsubscribe, {channelOf(topic)});
}

void WsRedisBrokerPrivate::finish()
{
    constexpr milliseconds Patience(200);
    if (m_publishing)
        m_publishing->finish(QDeadlineTimer(Patience));
}

bool WsRedisBrokerPrivate::publish(const WsBrokerMessage &message)
{
    const QString topic = message.topic();
    if (!m_publishing || !mayBeChannel(topic))
        return false;
    const QByteArray channel = channelOf(topic);
    Unconfirmed sent{channel.size() + message.data().size() + PublishCost};
    if (m_unconfirmedSize + sent.size > q->maxBufferedAmount() || sent.size > WsRedisReader::LargestMaxText)
        return false;
    if (message.isKept()) {
        sent.message = message;
        sent.mark = ++m_lastMark;
        sent.historyLength = q->historyLength(topic);
        sent.timeToLive = q->historyTimeToLive(topic);
        if (sent.historyLength <= 0) // it has been set anew meanwhile
            return false;
        if (!append(sent)) { // the connection is about to end, and this is sent again
            m_unconfirmedSize += sent.size;
            m_unsent.push_back(std::move(sent));
            return true;
        }
    } else if (!m_publishing->send(Command::Publish, {channel, message.data()})) {
        return false;
    }
    m_unconfirmedSize += sent.size;
    m_unconfirmed.push_back(std::move(sent));
    return true;
}

void WsRedisBrokerPrivate::onPublished(Command command, const WsRedisReply &reply)
{
    if (failIfTemporary(command, reply))
        return;
    const Unconfirmed sent = std::move(m_unconfirmed.front());
    m_unconfirmed.pop_front();
    m_unconfirmedSize -= sent.size;
    if (sent.isRefused)
        return;
    if (!reply.isError()) {
        if (sent.mark > 0 && m_lastMarks.value(sent.message.topic()) == sent.mark)
            m_lastMarks.remove(sent.message.topic());
        return;
    }
    if (sent.mark > 0)
        refuseAppended(sent);
    else
        refuse(sent.message);
    reportRefusal(command, reply);
    report();
}

// An answer to AUTH might quote the password.
QString WsRedisBrokerPrivate::shownError(Command command, const WsRedisReply &reply)
{
    constexpr qsizetype MaxShown = 200;
    const QString text = command == WsRedisLink::Command::Auth
                             ? codeOf(reply.text)
                             : QString::fromUtf8(reply.text).simplified().left(MaxShown);
    return QStringLiteral("%1 was refused: %2").arg(QLatin1String(WsRedisLink::nameOf(command)), text);
}

void WsRedisBrokerPrivate::reportRefusal(Command command, const WsRedisReply &reply)
{
    const QString text = shownError(command, reply);
    if (isRefusedLogin(command, reply) && !std::exchange(m_hasWarnedOfRefusal, true))
        qCWarning(wsRedisLog).noquote() << text;
    reportError(WsError(Ws::ErrorKind::Protocol, text));
}

void WsRedisBrokerPrivate::onSubscribed(const QByteArray &channel)
{
    const QList<Reading> waiting = m_late.take(channel);
    for (const Reading &reading : waiting)
        read(reading);
    q->confirmSubscription(QString::fromUtf8(channel.mid(m_channelPrefix.size())));
}

// One that was kept has its id in front of it.
void WsRedisBrokerPrivate::onMessage(const QByteArray &channel, const QByteArray &data)
{
    constexpr QByteArrayView KeptMark("\xFFWsH", 4);
    if (!channel.startsWith(m_channelPrefix))
        return;
    const QString topic = QString::fromUtf8(channel.mid(m_channelPrefix.size()));
    const qsizetype end = data.startsWith(KeptMark) ? data.indexOf('\n') : -1;
    if (end < 0)
        q->deliver({topic, data});
    else
        q->deliver({topic, data.mid(end + 1), QString::fromLatin1(data.mid(4, end - 4))});
}

// --- endings

void WsRedisBrokerPrivate::onEnded(const WsError &error)
{
    fail(error);
}

void WsRedisBrokerPrivate::onRefused(Command command, const WsRedisReply &reply)
{
    const QString text = shownError(command, reply);
    if (isRefusedLogin(command, reply) && !std::exchange(m_hasWarnedOfRefusal, true))
        qCWarning(wsRedisLog, "%ls: %ls", qUtf16Printable(m_address.shown), qUtf16Printable(text));
    fail(WsError(Ws::ErrorKind::Handshake, text));
}

void WsRedisBrokerPrivate::fail(const WsError &error)
{
    drop();
    m_retryTimer.start(nextDelay());
    const QString text = QStringLiteral("%1: %2").arg(m_address.shown, error.text());
    qCInfo(wsRedisLog).noquote() << text << "- trying again in" << m_retryTimer.interval() << "ms";
    WsError shown(error.kind(), text);
    shown.setSocketError(error.socketError());
    reportState(Ws::Connecting);
    reportError(shown);
    report();
}

// What was published is given up, and must not arrive after what is published next.
void WsRedisBrokerPrivate::drop()
{
    m_checkTimer.stop();
    if (m_publishing)
        m_publishing->discardUnsent();
    m_publishing.reset();
    m_subscribed.reset();
    m_isSubscribing = m_hasAskedTwice = false;
    m_readings.clear();
    m_late.clear();
    m_lastMarks.clear();
    const auto isOver = [](const Unconfirmed &sent) { return sent.mark == 0 || sent.isRefused; };
    qint64 lost = 0;
    for (const Unconfirmed &sent : m_unconfirmed) {
        m_unconfirmedSize -= isOver(sent) ? sent.size : 0;
        lost += sent.mark == 0 ? 1 : 0;
    }
    q->countUnsent(lost);
    std::erase_if(m_unconfirmed, isOver);
    m_unsent.insert(m_unsent.begin(), m_unconfirmed.begin(), m_unconfirmed.end());
    m_unconfirmed.clear();
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
        startChecks();
}

void WsRedisBrokerPrivate::startChecks()
{
    m_checkTimer.start(checkInterval);
    m_sinceCheck.start();
}

// If the thread has been busy, an answer may have arrived that nobody has read yet. A connection that ends
// soon, each time it is made, is not made at once each time.
void WsRedisBrokerPrivate::check()
{
    const bool isLate = m_sinceCheck.restart() > checkInterval.count() / 2 * 3;
    bool isAlive = true;
    for (const Link *link : {&m_publishing, &m_subscribed})
        isAlive = (!*link || (*link)->check()) && isAlive;
    if (isLate)
        return;
    if (!isAlive)
        fail(WsError(Ws::ErrorKind::Timeout,
                     QStringLiteral("Redis has not answered for %1 ms").arg(checkInterval.count())));
    else if (q->isConnected())
        m_attempts = 0;
}
