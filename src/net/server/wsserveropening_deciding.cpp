// SPDX-License-Identifier: MIT

// How the application decides about a request.

#include "net/server/wsserveropening.h"

#include "net/loop/wsthrown.h"
#include "net/server/wsproxystep.h"
#include "net/server/wsserverhome.h"
#include "protocol/wshttpanswer.h"
#include "protocol/wsorigin.h"
#include "protocol/wsserverhandshake.h"

#include <QtCore/qfuturewatcher.h>
#include <QtCore/qpointer.h>

#include <utility>
#include <variant>

// The order: the connection filter, the mapper, the request filter, the route, the handler.
WsServerOpening::Answer WsServerOpening::callHandler(Question *question)
{
    const WsServerSettings &settings = *question->client.settings;
    WsRequest &request = question->request;
    if (question->client.isFilteredNow() && !(*settings.connectionFilter)(request.peerAddress()))
        return Unwanted();
    if (question->identity)
        request.setUser(settings.certificateMapper(*question->identity));
    if (const auto filtered = settings.requestFilter ? settings.requestFilter(request) : std::nullopt)
        return *filtered;
    const WsRoute *const route = question->route.get();
    if (route && route->asyncHandler)
        return route->asyncHandler(request);
    if (route)
        return route->handler(request);
    if (settings.asyncRequestHandler)
        return settings.asyncRequestHandler(request);
    if (settings.requestHandler)
        return settings.requestHandler(request);
    if (!settings.routes.isEmpty())
        return NoRoute();
    return WsResponse::accept();
}

// Calls them in the server's thread.
WsServerOpening::Decision WsServerOpening::ask(WsServerHome &home, Question question)
{
    Answer answer = Thrown();
    const QString thrown = wsThrownBy([&] { answer = callHandler(&question); });
    if (!thrown.isNull())
        home.reportThrown(thrown);
    return {answer, question.request.user()};
}

void WsServerOpening::storeParameters(const QVariantMap &parameters)
{
    WsRequestDetails details = this->details();
    if (std::exchange(details.parameters, parameters) != parameters)
        storeDetails(std::move(details));
}

void WsServerOpening::storeUser(const QString &user)
{
    WsRequestDetails details = this->details();
    if (std::exchange(details.user, user) != user)
        storeDetails(std::move(details));
}

WsRequestDetails WsServerOpening::details() const
{
    return d.requestDetails ? *d.requestDetails : WsRequestDetails();
}

void WsServerOpening::storeDetails(WsRequestDetails details)
{
    d.store(d.requestDetails,
            details.isEmpty() ? nullptr : std::make_shared<const WsRequestDetails>(std::move(details)));
}

// The handler is called in the server's thread, whose data it may use.
void WsServerOpening::decide()
{
    setPhase(Phase::Deciding);
    if (thread().home().isClosing)
        leave();
    const WsAcceptedClient client = m_client; // the handler may delete the server
    const WsServerSettings &settings = *client.settings;
    const WsRouteMatch match = settings.routes.find(m_request.target);
    storeParameters(match.parameters);
    Question question{client, match.route, {}, identity()};
    const bool hasHandler = client.isFilteredNow() || settings.requestFilter || settings.requestHandler
                            || settings.asyncRequestHandler || match.route || question.identity;
    if (!hasHandler) {
        take(settings.routes.isEmpty() ? Answer(WsResponse::accept()) : Answer(NoRoute()));
        return;
    }
    question.request = d.q->request();
    const QPointer<WsConnection> connection(d.q);
    const auto home = m_home;
    if (thread().isHome()) {
        const Decision decision = ask(*home, std::move(question));
        if (connection) // the handler may have deleted it, or moved it with the server
            takeLater(connection, this, decision);
        return;
    }
    const auto askThere = [=, this, owner = thread().shared_from_this()](WsServer &) {
        owner->run([this, connection, decision = ask(*home, question)] {
            if (connection)
                takeLater(connection, this, decision);
        });
    };
    home->callServer(askThere);
}

