// SPDX-License-Identifier: MIT
#include <WsKit/wsmemorybroker.h>

#include <QtCore/qhash.h>
#include <QtCore/qmetaobject.h>
#include <QtCore/qmutex.h>
#include <QtCore/qset.h>

#include <functional>
#include <utility>

namespace {
struct Registry
{
    QMutex mutex;
    QMultiHash<QString, WsMemoryBrokerPrivate *> brokers; // by name
};
Q_GLOBAL_STATIC(Registry, registry)
} // namespace

class WsMemoryBrokerPrivate
{
public:
    using Delivery = std::function<void(const WsBrokerMessage &message)>;

    WsMemoryBrokerPrivate(QString brokerName, QObject *broker, Delivery receive)
        : name(std::move(brokerName)), object(broker), deliver(std::move(receive))
    {
        const QMutexLocker locker(&registry->mutex);
        registry->brokers.insert(name, this);
    }
    ~WsMemoryBrokerPrivate()
    {
        if (registry.isDestroyed())
            return;
        const QMutexLocker locker(&registry->mutex);
        registry->brokers.remove(name, this);
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
        const QMutexLocker locker(&registry->mutex);
        d->topics = QSet<QString>(wanted.begin(), wanted.end());
        d->connection += connected ? 0 : 1;
    }
    setState(connected ? Ws::Open : Ws::Connecting);
}

/*! \reimp */
bool WsMemoryBroker::send(const WsBrokerMessage &message)
{
    const QMutexLocker locker(&registry->mutex); // so that none is deleted
    const auto brokers = registry->brokers.equal_range(d->name);
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
    const QMutexLocker locker(&registry->mutex);
    d->topics.insert(topic);
}

/*! \reimp */
void WsMemoryBroker::unsubscribe(const QString &topic)
{
    const QMutexLocker locker(&registry->mutex);
    d->topics.remove(topic);
}
