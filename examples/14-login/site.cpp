// SPDX-License-Identifier: MIT
#include "site.h"

#include <QtCore/QDebug>
#include <QtCore/QFile>
#include <QtCore/QPromise>

namespace {
QByteArray readFile(const QString &name)
{
    QFile file(name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

// What every page says: it runs no scripts but its own, is in no frame of another site, and is not kept.
WsResponse secured(WsResponse response)
{
    const WsHeaders added{
        {"Content-Security-Policy", "default-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Cache-Control", "no-store"}};
    response.setHeaders(response.headers() + added);
    return response;
}

WsResponse redirectToStart(const QByteArray &cookie)
{
    return WsResponse(303, {}, {{"Location", "/"}, {"Set-Cookie", cookie}});
}

//! [cookie]
// HttpOnly: no script can read it. SameSite: no other site can make a browser send it. Without Max-Age it is
// forgotten with the browser; the server's own table says how long it is good for.
QByteArray sessionCookie(const QByteArray &value, bool isEncrypted)
{
    return "session=" + value + "; Path=/; HttpOnly; SameSite=Strict" + (isEncrypted ? "; Secure" : "");
}
//! [cookie]

//! [origin]
// Whether the request comes from a page of this site, or from a program that is no browser. Browsers send an
// Origin with every POST; for WebSockets the server itself checks it (WsServer::allowedOrigins).
bool isFromOwnPage(const WsRequest &request)
{
    const QByteArray own = (request.isEncrypted() ? "https://" : "http://") + request.header("Host");
    return !request.hasHeader("Origin") || request.header("Origin") == own;
}
//! [origin]

// "user=ann&password=correct+horse", as forms send it.
QUrlQuery formOf(const WsRequest &request)
{
    QByteArray body = request.body();
    return QUrlQuery(QString::fromUtf8(body.replace('+', "%20")));
}

QByteArray ticketOf(const WsRequest &request)
{
    return request.query().queryItemValue(QStringLiteral("ticket")).toLatin1();
}

QFuture<WsResponse> ready(const WsResponse &response)
{
    QPromise<WsResponse> promise;
    promise.start();
    promise.addResult(response);
    promise.finish();
    return promise.future();
}
} // namespace

Site::Site(std::chrono::milliseconds sessionLife, std::chrono::milliseconds ticketLife)
    : m_sessions(sessionLife, ticketLife)
{
    m_server.setMaxRequestBody(4096);
    m_server.route(QStringLiteral("/"), [this](const WsRequest &request) { return page(request); });
    m_server.route(
        QStringLiteral("/chat.js"), [script = readFile(QStringLiteral(":/chat.js"))](const WsRequest &) {
            return secured(WsResponse(200, script, {{"Content-Type", "text/javascript; charset=utf-8"}}));
        });
    m_server.route(QStringLiteral("/login"), [this](const WsRequest &request) { return logIn(request); });
    m_server.route(QStringLiteral("/logout"), [this](const WsRequest &request) { return logOut(request); });
    m_server.route(QStringLiteral("/ticket"),
                   [this](const WsRequest &request) { return giveTicket(request); });
    m_server.route(QStringLiteral("/chat"),
                   [this](const WsRequest &request) { return openWebSocket(request); });
    connect(&m_server, &WsServer::newConnection, this, &Site::onConnection);
}

QByteArray Site::sessionOf(const WsRequest &request) const
{
    const QList<QNetworkCookie> cookies = request.cookies();
    for (const QNetworkCookie &cookie : cookies) {
        if (cookie.name() == "session")
            return m_sessions.keyOfCookie(cookie.value());
    }
    return {};
}

WsResponse Site::page(const WsRequest &request)
{
    const bool isLoggedIn = !sessionOf(request).isEmpty();
    return secured(WsResponse::html(
        readFile(isLoggedIn ? QStringLiteral(":/chat.html") : QStringLiteral(":/login.html"))));
}

//! [login]
// The answer follows when another thread has compared the password. As that takes time on purpose, only a few
// at a time are compared.
QFuture<WsResponse> Site::logIn(const WsRequest &request)
{
    if (request.method() != "POST" || !isFromOwnPage(request))
        return ready(WsResponse::reject(403, "log in by the form of this site\n"));
    if (m_runningChecks >= 8)
        return ready(WsResponse::reject(503, "too many at a time\n", {{"Retry-After", "1"}}));
    ++m_runningChecks;
    const QUrlQuery form = formOf(request);
    const QString user = form.queryItemValue(QStringLiteral("user"), QUrl::FullyDecoded);
    const QString password = form.queryItemValue(QStringLiteral("password"), QUrl::FullyDecoded);
    return m_accounts.check(user, password).then(this, [this, user, request](bool isRight) {
        --m_runningChecks;
        if (!isRight)
            return WsResponse::reject(401, "wrong user or password\n");
        qInfo().noquote() << user << "has logged in";
        return redirectToStart(sessionCookie(m_sessions.begin(user), request.isEncrypted()));
    });
}
//! [login]

WsResponse Site::logOut(const WsRequest &request)
{
    if (request.method() != "POST" || !isFromOwnPage(request))
        return WsResponse::reject(403);
    m_sessions.end(sessionOf(request));
    return redirectToStart(sessionCookie({}, request.isEncrypted()) + "; Max-Age=0");
}

//! [ticket]
// For clients that open the WebSocket where they cannot send the cookie: another program, or a page of
// another site. The ticket gets into logs and histories, as all URLs do, so it is good for one use within
// seconds.
WsResponse Site::giveTicket(const WsRequest &request)
{
    const QByteArray session = sessionOf(request);
    if (session.isEmpty() || request.method() != "POST" || !isFromOwnPage(request))
        return WsResponse::reject(403, "log in first\n");
    return secured(WsResponse::text(m_sessions.newTicket(session)));
}

// Everything that decides is checked before the 101: afterwards there is a WebSocket.
WsResponse Site::openWebSocket(const WsRequest &request)
{
    if (!request.isWebSocketUpgrade())
        return WsResponse::reject(426);
    const QByteArray ticket = ticketOf(request);
    const QByteArray session = ticket.isEmpty() ? sessionOf(request) : m_sessions.useTicket(ticket);
    if (session.isEmpty())
        return WsResponse::reject(401, "log in first\n");
    WsResponse response = WsResponse::accept();
    response.setUser(m_sessions.user(session));
    return response;
}
//! [ticket]

void Site::onConnection(WsConnection *connection)
{
    const WsRequest request = connection->request();
    const QByteArray ticket = ticketOf(request);
    m_sessions.add(ticket.isEmpty() ? sessionOf(request) : m_sessions.keyOfTicket(ticket), connection);
    connection->sendText(QStringLiteral("Hello %1").arg(connection->user()));
    // In one line, for a second one could look like what somebody else has said.
    connect(connection, &WsConnection::textMessageReceived, this, [this, connection](const QString &text) {
        m_server.broadcast(QStringLiteral("%1: %2").arg(connection->user(), text.simplified()));
    });
}
