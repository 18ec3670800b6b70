// SPDX-License-Identifier: MIT
#include <WsKit/wsbroker.h>

#include "net/loop/wslogging.h"
#include "net/server/wsbrokerhub.h"

#include <utility>

/*!
    \class WsBroker
    \inmodule WsKit
    \inheaderfile WsKit/WsBroker
    \brief Carries published messages between servers in different processes and on different machines.

    WsServer::publish() reaches the subscribers of one server. With a broker that is set by
    WsServer::setBroker(), it also reaches the subscribers of every other server that uses the same broker:

    \code
    WsRedisBroker broker;
    broker.setUrl(QUrl(u"redis://localhost"_s));
    server.setBroker(&broker);
    \endcode

    WsRedisBroker uses Redis. WsMemoryBroker connects servers in one process, for tests. Subclasses can use
    any other service that passes messages on by topic; see \l{Writing a broker}.

    \list
    \li A topic is subscribed at the broker as soon as the first connection of this process has subscribed to
        it, and unsubscribed after the last one has gone.
    \li Subscribers of this process get a message at once. The copy that comes back from the broker is
        ignored.
    \li Messages that one thread publishes to a topic are sent to the broker in this order.
    \li A message from the broker is encoded once for all subscribers of the process. It has the key with
        which it was published; see \l{Messages of which only the latest matters}.
    \endlist

    A subscription at the broker takes the time of a message to the service and back. What other servers
    publish before that does not reach the new subscriber.

    \section1 Losses

    Messages of topics without a history are not repeated. While the broker is not connected, subscribers of this process still get what
    this process publishes. Two counters tell what is lost:

    \list
    \li messagesUnsent() counts messages of this process that other servers have not got, or may not have got.
    \li messagesMissed() counts messages of other processes that have not arrived here. Messages are numbered
        for this: a gap is counted when the next message of the same process and topic arrives.
    \endlist

    \section1 Threads and lifetime

    A broker belongs to one thread, usually that of the server, and emits its signals there. publish(),
    topics(), state() and the counters may be used from any thread, and servers of several threads can share a
    broker. The program owns the broker and may delete it at any time in its own thread: the servers then go
    on without one, and those that shared it are no longer connected with each other. The end of the broker's
    thread has the same effect.

    A broker that moves to another thread works there as soon as the event loop of that thread runs. Until
    then its state stays what it was, and what is published waits, up to maxBufferedAmount(): do not move it to
    a thread that has ended, or that ends before.

    What other threads publish is sent by the event loop of the broker's thread. As long as more of them is
    waiting, messages are sent for a few milliseconds at a time, so that the loop can do other things as well.

    \section1 Writing a broker

    A subclass implements send(), subscribe() and unsubscribe(), which are called in the broker's thread, and
    calls deliver() with each message that the service passes on. It calls setState() as the connection to the
    service changes:

    \list
    \li Before Ws::Open, subscribe to all topics(). subscribe() and unsubscribe() are called in every state,
        but only for changes. If there is no connection, they need not do anything.
    \li The data of send() are opaque bytes, not text. deliver() takes the same bytes. Data from other
        programs can be delivered as well: it becomes a text message if it is UTF-8, and a binary message
        otherwise.
    \li The service keeps the order of what one process sends to one topic. A message that is overtaken by
        fewer than 64 others is still delivered; one that is later is taken for a copy, and ignored.
    \li The service may return messages to those who have sent them, but need not.
    \li If the service delivers a message twice, the second one is ignored.
    \li The destructor calls endPresence(), while send() can still be used.
    \endlist

    \section2 Keeping a history

    A service that stores messages can keep the history of topics (setHistory()). The subclass returns \c true
    from keepsHistory(), and then:

    \list
    \li If WsBrokerMessage::isKept() is \c true in send(), it has the service store the message, give it an id
        that is greater than all before it in the topic, and pass it on with that, in this order. Messages
        that come back to the process that has sent them are delivered with their ids.
    \li It stores historyLength() messages, and forgets them historyTimeToLive() after the last one.
    \li It answers readHistory() by deliverHistory(), and calls confirmSubscription().
    \li If the connection ends while messages are not confirmed, it finds out which have arrived, and sends the
        others again before it reports Ws::Open.
    \endlist

    deliver(), setState() and countUnsent() are meant to be called in the broker's thread. If another thread
    calls deliver() or setState(), the event loop of the broker's thread carries it out.

    deliver() and setState() run application code, which may delete the broker, or move it to another thread.
    The subclass has to check that, for example with a QPointer, before it uses its members again.

    \sa WsServer, {Beyond One Machine}
*/

