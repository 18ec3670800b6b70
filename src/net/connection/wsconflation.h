// SPDX-License-Identifier: MIT
#ifndef WSCONFLATION_H
#define WSCONFLATION_H

#include "net/connection/wshistoryid.h"

#include <WsKit/wspreparedmessage.h>

#include <QtCore/qhash.h>
#include <QtCore/qstring.h>

#include <list>
#include <optional>
#include <utility>

// A message to many connections, as each of them gets it.
struct WsManyMessage
{
    WsPreparedMessage message;
    QString topic;              // empty: it is a broadcast
    std::optional<QString> key; // if only the latest of this topic and key matters
    WsHistoryId id = {};        // null: it is in no history
    quint64 era = 0;            // in which it has the id: see wsNextHistoryEra()

    // How much memory the topic and the key take. Both can be from other servers.
    qint64 namesSize() const { return (topic.size() + (key ? key->size() : 0)) * qint64(sizeof(QChar)); }
};

// The messages to many that one connection has accepted and whose frames are not made yet, because the
// network does not take them. They are those of WsProtocol::waiting(). A message with a topic and a key that
// waits already takes the place of the one before it.
class WsConflation
{
public:
    // The memory that a message takes here, besides its bytes, its topic and its key.
    static constexpr qint64 Cost = 256;

    bool isEmpty() const { return m_messages.empty(); }
    // How much memory all of them take.
    qint64 cost() const { return m_cost; }
    // The same of the one whose place \a message would take; 0 if there is none.
    qint64 costOfSame(const WsManyMessage &message) const;
    // Returns whether it has taken the place of another one.
    bool put(const WsManyMessage &message);
    WsManyMessage takeFirst();
    // Removes those of \a topic that have a key.
    void removeKeyed(const QString &topic);
    // Removes those of \a topic that have an id, if \a id is given, only the ones after that. Returns the
    // first one. Those of an era before \a era stay.
    std::optional<WsHistoryId> removeAfter(const QString &topic, const std::optional<WsHistoryId> &id,
                                           quint64 era);

    // When the first has its turn, although the network has not taken all that is in front of it: when so
    // many bytes are written since the beginning. Set by those who send.
    qint64 turnAt = 0;

private:
    struct Held
    {
        WsManyMessage message;
        qint64 cost; // as it was put here: others that share its form may make that meanwhile
    };
    using Messages = std::list<Held>;
    using Key = std::pair<QString, QString>; // with the topic

    Messages::iterator remove(Messages::iterator held);

    Messages m_messages;
    QHash<Key, Messages::iterator> m_keyed;
    qint64 m_cost = 0;
};

#endif // WSCONFLATION_H
