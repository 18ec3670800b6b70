// SPDX-License-Identifier: MIT
#include <WsKit/wsconnection.h>

#include <WsKit/wsserver.h>

#include "net/wsconnection_p.h"
#include "net/wsthreadcontext.h"
#include "protocol/wsclosecode.h"

#include <QtCore/qjsonarray.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qjsonobject.h>
#include <QtCore/qmetaobject.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qsslsocket.h>

using std::chrono::steady_clock;

namespace {
quint64 nextId()
{
    static std::atomic<quint64> last{0};
    return ++last;
}

QByteArray toJson(const QJsonValue &value)
{
    if (value.isObject())
        return QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact);
    const bool isArray = value.isArray();
    const QByteArray json =
        QJsonDocument(isArray ? value.toArray() : QJsonArray{value}).toJson(QJsonDocument::Compact);
    return isArray ? json : json.sliced(1, json.size() - 2); // a scalar has no document of its own
}
} // namespace

WsLimits wsLimits(const WsOptions &options)
{
    return {quint64(options.maxMessageSize()), quint64(options.maxFrameSize()), options.maxFragments(),
            qsizetype(options.fragmentSize())};
}

WsConnectionPrivate::WsConnectionPrivate(WsRole ownRole) : role(ownRole), id(nextId()), protocol(ownRole) { }

WsLifeGuard::WsLifeGuard(WsConnectionPrivate *connection)
    : d(connection), outer(connection->guards), session(connection->session)
{
    d->guards = this;
}

WsLifeGuard::~WsLifeGuard()
{
    if (d)
        d->guards = outer;
}

WsConnection::WsConnection(std::unique_ptr<WsConnectionPrivate> data, QObject *parent)
    : QObject(parent), d(std::move(data))
{
    setOptions(WsOptions());
}

WsConnection::~WsConnection()
{
    if (d->state == Ws::Open && d->protocol.sendClose(Ws::GoingAway, {}) && d->transport)
        write();
    for (WsLifeGuard *guard = d->guards; guard; guard = guard->outer)
        guard->d = nullptr;
    WsThreadContext::current().forget(this);
    if (d->server)
        d->server->forget(this);
    d->transport.release(d->transport.pending() > 0);
}

// --- properties

Ws::State WsConnection::state() const
{
    return d->state;
}

QUrl WsConnection::url() const
{
    return d->url;
}

QString WsConnection::subprotocol() const
{
    return d->subprotocol;
}

QString WsConnection::extensions() const
{
    return d->extensions;
}

qint64 WsConnection::bufferedAmount() const
{
    return d->protocol.outputSize() + d->transport.pending();
}

bool WsConnection::paused() const
{
    return d->isPaused;
}

void WsConnection::setPaused(bool paused)
{
    if (!paused) {
        endPause();
        return;
    }
    if (d->isPaused || d->state == Ws::Closing)
        return;
    d->isPaused = true;
    d->deadlines.setReading(steady_clock::now(), false);
    Q_EMIT pausedChanged(true);
}

// What was held back is delivered from the event loop, not from within the call.
void WsConnection::endPause()
{
    if (!std::exchange(d->isPaused, false))
        return;
    d->deadlines.setReading(steady_clock::now(), true);
    scheduleDeadlines();
    pumpSoon();
    Q_EMIT pausedChanged(false);
}

quint16 WsConnection::closeCode() const
{
    return d->closeCode;
}

QString WsConnection::closeReason() const
{
    return d->closeReason;
}

quint64 WsConnection::id() const
{
    return d->id;
}

bool WsConnection::inBroadcasts() const
{
    return d->inBroadcasts;
}

void WsConnection::setInBroadcasts(bool takesPart)
{
    if (d->inBroadcasts == takesPart)
        return;
    d->inBroadcasts = takesPart;
    Q_EMIT inBroadcastsChanged(takesPart);
}

WsOptions WsConnection::options() const
{
    return d->options;
}

void WsConnection::setOptions(const WsOptions &options)
{
    d->options = options;
    d->highWaterMark = options.highWaterMark();
    d->maxBufferedAmount = options.maxBufferedAmount();
    d->protocol.setLimits(wsLimits(options));
    if (d->state == Ws::Open) {
        d->deadlines.setKeepAlive(steady_clock::now(), options.pingInterval(), options.pongTimeout());
        scheduleDeadlines();
    }
    Q_EMIT optionsChanged();
}

WsRequest WsConnection::request() const
{
    return d->request;
}

WsResponse WsConnection::response() const
{
    return d->response;
}

QHostAddress WsConnection::peerAddress() const
{
    return d->peerAddress;
}

quint16 WsConnection::peerPort() const
{
    return d->peerPort;
}

QHostAddress WsConnection::localAddress() const
{
    return d->localAddress;
}

quint16 WsConnection::localPort() const
{
    return d->localPort;
}

bool WsConnection::isEncrypted() const
{
    const auto *socket = qobject_cast<QSslSocket *>(d->transport.socket());
    return socket && socket->isEncrypted();
}

QSslConfiguration WsConnection::sslConfiguration() const
{
    const auto *socket = qobject_cast<QSslSocket *>(d->transport.socket());
    return socket ? socket->sslConfiguration() : QSslConfiguration();
}

bool WsConnection::isServerSide() const
{
    return d->role == WsRole::Server;
}

WsStatistics WsConnection::statistics() const
{
    WsStatistics statistics = d->statistics;
    statistics.wireBytesSent += d->protocol.writtenSize();
    return statistics;
}

QString WsConnection::errorString() const
{
    return d->errorString;
}

void WsConnection::setMessageHandler(MessageHandler handler)
{
    d->messageHandler = handler ? std::make_shared<MessageHandler>(std::move(handler)) : nullptr;
}

