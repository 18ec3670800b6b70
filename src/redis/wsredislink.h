// SPDX-License-Identifier: MIT
#ifndef WSREDISLINK_H
#define WSREDISLINK_H

#include "redis/wsredisreader.h"
#include "redis/wsredisscripts.h"
#include "redis/wsredisstay.h"

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qhash.h>
#include <QtCore/qlist.h>
#include <QtCore/qpointer.h>

#include <array>
#include <deque>
#include <memory>

QT_BEGIN_NAMESPACE
class QIODevice;
class QObject;
class QSslConfiguration;
class QSslSocket;
QT_END_NAMESPACE

struct WsRedisAddress;

// One connection to Redis, on one of Qt's sockets. Its user is only called from the event loop, with nothing
// of the socket or of hiredis on the stack, and may run an event loop, or move the parent to another thread:
// the order stays.
class WsRedisLink
{
public:
    enum class Command : quint8 {
        Auth,
        Select,
        Ping,
        Publish,
        Append,
        Read,
        Subscribe,
        Unsubscribe
    };
    static QByteArray nameOf(Command command);

    // Each function may delete the link.
    class User
    {
    public:
        virtual void onConnected(WsRedisLink *link) = 0;
        // An error, or what answers the command. Of Subscribe and Unsubscribe only an error is reported.
        virtual void onReply(WsRedisLink *link, Command command, const WsRedisReply &reply) = 0;
        // Redis has confirmed everything that was asked for of this channel.
        virtual void onSubscribed(const QByteArray &channel) = 0;
        virtual void onMessage(const QByteArray &channel, const QByteArray &data) = 0;
        // Nothing is called after it.
        virtual void onEnded(const WsError &error) = 0;

    protected:
        ~User() = default;
    };

    // The socket becomes a child of \a parent. The texts of what arrives may have \a maxText bytes.
    WsRedisLink(User *user, QObject *parent, qint64 maxText);
    ~WsRedisLink();
    Q_DISABLE_COPY_MOVE(WsRedisLink)

    void connectTo(const WsRedisAddress &address, const QSslConfiguration &tls);
    // Redis has to answer the commands in their order. Returns false if that is not possible.
    bool send(Command command, const QList<QByteArray> &words = {});
    // Has it run a script, with its keys and what follows them, as one of these commands.
    bool run(Command command, const WsRedisScript &script, const QList<QByteArray> &words);

    // Before it is deleted: what Redis has not received by now must not arrive later.
    void discardUnsent();
    // The same, of what Redis is to receive: waits until it has answered everything, but nobody is told. Redis
    // does not read what is left of a client that was gone when it answered.
    void finish(QDeadlineTimer deadline);

    // Whether Redis has not confirmed a subscription.
    bool isSubscribing() const { return !m_beginning.isEmpty(); }
    // Of these channels.
    QList<QByteArray> subscribing() const { return m_beginning.keys(); }

    // To be called at intervals. Asks Redis whether it is there, if it owes no answer anyway. Returns false
    // if it has owed one since the last call, and has neither sent nor taken anything.
    bool check();

private:
    // What Redis has not answered. Subscriptions are confirmed one by one.
    struct Pending
    {
        Command command = Command::Ping;
        QList<QByteArray> channels = {};
        qsizetype confirmed = 0;
    };
    // A command as hiredis has encoded it.
    struct Free
    {
        void operator()(char *data) const;
    };
    struct Output
    {
        std::unique_ptr<char, Free> data;
        qsizetype size = 0;
    };

    template <typename Socket>
    void watch(Socket *socket);
    void onWritten();
    void onOver(const WsError &error);
    void post();
    void turn();
    bool step();
    bool read();
    void take(const WsRedisReply &reply);
    void takeConfirmation();
    bool takePushed(const WsRedisReply &reply);
    static bool takeOne(QHash<QByteArray, int> *counts, const QByteArray &channel);
    bool confirms(const WsRedisReply &reply) const;
    bool send(Command command, const QByteArray &name, const QList<QByteArray> &words);
    static Output encoded(const QByteArray &name, const QList<QByteArray> &words);
    void write();
    qint64 unwritten() const;
    void end(const WsError &error);

    User *const m_user;
    QObject *const m_parent;
    const WsRedisStay m_stay{m_parent};
    QPointer<QIODevice> m_socket;
    QSslSocket *m_tls = nullptr; // the socket, if it uses TLS
    WsRedisReader m_reader;
    std::deque<Pending> m_pending;
    // How many times Redis has not confirmed that a subscription begins, and that it ends.
    QHash<QByteArray, int> m_beginning;
    QHash<QByteArray, int> m_ending;
    std::deque<Output> m_output;     // what the socket has not been given
    qsizetype m_given = 0;           // of the first of these
    WsError m_error;                 // why the socket has ended
    std::shared_ptr<bool> m_lives = std::make_shared<bool>(true);
    std::array<bool, WsRedisScript::Count> m_knowsScript{}; // Redis does
    bool m_isConnected = false;
    bool m_isConnectedReported = false;
    bool m_isOver = false; // the socket has ended; what it has received can still be read
    bool m_hasEnded = false;
    bool m_isTurnPosted = false;
    bool m_hasSubscribed = false;
    bool m_hasMoved = false;
    bool m_isStuck = false; // the system has not taken everything
    bool m_isAwaited = false;
};

#endif // WSREDISLINK_H
