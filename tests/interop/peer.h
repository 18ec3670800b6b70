// SPDX-License-Identifier: MIT
#ifndef PEER_H
#define PEER_H

#include <QtCore/qjsonobject.h>
#include <QtCore/qlist.h>
#include <QtCore/qurl.h>

// Somebody else's WebSocket library: a server that WsClient talks to, and a client that talks to WsServer.
//
// The server has the subprotocols chat.v2 and chat.v1, answers 403 where it can refuse at all, and serves
//   /echo       each message comes back
//   /fragments  sends the text "one two thrée 😀" and the bytes 00 01 FE FF, each in several fragments
//   /burst      sends 10,000 texts, from "0" to "9999"
//   /ping       sends a ping with "server ping", and "pong server ping" as a text once it is answered
//   /pieces     sends a text of 1 MiB in 16 fragments, with a ping behind each
//   /close      closes with 4002 and "server goodbye ü"
// A query has the parameters of permessage-deflate that the server is to want.
// It tells two events, each with its path: "opened" with "header" (X-Interop), "cookie" and "subprotocol",
// and "closed" with "code" and "reason". InteropServer has more paths:
//   /characters sends the text "é€😀" with each byte in a fragment of its own
//   /fan        each message goes to every client: broadcast, or by itself if it begins with "own"
//
// The client connects to a server that is the same, plays one of the scenarios of InteropTest, and judges the
// answers itself.
class Peer
{
public:
    enum Ability {
        Refuses = 1,             // the server answers 403 where it wants
        JoinsCharacters = 2,     // that fragments cut, which RFC 6455 §5.6 allows
        KeepsByteOrderMarks = 4, // U+FEFF at the start of a text stays there
        Compresses = 8,          // has permessage-deflate
        Interleaves = 16,        // sends pings between the fragments of a message
        AllAbilities = 31
    };
    Q_DECLARE_FLAGS(Abilities, Ability)

    Peer() = default;
    virtual ~Peer() = default;

    // Returns where it listens; an empty URL if it does not.
    virtual QUrl startServer(bool isEncrypted) = 0;
    // What needs more is not tried.
    virtual Abilities abilities() const { return AllAbilities; }
    // Plays \a scenario over wss:// if \a isEncrypted, and offers permessage-deflate with the parameters that
    // are in \a deflate as in a query. Returns what went wrong, or an empty string.
    virtual QString playClient(const QString &scenario, const QUrl &server, bool isEncrypted,
                               const QString &deflate) = 0;
    // Whether the server itself is to have TLS, or somebody before it takes that off.
    virtual bool isEncryptedAtServer(bool isEncrypted) const { return isEncrypted; }

    const QList<QJsonObject> &events() const { return m_events; }
    // The last event of that name and path; an empty object if there was none.
    QJsonObject lastEvent(const QString &name, const QString &path) const;
    void clearEvents() { m_events.clear(); }

protected:
    void addEvent(const QJsonObject &event) { m_events.append(event); }

private:
    Q_DISABLE_COPY_MOVE(Peer)

    QList<QJsonObject> m_events;
};

#endif // PEER_H
