// SPDX-License-Identifier: MIT
#include "net/server/wsserveropening.h"

#include "net/server/wshandshakelog.h"
#include "net/server/wsserverhome.h"
#include "net/socket/wsstillsocket.h"
#include "protocol/wsserverhandshake.h"

#include <algorithm>
#include <utility>

WsServerOpening::WsServerOpening(WsConnectionPrivate &connection, const WsAcceptedClient &client)
    : d(connection), m_home(std::static_pointer_cast<WsServerHome>(thread().home().shared_from_this())),
      m_client(client), m_head(connection.options.maxHandshakeSize()), m_address(client.address),
      m_peerPort(connection.endpoints.peerPort)
{
    if (client.proxyHeader)
        storeClient({});
}

WsServerOpening::~WsServerOpening()
{
    if (m_isLogged)
        return;
    wsLogRefusal(m_address, m_peerPort,
                 QStringLiteral("the server ended the connection before its request was answered"), m_proxy);
    m_home->tally.addRejected(0);
}

void WsServerOpening::onConnected()
{
    // TLS has forgotten that the certificate is not trusted.
    if (m_singleError && !WsStillSocket::MayErrorsVanish && !d.link.transport()->hasSslErrors()) {
        onFailure(WsError(Ws::ErrorKind::Tls, m_singleError->errorString(), Ws::TlsHandshake));
        return;
    }
    d.link.transport()->setNoDelay(d.options.tcpNoDelay());
    // TLS was a step. This is called again after a move to another thread, which is none.
    if (d.link.transport()->usesTls() && !std::exchange(m_isTlsReady, true))
        (void)thread().renew(d.q);
}

// No more than the largest head is read; the rest stays in the socket, so that a client takes no more memory.
qint64 WsServerOpening::maxRead() const
{
    constexpr qint64 ChunkLine = 4096;
    switch (m_phase) {
    case Phase::Reading:
    case Phase::Idle:
        return std::max<qint64>(1, qint64(d.options.maxHandshakeSize()) + 1 - m_receivedSize);
    case Phase::Receiving:
        return std::max(m_body->awaited(), ChunkLine);
    default:
        return WsOpening::maxRead();
    }
}

void WsServerOpening::onBytes(QByteArray bytes)
{
    switch (m_phase) {
    case Phase::Idle:
        skipEmptyLines(&bytes);
        if (bytes.isEmpty())
            break;
        beginRequest();
        [[fallthrough]];
    case Phase::Reading:
        if (std::exchange(m_isInEmptyLine, false))
            bytes.prepend('\r'); // of no empty line
        onHeadBytes(bytes);
        break;
    case Phase::Receiving:
        onBodyBytes(bytes);
        break;
    case Phase::Deciding: // nothing is read
    case Phase::Sending:
    case Phase::Answering:
        break;
    }
}

void WsServerOpening::onHeadBytes(QByteArrayView bytes)
{
    // A client that speaks TLS to a plain server would otherwise wait for an answer to its greeting.
    const bool isFirst = m_receivedSize == 0;
    m_receivedSize += bytes.size();
    const bool mayBegin = bytes.startsWith('\r') || wsIsToken(bytes.first(1));
    if (isFirst && !mayBegin) {
        // A handshake record, RFC 8446 §5.1.
        const bool isTls = bytes.startsWith('\x16') && !d.link.transport()->isEncrypted();
        refuse({400, isTls ? QStringLiteral("the client speaks TLS to a server without a certificate; it has "
                                            "to use ws:// instead of wss://")
                           : QStringLiteral("the request does not begin with a method")});
        return;
    }
    if (beginsProxyHeader(bytes)) {
        refuse(unexpectedProxyHeader());
        return;
    }
    switch (m_head.receive(bytes)) {
    case WsHeadReader::Result::NeedsBytes:
        break;
    case WsHeadReader::Result::TooLarge:
        refuse({m_head.isFirstLineComplete() ? 431 : 414, QStringLiteral("the request is too large"), {}});
        break;
    case WsHeadReader::Result::Complete:
        onHead();
        break;
    }
}

void WsServerOpening::onHead()
{
    if (const WsHttpError error = checkRequest()) {
        refuse(error);
        return;
    }
    m_isAdmitted = true;
    storeRequest();
    if (wsHasBody(m_request)) {
        startReceiving();
        return;
    }
    m_isComplete = true;
    decide();
}

// Everything that is checked before the application is asked. Last of all, the client gets a place.
WsHttpError WsServerOpening::checkRequest()
{
    if (WsHttpError error = wsParseRequestHead(m_head.head(), d.options.maxHeaders(), &m_request))
        return error;
    if (WsHttpError error = identifyClient()) // first, so that the log names the client
        return error;
    if (WsHttpError error = wsCheckRequest(m_request, m_client.settings->maxRequestBody))
        return error;
    if (WsHttpError error = checkHost())
        return error;
    if (wsIsUpgradeRequest(m_request)) {
        if (WsHttpError error = wsCheckUpgradeRequest(m_request))
            return error;
    }
    if (const WsHttpError error = checkLeaving())
        return error;
    return thread().admit(d.q);
}