void WsServerOpening::takeLater(WsConnection *connection, const WsOpening *asking, const Decision &decision)
{
    WsConnectionPrivate *const data = WsConnectionPrivate::of(connection);
    data->threads.run([data, asking, decision] {
        if (data->life.opening() != asking)
            return;
        auto *const opening = static_cast<WsServerOpening *>(data->life.opening());
        if (opening->m_phase == Phase::Deciding)
            opening->storeUser(decision.user);
        opening->take(decision.answer);
    });
}

void WsServerOpening::take(const Answer &answer)
{
    if (const auto *response = std::get_if<WsResponse>(&answer))
        respond(*response);
    else if (const auto *future = std::get_if<QFuture<WsResponse>>(&answer))
        await(*future);
    else if (std::holds_alternative<Unwanted>(answer))
        refuseUnwanted();
    else if (std::holds_alternative<NoRoute>(answer))
        refuseWithoutRoute();
    else
        refuseAfterThrow();
}

void WsServerOpening::refuseUnwanted()
{
    if (m_phase == Phase::Deciding)
        refuse({403, QStringLiteral("the connection filter refused %1").arg(wsProxyName(m_address))});
}

// The text of the exception is reported by the server, and not sent to the client.
void WsServerOpening::refuseAfterThrow()
{
    if (m_phase == Phase::Deciding)
        refuse({500, QStringLiteral("the request handler failed"), {}});
}

void WsServerOpening::refuseWithoutRoute()
{
    if (m_phase == Phase::Deciding)
        refuse({404,
                QStringLiteral("no route of the server matches %1").arg(wsQuotedPath(m_request.target)),
                {}});
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
    if (!thrown.isNull() && m_phase != Phase::Deciding) {
        m_home->reportThrown(thrown);
    } else if (!thrown.isNull()) {
        m_reports.emplace_back([thrown](WsServerHome &home) { home.reportThrown(thrown); });
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
    if (const QString problem = wsCheckResponse(response); !problem.isEmpty()) {
        noteMisuse(problem);
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
            noteRejection(error);
        }
        answer(response);
        return;
    }
    WsHttpError error;
    if (!wsIsUpgradeRequest(m_request)) // or else it was checked when it came
        error = wsCheckUpgradeRequest(m_request);
    if (!error)
        error = checkOrigin();
    if (!error)
        error = checkLeaving();
    if (error)
        refuse(error);
    else
        accept(response);
}

WsHttpError WsServerOpening::checkOrigin() const
{
    const QString origin = QString::fromUtf8(wsHeader(m_request.headers, "Origin"));
    const QString problem =
        wsCheckOrigin(m_client.settings->allowedOrigins, origin, host(), d.q->isEncrypted());
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
        noteMisuse(QStringLiteral("the request handler chose a subprotocol that was not offered"));
        refuse({500, QStringLiteral("the answer could not be sent"), {}});
        return;
    }
    if (const std::optional<WsOptions> options = response.options()) {
        d.setOptions(*options);
        d.link.transport()->setNoDelay(options->tcpNoDelay());
    }
    agreement.deflate = wsAcceptDeflate(m_request.headers, d.options.compression(), &agreement.extensions);
    if (agreement.deflate)
        thread().home().noteWindow(agreement.deflate->serverWindowBits);
    d.store(d.response, response);
    d.link.protocol().output().append(wsAcceptanceBytes(wsHeader(m_request.headers, "Sec-WebSocket-Key"),
                                                        agreement, withServerName(response.headers())));
    logAnswer(101);
    if (!d.link.isPumping())
        d.threads.scheduleFlush(); // a connection that waits to be taken is not pumped
    // Slots may run event loops, in which what arrives must not be delivered before the last of them knows
    // the connection, nor before opened().
    d.link.callAsPump([&] { d.life.establish(agreement, m_rest); });
}
