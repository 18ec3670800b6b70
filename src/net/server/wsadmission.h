// SPDX-License-Identifier: MIT
#ifndef WSADMISSION_H
#define WSADMISSION_H

#include "net/loop/wstime.h"
#include "protocol/wshttphead.h"

#include <QtCore/qhash.h>
#include <QtCore/qmutex.h>
#include <QtNetwork/qhostaddress.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

// How many clients a server may have at a time; 0 means no limit.
struct WsServerLimits
{
    int connections = 0;
    int connectionsPerAddress = 0;
    int pendingHandshakes = 1000;
    int waitingConnections = 0; // for nextPendingConnection(), as many as pending handshakes may become more
};

// Counts the clients of a server. Each is pending until its request is complete; then it either gets a place
// among the connections or stays pending until its refusal has been sent. Limits per address count what
// wsAddressBlock() returns.
//
// If there are too many pending clients, the oldest gives way, so that silent clients keep nobody out. But
// each has some time before it must: the request of an honest client may be in the system's buffer already,
// or its TLS handshake in progress. All functions may be called from any thread.
class WsAdmission
{
public:
    // Identifies a pending client; 0 is none.
    using Number = quint64;
    // Asks a pending client, in whatever thread it lives, to give way: it leaves, or is renewed. Called with
    // the lock held, so it must only post something. So is what tells that there is room.
    using GiveWay = std::function<void()>;
    using RoomHandler = std::function<void()>;

    // How long a client is pending before it may have to give way. An honest one needs two round trips
    // between two steps, a few hundred milliseconds to the other end of the world.
    static constexpr std::chrono::milliseconds Patience{2000};
    // The same for a client that its thread has had no time for yet, which is not the client's fault. A
    // thread that hangs must not use up all places.
    static constexpr std::chrono::milliseconds PatienceBeforeBegin{10000};

    // Stands for clients that no limit per address counts: no client has it. A trusted proxy connects for
    // many.
    static QHostAddress uncounted() { return QHostAddress(QHostAddress::AnyIPv4); }
    // Why a client that was asked to has left.
    static QString giveWayText();

    explicit WsAdmission(RoomHandler onRoom = {}) : m_onRoom(std::move(onRoom)) { }

    void setLimits(const WsServerLimits &limits);

    // Returns nothing if there is room for one more pending client. Otherwise the handler is called when
    // there is; and this function is to be called again at the returned time, because a client may have to
    // give way then. If one must already, it is asked to.
    std::optional<WsTime> waitForRoom();
    // A client has come. If there are too many, one that may give way is asked to, and does not count any
    // more. Returns 0 if there is none.
    Number enter(const QHostAddress &address);
    // Its thread begins with it; from the end of its \a patience on it may have to give way: with none,
    // before all that have any. Returns false if it has had to before.
    bool setGiveWay(Number number, const GiveWay &giveWay, std::chrono::milliseconds patience = Patience);
    // It has got a step further, or is not silent: it counts as new. Returns its new number; or 0, and does
    // nothing, if it was asked to give way and its address has too many without it.
    Number renew(Number number);
    // The same as renew() once it is known that the client is at \a address. Returns 0 if that has too many.
    Number identify(Number number, const QHostAddress &address);
    // Its request is complete: moves it to the connections, or returns why there is no place. From then on it
    // is undecided, until its request is answered or it has gone.
    WsHttpError admit(Number number, const QHostAddress &address);
    void endUndecided();
    // How many connections wait for nextPendingConnection().
    void setWaitingCount(int count);
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
        QHostAddress block;
        GiveWay giveWay;    // empty: it has not begun, or cannot any more
        WsTime patienceEnd; // from then on it may have to give way; max() if never
        bool isAsked = false;
    };

    Number add(const QHostAddress &block, WsTime patienceEnd);
    void setPatienceEnd(Number number, Pending *pending, WsTime time);
    void removeFromBlock(Number number, const QHostAddress &block);
    void erase(Number number);
    bool isFull(size_t count) const;
    bool isFullAt(const QHostAddress &block) const;
    bool isQueueFull() const;
    void ask(Number number);
    // Returns false if none may give way yet.
    bool askOldest();
    bool askOldestOf(const std::set<Number> &own);
    bool makeRoomFor(const QHostAddress &block);
    bool makeRoomAt(const QHostAddress &block);
    void reportRoom();

    const RoomHandler m_onRoom;
    mutable QMutex m_mutex;
    WsServerLimits m_limits;
    Number m_latest = 0;
    std::map<Number, Pending> m_pending;
    std::set<std::pair<WsTime, Number>> m_byPatience; // those that can give way and are not asked to
    QHash<QHostAddress, std::set<Number>>
        m_pendingPerAddress;               // of wsAddressBlock(); those that are not asked to
    QHash<QHostAddress, int> m_perAddress; // of the connections
    size_t m_askedCount = 0;
    int m_connections = 0;
    int m_undecided = 0; // of the connections
    int m_waiting = 0;
    bool m_isRoomAwaited = false;
};

#endif // WSADMISSION_H