/*! Constructs a broker with the given \a parent. Its state is Ws::Closed. */
WsBroker::WsBroker(QObject *parent) : QObject(parent), d(std::make_shared<WsBrokerHub>(this)) { }

/*! The servers go on without a broker. No signal is emitted. */
WsBroker::~WsBroker()
{
    d->forgetBroker();
}

/*! \reimp */
bool WsBroker::event(QEvent *event)
{
    if (event->type() == QEvent::ThreadChange) {
        d->leaveWithBroker();
    } else if (WsTurnMember::isArrival(this, event)) {
        return d->isOwnThread();
    }
    return QObject::event(event);
}

/*!
    \property WsBroker::state
    \brief whether the service can be used.

    \value Ws::Connecting The broker is connecting, or waits before it tries again.
    \value Ws::Open Messages are sent, and all topics are subscribed.
    \value Ws::Closing The broker is disconnecting.
    \value Ws::Closed The broker is not connected and does not try to be.

    It may be read from any thread.
*/
Ws::State WsBroker::state() const
{
    return d->state();
}

/*!
    \fn bool WsBroker::isConnected() const
    Returns whether state() is Ws::Open.
*/

/*!
    Returns the topics that have subscribers in this process, in no particular order. They are what the broker
    has to be subscribed to, and include the topics over which the \l{setPresence()}{presence} of others is
    shared. The function may be called from any thread.
*/
QStringList WsBroker::topics() const
{
    return d->topics();
}

/*!
    Publishes \a message to \a topic: to the subscribers of all servers that use the broker, in this process
    and in others. A program without a server can publish this way.

    Returns whether the message goes to other processes. It does not if it is text that is not UTF-8, if it is
    larger than maxMessageSize(), if \a topic or the key is longer than 64 KiB in UTF-8, if the broker is not
    connected and does not \l{queueMessages}{queue messages}, or if more than maxBufferedAmount() would wait.
    Subscribers in this process get it nevertheless, except for text that is not UTF-8. \c true is no
    guarantee: the connection to the service can still fail, and what another thread than the broker's has
    published can still find no room when its turn comes.

    The function may be called from any thread.

    \sa WsServer::publish(), messagesUnsent()
*/
bool WsBroker::publish(const QString &topic, const WsMessage &message)
{
    const WsPreparedMessage prepared(message);
    return !prepared.isNull() && d->publish({prepared, topic, {}}).isSent;
}

/*!
    \overload
    Publishes \a message, of which only the latest with this \a key matters, as WsServer::publish() with a key
    does.
*/
bool WsBroker::publish(const QString &topic, const WsMessage &message, const QString &key)
{
    const WsPreparedMessage prepared(message);
    return !prepared.isNull() && d->publish({prepared, topic, key}).isSent;
}

/*!
    \property WsBroker::queueMessages
    \brief whether messages that are published while the broker is not connected wait for the connection.

    The default is \c false: they are not sent to other servers, and counted by messagesUnsent(). After a long
    interruption, old messages are rarely wanted, least of all at once. If it is \c true, they wait, up to
    maxBufferedAmount(), and are sent as soon as the broker is connected, before everything that is published
    after that. connected() does not wait for all of them. Messages beyond the limit are not sent.

    It may be set from any thread. The signal is emitted in the broker's thread.
*/
bool WsBroker::queueMessages() const
{
    return d->queuesMessages;
}

