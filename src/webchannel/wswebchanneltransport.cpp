// SPDX-License-Identifier: MIT
#include <WsKit/wswebchanneltransport.h>

#include "webchannel/wswebchannellog.h"

#include <QtCore/qjsondocument.h>
#include <QtCore/qjsonobject.h>
#include <QtCore/qpointer.h>
#include <QtCore/qthread.h>
#include <QtCore/qtimer.h>

#include <algorithm>
#include <limits>
#include <utility>

using namespace std::chrono_literals;

Q_LOGGING_CATEGORY(wsWebChannelLog, "wskit.webchannel", QtWarningMsg)

namespace {
// The types of messages of Qt's protocol, as qwebchannel.js numbers them.
enum Type : int {
    NoType = 0,
    FirstType = 1,
    PropertyUpdate = 2,
    Init = 3,
    Idle = 4,
    Debug = 5,
    InvokeMethod = 6,
    LastType = 10
};

constexpr qsizetype MaxQuoted = 40;
constexpr std::chrono::milliseconds LongestTimer{std::numeric_limits<int>::max()}; // almost 25 days

Type typeOf(const QJsonObject &message)
{
    const int type = message.value(QLatin1String("type")).toInt(NoType);
    return type >= FirstType && type <= LastType ? Type(type) : NoType;
}

// QWebChannel would log such a message as a whole.
bool lacksId(const QJsonObject &message)
{
    const Type type = typeOf(message);
    return (type == Init || type == InvokeMethod) && !message.contains(QLatin1String("id"));
}

// What an error shows of a message: its beginning, in one line.
QString quoted(const QByteArray &utf8)
{
    const QString text = QString::fromUtf8(utf8.left(4 * MaxQuoted));
    QString shown = text.left(MaxQuoted);
    for (QChar &character : shown)
        character = character.isPrint() ? character : QChar(QChar::ReplacementCharacter);
    const QLatin1String end(text.size() > shown.size() ? "...\"" : "\"");
    return u'"' + shown + end;
}
} // namespace

class WsWebChannelTransportPrivate
{
public:
    explicit WsWebChannelTransportPrivate(WsWebChannelTransport *transport) : q(transport) { }

    void attach(WsConnection *to);
    void end();
    void onMessage(const WsMessage &message);
    void onObject(const QJsonObject &object);
    void onNotSent(qsizetype size);
    void setIdleAwaited(bool isAwaited);
    void onIdleTick();
    void fail(Ws::ErrorKind kind, const QString &text, quint16 code, const QString &reason);

    WsWebChannelTransport *q;
    QPointer<WsConnection> connection;
    QTimer idleTimer;
    std::chrono::milliseconds idleTimeout = 30s;
    bool isIdleAwaited = true; // after a property update, and at first
    bool isLate = false;       // half of the timeout has passed
    bool isDelivering = false;
    bool hasFailed = false;
};

/*!
    \class WsWebChannelTransport
    \inmodule WsKit
    \inheaderfile WsKit/WsWebChannelTransport
    \brief Connects a QWebChannel to one client over a WsConnection.

    A program that publishes objects to all clients of a server uses WsWebChannelServer, which creates the
    transports. This class is for programs that decide for each connection:

    \snippet webchannel/tst_webchannel.cpp transport

    Link with \c WsKit::WebChannel. The peer is Qt's \c qwebchannel.js in a browser or in Node.js; Qt has no
    client of a web channel in C++. The connection can be of either role: with a WsClient, the program that
    publishes the objects is the one that connects, for example to a relay.

    The messages of the channel are JSON objects, sent as text messages. A message of the peer that is
    anything else is an error: errorOccurred() quotes its beginning, and the connection is closed, with
    Ws::UnsupportedData (1003) after a binary message, and otherwise with Ws::InvalidPayload (1007).
    WsOptions::maxMessageSize limits the size of a message as always. The texts that a page passes to
    \c channel.debug() are dropped, because QWebChannel writes them to the standard output.

    A web channel cannot lose a message without its two sides getting out of step. So if the peer reads more
    slowly than the program sends, and a message would exceed WsOptions::maxBufferedAmount, errorOccurred()
    reports Ws::ErrorKind::Overflow, and the connection is closed with Ws::PolicyViolation (1008). A client
    that does not answer property updates at all is what setIdleTimeout() is for.

    A transport lasts as long as the connection is open. After that ended() is emitted, connection() is null,
    and what the channel sends is dropped. For the next opening of a WsClient, create another transport.

    The transport, its connection and the QWebChannel must live in the same thread. A connection that lives in
    another thread, as those of a server with a WsServer::threadCount do, is refused: a warning is logged, and
    connection() is null.

    \sa WsWebChannelServer, {Web Channels}
*/

