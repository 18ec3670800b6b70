// SPDX-License-Identifier: MIT
#ifndef WSREDISLINK_H
#define WSREDISLINK_H

#include <WsKit/wserror.h>

#include <QtCore/qbytearray.h>
#include <QtCore/qlist.h>
#include <QtCore/qsocketnotifier.h>

#include <deque>
#include <functional>
#include <memory>

struct redisAsyncContext;
struct redisReply;

// The answer of Redis to one command.
struct WsRedisReply
{
    bool isError = false;
    QByteArray text; // of an error, a status or a string
    qint64 number = 0;
};

// One connection to Redis, by hiredis: connects it to Qt's event loop, whichever dispatcher that has. What
// hiredis reports is kept until its functions have returned, so that none of them is on the stack while
// others run, who may delete this.
class WsRedisLink
{
public:
    using ReplyHandler = std::function<void(const WsRedisReply &)>;
    // Each of these may delete the link.
    struct Handlers
    {
        std::function<void()> connected;
        std::function<void(const WsError &error)> ended; // once, and nothing after it
        std::function<void(const QByteArray &channel)> subscribed;
        std::function<void(const QByteArray &channel, const QByteArray &data)> message;
    };

    // The notifiers become children of \a owner. What arrives may wait in no more than \a maxInput bytes.
    WsRedisLink(QObject *owner, Handlers handlers, qint64 maxInput);
    ~WsRedisLink();
    Q_DISABLE_COPY_MOVE(WsRedisLink)

    void connectToHost(const QByteArray &address, int port);
    void connectToPath(const QByteArray &path);
    // Sends a command, and calls \a handler with the answer. Returns false if that is not possible.
    bool send(const QList<QByteArray> &words, ReplyHandler handler);
    bool subscribe(const QList<QByteArray> &channels);
    bool unsubscribe(const QByteArray &channel);

    // Whether anything has moved since the last call: Redis has answered, or has taken data.
    bool takeHasMoved() { return std::exchange(m_hasMoved, false); }

private:
    struct Event
    {
        enum class Kind : quint8 { Connected, Ended, Subscribed, Message, Reply };
        Kind kind = Kind::Reply;
        QByteArray channel = {};
        WsRedisReply reply = {};
        WsError error = {};
    };
    struct Hooks; // what hiredis calls

    void attach(redisAsyncContext *context);
    void onPushed(const redisReply &reply);
    void onReadable();
    void onWritable();
    void watch(std::unique_ptr<QSocketNotifier> *notifier, QSocketNotifier::Type type);
    static void unwatch(std::unique_ptr<QSocketNotifier> *notifier);
    bool command(const QList<QByteArray> &words, void *data);
    void end(const WsError &error);
    void report();
    void report(const Event &event);
    void release();

    QObject *const m_owner;
    const Handlers m_handlers;
    const qint64 m_maxInput;
    redisAsyncContext *m_context = nullptr;
    std::unique_ptr<QSocketNotifier> m_readNotifier;
    std::unique_ptr<QSocketNotifier> m_writeNotifier;
    std::deque<ReplyHandler> m_handlersOfReplies;
    std::deque<Event> m_events;
    std::shared_ptr<bool> m_lives = std::make_shared<bool>(true);
    bool m_hasMoved = false;
    bool m_isStuck = false; // the last write has left something
    bool m_hasEnded = false;
};

#endif // WSREDISLINK_H
