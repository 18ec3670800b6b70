// SPDX-License-Identifier: MIT
#include "redis/wsredislink.h"

#include <QtCore/qobject.h>

#include <utility>
#include <vector>

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <hiredis/read.h>

#ifdef Q_OS_UNIX
#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#endif

namespace {
// hiredis writes without MSG_NOSIGNAL: a connection that has ended must not end the program.
class WithoutPipeSignal
{
public:
#if defined(Q_OS_UNIX) && !defined(SO_NOSIGPIPE)
    WithoutPipeSignal()
    {
        sigemptyset(&m_pipe);
        sigaddset(&m_pipe, SIGPIPE);
        sigset_t waiting;
        sigemptyset(&waiting);
        sigpending(&waiting);
        m_wasPending = sigismember(&waiting, SIGPIPE) == 1;
        pthread_sigmask(SIG_BLOCK, &m_pipe, &m_before);
    }
    ~WithoutPipeSignal()
    {
        const timespec noTime{};
        while (!m_wasPending && sigtimedwait(&m_pipe, nullptr, &noTime) == -1 && errno == EINTR) {
        }
        pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
    }
    Q_DISABLE_COPY_MOVE(WithoutPipeSignal)

private:
    sigset_t m_pipe{};
    sigset_t m_before{};
    bool m_wasPending = false;
#else
    WithoutPipeSignal() = default;
#endif
};

QByteArray bytesOf(const redisReply &reply)
{
    return {reply.str, qsizetype(reply.len)};
}

WsError networkError(const char *text)
{
    return {Ws::ErrorKind::Network, QString::fromUtf8(text)};
}
} // namespace

struct WsRedisLink::Hooks
{
    static WsRedisLink *linkOf(const redisAsyncContext *context)
    {
        return static_cast<WsRedisLink *>(context->data);
    }
    static void addRead(void *data)
    {
        auto *const link = static_cast<WsRedisLink *>(data);
        link->watch(&link->m_readNotifier, QSocketNotifier::Read);
    }
    static void delRead(void *data) { unwatch(&static_cast<WsRedisLink *>(data)->m_readNotifier); }
    static void addWrite(void *data)
    {
        auto *const link = static_cast<WsRedisLink *>(data);
        link->watch(&link->m_writeNotifier, QSocketNotifier::Write);
    }
    static void delWrite(void *data) { unwatch(&static_cast<WsRedisLink *>(data)->m_writeNotifier); }
    static void cleanup(void *data)
    {
        delRead(data);
        delWrite(data);
    }
    static void onConnect(const redisAsyncContext *context, int status)
    {
        WsRedisLink *const link = linkOf(context);
        if (!link)
            return;
        if (status == REDIS_OK) {
            link->m_hasMoved = true;
            link->m_events.push_back({Event::Kind::Connected});
            return;
        }
        link->m_context = nullptr; // hiredis frees it
        link->m_events.push_back({Event::Kind::Ended, {}, {}, networkError(context->c.errstr)});
    }
    static void onDisconnect(const redisAsyncContext *context, int)
    {
        WsRedisLink *const link = linkOf(context);
        if (!link)
            return;
        link->m_context = nullptr;
        link->m_events.push_back({Event::Kind::Ended, {}, {}, networkError(context->errstr)});
    }
    static void onReply(redisAsyncContext *context, void *reply, void *)
    {
        WsRedisLink *const link = linkOf(context);
        if (!link || !reply)
            return;
        const redisReply &answer = *static_cast<const redisReply *>(reply);
        WsRedisReply result;
        result.isError = answer.type == REDIS_REPLY_ERROR;
        result.text = bytesOf(answer);
        result.number = answer.integer;
        link->m_events.push_back({Event::Kind::Reply, {}, std::move(result)});
    }
    static void onPush(redisAsyncContext *context, void *reply, void *)
    {
        WsRedisLink *const link = linkOf(context);
        if (link && reply)
            link->onPushed(*static_cast<const redisReply *>(reply));
    }
};

WsRedisLink::WsRedisLink(QObject *owner, Handlers handlers, qint64 maxInput)
    : m_owner(owner), m_handlers(std::move(handlers)), m_maxInput(maxInput)
{
}

WsRedisLink::~WsRedisLink()
{
    *m_lives = false;
    release();
    for (std::unique_ptr<QSocketNotifier> *notifier : {&m_readNotifier, &m_writeNotifier}) {
        if (QSocketNotifier *const calling = notifier->release()) // it may be what has called this
            calling->deleteLater();
    }
}

void WsRedisLink::release()
{
    redisAsyncContext *const context = std::exchange(m_context, nullptr);
    if (!context)
        return;
    Hooks::cleanup(this);
    context->data = nullptr;
    context->ev = {};
    redisAsyncFree(context);
}

void WsRedisLink::connectToHost(const QByteArray &address, int port)
{
    attach(redisAsyncConnect(address.constData(), port));
}

void WsRedisLink::connectToPath(const QByteArray &path)
{
    attach(redisAsyncConnectUnix(path.constData()));
}

