// SPDX-License-Identifier: MIT

// Answers over HTTP, and what follows them.

#include "net/server/wsserveropening.h"

#include "net/loop/wslogging.h"
#include "net/server/wsaccesslog.h"
#include "net/server/wshandshakelog.h"
#include "net/server/wshttpdate.h"
#include "net/server/wsserverhome.h"
#include "net/socket/wslingeringdevice.h"
#include "protocol/wsserverhandshake.h"

#include <utility>

namespace {
// Of a file that is not what the request asks for.
WsError unmetError(int status)
{
    WsError error(Ws::ErrorKind::Handshake,
                  status == 416 ? QStringLiteral("the file ends before the range that the request asks for")
                                : QStringLiteral("the request is for another version of the file"));
    error.setHttpStatus(status);
    return error;
}
} // namespace

void WsServerOpening::refuse(const WsHttpError &error)
{
    WsError rejected(Ws::ErrorKind::Handshake, error.text);
    rejected.setHttpStatus(error.status);
    if (d.link.transport()->isReady()) {
        noteRejection(rejected);
        answer(wsErrorResponse(error));
        return;
    }
    rejected.setHttpStatus(0); // which nobody gets
    WsLifeGuard guard(d);
    reject(rejected);
    if (guard)
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

// RFC 9112 §9.3
WsPersistence WsServerOpening::persistence() const
{
    const bool mayFollow = m_isComplete && !m_hasClientEnded && !thread().home().isClosing
                           && d.options.keepAliveTimeout() > d.options.keepAliveTimeout().zero();
    return mayFollow ? wsPersistenceOf(m_request) : WsPersistence::Close;
}

void WsServerOpening::answer(const WsResponse &response)
{
    if (response.filePath().isEmpty())
        send(response);
    else
        answerWithFile(response);
}

void WsServerOpening::answerWithFile(const WsResponse &response)
{
    WsHttpError error;
    m_file = WsServedFile::open(response.filePath(), &error);
    if (!m_file) {
        refuse(error);
        return;
    }
    const WsResponse answer = m_file->answerTo(m_request, response);
    if (answer.status() >= 400)
        noteRejection(unmetError(answer.status())); // unless the handler has refused it
    send(answer);
}

void WsServerOpening::send(const WsResponse &response)
{
    WsAnswerForm form;
    form.hasBody = m_request.method != "HEAD";
    form.persistence = persistence();
    if (m_file)
        form.bodySize = m_file->left();
    setPhase(form.persistence == WsPersistence::Close ? Phase::Answering : Phase::Sending);
    logAnswer(response.status());
    if (response.status() >= 400 && std::exchange(m_isAdmitted, false))
        thread().dismiss(d.q);
    else
        (void)thread().renew(d.q); // unless it is admitted
    WsResponse named = response;
    named.setHeaders(withServerName(response.headers()));
    const QByteArray bytes = wsAnswerBytes(named, form, WsHttpDate::now());
    if (m_file && (!form.hasBody || m_file->left() == 0))
        m_file.reset();
    wsLogAccess(d, m_request, response, bytes.size() + (m_file ? m_file->left() : 0));
    d.link.protocol().output().append(bytes);
    releaseRequest();
    const std::vector<Report> reports = std::exchange(m_reports, {});
    const std::shared_ptr<WsServerHome> home = m_home;
    if (m_file && !sendMore()) {
        tell(home, reports);
        return;
    }
    d.life.deadlines().startAnswer(WsClock::now(), wsLingerTimeout(d.options.closeTimeout()),
                                   d.link.progress());
    d.life.scheduleDeadlines();
    if (reports.empty())
        d.link.flush();
    else
        tellThenFlush(d, home, reports);
}

// In an event loop of a slot the answer is sent, and the next request may come, which ends this opening.
void WsServerOpening::tellThenFlush(WsConnectionPrivate &connection,
                                    const std::shared_ptr<WsServerHome> &home,
                                    const std::vector<Report> &reports)
{
    WsLifeGuard guard(connection);
    connection.threads.scheduleFlush();
    tell(home, reports);
    if (guard)
        connection.link.flush();
}

bool WsServerOpening::sendMore()
{
    const QByteArray piece = m_file->read();
    if (piece.isEmpty()) { // the client notices that it did not get all of it
        qCWarning(wsNetLog, "a file that is being sent has become shorter, or cannot be read any more");
        end(true);
        return false;
    }
    d.link.protocol().output().appendShared(piece);
    if (m_file->left() == 0)
        m_file.reset();
    return true;
}

void WsServerOpening::onWritten()
{
    if (!isAnswering())
        return;
    const bool isLost = d.link.protocol().hasLostOutput();
    if (m_file && !isLost) {
        if (sendMore())
            d.threads.scheduleFlush(); // after the other connections have had their turn
        return;
    }
    if (m_phase == Phase::Sending && isLost) {
        end(true);
        return;
    }
    if (m_phase == Phase::Sending && !thread().home().isClosing) {
        awaitNext();
        return;
    }
    setPhase(Phase::Answering);
    // If a socket is closed with unread data, the system sends a reset, and the client may lose the answer.
    // Therefore the client is expected to close first.
    m_file.reset();
    m_rest.clear();
    if (m_hasClientEnded || !d.link.shutdownWrite())
        end(false);
}

// --- the next request

// Nothing is kept of the last one, and the client gives its place back.
void WsServerOpening::awaitNext()
{
    m_phase = Phase::Idle;
    m_receivedSize = 0;
    m_isAdmitted = false;
    thread().setIdle(d.q);
    d.store(d.requestHead, QByteArray());
    d.link.protocol().squeeze();
    d.life.deadlines().startAnswer(WsClock::now(), d.options.keepAliveTimeout(), d.link.progress());
    d.life.scheduleDeadlines();
    if (m_rest.isEmpty())
        setPhase(Phase::Idle);
    else
        takeRestLater();
}

// From the event loop: any number of requests may have come at once.
void WsServerOpening::takeRestLater()
{
    d.threads.callLater([this, connection = &d] {
        if (connection->life.opening() == this && m_phase == Phase::Idle)
            takeRest();
    });
}

void WsServerOpening::takeRest()
{
    setPhase(Phase::Idle);
    onBytes(std::exchange(m_rest, {}));
}

// RFC 9112 §2.2: empty lines begin no request. Some clients send one after a body.
void WsServerOpening::skipEmptyLines(QByteArray *bytes)
{
    qsizetype size = 0;
    while (size < bytes->size() && bytes->at(size) == (m_isInEmptyLine ? '\n' : '\r')) {
        m_isInEmptyLine = !m_isInEmptyLine;
        ++size;
    }
    bytes->remove(0, size);
}

// A client that has been answered may stay for as long as it goes on asking. So its next request is for the
// handlers and filters of now: what earlier ones use may not exist any more. The peer may have become a
// trusted proxy since it arrived.
void WsServerOpening::beginRequest()
{
    if (auto latest = thread().home().latestSettings())
        m_client.settings = std::move(latest);
    using Filtering = WsAcceptedClient::Filtering;
    if (m_client.filtering == Filtering::AtArrival && m_client.isTrustedProxy())
        m_client.filtering = Filtering::EachRequest;
    if (std::exchange(m_isClientTold, false)) // with an earlier request
        storeClient({});
    storeParameters({});
    storeUser({});
    m_phase = Phase::Reading;
    m_head = WsHeadReader(d.options.maxHandshakeSize());
    m_receivedSize = 0;
    m_isLogged = false;
    m_isComplete = false;
    d.acceptedAt = WsClock::now();
    (void)thread().renew(d.q);
    d.life.deadlines().startHandshake(WsClock::now(), d.options.handshakeTimeout());
    d.life.scheduleDeadlines();
    if (thread().home().isClosing)
        leave();
}

// The client is not told: it may be sending its next request at this moment, and would take an answer for the
// one to that. A request that waits for this thread is in time.
void WsServerOpening::onIdleTimeout()
{
    if (!m_rest.isEmpty())
        return;
    if (!hasMore()) {
        end(false);
        return;
    }
    beginRequest();
    d.link.pumpSoon();
}
