// SPDX-License-Identifier: MIT
#ifndef WSPRESENCEMESSAGE_H
#define WSPRESENCEMESSAGE_H

#include <QtCore/qbytearray.h>
#include <QtCore/qlist.h>
#include <QtCore/qstringlist.h>
#include <QtCore/quuid.h>

#include <chrono>
#include <optional>

// What processes tell each other about the members of a topic: a JSON object on the presence channel of the
// topic, which the documentation of WsBroker::setPresence() describes.
struct WsPresenceMessage
{
    enum class Kind : quint8 { List, Changes, Heartbeat, AskList, AskHeartbeat };

    // In QChars.
    static constexpr qsizetype MaxName = 1024;
    // What a message takes in JSON besides its names.
    static constexpr qint64 Overhead = 256;

    Kind kind = Kind::Heartbeat;
    QUuid origin;
    std::chrono::milliseconds timeToLive{0}; // of a list, changes or a heartbeat; the same for the version
    quint64 version = 0;                     // after this message
    quint64 after = 0;                       // of changes: the version to which they apply
    qint64 part = 0;                         // of a list
    qint64 parts = 1;                        // the same
    QStringList members = {};                // of a list; of changes: those who have joined
    QStringList left = {};                   // of changes
    QUuid target = {};                       // of a question for a list: who is asked; null: all

    QByteArray encoded() const;
    // Returns nothing if \a data is not such a message, or one with a name that is empty or too long.
    static std::optional<WsPresenceMessage> decode(const QByteArray &data);

    static bool isName(const QString &name) { return !name.isEmpty() && name.size() <= MaxName; }
    // Divides \a names so that each part takes at most \a room bytes in JSON, unless it is a single name.
    static QList<QStringList> divided(const QStringList &names, qint64 room);
};

#endif // WSPRESENCEMESSAGE_H
