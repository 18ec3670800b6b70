// SPDX-License-Identifier: MIT

// How a WsConnection receives, sends and ends; what its user calls is in wsconnection.cpp.

#include <WsKit/wsconnection.h>

#include "net/connection/wsconnection_p.h"
#include "net/loop/wslogging.h"
#include "net/connection/wsmessagestream_p.h"
#include "net/server/wsserverthread.h"
#include "net/socket/wssocketerror.h"
#include "net/loop/wsthreadcontext.h"
#include "protocol/wsutf8.h"

#include <QtNetwork/qsslsocket.h>

#include <algorithm>

using namespace std::chrono;

namespace {
// What one pump reads before the other connections have their turn.
constexpr int MaxReadsPerPump = 16;
// From this amount on the system is asked to take it before the turn of the event loop ends.
constexpr qint64 EagerWriteFrom = 64 * 1024;

// Never null: QML takes a null array for an ArrayBuffer that is no more.
QByteArray copyOf(QByteArrayView payload)
{
    return payload.isEmpty() ? QByteArray("", 0) : payload.toByteArray();
}
} // namespace

QHostAddress wsUnmapped(const QHostAddress &address)
{
    bool isIPv4 = false;
    const quint32 ipv4 = address.toIPv4Address(&isIPv4);
    return isIPv4 ? QHostAddress(ipv4) : address;
}

// --- the opening

void WsConnection::startOpening()
{
    if (d->isPumping)
        d->retiredProtocols.push_back(std::move(d->protocol));
    d->protocol = WsProtocol(d->role, wsLimits(d->options));
    d->context = &WsThreadContext::current();
    d->sentPings.clear();
    d->counters.reset();
    d->store(d->response, WsResponse());
    d->closeCode = Ws::NoStatus;
    d->store(d->closeReason, QString());
    d->store(d->errorString, QString());
    d->amount.set(0);
    d->isHeldBack = d->hasFailed = d->isWriteShut = d->isBehind = false;
    updateStreaming();
    if (d->pulling)
        d->pulling->clear(); // what an earlier connection brought
    d->deadlines.setReading(steady_clock::now(), !d->isPaused);
    d->unreportedBytes = d->reportedAmount = 0;
    d->hasOpeningOutput = true;
    d->deadlines.startHandshake(steady_clock::now(), d->options.handshakeTimeout());
    scheduleDeadlines();
    setState(Ws::Connecting);
}

void WsConnection::attachSocket(QAbstractSocket *socket, bool isDirect)
{
    d->transport.setSocket(socket, isDirect ? WsTransport::Mode::Direct : WsTransport::Mode::Buffered);
    connect(socket, &QIODevice::readyRead, this, &WsConnection::pump);
    connect(socket, &QIODevice::bytesWritten, this, &WsConnection::flush);
    connect(socket, &QAbstractSocket::disconnected, this, &WsConnection::onTransportEnd);
    connect(socket, &QAbstractSocket::errorOccurred, this, &WsConnection::onSocketError);
    if (auto *sslSocket = qobject_cast<QSslSocket *>(socket))
        connect(sslSocket, &QSslSocket::encryptedBytesWritten, this, &WsConnection::flush);
}

void WsConnection::storeAddresses()
{
    const QAbstractSocket *socket = d->transport.socket();
    d->store(d->peerAddress, wsUnmapped(socket->peerAddress()));
    d->store(d->localAddress, wsUnmapped(socket->localAddress()));
    d->store(d->peerPort, socket->peerPort());
    d->store(d->localPort, socket->localPort());
}

void WsConnection::establish(const WsAgreement &agreement, const QByteArray &rest)
{
    const std::unique_ptr<WsOpening> opening = std::move(d->opening);
    d->deadlines.startOpen(steady_clock::now(), d->options.pingInterval(), d->options.pongTimeout());
    scheduleDeadlines();
    if (agreement.deflate)
        d->protocol.setDeflate(*agreement.deflate, d->options.compression());
    if (!rest.isEmpty())
        d->protocol.receive(rest);
    const QString extensions = QString::fromLatin1(agreement.extensions);
    const bool hasOtherExtensions = d->extensions != extensions;
    const bool hasOtherSubprotocol = d->subprotocol != agreement.subprotocol;
    d->store(d->extensions, extensions);
    d->store(d->subprotocol, agreement.subprotocol);
    if (const auto *socket = qobject_cast<QSslSocket *>(d->transport.socket())) {
        d->isEncrypted = socket->isEncrypted();
        d->store(d->sslConfiguration, socket->sslConfiguration());
    }
    d->state = Ws::Open;
    WsLifeGuard guard(d.get());
    opening->onEstablished();
    if (guard && !d->isAnnouncing)
        tellOpened(hasOtherSubprotocol, hasOtherExtensions);
}

