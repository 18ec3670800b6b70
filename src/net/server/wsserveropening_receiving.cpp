// SPDX-License-Identifier: MIT

// The body of a request.

#include "net/server/wsserveropening.h"

#include "protocol/wsserverhandshake.h"

#include <utility>

void WsServerOpening::startReceiving()
{
    const QByteArray rest = std::exchange(m_rest, {});
    m_body = std::make_unique<WsRequestBodyReader>(m_request, m_client.settings->maxRequestBody,
                                                   d.options.maxHandshakeSize());
    setPhase(Phase::Receiving);
    d.life.deadlines().startReceiving(WsClock::now(), d.options.handshakeTimeout(),
                                      d.counters.wireBytesReceived.value());
    d.life.scheduleDeadlines();
    if (!rest.isEmpty()) {
        onBodyBytes(rest);
    } else if (wsAwaitsContinue(m_request)) { // RFC 9110 §10.1.1
        d.link.protocol().output().append("HTTP/1.1 100 Continue\r\n\r\n");
        d.link.flush();
    }
}

void WsServerOpening::onBodyBytes(QByteArrayView bytes)
{
    switch (m_body->receive(&bytes)) {
    case WsRequestBodyReader::Result::NeedsBytes:
        break;
    case WsRequestBodyReader::Result::Malformed:
        refuse({400, m_body->problem(), {}});
        break;
    case WsRequestBodyReader::Result::TooLarge:
        refuse({413, m_body->problem(), {}});
        break;
    case WsRequestBodyReader::Result::Complete:
        m_rest = bytes.toByteArray();
        storeBody(m_body->takeBody());
        m_body.reset();
        m_isComplete = true;
        d.life.deadlines().startHandshake(WsClock::now(), d.options.handshakeTimeout()); // for the handler
        d.life.scheduleDeadlines();
        decide();
        break;
    }
}

void WsServerOpening::storeBody(const QByteArray &body)
{
    WsRequestDetails details = this->details();
    details.body = body;
    storeDetails(std::move(details));
}

// It has been answered.
void WsServerOpening::releaseRequest()
{
    m_request = {};
    m_head = WsHeadReader(0);
    m_body.reset();
    if (m_phase == Phase::Answering)
        m_rest.clear();
    if (d.requestDetails && !d.requestDetails->body.isEmpty())
        storeBody({});
}
