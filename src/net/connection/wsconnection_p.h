// SPDX-License-Identifier: MIT
#ifndef WSCONNECTION_P_H
#define WSCONNECTION_P_H

#include "net/connection/wsconnectionowner.h"
#include "net/connection/wsconnectionthreads.h"
#include "net/connection/wscounters.h"
#include "net/connection/wsdelivery.h"
#include "net/connection/wslife.h"
#include "net/connection/wslifeguard.h"
#include "net/connection/wslink.h"
#include "net/connection/wsreopener.h"
#include "net/connection/wsreplays.h"
#include "net/connection/wssending.h"
#include "net/connection/wsskips.h"
#include "net/connection/wstally.h"
#include "net/connection/wswaiting.h"
#include "protocol/wshandshake.h"

#include <WsKit/wsconnection.h>

#include <QtCore/qhash.h>
#include <QtCore/qloggingcategory.h>
#include <QtNetwork/qsslconfiguration.h>

#include <atomic>
#include <memory>
#include <optional>
#include <utility>

WsLimits wsLimits(const WsOptions &options);

// What a server knows of a request besides its head; most requests have nothing of it.
struct WsRequestDetails
{
    QVariantMap parameters; // of the path
    QString user;
    QHostAddress proxyAddress;
    QByteArray host; // that the client has sent the request to, if a trusted proxy says so
    QByteArray body;

    bool isEmpty() const
    {
        return parameters.isEmpty() && user.isEmpty() && proxyAddress.isNull() && host.isEmpty()
               && body.isEmpty();
    }
};

// How a server passes a connection to the application.
enum class WsHandover : quint8 {
    Announced, // by newConnection() alone; the server owns it
    Pending,   // it waits for nextPendingConnection()
    Taken      // nextPendingConnection() has returned it; the caller owns it
};

// The implementation of WsConnection: its parts, each with one subject, and the values that they share.
class WsConnectionPrivate
{
public:
    explicit WsConnectionPrivate(WsRole ownRole);
    virtual ~WsConnectionPrivate();
    Q_DISABLE_COPY_MOVE(WsConnectionPrivate)

    static WsConnectionPrivate *of(WsConnection *connection) { return connection->d.get(); }
    static const WsConnectionPrivate *of(const WsConnection *connection) { return connection->d.get(); }

    static WsConnection *createServerEnd() { return new WsConnection; }

    void setOptions(const WsOptions &options);
    void storeEndpoints();
    void storeEncryption();
    bool isEncryptedNow() const;
    // Keeps the certificates of a peer with which the opening fails.
    void storePeerCertificates();
    // Both store why a call was refused, and return false. misuse() is for mistakes of the program. It logs a
    // warning, because the program may not check the result. decline() is for what also happens to correct
    // programs, for example that the peer has just gone, and logs a debug line.
    bool misuse(const char *text);
    bool misuse(const QString &text);
    bool misuse(const QString &text, const QLoggingCategory &category);
    bool decline(const char *text);
    bool isSignalConnected(const QMetaMethod &signal) const { return q->isSignalConnected(signal); }
    void afterClosed() { q->afterClosed(); }
    // Counts the connection's socket, which may outlive it, until the result is destroyed.
    std::shared_ptr<void> keepPlace() const { return owner ? owner->keepPlace(q) : nullptr; }

    // Implemented differently for a client and for a server's connection.
    virtual QUrl url() const;
    std::optional<QSslCertificate> peerCertificate() const; // none without TLS
    virtual WsRequest request() const;

    // Of TLS; each may delete the connection.
    virtual void onAlert(const WsAlert &alert);
    virtual WsLateAlerts lateAlerts();
    virtual void onSessionTicket() { }

    // It is about to move to another thread.
    virtual void onLeaving() { }

    // A value that the connection's thread writes with store(), and any thread reads with read(), which takes
    // no lock in the connection's own thread.
    template <typename T, typename U>
    void store(T &member, U &&value)
    {
        const QMutexLocker locker(&threads.mutex());
        member = std::forward<U>(value);
    }
    template <typename T>
    T read(const T &member) const
    {
        if (threads.isOwnThread())
            return member;
        const QMutexLocker locker(&threads.mutex());
        return member;
    }

    WsConnection *q = nullptr;
    const WsRole role;
    const quint64 id;

    WsConnectionThreads threads{*this};
    WsLink link;
    WsLife life{*this};
    WsSending sending{*this};
    WsSkips skips{*this};
    WsDelivery delivery{*this};
    WsWaiting waiting{*this};

    WsCounters counters;
    WsTally *tally = nullptr; // of the owner
    WsTime acceptedAt;        // of a server's end; or when its latest request has begun
    WsReopener *reopener = &WsReopener::none();
    std::shared_ptr<WsConnectionOwner> owner;          // of a server's end, until it has ended
    qsizetype ownerIndex = -1;                         // in the list of that
    std::unique_ptr<QHash<QString, qsizetype>> topics; // subscribed to, with the place in the list of each
    std::unique_ptr<WsReplays> replays;                // null until it asks for one
    std::atomic<WsReplays *> sharedReplays{nullptr};   // the same for other threads

    // To be read by read().
    WsOptions options;
    QString subprotocol;
    QString extensions;
    QString errorString; // written by any thread, with the lock
    WsEndpoints endpoints;
    QByteArray requestHead; // on a server: as it was received, which takes the least memory
    std::shared_ptr<const WsRequestDetails> requestDetails; // null if there are none
    WsResponse response;
    std::optional<QSslConfiguration> sslConfiguration; // once the peer has shown a certificate, or encrypts

    std::atomic<WsHandover> handover{WsHandover::Announced}; // only the server's thread writes
    std::atomic<bool> inBroadcasts{true};
    // Of a server's end: whether the client uses TLS, if a trusted proxy says so. Else the transport knows.
    std::optional<bool> toldEncryption;
    QHostAddress countedAddress; // of a server's end: in the limits per address; only its thread uses it
    std::atomic<bool> isEncrypted{false};
    std::atomic<bool> isRequestEncrypted{false};
};

inline WsLifeGuard::operator bool() const
{
    return m_connection && m_connection->life.session() == m_session;
}

inline bool WsLifeGuard::isStillIn(const WsOpening *opening) const
{
    return bool(*this) && m_connection->life.opening() == opening;
}

#endif // WSCONNECTION_P_H