// --- sending

bool WsConnection::misuse(const char *text)
{
    d->errorString = QString::fromLatin1(text);
    return false;
}

bool WsConnection::mayQueue(qint64 size)
{
    if (d->state != Ws::Open)
        return misuse("the connection is not open");
    if (size > d->maxBufferedAmount - bufferedAmount())
        return misuse("more than maxBufferedAmount would be buffered");
    return true;
}

bool WsConnection::queueMessage(Ws::MessageType type, const QByteArray &payload)
{
    if (!mayQueue(payload.size()) || !d->protocol.sendMessage(type, payload))
        return false;
    ++d->statistics.messagesSent;
    d->statistics.payloadBytesSent += payload.size();
    afterQueueing();
    return true;
}

bool WsConnection::sendText(const QString &text)
{
    return queueMessage(Ws::Text, text.toUtf8());
}

bool WsConnection::sendText(QUtf8StringView utf8)
{
    return sendText(QByteArray(utf8.data(), utf8.size()));
}

bool WsConnection::sendText(const QByteArray &utf8)
{
    if (!wsIsValidUtf8(utf8))
        return misuse("the text is not UTF-8");
    return queueMessage(Ws::Text, utf8);
}

bool WsConnection::sendText(const char *utf8)
{
    return sendText(QByteArray(utf8));
}

bool WsConnection::sendBinary(const QByteArray &data)
{
    return queueMessage(Ws::Binary, data);
}

bool WsConnection::sendJson(const QJsonValue &value)
{
    if (value.isUndefined())
        return misuse("an undefined value has no JSON");
    return queueMessage(Ws::Text, toJson(value));
}

bool WsConnection::send(const WsMessage &message)
{
    return message.isText() ? sendText(message.data()) : sendBinary(message.data());
}

bool WsConnection::send(const WsPreparedMessage &message)
{
    if (message.isNull())
        return misuse("the prepared message is null");
    const qint64 size = message.size();
    if (!mayQueue(size) || !d->protocol.send(message))
        return false;
    ++d->statistics.messagesSent;
    d->statistics.payloadBytesSent += size;
    afterQueueing();
    return true;
}

bool WsConnection::broadcast(const WsMessage &message)
{
    if (!d->server)
        return misuse("only a server's connection has others to broadcast to");
    const WsPreparedMessage prepared(message);
    if (prepared.isNull())
        return misuse("the text is not UTF-8");
    d->server->broadcast(prepared, this);
    return true;
}

bool WsConnection::broadcast(const QString &text)
{
    return broadcast(WsMessage::text(text));
}

bool WsConnection::broadcast(const QByteArray &data)
{
    return broadcast(WsMessage::binary(data));
}

bool WsConnection::broadcast(const char *utf8)
{
    return broadcast(WsMessage::text(utf8));
}

bool WsConnection::ping(const QByteArray &payload)
{
    constexpr size_t MaxAwaitedPongs = 64;
    const QByteArray sent = payload.left(WsFrameHeader::MaxControlPayload);
    if (!mayQueue(sent.size()) || !d->protocol.sendPing(sent))
        return false;
    if (d->sentPings.size() == MaxAwaitedPongs)
        d->sentPings.pop_front();
    d->sentPings.push_back({sent, steady_clock::now()});
    afterQueueing();
    return true;
}

bool WsConnection::pong(const QByteArray &payload)
{
    if (!mayQueue(payload.size()) || !d->protocol.sendPong(payload))
        return false;
    afterQueueing();
    return true;
}

bool WsConnection::close(quint16 code, const QString &reason)
{
    if (code != Ws::NoStatus && !wsMayBeOnTheWire(code))
        return misuse("the close code is not one that may be sent");
    if (d->state == Ws::Connecting) {
        failOpening({});
        return true;
    }
    if (d->state != Ws::Open)
        return misuse("the connection is not open");
    d->protocol.sendClose(code, reason.toUtf8());
    d->deadlines.startClose(steady_clock::now(), d->options.closeTimeout());
    scheduleDeadlines();
    afterQueueing();
    WsLifeGuard guard(d.get());
    setState(Ws::Closing);
    if (guard)
        endPause(); // the peer's Close is behind what was held back
    return true;
}

void WsConnection::abort()
{
    finish(Ws::Abnormal, {}, false, true);
}

// --- who listens

// These two may be called from any thread and with Qt's locks held: who listens is found out later.
void WsConnection::connectNotify(const QMetaMethod &)
{
    d->areListenersKnown = false;
}

void WsConnection::disconnectNotify(const QMetaMethod &)
{
    d->areListenersKnown = false;
}

quint8 WsConnection::listeners()
{
    if (d->areListenersKnown.load(std::memory_order_acquire))
        return d->listeners;
    d->areListenersKnown = true; // first, so that a change meanwhile is not missed
    static const std::pair<QMetaMethod, quint8> signalFlags[] = {
        {QMetaMethod::fromSignal(&WsConnection::messageReceived), WsConnectionPrivate::Messages},
        {QMetaMethod::fromSignal(&WsConnection::textMessageReceived), WsConnectionPrivate::Texts},
        {QMetaMethod::fromSignal(&WsConnection::binaryMessageReceived), WsConnectionPrivate::Binaries},
        {QMetaMethod::fromSignal(&WsConnection::pinged), WsConnectionPrivate::Pings},
        {QMetaMethod::fromSignal(&WsConnection::bufferedAmountChanged), WsConnectionPrivate::Amounts}};
    d->listeners = 0;
    for (const auto &[signal, flag] : signalFlags)
        d->listeners = quint8(d->listeners | (isSignalConnected(signal) ? flag : 0));
    return d->listeners;
}