// What fails at once is reported from the event loop.
void WsRedisLink::attach(redisAsyncContext *context)
{
    if (!context || context->err) {
        const WsError error = networkError(context ? context->errstr : "out of memory");
        if (context)
            redisAsyncFree(context);
        QMetaObject::invokeMethod(
            m_owner,
            [this, error, lives = m_lives] {
                if (*lives)
                    end(error);
            },
            Qt::QueuedConnection);
        return;
    }
    m_context = context;
#ifdef SO_NOSIGPIPE
    const int on = 1;
    setsockopt(context->c.fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
    context->data = context->ev.data = this;
    context->ev.addRead = Hooks::addRead;
    context->ev.delRead = Hooks::delRead;
    context->ev.addWrite = Hooks::addWrite;
    context->ev.delWrite = Hooks::delWrite;
    context->ev.cleanup = Hooks::cleanup;
    redisAsyncSetConnectCallback(context, Hooks::onConnect);
    redisAsyncSetDisconnectCallback(context, Hooks::onDisconnect);
}

// --- the event loop

void WsRedisLink::watch(std::unique_ptr<QSocketNotifier> *notifier, QSocketNotifier::Type type)
{
    if (*notifier) {
        (*notifier)->setEnabled(true);
        return;
    }
    *notifier = std::make_unique<QSocketNotifier>(qintptr(m_context->c.fd), type, m_owner);
    const auto call = type == QSocketNotifier::Read ? &WsRedisLink::onReadable : &WsRedisLink::onWritable;
    QObject::connect(notifier->get(), &QSocketNotifier::activated, notifier->get(),
                     [this, call, lives = m_lives] {
                         if (*lives)
                             (this->*call)();
                     });
}

void WsRedisLink::unwatch(std::unique_ptr<QSocketNotifier> *notifier)
{
    if (*notifier)
        (*notifier)->setEnabled(false);
}

void WsRedisLink::onReadable()
{
    m_hasMoved = true;
    if (m_context)
        redisAsyncHandleRead(m_context);
    if (m_context && qint64(m_context->c.reader->len) > m_maxInput) {
        const QString text = QStringLiteral("Redis sends a message that is larger than maxMessageSize");
        m_events.push_back({Event::Kind::Ended, {}, {}, WsError(Ws::ErrorKind::TooLarge, text)});
    }
    report();
}

// That the system takes something shows nothing, but that it takes more does.
void WsRedisLink::onWritable()
{
    m_hasMoved = m_hasMoved || m_isStuck;
    if (m_context) {
        const WithoutPipeSignal guard;
        redisAsyncHandleWrite(m_context);
    }
    m_isStuck = m_context && m_writeNotifier->isEnabled();
    report();
}

// --- what Redis says

// Strings of an array: what, the channel, and the data or the number of subscriptions.
void WsRedisLink::onPushed(const redisReply &reply)
{
    if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 3)
        return;
    const QByteArray what = bytesOf(*reply.element[0]);
    const redisReply &last = *reply.element[2];
    if (what == "message" && last.type == REDIS_REPLY_STRING)
        m_events.push_back({Event::Kind::Message, bytesOf(*reply.element[1]), {false, bytesOf(last), 0}});
    else if (what == "subscribe")
        m_events.push_back({Event::Kind::Subscribed, bytesOf(*reply.element[1])});
}

void WsRedisLink::end(const WsError &error)
{
    m_events.push_back({Event::Kind::Ended, {}, {}, error});
    report();
}

// Also within a handler that runs an event loop of its own: the order stays.
void WsRedisLink::report()
{
    const std::shared_ptr<bool> lives = m_lives;
    while (*lives && !m_events.empty()) {
        const Event event = std::move(m_events.front());
        m_events.pop_front();
        report(event);
    }
}

void WsRedisLink::report(const Event &event)
{
    if (m_hasEnded)
        return;
    switch (event.kind) {
    case Event::Kind::Connected:
        m_handlers.connected();
        break;
    case Event::Kind::Ended:
        m_hasEnded = true;
        release();
        m_handlers.ended(event.error);
        break;
    case Event::Kind::Subscribed:
        m_handlers.subscribed(event.channel);
        break;
    case Event::Kind::Message:
        m_handlers.message(event.channel, event.reply.text);
        break;
    case Event::Kind::Reply:
        if (!m_handlersOfReplies.empty()) {
            const ReplyHandler handler = std::move(m_handlersOfReplies.front());
            m_handlersOfReplies.pop_front();
            handler(event.reply);
        }
        break;
    }
}

// --- commands

bool WsRedisLink::send(const QList<QByteArray> &words, ReplyHandler handler)
{
    if (!command(words, this))
        return false;
    m_handlersOfReplies.push_back(std::move(handler));
    return true;
}

bool WsRedisLink::subscribe(const QList<QByteArray> &channels)
{
    return command(QList<QByteArray>{"SUBSCRIBE"} + channels, nullptr);
}

bool WsRedisLink::unsubscribe(const QByteArray &channel)
{
    return command({"UNSUBSCRIBE", channel}, nullptr);
}

// With \a data it has one answer.
bool WsRedisLink::command(const QList<QByteArray> &words, void *data)
{
    if (!m_context)
        return false;
    std::vector<const char *> texts;
    std::vector<size_t> sizes;
    for (const QByteArray &word : words) {
        texts.push_back(word.constData());
        sizes.push_back(size_t(word.size()));
    }
    return redisAsyncCommandArgv(m_context, data ? Hooks::onReply : Hooks::onPush, data, int(words.size()),
                                 texts.data(), sizes.data())
           == REDIS_OK;
}
