// SPDX-License-Identifier: MIT
#include "redis/wsredisreader.h"

#include <QtCore/qstring.h>

#include <algorithm>

#include <hiredis/hiredis.h>
#include <hiredis/read.h>

namespace {
// The longest array says what it is, the channel, and the message or the number of subscriptions.
constexpr qint64 MaxParts = 3;
// The longest line: an error, with what Redis quotes.
constexpr qsizetype MaxLine = WsRedisReader::PieceSize;
} // namespace

// A null pointer ends the reading. Only the whole reply is an object of its own: in an array, the pointer for
// each part is that of the array.
struct WsRedisReader::Hooks
{
    static WsRedisReader *readerOf(const redisReadTask *task)
    {
        return static_cast<WsRedisReader *>(task->privdata);
    }
    static void *refuse(const redisReadTask *task)
    {
        readerOf(task)->refuse(Ws::ErrorKind::Protocol, QStringLiteral("Redis has sent an unexpected reply"));
        return nullptr;
    }
    static void *add(const redisReadTask *task, WsRedisReply reply)
    {
        if (!task->parent)
            return new WsRedisReply(std::move(reply));
        auto *const array = static_cast<WsRedisReply *>(task->parent->obj);
        array->parts.push_back(std::move(reply));
        return array;
    }
    static void *createString(const redisReadTask *task, char *text, size_t size)
    {
        using Type = WsRedisReply::Type;
        const bool isPart = task->parent;
        if (task->type != REDIS_REPLY_STRING
            && (isPart || (task->type != REDIS_REPLY_STATUS && task->type != REDIS_REPLY_ERROR)))
            return refuse(task);
        if (!readerOf(task)->mayTake(qint64(size)))
            return nullptr;
        readerOf(task)->m_textSize += qint64(size);
        const Type type = task->type == REDIS_REPLY_STRING   ? Type::Text
                          : task->type == REDIS_REPLY_STATUS ? Type::Status
                                                             : Type::Error;
        return add(task, {type, QByteArray(text, qsizetype(size))});
    }
    template <typename Count> // its type depends on the version
    static void *createArray(const redisReadTask *task, Count count)
    {
        const bool isArray = task->type == REDIS_REPLY_ARRAY && !task->parent;
        if (!isArray || count < 1 || qint64(count) > MaxParts)
            return refuse(task);
        return add(task, {WsRedisReply::Type::Array, {}});
    }
    static void *createInteger(const redisReadTask *task, long long number)
    {
        return task->type == REDIS_REPLY_INTEGER ? add(task, {WsRedisReply::Type::Number, {}, number})
                                                 : refuse(task);
    }
    static void *createNil(const redisReadTask *task) { return refuse(task); }
    static void freeObject(void *reply) { delete static_cast<WsRedisReply *>(reply); }
#if HIREDIS_MAJOR >= 1
    static void *createDouble(const redisReadTask *task, double, char *, size_t)
    {
        return refuse(task);
    }
    static void *createBool(const redisReadTask *task, int)
    {
        return refuse(task);
    }
#endif

    static redisReplyObjectFunctions *functions()
    {
        static redisReplyObjectFunctions all = [] {
            redisReplyObjectFunctions result{};
            result.createString = createString;
            result.createArray = createArray;
            result.createInteger = createInteger;
            result.createNil = createNil;
            result.freeObject = freeObject;
#if HIREDIS_MAJOR >= 1
            result.createDouble = createDouble;
            result.createBool = createBool;
#endif
            return result;
        }();
        return &all;
    }
};

WsRedisReader::WsRedisReader(qint64 maxText)
    : m_maxText(std::min(maxText, LargestMaxText)),
      m_reader(redisReaderCreateWithFunctions(Hooks::functions()))
{
    Q_CHECK_PTR(m_reader);
    m_reader->privdata = this;
}

WsRedisReader::~WsRedisReader()
{
    redisReaderFree(m_reader);
}

void WsRedisReader::feed(QByteArrayView piece)
{
    if (redisReaderFeed(m_reader, piece.data(), size_t(piece.size())) != REDIS_OK)
        refuse(Ws::ErrorKind::Protocol, QString::fromUtf8(m_reader->errstr));
}

std::optional<WsRedisReply> WsRedisReader::next()
{
    if (m_error)
        return {};
    void *object = nullptr;
    const bool isRead = redisReaderGetReply(m_reader, &object) == REDIS_OK;
    const std::unique_ptr<WsRedisReply> reply(static_cast<WsRedisReply *>(object));
    if (!isRead)
        refuse(Ws::ErrorKind::Protocol,
               QStringLiteral("Redis has sent something else: %1").arg(QString::fromUtf8(m_reader->errstr)));
    if (isRead && !reply)
        checkRest();
    if (m_error || !reply)
        return {};
    m_textSize = 0;
    return std::move(*reply);
}

// What is left of a reply begins after the byte for its type. It is a line that is not complete, or the line
// with the size of a text, followed by what has arrived of this.
void WsRedisReader::checkRest()
{
    const QByteArrayView rest(m_reader->buf + m_reader->pos, qsizetype(m_reader->len - m_reader->pos));
    const QByteArrayView line = rest.first(std::min(rest.size(), MaxLine));
    const qsizetype end = line.indexOf('\r');
    if (end >= 0 && end + 1 == rest.size())
        return;
    const qint64 size = end < 0 ? 0 : line.first(end).toLongLong();
    if (!mayTake(size))
        return;
    constexpr qsizetype LineEnds = 4;
    const bool isTooLong =
        end < 0 ? line.size() == MaxLine : rest.size() > end + LineEnds + std::max<qint64>(size, 0);
    if (isTooLong)
        refuse(Ws::ErrorKind::Protocol, QStringLiteral("Redis has sent a line that is too long"));
}

// Returns false if the texts of the reply become too large with \a size more.
bool WsRedisReader::mayTake(qint64 size)
{
    if (size <= m_maxText - m_textSize)
        return true;
    refuse(Ws::ErrorKind::TooLarge,
           QStringLiteral("Redis sends a message that is larger than maxMessageSize"));
    return false;
}

void WsRedisReader::refuse(Ws::ErrorKind kind, const QString &text)
{
    if (!m_error)
        m_error = WsError(kind, text);
}
