// SPDX-License-Identifier: MIT

// Topics with a history, which is a stream of Redis.

#include "redis/wsredisbroker_p.h"

#include "redis/wsredislog.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace {
using std::chrono::seconds;

// How many bytes of a history are read at once, and one message more.
constexpr int PageSize = 64 * 1024;
// What Redis takes for a time to live, with much room.
constexpr seconds LongestTimeToLive = std::chrono::hours(24 * 365 * 10);

// The error of a Redis that may take the same later, or another one that is there then. Redis before 7 puts
// what goes wrong in a script into an error of its own.
bool isTemporary(const WsRedisReply &reply)
{
    constexpr std::array Codes{"NOSCRIPT ", "READONLY ", "MASTERDOWN ", "LOADING ", "BUSY "};
    return reply.isError() && std::any_of(Codes.begin(), Codes.end(), [&](const char *code) {
               return reply.text.startsWith(code) || reply.text.contains(QByteArray(" -") + code);
           });
}

// What WsRedisScript::read() returns.
struct Page
{
    QList<WsBrokerMessage> messages;
    bool isLast = false;
    bool isWhole = true; // nothing was left out
    // In the history:
    std::optional<WsRedisId> first;
    std::optional<WsRedisId> last;
};

// Takes what is before \a end, and that, from the front of \a rest.
std::optional<QByteArray> takeUntil(char end, QByteArrayView *rest)
{
    const qsizetype size = rest->indexOf(end);
    if (size < 0)
        return {};
    const QByteArray taken = rest->first(size).toByteArray();
    *rest = rest->sliced(size + 1);
    return taken;
}

// Returns false if \a rest, which is not empty, does not begin with a message.
bool takeMessage(const QString &topic, QByteArrayView *rest, Page *page)
{
    const std::optional<QByteArray> id = takeUntil(' ', rest);
    const std::optional<QByteArray> sizeText = id ? takeUntil('\n', rest) : std::nullopt;
    bool isSize = false;
    const qsizetype size = sizeText ? qsizetype(sizeText->toLongLong(&isSize)) : -1;
    if (!isSize || size < 0 || size > rest->size() || !WsRedisId::parse(*id))
        return false;
    page->messages.append({topic, rest->first(size).toByteArray(), QString::fromLatin1(*id)});
    *rest = rest->sliced(size);
    return true;
}

std::optional<Page> pageOf(const QString &topic, QByteArrayView rest)
{
    Page page;
    const QByteArrayList head = takeUntil('\n', &rest).value_or(QByteArray()).split(' ');
    if (head.size() != 4)
        return {};
    page.first = WsRedisId::parse(head.at(0));
    page.last = WsRedisId::parse(head.at(1));
    page.isLast = head.at(2) == "1";
    page.isWhole = head.at(3) == "0";
    while (!rest.isEmpty()) {
        if (!takeMessage(topic, &rest, &page))
            return {};
    }
    return page;
}
} // namespace

// The last one of the topic that has no answer has to be taken first.
bool WsRedisBrokerPrivate::append(const Unconfirmed &sent)
{
    const QString topic = sent.message.topic();
    const qint64 timeToLive = std::clamp(sent.timeToLive, seconds(1), LongestTimeToLive).count();
    if (!m_publishing->run(Command::Append, WsRedisScript::append(),
                           {keyOf(topic), markKeyOf(topic), channelOf(topic), sent.message.data(),
                            QByteArray::number(sent.historyLength), QByteArray::number(timeToLive),
                            QByteArray::number(m_lastMarks.value(topic)), QByteArray::number(sent.mark)}))
        return false;
    m_lastMarks[topic] = sent.mark;
    return true;
}

// With a new connection, everything is sent anew: also scripts, which Redis forgets if it is told to.
bool WsRedisBrokerPrivate::failIfTemporary(Command command, const WsRedisReply &reply)
{
    if (!isTemporary(reply))
        return false;
    fail(WsError(Ws::ErrorKind::Protocol, shownError(command, reply)));
    return true;
}

// Redis does not take those of the topic that have followed it either.
void WsRedisBrokerPrivate::refuseAppended(const Unconfirmed &sent)
{
    const QString topic = sent.message.topic();
    refuse(sent.message);
    if (m_lastMarks.take(topic) != sent.mark) {
        for (Unconfirmed &next : m_unconfirmed) {
            if (next.mark == 0 || next.isRefused || next.message.topic() != topic)
                continue;
            next.isRefused = true;
            refuse(std::exchange(next.message, WsBrokerMessage()));
        }
    }
}