void WsConnection::tellOpened(bool hasOtherSubprotocol, bool hasOtherExtensions)
{
    WsLifeGuard guard(d.get());
    if (guard && hasOtherSubprotocol)
        Q_EMIT subprotocolChanged(d->subprotocol);
    if (guard && hasOtherExtensions)
        Q_EMIT extensionsChanged(d->extensions);
    if (guard && d->state == Ws::Open) // unless a slot has closed it
        Q_EMIT stateChanged(Ws::Open);
    if (guard && d->state == Ws::Open)
        Q_EMIT opened();
    if (guard && !d->isPumping)
        pump();
}

// The server's thread has told of it.
void WsConnection::endAnnouncing()
{
    d->isAnnouncing = false;
    if (d->isEndHeld && !hasUnread())
        completeEnd();
    else
        tellOpened(!d->subprotocol.isEmpty(), !d->extensions.isEmpty());
}

void WsConnection::failOpening(const WsError &error, quint16 closeCode)
{
    WsLifeGuard guard(d.get());
    if (error.kind() != Ws::ErrorKind::None)
        report(error);
    if (guard)
        finish(closeCode, {}, false, true);
}

void WsConnection::setState(Ws::State state)
{
    if (d->state == state)
        return;
    d->state = state;
    Q_EMIT stateChanged(state);
}

// --- receiving

bool WsConnection::isReading() const
{
    if (d->opening)
        return d->opening->isReading();
    if (d->isAnnouncing)
        return false;
    // Two ends that both had much to send would wait for each other for ever: the client reads on.
    const bool isHeldBack = d->isHeldBack && d->role == WsRole::Server;
    if (d->state == Ws::Open)
        return !d->isPaused && !isHeldBack && !d->isBehind && !d->holdsMessages;
    return d->state == Ws::Closing;
}

void WsConnection::pump()
{
    d->isPumpWanted = d->isPumping;
    if (d->isPumping || !d->transport)
        return;
    if (d->isWriting) { // Qt reads within a write of TLS
        pumpSoon();
        return;
    }
    const WsSocketCall call;
    WsThreadContext &context = call.context();
    WsLifeGuard guard(d.get());
    d->isPumping = true;
    d->pumpTurn = context.turn();
    context.beginPump(this);
    deliverEvents(guard);
    bool mayHaveMore = true;
    for (int reads = 0; guard && mayHaveMore && reads < MaxReadsPerPump && isReading(); ++reads) {
        d->pumpTurn = context.turn();
        mayHaveMore = readOnce(context);
        if (guard)
            deliverEvents(guard);
        // Qt tells nothing of bytes that came while a slot ran an event loop of its own.
        mayHaveMore = mayHaveMore || (guard && d->pumpTurn != context.turn());
    }
    context.endPump();
    if (!guard.lives())
        return;
    d->isPumping = false;
    d->isPumpWanted = d->isPumpWanted || (guard && mayHaveMore && isReading());
    d->retiredProtocols.clear();
    flush();
    if (guard.lives() && d->isPumpWanted)
        pumpSoon();
}

void WsConnection::pumpSoon()
{
    if (std::exchange(d->isPumpScheduled, true))
        return;
    const auto pumpNow = [this] {
        d->isPumpScheduled = false;
        pump();
    };
    QMetaObject::invokeMethod(this, pumpNow, Qt::QueuedConnection);
}

// One write follows for all that the pump produces, unless a slot runs an event loop of its own.
bool WsConnection::isFlushedByPump() const
{
    return d->isPumping && d->pumpTurn == WsThreadContext::current().turn();
}

// Returns whether there may be more to read at once.
bool WsConnection::readOnce(WsThreadContext &context)
{
    if (!d->transport)
        return false;
    QByteArray buffer = context.takeReadBuffer();
    const qint64 size = d->transport.read(buffer.data(), buffer.size());
    if (size <= 0) {
        context.giveReadBuffer(std::move(buffer));
        if (size < 0)
            takeEnd();
        return false;
    }
    const bool mayHaveMore = size == buffer.size() || d->transport.mode() == WsTransport::Mode::Buffered;
    d->deadlines.heard(steady_clock::now());
    d->counters.wireBytesReceived.add(size);
    buffer.truncate(size);
    takeBytes(std::move(buffer)); // which may open the connection, and a slot then delete it
    return mayHaveMore;
}

