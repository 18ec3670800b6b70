// SPDX-License-Identifier: MIT
#include "net/connection/wsreplays.h"

#include "net/connection/wsconnection_p.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace {
// How much may wait for the network while more is sent.
constexpr qint64 MostWaiting = 256 * 1024;
// After which time to look again whether other connections have left room.
constexpr std::chrono::milliseconds Retry{100};
} // namespace

quint64 wsNextHistoryEra()
{
    static std::atomic<quint64> last{0};
    return ++last;
}

// --- seen from other threads

void WsReplayTarget::deliver(quint64 number, const std::shared_ptr<WsReplayPage> &page)
{
    const QMutexLocker locker(&m_mutex);
    if (!m_connection)
        return;
    (void)m_connection->threads.post([d = m_connection, number, page] { d->replays->onPage(number, page); });
}

void WsReplayTarget::forget()
{
    const QMutexLocker locker(&m_mutex);
    m_connection = nullptr;
}

bool WsReplayTarget::hasGone() const
{
    const QMutexLocker locker(&m_mutex);
    return !m_connection;
}

WsReplayRequest::~WsReplayRequest()
{
    if (m_isAnswered)
        return;
    auto nothing = std::make_shared<WsReplayPage>();
    nothing->isComplete = nothing->isAnswer = false;
    m_target->deliver(m_number, nothing);
}

void WsReplayRequest::answer(const std::shared_ptr<WsReplayPage> &page)
{
    m_isAnswered = true;
    m_target->deliver(m_number, page);
}

// --- the connection's side

WsReplays::WsReplays(WsConnectionPrivate &connection)
    : d(connection), m_target(std::make_shared<WsReplayTarget>(&connection))
{
}

WsReplays::~WsReplays()
{
    m_target->forget();
}

void WsReplays::start(const QString &topic, const WsReplayStart &start)
{
    carryOutRestarts();
    {
        const QMutexLocker locker(&m_passedMutex); // whoever begins an era sets the owner's first
        Passed passed;
        passed.era = d.owner->historyEra();
        m_passed.insert(topic, passed);
    }
    drop(topic);
    Replay replay;
    replay.after = start.after;
    // What is read is sent past what waits, so what waits of the topic is read, too. Not if another broker
    // has kept it.
    const quint64 era = d.owner->brokerEra();
    if (const auto first = d.sending.forgetHeldAfter(topic, start.after, era); first && !start.after)
        replay.after = first->previous();
    replay.isEverything = start.isEverything;
    m_replays.insert(topic, replay);
    m_turns.push_back(topic);
    goOn();
}

void WsReplays::remove(const QString &topic)
{
    {
        const QMutexLocker locker(&m_passedMutex);
        m_passed.remove(topic);
    }
    drop(topic);
}

void WsReplays::drop(const QString &topic)
{
    m_positions.remove(topic);
    if (!m_replays.remove(topic))
        return;
    std::erase(m_turns, topic);
    if (m_topic == topic)
        m_page = nullptr;
}

void WsReplays::restart(const QString &topic, quint64 era)
{
    const QMutexLocker locker(&m_passedMutex);
    m_restarted.insert(topic);
    m_isRestartDue = true;
    const auto passed = m_passed.find(topic);
    if (passed == m_passed.end())
        return;
    restart(&*passed, era);
    goOnLater();
}

void WsReplays::restartAll(quint64 era)
{
    const QMutexLocker locker(&m_passedMutex);
    m_areAllRestarted = true;
    m_isRestartDue = true;
    for (Passed &passed : m_passed)
        restart(&passed, era);
    if (!m_passed.isEmpty())
        goOnLater();
}

void WsReplays::restart(Passed *passed, quint64 era)
{
    const bool hasForgotten = passed->hasForgotten || !passed->first.isNull();
    *passed = Passed{{}, {}, era, true, hasForgotten};
}