void WsRedisBrokerPrivate::refuse(const WsBrokerMessage &message)
{
    m_reports.emplace_back([this, message] { q->refuse(message); });
}

// --- reading

// Of a channel that is late, WsBroker takes for granted that Redis passes on everything from now on. If what
// comes after a message were read now, what follows until the subscription begins would be lost.
void WsRedisBrokerPrivate::readHistory(int number, const QString &topic, const QString &after)
{
    const std::optional<WsRedisId> id = WsRedisId::parse(after.toLatin1());
    const std::optional<WsRedisId> first = id ? id->next() : WsRedisId();
    if (!first || !mayBeChannel(topic)) {
        QMetaObject::invokeMethod(
            q, [this, number] { q->deliverHistory(number, {}, true, false); }, Qt::QueuedConnection);
        return;
    }
    const Reading reading{number, topic, id};
    const auto late = id ? m_late.find(channelOf(topic)) : m_late.end();
    if (late != m_late.end())
        late->append(reading);
    else
        read(reading);
}

void WsRedisBrokerPrivate::read(const Reading &reading)
{
    const std::optional<WsRedisId> first = reading.after ? reading.after->next() : std::nullopt;
    if (m_publishing
        && m_publishing->run(Command::Read, WsRedisScript::read(),
                             {keyOf(reading.topic), first ? first->toText() : QByteArray(),
                              QByteArray::number(PageSize), QByteArray::number(m_largestKept)}))
        m_readings.push_back(reading);
}

// Redis has not said where \a topic ends. If that were not known, all of it would come again, so Redis is
// asked once more, with new connections, as it is about all topics whose answers are lost with the old ones.
// A Redis that has read nothing since it refused keeps no histories at all.
bool WsRedisBrokerPrivate::isToBeAskedAgain(const QString &topic)
{
    if (std::exchange(m_hasRefusedEnd, true) || m_askedAgain.contains(topic))
        return false;
    m_askedAgain.insert(topic);
    for (const Reading &unanswered : m_readings) {
        if (!unanswered.after)
            m_askedAgain.insert(unanswered.topic);
    }
    return true;
}

void WsRedisBrokerPrivate::onRead(const WsRedisReply &reply)
{
    if (failIfTemporary(Command::Read, reply))
        return;
    const Reading reading = std::move(m_readings.front());
    m_readings.pop_front();
    if (reply.isError() && !reading.after && isToBeAskedAgain(reading.topic)) {
        fail(WsError(Ws::ErrorKind::Protocol, shownError(Command::Read, reply)));
        return;
    }
    if (reply.isError()) {
        const int number = reading.number;
        m_reports.emplace_back([this, number] { q->deliverHistory(number, {}, true, false); });
        reportRefusal(Command::Read, reply);
        report();
        return;
    }
    const std::optional<Page> page = pageOf(reading.topic, reply.text);
    if (!page) {
        fail(WsError(Ws::ErrorKind::Protocol, QStringLiteral("Redis has sent a history that is not one")));
        return;
    }
    m_hasRefusedEnd = false;
    m_askedAgain.remove(reading.topic);
    const bool isKnown =
        page->first && reading.after && *page->first <= *reading.after && *reading.after <= *page->last;
    q->deliverHistory(reading.number, page->messages, page->isLast, isKnown && page->isWhole);
}

// --- what was not confirmed before an interruption

// Redis knows what has arrived of it.
void WsRedisBrokerPrivate::sendAgain()
{
    if (!m_unsent.empty())
        qCInfo(wsRedisLog) << "messages that are sent again:" << m_unsent.size();
    while (!m_unsent.empty()) {
        if (!append(m_unsent.front()))
            return; // the connection has ended again
        m_unconfirmed.push_back(std::move(m_unsent.front()));
        m_unsent.pop_front();
    }
    onOpen();
}

// What is used from now on has other histories, or there is nothing to be used.
void WsRedisBrokerPrivate::refuseUnsent()
{
    for (const Unconfirmed &unsent : std::exchange(m_unsent, {})) {
        m_unconfirmedSize -= unsent.size;
        refuse(unsent.message);
    }
}