void WsConnection::takeBytes(QByteArray bytes)
{
    if (d->opening)
        d->opening->onBytes(std::move(bytes));
    else
        d->protocol.receive(std::move(bytes));
}

void WsConnection::takeEnd()
{
    if (d->opening)
        d->opening->onEnd();
    else
        d->protocol.receiveEof();
}

void WsConnection::deliverEvents(WsLifeGuard &guard)
{
    while (guard && !d->opening && isReading()) {
        const WsEvent event = d->protocol.nextEvent();
        if (event.type == WsEvent::NeedsBytes) {
            WsThreadContext::current().giveReadBuffer(d->protocol.takeSpentBytes());
            return;
        }
        deliver(event);
    }
}

void WsConnection::deliver(const WsEvent &event)
{
    switch (event.type) {
    case WsEvent::NeedsBytes:
        break;
    case WsEvent::Message:
        deliverMessage(event);
        break;
    case WsEvent::MessageStart:
        startStream(event.messageType);
        break;
    case WsEvent::MessageData:
        continueStream(event.payload);
        break;
    case WsEvent::MessageEnd:
        endStream();
        break;
    case WsEvent::Ping:
        if (listeners() & WsConnectionPrivate::Pings)
            Q_EMIT pinged(copyOf(event.payload));
        break;
    case WsEvent::Pong:
        deliverPong(copyOf(event.payload));
        break;
    case WsEvent::Close:
        onPeerClose(event);
        break;
    case WsEvent::Eof:
        onEof();
        break;
    case WsEvent::Failure:
        onFailure();
        break;
    }
}

void WsConnection::deliverMessage(const WsEvent &event)
{
    d->counters.messagesReceived.add(1);
    d->counters.payloadBytesReceived.add(event.payload.size());
    if (d->isPulled.load(std::memory_order_relaxed)) {
        startPulling();
        pullMessage(WsMessage(event.messageType, d->protocol.takePayload()));
        return;
    }
    if (const MessageHandler *handler = d->messageHandler.get()) {
        (*handler)(*this, event.messageType, event.payload);
        return;
    }
    const bool isText = event.messageType == Ws::Text;
    const quint8 wanted = listeners();
    const bool wantsString = isText && (wanted & WsConnectionPrivate::Texts);
    const bool wantsArray = !isText && (wanted & WsConnectionPrivate::Binaries);
    const bool wantsMessage = wanted & WsConnectionPrivate::Messages;
    const QString text = wantsString ? wsStringFromUtf8(event.payload) : QString();
    const QByteArray data = wantsArray || wantsMessage ? d->protocol.takePayload() : QByteArray();
    WsLifeGuard guard(d.get());
    if (wantsMessage)
        Q_EMIT messageReceived(WsMessage(event.messageType, data));
    if (guard && wantsString)
        Q_EMIT textMessageReceived(text);
    if (guard && wantsArray)
        Q_EMIT binaryMessageReceived(data);
}

void WsConnection::deliverPong(const QByteArray &payload)
{
    qint64 roundTripUs = -1;
    const auto ping = std::find_if(d->sentPings.begin(), d->sentPings.end(),
                                   [&](const WsSentPing &sent) { return sent.payload == payload; });
    if (ping != d->sentPings.end()) {
        roundTripUs = duration_cast<microseconds>(steady_clock::now() - ping->time).count();
        d->counters.roundTripUs.set(roundTripUs);
        // RFC 6455 §5.5.3: a pong may answer only the latest of several pings.
        d->sentPings.erase(d->sentPings.begin(), ping + 1);
    }
    Q_EMIT pongReceived(payload, roundTripUs);
}

void WsConnection::onPeerClose(const WsEvent &event)
{
    d->closeCode = event.closeCode;
    d->store(d->closeReason, wsStringFromUtf8(event.payload));
    if (d->state == Ws::Open) {
        d->deadlines.startClose(steady_clock::now(), d->options.closeTimeout());
        scheduleDeadlines();
    }
    setState(Ws::Closing); // the rest follows when our answer is written
}

void WsConnection::onEof()
{
    if (d->protocol.isCloseComplete() || d->hasFailed) {
        finishClosing(false);
        return;
    }
    WsLifeGuard guard(d.get());
    report(wsConnectionLost(d->transport.socket()));
    if (guard)
        finish(Ws::Abnormal, {}, false, true);
}