// What is done before anything that was known of the ids is used.
void WsReplays::carryOutRestarts()
{
    if (Q_LIKELY(!m_isRestartDue))
        return;
    const QMutexLocker locker(&m_passedMutex);
    m_isRestartDue = false;
    if (std::exchange(m_areAllRestarted, false)) {
        m_positions.clear();
        giveUpPage();
    }
    for (const QString &topic : std::exchange(m_restarted, {}))
        m_positions.remove(topic);
    for (auto passed = m_passed.begin(); passed != m_passed.end(); ++passed) {
        if (std::exchange(passed->isRestarted, false))
            rewind(passed.key(), passed->hasForgotten);
    }
}

// The answer may never come, or come late.
void WsReplays::giveUpPage()
{
    if (current())
        m_turns.push_back(m_topic);
    m_page = nullptr;
    m_number = 0;
    m_isAsked = false;
}

// It is not known what it has missed of the ids before. What it would have read of them is lost.
void WsReplays::rewind(const QString &topic, bool hasForgotten)
{
    if (m_topic == topic && current())
        giveUpPage();
    Replay &replay = m_replays[topic];
    replay.isFirst = true;
    replay.hasSent = false;
    const bool hasMissed = replay.canMiss() || (!replay.after && hasForgotten);
    replay.isComplete = replay.isComplete && !hasMissed;
}

void WsReplays::goOnLater()
{
    (void)d.threads.post([this] { goOn(); });
}

void WsReplays::end()
{
    m_target->forget();
    {
        const QMutexLocker locker(&m_passedMutex);
        m_passed.clear();
        m_restarted.clear();
        m_areAllRestarted = false;
    }
    m_replays.clear();
    m_positions.clear();
    m_turns.clear();
    m_page = nullptr;
}

// Of another thread, this may be noted before what is on the way to this one.
bool WsReplays::takeNote(const WsManyMessage &message)
{
    const QMutexLocker locker(&m_passedMutex);
    const auto passed = m_passed.find(message.topic);
    if (passed == m_passed.end() || message.era < passed->era)
        return false;
    passed->first = passed->first.isNull() ? message.id : std::min(passed->first, message.id);
    passed->last = std::max(passed->last, message.id);
    return true;
}

bool WsReplays::mayPass(const WsManyMessage &message)
{
    carryOutRestarts();
    if (takeNote(message))
        return false;
    const auto position = m_positions.find(message.topic);
    if (position == m_positions.end() || message.era < position->era)
        return true;
    if (message.id <= position->id)
        return false;
    m_positions.erase(position);
    return true;
}

// Null if there is none, or it was removed meanwhile.
WsReplays::Replay *WsReplays::current()
{
    const auto replay = m_replays.find(m_topic);
    const bool isMeant = replay != m_replays.end() && m_number != 0 && replay->number == m_number;
    return isMeant ? &*replay : nullptr;
}

void WsReplays::onPage(quint64 number, const std::shared_ptr<WsReplayPage> &page)
{
    carryOutRestarts();
    if (number != m_number)
        return;
    m_isAsked = false;
    m_page = page;
    if (Replay *const replay = current()) {
        replay->isFirst = false;
        replay->isAnswered = page->isAnswer;
        replay->isComplete = replay->isComplete && (page->isComplete || !replay->after);
    }
    goOn();
}

// Also called for every flush, so what is not to be done is found out first.
void WsReplays::goOn()
{
    const WsLifeGuard guard(d);
    while (guard && mayGoOn()) {
        if (m_page ? !sendPage() : m_turns.empty())
            return;
        if (!guard)
            return;
        if (m_page)
            endPage();
        else if (!m_isAsked && !m_turns.empty()) // a slot may have changed everything
            askNext();
    }
}

bool WsReplays::mayGoOn()
{
    carryOutRestarts();
    return !m_isAsked && mayRead();
}

bool WsReplays::mayRead() const
{
    return d.life.state() == Ws::Open && d.link.protocol().state() == WsProtocol::State::Open
           && d.sending.bufferedAmount() <= std::min(MostWaiting, d.sending.maxBufferedAmount() / 4);
}

// Such a message is left to the options.
bool WsReplays::isTooLarge(const WsManyMessage &message) const
{
    return message.message.size() > d.sending.maxBufferedAmount();
}

// All others wait for room, rather than that the server closes a connection because all of them together have
// too much.
bool WsReplays::takeRoom(const WsManyMessage &message)
{
    return isTooLarge(message)
           || (d.sending.hasRoom(message) && d.sending.takeFromTotal(message.message.size()));
}

