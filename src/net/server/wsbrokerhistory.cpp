// SPDX-License-Identifier: MIT
#include "net/server/wsbrokerhistory.h"

#include "net/server/wsbrokerhub.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

namespace {
// How many connections are answered at a time. Each answer is in memory as a whole.
constexpr int MaxReplaysRunning = 16;

WsHistoryId idOf(const WsBrokerMessage &message)
{
    return WsHistoryId::parse(message.id()).value_or(WsHistoryId());
}

WsHistoryId endOf(const QList<WsBrokerMessage> &messages)
{
    return messages.isEmpty() ? WsHistoryId() : idOf(messages.constLast());
}
} // namespace

// --- topics

bool WsBrokerHistory::has(const QString &topic) const
{
    const auto found = m_topics.constFind(topic);
    return found != m_topics.constEnd() && found->isSubscribed;
}

bool WsBrokerHistory::isWaitingForEnd(const QString &topic) const
{
    const auto found = m_topics.constFind(topic);
    return found != m_topics.constEnd() && found->isSubscribed && !found->position;
}

void WsBrokerHistory::add(const QString &topic)
{
    m_topics[topic].isSubscribed = true;
    goOn(topic);
}

void WsBrokerHistory::confirm(const QString &topic)
{
    const auto found = m_topics.find(topic);
    if (found == m_topics.end())
        return;
    found->isConfirmed = true;
    goOn(topic);
}

void WsBrokerHistory::remove(const QString &topic)
{
    const auto found = m_topics.find(topic);
    if (found == m_topics.end())
        return;
    const bool wasAwaited = isWaitingForEnd(topic);
    m_topics.erase(found);
    std::erase_if(m_replays, [&](const Request &request) { return request->topic == topic; });
    m_readings.removeIf([&](const auto &reading) { return !reading->request && reading->topic == topic; });
    if (wasAwaited)
        m_hub.sendWhatWaitedFor(topic);
}

void WsBrokerHistory::connect()
{
    m_isConnected = true;
    // In seconds, because the limit may be the greatest number of these.
    const auto interruption =
        std::chrono::duration_cast<std::chrono::seconds>(WsWallClock::now() - m_disconnectedAt);
    const QStringList topics = m_topics.keys();
    for (const QString &topic : topics) {
        Topic &state = m_topics[topic];
        state.isConfirmed = state.isSubscribed;
        state.mayHaveExpired = state.mayHaveExpired || (state.position && isExpired(topic, interruption));
        goOn(topic);
    }
    startReplays();
}

void WsBrokerHistory::disconnect()
{
    if (std::exchange(m_isConnected, false))
        m_disconnectedAt = WsWallClock::now();
    for (const Reading &reading : std::as_const(m_readings)) {
        if (reading.request)
            m_replays.push_front(reading.request);
    }
    m_readings.clear();
    m_replaysRunning = 0;
    for (Topic &topic : m_topics) {
        topic.isConfirmed = topic.isPositionValid = topic.isReading = topic.isLive = false;
        topic.isInDoubt = topic.isAskingInDoubt = false;
        topic.seen = topic.arrived = {};
        topic.doubtful.reset();
    }
}

void WsBrokerHistory::end()
{
    disconnect();
    m_replays.clear();
    m_topics.clear();
}

// --- bringing topics up to date

void WsBrokerHistory::goOn(const QString &topic)
{
    Topic &state = m_topics[topic];
    if (!m_isConnected || !state.isSubscribed || state.isReading || state.isLive)
        return;
    if (state.isPositionValid && !state.isConfirmed)
        return;
    state.isReading = true;
    state.seenWhenAsked = state.seen;
    ask({topic}, state.isPositionValid ? state.position->toString() : QString());
}

void WsBrokerHistory::ask(const Reading &reading, const QString &after)
{
    m_readings.insert(++m_lastReading, reading);
    m_hub.askForHistory(m_lastReading, reading.topic, after);
}

