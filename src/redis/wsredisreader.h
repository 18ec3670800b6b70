// SPDX-License-Identifier: MIT
#ifndef WSREDISREADER_H
#define WSREDISREADER_H

#include <WsKit/wserror.h>

#include <QtCore/qbytearray.h>
#include <QtCore/qbytearrayview.h>

#include <memory>
#include <optional>
#include <vector>

struct redisReader;

// What Redis sends: the answer to a command, or an array that tells of a message or a subscription.
struct WsRedisReply
{
    enum class Type : quint8 { Status, Error, Number, Text, Array };
    Type type = Type::Status;
    QByteArray text; // of a status, an error or a text
    qint64 number = 0;
    std::vector<WsRedisReply> parts = {}; // of an array: texts and numbers

    bool isError() const { return type == Type::Error; }
    bool isStatus(QByteArrayView value) const { return type == Type::Status && value == text; }
};

// Bytes in, replies out, by the reader of hiredis. It refuses what Redis does not send to a WsRedisLink, as
// soon as it can be known: other types, arrays that are nested or longer than three, and replies whose texts
// exceed a limit, before these arrive. So it never keeps much more than the limit.
class WsRedisReader
{
public:
    // How much is fed at once.
    static constexpr qsizetype PieceSize = 16 * 1024;
    // The longest text that can be allowed.
    static constexpr qint64 LargestMaxText = 1024 * 1024 * 1024;

    explicit WsRedisReader(qint64 maxText);
    ~WsRedisReader();
    Q_DISABLE_COPY_MOVE(WsRedisReader)

    void feed(QByteArrayView piece);
    // The next reply, if it is complete.
    std::optional<WsRedisReply> next();
    // What was wrong with what came next, once there is no reply any more.
    const std::optional<WsError> &error() const { return m_error; }

private:
    struct Hooks; // what the reader calls

    bool mayTake(qint64 size);
    void checkRest();
    void refuse(Ws::ErrorKind kind, const QString &text);

    const qint64 m_maxText;
    redisReader *const m_reader;
    qint64 m_textSize = 0; // of the reply that is being read
    std::optional<WsError> m_error;
};

#endif // WSREDISREADER_H