void WsReplays::askNext()
{
    m_topic = std::move(m_turns.front());
    m_turns.pop_front();
    m_number = ++m_lastNumber;
    m_isAsked = true;
    Replay &replay = m_replays[m_topic];
    replay.number = m_number;
    {
        const QMutexLocker locker(&m_passedMutex);
        replay.seenWhenAsked = m_passed.value(m_topic).last;
    }
    const auto request = std::make_shared<WsReplayRequest>(m_target, m_number);
    request->topic = m_topic;
    request->isFromEnd = !replay.after && replay.isFirst;
    request->takesWhatIsKept = !replay.canMiss();
    request->after = replay.after.value_or(WsHistoryId());
    d.owner->readHistory(request);
}

// Returns false if something of the part is left, or if a slot has changed everything.
bool WsReplays::sendPage()
{
    const WsLifeGuard guard(d);
    while (guard && m_page && !m_page->messages.empty()) {
        Replay *const replay = current();
        if (!replay)
            break;
        if (!mayRead())
            return false;
        if (!takeRoom(m_page->messages.front())) {
            d.threads.scheduleCheck(WsClock::now() + Retry);
            return false;
        }
        const WsManyMessage message = std::move(m_page->messages.front());
        m_page->messages.pop_front();
        replay->after = message.id;
        replay->hasSent = true;
        if (!send(message) && guard)
            d.sending.noteAmount(); // what was counted was not queued
    }
    return bool(guard);
}

bool WsReplays::send(const WsManyMessage &message)
{
    return isTooLarge(message) ? d.sending.sendAsOneOfMany(message, WsSending::Entry::AskForMany)
                               : d.sending.sendOfHistory(message.message);
}

void WsReplays::endPage()
{
    const std::shared_ptr<WsReplayPage> page = std::exchange(m_page, nullptr);
    Replay *const replay = current();
    m_number = 0;
    if (!replay)
        return;
    if (advance(replay, *page))
        finish();
    else
        m_turns.push_back(m_topic);
}

// Returns whether the topic has caught up. What follows the last part is known to be all if nothing else
// has passed by, or if what has was known to be in the history before the part was read, and is there no
// more. If the history does not know the id that was asked for, and has nothing after it, the connection
// goes on with what has passed by, or if that is nothing, from the end on, which is asked for. But not if it
// has got something already: that would come again.
bool WsReplays::advance(Replay *replay, const WsReplayPage &page)
{
    const QMutexLocker locker(&m_passedMutex); // once it has caught up, nothing may be noted any more
    const Passed passed = m_passed.value(m_topic);
    if (passed.isRestarted)
        return false;
    const bool hasPassed = !passed.first.isNull();
    if (!replay->after && !page.end.isNull()) // which may be later than the subscription
        replay->after = hasPassed ? std::min(page.end, passed.first.previous()) : page.end;
    else if (!page.end.isNull())
        replay->after = std::max(*replay->after, page.end);
    else if (!page.isComplete && hasPassed && !replay->hasSent)
        replay->after = passed.first.previous();
    else if (!page.isComplete && !hasPassed && std::exchange(replay->after, {}) && page.isAnswer) {
        replay->isFirst = true;
        return false;
    }
    const bool isNothingLeft = page.end.isNull() && passed.last == replay->seenWhenAsked;
    const bool isAll = passed.last <= replay->after.value_or(WsHistoryId());
    const bool hasCaughtUp = page.isLast && (isAll || isNothingLeft);
    if (hasCaughtUp)
        m_passed.remove(m_topic);
    replay->era = passed.era;
    return hasCaughtUp;
}

void WsReplays::finish()
{
    const QString topic = m_topic;
    const Replay replay = m_replays.take(topic);
    std::optional<WsHistoryId> position = replay.after;
    if (!position && replay.isAnswered)
        position = WsHistoryId(); // nothing is kept
    if (position && !position->isNull())
        m_positions.insert(topic, {*position, replay.era});
    d.owner->onReplayed(d.q, topic, position, replay.isComplete);
}
