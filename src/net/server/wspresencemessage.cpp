// SPDX-License-Identifier: MIT
#include "net/server/wspresencemessage.h"

#include <QtCore/qjsonarray.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qjsonobject.h>

#include <algorithm>
#include <array>

namespace {
constexpr QLatin1String KindKey("kind");
constexpr QLatin1String OriginKey("origin");
constexpr QLatin1String TimeToLiveKey("timeToLive");
constexpr QLatin1String VersionKey("version");
constexpr QLatin1String AfterKey("after");
constexpr QLatin1String PartKey("part");
constexpr QLatin1String PartsKey("parts");
constexpr QLatin1String MembersKey("members");
constexpr QLatin1String JoinedKey("joined");
constexpr QLatin1String LeftKey("left");
constexpr QLatin1String TargetKey("target");

// In the order of the enumeration.
constexpr std::array<QLatin1String, 5> Kinds{QLatin1String("list"), QLatin1String("changes"),
                                             QLatin1String("heartbeat"), QLatin1String("askList"),
                                             QLatin1String("askHeartbeat")};
// The largest integer of which JSON keeps all digits everywhere.
constexpr qint64 MaxInteger = (qint64(1) << 53) - 1;

QString textOf(const QUuid &id)
{
    return id.toString(QUuid::WithoutBraces);
}

// Reads the values of an object, and remembers whether one was wrong.
class PresenceReader
{
public:
    explicit PresenceReader(const QJsonObject &object) : m_object(object) { }
    bool isRight() const { return m_isRight; }
    void refuse() { m_isRight = false; }

    qint64 integer(QLatin1String key, qint64 least)
    {
        const qint64 value = m_object.value(key).toInteger(-1);
        m_isRight = m_isRight && value >= least && value <= MaxInteger;
        return value;
    }
    QStringList names(QLatin1String key)
    {
        const QJsonValue value = m_object.value(key);
        m_isRight = m_isRight && value.isArray();
        const QJsonArray array = value.toArray();
        QStringList names;
        names.reserve(array.size());
        for (const auto &name : array) {
            names.append(name.toString());
            m_isRight = m_isRight && WsPresenceMessage::isName(names.constLast());
        }
        return names;
    }

private:
    const QJsonObject &m_object;
    bool m_isRight = true;
};

void readState(WsPresenceMessage *message, PresenceReader *reader)
{
    message->timeToLive = std::chrono::milliseconds(reader->integer(TimeToLiveKey, 1));
    message->version = quint64(reader->integer(VersionKey, 1));
}

void readList(WsPresenceMessage *message, PresenceReader *reader)
{
    readState(message, reader);
    message->part = reader->integer(PartKey, 0);
    message->parts = reader->integer(PartsKey, 1);
    message->members = reader->names(MembersKey);
    if (message->part >= message->parts)
        reader->refuse();
}

void readChanges(WsPresenceMessage *message, PresenceReader *reader)
{
    readState(message, reader);
    message->after = quint64(reader->integer(AfterKey, 1));
    message->members = reader->names(JoinedKey);
    message->left = reader->names(LeftKey);
}

qint64 sizeInJson(const QString &name)
{
    qint64 size = 3; // the quotation marks and a comma
    for (const QChar c : name) {
        const char16_t unit = c.unicode();
        if (unit < 0x20)
            size += 6;
        else if (unit < 0x80)
            size += unit == u'"' || unit == u'\\' ? 2 : 1;
        else
            size += unit < 0x800 ? 2 : 3;
    }
    return size;
}
} // namespace

QByteArray WsPresenceMessage::encoded() const
{
    QJsonObject object{{KindKey, Kinds.at(size_t(kind))}, {OriginKey, textOf(origin)}};
    if (kind == Kind::AskList && !target.isNull())
        object.insert(TargetKey, textOf(target));
    if (kind == Kind::List || kind == Kind::Changes || kind == Kind::Heartbeat) {
        object.insert(TimeToLiveKey, qint64(timeToLive.count()));
        object.insert(VersionKey, qint64(version));
    }
    if (kind == Kind::List) {
        object.insert(PartKey, part);
        object.insert(PartsKey, parts);
        object.insert(MembersKey, QJsonArray::fromStringList(members));
    } else if (kind == Kind::Changes) {
        object.insert(AfterKey, qint64(after));
        object.insert(JoinedKey, QJsonArray::fromStringList(members));
        object.insert(LeftKey, QJsonArray::fromStringList(left));
    }
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

std::optional<WsPresenceMessage> WsPresenceMessage::decode(const QByteArray &data)
{
    const QJsonObject object = QJsonDocument::fromJson(data).object();
    const auto kind = std::find(Kinds.begin(), Kinds.end(), object.value(KindKey).toString());
    WsPresenceMessage message;
    message.origin = QUuid::fromString(object.value(OriginKey).toString());
    if (kind == Kinds.end() || message.origin.isNull())
        return {};
    message.kind = Kind(kind - Kinds.begin());
    PresenceReader reader(object);
    switch (message.kind) {
    case Kind::List:
        readList(&message, &reader);
        break;
    case Kind::Changes:
        readChanges(&message, &reader);
        break;
    case Kind::Heartbeat:
        readState(&message, &reader);
        break;
    case Kind::AskList:
        if (const QJsonValue target = object.value(TargetKey); !target.isUndefined()) {
            message.target = QUuid::fromString(target.toString());
            if (message.target.isNull())
                return {};
        }
        break;
    case Kind::AskHeartbeat:
        break;
    }
    return reader.isRight() ? std::optional(message) : std::nullopt;
}

QList<QStringList> WsPresenceMessage::divided(const QStringList &names, qint64 room)
{
    QList<QStringList> parts;
    qint64 left = 0;
    for (const QString &name : names) {
        const qint64 size = sizeInJson(name);
        if (parts.isEmpty() || size > left) {
            parts.append(QStringList());
            left = room;
        }
        parts.last().append(name);
        left -= size;
    }
    return parts;
}