/*!
    Constructs a transport over \a connection, which remains the caller's.

    If there is no \a parent, the connection becomes the parent, so that the transport is deleted with it.
    Call QWebChannel::connectTo() before control returns to the event loop, so that no message is missed.
*/
WsWebChannelTransport::WsWebChannelTransport(WsConnection *connection, QObject *parent)
    : QWebChannelAbstractTransport(parent), d(std::make_unique<WsWebChannelTransportPrivate>(this))
{
    if (!connection) {
        qCWarning(wsWebChannelLog, "WsWebChannelTransport: there is no connection");
    } else if (connection->thread() != thread()) {
        qCWarning(
            wsWebChannelLog,
            "WsWebChannelTransport: connection %llu lives in another thread; a web channel, its transports "
            "and their connections live in one",
            connection->id());
    } else {
        if (!parent)
            setParent(connection);
        d->attach(connection);
    }
}

/*! Destroys the transport. The channel forgets it; the connection stays open. */
WsWebChannelTransport::~WsWebChannelTransport() = default;

/*!
    \property WsWebChannelTransport::connection
    \brief the connection, or null after it has ended, or if it was refused.
*/
WsConnection *WsWebChannelTransport::connection() const
{
    return d->connection;
}

/*!
    Returns how long the client may take to answer a property update. The default is 30 seconds.

    \sa setIdleTimeout()
*/
std::chrono::milliseconds WsWebChannelTransport::idleTimeout() const
{
    return d->idleTimeout;
}

/*!
    Sets to \a timeout how long the client may take until it is ready for property updates: at first, and
    again after each of them. 0 means any time.

    QWebChannel sends no update before the client has said that it has processed the last one
    (\c qwebchannel.js does so immediately). Meanwhile it keeps every further update for this client, without
    any limit, so that a client that stays silent would make the program's memory grow as long as it is
    connected. After the timeout errorOccurred() reports Ws::ErrorKind::Timeout, and the connection is closed
    with Ws::PolicyViolation (1008). A page that is stopped in a debugger is cut in this way, too. The time
    for which a slot that the client has called runs an event loop does not count.
*/
void WsWebChannelTransport::setIdleTimeout(std::chrono::milliseconds timeout)
{
    d->idleTimeout = std::max(timeout, 0ms);
    d->setIdleAwaited(d->isIdleAwaited);
}

/*!
    Sends \a message to the client. QWebChannel calls this function.

    The message is dropped if the connection is not open.
*/
void WsWebChannelTransport::sendMessage(const QJsonObject &message)
{
    if (QThread::currentThread() != thread()) {
        qCWarning(wsWebChannelLog,
                  "WsWebChannelTransport: the transport and its web channel live in different "
                  "threads; a message was dropped");
        return;
    }
    if (!d->connection || d->connection->state() != Ws::Open)
        return;
    const QByteArray text = QJsonDocument(message).toJson(QJsonDocument::Compact);
    const QPointer<WsWebChannelTransport> guard(this);
    const bool isSent = d->connection->sendText(text);
    if (guard && !isSent)
        d->onNotSent(text.size());
    else if (guard && typeOf(message) == PropertyUpdate)
        d->setIdleAwaited(true);
}

/*!
    \fn void WsWebChannelTransport::errorOccurred(const WsError &error)
    \brief Emitted when the channel cannot go on over this connection. The connection is closing.

    The kind of \a error is Ws::ErrorKind::Protocol after a message that belongs to no web channel,
    Ws::ErrorKind::Overflow if the client reads too slowly, and Ws::ErrorKind::Timeout if it does not answer
    property updates. Errors of the connection itself are reported by WsConnection::errorOccurred().
*/

/*!
    \fn void WsWebChannelTransport::ended()
    \brief Emitted when the connection has closed, or is deleted.

    Connect it to QObject::deleteLater() if nothing else deletes the transport.
*/

// --- the connection

void WsWebChannelTransportPrivate::attach(WsConnection *to)
{
    connection = to;
    QObject::connect(to, &WsConnection::messageReceived, q,
                     [this](const WsMessage &message) { onMessage(message); });
    QObject::connect(to, &WsConnection::closed, q, [this] { end(); });
    QObject::connect(to, &WsConnection::opened, q, [this] { setIdleAwaited(true); });
    QObject::connect(to, &QObject::destroyed, q, [this] { end(); });
    QObject::connect(&idleTimer, &QTimer::timeout, q, [this] { onIdleTick(); });
    setIdleAwaited(true);
}