void WsConnection::onFailure()
{
    const WsFailure failure = d->protocol.failure();
    d->hasFailed = true;
    d->deadlines.startClose(steady_clock::now(), d->options.closeTimeout());
    scheduleDeadlines();
    WsLifeGuard guard(d.get());
    setState(Ws::Closing);
    if (guard)
        report(WsError(failure.kind, failure.text, failure.closeCode));
}

void WsConnection::fail(Ws::ErrorKind kind, quint16 closeCode, const QString &text)
{
    d->protocol.fail(kind, closeCode, text);
    onFailure();
}

void WsConnection::onSocketError()
{
    const WsSocketCall call;
    const QAbstractSocket *socket = d->transport.socket();
    if (socket->error() == QAbstractSocket::SocketTimeoutError
        && socket->state() == QAbstractSocket::ConnectedState)
        return; // it was waited for in vain, which is no end
    if (d->opening && !d->isWriting && socket->error() != QAbstractSocket::RemoteHostClosedError)
        d->opening->onFailure(wsSocketError(*socket));
    else
        onTransportEnd();
}

// What is still to be sent is lost; what was received is delivered before the end is.
void WsConnection::onTransportEnd()
{
    if (d->isWriting) {
        QMetaObject::invokeMethod(this, &WsConnection::onTransportEnd, Qt::QueuedConnection);
        return;
    }
    if (!d->transport)
        return;
    const WsSocketCall call;
    WsLifeGuard guard(d.get());
    d->transport.noteEnd();
    flush();
    if (guard)
        pump();
}

// --- sending

void WsConnection::afterQueueing()
{
    if (d->protocol.outputSize() >= EagerWriteFrom)
        write();
    const qint64 amount = queuedAmount();
    d->amount.set(amount);
    if (amount > d->highWaterMark)
        d->isHeldBack = true;
    if (!isFlushedByPump())
        WsThreadContext::current().scheduleFlush(this);
}

void WsConnection::write()
{
    if (std::exchange(d->isWriting, true))
        return; // Qt tells within a write of TLS what it has written
    const qint64 before = d->protocol.writtenSize();
    qint64 written = before;
    do {
        written = d->protocol.writtenSize();
        if (WsOutput &output = d->protocol.output(); !output.isEmpty())
            d->transport.write(output);
    } while (d->protocol.writtenSize() != written);
    d->isWriting = false;
    d->amount.set(queuedAmount());
    if (written == before)
        return;
    d->counters.wireBytesSent.set(written);
    d->unreportedBytes += written - before;
    if (d->isHeldBack)
        d->deadlines.heard(steady_clock::now()); // its pong is not read, but the peer takes bytes
}

void WsConnection::flush()
{
    if (!d->transport || d->isWriting || isFlushedByPump())
        return;
    const WsSocketCall call;
    write();
    WsLifeGuard guard(d.get());
    reportWritten();
    if (!guard || queuedAmount() > 0)
        return;
    if (d->opening)
        d->opening->onWritten();
    else if (d->state == Ws::Closing)
        continueClosing();
    else if (std::exchange(d->hasOpeningOutput, false))
        d->protocol.squeeze(); // it was larger than most of what follows
}

void WsConnection::reportWritten()
{
    const qint64 amount = queuedAmount();
    if (amount > d->highWaterMark)
        d->isHeldBack = true;
    const bool hasDrained = d->isHeldBack && amount <= d->highWaterMark / 2;
    if (hasDrained)
        d->isHeldBack = false;
    WsLifeGuard guard(d.get());
    if (d->unreportedBytes > 0)
        Q_EMIT bytesWritten(std::exchange(d->unreportedBytes, 0));
    if (guard && (listeners() & WsConnectionPrivate::Amounts) && d->reportedAmount != amount) {
        d->reportedAmount = amount;
        Q_EMIT bufferedAmountChanged(amount);
    }
    if (guard && hasDrained)
        Q_EMIT drained();
    if (guard && hasDrained)
        pumpSoon();
}

// --- ending

// The Close frames that were to be written are written.
void WsConnection::continueClosing()
{
    if (d->role == WsRole::Client)
        return; // RFC 6455 §7.1.1: the server closes TCP first
    if (d->protocol.isCloseComplete()) {
        finishClosing(false);
    } else if (d->hasFailed && !d->isWriteShut) {
        // Closed at once, the system would answer what the peer still sends with a reset, and the
        // peer might never read why.
        d->isWriteShut = true;
        d->transport.shutdownWrite();
    }
}

