// SPDX-License-Identifier: MIT

// Answers over HTTP.

#include "net/server/wsserveropening.h"

#include "net/loop/wsthrown.h"
#include "net/server/wsaccesslog.h"
#include "net/server/wshandshakelog.h"
#include "net/server/wshttpdate.h"
#include "net/server/wsserverhome.h"
#include "net/socket/wslingeringdevice.h"
#include "protocol/wshttpanswer.h"
#include "protocol/wsserverhandshake.h"

#include <utility>

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
    const QByteArray bytes = wsAnswerBytes(named, m_request.method != "HEAD", WsHttpDate::now());
    wsLogAccess(d, m_request, response.status(), bytes.size());
    d.link.protocol().output().append(bytes);
    m_request = {};
    m_head = WsHeadReader(0);
    m_rest.clear();
    d.life.deadlines().startAnswer(WsClock::now(), wsLingerTimeout(d.options.closeTimeout()),
                                   d.link.progress());
    d.life.scheduleDeadlines();
    d.link.flush();
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
