// SPDX-License-Identifier: MIT
#include "net/client/wsclientopening.h"

#include "net/client/wsclient_p.h"
#include "net/connection/wsshownurl.h"
#include "net/loop/wsthrown.h"
#include "protocol/wsclientheadlimits.h"

#include <QtNetwork/qauthenticator.h>
#include <QtNetwork/qnetworkproxy.h>

#include <functional>
#include <utility>

// --- hops

void WsClientOpening::proceed()
{
    switch (std::exchange(m_next, Next::Nothing)) {
    case Next::Nothing:
        break;
    case Next::Hop:
        startHop();
        break;
    case Next::Login:
        endAskingForLogin();
        break;
    }
}

// Everything that belongs to one request begins anew; only the time limit goes on.
void WsClientOpening::startHop()
{
    m_headBudget = WsClientHeadLimits(d.options).maxSize;
    m_head = WsHeadReader(m_headBudget, WsReading::Lenient);
    m_interimCount = 0;
    m_isConnected = m_isRequested = m_hasHeadBegun = m_hasContinued = m_hasLostTransport = false;
    m_trust = Trust::Unasked;
    m_interruption = Interruption::None;
    m_sslErrors.clear();
    m_singleError.reset();
    d.store(d.response, WsResponse());
    WsUpgradeRequest request = d.requestOfHop(m_ownRequest, m_hops.url(), m_hops.isAtOrigin());
    if (!filterRequest(&request))
        return;
    if (!m_route)
        m_route = d.route();
    if (const QString problem = d.pinsProblem(m_hops.url()); !problem.isEmpty()) {
        const QString text = QStringLiteral("the URL \"%1\" cannot be opened: %2");
        failHop(tlsError(text.arg(wsShownUrl(m_hops.url()), problem)));
        return;
    }
    const QNetworkProxy proxy = d.proxyTo(m_hops.url(), m_route->proxy);
    addAuthorization(&request, proxy.type() != QNetworkProxy::NoProxy);
    if (const QString problem = wsCheckOwnRequest(request); !problem.isEmpty()) {
        failHop(WsError(Ws::ErrorKind::Misuse, QStringLiteral("the request cannot be sent: ") + problem));
        return;
    }
    m_request = request;
    d.setRequest(WsClientPrivate::sentRequest(request, m_hops.url()));
    WsClientRoute route = *m_route;
    route.proxy = proxy;
    d.startTransport(m_hops.url(), m_hops.isAtOrigin(), route);
}

// Returns false if this opening does not go on here.
bool WsClientOpening::filterRequest(WsUpgradeRequest *request)
{
    const std::function<void(WsRequest &)> filter = d.requestFilter; // which may replace itself
    if (!filter)
        return true;
    WsRequest shown = WsClientPrivate::shownRequest(*request, m_hops.url());
    m_next = Next::Hop;
    WsLifeGuard guard(d);
    const QString thrown = wsThrownBy([&] { filter(shown); });
    if (!guard.isStillIn(this))
        return false;
    m_next = Next::Nothing;
    if (!thrown.isNull()) {
        failHop(WsError(Ws::ErrorKind::Handler, thrown));
        return false;
    }
    if (shown.method() != "GET") {
        const QString text = QStringLiteral("the request filter changed the method to ");
        failHop(WsError(Ws::ErrorKind::Misuse, text + wsQuoted(shown.method())));
        return false;
    }
    request->target = shown.target();
    request->headers = shown.headers();
    wsTakeHost(request);
    return true;
}

// Never from within open(), which a slot of closed() may always call, or one that the link is still calling.
void WsClientOpening::failHop(const WsError &error)
{
    d.threads.callLater([&client = d, session = d.life.session(), error] {
        if (client.life.session() == session && client.clientOpening())
            client.clientOpening()->fail(error);
    });
}

// After the filter, because an answer to Digest contains the target.
void WsClientOpening::addAuthorization(WsUpgradeRequest *request, bool isProxied)
{
    m_hasOwnAuthorization = wsHeaderCount(request->headers, "Authorization") > 0;
    if (m_hasOwnAuthorization)
        return;
    const QByteArray value =
        d.login.authorization(m_hops.url(), request->target, m_hops.isAtOrigin(), isProxied);
    if (!value.isNull())
        request->headers.append({"Authorization", value});
}

void WsClientOpening::redirect(const WsHeaders &headers)
{
    const QString origin = wsOriginOf(m_hops.url());
    QUrl next;
    QString problem = m_hops.resolve(headers, &next);
    if (problem.isEmpty())
        problem = m_hops.go(next, d.cookiesFor(next));
    if (!problem.isEmpty()) {
        failHandshake(problem);
        return;
    }
    d.link.cutForNext();
    m_isConnected = false;
    if (wsOriginOf(next) != origin)
        m_ignoredSslErrors = d.ignoredSslErrors();
    m_trust = Trust::Unasked; // by the next server
    m_next = Next::Hop;
    WsLifeGuard guard(d);
    Q_EMIT d.client()->redirected(next);
    if (guard.isStillIn(this))
        proceed();
}

// What happens in the new thread after a slot has moved the client comes before everything else. Returns
// false if this opening, or this hop, does not go on.
bool WsClientOpening::endWaiting()
{
    if (m_next == Next::Nothing)
        return true;
    WsLifeGuard guard(d);
    proceed();
    return guard.isStillIn(this) && m_body;
}

// --- authentication

// Returns false if the refusal remains.
bool WsClientOpening::logIn(const WsResponseHead &head)
{
    if (m_hasOwnAuthorization)
        return false;
    const QList<WsChallenge> challenges = wsParseChallenges(head.headers);
    switch (d.login.onChallenges(challenges, m_hops.url(), m_hops.isAtOrigin())) {
    case WsLogin::Step::Retry:
        d.link.cutForNext();
        startHop();
        return true;
    case WsLogin::Step::Ask:
        m_refusal = head;
        askForLogin();
        return true;
    case WsLogin::Step::GiveUp:
        break;
    }
    m_refusalNote = d.login.problem();
    return false;
}

// The slots may run a dialog. The transport stays until they have returned, because the body of the answer is
// read if they know no login.
void WsClientOpening::askForLogin()
{
    const auto authenticator = std::make_shared<QAuthenticator>(); // a slot may delete the client
    authenticator->setRealm(d.login.realm());
    authenticator->setUser(d.login.credentials().user);
    authenticator->setPassword(d.login.credentials().password);
    m_authenticator = authenticator;
    m_next = Next::Login;
    holdLimit();
    WsLifeGuard guard(d);
    Q_EMIT d.client()->authenticationRequired(authenticator.get());
    if (guard.isStillIn(this))
        proceed();
}

WsCredentials WsClientOpening::answeredLogin() const
{
    return m_authenticator ? WsCredentials{m_authenticator->user(), m_authenticator->password()}
                           : m_answeredLogin;
}

void WsClientOpening::endAskingForLogin()
{
    resumeLimit();
    const bool isAnswered = d.login.answer(answeredLogin());
    m_authenticator.reset();
    m_answeredLogin = {};
    if (isAnswered) {
        d.link.cutForNext();
        startHop();
        return;
    }
    m_refusalNote = d.login.problem();
    WsLifeGuard guard(d);
    onRefusal(std::exchange(m_refusal, {}));
    if (guard.isStillIn(this) && m_hasLostTransport)
        refuse();
}
