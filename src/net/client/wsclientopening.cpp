// SPDX-License-Identifier: MIT
#include "net/client/wsclientopening.h"

#include "net/client/wsclient_p.h"

#include <utility>

WsClientOpening::WsClientOpening(WsClientPrivate *client, WsUpgradeRequest request, const QUrl &httpUrl)
    : d(*client), m_request(std::move(request)), m_cookieJar(client->cookieJar), m_httpUrl(httpUrl),
      m_headBudget(client->options.maxHandshakeSize()), m_head(m_headBudget)
{
}

void WsClientOpening::onConnected()
{
    if (std::exchange(m_isConnected, true))
        return;
    d.link.transport()->setNoDelay(d.options.tcpNoDelay());
    d.storeEndpoints();
    d.link.protocol().output().append(wsRequestBytes(m_request));
    d.link.flush();
}

void WsClientOpening::onBytes(QByteArray bytes)
{
    if (m_bodySize >= 0) {
        readBody(bytes);
        return;
    }
    switch (m_head.receive(bytes)) {
    case WsHeadReader::Result::NeedsBytes:
        break;
    case WsHeadReader::Result::TooLarge:
        fail(QStringLiteral("the head of the answer is larger than maxHandshakeSize"));
        break;
    case WsHeadReader::Result::Complete:
        onHead();
        break;
    }
}

void WsClientOpening::onHead()
{
    WsResponseHead head;
    const QString problem = wsParseResponseHead(m_head.head(), d.options.maxHeaders(), &head);
    if (!problem.isEmpty()) {
        fail(problem);
        return;
    }
    const bool isInterim = head.status >= 100 && head.status < 200 && head.status != 101;
    if (isInterim) { // RFC 9110 §15.2: another answer follows
        m_headBudget -= m_head.head().size();
        const QByteArray rest = m_head.takeRest();
        m_head = WsHeadReader(m_headBudget);
        onBytes(rest);
        return;
    }
    WsResponse response(head.status);
    response.setHeaders(head.headers);
    d.store(d.response, response);
    storeCookies(head.headers);
    if (head.status == 101)
        onAcceptance(head);
    else
        onRefusal(head);
}

void WsClientOpening::onAcceptance(const WsResponseHead &head)
{
    WsAgreement agreement;
    const QString problem = wsCheckAcceptance(head, m_request, &agreement);
    if (problem.isEmpty())
        d.life.establish(agreement, m_head.takeRest());
    else
        fail(problem);
}

// The body of a refusal says why: it is read as far as it is announced and small.
void WsClientOpening::onRefusal(const WsResponseHead &head)
{
    const qint64 maxSize = d.options.maxHandshakeSize();
    bool isNumber = false;
    const qint64 announced = wsHeader(head.headers, "Content-Length").toLongLong(&isNumber);
    m_bodySize = isNumber ? qBound(qint64(0), announced, maxSize) : maxSize;
    readBody(m_head.takeRest());
}

void WsClientOpening::readBody(const QByteArray &bytes)
{
    WsResponse response = d.response;
    response.setBody(response.body() + bytes.left(m_bodySize - response.body().size()));
    d.store(d.response, response);
    if (response.body().size() >= m_bodySize)
        refuse();
}

void WsClientOpening::refuse()
{
    const int status = d.response.status();
    WsError error(Ws::ErrorKind::Handshake,
                  QStringLiteral("the server answered with HTTP status %1").arg(status));
    error.setHttpStatus(status);
    d.life.failOpening(error);
}

void WsClientOpening::onEnd()
{
    if (m_bodySize >= 0)
        refuse();
    else if (m_isConnected)
        d.life.failOpening(WsError(Ws::ErrorKind::Network,
                                   QStringLiteral("the server ended the TCP connection before it answered")));
    else
        d.life.failOpening(
            WsError(Ws::ErrorKind::Network, QStringLiteral("the server ended the TCP connection at once")));
}

void WsClientOpening::onTimeout()
{
    if (m_bodySize >= 0)
        refuse();
    else
        d.life.failOpening(WsError(Ws::ErrorKind::Timeout,
                                   m_isConnected ? QStringLiteral("no answer within handshakeTimeout")
                                                 : QStringLiteral("no connection within handshakeTimeout")));
}

void WsClientOpening::onFailure(const WsError &error)
{
    if (m_bodySize >= 0)
        refuse();
    else
        d.life.failOpening(error, error.closeCode());
}

void WsClientOpening::fail(const QString &text)
{
    WsError error(Ws::ErrorKind::Handshake, text);
    error.setHttpStatus(d.response.status());
    d.life.failOpening(error);
}

void WsClientOpening::storeCookies(const WsHeaders &headers)
{
    if (!m_cookieJar)
        return;
    for (const auto &[name, value] : headers) {
        if (name.compare("Set-Cookie", Qt::CaseInsensitive) == 0)
            m_cookieJar->setCookiesFromUrl(QNetworkCookie::parseCookies(value), m_httpUrl);
    }
}

void WsClientOpening::onSslErrors(const QList<QSslError> &errors)
{
    d.reportSslErrors(errors);
}