bool WsBrokerHistory::arrive(const QString &topic, const WsHistoryId &id)
{
    const auto found = m_topics.find(topic);
    if (found == m_topics.end())
        return true;
    const bool isDoubtful = id < std::exchange(found->arrived, id);
    if (isDoubtful) {
        found->doubtful = std::min(found->doubtful.value_or(id), id);
        found->isInDoubt = true;
    }
    const bool isNew = found->isLive && id > *found->position;
    if (isNew)
        found->position = id;
    else if (!found->isLive)
        found->seen = std::max(found->seen, id);
    if (isDoubtful)
        clearUp(topic); // last: the broker that is asked may report an error, a slot of which deletes it
    return isNew;
}

void WsBrokerHistory::clearUp(const QString &topic)
{
    Topic &state = m_topics[topic];
    if (!state.isInDoubt || !state.isPositionValid || std::exchange(state.isAskingInDoubt, true))
        return;
    state.isInDoubt = false;
    ask({topic, {}, state.position}, QString());
}

// If the history is empty, there is nothing to be told. If it begins anew later, that is found out then.
void WsBrokerHistory::onClearedUp(const Reading &reading, const WsHistoryId &end)
{
    const QString topic = reading.topic;
    Topic &state = m_topics[topic];
    state.isAskingInDoubt = false;
    if (end.isNull() || end >= *reading.positionInDoubt) {
        if (!state.isInDoubt)
            state.doubtful.reset();
        clearUp(topic);
        return;
    }
    state.position = std::min(end, state.doubtful.value_or(end).previous());
    state.seen = std::max(state.seen, state.arrived);
    state.doubtful.reset();
    state.hasGap = true;
    state.isInDoubt = state.isLive = state.isReading = false;
    m_readings.removeIf([&](const auto &each) { return !each->request && each->topic == topic; });
    m_hub.restartReplays(topic);
    goOn(topic);
}

void WsBrokerHistory::onRead(int number, const QList<WsBrokerMessage> &messages, bool isLast, bool isComplete)
{
    const auto found = m_readings.find(number);
    if (found == m_readings.end())
        return;
    const Reading reading = *found;
    m_readings.erase(found);
    const bool isAll = isLast || messages.isEmpty();
    if (reading.request) {
        --m_replaysRunning;
        answer(reading.request.get(), messages, isAll, isComplete);
        startReplays();
        return;
    }
    if (reading.positionInDoubt) {
        onClearedUp(reading, endOf(messages));
        return;
    }
    Topic &topic = m_topics[reading.topic];
    topic.isReading = false;
    if (!topic.isPositionValid) {
        onPosition(reading.topic, messages);
        return;
    }
    const bool isSinceBeginning = topic.position->isNull();
    if (!isComplete && isSinceBeginning)
        topic.sinceBeginning = 0;
    topic.hasGap = topic.hasGap || (!isComplete && (!isSinceBeginning || topic.mayHaveExpired));
    onMissed(reading.topic, messages, isAll);
}

// If the service has lost the history, what it has now is older. What has arrived of it is still to be read.
void WsBrokerHistory::onPosition(const QString &topic, const QList<WsBrokerMessage> &messages)
{
    Topic &state = m_topics[topic];
    const WsHistoryId end = endOf(messages);
    const bool wasAwaited = !state.position;
    const bool isOlder = state.position && end < *state.position;
    state.hasGap = state.hasGap || isOlder;
    state.position = std::min(state.position.value_or(end), end);
    if (isOlder && state.doubtful)
        state.position = std::min(*state.position, state.doubtful->previous());
    state.isPositionValid = true;
    std::move(state.waiting.begin(), state.waiting.end(), std::back_inserter(m_replays));
    state.waiting.clear();
    if (isOlder)
        m_hub.restartReplays(topic);
    if (wasAwaited)
        m_hub.sendWhatWaitedFor(topic);
    clearUp(topic);
    goOn(topic);
    startReplays();
}

bool WsBrokerHistory::isExpired(const QString &topic, std::chrono::seconds interruption) const
{
    const std::optional<WsHistoryLimits> limits = m_hub.historyOf(topic);
    return limits && interruption >= limits->timeToLive;
}

