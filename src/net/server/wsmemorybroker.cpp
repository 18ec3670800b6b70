// SPDX-License-Identifier: MIT
#include <WsKit/wsmemorybroker.h>

#include "net/connection/wshistoryid.h"

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qhash.h>
#include <QtCore/qmetaobject.h>
#include <QtCore/qmutex.h>
#include <QtCore/qset.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <limits>
#include <utility>

namespace {
// How many messages of a history are read at once.
constexpr quint64 PageLength = 100;
// What a QDeadlineTimer takes, with much room.
constexpr std::chrono::seconds LongestTimeToLive = std::chrono::hours(24 * 365 * 100);

// What is kept of one topic.
struct KeptMessages
{
    std::deque<WsBrokerMessage> messages;
    quint64 last = 0; // the number of the last one
    QDeadlineTimer expiry;

    static QString idOf(quint64 number) { return WsHistoryId{1, number}.toString(); }
    // That of the last message whose id is not greater than \a id, however many there are.
    static quint64 numberUntil(const WsHistoryId &id)
    {
        if (id.time == 1)
            return id.number;
        return id.time == 0 ? 0 : std::numeric_limits<quint64>::max();
    }
    quint64 first() const { return last - messages.size() + 1; }
};

struct Registry
{
    QMutex mutex;
    QMultiHash<QString, WsMemoryBrokerPrivate *> brokers; // by name
    QHash<QString, QHash<QString, KeptMessages>> kept;    // by name and topic
};

// Never destroyed, because brokers may be static. The thread sanitizer does not know the fences of Q_GLOBAL_STATIC.
Registry &registry()
{
    static auto *const instance = new Registry;
    return *instance;
}

// With the lock.
KeptMessages &keptMessages(const QString &name, const QString &topic)
{
    KeptMessages &kept = registry().kept[name][topic];
    if (kept.expiry.hasExpired())
        kept.messages.clear();
    return kept;
}
} // namespace

class WsMemoryBrokerPrivate
{
public:
    using Delivery = std::function<void(const WsBrokerMessage &message)>;

    WsMemoryBrokerPrivate(QString brokerName, QObject *broker, Delivery receive)
        : name(std::move(brokerName)), object(broker), deliver(std::move(receive))
    {
        const QMutexLocker locker(&registry().mutex);
        registry().brokers.insert(name, this);
    }
    ~WsMemoryBrokerPrivate()
    {
        const QMutexLocker locker(&registry().mutex);
        registry().brokers.remove(name, this);
        if (!registry().brokers.contains(name))
            registry().kept.remove(name);
    }
    Q_DISABLE_COPY_MOVE(WsMemoryBrokerPrivate)

    const QString name;
    QObject *const object;
    const Delivery deliver;
    // Guarded by the registry:
    QSet<QString> topics;
    int connection = 0; // changes if it is cut off, which ends what is on its way
};

/*!
    \class WsMemoryBroker
    \inmodule WsKit
    \inheaderfile WsKit/WsMemoryBroker
    \brief A broker between servers of one process.

    All objects with the same name pass messages on to each other, as if each was in a process of its own. A
    test of a program that runs as several processes can so start several servers in one process, without a
    service beside it:

    \code
    WsMemoryBroker firstBroker;
    WsMemoryBroker secondBroker;
    firstServer.setBroker(&firstBroker);
    secondServer.setBroker(&secondBroker);
    \endcode

    setConnected() simulates an interruption. Messages are delivered by the event loop of each broker's
    thread. How many may wait there is not limited.

    It keeps the messages of topics that were given to setHistory(), in memory, until the last object with
    its name is deleted.

    Servers that live in one process for other reasons, such as one in each of several threads, need only one
    broker, which all of them share.

    \sa WsRedisBroker, {Beyond One Machine}
*/

/*! Constructs a broker without a name and with the given \a parent. It is connected. */
WsMemoryBroker::WsMemoryBroker(QObject *parent) : WsMemoryBroker(QString(), parent) { }

