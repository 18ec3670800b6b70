// SPDX-License-Identifier: MIT
#ifndef WSCONNECTIONOWNER_H
#define WSCONNECTIONOWNER_H

#include <QtCore/qglobal.h>

#include <functional>
#include <memory>
#include <optional>

QT_BEGIN_NAMESPACE
class QString;
QT_END_NAMESPACE

class WsConnection;
class WsPreparedMessage;
struct WsAlert;
struct WsEndpoints;
class WsReplayRequest;
struct WsHistoryId;

// The interface by which a server's connection reports to the object that has it in a list. All functions but
// broadcast() and onTotalExceeded() are called in the connection's thread.
class WsConnectionOwner
{
public:
    virtual ~WsConnectionOwner() = default;

    // closed() has been emitted.
    virtual void onEnded(WsConnection *connection) = 0;
    // The connection is being deleted by the application.
    virtual void onDeleted(WsConnection *connection) = 0;
    // The connection moves to another thread, and has arrived there. The owner may be a different one by
    // then.
    virtual void onDeparting(WsConnection *connection) = 0;
    virtual void onArrived(WsConnection *connection) = 0;
    // TLS of a connection with this \a client has sent or received an alert.
    virtual void onAlert(const WsEndpoints &client, const WsAlert &alert) = 0;
    // What reports those that are sent when the connection has ended; null if nobody wants to know.
    virtual std::function<void(const WsAlert &)> lateAlerts(const WsEndpoints &client) = 0;
    // Counts the connection's socket, which outlives it, until the result is destroyed.
    virtual std::shared_ptr<void> keepPlace(const WsConnection *connection) = 0;
    // All connections together have more queued than the server allows. From any thread.
    virtual void onTotalExceeded() = 0;
    // It has missed so many messages of \a topic, or broadcasts if that is empty.
    virtual void onSkipped(WsConnection *connection, const QString &topic, qint64 count) = 0;
    // Wants a part of the history of a topic, and has got all that there is. Without a position, it is not
    // known where the history ends.
    virtual void readHistory(const std::shared_ptr<WsReplayRequest> &request) = 0;
    // The era that the broker of now has begun: what older messages are in is no concern of a new subscriber.
    virtual quint64 historyEra() const = 0;
    // Its first one. Messages of older ones were kept by another broker, or by none.
    virtual quint64 brokerEra() const = 0;
    virtual void onReplayed(WsConnection *connection, const QString &topic,
                            const std::optional<WsHistoryId> &position, bool isComplete) = 0;
    // To all other connections. From any thread.
    virtual void broadcast(const WsPreparedMessage &message, const WsConnection *except) = 0;
};

#endif // WSCONNECTIONOWNER_H
