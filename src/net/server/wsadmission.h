// SPDX-License-Identifier: MIT
#ifndef WSADMISSION_H
#define WSADMISSION_H

#include "protocol/wshttphead.h"

#include <QtCore/qhash.h>
#include <QtCore/qmutex.h>
#include <QtNetwork/qhostaddress.h>

#include <functional>
#include <map>
#include <set>

// How many clients a server may have at a time; 0 means no limit.
struct WsServerLimits
{
    int connections = 0;
    int connectionsPerAddress = 0;
    int pendingHandshakes = 1000;
};

// Counts the clients of a server. Each is pending until its request is complete. Then it either gets a place
// among the connections, or stays pending until its refusal has been sent. If there are too many pending
// clients, the oldest gives way, so that silent clients keep nobody out. All functions may be called from any
// thread.
class WsAdmission
{
public:
    // Identifies a pending client; 0 is none.
    using Number = quint64;
    // Makes a pending client, which may live in any thread, give way. It is called with the lock held, so it
    // must only post something.
    using GiveWay = std::function<void()>;

    void setLimits(const WsServerLimits &limits);

    // Counts a new client. Returns 0 if there are too many and none of them can give way.
    Number enter(const QHostAddress &address);
    // From now on the client can give way. Returns false if it should have done so before.
    bool setGiveWay(Number number, const GiveWay &giveWay);
    // The request of the client is complete: moves it to the connections, or returns why there is no place.
    WsHttpError admit(Number number, const QHostAddress &address);
    // A pending client has gone.
    void leave(Number number);

    // Counts one more connection, even if there is no place: for a socket that outlives its connection.
    void addConnection(const QHostAddress &address);
    void removeConnection(const QHostAddress &address);
    // The same for a pending client, or for one that has given its place back.
    Number addPending(const QHostAddress &address);

    int pendingCount() const;

private:
    struct Pending
    {
        QHostAddress address;
        GiveWay giveWay;     // empty if it cannot give way
        bool isLate = false; // it has not started, and gives way when it does
    };

    Number add(const QHostAddress &address, bool isLate);
    void erase(Number number);
    // Returns false if no client can give way.
    bool makeOldestGiveWay(const std::set<Number> *among);
    bool makeRoomFor(const QHostAddress &address);

    mutable QMutex m_mutex;
    WsServerLimits m_limits;
    Number m_latest = 0;
    std::map<Number, Pending> m_pending; // the oldest first
    QHash<QHostAddress, std::set<Number>> m_pendingPerAddress;
    QHash<QHostAddress, int> m_perAddress; // of the connections
    int m_connections = 0;
};

#endif // WSADMISSION_H