void WsConnection::scheduleDeadlines()
{
    if (d->deadlines.next() != WsTime::max())
        WsThreadContext::current().scheduleCheck(this, d->deadlines.next());
}

void WsConnection::checkDeadlines(steady_clock::time_point now)
{
    if (d->isPumping || d->isAnnouncing)
        d->deadlines.heard(
            now); // a slot is busy, or runs an event loop of its own: nothing can be heard meanwhile
    const WsDeadlines::Action action = d->deadlines.check(now);
    scheduleDeadlines();
    WsLifeGuard guard(d.get());
    switch (action) {
    case WsDeadlines::Action::None:
        break;
    case WsDeadlines::Action::HandshakeTimedOut:
        if (d->opening)
            d->opening->onTimeout();
        break;
    case WsDeadlines::Action::SendPing:
        sendKeepAlive();
        break;
    case WsDeadlines::Action::PongTimedOut:
        fail(Ws::ErrorKind::Timeout, Ws::InternalError,
             QStringLiteral("no answer to a ping within pongTimeout"));
        if (guard)
            write();
        if (guard)
            finish(Ws::Abnormal, {}, false, true);
        break;
    case WsDeadlines::Action::CloseTimedOut:
        if (d->protocol.state() == WsProtocol::State::ClosedByUs)
            report(WsError(Ws::ErrorKind::Timeout,
                           QStringLiteral("no answer to the Close frame within closeTimeout")));
        if (guard)
            finishClosing(queuedAmount() > 0);
        break;
    }
}

void WsConnection::sendKeepAlive()
{
    d->protocol.squeeze(); // it is idle
    ping(QByteArray::number(d->id) + '-' + QByteArray::number(d->counters.wireBytesReceived.value()));
}

void WsConnection::report(const WsError &error)
{
    d->store(d->errorString, error.text());
    qCDebug(wsNetLog) << "connection" << d->id << error;
    Q_EMIT errorOccurred(error);
}

// RFC 6455 §7.1.5: the code is the one of the Close that was received, whoever began.
void WsConnection::finishClosing(bool cut)
{
    const bool isComplete = d->protocol.isCloseComplete();
    finish(isComplete ? d->closeCode.load() : quint16(Ws::Abnormal), d->closeReason, isComplete && !cut, cut);
}

void WsConnection::finish(quint16 code, const QString &reason, bool wasClean, bool cut)
{
    if (d->state == Ws::Closed)
        return;
    const bool isOurs = d->protocol.state() == WsProtocol::State::ClosedByUs
                        || d->protocol.state() == WsProtocol::State::Closed;
    const std::unique_ptr<WsOpening> opening = std::move(d->opening);
    d->deadlines.stop();
    WsThreadContext::current().forget(this);
    d->transport.release(cut);
    d->protocol.discardOutput();
    d->amount.set(0);
    d->isEncrypted = false;
    d->closeCode = code;
    d->store(d->closeReason, reason);
    d->wasClean = wasClean;
    d->isHeldBack = false;
    const Ws::State before = d->state.exchange(Ws::Closing); // for the slots of streams: nothing can be sent
    WsLifeGuard guard(d.get());
    endStreams();
    if (!guard)
        return;
    // Who closes gives up what he has not taken; else the end comes behind the last message.
    d->isEndHeld = d->isAnnouncing || (hasUnread() && !isOurs);
    if (!d->isEndHeld)
        completeEnd();
    else if (before != Ws::Closing)
        Q_EMIT stateChanged(Ws::Closing);
}

void WsConnection::completeEnd()
{
    if (d->isAnnouncing)
        return; // who is to hear of the end does not know of the beginning yet
    const quint16 code = d->closeCode;
    const QString reason = d->closeReason;
    const bool wasClean = d->wasClean;
    std::deque<QPromise<WsPulling::Result>> waiting;
    while (d->pulling && d->pulling->hasWaiting())
        waiting.push_back(d->pulling->takeFirstWaiting());
    ++d->session;
    d->context = nullptr;
    d->isEndHeld = false;
    if (d->readStream) // what it has can still be read
        std::exchange(d->readStream, nullptr)->d->connection = nullptr;
    WsLifeGuard guard(d.get());
    endPause();
    if (guard.lives())
        setState(Ws::Closed);
    for (QPromise<WsPulling::Result> &promise : waiting) {
        promise.addResult(WsPulling::Result());
        promise.finish();
    }
    if (guard.lives())
        Q_EMIT closed(code, reason, wasClean);
    if (guard.lives() && d->serverThread)
        d->serverThread->remove(this);
    if (guard.lives())
        afterClosed();
}