// A service may not know whether a history has lost its first messages. It has lost none as long as there
// are fewer than it may have, and none has had the time to expire.
bool WsBrokerHistory::takeGap(const QString &topic)
{
    Topic &state = m_topics[topic];
    const std::optional<qsizetype> count = std::exchange(state.sinceBeginning, {});
    const std::optional<WsHistoryLimits> limits = m_hub.historyOf(topic);
    state.mayHaveExpired = false;
    const bool isFull = count && limits && *count >= limits->maxMessages;
    return std::exchange(state.hasGap, false) || isFull;
}

// What has been seen before the question, and was not found, is no longer in the history.
void WsBrokerHistory::onMissed(const QString &topic, const QList<WsBrokerMessage> &messages, bool isLast)
{
    const std::shared_ptr<WsBrokerHub> hub = m_hub.shared_from_this();
    if (std::optional<qsizetype> &count = m_topics[topic].sinceBeginning)
        *count += messages.size();
    for (const WsBrokerMessage &message : messages) {
        const auto found = m_topics.find(topic);
        if (found == m_topics.end() || !found->isPositionValid || found->isReading)
            return; // a slot has ended this
        if (const WsHistoryId id = idOf(message); id > *found->position) {
            found->position = id;
            hub->deliverKept(message);
        }
        if (!hub->isOwnThread()) { // a slot has moved the broker, or deleted it
            hub->confirm(topic);   // goes on there
            return;
        }
    }
    const auto found = m_topics.find(topic);
    if (found == m_topics.end() || !found->isPositionValid || found->isReading)
        return;
    const bool isNothingLeft = messages.isEmpty() && found->seen == found->seenWhenAsked;
    const bool isAll = found->seen <= *found->position || isNothingLeft;
    found->isLive = isLast && isAll;
    const bool hasGap = found->isLive && takeGap(topic);
    const WsHistoryId position = *found->position;
    goOn(topic);
    if (hasGap)
        hub->reportGap(topic, position);
}

// --- connections that have missed something

// Those of a topic whose subscription is about to be noted wait for it.
void WsBrokerHistory::read(const std::shared_ptr<WsReplayRequest> &request)
{
    Topic &topic = m_topics[request->topic];
    if (topic.position) {
        m_replays.push_back(request);
        startReplays();
        forgetUseless(&m_replays, &m_lookAgainAt);
    } else {
        topic.waiting.push_back(request);
        forgetUseless(&topic.waiting, &topic.lookAgainAt);
    }
}

// Those of connections that have gone, once so many wait that it may be worth it.
void WsBrokerHistory::forgetUseless(Requests *requests, size_t *lookAgainAt)
{
    if (requests->size() < *lookAgainAt)
        return;
    std::erase_if(*requests, [](const Request &each) { return !each->isOfUse(); });
    *lookAgainAt = std::max(LookFrom, 2 * requests->size());
}

void WsBrokerHistory::startReplays()
{
    while (m_isConnected && m_replaysRunning < MaxReplaysRunning && !m_replays.empty()) {
        const Request request = std::move(m_replays.front());
        m_replays.pop_front();
        if (!request->isOfUse())
            continue;
        if (request->isFromEnd) {
            answerWithEnd(request.get());
            continue;
        }
        ++m_replaysRunning;
        ask({request->topic, request}, request->after.toString());
    }
}

// Everything up to the position has been delivered to those that had subscribed before.
void WsBrokerHistory::answerWithEnd(WsReplayRequest *request)
{
    auto page = std::make_shared<WsReplayPage>();
    const auto topic = m_topics.constFind(request->topic);
    if (topic != m_topics.cend())
        page->end = topic->position.value_or(WsHistoryId());
    request->answer(page);
}

void WsBrokerHistory::answer(WsReplayRequest *request, const QList<WsBrokerMessage> &messages, bool isLast,
                             bool isComplete)
{
    auto page = std::make_shared<WsReplayPage>();
    page->isLast = isLast;
    page->isComplete = isComplete || request->takesWhatIsKept;
    page->end = endOf(messages);
    for (const WsBrokerMessage &message : messages) {
        if (std::optional<WsManyMessage> readable = m_hub.unpackedKept(message))
            page->messages.push_back(std::move(*readable));
    }
    request->answer(page);
}