void WsWebChannelTransportPrivate::end()
{
    idleTimer.stop();
    if (connection)
        connection->disconnect(q);
    connection = nullptr;
    Q_EMIT q->ended();
}

void WsWebChannelTransportPrivate::fail(Ws::ErrorKind kind, const QString &text, quint16 code,
                                        const QString &reason)
{
    hasFailed = true;
    idleTimer.stop();
    qCDebug(wsWebChannelLog, "connection %llu is closed with %d: %s", connection->id(), code,
            qUtf8Printable(reason));
    const QPointer<WsWebChannelTransport> guard(q);
    connection->close(code, reason);
    if (guard)
        Q_EMIT q->errorOccurred(WsError(kind, text, code));
}

// --- receiving

void WsWebChannelTransportPrivate::onMessage(const WsMessage &message)
{
    if (hasFailed)
        return;
    const QByteArray &data = message.data();
    if (!message.isText()) {
        const QByteArray start = data.left(8).toHex(' ');
        fail(Ws::ErrorKind::Protocol,
             QStringLiteral("a binary message of %1 bytes (%2): a web channel has text messages only")
                 .arg(data.size())
                 .arg(QLatin1String(data.size() > 8 ? start + " ..." : start)),
             Ws::UnsupportedData, QStringLiteral("binary message on a web channel"));
        return;
    }
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(data, &error);
    if (error.error != QJsonParseError::NoError) {
        fail(Ws::ErrorKind::Protocol,
             QStringLiteral("a message that is not JSON (%1 at byte %2 of %3): %4")
                 .arg(error.errorString(), QString::number(error.offset), QString::number(data.size()),
                      quoted(data)),
             Ws::InvalidPayload, QStringLiteral("not JSON"));
    } else if (typeOf(document.object()) == NoType) {
        fail(Ws::ErrorKind::Protocol,
             QStringLiteral("a message that is not an object with a \"type\" from 1 to 10: ") + quoted(data),
             Ws::InvalidPayload, QStringLiteral("not a message of a web channel"));
    } else if (lacksId(document.object())) {
        fail(Ws::ErrorKind::Protocol,
             QStringLiteral("a message without the \"id\" for its answer: ") + quoted(data),
             Ws::InvalidPayload, QStringLiteral("not a message of a web channel"));
    } else {
        onObject(document.object());
    }
}

void WsWebChannelTransportPrivate::onObject(const QJsonObject &object)
{
    const Type type = typeOf(object);
    if (type == Debug) { // a client has no business on our standard output
        qCDebug(wsWebChannelLog, "connection %llu: a debug message was dropped", connection->id());
        return;
    }
    if (type == Idle)
        setIdleAwaited(false);
    const QPointer<WsWebChannelTransport> guard(q);
    const bool wasDelivering = std::exchange(isDelivering, true);
    Q_EMIT q->messageReceived(object, q);
    if (guard)
        isDelivering = wasDelivering;
}

// --- clients that do not follow

void WsWebChannelTransportPrivate::onNotSent(qsizetype size)
{
    if (hasFailed)
        return;
    fail(Ws::ErrorKind::Overflow,
         QStringLiteral("a message of %1 bytes could not be sent (%2), and a web channel must not lose one")
             .arg(QString::number(size), connection->errorString()),
         Ws::PolicyViolation, QStringLiteral("too slow"));
}

// Two ticks make the timeout, so that a thread that was busy reads what has arrived before the second.
void WsWebChannelTransportPrivate::setIdleAwaited(bool isAwaited)
{
    isIdleAwaited = isAwaited;
    isLate = false;
    if (isAwaited && idleTimeout > 0ms && !hasFailed && connection && connection->state() == Ws::Open)
        idleTimer.start(std::min(idleTimeout / 2, LongestTimer));
    else
        idleTimer.stop();
}

void WsWebChannelTransportPrivate::onIdleTick()
{
    if (isDelivering || !std::exchange(isLate, true))
        return;
    fail(
        Ws::ErrorKind::Timeout,
        QStringLiteral("the client was not ready for property updates within %1 ms").arg(idleTimeout.count()),
        Ws::PolicyViolation, QStringLiteral("not ready for property updates"));
}