void WsBroker::setQueueMessages(bool queue)
{
    d->setQueueMessages(queue);
}

/*!
    Returns how many bytes of messages may wait to be sent to the service. The default is 64 MiB, the same as
    WsOptions::maxBufferedAmount().

    The limit applies to what waits for the connection or is on the way from other threads, and once more to
    what waits to be written to the service. Each message counts with its payload, topic, key and 256 bytes. A
    message that finds no room is not sent to other servers, and counted by messagesUnsent().

    \sa setMaxBufferedAmount()
*/
qint64 WsBroker::maxBufferedAmount() const
{
    return d->maxBufferedAmount;
}

/*! Sets the largest amount of data that may wait to be sent to \a bytes. It may be called from any thread. */
void WsBroker::setMaxBufferedAmount(qint64 bytes)
{
    d->maxBufferedAmount = qMax<qint64>(bytes, 0);
}

/*!
    Returns the size of the largest message that is sent to the service or accepted from it, in bytes of
    payload. The default is 16 MiB, the same as WsOptions::maxMessageSize().

    All servers should have the same limit. A larger message is not sent to other servers, and counted by
    messagesUnsent(). A larger message of another process that arrives is not delivered, and counted by
    messagesMissed(). Topics and keys do not count; each can have 64 KiB in UTF-8.

    \sa setMaxMessageSize()
*/
qint64 WsBroker::maxMessageSize() const
{
    return d->maxMessageSize;
}

/*!
    Sets the size of the largest message to \a bytes. Values below 1 count as 1. WsRedisBroker allows larger
    messages to arrive only after it has connected anew, so set it before the URL. The function may be called
    from any thread.
*/
void WsBroker::setMaxMessageSize(qint64 bytes)
{
    d->maxMessageSize = qMax<qint64>(bytes, 1);
}

/*!
    Has the service keep the latest \a maxMessages messages of the \a topics, so that a client that was away
    can get what it has missed: see WsServer::subscribe() with an id. \a topics is a single topic, or ends with
    \c{*} and then means all topics that begin with what is before it. If several fit, the longest one counts,
    and the topic itself before all. 0 messages, the default of all topics, ends this.

    The service forgets all messages of a topic to which nothing was published for \a timeToLive. The default
    is 24 hours: a topic that is not used any more should not take memory for ever. How much memory a history
    takes is only limited by \a maxMessages and maxMessageSize().

    A topic with a history differs from others:

    \list
    \li The service gives each message an id and sets the order. So the subscribers of this process get a
        message only when it comes back from the service, and all subscribers, in all processes, get all
        messages in the same order.
    \li publish() returns how many connections of the server subscribe to the topic. Its parameter \c except
        has no effect, because a client needs the ids of its own messages, too.
    \li A process that was disconnected gets what was published meanwhile as soon as it is connected again.
    \li A message that was sent, but not confirmed when the connection ended, is sent again, unless it has
        arrived. It arrives once.
    \li A message that the service cannot take, because it is not connected and the broker does not
        \l{queueMessages}{queue messages}, or because it refuses it, is delivered at once to the subscribers of
        this process, without an id, and counted by messagesUnsent(). It is not in the history.
    \endlist

    Set the same in all processes, before WsServer::setBroker(). Later changes apply to topics to which nobody
    has subscribed yet. The function may be called from any thread. If the broker keeps no history, it does
    nothing but log a warning. WsRedisBroker and WsMemoryBroker do.

    \sa setHistoryEnvelope(), {Messages that survive a reconnection}
*/
void WsBroker::setHistory(const QString &topics, qint64 maxMessages, std::chrono::seconds timeToLive)
{
    if (maxMessages > 0 && !keepsHistory()) {
        qCWarning(wsNetLog) << metaObject()->className() << "keeps no history; setHistory() for" << topics
                            << "has no effect";
        return;
    }
    d->setHistory(topics, {maxMessages, qMax(timeToLive, std::chrono::seconds(1))});
}