/*!
    Constructs a broker with the given \a parent, which exchanges messages with those of the same \a name. It
    is connected.
*/
WsMemoryBroker::WsMemoryBroker(const QString &name, QObject *parent)
    : WsBroker(parent), d(std::make_unique<WsMemoryBrokerPrivate>(
                            name, this, [this](const WsBrokerMessage &message) { deliver(message); }))
{
    setState(Ws::Open);
}

WsMemoryBroker::~WsMemoryBroker()
{
    endPresence();
}

/*! Returns the name by which brokers find each other. */
QString WsMemoryBroker::name() const
{
    return d->name;
}

/*!
    If \a connected is \c false, cuts the broker off from the others: it neither sends nor receives anything,
    and its state is Ws::Connecting. What was on its way to it is lost. With \c true it subscribes to all
    topics again and is connected. The function must be called in the broker's thread.
*/
void WsMemoryBroker::setConnected(bool connected)
{
    {
        const QStringList wanted = connected ? topics() : QStringList();
        const QMutexLocker locker(&registry().mutex);
        d->topics = QSet<QString>(wanted.begin(), wanted.end());
        d->connection += connected ? 0 : 1;
    }
    setState(connected ? Ws::Open : Ws::Connecting);
}

/*! \reimp */
bool WsMemoryBroker::send(const WsBrokerMessage &published)
{
    const QMutexLocker locker(&registry().mutex); // so that none is deleted
    const WsBrokerMessage message = published.isKept() ? keep(published) : published;
    const auto brokers = registry().brokers.equal_range(d->name);
    for (auto broker = brokers.first; broker != brokers.second; ++broker) {
        WsMemoryBrokerPrivate *const other = *broker;
        if (!other->topics.contains(message.topic()))
            continue;
        const auto receive = [other, message, connection = other->connection] {
            if (other->connection == connection) // which only this thread changes
                other->deliver(message);
        };
        QMetaObject::invokeMethod(other->object, receive, Qt::QueuedConnection);
    }
    return true;
}

/*! \reimp */
void WsMemoryBroker::subscribe(const QString &topic)
{
    if (!isConnected())
        return;
    {
        const QMutexLocker locker(&registry().mutex);
        d->topics.insert(topic);
    }
    confirmSubscription(topic);
}

/*! \reimp */
void WsMemoryBroker::unsubscribe(const QString &topic)
{
    const QMutexLocker locker(&registry().mutex);
    d->topics.remove(topic);
}

/*! \reimp */
bool WsMemoryBroker::keepsHistory() const
{
    return true;
}

// With the lock. Returns the message with its id.
WsBrokerMessage WsMemoryBroker::keep(const WsBrokerMessage &message)
{
    KeptMessages &kept = keptMessages(d->name, message.topic());
    const WsBrokerMessage withId(message.topic(), message.data(), KeptMessages::idOf(++kept.last));
    kept.messages.push_back(withId);
    while (qint64(kept.messages.size()) > historyLength(message.topic()))
        kept.messages.pop_front();
    kept.expiry = QDeadlineTimer(std::min(historyTimeToLive(message.topic()), LongestTimeToLive));
    return withId;
}

/*! \reimp */
void WsMemoryBroker::readHistory(int number, const QString &topic, const QString &after)
{
    QList<WsBrokerMessage> page;
    bool isLast = true;
    bool isComplete = true;
    {
        const QMutexLocker locker(&registry().mutex);
        const KeptMessages &kept = keptMessages(d->name, topic);
        const auto size = quint64(kept.messages.size());
        // Which the reader has.
        const quint64 last = KeptMessages::numberUntil(WsHistoryId::parse(after).value_or(WsHistoryId()));
        isComplete = last <= kept.last && last + 1 >= kept.first();
        const quint64 seen = std::min(last, kept.last);
        quint64 begin = seen < kept.first() ? 0 : seen - kept.first() + 1;
        if (after.isEmpty())
            begin = size - std::min<quint64>(size, 1);
        const quint64 end = std::min(size, begin + PageLength);
        for (quint64 i = begin; i < end; ++i)
            page.append(kept.messages.at(size_t(i)));
        isLast = end == size;
    }
    QMetaObject::invokeMethod(
        this, [=, this] { deliverHistory(number, page, isLast, isComplete); }, Qt::QueuedConnection);
}
