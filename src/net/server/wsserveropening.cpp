// SPDX-License-Identifier: MIT
#include "net/server/wsserveropening.h"

#include "net/loop/wsthrown.h"
#include "net/server/wshandshakelog.h"
#include "net/server/wshttpdate.h"
#include "net/server/wsserverhome.h"
#include "net/socket/wslingeringdevice.h"
#include "protocol/wsallowedhosts.h"
#include "protocol/wshttpanswer.h"
#include "protocol/wsorigin.h"
#include "protocol/wsserverhandshake.h"

#include <QtCore/qfuturewatcher.h>
#include <QtCore/qpointer.h>

#include <algorithm>
#include <utility>
#include <variant>

WsServerOpening::WsServerOpening(WsConnectionPrivate &connection, const WsAcceptedClient &client)
    : d(connection), m_client(client), m_head(connection.options.maxHandshakeSize()),
      m_peerPort(connection.endpoints.peerPort)
{
}

WsServerOpening::~WsServerOpening()
{
    if (!m_isLogged)
        wsLogRefusal(m_client.address, m_peerPort,
                     QStringLiteral("the server ended the connection before its request was answered"));
}

void WsServerOpening::onConnected()
{
    d.link.transport()->setNoDelay(d.options.tcpNoDelay());
    // TLS was a step. This is called again after a move to another thread, which is none.
    if (d.link.transport()->usesTls() && !std::exchange(m_isTlsReady, true))
        thread().renew(d.q);
}

// No more than the largest head is read; the rest stays in the socket, so that a client takes no more memory.
qint64 WsServerOpening::maxRead() const
{
    if (m_phase != Phase::Reading)
        return WsOpening::maxRead();
    return std::max<qint64>(1, d.options.maxHandshakeSize() + 1 - m_receivedSize);
}