/*! Returns whether \a topic has a history. The function may be called from any thread. */
bool WsBroker::hasHistory(const QString &topic) const
{
    return d->historyOf(topic).has_value();
}

/*!
    \typedef WsBroker::HistoryEnvelope

    A function that returns what the subscribers of a topic with a history get instead of a message:

    \code
    WsMessage(const QString &topic, const QString &id, const WsMessage &message)
    \endcode

    \sa setHistoryEnvelope()
*/

/*!
    Sets the function that puts the id of a message where the client finds it. A WebSocket message has no
    place for one, so the application decides:

    \snippet snippets/history.cpp envelope

    \a envelope is called once for each message of a topic with a history and each process, however many
    subscribers there are, and once more for each connection that gets the message because it has missed it.
    The id is empty if the service could not keep the message. What the function returns is sent. Without one,
    which is the default, messages are sent as they were published. So they are if the server has no broker any
    more.

    It is called in the broker's thread, or in the one that calls publish(), and has to be safe for that. If it
    throws, or returns text that is not UTF-8, the message is not delivered, and errorOccurred() is emitted.
    Set it before WsServer::setBroker().
*/
void WsBroker::setHistoryEnvelope(HistoryEnvelope envelope)
{
    d->setHistoryEnvelope(std::move(envelope));
}

/*!
    Returns how many messages of this process other servers have not got, or may not have got. It counts
    messages

    \list
    \li that were published while the broker was not connected, unless they could wait;
    \li that were larger than maxMessageSize(), had a topic or a key longer than 64 KiB, or found no room
        within maxBufferedAmount();
    \li that were sent, but not confirmed by the service when the connection ended. These may have arrived.
    \endlist

    The function may be called from any thread.

    \sa messagesMissed()
*/
qint64 WsBroker::messagesUnsent() const
{
    return d->unsent;
}

/*!
    Returns how many messages of other processes have not arrived here, although this process was subscribed
    to their topics.

    Each process numbers what it publishes to a topic. If numbers are missing between two messages that have
    arrived, those in between are counted, whether they were lost here, in the service or before it. So a
    message is counted when a later one of the same process and topic arrives, and no longer counted if it
    arrives after that. Messages that arrive but are refused, because they are larger than maxMessageSize(),
    are counted as well.

    What a process publishes before its first message that arrives here cannot be counted, nor what follows
    its last one. The memory for the numbers is limited. A process remembers the number of at least the
    250,000 topics to which it has published last; if it publishes to one that it has forgotten, what was lost
    in between is not noticed. In the same way, at least 250,000 pairs of a topic and a process that publishes
    to it are remembered here. If more topics than that have their turn one after the other, no loss is noticed
    any more. Messages of programs that are not made with WsKit have no numbers.

    The function may be called from any thread.

    \sa messagesUnsent()
*/
qint64 WsBroker::messagesMissed() const
{
    return d->missed;
}

/*!
    \fn bool WsBroker::send(const WsBrokerMessage &message)
    Sends \a message to all processes that subscribe to its topic. Returns \c false if this is not possible;
    the message is then counted by messagesUnsent(). It is only called if the state is Ws::Open.
*/

/*!
    \fn void WsBroker::subscribe(const QString &topic)
    Has the service pass on what is sent to \a topic. It is called once for each topic, however many
    connections subscribe to it.
*/

/*!
    \fn void WsBroker::unsubscribe(const QString &topic)
    Ends subscribe(): nobody in this process subscribes to \a topic any more.
*/

/*!
    Reports that the connection to the service is in \a state, and emits connected() or disconnected(). With
    Ws::Open, messages that have waited are sent first; if there are many, the rest follows from the event
    loop. So do those of a topic with a history of which the end has not been read yet: see readHistory().
*/
void WsBroker::setState(Ws::State state)
{
    d->setState(state);
}