void WsServerOpening::storeRequest()
{
    d.isRequestEncrypted = d.q->isEncrypted();
    d.store(d.requestHead, m_head.head().toByteArray());
    m_rest = m_head.takeRest();
    m_head = WsHeadReader(0);
}

void WsServerOpening::setPhase(Phase phase)
{
    m_phase = phase;
    const bool isHeld = phase == Phase::Deciding || phase == Phase::Sending;
    if (d.link.hold(WsHold::Deciding, isHeld) && !isHeld)
        d.link.pumpSoon(); // the client may have sent more, or ended the connection, in the meantime
}

void WsServerOpening::onEnd()
{
    m_hasClientEnded = true;
    // The client may have ended only its own direction, as TLS allows, and still read.
    const bool isWriting = d.link.queuedAmount() > 0 && !d.link.transport()->hasEnded();
    if (m_phase == Phase::Answering && (isWriting || m_file))
        return;
    WsLifeGuard guard(d);
    if (m_phase != Phase::Answering)
        reject(WsError(Ws::ErrorKind::Network,
                       QStringLiteral("the client disconnected before its request was answered")));
    if (guard)
        end(false);
}

void WsServerOpening::end(bool isCut)
{
    d.life.end({Ws::Abnormal, {}, false}, isCut);
}

void WsServerOpening::onTimeout()
{
    m_isComplete = false; // what the client or the handler does late is not taken for anything else
    const bool isAsking =
        m_phase == Phase::Reading || m_phase == Phase::Receiving || m_phase == Phase::Deciding;
    if (isAsking && thread().home().isClosing) {
        endLeaving();
        return;
    }
    switch (m_phase) {
    case Phase::Reading:
        refuse({408, QStringLiteral("no request within handshakeTimeout"), {}});
        break;
    case Phase::Receiving:
        refuse({408, QStringLiteral("the body of the request came too slowly for handshakeTimeout"), {}});
        break;
    case Phase::Deciding:
        refuse({503, QStringLiteral("the request handler did not answer within handshakeTimeout"), {}});
        break;
    case Phase::Idle:
        onIdleTimeout();
        break;
    case Phase::Answering:
    case Phase::Sending:
        end(true);
        break;
    }
}

void WsServerOpening::onFailure(const WsError &error)
{
    WsLifeGuard guard(d);
    reject(error);
    if (guard)
        end(true);
}

// After each step a client has another number. It is not silent if this thread has been too busy to read what
// it has sent. A TLS handshake takes its time, and handshakeTimeout limits it. But if its address has too
// many, only a step keeps it.
void WsServerOpening::considerGivingWay(WsAdmission::Number number)
{
    if (thread().numberOf(d.q) != number)
        return;
    const bool isReading = m_phase == Phase::Reading || m_phase == Phase::Idle;
    const bool isBusy = isReading && (d.link.transport()->isHandshaking() || hasMore());
    if (isBusy && thread().renew(d.q))
        return;
    WsLifeGuard guard(d);
    if (isBusy && d.link.transport()->isReady())
        takeMore();
    if (guard.isStillIn(this) && thread().numberOf(d.q) == number)
        giveWay();
}

// Whether the client has sent something that was not looked at yet.
bool WsServerOpening::hasMore() const
{
    return !m_rest.isEmpty() || d.link.isPumpDue() || d.link.transport()->hasUnread();
}

void WsServerOpening::takeMore()
{
    if (m_rest.isEmpty())
        d.link.pumpNow();
    else
        takeRest();
}

void WsServerOpening::giveWay()
{
    WsLifeGuard guard(d);
    reject(WsError(Ws::ErrorKind::Handshake, WsAdmission::giveWayText()));
    if (guard)
        end(true);
}

void WsServerOpening::logAnswer(int status)
{
    if (std::exchange(m_isLogged, true))
        return;
    wsLogAnswer(m_address, m_peerPort, m_request.method, m_request.target, status, m_proxy);
    if (status != 101)
        thread().tally.addAnswered(status);
}

void WsServerOpening::noteRejection(const WsError &error)
{
    if (std::exchange(m_isLogged, true))
        return; // it was refused, or answered, before
    thread().tally.addRejected(error.httpStatus());
    wsLogRefusal(m_address, m_peerPort, error, m_proxy);
    m_reports.emplace_back([error, address = d.q->peerAddress()](WsServerHome &home) {
        home.callServer(
            [error, address](WsServer &server) { Q_EMIT server.connectionRejected(error, address); });
    });
}

// What comes while the slots run is dropped.
void WsServerOpening::reject(const WsError &error)
{
    noteRejection(error);
    m_phase = Phase::Answering;
    tell(m_home, std::exchange(m_reports, {}));
}

void WsServerOpening::noteMisuse(const QString &text)
{
    m_reports.emplace_back([text](WsServerHome &home) {
        const WsError error(Ws::ErrorKind::Misuse, text);
        home.callServer([error](WsServer &server) { Q_EMIT server.errorOccurred(error); });
    });
}

void WsServerOpening::tell(const std::shared_ptr<WsServerHome> &home, const std::vector<Report> &reports)
{
    const std::shared_ptr<WsServerHome> kept = home;
    for (const Report &report : reports)
        report(*kept);
}

void WsServerOpening::onEstablished()
{
    thread().open(d.q, *m_client.settings);
}