void WsServerOpening::onBytes(QByteArray bytes)
{
    if (m_phase == Phase::Answering)
        return;
    // A client that speaks TLS to a plain server would otherwise wait for an answer to its greeting.
    const bool isFirst = m_receivedSize == 0;
    m_receivedSize += bytes.size();
    const bool mayBegin = bytes.startsWith('\r') || wsIsToken(QByteArrayView(bytes).first(1));
    if (isFirst && !mayBegin) {
        // A handshake record, RFC 8446 §5.1.
        const bool isTls = bytes.startsWith('\x16') && !d.q->isEncrypted();
        refuse({400, isTls ? QStringLiteral("the client speaks TLS to a server without a certificate; it has "
                                            "to use ws:// instead of wss://")
                           : QStringLiteral("the request does not begin with a method")});
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
    decide();
}

// Everything that is checked before the application is asked. Last of all, the client gets a place.
WsHttpError WsServerOpening::checkRequest()
{
    if (WsHttpError error = wsParseRequestHead(m_head.head(), d.options.maxHeaders(), &m_request))
        return error;
    if (WsHttpError error = wsCheckRequest(m_request))
        return error;
    if (const QString problem = wsCheckAllowedHost(m_client.settings->hosts, m_request.headers);
        !problem.isEmpty())
        return {403, problem, {}};
    if (wsIsUpgradeRequest(m_request)) {
        if (WsHttpError error = wsCheckUpgradeRequest(m_request))
            return error;
    }
    return thread().admit(d.q);
}

void WsServerOpening::storeRequest()
{
    d.isRequestEncrypted = d.q->isEncrypted();
    d.store(d.requestHead, m_head.head().toByteArray());
    m_rest = m_head.takeRest();
    m_head = WsHeadReader(0);
}

// Calls the filter and the handler, in the server's thread.
WsServerOpening::Answer WsServerOpening::ask(WsServerHome &home, const WsServerSettings &settings,
                                             const WsRequest &request)
{
    Answer answer = WsResponse::accept();
    const QString thrown = wsThrownBy([&] {
        const auto filtered = settings.requestFilter ? settings.requestFilter(request) : std::nullopt;
        if (filtered)
            answer = *filtered;
        else if (settings.asyncRequestHandler)
            answer = settings.asyncRequestHandler(request);
        else if (settings.requestHandler)
            answer = settings.requestHandler(request);
    });
    if (thrown.isNull())
        return answer;
    home.reportThrown(thrown);
    return Thrown();
}

// The handler is called in the server's thread, whose data it may use.
void WsServerOpening::decide()
{
    setPhase(Phase::Deciding);
    // Copies: the handler may delete the server.
    const std::shared_ptr<const WsServerSettings> settings = m_client.settings;
    const bool hasHandler =
        settings->requestFilter || settings->requestHandler || settings->asyncRequestHandler;
    const WsRequest request = hasHandler ? d.q->request() : WsRequest();
    if (!hasHandler) {
        respond(WsResponse::accept());
        return;
    }
    const QPointer<WsConnection> connection(d.q);
    const auto home = std::static_pointer_cast<WsServerHome>(thread().home().shared_from_this());
    if (thread().isHome()) {
        const Answer answer = ask(*home, *settings, request);
        if (connection) // the handler may have deleted it, or moved it with the server
            takeLater(connection, this, answer);
        return;
    }
    const auto askThere = [=, this, owner = thread().shared_from_this()](WsServer &) {
        owner->run([this, connection, answer = ask(*home, *settings, request)] {
            if (connection)
                takeLater(connection, this, answer);
        });
    };
    home->callServer(askThere);
}

void WsServerOpening::takeLater(WsConnection *connection, const WsOpening *asking, const Answer &answer)
{
    WsConnectionPrivate *const data = WsConnectionPrivate::of(connection);
    data->threads.run([data, asking, answer] {
        WsOpening *const opening = data->life.opening();
        if (opening == asking)
            static_cast<WsServerOpening *>(opening)->take(answer);
    });
}

void WsServerOpening::take(const Answer &answer)
{
    if (const auto *response = std::get_if<WsResponse>(&answer))
        respond(*response);
    else if (const auto *future = std::get_if<QFuture<WsResponse>>(&answer))
        await(*future);
    else
        refuseAfterThrow();
}

// The text of the exception is reported by the server, and not sent to the client.
void WsServerOpening::refuseAfterThrow()
{
    if (m_phase == Phase::Deciding)
        refuse({500, QStringLiteral("the request handler failed"), {}});
}

void WsServerOpening::await(const QFuture<WsResponse> &future)
{
    auto *watcher = new QFutureWatcher<WsResponse>(d.q);
    QObject::connect(watcher, &QFutureWatcherBase::finished, d.q, [this, watcher, connection = &d] {
        watcher->deleteLater();
        connection->threads.run([this, connection, finished = watcher->future()] {
            if (connection->life.opening() == this)
                takeResult(finished);
        });
    });
    watcher->setFuture(future);
}

void WsServerOpening::takeResult(const QFuture<WsResponse> &finished)
{
    const QString thrown = wsThrownBy([&] { QFuture<WsResponse>(finished).waitForFinished(); });
    if (!thrown.isNull()) {
        WsLifeGuard guard(d);
        thread().home().reportThrown(thrown);
        if (guard)
            refuseAfterThrow();
    } else if (finished.resultCount() > 0) {
        respond(finished.result());
    } else if (m_phase == Phase::Deciding) {
        refuse({500, QStringLiteral("the request handler gave no answer"), {}});
    }
}

void WsServerOpening::respond(const WsResponse &response)
{
    if (m_phase != Phase::Deciding)
        return; // too late: the timeout has been answered
    WsLifeGuard guard(d);
    if (const QString problem = wsCheckResponse(response); !problem.isEmpty()) {
        reportMisuse(problem);
        if (guard)
            refuse({500, QStringLiteral("the answer could not be sent"), {}});
        return;
    }
    if (!response.isAccept()) {
        if (response.status() >= 400) {
            const QString text = QStringLiteral("the request handler refused %1 of %2 with %3");
            WsError error(Ws::ErrorKind::Handshake,
                          text.arg(QString::fromLatin1(m_request.method), wsQuotedPath(m_request.target),
                                   QString::number(response.status())));
            error.setHttpStatus(response.status());
            reject(error);
        }
        if (guard)
            answer(response);
        return;
    }
    WsHttpError error = wsCheckUpgradeRequest(m_request);
    if (!error)
        error = checkOrigin();
    if (error)
        refuse(error);
    else
        accept(response);
}

WsHttpError WsServerOpening::checkOrigin() const
{
    const QString origin = QString::fromUtf8(wsHeader(m_request.headers, "Origin"));
    const QString problem = wsCheckOrigin(m_client.settings->allowedOrigins, origin,
                                          wsHeader(m_request.headers, "Host"), d.q->isEncrypted());
    return problem.isEmpty() ? WsHttpError() : WsHttpError{403, problem, {}};
}

QString WsServerOpening::chosenSubprotocol(const WsResponse &response) const
{
    const QStringList offered = wsOfferedSubprotocols(m_request.headers);
    return response.subprotocol().isEmpty() ? wsChooseSubprotocol(m_client.settings->subprotocols, offered)
                                            : wsChooseSubprotocol({response.subprotocol()}, offered);
}

void WsServerOpening::accept(const WsResponse &response)
{
    WsAgreement agreement;
    agreement.subprotocol = chosenSubprotocol(response);
    if (!response.subprotocol().isEmpty() && agreement.subprotocol.isEmpty()) {
        WsLifeGuard guard(d);
        reportMisuse(QStringLiteral("the request handler chose a subprotocol that was not offered"));
        if (guard)
            refuse({500, QStringLiteral("the answer could not be sent"), {}});
        return;
    }
    agreement.deflate = wsAcceptDeflate(m_request.headers, d.options.compression(), &agreement.extensions);
    d.store(d.response, response);
    d.link.protocol().output().append(
        wsAcceptanceBytes(wsHeader(m_request.headers, "Sec-WebSocket-Key"), agreement,
                          withServerName(response.headers())));
    logAnswer(101);
    d.life.establish(agreement, m_rest);
}

void WsServerOpening::refuse(const WsHttpError &error)
{
    WsError rejected(Ws::ErrorKind::Handshake, error.text);
    rejected.setHttpStatus(error.status);
    WsLifeGuard guard(d);
    const bool canAnswer = d.link.transport()->isReady();
    if (!canAnswer)
        rejected.setHttpStatus(0); // which nobody gets
    reject(rejected);
    if (guard && canAnswer)
        answer(wsErrorResponse(error));
    else if (guard)
        end(true);
}

// Unless the handler has set a Server header itself.
WsHeaders WsServerOpening::withServerName(WsHeaders headers) const
{
    const QByteArray name = m_client.settings->serverName;
    if (!name.isEmpty() && wsHeaderCount(headers, "Server") == 0)
        headers.append({"Server", name});
    return headers;
}

void WsServerOpening::answer(const WsResponse &response)
{
    setPhase(Phase::Answering);
    logAnswer(response.status());
    if (response.status() >= 400 && std::exchange(m_isAdmitted, false))
        thread().dismiss(d.q);
    else
        thread().renew(d.q); // unless it is admitted
    WsResponse named = response;
    named.setHeaders(withServerName(response.headers()));
    d.link.protocol().output().append(wsAnswerBytes(named, m_request.method != "HEAD", WsHttpDate::now()));
    m_request = {};
    m_head = WsHeadReader(0);
    m_rest.clear();
    d.life.deadlines().startAnswer(WsClock::now(), wsLingerTimeout(d.options.closeTimeout()),
                                   d.link.progress());
    d.life.scheduleDeadlines();
    d.link.flush();
}

void WsServerOpening::setPhase(Phase phase)
{
    m_phase = phase;
    if (d.link.hold(WsHold::Deciding, phase == Phase::Deciding) && phase != Phase::Deciding)
        d.link.pumpSoon(); // the client may have ended the connection in the meantime
}

void WsServerOpening::onWritten()
{
    if (m_phase != Phase::Answering)
        return;
    // If a socket is closed with unread data, the system sends a reset, and the client may lose the answer.
    // Therefore the client is expected to close first.
    if (m_hasClientEnded || !d.link.shutdownWrite())
        end(false);
}

void WsServerOpening::onEnd()
{
    m_hasClientEnded = true;
    // The client may have ended only its own direction, as TLS allows, and still read.
    const bool isWriting = d.link.queuedAmount() > 0 && !d.link.transport()->hasEnded();
    if (m_phase == Phase::Answering && isWriting)
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
    if (m_phase == Phase::Answering) {
        end(true);
        return;
    }
    if (m_phase == Phase::Deciding)
        refuse({503, QStringLiteral("the request handler did not answer within handshakeTimeout"), {}});
    else
        refuse({408, QStringLiteral("no request within handshakeTimeout"), {}});
}

void WsServerOpening::onFailure(const WsError &error)
{
    WsLifeGuard guard(d);
    reject(error);
    if (guard)
        end(true);
}

// After each step a client has another number. It is not silent if this thread has been too busy to read what
// it has sent. A TLS handshake takes its time, and handshakeTimeout limits it.
void WsServerOpening::considerGivingWay(WsAdmission::Number number)
{
    if (thread().numberOf(d.q) != number)
        return;
    const WsTransport &transport = *d.link.transport();
    if (m_phase == Phase::Reading && (transport.isHandshaking() || transport.hasUnread()))
        thread().renew(d.q);
    else
        giveWay();
}

void WsServerOpening::giveWay()
{
    WsLifeGuard guard(d);
    reject(WsError(Ws::ErrorKind::Handshake,
                   QStringLiteral("the oldest unfinished handshake has given way to a new client: too many "
                                  "for maxPendingHandshakes, or from one address")));
    if (guard)
        end(true);
}

void WsServerOpening::logAnswer(int status)
{
    if (std::exchange(m_isLogged, true))
        return;
    wsLogAnswer(m_client.address, m_peerPort, m_request.method, m_request.target, status);
}

void WsServerOpening::reject(const WsError &error)
{
    if (std::exchange(m_isLogged, true))
        return; // it was refused, or answered, before
    wsLogRefusal(m_client.address, m_peerPort, error);
    thread().home().callServer([error, address = d.q->peerAddress()](WsServer &server) {
        Q_EMIT server.connectionRejected(error, address);
    });
}

void WsServerOpening::reportMisuse(const QString &text)
{
    thread().home().callServer(
        [text](WsServer &server) { Q_EMIT server.errorOccurred(WsError(Ws::ErrorKind::Misuse, text)); });
}

void WsServerOpening::onEstablished()
{
    thread().open(d.q, *m_client.settings);
}