/*!
    Passes on \a message, which has arrived: to the subscribers of the servers in this process. What this
    object has sent itself is ignored, and so are topics that are not subscribed.
*/
void WsBroker::deliver(const WsBrokerMessage &message)
{
    d->deliver(message);
}

/*!
    Adds \a messages that were accepted by send() but have not arrived, or may not have, to messagesUnsent().
*/
void WsBroker::countUnsent(qint64 messages)
{
    d->unsent += messages;
}

// --- history, for subclasses

/*!
    Returns whether the broker can keep messages. The default is \c false. A subclass that returns \c true
    also implements readHistory(), calls confirmSubscription(), and treats messages in send() for which
    WsBrokerMessage::isKept() is \c true as described there.

    \sa {Keeping a history}
*/
bool WsBroker::keepsHistory() const
{
    return false;
}

/*!
    Reads what the service has kept of \a topic after the message with the id \a after, and calls
    deliverHistory() with \a number, from the event loop. If \a after is empty, only the id of the last message
    counts, and the answer consists of that message, with or without its data. What this process publishes to
    \a topic waits for the first of these answers, and counts for maxBufferedAmount() meanwhile. So each
    question has to be answered, also one that the service refuses: with no messages, which are the last ones,
    but not complete.

    The answer shows the history as it is when the question is asked, in the order of send(). An answer that is
    computed later, and with messages that have been published since, makes subscribers miss them.

    It is only called if the state is Ws::Open. If the connection ends before the answer, there need not be one.
    The default does nothing.
*/
void WsBroker::readHistory(int number, const QString &topic, const QString &after)
{
    Q_UNUSED(number)
    Q_UNUSED(topic)
    Q_UNUSED(after)
}

/*!
    Answers readHistory() with this \a number: \a messages with their ids, in order, and all of them up to the
    last one here. They should not have much more than 64 KiB together, because many may be read at a time.
    \a isLast says whether there was nothing more, and \a isComplete whether no message after the id that was
    asked for has been dropped from the history. If this is not known, \a isComplete is \c false.

    It runs application code, as deliver() does.
*/
void WsBroker::deliverHistory(int number, const QList<WsBrokerMessage> &messages, bool isLast,
                              bool isComplete)
{
    d->onRead(number, messages, isLast, isComplete);
}

/*!
    Reports that the service has confirmed the subscription to \a topic: everything that is published from now
    on will be passed on. Topics to which the broker has subscribed before setState(Ws::Open) need not be
    reported.
*/
void WsBroker::confirmSubscription(const QString &topic)
{
    d->confirm(topic);
}

/*!
    Reports that the service has refused \a message after send() had accepted it. It is counted by
    messagesUnsent(), and if it was to be kept, delivered to the subscribers in this process.
*/
void WsBroker::refuse(const WsBrokerMessage &message)
{
    d->refuse(message);
}

/*! Returns how many messages are to be kept of \a topic. 0: it has no history. */
qint64 WsBroker::historyLength(const QString &topic) const
{
    return d->historyOf(topic).value_or(WsHistoryLimits()).maxMessages;
}

/*! Returns after which time without a new message the history of \a topic is to be forgotten. */
std::chrono::seconds WsBroker::historyTimeToLive(const QString &topic) const
{
    return d->historyOf(topic).value_or(WsHistoryLimits()).timeToLive;
}

/*!
    \fn void WsBroker::connected()
    This signal is emitted when messages can be sent and topics are subscribed, also after an interruption.
    The broker does not wait for topics that are still added while it subscribes to the others, which could go
    on for ever: of these, what other servers publish before the service has confirmed them can be missed.
*/

/*!
    \fn void WsBroker::disconnected()
    This signal is emitted when the broker is not connected any more, after connected() was emitted.
*/

/*!
    \fn void WsBroker::errorOccurred(const WsError &error)
    This signal is emitted with an \a error that keeps the broker from working: the service cannot be reached,
    does not accept the password, or has ended the connection.
*/
